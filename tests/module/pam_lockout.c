/*
 * pam_lockout.c - locks: exact, told, and nobody's weapon
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

static struct login
tried(const char *user, const char *password, const char *code)
{
	struct login l = login_of(user, password, code);

	login_run(&l);
	return (l);
}

static void
fail_times(const char *user, int n)
{
	while (n-- > 0)
		ck_assert(!login_try(user, "wrong", "000000"));
}

/* Suspended, or not for this terminal: told as little as an unknown name, and
 * locked after as many tries, while their own tally stays as it was. */
START_TEST(who_may_not_get_in_meets_what_an_unknown_name_meets)
{
	static const char *const who[] = { "bob", "carol" };
	struct login unknown, l;
	size_t w;
	int i;

	world_policy("[terminal]\nallow_users = alice bob\n");
	for (w = 0; w < 2; w++)
		(void)world_hotp(who[w]);
	world_suspend("bob");
	for (i = 0; i < 7; i++) {
		unknown = login_of("no-such-name", PASSWORD, "000000");
		login_run(&unknown);
		for (w = 0; w < 2; w++) {
			l = login_of(who[w], PASSWORD,
			    world_hotp_code(who[w], 0));
			login_run(&l);
			ck_assert_int_eq(l.auth, unknown.auth);
			ck_assert_int_eq(l.nprompts, unknown.nprompts);
			ck_assert_int_eq(login_was_told(&l, "Locked"),
			    login_was_told(&unknown, "Locked"));
		}
	}
	ck_assert(login_was_told(&unknown, "Locked"));
	for (w = 0; w < 2; w++) {
		ck_assert_uint_eq(world_failures(who[w]), 0);
		ck_assert_uint_eq(world_hotp_moving(who[w]), 0);
	}
	ck_assert_uint_gt(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_SUSPENDED), 0);
	ck_assert_uint_gt(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_USER_NOT_ALLOWED), 0);
	world_check_store();
}
END_TEST

START_TEST(the_fifth_failure_locks_and_not_the_fourth)
{
	(void)world_hotp("alice");
	fail_times("alice", 4);
	ck_assert(!world_locked("alice"));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert_uint_eq(world_failures("alice"), 0);
	fail_times("alice", 5);
	ck_assert(world_locked("alice"));
	ck_assert_uint_eq(world_records(SEK_EVENT_LOCK, SEK_REASON_NONE), 1);
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 1)));
	/* The code typed at a locked door was not used up. */
	ck_assert_uint_eq(world_hotp_moving("alice"), 1);
	world_unlock("alice");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 1)));
}
END_TEST

START_TEST(wrong_codes_lock_like_wrong_passwords)
{
	int i;

	(void)world_totp("alice");
	for (i = 0; i < 2; i++)
		ck_assert(!login_try("alice", PASSWORD,
		    world_wrong_code("alice")));
	fail_times("alice", 2);
	ck_assert(!world_locked("alice"));
	ck_assert(!login_try("alice", PASSWORD, world_wrong_code("alice")));
	ck_assert(world_locked("alice"));
}
END_TEST

START_TEST(one_round_is_one_failure)
{
	(void)world_totp("alice");
	fail_times("alice", 1);
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

START_TEST(a_locked_name_is_told_until_when)
{
	struct login l;

	(void)world_hotp("alice");
	fail_times("alice", 5);
	l = tried("alice", PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "Locked after too many failures"));
	ck_assert(login_was_told(&l, "again after 20"));
	world_policy("[lockout]\nunlock = never\nprivileged_unlock = never\n");
	(void)world_hotp("bob");
	fail_times("bob", 5);
	l = tried("bob", PASSWORD, world_hotp_code("bob", 0));
	ck_assert(login_was_told(&l, "ask an administrator"));
}
END_TEST

START_TEST(unknown_names_lock_alike)
{
	static struct login known[8], unknown[8];
	int i;

	(void)world_totp("alice");
	for (i = 0; i < 8; i++) {
		known[i] = tried("alice", "wrong", "000000");
		unknown[i] = tried("no-such-name", "wrong", "000000");
		login_check_alike(&known[i], &unknown[i]);
	}
	ck_assert(login_was_told(&unknown[7], "Locked after"));
	ck_assert(!login_was_told(&unknown[3], "Locked after"));
}
END_TEST

START_TEST(a_lock_ends_by_itself_and_by_the_boot_clock)
{
	(void)world_hotp("alice");
	world_policy("[lockout]\nunlock = 10m\nprivileged_unlock = 10m\n");
	fail_times("alice", 5);
	/* A wall clock put forward shortens nothing. */
	world_wall_ahead = 3600;
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 0)));
	world_wall_ahead = 0;
	world_clock_ahead = 595;
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 0)));
	world_clock_ahead = 605;
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(failures_of_before_the_interval_do_not_count)
{
	(void)world_hotp("alice");
	world_policy("[lockout]\ninterval = 5m\n");
	fail_times("alice", 4);
	world_clock_ahead = 301;
	fail_times("alice", 1);
	ck_assert(!world_locked("alice"));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_lock_survives_new_processes)
{
	struct login *l;

	(void)world_hotp("alice");
	l = login_array(7);
	for (int i = 0; i < 7; i++) {
		l[i] = login_of("alice", i < 5 ? "wrong" : PASSWORD,
		    world_hotp_code("alice", 0));
		ck_assert_int_gt(waitpid(login_spawn(&l[i]), NULL, 0), 0);
		ck_assert(!login_is_in(&l[i]));
	}
	ck_assert(login_was_told(&l[6], "Locked after"));
	login_array_free(l, 7);
}
END_TEST

/* Its secrets are others, so its tally is; nor can it lock the first name. */
START_TEST(another_name_of_a_uid_has_a_lock_of_its_own)
{
	(void)world_hotp("alice");
	fail_times("arisu", 6);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	/* Uid 0 is privileged whatever it is called; "root" keeps it out. */
	world_policy("[privilege]\nno_direct = guest\nusers = toor\n");
	world_accounts("toor:x:0:0::/:/bin/sh\n");
	(void)world_hotp("toor");
	ck_assert(login_try("toor", PASSWORD, world_hotp_code("toor", 0)));
	fail_times("toor", 3);
	ck_assert(!login_try("toor", PASSWORD, world_hotp_code("toor", 1)));
}
END_TEST

START_TEST(privileged_persons_lock_sooner)
{
	(void)world_hotp("adminA");
	fail_times("adminA", 3);
	ck_assert(world_locked("adminA"));
}
END_TEST

START_TEST(an_account_without_rights_here_costs_no_attempt)
{
	struct login a, b;

	(void)world_hotp("alice");
	(void)world_hotp("carol");
	world_policy("[terminal]\nallow_groups = staff\n");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	a = tried("alice", "wrong", "000000");
	b = tried("carol", PASSWORD, world_hotp_code("carol", 0));
	login_check_alike(&a, &b);
	fail_times("carol", 6);
	ck_assert_uint_eq(world_failures("carol"), 0);
	ck_assert(!world_locked("carol"));
	ck_assert_uint_eq(world_hotp_moving("carol"), 0);
	world_policy("");
	ck_assert(login_try("carol", PASSWORD, world_hotp_code("carol", 0)));
}
END_TEST

START_TEST(remote_hosts_only_from_where_the_policy_says)
{
	static const struct {
		const char	*rhost;
		bool		 in;
	} hosts[] = {
		{ "192.0.2.9", true }, { "198.51.100.1", false },
		{ "127.0.0.1", false }, { "::1", false },
		{ "2001:db8::5", true }, { "some.host.example", false },
		{ "", true }, { NULL, true }
	};
	uint64_t n = 0;
	size_t i;

	(void)world_hotp("alice");
	for (i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct login l = login_of("alice", PASSWORD,
		    world_hotp_code("alice", n));

		l.service = "sshd";
		l.rhost = hosts[i].rhost;
		login_run(&l);
		ck_assert_msg(login_is_in(&l) == hosts[i].in, "from %s",
		    hosts[i].rhost);
		n += hosts[i].in ? 1 : 0;
	}
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(a_suspended_account_is_refused_like_a_wrong_password)
{
	struct login a, b;

	(void)world_hotp("alice");
	(void)world_hotp("bob");
	a = tried("bob", "wrong", "000000");
	world_suspend("alice");
	b = tried("alice", PASSWORD, world_hotp_code("alice", 0));
	login_check_alike(&a, &b);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
}
END_TEST

/* Killed while they were verified: nobody has written them down yet. */
START_TEST(an_unlock_forgets_attempts_that_were_killed)
{
	struct login *l = login_array(5);
	pid_t pid[5];
	int i;

	(void)world_hotp("alice");
	world_service("count",
	    "auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND " sleep=5000\n"
	    "auth required @oath\nauth required @gate\n");
	for (i = 0; i < 5; i++) {
		l[i] = login_of("alice", "wrong", "000000");
		l[i].service = "count";
		pid[i] = login_spawn(&l[i]);
	}
	while (world_count() < 5)
		(void)usleep(1000);
	for (i = 0; i < 5; i++) {
		(void)kill(pid[i], SIGKILL);
		ck_assert_int_eq(waitpid(pid[i], NULL, 0), pid[i]);
	}
	ck_assert(world_locked("alice"));
	world_unlock("alice");
	ck_assert(!world_locked("alice"));
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	login_array_free(l, 5);
}
END_TEST

START_TEST(failures_over_an_authenticators_life_end_it)
{
	int i;

	world_policy("[lockout]\nlifetime_cap = 8\n");
	(void)world_hotp("alice");
	for (i = 0; i < 8; i++) {
		ck_assert(!login_try("alice", PASSWORD,
		    world_wrong_code("alice")));
		world_unlock("alice");
	}
	ck_assert(!login_try("alice", PASSWORD,
	    world_hotp_code("alice", 0)));
	ck_assert_uint_ge(world_records(SEK_EVENT_DISABLE, SEK_REASON_NONE),
	    1);
}
END_TEST

/* ------------------------------------------------------------- callers -- */

/* What su does for its caller: PAM_TTY and PAM_RUSER, no PAM_RHOST. */
static struct login
su_to(const char *target, const char *caller, const char *password,
    const char *code)
{
	struct login l = login_of(target, password, code);

	l.service = "su";
	l.tty = "pts/3";
	l.ruser = caller;
	login_run(&l);
	return (l);
}

static void
callers_world(void)
{
	world_install_worker();
	world_policy("[terminal]\nallow_remote = yes\n");
}

static void
bob_twice_wrong(void *arg)
{
	(void)arg;
	(void)su_to("bob", "alice", "wrong", "000000");
	(void)su_to("bob", "alice", "wrong", "000000");
}

START_TEST(failures_through_su_are_the_callers_too)
{
	callers_world();
	(void)world_hotp("alice");
	(void)world_hotp("bob");
	ck_assert_int_eq(login_as_caller(ALICE_UID, bob_twice_wrong, NULL),
	    0);
	ck_assert_uint_eq(world_failures("bob"), 2);
	/* alice herself is not locked out by what she did to others. */
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

static void
everybody_wrong(void *arg)
{
	static const char *const names[] = {
		"bob", "carol", "dave", "adminA", "adminB"
	};
	struct login l;
	size_t i;

	(void)arg;
	for (i = 0; i < 5; i++)
		(void)su_to(names[i], "alice", "wrong", "000000");
	l = su_to("adminC", "alice", PASSWORD, world_hotp_code("adminC", 0));
	if (login_is_in(&l) || l.auth != PAM_AUTH_ERR || l.nprompts != 2)
		_exit(1);
}

START_TEST(at_deny_a_caller_can_try_no_others)
{
	static const char *const names[] = {
		"bob", "carol", "dave", "adminA", "adminB", "adminC"
	};
	size_t i;

	callers_world();
	for (i = 0; i < 6; i++)
		(void)world_hotp(names[i]);
	ck_assert_int_eq(login_as_caller(ALICE_UID, everybody_wrong, NULL),
	    0);
	ck_assert_uint_eq(world_failures("adminC"), 0);
	ck_assert_uint_eq(world_hotp_moving("adminC"), 0);
	for (i = 0; i < 6; i++)
		ck_assert(login_try(names[i], PASSWORD,
		    world_hotp_code(names[i], 0)));
}
END_TEST

static void
all_administrators(void *arg)
{
	static const char *const names[] = { "adminA", "adminB", "adminC" };
	size_t i;
	int n;

	(void)arg;
	for (n = 0; n < 4; n++)
		for (i = 0; i < 3; i++)
			(void)su_to(names[i], "alice", "wrong", "000000");
}

static bool
at_console(const char *user, uint64_t n)
{
	struct login l = login_of(user, PASSWORD, world_hotp_code(user, n));

	l.tty = "tty1";
	login_run(&l);
	return (login_is_in(&l));
}

START_TEST(all_administrators_still_get_in_at_the_console)
{
	static const char *const names[] = { "adminA", "adminB", "adminC" };
	size_t i;

	callers_world();
	for (i = 0; i < 3; i++)
		(void)world_hotp(names[i]);
	/* Three persons together, to close all three locks. */
	ck_assert_int_eq(login_as_caller(ALICE_UID, all_administrators,
	    NULL), 0);
	ck_assert_int_eq(login_as_caller(BOB_UID, all_administrators, NULL),
	    0);
	ck_assert_int_eq(login_as_caller(1002, all_administrators, NULL), 0);
	for (i = 0; i < 3; i++) {
		ck_assert(world_locked(names[i]));
		ck_assert(!login_try(names[i], PASSWORD,
		    world_hotp_code(names[i], 0)));
		ck_assert_msg(at_console(names[i], 0), "%s", names[i]);
	}
}
END_TEST

START_TEST(failures_at_the_console_itself_lock_it)
{
	struct login l = login_of("alice", "wrong", "000000");
	int i;

	(void)world_hotp("alice");
	l.tty = "tty1";
	for (i = 0; i < 5; i++)
		login_run(&l);
	ck_assert(!at_console("alice", 0));
	ck_assert(!at_console("alice", 0));
}
END_TEST

START_TEST(the_consoles_reserve_is_one_attempt)
{
	struct login l;

	world_service("count", COUNT_STACK);
	(void)world_hotp("alice");
	fail_times("alice", 5);
	l = login_of("alice", "wrong", "000000");
	l.service = "count";
	l.tty = "tty1";
	login_run(&l);
	login_run(&l);
	login_run(&l);
	ck_assert_uint_eq(world_count(), 1);
	/* Not for who is remote, or names a console from elsewhere. */
	l.tty = "pts/1";
	login_run(&l);
	l.tty = "tty1";
	l.rhost = "192.0.2.1";
	login_run(&l);
	ck_assert_uint_eq(world_count(), 1);
}
END_TEST

static void
add_callers(Suite *s)
{
	TCase *c = world_case(s, "callers", 120);

	tcase_add_test(c,
	    who_may_not_get_in_meets_what_an_unknown_name_meets);
	tcase_add_test(c, failures_through_su_are_the_callers_too);
	tcase_add_test(c, at_deny_a_caller_can_try_no_others);
	tcase_add_test(c, all_administrators_still_get_in_at_the_console);
	tcase_add_test(c, failures_at_the_console_itself_lock_it);
	tcase_add_test(c, the_consoles_reserve_is_one_attempt);
}

int
main(void)
{
	Suite *s = suite_create("lockout");
	TCase *c = world_case(s, "lock", 60);

	tcase_add_test(c, the_fifth_failure_locks_and_not_the_fourth);
	tcase_add_test(c, wrong_codes_lock_like_wrong_passwords);
	tcase_add_test(c, one_round_is_one_failure);
	tcase_add_test(c, a_locked_name_is_told_until_when);
	tcase_add_test(c, unknown_names_lock_alike);
	tcase_add_test(c, a_lock_ends_by_itself_and_by_the_boot_clock);
	tcase_add_test(c, failures_of_before_the_interval_do_not_count);
	tcase_add_test(c, a_lock_survives_new_processes);
	tcase_add_test(c, another_name_of_a_uid_has_a_lock_of_its_own);
	tcase_add_test(c, privileged_persons_lock_sooner);
	tcase_add_test(c, an_account_without_rights_here_costs_no_attempt);
	tcase_add_test(c, remote_hosts_only_from_where_the_policy_says);
	tcase_add_test(c,
	    a_suspended_account_is_refused_like_a_wrong_password);
	tcase_add_test(c, an_unlock_forgets_attempts_that_were_killed);
	tcase_add_test(c, failures_over_an_authenticators_life_end_it);
	add_callers(s);
	return (world_main(s));
}
