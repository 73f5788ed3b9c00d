/*
 * glass.h - break-glass: the envelope in the safe, typed at a login's prompt
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5)②; pam-facts 28. The code is typed at the first hidden prompt, or at
 * a later one where no line refused before it. Works without store and policy.
 *
 * MUST: only in a process of root's whose real uid is 0, at logins: never in
 * su, sudo, lockers, proofs.
 * MUST: who is barred (suspended, retired, ended, not for this terminal, from
 * a place that is not allowed) opens none; a lock bars nobody here.
 * MUST: none is spent where an earlier line of ours refused in this round:
 * nothing could come of it.
 * MUST: what was typed reaches no backend, and does not stay in PAM_AUTHTOK.
 */
#ifndef SEKISHO_FLOW_GLASS_H
#define SEKISHO_FLOW_GLASS_H

#include <stdbool.h>

#include "sekisho/base/secret.h"
#include "sekisho/flow/context.h"

/* SEKISHO_ADMISSION of one who came in by an envelope: "glass:ID", and where
 * the store made an admission row "glass:ID:ROW". */
#define SEK_GLASS_ADMISSION	"glass:"

/* ---- auth: the factor lines, right after something was asked */

/*
 * Has what was typed an envelope's form? Then it moves into round.deferred,
 * PAM_AUTHTOK is cleared, and the line is content (SEK_OK): it verifies
 * nothing, whatever the round's state. The ticket's line takes it up; what
 * nobody does is a wrong answer to the gate.
 */
bool		sek_glass_defer(struct sek_context *ctx, pam_handle_t *pamh,
		    struct sek_secret *answer);
/* Does one wait in round.deferred, or is one open? Then factors ask nothing
 * and are content. */
bool		sek_glass_waits(const struct sek_round *r);

/* ---- auth: the ticket's line */

/*
 * Open what waits (sek_glass_waits). SEK_OK: it is spent, and the gate says
 * yes without kinds (round.glass); the deferred answer is gone. Else
 * SEK_ERR_REFUSED, or without store or policy that trouble; the answer stays
 * deferred, and is a failure to the gate.
 */
enum sek_err	sek_glass_open(struct sek_context *ctx, pam_handle_t *pamh,
		    struct sek_why *why);

/* ---- auth: lockout and gate */

/*
 * What lockout answers to its application, err being what it found: SEK_OK
 * where an envelope may still open for this claimant (a lock, trouble) and
 * there is one; the factors and the gate refuse him otherwise, with the same
 * code.
 */
enum sek_err	sek_glass_lockout(struct sek_context *ctx,
		    pam_handle_t *pamh, enum sek_err err,
		    struct sek_why *why);
/* What a factor's line answers, err being its own: where lockout left trouble
 * to the others, that trouble, so that the stack says what it always said. */
enum sek_err	sek_glass_factor(struct sek_context *ctx, enum sek_err err,
		    struct sek_why *why);
/* The gate's yes to round.glass: told to the store where it can be, to log and
 * journal in any case. */
enum sek_err	sek_glass_admit(struct sek_context *ctx, pam_handle_t *pamh,
		    struct sek_why *why);
/* After a refusal: a slip of the pen, or a code typed too late, is told. */
void		sek_glass_tell_refusal(const struct sek_context *ctx,
		    pam_handle_t *pamh);

/* ---- account: was this one let in by an envelope, in this handle? */
bool		sek_glass_is_in(const struct sek_context *ctx,
		    const struct sek_claimant *who);

/* ---- session */

/* Is this admission (pam_getenv of SEK_ADMISSION_ENV; may be NULL) one? */
bool		sek_glass_is_admission(const char *admission);
/*
 * Open and close its session, with or without the store. Its end after
 * breakglass.session is arranged with systemd; that, the report and the spent
 * envelope are told, also under PAM_SILENT. SEK_ERR_REFUSED: not the process,
 * the user, the time.
 */
enum sek_err	sek_glass_session_open(struct sek_context *ctx,
		    pam_handle_t *pamh, int flags, const char *admission,
		    struct sek_why *why);
enum sek_err	sek_glass_session_close(struct sek_context *ctx,
		    pam_handle_t *pamh, const char *admission,
		    struct sek_why *why);

#endif
