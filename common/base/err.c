/*
 * err.c - names of the errors, and their one translation to PAM codes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what is not in the table is PAM_ABORT.
 */
#include "config.h"

#include <security/pam_modules.h>

#include <stdarg.h>
#include <stdio.h>

#include "sekisho/base/err.h"

/* What an error means to PAM. The first of each table is PAM_ABORT, so that
 * a row left out refuses. */
enum class {
	CLASS_ABORT = 0,
	CLASS_REFUSED,		/* the claimant was wrong */
	CLASS_FORBIDDEN,
	CLASS_ENDED,
	CLASS_CHANGE_DUE,
	CLASS_CONV,
	CLASS_ARGUMENT,
	CLASS_UNFIT,		/* trouble; of a new password: not good */
	CLASS_TROUBLE,
	CLASS_COUNT
};

static const struct {
	const char	*name;
	enum class	 class;
} errors[] = {
	[SEK_OK]		= { "ok", CLASS_ABORT },
	[SEK_ERR_REFUSED]	= { "refused", CLASS_REFUSED },
	[SEK_ERR_FORBIDDEN]	= { "forbidden", CLASS_FORBIDDEN },
	[SEK_ERR_ENDED]		= { "ended", CLASS_ENDED },
	[SEK_ERR_CHANGE_DUE]	= { "change-due", CLASS_CHANGE_DUE },
	[SEK_ERR_CONV]		= { "conversation", CLASS_CONV },
	[SEK_ERR_ARGUMENT]	= { "argument", CLASS_ARGUMENT },
	[SEK_ERR_SETTINGS]	= { "settings", CLASS_TROUBLE },
	[SEK_ERR_SYNTAX]	= { "syntax", CLASS_UNFIT },
	[SEK_ERR_RANGE]		= { "range", CLASS_UNFIT },
	[SEK_ERR_UNTRUSTED]	= { "untrusted", CLASS_TROUBLE },
	[SEK_ERR_UNSUPPORTED]	= { "unsupported", CLASS_TROUBLE },
	[SEK_ERR_NOT_FOUND]	= { "not-found", CLASS_TROUBLE },
	[SEK_ERR_EXISTS]	= { "exists", CLASS_UNFIT },
	[SEK_ERR_STORE]		= { "store", CLASS_TROUBLE },
	[SEK_ERR_STORE_MISSING]	= { "store-missing", CLASS_TROUBLE },
	[SEK_ERR_STORE_BUSY]	= { "store-busy", CLASS_TROUBLE },
	[SEK_ERR_STORE_FULL]	= { "store-full", CLASS_TROUBLE },
	[SEK_ERR_STORE_READONLY] = { "store-readonly", CLASS_TROUBLE },
	[SEK_ERR_STORE_DAMAGED]	= { "store-damaged", CLASS_TROUBLE },
	[SEK_ERR_STORE_FOREIGN]	= { "store-foreign", CLASS_TROUBLE },
	[SEK_ERR_STORE_NEWER]	= { "store-newer", CLASS_TROUBLE },
	[SEK_ERR_STORE_OLDER]	= { "store-older", CLASS_TROUBLE },
	[SEK_ERR_TAMPERED]	= { "tampered", CLASS_TROUBLE },
	[SEK_ERR_ACCOUNTS]	= { "accounts", CLASS_TROUBLE },
	[SEK_ERR_BACKEND]	= { "backend", CLASS_TROUBLE },
	[SEK_ERR_CLOCK]		= { "clock", CLASS_TROUBLE },
	[SEK_ERR_TIMEOUT]	= { "timeout", CLASS_TROUBLE },
	[SEK_ERR_IO]		= { "io", CLASS_TROUBLE },
	[SEK_ERR_NOMEM]		= { "nomem", CLASS_TROUBLE },
	[SEK_ERR_CRYPTO]	= { "crypto", CLASS_TROUBLE },
	[SEK_ERR_INTERNAL]	= { "internal", CLASS_ABORT },
};
#define NERRORS (sizeof(errors) / sizeof(errors[0]))

static const int codes[CLASS_COUNT][SEK_PHASE_SESSION + 1] = {
	/* auth, account, password, session */
	[CLASS_ABORT]	= { PAM_ABORT, PAM_ABORT, PAM_ABORT, PAM_ABORT },
	[CLASS_REFUSED]	= { PAM_AUTH_ERR, PAM_PERM_DENIED,
			    PAM_AUTH_ERR, PAM_PERM_DENIED },
	[CLASS_FORBIDDEN] = { PAM_AUTH_ERR, PAM_PERM_DENIED,
			    PAM_AUTHTOK_ERR, PAM_PERM_DENIED },
	[CLASS_ENDED]	= { PAM_AUTH_ERR, PAM_ACCT_EXPIRED,
			    PAM_AUTHTOK_ERR, PAM_PERM_DENIED },
	[CLASS_CHANGE_DUE] = { PAM_ABORT, PAM_NEW_AUTHTOK_REQD,
			    PAM_ABORT, PAM_PERM_DENIED },
	[CLASS_CONV]	= { PAM_CONV_ERR, PAM_PERM_DENIED,
			    PAM_TRY_AGAIN, PAM_PERM_DENIED },
	[CLASS_ARGUMENT] = { PAM_SERVICE_ERR, PAM_PERM_DENIED,
			    PAM_TRY_AGAIN, PAM_PERM_DENIED },
	[CLASS_UNFIT]	= { PAM_AUTHINFO_UNAVAIL, PAM_PERM_DENIED,
			    PAM_AUTHTOK_ERR, PAM_PERM_DENIED },
	[CLASS_TROUBLE]	= { PAM_AUTHINFO_UNAVAIL, PAM_PERM_DENIED,
			    PAM_TRY_AGAIN, PAM_PERM_DENIED },
};

const char *
sek_err_name(enum sek_err err)
{
	if ((size_t)err >= NERRORS || errors[err].name == NULL)
		return ("unknown");
	return (errors[err].name);
}

int
sek_err_to_pam(enum sek_err err, enum sek_phase phase, bool decides)
{
	if ((size_t)err >= NERRORS || (size_t)phase > SEK_PHASE_SESSION)
		return (PAM_ABORT);
	if (err == SEK_OK)
		return (decides ? PAM_SUCCESS : PAM_IGNORE);
	return (codes[errors[err].class][phase]);
}

enum sek_err
sek_why(struct sek_why *why, enum sek_err err, const char *fmt, ...)
{
	va_list ap;

	if (why != NULL) {
		va_start(ap, fmt);
		if (vsnprintf(why->text, sizeof(why->text), fmt, ap) < 0)
			why->text[0] = '\0';
		va_end(ap);
	}
	return (err);
}
