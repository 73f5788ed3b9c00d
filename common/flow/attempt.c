/*
 * attempt.c - a round of authentication, from its opening to its verdicts
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <sodium.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/attempt.h"
#include "sekisho/flow/facts.h"
#include "sekisho/rule/policy.h"

/* A busy slot is waited for so long (design section 4), asking so often. */
#define BUSY_WAIT	(5 * SEK_SECOND)
#define BUSY_STEP_NS	50000000L
/* What exceptions allow is asked anew for a round that begins later. */
#define ASKED_AGE	SEK_SECOND

/* The first failure of a round decides what it is remembered for. */
static enum sek_err
fail(struct sek_round *r, enum sek_reason reason)
{
	if (r->state == SEK_ROUND_OPEN)
		r->state = SEK_ROUND_FAILED;
	if (r->reason == SEK_REASON_NONE)
		r->reason = reason;
	return (SEK_ERR_REFUSED);
}

static enum sek_err
trouble(struct sek_context *ctx, enum sek_err err, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	enum sek_reason reason = SEK_REASON_STORE;
	const char *said = ctx->store != NULL ? sek_store_why(ctx->store) : "";

	if (err == SEK_ERR_CONV)
		reason = SEK_REASON_CONVERSATION;
	else if (err == SEK_ERR_ACCOUNTS || err == SEK_ERR_BACKEND)
		reason = SEK_REASON_BACKEND;
	else if (err == SEK_ERR_TAMPERED)
		reason = SEK_REASON_TAMPERED;
	(void)fail(r, reason);
	if (r->trouble == SEK_OK)
		r->trouble = err;
	if (why != NULL && why->text[0] == '\0' && said[0] != '\0')
		(void)sek_why(why, err, "%s", said);
	return (err);
}

/* ------------------------------------------------------------ opening -- */

/* The terminal's rules, before the store is looked at: who may use it at all,
 * and from where. */
static enum sek_err
terminal_allows(enum sek_reason *reason, struct sek_entry *e,
    enum sek_phase phase)
{
	enum sek_err err;

	*reason = sek_entry_step(e, phase, SEK_ENTRY_REMOTE);
	if (*reason != SEK_REASON_NONE ||
	    !sek_entry_applies(e, phase, SEK_ENTRY_LISTED))
		return (SEK_OK);
	if ((err = sek_facts_groups(e)) == SEK_OK)
		*reason = sek_entry_step(e, phase, SEK_ENTRY_LISTED);
	return (err);
}

/* What the store knows of him, and the moment it is judged at. */
static void
add_store(struct sek_entry *e, const struct sek_lookup_out *l, int64_t wall)
{
	e->account = &l->account;
	e->person = &l->person;
	e->lock = &l->lock;
	e->caller_lock = &l->caller_lock;
	e->wall = wall;
}

static enum sek_err
lookup(struct sek_lookup_out **out, struct sek_context *ctx,
    const struct sek_claimant *who, const struct sek_limits *limits,
    const struct sek_limits *caller_limits)
{
	struct sek_lookup *in = calloc(1, sizeof *in);
	enum sek_err err = SEK_ERR_NOMEM;

	*out = calloc(1, sizeof **out);
	if (in != NULL && *out != NULL) {
		in->who = *who;
		in->limits = *limits;
		in->caller_limits = *caller_limits;
		err = sek_store_lookup(ctx->store, in, *out);
	}
	free(in);
	return (err);
}

/*
 * Not to be let in, whatever he knows. He meets what an unknown name meets:
 * the same work, and a lock after as many tries, so that it tells nothing.
 */
static void
bar(struct sek_context *ctx, enum sek_reason reason)
{
	struct sek_round *r = &ctx->round;

	r->barred = true;
	r->reason = reason;
	r->acting.known = 0;
	r->acting.privileged = 0;
	r->acting.uid = SEK_UID_NONE;
	sek_claimant_limits(&r->limits, ctx->settings, false);
}

/* Who is meant, for the record, and what to ask him. */
static void
take_account(struct sek_round *r, const struct sek_lookup_out *l)
{
	sek_policy_plan(&r->plan, &r->need, l->authenticator,
	    l->nauthenticators);
	memcpy(r->person, l->person.id[0] != '\0' ? l->person.id :
	    l->account.person, sizeof r->person);
	memcpy(r->section, l->person.section, sizeof r->section);
	if (r->person[0] == '\0' && r->who.known)
		memcpy(r->person, r->who.name, sizeof r->person);
}

/* Locks: those make a round fail before anything was asked. */
static void
take_locks(struct sek_round *r, const struct sek_entry *e,
    const struct sek_lookup_out *l)
{
	enum sek_reason reason = sek_entry_first(e, SEK_PHASE_AUTH,
	    SEK_ENTRY_LOCK, SEK_ENTRY_CALLER);

	r->lock = reason == SEK_REASON_CALLER_LOCKED ? l->caller_lock :
	    l->lock;
	if (reason != SEK_REASON_NONE)
		(void)fail(r, reason);
}

static enum sek_err
look_him_up(struct sek_context *ctx, struct sek_entry *e,
    enum sek_reason barred)
{
	struct sek_round *r = &ctx->round;
	struct sek_lookup_out *l = NULL;
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_clock_now(&now)) != SEK_OK ||
	    (err = lookup(&l, ctx, &r->who, &r->limits, &r->caller_limits)) !=
	    SEK_OK)
		goto out;
	/* Once known for privileged, the stricter numbers stay. */
	if (l->account.privileged && !r->who.privileged) {
		r->who.privileged = r->acting.privileged = 1;
		sek_claimant_limits(&r->limits, ctx->settings, true);
	}
	take_account(r, l);
	add_store(e, l, now.wall);
	if (barred == SEK_REASON_NONE)
		barred = sek_entry_first(e, SEK_PHASE_AUTH, SEK_ENTRY_UID,
		    SEK_ENTRY_TERM);
	if (barred != SEK_REASON_NONE) {
		free(l);
		bar(ctx, barred);
		if ((err = lookup(&l, ctx, &r->acting, &r->limits,
		    &r->caller_limits)) != SEK_OK)
			goto out;
		add_store(e, l, now.wall);
	}
	e->who = &r->acting;
	take_locks(r, e, l);
out:
	free(l);
	return (err);
}

/* What exceptions allow him, asked anew where that was a while ago; a full
 * disk's reserve is his by now where he may spend it. */
static enum sek_err
take_settings(struct sek_context *ctx, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	struct sek_moment now;
	enum sek_err err;

	if (ctx->settings->nbelow > 0 &&
	    ((err = sek_clock_now(&now)) != SEK_OK ||
	    ((ctx->unsure || sek_clock_age(&ctx->asked, &now) > ASKED_AGE) &&
	    (err = sek_context_ask_again(ctx, why)) != SEK_OK)))
		return (err);
	sek_facts_limits(&r->limits, &r->caller_limits, ctx->settings,
	    &r->who);
	sek_facts_requirement(&r->need, ctx->settings, r->who.service);
	return (SEK_OK);
}

static enum sek_err
open_round(struct sek_context *ctx, pam_handle_t *pamh, const char *user,
    struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	enum sek_reason reason = SEK_REASON_NONE;
	struct sek_entry e;
	enum sek_err err;

	/* A plan for the case that nothing more is learned: everybody's. */
	sek_policy_plan(&r->plan, &r->need, NULL, 0);
	err = sek_claimant_get(&r->who, pamh, ctx->settings, user);
	r->acting = r->who;
	sek_facts_entry(&e, ctx->settings, &r->who);
	if (err != SEK_OK ||
	    (err = terminal_allows(&reason, &e, SEK_PHASE_AUTH)) != SEK_OK)
		return (err);
	sek_context_reserve(ctx, &r->who);
	if ((err = take_settings(ctx, why)) != SEK_OK)
		return (err);
	return (look_him_up(ctx, &e, reason));
}

static void
ask_delay(pam_handle_t *pamh, const struct sek_settings *s)
{
	int64_t us = s->lockout.delay * SEK_SECOND;

	if (us > 0 && us <= UINT32_MAX)
		(void)pam_fail_delay(pamh, (unsigned)us);
}

enum sek_err
sek_attempt_open(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	const char *user = NULL;
	enum sek_err err;
	int rc;

	sek_round_wipe(r);
	r->state = SEK_ROUND_OPEN;
	sek_settings_for(ctx->settings, NULL);
	sek_facts_requirement(&r->need, ctx->settings,
	    sek_pam_item(pamh, PAM_SERVICE));
	randombytes_buf(r->nonce, sizeof r->nonce);
	ask_delay(pamh, ctx->settings);
	rc = pam_get_user(pamh, &user, NULL);
	if (rc != PAM_SUCCESS || user == NULL) {
		sek_policy_plan(&r->plan, &r->need, NULL, 0);
		return (trouble(ctx, SEK_ERR_CONV, why));
	}
	if ((err = open_round(ctx, pamh, user, why)) != SEK_OK)
		return (trouble(ctx, err, why));
	return (r->state == SEK_ROUND_OPEN && !r->barred ? SEK_OK :
	    SEK_ERR_REFUSED);
}

/* ------------------------------------------------------------ account -- */

static enum sek_err
account_verdict(struct sek_context *ctx, enum sek_reason reason,
    struct sek_why *why)
{
	ctx->account_refused = reason;
	switch (reason) {
	case SEK_REASON_NONE:
		return (SEK_OK);
	case SEK_REASON_SUSPENDED:
	case SEK_REASON_RETIRED:
	case SEK_REASON_TERM_ENDED:
		return (sek_why(why, SEK_ERR_ENDED, "account refused: %s",
		    sek_reason_name(reason)));
	default:
		return (sek_why(why, SEK_ERR_FORBIDDEN, "account refused: %s",
		    sek_reason_name(reason)));
	}
}

enum sek_err
sek_attempt_account(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_claimant who;
	struct sek_limits limits, caller_limits;
	struct sek_lookup_out *l = NULL;
	enum sek_reason reason = SEK_REASON_NONE;
	struct sek_entry e;
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_claimant_get(&who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER))) != SEK_OK)
		return (err);
	sek_facts_entry(&e, ctx->settings, &who);
	reason = sek_entry_step(&e, SEK_PHASE_ACCOUNT, SEK_ENTRY_KNOWN);
	if (reason != SEK_REASON_NONE)
		return (account_verdict(ctx, reason, why));
	/* root is never kept out by state or list, only by the gate. */
	if (who.uid == 0)
		return (SEK_OK);
	sek_facts_limits(&limits, &caller_limits, ctx->settings, &who);
	sek_context_reserve(ctx, &who);
	if ((err = terminal_allows(&reason, &e, SEK_PHASE_ACCOUNT)) ==
	    SEK_OK && reason == SEK_REASON_NONE &&
	    (err = sek_clock_now(&now)) == SEK_OK &&
	    (err = lookup(&l, ctx, &who, &limits, &caller_limits)) ==
	    SEK_OK) {
		add_store(&e, l, now.wall);
		reason = sek_entry_first(&e, SEK_PHASE_ACCOUNT, SEK_ENTRY_UID,
		    SEK_ENTRY_TERM);
	}
	if (err == SEK_OK)
		err = account_verdict(ctx, reason, why);
	else
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
	free(l);
	return (err);
}

enum sek_err
sek_attempt_change_due(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	const struct sek_round *r = &ctx->round;
	struct sek_claimant who;
	struct sek_entry e;
	enum sek_err err;

	if ((err = sek_claimant_get(&who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER))) != SEK_OK)
		return (err);
	sek_facts_entry(&e, ctx->settings, &who);
	if (r->state == SEK_ROUND_ADMITTED && sek_context_is_ours(ctx) &&
	    who.known && who.uid == r->who.uid)
		return (SEK_ERR_CHANGE_DUE);
	if (!sek_entry_is_terminals(&e))
		return (SEK_OK);
	ctx->account_refused = SEK_REASON_NO_EVIDENCE;
	return (sek_why(why, SEK_ERR_FORBIDDEN, "a password change is due, "
	    "and nobody was admitted: log in and change it"));
}

/* ------------------------------------------------------------- factor -- */

static void
pause_for(long ns)
{
	struct timespec ts = { .tv_sec = 0, .tv_nsec = ns };

	while (nanosleep(&ts, &ts) != 0)
		continue;
}

/* Take a slot; wait for one that live attempts hold, holding nothing. */
static enum sek_err
reserve(struct sek_reserve_out *out, struct sek_context *ctx, int64_t bound)
{
	struct sek_round *r = &ctx->round;
	struct sek_reserve in;
	struct sek_moment begin, now;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	in.who = r->acting;
	in.limits = r->limits;
	in.caller_limits = r->caller_limits;
	in.bound = bound;
	if ((err = sek_process_get(&in.owner, 0)) != SEK_OK ||
	    (err = sek_clock_now(&begin)) != SEK_OK)
		return (err);
	for (;;) {
		memset(out, 0, sizeof *out);
		out->verdict = SEK_SLOT_LOCKED;
		err = sek_store_reserve(ctx->store, &in, out);
		if (err != SEK_OK || out->verdict != SEK_SLOT_BUSY ||
		    (err = sek_clock_now(&now)) != SEK_OK ||
		    sek_clock_age(&begin, &now) > BUSY_WAIT)
			return (err);
		pause_for(BUSY_STEP_NS);
	}
}

static enum sek_err
no_slot(struct sek_round *r, const struct sek_reserve_out *slot)
{
	r->lock = slot->lock;
	return (fail(r, sek_entry_slot((enum sek_slot)slot->verdict,
	    slot->caller_locked != 0)));
}

/* Give the slot back or let it count. A right answer whose slot had run out
 * was counted already and is no longer right. */
static enum sek_err
settle(struct sek_verdict *v, struct sek_context *ctx, const char *slot)
{
	struct sek_round *r = &ctx->round;
	struct sek_settle in;
	struct sek_settle_out out;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	in.who = r->acting;
	in.limits = r->limits;
	in.caller_limits = r->caller_limits;
	in.settlement = v->answer == SEK_ANSWER_WRONG ? SEK_SETTLE_FAILED :
	    SEK_SETTLE_GIVE_BACK;
	memcpy(in.authenticator, v->authenticator, sizeof in.authenticator);
	if ((err = sek_text_copy(in.slot, sizeof in.slot, slot)) != SEK_OK ||
	    (err = sek_store_settle(ctx->store, &in, &out)) != SEK_OK) {
		v->answer = SEK_ANSWER_WRONG;
		return (err);
	}
	v->settled = true;
	v->lock = out.lock;
	if (v->answer == SEK_ANSWER_RIGHT && !out.held) {
		v->answer = SEK_ANSWER_WRONG;
		v->reason = SEK_REASON_STALE;
	}
	return (SEK_OK);
}

static enum sek_err
keep_evidence(struct sek_round *r, const struct sek_verdict *v)
{
	struct sek_evidence *e;
	enum sek_err err;

	if (r->nevidence >= SEK_EVIDENCE_MAX)
		return (SEK_ERR_INTERNAL);
	e = &r->evidence[r->nevidence];
	memset(e, 0, sizeof *e);
	if ((err = sek_clock_now(&e->at)) != SEK_OK)
		return (err);
	memcpy(e->nonce, r->nonce, sizeof e->nonce);
	memcpy(e->authenticator, v->authenticator, sizeof e->authenticator);
	memcpy(e->person, r->person, sizeof e->person);
	e->uid = r->who.uid;
	e->kinds = v->kinds;
	e->flags = v->evidence_flags;
	e->method = v->method;
	r->nevidence++;
	return (SEK_OK);
}

/* Under a slot: verify, settle, keep what was proved. */
static enum sek_err
prove(struct sek_context *ctx, struct sek_challenge *c,
    const struct sek_factor *factor, const char *slot)
{
	struct sek_round *r = &ctx->round;
	struct sek_verdict v;
	enum sek_err err;

	memset(&v, 0, sizeof v);
	v.reason = SEK_REASON_WRONG;
	if ((err = factor->verify(&v, c, slot)) != SEK_OK) {
		/* Trouble before anything was compared is nobody's guess. */
		v.answer = SEK_ANSWER_UNVERIFIED;
		(void)settle(&v, ctx, slot);
		return (err);
	}
	if (!v.settled && (err = settle(&v, ctx, slot)) != SEK_OK)
		return (err);
	if (v.answer != SEK_ANSWER_RIGHT) {
		r->lock = v.lock;
		return (fail(r, v.reason != SEK_REASON_NONE ? v.reason :
		    SEK_REASON_WRONG));
	}
	return (keep_evidence(r, &v));
}

/*
 * What a verification costs, for those who get none: its slow part, and as
 * many calls of the store as a slot and its end take (time, and in a setuid
 * program the number of processes, would tell that an answer before this one
 * was wrong).
 */
static enum sek_err
pretend(struct sek_context *ctx, struct sek_challenge *c,
    const struct sek_factor *factor, unsigned calls)
{
	if (factor->pretend != NULL)
		factor->pretend(c);
	while (calls-- > 0 && ctx->round.trouble == SEK_OK)
		(void)sek_store_idle(ctx->store);
	return (SEK_ERR_REFUSED);
}

static enum sek_err
run_factor(struct sek_context *ctx, struct sek_challenge *c,
    const struct sek_factor *factor)
{
	struct sek_round *r = &ctx->round;
	struct sek_reserve_out slot;
	enum sek_err err;

	if ((err = factor->ask(c)) != SEK_OK)
		return (err);
	if (r->state != SEK_ROUND_OPEN)
		return (pretend(ctx, c, factor, 2));
	if ((err = reserve(&slot, ctx, factor->bound)) != SEK_OK)
		return (err);
	if (slot.verdict != SEK_SLOT_GRANTED) {
		(void)no_slot(r, &slot);
		return (pretend(ctx, c, factor, 1));
	}
	return (prove(ctx, c, factor, slot.slot));
}

enum sek_err
sek_attempt_factor(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_pam_options *options, int flags,
    const struct sek_factor *factor, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	struct sek_challenge c;
	enum sek_err err;

	if (r->state == SEK_ROUND_NONE || r->state == SEK_ROUND_ADMITTED ||
	    !sek_context_is_ours(ctx))
		return (sek_why(why, SEK_ERR_REFUSED, "no round is open: "
		    "pam_sekisho_lockout.so must stand before the factors"));
	if ((r->plan.methods & factor->methods) == 0)
		return (SEK_OK);
	if ((r->asked & factor->methods) != 0)
		return (sek_why(why, SEK_ERR_REFUSED, "the %s line stands "
		    "twice in this stack", factor->name));
	r->asked |= factor->methods;
	memset(&c, 0, sizeof c);
	c.pamh = pamh;
	c.options = options;
	c.settings = ctx->settings;
	c.store = ctx->store;
	c.who = &r->acting;
	c.limits = &r->limits;
	c.caller_limits = &r->caller_limits;
	c.plan = &r->plan;
	c.language = sek_message_language(ctx->settings, r->who.tty);
	c.flags = flags;
	c.notes = &r->notes;
	c.code = &r->code;
	err = run_factor(ctx, &c, factor);
	sek_secret_free(&c.answer);
	if (err == SEK_OK || err == SEK_ERR_REFUSED)
		return (err);
	return (trouble(ctx, err, why));
}
