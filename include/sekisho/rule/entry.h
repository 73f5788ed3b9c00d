/*
 * entry.h - the rules a login has to pass, one step after another
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure. Logins and "sekisho explain" ask the same steps of the same facts, so
 * that they cannot disagree; what only an answer at a prompt can tell is not
 * here. MUST: a step that lacks a fact it needs refuses.
 */
#ifndef SEKISHO_RULE_ENTRY_H
#define SEKISHO_RULE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/window.h"
#include "sekisho/model/claimant.h"
#include "sekisho/rule/lockout.h"
#include "sekisho/rule/policy.h"

/* In the order in which a login meets them. */
enum sek_entry_step {
	SEK_ENTRY_KNOWN = 0,	/* account phase: is there such an account? */
	SEK_ENTRY_REMOTE,	/* terminal.allow_remote */
	SEK_ENTRY_LISTED,	/* terminal.allow_users, allow_groups */
	SEK_ENTRY_UID,		/* the rules of sek_policy_account */
	SEK_ENTRY_RETIRED,
	SEK_ENTRY_SUSPENDED,
	SEK_ENTRY_TERM,
	SEK_ENTRY_DORMANT,	/* account.dormant_after, where it refuses */
	SEK_ENTRY_DIRECT,	/* privilege.no_direct */
	SEK_ENTRY_HOURS,	/* account.hours */
	SEK_ENTRY_PASSWORD,	/* a temporary one whose time is over */
	SEK_ENTRY_LOCK,
	SEK_ENTRY_CALLER,
	SEK_ENTRY_SLOT,		/* where the console's reserve decides */
	SEK_ENTRY_PLAN,		/* can enough kinds be proved at all? */
	SEK_ENTRY_STEPS
};

/* What the steps look at. Pointers are not owned; those of a step that is not
 * asked may be NULL. */
struct sek_entry {
	const struct sek_claimant	*who;
	const char			*allow_remote;
	const char			*allow_users;
	const char			*allow_groups;
	const char			*exempt;	/* services */
	const char			*no_direct;
	struct sek_windows		 hours;		/* of logins */
	int				 zone;		/* s east of UTC */
	bool				 has_hours;	/* else: none may */
	/* Is he in one of allow_groups? Only where sek_entry_asks_groups. */
	bool				 in_groups;
	const struct sek_account	*account;	/* name "": none */
	const struct sek_person		*person;	/* zeroed: none */
	const struct sek_lock_state	*lock;
	const struct sek_lock_state	*caller_lock;
	const struct sek_plan		*plan;
	enum sek_slot			 slot;
	bool				 caller_full;	/* of that slot */
	int64_t				 wall;		/* the moment, us */
	/* Seconds without a login after which an account is refused;
	 * SEK_SPAN_NEVER: it is only told of. */
	int64_t				 dormant_after;
	int64_t				 woken;		/* wall us; 0 never */
	int64_t				 temporary_until; /* wall us; 0: his
					 * password is none */
};

/* Does anything depend on whether he is in allow_groups? */
bool		sek_entry_asks_groups(const struct sek_entry *e);
/*
 * Do the terminal's own rules (from where, which users) bind this service?
 * Those of the system itself act for accounts that never sit down here.
 */
bool		sek_entry_is_terminals(const struct sek_entry *e);
/*
 * Does a login by this service begin a session of his? Not a locker's, nor
 * sudo's, nor what proves an act: it is no sign of sleep, and no use of the
 * password, to be in one already.
 */
bool		sek_entry_begins(const char *service);
/* And is he in nobody else's session yet? su's is another's within his own. */
bool		sek_entry_is_login(const char *service);
/* Is the step asked in this phase (auth or account) for him? root is never
 * kept out by state or list in account, only by the gate. */
bool		sek_entry_applies(const struct sek_entry *e,
		    enum sek_phase phase, enum sek_entry_step step);
/* One step: why he is refused by it, or NONE; also NONE where it is not
 * asked. */
enum sek_reason	sek_entry_step(const struct sek_entry *e,
		    enum sek_phase phase, enum sek_entry_step step);
/* The first refusal of the steps first..last. */
enum sek_reason	sek_entry_first(const struct sek_entry *e,
		    enum sek_phase phase, enum sek_entry_step first,
		    enum sek_entry_step last);

/* Account without auth: one of the stated answers, of who passed the steps of
 * that phase. */
enum sek_bare	sek_entry_bare(const struct sek_entry *e);
/* Does any program call auth for this service at all? cron, at, systemd's
 * user manager and runuser go straight to account. */
bool		sek_entry_has_auth(const char *service);
/* Does this service exist to have somebody prove both kinds for one purpose (to
 * ask, to give, to bear witness)? No exception lowers that. */
bool		sek_entry_proves(const char *service);
/* What a slot that was not granted is remembered for. */
enum sek_reason	sek_entry_slot(enum sek_slot verdict, bool caller_full);
/*
 * May this authenticator be tried for a one-time code of these methods? NONE;
 * CAPPED: failures over its life have reached cap (0: none); CLOCK: it is
 * bound to a clock that was set back; WRONG: not one of them, or not active.
 */
enum sek_reason	sek_entry_code(const struct sek_authenticator *a,
		    uint32_t methods, uint32_t cap, bool clock_back);

#endif
