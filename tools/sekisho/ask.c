/*
 * ask.c - a question to who sits at the terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sekisho.h"

bool
tool_can_ask(void)
{
	return (isatty(STDIN_FILENO) == 1);
}

int
tool_must_ask(const struct tool *t)
{
	if (t->yes || tool_can_ask())
		return (TOOL_YES);
	tool_error(_("there is a question and nobody to answer it: "
	    "run this at a terminal, or with -y"));
	return (TOOL_USAGE);
}

FILE *
tool_tty(void)
{
	static FILE *tty;

	if (tty == NULL)
		tty = fopen("/dev/tty", "we");
	return (tty != NULL ? tty : stderr);
}

/* Stop signals are held back while the tool works, not while it waits. */
static void
let_stop(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGTTIN);
	sigaddset(&set, SIGTTOU);
	sigprocmask(how, &set, NULL);
}

int
tool_ask(const char *prompt, char *answer, size_t size)
{
	FILE *tty = tool_tty();
	char *end, *got;

	if (!tool_can_ask())
		return (TOOL_USAGE);
	fputs(prompt, tty);
	fflush(tty);
	let_stop(SIG_UNBLOCK);
	got = fgets(answer, (int)size, stdin);
	let_stop(SIG_BLOCK);
	if (got == NULL)
		return (TOOL_NO);
	end = strchr(answer, '\n');
	if (end == NULL) {
		/* Longer than any answer: the rest is not the next one. */
		int c;

		while ((c = getchar()) != '\n' && c != EOF)
			;
		answer[0] = '\0';
		return (TOOL_YES);
	}
	*end = '\0';
	return (TOOL_YES);
}

bool
tool_is_yes(const char *answer)
{

	return (strcasecmp(answer, "y") == 0 ||
	    strcasecmp(answer, "yes") == 0 || strcmp(answer, "はい") == 0);
}

int
tool_agree(const struct tool *t, const char *prompt)
{
	char answer[16];
	int rc;

	if (t->yes)
		return (TOOL_YES);
	if ((rc = tool_ask(prompt, answer, sizeof(answer))) == TOOL_USAGE)
		return (tool_must_ask(t));
	if (rc == TOOL_YES && tool_is_yes(answer))
		return (TOOL_YES);
	tool_error(_("nothing was done"));
	return (TOOL_NO);
}
