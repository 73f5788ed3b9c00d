/*
 * privilege.c - privileged IDs: who, when, approved by whom, for how long
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ, 7(2)⑥, 7(1)④; pam-facts 5, 9, 19, 24, 25.
 *
 * MUST: who begins it is somebody in particular, or what the machine itself
 * does as it starts and works.
 * MUST: whether the target is privileged is asked of the account source; doubt
 * is yes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/guard.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/glass.h"
#include "sekisho/flow/guard.h"
#include "sekisho/flow/privilege.h"
#include "sekisho/flow/sessions.h"
#include "sekisho/flow/witness.h"

/* What pam_systemd looks for: seconds, as text. */
#define RUNTIME_MAX	"systemd.runtime_max_sec"
#define TEXT_LOGIN	"login"		/* of a text console */

/* One that is about to begin. */
struct begin {
	struct sek_claimant	 who;		/* the target */
	struct sek_passwd	 subject;	/* known 0: nobody */
	struct sek_privilege	 in;
	struct sek_privilege_out out;
};

/* ---------------------------------------------------------- the policy -- */

void
sek_privilege_policy(struct sek_privilege_policy *out,
    const struct sek_settings *s)
{

	memset(out, 0, sizeof(*out));
	/* Both were read when the policy was loaded; if not, never. */
	if (sek_window_parse(&out->hours, s->privilege.hours) != SEK_OK ||
	    sek_clock_offset(&out->zone, s->terminal.timezone) != SEK_OK) {
		memset(&out->hours, 0, sizeof(out->hours));
		out->hours.n = 1;
	}
	out->contractors = s->privilege.contractors;
	out->require_grant = s->privilege.require_grant;
	out->two_person = s->privilege.two_person;
	out->keeps_list = s->privilege.users[0] != '\0' ||
	    s->privilege.groups[0] != '\0';
	out->max_session = s->privilege.max_session * SEK_SECOND;
}

enum sek_err
sek_privilege_listed(uint32_t *listed, const struct sek_settings *s,
    const struct sek_passwd *pw)
{
	bool yes = false;
	enum sek_err err;

	*listed = 0;
	if ((err = sek_account_listed(&yes, s->privilege.users, pw->uid)) ==
	    SEK_OK && !yes)
		err = sek_account_in_groups(&yes, pw->name, pw->gid,
		    s->privilege.groups);
	if (err == SEK_OK)
		*listed = yes ? 1 : 0;
	return (err);
}

/* ------------------------------------------------------- who begins it -- */

/* Who became another in a session he was in: by his login, whatever su or sudo
 * made of him since. root without one is nobody. */
static enum sek_err
caller(struct sek_passwd *out, const struct sek_claimant *who)
{
	uint32_t uid = sek_audit_login_uid();

	memset(out, 0, sizeof(*out));
	if (uid == SEK_UID_NONE && who->caller != 0)
		uid = who->caller;
	return (uid == SEK_UID_NONE ? SEK_OK : sek_account_by_uid(out, uid));
}

/* sudo and doas: who ran it, as they say, proved himself; root is who logged
 * in. */
static enum sek_err
invoker(struct sek_passwd *out, const struct sek_claimant *who,
    pam_handle_t *pamh)
{
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	err = sek_account_find(out, sek_pam_item(pamh, PAM_RUSER));
	return (err != SEK_OK || (out->known && out->uid != 0) ? err :
	    caller(out, who));
}

/*
 * su: who called it, unless he is the very person of the account whose proof
 * he gave: then it is that account's, which the lists may name.
 */
static enum sek_err
changer(struct sek_passwd *out, struct sek_context *ctx,
    pam_handle_t *pamh, const struct sek_claimant *who)
{
	struct sek_passwd target;
	bool same = false;
	enum sek_err err;

	if ((err = caller(out, who)) != SEK_OK || !out->known ||
	    pam_getenv(pamh, SEK_ADMISSION_ENV) == NULL)
		return (err);
	memset(&target, 0, sizeof(target));
	if ((err = sek_sessions_same_person(&same, ctx, out->name, out->uid,
	    who->name, who->uid)) == SEK_OK && same &&
	    (err = sek_account_find(&target, who->name)) == SEK_OK &&
	    target.known)
		*out = target;
	return (err);
}

static enum sek_err
find_subject(struct begin *b, struct sek_context *ctx, pam_handle_t *pamh)
{
	const struct sek_claimant *who = &b->who;

	if (sek_policy_bare("", who->service, "", 1) == SEK_BARE_REUSE ||
	    strcmp(who->service, "doas") == 0)
		return (invoker(&b->subject, who, pamh));
	if (sek_sessions_switches(who->service))
		return (changer(&b->subject, ctx, pamh, who));
	return (sek_account_find(&b->subject, who->name));
}

/* ------------------------------------------------------------- telling -- */

static const char *
words(const struct sek_settings *s, enum sek_reason reason)
{

	switch (reason) {
	case SEK_REASON_NOT_LISTED:
		return (N_("You are not among those who use privileged IDs "
		    "here."));
	case SEK_REASON_HOURS:
		return (N_("Privileged IDs are not used at this hour."));
	case SEK_REASON_CONTRACTOR:
		return (s->privilege.contractors == SEK_CONTRACTORS_NO ?
		    N_("Contractors do not use privileged IDs here.") :
		    N_("Contractors use privileged IDs under an approved "
		    "grant only."));
	case SEK_REASON_NO_GRANT:
		return (N_("Privileged IDs are used under an approved grant "
		    "only. Please ask for one: sekisho grant request"));
	case SEK_REASON_NO_WITNESS:
		return (N_("Privileged IDs are used by two persons together "
		    "here, and no second one has proved himself."));
	case SEK_REASON_TICKET:
		return (N_("A ticket opens no privileged session. Please use "
		    "your own second factor."));
	case SEK_REASON_TIME_OVER:
		return (N_("The time for which you may use privileged IDs is "
		    "over."));
	default:
		return (N_("You may not use privileged IDs here now."));
	}
}

/* Also under PAM_SILENT (pam-facts 6). */
static enum sek_err
refuse(const struct begin *b, const struct sek_context *ctx,
    pam_handle_t *pamh, enum sek_reason reason, struct sek_why *why)
{
	const struct sek_settings *s = ctx->settings;

	sek_admission_tell(pamh, s, b->who.tty,
	    sek_message(sek_message_language(s, b->who.tty), words(s,
	    reason)));
	return (sek_why(why, SEK_ERR_FORBIDDEN, "privileged session of %s by "
	    "%s: %s", b->who.name, b->subject.known ? b->subject.name :
	    "nobody in particular", sek_reason_name(reason)));
}

/* ------------------------------------------------------------- judging -- */

/* What the store is asked, all but use and witness. */
static enum sek_err
fill(struct begin *b, struct sek_context *ctx, pam_handle_t *pamh)
{
	const char *id = pam_getenv(pamh, SEK_ADMISSION_ENV);
	struct sek_claimant subject;
	enum sek_err err;

	memset(&b->in, 0, sizeof(b->in));
	b->in.who = b->who;
	b->in.subject_uid = b->subject.known ? b->subject.uid : SEK_UID_NONE;
	if (id != NULL && !sek_glass_is_admission(id) &&
	    sek_text_copy(b->in.id, sizeof(b->in.id), id) != SEK_OK)
		b->in.id[0] = '\0';
	memset(&subject, 0, sizeof(subject));
	subject.known = b->subject.known;
	memcpy(subject.name, b->subject.name, sizeof(subject.name));
	sek_facts_settings(ctx->settings, b->subject.known ? &subject :
	    &b->who);
	sek_privilege_policy(&b->in.policy, ctx->settings);
	sek_settings_for(ctx->settings, NULL);
	if ((err = sek_process_get(&b->in.taker, 0)) != SEK_OK ||
	    !b->subject.known)
		return (err);
	memcpy(b->in.subject, b->subject.name, sizeof(b->in.subject));
	return (sek_privilege_listed(&b->in.listed, ctx->settings, &b->subject));
}

static enum sek_err
ask(struct begin *b, struct sek_context *ctx, bool use, struct sek_why *why)
{
	enum sek_err err;

	b->in.use = use ? 1 : 0;
	memset(&b->out, 0, sizeof(b->out));
	if ((err = sek_store_privilege(ctx->store, &b->in, &b->out)) !=
	    SEK_OK)
		return (sek_why(why, err, "%s", sek_store_why(ctx->store)));
	if (b->out.reason == SEK_REASON_NONE && b->out.lasts <= 0)
		b->out.reason = SEK_REASON_TIME_OVER;
	return (SEK_OK);
}

/* The second person, at this prompt; his admission goes into the PAM
 * environment. What comes of it the store says. */
static void
witness(struct begin *b, struct sek_context *ctx, pam_handle_t *pamh)
{
	const char *rhost = b->who.rhost;
	char text[256], env[sizeof(SEK_WITNESS_ENV) + SEK_ID_MAX + 1];
	struct sek_witness_in in = { .subject = b->in.subject,
	    .subject_uid = b->in.subject_uid,
	    .subject_person = b->out.person[0] != '\0' ? b->out.person :
	    b->in.subject, .rhost = rhost[0] != '\0' ? rhost : NULL };
	struct sek_admission *proof;
	struct sek_why said = { "" };
	const void *conv = NULL;

	if (pam_get_item(pamh, PAM_CONV, &conv) != PAM_SUCCESS ||
	    conv == NULL || (proof = calloc(1, sizeof(*proof))) == NULL)
		return;
	in.conv = conv;
	in.tty = b->who.tty[0] != '\0' ? b->who.tty : NULL;
	(void)sek_text_format(text, sizeof(text), sek_message(
	    sek_message_language(ctx->settings, b->who.tty),
	    N_("the use of the privileged ID %s.")), b->who.name);
	in.purpose = text;
	if (sek_witness_run(proof, &in, ctx->settings, ctx->store, &said) !=
	    SEK_OK) {
		sek_pam_log(pamh, LOG_NOTICE, "no witness: %s", said.text);
	} else if (sek_text_format(env, sizeof(env), "%s=%s", SEK_WITNESS_ENV,
	    proof->id) == SEK_OK && pam_putenv(pamh, env) == PAM_SUCCESS) {
		memcpy(b->in.witness, proof->id, sizeof(b->in.witness));
	}
	sek_wipe(proof, sizeof(*proof));
	free(proof);
}

/*
 * May he? Where policy wants two persons the second is asked for here, unless
 * one was named before. use as the store has it.
 */
static enum sek_err
judge(struct begin *b, struct sek_context *ctx, pam_handle_t *pamh, bool use,
    struct sek_why *why)
{
	const char *named = pam_getenv(pamh, SEK_WITNESS_ENV);
	enum sek_err err;

	if ((err = fill(b, ctx, pamh)) != SEK_OK)
		return (sek_why(why, err, "who begins a privileged session "
		    "of %s cannot be found out", b->who.name));
	if (named != NULL && sek_text_copy(b->in.witness,
	    sizeof(b->in.witness), named) != SEK_OK)
		b->in.witness[0] = '\0';
	if (!use || b->in.policy.two_person) {
		if ((err = ask(b, ctx, false, why)) != SEK_OK)
			return (err);
		if (b->out.reason == SEK_REASON_NO_WITNESS && named == NULL) {
			witness(b, ctx, pamh);
			if (!use && (err = ask(b, ctx, false, why)) != SEK_OK)
				return (err);
		}
	}
	if (use && (err = ask(b, ctx, true, why)) != SEK_OK)
		return (err);
	return (b->out.reason == SEK_REASON_NONE ? SEK_OK : refuse(b, ctx,
	    pamh, (enum sek_reason)b->out.reason, why));
}

/* ------------------------------------------------------------- account -- */

/* Is he asked by this service for a session of PAM_USER's own? Not where one of
 * the stated answers lets him in without a proof. */
static bool
is_asked_here(const struct sek_context *ctx, const struct sek_claimant *who)
{
	struct sek_entry e;
	enum sek_bare bare;

	if (!who->privileged || !(sek_sessions_begins(who->service) ||
	    sek_policy_listed("su su-l", who->service)))
		return (false);
	sek_facts_entry(&e, ctx->settings, who);
	bare = sek_entry_bare(&e);
	return (bare != SEK_BARE_EXEMPT && bare != SEK_BARE_ROOT_SWITCH);
}

static enum sek_err
account(struct begin *b, struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	enum sek_err err;

	if ((err = sek_claimant_get(&b->who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER))) != SEK_OK)
		return (sek_why(why, err, "whether this is a privileged ID "
		    "cannot be found out"));
	/* Unknown, or by an envelope: the lines round this one see to it. */
	if (!b->who.known || sek_glass_is_in(ctx, &b->who))
		return (SEK_OK);
	if (ctx->no_policy)
		return (sek_why(why, ctx->degraded, "%s",
		    ctx->degraded_why.text));
	/* Nothing was proved here: the gate refuses, or has a stated answer. */
	if (ctx->round.state != SEK_ROUND_ADMITTED ||
	    !sek_context_is_ours(ctx))
		return (SEK_OK);
	sek_context_reserve(ctx, &b->who);
	if (is_asked_here(ctx, &b->who)) {
		if ((err = find_subject(b, ctx, pamh)) != SEK_OK)
			return (sek_why(why, err, "who begins a privileged "
			    "session cannot be found out"));
		if ((err = judge(b, ctx, pamh, false, why)) != SEK_OK) {
			if (err == SEK_ERR_FORBIDDEN)
				ctx->account_refused =
				    (enum sek_reason)b->out.reason;
			return (err);
		}
	}
	/* Graphical ones ask account for an unlocked screen, too: theirs are
	 * counted as they open. */
	if (strcmp(b->who.service, TEXT_LOGIN) != 0)
		return (SEK_OK);
	if ((err = sek_sessions_room(ctx, pamh, &b->who, why)) ==
	    SEK_ERR_FORBIDDEN)
		ctx->account_refused = SEK_REASON_SESSIONS;
	return (err);
}

enum sek_err
sek_privilege_account(struct sek_context *ctx, pam_handle_t *pamh, int flags,
    struct sek_why *why)
{
	struct begin *b;
	enum sek_err err;

	(void)flags;
	/* A line before this one refused: nobody is asked for anything. */
	if (ctx->account_refused != SEK_REASON_NONE)
		return (SEK_OK);
	if ((b = calloc(1, sizeof(*b))) == NULL)
		return (SEK_ERR_NOMEM);
	err = account(b, ctx, pamh, why);
	free(b);
	return (err);
}

/* ------------------------------------------------------------- session -- */

static void
free_text(pam_handle_t *pamh, void *data, int status)
{

	(void)pamh;
	(void)status;
	free(data);
}

/* Should guard and all else of ours fail: systemd's own limit of what
 * pam_systemd makes for it. */
static enum sek_err
set_ceiling(pam_handle_t *pamh)
{
	char *text = NULL;

	if (asprintf(&text, "%lld",
	    (long long)(SEK_GUARD_CEILING / SEK_SECOND)) < 0)
		return (SEK_ERR_NOMEM);
	if (pam_set_data(pamh, RUNTIME_MAX, text, free_text) == PAM_SUCCESS)
		return (SEK_OK);
	free(text);
	return (SEK_ERR_NOMEM);
}

/* A switch by root that nobody is asked for: by whom, and why it may be. */
static enum sek_err
note_switch(const struct begin *b, struct sek_context *ctx,
    const struct sek_guard *around, struct sek_why *why)
{
	struct sek_record rec;
	enum sek_err err;

	memset(&rec, 0, sizeof(rec));
	rec.event = SEK_EVENT_PRIVILEGE;
	rec.result = SEK_RESULT_OK;
	rec.count = 1;
	memcpy(rec.service, b->who.service, sizeof(rec.service));
	memcpy(rec.target, b->who.name, sizeof(rec.target));
	memcpy(rec.tty, b->who.tty, sizeof(rec.tty));
	if (around != NULL) {
		memcpy(rec.subject, around->subject, sizeof(rec.subject));
		memcpy(rec.person, around->person, sizeof(rec.person));
		memcpy(rec.ref, around->grant, sizeof(rec.ref));
	}
	(void)sek_text_copy(rec.detail, sizeof(rec.detail), around != NULL ?
	    "within a privileged session, and ends with it" :
	    "root in no watched session: nobody in particular");
	if ((err = sek_store_append(ctx->store, &rec)) != SEK_OK)
		return (sek_why(why, err, "%s", sek_store_why(ctx->store)));
	return (SEK_OK);
}

/*
 * root of a session that is watched becomes another: he stays in it, with its
 * end and its grant. A new one of his own would be an extension unasked.
 */
static enum sek_err
stay_inside(bool *inside, const struct begin *b, struct sek_context *ctx,
    pam_handle_t *pamh, struct sek_why *why)
{
	struct sek_guard *around = calloc(1, sizeof(*around));
	enum sek_err err = SEK_ERR_NOMEM;

	if (around != NULL && (err = sek_guard_around(around, why)) ==
	    SEK_OK && (err = note_switch(b, ctx, around, why)) == SEK_OK) {
		*inside = true;
		ctx->privileged.inside = true;
		ctx->privileged.ends = around->deadline;
		memcpy(ctx->privileged.subject, around->subject,
		    sizeof(ctx->privileged.subject));
		ctx->privileged.subject_uid = around->subject_uid;
		memcpy(ctx->privileged.is.person, around->person,
		    sizeof(ctx->privileged.is.person));
		memcpy(ctx->privileged.is.grant, around->grant,
		    sizeof(ctx->privileged.is.grant));
	}
	/* pam_systemd may yet make a scope of its own for it. */
	if (err == SEK_OK)
		err = set_ceiling(pamh);
	free(around);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/*
 * Is it one that the stated answers let in, without anybody behind it, or
 * within a session that was judged? Of a switch by root the login tells who it
 * is; a login uid of 0 that no watched session is round is cron's or at's.
 */
static enum sek_err
is_the_machines(bool *is, const struct begin *b, struct sek_context *ctx,
    pam_handle_t *pamh, struct sek_why *why)
{
	struct sek_entry e;
	enum sek_err err;

	*is = false;
	sek_facts_entry(&e, ctx->settings, &b->who);
	switch (sek_entry_bare(&e)) {
	case SEK_BARE_EXEMPT:
		*is = true;
		return (SEK_OK);
	case SEK_BARE_ROOT_SWITCH:
		if (b->subject.known &&
		    ((err = stay_inside(is, b, ctx, pamh, why)) != SEK_OK ||
		    *is || sek_audit_login_uid() != 0))
			return (err);
		*is = true;
		return (note_switch(b, ctx, NULL, why));
	case SEK_BARE_REUSE:
	case SEK_BARE_REFUSE:
	default:
		return (SEK_OK);
	}
}

static enum sek_err
open_privileged(struct begin *b, struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_moment now;
	bool machine = false;
	enum sek_err err;

	if ((err = find_subject(b, ctx, pamh)) != SEK_OK)
		return (sek_why(why, err, "who begins a privileged session "
		    "cannot be found out"));
	if ((err = is_the_machines(&machine, b, ctx, pamh, why)) != SEK_OK)
		return (err);
	if (!machine && ((err = judge(b, ctx, pamh, true, why)) != SEK_OK ||
	    (err = sek_clock_now(&now)) != SEK_OK ||
	    (err = set_ceiling(pamh)) != SEK_OK))
		return (err);
	if (!machine) {
		memcpy(ctx->privileged.subject, b->in.subject,
		    sizeof(ctx->privileged.subject));
		ctx->privileged.subject_uid = b->in.subject_uid;
		ctx->privileged.is = b->out;
		ctx->privileged.ends = now.boot + b->out.lasts;
		sek_logind_no_linger(b->who.name);
	}
	memcpy(ctx->privileged.target, b->who.name,
	    sizeof(ctx->privileged.target));
	ctx->privileged.judged = true;
	return (SEK_OK);
}

static enum sek_err
open_session(struct begin *b, struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	enum sek_err err;

	sek_context_reserve(ctx, &b->who);
	if (b->who.privileged &&
	    (err = open_privileged(b, ctx, pamh, why)) != SEK_OK)
		return (err);
	if (strcmp(b->who.service, TEXT_LOGIN) == 0 ||
	    pam_getenv(pamh, SEK_ADMISSION_ENV) == NULL)
		return (SEK_OK);
	return (sek_sessions_room(ctx, pamh, &b->who, why));
}

/* In this very handle, for whom it is opened now. */
static bool
was_judged(const struct sek_context *ctx, pam_handle_t *pamh)
{
	const struct sek_privileged *p = &ctx->privileged;

	return (sek_context_is_ours(ctx) && (p->judged || p->refused) &&
	    strcmp(p->target, sek_pam_item(pamh, PAM_USER)) == 0);
}

enum sek_err
sek_privilege_open(struct sek_context *ctx, pam_handle_t *pamh, int flags,
    struct sek_why *why)
{
	struct begin *b;
	enum sek_err err;

	(void)flags;
	/* A line too many uses no grant and spends no witness again. */
	if (was_judged(ctx, pamh))
		return (ctx->privileged.refused ? sek_why(why,
		    SEK_ERR_FORBIDDEN, "a privilege line before this one "
		    "refused") : SEK_OK);
	memset(&ctx->privileged, 0, sizeof(ctx->privileged));
	/* Its own end, and the session's line takes it, or refuses. */
	if (sek_glass_is_admission(pam_getenv(pamh, SEK_ADMISSION_ENV)))
		return (set_ceiling(pamh));
	if (ctx->no_policy)
		return (sek_why(why, ctx->degraded, "%s",
		    ctx->degraded_why.text));
	if ((b = calloc(1, sizeof(*b))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_claimant_get(&b->who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER))) != SEK_OK)
		(void)sek_why(why, err, "whether this is a privileged ID "
		    "cannot be found out");
	else if (b->who.known)
		err = open_session(b, ctx, pamh, why);
	/* The session's line comes all the same: it asks nothing again. */
	ctx->privileged.refused = err != SEK_OK;
	memcpy(ctx->privileged.target, b->who.name,
	    sizeof(ctx->privileged.target));
	if (err != SEK_OK && err != SEK_ERR_FORBIDDEN)
		sek_admission_tell(pamh, ctx->settings, b->who.tty,
		    sek_message(sek_message_language(ctx->settings,
		    b->who.tty), N_("This terminal cannot check logins now. "
		    "Please tell the person in charge.")));
	free(b);
	return (err);
}

void
sek_privilege_close(struct sek_context *ctx)
{

	memset(&ctx->privileged, 0, sizeof(ctx->privileged));
}

enum sek_err
sek_privilege_late(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, struct sek_why *why)
{
	struct begin *b = calloc(1, sizeof(*b));
	enum sek_err err;

	if (b == NULL)
		return (SEK_ERR_NOMEM);
	memset(&ctx->privileged, 0, sizeof(ctx->privileged));
	b->who = *who;
	sek_store_may_use_reserve(ctx->store, true);
	err = open_privileged(b, ctx, pamh, why);
	free(b);
	return (err);
}
