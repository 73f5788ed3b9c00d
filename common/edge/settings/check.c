/*
 * check.c - is a path, a list of names, of windows or of spans well formed?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/base/window.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/model/claimant.h"

/* Is this part between two slashes "", "." or ".."? */
static bool
is_unclean(const char *part, size_t len)
{
	return (len == 0 || (len == 1 && part[0] == '.') ||
	    (len == 2 && part[0] == '.' && part[1] == '.'));
}

enum sek_err
sek_settings_check_path(const char *value, struct sek_why *why)
{
	size_t len;

	if (*value != '/')
		return (sek_why(why, SEK_ERR_SYNTAX,
		    "a path must be absolute (begin with /)"));
	while (*value != '\0') {
		value++;
		len = strcspn(value, "/");
		if (is_unclean(value, len))
			return (sek_why(why, SEK_ERR_SYNTAX, "a path must not"
			    " hold \"//\", \"/./\" or \"/../\", nor end in"
			    " \"/\""));
		value += len;
	}
	return (SEK_OK);
}

/* Names of users or groups, as the account sources may know them. */
enum sek_err
sek_settings_check_names(const char *value, struct sek_why *why)
{
	char word[SEK_NAME_MAX];

	while (sek_text_word(&value, word, sizeof(word))) {
		if (word[0] == '\0')
			return (sek_why(why, SEK_ERR_SYNTAX,
			    "a name is longer than %u bytes",
			    SEK_NAME_MAX - 1));
		if (word[0] == '-' || strpbrk(word, ":/\"'") != NULL)
			return (sek_why(why, SEK_ERR_SYNTAX,
			    "\"%s\" cannot be a name", word));
	}
	return (SEK_OK);
}

enum sek_err
sek_settings_check_windows(const char *value, struct sek_why *why)
{
	struct sek_windows w;
	enum sek_err err = sek_window_parse(&w, value);

	return (err == SEK_OK ? err : sek_why(why, err, err == SEK_ERR_RANGE ?
	    "at most 16 windows" :
	    "windows are like \"Mon-Fri 08:30-17:15\", or always"));
}

enum sek_err
sek_settings_check_spans(const char *value, struct sek_why *why)
{
	int64_t span, before = INT64_MAX;
	char word[32];
	unsigned n;

	for (n = 0; sek_text_word(&value, word, sizeof(word)); n++) {
		if (sek_text_span(&span, word) != SEK_OK || span <= 0 ||
		    span >= before)
			return (sek_why(why, SEK_ERR_SYNTAX, "\"%s\": spans are"
			    " like 5m 1m, the longest first", word));
		before = span;
	}
	if (n == 0)
		return (sek_why(why, SEK_ERR_SYNTAX,
		    "spans are like 5m 1m, the longest first"));
	return (n <= SEK_WARNINGS_MAX ? SEK_OK : sek_why(why, SEK_ERR_RANGE,
	    "at most %u warnings", SEK_WARNINGS_MAX));
}
