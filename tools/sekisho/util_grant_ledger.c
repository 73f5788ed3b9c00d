/*
 * util_grant_ledger.c - sekisho grant notice and ledger: to be printed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ③ (a deputy is told of at once), 7(1)④ア (作業記録).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/model/grant.h"
#include "util_grant.h"
#include "util_helper.h"
#include "util_page.h"
#include "util_paper.h"
#include "util_sheet.h"
#include "verb.h"

#define TEXT	4096

/* ----------------------------------------------------------- one of them */

static void
put_target(const struct sek_approval *a)
{
	char text[SEK_APPROVAL_KEY];

	(void)sek_text_copy(text, sizeof(text),
	    strcmp(a->key, SEK_GRANT_ANY) == 0 ? _("any") : a->key);
	tool_clean(text, sizeof(text));
	tool_page_field(stdout, a->kind == SEK_APPROVAL_DEPUTY ?
	    _("Deputy for") : _("Privileged ID"), text);
}

/* Who, what for, until when, and by whose yes. */
static void
put_what(const struct tool *t, const struct tool_approval *one, int64_t wall)
{
	const struct sek_approval *a = &one->a;
	bool deputy = a->kind == SEK_APPROVAL_DEPUTY;
	char text[TEXT];

	tool_page_field(stdout, _("ID"), a->id);
	if (!deputy)
		tool_paper_note(_("Purpose"), a->clause);
	tool_paper_note(deputy ? _("Reason") : _("Work"), a->reason);
	put_target(a);
	tool_paper_name(t, text, sizeof(text), a->users, "");
	tool_page_field(stdout, deputy ? _("Deputy") : _("Who works"), text);
	tool_sheet_time(t, _("From"), a->not_before);
	tool_sheet_time(t, _("Until"), sek_approval_end(a));
	if (!deputy) {
		sek_text_span_print(text, sizeof(text), sek_grant_span(a));
		tool_page_field(stdout, _("Session at most"), text);
	}
	tool_page_field(stdout, _("State"), tool_approval_state(one, wall));
	tool_approval_overdue(one, text, sizeof(text));
	if (text[0] != '\0')
		tool_page_field(stdout, _("Overdue"), text);
	tool_paper_part(t, _("Asked by"), &a->asked);
	if (a->unavoidable)
		tool_page_field(stdout, _("Emergency"),
		    _("in force without another's yes"));
	if (a->decided.at != 0)
		tool_paper_part(t, a->state == SEK_APPROVAL_REFUSED ?
		    _("Refused by") : _("Given by"), &a->decided);
	tool_paper_note(_("Note"), a->decided.note);
}

/* What became of it. */
static void
put_end(const struct tool *t, const struct sek_approval *a)
{

	if (a->ended.at != 0)
		tool_paper_part(t, tool_approval_ended(a), &a->ended);
	tool_paper_note(tool_approval_ended_note(a), a->ended.note);
	if (a->reviewed.at != 0)
		tool_paper_part(t, _("Reviewed by"), &a->reviewed);
	tool_paper_note(_("Note"), a->reviewed.note);
}

/* ---------------------------------------------------------------- notice */

static const char *
notice_title(const struct sek_approval *a)
{

	if (a->kind == SEK_APPROVAL_DEPUTY)
		return (_("Notice of a deputy for privileged IDs"));
	return (a->unavoidable ? _("Notice of the emergency use of a "
	    "privileged ID") : _("Notice of the use of a privileged ID"));
}

static const char *
notice_text(const struct sek_approval *a)
{

	if (a->decided.at == 0 && !a->unavoidable)
		return (_("You are told that the following has been asked "
		    "for."));
	if (a->kind == SEK_APPROVAL_DEPUTY)
		return (_("You are told that the following person stands in "
		    "for who uses privileged IDs."));
	return (a->unavoidable ? _("You are told that a privileged ID was "
	    "opened in an emergency, without another's yes. Another person "
	    "looks into it afterwards.") : _("You are told of the following "
	    "use of a privileged ID."));
}

int
verb_grant_notice(struct tool *t, int argc, char **argv)
{
	const char *const seals[] = { _("CISO"), _("General manager"),
	    _("System manager"), NULL };
	struct tool_approvals one;
	int rc;

	(void)argc;
	if ((rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, argv[0], false, &one)) != TOOL_YES)
		return (rc);
	if (!sek_grant_is(&one.v[0].a)) {
		tool_approvals_free(&one);
		return (tool_no_approval(argv[0]));
	}
	tool_paper_head(t, notice_title(&one.v[0].a), one.wall);
	putchar('\n');
	tool_page_text(stdout, 0, _("To:"));
	tool_paper_offices(t);
	putchar('\n');
	tool_page_text(stdout, 0, notice_text(&one.v[0].a));
	putchar('\n');
	put_what(t, &one.v[0], one.wall);
	put_end(t, &one.v[0].a);
	putchar('\n');
	tool_page_text(stdout, 0, _("Seen:"));
	tool_page_seals(stdout, seals);
	tool_approvals_free(&one);
	return (tool_flush());
}

/* ---------------------------------------------------------------- ledger */

struct ledger {
	struct tool		*t;
	struct tool_approvals	 all;
	struct tool_works	 works;
	bool			 has_works;	/* root: could read them */
	int64_t			 from;
	int64_t			 until;
};

static bool
is_shown(const struct ledger *l, size_t i)
{

	return (l->all.v[i].a.kind == SEK_APPROVAL_GRANT &&
	    tool_paper_within(&l->all.v[i].a, l->from, l->until));
}

/* Was it under a grant that the ledger tells of by itself? */
static bool
has_grant(const struct ledger *l, const struct tool_work *w)
{
	size_t i;

	for (i = 0; i < l->all.n; i++)
		if (is_shown(l, i) &&
		    strcmp(l->all.v[i].a.id, w->grant) == 0)
			return (true);
	return (false);
}

static cJSON *
works_json(const struct ledger *l, const char *grant)
{
	cJSON *array = cJSON_CreateArray();
	const struct tool_work *w;
	size_t i;

	for (i = 0; i < l->works.n; i++) {
		w = &l->works.v[i];
		if (grant != NULL ? strcmp(w->grant, grant) == 0 :
		    !has_grant(l, w))
			cJSON_AddItemToArray(array,
			    tool_work_json(l->t, w));
	}
	return (array);
}

static int
print_json(const struct ledger *l)
{
	cJSON *o = cJSON_CreateObject(), *array = cJSON_CreateArray(), *one;
	const struct tool *t = l->t;
	size_t i;

	cJSON_AddItemToObject(o, "from", l->from == INT64_MIN ?
	    cJSON_CreateNull() : tool_json_time(t, l->from));
	cJSON_AddItemToObject(o, "until", l->until == INT64_MAX ?
	    cJSON_CreateNull() : tool_json_time(t, l->until));
	for (i = 0; i < l->all.n; i++) {
		if (!is_shown(l, i))
			continue;
		one = tool_approval_json(t, &l->all.v[i], l->all.wall);
		cJSON_AddItemToObject(one, "sessions", l->has_works ?
		    works_json(l, l->all.v[i].a.id) : cJSON_CreateNull());
		cJSON_AddItemToArray(array, one);
	}
	cJSON_AddItemToObject(o, "grants", array);
	cJSON_AddItemToObject(o, "without_grant", l->has_works ?
	    works_json(l, NULL) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "refused", l->has_works ?
	    cJSON_CreateNumber((double)l->works.refused) :
	    cJSON_CreateNull());
	return (tool_json_print(o));
}

static void
put_works(const struct ledger *l, const char *grant)
{
	char text[32];
	unsigned n = 0;
	size_t i;

	for (i = 0; i < l->works.n; i++)
		n += strcmp(l->works.v[i].grant, grant) == 0;
	(void)snprintf(text, sizeof(text), "%u", n);
	tool_page_field(stdout, _("Sessions"), l->has_works ? text :
	    _("only root can read the records"));
	for (i = 0; i < l->works.n; i++)
		if (strcmp(l->works.v[i].grant, grant) == 0)
			tool_work_print(l->t, &l->works.v[i], false);
}

/* Somebody's; of what timers and the like do, how much. */
static void
put_others(const struct ledger *l)
{
	unsigned n = 0, nobody = 0;
	char text[128];
	size_t i;

	for (i = 0; i < l->works.n; i++)
		if (!has_grant(l, &l->works.v[i])) {
			n += l->works.v[i].subject[0] != '\0';
			nobody += l->works.v[i].subject[0] == '\0';
		}
	if (!l->has_works)
		return;
	tool_page_rule(stdout, '-');
	(void)snprintf(text, sizeof(text), _("Privileged sessions without a "
	    "grant: %u"), n);
	tool_page_text(stdout, 0, text);
	for (i = 0; i < l->works.n; i++)
		if (!has_grant(l, &l->works.v[i]) &&
		    l->works.v[i].subject[0] != '\0')
			tool_work_print(l->t, &l->works.v[i], true);
	(void)snprintf(text, sizeof(text), _("Of nobody in particular (timers "
	    "and the like): %u; refused: %llu"), nobody,
	    (unsigned long long)l->works.refused);
	tool_page_text(stdout, 0, text);
}

static int
print_paper(const struct ledger *l)
{
	const char *const seals[] = { _("System manager"), _("Seen by"),
	    NULL };
	unsigned n = 0, overdue = 0;
	char text[128];
	size_t i;

	tool_paper_head(l->t, _("Record of work with privileged IDs"),
	    l->all.wall);
	tool_paper_put_period(l->t, l->from, l->until);
	for (i = 0; i < l->all.n; i++) {
		if (!is_shown(l, i))
			continue;
		tool_page_rule(stdout, '-');
		(void)snprintf(text, sizeof(text), "%u.", ++n);
		tool_page_text(stdout, 0, text);
		put_what(l->t, &l->all.v[i], l->all.wall);
		put_works(l, l->all.v[i].a.id);
		put_end(l->t, &l->all.v[i].a);
		overdue += l->all.v[i].overdue != 0;
	}
	put_others(l);
	tool_page_rule(stdout, '=');
	(void)snprintf(text, sizeof(text), _("Grants: %u; of them overdue: "
	    "%u"), n, overdue);
	tool_page_text(stdout, 0, text);
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}

int
verb_grant_ledger(struct tool *t, int argc, char **argv)
{
	struct ledger l = { .t = t };
	int rc, whole;

	(void)argc;
	(void)argv;
	if ((rc = tool_paper_period(t, &l.from, &l.until)) != TOOL_YES ||
	    (rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, NULL, false, &l.all)) != TOOL_YES)
		return (rc);
	/* By the zone that is known now. */
	(void)tool_paper_period(t, &l.from, &l.until);
	l.has_works = !tool_ordinary();
	if (l.has_works)
		rc = tool_works_read(t, l.from, l.until, "grant ledger",
		    &l.works);
	if (rc == TOOL_YES)
		rc = t->json ? print_json(&l) : print_paper(&l);
	whole = tool_approvals_whole(&l.all);
	tool_works_free(&l.works);
	tool_approvals_free(&l.all);
	return (rc == TOOL_YES ? whole : rc);
}
