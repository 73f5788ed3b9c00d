/*
 * plan.c - words for what a row of a plan says
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>

#include "sekisho/model/plan.h"

const char *
sek_plan_kind_name(enum sek_plan_kind k)
{
	static const char *const names[SEK_PLAN_KINDS] = {
		[SEK_PLAN_NONE] = "",
		[SEK_PLAN_JOIN] = "join",
		[SEK_PLAN_LEAVE] = "leave",
		[SEK_PLAN_MOVE] = "move"
	};

	return ((size_t)k < SEK_PLAN_KINDS ? names[k] : "?");
}
