/*
 * window.c - weekly time windows: "Mon-Fri 08:30-17:15"
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * windows = "always" | window { ("," | ";") window }
 * window  = days blank time "-" time
 * days    = "daily" | day [ "-" day ] { ("," | blank) day [ "-" day ] }
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/base/window.h"

#define DAY_MINUTES	1440
#define ALL_DAYS	0x7fu

static const char day_names[7][4] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
};

static const char *
skip_blanks(const char *s)
{
	return (s + strspn(s, " \t"));
}

/* Behind the word when it stands at s, else NULL. */
static const char *
word_at(const char *s, const char *word)
{
	size_t len = strlen(word);

	return (strncmp(s, word, len) == 0 ? s + len : NULL);
}

/* Behind the day at s, *day its number; NULL when there is none. */
static const char *
parse_day(const char *s, unsigned *day)
{
	const char *end;
	unsigned i;

	for (i = 0; i < 7; i++) {
		if ((end = word_at(s, day_names[i])) != NULL) {
			*day = i;
			return (end);
		}
	}
	return (NULL);
}

/* Behind one day, range or "daily", its days added; NULL when none. */
static const char *
parse_days(const char *s, uint8_t *days)
{
	unsigned from, until;
	const char *end;

	if ((end = word_at(s, "daily")) != NULL) {
		*days = ALL_DAYS;
		return (end);
	}
	if ((s = parse_day(s, &from)) == NULL)
		return (NULL);
	until = from;
	if (*s == '-' && (s = parse_day(s + 1, &until)) == NULL)
		return (NULL);
	for (;; from = (from + 1) % 7) {
		*days = (uint8_t)(*days | 1u << from);
		if (from == until)
			return (s);
	}
}

/* Behind HH:MM, 00:00 to 24:00; NULL when it is none. */
static const char *
parse_time(const char *s, uint16_t *minute)
{
	int h, m;

	if ((h = sek_text_take_digits(&s, 2)) < 0 || *s++ != ':' ||
	    (m = sek_text_take_digits(&s, 2)) < 0 || m > 59 ||
	    h * 60 + m > DAY_MINUTES)
		return (NULL);
	*minute = (uint16_t)(h * 60 + m);
	return (s);
}

/* Behind HH:MM-HH:MM; NULL when it is none or is no time at all. */
static const char *
parse_times(const char *s, struct sek_window *w)
{
	if ((s = parse_time(s, &w->from)) == NULL || *s != '-' ||
	    (s = parse_time(s + 1, &w->until)) == NULL)
		return (NULL);
	if (w->from == DAY_MINUTES || w->from == w->until)
		return (NULL);
	return (s);
}

/* Behind one whole window; NULL when it is none. */
static const char *
parse_window(const char *s, struct sek_window *w)
{
	const char *end;

	memset(w, 0, sizeof(*w));
	for (;;) {
		s = skip_blanks(s);
		if (w->days != 0 && *s >= '0' && *s <= '9')
			return (parse_times(s, w));
		if ((end = parse_days(s, &w->days)) == NULL)
			return (NULL);
		if ((s = skip_blanks(end)) == end && *s != ',')
			return (NULL);
		if (*s == ',')
			s++;
	}
}

enum sek_err
sek_window_parse(struct sek_windows *out, const char *s)
{
	struct sek_windows all;

	memset(&all, 0, sizeof(all));
	s = skip_blanks(s);
	if (strcmp(s, "always") == 0) {
		*out = all;
		return (SEK_OK);
	}
	for (;; s++) {
		if (all.n == SEK_WINDOWS_MAX)
			return (SEK_ERR_RANGE);
		if ((s = parse_window(s, &all.w[all.n])) == NULL)
			return (SEK_ERR_SYNTAX);
		all.n++;
		s = skip_blanks(s);
		if (*s == '\0')
			break;
		if (*s != ',' && *s != ';')
			return (SEK_ERR_SYNTAX);
	}
	*out = all;
	return (SEK_OK);
}

static bool
in_window(const struct sek_window *w, unsigned day, int minute)
{
	bool today = (w->days >> day & 1) != 0;
	bool yesterday = (w->days >> (day + 6) % 7 & 1) != 0;

	if (w->from < w->until)
		return (today && minute >= w->from && minute < w->until);
	return ((today && minute >= w->from) ||
	    (yesterday && minute < w->until));
}

bool
sek_window_contains(const struct sek_windows *w, int64_t wall_seconds,
    int utc_offset_seconds)
{
	int64_t local, day, second;
	unsigned i;

	if (w->n == 0)
		return (true);
	if (__builtin_add_overflow(wall_seconds, utc_offset_seconds, &local))
		return (false);
	day = local / 86400;
	if ((second = local % 86400) < 0) {
		second += 86400;
		day--;
	}
	/* 1970-01-01 was a Thursday. */
	day = ((day + 4) % 7 + 7) % 7;
	for (i = 0; i < w->n && i < SEK_WINDOWS_MAX; i++) {
		if (in_window(&w->w[i], (unsigned)day, (int)(second / 60)))
			return (true);
	}
	return (false);
}
