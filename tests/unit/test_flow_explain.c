/*
 * test_flow_explain.c - test of flow/explain: security keys and cards in what
 * is told of a person, with one there and with none
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/flow/explain.h"
#include "unit.h"

#define PASSWORD	SEK_METHOD_BIT(SEK_METHOD_PASSWORD)
#define TOTP		SEK_METHOD_BIT(SEK_METHOD_TOTP)
#define FIDO2		SEK_METHOD_BIT(SEK_METHOD_FIDO2)
#define TWO		(SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION)

static struct sek_settings *s;
static struct sek_prospect *p;
static struct sek_explain *x;

static void
setup(void)
{
	ck_assert_ptr_nonnull(s = calloc(1, sizeof(*s)));
	ck_assert_ptr_nonnull(p = calloc(1, sizeof(*p)));
	ck_assert_ptr_nonnull(x = calloc(1, sizeof(*x)));
	ck_assert_int_eq(sek_settings_builtin(s), SEK_OK);
	strcpy(p->found.account.name, "hanako");
	p->found.account.uid = 1000;
	p->slot = SEK_SLOT_GRANTED;
	p->at = SEK_DAY * 20000;
	x->user = "hanako";
	strcpy(x->who.name, "hanako");
	x->who.uid = 1000;
	x->who.known = 1;
}

static void
teardown(void)
{
	free(s);
	free(p);
	free(x);
}

static struct sek_authenticator *
has(enum sek_method m, enum sek_fido2_verifies v)
{
	struct sek_authenticator *a =
	    &p->found.authenticator[p->found.nauthenticators++];

	a->method = (uint8_t)m;
	a->state = SEK_AUTHENTICATOR_ACTIVE;
	strcpy(a->person, "hanako");
	a->fido2.verifies = (uint8_t)v;
	a->oath.digits = 6;
	a->oath.period = 30;
	return (a);
}

static bool
judged(void)
{
	sek_explain_person(x, s, p, true);
	return (x->allowed);
}

START_TEST(who_has_no_key_has_one_plan)
{
	(void)has(SEK_METHOD_TOTP, 0);
	ck_assert(judged());
	ck_assert(!x->with[SEK_EXPLAIN_KEY].has);
	ck_assert_uint_eq(x->plan.methods, PASSWORD | TOTP);
	ck_assert_uint_eq(x->with[SEK_EXPLAIN_KEY].plan.methods, 0);
}
END_TEST

START_TEST(a_key_has_a_plan_of_its_own_once_it_is_plugged_in)
{
	(void)has(SEK_METHOD_TOTP, 0);
	(void)has(SEK_METHOD_FIDO2, SEK_FIDO2_VERIFIES_PIN);
	ck_assert(judged());
	ck_assert(x->with[SEK_EXPLAIN_KEY].has);
	ck_assert_uint_eq(x->plan.methods, PASSWORD | TOTP);
	ck_assert_uint_eq(x->with[SEK_EXPLAIN_KEY].plan.methods, PASSWORD | FIDO2);
	ck_assert_uint_eq(x->with[SEK_EXPLAIN_KEY].plan.instead, TOTP);
	ck_assert_uint_eq(x->kinds, TWO);
	s->factors.fido2_uv_counts = true;
	ck_assert(judged());
	ck_assert_uint_eq(x->with[SEK_EXPLAIN_KEY].plan.methods, FIDO2);
	ck_assert_uint_eq(x->with[SEK_EXPLAIN_KEY].plan.verify, 1);
	/* From afar never alone. */
	x->who.remote = 1;
	strcpy(x->who.rhost, "192.0.2.1");
	(void)judged();
	ck_assert_uint_eq(x->with[SEK_EXPLAIN_KEY].plan.methods, PASSWORD | FIDO2);
	/* Where nothing talks to keys none is seen. */
	x->who.remote = 0;
	x->with[SEK_EXPLAIN_KEY].no_object = true;
	ck_assert(judged());
	ck_assert_uint_eq(x->with[SEK_EXPLAIN_KEY].plan.methods, PASSWORD | TOTP);
}
END_TEST

START_TEST(who_has_a_key_alone_is_asked_for_it)
{
	struct sek_authenticator *a = has(SEK_METHOD_FIDO2, 0);

	ck_assert(judged());
	ck_assert_uint_eq(x->plan.methods, PASSWORD | FIDO2);
	ck_assert_uint_eq(x->plan.possible, 1);
	ck_assert_uint_eq(x->kinds, TWO);
	a->state = SEK_AUTHENTICATOR_SUSPECT;
	ck_assert(!judged());
	ck_assert(!x->with[SEK_EXPLAIN_KEY].has);
	ck_assert_int_eq(x->reason, SEK_REASON_NOT_ENROLLED);
	a->state = SEK_AUTHENTICATOR_ACTIVE;
	s->factors.accept &= ~FIDO2;
	ck_assert(!judged());
	ck_assert(!x->with[SEK_EXPLAIN_KEY].has);
	ck_assert_uint_eq(x->kinds, SEK_KIND_KNOWLEDGE);
}
END_TEST

#define PIV		SEK_METHOD_BIT(SEK_METHOD_CARD_PIV)
#define CARD		SEK_EXPLAIN_CARD
#define KEY		SEK_EXPLAIN_KEY

static struct sek_authenticator *
has_card(enum sek_method m, int64_t ends)
{
	struct sek_authenticator *a = has(m, 0);

	a->card.pin = 1;
	a->card.not_after = ends;
	return (a);
}

static const struct sek_finding *
told(enum sek_explain_word w)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->finding[i].word == w)
			return (&x->finding[i]);
	return (NULL);
}

START_TEST(a_card_has_a_plan_of_its_own_once_it_is_on_a_reader)
{
	(void)has(SEK_METHOD_TOTP, 0);
	(void)has_card(SEK_METHOD_CARD_PIV, 0);
	ck_assert(judged());
	ck_assert(x->with[CARD].has && !x->with[KEY].has);
	ck_assert_uint_eq(x->plan.methods, PASSWORD | TOTP);
	ck_assert_uint_eq(x->with[CARD].plan.methods, PASSWORD | PIV);
	ck_assert_uint_eq(x->with[CARD].plan.instead, TOTP);
	s->factors.piv_pin_counts = true;
	ck_assert(judged());
	ck_assert_uint_eq(x->with[CARD].plan.methods, PIV);
	ck_assert_uint_eq(x->with[CARD].plan.verify, 1);
	/* Where nothing talks to cards none is seen. */
	x->with[CARD].no_service = true;
	ck_assert(judged());
	ck_assert_uint_eq(x->with[CARD].plan.methods, PASSWORD | TOTP);
	x->with[CARD].no_service = false;
	(void)has(SEK_METHOD_FIDO2, SEK_FIDO2_VERIFIES_NOT);
	ck_assert(judged());
	ck_assert_uint_eq(x->with[CARD].plan.methods, PIV);
	ck_assert_uint_eq(x->with[KEY].plan.methods, PASSWORD | FIDO2);
}
END_TEST

START_TEST(who_has_a_card_alone_is_asked_for_it_until_it_ends)
{
	const int64_t at = p->at / SEK_SECOND;
	struct sek_authenticator *a = has_card(SEK_METHOD_CARD_PIV, at + 1);

	ck_assert(judged());
	ck_assert_uint_eq(x->plan.methods, PASSWORD | PIV);
	ck_assert_uint_eq(x->kinds, TWO);
	ck_assert_ptr_nonnull(told(SEK_WORD_CARD_ENDING));
	ck_assert_int_eq(told(SEK_WORD_CARD_ENDING)->until,
	    (at + 1) * SEK_SECOND);
	ck_assert(!told(SEK_WORD_CARD_ENDING)->blocks);
	a->card.not_after = at;
	ck_assert(!judged());
	ck_assert(!x->with[CARD].has);
	ck_assert_int_eq(x->reason, SEK_REASON_NOT_ENROLLED);
	ck_assert_uint_eq(x->kinds, SEK_KIND_KNOWLEDGE);
	ck_assert_ptr_null(told(SEK_WORD_CARD_ENDING));
	ck_assert_ptr_nonnull(told(SEK_WORD_CARD_ENDED));
	ck_assert_int_eq(told(SEK_WORD_CARD_ENDED)->since, at * SEK_SECOND);
	(void)has(SEK_METHOD_TOTP, 0);
	ck_assert(judged());
	ck_assert_uint_eq(x->plan.methods, PASSWORD | TOTP);
	ck_assert_ptr_nonnull(told(SEK_WORD_CARD_ENDED));
}
END_TEST

START_TEST(certificates_are_told_of_as_long_before_as_policy_says)
{
	const int64_t at = p->at / SEK_SECOND;
	struct sek_authenticator *a = has_card(SEK_METHOD_CARD_PIV,
	    at + s->card.warn + 1);

	ck_assert_int_eq(s->card.warn, INT64_C(60) * 86400);
	ck_assert(judged());
	ck_assert_ptr_null(told(SEK_WORD_CARD_ENDING));
	a->card.not_after--;
	ck_assert(judged());
	ck_assert_ptr_nonnull(told(SEK_WORD_CARD_ENDING));
	s->card.warn = 0;
	ck_assert(judged());
	ck_assert_ptr_null(told(SEK_WORD_CARD_ENDING));
	s->card.warn = INT64_C(60) * 86400;
	a->state = SEK_AUTHENTICATOR_REMOVED;
	(void)judged();
	ck_assert_ptr_null(told(SEK_WORD_CARD_ENDING));
}
END_TEST

START_TEST(three_kinds_are_told_where_his_own_key_reaches_them)
{
	struct sek_authenticator *a = has(SEK_METHOD_FIDO2,
	    SEK_FIDO2_VERIFIES_SENSOR);

	s->factors.kinds = 3;
	s->factors.fido2_uv_counts = true;
	ck_assert(judged());
	ck_assert_uint_eq(x->plan.verify, 1);
	ck_assert_uint_eq(x->kinds, SEK_KINDS_ALL);
	a->fido2.verifies = SEK_FIDO2_VERIFIES_PIN;
	ck_assert(!judged());
	ck_assert_uint_eq(x->kinds, TWO);
	a->fido2.verifies = SEK_FIDO2_VERIFIES_SENSOR;
	s->factors.fido2_uv_counts = false;
	ck_assert(!judged());
	ck_assert_uint_eq(x->kinds, TWO);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		who_has_no_key_has_one_plan,
		a_key_has_a_plan_of_its_own_once_it_is_plugged_in,
		who_has_a_key_alone_is_asked_for_it,
		a_card_has_a_plan_of_its_own_once_it_is_on_a_reader,
		who_has_a_card_alone_is_asked_for_it_until_it_ends,
		certificates_are_told_of_as_long_before_as_policy_says,
		three_kinds_are_told_where_his_own_key_reaches_them,
		NULL
	};

	return (unit_run_with("flow_explain", tests, setup, teardown));
}
