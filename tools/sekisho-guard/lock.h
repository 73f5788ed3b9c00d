/*
 * lock.h - the parts of the lock, and what they call of each other
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_GUARD_LOCK_H
#define SEKISHO_GUARD_LOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guard.h"

#define GUARD_TTYS		4u	/* of one session, that are locked */
#define GUARD_TTY_PATH		64u	/* "/dev/pts/7" */
#define GUARD_PROCESSES_MAX	65536u

/* How a locker ended: proved (0), or */
#define GUARD_LOCK_OPEN		0
#define GUARD_LOCK_HANGUP	3	/* nobody is at that terminal any more */

/* ---------------------------------------------------------- process.c -- */

/* As /proc/PID/stat tells; tty: its device, as there; 0 none. */
struct guard_process {
	int32_t		pid;
	int32_t		parent;
	int32_t		group;
	int32_t		foreground;	/* group of its terminal */
	uint32_t	tty;
	uint32_t	pad;
};
struct guard_processes {
	struct guard_process	*p;
	size_t			 n;
	size_t			 room;
};

/* Pure: a line of /proc/PID/stat; false: it is none, or of a dead one. */
bool		guard_process_parse(struct guard_process *out,
		    const char *stat);
/* All of a session: of its cgroup and those below it, or of its audit session.
 * The caller frees. SEK_ERR_NOMEM, SEK_ERR_IO. */
enum sek_err	guard_processes_of(struct guard_processes *out,
		    const struct sek_guard *g);
void		guard_processes_free(struct guard_processes *all);

/*
 * Pure: the terminals at which somebody sits: of what descends from the leader,
 * the first met on the way down. What is below that (script, sudo's own, an
 * expect) or was left to process 1 (tmux, screen) is fed by programs. Where the
 * leader is gone: all there are. How many; at most max.
 */
size_t		guard_ttys_pick(uint32_t *tty, size_t max,
		    const struct guard_processes *all, int32_t leader);
/* Pure: does one of them have it in its foreground? */
bool		guard_tty_is_held(const struct guard_processes *all,
		    uint32_t tty);
/* The number of a device as /proc/PID/stat has it. */
uint32_t	guard_tty_number(dev_t dev);
/* Its name in /dev, checked to be that device. */
bool		guard_tty_path(char dst[GUARD_TTY_PATH], uint32_t tty);

/* ---------------------------------------------------------- due.c ------ */
/* Pure. Times are boot us, spans us; 0: there is none. */

enum guard_act {
	GUARD_ACT_NONE = 0,
	GUARD_ACT_LOCK,		/* nobody touched it */
	GUARD_ACT_PROVE,	/* lock it, for a new proof */
	GUARD_ACT_END
};
struct guard_due {
	int64_t		touched;	/* last, as far as is known */
	int64_t		proved;		/* last */
	int64_t		locked_at;	/* 0: it is not */
	int64_t		idle_lock;
	int64_t		idle_logout;
	int64_t		reauth;
	bool		locked_idle;	/* that is why it is locked */
	bool		screen;		/* touched is known while it is locked */
	bool		removed;	/* its card or key is away */
};
/* What is due now, and when to look next. */
enum guard_act	guard_due(const struct guard_due *d, int64_t now,
		    int64_t *next);
/*
 * When was a terminal touched whose time of access is another than at the last
 * look? age: since that time, by the wall clock, which may have been set
 * meanwhile: never outside of what lies between the looks.
 */
int64_t		guard_due_touched(int64_t age, int64_t looked, int64_t now);

/* ----------------------------------------------------------- freeze.c -- */

/*
 * All processes of the session that have one of these terminals stand still:
 * frozen in a cgroup of root's below the session's, or stopped, parents first.
 * Again for what came since. SEK_ERR_NOMEM, SEK_ERR_IO.
 */
enum sek_err	guard_freeze(const struct sek_guard *g, const uint32_t *tty,
		    size_t n);
/* And go on: as they were, where they were. */
void		guard_thaw(const struct sek_guard *g);
/* Is anything of it frozen or stopped by us? */
bool		guard_is_frozen(const struct sek_guard *g);
/* Kill what is frozen: at its end, so that a locked terminal is never open. */
void		guard_freeze_kill(const struct sek_guard *g);
/* Nothing is left in it: the frozen cgroup goes. */
void		guard_freeze_forget(const struct sek_guard *g);

/* ----------------------------------------------------------- screen.c -- */

/* What a look at logind found; through a pipe, within one build. */
struct guard_screen {
	uint64_t	magic;
	int64_t		since;		/* boot us: idle since then */
	uint32_t	screen;		/* 1: it has one; 0: terminals */
	uint32_t	idle;
	uint32_t	locked;		/* as its desktop told */
	uint32_t	pad;
};
#define GUARD_SCREEN_MAGIC	UINT64_C(0x53656b2073637201)
/* ------------------------------------------------------------- idle.c -- */

enum guard_kind {
	GUARD_KIND_UNKNOWN = 0,	/* logind has not told yet */
	GUARD_KIND_TTY,
	GUARD_KIND_SCREEN
};
enum guard_kind	guard_idle_kind(const struct watch *w);
/* He proved himself, or is there: count from now. */
void		guard_idle_touch(struct watch *w, bool proved);
/* Ask logind; what comes of it is acted on then. */
void		guard_idle_ask(struct watch *w);
/* Look at boot us at the latest. */
void		guard_idle_soon(struct watch *w, int64_t at);

/* ------------------------------------------------------------- lock.c -- */

/* At a look: what is locked has its locker. */
void		guard_lock_look(struct watch *w);
/* The desktop says that it is no longer locked. */
void		guard_lock_opened(struct watch *w);

/* -------------------------------------------------------- locker_tty.c -- */

struct guard_terminal;
/*
 * Have this terminal as 0, 1 and 2, alone of all lockers: waits till another has
 * done, whose yes for this uid since boot us is ours, too (*proved). NULL: it is
 * not to be had. What was on it is put away, and comes back by
 * guard_terminal_give, at SIGTERM, or by the next locker.
 */
struct guard_terminal *guard_terminal_take(const struct sek_guard *g,
		    const char *path, int64_t since, bool *proved);
/* proved: uid proved himself, now. */
void		guard_terminal_give(struct guard_terminal *t, bool proved);
/* Wait for Enter. False: nobody is there any more. */
bool		guard_terminal_enter(void);
/* Nothing on it, what was typed ahead thrown away. */
void		guard_terminal_clear(void);

/* ----------------------------------------------------------- device.c -- */

/* It was unlocked: devices that are away are waited for, not missed. */
void		guard_device_opened(struct watch *w);

#endif
