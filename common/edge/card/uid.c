/*
 * uid.c - the number that a card shows to every reader
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child. No secret: anybody's device shows any number.
 */
#include "config.h"

#include <string.h>

#include "card.h"

#define SW_DONE		0x9000u
#define FELICA_LEN	8u

/* By the ATR that PC/SC part 3 section 3.1.3.2.3 has a reader make: a card of
 * memory names its standard, one with a processor of type B is told by the
 * eight bytes of its ATQB. */
static bool
is_type_b(const uint8_t *atr, size_t len)
{
	static const uint8_t memory[] = { 0x80, 0x4F, 0x0C, 0xA0, 0x00, 0x00,
	    0x03, 0x06 };
	static const uint8_t processor[] = { 0x3B, 0x88, 0x80, 0x01 };

	if (len > 12 && memcmp(atr + 4, memory, sizeof(memory)) == 0)
		return (atr[12] >= 0x05 && atr[12] <= 0x08);
	return (len == 13 && memcmp(atr, processor, sizeof(processor)) == 0);
}

static bool
is_same_byte(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++)
		if (p[i] != p[0])
			return (false);
	return (true);
}

/* ISO 14443-3: four bytes that begin with 08 are new each time; ISO 18092: so
 * are eight that begin with 01 FE. */
static bool
is_by_chance(const uint8_t *uid, size_t len)
{

	return ((len == 4 && uid[0] == 0x08) ||
	    (len == FELICA_LEN && uid[0] == 0x01 && uid[1] == 0xFE));
}

const char *
card_uid_model(size_t len)
{

	return (len == FELICA_LEN ? "FeliCa" : "ISO 14443 A");
}

enum sek_card_end
card_uid(struct card_link *l, const struct sek_card_seen *seen, uint8_t *out,
    size_t max, size_t *n)
{
	const struct card_command c = { .cla = 0xFF, .ins = 0xCA, .le = 256 };
	struct card_answer a;
	enum sek_card_end end;

	*n = 0;
	if ((end = card_command(l, &c, &a)) != SEK_CARD_END_OK)
		return (end);
	if (a.sw != SW_DONE)
		return (SEK_CARD_END_UNABLE);
	if ((a.len != 4 && a.len != 7 && a.len != FELICA_LEN &&
	    a.len != 10) || a.len > max)
		return (SEK_CARD_END_GARBAGE);
	if (is_by_chance(a.data, a.len) || is_same_byte(a.data, a.len) ||
	    (a.len == 4 && is_type_b(seen->atr, seen->atr_len)))
		return (SEK_CARD_END_WEAK);
	memcpy(out, a.data, a.len);
	*n = a.len;
	return (SEK_CARD_END_OK);
}
