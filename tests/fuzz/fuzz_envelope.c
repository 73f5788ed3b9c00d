/*
 * fuzz_envelope.c - an envelope's file, and codes as people type them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The first byte chooses: a sealed half, an opening, an envelope's code, a
 * ticket's. A half is filled up with newlines, as one is written. What is read
 * must be what would be written of it.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/envelope_body.h"
#include "sekisho/rule/ticket.h"

#define MUST(expr) do { if (!(expr)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
half_of(char half[SEK_ENVELOPE_HALF], const uint8_t *data, size_t size)
{

	memset(half, '\n', SEK_ENVELOPE_HALF);
	memcpy(half, data, size < SEK_ENVELOPE_HALF ? size :
	    SEK_ENVELOPE_HALF);
}

static void
sealed(const char half[SEK_ENVELOPE_HALF])
{
	static const struct sek_envelope_body none;
	char again[SEK_ENVELOPE_HALF];
	struct sek_envelope_body b;

	if (sek_envelope_body_read(&b, half) != SEK_OK) {
		MUST(memcmp(&b, &none, sizeof(b)) == 0);
		return;
	}
	MUST(b.e.uid != SEK_UID_NONE && b.e.made >= 0 && b.e.ends >= 0);
	MUST(strlen(b.e.account) > 0 &&
	    sek_text_is_clean(b.e.account, SEK_NAME_MAX - 1));
	MUST(sek_envelope_body_seal(again, &b) == SEK_OK);
	MUST(memcmp(again, half, sizeof(again)) == 0);
}

static void
opening(const char half[SEK_ENVELOPE_HALF])
{
	char again[SEK_ENVELOPE_HALF];
	struct sek_envelope e, before;
	enum sek_err err;

	memset(&e, 0x5a, sizeof(e));
	before = e;
	err = sek_envelope_body_opened(&e, half);
	if (err != SEK_OK) {
		MUST(err == SEK_ERR_NOT_FOUND || err == SEK_ERR_SYNTAX);
		MUST(memcmp(&e, &before, sizeof(e)) == 0);
		return;
	}
	MUST(e.at.wall >= 0 && e.at.boot >= 0 && e.gate.pid >= 0);
	MUST(strlen(e.rhost) < sizeof(e.rhost));
	MUST(sek_envelope_body_opening(again, &e) == SEK_OK);
	MUST(memcmp(again, half, sizeof(again)) == 0);
}

static void
glass(const char *typed)
{
	char plain[SEK_GLASS_PLAIN], again[SEK_GLASS_PLAIN];
	enum sek_err err;
	size_t n;

	memset(plain, 0, sizeof(plain));
	err = sek_glass_parse(plain, typed);
	MUST(err == SEK_OK || err == SEK_ERR_SYNTAX || err == SEK_ERR_RANGE);
	if (err != SEK_OK)
		return;
	n = strspn(plain, "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
	MUST(n == SEK_GLASS_PLAIN - 1 && plain[n] == '\0');
	/* Blanks and hyphens round it change nothing. */
	n = strlen(typed);
	if (n < 200) {
		char wide[256];

		wide[0] = ' ';
		memcpy(wide + 1, typed, n);
		memcpy(wide + 1 + n, " -", 3);
		MUST(sek_glass_parse(again, wide) == SEK_OK &&
		    strcmp(again, plain) == 0);
	}
}

static void
printed(const uint8_t *data, size_t size)
{
	uint8_t random[SEK_GLASS_RANDOM] = { 0 };
	char text[SEK_GLASS_TEXT], plain[SEK_GLASS_PLAIN];

	memcpy(random, data, size < sizeof(random) ? size : sizeof(random));
	sek_glass_print(text, random);
	MUST(strlen(text) == SEK_GLASS_TEXT - 1);
	MUST(sek_glass_parse(plain, text) == SEK_OK);
}

static void
ticket(const char *typed)
{
	char code[SEK_TICKET_CODE], again[SEK_TICKET_CODE], shown[16];

	if (sek_ticket_code(code, typed) != SEK_OK)
		return;
	MUST(strspn(code, "0123456789") == SEK_TICKET_DIGITS &&
	    strlen(code) == SEK_TICKET_DIGITS);
	sek_ticket_print(shown, sizeof(shown), code);
	MUST(sek_ticket_code(again, shown) == SEK_OK &&
	    strcmp(code, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char half[SEK_ENVELOPE_HALF];
	char *text;

	if (size == 0)
		return (0);
	half_of(half, data + 1, size - 1);
	if ((text = malloc(size)) == NULL)
		return (0);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0]) {
	case 's':
		sealed(half);
		break;
	case 'o':
		opening(half);
		break;
	case 'g':
		glass(text);
		break;
	case 'p':
		printed(data + 1, size - 1);
		break;
	case 't':
		ticket(text);
		break;
	default:
		break;
	}
	free(text);
	return (0);
}
