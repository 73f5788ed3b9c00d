/*
 * account.c - the rows of [account]: when one that nobody uses falls asleep
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

/* In the order of enum sek_dormant. */
static const char *const dormant[] = {
	[SEK_DORMANT_WARN]	= "warn",
	[SEK_DORMANT_REFUSE]	= "refuse",
	NULL
};

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(account, dormant_after),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "35d", "45d", "90d" },
		.min = 86400,
		.max = SEK_SPAN_NEVER,
		.clause = "7(2)①イ③",
		.help = N_("How long after its last login an account is"
		    " dormant")
	}, {
		SEK_SETTING_AT(account, dormant),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("warn"),
		.words = dormant,
		.clause = "7(2)①イ③",
		.help = N_("What becomes of it: warn (it is told and recorded),"
		    " refuse (until 'sekisho user resume')")
	}, {
		SEK_SETTING_AT(account, max_sessions),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "1", "2", "3" },
		.min = 0,
		.max = 64,
		.clause = "7(2)④",
		.help = N_("Sessions a person may have at screens at once; 0:"
		    " any number")
	}, {
		SEK_SETTING_AT(account, hours),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("always"),
		.check = sek_settings_check_windows,
		.clause = "7(2)④",
		.help = N_("When sessions may begin: always, or windows like"
		    " Mon-Fri 08:30-17:15")
	}
};

const struct sek_setting_section sek_settings_account = {
	"account", rows, sizeof(rows) / sizeof(rows[0])
};
