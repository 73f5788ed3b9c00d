/*
 * process.c - programs of others that a rig runs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "process.h"

pid_t
emu_spawn(const char *output, const char *const *env, const char *const *argv)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	pid_t pid;
	int fd;

	fflush(NULL);
	if ((pid = fork()) != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sigaction(SIGCHLD, &dfl, NULL);
	sigaction(SIGPIPE, &dfl, NULL);
	if ((fd = open("/dev/null", O_RDWR)) >= 0) {
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
	}
	if (*output != '\0' && (fd = open(output,
	    O_WRONLY | O_CREAT | O_APPEND, 0644)) >= 0) {
		dup2(fd, 1);
		dup2(fd, 2);
	}
	for (fd = 3; fd < 256; fd++)
		close(fd);
	/* Not a sanitizer's: these are programs of others, and slow by it. */
	unsetenv("LD_PRELOAD");
	for (; env != NULL && *env != NULL; env++)
		putenv((char *)(uintptr_t)*env);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

int
emu_wait(pid_t pid)
{
	int status;

	if (pid <= 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void
emu_end(pid_t *pid)
{

	if (*pid <= 0)
		return;
	kill(*pid, SIGTERM);
	kill(*pid, SIGCONT);
	(void)emu_wait(*pid);
	*pid = 0;
}

static int
drop(const char *path, const struct stat *st, int type, struct FTW *at)
{

	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void
emu_remove(const char *dir)
{

	nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}
