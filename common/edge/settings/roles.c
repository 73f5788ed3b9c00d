/*
 * roles.c - the rows of [roles]: who approves, manages and audits
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

#define ROLE(name, s4, text)				\
	{						\
		SEK_SETTING_AT(roles, name),		\
		.type = SEK_SETTING_LIST,		\
		.flags = SEK_SETTING_SITE,		\
		.value = SEK_SETTING_ALL(""),		\
		.check = sek_settings_check_names,	\
		.clause = s4,				\
		.help = text				\
	}

/* In the order of enum sek_role. */
static const struct sek_setting_row rows[] = {
	ROLE(ciso, "8(5)", N_("Groups whose members approve exceptions (the"
	    " chief information security officer)")),
	ROLE(security_manager, "2(8)", N_("Groups of the information security"
	    " managers, who are told of exceptions")),
	ROLE(system_manager, "2(8)", N_("Groups of the managers of this"
	    " system, who are told of exceptions")),
	ROLE(approver, "2(8)", N_("Groups whose members approve what is asked"
	    " day by day")),
	ROLE(auditor, "2(8)", N_("Groups of the auditors"))
};

const struct sek_setting_section sek_settings_roles = {
	"roles", rows, sizeof(rows) / sizeof(rows[0])
};
