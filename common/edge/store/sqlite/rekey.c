/*
 * rekey.c - a new key for a store: rotation, and the clone of another terminal
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The new key lies beside the key file, then one transaction puts every row
 * under it, then it becomes the key file. Which one is in force is told by
 * the head's check, so that a kill between leaves a store that opens.
 *
 * MUST: a key file is replaced or destroyed only under the lock, and only
 * after the head was read under the other one.
 * MUST: no secret under the old key stays in the log or in free pages.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#define LOCK_WAIT	(5 * SEK_SECOND)

enum sek_err
sek_keys_lock(int *fd, const struct sek_store_config *config,
    struct sek_why *why)
{
	char folder[SEK_PATH_MAX];

	(void)sek_file_folder(folder, sizeof(folder), config->key);
	if ((*fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno)));
	if (sek_file_lock(*fd, LOCK_WAIT) == SEK_OK)
		return (SEK_OK);
	(void)close(*fd);
	*fd = -1;
	return (sek_why(why, SEK_ERR_STORE_BUSY, "%s: another sekisho changes "
	    "the key; try again when it is done", folder));
}

static void
next_path(char *dst, size_t size, const struct sek_store_config *config)
{

	(void)sek_text_format(dst, size, "%s" SEK_KEY_NEXT, config->key);
}

/* A key no name leads to any more: off the disk, too. */
static void
destroy(int fd)
{

	if (fd < 0)
		return;
	sek_file_overwrite(fd);
	(void)close(fd);
}

void
sek_keys_destroy(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	(void)unlink(path);
	destroy(fd);
}

enum sek_err
sek_keys_put_in_place(const struct sek_store_config *config,
    struct sek_why *why)
{
	char next[SEK_PATH_MAX + 8];
	enum sek_err err;
	int old;

	next_path(next, sizeof(next), config);
	old = open(config->key, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if ((err = sek_file_publish(next, config->key, true, why)) == SEK_OK)
		destroy(old);
	else if (old >= 0)
		(void)close(old);
	return (err);
}

enum sek_err
sek_db_settle_keys(struct sek_db *db)
{
	char next[SEK_PATH_MAX + 8];
	struct sek_keys k = SEK_KEYS_NONE;
	struct stat st;
	enum sek_err err;

	next_path(next, sizeof(next), db->config);
	if (lstat(next, &st) != 0)
		return (SEK_OK);
	if ((err = sek_db_begin(db, false)) != SEK_OK ||
	    (err = sek_db_end(db, SEK_OK)) != SEK_OK)
		return (err);
	if (sek_keys_load(&k, db->config->key, NULL) == SEK_OK &&
	    sek_keys_equal(&k, &db->keys))
		sek_keys_destroy(next);
	else
		err = sek_keys_put_in_place(db->config, db->why);
	sek_keys_free(&k);
	return (err);
}

struct rekey {
	struct sek_db	*db;
	struct sek_db	*src;		/* the same store, as it is */
	struct sek_carry carry;
	struct sek_keys	 was;
};

/* A second look at the store, which stays as it is while rows are changed. */
static enum sek_err
open_source(struct rekey *k)
{
	struct sek_db *db = k->db;
	enum sek_err err;

	if ((err = sek_db_open(&k->src, db->config->path, db->config,
	    db->why)) != SEK_OK)
		return (err);
	if (k->src->exclusive)
		return (sek_db_error_code(db->why, db->config->path,
		    SQLITE_FULL, 0, ""));
	if (sqlite3_exec(k->src->sq, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error(k->src));
	return (sek_db_meta_read(k->src));
}

/* Everything under the new keys; the head follows when the call ends. */
static enum sek_err
rekey(struct rekey *k, const struct sek_keys *next)
{
	struct sek_db *db = k->db;
	enum sek_err err;

	if ((err = sek_db_no_newer(db)) != SEK_OK ||
	    (err = sek_db_coalesce_close(db, true)) != SEK_OK)
		return (err);
	if (db->meta.waiting != 0)
		return (sek_db_error_code(db->why, db->config->path,
		    SQLITE_FULL, 0, ""));
	if ((err = open_source(k)) != SEK_OK)
		return (err);
	k->was = db->keys;
	memset(&db->keys, 0, sizeof(db->keys));
	if ((err = sek_keys_derive(&db->keys, next->master.data)) != SEK_OK) {
		db->keys = k->was;
		memset(&k->was, 0, sizeof(k->was));
		return (err);
	}
	if ((err = sek_db_machine(db->machine, &db->keys, db->why)) != SEK_OK)
		return (err);
	memcpy(db->meta.machine, db->machine, sizeof(db->meta.machine));
	db->meta_dirty = true;
	k->carry.src = k->src;
	k->carry.dst = db;
	k->carry.callers = true;
	return (sek_db_rekey_rows(&k->carry));
}

/* Nothing of before in the log or in pages nobody uses. Best effort. */
static void
clear_old(struct sek_db *db)
{
	int64_t n = 0;

	sek_db_wait_for(db, SEK_DB_BUSY_LOG);
	(void)sek_db_number(db, &n, "PRAGMA freelist_count");
	if (n > 0)
		(void)sek_db_spare_pages(db, n);
	(void)sqlite3_wal_checkpoint_v2(db->sq, NULL,
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_exec(db->sq, "PRAGMA secure_delete=OFF", NULL, NULL,
	    NULL);
}

/* In the transaction, after the rows. */
typedef enum sek_err (*rekey_fn)(struct rekey *k, const void *in, void *out);

/*
 * Under the lock, with keys settled. What was committed is asked of the store,
 * also where it failed: a commit that tells of an error may stand.
 */
static enum sek_err
with_new_key(struct rekey *k, rekey_fn fn, const void *in, void *out)
{
	struct sek_db *db = k->db;
	struct sek_keys next = SEK_KEYS_NONE;
	struct sek_why none;
	char path[SEK_PATH_MAX + 8];
	enum sek_err err;

	next_path(path, sizeof(path), db->config);
	if ((err = sek_keys_derive(&next, NULL)) != SEK_OK ||
	    (err = sek_keys_save(&next, path, db->why)) != SEK_OK)
		goto out;
	(void)sqlite3_exec(db->sq, "PRAGMA secure_delete=ON", NULL, NULL,
	    NULL);
	if ((err = sek_db_begin(db, true)) == SEK_OK) {
		if ((err = rekey(k, &next)) == SEK_OK)
			err = fn(k, in, out);
		err = sek_db_end(db, err);
	}
	if (err != SEK_OK && k->was.master.data != NULL) {
		sek_keys_free(&db->keys);
		db->keys = k->was;
		memset(&k->was, 0, sizeof(k->was));
		(void)sek_db_machine(db->machine, &db->keys, db->why);
	}
	sek_db_close(&k->src);
	if (err == SEK_OK)
		err = sek_db_settle_keys(db);
	else {
		struct sek_why *why = db->why;

		db->why = &none;
		(void)sek_db_settle_keys(db);
		db->why = why;
	}
	if (err == SEK_OK)
		clear_old(db);
out:
	sek_keys_free(&k->was);
	sek_keys_free(&next);
	return (err);
}

/* Copies kept of before are of the old key: of use to nobody. */
static void
drop_kept(struct sek_db *db)
{

	sek_kept_remove(db->config);
}

static enum sek_err
count_tallies(struct rekey *k, uint64_t *left)
{
	int64_t n = 0;
	enum sek_err err;

	err = sek_db_number(k->src, &n,
	    "SELECT count(*) FROM attempt WHERE kind<>1");
	*left = (uint64_t)n > k->carry.tallies ?
	    (uint64_t)n - k->carry.tallies : 0;
	return (err);
}

static enum sek_err
rotated(struct rekey *k, const void *in, void *result)
{
	const struct sek_tool_args *a = in;
	struct sek_rotated *out = result;
	struct sek_record r;
	enum sek_err err;

	out->rows = k->carry.done;
	if ((err = count_tallies(k, &out->left)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_KEY_ROTATED);
	(void)sek_text_format(r.detail, sizeof(r.detail), "%llu rows, %llu "
	    "tallies of names not found left out",
	    (unsigned long long)out->rows, (unsigned long long)out->left);
	return (sek_db_append(k->db, &r));
}

enum sek_err
sek_op_rotate(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	struct rekey k = { .db = db, .carry = { .progress = a->progress,
	    .arg = a->arg } };
	enum sek_err err;
	int lock = -1;

	if ((err = sek_keys_lock(&lock, db->config, db->why)) != SEK_OK)
		return (err);
	if ((err = sek_db_settle_keys(db)) == SEK_OK &&
	    (err = with_new_key(&k, rotated, a, out)) == SEK_OK)
		drop_kept(db);
	(void)close(lock);
	return (err);
}

/* The records of the other terminal stay with it; a chain of its own. */
static enum sek_err
cloned(struct rekey *k, const void *in, void *result)
{
	static const char *const gone[] = {
		"DELETE FROM record", "DELETE FROM admission",
		"DELETE FROM session",
		"DELETE FROM mark WHERE name NOT LIKE 'roster%'",
		"DELETE FROM seal",
		"DELETE FROM anchor",
		/* Given for other terminals, and recorded there: here nobody
		 * could tell by whom. They are asked for anew. */
		"DELETE FROM request",
		"DELETE FROM ticket",
	};
	const struct sek_adopt_in *a = in;
	const struct sek_adopted *out = result;
	struct sek_db *db = k->db;
	char hash[2 * SEK_HASH_LEN + 1];
	struct sek_record r;
	enum sek_err err = SEK_OK;
	size_t i, n = sizeof(gone) / sizeof(gone[0]);

	if (sek_db_needs_minor(db, 1) != SEK_OK)
		n -= 5;
	else if (!sek_db_has_requests(db))
		n -= 2;
	else if (!sek_db_has_tickets(db))
		n -= 1;
	for (i = 0; i < n && err == SEK_OK; i++)
		err = sek_db_exec(db, gone[i]);
	if (err != SEK_OK)
		return (err);
	sek_text_hex(hash, db->meta.hash, SEK_HASH_LEN);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_STORE_ADOPT);
	(void)sek_text_format(r.detail, sizeof(r.detail), "clone of %s, whose "
	    "head was %lld %s", out->terminal, (long long)db->meta.seq, hash);
	(void)sek_text_copy(db->meta.terminal, sizeof(db->meta.terminal),
	    db->config->terminal);
	(void)sek_text_copy(db->meta.policy, sizeof(db->meta.policy),
	    db->config->policy);
	memset(db->meta.hash, 0, sizeof(db->meta.hash));
	db->meta.seq = 0;
	db->meta.created = db->meta.wall = db->now.wall;
	db->meta.clock_mark = 0;
	db->in_record = true;
	return (sek_db_append(db, &r));
}

/* The same terminal on another machine; or its id, put back. */
static enum sek_err
replaced(struct sek_db *db, const struct sek_adopt_in *in)
{
	struct sek_record r;

	memcpy(db->meta.machine, db->machine, sizeof(db->meta.machine));
	db->meta_dirty = true;
	sek_db_record_actor(&r, in->actor, SEK_EVENT_STORE_ADOPT);
	(void)sek_text_format(r.detail, sizeof(r.detail), "%s on another "
	    "machine", db->meta.terminal);
	return (sek_db_append(db, &r));
}

static enum sek_err
look(struct sek_db *db, const struct sek_adopt_in *in, struct sek_adopted *out)
{
	int64_t n = 0;
	enum sek_err err;

	if ((err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	(void)sek_text_copy(out->terminal, sizeof(out->terminal),
	    db->meta.terminal);
	out->records = (uint64_t)db->meta.seq;
	out->here = sodium_memcmp(db->meta.machine, db->machine,
	    SEK_MAC_LEN) == 0;
	err = sek_db_number(db, &n, "SELECT count(*) FROM account");
	/* Before anything is destroyed. */
	if (err == SEK_OK && in->how == SEK_ADOPT_CLONE)
		err = sek_db_no_newer(db);
	out->accounts = (uint64_t)n;
	return (sek_db_end(db, err));
}

static enum sek_err
adopt(struct sek_db *db, const struct sek_adopt_in *in,
    struct sek_adopted *out)
{
	struct rekey k = { .db = db, .carry = { .progress = in->progress,
	    .arg = in->arg } };
	enum sek_err err;

	if ((err = look(db, in, out)) != SEK_OK || in->how == SEK_ADOPT_LOOK)
		return (err);
	if (out->here && strcmp(out->terminal, db->config->terminal) == 0)
		return (sek_why(db->why, SEK_ERR_EXISTS, "%s: is this "
		    "terminal's own already", db->config->path));
	if (in->how == SEK_ADOPT_CLONE) {
		/* What seals its records and signs its rosters is its own. */
		sek_keys_destroy(in->seal_key);
		if (in->roster_key != NULL)
			sek_keys_destroy(in->roster_key);
		return (with_new_key(&k, cloned, in, out));
	}
	if (out->here)
		return (SEK_OK);	/* the settings alone are wrong */
	if ((err = sek_db_begin(db, true)) != SEK_OK)
		return (err);
	return (sek_db_end(db, replaced(db, in)));
}

enum sek_err
sek_db_adopt(const struct sek_store_config *config,
    const struct sek_adopt_in *in, struct sek_adopted *out,
    struct sek_why *why)
{
	struct sek_db *db = NULL;
	enum sek_err err;
	int lock = -1;

	if ((err = sek_keys_lock(&lock, config, why)) != SEK_OK)
		return (err);
	if ((err = sek_db_open(&db, config->path, config, why)) == SEK_OK) {
		db->unbound = true;
		if ((err = sek_db_settle_keys(db)) == SEK_OK)
			err = adopt(db, in, out);
		if (err == SEK_OK && in->how == SEK_ADOPT_CLONE)
			drop_kept(db);
	}
	sek_db_close(&db);
	(void)close(lock);
	return (err);
}
