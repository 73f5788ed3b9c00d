/*
 * test_rule_password.c - test of rule/password: what is due when, how long it
 * lasts, who sleeps
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/password.h"
#include "unit.h"

#define NOW	(INT64_C(1795130130) * SEK_SECOND)
#define DAYS(n)	((n) * INT64_C(86400))
#define ROWS(a)	((int)(sizeof(a) / sizeof((a)[0])))

static struct sek_password p;
static struct sek_password_limits limits;

static void
setup(void)
{

	memset(&p, 0, sizeof(p));
	strcpy(p.account, "alice");
	p.set_at = NOW - DAYS(10) * SEK_SECOND;
	memset(&limits, 0, sizeof(limits));
	limits.max_age = DAYS(365);
	limits.max_age_spread = 0;
	limits.min_age = DAYS(1);
}

START_TEST(nothing_is_due_of_a_young_one_or_of_none)
{

	ck_assert_int_eq(sek_password_due(&p, &limits, NOW), SEK_DUE_NOT);
	ck_assert_int_eq(sek_password_due(NULL, &limits, NOW), SEK_DUE_NOT);
	ck_assert_str_eq(sek_due_name(SEK_DUE_NOT), "");
}
END_TEST

START_TEST(age_is_due_from_its_last_microsecond_on)
{
	int64_t end = p.set_at + DAYS(365) * SEK_SECOND;

	ck_assert_int_eq(sek_password_ends(&p, &limits), end);
	ck_assert_int_eq(sek_password_due(&p, &limits, end - 1), SEK_DUE_NOT);
	ck_assert_int_eq(sek_password_due(&p, &limits, end), SEK_DUE_AGE);
	limits.max_age = SEK_SPAN_NEVER;
	ck_assert_int_eq(sek_password_ends(&p, &limits), SEK_SPAN_NEVER);
	ck_assert_int_eq(sek_password_due(&p, &limits, INT64_MAX - 1),
	    SEK_DUE_NOT);
	ck_assert_int_eq(sek_password_ends(NULL, &limits), SEK_SPAN_NEVER);
}
END_TEST

START_TEST(the_last_of_the_uses_is_the_one_it_is_changed_at)
{

	limits.max_uses = 3;
	p.uses = 2;
	ck_assert_int_eq(sek_password_due(&p, &limits, NOW), SEK_DUE_NOT);
	p.uses = 3;
	ck_assert_int_eq(sek_password_due(&p, &limits, NOW), SEK_DUE_USES);
	limits.max_uses = 0;
	p.uses = INT64_MAX;
	ck_assert_int_eq(sek_password_due(&p, &limits, NOW), SEK_DUE_NOT);
}
END_TEST

static const struct {
	uint8_t		must;
	int64_t		until;		/* seconds from now; 0 none */
	enum sek_due	due;
	const char	*name;
} said[] = {
	{ SEK_MUST_COMPROMISED, 0, SEK_DUE_COMPROMISED, "compromised" },
	{ SEK_MUST_EXPIRED, 0, SEK_DUE_EXPIRED, "expired" },
	{ SEK_MUST_TEMPORARY, 3600, SEK_DUE_TEMPORARY, "temporary" },
	{ SEK_MUST_TEMPORARY, 0, SEK_DUE_TEMPORARY, "temporary" },
	{ SEK_MUST_NOT, 3600, SEK_DUE_TEMPORARY, "temporary" },
	{ SEK_MUST_TEMPORARY, -1, SEK_DUE_OVER, "over" },
	{ SEK_MUST_NOT, -1, SEK_DUE_OVER, "over" },
	{ SEK_MUST_COMPROMISED, -1, SEK_DUE_OVER, "over" },
	{ SEK_MUST_EXPIRED, -1, SEK_DUE_OVER, "over" },
	{ 200, 0, SEK_DUE_EXPIRED, "expired" },
};

START_TEST(the_gravest_that_was_said_is_due)
{
	enum sek_due due;

	p.must = said[_i].must;
	if (said[_i].until != 0)
		p.temporary_until = NOW + said[_i].until * SEK_SECOND;
	/* Old as well: what was said goes first. */
	p.set_at = NOW - DAYS(1000) * SEK_SECOND;
	due = sek_password_due(&p, &limits, NOW);
	ck_assert_int_eq(due, said[_i].due);
	ck_assert_str_eq(sek_due_name(due), said[_i].name);
	ck_assert(!sek_password_too_young(&p, &limits, NOW));
}
END_TEST

START_TEST(a_temporary_one_is_over_at_its_very_end)
{

	p.must = SEK_MUST_TEMPORARY;
	p.temporary_until = NOW;
	ck_assert_int_eq(sek_password_due(&p, &limits, NOW - 1),
	    SEK_DUE_TEMPORARY);
	ck_assert_int_eq(sek_password_due(&p, &limits, NOW), SEK_DUE_OVER);
}
END_TEST

START_TEST(a_towns_passwords_end_on_many_days_and_none_too_late)
{
	int64_t end, most = p.set_at + DAYS(365) * SEK_SECOND;
	unsigned day, days[31] = { 0 }, used = 0, i;

	limits.max_age_spread = DAYS(30);
	for (i = 0; i < 3000; i++) {
		(void)snprintf(p.account, sizeof(p.account), "user%u", i);
		end = sek_password_ends(&p, &limits);
		ck_assert_int_eq(end, sek_password_ends(&p, &limits));
		ck_assert_int_le(end, most);
		ck_assert_int_ge(end, most - DAYS(30) * SEK_SECOND);
		day = (unsigned)((most - end) / SEK_DAY);
		ck_assert_uint_le(day, 30);
		days[day]++;
	}
	for (i = 0; i < 30; i++) {
		if (days[i] > 0)
			used++;
		/* 100 a day where they are even. */
		ck_assert_uint_le(days[i], 200);
	}
	ck_assert_uint_eq(used, 30);
}
END_TEST

START_TEST(numbers_past_all_time_are_never)
{

	limits.max_age = INT64_MAX - 1;
	ck_assert_int_eq(sek_password_ends(&p, &limits), SEK_SPAN_NEVER);
	limits.max_age_spread = INT64_MAX;
	ck_assert_int_gt(sek_password_ends(&p, &limits), p.set_at - 1);
	limits.max_age = DAYS(1);
	ck_assert_int_ge(sek_password_ends(&p, &limits), p.set_at);
	ck_assert_int_le(sek_password_ends(&p, &limits), p.set_at +
	    DAYS(1) * SEK_SECOND);
}
END_TEST

START_TEST(a_young_one_waits_but_not_for_what_nobody_knows)
{

	p.set_at = NOW - DAYS(1) * SEK_SECOND + 1;
	ck_assert(sek_password_too_young(&p, &limits, NOW));
	ck_assert(!sek_password_too_young(&p, &limits, NOW + 1));
	ck_assert(!sek_password_too_young(NULL, &limits, NOW));
	p.guessed = 1;
	ck_assert(!sek_password_too_young(&p, &limits, NOW));
	p.guessed = 0;
	/* Set by a clock that went ahead. */
	p.set_at = NOW + DAYS(300) * SEK_SECOND;
	ck_assert(!sek_password_too_young(&p, &limits, NOW));
	p.set_at = NOW;
	limits.min_age = 0;
	ck_assert(!sek_password_too_young(&p, &limits, NOW));
}
END_TEST

static const struct {
	int64_t	created;		/* days ago; 0 never */
	int64_t	login;
	int64_t	woken;
	int64_t	last;			/* of them */
} lives[] = {
	{ 100, 50, 0, 50 },
	{ 100, 0, 0, 100 },
	{ 100, 50, 10, 10 },
	{ 100, 5, 10, 5 },
	{ 0, 7, 0, 7 },
};

START_TEST(sleep_is_counted_from_the_last_sign_of_life)
{
	struct sek_account a;
	int64_t at;

	memset(&a, 0, sizeof(a));
	if (lives[_i].created != 0)
		a.created = NOW - lives[_i].created * SEK_DAY;
	if (lives[_i].login != 0)
		a.last_login = NOW - lives[_i].login * SEK_DAY;
	at = sek_account_dormant_at(&a, lives[_i].woken == 0 ? 0 : NOW -
	    lives[_i].woken * SEK_DAY, DAYS(35));
	ck_assert_int_eq(at, NOW - lives[_i].last * SEK_DAY + 35 * SEK_DAY);
	ck_assert_int_eq(sek_account_dormant_at(&a, 0, SEK_SPAN_NEVER),
	    SEK_SPAN_NEVER);
}
END_TEST

START_TEST(who_gave_no_sign_never_sleeps)
{
	struct sek_account a;

	memset(&a, 0, sizeof(a));
	ck_assert_int_eq(sek_account_dormant_at(&a, 0, DAYS(35)),
	    SEK_SPAN_NEVER);
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("password");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, nothing_is_due_of_a_young_one_or_of_none);
	tcase_add_test(tc, age_is_due_from_its_last_microsecond_on);
	tcase_add_test(tc, the_last_of_the_uses_is_the_one_it_is_changed_at);
	tcase_add_loop_test(tc, the_gravest_that_was_said_is_due, 0,
	    ROWS(said));
	tcase_add_test(tc, a_temporary_one_is_over_at_its_very_end);
	tcase_add_test(tc, a_towns_passwords_end_on_many_days_and_none_too_late);
	tcase_add_test(tc, numbers_past_all_time_are_never);
	tcase_add_test(tc, a_young_one_waits_but_not_for_what_nobody_knows);
	tcase_add_loop_test(tc, sleep_is_counted_from_the_last_sign_of_life, 0,
	    ROWS(lives));
	tcase_add_test(tc, who_gave_no_sign_never_sleeps);
	return (unit_run_case("rule/password", tc));
}
