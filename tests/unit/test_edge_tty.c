/*
 * test_edge_tty.c - Enter at a terminal, while something else is waited for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "unit.h"
#include "sekisho/edge/tty.h"

/* What the process at the terminal found; each step waits for the test. */
#define YES	'y'
#define NO	'n'
#define NONE	'-'

static int master, told, step;

static void
say(char what)
{

	if (write(told, &what, 1) != 1)
		_exit(90);
}

static void
wait_for_test(void)
{
	char go;

	if (read(step, &go, 1) != 1)
		_exit(91);
}

static char
found(int from)
{
	struct pollfd p = { .fd = from, .events = POLLIN };
	char what = '?';

	ck_assert_int_eq(poll(&p, 1, 60000), 1);
	ck_assert_int_eq(read(from, &what, 1), 1);
	return (what);
}

/* fn runs at a terminal of its own; *in tells what it found, *out lets it go
 * on. */
static pid_t
at_terminal(void (*fn)(void), int *in, int *out)
{
	int a[2], b[2];
	pid_t pid;

	ck_assert(pipe(a) == 0 && pipe(b) == 0);
	pid = forkpty(&master, NULL, NULL, NULL);
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		told = a[1];
		step = b[0];
		fn();
		_exit(0);
	}
	(void)close(a[1]);
	(void)close(b[0]);
	ck_assert_int_eq(fcntl(master, F_SETFL, O_NONBLOCK), 0);
	*in = a[0];
	*out = b[1];
	return (pid);
}

static void
end(pid_t pid, int in, int out)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	(void)close(in);
	(void)close(out);
	(void)close(master);
}

static void
type(const char *text, int out)
{
	char drained[256];

	ck_assert_int_eq(write(master, text, strlen(text)),
	    (ssize_t)strlen(text));
	(void)usleep(200000);
	(void)!read(master, drained, sizeof(drained));	/* its echo */
	ck_assert_int_eq(write(out, "g", 1), 1);
}

static void
three_times(void)
{
	int fd;

	wait_for_test();
	fd = sek_tty_open();
	say(fd < 0 ? NONE : sek_tty_entered(fd) ? YES : NO);
	wait_for_test();
	say(sek_tty_entered(fd) ? YES : NO);
	say(sek_tty_entered(fd) ? YES : NO);
	sek_tty_close(&fd);
	say(fd == -1 ? YES : NO);
}

START_TEST(enter_is_seen_once_and_what_was_before_is_not)
{
	int in, out;
	pid_t pid = at_terminal(three_times, &in, &out);

	type("typed ahead\n", out);
	ck_assert_int_eq(found(in), NO);
	type("something\n", out);
	ck_assert_int_eq(found(in), YES);
	ck_assert_int_eq(found(in), NO);
	ck_assert_int_eq(found(in), YES);
	end(pid, in, out);
}
END_TEST

static void
without_lines(void)
{
	struct termios t;
	int fd;

	if (tcgetattr(0, &t) != 0)
		_exit(92);
	cfmakeraw(&t);
	if (tcsetattr(0, TCSANOW, &t) != 0)
		_exit(93);
	fd = sek_tty_open();
	say(fd < 0 ? NONE : NO);
	wait_for_test();
	say(sek_tty_entered(fd) ? YES : NO);
	wait_for_test();
	say(sek_tty_entered(fd) ? YES : NO);
}

START_TEST(only_enter_is_enter_where_lines_are_not_put_together)
{
	int in, out;
	pid_t pid = at_terminal(without_lines, &in, &out);

	ck_assert_int_eq(found(in), NO);
	type("x", out);
	ck_assert_int_eq(found(in), NO);
	type("\r", out);
	ck_assert_int_eq(found(in), YES);
	end(pid, in, out);
}
END_TEST

static void
in_the_background(void)
{
	int status, fd;
	pid_t pid;

	fd = sek_tty_open();
	if ((pid = fork()) == 0) {
		(void)setpgid(0, 0);
		say(sek_tty_open() < 0 ? NONE : NO);
		/* It was ours; to read from it now would stop this process. */
		say(sek_tty_entered(fd) ? YES : NO);
		_exit(0);
	}
	(void)waitpid(pid, &status, WUNTRACED);
	say(WIFEXITED(status) ? YES : NO);
	if (WIFSTOPPED(status))
		(void)kill(pid, SIGKILL);
}

START_TEST(background_reads_nothing_and_is_not_stopped)
{
	int in, out;
	pid_t pid = at_terminal(in_the_background, &in, &out);

	ck_assert_int_eq(found(in), NONE);
	ck_assert_int_eq(found(in), YES);
	ck_assert_int_eq(found(in), YES);
	end(pid, in, out);
}
END_TEST

START_TEST(no_terminal_is_none)
{
	int status, fd = -1;
	pid_t pid;

	ck_assert(!sek_tty_entered(-1));
	sek_tty_close(&fd);
	if ((pid = fork()) == 0) {
		(void)setsid();
		_exit(sek_tty_open() == -1 ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		enter_is_seen_once_and_what_was_before_is_not,
		only_enter_is_enter_where_lines_are_not_put_together,
		background_reads_nothing_and_is_not_stopped,
		no_terminal_is_none,
		NULL
	};

	return (unit_run("edge_tty", tests));
}
