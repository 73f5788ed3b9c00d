/*
 * test_rule_lockout.c - attempts are counted exactly, locks end when they say
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/lockout.h"
#include "unit.h"

#define MINUTE	(60 * SEK_SECOND)
#define HOUR	(60 * MINUTE)

static struct sek_tally t;
static struct sek_moment now;
static struct sek_limits limits;
static unsigned serial;
static char last[SEK_ID_MAX];	/* id of the lease taken last */
static int32_t dead;		/* pid of who is gone; 0 nobody */

static void
setup(void)
{
	memset(&t, 0, sizeof(t));
	memset(&now, 0, sizeof(now));
	now.wall = INT64_C(1795130130) * SEK_SECOND;
	now.boot = HOUR;
	now.boot_id[0] = 1;
	limits.deny = 5;
	limits.interval = 15 * 60;
	limits.unlock = 30 * 60;
	limits.lifetime_cap = 0;
	dead = 0;
}

static void
wait_for(int64_t us)
{
	now.wall += us;
	now.boot += us;
}

static void
reboot(int64_t wall_step)
{
	now.wall += wall_step;
	now.boot = 20 * SEK_SECOND;
	now.boot_id[0]++;
}

static bool
alive(const struct sek_process *p)
{
	return (p->pid != dead);
}

static uint32_t
refresh(void)
{
	uint32_t expired = 77;

	(void)sek_lockout_refresh(&t, &limits, &now, alive, &expired);
	return (expired);
}

static enum sek_slot
take(uint32_t origin)
{
	struct sek_lease l;

	(void)refresh();
	memset(&l, 0, sizeof(l));
	(void)snprintf(last, sizeof(last), "%032x", ++serial);
	memcpy(l.id, last, sizeof(last));
	l.at = now;
	l.deadline = now.boot + 30 * SEK_SECOND;
	l.owner.pid = (int32_t)serial;
	l.origin = origin;
	return (sek_lockout_reserve(&t, &limits, &now, &l));
}

/* One wrong attempt; did it close the lock? */
static bool
wrong(uint32_t origin)
{
	bool locked_now = false;

	ck_assert_int_eq(take(origin), SEK_SLOT_GRANTED);
	ck_assert(sek_lockout_fail(&t, &limits, &now, last, &locked_now));
	return (locked_now);
}

static void
lock_it(void)
{
	while (!wrong(0))
		;
	ck_assert_uint_eq(t.locked, 1);
}

static struct sek_lock_state
state(void)
{
	struct sek_lock_state s;

	(void)refresh();
	sek_lockout_state(&s, &t, &limits, &now);
	return (s);
}

START_TEST(n_minus_one_wrong_never_lock)
{
	uint32_t deny, i;

	for (deny = 1; deny <= SEK_DENY_MAX; deny++) {
		setup();
		limits.deny = deny;
		for (i = 1; i < deny; i++) {
			ck_assert(!wrong(0));
			ck_assert_uint_eq(state().locked, 0);
			ck_assert_uint_eq(state().room, deny - i);
		}
		ck_assert(wrong(0));
		ck_assert_uint_eq(state().locked, 1);
		ck_assert_uint_eq(state().room, 0);
		ck_assert_int_eq(take(0), SEK_SLOT_LOCKED);
	}
}
END_TEST

START_TEST(parallel_attempts_get_deny_slots_and_no_more)
{
	unsigned i, granted = 0, busy = 0;

	for (i = 0; i < 200; i++) {
		enum sek_slot s = take(0);

		granted += s == SEK_SLOT_GRANTED;
		busy += s == SEK_SLOT_BUSY;
	}
	ck_assert_uint_eq(granted, 5);
	ck_assert_uint_eq(busy, 195);
	ck_assert_uint_eq(t.locked, 0);
}
END_TEST

START_TEST(slot_given_back_is_free_and_counts_nothing)
{
	unsigned i;

	for (i = 0; i < 50; i++) {
		ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
		ck_assert(sek_lockout_give_back(&t, last));
		ck_assert(!sek_lockout_give_back(&t, last));
	}
	ck_assert_uint_eq(state().failures, 0);
	ck_assert_uint_eq(state().room, 5);
}
END_TEST

START_TEST(one_lease_counts_once)
{
	bool locked_now = true;

	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	ck_assert(sek_lockout_fail(&t, &limits, &now, last, &locked_now));
	ck_assert(!locked_now);
	ck_assert(!sek_lockout_fail(&t, &limits, &now, last, &locked_now));
	ck_assert(!sek_lockout_give_back(&t, last));
	ck_assert(!sek_lockout_give_back(&t, ""));
	ck_assert(!sek_lockout_give_back(&t, "no such lease"));
	ck_assert_uint_eq(state().failures, 1);
}
END_TEST

START_TEST(stale_lease_counts_as_failure)
{
	/* Its owner stopped: the deadline ends it. */
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	wait_for(30 * SEK_SECOND);
	ck_assert_uint_eq(refresh(), 0);
	wait_for(1);
	ck_assert_uint_eq(refresh(), 1);
	ck_assert(!sek_lockout_give_back(&t, last));
	ck_assert_uint_eq(state().failures, 1);
	/* Its owner killed. */
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	dead = (int32_t)serial;
	ck_assert_uint_eq(refresh(), 1);
	ck_assert(!sek_lockout_give_back(&t, last));
	/* The machine switched off. */
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	reboot(5 * SEK_SECOND);
	ck_assert_uint_eq(refresh(), 1);
	ck_assert_uint_eq(state().failures, 3);
	ck_assert_uint_eq(t.nfailures, 3);
	ck_assert_uint_eq(t.nleases, 0);
}
END_TEST

START_TEST(stale_leases_that_reach_deny_lock_at_that_moment)
{
	unsigned i;

	for (i = 0; i < 5; i++)
		ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	wait_for(31 * SEK_SECOND);
	ck_assert_uint_eq(refresh(), 5);
	ck_assert_uint_eq(t.locked, 1);
	ck_assert_int_eq(state().until, now.wall + 30 * MINUTE);
}
END_TEST

START_TEST(each_failure_leaves_by_its_own_age)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		ck_assert(!wrong(0));
		wait_for(4 * MINUTE);
	}
	/* The first is 16 minutes old: 3 count, a 4th does not lock. */
	ck_assert_uint_eq(state().room, 2);
	ck_assert(!wrong(0));
	ck_assert(wrong(0));
	ck_assert_uint_eq(state().failures, 6);
}
END_TEST

START_TEST(failure_on_the_edge_of_the_interval_still_counts)
{
	ck_assert(!wrong(0));
	wait_for(15 * MINUTE);
	ck_assert_uint_eq(state().room, 4);
	wait_for(1);
	ck_assert_uint_eq(state().room, 5);
}
END_TEST

START_TEST(lock_ends_after_its_span_and_takes_its_failures)
{
	lock_it();
	wait_for(30 * MINUTE - 1);
	ck_assert_uint_eq(state().locked, 1);
	ck_assert_int_eq(take(0), SEK_SLOT_LOCKED);
	wait_for(1);
	ck_assert_uint_eq(state().locked, 0);
	ck_assert_uint_eq(state().room, 5);
	/* In a row since the last success: that stays. */
	ck_assert_uint_eq(state().failures, 5);
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
}
END_TEST

START_TEST(failures_stay_while_locked)
{
	limits.interval = 60;
	lock_it();
	wait_for(20 * MINUTE);
	(void)refresh();
	ck_assert_uint_eq(t.nfailures, 5);
	ck_assert_uint_eq(state().locked, 1);
}
END_TEST

START_TEST(trying_a_locked_account_does_not_prolong_the_lock)
{
	int64_t until;

	lock_it();
	until = state().until;
	wait_for(10 * MINUTE);
	ck_assert_int_eq(take(0), SEK_SLOT_LOCKED);
	ck_assert(!wrong(SEK_ORIGIN_CONSOLE));	/* the reserved one */
	ck_assert_int_eq(state().until, until);
}
END_TEST

START_TEST(lock_without_end_needs_an_administrator)
{
	limits.unlock = SEK_SPAN_NEVER;
	lock_it();
	wait_for(INT64_C(100) * 365 * 24 * HOUR);
	ck_assert_uint_eq(state().locked, 1);
	ck_assert_uint_eq(state().never, 1);
	ck_assert_int_eq(state().until, SEK_SPAN_NEVER);
	sek_lockout_clear(&t);
	ck_assert_uint_eq(state().locked, 0);
	ck_assert_uint_eq(state().failures, 0);
	ck_assert_uint_eq(state().room, 5);
}
END_TEST

START_TEST(limits_without_sense_are_the_strictest)
{
	limits.deny = 0;
	limits.interval = 0;
	limits.unlock = 0;
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	ck_assert_int_eq(take(0), SEK_SLOT_BUSY);
	wait_for(31 * SEK_SECOND);
	ck_assert_uint_eq(state().locked, 1);
	wait_for(1000 * HOUR);
	ck_assert_uint_eq(state().locked, 1);
	ck_assert_uint_eq(state().never, 1);

	setup();
	limits.deny = 5000;
	limits.interval = INT64_MAX / 2;
	while (!wrong(0))
		;
	ck_assert_uint_eq(t.nfailures, SEK_DENY_MAX);
}
END_TEST

/* Under an exception nothing locks by count; all of it is counted. */
START_TEST(without_a_count_nothing_locks_and_all_is_counted)
{
	unsigned i;

	limits.deny = SEK_DENY_OFF;
	for (i = 0; i < 3 * SEK_DENY_MAX; i++) {
		ck_assert(!wrong(0));
		ck_assert_uint_eq(state().locked, 0);
		ck_assert_uint_gt(state().room, 0);
	}
	ck_assert_uint_eq(state().failures, 3 * SEK_DENY_MAX);
	ck_assert_uint_eq(t.nfailures, SEK_DENY_MAX);
	/* They count again as soon as that has ended, if they are fresh. */
	limits.deny = 5;
	ck_assert_uint_eq(state().locked, 1);
}
END_TEST

START_TEST(without_a_count_attempts_under_way_are_bounded)
{
	unsigned i;

	limits.deny = SEK_DENY_OFF;
	for (i = 0; i < SEK_LEASES_MAX - 1; i++)
		ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	ck_assert_uint_eq(state().room, 0);
	ck_assert_int_eq(take(0), SEK_SLOT_BUSY);
	ck_assert_int_ne(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
	ck_assert_uint_le(t.nleases, SEK_LEASES_MAX);
	wait_for(31 * SEK_SECOND);
	ck_assert_uint_eq(state().locked, 0);
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
}
END_TEST

START_TEST(a_lock_of_before_runs_its_time_without_a_count)
{
	lock_it();
	limits.deny = SEK_DENY_OFF;
	ck_assert_uint_eq(state().locked, 1);
	ck_assert_int_eq(take(0), SEK_SLOT_LOCKED);
	wait_for(31 * MINUTE);
	(void)refresh();
	ck_assert_uint_eq(state().locked, 0);
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
}
END_TEST

START_TEST(success_clears_but_leaves_other_rounds_their_leases)
{
	char other[SEK_ID_MAX];
	bool locked_now;

	(void)wrong(0);
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	memcpy(other, last, sizeof(other));
	sek_lockout_clear(&t);
	ck_assert_uint_eq(state().failures, 0);
	ck_assert_uint_eq(state().room, 4);
	ck_assert(sek_lockout_fail(&t, &limits, &now, other, &locked_now));
	ck_assert_uint_eq(state().failures, 1);
}
END_TEST

START_TEST(lock_end_is_not_moved_by_a_clock_step)
{
	static const int64_t steps[] = {
		-24 * HOUR, 24 * HOUR, -INT64_C(40) * 365 * 24 * HOUR,
		INT64_C(40) * 365 * 24 * HOUR
	};
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		setup();
		lock_it();
		wait_for(10 * MINUTE);
		now.wall += steps[i];
		ck_assert_uint_eq(state().locked, 1);
		ck_assert_int_eq(state().until, now.wall + 20 * MINUTE);
		wait_for(20 * MINUTE - 1);
		ck_assert_uint_eq(state().locked, 1);
		wait_for(1);
		ck_assert_uint_eq(state().locked, 0);
	}
}
END_TEST

START_TEST(failures_and_leases_do_not_move_by_a_clock_step)
{
	(void)wrong(0);
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	now.wall += 48 * HOUR;
	ck_assert_uint_eq(refresh(), 0);
	ck_assert_uint_eq(state().room, 3);
	now.wall -= 96 * HOUR;
	ck_assert_uint_eq(refresh(), 0);
	ck_assert_uint_eq(state().room, 3);
	wait_for(15 * MINUTE + 1);
	ck_assert_uint_eq(state().room, 5);
}
END_TEST

START_TEST(lock_runs_on_over_a_reboot)
{
	lock_it();
	wait_for(10 * MINUTE);
	reboot(2 * MINUTE);
	ck_assert_uint_eq(state().locked, 1);
	ck_assert_int_eq(state().until, now.wall + 18 * MINUTE);
	wait_for(18 * MINUTE - 1);
	ck_assert_uint_eq(state().locked, 1);
	wait_for(1);
	ck_assert_uint_eq(state().locked, 0);
}
END_TEST

START_TEST(clock_set_back_over_a_reboot_costs_one_span_at_most)
{
	lock_it();
	reboot(-10 * HOUR);
	ck_assert_uint_eq(state().locked, 1);
	ck_assert_int_eq(state().until, now.wall + 30 * MINUTE);
	/* Set right again: it is this boot's by now, and does not move. */
	now.wall += 10 * HOUR;
	wait_for(30 * MINUTE - 1);
	ck_assert_uint_eq(state().locked, 1);
	wait_for(1);
	ck_assert_uint_eq(state().locked, 0);
}
END_TEST

START_TEST(clock_that_restarts_each_boot_costs_one_span_a_boot)
{
	int64_t begin = now.wall;
	unsigned i;

	lock_it();
	for (i = 0; i < 3; i++) {
		wait_for(10 * MINUTE);
		ck_assert_uint_eq(state().locked, 1);
		reboot(begin - now.wall);
		ck_assert_uint_eq(state().locked, 1);
	}
	ck_assert_int_eq(state().until, now.wall + 30 * MINUTE);
	wait_for(30 * MINUTE);
	ck_assert_uint_eq(state().locked, 0);
}
END_TEST

START_TEST(lock_seen_by_nobody_over_many_reboots_has_ended)
{
	unsigned i;

	lock_it();
	for (i = 0; i < 3; i++)
		reboot(10 * MINUTE);
	ck_assert_uint_eq(state().locked, 0);
}
END_TEST

START_TEST(failures_are_carried_over_a_reboot)
{
	(void)wrong(0);
	(void)wrong(0);
	reboot(5 * MINUTE);
	ck_assert_uint_eq(state().room, 3);
	wait_for(10 * MINUTE + 1);
	ck_assert_uint_eq(state().room, 5);
	ck_assert_uint_eq(state().failures, 2);
}
END_TEST

START_TEST(console_has_one_reserved_attempt_an_interval)
{
	bool locked_now = true;

	lock_it();
	ck_assert_int_eq(take(0), SEK_SLOT_LOCKED);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_GRANTED);
	ck_assert_uint_eq(t.lease[0].origin,
	    SEK_ORIGIN_CONSOLE | SEK_ORIGIN_RESERVE);
	ck_assert(sek_lockout_fail(&t, &limits, &now, last, &locked_now));
	ck_assert(!locked_now);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
	wait_for(15 * MINUTE - 1);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
	wait_for(1);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_GRANTED);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
}
END_TEST

START_TEST(console_reserve_never_runs_out_under_a_lock_without_end)
{
	unsigned i;

	limits.unlock = SEK_SPAN_NEVER;
	lock_it();
	for (i = 0; i < 300; i++) {
		ck_assert(!wrong(SEK_ORIGIN_CONSOLE));
		ck_assert_uint_le(t.nfailures, 5);
		wait_for(15 * MINUTE);
	}
}
END_TEST

START_TEST(reserve_comes_back_an_interval_after_a_clock_set_back)
{
	limits.unlock = SEK_SPAN_NEVER;
	lock_it();
	(void)wrong(SEK_ORIGIN_CONSOLE);
	reboot(-10 * HOUR);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
	now.wall += 10 * HOUR;
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
	wait_for(15 * MINUTE);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_GRANTED);
}
END_TEST

START_TEST(failure_that_ages_out_during_an_attempt_does_not_count)
{
	bool locked_now;

	limits.deny = 2;
	(void)wrong(0);
	wait_for(15 * MINUTE - SEK_SECOND);
	ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	wait_for(2 * SEK_SECOND);
	ck_assert(sek_lockout_fail(&t, &limits, &now, last, &locked_now));
	ck_assert(!locked_now);
	ck_assert_uint_eq(t.nfailures, 1);
}
END_TEST

START_TEST(at_the_console_alone_deny_is_exact)
{
	unsigned i;

	for (i = 1; i < 5; i++)
		ck_assert(!wrong(SEK_ORIGIN_CONSOLE));
	ck_assert(wrong(SEK_ORIGIN_CONSOLE));
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
	wait_for(29 * MINUTE);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_LOCKED);
}
END_TEST

START_TEST(console_gets_in_while_others_hold_all_slots)
{
	unsigned i;

	for (i = 0; i < 5; i++)
		ck_assert_int_eq(take(SEK_ORIGIN_CALLER), SEK_SLOT_GRANTED);
	ck_assert_int_eq(take(0), SEK_SLOT_BUSY);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_GRANTED);
	ck_assert_uint_eq(t.nleases, 6);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_BUSY);
}
END_TEST

START_TEST(nobody_claims_the_reserve_for_himself)
{
	lock_it();
	ck_assert_int_eq(take(SEK_ORIGIN_RESERVE), SEK_SLOT_LOCKED);
	setup();
	ck_assert_int_eq(take(SEK_ORIGIN_RESERVE), SEK_SLOT_GRANTED);
	ck_assert_uint_eq(t.lease[0].origin, 0);
}
END_TEST

START_TEST(lower_deny_locks_at_once_and_room_stays_sane)
{
	unsigned i;

	for (i = 0; i < 4; i++)
		(void)wrong(0);
	limits.deny = 3;
	ck_assert_uint_eq(state().room, 0);
	ck_assert_uint_eq(state().locked, 1);
	ck_assert_int_eq(take(0), SEK_SLOT_LOCKED);
	ck_assert_int_eq(take(SEK_ORIGIN_CONSOLE), SEK_SLOT_GRANTED);
}
END_TEST

START_TEST(old_failures_do_not_crowd_out_stale_leases)
{
	unsigned i;

	limits.deny = 3;
	limits.interval = 10;
	(void)wrong(0);
	(void)wrong(0);
	wait_for(11 * SEK_SECOND);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(take(0), SEK_SLOT_GRANTED);
	dead = (int32_t)serial;
	ck_assert_uint_eq(refresh(), 1);
	dead = (int32_t)serial - 1;
	ck_assert_uint_eq(refresh(), 1);
	ck_assert_uint_eq(t.nfailures, 2);
	ck_assert_uint_eq(state().failures, 4);
}
END_TEST

START_TEST(refresh_tells_whether_anything_changed)
{
	uint32_t expired = 0;

	ck_assert(!sek_lockout_refresh(&t, &limits, &now, alive, &expired));
	(void)wrong(0);
	ck_assert(!sek_lockout_refresh(&t, &limits, &now, alive, &expired));
	reboot(0);
	ck_assert(sek_lockout_refresh(&t, &limits, &now, alive, NULL));
	ck_assert(!sek_lockout_refresh(&t, &limits, &now, NULL, &expired));
	wait_for(16 * MINUTE);
	ck_assert(sek_lockout_refresh(&t, &limits, &now, alive, &expired));
	ck_assert(!sek_lockout_refresh(&t, &limits, &now, alive, &expired));
	ck_assert_uint_eq(expired, 0);
}
END_TEST

START_TEST(counts_out_of_bounds_do_no_harm)
{
	bool locked_now;

	memset(&t, 0xff, sizeof(t));
	(void)refresh();
	ck_assert_uint_le(t.nfailures, SEK_DENY_MAX);
	ck_assert_uint_le(t.nleases, SEK_LEASES_MAX);
	memset(&t, 0xff, sizeof(t));
	(void)sek_lockout_give_back(&t, "x");
	memset(&t, 0xff, sizeof(t));
	(void)sek_lockout_fail(&t, &limits, &now, "x", &locked_now);
	memset(&t, 0xff, sizeof(t));
	sek_lockout_clear(&t);
	ck_assert_uint_eq(t.locked, 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		n_minus_one_wrong_never_lock,
		parallel_attempts_get_deny_slots_and_no_more,
		slot_given_back_is_free_and_counts_nothing,
		one_lease_counts_once,
		stale_lease_counts_as_failure,
		stale_leases_that_reach_deny_lock_at_that_moment,
		each_failure_leaves_by_its_own_age,
		failure_on_the_edge_of_the_interval_still_counts,
		lock_ends_after_its_span_and_takes_its_failures,
		failures_stay_while_locked,
		trying_a_locked_account_does_not_prolong_the_lock,
		lock_without_end_needs_an_administrator,
		limits_without_sense_are_the_strictest,
		without_a_count_nothing_locks_and_all_is_counted,
		without_a_count_attempts_under_way_are_bounded,
		a_lock_of_before_runs_its_time_without_a_count,
		success_clears_but_leaves_other_rounds_their_leases,
		lock_end_is_not_moved_by_a_clock_step,
		failures_and_leases_do_not_move_by_a_clock_step,
		lock_runs_on_over_a_reboot,
		clock_set_back_over_a_reboot_costs_one_span_at_most,
		clock_that_restarts_each_boot_costs_one_span_a_boot,
		lock_seen_by_nobody_over_many_reboots_has_ended,
		failures_are_carried_over_a_reboot,
		console_has_one_reserved_attempt_an_interval,
		console_reserve_never_runs_out_under_a_lock_without_end,
		reserve_comes_back_an_interval_after_a_clock_set_back,
		failure_that_ages_out_during_an_attempt_does_not_count,
		at_the_console_alone_deny_is_exact,
		console_gets_in_while_others_hold_all_slots,
		nobody_claims_the_reserve_for_himself,
		lower_deny_locks_at_once_and_room_stays_sane,
		old_failures_do_not_crowd_out_stale_leases,
		refresh_tells_whether_anything_changed,
		counts_out_of_bounds_do_no_harm,
		NULL
	};

	return (unit_run_with("rule_lockout", tests, setup, NULL));
}
