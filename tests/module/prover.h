/*
 * prover.h - somebody who is asked to prove himself, for tests of proofs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_TESTS_MODULE_PROVER_H
#define SEKISHO_TESTS_MODULE_PROVER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/flow/proof.h"
#include "tests/module/harness.h"

struct prover {
	const char	*name;		/* typed where a name is asked */
	const char	*password;	/* NULL: gives up there */
	const char	*code;
	void		(*at_prompt)(struct prover *p, const char *prompt);
	/* out */
	unsigned	 prompts;
	char		 asked[1024];	/* each prompt, a line */
	char		 told[2048];	/* each sentence, a line */
	struct sek_why	 why;
};

static inline void
prover_note(char *dst, size_t size, const char *text)
{
	size_t n = strlen(dst);

	(void)snprintf(dst + n, size - n, "%s\n", text);
}

static inline int
prover_talk(int n, const struct pam_message **msg, struct pam_response **resp,
    void *data)
{
	struct prover *p = data;
	struct pam_response *r = calloc((size_t)n, sizeof(*r));
	const char *typed;
	int i;

	if (r == NULL)
		return (PAM_BUF_ERR);
	for (i = 0; i < n; i++) {
		if (msg[i]->msg_style == PAM_TEXT_INFO ||
		    msg[i]->msg_style == PAM_ERROR_MSG) {
			prover_note(p->told, sizeof(p->told), msg[i]->msg);
			continue;
		}
		p->prompts++;
		prover_note(p->asked, sizeof(p->asked), msg[i]->msg);
		if (p->at_prompt != NULL)
			p->at_prompt(p, msg[i]->msg);
		typed = msg[i]->msg_style == PAM_PROMPT_ECHO_ON ? p->name :
		    strstr(msg[i]->msg, "code") != NULL ? p->code :
		    p->password;
		if (typed == NULL) {
			while (i >= 0)
				free(r[i--].resp);
			free(r);
			return (PAM_CONV_ERR);
		}
		r[i].resp = strdup(typed);
	}
	*resp = r;
	return (PAM_SUCCESS);
}

static inline enum sek_err
prover_run(struct prover *p, const char *service, const char *account,
    struct sek_admission *out)
{
	const struct pam_conv conv = { prover_talk, p };
	struct sek_proof_in in = { .service = service, .account = account,
	    .conv = &conv, .tty = "tty1", .pam_dir = world_path("pam.d") };
	struct sek_store *st = world_store();
	enum sek_err err;

	in.screen = strcmp(service, SEK_PROOF_LOCKER) == 0;
	p->prompts = 0;
	p->asked[0] = p->told[0] = p->why.text[0] = '\0';
	err = sek_proof_run(out, &in, st, &p->why);
	sek_store_free(&st);
	return (err);
}

#define prover_is(p, service, account, out, expected) do { \
	enum sek_err err_ = prover_run((p), (service), (account), (out)); \
	ck_assert_msg(err_ == (expected), "%s, not %s (%s)", \
	    sek_err_name(err_), sek_err_name(expected), (p)->why.text); \
	ck_assert((expected) == SEK_OK || (out)->id[0] == '\0'); \
} while (0)

/* An act in the store that names the proof, by this process. */
static inline enum sek_err
prover_act(const char *account, uint32_t uid, const char *proof,
    const char *authenticator)
{
	struct sek_store *st = world_store();
	struct sek_self_state in = { .to = SEK_AUTHENTICATOR_DISABLED };
	enum sek_err err;

	(void)snprintf(in.id, sizeof(in.id), "%.32s", authenticator);
	(void)snprintf(in.who.account, sizeof(in.who.account), "%s", account);
	(void)snprintf(in.who.proof, sizeof(in.who.proof), "%s", proof);
	in.who.uid = uid;
	ck_assert_int_eq(sek_process_get(&in.who.process, 0), SEK_OK);
	err = sek_store_self_state(st, &in);
	sek_store_free(&st);
	return (err);
}

#endif
