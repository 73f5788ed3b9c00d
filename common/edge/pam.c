/*
 * pam.c - the PAM handle: arguments, items, conversation
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/pam.h"

#define LOG_LINE_MAX 2048

/* The value of "name=value" where arg begins with "name=", else NULL. */
static const char *
value_of(const char *arg, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(arg, name, n) != 0 || arg[n] != '=')
		return (NULL);
	return (arg + n + 1);
}

static enum sek_err
set_once(const char **slot, const char *value, const char *name,
    struct sek_why *why)
{
	if (*slot != NULL)
		return (sek_why(why, SEK_ERR_ARGUMENT,
		    "module argument %s= is given twice", name));
	if (*value == '\0')
		return (sek_why(why, SEK_ERR_ARGUMENT,
		    "module argument %s= is empty", name));
	*slot = value;
	return (SEK_OK);
}

static enum sek_err
take_backend(struct sek_pam_options *o, int argc, const char **argv, int at,
    struct sek_why *why)
{
	enum sek_err err;
	int i;

	err = set_once(&o->backend, value_of(argv[at], "backend"), "backend",
	    why);
	if (err != SEK_OK)
		return (err);
	if (argc - at - 1 > SEK_BACKEND_ARGS)
		return (sek_why(why, SEK_ERR_ARGUMENT,
		    "more than %d arguments behind backend=",
		    SEK_BACKEND_ARGS));
	for (i = at + 1; i < argc; i++)
		o->backend_argv[o->backend_argc++] = argv[i];
	return (SEK_OK);
}

static enum sek_err
take_one(struct sek_pam_options *o, const char *arg, unsigned takes,
    struct sek_why *why)
{
	char shown[128];
	const char *v;

	if ((v = value_of(arg, "conf")) != NULL) {
		if (*v != '/')
			return (sek_why(why, SEK_ERR_ARGUMENT,
			    "module argument conf= wants an absolute path"));
		return (set_once(&o->conf, v, "conf", why));
	}
	if ((takes & SEK_PAM_TAKES_PROMPT) != 0 &&
	    (v = value_of(arg, "prompt")) != NULL) {
		if (!sek_text_is_clean(v, SEK_PROMPT_MAX - 1))
			return (sek_why(why, SEK_ERR_ARGUMENT,
			    "module argument prompt= is not clean UTF-8 of "
			    "1 to %u bytes", SEK_PROMPT_MAX - 1));
		return (set_once(&o->prompt, v, "prompt", why));
	}
	if (strcmp(arg, "debug") == 0) {
		o->debug = true;
		return (SEK_OK);
	}
	sek_text_printable(shown, sizeof shown, arg);
	return (sek_why(why, SEK_ERR_ARGUMENT,
	    "unknown module argument \"%s\": correct the line in pam.d",
	    shown));
}

enum sek_err
sek_pam_options(struct sek_pam_options *out, int argc, const char **argv,
    unsigned takes, struct sek_why *why)
{
	struct sek_pam_options o = { 0 };
	enum sek_err err = SEK_OK;
	int i;

	for (i = 0; i < argc && err == SEK_OK; i++) {
		if ((takes & (SEK_PAM_TAKES_BACKEND |
		    SEK_PAM_MAY_BACKEND)) != 0 &&
		    value_of(argv[i], "backend") != NULL) {
			err = take_backend(&o, argc, argv, i, why);
			break;
		}
		err = take_one(&o, argv[i], takes, why);
	}
	if (err == SEK_OK && (takes & SEK_PAM_TAKES_BACKEND) != 0 &&
	    o.backend == NULL)
		err = sek_why(why, SEK_ERR_ARGUMENT, "module argument backend= "
		    "is missing: which module verifies the password?");
	if (err == SEK_OK)
		*out = o;
	return (err);
}

const char *
sek_pam_item(pam_handle_t *pamh, int item)
{
	const void *p = NULL;

	if (pam_get_item(pamh, item, &p) != PAM_SUCCESS || p == NULL)
		return ("");
	return (p);
}

/* Take the claimant's answer over from libpam's memory and wipe it there. */
static enum sek_err
take_answer(struct sek_secret *answer, char **resp)
{
	enum sek_err err = SEK_ERR_CONV;

	if (*resp != NULL &&
	    strnlen(*resp, SEK_SECRET_MAX + 1) <= SEK_SECRET_MAX)
		err = sek_secret_string(answer, *resp);
	sek_wipe_string(resp);
	return (err);
}

enum sek_err
sek_pam_ask(pam_handle_t *pamh, const char *prompt, struct sek_secret *answer)
{

	return (sek_pam_ask_as(pamh, false, prompt, answer));
}

enum sek_err
sek_pam_ask_as(pam_handle_t *pamh, bool echo, const char *prompt,
    struct sek_secret *answer)
{
	char *resp = NULL;
	int rc;

	rc = pam_prompt(pamh, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF,
	    &resp, "%s", prompt);
	if (rc != PAM_SUCCESS) {
		sek_wipe_string(&resp);
		return (SEK_ERR_CONV);
	}
	return (take_answer(answer, &resp));
}

enum sek_err
sek_pam_ask_password(pam_handle_t *pamh, const char *prompt,
    struct sek_secret *answer)
{
	const char *token = NULL;
	int rc;

	rc = pam_get_authtok(pamh, PAM_AUTHTOK, &token, prompt);
	if (rc != PAM_SUCCESS || token == NULL)
		return (SEK_ERR_CONV);
	if (strnlen(token, SEK_SECRET_MAX + 1) > SEK_SECRET_MAX) {
		(void)pam_set_item(pamh, PAM_AUTHTOK, NULL);
		return (SEK_ERR_CONV);
	}
	return (sek_secret_string(answer, token));
}

enum sek_err
sek_pam_set_password(pam_handle_t *pamh, const struct sek_secret *password)
{
	if (pam_set_item(pamh, PAM_AUTHTOK, sek_secret_text(password)) !=
	    PAM_SUCCESS)
		return (SEK_ERR_NOMEM);
	return (SEK_OK);
}

enum sek_err
sek_pam_set_present(pam_handle_t *pamh, const struct sek_secret *password)
{

	return (pam_set_item(pamh, PAM_OLDAUTHTOK,
	    sek_secret_text(password)) == PAM_SUCCESS ? SEK_OK :
	    SEK_ERR_NOMEM);
}

bool
sek_pam_is_password(pam_handle_t *pamh, const struct sek_secret *answer)
{
	struct sek_secret token = SEK_SECRET_NONE;
	bool equal = true;	/* in doubt it is, and goes nowhere */

	if (*sek_pam_item(pamh, PAM_AUTHTOK) == '\0')
		return (false);
	if (sek_secret_string(&token, sek_pam_item(pamh, PAM_AUTHTOK)) ==
	    SEK_OK)
		equal = sek_secret_equal(&token, answer);
	sek_secret_free(&token);
	return (equal);
}

void
sek_pam_tell(pam_handle_t *pamh, int style, const char *text)
{
	char *resp = NULL;

	if (*text == '\0')
		return;
	(void)pam_prompt(pamh, style, &resp, "%s", text);
	sek_wipe_string(&resp);
}

void
sek_pam_note(struct sek_notes *notes, int style, const char *text)
{
	if (notes->n == SEK_NOTES_MAX || text == NULL)
		return;
	notes->style[notes->n] = style;
	sek_text_printable(notes->text[notes->n], sizeof notes->text[0], text);
	notes->n++;
}

void
sek_pam_tell_notes(pam_handle_t *pamh, const struct sek_notes *notes)
{
	unsigned i;

	for (i = 0; i < notes->n; i++)
		sek_pam_tell(pamh, notes->style[i], notes->text[i]);
}

void
sek_pam_log(pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	char line[LOG_LINE_MAX], clean[LOG_LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	sek_text_printable(clean, sizeof clean, line);
	pam_syslog(pamh, priority, "%s", clean);
}
