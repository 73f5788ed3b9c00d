/*
 * open.c - a connection: place checked, settings made, machine known
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the file is a regular one of the effective user's, with no right for
 * others, in a folder of which the same holds; so who could change it between
 * check and open could change it anyway.
 * MUST: the checks leave no descriptor whose closing drops SQLite's locks
 * (POSIX locks go with any descriptor of the file, but O_PATH ones).
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "db.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#define MACHINE_ID	"/etc/machine-id"

static enum sek_err
check_stat(int fd, mode_t type, const char *path, struct sek_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno)));
	if ((st.st_mode & S_IFMT) != type)
		return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: is not a %s; move "
		    "it away", path, type == S_IFDIR ? "folder" :
		    "regular file"));
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: owner %u, mode "
		    "%04o: must be root's with no right for others; look who "
		    "changed it, then run: chown root:root %s && chmod %s %s",
		    path, (unsigned)st.st_uid, (unsigned)(st.st_mode & 07777),
		    path, type == S_IFDIR ? "700" : "600", path));
	return (SEK_OK);
}

static enum sek_err
check_place(const char *path, struct sek_why *why)
{
	char folder[SEK_PATH_MAX];
	const char *name = strrchr(path, '/');
	enum sek_err err;
	int dir = -1, fd = -1;

	if (path[0] != '/' || name == path || strlen(path) >= sizeof(folder))
		return (sek_why(why, SEK_ERR_SETTINGS, "store.path %s: must be "
		    "an absolute path in a folder of its own", path));
	(void)sek_text_format(folder, sizeof(folder), "%.*s",
	    (int)(name - path), path);
	if ((dir = open(folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
	    < 0 || (fd = openat(dir, name + 1, O_PATH | O_NOFOLLOW |
	    O_CLOEXEC)) < 0) {
		err = errno == ENOENT ? sek_why(why, SEK_ERR_STORE_MISSING,
		    "%s: there is no store; run: sekisho init", path) :
		    sek_why(why, SEK_ERR_STORE, "%s: %s", path,
		    strerror(errno));
		goto out;
	}
	if ((err = check_stat(dir, S_IFDIR, folder, why)) == SEK_OK)
		err = check_stat(fd, S_IFREG, path, why);
out:
	if (fd >= 0)
		(void)close(fd);
	if (dir >= 0)
		(void)close(dir);
	return (err);
}

static int64_t
monotonic(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * SEK_SECOND + ts.tv_nsec / 1000);
}

/*
 * Another holds the lock: wait a little, and a little longer each time, with
 * chance in it so that no waiter always comes at the wrong moment.
 */
static int
busy(void *arg, int times)
{
	const struct sek_db *db = arg;
	struct timespec ts = { 0 };
	uint32_t most = times < 24 ? 200u + 150u * (uint32_t)times : 4000u;

	if (monotonic() - db->began > SEK_DB_BUSY)
		return (0);
	ts.tv_nsec = (long)(100 + randombytes_uniform(most)) * 1000;
	(void)nanosleep(&ts, NULL);
	return (1);
}

void
sek_db_wait_for(struct sek_db *db, int64_t us)
{

	db->began = monotonic() - SEK_DB_BUSY + us;
}

static enum sek_err
exec(struct sek_db *db, const char *sql)
{

	if (sqlite3_exec(db->sq, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error(db));
	return (SEK_OK);
}

void
sek_db_guard(sqlite3 *sq)
{
	sqlite3_int64 no_map = 0;

	(void)sqlite3_extended_result_codes(sq, 1);
	(void)sqlite3_db_config(sq, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(sq, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(sq, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(sq, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* A file cut while it is mapped would be a signal, not an error. */
	(void)sqlite3_file_control(sq, "main", SQLITE_FCNTL_MMAP_SIZE,
	    &no_map);
}

/* What a store's connection must be before its first statement. */
static void
configure(struct sek_db *db)
{

	sek_db_guard(db->sq);
	(void)sqlite3_busy_handler(db->sq, busy, db);
	(void)sqlite3_db_config(db->sq, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
	    NULL);
	(void)sqlite3_wal_autocheckpoint(db->sq, SEK_DB_CHECKPOINT);
}

static enum sek_err
connect(struct sek_db *db, const char *path, int flags)
{
	enum sek_err err;
	int rc;

	rc = sqlite3_open_v2(path, &db->sq, flags | SQLITE_OPEN_NOMUTEX |
	    SQLITE_OPEN_PRIVATECACHE, NULL);
	if (rc != SQLITE_OK) {
		err = sek_db_error(db);
		(void)sqlite3_close(db->sq);
		db->sq = NULL;
		return (err);
	}
	configure(db);
	return (SEK_OK);
}

static void
disconnect(struct sek_db *db)
{
	unsigned i;

	for (i = 0; i < db->nstatements; i++)
		(void)sqlite3_finalize(db->statement[i].st);
	db->nstatements = 0;
	(void)sqlite3_close(db->sq);
	db->sq = NULL;
}

enum sek_err
sek_db_machine(uint8_t out[SEK_MAC_LEN], const struct sek_keys *keys,
    struct sek_why *why)
{
	struct sek_mac m;
	char *id = NULL;
	size_t len = 0;
	enum sek_err err;

	if ((err = sek_file_read(&id, &len, MACHINE_ID, 256, SEK_FILE_PUBLIC,
	    why)) != SEK_OK || len < 32) {
		err = sek_why(why, SEK_ERR_STORE_FOREIGN, "%s: absent, "
		    "empty or not root's: a store is bound to its machine; "
		    "run: systemd-machine-id-setup", MACHINE_ID);
		goto out;
	}
	sek_mac_begin(&m, keys, SEK_KEY_MACHINE, "machine");
	sek_mac_bytes(&m, id, 32);
	sek_mac_end(&m, out);
out:
	free(id);
	return (err);
}

/* The key file; where it was about to be replaced, the one to come. */
static enum sek_err
load_keys(struct sek_db *db, const struct sek_store_config *config)
{
	char other[SEK_PATH_MAX + 8];
	enum sek_err err;

	if ((err = sek_keys_load(&db->keys, config->key, db->why)) !=
	    SEK_ERR_NOT_FOUND)
		return (err);
	(void)sek_text_format(other, sizeof(other), "%s" SEK_KEY_NEXT,
	    config->key);
	if (sek_keys_load(&db->keys, other, NULL) == SEK_OK)
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_STORE, "%s: the key of the store "
	    "is missing; put it back, or take a backup back: sekisho store "
	    "restore FILE", config->key));
}

/* No keys, no connection yet. */
static enum sek_err
blank_db(struct sek_db **out, const struct sek_store_config *config,
    struct sek_why *why)
{
	struct sek_db *db;

	if ((db = calloc(1, sizeof(*db))) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "%s: out of memory",
		    config->path));
	db->config = config;
	db->why = why;
	db->began = monotonic();
	*out = db;
	return (SEK_OK);
}

/* keys: NULL, or another store's (a copy of them is kept). */
static enum sek_err
new_db(struct sek_db **out, const struct sek_store_config *config,
    const struct sek_keys *keys, struct sek_why *why)
{
	struct sek_db *db;
	enum sek_err err;

	if ((err = blank_db(&db, config, why)) != SEK_OK)
		return (err);
	*out = db;
	err = keys == NULL ? load_keys(db, config) :
	    sek_keys_derive(&db->keys, keys->master.data);
	if (err == SEK_OK)
		err = sek_db_machine(db->machine, &db->keys, why);
	return (err);
}

/* The first read: here a closed store is found to have no room, to be of a
 * newer version, or no store at all. */
static enum sek_err
first_read(struct sek_db *db)
{
	enum sek_err err;

	if (sqlite3_db_readonly(db->sq, "main") == 1)
		return (sek_db_error_code(db->why, db->config->path,
		    SQLITE_READONLY, 0, "read-only"));
	if ((err = sek_db_version_check(db)) != SEK_OK)
		return (err);
	return (exec(db, "PRAGMA synchronous=FULL;PRAGMA cell_size_check=1"));
}

/*
 * A closed WAL database wants a new shared index, hence room. Where there is
 * none it is opened for this process alone, with the index in memory.
 */
static enum sek_err
open_alone(struct sek_db *db)
{
	enum sek_err err;

	disconnect(db);
	if ((err = connect(db, db->config->path, SQLITE_OPEN_READWRITE)) !=
	    SEK_OK ||
	    (err = exec(db, "PRAGMA locking_mode=EXCLUSIVE")) != SEK_OK)
		return (err);
	db->exclusive = true;
	return (first_read(db));
}

enum sek_err
sek_db_open(struct sek_db **out, const char *path,
    const struct sek_store_config *config, struct sek_why *why)
{
	struct sek_db *db = NULL;
	enum sek_err err;

	if ((err = check_place(path, why)) != SEK_OK ||
	    (err = new_db(&db, config, NULL, why)) != SEK_OK ||
	    (err = connect(db, path, SQLITE_OPEN_READWRITE)) != SEK_OK)
		goto out;
	if ((err = first_read(db)) == SEK_ERR_STORE_FULL)
		err = open_alone(db);
out:
	if (err != SEK_OK)
		sek_db_close(&db);
	else
		*out = db;
	return (err);
}

enum sek_err
sek_db_create(struct sek_db **out, const char *path,
    const struct sek_store_config *config, const struct sek_keys *keys,
    struct sek_why *why)
{
	struct sek_db *db = NULL;
	enum sek_err err;

	if ((err = new_db(&db, config, keys, why)) != SEK_OK ||
	    (err = connect(db, path, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_CREATE)) != SEK_OK)
		goto out;
	err = exec(db, "PRAGMA page_size=4096;PRAGMA journal_mode=MEMORY;"
	    "PRAGMA synchronous=FULL");
out:
	if (err != SEK_OK)
		sek_db_close(&db);
	else
		*out = db;
	return (err);
}

/* A file that is no store: a backup, of these keys. */
enum sek_err
sek_db_open_other(struct sek_db **out, const struct sek_store_config *config,
    struct sek_why *why)
{
	struct sek_db *db;
	enum sek_err err;

	if ((err = blank_db(&db, config, why)) != SEK_OK)
		return (err);
	if ((err = connect(db, config->path, SQLITE_OPEN_READONLY)) ==
	    SEK_OK)
		err = exec(db, "PRAGMA cell_size_check=1;"
		    "PRAGMA temp_store=MEMORY");
	if (err != SEK_OK)
		sek_db_close(&db);
	else
		*out = db;
	return (err);
}

bool
sek_db_moved(const struct sek_db *db)
{
	int moved = 0;

	return (sqlite3_file_control(db->sq, "main", SQLITE_FCNTL_HAS_MOVED,
	    &moved) == SQLITE_OK && moved != 0);
}

void
sek_db_close(struct sek_db **db)
{

	if (*db == NULL)
		return;
	disconnect(*db);
	sek_keys_free(&(*db)->keys);
	free(*db);
	*db = NULL;
}
