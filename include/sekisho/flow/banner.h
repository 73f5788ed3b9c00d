/*
 * banner.h - the notice shown before a login
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * 7(2)④ (message.banner).
 */
#ifndef SEKISHO_FLOW_BANNER_H
#define SEKISHO_FLOW_BANNER_H

#include "sekisho/flow/context.h"

#define SEK_BANNER_SIZE		4096u	/* bytes of the file */
#define SEK_BANNER_LINES	24u

/*
 * A line at a time, before anything is asked: once a handle, where the service
 * begins a session, unless flags has PAM_SILENT. A file that cannot be read, is
 * too long, or others may write is logged, and holds up no login.
 */
void		sek_banner_tell(struct sek_context *ctx, pam_handle_t *pamh,
		    int flags);

#endif
