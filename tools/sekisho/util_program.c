/*
 * util_program.c - another program's work, in bounded time
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no shell, no inherited signal mask, no descriptor but the three.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util_enable.h"

static int64_t
boot_now(void)
{
	struct sek_moment now;

	return (sek_clock_now(&now) == SEK_OK ? now.boot : 0);
}

_Noreturn static void
child(const char *const *argv, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(126);
	(void)close_range(STDERR_FILENO + 1, ~0U, 0);
	/* Its own group: what it starts can be ended with it. */
	(void)setpgid(0, 0);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

/* Read until the end or the time; the rest of a full buffer is dropped. */
static bool
drain(int fd, char *out, size_t size, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char spare[512];
	size_t have = 0;
	int64_t left;
	ssize_t n;

	for (;;) {
		if ((left = until - boot_now()) <= 0)
			return (false);
		if (poll(&p, 1, (int)(left / 1000) + 1) == 0)
			return (false);
		n = read(fd, spare, sizeof(spare));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (n == 0);
		for (ssize_t i = 0; i < n && have + 1 < size; i++)
			out[have++] = spare[i];
		if (size > 0)
			out[have] = '\0';
	}
}

int
tool_program(const char *const *argv, char *out, size_t size,
    unsigned seconds)
{
	int64_t until = boot_now() + seconds * SEK_SECOND;
	int pipes[2], status = -1;
	bool ended;
	pid_t pid;

	if (size > 0)
		out[0] = '\0';
	if (access(argv[0], X_OK) != 0 || pipe2(pipes, O_CLOEXEC) != 0)
		return (-1);
	if ((pid = fork()) == 0)
		child(argv, pipes[1]);
	(void)close(pipes[1]);
	if (pid > 0) {
		ended = drain(pipes[0], out, size, until);
		/* Its output may be closed before it ends. */
		while (ended && waitpid(pid, &status, WNOHANG) == 0) {
			ended = boot_now() < until;
			(void)usleep(2000);
		}
		if (!ended) {
			(void)kill(-pid, SIGKILL);
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			status = -1;
		}
	}
	(void)close(pipes[0]);
	return (status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
