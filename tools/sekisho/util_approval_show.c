/*
 * util_approval_show.c - an approval, told to people and programs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what others wrote is printed so that it steers no terminal.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/model/grant.h"
#include "sekisho/model/ticket.h"
#include "util_approval.h"

static const struct {
	uint32_t	 bit;
	const char	*word;		/* for programs */
	const char	*brief;		/* for people, in a list */
	const char	*text;		/* the same, of one */
} overdues[] = {
	{ SEK_OVERDUE_UNPROVEN, "unproven", N_("to be confirmed"),
	    N_("without proof: another person is to confirm it") },
	{ SEK_OVERDUE_UNAVOIDABLE, "unavoidable", N_("to be looked into"),
	    N_("taken without another's yes: another person is to review "
	    "it") },
	{ SEK_OVERDUE_REVIEW, "review", N_("to be reviewed"),
	    N_("its review is due") },
	{ SEK_OVERDUE_CLOSING, "closing", N_("to be closed"),
	    N_("over, and not closed yet") },
	{ SEK_OVERDUE_REPORT, "report", N_("to be reported"),
	    N_("opened, and its report is not written yet") },
};
#define NOVERDUES	(sizeof(overdues) / sizeof(overdues[0]))

/* The words of sek_approval_shown, so that they are translated. */
static const struct {
	const char	*word;
	const char	*text;
} states[] = {
	{ "asked", N_("asked") }, { "waiting", N_("waiting") },
	{ "in-force", N_("in-force") }, { "refused", N_("not given") },
	{ "withdrawn", N_("withdrawn") }, { "revoked", N_("revoked") },
	{ "over", N_("over") }, { "closed", N_("closed") },
	{ "reviewed", N_("reviewed") }
};

const char *
tool_approval_state(const struct tool_approval *a, int64_t wall)
{
	const char *word = sek_approval_shown(&a->a, wall);
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].word, word) == 0)
			return (_(states[i].text));
	return (word);
}

void
tool_clean(char *text, size_t size)
{
	char *copy = strdup(text);

	sek_text_printable(text, size, copy != NULL ? copy : "?");
	free(copy);
}

static void
tell_overdue(const struct tool_approval *a, bool brief, char *dst,
    size_t size)
{
	size_t i, len = 0;
	int n;

	dst[0] = '\0';
	for (i = 0; i < NOVERDUES; i++) {
		if ((a->overdue & overdues[i].bit) == 0 || len >= size)
			continue;
		n = snprintf(dst + len, size - len, "%s%s", len > 0 ? "; " : "",
		    _(brief ? overdues[i].brief : overdues[i].text));
		len += n > 0 ? (size_t)n : 0;
	}
}

void
tool_approval_overdue(const struct tool_approval *a, char *dst, size_t size)
{

	tell_overdue(a, false, dst, size);
}

void
tool_approval_list(char *dst, size_t size, const char *list, const char *all)
{
	char word[SEK_NAME_MAX];
	size_t len = 0;
	int n;

	(void)sek_text_copy(dst, size, list[0] == '\0' ? all : "");
	while (len < size && sek_text_word(&list, word, sizeof(word))) {
		tool_clean(word, sizeof(word));
		n = snprintf(dst + len, size - len, "%s%s", len > 0 ? ", " : "",
		    word);
		len += n > 0 ? (size_t)n : 0;
	}
}

void
tool_approval_part(const struct tool *t, char *dst, size_t size,
    const struct sek_part *p)
{
	char at[32], account[SEK_NAME_MAX], person[SEK_NAME_MAX + 32] = "";
	char evidence[SEK_AUTHENTICATORS_TEXT];

	if (p->at == 0) {
		(void)sek_text_copy(dst, size, "-");
		return;
	}
	tool_time(t, at, sizeof(at), p->at);
	sek_text_printable(account, sizeof(account),
	    p->account[0] != '\0' ? p->account : "-");
	sek_text_printable(evidence, sizeof(evidence), p->evidence);
	if (p->person[0] != '\0' && strcmp(p->person, p->account) != 0) {
		(void)sek_text_format(person, sizeof(person), _(" (person %s)"),
		    p->person);
		tool_clean(person, sizeof(person));
	}
	(void)snprintf(dst, size, "%s%s, %s, %s%s%s", account, person, at,
	    p->proven ? _("proved by two kinds") : _("not proved"),
	    p->proven && evidence[0] != '\0' ? ": " : "",
	    p->proven ? evidence : "");
}

/* ---------------------------------------------------------------- JSON -- */

static cJSON *
words_json(const char *list)
{
	cJSON *array = cJSON_CreateArray();
	char word[SEK_NAME_MAX];

	while (sek_text_word(&list, word, sizeof(word)))
		if (!cJSON_AddItemToArray(array, cJSON_CreateString(word)))
			break;
	return (array);
}

static cJSON *
overdue_json(const struct tool_approval *a)
{
	cJSON *array = cJSON_CreateArray();
	size_t i;

	for (i = 0; i < NOVERDUES; i++)
		if ((a->overdue & overdues[i].bit) != 0 &&
		    !cJSON_AddItemToArray(array,
		    cJSON_CreateString(overdues[i].word)))
			break;
	return (array);
}

static void
add_text(cJSON *o, const char *name, const char *text)
{

	cJSON_AddItemToObject(o, name, tool_json_text(text));
}

/* NAME_by and NAME_at of one person's part. */
static void
add_part(const struct tool *t, cJSON *o, const char *by, const char *at,
    const struct sek_part *p)
{

	add_text(o, by, p->at == 0 ? NULL : p->account[0] != '\0' ?
	    p->account : p->person);
	cJSON_AddItemToObject(o, at, tool_json_time(t, p->at));
}

/* The same once more, by the names that grants have for it. */
static void
add_grant(cJSON *o, const struct sek_approval *a)
{

	add_text(o, "target", a->key);
	add_text(o, "user", a->users);
	if (a->kind != SEK_APPROVAL_GRANT)
		return;
	add_text(o, "purpose", a->clause);
	add_text(o, "work", a->reason);
	cJSON_AddNumberToObject(o, "session_seconds",
	    (double)sek_grant_span(a));
	add_text(o, "result", a->state == SEK_APPROVAL_ENDED ?
	    a->ended.note : NULL);
}

cJSON *
tool_approval_json(const struct tool *t, const struct tool_approval *one,
    int64_t wall)
{
	const struct sek_approval *a = &one->a;
	cJSON *o = cJSON_CreateObject(), *evidence;

	add_text(o, "id", a->id);
	add_text(o, "kind", sek_approval_kind_name(
	    (enum sek_approval_kind)a->kind));
	add_text(o, "state", sek_approval_shown(a, wall));
	add_text(o, "clause", a->clause);
	add_text(o, "key", a->key);
	add_text(o, "value", a->value);
	cJSON_AddItemToObject(o, "users", words_json(a->users));
	cJSON_AddItemToObject(o, "terminals", words_json(a->terminals));
	add_text(o, "reason", a->reason);
	add_part(t, o, "asked_by", "asked_at", &a->asked);
	add_part(t, o, "decided_by", "decided_at", &a->decided);
	add_text(o, "note", a->decided.note);
	cJSON_AddItemToObject(o, "not_before",
	    tool_json_time(t, a->not_before));
	cJSON_AddItemToObject(o, "not_after", tool_json_time(t, a->not_after));
	cJSON_AddItemToObject(o, "review_at", tool_json_time(t, a->review_at));
	cJSON_AddNumberToObject(o, "uses", (double)a->uses);
	cJSON_AddItemToObject(o, "uses_max", a->uses_max == 0 ?
	    cJSON_CreateNull() : cJSON_CreateNumber((double)a->uses_max));
	/* Of what was done so far. */
	cJSON_AddBoolToObject(o, "proven", a->decided.at == 0 &&
	    !a->unavoidable ? a->asked.proven != 0 : sek_approval_proven(a));
	cJSON_AddBoolToObject(o, "unavoidable", a->unavoidable != 0);
	cJSON_AddBoolToObject(o, "in_force", one->in_force);
	cJSON_AddItemToObject(o, "overdue", overdue_json(one));
	add_part(t, o, "ended_by", "ended_at", &a->ended);
	add_text(o, "closing_note", a->ended.note);
	add_part(t, o, "reviewed_by", "reviewed_at", &a->reviewed);
	evidence = cJSON_AddObjectToObject(o, "evidence");
	cJSON_AddItemToObject(evidence, "asked",
	    words_json(a->asked.evidence));
	cJSON_AddItemToObject(evidence, "decided",
	    words_json(a->decided.evidence));
	if (sek_grant_is(a))
		add_grant(o, a);
	return (o);
}

/* ---------------------------------------------------------------- text -- */

static void
line(FILE *to, const char *label, const char *text)
{
	char shown[SEK_APPROVAL_LIST * 2];

	sek_text_printable(shown, sizeof(shown), text);
	fprintf(to, "%s: %s\n", label, shown[0] != '\0' ? shown : "-");
}

static void
line_note(FILE *to, const char *label, const char *text)
{

	if (text[0] != '\0')
		line(to, label, text);
}

const char *
tool_approval_ended(const struct sek_approval *a)
{

	return (a->state == SEK_APPROVAL_REVOKED ? _("Revoked by") :
	    a->state == SEK_APPROVAL_WITHDRAWN ? _("Withdrawn by") :
	    _("Closed by"));
}

const char *
tool_approval_ended_note(const struct sek_approval *a)
{

	return (a->kind == SEK_APPROVAL_GRANT &&
	    a->state == SEK_APPROVAL_ENDED ? _("Result of the work") :
	    _("Closing note"));
}

static void
tell_parts(const struct tool *t, FILE *to, const struct sek_approval *a)
{
	char text[SEK_APPROVAL_LIST];

	tool_approval_part(t, text, sizeof(text), &a->asked);
	line(to, _("Asked by"), text);
	if (a->unavoidable)
		line(to, _("Unavoidable"), _("in force without another's yes"));
	if (a->decided.at != 0) {
		tool_approval_part(t, text, sizeof(text), &a->decided);
		line(to, a->state == SEK_APPROVAL_REFUSED ? _("Refused by") :
		    _("Given by"), text);
		line_note(to, _("Note"), a->decided.note);
	}
	if (a->ended.at != 0) {
		tool_approval_part(t, text, sizeof(text), &a->ended);
		line(to, tool_approval_ended(a), text);
	}
	line_note(to, tool_approval_ended_note(a), a->ended.note);
	if (a->reviewed.at != 0) {
		tool_approval_part(t, text, sizeof(text), &a->reviewed);
		line(to, _("Reviewed by"), text);
		line_note(to, _("Note"), a->reviewed.note);
	}
}

/* The privileged ID of a grant or a deputy. */
static void
target(const struct sek_approval *a, char *dst, size_t size)
{

	(void)sek_text_copy(dst, size, strcmp(a->key, SEK_GRANT_ANY) == 0 ?
	    _("any") : a->key);
	tool_clean(dst, size);
}

/* What it allows: its label, and the text of it. */
static const char *
what(const struct sek_approval *a, char *dst, size_t size)
{

	switch ((enum sek_approval_kind)a->kind) {
	case SEK_APPROVAL_TICKET:
		(void)sek_text_copy(dst, size,
		    sek_ticket_purpose(a) == SEK_PURPOSE_ENROL ?
		    _("enrolment by a code") : sek_ticket_attended(a) ?
		    _("substitute, attended") : _("substitute, by a code"));
		return (_("Ticket"));
	case SEK_APPROVAL_BREAK_GLASS:
		(void)sek_text_copy(dst, size, _("envelope opened"));
		return (_("Break-glass"));
	case SEK_APPROVAL_GRANT:
		target(a, dst, size);
		return (_("Privileged ID"));
	case SEK_APPROVAL_DEPUTY:
		target(a, dst, size);
		return (_("Deputy for"));
	case SEK_APPROVAL_NONE:
	case SEK_APPROVAL_EXCEPTION:
	case SEK_APPROVAL_KINDS:
		break;
	}
	(void)sek_text_format(dst, size, "%s = %s", a->key, a->value);
	tool_clean(dst, size);
	return (_("Policy"));
}

/* What a grant says in place of a clause, users and a reason. */
static void
tell_grant(FILE *to, const struct sek_approval *a)
{
	char text[SEK_APPROVAL_LIST * 2];

	line(to, _("Purpose"), a->clause);
	line(to, _("Work"), a->reason);
	tool_approval_list(text, sizeof(text), a->users, _("all"));
	line(to, _("Who works"), text);
	sek_text_span_print(text, sizeof(text), sek_grant_span(a));
	line(to, _("Session at most"), text);
	if (a->uses_max == 0)
		return;
	(void)snprintf(text, sizeof(text), "%llu",
	    (unsigned long long)a->uses_max);
	line(to, _("Sessions at most"), text);
}

void
tool_approval_tell(const struct tool *t, FILE *to,
    const struct tool_approval *one, int64_t wall)
{
	const struct sek_approval *a = &one->a;
	char text[SEK_APPROVAL_LIST * 2];
	const char *label;

	line(to, _("ID"), a->id);
	line(to, _("State"), tool_approval_state(one, wall));
	tool_approval_overdue(one, text, sizeof(text));
	line_note(to, _("Overdue"), text);
	label = what(a, text, sizeof(text));
	line(to, label, text);
	if (a->kind == SEK_APPROVAL_GRANT)
		tell_grant(to, a);
	else {
		line(to, _("Clause"), a->clause);
		tool_approval_list(text, sizeof(text), a->users, _("all"));
		line(to, _("Users"), text);
		tool_approval_list(text, sizeof(text), a->terminals, _("all"));
		line(to, _("Terminals"), text);
		line(to, _("Reason"), a->reason);
	}
	tool_time(t, text, sizeof(text), a->not_before);
	line(to, _("From"), text);
	tool_time(t, text, sizeof(text), a->not_after);
	line(to, _("Until"), text);
	if (sek_approval_end(a) != a->not_after) {
		tool_time(t, text, sizeof(text), sek_approval_end(a));
		line(to, _("Unless proved until"), text);
	}
	if (a->review_at != 0) {
		tool_time(t, text, sizeof(text), a->review_at);
		line(to, a->kind == SEK_APPROVAL_BREAK_GLASS ?
		    _("Report by") : _("Review by"), text);
	}
	tell_parts(t, to, a);
	if (a->uses > 0) {
		char last[32];

		tool_time(t, last, sizeof(last), a->last_used);
		fprintf(to, _("Used: %llu times, last %s\n"),
		    (unsigned long long)a->uses, last);
	}
	fflush(to);
}

const char *const tool_approval_columns[] = {
	N_("ID"), N_("State"), N_("Policy"), N_("Users"), N_("Asked by"),
	N_("Until"), N_("Overdue"), NULL
};

enum sek_err
tool_approval_row(const struct tool *t, struct tool_list *l,
    const struct tool_approval *one, int64_t wall)
{
	const struct sek_approval *a = &one->a;
	char is[2 * SEK_APPROVAL_KEY + 8], users[SEK_APPROVAL_LIST * 2];
	char until[32], overdue[512], asked[SEK_NAME_MAX];
	const char *cells[7];

	(void)what(a, is, sizeof(is));
	if (a->kind == SEK_APPROVAL_GRANT) {
		(void)snprintf(is, sizeof(is), "%s (%s)", a->key, a->clause);
		tool_clean(is, sizeof(is));
	}
	tool_approval_list(users, sizeof(users), a->users, _("all"));
	sek_text_printable(asked, sizeof(asked), a->asked.account[0] != '\0' ?
	    a->asked.account : a->asked.person);
	tool_time(t, until, sizeof(until), a->not_after);
	tell_overdue(one, true, overdue, sizeof(overdue));
	cells[0] = a->id;
	cells[1] = tool_approval_state(one, wall);
	cells[2] = is;
	cells[3] = users;
	cells[4] = asked;
	cells[5] = until;
	cells[6] = overdue;
	return (tool_list_row(l, cells));
}
