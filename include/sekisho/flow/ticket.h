/*
 * ticket.h - the ticket's way through a login: put by, taken up, told
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5), 7(2)⑤, 6(4). Lines that ask (password, one-time code) put by what
 * is not theirs; the ticket's line takes it up: a ticket's code, the wish for
 * a witness or for grace (an empty answer), an envelope. The gate counts what
 * nobody took up as a wrong answer.
 *
 * MUST: what is put by follows from policy, service and the form of what was
 * typed; never from who is meant, nor from the state of the round.
 * MUST: a round that failed, or whose claimant is barred or unknown, goes the
 * same way, verifies nothing, and is refused at its end.
 */
#ifndef SEKISHO_FLOW_TICKET_H
#define SEKISHO_FLOW_TICKET_H

#include <stdbool.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/factor/factor.h"
#include "sekisho/flow/context.h"

/* Told to a proof's own PAM handle, by sekisho-helper: it enrols. */
#define SEK_TICKET_PURPOSE_ENV	"SEKISHO_PURPOSE"
#define SEK_TICKET_PURPOSE_ENROL "enrol"

/* What was put by. */
enum sek_put_by {
	SEK_PUT_BY_NONE = 0,
	SEK_PUT_BY_CODE,	/* a ticket's ten digits */
	SEK_PUT_BY_WISH,	/* nothing was typed */
	SEK_PUT_BY_GLASS	/* an envelope's form */
};

/*
 * When a round opens: r->tickets, offers and grace, and the plan's part of
 * them. l NULL: nothing is known of him (more). Called again for who turns out
 * to be barred.
 */
void		sek_ticket_offer(struct sek_context *ctx, pam_handle_t *pamh,
		    const struct sek_lookup_out *l);
/*
 * Where a code was asked: is the answer the ticket line's? Then it moves into
 * r->deferred (r->is_deferred), and the line answers SEK_OK without verifying.
 * An envelope's form is put by before, by sek_glass_defer.
 */
bool		sek_ticket_defer(struct sek_round *r, pam_handle_t *pamh,
		    struct sek_secret *answer);
/* Of what form is what was put by in this round? */
enum sek_put_by	sek_ticket_put_by(const struct sek_round *r);
/*
 * The witness's dialogue, at this prompt; where the round may have it, the
 * ticket is made, and *v is RIGHT with it. right false: the same talk, and
 * nothing comes of it. SEK_ERR_CONV: given up; SEK_ERR_REFUSED: no witness, or
 * not for him; trouble.
 */
enum sek_err	sek_ticket_attend(struct sek_verdict *v,
		    struct sek_context *ctx, pam_handle_t *pamh, bool right,
		    struct sek_why *why);
/* The gate's yes rests on a ticket, or on grace: what row and record say. */
void		sek_ticket_mark(struct sek_admit *in,
		    const struct sek_context *ctx);
/* After the gate's yes, also under PAM_SILENT. */
void		sek_ticket_tell(struct sek_context *ctx, pam_handle_t *pamh);

#endif
