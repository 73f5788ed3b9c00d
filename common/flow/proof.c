/*
 * proof.c - a person proves both kinds, now, for one purpose
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 1, 2, 10.
 *
 * MUST: a service file that could let in without our gate refuses before
 * anything is asked, and so does a missing one ("other" would answer).
 * MUST: PAM_SUCCESS without an admission of this transaction is a refusal.
 * MUST: an admission that is not handed out stays usable by nobody.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_appl.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/pam.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/proof.h"
#include "sekisho/flow/session.h"
#include "sekisho/flow/ticket.h"

/* More talk than this no stack of ours makes. */
#define PROMPTS_MAX	32u
#define MESSAGES_MAX	128u

struct talk {
	const struct pam_conv	*conv;
	unsigned		 prompts;
	unsigned		 messages;
	bool			 failed;	/* given up, or over the bound */
};

/* ---------------------------------------------------------- conversation -- */

static bool
within_bounds(struct talk *t, int n, const struct pam_message **msg)
{
	int i;

	if (n <= 0 || n > PAM_MAX_NUM_MSG)
		return (false);
	for (i = 0; i < n; i++) {
		if (msg[i]->msg_style == PAM_TEXT_INFO ||
		    msg[i]->msg_style == PAM_ERROR_MSG)
			t->messages++;
		else
			t->prompts++;
	}
	return (t->prompts <= PROMPTS_MAX && t->messages <= MESSAGES_MAX);
}

static int
talk(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	struct talk *t = data;
	int rc = PAM_CONV_ERR;

	if (within_bounds(t, n, msg))
		rc = t->conv->conv(n, msg, resp, t->conv->appdata_ptr);
	if (rc != PAM_SUCCESS)
		t->failed = true;
	return (rc);
}

static enum sek_language
language_of(const struct sek_proof_in *in)
{

	return (in->settings == NULL ? SEK_LANGUAGE_EN :
	    sek_message_language(in->settings, in->tty));
}

static void
tell(struct talk *t, const char *text)
{
	const struct pam_message message = { PAM_TEXT_INFO, text };
	const struct pam_message *list = &message;
	struct pam_response *resp = NULL;

	if (talk(1, &list, &resp, t) == PAM_SUCCESS && resp != NULL) {
		sek_wipe_string(&resp->resp);
		free(resp);
	}
}

/* ---------------------------------------------------------- transaction -- */

static enum sek_err
begin(pam_handle_t **pamh, const struct sek_proof_in *in,
    const struct pam_conv *conv, struct sek_why *why)
{
	int rc;

	if (in->pam_dir != NULL)
		rc = pam_start_confdir(in->service, in->account, conv,
		    in->pam_dir, pamh);
	else
		rc = pam_start(in->service, in->account, conv, pamh);
	if (rc == PAM_SUCCESS && in->tty != NULL)
		rc = pam_set_item(*pamh, PAM_TTY, in->tty);
	if (rc == PAM_SUCCESS && in->rhost != NULL && in->rhost[0] != '\0')
		rc = pam_set_item(*pamh, PAM_RHOST, in->rhost);
	if (rc == PAM_SUCCESS && in->enrols)
		rc = pam_putenv(*pamh, SEK_TICKET_PURPOSE_ENV "="
		    SEK_TICKET_PURPOSE_ENROL);
	if (rc == PAM_SUCCESS)
		return (SEK_OK);
	return (sek_why(why, SEK_ERR_BACKEND, "service %s: libpam does not "
	    "start (%d)", in->service, rc));
}

/* For the log: a name of nobody's may be a password typed at the wrong prompt
 * (design 7). */
static const char *
named(const struct sek_proof_in *in)
{
	struct sek_passwd pw;

	memset(&pw, 0, sizeof(pw));
	return (sek_account_find(&pw, in->account) == SEK_OK && pw.known ?
	    in->account : "(unknown)");
}

/* What libpam's answer means: a person's refusal was told by the stack. */
static enum sek_err
meaning(int rc, const struct talk *t, const struct sek_proof_in *in,
    struct sek_why *why)
{
	switch (rc) {
	case PAM_SUCCESS:
		return (SEK_OK);
	case PAM_AUTH_ERR:
	case PAM_PERM_DENIED:
	case PAM_ACCT_EXPIRED:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_CRED_INSUFFICIENT:
		break;
	case PAM_NEW_AUTHTOK_REQD:
		return (SEK_ERR_CHANGE_DUE);
	default:
		if (!t->failed)
			return (sek_why(why, SEK_ERR_BACKEND, "service %s: "
			    "trouble in its stack (%d), see the log",
			    in->service, rc));
		break;
	}
	if (t->failed)
		return (sek_why(why, SEK_ERR_CONV, "service %s: given up at "
		    "the prompt", in->service));
	return (sek_why(why, SEK_ERR_REFUSED, "service %s: %s did not prove "
	    "both kinds, or may not now", in->service, named(in)));
}

/*
 * A change of the password is due. Who is locked out of his own session by
 * that could not make it, so a locker lets him in and tells him; nobody else
 * goes on with it.
 */
static enum sek_err
change_due(struct talk *t, const struct sek_proof_in *in, struct sek_why *why)
{
	enum sek_language language = language_of(in);

	if (strcmp(in->service, SEK_PROOF_LOCKER) == 0) {
		tell(t, sek_message(language, N_("Your password is to be "
		    "changed. Please do so now.")));
		return (SEK_OK);
	}
	tell(t, sek_message(language, N_("Your password is to be changed. "
	    "Please do so first, then try again.")));
	return (sek_why(why, SEK_ERR_REFUSED, "service %s: the password of %s "
	    "is to be changed first", in->service, in->account));
}

static enum sek_err
phases(pam_handle_t *pamh, struct talk *t, const struct sek_proof_in *in,
    struct sek_why *why)
{
	enum sek_err err;

	if ((err = meaning(pam_authenticate(pamh, PAM_DISALLOW_NULL_AUTHTOK),
	    t, in, why)) == SEK_OK)
		err = meaning(pam_acct_mgmt(pamh, PAM_DISALLOW_NULL_AUTHTOK),
		    t, in, why);
	return (err);
}

/* The account it was begun for, whatever a module did to PAM_USER. */
static enum sek_err
same_user(uint32_t *uid, pam_handle_t *pamh, const struct sek_proof_in *in,
    struct sek_why *why)
{
	struct sek_passwd meant, now;
	enum sek_err err;

	memset(&meant, 0, sizeof(meant));
	memset(&now, 0, sizeof(now));
	if ((err = sek_account_find(&meant, in->account)) != SEK_OK ||
	    (err = sek_account_find(&now, sek_pam_item(pamh, PAM_USER))) !=
	    SEK_OK)
		return (sek_why(why, err, "the account source is down"));
	if (!meant.known || !now.known || meant.uid != now.uid ||
	    strcmp(meant.name, now.name) != 0)
		return (sek_why(why, SEK_ERR_REFUSED, "service %s: another "
		    "user came out of it", in->service));
	*uid = meant.uid;
	return (SEK_OK);
}

static enum sek_err
take(struct sek_admission *out, const char *id, uint32_t uid,
    const struct sek_proof_in *in, struct sek_store *st, struct sek_why *why)
{
	struct sek_take_proof take;
	enum sek_err err;

	memset(&take, 0, sizeof(take));
	take.uid = uid;
	take.screen = in->screen;
	if ((err = sek_text_copy(take.id, sizeof(take.id), id)) != SEK_OK ||
	    (err = sek_text_copy(take.service, sizeof(take.service),
	    in->service)) != SEK_OK ||
	    (err = sek_process_get(&take.taker, 0)) != SEK_OK)
		return (sek_why(why, err, "service %s: no proof can be taken",
		    in->service));
	if ((err = sek_store_take_proof(st, &take, out)) != SEK_OK)
		return (sek_why(why, err, "%s", sek_store_why(st)));
	return (SEK_OK);
}

/* Whatever was admitted and is not handed out. */
static void
drop(pam_handle_t *pamh, struct sek_store *st)
{
	const char *id = pam_getenv(pamh, SEK_ADMISSION_ENV);
	struct sek_admission_id in;

	memset(&in, 0, sizeof(in));
	if (id == NULL || sek_text_copy(in.id, sizeof(in.id), id) != SEK_OK)
		return;
	if (sek_store_drop(st, &in) != SEK_OK)
		sek_pam_log(pamh, LOG_ERR, "an admission could not be taken "
		    "back: %s", sek_store_why(st));
}

/* The stack said yes: what of it is ours, taken. */
static enum sek_err
take_ours(struct sek_admission *out, pam_handle_t *pamh,
    const struct sek_proof_in *in, struct sek_store *st, struct sek_why *why)
{
	const char *id;
	uint32_t uid = SEK_UID_NONE;
	enum sek_err err;

	if ((err = same_user(&uid, pamh, in, why)) != SEK_OK)
		return (err);
	/* The gate's account phase takes it away where it refuses. */
	if ((id = pam_getenv(pamh, SEK_ADMISSION_ENV)) == NULL)
		return (sek_why(why, SEK_ERR_REFUSED, "service %s: it said "
		    "yes, and its gate admitted nobody", in->service));
	return (take(out, id, uid, in, st, why));
}

static enum sek_err
run(struct sek_admission *out, pam_handle_t *pamh, struct talk *t,
    const struct sek_proof_in *in, struct sek_store *st, struct sek_why *why)
{
	enum sek_err err;

	err = phases(pamh, t, in, why);
	if (err == SEK_ERR_CHANGE_DUE)
		err = change_due(t, in, why);
	if (err != SEK_OK)
		return (err);
	/* The stack has told nothing of this. */
	err = take_ours(out, pamh, in, st, why);
	if (err == SEK_OK && in->screen && in->settings != NULL)
		sek_session_show_unlock(pamh, in->settings, st, in->account);
	if (err == SEK_ERR_REFUSED)
		tell(t, sek_message(language_of(in), N_("The proof was "
		    "refused. Please try again.")));
	return (err);
}

enum sek_err
sek_proof_run(struct sek_admission *out, const struct sek_proof_in *in,
    struct sek_store *st, struct sek_why *why)
{
	struct talk t = { .conv = in->conv };
	const struct pam_conv conv = { .conv = talk, .appdata_ptr = &t };
	pam_handle_t *pamh = NULL;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_proof_service(in->service, in->pam_dir, why)) ==
	    SEK_OK &&
	    (err = begin(&pamh, in, &conv, why)) == SEK_OK)
		err = run(out, pamh, &t, in, st, why);
	if (pamh != NULL) {
		if (err != SEK_OK)
			drop(pamh, st);
		(void)pam_end(pamh, err == SEK_OK ? PAM_SUCCESS :
		    PAM_AUTH_ERR);
	}
	sek_store_close(st);
	if (err != SEK_OK)
		sek_wipe(out, sizeof(*out));
	return (err);
}
