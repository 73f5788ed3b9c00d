/*
 * password.c - words for why a password must be changed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>

#include "sekisho/model/password.h"

const char *
sek_password_must_name(enum sek_password_must m)
{
	static const char *const names[] = {
		[SEK_MUST_NOT] = "",
		[SEK_MUST_TEMPORARY] = "temporary",
		[SEK_MUST_EXPIRED] = "expired",
		[SEK_MUST_COMPROMISED] = "compromised"
	};

	return ((size_t)m < sizeof(names) / sizeof(names[0]) ? names[m] : "?");
}
