/*
 * test_guard_lock.c - test of what a guard locks, and when
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../tools/sekisho-guard/lock.h"
#include "unit.h"

#define S		SEK_SECOND
#define PTS(n)		((136u << 8) | (n))
#define WAIT_S		120

/* ------------------------------------------------------------------- due -- */

static const struct guard_due session = {
	.touched = 1000 * S, .proved = 500 * S, .idle_lock = 300 * S,
	.idle_logout = 1800 * S, .reauth = 43200 * S
};

START_TEST(nothing_is_due_before_its_time)
{
	int64_t next = 0;

	ck_assert_int_eq(guard_due(&session, 1300 * S - 1, &next),
	    GUARD_ACT_NONE);
	ck_assert_int_eq(next, 1300 * S);
}
END_TEST

START_TEST(an_idle_session_is_locked_at_its_time)
{
	int64_t next;

	ck_assert_int_eq(guard_due(&session, 1300 * S, &next), GUARD_ACT_LOCK);
	ck_assert_int_eq(guard_due(&session, 2799 * S, &next), GUARD_ACT_LOCK);
}
END_TEST

START_TEST(a_session_that_slept_past_its_end_ends)
{
	int64_t next;

	ck_assert_int_eq(guard_due(&session, 2800 * S, &next), GUARD_ACT_END);
}
END_TEST

START_TEST(a_new_proof_is_asked_for_however_busy_it_is)
{
	struct guard_due d = session;
	int64_t next;

	d.touched = 43699 * S;
	ck_assert_int_eq(guard_due(&d, 43699 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(next, 43700 * S);
	ck_assert_int_eq(guard_due(&d, 43700 * S, &next), GUARD_ACT_PROVE);
}
END_TEST

START_TEST(what_is_typed_at_a_lock_does_not_keep_the_session)
{
	struct guard_due d = session;
	int64_t next;

	d.locked_at = 1300 * S;
	d.locked_idle = true;
	d.touched = 2700 * S;
	ck_assert_int_eq(guard_due(&d, 2799 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(next, 2800 * S);
	ck_assert_int_eq(guard_due(&d, 2800 * S, &next), GUARD_ACT_END);
}
END_TEST

START_TEST(a_lock_for_another_reason_counts_from_itself)
{
	struct guard_due d = session;
	int64_t next;

	d.locked_at = 1100 * S;
	ck_assert_int_eq(guard_due(&d, 2899 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(guard_due(&d, 2900 * S, &next), GUARD_ACT_END);
}
END_TEST

START_TEST(a_screen_counts_from_its_last_touch_also_while_locked)
{
	struct guard_due d = session;
	int64_t next;

	d.screen = true;
	d.locked_at = 1300 * S;
	d.locked_idle = true;
	d.touched = 1500 * S;
	ck_assert_int_eq(guard_due(&d, 3299 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(guard_due(&d, 3300 * S, &next), GUARD_ACT_END);
}
END_TEST

START_TEST(a_locked_screen_is_looked_at_before_who_opened_it_can_be_idle)
{
	struct guard_due d = session;
	int64_t next;

	d.screen = true;
	d.locked_at = 1300 * S;
	d.locked_idle = true;
	ck_assert_int_eq(guard_due(&d, 1300 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(next, 1600 * S);
	ck_assert_int_eq(guard_due(&d, 2700 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(next, 2800 * S);
	d.removed = true;
	ck_assert_int_eq(guard_due(&d, 1300 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(next, 2800 * S);
	d.removed = d.screen = false;
	ck_assert_int_eq(guard_due(&d, 1300 * S, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(next, 2800 * S);
}
END_TEST

START_TEST(without_spans_nothing_is_ever_due)
{
	const struct guard_due none = { .touched = 1, .proved = 1 };
	int64_t next = 0;

	ck_assert_int_eq(guard_due(&none, INT64_MAX - 1, &next),
	    GUARD_ACT_NONE);
	ck_assert_int_eq(next, GUARD_NEVER);
}
END_TEST

START_TEST(a_span_beyond_all_time_is_never)
{
	struct guard_due d = session;
	int64_t next = 0;

	d.idle_lock = d.idle_logout = d.reauth = INT64_MAX;
	ck_assert_int_eq(guard_due(&d, INT64_MAX - 1, &next), GUARD_ACT_NONE);
	ck_assert_int_eq(next, GUARD_NEVER);
}
END_TEST

START_TEST(a_clock_that_was_set_moves_no_touch_out_of_its_looks)
{

	/* As it is. */
	ck_assert_int_eq(guard_due_touched(20 * S, 1000 * S, 1100 * S),
	    1080 * S);
	/* Forward by an hour: not before the last look. */
	ck_assert_int_eq(guard_due_touched(3620 * S, 1000 * S, 1100 * S),
	    1000 * S);
	/* Back by an hour: not after this one. */
	ck_assert_int_eq(guard_due_touched(-3580 * S, 1000 * S, 1100 * S),
	    1100 * S);
}
END_TEST

/* ------------------------------------------------------------- processes -- */

START_TEST(a_line_of_stat_is_read_whatever_the_name_holds)
{
	struct guard_process p;

	ck_assert(guard_process_parse(&p, "712 (a) b) Z 1 (c) S 700 712 690 "
	    "34819 715 4194304 1 2"));
	ck_assert_int_eq(p.pid, 712);
	ck_assert_int_eq(p.parent, 700);
	ck_assert_int_eq(p.group, 712);
	ck_assert_uint_eq(p.tty, PTS(3));
	ck_assert_int_eq(p.foreground, 715);
	ck_assert(guard_process_parse(&p, "8 (x) S 1 8 8 0 -1 0"));
	ck_assert_uint_eq(p.tty, 0);
	ck_assert_int_eq(p.foreground, -1);
}
END_TEST

START_TEST(what_is_dead_or_cut_short_is_no_process)
{
	static const char *const lines[] = { "", "7", "7 (sh", "7 (sh) ",
	    "7 (sh) S", "7 (sh) S 1 7 7", "7 (sh) Z 1 7 7 0 -1 0",
	    "7 (sh) X 1 7 7 0 -1 0", "x (sh) S 1 7 7 0 -1 0",
	    "0 (sh) S 1 7 7 0 -1 0", "7 (sh) S a 7 7 0 -1 0" };
	struct guard_process p;
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		ck_assert_msg(!guard_process_parse(&p, lines[i]), "%s",
		    lines[i]);
}
END_TEST

static size_t
pick(uint32_t *tty, struct guard_process *p, size_t n, int32_t leader)
{
	const struct guard_processes all = { p, n, n };

	return (guard_ttys_pick(tty, GUARD_TTYS, &all, leader));
}

/* sshd 10, its user's 11, bash 12 at pts/0, vi 13, tmux 14 at pts/0 and its
 * server 20 (left to 1) with a shell 21 at pts/1; expect 15 at pts/0 with a
 * shell 16 at pts/2. */
static struct guard_process ssh[] = {
	{ 10, 1, 10, -1, 0, 0 },
	{ 11, 10, 10, -1, 0, 0 },
	{ 21, 20, 21, 21, PTS(1), 0 },
	{ 16, 15, 16, 16, PTS(2), 0 },
	{ 12, 11, 12, 13, PTS(0), 0 },
	{ 13, 12, 13, 13, PTS(0), 0 },
	{ 14, 12, 14, 13, PTS(0), 0 },
	{ 20, 1, 20, -1, 0, 0 },
	{ 15, 12, 15, 13, PTS(0), 0 }
};
#define SSH (sizeof(ssh) / sizeof(ssh[0]))

START_TEST(only_the_terminal_somebody_sits_at_is_locked)
{
	uint32_t tty[GUARD_TTYS];

	ck_assert_uint_eq(pick(tty, ssh, SSH, 10), 1);
	ck_assert_uint_eq(tty[0], PTS(0));
}
END_TEST

START_TEST(both_terminals_of_one_connection_are_locked)
{
	struct guard_process two[] = { { 10, 1, 10, -1, 0, 0 },
	    { 12, 10, 12, 12, PTS(0), 0 }, { 13, 10, 13, 13, PTS(5), 0 } };
	uint32_t tty[GUARD_TTYS];

	ck_assert_uint_eq(pick(tty, two, 3, 10), 2);
	ck_assert_uint_eq(tty[0], PTS(0));
	ck_assert_uint_eq(tty[1], PTS(5));
}
END_TEST

START_TEST(a_terminal_of_sudos_own_is_fed_by_the_real_one)
{
	struct guard_process sudo[] = { { 30, 12, 30, 30, PTS(0), 0 },
	    { 31, 30, 31, 32, PTS(7), 0 }, { 32, 31, 32, 32, PTS(7), 0 } };
	uint32_t tty[GUARD_TTYS];

	ck_assert_uint_eq(pick(tty, sudo, 3, 30), 1);
	ck_assert_uint_eq(tty[0], PTS(0));
}
END_TEST

START_TEST(without_its_leader_each_terminal_counts)
{
	uint32_t tty[GUARD_TTYS];

	ck_assert_uint_eq(pick(tty, ssh, SSH, 99), 3);
	ck_assert_uint_eq(pick(tty, ssh, SSH, 0), 3);
}
END_TEST

START_TEST(parents_in_a_ring_end_the_search)
{
	struct guard_process ring[] = { { 40, 41, 40, 40, PTS(0), 0 },
	    { 41, 40, 40, 40, PTS(1), 0 }, { 50, 1, 50, -1, 0, 0 } };
	uint32_t tty[GUARD_TTYS];

	ck_assert_uint_eq(pick(tty, ring, 3, 50), 0);
}
END_TEST

START_TEST(no_more_terminals_than_there_is_room_for)
{
	struct guard_process many[20];
	uint32_t tty[GUARD_TTYS];
	uint32_t i;

	for (i = 0; i < 20; i++)
		many[i] = (struct guard_process){ (int32_t)i + 10, 1, 1, 1,
		    PTS(i), 0 };
	ck_assert_uint_eq(pick(tty, many, 20, 0), GUARD_TTYS);
}
END_TEST

START_TEST(who_is_in_front_has_the_terminal)
{
	const struct guard_processes all = { ssh, SSH, SSH };

	ck_assert(guard_tty_is_held(&all, PTS(0)));
	ck_assert(guard_tty_is_held(&all, PTS(1)));
	ck_assert(!guard_tty_is_held(&all, PTS(9)));
}
END_TEST

START_TEST(a_device_has_one_number_both_ways)
{
	char path[GUARD_TTY_PATH], name[64];
	struct stat st;
	int master, slave;

	ck_assert_int_eq(openpty(&master, &slave, name, NULL, NULL), 0);
	ck_assert_int_eq(fstat(slave, &st), 0);
	ck_assert(guard_tty_path(path, guard_tty_number(st.st_rdev)));
	ck_assert_str_eq(path, name);
	ck_assert_uint_eq(guard_tty_number(makedev(136, 3)), PTS(3));
	ck_assert(!guard_tty_path(path, guard_tty_number(makedev(1, 3))) ||
	    strcmp(path, "/dev/null") == 0);
	(void)close(slave);
	(void)close(master);
}
END_TEST

/* ---------------------------------------------------------------- frozen -- */

/* A session of this test's: a cgroup with a process at a pty that counts, and
 * one that has no terminal. */
struct rig {
	struct sek_guard	g;
	pid_t			at_tty;
	int			master;
	uint32_t		tty;
};

static void
count_for_ever(void)
{
	struct timespec ts = { 0, 1000000 };

	for (;;) {
		if (write(STDOUT_FILENO, ".", 1) != 1)
			_exit(1);
		(void)nanosleep(&ts, NULL);
	}
}

static bool
put(const char *path, int64_t v)
{
	FILE *f = fopen(path, "we");
	bool ok = f != NULL && fprintf(f, "%d", (int)v) > 0;

	return (f != NULL && fclose(f) == 0 && ok);
}

/* It writes: what was written before is taken away first. */
static bool
goes_on(const struct rig *r)
{
	const time_t end = time(NULL) + WAIT_S;
	char said[4096];
	ssize_t n;

	(void)fcntl(r->master, F_SETFL, O_NONBLOCK);
	while (read(r->master, said, sizeof(said)) > 0)
		continue;
	while (time(NULL) < end)
		if ((n = read(r->master, said, sizeof(said))) > 0)
			return (true);
	return (false);
}

/* False: no cgroups of version 2 to write to here. */
static bool
rig_begin(struct rig *r)
{
	char path[SEK_UNIT_CGROUP + 64], name[64];
	struct stat st;

	memset(r, 0, sizeof(*r));
	ck_assert_int_eq(sek_guard_new(&r->g), SEK_OK);
	(void)snprintf(r->g.cgroup, sizeof(r->g.cgroup), "/sekisho-test-%d",
	    (int)getpid());
	if (!sek_unit_cgroup_file(path, sizeof(path), r->g.cgroup, ".") ||
	    (path[strlen(path) - 2] = '\0', mkdir(path, 0755)) != 0)
		return (false);
	ck_assert(sek_unit_cgroup_file(path, sizeof(path), r->g.cgroup,
	    "cgroup.procs"));
	r->at_tty = forkpty(&r->master, name, NULL, NULL);
	if (r->at_tty == 0)
		count_for_ever();
	ck_assert_int_gt(r->at_tty, 0);
	ck_assert(put(path, r->at_tty));
	ck_assert_int_eq(stat(name, &st), 0);
	r->tty = guard_tty_number(st.st_rdev);
	/* It has its terminal by now. */
	ck_assert(goes_on(r));
	return (true);
}

static void
rig_end(struct rig *r)
{
	char path[SEK_UNIT_CGROUP + 64];

	(void)kill(r->at_tty, SIGKILL);
	(void)waitpid(r->at_tty, NULL, 0);
	(void)close(r->master);
	guard_freeze_forget(&r->g);
	ck_assert(sek_unit_cgroup_file(path, sizeof(path), r->g.cgroup, "."));
	path[strlen(path) - 2] = '\0';
	ck_assert_int_eq(rmdir(path), 0);
}

/* "frozen 1" of what is below, within the bound. */
static bool
stands_still(const struct rig *r)
{
	char path[SEK_UNIT_CGROUP + 64], line[64];
	const time_t end = time(NULL) + WAIT_S;
	bool frozen = false;
	FILE *f;

	ck_assert(sek_unit_cgroup_file(path, sizeof(path), r->g.cgroup,
	    "sekisho-lock/cgroup.events"));
	while (!frozen && time(NULL) < end) {
		if ((f = fopen(path, "re")) == NULL)
			return (false);
		while (fgets(line, sizeof(line), f) != NULL)
			frozen |= strcmp(line, "frozen 1\n") == 0;
		(void)fclose(f);
	}
	return (frozen);
}

START_TEST(what_is_at_a_locked_terminal_stands_still_and_goes_on)
{
	struct rig r;

	if (!rig_begin(&r))
		return;
	ck_assert_int_eq(guard_freeze(&r.g, &r.tty, 1), SEK_OK);
	ck_assert(guard_is_frozen(&r.g));
	ck_assert(stands_still(&r));
	/* Nobody's signal wakes it. */
	ck_assert_int_eq(kill(r.at_tty, SIGCONT), 0);
	ck_assert(stands_still(&r));
	guard_thaw(&r.g);
	ck_assert(!guard_is_frozen(&r.g));
	ck_assert(goes_on(&r));
	rig_end(&r);
}
END_TEST

START_TEST(what_is_at_another_terminal_is_left_alone)
{
	uint32_t other;
	struct rig r;

	if (!rig_begin(&r))
		return;
	other = r.tty + 1;
	ck_assert_int_eq(guard_freeze(&r.g, &other, 1), SEK_OK);
	ck_assert(goes_on(&r));
	guard_thaw(&r.g);
	rig_end(&r);
}
END_TEST

START_TEST(what_is_frozen_at_the_end_is_killed_and_never_runs_again)
{
	int status = 0;
	struct rig r;

	if (!rig_begin(&r))
		return;
	ck_assert_int_eq(guard_freeze(&r.g, &r.tty, 1), SEK_OK);
	ck_assert(stands_still(&r));
	guard_freeze_kill(&r.g);
	ck_assert_int_eq(waitpid(r.at_tty, &status, 0), r.at_tty);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	rig_end(&r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		nothing_is_due_before_its_time,
		an_idle_session_is_locked_at_its_time,
		a_session_that_slept_past_its_end_ends,
		a_new_proof_is_asked_for_however_busy_it_is,
		what_is_typed_at_a_lock_does_not_keep_the_session,
		a_lock_for_another_reason_counts_from_itself,
		a_screen_counts_from_its_last_touch_also_while_locked,
		a_locked_screen_is_looked_at_before_who_opened_it_can_be_idle,
		without_spans_nothing_is_ever_due,
		a_span_beyond_all_time_is_never,
		a_clock_that_was_set_moves_no_touch_out_of_its_looks,
		a_line_of_stat_is_read_whatever_the_name_holds,
		what_is_dead_or_cut_short_is_no_process,
		only_the_terminal_somebody_sits_at_is_locked,
		both_terminals_of_one_connection_are_locked,
		a_terminal_of_sudos_own_is_fed_by_the_real_one,
		without_its_leader_each_terminal_counts,
		parents_in_a_ring_end_the_search,
		no_more_terminals_than_there_is_room_for,
		who_is_in_front_has_the_terminal,
		a_device_has_one_number_both_ways,
		what_is_at_a_locked_terminal_stands_still_and_goes_on,
		what_is_at_another_terminal_is_left_alone,
		what_is_frozen_at_the_end_is_killed_and_never_runs_again,
		NULL
	};

	return (unit_run("guard_lock", tests));
}
