/*
 * chain.h - the walk along records and seals that says whether they hold
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * One walk for the store and for an export: first all seals in the order of
 * their numbers, then all records in the order of theirs.
 *
 * MUST: nothing of what is fed in is trusted: an export comes from anywhere.
 */
#ifndef SEKISHO_EDGE_CHAIN_H
#define SEKISHO_EDGE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/edge/record_seal.h"
#include "sekisho/edge/store.h"

/* What of a seal the records are held against. */
struct sek_chain_seal {
	uint64_t	number;
	uint64_t	seq;
	int64_t		wall;
	uint8_t		hash[SEK_HASH_LEN];
};

struct sek_chain {
	struct sek_verify	*out;
	const uint8_t		*noted;		/* a key, or NULL */
	uint64_t		 first;		/* record awaited at first */
	uint64_t		 next;		/* record awaited now */
	uint8_t			 prev[SEK_HASH_LEN];
	struct sek_chain_seal	*seal;
	size_t			 nseals;
	size_t			 room;
	size_t			 at;		/* seal not yet passed */
	struct sek_seal		 last;		/* the newest seal */
	uint8_t			 digest[SEK_HASH_LEN];	/* of its text */
	uint64_t		 seal_bad;	/* records from here on */
	const char		*seal_cause;	/* N_(); NULL: seals hold */
	uint64_t		 seal_number;
};

/* The verdict is no until sek_chain_end. noted: 32 bytes, or NULL. */
void		sek_chain_begin(struct sek_chain *c, struct sek_verify *out,
		    const uint8_t *noted);
void		sek_chain_free(struct sek_chain *c);
/* Where the records begin, and the hash before the first of them. */
void		sek_chain_start(struct sek_chain *c, uint64_t first,
		    const uint8_t prev[SEK_HASH_LEN]);
/* SEK_OK also for one that does not hold; SEK_ERR_NOMEM. */
enum sek_err	sek_chain_seal(struct sek_chain *c,
		    const struct sek_seal_row *row);
/* Why a seal does not hold, from this record on. cause: N_() text. */
void		sek_chain_seal_bad(struct sek_chain *c, uint64_t number,
		    const char *cause);

/* A record as a table has it; NULL where its type is not right. */
struct sek_chain_row {
	uint64_t	 seq;
	int64_t		 version;
	const uint8_t	*prev;
	const uint8_t	*hash;
	const char	*body;
	size_t		 prev_len;
	size_t		 hash_len;
	size_t		 body_len;
};
/* false: it does not hold, which out says; the walk is over. */
bool		sek_chain_record(struct sek_chain *c,
		    const struct sek_chain_row *row);
/* No more records: the last must be number `last` with this hash. */
void		sek_chain_end(struct sek_chain *c, uint64_t last,
		    const uint8_t hash[SEK_HASH_LEN]);
/* The records do not hold from this one on. cause: N_() text. */
void		sek_chain_bad(struct sek_chain *c, uint64_t seq,
		    const char *cause);

/* SHA-256 over version, number, predecessor and body. */
void		sek_chain_hash(uint8_t out[SEK_HASH_LEN], uint32_t version,
		    uint64_t seq, const uint8_t *prev, const void *body,
		    size_t len);

#endif
