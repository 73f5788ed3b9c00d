/*
 * util_shown.c - what more than one verb shows
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho.h"

/* The words of states, so that they are translated for tables. */
static const char *const states[] = {
	N_("active"), N_("locked"), N_("suspended"), N_("dormant"),
	N_("retired"), N_("disabled"), N_("suspect"), N_("expired"),
	N_("removed")
};

const char *
tool_state_text(const char *state)
{
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i], state) == 0)
			return (_(states[i]));
	return (state);
}

void
tool_limits(const struct tool *t, struct sek_limits limits[2])
{
	sek_settings_limits(&limits[0], t->settings, false);
	sek_settings_limits(&limits[1], t->settings, true);
}

void
tool_account_limits(const struct tool *t, const char *account,
    bool privileged, struct sek_limits *out)
{
	sek_settings_for(t->settings, account);
	sek_settings_limits(out, t->settings, privileged);
	sek_settings_for(t->settings, NULL);
}

cJSON *
tool_authenticator_json(const struct tool *t, const char *user,
    const struct sek_authenticator *a)
{
	enum sek_method m = (enum sek_method)a->method;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddItemToObject(o, "user", tool_json_text(user));
	cJSON_AddItemToObject(o, "person", tool_json_text(a->person));
	cJSON_AddItemToObject(o, "kind",
	    tool_json_text(sek_kind_name(sek_method_kind(m))));
	cJSON_AddItemToObject(o, "method", tool_json_text(sek_method_name(m)));
	cJSON_AddItemToObject(o, "label", tool_json_text(a->label));
	cJSON_AddItemToObject(o, "state",
	    tool_json_text(sek_authenticator_state_name(
	    (enum sek_authenticator_state)a->state)));
	cJSON_AddItemToObject(o, "created", tool_json_time(t, a->created));
	cJSON_AddItemToObject(o, "last_used",
	    tool_json_time(t, a->last_used));
	cJSON_AddItemToObject(o, "failures",
	    a->failures == SEK_FAILURES_UNTOLD ? cJSON_CreateNull() :
	    cJSON_CreateNumber(a->failures));
	return (o);
}

const char *const tool_authenticator_columns[] = {
	N_("ID"), N_("User"), N_("Method"), N_("Label"), N_("State"),
	N_("Last used"), N_("Failures"), NULL
};

enum sek_err
tool_authenticator_row(const struct tool *t, struct tool_list *l,
    const char *user, const struct sek_authenticator *a)
{
	const char *cells[7];
	char used[32], failures[16];

	tool_time(t, used, sizeof(used), a->last_used);
	(void)sek_text_format(failures, sizeof(failures),
	    a->failures == SEK_FAILURES_UNTOLD ? "-" : "%u", a->failures);
	cells[0] = a->id;
	cells[1] = user;
	cells[2] = sek_method_name((enum sek_method)a->method);
	cells[3] = a->label;
	cells[4] = tool_state_text(sek_authenticator_state_name(
	    (enum sek_authenticator_state)a->state));
	cells[5] = used;
	cells[6] = failures;
	return (tool_list_row(l, cells));
}

int
tool_no_user(const char *name)
{
	char shown[SEK_NAME_MAX];
	struct sek_passwd who;

	sek_text_printable(shown, sizeof(shown), name);
	if (sek_account_find(&who, name) == SEK_OK && who.known)
		tool_error(_("%s is an account, but the store does not know it "
		    "yet: enroll it first"), shown);
	else
		tool_error(_("there is no such user: %s"), shown);
	return (TOOL_NO);
}
