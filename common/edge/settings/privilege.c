/*
 * privilege.c - the rows of [privilege]: who holds a privileged ID
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(privilege, users),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.check = sek_settings_check_names,
		.clause = "7(2)①ウ①",
		.help = N_("Privileged persons; root always is one")
	}, {
		SEK_SETTING_AT(privilege, groups),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.check = sek_settings_check_names,
		.clause = "7(2)①ウ①",
		.help = N_("Groups whose members are privileged persons")
	}
};

const struct sek_setting_section sek_settings_privilege = {
	"privilege", rows, sizeof(rows) / sizeof(rows[0])
};
