/*
 * store.c - the rows of [store]: where the state is kept
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

static enum sek_err
check_backend(const char *value, struct sek_why *why)
{
	if (strcmp(value, "sqlite") == 0)
		return (SEK_OK);
	if (strcmp(value, "postgresql") == 0)
		return (sek_why(why, SEK_ERR_UNSUPPORTED,
		    "not built in this version: only sqlite is"));
	return (sek_why(why, SEK_ERR_SYNTAX, "must be sqlite"));
}

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(store, backend),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("sqlite"),
		.check = check_backend,
		.clause = "",
		.help = N_("Engine of the store")
	}, {
		SEK_SETTING_AT(store, path),
		.type = SEK_SETTING_PATH,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(SEK_STATEDIR "/store.db"),
		.clause = "7(2)⑤ア",
		.help = N_("File of the store (sqlite)")
	}, {
		SEK_SETTING_AT(store, conninfo),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.clause = "",
		.help = N_("Connection of a central store; unused by sqlite")
	}, {
		SEK_SETTING_AT(store, offline),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("0"),
		.min = 0,
		.max = INT64_C(30) * 86400,
		.clause = "",
		.help = N_("How long a terminal may do without a central store;"
		    " unused by sqlite")
	}, {
		SEK_SETTING_AT(store, key),
		.type = SEK_SETTING_PATH,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(SEK_SYSCONFDIR "/keys/store.key"),
		.clause = "7(2)⑤ア",
		.help = N_("Key that seals the secrets in the store, kept apart"
		    " from it")
	}
};

const struct sek_setting_section sek_settings_store = {
	"store", rows, sizeof(rows) / sizeof(rows[0])
};
