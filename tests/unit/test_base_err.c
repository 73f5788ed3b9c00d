/*
 * test_base_err.c - each error means one thing to PAM, and none means yes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <security/pam_modules.h>

#include <string.h>

#include "sekisho/base/err.h"
#include "unit.h"

static int
pam(enum sek_err err, enum sek_phase phase)
{
	return (sek_err_to_pam(err, phase, true));
}

START_TEST(only_ok_that_decides_is_success)
{
	int e, p;

	for (p = SEK_PHASE_AUTH; p <= SEK_PHASE_SESSION; p++) {
		enum sek_phase phase = (enum sek_phase)p;

		ck_assert_int_eq(sek_err_to_pam(SEK_OK, phase, true),
		    PAM_SUCCESS);
		ck_assert_int_eq(sek_err_to_pam(SEK_OK, phase, false),
		    PAM_IGNORE);
		for (e = SEK_OK + 1; e <= SEK_ERR_INTERNAL; e++) {
			int decides = pam((enum sek_err)e, phase);

			ck_assert_int_ne(decides, PAM_SUCCESS);
			ck_assert_int_ne(decides, PAM_IGNORE);
			/* sudo takes it for success in a session. */
			ck_assert_int_ne(decides, PAM_SESSION_ERR);
			ck_assert_int_ne(decides, PAM_MAXTRIES);
			ck_assert_int_ne(decides, PAM_USER_UNKNOWN);
			ck_assert_int_eq(sek_err_to_pam((enum sek_err)e, phase,
			    false), decides);
		}
	}
}
END_TEST

START_TEST(outside_the_table_is_abort)
{
	ck_assert_int_eq(pam((enum sek_err)(SEK_ERR_INTERNAL + 1),
	    SEK_PHASE_AUTH), PAM_ABORT);
	ck_assert_int_eq(pam((enum sek_err)9999, SEK_PHASE_ACCOUNT), PAM_ABORT);
	ck_assert_int_eq(pam((enum sek_err)-1, SEK_PHASE_SESSION), PAM_ABORT);
	ck_assert_int_eq(sek_err_to_pam(SEK_OK, (enum sek_phase)4, true),
	    PAM_ABORT);
	ck_assert_int_eq(pam(SEK_ERR_INTERNAL, SEK_PHASE_AUTH), PAM_ABORT);
}
END_TEST

START_TEST(phases_answer_as_designed)
{
	ck_assert_int_eq(pam(SEK_ERR_REFUSED, SEK_PHASE_AUTH), PAM_AUTH_ERR);
	ck_assert_int_eq(pam(SEK_ERR_ENDED, SEK_PHASE_AUTH), PAM_AUTH_ERR);
	ck_assert_int_eq(pam(SEK_ERR_STORE_FULL, SEK_PHASE_AUTH),
	    PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(pam(SEK_ERR_SETTINGS, SEK_PHASE_AUTH),
	    PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(pam(SEK_ERR_ARGUMENT, SEK_PHASE_AUTH),
	    PAM_SERVICE_ERR);
	ck_assert_int_eq(pam(SEK_ERR_CONV, SEK_PHASE_AUTH), PAM_CONV_ERR);
	ck_assert_int_eq(pam(SEK_ERR_FORBIDDEN, SEK_PHASE_ACCOUNT),
	    PAM_PERM_DENIED);
	ck_assert_int_eq(pam(SEK_ERR_STORE, SEK_PHASE_ACCOUNT),
	    PAM_PERM_DENIED);
	ck_assert_int_eq(pam(SEK_ERR_ENDED, SEK_PHASE_ACCOUNT),
	    PAM_ACCT_EXPIRED);
	ck_assert_int_eq(pam(SEK_ERR_CHANGE_DUE, SEK_PHASE_ACCOUNT),
	    PAM_NEW_AUTHTOK_REQD);
	ck_assert_int_eq(pam(SEK_ERR_RANGE, SEK_PHASE_PASSWORD),
	    PAM_AUTHTOK_ERR);
	ck_assert_int_eq(pam(SEK_ERR_REFUSED, SEK_PHASE_PASSWORD),
	    PAM_AUTH_ERR);
	ck_assert_int_eq(pam(SEK_ERR_STORE, SEK_PHASE_PASSWORD),
	    PAM_TRY_AGAIN);
	ck_assert_int_eq(pam(SEK_ERR_STORE, SEK_PHASE_SESSION),
	    PAM_PERM_DENIED);
}
END_TEST

START_TEST(each_error_has_a_name_of_its_own)
{
	int a, b;

	for (a = SEK_OK; a <= SEK_ERR_INTERNAL; a++) {
		ck_assert_str_ne(sek_err_name((enum sek_err)a), "unknown");
		for (b = SEK_OK; b < a; b++)
			ck_assert_str_ne(sek_err_name((enum sek_err)a),
			    sek_err_name((enum sek_err)b));
	}
	ck_assert_str_eq(sek_err_name((enum sek_err)12345), "unknown");
	ck_assert_str_eq(sek_err_name(SEK_ERR_STORE_FULL), "store-full");
}
END_TEST

START_TEST(why_is_cut_to_fit_and_passes_the_error_on)
{
	char long_text[2 * SEK_WHY_MAX];
	struct sek_why why;

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	ck_assert_int_eq(sek_why(&why, SEK_ERR_IO, "%s", long_text),
	    SEK_ERR_IO);
	ck_assert_uint_eq(strlen(why.text), SEK_WHY_MAX - 1);
	ck_assert_int_eq(sek_why(NULL, SEK_ERR_RANGE, "%d", 1), SEK_ERR_RANGE);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		only_ok_that_decides_is_success,
		outside_the_table_is_abort,
		phases_answer_as_designed,
		each_error_has_a_name_of_its_own,
		why_is_cut_to_fit_and_passes_the_error_on,
		NULL
	};

	return (unit_run("base_err", tests));
}
