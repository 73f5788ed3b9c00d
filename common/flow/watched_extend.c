/*
 * watched_extend.c - a later end for a privileged session, by another grant
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the grant is used before the guard is told; what cannot be told to it
 * is trouble, and the session ends when it would have.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/context.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/privilege.h"
#include "sekisho/flow/watched.h"

struct work {
	const struct sek_extend	*in;
	struct sek_settings	*settings;
	struct sek_store	*st;
	struct sek_extended	*out;
	struct sek_guard	 g;
	struct sek_guard_state	 s;
	struct sek_privilege	 ask;
	struct sek_privilege_out may;
	struct sek_moment	 now;
};

static void
take_text(char *dst, size_t size, const char *text)
{

	if (text == NULL || sek_text_copy(dst, size, text) != SEK_OK)
		dst[0] = '\0';
}

/* As it is now; not his is not there. */
static enum sek_err
find(struct work *w, struct sek_why *why)
{
	enum sek_err err;

	if ((err = sek_guard_read(&w->g, w->in->id, why)) != SEK_OK)
		return (err);
	if (!sek_watched_is_of(&w->g, w->in->uid))
		return (SEK_ERR_NOT_FOUND);
	if ((err = sek_guard_state_read(&w->s, w->in->id)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	memcpy(w->out->account, w->g.account, sizeof(w->out->account));
	memcpy(w->out->subject, w->g.subject, sizeof(w->out->subject));
	w->out->was = w->out->ends = w->g.deadline;
	if (w->g.envelope[0] != '\0')
		w->out->no = SEK_EXTEND_GLASS;
	else if (w->g.deadline == 0)
		w->out->no = SEK_EXTEND_ENDLESS;
	else if (w->s.ending || w->g.order == SEK_GUARD_END ||
	    (w->g.order == SEK_GUARD_WATCH &&
	    w->g.order_reason != SEK_REASON_NONE) ||
	    w->g.deadline <= w->now.boot)
		w->out->no = SEK_EXTEND_ENDING;
	return (SEK_OK);
}

/* Whom the store is asked about: as its beginning was. */
static enum sek_err
fill(struct work *w, struct sek_why *why)
{
	struct sek_privilege *p = &w->ask;
	struct sek_passwd pw;
	enum sek_err err;

	memset(p, 0, sizeof(*p));
	if ((err = sek_facts_account(&p->who, w->settings, w->g.account)) !=
	    SEK_OK)
		return (err);
	if (!p->who.known || p->who.uid != w->g.uid)
		return (sek_why(why, SEK_ERR_FORBIDDEN, "%s is not whom this "
		    "session was opened for", w->g.account));
	memcpy(p->who.service, w->g.service, sizeof(p->who.service));
	memcpy(p->who.tty, w->g.tty, sizeof(p->who.tty));
	memcpy(p->who.rhost, w->g.rhost, sizeof(p->who.rhost));
	memcpy(p->subject, w->g.subject, sizeof(p->subject));
	p->subject_uid = w->g.subject_uid;
	if (p->subject[0] != '\0') {
		if ((err = sek_account_find(&pw, p->subject)) != SEK_OK)
			return (err);
		if (!pw.known || pw.uid != p->subject_uid)
			return (sek_why(why, SEK_ERR_FORBIDDEN, "%s is not who "
			    "opened this session", p->subject));
		if ((err = sek_privilege_listed(&p->listed, w->settings,
		    &pw)) != SEK_OK)
			return (err);
	}
	take_text(p->id, sizeof(p->id), w->in->proof);
	take_text(p->witness, sizeof(p->witness), w->in->witness);
	take_text(p->only, sizeof(p->only), w->in->grant);
	memcpy(p->instead_of, w->g.grant, sizeof(p->instead_of));
	sek_settings_for(w->settings, p->subject);
	sek_privilege_policy(&p->policy, w->settings);
	sek_settings_for(w->settings, NULL);
	/* Without one nothing lasts longer than it was let at first. */
	p->policy.require_grant = true;
	return (sek_process_get(&p->taker, 0));
}

/* May it, and until when? */
static enum sek_err
judge(struct work *w, bool use, struct sek_why *why)
{
	enum sek_err err;

	w->ask.use = use;
	memset(&w->may, 0, sizeof(w->may));
	if ((err = sek_store_privilege(w->st, &w->ask, &w->may)) != SEK_OK)
		return (sek_why(why, err, "%s", sek_store_why(w->st)));
	w->out->reason = (enum sek_reason)w->may.reason;
	if (w->out->reason != SEK_REASON_NONE) {
		w->out->no = SEK_EXTEND_REFUSED;
		return (SEK_OK);
	}
	memcpy(w->out->grant, w->may.grant, sizeof(w->out->grant));
	w->out->ends = w->now.boot + w->may.lasts;
	if (w->out->ends > w->g.ceiling)
		w->out->ends = w->g.ceiling;
	if (w->out->ends <= w->out->was)
		w->out->no = SEK_EXTEND_NO_GAIN;
	return (SEK_OK);
}

/* The file as it is at this moment: another order may have come. */
static enum sek_err
tell_guard(struct work *w, struct sek_why *why)
{
	struct sek_guard *g = calloc(1, sizeof(*g));
	enum sek_err err = SEK_ERR_NOMEM;

	if (g == NULL || (err = sek_guard_read(g, w->in->id, why)) != SEK_OK)
		goto out;
	g->deadline = w->out->ends;
	memcpy(g->grant, w->out->grant, sizeof(g->grant));
	err = sek_guard_write(g, why);
out:
	free(g);
	return (err);
}

static enum sek_err
record(const struct work *w, enum sek_err told, struct sek_why *why)
{
	struct sek_record r = *w->in->actor;
	char was[32], ends[32];
	enum sek_err err;

	r.event = SEK_EVENT_SESSION_EXTENDED;
	r.result = told == SEK_OK ? SEK_RESULT_OK : SEK_RESULT_ERROR;
	r.reason = SEK_REASON_NONE;
	r.count = 1;
	memcpy(r.service, w->g.service, sizeof(r.service));
	memcpy(r.tty, w->g.tty, sizeof(r.tty));
	memcpy(r.rhost, w->g.rhost, sizeof(r.rhost));
	memcpy(r.target, w->g.account, sizeof(r.target));
	memcpy(r.ref, w->out->grant, sizeof(r.ref));
	sek_clock_print_short(was, sizeof(was), w->now.wall +
	    (w->out->was - w->now.boot), w->settings->terminal.timezone);
	sek_clock_print_short(ends, sizeof(ends), w->now.wall +
	    (w->out->ends - w->now.boot), w->settings->terminal.timezone);
	(void)sek_text_format(r.detail, sizeof(r.detail),
	    "session %s: ends %s, not %s", w->g.session, ends, was);
	if ((err = sek_store_append(w->st, &r)) != SEK_OK)
		return (sek_why(why, err, "%s", sek_store_why(w->st)));
	return (SEK_OK);
}

static enum sek_err
extend(struct work *w, bool try, struct sek_why *why)
{
	enum sek_err err, recorded;

	if ((err = sek_clock_now(&w->now)) != SEK_OK ||
	    (err = find(w, why)) != SEK_OK || w->out->no != SEK_EXTEND_YES ||
	    (err = fill(w, why)) != SEK_OK)
		return (err);
	/* Nothing is used of a grant that gives nothing. */
	if ((err = judge(w, false, why)) != SEK_OK || try ||
	    w->out->no != SEK_EXTEND_YES ||
	    (err = judge(w, true, why)) != SEK_OK ||
	    w->out->no != SEK_EXTEND_YES)
		return (err);
	err = tell_guard(w, why);
	recorded = record(w, err, why);
	return (err != SEK_OK ? err : recorded);
}

enum sek_err
sek_watched_extend(struct sek_extended *out, const struct sek_extend *in,
    struct sek_settings *settings, struct sek_store *st, bool try,
    struct sek_why *why)
{
	struct work *w;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (SEK_ERR_NOMEM);
	w->in = in;
	w->settings = settings;
	w->st = st;
	w->out = out;
	err = extend(w, try, why);
	free(w);
	return (err);
}

const char *
sek_watched_no(const struct sek_extended *out)
{

	switch (out->no) {
	case SEK_EXTEND_ENDLESS:
		return (N_("This session has no end: there is nothing to "
		    "extend."));
	case SEK_EXTEND_GLASS:
		return (N_("This session was opened by an envelope "
		    "(break-glass): its end stays where it is."));
	case SEK_EXTEND_ENDING:
		return (N_("This session is ending already."));
	case SEK_EXTEND_NO_GAIN:
		return (N_("By that grant the session would end no later than "
		    "it does."));
	default:
		break;
	}
	switch (out->reason) {
	case SEK_REASON_NO_GRANT:
		return (N_("A session is extended by another grant that is in "
		    "force. Please ask for one: sekisho grant request"));
	case SEK_REASON_NO_WITNESS:
		return (N_("A second person has to prove himself for this: "
		    "--witness USER, as yourself and not as root."));
	case SEK_REASON_HOURS:
		return (N_("Privileged work is not open at this hour."));
	case SEK_REASON_NOT_LISTED:
		return (N_("Who opened this session is not among those who "
		    "use privileged IDs any more."));
	case SEK_REASON_CONTRACTOR:
		return (N_("Contractors may not do this here."));
	default:
		return (N_("This session may not be extended."));
	}
}
