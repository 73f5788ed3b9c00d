/*
 * plug.c - plug a software key into a test written in C
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "softkey.h"

static void
announce(const char *socket)
{
	const char *old = getenv("SOFTKEY");
	char *all;

	setenv("SOFTKEY_ONLY", "1", 1);
	if (old == NULL || *old == '\0') {
		setenv("SOFTKEY", socket, 1);
		return;
	}
	if (strstr(old, socket) != NULL)
		return;
	if (asprintf(&all, "%s:%s", old, socket) < 0)
		return;
	setenv("SOFTKEY", all, 1);
	free(all);
}

static void
child(const struct softkey *k, int ready)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	int fd;

	/* A test that is ended takes its keys with it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	sigaction(SIGCHLD, &dfl, NULL);
	signal(SIGALRM, SIG_DFL);
	if ((fd = open("/dev/null", O_RDWR)) >= 0) {
		dup2(fd, 0);
		dup2(fd, 1);
		if (fd > 2)
			close(fd);
	}
	for (fd = 3; fd < 256; fd++)
		if (fd != ready)
			close(fd);
	_exit(softkey_main(k->socket, k->state, k->knobs, k->log, ready));
}

bool
softkey_start(struct softkey *k, const char *dir, const char *name,
    const char *knobs)
{
	int p[2], status;
	char byte;
	bool up;

	memset(k, 0, sizeof(*k));
	if (softkey_preload[0] == '\0' ||
	    snprintf(k->socket, sizeof(k->socket), "%s/%s.sock", dir, name) >=
	    (int)sizeof(k->socket))
		return false;
	snprintf(k->state, sizeof(k->state), "%s/%s.state", dir, name);
	snprintf(k->knobs, sizeof(k->knobs), "%s/%s.knobs", dir, name);
	snprintf(k->log, sizeof(k->log), "%s/%s.log", dir, name);
	if (knobs != NULL)
		softkey_knobs(k, knobs);
	if (pipe2(p, O_CLOEXEC) != 0)
		return false;
	fflush(NULL);
	if ((k->pid = fork()) == 0) {
		close(p[0]);
		child(k, p[1]);
	}
	close(p[1]);
	up = k->pid > 0 && read(p[0], &byte, 1) == 1;
	close(p[0]);
	if (up)
		announce(k->socket);
	else if (k->pid > 0) {
		waitpid(k->pid, &status, 0);
		k->pid = 0;
	}
	return up;
}

void
softkey_stop(struct softkey *k)
{
	int status;

	if (k->pid <= 0)
		return;
	kill(k->pid, SIGTERM);
	while (waitpid(k->pid, &status, 0) < 0 && errno == EINTR)
		;
	k->pid = 0;
}

void
softkey_knobs(const struct softkey *k, const char *knobs)
{
	char tmp[160];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", k->knobs);
	if ((f = fopen(tmp, "we")) == NULL || fputs(knobs, f) == EOF ||
	    fclose(f) != 0 || rename(tmp, k->knobs) != 0)
		perror("softkey_knobs");
}

size_t
softkey_logged(const struct softkey *k, const char *text)
{
	FILE *f = fopen(k->log, "re");
	char line[1600];
	size_t n = 0;

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

bool
softkey_await(const struct softkey *k, const char *text, size_t n, int ms)
{
	struct timespec t = { 0, 5000000 };

	for (; ms > 0; ms -= 5) {
		if (softkey_logged(k, text) >= n)
			return true;
		nanosleep(&t, NULL);
	}
	return softkey_logged(k, text) >= n;
}

void
softkey_forget_log(const struct softkey *k)
{

	if (truncate(k->log, 0) != 0 && errno != ENOENT)
		perror("softkey_forget_log");
}
