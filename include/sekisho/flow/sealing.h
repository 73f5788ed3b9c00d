/*
 * sealing.h - to seal the head of the records
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A seal is not a record: it would be something new to seal, and so on
 * without end. Only that a series could not be continued is one.
 */
#ifndef SEKISHO_FLOW_SEALING_H
#define SEKISHO_FLOW_SEALING_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/edge/store.h"

struct sek_sealing {
	const char	*key;		/* path: audit.seal_key */
	const char	*terminal;
	const char	*zone;		/* as sek_clock_print takes it */
	const uint8_t	*manifest;	/* SHA-256, or NULL */
	const struct sek_record	*actor;
};
struct sek_sealed {
	uint64_t	number;
	uint64_t	seq;		/* the newest record under it */
	bool		nothing_new;	/* this seal was there already */
	bool		first;		/* of all */
	bool		broken;		/* a new series: none was continued */
	uint8_t		next[SEK_SEAL_KEY_LEN];
};
/*
 * SEK_OK also where there was nothing new to seal. Killed at any moment, the
 * next call goes on: with the series, or with a new one that says so.
 */
enum sek_err	sek_sealing_run(struct sek_sealed *out, struct sek_store *st,
		    const struct sek_sealing *in, struct sek_why *why);
/*
 * Does the key (its path) go on with the last seal here? It lies apart from
 * the store: where it does not, seals were taken away, or the store was
 * restored or adopted, or the key was lost, and nothing was sealed since.
 */
enum sek_err	sek_sealing_check(bool *fits, struct sek_store *st,
		    const char *key, struct sek_why *why);

#endif
