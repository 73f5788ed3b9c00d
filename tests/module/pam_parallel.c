/*
 * pam_parallel.c - exact when many come at once, and when they are killed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SEK_LONG=1: a thousand killed logins instead of a hundred.
 */
#include "config.h"

#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/module/harness.h"

/* n logins by the counting backend, all the same. */
static struct login *
crowd(size_t n, const char *user, const char *password, const char *code)
{
	struct login *l = login_array(n);
	size_t i;

	for (i = 0; i < n; i++) {
		l[i] = login_of(user, password, code);
		l[i].service = "count";
	}
	return (l);
}

START_TEST(of_200_wrong_passwords_at_once_exactly_5_are_compared)
{
	struct login *l;

	world_service("count",
	    "auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND " sleep=20\n"
	    "auth required @oath\nauth required @gate\n"
	    COUNT_ACCOUNT_LINES);
	(void)world_totp("alice");
	l = crowd(200, "alice", "wrong", "000000");
	login_parallel(l, 200);
	ck_assert_uint_eq(login_count_in(l, 200), 0);
	ck_assert_uint_eq(world_count(), 5);
	ck_assert_uint_eq(world_failures("alice"), 5);
	ck_assert(world_locked("alice"));
	login_array_free(l, 200);
	world_check_store();
}
END_TEST

START_TEST(of_200_wrong_codes_at_once_exactly_5_are_counted)
{
	struct login *l;

	(void)world_hotp("alice");
	l = crowd(200, "alice", PASSWORD, world_wrong_code("alice"));
	login_parallel(l, 200);
	ck_assert_uint_eq(login_count_in(l, 200), 0);
	ck_assert_uint_eq(world_failures("alice"), 5);
	ck_assert(world_locked("alice"));
	ck_assert_uint_eq(world_records(SEK_EVENT_LOCK, SEK_REASON_NONE), 1);
	login_array_free(l, 200);
	world_check_store();
}
END_TEST

START_TEST(an_unknown_name_gets_5_too)
{
	struct login *l = crowd(40, "no-such-name", "wrong", "000000");
	size_t i, locked = 0;

	login_parallel(l, 40);
	for (i = 0; i < 40; i++) {
		ck_assert_int_eq(l[i].auth, PAM_AUTH_ERR);
		locked += login_was_told(&l[i], "Locked after");
	}
	/* The five that were tried, but for the last, saw no lock yet. */
	ck_assert_uint_ge(locked, 35);
	login_array_free(l, 40);
}
END_TEST

START_TEST(four_wrong_ones_at_once_never_lock)
{
	struct login *l;
	int i;

	(void)world_hotp("alice");
	for (i = 0; i < 10; i++) {
		l = crowd(4, "alice", "wrong", "000000");
		login_parallel(l, 4);
		login_array_free(l, 4);
		ck_assert(!world_locked("alice"));
		ck_assert_uint_eq(world_failures("alice"), 4);
		ck_assert(login_try("alice", PASSWORD,
		    world_hotp_code("alice", (uint64_t)i)));
	}
}
END_TEST

START_TEST(right_ones_among_wrong_ones_are_never_locked_out)
{
	struct login *l;
	size_t i;
	int round;

	(void)world_hotp("alice");
	for (round = 0; round < 5; round++) {
		l = crowd(12, "alice", PASSWORD,
		    world_hotp_code("alice", (uint64_t)round));
		for (i = 0; i < 4; i++)
			l[3 * i].password = "wrong";
		login_parallel(l, 12);
		ck_assert_uint_eq(login_count_in(l, 12), 1);
		login_array_free(l, 12);
		ck_assert(!world_locked("alice"));
		world_unlock("alice");
	}
}
END_TEST

START_TEST(of_50_logins_with_one_totp_exactly_1_gets_in)
{
	struct login *l;

	(void)world_totp("alice");
	l = crowd(50, "alice", PASSWORD, world_totp_code("alice", 0));
	login_parallel(l, 50);
	ck_assert_uint_eq(login_count_in(l, 50), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 1);
	ck_assert(!world_locked("alice"));
	login_array_free(l, 50);
	world_check_store();
}
END_TEST

/* ----------------------------------------------------- 16 users at once -- */

#define USERS 16
#define LOGINS 100

struct tally {
	unsigned	refused;	/* although right */
	unsigned	replayed;	/* let in by a code of before */
};

static void
one_user(const char *user, struct tally *t)
{
	struct login l = login_of(user, PASSWORD, NULL);
	uint64_t n;

	l.service = "count";
	for (n = 0; n < LOGINS; n++) {
		l.code = world_hotp_code(user, n);
		login_run(&l);
		t->refused += !login_is_in(&l);
		if (n % 10 != 9)
			continue;
		login_run(&l);
		t->replayed += login_is_in(&l);
	}
}

START_TEST(of_16_users_100_logins_each_none_refused_none_replayed)
{
	struct tally *t = (struct tally *)(void *)login_array(1);
	char user[16];
	pid_t pid[USERS];
	int i;

	for (i = 0; i < USERS; i++) {
		(void)snprintf(user, sizeof user, "u%02d", i);
		(void)world_hotp(user);
	}
	for (i = 0; i < USERS; i++)
		if ((pid[i] = fork()) == 0) {
			(void)snprintf(user, sizeof user, "u%02d", i);
			one_user(user, &t[i]);
			_exit(0);
		}
	for (i = 0; i < USERS; i++) {
		ck_assert_int_eq(waitpid(pid[i], NULL, 0), pid[i]);
		ck_assert_uint_eq(t[i].refused, 0);
		ck_assert_uint_eq(t[i].replayed, 0);
	}
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE),
	    USERS * LOGINS);
	world_check_store();
}
END_TEST

/* ---------------------------------------------------------------- kills -- */

static void
sleep_us(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	(void)nanosleep(&ts, NULL);
}

/* Start l in a process, kill that after us. */
static void
killed_after(struct login *l, long us)
{
	pid_t pid = login_spawn(l);

	sleep_us(us);
	(void)kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

START_TEST(killed_wrong_guesses_count_and_break_nothing)
{
	int i, n = world_is_long() ? 1000 : 100;
	uint32_t failures = 0, now;
	size_t compared;
	struct login *l;

	world_policy("[lockout]\ndeny = 100\nprivileged_deny = 99\n");
	world_service("count",
	    "auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND " sleep=2\n"
	    "auth required @oath\nauth required @gate\n"
	    COUNT_ACCOUNT_LINES);
	(void)world_hotp("alice");
	srandom((unsigned)getpid());
	l = crowd(1, "alice", "wrong", "000000");
	for (i = 0; i < n; i++) {
		compared = world_count();
		killed_after(l, random() % 12000);
		now = world_failures("alice");
		/* One at most, and one whenever something was compared. */
		ck_assert_uint_le(now, failures + 1);
		ck_assert_uint_ge(now, failures + (world_count() - compared));
		if ((failures = now) >= 90) {
			world_unlock("alice");
			failures = 0;
		}
	}
	login_array_free(l, 1);
	world_check_store();
	world_unlock("alice");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(a_killed_right_login_leaves_no_code_that_opens_twice)
{
	int i, n = world_is_long() ? 1000 : 100;
	uint64_t moving = 0, admits;
	struct login *l, again;

	world_policy("[lockout]\ndeny = 100\nprivileged_deny = 99\n"
	    "lifetime_cap = 100\n");
	(void)world_hotp("alice");
	srandom((unsigned)getpid());
	for (i = 0; i < n; i++) {
		l = crowd(1, "alice", PASSWORD,
		    world_hotp_code("alice", moving));
		admits = world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE);
		killed_after(l, random() % 12000);
		/* The same code again: in by one of the two, at most. */
		again = l[0];
		login_run(&again);
		ck_assert_uint_le(world_records(SEK_EVENT_ADMIT,
		    SEK_REASON_NONE), admits + 1);
		login_array_free(l, 1);
		moving = world_hotp_moving("alice");
		world_unlock("alice");
		ck_assert_uint_eq(moving, (uint64_t)i + 1);
	}
	world_check_store();
}
END_TEST

/* ----------------------------------- a new key, a restore, under logins -- */

#define RESTORES 5
#define ROTATIONS 120		/* killed ones; as many come to their end */

static const struct sek_record worker = { .event = SEK_EVENT_NONE,
    .count = 1, .subject = "root-person", .service = "sekisho" };

static void
rotate(void)
{
	struct sek_store *st = world_store();
	struct sek_rotated out;

	(void)sek_store_rotate(st, &worker, &out, NULL, NULL);
	sek_store_free(&st);
}

/* A backup, and back with it. */
static void
restore(void)
{
	static struct sek_restored out;
	struct sek_backup_info info;
	struct sek_secret pass = SEK_SECRET_NONE;
	struct sek_settings *s = world_settings();
	struct sek_store_config *config = calloc(1, sizeof *config);
	struct sek_restore_in in = { .path = world_path("etc/b.db"),
	    .pass = &pass, .actor = &worker };
	struct sek_store *st = world_store();
	struct sek_why why = { "" };
	enum sek_err err;
	int tries = 0;

	ck_assert_ptr_nonnull(config);
	sek_store_config(config, s);
	(void)unlink(in.path);
	ck_assert_int_eq(sek_secret_string(&pass, "correct horse battery"),
	    SEK_OK);
	/* Logins may keep it waiting for longer than it does; then it is
	 * tried again, as it says. */
	while ((err = sek_store_backup(st, in.path, &pass, &worker, &info,
	    NULL, NULL)) == SEK_ERR_STORE_BUSY && tries++ < 5)
		continue;
	ck_assert_msg(err == SEK_OK, "%s", sek_store_why(st));
	while ((err = sek_store_restore(config, &in, &out, &why)) ==
	    SEK_ERR_STORE_BUSY && tries++ < 10)
		continue;
	ck_assert_msg(err == SEK_OK, "%s", why.text);
	ck_assert_int_eq(out.here, SEK_HERE_SAME);
	ck_assert_uint_eq(out.cut, 0);
	sek_secret_free(&pass);
	sek_store_free(&st);
	free(config);
	free(s);
}

static void
in_child(void (*fn)(void), long us)
{
	pid_t pid;

	if ((pid = fork()) == 0) {
		fn();
		_exit(0);
	}
	if (us > 0) {
		sleep_us(us);
		(void)kill(pid, SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* Right codes, each once more when all were too busy; wrong ones between. */
static void
log_in_until(const volatile unsigned *stop, const char *user, struct tally *t)
{
	struct login l = login_of(user, PASSWORD, NULL);
	uint64_t n = 0;
	int again;

	while (!*stop) {
		l.code = world_hotp_code(user, n);
		for (again = 0; again < 3; again++) {
			login_run(&l);
			if (login_is_in(&l) || l.auth != PAM_AUTHINFO_UNAVAIL)
				break;
		}
		/* Consumed by a login whose admission was not written? */
		if (!login_is_in(&l) && world_hotp_moving(user) == n)
			t->refused++;
		n = world_hotp_moving(user);
		if (n % 5 == 4) {
			login_run(&l);
			t->replayed += login_is_in(&l);
		}
		world_unlock(user);
	}
}

static void
rotations(void)
{
	int i;

	srandom((unsigned)getpid());
	for (i = 0; i < ROTATIONS; i++) {
		in_child(rotate, random() % 25000 + 1);
		in_child(rotate, 0);
	}
}

static void
restores(void)
{
	int i;

	for (i = 0; i < RESTORES; i++)
		in_child(restore, 0);
}

/* While fn goes on. */
static void
log_in_during(void (*fn)(void))
{
	unsigned *stop = (unsigned *)(void *)login_array(1);
	struct tally *t = (struct tally *)(void *)login_array(1);
	char user[16];
	pid_t pid[4];
	int i;

	for (i = 0; i < 4; i++) {
		(void)snprintf(user, sizeof user, "u%02d", i);
		(void)world_hotp(user);
	}
	for (i = 0; i < 4; i++)
		if ((pid[i] = fork()) == 0) {
			(void)snprintf(user, sizeof user, "u%02d", i);
			log_in_until(stop, user, &t[i]);
			_exit(0);
		}
	fn();
	*stop = 1;
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(waitpid(pid[i], NULL, 0), pid[i]);
		ck_assert_uint_eq(t[i].refused, 0);
		ck_assert_uint_eq(t[i].replayed, 0);
		(void)snprintf(user, sizeof user, "u%02d", i);
		ck_assert_uint_gt(world_hotp_moving(user), 0);
		ck_assert(login_try(user, PASSWORD, world_hotp_code(user,
		    world_hotp_moving(user))));
	}
	ck_assert(!world_logged("not as it was written"));
	ck_assert(!world_logged("not a key"));
	ck_assert_int_ne(access(world_path("etc/keys/store.key.new"), F_OK), 0);
	world_check_store();
}

START_TEST(while_keys_are_rotated_and_rotations_killed_the_right_get_in)
{
	log_in_during(rotations);
	ck_assert_uint_ge(world_records(SEK_EVENT_KEY_ROTATED,
	    SEK_REASON_NONE), ROTATIONS);
}
END_TEST

START_TEST(while_the_store_is_backed_up_and_taken_back_the_right_get_in)
{
	log_in_during(restores);
	ck_assert_uint_eq(world_records(SEK_EVENT_STORE_RESTORE,
	    SEK_REASON_NONE), RESTORES);
}
END_TEST

/* ------------------------------------------------------------ abandoned -- */

static void
abandoned(enum login_talk how, int at)
{
	struct login *l = crowd(50, "alice", PASSWORD, "000000");
	size_t i;

	for (i = 0; i < 50; i++) {
		l[i].talk = how;
		l[i].talk_at = at;
	}
	login_parallel(l, 50);
	ck_assert_uint_eq(login_count_in(l, 50), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
	login_array_free(l, 50);
}

START_TEST(fifty_connections_abandoned_at_each_prompt_are_no_failures)
{
	(void)world_hotp("alice");
	abandoned(TALK_CONV_ERR, 0);
	abandoned(TALK_CONV_ERR, 1);
	abandoned(TALK_KILL, 0);
	abandoned(TALK_KILL, 1);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("parallel");
	TCase *c = world_case(s, "crowds", 180);

	tcase_add_test(c,
	    of_200_wrong_passwords_at_once_exactly_5_are_compared);
	tcase_add_test(c, of_200_wrong_codes_at_once_exactly_5_are_counted);
	tcase_add_test(c, an_unknown_name_gets_5_too);
	tcase_add_test(c, four_wrong_ones_at_once_never_lock);
	tcase_add_test(c, right_ones_among_wrong_ones_are_never_locked_out);
	tcase_add_test(c, of_50_logins_with_one_totp_exactly_1_gets_in);
	tcase_add_test(c,
	    of_16_users_100_logins_each_none_refused_none_replayed);
	tcase_add_test(c,
	    fifty_connections_abandoned_at_each_prompt_are_no_failures);
	c = world_case(s, "kills", 580);
	tcase_add_test(c, killed_wrong_guesses_count_and_break_nothing);
	tcase_add_test(c,
	    a_killed_right_login_leaves_no_code_that_opens_twice);
	tcase_add_test(c,
	    while_keys_are_rotated_and_rotations_killed_the_right_get_in);
	tcase_add_test(c,
	    while_the_store_is_backed_up_and_taken_back_the_right_get_in);
	return (world_main(s));
}
