/*
 * freeze.c - what is at a terminal stands still, and goes on as it was
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Frozen, not stopped, where the kernel can: a stopped shell goes on by a
 * SIGCONT from another session of the same user, a frozen one by root alone.
 *
 * MUST: nothing of the session leaves its cgroup by this: what ends the session
 * ends what is frozen, too.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/unit.h"

#include "lock.h"

#define CHILD		"sekisho-lock"
#define PATH_SIZE	(SEK_UNIT_CGROUP + 64u)
#define ROUNDS		20u	/* what forks while it is looked at */

static bool
path_of(char path[PATH_SIZE], const struct sek_guard *g, const char *file)
{

	return (g->cgroup[0] != '\0' &&
	    sek_unit_cgroup_file(path, PATH_SIZE, g->cgroup, file));
}

static bool
put(const struct sek_guard *g, const char *file, const char *text)
{
	char path[PATH_SIZE];
	const size_t len = strlen(text);
	bool ok;
	int fd;

	if (!path_of(path, g, file) ||
	    (fd = open(path, O_WRONLY | O_CLOEXEC)) < 0)
		return (false);
	ok = write(fd, text, len) == (ssize_t)len;
	(void)close(fd);
	return (ok);
}

static bool
move(const struct sek_guard *g, const char *file, int32_t pid)
{
	char number[16];

	(void)snprintf(number, sizeof number, "%d", (int)pid);
	return (put(g, file, number));
}

/* The frozen cgroup, made where it lacks. False: this kernel has none. */
static bool
make(const struct sek_guard *g)
{
	char path[PATH_SIZE];

	if (!path_of(path, g, CHILD) ||
	    (mkdir(path, 0755) != 0 && errno != EEXIST))
		return (false);
	return (put(g, CHILD "/cgroup.freeze", "1"));
}

static bool
is_at(const struct guard_process *p, const uint32_t *tty, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p->tty != 0 && p->tty == tty[i])
			return (true);
	return (false);
}

/* Is it in the frozen one already? */
static bool
is_inside(int32_t pid)
{
	char path[32], text[SEK_UNIT_CGROUP + 4096];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (true);		/* it is gone */
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return (strstr(text, "/" CHILD "\n") != NULL);
}

/* A signal to the very one that was looked at. */
static void
signal_to(const struct guard_process *p, int sig)
{
	struct sek_process who;
	int fd;

	if (p->pid <= 1 || p->pid == getpid() ||
	    sek_process_get(&who, (pid_t)p->pid) != SEK_OK ||
	    (fd = (int)syscall(SYS_pidfd_open, (pid_t)p->pid, 0u)) < 0)
		return;
	if (sek_process_alive(&who))
		(void)syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0u);
	(void)close(fd);
}

/* One look; how many stand still that did not. */
static size_t
freeze_once(const struct sek_guard *g, const struct guard_processes *all,
    const uint32_t *tty, size_t n, bool frozen)
{
	size_t i, came = 0;

	for (i = 0; i < all->n; i++) {
		if (!is_at(&all->p[i], tty, n))
			continue;
		if (!frozen)
			signal_to(&all->p[i], SIGSTOP);
		else if (!is_inside(all->p[i].pid) &&
		    move(g, CHILD "/cgroup.procs", all->p[i].pid))
			came++;
	}
	return (came);
}

/* Parents before children, so that no shell sees its job stop; and the other
 * way round. Those of the same depth in any order. */
struct depth {
	struct guard_process	p;
	unsigned		depth;
};

static int
by_depth(const void *a, const void *b)
{
	const unsigned x = ((const struct depth *)a)->depth;
	const unsigned y = ((const struct depth *)b)->depth;

	return (x < y ? -1 : x > y ? 1 : 0);
}

static unsigned
depth_of(const struct guard_processes *all, size_t i)
{
	int32_t parent = all->p[i].parent;
	unsigned depth = 0;
	size_t k;

	for (k = 0; k < all->n && depth < all->n; k++)
		if (all->p[k].pid == parent) {
			parent = all->p[k].parent;
			depth++;
			k = SIZE_MAX;		/* begin anew */
		}
	return (depth);
}

static enum sek_err
sort(struct guard_processes *all)
{
	struct depth *d;
	size_t i;

	if (all->n == 0)
		return (SEK_OK);
	if ((d = calloc(all->n, sizeof(*d))) == NULL)
		return (SEK_ERR_NOMEM);
	for (i = 0; i < all->n; i++) {
		d[i].p = all->p[i];
		d[i].depth = depth_of(all, i);
	}
	qsort(d, all->n, sizeof(*d), by_depth);
	for (i = 0; i < all->n; i++)
		all->p[i] = d[i].p;
	free(d);
	return (SEK_OK);
}

enum sek_err
guard_freeze(const struct sek_guard *g, const uint32_t *tty, size_t n)
{
	const bool frozen = make(g);
	struct guard_processes all;
	size_t came = 1;
	enum sek_err err = SEK_OK;
	unsigned i;

	for (i = 0; i < ROUNDS && came > 0; i++) {
		if ((err = guard_processes_of(&all, g)) != SEK_OK)
			break;
		if ((err = sort(&all)) == SEK_OK)
			came = freeze_once(g, &all, tty, n, frozen);
		guard_processes_free(&all);
		if (err != SEK_OK)
			break;
	}
	return (err);
}

bool
guard_is_frozen(const struct sek_guard *g)
{
	char path[PATH_SIZE];

	return (path_of(path, g, CHILD) && access(path, F_OK) == 0);
}

/* What stands in the frozen one, as its own. */
static enum sek_err
inside(struct guard_processes *out, const struct sek_guard *g)
{
	struct sek_guard *below;
	enum sek_err err = SEK_ERR_NOMEM;

	if ((below = calloc(1, sizeof(*below))) == NULL)
		return (err);
	err = sek_text_format(below->cgroup, sizeof below->cgroup, "%s/" CHILD,
	    g->cgroup);
	if (err == SEK_OK)
		err = guard_processes_of(out, below);
	free(below);
	return (err);
}

static void
melt(const struct sek_guard *g)
{
	struct guard_processes all;
	char path[PATH_SIZE];
	unsigned round;
	size_t i, left = 1;

	(void)put(g, CHILD "/cgroup.freeze", "0");
	for (round = 0; round < ROUNDS && left > 0; round++) {
		if (inside(&all, g) != SEK_OK)
			break;
		left = all.n;
		for (i = 0; i < all.n; i++)
			(void)move(g, "cgroup.procs", all.p[i].pid);
		guard_processes_free(&all);
	}
	if (path_of(path, g, CHILD))
		(void)rmdir(path);
}

/* Children first. Whoever of them stood still for a reason of its own (Ctrl-Z)
 * goes on, too: no one can tell. */
static void
go_on(const struct sek_guard *g)
{
	struct guard_processes all;
	size_t i;

	if (guard_processes_of(&all, g) != SEK_OK)
		return;
	if (sort(&all) == SEK_OK)
		for (i = all.n; i > 0; i--)
			if (all.p[i - 1].tty != 0)
				signal_to(&all.p[i - 1], SIGCONT);
	guard_processes_free(&all);
}

void
guard_thaw(const struct sek_guard *g)
{

	if (guard_is_frozen(g))
		melt(g);
	else
		go_on(g);
}

static void
kill_one_by_one(const struct sek_guard *g, bool frozen)
{
	struct guard_processes all;
	size_t i;

	if ((frozen ? inside(&all, g) : guard_processes_of(&all, g)) != SEK_OK)
		return;
	for (i = 0; i < all.n; i++)
		if (frozen || all.p[i].tty != 0)
			signal_to(&all.p[i], SIGKILL);
	guard_processes_free(&all);
}

void
guard_freeze_kill(const struct sek_guard *g)
{
	const bool frozen = guard_is_frozen(g);

	if (frozen && put(g, CHILD "/cgroup.kill", "1"))
		return;
	kill_one_by_one(g, frozen);
}

void
guard_freeze_forget(const struct sek_guard *g)
{
	char path[PATH_SIZE];

	if (path_of(path, g, CHILD))
		(void)rmdir(path);
}
