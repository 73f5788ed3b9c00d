/*
 * util_time.c - times as an administrator writes them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho.h"

#define DAY	86400

/* n digits at *s, within [min, max]; *s moves on. -1 where not. */
static int
digits(const char **s, int n, int min, int max)
{
	int value = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return (-1);
		value = value * 10 + (**s - '0');
	}
	return (value < min || value > max ? -1 : value);
}

static bool
skip(const char **s, const char *one_of)
{
	if (**s == '\0' || strchr(one_of, **s) == NULL)
		return (false);
	(*s)++;
	return (true);
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31 };

	return (month == 2 && (year % 4 == 0 && (year % 100 != 0 ||
	    year % 400 == 0)) ? 29 : days[month - 1]);
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_to(int year, int month, int day)
{
	int64_t n = 0;
	int y, m;

	for (y = 1970; y < year; y++)
		n += 337 + days_in(y, 2);
	for (m = 1; m < month; m++)
		n += days_in(year, m);
	return (n + day - 1);
}

/* "2026-11-20"; seconds at its start, UTC. */
static bool
parse_day(const char **s, int64_t *seconds)
{
	int year, month, day;

	if ((year = digits(s, 4, 1970, 9998)) < 0 || !skip(s, "-") ||
	    (month = digits(s, 2, 1, 12)) < 0 || !skip(s, "-") ||
	    (day = digits(s, 2, 1, days_in(year, month))) < 0)
		return (false);
	*seconds = days_to(year, month, day) * DAY;
	return (true);
}

/* "08:15", "08:15:30", "08:15:30.25"; added to *seconds. */
static bool
parse_clock(const char **s, int64_t *seconds)
{
	int hour, minute, second = 0;

	if ((hour = digits(s, 2, 0, 23)) < 0 || !skip(s, ":") ||
	    (minute = digits(s, 2, 0, 59)) < 0)
		return (false);
	if (skip(s, ":")) {
		if ((second = digits(s, 2, 0, 59)) < 0)
			return (false);
		if (skip(s, "."))
			*s += strspn(*s, "0123456789");
	}
	*seconds += hour * 3600 + minute * 60 + second;
	return (true);
}

/* "Z", "+09:00" or nothing: the terminal's zone. */
static bool
parse_zone(const struct tool *t, const char *s, int *offset)
{
	const char *zone = s;

	if (strcmp(s, "Z") == 0)
		zone = "UTC";
	else if (*s == '\0' && t->settings != NULL &&
	    t->settings->terminal.timezone[0] != '\0')
		zone = t->settings->terminal.timezone;
	else if (*s == '\0')
		zone = NULL;
	else if (*s != '+' && *s != '-')
		return (false);
	return (sek_clock_offset(offset, zone) == SEK_OK);
}

enum sek_err
tool_parse_time(const struct tool *t, const char *text, bool last,
    int64_t *wall_us)
{
	struct sek_moment now;
	const char *s = text;
	int64_t seconds;
	int offset = 0;

	if (sek_text_span(&seconds, text) == SEK_OK) {
		if (seconds > INT64_C(100) * 365 * DAY)
			return (SEK_ERR_RANGE);
		if (sek_clock_now(&now) != SEK_OK)
			return (SEK_ERR_CLOCK);
		*wall_us = now.wall + seconds * SEK_SECOND;
		return (SEK_OK);
	}
	if (!parse_day(&s, &seconds))
		return (SEK_ERR_SYNTAX);
	if (*s == '\0')
		seconds += last ? DAY : 0;
	else if (!skip(&s, "T ") || !parse_clock(&s, &seconds))
		return (SEK_ERR_SYNTAX);
	if (!parse_zone(t, s, &offset))
		return (SEK_ERR_SYNTAX);
	*wall_us = (seconds - offset) * SEK_SECOND;
	return (SEK_OK);
}
