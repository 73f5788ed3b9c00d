/*
 * except.c - what an exception may be asked of
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"

#define NAME_MAX_LEN 64u

enum sek_err
sek_settings_except(struct sek_settings_except *out, const char *key,
    const char *value, enum sek_profile profile)
{
	const struct sek_setting_row *row;
	char name[NAME_MAX_LEN], *dot;
	struct sek_why why;
	int64_t n = 0;
	size_t i = 0;

	memset(out, 0, sizeof(*out));
	if ((size_t)profile >= SEK_PROFILES ||
	    sek_text_copy(name, sizeof(name), key) != SEK_OK ||
	    (dot = strchr(name, '.')) == NULL)
		return (SEK_ERR_NOT_FOUND);
	*dot = '\0';
	if (sek_settings_find(&i, name, dot + 1, &why) != SEK_OK ||
	    (row = sek_settings_row(i)) == NULL || row->floor[profile] == 0)
		return (SEK_ERR_NOT_FOUND);
	if (sek_settings_number_parse(&n, row, value) != SEK_OK ||
	    n >= row->floor[profile])
		return (SEK_ERR_RANGE);
	out->clause = row->clause;
	sek_settings_number_print(out->value, sizeof(out->value), row, n);
	sek_settings_number_print(out->floor, sizeof(out->floor), row,
	    row->floor[profile]);
	return (SEK_OK);
}
