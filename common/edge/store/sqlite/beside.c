/*
 * beside.c - what lies beside authenticators of some methods, in tables of
 * their own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * State, label and failures stand in the authenticator of the same id; here
 * lies what tells it from others.
 *
 * MUST: an active one whose row here is gone or not as it was written refuses.
 * MUST: who has none of these methods costs no statement more.
 */
#include "config.h"

#include <string.h>

#include "db.h"

_Static_assert(SEK_AUTHENTICATORS_MAX <= 32, "bits of those seen");
_Static_assert(SEK_METHOD_COUNT <= 32, "bits of methods");

#define BESIDE(name, columns, bits, from, goes) { \
	.table = &sek_table_##name, .methods = (bits), .minor = (from), \
	.travels = (goes), \
	.of = "SELECT " columns " FROM " #name " WHERE person=?1 ORDER BY id", \
	.one = "SELECT " columns " FROM " #name " WHERE person=?1 AND id=?2", \
	.is = "SELECT 1 FROM " #name " WHERE person=?1 AND id=?2", \
	.drop = "DELETE FROM " #name " WHERE person=?1 AND id=?2", \
	.of_id = "SELECT " columns " FROM " #name " WHERE id=?1", \
	.drop_id = "DELETE FROM " #name " WHERE id=?1", \
	.clear = "DELETE FROM " #name, \
	.copy = "INSERT INTO " #name " SELECT " columns " FROM b." #name, \
}
static const struct sek_beside security_key = BESIDE(security_key,
    SEK_SECURITY_KEY_COLUMNS, SEK_METHOD_BIT(SEK_METHOD_FIDO2), 4,
    true);
static const struct sek_beside card = BESIDE(card, SEK_CARD_COLUMNS,
    SEK_METHODS_CARD, 5, true);
static const struct sek_beside biometric = BESIDE(biometric,
    SEK_BIOMETRIC_COLUMNS, SEK_METHODS_BIOMETRIC, 6, false);
const struct sek_beside *const sek_besides[] = {
	&security_key, &card, &biometric, NULL
};

const struct sek_beside *
sek_beside_of(enum sek_method m)
{
	const struct sek_beside *const *b;

	for (b = sek_besides; *b != NULL; b++)
		if ((unsigned)m < SEK_METHOD_COUNT &&
		    ((*b)->methods & SEK_METHOD_BIT(m)) != 0)
			break;
	return (*b);
}

bool
sek_db_has(struct sek_db *db, const struct sek_beside *b)
{
	struct sek_why *why = db->why, unused;
	bool has;

	db->why = &unused;
	has = sek_db_needs_minor(db, b->minor) == SEK_OK;
	db->why = why;
	return (has);
}

enum sek_err
sek_db_beside(struct sek_db *db, void *row, const struct sek_beside *b,
    const char *person, const char *id)
{
	enum sek_err err;

	err = sek_row_find(db, b->table, row, b->one, person, id);
	/* It is there as long as its authenticator is. */
	if (err == SEK_ERR_NOT_FOUND)
		err = sek_row_bad(db, b->table->name, id);
	return (err);
}

enum sek_err
sek_db_beside_drop(struct sek_db *db, const struct sek_authenticator *a)
{
	const struct sek_beside *b = sek_beside_of((enum sek_method)a->method);
	sqlite3_stmt *st;
	enum sek_err err;

	if (b == NULL || !sek_db_has(db, b))
		return (SEK_OK);
	if ((err = sek_db_prepare(db, &st, b->drop)) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, a->person);
	sek_db_bind_text(st, 2, a->id);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_besides_drop_id(struct sek_db *db, const char *id)
{
	const struct sek_beside *const *b;
	enum sek_err err = SEK_OK;

	for (b = sek_besides; *b != NULL && err == SEK_OK; b++)
		if (sek_db_has(db, *b))
			err = sek_db_exec_text(db, (*b)->drop_id, id);
	return (err);
}

enum sek_err
sek_db_beside_there(struct sek_db *db, const char **missing,
    const struct sek_authenticator *a)
{
	const struct sek_beside *b = sek_beside_of((enum sek_method)a->method);
	sqlite3_stmt *st;
	enum sek_err err;

	*missing = NULL;
	if (b == NULL || a->state == SEK_AUTHENTICATOR_REMOVED)
		return (SEK_OK);
	*missing = b->table->name;
	if (!sek_db_has(db, b))
		return (SEK_OK);
	if ((err = sek_db_prepare(db, &st, b->is)) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, a->person);
	sek_db_bind_text(st, 2, a->id);
	if ((err = sek_db_step(db, st)) == SEK_OK) {
		*missing = NULL;
		sek_db_done(st);
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static bool
is_of(const struct sek_beside *b, const struct sek_authenticator *a)
{

	return (sek_beside_of((enum sek_method)a->method) == b);
}

static void
brief(struct sek_authenticator *a, const struct sek_beside *b, const void *row)
{

	if (b == &security_key)
		a->fido2 = ((const struct sek_security_key_row *)row)->brief;
	else if (b == &card)
		a->card = ((const struct sek_card_row *)row)->brief;
	else
		a->biometric =
		    ((const struct sek_biometric_row *)row)->brief;
}

enum sek_err
sek_db_beside_brief(struct sek_db *db, struct sek_authenticator *a)
{
	const struct sek_beside *b = sek_beside_of((enum sek_method)a->method);
	union sek_beside_row row;
	enum sek_err err;

	if (b == NULL || a->state == SEK_AUTHENTICATOR_REMOVED)
		return (SEK_OK);
	if ((err = sek_db_beside(db, &row, b, a->person, a->id)) == SEK_OK)
		brief(a, b, &row);
	return (err);
}

/* The place in db->found of this id of this person; db->nfound: none. */
static size_t
place_of(const struct sek_db *db, const struct sek_beside *b,
    const char *person, const char *id)
{
	size_t i;

	for (i = 0; i < db->nfound; i++)
		if (is_of(b, &db->found[i].a) &&
		    strcmp(db->found[i].a.id, id) == 0 &&
		    strcmp(db->found[i].a.person, person) == 0)
			break;
	return (i);
}

/* Rows of those shut by now or left by an older program, are passed over. */
static enum sek_err
each_of_person(struct sek_db *db, const struct sek_beside *b,
    const char *person, uint32_t *seen, sek_beside_fn fn, void *arg)
{
	union sek_beside_row row;
	sqlite3_stmt *st;
	const char *id;
	enum sek_err err;
	size_t i;

	if ((err = sek_db_prepare(db, &st, b->of)) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		id = (const char *)sqlite3_column_text(st, 1);
		if (id == NULL || (i = place_of(db, b, person, id)) ==
		    db->nfound)
			continue;
		if ((err = sek_row_read(db, b->table, st, &row)) != SEK_OK ||
		    (err = fn(arg, i, &row)) != SEK_OK)
			break;
		*seen |= UINT32_C(1) << i;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_beside_found(struct sek_db *db, const struct sek_beside *b,
    sek_beside_fn fn, void *arg)
{
	const struct sek_authenticator *a;
	const char *last = NULL;
	uint32_t seen = 0;
	enum sek_err err;
	size_t i;

	for (i = 0; i < db->nfound; i++) {
		a = &db->found[i].a;
		if (!is_of(b, a))
			continue;
		if ((last == NULL || strcmp(last, a->person) != 0) &&
		    (err = each_of_person(db, b, a->person, &seen, fn, arg)) !=
		    SEK_OK)
			return (err);
		last = a->person;
		if ((seen & UINT32_C(1) << i) == 0)
			return (sek_row_bad(db, b->table->name, a->id));
	}
	return (SEK_OK);
}

struct briefing {
	struct sek_db			*db;
	const struct sek_beside		*b;
};

static enum sek_err
brief_of(void *arg, size_t i, const union sek_beside_row *row)
{
	const struct briefing *to = arg;

	brief(&to->db->found[i].a, to->b, row);
	return (SEK_OK);
}

enum sek_err
sek_db_besides_brief(struct sek_db *db)
{
	struct briefing to = { .db = db };
	const struct sek_beside *const *b;
	enum sek_err err = SEK_OK;

	for (b = sek_besides; *b != NULL && err == SEK_OK; b++) {
		to.b = *b;
		err = sek_db_beside_found(db, *b, brief_of, &to);
	}
	return (err);
}

uint32_t
sek_db_newest_first(const struct sek_db *db, int64_t used[], uint32_t n,
    size_t i, char id[][SEK_ID_MAX], void *items, size_t size)
{
	int64_t last = db->found[i].a.last_used;
	uint32_t at = n;
	uint8_t *item;

	while (at > 0 && used[at - 1] < last)
		at--;
	item = (uint8_t *)items + at * size;
	memmove(item + size, item, (n - at) * size);
	memmove(id[at + 1], id[at], (n - at) * sizeof(id[0]));
	memcpy(id[at], db->found[i].a.id, sizeof(id[at]));
	memmove(&used[at + 1], &used[at], (n - at) * sizeof(used[0]));
	used[at] = last;
	return (at);
}

enum sek_err
sek_db_found_of(struct sek_db *db, const char *name)
{
	struct sek_account a;
	enum sek_err err;

	memset(&a, 0, sizeof(a));
	if ((err = sek_db_account(db, &a, name)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	return (sek_db_authenticators_of(db, &a));
}

struct sek_authenticator_row *
sek_db_found_id(struct sek_db *db, const struct sek_beside *b, const char *id)
{
	size_t i;

	for (i = 0; i < db->nfound; i++)
		if (is_of(b, &db->found[i].a) &&
		    strcmp(db->found[i].a.id, id) == 0)
			return (&db->found[i]);
	return (NULL);
}

/* As where a code is wrong: who has none costs a row all the same. */
enum sek_err
sek_db_beside_failed(struct sek_db *db, struct sek_slot_use *use)
{
	enum sek_err err;

	if ((err = sek_db_fail(db, use)) == SEK_OK)
		err = sek_db_idle(db, SEK_TALLY_OF_CALLER);
	return (err);
}

enum sek_err
sek_db_beside_right(struct sek_db *db, struct sek_slot_use *use,
    uint32_t *right, uint32_t *reason)
{
	enum sek_err err;

	if ((err = sek_db_give_back(db, use)) != SEK_OK)
		return (err);
	*right = use->held;
	*reason = use->held ? SEK_REASON_NONE : SEK_REASON_STALE;
	return (SEK_OK);
}
