/*
 * tally.c - tallies of names, known, unknown and of callers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A tally is found by a keyed hash of its kind and name, so that the table
 * tells nobody which names were tried; known and unknown ones look alike.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

bool
sek_db_has_caller(const struct sek_claimant *who)
{

	return (who->caller != 0 && who->caller != who->uid);
}

const char *
sek_db_caller_name(char *dst, size_t size, const struct sek_claimant *who)
{

	if (who->caller_name[0] == '\0')
		(void)sek_text_format(dst, size, "#%u", who->caller);
	else
		(void)sek_text_copy(dst, size, who->caller_name);
	return (dst);
}

void
sek_tally_key(uint8_t out[SEK_TALLY_KEY_LEN], const struct sek_keys *keys,
    enum sek_tally_kind kind, const char *name)
{
	struct sek_mac m;

	_Static_assert(SEK_TALLY_KEY_LEN == SEK_MAC_LEN, "key of a tally");
	sek_mac_begin(&m, keys, SEK_KEY_NAME, "tally");
	sek_mac_int(&m, kind);
	sek_mac_text(&m, name);
	sek_mac_end(&m, out);
}

static enum sek_err
find(struct sek_db *db, const struct sek_tally_at *at)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ATTEMPT_COLUMNS
	    " FROM attempt WHERE key=?1")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, at->key, sizeof(at->key));
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	err = sek_row_read(db, &sek_table_attempt, st, &db->attempt);
	sek_db_done(st);
	return (err);
}

enum sek_err
sek_db_tally_load(struct sek_db *db, int which, enum sek_tally_kind kind,
    const char *name)
{
	struct sek_tally_at *at = &db->tally[which];
	const struct sek_attempt_row *row = &db->attempt;
	enum sek_err err;

	/* Failures and leases are as many as their numbers say. */
	memset(&at->t, 0, offsetof(struct sek_tally, failure));
	at->expired = 0;
	at->exists = at->changed = at->closed = false;
	at->kind = kind;
	sek_tally_key(at->key, &db->keys, kind, name);
	if ((err = find(db, at)) == SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err != SEK_OK)
		return (err);
	at->exists = true;
	if ((err = sek_unpack_tally(&at->t, row->state.data,
	    row->state.len)) != SEK_OK)
		sek_why(db->why, err, "%s: table attempt: a tally of a form "
		    "this version does not know", db->config->path);
	return (err);
}

/* As it stands in the table, not brought up to now. */
enum sek_err
sek_db_tally_stored(struct sek_db *db, int which, struct sek_tally *out)
{
	const struct sek_attempt_row *row = &db->attempt;
	enum sek_err err;

	if ((err = find(db, &db->tally[which])) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	return (sek_unpack_tally(out, row->state.data, row->state.len));
}

/* Names no account has: as many as fit; unlocked ones go first, the oldest of
 * them first. Asked for known names, too, so that both take as long. */
static enum sek_err
make_place(struct sek_db *db, const struct sek_tally_at *at)
{
	int64_t n = 0;
	enum sek_err err;

	if ((err = sek_db_number(db, &n, "SELECT count(*) FROM attempt "
	    "INDEXED BY attempt_unknown WHERE kind=1")) != SEK_OK ||
	    at->kind != SEK_TALLY_UNKNOWN || n < SEK_DB_UNKNOWN_MAX)
		return (err);
	return (sek_db_exec(db, "DELETE FROM attempt WHERE key IN (SELECT key "
	    "FROM attempt INDEXED BY attempt_unknown WHERE kind=1 "
	    "ORDER BY locked,used LIMIT 16)"));
}

enum sek_err
sek_db_tally_save(struct sek_db *db, int which)
{
	struct sek_tally_at *at = &db->tally[which];
	struct sek_attempt_row *row = &db->attempt;
	enum sek_err err;

	memcpy(row->key, at->key, sizeof(row->key));
	row->kind = at->kind;
	row->locked = at->t.locked;
	row->used = db->now.wall;
	row->state.len = (uint32_t)sek_pack_tally(row->state.data, &at->t);
	if (at->exists)
		return (sek_row_update(db, &sek_table_attempt, row));
	if ((err = make_place(db, at)) != SEK_OK ||
	    (err = sek_row_insert(db, &sek_table_attempt, row)) != SEK_OK)
		return (err);
	at->exists = true;
	return (SEK_OK);
}

/* Whatever the row holds, good or not. */
enum sek_err
sek_db_tally_drop(struct sek_db *db, int which)
{
	const struct sek_tally_at *at = &db->tally[which];
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "DELETE FROM attempt WHERE key=?1"))
	    != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, at->key, sizeof(at->key));
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static void
refresh(struct sek_db *db, int which, const struct sek_limits *limits)
{
	struct sek_tally_at *at = &db->tally[which];
	uint32_t locked = at->t.locked;

	at->changed = sek_lockout_refresh(&at->t, limits, &db->now,
	    sek_process_alive, &at->expired);
	at->closed = at->t.locked && (!locked || at->expired > 0) &&
	    memcmp(&at->t.locked_at, &db->now, sizeof(db->now)) == 0;
}

enum sek_err
sek_db_tallies(struct sek_db *db, const struct sek_claimant *who,
    const struct sek_limits *limits, const struct sek_limits *caller_limits)
{
	char caller[SEK_NAME_MAX];
	enum sek_err err;

	if ((err = sek_db_tally_load(db, SEK_TALLY_OWN, who->known ?
	    SEK_TALLY_ACCOUNT : SEK_TALLY_UNKNOWN, who->name)) != SEK_OK)
		return (err);
	refresh(db, SEK_TALLY_OWN, limits);
	if (!sek_db_has_caller(who))
		return (SEK_OK);
	if ((err = sek_db_tally_load(db, SEK_TALLY_OF_CALLER, SEK_TALLY_CALLER,
	    sek_db_caller_name(caller, sizeof(caller), who))) == SEK_OK)
		refresh(db, SEK_TALLY_OF_CALLER, caller_limits);
	return (err);
}
