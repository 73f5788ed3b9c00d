/*
 * audit.c - the rows of [audit]: how long records stay, what if they cannot
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

/* In the order of enum sek_on_failure. */
static const char *const on_failure[] = {
	"deny", "deny-privileged", "warn", NULL
};

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(audit, retention),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "5y", "3y", "1y" },
		.min = 0,		/* so that the floor can say why not */
		.max = SEK_SPAN_NEVER,
		.floor = { 86400, 86400, 86400 },
		.clause = "7(1)⑥ア",
		.help = N_("How long records are kept before they may be"
		    " purged")
	}, {
		SEK_SETTING_AT(audit, on_failure),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "deny", "deny-privileged", "warn" },
		.words = on_failure,
		.clause = "7(1)⑥ア",
		.help = N_("When a record cannot be written: refuse all, refuse"
		    " privileged persons, or warn")
	}, {
		SEK_SETTING_AT(audit, seal_key),
		.type = SEK_SETTING_PATH,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(SEK_SYSCONFDIR "/keys/seal.key"),
		.clause = "7(1)⑥イ",
		.help = N_("Key that signs the head of the chain of records")
	}, {
		SEK_SETTING_AT(audit, journal),
		.type = SEK_SETTING_BOOL,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("yes"),
		.clause = "7(1)⑥ア",
		.help = N_("Each record goes to the journal as well")
	}
};

const struct sek_setting_section sek_settings_audit = {
	"audit", rows, sizeof(rows) / sizeof(rows[0])
};
