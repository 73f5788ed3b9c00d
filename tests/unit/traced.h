/*
 * traced.h - a call in a child, killed at its n-th stop at a system call
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_TRACED_H
#define SEKISHO_TESTS_TRACED_H

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "sekisho/base/err.h"

struct traced {
	enum sek_err	(*fn)(void *);
	void		*arg;
	int		 done[2];	/* a byte: it said yes */
};

static inline void
be_traced(struct traced *t)
{
	enum sek_err err;

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(99);
	(void)raise(SIGSTOP);
	err = t->fn(t->arg);
	if (err == SEK_OK)
		(void)!write(t->done[1], "y", 1);
	_exit((int)err);
}

/* Run it until its n-th stop at a system call (in and out) and kill it there.
 * false: it ended before. *yes: it had been told yes. */
static inline bool
kill_at(struct traced *t, unsigned n, bool *yes)
{
	bool killed = false;
	int status;
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(t->done), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		be_traced(t);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSTOPPED(status));
	while (n-- > 0) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			break;
	}
	if (!WIFEXITED(status)) {
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		killed = WIFSIGNALED(status);
	}
	ck_assert_int_eq(close(t->done[1]), 0);
	*yes = read(t->done[0], &c, 1) == 1;
	ck_assert_int_eq(close(t->done[0]), 0);
	return (killed);
}

#endif
