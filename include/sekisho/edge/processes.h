/*
 * processes.h - the processes of a login, told by the kernel, and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a signal goes to the process that was looked at, never to another
 * that got its number since.
 * MUST: neither process 1 nor the caller is ever signalled.
 */
#ifndef SEKISHO_EDGE_PROCESSES_H
#define SEKISHO_EDGE_PROCESSES_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/err.h"

/* Which: of this audit session (what a session starts keeps its number,
 * wherever it hides), if uid is not SEK_UID_NONE only those that run as it;
 * and root with all that stands below it. */
struct sek_processes {
	uint32_t		 audit_session;	/* UINT32_MAX: none */
	uint32_t		 uid;
	const struct sek_process *root;		/* NULL: none */
};
/*
 * End them: asked first, killed after two seconds, until none is left. SEK_OK
 * also where there were none; *ended how many. SEK_ERR_TIMEOUT: some are left
 * after eight seconds; SEK_ERR_NOMEM; SEK_ERR_IO: no /proc.
 */
enum sek_err	sek_processes_end(const struct sek_processes *which,
		    unsigned *ended);
/* Is there one of this audit session, and whose login is it (*uid;
 * SEK_UID_NONE: nobody's)? */
bool		sek_processes_of(uint32_t audit_session, uint32_t *uid);

#endif
