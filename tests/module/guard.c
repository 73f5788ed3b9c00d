/*
 * guard.c - sekisho-guard without systemd: it ends what it watches, whatever
 * is done to it and to the clocks
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The installed program, in a cgroup of the world's own; with systemd it is
 * tried in tests/e2e/privilege.sh.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/guard.h"
#include "tests/module/harness.h"

#define HOUR	(3600 * SEK_SECOND)
#define LONG	2400		/* of 50 ms: two minutes */

/* The session. What ignores SIGTERM, and what left it, but not for ever. */
#define WORK	"trap '' TERM HUP; setsid sleep 600 & " \
	"(setsid sh -c 'sleep 600 & ' &); sleep 600; sleep 600"

static struct sek_guard g;
static pid_t session;

static int64_t
boot_now(void)
{
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	return (now.boot);
}

static void
fill(int64_t deadline)
{

	ck_assert_int_eq(sek_guard_new(&g), SEK_OK);
	ck_assert_int_eq(sek_clock_now(&g.opened), SEK_OK);
	(void)sek_text_copy(g.account, sizeof g.account, "alice");
	(void)sek_text_copy(g.subject, sizeof g.subject, "bob");
	(void)sek_text_copy(g.service, sizeof g.service, "su");
	(void)sek_text_copy(g.conf, sizeof g.conf,
	    world_path("etc/sekisho.conf"));
	(void)sek_text_copy(g.timezone, sizeof g.timezone, "Asia/Tokyo");
	g.uid = ALICE_UID;
	g.subject_uid = SEK_UID_NONE;
	g.privileged = 1;
	g.deadline = deadline;
}

/* As flow/guard does it, in the process that becomes the session. */
static void
begin(int64_t deadline)
{
	struct sek_why why = { "" };
	ssize_t n;
	int out[2];

	fill(deadline);
	ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
	if ((session = fork()) == 0) {
		if (sek_process_get(&g.leader, 0) != SEK_OK ||
		    sek_guard_place(&g, NULL, &why) != SEK_OK ||
		    g.cgroup[0] == '\0' ||
		    sek_guard_write(&g, &why) != SEK_OK ||
		    sek_guard_start(&g, true, &why) != SEK_OK ||
		    write(out[1], &g, sizeof g) != (ssize_t)sizeof g) {
			(void)fprintf(stderr, "%s\n", why.text);
			_exit(1);
		}
		(void)execl("/bin/sh", "sh", "-c", WORK, (char *)NULL);
		_exit(1);
	}
	(void)close(out[1]);
	n = read(out[0], &g, sizeof g);
	(void)close(out[0]);
	ck_assert_int_eq((int)n, (int)sizeof g);
	ck_assert(sek_guard_is_there(&g));
}

static void
pause_once(void)
{
	const struct timespec ts = { 0, 50000000 };

	(void)nanosleep(&ts, NULL);
}

/* All of it, its files and its guard. */
static void
over(void)
{
	struct sek_guard copy;
	int i, status;

	ck_assert_int_eq(waitpid(session, &status, 0), session);
	for (i = 0; i < LONG && (sek_unit_is_populated(g.cgroup) ||
	    sek_guard_read(&copy, g.id, NULL) != SEK_ERR_NOT_FOUND); i++)
		pause_once();
	ck_assert(!sek_unit_is_populated(g.cgroup));
	ck_assert_int_eq(sek_guard_read(&copy, g.id, NULL),
	    SEK_ERR_NOT_FOUND);
}

/* Its guard, once it is another than before. */
static pid_t
guard_after(pid_t before)
{
	struct sek_guard_state s;
	int i;

	for (i = 0; i < LONG; i++) {
		if (sek_guard_state_read(&s, g.id) == SEK_OK &&
		    s.guard.pid > 1 && s.guard.pid != before &&
		    sek_process_alive(&s.guard))
			return (s.guard.pid);
		pause_once();
	}
	ck_abort_msg("no guard");
}

static void
end_it(void)
{
	struct sek_why why;

	ck_assert_int_eq(sek_guard_order(g.id, SEK_GUARD_END,
	    SEK_REASON_SUSPENDED, "admin", "he left", &why), SEK_OK);
	over();
}

START_TEST(at_its_time_all_of_it_is_gone)
{

	begin(boot_now() + SEK_SECOND);
	over();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_TIME_OVER), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_SESSION_ENDED,
	    SEK_FIELD_SUBJECT), "bob");
	ck_assert_str_eq(world_newest(SEK_EVENT_SESSION_ENDED,
	    SEK_FIELD_TARGET), "alice");
}
END_TEST

START_TEST(an_order_ends_it)
{

	begin(0);
	end_it();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_SUSPENDED), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_SESSION_ENDED,
	    SEK_FIELD_DETAIL), "he left");
}
END_TEST

START_TEST(a_shorter_time_counts_at_once)
{

	begin(boot_now() + HOUR);
	g.deadline = boot_now() - 1;
	ck_assert_int_eq(sek_guard_write(&g, NULL), SEK_OK);
	over();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_TIME_OVER), 1);
}
END_TEST

/* _i: the signal. */
START_TEST(a_guard_that_is_killed_or_stopped_begins_again)
{
	const int sig = _i == 0 ? SIGKILL : SIGSTOP;
	pid_t first;

	begin(boot_now() + HOUR);
	first = guard_after(0);
	ck_assert_int_eq(kill(first, sig), 0);
	(void)guard_after(first);
	ck_assert(sek_unit_is_populated(g.cgroup));
	end_it();
	ck_assert_uint_ge(world_records(SEK_EVENT_GUARD, SEK_REASON_NONE), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_SUSPENDED), 1);
}
END_TEST

START_TEST(a_guard_that_is_ended_by_hand_ends_it)
{

	begin(boot_now() + HOUR);
	ck_assert_int_eq(kill(guard_after(0), SIGTERM), 0);
	over();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_ENDLESS), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_GUARD, SEK_REASON_NONE), 1);
}
END_TEST

START_TEST(one_that_ends_by_itself_was_not_ended)
{
	struct sek_why why;

	begin(boot_now() + HOUR);
	ck_assert_int_eq(sek_unit_kill_cgroup(g.cgroup, &why), SEK_OK);
	over();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_NONE), 0);
}
END_TEST

/* ---- clocks, by a library under each program of this world */

static void
shift(int64_t wall, int64_t boot)
{
	char text[64];
	FILE *f = fopen("/run/shifted.new", "we");

	(void)snprintf(text, sizeof text, "%lld %lld\n", (long long)wall,
	    (long long)boot);
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(rename("/run/shifted.new", "/run/shifted"), 0);
}

static ino_t
state_inode(void)
{
	struct stat st;
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s.state", SEK_GUARD_DIR, g.id);
	return (stat(path, &st) == 0 ? st.st_ino : 0);
}

/* It looks at its session anew, as it does when the machine wakes: each time
 * it says what it found. */
static void
wake(bool ends)
{
	ino_t before = state_inode();
	int i;

	ck_assert_int_eq(sek_guard_write(&g, NULL), SEK_OK);
	for (i = 0; !ends && i < LONG && state_inode() == before; i++)
		pause_once();
	ck_assert(ends || state_inode() != before);
}

static void
preload(void)
{
	char from[4096];

#ifdef __SANITIZE_ADDRESS__
	world_skip("nothing is loaded before a sanitizer");
#endif
	world_private_etc(4 << 20);
	(void)snprintf(from, sizeof from, "%s/tests/module/shifted_clocks.so",
	    getenv("SEK_BUILDDIR"));
	shift(0, 0);
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/cp", from,
	    "/run/shifted_clocks.so", NULL }), 0);
	world_write("/etc/ld.so.preload", 0644, "/run/shifted_clocks.so\n");
}

START_TEST(without_inotify_orders_are_heeded_too)
{

	preload();
	world_write("/run/no-inotify", 0600, "");
	begin(0);
	(void)guard_after(0);
	end_it();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_SUSPENDED), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_GUARD, SEK_REASON_NONE), 0);
}
END_TEST

START_TEST(a_session_that_took_all_processes_ends_too)
{
	int i;

	preload();
	begin(boot_now() + HOUR);
	(void)guard_after(0);
	world_write("/run/no-fork", 0600, "");
	g.deadline = boot_now() - 1;
	ck_assert_int_eq(sek_guard_write(&g, NULL), SEK_OK);
	for (i = 0; i < LONG && sek_unit_is_populated(g.cgroup); i++)
		pause_once();
	ck_assert(!sek_unit_is_populated(g.cgroup));
	ck_assert_int_eq(unlink("/run/no-fork"), 0);
	over();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_TIME_OVER), 1);
}
END_TEST

START_TEST(only_the_time_that_passed_counts)
{

	preload();
	begin(boot_now() + HOUR);
	(void)guard_after(0);
	shift(10 * 366 * SEK_DAY, 0);
	wake(false);
	ck_assert(sek_unit_is_populated(g.cgroup));
	shift(-10 * 366 * SEK_DAY, 0);
	wake(false);
	ck_assert(sek_unit_is_populated(g.cgroup));
	/* It slept half an hour: half of it is left. */
	shift(0, HOUR / 2);
	wake(false);
	ck_assert(sek_unit_is_populated(g.cgroup));
	/* Two hours: its time came meanwhile. */
	shift(0, 2 * HOUR);
	wake(true);
	over();
	ck_assert_uint_eq(world_records(SEK_EVENT_SESSION_ENDED,
	    SEK_REASON_TIME_OVER), 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("guard");
	TCase *tc = world_case(s, "guard", 400);

	tcase_add_checked_fixture(tc, world_install_guard, NULL);
	tcase_add_test(tc, at_its_time_all_of_it_is_gone);
	tcase_add_test(tc, an_order_ends_it);
	tcase_add_test(tc, a_shorter_time_counts_at_once);
	tcase_add_loop_test(tc, a_guard_that_is_killed_or_stopped_begins_again,
	    0, 2);
	tcase_add_test(tc, a_guard_that_is_ended_by_hand_ends_it);
	tcase_add_test(tc, one_that_ends_by_itself_was_not_ended);
	tcase_add_test(tc, without_inotify_orders_are_heeded_too);
	tcase_add_test(tc, a_session_that_took_all_processes_ends_too);
	tcase_add_test(tc, only_the_time_that_passed_counts);
	return (s);
}

int
main(void)
{

	return (world_main(suite()));
}
