/*
 * proof.h - a person proves both kinds, now, for one purpose
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A PAM transaction of its own (service sekisho-locker, sekisho-helper or
 * sekisho-witness) in this process, as root; its yes is the admission row
 * that our gate wrote in it, and nothing else: it is taken from the store
 * once, by this process.
 *
 * MUST: a service file that could let in without our gate refuses before
 * anything is asked, and so does a missing one ("other" would answer).
 * MUST: PAM_SUCCESS without such an admission is a refusal.
 */
#ifndef SEKISHO_FLOW_PROOF_H
#define SEKISHO_FLOW_PROOF_H

#include <security/pam_appl.h>

#include "sekisho/base/err.h"
#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"

#define SEK_PROOF_LOCKER	"sekisho-locker"
#define SEK_PROOF_HELPER	"sekisho-helper"
#define SEK_PROOF_WITNESS	"sekisho-witness"

struct sek_proof_in {
	const char		*service;
	const char		*account;	/* as getpwuid tells it */
	const struct pam_conv	*conv;
	const char		*tty;		/* PAM_TTY, or NULL */
	const char		*rhost;		/* PAM_RHOST: whence he sits
						 * at this prompt; NULL or "":
						 * here, or as his session
						 * tells */
	const char		*pam_dir;	/* NULL: the system's; tests,
						 * includes by whole path */
	/* For the language of what is told; NULL: English. */
	const struct sek_settings *settings;
	bool			 screen;	/* an unlock: record it so */
	/* He enrols himself: an enrolment ticket counts in sekisho-helper, and
	 * a proof that rests on one serves nothing else. */
	bool			 enrols;
};

/*
 * Is the service fit to prove somebody by: a file of its own, in whose auth
 * and account phases nothing lets in without our gate, all of it root's?
 * SEK_ERR_UNTRUSTED with why naming file and line; trouble.
 */
enum sek_err	sek_proof_service(const char *service, const char *pam_dir,
		    struct sek_why *why);

/*
 * auth and account of that service; then the admission, taken. SEK_OK with
 * *out; SEK_ERR_REFUSED (was told to the person already by the stack);
 * SEK_ERR_UNTRUSTED: the service file, with why; SEK_ERR_CONV; trouble.
 * A password that must be changed: a locker's yes, everyone else's refusal.
 * May be called within another PAM transaction of this process. On failure
 * *out is wiped. st is closed (it opens again by itself) when this returns.
 */
enum sek_err	sek_proof_run(struct sek_admission *out,
		    const struct sek_proof_in *in, struct sek_store *st,
		    struct sek_why *why);

#endif
