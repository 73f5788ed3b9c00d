/*
 * text.h - bounded strings, strict numbers and spans
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_BASE_TEXT_H
#define SEKISHO_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"

#define SEK_SPAN_NEVER	INT64_MAX	/* "never" and "forever" */

/* Copy src with its NUL; SEK_ERR_RANGE (dst "") when it does not fit. */
enum sek_err	sek_text_copy(char *dst, size_t size, const char *src);
/* printf into dst; SEK_ERR_RANGE when cut (dst holds what fitted). */
enum sek_err	sek_text_format(char *dst, size_t size, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
/*
 * Copy src so that it may stand in a log line or on a terminal: invalid
 * UTF-8, control, format and newline characters become '?', cut at a
 * character's boundary to fit. Never fails.
 */
void		sek_text_printable(char *dst, size_t size, const char *src);
/* 1..max bytes that sek_text_printable would leave as they are? */
bool		sek_text_is_clean(const char *s, size_t max);
/* Nothing but blanks, of any script? */
bool		sek_text_is_blank(const char *s);
/* One text, however its blanks were typed, if at all? Of names of people. */
bool		sek_text_same_but_blanks(const char *a, const char *b);
/* The name of a virtual console of this machine: "tty1", "/dev/tty12"? */
bool		sek_text_is_console(const char *tty);
/* Exactly n (1 to 9) decimal digits at *s, which moves behind them; -1, and
 * *s stays, where there are fewer. */
int		sek_text_take_digits(const char **s, unsigned n);
/* Decimal digits only, no sign, no space, within [min, max]. */
enum sek_err	sek_text_number(int64_t *out, const char *s, int64_t min,
		    int64_t max);
/* "90s 15m 12h 35d 5y" (one unit; y = 365 d), "never", "forever"; "0" is 0.
 * SEK_ERR_RANGE where microseconds of it would not fit an int64_t. */
enum sek_err	sek_text_span(int64_t *seconds, const char *s);
/* The shortest exact form of a span, "never" for SEK_SPAN_NEVER. size >= 24. */
void		sek_text_span_print(char *dst, size_t size, int64_t seconds);
/* yes/no (also true/false, on/off), nothing else. */
enum sek_err	sek_text_bool(bool *out, const char *s);
/*
 * The letters and digits of what was typed, in capitals: those of full width
 * are read as plain ones, blanks and hyphens between them are left out.
 * SEK_ERR_SYNTAX: anything else, or more than size - 1; out is wiped then.
 */
enum sek_err	sek_text_signs(char *out, size_t size, const char *typed);
/*
 * One-time codes as people type them: full-width digits become ASCII, spaces
 * (ASCII, U+3000, U+00A0) and hyphens are dropped. Any other character, or
 * more than size - 1 digits: SEK_ERR_SYNTAX. out holds digits and a NUL.
 */
enum sek_err	sek_text_digits(char *out, size_t size, const char *typed);
/* Next word of a list separated by blanks or commas, from *cursor on; copies
 * it to dst. false at the end. A word that does not fit comes back "". */
bool		sek_text_word(const char **cursor, char *dst, size_t size);

/* The value of the line "name=value" at *s, which moves behind it; false where
 * it has another name, no end, or does not fit. For texts whose lines have one
 * order, and that are compared with what is written again from them. */
bool		sek_text_take_line(const char **s, const char *name, char *dst,
		    size_t size);
/* The same of a number, from 0 to max. */
bool		sek_text_take_number(const char **s, const char *name,
		    int64_t max, int64_t *out);

/* Lower-case hex; out has 2 * len + 1 bytes. */
void		sek_text_hex(char *out, const void *bytes, size_t len);
/* Exactly 2 * len hex digits. */
enum sek_err	sek_text_unhex(void *bytes, size_t len, const char *hex);
/* len random bytes as hex: ids. out has 2 * len + 1 bytes. */
enum sek_err	sek_text_random_id(char *out, size_t len);

#endif
