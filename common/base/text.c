/*
 * text.c - bounded strings, strict numbers and spans
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"

#define RANDOM_ID_MAX 64u

static const struct {
	char	unit;
	int64_t	seconds;
} units[] = {			/* the longest first */
	{ 'y', INT64_C(365) * 86400 },
	{ 'd', 86400 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
};
#define NUNITS (sizeof(units) / sizeof(units[0]))

enum sek_err
sek_text_copy(char *dst, size_t size, const char *src)
{
	size_t len;

	if (size == 0)
		return (SEK_ERR_RANGE);
	if ((len = strnlen(src, size)) >= size) {
		dst[0] = '\0';
		return (SEK_ERR_RANGE);
	}
	memmove(dst, src, len);
	dst[len] = '\0';
	return (SEK_OK);
}

enum sek_err
sek_text_format(char *dst, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(dst, size, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < size)
		return (SEK_OK);
	if (n < 0 && size > 0)
		dst[0] = '\0';
	return (SEK_ERR_RANGE);
}

/* May it stand in a line of a log? Gaiji (private use) and code points newer
 * than the tables may. */
static bool
stands_in_a_line(ucs4_t uc)
{
	if (uc >= 0x20 && uc < 0x7f)
		return (true);
	return (!uc_is_general_category_withtable(uc,
	    UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf | UC_CATEGORY_MASK_Cs |
	    UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp));
}

void
sek_text_printable(char *dst, size_t size, const char *src)
{
	const uint8_t *s = (const uint8_t *)src;
	size_t left = src == NULL ? 0 : strlen(src), used = 0, step;
	ucs4_t uc;
	int n;

	if (size == 0)
		return;
	for (; left > 0; s += step, left -= step) {
		n = u8_mbtoucr(&uc, s, left);
		step = n > 0 ? (size_t)n : 1;
		if (used + step >= size)
			break;
		if (n > 0 && stands_in_a_line(uc)) {
			memcpy(dst + used, s, step);
			used += step;
		} else
			dst[used++] = '?';
	}
	dst[used] = '\0';
}

bool
sek_text_is_clean(const char *s, size_t max)
{
	const uint8_t *p = (const uint8_t *)s;
	size_t left;
	ucs4_t uc;
	int n;

	if (s == NULL || (left = strnlen(s, max + 1)) == 0 || left > max)
		return (false);
	for (; left > 0; p += n, left -= (size_t)n) {
		n = u8_mbtoucr(&uc, p, left);
		if (n <= 0 || !stands_in_a_line(uc))
			return (false);
	}
	return (true);
}

/* Bytes of the blank s begins with, 0 where it is none. */
static size_t
blank(const char *s)
{
	const uint8_t *p = (const uint8_t *)s;
	ucs4_t uc;
	int n = u8_mbtoucr(&uc, p, strlen(s));

	if (n <= 0 || (uc != '\t' && uc != '\n' &&
	    !uc_is_general_category_withtable(uc, UC_CATEGORY_MASK_Z)))
		return (0);
	return ((size_t)n);
}

static const char *
skip_blanks(const char *s)
{
	size_t n;

	while ((n = blank(s)) > 0)
		s += n;
	return (s);
}

bool
sek_text_is_blank(const char *s)
{
	return (*skip_blanks(s) == '\0');
}

bool
sek_text_same_but_blanks(const char *a, const char *b)
{
	for (;; a++, b++) {
		a = skip_blanks(a);
		b = skip_blanks(b);
		if (*a != *b || *a == '\0')
			return (*a == *b);
	}
}

bool
sek_text_is_console(const char *tty)
{
	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	if (strncmp(tty, "tty", 3) != 0 || tty[3] == '\0')
		return (false);
	return (tty[3 + strspn(tty + 3, "0123456789")] == '\0');
}

int
sek_text_take_digits(const char **s, unsigned n)
{
	int value = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		if ((*s)[i] < '0' || (*s)[i] > '9')
			return (-1);
		value = value * 10 + ((*s)[i] - '0');
	}
	*s += n;
	return (value);
}

/* The digits at *s as a number; *s goes behind them. */
static enum sek_err
digits(int64_t *out, const char **s)
{
	const char *p = *s;
	int64_t n = 0;

	if (*p < '0' || *p > '9')
		return (SEK_ERR_SYNTAX);
	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *p - '0', &n))
			return (SEK_ERR_RANGE);
	}
	*s = p;
	*out = n;
	return (SEK_OK);
}

enum sek_err
sek_text_number(int64_t *out, const char *s, int64_t min, int64_t max)
{
	enum sek_err err;
	int64_t n;

	if (s[strspn(s, "0123456789")] != '\0')
		return (SEK_ERR_SYNTAX);
	if ((err = digits(&n, &s)) != SEK_OK)
		return (err);
	if (n < min || n > max)
		return (SEK_ERR_RANGE);
	*out = n;
	return (SEK_OK);
}

/* Seconds of the unit, 0 if it is none. */
static int64_t
unit_seconds(const char *s)
{
	size_t i;

	for (i = 0; i < NUNITS; i++) {
		if (s[0] == units[i].unit && s[1] == '\0')
			return (units[i].seconds);
	}
	return (0);
}

enum sek_err
sek_text_span(int64_t *seconds, const char *s)
{
	enum sek_err err;
	int64_t n, unit;

	if (strcmp(s, "never") == 0 || strcmp(s, "forever") == 0) {
		*seconds = SEK_SPAN_NEVER;
		return (SEK_OK);
	}
	if (strcmp(s, "0") == 0) {
		*seconds = 0;
		return (SEK_OK);
	}
	if ((unit = unit_seconds(s + strspn(s, "0123456789"))) == 0)
		return (SEK_ERR_SYNTAX);
	if ((err = digits(&n, &s)) != SEK_OK)
		return (err);
	/* In microseconds it still is a number. */
	if (n > INT64_MAX / SEK_SECOND / unit)
		return (SEK_ERR_RANGE);
	*seconds = n * unit;
	return (SEK_OK);
}

void
sek_text_span_print(char *dst, size_t size, int64_t seconds)
{
	size_t i;

	if (seconds == SEK_SPAN_NEVER || seconds == 0) {
		(void)sek_text_copy(dst, size, seconds == 0 ? "0" : "never");
		return;
	}
	for (i = 0; i < NUNITS - 1; i++) {
		if (seconds % units[i].seconds == 0)
			break;
	}
	(void)sek_text_format(dst, size, "%" PRId64 "%c",
	    seconds / units[i].seconds, units[i].unit);
}

enum sek_err
sek_text_bool(bool *out, const char *s)
{
	static const char *const yes[] = { "yes", "true", "on" };
	static const char *const no[] = { "no", "false", "off" };
	size_t i;

	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
			*out = strcmp(s, yes[i]) == 0;
			return (SEK_OK);
		}
	}
	return (SEK_ERR_SYNTAX);
}

/* Blanks and hyphens as keyboards and input methods give them. */
static bool
is_filler(ucs4_t uc)
{
	return (uc == ' ' || uc == 0x00a0 || uc == 0x3000 || uc == '-' ||
	    (uc >= 0x2010 && uc <= 0x2013) || uc == 0x2212 || uc == 0xff0d);
}

/* A letter or digit, in capitals and of plain width, or 0. */
static char
sign_of(ucs4_t uc)
{
	if (uc >= 0xff01 && uc <= 0xff5e)
		uc -= 0xff01 - '!';
	if (uc >= 'a' && uc <= 'z')
		uc -= 'a' - 'A';
	if ((uc >= '0' && uc <= '9') || (uc >= 'A' && uc <= 'Z'))
		return ((char)uc);
	return (0);
}

enum sek_err
sek_text_signs(char *out, size_t size, const char *typed)
{
	const uint8_t *s = (const uint8_t *)typed;
	size_t left = strlen(typed), n = 0;
	ucs4_t uc = 0;
	int step;

	if (size == 0)
		return (SEK_ERR_SYNTAX);
	for (; left > 0; s += step, left -= (size_t)step) {
		if ((step = u8_mbtoucr(&uc, s, left)) <= 0)
			goto bad;
		if (is_filler(uc))
			continue;
		if (n + 1 >= size || (out[n++] = sign_of(uc)) == 0)
			goto bad;
	}
	out[n] = '\0';
	return (SEK_OK);
bad:
	sek_wipe(out, size);
	return (SEK_ERR_SYNTAX);
}

enum sek_err
sek_text_digits(char *out, size_t size, const char *typed)
{
	enum sek_err err = sek_text_signs(out, size, typed);

	if (err == SEK_OK && out[strspn(out, "0123456789")] != '\0') {
		sek_wipe(out, size);
		err = SEK_ERR_SYNTAX;
	}
	return (err);
}

bool
sek_text_word(const char **cursor, char *dst, size_t size)
{
	static const char between[] = " \t\r\n,";
	const char *s = *cursor + strspn(*cursor, between);
	size_t len = strcspn(s, between);

	*cursor = s + len;
	if (size > 0)
		dst[0] = '\0';
	if (len == 0)
		return (false);
	if (len < size) {
		memcpy(dst, s, len);
		dst[len] = '\0';
	}
	return (true);
}

bool
sek_text_take_line(const char **s, const char *name, char *dst, size_t size)
{
	size_t n = strlen(name), len;
	const char *end = strchr(*s, '\n');

	if (end == NULL || strncmp(*s, name, n) != 0 || (*s)[n] != '=' ||
	    (len = (size_t)(end - *s) - n - 1) >= size)
		return (false);
	memcpy(dst, *s + n + 1, len);
	dst[len] = '\0';
	*s = end + 1;
	return (true);
}

bool
sek_text_take_number(const char **s, const char *name, int64_t max,
    int64_t *out)
{
	char text[24];

	return (sek_text_take_line(s, name, text, sizeof(text)) &&
	    sek_text_number(out, text, 0, max) == SEK_OK);
}

void
sek_text_hex(char *out, const void *bytes, size_t len)
{
	(void)sodium_bin2hex(out, 2 * len + 1, bytes, len);
}

enum sek_err
sek_text_unhex(void *bytes, size_t len, const char *hex)
{
	size_t n = 0;

	if (strlen(hex) != 2 * len ||
	    sodium_hex2bin(bytes, len, hex, 2 * len, NULL, &n, NULL) != 0 ||
	    n != len)
		return (SEK_ERR_SYNTAX);
	return (SEK_OK);
}

enum sek_err
sek_text_random_id(char *out, size_t len)
{
	unsigned char bytes[RANDOM_ID_MAX];
	enum sek_err err;

	out[0] = '\0';
	if (len > sizeof(bytes))
		return (SEK_ERR_RANGE);
	if ((err = sek_secret_init()) != SEK_OK)
		return (err);
	randombytes_buf(bytes, len);
	sek_text_hex(out, bytes, len);
	sek_wipe(bytes, sizeof(bytes));
	return (SEK_OK);
}
