/*
 * policy.c - sekisho policy show|check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Both read the policy file as a login does, and need neither root nor store.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/model/role.h"
#include "sekisho.h"
#include "verb.h"

static const char *const columns[] = {
	N_("Key"), N_("Source"), N_("Clause"), N_("Value"), NULL
};

struct view {
	const struct tool	*tool;
	struct tool_list	*list;
	const char		*key;		/* this one alone; NULL all */
	bool			 found;
	unsigned		 deviations;
	unsigned		 lapsed;
	bool			 check;		/* tell of exceptions */
};

/* Null only where nothing is recommended or no clause asks: a value may be
 * "" and is a string then. */
static enum sek_err
add_json(struct view *v, const struct sek_setting_shown *shown)
{
	cJSON *o = cJSON_CreateObject();

	if (cJSON_AddStringToObject(o, "key", shown->key) == NULL ||
	    cJSON_AddStringToObject(o, "value", shown->value) == NULL ||
	    cJSON_AddStringToObject(o, "source", shown->source) == NULL ||
	    !cJSON_AddItemToObject(o, "recommended",
	    shown->recommended == NULL ? cJSON_CreateNull() :
	    cJSON_CreateString(shown->recommended)) ||
	    !cJSON_AddItemToObject(o, "clause",
	    tool_json_text(shown->clause))) {
		cJSON_Delete(o);
		return (SEK_ERR_NOMEM);
	}
	return (tool_list_json(v->list, o));
}

/* Values stand last, since some are long; what is recommended is beside those
 * that are other. */
static enum sek_err
add_row(struct view *v, const struct sek_setting_shown *shown)
{
	char value[SEK_LIST_MAX * 2 + 64];
	const char *cells[4];

	if (shown->deviates)
		(void)sek_text_format(value, sizeof(value),
		    _("%s  (recommended: %s)"), shown->value,
		    shown->recommended);
	else
		(void)sek_text_copy(value, sizeof(value),
		    shown->value[0] == '\0' ? "-" : shown->value);
	cells[0] = shown->key;
	cells[1] = shown->source;
	cells[2] = shown->clause;
	cells[3] = value;
	return (tool_list_row(v->list, cells));
}

/* One key, all there is to say of it. */
static void
tell(const struct sek_setting_shown *shown)
{
	printf("%s: %s\n", _("Key"), shown->key);
	printf("%s: %s\n", _("Value"),
	    shown->value[0] == '\0' ? "-" : shown->value);
	printf("%s: %s\n", _("Source"), shown->source);
	printf("%s: %s\n", _("Recommended"),
	    shown->recommended == NULL ? "-" : shown->recommended);
	printf("%s: %s\n", _("Clause"),
	    shown->clause[0] == '\0' ? "-" : shown->clause);
	printf("%s: %s\n", _("Meaning"), _(shown->help));
}

/* A value below its floor: which exceptions it is under, until when; or that
 * none is left, and what to do. */
static void
check_below(struct view *v, const struct sek_setting_shown *shown)
{
	const struct sek_below *b = shown->below;
	char until[32];
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		tool_time(v->tool, until, sizeof(until), b->allowed[i].until);
		printf(_("%s = %s: exception %s until %s, for %s\n"), b->key,
		    b->text, b->allowed[i].id, until,
		    b->allowed[i].users[0] != '\0' ? b->allowed[i].users :
		    _("all users"));
	}
	if (!b->lapsed)
		return;
	v->lapsed++;
	tool_error(_("%.*s: %s = %s is below the floor, and the exception for"
	    " it has ended: %s is in force; raise the value, or ask anew:"
	    " sekisho request exception --key %s --value %s"),
	    (int)strcspn(shown->source, ";"), shown->source, b->key, b->text,
	    b->lowest, b->key, b->text);
}

static enum sek_err
add(void *arg, const struct sek_setting_shown *shown)
{
	struct view *v = arg;

	v->deviations += shown->deviates ? 1 : 0;
	if (v->check && shown->below != NULL)
		check_below(v, shown);
	if (v->list == NULL ||
	    (v->key != NULL && strcmp(v->key, shown->key) != 0))
		return (SEK_OK);
	v->found = true;
	if (v->key != NULL && !v->tool->json) {
		tell(shown);
		return (SEK_OK);
	}
	return (v->tool->json ? add_json(v, shown) : add_row(v, shown));
}

/* Root's alone, and he is not. */
static bool
is_closed(const struct tool *t)
{

	return (geteuid() != 0 && access(t->conf, R_OK) != 0 &&
	    errno == EACCES);
}

int
verb_policy_show(struct tool *t, int argc, char **argv)
{
	struct view v = { .tool = t, .key = argc > 0 ? argv[0] : NULL };
	struct sek_why why = { "" };
	char shown[64];
	enum sek_err err;
	int rc;

	if ((err = tool_settings_try(t, &why)) != SEK_OK)
		return (is_closed(t) ? tool_root(t) :
		    tool_fail(err, why.text));
	if ((v.list = tool_list_new(t, columns)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	err = tool_settings_show(t, add, &v, &why);
	if (err == SEK_OK && (v.key == NULL || v.found)) {
		rc = tool_list_end(t, &v.list, err);
		return (rc == TOOL_YES ? tool_flush() : rc);
	}
	tool_list_free(&v.list);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	sek_text_printable(shown, sizeof(shown), v.key);
	tool_error(_("there is no such key: %s (sekisho policy show lists "
	    "them)"), shown);
	return (TOOL_NO);
}

/* Is there no policy file at all? Then nothing can be found out of it. */
static bool
is_absent(const char *path)
{
	struct stat st;

	return (lstat(path, &st) != 0 && errno == ENOENT);
}

/* The reason alone, file and line first, as a compiler does. */
static int
refuse(const struct tool *t, enum sek_err err, const struct sek_why *why)
{
	switch (err) {
	case SEK_ERR_SETTINGS:
	case SEK_ERR_UNTRUSTED:
	case SEK_ERR_UNSUPPORTED:
		if (!is_absent(t->conf)) {
			tool_error("%s", why->text);
			return (TOOL_NO);
		}
		return (tool_fail(err, why->text));
	default:
		return (tool_fail(err, why->text));
	}
}

/* A role whose groups are misspelt or empty: nobody would be asked. */
static void
check_roles(const struct tool *t)
{
	const struct sek_settings *s = t->settings;
	struct {
		const char	*key, *groups;
	} role[SEK_ROLES];
	size_t i;

	if (s == NULL)
		return;
	role[SEK_ROLE_CISO].key = "ciso";
	role[SEK_ROLE_CISO].groups = s->roles.ciso;
	role[SEK_ROLE_SECURITY_MANAGER].key = "security_manager";
	role[SEK_ROLE_SECURITY_MANAGER].groups = s->roles.security_manager;
	role[SEK_ROLE_SYSTEM_MANAGER].key = "system_manager";
	role[SEK_ROLE_SYSTEM_MANAGER].groups = s->roles.system_manager;
	role[SEK_ROLE_APPROVER].key = "approver";
	role[SEK_ROLE_APPROVER].groups = s->roles.approver;
	role[SEK_ROLE_AUDITOR].key = "auditor";
	role[SEK_ROLE_AUDITOR].groups = s->roles.auditor;
	for (i = 0; i < SEK_ROLES; i++)
		if (role[i].groups[0] != '\0' &&
		    !sek_account_groups_have_members(role[i].groups))
			printf(_("roles.%s = %s: no such group, or it lists"
			    " nobody: who holds this role?\n"), role[i].key,
			    role[i].groups);
}

int
verb_policy_check(struct tool *t, int argc, char **argv)
{
	struct view v = { .tool = t };
	struct sek_why why = { "" };
	enum sek_err err;

	(void)argc;
	(void)argv;
	(void)tool_settings_try(t, &why);	/* for its language */
	v.check = true;
	if ((err = tool_settings_show(t, add, &v, &why)) != SEK_OK)
		return (is_closed(t) ? tool_root(t) : refuse(t, err, &why));
	check_roles(t);
	if (v.lapsed > 0)
		return (tool_flush() == TOOL_YES ? TOOL_NO : TOOL_TROUBLE);
	if (v.deviations == 0)
		printf(_("%s: in order\n"), t->conf);
	else
		printf(_("%s: in order; %u values are other than recommended"
		    " (see sekisho policy show)\n"), t->conf, v.deviations);
	return (tool_flush());
}
