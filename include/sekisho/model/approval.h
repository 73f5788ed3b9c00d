/*
 * approval.h - what one person asks and another gives: exceptions, and later
 * tickets, grants and deputies
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 2(8)①, 7(1)④ウ, 7(2)①ウ②③, 8(5). asked -> given or refused by another
 * person whose role may -> in force -> used -> ended -> reviewed.
 *
 * Plain memory without pointers: it crosses a pipe.
 */
#ifndef SEKISHO_MODEL_APPROVAL_H
#define SEKISHO_MODEL_APPROVAL_H

#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/model/account.h"
#include "sekisho/model/authenticator.h"
#include "sekisho/model/record.h"

#define SEK_APPROVAL_TEXT	512u	/* bytes of a reason, with its NUL */
#define SEK_APPROVAL_LIST	1024u	/* of users or terminals */
#define SEK_APPROVAL_KEY	64u
#define SEK_APPROVAL_UNPROVEN	(24 * 3600 * SEK_SECOND)	/* at most */
#define SEK_APPROVAL_UNAVOIDABLE (4 * 3600 * SEK_SECOND)
#define SEK_APPROVAL_LONGEST	(366 * 24 * 3600 * SEK_SECOND)
#define SEK_APPROVAL_REVIEW	(90 * 24 * 3600 * SEK_SECOND)	/* if unsaid */

/* Stored by number; a new one goes to the end. */
enum sek_approval_kind {
	SEK_APPROVAL_NONE = 0,
	SEK_APPROVAL_EXCEPTION,		/* a value below a floor; 8(5) */
	SEK_APPROVAL_TICKET,		/* model/ticket.h */
	SEK_APPROVAL_BREAK_GLASS,	/* an envelope that was opened */
	SEK_APPROVAL_GRANT,		/* 特権利用承認: model/grant.h */
	SEK_APPROVAL_DEPUTY,		/* 代行者: the same */
	SEK_APPROVAL_KINDS
};

/* Stored. "in-force", "waiting" (for its beginning) and "over" are judged. */
enum sek_approval_state {
	SEK_APPROVAL_ASKED = 0,
	SEK_APPROVAL_GIVEN,
	SEK_APPROVAL_REFUSED,
	SEK_APPROVAL_WITHDRAWN,		/* by who asked, before a decision */
	SEK_APPROVAL_REVOKED,		/* by a person, before its end */
	SEK_APPROVAL_ENDED,		/* its time is over, or its uses */
	SEK_APPROVAL_STATES
};

/* One person's part in it. proven 0: only a login uid stands for it. */
struct sek_part {
	char		person[SEK_NAME_MAX];	/* "" : nobody yet */
	char		account[SEK_NAME_MAX];
	char		evidence[SEK_AUTHENTICATORS_TEXT];
	char		note[SEK_APPROVAL_TEXT];
	int64_t		at;			/* wall us; 0 not yet */
	uint32_t	uid;
	uint32_t	kinds;			/* proved at that moment */
	uint32_t	audit_session;		/* UINT32_MAX: none */
	uint8_t		proven;
	uint8_t		pad[3];
};

struct sek_approval {
	char		id[SEK_ID_MAX];
	uint8_t		pad[7];
	uint32_t	kind;			/* enum sek_approval_kind */
	uint32_t	state;			/* enum sek_approval_state */
	/* What: of an exception, a key of the policy and the lowest value */
	char		clause[SEK_APPROVAL_KEY];
	char		key[SEK_APPROVAL_KEY];
	char		value[SEK_APPROVAL_KEY];
	char		users[SEK_APPROVAL_LIST];	/* accounts; "" all */
	char		terminals[SEK_APPROVAL_LIST];	/* ids; "" all */
	char		reason[SEK_APPROVAL_TEXT];	/* why it is asked */
	struct sek_part	asked;			/* note: unused */
	struct sek_part	decided;		/* given, refused; why */
	struct sek_part	ended;			/* by whom; closing note */
	struct sek_part	reviewed;		/* after the end, or of an
						 * unavoidable one */
	int64_t		not_before;		/* wall us */
	int64_t		not_after;		/* wall us; never 0 */
	int64_t		review_at;		/* next look at it, wall us */
	int64_t		first_used;		/* wall us; 0 never */
	int64_t		last_used;
	uint64_t	uses;
	uint64_t	uses_max;		/* 0: any number */
	uint32_t	overdue_recorded;	/* SEK_OVERDUE_ bits */
	uint8_t		unavoidable;		/* given by who asked it */
	uint8_t		pad2[3];
};

/* What somebody still has to do about it. */
enum sek_overdue {
	SEK_OVERDUE_UNPROVEN	= 1,	/* given without proof of the giver */
	SEK_OVERDUE_UNAVOIDABLE	= 2,	/* not yet looked at by another */
	SEK_OVERDUE_REVIEW	= 4,	/* review_at has passed */
	SEK_OVERDUE_CLOSING	= 8,	/* over, without a closing note */
	SEK_OVERDUE_REPORT	= 16	/* opened, and not reported on yet */
};

const char	*sek_approval_kind_name(enum sek_approval_kind k);
const char	*sek_approval_state_name(enum sek_approval_state s);

#endif
