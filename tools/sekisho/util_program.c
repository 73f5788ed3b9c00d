/*
 * util_program.c - another program's work: its status, and words for people
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/text.h"
#include "sekisho/edge/command.h"
#include "util_enable.h"

#define WORDS_MAX	(256u * 1024u)	/* bytes of each output */

int
tool_program(const char *const *argv, char *out, size_t size,
    unsigned seconds)
{
	struct sek_command c = { .argv = argv, .seconds = seconds,
	    .limit = WORDS_MAX };
	int status = -1;

	if (size > 0)
		out[0] = '\0';
	if (sek_command_run(&c, NULL) != SEK_OK)
		return (-1);
	status = c.status;
	if (size > 0)
		(void)snprintf(out, size, "%s%s", c.err == NULL ? "" : c.err,
		    c.out == NULL ? "" : c.out);
	sek_command_free(&c);
	return (status);
}
