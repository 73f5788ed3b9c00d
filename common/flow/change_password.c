/*
 * change_password.c - a password is changed: our checks, then the backend's
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <inttypes.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/change_password.h"

#define TEMPORARY_ENV	"SEKISHO_TEMPORARY"

enum sek_err
sek_change_temporary(pam_handle_t *pamh, int64_t until)
{
	char env[64];
	enum sek_err err;

	if ((err = sek_text_format(env, sizeof env, "%s=%" PRId64,
	    TEMPORARY_ENV, until)) != SEK_OK)
		return (err);
	return (pam_putenv(pamh, env) == PAM_SUCCESS ? SEK_OK :
	    SEK_ERR_NOMEM);
}
