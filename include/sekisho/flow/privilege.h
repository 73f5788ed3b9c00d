/*
 * privilege.h - privileged IDs: who, when, approved by whom, for how long
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ, 7(2)⑥, 7(1)④; pam-facts 5, 9, 19, 24, 25. What is privileged:
 * uid 0 under any name, [privilege] users and groups; of sudo and su the
 * target, which only the session knows.
 *
 * MUST: a refusal of the session phase is PERM_DENIED (sudo takes SESSION_ERR
 * for yes). MUST: without an answer of the store or of the account source it
 * refuses; break-glass stays.
 */
#ifndef SEKISHO_FLOW_PRIVILEGE_H
#define SEKISHO_FLOW_PRIVILEGE_H

#include "sekisho/edge/account.h"
#include "sekisho/flow/context.h"

/* PAM environment: the witness's admission, from account to session (sshd). */
#define SEK_WITNESS_ENV		"SEKISHO_WITNESS"

/*
 * account: where PAM_USER is privileged and the service begins a session of his
 * (or is su): may he, now? The witness is asked for here, where somebody can
 * still answer. SEK_OK: not privileged, or he may; SEK_ERR_FORBIDDEN, told and
 * recorded; trouble, with why.
 */
enum sek_err	sek_privilege_account(struct sek_context *ctx,
		    pam_handle_t *pamh, int flags, struct sek_why *why);
/*
 * open_session, before pam_systemd: the target. Where it is privileged: judged
 * and (use) recorded, the grant used; ctx->privileged is for sek_session_open;
 * systemd's ceiling is set for what pam_systemd makes; linger is taken away.
 */
enum sek_err	sek_privilege_open(struct sek_context *ctx,
		    pam_handle_t *pamh, int flags, struct sek_why *why);
/* The next that this handle opens is judged anew. */
void		sek_privilege_close(struct sek_context *ctx);
/*
 * The same of one whose stack has no such line before pam_systemd: by the
 * session's own, which is behind it. who is privileged.
 */
enum sek_err	sek_privilege_late(struct sek_context *ctx,
		    pam_handle_t *pamh, const struct sek_claimant *who,
		    struct sek_why *why);
/* What the policy asks, of settings that are the subject's. */
void		sek_privilege_policy(struct sek_privilege_policy *out,
		    const struct sek_settings *s);
/* Is he named by the policy? uid 0 is privileged under any name, and yet
 * nobody's who is not named. SEK_ERR_ACCOUNTS. */
enum sek_err	sek_privilege_listed(uint32_t *listed,
		    const struct sek_settings *s, const struct sek_passwd *pw);

#endif
