/*
 * card.c - an IC card as it is enrolled: its public key, never what it says of
 * a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/model/card.h"

#define UID_MIN 4u	/* bytes, ISO 14443-3 */

static const struct {
	const char	*name;
	enum sek_method	 method;
	size_t		 pin_min;	/* digits; 0: it has none */
	size_t		 pin_max;
} drivers[SEK_CARD_DRIVERS] = {
	[SEK_CARD_JPKI]	= { "jpki", SEK_METHOD_CARD_JPKI, 4, 4 },
	[SEK_CARD_PIV]	= { "piv", SEK_METHOD_CARD_PIV, 6, 8 },
	[SEK_CARD_UID]	= { "uid", SEK_METHOD_CARD_UID, 0, 0 },
};
static const char *const algorithms[SEK_CARD_ALGORITHMS] = {
	[SEK_CARD_NONE]		= "none",
	[SEK_CARD_RSA2048]	= "RSA-2048",
	[SEK_CARD_RSA3072]	= "RSA-3072",
	[SEK_CARD_P256]		= "P-256",
	[SEK_CARD_P384]		= "P-384",
};

const char *
sek_card_driver_name(enum sek_card_driver d)
{

	return ((unsigned)d < SEK_CARD_DRIVERS ? drivers[d].name : NULL);
}

enum sek_err
sek_card_driver_parse(enum sek_card_driver *out, const char *name)
{
	unsigned d;

	for (d = 0; d < SEK_CARD_DRIVERS; d++)
		if (strcmp(name, drivers[d].name) == 0) {
			*out = (enum sek_card_driver)d;
			return (SEK_OK);
		}
	return (SEK_ERR_SYNTAX);
}

const char *
sek_card_algorithm_name(enum sek_card_algorithm a)
{

	return ((unsigned)a < SEK_CARD_ALGORITHMS ? algorithms[a] : NULL);
}

enum sek_method
sek_card_method(enum sek_card_driver d)
{

	return ((unsigned)d < SEK_CARD_DRIVERS ? drivers[d].method :
	    SEK_METHOD_NONE);
}

enum sek_card_driver
sek_card_driver_of(enum sek_method m)
{
	unsigned d;

	for (d = 0; d < SEK_CARD_DRIVERS; d++)
		if (drivers[d].method == m)
			break;
	return ((enum sek_card_driver)d);
}

bool
sek_card_is_method(enum sek_method m)
{

	return (sek_card_driver_of(m) != SEK_CARD_DRIVERS);
}

bool
sek_card_pin_ok(enum sek_card_driver d, const void *pin, size_t len)
{
	const unsigned char *p = pin;
	size_t i;

	if ((unsigned)d >= SEK_CARD_DRIVERS || drivers[d].pin_min == 0 ||
	    len < drivers[d].pin_min || len > drivers[d].pin_max)
		return (false);
	for (i = 0; i < len; i++)
		if (p[i] < '0' || p[i] > '9')
			return (false);
	return (true);
}

static bool
has_key(const struct sek_card *c)
{

	return (c->brief.algorithm != SEK_CARD_NONE && c->public_len > 0 &&
	    c->brief.not_after > c->brief.not_before);
}

enum sek_err
sek_card_check(const struct sek_card *c)
{
	const struct sek_card_brief *b = &c->brief;
	bool ok;

	if (b->driver >= SEK_CARD_DRIVERS ||
	    b->algorithm >= SEK_CARD_ALGORITHMS || b->pin > 1 ||
	    b->trusted > 1 || c->public_len > SEK_CARD_PUBLIC_MAX ||
	    c->issuer_len > SEK_CARD_KEY_ID_MAX ||
	    c->identity_len > SEK_CARD_IDENTITY_MAX)
		return (SEK_ERR_RANGE);
	switch ((enum sek_card_driver)b->driver) {
	case SEK_CARD_JPKI:
		ok = b->key == 0 && b->pin == 1 && has_key(c);
		break;
	case SEK_CARD_PIV:
		ok = has_key(c) && ((b->key == 0x9a && b->pin == 1) ||
		    (b->key == 0x9e && b->pin == 0));
		break;
	default:
		ok = b->algorithm == SEK_CARD_NONE && b->key == 0 &&
		    b->pin == 0 && b->trusted == 0 && c->public_len == 0 &&
		    c->issuer_len == 0 && b->not_before == 0 &&
		    b->not_after == 0;
		break;
	}
	return (ok ? SEK_OK : SEK_ERR_RANGE);
}

bool
sek_card_fits(const struct sek_card *c, enum sek_method m)
{

	return (sek_card_check(c) == SEK_OK &&
	    sek_card_method((enum sek_card_driver)c->brief.driver) == m &&
	    (m != SEK_METHOD_CARD_UID || c->identity_len >= UID_MIN));
}
