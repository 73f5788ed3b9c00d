/*
 * util_plan_join.c - who joins: an account, and a ticket for the first login
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no account that was there before is ever taken away.
 * MUST: the code of a ticket is in memory of secrets alone, and only until it
 * was shown.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/flow/facts.h"
#include "util_approval.h"
#include "util_enable.h"
#include "util_plan.h"
#include "util_sheet.h"

#define USERADD		"/usr/sbin/useradd"
#define USERDEL		"/usr/sbin/userdel"
#define SECONDS		60u
#define IN_USE		9	/* useradd: there is one of this name */
#define FAILED_MAX	3u	/* tickets not got, before it is given up */
#define USES		2u	/* one login, and the enrolment */

/* What useradd takes for a comment: no ':' and no ','. */
static void
comment(char *dst, size_t size, const char *name)
{
	char *s;

	sek_text_printable(dst, size, name);
	for (s = dst; *s != '\0'; s++)
		if (*s == ':' || *s == ',')
			*s = ' ';
}

static int
make_one(struct tool_plan_row *v)
{
	char gecos[SEK_NAME_MAX], said[512];
	const char *const argv[] = { USERADD, "-m", "-c", gecos, "--",
	    v->row.account, NULL };
	struct sek_passwd who;
	int status;

	comment(gecos, sizeof(gecos), v->row.name);
	status = tool_program(argv, said, sizeof(said), SECONDS);
	/* Without a home it is there all the same. Of one that somebody else
	 * made meanwhile, or of a useradd that was killed, nobody can tell
	 * that it is ours. */
	if (status != -1 && status != IN_USE &&
	    sek_account_find(&who, v->row.account) == SEK_OK && who.known) {
		v->made = true;
		v->row.uid = who.uid;
	}
	if (status == 0 && v->made)
		return (TOOL_YES);
	said[strcspn(said, "\n")] = '\0';
	tool_error(_("line %llu: useradd could not make the account %s [%s]"),
	    (unsigned long long)v->row.line, v->row.account, said);
	return (TOOL_NO);
}

int
tool_plan_make_accounts(struct tool_plan *p)
{
	size_t i, done = 0;
	int rc = TOOL_YES;

	if (p->missing == 0)
		return (TOOL_YES);
	tool_progress_begin(&p->progress);
	for (i = 0; i < p->n && rc == TOOL_YES; i++) {
		if (p->v[i].row.kind != SEK_PLAN_JOIN ||
		    p->v[i].row.uid != SEK_UID_NONE)
			continue;
		rc = make_one(&p->v[i]);
		tool_progress(&p->progress, ++done, p->missing);
		if (rc == TOOL_YES && tool_interrupted()) {
			tool_error(_("interrupted: nothing was done"));
			rc = TOOL_NO;
		}
	}
	tool_progress_end(&p->progress);
	return (rc);
}

void
tool_plan_unmake_accounts(struct tool_plan *p)
{
	char said[512];
	size_t i;

	for (i = 0; i < p->n; i++) {
		const char *const argv[] = { USERDEL, "-r", "--",
		    p->v[i].row.account, NULL };

		if (!p->v[i].made)
			continue;
		p->v[i].made = false;
		p->v[i].row.uid = SEK_UID_NONE;
		if (tool_program(argv, said, sizeof(said), SECONDS) == 0)
			continue;
		said[strcspn(said, "\n")] = '\0';
		tool_error(_("the account %s was made and could not be taken "
		    "away again: userdel -r %s [%s]"), p->v[i].row.account,
		    p->v[i].row.account, said);
	}
}

/* ---- tickets */

struct tool_plan_codes {
	struct sek_secret	*v;
	cJSON			**o;	/* each by reference to its code */
	size_t			 n;
};

void
tool_plan_codes_free(struct tool_plan_codes **codes)
{

	if (*codes == NULL)
		return;
	while ((*codes)->n > 0) {
		cJSON_Delete((*codes)->o[--(*codes)->n]);
		sek_secret_free(&(*codes)->v[(*codes)->n]);
	}
	free((*codes)->o);
	free((*codes)->v);
	free(*codes);
	*codes = NULL;
}

/* An object for each, past all buffers; what is before it is out already. */
int
tool_plan_codes_put(const struct tool_plan_codes *codes)
{
	size_t i;
	int rc;

	for (i = 0; codes != NULL && i < codes->n; i++) {
		if (i > 0)
			putchar(',');
		if ((rc = tool_flush()) != TOOL_YES ||
		    (rc = tool_put_secret_json(codes->o[i])) != TOOL_YES)
			return (rc);
	}
	return (TOOL_YES);
}

struct wanting {
	const struct tool_plan	*p;
	bool			*has;		/* by row: needs none */
	struct tool_plan_codes	*codes;
	size_t			 printed;
};

static enum sek_err
has_one(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct wanting *w = arg;
	size_t i;

	(void)account;
	for (i = 0; i < w->p->n; i++)
		if (strcmp(w->p->v[i].change.after.id, a->person) == 0)
			w->has[i] = true;
	return (SEK_OK);
}

/* Those who have a ticket, asked for or given, and not over. */
static int
find_tickets(struct wanting *w)
{
	struct tool_approvals all;
	const struct sek_approval *a;
	size_t i, k;
	int rc;

	if ((rc = tool_approvals_read(w->p->t, NULL, true, &all)) != TOOL_YES)
		return (rc);
	for (k = 0; k < all.n; k++) {
		a = &all.v[k].a;
		if (sek_ticket_purpose(a) != SEK_PURPOSE_ENROL ||
		    (a->state != SEK_APPROVAL_ASKED &&
		    a->state != SEK_APPROVAL_GIVEN) ||
		    sek_approval_over(a, all.wall))
			continue;
		for (i = 0; i < w->p->n; i++)
			if (strcmp(w->p->v[i].row.account, a->users) == 0)
				w->has[i] = true;
	}
	tool_approvals_free(&all);
	return (TOOL_YES);
}

static int
show(struct wanting *w, const struct tool_approval *a,
    struct sek_secret *code)
{
	const struct tool *t = w->p->t;
	struct sek_moment now = { 0 };
	struct tool_issued i;
	cJSON *o;

	(void)sek_clock_now(&now);
	i = (struct tool_issued){ .id = a->a.id, .user = a->a.users,
	    .purpose = SEK_PURPOSE_ENROL, .code = sek_secret_text(code),
	    .not_after = a->a.not_after, .made = a->a.asked.at,
	    .state = sek_approval_shown(&a->a, now.wall) };
	if (!t->json) {
		/* Each on a sheet of its own. */
		if (w->printed++ > 0)
			putchar('\f');
		return (tool_sheet_ticket(t, &i));
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "id", i.id);
	cJSON_AddStringToObject(o, "user", i.user);
	cJSON_AddItemToObject(o, "code", cJSON_CreateStringReference(i.code));
	cJSON_AddItemToObject(o, "not_after", tool_json_time(t, i.not_after));
	cJSON_AddStringToObject(o, "state", i.state);
	/* Printed with all the rest. */
	w->codes->o[w->codes->n] = o;
	w->codes->v[w->codes->n++] = *code;
	*code = (struct sek_secret)SEK_SECRET_NONE;
	return (TOOL_YES);
}

static int
ask_one(struct wanting *w, const struct tool_plan_row *v)
{
	struct sek_helper_ask *in = calloc(1, sizeof(*in));
	struct tool_approval *out = calloc(1, sizeof(*out));
	struct sek_secret code = SEK_SECRET_NONE;
	struct tool *t = w->p->t;
	struct sek_moment now;
	int rc;

	if (in == NULL || out == NULL || sek_clock_now(&now) != SEK_OK) {
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
		goto out;
	}
	in->a.kind = SEK_APPROVAL_TICKET;
	in->a.not_before = now.wall;
	in->a.uses_max = USES;
	/* Who begins next week is not to come too late for it. */
	in->a.not_after = sek_facts_ticket_end(t->settings,
	    SEK_PURPOSE_ENROL, now.wall);
	(void)sek_text_copy(in->a.key, sizeof(in->a.key),
	    sek_purpose_name(SEK_PURPOSE_ENROL));
	(void)sek_text_copy(in->a.value, sizeof(in->a.value),
	    SEK_TICKET_BY_CODE);
	(void)sek_text_copy(in->a.clause, sizeof(in->a.clause), "7(2)⑤");
	(void)sek_text_copy(in->a.users, sizeof(in->a.users), v->row.account);
	(void)sek_text_format(in->a.reason, sizeof(in->a.reason),
	    "plan: %s joins", v->row.account);
	rc = tool_approval_ask(t, in, false, out, &code);
	if (rc == TOOL_YES)
		rc = show(w, out, &code);
	if (rc != TOOL_YES)
		tool_error(_("no ticket for %s: ask for it by sekisho ticket "
		    "issue %s --purpose enrol"), v->row.account,
		    v->row.account);
out:
	sek_secret_free(&code);
	free(out);
	free(in);
	return (rc);
}

/* Who stands now, or will: a ticket for who comes later is asked for then. */
static bool
begins(const struct tool_plan_row *v, int64_t wall)
{

	return (v->row.kind == SEK_PLAN_JOIN &&
	    v->change.after.state == SEK_ACCOUNT_ACTIVE &&
	    (v->change.after.from == 0 || v->change.after.from <= wall));
}

/* For each who has neither that nor a card; what keeps one of them from his
 * may keep all. */
static int
ask_all(struct wanting *w)
{
	const struct tool_plan *p = w->p;
	struct sek_moment now = { 0 };
	size_t i, later = 0, failed = 0, left = 0;

	(void)sek_clock_now(&now);
	for (i = 0; i < p->n; i++) {
		if (p->v[i].row.kind != SEK_PLAN_JOIN || w->has[i])
			continue;
		if (!begins(&p->v[i], now.wall))
			later++;
		else if (failed >= FAILED_MAX)
			left++;
		else if (ask_one(w, &p->v[i]) != TOOL_YES)
			failed++;
	}
	if (later > 0)
		tool_error(_("%zu begin later: run this once more on their "
		    "day for their tickets"), later);
	if (left > 0)
		tool_error(_("%zu more have no ticket: when that is put right,"
		    " run this once more"), left);
	return (failed > 0 ? TOOL_NO : TOOL_YES);
}

int
tool_plan_tickets(const struct tool_plan *p, struct tool_plan_codes **codes)
{
	struct wanting w = { .p = p };
	int rc = TOOL_YES;
	enum sek_err err;

	if ((w.has = calloc(p->n, sizeof(*w.has))) == NULL ||
	    (w.codes = *codes = calloc(1, sizeof(*w.codes))) == NULL ||
	    (w.codes->o = calloc(p->n, sizeof(*w.codes->o))) == NULL ||
	    (w.codes->v = calloc(p->n, sizeof(*w.codes->v))) == NULL) {
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
		goto out;
	}
	err = sek_store_authenticators(p->t->store, NULL, false, has_one, &w);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND &&
	    err != SEK_ERR_TAMPERED) {
		rc = tool_store_fail(p->t, err);
		goto out;
	}
	if ((rc = find_tickets(&w)) == TOOL_YES)
		rc = ask_all(&w);
out:
	free(w.has);
	return (rc);
}
