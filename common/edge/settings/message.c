/*
 * message.c - the rows of [message]: what people read, in which language
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

/* In the order of enum sek_language. */
static const char *const languages[] = { "en", "ja", NULL };

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(message, banner),
		.type = SEK_SETTING_PATH,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.clause = "7(2)④",
		.help = N_("File with the notice shown before a login")
	}, {
		SEK_SETTING_AT(message, contact),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.clause = "8(2)③",
		.help = N_("Whom to call, shown with a refusal")
	}, {
		SEK_SETTING_AT(message, language),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("en"),
		.words = languages,
		.clause = "",
		.help = N_("Language of what a login shows: en, ja")
	}, {
		SEK_SETTING_AT(message, console),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("en"),
		.words = languages,
		.clause = "",
		.help = N_("The same on a text console, which has no Japanese"
		    " letters")
	}
};

const struct sek_setting_section sek_settings_message = {
	"message", rows, sizeof(rows) / sizeof(rows[0])
};
