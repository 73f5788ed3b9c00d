/*
 * test_edge_fido2_frame.c - what a child that was taken over may say
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/edge/fido2/key.h"
#include "unit.h"

static struct sek_fido2_device asked;
static struct key_frame good, f;

static void
setup(void)
{

	memset(&asked, 0, sizeof(asked));
	memset(&good, 0, sizeof(good));
	strcpy(asked.path, "/dev/hidraw0");
	strcpy(asked.model, "A key");
	good.device = asked;
	good.device.pin_tries = 8;
	good.device.pin_set = 1;
	memset(good.device.aaguid, 7, sizeof(good.device.aaguid));
}

static void
signed_frame(void)
{

	good.kind = KEY_FRAME_SIGNED;
	good.end = SEK_FIDO2_END_OK;
	good.u.got.verified = SEK_FIDO2_VERIFIES_PIN;
	good.u.got.authdata_len = 39;
	good.u.got.signature_len = 71;
	memset(good.u.got.authdata, 3, 39);
	memset(good.u.got.signature, 4, 71);
}

static void
made_frame(void)
{

	good.kind = KEY_FRAME_MADE;
	good.end = SEK_FIDO2_END_OK;
	strcpy(good.u.made.format, "packed");
	good.u.made.authdata_len = 200;
	good.u.made.statement_len = 700;
	memset(good.u.made.authdata, 3, 200);
	memset(good.u.made.statement, 4, 700);
}

static bool
is_taken(void)
{

	return (key_frame_check(&f, &asked, f.kind == KEY_FRAME_CUE ?
	    KEY_FRAME_LOOKED : (enum key_frame_kind)f.kind));
}

START_TEST(what_a_child_says_is_taken)
{

	f = good;
	f.kind = KEY_FRAME_LOOKED;
	f.end = SEK_FIDO2_END_BUSY;
	ck_assert(is_taken());
	f = good;
	f.kind = KEY_FRAME_CUE;
	f.cue = SEK_FIDO2_CUE_SENSOR;
	ck_assert(is_taken());
	signed_frame();
	f = good;
	ck_assert(is_taken());
	memset(&good.u, 0, sizeof(good.u));
	made_frame();
	f = good;
	ck_assert(is_taken());
}
END_TEST

START_TEST(a_kind_or_end_or_cue_there_is_not)
{

	f = good;
	ck_assert(!is_taken());
	f.kind = KEY_FRAME_MADE + 1;
	ck_assert(!is_taken());
	f.kind = UINT32_MAX;
	ck_assert(!is_taken());
	f.kind = KEY_FRAME_LOOKED;
	f.end = SEK_FIDO2_END_COUNT;
	ck_assert(!is_taken());
	f.end = UINT32_MAX;
	ck_assert(!is_taken());
	f.end = SEK_FIDO2_END_OK;
	f.cue = SEK_FIDO2_CUE_TOUCH;
	ck_assert(!is_taken());
	f.kind = KEY_FRAME_CUE;
	ck_assert(!is_taken());
	f.end = 0;
	ck_assert(is_taken());
	f.cue = 0;
	ck_assert(!is_taken());
	f.cue = SEK_FIDO2_CUE_SENSOR + 1;
	ck_assert(!is_taken());
}
END_TEST

/* A child that was taken over answers "all is well" to what it was not asked:
 * no credential, no signature, and nobody would look for them. */
START_TEST(answer_of_another_kind)
{
	enum key_frame_kind asked_for;

	good.end = SEK_FIDO2_END_OK;
	for (asked_for = KEY_FRAME_LOOKED; asked_for <= KEY_FRAME_MADE;
	    asked_for++) {
		f = good;
		for (f.kind = 0; f.kind <= KEY_FRAME_MADE + 1; f.kind++)
			if (f.kind != asked_for)
				ck_assert(!key_frame_check(&f, &asked,
				    asked_for));
	}
	good.kind = KEY_FRAME_LOOKED;
	f = good;
	ck_assert(key_frame_check(&f, &asked, KEY_FRAME_LOOKED));
}
END_TEST

/* The device is the one that was asked; flags are 0 or 1. */
START_TEST(another_device)
{
	size_t i;

	good.kind = KEY_FRAME_LOOKED;
	for (i = 0; i < sizeof(good.device.path); i++) {
		f = good;
		f.device.path[i] ^= 1;
		ck_assert(!is_taken());
	}
	for (i = 0; i < sizeof(good.device.model); i++) {
		f = good;
		f.device.model[i] ^= 1;
		ck_assert(!is_taken());
	}
	f = good;
	f.device.pin_set = 2;
	ck_assert(!is_taken());
	f = good;
	f.device.sensor = 0xff;
	ck_assert(!is_taken());
	f = good;
	f.device.resident = 2;
	ck_assert(!is_taken());
	for (i = 0; i < sizeof(good.device.pad); i++) {
		f = good;
		f.device.pad[i] = 1;
		ck_assert(!is_taken());
	}
}
END_TEST

START_TEST(lengths_that_are_none)
{

	signed_frame();
	f = good;
	f.u.got.authdata_len = SEK_FIDO2_AUTHDATA_MAX + 1;
	ck_assert(!is_taken());
	f.u.got.authdata_len = UINT32_MAX;
	ck_assert(!is_taken());
	f = good;
	f.u.got.signature_len = SEK_FIDO2_SIGNATURE_MAX + 1;
	ck_assert(!is_taken());
	f = good;
	f.u.got.verified = SEK_FIDO2_VERIFIES_COUNT;
	ck_assert(!is_taken());
	/* Nothing is signed where it did not end well. */
	f = good;
	f.end = SEK_FIDO2_END_PIN_WRONG;
	ck_assert(!is_taken());
	memset(&good.u, 0, sizeof(good.u));
	made_frame();
	f = good;
	f.u.made.authdata_len = 0;
	ck_assert(!is_taken());
	f = good;
	f.u.made.authdata_len = SEK_FIDO2_AUTHDATA_MAX + 1;
	ck_assert(!is_taken());
	f = good;
	f.u.made.statement_len = UINT32_MAX;
	ck_assert(!is_taken());
	f = good;
	f.u.made.algorithm = SEK_FIDO2_ALGORITHMS;
	ck_assert(!is_taken());
	f = good;
	f.u.made.pad = 1;
	ck_assert(!is_taken());
	f = good;
	memset(f.u.made.format, 'x', sizeof(f.u.made.format));
	ck_assert(!is_taken());
	f = good;
	f.u.made.format[0] = '\033';
	ck_assert(!is_taken());
	f = good;
	f.end = SEK_FIDO2_END_FULL;
	ck_assert(!is_taken());
}
END_TEST

/* Behind what the lengths say there is nothing, anywhere. */
START_TEST(a_byte_without_a_meaning)
{
	const size_t size = sizeof(good.u);
	uint8_t *b = (uint8_t *)&f.u;
	size_t i, from;

	signed_frame();
	from = offsetof(struct key_frame, u.got.signature) -
	    offsetof(struct key_frame, u) + 71;
	for (i = from; i < size; i++) {
		f = good;
		b[i] = 1;
		ck_assert(!is_taken());
	}
	for (i = 39; i < SEK_FIDO2_AUTHDATA_MAX; i++) {
		f = good;
		f.u.got.authdata[i] = 1;
		ck_assert(!is_taken());
	}
	good.kind = KEY_FRAME_LOOKED;
	memset(&good.u, 0, size);
	for (i = 0; i < size; i++) {
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

	srand(6);
	for (n = 0; n < 2000; n++) {
		for (i = 0; i < sizeof(f); i++)
			b[i] = (uint8_t)rand();
		f.kind = (uint32_t)n % (KEY_FRAME_MADE + 1);
		ck_assert(!is_taken());
		f.device = asked;
		f.cue = 0;
		f.end = SEK_FIDO2_END_OK;
		ck_assert(!is_taken());
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_a_child_says_is_taken,
		a_kind_or_end_or_cue_there_is_not,
		answer_of_another_kind,
		another_device,
		lengths_that_are_none,
		a_byte_without_a_meaning,
		noise,
		NULL
	};

	return (unit_run_with("edge_fido2_frame", tests, setup, NULL));
}
