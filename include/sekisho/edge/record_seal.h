/*
 * record_seal.h - a seal: the head of the chain of records, signed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The signed text is lines NAME=VALUE in a fixed order, each ended by a
 * newline, all of them and no others (sekisho(8), SEALS):
 *
 *   version=1
 *   number=12                    of this seal, from 1, without gaps
 *   series=8f1c0c6e0f4b21aa      of seals whose keys continue each other
 *   terminal=t-1
 *   seq=4711                     the newest record
 *   hash=…                       and its hash
 *   time=2026-11-21T12:00:00.000000+09:00
 *   previous=…                   SHA-256 of the text before; zeros for none
 *   key=…                        Ed25519 public key that signed this text
 *   next=…                       the one that signs the next
 *   manifest=…                   SHA-256; only in a seal that ends an export
 *
 * MUST: what was parsed, written again, is what was signed, byte for byte.
 */
#ifndef SEKISHO_EDGE_RECORD_SEAL_H
#define SEKISHO_EDGE_RECORD_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/model/record.h"

#define SEK_SEAL_VERSION	1
#define SEK_SEAL_BODY_MAX	1024u
#define SEK_SEAL_KEY_LEN	32u
#define SEK_SEAL_SEED_LEN	32u
#define SEK_SEAL_SIGNATURE_LEN	64u
#define SEK_SEAL_SERIES_HEX	17u		/* with its NUL */

/* What a seal says. */
struct sek_seal {
	uint64_t	number;
	uint64_t	seq;
	int64_t		wall;
	uint8_t		hash[SEK_HASH_LEN];
	uint8_t		previous[SEK_HASH_LEN];
	uint8_t		key[SEK_SEAL_KEY_LEN];
	uint8_t		next[SEK_SEAL_KEY_LEN];
	uint8_t		manifest[SEK_HASH_LEN];
	bool		has_manifest;
	char		series[SEK_SEAL_SERIES_HEX];
	char		terminal[64];
	char		time[40];		/* as the text has it */
};

/* How it stands in a table. */
struct sek_seal_row {
	uint64_t	number;
	uint64_t	seq;
	uint32_t	body_len;
	uint32_t	pad;
	uint8_t		signature[SEK_SEAL_SIGNATURE_LEN];
	char		body[SEK_SEAL_BODY_MAX];	/* and a NUL */
};

/*
 * Write and sign *in by the key of this seed; in->key is set from it. in->time
 * "" is written from in->wall. SEK_ERR_RANGE: it does not fit.
 */
enum sek_err	sek_record_seal_sign(struct sek_seal_row *out,
		    struct sek_seal *in,
		    const uint8_t seed[SEK_SEAL_SEED_LEN], const char *zone);
/*
 * Take it apart and check the signature against the key it names itself.
 * SEK_ERR_SYNTAX: not of this form; SEK_ERR_TAMPERED: not signed so.
 */
enum sek_err	sek_record_seal_read(struct sek_seal *out,
		    const struct sek_seal_row *row);
/* What the next seal names as `previous`. */
void		sek_record_seal_digest(uint8_t out[SEK_HASH_LEN],
		    const struct sek_seal_row *row);
/* The public key of a seed. */
void		sek_record_seal_public(uint8_t out[SEK_SEAL_KEY_LEN],
		    const uint8_t seed[SEK_SEAL_SEED_LEN]);

#endif
