/*
 * seal_key.h - the private key of the seals: one at a time, then destroyed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file holds the key of the next seal and, while a seal is being made,
 * the one after it: whichever of the two the store's last seal names goes
 * on, so that a seal made at the moment of a power cut can be followed.
 *
 * MUST: the file is durable before a seal that names one of its keys is.
 * MUST: one process at a time; the lock ends with the process.
 */
#ifndef SEKISHO_EDGE_SEAL_KEY_H
#define SEKISHO_EDGE_SEAL_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/record_seal.h"
#include "sekisho/edge/settings.h"

struct sek_seal_key {
	char			path[SEK_PATH_MAX];
	int			folder;		/* locked; -1 none */
	bool			there;		/* a key was found */
	bool			fresh;		/* a series of its own */
	uint64_t		number;		/* of the seal it makes */
	char			series[SEK_SEAL_SERIES_HEX];
	struct sek_secret	seed;
	struct sek_secret	next;		/* SEK_SECRET_NONE: not yet */
};
#define SEK_SEAL_KEY_NONE	{ .folder = -1 }

/* Lock (waits 5 s, then SEK_ERR_STORE_BUSY) and read; a file that is not
 * there is SEK_OK with there false. make: its folder, too, where that is not
 * there; else nothing is locked then. */
enum sek_err	sek_seal_key_open(struct sek_seal_key *k, const char *path,
		    bool make, struct sek_why *why);
/*
 * Make ready for the seal after *last (NULL: the first). Where the file does
 * not continue it, a new series begins: fresh. The file is durable with the
 * key of this seal and of the next when this returns SEK_OK.
 */
enum sek_err	sek_seal_key_prepare(struct sek_seal_key *k,
		    const struct sek_seal *last, struct sek_why *why);
/* Would the file continue *last? Changes nothing. */
bool		sek_seal_key_continues(const struct sek_seal_key *k,
		    const struct sek_seal *last);
/* The seal stands: only the next key is left of the two. */
enum sek_err	sek_seal_key_advance(struct sek_seal_key *k,
		    struct sek_why *why);
/* A seal was made and the key not yet advanced (a power cut): do it now. */
enum sek_err	sek_seal_key_catch_up(struct sek_seal_key *k,
		    const struct sek_seal *last, struct sek_why *why);
void		sek_seal_key_close(struct sek_seal_key *k);

#endif
