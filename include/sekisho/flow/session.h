/*
 * session.h - login and logout: record, and what is shown
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * 7(2)④ ログイン・ログアウト時刻の表示等.
 */
#ifndef SEKISHO_FLOW_SESSION_H
#define SEKISHO_FLOW_SESSION_H

#include "sekisho/flow/context.h"

/* Take the admission, record the login and, unless flags has PAM_SILENT, show
 * the last one. SEK_ERR_FORBIDDEN: no such account; trouble, with why. */
enum sek_err	sek_session_open(struct sek_context *ctx, pam_handle_t *pamh,
		    int flags, struct sek_why *why);
/* What was before this session, to whom it is opened for. */
void		sek_session_show(pam_handle_t *pamh,
		    const struct sek_settings *s,
		    const struct sek_claimant *who,
		    const struct sek_open_session_out *out);
/* When his password has to be changed, where that is soon or due. The
 * settings are his; wall us. */
void		sek_session_show_password(pam_handle_t *pamh,
		    const struct sek_settings *s,
		    const struct sek_claimant *who,
		    const struct sek_password *p, int64_t wall);
/* When his term, and the first certificate of his cards, end, where that is
 * soon. a: n active authenticators of his; wall us. */
void		sek_session_show_ends(pam_handle_t *pamh,
		    const struct sek_settings *s,
		    const struct sek_claimant *who,
		    const struct sek_person *person,
		    const struct sek_authenticator *a, uint32_t n,
		    int64_t wall);
/* All that ends of his, by settings that are his, as far as the store answers;
 * the settings are of nobody in particular afterwards. */
void		sek_session_show_life(struct sek_context *ctx,
		    pam_handle_t *pamh, const struct sek_claimant *who);
/* At the unlock of a screen: his login, and what failed since. */
void		sek_session_show_unlock(pam_handle_t *pamh,
		    const struct sek_settings *s, struct sek_store *st,
		    const char *account);
/* Until when a privileged session lasts (boot us; 0: nothing is told), and
 * under which grant ("" none). Also under PAM_SILENT, where there is a
 * terminal. */
void		sek_session_show_privileged(pam_handle_t *pamh, int flags,
		    const struct sek_settings *s,
		    const struct sek_claimant *who, const char *grant,
		    int64_t boot_end);
/* Record the logout. Trouble, with why. */
enum sek_err	sek_session_close(struct sek_context *ctx, pam_handle_t *pamh,
		    struct sek_why *why);

#endif
