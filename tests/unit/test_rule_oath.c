/*
 * test_rule_oath.c - RFC 4226 and RFC 6238, and that a code is good once
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/rule/oath.h"
#include "unit.h"

/* The keys of the RFCs: "1234567890" over and over. */
static const char digits64[] =
    "1234567890123456789012345678901234567890123456789012345678901234";
static const unsigned char key[20] = {
	'1', '2', '3', '4', '5', '6', '7', '8', '9', '0',
	'1', '2', '3', '4', '5', '6', '7', '8', '9', '0'
};
#define NOON	INT64_C(1795143600)	/* a multiple of 60 */

static struct sek_oath after;

static struct sek_oath
hotp(uint64_t moving)
{
	struct sek_oath o = { .moving = moving, .digits = 6 };

	return (o);
}

static struct sek_oath
totp(void)
{
	struct sek_oath o = { .digits = 6, .period = 30 };

	return (o);
}

/* The code at a counter or step; SHA-1, 6 digits. */
static const char *
code_at(uint64_t moving)
{
	static char code[4][8];
	static unsigned next;
	char *c = code[next++ % 4];

	ck_assert_int_eq(oath_hotp_generate(digits64, 20, moving, 6, false,
	    OATH_HOTP_DYNAMIC_TRUNCATION, c), OATH_OK);
	return (c);
}

static enum sek_oath_verdict
verify_hotp(const struct sek_oath *o, const char *code)
{
	return (sek_oath_verify(&after, o, SEK_METHOD_HOTP, key, sizeof(key),
	    code, 0));
}

static enum sek_oath_verdict
verify_totp(const struct sek_oath *o, const char *code, int64_t when)
{
	return (sek_oath_verify(&after, o, SEK_METHOD_TOTP, key, sizeof(key),
	    code, when));
}

static void
assert_unchanged(const struct sek_oath *o)
{
	ck_assert_mem_eq(&after, o, sizeof(after));
}

START_TEST(hotp_gives_the_codes_of_rfc_4226)
{
	static const char *const codes[] = {
		"755224", "287082", "359152", "969429", "338314",
		"254676", "287922", "162583", "399871", "520489"
	};
	struct sek_oath o = hotp(0);
	uint64_t i;

	for (i = 0; i < 10; i++) {
		ck_assert_int_eq(verify_hotp(&o, codes[i]), SEK_OATH_OK);
		ck_assert_uint_eq(after.moving, i + 1);
		o = after;
	}
}
END_TEST

START_TEST(totp_gives_the_codes_of_rfc_6238)
{
	static const struct {
		int64_t		when;
		const char	*code[SEK_OATH_ALGORITHMS];
	} v[] = {
		{ 59, { "94287082", "46119246", "90693936" } },
		{ 1111111109, { "07081804", "68084774", "25091201" } },
		{ 1111111111, { "14050471", "67062674", "99943326" } },
		{ 1234567890, { "89005924", "91819424", "93441116" } },
		{ 2000000000, { "69279037", "90698825", "38618901" } },
		{ 20000000000, { "65353130", "77737706", "47863826" } },
	};
	static const size_t key_len[SEK_OATH_ALGORITHMS] = { 20, 32, 64 };
	struct sek_oath o = { .digits = 8, .period = 30 };
	size_t i, a;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		for (a = 0; a < SEK_OATH_ALGORITHMS; a++) {
			o.algorithm = (uint8_t)a;
			ck_assert_int_eq(sek_oath_verify(&after, &o,
			    SEK_METHOD_TOTP, (const unsigned char *)digits64,
			    key_len[a], v[i].code[a], v[i].when), SEK_OATH_OK);
			ck_assert_uint_eq(after.moving,
			    (uint64_t)v[i].when / 30 + 1);
		}
	}
}
END_TEST

START_TEST(every_length_of_code_and_period_works)
{
	struct sek_oath o = totp();
	char code[9];
	unsigned digits, period;

	for (digits = 6; digits <= 8; digits++) {
		for (period = 30; period <= 60; period += 30) {
			o.digits = (uint8_t)digits;
			o.period = (uint16_t)period;
			o.algorithm = SEK_OATH_SHA512;
			ck_assert_int_eq(oath_totp_generate2(digits64, 20,
			    NOON, period, 0, digits, OATH_TOTP_HMAC_SHA512,
			    code), OATH_OK);
			ck_assert_int_eq(verify_totp(&o, code, NOON),
			    SEK_OATH_OK);
			ck_assert_int_eq(verify_totp(&o, code,
			    NOON + 2 * period), SEK_OATH_WRONG);
		}
	}
}
END_TEST

START_TEST(code_is_good_once)
{
	struct sek_oath o = totp();
	const char *code = code_at(NOON / 30);

	ck_assert_int_eq(verify_totp(&o, code, NOON), SEK_OATH_OK);
	o = after;
	ck_assert_int_eq(verify_totp(&o, code, NOON), SEK_OATH_REPLAYED);
	assert_unchanged(&o);
	ck_assert_int_eq(verify_totp(&o, code, NOON + 3600),
	    SEK_OATH_REPLAYED);

	o = hotp(7);
	code = code_at(9);
	ck_assert_int_eq(verify_hotp(&o, code), SEK_OATH_OK);
	o = after;
	ck_assert_int_eq(verify_hotp(&o, code), SEK_OATH_REPLAYED);
	assert_unchanged(&o);
}
END_TEST

START_TEST(every_code_before_an_accepted_one_is_dead)
{
	struct sek_oath o = totp();
	uint64_t i;

	ck_assert_int_eq(verify_totp(&o, code_at(NOON / 30 + 1), NOON),
	    SEK_OATH_OK);
	o = after;
	/* Still in the window, never used, and yet too late: a guess. */
	ck_assert_int_eq(verify_totp(&o, code_at(NOON / 30), NOON),
	    SEK_OATH_WRONG);
	assert_unchanged(&o);

	o = hotp(0);
	ck_assert_int_eq(verify_hotp(&o, code_at(9)), SEK_OATH_OK);
	o = after;
	for (i = 0; i < 9; i++)
		ck_assert_int_eq(verify_hotp(&o, code_at(i)), SEK_OATH_WRONG);
}
END_TEST

START_TEST(nothing_is_replayed_before_the_first_success)
{
	struct sek_oath o = totp();

	ck_assert_int_eq(verify_totp(&o, code_at(0), NOON), SEK_OATH_WRONG);
	o = hotp(0);
	ck_assert_int_eq(verify_hotp(&o, code_at(UINT64_MAX)),
	    SEK_OATH_WRONG);
}
END_TEST

/* Two counters not far apart whose codes are the same. */
static uint64_t
find_twins(unsigned *apart)
{
	static char code[10][8];
	uint64_t c;
	unsigned k;

	for (c = 0; c < 20000000; c++) {
		memcpy(code[c % 10], code_at(c), 8);
		for (k = 1; k < 10 && k <= c; k++) {
			if (strcmp(code[c % 10], code[(c - k) % 10]) == 0) {
				*apart = k;
				return (c - k);
			}
		}
	}
	ck_abort_msg("no two counters with one code");
	return (0);
}

START_TEST(same_digits_twice_in_a_row_are_a_replay)
{
	struct sek_oath o;
	unsigned apart = 0;
	uint64_t first = find_twins(&apart);

	o = hotp(first);
	ck_assert_int_eq(verify_hotp(&o, code_at(first)), SEK_OATH_OK);
	ck_assert_uint_eq(after.moving, first + 1);
	o = after;
	/* A live counter has these digits, but they were seen just now. */
	ck_assert_int_eq(verify_hotp(&o, code_at(first + apart)),
	    SEK_OATH_REPLAYED);
}
END_TEST

START_TEST(totp_window_is_one_step_either_side)
{
	struct sek_oath o = totp();
	int64_t step;

	for (step = -4; step <= 4; step++)
		ck_assert_int_eq(verify_totp(&o, code_at((uint64_t)(NOON / 30 +
		    step)), NOON), step >= -1 && step <= 1 ? SEK_OATH_OK :
		    SEK_OATH_WRONG);
	ck_assert_int_eq(verify_totp(&o, code_at(NOON / 30), NOON + 29),
	    SEK_OATH_OK);
}
END_TEST

START_TEST(drift_is_followed_and_the_present_step_stays_good)
{
	struct sek_oath o = totp();
	int64_t day, at;

	/* A token two steps late: followed once it was one step late. */
	ck_assert_int_eq(verify_totp(&o, code_at(NOON / 30 - 1), NOON),
	    SEK_OATH_OK);
	ck_assert_int_eq(after.drift, -1);
	for (day = 1; day < 20; day++) {
		o = after;
		at = NOON + day * 86400;
		ck_assert_int_eq(verify_totp(&o, code_at((uint64_t)(at / 30) -
		    2), at), SEK_OATH_OK);
		ck_assert_int_eq(after.drift, -1);
		ck_assert_int_eq(verify_totp(&o, code_at((uint64_t)(at / 30) -
		    3), at), SEK_OATH_WRONG);
		/* One that is on time was never shut out. */
		ck_assert_int_eq(verify_totp(&o, code_at((uint64_t)at / 30),
		    at), SEK_OATH_OK);
		ck_assert_int_eq(after.drift, 0);
		after.drift = -1;
	}
	o = totp();
	o.drift = 1000;		/* whatever a row says */
	ck_assert_int_eq(verify_totp(&o, code_at(NOON / 30 + 3), NOON),
	    SEK_OATH_WRONG);
	ck_assert_int_eq(verify_totp(&o, code_at(NOON / 30), NOON),
	    SEK_OATH_OK);
}
END_TEST

START_TEST(hotp_looks_ahead_ten_and_no_more)
{
	struct sek_oath o = hotp(100);

	ck_assert_int_eq(verify_hotp(&o, code_at(109)), SEK_OATH_OK);
	ck_assert_uint_eq(after.moving, 110);
	ck_assert_int_eq(verify_hotp(&o, code_at(110)), SEK_OATH_RESYNC);
	ck_assert_int_eq(verify_hotp(&o, code_at(209)), SEK_OATH_RESYNC);
	ck_assert_int_eq(verify_hotp(&o, code_at(210)), SEK_OATH_WRONG);
	ck_assert_int_eq(verify_hotp(&o, code_at(98)), SEK_OATH_WRONG);
}
END_TEST

START_TEST(hotp_resyncs_by_two_codes_in_a_row)
{
	struct sek_oath o = hotp(0);

	ck_assert_int_eq(verify_hotp(&o, code_at(50)), SEK_OATH_RESYNC);
	ck_assert_uint_eq(after.moving, 0);
	ck_assert_uint_eq(after.resync, 51);
	o = after;
	/* The same again proves nothing; neither does another far one. */
	ck_assert_int_eq(verify_hotp(&o, code_at(50)), SEK_OATH_RESYNC);
	ck_assert_int_eq(verify_hotp(&o, code_at(52)), SEK_OATH_RESYNC);
	ck_assert_int_eq(verify_hotp(&o, code_at(51)), SEK_OATH_OK);
	ck_assert_uint_eq(after.moving, 52);
	ck_assert_uint_eq(after.resync, 0);
	/* Near codes work all the while, and end the resync. */
	ck_assert_int_eq(verify_hotp(&o, code_at(3)), SEK_OATH_OK);
	ck_assert_uint_eq(after.resync, 0);
}
END_TEST

START_TEST(resync_that_lies_behind_is_dead)
{
	struct sek_oath o = hotp(60);

	o.resync = 51;
	ck_assert_int_eq(verify_hotp(&o, code_at(51)), SEK_OATH_WRONG);
}
END_TEST

START_TEST(malformed_codes_are_wrong_and_change_nothing)
{
	static const char *const bad[] = {
		"", "1", "75522", "7552240", "75522x", "755 224", " 755224",
		"-755224", "７５５２２４", "755224\n"
	};
	struct sek_oath o = hotp(0);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(verify_hotp(&o, bad[i]), SEK_OATH_WRONG);
		assert_unchanged(&o);
	}
}
END_TEST

START_TEST(parameters_outside_the_supported_verify_nothing)
{
	struct sek_oath o = totp();
	const char *code = code_at(NOON / 30);

	o.digits = 0;
	ck_assert_int_eq(verify_totp(&o, "", NOON), SEK_OATH_WRONG);
	o = totp();
	o.period = 0;
	ck_assert_int_eq(verify_totp(&o, code, NOON), SEK_OATH_WRONG);
	o = totp();
	o.algorithm = SEK_OATH_ALGORITHMS;
	ck_assert_int_eq(verify_totp(&o, code, NOON), SEK_OATH_WRONG);
	o = totp();
	ck_assert_int_eq(sek_oath_verify(&after, &o, SEK_METHOD_PASSWORD, key,
	    sizeof(key), code, NOON), SEK_OATH_WRONG);
	ck_assert_int_eq(sek_oath_verify(&after, &o, SEK_METHOD_TOTP, key, 9,
	    code, NOON), SEK_OATH_WRONG);
	ck_assert_int_eq(verify_totp(&o, code, -NOON), SEK_OATH_WRONG);
	ck_assert_int_eq(verify_totp(&o, code, -1), SEK_OATH_WRONG);
	ck_assert_int_eq(verify_totp(&o, code, 0), SEK_OATH_WRONG);
	ck_assert_int_eq(verify_totp(&o, code, INT64_MAX), SEK_OATH_WRONG);
	o = hotp(UINT64_MAX);
	ck_assert_int_eq(verify_hotp(&o, code), SEK_OATH_WRONG);
}
END_TEST

START_TEST(check_tells_what_is_supported)
{
	struct sek_oath o = totp();

	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_TOTP, 20), SEK_OK);
	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_TOTP, 128), SEK_OK);
	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_TOTP, 129),
	    SEK_ERR_RANGE);
	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_HOTP, 20),
	    SEK_ERR_RANGE);
	o.period = 45;
	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_TOTP, 20),
	    SEK_ERR_RANGE);
	o = hotp(0);
	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_HOTP, 10), SEK_OK);
	o.digits = 9;
	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_HOTP, 20),
	    SEK_ERR_RANGE);
	o = hotp(0);
	o.algorithm = SEK_OATH_SHA256;
	ck_assert_int_eq(sek_oath_check(&o, SEK_METHOD_HOTP, 20),
	    SEK_ERR_RANGE);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		hotp_gives_the_codes_of_rfc_4226,
		totp_gives_the_codes_of_rfc_6238,
		every_length_of_code_and_period_works,
		code_is_good_once,
		every_code_before_an_accepted_one_is_dead,
		nothing_is_replayed_before_the_first_success,
		same_digits_twice_in_a_row_are_a_replay,
		totp_window_is_one_step_either_side,
		drift_is_followed_and_the_present_step_stays_good,
		hotp_looks_ahead_ten_and_no_more,
		hotp_resyncs_by_two_codes_in_a_row,
		resync_that_lies_behind_is_dead,
		malformed_codes_are_wrong_and_change_nothing,
		parameters_outside_the_supported_verify_nothing,
		check_tells_what_is_supported,
		NULL
	};

	return (unit_run("rule_oath", tests));
}
