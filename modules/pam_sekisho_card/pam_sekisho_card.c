/*
 * pam_sekisho_card.c - possession: IC cards
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Never PAM_SUCCESS: content is PAM_IGNORE (design section 2). In a process
 * that is not root's it has nothing to do: the gate asks sekisho-helper.
 * libpcsclite is loaded when a card is to be asked, not with this module.
 */
#include "config.h"

#include <security/pam_modules.h>

#include "sekisho/flow/attempt.h"
#include "sekisho/flow/door.h"

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_AUTH, argc, argv,
	    SEK_PAM_TAKES_PROMPT);
	if (err == SEK_OK && !d.remote)
		err = sek_attempt_factor(d.ctx, pamh, &d.options, flags,
		    &sek_factor_card, &d.why);
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
