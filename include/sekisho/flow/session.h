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
/* Record the logout. Trouble, with why. */
enum sek_err	sek_session_close(struct sek_context *ctx, pam_handle_t *pamh,
		    struct sek_why *why);

#endif
