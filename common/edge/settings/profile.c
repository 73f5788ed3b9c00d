/*
 * profile.c - names of the three profiles
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/edge/settings_table.h"

const char *const sek_profile_words[] = {
	[SEK_PROFILE_MYNUMBER]	= "mynumber",
	[SEK_PROFILE_LGWAN]	= "lgwan",
	[SEK_PROFILE_INTERNET]	= "internet",
	NULL
};

const char *
sek_profile_name(enum sek_profile p)
{
	if ((unsigned)p >= SEK_PROFILES)
		return (NULL);
	return (sek_profile_words[p]);
}

enum sek_err
sek_profile_parse(enum sek_profile *out, const char *name)
{
	unsigned i;

	for (i = 0; i < SEK_PROFILES; i++)
		if (strcmp(sek_profile_words[i], name) == 0) {
			*out = (enum sek_profile)i;
			return (SEK_OK);
		}
	return (SEK_ERR_NOT_FOUND);
}
