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

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_approval.h"
#include "util_page.h"
#include "util_paper.h"
#include "util_sheet.h"
#include "verb.h"

#define TEXT	4096

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
	tool_paper_note(_("Reason"), a->reason);
	tool_sheet_time(t, _("From"), a->not_before);
	tool_sheet_time(t, _("Until"), a->not_after);
	if (sek_approval_end(a) != a->not_after)
		tool_sheet_time(t, _("Unless proved until"), sek_approval_end(a));
	tool_sheet_time(t, _("Review by"), a->review_at);
	tool_page_field(stdout, _("State"), tool_approval_state(one, wall));
	tool_approval_overdue(one, text, sizeof(text));
	if (text[0] != '\0')
		tool_page_field(stdout, _("Overdue"), text);
	tool_paper_part(t, _("Asked by"), &a->asked);
	if (a->unavoidable)
		tool_page_field(stdout, _("Unavoidable"),
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
	char text[128];

	if (a->uses > 0) {
		char last[32];

		tool_time(t, last, sizeof(last), a->last_used);
		(void)snprintf(text, sizeof(text), _("%llu times, last %s"),
		    (unsigned long long)a->uses, last);
		tool_page_field(stdout, _("Used"), text);
	}
	if (a->ended.at != 0)
		tool_paper_part(t, tool_approval_ended(a), &a->ended);
	tool_paper_note(_("Closing note"), a->ended.note);
	if (a->reviewed.at != 0)
		tool_paper_part(t, _("Reviewed by"), &a->reviewed);
	tool_paper_note(_("Note"), a->reviewed.note);
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
	tool_paper_head(t, _("Notice of an exception"), one.wall);
	putchar('\n');
	tool_page_text(stdout, 0, _("To:"));
	tool_paper_offices(t);
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
	if ((rc = tool_paper_period(t, &from, &until)) != TOOL_YES ||
	    (rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, NULL, false, &all)) != TOOL_YES)
		return (rc);
	/* By the zone that is known now. */
	(void)tool_paper_period(t, &from, &until);
	tool_paper_head(t, _("Ledger of exceptions"), all.wall);
	tool_paper_put_period(t, from, until);
	for (i = 0; i < all.n; i++) {
		if (all.v[i].a.kind != SEK_APPROVAL_EXCEPTION ||
		    !tool_paper_within(&all.v[i].a, from, until))
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
