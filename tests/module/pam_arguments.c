/*
 * pam_arguments.c - module lines and policy files: what is wrong refuses
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

/* --------------------------------------------------------------- lines -- */

static const struct {
	const char	*module;	/* with what is behind it */
	int		 auth;
} bad_lines[] = {
	{ "@lockout nonsense", PAM_SERVICE_ERR },
	{ "@lockout debugg", PAM_SERVICE_ERR },
	{ "@lockout debug=1", PAM_SERVICE_ERR },
	{ "@lockout prompt=x", PAM_SERVICE_ERR },
	{ "@lockout backend=pam_unix.so", PAM_SERVICE_ERR },
	{ "@lockout conf=@world/etc/sekisho.conf", PAM_SERVICE_ERR },
	{ "@gate nonsense", PAM_SERVICE_ERR },
	{ "@gate CONF=/x", PAM_SERVICE_ERR },
	{ "@oath digits=6", PAM_SERVICE_ERR },
	{ "@oath prompt=", PAM_SERVICE_ERR },
	{ "@oath prompt=a prompt=b", PAM_SERVICE_ERR },
	{ "@oath [prompt=\x01]", PAM_SERVICE_ERR },
	{ "@oath [prompt=\xff\xfe]", PAM_SERVICE_ERR },
	{ "@biometric nonsense", PAM_SERVICE_ERR },
	{ "@biometric finger=left-thumb", PAM_SERVICE_ERR },
	{ "@biometric prompt=", PAM_SERVICE_ERR },
	{ "@biometric backend=", PAM_SERVICE_ERR },
	{ "@password", PAM_SERVICE_ERR },
	{ "@password backend=", PAM_SERVICE_ERR },
	{ "@password nullok backend=pam_unix.so", PAM_SERVICE_ERR },
	{ "@password backend=pam_unix.so nullok", PAM_SERVICE_ERR },
	{ "@password backend=pam_unix.so nullresetok", PAM_SERVICE_ERR },
	{ "@password backend=../pam_unix.so", PAM_SERVICE_ERR },
	{ "@password backend=no_such_module.so", PAM_AUTHINFO_UNAVAIL },
	{ "@password backend=/no/such/module.so", PAM_AUTHINFO_UNAVAIL },
	{ "@password backend=/etc/passwd", PAM_AUTHINFO_UNAVAIL },
	{ "@password backend=@world/lib/loose.so", PAM_AUTHINFO_UNAVAIL }
};

/* The whole stack with one line of it replaced. */
static void
service_with(const char *line)
{
	static const char *const lines[] = {
		"@lockout", "@password backend=pam_unix.so", "@biometric",
		"@oath", "@gate"
	};
	char text[4096] = "", name[16];
	size_t i, n = 0;

	(void)snprintf(name, sizeof name, "%.*s",
	    (int)strcspn(line, " "), line);
	for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "auth required %s\n", strncmp(lines[i], name,
		    strlen(name)) == 0 ? line : lines[i]);
	(void)snprintf(text + n, sizeof text - n, ACCOUNT_LINES);
	world_service("bad", text);
}

START_TEST(a_bad_line_refuses_even_right_answers)
{
	struct login l;

	(void)world_hotp("alice");
	/* A module anybody may write. */
	world_write(world_path("lib/loose.so"), 0777, "");
	service_with(bad_lines[_i].module);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "bad";
	login_run(&l);
	ck_assert_msg(l.auth == bad_lines[_i].auth, "%s: %d",
	    bad_lines[_i].module, l.auth);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(debug_and_all_that_is_known_are_taken)
{
	struct login l;

	(void)world_hotp("alice");
	world_service("good",
	    "auth required @lockout debug\n"
	    "auth required @password debug [prompt=P: ] "
	    "backend=pam_unix.so debug\n"
	    "auth required @oath debug [prompt=code: ]\n"
	    "auth required @gate debug\n"
	    "account required @lockout debug\n"
	    "account required @password backend=pam_unix.so debug\n"
	    "account required @gate debug\n");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "good";
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
}
END_TEST

START_TEST(a_bad_line_in_account_and_session_denies)
{
	static const char *const bad[] = {
		"account required @lockout x\n"
		    "account required @password backend=pam_unix.so\n"
		    "account required @gate\n",
		"account required @lockout\n"
		    "account required @password\n"
		    "account required @gate\n",
		"account required @lockout\n"
		    "account required @password backend=pam_unix.so\n"
		    "account required @gate x\n"
	};
	char text[4096];
	struct login l;
	size_t i;

	(void)world_hotp("alice");
	for (i = 0; i < 3; i++) {
		(void)snprintf(text, sizeof text, AUTH_LINES "%s", bad[i]);
		world_service("bad", text);
		l = login_of("alice", PASSWORD, world_hotp_code("alice", i));
		l.service = "bad";
		login_run(&l);
		ck_assert_int_eq(l.auth, PAM_SUCCESS);
		ck_assert_int_ne(l.account, PAM_SUCCESS);
		ck_assert_int_ne(l.account, PAM_NEW_AUTHTOK_REQD);
	}
	world_service("bad", AUTH_LINES ACCOUNT_LINES
	    "session required @session x\n");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 3));
	l.service = "bad";
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	/* 14 is yes to sudo: never that. */
	ck_assert_int_eq(l.open, PAM_PERM_DENIED);
}
END_TEST

/* -------------------------------------------------------------- policy -- */

static const char *const bad_policies[] = {
	"[lockout]\ndenny = 5\n",
	"[lockouts]\ndeny = 5\n",
	"[lockout]\ndeny = five\n",
	"[lockout]\ndeny = 0\n",
	"[lockout]\ndeny = 101\n",
	"[lockout]\ndeny = 4\ndeny = 5\n",
	"[lockout]\ndeny = 5 # five\n",
	"[lockout]\ndeny =\n",
	"deny = 5\n",
	"\xef\xbb\xbf[lockout]\ndeny = 5\n",
	"[lockout]\nprivileged_deny = 5\n",
	"[terminal]\nprofile = mynumber\n[factors]\nkinds = 1\n",
	"[factors]\naccept = password\n",
	"[factors]\naccept = password carrier-pigeon\n",
	"[store]\npath = store.db\n",
	"[store]\nbackend = postgresql\n",
	"[message]\nlanguage = fr\n",
	"\x01\x02\x03"
};

static void
refuses_with(int auth)
{
	struct login l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", 0));

	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.auth, auth);
	ck_assert_int_eq(l.account, LOGIN_NOT_RUN);
	ck_assert_int_gt(l.nmessages, 0);
	l = login_of("alice", NULL, NULL);
	l.service = "cron";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l.account = LOGIN_NOT_RUN;
	l.phases = LOGIN_SESSION;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_PERM_DENIED);
}

START_TEST(a_bad_policy_refuses_in_every_phase_until_mended)
{
	(void)world_hotp("alice");
	world_policy(bad_policies[_i]);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
	world_policy("");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_policy_others_may_write_refuses)
{
	const char *conf = world_path("etc/sekisho.conf");

	(void)world_hotp("alice");
	ck_assert_int_eq(chmod(conf, 0664), 0);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(chmod(conf, 0646), 0);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(chmod(conf, 0644), 0);
	ck_assert_int_eq(chown(conf, ALICE_UID, 0), 0);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(chown(conf, 0, 0), 0);
	ck_assert_int_eq(chmod(world_path("etc"), 0777), 0);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(chmod(world_path("etc"), 0755), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_drop_in_others_may_write_refuses)
{
	(void)world_hotp("alice");
	world_policy("[lockout]\ndeny = 5\n");
	ck_assert_int_eq(chmod(world_path(
	    "etc/sekisho.conf.d/50-test.conf"), 0666), 0);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(chmod(world_path(
	    "etc/sekisho.conf.d/50-test.conf"), 0644), 0);
	ck_assert_int_eq(chmod(world_path("etc/sekisho.conf.d"), 0777), 0);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
}
END_TEST

START_TEST(a_missing_policy_refuses)
{
	(void)world_hotp("alice");
	ck_assert_int_eq(rename(world_path("etc/sekisho.conf"),
	    world_path("etc/away")), 0);
	refuses_with(PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(rename(world_path("etc/away"),
	    world_path("etc/sekisho.conf")), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(without_a_policy_the_refusal_is_said_in_both_languages)
{
	struct login l = login_of("alice", PASSWORD, "000000");

	if (!world_install_catalogue())
		world_skip("no Japanese catalogue can be installed");
	ck_assert_int_eq(unlink(world_path("etc/sekisho.conf")), 0);
	login_run(&l);
	ck_assert_int_eq(l.nmessages, 2);
	ck_assert(login_was_told(&l, "cannot check logins now"));
}
END_TEST

START_TEST(a_policy_that_wants_three_kinds_gets_no_two)
{
	(void)world_hotp("alice");
	world_policy("[factors]\nkinds = 3\n");
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_method_the_policy_does_not_accept_opens_nothing)
{
	(void)world_hotp("alice");
	(void)world_totp("bob");
	world_policy("[factors]\naccept = password totp\n");
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 0)));
	ck_assert(login_try("bob", PASSWORD, world_totp_code("bob", 0)));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("arguments");
	TCase *c = world_case(s, "lines", 60);

	tcase_add_loop_test(c, a_bad_line_refuses_even_right_answers, 0,
	    (int)(sizeof bad_lines / sizeof bad_lines[0]));
	tcase_add_test(c, debug_and_all_that_is_known_are_taken);
	tcase_add_test(c, a_bad_line_in_account_and_session_denies);
	c = world_case(s, "policy", 60);
	tcase_add_loop_test(c,
	    a_bad_policy_refuses_in_every_phase_until_mended, 0,
	    (int)(sizeof bad_policies / sizeof bad_policies[0]));
	tcase_add_test(c, a_policy_others_may_write_refuses);
	tcase_add_test(c, a_drop_in_others_may_write_refuses);
	tcase_add_test(c, a_missing_policy_refuses);
	tcase_add_test(c,
	    without_a_policy_the_refusal_is_said_in_both_languages);
	tcase_add_test(c, a_policy_that_wants_three_kinds_gets_no_two);
	tcase_add_test(c,
	    a_method_the_policy_does_not_accept_opens_nothing);
	return (world_main(s));
}
