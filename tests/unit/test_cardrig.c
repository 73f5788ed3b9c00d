/*
 * test_cardrig.c - the rig of cards itself: real pcscd, cards in and out, what
 * they log, count, and do wrong
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../emulators/card/rig.h"
#include "unit.h"

#define SELECT	"00a4040c0ad392f000260100000001"

static struct cardrig rig;

static int
slot(const char *verb, const char *a, const char *b, const char *c,
    const char *d)
{

	return cardrig_slot(&rig,
	    (const char *const[]){ verb, "00 00", a, b, c, d, NULL });
}

START_TEST(in_and_out_and_in_again_is_the_same_card)
{
	uint8_t one[4096], two[4096];
	struct softcard c;
	size_t n, m;

	ck_assert(softcard_insert(&c, &rig, "a", "jpki", 0, ""));
	ck_assert(softcard_file(&c, "auth.der", one, sizeof(one), &n));
	ck_assert(softcard_file(&c, "anchors/ca.pem", two, sizeof(two), &m));
	softcard_remove(&c, &rig);
	ck_assert_int_eq(slot("wait", "empty", "1", NULL, NULL), 0);
	ck_assert(softcard_insert(&c, &rig, "a", "jpki", 0, NULL));
	ck_assert(softcard_file(&c, "auth.der", two, sizeof(two), &m));
	ck_assert_uint_eq(n, m);
	ck_assert_mem_eq(one, two, n);
	softcard_remove(&c, &rig);
}
END_TEST

START_TEST(a_wrong_pin_counts_and_the_right_one_restores)
{
	struct softcard c;

	ck_assert(softcard_insert(&c, &rig, "a", "jpki", 0, ""));
	ck_assert_int_eq(softcard_tries(&c), 3);
	ck_assert_int_eq(slot("apdu", SELECT, "00a4020c020018",
	    "002000800439393939", NULL), 0);
	ck_assert_int_eq(softcard_tries(&c), 2);
	ck_assert_uint_eq(softcard_logged(&c, "verify 4 bytes -> 63c2"), 1);
	ck_assert_uint_eq(softcard_logged(&c, "39393939"), 0);
	ck_assert_int_eq(slot("apdu", SELECT, "00a4020c020018",
	    "002000800431323334", NULL), 0);
	ck_assert_int_eq(softcard_tries(&c), 3);
	softcard_knobs(&c, "tries=1\n");
	ck_assert_int_eq(slot("apdu", SELECT, "00a4020c020018",
	    "002000800439393939", "00200080"), 0);
	ck_assert_uint_eq(softcard_logged(&c, "apdu 00200080 -> 63c0"), 1);
	softcard_remove(&c, &rig);
}
END_TEST

START_TEST(what_must_not_be_touched_is_absent_and_written_down)
{
	struct softcard c;

	ck_assert(softcard_insert(&c, &rig, "a", "jpki", 0, ""));
	ck_assert_int_eq(slot("apdu", SELECT, "00a4020c02001b",
	    "00a4040c0ad3921000310001010408", NULL), 0);
	ck_assert_uint_eq(softcard_logged(&c, "00a4020c02001b -> 6a82"), 1);
	ck_assert_uint_eq(softcard_logged(&c, "forbidden 001b"), 1);
	ck_assert_uint_eq(softcard_logged(&c, "forbidden application"), 1);
	softcard_remove(&c, &rig);
}
END_TEST

START_TEST(ejected_at_a_command_it_comes_back_when_the_knobs_change)
{
	struct softcard c;

	ck_assert(softcard_insert(&c, &rig, "a", "jpki", 0, "eject=2\n"));
	slot("apdu", SELECT, SELECT, SELECT, NULL);
	ck_assert_uint_eq(softcard_logged(&c, "eject"), 1);
	ck_assert_int_eq(slot("wait", "empty", NULL, NULL, NULL), 0);
	softcard_knobs(&c, "");
	ck_assert(softcard_back(&c, &rig));
	ck_assert_int_eq(slot("apdu", SELECT, SELECT, SELECT, NULL), 0);
	softcard_remove(&c, &rig);
}
END_TEST

START_TEST(a_pcscd_that_ended_finds_the_card_when_it_is_back)
{
	struct softcard c;

	ck_assert(softcard_insert(&c, &rig, "a", "jpki", 0, ""));
	cardrig_stop(&rig);
	ck_assert_int_eq(slot("apdu", SELECT, NULL, NULL, NULL), 1);
	ck_assert(cardrig_up(&rig));
	ck_assert_int_eq(slot("wait", "present", NULL, NULL, NULL), 0);
	ck_assert_int_eq(slot("apdu", SELECT, NULL, NULL, NULL), 0);
	softcard_remove(&c, &rig);
}
END_TEST

int
main(void)
{
	const char *missing = cardrig_missing();
	Suite *s;
	TCase *tc;
	SRunner *sr;
	int failed = 1;

	if (missing != NULL) {
		printf("SKIP: %s\n", missing);
		return 77;
	}
	s = suite_create("the rig of cards");
	tc = tcase_create("pcscd, vpcd, softcard");
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, in_and_out_and_in_again_is_the_same_card);
	tcase_add_test(tc, a_wrong_pin_counts_and_the_right_one_restores);
	tcase_add_test(tc, what_must_not_be_touched_is_absent_and_written_down);
	tcase_add_test(tc,
	    ejected_at_a_command_it_comes_back_when_the_knobs_change);
	tcase_add_test(tc, a_pcscd_that_ended_finds_the_card_when_it_is_back);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	/* pcscd is this process's child: it is stopped and started here. */
	srunner_set_fork_status(sr, CK_NOFORK);
	if (cardrig_start(&rig)) {
		srunner_run_all(sr, CK_NORMAL);
		failed = srunner_ntests_failed(sr);
	}
	cardrig_end(&rig);
	srunner_free(sr);
	return failed != 0;
}
