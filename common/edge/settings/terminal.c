/*
 * terminal.c - the rows of [terminal]: which machine, whose, from where
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/rule/policy.h"

static enum sek_err
check_id(const char *value, struct sek_why *why)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789._-";

	if (value[strspn(value, allowed)] != '\0')
		return (sek_why(why, SEK_ERR_SYNTAX,
		    "only letters, digits, '.', '_' and '-' may be used"));
	return (SEK_OK);
}

static enum sek_err
check_timezone(const char *value, struct sek_why *why)
{
	int seconds;

	if (sek_clock_offset(&seconds, value) != SEK_OK)
		return (sek_why(why, SEK_ERR_SYNTAX,
		    "only Asia/Tokyo, UTC, +HH:MM and -HH:MM are known"));
	return (SEK_OK);
}

static bool
remote_deviates(enum sek_profile p, const char *value)
{
	if (p == SEK_PROFILE_MYNUMBER)
		return (strcmp(value, "no") != 0);
	return (strcmp(value, "yes") == 0);
}

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(terminal, id),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE | SEK_SETTING_LOCAL,
		.value = SEK_SETTING_ALL(""),
		.check = check_id,
		.clause = "7(2)③",
		.help = N_("Name of this terminal; 'sekisho init' sets it")
	}, {
		SEK_SETTING_AT(terminal, profile),
		.type = SEK_SETTING_WORD,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("mynumber"),
		.words = sek_profile_words,
		.clause = "4(1)②ア",
		.help = N_("Zone of the network, which gives the numbers below")
	}, {
		SEK_SETTING_AT(terminal, business),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.clause = "4(1)②ア",
		.help = N_("Business this terminal is for")
	}, {
		SEK_SETTING_AT(terminal, timezone),
		.type = SEK_SETTING_TEXT,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL("Asia/Tokyo"),
		.check = check_timezone,
		.clause = "8(1)②",
		.help = N_("Time zone of what is shown and of windows of time")
	}, {
		SEK_SETTING_AT(terminal, allow_users),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.check = sek_settings_check_names,
		.clause = "7(2)①ア",
		.help = N_("Users who may log in here; with allow_groups empty"
		    " too, all")
	}, {
		SEK_SETTING_AT(terminal, allow_groups),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_SITE,
		.value = SEK_SETTING_ALL(""),
		.check = sek_settings_check_names,
		.clause = "7(2)①ア",
		.help = N_("Groups whose members may log in here")
	}, {
		SEK_SETTING_AT(terminal, allow_remote),
		.type = SEK_SETTING_LIST,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("no"),
		.advice = { "no", "no, or a list of addresses",
		    "no, or a list of addresses" },
		.check = sek_policy_remote_check,
		.deviates = remote_deviates,
		.clause = "7(2)②",
		.help = N_("Remote logins: no, yes, or the addresses (CIDR)"
		    " they may come from")
	}
};

const struct sek_setting_section sek_settings_terminal = {
	"terminal", rows, sizeof(rows) / sizeof(rows[0])
};
