/*
 * util_tickets.c - what explain says of codes that do not count (yet), and of
 * the days on which somebody may have a substitute
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The login tells none of it: who asks sekisho explain, or nobody, does. The
 * days are told of, not decided on: that is the store's.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/ticket.h"
#include "sekisho/model/ticket.h"
#include "util_approval.h"
#include "util_explain.h"

#define DAY	11		/* "2026-11-20", with NUL */

/* One person's substitutes, by the day. */
struct days {
	const struct tool	*t;
	int64_t			 at;
	char			 today[DAY];
	char			 day[SEK_TICKET_MAX_DAYS][DAY];
	unsigned		 n;
	bool			 on_today;
};

static void
day_of(const struct tool *t, char *dst, int64_t wall)
{
	char text[64];

	sek_clock_print(text, sizeof(text), wall, tool_zone(t));
	(void)sek_text_format(dst, DAY, "%.*s", DAY - 1, text);
}

/* Whose account is it? Root's store knows; else it is its own person. */
static bool
is_his(const struct tool *t, const char *person, const struct sek_approval *a)
{
	struct sek_limits limits = { .deny = 1 };
	struct sek_user *user;
	bool yes = strcmp(a->users, person) == 0;

	if (sek_ticket_attended(a) && a->asked.person[0] != '\0')
		return (strcmp(a->asked.person, person) == 0);
	if ((user = calloc(1, sizeof(*user))) == NULL)
		return (yes);
	if (sek_store_user(t->store, a->users, &limits, user) == SEK_OK &&
	    user->account.person[0] != '\0')
		yes = strcmp(user->account.person, person) == 0;
	free(user);
	return (yes);
}

static void
count(struct days *d, const struct sek_approval *a)
{
	char day[DAY];
	unsigned i;

	if (a->decided.at == 0 || a->decided.at > d->at ||
	    a->decided.at <= d->at - SEK_TICKET_WINDOW ||
	    (a->state != SEK_APPROVAL_GIVEN &&
	    a->state != SEK_APPROVAL_REVOKED &&
	    a->state != SEK_APPROVAL_ENDED))
		return;
	day_of(d->t, day, a->decided.at);
	d->on_today = d->on_today || strcmp(day, d->today) == 0;
	for (i = 0; i < d->n; i++)
		if (strcmp(d->day[i], day) == 0)
			return;
	if (d->n < SEK_TICKET_MAX_DAYS)
		memcpy(d->day[d->n++], day, sizeof(day));
}

/* Asked and not given; or of a first login that was had already. */
static void
tell_one(struct sek_explain *x, const struct tool_approval *one, int64_t wall)
{
	const struct sek_approval *a = &one->a;
	bool asked = a->state == SEK_APPROVAL_ASKED && a->not_after > wall;
	struct sek_finding *f;

	if (!asked && (x->tickets.beside.live != 0 || !one->in_force ||
	    a->uses == 0 || sek_ticket_attended(a)))
		return;
	f = sek_explain_add(x, SEK_EXPLAIN_ENROLMENT, SEK_WORD_REASON,
	    SEK_REASON_TICKET, false);
	if (f != NULL && asked)
		(void)sek_text_format(f->detail, sizeof(f->detail), "%s: %s",
		    a->id, tool_approval_state(one, wall));
	else if (f != NULL)
		(void)sek_text_format(f->detail, sizeof(f->detail),
		    "%s: %s, %llu/%llu", a->id, tool_approval_state(one, wall),
		    (unsigned long long)a->uses,
		    (unsigned long long)a->uses_max);
}

void
tool_explain_tickets(struct tool *t, struct sek_explain *x, int64_t at)
{
	struct tool_approvals all;
	struct days d = { .t = t, .at = at };
	struct sek_finding *f;
	const char *person = x->user;
	enum sek_purpose purpose;
	size_t i;

	if (t->store == NULL || t->settings == NULL || x->prospect == NULL ||
	    x->who.privileged || x->no_tickets)
		return;
	if (x->prospect->found.account.person[0] != '\0')
		person = x->prospect->found.account.person;
	if (tool_approvals_read(t, NULL, false, &all) != TOOL_YES)
		return;
	day_of(t, d.today, at);
	for (i = 0; i < all.n; i++) {
		purpose = sek_ticket_purpose(&all.v[i].a);
		if (purpose != SEK_PURPOSE_NONE &&
		    strcmp(all.v[i].a.users, x->user) == 0)
			tell_one(x, &all.v[i], at);
		if (purpose == SEK_PURPOSE_SUBSTITUTE &&
		    is_his(t, person, &all.v[i].a))
			count(&d, &all.v[i].a);
	}
	tool_approvals_free(&all);
	sek_settings_for(t->settings, x->user);
	if (t->settings->ticket.substitute == SEK_SUBSTITUTE_NO ||
	    d.on_today || d.n < (unsigned)t->settings->ticket.substitute_max)
		return;
	f = sek_explain_add(x, SEK_EXPLAIN_ENROLMENT, SEK_WORD_REASON,
	    SEK_REASON_TOO_MANY, false);
	if (f != NULL)
		f->key = "ticket.substitute_max";
}
