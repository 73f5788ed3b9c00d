/*
 * test_base_log.c - one printable line, whatever was in it, and no trace in
 * the host's own log settings
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sekisho/base/log.h"
#include "unit.h"

/* Ours stand before libc's; the second is what a fortified build calls. */
void	__syslog_chk(int priority, int flag, const char *fmt, ...);

static char line[4096];
static int priority_seen, lines, opened;

static void
take(int priority, const char *fmt, va_list ap)
{
	lines++;
	priority_seen = priority;
	/* The format is the caller's, checked where syslog() is declared. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)vsnprintf(line, sizeof(line), fmt, ap);
#pragma GCC diagnostic pop
	errno = EBADF;
}

void
(syslog)(int priority, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	take(priority, fmt, ap);
	va_end(ap);
}

void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, fmt);
	take(priority, fmt, ap);
	va_end(ap);
}

void
openlog(const char *ident, int option, int facility)
{
	(void)ident;
	(void)option;
	(void)facility;
	opened++;
}

static const struct sek_log to_syslog = { "sekisho(sshd:auth)", false, false };

START_TEST(line_goes_to_authpriv_under_its_ident)
{
	errno = ENOENT;
	sek_log(&to_syslog, LOG_WARNING, "user %s", "alice");
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(line, "sekisho(sshd:auth): user alice");
	ck_assert_int_eq(priority_seen, LOG_AUTHPRIV | LOG_WARNING);
	ck_assert_int_eq(opened, 0);
}
END_TEST

START_TEST(user_text_cannot_forge_a_line)
{
	sek_log(&to_syslog, LOG_ERR, "user %s",
	    "x\nApr 1 sshd: Accepted\x1b[2K%s%n\xff");
	ck_assert_str_eq(line,
	    "sekisho(sshd:auth): user x?Apr 1 sshd: Accepted?[2K%s%n?");
}
END_TEST

START_TEST(debug_lines_only_where_wanted)
{
	struct sek_log log = to_syslog;

	sek_log(&log, LOG_DEBUG, "quiet");
	ck_assert_int_eq(lines, 0);
	log.debug = true;
	sek_log(&log, LOG_DEBUG, "spoken");
	ck_assert_int_eq(lines, 1);
	sek_log(NULL, LOG_ERR, "nowhere");
	ck_assert_int_eq(lines, 1);
}
END_TEST

START_TEST(long_line_is_cut)
{
	static char text[100000];

	memset(text, 'a', sizeof(text) - 1);
	sek_log(&to_syslog, LOG_ERR, "%s", text);
	ck_assert_uint_lt(strlen(line), 2100);
}
END_TEST

START_TEST(tool_speaks_on_standard_error)
{
	struct sek_log log = { "sekisho", true, false };
	char got[64] = "";
	int fd[2];

	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_ge(dup2(fd[1], STDERR_FILENO), 0);
	sek_log(&log, LOG_ERR, "no such\tuser");
	ck_assert_int_gt(read(fd[0], got, sizeof(got) - 1), 0);
	ck_assert_str_eq(got, "sekisho: no such?user\n");
	ck_assert_int_eq(lines, 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		line_goes_to_authpriv_under_its_ident,
		user_text_cannot_forge_a_line,
		debug_lines_only_where_wanted,
		long_line_is_cut,
		tool_speaks_on_standard_error,
		NULL
	};

	return (unit_run("base_log", tests));
}
