/*
 * pam_sekisho_privilege.c - privileged IDs: who, when, approved by whom, for
 * how long
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Never PAM_SUCCESS: content is PAM_IGNORE. In account between password and
 * gate; in session before pam_systemd, whose scope it bounds, with
 * pam_sekisho_session behind it.
 */
#include "config.h"

#include <security/pam_modules.h>

#include "sekisho/flow/door.h"
#include "sekisho/flow/privilege.h"

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_ACCOUNT, argc, argv, 0);
	if (err == SEK_OK && !d.remote)
		err = sek_privilege_account(d.ctx, pamh, flags, &d.why);
	return (sek_door_close(&d, err, false, false));
}

int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_SESSION, argc, argv, 0);
	if (err == SEK_OK && d.remote)
		err = sek_why(&d.why, SEK_ERR_FORBIDDEN, "a session is opened "
		    "by root's programs only");
	if (err == SEK_OK)
		err = sek_privilege_open(d.ctx, pamh, flags, &d.why);
	return (sek_door_close(&d, err, true, false));
}

/* Its guard sees to the end; what was judged was for the beginning. */
int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	(void)flags;
	err = sek_door_open(&d, pamh, SEK_PHASE_SESSION, argc, argv, 0);
	if (err == SEK_OK && !d.remote)
		sek_privilege_close(d.ctx);
	return (sek_door_close(&d, err, true, false));
}
