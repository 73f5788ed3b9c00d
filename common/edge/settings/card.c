/*
 * card.c - the rows of [card]: IC cards and their readers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/edge/card.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

/* Patterns with commas between; names of readers hold blanks. */
static enum sek_err
check_readers(const char *value, struct sek_why *why)
{
	size_t len, blank;

	for (;; value += len + 1) {
		len = strcspn(value, ",");
		blank = strspn(value, " \t");
		if (blank >= len)
			return (sek_why(why, SEK_ERR_SYNTAX, "a pattern is"
			    " empty: write names of readers, as sekisho card"
			    " list shows them, with commas between"));
		if (len - blank >= SEK_CARD_READER_MAX)
			return (sek_why(why, SEK_ERR_RANGE, "a pattern is"
			    " longer than %u bytes, as no reader's name is",
			    SEK_CARD_READER_MAX - 1));
		if (value[len] == '\0')
			return (SEK_OK);
	}
}

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(card, anchors),
		.type = SEK_SETTING_PATH,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.clause = "5(4)④",
		.help = N_("Folder of the certificates that a card's must lead"
		    " to; without: the key enrolled alone counts")
	}, {
		SEK_SETTING_AT(card, readers),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.check = check_readers,
		.clause = "5(4)④",
		.help = N_("Readers whose cards are looked at: patterns of"
		    " names, by commas; without: any")
	}, {
		SEK_SETTING_AT(card, warn),
		.type = SEK_SETTING_SPAN,
		.value = SEK_SETTING_ALL("60d"),
		.min = 0,
		.max = 366 * INT64_C(86400),
		.clause = "5(4)④",
		.help = N_("How long before the end of a card's certificate its"
		    " holder is told; 0 never")
	}
};

const struct sek_setting_section sek_settings_card = {
	"card", rows, sizeof(rows) / sizeof(rows[0])
};
