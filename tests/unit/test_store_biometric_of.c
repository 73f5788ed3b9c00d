/*
 * test_store_biometric_of.c - test of the store's word which trait an
 * authenticator is, so that fprintd can be told to forget it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "store.h"
#include "unit.h"

static const char *
enrol(struct sek_store *st, const char *name, enum sek_method m,
    enum sek_finger finger)
{
	static char id[4][SEK_ID_MAX];
	static unsigned n;
	static struct sek_enrol e;

	test_enrol_fill(&e, name, m);
	if (sek_biometric_is_method(m)) {
		memset(&e.authenticator.oath, 0,
		    sizeof(e.authenticator.oath));
		memset(e.key, 0, sizeof(e.key));
		e.key_len = 0;
		e.biometric.brief.finger = (uint8_t)finger;
		(void)snprintf(e.biometric.account,
		    sizeof(e.biometric.account), "%s", name);
		if (finger != SEK_FINGER_NONE)
			memset(e.biometric.digest, 9,
			    sizeof(e.biometric.digest));
	}
	test_ok(st, sek_store_enrol(st, &e, NULL));
	memcpy(id[n = (n + 1) % 4], e.authenticator.id, SEK_ID_MAX);
	return (id[n]);
}

static enum sek_err
of(struct sek_store *st, const char *id, struct sek_biometric *out)
{
	struct sek_biometric_of in;

	memset(&in, 0, sizeof(in));
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	return (sek_store_biometric_of(st, &in, out));
}

START_TEST(a_trait_is_told_in_each_state_but_removed)
{
	struct sek_store *st = test_open();
	static const struct sek_biometric none;
	struct sek_biometric b;
	const char *finger = enrol(st, "alice", SEK_METHOD_FINGERPRINT,
	    SEK_FINGER_LEFT_THUMB);
	const char *face = enrol(st, "alice", SEK_METHOD_VENDOR_BIOMETRIC,
	    SEK_FINGER_NONE);
	const char *code = enrol(st, "bob", SEK_METHOD_TOTP, SEK_FINGER_NONE);

	test_ok(st, of(st, finger, &b));
	ck_assert_uint_eq(b.brief.finger, SEK_FINGER_LEFT_THUMB);
	ck_assert_str_eq(b.account, "alice");
	/* What it is compared by is not told. */
	ck_assert_mem_eq(b.digest, none.digest, sizeof(b.digest));
	test_ok(st, of(st, face, &b));
	ck_assert_uint_eq(b.brief.finger, SEK_FINGER_NONE);
	ck_assert_int_eq(of(st, code, &b), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(of(st, "0123456789abcdef", &b), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(of(st, "", &b), SEK_ERR_NOT_FOUND);
	ck_assert_mem_eq(&b, &none, sizeof(b));
	test_ok(st, sek_store_authenticator_state(st, finger,
	    SEK_AUTHENTICATOR_DISABLED, NULL));
	test_ok(st, of(st, finger, &b));
	ck_assert_uint_eq(b.brief.finger, SEK_FINGER_LEFT_THUMB);
	test_ok(st, sek_store_authenticator_state(st, finger,
	    SEK_AUTHENTICATOR_REMOVED, NULL));
	ck_assert_int_eq(of(st, finger, &b), SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_trait_is_told_in_each_state_but_removed,
		NULL
	};

	return (unit_run_with("store_biometric_of", tests, test_store_setup,
	    test_store_teardown));
}
