/*
 * may_change.c - who may change an account's password, factors and state
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/rule/may_change.h"

enum sek_reason
sek_may_change(const struct sek_may_change *m, enum sek_changing what)
{

	if (m->contractor && m->privileged)
		return (SEK_REASON_CONTRACTOR);
	if (m->shared && !m->root && what != SEK_CHANGING_FACTOR)
		return (SEK_REASON_SHARED);
	return (SEK_REASON_NONE);
}
