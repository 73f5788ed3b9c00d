/*
 * main.c - sekisho-guard: ends a session that was opened by an envelope
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *	sekisho-guard ENVELOPE ACCOUNT UID DEADLINE CGROUP SESSION
 *
 * A service of its own (flow/glass starts it), never a child of the session:
 * what is in a session can be stopped, frozen and killed by it. DEADLINE: of
 * the boot clock, which goes on while the machine sleeps, in microseconds.
 * SESSION: logind's, or "-".
 *
 * MUST: what ignores SIGTERM, was started with nohup or in a session of its
 * own, is gone too: all that is in the cgroup.
 * MUST: what he left with his own systemd (systemd-run --user, linger) ends
 * then as well, unless he is here in another session.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/unit.h"

#define LOOK	(30 * SEK_SECOND)	/* is the session still there? */
#define GRACE	(5 * SEK_SECOND)	/* between asking and killing */
#define ROUNDS	12			/* of killing */
#define STEP	(SEK_SECOND / 10)

struct guarded {
	const char	*envelope;
	const char	*account;
	const char	*cgroup;
	const char	*session;
	int64_t		 deadline;
	int64_t		 uid;
};

static int64_t
boot_now(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return ((int64_t)ts.tv_sec * SEK_SECOND + ts.tv_nsec / 1000);
}

static void
sleep_until(int64_t at)
{
	const struct timespec ts = {
		.tv_sec = (time_t)(at / SEK_SECOND),
		.tv_nsec = (long)(at % SEK_SECOND) * 1000
	};

	while (clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &ts, NULL) ==
	    EINTR)
		continue;
}

/* Does anything of him run, in the session or by his own systemd? */
static bool
is_left(const struct guarded *g)
{
	char slice[64];

	(void)snprintf(slice, sizeof slice, "/user.slice/user-%" PRId64
	    ".slice", g->uid);
	return (sek_unit_is_populated(g->cgroup) ||
	    sek_unit_is_populated(slice));
}

/* False: it ended by itself. */
static bool
watch(const struct guarded *g)
{
	int64_t now;

	while ((now = boot_now()) < g->deadline) {
		if (!is_left(g))
			return (false);
		sleep_until(g->deadline - now < LOOK ? g->deadline :
		    now + LOOK);
	}
	return (is_left(g));
}

static bool
gone_within(const struct guarded *g, int64_t span)
{
	int64_t end = boot_now() + span;

	while (sek_unit_is_populated(g->cgroup)) {
		if (boot_now() >= end)
			return (false);
		sleep_until(boot_now() + STEP);
	}
	return (true);
}

/* Ask first: programs may save their files. */
static void
ask(const struct guarded *g)
{
	const char *name = strrchr(g->cgroup, '/') + 1;
	struct sek_why why = { "" };
	enum sek_err err;

	err = strcmp(g->session, "-") != 0 ?
	    sek_unit_end_session(g->session, &why) :
	    sek_unit_kill(name, SIGTERM, &why);
	if (err != SEK_OK)
		syslog(LOG_ERR, "envelope %s: %s", g->envelope, why.text);
}

static void
kill_all(const struct guarded *g)
{
	const char *name = strrchr(g->cgroup, '/') + 1;
	struct sek_why why = { "" };

	if (sek_unit_kill_cgroup(g->cgroup, &why) != SEK_OK &&
	    sek_unit_kill(name, SIGKILL, &why) != SEK_OK)
		syslog(LOG_ERR, "envelope %s: %s", g->envelope, why.text);
}

static int
end(const struct guarded *g)
{
	struct sek_why why = { "" };
	bool gone;
	int i;

	syslog(LOG_ALERT, "BREAK-GLASS: the time of envelope %s is over: the "
	    "session of %s ends now (%s)", g->envelope, g->account,
	    g->cgroup);
	if (sek_unit_is_populated(g->cgroup))
		ask(g);
	gone = gone_within(g, GRACE);
	for (i = 0; !gone && i < ROUNDS; i++) {
		kill_all(g);
		gone = gone_within(g, GRACE);
	}
	if (!gone) {
		syslog(LOG_ALERT, "BREAK-GLASS: the session of envelope %s "
		    "could not be ended: processes are left in %s",
		    g->envelope, g->cgroup);
		return (1);		/* started again */
	}
	if (sek_unit_end_user((uint32_t)g->uid, &why) != SEK_OK)
		syslog(LOG_ERR, "envelope %s: %s", g->envelope, why.text);
	syslog(LOG_ALERT, "BREAK-GLASS: the session of envelope %s was ended",
	    g->envelope);
	return (0);
}

int
main(int argc, char **argv)
{
	struct guarded g;

	openlog("sekisho-guard", LOG_PID, LOG_AUTHPRIV);
	if (argc != 7 || argv[5][0] != '/' ||
	    sek_text_number(&g.uid, argv[3], 0, UINT32_MAX - 1) != SEK_OK ||
	    sek_text_number(&g.deadline, argv[4], 1, INT64_MAX) != SEK_OK) {
		(void)fputs("sekisho-guard: it is started at a login, not by "
		    "hand\n", stderr);
		return (100);
	}
	g.envelope = argv[1];
	g.account = argv[2];
	g.cgroup = argv[5];
	g.session = argv[6];
	return (watch(&g) ? end(&g) : 0);
}
