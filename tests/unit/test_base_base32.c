/*
 * test_base_base32.c - test of base/base32: RFC 4648 both ways, nothing else
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/base32.h"
#include "unit.h"

/* RFC 4648 section 10, without padding. */
static const struct {
	const char	*bytes;
	const char	*text;
} known[] = {
	{ "f", "MY" }, { "fo", "MZXQ" }, { "foo", "MZXW6" },
	{ "foob", "MZXW6YQ" }, { "fooba", "MZXW6YTB" },
	{ "foobar", "MZXW6YTBOI" }
};

START_TEST(known_answers)
{
	unsigned char bytes[16];
	char text[32];
	size_t i, len;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		len = strlen(known[i].bytes);
		ck_assert_int_eq(sek_base32_encode(text,
		    (const unsigned char *)known[i].bytes, len), SEK_OK);
		ck_assert_str_eq(text, known[i].text);
		ck_assert_uint_eq(strlen(text), SEK_BASE32_LEN(len));
		ck_assert_int_eq(sek_base32_decode(bytes, sizeof(bytes), &len,
		    text), SEK_OK);
		ck_assert_uint_eq(len, strlen(known[i].bytes));
		ck_assert_int_eq(memcmp(bytes, known[i].bytes, len), 0);
	}
}
END_TEST

START_TEST(as_people_write)
{
	static const char *const good[] = { "MZXW6YTBOI", "mzxw6ytboi",
	    "MZXW 6YTB OI======", "mzxw-6ytb-oi", " MZXW6YTBOI ",
	    "MZXW6YTBOI= =" };
	unsigned char bytes[6];
	size_t i, len;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(sek_base32_decode(bytes, sizeof(bytes), &len,
		    good[i]) == SEK_OK, "%s", good[i]);
		ck_assert_uint_eq(len, 6);
		ck_assert_int_eq(memcmp(bytes, "foobar", 6), 0);
	}
}
END_TEST

START_TEST(nothing_else)
{
	static const char *const bad[] = { "", " ", "=", "M", "MZX", "MZXW6Y",
	    "MZ1W6YTB", "MZ8W6YTB", "MZ0W6YTB", "MZXW6YTB!", "MZ=XW6YT",
	    "MZ\tXW6YT", "MZ\xef\xbc\xb8", "MZ", "MZXR", "MZXW6YTBOJ",
	    "MZXW6===MZ" };
	static const unsigned char zero[8];
	unsigned char bytes[8];
	size_t i, len;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(bytes, 1, sizeof(bytes));
		ck_assert_msg(sek_base32_decode(bytes, sizeof(bytes), &len,
		    bad[i]) == SEK_ERR_SYNTAX, "%s", bad[i]);
		ck_assert_uint_eq(len, 0);
		ck_assert_int_eq(memcmp(bytes, zero, sizeof(zero)), 0);
	}
	ck_assert_int_eq(sek_base32_decode(bytes, 5, &len, "MZXW6YTBOI"),
	    SEK_ERR_RANGE);
}
END_TEST

START_TEST(round_trip)
{
	unsigned char in[64], out[64];
	char text[SEK_BASE32_LEN(64) + 1];
	size_t len, got, i;

	for (len = 1; len <= sizeof(in); len++) {
		for (i = 0; i < len; i++)
			in[i] = (unsigned char)(i * 37 + len * 11 + 0x80);
		ck_assert_int_eq(sek_base32_encode(text, in, len), SEK_OK);
		ck_assert_int_eq(sek_base32_decode(out, sizeof(out), &got,
		    text), SEK_OK);
		ck_assert_uint_eq(got, len);
		ck_assert_int_eq(memcmp(in, out, len), 0);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		known_answers,
		as_people_write,
		nothing_else,
		round_trip,
		NULL
	};

	return (unit_run("base_base32", tests));
}
