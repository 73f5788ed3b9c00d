/*
 * name.c - is a name of his, of the office or of the terminal in it?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unistr.h>

#include "quality.h"
#include "sekisho/base/text.h"

#define PLAIN_MIN	3u		/* letters */
#define FIGURES_MIN	4u		/* "07" of a terminal is in any date */
#define OTHER_MIN	2u		/* kana, kanji */

struct search {
	const struct sek_secret	*folded;
	char			*word;
	size_t			 size;
	bool			 contains;
};

static bool
counts(const char *token)
{
	size_t len = strlen(token), points = quality_points(token, len);

	if (points < len)
		return (points >= OTHER_MIN);
	if (strspn(token, "0123456789") == len)
		return (len >= FIGURES_MIN);
	return (len >= PLAIN_MIN);
}

static void
look_for(struct search *s, const char *token)
{
	const uint8_t *text = s->folded->data;
	size_t at;

	if (s->contains || !counts(token))
		return;
	for (at = 0; at < s->folded->len && !s->contains; at++)
		if ((text[at] & 0xc0) != 0x80 &&
		    quality_begins(text + at, s->folded->len - at, token)) {
			s->contains = true;
			sek_text_printable(s->word, s->size, token);
		}
}

static bool
parts(char c)
{

	return (c != '\0' && (unsigned char)c < 0x80 &&
	    !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'));
}

/* Each part of it, and all of them together: 山田 太郎 is 山田, 太郎 and
 * 山田太郎. */
static enum sek_err
look_for_name(struct search *s, const char *name)
{
	char *folded, *joined, *from, *to;
	enum sek_err err;
	size_t n;

	if (s->contains || (err = quality_fold(&folded, name,
	    strlen(name))) != SEK_OK)
		return (s->contains ? SEK_OK : err);
	/* Who wrote it in another encoding is not asked for it. */
	if (folded == NULL)
		return (SEK_OK);
	if ((joined = malloc(strlen(folded) + 1)) == NULL) {
		free(folded);
		return (SEK_ERR_NOMEM);
	}
	for (from = folded, to = joined; *from != '\0'; from++)
		if (!parts(*from))
			*to++ = *from;
	*to = '\0';
	look_for(s, joined);
	for (from = folded; *from != '\0'; from += n) {
		for (n = 0; from[n] != '\0' && !parts(from[n]); n++)
			;
		if (from[n] != '\0')
			from[n++] = '\0';
		look_for(s, from);
	}
	free(joined);
	free(folded);
	return (SEK_OK);
}

/* Its first label. */
static void
host_name(char *dst, size_t size)
{

	if (gethostname(dst, size) != 0)
		dst[0] = '\0';
	dst[size - 1] = '\0';
	dst[strcspn(dst, ".")] = '\0';
}

enum sek_err
quality_name(bool *contains, char *word, size_t size,
    const struct sek_secret *folded, const struct sek_quality_in *in)
{
	char host[HOST_NAME_MAX + 1];
	const char *const names[] = { in->account, in->gecos, in->person,
	    in->name, in->section, in->settings->terminal.business,
	    in->settings->terminal.id, host };
	struct search s = { folded, word, size, false };
	enum sek_err err = SEK_OK;
	size_t i;

	word[0] = '\0';
	host_name(host, sizeof(host));
	for (i = 0; i < sizeof(names) / sizeof(names[0]) && err == SEK_OK; i++)
		err = look_for_name(&s, names[i]);
	*contains = s.contains;
	return (err);
}
