/*
 * guard.h - what watches a session and ends it: sekisho-guard and its orders
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 24, 25. One process a session, a service of systemd's of its own
 * (without systemd: a daemon in a session of its own), never a child of what
 * it watches. What it is to do lies in one file of SEK_GUARD_DIR/ID (root's
 * alone, plain memory of one build with magic and version), replaced by
 * rename, which the guard sees; what it found out lies beside it, ID.state.
 *
 * MUST: a session whose guard was stopped or killed ends all the same: the
 * service is started again, and ends it itself where its time is over.
 * MUST: time is CLOCK_BOOTTIME's.
 * MUST: a file of another's, or of another layout, is no order. (A release that
 * keeps the layout takes over the sessions of the one before.)
 */
#ifndef SEKISHO_EDGE_GUARD_H
#define SEKISHO_EDGE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/err.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/unit.h"
#include "sekisho/model/authenticator.h"
#include "sekisho/model/claimant.h"

#define SEK_GUARD_DIR		"/run/sekisho/guard"
#define SEK_GUARD_PROGRAM	SEK_LIBEXECDIR "/sekisho-guard"
#define SEK_GUARD_DEVICE	256u
#define SEK_GUARD_DEVICES	2u
/* systemd's own limit of what we watch: no extension goes beyond it. */
#define SEK_GUARD_CEILING	(SEK_DAY + 60 * SEK_SECOND)

/* What it is told to do at once; written into the file by root's tools. */
enum sek_guard_order {
	SEK_GUARD_WATCH = 0,
	SEK_GUARD_LOCK,
	SEK_GUARD_END
};

/* A card or key by which the session was opened. */
struct sek_guard_device {
	char		path[SEK_GUARD_DEVICE];	/* fido2: the node, as libfido2
						 * calls it; card: the reader's
						 * name; "" none */
	uint32_t	method;			/* enum sek_method */
	uint32_t	pad;
};

/* All that there is to know of one session. Plain memory; texts are printable;
 * spans us, 0: there is none. */
struct sek_guard {
	uint64_t	magic;			/* with the layout's number */
	char		version[48];		/* of its writer */
	char		id[SEK_ID_MAX];		/* of the guard, and its file */
	char		session[SEK_ID_MAX];	/* the store's; "" */
	char		admission[SEK_ID_MAX];	/* or "" */
	char		grant[SEK_ID_MAX];	/* under which; "" */
	char		envelope[SEK_ID_MAX];	/* of break-glass; "" */
	char		account[SEK_NAME_MAX];	/* whose session: the target */
	char		subject[SEK_NAME_MAX];	/* who proved himself */
	char		person[SEK_NAME_MAX];
	char		service[SEK_SERVICE_MAX];
	char		tty[SEK_TTY_MAX];	/* PAM_TTY; often not a tty */
	char		rhost[SEK_RHOST_MAX];
	char		conf[SEK_PATH_MAX];	/* policy of the stack */
	char		timezone[32];
	char		contact[256];
	char		cgroup[SEK_UNIT_CGROUP];	/* that holds it and
						 * nothing else; "" none */
	char		logind[SEK_UNIT_NAME];	/* its session; "" none of its
						 * own */
	struct sek_guard_device device[SEK_GUARD_DEVICES];
	struct sek_moment opened;
	struct sek_process leader;		/* that opened it */
	uint32_t	uid;			/* the target's */
	uint32_t	subject_uid;
	uint32_t	audit_session;		/* UINT32_MAX none */
	uint32_t	own_audit;		/* 1: that is its alone */
	uint32_t	privileged;
	uint32_t	language;		/* enum sek_language */
	uint32_t	on_removal;		/* enum sek_on_removal */
	uint32_t	order;			/* enum sek_guard_order */
	char		ordered_by[SEK_NAME_MAX];	/* account; "" nobody */
	char		ordered_why[SEK_REASON_MAX];
	uint32_t	order_reason;		/* enum sek_reason */
	uint32_t	nwarn;
	int64_t		warn[SEK_WARNINGS_MAX];	/* longest first */
	int64_t		deadline;		/* boot us; 0 never */
	int64_t		ceiling;		/* boot us: never later */
	int64_t		idle_lock;
	int64_t		idle_logout;
	int64_t		reauth;
	int64_t		removal_logout;
};

/* What the guard says of it. */
struct sek_guard_state {
	uint64_t	magic;
	struct sek_process guard;
	int64_t		proved;			/* boot us: last proof in it */
	int64_t		locked_at;		/* boot us; 0 it is not */
	uint32_t	locked_for;		/* enum sek_reason */
	uint32_t	warned;			/* how many of warn */
	uint32_t	ending;			/* 1: it is */
	uint32_t	ending_for;		/* enum sek_reason */
	uint32_t	removed;		/* 1: a device is away */
	uint32_t	pad;
	int64_t		removed_at;		/* boot us; 0: not due */
	int64_t		killed_at;		/* boot us: its guard, as it
						 * was recorded last */
};

/* A new id; magic and version set, all else zeros. */
enum sek_err	sek_guard_new(struct sek_guard *g);
/* Write its file, durable against a crash of ours (rename), 0600 in a folder of
 * root's alone that is made where it lacks. An order to end that stands there
 * already stays, as does an end that was moved for a reason: it may come
 * earlier, not later. Errors with why. */
enum sek_err	sek_guard_write(const struct sek_guard *g,
		    struct sek_why *why);
/* SEK_ERR_NOT_FOUND; SEK_ERR_TAMPERED: not root's, or of another layout. */
enum sek_err	sek_guard_read(struct sek_guard *g, const char *id,
		    struct sek_why *why);
enum sek_err	sek_guard_state_write(const struct sek_guard *g,
		    const struct sek_guard_state *s, struct sek_why *why);
/* SEK_ERR_NOT_FOUND: it has said nothing yet. */
enum sek_err	sek_guard_state_read(struct sek_guard_state *s,
		    const char *id);
/* The session is over: both files go. */
void		sek_guard_remove(const char *id);
/* Does anything of it run yet: in its cgroup, of its own audit session, or the
 * process that opened it? */
bool		sek_guard_is_there(const struct sek_guard *g);
/*
 * Each session that is watched (and is there yet: those of dead leaders whose
 * cgroup is empty are left out, and their files taken away). What fn returns
 * ends it.
 */
typedef enum sek_err (*sek_guard_fn)(void *arg, const struct sek_guard *g,
		    const struct sek_guard_state *s);
enum sek_err	sek_guard_each(sek_guard_fn fn, void *arg,
		    struct sek_why *why);
/*
 * Start its guard, after sek_guard_write. wait: return only when it runs
 * (privileged sessions). SEK_ERR_UNSUPPORTED: neither systemd nor a way
 * without it.
 */
enum sek_err	sek_guard_start(const struct sek_guard *g, bool wait,
		    struct sek_why *why);
/*
 * A place of its own for this process, so that the session can be ended whole,
 * and what is round it stays: fills cgroup, logind, audit_session, own_audit.
 * own_logind: pam_systemd made a session in this very handle. With systemd:
 * that session's scope, or a new one of root's in the user's slice; without: a
 * cgroup of root's, else a fresh audit session. SEK_ERR_UNSUPPORTED: none of
 * them can be had.
 */
enum sek_err	sek_guard_place(struct sek_guard *g, const char *own_logind,
		    struct sek_why *why);
/* Order something of a session that is watched: the file is replaced. by and
 * reason_text may be NULL. SEK_OK also where it is to end already; errors as
 * sek_guard_read. */
enum sek_err	sek_guard_order(const char *id, enum sek_guard_order order,
		    enum sek_reason reason, const char *by,
		    const char *reason_text, struct sek_why *why);

#endif
