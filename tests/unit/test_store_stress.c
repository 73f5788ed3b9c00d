/*
 * test_store_stress.c - test of edge/store: exact whatever is tried at once,
 * whoever is killed, wherever it was opened
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SEK_KILL_ROUNDS: children killed at random instants (200).
 */
#include "config.h"

#include <sys/mman.h>

#include <sched.h>
#include <time.h>

#include "store.h"

/* What children count up; one page they share. */
struct shared {
	volatile int	go;
	volatile int	granted;
	volatile int	accepted;
	volatile int	refused;
	volatile int	busy;
	volatile int	failed;
};
static struct shared *shared;

static void
setup(void)
{

	test_store_setup();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
}

static void
teardown(void)
{

	(void)munmap(shared, sizeof(*shared));
	test_store_teardown();
}

static void
wait_for_go(void)
{

	while (!shared->go)
		(void)sched_yield();
}

/* n children run fn(i) at once, each with a store of its own. */
static void
at_once(int n, void (*fn)(struct sek_store *, int))
{
	pid_t *pid = calloc((size_t)n, sizeof(*pid));
	struct sek_store *st;
	int i;

	ck_assert_ptr_nonnull(pid);
	for (i = 0; i < n; i++)
		if ((pid[i] = test_fork()) == 0) {
			wait_for_go();
			st = test_open();
			fn(st, i);
			sek_store_free(&st);
			_exit(0);
		}
	shared->go = 1;
	for (i = 0; i < n; i++)
		test_wait(pid[i]);
	free(pid);
}

/* Until a slot is granted or refused; a busy one is asked for again. */
static enum sek_slot
reserve_patiently(struct sek_store *st, const char *name, uint32_t deny,
    char *slot)
{
	const struct timespec pause = { 0, 5000000 };
	enum sek_slot s;
	int i;

	for (i = 0; i < 1000; i++) {
		if ((s = test_reserve(st, name, deny, slot)) != SEK_SLOT_BUSY)
			return (s);
		__sync_fetch_and_add(&shared->busy, 1);
		(void)nanosleep(&pause, NULL);
	}
	return (SEK_SLOT_BUSY);
}

static void
guess(struct sek_store *st, int i)
{
	char slot[SEK_ID_MAX];

	(void)i;
	if (reserve_patiently(st, "alice", 5, slot) != SEK_SLOT_GRANTED)
		return;
	__sync_fetch_and_add(&shared->granted, 1);
	(void)test_settle(st, "alice", 5, slot, SEK_SETTLE_FAILED);
}

START_TEST(of_200_parallel_guesses_exactly_deny_are_verified)
{
	struct sek_store *st = test_open();

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	sek_store_free(&st);
	at_once(200, guess);
	ck_assert_int_eq(shared->granted, 5);
	st = test_open();
	ck_assert_uint_eq(test_records(st, "lock", "alice").records, 1);
	sek_store_free(&st);
}
END_TEST

static void
use_totp(struct sek_store *st, int i)
{
	char slot[SEK_ID_MAX];
	struct sek_consume in;
	struct sek_consume_out out;

	(void)i;
	ck_assert_int_eq(reserve_patiently(st, "alice", 100, slot),
	    SEK_SLOT_GRANTED);
	test_consume_fill(&in, "alice", 100, slot, test_totp());
	test_ok(st, sek_store_consume(st, &in, &out));
	if (out.verdict == SEK_OATH_OK)
		__sync_fetch_and_add(&shared->accepted, 1);
	else
		ck_assert_uint_eq(out.verdict, SEK_OATH_REPLAYED);
}

START_TEST(of_50_parallel_uses_one_code_opens_once)
{
	struct sek_store *st = test_open();

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	sek_store_free(&st);
	/* All of it within one step. */
	while (time(NULL) % 30 > 20)
		(void)sleep(1);
	at_once(50, use_totp);
	ck_assert_int_eq(shared->accepted, 1);
}
END_TEST

#define USERS	16
#define LOGINS	100

static void
use_hotp(struct sek_store *st, int i)
{
	struct sek_consume_out out;
	char name[16];
	uint64_t n;

	(void)snprintf(name, sizeof(name), "user%d", i);
	for (n = 0; n < LOGINS; n++) {
		out = test_consume(st, name, 5, test_hotp(n));
		if (out.verdict != SEK_OATH_OK)
			__sync_fetch_and_add(&shared->refused, 1);
		sek_store_close(st);
	}
}

START_TEST(of_16_users_at_once_none_is_wrongly_refused_nor_replayable)
{
	struct sek_store *st = test_open();
	char name[16];
	int i;

	for (i = 0; i < USERS; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		(void)test_enrol(st, name, SEK_METHOD_HOTP);
	}
	sek_store_free(&st);
	at_once(USERS, use_hotp);
	ck_assert_int_eq(shared->refused, 0);
	st = test_open();
	for (i = 0; i < USERS; i++) {
		(void)snprintf(name, sizeof(name), "user%d", i);
		ck_assert_uint_ne(test_consume(st, name, 5,
		    test_hotp(LOGINS - 1)).verdict, SEK_OATH_OK);
		ck_assert_uint_eq(test_consume(st, name, 5,
		    test_hotp(LOGINS)).verdict, SEK_OATH_OK);
	}
	sek_store_free(&st);
}
END_TEST

/* Until it is killed: reserve, fail, refuse, record. */
static _Noreturn void
work_until_killed(void)
{
	static struct sek_refuse refuse;
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;
	char slot[SEK_ID_MAX];

	for (;;) {
		if (test_reserve(st, "alice", 100, slot) == SEK_SLOT_GRANTED) {
			__sync_fetch_and_add(&shared->granted, 1);
			(void)test_settle(st, "alice", 100, slot,
			    SEK_SETTLE_FAILED);
		}
		test_refuse_fill(&refuse, "alice");
		test_ok(st, sek_store_refuse(st, &refuse));
		test_admit_fill(&in, "bob");
		test_ok(st, sek_store_admit(st, &in, &out));
		sek_store_close(st);
	}
}

static int
kill_rounds(void)
{
	const char *s = getenv("SEK_KILL_ROUNDS");

	return (s != NULL ? atoi(s) : 200);
}

START_TEST(killed_at_any_instant_loses_no_failure_and_breaks_nothing)
{
	struct sek_record actor = { .event = SEK_EVENT_UNLOCK, .count = 1 };
	struct sek_store *st = test_open();
	static struct sek_lookup_out look;
	struct timespec ts;
	int i, before, seen, rounds = kill_rounds();
	bool was;
	pid_t pid;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	for (i = 0; i < rounds; i++) {
		sek_store_close(st);
		before = shared->granted;
		if ((pid = test_fork()) == 0)
			work_until_killed();
		ts.tv_sec = 0;
		ts.tv_nsec = random() % 20000000;
		(void)nanosleep(&ts, NULL);
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		/* Whoever comes next sees all failures: those settled, and
		 * the lease of the dead. */
		test_lookup(st, "alice", &look);
		seen = shared->granted - before;
		ck_assert_msg((int)look.lock.failures >= (seen < 5 ? seen :
		    5) || look.lock.locked, "round %d: %d granted, %u "
		    "failures", i, seen, look.lock.failures);
		test_ok(st, sek_store_unlock(st, "alice", &actor, &was));
	}
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(dead_owner_counts_as_a_failure)
{
	struct sek_store *st = test_open();
	static struct sek_lookup_out look;
	char slot[SEK_ID_MAX];
	pid_t pid;
	int i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	sek_store_close(st);
	for (i = 0; i < 5; i++) {
		if ((pid = test_fork()) == 0) {
			st = test_open();
			ck_assert_int_eq(test_reserve(st, "alice", 5, slot),
			    SEK_SLOT_GRANTED);
			_exit(0);
		}
		test_wait(pid);
	}
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot), SEK_SLOT_LOCKED);
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.account.failures_since, 5);
	ck_assert_uint_eq(test_records(st, "lock", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(live_slots_make_busy_not_locked)
{
	struct sek_store *st = test_open();
	char slot[5][SEK_ID_MAX], one[SEK_ID_MAX];
	int i;

	for (i = 0; i < 5; i++)
		ck_assert_int_eq(test_reserve(st, "alice", 5, slot[i]),
		    SEK_SLOT_GRANTED);
	ck_assert_int_eq(test_reserve(st, "alice", 5, one), SEK_SLOT_BUSY);
	for (i = 0; i < 5; i++)
		ck_assert_uint_eq(test_settle(st, "alice", 5, slot[i],
		    SEK_SETTLE_GIVE_BACK).held, 1);
	ck_assert_int_eq(test_reserve(st, "alice", 5, one), SEK_SLOT_GRANTED);
	sek_store_free(&st);
}
END_TEST

START_TEST(expired_slot_is_a_failure_even_if_right)
{
	struct sek_store *st = test_open();
	struct sek_reserve in = { .who = test_who("alice"),
	    .limits = test_limits(5), .caller_limits = test_limits(5),
	    .bound = 1000 };
	struct sek_reserve_out got;
	struct sek_consume use;
	struct sek_consume_out out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_int_eq(sek_process_get(&in.owner, 0), SEK_OK);
	test_ok(st, sek_store_reserve(st, &in, &got));
	(void)usleep(5000);
	test_consume_fill(&use, "alice", 5, got.slot, test_hotp(0));
	test_ok(st, sek_store_consume(st, &use, &out));
	ck_assert_uint_eq(out.verdict, SEK_OATH_WRONG);
	ck_assert_uint_eq(out.reason, SEK_REASON_STALE);
	ck_assert_uint_eq(out.lock.failures, 1);
	/* and the code is used up */
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_REPLAYED);
	sek_store_free(&st);
}
END_TEST

START_TEST(caller_who_tries_others_is_locked_himself)
{
	struct sek_store *st = test_open();
	struct sek_claimant who;
	struct sek_reserve in = { .limits = test_limits(5),
	    .caller_limits = test_limits(5), .bound = 30 * SEK_SECOND };
	struct sek_reserve_out out;
	static struct sek_lookup_out look;
	char slot[SEK_ID_MAX], name[16];
	int i;

	for (i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "admin%d", i);
		who = test_who(name);
		who.caller = 1001;
		(void)snprintf(who.caller_name, sizeof(who.caller_name),
		    "mallory");
		ck_assert_int_eq(test_reserve_as(st, &who, 5, slot),
		    SEK_SLOT_GRANTED);
		(void)test_settle_as(st, &who, 5, slot, SEK_SETTLE_FAILED);
	}
	in.who = who;
	ck_assert_int_eq(sek_process_get(&in.owner, 0), SEK_OK);
	test_ok(st, sek_store_reserve(st, &in, &out));
	ck_assert_uint_eq(out.verdict, SEK_SLOT_LOCKED);
	ck_assert_uint_eq(out.caller_locked, 1);
	/* nobody he tried is locked, nor he himself at his own login */
	test_lookup(st, "admin4", &look);
	ck_assert_uint_eq(look.lock.locked, 0);
	ck_assert_uint_eq(look.lock.failures, 1);
	ck_assert_int_eq(test_reserve(st, "mallory", 5, slot),
	    SEK_SLOT_GRANTED);
	ck_assert_uint_eq(test_records(st, "lock", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(authenticator_ends_at_its_life_cap)
{
	struct sek_store *st = test_open();
	struct sek_consume in;
	struct sek_consume_out out;
	static struct sek_lookup_out look;
	char slot[SEK_ID_MAX];
	int i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	for (i = 0; i < 4; i++) {
		ck_assert_int_eq(test_reserve(st, "alice", 100, slot),
		    SEK_SLOT_GRANTED);
		test_consume_fill(&in, "alice", 100, slot, "000000");
		in.limits.lifetime_cap = 3;
		test_ok(st, sek_store_consume(st, &in, &out));
	}
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.nauthenticators, 0);
	ck_assert_uint_eq(test_records(st, "disable", NULL).records, 1);
	ck_assert_uint_ne(test_consume(st, "alice", 100, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(unknown_names_are_bounded)
{
	struct sek_store *st = test_open();
	struct sek_claimant who;
	char slot[SEK_ID_MAX], name[32];
	struct stat before, after;
	int i;

	for (i = 0; i < 6000; i++) {
		(void)snprintf(name, sizeof(name), "nobody%d", i);
		who = test_who(name);
		who.known = 0;
		who.uid = SEK_UID_NONE;
		ck_assert_int_eq(test_reserve_as(st, &who, 5, slot),
		    SEK_SLOT_GRANTED);
		(void)test_settle_as(st, &who, 5, slot, SEK_SETTLE_FAILED);
		if (i == 4500)
			ck_assert_int_eq(stat(test_config.path, &before), 0);
	}
	ck_assert_int_eq(stat(test_config.path, &after), 0);
	ck_assert_int_le(after.st_size, before.st_size + (2 << 20));
	sek_store_free(&st);
}
END_TEST

START_TEST(policy_change_is_recorded_once)
{
	struct sek_store *st = test_open();
	static struct sek_refuse in;

	sek_store_free(&st);
	memset(test_config.policy, 'b', sizeof(test_config.policy) - 1);
	st = test_open();
	test_refuse_fill(&in, "alice");
	test_ok(st, sek_store_refuse(st, &in));
	test_refuse_fill(&in, "bob");
	test_ok(st, sek_store_refuse(st, &in));
	ck_assert_uint_eq(test_records(st, "policy-changed", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store-stress");
	TCase *t = tcase_create("stress");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, of_200_parallel_guesses_exactly_deny_are_verified);
	tcase_add_test(t, of_50_parallel_uses_one_code_opens_once);
	tcase_add_test(t,
	    of_16_users_at_once_none_is_wrongly_refused_nor_replayable);
	tcase_add_test(t,
	    killed_at_any_instant_loses_no_failure_and_breaks_nothing);
	tcase_add_test(t, dead_owner_counts_as_a_failure);
	tcase_add_test(t, live_slots_make_busy_not_locked);
	tcase_add_test(t, expired_slot_is_a_failure_even_if_right);
	tcase_add_test(t, caller_who_tries_others_is_locked_himself);
	tcase_add_test(t, authenticator_ends_at_its_life_cap);
	tcase_add_test(t, unknown_names_are_bounded);
	tcase_add_test(t, policy_change_is_recorded_once);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
