/*
 * glass.c - break-glass: the envelope in the safe, typed at a login's prompt
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing here needs store or policy.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/glass.h"
#include "sekisho/rule/stack_edit.h"
#include "sekisho/rule/ticket.h"

#define GROUPS	6u		/* of five signs, as it is printed */

/* ------------------------------------------------------- who may, where -- */

/* A login by a program of root's; not one of the services by which somebody
 * who is in already becomes another, unlocks, or proves an act. */
static bool
is_login(const struct sek_claimant *who)
{
	const struct sek_edit_rule *rule = sek_edit_rule(who->service);

	return (who->known && who->caller == 0 && getuid() == 0 &&
	    !sek_edit_is_own(who->service) && !rule->inside &&
	    rule->entry == SEK_ENTRY_LOGIN &&
	    (rule->take & SEK_EDIT_AUTH) != 0);
}

struct sought {
	uint32_t	uid;
	bool		found;
};

static enum sek_err
is_his(void *arg, const struct sek_envelope *e)
{
	struct sought *s = arg;

	s->found |= e->state == SEK_ENVELOPE_SEALED && e->uid == s->uid;
	return (SEK_OK);
}

/* Lies a sealed one of his there? */
static bool
has_one(const struct sek_claimant *who)
{
	struct sought s = { .uid = who->uid };

	if (!who->known)
		return (false);
	(void)sek_envelope_list(NULL, is_his, &s, NULL);
	return (s.found);
}

/* ----------------------------------------------------------- what is typed -- */

/* In groups, as it is printed: a password of thirty signs is none. */
static bool
is_grouped(const char *text)
{
	size_t i, n = 1;

	for (i = 1; text[i] != '\0'; i++)
		if ((text[i] == '-' || text[i] == ' ') &&
		    text[i - 1] != '-' && text[i - 1] != ' ')
			n++;
	return (n >= GROUPS);
}

/* Has it the form? One with a slip is an envelope's only where there is one:
 * elsewhere it may be somebody's password. */
static bool
is_form(struct sek_context *ctx, const char *typed)
{
	struct sek_round *r = &ctx->round;
	char plain[SEK_GLASS_PLAIN];
	enum sek_err err;

	err = sek_glass_parse(plain, typed);
	sek_wipe(plain, sizeof plain);
	if (err != SEK_ERR_RANGE || !is_grouped(typed))
		return (err == SEK_OK);
	r->glass_slip = true;
	return (r->trouble != SEK_OK || has_one(&r->who));
}

bool
sek_glass_defer(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_secret *answer)
{
	struct sek_round *r = &ctx->round;

	if (answer->data == NULL || !is_form(ctx, sek_secret_text(answer)))
		return (false);
	sek_secret_free(&r->deferred);
	r->deferred = *answer;
	answer->data = NULL;
	answer->len = 0;
	r->is_deferred = true;
	r->deferred_first = true;	/* no further line asks */
	r->glass_form = true;
	r->glass_late = r->refused && r->nasked > 1;
	(void)pam_set_item(pamh, PAM_AUTHTOK, NULL);
	return (true);
}

bool
sek_glass_waits(const struct sek_round *r)
{

	return (r->glass || (r->is_deferred && r->glass_form));
}

/* ---------------------------------------------------------------- open -- */

/* Can anything come of it? Then with his own uid; else with nobody's, so that
 * it takes as long: a wrong password before it is not told by that. */
static enum sek_err
open_it(struct sek_round *r, const char plain[SEK_GLASS_PLAIN],
    struct sek_why *why)
{
	struct sek_claimant who = r->who;
	struct sek_envelope e;
	enum sek_err err;

	memset(&e, 0, sizeof e);
	if (!is_login(&r->who))
		return (sek_why(why, SEK_ERR_REFUSED, "break-glass: an "
		    "envelope is opened at logins only, not by %s",
		    r->who.service));
	if ((r->barred && !r->but_envelope) || r->refused) {
		who.known = 0;
		who.uid = SEK_UID_NONE;
		(void)sek_envelope_open(&e, NULL, plain, &who, NULL);
		return (sek_why(why, SEK_ERR_REFUSED, "break-glass: none was "
		    "opened: %s", r->barred ? "this account may not log in "
		    "here" : "an answer before it was refused; the code is "
		    "typed at the first prompt"));
	}
	if ((err = sek_envelope_open(&e, NULL, plain, &who, why)) == SEK_OK)
		r->envelope = e;
	return (err);
}

enum sek_err
sek_glass_open(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	char plain[SEK_GLASS_PLAIN];
	enum sek_err err = SEK_ERR_REFUSED;

	if (r->glass || !r->is_deferred)
		return (SEK_ERR_REFUSED);
	memset(plain, 0, sizeof plain);
	if (sek_glass_parse(plain, sek_secret_text(&r->deferred)) == SEK_OK)
		err = open_it(r, plain, why);
	sek_wipe(plain, sizeof plain);
	(void)pam_set_item(pamh, PAM_AUTHTOK, NULL);
	if (err == SEK_OK) {
		if (why->text[0] != '\0')
			sek_pam_log(pamh, LOG_WARNING, "%s", why->text);
		why->text[0] = '\0';
		sek_secret_free(&r->deferred);
		r->is_deferred = false;
		r->glass = true;
		return (SEK_OK);
	}
	if (r->state == SEK_ROUND_OPEN && r->reason == SEK_REASON_NONE)
		r->reason = SEK_REASON_WRONG;
	if (err != SEK_ERR_REFUSED)
		sek_pam_log(pamh, LOG_ERR, "%s: %s", sek_err_name(err),
		    why->text);
	r->refused = true;
	return (r->trouble != SEK_OK ? r->trouble : SEK_ERR_REFUSED);
}

/* ------------------------------------------------------- lockout, the gate -- */

enum sek_err
sek_glass_lockout(struct sek_context *ctx, pam_handle_t *pamh,
    enum sek_err err, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;

	r->refused = err != SEK_OK && (err == SEK_ERR_CONV ||
	    (r->barred && !r->but_envelope) ||
	    !is_login(&r->who) || !has_one(&r->who));
	if (err == SEK_OK || r->refused)
		return (err);
	if (err != SEK_ERR_REFUSED)
		sek_pam_log(pamh, LOG_ERR, "%s: %s; an envelope may be opened "
		    "all the same", sek_err_name(err), why->text);
	return (SEK_OK);
}

enum sek_err
sek_glass_factor(struct sek_context *ctx, enum sek_err err,
    struct sek_why *why)
{
	struct sek_round *r = &ctx->round;

	if (err == SEK_ERR_REFUSED && !r->refused && r->trouble != SEK_OK)
		err = sek_why(why, r->trouble, "%s", ctx->degraded_why.text);
	if (err != SEK_OK)
		r->refused = true;
	return (err);
}

/* Until when its session lasts, wall us. */
static int64_t
session_end(const struct sek_context *ctx, const struct sek_envelope *e)
{

	return (e->at.wall + ctx->settings->breakglass.session * SEK_SECOND);
}

/* Loud in any case: log, and the journal where the store does not do it. */
static void
sound(const struct sek_context *ctx, pam_handle_t *pamh, bool stored)
{
	const struct sek_round *r = &ctx->round;
	struct sek_record rec;
	char until[40];

	sek_clock_print(until, sizeof until, session_end(ctx, &r->envelope),
	    ctx->settings->terminal.timezone);
	sek_pam_log(pamh, LOG_ALERT, "BREAK-GLASS: envelope %s of %s was "
	    "opened: service=%s tty=%s rhost=%s; its session ends at %s%s%s",
	    r->envelope.id, r->who.name, r->who.service, r->who.tty,
	    r->who.rhost, until, stored ? "" : "; it is not in the store yet: ",
	    stored ? "" : ctx->degraded_why.text);
	if (stored)
		return;
	memset(&rec, 0, sizeof rec);
	rec.event = SEK_EVENT_BREAK_GLASS;
	rec.result = SEK_RESULT_OK;
	rec.count = 1;
	memcpy(rec.service, r->who.service, sizeof rec.service);
	memcpy(rec.tty, r->who.tty, sizeof rec.tty);
	memcpy(rec.rhost, r->who.rhost, sizeof rec.rhost);
	memcpy(rec.subject, r->who.name, sizeof rec.subject);
	memcpy(rec.target, r->who.name, sizeof rec.target);
	memcpy(rec.person, r->person, sizeof rec.person);
	memcpy(rec.section, r->section, sizeof rec.section);
	(void)sek_text_format(rec.authenticator, sizeof rec.authenticator,
	    "glass:%s", r->envelope.id);
	(void)sek_text_format(rec.detail, sizeof rec.detail,
	    "envelope %s, until %s", r->envelope.id, until);
	sek_journal_record(&rec, 0, ctx->settings->terminal.id);
}

/* Tell the store; row is "" where it cannot be told now. */
static enum sek_err
tell_store(struct sek_context *ctx, char row[SEK_ID_MAX], struct sek_why *why)
{
	const struct sek_round *r = &ctx->round;
	struct sek_break_glass *in = calloc(1, sizeof *in);
	struct sek_admit_out out;
	enum sek_err err = SEK_ERR_NOMEM;

	memset(&out, 0, sizeof out);
	if (in == NULL)
		goto out;
	in->who = r->who;
	(void)sek_text_copy(in->envelope, sizeof in->envelope,
	    r->envelope.id);
	in->admits = 1;
	in->at = r->envelope.at;
	in->not_after = session_end(ctx, &r->envelope);
	in->report_at = r->envelope.at.wall +
	    ctx->settings->breakglass.report_due * SEK_SECOND;
	in->gate = r->envelope.gate;
	in->parent = r->envelope.parent;
	in->audit_session = sek_audit_session();
	in->degraded = r->trouble != SEK_OK;
	sek_store_may_use_reserve(ctx->store, true);
	if ((err = sek_store_break_glass(ctx->store, in, &out)) == SEK_OK)
		memcpy(row, out.id, SEK_ID_MAX);
	else
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
out:
	free(in);
	return (err);
}

enum sek_err
sek_glass_admit(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	char env[sizeof SEK_ADMISSION_ENV + sizeof SEK_GLASS_ADMISSION +
	    SEK_ENVELOPE_ID + SEK_ID_MAX];
	char row[SEK_ID_MAX] = "";
	struct sek_why said = { "" };
	enum sek_err err, told = ctx->degraded;

	if (!ctx->no_policy &&
	    (told = tell_store(ctx, row, &said)) != SEK_OK) {
		/* The store knows of an opening that the folder has forgotten:
		 * who has that sheet now is not who was to have it. */
		if (told == SEK_ERR_REFUSED) {
			sek_pam_log(pamh, LOG_ALERT, "BREAK-GLASS: refused to "
			    "%s by %s: %s", r->who.name, r->who.service,
			    said.text);
			return (sek_why(why, told, "%s", said.text));
		}
		ctx->degraded = told;
		ctx->degraded_why = said;
	}
	sound(ctx, pamh, told == SEK_OK);
	if (told == SEK_OK &&
	    sek_envelope_told(NULL, r->envelope.id, &said) != SEK_OK)
		sek_pam_log(pamh, LOG_ERR, "%s", said.text);
	if ((err = sek_text_format(env, sizeof env, "%s=%s%s%s%s",
	    SEK_ADMISSION_ENV, SEK_GLASS_ADMISSION, r->envelope.id,
	    row[0] != '\0' ? ":" : "", row)) != SEK_OK ||
	    (err = sek_clock_now(&r->admitted_at)) != SEK_OK)
		return (err);
	if (pam_putenv(pamh, env) != PAM_SUCCESS)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	memcpy(r->admission, row, sizeof r->admission);
	r->state = SEK_ROUND_ADMITTED;
	return (SEK_OK);
}

void
sek_glass_tell_refusal(const struct sek_context *ctx, pam_handle_t *pamh)
{
	const struct sek_round *r = &ctx->round;
	enum sek_language language = sek_message_language(ctx->settings,
	    r->who.tty);

	if (r->glass_slip)
		sek_pam_tell(pamh, PAM_ERROR_MSG, sek_message(language,
		    N_("The code of the envelope was mistyped. Please check "
		    "it and try again.")));
	/* Nothing was verified, so it tells nobody what was right. */
	else if (r->glass_late && ctx->degraded != SEK_OK)
		sek_pam_tell(pamh, PAM_ERROR_MSG, sek_message(language,
		    N_("Please type the code of the envelope at the first "
		    "prompt.")));
}

/* ------------------------------------------------------------- account -- */

bool
sek_glass_is_in(const struct sek_context *ctx, const struct sek_claimant *who)
{
	const struct sek_round *r = &ctx->round;

	return (r->glass && r->state == SEK_ROUND_ADMITTED &&
	    sek_context_is_ours(ctx) && who->known &&
	    who->uid == r->who.uid);
}

/* ------------------------------------------------------------- session -- */

bool
sek_glass_is_admission(const char *admission)
{

	return (admission != NULL && strncmp(admission, SEK_GLASS_ADMISSION,
	    sizeof SEK_GLASS_ADMISSION - 1) == 0);
}
