/*
 * log.h - lines for the administrator, to syslog or to standard error
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Libraries return, edges log. English, one line, user text printable.
 */
#ifndef SEKISHO_BASE_LOG_H
#define SEKISHO_BASE_LOG_H

#include <stdbool.h>
#include <syslog.h>

/* Where lines go. A module's lines go through pam_syslog's identity
 * ("sekisho(service:phase)") in LOG_AUTHPRIV; a tool's to standard error. */
struct sek_log {
	const char	*ident;		/* who speaks; not owned */
	bool		 to_stderr;
	bool		 debug;		/* LOG_DEBUG lines wanted */
};

void	sek_log(const struct sek_log *log, int priority, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
