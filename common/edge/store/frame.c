/*
 * frame.c - one call of the store over a pipe, there and back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing of a frame is used before all of it was checked.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"

/* n character arrays of size bytes each, one behind the other. */
struct string {
	size_t	offset;
	size_t	size;
	size_t	n;
};
#define SIZE(type, member)	sizeof(((type *)0)->member)
#define STRING(type, member) \
	{ offsetof(type, member), SIZE(type, member), 1 }
#define STRINGS(type, member, count) \
	{ offsetof(type, member), SIZE(type, member) / (count), (count) }
#define CLAIMANT(type) \
	STRING(type, who.name), STRING(type, who.service), \
	STRING(type, who.tty), STRING(type, who.rhost), \
	STRING(type, who.caller_name)
#define RECORD(type, r) \
	STRING(type, r service), STRING(type, r subject), \
	STRING(type, r target), STRING(type, r person), \
	STRING(type, r section), STRING(type, r authenticator), \
	STRING(type, r ref), STRING(type, r tty), STRING(type, r rhost), \
	STRING(type, r detail)
#define ACTOR(type) \
	STRING(type, who.account), STRING(type, who.proof)
#define END { 0, 0, 0 }

static const struct string lookup_strings[] = {
	CLAIMANT(struct sek_lookup), END
};
static const struct string reserve_strings[] = {
	CLAIMANT(struct sek_reserve), END
};
static const struct string settle_strings[] = {
	CLAIMANT(struct sek_settle), STRING(struct sek_settle, slot),
	STRING(struct sek_settle, authenticator), END
};
static const struct string consume_strings[] = {
	CLAIMANT(struct sek_consume), STRING(struct sek_consume, slot),
	STRING(struct sek_consume, code), END
};
static const struct string admit_strings[] = {
	CLAIMANT(struct sek_admit), RECORD(struct sek_admit, record.),
	STRING(struct sek_admit, person),
	STRINGS(struct sek_admit, authenticator, SEK_EVIDENCE_MAX),
	STRING(struct sek_admit, exception),
	STRING(struct sek_admit, ticket), END
};
static const struct string refuse_strings[] = {
	CLAIMANT(struct sek_refuse), RECORD(struct sek_refuse, record.), END
};
static const struct string append_strings[] = {
	RECORD(struct sek_record, ), END
};
static const struct string reuse_strings[] = { END };
static const struct string drop_strings[] = {
	STRING(struct sek_admission_id, id), END
};
static const struct string open_strings[] = {
	CLAIMANT(struct sek_open_session),
	STRING(struct sek_open_session, id), END
};
static const struct string close_strings[] = {
	CLAIMANT(struct sek_close_session),
	STRING(struct sek_close_session, id), END
};

static const struct string idle_strings[] = { END };
static const struct string take_proof_strings[] = {
	STRING(struct sek_take_proof, id),
	STRING(struct sek_take_proof, service), END
};
static const struct string self_strings[] = {
	CLAIMANT(struct sek_self), END
};
static const struct string self_enrol_strings[] = {
	ACTOR(struct sek_self_enrol),
	STRING(struct sek_self_enrol, enrol.account.name),
	STRING(struct sek_self_enrol, enrol.account.person),
	STRING(struct sek_self_enrol, enrol.account.reason),
	STRING(struct sek_self_enrol, enrol.account.last_tty),
	STRING(struct sek_self_enrol, enrol.account.last_rhost),
	STRING(struct sek_self_enrol, enrol.account.last_service),
	STRING(struct sek_self_enrol, enrol.person.id),
	STRING(struct sek_self_enrol, enrol.person.name),
	STRING(struct sek_self_enrol, enrol.person.section),
	STRING(struct sek_self_enrol, enrol.authenticator.id),
	STRING(struct sek_self_enrol, enrol.authenticator.person),
	STRING(struct sek_self_enrol, enrol.authenticator.label), END
};
static const struct string self_state_strings[] = {
	ACTOR(struct sek_self_state), STRING(struct sek_self_state, id), END
};

#define PART(type, p) \
	STRING(type, p.person), STRING(type, p.account), \
	STRING(type, p.evidence), STRING(type, p.note)
static const struct string approval_ask_strings[] = {
	ACTOR(struct sek_approval_ask),
	STRING(struct sek_approval_ask, a.id),
	STRING(struct sek_approval_ask, a.clause),
	STRING(struct sek_approval_ask, a.key),
	STRING(struct sek_approval_ask, a.value),
	STRING(struct sek_approval_ask, a.users),
	STRING(struct sek_approval_ask, a.terminals),
	STRING(struct sek_approval_ask, a.reason),
	PART(struct sek_approval_ask, a.asked),
	PART(struct sek_approval_ask, a.decided),
	PART(struct sek_approval_ask, a.ended),
	PART(struct sek_approval_ask, a.reviewed), END
};
static const struct string approval_decide_strings[] = {
	ACTOR(struct sek_approval_decide),
	STRING(struct sek_approval_decide, id),
	STRING(struct sek_approval_decide, note), END
};
static const struct string approvals_strings[] = {
	STRING(struct sek_approval_list, after),
	STRING(struct sek_approval_list, id), END
};
static const struct string allowance_strings[] = {
	STRING(struct sek_allowance_in, key), END
};

static const struct string ticket_use_strings[] = {
	CLAIMANT(struct sek_ticket_use), STRING(struct sek_ticket_use, slot),
	STRING(struct sek_ticket_use, code), END
};
static const struct string substitute_strings[] = {
	CLAIMANT(struct sek_substitute),
	STRING(struct sek_substitute, witness.account),
	STRING(struct sek_substitute, witness.proof), END
};
static const struct string break_glass_strings[] = {
	CLAIMANT(struct sek_break_glass),
	STRING(struct sek_break_glass, envelope), END
};

static const struct string fido2_list_strings[] = {
	CLAIMANT(struct sek_fido2_list), END
};
static const struct string fido2_use_strings[] = {
	CLAIMANT(struct sek_fido2_use), STRING(struct sek_fido2_use, slot),
	STRING(struct sek_fido2_use, authenticator), END
};

static const struct string card_list_strings[] = {
	CLAIMANT(struct sek_card_list), END
};
static const struct string card_use_strings[] = {
	CLAIMANT(struct sek_card_use), STRING(struct sek_card_use, slot),
	STRING(struct sek_card_use, authenticator), END
};

static const struct string biometric_list_strings[] = {
	CLAIMANT(struct sek_biometric_list), END
};
static const struct string biometric_try_strings[] = {
	CLAIMANT(struct sek_biometric_try), END
};
static const struct string biometric_use_strings[] = {
	CLAIMANT(struct sek_biometric_use),
	STRING(struct sek_biometric_use, slot),
	STRINGS(struct sek_biometric_use, id, SEK_TRAITS_MAX), END
};

static const struct string biometric_of_strings[] = {
	STRING(struct sek_biometric_of, id), END
};

static const struct string password_of_strings[] = {
	CLAIMANT(struct sek_password_of), END
};
static const struct string password_history_strings[] = {
	CLAIMANT(struct sek_password_history), END
};
static const struct string password_seen_strings[] = {
	CLAIMANT(struct sek_password_seen),
	STRING(struct sek_password_seen, hash), END
};
static const struct string password_begin_strings[] = {
	CLAIMANT(struct sek_password_begin),
	STRING(struct sek_password_begin, hash), END
};
static const struct string password_end_strings[] = {
	CLAIMANT(struct sek_password_end),
	RECORD(struct sek_password_end, record.), END
};

static const struct string privilege_strings[] = {
	CLAIMANT(struct sek_privilege), STRING(struct sek_privilege, subject),
	STRING(struct sek_privilege, id),
	STRING(struct sek_privilege, witness),
	STRING(struct sek_privilege, instead_of),
	STRING(struct sek_privilege, only), END
};
static const struct string session_over_strings[] = {
	RECORD(struct sek_session_over, record.),
	STRING(struct sek_session_over, account),
	STRING(struct sek_session_over, session), END
};
static const struct string not_me_strings[] = {
	CLAIMANT(struct sek_not_me), STRING(struct sek_not_me, note), END
};

static const struct row {
	size_t			 in;
	size_t			 out;
	const struct string	*strings;
} rows[SEK_OPS_LOGIN] = {
	[SEK_OP_LOOKUP] = { sizeof(struct sek_lookup),
	    sizeof(struct sek_lookup_out), lookup_strings },
	[SEK_OP_RESERVE] = { sizeof(struct sek_reserve),
	    sizeof(struct sek_reserve_out), reserve_strings },
	[SEK_OP_SETTLE] = { sizeof(struct sek_settle),
	    sizeof(struct sek_settle_out), settle_strings },
	[SEK_OP_CONSUME] = { sizeof(struct sek_consume),
	    sizeof(struct sek_consume_out), consume_strings },
	[SEK_OP_ADMIT] = { sizeof(struct sek_admit),
	    sizeof(struct sek_admit_out), admit_strings },
	[SEK_OP_REFUSE] = { sizeof(struct sek_refuse), 0, refuse_strings },
	[SEK_OP_APPEND] = { sizeof(struct sek_record), 0, append_strings },
	[SEK_OP_REUSE] = { sizeof(struct sek_reuse),
	    sizeof(struct sek_admission), reuse_strings },
	[SEK_OP_DROP] = { sizeof(struct sek_admission_id), 0, drop_strings },
	[SEK_OP_OPEN_SESSION] = { sizeof(struct sek_open_session),
	    sizeof(struct sek_open_session_out), open_strings },
	[SEK_OP_CLOSE_SESSION] = { sizeof(struct sek_close_session), 0,
	    close_strings },
	[SEK_OP_IDLE] = { sizeof(struct sek_idle), 0, idle_strings },
	[SEK_OP_TAKE_PROOF] = { sizeof(struct sek_take_proof),
	    sizeof(struct sek_admission), take_proof_strings },
	[SEK_OP_SELF] = { sizeof(struct sek_self),
	    sizeof(struct sek_self_out), self_strings },
	[SEK_OP_SELF_ENROL] = { sizeof(struct sek_self_enrol),
	    sizeof(struct sek_self_enrol_out), self_enrol_strings },
	[SEK_OP_SELF_STATE] = { sizeof(struct sek_self_state), 0,
	    self_state_strings },
	[SEK_OP_APPROVAL_ASK] = { sizeof(struct sek_approval_ask),
	    sizeof(struct sek_approval_out), approval_ask_strings },
	[SEK_OP_APPROVAL_DECIDE] = { sizeof(struct sek_approval_decide),
	    sizeof(struct sek_approval_out), approval_decide_strings },
	[SEK_OP_APPROVALS] = { sizeof(struct sek_approval_list),
	    sizeof(struct sek_approval_list_out), approvals_strings },
	[SEK_OP_ALLOWANCE] = { sizeof(struct sek_allowance_in),
	    sizeof(struct sek_allowance_out), allowance_strings },
	[SEK_OP_TICKET_USE] = { sizeof(struct sek_ticket_use),
	    sizeof(struct sek_ticket_use_out), ticket_use_strings },
	[SEK_OP_SUBSTITUTE] = { sizeof(struct sek_substitute),
	    sizeof(struct sek_substitute_out), substitute_strings },
	[SEK_OP_BREAK_GLASS] = { sizeof(struct sek_break_glass),
	    sizeof(struct sek_admit_out), break_glass_strings },
	[SEK_OP_FIDO2_LIST] = { sizeof(struct sek_fido2_list),
	    sizeof(struct sek_fido2_list_out), fido2_list_strings },
	[SEK_OP_FIDO2_USE] = { sizeof(struct sek_fido2_use),
	    sizeof(struct sek_fido2_use_out), fido2_use_strings },
	[SEK_OP_CARD_LIST] = { sizeof(struct sek_card_list),
	    sizeof(struct sek_card_list_out), card_list_strings },
	[SEK_OP_CARD_USE] = { sizeof(struct sek_card_use),
	    sizeof(struct sek_card_use_out), card_use_strings },
	[SEK_OP_BIOMETRIC_LIST] = { sizeof(struct sek_biometric_list),
	    sizeof(struct sek_biometric_list_out), biometric_list_strings },
	[SEK_OP_BIOMETRIC_TRY] = { sizeof(struct sek_biometric_try),
	    sizeof(struct sek_biometric_try_out), biometric_try_strings },
	[SEK_OP_BIOMETRIC_USE] = { sizeof(struct sek_biometric_use),
	    sizeof(struct sek_biometric_use_out), biometric_use_strings },
	[SEK_OP_BIOMETRIC_OF] = { sizeof(struct sek_biometric_of),
	    sizeof(struct sek_biometric), biometric_of_strings },
	[SEK_OP_PASSWORD_OF] = { sizeof(struct sek_password_of),
	    sizeof(struct sek_password_of_out), password_of_strings },
	[SEK_OP_PASSWORD_HISTORY] = { sizeof(struct sek_password_history),
	    sizeof(struct sek_password_history_out),
	    password_history_strings },
	[SEK_OP_PASSWORD_SEEN] = { sizeof(struct sek_password_seen),
	    sizeof(struct sek_password_seen_out), password_seen_strings },
	[SEK_OP_PASSWORD_BEGIN] = { sizeof(struct sek_password_begin),
	    sizeof(struct sek_password_begin_out), password_begin_strings },
	[SEK_OP_PASSWORD_END] = { sizeof(struct sek_password_end), 0,
	    password_end_strings },
	[SEK_OP_PRIVILEGE] = { sizeof(struct sek_privilege),
	    sizeof(struct sek_privilege_out), privilege_strings },
	[SEK_OP_SESSION_OVER] = { sizeof(struct sek_session_over), 0,
	    session_over_strings },
	[SEK_OP_NOT_ME] = { sizeof(struct sek_not_me),
	    sizeof(struct sek_not_me_out), not_me_strings },
};

size_t
sek_frame_out_size(enum sek_op op)
{

	return ((unsigned)op < SEK_OPS_LOGIN ? rows[op].out : 0);
}

static bool
ended(const char *p, size_t size)
{

	return (memchr(p, '\0', size) != NULL);
}

static bool
strings_ended(const struct string *s, const char *in)
{
	size_t i;

	for (; s->size != 0; s++)
		for (i = 0; i < s->n; i++)
			if (!ended(in + s->offset + i * s->size, s->size))
				return (false);
	return (true);
}

static bool
limits_ok(const struct sek_limits *l)
{

	return (l->deny >= 1 && (l->deny <= SEK_DENY_MAX ||
	    l->deny == SEK_DENY_OFF) && l->interval >= 0 &&
	    l->unlock >= 0);
}

/* The caller's limits matter only where there is one. */
static bool
both_ok(const struct sek_claimant *who, const struct sek_limits *l,
    const struct sek_limits *caller)
{

	return (limits_ok(l) && (who->caller == 0 || limits_ok(caller)));
}

static bool
record_ok(const struct sek_record *r)
{

	return (r->event > SEK_EVENT_NONE && r->event < SEK_EVENT_COUNT &&
	    r->result <= SEK_RESULT_ERROR && r->reason < SEK_REASON_COUNT &&
	    (r->kinds & ~SEK_KINDS_ALL) == 0);
}

static bool
reserve_ok(const struct sek_reserve *in)
{

	return (both_ok(&in->who, &in->limits, &in->caller_limits) &&
	    in->bound > 0 && in->bound <= 30 * SEK_SECOND &&
	    in->owner.pid > 0);
}

/* Who acts (struct sek_actor, of ops that name their strings by ACTOR). */
static bool
actor_ok(const struct sek_actor *a)
{

	return (a->account[0] != '\0' && a->uid != SEK_UID_NONE &&
	    a->roles < SEK_ROLE_BIT(SEK_ROLES) && a->privileged <= 1 &&
	    a->process.pid > 0);
}

static bool
take_proof_ok(const struct sek_take_proof *in)
{

	return (in->uid != SEK_UID_NONE && in->screen <= 1 &&
	    in->taker.pid > 0 && in->id[0] != '\0' &&
	    in->service[0] != '\0');
}

/* A key of codes, what is public of a security key or a card, or what is kept
 * of a living trait. */
static bool
enrol_ok(const struct sek_enrol *e)
{

	if (e->authenticator.method == SEK_METHOD_FIDO2)
		return (e->key_len == 0 &&
		    sek_fido2_check(&e->fido2) == SEK_OK);
	if (sek_card_is_method((enum sek_method)e->authenticator.method))
		return (e->key_len == 0 && sek_card_fits(&e->card,
		    (enum sek_method)e->authenticator.method));
	if (sek_biometric_is_method((enum sek_method)e->authenticator.method))
		return (e->key_len == 0 && sek_biometric_fits(&e->biometric,
		    (enum sek_method)e->authenticator.method));
	return (e->key_len >= SEK_OATH_KEY_MIN &&
	    e->key_len <= SEK_OATH_KEY_MAX &&
	    e->authenticator.method < SEK_METHOD_COUNT &&
	    e->authenticator.oath.algorithm < SEK_OATH_ALGORITHMS);
}

static bool
self_enrol_ok(const struct sek_self_enrol *in)
{

	return (actor_ok(&in->who) && enrol_ok(&in->enrol) &&
	    in->enrol.proved <= 1);
}

static bool
self_state_ok(const struct sek_self_state *in)
{

	return (actor_ok(&in->who) &&
	    (in->to == SEK_AUTHENTICATOR_DISABLED ||
	    in->to == SEK_AUTHENTICATOR_REMOVED));
}

static bool
approval_ask_ok(const struct sek_approval_ask *in)
{

	return (actor_ok(&in->who) && in->unavoidable <= 1 &&
	    in->a.kind < SEK_APPROVAL_KINDS && in->a.not_before >= 0 &&
	    in->a.not_after >= 0 && in->a.review_at >= 0 &&
	    in->a.uses_max <= INT64_MAX &&
	    in->subject_privileged <= 1 && in->target_privileged <= 1 &&
	    in->max <= SEK_TICKET_MAX_DAYS);
}

static bool
approval_decide_ok(const struct sek_approval_decide *in)
{

	return (actor_ok(&in->who) && in->act > SEK_ACT_NONE &&
	    in->act < SEK_ACTS && in->listed <= 1 && in->review_at >= 0 &&
	    in->max <= SEK_TICKET_MAX_DAYS && in->id[0] != '\0');
}

static bool
approvals_ok(const struct sek_approval_list *in)
{

	return (in->kind < SEK_APPROVAL_KINDS && in->open_only <= 1);
}

static bool
ticket_use_ok(const struct sek_ticket_use *in)
{
	uint32_t all = SEK_PURPOSE_BIT(SEK_PURPOSE_SUBSTITUTE) |
	    SEK_PURPOSE_BIT(SEK_PURPOSE_ENROL);

	return (both_ok(&in->who, &in->limits, &in->caller_limits) &&
	    (in->purposes & ~all) == 0);
}

static bool
fido2_use_ok(const struct sek_fido2_use *in)
{

	return (both_ok(&in->who, &in->limits, &in->caller_limits) &&
	    in->public_len > 0 && in->public_len <= SEK_FIDO2_PUBLIC_MAX);
}

/* By the key of one that is named, or by what a card showed. */
static bool
card_use_ok(const struct sek_card_use *in)
{
	bool named = in->authenticator[0] != '\0';

	return (both_ok(&in->who, &in->limits, &in->caller_limits) &&
	    in->public_len <= SEK_CARD_PUBLIC_MAX &&
	    in->uid_len <= SEK_CARD_IDENTITY_MAX &&
	    named == (in->public_len > 0) && named == (in->uid_len == 0));
}

static bool
biometric_list_ok(const struct sek_biometric_list *in)
{

	return (sek_biometric_is_method((enum sek_method)in->method));
}

static bool
biometric_try_ok(const struct sek_biometric_try *in)
{

	return (sek_biometric_is_method((enum sek_method)in->method) &&
	    in->missed <= 1 && in->tries > 0 && in->pause >= 0 &&
	    in->pause <= SEK_DAY);
}

static bool
biometric_use_ok(const struct sek_biometric_use *in)
{
	uint32_t i;

	if (!both_ok(&in->who, &in->limits, &in->caller_limits) ||
	    !sek_biometric_is_method((enum sek_method)in->method) ||
	    in->n == 0 || in->n > SEK_TRAITS_MAX)
		return (false);
	for (i = 0; i < in->n; i++)
		if (sek_biometric_check(&in->trait[i]) != SEK_OK)
			return (false);
	return (true);
}

static bool
substitute_ok(const struct sek_substitute *in)
{

	return (actor_ok(&in->witness) && in->who.name[0] != '\0' &&
	    in->who.uid != SEK_UID_NONE && in->max <= SEK_TICKET_MAX_DAYS &&
	    in->not_after >= 0);
}

static bool
break_glass_ok(const struct sek_break_glass *in)
{

	return (in->who.name[0] != '\0' && in->who.uid != SEK_UID_NONE &&
	    in->envelope[0] != '\0' && in->admits <= 1 &&
	    in->degraded <= 1 && in->vague <= 1 &&
	    in->at.wall >= 0 && in->not_after > 0 &&
	    in->report_at >= 0 && (!in->admits || in->gate.pid > 0));
}

static bool
password_end_ok(const struct sek_password_end *in)
{
	const struct sek_record *r = &in->record;

	return (record_ok(r) && (r->event == SEK_EVENT_PASSWORD_CHANGED ||
	    r->event == SEK_EVENT_PASSWORD_SET) && in->who.name[0] != '\0' &&
	    in->kept <= SEK_KEPT_PAST && in->guarded <= 1 && in->at > 0 &&
	    in->keep >= 0 &&
	    in->temporary_until >= 0);
}

static bool
window_ok(const struct sek_window *w)
{

	return (w->days < 1u << 7 && w->from <= 1440 && w->until <= 1440);
}

static bool
privilege_ok(const struct sek_privilege *in)
{
	const struct sek_privilege_policy *p = &in->policy;
	unsigned i;

	if (p->hours.n > SEK_WINDOWS_MAX)
		return (false);
	for (i = 0; i < p->hours.n; i++)
		if (!window_ok(&p->hours.w[i]))
			return (false);
	return (in->who.name[0] != '\0' && in->listed <= 1 && in->use <= 1 &&
	    in->taker.pid > 0 && p->zone > -86400 && p->zone < 86400 &&
	    p->contractors >= 0 && p->contractors <= SEK_CONTRACTORS_NO &&
	    p->max_session > 0 && p->max_session <= SEK_DAY);
}

/* A session's events, and no others. */
static bool
session_over_ok(const struct sek_session_over *in)
{
	uint32_t e = in->record.event;

	return (record_ok(&in->record) && in->over <= 1 &&
	    (e == SEK_EVENT_SESSION_ENDED || e == SEK_EVENT_SESSION_EXTENDED ||
	    e == SEK_EVENT_REMOVAL || e == SEK_EVENT_SCREEN_LOCK ||
	    e == SEK_EVENT_SCREEN_UNLOCK || e == SEK_EVENT_GUARD ||
	    e == SEK_EVENT_LOGOUT || e == SEK_EVENT_PRIVILEGE));
}

/* Of calls about a password, but its end. */
static bool
password_ok(enum sek_op op, const void *p)
{
	const struct sek_password_history *history = p;
	const struct sek_password_seen *seen = p;
	const struct sek_password_begin *begin = p;

	switch (op) {
	case SEK_OP_PASSWORD_HISTORY:
		return (history->before >= 0);
	case SEK_OP_PASSWORD_SEEN:
		return (seen->day >= 0 && seen->who.name[0] != '\0');
	case SEK_OP_PASSWORD_BEGIN:
		return (begin->owner.pid > 0 && begin->hash[0] != '\0' &&
		    begin->who.name[0] != '\0');
	default:
		return (true);
	}
}

static bool
numbers_ok(enum sek_op op, const void *p)
{
	const struct sek_lookup *lookup = p;
	const struct sek_settle *settle = p;
	const struct sek_consume *consume = p;
	const struct sek_admit *admit = p;
	const struct sek_refuse *refuse = p;
	const struct sek_self *self = p;
	const struct sek_not_me *not_me = p;

	switch (op) {
	case SEK_OP_LOOKUP:
		return (both_ok(&lookup->who, &lookup->limits,
		    &lookup->caller_limits));
	case SEK_OP_RESERVE:
		return (reserve_ok(p));
	case SEK_OP_SETTLE:
		return (both_ok(&settle->who, &settle->limits,
		    &settle->caller_limits) &&
		    settle->settlement <= SEK_SETTLE_FAILED);
	case SEK_OP_CONSUME:
		return (both_ok(&consume->who, &consume->limits,
		    &consume->caller_limits));
	case SEK_OP_ADMIT:
		return (record_ok(&admit->record) &&
		    admit->nauthenticators <= SEK_EVIDENCE_MAX &&
		    admit->password <= 1 &&
		    (admit->kinds & ~SEK_KINDS_ALL) == 0);
	case SEK_OP_REFUSE:
		return (record_ok(&refuse->record));
	case SEK_OP_APPEND:
		return (record_ok(p));
	case SEK_OP_TAKE_PROOF:
		return (take_proof_ok(p));
	case SEK_OP_SELF:
		return (self->who.uid != SEK_UID_NONE &&
		    limits_ok(&self->limits));
	case SEK_OP_SELF_ENROL:
		return (self_enrol_ok(p));
	case SEK_OP_SELF_STATE:
		return (self_state_ok(p));
	case SEK_OP_APPROVAL_ASK:
		return (approval_ask_ok(p));
	case SEK_OP_APPROVAL_DECIDE:
		return (approval_decide_ok(p));
	case SEK_OP_APPROVALS:
		return (approvals_ok(p));
	case SEK_OP_TICKET_USE:
		return (ticket_use_ok(p));
	case SEK_OP_SUBSTITUTE:
		return (substitute_ok(p));
	case SEK_OP_BREAK_GLASS:
		return (break_glass_ok(p));
	case SEK_OP_FIDO2_USE:
		return (fido2_use_ok(p));
	case SEK_OP_CARD_USE:
		return (card_use_ok(p));
	case SEK_OP_BIOMETRIC_LIST:
		return (biometric_list_ok(p));
	case SEK_OP_BIOMETRIC_TRY:
		return (biometric_try_ok(p));
	case SEK_OP_BIOMETRIC_USE:
		return (biometric_use_ok(p));
	case SEK_OP_PASSWORD_END:
		return (password_end_ok(p));
	case SEK_OP_PRIVILEGE:
		return (privilege_ok(p));
	case SEK_OP_SESSION_OVER:
		return (session_over_ok(p));
	case SEK_OP_NOT_ME:
		return (not_me->who.name[0] != '\0' &&
		    not_me->who.uid != SEK_UID_NONE);
	case SEK_OP_PASSWORD_OF:
	case SEK_OP_PASSWORD_HISTORY:
	case SEK_OP_PASSWORD_SEEN:
	case SEK_OP_PASSWORD_BEGIN:
		return (password_ok(op, p));
	default:
		return (true);
	}
}

enum sek_err
sek_frame_check_in(enum sek_op op, const void *in)
{

	if ((unsigned)op >= SEK_OPS_LOGIN)
		return (SEK_ERR_RANGE);
	if (!strings_ended(rows[op].strings, in))
		return (SEK_ERR_SYNTAX);
	return (numbers_ok(op, in) ? SEK_OK : SEK_ERR_RANGE);
}

static size_t
rounded(size_t n)
{

	return ((n + SEK_FRAME_ALIGN - 1) / SEK_FRAME_ALIGN * SEK_FRAME_ALIGN);
}

enum sek_err
sek_frame_request(void **out, size_t *len, enum sek_op op, bool reserve,
    const struct sek_store_config *config, const void *in)
{
	struct sek_frame_request *h;
	size_t head = rounded(sizeof(*h));

	if ((unsigned)op >= SEK_OPS_LOGIN)
		return (SEK_ERR_INTERNAL);
	*len = head + rows[op].in;
	if ((h = calloc(1, *len)) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(h->magic, SEK_FRAME_MAGIC, sizeof(h->magic));
	(void)sek_text_copy(h->version, sizeof(h->version), PACKAGE_VERSION);
	h->op = op;
	h->reserve = reserve;
	h->in_size = (uint32_t)rows[op].in;
	h->out_size = (uint32_t)rows[op].out;
	h->config = *config;
	memcpy((char *)h + head, in, rows[op].in);
	*out = h;
	return (SEK_OK);
}

static bool
config_ok(const struct sek_store_config *c)
{

	return (ended(c->path, sizeof(c->path)) && c->path[0] == '/' &&
	    ended(c->key, sizeof(c->key)) && c->key[0] == '/' &&
	    ended(c->terminal, sizeof(c->terminal)) &&
	    ended(c->profile, sizeof(c->profile)) &&
	    ended(c->policy, sizeof(c->policy)) &&
	    ended(c->timezone, sizeof(c->timezone)) && c->clock_step >= 0);
}

static bool
head_ok(const struct sek_frame_request *h, size_t len)
{

	return (memcmp(h->magic, SEK_FRAME_MAGIC, sizeof(h->magic)) == 0 &&
	    ended(h->version, sizeof(h->version)) &&
	    strcmp(h->version, PACKAGE_VERSION) == 0 &&
	    h->op < SEK_OPS_LOGIN && h->reserve <= 1 &&
	    h->in_size == rows[h->op].in && h->out_size == rows[h->op].out &&
	    len == rounded(sizeof(*h)) + h->in_size && config_ok(&h->config));
}

enum sek_err
sek_frame_parse(void **copy, const struct sek_frame_request **head,
    const void **in, const void *bytes, size_t len)
{
	struct sek_frame_request *h;
	const void *p;

	if (len < rounded(sizeof(*h)) || len > SEK_FRAME_MAX)
		return (SEK_ERR_SYNTAX);
	if ((h = malloc(len)) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(h, bytes, len);
	p = (const char *)h + rounded(sizeof(*h));
	if (!head_ok(h, len) ||
	    sek_frame_check_in((enum sek_op)h->op, p) != SEK_OK) {
		sek_wipe(h, len);
		free(h);
		return (SEK_ERR_SYNTAX);
	}
	*copy = h;
	*head = h;
	*in = p;
	return (SEK_OK);
}

enum sek_err
sek_frame_answer(void **out, size_t *len, enum sek_op op, enum sek_err err,
    const char *why, const void *result)
{
	struct sek_frame_answer *h;
	size_t head = rounded(sizeof(*h)), size = sek_frame_out_size(op);

	/* The largest of all answers. */
	_Static_assert(sizeof(struct sek_fido2_list_out) + sizeof(*h) +
	    SEK_FRAME_ALIGN <= SEK_FRAME_MAX, "a frame holds his keys");
	*len = head + size;
	if ((h = calloc(1, *len)) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(h->magic, SEK_FRAME_MAGIC, sizeof(h->magic));
	h->err = err;
	h->out_size = (uint32_t)size;
	(void)sek_text_copy(h->why.text, sizeof(h->why.text), why);
	if (err == SEK_OK && size > 0)
		memcpy((char *)h + head, result, size);
	*out = h;
	return (SEK_OK);
}

enum sek_err
sek_frame_take(struct sek_why *why, void *result, enum sek_op op,
    const void *bytes, size_t len)
{
	struct sek_frame_answer h;
	size_t head = rounded(sizeof(h)), size = sek_frame_out_size(op);

	memset(&h, 0, sizeof(h));
	if (len >= sizeof(h))
		memcpy(&h, bytes, sizeof(h));
	if (len != head + size || h.out_size != size ||
	    memcmp(h.magic, SEK_FRAME_MAGIC, sizeof(h.magic)) != 0 ||
	    h.err > SEK_ERR_INTERNAL ||
	    !ended(h.why.text, sizeof(h.why.text)))
		return (sek_why(why, SEK_ERR_STORE, "%s/sekisho-store: no "
		    "whole answer came back (%zu bytes): look for its end in "
		    "the system log; is it of this version?", SEK_LIBEXECDIR,
		    len));
	if (h.err == SEK_OK && size > 0)
		memcpy(result, (const char *)bytes + head, size);
	sek_why(why, (enum sek_err)h.err, "%s", h.why.text);
	return ((enum sek_err)h.err);
}
