/*
 * util_paper.c - the parts of papers about approvals: notices, ledgers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_approval.h"
#include "util_page.h"
#include "util_paper.h"
#include "util_sheet.h"

#define TEXT	4096

void
tool_paper_name(const struct tool *t, char *dst, size_t size,
    const char *account, const char *person)
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
			tool_paper_name(t, name, sizeof(name), *m, "");
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

void
tool_paper_part(const struct tool *t, const char *label,
    const struct sek_part *p)
{
	char name[2 * SEK_NAME_MAX], text[TEXT];

	tool_approval_part(t, text, sizeof(text), p);
	tool_page_field(stdout, label, text);
	if (p->at == 0 || t->store == NULL)
		return;
	tool_paper_name(t, name, sizeof(name), p->account, p->person);
	if (strcmp(name, p->account) != 0)
		tool_page_field(stdout, "", name);
}

void
tool_paper_note(const char *label, const char *note)
{
	char text[SEK_APPROVAL_TEXT];

	if (note[0] == '\0')
		return;
	sek_text_printable(text, sizeof(text), note);
	tool_page_field(stdout, label, text);
}

void
tool_paper_head(const struct tool *t, const char *title, int64_t wall)
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

void
tool_paper_offices(const struct tool *t)
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

bool
tool_paper_within(const struct sek_approval *a, int64_t from, int64_t until)
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

int
tool_paper_period(const struct tool *t, int64_t *from, int64_t *until)
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

void
tool_paper_put_period(const struct tool *t, int64_t from, int64_t until)
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

