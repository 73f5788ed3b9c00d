/*
 * grant.c - the use of privileged IDs, asked for and given
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/model/grant.h"

bool
sek_grant_is(const struct sek_approval *a)
{

	return (a->kind == SEK_APPROVAL_GRANT ||
	    a->kind == SEK_APPROVAL_DEPUTY);
}

int64_t
sek_grant_span(const struct sek_approval *a)
{
	int64_t span;

	if (a->kind != SEK_APPROVAL_GRANT ||
	    sek_text_number(&span, a->value, 1, SEK_GRANT_SPAN_MAX) != SEK_OK)
		return (0);
	return (span);
}

bool
sek_grant_opens(const struct sek_approval *a, const char *target)
{

	return (sek_grant_is(a) && target[0] != '\0' &&
	    (strcmp(a->key, SEK_GRANT_ANY) == 0 ||
	    strcmp(a->key, target) == 0));
}
