/*
 * session.c - the rows of [session]: when one locks and ends by itself
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

/* In the order of enum sek_on_removal. */
static const char *const on_removal[] = {
	[SEK_ON_REMOVAL_IGNORE]	= "ignore",
	[SEK_ON_REMOVAL_LOCK]	= "lock",
	[SEK_ON_REMOVAL_LOGOUT]	= "logout",
	NULL
};

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(session, idle_lock),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "5m", "10m", "15m" },
		.min = 1,
		.max = 86400,
		.limit = "6(1)①コ",
		.clause = "6(1)①コ",
		.help = N_("How long nobody touches a session before it locks")
	}, {
		SEK_SETTING_AT(session, idle_logout),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "30m", "1h", "1h" },
		.min = 1,
		.max = SEK_SPAN_NEVER,
		.clause = "7(2)④",
		.help = N_("How long before it ends")
	}, {
		SEK_SETTING_AT(session, reauth),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "12h", "12h", "24h" },
		.min = 1,
		.max = SEK_SPAN_NEVER,
		.clause = "7(2)④",
		.help = N_("How long a session goes on before its user proves"
		    " himself anew")
	}, {
		SEK_SETTING_AT(session, on_removal),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("lock"),
		.words = on_removal,
		.clause = "6(1)①コ",
		.help = N_("What becomes of a session whose card or key is"
		    " taken away: lock, logout, ignore")
	}, {
		SEK_SETTING_AT(session, removal_logout),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "10m", "30m", "never" },
		.min = 1,
		.max = SEK_SPAN_NEVER,
		.clause = "6(1)①コ",
		.help = N_("How long it may stay locked so before it ends")
	}
};

const struct sek_setting_section sek_settings_session = {
	"session", rows, sizeof(rows) / sizeof(rows[0])
};
