/*
 * device.c - the card or key by which a session was opened: is it there?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * 6(1)①コ. A key is the node of /dev that libfido2 named: its folder tells of
 * its end. A card is what a process of ours waits for at its reader. Nothing
 * is asked again and again.
 *
 * MUST: what can no longer be watched is away.
 * MUST: put in again it opens nothing.
 */
#include "config.h"

#include <sys/inotify.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#include "lock.h"

#define SOFT	"softkey:"	/* a key that is a program's, at its socket */

struct device {
	size_t		number;
	bool		card;
	bool		armed;		/* it was there: its going counts */
	bool		away;
	int		fd;		/* -1 none */
	pid_t		reader;		/* of a card; 0 none */
	char		folder[SEK_GUARD_DEVICE];
	char		name[NAME_MAX + 1];
	char		came[NAME_MAX + 1];	/* one like it, since */
};

struct guard_devices {
	struct device	d[SEK_GUARD_DEVICES];
	size_t		n;
};

static bool
any_is_away(const struct guard_devices *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->d[i].away)
			return (true);
	return (false);
}

/* ------------------------------------------------------------- what then -- */

static void
is_away(struct watch *w, struct device *d)
{

	if (d->away || !d->armed || w->s.ending != 0)
		return;
	d->away = true;
	d->armed = false;
	if (w->s.removed == 0)
		w->s.removed_at = guard_now();
	w->s.removed = 1;
	guard_save(w);
	syslog(LOG_NOTICE, "session of %s: its %s was taken away",
	    w->g.account, d->card ? "card" : "key");
	guard_tell(w, SEK_EVENT_REMOVAL, SEK_REASON_REMOVED, false,
	    d->card ? "card" : "key");
	if (w->g.on_removal == SEK_ON_REMOVAL_LOGOUT)
		guard_end(w, SEK_REASON_REMOVED);
	else
		guard_lock(w, SEK_REASON_REMOVED);
}

static void
is_there(struct watch *w, struct device *d)
{

	d->armed = true;
	d->away = false;
	d->came[0] = '\0';
	if (w->s.removed == 0 || any_is_away(w->devices))
		return;
	w->s.removed = 0;
	/* A screen whose locker tells nothing is taken for opened with it; what
	 * is locked otherwise stays so, and its time goes on. */
	if (w->s.locked_at == 0 || guard_idle_kind(w) == GUARD_KIND_SCREEN)
		w->s.removed_at = 0;
	guard_save(w);
}

int64_t
guard_device_due(struct watch *w, int64_t now)
{
	int64_t at;

	if (w->s.removed_at == 0 || w->g.removal_logout <= 0 ||
	    w->g.envelope[0] != '\0' || w->s.ending != 0)
		return (GUARD_NEVER);
	if (w->s.removed_at > INT64_MAX - w->g.removal_logout)
		return (GUARD_NEVER);
	at = w->s.removed_at + w->g.removal_logout;
	if (now < at)
		return (at);
	guard_end(w, SEK_REASON_REMOVED);
	return (GUARD_NEVER);
}

/* ------------------------------------------------------------------ keys -- */

static bool
node_is_there(const struct device *d)
{
	char path[SEK_GUARD_DEVICE + NAME_MAX + 2];

	return (sek_text_format(path, sizeof path, "%s/%s", d->folder,
	    d->name) == SEK_OK && access(path, F_OK) == 0);
}

/* "hidraw3" and "hidraw4": plugged in again it may be called otherwise. */
static bool
is_like(const char *a, const char *b)
{
	size_t n = strcspn(a, "0123456789");

	return (n > 0 && strncmp(a, b, n) == 0 &&
	    a[n + strspn(a + n, "0123456789")] == '\0' &&
	    isdigit((unsigned char)b[n]) != 0 &&
	    b[n + strspn(b + n, "0123456789")] == '\0');
}

static void
take_news(struct watch *w, struct device *d, const struct inotify_event *e)
{
	const bool gone = (e->mask & (IN_DELETE | IN_MOVED_FROM)) != 0;

	if ((e->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF |
	    IN_UNMOUNT)) != 0) {
		if (!node_is_there(d))
			is_away(w, d);
		return;
	}
	if (e->len == 0)
		return;
	if (strcmp(e->name, d->name) == 0) {
		if (gone)
			is_away(w, d);
		else
			is_there(w, d);
	} else if (d->away && !gone && is_like(d->name, e->name)) {
		(void)sek_text_copy(d->came, sizeof d->came, e->name);
	}
}

static void
on_folder(struct watch *w, int fd, void *arg)
{
	char buffer[4096] __attribute__((aligned(8)));
	const struct inotify_event *e;
	ssize_t n, at;

	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof *e + e->len)) {
			e = (const struct inotify_event *)(const void *)
			    (buffer + at);
			take_news(w, arg, e);
		}
}

static bool
split(struct device *d, const char *path)
{
	const char *name;

	if (strncmp(path, SOFT, strlen(SOFT)) == 0)
		path += strlen(SOFT);
	if (path[0] != '/' || (name = strrchr(path, '/') + 1)[0] == '\0' ||
	    sek_text_copy(d->name, sizeof d->name, name) != SEK_OK)
		return (false);
	return (sek_file_folder(d->folder, sizeof d->folder, path) == SEK_OK);
}

/* First the watch, then the look: nothing goes between them unseen. */
static void
begin_key(struct watch *w, struct device *d)
{

	d->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (d->fd < 0 || inotify_add_watch(d->fd, d->folder, IN_CREATE |
	    IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF |
	    IN_ONLYDIR) < 0 || !guard_wait_for(w, d->fd, on_folder, d)) {
		syslog(LOG_ERR, "session of %s: %s cannot be watched: %s",
		    w->g.account, d->folder, strerror(errno));
		is_away(w, d);
	} else if (!node_is_there(d)) {
		is_away(w, d);
	}
}

/* ----------------------------------------------------------------- cards -- */

/* What the reader's process says: '+' there, '-' away. */
static void
on_reader(struct watch *w, int fd, void *arg)
{
	struct device *d = arg;
	char said[64];
	ssize_t n, i;

	while ((n = read(fd, said, sizeof said)) > 0)
		for (i = 0; i < n; i++) {
			if (said[i] == '+')
				is_there(w, d);
			else
				is_away(w, d);
		}
	if (n == 0) {
		guard_drop(w, fd);
		(void)close(fd);
		d->fd = -1;
	}
}

static void
reader_ended(struct watch *w, int status, void *arg)
{
	struct device *d = arg;

	(void)status;
	d->reader = 0;
	if (d->fd >= 0)
		on_reader(w, d->fd, d);
	is_away(w, d);
}

static void
begin_card(struct watch *w, struct device *d)
{
	char number[4];
	const char *const args[] = { "--reader", w->g.id, number, NULL };
	int p[2];

	(void)sek_text_format(number, sizeof number, "%u",
	    (unsigned)d->number);
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) != 0) {
		is_away(w, d);
		return;
	}
	d->reader = guard_run(w, args, p[1], reader_ended, d);
	(void)close(p[1]);
	if (d->reader != 0 && guard_wait_for(w, p[0], on_reader, d)) {
		d->fd = p[0];
		return;
	}
	(void)close(p[0]);
	is_away(w, d);
}

/* ------------------------------------------------------------------ both -- */

void
guard_device_begin(struct watch *w)
{
	struct guard_devices *all;
	struct device *d;
	size_t i;

	w->devices = NULL;
	if (w->g.on_removal == SEK_ON_REMOVAL_IGNORE ||
	    w->g.envelope[0] != '\0' ||
	    (all = calloc(1, sizeof(*all))) == NULL)
		return;
	w->devices = all;
	for (i = 0; i < SEK_GUARD_DEVICES; i++) {
		if (w->g.device[i].path[0] == '\0')
			continue;
		d = &all->d[all->n++];
		d->number = i;
		d->fd = -1;
		/* Begun anew after a kill: it was away already. */
		d->armed = w->s.removed == 0;
		d->away = !d->armed;
		d->card = !split(d, w->g.device[i].path);
		if (d->card)
			begin_card(w, d);
		else
			begin_key(w, d);
	}
}

void
guard_device_opened(struct watch *w)
{
	struct device *d;
	size_t i;

	w->s.removed = 0;
	w->s.removed_at = 0;
	for (i = 0; w->devices != NULL && i < w->devices->n; i++) {
		d = &w->devices->d[i];
		d->away = false;
		if (d->card) {
			/* pcscd was gone, and may be back. */
			if (d->reader == 0 && d->fd < 0)
				begin_card(w, d);
			continue;
		}
		if (!node_is_there(d) && d->came[0] != '\0')
			memcpy(d->name, d->came, sizeof d->name);
		d->came[0] = '\0';
		d->armed = node_is_there(d);
	}
}
