/*
 * roster.c - sekisho roster export|import: who is shut out, from terminal to
 * terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a key nobody here named is not trusted, and what it signed is not
 * even read.
 * MUST: what is done is what was shown.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/roster.h"
#include "sekisho/rule/roster.h"
#include "sekisho.h"
#include "verb.h"

#define ID_SHOWN	48u

/* In the order of enum sek_roster_what. */
static const struct {
	const char	*word;		/* JSON */
	const char	*text;
} whats[SEK_ROSTER_WHATS] = {
	{ "person-new", N_("person is new") },
	{ "person-changed", N_("person is changed") },
	{ "person-kept", N_("person stays as changed here") },
	{ "person-conflict", N_("CONFLICT: person was changed here and "
	    "there") },
	{ "person-other", N_("CONFLICT: a person of another name has this id "
	    "here: left alone") },
	{ "account-new", N_("account is new") },
	{ "account-owner", N_("account gets its person") },
	{ "account-suspended", N_("account is suspended") },
	{ "account-resumed", N_("account is resumed") },
	{ "account-retired", N_("account is retired") },
	{ "account-other-person", N_("CONFLICT: account is another person's "
	    "here: left alone") },
	{ "account-other-uid", N_("CONFLICT: account has another uid here: "
	    "shut if so, never opened") },
	{ "account-stays-suspended", N_("account stays suspended here") },
	{ "account-stays-retired", N_("account stays retired here") },
	{ "member-new", N_("shared account gets a member") },
	{ "member-gone", N_("shared account loses a member") },
	{ "authenticator-closed", N_("authenticator is closed") },
	{ "authenticator-by-label", N_("authenticator is closed by its "
	    "label") },
	{ "authenticator-unsure", N_("CONFLICT: closed there and not told "
	    "apart here: check what this person has") },
	{ "authenticator-new", N_("security key or card is new") },
	{ "authenticator-not-his", N_("CONFLICT: security key or card would "
	    "open an account that is not this person's there: left alone") },
	{ "authenticator-shut", N_("CONFLICT: security key or card is shut "
	    "here: stays so") },
	{ "authenticator-full", N_("CONFLICT: no room for a security key or "
	    "card: remove another one of this person") },
	{ "authenticator-others", N_("CONFLICT: card is another person's "
	    "here: left alone") },
	{ "key-replaced", N_("this key of the terminal is trusted no more: "
	    "the roster has a new one") },
};

/* ---- export */

static int
load_key(struct tool *t, struct sek_roster_key *key)
{
	const char *terminal = t->settings->terminal.id;
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX];
	enum sek_err err;

	if ((err = sek_roster_key_path(path, sizeof(path),
	    t->settings->store.key)) != SEK_OK)
		return (tool_fail(err, NULL));
	err = sek_roster_key_load(key, path, terminal, &why);
	if (err == SEK_ERR_NOT_FOUND) {
		err = sek_roster_key_make(path, terminal, &why);
		/* Another export may have made it just now. */
		if (err == SEK_OK || err == SEK_ERR_EXISTS)
			err = sek_roster_key_load(key, path, terminal, &why);
	}
	if (err == SEK_ERR_SYNTAX)
		err = SEK_ERR_UNTRUSTED;
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* Would another terminal take it? What the store holds may not be what a
 * roster can say. */
static int
check_text(const char *text, size_t len)
{
	struct sek_roster again;
	struct sek_why why = { "" };
	const char *body;
	char *copy = malloc(len + 1);
	enum sek_err err = SEK_ERR_NOMEM;

	memset(&again, 0, sizeof(again));
	if (copy != NULL) {
		memcpy(copy, text, len + 1);
		if ((err = sek_roster_open(&again, &body, copy, len,
		    &why)) == SEK_OK)
			err = sek_roster_read(&again, body, &why);
	}
	sek_roster_free(&again);
	free(copy);
	if (err == SEK_ERR_SYNTAX || err == SEK_ERR_RANGE) {
		tool_error(_("the store holds what no roster can say: %s"),
		    why.text);
		return (TOOL_NO);
	}
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

static int
print_exported(const struct tool *t, const struct sek_roster *r,
    const char *path)
{
	cJSON *array, *o;
	char id[ID_SHOWN], shown[SEK_PATH_MAX];

	sek_roster_id_print(id, sizeof(id), r->id);
	sek_text_printable(shown, sizeof(shown), path);
	if (t->json) {
		array = cJSON_CreateArray();
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "file", shown);
		cJSON_AddStringToObject(o, "terminal", r->terminal);
		cJSON_AddNumberToObject(o, "serial", (double)r->serial);
		cJSON_AddItemToObject(o, "time", tool_json_time(t, r->time));
		cJSON_AddStringToObject(o, "key", r->id);
		cJSON_AddNumberToObject(o, "persons", (double)r->npersons);
		cJSON_AddNumberToObject(o, "accounts", (double)r->naccounts);
		cJSON_AddNumberToObject(o, "members", (double)r->nmembers);
		cJSON_AddNumberToObject(o, "authenticators",
		    (double)r->nauthenticators);
		cJSON_AddItemToArray(array, o);
		return (tool_json_print(array));
	}
	printf(_("Roster %llu of %s: %zu persons, %zu accounts, "
	    "%zu authenticators\n"), (unsigned long long)r->serial,
	    r->terminal, r->npersons, r->naccounts, r->nauthenticators);
	printf(_("File: %s\nKey: %s\n"), shown, id);
	puts(_("On each other terminal: sekisho roster import FILE; the "
	    "first time, compare the key."));
	return (tool_flush());
}

/* Signed, on the medium, then on record, then of its name. */
static int
export(struct tool *t, struct sek_roster *r, const struct sek_roster_key *key,
    const char *path)
{
	struct tool_medium m = { .dir = -1 };
	char *text = NULL;
	size_t len;
	enum sek_err err;
	int rc;

	if ((err = sek_roster_write(&text, &len, r, key)) != SEK_OK)
		return (tool_fail(err, err == SEK_ERR_RANGE ?
		    "the roster is too large" : NULL));
	if ((rc = check_text(text, len)) == TOOL_YES &&
	    (rc = tool_medium_write(&m, path, text, len)) == TOOL_YES) {
		if ((err = sek_store_roster_given(t->store, r, &t->actor)) !=
		    SEK_OK) {
			rc = tool_store_fail(t, err);
			(void)tool_medium_end(&m, path, false);
		} else
			rc = tool_medium_end(&m, path, true);
	}
	free(text);
	return (rc == TOOL_YES ? print_exported(t, r, path) : rc);
}

int
verb_roster_export(struct tool *t, int argc, char **argv)
{
	struct sek_roster_key key;
	struct sek_roster r;
	enum sek_err err;
	int rc;

	(void)argc;
	memset(&key, 0, sizeof(key));
	memset(&r, 0, sizeof(r));
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	if ((err = sek_store_roster_collect(t->store, &r)) != SEK_OK)
		rc = tool_store_fail(t, err);
	else if ((rc = load_key(t, &key)) == TOOL_YES)
		rc = export(t, &r, &key, argv[0]);
	sek_secret_free(&key.secret);
	sek_roster_free(&r);
	return (rc);
}

/* ---- import */

struct change {
	enum sek_roster_what	 what;
	uint32_t		 fields;
	bool			 conflict;
	char			*id;
	char			*more;
};

struct import {
	struct tool		*t;
	char			*text;		/* the file */
	const char		*body;
	char			 path[SEK_PATH_MAX];	/* printable */
	struct sek_roster	 r;
	struct change		*change;
	size_t			 n;
	size_t			 room;
	struct tool_progress	 progress;
	bool			 showing;	/* the plan: changes kept */
};

static void
forget_changes(struct import *im)
{
	while (im->n > 0) {
		free(im->change[--im->n].id);
		free(im->change[im->n].more);
	}
}

static enum sek_err
keep_change(struct import *im, const struct sek_roster_change *c)
{
	size_t room = im->room == 0 ? 256 : im->room * 2;
	struct change *to;

	if (im->n == im->room) {
		if ((to = realloc(im->change, room * sizeof(*to))) == NULL)
			return (SEK_ERR_NOMEM);
		im->change = to;
		im->room = room;
	}
	to = &im->change[im->n];
	to->what = c->what;
	to->fields = c->fields;
	to->conflict = c->conflict;
	to->id = strdup(c->id);
	to->more = strdup(c->more);
	im->n++;
	return (to->id == NULL || to->more == NULL ? SEK_ERR_NOMEM : SEK_OK);
}

/* sek_roster_fn */
static enum sek_err
take_change(void *arg, const struct sek_roster_change *c, uint64_t done,
    uint64_t all)
{
	struct import *im = arg;

	if (c != NULL)
		return (im->showing ? keep_change(im, c) : SEK_OK);
	/* From the beginning, perhaps again. */
	if (done <= 1 && im->showing)
		forget_changes(im);
	tool_progress(&im->progress, done, all);
	return (tool_interrupted() ? SEK_ERR_CONV : SEK_OK);
}

static int
refuse_file(const struct import *im, const char *why)
{
	tool_error(_("%s: nothing is taken in: %s"), im->path, why);
	return (TOOL_NO);
}

/* A key nobody here named: by --key, or compared at the terminal. */
static int
ask_trust(struct import *im, const char *given)
{
	char answer[16] = "", id[ID_SHOWN], prompt[320];
	int rc;

	sek_roster_id_print(id, sizeof(id), im->r.id);
	if (given[0] != '\0') {
		if (strcmp(given, im->r.id) == 0)
			return (TOOL_YES);
		tool_error(_("%s is signed with the key %s, not with the one "
		    "named"), im->path, id);
		return (TOOL_NO);
	}
	if (im->t->yes || !tool_can_ask()) {
		tool_error(_("%s is signed with the key %s, which is not "
		    "known here: compare it with what the export showed, "
		    "then run this again with --key"), im->path, id);
		return (TOOL_NO);
	}
	snprintf(prompt, sizeof(prompt), _("The key %s is not known here.\n"
	    "Is it what the export on the other terminal showed? [y/N] "), id);
	rc = tool_ask(prompt, answer, sizeof(answer));
	if (rc == TOOL_YES && !tool_is_yes(answer)) {
		tool_error(_("the key is not trusted: nothing is taken in"));
		rc = TOOL_NO;
	}
	return (rc);
}

static int
check_trust(struct import *im, const char *given)
{
	struct sek_roster_exporter e;
	enum sek_err err;

	err = sek_store_roster_exporter(im->t->store, im->r.id, &e);
	sek_store_close(im->t->store);
	if (err == SEK_OK && given[0] == '\0')
		return (TOOL_YES);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (tool_store_fail(im->t, err));
	return (ask_trust(im, given));
}

/* Read, verified, trusted, understood: in this order. */
static int
read_roster(struct import *im, const char *path, const char *given)
{
	struct sek_why why = { "" };
	size_t len;
	int rc;

	if ((rc = tool_medium_read(&im->text, &len, path,
	    SEK_ROSTER_SIZE_MAX)) != TOOL_YES)
		return (rc);
	if (sek_roster_open(&im->r, &im->body, im->text, len, &why) != SEK_OK)
		return (refuse_file(im, why.text));
	if ((rc = check_trust(im, given)) != TOOL_YES)
		return (rc);
	if (sek_roster_read(&im->r, im->body, &why) != SEK_OK)
		return (refuse_file(im, why.text));
	return (TOOL_YES);
}

static void
fields_text(char *dst, size_t size, uint32_t fields)
{
	unsigned f;
	size_t n = 0;

	dst[0] = '\0';
	for (f = 0; f < SEK_ROSTER_FIELDS; f++)
		if ((fields & SEK_ROSTER_BIT(f)) != 0 && n < size)
			n += (size_t)snprintf(dst + n, size - n, "%s%s",
			    n > 0 ? " " : "", sek_roster_field_name(
			    (enum sek_roster_field)f));
}

static cJSON *
change_json(const struct change *c)
{
	cJSON *o = cJSON_CreateObject();
	char fields[96];

	fields_text(fields, sizeof(fields), c->fields);
	cJSON_AddStringToObject(o, "change", whats[c->what].word);
	cJSON_AddStringToObject(o, "id", c->id);
	cJSON_AddItemToObject(o, "detail", tool_json_text(c->more));
	cJSON_AddItemToObject(o, "fields", tool_json_text(fields));
	cJSON_AddBoolToObject(o, "conflict", c->conflict);
	return (o);
}

static int
print_json(const struct import *im, const struct sek_roster_done *done,
    bool taken)
{
	cJSON *array = cJSON_CreateArray(), *o = cJSON_CreateObject();
	cJSON *list = cJSON_CreateArray();
	const struct tool *t = im->t;
	long days;
	size_t i;

	cJSON_AddStringToObject(o, "terminal", im->r.terminal);
	cJSON_AddNumberToObject(o, "serial", (double)im->r.serial);
	cJSON_AddItemToObject(o, "time", tool_json_time(t, im->r.time));
	cJSON_AddStringToObject(o, "key", im->r.id);
	cJSON_AddBoolToObject(o, "old", tool_roster_old(t, im->r.time,
	    &days));
	cJSON_AddNumberToObject(o, "days", (double)days);
	cJSON_AddNumberToObject(o, "conflicts", (double)done->conflicts);
	cJSON_AddNumberToObject(o, "noted", (double)done->noted);
	cJSON_AddBoolToObject(o, "taken", taken);
	for (i = 0; i < im->n; i++)
		cJSON_AddItemToArray(list, change_json(&im->change[i]));
	cJSON_AddItemToObject(o, "changes", list);
	cJSON_AddItemToArray(array, o);
	return (tool_json_print(array));
}

static enum sek_err
add_change(struct tool_list *l, const struct change *c)
{
	char more[SEK_REASON_MAX + 128], fields[96];
	const char *cells[3];

	fields_text(fields, sizeof(fields), c->fields);
	snprintf(more, sizeof(more), "%s%s%s", c->more,
	    c->more[0] != '\0' && fields[0] != '\0' ? ": " : "", fields);
	cells[0] = c->id;
	cells[1] = _(whats[c->what].text);
	cells[2] = more;
	return (tool_list_row(l, cells));
}

static int
print_changes(struct import *im)
{
	static const char *const columns[] = { N_("Id"), N_("Change"),
	    N_("Detail"), NULL };
	struct tool_list *l = tool_list_new(im->t, columns);
	enum sek_err err = l == NULL ? SEK_ERR_NOMEM : SEK_OK;
	char made[32], id[ID_SHOWN];
	long days;
	size_t i;

	(void)tool_roster_old(im->t, im->r.time, &days);
	tool_time(im->t, made, sizeof(made), im->r.time);
	sek_roster_id_print(id, sizeof(id), im->r.id);
	printf(_("Roster %llu of %s, made %s (%ld days ago), key %s\n"),
	    (unsigned long long)im->r.serial, im->r.terminal, made, days, id);
	if (im->n == 0)
		puts(_("Nothing changes here."));
	for (i = 0; i < im->n && err == SEK_OK; i++)
		err = add_change(l, &im->change[i]);
	return (tool_list_end(im->t, &l, err));
}

static void
warn(const struct import *im, const struct sek_roster_done *done)
{
	long days;

	if (tool_roster_ahead(im->r.time))
		tool_error(_("please note: this roster was made in the "
		    "future: check the clocks of both terminals"));
	else if (tool_roster_old(im->t, im->r.time, &days))
		tool_error(_("please note: this roster is %ld days old, older "
		    "than roster.max_age: export a new one"), days);
	if (done->conflicts > 0)
		tool_error(_("please note: %llu conflicts: see above, put "
		    "them right here or there, then import again"),
		    (unsigned long long)done->conflicts);
}

static int
failed(struct import *im, enum sek_err err)
{
	int rc;

	tool_progress_end(&im->progress);
	if (err == SEK_ERR_CONV) {
		tool_error(_("interrupted: nothing is taken in"));
		return (TOOL_NO);
	}
	if (err == SEK_ERR_REFUSED)
		return (refuse_file(im, sek_store_why(im->t->store)));
	rc = tool_store_fail(im->t, err);
	return (rc == TOOL_USAGE ? TOOL_NO : rc);
}

static int
confirm(const struct import *im, const struct sek_roster_done *plan)
{
	char answer[16] = "";
	int rc;

	if (im->t->yes || plan->changes == 0)
		return (TOOL_YES);
	rc = tool_ask(_("Take this in? [y/N] "), answer, sizeof(answer));
	if (rc != TOOL_YES || tool_is_yes(answer))
		return (rc);
	tool_error(_("nothing is taken in"));
	return (TOOL_NO);
}

static int
take(struct import *im, const struct sek_roster_done *plan)
{
	struct tool *t = im->t;
	struct sek_roster_done done;
	enum sek_err err;

	im->showing = false;
	tool_hold();
	tool_progress_begin(&im->progress);
	err = sek_store_roster_take(t->store, &im->r, plan, take_change, im,
	    &t->actor, &done);
	if (err != SEK_OK)
		return (failed(im, err));
	tool_progress_end(&im->progress);
	if (t->json)
		return (print_json(im, &done, true));
	printf(_("Taken in: %llu changes, %llu closed ids noted, "
	    "%llu conflicts\n"), (unsigned long long)done.changes,
	    (unsigned long long)done.noted,
	    (unsigned long long)done.conflicts);
	return (tool_flush());
}

static int
import(struct import *im)
{
	struct tool *t = im->t;
	bool dry = tool_option(t, "dry-run") != NULL;
	struct sek_roster_done plan;
	enum sek_err err;
	int rc;

	im->showing = true;
	tool_progress_begin(&im->progress);
	err = sek_store_roster_plan(t->store, &im->r, take_change, im, &plan);
	if (err != SEK_OK)
		return (failed(im, err));
	tool_progress_end(&im->progress);
	sek_store_close(t->store);
	rc = t->json ? (dry ? print_json(im, &plan, false) : TOOL_YES) :
	    print_changes(im);
	warn(im, &plan);
	if (rc != TOOL_YES || dry || (rc = confirm(im, &plan)) != TOOL_YES)
		return (rc);
	return (take(im, &plan));
}

int
verb_roster_import(struct tool *t, int argc, char **argv)
{
	const char *key = tool_option(t, "key");
	char given[SEK_ROSTER_ID_MAX] = "";
	struct import *im;
	int rc;

	(void)argc;
	if (key != NULL && sek_roster_id_parse(given, key) != SEK_OK) {
		tool_error(_("--key: 32 hex digits, as the export showed "
		    "them"));
		return (TOOL_USAGE);
	}
	if ((tool_option(t, "dry-run") == NULL &&
	    (rc = tool_must_ask(t)) != TOOL_YES) ||
	    (rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if ((im = calloc(1, sizeof(*im))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	im->t = t;
	im->progress.fd = -1;
	sek_text_printable(im->path, sizeof(im->path), argv[0]);
	if ((rc = read_roster(im, argv[0], given)) == TOOL_YES)
		rc = import(im);
	forget_changes(im);
	free(im->change);
	free(im->text);
	sek_roster_free(&im->r);
	free(im);
	return (rc);
}
