/*
 * statement.c - statements prepared once a connection, when first used
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "db.h"

enum sek_err
sek_db_prepare(struct sek_db *db, sqlite3_stmt **out, const char *sql)
{
	unsigned i;

	for (i = 0; i < db->nstatements; i++)
		if (db->statement[i].sql == sql) {
			*out = db->statement[i].st;
			return (SEK_OK);
		}
	if (i == SEK_DB_STATEMENTS)
		return (SEK_ERR_INTERNAL);
	if (sqlite3_prepare_v3(db->sq, sql, -1, 0, out, NULL) != SQLITE_OK)
		return (sek_db_error(db));
	db->statement[i].sql = sql;
	db->statement[i].st = *out;
	db->nstatements++;
	return (SEK_OK);
}

void
sek_db_done(sqlite3_stmt *st)
{

	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
}

enum sek_err
sek_db_step(struct sek_db *db, sqlite3_stmt *st)
{
	enum sek_err err = SEK_ERR_NOT_FOUND;
	int rc = sqlite3_step(st);

	if (rc == SQLITE_ROW)
		return (SEK_OK);
	if (rc != SQLITE_DONE)
		err = sek_db_error(db);
	sek_db_done(st);
	return (err);
}

static enum sek_err
run(struct sek_db *db, sqlite3_stmt *st)
{
	enum sek_err err;

	while ((err = sek_db_step(db, st)) == SEK_OK)
		;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_exec_text(struct sek_db *db, const char *sql, const char *text)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, sql)) != SEK_OK)
		return (err);
	if (text != NULL)
		sek_db_bind_text(st, 1, text);
	return (run(db, st));
}

enum sek_err
sek_db_exec(struct sek_db *db, const char *sql)
{

	return (sek_db_exec_text(db, sql, NULL));
}

enum sek_err
sek_db_number(struct sek_db *db, int64_t *out, const char *sql)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, sql)) != SEK_OK)
		return (err);
	if ((err = sek_db_step(db, st)) == SEK_OK) {
		*out = sqlite3_column_int64(st, 0);
		sek_db_done(st);
	}
	return (err);
}

/* Callers keep what is bound until the statement is done. */
void
sek_db_bind_text(sqlite3_stmt *st, int i, const char *s)
{

	(void)sqlite3_bind_text64(st, i, s, strlen(s), SQLITE_STATIC,
	    SQLITE_UTF8);
}

void
sek_db_bind_blob(sqlite3_stmt *st, int i, const void *p, size_t len)
{

	(void)sqlite3_bind_blob64(st, i, p, len, SQLITE_STATIC);
}
