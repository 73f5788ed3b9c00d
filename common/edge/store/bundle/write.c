/*
 * write.c - an export being written, killed at any moment, gone on with
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * While it is written it is in WAL mode, with the index in memory: what was
 * committed stays, whatever happens, and the mode says that it is not whole.
 * Leaving that mode, at the very end, makes it one file.
 *
 * MUST: no rollback journal is ever made or read: one that lies there is not
 * ours, and could name other files to SQLite.
 * MUST: what an unfinished one holds is walked before it is gone on with.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "file.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

struct sek_bundle {
	sqlite3		*sq;
	sqlite3_stmt	*record;
	sqlite3_stmt	*seal;
	struct sek_why	 why;
	bool		 open;		/* a transaction */
	char		 path[SEK_PATH_MAX];
};

const char *
sek_bundle_why(const struct sek_bundle *b)
{

	return (b->why.text);
}

static enum sek_err
failed(struct sek_bundle *b)
{

	return (sek_bundle_error(b->sq, b->path, &b->why));
}

static enum sek_err
exec(struct sek_bundle *b, const char *sql)
{

	if (sqlite3_exec(b->sq, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (failed(b));
	return (SEK_OK);
}

/* Others may put nothing else in the place of a folder on the way. */
static enum sek_err
check_way(const char *path, struct sek_why *why)
{
	char folder[PATH_MAX];
	struct stat st;
	size_t i;

	for (i = 0; path[i] != '\0'; i++) {
		if (path[i] != '/')
			continue;
		(void)sek_text_format(folder, sizeof(folder), "%.*s",
		    i == 0 ? 1 : (int)i, path);
		if (lstat(folder, &st) != 0)
			return (sek_why(why, SEK_ERR_NOT_FOUND, "%s: %s",
			    folder, strerror(errno)));
		if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
		    (!S_ISLNK(st.st_mode) &&
		    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
		    (st.st_mode & S_ISVTX) == 0))
			return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: others "
			    "may put another folder there; export into one "
			    "that is root's alone, then copy the file",
			    folder));
	}
	return (SEK_OK);
}

/* Only root may put anything into the folder while we write there. */
static enum sek_err
check_folder(const char *path, struct sek_why *why)
{
	char folder[SEK_PATH_MAX], whole[PATH_MAX], real[PATH_MAX + 2];
	const char *slash = strrchr(path, '/');
	struct stat st;
	enum sek_err err;

	if (path[0] != '/' || slash[1] == '\0' || strlen(path) >=
	    sizeof(folder) - sizeof("-journal"))
		return (sek_why(why, SEK_ERR_RANGE, "%s: no path of a file",
		    path));
	(void)sek_text_format(folder, sizeof(folder), "%.*s",
	    slash == path ? 1 : (int)(slash - path), path);
	if (stat(folder, &st) != 0)
		return (sek_why(why, SEK_ERR_NOT_FOUND, "%s: %s", folder,
		    strerror(errno)));
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: not a folder of "
		    "root's alone; export into one that is, then copy the "
		    "file", folder));
	/* As it was written, links and all, and where it leads. */
	if (realpath(folder, whole) == NULL)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno)));
	if ((err = sek_text_format(real, sizeof(real), "%s/", whole)) !=
	    SEK_OK)
		return (err);
	if ((err = check_way(path, why)) != SEK_OK)
		return (err);
	return (check_way(real, why));
}

static enum sek_err
check_beside(const char *path, struct sek_why *why)
{
	char beside[SEK_PATH_MAX];
	struct stat st;

	(void)sek_text_format(beside, sizeof(beside), "%s-journal", path);
	if (lstat(beside, &st) == 0)
		return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: is not of an "
		    "export; remove it", beside));
	return (SEK_OK);
}

enum sek_err
sek_bundle_ready(const char *path, bool *there, struct sek_why *why)
{
	enum sek_bundle_kind kind = SEK_BUNDLE_OTHER;
	struct stat st;
	enum sek_err err;
	int fd;

	*there = false;
	if ((err = check_folder(path, why)) != SEK_OK ||
	    (err = check_beside(path, why)) != SEK_OK)
		return (err);
	if (lstat(path, &st) != 0)
		return (errno == ENOENT ? SEK_OK : sek_why(why, SEK_ERR_IO,
		    "%s: %s", path, strerror(errno)));
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK |
	    O_NOCTTY);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		kind = sek_bundle_kind(fd);
	if (fd >= 0)
		(void)close(fd);
	if (kind == SEK_BUNDLE_OTHER)
		return (sek_why(why, SEK_ERR_EXISTS, "%s: another file has "
		    "that name", path));
	if (kind == SEK_BUNDLE_WHOLE)
		return (sek_why(why, SEK_ERR_EXISTS, "%s: is finished (or "
		    "another file); give another name", path));
	*there = true;
	return (SEK_OK);
}

static enum sek_err
create(const char *path, struct sek_why *why)
{
	int fd;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    S_IRUSR | S_IWUSR);
	if (fd < 0)
		return (sek_why(why, errno == ENOSPC ? SEK_ERR_STORE_FULL :
		    SEK_ERR_IO, "%s: %s", path, strerror(errno)));
	(void)close(fd);
	return (SEK_OK);
}

static enum sek_err
put_manifest(struct sek_bundle *b, const char *text)
{
	sqlite3_stmt *st = NULL;
	enum sek_err err = SEK_OK;

	if (sqlite3_prepare_v2(b->sq, "INSERT OR REPLACE INTO manifest "
	    "VALUES(1,?1)", -1, &st, NULL) != SQLITE_OK ||
	    sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC) != SQLITE_OK ||
	    sqlite3_step(st) != SQLITE_DONE)
		err = failed(b);
	(void)sqlite3_finalize(st);
	return (err);
}

static enum sek_err
put_plan(struct sek_bundle *b, const struct sek_manifest *plan)
{
	char *text;
	enum sek_err err;

	if ((err = sek_bundle_manifest(&text, plan)) != SEK_OK)
		return (err);
	err = put_manifest(b, text);
	cJSON_free(text);
	return (err);
}

static bool
is_open(struct sek_bundle *b)
{
	sqlite3_stmt *st = NULL;
	const char *mode = NULL;
	bool wal;

	if (sqlite3_prepare_v2(b->sq, "PRAGMA journal_mode", -1, &st, NULL) ==
	    SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		mode = (const char *)sqlite3_column_text(st, 0);
	wal = mode != NULL && strcmp(mode, "wal") == 0;
	(void)sqlite3_finalize(st);
	return (wal);
}

static enum sek_err
begin_new(struct sek_bundle *b, const struct sek_manifest *plan)
{
	char sql[96];
	enum sek_err err;
	unsigned i;

	/* Into WAL mode without a rollback journal. One that was killed right
	 * behind this is there: never out of it again, not for a moment, or
	 * it would be taken for whole. */
	if (!is_open(b) && (err = exec(b, "PRAGMA page_size=16384;"
	    "PRAGMA journal_mode=MEMORY;PRAGMA journal_mode=WAL")) != SEK_OK)
		return (err);
	if ((err = exec(b, "BEGIN IMMEDIATE")) != SEK_OK)
		return (err);
	for (i = 0; i < SEK_BUNDLE_TABLES; i++)
		if ((err = exec(b, sek_bundle_tables[i].sql)) != SEK_OK)
			return (err);
	(void)sek_text_format(sql, sizeof(sql), "PRAGMA application_id=%d;"
	    "PRAGMA user_version=%d", SEK_BUNDLE_APPLICATION,
	    SEK_BUNDLE_VERSION);
	if ((err = exec(b, sql)) != SEK_OK ||
	    (err = put_plan(b, plan)) != SEK_OK)
		return (err);
	return (exec(b, "COMMIT"));
}

/* Walk what is there; *next is what comes after it. */
static enum sek_err
walk(struct sek_bundle *b, struct sek_manifest *plan, uint64_t *next)
{
	struct sek_verify *v = calloc(1, sizeof(*v));
	struct sek_chain_row row;
	struct sek_chain c;
	sqlite3_stmt *st = NULL;
	bool good = true;
	int rc = SQLITE_ERROR;

	if (v == NULL)
		return (SEK_ERR_NOMEM);
	sek_chain_begin(&c, v, NULL);
	sek_chain_start(&c, plan->first, plan->first_prev);
	if (sqlite3_prepare_v2(b->sq, "SELECT seq,version,prev,hash,body "
	    "FROM record ORDER BY seq", -1, &st, NULL) == SQLITE_OK)
		while (good && (rc = sqlite3_step(st)) == SQLITE_ROW) {
			sek_db_chain_row(&row, st);
			if (row.seq == plan->first && row.hash_len ==
			    SEK_HASH_LEN && row.hash != NULL)
				memcpy(plan->first_hash, row.hash,
				    SEK_HASH_LEN);
			good = row.seq <= plan->last &&
			    sek_chain_record(&c, &row);
		}
	(void)sqlite3_finalize(st);
	*next = c.next;
	memcpy(plan->last_hash, c.prev, SEK_HASH_LEN);
	sek_chain_free(&c);
	free(v);
	if (!good)
		return (sek_why(&b->why, SEK_ERR_TAMPERED, "%s: what was "
		    "exported so far was changed since (record %llu); remove "
		    "the file and begin anew", b->path,
		    (unsigned long long)*next));
	return (rc == SQLITE_DONE ? SEK_OK : failed(b));
}

static enum sek_err
go_on(struct sek_bundle *b, struct sek_manifest *plan, uint64_t *next)
{
	enum sek_err err;

	err = sek_bundle_read_manifest(b->sq, b->path, plan, NULL, &b->why);
	if (err == SEK_ERR_SYNTAX)
		return (sek_why(&b->why, SEK_ERR_TAMPERED, "%s: what was to be "
		    "exported cannot be read any more; remove the file and "
		    "begin anew", b->path));
	if (err != SEK_OK || (err = walk(b, plan, next)) != SEK_OK)
		return (err);
	return (exec(b, "DELETE FROM seal"));
}

static enum sek_err
prepare(struct sek_bundle *b)
{

	if (sqlite3_prepare_v2(b->sq, "INSERT INTO record VALUES(?,?,?,?,?)",
	    -1, &b->record, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(b->sq, "INSERT INTO seal VALUES(?,?,?,?)", -1,
	    &b->seal, NULL) != SQLITE_OK)
		return (failed(b));
	return (SEK_OK);
}

static enum sek_err
connect(struct sek_bundle *b)
{

	if (sqlite3_open_v2(b->path, &b->sq, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
	    SQLITE_OPEN_NOFOLLOW, NULL) != SQLITE_OK)
		return (b->sq == NULL ? SEK_ERR_NOMEM : failed(b));
	sek_bundle_guard(b->sq);
	return (exec(b, "PRAGMA locking_mode=EXCLUSIVE;"
	    "PRAGMA synchronous=NORMAL"));
}

/* Another process may have finished it since we looked. */
static enum sek_err
check_mode(struct sek_bundle *b, bool empty)
{

	return (empty || is_open(b) ? SEK_OK : sek_why(&b->why,
	    SEK_ERR_EXISTS, "%s: is finished; give another name", b->path));
}

enum sek_err
sek_bundle_open(struct sek_bundle **out, const char *path,
    struct sek_manifest *plan, uint64_t *next, bool *resumed,
    struct sek_why *why)
{
	struct sek_bundle *b;
	enum sek_err err;
	bool empty = false, there = false;

	*out = NULL;
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = sek_bundle_ready(path, &there, why)) != SEK_OK ||
	    (!there && (err = create(path, why)) != SEK_OK))
		return (err);
	if ((b = calloc(1, sizeof(*b))) == NULL)
		return (SEK_ERR_NOMEM);
	(void)sek_text_copy(b->path, sizeof(b->path), path);
	if ((err = connect(b)) != SEK_OK ||
	    (err = sek_bundle_schema(b->sq, path, &empty, &b->why)) != SEK_OK)
		goto out;
	*resumed = !empty;
	*next = plan->first;
	if ((err = check_mode(b, empty)) != SEK_OK)
		goto out;
	err = empty ? begin_new(b, plan) : go_on(b, plan, next);
	if (err == SEK_OK)
		err = prepare(b);
out:
	if (err != SEK_OK) {
		*why = b->why;
		sek_bundle_close(&b);
	}
	*out = b;
	return (err);
}

static enum sek_err
put(struct sek_bundle *b, sqlite3_stmt *st)
{
	enum sek_err err = SEK_OK;

	if (sqlite3_step(st) != SQLITE_DONE)
		err = failed(b);
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
	return (err);
}

static enum sek_err
begin(struct sek_bundle *b)
{
	enum sek_err err = SEK_OK;

	if (!b->open && (err = exec(b, "BEGIN IMMEDIATE")) == SEK_OK)
		b->open = true;
	return (err);
}

enum sek_err
sek_bundle_record(struct sek_bundle *b, const struct sek_record_row *row)
{
	enum sek_err err;

	if ((err = begin(b)) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(b->record, 1, (int64_t)row->seq);
	(void)sqlite3_bind_int64(b->record, 2, row->version);
	sek_db_bind_blob(b->record, 3, row->prev, SEK_HASH_LEN);
	sek_db_bind_blob(b->record, 4, row->hash, SEK_HASH_LEN);
	(void)sqlite3_bind_text64(b->record, 5, row->body, row->body_len,
	    SQLITE_STATIC, SQLITE_UTF8);
	return (put(b, b->record));
}

enum sek_err
sek_bundle_seal(struct sek_bundle *b, const struct sek_seal_row *row)
{
	enum sek_err err;

	if ((err = begin(b)) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(b->seal, 1, (int64_t)row->number);
	(void)sqlite3_bind_int64(b->seal, 2, (int64_t)row->seq);
	(void)sqlite3_bind_text64(b->seal, 3, row->body, row->body_len,
	    SQLITE_STATIC, SQLITE_UTF8);
	sek_db_bind_blob(b->seal, 4, row->signature, SEK_SEAL_SIGNATURE_LEN);
	return (put(b, b->seal));
}

enum sek_err
sek_bundle_commit(struct sek_bundle *b)
{

	if (!b->open)
		return (SEK_OK);
	b->open = false;
	return (exec(b, "COMMIT"));
}

/* The name in the folder is on the disk, too. */
enum sek_err
sek_bundle_sync(const char *path, struct sek_why *why)
{
	char folder[SEK_PATH_MAX];
	const char *slash = strrchr(path, '/');
	enum sek_err err;
	int fd;

	if ((err = sek_file_sync(path, why)) != SEK_OK)
		return (err);
	(void)sek_text_format(folder, sizeof(folder), "%.*s",
	    slash == path ? 1 : (int)(slash - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		err = sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return (err);
}

static void
finalize(struct sek_bundle *b)
{

	(void)sqlite3_finalize(b->record);
	(void)sqlite3_finalize(b->seal);
	b->record = b->seal = NULL;
}

enum sek_err
sek_bundle_finish(struct sek_bundle *b, const char *manifest)
{
	enum sek_err err;

	if ((err = begin(b)) != SEK_OK ||
	    (err = put_manifest(b, manifest)) != SEK_OK ||
	    (err = sek_bundle_commit(b)) != SEK_OK)
		return (err);
	finalize(b);
	if ((err = exec(b, "PRAGMA synchronous=FULL;"
	    "PRAGMA wal_checkpoint(TRUNCATE);PRAGMA journal_mode=MEMORY")) !=
	    SEK_OK)
		return (err);
	(void)sqlite3_close(b->sq);
	b->sq = NULL;
	return (sek_bundle_sync(b->path, &b->why));
}

void
sek_bundle_close(struct sek_bundle **b)
{

	if (*b == NULL)
		return;
	finalize(*b);
	(void)sqlite3_close((*b)->sq);
	free(*b);
	*b = NULL;
}
