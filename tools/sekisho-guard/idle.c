/*
 * idle.c - a session that nobody touches: when to look, and what then
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * 6(1)①コ, 7(2)④. A terminal was touched when it was last read from, as its
 * time of access tells (to 8 s: the kernel notes no more, which never makes a
 * lock late); a screen, when its desktop told logind. Both are asked at the
 * earliest instant at which something can be due, and at no other.
 *
 * MUST: a clock that was set decides nothing: spans are of the boot clock.
 */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lock.h"

#define ANSWER_US	(25 * SEK_SECOND)	/* longer no bus is waited for */
#define AGAIN_US	(30 * SEK_SECOND)	/* after no answer */
#define RETRY_US	(10 * SEK_SECOND)	/* what could not be locked */

struct seen {
	struct timespec	at;		/* time of access */
	uint32_t	tty;
};

struct guard_idle {
	enum guard_kind	kind;
	int64_t		touched;	/* boot us */
	int64_t		looked;		/* boot us, at terminals */
	int64_t		next;		/* boot us: nothing is due before */
	struct seen	seen[GUARD_TTYS];
	size_t		n;
	pid_t		asked;		/* who asks logind; 0 nobody */
	int		fd;		/* its answer; -1 */
};

static bool
is_of_use(const struct watch *w)
{

	return (w->idle != NULL && w->g.envelope[0] == '\0');
}

static bool
has_spans(const struct watch *w)
{

	return (w->g.idle_lock > 0 || w->g.idle_logout > 0 ||
	    w->g.reauth > 0);
}

static int64_t
set_next(struct watch *w, int64_t next)
{

	w->idle->next = next;
	w->idle_look = next;
	return (next);
}

void
guard_idle_soon(struct watch *w, int64_t at)
{

	if (w->idle_look > at)
		w->idle_look = at;
	if (w->idle != NULL && w->idle->next > at)
		w->idle->next = at;
}

enum guard_kind
guard_idle_kind(const struct watch *w)
{

	return (w->idle != NULL ? w->idle->kind : GUARD_KIND_TTY);
}

void
guard_idle_touch(struct watch *w, bool proved)
{
	const int64_t now = guard_now();

	if (proved)
		w->s.proved = now;
	if (w->idle == NULL)
		return;
	w->idle->touched = w->idle->looked = now;
	(void)set_next(w, now);
}

/* ------------------------------------------------------------ what is due -- */

static struct guard_due
facts(const struct watch *w)
{
	const struct guard_due d = {
		.touched = w->idle->touched,
		.proved = w->s.proved,
		.locked_at = w->s.locked_at,
		.idle_lock = w->g.idle_lock,
		.idle_logout = w->g.idle_logout,
		.reauth = w->g.reauth,
		.locked_idle = w->s.locked_for == (uint32_t)SEK_REASON_IDLE,
		.screen = w->idle->kind == GUARD_KIND_SCREEN,
		.removed = w->s.removed != 0
	};

	return (d);
}

static int64_t
act(struct watch *w, int64_t now)
{
	struct guard_due d = facts(w);
	int64_t next = GUARD_NEVER;
	enum guard_act what = guard_due(&d, now, &next);

	switch (what) {
	case GUARD_ACT_END:
		guard_end(w, SEK_REASON_IDLE);
		return (GUARD_NEVER);
	case GUARD_ACT_LOCK:
	case GUARD_ACT_PROVE:
		guard_lock(w, what == GUARD_ACT_LOCK ? SEK_REASON_IDLE :
		    SEK_REASON_REAUTH);
		break;
	case GUARD_ACT_NONE:
		return (next);
	}
	d = facts(w);
	if (d.locked_at == 0)
		return (now + RETRY_US);
	(void)guard_due(&d, now, &next);
	return (next);
}

/* -------------------------------------------------------------- terminals -- */

static const struct timespec *
seen_before(const struct guard_idle *idle, uint32_t tty)
{
	size_t i;

	for (i = 0; i < idle->n; i++)
		if (idle->seen[i].tty == tty)
			return (&idle->seen[i].at);
	return (NULL);
}

/* By the clock that the kernel took the time of access from. */
static int64_t
age_of(const struct timespec *at)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (((int64_t)ts.tv_sec - at->tv_sec) * SEK_SECOND +
	    (ts.tv_nsec - at->tv_nsec) / 1000);
}

static void
look_at(struct guard_idle *idle, struct seen *out, uint32_t tty, int64_t now)
{
	const struct timespec *before = seen_before(idle, tty);
	char path[GUARD_TTY_PATH];
	struct stat st;
	int64_t touched;

	memset(out, 0, sizeof(*out));
	out->tty = tty;
	if (!guard_tty_path(path, tty) || stat(path, &st) != 0) {
		if (before != NULL)
			out->at = *before;
		return;
	}
	out->at = st.st_atim;
	if (before != NULL && before->tv_sec == out->at.tv_sec &&
	    before->tv_nsec == out->at.tv_nsec)
		return;
	touched = guard_due_touched(age_of(&out->at), idle->looked, now);
	if (touched > idle->touched)
		idle->touched = touched;
}

/* No terminal, no idleness: one may come yet, and nothing can be due at it
 * before the shortest of these. */
static int64_t
nobody_sits(struct watch *w, int64_t now)
{
	const int64_t spans[] = { w->g.idle_lock, w->g.idle_logout,
		w->g.reauth };
	int64_t next = GUARD_NEVER;
	size_t i;

	w->idle->n = 0;
	w->idle->touched = w->idle->looked = now;
	for (i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
		if (spans[i] > 0 && spans[i] < next)
			next = spans[i];
	return (next < GUARD_NEVER - now ? now + next : GUARD_NEVER);
}

static int64_t
look_at_ttys(struct watch *w, int64_t now)
{
	struct guard_idle *idle = w->idle;
	struct seen seen[GUARD_TTYS];
	struct guard_processes all;
	uint32_t tty[GUARD_TTYS];
	size_t i, n;

	if (guard_processes_of(&all, &w->g) != SEK_OK)
		return (now + RETRY_US);
	n = guard_ttys_pick(tty, GUARD_TTYS, &all, w->g.leader.pid);
	guard_processes_free(&all);
	if (n == 0 && w->s.locked_at == 0)
		return (nobody_sits(w, now));
	for (i = 0; i < n; i++)
		look_at(idle, &seen[i], tty[i], now);
	memcpy(idle->seen, seen, n * sizeof(seen[0]));
	idle->n = n;
	idle->looked = now;
	return (act(w, now));
}

/* ---------------------------------------------------------------- screens -- */

/* Somebody is at it, or was since it was locked, and no locker says that it
 * keeps him out. */
static bool
was_opened(const struct watch *w, const struct guard_screen *s)
{

	return (w->s.locked_at != 0 && s->locked == 0 && (s->idle == 0 ||
	    (w->s.removed == 0 && s->since > w->s.locked_at)));
}

static int64_t
look_at_screen(struct watch *w, const struct guard_screen *s, int64_t now)
{

	if (was_opened(w, s))
		guard_lock_opened(w);
	w->idle->touched = s->idle != 0 && s->since < now ? s->since : now;
	return (act(w, now));
}

/* What logind does not tell, the terminal's name does. */
static void
guess(struct watch *w)
{

	if (w->idle->kind == GUARD_KIND_UNKNOWN)
		w->idle->kind = w->g.tty[0] == ':' ? GUARD_KIND_SCREEN :
		    GUARD_KIND_TTY;
}

static void
answered(struct watch *w, int status, void *arg)
{
	struct guard_idle *idle = arg;
	const int64_t now = guard_now();
	struct guard_screen s;
	ssize_t n;

	(void)status;
	n = read(idle->fd, &s, sizeof s);
	(void)close(idle->fd);
	idle->fd = -1;
	idle->asked = 0;
	if (n != (ssize_t)sizeof s || s.magic != GUARD_SCREEN_MAGIC) {
		guess(w);
		(void)set_next(w, now + AGAIN_US);
		return;
	}
	idle->kind = s.screen != 0 ? GUARD_KIND_SCREEN : GUARD_KIND_TTY;
	guard_lock_look(w);
	if (w->s.ending != 0)
		return;
	(void)set_next(w, idle->kind == GUARD_KIND_SCREEN ?
	    look_at_screen(w, &s, now) : look_at_ttys(w, now));
}

void
guard_idle_ask(struct watch *w)
{
	const char *const args[] = { "--screen", w->g.id, "look", NULL };
	int p[2];

	if (w->idle == NULL || w->idle->asked != 0)
		return;
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	w->idle->fd = p[0];
	w->idle->asked = guard_run(w, args, p[1], answered, w->idle);
	(void)close(p[1]);
	if (w->idle->asked == 0) {
		(void)close(p[0]);
		w->idle->fd = -1;
		guess(w);
	}
}

/* ------------------------------------------------------------------- both -- */

void
guard_idle_begin(struct watch *w)
{
	const int64_t now = guard_now();
	int64_t from = w->g.opened.boot;

	if (from <= 0 || from > now)
		from = now;
	if (w->s.proved <= 0 || w->s.proved > now)
		w->s.proved = from;
	w->idle_look = GUARD_NEVER;
	if ((w->idle = calloc(1, sizeof(*w->idle))) == NULL) {
		syslog(LOG_ERR, "session of %s: out of memory: it does not "
		    "lock by itself", w->g.account);
		return;
	}
	w->idle->fd = -1;
	w->idle->touched = w->idle->looked = from;
	w->idle->kind = w->g.logind[0] != '\0' ? GUARD_KIND_UNKNOWN :
	    GUARD_KIND_TTY;
	if (is_of_use(w) && w->idle->kind == GUARD_KIND_UNKNOWN)
		guard_idle_ask(w);
}

int64_t
guard_idle_look(struct watch *w, int64_t now)
{

	if (!is_of_use(w) || w->s.ending != 0)
		return (GUARD_NEVER);
	if (w->idle->asked != 0)
		return (set_next(w, now + ANSWER_US));
	if (now < w->idle->next)
		return (w->idle->next);
	guard_lock_look(w);
	if (!has_spans(w) && w->s.locked_at == 0)
		return (set_next(w, GUARD_NEVER));
	if (w->idle->kind == GUARD_KIND_TTY)
		return (set_next(w, look_at_ttys(w, now)));
	guard_idle_ask(w);
	return (set_next(w, now + (w->idle->asked != 0 ? ANSWER_US :
	    AGAIN_US)));
}
