/*
 * approval.h - who may ask, give and end what, and what is in force
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure; the moment comes in. S4 2(8)①②: who asks and who decides are two
 * persons. MUST: doubt about who somebody is counts as the same person.
 * What somebody is counts when he acts: what he asked can be given or refused
 * after he was suspended, what he gave stays until it is revoked.
 */
#ifndef SEKISHO_RULE_APPROVAL_H
#define SEKISHO_RULE_APPROVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/model/approval.h"
#include "sekisho/model/role.h"

#define SEK_APPROVAL_WAITING	16u	/* of one person, undecided */
#define SEK_ENROL_WAITING	1000u	/* of a privileged one, for first
					 * enrolments */

/* What can be done with one. Numbers cross a pipe. */
enum sek_approval_act {
	SEK_ACT_NONE = 0,
	SEK_ACT_GIVE,
	SEK_ACT_REFUSE,
	SEK_ACT_WITHDRAW,	/* by who asked, before a decision */
	SEK_ACT_REVOKE,		/* before its end */
	SEK_ACT_CONFIRM,	/* a proven yes in place of an unproven one */
	SEK_ACT_KEEP,		/* looked at: goes on; next review_at */
	SEK_ACT_REVIEW,		/* of an unavoidable one, by another */
	SEK_ACT_CLOSE,		/* after its end: the closing note; of an
				 * opened envelope its report, at any time; of
				 * a grant the result of the work, once it was
				 * used: it ends by that */
	SEK_ACTS
};

/* Why not. Each has a sentence in the tool. */
enum sek_approval_no {
	SEK_NO_NONE = 0,
	SEK_NO_SAME_PERSON,	/* asked it himself */
	SEK_NO_SUBJECT,		/* it is about him */
	SEK_NO_SAME_SESSION,	/* both halves from one audit session */
	SEK_NO_ROLE,		/* his role may not */
	SEK_NO_PROOF,		/* needs both kinds, now */
	SEK_NO_PERSON,		/* nobody in particular: shared, unset */
	SEK_NO_STATE,		/* decided already, or over */
	SEK_NO_TIME,		/* no end, too long, over before it begins */
	SEK_NO_CLOCK,		/* the clock was set back */
	SEK_NO_KEY,		/* no key with a floor, or no value below it */
	SEK_NO_REASON,		/* reason or note is missing */
	SEK_NO_PRIVILEGE,	/* unavoidable: only privileged persons */
	SEK_NO_PENDING,		/* an unavoidable one waits for its review */
	SEK_NO_NOTE,
	SEK_NO_SCOPE,		/* no such users or terminals can be */
	SEK_NO_MANY,		/* too many of his wait for a decision */
	SEK_NO_FULL,		/* as many of its key are given as count */
	SEK_NO_PURPOSE,		/* no such ticket can be asked */
	SEK_NO_UNFIT,		/* whom it is for may have none: privileged,
				 * shared, unknown, not in his place */
	SEK_NO_SUBSTITUTE,	/* policy allows none in this form */
	SEK_NO_DAYS,		/* he had one on as many days as he may */
	SEK_NO_TICKETS,		/* SEK_TICKETS_LIVE of his are alive */
	SEK_NO_ENROLLED,	/* he has a second factor already */
	SEK_NO_TARGET,		/* a grant for no privileged account */
	SEK_NO_CONTRACTOR,	/* he may not ask or be given that */
	SEK_NOS
};

/* The parts of a person that decide whether two are one. */
struct sek_approval_who {
	const char	*person;	/* store's id, or the account */
	const char	*account;
	uint32_t	 uid;
	uint32_t	 audit_session;
	uint32_t	 roles;
	bool		 privileged;
	bool		 proven;
	bool		 contractor;	/* asked of grants and deputies only */
};

/* Whether he asks, and what is known of him by then. */
struct sek_approval_wish {
	bool		unavoidable;	/* in force without another's yes */
	bool		pending;	/* such a one of his waits for review */
	bool		full;		/* unavoidable: no further one of its
					 * key would count */
	bool		scope_ok;	/* users and terminals can be such */
	unsigned	waiting;	/* of his, for a decision */
	bool		in_table;	/* its key has a floor, and its value
					 * is below that */
	/* Of a ticket, about whom it is for. */
	bool		subject_ok;	/* an account of one person, known, not
					 * privileged, in his place */
	bool		form_ok;	/* policy allows a substitute of this
					 * form for him */
	bool		attended;	/* a witness stands at his prompt: the
					 * only way to that form */
	bool		spent;		/* a substitute would be on a day more
					 * than he may */
	bool		enrolled;	/* has an active second factor */
	unsigned	live;		/* tickets asked or given, not over */
	/* Of a grant or deputy; subject_ok: an account of one person, known,
	 * in his place. */
	bool		target_ok;	/* it is for a privileged account */
	bool		own;		/* for who asks */
	bool		listed;		/* who asks uses privileged IDs: as a
					 * deputy in force */
	bool		subject_contractor;
};
/* What he does with one. The last three: by all that is known of his accounts
 * now, beyond what the parts say. */
struct sek_approval_deed {
	enum sek_approval_act	 act;
	const char		*note;		/* "" none */
	int64_t			 review_at;	/* KEEP: the next look */
	bool			 asker;		/* he asked it */
	bool			 giver;		/* he gave it */
	bool			 subject;	/* he is among a->users */
	bool			 full;		/* GIVE, CONFIRM: no further
						 * one of its key would count */
	/* GIVE of a ticket, GIVE and CONFIRM of a grant or deputy: as in the
	 * wish, by now. */
	bool			 subject_ok;
	bool			 subject_contractor;
	bool			 form_ok;
	bool			 spent;
	bool			 enrolled;
};

/* May he ask this, in these words, for this time? */
enum sek_approval_no sek_approval_may_ask(const struct sek_approval *a,
		    const struct sek_approval_wish *wish,
		    const struct sek_approval_who *who, int64_t wall,
		    bool clock_back);
/* May he do this with it? */
enum sek_approval_no sek_approval_may(const struct sek_approval *a,
		    const struct sek_approval_deed *deed,
		    const struct sek_approval_who *who, int64_t wall,
		    bool clock_back);
/* Are the two one person, as far as these tell? */
bool		sek_approval_same(const struct sek_part *part,
		    const struct sek_approval_who *who);

/*
 * Do two different persons who proved themselves stand for it (of an
 * unavoidable one: who asked it; of a ticket: who gave or confirmed it)?
 * Without that it opens nothing, but a ticket does for a day. The CONFIRM of a
 * ticket goes into reviewed: when it was given stays.
 */
bool		sek_approval_proven(const struct sek_approval *a);
/* When it is looked at next where nobody said: so long after from, or at its
 * end, until, if that comes sooner. All wall us. */
int64_t		sek_approval_review(int64_t from, int64_t until);
/* When it is over, wall us: its end; sooner where it is not proven. */
int64_t		sek_approval_end(const struct sek_approval *a);
/* Asked or given, is its time over, or its uses? */
bool		sek_approval_over(const struct sek_approval *a, int64_t wall);
/* Does it hold at this moment? (time-boxed: not on a clock set back) */
bool		sek_approval_in_force(const struct sek_approval *a,
		    int64_t wall, bool clock_back);
/* Was it given once so that it opened, or would have? */
bool		sek_approval_opened(const struct sek_approval *a);
/* SEK_OVERDUE_ bits. */
uint32_t	sek_approval_overdue(const struct sek_approval *a,
		    int64_t wall);
/* The role that decides a kind. */
enum sek_role	sek_approval_role(enum sek_approval_kind k);
/* The state a person is shown: "asked" "waiting" "in-force" "refused"
 * "withdrawn" "revoked" "over" "closed" "reviewed". "waiting": for its
 * beginning, or for a proof. */
const char	*sek_approval_shown(const struct sek_approval *a, int64_t wall);
const char	*sek_approval_act_name(enum sek_approval_act act);
const char	*sek_approval_no_name(enum sek_approval_no no);

#endif
