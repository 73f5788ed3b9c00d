/*
 * due.c - when a session that nobody touches is to be locked and ended
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. 6(1)①コ, 7(2)④.
 */
#include "config.h"

#include "lock.h"

static int64_t
after(int64_t from, int64_t span)
{

	return (span <= 0 || from > INT64_MAX - span ? GUARD_NEVER :
	    from + span);
}

static int64_t
sooner(int64_t a, int64_t b)
{

	return (a < b ? a : b);
}

/* From when on is it idle, while it is locked? What is typed at a lock is
 * nobody's yet, and does not keep the session. */
static int64_t
idle_since(const struct guard_due *d)
{

	if (d->locked_at == 0 || d->screen)
		return (d->touched);
	return (d->locked_idle ? d->locked_at - d->idle_lock : d->locked_at);
}

enum guard_act
guard_due(const struct guard_due *d, int64_t now, int64_t *next)
{
	const int64_t end = after(idle_since(d), d->idle_logout);
	int64_t lock = GUARD_NEVER, prove = GUARD_NEVER, look = GUARD_NEVER;

	if (d->locked_at == 0) {
		lock = after(d->touched, d->idle_lock);
		prove = after(d->proved, d->reauth);
	} else if (d->screen && !d->removed) {
		/* Nobody tells that a screen was opened: whoever opened it now
		 * is to be locked out that much later. */
		look = after(now, d->idle_lock);
	}
	*next = sooner(sooner(end, look), sooner(lock, prove));
	if (end <= now)
		return (GUARD_ACT_END);
	if (lock <= now)
		return (GUARD_ACT_LOCK);
	return (prove <= now ? GUARD_ACT_PROVE : GUARD_ACT_NONE);
}

int64_t
guard_due_touched(int64_t age, int64_t looked, int64_t now)
{

	if (age < 0)
		return (now);
	return (age > now - looked ? looked : now - age);
}
