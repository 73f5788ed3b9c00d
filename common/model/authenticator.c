/*
 * authenticator.c - words for the states and algorithms of authenticators
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>

#include "sekisho/model/authenticator.h"

static const char *const states[SEK_AUTHENTICATOR_STATES] = {
	[SEK_AUTHENTICATOR_ACTIVE]	= "active",
	[SEK_AUTHENTICATOR_DISABLED]	= "disabled",
	[SEK_AUTHENTICATOR_SUSPECT]	= "suspect",
	[SEK_AUTHENTICATOR_EXPIRED]	= "expired",
	[SEK_AUTHENTICATOR_REMOVED]	= "removed",
};

static const char *const algorithms[SEK_OATH_ALGORITHMS] = {
	[SEK_OATH_SHA1]		= "SHA1",
	[SEK_OATH_SHA256]	= "SHA256",
	[SEK_OATH_SHA512]	= "SHA512",
};

const char *
sek_authenticator_state_name(enum sek_authenticator_state s)
{
	return ((size_t)s < SEK_AUTHENTICATOR_STATES ? states[s] : NULL);
}

const char *
sek_oath_algorithm_name(enum sek_oath_algorithm a)
{
	return ((size_t)a < SEK_OATH_ALGORITHMS ? algorithms[a] : NULL);
}

/* The same word, whatever the case, with or without a hyphen behind SHA? */
static bool
same_algorithm(const char *s, const char *name)
{
	size_t i;
	char c;

	for (i = 0; name[i] != '\0'; i++, s++) {
		if (i == 3 && *s == '-')
			s++;
		c = *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s;
		if (c != name[i])
			return (false);
	}
	return (*s == '\0');
}

enum sek_err
sek_oath_algorithm_parse(enum sek_oath_algorithm *out, const char *name)
{
	size_t i;

	for (i = 0; i < SEK_OATH_ALGORITHMS; i++) {
		if (same_algorithm(name, algorithms[i])) {
			*out = (enum sek_oath_algorithm)i;
			return (SEK_OK);
		}
	}
	return (SEK_ERR_SYNTAX);
}
