/*
 * approve.c - sekisho approve, refuse, revoke, exception review and close, grant
 * close
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: who proves has seen on his terminal what he puts his name to, as the
 * store holds it at that moment.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/grant_end.h"
#include "sekisho/model/grant.h"
#include "util_approval.h"
#include "util_helper.h"
#include "verb.h"

struct decision {
	struct tool		*t;
	struct sek_helper_decide in;
	struct tool_approval	 out;
	unsigned		 seen;		/* data that came */
};

/* What fits the state it is in. */
static enum sek_approval_act
fit_approve(const struct tool_approval *a)
{

	/* A ticket may be used up by then. */
	return ((a->overdue & SEK_OVERDUE_UNPROVEN) != 0 ? SEK_ACT_CONFIRM :
	    SEK_ACT_GIVE);
}

static enum sek_approval_act
fit_refuse(const struct tool_approval *a)
{

	(void)a;
	return (SEK_ACT_REFUSE);
}

static enum sek_approval_act
fit_revoke(const struct tool_approval *a)
{

	return (a->a.state == SEK_APPROVAL_ASKED ? SEK_ACT_WITHDRAW :
	    SEK_ACT_REVOKE);
}

static enum sek_approval_act
fit_review(const struct tool_approval *a)
{

	if ((a->overdue & SEK_OVERDUE_UNAVOIDABLE) != 0)
		return (SEK_ACT_REVIEW);
	return ((a->overdue & SEK_OVERDUE_UNPROVEN) != 0 ? SEK_ACT_CONFIRM :
	    SEK_ACT_KEEP);
}

static enum sek_approval_act
fit_close(const struct tool_approval *a)
{

	(void)a;
	return (SEK_ACT_CLOSE);
}

/* Read before the proof, behind "What your proof is for". */
static const char *const purposes[SEK_ACTS] = {
	[SEK_ACT_GIVE] = N_("to approve it"),
	[SEK_ACT_REFUSE] = N_("to refuse it"),
	[SEK_ACT_WITHDRAW] = N_("to withdraw the request"),
	[SEK_ACT_REVOKE] = N_("to end it before its time"),
	[SEK_ACT_CONFIRM] = N_("to confirm what was given without a proof"),
	[SEK_ACT_KEEP] = N_("to let it go on after a review"),
	[SEK_ACT_REVIEW] = N_("to review what was taken without another's "
	    "yes"),
	[SEK_ACT_CLOSE] = N_("to close it with a note"),
};

/* The first is what will be signed; the last is what came of it. */
static enum sek_err
take_data(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct decision *d = arg;
	struct sek_helper_approval *one;
	struct sek_moment now;
	FILE *to = tool_tty();
	enum sek_err err;

	if (kind != SEK_HELPER_DATA_APPROVAL || len != sizeof(*one))
		return (SEK_ERR_SYNTAX);
	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	if ((one = malloc(sizeof(*one))) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(one, body, sizeof(*one));
	d->out.a = one->a;
	d->out.overdue = one->overdue;
	d->out.in_force = one->in_force != 0;
	if (one->timezone[0] != '\0')
		(void)sek_text_copy(d->t->zone, sizeof(d->t->zone),
		    one->timezone);
	free(one);
	if (d->seen++ == 0) {
		tool_approval_tell(d->t, to, &d->out, now.wall);
		fprintf(to, "\n%s: %s\n", _("What your proof is for"),
		    _(purposes[d->in.what]));
		fflush(to);
	}
	return (SEK_OK);
}

/* What it opened ends with it. (By the helper, where that decided.) */
static int
end_sessions(const struct decision *d, const char *by)
{
	struct sek_why why = { "" };
	enum sek_err err;
	unsigned n = 0;

	if (!sek_grant_end_act(&d->out.a, d->in.what))
		return (TOOL_YES);
	err = sek_grant_end_sessions(d->t->settings, &d->out.a, by, &n, &why);
	if (n > 0)
		tool_error(_("sessions that it opened, and end now: %u"), n);
	if (err == SEK_OK)
		return (TOOL_YES);
	tool_error(_("a session that it opened may go on (%s): see sekisho "
	    "session list"), why.text[0] != '\0' ? why.text :
	    sek_err_name(err));
	return (TOOL_TROUBLE);
}

static int
by_store(struct decision *d)
{
	struct tool *t = d->t;
	struct sek_approval_decide *in = calloc(1, sizeof(*in));
	struct sek_approval_out *got = calloc(1, sizeof(*got));
	struct sek_moment now = { 0 };
	enum sek_err err;
	int rc = TOOL_TROUBLE;

	if (in == NULL || got == NULL) {
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
		goto out;
	}
	if ((rc = tool_approval_actor(t, &in->who)) != TOOL_YES)
		goto out;
	(void)sek_text_copy(in->id, sizeof(in->id), d->in.id);
	(void)sek_text_copy(in->note, sizeof(in->note), d->in.note);
	in->act = d->in.what;
	in->review_at = d->in.review_at;
	if (d->out.a.kind == SEK_APPROVAL_TICKET)
		in->max = sek_facts_substitutes(t->settings, d->out.a.users,
		    NULL);
	tool_hold();
	err = sek_store_approval_decide(t->store, in, got);
	if (err == SEK_ERR_REFUSED && got->no != SEK_NO_NONE)
		rc = tool_approval_no((enum sek_approval_no)got->no);
	else if (err == SEK_ERR_NOT_FOUND)
		rc = tool_no_approval(d->in.id);
	else if (err != SEK_OK)
		rc = tool_store_fail(t, err);
	d->out.a = got->a;
	if (sek_clock_now(&now) == SEK_OK) {
		d->out.overdue = sek_approval_overdue(&got->a, now.wall);
		d->out.in_force = sek_approval_in_force(&got->a, now.wall,
		    false);
	}
	if (rc == TOOL_YES)
		rc = end_sessions(d, in->who.account);
out:
	free(got);
	free(in);
	return (rc);
}

/* Root with -y: only a login uid stands for it. */
static void
warn_unproven(const struct decision *d)
{
	const char *id = d->out.a.id;

	tool_error(_("without a proof: this stands for your login uid only"));
	if (d->in.what != SEK_ACT_GIVE)
		return;
	if (d->out.a.kind == SEK_APPROVAL_TICKET)
		tool_error(_("given without a proof it serves for 24 hours at "
		    "most, and stays overdue until another person proves it: "
		    "sekisho approve %s"), id);
	else if (sek_grant_is(&d->out.a))
		tool_error(_("given without a proof it opens nothing, ends "
		    "within 24 hours, and stays overdue until another person "
		    "proves it: sekisho grant approve %s"), id);
	else
		tool_error(_("given without a proof it opens no value below a "
		    "floor, ends within 24 hours, and stays overdue until "
		    "another person proves it: sekisho exception review %s"),
		    id);
}

static void
tell_given(const struct decision *d)
{
	const struct sek_approval *a = &d->out.a;
	char until[32];

	tool_time(d->t, until, sizeof(until), sek_approval_end(a));
	if (a->kind == SEK_APPROVAL_TICKET) {
		printf(_("Its code serves until %s.\n"), until);
		return;
	}
	if (d->in.what != SEK_ACT_GIVE && d->in.what != SEK_ACT_CONFIRM)
		return;
	if (sek_grant_is(a))
		printf(_("It ends at %s. The notice to print: sekisho "
		    "grant notice %s\n"), until, a->id);
	else
		printf(_("It ends at %s. The notice to print: sekisho "
		    "exception notice %s\n"), until, a->id);
}

static int
tell(struct decision *d)
{
	static const char *const done[SEK_ACTS] = {
		[SEK_ACT_GIVE] = N_("Given"),
		[SEK_ACT_REFUSE] = N_("Refused"),
		[SEK_ACT_WITHDRAW] = N_("Withdrawn"),
		[SEK_ACT_REVOKE] = N_("Revoked"),
		[SEK_ACT_CONFIRM] = N_("Confirmed"),
		[SEK_ACT_KEEP] = N_("Reviewed; it goes on"),
		[SEK_ACT_REVIEW] = N_("Reviewed"),
		[SEK_ACT_CLOSE] = N_("Closed"),
	};
	struct tool *t = d->t;
	struct sek_moment now = { 0 };

	if (t->yes)
		warn_unproven(d);
	(void)sek_clock_now(&now);
	if (t->json)
		return (tool_json_print(tool_approval_json(t, &d->out,
		    now.wall)));
	printf("%s: %s\n", _(done[d->in.what]), d->out.a.id);
	if (d->out.a.state == SEK_APPROVAL_GIVEN)
		tell_given(d);
	return (tool_flush());
}

/* KEEP: when the next look is due. */
static int
next_review(struct decision *d)
{
	struct sek_moment now;

	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_INTERNAL, NULL));
	d->in.review_at = sek_approval_review(now.wall, d->out.a.not_after);
	if (tool_option(d->t, "next") == NULL)
		return (TOOL_YES);
	if (!tool_approval_time(d->t, "next", now.wall, &d->in.review_at))
		return (TOOL_USAGE);
	if (d->in.review_at <= now.wall ||
	    d->in.review_at > d->out.a.not_after) {
		tool_error(_("--next: it is looked at again in time to come, "
		    "and before its end"));
		return (TOOL_NO);
	}
	return (TOOL_YES);
}

typedef enum sek_approval_act fit_fn(const struct tool_approval *a);

static int
decide_one(struct tool *t, const char *id, fit_fn *fit, const char *note,
    bool helper)
{
	struct decision *d = calloc(1, sizeof(*d));
	struct tool_approvals now = { .n = 0 };
	int rc;

	if (d == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	d->t = t;
	(void)sek_text_copy(d->in.note, sizeof(d->in.note), note);
	if ((rc = tool_approvals_read(t, id, false, &now)) != TOOL_YES)
		goto out;
	d->out = now.v[0];
	(void)sek_text_copy(d->in.id, sizeof(d->in.id), now.v[0].a.id);
	d->in.what = fit(&now.v[0]);
	if (d->in.what == SEK_ACT_KEEP && (rc = next_review(d)) != TOOL_YES)
		goto out;
	rc = helper ? tool_helper(t, SEK_HELPER_DECIDE, &d->in,
	    sizeof(d->in), take_data, d) : by_store(d);
	if (rc == TOOL_YES)
		rc = tell(d);
out:
	tool_approvals_free(&now);
	free(d);
	return (rc);
}

/* Each by itself, with a proof of its own: one that cannot be decided keeps
 * none of the others. */
static int
decide_noted(struct tool *t, int argc, char **argv, fit_fn *fit,
    const char *note)
{
	bool helper = true;
	int i, one, rc;

	if ((rc = tool_approval_ready(t, &helper)) != TOOL_YES)
		return (rc);
	for (i = 0; i < argc; i++) {
		one = decide_one(t, argv[i], fit, note, helper);
		rc = rc == TOOL_YES ? one : rc;
	}
	return (rc);
}

static int
decide(struct tool *t, int argc, char **argv, fit_fn *fit, bool note)
{
	char text[SEK_APPROVAL_TEXT];
	int rc;

	if ((rc = tool_approval_text(t, "note", note, text)) != TOOL_YES)
		return (rc);
	return (decide_noted(t, argc, argv, fit, text));
}

int
verb_approve(struct tool *t, int argc, char **argv)
{

	return (decide(t, argc, argv, fit_approve, false));
}

int
verb_refuse(struct tool *t, int argc, char **argv)
{

	return (decide(t, argc, argv, fit_refuse, true));
}

int
verb_revoke(struct tool *t, int argc, char **argv)
{

	return (decide(t, argc, argv, fit_revoke, true));
}

int
verb_exception_review(struct tool *t, int argc, char **argv)
{

	return (decide(t, argc, argv, fit_review, true));
}

int
tool_approval_close(struct tool *t, const char *id)
{
	char copy[SEK_REASON_MAX], *argv[] = { copy, NULL };

	if (sek_text_copy(copy, sizeof(copy), id) != SEK_OK)
		return (tool_no_approval(id));
	return (decide(t, 1, argv, fit_close, true));
}

int
verb_exception_close(struct tool *t, int argc, char **argv)
{
	(void)argc;
	return (tool_approval_close(t, argv[0]));
}

/* What came of the work (作業結果): by --result, or asked for here. */
static int
take_result(struct tool *t, char *dst)
{
	char answer[SEK_APPROVAL_TEXT];
	int rc;

	if (tool_option(t, "result") != NULL || t->yes || !tool_can_ask())
		return (tool_approval_text(t, "result", true, dst));
	if ((rc = tool_ask(_("Result of the work: "), answer,
	    sizeof(answer))) != TOOL_YES)
		return (rc);
	if (sek_text_is_clean(answer, sizeof(answer) - 1) &&
	    !sek_text_is_blank(answer) &&
	    sek_text_copy(dst, SEK_APPROVAL_TEXT, answer) == SEK_OK)
		return (TOOL_YES);
	tool_error(_("nothing was done: say by a line of text what came of the "
	    "work"));
	return (TOOL_NO);
}

int
verb_grant_close(struct tool *t, int argc, char **argv)
{
	char text[SEK_APPROVAL_TEXT];
	int rc;

	if ((rc = take_result(t, text)) != TOOL_YES)
		return (rc);
	return (decide_noted(t, argc, argv, fit_close, text));
}
