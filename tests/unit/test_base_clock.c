/*
 * test_base_clock.c - instants, their age, and processes told apart
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The linker sends open() and access() through ours, which can play a machine
 * without /proc.
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "unit.h"

int	__wrap_open(const char *path, int flags, ...);
int	__real_open(const char *path, int flags, ...);
int	__wrap_access(const char *path, int mode);
int	__real_access(const char *path, int mode);

static bool no_proc;

static bool
is_hidden(const char *path)
{
	return (no_proc && strncmp(path, "/proc/", 6) == 0);
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	int mode = 0;

	if (is_hidden(path)) {
		errno = ENOENT;
		return (-1);
	}
	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, int);
		va_end(ap);
	}
	return (__real_open(path, flags, mode));
}

int
__wrap_access(const char *path, int mode)
{
	if (is_hidden(path)) {
		errno = ENOENT;
		return (-1);
	}
	return (__real_access(path, mode));
}

START_TEST(now_is_both_clocks_and_the_boot)
{
	struct sek_moment a, b;
	uint8_t none[SEK_BOOT_ID_LEN] = { 0 };

	ck_assert_int_eq(sek_clock_now(&a), SEK_OK);
	ck_assert_int_eq(sek_clock_now(&b), SEK_OK);
	ck_assert_mem_eq(a.boot_id, b.boot_id, SEK_BOOT_ID_LEN);
	ck_assert_mem_ne(a.boot_id, none, SEK_BOOT_ID_LEN);
	ck_assert_int_ge(b.boot, a.boot);
	ck_assert_int_gt(a.boot, 0);
	ck_assert_int_lt(llabs(a.wall / SEK_SECOND - (int64_t)time(NULL)), 5);
	ck_assert_uint_le(a.synced, 1);
}
END_TEST

START_TEST(without_proc_there_is_no_now)
{
	struct sek_moment m = { .wall = 7 };

	no_proc = true;
	ck_assert_int_eq(sek_clock_now(&m), SEK_ERR_IO);
	ck_assert_int_eq(m.wall, 7);
	/* A failure is not remembered; what was read once is. */
	no_proc = false;
	ck_assert_int_eq(sek_clock_now(&m), SEK_OK);
	no_proc = true;
	ck_assert_int_eq(sek_clock_now(&m), SEK_OK);
}
END_TEST

START_TEST(age_goes_by_the_boot_clock_within_a_boot)
{
	struct sek_moment then = { .wall = 1000, .boot = 50, .boot_id = { 1 } };
	struct sek_moment now = { .wall = 10, .boot = 80, .boot_id = { 1 } };

	ck_assert_int_eq(sek_clock_age(&then, &now), 30);
	now.wall = INT64_MAX;
	ck_assert_int_eq(sek_clock_age(&then, &now), 30);
	now.boot = 20;
	ck_assert_int_eq(sek_clock_age(&then, &now), 0);
}
END_TEST

START_TEST(age_goes_by_the_wall_clock_across_boots)
{
	struct sek_moment then = { .wall = 1000, .boot = 50, .boot_id = { 1 } };
	struct sek_moment now = { .wall = 1600, .boot = 7, .boot_id = { 2 } };

	ck_assert_int_eq(sek_clock_age(&then, &now), 600);
	now.wall = 10;
	ck_assert_int_eq(sek_clock_age(&then, &now), 0);
	then.wall = INT64_MIN;
	ck_assert_int_eq(sek_clock_age(&then, &now), INT64_MAX);
}
END_TEST

START_TEST(an_instant_of_another_boot_becomes_as_long_ago_in_this_one)
{
	const struct sek_moment now = { .wall = 1600, .boot = 7,
	    .boot_id = { 2 }, .synced = 1 };
	struct sek_moment m = { .wall = 1000, .boot = 50, .boot_id = { 1 } };

	ck_assert(sek_clock_anchor(&m, &now));
	ck_assert_int_eq(m.boot, 7 - 600);
	ck_assert_int_eq(m.wall, 1000);
	ck_assert_int_eq(m.boot_id[0], 2);
	ck_assert(!sek_clock_anchor(&m, &now));
	/* The clock went back: now, and not later. */
	m = (struct sek_moment){ .wall = 9000, .boot = 50, .boot_id = { 1 } };
	ck_assert(sek_clock_anchor(&m, &now));
	ck_assert_int_eq(m.boot, 7);
	ck_assert_int_eq(m.wall, 1600);
	/* None is none. */
	memset(&m, 0, sizeof(m));
	ck_assert(!sek_clock_is_set(&m));
	ck_assert(!sek_clock_anchor(&m, &now));
	ck_assert(!sek_clock_is_set(&m));
	ck_assert(sek_clock_is_set(&now));
}
END_TEST

static const char *
print(int64_t seconds, const char *zone)
{
	static char dst[40];

	sek_clock_print(dst, sizeof(dst), seconds * SEK_SECOND + 123456, zone);
	return (dst);
}

START_TEST(time_is_printed_with_its_offset)
{
	char s[20];

	ck_assert_str_eq(print(1795130130, NULL),
	    "2026-11-20T08:15:30.123456+09:00");
	ck_assert_str_eq(print(1795130130, "Asia/Tokyo"),
	    "2026-11-20T08:15:30.123456+09:00");
	ck_assert_str_eq(print(1795130130, "UTC"),
	    "2026-11-19T23:15:30.123456+00:00");
	ck_assert_str_eq(print(1795130130, "-03:30"),
	    "2026-11-19T19:45:30.123456-03:30");
	/* A zone nobody knows is UTC, and says so. */
	ck_assert_str_eq(print(1795130130, "Mars/Base"),
	    "2026-11-19T23:15:30.123456+00:00");
	sek_clock_print_short(s, sizeof(s), INT64_C(1795130130) * SEK_SECOND,
	    NULL);
	ck_assert_str_eq(s, "2026-11-20 08:15");
	sek_clock_print_day(s, sizeof(s), INT64_C(1795130130) * SEK_SECOND,
	    NULL);
	ck_assert_str_eq(s, "2026-11-20");
	sek_clock_print_day(s, sizeof(s), INT64_C(1795130130) * SEK_SECOND,
	    "UTC");
	ck_assert_str_eq(s, "2026-11-19");
}
END_TEST

START_TEST(calendar_is_the_libc_one)
{
	char want[40], got[40];
	struct tm tm;
	time_t t;

	/* Steps of 11 days and some hours over 1600 to 2800. */
	for (t = (time_t)INT64_C(-11676096000); t < (time_t)INT64_C(26200000000);
	    t += 987654) {
		ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000+00:00",
		    &tm);
		sek_clock_print(got, sizeof(got), (int64_t)t * SEK_SECOND,
		    "UTC");
		ck_assert_str_eq(got, want);
	}
	sek_clock_print(got, sizeof(got), INT64_MAX, NULL);
	sek_clock_print(got, sizeof(got), INT64_MIN, NULL);
}
END_TEST

START_TEST(what_was_printed_is_read_back)
{
	static const char *const zones[] = { NULL, "UTC", "-03:30", "+14:00" };
	char text[40];
	int64_t t, back;
	size_t i;

	/* 0001 to 9999, and every microsecond of some second. */
	for (t = INT64_C(-62135500000); t < INT64_C(253402200000);
	    t += 98765432)
		for (i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
			sek_clock_print(text, sizeof(text), t * SEK_SECOND +
			    t % 1000000, zones[i]);
			ck_assert_int_eq(sek_clock_parse(&back, text), SEK_OK);
			ck_assert_int_eq(back, t * SEK_SECOND + t % 1000000);
			ck_assert_int_eq(sek_clock_parse_short(&back, text,
			    "-05:00", true), SEK_OK);
			ck_assert_int_eq(back, t * SEK_SECOND + t % 1000000);
		}
	ck_assert_int_eq(sek_clock_parse(&back,
	    "2026-11-19T23:15:30Z"), SEK_OK);
	ck_assert_int_eq(back, INT64_C(1795130130) * SEK_SECOND);
	ck_assert_int_eq(sek_clock_parse(&back,
	    "2026-11-19T23:15:30.25-00:00"), SEK_OK);
	ck_assert_int_eq(back, INT64_C(1795130130) * SEK_SECOND + 250000);
	ck_assert_int_eq(sek_clock_parse(&back,
	    "2024-02-29T00:00:00.123456789Z"), SEK_OK);
	ck_assert_int_eq(back % SEK_SECOND, 123456);
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
	static const char *const bad[] = {
		"", "2026", "2026-11-20T08:15:30", "2026-11-20T08:15+09:00",
		"2026-11-20 08:15:30Z", "2026-11-20t08:15:30Z",
		"2026-11-20T08:15:30z", "2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z", "2026-00-10T00:00:00Z",
		"2026-13-10T00:00:00Z", "2026-04-31T00:00:00Z",
		"2026-04-00T00:00:00Z", "2026-11-20T24:00:00Z",
		"2026-11-20T08:60:00Z", "2026-11-20T08:15:60Z",
		"2026-11-20T08:15:30.Z", "2026-11-20T08:15:30.1234567890Z",
		"2026-11-20T08:15:30+0900", "2026-11-20T08:15:30+09:00 ",
		" 2026-11-20T08:15:30Z", "+026-11-20T08:15:30Z",
		"2026-1-20T08:15:30Z", "2026-11-20T08:15:30UTC",
		"2026-11-20T08:15:30ZZ", "2026-11-20T08:15:30+15:00"
	};
	static const char *const short_bad[] = {
		"", "tomorrow", "2026-11", "2026-11-20 ", "2026-11-20 8:15",
		"2026-11-20 08", "2026-11-20 08:15 ", "2026-11-20  08:15",
		"2027-02-29", "2026-11-20 08:15 JST", "2026-11-20Z",
		"2026-11-20 08:15:30.", "2026/11/20"
	};
	int64_t us = 42;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sek_clock_parse(&us, bad[i]) == SEK_ERR_SYNTAX,
		    "%s", bad[i]);
	for (i = 0; i < sizeof(short_bad) / sizeof(short_bad[0]); i++)
		ck_assert_msg(sek_clock_parse_short(&us, short_bad[i], NULL,
		    false) == SEK_ERR_SYNTAX, "%s", short_bad[i]);
	ck_assert_int_eq(sek_clock_parse_short(&us, "2026-11-20", "JST",
	    false), SEK_ERR_SYNTAX);
	ck_assert_int_eq(us, 42);
}
END_TEST

START_TEST(times_of_people_are_in_their_zone)
{
	const int64_t at = INT64_C(1795130100) * SEK_SECOND;
	char text[20];
	int64_t us;

	sek_clock_print_short(text, sizeof(text), at, "-03:30");
	ck_assert_int_eq(sek_clock_parse_short(&us, text, "-03:30", false),
	    SEK_OK);
	ck_assert_int_eq(us, at);
	ck_assert_int_eq(sek_clock_parse_short(&us, "2026-11-20T08:15", NULL,
	    false), SEK_OK);
	ck_assert_int_eq(us, at);
	ck_assert_int_eq(sek_clock_parse_short(&us, "2026-11-20 08:15:01.5",
	    "Asia/Tokyo", true), SEK_OK);
	ck_assert_int_eq(us, at + 3 * SEK_SECOND / 2);
	ck_assert_int_eq(sek_clock_parse_short(&us, "2026-11-19 23:15Z",
	    "Asia/Tokyo", true), SEK_OK);
	ck_assert_int_eq(us, at);
	ck_assert_int_eq(sek_clock_parse_short(&us, "1970-01-01", "UTC",
	    false), SEK_OK);
	ck_assert_int_eq(us, 0);
	ck_assert_int_eq(sek_clock_parse_short(&us, "1970-01-01", "UTC",
	    true), SEK_OK);
	ck_assert_int_eq(us, 86400 * SEK_SECOND);
}
END_TEST

START_TEST(offsets_are_strict)
{
	static const char *const bad[] = {
		"", "JST", "Europe/Paris", "9", "+9", "+09", "+0900", "+09:60",
		"+15:00", "+14:01", "+09:00 ", "asia/tokyo", "+09:0", "09:00"
	};
	int s = 42;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(sek_clock_offset(&s, bad[i]), SEK_ERR_SYNTAX);
	ck_assert_int_eq(s, 42);
	ck_assert_int_eq(sek_clock_offset(&s, "+05:45"), SEK_OK);
	ck_assert_int_eq(s, 20700);
	ck_assert_int_eq(sek_clock_offset(&s, "-14:00"), SEK_OK);
	ck_assert_int_eq(s, -50400);
	ck_assert_int_eq(sek_clock_offset(&s, NULL), SEK_OK);
	ck_assert_int_eq(s, 32400);
}
END_TEST

/* A child that waits, under a name made to mislead. */
static pid_t
child_named(const char *name)
{
	char ready;
	int fd[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_ge(pid = fork(), 0);
	if (pid == 0) {
		(void)prctl(PR_SET_NAME, name);
		(void)!write(fd[1], "", 1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(fd[0], &ready, 1), 1);
	(void)close(fd[0]);
	(void)close(fd[1]);
	return (pid);
}

START_TEST(process_is_known_whatever_its_name)
{
	static const char *const names[] = {
		"plain", ") (", "a) R 1 1 1 1", ")))", "(", "x\n) Z 1", " "
	};
	struct sek_process self, p;
	size_t i;
	pid_t pid;

	ck_assert_int_eq(sek_process_get(&self, 0), SEK_OK);
	ck_assert_int_eq(self.pid, getpid());
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pid = child_named(names[i]);
		ck_assert_int_eq(sek_process_get(&p, pid), SEK_OK);
		ck_assert_int_eq(p.pid, pid);
		ck_assert_int_ge(p.start, self.start);
		ck_assert_int_lt(p.start, self.start + 100 * 120);
		ck_assert(sek_process_alive(&p));
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		ck_assert(!sek_process_alive(&p));
		ck_assert_int_eq(sek_process_get(&p, pid), SEK_ERR_NOT_FOUND);
	}
}
END_TEST

START_TEST(zombie_has_ended)
{
	struct sek_process p;
	siginfo_t info;
	pid_t pid = child_named("soon gone");

	ck_assert_int_eq(sek_process_get(&p, pid), SEK_OK);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert(!sek_process_alive(&p));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(stopped_process_lives)
{
	struct sek_process p;
	siginfo_t info;
	pid_t pid = child_named("stopped");

	ck_assert_int_eq(sek_process_get(&p, pid), SEK_OK);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT),
	    0);
	ck_assert(sek_process_alive(&p));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(later_process_of_the_same_pid_is_another)
{
	struct sek_process p;

	ck_assert_int_eq(sek_process_get(&p, 0), SEK_OK);
	ck_assert(sek_process_alive(&p));
	p.start--;
	ck_assert(!sek_process_alive(&p));
	p.pid = 0;
	ck_assert(!sek_process_alive(&p));
	p.pid = -1;
	ck_assert(!sek_process_alive(&p));
	ck_assert_int_eq(sek_process_get(&p, -1), SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(without_proc_nobody_is_said_to_be_gone)
{
	struct sek_process p = { .start = 1, .pid = 4194304 };

	no_proc = true;
	ck_assert(sek_process_alive(&p));
	ck_assert_int_eq(sek_process_get(&p, 0), SEK_ERR_IO);
	ck_assert_int_eq(sek_process_get(&p, 4194304), SEK_ERR_IO);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		now_is_both_clocks_and_the_boot,
		without_proc_there_is_no_now,
		age_goes_by_the_boot_clock_within_a_boot,
		age_goes_by_the_wall_clock_across_boots,
		an_instant_of_another_boot_becomes_as_long_ago_in_this_one,
		time_is_printed_with_its_offset,
		calendar_is_the_libc_one,
		what_was_printed_is_read_back,
		what_is_no_time_is_refused,
		times_of_people_are_in_their_zone,
		offsets_are_strict,
		process_is_known_whatever_its_name,
		zombie_has_ended,
		stopped_process_lives,
		later_process_of_the_same_pid_is_another,
		without_proc_nobody_is_said_to_be_gone,
		NULL
	};

	return (unit_run("base_clock", tests));
}
