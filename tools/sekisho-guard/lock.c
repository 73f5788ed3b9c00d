/*
 * lock.c - a session is locked, and opened again by who proved himself
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A screen: its desktop is told, by logind. Terminals: what runs at them stands
 * still, and a locker asks at each in its place; who proves himself at one has
 * proved himself.
 *
 * MUST: what was locked is opened by a locker's yes, by nothing else: what
 * happens to a locker or to the guard locks it again.
 * MUST: nobody but a locker reads from a terminal that is locked: at the end of
 * the session what stands still there is killed as it stands.
 */
#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "lock.h"

#define PAUSE_MIN	SEK_SECOND		/* before a locker that died */
#define PAUSE_MAX	(60 * SEK_SECOND)	/* is started again */
#define SCREEN_AGAIN	(5 * SEK_SECOND)	/* logind was not to be had */

struct locker {
	pid_t		pid;		/* 0: none */
	uint32_t	tty;
};

struct guard_locks {
	struct locker	locker[GUARD_TTYS];
	int64_t		pause;
	int64_t		again;		/* boot us: no locker before */
	enum sek_reason	pending;	/* once it can be, or it is known what
					 * to lock */
};

static bool
has_locks(struct watch *w)
{

	if (w->locks == NULL)
		w->locks = calloc(1, sizeof(*w->locks));
	if (w->locks == NULL)
		syslog(LOG_ERR, "session of %s: out of memory: it is not "
		    "locked", w->g.account);
	return (w->locks != NULL);
}

static void
dismiss(const struct watch *w)
{
	size_t i;

	for (i = 0; w->locks != NULL && i < GUARD_TTYS; i++)
		if (w->locks->locker[i].pid > 0)
			(void)kill(-w->locks->locker[i].pid, SIGTERM);
}

static bool
has_lockers(const struct watch *w)
{
	size_t i;

	for (i = 0; i < GUARD_TTYS; i++)
		if (w->locks->locker[i].pid > 0)
			return (true);
	return (false);
}

/* ----------------------------------------------------------------- opening -- */

void
guard_lock_opened(struct watch *w)
{

	if (w->s.locked_at == 0)
		return;
	w->s.locked_at = 0;
	w->s.locked_for = SEK_REASON_NONE;
	dismiss(w);
	guard_thaw(&w->g);
	guard_idle_touch(w, true);
	guard_device_opened(w);
	guard_save(w);
}

/* Nobody is at its terminals any more: what runs there hears of it. */
static void
hung_up(struct watch *w)
{

	if (has_lockers(w))
		return;
	w->s.locked_at = 0;
	w->s.locked_for = SEK_REASON_NONE;
	guard_thaw(&w->g);
	guard_idle_touch(w, false);
	guard_save(w);
}

static void
locker_ended(struct watch *w, int status, void *arg)
{
	struct guard_locks *l = w->locks;
	struct locker *one = arg;

	one->pid = 0;
	if (w->s.locked_at == 0 || w->s.ending != 0)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == GUARD_LOCK_OPEN) {
		l->pause = 0;
		guard_lock_opened(w);
	} else if (WIFEXITED(status) &&
	    WEXITSTATUS(status) == GUARD_LOCK_HANGUP) {
		hung_up(w);
	} else {
		l->pause = l->pause == 0 ? PAUSE_MIN : l->pause * 2;
		if (l->pause > PAUSE_MAX)
			l->pause = PAUSE_MAX;
		l->again = guard_now() + l->pause;
		guard_idle_soon(w, l->again);
	}
}

/* ----------------------------------------------------------------- locking -- */

/* Its place in the table; NULL: it has its locker, or there is no room. */
static struct locker *
place_for(struct guard_locks *l, uint32_t tty)
{
	struct locker *free_one = NULL;
	size_t i;

	for (i = 0; i < GUARD_TTYS; i++) {
		if (l->locker[i].pid > 0 && l->locker[i].tty == tty)
			return (NULL);
		if (l->locker[i].pid == 0 && free_one == NULL)
			free_one = &l->locker[i];
	}
	return (free_one);
}

static void
start_locker(struct watch *w, uint32_t tty)
{
	struct locker *one = place_for(w->locks, tty);
	char path[GUARD_TTY_PATH];
	const char *const args[] = { "--lock", w->g.id, path, NULL };

	if (one == NULL || !guard_tty_path(path, tty))
		return;
	one->tty = tty;
	one->pid = guard_run(w, args, -1, locker_ended, one);
	if (one->pid == 0) {
		w->locks->again = guard_now() + PAUSE_MIN;
		guard_idle_soon(w, w->locks->again);
	}
}

/* Those of this session that somebody sits at; 0: there is nothing to lock. */
static size_t
ttys_of(const struct watch *w, uint32_t tty[GUARD_TTYS])
{
	struct guard_processes all;
	size_t n;

	if (guard_processes_of(&all, &w->g) != SEK_OK)
		return (0);
	n = guard_ttys_pick(tty, GUARD_TTYS, &all, w->g.leader.pid);
	guard_processes_free(&all);
	return (n);
}

static void
hold(struct watch *w, const uint32_t *tty, size_t n)
{
	size_t i;

	if (guard_freeze(&w->g, tty, n) != SEK_OK)
		syslog(LOG_ERR, "session of %s: what runs at its terminal "
		    "could not be frozen", w->g.account);
	for (i = 0; i < n; i++)
		start_locker(w, tty[i]);
}

static void
note(struct watch *w, enum sek_reason reason)
{

	w->s.locked_at = guard_now();
	w->s.locked_for = (uint32_t)reason;
	guard_save(w);
}

static void
lock_later(struct watch *w, enum sek_reason reason)
{

	w->locks->pending = reason;
	guard_idle_soon(w, guard_now() + SCREEN_AGAIN);
}

/* Whom logind could not be told of is not locked, whatever for. */
static void
screen_told(struct watch *w, int status, void *arg)
{
	const enum sek_reason reason = (enum sek_reason)w->s.locked_for;

	(void)arg;
	if (w->s.locked_at == 0 || w->s.ending != 0)
		return;
	if (status == 0) {
		guard_tell(w, SEK_EVENT_SCREEN_LOCK, reason, false, w->g.tty);
		return;
	}
	w->s.locked_at = 0;
	w->s.locked_for = SEK_REASON_NONE;
	guard_save(w);
	lock_later(w, reason);
}

static void
lock_screen(struct watch *w, enum sek_reason reason)
{
	const char *const args[] = { "--screen", w->g.id, "lock", NULL };

	if (guard_run(w, args, -1, screen_told, NULL) != 0)
		note(w, reason);
	else
		lock_later(w, reason);
}

static void
lock_ttys(struct watch *w, enum sek_reason reason)
{
	char path[GUARD_TTY_PATH] = "";
	uint32_t tty[GUARD_TTYS];
	size_t n = ttys_of(w, tty);

	if (n == 0)
		return;
	note(w, reason);
	hold(w, tty, n);
	(void)guard_tty_path(path, tty[0]);
	guard_tell(w, SEK_EVENT_SCREEN_LOCK, reason, false, path);
}

void
guard_lock(struct watch *w, enum sek_reason reason)
{

	if (w->s.ending != 0 || w->s.locked_at != 0 ||
	    w->g.envelope[0] != '\0' || !has_locks(w))
		return;
	w->locks->pending = SEK_REASON_NONE;
	switch (guard_idle_kind(w)) {
	case GUARD_KIND_SCREEN:
		lock_screen(w, reason);
		break;
	case GUARD_KIND_TTY:
		lock_ttys(w, reason);
		break;
	case GUARD_KIND_UNKNOWN:
		w->locks->pending = reason;
		guard_idle_ask(w);
		break;
	}
}

void
guard_lock_look(struct watch *w)
{
	uint32_t tty[GUARD_TTYS];
	size_t n;

	if (w->locks == NULL)
		return;
	if (w->locks->pending != SEK_REASON_NONE &&
	    guard_idle_kind(w) != GUARD_KIND_UNKNOWN)
		guard_lock(w, w->locks->pending);
	if (w->s.locked_at == 0 || guard_idle_kind(w) != GUARD_KIND_TTY)
		return;
	if (guard_now() < w->locks->again) {
		guard_idle_soon(w, w->locks->again);
		return;
	}
	if ((n = ttys_of(w, tty)) > 0)
		hold(w, tty, n);
	else if (!has_lockers(w))
		hung_up(w);
}

void
guard_lock_resume(struct watch *w)
{

	if (w->s.locked_at == 0) {
		/* Killed while it was opening it. */
		if (guard_is_frozen(&w->g))
			guard_thaw(&w->g);
		return;
	}
	if (has_locks(w))
		guard_lock_look(w);
}

void
guard_lock_release(struct watch *w)
{

	dismiss(w);
	if (w->s.locked_at != 0 && guard_idle_kind(w) != GUARD_KIND_SCREEN)
		guard_freeze_kill(&w->g);
	else if (guard_is_frozen(&w->g))
		guard_thaw(&w->g);
}
