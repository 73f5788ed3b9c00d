/*
 * util_sessions_show.c - what became of sessions that were to end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_sessions_in.h"

static const char *const outcomes[] = {
	[TO_DO] = "left", [ENDED] = "ended", [LEFT] = "left",
	[KEPT] = "kept", [OWN] = "ending"
};

static const char *
account_of(const struct target *n)
{

	return (n->how <= BY_LOGIND && n->s.name[0] != '\0' ? n->s.name :
	    n->by.a.account);
}

static const char *
service_of(const struct target *n)
{

	return (n->how <= BY_LOGIND && n->s.service[0] != '\0' ?
	    n->s.service : n->by.a.service);
}

/* "12: alice (sshd, 192.0.2.7)" */
static void
describe(char *dst, size_t size, const struct target *n)
{
	const char *place = n->s.rhost[0] != '\0' ? n->s.rhost : n->s.tty;

	(void)sek_text_format(dst, size, "%s%s%s (%s%s%s)", n->s.id,
	    n->s.id[0] != '\0' ? ": " : "", account_of(n), service_of(n),
	    place[0] != '\0' ? ", " : "", place);
}

void
tool_sessions_record(const struct tool_sessions *w, struct sek_record *r)
{
	char one[512];
	size_t i, n;

	if (w->n == 0)
		return;
	r->count = 1;
	r->result = SEK_RESULT_OK;
	r->detail[0] = '\0';
	for (i = 0; i < w->n; i++) {
		if (w->target[i].outcome == LEFT)
			r->result = SEK_RESULT_ERROR;
		describe(one, sizeof(one), &w->target[i]);
		n = strlen(r->detail);
		(void)sek_text_format(r->detail + n, sizeof(r->detail) - n,
		    "%ssession %s: %s", n > 0 ? "; " : "", one,
		    outcomes[w->target[i].outcome]);
	}
	if (sek_store_append(w->t->store, r) != SEK_OK)
		tool_error("%s", sek_store_why(w->t->store));
}

static cJSON *
target_json(const struct target *n)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "session", tool_json_text(n->s.id));
	cJSON_AddItemToObject(o, "user", tool_json_text(account_of(n)));
	cJSON_AddItemToObject(o, "service", tool_json_text(service_of(n)));
	cJSON_AddItemToObject(o, "tty", tool_json_text(n->s.tty));
	cJSON_AddItemToObject(o, "rhost", tool_json_text(n->s.rhost));
	cJSON_AddStringToObject(o, "result", outcomes[n->outcome]);
	return (o);
}

cJSON *
tool_sessions_json(const struct tool_sessions *w)
{
	cJSON *list = cJSON_CreateArray();
	size_t i;

	for (i = 0; i < w->n; i++)
		cJSON_AddItemToArray(list, target_json(&w->target[i]));
	return (list);
}

void
tool_sessions_print(const struct tool_sessions *w)
{
	static const char *const words[] = {
		[TO_DO] = N_("Not ended"), [ENDED] = N_("Ended"),
		[LEFT] = N_("Not ended"), [KEPT] = N_("Kept"),
		[OWN] = N_("Ends now")
	};
	char text[512];
	size_t i;

	for (i = 0; i < w->n; i++) {
		describe(text, sizeof(text), &w->target[i]);
		printf("%s: %s\n", _(words[w->target[i].outcome]), text);
	}
}

int
tool_sessions_warn(const struct tool_sessions *w, bool unknown)
{
	int rc = TOOL_YES;
	char text[512];
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->target[i].outcome != LEFT)
			continue;
		describe(text, sizeof(text), &w->target[i]);
		tool_error(_("a session was not ended, end it by hand: %s "
		    "[%s]"), text, w->target[i].how == UNKNOWN ?
		    w->no_logind : w->target[i].why);
		rc = TOOL_TROUBLE;
	}
	if (w->nomem || unknown) {
		tool_error(_("whom it let in is not known in full: look for "
		    "sessions of its owner"));
		rc = TOOL_TROUBLE;
	}
	return (rc);
}
