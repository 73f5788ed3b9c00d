/*
 * role.c - the offices of the policy, by the keys of [roles]
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>

#include "sekisho/model/role.h"

static const char *const names[SEK_ROLES] = {
	[SEK_ROLE_CISO]			= "ciso",
	[SEK_ROLE_SECURITY_MANAGER]	= "security_manager",
	[SEK_ROLE_SYSTEM_MANAGER]	= "system_manager",
	[SEK_ROLE_APPROVER]		= "approver",
	[SEK_ROLE_AUDITOR]		= "auditor",
};

const char *
sek_role_name(enum sek_role r)
{

	return ((size_t)r < SEK_ROLES ? names[r] : NULL);
}
