/*
 * change_password.c - a password is changed: our checks, then the backend's
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/pam_backend.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/change.h"
#include "sekisho/flow/change_password.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/slot.h"

/* The backend's bound: one slow hash, or its server. */
#define BOUND	(30 * SEK_SECOND)
#define LOOKS	16	/* changes of others that end meanwhile */

/* -------------------------------------------------------------- prelim -- */

/* One of a module before us, or typed now. */
static enum sek_err
ask_present(struct sek_change_work *c)
{
	struct sek_secret present = SEK_SECRET_NONE;
	enum sek_err err;

	if (*sek_pam_item(c->pamh, PAM_OLDAUTHTOK) != '\0')
		return (SEK_OK);
	if ((err = sek_pam_ask(c->pamh, sek_message(c->language,
	    N_("Current password: ")), &present)) == SEK_OK)
		err = sek_pam_set_present(c->pamh, &present);
	sek_secret_free(&present);
	return (err);
}

static void
tell_errors(const struct sek_change_work *c, const struct sek_notes *notes)
{
	unsigned i;

	for (i = 0; i < notes->n; i++)
		if (notes->style[i] == PAM_ERROR_MSG)
			sek_pam_tell(c->pamh, PAM_ERROR_MSG, notes->text[i]);
}

/*
 * What PRELIM of a backend says of the present password. pam_unix says
 * PAM_AUTHTOK_ERR only behind one that was right (chage -m). Trouble is
 * nobody's guess, but in a program that its caller can starve it counts.
 */
enum prelim {
	PRELIM_WRONG = 0,
	PRELIM_RIGHT,
	PRELIM_NOT_NOW,
	PRELIM_TROUBLE
};

static enum prelim
meaning(const struct sek_change_work *c, int code)
{
	const char *base = strrchr(c->options->backend, '/');

	base = base == NULL ? c->options->backend : base + 1;
	switch (code) {
	case PAM_SUCCESS:
	case PAM_IGNORE:
		return (code == PAM_SUCCESS ? PRELIM_RIGHT : PRELIM_TROUBLE);
	case PAM_AUTHTOK_ERR:
		return (c->by_root || strcmp(base, "pam_unix.so") == 0 ?
		    PRELIM_NOT_NOW : PRELIM_WRONG);
	case PAM_AUTHINFO_UNAVAIL:
	case PAM_TRY_AGAIN:
	case PAM_AUTHTOK_LOCK_BUSY:
	case PAM_SYSTEM_ERR:
	case PAM_SERVICE_ERR:
		return (c->who.caller == 0 ? PRELIM_TROUBLE : PRELIM_WRONG);
	default:
		return (c->by_root ? PRELIM_NOT_NOW : PRELIM_WRONG);
	}
}

static enum sek_err
ask_backend(enum prelim *said, struct sek_change_work *c)
{
	struct sek_notes notes = { .n = 0 };
	enum sek_err err;
	int code = PAM_SYSTEM_ERR;

	*said = PRELIM_TROUBLE;
	if ((err = sek_pam_backend_call(&code, c->pamh, c->options,
	    SEK_BACKEND_PRELIM, c->flags, &notes, c->why)) != SEK_OK)
		return (err);
	*said = meaning(c, code);
	if (*said == PRELIM_NOT_NOW)
		tell_errors(c, &notes);
	if (*said != PRELIM_RIGHT && *said != PRELIM_WRONG)
		(void)sek_why(c->why, SEK_ERR_BACKEND, "backend %s: no change "
		    "of %s's password now (%d)", c->options->backend,
		    c->who.name, code);
	return (SEK_OK);
}

static enum sek_err
verdict(struct sek_change_work *c, enum prelim said)
{

	switch (said) {
	case PRELIM_RIGHT:
		return (SEK_OK);
	case PRELIM_NOT_NOW:
		return (sek_change_refuse(c, SEK_ERR_FORBIDDEN,
		    SEK_REASON_BACKEND, ""));
	case PRELIM_TROUBLE:
		return (sek_change_trouble(c, SEK_ERR_BACKEND));
	case PRELIM_WRONG:
	default:
		sek_change_tell(c, N_("The present password was wrong. It was "
		    "not changed."));
		return (sek_change_refuse(c, SEK_ERR_REFUSED,
		    SEK_REASON_WRONG, ""));
	}
}

/* Settle: a wrong one counts; a right one whose slot ran out has counted. */
static enum sek_err
settle(struct sek_change_work *c, const char *slot, enum prelim *said)
{
	struct sek_settle in;
	struct sek_settle_out out;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	in.who = c->who;
	in.limits = c->limits;
	in.caller_limits = c->caller_limits;
	in.settlement = *said == PRELIM_WRONG ? SEK_SETTLE_FAILED :
	    SEK_SETTLE_GIVE_BACK;
	if ((err = sek_text_copy(in.slot, sizeof in.slot, slot)) != SEK_OK ||
	    (err = sek_store_settle(c->ctx->store, &in, &out)) != SEK_OK)
		return (err);
	if (*said == PRELIM_RIGHT && !out.held)
		*said = PRELIM_WRONG;
	if (*said == PRELIM_WRONG && out.lock.locked)
		sek_admission_tell_locked(c->pamh, c->ctx->settings,
		    c->who.tty, &out.lock);
	return (SEK_OK);
}

static enum sek_err
no_slot(struct sek_change_work *c, const struct sek_reserve_out *slot)
{

	if (slot->verdict == SEK_SLOT_BUSY)
		sek_change_tell(c, N_("Another login for this name is under "
		    "way. Please try again."));
	else
		sek_admission_tell_locked(c->pamh, c->ctx->settings,
		    c->who.tty, &slot->lock);
	return (sek_change_refuse(c, SEK_ERR_FORBIDDEN, sek_entry_slot(
	    (enum sek_slot)slot->verdict, slot->caller_locked != 0), ""));
}

/* The present password: asked first, then a slot, then the backend. */
static enum sek_err
prove(struct sek_change_work *c)
{
	struct sek_reserve_out slot;
	enum prelim said = PRELIM_TROUBLE;
	enum sek_err err, settled;

	if ((err = ask_present(c)) != SEK_OK)
		return (err);
	sek_slot_delay(c->pamh, c->ctx->settings);
	if ((err = sek_slot_take(&slot, c->ctx->store, &c->who, &c->limits,
	    &c->caller_limits, BOUND)) != SEK_OK)
		return (sek_change_trouble(c, err));
	if (slot.verdict != SEK_SLOT_GRANTED)
		return (no_slot(c, &slot));
	err = ask_backend(&said, c);
	settled = settle(c, slot.slot, &said);
	if (err == SEK_OK)
		err = settled;
	return (err != SEK_OK ? sek_change_trouble(c, err) :
	    verdict(c, said));
}

/* Nothing is proved by root; may the backend do it? */
static enum sek_err
try_backend(struct sek_change_work *c)
{
	enum prelim said;
	enum sek_err err;

	if ((err = ask_backend(&said, c)) != SEK_OK)
		return (sek_change_trouble(c, err));
	return (verdict(c, said));
}

enum sek_err
sek_change_prelim(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_pam_options *options, int flags, struct sek_why *why)
{
	struct sek_change_work *c = NULL;
	enum sek_err err;

	memset(&ctx->changing, 0, sizeof ctx->changing);
	if ((err = sek_change_open(&c, ctx, pamh, options, flags, why)) ==
	    SEK_OK &&
	    (err = c->by_root ? try_backend(c) : prove(c)) == SEK_OK) {
		ctx->changing.ready = sek_context_is_ours(ctx);
		ctx->changing.by_root = c->by_root;
		ctx->changing.uid = c->who.uid;
	}
	if (err != SEK_OK)
		(void)pam_set_item(pamh, PAM_OLDAUTHTOK, NULL);
	sek_change_free(&c);
	return (err);
}

/* -------------------------------------------------------------- update -- */

/*
 * Did it take the new one, whatever it answered? What it keeps decides where
 * that shows: a backend may fail behind the instant at which it wrote, and
 * another may have written since.
 */
static enum sek_err
took(uint32_t *kept, const struct sek_shadow *before,
    const struct sek_shadow *after, const struct sek_secret *new, int code)
{
	struct sek_password_entry entry;
	size_t at = 1;
	enum sek_err err;

	*kept = code == PAM_SUCCESS ? SEK_KEPT_PRESENT : SEK_KEPT_NOT;
	if (!after->shown || memcmp(before->mark, after->mark,
	    SEK_PASSWORD_MARK_HASH) == 0)
		return (SEK_OK);
	memset(&entry, 0, sizeof entry);
	memcpy(entry.hash, after->hash, sizeof entry.hash);
	err = sek_shadow_match(&at, &entry, 1, sek_secret_text(new));
	sek_wipe(&entry, sizeof entry);
	if (err == SEK_OK && at == 0)
		*kept = SEK_KEPT_PRESENT;
	else if (err == SEK_OK && code == PAM_SUCCESS)
		*kept = SEK_KEPT_PAST;
	return (err);
}

static void
describe(char *dst, size_t size, const struct sek_change_work *c)
{
	char until[40];

	dst[0] = '\0';
	if (c->temporary_until == 0)
		return;
	sek_clock_print(until, sizeof until, c->temporary_until,
	    c->ctx->settings->terminal.timezone);
	(void)sek_text_format(dst, size, "temporary, until %s", until);
}

/* What the store knows, then what the backend keeps: whoever writes between
 * the two ends his change behind us. */
static enum sek_err
look_again(struct sek_password_end *in, struct sek_change_work *c,
    const struct sek_secret *new, int code)
{
	struct sek_password_of of;
	struct sek_shadow after;
	enum sek_err err;

	memset(&of, 0, sizeof of);
	memset(&after, 0, sizeof after);
	in->kept = code == PAM_SUCCESS ? SEK_KEPT_PRESENT : SEK_KEPT_NOT;
	of.who = c->who;
	if ((err = sek_store_password_of(c->ctx->store, &of, &c->known)) !=
	    SEK_OK)
		return (err);
	in->guarded = 1;
	memcpy(in->known, c->known.password.mark, sizeof in->known);
	/* What cannot be looked at shows nothing. */
	if (sek_shadow_get(&after, c->who.name) != SEK_OK)
		memset(&after, 0, sizeof after);
	memcpy(in->mark, after.mark, sizeof in->mark);
	err = took(&in->kept, &c->shadow, &after, new, code);
	sek_wipe(&after, sizeof after);
	return (err);
}

/* After the backend: confirm the entry, or take it back. */
static enum sek_err
end(struct sek_change_work *c, int64_t at, const struct sek_secret *new, int code)
{
	struct sek_password_end in;
	char detail[SEK_REASON_MAX];
	enum sek_err err = SEK_ERR_EXISTS;
	int i;

	memset(&in, 0, sizeof in);
	describe(detail, sizeof detail, c);
	in.who = c->who;
	in.at = at;
	in.keep = c->rules.history;
	in.temporary_until = c->temporary_until;
	/* Each time another was changed meanwhile, which ended. */
	for (i = 0; i < LOOKS && err == SEK_ERR_EXISTS; i++) {
		if ((err = look_again(&in, c, new, code)) != SEK_OK)
			break;
		sek_change_record(&in.record, c, in.kept != SEK_KEPT_NOT ?
		    SEK_RESULT_OK : SEK_RESULT_ERROR, in.kept != SEK_KEPT_NOT ?
		    SEK_REASON_NONE : SEK_REASON_BACKEND, detail);
		err = sek_store_password_end(c->ctx->store, &in);
	}
	if (err != SEK_OK)
		sek_pam_log(c->pamh, LOG_ALERT, "a change of %s's password "
		    "(%s) is not recorded; the entry waits for the next look: "
		    "%s: %s", c->who.name, in.kept != SEK_KEPT_NOT ? "done" :
		    "failed", sek_err_name(err),
		    sek_store_why(c->ctx->store));
	if (in.kept == SEK_KEPT_NOT)
		return (SEK_ERR_BACKEND);
	/* It is done, and cannot be undone; but a temporary one must not
	 * become a lasting one by this, nor be told where it opens nothing. */
	if (c->temporary_until == 0)
		return (SEK_OK);
	return (err == SEK_OK && in.kept == SEK_KEPT_PAST ? SEK_ERR_BACKEND :
	    err);
}

static enum sek_err
failed(struct sek_change_work *c, int code)
{

	(void)sek_why(c->why, SEK_ERR_BACKEND, "backend %s did not take the "
	    "new password of %s (%d)", c->options->backend, c->who.name,
	    code);
	sek_change_tell_contact(c, N_("The password could not be changed. The "
	    "present one still holds."));
	return (code == PAM_AUTHTOK_ERR ? SEK_ERR_FORBIDDEN :
	    SEK_ERR_BACKEND);
}

static enum sek_err
give(struct sek_change_work *c, int64_t at, const struct sek_secret *new)
{
	struct sek_notes notes = { .n = 0 };
	enum sek_err err, ended;
	int code = PAM_SYSTEM_ERR;

	err = sek_pam_set_password(c->pamh, new);
	if (err == SEK_OK)
		err = sek_pam_backend_call(&code, c->pamh, c->options,
		    SEK_BACKEND_UPDATE, c->flags, &notes, c->why);
	ended = end(c, at, new, err == SEK_OK ? code : PAM_SYSTEM_ERR);
	if (ended == SEK_OK)
		return (SEK_OK);
	if (ended != SEK_ERR_BACKEND)
		return (sek_change_trouble(c, ended));
	tell_errors(c, &notes);
	return (err != SEK_OK ? sek_change_trouble(c, err) :
	    failed(c, code));
}

/* An entry of the history first, durable; then the backend. */
static enum sek_err
set(struct sek_change_work *c, const struct sek_secret *new)
{
	struct sek_password_begin in;
	struct sek_password_begin_out out;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	in.who = c->who;
	/* Not what was there when he was asked for the new one: that may be
	 * long ago, and by it a killed change would pass for a done one. */
	if ((err = sek_process_get(&in.owner, 0)) == SEK_OK &&
	    (err = sek_shadow_hash(in.hash, sek_secret_text(new))) == SEK_OK &&
	    (err = sek_shadow_get(&c->shadow, c->who.name)) == SEK_OK) {
		memcpy(in.mark, c->shadow.mark, sizeof in.mark);
		err = sek_store_password_begin(c->ctx->store, &in, &out);
	}
	sek_wipe(&in, sizeof in);
	return (err != SEK_OK ? sek_change_trouble(c, err) :
	    give(c, out.at, new));
}

/* Only what PRELIM was content with, in this process, for this account. */
static enum sek_err
is_ready(const struct sek_change_work *c)
{
	const struct sek_change_begun *p = &c->ctx->changing;

	if (p->ready && sek_context_is_ours(c->ctx) &&
	    p->uid == c->who.uid && p->by_root == c->by_root)
		return (SEK_OK);
	return (sek_why(c->why, SEK_ERR_FORBIDDEN, "a password is updated "
	    "that was not checked before"));
}

enum sek_err
sek_change_update(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_pam_options *options, int flags, struct sek_why *why)
{
	struct sek_secret new = SEK_SECRET_NONE;
	struct sek_change_work *c = NULL;
	enum sek_err err;

	if ((err = sek_change_open(&c, ctx, pamh, options, flags, why)) ==
	    SEK_OK && (err = is_ready(c)) == SEK_OK &&
	    (err = sek_change_new(&new, c)) == SEK_OK)
		err = set(c, &new);
	memset(&ctx->changing, 0, sizeof ctx->changing);
	if (err == SEK_OK && c->admitted &&
	    ((unsigned)flags & PAM_SILENT) == 0)
		sek_pam_tell(pamh, PAM_TEXT_INFO, sek_message(c->language,
		    N_("The password was changed.")));
	if (err != SEK_OK)
		(void)pam_set_item(pamh, PAM_AUTHTOK, NULL);
	sek_secret_free(&new);
	sek_change_free(&c);
	return (err);
}
