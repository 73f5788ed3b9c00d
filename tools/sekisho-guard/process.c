/*
 * process.c - the processes of a session, and the terminals they have
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/unit.h"

#include "lock.h"

#define DEPTH_MAX	8u	/* of cgroups below a session's */
#define STAT_MAX	1024u
#define PTS_MAJOR	136u	/* to 143 */
#define PTS_MAJORS	8u
#define PTS_EACH	256u

/* ----------------------------------------------------------------- stat -- */

/* The next number of the line; -1 is none. */
static bool
take(const char **p, int64_t *v)
{
	char word[24];

	if (!sek_text_word(p, word, sizeof word))
		return (false);
	if (word[0] == '-') {
		*v = -1;
		return (true);
	}
	return (sek_text_number(v, word, 0, UINT32_MAX) == SEK_OK);
}

bool
guard_process_parse(struct guard_process *out, const char *stat)
{
	int64_t pid, parent, group, session, tty, foreground;
	const char *p = strrchr(stat, ')');
	char number[16];
	size_t n = strcspn(stat, " ");

	memset(out, 0, sizeof(*out));
	if (p == NULL || strlen(p) < 4 || n >= sizeof number ||
	    p[2] == 'Z' || p[2] == 'X')
		return (false);
	memcpy(number, stat, n);
	number[n] = '\0';
	p += 3;
	if (sek_text_number(&pid, number, 1, INT32_MAX) != SEK_OK ||
	    !take(&p, &parent) || !take(&p, &group) || !take(&p, &session) ||
	    !take(&p, &tty) || !take(&p, &foreground))
		return (false);
	out->pid = (int32_t)pid;
	out->parent = (int32_t)parent;
	out->group = (int32_t)group;
	out->tty = (uint32_t)tty;
	out->foreground = (int32_t)foreground;
	return (true);
}

static bool
read_stat(struct guard_process *out, int64_t pid)
{
	char path[32], text[STAT_MAX];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) < 0)
		return (false);
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return (n > 0 && guard_process_parse(out, text));
}

/* ------------------------------------------------------------- all of it -- */

static enum sek_err
add(struct guard_processes *all, int64_t pid)
{
	struct guard_process *more, one;

	if (all->n >= GUARD_PROCESSES_MAX || !read_stat(&one, pid))
		return (SEK_OK);
	if (all->n == all->room) {
		more = reallocarray(all->p, all->room + 64, sizeof(*all->p));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		all->p = more;
		all->room += 64;
	}
	all->p[all->n++] = one;
	return (SEK_OK);
}

static enum sek_err
add_procs(struct guard_processes *all, int dir)
{
	enum sek_err err = SEK_OK;
	char line[24];
	int64_t pid;
	FILE *f;
	int fd;

	fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return (SEK_ERR_IO);
	if ((f = fdopen(fd, "r")) == NULL) {
		(void)close(fd);
		return (SEK_ERR_NOMEM);
	}
	while (err == SEK_OK && fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (sek_text_number(&pid, line, 1, INT32_MAX) == SEK_OK)
			err = add(all, pid);
	}
	(void)fclose(f);
	return (err);
}

/* fd of a cgroup's folder is taken over. */
static enum sek_err
add_cgroup(struct guard_processes *all, int fd, unsigned depth)
{
	struct dirent *e;
	enum sek_err err;
	DIR *dir;
	int sub;

	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return (SEK_ERR_IO);
	}
	err = add_procs(all, fd);
	while (err == SEK_OK && depth < DEPTH_MAX &&
	    (e = readdir(dir)) != NULL) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.')
			continue;
		sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY |
		    O_NOFOLLOW | O_CLOEXEC);
		/* One that is gone by now holds none. */
		if (sub >= 0)
			err = add_cgroup(all, sub, depth + 1);
	}
	(void)closedir(dir);
	return (err);
}

static uint32_t
audit_of(const char *pid)
{
	char path[48], text[16] = "";
	int64_t v;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%.16s/sessionid", pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (UINT32_MAX);
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	if (n <= 0 || sek_text_number(&v, text, 0, UINT32_MAX) != SEK_OK)
		return (UINT32_MAX);
	return ((uint32_t)v);
}

static enum sek_err
add_audit(struct guard_processes *all, uint32_t audit_session)
{
	enum sek_err err = SEK_OK;
	struct dirent *e;
	int64_t pid;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		return (SEK_ERR_IO);
	while (err == SEK_OK && (e = readdir(dir)) != NULL)
		if (sek_text_number(&pid, e->d_name, 2, INT32_MAX) ==
		    SEK_OK && audit_of(e->d_name) == audit_session)
			err = add(all, pid);
	(void)closedir(dir);
	return (err);
}

enum sek_err
guard_processes_of(struct guard_processes *out, const struct sek_guard *g)
{
	char path[SEK_UNIT_CGROUP + 64];
	enum sek_err err = SEK_OK;

	memset(out, 0, sizeof(*out));
	if (g->cgroup[0] != '\0') {
		err = sek_unit_cgroup_file(path, sizeof path, g->cgroup, ".") ?
		    add_cgroup(out, open(path, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC), 0) : SEK_ERR_IO;
	} else if (g->own_audit != 0 && g->audit_session != UINT32_MAX) {
		err = add_audit(out, g->audit_session);
	}
	if (err != SEK_OK)
		guard_processes_free(out);
	return (err);
}

void
guard_processes_free(struct guard_processes *all)
{

	free(all->p);
	memset(all, 0, sizeof(*all));
}

/* ------------------------------------------------------------ terminals -- */

static const struct guard_process *
find(const struct guard_processes *all, int32_t pid)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->p[i].pid == pid)
			return (&all->p[i]);
	return (NULL);
}

/* The terminal nearest to the leader on the way up to it; 0: it has none, or
 * does not descend from it. */
static uint32_t
nearest(const struct guard_processes *all, const struct guard_process *p,
    int32_t leader)
{
	uint32_t tty = 0;
	size_t i;

	for (i = 0; p != NULL && i <= all->n; i++) {
		if (p->tty != 0)
			tty = p->tty;
		if (p->pid == leader)
			return (tty);
		p = find(all, p->parent);
	}
	return (0);
}

size_t
guard_ttys_pick(uint32_t *tty, size_t max, const struct guard_processes *all,
    int32_t leader)
{
	const bool led = leader > 0 && find(all, leader) != NULL;
	size_t i, k, n = 0;
	uint32_t t;

	for (i = 0; i < all->n && n < max; i++) {
		if (all->p[i].tty == 0)
			continue;
		t = led ? nearest(all, &all->p[i], leader) : all->p[i].tty;
		for (k = 0; k < n && tty[k] != t; k++)
			continue;
		if (t != 0 && k == n)
			tty[n++] = t;
	}
	return (n);
}

bool
guard_tty_is_held(const struct guard_processes *all, uint32_t tty)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->p[i].tty == tty &&
		    all->p[i].group == all->p[i].foreground)
			return (true);
	return (false);
}

/* "DEVNAME=ttyS0" of what the kernel says of a device. */
static bool
name_of(char *dst, size_t size, dev_t dev)
{
	char path[64], line[128];
	bool found = false;
	FILE *f;

	(void)snprintf(path, sizeof path, "/sys/dev/char/%u:%u/uevent",
	    major(dev), minor(dev));
	if ((f = fopen(path, "re")) == NULL)
		return (false);
	while (!found && fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		found = strncmp(line, "DEVNAME=", 8) == 0 &&
		    strstr(line, "..") == NULL &&
		    sek_text_format(dst, size, "/dev/%s", line + 8) == SEK_OK;
	}
	(void)fclose(f);
	return (found);
}

uint32_t
guard_tty_number(dev_t dev)
{
	const unsigned minor_of = minor(dev);

	return ((minor_of & 0xff) | (major(dev) << 8) |
	    ((minor_of & ~0xffu) << 12));
}

bool
guard_tty_path(char dst[GUARD_TTY_PATH], uint32_t tty)
{
	const dev_t dev = makedev((tty >> 8) & 0xfff,
	    (tty & 0xff) | ((tty >> 12) & 0xfff00));
	struct stat st;

	if (major(dev) >= PTS_MAJOR && major(dev) < PTS_MAJOR + PTS_MAJORS)
		(void)snprintf(dst, GUARD_TTY_PATH, "/dev/pts/%u",
		    (major(dev) - PTS_MAJOR) * PTS_EACH + minor(dev));
	else if (!name_of(dst, GUARD_TTY_PATH, dev))
		return (false);
	return (lstat(dst, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == dev);
}
