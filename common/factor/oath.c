/*
 * oath.c - possession: a one-time code of RFC 4226 or RFC 6238
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The store verifies, consumes and settles in one transaction; here is only
 * the asking, and what a yes is worth.
 */
#include "config.h"

#include <string.h>
#include <syslog.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/factor/factor.h"
#include "sekisho/rule/oath.h"

static enum sek_err
ask(struct sek_challenge *c)
{
	const char *prompt = c->options->prompt;
	enum sek_err err;

	if ((c->settings->factors.one_line || c->typed_code) &&
	    c->code->data != NULL)
		return (sek_secret_copy(&c->answer, c->code->data,
		    c->code->len));
	if (prompt == NULL)
		prompt = sek_message(c->language, N_("One-time code: "));
	if ((err = sek_pam_ask(c->pamh, prompt, &c->answer)) == SEK_OK)
		c->answered = true;
	return (err);
}

/*
 * What was typed, as digits; "" (never right, consumes nothing) for what is
 * no code, or is the login password again (pam-facts 20).
 */
static void
read_code(char *code, size_t size, const struct sek_challenge *c)
{
	char text[128];

	code[0] = '\0';
	if (c->answer.len < sizeof text &&
	    !sek_pam_is_password(c->pamh, &c->answer)) {
		memcpy(text, sek_secret_text(&c->answer), c->answer.len + 1);
		if (sek_text_digits(code, size, text) != SEK_OK)
			code[0] = '\0';
		sek_wipe(text, sizeof text);
	}
}

static void
judge(struct sek_verdict *v, const struct sek_consume_out *out)
{
	v->settled = true;
	v->lock = out->lock;
	v->reason = (enum sek_reason)out->reason;
	if (out->verdict == SEK_OATH_OK) {
		v->answer = SEK_ANSWER_RIGHT;
		v->reason = SEK_REASON_NONE;
		v->kinds = SEK_KIND_POSSESSION;
		v->method = out->method;
		memcpy(v->authenticator, out->authenticator,
		    sizeof v->authenticator);
	} else if (v->reason == SEK_REASON_NONE) {
		v->reason = SEK_REASON_WRONG;
	}
}

static enum sek_err
verify(struct sek_verdict *v, struct sek_challenge *c, const char *slot)
{
	struct sek_consume in = { 0 };
	struct sek_consume_out out;
	enum sek_err err;

	memset(&out, 0, sizeof out);
	in.who = *c->who;
	in.limits = *c->limits;
	in.caller_limits = *c->caller_limits;
	in.methods = c->settings->factors.accept & sek_factor_oath.methods;
	read_code(in.code, sizeof in.code, c);
	if ((err = sek_text_copy(in.slot, sizeof in.slot, slot)) == SEK_OK)
		err = sek_store_consume(c->store, &in, &out);
	if (err == SEK_OK)
		judge(v, &out);
	sek_wipe(&in, sizeof in);
	return (err);
}

const struct sek_factor sek_factor_oath = {
	.name = "oath",
	.methods = SEK_METHOD_BIT(SEK_METHOD_TOTP) |
	    SEK_METHOD_BIT(SEK_METHOD_HOTP),
	.bound = 15 * SEK_SECOND,
	.ask = ask,
	.verify = verify,
	.pretend = NULL,
};
