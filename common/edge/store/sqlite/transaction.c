/*
 * transaction.c - begin, read the head, do, end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

/* Is this store this machine's and this terminal's? */
static enum sek_err
check_bound(struct sek_db *db)
{
	const char *terminal = db->config->terminal;

	if (db->unbound)
		return (SEK_OK);
	if (sodium_memcmp(db->meta.machine, db->machine, SEK_MAC_LEN) != 0)
		return (sek_why(db->why, SEK_ERR_STORE_FOREIGN, "%s: made on "
		    "another machine, as the store of terminal \"%s\". Say "
		    "what this is: \"sekisho store adopt --clone\" for one "
		    "more terminal made from its image, \"sekisho store adopt "
		    "--replace\" for a new machine in its place",
		    db->config->path, db->meta.terminal));
	if (strcmp(db->meta.terminal, terminal) != 0)
		return (sek_why(db->why, SEK_ERR_STORE_FOREIGN, "%s: belongs "
		    "to terminal \"%s\", the settings say terminal.id \"%s\". "
		    "Say what this is: \"sekisho store adopt --replace\" for "
		    "terminal \"%s\" as before, \"sekisho store adopt "
		    "--clone\" for one more terminal made from its image",
		    db->config->path, db->meta.terminal, terminal,
		    db->meta.terminal));
	return (SEK_OK);
}

enum sek_err
sek_db_meta_read(struct sek_db *db)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, sek_table_meta.all)) != SEK_OK)
		return (err);
	if ((err = sek_db_step(db, st)) == SEK_ERR_NOT_FOUND)
		return (sek_row_bad(db, "meta", "1"));
	if (err != SEK_OK)
		return (err);
	err = sek_row_read(db, &sek_table_meta, st, &db->meta);
	sek_db_done(st);
	return (err);
}

/* Does the head's check hold under the key in this file? Then it is the one
 * from here on. */
static bool
holds_under(struct sek_db *db, const char *path)
{
	struct sek_keys was = db->keys, other = SEK_KEYS_NONE;
	uint8_t machine[SEK_MAC_LEN];

	if (sek_keys_load(&other, path, NULL) != SEK_OK)
		return (false);
	db->keys = other;
	if (sek_db_meta_read(db) != SEK_OK || sek_db_machine(machine, &other,
	    db->why) != SEK_OK) {
		db->keys = was;
		sek_keys_free(&other);
		return (false);
	}
	memcpy(db->machine, machine, sizeof(db->machine));
	sek_keys_free(&was);
	db->bad.table = NULL;
	return (true);
}

/*
 * The key was rotated under an open connection, or a rotation was killed: the
 * head's check tells which key is in force in what this transaction sees.
 */
static enum sek_err
read_meta(struct sek_db *db)
{
	char next[SEK_PATH_MAX + 8];
	const char *path = db->config->key;
	enum sek_err err;

	(void)sek_text_format(next, sizeof(next), "%s" SEK_KEY_NEXT, path);
	if ((err = sek_db_meta_read(db)) == SEK_ERR_TAMPERED &&
	    (holds_under(db, path) || holds_under(db, next) ||
	    holds_under(db, path)))
		err = SEK_OK;
	return (err != SEK_OK ? err : check_bound(db));
}

enum sek_err
sek_db_meta_insert(struct sek_db *db)
{

	return (sek_row_insert(db, &sek_table_meta, &db->meta));
}

static void
rollback(struct sek_db *db)
{

	if (!sqlite3_get_autocommit(db->sq))
		(void)sqlite3_exec(db->sq, "ROLLBACK", NULL, NULL, NULL);
	db->npending = 0;
}

enum sek_err
sek_db_begin(struct sek_db *db, bool write)
{
	enum sek_err err;

	db->undo = db->meta_dirty = db->in_record = false;
	db->harmed = 0;
	db->bad.table = NULL;
	db->npending = 0;
	if ((err = sek_clock_now(&db->now)) != SEK_OK)
		return (sek_why(db->why, err, "the clock cannot be read"));
	if (write && (err = sek_db_room(db)) != SEK_OK)
		return (err);
	if ((err = sek_db_exec(db, write ? "BEGIN IMMEDIATE" : "BEGIN")) !=
	    SEK_OK)
		return (err);
	/* Taken back or moved away under an open connection: what this one
	 * would write, nobody would read. */
	if (sek_db_moved(db))
		err = sek_why(db->why, SEK_ERR_STORE_BUSY, "%s: another store "
		    "was put in its place just now; try again",
		    db->config->path);
	else if ((err = read_meta(db)) == SEK_OK && write)
		err = sek_db_coalesce_close(db, false);
	if (err != SEK_OK)
		rollback(db);
	return (err);
}

enum sek_err
sek_db_end(struct sek_db *db, enum sek_err err)
{

	if (err == SEK_OK && !db->undo && db->meta_dirty)
		err = sek_row_update(db, &sek_table_meta, &db->meta);
	if (err != SEK_OK || db->undo) {
		rollback(db);
		return (err);
	}
	if ((err = sek_db_exec(db, "COMMIT")) != SEK_OK)
		rollback(db);
	else
		sek_db_journal(db);
	return (err);
}

bool
sek_db_clock_back(const struct sek_db *db)
{
	int64_t step = db->config->clock_step;

	return (step < INT64_MAX / SEK_SECOND &&
	    db->now.wall < db->meta.wall - step * SEK_SECOND);
}
