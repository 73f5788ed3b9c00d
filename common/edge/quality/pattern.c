/*
 * pattern.c - what is easy to guess without any list: dates, years, eras,
 * walks over the keyboard, sequences
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <unistr.h>

#include "quality.h"

#define RUN_MIN	3u		/* keys or letters that make a walk */

/* ---- dates and years */

static bool
is_digit(uint8_t c)
{

	return (c >= '0' && c <= '9');
}

/* The number that n digits at s make; -1: they are not all digits. */
static int
number(const uint8_t *s, size_t len, size_t n)
{
	size_t i;
	int value = 0;

	if (n > len)
		return (-1);
	for (i = 0; i < n; i++) {
		if (!is_digit(s[i]))
			return (-1);
		value = value * 10 + (s[i] - '0');
	}
	return (value);
}

static bool
is_year(const uint8_t *s, size_t len)
{
	int y = number(s, len, 4);

	return (y >= 1900 && y <= 2099);
}

/* A month and a day, "0401", "04-01", "4/1": how many bytes. */
static size_t
month_day(const uint8_t *s, size_t len, bool apart)
{
	size_t at, m, d;
	int month, day;

	for (m = 2; m >= 1; m--) {
		month = number(s, len, m);
		at = m;
		if (month < 1 || month > 12)
			continue;
		if (apart && at < len && strchr("-/._", s[at]) != NULL)
			at++;
		else if (apart || m != 2)
			continue;
		for (d = 2; d >= (apart ? 1u : 2u); d--) {
			day = number(s + at, len - at, d);
			if (day >= 1 && day <= 31)
				return (at + d);
		}
	}
	return (0);
}

/* What follows a year: nothing, its word, or a month and a day. */
static size_t
after_year(const uint8_t *s, size_t len, size_t at)
{
	static const char *const words[] = { "年度", "年", "ねんど", "ねん",
	    "nendo", "nen" };
	size_t i, n;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		n = strlen(words[i]);
		if (len - at >= n && memcmp(s + at, words[i], n) == 0)
			return (at + n);
	}
	if ((n = month_day(s + at, len - at, false)) > 0)
		return (at + n);
	if (at < len && strchr("-/._", s[at]) != NULL &&
	    ((n = month_day(s + at + 1, len - at - 1, true)) > 0 ||
	    (n = month_day(s + at + 1, len - at - 1, false)) > 0))
		return (at + 1 + n);
	return (at);
}

static size_t
date(const uint8_t *s, size_t len)
{
	size_t n;

	if (is_year(s, len))
		return (after_year(s, len, 4));
	/* 260401 */
	if (number(s, len, 2) >= 0 &&
	    (n = month_day(s + 2, len - 2, false)) > 0)
		return (2 + n);
	if ((n = month_day(s, len, false)) > 0 ||
	    (n = month_day(s, len, true)) > 0)
		return (n);
	return (0);
}

/* Years as they are counted here: "令和8年度", "reiwa08", "r8nendo", "fy26".
 * A letter alone needs two figures, or the word, behind it. */
static size_t
era(const uint8_t *s, size_t len)
{
	static const char *const names[] = { "令和", "平成", "昭和", "れいわ",
	    "へいせい", "しょうわ", "reiwa", "heisei", "showa", "shouwa",
	    "fy", "r", "h", "s" };
	size_t i, n, digits, end;
	bool letter;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		letter = n == 1;
		if (len < n || memcmp(s, names[i], n) != 0)
			continue;
		if (n == 2 && is_year(s + n, len - n))
			return (after_year(s, len, n + 4));
		digits = number(s + n, len - n, 2) > 0 ? 2 :
		    number(s + n, len - n, 1) > 0 ? 1 : 0;
		if (digits == 0)
			continue;
		end = after_year(s, len, n + digits);
		if (letter && digits == 1 && end == n + digits)
			continue;
		return (end);
	}
	return (0);
}

/* ---- walks over the keyboard */

#define ROWS	4
#define COLUMNS	13

/* Of folded text: no capitals. '\0': no such key. Unshifted and shifted, US
 * and JIS. The full-width yen sign is folded to another letter. */
static const char layouts[4][ROWS][COLUMNS + 1] = {
	{ "1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./" },
	{ "!@#$%^&*()_+", "qwertyuiop{}|", "asdfghjkl:\"", "zxcvbnm<>?" },
	{ "1234567890-^\\", "qwertyuiop@[", "asdfghjkl;:]", "zxcvbnm,./\\" },
	{ "!\"#$%&'() =~|", "qwertyuiop`{", "asdfghjkl+*}", "zxcvbnm<>?_" },
};

static bool
find_key(const char layout[ROWS][COLUMNS + 1], uint8_t c, int *row,
    int *column)
{
	const char *at;
	int r;

	for (r = 0; r < ROWS; r++)
		if (c > ' ' && (at = strchr(layout[r], c)) != NULL) {
			*row = r;
			*column = (int)(at - layout[r]);
			return (true);
		}
	return (false);
}

/* Keys in one line, as far as it goes: along a row, or from row to row. */
static size_t
walk_on(const char layout[ROWS][COLUMNS + 1], const uint8_t *s, size_t len)
{
	int row, column, r, c, dr = 0, dc = 0;
	size_t n;

	if (!find_key(layout, s[0], &row, &column))
		return (0);
	for (n = 1; n < len && find_key(layout, s[n], &r, &c); n++) {
		r -= row;
		c -= column;
		if (n == 1) {
			dr = r;
			dc = c;
			if (dr < -1 || dr > 1 || dc < -1 || dc > 1 ||
			    (dr == 0 && dc == 0))
				break;
		} else if (r != dr || c != dc)
			break;
		row += dr;
		column += dc;
	}
	return (n);
}

static size_t
walk(const uint8_t *s, size_t len)
{
	size_t i, n, most = 0;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if ((n = walk_on(layouts[i], s, len)) > most)
			most = n;
	return (most >= RUN_MIN ? most : 0);
}

/* ---- sequences: abc, 987, あぃ is none */

static size_t
sequence(const uint8_t *s, size_t len)
{
	size_t n;
	int step;

	if (len < RUN_MIN)
		return (0);
	step = s[1] - s[0];
	if (step != 1 && step != -1)
		return (0);
	for (n = 1; n < len && s[n] - s[n - 1] == step; n++)
		if (!is_digit(s[n]) && (s[n] < 'a' || s[n] > 'z'))
			break;
	if (!is_digit(s[0]) && (s[0] < 'a' || s[0] > 'z'))
		return (0);
	return (n >= RUN_MIN ? n : 0);
}

size_t
quality_pattern(const uint8_t *s, size_t len)
{
	static size_t (*const find[])(const uint8_t *, size_t) = {
	    date, era, walk, sequence };
	size_t i, n, most = 0;

	if (len == 0)
		return (0);
	for (i = 0; i < sizeof(find) / sizeof(find[0]); i++)
		if ((n = find[i](s, len)) > most)
			most = n;
	return (most);
}
