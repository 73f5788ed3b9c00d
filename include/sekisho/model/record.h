/*
 * record.h - one line of the access record (アクセス記録)
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: never a password, PIN, code or My Number in any field.
 * MUST: a name no account has is not written: it may be a typed password.
 */
#ifndef SEKISHO_MODEL_RECORD_H
#define SEKISHO_MODEL_RECORD_H

#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/model/account.h"
#include "sekisho/model/authenticator.h"

#define SEK_RECORD_VERSION	1
#define SEK_HASH_LEN		32u
#define SEK_RECORD_BODY_MAX	8192u
#define SEK_AUTHENTICATORS_TEXT	((SEK_ID_MAX) * 4u)	/* ids with blanks */

/* Stored by name. One list: here, in sekisho(8) and in the tests. */
enum sek_event {
	SEK_EVENT_NONE = 0,
	SEK_EVENT_INIT,			/* the store was made */
	SEK_EVENT_ADMIT,		/* the gate said yes */
	SEK_EVENT_REFUSE,
	SEK_EVENT_EXEMPT,		/* passed by exempt_services */
	SEK_EVENT_ROOT_SWITCH,		/* su and the like by real root */
	SEK_EVENT_REUSE,		/* sudo on an admission of before */
	SEK_EVENT_LOGIN,
	SEK_EVENT_LOGOUT,
	SEK_EVENT_LOGOUT_UNKNOWN,	/* power lost: no logout was seen */
	SEK_EVENT_LOCK,
	SEK_EVENT_UNLOCK,
	SEK_EVENT_SCREEN_LOCK,
	SEK_EVENT_SCREEN_UNLOCK,
	SEK_EVENT_ENROL,
	SEK_EVENT_DISABLE,		/* an authenticator */
	SEK_EVENT_REMOVE,		/* an authenticator */
	SEK_EVENT_REPLAY,		/* a code used before */
	SEK_EVENT_SUSPEND,
	SEK_EVENT_RESUME,
	SEK_EVENT_RETIRE,
	SEK_EVENT_PERSON_CHANGED,
	SEK_EVENT_ROLE_CHANGED,
	SEK_EVENT_POLICY_CHANGED,
	SEK_EVENT_IMPORT,
	SEK_EVENT_TAMPERED,		/* a row's keyed check failed */
	SEK_EVENT_CLOCK_STEP,
	SEK_EVENT_CLOCK_ACCEPTED,
	SEK_EVENT_STORE_BACKUP,
	SEK_EVENT_STORE_RESTORE,
	SEK_EVENT_STORE_ADOPT,
	SEK_EVENT_STORE_MIGRATE,
	SEK_EVENT_RECORD_READ,
	SEK_EVENT_RECORD_EXPORT,
	SEK_EVENT_RECORD_PURGE,
	SEK_EVENT_APPROVAL_ASKED,
	SEK_EVENT_APPROVAL_GIVEN,
	SEK_EVENT_APPROVAL_USED,
	SEK_EVENT_APPROVAL_ENDED,
	SEK_EVENT_APPROVAL_OVERDUE,
	SEK_EVENT_ROSTER_EXPORT,
	SEK_EVENT_ROSTER_IMPORT,
	SEK_EVENT_STACK_ENABLED,	/* services ask for two kinds */
	SEK_EVENT_STACK_DISABLED,
	SEK_EVENT_RECORD_SEAL,		/* a new series: none continued */
	SEK_EVENT_UPKEEP,		/* the store is in trouble, or well */
	SEK_EVENT_KEY_ROTATED,		/* of the store */
	SEK_EVENT_APPROVAL_REFUSED,	/* or withdrawn, by its asker */
	SEK_EVENT_APPROVAL_REVIEWED,	/* looked at, confirmed, closed */
	SEK_EVENT_WITNESS,		/* proved himself at another's prompt */
	SEK_EVENT_BREAK_GLASS,		/* an envelope was opened */
	SEK_EVENT_BREAK_GLASS_MADE,	/* one was made, or taken away */
	SEK_EVENT_LOST,			/* an authenticator, as reported */
	SEK_EVENT_FOUND,
	SEK_EVENT_COUNTER_BACK,		/* a security key's: there is a copy */
	SEK_EVENT_PASSWORD_CHANGED,	/* by its owner, or refused */
	SEK_EVENT_PASSWORD_SET,		/* by an administrator */
	SEK_EVENT_PASSWORD_OUTSIDE,	/* by a program that did not ask us */
	SEK_EVENT_PASSWORD_EXPIRED,	/* must be changed: somebody said so */
	SEK_EVENT_PASSWORD_COMPROMISED,
	SEK_EVENT_DORMANT,		/* an account fell asleep */
	SEK_EVENT_PLAN,			/* joiners, leavers, movers */
	SEK_EVENT_PRIVILEGE,		/* a privileged session was let begin,
					 * or refused: by whom, under which
					 * grant */
	SEK_EVENT_SESSION_ENDED,	/* by us: its time, idle, asked for */
	SEK_EVENT_SESSION_EXTENDED,	/* by a new grant */
	SEK_EVENT_REMOVAL,		/* card or key of a session was taken
					 * away */
	SEK_EVENT_NOT_ME,		/* "this was not me" */
	SEK_EVENT_GUARD,		/* of a session: it was stopped, killed
					 * or replaced */
	SEK_EVENT_COUNT
};

enum sek_result {
	SEK_RESULT_OK = 0,
	SEK_RESULT_REFUSED,
	SEK_RESULT_ERROR
};

/* Why a round or a call was refused. Key words in records and the journal,
 * never shown to a claimant. */
enum sek_reason {
	SEK_REASON_NONE = 0,
	SEK_REASON_WRONG,		/* an answer was wrong */
	SEK_REASON_REPLAYED,
	SEK_REASON_LOCKED,
	SEK_REASON_CALLER_LOCKED,	/* may not try others for now */
	SEK_REASON_BUSY,		/* all slots held by live attempts */
	SEK_REASON_UNKNOWN,		/* no such account */
	SEK_REASON_NOT_ENROLLED,	/* the plan cannot reach the kinds */
	SEK_REASON_SUSPENDED,
	SEK_REASON_RETIRED,
	SEK_REASON_TERM_ENDED,
	SEK_REASON_USER_NOT_ALLOWED,	/* terminal.allow_users/groups */
	SEK_REASON_REMOTE_NOT_ALLOWED,
	SEK_REASON_UID_CHANGED,		/* the name is another uid now */
	SEK_REASON_TOO_FEW_KINDS,
	SEK_REASON_NO_ROUND,
	SEK_REASON_STALE,		/* evidence or admission too old */
	SEK_REASON_USER_CHANGED,	/* PAM_USER changed in the round */
	SEK_REASON_NO_EVIDENCE,		/* account without auth */
	SEK_REASON_CONVERSATION,
	SEK_REASON_CLOCK,
	SEK_REASON_STORE,
	SEK_REASON_TAMPERED,
	SEK_REASON_BACKEND,
	SEK_REASON_CAPPED,		/* the authenticator's life cap */
	SEK_REASON_TICKET,		/* no such ticket in force */
	SEK_REASON_TOO_MANY,		/* substitutes of this person */
	SEK_REASON_COUNTER_BACK,	/* of a security key */
	SEK_REASON_DEVICE,		/* a key or card was not there, not
					 * touched, shut, or made no sense */
	SEK_REASON_CERTIFICATE,		/* a card's: ended, or of nobody we
					 * trust */
	SEK_REASON_PASSWORD_OVER,	/* a temporary one's time */
	SEK_REASON_DORMANT,
	SEK_REASON_CONTRACTOR,		/* may not change that */
	SEK_REASON_UNFIT,		/* the new password; detail says how */
	SEK_REASON_TOO_YOUNG,		/* the present one, to be changed */
	SEK_REASON_SHARED,		/* the account is: root's to change */
	SEK_REASON_DIRECT,		/* that name opens no session itself */
	SEK_REASON_HOURS,		/* not at this hour */
	SEK_REASON_NOT_LISTED,		/* nobody who uses privileged IDs */
	SEK_REASON_NO_GRANT,		/* policy wants one in force */
	SEK_REASON_NO_WITNESS,		/* policy wants a second person */
	SEK_REASON_SESSIONS,		/* he has as many as he may */
	SEK_REASON_TIME_OVER,		/* of a session, or of its grant */
	SEK_REASON_IDLE,
	SEK_REASON_REMOVED,		/* card or key */
	SEK_REASON_REAUTH,		/* to prove oneself anew is due */
	SEK_REASON_ENDLESS,		/* its end could not be arranged */
	SEK_REASON_COUNT
};

/* Times, sequence, chain, terminal, profile, policy and version are filled
 * in by the store when it appends. */
struct sek_record {
	uint32_t	event;		/* enum sek_event */
	uint32_t	result;		/* enum sek_result */
	uint32_t	reason;		/* enum sek_reason */
	uint32_t	kinds;
	uint32_t	count;		/* 1, or how many were equal */
	uint32_t	pad;
	char		service[SEK_SERVICE_MAX];
	char		subject[SEK_NAME_MAX];	/* who proved himself, or "" */
	char		target[SEK_NAME_MAX];	/* of a session or row, or "" */
	char		person[SEK_NAME_MAX];	/* the subject's, his 課室 */
	char		section[SEK_NAME_MAX];
	char		authenticator[SEK_AUTHENTICATORS_TEXT];
	char		ref[SEK_ID_MAX];
	char		tty[SEK_TTY_MAX];
	char		rhost[SEK_RHOST_MAX];
	char		detail[SEK_REASON_MAX];	/* printable: a reason given */
	uint8_t		pad2[3];
};

/* A record as it stands in the chain. */
struct sek_record_row {
	uint64_t	seq;
	int64_t		wall;
	uint8_t		prev[SEK_HASH_LEN];
	uint8_t		hash[SEK_HASH_LEN];
	uint32_t	body_len;
	uint32_t	version;
	char		body[SEK_RECORD_BODY_MAX];	/* edge/record_body.h */
};

const char	*sek_event_name(enum sek_event e);	/* "root-switch" */
const char	*sek_reason_name(enum sek_reason r);
const char	*sek_result_name(enum sek_result r);

#endif
