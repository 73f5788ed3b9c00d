/*
 * approval.c - kinds and states of approvals, and their words
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stddef.h>

#include "sekisho/model/approval.h"

static const char *const kinds[SEK_APPROVAL_KINDS] = {
	[SEK_APPROVAL_EXCEPTION]	= "exception",
	[SEK_APPROVAL_TICKET]		= "ticket",
	[SEK_APPROVAL_BREAK_GLASS]	= "break-glass",
	[SEK_APPROVAL_GRANT]		= "grant",
	[SEK_APPROVAL_DEPUTY]		= "deputy",
};

static const char *const states[SEK_APPROVAL_STATES] = {
	[SEK_APPROVAL_ASKED]		= "asked",
	[SEK_APPROVAL_GIVEN]		= "given",
	[SEK_APPROVAL_REFUSED]		= "refused",
	[SEK_APPROVAL_WITHDRAWN]	= "withdrawn",
	[SEK_APPROVAL_REVOKED]		= "revoked",
	[SEK_APPROVAL_ENDED]		= "ended",
};

const char *
sek_approval_kind_name(enum sek_approval_kind k)
{

	return ((size_t)k < SEK_APPROVAL_KINDS ? kinds[k] : NULL);
}

const char *
sek_approval_state_name(enum sek_approval_state s)
{

	return ((size_t)s < SEK_APPROVAL_STATES ? states[s] : NULL);
}
