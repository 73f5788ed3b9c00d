/*
 * sessions.h - how many sessions at screens a person has, and whose they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)④; account.max_sessions.
 */
#ifndef SEKISHO_FLOW_SESSIONS_H
#define SEKISHO_FLOW_SESSIONS_H

#include <stdbool.h>

#include "sekisho/flow/context.h"

/*
 * Does this service begin a session for whoever sits there or comes from afar
 * (login, greeters, ssh)? Not what becomes another within one (su, sudo), a
 * locker, nor what acts for him once (chsh, polkit).
 */
bool		sek_sessions_begins(const char *service);
/* The same of a service that becomes another (su, sudo, doas, polkit). */
bool		sek_sessions_switches(const char *service);
/*
 * Do these two accounts belong to one person, as far as the store knows? The
 * same account is; shared ones and those of nobody are not. SEK_OK with *same,
 * or the store's trouble.
 */
enum sek_err	sek_sessions_same_person(bool *same, struct sek_context *ctx,
		    const char *a, uint32_t a_uid, const char *b,
		    uint32_t b_uid);
/*
 * A session at a screen of this terminal is about to begin: has his person room
 * for one more? Stale ones do not count. Where there is none and somebody can
 * answer, one of the others is offered to be ended. SEK_OK; SEK_ERR_FORBIDDEN,
 * told (reason SESSIONS); trouble, with why. Only of who proved himself.
 */
enum sek_err	sek_sessions_room(struct sek_context *ctx,
		    pam_handle_t *pamh, const struct sek_claimant *who,
		    struct sek_why *why);

#endif
