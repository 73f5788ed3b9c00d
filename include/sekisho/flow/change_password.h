/*
 * change_password.h - a password is changed: our checks, then the backend's
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 22, 23; design section 10. PRELIM: who, may he, the present
 * password (a slot of its own, given back when right). UPDATE: ask twice,
 * judge, look in the history, entry pending (durable), the backend, entry
 * confirmed (durable).
 *
 * MUST: a backend that failed changed nothing of ours; one that was killed
 * half-way is found out by what it keeps (edge/shadow.h), at the next look.
 * MUST: PRELIM answers what UPDATE will, but for the new password itself.
 */
#ifndef SEKISHO_FLOW_CHANGE_PASSWORD_H
#define SEKISHO_FLOW_CHANGE_PASSWORD_H

#include "sekisho/flow/context.h"

/* pam_sm_chauthtok's two calls. */
enum sek_err	sek_change_prelim(struct sek_context *ctx, pam_handle_t *pamh,
		    const struct sek_pam_options *options, int flags,
		    struct sek_why *why);
enum sek_err	sek_change_update(struct sek_context *ctx, pam_handle_t *pamh,
		    const struct sek_pam_options *options, int flags,
		    struct sek_why *why);

/* What the backend keeps of his password, told to the store; *out is what that
 * knows of it then. Errors as sek_shadow_get and sek_store_password_seen. */
enum sek_err	sek_change_look(struct sek_password *out,
		    struct sek_context *ctx, const struct sek_claimant *who);

/*
 * The account phase of pam_sekisho_password, after the backend was content:
 * look at what it keeps (changed outside: recorded), settle what a killed
 * change left, and say whether a change is due: SEK_ERR_CHANGE_DUE (told why
 * to the claimant), SEK_ERR_ENDED (a temporary one whose time is over), SEK_OK.
 * Services of the system's own (exempt) are never asked to change.
 */
enum sek_err	sek_change_account(struct sek_context *ctx,
		    pam_handle_t *pamh, struct sek_why *why);

/*
 * For root's tool, on its own handle before pam_chauthtok: what is set by it is
 * a temporary password, until then (wall us). Told by PAM's environment, as a
 * module shares no variable with the program; it counts in the service
 * SEK_CHANGE_SERVICE and a process of root's alone. SEK_ERR_NOMEM.
 */
#define SEK_CHANGE_SERVICE	"sekisho-password"
enum sek_err	sek_change_temporary(pam_handle_t *pamh, int64_t until);

#endif
