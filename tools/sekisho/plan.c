/*
 * plan.c - sekisho roster plan: joiners, leavers and movers, all or none
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clauses 7(2)①イ, 7(2)⑤. Judged, then shown, then done in one transaction.
 * MUST: a mistake anywhere names its line, and changes nothing.
 * MUST: accounts that were made for it go again where it is not done.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/logind.h"
#include "util_plan.h"
#include "util_sheet.h"
#include "verb.h"

/* ---- the store is asked */

/* sek_plan_next_fn */
static enum sek_err
give(void *arg, struct sek_plan_row *row)
{
	struct tool_plan *p = arg;

	if (p->given % 64 == 0) {
		tool_progress(&p->progress, p->given, p->n);
		if (tool_interrupted())
			return (SEK_ERR_CONV);
	}
	if (p->given == p->n)
		return (SEK_ERR_NOT_FOUND);
	*row = p->v[p->given++].row;
	return (SEK_OK);
}

/* sek_plan_done_fn */
static enum sek_err
take(void *arg, const struct sek_plan_row *row,
    const struct sek_plan_change *what)
{
	struct tool_plan *p = arg;
	struct tool_plan_row *v = &p->v[p->told];

	(void)row;
	v->change = *what;
	v->gone_from = p->told == 0 ? 0 : p->v[p->told - 1].gone_to;
	v->gone_to = p->gone.n;
	p->told++;
	return (SEK_OK);
}

/* sek_retired_fn: arg is the plan's. */
static void
take_gone(void *arg, const char *account, const struct sek_authenticator *a,
    const struct sek_lost_session *s, const char *shared)
{
	struct tool_plan *p = arg;

	tool_gone_add(&p->gone, account, a, s, shared);
}

static int
ask_store(struct tool_plan *p, bool try)
{
	struct tool *t = p->t;
	enum sek_err err;
	int rc;

	tool_gone_free(&p->gone);
	if ((rc = tool_gone_new(t, &p->gone)) != TOOL_YES)
		return (rc);
	p->given = p->told = 0;
	tool_progress_begin(&p->progress);
	err = sek_store_plan(t->store, try, give, take, take_gone, p,
	    &t->actor, &p->counts);
	tool_progress_end(&p->progress);
	if (err == SEK_OK)
		return (TOOL_YES);
	if (err == SEK_ERR_CONV)
		tool_error(_("interrupted: nothing was done"));
	else if (err == SEK_ERR_REFUSED || err == SEK_ERR_EXISTS ||
	    err == SEK_ERR_NOT_FOUND || err == SEK_ERR_SYNTAX ||
	    err == SEK_ERR_RANGE)
		tool_error(_("%s: nothing was done: %s"), p->path,
		    sek_store_why(t->store));
	else
		return (tool_store_fail(t, err));
	return (TOOL_NO);
}

/* ---- and it is done */

/* tool_is_leaving_fn */
static bool
is_leaving(void *arg, const char *person)
{
	const struct tool_plan *p = arg;
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->v[i].row.kind == SEK_PLAN_LEAVE &&
		    strcmp(p->v[i].change.after.id, person) == 0 &&
		    p->v[i].change.after.state == SEK_ACCOUNT_RETIRED)
			return (true);
	return (false);
}

static void
record_ends(const struct tool_plan *p)
{
	struct sek_record r = p->t->actor;

	r.event = SEK_EVENT_PLAN;
	tool_sessions_record(p->gone.sessions, &r);
}

/* All of it or nothing. */
static int
do_it(struct tool_plan *p)
{
	int rc;

	if ((rc = tool_fingers_note(p->t, &p->fingers, is_leaving, p)) !=
	    TOOL_YES)
		return (rc);
	sek_store_close(p->t->store);
	if ((rc = tool_plan_make_accounts(p)) != TOOL_YES ||
	    (rc = ask_store(p, false)) != TOOL_YES) {
		tool_plan_unmake_accounts(p);
		return (rc);
	}
	tool_sessions_because(p->gone.sessions, SEK_REASON_RETIRED, NULL);
	tool_sessions_end(p->gone.sessions, false);
	record_ends(p);
	sek_store_close(p->t->store);
	return (TOOL_YES);
}

static int
worse(int a, int b)
{

	return (a == TOOL_YES ? b : a);
}

/* All of it, and the codes, which are in no buffer: one object. */
static int
put_json(const struct tool_plan *p, const struct tool_plan_codes *codes)
{
	cJSON *o = tool_plan_json(p, true);
	char *text, *end;
	int rc;

	cJSON_AddItemToObject(o, "sessions",
	    tool_sessions_json(p->gone.sessions));
	text = cJSON_Print(o);
	cJSON_Delete(o);
	if (text == NULL || (end = strrchr(text, '}')) == NULL) {
		free(text);
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	}
	*end = '\0';
	printf("%s,\n\"tickets\":\t[", text);
	free(text);
	if ((rc = tool_plan_codes_put(codes)) != TOOL_YES)
		return (rc);
	printf("]\n}\n");
	return (tool_flush());
}

static int
later(const struct tool_plan *p, bool locked)
{
	int lock = -1, rc = TOOL_YES;

	if (!locked && (rc = tool_kept_lock(p->t, &lock)) != TOOL_YES)
		return (rc);
	rc = tool_kept_later(p);
	if (lock >= 0)
		(void)close(lock);
	return (rc);
}

/* What comes after: of it nothing undoes what was done. tickets: somebody is
 * there to ask for them. locked: the kept plans are. */
static int
finish(struct tool_plan *p, bool tickets, bool locked)
{
	struct tool_plan_codes *codes = NULL;
	int rc = TOOL_YES;

	if (tickets)
		rc = tool_plan_tickets(p, &codes);
	rc = worse(rc, later(p, locked));
	if (p->t->json)
		rc = worse(rc, put_json(p, codes));
	else {
		/* The sheets are cut off. */
		if (tickets && p->counts.join > 0)
			putchar('\f');
		rc = worse(rc, tool_plan_receipt(p));
	}
	tool_plan_codes_free(&codes);
	rc = worse(rc, tool_sessions_warn(p->gone.sessions, p->gone.nomem));
	rc = worse(rc, tool_fingers_forget(&p->fingers));
	tool_sessions_end_own(p->gone.sessions);
	return (rc);
}

static bool
has_joiners(const struct tool_plan *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (p->v[i].row.kind == SEK_PLAN_JOIN)
			return (true);
	return (false);
}

/* Somebody in particular, in a session of his own? Only he can ask. */
static bool
can_ask(void)
{
	if (tool_login_uid() != SEK_UID_NONE &&
	    sek_audit_session() != UINT32_MAX)
		return (true);
	tool_error(_("tickets for who joins are not asked for, for nobody in "
	    "particular is at this prompt: log in with your own account, then "
	    "run sekisho roster plan FILE --apply once more with sudo; it "
	    "prints the sheets"));
	return (false);
}

static int
apply_now(struct tool_plan *p)
{
	struct tool *t = p->t;
	int rc;

	if (!t->json && (rc = tool_plan_print(p)) != TOOL_YES)
		return (rc);
	sek_store_close(t->store);
	if ((rc = tool_agree(t, _("Do this now? (yes/no) "))) != TOOL_YES ||
	    (has_joiners(p) && (rc = tool_sheet_agree(t, false)) != TOOL_YES))
		return (rc);
	tool_hold();
	if ((rc = do_it(p)) != TOOL_YES)
		return (rc);
	return (finish(p, has_joiners(p) && can_ask(), false));
}

/* ---- at another time */

static int
apply_later(struct tool_plan *p, const char *text, size_t len, int64_t at)
{
	struct tool *t = p->t;
	struct tool_kept k;
	struct sek_moment now = { 0 };
	char when[32];
	int lock, rc;

	if (!t->json && (rc = tool_plan_print(p)) != TOOL_YES)
		return (rc);
	sek_store_close(t->store);
	if ((rc = tool_agree(t, _("Do this at that time? (yes/no) "))) !=
	    TOOL_YES)
		return (rc);
	(void)sek_clock_now(&now);
	memset(&k, 0, sizeof(k));
	memcpy(k.file, p->path, sizeof(k.file));
	memcpy(k.by, t->actor.subject, sizeof(k.by));
	memcpy(k.person, t->actor.person, sizeof(k.person));
	k.at = at;
	k.made = now.wall;
	k.rows = p->n;
	k.create = p->create;
	tool_hold();
	if ((rc = tool_kept_lock(t, &lock)) != TOOL_YES)
		return (rc);
	rc = tool_kept_add(t, &k, text, len);
	(void)close(lock);
	if (rc != TOOL_YES)
		return (rc);
	if (t->json)
		return (tool_json_print(tool_kept_json(t, &k)));
	tool_time(t, when, sizeof(when), at);
	printf(_("Kept as %s, to be done at %s. To cancel it: sekisho roster "
	    "plan --cancel %s\n"), k.id, when, k.id);
	return (tool_flush());
}

/* ---- the timer's */

/* Who planned it stands in the records. */
static void
act_for(struct tool *t, const struct tool_kept *k)
{

	if (t->actor.subject[0] == '\0') {
		memcpy(t->actor.subject, k->by, sizeof(t->actor.subject));
		memcpy(t->actor.person, k->person, sizeof(t->actor.person));
	}
	(void)sek_text_format(t->actor.detail, sizeof(t->actor.detail),
	    "kept plan %s", k->id);
}

static int
do_kept(struct tool *t, struct tool_kept *k)
{
	struct tool_plan *p = calloc(1, sizeof(*p));
	struct sek_record before = t->actor;
	char *text = NULL;
	size_t len = 0;
	int rc;

	if (p == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	p->t = t;
	p->progress.fd = -1;
	p->create = k->create;
	memcpy(p->path, k->file, sizeof(p->path));
	act_for(t, k);
	if ((rc = tool_kept_text(t, k, &text, &len)) == TOOL_YES &&
	    (rc = tool_plan_read_text(p, text, len)) == TOOL_YES &&
	    (rc = ask_store(p, true)) == TOOL_YES &&
	    (rc = do_it(p)) == TOOL_YES) {
		/* Done: whatever comes of the rest. */
		(void)tool_kept_remove(t, k->id);
		rc = finish(p, false, true);
		if (has_joiners(p))
			tool_error(_("tickets for who joins: run sekisho "
			    "roster plan FILE --apply once more, which asks "
			    "for them and prints the sheets"));
	} else if (rc == TOOL_NO)
		/* What cannot be done is not tried again and again. */
		(void)tool_kept_fail(t, k, text == NULL ? "it is not as it "
		    "was kept" : sek_store_why(t->store)[0] != '\0' ?
		    sek_store_why(t->store) : "a line is wrong, or an account "
		    "could not be made");
	free(text);
	t->actor = before;
	tool_plan_free(p);
	free(p);
	return (rc);
}

/* Those that wait yet: also what one that has just been done left for later. */
static bool
any_waits(struct tool *t)
{
	struct tool_kept *all;
	size_t i, n;
	bool waits = tool_kept_read(t, &all, &n) != TOOL_YES;

	for (i = 0; i < n && !waits; i++)
		waits = all[i].failed[0] == '\0';
	free(all);
	return (waits);
}

static int
do_due(struct tool *t)
{
	struct tool_kept *all;
	struct sek_moment now;
	size_t i, n;
	int lock, rc;

	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	sek_store_close(t->store);
	tool_hold();
	if ((rc = tool_kept_lock(t, &lock)) != TOOL_YES)
		return (rc);
	if (sek_clock_now(&now) != SEK_OK) {
		(void)close(lock);
		return (tool_fail(SEK_ERR_INTERNAL, NULL));
	}
	rc = tool_kept_read(t, &all, &n);
	for (i = 0; i < n; i++)
		if (all[i].failed[0] == '\0' && all[i].at <= now.wall)
			rc = worse(rc, do_kept(t, &all[i]));
	free(all);
	if (rc != TOOL_TROUBLE && !any_waits(t))
		(void)tool_kept_arm(false);
	(void)close(lock);
	return (rc);
}

/* ---- the verb */

static int
list(struct tool *t)
{
	struct tool_kept *all;
	size_t n;
	int rc, told;

	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	rc = tool_kept_read(t, &all, &n);
	told = tool_kept_print(t, all, n);
	free(all);
	return (worse(rc, told));
}

static int
cancel(struct tool *t, const char *id)
{
	int lock, rc;

	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	sek_store_close(t->store);
	tool_hold();
	if ((rc = tool_kept_lock(t, &lock)) != TOOL_YES)
		return (rc);
	rc = tool_kept_remove(t, id);
	(void)close(lock);
	if (rc != TOOL_YES)
		return (rc);
	printf(_("Cancelled: %s"), id);
	printf("\n");
	return (tool_flush());
}

/* --at, of a time to come. */
static int
take_at(const struct tool *t, int64_t *at)
{
	const char *text = tool_option(t, "at");
	struct sek_moment now;

	*at = 0;
	if (text == NULL)
		return (TOOL_YES);
	if (sek_clock_now(&now) == SEK_OK &&
	    tool_parse_time(t, text, false, at) == SEK_OK && *at > now.wall)
		return (TOOL_YES);
	tool_error(_("--at: give a time to come, like \"2026-04-01 05:00\""));
	return (TOOL_USAGE);
}

static int
plan(struct tool *t, const char *file)
{
	bool apply = tool_option(t, "apply") != NULL;
	struct tool_plan *p;
	char *text = NULL;
	size_t len = 0;
	int64_t at;
	int rc;

	if ((apply && (rc = tool_must_ask(t)) != TOOL_YES) ||
	    (rc = tool_store(t)) != TOOL_YES ||
	    (rc = take_at(t, &at)) != TOOL_YES)
		return (rc);
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	p->t = t;
	p->progress.fd = -1;
	p->create = tool_option(t, "create") != NULL;
	sek_text_printable(p->path, sizeof(p->path), file);
	/* What is kept is what was judged, whatever becomes of the file. */
	rc = at == 0 ? tool_plan_read(p, file) : tool_medium_read(&text, &len,
	    file, TOOL_PLAN_TEXT);
	if (rc == TOOL_YES && at != 0)
		rc = tool_plan_read_text(p, text, len);
	if (rc == TOOL_YES && (rc = ask_store(p, true)) == TOOL_YES) {
		if (!apply)
			rc = t->json ? tool_json_print(tool_plan_json(p,
			    false)) : tool_plan_print(p);
		else
			rc = at == 0 ? apply_now(p) : apply_later(p, text, len, at);
	}
	free(text);
	tool_plan_free(p);
	free(p);
	return (rc);
}

int
verb_roster_plan(struct tool *t, int argc, char **argv)
{
	const char *id = tool_option(t, "cancel");
	bool due = tool_option(t, "due") != NULL;

	if ((argc > 0) + (id != NULL) + due > 1 ||
	    (tool_option(t, "at") != NULL &&
	    tool_option(t, "apply") == NULL) ||
	    (tool_option(t, "apply") != NULL && argc == 0)) {
		tool_error(_("one at a time: a FILE (with --apply, also --at),"
		    " --cancel ID, or nothing, which lists what is kept"));
		return (TOOL_USAGE);
	}
	if (id != NULL)
		return (cancel(t, id));
	if (due)
		return (do_due(t));
	return (argc == 0 ? list(t) : plan(t, argv[0]));
}
