/*
 * pam_sekisho_password.c - knowledge: policy round a backend's password
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In auth and account never PAM_SUCCESS: content is PAM_IGNORE (design section
 * 2). In a process that is not root's it has nothing to do there: the gate asks
 * sekisho-helper. A password is changed by it, and only by root's programs
 * (passwd is one); then its line decides.
 */
#include "config.h"

#include <syslog.h>
#include <security/pam_modules.h>

#include "sekisho/edge/pam_backend.h"
#include "sekisho/flow/attempt.h"
#include "sekisho/flow/change_password.h"
#include "sekisho/flow/door.h"

#define TAKES (SEK_PAM_TAKES_PROMPT | SEK_PAM_TAKES_BACKEND)

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_AUTH, argc, argv, TAKES);
	if (err == SEK_OK && !d.remote)
		err = sek_attempt_factor(d.ctx, pamh, &d.options, flags,
		    &sek_factor_password, &d.why);
	return (sek_door_close(&d, err, false, false));
}

/* The backend may hold credentials (Kerberos, sssd): let it set them. */
int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sek_pam_options options;
	struct sek_why why = { "" };
	enum sek_err err;
	int code = PAM_SYSTEM_ERR;

	err = sek_pam_options(&options, argc, argv, TAKES, &why);
	if (err == SEK_OK)
		err = sek_pam_backend_call(&code, pamh, &options,
		    SEK_BACKEND_SETCRED, flags, NULL, &why);
	if (err != SEK_OK) {
		sek_pam_log(pamh, LOG_ERR, "%s: %s", sek_err_name(err),
		    why.text);
		return (sek_err_to_pam(err, SEK_PHASE_AUTH, false));
	}
	return (code == PAM_SUCCESS ? PAM_IGNORE : code);
}

/* What the backend's account phase says, in the words of design section 10. */
static enum sek_err
account_answer(int code, struct sek_why *why)
{
	switch (code) {
	case PAM_SUCCESS:
	case PAM_IGNORE:
		return (SEK_OK);
	case PAM_NEW_AUTHTOK_REQD:
		return (SEK_ERR_CHANGE_DUE);
	case PAM_ACCT_EXPIRED:
		return (sek_why(why, SEK_ERR_ENDED,
		    "the backend says that the account has ended"));
	default:
		return (sek_why(why, SEK_ERR_FORBIDDEN,
		    "the backend refuses the account (%d)", code));
	}
}

/* Not a no: the backend itself is in trouble (its server, its files). */
static bool
is_trouble(enum sek_err err, int code)
{
	switch (code) {
	case PAM_ACCT_EXPIRED:
	case PAM_PERM_DENIED:
	case PAM_AUTH_ERR:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_NEW_AUTHTOK_REQD:
		return (false);
	default:
		return (err != SEK_ERR_ENDED && err != SEK_ERR_CHANGE_DUE);
	}
}

static enum sek_err
ask_backend(struct sek_door *d, pam_handle_t *pamh, int flags)
{
	enum sek_err err;
	int code = PAM_SYSTEM_ERR;

	err = sek_pam_backend_call(&code, pamh, &d->options,
	    SEK_BACKEND_ACCOUNT, flags, NULL, &d->why);
	if (err == SEK_OK)
		err = account_answer(code, &d->why);
	if (err != SEK_OK && sek_attempt_by_envelope(d->ctx, pamh) &&
	    is_trouble(err, code)) {
		sek_pam_log(pamh, LOG_ERR, "%s: %s: an envelope was opened, "
		    "and it goes on", sek_err_name(err), d->why.text);
		return (SEK_OK);
	}
	if (err == SEK_OK)
		return (sek_change_account(d->ctx, pamh, &d->why));
	if (err == SEK_ERR_CHANGE_DUE)
		err = sek_attempt_change_due(d->ctx, pamh, &d->why);
	return (err);
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_ACCOUNT, argc, argv, TAKES);
	if (err == SEK_OK && !d.remote)
		err = ask_backend(&d, pamh, flags);
	return (sek_door_close(&d, err, false, false));
}

int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct sek_door d;
	enum sek_err err;

	err = sek_door_open(&d, pamh, SEK_PHASE_PASSWORD, argc, argv, TAKES);
	if (err == SEK_OK && d.remote)
		err = sek_why(&d.why, SEK_ERR_FORBIDDEN, "a program without "
		    "root's rights cannot change passwords: use passwd");
	else if (err == SEK_OK && ((unsigned)flags & PAM_PRELIM_CHECK) != 0)
		err = sek_change_prelim(d.ctx, pamh, &d.options, flags,
		    &d.why);
	else if (err == SEK_OK)
		err = sek_change_update(d.ctx, pamh, &d.options, flags,
		    &d.why);
	return (sek_door_close(&d, err, true, true));
}
