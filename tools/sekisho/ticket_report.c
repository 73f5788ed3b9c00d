/*
 * ticket_report.c - sekisho ticket report: what there was in a period; and the
 * report of an envelope that was opened
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5)③. A substitute (代替) is shown apart, and never counts as a second
 * factor that was there, nor as a cryptographic one.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/model/ticket.h"
#include "util_approval.h"
#include "util_envelope.h"
#include "util_helper.h"
#include "util_page.h"
#include "util_paper.h"
#include "util_sheet.h"
#include "verb.h"

#define TEXT	4096
#define DAY	11		/* "2026-11-20", with NUL */
#define DAYS	40

/* One person's substitutes. */
struct holder {
	char		person[SEK_NAME_MAX];
	char		account[SEK_NAME_MAX];	/* of the first */
	unsigned	code;			/* in the period */
	unsigned	attended;
	/* As the limit counts them: days of the last 30. */
	char		day[DAYS][DAY];
	unsigned	days;
};
struct report {
	struct tool		*t;
	struct tool_approvals	 all;
	struct tool_envelopes	 envelopes;
	bool			 has_envelopes;	/* root: could look */
	int64_t			 from;
	int64_t			 until;
	struct holder		*holder;
	size_t			 n;
	unsigned		 code, attended, enrolled, opened;
};

static const struct sek_approval *
nth(const struct report *r, size_t i)
{

	return (&r->all.v[i].a);
}

/* Asked, given or over within the period? */
static bool
within(const struct report *r, const struct sek_approval *a)
{
	int64_t at = a->decided.at != 0 ? a->decided.at : a->asked.at;

	return (at >= r->from && at <= r->until);
}

static bool
was_given(const struct sek_approval *a)
{

	return (a->decided.at != 0 && (a->state == SEK_APPROVAL_GIVEN ||
	    a->state == SEK_APPROVAL_REVOKED ||
	    a->state == SEK_APPROVAL_ENDED));
}

/* ------------------------------------------------------------ gathering -- */

/* Whose account it is, where root may ask; else the account itself. */
static void
person_of(const struct report *r, const struct sek_approval *a, char *dst)
{
	struct sek_limits limits = { .deny = 1 };
	struct sek_user *user = NULL;

	(void)sek_text_copy(dst, SEK_NAME_MAX, a->users);
	if (sek_ticket_attended(a) && a->asked.person[0] != '\0')
		(void)sek_text_copy(dst, SEK_NAME_MAX, a->asked.person);
	else if (r->t->store != NULL &&
	    (user = calloc(1, sizeof(*user))) != NULL &&
	    sek_store_user(r->t->store, a->users, &limits, user) == SEK_OK &&
	    user->account.person[0] != '\0')
		(void)sek_text_copy(dst, SEK_NAME_MAX, user->account.person);
	free(user);
}

static struct holder *
holder_of(struct report *r, const struct sek_approval *a)
{
	char person[SEK_NAME_MAX];
	struct holder *more;
	size_t i;

	person_of(r, a, person);
	for (i = 0; i < r->n; i++)
		if (strcmp(r->holder[i].person, person) == 0)
			return (&r->holder[i]);
	if ((more = reallocarray(r->holder, r->n + 1, sizeof(*more))) == NULL)
		return (NULL);
	r->holder = more;
	memset(&more[r->n], 0, sizeof(*more));
	memcpy(more[r->n].person, person, sizeof(person));
	(void)sek_text_copy(more[r->n].account, SEK_NAME_MAX, a->users);
	return (&more[r->n++]);
}

static void
count_day(const struct report *r, struct holder *h, int64_t wall)
{
	char text[64];
	unsigned i;

	if (wall <= r->all.wall - SEK_TICKET_WINDOW)
		return;
	sek_clock_print(text, sizeof(text), wall, tool_zone(r->t));
	text[DAY - 1] = '\0';
	for (i = 0; i < h->days; i++)
		if (strcmp(h->day[i], text) == 0)
			return;
	if (h->days < DAYS)
		(void)sek_text_copy(h->day[h->days++], DAY, text);
}

static enum sek_err
gather(struct report *r)
{
	const struct sek_approval *a;
	struct holder *h;
	size_t i;

	for (i = 0; i < r->all.n; i++) {
		a = nth(r, i);
		if (a->kind == SEK_APPROVAL_BREAK_GLASS && within(r, a))
			r->opened++;
		if (!was_given(a) || a->kind != SEK_APPROVAL_TICKET)
			continue;
		if (sek_ticket_purpose(a) == SEK_PURPOSE_ENROL) {
			r->enrolled += within(r, a);
			continue;
		}
		if ((h = holder_of(r, a)) == NULL)
			return (SEK_ERR_NOMEM);
		count_day(r, h, a->decided.at);
		if (!within(r, a))
			continue;
		h->attended += sek_ticket_attended(a);
		h->code += !sek_ticket_attended(a);
		r->attended += sek_ticket_attended(a);
		r->code += !sek_ticket_attended(a);
	}
	return (SEK_OK);
}

/* Nobody's who had none in the period, nor in the last 30 days. */
static bool
is_shown(const struct holder *h)
{

	return (h->code + h->attended + h->days > 0);
}

static unsigned
days_allowed(const struct report *r)
{

	return (r->t->settings != NULL ?
	    (unsigned)r->t->settings->ticket.substitute_max : 0);
}

/* ----------------------------------------------------------------- JSON -- */

static cJSON *
tickets_json(const struct report *r, enum sek_approval_kind kind,
    enum sek_purpose purpose)
{
	cJSON *array = cJSON_CreateArray();
	size_t i;

	for (i = 0; i < r->all.n; i++)
		if (nth(r, i)->kind == (uint32_t)kind && within(r, nth(r, i)) &&
		    sek_ticket_purpose(nth(r, i)) == purpose)
			cJSON_AddItemToArray(array, tool_approval_json(r->t,
			    &r->all.v[i], r->all.wall));
	return (array);
}

static cJSON *
substitutes_json(const struct report *r)
{
	cJSON *o = cJSON_CreateObject(), *array = cJSON_CreateArray(), *one;
	size_t i;

	cJSON_AddNumberToObject(o, "code", r->code);
	cJSON_AddNumberToObject(o, "attended", r->attended);
	cJSON_AddBoolToObject(o, "cryptographic", false);
	for (i = 0; i < r->n; i++) {
		if (!is_shown(&r->holder[i]))
			continue;
		one = cJSON_CreateObject();
		cJSON_AddStringToObject(one, "person", r->holder[i].person);
		cJSON_AddStringToObject(one, "user", r->holder[i].account);
		cJSON_AddNumberToObject(one, "code", r->holder[i].code);
		cJSON_AddNumberToObject(one, "attended",
		    r->holder[i].attended);
		cJSON_AddNumberToObject(one, "days", r->holder[i].days);
		cJSON_AddItemToObject(one, "max", days_allowed(r) == 0 ?
		    cJSON_CreateNull() : cJSON_CreateNumber(days_allowed(r)));
		cJSON_AddItemToArray(array, one);
	}
	cJSON_AddItemToObject(o, "persons", array);
	cJSON_AddItemToObject(o, "tickets", tickets_json(r,
	    SEK_APPROVAL_TICKET, SEK_PURPOSE_SUBSTITUTE));
	return (o);
}

static cJSON *
envelopes_json(const struct report *r)
{
	cJSON *array;
	size_t i;

	if (!r->has_envelopes)
		return (cJSON_CreateNull());
	array = cJSON_CreateArray();
	for (i = 0; i < r->envelopes.n; i++)
		cJSON_AddItemToArray(array, tool_envelope_json(r->t,
		    &r->envelopes.v[i]));
	return (array);
}

static int
print_json(const struct report *r)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "from", r->from == INT64_MIN ?
	    cJSON_CreateNull() : tool_json_time(r->t, r->from));
	cJSON_AddItemToObject(o, "until", r->until == INT64_MAX ?
	    cJSON_CreateNull() : tool_json_time(r->t, r->until));
	cJSON_AddItemToObject(o, "substitutes", substitutes_json(r));
	cJSON_AddItemToObject(o, "enrolments", tickets_json(r,
	    SEK_APPROVAL_TICKET, SEK_PURPOSE_ENROL));
	cJSON_AddItemToObject(o, "break_glass", tickets_json(r,
	    SEK_APPROVAL_BREAK_GLASS, SEK_PURPOSE_NONE));
	cJSON_AddItemToObject(o, "envelopes", envelopes_json(r));
	return (tool_json_print(o));
}

/* ---------------------------------------------------------------- paper -- */

static void
put_title(const char *title)
{

	tool_page_rule(stdout, '-');
	tool_page_text(stdout, 0, title);
}

/* "  yamada 山田 (税務課)   3 of 5 days" and how they came about. */
static void
put_holder(const struct report *r, const struct holder *h)
{
	char name[SEK_NAME_MAX], section[SEK_NAME_MAX];
	char label[TEXT], text[TEXT];

	tool_sheet_name(r->t, name, section, sizeof(name), h->account);
	(void)snprintf(label, sizeof(label), "%s%s%s", h->account,
	    name[0] != '\0' ? " " : "", name);
	tool_clean(label, sizeof(label));
	if (days_allowed(r) > 0)
		(void)snprintf(text, sizeof(text), _("by a code %u, attended "
		    "%u; days of the last 30: %u of %u"), h->code, h->attended,
		    h->days, days_allowed(r));
	else
		(void)snprintf(text, sizeof(text), _("by a code %u, attended "
		    "%u; days of the last 30: %u"), h->code, h->attended,
		    h->days);
	tool_page_field(stdout, label, text);
}

static void
put_ticket(const struct report *r, const struct tool_approval *one)
{
	char at[32], text[TEXT], part[TEXT], overdue[512];
	const struct sek_approval *a = &one->a;

	tool_time(r->t, at, sizeof(at), a->decided.at != 0 ? a->decided.at :
	    a->asked.at);
	(void)snprintf(text, sizeof(text), "%s  %s  %s", a->users,
	    tool_approval_state(one, r->all.wall), a->uses > 0 ? _("used") :
	    _("not used"));
	tool_clean(text, sizeof(text));
	tool_page_field(stdout, at, text);
	(void)snprintf(text, sizeof(text), "%s: %s", _("Reason"), a->reason);
	tool_clean(text, sizeof(text));
	tool_page_field(stdout, "", text);
	if (a->decided.at != 0 && a->kind == SEK_APPROVAL_TICKET) {
		tool_approval_part(r->t, part, sizeof(part), &a->decided);
		(void)snprintf(text, sizeof(text), "%s: %.*s",
		    _("Given by"), (int)(sizeof(text) / 2), part);
		tool_page_field(stdout, "", text);
	}
	if (a->ended.note[0] != '\0') {
		(void)snprintf(text, sizeof(text), "%s: %s", _("Closing note"),
		    a->ended.note);
		tool_clean(text, sizeof(text));
		tool_page_field(stdout, "", text);
	}
	tool_approval_overdue(one, overdue, sizeof(overdue));
	if (overdue[0] != '\0')
		tool_page_field(stdout, _("Overdue"), overdue);
	if (a->kind == SEK_APPROVAL_BREAK_GLASS && overdue[0] != '\0') {
		tool_time(r->t, at, sizeof(at), a->review_at);
		(void)snprintf(text, sizeof(text), "%s: %s\nsekisho ticket "
		    "report %s --note TEXT", _("Report by"), at, a->id);
		tool_page_field(stdout, "", text);
	}
}

static void
put_tickets(const struct report *r, enum sek_approval_kind kind,
    enum sek_purpose purpose)
{
	size_t i;

	for (i = 0; i < r->all.n; i++)
		if (nth(r, i)->kind == (uint32_t)kind && within(r, nth(r, i)) &&
		    sek_ticket_purpose(nth(r, i)) == purpose)
			put_ticket(r, &r->all.v[i]);
}

static void
put_head(const struct report *r)
{
	char at[32];

	tool_page_rule(stdout, '=');
	tool_page_title(stdout, _("Report on tickets"));
	tool_page_rule(stdout, '=');
	tool_time(r->t, at, sizeof(at), r->all.wall);
	tool_page_field(stdout, _("Printed"), at);
	if (r->t->settings != NULL)
		tool_page_field(stdout, _("Terminal"),
		    r->t->settings->terminal.id);
	tool_paper_put_period(r->t, r->from, r->until);
}

static void
put_envelopes(const struct report *r)
{
	char text[TEXT], until[32];
	size_t i;

	for (i = 0; i < r->envelopes.n; i++) {
		const struct sek_envelope *e = &r->envelopes.v[i];

		tool_time(r->t, until, sizeof(until), e->ends);
		(void)snprintf(text, sizeof(text), _("%s, %s, until %s"),
		    e->account[0] != '\0' ? e->account : "-",
		    _(tool_envelope_state(e)), until);
		tool_clean(text, sizeof(text));
		tool_page_field(stdout, e->id, text);
	}
	if (!r->has_envelopes ||
	    tool_envelope_sealed(r->t, &r->envelopes) != NULL)
		return;
	(void)snprintf(text, sizeof(text), "%s%s",
	    _("No sealed envelope is there: "), TOOL_ENVELOPE_MAKE);
	tool_page_text(stdout, 2, text);
}

static int
print_paper(const struct report *r)
{
	const char *const seals[] = { _("System manager"), _("Seen by"),
	    NULL };
	char text[TEXT];
	size_t i;

	put_head(r);
	(void)snprintf(text, sizeof(text), _("Substitutes for a card or token "
	    "left at home: %u by a code, %u attended. They stand for "
	    "possession for a day, and never count as cryptographic."),
	    r->code, r->attended);
	put_title(text);
	for (i = 0; i < r->n; i++)
		if (is_shown(&r->holder[i]))
			put_holder(r, &r->holder[i]);
	put_tickets(r, SEK_APPROVAL_TICKET, SEK_PURPOSE_SUBSTITUTE);
	(void)snprintf(text, sizeof(text), _("Enrolments by a code: %u"),
	    r->enrolled);
	put_title(text);
	put_tickets(r, SEK_APPROVAL_TICKET, SEK_PURPOSE_ENROL);
	(void)snprintf(text, sizeof(text), _("Envelopes opened: %u"),
	    r->opened);
	put_title(text);
	put_tickets(r, SEK_APPROVAL_BREAK_GLASS, SEK_PURPOSE_NONE);
	put_envelopes(r);
	tool_page_rule(stdout, '=');
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}

/* ----------------------------------------------------------------- verb -- */

static int
period(struct tool *t)
{
	struct report r = { .t = t };
	enum sek_err err;
	int rc, whole;

	if ((rc = tool_paper_period(t, &r.from, &r.until)) != TOOL_YES ||
	    (rc = tool_approvals_open(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, NULL, false, &r.all)) != TOOL_YES)
		return (rc);
	/* By the zone that is known now. */
	(void)tool_paper_period(t, &r.from, &r.until);
	if (!tool_ordinary()) {
		rc = tool_envelopes(t, &r.envelopes);
		r.has_envelopes = rc == TOOL_YES;
	}
	if (rc == TOOL_YES && (err = gather(&r)) != SEK_OK)
		rc = tool_fail(err, NULL);
	if (rc == TOOL_YES)
		rc = t->json ? print_json(&r) : print_paper(&r);
	whole = tool_approvals_whole(&r.all);
	free(r.holder);
	tool_envelopes_free(&r.envelopes);
	tool_approvals_free(&r.all);
	return (rc == TOOL_YES ? whole : rc);
}

int
verb_ticket_report(struct tool *t, int argc, char **argv)
{
	bool timed = tool_option(t, "from") != NULL ||
	    tool_option(t, "until") != NULL;

	if (argc == 0 && (tool_option(t, "note") != NULL || t->yes)) {
		tool_error(_("--note: say of which envelope that was opened: "
		    "its ID (sekisho approvals)"));
		return (TOOL_USAGE);
	}
	if (argc == 0)
		return (period(t));
	if (timed) {
		tool_error(_("--from, --until: a period is reported without an "
		    "ID"));
		return (TOOL_USAGE);
	}
	return (tool_approval_close(t, argv[0]));
}
