/*
 * remote.h - our modules in a process that is not root's
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A locker, run by the person who is to be verified: neither policy nor store
 * are its to read. The gate lets sekisho-helper verify, and lends it the
 * handle's conversation; the other modules have nothing to do.
 *
 * MUST: nothing of settings or store is opened in such a process.
 * MUST: only the account of the real uid is verified.
 */
#ifndef SEKISHO_FLOW_REMOTE_H
#define SEKISHO_FLOW_REMOTE_H

#include <stdbool.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/pam.h"

/* Is this such a process? */
bool		sek_remote_is(void);
/* conf= names the policy that the helper reads, or nothing. */
enum sek_err	sek_remote_conf(const struct sek_pam_options *options,
		    struct sek_why *why);
/* The gate, auth: SEK_OK, SEK_ERR_REFUSED (was told), or trouble; *told: the
 * helper said what. */
enum sek_err	sek_remote_verify(pam_handle_t *pamh, int flags, bool *told,
		    struct sek_why *why);
/* The gate, account: what auth of this handle verified a moment ago. */
enum sek_err	sek_remote_confirm(pam_handle_t *pamh, struct sek_why *why);

#endif
