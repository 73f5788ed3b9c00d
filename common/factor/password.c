/*
 * password.c - knowledge: a password, verified by another PAM module
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 15, 18, 20, 21. MUST: only PAM_SUCCESS of the backend is a yes.
 */
#include "config.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/_pam_macros.h>
#include <security/pam_modules.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/pam_backend.h"
#include "sekisho/factor/factor.h"
#include "sekisho/rule/ticket.h"

/* A backend that refused faster than any slow hash did not hash at all: a
 * name it does not know, an account without a password. */
#define HASH_AT_LEAST	(SEK_SECOND / 200)

#define CODE_METHODS (SEK_METHOD_BIT(SEK_METHOD_TOTP) | \
	SEK_METHOD_BIT(SEK_METHOD_HOTP))

#define HALF	(SEK_TICKET_DIGITS / 2)
#define TOKEN_DIGITS	6u	/* most tokens have */

static bool
are_digits(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return (false);
	return (true);
}

/* As it is printed, "12345 67890" or with a hyphen: its last ten digits in a
 * row would be those of a password and a one-time code, too. */
static bool
ends_in_ticket(const struct sek_challenge *c)
{
	const size_t n = SEK_TICKET_DIGITS + 1;
	const unsigned char *p;

	if ((c->plan->methods & SEK_METHOD_BIT(SEK_METHOD_TICKET)) == 0 ||
	    c->answer.len <= n)
		return (false);
	p = (const unsigned char *)c->answer.data + c->answer.len - n;
	return (are_digits(p, HALF) && (p[HALF] == ' ' || p[HALF] == '-') &&
	    are_digits(p + HALF + 1, HALF));
}

/* How long is the one-time code, or the ticket's, that the answer ends in,
 * with something before it? 0: it ends in none. */
static size_t
code_length(const struct sek_challenge *c)
{
	size_t digits = c->plan->digits, len = c->answer.len;

	if (ends_in_ticket(c))
		return (SEK_TICKET_DIGITS + 1);
	/* Who has a ticket may have found his token again. */
	if (digits == SEK_TICKET_DIGITS && (len <= digits ||
	    !are_digits((const unsigned char *)c->answer.data + len - digits,
	    digits)))
		digits = TOKEN_DIGITS;
	if (len <= digits || !are_digits((const unsigned char *)
	    c->answer.data + len - digits, digits))
		return (0);
	return (digits);
}

/* Cut the answer in two: the password, and the code behind it. */
static enum sek_err
split_line(struct sek_challenge *c)
{
	struct sek_secret password = SEK_SECRET_NONE;
	size_t digits = code_length(c), len = c->answer.len;
	enum sek_err err;

	sek_secret_free(c->code);
	if (digits == 0)
		return (sek_secret_string(c->code, ""));
	err = sek_secret_copy(c->code, c->answer.data + len - digits, digits);
	if (err == SEK_OK)
		err = sek_secret_copy(&password, c->answer.data, len - digits);
	if (err == SEK_OK)
		err = sek_pam_set_password(c->pamh, &password);
	if (err == SEK_OK) {
		sek_secret_free(&c->answer);
		c->answer = password;
		return (SEK_OK);
	}
	sek_secret_free(&password);
	return (err);
}

/*
 * factors.one_line: a client that has one box answers the second prompt with
 * the same line, with nothing, or not at all. Its line is then password and
 * code in one; whoever answers both prompts types as always.
 */
static enum sek_err
ask_code_too(struct sek_challenge *c)
{
	enum sek_err err;

	sek_secret_free(c->code);
	err = sek_pam_ask(c->pamh, sek_message(c->language,
	    N_("One-time code: ")), c->code);
	if (err == SEK_ERR_CONV)
		return (code_length(c) != 0 ? split_line(c) : err);
	if (err == SEK_OK && (c->code->len == 0 ||
	    sek_secret_equal(c->code, &c->answer)))
		err = split_line(c);
	return (err);
}

/* An envelope's code stands alone: nothing more is asked. */
static bool
is_glass(const struct sek_secret *answer)
{
	char plain[SEK_GLASS_PLAIN];
	bool is = sek_glass_parse(plain, sek_secret_text(answer)) == SEK_OK;

	sek_wipe(plain, sizeof plain);
	return (is);
}

static enum sek_err
ask(struct sek_challenge *c)
{
	const char *prompt = c->options->prompt;
	/* What is there already need not be of anybody's hand. */
	bool asked = *sek_pam_item(c->pamh, PAM_AUTHTOK) == '\0';
	enum sek_err err;

	if (prompt == NULL)
		prompt = sek_message(c->language, N_("Password: "));
	err = sek_pam_ask_password(c->pamh, prompt, &c->answer);
	if (err == SEK_OK && asked)
		c->answered = true;
	if (err == SEK_OK && c->settings->factors.one_line &&
	    (c->plan->methods & CODE_METHODS) != 0 && !is_glass(&c->answer))
		err = ask_code_too(c);
	return (err);
}

/*
 * How many hashes a pam_unix built with these headers makes of one password:
 * it duplicates crypt_r()'s result by a macro of libpam's that names its
 * argument twice, and so hashes twice (seen: an unknown name was told from a
 * wrong password by half the time).
 */
static unsigned
hashes(void)
{
	unsigned n = 0;
	char *copy = x_strdup((n++, ""));

	free(copy);
	return (n > 0 ? n : 1);
}

/* Hash as slowly as the system's own would; the result is nobody's. */
static void
pretend(struct sek_challenge *c)
{
	unsigned n = hashes();
	static const char salt[] = "sekisho's idle one";
	struct crypt_data *data;
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if ((data = calloc(1, sizeof *data)) == NULL)
		return;
	if (crypt_gensalt_rn(NULL, 0, salt, (int)sizeof salt - 1, setting,
	    (int)sizeof setting) != NULL)
		while (n-- > 0)
			(void)crypt_rn(sek_secret_text(&c->answer), setting,
			    data, (int)sizeof *data);
	sek_wipe(data, sizeof *data);
	free(data);
}

/*
 * Trouble in the backend gives the slot back only to root's processes: a
 * caller can starve his own su until its backend fails, and must not guess
 * for free by it.
 */
static void
judge(struct sek_verdict *v, int code, const struct sek_challenge *c)
{
	v->reason = SEK_REASON_WRONG;
	switch (code) {
	case PAM_SUCCESS:
		v->answer = SEK_ANSWER_RIGHT;
		v->reason = SEK_REASON_NONE;
		v->kinds = SEK_KIND_KNOWLEDGE;
		v->method = SEK_METHOD_PASSWORD;
		break;
	case PAM_AUTHINFO_UNAVAIL:
		v->reason = SEK_REASON_BACKEND;
		if (c->who->caller == 0)
			v->answer = SEK_ANSWER_UNVERIFIED;
		break;
	default:
		break;
	}
}

static enum sek_err
verify(struct sek_verdict *v, struct sek_challenge *c, const char *slot)
{
	struct sek_moment before, after;
	struct sek_why why = { "" };
	enum sek_err err;
	int code = PAM_SYSTEM_ERR;

	(void)slot;
	if ((err = sek_clock_now(&before)) != SEK_OK)
		return (err);
	if (c->who->known) {
		err = sek_pam_backend_call(&code, c->pamh, c->options,
		    SEK_BACKEND_AUTHENTICATE, c->flags, c->notes, &why);
		if (err != SEK_OK) {
			sek_pam_log(c->pamh, LOG_ERR, "%s", why.text);
			return (err);
		}
		judge(v, code, c);
	} else {
		v->reason = SEK_REASON_UNKNOWN;
	}
	if (v->answer != SEK_ANSWER_RIGHT &&
	    (sek_clock_now(&after) != SEK_OK ||
	    sek_clock_age(&before, &after) < HASH_AT_LEAST))
		pretend(c);
	return (SEK_OK);
}

const struct sek_factor sek_factor_password = {
	.name = "password",
	.methods = SEK_METHOD_BIT(SEK_METHOD_PASSWORD),
	.bound = 30 * SEK_SECOND,
	.ask = ask,
	.verify = verify,
	.pretend = pretend,
};
