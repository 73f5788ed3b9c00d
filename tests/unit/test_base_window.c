/*
 * test_base_window.c - weekly windows mean what an office reads in them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/window.h"
#include "unit.h"

#define JST		(9 * 3600)
/* Monday 2026-04-06 00:00 in Tokyo */
#define MONDAY		(INT64_C(1775401200))
#define AT(day, h, m)	(MONDAY + (day) * 86400 + (h) * 3600 + (m) * 60)

enum { MON, TUE, WED, THU, FRI, SAT, SUN };

static bool
inside(const char *text, int64_t when)
{
	struct sek_windows w;

	ck_assert_int_eq(sek_window_parse(&w, text), SEK_OK);
	return (sek_window_contains(&w, when, JST));
}

START_TEST(office_hours)
{
	static const char text[] = "Mon-Fri 08:30-17:15";

	ck_assert(!inside(text, AT(MON, 8, 30) - 1));
	ck_assert(inside(text, AT(MON, 8, 30)));
	ck_assert(inside(text, AT(FRI, 17, 15) - 1));
	ck_assert(!inside(text, AT(FRI, 17, 15)));
	ck_assert(!inside(text, AT(SAT, 12, 0)));
	ck_assert(!inside(text, AT(SUN, 12, 0)));
	ck_assert(!inside(text, AT(SUN, 12, 0) - 7 * 86400));
}
END_TEST

START_TEST(past_midnight_belongs_to_the_day_it_began_on)
{
	static const char text[] = "Fri 22:00-05:00";

	ck_assert(!inside(text, AT(FRI, 4, 0)));
	ck_assert(inside(text, AT(FRI, 22, 0)));
	ck_assert(inside(text, AT(SAT, 4, 59)));
	ck_assert(!inside(text, AT(SAT, 5, 0)));
	ck_assert(!inside(text, AT(SAT, 22, 0)));
	ck_assert(inside("Sat 22:00-05:00", AT(SUN, 4, 0)));
	ck_assert(inside("Sun 22:00-05:00", AT(MON, 4, 0)));
	ck_assert(inside("Sun 22:00-00:00", AT(SUN, 23, 59)));
	ck_assert(!inside("Sun 22:00-00:00", AT(MON, 0, 0)));
}
END_TEST

START_TEST(lists_ranges_and_daily)
{
	static const char text[] =
	    "Mon,Wed-Thu 08:00-12:00; Sat 09:00-12:00, daily 20:00-24:00";

	ck_assert(inside(text, AT(MON, 9, 0)));
	ck_assert(!inside(text, AT(TUE, 9, 0)));
	ck_assert(inside(text, AT(WED, 9, 0)));
	ck_assert(inside(text, AT(THU, 9, 0)));
	ck_assert(!inside(text, AT(FRI, 9, 0)));
	ck_assert(inside(text, AT(SAT, 9, 0)));
	ck_assert(inside(text, AT(SUN, 23, 59)));
	ck_assert(inside("Mon Wed 08:00-12:00", AT(WED, 9, 0)));
	/* A range over the week's end. */
	ck_assert(inside("Fri-Mon 08:00-12:00", AT(SUN, 9, 0)));
	ck_assert(!inside("Fri-Mon 08:00-12:00", AT(TUE, 9, 0)));
}
END_TEST

START_TEST(always_and_whole_days)
{
	ck_assert(inside("always", AT(SUN, 3, 0)));
	ck_assert(inside("  always", AT(SUN, 3, 0)));
	ck_assert(inside("daily 00:00-24:00", AT(SUN, 0, 0)));
	ck_assert(inside("daily 00:00-24:00", AT(SUN, 23, 59)));
}
END_TEST

START_TEST(before_1970_and_at_the_ends_of_time)
{
	struct sek_windows w;

	/* Wednesday 1969-12-31 23:59:59 UTC */
	ck_assert_int_eq(sek_window_parse(&w, "Wed 23:00-24:00"), SEK_OK);
	ck_assert(sek_window_contains(&w, -1, 0));
	ck_assert(!sek_window_contains(&w, 0, 0));
	ck_assert(!sek_window_contains(&w, INT64_MAX, JST));
	(void)sek_window_contains(&w, INT64_MIN, 0);
	(void)sek_window_contains(&w, INT64_MAX, 0);
}
END_TEST

START_TEST(what_is_not_a_window_is_refused)
{
	static const char *const bad[] = {
		"", " ", "Mon", "Mon-Fri", "08:30-17:15", "Mon 8:30-17:15",
		"Mon 08:30", "Mon 08:30-", "Mon 08:30-25:00", "Mon 08:60-09:00",
		"Mon 24:00-08:00", "Mon 08:00-08:00", "mon 08:00-09:00",
		"Monday 08:00-09:00", "Mon- 08:00-09:00", "Mon 08:00-09:00,",
		"Mon 08:00-09:00 Tue 08:00-09:00", "Mon; 08:00-09:00",
		"always, Mon 08:00-09:00", "never", "Mon08:00-09:00",
		"Mon 08:00-24:01", "Mon 08:00-09:00x", ", Mon 08:00-09:00",
		"Mon　08:00-09:00", "alwaysx"
	};
	struct sek_windows w = { .n = 7 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(sek_window_parse(&w, bad[i]) == SEK_ERR_SYNTAX,
		    "\"%s\" was taken", bad[i]);
		ck_assert_uint_eq(w.n, 7);
	}
}
END_TEST

START_TEST(more_windows_than_fit_are_refused)
{
	char text[17 * 18] = "";
	struct sek_windows w;
	int i;

	for (i = 0; i < 16; i++)
		strcat(text, i == 0 ? "Mon 08:00-09:00" : ",Mon 08:00-09:00");
	ck_assert_int_eq(sek_window_parse(&w, text), SEK_OK);
	ck_assert_uint_eq(w.n, 16);
	strcat(text, ",Mon 08:00-09:00");
	ck_assert_int_eq(sek_window_parse(&w, text), SEK_ERR_RANGE);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		office_hours,
		past_midnight_belongs_to_the_day_it_began_on,
		lists_ranges_and_daily,
		always_and_whole_days,
		before_1970_and_at_the_ends_of_time,
		what_is_not_a_window_is_refused,
		more_windows_than_fit_are_refused,
		NULL
	};

	return (unit_run("base_window", tests));
}
