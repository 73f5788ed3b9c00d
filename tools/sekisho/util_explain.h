/*
 * util_explain.h - findings of the rules of entry, in words
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_EXPLAIN_H
#define TOOLS_SEKISHO_UTIL_EXPLAIN_H

#include "sekisho/flow/explain.h"
#include "sekisho.h"

#define TOOL_EXPLAIN_TEXT	512u

/* Its key word for JSON: of the reason records name, else of the words. */
const char	*tool_explain_reason(const struct sek_finding *f);
/* A reason in words. */
const char	*tool_explain_word(enum sek_reason reason);
/* A sentence, with its time. */
void		 tool_explain_text(const struct tool *t, char *dst,
		    size_t size, const struct sek_finding *f);
/* What to do; "" where there is nothing to do. */
void		 tool_explain_remedy(char *dst, size_t size,
		    const struct sek_finding *f, const char *user);

/* ---- util_tickets.c */

/*
 * After sek_explain_run: findings of tickets of that account that do not count
 * (asked only; their login was had), and of a person who had substitutes on
 * as many days as the policy gives, on the day of at (wall us). None blocks.
 */
void		 tool_explain_tickets(struct tool *t, struct sek_explain *x,
		    int64_t at);

#endif
