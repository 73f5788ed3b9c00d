/*
 * copy.c - the whole database into another file while logins go on, and the
 * copies kept of a store before it is changed throughout
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: under its name a copy is whole and on the disk.
 * MUST: a kept copy holds no key: it is of use with the key file only.
 */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#define KEPT		3
#define KEPT_HEAD	"store-"
#define KEPT_TAIL	".db"
#define PAGES		1024		/* a step of the copy */
#define NO_LOG		"PRAGMA temp_store=MEMORY;PRAGMA journal_mode=MEMORY;" \
			"PRAGMA synchronous=OFF"

static enum sek_err
why_errno(struct sek_why *why, const char *path)
{

	return (sek_why(why, errno == ENOSPC || errno == EDQUOT ?
	    SEK_ERR_STORE_FULL : errno == EEXIST ? SEK_ERR_EXISTS : SEK_ERR_IO,
	    "%s: %s", path, strerror(errno)));
}

/* Page by page. The transaction of the source keeps it one look. */
static enum sek_err
copy_pages(struct sek_db *db, sqlite3 *to, const char *path,
    const struct sek_tool_args *a)
{
	sqlite3_backup *b;
	uint64_t all;
	int rc;

	if ((b = sqlite3_backup_init(to, "main", db->sq, "main")) == NULL)
		return (sek_db_error_of(db->why, path, to));
	while ((rc = sqlite3_backup_step(b, PAGES)) == SQLITE_OK) {
		all = (uint64_t)sqlite3_backup_pagecount(b);
		if (a != NULL && a->progress != NULL)
			a->progress(a->arg, all -
			    (uint64_t)sqlite3_backup_remaining(b), all);
	}
	(void)sqlite3_backup_finish(b);
	return (rc == SQLITE_DONE ? SEK_OK : sek_db_error_of(db->why, path, to));
}

/* No log beside it, and nothing of what was deleted in it. */
static enum sek_err
finish(struct sek_db *db, sqlite3 *to, const char *path)
{

	if (sqlite3_exec(to, NO_LOG ";VACUUM", NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error_of(db->why, path, to));
	return (SEK_OK);
}

enum sek_err
sek_db_copy(struct sek_db *db, const char *path, const struct sek_tool_args *a)
{
	sqlite3 *to = NULL;
	enum sek_err err;
	int fd;

	if ((fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) < 0)
		return (why_errno(db->why, path));
	(void)close(fd);
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL) !=
	    SQLITE_OK)
		err = sek_db_error_of(db->why, path, to);
	else if (sqlite3_exec(to, NO_LOG, NULL, NULL, NULL) != SQLITE_OK)
		err = sek_db_error_of(db->why, path, to);
	else if ((err = copy_pages(db, to, path, a)) == SEK_OK)
		err = finish(db, to, path);
	(void)sqlite3_close(to);
	if (err == SEK_OK)
		err = sek_file_sync(path, db->why);
	if (err != SEK_OK)
		(void)unlink(path);
	return (err);
}

void
sek_kept_folder(char *dst, size_t size, const struct sek_store_config *config)
{
	char folder[SEK_PATH_MAX];

	(void)sek_file_folder(folder, sizeof(folder), config->path);
	(void)sek_text_format(dst, size, "%s/backup", folder);
}

static int
is_kept(const struct dirent *d)
{
	size_t n = strlen(d->d_name), tail = strlen(KEPT_TAIL);

	return (n > tail && strncmp(d->d_name, KEPT_HEAD,
	    strlen(KEPT_HEAD)) == 0 &&
	    strcmp(d->d_name + n - tail, KEPT_TAIL) == 0);
}

/* A copy, and the log of one that was laid there as it was. */
static void
remove_kept(const char *folder, const char *name)
{
	char path[SEK_PATH_MAX + 320];

	if (sek_text_format(path, sizeof(path), "%s/%s-wal", folder, name) !=
	    SEK_OK)
		return;
	(void)unlink(path);
	path[strlen(path) - strlen("-wal")] = '\0';
	(void)unlink(path);
}

/* How many there are; of more than keep the oldest go, by their names, but
 * never the one just made (NULL: none was): the clock may have been set back
 * since the others. */
static uint64_t
prune(const struct sek_store_config *config, int keep, const char *made)
{
	char folder[SEK_PATH_MAX + 32];
	struct dirent **names = NULL;
	const char *spared = made == NULL ? NULL : strrchr(made, '/');
	int i, n, gone = 0;

	sek_kept_folder(folder, sizeof(folder), config);
	/* Their names begin with their time. */
	if ((n = scandir(folder, &names, is_kept, alphasort)) < 0)
		return (0);
	for (i = 0; i < n; i++) {
		if (gone < n - keep && (spared == NULL ||
		    strcmp(names[i]->d_name, spared + 1) != 0)) {
			remove_kept(folder, names[i]->d_name);
			gone++;
		}
		free(names[i]);
	}
	free(names);
	return (n > keep ? (uint64_t)keep : (uint64_t)n);
}

void
sek_kept_remove(const struct sek_store_config *config)
{

	(void)prune(config, 0, NULL);
}

uint64_t
sek_kept(const struct sek_store_config *config)
{

	return (prune(config, INT_MAX / 2, NULL));
}

/* What a killed copy left. */
static void
remove_begun(const char *folder)
{
	char path[SEK_PATH_MAX + 320];
	struct dirent *d;
	DIR *dir;
	size_t n;

	if ((dir = opendir(folder)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		if ((n = strlen(d->d_name)) > 4 &&
		    strncmp(d->d_name, KEPT_HEAD, strlen(KEPT_HEAD)) == 0 &&
		    strcmp(d->d_name + n - 4, ".new") == 0 &&
		    sek_text_format(path, sizeof(path), "%s/%s", folder,
		    d->d_name) == SEK_OK)
			(void)unlink(path);
	(void)closedir(dir);
}

enum sek_err
sek_kept_name(char *dst, size_t size, const struct sek_store_config *config,
    const char *reason, struct sek_why *why)
{
	char folder[SEK_PATH_MAX + 32], when[32];
	struct timespec ts;
	struct tm tm;
	enum sek_err err;

	sek_kept_folder(folder, sizeof(folder), config);
	if ((err = sek_file_make_folder(folder, 0700, why)) != SEK_OK)
		return (err);
	remove_begun(folder);
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	(void)gmtime_r(&ts.tv_sec, &tm);
	(void)strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm);
	return (sek_text_format(dst, size, "%s/" KEPT_HEAD "%s.%06ldZ-%s"
	    KEPT_TAIL, folder, when, ts.tv_nsec / 1000, reason));
}

enum sek_err
sek_db_keep(struct sek_db *db, const char *reason, char *path, size_t size,
    const struct sek_tool_args *a)
{
	char new[SEK_PATH_MAX + 128];
	enum sek_err err;

	if ((err = sek_kept_name(path, size, db->config, reason, db->why)) !=
	    SEK_OK ||
	    (err = sek_text_format(new, sizeof(new), "%s.new", path)) !=
	    SEK_OK ||
	    (err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	err = sek_db_end(db, sek_db_copy(db, new, a));
	if (err == SEK_OK && (err = sek_file_publish(new, path, false,
	    db->why)) != SEK_OK)
		(void)unlink(new);
	if (err == SEK_OK)
		(void)prune(db->config, KEPT, path);
	return (err);
}

/* Its log is moved, not copied: a damaged store has no use of it, and one
 * that is none of ours has it written into its file first. */
static void
move_log(const struct sek_store_config *config, const char *path)
{
	char from[SEK_PATH_MAX + 8], to[SEK_PATH_MAX + 8];
	sqlite3 *sq = NULL;

	if (sqlite3_open_v2(config->path, &sq, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL) == SQLITE_OK)
		(void)sqlite3_wal_checkpoint_v2(sq, NULL,
		    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_close(sq);
	(void)sek_text_format(from, sizeof(from), "%s-wal", config->path);
	(void)sek_text_format(to, sizeof(to), "%s-wal", path);
	(void)rename(from, to);
	(void)sek_text_format(from, sizeof(from), "%s-shm", config->path);
	(void)unlink(from);
}

enum sek_err
sek_kept_link(const struct sek_store_config *config, char *path, size_t size,
    struct sek_why *why)
{
	enum sek_err err;

	if ((err = sek_kept_name(path, size, config, "replaced", why)) !=
	    SEK_OK)
		return (err);
	if (link(config->path, path) != 0)
		return (why_errno(why, path));
	move_log(config, path);
	(void)prune(config, KEPT, path);
	return (SEK_OK);
}
