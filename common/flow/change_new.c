/*
 * change_new.c - a new password: asked for, judged, never used before
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clauses 6(4)②ウ to カ. MUST: no page of the history that cannot be read is
 * taken for an empty one.
 */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/change.h"

#define TURNS	3

/* ------------------------------------------------------------- judging -- */

/* Libraries and lists that are not as they should be are nothing that another
 * password would mend. */
static enum sek_err
quality(struct sek_quality_out *out, struct sek_change_work *c,
    const struct sek_secret *new)
{
	struct sek_secret present = SEK_SECRET_NONE;
	struct sek_quality_in in;
	char gecos[SEK_NAME_MAX];
	const char *old = sek_pam_item(c->pamh, PAM_OLDAUTHTOK);
	enum sek_err err;

	memset(&in, 0, sizeof in);
	if ((err = sek_account_gecos(gecos, sizeof gecos, c->who.name)) !=
	    SEK_OK)
		return (err);
	if (!c->by_root && *old != '\0' &&
	    (err = sek_secret_string(&present, old)) != SEK_OK)
		return (err);
	in.password = new;
	in.present = present.data != NULL ? &present : NULL;
	in.limits = &c->rules;
	in.settings = c->ctx->settings;
	in.account = c->who.name;
	in.gecos = gecos;
	in.person = c->known.person;
	in.name = c->known.name;
	in.section = c->known.section;
	err = sek_quality_judge(out, &in, c->why);
	sek_secret_free(&present);
	return (err == SEK_ERR_SYNTAX || err == SEK_ERR_RANGE ||
	    err == SEK_ERR_NOT_FOUND ? SEK_ERR_SETTINGS : err);
}

/* Of these entries, which is it of? n: none. */
static enum sek_err
match(size_t *at, const struct sek_password_entry *entry, size_t n,
    const struct sek_secret *new)
{

	*at = n;
	return (n == 0 ? SEK_OK : sek_shadow_match(at, entry, n,
	    sek_secret_text(new)));
}

/* Those of a page that count: the newest, as many as policy says, and what was
 * known to others, however old. */
static size_t
take_page(struct sek_password_entry *out,
    const struct sek_password_history_out *page, int64_t *left)
{
	size_t i, n = 0;

	for (i = 0; i < page->n && i < SEK_PASSWORD_PAGE; i++) {
		if (page->entry[i].barred == 0 && *left <= 0)
			continue;
		if (page->entry[i].barred == 0 &&
		    *left != SEK_HISTORY_FOREVER)
			(*left)--;
		out[n++] = page->entry[i];
	}
	return (n);
}

static enum sek_err
was_his(enum sek_unfit *unfit, struct sek_change_work *c,
    const struct sek_secret *new)
{
	struct sek_password_history in;
	struct sek_password_history_out *page = calloc(1, sizeof *page);
	struct sek_password_entry *entry = calloc(SEK_PASSWORD_PAGE,
	    sizeof *entry);
	int64_t left = c->rules.history;
	enum sek_err err = SEK_ERR_NOMEM;
	size_t n, at;

	memset(&in, 0, sizeof in);
	in.who = c->who;
	while (page != NULL && entry != NULL) {
		if ((err = sek_store_password_history(c->ctx->store, &in,
		    page)) != SEK_OK)
			break;
		n = take_page(entry, page, &left);
		if ((err = match(&at, entry, n, new)) != SEK_OK)
			break;
		if (at < n)
			*unfit = entry[at].barred != 0 ? SEK_UNFIT_BARRED :
			    SEK_UNFIT_REUSED;
		if (at < n || page->more == 0 || page->n == 0 ||
		    page->n > SEK_PASSWORD_PAGE)
			break;
		in.before = page->entry[page->n - 1].at;
	}
	if (page != NULL)
		sek_wipe(page, sizeof *page);
	if (entry != NULL)
		sek_wipe(entry, SEK_PASSWORD_PAGE * sizeof *entry);
	free(page);
	free(entry);
	return (err);
}

/* 6(4)②カ: not the one of his other accounts. */
static enum sek_err
is_a_twins(enum sek_unfit *unfit, const struct sek_change_work *c,
    const struct sek_secret *new)
{
	size_t at, n = c->known.ntwins;
	enum sek_err err;

	if (n > SEK_PASSWORD_TWINS)
		n = SEK_PASSWORD_TWINS;
	if ((err = match(&at, c->known.twin, n, new)) == SEK_OK && at < n)
		*unfit = SEK_UNFIT_OTHER;
	return (err);
}

static enum sek_err
judge(struct sek_quality_out *out, struct sek_change_work *c,
    const struct sek_secret *new)
{
	enum sek_err err;

	memset(out, 0, sizeof *out);
	if (new->len == 0) {
		out->unfit = SEK_UNFIT_EMPTY;
		return (SEK_OK);
	}
	/* Root's tool made it by chance. */
	if (c->temporary_until == 0 &&
	    ((err = quality(out, c, new)) != SEK_OK || out->unfit != SEK_FIT))
		return (err);
	if (!c->by_root && strcmp(sek_pam_item(c->pamh, PAM_OLDAUTHTOK),
	    sek_secret_text(new)) == 0)
		out->unfit = SEK_UNFIT_REUSED;
	if (out->unfit == SEK_FIT &&
	    (err = was_his(&out->unfit, c, new)) != SEK_OK)
		return (err);
	return (SEK_OK);
}

/* EXISTS: told and recorded why not. */
static enum sek_err
refuse_unfit(struct sek_change_work *c, const struct sek_quality_out *q)
{

	sek_change_tell_unfit(c, q);
	return (sek_change_refuse(c, SEK_ERR_EXISTS, SEK_REASON_UNFIT,
	    sek_unfit_name(q->unfit)));
}

/* SEK_OK: it is fit; EXISTS: told and recorded why not; trouble. */
static enum sek_err
is_fit(struct sek_change_work *c, const struct sek_secret *new)
{
	struct sek_quality_out q;
	enum sek_err err;

	if ((err = judge(&q, c, new)) != SEK_OK)
		return (sek_change_trouble(c, err));
	if (q.unfit == SEK_FIT)
		return (SEK_OK);
	err = refuse_unfit(c, &q);
	sek_wipe(&q, sizeof q);
	return (err);
}

/*
 * The last question of all, behind which it is set: who has the one account
 * could else guess the password of the other here, as often as he likes and
 * past its lock. So each guess that is wrong becomes his own, once in min_age.
 */
static enum sek_err
is_its_own(struct sek_change_work *c, const struct sek_secret *new)
{
	struct sek_quality_out q;
	enum sek_err err;

	memset(&q, 0, sizeof q);
	if ((err = is_a_twins(&q.unfit, c, new)) != SEK_OK)
		return (sek_change_trouble(c, err));
	return (q.unfit == SEK_FIT ? SEK_OK : refuse_unfit(c, &q));
}

/* -------------------------------------------------------------- asking -- */

static enum sek_err
ask(struct sek_secret *out, const struct sek_change_work *c, const char *prompt)
{

	return (sek_pam_ask(c->pamh, sek_message(c->language, prompt), out));
}

static enum sek_err
ask_again(struct sek_change_work *c, const struct sek_secret *new)
{
	struct sek_secret again = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = ask(&again, c, N_("Retype new password: "))) != SEK_OK)
		return (err);
	if (!sek_secret_equal(&again, new)) {
		sek_change_tell(c, N_("The two new passwords are not the "
		    "same."));
		err = SEK_ERR_EXISTS;
	}
	sek_secret_free(&again);
	return (err);
}

static void
tell_rules(const struct sek_change_work *c)
{
	char text[512], number[24];

	if (((unsigned)c->flags & PAM_SILENT) != 0 || c->temporary_until != 0)
		return;
	(void)sek_text_format(number, sizeof number, "%" PRId64,
	    c->rules.min_length);
	(void)sek_text_format(text, sizeof text, sek_message(c->language,
	    N_("The new password needs at least %s characters. Several words "
	    "that only you would put together are easy to remember.")),
	    number);
	sek_pam_tell(c->pamh, PAM_TEXT_INFO, text);
}

/*
 * A turn. EXISTS: another may follow. *enough: none does: nothing was typed, or
 * the very same once more, as programs answer.
 */
static enum sek_err
turn(struct sek_secret *out, struct sek_change_work *c, struct sek_secret *last,
    bool *enough)
{
	struct sek_secret new = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = ask(&new, c, N_("New password: "))) != SEK_OK)
		return (err);
	*enough = new.len == 0 || sek_secret_equal(&new, last);
	if (*enough && last->data != NULL)
		err = SEK_ERR_EXISTS;
	else if ((err = is_fit(c, &new)) == SEK_OK) {
		if ((err = ask_again(c, &new)) != SEK_OK)
			/* As good as it was: he may type it once more. */
			sek_secret_free(&new);
		else if ((err = is_its_own(c, &new)) == SEK_OK) {
			*out = new;
			return (SEK_OK);
		}
	}
	sek_secret_free(last);
	*last = new;
	return (err);
}

/* The one that a module before us asked for, in UPDATE. */
static enum sek_err
take_given(struct sek_secret *out, struct sek_change_work *c, bool *given)
{
	const char *token = sek_pam_item(c->pamh, PAM_AUTHTOK);
	enum sek_err err;

	if (!(*given = *token != '\0'))
		return (SEK_ERR_EXISTS);
	if (strnlen(token, SEK_SECRET_MAX + 1) > SEK_SECRET_MAX)
		err = SEK_ERR_EXISTS;
	else if ((err = sek_secret_string(out, token)) == SEK_OK &&
	    (err = is_fit(c, out)) == SEK_OK)
		err = is_its_own(c, out);
	if (err != SEK_OK) {
		sek_secret_free(out);
		/* Nobody behind us takes what was refused. */
		(void)pam_set_item(c->pamh, PAM_AUTHTOK, NULL);
	}
	return (err);
}

/* Does the line say that a module before us asks (libpam's own word)? */
static bool
use_authtok(const struct sek_change_work *c)
{
	int i;

	for (i = 0; i < c->options->backend_argc; i++)
		if (strcmp(c->options->backend_argv[i], "use_authtok") == 0)
			return (true);
	return (false);
}

enum sek_err
sek_change_new(struct sek_secret *out, struct sek_change_work *c)
{
	struct sek_secret last = SEK_SECRET_NONE;
	bool given, enough = false;
	enum sek_err err;
	int i;

	err = take_given(out, c, &given);
	if (err == SEK_ERR_EXISTS && use_authtok(c))
		return (given ? err : sek_why(c->why, err, "use_authtok: no "
		    "module before this one asked for a new password"));
	if (err != SEK_ERR_EXISTS)
		return (err);
	tell_rules(c);
	for (i = 0; i < TURNS && err == SEK_ERR_EXISTS && !enough; i++)
		err = turn(out, c, &last, &enough);
	if (err == SEK_ERR_EXISTS)
		sek_change_tell(c, N_("The password was not changed."));
	sek_secret_free(&last);
	return (err);
}
