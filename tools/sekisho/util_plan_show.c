/*
 * util_plan_show.c - a plan of joiners, leavers and movers, told
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "util_approval.h"
#include "util_page.h"
#include "util_plan.h"
#include "util_sheet.h"

#define WHAT	1024u

static const char *const kinds[SEK_PLAN_KINDS] = {
	[SEK_PLAN_NONE] = "",
	[SEK_PLAN_JOIN] = N_("joins"),
	[SEK_PLAN_LEAVE] = N_("leaves"),
	[SEK_PLAN_MOVE] = N_("moves")
};

static const char *
id_of(const struct tool_plan_row *v)
{

	return (v->change.after.id[0] != '\0' ? v->change.after.id :
	    v->row.person[0] != '\0' ? v->row.person : v->row.account);
}

/* The groups of his that the policy lets in here, which a mover may have to
 * leave or get. */
static void
groups_of(const struct tool_plan *p, const struct tool_plan_row *v, char *dst,
    size_t size)
{
	const char *list = p->t->settings->terminal.allow_groups;
	char word[SEK_NAME_MAX];
	struct sek_passwd who;
	size_t n = 0;
	bool in;

	dst[0] = '\0';
	if (v->row.kind != SEK_PLAN_MOVE || v->row.account[0] == '\0' ||
	    list[0] == '\0' ||
	    sek_account_find(&who, v->row.account) != SEK_OK || !who.known)
		return;
	while (sek_text_word(&list, word, sizeof(word))) {
		if (sek_account_in_groups(&in, who.name, who.gid, word) !=
		    SEK_OK || !in)
			continue;
		(void)sek_text_format(dst + n, size - n, "%s%s",
		    n > 0 ? " " : "", word);
		n = strlen(dst);
	}
}

static cJSON *
row_json(const struct tool_plan *p, const struct tool_plan_row *v)
{
	const struct tool *t = p->t;
	const struct sek_person *a = &v->change.after;
	cJSON *o = tool_gone_json(t, &p->gone, v->gone_from, v->gone_to);
	char groups[WHAT];

	groups_of(p, v, groups, sizeof(groups));
	cJSON_AddNumberToObject(o, "line", (double)v->row.line);
	cJSON_AddStringToObject(o, "action",
	    sek_plan_kind_name((enum sek_plan_kind)v->row.kind));
	cJSON_AddItemToObject(o, "account", tool_json_text(v->row.account));
	cJSON_AddItemToObject(o, "person", tool_json_text(id_of(v)));
	cJSON_AddItemToObject(o, "name", tool_json_text(a->name));
	cJSON_AddItemToObject(o, "section", tool_json_text(a->section));
	cJSON_AddItemToObject(o, "from", tool_json_time(t, a->from));
	cJSON_AddItemToObject(o, "to", tool_json_time(t, a->to));
	cJSON_AddBoolToObject(o, "contractor", a->contractor != 0);
	cJSON_AddItemToObject(o, "state", tool_json_text(
	    sek_account_state_name((enum sek_account_state)a->state)));
	cJSON_AddBoolToObject(o, "new", v->change.before.id[0] == '\0');
	cJSON_AddBoolToObject(o, "nothing", v->change.nothing != 0);
	cJSON_AddBoolToObject(o, "made", v->made);
	cJSON_AddItemToObject(o, "groups", tool_json_text(groups));
	return (o);
}

cJSON *
tool_plan_json(const struct tool_plan *p, bool applied)
{
	cJSON *o = cJSON_CreateObject(), *counts = cJSON_CreateObject();
	cJSON *rows = cJSON_CreateArray();
	size_t i;

	cJSON_AddStringToObject(o, "file", p->path);
	cJSON_AddBoolToObject(o, "applied", applied);
	cJSON_AddNumberToObject(counts, "join", (double)p->counts.join);
	cJSON_AddNumberToObject(counts, "leave", (double)p->counts.leave);
	cJSON_AddNumberToObject(counts, "move", (double)p->counts.move);
	cJSON_AddNumberToObject(counts, "nothing", (double)p->counts.nothing);
	cJSON_AddNumberToObject(counts, "authenticators",
	    (double)p->counts.authenticators);
	cJSON_AddNumberToObject(counts, "missing", (double)p->missing);
	cJSON_AddItemToObject(o, "counts", counts);
	for (i = 0; i < p->n; i++)
		cJSON_AddItemToArray(rows, row_json(p, &p->v[i]));
	cJSON_AddItemToObject(o, "rows", rows);
	return (o);
}

static void add(char *dst, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Behind what is there, of WHAT bytes. */
static void
add(char *dst, const char *fmt, ...)
{
	size_t n = strlen(dst);
	va_list ap;

	if (n > 0 && n < WHAT - 3)
		n += (size_t)snprintf(dst + n, WHAT - n, "; ");
	va_start(ap, fmt);
	(void)vsnprintf(dst + n, WHAT - n, fmt, ap);
	va_end(ap);
}

static void
add_text(char *dst, const char *label, const char *from, const char *to)
{

	if (strcmp(from, to) == 0)
		return;
	if (from[0] != '\0')
		add(dst, "%s: %s -> %s", label, from, to);
	else
		add(dst, "%s: %s", label, to);
}

static void
add_time(const struct tool *t, char *dst, const char *label, int64_t from,
    int64_t to)
{
	char text[32];

	if (from == to)
		return;
	tool_time(t, text, sizeof(text), to);
	add(dst, "%s: %s", label, text);
}

/* What changes, in words. */
static void
what_of(const struct tool_plan *p, const struct tool_plan_row *v, char *dst)
{
	const struct sek_person *b = &v->change.before, *a = &v->change.after;
	char groups[WHAT / 2];

	dst[0] = '\0';
	if (v->row.kind == SEK_PLAN_JOIN && v->row.uid == SEK_UID_NONE)
		add(dst, "%s", _("account is made"));
	add_text(dst, _("Name"), b->name, a->name);
	add_text(dst, _("Section"), b->section, a->section);
	add_time(p->t, dst, _("From"), b->from, a->from);
	add_time(p->t, dst, _("To"), b->to, a->to);
	if (a->contractor != b->contractor)
		add(dst, "%s: %s", _("Contractor"),
		    a->contractor ? _("yes") : _("no"));
	if (v->change.authenticators > 0)
		add(dst, _("to collect: %u"), v->change.authenticators);
	groups_of(p, v, groups, sizeof(groups));
	if (groups[0] != '\0')
		add(dst, _("look at the groups: %s"), groups);
	tool_clean(dst, WHAT);
}

static void
print_counts(const struct tool_plan *p)
{

	printf(_("%s: %llu join, %llu leave, %llu move, %llu are so already; "
	    "%llu cards and keys to collect\n"), p->path,
	    (unsigned long long)p->counts.join,
	    (unsigned long long)p->counts.leave,
	    (unsigned long long)p->counts.move,
	    (unsigned long long)p->counts.nothing,
	    (unsigned long long)p->counts.authenticators);
}

int
tool_plan_print(const struct tool_plan *p)
{
	static const char *const columns[] = { N_("Line"), N_("Action"),
	    N_("Account"), N_("Person"), N_("What changes"), NULL };
	struct tool_list *l = tool_list_new(p->t, columns);
	enum sek_err err = l == NULL ? SEK_ERR_NOMEM : SEK_OK;
	const struct tool_plan_row *v;
	char line[24], what[WHAT];
	const char *cells[5];
	size_t i;

	print_counts(p);
	for (i = 0; i < p->n && err == SEK_OK; i++) {
		v = &p->v[i];
		if (v->change.nothing)
			continue;
		(void)snprintf(line, sizeof(line), "%llu",
		    (unsigned long long)v->row.line);
		what_of(p, v, what);
		cells[0] = line;
		cells[1] = _(kinds[v->row.kind]);
		cells[2] = v->row.account[0] != '\0' ? v->row.account : "-";
		cells[3] = id_of(v);
		cells[4] = what[0] != '\0' ? what : "-";
		err = tool_list_row(l, cells);
	}
	return (tool_list_end(p->t, &l, err));
}

static void
print_leaver(const struct tool_plan *p, const struct tool_plan_row *v)
{
	const struct sek_person *a = &v->change.after;
	char text[4 * SEK_NAME_MAX + 16], until[32];

	(void)snprintf(text, sizeof(text), "%s  %s  %s  (%s)", id_of(v),
	    a->name, a->section, v->row.account[0] != '\0' ? v->row.account :
	    "-");
	tool_clean(text, sizeof(text));
	tool_page_text(stdout, 0, text);
	if (a->state != SEK_ACCOUNT_RETIRED) {
		tool_time(p->t, until, sizeof(until), a->to);
		tool_page_field(stdout, _("Retired at"), until);
	}
	tool_gone_print(&p->gone, v->gone_from, v->gone_to, true);
}

int
tool_plan_receipt(const struct tool_plan *p)
{
	const char *const seals[] = { _("Done by"), _("Checked by"), NULL };
	struct sek_moment now = { 0 };
	char by[SEK_NAME_MAX];
	size_t i;

	(void)sek_clock_now(&now);
	tool_sheet_head(p->t, _("Receipt: joiners, leavers and movers"));
	tool_sheet_time(p->t, _("Done at"), now.wall);
	sek_text_printable(by, sizeof(by), p->t->actor.subject);
	tool_page_field(stdout, _("By"), by);
	print_counts(p);
	putchar('\n');
	for (i = 0; i < p->n; i++)
		if (p->v[i].row.kind == SEK_PLAN_LEAVE &&
		    !p->v[i].change.nothing)
			print_leaver(p, &p->v[i]);
	tool_sessions_print(p->gone.sessions);
	tool_page_text(stdout, 0, _("The accounts of the operating system and "
	    "their files are still there: hand over what is needed, then "
	    "userdel."));
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}
