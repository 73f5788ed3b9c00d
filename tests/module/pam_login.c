/*
 * pam_login.c - who gets in with which proofs, and what the others see
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/module/harness.h"

static struct login
tried(const char *user, const char *password, const char *code)
{
	struct login l = login_of(user, password, code);

	login_run(&l);
	return (l);
}

START_TEST(password_and_code_get_in)
{
	struct login l;

	(void)world_totp("alice");
	l = login_of("alice", PASSWORD, world_totp_code("alice", 0));
	l.phases = LOGIN_ALL;
	l.tty = "tty1";
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.cred, PAM_SUCCESS);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_int_eq(l.end, PAM_SUCCESS);
	ck_assert_uint_eq(strlen(l.admission), 32);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[0], "Password: ");
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
	ck_assert_int_eq(l.style[0], PAM_PROMPT_ECHO_OFF);
	ck_assert_int_eq(l.style[1], PAM_PROMPT_ECHO_OFF);
	ck_assert(login_was_told(&l, "first login"));
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGIN, SEK_REASON_NONE), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGOUT, SEK_REASON_NONE),
	    1);
	world_check_store();
}
END_TEST

START_TEST(second_login_shows_the_first_and_failures_since)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_ALL;
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	login_run(&l);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert(!login_try("alice", "wrong", "000000"));
	l.code = world_hotp_code("alice", 1);
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert(login_was_told(&l, "Last login: "));
	ck_assert(login_was_told(&l, "192.0.2.7"));
	ck_assert(login_was_told(&l, "Last logout: "));
	ck_assert(!login_was_told(&l, "not recorded"));
	ck_assert(login_was_told(&l, "Failed logins since then: 1"));
	ck_assert(login_was_told(&l, "Terminal: test-terminal"));
	l.code = world_hotp_code("alice", 2);
	login_run(&l);
	ck_assert(login_was_told(&l, "Failed logins since then: 0"));
}
END_TEST

/* Told from 14 logins before the last: by then it has to be changed. */
START_TEST(a_login_tells_how_long_the_password_serves)
{
	struct login l;

	world_policy("[password]\nmax_uses = 14\n");
	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	l.code = world_hotp_code("alice", 1);
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert(login_was_told(&l, "Logins before your password has to be"
	    " changed: "));
	world_policy("");
	l.code = world_hotp_code("alice", 2);
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert(!login_was_told(&l, "Logins before"));
}
END_TEST

START_TEST(pam_silent_hides_the_last_login_but_not_a_refusal)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_ALL;
	l.flags = (int)PAM_SILENT;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_int_eq(l.nmessages, 0);
	l.password = "wrong";
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_gt(l.nmessages, 0);
}
END_TEST

/* Unknown, not enrolled, wrong here, wrong there: nobody can tell. */
START_TEST(all_refused_see_the_same)
{
	struct login first, l;

	(void)world_totp("alice");
	(void)world_hotp("bob");
	first = tried("alice", "wrong", world_wrong_code("alice"));
	ck_assert_int_eq(first.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(first.nprompts, 2);
	l = tried("alice", PASSWORD, world_wrong_code("alice"));
	login_check_alike(&first, &l);
	l = tried("alice", "wrong", world_totp_code("alice", 0));
	login_check_alike(&first, &l);
	l = tried("bob", PASSWORD, world_wrong_code("bob"));
	login_check_alike(&first, &l);
	l = tried("bob", "wrong", world_hotp_code("bob", 0));
	login_check_alike(&first, &l);
	l = tried("nobody-of-this-name", PASSWORD, "123456");
	login_check_alike(&first, &l);
	l = tried("newbie", PASSWORD, "123456");
	login_check_alike(&first, &l);
	l = tried("newbie", "wrong", "123456");
	login_check_alike(&first, &l);
	ck_assert_uint_eq(world_failures("alice"), 3);
	/* The code typed behind a wrong password was not used up. */
	ck_assert(login_try("alice", PASSWORD, world_totp_code("alice", 0)));
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
}
END_TEST

START_TEST(no_phase_after_a_refusal_lets_in)
{
	struct login l;

	(void)world_totp("alice");
	l = login_of("alice", PASSWORD, world_wrong_code("alice"));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_AUTH_ERR);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_PERM_DENIED);
	ck_assert_ptr_null(pam_getenv(l.pamh, "SEKISHO_ADMISSION"));
	login_end(&l);
}
END_TEST

START_TEST(one_code_opens_once)
{
	const char *code;
	struct login l;

	(void)world_totp("alice");
	code = world_totp_code("alice", 0);
	ck_assert(login_try("alice", PASSWORD, code));
	l = tried("alice", PASSWORD, code);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	/* A repeat is recorded, not counted. */
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_ge(world_records(SEK_EVENT_REPLAY, SEK_REASON_NONE),
	    1);
	ck_assert(login_try("alice", PASSWORD, world_totp_code("alice", 1)));
	/* And one step back is dead too. */
	ck_assert(!login_try("alice", PASSWORD, code));
}
END_TEST

START_TEST(hotp_codes_count_on_and_never_back)
{
	(void)world_hotp("alice");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 1)));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 5)));
	ck_assert_uint_eq(world_hotp_moving("alice"), 6);
	ck_assert(!login_try("alice", PASSWORD, world_hotp_code("alice", 5)));
	ck_assert(!login_try("alice", PASSWORD, world_hotp_code("alice", 3)));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 6)));
}
END_TEST

START_TEST(hotp_far_ahead_needs_two_in_a_row)
{
	(void)world_hotp("alice");
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 50)));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 51)));
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 51)));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 52)));
}
END_TEST

START_TEST(codes_are_read_as_people_type_them)
{
	char typed[64], wide[64] = "";
	const char *c;
	size_t i;

	(void)world_hotp("alice");
	c = world_hotp_code("alice", 0);
	(void)snprintf(typed, sizeof typed, " %.3s %s ", c, c + 3);
	ck_assert(login_try("alice", PASSWORD, typed));
	c = world_hotp_code("alice", 1);
	for (i = 0; i < 6; i++)		/* U+FF10 is EF BC 90 */
		(void)snprintf(wide + 3 * i, sizeof wide - 3 * i,
		    "\xef\xbc%c", 0x90 + (c[i] - '0'));
	ck_assert(login_try("alice", PASSWORD, wide));
	c = world_hotp_code("alice", 2);
	(void)snprintf(typed, sizeof typed, "%.3s\xe3\x80\x80%s", c, c + 3);
	ck_assert(login_try("alice", PASSWORD, typed));
	c = world_hotp_code("alice", 3);
	(void)snprintf(typed, sizeof typed, "%.3s-%s", c, c + 3);
	ck_assert(login_try("alice", PASSWORD, typed));
}
END_TEST

START_TEST(wrong_lengths_cost_the_attempt_and_nothing_else)
{
	static const char *const not_codes[] = {
		"", "12345", "1234567", "12345a", "\xff\xfe", "0",
		"000000000000000000000000000000000000000000"
	};
	char longer[16];
	size_t i;

	(void)world_hotp("alice");
	for (i = 0; i < sizeof not_codes / sizeof not_codes[0]; i++) {
		struct login l = tried("alice", PASSWORD, not_codes[i]);

		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
		ck_assert_uint_eq(world_hotp_moving("alice"), 0);
		ck_assert_uint_eq(world_failures("alice"), 1);
		world_unlock("alice");
	}
	/* Nor does a right code with a digit more. */
	(void)snprintf(longer, sizeof longer, "%s0",
	    world_hotp_code("alice", 0));
	ck_assert(!login_try("alice", PASSWORD, longer));
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

/* sshd's PasswordAuthentication answers every prompt with the password. */
START_TEST(the_password_again_is_no_code)
{
	struct login l;

	(void)world_hotp("alice");
	l = tried("alice", PASSWORD, PASSWORD);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
}
END_TEST

START_TEST(yescrypt_passwords_are_as_good)
{
	(void)world_hotp("slow");
	ck_assert(!login_try("slow", "wrong", world_hotp_code("slow", 0)));
	ck_assert(login_try("slow", PASSWORD, world_hotp_code("slow", 0)));
}
END_TEST

START_TEST(an_empty_password_is_wrong)
{
	struct login l;

	(void)world_hotp("alice");
	l = tried("alice", "", world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
}
END_TEST

START_TEST(totp_of_the_next_and_the_last_step_are_right)
{
	(void)world_totp("alice");
	(void)world_totp("bob");
	ck_assert(login_try("alice", PASSWORD,
	    world_totp_code("alice", -1)));
	ck_assert(login_try("bob", PASSWORD, world_totp_code("bob", 1)));
	ck_assert(!login_try("alice", PASSWORD,
	    world_totp_code("alice", 3)));
}
END_TEST

START_TEST(one_line_takes_password_and_code_together)
{
	char line[64];
	struct login l;

	world_policy("[factors]\none_line = yes\n");
	(void)world_hotp("alice");
	(void)snprintf(line, sizeof line, PASSWORD "%s",
	    world_hotp_code("alice", 0));
	l = tried("alice", line, line);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_le(l.nprompts, 2);
	l = tried("alice", PASSWORD "000000", PASSWORD "000000");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	(void)snprintf(line, sizeof line, "wrong%s",
	    world_hotp_code("alice", 1));
	l = tried("alice", line, line);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
}
END_TEST

START_TEST(a_prompt_of_ones_own_is_asked)
{
	struct login l;

	(void)world_hotp("alice");
	world_service("own",
	    "auth required @lockout\n"
	    "auth required @password [prompt=Key word: ] "
	    "backend=pam_unix.so\n"
	    "auth required @oath [prompt=Your code: ]\n"
	    "auth required @gate\n" ACCOUNT_LINES);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "own";
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.prompt[0], "Key word: ");
	ck_assert_str_eq(l.prompt[1], "Your code: ");
}
END_TEST

/* libpam's chain is frozen: what setcred answers is not what decides. */
START_TEST(setcred_reaches_the_backend_and_succeeds)
{
	struct login l;

	(void)world_hotp("alice");
	world_service("cred",
	    "auth required @lockout\n"
	    "auth required @password backend=@count password=" PASSWORD
	    " cred=@world/count\n"
	    "auth required @oath\n"
	    "auth required @gate\n" ACCOUNT_LINES);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "cred";
	l.phases = LOGIN_IN | LOGIN_CRED;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.cred, PAM_SUCCESS);
	ck_assert_uint_eq(world_count(), 1);
	/* sshd's: setcred alone, on a handle that never saw auth. */
	l.phases = LOGIN_CRED;
	login_run(&l);
	ck_assert_int_eq(l.cred, PAM_SUCCESS);
	ck_assert_uint_eq(world_count(), 2);
}
END_TEST

START_TEST(a_backend_can_ask_nothing_more)
{
	struct login l;

	(void)world_hotp("alice");
	world_service("asks",
	    "auth required @lockout\n"
	    "auth required @password backend=@count password=" PASSWORD
	    " ask\n"
	    "auth required @oath\n"
	    "auth required @gate\n" ACCOUNT_LINES);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "asks";
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
}
END_TEST

/* What it says after a right password would tell that it was right. */
START_TEST(what_the_backend_says_waits_for_the_yes)
{
	struct login l;

	(void)world_hotp("alice");
	world_service("says",
	    "auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND " say=expires-soon\n"
	    "auth required @oath\n"
	    "auth required @gate\n"
	    COUNT_ACCOUNT_LINES);
	l = login_of("alice", PASSWORD, "000000");
	l.service = "says";
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(!login_was_told(&l, "expires-soon"));
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "says";
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert(login_was_told(&l, "expires-soon"));
}
END_TEST

START_TEST(only_success_of_the_backend_is_a_yes)
{
	char stack[1024];
	struct login l;
	int code;

	world_policy("[lockout]\ndeny = 100\nprivileged_deny = 99\n");
	(void)world_hotp("alice");
	for (code = 1; code < 32; code++) {
		(void)snprintf(stack, sizeof stack,
		    "auth required @lockout\n"
		    "auth required @password backend=@count auth=%d\n"
		    "auth required @oath\n"
		    "auth required @gate\n" ACCOUNT_LINES, code);
		world_service("codes", stack);
		l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
		l.service = "codes";
		login_run(&l);
		ck_assert_msg(!login_is_in(&l), "backend answered %d", code);
		ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	}
}
END_TEST

START_TEST(japanese_is_utf8_in_locale_c)
{
	struct login l;

	if (!world_install_catalogue())
		world_skip("no Japanese catalogue was built, or no overlay "
		    "may be mounted over where it is installed");
	world_policy("[message]\nlanguage = ja\n");
	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_ne(l.prompt[0], "Password: ");
	ck_assert_str_ne(l.prompt[1], "One-time code: ");
	ck_assert_int_eq(l.prompt[0][0] & 0x80, 0x80);
	ck_assert_int_gt(l.nmessages, 0);
	ck_assert_int_eq(l.message[0][0] & 0x80, 0x80);
	/* On the bare console there are no glyphs for it. */
	l.tty = "tty1";
	l.code = world_hotp_code("alice", 1);
	login_run(&l);
	ck_assert_str_eq(l.prompt[0], "Password: ");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("login");
	TCase *c = world_case(s, "login", 60);

	tcase_add_test(c, password_and_code_get_in);
	tcase_add_test(c, second_login_shows_the_first_and_failures_since);
	tcase_add_test(c, a_login_tells_how_long_the_password_serves);
	tcase_add_test(c, pam_silent_hides_the_last_login_but_not_a_refusal);
	tcase_add_test(c, all_refused_see_the_same);
	tcase_add_test(c, no_phase_after_a_refusal_lets_in);
	tcase_add_test(c, one_code_opens_once);
	tcase_add_test(c, hotp_codes_count_on_and_never_back);
	tcase_add_test(c, hotp_far_ahead_needs_two_in_a_row);
	tcase_add_test(c, codes_are_read_as_people_type_them);
	tcase_add_test(c, wrong_lengths_cost_the_attempt_and_nothing_else);
	tcase_add_test(c, the_password_again_is_no_code);
	tcase_add_test(c, yescrypt_passwords_are_as_good);
	tcase_add_test(c, an_empty_password_is_wrong);
	tcase_add_test(c, totp_of_the_next_and_the_last_step_are_right);
	tcase_add_test(c, one_line_takes_password_and_code_together);
	tcase_add_test(c, a_prompt_of_ones_own_is_asked);
	tcase_add_test(c, setcred_reaches_the_backend_and_succeeds);
	tcase_add_test(c, a_backend_can_ask_nothing_more);
	tcase_add_test(c,
	    what_the_backend_says_waits_for_the_yes);
	tcase_add_test(c, only_success_of_the_backend_is_a_yes);
	tcase_add_test(c, japanese_is_utf8_in_locale_c);
	return (world_main(s));
}
