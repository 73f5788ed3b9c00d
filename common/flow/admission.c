/*
 * admission.c - the gate: the only place that says yes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/journal.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/attempt.h"
#include "sekisho/flow/exception.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/glass.h"
#include "sekisho/flow/glass_in.h"
#include "sekisho/flow/ticket.h"

/* ------------------------------------------------------------- telling -- */

void
sek_admission_tell(pam_handle_t *pamh, const struct sek_settings *s,
    const char *tty, const char *text)
{
	enum sek_language language = sek_message_language(s, tty);
	char contact[512];

	sek_pam_tell(pamh, PAM_ERROR_MSG, text);
	if (s->message.contact[0] == '\0')
		return;
	(void)sek_text_format(contact, sizeof contact,
	    sek_message(language, N_("Contact: %s")), s->message.contact);
	sek_pam_tell(pamh, PAM_ERROR_MSG, contact);
}

void
sek_admission_tell_locked(pam_handle_t *pamh, const struct sek_settings *s,
    const char *tty, const struct sek_lock_state *lock)
{
	enum sek_language language = sek_message_language(s, tty);
	char until[32], text[512];

	if (lock->never) {
		sek_admission_tell(pamh, s, tty, sek_message(language,
		    N_("Locked after too many failures. Please ask an "
		    "administrator to unlock it.")));
		return;
	}
	sek_clock_print_short(until, sizeof until, lock->until,
	    s->terminal.timezone);
	(void)sek_text_format(text, sizeof text, sek_message(language,
	    N_("Locked after too many failures. Please try again after %s.")),
	    until);
	sek_admission_tell(pamh, s, tty, text);
}

/*
 * After the last prompt, to known and unknown names alike: general words,
 * what to do next, and of a lock its end (pam-facts 18). Never which factor.
 */
static void
tell_refusal(pam_handle_t *pamh, const struct sek_settings *s,
    const struct sek_round *r)
{
	enum sek_language language = sek_message_language(s, r->who.tty);
	const char *msgid;

	if (r->trouble == SEK_ERR_CONV)
		return;
	if (r->trouble == SEK_ERR_STORE_BUSY) {
		msgid = N_("This terminal is busy. Please try again.");
	} else if (r->trouble != SEK_OK) {
		msgid = N_("This terminal cannot check logins now. Please "
		    "tell the person in charge.");
	} else if (r->reason == SEK_REASON_BUSY) {
		msgid = N_("Another login for this name is under way. Please "
		    "try again.");
	} else if (r->lock.locked) {
		sek_admission_tell_locked(pamh, s, r->who.tty, &r->lock);
		return;
	} else {
		msgid = N_("The login was refused. Please check what you "
		    "entered and try again.");
	}
	sek_admission_tell(pamh, s, r->who.tty, sek_message(language, msgid));
}

/* Without a policy there is no language to choose: say it in both. */
void
sek_admission_tell_trouble(pam_handle_t *pamh)
{
	static const char text[] = N_("This terminal cannot check logins now. "
	    "Please tell the person in charge.");
	const char *ja = sek_message(SEK_LANGUAGE_JA, text);

	sek_pam_tell(pamh, PAM_ERROR_MSG, text);
	if (ja != text)
		sek_pam_tell(pamh, PAM_ERROR_MSG, ja);
}

/* In account: what lacks, or that we cannot tell. Who is suspended, or not for
 * this terminal, hears from the application. */
static void
tell_account(pam_handle_t *pamh, const struct sek_settings *s,
    const char *tty, enum sek_reason reason, bool trouble)
{
	const char *msgid = N_("The login was refused: this terminal asks for "
	    "two kinds of proof. Please log in with both.");

	if (trouble || reason == SEK_REASON_STORE)
		msgid = N_("This terminal cannot check logins now. Please "
		    "tell the person in charge.");
	else if (reason != SEK_REASON_NO_EVIDENCE &&
	    reason != SEK_REASON_TOO_FEW_KINDS &&
	    reason != SEK_REASON_STALE)
		return;
	sek_admission_tell(pamh, s, tty,
	    sek_message(sek_message_language(s, tty), msgid));
}

/* ----------------------------------------------------------- recording -- */

static void
start_record(struct sek_record *rec, const struct sek_claimant *who,
    enum sek_event event, enum sek_result result, enum sek_reason reason)
{
	memset(rec, 0, sizeof *rec);
	rec->event = (uint32_t)event;
	rec->result = (uint32_t)result;
	rec->reason = (uint32_t)reason;
	rec->count = 1;
	memcpy(rec->service, who->service, sizeof rec->service);
	memcpy(rec->tty, who->tty, sizeof rec->tty);
	memcpy(rec->rhost, who->rhost, sizeof rec->rhost);
	if (who->known) {
		memcpy(rec->subject, who->name, sizeof rec->subject);
		memcpy(rec->target, who->name, sizeof rec->target);
	}
}

static void
record_refusal(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, const char *person, const char *section,
    enum sek_reason reason, enum sek_err trouble)
{
	struct sek_refuse in;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	in.who = *who;
	start_record(&in.record, who, SEK_EVENT_REFUSE,
	    trouble == SEK_OK ? SEK_RESULT_REFUSED : SEK_RESULT_ERROR, reason);
	if (who->known) {
		(void)sek_text_copy(in.record.person, sizeof in.record.person,
		    person);
		(void)sek_text_copy(in.record.section,
		    sizeof in.record.section, section);
	}
	sek_pam_log(pamh, LOG_NOTICE, "refused: user=%s reason=%s rhost=%s "
	    "tty=%s", who->known ? who->name : "(unknown)",
	    sek_reason_name(reason), who->rhost, who->tty);
	if (ctx->no_policy)
		return;
	/* Refused it is; what cannot be recorded goes to log and journal. */
	if ((err = sek_store_refuse(ctx->store, &in)) != SEK_OK) {
		sek_pam_log(pamh, LOG_ALERT, "a refusal could not be "
		    "recorded: %s: %s", sek_err_name(err),
		    sek_store_why(ctx->store));
		if (ctx->settings->audit.journal)
			sek_journal_record(&in.record, 0,
			    ctx->settings->terminal.id);
	}
}

/* May a login go on whose record cannot be written for want of room? */
static bool
record_may_be_missing(const struct sek_settings *s,
    const struct sek_claimant *who)
{
	switch ((enum sek_on_failure)s->audit.on_failure) {
	case SEK_ON_FAILURE_WARN:
		return (true);
	case SEK_ON_FAILURE_DENY_PRIVILEGED:
		return (!who->privileged);
	case SEK_ON_FAILURE_DENY:
	default:
		return (false);
	}
}

/* A record could not be written: may the login go on all the same? */
static bool
go_on_unrecorded(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, const struct sek_record *rec,
    enum sek_err err)
{
	if (err != SEK_ERR_STORE_FULL ||
	    !record_may_be_missing(ctx->settings, who))
		return (false);
	sek_pam_log(pamh, LOG_ALERT, "no room for the record of a login; "
	    "audit.on_failure lets it go on: %s", sek_store_why(ctx->store));
	if (ctx->settings->audit.journal)
		sek_journal_record(rec, 0, ctx->settings->terminal.id);
	return (true);
}

/*
 * Store the yes: row and record in one transaction. On a full disk, where
 * policy lets it, the row without its record, loudly.
 */
static enum sek_err
store_yes(struct sek_context *ctx, pam_handle_t *pamh, struct sek_admit *in,
    struct sek_admit_out *out)
{
	enum sek_err err;

	err = sek_store_admit(ctx->store, in, out);
	if (err == SEK_OK ||
	    !go_on_unrecorded(ctx, pamh, &in->who, &in->record, err))
		return (err);
	in->unrecorded = 1;
	return (sek_store_admit(ctx->store, in, out));
}

/* ---------------------------------------------------------------- auth -- */

/* PAM_USER may have changed under us: the same uid or nobody. */
static enum sek_err
still_the_same(enum sek_reason *reason, const struct sek_round *r,
    pam_handle_t *pamh)
{
	struct sek_passwd pw;
	enum sek_err err;

	*reason = SEK_REASON_USER_CHANGED;
	memset(&pw, 0, sizeof pw);
	err = sek_account_find(&pw, sek_pam_item(pamh, PAM_USER));
	if (err != SEK_OK)
		return (err);
	if (!r->who.known || !pw.known || pw.uid != r->who.uid)
		return (SEK_ERR_REFUSED);
	return (SEK_OK);
}

static enum sek_err
judge(uint32_t *kinds, struct sek_round *r, pam_handle_t *pamh)
{
	const struct sek_entry e = { .who = &r->who, .plan = &r->plan };
	enum sek_reason reason = r->reason;
	struct sek_moment now;
	enum sek_err err = SEK_ERR_REFUSED;

	if (r->state == SEK_ROUND_NONE || r->state == SEK_ROUND_ADMITTED) {
		reason = SEK_REASON_NO_ROUND;
	} else if (r->glass) {
		err = (r->barred && !r->but_envelope) || r->refused ?
		    SEK_ERR_REFUSED :
		    still_the_same(&reason, r, pamh);
	} else if (r->barred) {
		err = r->trouble != SEK_OK ? r->trouble : SEK_ERR_REFUSED;
	} else if (r->state == SEK_ROUND_FAILED || r->trouble != SEK_OK) {
		err = r->trouble != SEK_OK ? r->trouble : SEK_ERR_REFUSED;
	} else if ((reason = sek_entry_step(&e, SEK_PHASE_AUTH,
	    SEK_ENTRY_PLAN)) != SEK_REASON_NONE) {
		err = SEK_ERR_REFUSED;
	} else if ((err = still_the_same(&reason, r, pamh)) == SEK_OK &&
	    (err = sek_clock_now(&now)) == SEK_OK) {
		err = sek_policy_decide(kinds, &reason, &r->need, r->evidence,
		    r->nevidence, r->nonce, r->who.uid, &now);
	}
	if (err != SEK_OK && r->reason == SEK_REASON_NONE)
		r->reason = reason;
	return (err);
}

/* Which authenticators it was; the store names them in the record. */
static void
list_authenticators(struct sek_admit *in, const struct sek_round *r)
{
	uint32_t i;

	for (i = 0; i < r->nevidence; i++)
		if (r->evidence[i].authenticator[0] != '\0')
			memcpy(in->authenticator[in->nauthenticators++],
			    r->evidence[i].authenticator, SEK_ID_MAX);
}

static enum sek_err
fill_admit(struct sek_admit *in, const struct sek_claimant *who,
    uint32_t kinds)
{
	enum sek_err err;

	memset(in, 0, sizeof *in);
	in->who = *who;
	start_record(&in->record, who, SEK_EVENT_ADMIT, SEK_RESULT_OK,
	    SEK_REASON_NONE);
	in->kinds = kinds;
	in->record.kinds = kinds;
	in->audit_session = sek_audit_session();
	if ((err = sek_process_get(&in->gate, 0)) != SEK_OK)
		return (err);
	return (sek_process_get(&in->parent, getppid()));
}

/* Is anything of it what anybody could have copied? */
static bool
is_weak(const struct sek_round *r)
{
	uint32_t i;

	for (i = 0; i < r->nevidence; i++)
		if ((r->evidence[i].flags & SEK_EVIDENCE_WEAK) != 0)
			return (true);
	return (false);
}

/* Said of it, first. */
static void
mark(struct sek_admit *in, const char *what)
{
	char all[sizeof in->record.detail];

	(void)sek_text_format(all, sizeof all, "%s%s%s", what,
	    in->record.detail[0] != '\0' ? "; " : "", in->record.detail);
	memcpy(in->record.detail, all, sizeof in->record.detail);
}

/* SP 800-63B-4 section 2.2: a trait is none without a thing that he has. */
#define NO_POSSESSION	"no possession (below AAL2)"

static void
mark_below(struct sek_admit *in, bool weak)
{

	if ((in->kinds & SEK_KIND_POSSESSION) == 0)
		mark(in, NO_POSSESSION);
	/* No sudo goes on by such a row. */
	if (weak) {
		in->audit_session = UINT32_MAX;
		mark(in, "weak: a card's number (below AAL2)");
	}
}

/* By which exception he gets in, if so: the store refuses where it is over by
 * now, as prompts may wait for hours. */
static void
name_exception(struct sek_admit *in, const struct sek_settings *s, bool weak)
{
	const struct sek_below *b;
	const struct sek_allowed *a;
	char until[32];

	if ((a = sek_exception_used(&b, s, in->kinds, weak,
	    in->who.privileged != 0)) == NULL)
		return;
	memcpy(in->exception, a->id, sizeof in->exception);
	memcpy(in->record.ref, a->id, sizeof in->record.ref);
	sek_clock_print(until, sizeof until, a->until, s->terminal.timezone);
	(void)sek_text_format(in->record.detail, sizeof in->record.detail,
	    "exception: %s = %s, until %s", b->key, b->text, until);
}

/* What a factor has to say of it: by which program it was matched. */
static void
add_proof(struct sek_admit *in, const struct sek_round *r)
{
	char all[sizeof in->record.detail];

	if (r->detail[0] == '\0')
		return;
	(void)sek_text_format(all, sizeof all, "%s%s%s", in->record.detail,
	    in->record.detail[0] != '\0' ? "; " : "", r->detail);
	memcpy(in->record.detail, all, sizeof in->record.detail);
}

/* Was his password proved, at the beginning of a session (アクセス回数)? */
static bool
by_password(const struct sek_round *r)
{
	uint32_t i;

	for (i = 0; i < r->nevidence; i++)
		if (r->evidence[i].method == SEK_METHOD_PASSWORD)
			return (sek_entry_begins(r->who.service));
	return (false);
}

static enum sek_err
admit(struct sek_context *ctx, pam_handle_t *pamh, uint32_t kinds)
{
	struct sek_round *r = &ctx->round;
	struct sek_admit_out out;
	struct sek_admit *in;
	char env[sizeof SEK_ADMISSION_ENV + SEK_ID_MAX + 1];
	enum sek_err err = SEK_ERR_NOMEM;

	memset(&out, 0, sizeof out);
	if ((in = calloc(1, sizeof *in)) == NULL ||
	    (err = fill_admit(in, &r->who, kinds)) != SEK_OK)
		goto out;
	memcpy(in->person, r->person, sizeof in->person);
	memcpy(in->record.person, r->person, sizeof in->record.person);
	memcpy(in->record.section, r->section, sizeof in->record.section);
	list_authenticators(in, r);
	in->password = by_password(r);
	name_exception(in, ctx->settings, is_weak(r));
	mark_below(in, is_weak(r));
	sek_ticket_mark(in, ctx);
	add_proof(in, r);
	if ((err = store_yes(ctx, pamh, in, &out)) != SEK_OK ||
	    (err = sek_text_format(env, sizeof env, "%s=%s",
	    SEK_ADMISSION_ENV, out.id)) != SEK_OK ||
	    (err = sek_clock_now(&r->admitted_at)) != SEK_OK)
		goto out;
	if (pam_putenv(pamh, env) != PAM_SUCCESS) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	memcpy(r->admission, out.id, sizeof r->admission);
	r->state = SEK_ROUND_ADMITTED;
out:
	free(in);
	return (err);
}

/* Take back what auth admitted: it must not open a session. */
static void
take_back(struct sek_context *ctx, pam_handle_t *pamh)
{
	struct sek_admission_id in;
	struct sek_round *r = &ctx->round;

	if (r->state == SEK_ROUND_ADMITTED && sek_context_is_ours(ctx)) {
		memset(&in, 0, sizeof in);
		memcpy(in.id, r->admission, sizeof in.id);
		if (in.id[0] != '\0' &&
		    sek_store_drop(ctx->store, &in) != SEK_OK)
			sek_pam_log(pamh, LOG_ERR, "an admission could not be "
			    "taken back: %s", sek_store_why(ctx->store));
		(void)pam_putenv(pamh, SEK_ADMISSION_ENV);
	}
	sek_round_wipe(r);
}

enum sek_err
sek_admission_decide(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	uint32_t kinds = 0;
	enum sek_err err = SEK_ERR_REFUSED;

	if (sek_context_is_ours(ctx))
		sek_attempt_leftover(ctx, why);
	if (sek_context_is_ours(ctx) &&
	    (err = judge(&kinds, r, pamh)) == SEK_OK &&
	    (err = r->glass ? sek_glass_admit(ctx, pamh, why) :
	    admit(ctx, pamh, kinds)) == SEK_OK) {
		sek_pam_tell_notes(pamh, &r->notes);
		sek_ticket_tell(ctx, pamh);
		/* This very one could not be told a moment ago. */
		if (ctx->degraded == SEK_OK)
			sek_glass_take_in_at_gate(ctx, pamh);
		return (SEK_OK);
	}
	if (err == SEK_ERR_REFUSED && r->reason == SEK_REASON_NONE) {
		/* What was proved no longer holds: the store says why. */
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
		r->reason = SEK_REASON_STALE;
	}
	if (err != SEK_ERR_REFUSED && r->trouble == SEK_OK) {
		r->trouble = err;
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
		if (r->reason == SEK_REASON_NONE)
			r->reason = SEK_REASON_STORE;
	}
	if (ctx->no_policy && why->text[0] == '\0')
		(void)sek_why(why, err, "%s", ctx->degraded_why.text);
	if (r->who.service[0] == '\0')	/* no round was opened */
		(void)sek_claimant_get(&r->who, pamh, ctx->settings,
		    sek_pam_item(pamh, PAM_USER));
	record_refusal(ctx, pamh, &r->who, r->person, r->section, r->reason,
	    r->trouble);
	if (ctx->no_policy)
		sek_admission_tell_trouble(pamh);
	else
		tell_refusal(pamh, ctx->settings, r);
	sek_glass_tell_refusal(ctx, pamh);
	take_back(ctx, pamh);
	return (err);
}

/* ------------------------------------------------------------- account -- */

/* What auth admitted in this handle, if it is this user's and fresh. */
static enum sek_reason
admitted(const struct sek_context *ctx, const struct sek_claimant *who)
{
	const struct sek_round *r = &ctx->round;
	struct sek_moment now;

	if (r->state != SEK_ROUND_ADMITTED || !sek_context_is_ours(ctx))
		return (SEK_REASON_NO_EVIDENCE);
	if (!who->known || who->uid != r->who.uid)
		return (SEK_REASON_USER_CHANGED);
	if (sek_clock_now(&now) != SEK_OK ||
	    sek_clock_age(&r->admitted_at, &now) > SEK_EVIDENCE_AGE)
		return (SEK_REASON_STALE);
	return (SEK_REASON_NONE);
}

/*
 * One of the stated answers for account without auth: record it. Nothing was
 * proved, so no failure is forgotten and no admission made.
 */
static enum sek_err
pass_bare(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, enum sek_event event,
    const struct sek_admission *before)
{
	struct sek_record rec;
	enum sek_err err;

	start_record(&rec, who, event, SEK_RESULT_OK, SEK_REASON_NONE);
	if (event == SEK_EVENT_ROOT_SWITCH)
		rec.subject[0] = '\0';	/* whose root it was is not known */
	if (before != NULL) {
		rec.kinds = before->kinds;
		memcpy(rec.person, before->person, sizeof rec.person);
		memcpy(rec.authenticator, before->authenticator,
		    sizeof rec.authenticator);
		memcpy(rec.ref, before->id, sizeof rec.ref);
		if ((before->kinds & SEK_KIND_POSSESSION) == 0)
			(void)sek_text_copy(rec.detail, sizeof rec.detail,
			    NO_POSSESSION);
	}
	err = sek_store_append(ctx->store, &rec);
	if (err != SEK_OK && go_on_unrecorded(ctx, pamh, who, &rec, err))
		err = SEK_OK;
	return (err);
}

static enum sek_err
reuse(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, enum sek_reason *reason)
{
	struct sek_admission before;
	struct sek_requirement need;
	struct sek_reuse in;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	memset(&before, 0, sizeof before);
	in.uid = who->uid;
	in.audit_session = sek_audit_session();
	in.max_age = ctx->settings->factors.reuse * SEK_SECOND;
	*reason = SEK_REASON_NO_EVIDENCE;
	if (in.max_age <= 0 || in.audit_session == UINT32_MAX ||
	    who->caller != who->uid)
		return (SEK_ERR_FORBIDDEN);
	if ((err = sek_store_reuse(ctx->store, &in, &before)) != SEK_OK)
		return (err);
	if (before.id[0] == '\0' || before.uid != who->uid)
		return (SEK_ERR_FORBIDDEN);
	if (sek_ticket_among(before.authenticator, NULL))
		return (SEK_ERR_FORBIDDEN);
	/* Made under an exception that has ended, or before more was asked. */
	sek_facts_requirement(&need, ctx->settings, who->service);
	if (sek_kind_count(before.kinds) < need.kinds ||
	    (need.possession && (before.kinds & SEK_KIND_POSSESSION) == 0)) {
		*reason = SEK_REASON_TOO_FEW_KINDS;
		return (SEK_ERR_FORBIDDEN);
	}
	return (pass_bare(ctx, pamh, who, SEK_EVENT_REUSE, &before));
}

static enum sek_err
confirm_bare(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, enum sek_reason *reason)
{
	struct sek_entry e;

	sek_facts_entry(&e, ctx->settings, who);
	if (!who->known) {
		*reason = SEK_REASON_UNKNOWN;
		return (SEK_ERR_FORBIDDEN);
	}
	switch (sek_entry_bare(&e)) {
	case SEK_BARE_EXEMPT:
		return (pass_bare(ctx, pamh, who, SEK_EVENT_EXEMPT, NULL));
	case SEK_BARE_ROOT_SWITCH:
		return (pass_bare(ctx, pamh, who, SEK_EVENT_ROOT_SWITCH,
		    NULL));
	case SEK_BARE_REUSE:
		return (reuse(ctx, pamh, who, reason));
	case SEK_BARE_REFUSE:
	default:
		return (SEK_ERR_FORBIDDEN);
	}
}

enum sek_err
sek_admission_confirm(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_claimant who;
	enum sek_reason reason = SEK_REASON_NO_EVIDENCE;
	enum sek_err err;

	err = sek_claimant_get(&who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER));
	sek_context_reserve(ctx, &who);
	sek_facts_settings(ctx->settings, &who);
	if (err == SEK_OK && ctx->account_refused != SEK_REASON_NONE) {
		reason = ctx->account_refused;
		err = SEK_ERR_FORBIDDEN;
	} else if (err == SEK_OK && ctx->no_policy &&
	    !sek_glass_is_in(ctx, &who)) {
		reason = SEK_REASON_STORE;
		err = ctx->degraded;
	} else if (err == SEK_OK) {
		reason = admitted(ctx, &who);
		if (reason == SEK_REASON_NONE)
			return (SEK_OK);
		err = SEK_ERR_FORBIDDEN;
		if (reason == SEK_REASON_NO_EVIDENCE)
			err = confirm_bare(ctx, pamh, &who, &reason);
		if (err == SEK_OK)
			return (SEK_OK);
	}
	if (err != SEK_ERR_FORBIDDEN)
		(void)sek_why(why, err, "%s", ctx->no_policy ?
		    ctx->degraded_why.text : sek_store_why(ctx->store));
	record_refusal(ctx, pamh, &who, "", "", reason,
	    err == SEK_ERR_FORBIDDEN ? SEK_OK : err);
	take_back(ctx, pamh);
	if (ctx->no_policy)
		sek_admission_tell_trouble(pamh);
	else
		tell_account(pamh, ctx->settings, who.tty, reason,
		    err != SEK_ERR_FORBIDDEN);
	return (err);
}
