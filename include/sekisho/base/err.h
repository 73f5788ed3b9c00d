/*
 * err.h - the one error type, and its one translation to PAM codes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: an enum sek_err never holds an errno nor a PAM code.
 * MUST: a value outside the table becomes PAM_ABORT, never success or ignore.
 */
#ifndef SEKISHO_BASE_ERR_H
#define SEKISHO_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum sek_err {
	SEK_OK = 0,
	/* The claimant is refused. Why is a sek_reason, never shown to him. */
	SEK_ERR_REFUSED,
	SEK_ERR_FORBIDDEN,	/* account phase: may not (no evidence, list) */
	SEK_ERR_ENDED,		/* account phase: suspended, retired, ended */
	SEK_ERR_CHANGE_DUE,	/* account phase: password change due */
	SEK_ERR_CONV,		/* the conversation failed or was cancelled */
	/* What the administrator wrote */
	SEK_ERR_ARGUMENT,	/* module argument */
	SEK_ERR_SETTINGS,	/* policy file */
	SEK_ERR_SYNTAX,		/* text is not of the form asked for */
	SEK_ERR_RANGE,		/* number, span or size out of its bounds */
	SEK_ERR_UNTRUSTED,	/* file, folder or program others may change */
	SEK_ERR_UNSUPPORTED,	/* known by name, not built in this version */
	/* Things looked for */
	SEK_ERR_NOT_FOUND,
	SEK_ERR_EXISTS,
	/* The store */
	SEK_ERR_STORE,		/* unreachable, or an error of the engine */
	SEK_ERR_STORE_MISSING,	/* there is none: sekisho init */
	SEK_ERR_STORE_BUSY,	/* another holds it; try again */
	SEK_ERR_STORE_FULL,	/* no room on the disk */
	SEK_ERR_STORE_READONLY,
	SEK_ERR_STORE_DAMAGED,	/* pages or rows are not as written */
	SEK_ERR_STORE_FOREIGN,	/* bound to another machine or terminal id */
	SEK_ERR_STORE_NEWER,	/* newer major schema than this program */
	SEK_ERR_STORE_OLDER,	/* lacks a table: sekisho store migrate */
	SEK_ERR_TAMPERED,	/* a row's keyed check does not hold */
	/* The world */
	SEK_ERR_ACCOUNTS,	/* passwd/group source down */
	SEK_ERR_BACKEND,	/* the wrapped PAM module is in trouble */
	SEK_ERR_CLOCK,		/* the clock stepped back */
	SEK_ERR_TIMEOUT,
	SEK_ERR_IO,
	SEK_ERR_NOMEM,
	SEK_ERR_CRYPTO,
	SEK_ERR_INTERNAL
};

enum sek_phase {
	SEK_PHASE_AUTH,
	SEK_PHASE_ACCOUNT,
	SEK_PHASE_PASSWORD,
	SEK_PHASE_SESSION
};

/*
 * A sentence for the log or the administrator: which file, line, device or
 * row, the cause and the remedy. Callers own it; NULL where not wanted.
 */
#define SEK_WHY_MAX 1024
struct sek_why {
	char text[SEK_WHY_MAX];
};

/* English key word of an error, for logs: "store-full". Never NULL. */
const char	*sek_err_name(enum sek_err err);

/*
 * The PAM code for an error in a phase (design section 10). SEK_OK becomes
 * PAM_SUCCESS only where decides is true (the gate, a session), PAM_IGNORE
 * elsewhere.
 */
int		 sek_err_to_pam(enum sek_err err, enum sek_phase phase,
		    bool decides);

/* Write the sentence (cut at SEK_WHY_MAX - 1 bytes); returns err, so that
 * "return (sek_why(why, SEK_ERR_X, ...));" reads well. why may be NULL. */
enum sek_err	 sek_why(struct sek_why *why, enum sek_err err,
		    const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));

#endif
