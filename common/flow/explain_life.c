/*
 * explain_life.c - what is told of a password's and an account's life, beside
 * the steps that refuse
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/flow/explain.h"
#include "sekisho/rule/password.h"

/* A change that is due refuses nothing: the login asks for it. */
static void
password(struct sek_explain *x, const struct sek_settings *s)
{
	const struct sek_password *p = &x->prospect->password;
	struct sek_password_limits limits;
	struct sek_finding *f = NULL;
	enum sek_due due;
	int64_t ends;

	sek_settings_password(&limits, s, x->who.privileged != 0);
	due = sek_password_due(p, &limits, x->prospect->at);
	ends = sek_password_ends(p, &limits);
	if (due == SEK_DUE_OVER)
		return;			/* a step refuses it */
	if (due != SEK_DUE_NOT) {
		f = sek_explain_add(x, SEK_EXPLAIN_PASSWORD,
		    SEK_WORD_CHANGE_DUE, SEK_REASON_NONE, false);
		ends = due == SEK_DUE_TEMPORARY ? p->temporary_until : 0;
	} else if (ends != SEK_SPAN_NEVER && ends - x->prospect->at <=
	    SEK_PASSWORD_WARN * SEK_DAY)
		f = sek_explain_add(x, SEK_EXPLAIN_PASSWORD,
		    SEK_WORD_PASSWORD_ENDING, SEK_REASON_NONE, false);
	if (f == NULL)
		return;
	f->until = ends;
	(void)sek_text_copy(f->detail, sizeof f->detail, sek_due_name(due));
	f->key = due == SEK_DUE_USES ? "password.max_uses" :
	    due != SEK_DUE_NOT && due != SEK_DUE_AGE ? NULL :
	    x->who.privileged ? "password.privileged_max_age" :
	    "password.max_age";
}

/* Told where it is not refused: by account.dormant = warn. root's is his whom
 * nobody else lets in. */
static void
dormancy(struct sek_explain *x, const struct sek_settings *s)
{
	const struct sek_lookup_out *l = &x->prospect->found;
	struct sek_finding *f;
	int64_t at;

	if (l->account.uid == 0 || x->who.uid == 0 ||
	    l->account.state != SEK_ACCOUNT_ACTIVE ||
	    s->account.dormant != SEK_DORMANT_WARN)
		return;
	at = sek_account_dormant_at(&l->account, l->woken,
	    s->account.dormant_after);
	if (at == SEK_SPAN_NEVER || at > x->prospect->at)
		return;
	f = sek_explain_add(x, SEK_EXPLAIN_STATE, SEK_WORD_DORMANT,
	    SEK_REASON_NONE, false);
	if (f == NULL)
		return;
	f->since = at;
	f->key = "account.dormant_after";
}

void
sek_explain_life(struct sek_explain *x, const struct sek_settings *s)
{
	if (x->prospect == NULL)
		return;
	if (x->prospect->has_password)
		password(x, s);
	dormancy(x, s);
}
