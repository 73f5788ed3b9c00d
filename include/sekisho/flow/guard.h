/*
 * guard.h - a session that was opened is watched from now on
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_FLOW_GUARD_H
#define SEKISHO_FLOW_GUARD_H

#include "sekisho/edge/guard.h"
#include "sekisho/flow/context.h"

/*
 * At the end of open_session, behind pam_systemd: fill a sek_guard from
 * settings, claimant, what the store said and ctx->privileged, give it a place,
 * write and start it. Of a session that is not privileged and has nothing to
 * watch (an exempt service, no terminal nor screen) none is made. Privileged,
 * and no end could be arranged: SEK_ERR_FORBIDDEN (reason ENDLESS), told and
 * recorded; else a session goes on, and the log says so.
 * *ends: boot us; 0 never.
 */
enum sek_err	sek_guard_session(struct sek_context *ctx,
		    pam_handle_t *pamh, int flags,
		    const struct sek_claimant *who,
		    const struct sek_open_session_out *out, int64_t *ends,
		    struct sek_why *why);
/*
 * The watched privileged session this process is within, where it is in one:
 * *out, and SEK_OK; SEK_ERR_NOT_FOUND.
 */
enum sek_err	sek_guard_around(struct sek_guard *out, struct sek_why *why);
/*
 * As sek_guard_session, of one who came in by an envelope (flow/glass.h): its
 * own end, boot us, and nothing locks it, as he may have nothing to unlock it
 * by. out is zeros where the store took nothing. Any error: it is not ended by
 * us, and goes on.
 */
enum sek_err	sek_guard_glass(struct sek_context *ctx,
		    pam_handle_t *pamh, const struct sek_claimant *who,
		    const struct sek_open_session_out *out,
		    const char *envelope, int64_t deadline,
		    struct sek_why *why);

#endif
