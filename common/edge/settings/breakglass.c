/*
 * breakglass.c - the rows of [breakglass]: the envelope in the safe
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
		SEK_SETTING_AT(breakglass, session),
		.type = SEK_SETTING_SPAN,
		.value = SEK_SETTING_ALL("60m"),
		.min = 60,
		.max = 8 * 3600,
		.clause = "8(5)②",
		.help = N_("How long a session opened by the envelope lasts")
	}, {
		SEK_SETTING_AT(breakglass, report_due),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "24h", "72h", "72h" },
		.min = 3600,
		.max = 14 * 86400,
		.clause = "8(5)②",
		.help = N_("When the report of an opened envelope is due")
	}, {
		SEK_SETTING_AT(breakglass, valid),
		.type = SEK_SETTING_SPAN,
		.value = SEK_SETTING_ALL("366d"),
		.min = 86400,
		.max = 732 * 86400,
		.clause = "8(5)②",
		.help = N_("How long an envelope serves before it is made"
		    " anew")
	}
};

const struct sek_setting_section sek_settings_breakglass = {
	"breakglass", rows, sizeof(rows) / sizeof(rows[0])
};
