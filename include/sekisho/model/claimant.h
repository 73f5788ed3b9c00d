/*
 * claimant.h - who asks to get in, from where, through whom
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_MODEL_CLAIMANT_H
#define SEKISHO_MODEL_CLAIMANT_H

#include <stdbool.h>
#include <stdint.h>

#define SEK_NAME_MAX	256u		/* account and person names, with NUL */
#define SEK_SERVICE_MAX	64u
#define SEK_TTY_MAX	64u
#define SEK_RHOST_MAX	256u
#define SEK_UID_NONE	UINT32_MAX

/* Plain memory, no pointers: it crosses a pipe. */
struct sek_claimant {
	char		name[SEK_NAME_MAX];	/* pw_name; unknown: as typed */
	char		service[SEK_SERVICE_MAX];
	char		tty[SEK_TTY_MAX];
	char		rhost[SEK_RHOST_MAX];	/* "" is local */
	char		caller_name[SEK_NAME_MAX];	/* "" for uid 0 */
	uint32_t	uid;			/* SEK_UID_NONE if unknown */
	uint32_t	caller;			/* real uid of the process */
	uint8_t		known;			/* the account source has it */
	uint8_t		privileged;		/* uid 0, or by [privilege] */
	uint8_t		console;		/* local, of root's process */
	uint8_t		remote;			/* rhost, or caller's is */
	uint8_t		pad[4];
};

#endif
