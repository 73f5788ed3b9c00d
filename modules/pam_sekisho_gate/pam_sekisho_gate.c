/*
 * pam_sekisho_gate.c - last line: the only place that says yes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In a process that is not root's, sekisho-helper decides (flow/remote.h).
 */
#include "config.h"

#include <security/pam_modules.h>

#include "sekisho/flow/admission.h"
#include "sekisho/flow/door.h"
#include "sekisho/flow/remote.h"

/* The helper tells a refusal itself, and what it found wrong; that it cannot
 * be asked, we do. */
static enum sek_err
verify_remote(struct sek_door *d, pam_handle_t *pamh, int flags)
{
	bool told;
	enum sek_err err = sek_remote_verify(pamh, flags, &told, &d->why);

	if (!told && err != SEK_OK && err != SEK_ERR_REFUSED &&
	    err != SEK_ERR_CONV)
		sek_admission_tell_trouble(pamh);
	return (err);
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_AUTH, argc, argv, 0);
	if (err == SEK_OK && d.remote)
		err = verify_remote(&d, pamh, flags);
	else if (err == SEK_OK)
		err = sek_admission_decide(d.ctx, pamh, &d.why);
	else
		sek_admission_tell_trouble(pamh);
	return (sek_door_close(&d, err, true, true));
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	/* The one yes a setcred chain of ours needs (pam-facts 4). */
	return (PAM_SUCCESS);
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	(void)flags;
	err = sek_door_open(&d, pamh, SEK_PHASE_ACCOUNT, argc, argv, 0);
	if (err == SEK_OK && d.remote)
		err = sek_remote_confirm(pamh, &d.why);
	else if (err == SEK_OK)
		err = sek_admission_confirm(d.ctx, pamh, &d.why);
	else
		sek_admission_tell_trouble(pamh);
	return (sek_door_close(&d, err, true, true));
}
