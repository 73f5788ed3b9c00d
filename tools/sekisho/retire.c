/*
 * retire.c - sekisho user retire: a person goes for good
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clauses 7(2)①イ, 7(2)⑤. The receipt names what was taken away, when and by
 * whom, and what somebody has to collect.
 * MUST: he is shut out before anything else is tried, and stays so whatever
 * comes after.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_approval.h"
#include "util_gone.h"
#include "util_page.h"
#include "util_sheet.h"
#include "verb.h"

struct work {
	struct tool		*t;
	const char		*name;
	const char		*reason;
	char			 person[SEK_NAME_MAX];
	struct tool_gone	 gone;
	struct sek_retired	 out;
	struct sek_moment	 now;
	struct tool_fingers	 fingers;
};

/* tool_is_leaving_fn */
static bool
is_his(void *arg, const char *person)
{
	const struct work *w = arg;

	return (strcmp(w->person, person) == 0);
}

/* Whose account it is; a name no account has is a person's id. */
static int
find_person(struct work *w)
{
	struct sek_limits limits = { .deny = 1 };
	struct sek_user *user = calloc(1, sizeof(*user));
	enum sek_err err;

	if (user == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if (sek_text_copy(w->person, sizeof(w->person), w->name) != SEK_OK)
		w->person[0] = '\0';
	err = sek_store_user(w->t->store, w->name, &limits, user);
	if (err == SEK_OK)
		memcpy(w->person, user->account.person, sizeof(w->person));
	free(user);
	return (err == SEK_OK || err == SEK_ERR_NOT_FOUND ? TOOL_YES :
	    tool_store_fail(w->t, err));
}

static void
record_ends(const struct work *w)
{
	struct sek_record r = w->t->actor;

	r.event = SEK_EVENT_RETIRE;
	(void)sek_text_copy(r.target, sizeof(r.target), w->name);
	tool_sessions_record(w->gone.sessions, &r);
}

static int
show_json(const struct work *w)
{
	const struct tool *t = w->t;
	cJSON *o = tool_gone_json(t, &w->gone, 0, w->gone.n);

	cJSON_AddItemToObject(o, "user", tool_json_text(w->name));
	cJSON_AddItemToObject(o, "person", tool_json_text(w->out.person.id));
	cJSON_AddItemToObject(o, "name", tool_json_text(w->out.person.name));
	cJSON_AddItemToObject(o, "section",
	    tool_json_text(w->out.person.section));
	cJSON_AddItemToObject(o, "at", tool_json_time(t, w->now.wall));
	cJSON_AddItemToObject(o, "by", tool_json_text(t->actor.subject));
	cJSON_AddStringToObject(o, "reason", w->reason);
	cJSON_AddNumberToObject(o, "tickets", (double)w->out.tickets);
	cJSON_AddItemToObject(o, "sessions",
	    tool_sessions_json(w->gone.sessions));
	return (tool_json_print(o));
}

static void
field(const char *label, const char *text)
{
	char clean[SEK_REASON_MAX];

	(void)sek_text_copy(clean, sizeof(clean), text);
	tool_clean(clean, sizeof(clean));
	tool_page_field(stdout, label, clean);
}

static int
show(const struct work *w)
{
	const char *const seals[] = { _("Collected by"), _("Checked by"),
	    NULL };
	const struct tool *t = w->t;
	char number[32];

	if (t->json)
		return (show_json(w));
	tool_sheet_head(t, _("Receipt: out for good"));
	field(_("Person"), w->out.person.id[0] != '\0' ? w->out.person.id :
	    w->name);
	field(_("Name"), w->out.person.name);
	field(_("Section"), w->out.person.section);
	tool_sheet_time(t, _("Retired at"), w->now.wall);
	field(_("By"), t->actor.subject);
	field(_("Reason"), w->reason);
	tool_gone_print(&w->gone, 0, w->gone.n, false);
	(void)snprintf(number, sizeof(number), "%llu",
	    (unsigned long long)w->out.tickets);
	tool_page_field(stdout, _("Tickets ended"), number);
	putchar('\n');
	tool_sessions_print(w->gone.sessions);
	tool_page_text(stdout, 0, _("The account of the operating system and "
	    "its files are still there: hand over what is needed, then "
	    "userdel."));
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}

static int
failed(const struct work *w, enum sek_err err)
{

	return (err == SEK_ERR_NOT_FOUND ? tool_no_user(w->name) :
	    tool_store_fail(w->t, err));
}

static int
retire(struct work *w)
{
	struct tool *t = w->t;
	enum sek_err err;
	int rc, told;

	if (w->name[0] == '\0' || strlen(w->name) >= SEK_NAME_MAX)
		return (tool_no_user(w->name));
	if ((rc = tool_may_change(t, w->name, SEK_CHANGING_ACCOUNT,
	    SEK_EVENT_RETIRE)) != TOOL_YES ||
	    (rc = find_person(w)) != TOOL_YES ||
	    (rc = tool_fingers_note(t, &w->fingers, is_his, w)) !=
	    TOOL_YES)
		return (rc);
	if ((err = sek_store_retire(t->store, w->name, w->reason,
	    tool_gone_add, &w->gone, &t->actor, &w->out)) != SEK_OK)
		return (failed(w, err));
	(void)sek_clock_now(&w->now);
	tool_sessions_because(w->gone.sessions, SEK_REASON_RETIRED, w->reason);
	tool_sessions_end(w->gone.sessions, false);
	record_ends(w);
	/* Nothing is held open while fprintd is asked. */
	sek_store_close(t->store);
	told = show(w);
	rc = tool_sessions_warn(w->gone.sessions, w->gone.nomem);
	if (tool_fingers_forget(&w->fingers) != TOOL_YES)
		rc = TOOL_TROUBLE;
	tool_sessions_end_own(w->gone.sessions);
	return (rc == TOOL_YES ? told : rc);
}

int
verb_user_retire(struct tool *t, int argc, char **argv)
{
	struct work *w;
	char shown[SEK_NAME_MAX], prompt[SEK_NAME_MAX + 256];
	int rc;

	(void)argc;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	w->t = t;
	w->name = argv[0];
	w->reason = tool_option(t, "reason");
	if (w->reason == NULL ||
	    !sek_text_is_clean(w->reason, SEK_REASON_MAX - 1)) {
		tool_error(_("say why by --reason: a line of text"));
		rc = TOOL_USAGE;
		goto out;
	}
	if ((rc = tool_store(t)) != TOOL_YES)
		goto out;
	sek_store_close(t->store);
	/* Not before: the policy says in which language. */
	sek_text_printable(shown, sizeof(shown), w->name);
	(void)snprintf(prompt, sizeof(prompt), _("%s goes out for good, with "
	    "all accounts, authenticators and tickets. This cannot be undone. "
	    "Go on? (yes/no) "), shown);
	if ((rc = tool_agree(t, prompt)) != TOOL_YES ||
	    (rc = tool_gone_new(t, &w->gone)) != TOOL_YES)
		goto out;
	tool_hold();
	rc = retire(w);
out:
	tool_fingers_free(&w->fingers);
	tool_gone_free(&w->gone);
	free(w);
	return (rc);
}
