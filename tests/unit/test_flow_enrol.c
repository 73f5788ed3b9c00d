/*
 * test_flow_enrol.c - test of flow/enrol: keys, the URI, the first code, whose
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/flow/enrol.h"
#include "sekisho/rule/oath.h"
#include "unit.h"

/* The store of this test: one account, and what it answers of it. */
static enum sek_err answer;
static struct sek_account known;

enum sek_err
sek_store_user(struct sek_store *st, const char *name,
    const struct sek_limits *limits, struct sek_user *out)
{
	(void)st;
	(void)name;
	(void)limits;
	if (answer == SEK_OK)
		out->account = known;
	return (answer);
}

START_TEST(keys_are_fresh_and_long)
{
	static const size_t want[] = { 20, 32, 64 };
	static const unsigned char zero[64];
	struct sek_enrol a, b;
	int i;

	for (i = 0; i < 3; i++) {
		memset(&a, 0, sizeof(a));
		memset(&b, 0, sizeof(b));
		ck_assert_int_eq(sek_enrol_key(&a, SEK_METHOD_TOTP,
		    (enum sek_oath_algorithm)i, 8, 60), SEK_OK);
		ck_assert_int_eq(sek_enrol_key(&b, SEK_METHOD_TOTP,
		    (enum sek_oath_algorithm)i, 6, 30), SEK_OK);
		ck_assert_uint_eq(a.key_len, want[i]);
		ck_assert_int_ne(memcmp(a.key, zero, want[i]), 0);
		ck_assert_int_ne(memcmp(a.key, b.key, want[i]), 0);
		ck_assert_uint_eq(a.authenticator.oath.period, 60);
		ck_assert_uint_eq(b.authenticator.oath.period, 30);
		ck_assert_uint_eq(a.proved, 0);
	}
	ck_assert_int_ne(sek_enrol_key(&a, SEK_METHOD_TOTP, SEK_OATH_SHA1, 5,
	    30), SEK_OK);
	ck_assert_int_ne(sek_enrol_key(&a, SEK_METHOD_TOTP, SEK_OATH_SHA1, 9,
	    30), SEK_OK);
	ck_assert_int_ne(sek_enrol_key(&a, SEK_METHOD_TOTP, SEK_OATH_SHA1, 6,
	    31), SEK_OK);
	ck_assert_int_ne(sek_enrol_key(&a, SEK_METHOD_TOTP,
	    SEK_OATH_ALGORITHMS, 6, 30), SEK_OK);
}
END_TEST

START_TEST(uri)
{
	struct sek_secret s = SEK_SECRET_NONE;
	struct sek_enrol e;

	memset(&e, 0, sizeof(e));
	ck_assert_int_eq(sek_enrol_key(&e, SEK_METHOD_TOTP, SEK_OATH_SHA1, 6,
	    30), SEK_OK);
	memcpy(e.key, "12345678901234567890", 20);
	strcpy(e.account.name, "ali ce&x=\xe8\x8a\xb1");
	ck_assert_int_eq(sek_enrol_uri(&s, &e), SEK_OK);
	ck_assert_str_eq(sek_secret_text(&s), "otpauth://totp/Sekisho:"
	    "ali%20ce%26x%3D%E8%8A%B1"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Sekisho"
	    "&algorithm=SHA1&digits=6&period=30");
	sek_secret_free(&s);
	ck_assert_int_eq(sek_enrol_key(&e, SEK_METHOD_HOTP, SEK_OATH_SHA1, 8,
	    30), SEK_OK);
	ck_assert_uint_eq(e.authenticator.oath.period, 0);
	memset(e.account.name, '%', sizeof(e.account.name) - 1);
	e.authenticator.oath.moving = 7;
	ck_assert_int_eq(sek_enrol_uri(&s, &e), SEK_OK);
	ck_assert_ptr_nonnull(strstr(sek_secret_text(&s),
	    "&algorithm=SHA1&digits=8&counter=7"));
	sek_secret_free(&s);
}
END_TEST

/* RFC 4226 appendix D, RFC 6238 appendix B. */
START_TEST(the_first_code_is_used_up)
{
	struct sek_oath after;
	struct sek_enrol e;

	memset(&e, 0, sizeof(e));
	ck_assert_int_eq(sek_enrol_key(&e, SEK_METHOD_HOTP, SEK_OATH_SHA1, 6,
	    0), SEK_OK);
	memcpy(e.key, "12345678901234567890", 20);
	ck_assert(!sek_enrol_prove(&e, "000000", 0));
	ck_assert(!sek_enrol_prove(&e, "", 0));
	ck_assert(!sek_enrol_prove(&e, "75522", 0));
	ck_assert(!sek_enrol_prove(&e, "7552244444444444444444444", 0));
	ck_assert_uint_eq(e.proved, 0);
	ck_assert_uint_eq(e.authenticator.oath.moving, 0);
	ck_assert(sek_enrol_prove(&e, " 755 224 ", 0));
	ck_assert_uint_eq(e.proved, 1);
	ck_assert_int_ne(sek_oath_verify(&after, &e.authenticator.oath,
	    SEK_METHOD_HOTP, e.key, e.key_len, "755224", 0), SEK_OATH_OK);
	ck_assert_int_eq(sek_oath_verify(&after, &e.authenticator.oath,
	    SEK_METHOD_HOTP, e.key, e.key_len, "287082", 0), SEK_OATH_OK);

	memset(&e, 0, sizeof(e));
	ck_assert_int_eq(sek_enrol_key(&e, SEK_METHOD_TOTP, SEK_OATH_SHA1, 8,
	    30), SEK_OK);
	memcpy(e.key, "12345678901234567890", 20);
	ck_assert(sek_enrol_prove(&e, "07081804", 1111111109));
	ck_assert_int_ne(sek_oath_verify(&after, &e.authenticator.oath,
	    SEK_METHOD_TOTP, e.key, e.key_len, "07081804", 1111111109),
	    SEK_OATH_OK);
}
END_TEST

START_TEST(whose)
{
	struct sek_passwd who = { "alice", 1000, 1000, 1, { 0 } };
	struct sek_enrol e;

	memset(&e, 0, sizeof(e));
	memset(&known, 0, sizeof(known));
	answer = SEK_ERR_NOT_FOUND;
	ck_assert_int_eq(sek_enrol_for(&e, NULL, &who, true), SEK_OK);
	ck_assert_str_eq(e.account.name, "alice");
	ck_assert_str_eq(e.account.person, "alice");
	ck_assert_str_eq(e.person.id, "alice");
	ck_assert_str_eq(e.authenticator.person, "alice");
	ck_assert_uint_eq(e.account.uid, 1000);
	ck_assert_uint_eq(e.account.privileged, 1);
	answer = SEK_OK;
	strcpy(known.person, "S123");
	known.uid = 1000;
	ck_assert_int_eq(sek_enrol_for(&e, NULL, &who, false), SEK_OK);
	ck_assert_str_eq(e.authenticator.person, "S123");
	known.uid = SEK_UID_NONE;
	ck_assert_int_eq(sek_enrol_for(&e, NULL, &who, false), SEK_OK);
	ck_assert_uint_eq(e.rebinds, 0);
	known.uid = 1001;
	ck_assert_int_eq(sek_enrol_for(&e, NULL, &who, false), SEK_OK);
	ck_assert_uint_eq(e.account.uid, 1000);
	ck_assert_uint_eq(e.rebinds, 1);
	known.uid = 1000;
	ck_assert_int_eq(sek_enrol_for(&e, NULL, &who, false), SEK_OK);
	ck_assert_uint_eq(e.rebinds, 0);
	known.shared = 1;
	ck_assert_int_eq(sek_enrol_for(&e, NULL, &who, false),
	    SEK_ERR_REFUSED);
	answer = SEK_ERR_TAMPERED;
	ck_assert_int_eq(sek_enrol_for(&e, NULL, &who, false),
	    SEK_ERR_TAMPERED);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		keys_are_fresh_and_long,
		uri,
		the_first_code_is_used_up,
		whose,
		NULL
	};

	return (unit_run("flow_enrol", tests));
}
