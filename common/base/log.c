/*
 * log.c - lines for the administrator, to syslog or to standard error
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * openlog() is never called: its state is the host's.
 */
#include "config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "sekisho/base/log.h"
#include "sekisho/base/text.h"

#define LINE_MAX_BYTES 2048

void
sek_log(const struct sek_log *log, int priority, const char *fmt, ...)
{
	char raw[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	const char *ident;
	int saved = errno;
	va_list ap;

	if (log == NULL || (LOG_PRI(priority) == LOG_DEBUG && !log->debug))
		return;
	va_start(ap, fmt);
	if (vsnprintf(raw, sizeof(raw), fmt, ap) < 0)
		raw[0] = '\0';
	va_end(ap);
	sek_text_printable(line, sizeof(line), raw);
	ident = log->ident != NULL ? log->ident : "sekisho";
	if (log->to_stderr)
		(void)fprintf(stderr, "%s: %s\n", ident, line);
	else
		syslog(LOG_AUTHPRIV | LOG_PRI(priority), "%s: %s", ident, line);
	errno = saved;
}
