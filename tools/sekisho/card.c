/*
 * card.c - sekisho card list: the readers of this terminal, and the card in
 * each
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no PIN is asked for or spent, and nothing of a person is shown.
 */
#include "config.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/card.h"
#include "util_helper.h"
#include "verb.h"

#define WAIT	(20 * SEK_SECOND)	/* for all of them */

static const char *const columns[] = {
	N_("Reader"), N_("Card"), N_("State"), N_("Card key"),
	N_("Tries left"), N_("Valid until"), NULL
};

/* What a card is good for, in words. */
static const char *const states[SEK_CARD_END_COUNT] = {
	[SEK_CARD_END_FAILED]		= N_("cannot be used"),
	[SEK_CARD_END_OK]		= N_("ready"),
	[SEK_CARD_END_NO_CARD]		= N_("no card"),
	[SEK_CARD_END_UNKNOWN]		= N_("not known"),
	[SEK_CARD_END_PHONE]		= N_("a telephone"),
	[SEK_CARD_END_PIN_BLOCKED]	= N_("PIN blocked"),
	[SEK_CARD_END_EXPIRED]		= N_("certificate not valid now"),
	[SEK_CARD_END_UNTRUSTED]	= N_("certificate not trusted"),
	[SEK_CARD_END_WEAK]		= N_("too weak"),
	[SEK_CARD_END_UNABLE]		= N_("no key or certificate"),
	[SEK_CARD_END_BUSY]		= N_("in use"),
	[SEK_CARD_END_RESET]		= N_("in use"),
	[SEK_CARD_END_GONE]		= N_("taken away"),
	[SEK_CARD_END_SILENT]		= N_("does not answer"),
	[SEK_CARD_END_GARBAGE]		= N_("answers without sense"),
};

static const char *
state_text(uint32_t end)
{
	const char *text = end < SEK_CARD_END_COUNT ? states[end] : NULL;

	return (text != NULL ? _(text) :
	    sek_card_end_name((enum sek_card_end)end));
}

/* Did a driver know it? */
static bool
is_known(const struct sek_card_seen *s)
{
	return (s->card != 0 && s->driver < SEK_CARD_DRIVERS &&
	    s->model[0] != '\0');
}

static cJSON *
json_of(const struct tool *t, const struct sek_card_seen *s)
{
	const bool has_certificate = s->not_after != 0;
	char atr[SEK_CARD_ATR_MAX * 2 + 1] = "", key[8];
	cJSON *o = cJSON_CreateObject();

	if (s->atr_len <= SEK_CARD_ATR_MAX)
		(void)sodium_bin2hex(atr, sizeof(atr), s->atr, s->atr_len);
	tool_card_key(key, sizeof(key), s->key);
	cJSON_AddStringToObject(o, "reader", s->reader);
	cJSON_AddBoolToObject(o, "card", s->card != 0);
	cJSON_AddItemToObject(o, "driver", tool_json_text(is_known(s) ?
	    sek_card_driver_name((enum sek_card_driver)s->driver) : NULL));
	cJSON_AddItemToObject(o, "model", tool_json_text(s->model));
	cJSON_AddStringToObject(o, "state",
	    sek_card_end_name((enum sek_card_end)s->end));
	cJSON_AddItemToObject(o, "key", tool_json_text(key));
	cJSON_AddItemToObject(o, "algorithm",
	    tool_json_text(s->algorithm == SEK_CARD_NONE ? NULL :
	    sek_card_algorithm_name((enum sek_card_algorithm)s->algorithm)));
	cJSON_AddItemToObject(o, "not_before",
	    tool_json_time(t, s->not_before * SEK_SECOND));
	cJSON_AddItemToObject(o, "not_after",
	    tool_json_time(t, s->not_after * SEK_SECOND));
	cJSON_AddItemToObject(o, "tries",
	    !is_known(s) || s->tries == SEK_CARD_TRIES_UNKNOWN ?
	    cJSON_CreateNull() : cJSON_CreateNumber(s->tries));
	cJSON_AddItemToObject(o, "trusted", has_certificate ?
	    cJSON_CreateBool(s->trusted != 0) : cJSON_CreateNull());
	cJSON_AddItemToObject(o, "atr", tool_json_text(atr));
	return (o);
}

static enum sek_err
row_of(const struct tool *t, struct tool_list *l,
    const struct sek_card_seen *s)
{
	char key[40] = "", tries[16] = "", until[32] = "", number[8];
	const char *algorithm = s->algorithm == SEK_CARD_NONE ? NULL :
	    sek_card_algorithm_name((enum sek_card_algorithm)s->algorithm);
	const char *cells[6];

	tool_card_key(number, sizeof(number), s->key);
	if (algorithm != NULL)
		(void)sek_text_format(key, sizeof(key), "%s%s%s", number,
		    number[0] != '\0' ? " " : "", algorithm);
	if (is_known(s) && s->tries != SEK_CARD_TRIES_UNKNOWN)
		(void)sek_text_format(tries, sizeof(tries), "%u", s->tries);
	if (s->not_after != 0)
		tool_time(t, until, sizeof(until), s->not_after * SEK_SECOND);
	cells[0] = s->reader;
	cells[1] = s->model;
	cells[2] = state_text(s->end);
	cells[3] = key;
	cells[4] = tries;
	cells[5] = until;
	return (tool_list_row(l, cells));
}

static int
look(struct tool *t, struct sek_card_seen *seen, size_t *n)
{
	struct sek_card_place place = {
	    .readers = t->settings->card.readers,
	    .anchors = t->settings->card.anchors, .reader = "", .wait = WAIT };
	enum sek_card_end end = SEK_CARD_END_FAILED;
	struct sek_why why = { "" };
	struct sek_moment m;
	enum sek_err err;

	if ((err = sek_clock_now(&m)) != SEK_OK)
		return (tool_fail(err, NULL));
	place.now = m.wall / SEK_SECOND;
	err = sek_card_list(seen, SEK_CARD_READERS_MAX, n, &end, &place, &why);
	if (err != SEK_OK)
		return (tool_fail(err == SEK_ERR_NOT_FOUND ?
		    SEK_ERR_UNSUPPORTED : err, why.text));
	if (end == SEK_CARD_END_OK || end == SEK_CARD_END_NO_READER)
		return (TOOL_YES);
	tool_error(end == SEK_CARD_END_NO_SERVICE ?
	    _("pcscd does not run, or does not let you ask it: systemctl start "
	    "pcscd.socket, then run this again") :
	    _("the card readers do not answer: take the cards away, then run "
	    "this again"));
	return (TOOL_TROUBLE);
}

int
verb_card_list(struct tool *t, int argc, char **argv)
{
	struct sek_card_seen *seen;
	struct tool_list *l = NULL;
	enum sek_err err;
	size_t n = 0, i;
	int rc;

	(void)argc;
	(void)argv;
	/* Only root can ask for exceptions, of which none is of this. */
	rc = tool_ordinary() ? tool_settings_raised(t) : tool_settings(t);
	if (rc != TOOL_YES)
		return (rc);
	if ((seen = calloc(SEK_CARD_READERS_MAX, sizeof(*seen))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = look(t, seen, &n)) == TOOL_YES) {
		if (n == 0 && !t->json)
			puts(_("There is no card reader."));
		l = tool_list_new(t, columns);
		err = l != NULL ? SEK_OK : SEK_ERR_NOMEM;
		for (i = 0; i < n && err == SEK_OK; i++)
			err = t->json ? tool_list_json(l, json_of(t,
			    &seen[i])) : row_of(t, l, &seen[i]);
		rc = tool_list_end(t, &l, err);
	}
	free(seen);
	return (rc);
}
