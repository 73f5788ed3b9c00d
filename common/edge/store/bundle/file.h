/*
 * file.h - what reading and writing an export share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_STORE_BUNDLE_FILE_H
#define SEKISHO_STORE_BUNDLE_FILE_H

#include "../sqlite/db.h"
#include "sekisho/edge/bundle.h"

#define SEK_BUNDLE_APPLICATION	0x53454b58	/* "SEKX" */
#define SEK_BUNDLE_VERSION	1
#define SEK_BUNDLE_TABLES	3
#define SEK_BUNDLE_JSON_MAX	65536

struct sek_bundle_table {
	const char	*name;
	const char	*sql;
};
/* In the order of their names. */
extern const struct sek_bundle_table sek_bundle_tables[SEK_BUNDLE_TABLES];

/* What the first bytes tell, before SQLite looks at them. */
enum sek_bundle_kind {
	SEK_BUNDLE_OTHER = 0,	/* no database */
	SEK_BUNDLE_EMPTY,	/* nothing was written yet */
	SEK_BUNDLE_OPEN,	/* being written, or interrupted */
	SEK_BUNDLE_WHOLE
};
enum sek_bundle_kind sek_bundle_kind(int fd);
/* Nothing in the file runs; what is too long is an error. */
void		sek_bundle_guard(sqlite3 *sq);
/* Are the tables ours, to the letter? *empty: there are none at all. */
enum sek_err	sek_bundle_schema(sqlite3 *sq, const char *path, bool *empty,
		    struct sek_why *why);
/* One number a statement tells; SEK_ERR_NOT_FOUND. */
enum sek_err	sek_bundle_number(sqlite3 *sq, const char *path, int64_t *out,
		    const char *sql, struct sek_why *why);
enum sek_err	sek_bundle_error(sqlite3 *sq, const char *path,
		    struct sek_why *why);
/* The only row of manifest. SEK_ERR_SYNTAX: it cannot be read. digest: of
 * its text; may be NULL. */
enum sek_err	sek_bundle_read_manifest(sqlite3 *sq, const char *path,
		    struct sek_manifest *m, uint8_t digest[SEK_HASH_LEN],
		    struct sek_why *why);

#endif
