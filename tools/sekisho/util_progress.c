/*
 * util_progress.c - how far, where it takes more than a second
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a terminal that does not take it (Ctrl-S) stops nothing.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho.h"

static int64_t
boot_now(void)
{
	struct sek_moment now;

	return (sek_clock_now(&now) == SEK_OK ? now.boot : 0);
}

static void
say(const struct tool_progress *p, const char *text, size_t len)
{
	ssize_t n = write(p->fd, text, len);

	(void)n;
}

void
tool_progress_begin(struct tool_progress *p)
{
	p->begun = boot_now();
	p->said = 0;
	/* A description of its own: not blocking is nobody else's. */
	p->fd = isatty(STDERR_FILENO) != 1 ? -1 : open("/dev/tty",
	    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
tool_progress(struct tool_progress *p, uint64_t done, uint64_t all)
{
	int64_t now;
	char text[80];

	if (p->fd < 0)
		return;
	now = boot_now();
	if (now - p->begun < SEK_SECOND || now - p->said < SEK_SECOND / 4)
		return;
	p->said = now;
	(void)sek_text_format(text, sizeof(text), "\r%3u %%",
	    all == 0 ? 0 : (unsigned)((double)done * 100 / (double)all));
	say(p, text, strnlen(text, sizeof(text)));
}

void
tool_progress_end(struct tool_progress *p)
{
	if (p->fd < 0)
		return;
	if (p->said != 0)
		say(p, "\r\033[K", 4);
	close(p->fd);
	p->fd = -1;
}
