/*
 * test_rule_privilege.c - test of rule/privilege: each no in its order, and
 * when windows close, against a count of minutes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/model/grant.h"
#include "sekisho/rule/privilege.h"
#include "unit.h"

#define MINUTE		(60 * SEK_SECOND)
#define HOUR		(60 * MINUTE)
#define TOKYO		(9 * 3600)
#define WEEK_MINUTES	(7 * 1440)
/* Monday, 2026-11-23 00:00 in Tokyo. */
#define MONDAY		(INT64_C(1795359600) * SEK_SECOND)

static struct sek_windows
windows(const char *text)
{
	struct sek_windows w;

	ck_assert_msg(sek_window_parse(&w, text) == SEK_OK, "%s", text);
	return (w);
}

static struct sek_privilege_policy
policy(const char *hours)
{
	struct sek_privilege_policy p = { .hours = windows(hours),
	    .zone = TOKYO, .contractors = 1, .keeps_list = true,
	    .max_session = HOUR };

	return (p);
}

static const struct sek_privilege_facts plain = {
	.person = true, .listed = true, .wall = MONDAY + 10 * HOUR,
};

#define is(p, f, expected) do { \
	enum sek_reason r_ = sek_privilege_may(p, f); \
	ck_assert_msg(r_ == (expected), "%s, not %s", sek_reason_name(r_), \
	    sek_reason_name(expected)); \
} while (0)

START_TEST(who_is_listed_may_and_nobody_else)
{
	struct sek_privilege_policy p = policy("always");
	struct sek_privilege_facts f = plain;

	is(&p, &f, SEK_REASON_NONE);
	f.listed = false;
	is(&p, &f, SEK_REASON_NOT_LISTED);
	/* No other thing makes up for it. */
	f.granted = f.witnessed = true;
	is(&p, &f, SEK_REASON_NOT_LISTED);
	/* Where no list is kept, whoever is somebody. */
	p.keeps_list = false;
	is(&p, &f, SEK_REASON_NONE);
	f.person = false;
	is(&p, &f, SEK_REASON_NOT_LISTED);
	f.listed = true;
	is(&p, &f, SEK_REASON_NOT_LISTED);
}
END_TEST

START_TEST(contractors_come_in_as_the_policy_says)
{
	struct sek_privilege_policy p = policy("always");
	struct sek_privilege_facts f = plain;

	f.contractor = true;
	is(&p, &f, SEK_REASON_NO_GRANT);
	f.granted = true;
	is(&p, &f, SEK_REASON_NONE);
	p.contractors = 2;
	is(&p, &f, SEK_REASON_CONTRACTOR);
	/* A number there is not is the strictest. */
	p.contractors = 7;
	is(&p, &f, SEK_REASON_CONTRACTOR);
	p.contractors = -1;
	is(&p, &f, SEK_REASON_CONTRACTOR);
	f.granted = false;
	p.contractors = 0;
	is(&p, &f, SEK_REASON_NONE);
}
END_TEST

START_TEST(a_witness_is_asked_for_only_where_all_else_is_well)
{
	struct sek_privilege_policy p = policy("Mon-Fri 08:30-17:15");
	struct sek_privilege_facts f = plain;

	p.two_person = p.require_grant = true;
	is(&p, &f, SEK_REASON_NO_GRANT);
	f.granted = true;
	is(&p, &f, SEK_REASON_NO_WITNESS);
	f.wall = MONDAY + 8 * HOUR;
	is(&p, &f, SEK_REASON_HOURS);
	f.wall = MONDAY + 17 * HOUR + 15 * MINUTE;
	is(&p, &f, SEK_REASON_HOURS);
	f.wall -= 1;
	is(&p, &f, SEK_REASON_NO_WITNESS);
	f.witnessed = true;
	is(&p, &f, SEK_REASON_NONE);
}
END_TEST

START_TEST(an_envelope_passes_all_of_it)
{
	struct sek_privilege_policy p = policy("Sat 00:00-00:01");
	const struct sek_privilege_facts f = { .glass = true,
	    .wall = MONDAY };

	p.two_person = p.require_grant = true;
	p.contractors = 2;
	is(&p, &f, SEK_REASON_NONE);
}
END_TEST

/* Every combination of facts: what lacks never lets. */
START_TEST(one_fact_less_never_lets_more)
{
	struct sek_privilege_policy p = policy("always");
	struct sek_privilege_facts f;
	unsigned i, bit, many;

	for (i = 0; i < 256; i++) {
		p.require_grant = (i & 32) != 0;
		p.two_person = (i & 64) != 0;
		p.keeps_list = (i & 128) != 0;
		memset(&f, 0, sizeof(f));
		f.person = (i & 1) != 0;
		f.listed = (i & 2) != 0;
		f.granted = (i & 4) != 0;
		f.witnessed = (i & 8) != 0;
		f.contractor = (i & 16) != 0;
		f.wall = MONDAY;
		many = sek_privilege_may(&p, &f) == SEK_REASON_NONE;
		for (bit = 0; bit < 4; bit++) {
			struct sek_privilege_facts less = f;

			less.person &= bit != 0;
			less.listed &= bit != 1;
			less.granted &= bit != 2;
			less.witnessed &= bit != 3;
			ck_assert(many || sek_privilege_may(&p, &less) !=
			    SEK_REASON_NONE);
		}
	}
}
END_TEST

START_TEST(it_lasts_as_long_as_the_shortest_of_all)
{
	struct sek_privilege_policy p = policy("Mon-Fri 08:30-17:15");
	int64_t ten = MONDAY + 10 * HOUR;

	ck_assert_int_eq(sek_privilege_lasts(&p, 0, 0, ten), HOUR);
	ck_assert_int_eq(sek_privilege_lasts(&p, 30 * MINUTE, ten + 2 * HOUR,
	    ten), 30 * MINUTE);
	ck_assert_int_eq(sek_privilege_lasts(&p, 3 * HOUR, ten + 9 * HOUR,
	    ten), HOUR);
	ck_assert_int_eq(sek_privilege_lasts(&p, 3 * HOUR, ten + MINUTE,
	    ten), MINUTE);
	ck_assert_int_eq(sek_privilege_lasts(&p, 3 * HOUR, ten, ten), 0);
	ck_assert_int_eq(sek_privilege_lasts(&p, 3 * HOUR, ten - 1, ten), 0);
	ck_assert_int_eq(sek_privilege_lasts(&p, 3 * HOUR, INT64_MAX, ten),
	    HOUR);
	/* Half a grant is none that lets. */
	ck_assert_int_eq(sek_privilege_lasts(&p, 0, ten + HOUR, ten), 0);
	ck_assert_int_eq(sek_privilege_lasts(&p, HOUR, 0, ten), 0);
	ck_assert_int_eq(sek_privilege_lasts(&p, -HOUR, ten + HOUR, ten), 0);
	/* The window's end; and where it is closed. */
	ck_assert_int_eq(sek_privilege_lasts(&p, 0, 0, MONDAY + 17 * HOUR),
	    15 * MINUTE);
	ck_assert_int_eq(sek_privilege_lasts(&p, 0, 0, MONDAY), 0);
	p.max_session = 0;
	ck_assert_int_eq(sek_privilege_lasts(&p, 0, 0, ten), 0);
}
END_TEST

/* Of the fraction of a second, too. */
START_TEST(a_window_closes_at_its_end_to_the_microsecond)
{
	struct sek_windows w = windows("Mon 08:30-17:15");
	int64_t close = MONDAY + 17 * HOUR + 15 * MINUTE;

	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, close - 1), 1);
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, close), 0);
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, close - 61 *
	    SEK_SECOND + 7), 61 * SEK_SECOND - 7);
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, MONDAY + 8 * HOUR +
	    30 * MINUTE - 1), 0);
	/* Before 1970, and at the ends of time. */
	ck_assert_int_eq(sek_privilege_window(&w, 0, -3 * SEK_DAY + 9 * HOUR -
	    500000), 8 * HOUR + 15 * MINUTE + 500000);
	ck_assert_int_ge(sek_privilege_window(&w, TOKYO, INT64_MAX), 0);
	ck_assert_int_ge(sek_privilege_window(&w, -TOKYO, INT64_MIN), 0);
}
END_TEST

START_TEST(windows_that_meet_are_one_and_a_whole_week_never_closes)
{
	struct sek_windows w = windows("daily 22:00-06:00");

	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, MONDAY + 23 * HOUR),
	    7 * HOUR);
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, MONDAY + HOUR),
	    5 * HOUR);
	w = windows("Mon 22:00-06:00");
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, MONDAY + HOUR), 0);
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, MONDAY + 25 * HOUR),
	    5 * HOUR);
	w = windows("Mon 08:00-12:00, Mon 12:00-24:00, Tue 00:00-01:00");
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, MONDAY + 9 * HOUR),
	    16 * HOUR);
	w = windows("daily 00:00-24:00");
	ck_assert(sek_privilege_window(&w, TOKYO, MONDAY) == INT64_MAX);
	w = windows("daily 12:00-00:00, daily 00:00-12:00");
	ck_assert(sek_privilege_window(&w, TOKYO, MONDAY) == INT64_MAX);
	w = windows("always");
	ck_assert(sek_privilege_window(&w, TOKYO, MONDAY) == INT64_MAX);
	/* One that no text says: it holds nothing. */
	memset(&w, 0, sizeof(w));
	w.n = 1;
	ck_assert_int_eq(sek_privilege_window(&w, TOKYO, MONDAY), 0);
}
END_TEST

/* Minutes until it closes, counted one by one; WEEK_MINUTES: never. */
static int
counted(const struct sek_windows *w, int zone, int64_t second)
{
	int n;

	for (n = 0; n < WEEK_MINUTES; n++)
		if (!sek_window_contains(w, second + n * 60, zone))
			break;
	return (n);
}

START_TEST(it_closes_when_the_minutes_counted_one_by_one_say)
{
	static const char *const texts[] = {
		"Mon-Fri 08:30-17:15", "daily 22:00-06:00",
		"Fri 17:00-09:00, Sat-Sun 09:00-17:00",
		"Sat 00:00-24:00; Sun 00:00-24:00, Mon 00:00-08:00",
		"Sun 23:59-00:01", "Mon-Sun 23:00-22:59",
		"daily 00:00-12:00, daily 11:59-24:00",
		"Wed 12:00-11:59, Thu 11:00-12:00",
	};
	static const int zones[] = { TOKYO, 0, -11 * 3600, 20700, -12600 };
	struct sek_windows w;
	int64_t second, got;
	size_t i, z;
	int n;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		w = windows(texts[i]);
		for (z = 0; z < sizeof(zones) / sizeof(zones[0]); z++)
			for (second = MONDAY / SEK_SECOND; second < MONDAY /
			    SEK_SECOND + 7 * 86400; second += 97 * 60) {
				got = sek_privilege_window(&w, zones[z],
				    second * SEK_SECOND);
				n = counted(&w, zones[z], second);
				if (n == WEEK_MINUTES)
					ck_assert(got == INT64_MAX);
				else
					ck_assert_msg(got == n * MINUTE,
					    "%s, zone %d, %lld: %lld, not %d",
					    texts[i], zones[z],
					    (long long)second,
					    (long long)(got / MINUTE), n);
			}
	}
}
END_TEST

START_TEST(a_grant_opens_its_account_for_its_seconds)
{
	struct sek_approval a = { .kind = SEK_APPROVAL_GRANT, .key = "root",
	    .value = "3600" };

	ck_assert(sek_grant_is(&a));
	ck_assert_int_eq(sek_grant_span(&a), 3600);
	ck_assert(sek_grant_opens(&a, "root"));
	ck_assert(!sek_grant_opens(&a, "toor"));
	ck_assert(!sek_grant_opens(&a, "roo"));
	ck_assert(!sek_grant_opens(&a, ""));
	strcpy(a.key, "*");
	ck_assert(sek_grant_opens(&a, "toor"));
	ck_assert(!sek_grant_opens(&a, ""));
	a.kind = SEK_APPROVAL_DEPUTY;
	ck_assert(sek_grant_is(&a) && sek_grant_opens(&a, "root"));
	ck_assert_int_eq(sek_grant_span(&a), 0);
	a.kind = SEK_APPROVAL_EXCEPTION;
	ck_assert(!sek_grant_is(&a) && !sek_grant_opens(&a, "root"));
	ck_assert_int_eq(sek_grant_span(&a), 0);
}
END_TEST

START_TEST(what_is_no_number_of_seconds_is_no_span)
{
	static const char *const bad[] = { "", "0", "-1", "86401", "1h",
	    "3600 ", "99999999999999999999", "0x10", "1.5" };
	struct sek_approval a = { .kind = SEK_APPROVAL_GRANT };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(a.value, bad[i]);
		ck_assert_msg(sek_grant_span(&a) == 0, "%s", bad[i]);
	}
	strcpy(a.value, "86400");
	ck_assert_int_eq(sek_grant_span(&a), 86400);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		who_is_listed_may_and_nobody_else,
		contractors_come_in_as_the_policy_says,
		a_witness_is_asked_for_only_where_all_else_is_well,
		an_envelope_passes_all_of_it,
		one_fact_less_never_lets_more,
		it_lasts_as_long_as_the_shortest_of_all,
		a_window_closes_at_its_end_to_the_microsecond,
		windows_that_meet_are_one_and_a_whole_week_never_closes,
		it_closes_when_the_minutes_counted_one_by_one_say,
		a_grant_opens_its_account_for_its_seconds,
		what_is_no_number_of_seconds_is_no_span,
		NULL
	};

	return (unit_run("rule_privilege", tests));
}
