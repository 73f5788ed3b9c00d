/*
 * tell.c - what became of a session, on record
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the store cannot be reached, or the policy cannot be read, it is in
 * the journal and the log: the session is ended all the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "guard.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"

/* Under the floors: nothing of the policy's values matters here. */
static enum sek_err
open_store(struct sek_store **st, const struct sek_guard *g,
    struct sek_why *why)
{
	struct sek_store_config *config = NULL;
	struct sek_settings *s = NULL;
	enum sek_err err = SEK_ERR_NOMEM;

	if ((s = calloc(1, sizeof *s)) == NULL ||
	    (config = calloc(1, sizeof *config)) == NULL ||
	    (err = sek_settings_load_under(s, g->conf[0] != '\0' ? g->conf :
	    NULL, false, sek_settings_floors, NULL, why)) != SEK_OK)
		goto out;
	sek_store_config(config, s);
	if ((err = sek_store_new(st, config)) == SEK_OK)
		sek_store_may_use_reserve(*st, true);
out:
	free(config);
	free(s);
	return (err);
}

static void
fill(struct sek_session_over *in, const struct sek_guard *g,
    enum sek_event event, enum sek_reason reason, bool over,
    const char *detail)
{
	struct sek_record *r = &in->record;

	memset(in, 0, sizeof *in);
	r->event = (uint32_t)event;
	r->reason = (uint32_t)reason;
	r->result = SEK_RESULT_OK;
	r->count = 1;
	memcpy(r->service, g->service, sizeof r->service);
	memcpy(r->subject, g->subject, sizeof r->subject);
	memcpy(r->target, g->account, sizeof r->target);
	memcpy(r->person, g->person, sizeof r->person);
	memcpy(r->ref, g->grant[0] != '\0' ? g->grant : g->id, sizeof r->ref);
	memcpy(r->tty, g->tty, sizeof r->tty);
	memcpy(r->rhost, g->rhost, sizeof r->rhost);
	if (g->envelope[0] != '\0')
		(void)sek_text_format(r->authenticator,
		    sizeof r->authenticator, "glass:%s", g->envelope);
	sek_text_printable(r->detail, sizeof r->detail,
	    detail != NULL ? detail : "");
	memcpy(in->account, g->account, sizeof in->account);
	memcpy(in->session, g->session, sizeof in->session);
	in->over = over ? 1 : 0;
}

bool
guard_record(const struct sek_guard *g, enum sek_event event,
    enum sek_reason reason, bool over, const char *detail)
{
	struct sek_session_over *in = calloc(1, sizeof *in);
	struct sek_store *st = NULL;
	struct sek_why why = { "" };
	enum sek_err err = SEK_ERR_NOMEM;

	if (in == NULL)
		goto out;
	fill(in, g, event, reason, over, detail);
	if ((err = open_store(&st, g, &why)) == SEK_OK &&
	    (err = sek_store_session_over(st, in)) != SEK_OK)
		(void)sek_why(&why, err, "%s", sek_store_why(st));
	if (err != SEK_OK)
		sek_journal_record(&in->record, 0, "");
out:
	if (err != SEK_OK)
		syslog(LOG_ALERT, "%s (%s) of the session of %s is not in the "
		    "store: %s: %s", sek_event_name(event),
		    sek_reason_name(reason), g->account, sek_err_name(err),
		    why.text);
	sek_store_free(&st);
	free(in);
	return (err == SEK_OK);
}

int
guard_main_tell(const struct sek_guard *g, char *const argv[])
{
	int64_t event, reason;

	if (sek_text_number(&event, argv[0], 1, SEK_EVENT_COUNT - 1) !=
	    SEK_OK || sek_text_number(&reason, argv[1], 0,
	    SEK_REASON_COUNT - 1) != SEK_OK)
		return (GUARD_EXIT_USAGE);
	return (guard_record(g, (enum sek_event)event, (enum sek_reason)reason,
	    strcmp(argv[2], "1") == 0, argv[3]) ? 0 : GUARD_EXIT_TROUBLE);
}
