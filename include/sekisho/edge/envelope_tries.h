/*
 * envelope_tries.h - how often an envelope's code may be guessed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where the store has no part: a file of counts in /run. Where that cannot be
 * used (full, read-only, of odd rights, held), each try costs a pause, and all
 * that are not at the console go one after the other: an envelope opens, and a
 * flood stays slow.
 */
#ifndef SEKISHO_EDGE_ENVELOPE_TRIES_H
#define SEKISHO_EDGE_ENVELOPE_TRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/err.h"

#define SEK_ENVELOPE_TRIES	3u			/* a boot, and then */
#define SEK_ENVELOPE_PAUSE	(600 * SEK_SECOND)	/* one in each */
#define SEK_ENVELOPE_RUN	"/run/sekisho"

struct sek_envelope_try {
	bool	console;
	bool	counted;	/* in the file; else a pause was made */
	bool	spare;		/* of the first ones; else by the clock */
	int64_t	before;		/* the last one's moment, boot us */
	int64_t	at;
	int	lock;		/* -1: none */
};
#define SEK_ENVELOPE_TRY_NONE	{ false, false, false, 0, 0, -1 }

/*
 * Count one, before anything is verified. folder: that of the envelopes, open,
 * or -1. SEK_ERR_REFUSED: none is left; SEK_ERR_TIMEOUT: too many at once
 * (only where /run cannot be used).
 */
enum sek_err	sek_envelope_try_take(struct sek_envelope_try *t, bool console,
		    const struct sek_moment *now, int folder,
		    struct sek_why *why);
/* It is over. give_back: the code was right, or nothing was verified. */
void		sek_envelope_try_end(struct sek_envelope_try *t,
		    const struct sek_moment *now, bool give_back);

#endif
