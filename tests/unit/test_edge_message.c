/*
 * test_edge_message.c - test of edge/message: no environment steers what is
 * said, and the host's locale stays
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/edge/message.h"
#include "unit.h"

START_TEST(environment_steers_nothing)
{
	char *before = strdup(sek_message(SEK_LANGUAGE_JA, "Password: "));
	const char *after;

	ck_assert_ptr_nonnull(before);
	setenv("LANGUAGE", "en:fr", 1);
	setenv("NLSPATH", "/nonexistent", 1);
	setenv("LOCPATH", "/nonexistent", 1);
	setenv("TEXTDOMAINDIR", "/nonexistent", 1);
	setenv("LC_ALL", "xx_YY.UTF-8", 1);
	after = sek_message(SEK_LANGUAGE_JA, "Password: ");
	ck_assert(strcmp(after, before) == 0 ||
	    strcmp(after, "Password: ") == 0);
	ck_assert_str_eq(sek_message(SEK_LANGUAGE_EN, "Password: "),
	    "Password: ");
	ck_assert_str_eq(sek_message(SEK_LANGUAGE_JA, ""), "");
	free(before);
}
END_TEST

START_TEST(locale_of_the_host_stays)
{
	locale_t before = uselocale((locale_t)0);

	(void)sek_message(SEK_LANGUAGE_JA, "Password: ");
	ck_assert(uselocale((locale_t)0) == before);
	ck_assert_str_eq(setlocale(LC_ALL, NULL), "C");
}
END_TEST

START_TEST(consoles_are_english)
{
	struct sek_settings *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	s->message.language = SEK_LANGUAGE_JA;
	ck_assert_int_eq(sek_message_language(s, "tty1"), SEK_LANGUAGE_EN);
	ck_assert_int_eq(sek_message_language(s, "/dev/tty12"),
	    SEK_LANGUAGE_EN);
	ck_assert_int_eq(sek_message_language(s, "ttyS0"), SEK_LANGUAGE_JA);
	ck_assert_int_eq(sek_message_language(s, "tty"), SEK_LANGUAGE_JA);
	ck_assert_int_eq(sek_message_language(s, "pts/1"), SEK_LANGUAGE_JA);
	ck_assert_int_eq(sek_message_language(s, NULL), SEK_LANGUAGE_JA);
	s->message.console = SEK_LANGUAGE_JA;
	ck_assert_int_eq(sek_message_language(s, "tty1"), SEK_LANGUAGE_JA);
	s->message.language = SEK_LANGUAGE_EN;
	ck_assert_int_eq(sek_message_language(s, "pts/1"), SEK_LANGUAGE_EN);
	free(s);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		environment_steers_nothing,
		locale_of_the_host_stays,
		consoles_are_english,
		NULL
	};

	return (unit_run("edge_message", tests));
}
