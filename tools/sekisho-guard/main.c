/*
 * main.c - sekisho-guard: watches a session, and ends it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Started where a session begins (edge/guard.h), never a child of it: what is
 * in a session can be stopped, frozen and killed by it.
 *
 * MUST: whoever else starts it has no more rights than before.
 */
#include "config.h"

#include <sys/prctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "guard.h"

static int
usage(void)
{

	(void)fputs("sekisho-guard: it is started at a login, not by hand; "
	    "see: sekisho session list\n", stderr);
	return (GUARD_EXIT_USAGE);
}

/* What is done for a session whose file is there. */
static int
run(const char *option, const struct sek_guard *g, int argc, char **argv)
{

	if (strcmp(option, "--end") == 0 && argc == 1)
		return (guard_main_end(g, argv[0]));
	if (strcmp(option, "--warn") == 0 && argc == 0)
		return (guard_main_warn(g));
	if (strcmp(option, "--tell") == 0 && argc == 4)
		return (guard_main_tell(g, argv));
	if (strcmp(option, "--lock") == 0 && argc == 1)
		return (guard_main_lock(g, argv[0]));
	if (strcmp(option, "--reader") == 0 && argc == 1)
		return (guard_main_reader(g, argv[0]));
	if (strcmp(option, "--screen") == 0 && argc == 1)
		return (guard_main_screen(g, argv[0]));
	return (usage());
}

int
main(int argc, char **argv)
{
	struct sek_guard *g;
	struct sek_why why = { "" };
	int rc = GUARD_EXIT_TROUBLE;

	openlog("sekisho-guard", LOG_PID, LOG_AUTHPRIV);
	/* Started again by /proc/self/exe it would be called "exe". */
	(void)prctl(PR_SET_NAME, "sekisho-guard", 0, 0, 0);
	if (argc == 1)
		return (guard_main_daemon());
	if (argc == 2 && argv[1][0] != '-')
		return (guard_main_watch(argv[1]));
	if (argc == 3 && strcmp(argv[1], "--after") == 0)
		return (guard_main_after(argv[2]));
	if (argc < 3)
		return (usage());
	if ((g = calloc(1, sizeof *g)) == NULL)
		return (rc);
	if (sek_guard_read(g, argv[2], &why) == SEK_OK)
		rc = run(argv[1], g, argc - 3, argv + 3);
	else
		syslog(LOG_ERR, "%s", why.text);
	free(g);
	return (rc);
}
