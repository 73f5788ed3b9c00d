/*
 * ticket.c - the rows of [ticket]: codes in place of a card left at home, and
 * for a person's first factor
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/rule/ticket.h"

/* enum sek_substitute_form, the weakest first, as floors count. */
static const char *const forms[] = {
	[SEK_SUBSTITUTE_CODE]		= "code",
	[SEK_SUBSTITUTE_ATTENDED]	= "attended",
	[SEK_SUBSTITUTE_NO]		= "no",
	NULL
};

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(ticket, substitute),
		.type = SEK_SETTING_WORD,
		.value = SEK_SETTING_ALL("no"),
		.words = forms,
		.floor = { SEK_SUBSTITUTE_NO, SEK_SUBSTITUTE_NO,
		    SEK_SUBSTITUTE_NO },
		.clause = "8(5)",
		.help = N_("For a card left at home: no, attended (a"
		    " supervisor proves himself), code (or one asked and"
		    " approved)")
	}, {
		SEK_SETTING_AT(ticket, substitute_max),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "3", "5", "5" },
		.min = 1,
		.max = 31,
		.clause = "8(5)",
		.help = N_("Days in 30 on which one person may have a"
		    " substitute")
	}, {
		SEK_SETTING_AT(ticket, substitute_valid),
		.type = SEK_SETTING_SPAN,
		.value = SEK_SETTING_ALL("12h"),
		.min = 60,
		.max = 86400,
		.clause = "8(5)",
		.help = N_("How long the code of a substitute serves, and never"
		    " beyond the end of the day")
	}, {
		SEK_SETTING_AT(ticket, enrol_valid),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "24h", "72h", "72h" },
		.min = 300,
		.max = 14 * 86400,
		.clause = "7(2)⑤",
		.help = N_("How long a new person has to enrol a first factor"
		    " by a ticket")
	}
};

const struct sek_setting_section sek_settings_ticket = {
	"ticket", rows, sizeof(rows) / sizeof(rows[0])
};
