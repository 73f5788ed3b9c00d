/*
 * locks.c - a guard without locks: what would be locked is ended
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the place of idle.c, device.c, lock.c and reader.c, and gone with them.
 */
#include "config.h"

#include "guard.h"

void
guard_idle_begin(struct watch *w)
{

	w->idle_look = GUARD_NEVER;
}

int64_t
guard_idle_look(struct watch *w, int64_t now)
{

	(void)w;
	(void)now;
	return (GUARD_NEVER);
}

void
guard_device_begin(struct watch *w)
{

	w->devices = NULL;
}

int64_t
guard_device_due(struct watch *w, int64_t now)
{

	(void)w;
	(void)now;
	return (GUARD_NEVER);
}

void
guard_lock(struct watch *w, enum sek_reason reason)
{

	guard_end(w, reason);
}

void
guard_lock_resume(struct watch *w)
{

	guard_end(w, (enum sek_reason)w->s.locked_for);
}

void
guard_lock_release(struct watch *w)
{

	w->s.locked_at = 0;
}

int
guard_main_lock(const struct sek_guard *g, const char *tty)
{

	(void)g;
	(void)tty;
	return (GUARD_EXIT_USAGE);
}

int
guard_main_reader(const struct sek_guard *g, const char *number)
{

	(void)g;
	(void)number;
	return (GUARD_EXIT_USAGE);
}
