/*
 * ballast.c - room kept for the day the disk is full
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Three kinds: free pages in the database and a write-ahead log already
 * written to its full size, so that tallies go on as if nothing were; and a
 * ballast file of which privileged calls give up a piece when they need it.
 *
 * MUST: on a full disk the database does not grow but for calls that may use
 * the ballast: what cannot be moved from the log into it would fill the log,
 * and then no failure could be counted any more.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "sekisho/base/text.h"

static void
ballast_path(char *dst, size_t size, const struct sek_store_config *config)
{

	(void)sek_text_format(dst, size, "%s.ballast", config->path);
}

uint64_t
sek_disk_free(const char *path)
{
	struct statvfs vfs;

	if (statvfs(path, &vfs) != 0)
		return (0);
	/* root may use what is kept back for root */
	return ((uint64_t)(geteuid() == 0 ? vfs.f_bfree : vfs.f_bavail) *
	    vfs.f_frsize);
}

uint64_t
sek_ballast_size(const struct sek_store_config *config)
{
	char path[SEK_PATH_MAX + 16];
	struct stat st;

	ballast_path(path, sizeof(path), config);
	if (lstat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
		return (0);
	return ((uint64_t)st.st_size);
}

/* Give up a piece at the end; false when nothing is left to give. */
bool
sek_ballast_make_room(const struct sek_store_config *config)
{
	char path[SEK_PATH_MAX + 16];
	uint64_t size = sek_ballast_size(config);
	bool ok = false;
	int fd;

	ballast_path(path, sizeof(path), config);
	if (size == 0 || (fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)) <
	    0)
		return (false);
	size = size > SEK_BALLAST_PIECE ? size - SEK_BALLAST_PIECE : 0;
	ok = ftruncate(fd, (off_t)size) == 0;
	(void)close(fd);
	return (ok);
}

static bool
zeros(int fd, size_t bytes)
{
	static const char block[65536];
	ssize_t n;

	while (bytes > 0) {
		n = write(fd, block, bytes < sizeof(block) ? bytes :
		    sizeof(block));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (false);
		bytes -= (size_t)n;
	}
	return (fsync(fd) == 0);
}

enum sek_err
sek_write_zeros(const char *path, size_t bytes, struct sek_why *why)
{
	enum sek_err err = SEK_OK;
	int fd;

	if ((fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) < 0)
		return (sek_why(why, errno == ENOSPC ? SEK_ERR_STORE_FULL :
		    SEK_ERR_IO, "%s: %s", path, strerror(errno)));
	if (!zeros(fd, bytes))
		err = sek_why(why, errno == ENOSPC || errno == EDQUOT ?
		    SEK_ERR_STORE_FULL : SEK_ERR_IO, "%s: %s; %zu bytes are "
		    "wanted as a reserve for a full disk", path,
		    strerror(errno), bytes);
	(void)close(fd);
	return (err);
}

enum sek_err
sek_ballast_create(const struct sek_store_config *config, struct sek_why *why)
{
	char path[SEK_PATH_MAX + 16];

	ballast_path(path, sizeof(path), config);
	return (sek_write_zeros(path, SEK_BALLAST_FULL, why));
}

/* The file may have as many pages as it has, or any number. */
static enum sek_err
limit(struct sek_db *db, bool on)
{
	char sql[64];
	int64_t pages = 0;
	enum sek_err err;

	if (on == db->limited)
		return (SEK_OK);
	if (on && (err = sek_db_number(db, &pages, "PRAGMA page_count")) !=
	    SEK_OK)
		return (err);
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%lld",
	    on ? (long long)pages : 4294967294LL);
	if (sqlite3_exec(db->sq, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error(db));
	db->limited = on;
	return (SEK_OK);
}

static int64_t
free_pages(struct sek_db *db)
{
	int64_t n = 0;

	(void)sek_db_number(db, &n, "PRAGMA freelist_count");
	return (n);
}

enum sek_err
sek_db_room(struct sek_db *db)
{
	uint64_t room = sek_disk_free(db->config->path);

	db->tight = room < SEK_DB_TIGHT;
	/* Who may use the ballast is given a piece before he runs short. */
	if (db->tight && db->reserve && room < SEK_BALLAST_PIECE / 2 &&
	    free_pages(db) < SEK_DB_KEPT_PAGES / 4)
		return (sek_db_error_code(db->why, db->config->path,
		    SQLITE_FULL, 0, ""));
	return (limit(db, db->tight && !db->reserve));
}

bool
sek_db_room_to_spare(struct sek_db *db)
{

	return (!db->tight || db->reserve ||
	    free_pages(db) >= SEK_DB_KEPT_PAGES);
}

/* Written and deleted in two transactions: a page never written would be a
 * hole in the file. */
enum sek_err
sek_db_spare_pages(struct sek_db *db, int64_t pages)
{
	char sql[96];

	(void)snprintf(sql, sizeof(sql), "DELETE FROM spare;"
	    "INSERT INTO spare VALUES(zeroblob(%lld))",
	    (long long)pages * (SEK_DB_PAGE - 4));
	if (sqlite3_exec(db->sq, sql, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(db->sq, "DELETE FROM spare", NULL, NULL, NULL) !=
	    SQLITE_OK)
		return (sek_db_error(db));
	return (SEK_OK);
}

/*
 * The log is long after an import. To cut it, all others must be out for a
 * moment: who comes behind a long call has not waited yet, so the time counts
 * from here. Moving the pages first keeps nobody waiting.
 */
static void
cut_log(struct sek_db *db, bool patient)
{

	sek_db_wait_for(db, patient ? SEK_DB_BUSY_LOG : SEK_DB_BUSY_LOG_LOGIN);
	(void)sqlite3_wal_checkpoint_v2(db->sq, NULL,
	    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	(void)sqlite3_wal_checkpoint_v2(db->sq, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/*
 * The log kept at its full size: cut when it became long, made up again when
 * it was cut. Never by writing: it may be in use.
 */
static void
refill_log(struct sek_db *db, bool patient)
{
	char path[SEK_PATH_MAX + 16];
	struct stat st;
	int fd;

	(void)sek_text_format(path, sizeof(path), "%s-wal", db->config->path);
	if (stat(path, &st) == 0 && st.st_size > (off_t)(4 * SEK_DB_WAL_BYTES))
		cut_log(db, patient);
	if ((fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size < (off_t)SEK_DB_WAL_BYTES)
		(void)posix_fallocate(fd, 0, SEK_DB_WAL_BYTES);
	(void)close(fd);
}

/* Best effort: the call itself is done. */
void
sek_db_refill(struct sek_db *db, bool ballast)
{
	struct sek_why *why = db->why, none;
	uint64_t room;

	if (db->tight && db->reserve)
		(void)sqlite3_wal_checkpoint_v2(db->sq, NULL,
		    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (db->tight || (!ballast && db->meta.seq % 64 != 0))
		return;
	refill_log(db, ballast);
	room = sek_disk_free(db->config->path);
	db->why = &none;
	if (ballast && room > 4 * (uint64_t)SEK_BALLAST_FULL &&
	    sek_ballast_size(db->config) < SEK_BALLAST_FULL)
		(void)sek_ballast_create(db->config, &none);
	if (room > 4 * (uint64_t)SEK_DB_SPARE_PAGES * SEK_DB_PAGE &&
	    free_pages(db) < SEK_DB_SPARE_PAGES / 2)
		(void)sek_db_spare_pages(db, SEK_DB_SPARE_PAGES / 2);
	db->why = why;
}
