/*
 * carry.c - rows from one database into another, from under one key to under
 * another
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a row whose check does not hold under the key it has never gets one
 * that holds.
 * Tallies are found by a keyed hash of their name: each name there may be one
 * of is tried. Those of names no account has stay behind.
 */
#include "config.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define UIDS	65536u		/* callers without a name: "#0" … */

const struct sek_table *const sek_plain_tables[] = {
	&sek_table_account, &sek_table_person, &sek_table_member,
	&sek_table_admission, NULL
};

enum sek_err
sek_db_each(struct sek_db *src, const struct sek_table *t, sek_row_fn fn,
    void *arg, uint64_t *bad)
{
	sqlite3_stmt *st;
	enum sek_err err;
	void *row;

	if ((row = malloc(t->size)) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_db_prepare(src, &st, t->all)) != SEK_OK)
		goto out;
	while ((err = sek_db_step(src, st)) == SEK_OK) {
		if ((err = sek_row_read(src, t, st, row)) == SEK_OK)
			err = fn(arg, row);
		else if (bad != NULL) {
			(*bad)++;
			src->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK) {
			sek_db_done(st);
			goto out;
		}
	}
	err = err == SEK_ERR_NOT_FOUND ? SEK_OK : err;
out:
	free(row);
	return (err);
}

enum sek_err
sek_authenticator_reseal(struct sek_authenticator_row *row,
    const struct sek_keys *from, const struct sek_keys *to)
{
	const struct sek_seal_place place = { "authenticator", row->a.id,
	    row->a.person, row->a.method };
	struct sek_secret key = SEK_SECRET_NONE;
	enum sek_err err;

	if (row->secret.len == 0)
		return (SEK_OK);
	if ((err = sek_unseal(&key, from, &place, row->secret.data,
	    row->secret.len)) == SEK_OK)
		err = sek_seal(row->secret.data, to, &place, key.data,
		    key.len);
	sek_secret_free(&key);
	return (err);
}

static enum sek_err
is_there(struct sek_db *db, const uint8_t *key, bool *yes)
{
	sqlite3_stmt *st;
	enum sek_err err;

	*yes = false;
	if ((err = sek_db_prepare(db, &st, "SELECT 1 FROM attempt "
	    "WHERE key=?1")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, key, SEK_TALLY_KEY_LEN);
	if ((err = sek_db_step(db, st)) == SEK_OK) {
		*yes = true;
		sek_db_done(st);
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* A tally that was tampered with goes on refusing under its new name. */
static enum sek_err
insert_bad(struct sek_db *db, const uint8_t *key, enum sek_tally_kind kind)
{
	static const uint8_t nothing[SEK_MAC_LEN];
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "INSERT INTO attempt("
	    SEK_ATTEMPT_COLUMNS ") VALUES(?1,?2,1,0,?3,?3)")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, key, SEK_TALLY_KEY_LEN);
	(void)sqlite3_bind_int64(st, 2, kind);
	sek_db_bind_blob(st, 3, nothing, sizeof(nothing));
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Of two tallies of a name the locked one stays, else the later one; one that
 * was tampered with before all. *there: that of dst does. */
static enum sek_err
make_way(struct sek_carry *c, const uint8_t *key,
    const struct sek_attempt_row *row, bool *there)
{
	struct sek_attempt_row *here;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((here = malloc(sizeof(*here))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_db_prepare(c->dst, &st, "SELECT " SEK_ATTEMPT_COLUMNS
	    " FROM attempt WHERE key=?1")) != SEK_OK)
		goto out;
	sek_db_bind_blob(st, 1, key, SEK_TALLY_KEY_LEN);
	if ((err = sek_db_step(c->dst, st)) != SEK_OK)
		goto out;
	err = sek_row_read(c->dst, &sek_table_attempt, st, here);
	sek_db_done(st);
	c->dst->bad.table = NULL;
	*there = err == SEK_ERR_TAMPERED || (err == SEK_OK && row != NULL &&
	    (here->locked > row->locked || (here->locked == row->locked &&
	    here->used >= row->used)));
	if (err == SEK_ERR_TAMPERED)
		err = SEK_OK;
	if (err != SEK_OK || *there ||
	    (err = sek_db_prepare(c->dst, &st, "DELETE FROM attempt "
	    "WHERE key=?1")) != SEK_OK)
		goto out;
	sek_db_bind_blob(st, 1, key, SEK_TALLY_KEY_LEN);
	if ((err = sek_db_step(c->dst, st)) == SEK_ERR_NOT_FOUND)
		err = SEK_OK;
out:
	free(here);
	return (err);
}

static enum sek_err
carry_tally(struct sek_carry *c, enum sek_tally_kind kind, const char *name)
{
	struct sek_attempt_row *row = &c->dst->attempt;
	uint8_t from[SEK_TALLY_KEY_LEN], to[SEK_TALLY_KEY_LEN];
	sqlite3_stmt *st;
	enum sek_err err;
	bool there, good;

	sek_tally_key(from, &c->src->keys, kind, name);
	sek_tally_key(to, &c->dst->keys, kind, name);
	if ((err = sek_db_prepare(c->src, &st, "SELECT " SEK_ATTEMPT_COLUMNS
	    " FROM attempt WHERE key=?1")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, from, sizeof(from));
	if ((err = sek_db_step(c->src, st)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	err = sek_row_read(c->src, &sek_table_attempt, st, row);
	sek_db_done(st);
	c->src->bad.table = NULL;
	good = err == SEK_OK;
	if ((err = is_there(c->dst, to, &there)) != SEK_OK ||
	    (there && !c->newest))
		return (err);
	if (there && ((err = make_way(c, to, good ? row : NULL, &there)) !=
	    SEK_OK || there))
		return (err);
	c->tallies++;
	if (!good)
		return (insert_bad(c->dst, to, kind));
	memcpy(row->key, to, sizeof(row->key));
	return (sek_row_insert(c->dst, &sek_table_attempt, row));
}

static enum sek_err
carry_name(struct sek_carry *c, const char *name)
{
	enum sek_err err;

	if (strlen(name) >= SEK_NAME_MAX)
		return (SEK_OK);
	if ((err = carry_tally(c, SEK_TALLY_ACCOUNT, name)) == SEK_OK &&
	    c->callers)
		err = carry_tally(c, SEK_TALLY_CALLER, name);
	return (err);
}

/* Accounts of the system are known names, too, and any may be a caller. */
static enum sek_err
carry_system(struct sek_carry *c)
{
	const struct passwd *pw;
	char name[SEK_NAME_MAX];
	enum sek_err err = SEK_OK;
	unsigned uid;

	setpwent();
	while (err == SEK_OK && (pw = getpwent()) != NULL)
		err = carry_name(c, pw->pw_name);
	endpwent();
	for (uid = 0; c->callers && uid < UIDS && err == SEK_OK; uid++) {
		(void)sek_text_format(name, sizeof(name), "#%u", uid);
		err = carry_tally(c, SEK_TALLY_CALLER, name);
	}
	return (err);
}

static enum sek_err
carry_stored(struct sek_carry *c)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(c->src, &st, "SELECT name FROM account")) !=
	    SEK_OK)
		return (err);
	while ((err = sek_db_step(c->src, st)) == SEK_OK)
		if (sqlite3_column_type(st, 0) == SQLITE_TEXT &&
		    (err = carry_name(c,
		    (const char *)sqlite3_column_text(st, 0))) != SEK_OK)
			break;
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_carry_tallies(struct sek_carry *c)
{
	enum sek_err err;

	if ((err = carry_stored(c)) == SEK_OK)
		err = carry_system(c);
	return (err);
}

static void
step(struct sek_carry *c)
{

	c->done++;
	if (c->progress != NULL && c->done % 64 == 0)
		c->progress(c->arg, c->done, c->all);
}

static enum sek_err
update_plain(void *arg, void *row)
{
	struct sek_carry *c = arg;

	step(c);
	return (sek_row_update(c->dst, c->table, row));
}

static enum sek_err
update_authenticator(void *arg, void *row)
{
	struct sek_carry *c = arg;
	enum sek_err err;

	step(c);
	err = sek_authenticator_reseal(row, &c->src->keys, &c->dst->keys);
	/* A secret that nothing opens stays one. */
	if (err != SEK_OK && err != SEK_ERR_TAMPERED)
		return (err);
	return (sek_row_update(c->dst, &sek_table_authenticator, row));
}

static enum sek_err
update_ticket(void *arg, void *row)
{
	struct sek_carry *c = arg;
	enum sek_err err;

	step(c);
	err = sek_ticket_reseal(row, &c->src->keys, &c->dst->keys);
	if (err != SEK_OK && err != SEK_ERR_TAMPERED)
		return (err);
	return (sek_row_update(c->dst, &sek_table_ticket, row));
}

static enum sek_err
update_history(void *arg, void *row)
{
	struct sek_carry *c = arg;
	enum sek_err err;

	step(c);
	err = sek_history_reseal(row, &c->src->keys, &c->dst->keys);
	if (err != SEK_OK && err != SEK_ERR_TAMPERED)
		return (err);
	return (sek_row_update(c->dst, &sek_table_password_history, row));
}

enum sek_err
sek_db_rekey_rows(struct sek_carry *c)
{
	static const struct {
		const struct sek_table	*table;
		unsigned		 minor;
	} more[] = {
		{ &sek_table_mark, 1 }, { &sek_table_anchor, 1 },
		{ &sek_table_request, 2 }, { &sek_table_security_key, 4 },
		{ &sek_table_card, 5 }, { &sek_table_biometric, 6 },
		{ &sek_table_password, 7 }, { &sek_table_woken, 7 },
	};
	const struct sek_table *const *t;
	uint64_t bad = 0;
	int64_t n = 0, m = 0;
	enum sek_err err;
	size_t i;

	if ((err = sek_db_number(c->src, &n, "SELECT count(*) FROM "
	    "authenticator")) != SEK_OK ||
	    (err = sek_db_number(c->src, &m, "SELECT count(*) FROM account"))
	    != SEK_OK)
		return (err);
	c->all = (uint64_t)n + 2 * (uint64_t)m;
	for (t = sek_plain_tables; *t != NULL && err == SEK_OK; t++) {
		c->table = *t;
		err = sek_db_each(c->src, *t, update_plain, c, &bad);
	}
	for (i = 0; i < sizeof(more) / sizeof(more[0]) && err == SEK_OK &&
	    sek_db_needs_minor(c->src, more[i].minor) == SEK_OK; i++) {
		c->table = more[i].table;
		err = sek_db_each(c->src, c->table, update_plain, c, &bad);
	}
	if (err == SEK_OK && sek_db_has_tickets(c->src))
		err = sek_db_each(c->src, &sek_table_ticket, update_ticket, c,
		    &bad);
	if (err == SEK_OK && sek_db_has_passwords(c->src))
		err = sek_db_each(c->src, &sek_table_password_history,
		    update_history, c, &bad);
	if (err == SEK_OK)
		err = sek_db_each(c->src, &sek_table_authenticator,
		    update_authenticator, c, &bad);
	if (err == SEK_OK &&
	    (err = sek_db_exec(c->dst, "DELETE FROM attempt")) == SEK_OK)
		err = sek_db_carry_tallies(c);
	return (err);
}
