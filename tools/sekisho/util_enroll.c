/*
 * util_enroll.c - what binding a security key and a card have in common
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a PIN comes from who sits at the terminal, never from an argument,
 * the environment or a pipe.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "enroll.h"
#include "util_helper.h"

static enum sek_err
ask(void *arg, bool echo, const char *prompt, struct sek_secret *answer)
{
	(void)arg;
	return (tool_ask_secret(prompt, echo, answer));
}

static void
tell(void *arg, bool is_error, const char *text)
{
	(void)arg;
	(void)is_error;
	fprintf(tool_tty(), "%s\n", text);
	fflush(tool_tty());
}

void
enroll_talk(const struct tool *t, struct sek_enrol_talk *out)
{
	memset(out, 0, sizeof(*out));
	out->ask = t->yes ? NULL : ask;
	out->tell = tell;
	out->language = tool_speaks_japanese() ? SEK_LANGUAGE_JA :
	    SEK_LANGUAGE_EN;
}

int
enroll_ended(enum sek_err err, const struct sek_why *told,
    const struct sek_why *why)
{
	if (err == SEK_OK)
		return (TOOL_YES);
	if (err == SEK_ERR_CONV) {
		tool_error(_("given up: nothing is enrolled"));
		return (TOOL_NO);
	}
	if (err != SEK_ERR_REFUSED)
		return (tool_fail(err == SEK_ERR_NOT_FOUND ?
		    SEK_ERR_UNSUPPORTED : err, why->text));
	if (why->text[0] != '\0')
		tool_error("%s (%s)", told->text, why->text);
	else
		tool_error("%s", told->text);
	return (TOOL_NO);
}

static enum sek_err
take_data(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct sek_authenticator *a = arg;

	if (kind != SEK_HELPER_DATA_ENROLLED || len != sizeof(*a))
		return (SEK_ERR_SYNTAX);
	memcpy(a, body, sizeof(*a));
	return (SEK_OK);
}

int
enroll_own_device(struct tool *t, const char *user,
    const struct sek_helper_enrol *in, struct sek_authenticator *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if ((rc = enroll_own_ready(t, user)) != TOOL_YES)
		return (rc);
	return (tool_helper(t, SEK_HELPER_ENROL, in, sizeof(*in), take_data,
	    out));
}
