/*
 * test_rule_sshd.c - sshd's settings: who goes past PAM, who cannot answer it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"
#include "sekisho/rule/sshd.h"

#define SOUND	"usepam yes\npasswordauthentication no\n" \
	"kbdinteractiveauthentication yes\npubkeyauthentication yes\n" \
	"permitemptypasswords no\ngssapiauthentication no\n" \
	"hostbasedauthentication no\nauthenticationmethods any\n"

static const struct row {
	const char	*title;
	const char	*lines;		/* these first: the first counts */
	bool		 one_line;
	unsigned	 faults;	/* bit per fault that must be told */
} rows[] = {
#define F(fault) (1u << SEK_SSHD_ ## fault)
	{ "sound", "", false, 0 },
	{ "no PAM", "usepam no\npasswordauthentication yes\n", false,
	    F(NO_PAM) },
	{ "one answer", "passwordauthentication yes\n", false, F(ONE_LINE) },
	{ "one answer is enough", "passwordauthentication yes\n", true, 0 },
	{ "one answer alone is enough", "passwordauthentication yes\n"
	    "kbdinteractiveauthentication no\n", true, 0 },
	{ "no prompts", "kbdinteractiveauthentication no\n", false,
	    F(NO_KEYBOARD) },
	{ "Debian's own", "passwordauthentication yes\n"
	    "kbdinteractiveauthentication no\n", false,
	    F(NO_KEYBOARD) | F(ONE_LINE) },
	{ "empty passwords", "permitemptypasswords yes\n"
	    "passwordauthentication yes\n", true, F(EMPTY_TRY) },
	{ "empty passwords without passwords", "permitemptypasswords yes\n",
	    false, 0 },
	{ "keys alone", "authenticationmethods publickey\n", false,
	    F(NO_WAY) },
	{ "a key, then prompts",
	    "authenticationmethods publickey,keyboard-interactive\n", false,
	    0 },
	{ "keys, or prompts",
	    "authenticationmethods publickey keyboard-interactive:pam\n",
	    false, 0 },
	{ "another device asks",
	    "authenticationmethods keyboard-interactive:bsdauth\n", false,
	    F(NO_WAY) },
	{ "passwords in a list", "passwordauthentication yes\n"
	    "authenticationmethods publickey,password\n", true, 0 },
	{ "passwords in a list, two prompts", "passwordauthentication yes\n"
	    "authenticationmethods publickey,password\n", false,
	    F(ONE_LINE) | F(NO_WAY) },
	{ "a list with a method that is off", "authenticationmethods "
	    "hostbased,keyboard-interactive\n", false, F(NO_WAY) },
	{ "by tickets and by hosts", "gssapiauthentication yes\n"
	    "hostbasedauthentication yes\n", false, F(BY_HOST) }
#undef F
};

static void
read_lines(struct sek_sshd *s, const char *lines)
{
	size_t len;

	for (; *lines != '\0'; lines += len + 1) {
		len = strcspn(lines, "\n");
		ck_assert_int_eq(sek_sshd_read(s, lines, len), SEK_OK);
	}
}

static void
gather(void *arg, enum sek_sshd_fault fault, enum sek_sshd_key key)
{
	unsigned *faults = arg;

	ck_assert_str_ne(sek_sshd_key_name(key), "?");
	*faults |= 1u << fault;
}

START_TEST(each_setting_is_judged)
{
	const struct row *r = &rows[_i];
	struct sek_sshd s;
	unsigned faults = 0;

	memset(&s, 0, sizeof(s));
	read_lines(&s, r->lines);
	read_lines(&s, SOUND);
	sek_sshd_judge(&s, r->one_line, gather, &faults);
	ck_assert_msg(faults == r->faults, "%s: %#x, not %#x", r->title,
	    faults, r->faults);
}
END_TEST

/* What sshd did not say is never sound. */
START_TEST(nothing_read_is_not_sound)
{
	struct sek_sshd s;
	unsigned faults = 0;

	memset(&s, 0, sizeof(s));
	sek_sshd_judge(&s, true, gather, &faults);
	ck_assert_uint_eq(faults, 1u << SEK_SSHD_NO_PAM);
	faults = 0;
	read_lines(&s, "usepam yes\n");
	sek_sshd_judge(&s, true, gather, &faults);
	ck_assert_uint_ne(faults & 1u << SEK_SSHD_UNREAD, 0);
	ck_assert_int_eq(sek_sshd_harm(SEK_SSHD_UNREAD), SEK_STACK_OPENS);
	ck_assert_int_eq(sek_sshd_harm(SEK_SSHD_NO_PAM), SEK_STACK_OPENS);
	ck_assert_int_eq(sek_sshd_harm((enum sek_sshd_fault)99),
	    SEK_STACK_OPENS);
}
END_TEST

START_TEST(a_value_too_long_is_an_error)
{
	struct sek_sshd s;
	char line[2 * SEK_SSHD_VALUE_MAX];

	memset(&s, 0, sizeof(s));
	memset(line, 'x', sizeof(line));
	memcpy(line, "usepam ", 7);
	ck_assert_int_eq(sek_sshd_read(&s, line, sizeof(line)),
	    SEK_ERR_RANGE);
	memcpy(line, "banner ", 7);
	ck_assert_int_eq(sek_sshd_read(&s, line, sizeof(line)), SEK_OK);
}
END_TEST

START_TEST(a_connection_is_made_up_for_a_match)
{
	struct sek_sshd_who who;

	sek_sshd_anyone(&who);
	ck_assert_int_eq(sek_sshd_meet(&who, "User !root,ali?e* Address "
	    "10.0.0.0/8,192.0.2.9 LocalPort 2222"), SEK_OK);
	ck_assert_str_eq(who.user, "ali1e1");
	ck_assert_str_eq(who.addr, "10.0.0.0");
	ck_assert_str_eq(who.lport, "2222");
	ck_assert_str_eq(who.host, "host.invalid");
	ck_assert_int_eq(sek_sshd_meet(&who, "host=*.example.org Group "
	    "\"town hall\""), SEK_OK);
	ck_assert_str_eq(who.host, "1.example.org");
	ck_assert_str_eq(who.group, "town hall");
	ck_assert_str_eq(who.user, "ali1e1");
	ck_assert_int_eq(sek_sshd_meet(&who, "all"), SEK_OK);
	/* Only exclusions leave it as it was. */
	ck_assert_int_eq(sek_sshd_meet(&who, "User !root"), SEK_OK);
	ck_assert_str_eq(who.user, "ali1e1");
	ck_assert_int_eq(sek_sshd_meet(&who, "Moon full"),
	    SEK_ERR_UNSUPPORTED);
	ck_assert_int_eq(sek_sshd_meet(&who, "User"), SEK_ERR_UNSUPPORTED);
}
END_TEST

int
main(void)
{
	TCase *tc = tcase_create("rule_sshd");

	tcase_add_loop_test(tc, each_setting_is_judged, 0,
	    (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, nothing_read_is_not_sound);
	tcase_add_test(tc, a_value_too_long_is_an_error);
	tcase_add_test(tc, a_connection_is_made_up_for_a_match);
	return (unit_run_case("rule_sshd", tc));
}
