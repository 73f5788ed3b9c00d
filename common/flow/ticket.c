/*
 * ticket.c - the ticket's way through a login: put by, taken up, told
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what is put by follows from policy, service and the form of what was
 * typed; never from who is meant, nor from the state of the round.
 * MUST: of a failed round nobody learns by the talk with a witness that it
 * failed; his proof then serves nothing.
 * MUST: a ticket is made only behind a password that was right a moment ago.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/proof.h"
#include "sekisho/flow/ticket.h"
#include "sekisho/flow/witness.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/entry.h"
#include "sekisho/rule/ticket.h"

#define TICKET	SEK_METHOD_BIT(SEK_METHOD_TICKET)
/* The gate wants the password's evidence not older than SEK_EVIDENCE_AGE. */
#define FRESH	(SEK_EVIDENCE_AGE - 5 * SEK_SECOND)

/* ------------------------------------------------------------ opening -- */

/* sekisho-helper says of its own transaction that it enrols; nobody else's
 * word counts. */
static bool
enrols(pam_handle_t *pamh, const struct sek_claimant *who)
{
	const char *purpose = pam_getenv(pamh, SEK_TICKET_PURPOSE_ENV);

	return (strcmp(who->service, SEK_PROOF_HELPER) == 0 &&
	    purpose != NULL &&
	    strcmp(purpose, SEK_TICKET_PURPOSE_ENROL) == 0);
}

/* A card of his that asks for nothing any more: told when he is in. */
static void
note_ended(struct sek_context *ctx, const struct sek_lookup_out *l)
{
	struct sek_round *r = &ctx->round;
	const struct sek_authenticator *a;
	char day[16], text[256];

	if (l == NULL || r->barred || l->account.shared ||
	    (a = sek_facts_ending(l->authenticator, l->nauthenticators,
	    &r->need, 0)) == NULL)
		return;
	sek_clock_print_day(day, sizeof day, a->card.not_after * SEK_SECOND,
	    ctx->settings->terminal.timezone);
	(void)sek_text_format(text, sizeof text,
	    sek_message(sek_message_language(ctx->settings, r->who.tty),
	    N_("The certificate of your card ended on %s. Please have it "
	    "renewed, and the card enrolled again.")), day);
	sek_pam_note(&r->notes, PAM_TEXT_INFO, text);
}

void
sek_ticket_offer(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_lookup_out *l)
{
	struct sek_round *r = &ctx->round;
	struct sek_facts_tickets t;
	struct sek_plan_devices d;
	struct sek_moment now;

	sek_facts_tickets(&t, &r->who, ctx->settings, &r->need,
	    r->barred ? NULL : l, enrols(pamh, &r->who),
	    sek_clock_now(&now) == SEK_OK ? now.wall : INT64_MAX);
	r->offers = t.offers;
	r->wishes = t.wishes;
	r->tickets = t.purposes;
	r->grace = t.grace;
	sek_facts_devices(&d, &r->who, ctx->settings, &r->need, l);
	note_ended(ctx, l);
	sek_policy_plan(&r->plan, &r->need, l != NULL ? l->authenticator :
	    NULL, l != NULL ? l->nauthenticators : 0, &t.beside, &d);
}

/* ------------------------------------------------------------ put by -- */

static bool
is_code(const struct sek_secret *answer)
{
	char code[SEK_TICKET_CODE];
	bool is = sek_ticket_code(code, sek_secret_text(answer)) == SEK_OK;

	sek_wipe(code, sizeof code);
	return (is);
}

bool
sek_ticket_defer(struct sek_round *r, pam_handle_t *pamh,
    struct sek_secret *answer)
{

	if (r->is_deferred ||
	    !((answer->len == 0 && r->wishes) ||
	    ((r->plan.methods & TICKET) != 0 && is_code(answer) &&
	    !sek_pam_is_password(pamh, answer))))
		return (false);
	sek_secret_free(&r->deferred);
	r->deferred = *answer;
	memset(answer, 0, sizeof *answer);
	r->is_deferred = true;
	return (true);
}

enum sek_put_by
sek_ticket_put_by(const struct sek_round *r)
{

	if (!r->is_deferred)
		return (SEK_PUT_BY_NONE);
	if (r->glass_form)
		return (SEK_PUT_BY_GLASS);
	return (r->deferred.len == 0 ? SEK_PUT_BY_WISH : SEK_PUT_BY_CODE);
}

/* ----------------------------------------------------------- a witness -- */

/* Was the password right in this round, so short a while ago that the gate
 * will still take it? */
static bool
is_fresh(const struct sek_round *r)
{
	struct sek_moment now;
	uint32_t i;

	if (sek_clock_now(&now) != SEK_OK)
		return (false);
	for (i = 0; i < r->nevidence; i++)
		if (r->evidence[i].kinds == SEK_KIND_KNOWLEDGE &&
		    sek_clock_age(&r->evidence[i].at, &now) < FRESH)
			return (true);
	return (false);
}

/* A proof that nothing comes of. */
static void
drop(struct sek_store *st, const struct sek_admission *proof)
{
	struct sek_admission_id in;

	memset(&in, 0, sizeof in);
	memcpy(in.id, proof->id, sizeof in.id);
	(void)sek_store_drop(st, &in);
}

static enum sek_err
witness_actor(struct sek_actor *out, const struct sek_settings *s,
    const struct sek_admission *proof)
{
	struct sek_passwd pw;
	bool privileged = false;
	enum sek_err err;

	memset(out, 0, sizeof *out);
	memset(&pw, 0, sizeof pw);
	if ((err = sek_account_find(&pw, proof->account)) != SEK_OK)
		return (err);
	if (!pw.known || pw.uid != proof->uid)
		return (SEK_ERR_REFUSED);
	memcpy(out->account, pw.name, sizeof out->account);
	memcpy(out->proof, proof->id, sizeof out->proof);
	out->uid = pw.uid;
	out->audit_session = sek_audit_session();
	if ((err = sek_account_roles(&out->roles, s, pw.name, pw.gid)) !=
	    SEK_OK ||
	    (err = sek_account_privileged(&privileged, s, pw.name, pw.uid,
	    pw.gid)) != SEK_OK)
		return (err);
	out->privileged = privileged;
	return (sek_process_get(&out->process, 0));
}

static enum sek_err
take(struct sek_verdict *v, struct sek_round *r,
    const struct sek_substitute_out *out)
{

	v->answer = SEK_ANSWER_RIGHT;
	v->reason = SEK_REASON_NONE;
	v->kinds = SEK_KIND_POSSESSION;
	v->method = SEK_METHOD_TICKET;
	memcpy(v->ticket, out->a.id, sizeof v->ticket);
	v->purpose = SEK_PURPOSE_SUBSTITUTE;
	v->attended = true;
	v->not_after = out->a.not_after;
	return (sek_secret_string(&r->deferred, out->code));
}

/* The witness's proof is spent on the ticket. */
static enum sek_err
make(struct sek_verdict *v, struct sek_context *ctx,
    const struct sek_admission *proof, struct sek_why *why)
{
	struct sek_substitute *in = calloc(1, sizeof *in);
	struct sek_substitute_out *out = calloc(1, sizeof *out);
	struct sek_moment now;
	enum sek_err err = SEK_ERR_NOMEM;

	if (in == NULL || out == NULL)
		goto out;
	in->who = ctx->round.who;
	in->max = (uint32_t)ctx->settings->ticket.substitute_max;
	if ((err = witness_actor(&in->witness, ctx->settings, proof)) !=
	    SEK_OK ||
	    (err = sek_clock_now(&now)) != SEK_OK)
		goto out;
	in->not_after = sek_ticket_day_end(now.wall,
	    ctx->settings->terminal.timezone);
	err = sek_store_substitute(ctx->store, in, out);
	if (err == SEK_OK)
		err = take(v, &ctx->round, out);
	else if (err == SEK_ERR_REFUSED)
		(void)sek_why(why, err, "no substitute for %s: %s %s",
		    in->who.name, out->no != SEK_NO_NONE ?
		    sek_approval_no_name((enum sek_approval_no)out->no) : "",
		    sek_store_why(ctx->store));
	else
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
out:
	free(in);
	if (out != NULL)
		sek_wipe(out, sizeof *out);
	free(out);
	return (err);
}

static enum sek_err
talk(struct sek_admission *proof, struct sek_context *ctx,
    pam_handle_t *pamh, struct sek_why *why)
{
	const struct sek_round *r = &ctx->round;
	enum sek_language language = sek_message_language(ctx->settings,
	    r->who.tty);
	struct sek_witness_in in = { .subject = r->who.name,
	    .subject_person = r->person[0] != '\0' ? r->person : r->who.name,
	    .subject_uid = r->who.uid,
	    .roles = SEK_ROLE_BIT(SEK_ROLE_APPROVER),
	    .tty = r->who.tty[0] != '\0' ? r->who.tty : NULL,
	    .rhost = sek_pam_item(pamh, PAM_RHOST) };
	const void *conv = NULL;

	if (pam_get_item(pamh, PAM_CONV, &conv) != PAM_SUCCESS ||
	    conv == NULL)
		return (SEK_ERR_CONV);
	in.conv = conv;
	in.shown = sek_pam_item(pamh, PAM_USER);
	in.any_subject = true;
	in.purpose = sek_message(language, N_("a login here today without "
	    "the second factor."));
	sek_pam_tell(pamh, PAM_TEXT_INFO, sek_message(language, N_("Without "
	    "your second factor: please ask a supervisor who may approve to "
	    "prove himself here, within two minutes.")));
	return (sek_witness_run(proof, &in, ctx->settings, ctx->store, why));
}

enum sek_err
sek_ticket_attend(struct sek_verdict *v, struct sek_context *ctx,
    pam_handle_t *pamh, bool right, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	struct sek_admission *proof = calloc(1, sizeof *proof);
	enum sek_err err = SEK_ERR_NOMEM;

	v->answer = SEK_ANSWER_WRONG;
	v->reason = SEK_REASON_WRONG;
	if (proof == NULL || (err = talk(proof, ctx, pamh, why)) != SEK_OK)
		goto out;
	if (right && is_fresh(r)) {
		err = make(v, ctx, proof, why);
	} else {
		/* As many calls of the store as where none was made. */
		(void)sek_store_idle(ctx->store);
		err = SEK_ERR_REFUSED;
		if (right)
			v->reason = SEK_REASON_STALE;
	}
	if (err != SEK_OK)
		drop(ctx->store, proof);
out:
	if (err != SEK_OK)
		v->answer = SEK_ANSWER_WRONG;
	free(proof);
	return (err);
}

/* -------------------------------------------------------- what is told -- */

/* One kind was enough, since the roll-out's last day has not passed. */
static bool
by_grace(const struct sek_round *r)
{

	return (r->grace && r->need.kinds < r->plan.kinds_needed);
}

static void
add_detail(struct sek_record *rec, const char *text)
{
	char all[sizeof rec->detail];

	(void)sek_text_format(all, sizeof all, "%s%s%s", text,
	    rec->detail[0] != '\0' ? "; " : "", rec->detail);
	memcpy(rec->detail, all, sizeof rec->detail);
}

/* The exception without which there would be no such value. */
static void
name_exception(struct sek_admit *in, const struct sek_settings *s,
    const char *key)
{
	const struct sek_below *b = sek_settings_below(s, key);
	const struct sek_allowed *a = sek_below_with(b);
	char text[160], until[40];

	if (a == NULL)
		return;
	sek_clock_print(until, sizeof until, a->until, s->terminal.timezone);
	(void)sek_text_format(text, sizeof text, "exception: %s = %s, until "
	    "%s", b->key, b->text, until);
	add_detail(&in->record, text);
	if (in->exception[0] != '\0')
		return;
	memcpy(in->exception, a->id, sizeof in->exception);
	memcpy(in->record.ref, a->id, sizeof in->record.ref);
}

static void
mark_ticket(struct sek_admit *in, const struct sek_round *r,
    const struct sek_settings *s)
{

	memcpy(in->ticket, r->ticket, sizeof in->ticket);
	/* No sudo goes on by such a row. */
	in->audit_session = UINT32_MAX;
	if (r->ticket_purpose == SEK_PURPOSE_SUBSTITUTE) {
		name_exception(in, s, "ticket.substitute");
		add_detail(&in->record, r->ticket_attended ?
		    "substitute (代替), attended" :
		    "substitute (代替), by code");
	} else
		add_detail(&in->record, "enrolment ticket");
}

void
sek_ticket_mark(struct sek_admit *in, const struct sek_context *ctx)
{
	const struct sek_round *r = &ctx->round;
	char text[80], until[40];

	if (r->ticket[0] != '\0') {
		mark_ticket(in, r, ctx->settings);
	} else if (by_grace(r)) {
		sek_clock_print(until, sizeof until,
		    sek_settings_grace_end(ctx->settings),
		    ctx->settings->terminal.timezone);
		(void)sek_text_format(text, sizeof text, "grace until %s",
		    until);
		name_exception(in, ctx->settings, "factors.grace");
		add_detail(&in->record, text);
	}
}

/* The last minute in which it serves, for people. */
static const char *
last_minute(char dst[32], const struct sek_settings *s, int64_t end)
{

	sek_clock_print_short(dst, 32, end - 1, s->terminal.timezone);
	return (dst);
}

__attribute__((format(printf, 4, 5)))
static void
tell_as(pam_handle_t *pamh, int style, enum sek_language language,
    const char *msgid, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, msgid);
	(void)vsnprintf(line, sizeof line, sek_message(language, msgid), ap);
	va_end(ap);
	sek_pam_tell(pamh, style, line);
	sek_wipe(line, sizeof line);
}

#define tell(pamh, ...) tell_as((pamh), PAM_TEXT_INFO, __VA_ARGS__)

static void
tell_code(struct sek_context *ctx, pam_handle_t *pamh,
    enum sek_language language)
{
	struct sek_round *r = &ctx->round;
	/* A locker that wants silence is handed on errors alone. */
	int style = r->who.caller != 0 ? PAM_ERROR_MSG : PAM_TEXT_INFO;
	char shown[16], until[32];

	sek_ticket_print(shown, sizeof shown, sek_secret_text(&r->deferred));
	tell_as(pamh, style, language, N_("Your code for today: %s"), shown);
	tell(pamh, language, N_("It opens this terminal and its screen lock "
	    "for you until %s. Please keep it to yourself."),
	    last_minute(until, ctx->settings, r->ticket_end));
	sek_wipe(shown, sizeof shown);
	sek_secret_free(&r->deferred);
}

static void
tell_ticket(struct sek_context *ctx, pam_handle_t *pamh,
    enum sek_language language)
{
	const struct sek_round *r = &ctx->round;
	char until[32];

	if (r->ticket_attended && r->deferred.len > 0)
		tell_code(ctx, pamh, language);
	else if (r->ticket_purpose == SEK_PURPOSE_ENROL)
		tell(pamh, language, N_("Please enrol your second factor now: "
		    "sekisho enroll totp. The same code serves once for that, "
		    "until %s."), last_minute(until, ctx->settings,
		    r->ticket_end));
	else if (!r->ticket_attended)
		tell(pamh, language, N_("You came in by a substitute. Its "
		    "code is used up now."));
}

void
sek_ticket_tell(struct sek_context *ctx, pam_handle_t *pamh)
{
	const struct sek_round *r = &ctx->round;
	const struct sek_settings *s = ctx->settings;
	enum sek_language language = sek_message_language(s, r->who.tty);
	char until[32];

	if (by_grace(r))
		tell(pamh, language, N_("Until %s your password alone lets "
		    "you in. Please have a second factor enrolled before "
		    "then."), last_minute(until, s,
		    sek_settings_grace_end(s)));
	if (r->ticket[0] != '\0' && !sek_entry_proves(r->who.service))
		tell_ticket(ctx, pamh, language);
}
