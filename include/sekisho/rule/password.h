/*
 * password.h - the rules of passwords and of an account's life
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure: no clock, no I/O, no hash. Clauses 6(4)②ウ to キ, 7(2)①イ/ウ, 7(2)⑤;
 * SP 800-63B-4 section 3.1.1.2 (length in code points after NFC, a blocklist,
 * no composition). What needs data files or libunistring is edge/quality.h.
 */
#ifndef SEKISHO_RULE_PASSWORD_H
#define SEKISHO_RULE_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/model/account.h"
#include "sekisho/model/password.h"

#define SEK_HISTORY_FOREVER	INT64_MAX
#define SEK_PASSWORD_WARN	INT64_C(14)	/* days before its end */

/* The numbers that hold for one account: edge/settings.h fills them. Spans are
 * seconds; SEK_SPAN_NEVER never; 0 none. */
struct sek_password_limits {
	int64_t		min_length;	/* code points */
	int64_t		max_length;
	int64_t		history;	/* entries, or SEK_HISTORY_FOREVER */
	int64_t		max_age;
	int64_t		max_age_spread;
	int64_t		min_age;
	int64_t		max_uses;	/* logins; 0 off */
	int64_t		temporary_valid;
};

/* Why a change is due at the next login, the gravest first found. */
enum sek_due {
	SEK_DUE_NOT = 0,
	SEK_DUE_COMPROMISED,
	SEK_DUE_TEMPORARY,
	SEK_DUE_EXPIRED,		/* an administrator said so */
	SEK_DUE_AGE,
	SEK_DUE_USES,			/* this login used it up */
	SEK_DUE_OVER			/* temporary, and its time is over: it
					 * opens nothing any more */
};

/* At a moment (wall us). p NULL: the store knows no password of his. */
enum sek_due	sek_password_due(const struct sek_password *p,
		    const struct sek_password_limits *limits, int64_t wall);
/*
 * When it ends, wall us; SEK_SPAN_NEVER (by uses, or never). max_age is made
 * shorter by 0 to max_age_spread, the same for one name and one set_at always,
 * so that a town's passwords do not all end on one morning. Never later than
 * max_age.
 */
int64_t		sek_password_ends(const struct sek_password *p,
		    const struct sek_password_limits *limits);
/* Too young to be changed by its owner? A due one never is. */
bool		sek_password_too_young(const struct sek_password *p,
		    const struct sek_password_limits *limits, int64_t wall);
/* Key word for records and JSON: "temporary", "age", …; "" for NOT. */
const char	*sek_due_name(enum sek_due d);

/*
 * When an account falls dormant: its last sign of life (last login, made, or
 * woken by an administrator: wall us, 0 never) and after (seconds,
 * SEK_SPAN_NEVER), wall us or SEK_SPAN_NEVER.
 */
int64_t		sek_account_dormant_at(const struct sek_account *a,
		    int64_t woken, int64_t after);

#endif
