/*
 * enroll_card.c - sekisho enroll card USER
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is stored before the card signed a fresh challenge, or -y.
 * MUST: who holds a card already is told to root alone.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/flow/enrol_card.h"
#include "enroll.h"
#include "util_helper.h"
#include "verb.h"

/* What the options say of the card. */
struct wish {
	enum sek_card_driver	 driver;	/* SEK_CARD_DRIVERS: any */
	uint32_t		 key;
	const char		*person;	/* NULL */
	char			 reader[SEK_CARD_READER_MAX];
};

static int
take_kind(const struct tool *t, struct wish *w)
{
	const char *type = tool_option(t, "type");
	const char *key = tool_option(t, "key");

	w->driver = SEK_CARD_DRIVERS;
	if (type != NULL && sek_card_driver_parse(&w->driver, type) != SEK_OK) {
		tool_error(_("--type: jpki, piv or uid"));
		return (TOOL_USAGE);
	}
	if (key == NULL)
		return (TOOL_YES);
	w->key = strcmp(key, "9a") == 0 ? 0x9a :
	    strcmp(key, "9e") == 0 ? 0x9e : 0;
	if (w->key == 0) {
		tool_error(_("--key: 9a or 9e"));
		return (TOOL_USAGE);
	}
	if (type != NULL && w->driver != SEK_CARD_PIV) {
		tool_error(_("--key is of PIV cards alone: please leave it "
		    "out"));
		return (TOOL_USAGE);
	}
	w->driver = SEK_CARD_PIV;
	return (TOOL_YES);
}

static int
take_options(const struct tool *t, struct wish *w, struct sek_enrol *e)
{
	const char *reader = tool_option(t, "reader");
	int rc;

	memset(w, 0, sizeof(*w));
	w->person = tool_option(t, "person");
	if ((rc = take_kind(t, w)) != TOOL_YES)
		return (rc);
	if (reader != NULL && (!sek_text_is_clean(reader,
	    sizeof(w->reader) - 1) || sek_text_copy(w->reader,
	    sizeof(w->reader), reader) != SEK_OK)) {
		tool_error(_("--reader: this is no name of a card reader"));
		return (TOOL_USAGE);
	}
	if (w->person != NULL && !sek_text_is_clean(w->person,
	    SEK_NAME_MAX - 1)) {
		tool_error(_("--person: this is no name of a person"));
		return (TOOL_USAGE);
	}
	return (enroll_label(t, e));
}

/* ------------------------------------------------------------- the news -- */

/* App. B. */
static int
print_json(const struct tool *t, const char *user,
    const struct sek_authenticator *a, bool proved)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", a->id);
	cJSON_AddStringToObject(o, "user", user);
	cJSON_AddItemToObject(o, "person", tool_json_text(a->person));
	cJSON_AddStringToObject(o, "method",
	    sek_method_name((enum sek_method)a->method));
	tool_card_json(t, o, &a->card);
	cJSON_AddBoolToObject(o, "proved", proved);
	return (tool_json_print(o));
}

static int
print_done(const struct tool *t, const char *user,
    const struct sek_authenticator *a, bool proved)
{
	char until[32];

	if (t->json)
		return (print_json(t, user, a, proved));
	printf(_("Enrolled: %s, %s, authenticator %s\n"), user,
	    sek_method_name((enum sek_method)a->method), a->id);
	if (a->card.not_after != 0) {
		tool_time(t, until, sizeof(until),
		    a->card.not_after * SEK_SECOND);
		printf(_("Its certificate ends: %s\n"), until);
	}
	if (a->card.driver == SEK_CARD_UID)
		puts(_("It shows a number that can be copied, and proves "
		    "nothing by a key."));
	else if (!proved)
		puts(_("The card did not sign: the first login will show "
		    "whether it is right."));
	return (tool_flush());
}

/* --------------------------------------------------------------- root's -- */

static int
tell_new(struct tool *t, const struct sek_enrol *e)
{
	return (print_done(t, e->account.name, &e->authenticator,
	    e->proved != 0));
}

static int
bind_card(struct tool *t, const struct wish *w, struct sek_enrol *e)
{
	struct sek_enrol_talk talk;
	const struct sek_enrol_card in = { .settings = t->settings,
	    .driver = w->driver, .key = w->key, .reader = w->reader,
	    .unproved = t->yes, .talk = &talk };
	struct sek_why told = { "" }, why = { "" };
	enum sek_card_end end;
	enum sek_err err;

	enroll_talk(t, &talk);
	/* An exception may let in his card, and not another's. */
	sek_settings_for(t->settings, e->account.name);
	err = sek_enrol_card(e, &in, &end, &told, &why);
	sek_settings_for(t->settings, NULL);
	return (enroll_ended(err, &told, &why));
}

/* Whose account it is, is said once. */
static int
take_person(struct tool *t, const struct wish *w, struct sek_enrol *e)
{
	struct sek_limits limits[2];
	struct sek_user user;
	enum sek_err err;

	if (w->person == NULL)
		return (TOOL_YES);
	tool_limits(t, limits);
	err = sek_store_user(t->store, e->account.name, &limits[0], &user);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (tool_store_fail(t, err));
	if (err == SEK_OK && user.account.person[0] != '\0' &&
	    strcmp(user.account.person, w->person) != 0) {
		tool_error(_("%s is the account of %s, not of %s"),
		    e->account.name, user.account.person, w->person);
		return (TOOL_NO);
	}
	(void)sek_text_copy(e->account.person, SEK_NAME_MAX, w->person);
	(void)sek_text_copy(e->person.id, SEK_NAME_MAX, w->person);
	(void)sek_text_copy(e->authenticator.person, SEK_NAME_MAX, w->person);
	return (TOOL_YES);
}

static int
enroll(struct tool *t, const char *user)
{
	struct sek_enrol *e = calloc(1, sizeof(*e));
	struct wish w;
	bool stored = false;
	int rc;

	if (e == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = take_options(t, &w, e)) == TOOL_YES &&
	    (rc = tool_must_ask(t)) == TOOL_YES &&
	    (rc = tool_store(t)) == TOOL_YES &&
	    (rc = enroll_for(t, user, e)) == TOOL_YES &&
	    (rc = take_person(t, &w, e)) == TOOL_YES) {
		/* Nothing is held open while a card waits for its holder. */
		sek_store_close(t->store);
		if ((rc = bind_card(t, &w, e)) == TOOL_YES)
			rc = enroll_store(t, e, tell_new, &stored);
	}
	sek_wipe(e, sizeof(*e));
	free(e);
	return (rc);
}

/* ------------------------------------ an ordinary user, by the helper -- */

static int
enroll_own(struct tool *t, const char *user)
{
	struct sek_helper_enrol in = { .label = "" };
	struct sek_enrol *e = calloc(1, sizeof(*e));
	struct sek_authenticator a;
	struct sek_passwd who;
	struct wish w;
	int rc;

	if (e == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = take_options(t, &w, e)) == TOOL_YES && w.person != NULL) {
		tool_error(_("--person: only an administrator can say that"));
		rc = TOOL_USAGE;
	}
	if (rc == TOOL_YES) {
		in.method = (uint32_t)sek_card_method(w.driver);
		in.driver = (uint32_t)w.driver;
		in.key = w.key;
		memcpy(in.label, e->authenticator.label, sizeof(in.label));
		memcpy(in.reader, w.reader, sizeof(in.reader));
		rc = enroll_own_device(t, user, &in, &a);
	}
	if (rc == TOOL_YES)
		rc = print_done(t, enroll_own_name(&who), &a, true);
	free(e);
	return (rc);
}

int
verb_enroll_card(struct tool *t, int argc, char **argv)
{
	int rc;

	if (tool_ordinary())
		return (enroll_own(t, argc > 0 ? argv[0] : NULL));
	if ((rc = tool_whose(argc)) != TOOL_YES)
		return (rc);
	return (enroll(t, argv[0]));
}
