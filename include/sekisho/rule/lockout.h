/*
 * lockout.h - arithmetic of attempts: who may have one, when a lock ends
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure: the tally comes in, is judged at a moment given, and goes out.
 * SP 800-63B-4 section 3.2.2; design section 4; pam-facts 14 to 17.
 * MUST: failures + live leases never exceed deny (one more for the console's
 * reserve, see sek_lockout_reserve).
 */
#ifndef SEKISHO_RULE_LOCKOUT_H
#define SEKISHO_RULE_LOCKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/model/tally.h"

/* No lock by count: what an approved exception allows. Failures count and are
 * told, and each authenticator's life cap holds. Never meant by accident: 0 is
 * the strictest. */
#define SEK_DENY_OFF	UINT32_MAX

/* 0 or less is no limit that could be meant: it counts as "never". */
struct sek_limits {
	int64_t		interval;	/* seconds a failure counts */
	int64_t		unlock;		/* seconds, or SEK_SPAN_NEVER */
	uint32_t	deny;		/* 1..SEK_DENY_MAX, SEK_DENY_OFF */
	uint32_t	lifetime_cap;	/* per authenticator; 0 none */
};

/* Says whether a lease's owner is still there; the edge's answer. */
typedef bool (*sek_alive_fn)(const struct sek_process *p);

enum sek_slot {
	SEK_SLOT_GRANTED = 0,
	SEK_SLOT_BUSY,		/* all held by live attempts: wait, try again */
	SEK_SLOT_LOCKED
};

struct sek_lock_state {
	uint32_t	locked;
	uint32_t	never;		/* until an administrator unlocks */
	int64_t		until;		/* wall us by now's clock; 0 not locked,
					 * SEK_SPAN_NEVER with never */
	uint32_t	failures;	/* in a row since the last success */
	uint32_t	room;		/* slots free now */
};

/*
 * Bring a tally up to now: leases of dead owners, other boots or past
 * deadlines become failures; failures older than interval fall out (not while
 * locked); a lock that has run its time ends and takes its failures with it;
 * across a boot, instants are re-anchored so that a clock set back prolongs
 * nothing beyond one more span. Returns true when the tally changed; *expired
 * counts the leases turned into failures.
 */
bool		sek_lockout_refresh(struct sek_tally *t,
		    const struct sek_limits *limits,
		    const struct sek_moment *now, sek_alive_fn alive,
		    uint32_t *expired);
/*
 * After refresh: room for one more? Granted: the lease (id, owner, at,
 * deadline, origin filled by the caller) is added. At the console a locked
 * or full tally grants one reserved attempt per interval, unless all its
 * failures and leases came from the console itself (then deny is exact there
 * too); lease->origin gets SEK_ORIGIN_RESERVE. Where deny failures stand
 * already, failing it adds to total only.
 */
enum sek_slot	sek_lockout_reserve(struct sek_tally *t,
		    const struct sek_limits *limits,
		    const struct sek_moment *now, struct sek_lease *lease);
/* After refresh: take lease id out; false when it is not there (it had
 * expired: failed). */
bool		sek_lockout_give_back(struct sek_tally *t, const char *id);
/* After refresh: turn lease id into a failure; false when not there (already
 * counted). *locked_now tells that this failure closed the lock. */
bool		sek_lockout_fail(struct sek_tally *t,
		    const struct sek_limits *limits,
		    const struct sek_moment *now, const char *id,
		    bool *locked_now);
/* The round succeeded, or an administrator unlocks: failures, lock and total
 * go; live leases of other rounds stay. */
void		sek_lockout_clear(struct sek_tally *t);
/* What to tell of a refreshed tally. */
void		sek_lockout_state(struct sek_lock_state *out,
		    const struct sek_tally *t, const struct sek_limits *limits,
		    const struct sek_moment *now);

#endif
