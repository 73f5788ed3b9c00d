/*
 * seals.c - seals of the chain's head: read, add
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define BATCH	128

bool
sek_db_seal_row(struct sek_seal_row *row, sqlite3_stmt *st)
{
	int len = sqlite3_column_bytes(st, 2);

	memset(row, 0, sizeof(*row));
	row->number = (uint64_t)sqlite3_column_int64(st, 0);
	row->seq = (uint64_t)sqlite3_column_int64(st, 1);
	if (sqlite3_column_type(st, 2) != SQLITE_TEXT || len <= 0 ||
	    (size_t)len >= sizeof(row->body) ||
	    sqlite3_column_type(st, 3) != SQLITE_BLOB ||
	    sqlite3_column_bytes(st, 3) != SEK_SEAL_SIGNATURE_LEN)
		return (false);
	memcpy(row->body, sqlite3_column_blob(st, 2), (size_t)len);
	row->body_len = (uint32_t)len;
	memcpy(row->signature, sqlite3_column_blob(st, 3),
	    SEK_SEAL_SIGNATURE_LEN);
	return (true);
}

static enum sek_err
bad_seal(struct sek_db *db, uint64_t number)
{

	return (sek_why(db->why, SEK_ERR_STORE_DAMAGED, "%s: seal %llu is not "
	    "as it was written; see: sekisho audit verify", db->config->path,
	    (unsigned long long)number));
}

static enum sek_err
read_batch(struct sek_db *db, struct sek_seal_row *row, uint64_t from,
    unsigned *n)
{
	sqlite3_stmt *st;
	enum sek_err err;

	*n = 0;
	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK ||
	    (err = sek_db_prepare(db, &st, "SELECT number,seq,body,signature "
	    "FROM seal WHERE number>=?1 ORDER BY number")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, (int64_t)from);
	while (*n < BATCH && (err = sek_db_step(db, st)) == SEK_OK)
		if (!sek_db_seal_row(&row[(*n)++], st)) {
			err = bad_seal(db, row[*n - 1].number);
			break;
		}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_seals(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	struct sek_seal_row *row;
	uint64_t from = a->first_seq;
	unsigned i, n = BATCH;
	enum sek_err err = SEK_OK;

	(void)out;
	if ((row = calloc(BATCH, sizeof(*row))) == NULL)
		return (SEK_ERR_NOMEM);
	while (err == SEK_OK && n == BATCH) {
		if ((err = sek_db_begin(db, false)) == SEK_OK)
			err = sek_db_end(db, read_batch(db, row, from, &n));
		for (i = 0; i < n && err == SEK_OK; i++) {
			from = row[i].number + 1;
			err = a->seal_fn(a->arg, &row[i]);
		}
	}
	free(row);
	return (err);
}

static enum sek_err
newest(struct sek_db *db, struct sek_seal_row *out)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK ||
	    (err = sek_db_prepare(db, &st, "SELECT number,seq,body,signature "
	    "FROM seal ORDER BY number DESC LIMIT 1")) != SEK_OK ||
	    (err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	if (!sek_db_seal_row(out, st))
		err = bad_seal(db, out->number);
	sek_db_done(st);
	return (err);
}

enum sek_err
sek_op_seal_last(struct sek_db *db, const void *in, void *out)
{

	(void)in;
	return (newest(db, out));
}

static enum sek_err
insert(struct sek_db *db, const struct sek_seal_row *row)
{
	char number[24];
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "INSERT INTO seal(number,seq,body,"
	    "signature) VALUES(?,?,?,?)")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, (int64_t)row->number);
	(void)sqlite3_bind_int64(st, 2, (int64_t)row->seq);
	(void)sqlite3_bind_text64(st, 3, row->body, row->body_len,
	    SQLITE_STATIC, SQLITE_UTF8);
	sek_db_bind_blob(st, 4, row->signature, SEK_SEAL_SIGNATURE_LEN);
	if ((err = sek_db_step(db, st)) != SEK_ERR_NOT_FOUND)
		return (err);
	(void)sek_text_format(number, sizeof(number), "%llu",
	    (unsigned long long)row->number);
	return (sek_db_mark_set(db, "seal", number, 0));
}

enum sek_err
sek_op_seal(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	struct sek_seal_row last = { .number = 0 }, row;
	enum sek_err err;

	(void)out;
	memset(&row, 0, sizeof(row));
	if ((err = newest(db, &last)) != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	if ((err = sek_db_coalesce_close(db, true)) != SEK_OK)
		return (err);
	if ((err = a->sign(a->arg, last.number, (uint64_t)db->meta.seq,
	    db->meta.hash, &row)) == SEK_OK)
		err = insert(db, &row);
	return (err);
}
