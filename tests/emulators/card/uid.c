/*
 * uid.c - a card that shows no more than what it calls itself (PC/SC part 3):
 * FeliCa, ISO 14443 A and B; also asked of the other cards
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include <openssl/rand.h>

#include "soft.h"

static void
fixed(struct soft *s, const char *file, const uint8_t *head, size_t nhead,
    size_t n)
{

	s->uid_len = n;
	if (file_read(s, file, s->uid, n) == n)
		return;
	RAND_bytes(s->uid, (int)n);
	memcpy(s->uid, head, nhead);
	file_write(s, file, s->uid, n);
}

/* At each power on: what chance makes is made anew. */
void
uid_power(struct soft *s)
{
	const char *k;

	k = knob(s, "uid", strcmp(s->kind->name, "uid") == 0 ? "felica" : "");
	s->uid_len = 0;
	if (strcmp(k, "felica") == 0)
		fixed(s, "uid-felica", (const uint8_t *)"\x01\x01", 2, 8);
	else if (strcmp(k, "7") == 0)
		fixed(s, "uid-7", (const uint8_t *)"\x04", 1, 7);
	else if (strcmp(k, "4") == 0)
		fixed(s, "uid-4", (const uint8_t *)"\x5a", 1, 4);
	else if (strcmp(k, "10") == 0)
		fixed(s, "uid-10", (const uint8_t *)"\x88", 1, 10);
	else if (strcmp(k, "short") == 0)
		fixed(s, "uid-1", (const uint8_t *)"\x01", 1, 1);
	else if (strcmp(k, "long") == 0)
		fixed(s, "uid-16", (const uint8_t *)"\x01", 1, 16);
	else if (strcmp(k, "zero") == 0) {
		s->uid_len = 8;
		memset(s->uid, 0, 8);
	} else if (strcmp(k, "random") == 0 || strcmp(k, "b") == 0 ||
	    strcmp(k, "changing") == 0) {
		s->uid_len = strcmp(k, "changing") == 0 ? 7 : 4;
		RAND_bytes(s->uid, (int)s->uid_len);
		if (strcmp(k, "random") == 0)
			s->uid[0] = 0x08;
		else if (strcmp(k, "changing") == 0)
			s->uid[0] = 0x04;
		else if (s->uid[0] == 0x08)	/* PUPI: any */
			s->uid[0] = 0x09;
	}
}

/* FF CA 00 00: GET DATA, which a reader answers for the card. */
uint16_t
uid_command(struct soft *s, const struct apdu *a)
{

	s->out_len = s->out_at = 0;
	if (s->uid_len == 0)
		return SW_CLA;
	if (a->ins != 0xca)
		return SW_INS;
	if (a->p1 != 0x00 || a->p2 != 0x00)
		return SW_FUNCTION;
	if (a->lc > 0 || a->le == 0)
		return SW_LENGTH;
	memcpy(s->out, s->uid, s->uid_len);
	s->out_len = s->uid_len;
	return SW_OK;
}

static size_t
checked(uint8_t *atr, size_t n)
{
	size_t i;

	atr[n] = 0;
	for (i = 1; i < n; i++)
		atr[n] ^= atr[i];
	return n + 1;
}

/* PC/SC part 3 section 3.1.3.2.3: of storage cards; of type B, its ATQB. */
static size_t
uid_atr(struct soft *s, uint8_t out[33])
{
	static const uint8_t storage[] = {
		0x3b, 0x8f, 0x80, 0x01, 0x80, 0x4f, 0x0c, 0xa0, 0x00, 0x00,
		0x03, 0x06, 0x11, 0x00, 0x3b, 0x00, 0x00, 0x00, 0x00,
	};
	static const uint8_t type_b[] = {
		0x3b, 0x88, 0x80, 0x01, 0x00, 0x00, 0x00, 0x00, 0x33, 0x81,
		0x81, 0x00,
	};
	const char *k = knob(s, "uid", "felica");

	if (strcmp(k, "b") == 0) {
		memcpy(out, type_b, sizeof(type_b));
		return checked(out, sizeof(type_b));
	}
	memcpy(out, storage, sizeof(storage));
	if (strcmp(k, "felica") != 0) {
		out[12] = 0x03;		/* ISO 14443 A, part 3 */
		out[14] = strcmp(k, "4") == 0 || strcmp(k, "random") == 0 ?
		    0x01 : 0x03;
	}
	return checked(out, sizeof(storage));
}

static uint16_t
nothing(struct soft *s, const struct apdu *a)
{

	(void)s;
	(void)a;
	return SW_INS;
}

static bool
nothing_made(struct soft *s)
{

	uid_power(s);
	return true;
}

const struct kind kind_uid = {
	.name = "uid",
	.pin = "",
	.tries = 0,
	.blocked = SW_BLOCKED,
	.atr = uid_atr,
	.command = nothing,
	.make = nothing_made,
};
