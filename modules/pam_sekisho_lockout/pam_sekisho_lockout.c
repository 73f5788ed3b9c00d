/*
 * pam_sekisho_lockout.c - first line: opens the round, keeps out who is
 * locked, suspended, or not for this terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Never PAM_SUCCESS: content is PAM_IGNORE (design section 2). In a process
 * that is not root's it has nothing to do: the gate asks sekisho-helper.
 */
#include "config.h"

#include <security/pam_modules.h>

#include "sekisho/flow/attempt.h"
#include "sekisho/flow/banner.h"
#include "sekisho/flow/door.h"

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_AUTH, argc, argv, 0);
	if (err == SEK_OK && !d.remote) {
		sek_banner_tell(d.ctx, pamh, flags);
		err = sek_attempt_open(d.ctx, pamh, &d.why);
	}
	return (sek_door_close(&d, err, false, false));
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return (PAM_IGNORE);
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	(void)flags;
	err = sek_door_open(&d, pamh, SEK_PHASE_ACCOUNT, argc, argv, 0);
	if (err == SEK_OK && !d.remote)
		err = sek_attempt_account(d.ctx, pamh, &d.why);
	return (sek_door_close(&d, err, false, false));
}
