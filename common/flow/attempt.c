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
#include <sodium.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/attempt.h"
#include "sekisho/flow/change_password.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/glass.h"
#include "sekisho/flow/slot.h"
#include "sekisho/flow/ticket.h"
#include "sekisho/rule/policy.h"

/* What exceptions allow is asked anew for a round that begins later. */
#define ASKED_AGE	SEK_SECOND

#define CODES	(SEK_METHOD_BIT(SEK_METHOD_TOTP) | \
		SEK_METHOD_BIT(SEK_METHOD_HOTP))
#define KEY	SEK_METHOD_BIT(SEK_METHOD_FIDO2)
#define DEVICES	(KEY | SEK_METHODS_CARD | SEK_METHODS_BIOMETRIC)
#define TICKET	SEK_METHOD_BIT(SEK_METHOD_TICKET)

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
	if (ctx->no_policy)
		said = ctx->degraded_why.text;
	if (why != NULL && why->text[0] == '\0' && said[0] != '\0')
		(void)sek_why(why, err, "%s", said);
	if (ctx->degraded == SEK_OK && err != SEK_ERR_CONV) {
		ctx->degraded = err;
		(void)sek_why(&ctx->degraded_why, err, "%s", said);
	}
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
	r->but_envelope = reason == SEK_REASON_DIRECT ||
	    reason == SEK_REASON_HOURS;
	r->reason = reason;
	r->acting.known = 0;
	r->acting.privileged = 0;
	r->acting.uid = SEK_UID_NONE;
	sek_claimant_limits(&r->limits, ctx->settings, false);
}

/* Who is meant, for the record, and what to ask him. */
static void
take_account(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_lookup_out *l)
{
	struct sek_round *r = &ctx->round;

	sek_facts_shared(&r->need, l);
	sek_ticket_offer(ctx, pamh, l);
	memcpy(r->person, l->person.id[0] != '\0' ? l->person.id :
	    l->account.person, sizeof r->person);
	memcpy(r->section, l->person.section, sizeof r->section);
	/* Who uses a shared one, the store tells of what he proved. */
	if (r->person[0] == '\0' && r->who.known && !l->account.shared)
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

/* A temporary one whose time is over bars him before the account phase could
 * see that an administrator set another meanwhile (usermod -p). */
static void
look_for_another(struct sek_context *ctx, struct sek_lookup_out *l,
    int64_t wall)
{
	struct sek_password p;

	if (l->temporary_until == 0 || wall < l->temporary_until ||
	    sek_change_look(&p, ctx, &ctx->round.who) != SEK_OK)
		return;
	l->temporary_until = p.temporary_until;
}

static enum sek_err
look_him_up(struct sek_context *ctx, pam_handle_t *pamh, struct sek_entry *e,
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
	take_account(ctx, pamh, l);
	look_for_another(ctx, l, now.wall);
	sek_facts_store(e, l, now.wall);
	if (barred == SEK_REASON_NONE)
		barred = sek_entry_first(e, SEK_PHASE_AUTH, SEK_ENTRY_UID,
		    SEK_ENTRY_PASSWORD);
	if (barred != SEK_REASON_NONE) {
		free(l);
		bar(ctx, barred);
		if ((err = lookup(&l, ctx, &r->acting, &r->limits,
		    &r->caller_limits)) != SEK_OK)
			goto out;
		sek_facts_store(e, l, now.wall);
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

	err = sek_claimant_get(&r->who, pamh, ctx->settings, user);
	r->acting = r->who;
	/* A plan for the case that nothing more is learned: everybody's. */
	sek_ticket_offer(ctx, pamh, NULL);
	sek_facts_entry(&e, ctx->settings, &r->who);
	if (err != SEK_OK ||
	    (err = terminal_allows(&reason, &e, SEK_PHASE_AUTH)) != SEK_OK)
		return (err);
	/* Also where the store cannot be asked for more. */
	r->barred = reason != SEK_REASON_NONE;
	r->but_envelope = false;
	if (ctx->no_policy)
		return (ctx->degraded);
	sek_context_reserve(ctx, &r->who);
	if ((err = take_settings(ctx, why)) != SEK_OK)
		return (err);
	return (look_him_up(ctx, pamh, &e, reason));
}

static enum sek_err
begin_round(struct sek_context *ctx, pam_handle_t *pamh, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	const char *user = NULL;
	enum sek_err err;
	int rc;

	sek_round_wipe(r);
	/* A store that was in trouble may be well again. */
	if (!ctx->no_policy)
		ctx->degraded = SEK_OK;
	r->state = SEK_ROUND_OPEN;
	sek_settings_for(ctx->settings, NULL);
	sek_facts_requirement(&r->need, ctx->settings,
	    sek_pam_item(pamh, PAM_SERVICE));
	randombytes_buf(r->nonce, sizeof r->nonce);
	sek_slot_delay(pamh, ctx->settings);
	rc = pam_get_user(pamh, &user, NULL);
	if (rc != PAM_SUCCESS || user == NULL) {
		sek_policy_plan(&r->plan, &r->need, NULL, 0, NULL,
		    NULL);
		return (trouble(ctx, SEK_ERR_CONV, why));
	}
	if ((err = open_round(ctx, pamh, user, why)) != SEK_OK)
		return (trouble(ctx, err, why));
	return (r->state == SEK_ROUND_OPEN && !r->barred ? SEK_OK :
	    SEK_ERR_REFUSED);
}

/*
 * sshd shows what it is told with the next prompt only, and a key blinks after
 * the last one (pam-u2f #192). No key is touched by this.
 */
static void
tell_of_key(const struct sek_context *ctx, pam_handle_t *pamh)
{
	const struct sek_round *r = &ctx->round;

	if ((r->plan.methods & KEY) != 0 && strcmp(r->who.tty, "ssh") == 0)
		sek_pam_tell(pamh, PAM_TEXT_INFO,
		    sek_message(sek_message_language(ctx->settings,
		    r->who.tty), N_("Please touch your security key when it "
		    "blinks.")));
}

enum sek_err
sek_attempt_open(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	enum sek_err err = begin_round(ctx, pamh, why);

	tell_of_key(ctx, pamh);
	return (sek_glass_lockout(ctx, pamh, err, why));
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
	case SEK_REASON_DORMANT:
	case SEK_REASON_PASSWORD_OVER:
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
	/* Judged in auth of this handle, as far as could be. */
	if (sek_glass_is_in(ctx, &who))
		return (SEK_OK);
	if (ctx->no_policy)
		return (sek_why(why, ctx->degraded, "%s",
		    ctx->degraded_why.text));
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
		sek_facts_store(&e, l, now.wall);
		reason = sek_entry_first(&e, SEK_PHASE_ACCOUNT, SEK_ENTRY_UID,
		    SEK_ENTRY_PASSWORD);
	}
	if (err == SEK_OK)
		err = account_verdict(ctx, reason, why);
	else
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
	free(l);
	return (err);
}

bool
sek_attempt_by_envelope(const struct sek_context *ctx, pam_handle_t *pamh)
{
	struct sek_claimant who;

	return (sek_claimant_get(&who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER)) == SEK_OK &&
	    sek_glass_is_in(ctx, &who));
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
	/* Whoever opened an envelope has other work to do first. */
	if (sek_glass_is_in(ctx, &who))
		return (SEK_OK);
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

static enum sek_err
reserve(struct sek_reserve_out *out, struct sek_context *ctx, int64_t bound)
{
	const struct sek_round *r = &ctx->round;

	return (sek_slot_take(out, ctx->store, &r->acting, &r->limits,
	    &r->caller_limits, bound));
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
	memcpy(e->device, v->device, sizeof e->device);
	if (v->detail[0] != '\0')
		memcpy(r->detail, v->detail, sizeof r->detail);
	if (v->ticket[0] != '\0') {
		memcpy(r->ticket, v->ticket, sizeof r->ticket);
		r->ticket_purpose = v->purpose;
		r->ticket_attended = v->attended;
		r->ticket_end = v->not_after;
	}
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

/* What was answered: verified under a slot, or not at all. */
static enum sek_err
judge(struct sek_context *ctx, struct sek_challenge *c,
    const struct sek_factor *factor)
{
	struct sek_round *r = &ctx->round;
	struct sek_reserve_out slot;
	enum sek_err err;

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

/* What asks in the place of those that were of no use, these among them. */
static uint32_t
instead(const struct sek_round *r, uint32_t asking)
{

	return (sek_policy_instead(&r->plan, r->yielded | asking));
}

/*
 * His key, card or reader is not here, or cannot be used: other lines ask for
 * what he has instead. What he typed where it was asked for is theirs, if it
 * has the form; nothing was verified, and nothing counts.
 */
static enum sek_err
yield(struct sek_context *ctx, struct sek_challenge *c, uint32_t asking)
{
	struct sek_round *r = &ctx->round;
	char code[16];

	r->yielded |= asking;
	r->open_end = true;
	if (c->answer.len == 0 || sek_pam_is_password(c->pamh, &c->answer))
		return (SEK_OK);
	if (sek_glass_defer(ctx, c->pamh, &c->answer) ||
	    sek_ticket_defer(r, c->pamh, &c->answer)) {
		r->open_end = false;
		return (SEK_OK);
	}
	if ((instead(r, 0) & CODES) != 0 && sek_text_digits(code,
	    sizeof code, sek_secret_text(&c->answer)) == SEK_OK) {
		sek_secret_free(&r->code);
		r->code = c->answer;
		memset(&c->answer, 0, sizeof c->answer);
		r->typed_code = true;
	}
	sek_wipe(code, sizeof code);
	return (SEK_OK);
}

/* What is the ticket line's is put by, whatever the round's state. */
static enum sek_err
run_factor(struct sek_context *ctx, struct sek_challenge *c,
    const struct sek_factor *factor)
{
	enum sek_err err;

	if ((err = factor->ask(c)) != SEK_OK)
		return (err);
	if (c->yields)
		return (yield(ctx, c, factor->methods));
	if (sek_glass_defer(ctx, c->pamh, &c->answer))
		return (SEK_OK);
	if ((factor->methods & CODES) != 0 &&
	    sek_ticket_defer(&ctx->round, c->pamh, &c->answer))
		return (SEK_OK);
	return (judge(ctx, c, factor));
}

static enum sek_err
no_round(const struct sek_context *ctx, struct sek_why *why)
{
	const struct sek_round *r = &ctx->round;

	if (r->state != SEK_ROUND_NONE && r->state != SEK_ROUND_ADMITTED &&
	    sek_context_is_ours(ctx))
		return (SEK_OK);
	return (sek_why(why, SEK_ERR_REFUSED, "no round is open: "
	    "pam_sekisho_lockout.so must stand before the factors"));
}

static enum sek_err
asks_once(struct sek_round *r, const struct sek_factor *factor,
    struct sek_why *why)
{
	if ((r->asked & factor->methods) != 0)
		return (sek_why(why, SEK_ERR_REFUSED, "the %s line stands "
		    "twice in this stack", factor->name));
	r->asked |= factor->methods;
	r->nasked++;
	return (SEK_OK);
}

/*
 * libpam tells the application what the first line that refused said, and su
 * shows it. Given up behind an answer that was right is told as behind one
 * that was wrong, whose line had refused by then; so is trouble in a setuid
 * program, which its caller can starve until it fails.
 */
static enum sek_err
told(const struct sek_round *r, enum sek_err err)
{

	if (r->nevidence > 0 && err != SEK_OK &&
	    (err == SEK_ERR_CONV || r->who.caller != 0))
		return (SEK_ERR_REFUSED);
	return (err);
}

/* The methods that ask in this round, as it stands. */
static uint32_t
methods(const struct sek_round *r)
{

	return (r->plan.methods | instead(r, 0));
}

/*
 * A ticket stands for what he has: beside a key or a card alone it is nothing,
 * nor in the place of a living trait where he proves by another that he has it.
 */
static bool
ticket_stands_in(const struct sek_round *r, uint32_t asking)
{
	uint32_t rest = r->plan.methods & ~(asking | TICKET);
	uint32_t kinds = SEK_KIND_POSSESSION;
	unsigned m;

	if ((r->plan.methods & TICKET) == 0 ||
	    (r->plan.methods & ~(DEVICES | TICKET)) == 0)
		return (false);
	if ((asking & SEK_METHODS_BIOMETRIC) == 0 || r->grace)
		return (true);
	for (m = 0; m < SEK_METHOD_COUNT; m++)
		if ((rest & SEK_METHOD_BIT(m)) != 0)
			kinds |= sek_method_kind((enum sek_method)m);
	return (sek_kind_count(kinds) >= r->plan.kinds_needed);
}

static void
challenge(struct sek_challenge *c, struct sek_context *ctx,
    pam_handle_t *pamh, const struct sek_pam_options *options, int flags,
    uint32_t asking, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;

	memset(c, 0, sizeof *c);
	c->pamh = pamh;
	c->options = options;
	c->settings = ctx->settings;
	c->store = ctx->store;
	c->who = &r->acting;
	c->limits = &r->limits;
	c->caller_limits = &r->caller_limits;
	c->plan = &r->plan;
	c->purposes = r->tickets;
	c->language = sek_message_language(ctx->settings, r->who.tty);
	c->flags = flags;
	c->notes = &r->notes;
	c->code = &r->code;
	c->why = why;
	c->typed_code = r->typed_code;
	c->whose = &r->who;
	c->idle = r->state != SEK_ROUND_OPEN || r->barred ||
	    r->trouble != SEK_OK;
	c->answered = r->answered;
	/* What lines behind this one ask for. */
	c->elsewhere = (instead(r, asking) & ~r->asked) != 0 ||
	    ticket_stands_in(r, asking);
}

static void
end_challenge(struct sek_challenge *c, const struct sek_factor *factor)
{

	sek_secret_free(&c->answer);
	if (factor->done != NULL)
		factor->done(c);
}

/* Who gave up before is not waited for at a device. */
static bool
is_given_up(const struct sek_round *r, const struct sek_factor *factor)
{

	return (r->trouble == SEK_ERR_CONV &&
	    (factor->methods & DEVICES) != 0);
}

enum sek_err
sek_attempt_factor(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_pam_options *options, int flags,
    const struct sek_factor *factor, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	struct sek_challenge c;
	enum sek_err err;

	if ((err = no_round(ctx, why)) != SEK_OK)
		return (err);
	if ((methods(r) & factor->methods) == 0 || sek_glass_waits(r))
		return (SEK_OK);
	if ((err = asks_once(r, factor, why)) != SEK_OK)
		return (err);
	if (is_given_up(r, factor))
		return (told(r, sek_glass_factor(ctx, SEK_ERR_CONV, why)));
	if ((r->plan.instead & factor->methods) != 0)
		r->open_end = false;
	challenge(&c, ctx, pamh, options, flags, factor->methods, why);
	err = run_factor(ctx, &c, factor);
	r->answered = c.answered;
	end_challenge(&c, factor);
	/* Of the device, where it is none of the store. */
	if (err != SEK_OK && err != SEK_ERR_REFUSED && err != SEK_ERR_CONV &&
	    (factor->methods & DEVICES) != 0 && why->text[0] != '\0')
		(void)fail(r, SEK_REASON_DEVICE);
	if (err != SEK_OK && err != SEK_ERR_REFUSED)
		err = trouble(ctx, err, why);
	return (told(r, sek_glass_factor(ctx, err, why)));
}

/* ------------------------------------------------------------- ticket -- */

/* An answer that is right for nobody: what a wrong one costs, and counts. */
static enum sek_err
wrong(struct sek_context *ctx)
{
	struct sek_round *r = &ctx->round;
	struct sek_verdict v = { .reason = SEK_REASON_WRONG };
	struct sek_reserve_out slot;
	enum sek_err err;

	if (r->state != SEK_ROUND_OPEN)
		return (pretend(ctx, NULL, &sek_factor_ticket, 2));
	if ((err = reserve(&slot, ctx, sek_factor_ticket.bound)) != SEK_OK)
		return (err);
	if (slot.verdict != SEK_SLOT_GRANTED) {
		(void)no_slot(r, &slot);
		return (pretend(ctx, NULL, &sek_factor_ticket, 1));
	}
	if ((err = settle(&v, ctx, slot.slot)) != SEK_OK)
		return (err);
	r->lock = v.lock;
	return (fail(r, SEK_REASON_WRONG));
}

/* May anything come of what is put by, but for its being right? */
static bool
may_use(const struct sek_round *r, enum sek_purpose purpose)
{

	return (r->state == SEK_ROUND_OPEN && r->who.known && !r->barred &&
	    (r->tickets & SEK_PURPOSE_BIT(purpose)) != 0);
}

static bool
has_password(const struct sek_round *r)
{
	uint32_t i;

	for (i = 0; i < r->nevidence; i++)
		if (r->evidence[i].kinds == SEK_KIND_KNOWLEDGE)
			return (true);
	return (false);
}

/* Is it his still? A prompt may have waited past its last day. */
static bool
has_grace(const struct sek_context *ctx)
{
	const struct sek_round *r = &ctx->round;
	struct sek_moment now;

	return (r->state == SEK_ROUND_OPEN && r->grace && has_password(r) &&
	    sek_clock_now(&now) == SEK_OK &&
	    now.wall < sek_settings_grace_end(ctx->settings));
}

/*
 * Nothing was typed. Who is within the grace of a roll-out gets in by what he
 * proved before; all others talk with a witness where one may stand in, and
 * are wrong elsewhere.
 */
static enum sek_err
wish(struct sek_context *ctx, pam_handle_t *pamh, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	struct sek_verdict v;
	enum sek_err err;

	if (has_grace(ctx)) {
		r->need.kinds = 1;
		r->need.possession = 0;
		return (SEK_OK);
	}
	if (!r->offers)
		return (wrong(ctx));
	memset(&v, 0, sizeof v);
	err = sek_ticket_attend(&v, ctx, pamh, may_use(r,
	    SEK_PURPOSE_SUBSTITUTE), why);
	if (err == SEK_ERR_REFUSED)
		return (fail(r, v.reason));
	return (err == SEK_OK ? keep_evidence(r, &v) : err);
}

static enum sek_err
take_up(struct sek_context *ctx, struct sek_challenge *c, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	enum sek_put_by what = sek_ticket_put_by(r);

	r->is_deferred = false;
	switch (what) {
	case SEK_PUT_BY_CODE:
		c->answer = r->deferred;
		memset(&r->deferred, 0, sizeof r->deferred);
		return (judge(ctx, c, &sek_factor_ticket));
	case SEK_PUT_BY_WISH:
		sek_secret_free(&r->deferred);
		return (wish(ctx, c->pamh, why));
	case SEK_PUT_BY_GLASS:
	case SEK_PUT_BY_NONE:
	default:
		return (SEK_OK);
	}
}

/* Does this line ask? Where the plan has tickets, and nothing else whose line
 * asks for a code, or for a key or card that was of use. */
static bool
asks_itself(const struct sek_round *r)
{

	return (!r->is_deferred && (methods(r) & CODES) == 0 &&
	    ((r->asked & DEVICES) == 0 || r->open_end) &&
	    (r->plan.methods & TICKET) != 0);
}

static enum sek_err
run_ticket(struct sek_context *ctx, struct sek_challenge *c,
    struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	enum sek_err err;

	if (asks_itself(r)) {
		r->open_end = false;
		if ((err = sek_factor_ticket.ask(c)) != SEK_OK)
			return (err);
		if (!sek_glass_defer(ctx, c->pamh, &c->answer) &&
		    !sek_ticket_defer(r, c->pamh, &c->answer))
			return (judge(ctx, c, &sek_factor_ticket));
	}
	if (sek_glass_waits(r))
		return (sek_glass_open(ctx, c->pamh, why));
	return (take_up(ctx, c, why));
}

enum sek_err
sek_attempt_ticket(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_pam_options *options, int flags, struct sek_why *why)
{
	struct sek_challenge c;
	enum sek_err err;

	if ((err = no_round(ctx, why)) != SEK_OK ||
	    (err = asks_once(&ctx->round, &sek_factor_ticket, why)) != SEK_OK)
		return (err);
	challenge(&c, ctx, pamh, options, flags, TICKET, why);
	err = run_ticket(ctx, &c, why);
	ctx->round.answered = c.answered;
	sek_secret_free(&c.answer);
	if (err != SEK_OK && err != SEK_ERR_REFUSED)
		err = trouble(ctx, err, why);
	return (told(&ctx->round, sek_glass_factor(ctx, err, why)));
}

void
sek_attempt_leftover(struct sek_context *ctx, struct sek_why *why)
{
	struct sek_round *r = &ctx->round;
	enum sek_err err;

	if (!(r->is_deferred || r->open_end) || r->state == SEK_ROUND_NONE ||
	    r->state == SEK_ROUND_ADMITTED)
		return;
	r->is_deferred = r->open_end = false;
	sek_secret_free(&r->deferred);
	err = wrong(ctx);
	if (err != SEK_OK && err != SEK_ERR_REFUSED)
		(void)trouble(ctx, err, why);
}
