/*
 * util_life.h - how long a password and an account live, as verbs show it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_LIFE_H
#define TOOLS_SEKISHO_UTIL_LIFE_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/rule/password.h"
#include "sekisho.h"

/* Of one account at a moment. Times are wall us, or SEK_SPAN_NEVER. */
struct tool_life {
	const struct sek_password *password;	/* NULL: none is known */
	enum sek_due	 due;
	int64_t		 ends;		/* by age, or as a temporary one */
	int64_t		 uses_left;	/* -1: logins are not counted */
	int64_t		 dormant_at;
	bool		 dormant;
};

/* password: NULL where none is known; it lives as long as *out is read.
 * The settings are his (sek_settings_for); NULL: there is no policy. Who was
 * retired does not fall asleep, nor root where it would only be told of. */
void	 tool_life(struct tool_life *out, const struct sek_settings *s,
	    const struct sek_account *a, int64_t woken,
	    const struct sek_password *password, bool privileged,
	    int64_t wall);
/* Members "password" (appendix B) and "password_…" of an account's object o;
 * null where nothing is known. */
void	 tool_life_json(const struct tool *t, cJSON *o,
	    const struct tool_life *l);
/* Lines for people. */
void	 tool_life_print(const struct tool *t, const struct tool_life *l);
/*
 * Upkeep: one record for each account that fell asleep since it was called
 * last, or since account.dormant_after was changed. An error of the store.
 */
enum sek_err tool_dormant_note(struct tool *t);
/* Why a change is due, in words; "" where none is. */
const char *tool_due_text(enum sek_due due);

#endif
