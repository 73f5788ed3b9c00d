/*
 * after.c - the guard of a session stopped: by itself, by a kill, by hand?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * systemd's ExecStopPost, or the daemon's own parent. MUST: a session whose
 * time is over, or whose guard somebody stopped, ends here.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "guard.h"

#define RECORDS		(60 * SEK_SECOND)	/* between two like ones */

static void
record(const struct sek_guard *g, const char *what)
{

	syslog(LOG_ALERT, "the guard of a session of %s %s", g->account, what);
	(void)guard_record(g, SEK_EVENT_GUARD, SEK_REASON_NONE, false, what);
}

static int
end(const struct sek_guard *g, enum sek_reason reason)
{
	char number[16];

	(void)snprintf(number, sizeof number, "%u", (unsigned)reason);
	return (guard_main_end(g, number));
}

/* One that cannot run is begun again each second: that is not a record each. */
static void
killed(const struct sek_guard *g, struct sek_guard_state *s)
{
	int64_t now = guard_now();

	if (s->killed_at != 0 && now - s->killed_at < RECORDS)
		return;
	s->killed_at = now;
	(void)sek_guard_state_write(g, s, NULL);
	record(g, "was killed, or failed, and begins again");
}

/* Its orders cannot be read: what was a scope of ours ends by its name. */
static int
unreadable(const char *id, const struct sek_why *why)
{
	char name[SEK_UNIT_NAME];

	syslog(LOG_ALERT, "%s: the session ends", why->text);
	(void)snprintf(name, sizeof name, "sekisho-%s.scope", id);
	return (sek_unit_stop(name, NULL) == SEK_OK ? 0 :
	    GUARD_EXIT_TROUBLE);
}

static int
judge(const struct sek_guard *g)
{
	const char *result = getenv("SERVICE_RESULT");
	struct sek_guard_state s;

	(void)sek_guard_state_read(&s, g->id);
	if (s.ending != 0) {
		record(g, "was stopped while it ended it");
		return (end(g, (enum sek_reason)s.ending_for));
	}
	if (!sek_guard_is_there(g))
		return (end(g, SEK_REASON_NONE));
	if (g->deadline != 0 && guard_now() >= g->deadline) {
		record(g, "was not there at its end");
		return (end(g, guard_over_for(g)));
	}
	if (result == NULL || strcmp(result, "success") != 0) {
		killed(g, &s);
		return (0);
	}
	/* The machine goes down, and all sessions with it. */
	if (sek_unit_is_stopping())
		return (0);
	record(g, "was stopped by hand: the session ends");
	return (end(g, SEK_REASON_ENDLESS));
}

int
guard_main_after(const char *id)
{
	struct sek_guard *g = calloc(1, sizeof *g);
	struct sek_why why = { "" };
	int rc = GUARD_EXIT_TROUBLE;
	enum sek_err err;

	if (g == NULL)
		return (rc);
	/* Mostly: it is over, and all was done. */
	if ((err = sek_guard_read(g, id, &why)) == SEK_ERR_NOT_FOUND)
		rc = 0;
	else if (err != SEK_OK)
		rc = unreadable(id, &why);
	else
		rc = judge(g);
	free(g);
	return (rc);
}
