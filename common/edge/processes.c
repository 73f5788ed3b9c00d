/*
 * processes.c - the processes of a login, told by the kernel, and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a signal goes to the process that was looked at, never to another
 * that got its number since.
 * MUST: neither process 1 nor the caller is ever signalled.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/processes.h"
#include "sekisho/model/account.h"

#define ROUND_NS	50000000	/* between two looks */
#define ASKED_ROUNDS	40		/* 2 s */
#define ALL_ROUNDS	160		/* 8 s */

/* Those that are to end, as they are found. */
struct found {
	struct sek_process	*p;
	size_t			 n;
	size_t			 room;
};

/* The first bytes of a file of a process. */
static bool
read_proc(char *dst, size_t size, int proc, int32_t pid, const char *file)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return (false);
	n = read(fd, dst, size - 1);
	(void)close(fd);
	dst[n > 0 ? n : 0] = '\0';
	return (n > 0);
}

static uint32_t
number_of(int proc, int32_t pid, const char *file)
{
	char text[32];
	int64_t v;

	if (!read_proc(text, sizeof(text), proc, pid, file) ||
	    sek_text_number(&v, text, 0, UINT32_MAX) != SEK_OK)
		return (UINT32_MAX);
	return ((uint32_t)v);
}

/* Its parent, from stat: what is in brackets may hold anything. 0: it is
 * dead, or gone. */
static int32_t
parent_of(int proc, int32_t pid)
{
	char text[1024], *p, *end;
	int64_t v;

	if (!read_proc(text, sizeof(text), proc, pid, "stat") ||
	    (p = strrchr(text, ')')) == NULL || strlen(p) < 5 ||
	    p[2] == 'Z' || p[2] == 'X')
		return (0);
	p += 4;
	if ((end = strchr(p, ' ')) != NULL)
		*end = '\0';
	return (sek_text_number(&v, p, 0, INT32_MAX) == SEK_OK ? (int32_t)v :
	    0);
}

static bool
is_found(const struct found *f, int32_t pid)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->p[i].pid == pid && sek_process_alive(&f->p[i]))
			return (true);
	return (false);
}

static bool
matches(const struct sek_processes *which, const struct found *f, int proc,
    int32_t pid, int32_t parent)
{
	char path[16];
	struct stat st;

	if (which->root != NULL && is_found(f, parent))
		return (true);
	if (which->audit_session == UINT32_MAX ||
	    number_of(proc, pid, "sessionid") != which->audit_session)
		return (false);
	if (which->uid == SEK_UID_NONE)
		return (true);
	/* Whose it is by its effective uid: what su gave him, too. */
	(void)snprintf(path, sizeof(path), "%d", (int)pid);
	return (fstatat(proc, path, &st, 0) == 0 && st.st_uid == which->uid);
}

static enum sek_err
add(struct found *f, const struct sek_process *p)
{
	struct sek_process *more;

	if (f->n == f->room) {
		more = reallocarray(f->p, f->room + 64, sizeof(*f->p));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		f->p = more;
		f->room += 64;
	}
	f->p[f->n++] = *p;
	return (SEK_OK);
}

/* One look at all there are; *more: some were not known before. */
static enum sek_err
look(const struct sek_processes *which, struct found *f, int proc, DIR *dir,
    bool *more)
{
	struct sek_process p;
	struct dirent *e;
	int64_t pid;
	int32_t parent;
	enum sek_err err;

	*more = false;
	rewinddir(dir);
	while ((e = readdir(dir)) != NULL) {
		if (sek_text_number(&pid, e->d_name, 2, INT32_MAX) != SEK_OK ||
		    pid == (int64_t)getpid() ||
		    sek_process_get(&p, (pid_t)pid) != SEK_OK ||
		    (parent = parent_of(proc, p.pid)) == 0 ||
		    is_found(f, p.pid) ||
		    !matches(which, f, proc, p.pid, parent))
			continue;
		if ((err = add(f, &p)) != SEK_OK)
			return (err);
		*more = true;
	}
	return (SEK_OK);
}

/* All of them that live yet are sent sig; how many those are. */
static size_t
signal_all(const struct found *f, int proc, int sig)
{
	size_t i, n = 0;
	int fd;

	for (i = 0; i < f->n; i++) {
		fd = (int)syscall(SYS_pidfd_open, (pid_t)f->p[i].pid, 0u);
		if (fd < 0)
			continue;
		/* The same one, now that its number is held. */
		if (sek_process_alive(&f->p[i]) &&
		    parent_of(proc, f->p[i].pid) != 0) {
			n++;
			if (sig != 0)
				(void)syscall(SYS_pidfd_send_signal, fd, sig,
				    NULL, 0u);
		}
		(void)close(fd);
	}
	return (n);
}

static enum sek_err
end_all(const struct sek_processes *which, struct found *f, int proc, DIR *dir)
{
	const struct timespec pause = { 0, ROUND_NS };
	bool more = false;
	enum sek_err err;
	unsigned i;

	for (i = 0; i < ALL_ROUNDS; i++) {
		/* Below one that is new there may be others. */
		do {
			if ((err = look(which, f, proc, dir, &more)) != SEK_OK)
				return (err);
		} while (more && which->root != NULL);
		if (signal_all(f, proc, i == 0 ? SIGTERM :
		    i < ASKED_ROUNDS ? 0 : SIGKILL) == 0)
			return (SEK_OK);
		if (i == 0)
			(void)signal_all(f, proc, SIGHUP);
		(void)nanosleep(&pause, NULL);
	}
	return (SEK_ERR_TIMEOUT);
}

enum sek_err
sek_processes_end(const struct sek_processes *which, unsigned *ended)
{
	struct found f = { NULL, 0, 0 };
	enum sek_err err = SEK_ERR_IO;
	DIR *dir;

	*ended = 0;
	if ((dir = opendir("/proc")) == NULL)
		return (SEK_ERR_IO);
	if (which->root != NULL && which->root->pid > 1 &&
	    which->root->pid != getpid() && sek_process_alive(which->root) &&
	    (err = add(&f, which->root)) != SEK_OK)
		goto out;
	err = end_all(which, &f, dirfd(dir), dir);
	*ended = (unsigned)f.n;
out:
	free(f.p);
	(void)closedir(dir);
	return (err);
}

bool
sek_processes_of(uint32_t audit_session, uint32_t *uid)
{
	struct dirent *e;
	bool found = false;
	int64_t pid;
	DIR *dir;

	*uid = SEK_UID_NONE;
	if (audit_session == UINT32_MAX || (dir = opendir("/proc")) == NULL)
		return (false);
	while (!found && (e = readdir(dir)) != NULL) {
		if (sek_text_number(&pid, e->d_name, 2, INT32_MAX) != SEK_OK ||
		    number_of(dirfd(dir), (int32_t)pid, "sessionid") !=
		    audit_session || parent_of(dirfd(dir), (int32_t)pid) == 0)
			continue;
		*uid = number_of(dirfd(dir), (int32_t)pid, "loginuid");
		found = true;
	}
	(void)closedir(dir);
	return (found);
}
