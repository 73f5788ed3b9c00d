/*
 * pam_hostile.c - applications and claimants that mean no good
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

static const char *const names[] = {
	"", " ", "\n", "alice\n", "ali\tce", "\x1b[2Jalice", "../alice",
	"../../etc/passwd", "alice:x", "\xff\xfe\xfd", "ali\xc3", "%s%n%x",
	"'; DROP TABLE account; --", "\"alice\"", "alice ", " alice",
	"-alice", "nobody-of-this-name", "\xe7\x94\xb0\xe4\xb8\xad",
	"\xe2\x80\xaeg", "ALICE"
};

START_TEST(strange_names_are_unknown_names)
{
	struct login first, l;

	(void)world_hotp("alice");
	first = login_of("no-such-name", PASSWORD,
	    world_hotp_code("alice", 0));
	login_run(&first);
	l = login_of(names[_i], PASSWORD, world_hotp_code("alice", 0));
	login_run(&l);
	login_check_alike(&first, &l);
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	world_check_store();
}
END_TEST

START_TEST(a_name_of_64_kib_is_an_unknown_name)
{
	char *name = malloc(65537);
	struct login first, l;

	ck_assert_ptr_nonnull(name);
	memset(name, 'a', 65536);
	name[65536] = '\0';
	first = login_of("no-such-name", PASSWORD, "000000");
	login_run(&first);
	l = login_of(name, PASSWORD, "000000");
	login_run(&l);
	login_check_alike(&first, &l);
	/* Its own tally locks it, too. */
	for (int i = 0; i < 6; i++)
		login_run(&l);
	ck_assert(login_was_told(&l, "Locked after"));
	free(name);
	world_check_store();
}
END_TEST

START_TEST(a_typed_unknown_name_is_in_no_record)
{
	struct login l = login_of("my-secret-password", "x", "000000");

	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	world_sql("PRAGMA wal_checkpoint(TRUNCATE)");
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/grep", "-c",
	    "-a", "my-secret-password", world_path("store/store.db"), NULL }),
	    1);
}
END_TEST

START_TEST(no_user_given_is_asked_for)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of(NULL, PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	l.user = "alice";
	login_phases(&l);
	login_end(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 3);
}
END_TEST

/* ------------------------------------------------------- conversations -- */

static const enum login_talk talks[] = {
	TALK_CONV_ERR, TALK_BUF_ERR, TALK_NULL, TALK_NULL_TEXT, TALK_HUGE
};

START_TEST(a_broken_conversation_refuses_and_counts_nothing)
{
	struct login l;
	int at;

	(void)world_hotp("alice");
	for (at = 0; at < 2; at++) {
		l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
		l.talk = talks[_i];
		l.talk_at = at;
		login_run(&l);
		ck_assert_int_ne(l.auth, PAM_SUCCESS);
		ck_assert_int_ne(l.auth, PAM_IGNORE);
		if (talks[_i] != TALK_NULL_TEXT && talks[_i] != TALK_HUGE)
			ck_assert_int_eq(l.auth, at == 0 ? PAM_CONV_ERR :
			    PAM_AUTH_ERR);
		ck_assert_uint_eq(world_hotp_moving("alice"), 0);
		ck_assert_uint_eq(world_failures("alice"), 0);
	}
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

/* su shows what the code means. */
START_TEST(giving_up_at_the_code_tells_nothing_of_the_password)
{
	static struct login right, wrong;

	(void)world_hotp("alice");
	right = login_of("alice", PASSWORD, NULL);
	login_run(&right);
	wrong = login_of("alice", "wrong", NULL);
	login_run(&wrong);
	ck_assert_int_eq(right.nprompts, wrong.nprompts);
	login_check_alike(&right, &wrong);
}
END_TEST

START_TEST(a_missing_conversation_refuses)
{
	struct pam_conv none = { NULL, NULL };
	pam_handle_t *h = NULL;

	(void)world_hotp("alice");
	if (pam_start_confdir("login", "alice", &none, world_path("pam.d"),
	    &h) != PAM_SUCCESS)
		return;
	ck_assert_int_ne(pam_authenticate(h, 0), PAM_SUCCESS);
	ck_assert_int_ne(pam_acct_mgmt(h, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_end(h, PAM_CONV_ERR), PAM_SUCCESS);
}
END_TEST

START_TEST(long_answers_are_wrong_or_refused_and_break_nothing)
{
	static const size_t lengths[] = {
		511, 512, 513, 4095, 4096, 4097, 70000
	};
	char *text;
	size_t i;

	world_policy("[lockout]\ndeny = 100\nprivileged_deny = 99\n"
	    "lifetime_cap = 100\n");
	(void)world_hotp("alice");
	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		text = malloc(lengths[i] + 1);
		ck_assert_ptr_nonnull(text);
		memset(text, '7', lengths[i]);
		text[lengths[i]] = '\0';
		ck_assert(!login_try("alice", text,
		    world_hotp_code("alice", 0)));
		ck_assert(!login_try("alice", PASSWORD, text));
		free(text);
	}
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

/* --------------------------------------------------------------- items -- */

static const struct {
	const char	*tty, *rhost, *ruser;
	bool		 in;
} items[] = {
	{ NULL, NULL, NULL, true },
	{ "", "", "", true },
	{ "tty1", "", NULL, true },
	{ "/dev/tty1", NULL, "root", true },
	{ "ssh", "192.0.2.1", NULL, true },
	{ ":0", NULL, NULL, true },
	{ "\x1b[2J\n\xff", NULL, "\x1b\n", true },
	{ "tty999999999999999999999999", NULL, NULL, true },
	{ "ssh", "\n\x1b[2J", NULL, false },
	{ "ssh", "192.0.2.1/24", NULL, false },
	{ "ssh", "' OR 1=1", NULL, false },
	{ "ssh", "fe80::1%eth0", NULL, false }
};

START_TEST(items_may_be_missing_empty_or_hostile)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.tty = items[_i].tty;
	l.rhost = items[_i].rhost;
	l.ruser = items[_i].ruser;
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(login_is_in(&l), items[_i].in);
	if (!items[_i].in)
		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	world_check_store();
}
END_TEST

/* More, and libpam's own record for the kernel fails. */
START_TEST(items_of_2000_bytes_are_cut)
{
	char *text = malloc(2001);
	struct login l;

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', 2000);
	text[2000] = '\0';
	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.tty = text;
	l.ruser = text;
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	l.rhost = text;
	l.code = world_hotp_code("alice", 1);
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	free(text);
	world_check_store();
}
END_TEST

START_TEST(an_admission_in_the_environment_is_worth_what_the_store_says)
{
	static const char *const forged[] = {
		"SEKISHO_ADMISSION=", "SEKISHO_ADMISSION=x",
		"SEKISHO_ADMISSION=00000000000000000000000000000000",
		"SEKISHO_ADMISSION=' OR 1=1 --",
		"SEKISHO_ADMISSION=0000000000000000000000000000000000000000000"
	};
	struct login l = login_of("alice", NULL, NULL);
	size_t i;

	(void)world_hotp("alice");
	for (i = 0; i < sizeof forged / sizeof forged[0]; i++) {
		login_start(&l);
		ck_assert_int_eq(pam_putenv(l.pamh, forged[i]), PAM_SUCCESS);
		ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_PERM_DENIED);
		ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
		login_end(&l);
	}
	world_check_store();
}
END_TEST

/* ------------------------------------------------------ account sources -- */

static bool groups_are_down, accounts_are_down;

/* The program's symbols come first: so a source is down for the modules. */
__attribute__((visibility("default"))) int
getgrnam_r(const char *name, struct group *gr, char *buf, size_t size,
    struct group **found)
{
	int (*real)(const char *, struct group *, char *, size_t,
	    struct group **);
	void *symbol = dlsym(RTLD_NEXT, "getgrnam_r");

	*found = NULL;
	memcpy(&real, &symbol, sizeof real);
	return (groups_are_down ? ECONNREFUSED :
	    real(name, gr, buf, size, found));
}

__attribute__((visibility("default"))) int
getpwnam_r(const char *name, struct passwd *pw, char *buf, size_t size,
    struct passwd **found)
{
	int (*real)(const char *, struct passwd *, char *, size_t,
	    struct passwd **);
	void *symbol = dlsym(RTLD_NEXT, "getpwnam_r");

	*found = NULL;
	memcpy(&real, &symbol, sizeof real);
	return (accounts_are_down ? ECONNREFUSED :
	    real(name, pw, buf, size, found));
}

START_TEST(groups_that_cannot_be_asked_refuse_where_they_decide)
{
	struct login l;

	world_policy("[terminal]\nallow_groups = staff\n");
	(void)world_hotp("alice");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	groups_are_down = true;
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 1));
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_uint_eq(world_failures("alice"), 0);
	/* Where no group decides they are not asked. */
	world_policy("");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 1)));
	world_policy("[privilege]\ngroups = staff\n");
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 2)));
	groups_are_down = false;
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 2)));
}
END_TEST

/* A source that is not even installed has no members. */
START_TEST(groups_from_nowhere_have_no_members)
{
	world_policy("[terminal]\nallow_groups = staff\n");
	(void)world_hotp("alice");
	world_write(world_path("etc/nsswitch.conf"), 0644,
	    "passwd: files\ngroup: nosuchsource\nshadow: files\n");
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(accounts_that_cannot_be_asked_refuse)
{
	struct login l;

	(void)world_hotp("alice");
	accounts_are_down = true;
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(l.nprompts, 2);
	l = login_of("alice", NULL, NULL);
	l.service = "cron";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	accounts_are_down = false;
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_name_that_is_another_uid_now_is_refused)
{
	char *all, *at;

	(void)world_hotp("alice");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	all = world_read(world_path("etc/passwd"));
	at = strstr(all, "alice:x:1000");
	ck_assert_ptr_nonnull(at);
	memcpy(at, "alice:x:1999", 12);
	world_write(world_path("etc/passwd"), 0644, all);
	free(all);
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 1)));
	ck_assert_uint_ge(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_UID_CHANGED), 1);
}
END_TEST

static void
add_items(Suite *s)
{
	TCase *c = world_case(s, "items", 60);

	tcase_add_loop_test(c, items_may_be_missing_empty_or_hostile, 0,
	    (int)(sizeof items / sizeof items[0]));
	tcase_add_test(c, items_of_2000_bytes_are_cut);
	tcase_add_test(c,
	    an_admission_in_the_environment_is_worth_what_the_store_says);
	tcase_add_test(c,
	    groups_that_cannot_be_asked_refuse_where_they_decide);
	tcase_add_test(c, groups_from_nowhere_have_no_members);
	tcase_add_test(c, accounts_that_cannot_be_asked_refuse);
	tcase_add_test(c, a_name_that_is_another_uid_now_is_refused);
}

int
main(void)
{
	Suite *s = suite_create("hostile");
	TCase *c = world_case(s, "names", 60);

	tcase_add_loop_test(c, strange_names_are_unknown_names, 0,
	    (int)(sizeof names / sizeof names[0]));
	tcase_add_test(c, a_name_of_64_kib_is_an_unknown_name);
	tcase_add_test(c, a_typed_unknown_name_is_in_no_record);
	tcase_add_test(c, no_user_given_is_asked_for);
	tcase_add_loop_test(c,
	    a_broken_conversation_refuses_and_counts_nothing, 0,
	    (int)(sizeof talks / sizeof talks[0]));
	tcase_add_test(c,
	    giving_up_at_the_code_tells_nothing_of_the_password);
	tcase_add_test(c, a_missing_conversation_refuses);
	tcase_add_test(c,
	    long_answers_are_wrong_or_refused_and_break_nothing);
	add_items(s);
	return (world_main(s));
}
