/*
 * fuzz_fingerprint.c - what a child that was taken over says of a finger, and
 * what fprintd says to it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The first byte says what the rest is: a frame, as it crosses to the login, or
 * a word of fprintd's: of a scan, of an enrolment, of an error, of a finger. No
 * frame and no word but those that are named is a yes.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/edge/fingerprint/fingerprint.h"

#define WORD_MAX	128u

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool what)
{

	if (!what)
		abort();
}

static bool
is_text(const char *s, size_t size)
{
	size_t i, len = strnlen(s, size);

	must(len < size);
	for (i = 0; i < len; i++)
		must((unsigned char)s[i] >= 0x20 && s[i] != 0x7f);
	return (true);
}

/* A frame that is believed says no more than the child was asked for. */
static void
believed(const struct finger_frame *f, enum finger_kind kind,
    uint32_t fingers, const char *account)
{

	must(is_text(f->reader, sizeof(f->reader)));
	must(is_text(f->told.reader, sizeof(f->told.reader)));
	if (f->kind == FINGER_CUE) {
		must(kind == FINGER_VERIFIED || kind == FINGER_MADE);
		must(f->end == 0 && f->fingers == 0 && f->scanned == 0);
		must(f->told.cue < SEK_FINGERPRINT_CUE_COUNT);
		must(f->told.finger < SEK_FINGERS);
		return;
	}
	must(f->kind == (uint32_t)kind && f->told.cue == 0);
	must(f->end < SEK_FINGERPRINT_END_COUNT);
	if (f->end != SEK_FINGERPRINT_END_OK)
		return;
	if (kind == FINGER_VERIFIED)
		must(f->scanned == 1 && f->fingers != 0 &&
		    (f->fingers & ~fingers) == 0);
	if (kind == FINGER_MADE)
		must(SEK_FINGER_BIT(f->made.brief.finger) == fingers &&
		    strncmp(f->made.account, account,
		    sizeof(f->made.account)) == 0);
}

static void
frame(const uint8_t *data, size_t size)
{
	static const uint32_t asked[] = {
		SEK_FINGER_BIT(SEK_FINGER_RIGHT_INDEX),
		SEK_FINGER_BIT(SEK_FINGER_RIGHT_INDEX) |
		    SEK_FINGER_BIT(SEK_FINGER_LEFT_THUMB),
	};
	static const enum finger_kind kinds[] = { FINGER_LOOKED,
	    FINGER_VERIFIED, FINGER_MADE, FINGER_DELETED };
	struct finger_frame f;
	size_t i, j;

	memset(&f, 0, sizeof(f));
	memcpy(&f, data, size < sizeof(f) ? size : sizeof(f));
	for (i = 0; i < sizeof(asked) / sizeof(asked[0]); i++)
		for (j = 0; j < sizeof(kinds) / sizeof(kinds[0]); j++)
			if (finger_frame_check(&f, kinds[j], asked[i],
			    "alice"))
				believed(&f, kinds[j], asked[i], "alice");
}

static void
word(uint8_t what, const uint8_t *data, size_t size)
{
	char text[WORD_MAX];
	struct finger_status st;
	enum sek_finger f;
	const size_t len = size < sizeof(text) - 1 ? size : sizeof(text) - 1;

	memcpy(text, data, len);
	text[len] = '\0';
	switch (what % 5) {
	case 1:
	case 2:
		st = finger_verify_status(text, what % 5 == 1);
		must(st.end != SEK_FINGERPRINT_END_OK ||
		    (what % 5 == 1 && strcmp(text, "verify-match") == 0));
		must((st.cue == SEK_FINGERPRINT_CUE_NONE) !=
		    (st.end == SEK_FINGERPRINT_END_FAILED));
		break;
	case 3:
		st = finger_enrol_status(text, true);
		must(st.end != SEK_FINGERPRINT_END_OK ||
		    strcmp(text, "enroll-completed") == 0);
		break;
	case 4:
		must(finger_meaning(text) != SEK_FINGERPRINT_END_OK);
		must(finger_meaning(text) != SEK_FINGERPRINT_END_NO_MATCH);
		if (sek_finger_parse(&f, text) == SEK_OK)
			must(f > SEK_FINGER_NONE && f < SEK_FINGERS &&
			    strcmp(sek_finger_name(f), text) == 0);
		break;
	default:
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{

	if (size == 0)
		return (0);
	if (data[0] % 5 == 0)
		frame(data + 1, size - 1);
	else
		word(data[0], data + 1, size - 1);
	return (0);
}
