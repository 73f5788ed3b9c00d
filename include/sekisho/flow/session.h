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
/* Record the logout. Trouble, with why. */
enum sek_err	sek_session_close(struct sek_context *ctx, pam_handle_t *pamh,
		    struct sek_why *why);

#endif
