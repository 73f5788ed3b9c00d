/*
 * test_edge_card_frame.c - what a child that was taken over may say
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/edge/card/card.h"
#include "unit.h"

#define READER	"A reader 00 00"

_Static_assert(sizeof(struct card_slot) == SEK_CARD_READER_MAX + 12 +
    SEK_CARD_ATR_MAX + 7, "a hole in a slot");
_Static_assert(sizeof(struct sek_card_seen) == SEK_CARD_READER_MAX +
    SEK_CARD_MODEL_MAX + 16 + 32 + SEK_CARD_ATR_MAX + 7, "a hole in seen");

static struct card_frame good, f;

static void
setup(void)
{
	struct sek_card_seen *s = &good.seen;

	memset(&good, 0, sizeof(good));
	strcpy(s->reader, READER);
	strcpy(s->model, "My Number Card");
	s->not_before = 1;
	s->not_after = 2;
	s->driver = SEK_CARD_JPKI;
	s->algorithm = SEK_CARD_RSA2048;
	s->tries = 3;
	s->card = 1;
	s->atr_len = 9;
	memset(s->atr, 0x3b, 9);
}

static void
signed_frame(void)
{

	good.kind = CARD_FRAME_SIGNED;
	good.end = good.seen.end = SEK_CARD_END_OK;
	good.u.got.pin_sent = 1;
	good.u.got.verified = 1;
	good.u.got.signature_len = 256;
	memset(good.u.got.signature, 4, 256);
}

static void
read_frame(void)
{
	struct sek_card *c = &good.u.got.made;

	signed_frame();
	good.kind = CARD_FRAME_READ;
	good.u.got.card = UINT32_MAX;
	c->brief.driver = SEK_CARD_JPKI;
	c->brief.algorithm = SEK_CARD_RSA2048;
	c->brief.pin = 1;
	c->brief.not_before = 1;
	c->brief.not_after = 2;
	c->public_len = 294;
	memset(c->public_key, 5, 294);
	c->issuer_len = 20;
	memset(c->issuer, 6, 20);
	c->identity_len = 32;
	memset(c->identity, 7, 32);
}

static void
slots_frame(void)
{

	memset(&good, 0, sizeof(good));
	good.kind = CARD_FRAME_SLOTS;
	good.end = SEK_CARD_END_OK;
	good.u.slots.n = 2;
	strcpy(good.u.slots.list[0].reader, "One");
	strcpy(good.u.slots.list[1].reader, "Two");
	good.u.slots.list[1].present = 1;
	good.u.slots.list[1].atr_len = 5;
	memset(good.u.slots.list[1].atr, 9, 5);
}

static bool
is_taken_as(uint32_t kind)
{

	return (card_frame_check(&f, (enum card_frame_kind)kind,
	    kind == CARD_FRAME_SLOTS ? "" : READER));
}

static bool
is_taken(void)
{

	return (is_taken_as(f.kind == CARD_FRAME_CUE ? CARD_FRAME_SIGNED :
	    f.kind));
}

START_TEST(what_a_child_says_is_taken)
{

	f = good;
	f.kind = CARD_FRAME_SEEN;
	f.end = SEK_CARD_END_EXPIRED;
	ck_assert(is_taken());
	f.kind = CARD_FRAME_CUE;
	f.end = 0;
	f.cue = CARD_CUE_WAITS;
	ck_assert(is_taken());
	f.cue = CARD_CUE_PIN;
	f.u.got.pin_sent = 1;
	f.u.got.card = 3;
	ck_assert(is_taken());
	signed_frame();
	f = good;
	ck_assert(is_taken());
	f.u.got.signature_len = 0;
	memset(f.u.got.signature, 0, 256);
	f.u.got.uid_len = 8;
	memset(f.u.got.uid, 1, 8);
	ck_assert(is_taken());
	read_frame();
	f = good;
	ck_assert(is_taken());
	/* What it is, before its PIN is asked for; of no other end. */
	good.u.got.pin_sent = good.u.got.verified = 0;
	good.u.got.signature_len = 0;
	memset(good.u.got.signature, 0, sizeof(good.u.got.signature));
	good.end = good.seen.end = SEK_CARD_END_WANTS_PIN;
	f = good;
	ck_assert(is_taken());
	f.u.got.made.identity_len = 0;
	ck_assert(!is_taken());
	f = good;
	f.end = f.seen.end = SEK_CARD_END_PIN_WRONG;
	ck_assert(!is_taken());
	slots_frame();
	f = good;
	ck_assert(is_taken());
}
END_TEST

/* "All is well" to what was not asked has none of the fields looked for. */
START_TEST(answer_of_another_kind)
{
	uint32_t asked, said;

	good.end = SEK_CARD_END_OK;
	for (asked = 0; asked <= CARD_FRAME_READ + 1; asked++)
		for (said = 0; said <= CARD_FRAME_READ + 1; said++) {
			f = good;
			f.kind = said;
			if (said != asked)
				ck_assert(!is_taken_as(asked));
		}
	f = good;
	f.kind = CARD_FRAME_CUE;
	ck_assert(!is_taken_as(CARD_FRAME_CUE));
	/* Who lists the readers holds no card. */
	f.end = 0;
	f.cue = CARD_CUE_WAITS;
	ck_assert(!card_frame_check(&f, CARD_FRAME_SLOTS, READER));
	f.kind = UINT32_MAX;
	ck_assert(!is_taken_as(UINT32_MAX));
}
END_TEST

START_TEST(cues_that_are_none)
{

	good.kind = CARD_FRAME_CUE;
	f = good;
	ck_assert(!is_taken());
	f.cue = CARD_CUE_PIN + 1;
	ck_assert(!is_taken());
	f.cue = CARD_CUE_PIN;
	ck_assert(!is_taken());		/* and no PIN went out */
	f.u.got.pin_sent = 1;
	ck_assert(is_taken());
	f.u.got.verified = 1;
	ck_assert(!is_taken());
	f.u.got.verified = 0;
	f.u.got.signature_len = 1;
	ck_assert(!is_taken());
	f = good;
	f.cue = CARD_CUE_HELD;
	ck_assert(is_taken());
	f.end = SEK_CARD_END_OK;
	ck_assert(!is_taken());
	f.end = 0;
	f.u.got.card = 1;
	ck_assert(!is_taken());
	f.u.got.card = 0;
	strcpy(f.seen.reader, "Another");
	ck_assert(!is_taken());
}
END_TEST

START_TEST(another_reader_or_no_words)
{
	size_t i;

	good.kind = CARD_FRAME_SEEN;
	for (i = 0; i < SEK_CARD_READER_MAX; i++) {
		f = good;
		f.seen.reader[i] ^= 1;
		ck_assert(!is_taken());
	}
	f = good;
	memset(f.seen.model, 'x', sizeof(f.seen.model));
	ck_assert(!is_taken());
	f = good;
	f.seen.model[2] = '\033';
	ck_assert(!is_taken());
	f = good;
	f.seen.model[SEK_CARD_MODEL_MAX - 1] = 'x';
	ck_assert(!is_taken());
}
END_TEST

START_TEST(what_is_seen_is_within_its_bounds)
{

	good.kind = CARD_FRAME_SEEN;
	f = good;
	f.end = SEK_CARD_END_COUNT;
	ck_assert(!is_taken());
	f = good;
	f.seen.end = SEK_CARD_END_COUNT;
	ck_assert(!is_taken());
	f = good;
	f.seen.driver = SEK_CARD_DRIVERS;
	ck_assert(is_taken());
	f.seen.driver = SEK_CARD_DRIVERS + 1;
	ck_assert(!is_taken());
	f = good;
	f.seen.algorithm = SEK_CARD_ALGORITHMS;
	ck_assert(!is_taken());
	f = good;
	f.seen.key = 0x9a;		/* of PIV alone */
	ck_assert(!is_taken());
	f.seen.driver = SEK_CARD_PIV;
	ck_assert(is_taken());
	f.seen.key = 0x9c;
	ck_assert(!is_taken());
	f = good;
	f.seen.tries = 16;
	ck_assert(!is_taken());
	f.seen.tries = SEK_CARD_TRIES_UNKNOWN;
	ck_assert(is_taken());
	f = good;
	f.seen.card = 2;
	ck_assert(!is_taken());
	f = good;
	f.seen.trusted = 2;
	ck_assert(!is_taken());
	f = good;
	f.seen.atr_len = SEK_CARD_ATR_MAX + 1;
	ck_assert(!is_taken());
	f.seen.atr_len = UINT32_MAX;
	ck_assert(!is_taken());
	f.seen.atr_len = 8;
	ck_assert(!is_taken());
	f = good;
	f.seen.not_before = -1;
	ck_assert(!is_taken());
	f = good;
	f.seen.not_after = 0;
	ck_assert(!is_taken());
	f = good;
	f.seen.pad[6] = 1;
	ck_assert(!is_taken());
}
END_TEST

START_TEST(lengths_that_are_none)
{

	signed_frame();
	f = good;
	f.u.got.signature_len = SEK_CARD_SIGNATURE_MAX + 1;
	ck_assert(!is_taken());
	f.u.got.signature_len = UINT32_MAX;
	ck_assert(!is_taken());
	f.u.got.signature_len = 255;
	ck_assert(!is_taken());
	f = good;
	f.u.got.uid_len = SEK_CARD_IDENTITY_MAX + 1;
	ck_assert(!is_taken());
	f = good;
	f.u.got.pin_sent = 2;
	ck_assert(!is_taken());
	f = good;
	f.u.got.pin_sent = 0;		/* and yet verified */
	ck_assert(!is_taken());
	f = good;
	f.u.got.pad = 1;
	ck_assert(!is_taken());
	/* Nothing is signed where it did not end well. */
	f = good;
	f.end = SEK_CARD_END_PIN_WRONG;
	ck_assert(!is_taken());
	read_frame();
	f = good;
	f.u.got.card = 0;
	ck_assert(!is_taken());
	f = good;
	f.u.got.made.public_len = SEK_CARD_PUBLIC_MAX + 1;
	ck_assert(!is_taken());
	f = good;
	f.u.got.made.public_len--;
	ck_assert(!is_taken());
	f = good;
	f.u.got.made.issuer_len = UINT32_MAX;
	ck_assert(!is_taken());
	f = good;
	f.u.got.made.identity_len = 0;
	ck_assert(!is_taken());
	f = good;
	f.u.got.made.mark[0] = 1;	/* that is the store's to make */
	ck_assert(!is_taken());
	f = good;
	f.u.got.made.brief.pin = 0;
	ck_assert(!is_taken());
	f = good;
	f.u.got.made.brief.pad[2] = 1;
	ck_assert(!is_taken());
	f = good;
	f.end = SEK_CARD_END_WEAK;
	ck_assert(!is_taken());
}
END_TEST

START_TEST(readers_that_are_none)
{

	slots_frame();
	f = good;
	f.u.slots.n = SEK_CARD_READERS_MAX + 1;
	ck_assert(!is_taken());
	f.u.slots.n = UINT32_MAX;
	ck_assert(!is_taken());
	f.u.slots.n = 1;
	ck_assert(!is_taken());
	f = good;
	f.u.slots.n = 3;
	ck_assert(!is_taken());
	f = good;
	f.u.slots.list[0].reader[0] = '\0';
	ck_assert(!is_taken());
	f = good;
	f.u.slots.list[0].reader[1] = '\n';
	ck_assert(!is_taken());
	f = good;
	f.u.slots.list[1].present = 2;
	ck_assert(!is_taken());
	f = good;
	f.u.slots.list[1].in_use = 7;
	ck_assert(!is_taken());
	f = good;
	f.u.slots.list[1].atr_len = 34;
	ck_assert(!is_taken());
	f = good;
	f.end = SEK_CARD_END_NO_SERVICE;
	ck_assert(!is_taken());
	f = good;
	f.seen.card = 1;
	ck_assert(!is_taken());
}
END_TEST

/* Behind what the lengths say there is nothing, anywhere. */
START_TEST(a_byte_without_a_meaning)
{
	uint8_t *b = (uint8_t *)&f.u;
	size_t i;

	signed_frame();
	for (i = 256; i < SEK_CARD_SIGNATURE_MAX; i++) {
		f = good;
		f.u.got.signature[i] = 1;
		ck_assert(!is_taken());
	}
	for (i = offsetof(struct card_frame, u.got.uid) -
	    offsetof(struct card_frame, u); i < sizeof(f.u); i++) {
		f = good;
		b[i] = 1;
		ck_assert(!is_taken());
	}
	read_frame();
	for (i = sizeof(f.u.got); i < sizeof(f.u); i++) {
		f = good;
		b[i] = 1;
		ck_assert(!is_taken());
	}
	slots_frame();
	for (i = offsetof(struct card_frame, u.slots.list[2]) -
	    offsetof(struct card_frame, u); i < sizeof(f.u); i++) {
		f = good;
		b[i] = 1;
		ck_assert(!is_taken());
	}
	setup();
	good.kind = CARD_FRAME_SEEN;
	for (i = 0; i < sizeof(f.u); i++) {
		f = good;
		b[i] = 0x80;
		ck_assert(!is_taken());
	}
}
END_TEST

/* Whatever it is, looking at it does no harm; what is random is not taken. */
START_TEST(noise)
{
	uint8_t *b = (uint8_t *)&f;
	size_t i;
	int n;

	srand(7);
	for (n = 0; n < 2000; n++) {
		for (i = 0; i < sizeof(f); i++)
			b[i] = (uint8_t)rand();
		f.kind = (uint32_t)n % (CARD_FRAME_READ + 1);
		ck_assert(!is_taken());
		f.seen = good.seen;
		f.cue = 0;
		f.end = SEK_CARD_END_OK;
		ck_assert(!is_taken());
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_a_child_says_is_taken,
		answer_of_another_kind,
		cues_that_are_none,
		another_reader_or_no_words,
		what_is_seen_is_within_its_bounds,
		lengths_that_are_none,
		readers_that_are_none,
		a_byte_without_a_meaning,
		noise,
		NULL
	};

	return (unit_run_with("edge_card_frame", tests, setup, NULL));
}
