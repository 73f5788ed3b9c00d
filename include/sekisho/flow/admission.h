/*
 * admission.h - the gate: the only place that says yes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Design sections 2 and 3. MUST: yes only after the admission and its record
 * are durable. MUST: a refusal wipes the round.
 */
#ifndef SEKISHO_FLOW_ADMISSION_H
#define SEKISHO_FLOW_ADMISSION_H

#include "sekisho/flow/context.h"

#define SEK_ADMISSION_ENV "SEKISHO_ADMISSION"

/* The gate in auth. */
enum sek_err	sek_admission_decide(struct sek_context *ctx,
		    pam_handle_t *pamh, struct sek_why *why);
/* The gate in account: what auth of this handle admitted, or one of the
 * stated answers for account without auth. */
enum sek_err	sek_admission_confirm(struct sek_context *ctx,
		    pam_handle_t *pamh, struct sek_why *why);
/* A sentence to him, and whom to turn to (message.contact). */
void		sek_admission_tell(pam_handle_t *pamh,
		    const struct sek_settings *s, const char *tty,
		    const char *text);
/* That he is locked, and until when. */
void		sek_admission_tell_locked(pam_handle_t *pamh,
		    const struct sek_settings *s, const char *tty,
		    const struct sek_lock_state *lock);
/* What everybody hears where there is no policy, in both languages. */
void		sek_admission_tell_trouble(pam_handle_t *pamh);

#endif
