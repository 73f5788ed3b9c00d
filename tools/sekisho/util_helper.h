/*
 * util_helper.h - verbs that act by sekisho-helper, for who is not root
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_HELPER_H
#define TOOLS_SEKISHO_UTIL_HELPER_H

#include "sekisho/edge/helper.h"
#include "sekisho.h"

/* Without root's rights: everything goes by the helper, for himself only. */
bool	tool_ordinary(void);
/*
 * The words and the time zone of the policy, as far as this user may read
 * it; --conf is refused (TOOL_USAGE): the helper reads the default path.
 * asks: his proof will be asked for, so somebody must be at the terminal.
 */
int	tool_helper_ready(struct tool *t, bool asks);
/*
 * The account a verb of an ordinary user is about: his own. name: as typed,
 * or NULL. Another's: TOOL_NO, said.
 */
int	tool_only_self(const char *name);
/* Root names whose it is: TOOL_USAGE, said, without an operand. */
int	tool_whose(int argc);
/*
 * Ask the helper one thing. Prompts and sentences go to the terminal; data
 * to fn (NULL: none is expected). TOOL_YES, or said why not.
 */
typedef enum sek_err (*tool_data_fn)(void *arg, enum sek_helper_data kind,
	    const void *body, size_t len);
int	tool_helper(struct tool *t, enum sek_helper_op op, const void *body,
	    size_t len, tool_data_fn fn, void *arg);
/* His account and authenticators; t->zone from here on. No proof. */
int	tool_helper_self(struct tool *t, struct sek_helper_self *out);

#endif
