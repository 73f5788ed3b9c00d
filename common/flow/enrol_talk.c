/*
 * enrol_talk.c - how the holder of a device is talked to while it is bound
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no PIN with one try left but by his own yes.
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/enrol_talk.h"

const char *
sek_enrol_words(const struct sek_enrol_talk *t, const char *msgid)
{

	return (sek_message(t->language, msgid));
}

void
sek_enrol_say(const struct sek_enrol_talk *t, bool is_error, const char *msgid)
{

	t->tell(t->arg, is_error, sek_enrol_words(t, msgid));
}

enum sek_err
sek_enrol_refuse(const struct sek_enrol_talk *t, struct sek_why *told,
    const char *msgid)
{

	return (sek_why(told, SEK_ERR_REFUSED, "%s",
	    sek_enrol_words(t, msgid)));
}

bool
sek_enrol_is_there(const struct sek_enrol_talk *t)
{

	return (t->there == NULL || t->there(t->arg));
}

/* A wrong one would shut the device: does he want that? */
static enum sek_err
ask_last(const struct sek_enrol_talk *t, const char *msgid)
{
	struct sek_secret typed = SEK_SECRET_NONE;
	char signs[4];
	enum sek_err err;

	sek_enrol_say(t, true, msgid);
	err = t->ask(t->arg, true, sek_enrol_words(t, N_("Type yes to use "
	    "it, or press Enter not to: ")), &typed);
	if (err == SEK_OK && (sek_text_signs(signs, sizeof(signs),
	    sek_secret_text(&typed)) != SEK_OK || strcmp(signs, "YES") != 0))
		err = SEK_ERR_CONV;
	sek_secret_free(&typed);
	return (err);
}

static enum sek_err
tell_tries(const struct sek_enrol_talk *t, const struct sek_enrol_pin *p,
    uint32_t tries)
{

	if (tries <= 1 || tries == UINT32_MAX)
		return (ask_last(t, tries == 1 ? p->last : p->maybe_last));
	t->tell(t->arg, false, p->left);
	return (SEK_OK);
}

enum sek_err
sek_enrol_ask_pin(const struct sek_enrol_talk *t,
    const struct sek_enrol_pin *p, uint32_t tries, unsigned *asked,
    struct sek_secret *pin)
{
	enum sek_err err;

	sek_secret_free(pin);
	if ((err = tell_tries(t, p, tries)) != SEK_OK)
		return (err);
	while ((*asked)++ < SEK_ENROL_PINS_MAX) {
		err = t->ask(t->arg, false, sek_enrol_words(t, p->prompt),
		    pin);
		if (err != SEK_OK || p->ok(p->arg, pin))
			return (err);
		/* Enter alone gives up. */
		if (pin->len == 0)
			return (SEK_ERR_CONV);
		sek_secret_free(pin);
		sek_enrol_say(t, true, p->impossible);
	}
	return (SEK_ERR_REFUSED);
}
