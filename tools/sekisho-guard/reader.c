/*
 * reader.c - waits at a card's reader, in a process of its own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What it waits in has no bound, and the library that does it is not small:
 * the guard has neither. It goes with the guard.
 */
#include "config.h"

#include <sys/prctl.h>

#include <signal.h>
#include <syslog.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/card.h"

#include "lock.h"

static bool
say(void *arg, bool there)
{

	(void)arg;
	return (write(STDOUT_FILENO, there ? "+" : "-", 1) == 1);
}

int
guard_main_reader(const struct sek_guard *g, const char *number)
{
	struct sek_why why = { "" };
	int64_t n;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0L, 0L, 0L);
	if (sek_text_number(&n, number, 0, SEK_GUARD_DEVICES - 1) != SEK_OK)
		return (GUARD_EXIT_USAGE);
	if (sek_card_watch(g->device[n].path, say, NULL, &why) == SEK_OK)
		return (0);
	syslog(LOG_WARNING, "session of %s: the reader of its card: %s",
	    g->account, why.text);
	return (GUARD_EXIT_TROUBLE);
}
