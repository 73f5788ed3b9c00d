/*
 * privilege.c - the rows of [privilege]: who holds a privileged ID, when
 * and for how long
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"

/* In the order of enum sek_contractors. */
static const char *const contractors[] = {
	[SEK_CONTRACTORS_YES]	= "yes",
	[SEK_CONTRACTORS_GRANT]	= "grant",
	[SEK_CONTRACTORS_NO]	= "no",
	NULL
};

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
	}, {
		SEK_SETTING_AT(privilege, no_direct),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("root admin administrator pi ubuntu"
		    " debian centos ec2-user vagrant guest user test"),
		.check = sek_settings_check_names,
		.clause = "7(2)①ウ⑥",
		.help = N_("Accounts nobody logs in to directly, only an"
		    " envelope does")
	}, {
		SEK_SETTING_AT(privilege, max_session),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "1h", "2h", "4h" },
		.min = 1,
		.max = 86400,
		.limit = "7(2)⑥",
		.clause = "7(2)⑥",
		.help = N_("How long a privileged session lasts at most; then"
		    " it ends, with all that runs in it")
	}, {
		SEK_SETTING_AT(privilege, warn),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("5m 1m"),
		.check = sek_settings_check_spans,
		.clause = "7(2)⑥",
		.help = N_("How long before that its user is warned")
	}, {
		SEK_SETTING_AT(privilege, hours),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("always"),
		.check = sek_settings_check_windows,
		.clause = "7(2)⑥",
		.help = N_("When privileged sessions may be: always, or"
		    " windows like Mon-Fri 08:30-17:15")
	}, {
		SEK_SETTING_AT(privilege, require_grant),
		.type = SEK_SETTING_BOOL,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("no"),
		.clause = "7(1)④ア",
		.help = N_("Do privileged sessions need an approved grant"
		    " (purpose, work, time)?")
	}, {
		SEK_SETTING_AT(privilege, contractors),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "grant", "grant", "yes" },
		.words = contractors,
		.clause = "7(2)①ウ④",
		.help = N_("May contractors open privileged sessions: yes,"
		    " grant (only under one), no")
	}, {
		SEK_SETTING_AT(privilege, two_person),
		.type = SEK_SETTING_BOOL,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("no"),
		.clause = "7(1)④ウ",
		.help = N_("Does a second person prove himself before a"
		    " privileged session?")
	}, {
		SEK_SETTING_AT(privilege, review_due),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("3d"),
		.min = 3600,
		.max = 31 * 86400,
		.clause = "2(8)①",
		.help = N_("How soon another person reviews an emergency use")
	}
};

const struct sek_setting_section sek_settings_privilege = {
	"privilege", rows, sizeof(rows) / sizeof(rows[0])
};
