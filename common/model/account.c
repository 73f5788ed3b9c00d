/*
 * account.c - words for the states of accounts and persons
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>

#include "sekisho/model/account.h"

static const char *const states[SEK_ACCOUNT_STATES] = {
	[SEK_ACCOUNT_ACTIVE]	= "active",
	[SEK_ACCOUNT_SUSPENDED]	= "suspended",
	[SEK_ACCOUNT_RETIRED]	= "retired",
};

const char *
sek_account_state_name(enum sek_account_state s)
{
	return ((size_t)s < SEK_ACCOUNT_STATES ? states[s] : NULL);
}
