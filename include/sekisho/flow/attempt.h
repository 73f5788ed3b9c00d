/*
 * attempt.h - a round of authentication, from its opening to its verdicts
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Design sections 3 and 4; pam-facts 2, 3, 14 to 18.
 * MUST: ask first, then take the slot, then verify.
 * MUST: after the first failure everything asks as before and verifies
 * nothing.
 */
#ifndef SEKISHO_FLOW_ATTEMPT_H
#define SEKISHO_FLOW_ATTEMPT_H

#include "sekisho/factor/factor.h"
#include "sekisho/flow/context.h"

/* The auth phase of lockout: open a round, and over ssh tell of the key that
 * will blink. SEK_OK when it may go on; any other answer leaves a failed round
 * behind, in which factors still ask. */
enum sek_err	sek_attempt_open(struct sek_context *ctx, pam_handle_t *pamh,
		    struct sek_why *why);
/* The account phase of lockout: may this account be used here at all? */
enum sek_err	sek_attempt_account(struct sek_context *ctx,
		    pam_handle_t *pamh, struct sek_why *why);
/*
 * The backend says that a change is due. An application takes that answer for
 * a yes, so it may only follow the gate's: without an admission of this
 * handle the system's own services go on, all others are refused.
 */
enum sek_err	sek_attempt_change_due(struct sek_context *ctx,
		    pam_handle_t *pamh, struct sek_why *why);
/* Account: did auth of this handle let him in by an envelope? Then trouble of
 * a backend stops nothing. */
bool		sek_attempt_by_envelope(const struct sek_context *ctx,
		    pam_handle_t *pamh);
/* The auth phase of a factor module. SEK_OK: proved, or not in the plan, or
 * (a security key's, a card's) another line asks instead. */
enum sek_err	sek_attempt_factor(struct sek_context *ctx,
		    pam_handle_t *pamh, const struct sek_pam_options *options,
		    int flags, const struct sek_factor *factor,
		    struct sek_why *why);
/*
 * The auth phase of the ticket's line: takes up what was put by
 * (flow/ticket.h), whatever the round's state; of an envelope's form by
 * sek_glass_open. Asks for a code itself where the plan has tickets and no
 * other code. SEK_OK: proved, or nothing to do.
 */
enum sek_err	sek_attempt_ticket(struct sek_context *ctx,
		    pam_handle_t *pamh, const struct sek_pam_options *options,
		    int flags, struct sek_why *why);
/*
 * The gate, before it judges: what was put by and nobody took up is a wrong
 * answer, and counts as one; so is a key or card that is not here where no line
 * asked instead.
 */
void		sek_attempt_leftover(struct sek_context *ctx,
		    struct sek_why *why);

#endif
