/*
 * warn.c - a session is told when it ends: at its terminals, and at the screen
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a terminal that takes nothing (stopped by Ctrl-S) holds nobody up.
 * MUST: what is a user's (his bus) is talked to as that user, by a child with
 * nothing of ours.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/notify.h"

#define TERMINALS_MAX	32u
#define PTS_FIRST	136u	/* major numbers of pseudo terminals */
#define PTS_LAST	143u

struct terminals {
	dev_t	device[TERMINALS_MAX];
	size_t	n;
};

/* ------------------------------------------------- where it can be seen -- */

static void
add(struct terminals *t, dev_t device)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->device[i] == device)
			return;
	if (device != 0 && t->n < TERMINALS_MAX)
		t->device[t->n++] = device;
}

/* A small file of a process, whole. */
static bool
read_proc(char *dst, size_t size, const char *pid, const char *file)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	if (sek_text_format(path, sizeof path, "/proc/%s/%s", pid, file) !=
	    SEK_OK || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (false);
	n = read(fd, dst, size - 1);
	(void)close(fd);
	dst[n > 0 ? n : 0] = '\0';
	return (n > 0);
}

static bool
is_of_session(const struct sek_guard *g, const char *pid)
{
	char text[SEK_UNIT_CGROUP + 4096], *line, *rest = text;
	size_t n = strlen(g->cgroup);
	int64_t number;

	if (g->own_audit != 0)
		return (read_proc(text, sizeof text, pid, "sessionid") &&
		    sek_text_number(&number, text, 0, UINT32_MAX) == SEK_OK &&
		    number == g->audit_session);
	if (n == 0 || !read_proc(text, sizeof text, pid, "cgroup"))
		return (false);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, "0::", 3) == 0)
			return (strncmp(line + 3, g->cgroup, n) == 0 &&
			    (line[3 + n] == '\0' || line[3 + n] == '/'));
	return (false);
}

/* Its controlling terminal: the fifth word behind its name in brackets. */
static dev_t
terminal_of(const char *pid)
{
	char text[1024], *p;
	unsigned number = 0;

	if (!read_proc(text, sizeof text, pid, "stat") ||
	    (p = strrchr(text, ')')) == NULL ||
	    sscanf(p + 1, " %*c %*d %*d %*d %u", &number) != 1)
		return (0);
	/* As the kernel writes it (new_encode_dev). */
	return (makedev((number >> 8) & 0xfff, (number & 0xff) |
	    ((number >> 12) & 0xfff00)));
}

static void
find(struct terminals *t, const struct sek_guard *g)
{
	struct dirent *e;
	int64_t number;
	DIR *dir;

	if ((dir = opendir("/proc")) == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (sek_text_number(&number, e->d_name, 1, INT32_MAX) ==
		    SEK_OK && is_of_session(g, e->d_name))
			add(t, terminal_of(e->d_name));
	(void)closedir(dir);
}

/* What PAM_TTY named, where it is a terminal, and nobody else's by now. */
static void
add_named(struct terminals *t, const struct sek_guard *g)
{
	const char *tty = g->tty;
	char path[SEK_TTY_MAX + 8];
	struct stat st;

	if (tty[0] == '\0' || strstr(tty, "..") != NULL ||
	    sek_text_format(path, sizeof path, "%s%s", strncmp(tty, "/dev/",
	    5) == 0 ? "" : "/dev/", tty) != SEK_OK)
		return;
	if (stat(path, &st) == 0 && S_ISCHR(st.st_mode) &&
	    (st.st_uid == g->uid || st.st_uid == g->subject_uid) &&
	    (major(st.st_rdev) == 4 || (major(st.st_rdev) >= PTS_FIRST &&
	    major(st.st_rdev) <= PTS_LAST)))
		add(t, st.st_rdev);
}

static void
write_at(dev_t device, const char *text)
{
	unsigned first = major(device);
	struct stat st;
	char path[64];
	int fd;

	if (first >= PTS_FIRST && first <= PTS_LAST)
		(void)snprintf(path, sizeof path, "/dev/pts/%u",
		    (first - PTS_FIRST) * 256 + minor(device));
	else
		(void)snprintf(path, sizeof path, "/dev/char/%u:%u", first,
		    minor(device));
	if (first == 4 && minor(device) < 64)
		(void)snprintf(path, sizeof path, "/dev/tty%u",
		    minor(device));
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == device)
		(void)!write(fd, text, strlen(text));
	(void)close(fd);
}

/* --------------------------------------------------------------- telling -- */

/* The screen of who sits there: the account's own, or of who went in. */
static void
notify(const struct sek_guard *g, const char *title, const char *text)
{
	const uint32_t who[] = { g->uid, g->subject_uid };
	size_t i;

	for (i = 0; i < 2; i++)
		if (who[i] != SEK_UID_NONE && (i == 0 || who[1] != who[0]))
			(void)sek_notify(who[i], title, text, NULL);
}

static void
say(const struct sek_guard *g, int64_t left)
{
	enum sek_language language = (enum sek_language)g->language;
	struct terminals t = { .n = 0 };
	char until[32], text[512], line[600];
	struct sek_moment now;
	size_t i;

	(void)sek_clock_now(&now);
	sek_clock_print_short(until, sizeof until, now.wall + left,
	    g->timezone);
	(void)snprintf(text, sizeof text, sek_message(language,
	    N_("This session ends at %s (in %d min), with all that runs in "
	    "it. Please save your work.")), until,
	    (int)((left + 30 * SEK_SECOND) / (60 * SEK_SECOND)));
	(void)snprintf(line, sizeof line, "\r\n\a*** %s\r\n", text);
	add_named(&t, g);
	find(&t, g);
	for (i = 0; i < t.n; i++)
		write_at(t.device[i], line);
	notify(g, sek_message(language, N_("The session ends")), text);
}

int
guard_main_warn(const struct sek_guard *g)
{
	int64_t left = g->deadline - guard_now();

	if (g->deadline != 0 && left > 0)
		say(g, left);
	return (0);
}
