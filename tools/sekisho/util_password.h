/*
 * util_password.h - a password set as passwd sets one, by root's tool
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_PASSWORD_H
#define TOOLS_SEKISHO_UTIL_PASSWORD_H

#include "sekisho/base/secret.h"
#include "sekisho.h"

#define TOOL_PASSWORD_SAID	512u

/*
 * Are the lines this goes by there, ours, and of this policy? Where they are
 * not, "other" would answer, and the system's own module set it. TOOL_NO,
 * said.
 */
int		 tool_password_ready(const struct tool *t);
/*
 * Set it, as a temporary one until then (wall us). SEK_ERR_EXISTS: not fit, try
 * another; SEK_ERR_REFUSED: may not be changed; SEK_ERR_BACKEND: trouble. said
 * gets the last thing that was told, printable, "" for none.
 */
enum sek_err	 tool_password_set(const char *user,
		    const struct sek_secret *password, int64_t until,
		    char *said, size_t size);

#endif
