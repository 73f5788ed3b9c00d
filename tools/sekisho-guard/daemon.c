/*
 * daemon.c - a guard where there is no systemd
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Started by sek_isolate_run: in a cgroup of root's, as root, with nothing of
 * the session's. What stays is a session of its own of two processes: one
 * watches; the other sees that it does, as systemd would: it is killed when
 * somebody stops it, and begun again when it is killed.
 */
#include "config.h"

#include <sys/types.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "guard.h"
#include "sekisho/base/file.h"

/* Between two of them. */
#define PAUSE_S		1u

static pid_t
start(const char *option, const char *id)
{
	static char self[] = "sekisho-guard";
	char *const watch[] = { self, (char *)(uintptr_t)id, NULL };
	char *const other[] = { self, (char *)(uintptr_t)option,
	    (char *)(uintptr_t)id, NULL };
	pid_t pid = fork();

	if (pid == 0) {
		(void)execv("/proc/self/exe", option == NULL ? watch : other);
		_exit(GUARD_EXIT_TROUBLE);
	}
	return (pid);
}

/* Its wait status; one that is stopped is killed. */
static int
wait_for(pid_t pid)
{
	int status = -1;

	while (pid > 0) {
		if (waitpid(pid, &status, WUNTRACED) < 0) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		if (!WIFSTOPPED(status))
			return (status);
		(void)kill(pid, SIGKILL);
	}
	return (-1);
}

/* Asked to go, as systemd's own stop would ask. */
static bool
is_clean(int status)
{
	return (WIFEXITED(status) ? WEXITSTATUS(status) == 0 :
	    WIFSIGNALED(status) && (WTERMSIG(status) == SIGTERM ||
	    WTERMSIG(status) == SIGHUP || WTERMSIG(status) == SIGINT));
}

static _Noreturn void
keep(const char *id, int ready)
{
	static struct sek_guard g;
	pid_t pid;
	int status;

	for (;;) {
		pid = start(NULL, id);
		/* Closed by its exec; ours now. */
		if (ready >= 0)
			(void)close(ready);
		ready = -1;
		status = pid > 0 ? wait_for(pid) : -1;
		(void)setenv("SERVICE_RESULT", status != -1 &&
		    is_clean(status) ? "success" : "signal", 1);
		(void)wait_for(start("--after", id));
		/* However it went: it is over. */
		if ((status != -1 && is_clean(status)) ||
		    sek_guard_read(&g, id, NULL) == SEK_ERR_NOT_FOUND)
			_exit(0);
		(void)sleep(PAUSE_S);
	}
}

static bool
own_descriptors(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	return (null >= 0 && dup2(null, 0) >= 0 && dup2(null, 1) >= 0 &&
	    dup2(null, 2) >= 0);
}

/* Who goes first when memory is short is not the one who ends a session. */
static void
own_oom_score(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "-1000", 5);
		(void)close(fd);
	}
}

static _Noreturn void
become(const char *id, int ready)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	own_oom_score();
	if (setsid() < 0 || !own_descriptors())
		_exit(GUARD_EXIT_TROUBLE);
	keep(id, ready);
}

int
guard_main_daemon(void)
{
	char id[SEK_ID_MAX] = "", byte;
	struct sek_guard *g = calloc(1, sizeof *g);
	int ready[2];
	ssize_t n;
	pid_t pid;

	if (g == NULL || sek_file_read_all(0, id, sizeof id - 1) <= 0 ||
	    sek_guard_read(g, id, NULL) != SEK_OK ||
	    pipe2(ready, O_CLOEXEC) != 0)
		return (GUARD_EXIT_USAGE);
	free(g);
	if ((pid = fork()) == 0) {
		(void)close(ready[0]);
		become(id, ready[1]);
	}
	(void)close(ready[1]);
	if (pid < 0)
		return (GUARD_EXIT_TROUBLE);
	/* The end of file: it watches. */
	while ((n = read(ready[0], &byte, 1)) < 0 && errno == EINTR)
		continue;
	return (n == 0 && write(1, "1", 1) == 1 ? 0 : GUARD_EXIT_TROUBLE);
}
