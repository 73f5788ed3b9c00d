/*
 * tty.c - Enter, pressed at the terminal while something else is waited for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sekisho/base/secret.h"
#include "sekisho/edge/tty.h"

#define READS_MAX	64	/* of a terminal that never ends */

static bool
is_ours(int fd)
{

	return (tcgetpgrp(fd) == getpgrp());
}

int
sek_tty_open(void)
{
	int fd;

	if ((fd = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY |
	    O_CLOEXEC)) < 0)
		return (-1);
	if (is_ours(fd) && tcflush(fd, TCIFLUSH) == 0)
		return (fd);
	(void)close(fd);
	return (-1);
}

/* Where lines are not put together, Enter is one of the two. */
static bool
has_enter(const char *typed, size_t n)
{

	return (memchr(typed, '\n', n) != NULL ||
	    memchr(typed, '\r', n) != NULL);
}

bool
sek_tty_entered(int fd)
{
	char typed[256];
	bool entered = false;
	ssize_t n;
	int i;

	if (fd < 0)
		return (false);
	for (i = 0; i < READS_MAX; i++) {
		if (!is_ours(fd))
			return (true);
		n = read(fd, typed, sizeof(typed));
		if (n > 0) {
			entered |= has_enter(typed, (size_t)n);
			sek_wipe(typed, sizeof(typed));
		} else if (n < 0 && errno == EAGAIN) {
			return (entered);
		} else if (n == 0 || errno != EINTR) {
			return (true);
		}
	}
	return (true);
}

void
sek_tty_close(int *fd)
{

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}
