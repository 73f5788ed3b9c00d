/*
 * act.c - for whom sekisho-helper acts, what he proves, and VERIFY
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/context.h"
#include "sekisho/flow/exception.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/proof.h"

/* Told where the cause is the terminal's: the log has it. */
#define TROUBLE	N_("This terminal cannot do that now. Please tell the person " \
	"in charge.")

static enum sek_err
open_store(struct helper *h)
{
	struct sek_store_config *config;
	enum sek_err err = SEK_ERR_NOMEM;

	if (h->store != NULL)		/* asked of exceptions already */
		return (SEK_OK);
	if ((config = calloc(1, sizeof(*config))) != NULL) {
		sek_store_config(config, h->settings);
		err = sek_store_new(&h->store, config);
	}
	free(config);
	return (err);
}

enum sek_err
helper_begin(struct helper *h, struct sek_why *why)
{
	/* Where no exception was ever given, floors: one may be asked here. */
	struct sek_exceptions by = { .store = &h->store, .floors = true };
	enum sek_err err;

	if ((h->settings = calloc(1, sizeof(*h->settings))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_exception_load(h->settings, NULL, false, &by, why)) !=
	    SEK_OK ||
	    (err = open_store(h)) != SEK_OK)
		return (err);
	sek_settings_for(h->settings, h->who.name);
	h->language = sek_message_language(h->settings, h->tty);
	helper_forbid_writing(h->settings->store.path);
	if ((err = sek_account_privileged(&h->privileged, h->settings,
	    h->who.name, h->who.uid, h->who.gid)) != SEK_OK)
		return (sek_why(why, err, "whether %s is privileged cannot be "
		    "found out", h->who.name));
	sek_store_may_use_reserve(h->store, h->privileged);
	return (SEK_OK);
}

void
helper_end(struct helper *h)
{

	sek_store_free(&h->store);
	free(h->settings);
	h->settings = NULL;
}

enum sek_err
helper_trouble(struct helper *h, enum sek_err err)
{

	if (h->talk != SEK_OK)
		return (err);
	helper_log(LOG_ERR, "uid %u: %s: %s", (unsigned)getuid(),
	    sek_err_name(err), h->store != NULL ? sek_store_why(h->store) :
	    "");
	return (helper_no(h, err, TROUBLE));
}

enum sek_err
helper_self(struct helper *h)
{
	struct sek_self *in;
	enum sek_err err;

	if ((in = calloc(1, sizeof(*in))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_facts_account(&in->who, h->settings, h->who.name)) ==
	    SEK_OK) {
		in->who.caller = (uint32_t)getuid();
		sek_claimant_limits(&in->limits, h->settings, h->privileged);
		err = sek_store_self(h->store, in, &h->self);
	}
	free(in);
	return (err == SEK_OK ? SEK_OK : helper_trouble(h, err));
}

static enum sek_err
prove(struct helper *h, const char *service, bool screen, bool enrols,
    struct sek_admission *out)
{
	const struct sek_proof_in in = { .service = service,
	    .account = h->who.name, .conv = &h->conv,
	    .tty = h->tty[0] != '\0' ? h->tty : NULL,
	    .settings = h->settings, .screen = screen, .enrols = enrols };
	struct sek_why why = { "" };
	enum sek_err err;

	/* At a prompt he did not come to log in: say what is asked for. */
	if (!screen)
		helper_say(h, false, helper_text(h, N_("Please prove who you "
		    "are, as at a login.")));
	/* Nothing is held open over a question. */
	sek_store_close(h->store);
	err = sek_proof_run(out, &in, h->store, &why);
	/* The client broke the talk: nothing he proved counts. */
	if (h->talk != SEK_OK)
		return (SEK_ERR_CONV);
	if (err == SEK_OK || err == SEK_ERR_CONV)
		return (err);
	if (why.text[0] != '\0')
		helper_log(err == SEK_ERR_REFUSED ? LOG_NOTICE : LOG_ERR,
		    "uid %u: %s: %s: %s", (unsigned)getuid(), service,
		    sek_err_name(err), why.text);
	/* The stack told why he was refused, after its last prompt. */
	return (err == SEK_ERR_REFUSED ? err : helper_no(h, err, TROUBLE));
}

enum sek_err
helper_prove(struct helper *h, const char *service, bool screen,
    struct sek_admission *out)
{

	return (prove(h, service, screen, false, out));
}

enum sek_err
helper_prove_to_enrol(struct helper *h, struct sek_admission *out)
{

	return (prove(h, SEK_PROOF_HELPER, false, true, out));
}

enum sek_err
helper_actor(const struct helper *h, struct sek_actor *out,
    const struct sek_admission *proof)
{

	memset(out, 0, sizeof(*out));
	memcpy(out->account, h->who.name, sizeof(out->account));
	if (proof != NULL)
		memcpy(out->proof, proof->id, sizeof(out->proof));
	out->uid = h->who.uid;
	out->roles = h->roles;
	out->privileged = h->privileged;
	out->audit_session = sek_audit_session();
	return (sek_process_get(&out->process, 0));
}

enum sek_err
helper_verify(struct helper *h)
{
	struct sek_admission proof;
	enum sek_err err;

	/* Root's own programs ask PAM themselves; their login uid is not whom
	 * they mean. */
	if (getuid() == 0)
		return (helper_no(h, SEK_ERR_REFUSED, TROUBLE));
	err = helper_prove(h, SEK_PROOF_LOCKER, true, &proof);
	sek_wipe(&proof, sizeof(proof));
	return (err);
}
