/*
 * test_base_text.c - strict where it decides, printable whatever comes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "unit.h"

START_TEST(copy_fits_whole_or_is_empty)
{
	char dst[4];

	ck_assert_int_eq(sek_text_copy(dst, sizeof(dst), "abc"), SEK_OK);
	ck_assert_str_eq(dst, "abc");
	ck_assert_int_eq(sek_text_copy(dst, sizeof(dst), "abcd"),
	    SEK_ERR_RANGE);
	ck_assert_str_eq(dst, "");
	ck_assert_int_eq(sek_text_copy(dst, 0, ""), SEK_ERR_RANGE);
	ck_assert_int_eq(sek_text_format(dst, sizeof(dst), "%d", 1234),
	    SEK_ERR_RANGE);
	ck_assert_str_eq(dst, "123");
	ck_assert_int_eq(sek_text_format(dst, sizeof(dst), "%d", 123), SEK_OK);
}
END_TEST

static const char *
printable(const char *src)
{
	static char dst[256];

	sek_text_printable(dst, sizeof(dst), src);
	return (dst);
}

START_TEST(printable_leaves_no_line_nor_terminal_control)
{
	ck_assert_str_eq(printable("a\nb\r\tc"), "a?b??c");
	ck_assert_str_eq(printable("\x1b[31mred\x7f"), "?[31mred?");
	ck_assert_str_eq(printable("\xc2\x9b" "31m"), "?31m");	/* C1 CSI */
	/* Line and paragraph separator, right-to-left override, soft hyphen,
	 * zero width joiner */
	ck_assert_str_eq(printable("a\u2028b\u2029c\u202ed\u00ade\u200df"),
	    "a?b?c?d?e?f");
	ck_assert_str_eq(printable(NULL), "");
}
END_TEST

START_TEST(printable_leaves_names_as_they_are)
{
	/* Gaiji in the private use area, an ideographic variation sequence,
	 * plane 2. */
	static const char name[] =
	    "山田 太郎 \ue000 葛\U000e0100 𠮷野 ｶﾅ é";

	ck_assert_str_eq(printable(name), name);
}
END_TEST

START_TEST(printable_mends_bad_utf8)
{
	ck_assert_str_eq(printable("a\xff\xfe" "b"), "a??b");
	ck_assert_str_eq(printable("\xc0\xaf"), "??");		/* overlong */
	ck_assert_str_eq(printable("\xed\xa0\x80"), "???");	/* surrogate */
	ck_assert_str_eq(printable("x\xe5\xb1"), "x??");	/* cut off */
}
END_TEST

START_TEST(printable_cuts_between_characters)
{
	char dst[6];

	sek_text_printable(dst, sizeof(dst), "山田太郎");
	ck_assert_str_eq(dst, "山");
	sek_text_printable(dst, 1, "abc");
	ck_assert_str_eq(dst, "");
	memcpy(dst, "keep", 5);
	sek_text_printable(dst, 0, "abc");
	ck_assert_str_eq(dst, "keep");
}
END_TEST

START_TEST(clean_is_what_printable_would_leave)
{
	ck_assert(sek_text_is_clean("山田", 6));
	ck_assert(!sek_text_is_clean("山田", 5));
	ck_assert(sek_text_is_blank(""));
	ck_assert(sek_text_is_blank(" \t\n\u3000\u00a0\u2003"));
	ck_assert(!sek_text_is_blank("\u3000山"));
	ck_assert(!sek_text_is_blank(" \xff"));
	ck_assert(sek_text_same_but_blanks("山田 太郎", "山田\u3000太郎 "));
	ck_assert(sek_text_same_but_blanks(" 山田太郎", "山田\u00a0太郎"));
	ck_assert(sek_text_same_but_blanks("", "\u3000"));
	ck_assert(!sek_text_same_but_blanks("山田 太郎", "山田 太"));
	ck_assert(!sek_text_same_but_blanks("山田 太", "山田 太郎"));
	ck_assert(!sek_text_same_but_blanks("山田", "山本"));
	ck_assert(!sek_text_same_but_blanks("a", ""));
	ck_assert(!sek_text_is_clean("", 5));
	ck_assert(!sek_text_is_clean(NULL, 5));
	ck_assert(!sek_text_is_clean("a\nb", 5));
	ck_assert(!sek_text_is_clean("a\xff", 5));
	ck_assert(!sek_text_is_clean("a\u202e", 5));
	ck_assert(sek_text_is_clean("../etc", 10));
}
END_TEST

static enum sek_err
number(const char *s)
{
	int64_t n = -1;
	enum sek_err err = sek_text_number(&n, s, 3, 100);

	ck_assert(err == SEK_OK || n == -1);
	return (err);
}

START_TEST(consoles_are_told_from_other_terminals)
{
	static const char *const no[] = {
		"", "tty", "/dev/tty", "ttyS0", "tty1x", "pts/0", "/dev/pts/1",
		"dev/tty1", "/dev//dev/tty1", ":0", "tty 1", "TTY1", "xtty1"
	};
	size_t i;

	ck_assert(sek_text_is_console("tty1"));
	ck_assert(sek_text_is_console("/dev/tty12"));
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!sek_text_is_console(no[i]), "%s", no[i]);
}
END_TEST

START_TEST(digits_are_taken_all_or_none)
{
	const char *s = "0815x";

	ck_assert_int_eq(sek_text_take_digits(&s, 2), 8);
	ck_assert_str_eq(s, "15x");
	ck_assert_int_eq(sek_text_take_digits(&s, 3), -1);
	ck_assert_str_eq(s, "15x");
	ck_assert_int_eq(sek_text_take_digits(&s, 1), 1);
	ck_assert_int_eq(sek_text_take_digits(&s, 1), 5);
	ck_assert_int_eq(sek_text_take_digits(&s, 1), -1);
	s = "999999999";
	ck_assert_int_eq(sek_text_take_digits(&s, 9), 999999999);
	ck_assert_int_eq(sek_text_take_digits(&s, 1), -1);
}
END_TEST

START_TEST(number_is_digits_and_in_range)
{
	int64_t n;

	ck_assert_int_eq(number("3"), SEK_OK);
	ck_assert_int_eq(number("100"), SEK_OK);
	ck_assert_int_eq(number("2"), SEK_ERR_RANGE);
	ck_assert_int_eq(number("101"), SEK_ERR_RANGE);
	ck_assert_int_eq(number("99999999999999999999"), SEK_ERR_RANGE);
	ck_assert_int_eq(number(""), SEK_ERR_SYNTAX);
	ck_assert_int_eq(number("5x"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(number(" 5"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(number("+5"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(number("-5"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(number("0x5"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(number("５"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_text_number(&n, "9223372036854775807", 0,
	    INT64_MAX), SEK_OK);
	ck_assert_int_eq(n, INT64_MAX);
	ck_assert_int_eq(sek_text_number(&n, "9223372036854775808", 0,
	    INT64_MAX), SEK_ERR_RANGE);
}
END_TEST

static int64_t
span(const char *s)
{
	int64_t seconds = -1;
	enum sek_err err = sek_text_span(&seconds, s);

	if (err != SEK_OK) {
		ck_assert_int_eq(seconds, -1);
		return (err == SEK_ERR_RANGE ? -2 : -1);
	}
	return (seconds);
}

START_TEST(span_has_one_unit)
{
	ck_assert_int_eq(span("90s"), 90);
	ck_assert_int_eq(span("15m"), 900);
	ck_assert_int_eq(span("12h"), 43200);
	ck_assert_int_eq(span("35d"), 35 * 86400);
	ck_assert_int_eq(span("5y"), INT64_C(5) * 365 * 86400);
	ck_assert_int_eq(span("0"), 0);
	ck_assert_int_eq(span("0s"), 0);
	ck_assert_int_eq(span("never"), SEK_SPAN_NEVER);
	ck_assert_int_eq(span("forever"), SEK_SPAN_NEVER);
	ck_assert_int_eq(span("90"), -1);
	ck_assert_int_eq(span("s"), -1);
	ck_assert_int_eq(span(""), -1);
	ck_assert_int_eq(span("1h30m"), -1);
	ck_assert_int_eq(span("5 m"), -1);
	ck_assert_int_eq(span("5M"), -1);
	ck_assert_int_eq(span("-5m"), -1);
	ck_assert_int_eq(span("1w"), -1);
	ck_assert_int_eq(span("Never"), -1);
}
END_TEST

START_TEST(span_in_microseconds_never_overflows)
{
	ck_assert_int_eq(span("999999999999999999999y"), -2);
	ck_assert_int_eq(span("9223372036854775807s"), -2);
	ck_assert_int_eq(span("300000y"), -2);
	ck_assert_int_gt(span("290000y"), 0);
	ck_assert_int_lt(span("290000y"), INT64_MAX / SEK_SECOND);
}
END_TEST

START_TEST(span_prints_as_it_was_read)
{
	static const char *const forms[] = {
		"90s", "15m", "12h", "35d", "5y", "0", "never", "61s", "366d"
	};
	char printed[24];
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		sek_text_span_print(printed, sizeof(printed), span(forms[i]));
		ck_assert_str_eq(printed, forms[i]);
	}
	sek_text_span_print(printed, sizeof(printed), span("60m"));
	ck_assert_str_eq(printed, "1h");
	sek_text_span_print(printed, sizeof(printed), span("365d"));
	ck_assert_str_eq(printed, "1y");
}
END_TEST

START_TEST(bool_is_one_of_six_words)
{
	bool b = false;

	ck_assert(sek_text_bool(&b, "yes") == SEK_OK && b);
	ck_assert(sek_text_bool(&b, "no") == SEK_OK && !b);
	ck_assert(sek_text_bool(&b, "true") == SEK_OK && b);
	ck_assert(sek_text_bool(&b, "off") == SEK_OK && !b);
	ck_assert(sek_text_bool(&b, "on") == SEK_OK && b);
	ck_assert_int_eq(sek_text_bool(&b, "1"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_text_bool(&b, "Yes"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_text_bool(&b, ""), SEK_ERR_SYNTAX);
	ck_assert(b);
}
END_TEST

START_TEST(codes_are_read_as_meant)
{
	char out[9];

	ck_assert_int_eq(sek_text_digits(out, sizeof(out), "123456"), SEK_OK);
	ck_assert_str_eq(out, "123456");
	ck_assert_int_eq(sek_text_digits(out, sizeof(out), "１２３　４５６"),
	    SEK_OK);
	ck_assert_str_eq(out, "123456");
	ck_assert_int_eq(sek_text_digits(out, sizeof(out),
	    " 123-456\u00a0\uff0d78 "), SEK_OK);
	ck_assert_str_eq(out, "12345678");
	ck_assert_int_eq(sek_text_digits(out, sizeof(out), ""), SEK_OK);
	ck_assert_str_eq(out, "");
}
END_TEST

START_TEST(codes_with_anything_else_are_refused_and_wiped)
{
	static const char *const bad[] = {
		"12345a", "123456789", "12345\n", "1234５x", "12.456",
		"१२३४५६", "①②③", "123\xff-456", "123\xef\xbc", "十二"
	};
	char out[9];
	size_t i, k;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sek_text_digits(out, sizeof(out), bad[i]),
		    SEK_ERR_SYNTAX);
		for (k = 0; k < sizeof(out); k++)
			ck_assert_int_eq(out[k], 0);
	}
	ck_assert_int_eq(sek_text_digits(out, 0, "1"), SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(signs_are_read_as_meant)
{
	static const char *const bad[] = {
		"ab!c", "ABCDEFGHI", "a_b", "a\n", "\u00e9", "\u3042",
		"\uff01", "\uff3f", "ab\xff", "a\tb"
	};
	char out[9];
	size_t i, k;

	ck_assert_int_eq(sek_text_signs(out, sizeof(out), "ab-1 Z　z9"),
	    SEK_OK);
	ck_assert_str_eq(out, "AB1ZZ9");
	ck_assert_int_eq(sek_text_signs(out, sizeof(out),
	    "\uff21\uff5a\uff10\uff0d\uff19"), SEK_OK);
	ck_assert_str_eq(out, "AZ09");
	ck_assert_int_eq(sek_text_signs(out, sizeof(out), ""), SEK_OK);
	ck_assert_str_eq(out, "");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(sek_text_signs(out, sizeof(out), bad[i]),
		    SEK_ERR_SYNTAX);
		for (k = 0; k < sizeof(out); k++)
			ck_assert_int_eq(out[k], 0);
	}
	ck_assert_int_eq(sek_text_signs(out, 0, "a"), SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(words_are_walked_and_too_long_ones_are_empty)
{
	const char *list = " su,su-l\t,, averyverylongword ,x ";
	char w[8];

	ck_assert(sek_text_word(&list, w, sizeof(w)));
	ck_assert_str_eq(w, "su");
	ck_assert(sek_text_word(&list, w, sizeof(w)));
	ck_assert_str_eq(w, "su-l");
	ck_assert(sek_text_word(&list, w, sizeof(w)));
	ck_assert_str_eq(w, "");
	ck_assert(sek_text_word(&list, w, sizeof(w)));
	ck_assert_str_eq(w, "x");
	ck_assert(!sek_text_word(&list, w, sizeof(w)));
	ck_assert(!sek_text_word(&list, w, sizeof(w)));
	list = "";
	ck_assert(!sek_text_word(&list, w, sizeof(w)));
}
END_TEST

START_TEST(hex_goes_there_and_back_and_is_strict)
{
	uint8_t in[4] = { 0x00, 0xab, 0xff, 0x10 }, back[4];
	char hex[9];

	sek_text_hex(hex, in, sizeof(in));
	ck_assert_str_eq(hex, "00abff10");
	ck_assert_int_eq(sek_text_unhex(back, sizeof(back), hex), SEK_OK);
	ck_assert_mem_eq(in, back, sizeof(in));
	ck_assert_int_eq(sek_text_unhex(back, 4, "00abff1"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_text_unhex(back, 4, "00abff100"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_text_unhex(back, 4, "00abfg10"), SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_text_unhex(back, 4, "00:ab:ff"), SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(random_ids_differ)
{
	char a[33], b[33];

	ck_assert_int_eq(sek_text_random_id(a, 16), SEK_OK);
	ck_assert_int_eq(sek_text_random_id(b, 16), SEK_OK);
	ck_assert_uint_eq(strlen(a), 32);
	ck_assert_str_ne(a, b);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		copy_fits_whole_or_is_empty,
		printable_leaves_no_line_nor_terminal_control,
		printable_leaves_names_as_they_are,
		printable_mends_bad_utf8,
		printable_cuts_between_characters,
		clean_is_what_printable_would_leave,
		consoles_are_told_from_other_terminals,
		digits_are_taken_all_or_none,
		number_is_digits_and_in_range,
		span_has_one_unit,
		span_in_microseconds_never_overflows,
		span_prints_as_it_was_read,
		bool_is_one_of_six_words,
		codes_are_read_as_meant,
		signs_are_read_as_meant,
		codes_with_anything_else_are_refused_and_wiped,
		words_are_walked_and_too_long_ones_are_empty,
		hex_goes_there_and_back_and_is_strict,
		random_ids_differ,
		NULL
	};

	return (unit_run("base_text", tests));
}
