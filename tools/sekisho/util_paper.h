/*
 * util_paper.h - the parts of papers about approvals: notices, ledgers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_PAPER_H
#define TOOLS_SEKISHO_UTIL_PAPER_H

#include "sekisho/model/approval.h"
#include "sekisho.h"

/* Its title, when it is printed, and which terminal it is of. */
void	tool_paper_head(const struct tool *t, const char *title, int64_t wall);
/* The offices it goes to, with who holds them (7(2)①ウ③). */
void	tool_paper_offices(const struct tool *t);
/* "税務課 山田 太郎 (yamada)", where root may see the name; else the account. */
void	tool_paper_name(const struct tool *t, char *dst, size_t size,
	    const char *account, const char *person);
/* One person's part in it, and his name below. */
void	tool_paper_part(const struct tool *t, const char *label,
	    const struct sek_part *p);
/* What somebody wrote; nothing where it is "". */
void	tool_paper_note(const char *label, const char *note);

/* --from and --until, wall us; INT64_MIN, INT64_MAX: not given. Again once the
 * zone is known (tool_approvals_read). TOOL_USAGE, said. */
int	tool_paper_period(const struct tool *t, int64_t *from, int64_t *until);
void	tool_paper_put_period(const struct tool *t, int64_t from,
	    int64_t until);
/* Was it asked for, in force or looked at within the period? */
bool	tool_paper_within(const struct sek_approval *a, int64_t from,
	    int64_t until);

#endif
