/*
 * biometric.c - fingers and their words
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "sekisho/model/biometric.h"

static const char *const fingers[SEK_FINGERS] = {
	[SEK_FINGER_LEFT_THUMB]		= "left-thumb",
	[SEK_FINGER_LEFT_INDEX]		= "left-index-finger",
	[SEK_FINGER_LEFT_MIDDLE]	= "left-middle-finger",
	[SEK_FINGER_LEFT_RING]		= "left-ring-finger",
	[SEK_FINGER_LEFT_LITTLE]	= "left-little-finger",
	[SEK_FINGER_RIGHT_THUMB]	= "right-thumb",
	[SEK_FINGER_RIGHT_INDEX]	= "right-index-finger",
	[SEK_FINGER_RIGHT_MIDDLE]	= "right-middle-finger",
	[SEK_FINGER_RIGHT_RING]		= "right-ring-finger",
	[SEK_FINGER_RIGHT_LITTLE]	= "right-little-finger",
};

const char *
sek_finger_name(enum sek_finger f)
{

	return ((unsigned)f < SEK_FINGERS ? fingers[f] : NULL);
}

enum sek_err
sek_finger_parse(enum sek_finger *out, const char *name)
{
	unsigned f;

	for (f = SEK_FINGER_NONE + 1; f < SEK_FINGERS; f++)
		if (strcmp(name, fingers[f]) == 0) {
			*out = (enum sek_finger)f;
			return (SEK_OK);
		}
	return (SEK_ERR_SYNTAX);
}

bool
sek_biometric_is_method(enum sek_method m)
{

	return ((unsigned)m < SEK_METHOD_COUNT &&
	    (SEK_METHODS_BIOMETRIC & SEK_METHOD_BIT(m)) != 0);
}

enum sek_err
sek_biometric_check(const struct sek_biometric *b)
{
	size_t len = strnlen(b->account, sizeof(b->account));

	return (b->brief.finger < SEK_FINGERS && len > 0 &&
	    len < sizeof(b->account) ? SEK_OK : SEK_ERR_RANGE);
}

static bool
has_digest(const struct sek_biometric *b)
{
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < sizeof(b->digest); i++)
		any |= b->digest[i];
	return (any != 0);
}

bool
sek_biometric_fits(const struct sek_biometric *b, enum sek_method m)
{

	if (sek_biometric_check(b) != SEK_OK)
		return (false);
	if (m == SEK_METHOD_FINGERPRINT)
		return (b->brief.finger != SEK_FINGER_NONE && has_digest(b));
	return (m == SEK_METHOD_VENDOR_BIOMETRIC &&
	    b->brief.finger == SEK_FINGER_NONE && !has_digest(b));
}
