/*
 * util_audit.c - what the verbs of the records share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "audit.h"

int
audit_key(const struct tool *t, uint8_t key[SEK_SEAL_KEY_LEN],
    const uint8_t **noted)
{
	const char *hex = tool_option(t, "key");

	*noted = NULL;
	if (hex == NULL)
		return (TOOL_YES);
	if (sek_text_unhex(key, SEK_SEAL_KEY_LEN, hex) != SEK_OK) {
		tool_error(_("--key: give the 64 hex digits of the key that "
		    "was noted"));
		return (TOOL_USAGE);
	}
	*noted = key;
	return (TOOL_YES);
}

void
audit_sealing(const struct tool *t, struct sek_sealing *in,
    const uint8_t *manifest)
{
	in->key = t->settings->audit.seal_key;
	in->terminal = t->settings->terminal.id;
	in->zone = tool_zone(t);
	in->manifest = manifest;
	in->actor = &t->actor;
}

static int
take_time(const struct tool *t, const char *name, bool last, int64_t *us)
{
	const char *text = tool_option(t, name);
	struct sek_moment now;
	int64_t seconds;
	enum sek_err err;

	if (text == NULL)
		return (TOOL_YES);
	if (sek_text_span(&seconds, text) == SEK_OK &&
	    seconds < INT64_C(100) * 365 * 86400) {
		if ((err = sek_clock_now(&now)) == SEK_OK)
			*us = now.wall - seconds * SEK_SECOND;
	} else
		err = tool_parse_time(t, text, last, us);
	if (err == SEK_OK)
		return (TOOL_YES);
	tool_error(_("--%s: give a time as 2026-11-20 08:15, a day, or a span "
	    "that ends now, as 35d"), name);
	return (TOOL_USAGE);
}

int
audit_range(const struct tool *t, struct sek_record_range *range)
{
	const char *from = tool_option(t, "from");
	int64_t seq = 1;
	int rc;

	*range = (struct sek_record_range)SEK_RECORD_ALL;
	if (from != NULL && sek_text_number(&seq, from, 0, INT64_MAX) !=
	    SEK_OK) {
		tool_error(_("--from: give the number of a record"));
		return (TOOL_USAGE);
	}
	range->first = (uint64_t)seq;
	if ((rc = take_time(t, "since", false, &range->since)) != TOOL_YES)
		return (rc);
	return (take_time(t, "until", true, &range->until));
}

int
audit_store_if_any(struct tool *t)
{
	struct sek_ends ends;
	enum sek_err err;
	int rc;

	if (access(t->conf, F_OK) != 0)
		return (TOOL_YES);
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	err = sek_store_ends(t->store, &ends);
	if (err == SEK_ERR_STORE_MISSING)
		sek_store_free(&t->store);
	else if (err != SEK_OK)
		return (tool_store_fail(t, err));
	return (TOOL_YES);
}

enum sek_err
audit_record(struct tool *t, enum sek_event e, const char *detail)
{
	struct sek_record r = t->actor;

	r.event = e;
	r.count = 1;
	if (detail != NULL)
		sek_text_printable(r.detail, sizeof(r.detail), detail);
	return (sek_store_append(t->store, &r));
}
