/*
 * pam.h - the PAM handle: arguments, items, conversation
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: whatever an application hands us is bounded and may be hostile.
 * MUST: an answer lives in a sek_secret from the moment it arrives.
 */
#ifndef SEKISHO_EDGE_PAM_H
#define SEKISHO_EDGE_PAM_H

#include <stdbool.h>
#include <security/pam_modules.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/settings.h"

#define SEK_PROMPT_MAX		256u
#define SEK_BACKEND_ARGS	32

/* Which arguments a module takes besides conf= and debug. */
#define SEK_PAM_TAKES_PROMPT	1u
#define SEK_PAM_TAKES_BACKEND	2u	/* and cannot do without it */
#define SEK_PAM_MAY_BACKEND	4u

/* A module's line. Strings point into argv: they live as long as the call. */
struct sek_pam_options {
	const char	*conf;		/* NULL: the compiled-in default */
	const char	*prompt;	/* NULL: ours, translated */
	const char	*backend;	/* NULL: none */
	const char	*backend_argv[SEK_BACKEND_ARGS];
	int		 backend_argc;
	bool		 debug;
};

/* Read the line; all behind backend= is the backend's. SEK_ERR_ARGUMENT with
 * why naming what is unknown, malformed, given twice or lacking. */
enum sek_err	 sek_pam_options(struct sek_pam_options *out, int argc,
		    const char **argv, unsigned takes, struct sek_why *why);

/* A string item, "" where unset: login sets PAM_RHOST to "" (pam-facts 12). */
const char	*sek_pam_item(pam_handle_t *pamh, int item);

/*
 * One hidden prompt, one answer. SEK_ERR_CONV when the conversation fails, is
 * cancelled, gives nothing or more than SEK_SECRET_MAX bytes.
 */
enum sek_err	 sek_pam_ask(pam_handle_t *pamh, const char *prompt,
		    struct sek_secret *answer);
/* The same, or one that is shown as it is typed. */
enum sek_err	 sek_pam_ask_as(pam_handle_t *pamh, bool echo,
		    const char *prompt, struct sek_secret *answer);
/*
 * The password, by pam_get_authtok, so that it stands in PAM_AUTHTOK for the
 * backend and for keyrings. Same errors.
 */
enum sek_err	 sek_pam_ask_password(pam_handle_t *pamh, const char *prompt,
		    struct sek_secret *answer);
/* Put another password into PAM_AUTHTOK (the one-line form cut in two). */
enum sek_err	 sek_pam_set_password(pam_handle_t *pamh,
		    const struct sek_secret *password);
/* And a change's present one into PAM_OLDAUTHTOK. */
enum sek_err	 sek_pam_set_present(pam_handle_t *pamh,
		    const struct sek_secret *password);
/* Is the answer the login password (sshd and one-box clients answer every
 * prompt with it, pam-facts 20)? */
bool		 sek_pam_is_password(pam_handle_t *pamh,
		    const struct sek_secret *answer);
/* A line to the claimant; style PAM_TEXT_INFO or PAM_ERROR_MSG. Failures of
 * the conversation do not matter here. */
void		 sek_pam_tell(pam_handle_t *pamh, int style, const char *text);

/* What a backend said while it verified: held, since it may tell that it was
 * content (pam_sss warns of expiry then), and told after the gate's yes. */
#define SEK_NOTES_MAX	8u
struct sek_notes {
	unsigned	n;
	int		style[SEK_NOTES_MAX];
	char		text[SEK_NOTES_MAX][512];
};
void		 sek_pam_note(struct sek_notes *notes, int style,
		    const char *text);
void		 sek_pam_tell_notes(pam_handle_t *pamh,
		    const struct sek_notes *notes);

/* A line to the log with the module's and service's name (pam_syslog), user
 * text made printable. */
void		 sek_pam_log(pam_handle_t *pamh, int priority,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
