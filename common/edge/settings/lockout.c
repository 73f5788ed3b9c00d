/*
 * lockout.c - the rows of [lockout]: how many wrong answers, for how long
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/model/tally.h"

static const struct sek_setting_row rows[] = {
	{
		SEK_SETTING_AT(lockout, deny),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "3", "5", "5" },
		.min = 0,		/* so that the floor can say why not */
		.max = SEK_DENY_MAX,
		.floor = { 1, 1, 1 },
		.clause = "7(2)④",
		.help = N_("Failures that lock an account")
	}, {
		SEK_SETTING_AT(lockout, interval),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("15m"),
		.min = 60,
		.max = SEK_SPAN_NEVER,
		.clause = "7(2)④",
		.help = N_("How long a failure counts")
	}, {
		SEK_SETTING_AT(lockout, unlock),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("30m"),
		.min = 60,
		.max = SEK_SPAN_NEVER,
		.clause = "7(2)④",
		.help = N_("How long a lock lasts; never: until an"
		    " administrator unlocks")
	}, {
		SEK_SETTING_AT(lockout, privileged_deny),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "2", "3", "3" },
		.min = 0,
		.max = SEK_DENY_MAX,
		.floor = { 1, 1, 1 },
		.clause = "7(2)①ウ⑤",
		.help = N_("The same for privileged persons; stricter than"
		    " deny")
	}, {
		SEK_SETTING_AT(lockout, privileged_unlock),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("1h"),
		.min = 60,
		.max = SEK_SPAN_NEVER,
		.clause = "7(2)①ウ⑤",
		.help = N_("The same for privileged persons; not shorter than"
		    " unlock")
	}, {
		SEK_SETTING_AT(lockout, lifetime_cap),
		.type = SEK_SETTING_NUMBER,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = { "20", "50", "50" },
		.min = 1,
		.max = 100,
		.limit = "SP 800-63B-4 section 3.2.2",
		.clause = "7(2)④",
		.help = N_("Failures in a row that end an authenticator,"
		    " over its life")
	}, {
		SEK_SETTING_AT(lockout, delay),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("4s"),
		.min = 0,
		.max = 60,
		.clause = "7(2)④",
		.help = N_("Wait after a refusal")
	}, {
		SEK_SETTING_AT(lockout, clock_step),
		.type = SEK_SETTING_SPAN,
		.flags = SEK_SETTING_BY_PROFILE,
		.value = SEK_SETTING_ALL("60s"),
		.min = 1,
		.max = 86400,
		.clause = "8(1)②",
		.help = N_("A clock set back further than this stops one-time"
		    " codes by time")
	}
};

const struct sek_setting_section sek_settings_lockout = {
	"lockout", rows, sizeof(rows) / sizeof(rows[0])
};

void
sek_settings_limits(struct sek_limits *out, const struct sek_settings *s,
    bool privileged)
{
	memset(out, 0, sizeof(*out));
	out->interval = s->lockout.interval;
	out->lifetime_cap = (uint32_t)s->lockout.lifetime_cap;
	out->deny = (uint32_t)(privileged ? s->lockout.privileged_deny :
	    s->lockout.deny);
	/* Below its floor: only an exception that is alive leaves it so. */
	if (out->deny == 0)
		out->deny = SEK_DENY_OFF;
	out->unlock = privileged ? s->lockout.privileged_unlock :
	    s->lockout.unlock;
}
