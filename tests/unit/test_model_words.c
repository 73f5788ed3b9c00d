/*
 * test_model_words.c - every value of the model has one word, and back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/model/account.h"
#include "sekisho/model/approval.h"
#include "sekisho/model/authenticator.h"
#include "sekisho/model/fido2.h"
#include "sekisho/model/method.h"
#include "sekisho/model/record.h"
#include "sekisho/model/role.h"
#include "unit.h"

/* A word: lower-case letters, digits, hyphens. */
static void
assert_word(const char *w)
{
	ck_assert_ptr_nonnull(w);
	ck_assert_uint_gt(strlen(w), 1);
	ck_assert_uint_eq(strspn(w, "abcdefghijklmnopqrstuvwxyz0123456789-"),
	    strlen(w));
}

static const char *
event(int i)
{
	return (sek_event_name((enum sek_event)i));
}

static const char *
reason(int i)
{
	return (sek_reason_name((enum sek_reason)i));
}

static void
assert_all_differ(const char *(*name)(int), int from, int count)
{
	int a, b;

	for (a = from; a < count; a++) {
		assert_word(name(a));
		for (b = from; b < a; b++)
			ck_assert_str_ne(name(a), name(b));
	}
	ck_assert_ptr_null(name(count));
	ck_assert_ptr_null(name(-1));
}

START_TEST(events_and_reasons_have_a_word_each)
{
	assert_all_differ(event, SEK_EVENT_NONE + 1, SEK_EVENT_COUNT);
	assert_all_differ(reason, SEK_REASON_NONE, SEK_REASON_COUNT);
	ck_assert_ptr_null(sek_event_name(SEK_EVENT_NONE));
	ck_assert_str_eq(sek_event_name(SEK_EVENT_ROOT_SWITCH), "root-switch");
	ck_assert_str_eq(sek_result_name(SEK_RESULT_OK), "ok");
	ck_assert_str_eq(sek_result_name(SEK_RESULT_REFUSED), "refused");
	ck_assert_str_eq(sek_result_name(SEK_RESULT_ERROR), "error");
	ck_assert_ptr_null(sek_result_name((enum sek_result)3));
}
END_TEST

START_TEST(methods_go_to_words_and_back)
{
	enum sek_method m = SEK_METHOD_NONE;
	int i;

	for (i = SEK_METHOD_NONE + 1; i < SEK_METHOD_COUNT; i++) {
		assert_word(sek_method_name((enum sek_method)i));
		ck_assert_int_eq(sek_method_parse(&m,
		    sek_method_name((enum sek_method)i)), SEK_OK);
		ck_assert_int_eq((int)m, i);
		ck_assert_uint_eq(sek_kind_count(
		    sek_method_kind((enum sek_method)i)), 1);
	}
	ck_assert_ptr_null(sek_method_name(SEK_METHOD_NONE));
	ck_assert_ptr_null(sek_method_name(SEK_METHOD_COUNT));
	ck_assert_int_eq(sek_method_kind(SEK_METHOD_COUNT), SEK_KIND_NONE);
	ck_assert_int_ne(sek_method_parse(&m, "TOTP"), SEK_OK);
	ck_assert_int_ne(sek_method_parse(&m, ""), SEK_OK);
}
END_TEST

START_TEST(kinds_are_counted_once)
{
	ck_assert_uint_eq(sek_kind_count(0), 0);
	ck_assert_uint_eq(sek_kind_count(SEK_KIND_INHERENCE), 1);
	ck_assert_uint_eq(sek_kind_count(SEK_KINDS_ALL), 3);
	ck_assert_uint_eq(sek_kind_count(UINT32_MAX), 3);
	ck_assert_uint_eq(sek_kind_count(8), 0);
	ck_assert_str_eq(sek_kind_name(SEK_KIND_POSSESSION), "possession");
	ck_assert_ptr_null(sek_kind_name(SEK_KIND_NONE));
	ck_assert_ptr_null(sek_kind_name((enum sek_kind)3));
}
END_TEST

START_TEST(algorithms_are_read_in_their_usual_spellings)
{
	static const struct {
		const char *text;
		enum sek_oath_algorithm a;
	} good[] = {
		{ "SHA1", SEK_OATH_SHA1 }, { "sha-1", SEK_OATH_SHA1 },
		{ "SHA-256", SEK_OATH_SHA256 }, { "sha256", SEK_OATH_SHA256 },
		{ "Sha512", SEK_OATH_SHA512 },
	};
	enum sek_oath_algorithm a;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(sek_oath_algorithm_parse(&a, good[i].text),
		    SEK_OK);
		ck_assert_int_eq(a, good[i].a);
	}
	ck_assert_int_ne(sek_oath_algorithm_parse(&a, "SHA"), SEK_OK);
	ck_assert_int_ne(sek_oath_algorithm_parse(&a, "SHA1 "), SEK_OK);
	ck_assert_int_ne(sek_oath_algorithm_parse(&a, "SHA--1"), SEK_OK);
	ck_assert_int_ne(sek_oath_algorithm_parse(&a, "MD5"), SEK_OK);
	ck_assert_int_ne(sek_oath_algorithm_parse(&a, ""), SEK_OK);
	ck_assert_str_eq(sek_oath_algorithm_name(SEK_OATH_SHA256), "SHA256");
	ck_assert_ptr_null(sek_oath_algorithm_name(SEK_OATH_ALGORITHMS));
}
END_TEST

START_TEST(states_have_the_words_scripts_rely_on)
{
	ck_assert_str_eq(sek_account_state_name(SEK_ACCOUNT_SUSPENDED),
	    "suspended");
	ck_assert_str_eq(sek_account_state_name(SEK_ACCOUNT_RETIRED),
	    "retired");
	ck_assert_ptr_null(sek_account_state_name(SEK_ACCOUNT_STATES));
	ck_assert_str_eq(sek_authenticator_state_name(
	    SEK_AUTHENTICATOR_ACTIVE), "active");
	ck_assert_str_eq(sek_authenticator_state_name(
	    SEK_AUTHENTICATOR_REMOVED), "removed");
	ck_assert_ptr_null(sek_authenticator_state_name(
	    SEK_AUTHENTICATOR_STATES));
}
END_TEST

static const char *
approval_kind(int i)
{
	return (sek_approval_kind_name((enum sek_approval_kind)i));
}

static const char *
approval_state(int i)
{
	return (sek_approval_state_name((enum sek_approval_state)i));
}

START_TEST(approvals_have_a_word_for_each_kind_and_state)
{
	assert_all_differ(approval_kind, SEK_APPROVAL_EXCEPTION,
	    SEK_APPROVAL_KINDS);
	assert_all_differ(approval_state, SEK_APPROVAL_ASKED,
	    SEK_APPROVAL_STATES);
	ck_assert_ptr_null(approval_kind(SEK_APPROVAL_NONE));
}
END_TEST

/* A role is called as its key in [roles] is. */
START_TEST(roles_have_the_names_of_their_keys)
{
	static const char *const keys[SEK_ROLES] = {
		"ciso", "security_manager", "system_manager", "approver",
		"auditor",
	};
	int i;

	for (i = 0; i < SEK_ROLES; i++)
		ck_assert_str_eq(sek_role_name((enum sek_role)i), keys[i]);
	ck_assert_ptr_null(sek_role_name(SEK_ROLES));
	ck_assert_ptr_null(sek_role_name((enum sek_role)-1));
}
END_TEST

/* CTAP 2.1 section 6.5.1: four code points at least, 63 bytes at most. */
START_TEST(a_pin_has_four_characters_and_no_more_than_it_may)
{
	char most[SEK_FIDO2_PIN_MAX + 1];

	memset(most, '7', sizeof(most));
	ck_assert(sek_fido2_pin_ok("1234", 4));
	ck_assert(sek_fido2_pin_ok(most, SEK_FIDO2_PIN_MAX));
	ck_assert(sek_fido2_pin_ok("\u3042\u3044\u3046\u3048", 12));
	ck_assert(!sek_fido2_pin_ok(NULL, 0));
	ck_assert(!sek_fido2_pin_ok("", 0));
	ck_assert(!sek_fido2_pin_ok("123", 3));
	ck_assert(!sek_fido2_pin_ok("\u3042\u3044\u3046", 9));
	ck_assert(!sek_fido2_pin_ok(most, sizeof(most)));
	ck_assert(!sek_fido2_pin_ok("123\0004", 5));
}
END_TEST

START_TEST(an_rp_id_is_one_word_that_fits)
{
	char most[SEK_FIDO2_RP_MAX + 1];

	memset(most, 'a', sizeof(most));
	most[SEK_FIDO2_RP_MAX] = '\0';
	ck_assert(!sek_fido2_rp_ok(most));
	most[SEK_FIDO2_RP_MAX - 1] = '\0';
	ck_assert(sek_fido2_rp_ok(most));
	ck_assert(sek_fido2_rp_ok("pam://terminal-1"));
	ck_assert(!sek_fido2_rp_ok(""));
	ck_assert(!sek_fido2_rp_ok("two words"));
	ck_assert(!sek_fido2_rp_ok("tab\t"));
	ck_assert(!sek_fido2_rp_ok("\u753a.example"));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		events_and_reasons_have_a_word_each,
		methods_go_to_words_and_back,
		kinds_are_counted_once,
		algorithms_are_read_in_their_usual_spellings,
		states_have_the_words_scripts_rely_on,
		approvals_have_a_word_for_each_kind_and_state,
		roles_have_the_names_of_their_keys,
		a_pin_has_four_characters_and_no_more_than_it_may,
		an_rp_id_is_one_word_that_fits,
		NULL
	};

	return (unit_run("model_words", tests));
}
