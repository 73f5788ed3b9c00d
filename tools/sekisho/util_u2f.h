/*
 * util_u2f.h - the security keys of a mapping file of pam_u2f
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_U2F_H
#define TOOLS_SEKISHO_UTIL_U2F_H

#include "sekisho.h"

struct tool_u2f;
/* TOOL_YES, or said why not. The caller closes it. */
int		 tool_u2f_open(struct tool_u2f **out, const char *path);
/*
 * The next key: account and person names, method and fido2 of *e (zeroed
 * first); its line is tool_u2f_line. *why: the line is wrong, and the next
 * call goes on behind it. SEK_ERR_NOT_FOUND: there are no more.
 */
enum sek_err	 tool_u2f_next(struct tool_u2f *u, const char *rp_id,
		    struct sek_enrol *e, const char **why);
uint64_t	 tool_u2f_line(const struct tool_u2f *u);
void		 tool_u2f_rewind(struct tool_u2f *u);
/* Bytes read, and bytes there are. */
void		 tool_u2f_position(const struct tool_u2f *u, uint64_t *done,
		    uint64_t *all);
void		 tool_u2f_close(struct tool_u2f *u);

#endif
