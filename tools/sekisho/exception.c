/*
 * exception.c - sekisho exception notice and ledger: to be printed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ③ (the three offices are told at once) and 8(5)③ (what was asked
 * and how it was judged is kept, and looked through at regular times).
 */
#include "config.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_approval.h"
#include "util_page.h"
#include "verb.h"

#define TEXT	4096

/* The name a person goes by, behind his account, where root may see it. */
static void
put_name(const struct tool *t, char *dst, size_t size, const char *account,
    const char *person)
{
	struct sek_person *p = t->store != NULL ? calloc(1, sizeof(*p)) : NULL;

	if (p != NULL && sek_store_person(t->store,
	    person[0] != '\0' ? person : account, p) == SEK_OK &&
	    p->name[0] != '\0')
		(void)sek_text_format(dst, size, "%s%s%s (%s)", p->section,
		    p->section[0] != '\0' ? " " : "", p->name, account);
	else
		(void)sek_text_copy(dst, size, account);
	tool_clean(dst, size);
	free(p);
}

/* Who is in the groups of a role: "A, B"; the groups' names where their
 * source lists none. */
static void
members(const struct tool *t, char *dst, size_t size, const char *groups)
{
	char group[SEK_NAME_MAX], name[2 * SEK_NAME_MAX];
	const char *cursor = groups;
	struct group *g;
	size_t len = 0;
	char **m;
	int n;

	dst[0] = '\0';
	while (sek_text_word(&cursor, group, sizeof(group))) {
		if ((g = getgrnam(group)) == NULL)
			continue;
		for (m = g->gr_mem; m != NULL && *m != NULL && len < size;
		    m++) {
			put_name(t, name, sizeof(name), *m, "");
			n = snprintf(dst + len, size - len, "%s%s",
			    len > 0 ? ", " : "", name);
			len += n > 0 ? (size_t)n : 0;
		}
	}
	if (len == 0 && groups[0] != '\0')
		(void)sek_text_format(dst, size, _("the members of: %s"),
		    groups);
	else if (len == 0)
		(void)sek_text_copy(dst, size, _("(nobody: name the group in "
		    "the policy)"));
}

static void
field_time(const struct tool *t, const char *label, int64_t wall)
{
	char text[32];

	tool_time(t, text, sizeof(text), wall);
	tool_page_field(stdout, label, text);
}

static void
field_part(const struct tool *t, const char *label, const struct sek_part *p)
{
	char name[2 * SEK_NAME_MAX], text[TEXT];

	tool_approval_part(t, text, sizeof(text), p);
	tool_page_field(stdout, label, text);
	if (p->at == 0 || t->store == NULL)
		return;
	put_name(t, name, sizeof(name), p->account, p->person);
	if (strcmp(name, p->account) != 0)
		tool_page_field(stdout, "", name);
}

static void
field_note(const char *label, const char *note)
{
	char text[SEK_APPROVAL_TEXT];

	if (note[0] == '\0')
		return;
	sek_text_printable(text, sizeof(text), note);
	tool_page_field(stdout, label, text);
}

/* What it is about, in either paper. */
static void
put_what(const struct tool *t, const struct tool_approval *one, int64_t wall)
{
	const struct sek_approval *a = &one->a;
	char text[TEXT];

	(void)snprintf(text, sizeof(text), "%s = %s", a->key, a->value);
	tool_clean(text, sizeof(text));
	tool_page_field(stdout, _("Policy"), text);
	sek_text_printable(text, sizeof(text), a->clause);
	tool_page_field(stdout, _("Clause"), text);
	tool_approval_list(text, sizeof(text), a->users, _("all"));
	tool_page_field(stdout, _("Users"), text);
	tool_approval_list(text, sizeof(text), a->terminals, _("all"));
	tool_page_field(stdout, _("Terminals"), text);
	field_note(_("Reason"), a->reason);
	field_time(t, _("From"), a->not_before);
	field_time(t, _("Until"), a->not_after);
	if (sek_approval_end(a) != a->not_after)
		field_time(t, _("Unless proved until"), sek_approval_end(a));
	field_time(t, _("Review by"), a->review_at);
	tool_page_field(stdout, _("State"), tool_approval_state(one, wall));
	tool_approval_overdue(one, text, sizeof(text));
	if (text[0] != '\0')
		tool_page_field(stdout, _("Overdue"), text);
	field_part(t, _("Asked by"), &a->asked);
	if (a->unavoidable)
		tool_page_field(stdout, _("Unavoidable"),
		    _("in force without another's yes"));
	if (a->decided.at != 0)
		field_part(t, a->state == SEK_APPROVAL_REFUSED ?
		    _("Refused by") : _("Given by"), &a->decided);
	field_note(_("Note"), a->decided.note);
}

/* What became of it. */
static void
put_end(const struct tool *t, const struct sek_approval *a)
{
	char text[128];

	if (a->uses > 0) {
		char last[32];

		tool_time(t, last, sizeof(last), a->last_used);
		(void)snprintf(text, sizeof(text), _("%llu times, last %s"),
		    (unsigned long long)a->uses, last);
		tool_page_field(stdout, _("Used"), text);
	}
	if (a->ended.at != 0)
		field_part(t, tool_approval_ended(a), &a->ended);
	field_note(_("Closing note"), a->ended.note);
	if (a->reviewed.at != 0)
		field_part(t, _("Reviewed by"), &a->reviewed);
	field_note(_("Note"), a->reviewed.note);
}

static void
put_head(const struct tool *t, const char *title, int64_t wall)
{
	char at[32];

	tool_page_rule(stdout, '=');
	tool_page_title(stdout, title);
	tool_page_rule(stdout, '=');
	tool_time(t, at, sizeof(at), wall);
	tool_page_field(stdout, _("Printed"), at);
	if (t->settings != NULL) {
		tool_page_field(stdout, _("Terminal"),
		    t->settings->terminal.id);
		if (t->settings->terminal.business[0] != '\0')
			tool_page_field(stdout, _("Business"),
			    t->settings->terminal.business);
	}
}

static void
put_addressees(const struct tool *t)
{
	const char *const titles[] = {
		_("Chief information security officer (CISO)"),
		_("General manager of information security"),
		_("Manager of this information system")
	};
	const struct sek_settings *s = t->settings;
	const char *const groups[] = {
		s != NULL ? s->roles.ciso : NULL,
		s != NULL ? s->roles.security_manager : NULL,
		s != NULL ? s->roles.system_manager : NULL
	};
	char text[TEXT], who[TEXT] = "";
	size_t i;

	for (i = 0; i < 3; i++) {
		/* Whoever may not read the policy knows no members. */
		if (groups[i] != NULL)
			members(t, who, sizeof(who), groups[i]);
		(void)snprintf(text, sizeof(text), "%s%s%.*s", titles[i],
		    who[0] != '\0' ? ": " : "", (int)(sizeof(text) / 2), who);
		tool_clean(text, sizeof(text));
		tool_page_text(stdout, 2, text);
	}
}

int
verb_exception_notice(struct tool *t, int argc, char **argv)
{
	const char *const seals[] = { _("CISO"), _("General manager"),
	    _("System manager"), NULL };
	struct tool_approvals one;
	int rc;

	(void)argc;
	if ((rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, argv[0], false, &one)) != TOOL_YES)
		return (rc);
	if (one.v[0].a.kind != SEK_APPROVAL_EXCEPTION) {
		tool_approvals_free(&one);
		return (tool_no_approval(argv[0]));
	}
	put_head(t, _("Notice of an exception"), one.wall);
	putchar('\n');
	tool_page_text(stdout, 0, _("To:"));
	put_addressees(t);
	putchar('\n');
	tool_page_text(stdout, 0, one.v[0].a.decided.at == 0 &&
	    !one.v[0].a.unavoidable ?
	    _("You are told that the following exception from the security "
	    "standard has been asked for.") :
	    _("You are told of the following exception from the security "
	    "standard."));
	putchar('\n');
	tool_page_field(stdout, _("ID"), one.v[0].a.id);
	put_what(t, &one.v[0], one.wall);
	put_end(t, &one.v[0].a);
	putchar('\n');
	tool_page_text(stdout, 0, _("Seen:"));
	tool_page_seals(stdout, seals);
	tool_approvals_free(&one);
	return (tool_flush());
}

/* Was it asked for, in force or looked at within the period? */
static bool
within(const struct sek_approval *a, int64_t from, int64_t until)
{
	int64_t first = a->asked.at < a->not_before && a->asked.at != 0 ?
	    a->asked.at : a->not_before;
	int64_t last = a->not_after;

	if (a->ended.at > last)
		last = a->ended.at;
	if (a->reviewed.at > last)
		last = a->reviewed.at;
	return (first <= until && last >= from);
}

static int
take_period(const struct tool *t, int64_t *from, int64_t *until)
{
	const char *f = tool_option(t, "from"), *u = tool_option(t, "until");

	*from = INT64_MIN;
	*until = INT64_MAX;
	if (f != NULL && tool_parse_time(t, f, false, from) != SEK_OK) {
		tool_error(_("--%s: give a time, like 2026-12-31, "
		    "\"2026-12-31 17:15\" or 35d"), "from");
		return (TOOL_USAGE);
	}
	if (u != NULL && tool_parse_time(t, u, true, until) != SEK_OK) {
		tool_error(_("--%s: give a time, like 2026-12-31, "
		    "\"2026-12-31 17:15\" or 35d"), "until");
		return (TOOL_USAGE);
	}
	if (*from > *until) {
		tool_error(_("the period ends before it begins"));
		return (TOOL_USAGE);
	}
	return (TOOL_YES);
}

static void
put_period(const struct tool *t, int64_t from, int64_t until)
{
	char f[32] = "", u[32] = "", text[80];

	if (from != INT64_MIN)
		tool_time(t, f, sizeof(f), from);
	if (until != INT64_MAX)
		tool_time(t, u, sizeof(u), until);
	(void)snprintf(text, sizeof(text), "%s - %s", f, u);
	tool_page_field(stdout, _("Period"), f[0] == '\0' && u[0] == '\0' ?
	    _("all that is kept") : text);
}

int
verb_exception_ledger(struct tool *t, int argc, char **argv)
{
	const char *const seals[] = { _("CISO"), _("General manager"),
	    _("System manager"), NULL };
	struct tool_approvals all;
	int64_t from, until;
	unsigned n = 0, overdue = 0;
	char text[128];
	size_t i;
	int rc, whole;

	(void)argc;
	(void)argv;
	if ((rc = take_period(t, &from, &until)) != TOOL_YES ||
	    (rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, NULL, false, &all)) != TOOL_YES)
		return (rc);
	/* By the zone that is known now. */
	(void)take_period(t, &from, &until);
	put_head(t, _("Ledger of exceptions"), all.wall);
	put_period(t, from, until);
	for (i = 0; i < all.n; i++) {
		if (all.v[i].a.kind != SEK_APPROVAL_EXCEPTION ||
		    !within(&all.v[i].a, from, until))
			continue;
		tool_page_rule(stdout, '-');
		(void)snprintf(text, sizeof(text), "%u.", ++n);
		tool_page_text(stdout, 0, text);
		tool_page_field(stdout, _("ID"), all.v[i].a.id);
		put_what(t, &all.v[i], all.wall);
		put_end(t, &all.v[i].a);
		overdue += all.v[i].overdue != 0;
	}
	tool_page_rule(stdout, '=');
	(void)snprintf(text, sizeof(text), _("Exceptions: %u; of them overdue: "
	    "%u"), n, overdue);
	tool_page_text(stdout, 0, text);
	if (all.tampered > 0) {
		(void)snprintf(text, sizeof(text), _("Left out, as they were "
		    "changed by other means: %llu"),
		    (unsigned long long)all.tampered);
		tool_page_text(stdout, 0, text);
	}
	putchar('\n');
	tool_page_seals(stdout, seals);
	whole = tool_approvals_whole(&all);
	tool_approvals_free(&all);
	rc = tool_flush();
	return (rc == TOOL_YES ? whole : rc);
}
