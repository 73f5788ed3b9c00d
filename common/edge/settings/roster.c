/*
 * roster.c - the rows of [roster]: lists carried from terminal to terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(roster, max_age),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "14d", "14d", "30d" },
		.min = 3600,
		.max = SEK_SPAN_NEVER,
		.clause = "阿賀町",
		.help = N_("Warn when the last list of suspended accounts and"
		    " lost cards from another terminal is older")
	}
};

const struct sek_setting_section sek_settings_roster = {
	"roster", rows, sizeof(rows) / sizeof(rows[0])
};
