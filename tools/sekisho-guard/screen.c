/*
 * screen.c - logind, asked about the screen of a session, in a process of its
 * own: the guard itself has no bus
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/edge/logout.h"

#include "lock.h"

static int64_t
monotonic_now(void)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * SEK_SECOND + ts.tv_nsec / 1000);
}

/* The time the machine slept since is not counted: nobody could touch it. */
static int64_t
boot_time(int64_t monotonic)
{
	const int64_t age = monotonic_now() - monotonic;

	return (guard_now() - (age > 0 ? age : 0));
}

static int
look(const struct sek_guard *g)
{
	struct guard_screen out;
	struct sek_login_screen s;
	struct sek_why why = { "" };
	enum sek_err err;

	memset(&out, 0, sizeof out);
	out.magic = GUARD_SCREEN_MAGIC;
	if ((err = sek_logout_screen(&s, g->logind, &why)) != SEK_OK) {
		syslog(LOG_WARNING, "session %s of %s: %s", g->logind,
		    g->account, why.text);
		return (GUARD_EXIT_TROUBLE);
	}
	out.screen = s.graphical;
	out.idle = s.idle;
	out.locked = s.locked;
	out.since = s.idle ? boot_time(s.since) : 0;
	return (sek_file_write_all(STDOUT_FILENO, &out, sizeof out) ? 0 :
	    GUARD_EXIT_TROUBLE);
}

static int
lock(const struct sek_guard *g)
{
	struct sek_why why = { "" };

	if (sek_logout_lock(g->logind, &why) == SEK_OK)
		return (0);
	syslog(LOG_ERR, "session %s of %s could not be locked: %s", g->logind,
	    g->account, why.text);
	return (GUARD_EXIT_TROUBLE);
}

int
guard_main_screen(const struct sek_guard *g, const char *act)
{

	if (strcmp(act, "look") == 0)
		return (look(g));
	if (strcmp(act, "lock") == 0)
		return (lock(g));
	return (GUARD_EXIT_USAGE);
}
