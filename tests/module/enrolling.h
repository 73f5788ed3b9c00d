/*
 * enrolling.h - an ordinary person who binds a device to himself by
 * sekisho-helper, and what is left when any of its processes is killed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_ENROLLING_H
#define SEKISHO_TESTS_MODULE_ENROLLING_H

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/module/caller.h"

#define PROCESSES	16

/* A /dev of this world with a log in it, whose lines go to the world's. */
static inline void
own_dev(void)
{
	static const char *const nodes[] = { "null", "zero", "full", "random",
	    "urandom", "tty" };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	const char *dev = world_path("dev");
	static char line[8192];
	char from[64];
	ssize_t n;
	size_t i;
	pid_t logger;
	int fd, to;

	ck_assert_int_eq(mkdir(dev, 0755), 0);
	ck_assert_int_eq(mount("tmpfs", dev, "tmpfs", 0, "mode=0755"), 0);
	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		(void)snprintf(from, sizeof(from), "/dev/%s", nodes[i]);
		world_write(world_path("dev/%s", nodes[i]), 0600, "");
		ck_assert_int_eq(mount(from, world_path("dev/%s", nodes[i]),
		    NULL, MS_BIND, NULL), 0);
	}
	ck_assert_int_eq(mount(dev, "/dev", NULL, MS_BIND | MS_REC, NULL), 0);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "/dev/log");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(chmod("/dev/log", 0666), 0);
	to = open(world_path("log"), O_WRONLY | O_APPEND | O_CLOEXEC);
	ck_assert_int_ge(to, 0);
	if ((logger = fork()) == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		while ((n = recv(fd, line, sizeof(line) - 1, 0)) > 0) {
			line[n++] = '\n';
			if (write(to, line, (size_t)n) != n)
				_exit(1);
		}
		_exit(0);
	}
	(void)close(fd);
	(void)close(to);
}

/* What the log says may come a moment later. */
static inline bool
is_logged(const char *part)
{
	int i;

	for (i = 0; i < 500 && !world_logged(part); i++)
		(void)usleep(10000);
	return (world_logged(part));
}

static inline bool
was_said(const char *text)
{
	int i;

	for (i = 0; i < c->nsaid; i++)
		if (strstr(c->said[i], text) != NULL)
			return (true);
	return (false);
}

/* pid and all below it, the topmost first. */
static inline int
family(pid_t pid, pid_t *out, int n)
{
	char path[64], *line = NULL, *p, *end;
	size_t size = 0;
	FILE *f;
	long child;

	if (n < PROCESSES)
		out[n++] = pid;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)pid, (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return (n);
	if (getline(&line, &size, f) > 0)
		for (p = line; (child = strtol(p, &end, 10)) > 0; p = end)
			n = family((pid_t)child, out, n);
	free(line);
	(void)fclose(f);
	return (n);
}

/* All but so many of ours have ended. */
static inline void
wait_for_all(int but)
{
	pid_t pid[PROCESSES];
	int tries;

	for (tries = 0; tries < 3000; tries++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		if (family(getpid(), pid, 0) == but)
			return;
		(void)usleep(10000);
	}
	ck_abort_msg("a process is left");
}

#endif
