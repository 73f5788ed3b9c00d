/*
 * approvals.c - sekisho approvals, approvals show; the same of exceptions,
 * tickets and grants
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "util_approval.h"
#include "util_envelope.h"
#include "util_helper.h"
#include "verb.h"

/* What somebody should look at comes first. */
static int
rank(const struct tool_approval *a)
{

	if (a->a.state == SEK_APPROVAL_ASKED)
		return (0);
	if (a->overdue != 0)
		return (1);
	return (a->in_force ? 2 : a->a.state == SEK_APPROVAL_GIVEN ? 3 : 4);
}

static int
compare(const void *one, const void *other)
{
	const struct tool_approval *a = one, *b = other;
	int ra = rank(a), rb = rank(b);

	if (ra != rb)
		return (ra < rb ? -1 : 1);
	return (a->a.asked.at < b->a.asked.at ? -1 :
	    a->a.asked.at > b->a.asked.at);
}

#define KIND(k)	(UINT32_C(1) << (k))
#define ANY	UINT32_MAX

/* Envelopes lie in a folder of root's. Those of before only with --all. */
static enum sek_err
add_envelopes(struct tool *t, struct tool_list *l,
    const struct tool_envelopes *all, size_t *shown)
{
	bool every = tool_option(t, "all") != NULL;
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; err == SEK_OK && i < all->n; i++) {
		const struct sek_envelope *e = &all->v[i];

		if (!every && e->state != SEK_ENVELOPE_SEALED &&
		    e->state != SEK_ENVELOPE_SPENT)
			continue;
		++*shown;
		err = t->json ? tool_list_json(l, tool_envelope_json(t, e)) :
		    tool_envelope_row(t, l, e);
	}
	return (err);
}

static int
list(struct tool *t, uint32_t kinds, bool envelopes)
{
	struct tool_envelopes sealed = { .n = 0 };
	struct tool_approvals all;
	struct tool_list *l;
	enum sek_err err = SEK_OK;
	size_t i, shown = 0;
	int rc, whole;

	if ((rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, NULL,
	    tool_option(t, "all") == NULL, &all)) != TOOL_YES)
		return (rc);
	if (envelopes && !tool_ordinary() &&
	    (rc = tool_envelopes(t, &sealed)) != TOOL_YES) {
		tool_approvals_free(&all);
		return (rc);
	}
	if (all.n > 1)
		qsort(all.v, all.n, sizeof(*all.v), compare);
	if ((l = tool_list_new(t, tool_approval_columns)) == NULL)
		err = SEK_ERR_NOMEM;
	for (i = 0; err == SEK_OK && i < all.n; i++) {
		if (all.v[i].a.kind >= 32 ||
		    (kinds & KIND(all.v[i].a.kind)) == 0)
			continue;
		shown++;
		err = t->json ? tool_list_json(l, tool_approval_json(t,
		    &all.v[i], all.wall)) : tool_approval_row(t, l,
		    &all.v[i], all.wall);
	}
	if (err == SEK_OK)
		err = add_envelopes(t, l, &sealed, &shown);
	tool_envelopes_free(&sealed);
	if (err != SEK_OK) {
		tool_approvals_free(&all);
		tool_list_free(&l);
		return (tool_fail(err, NULL));
	}
	if (shown > 0 || t->json)
		rc = tool_list_end(t, &l, SEK_OK);
	else {
		tool_list_free(&l);
		puts(tool_option(t, "all") != NULL ? _("There are none.") :
		    _("Nothing waits for a decision, is in force or overdue "
		    "(--all: what is over, too)."));
		rc = tool_flush();
	}
	whole = tool_approvals_whole(&all);
	tool_approvals_free(&all);
	return (rc == TOOL_YES ? whole : rc);
}

int
verb_approvals(struct tool *t, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return (list(t, ANY, false));
}

int
verb_exception_list(struct tool *t, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return (list(t, KIND(SEK_APPROVAL_EXCEPTION), false));
}

int
verb_ticket_list(struct tool *t, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return (list(t, KIND(SEK_APPROVAL_TICKET) |
	    KIND(SEK_APPROVAL_BREAK_GLASS), true));
}

int
verb_grant_list(struct tool *t, int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return (list(t, KIND(SEK_APPROVAL_GRANT) |
	    KIND(SEK_APPROVAL_DEPUTY), false));
}

int
verb_approvals_show(struct tool *t, int argc, char **argv)
{
	struct tool_approvals one;
	int rc;

	(void)argc;
	if ((rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, argv[0], false, &one)) != TOOL_YES)
		return (rc);
	if (t->json)
		rc = tool_json_print(tool_approval_json(t, &one.v[0],
		    one.wall));
	else {
		tool_approval_tell(t, stdout, &one.v[0], one.wall);
		rc = tool_flush();
	}
	tool_approvals_free(&one);
	return (rc);
}
