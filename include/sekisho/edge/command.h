/*
 * command.h - another program, asked one thing: its words, within bounds
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no shell, nothing of the caller's environment or descriptors.
 * MUST: it ends: at the time given it is killed, with all it started.
 */
#ifndef SEKISHO_EDGE_COMMAND_H
#define SEKISHO_EDGE_COMMAND_H

#include <stddef.h>

#include "sekisho/base/err.h"

struct sek_command {
	const char *const	*argv;		/* [0]: a whole path */
	unsigned		 seconds;	/* that it may take */
	size_t			 limit;		/* bytes of each output */
	/* Set by sek_command_run; sek_command_free takes them back */
	char			*out;		/* with a NUL behind */
	char			*err;
	int			 status;	/* exit status; -1: a signal */
};

/*
 * Run it to its end, standard input empty. SEK_OK whatever its status;
 * SEK_ERR_NOT_FOUND: there is no such program; SEK_ERR_UNTRUSTED: others may
 * change it; SEK_ERR_TIMEOUT; SEK_ERR_RANGE: it says more than limit;
 * SEK_ERR_IO, SEK_ERR_NOMEM. Not for a process with threads.
 */
enum sek_err	 sek_command_run(struct sek_command *c, struct sek_why *why);
void		 sek_command_free(struct sek_command *c);

#endif
