/*
 * value.c - one value, from the text of a file into the struct and back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what does not parse to its end, or lies outside the row's range, is
 * refused; no value is cut, rounded or guessed.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/model/method.h"

#define WORD_MAX 64u
#define DATE_LEN 10u		/* "2027-03-31" */

static void *
field(struct sek_settings *s, const struct sek_setting_row *row)
{
	return ((unsigned char *)s + row->offset);
}

static const void *
field_const(const struct sek_settings *s, const struct sek_setting_row *row)
{
	return ((const unsigned char *)s + row->offset);
}

static bool
takes_forever(const struct sek_setting_row *row)
{
	return ((row->flags & SEK_SETTING_FOREVER) != 0);
}

/* What a SPAN is as a number that floors are of, and back. */
static int64_t
signed_span(const struct sek_setting_row *row, int64_t n)
{
	return ((row->flags & SEK_SETTING_SHORTER) != 0 ? -n : n);
}

/* "1 to 100", "1m to never". */
static void
print_range(char *dst, size_t size, const struct sek_setting_row *row)
{
	char min[24], max[24];
	int64_t from = row->min;
	unsigned p;

	for (p = 0; p < SEK_PROFILES; p++)	/* no lower one is of use */
		if (row->floor[p] > from && row->min == 0)
			from = row->floor[p];
	if (row->type == SEK_SETTING_NUMBER) {
		(void)snprintf(dst, size, "%" PRId64 " to %" PRId64 "%s", from,
		    row->max, takes_forever(row) ? ", or forever" : "");
		return;
	}
	sek_text_span_print(min, sizeof(min), from);
	sek_text_span_print(max, sizeof(max), row->max);
	(void)snprintf(dst, size, "%s to %s", min, max);
}

/* A limit that may be named, for who writes "off" where a floor stands. */
static bool
is_off(const char *text)
{
	static const char *const words[] = {
		"never", "off", "no", "none", "unlimited", NULL
	};
	unsigned i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return (true);
	return (false);
}

static enum sek_err
set_number(int64_t *out, const struct sek_setting_row *row, const char *text,
    struct sek_why *why)
{
	char range[64];
	int64_t n = 0;

	if (takes_forever(row) && strcmp(text, "forever") == 0) {
		*out = INT64_MAX;
		return (SEK_OK);
	}
	if (row->floor[0] != 0 && row->min == 0 && is_off(text)) {
		*out = 0;
		return (SEK_OK);
	}
	if (sek_text_number(&n, text, 0, INT64_MAX) == SEK_OK &&
	    n >= row->min && n <= row->max) {
		*out = n;
		return (SEK_OK);
	}
	print_range(range, sizeof(range), row);
	return (sek_why(why, SEK_ERR_RANGE, "must be a number, %s%s%s%s",
	    range, row->limit == NULL ? "" : " (",
	    row->limit == NULL ? "" : row->limit,
	    row->limit == NULL ? "" : ")"));
}

static enum sek_err
set_span(int64_t *out, const struct sek_setting_row *row, const char *text,
    struct sek_why *why)
{
	char range[64];
	int64_t n = 0;

	if (sek_text_span(&n, text) == SEK_OK && n >= row->min &&
	    n <= row->max) {
		*out = n;
		return (SEK_OK);
	}
	print_range(range, sizeof(range), row);
	return (sek_why(why, SEK_ERR_RANGE,
	    "must be a span such as 90s, 15m, 12h, 35d or 5y, %s%s%s%s", range,
	    row->limit == NULL ? "" : " (", row->limit == NULL ? "" :
	    row->limit, row->limit == NULL ? "" : ")"));
}

static enum sek_err
set_word(int *out, const struct sek_setting_row *row, const char *text,
    struct sek_why *why)
{
	char list[256] = "";
	size_t used = 0;
	int i;

	for (i = 0; row->words[i] != NULL; i++) {
		if (strcmp(row->words[i], text) == 0) {
			*out = i;
			return (SEK_OK);
		}
		(void)snprintf(list + used, sizeof(list) - used, "%s%s",
		    i == 0 ? "" : ", ", row->words[i]);
		used = strlen(list);
	}
	return (sek_why(why, SEK_ERR_SYNTAX, "must be one of %s", list));
}

/* "none", or the last day: the later, the lower. */
static enum sek_err
set_date(int64_t *out, const struct sek_setting_row *row, const char *text,
    struct sek_why *why)
{
	int64_t wall = 0, n;

	if (strcmp(text, "none") == 0) {
		*out = row->max;
		return (SEK_OK);
	}
	if (strlen(text) == DATE_LEN &&
	    sek_clock_parse_short(&wall, text, "UTC", false) == SEK_OK) {
		n = row->max - wall / SEK_DAY;
		if (n >= row->min && n < row->max) {
			*out = n;
			return (SEK_OK);
		}
	}
	return (sek_why(why, SEK_ERR_RANGE, "must be none, or the last day,"
	    " like 2027-03-31"));
}

static enum sek_err
set_methods(uint32_t *out, const char *text, struct sek_why *why)
{
	char word[WORD_MAX];
	uint32_t methods = 0;
	enum sek_method m;

	while (sek_text_word(&text, word, sizeof(word))) {
		if (sek_method_parse(&m, word) != SEK_OK)
			return (sek_why(why, SEK_ERR_SYNTAX,
			    "\"%s\" is no method; sekisho.conf(5) lists them",
			    word));
		methods |= SEK_METHOD_BIT(m);
	}
	if (methods == 0)
		return (sek_why(why, SEK_ERR_SYNTAX, "names no method"));
	*out = methods;
	return (SEK_OK);
}

static enum sek_err
set_text(char *out, const struct sek_setting_row *row, const char *text,
    struct sek_why *why)
{
	enum sek_err err;

	if (*text != '\0' && !sek_text_is_clean(text, row->size - 1))
		return (sek_why(why, SEK_ERR_RANGE, "must be readable text of"
		    " at most %zu bytes", row->size - 1));
	if (row->type == SEK_SETTING_PATH && *text != '\0' &&
	    (err = sek_settings_check_path(text, why)) != SEK_OK)
		return (err);
	return (sek_text_copy(out, row->size, text));
}

static enum sek_err
set_bool(bool *out, const char *text, struct sek_why *why)
{
	if (sek_text_bool(out, text) != SEK_OK)
		return (sek_why(why, SEK_ERR_SYNTAX, "must be yes or no"));
	return (SEK_OK);
}

enum sek_err
sek_settings_set(struct sek_settings *s, const struct sek_setting_row *row,
    const char *text, struct sek_why *why)
{
	enum sek_err err;

	if (row->check != NULL && *text != '\0' &&
	    (err = row->check(text, why)) != SEK_OK)
		return (err);
	switch (row->type) {
	case SEK_SETTING_NUMBER:
		return (set_number(field(s, row), row, text, why));
	case SEK_SETTING_SPAN:
		return (set_span(field(s, row), row, text, why));
	case SEK_SETTING_BOOL:
		return (set_bool(field(s, row), text, why));
	case SEK_SETTING_WORD:
		return (set_word(field(s, row), row, text, why));
	case SEK_SETTING_METHODS:
		return (set_methods(field(s, row), text, why));
	case SEK_SETTING_DATE:
		return (set_date(field(s, row), row, text, why));
	case SEK_SETTING_TEXT:
	case SEK_SETTING_LIST:
	case SEK_SETTING_PATH:
		return (set_text(field(s, row), row, text, why));
	}
	return (sek_why(why, SEK_ERR_INTERNAL, "has no type"));
}

/* Add a word to a list in dst. */
static void
add_word(char *dst, size_t size, const char *word)
{
	size_t used = strlen(dst);

	(void)snprintf(dst + used, size - used, "%s%s", used == 0 ? "" : " ",
	    word);
}

static void
print_methods(char *dst, size_t size, uint32_t methods)
{
	unsigned m;

	dst[0] = '\0';
	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++)
		if ((methods & SEK_METHOD_BIT(m)) != 0)
			add_word(dst, size,
			    sek_method_name((enum sek_method)m));
}

static void
print_list(char *dst, size_t size, const char *list)
{
	char word[SEK_LIST_MAX];

	dst[0] = '\0';
	while (sek_text_word(&list, word, sizeof(word)))
		add_word(dst, size, word);
}

int64_t
sek_settings_number(const struct sek_settings *s,
    const struct sek_setting_row *row)
{
	uint32_t methods;
	int64_t n;
	bool yes;
	int place;

	if (row->type == SEK_SETTING_BOOL) {
		memcpy(&yes, field_const(s, row), sizeof(yes));
		return (yes ? 1 : 0);
	}
	if (row->type == SEK_SETTING_WORD) {
		memcpy(&place, field_const(s, row), sizeof(place));
		return (place);
	}
	if (row->type == SEK_SETTING_METHODS) {
		memcpy(&methods, field_const(s, row), sizeof(methods));
		return ((methods & SEK_METHODS_WEAK) != 0 ? 0 : 1);
	}
	memcpy(&n, field_const(s, row), sizeof(n));
	return (signed_span(row, n));
}

enum sek_err
sek_settings_number_parse(int64_t *n, const struct sek_setting_row *row,
    const char *text)
{
	enum sek_err err;
	uint32_t methods = 0;
	bool yes = false;
	int place = 0;

	switch (row->type) {
	case SEK_SETTING_NUMBER:
		return (set_number(n, row, text, NULL));
	case SEK_SETTING_SPAN:
		if ((err = set_span(n, row, text, NULL)) == SEK_OK)
			*n = signed_span(row, *n);
		return (err);
	case SEK_SETTING_DATE:
		return (set_date(n, row, text, NULL));
	case SEK_SETTING_WORD:
		if ((err = set_word(&place, row, text, NULL)) == SEK_OK)
			*n = place;
		return (err);
	case SEK_SETTING_METHODS:
		/* Whether one is weak: the others have no floor. */
		if ((err = set_methods(&methods, text, NULL)) == SEK_OK)
			*n = (methods & SEK_METHODS_WEAK) != 0 ? 0 : 1;
		return (err);
	case SEK_SETTING_BOOL:
		if ((err = set_bool(&yes, text, NULL)) == SEK_OK)
			*n = yes ? 1 : 0;
		return (err);
	case SEK_SETTING_TEXT:
	case SEK_SETTING_LIST:
	case SEK_SETTING_PATH:
		break;
	}
	return (SEK_ERR_UNSUPPORTED);
}

/* With or without what is weak; the others stay. */
static void
set_weak(uint32_t *methods, bool with)
{

	if (with)
		*methods |= SEK_METHODS_WEAK;
	else
		*methods &= ~SEK_METHODS_WEAK;
}

void
sek_settings_number_set(struct sek_settings *s,
    const struct sek_setting_row *row, int64_t n)
{
	int place = (int)n;
	bool yes = n != 0;

	switch (row->type) {
	case SEK_SETTING_BOOL:
		memcpy(field(s, row), &yes, sizeof(yes));
		break;
	case SEK_SETTING_WORD:
		memcpy(field(s, row), &place, sizeof(place));
		break;
	case SEK_SETTING_METHODS:
		set_weak(field(s, row), n == 0);
		break;
	case SEK_SETTING_SPAN:
		n = signed_span(row, n);
		memcpy(field(s, row), &n, sizeof(n));
		break;
	case SEK_SETTING_NUMBER:
	case SEK_SETTING_DATE:
	case SEK_SETTING_TEXT:
	case SEK_SETTING_LIST:
	case SEK_SETTING_PATH:
		memcpy(field(s, row), &n, sizeof(n));
		break;
	}
}

/* Of methods as a number: the weak ones, or that there are none. */
static void
print_weak(char *dst, size_t size, int64_t n)
{
	char weak[64];

	print_methods(weak, sizeof(weak), SEK_METHODS_WEAK);
	(void)snprintf(dst, size, "%s%s", n == 0 ? "" : "no ", weak);
}

static void
print_date(char *dst, size_t size, const struct sek_setting_row *row,
    int64_t n)
{
	char date[32];

	if (n >= row->max) {
		(void)snprintf(dst, size, "none");
		return;
	}
	sek_clock_print_short(date, sizeof(date), (row->max - n) * SEK_DAY,
	    "UTC");
	(void)snprintf(dst, size, "%.*s", (int)DATE_LEN, date);
}

void
sek_settings_number_print(char *dst, size_t size,
    const struct sek_setting_row *row, int64_t n)
{
	switch (row->type) {
	case SEK_SETTING_SPAN:
		sek_text_span_print(dst, size, signed_span(row, n));
		break;
	case SEK_SETTING_DATE:
		print_date(dst, size, row, n);
		break;
	case SEK_SETTING_WORD:
		(void)snprintf(dst, size, "%s", row->words[n]);
		break;
	case SEK_SETTING_METHODS:
		print_weak(dst, size, n);
		break;
	case SEK_SETTING_BOOL:
		(void)snprintf(dst, size, "%s", n != 0 ? "yes" : "no");
		break;
	case SEK_SETTING_NUMBER:
	case SEK_SETTING_TEXT:
	case SEK_SETTING_LIST:
	case SEK_SETTING_PATH:
		if (takes_forever(row) && n == INT64_MAX)
			(void)snprintf(dst, size, "forever");
		else
			(void)snprintf(dst, size, "%" PRId64, n);
		break;
	}
}

void
sek_settings_print(char *dst, size_t size, const struct sek_settings *s,
    const struct sek_setting_row *row)
{
	const void *f = field_const(s, row);

	switch (row->type) {
	case SEK_SETTING_NUMBER:
	case SEK_SETTING_SPAN:
	case SEK_SETTING_DATE:
	case SEK_SETTING_WORD:
		sek_settings_number_print(dst, size, row,
		    sek_settings_number(s, row));
		break;
	case SEK_SETTING_BOOL:
		(void)snprintf(dst, size, "%s",
		    *(const bool *)f ? "yes" : "no");
		break;
	case SEK_SETTING_METHODS:
		print_methods(dst, size, *(const uint32_t *)f);
		break;
	case SEK_SETTING_LIST:
		print_list(dst, size, f);
		break;
	case SEK_SETTING_TEXT:
	case SEK_SETTING_PATH:
		(void)snprintf(dst, size, "%s", (const char *)f);
		break;
	}
}
