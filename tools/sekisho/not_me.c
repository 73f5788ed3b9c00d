/*
 * not_me.c - sekisho not-me: "this was not me"
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * 7(2)④. Recorded, the account suspended, its sessions ended, and told whom to
 * call. By the person himself through sekisho-helper, without a proof: what he
 * would prove by may be what was stolen, and all it does is close.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/facts.h"
#include "util_helper.h"
#include "util_sessions.h"
#include "verb.h"

#define LATER	10	/* s; as sekisho-helper has it */

static void
tell_contact(const char *contact)
{
	char text[256];

	sek_text_printable(text, sizeof(text), contact);
	if (text[0] != '\0')
		printf(_("Please call now: %s\n"), text);
	else
		puts(_("Please call the person in charge now."));
}

static int
noted_json(const struct tool *t, const struct sek_helper_noted *n,
    cJSON *sessions)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "user", tool_json_text(n->account));
	cJSON_AddBoolToObject(o, "suspended", n->suspended != 0);
	cJSON_AddItemToObject(o, "last_login", tool_json_time(t,
	    n->last_login));
	cJSON_AddItemToObject(o, "contact", tool_json_text(n->contact));
	if (sessions != NULL)
		cJSON_AddItemToObject(o, "sessions", sessions);
	return (tool_json_print(o));
}

static void
tell(const struct tool *t, const struct sek_helper_noted *n)
{
	char when[32], shown[SEK_NAME_MAX];

	sek_text_printable(shown, sizeof(shown), n->account);
	tool_time(t, when, sizeof(when), n->last_login);
	printf(_("Recorded: the last login of %s (%s) is in question.\n"),
	    shown, when);
	if (n->suspended)
		puts(_("The account is suspended until an administrator "
		    "resumes it."));
	else
		puts(_("The account stays open: it is of the last privileged "
		    "person who could come in here."));
	tell_contact(n->contact);
}

static bool
take_note(const struct tool *t, char *dst, size_t size)
{
	const char *note = tool_option(t, "note");

	if (note == NULL || (sek_text_is_clean(note, size - 1) &&
	    sek_text_copy(dst, size, note) == SEK_OK))
		return (true);
	tool_error(_("--%s: this value does not fit"), "note");
	return (false);
}

/* tool_data_fn */
static enum sek_err
take_noted(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct sek_helper_noted *out = arg;

	if (kind != SEK_HELPER_DATA_NOT_ME || len != sizeof(*out))
		return (SEK_ERR_SYNTAX);
	memcpy(out, body, sizeof(*out));
	return (SEK_OK);
}

/* Asked once, so that a slip of the fingers locks nobody out. */
static int
agree(const struct tool *t)
{

	return (tool_agree(t, _("Your account is suspended at once, and your "
	    "sessions end. Go on? (yes/no) ")));
}

static int
own(struct tool *t, const char *name)
{
	struct sek_helper_not_me in;
	struct sek_helper_noted out;
	int rc;

	memset(&in, 0, sizeof(in));
	memset(&out, 0, sizeof(out));
	if (!take_note(t, in.note, sizeof(in.note)))
		return (TOOL_USAGE);
	if ((rc = tool_only_self(name)) != TOOL_YES ||
	    (rc = tool_helper_ready(t, false)) != TOOL_YES ||
	    (rc = agree(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	if ((rc = tool_helper(t, SEK_HELPER_NOT_ME, &in, sizeof(in),
	    take_noted, &out)) != TOOL_YES)
		return (rc);
	(void)sek_text_copy(t->zone, sizeof(t->zone), out.timezone);
	if (t->json)
		return (noted_json(t, &out, NULL));
	tell(t, &out);
	if (out.suspended)
		printf(_("This session ends in %d seconds.\n"), LATER);
	return (tool_flush());
}

/* ------------------------------------------------------------- by root -- */

static int
end_sessions(struct tool *t, const struct sek_helper_noted *n,
    const struct sek_claimant *who, const char *note)
{
	struct tool_sessions *w;
	int rc, told;

	if ((rc = tool_sessions_user(t, &w, who->name, SEK_EVENT_NOT_ME,
	    SEK_REASON_SUSPENDED, note, false)) != TOOL_YES)
		goto out;
	if (t->json)
		told = noted_json(t, n, tool_sessions_json(w));
	else {
		tell(t, n);
		tool_sessions_print(w);
		told = tool_flush();
	}
	rc = tool_sessions_warn(w, false);
	if (n->suspended)
		tool_sessions_end_own(w);
	rc = rc == TOOL_YES ? told : rc;
out:
	tool_sessions_free(&w);
	return (rc);
}

static int
by_root(struct tool *t, const char *name)
{
	struct sek_helper_noted n;
	struct sek_not_me_out out;
	struct sek_not_me in;
	enum sek_err err;
	int rc;

	memset(&in, 0, sizeof(in));
	memset(&n, 0, sizeof(n));
	if (!take_note(t, in.note, sizeof(in.note)))
		return (TOOL_USAGE);
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if ((err = sek_facts_account(&in.who, t->settings, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	/* Also on a full disk: it closes. */
	sek_store_may_use_reserve(t->store, true);
	if ((rc = tool_may_change(t, name, SEK_CHANGING_ACCOUNT,
	    SEK_EVENT_NOT_ME)) != TOOL_YES)
		return (rc);
	tool_hold();
	err = in.who.known ? sek_store_not_me(t->store, &in, &out) :
	    SEK_ERR_NOT_FOUND;
	if (err != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? tool_no_user(name) :
		    tool_store_fail(t, err));
	memcpy(n.account, in.who.name, sizeof(n.account));
	memcpy(n.contact, t->settings->message.contact, sizeof(n.contact));
	n.last_login = out.last_login;
	n.suspended = out.suspended;
	return (end_sessions(t, &n, &in.who, in.note[0] != '\0' ? in.note :
	    "not me"));
}

int
verb_not_me(struct tool *t, int argc, char **argv)
{
	int rc;

	if (tool_ordinary())
		return (own(t, argc > 0 ? argv[0] : NULL));
	if ((rc = tool_whose(argc)) != TOOL_YES)
		return (rc);
	return (by_root(t, argv[0]));
}
