/*
 * person.c - sekisho person list|edit
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho.h"
#include "verb.h"

struct listing {
	const struct tool	*t;
	struct tool_list	*list;
};

static const char *const columns[] = {
	N_("Person"), N_("Name"), N_("Section"), N_("From"), N_("To"),
	N_("Contractor"), NULL
};

static cJSON *
person_json(const struct tool *t, const struct sek_person *p)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", p->id);
	cJSON_AddItemToObject(o, "name", tool_json_text(p->name));
	cJSON_AddItemToObject(o, "section", tool_json_text(p->section));
	cJSON_AddItemToObject(o, "from", tool_json_time(t, p->from));
	cJSON_AddItemToObject(o, "to", tool_json_time(t, p->to));
	cJSON_AddBoolToObject(o, "contractor", p->contractor != 0);
	cJSON_AddItemToObject(o, "state", tool_json_text(
	    sek_account_state_name((enum sek_account_state)p->state)));
	cJSON_AddItemToObject(o, "created", tool_json_time(t, p->created));
	return (o);
}

static enum sek_err
list_one(void *arg, const struct sek_person *p)
{
	struct listing *l = arg;
	const char *cells[6];
	char from[32], to[32];

	if (l->t->json)
		return (tool_list_json(l->list, person_json(l->t, p)));
	tool_time(l->t, from, sizeof(from), p->from);
	tool_time(l->t, to, sizeof(to), p->to);
	cells[0] = p->id;
	cells[1] = p->name[0] != '\0' ? p->name : "-";
	cells[2] = p->section[0] != '\0' ? p->section : "-";
	cells[3] = from;
	cells[4] = to;
	cells[5] = p->contractor ? _("yes") : _("no");
	return (tool_list_row(l->list, cells));
}

int
verb_person_list(struct tool *t, int argc, char **argv)
{
	struct listing l = { t, NULL };
	enum sek_err err = SEK_ERR_NOMEM;
	int rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if ((l.list = tool_list_new(t, columns)) != NULL)
		err = sek_store_persons(t->store, list_one, &l);
	return (tool_list_end(t, &l.list, err));
}

static int
bad_value(const char *option)
{
	tool_error(_("--%s: this value does not fit"), option);
	return (TOOL_USAGE);
}

static int
take_text(const struct tool *t, const char *option, char *dst, size_t size)
{
	const char *value = tool_option(t, option);

	if (value == NULL)
		return (TOOL_YES);
	if ((value[0] != '\0' && !sek_text_is_clean(value, size - 1)) ||
	    sek_text_copy(dst, size, value) != SEK_OK)
		return (bad_value(option));
	return (TOOL_YES);
}

static int
take_time(const struct tool *t, const char *option, bool last, int64_t *dst)
{
	const char *value = tool_option(t, option);

	if (value == NULL)
		return (TOOL_YES);
	if (value[0] == '\0' || strcmp(value, "none") == 0)
		*dst = 0;
	else if ((last ? tool_parse_end(t, value, dst) :
	    tool_parse_time(t, value, false, dst)) != SEK_OK)
		return (bad_value(option));
	return (TOOL_YES);
}

/* What the options change in *p. */
static int
apply(const struct tool *t, struct sek_person *p)
{
	const char *contractor = tool_option(t, "contractor");
	const char *to = tool_option(t, "to");
	int64_t last;
	bool yes;
	int rc;

	if ((rc = take_text(t, "name", p->name, sizeof(p->name))) != 0 ||
	    (rc = take_text(t, "section", p->section,
	    sizeof(p->section))) != 0 ||
	    (rc = take_time(t, "from", false, &p->from)) != 0 ||
	    (rc = take_time(t, "to", true, &p->to)) != 0)
		return (rc);
	/* The hours of the next morning are no day of the term. */
	if (to == NULL || tool_parse_time(t, to, true, &last) != SEK_OK)
		last = p->to;
	if (p->from != 0 && p->to != 0 && p->from >= last) {
		tool_error(_("--from must be before --to"));
		return (TOOL_USAGE);
	}
	if (contractor == NULL)
		return (TOOL_YES);
	if (sek_text_bool(&yes, contractor) != SEK_OK)
		return (bad_value("contractor"));
	p->contractor = yes;
	return (TOOL_YES);
}

int
verb_person_edit(struct tool *t, int argc, char **argv)
{
	struct sek_person before, p;
	char shown[SEK_NAME_MAX];
	enum sek_err err;
	int rc;

	(void)argc;
	/* The command line is judged before the store is looked at. */
	memset(&p, 0, sizeof(p));
	if (tool_option(t, "name") == NULL &&
	    tool_option(t, "section") == NULL &&
	    tool_option(t, "from") == NULL && tool_option(t, "to") == NULL &&
	    tool_option(t, "contractor") == NULL) {
		tool_error(_("say what to change: --name, --section, --from, "
		    "--to or --contractor"));
		return (TOOL_USAGE);
	}
	if ((rc = apply(t, &p)) != TOOL_YES || (rc = tool_store(t)) != 0)
		return (rc);
	sek_text_printable(shown, sizeof(shown), argv[0]);
	memset(&before, 0, sizeof(before));
	err = strlen(argv[0]) >= SEK_NAME_MAX ? SEK_ERR_NOT_FOUND :
	    sek_store_person(t->store, argv[0], &before);
	if (err == SEK_OK) {
		p = before;
		if ((rc = apply(t, &p)) != TOOL_YES)
			return (rc);
		tool_hold();
		err = sek_store_person_edit(t->store, &p, &t->actor);
	}
	if (err == SEK_ERR_NOT_FOUND) {
		tool_error(_("there is no such person: %s"), shown);
		return (TOOL_NO);
	}
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	printf(_("Changed: %s\n"), shown);
	return (tool_flush());
}
