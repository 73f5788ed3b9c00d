/*
 * record.c - words for the events, reasons and results of records
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>

#include "sekisho/model/record.h"

static const char *const events[SEK_EVENT_COUNT] = {
	[SEK_EVENT_INIT] = "init",
	[SEK_EVENT_ADMIT] = "admit",
	[SEK_EVENT_REFUSE] = "refuse",
	[SEK_EVENT_EXEMPT] = "exempt",
	[SEK_EVENT_ROOT_SWITCH] = "root-switch",
	[SEK_EVENT_REUSE] = "reuse",
	[SEK_EVENT_LOGIN] = "login",
	[SEK_EVENT_LOGOUT] = "logout",
	[SEK_EVENT_LOGOUT_UNKNOWN] = "logout-unknown",
	[SEK_EVENT_LOCK] = "lock",
	[SEK_EVENT_UNLOCK] = "unlock",
	[SEK_EVENT_SCREEN_LOCK] = "screen-lock",
	[SEK_EVENT_SCREEN_UNLOCK] = "screen-unlock",
	[SEK_EVENT_ENROL] = "enrol",
	[SEK_EVENT_DISABLE] = "disable",
	[SEK_EVENT_REMOVE] = "remove",
	[SEK_EVENT_REPLAY] = "replay",
	[SEK_EVENT_SUSPEND] = "suspend",
	[SEK_EVENT_RESUME] = "resume",
	[SEK_EVENT_RETIRE] = "retire",
	[SEK_EVENT_PERSON_CHANGED] = "person-changed",
	[SEK_EVENT_ROLE_CHANGED] = "role-changed",
	[SEK_EVENT_POLICY_CHANGED] = "policy-changed",
	[SEK_EVENT_IMPORT] = "import",
	[SEK_EVENT_TAMPERED] = "tampered",
	[SEK_EVENT_CLOCK_STEP] = "clock-step",
	[SEK_EVENT_CLOCK_ACCEPTED] = "clock-accepted",
	[SEK_EVENT_STORE_BACKUP] = "store-backup",
	[SEK_EVENT_STORE_RESTORE] = "store-restore",
	[SEK_EVENT_STORE_ADOPT] = "store-adopt",
	[SEK_EVENT_STORE_MIGRATE] = "store-migrate",
	[SEK_EVENT_RECORD_READ] = "record-read",
	[SEK_EVENT_RECORD_EXPORT] = "record-export",
	[SEK_EVENT_RECORD_PURGE] = "record-purge",
	[SEK_EVENT_APPROVAL_ASKED] = "approval-asked",
	[SEK_EVENT_APPROVAL_GIVEN] = "approval-given",
	[SEK_EVENT_APPROVAL_USED] = "approval-used",
	[SEK_EVENT_APPROVAL_ENDED] = "approval-ended",
	[SEK_EVENT_APPROVAL_OVERDUE] = "approval-overdue",
	[SEK_EVENT_ROSTER_EXPORT] = "roster-export",
	[SEK_EVENT_ROSTER_IMPORT] = "roster-import",
	[SEK_EVENT_STACK_ENABLED] = "stack-enabled",
	[SEK_EVENT_STACK_DISABLED] = "stack-disabled",
	[SEK_EVENT_RECORD_SEAL] = "record-seal",
	[SEK_EVENT_UPKEEP] = "upkeep",
	[SEK_EVENT_KEY_ROTATED] = "key-rotated",
	[SEK_EVENT_APPROVAL_REFUSED] = "approval-refused",
	[SEK_EVENT_APPROVAL_REVIEWED] = "approval-reviewed",
	[SEK_EVENT_WITNESS] = "witness",
	[SEK_EVENT_BREAK_GLASS] = "break-glass",
	[SEK_EVENT_BREAK_GLASS_MADE] = "break-glass-made",
	[SEK_EVENT_LOST] = "lost",
	[SEK_EVENT_FOUND] = "found",
	[SEK_EVENT_COUNTER_BACK] = "counter-back",
	[SEK_EVENT_PASSWORD_CHANGED] = "password-changed",
	[SEK_EVENT_PASSWORD_SET] = "password-set",
	[SEK_EVENT_PASSWORD_OUTSIDE] = "password-outside",
	[SEK_EVENT_PASSWORD_EXPIRED] = "password-expired",
	[SEK_EVENT_PASSWORD_COMPROMISED] = "password-compromised",
	[SEK_EVENT_DORMANT] = "dormant",
	[SEK_EVENT_PLAN] = "plan",
	[SEK_EVENT_PRIVILEGE] = "privilege",
	[SEK_EVENT_SESSION_ENDED] = "session-ended",
	[SEK_EVENT_SESSION_EXTENDED] = "session-extended",
	[SEK_EVENT_REMOVAL] = "removal",
	[SEK_EVENT_NOT_ME] = "not-me",
	[SEK_EVENT_GUARD] = "guard",
};

static const char *const reasons[SEK_REASON_COUNT] = {
	[SEK_REASON_NONE] = "none",
	[SEK_REASON_WRONG] = "wrong",
	[SEK_REASON_REPLAYED] = "replayed",
	[SEK_REASON_LOCKED] = "locked",
	[SEK_REASON_CALLER_LOCKED] = "caller-locked",
	[SEK_REASON_BUSY] = "busy",
	[SEK_REASON_UNKNOWN] = "unknown",
	[SEK_REASON_NOT_ENROLLED] = "not-enrolled",
	[SEK_REASON_SUSPENDED] = "suspended",
	[SEK_REASON_RETIRED] = "retired",
	[SEK_REASON_TERM_ENDED] = "term-ended",
	[SEK_REASON_USER_NOT_ALLOWED] = "user-not-allowed",
	[SEK_REASON_REMOTE_NOT_ALLOWED] = "remote-not-allowed",
	[SEK_REASON_UID_CHANGED] = "uid-changed",
	[SEK_REASON_TOO_FEW_KINDS] = "too-few-kinds",
	[SEK_REASON_NO_ROUND] = "no-round",
	[SEK_REASON_STALE] = "stale",
	[SEK_REASON_USER_CHANGED] = "user-changed",
	[SEK_REASON_NO_EVIDENCE] = "no-evidence",
	[SEK_REASON_CONVERSATION] = "conversation",
	[SEK_REASON_CLOCK] = "clock",
	[SEK_REASON_STORE] = "store",
	[SEK_REASON_TAMPERED] = "tampered",
	[SEK_REASON_BACKEND] = "backend",
	[SEK_REASON_CAPPED] = "capped",
	[SEK_REASON_TICKET] = "ticket",
	[SEK_REASON_TOO_MANY] = "too-many",
	[SEK_REASON_COUNTER_BACK] = "counter-back",
	[SEK_REASON_DEVICE] = "device",
	[SEK_REASON_CERTIFICATE] = "certificate",
	[SEK_REASON_PASSWORD_OVER] = "password-over",
	[SEK_REASON_DORMANT] = "dormant",
	[SEK_REASON_CONTRACTOR] = "contractor",
	[SEK_REASON_UNFIT] = "unfit",
	[SEK_REASON_TOO_YOUNG] = "too-young",
	[SEK_REASON_SHARED] = "shared",
	[SEK_REASON_DIRECT] = "direct",
	[SEK_REASON_HOURS] = "hours",
	[SEK_REASON_NOT_LISTED] = "not-listed",
	[SEK_REASON_NO_GRANT] = "no-grant",
	[SEK_REASON_NO_WITNESS] = "no-witness",
	[SEK_REASON_SESSIONS] = "sessions",
	[SEK_REASON_TIME_OVER] = "time-over",
	[SEK_REASON_IDLE] = "idle",
	[SEK_REASON_REMOVED] = "removed",
	[SEK_REASON_REAUTH] = "reauth",
	[SEK_REASON_ENDLESS] = "endless",
};

static const char *const results[SEK_RESULT_ERROR + 1] = {
	[SEK_RESULT_OK] = "ok",
	[SEK_RESULT_REFUSED] = "refused",
	[SEK_RESULT_ERROR] = "error",
};

const char *
sek_event_name(enum sek_event e)
{
	return ((size_t)e < SEK_EVENT_COUNT ? events[e] : NULL);
}

const char *
sek_reason_name(enum sek_reason r)
{
	return ((size_t)r < SEK_REASON_COUNT ? reasons[r] : NULL);
}

const char *
sek_result_name(enum sek_result r)
{
	return ((size_t)r <= SEK_RESULT_ERROR ? results[r] : NULL);
}
