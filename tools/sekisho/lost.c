/*
 * lost.c - sekisho authenticator lost|found
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: it is shut before anything else is tried, and stays so whatever comes
 * after.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho.h"
#include "util_sessions.h"
#include "verb.h"

static void
let_in(void *arg, const struct sek_lost_session *s)
{

	tool_sessions_add(arg, s);
}

/* A record of what became of them: it was shut before, whatever this says. */
static void
record_ends(const struct tool *t, const struct tool_sessions *w,
    const char *id, const struct sek_lost *out)
{
	struct sek_record r = t->actor;

	r.event = SEK_EVENT_LOST;
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator), id);
	(void)sek_text_copy(r.target, sizeof(r.target), out->account);
	(void)sek_text_copy(r.person, sizeof(r.person), out->a.person);
	tool_sessions_record(w, &r);
}

static int
show_json(const struct tool_sessions *w, const char *id,
    const struct sek_lost *out)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", id);
	cJSON_AddItemToObject(o, "user", tool_json_text(out->account));
	cJSON_AddItemToObject(o, "person", tool_json_text(out->a.person));
	cJSON_AddItemToObject(o, "state", out->tampered ?
	    cJSON_CreateNull() : tool_json_text(sek_authenticator_state_name(
	    (enum sek_authenticator_state)out->a.state)));
	cJSON_AddNumberToObject(o, "left", out->left);
	cJSON_AddItemToObject(o, "sessions", w == NULL ?
	    cJSON_CreateArray() : tool_sessions_json(w));
	return (tool_json_print(o));
}

static int
show(const struct tool *t, const struct tool_sessions *w, const char *id,
    const struct sek_lost *out)
{

	if (t->json)
		return (show_json(w, id, out));
	printf(_("Lost, opens nothing any more: %s"), id);
	printf("\n");
	tool_sessions_print(w);
	return (tool_flush());
}

/* What somebody has to do now; TOOL_TROUBLE where it concerns the lost one. */
static int
warn(const struct tool_sessions *w, const char *id, const struct sek_lost *out)
{
	int rc = tool_sessions_warn(w, out->unread > 0);

	if (out->tampered) {
		tool_error(_("its entry was changed by other means: take it "
		    "away (sekisho authenticator remove %s)"), id);
		rc = TOOL_TROUBLE;
	} else if (out->left == 0)
		tool_error(_("%s has no other authenticator: enroll one, or "
		    "give a ticket"), out->account[0] != '\0' ?
		    out->account : out->a.person);
	return (rc);
}

/* The store's no, in words. */
static int
failed(struct tool *t, enum sek_err err, const char *id)
{
	char shown[64];

	if (err != SEK_ERR_NOT_FOUND)
		return (tool_store_fail(t, err));
	sek_text_printable(shown, sizeof(shown), id);
	tool_error(_("there is no such authenticator: %s"), shown);
	return (TOOL_NO);
}

/* Why; TOOL_USAGE without. */
static int
reason_of(const struct tool *t, const char **reason)
{

	*reason = tool_option(t, "reason");
	if (*reason != NULL && sek_text_is_clean(*reason,
	    SEK_REASON_MAX - 1))
		return (TOOL_YES);
	tool_error(_("say why by --reason: a line of text"));
	return (TOOL_USAGE);
}

int
verb_authenticator_lost(struct tool *t, int argc, char **argv)
{
	const char *id = argv[0], *reason;
	struct tool_sessions *w = NULL;
	struct sek_lost out;
	enum sek_err err;
	int rc, told;

	(void)argc;
	if ((rc = reason_of(t, &reason)) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if ((w = tool_sessions_new(t)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	tool_hold();
	err = id[0] == '\0' || strlen(id) >= SEK_ID_MAX ? SEK_ERR_NOT_FOUND :
	    sek_store_authenticator_lost(t->store, id, reason, let_in, w,
	    &t->actor, &out);
	if (err != SEK_OK) {
		rc = failed(t, err, id);
		goto out;
	}
	tool_sessions_because(w, SEK_REASON_NONE, reason);
	tool_sessions_end(w, tool_option(t, "keep-sessions") != NULL);
	record_ends(t, w, id, &out);
	told = show(t, w, id, &out);
	rc = warn(w, id, &out);
	rc = rc == TOOL_YES ? told : rc;
	tool_sessions_end_own(w);
out:
	tool_sessions_free(&w);
	return (rc);
}

int
verb_authenticator_found(struct tool *t, int argc, char **argv)
{
	const char *id = argv[0], *reason;
	struct sek_lost out;
	enum sek_err err;
	int rc;

	(void)argc;
	if ((rc = reason_of(t, &reason)) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	err = id[0] == '\0' || strlen(id) >= SEK_ID_MAX ? SEK_ERR_NOT_FOUND :
	    sek_store_authenticator_found(t->store, id, reason, &t->actor,
	    &out);
	if (err != SEK_OK)
		return (failed(t, err, id));
	if (t->json)
		return (show_json(NULL, id, &out));
	printf(_("Found, opens again here: %s"), id);
	printf("\n");
	return (tool_flush());
}
