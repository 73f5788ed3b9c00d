/*
 * ticket.c - possession, stood in for: a ticket's code
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The store verifies, uses up and settles in one transaction. What was typed
 * comes from another line's prompt; only where none asked is it asked here.
 * Never cryptographic.
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/factor/factor.h"
#include "sekisho/rule/ticket.h"

static enum sek_err
ask(struct sek_challenge *c)
{
	const char *prompt = c->options->prompt;
	enum sek_err err;

	if (prompt == NULL)
		prompt = sek_message(c->language, N_("One-time code: "));
	if ((err = sek_pam_ask(c->pamh, prompt, &c->answer)) == SEK_OK)
		c->answered = true;
	return (err);
}

/* One given when policy still had codes opens nothing where it has witnesses
 * only. */
static bool
is_of_policy(const struct sek_ticket_use_out *out,
    const struct sek_settings *s)
{

	return (out->purpose != SEK_PURPOSE_SUBSTITUTE || out->attended ||
	    s->ticket.substitute == SEK_SUBSTITUTE_CODE);
}

static void
judge(struct sek_verdict *v, const struct sek_ticket_use_out *out,
    const struct sek_settings *s)
{
	v->settled = true;
	v->lock = out->lock;
	v->reason = (enum sek_reason)out->reason;
	if (out->right && is_of_policy(out, s)) {
		v->answer = SEK_ANSWER_RIGHT;
		v->reason = SEK_REASON_NONE;
		v->kinds = SEK_KIND_POSSESSION;
		v->method = SEK_METHOD_TICKET;
		memcpy(v->ticket, out->id, sizeof v->ticket);
		v->purpose = out->purpose;
		v->attended = out->attended != 0;
		v->not_after = out->not_after;
	} else if (v->reason == SEK_REASON_NONE) {
		v->reason = SEK_REASON_WRONG;
	}
}

/* What has not the form of a code, or is the login password again, is never
 * right and uses up nothing. */
static enum sek_err
verify(struct sek_verdict *v, struct sek_challenge *c, const char *slot)
{
	struct sek_ticket_use in;
	struct sek_ticket_use_out out;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	memset(&out, 0, sizeof out);
	in.who = *c->who;
	in.limits = *c->limits;
	in.caller_limits = *c->caller_limits;
	in.purposes = c->purposes;
	if (sek_pam_is_password(c->pamh, &c->answer) ||
	    sek_ticket_code(in.code, sek_secret_text(&c->answer)) != SEK_OK)
		in.code[0] = '\0';
	if ((err = sek_text_copy(in.slot, sizeof in.slot, slot)) == SEK_OK)
		err = sek_store_ticket_use(c->store, &in, &out);
	if (err == SEK_OK)
		judge(v, &out, c->settings);
	sek_wipe(&in, sizeof in);
	return (err);
}

const struct sek_factor sek_factor_ticket = {
	.name = "ticket",
	.methods = SEK_METHOD_BIT(SEK_METHOD_TICKET),
	.bound = 15 * SEK_SECOND,
	.ask = ask,
	.verify = verify,
	.pretend = NULL,
};
