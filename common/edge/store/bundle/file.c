/*
 * file.c - an export as a file: its kind, its schema, what may run in it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "file.h"

const struct sek_bundle_table sek_bundle_tables[SEK_BUNDLE_TABLES] = {
	{ "manifest", "CREATE TABLE manifest(id INTEGER PRIMARY KEY,body TEXT)"
	    "STRICT" },
	{ "record", "CREATE TABLE record(seq INTEGER PRIMARY KEY,"
	    "version INTEGER,prev BLOB,hash BLOB,body TEXT)STRICT" },
	{ "seal", "CREATE TABLE seal(number INTEGER PRIMARY KEY,seq INTEGER,"
	    "body TEXT,signature BLOB)STRICT" },
};

enum sek_err
sek_bundle_error(sqlite3 *sq, const char *path, struct sek_why *why)
{
	int rc = sqlite3_extended_errcode(sq);

	if ((rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB)
		return (sek_why(why, SEK_ERR_STORE_DAMAGED, "%s: damaged (%s)",
		    path, sqlite3_errmsg(sq)));
	if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
		return (sek_why(why, SEK_ERR_EXISTS, "%s: another export "
		    "into this file is going on; give another name", path));
	return (sek_db_error_of(why, path, sq));
}

/* Bytes 18 and 19 of a database file: 2 where a log may belong to it. */
enum sek_bundle_kind
sek_bundle_kind(int fd)
{
	static const char magic[16] = "SQLite format 3";
	unsigned char head[20];
	ssize_t n;

	n = pread(fd, head, sizeof(head), 0);
	if (n == 0)
		return (SEK_BUNDLE_EMPTY);
	if (n != (ssize_t)sizeof(head) || memcmp(head, magic, 16) != 0)
		return (SEK_BUNDLE_OTHER);
	return (head[18] == 1 && head[19] == 1 ? SEK_BUNDLE_WHOLE :
	    SEK_BUNDLE_OPEN);
}

void
sek_bundle_guard(sqlite3 *sq)
{

	sek_db_guard(sq);
	(void)sqlite3_limit(sq, SQLITE_LIMIT_LENGTH, 1 << 20);
	(void)sqlite3_limit(sq, SQLITE_LIMIT_SQL_LENGTH, 1 << 16);
	(void)sqlite3_limit(sq, SQLITE_LIMIT_COLUMN, 32);
	(void)sqlite3_limit(sq, SQLITE_LIMIT_EXPR_DEPTH, 16);
	(void)sqlite3_limit(sq, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(sq, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
	(void)sqlite3_exec(sq, "PRAGMA cell_size_check=1", NULL, NULL, NULL);
}

enum sek_err
sek_bundle_number(sqlite3 *sq, const char *path, int64_t *out,
    const char *sql, struct sek_why *why)
{
	sqlite3_stmt *st = NULL;
	enum sek_err err = SEK_ERR_NOT_FOUND;
	int rc;

	if (sqlite3_prepare_v2(sq, sql, -1, &st, NULL) != SQLITE_OK)
		return (sek_bundle_error(sq, path, why));
	if ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		*out = sqlite3_column_int64(st, 0);
		err = SEK_OK;
	} else if (rc != SQLITE_DONE)
		err = sek_bundle_error(sq, path, why);
	(void)sqlite3_finalize(st);
	return (err);
}

static bool
text_is(sqlite3_stmt *st, int i, const char *text)
{
	const char *is = (const char *)sqlite3_column_text(st, i);

	return (is != NULL && (size_t)sqlite3_column_bytes(st, i) ==
	    strlen(text) && strcmp(is, text) == 0);
}

/* Every row of the schema, in the order of names. */
static bool
tables_are_ours(sqlite3 *sq, unsigned *n)
{
	const struct sek_bundle_table *t;
	sqlite3_stmt *st = NULL;
	bool ok = true;
	int rc;

	*n = 0;
	if (sqlite3_prepare_v2(sq, "SELECT type,name,tbl_name,sql "
	    "FROM sqlite_schema ORDER BY name", -1, &st, NULL) != SQLITE_OK)
		return (false);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && ok) {
		t = &sek_bundle_tables[*n];
		ok = *n < SEK_BUNDLE_TABLES && text_is(st, 0, "table") &&
		    text_is(st, 1, t->name) && text_is(st, 2, t->name) &&
		    text_is(st, 3, t->sql);
		(*n)++;
	}
	(void)sqlite3_finalize(st);
	return (ok && rc == SQLITE_DONE);
}

enum sek_err
sek_bundle_schema(sqlite3 *sq, const char *path, bool *empty,
    struct sek_why *why)
{
	int64_t application = 0, version = 0;
	unsigned n = 0;
	enum sek_err err;
	bool ours;

	if (((err = sek_bundle_number(sq, path, &application,
	    "PRAGMA application_id", why)) != SEK_OK ||
	    (err = sek_bundle_number(sq, path, &version,
	    "PRAGMA user_version", why)) != SEK_OK) &&
	    err != SEK_ERR_STORE_DAMAGED)
		return (err);
	ours = err == SEK_OK && tables_are_ours(sq, &n);
	*empty = ours && n == 0;
	if (*empty)
		return (SEK_OK);
	if (!ours || n != SEK_BUNDLE_TABLES ||
	    application != SEK_BUNDLE_APPLICATION ||
	    version != SEK_BUNDLE_VERSION)
		return (sek_why(why, SEK_ERR_SYNTAX, "%s: not an export of "
		    "records, or of another version", path));
	return (SEK_OK);
}
