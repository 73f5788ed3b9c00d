/*
 * logind.h - which login session a process belongs to
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_EDGE_LOGIND_H
#define SEKISHO_EDGE_LOGIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Is the login session of this process remote, and from which host ("" when
 * not told)? su and sudo set no PAM_RHOST even inside ssh (pam-facts 12).
 * false when there is no answer: the caller takes unknown for remote.
 * libsystemd is loaded only here.
 */
bool		sek_logind_remote(bool *remote, char *rhost, size_t size);
/* The kernel's audit session of this process; UINT32_MAX when unset. */
uint32_t	sek_audit_session(void);
/* Who logged in at its beginning, whatever su or sudo made of it since;
 * UINT32_MAX when unset: nobody (pam-facts 11). */
uint32_t	sek_audit_login_uid(void);
/* What runs for this account (pw_name) ends with its last session from now on:
 * he may have asked for something else (loginctl enable-linger). */
void		sek_logind_no_linger(const char *name);

#endif
