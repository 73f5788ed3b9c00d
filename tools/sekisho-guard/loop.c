/*
 * loop.c - one session, waited for: its end, its orders, its hours
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * It sleeps until the next instant at which something is due, at most BEAT,
 * so that systemd sees a guard that was stopped. MUST: what is due is told by
 * CLOCK_BOOTTIME alone.
 */
#include "config.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "loop.h"
#include "sekisho/base/text.h"

#define BEAT		(60 * SEK_SECOND)
#define BLIND		(5 * SEK_SECOND)	/* nothing tells of its end */
#define AGAIN		(5 * SEK_SECOND)	/* its end failed: once more */
#define END_TAKES	(60 * SEK_SECOND)	/* then it hangs */

int64_t
guard_now(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return ((int64_t)ts.tv_sec * SEK_SECOND + ts.tv_nsec / 1000);
}

void
guard_save(struct watch *w)
{
	struct sek_why why = { "" };

	if (sek_guard_state_write(&w->g, &w->s, &why) != SEK_OK)
		syslog(LOG_ERR, "%s", why.text);
}

/* ----------------------------------------------------------- its orders -- */

/* How many of the warnings are not for this session: it began too late. */
static uint32_t
past_warnings(const struct sek_guard *g, int64_t now)
{
	uint32_t i;

	for (i = 0; i < g->nwarn; i++)
		if (g->deadline == 0 || g->deadline - g->warn[i] > now)
			break;
	return (i);
}

static void
take_orders(struct watch *w)
{
	struct sek_guard *g = calloc(1, sizeof *g);

	/* Gone, or not ours: the last ones stand. */
	if (g == NULL || sek_guard_read(g, w->g.id, NULL) != SEK_OK)
		goto out;
	if (g->deadline != w->g.deadline)
		w->s.warned = past_warnings(g, guard_now());
	w->g = *g;
	if (g->order == SEK_GUARD_END) {
		guard_end(w, (enum sek_reason)g->order_reason);
	} else if (g->order == SEK_GUARD_LOCK) {
		guard_lock(w, (enum sek_reason)g->order_reason);
		(void)sek_guard_order(g->id, SEK_GUARD_WATCH, SEK_REASON_NONE,
		    NULL, NULL, NULL);
	}
	guard_save(w);
	w->idle_look = guard_now();
out:
	free(g);
}

/* Where nothing tells of them. */
static void
look_at_orders(struct watch *w)
{
	struct sek_guard *g = calloc(1, sizeof *g);

	if (g != NULL && sek_guard_read(g, w->g.id, NULL) == SEK_OK &&
	    memcmp(g, &w->g, sizeof *g) != 0)
		take_orders(w);
	free(g);
}

/* A folder's or a cgroup's news: what it was, only the look tells. */
static void
on_inotify(struct watch *w, int fd, void *arg)
{
	char buffer[4096] __attribute__((aligned(8)));
	const struct inotify_event *e;
	bool orders = false;
	ssize_t n, at;

	(void)arg;
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof *e + e->len)) {
			e = (const struct inotify_event *)(const void *)
			    (buffer + at);
			if ((e->mask & IN_Q_OVERFLOW) != 0 || (e->len > 0 &&
			    strcmp(e->name, w->g.id) == 0))
				orders = true;
		}
	if (orders && !w->over)
		take_orders(w);
}

static void
watch_cgroup(int fd, const char *cgroup)
{
	char path[SEK_UNIT_CGROUP + 64];

	if (cgroup[0] != '\0' &&
	    sek_unit_cgroup_file(path, sizeof path, cgroup, "cgroup.events"))
		(void)inotify_add_watch(fd, path, IN_MODIFY | IN_DELETE_SELF);
}

/* Of inotify there are so many for all of root's: without it, it looks. */
static void
watch_files(struct watch *w)
{
	char slice[64];
	int fd;

	if ((fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) < 0 ||
	    inotify_add_watch(fd, SEK_GUARD_DIR, IN_MOVED_TO) < 0 ||
	    !guard_wait_for(w, fd, on_inotify, NULL)) {
		syslog(LOG_WARNING, "inotify: %s; the session of %s is looked "
		    "at every few seconds", strerror(errno), w->g.account);
		if (fd >= 0)
			(void)close(fd);
		w->blind = true;
		return;
	}
	w->blind = w->g.cgroup[0] == '\0';
	watch_cgroup(fd, w->g.cgroup);
	if (w->g.envelope[0] != '\0') {
		guard_slice(slice, sizeof slice, w->g.uid);
		watch_cgroup(fd, slice);
	}
}

/* -------------------------------------------------------------- its end -- */

static void
on_ended(struct watch *w, int status, void *arg)
{

	(void)arg;
	w->ender = 0;
	if (status == 0)
		w->over = true;
	else
		w->end_again = guard_now() + AGAIN;
}

static void
start_end(struct watch *w)
{
	char reason[16];
	const char *const args[] = { "--end", w->g.id, reason, NULL };

	(void)sek_text_format(reason, sizeof reason, "%u", w->s.ending_for);
	w->ender = guard_run(w, args, -1, on_ended, NULL);
	/* No room for one more process: it may be this session that took it. */
	if (w->ender == 0 && w->g.cgroup[0] != '\0')
		(void)sek_unit_kill_cgroup(w->g.cgroup, NULL);
	w->end_again = guard_now() + (w->ender != 0 ? END_TAKES : AGAIN);
}

void
guard_end(struct watch *w, enum sek_reason reason)
{

	if (w->s.ending != 0)
		return;
	w->s.ending = 1;
	w->s.ending_for = (uint32_t)reason;
	guard_save(w);
	guard_lock_release(w);
	start_end(w);
}

/* One that hangs is killed, and begun again. */
static void
look_at_end(struct watch *w, int64_t now)
{

	if (now < w->end_again)
		return;
	if (w->ender != 0)
		guard_kill(w, w->ender);
	w->ender = 0;
	start_end(w);
}

/* Of an envelope's also what he left with his own systemd: as long as that
 * runs there is something to be ended. */
static bool
is_there(const struct watch *w)
{
	char slice[64];

	if (sek_guard_is_there(&w->g))
		return (true);
	guard_slice(slice, sizeof slice, w->g.uid);
	return (w->g.envelope[0] != '\0' && sek_unit_is_populated(slice));
}

/* ------------------------------------------------------------- its hours -- */

static void
warn(struct watch *w, int64_t now)
{
	const char *const args[] = { "--warn", w->g.id, NULL };
	uint32_t due = past_warnings(&w->g, now);

	if (due <= w->s.warned)
		return;
	w->s.warned = due;
	guard_save(w);
	(void)guard_run(w, args, -1, NULL, NULL);
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return (a < b ? a : b);
}

/* Do what is due; when is the next? */
static int64_t
look(struct watch *w)
{
	int64_t now = guard_now(), next = now + (w->blind ? BLIND : BEAT);

	if (w->blind && w->s.ending == 0)
		look_at_orders(w);
	if (w->s.ending == 0 && !is_there(w))
		guard_end(w, SEK_REASON_NONE);
	if (w->s.ending == 0 && w->g.deadline != 0 && now >= w->g.deadline)
		guard_end(w, guard_over_for(&w->g));
	if (w->s.ending != 0) {
		look_at_end(w, now);
		return (earlier(next, w->end_again));
	}
	warn(w, now);
	if (now >= w->idle_look)
		w->idle_look = guard_idle_look(w, now);
	next = earlier(next, w->idle_look);
	next = earlier(next, guard_device_due(w, now));
	if (w->s.ending != 0)
		return (earlier(next, w->end_again));
	if (w->g.deadline != 0)
		next = earlier(next, w->g.deadline - (w->s.warned <
		    w->g.nwarn ? w->g.warn[w->s.warned] : 0));
	return (next);
}

/* ---------------------------------------------------------------- begin -- */

static void
drain(struct watch *w, int fd, void *arg)
{
	uint64_t n;

	(void)w;
	(void)arg;
	(void)!read(fd, &n, sizeof n);
}

static bool
arm(const struct watch *w, int64_t at)
{
	struct itimerspec t;

	memset(&t, 0, sizeof t);
	/* 0 would disarm it. */
	if (at <= 0)
		at = 1;
	t.it_value.tv_sec = (time_t)(at / SEK_SECOND);
	t.it_value.tv_nsec = (long)(at % SEK_SECOND) * 1000 + 1;
	return (timerfd_settime(w->timer, TFD_TIMER_ABSTIME, &t, NULL) == 0);
}

static bool
begin(struct watch *w)
{
	bool again = sek_guard_state_read(&w->s, w->g.id) == SEK_OK;

	if (!guard_sources_begin(w) ||
	    (w->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC |
	    TFD_NONBLOCK)) < 0 || !guard_wait_for(w, w->timer, drain, NULL) ||
	    sek_process_get(&w->s.guard, 0) != SEK_OK)
		return (false);
	watch_files(w);
	if (!again) {
		w->s.proved = w->g.opened.boot;
		w->s.warned = past_warnings(&w->g, w->g.opened.boot);
	}
	guard_save(w);
	if (w->s.ending != 0) {
		start_end(w);
		return (true);
	}
	guard_idle_begin(w);
	guard_device_begin(w);
	if (w->s.locked_at != 0)
		guard_lock_resume(w);
	/* What was ordered while nobody listened. */
	take_orders(w);
	return (true);
}

int
guard_main_watch(const char *id)
{
	struct watch *w = calloc(1, sizeof *w);
	struct sek_why why = { "" };
	int64_t next;
	enum sek_err err;

	if (w == NULL)
		return (GUARD_EXIT_TROUBLE);
	if ((err = sek_guard_read(&w->g, id, &why)) != SEK_OK) {
		syslog(err == SEK_ERR_NOT_FOUND ? LOG_INFO : LOG_ALERT,
		    "%s", why.text);
		free(w);
		return (0);	/* begun again it would find no more */
	}
	if (!begin(w)) {
		syslog(LOG_ALERT, "the session of %s cannot be watched: %s",
		    w->g.account, strerror(errno));
		return (GUARD_EXIT_TROUBLE);
	}
	while (!w->over) {
		next = look(w);
		guard_beat(w, next);
		if (!arm(w, next) || !guard_sources_wait(w)) {
			syslog(LOG_ALERT, "the session of %s cannot be "
			    "watched: %s", w->g.account, strerror(errno));
			return (GUARD_EXIT_TROUBLE);
		}
	}
	free(w->idle);
	free(w->devices);
	free(w->locks);
	free(w);
	return (0);
}
