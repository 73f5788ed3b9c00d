/*
 * init.c - a new store: folder, key, database, reserves, first record
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: until the very last step, a rename, there is nothing at the store's
 * path; whatever a failed or killed init left beside it the next one clears.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#define PATH_SIZE	(SEK_PATH_MAX + 32)

void
sek_new_clear(const struct sek_store_config *config)
{
	static const char *const ends[] = {
		".new", ".new-journal", ".new-wal", ".new-shm", ".ballast",
		"-wal", "-shm",
	};
	char path[PATH_SIZE];
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)sek_text_format(path, sizeof(path), "%s%s",
		    config->path, ends[i]);
		(void)unlink(path);
	}
}

enum sek_err
sek_new_claim(int *dir, const struct sek_store_config *config,
    struct sek_why *why)
{
	char folder[SEK_PATH_MAX];
	enum sek_err err;

	if (sek_file_folder(folder, sizeof(folder), config->path) != SEK_OK)
		return (sek_why(why, SEK_ERR_SETTINGS, "store.path %s: must "
		    "be an absolute path in a folder of its own",
		    config->path));
	if ((err = sek_file_make_folder(folder, 0700, why)) != SEK_OK)
		return (err);
	if ((*dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
	    flock(*dir, LOCK_EX | LOCK_NB) != 0)
		return (sek_why(why, SEK_ERR_STORE_BUSY, "%s: %s (is another "
		    "sekisho init or restore running?)", folder,
		    strerror(errno)));
	return (SEK_OK);
}

/* One init at a time: *dir is the locked folder. */
static enum sek_err
claim_folder(int *dir, const struct sek_store_config *config,
    struct sek_why *why)
{
	struct stat st;
	enum sek_err err;

	if ((err = sek_new_claim(dir, config, why)) != SEK_OK)
		return (err);
	if (lstat(config->path, &st) == 0)
		return (sek_why(why, SEK_ERR_EXISTS, "%s: there is a store; "
		    "to start anew, move it away first", config->path));
	return (SEK_OK);
}

static enum sek_err
make_key(const struct sek_store_config *config, struct sek_why *why)
{
	char folder[SEK_PATH_MAX];
	enum sek_err err;

	if ((err = sek_file_folder(folder, sizeof(folder), config->key)) !=
	    SEK_OK ||
	    (err = sek_file_make_folder(folder, 0700, why)) != SEK_OK)
		return (err);
	err = sek_keys_make(config->key, why);
	return (err == SEK_ERR_EXISTS ? SEK_OK : err);
}

/* Meta and record 1. */
static enum sek_err
first_rows(struct sek_db *db, void *arg)
{
	struct sek_record r;
	enum sek_err err;

	(void)arg;
	if ((err = sek_clock_now(&db->now)) != SEK_OK)
		return (err);
	db->meta.id = 1;
	db->meta.created = db->now.wall;
	db->meta.wall = db->now.wall;
	memcpy(db->meta.machine, db->machine, sizeof(db->machine));
	(void)sek_text_copy(db->meta.terminal, sizeof(db->meta.terminal),
	    db->config->terminal);
	(void)sek_text_copy(db->meta.policy, sizeof(db->meta.policy),
	    db->config->policy);
	if ((err = sek_db_meta_insert(db)) != SEK_OK)
		return (err);
	sek_db_record(&r, SEK_EVENT_INIT, SEK_RESULT_OK);
	if ((err = sek_db_append(db, &r)) == SEK_OK)
		err = sek_row_update(db, &sek_table_meta, &db->meta);
	return (err);
}

enum sek_err
sek_new_fill(struct sek_db *db, enum sek_err (*rows)(struct sek_db *db,
    void *arg), void *arg)
{
	enum sek_err err;

	if (sqlite3_exec(db->sq, "BEGIN IMMEDIATE", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return (sek_db_error(db));
	if ((err = sek_db_migrate(db)) != SEK_OK ||
	    (err = rows(db, arg)) != SEK_OK)
		return (err);
	if (sqlite3_exec(db->sq, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error(db));
	if ((err = sek_db_spare_pages(db, SEK_DB_SPARE_PAGES)) != SEK_OK)
		return (err);
	if (sqlite3_exec(db->sq, "PRAGMA main.journal_mode=WAL", NULL, NULL, NULL)
	    != SQLITE_OK)
		return (sek_db_error(db));
	/* Into the file, so that no log belongs to it when it is renamed. */
	if (sqlite3_wal_checkpoint_v2(db->sq, NULL, SQLITE_CHECKPOINT_TRUNCATE,
	    NULL, NULL) != SQLITE_OK)
		return (sek_db_error(db));
	return (SEK_OK);
}

/* Log and index of a name that the rename takes away; SQLite leaves them. */
void
sek_new_clear_log(const char *path)
{
	static const char *const ends[] = { "-wal", "-shm" };
	char beside[PATH_SIZE];
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		(void)sek_text_format(beside, sizeof(beside), "%s%s", path,
		    ends[i]);
		(void)unlink(beside);
	}
}

enum sek_err
sek_new_file(const char *path, struct sek_why *why)
{
	int fd;

	if ((fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) < 0)
		return (sek_why(why, errno == ENOSPC ? SEK_ERR_STORE_FULL :
		    SEK_ERR_IO, "%s: %s", path, strerror(errno)));
	(void)close(fd);
	return (SEK_OK);
}

static enum sek_err
make_database(const struct sek_store_config *config, const char *path,
    struct sek_why *why)
{
	struct sek_db *db = NULL;
	enum sek_err err;

	if ((err = sek_new_file(path, why)) != SEK_OK)
		return (err);
	if ((err = sek_db_create(&db, path, config, NULL, why)) == SEK_OK)
		err = sek_new_fill(db, first_rows, NULL);
	if (db != NULL)
		sek_db_journal(db);
	sek_db_close(&db);
	if (err == SEK_OK)
		sek_new_clear_log(path);
	return (err);
}

/* The reserve of the log: zeros are no valid log, so it counts as empty. */
enum sek_err
sek_new_reserves(const struct sek_store_config *config, struct sek_why *why)
{
	char wal[PATH_SIZE];
	enum sek_err err;

	if ((err = sek_ballast_create(config, why)) != SEK_OK)
		return (err);
	(void)sek_text_format(wal, sizeof(wal), "%s-wal", config->path);
	return (sek_write_zeros(wal, SEK_DB_WAL_BYTES, why));
}

static enum sek_err
publish(int dir, const struct sek_store_config *config, const char *new,
    struct sek_why *why)
{

	enum sek_err err = SEK_OK;

	if (renameat2(AT_FDCWD, new, AT_FDCWD, config->path,
	    RENAME_NOREPLACE) != 0)
		err = sek_why(why, SEK_ERR_IO, "%s: %s", config->path,
		    strerror(errno));
	else if (fsync(dir) != 0) {
		err = sek_why(why, SEK_ERR_IO, "%s: %s", config->path,
		    strerror(errno));
		(void)unlink(config->path);
	}
	return (err);
}

enum sek_err
sek_db_init(const struct sek_store_config *config, struct sek_why *why)
{
	char new[PATH_SIZE];
	enum sek_err err;
	mode_t mask;
	int dir = -1;

	if (config->terminal[0] == '\0')
		return (sek_why(why, SEK_ERR_SETTINGS, "terminal.id is not "
		    "set; a store belongs to one terminal"));
	(void)sek_text_format(new, sizeof(new), "%s.new", config->path);
	mask = umask(077);
	if ((err = claim_folder(&dir, config, why)) != SEK_OK)
		goto out;
	sek_new_clear(config);
	if ((err = make_key(config, why)) != SEK_OK ||
	    (err = make_database(config, new, why)) != SEK_OK ||
	    (err = sek_new_reserves(config, why)) != SEK_OK ||
	    (err = publish(dir, config, new, why)) != SEK_OK)
		sek_new_clear(config);
out:
	if (dir >= 0)
		(void)close(dir);
	(void)umask(mask);
	return (err);
}
