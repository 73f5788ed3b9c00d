/*
 * harness_guard.c - what a test leaves of its sessions ends with it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A test that fails ends where it stands: its sessions would run on, and
 * their guards with them.
 */
#include "config.h"

#include <sys/syscall.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/edge/guard.h"
#include "sekisho/edge/unit.h"
#include "tests/module/harness.h"

#define OURS	"/sekisho-"	/* the cgroup of a session without systemd */
#define TRIES	1200		/* of 50 ms */

static enum sek_err
end_one(void *arg, const struct sek_guard *g, const struct sek_guard_state *s)
{
	unsigned *left = arg;

	(void)s;
	if (strncmp(g->cgroup, OURS, sizeof OURS - 1) != 0)
		return (SEK_OK);
	(*left)++;
	(void)sek_unit_kill_cgroup(g->cgroup, NULL);
	return (SEK_OK);
}

/* Not in a cgroup of those sessions: it began before them. */
static void
end_all(void)
{
	const struct timespec pause = { 0, 50000000 };
	unsigned i, left = 1;

	for (i = 0; i < TRIES && left > 0; i++) {
		left = 0;
		if (sek_guard_each(end_one, &left, NULL) != SEK_OK)
			break;
		if (left > 0)
			(void)nanosleep(&pause, NULL);
	}
}

void
world_end_sessions(void)
{
	struct pollfd p = { .events = POLLIN };

	if ((p.fd = (int)syscall(SYS_pidfd_open, getpid(), 0)) < 0) {
		perror("harness: pidfd_open");
		return;
	}
	if (fork() == 0) {
		/* Out of the group that a test out of time is killed with. */
		(void)setsid();
		while (poll(&p, 1, -1) < 0 && errno == EINTR)
			continue;
		end_all();
		_exit(0);
	}
	(void)close(p.fd);
}
