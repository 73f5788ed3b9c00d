/*
 * base32.c - keys of one-time codes as people and CSV files carry them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "sekisho/base/base32.h"
#include "sekisho/base/secret.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
sek_base32_encode(char *out, const unsigned char *bytes, size_t len)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		bits = (bits << 8 | bytes[i]) & 0xffff;
		for (held += 8; held >= 5; held -= 5)
			*out++ = alphabet[bits >> (held - 5) & 31];
	}
	if (held > 0)
		*out++ = alphabet[bits << (5 - held) & 31];
	*out = '\0';
}

/* 0..31; -1 for a character to pass over, -2 for one that may not be. */
static int
value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (c - 'A');
	if (c >= 'a' && c <= 'z')
		return (c - 'a');
	if (c >= '2' && c <= '7')
		return (c - '2' + 26);
	return (c == ' ' || c == '-' ? -1 : -2);
}

enum sek_err
sek_base32_decode(unsigned char *out, size_t size, size_t *len,
    const char *text)
{
	uint32_t bits = 0;
	unsigned held = 0;
	size_t n = 0, digits = 0;
	enum sek_err err = SEK_ERR_SYNTAX;
	int v;

	for (; *text != '\0' && *text != '='; text++) {
		if ((v = value(*text)) == -2)
			goto out;
		if (v == -1)
			continue;
		digits++;
		bits = (bits << 5 | (uint32_t)v) & 0xfff;
		if ((held += 5) < 8)
			continue;
		held -= 8;
		if (n == size) {
			err = SEK_ERR_RANGE;
			goto out;
		}
		out[n++] = (unsigned char)(bits >> held & 0xff);
	}
	text += strspn(text, "= ");
	if (*text == '\0' && n > 0 && SEK_BASE32_LEN(n) == digits &&
	    (bits & ((UINT32_C(1) << held) - 1)) == 0)
		err = SEK_OK;
out:
	if (err != SEK_OK) {
		sek_wipe(out, size);
		n = 0;
	}
	*len = n;
	return (err);
}
