/*
 * guard.h - the parts of sekisho-guard
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	sekisho-guard ID                watch the session of that guard
 *	sekisho-guard                   the same without systemd: ID on standard
 *	                                input; begun again whenever it is killed
 *	sekisho-guard --after ID        the guard stopped: why, and what now?
 *	sekisho-guard --end ID REASON   end the session, whole (REASON a number,
 *	                                0: it ended by itself; what it left
 *	                                with the user's systemd)
 *	sekisho-guard --warn ID         say when it ends
 *	sekisho-guard --tell ID EVENT REASON OVER DETAIL
 *	                                record something of it
 *	sekisho-guard --lock ID TTY     ask at that terminal until he proved
 *	                                himself
 *	sekisho-guard --reader ID N     wait at the reader of device N
 *	sekisho-guard --screen ID ACT   ask logind of its screen (look), or to
 *	                                lock it (lock)
 *
 * Between events the first one sleeps: it opens no store and no library of
 * theirs. What is to be done is done by it again, started with another option.
 *
 * MUST: whatever one of those does (hang, die), the session's end comes.
 */
#ifndef SEKISHO_GUARD_H
#define SEKISHO_GUARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/err.h"
#include "sekisho/edge/guard.h"
#include "sekisho/model/record.h"

#define GUARD_SOURCES	16u		/* descriptors waited for at once */
#define GUARD_NEVER	INT64_MAX	/* boot us */

#define GUARD_EXIT_USAGE	100
#define GUARD_EXIT_TROUBLE	111

struct watch;

/* Something is to be read at fd. Level triggered: read it, or take it away. */
typedef void (*guard_ready)(struct watch *w, int fd, void *arg);
/* A child ended: its wait status. */
typedef void (*guard_ended)(struct watch *w, int status, void *arg);

struct guard_source {
	int		 fd;		/* -1: free */
	bool		 child;		/* a pidfd */
	pid_t		 pid;
	guard_ready	 ready;
	guard_ended	 ended;
	void		*arg;
};

/* The parts' own: what they keep between events. */
struct guard_idle;			/* idle.c */
struct guard_devices;			/* device.c */
struct guard_locks;			/* lock.c */

struct watch {
	struct sek_guard	 g;	/* as ordered last */
	struct sek_guard_state	 s;	/* guard_save() after a change */
	int			 epoll;
	int			 timer;
	struct guard_source	 sources[GUARD_SOURCES];
	int64_t			 idle_look;	/* boot us: when next */
	struct guard_idle	*idle;
	struct guard_devices	*devices;
	struct guard_locks	*locks;
	pid_t			 ender;		/* the child that ends it */
	int64_t			 end_again;	/* boot us: it hangs by then */
	bool			 blind;	/* of it inotify tells nothing */
	bool			 over;	/* nothing is left: go */
};

/* ------------------------------------------------------------- loop.c -- */

/* CLOCK_BOOTTIME, us. */
int64_t		guard_now(void);
/* Why it ends at its deadline: its time, unless that was moved for a reason
 * ("this was not me"). */
static inline enum sek_reason
guard_over_for(const struct sek_guard *g)
{

	return (g->order == SEK_GUARD_WATCH &&
	    g->order_reason != SEK_REASON_NONE ?
	    (enum sek_reason)g->order_reason : SEK_REASON_TIME_OVER);
}
/* Wait for fd, too (it stays the caller's to close, after guard_drop). False:
 * no room, or epoll refuses. */
bool		guard_wait_for(struct watch *w, int fd, guard_ready ready,
		    void *arg);
void		guard_drop(struct watch *w, int fd);
/*
 * Start this program again with these arguments (argv[0] is put in front by
 * it; ends with NULL), in a process group of its own, without descriptors but
 * 0 to 2 on /dev/null and out (-1 none) as its 1. ended (may be NULL) is
 * called when it ended. 0: it could not be started.
 */
pid_t		guard_run(struct watch *w, const char *const args[], int out,
		    guard_ended ended, void *arg);
/* Write the state file; trouble is logged. */
void		guard_save(struct watch *w);
/* Record something of this session, by a child. over: its row goes. detail may
 * be NULL. */
void		guard_tell(struct watch *w, enum sek_event event,
		    enum sek_reason reason, bool over, const char *detail);
/* End the session now, for this reason; once it ends nothing stops that. */
void		guard_end(struct watch *w, enum sek_reason reason);

/*
 * What the loop calls of the lock's parts. All of them return soon: what may
 * take its time (a bus, a store) is a child's.
 */
/* idle.c: begin (also after this process was killed and begun again), and what
 * the time is for: look, lock or end where that is due; returns when to look
 * next (boot us; GUARD_NEVER). Also called after an order, and after a lock or
 * its end. */
void		guard_idle_begin(struct watch *w);
int64_t		guard_idle_look(struct watch *w, int64_t now);
/* device.c: watch the devices of g.device, with guard_wait_for. The time that
 * removal_logout is due (boot us) or GUARD_NEVER. */
void		guard_device_begin(struct watch *w);
int64_t		guard_device_due(struct watch *w, int64_t now);
/* lock.c: lock it, where it is not; s.locked_at, locked_for are set, the state
 * saved and told. Resume: it was locked when this process was killed. */
void		guard_lock(struct watch *w, enum sek_reason reason);
void		guard_lock_resume(struct watch *w);
/* Before the session is ended: what stands still at a locked terminal is killed
 * as it stands, and never runs there again; all else is asked to end. */
void		guard_lock_release(struct watch *w);

/* ------------------------------------- what the other options run ------ */

/* end.c: end it, within seconds, whole; then what its user left behind, where
 * this was his last. False: something is left. */
bool		guard_end_all(const struct sek_guard *g);
bool		guard_end_user(const struct sek_guard *g);
/* tell.c: write the record now. false: it is in the log alone. */
bool		guard_record(const struct sek_guard *g, enum sek_event event,
		    enum sek_reason reason, bool over, const char *detail);

int	guard_main_lock(const struct sek_guard *g, const char *tty);
int	guard_main_reader(const struct sek_guard *g, const char *number);
int	guard_main_screen(const struct sek_guard *g, const char *act);
int	guard_main_watch(const char *id);			/* loop.c */
int	guard_main_daemon(void);				/* daemon.c */
int	guard_main_after(const char *id);			/* after.c */
int	guard_main_end(const struct sek_guard *g, const char *reason);
								/* end.c */
int	guard_main_warn(const struct sek_guard *g);		/* warn.c */
int	guard_main_tell(const struct sek_guard *g, char *const argv[]);
								/* tell.c */

#endif
