/*
 * change_open.c - whose password is to be changed, by whom, and may he
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 11, 23. MUST: who is taken for root here is who the backend takes
 * for root, or it would not verify what we did not ask.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/change.h"
#include "sekisho/flow/change_password.h"
#include "sekisho/flow/facts.h"
#include "sekisho/rule/may_change.h"

#define TEMPORARY_ENV	"SEKISHO_TEMPORARY"

void
sek_change_free(struct sek_change_work **c)
{

	if (*c == NULL)
		return;
	sek_wipe(*c, sizeof **c);
	free(*c);
	*c = NULL;
}

/* What root's tool said of it (sek_change_temporary). A PAM environment that
 * came from elsewhere, of another service, says nothing. */
static int64_t
temporary(const struct sek_change_work *c)
{
	const char *text = pam_getenv(c->pamh, TEMPORARY_ENV);
	int64_t until = 0;

	if (!c->by_root || text == NULL ||
	    strcmp(c->who.service, SEK_CHANGE_SERVICE) != 0 ||
	    sek_text_number(&until, text, 1, INT64_MAX) != SEK_OK)
		return (0);
	return (until);
}

/* The application says that his is due, and auth of this very handle let him
 * in: su asks whom he becomes, whoever called it. */
static bool
is_admitted(const struct sek_change_work *c)
{
	const struct sek_round *r = &c->ctx->round;

	return (((unsigned)c->flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0 &&
	    r->state == SEK_ROUND_ADMITTED && sek_context_is_ours(c->ctx) &&
	    r->who.known && r->who.uid == c->who.uid);
}

static enum sek_err
claimant(struct sek_change_work *c)
{
	struct sek_claimant *who = &c->who;
	enum sek_err err;

	err = sek_claimant_get(who, c->pamh, c->ctx->settings,
	    sek_pam_item(c->pamh, PAM_USER));
	c->language = sek_message_language(c->ctx->settings, who->tty);
	if (err != SEK_OK)
		return (sek_change_trouble(c, err));
	if (c->ctx->no_policy)
		return (sek_change_trouble(c, c->ctx->degraded));
	c->by_root = getuid() == 0 &&
	    ((unsigned)c->flags & PAM_CHANGE_EXPIRED_AUTHTOK) == 0;
	c->admitted = is_admitted(c);
	if (who->known && (who->caller == 0 || who->caller == who->uid ||
	    c->admitted))
		return (SEK_OK);
	sek_change_tell(c, N_("Only its owner or an administrator may change "
	    "this password."));
	return (sek_why(c->why, SEK_ERR_FORBIDDEN, "no such account, or not "
	    "that of who asks (uid %u)", who->caller));
}

/* Whose login root's work began with. Where the source cannot tell, his number
 * stands for him; that he is no contractor is then not known either. */
static enum sek_err
actor(bool *contractor, struct sek_change_work *c)
{
	struct sek_password_of_out *out;
	struct sek_password_of in;
	struct sek_passwd pw;
	uint32_t uid = sek_audit_login_uid();
	enum sek_err err;

	*contractor = false;
	if (uid == SEK_UID_NONE)
		return (SEK_OK);
	memset(&pw, 0, sizeof pw);
	if ((err = sek_account_by_uid(&pw, uid)) != SEK_OK)
		return (err);
	if (!pw.known)
		return (sek_text_format(c->actor, sizeof c->actor, "#%u",
		    uid));
	memcpy(c->actor, pw.name, sizeof c->actor);
	memcpy(c->actor_person, pw.name, sizeof c->actor_person);
	memset(&in, 0, sizeof in);
	memcpy(in.who.name, pw.name, sizeof in.who.name);
	in.who.uid = pw.uid;
	in.who.known = 1;
	if ((out = calloc(1, sizeof *out)) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_store_password_of(c->ctx->store, &in, out)) ==
	    SEK_OK) {
		*contractor = out->contractor != 0;
		if (out->person[0] != '\0')
			memcpy(c->actor_person, out->person,
			    sizeof c->actor_person);
	}
	sek_wipe(out, sizeof *out);
	free(out);
	return (err);
}

/* Not a contractor's of a privileged ID, nor a shared one's by its members. */
static enum sek_err
may_change(struct sek_change_work *c, const struct sek_lookup_out *l)
{
	struct sek_may_change m = { .contractor = c->known.contractor != 0,
	    .root = c->by_root, .privileged = c->who.privileged != 0,
	    .shared = l->account.shared != 0 };
	enum sek_reason reason;
	enum sek_err err;

	if (c->by_root && (err = actor(&m.contractor, c)) != SEK_OK)
		return (sek_change_trouble(c, err));
	reason = sek_may_change(&m, SEK_CHANGING_PASSWORD);
	if (reason == SEK_REASON_NONE)
		return (SEK_OK);
	sek_change_tell_contact(c, reason == SEK_REASON_SHARED ?
	    N_("The password of a shared account is changed by an "
	    "administrator.") :
	    N_("The password of a privileged account is changed by the "
	    "office's own staff."));
	return (sek_change_refuse(c, SEK_ERR_FORBIDDEN, reason, ""));
}

/* What keeps its owner from logging in keeps him from changing it, too. */
static enum sek_err
may_enter(struct sek_change_work *c, const struct sek_lookup_out *l, int64_t wall)
{
	enum sek_reason reason;
	struct sek_entry e;

	if (c->by_root)
		return (SEK_OK);
	sek_facts_entry(&e, c->ctx->settings, &c->who);
	sek_facts_store(&e, l, wall);
	reason = sek_entry_first(&e, SEK_PHASE_AUTH, SEK_ENTRY_UID,
	    SEK_ENTRY_TERM);
	if (reason == SEK_REASON_NONE)
		reason = sek_entry_step(&e, SEK_PHASE_AUTH,
		    SEK_ENTRY_PASSWORD);
	if (reason == SEK_REASON_NONE)
		reason = sek_entry_first(&e, SEK_PHASE_AUTH, SEK_ENTRY_LOCK,
		    SEK_ENTRY_CALLER);
	if (reason == SEK_REASON_NONE)
		return (SEK_OK);
	if (reason == SEK_REASON_LOCKED || reason == SEK_REASON_CALLER_LOCKED)
		sek_admission_tell_locked(c->pamh, c->ctx->settings,
		    c->who.tty, reason == SEK_REASON_LOCKED ? &l->lock :
		    &l->caller_lock);
	else
		sek_change_tell_contact(c, N_("The password of this account "
		    "cannot be changed now. Please ask an administrator."));
	return (sek_change_refuse(c, SEK_ERR_FORBIDDEN, reason, ""));
}

/* What the backend keeps now, and the store of it: a change that was killed
 * half-way is settled by this. */
static enum sek_err
look(struct sek_change_work *c)
{
	struct sek_password_seen in;
	struct sek_password_seen_out out;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	if ((err = sek_shadow_get(&c->shadow, c->who.name)) != SEK_OK)
		return (err);
	in.who = c->who;
	in.day = c->shadow.day;
	memcpy(in.hash, c->shadow.hash, sizeof in.hash);
	memcpy(in.mark, c->shadow.mark, sizeof in.mark);
	err = sek_store_password_seen(c->ctx->store, &in, &out);
	c->present = out.password;
	sek_wipe(&in, sizeof in);
	return (err);
}

static enum sek_err
not_too_young(struct sek_change_work *c, int64_t wall)
{
	char until[32], text[512];

	/* The backend's own word that it is due is one, too (chage -d 0). */
	if (c->by_root || c->admitted ||
	    (c->shadow.shown && c->shadow.day == 0) ||
	    !sek_password_too_young(&c->present, &c->rules, wall))
		return (SEK_OK);
	sek_clock_print_short(until, sizeof until, c->present.set_at +
	    c->rules.min_age * SEK_SECOND, c->ctx->settings->terminal.timezone);
	(void)sek_text_format(text, sizeof text, sek_message(c->language,
	    N_("This password was set a short while ago. It can be changed "
	    "after %s.")), until);
	sek_pam_tell(c->pamh, PAM_ERROR_MSG, text);
	return (sek_change_refuse(c, SEK_ERR_FORBIDDEN, SEK_REASON_TOO_YOUNG,
	    ""));
}

static enum sek_err
ask_store(struct sek_change_work *c, struct sek_lookup_out *l)
{
	struct sek_password_of of;
	struct sek_lookup *in = calloc(1, sizeof *in);
	enum sek_err err = SEK_ERR_NOMEM;

	if (in == NULL)
		return (err);
	memset(&of, 0, sizeof of);
	in->who = c->who;
	in->limits = c->limits;
	in->caller_limits = c->caller_limits;
	err = sek_store_lookup(c->ctx->store, in, l);
	/* Once known for privileged, the stricter numbers stay. */
	if (err == SEK_OK && l->account.privileged && !c->who.privileged) {
		c->who.privileged = in->who.privileged = 1;
		sek_claimant_limits(&c->limits, c->ctx->settings, true);
		in->limits = c->limits;
		err = sek_store_lookup(c->ctx->store, in, l);
	}
	free(in);
	of.who = c->who;
	if (err == SEK_OK)
		err = sek_store_password_of(c->ctx->store, &of, &c->known);
	return (err);
}

static enum sek_err
judge(struct sek_change_work *c)
{
	struct sek_lookup_out *l = calloc(1, sizeof *l);
	struct sek_moment now;
	enum sek_err err = SEK_ERR_NOMEM;

	if (l == NULL)
		return (sek_change_trouble(c, err));
	sek_facts_limits(&c->limits, &c->caller_limits, c->ctx->settings,
	    &c->who);
	sek_context_reserve(c->ctx, &c->who);
	if ((err = sek_clock_now(&now)) != SEK_OK ||
	    (err = ask_store(c, l)) != SEK_OK) {
		err = sek_change_trouble(c, err);
		goto out;
	}
	sek_settings_password(&c->rules, c->ctx->settings,
	    c->who.privileged != 0);
	c->temporary_until = temporary(c);
	if ((err = may_change(c, l)) != SEK_OK ||
	    (err = may_enter(c, l, now.wall)) != SEK_OK)
		goto out;
	if ((err = look(c)) != SEK_OK)
		err = sek_change_trouble(c, err);
	else
		err = not_too_young(c, now.wall);
out:
	free(l);
	return (err);
}

enum sek_err
sek_change_open(struct sek_change_work **out, struct sek_context *ctx,
    pam_handle_t *pamh, const struct sek_pam_options *options, int flags,
    struct sek_why *why)
{
	struct sek_change_work *c;
	enum sek_err err;

	*out = NULL;
	if ((c = calloc(1, sizeof *c)) == NULL)
		return (SEK_ERR_NOMEM);
	c->ctx = ctx;
	c->pamh = pamh;
	c->options = options;
	c->flags = flags;
	c->why = why;
	if ((err = claimant(c)) != SEK_OK || (err = judge(c)) != SEK_OK) {
		sek_change_free(&c);
		return (err);
	}
	*out = c;
	return (SEK_OK);
}

enum sek_err
sek_change_temporary(pam_handle_t *pamh, int64_t until)
{
	char env[64];
	enum sek_err err;

	if ((err = sek_text_format(env, sizeof env, "%s=%" PRId64,
	    TEMPORARY_ENV, until)) != SEK_OK)
		return (err);
	return (pam_putenv(pamh, env) == PAM_SUCCESS ? SEK_OK :
	    SEK_ERR_NOMEM);
}
