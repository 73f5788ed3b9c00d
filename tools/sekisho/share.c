/*
 * share.c - sekisho user share: shared accounts (共用ID) and their members
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho.h"
#include "verb.h"

/* ---- who may, and who is one */

int
tool_may_change(struct tool *t, const char *account, enum sek_changing what,
    enum sek_event e)
{
	struct sek_record actor = t->actor;
	bool privileged = false;
	struct sek_passwd who;
	enum sek_err err;

	/* A source that is down is no reason to leave somebody locked: what
	 * the store knows of him is asked in any case. */
	if (sek_account_find(&who, account) == SEK_OK && who.known)
		(void)sek_account_privileged(&privileged, t->settings,
		    who.name, who.uid, who.gid);
	actor.event = e;
	err = sek_store_may_change(t->store, account, privileged, what,
	    &actor);
	if (err == SEK_OK)
		return (TOOL_YES);
	if (err != SEK_ERR_REFUSED)
		return (tool_store_fail(t, err));
	tool_error(_("%s is privileged: contractors change nothing of it. Ask "
	    "an administrator of the office"), account);
	return (TOOL_NO);
}

static bool
opens(const struct sek_member *m)
{

	return (m->stands && m->active > 0);
}

cJSON *
tool_members_json(const struct tool *t, const struct sek_members *all)
{
	cJSON *array = cJSON_CreateArray(), *o;
	uint32_t i;

	for (i = 0; i < all->n; i++) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "person", all->member[i].person);
		cJSON_AddItemToObject(o, "name",
		    tool_json_text(all->member[i].name));
		cJSON_AddItemToObject(o, "section",
		    tool_json_text(all->member[i].section));
		cJSON_AddItemToObject(o, "since",
		    tool_json_time(t, all->member[i].since));
		cJSON_AddBoolToObject(o, "opens",
		    opens(&all->member[i]));
		cJSON_AddItemToArray(array, o);
	}
	return (array);
}

void
tool_members_print(const struct sek_members *all)
{
	const struct sek_member *m;
	uint32_t i;

	if (all->n == 0)
		printf("%s: %s\n", _("Shared by"),
		    _("nobody: it does not open"));
	for (i = 0; i < all->n; i++) {
		m = &all->member[i];
		printf("%s: %s%s%s%s%s%s%s\n", _("Shared by"), m->person,
		    m->name[0] != '\0' ? " " : "", m->name,
		    m->section[0] != '\0' ? ", " : "", m->section,
		    opens(m) ? "" : "; ", opens(m) ? "" : m->active == 0 ?
		    _("has nothing enrolled yet") :
		    _("may not come in at present"));
	}
	if (all->more)
		printf("%s: %s\n", _("Shared by"), _("and others"));
}

/* ---- the verb */

static int
no_person(const char *person)
{
	char shown[SEK_NAME_MAX];

	sek_text_printable(shown, sizeof(shown), person);
	tool_error(_("there is no such person: %s"), shown);
	return (TOOL_NO);
}

static int
not_done(struct tool *t, const char *name, const char *person, bool add,
    enum sek_err err)
{
	struct sek_members *all;
	bool shared = add;

	if (err == SEK_ERR_EXISTS) {
		tool_error(_("%s is the account of one person: a shared one "
		    "needs a name of its own (useradd first)"), name);
		return (TOOL_NO);
	}
	if (err != SEK_ERR_NOT_FOUND)
		return (tool_store_fail(t, err));
	/* Which of the two is not there? */
	if (!add && (all = calloc(1, sizeof(*all))) != NULL) {
		shared = sek_store_members(t->store, name, all) == SEK_OK &&
		    all->n > 0;
		free(all);
	}
	if (shared)
		return (no_person(person));
	tool_error(_("%s is not a shared account"), name);
	return (TOOL_NO);
}

static void
tell(const char *name, bool add, const struct sek_shared *done)
{

	if (add && done->changed)
		printf(_("Member of %s from now on: %s\n"), name,
		    done->person);
	else if (add)
		printf(_("Was a member of %s already: %s\n"), name,
		    done->person);
	else if (done->changed)
		printf(_("No member of %s any more: %s\n"), name,
		    done->person);
	else
		printf(_("Was no member of %s: %s\n"), name, done->person);
	if (!add && done->changed)
		printf(_("A session that is open there goes on: loginctl "
		    "terminate-user %s ends it.\n"), name);
}

/* What is there afterwards, and what is to do yet. */
static int
show_now(struct tool *t, const char *name, const struct sek_shared *done,
    bool add)
{
	struct sek_members *all = calloc(1, sizeof(*all));
	bool any = false;
	enum sek_err err = SEK_ERR_NOMEM;
	cJSON *o;
	uint32_t i;
	int rc;

	if (all == NULL ||
	    (err = sek_store_members(t->store, name, all)) != SEK_OK) {
		free(all);
		return (tool_store_fail(t, err));
	}
	if (t->json) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "user", name);
		cJSON_AddStringToObject(o, "person", done->person);
		cJSON_AddBoolToObject(o, "changed", done->changed);
		cJSON_AddItemToObject(o, "members",
		    tool_members_json(t, all));
		rc = tool_json_print(o);
	} else {
		tell(name, add, done);
		for (i = 0; i < all->n; i++)
			any |= opens(&all->member[i]);
		if (!any)
			printf(_("Nobody can open %s at present: each member "
			    "enrolls something of his own, for his own "
			    "account.\n"), name);
		rc = tool_flush();
	}
	free(all);
	return (rc);
}

static int
take_account(struct tool *t, struct sek_enrol *of, const char *name, bool add)
{
	struct sek_passwd who;
	enum sek_err err;
	bool privileged;

	if ((err = sek_account_find(&who, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (!who.known) {
		/* One that the system lost has members to be taken away. */
		if (add || strlen(name) >= SEK_NAME_MAX)
			return (tool_no_user(name));
		(void)sek_text_copy(of->account.name,
		    sizeof(of->account.name), name);
		of->account.uid = SEK_UID_NONE;
		return (TOOL_YES);
	}
	if ((err = sek_account_privileged(&privileged, t->settings, who.name,
	    who.uid, who.gid)) != SEK_OK)
		return (tool_fail(err, NULL));
	(void)sek_text_copy(of->account.name, sizeof(of->account.name),
	    who.name);
	of->account.uid = who.uid;
	of->account.privileged = privileged;
	return (TOOL_YES);
}

int
verb_user_share(struct tool *t, int argc, char **argv)
{
	const char *add = tool_option(t, "add");
	const char *person = add != NULL ? add : tool_option(t, "remove");
	struct sek_shared done;
	struct sek_enrol *of;
	enum sek_err err;
	int rc;

	(void)argc;
	if (person == NULL || person[0] == '\0' ||
	    (add != NULL && tool_option(t, "remove") != NULL)) {
		tool_error(_("say who: --add PERSON or --remove PERSON"));
		return (TOOL_USAGE);
	}
	if ((of = calloc(1, sizeof(*of))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	memset(&done, 0, sizeof(done));
	if ((rc = tool_store(t)) != TOOL_YES ||
	    (rc = take_account(t, of, argv[0], add != NULL)) != TOOL_YES ||
	    (rc = tool_may_change(t, of->account.name, SEK_CHANGING_ACCOUNT,
	    SEK_EVENT_PERSON_CHANGED)) != TOOL_YES)
		goto out;
	if (strlen(person) >= SEK_NAME_MAX) {
		rc = no_person(person);
		goto out;
	}
	tool_hold();
	err = sek_store_share(t->store, of, person, add != NULL, &t->actor,
	    &done);
	rc = err == SEK_OK ? show_now(t, of->account.name, &done,
	    add != NULL) : not_done(t, of->account.name, person, add != NULL,
	    err);
out:
	free(of);
	return (rc);
}
