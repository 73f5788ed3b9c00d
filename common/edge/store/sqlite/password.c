/*
 * password.c - what is kept of passwords: when set, how often used, and slow
 * hashes of those before
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A change is two transactions round the backend's own: an entry, pending, and
 * its end. What a killed one left is found out by password_seen.c.
 *
 * MUST: an entry is there before the backend takes its password.
 * MUST: a hash is sealed before it reaches a statement, and its place in free
 * pages overwritten when it goes.
 * MUST: the newest confirmed entry is the present password.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define MINOR		7u
#define AT_TEXT		24u

const struct sek_table *const sek_password_tables[] = {
	&sek_table_password, &sek_table_password_history, &sek_table_woken,
	NULL
};

bool
sek_db_has_passwords(struct sek_db *db)
{
	struct sek_why *why = db->why, unused;
	bool has;

	db->why = &unused;
	has = sek_db_needs_minor(db, MINOR) == SEK_OK;
	db->why = why;
	return (has);
}

/* ---- rows */

enum sek_err
sek_db_password(struct sek_db *db, struct sek_password *out,
    const char *account)
{

	return (sek_row_find(db, &sek_table_password, out, "SELECT "
	    SEK_PASSWORD_COLUMNS " FROM password WHERE account=?1", account,
	    NULL));
}

enum sek_err
sek_db_password_put(struct sek_db *db, const struct sek_password *p)
{
	enum sek_err err;

	if ((err = sek_db_exec_text(db, "DELETE FROM password WHERE "
	    "account=?1", p->account)) != SEK_OK)
		return (err);
	return (sek_row_insert(db, &sek_table_password, p));
}

/* id: room for a number. */
static struct sek_seal_place
place_of(const struct sek_history_row *row, char id[AT_TEXT])
{
	struct sek_seal_place place = { "password_history", id, row->account,
	    0 };

	(void)snprintf(id, AT_TEXT, "%lld", (long long)row->at);
	return (place);
}

static enum sek_err
seal(struct sek_db *db, struct sek_history_row *row, const char *hash)
{
	char id[AT_TEXT];
	const struct sek_seal_place place = place_of(row, id);
	size_t len = strlen(hash);

	if (len >= SEK_PASSWORD_HASH_MAX)
		return (SEK_ERR_RANGE);
	row->hash.len = (uint32_t)(len + SEK_SEAL_EXTRA);
	return (sek_seal(row->hash.data, &db->keys, &place,
	    (const unsigned char *)hash, len));
}

static enum sek_err
unseal(struct sek_db *db, const struct sek_history_row *row,
    char hash[SEK_PASSWORD_HASH_MAX])
{
	char id[AT_TEXT];
	const struct sek_seal_place place = place_of(row, id);
	struct sek_secret s = SEK_SECRET_NONE;
	enum sek_err err;

	err = sek_unseal(&s, &db->keys, &place, row->hash.data, row->hash.len);
	if (err == SEK_OK && s.len < SEK_PASSWORD_HASH_MAX) {
		memcpy(hash, s.data, s.len);
		hash[s.len] = '\0';
	} else if (err == SEK_OK || err == SEK_ERR_TAMPERED)
		err = sek_row_bad(db, "password_history", row->account);
	sek_secret_free(&s);
	return (err);
}

enum sek_err
sek_history_reseal(struct sek_history_row *row, const struct sek_keys *from,
    const struct sek_keys *to)
{
	char id[AT_TEXT];
	const struct sek_seal_place place = place_of(row, id);
	struct sek_secret s = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = sek_unseal(&s, from, &place, row->hash.data,
	    row->hash.len)) == SEK_OK)
		err = sek_seal(row->hash.data, to, &place, s.data, s.len);
	sek_secret_free(&s);
	return (err);
}

enum sek_err
sek_db_history_next(struct sek_db *db, struct sek_history_row *row,
    const char *account, int64_t before)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_HISTORY_COLUMNS
	    " FROM password_history WHERE account=?1 AND at<?2 "
	    "ORDER BY at DESC LIMIT 1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	(void)sqlite3_bind_int64(st, 2, before);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	err = sek_row_read(db, &sek_table_password_history, st, row);
	sek_db_done(st);
	return (err);
}

enum sek_err
sek_db_history_newest(struct sek_db *db, struct sek_history_row *row,
    const char *account)
{
	int64_t before = INT64_MAX;
	enum sek_err err;

	while ((err = sek_db_history_next(db, row, account, before)) ==
	    SEK_OK && row->pending)
		before = row->at;
	return (err);
}

enum sek_err
sek_db_history_add(struct sek_db *db, struct sek_history_row *row,
    int64_t wish, const char *hash)
{
	struct sek_history_row newest;
	enum sek_err err;

	row->at = wish;
	err = sek_db_history_next(db, &newest, row->account, INT64_MAX);
	if (err == SEK_OK && newest.at >= wish)
		row->at = newest.at + 1;
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	if ((err = seal(db, row, hash)) != SEK_OK)
		return (err);
	return (sek_row_insert(db, &sek_table_password_history, row));
}

enum sek_err
sek_db_history_drop(struct sek_db *db, const char *account, int64_t at)
{
	sqlite3_stmt *st;
	enum sek_err err;

	/* What SQLite frees of the row is overwritten, too. */
	(void)sqlite3_exec(db->sq, "PRAGMA secure_delete=1", NULL, NULL,
	    NULL);
	if ((err = sek_db_prepare(db, &st, "DELETE FROM password_history "
	    "WHERE account=?1 AND at=?2")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	(void)sqlite3_bind_int64(st, 2, at);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

bool
sek_history_is_live(const struct sek_db *db, const struct sek_history_row *row)
{

	return (row->pending && memcmp(row->boot_id, db->now.boot_id,
	    sizeof(row->boot_id)) == 0 && sek_process_alive(&row->owner));
}

enum sek_err
sek_db_password_used(struct sek_db *db, const char *account)
{
	struct sek_password p;
	enum sek_err err;

	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	if ((err = sek_db_password(db, &p, account)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (p.uses < INT64_MAX)
		p.uses++;
	return (sek_row_update(db, &sek_table_password, &p));
}

enum sek_err
sek_db_password_whose(struct sek_db *db, struct sek_record *r,
    const char *account)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_err err;

	if (r->person[0] == '\0') {
		if ((err = sek_db_account(db, &a, account)) == SEK_OK)
			(void)sek_text_copy(r->person, sizeof(r->person),
			    a.person);
		else if (err != SEK_ERR_NOT_FOUND)
			return (err);
	}
	if (r->person[0] == '\0' || r->section[0] != '\0')
		return (SEK_OK);
	if ((err = sek_db_person(db, &p, r->person)) == SEK_OK)
		(void)sek_text_copy(r->section, sizeof(r->section), p.section);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- what is asked before a change */

static enum sek_err
tell_entry(struct sek_db *db, struct sek_password_entry *out,
    const struct sek_history_row *row)
{

	out->at = row->at;
	out->barred = row->barred;
	out->pending = row->pending;
	return (unseal(db, row, out->hash));
}

/* Of his other accounts those that are privileged, or that are not. */
static enum sek_err
twins(struct sek_db *db, struct sek_password_of_out *out, const char *name,
    bool privileged)
{
	struct sek_history_row row;
	struct sek_account a;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ACCOUNT_COLUMNS
	    " FROM account WHERE person=?1 AND name<>?2 ORDER BY name")) !=
	    SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, out->person);
	sek_db_bind_text(st, 2, name);
	while (out->ntwins < SEK_PASSWORD_TWINS &&
	    (err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_account, st, &a)) !=
		    SEK_OK)
			break;
		if ((a.privileged != 0) != privileged || a.shared)
			continue;
		err = sek_db_history_newest(db, &row, a.name);
		if (err == SEK_OK && (err = tell_entry(db,
		    &out->twin[out->ntwins], &row)) == SEK_OK)
			out->ntwins++;
		if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
			break;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Whose account it is, and what else is his. */
static enum sek_err
whose(struct sek_db *db, struct sek_password_of_out *out, const char *name)
{
	struct sek_account a;
	struct sek_person p;
	bool contractor;
	enum sek_err err;

	/* Of a shared one: whoever of its members sits there. */
	if ((err = sek_db_is_contractor(db, &contractor, name)) != SEK_OK)
		return (err);
	out->contractor = contractor;
	if ((err = sek_db_account(db, &a, name)) != SEK_OK ||
	    a.person[0] == '\0')
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	(void)sek_text_copy(out->person, sizeof(out->person), a.person);
	if ((err = sek_db_person(db, &p, a.person)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ?
		    sek_row_bad(db, "person", a.person) : err);
	(void)sek_text_copy(out->name, sizeof(out->name), p.name);
	(void)sek_text_copy(out->section, sizeof(out->section), p.section);
	return (SEK_OK);
}

static enum sek_err
count(struct sek_db *db, uint32_t *n, const char *name)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT count(*) FROM "
	    "password_history WHERE account=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, name);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	*n = (uint32_t)sqlite3_column_int64(st, 0);
	sek_db_done(st);
	return (SEK_OK);
}

enum sek_err
sek_op_password_of(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_password_of *in = arg;
	struct sek_password_of_out *out = result;
	const char *name = in->who.name;
	enum sek_err err;

	if ((err = whose(db, out, name)) != SEK_OK ||
	    !sek_db_has_passwords(db))
		return (err);
	err = sek_db_password(db, &out->password, name);
	out->known = err == SEK_OK;
	if ((err != SEK_OK && err != SEK_ERR_NOT_FOUND) ||
	    (err = count(db, &out->nhistory, name)) != SEK_OK ||
	    out->person[0] == '\0')
		return (err);
	if ((err = twins(db, out, name, true)) == SEK_OK)
		err = twins(db, out, name, false);
	return (err);
}

enum sek_err
sek_op_password_history(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_password_history *in = arg;
	struct sek_password_history_out *out = result;
	struct sek_history_row row;
	int64_t before = in->before != 0 ? in->before : INT64_MAX;
	enum sek_err err;

	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	while ((err = sek_db_history_next(db, &row, in->who.name, before)) ==
	    SEK_OK) {
		if (out->n == SEK_PASSWORD_PAGE) {
			out->more = 1;
			break;
		}
		if ((err = tell_entry(db, &out->entry[out->n], &row)) !=
		    SEK_OK)
			break;
		out->n++;
		before = row.at;
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- round the backend */

enum sek_err
sek_op_password_begin(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_password_begin *in = arg;
	struct sek_password_begin_out *out = result;
	struct sek_history_row row;
	enum sek_err err;
	bool live;

	if ((err = sek_db_needs_minor(db, MINOR)) != SEK_OK ||
	    (err = sek_db_password_settle(db, &in->who, in->mark, &live)) !=
	    SEK_OK)
		return (err);
	memset(&row, 0, sizeof(row));
	(void)sek_text_copy(row.account, sizeof(row.account), in->who.name);
	row.owner = in->owner;
	memcpy(row.boot_id, db->now.boot_id, sizeof(row.boot_id));
	memcpy(row.mark, in->mark, sizeof(row.mark));
	row.pending = 1;
	if ((err = sek_db_history_add(db, &row, db->now.wall, in->hash)) ==
	    SEK_OK)
		out->at = row.at;
	return (err);
}

static enum sek_err
pending_at(struct sek_db *db, struct sek_history_row *row,
    const struct sek_password_end *in)
{
	enum sek_err err;

	/* The first that is not later. */
	err = sek_db_history_next(db, row, in->who.name, in->at == INT64_MAX ?
	    in->at : in->at + 1);
	if (err == SEK_OK && (row->at != in->at || !row->pending))
		err = SEK_ERR_NOT_FOUND;
	return (err == SEK_ERR_NOT_FOUND ? sek_why(db->why, err, "%s: no "
	    "change of %s's password is under way", db->config->path,
	    in->who.name) : err);
}

/* Confirmed, and behind what another confirmed meanwhile: the backend took
 * this one last. */
static enum sek_err
confirm(struct sek_db *db, struct sek_history_row *row)
{
	struct sek_history_row newest;
	char hash[SEK_PASSWORD_HASH_MAX];
	enum sek_err err;

	row->pending = 0;
	if ((err = sek_db_history_next(db, &newest, row->account,
	    INT64_MAX)) != SEK_OK)
		return (err);
	if (newest.at == row->at)
		return (sek_row_update(db, &sek_table_password_history, row));
	if ((err = unseal(db, row, hash)) == SEK_OK &&
	    (err = sek_db_history_drop(db, row->account, row->at)) == SEK_OK)
		err = sek_db_history_add(db, row, db->now.wall, hash);
	sek_wipe(hash, sizeof(hash));
	return (err);
}

/* Of those older than row so many stay; barred ones and those under way do
 * anyhow. */
static enum sek_err
trim(struct sek_db *db, const struct sek_history_row *row, int64_t stay)
{
	struct sek_history_row old;
	int64_t before = row->at;
	enum sek_err err;

	while ((err = sek_db_history_next(db, &old, row->account, before)) ==
	    SEK_OK) {
		before = old.at;
		if (old.barred || sek_history_is_live(db, &old))
			continue;
		if (stay > 0)
			stay--;
		else if ((err = sek_db_history_drop(db, old.account,
		    old.at)) != SEK_OK)
			break;
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* It is his present one. */
static enum sek_err
present(struct sek_db *db, const struct sek_password_end *in,
    struct sek_history_row *row)
{
	struct sek_password p;
	enum sek_err err;

	if ((err = confirm(db, row)) != SEK_OK)
		return (err);
	memset(&p, 0, sizeof(p));
	(void)sek_text_copy(p.account, sizeof(p.account), in->who.name);
	p.set_at = db->now.wall;
	p.temporary_until = in->temporary_until;
	p.must = in->temporary_until != 0 ? SEK_MUST_TEMPORARY : SEK_MUST_NOT;
	memcpy(p.mark, in->mark, sizeof(p.mark));
	return (sek_db_password_put(db, &p));
}

/* It was. What is there now was told by who set it, or the next look tells;
 * but an account that has entries has a row. */
static enum sek_err
past(struct sek_db *db, const struct sek_password_end *in,
    struct sek_history_row *row)
{
	struct sek_password p;
	enum sek_err err;

	row->pending = 0;
	memset(row->mark, 0, sizeof(row->mark));
	if ((err = sek_row_update(db, &sek_table_password_history, row)) !=
	    SEK_OK || (err = sek_db_password(db, &p, in->who.name)) !=
	    SEK_ERR_NOT_FOUND)
		return (err);
	memset(&p, 0, sizeof(p));
	(void)sek_text_copy(p.account, sizeof(p.account), in->who.name);
	p.set_at = db->now.wall;
	p.guessed = 1;
	memcpy(p.mark, in->mark, sizeof(p.mark));
	return (sek_db_password_put(db, &p));
}

static enum sek_err
kept(struct sek_db *db, const struct sek_password_end *in,
    struct sek_history_row *row)
{
	enum sek_err err;

	memcpy(row->mark, in->mark, sizeof(row->mark));
	err = in->kept == SEK_KEPT_PAST ? past(db, in, row) :
	    present(db, in, row);
	if (err != SEK_OK || in->keep == INT64_MAX)
		return (err);
	return (trim(db, row, in->keep > 0 ? in->keep - 1 : 0));
}

/* Is what the store knows still what the caller took for it? */
static enum sek_err
guard(struct sek_db *db, const struct sek_password_end *in)
{
	struct sek_password p;
	enum sek_err err;

	if (in->guarded == 0)
		return (SEK_OK);
	memset(&p, 0, sizeof(p));
	if ((err = sek_db_password(db, &p, in->who.name)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	return (memcmp(p.mark, in->known, SEK_PASSWORD_MARK_HASH) == 0 ?
	    SEK_OK : sek_why(db->why, SEK_ERR_EXISTS, "%s: %s's password was "
	    "changed by another meanwhile", db->config->path, in->who.name));
}

enum sek_err
sek_op_password_end(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_password_end *in = arg;
	struct sek_record r = in->record;
	struct sek_history_row row;
	enum sek_err err;

	(void)result;
	if ((err = sek_db_needs_minor(db, MINOR)) != SEK_OK ||
	    (err = pending_at(db, &row, in)) != SEK_OK ||
	    (err = guard(db, in)) != SEK_OK)
		return (err);
	if (in->kept != SEK_KEPT_NOT)
		err = kept(db, in, &row);
	else
		err = sek_db_history_drop(db, row.account, row.at);
	if (err != SEK_OK ||
	    (err = sek_db_password_whose(db, &r, in->who.name)) != SEK_OK)
		return (err);
	return (sek_db_append(db, &r));
}
