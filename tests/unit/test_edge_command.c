/*
 * test_edge_command.c - another program is asked, within bounds
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "sekisho/edge/command.h"

static struct sek_command
shell(const char *script, const char *argv[4])
{
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = script;
	argv[3] = NULL;
	return ((struct sek_command){ .argv = argv, .seconds = 30,
	    .limit = 4096 });
}

START_TEST(words_and_status_come_back)
{
	const char *argv[4];
	struct sek_command c = shell("echo out; echo err >&2; exit 7", argv);
	struct sek_why why = { "" };

	ck_assert_int_eq(sek_command_run(&c, &why), SEK_OK);
	ck_assert_str_eq(c.out, "out\n");
	ck_assert_str_eq(c.err, "err\n");
	ck_assert_int_eq(c.status, 7);
	sek_command_free(&c);
	ck_assert_ptr_null(c.out);
}
END_TEST

START_TEST(nothing_of_the_caller_is_handed_on)
{
	const char *argv[4];
	struct sek_command c = shell("env; pwd; cat; ls /proc/self/fd | "
	    "wc -l; umask", argv);
	struct sek_why why = { "" };
	int fd;

	ck_assert_int_eq(setenv("LD_DEBUG_SECRET", "leak", 1), 0);
	fd = open("/dev/null", O_RDONLY);
	ck_assert_int_ge(fd, 3);
	ck_assert_int_eq(sek_command_run(&c, &why), SEK_OK);
	ck_assert_ptr_null(strstr(c.out, "leak"));
	ck_assert_ptr_nonnull(strstr(c.out, "LC_ALL=C\n"));
	/* 0, 1, 2 and that of ls for the folder itself */
	ck_assert_ptr_nonnull(strstr(c.out, "\n/\n4\n0077\n"));
	sek_command_free(&c);
	(void)close(fd);
}
END_TEST

START_TEST(who_does_not_end_is_killed_with_all_it_started)
{
	const char *argv[4];
	struct sek_command c = shell("trap '' TERM HUP; sleep 1000 & "
	    "echo $!; exec sleep 1000", argv);
	char file[] = "/tmp/sekisho-command-XXXXXX", script[256];
	struct sek_why why = { "" };
	long pid = 0;
	FILE *f;
	int fd, i;

	fd = mkstemp(file);
	ck_assert_int_ge(fd, 0);
	snprintf(script, sizeof(script), "sleep 1000 & echo $! >%s; "
	    "exec sleep 1000", file);
	c = shell(script, argv);
	c.seconds = 1;
	ck_assert_int_eq(sek_command_run(&c, &why), SEK_ERR_TIMEOUT);
	ck_assert_ptr_null(c.out);
	ck_assert_ptr_nonnull(strstr(why.text, "/bin/sh"));
	f = fdopen(fd, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%ld", &pid), 1);
	fclose(f);
	(void)unlink(file);
	/* Dead, or dead and not yet waited for by who inherits it. */
	for (i = 0; i < 1000 && kill((pid_t)pid, 0) == 0; i++) {
		snprintf(script, sizeof(script), "grep -q '^State:.Z' "
		    "/proc/%ld/status", pid);
		if (system(script) == 0)
			break;
		(void)usleep(10000);
	}
	ck_assert_int_lt(i, 1000);
}
END_TEST

START_TEST(who_says_too_much_is_cut_off)
{
	const char *argv[4];
	struct sek_command c = shell("while :; do echo yes; done", argv);
	struct sek_why why = { "" };

	ck_assert_int_eq(sek_command_run(&c, &why), SEK_ERR_RANGE);
	c = shell("while :; do echo yes >&2; done", argv);
	ck_assert_int_eq(sek_command_run(&c, &why), SEK_ERR_RANGE);
}
END_TEST

START_TEST(only_a_program_of_roots_is_run)
{
	char file[] = "/tmp/sekisho-command-XXXXXX";
	const char *argv[] = { "/no/such/program", NULL };
	struct sek_command c = { .argv = argv, .seconds = 30,
	    .limit = 4096 };
	struct sek_why why = { "" };
	int fd;

	ck_assert_int_eq(sek_command_run(&c, &why), SEK_ERR_NOT_FOUND);
	fd = mkstemp(file);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, 0777), 0);
	(void)close(fd);
	argv[0] = file;
	ck_assert_int_eq(sek_command_run(&c, &why), SEK_ERR_UNTRUSTED);
	(void)unlink(file);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		words_and_status_come_back,
		nothing_of_the_caller_is_handed_on,
		who_does_not_end_is_killed_with_all_it_started,
		who_says_too_much_is_cut_off,
		only_a_program_of_roots_is_run,
		NULL
	};

	return (unit_run("edge_command", tests));
}
