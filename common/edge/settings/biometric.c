/*
 * biometric.c - the rows of [biometric]: how often a living trait may not match
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

#define PAUSE	INT64_C(30)	/* s: SP 800-63B-4 section 3.2.3, at least */

/* A longer one is as good. */
static bool
pause_deviates(enum sek_profile p, const char *value)
{
	int64_t pause = 0;

	(void)p;
	return (sek_text_span(&pause, value) != SEK_OK || pause < PAUSE);
}

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(biometric, tries),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "3", "5", "5" },
		.min = 1,
		.max = 10,
		.limit = "SP 800-63B-4 section 3.2.3",
		.clause = "5(4)④",
		.help = N_("Fingers or faces in a row that do not match, then"
		    " a pause")
	}, {
		SEK_SETTING_AT(biometric, pause),
		.type = SEK_SETTING_SPAN,
		.value = SEK_SETTING_ALL("30s"),
		.advice = SEK_SETTING_ALL("30s or longer"),
		.min = 1,
		.max = 600,
		.deviates = pause_deviates,
		.clause = "5(4)④",
		.help = N_("How long that pause is; Enter ends it for another"
		    " way")
	}, {
		SEK_SETTING_AT(biometric, lifetime_cap),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "20", "50", "50" },
		.min = 0,
		.max = 100,
		.limit = "SP 800-63B-4 section 3.2.3",
		.clause = "5(4)④",
		.help = N_("How many in a row, over its life, end an enrolled"
		    " finger or face; 0 never")
	}
};

const struct sek_setting_section sek_settings_biometric = {
	"biometric", rows, sizeof(rows) / sizeof(rows[0])
};
