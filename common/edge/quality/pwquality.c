/*
 * pwquality.c - libpwquality, by the words of password.quality
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Only what is asked for: pwquality.conf is not read, and cracklib, whose
 * dictionary is a package of its own, is off until "dictcheck=1".
 */
#include "config.h"

#include <pwquality.h>
#include <string.h>

#include "quality.h"
#include "sekisho/base/text.h"

/* No rule but one of a number larger than this refuses it. */
#define SAMPLE	"Vq7#kX9!mZ2@wR4$tB6%nY8&cH3^"

/* libpwquality's sentence for an error, in the host's language. */
static void
tell(char *dst, size_t size, int code, void *aux)
{
	char text[PWQ_MAX_ERROR_MESSAGE_LEN];
	const char *said = pwquality_strerror(text, sizeof(text), code, aux);

	sek_text_printable(dst, size, said != NULL ? said : "");
}

static enum sek_err
settings(pwquality_settings_t **out, const char *words, struct sek_why *why)
{
	const char *cursor = words;
	char word[256], said[PWQ_MAX_ERROR_MESSAGE_LEN];
	int code;

	if ((*out = pwquality_default_settings()) == NULL)
		return (SEK_ERR_NOMEM);
	(void)pwquality_set_int_value(*out, PWQ_SETTING_DICT_CHECK, 0);
	while (sek_text_word(&cursor, word, sizeof(word))) {
		if ((code = pwquality_set_option(*out, word)) == 0)
			continue;
		tell(said, sizeof(said), code, NULL);
		return (sek_why(why, SEK_ERR_SYNTAX, "password.quality: "
		    "\"%s\": %s; see pwquality.conf(5) for what it knows",
		    word, said));
	}
	return (SEK_OK);
}

/* A dictionary that cannot be read refuses all there are. */
static enum sek_err
try_dictionary(pwquality_settings_t *q, struct sek_why *why)
{
	char said[PWQ_MAX_ERROR_MESSAGE_LEN];
	void *aux = NULL;
	int code = pwquality_check(q, SAMPLE, NULL, NULL, &aux);

	if (code != PWQ_ERROR_CRACKLIB_CHECK)
		return (SEK_OK);
	tell(said, sizeof(said), code, aux);
	return (sek_why(why, SEK_ERR_SYNTAX, "password.quality: dictcheck: %s; "
	    "install the package cracklib-runtime, or leave it out", said));
}

/* Not what the password is like, but that it could not be told. */
static enum sek_err
trouble(int code)
{

	if (code == PWQ_ERROR_MEM_ALLOC)
		return (SEK_ERR_NOMEM);
	return (code > PWQ_ERROR_TOO_SIMILAR ? SEK_ERR_SYNTAX : SEK_OK);
}

enum sek_err
quality_pwquality(bool *fit, char *said, size_t size,
    const struct sek_quality_in *in, struct sek_why *why)
{
	pwquality_settings_t *q = NULL;
	void *aux = NULL;
	enum sek_err err;
	int code;

	*fit = false;
	said[0] = '\0';
	if ((err = settings(&q, in->settings->password.quality, why)) !=
	    SEK_OK)
		goto out;
	code = pwquality_check(q, sek_secret_text(in->password),
	    in->present != NULL ? sek_secret_text(in->present) : NULL,
	    in->account, &aux);
	*fit = code >= 0;
	if (*fit)
		goto out;
	tell(said, size, code, aux);
	if ((err = trouble(code)) != SEK_OK)
		err = sek_why(why, err, "password.quality: %s", said);
	else if (code == PWQ_ERROR_CRACKLIB_CHECK)
		err = try_dictionary(q, why);
out:
	if (q != NULL)
		pwquality_free_settings(q);
	return (err);
}

enum sek_err
quality_pwquality_check(const char *words, struct sek_why *why)
{
	pwquality_settings_t *q = NULL;
	enum sek_err err;

	if ((err = settings(&q, words, why)) == SEK_OK)
		err = try_dictionary(q, why);
	if (q != NULL)
		pwquality_free_settings(q);
	return (err);
}
