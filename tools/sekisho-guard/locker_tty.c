/*
 * locker_tty.c - a terminal that is taken away from who had it, and given back
 * as it was
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Two sessions may be at one terminal (a login, and root's by sudo in it), each
 * with a locker of its own: one asks, the others wait for it. What the terminal
 * was like stands in a file of root's, since a locker may be killed.
 *
 * MUST: nothing typed at a lock is a signal, or reaches what stands still.
 * MUST: what is on the screen is not to be seen, as far as the terminal lets us.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <termios.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"

#include "lock.h"

#define MAGIC		UINT64_C(0x53656b2074747901)
#define ANSWER_MS	500	/* of a terminal that is asked something */
#define CONSOLE_MAJOR	4u
#define CONSOLES	64u

/* Its other screen: programs such as editors have it in use, or nobody. */
#define ASK_OTHER	"\033[?1049$p"
#define OTHER_IN_USE	"\033[?1049;1$y"
#define OTHER_ON	"\033[?1049h"
#define OTHER_OFF	"\033[?1049l"
#define CLEAR		"\033[H\033[2J"

enum screen {
	SCREEN_CLEARED = 0,	/* it is to be drawn anew */
	SCREEN_BEHIND		/* it is behind the other one */
};

/* In SEK_GUARD_DIR, one a terminal. */
struct saved {
	uint64_t	magic;
	int64_t		at;		/* boot us: saved then; 0 given back */
	int64_t		proved_at;	/* boot us */
	uint32_t	proved;		/* uid */
	uint32_t	screen;		/* enum screen */
	struct termios	termios;
};

struct guard_terminal {
	int		file;
	uint32_t	uid;
	struct saved	s;
};

/* For the handler of SIGTERM: there is one terminal a process. */
static struct guard_terminal *volatile taken;

static void
write_all(const char *text)
{
	size_t len = strlen(text);
	ssize_t n;

	while (len > 0 && ((n = write(STDOUT_FILENO, text, len)) > 0 ||
	    (n < 0 && errno == EINTR)))
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
}

/* ------------------------------------------------------------ giving back -- */

/* Calls nothing that a handler of a signal may not. */
static void
put_back(struct guard_terminal *t)
{
	pid_t group = -1;

	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	if (t->s.screen == (uint32_t)SCREEN_BEHIND)
		write_all(CLEAR OTHER_OFF);
	else
		write_all(CLEAR);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->s.termios);
	/* Who stands still draws it anew when he goes on. */
	if (ioctl(STDIN_FILENO, TIOCGPGRP, &group) == 0 && group > 1)
		(void)kill(-group, SIGWINCH);
	t->s.at = 0;
	(void)!pwrite(t->file, &t->s, sizeof t->s, 0);
}

static void
on_term(int sig)
{
	struct guard_terminal *t = taken;

	(void)sig;
	if (t != NULL)
		put_back(t);
	_exit(GUARD_EXIT_TROUBLE);
}

void
guard_terminal_give(struct guard_terminal *t, bool proved)
{

	if (t == NULL)
		return;
	(void)signal(SIGTERM, SIG_IGN);
	taken = NULL;
	if (proved) {
		t->s.proved = t->uid;
		t->s.proved_at = guard_now();
	}
	put_back(t);
	(void)close(t->file);
	free(t);
}

/* ----------------------------------------------------------------- taking -- */

/* No line is put together, nothing is echoed. */
static void
set_raw(const struct termios *from)
{
	struct termios t = *from;

	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
	/* Stopped by Ctrl-S it goes on. */
	t.c_iflag &= ~(tcflag_t)IXON;
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

/* For people: lines, echo, and no key that is a signal or stops the output. */
static void
set_lines(const struct termios *from)
{
	struct termios t = *from;

	t.c_lflag |= ICANON | ECHO | ECHOE | ECHOK;
	t.c_lflag &= ~(tcflag_t)(ISIG | IEXTEN);
	t.c_iflag |= ICRNL;
	t.c_iflag &= ~(tcflag_t)(IXON | ISTRIP | INLCR | IGNCR);
	t.c_oflag |= OPOST | ONLCR;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

static bool
is_console(void)
{
	struct stat st;

	return (fstat(STDIN_FILENO, &st) == 0 &&
	    major(st.st_rdev) == CONSOLE_MAJOR &&
	    minor(st.st_rdev) < CONSOLES);
}

/* Is the other screen in use? One that does not answer: no. */
static bool
other_is_in_use(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	const int64_t end = guard_now() + ANSWER_MS * INT64_C(1000);
	char said[128];
	size_t n = 0;
	ssize_t got;

	write_all(ASK_OTHER);
	while (guard_now() < end && n < sizeof said - 1 &&
	    poll(&p, 1, (int)((end - guard_now()) / 1000) + 1) > 0) {
		got = read(STDIN_FILENO, said + n, sizeof said - 1 - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		said[n] = '\0';
		if (strstr(said, OTHER_IN_USE) != NULL)
			return (true);
		if (said[n - 1] == 'y')
			break;
	}
	return (false);
}

static void
put_away(struct guard_terminal *t)
{

	set_raw(&t->s.termios);
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	t->s.screen = SCREEN_CLEARED;
	if (!is_console() && !other_is_in_use())
		t->s.screen = SCREEN_BEHIND;
	write_all(t->s.screen == (uint32_t)SCREEN_BEHIND ? OTHER_ON CLEAR :
	    CLEAR);
}

static bool
have_as_ours(const char *path)
{
	int fd;

	if (strncmp(path, "/dev/", 5) != 0 || strstr(path, "..") != NULL ||
	    (fd = open(path, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC)) < 0)
		return (false);
	/* A serial line without its carrier would keep us. */
	(void)fcntl(fd, F_SETFL, 0);
	if (!isatty(fd) || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 ||
	    dup2(fd, 2) < 0) {
		(void)close(fd);
		return (false);
	}
	(void)close(fd);
	return (true);
}

static bool
open_file(struct guard_terminal *t, const char *path)
{
	char name[sizeof SEK_GUARD_DIR + GUARD_TTY_PATH + 8], *p;

	if (sek_text_format(name, sizeof name, "%s/tty-%s", SEK_GUARD_DIR,
	    path + strlen("/dev/")) != SEK_OK)
		return (false);
	for (p = name + sizeof SEK_GUARD_DIR; *p != '\0'; p++)
		if (*p == '/')
			*p = '-';
	t->file = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (t->file < 0)
		return (false);
	while (flock(t->file, LOCK_EX) != 0)
		if (errno != EINTR)
			return (false);
	if (pread(t->file, &t->s, sizeof t->s, 0) != (ssize_t)sizeof t->s ||
	    t->s.magic != MAGIC)
		memset(&t->s, 0, sizeof t->s);
	return (true);
}

/* Whoever had it before us was killed, and did not give it back: of this very
 * terminal, since the session is at it. */
static bool
take_over(struct guard_terminal *t, const struct sek_guard *g)
{

	return (t->s.at > g->opened.boot && t->s.at <= guard_now());
}

static bool
take(struct guard_terminal *t, const struct sek_guard *g)
{
	const bool over = take_over(t, g);

	if (!over && tcgetattr(STDIN_FILENO, &t->s.termios) != 0)
		return (false);
	t->s.magic = MAGIC;
	taken = t;
	if (!over)
		put_away(t);
	t->s.at = guard_now();
	(void)!pwrite(t->file, &t->s, sizeof t->s, 0);
	set_lines(&t->s.termios);
	return (true);
}

struct guard_terminal *
guard_terminal_take(const struct sek_guard *g, const char *path, int64_t since,
    bool *proved)
{
	struct guard_terminal *t;

	*proved = false;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (NULL);
	t->file = -1;
	t->uid = g->subject[0] != '\0' ? g->subject_uid : g->uid;
	(void)signal(SIGTERM, on_term);
	(void)signal(SIGHUP, SIG_IGN);
	if (!have_as_ours(path) || !open_file(t, path))
		goto fail;
	if (t->s.at == 0 && t->s.proved_at >= since && since > 0 &&
	    t->s.proved == t->uid && t->s.proved_at <= guard_now()) {
		*proved = true;
		(void)close(t->file);
		free(t);
		return (NULL);
	}
	if (take(t, g))
		return (t);
fail:
	syslog(LOG_ERR, "%s: %s", path, strerror(errno));
	if (t->file >= 0)
		(void)close(t->file);
	free(t);
	return (NULL);
}

/* ----------------------------------------------------------------- in use -- */

void
guard_terminal_clear(void)
{

	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	write_all(CLEAR);
}

bool
guard_terminal_enter(void)
{
	char typed[256];
	bool entered = false;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, typed, sizeof typed);
		if (n < 0 && errno == EINTR)
			continue;
		/* A terminal that is no more; an end of file is a key. */
		if (n < 0)
			return (false);
		if (n == 0 && !isatty(STDIN_FILENO))
			return (false);
		entered = n > 0 && memchr(typed, '\n', (size_t)n) != NULL;
		sek_wipe(typed, sizeof typed);
	} while (!entered);
	return (true);
}
