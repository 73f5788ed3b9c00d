/*
 * bundle.h - an export: records, their seals and a manifest in one file
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The file is an SQLite database of three tables (sekisho(8), EXPORTS):
 * record as in the store, seal from the last one before the first record to
 * the one that carries the manifest's digest, manifest with one row of JSON.
 *
 * MUST: a file that is read is nobody's: the schema must be ours to the
 * letter, nothing in it runs, nothing is written, no file beside it is read.
 * MUST: a file that is written lies in a folder only root may change.
 */
#ifndef SEKISHO_EDGE_BUNDLE_H
#define SEKISHO_EDGE_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/edge/store.h"

/* What the manifest says. */
struct sek_manifest {
	bool		finished;
	char		terminal[64];
	char		version[32];	/* of the software that made it */
	char		made[40];	/* RFC 3339: when it was begun */
	uint64_t	first;
	uint64_t	last;
	uint64_t	count;		/* finished: last - first + 1 */
	uint8_t		first_prev[SEK_HASH_LEN];
	uint8_t		first_hash[SEK_HASH_LEN];	/* finished */
	uint8_t		last_hash[SEK_HASH_LEN];	/* finished */
	/* What was asked for, "" not: a resumed one must be asked the same */
	char		from[24];
	char		since[40];
	char		until[40];
};

typedef void (*sek_bundle_progress)(void *arg, uint64_t done, uint64_t all);

/*
 * Does the export hold in itself? out tells, as for the store; *m what it is.
 * noted: a key noted elsewhere, or NULL. SEK_OK also for one that does not
 * hold, of whatever kind. SEK_ERR_NOT_FOUND, _IO, _RANGE: no such file;
 * SEK_ERR_SYNTAX: not an export at all.
 */
enum sek_err	sek_bundle_verify(const char *path, const uint8_t *noted,
		    struct sek_verify *out, struct sek_manifest *m,
		    sek_bundle_progress progress, void *arg,
		    struct sek_why *why);
/* The same, in one reading also the hash of the newest record that was walked
 * and is not above upto; hash is untouched where there was none. */
enum sek_err	sek_bundle_verify_upto(const char *path, const uint8_t *noted,
		    uint64_t upto, uint8_t hash[SEK_HASH_LEN],
		    struct sek_verify *out, struct sek_manifest *m,
		    sek_bundle_progress progress, void *arg,
		    struct sek_why *why);
/* Its records, unverified, as sek_store_records_in. */
enum sek_err	sek_bundle_records(const char *path,
		    const struct sek_record_range *range, sek_record_fn fn,
		    void *arg, struct sek_manifest *m, struct sek_why *why);

struct sek_bundle;
/* Could it be begun or gone on with there? The errors of sek_bundle_open;
 * nothing is made. *there: an unfinished one is. */
enum sek_err	sek_bundle_ready(const char *path, bool *there,
		    struct sek_why *why);
/*
 * Begin a new one as *plan says, or go on with an unfinished one, whose plan
 * then is in *plan: its records are walked, and *next is the first it lacks;
 * last_hash of *plan gets the hash before that. SEK_ERR_EXISTS: a finished
 * one; SEK_ERR_SYNTAX: another file; SEK_ERR_TAMPERED: it does not hold;
 * SEK_ERR_UNTRUSTED: the folder, or a file beside it.
 */
enum sek_err	sek_bundle_open(struct sek_bundle **out, const char *path,
		    struct sek_manifest *plan, uint64_t *next, bool *resumed,
		    struct sek_why *why);
enum sek_err	sek_bundle_record(struct sek_bundle *b,
		    const struct sek_record_row *row);
enum sek_err	sek_bundle_seal(struct sek_bundle *b,
		    const struct sek_seal_row *row);
/* What was put in so far is on the disk, and stays. */
enum sek_err	sek_bundle_commit(struct sek_bundle *b);
/* The text of the manifest that says it is finished; the caller frees. */
enum sek_err	sek_bundle_manifest(char **out, const struct sek_manifest *m);
/* That text in it, the file one file, and all of it on the disk. */
enum sek_err	sek_bundle_finish(struct sek_bundle *b, const char *manifest);
/* The file and its name in the folder are on the disk. */
enum sek_err	sek_bundle_sync(const char *path, struct sek_why *why);
/* Closes; what was not committed is gone. */
void		sek_bundle_close(struct sek_bundle **b);
const char	*sek_bundle_why(const struct sek_bundle *b);

#endif
