/*
 * glass_in.c - what was opened without the store, told to it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: an envelope is called told only when the store has it; killed between,
 * it is told again, which changes nothing.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/envelope.h"
#include "sekisho/edge/pam.h"
#include "sekisho/flow/glass_in.h"

/* Another who opened it just now tells the store himself, a moment later; by
 * him it is not recorded as opened without. */
#define OWN_TIME	(10 * SEK_SECOND)

struct taking {
	struct sek_store		*st;
	const char			*dir;
	const struct sek_settings	*s;
	bool				 all;
	struct sek_moment		 now;
	unsigned			 told;
	struct sek_break_glass		 in;
	struct sek_why			*why;
	enum sek_err			 err;	/* the first */
};

static void
fill(struct sek_break_glass *in, const struct sek_envelope *e,
    const struct sek_settings *s)
{

	memset(in, 0, sizeof *in);
	(void)sek_text_copy(in->who.name, sizeof in->who.name, e->account);
	memcpy(in->who.service, e->service, sizeof in->who.service);
	memcpy(in->who.tty, e->tty, sizeof in->who.tty);
	memcpy(in->who.rhost, e->rhost, sizeof in->who.rhost);
	in->who.uid = e->uid;
	in->who.known = 1;
	(void)sek_text_copy(in->envelope, sizeof in->envelope, e->id);
	in->at = e->at;
	in->not_after = e->at.wall + s->breakglass.session * SEK_SECOND;
	in->report_at = e->at.wall + s->breakglass.report_due * SEK_SECOND;
	in->gate = e->gate;
	in->parent = e->parent;
	in->audit_session = UINT32_MAX;
	in->degraded = 1;
	in->vague = e->cause[0] != '\0';
}

static bool
is_under_way(const struct taking *t, const struct sek_envelope *e)
{

	return (e->gate.pid != getpid() &&
	    sek_clock_age(&e->at, &t->now) < OWN_TIME &&
	    sek_process_alive(&e->gate));
}

static enum sek_err
take_one(void *arg, const struct sek_envelope *e)
{
	struct taking *t = arg;
	struct sek_admit_out out;
	struct sek_why why = { "" };
	enum sek_err err;

	if (e->state != SEK_ENVELOPE_SPENT &&
	    (e->state != SEK_ENVELOPE_TOLD || !t->all))
		return (SEK_OK);
	if (is_under_way(t, e))
		return (SEK_OK);
	fill(&t->in, e, t->s);
	if ((err = sek_store_break_glass(t->st, &t->in, &out)) != SEK_OK)
		(void)sek_why(&why, err, "%s", sek_store_why(t->st));
	else if (e->state == SEK_ENVELOPE_SPENT &&
	    (err = sek_envelope_told(t->dir, e->id, &why)) == SEK_OK)
		t->told++;
	if (err != SEK_OK && t->err == SEK_OK) {
		t->err = err;
		(void)sek_why(t->why, err, "envelope %s: %s", e->id,
		    why.text);
	}
	return (SEK_OK);
}

enum sek_err
sek_glass_take_in(struct sek_store *st, const char *dir,
    const struct sek_settings *s, bool all, unsigned *told,
    struct sek_why *why)
{
	struct taking *t = calloc(1, sizeof *t);
	struct sek_why odd = { "" };
	enum sek_err err;

	if (told != NULL)
		*told = 0;
	if (t == NULL)
		return (SEK_ERR_NOMEM);
	t->st = st;
	t->dir = dir;
	t->s = s;
	t->all = all;
	t->why = why;
	/* What lies there wrongly is told by who lists them. */
	if ((err = sek_clock_now(&t->now)) != SEK_OK ||
	    (err = sek_envelope_list(dir, take_one, t, &odd)) != SEK_OK)
		(void)sek_why(why, err, "%s", odd.text);
	else
		err = t->err;
	if (told != NULL)
		*told = t->told;
	free(t);
	return (err);
}

void
sek_glass_take_in_at_gate(struct sek_context *ctx, pam_handle_t *pamh)
{
	struct sek_why why = { "" };
	unsigned told = 0;

	if (ctx->round.who.caller != 0 || getuid() != 0 || geteuid() != 0 ||
	    !sek_envelope_waits(NULL))
		return;
	if (sek_glass_take_in(ctx->store, NULL, ctx->settings, false, &told,
	    &why) != SEK_OK)
		sek_pam_log(pamh, LOG_ALERT, "an opened envelope could not be "
		    "told to the store: %s", why.text);
	if (told > 0)
		sek_pam_log(pamh, LOG_ALERT, "%u envelopes that were opened "
		    "without the store are recorded now; a report of each is "
		    "due: sekisho approvals", told);
}
