/*
 * pam_sekisho_session.c - records login and logout, shows the last ones
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <security/pam_modules.h>

#include "sekisho/flow/door.h"
#include "sekisho/flow/session.h"

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
		err = sek_session_open(d.ctx, pamh, flags, &d.why);
	return (sek_door_close(&d, err, true, true));
}

int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	(void)flags;
	err = sek_door_open(&d, pamh, SEK_PHASE_SESSION, argc, argv, 0);
	if (err == SEK_OK && d.remote)
		err = sek_why(&d.why, SEK_ERR_FORBIDDEN, "a session is opened "
		    "by root's programs only");
	if (err == SEK_OK)
		err = sek_session_close(d.ctx, pamh, &d.why);
	return (sek_door_close(&d, err, true, true));
}
