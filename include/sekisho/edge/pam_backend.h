/*
 * pam_backend.h - another PAM module, run inside our handle
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 15, 21. MUST: a backend is loaded from libpam's folder or an
 * absolute path, root's and not writable by others, checked before dlopen.
 * MUST: it is never unloaded (its PAM data may outlive us in the handle).
 * MUST: while it verifies or changes it can ask nothing: its answers were taken
 * before.
 */
#ifndef SEKISHO_EDGE_PAM_BACKEND_H
#define SEKISHO_EDGE_PAM_BACKEND_H

#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/pam.h"

enum sek_backend_call {
	SEK_BACKEND_AUTHENTICATE,
	SEK_BACKEND_SETCRED,
	SEK_BACKEND_ACCOUNT,
	SEK_BACKEND_PRELIM,	/* pam_sm_chauthtok, the flag added */
	SEK_BACKEND_UPDATE
};

/*
 * Call pam_sm_* of options->backend with its arguments. nullok and its like
 * (sek_stack_backend_refuses) among them refuse (SEK_ERR_ARGUMENT);
 * PAM_DISALLOW_NULL_AUTHTOK is added for authenticate. *code gets the
 * module's answer, PAM_SYSTEM_ERR when it could not be called (and the error
 * is SEK_ERR_BACKEND or SEK_ERR_UNTRUSTED). notes takes what it says during
 * authenticate and a change, whose passwords stand in PAM_OLDAUTHTOK and
 * PAM_AUTHTOK; NULL elsewhere, where it speaks for itself.
 */
enum sek_err	sek_pam_backend_call(int *code, pam_handle_t *pamh,
		    const struct sek_pam_options *options,
		    enum sek_backend_call call, int flags,
		    struct sek_notes *notes, struct sek_why *why);

/* Its arguments, what it needs to fit in, and a NULL; of the options' own
 * memory. SEK_ERR_ARGUMENT as above. */
#define SEK_BACKEND_ARGV	(SEK_BACKEND_ARGS + 8)
enum sek_err	sek_pam_backend_arguments(const char *argv[SEK_BACKEND_ARGV],
		    int *argc, const struct sek_pam_options *options,
		    struct sek_why *why);
/* Its file, checked (MUST, above) and open, the caller's; and its path. */
enum sek_err	sek_pam_backend_open(int *fd, char *path, size_t size,
		    const char *name, struct sek_why *why);

#endif
