/*
 * ask.c - a question to who sits at the terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "sekisho.h"

#define WAIT_S		300	/* for an answer to a proof's prompt */

static volatile sig_atomic_t given_up;

static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
#define NENDS	(sizeof(ends) / sizeof(ends[0]))

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

static void
give_up(int signal_number)
{
	(void)signal_number;
	given_up = 1;
}

/*
 * The end of a line, or of the input: *n bytes without it. A line that is
 * longer is no answer: n 0. The signals that give up are blocked but while
 * waiting (under mask), so that none is missed.
 */
static enum sek_err
read_line(char *line, size_t size, size_t *n, const sigset_t *mask)
{
	const struct timespec wait = { WAIT_S, 0 };
	struct pollfd p = { STDIN_FILENO, POLLIN, 0 };
	bool too_long = false;
	ssize_t got;
	int ready;
	char c;

	for (*n = 0;;) {
		if (given_up)
			return (SEK_ERR_CONV);
		ready = ppoll(&p, 1, &wait, mask);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready == 0)
			return (SEK_ERR_TIMEOUT);
		got = ready < 0 ? -1 : read(STDIN_FILENO, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return (SEK_ERR_CONV);
		if (c == '\n')
			break;
		if (*n + 1 < size)
			line[(*n)++] = c;
		else
			too_long = true;
	}
	if (too_long)
		*n = 0;
	line[*n] = '\0';
	return (SEK_OK);
}

/*
 * Whoever asks by a helper; an end signal gives up, and the terminal is as
 * before either way. What is typed passes no buffer of stdio.
 */
enum sek_err
tool_ask_secret(const char *prompt, bool echo, struct sek_secret *answer)
{
	struct sigaction act = { .sa_handler = give_up }, old[NENDS];
	struct termios as_it_was, hidden;
	sigset_t block, mask;
	char line[1024];
	enum sek_err err;
	size_t n = 0, i;
	bool hides;

	if (!tool_can_ask())
		return (SEK_ERR_CONV);
	hides = !echo && tcgetattr(STDIN_FILENO, &as_it_was) == 0;
	if (!echo && !hides)
		return (SEK_ERR_CONV);
	given_up = 0;
	sigemptyset(&block);
	for (i = 0; i < NENDS; i++)
		(void)sigaddset(&block, ends[i]);
	(void)sigprocmask(SIG_BLOCK, &block, &mask);
	for (i = 0; i < NENDS; i++)
		(void)sigaction(ends[i], &act, &old[i]);
	if (hides) {
		hidden = as_it_was;
		hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	}
	fputs(prompt, tool_tty());
	fflush(tool_tty());
	err = read_line(line, sizeof(line), &n, &mask);
	if (hides) {
		(void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &as_it_was);
		fputc('\n', tool_tty());
		fflush(tool_tty());
	}
	/* One that came since the answer is still to come, to the old ones. */
	for (i = 0; i < NENDS; i++)
		(void)sigaction(ends[i], &old[i], NULL);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	if (err == SEK_OK)
		err = sek_secret_copy(answer, line, n);
	sek_wipe(line, sizeof(line));
	return (err);
}

bool
tool_is_yes(const char *answer)
{

	return (strcasecmp(answer, "y") == 0 ||
	    strcasecmp(answer, "yes") == 0 || strcmp(answer, "はい") == 0);
}

int
tool_agree_silent(const struct tool *t, const char *prompt)
{
	char answer[16];
	int rc;

	if (t->yes)
		return (TOOL_YES);
	if ((rc = tool_ask(prompt, answer, sizeof(answer))) == TOOL_USAGE)
		return (tool_must_ask(t));
	return (rc == TOOL_YES && tool_is_yes(answer) ? TOOL_YES : TOOL_NO);
}

int
tool_agree(const struct tool *t, const char *prompt)
{
	int rc;

	if ((rc = tool_agree_silent(t, prompt)) == TOOL_NO)
		tool_error(_("nothing was done"));
	return (rc);
}
