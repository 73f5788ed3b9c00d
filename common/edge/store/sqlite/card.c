/*
 * card.c - IC cards: their public keys, and marks of what they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A mark is a keyed hash of a card's identity. Each has a random key of its
 * own, sealed in its authenticator: it goes where that goes, and a new key of
 * the store seals it anew, as any secret, where a hash under the store's key
 * could not be made again.
 *
 * MUST: no serial, subject or UID reaches a statement.
 * MUST: a card opens for one person: whoever may open by it, or may again,
 * keeps it from all others.
 * MUST: of what a card showed all marks of the account are compared.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define MARK_KEY_LEN	32u

_Static_assert(MARK_KEY_LEN + SEK_SEAL_EXTRA <= SEK_SEALED_MAX,
    "a mark's key fits into its authenticator");
_Static_assert(MARK_KEY_LEN >= crypto_generichash_KEYBYTES_MIN &&
    MARK_KEY_LEN <= crypto_generichash_KEYBYTES_MAX, "BLAKE2b key");

/* ---- rows */

static void
pack(struct sek_card_row *row, const struct sek_authenticator *a,
    const struct sek_card *c)
{

	memset(row, 0, sizeof(*row));
	memcpy(row->person, a->person, sizeof(row->person));
	memcpy(row->id, a->id, sizeof(row->id));
	row->brief = c->brief;
	row->public_key.len = c->public_len;
	memcpy(row->public_key.data, c->public_key, c->public_len);
	row->issuer.len = c->issuer_len;
	memcpy(row->issuer.data, c->issuer, c->issuer_len);
}

enum sek_err
sek_card_unpack(struct sek_card *c, const struct sek_card_row *row)
{

	memset(c, 0, sizeof(*c));
	c->brief = row->brief;
	c->public_len = row->public_key.len;
	memcpy(c->public_key, row->public_key.data, row->public_key.len);
	c->issuer_len = row->issuer.len;
	memcpy(c->issuer, row->issuer.data, row->issuer.len);
	return (sek_card_check(c));
}

/* ---- marks */

static bool
mark(uint8_t out[SEK_CARD_MARK_LEN], const unsigned char key[MARK_KEY_LEN],
    const uint8_t *identity, size_t len)
{

	return (crypto_generichash(out, SEK_CARD_MARK_LEN, identity, len, key,
	    MARK_KEY_LEN) == 0);
}

/* Is it of this identity? One without a mark never is. */
static enum sek_err
is_marked(struct sek_db *db, bool *yes, const struct sek_authenticator_row *a,
    const struct sek_card_row *row, const uint8_t *identity, size_t len)
{
	const struct sek_seal_place place = { "authenticator", a->a.id,
	    a->a.person, a->a.method };
	struct sek_secret key = SEK_SECRET_NONE;
	uint8_t m[SEK_CARD_MARK_LEN];
	enum sek_err err;

	*yes = false;
	if (a->secret.len == 0)
		return (SEK_OK);
	err = sek_unseal(&key, &db->keys, &place, a->secret.data,
	    a->secret.len);
	if (err == SEK_OK && (key.len != MARK_KEY_LEN ||
	    !mark(m, key.data, identity, len)))
		err = SEK_ERR_TAMPERED;
	if (err == SEK_OK)
		*yes = sodium_memcmp(m, row->mark, sizeof(m)) == 0;
	else if (err == SEK_ERR_TAMPERED)
		sek_row_bad(db, "authenticator", a->a.id);
	sek_secret_free(&key);
	return (err);
}

static enum sek_err
new_mark(struct sek_db *db, struct sek_authenticator_row *a,
    struct sek_card_row *row, const struct sek_card *c)
{
	const struct sek_seal_place place = { "authenticator", a->a.id,
	    a->a.person, a->a.method };
	struct sek_secret key = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = sek_secret_new(&key, MARK_KEY_LEN)) != SEK_OK)
		return (err);
	randombytes_buf(key.data, MARK_KEY_LEN);
	if (!mark(row->mark, key.data, c->identity, c->identity_len))
		err = SEK_ERR_CRYPTO;
	else if ((err = sek_seal(a->secret.data, &db->keys, &place, key.data,
	    MARK_KEY_LEN)) == SEK_OK)
		a->secret.len = (uint32_t)(MARK_KEY_LEN + SEK_SEAL_EXTRA);
	sek_secret_free(&key);
	return (err);
}

enum sek_err
sek_db_card_new(struct sek_db *db, struct sek_authenticator_row *a,
    const struct sek_card *c)
{
	struct sek_card_row row;
	enum sek_err err;

	pack(&row, &a->a, c);
	if (c->identity_len > 0 &&
	    (err = new_mark(db, a, &row, c)) != SEK_OK)
		return (err);
	return (sek_row_insert(db, &sek_table_card, &row));
}

/* ---- whose it is */

static bool
same_key(const struct sek_card_row *row, const uint8_t *key, size_t len)
{

	return (len > 0 && row->public_key.len == len &&
	    memcmp(row->public_key.data, key, len) == 0);
}

/* Is row this card, and does what it belongs to count? */
static enum sek_err
holds(struct sek_db *db, bool *yes, struct sek_authenticator_row *a,
    const struct sek_card_row *row, const struct sek_card *c, bool his)
{
	enum sek_err err;

	*yes = false;
	err = sek_row_find(db, &sek_table_authenticator, a, "SELECT "
	    SEK_AUTHENTICATOR_COLUMNS " FROM authenticator WHERE person=?1 "
	    "AND id=?2 AND state<>4", row->person, row->id);
	/* An older program leaves rows here of those it removes. */
	if (err != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (!his && a->a.state != SEK_AUTHENTICATOR_ACTIVE &&
	    a->a.state != SEK_AUTHENTICATOR_SUSPECT)
		return (SEK_OK);
	*yes = same_key(row, c->public_key, c->public_len);
	if (!*yes && c->identity_len > 0)
		err = is_marked(db, yes, a, row, c->identity, c->identity_len);
	return (err);
}

/* A row of another's that is not as it was written opens nothing, and keeps
 * nobody from his own. */
enum sek_err
sek_db_card_holder(struct sek_db *db, struct sek_authenticator *out,
    const struct sek_card *c, const char *person)
{
	struct sek_authenticator_row a;
	struct sek_card_row row;
	const char *whose;
	sqlite3_stmt *st;
	bool his, yes = false;
	enum sek_err err;

	memset(&a, 0, sizeof(a));
	if ((err = sek_db_prepare(db, &st, sek_table_card.all)) != SEK_OK)
		return (err);
	while (!yes && (err = sek_db_step(db, st)) == SEK_OK) {
		whose = (const char *)sqlite3_column_text(st, 0);
		his = whose != NULL && strcmp(whose, person) == 0;
		if ((err = sek_row_read(db, &sek_table_card, st, &row)) ==
		    SEK_OK)
			err = holds(db, &yes, &a, &row, c, his);
		if (err == SEK_ERR_TAMPERED && !his)
			db->bad.table = NULL;
		else if (err != SEK_OK)
			break;
	}
	sek_db_done(st);
	if (err == SEK_OK)
		*out = a.a;
	sek_wipe(&a, sizeof(a));
	return (err);
}

/* ---- those of a login */

static const struct sek_beside *
cards(void)
{

	return (sek_beside_of(SEK_METHOD_CARD_UID));
}

struct listing {
	struct sek_db			*db;
	struct sek_card_list_out	*out;
	int64_t				 used[SEK_AUTHENTICATORS_MAX];
};

/* What a newer program put there is none of ours. */
static enum sek_err
list_one(void *arg, size_t i, const union sek_beside_row *row)
{
	struct listing *l = arg;
	struct sek_card_list_out *out = l->out;
	struct sek_card c;
	uint32_t at;

	if (out->n == SEK_AUTHENTICATORS_MAX ||
	    sek_card_unpack(&c, &row->card) != SEK_OK)
		return (SEK_OK);
	at = sek_db_newest_first(l->db, l->used, out->n, i, out->id,
	    out->card, sizeof(out->card[0]));
	out->card[at] = c;
	out->n++;
	return (SEK_OK);
}

enum sek_err
sek_op_card_list(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_card_list *in = arg;
	struct listing l = { .db = db, .out = result };
	enum sek_err err;

	if ((err = sek_db_found_of(db, in->who.name)) != SEK_OK)
		return (err);
	return (sek_db_beside_found(db, cards(), list_one, &l));
}

/* ---- used */

struct use {
	struct sek_db			*db;
	const struct sek_card_use	*in;
	struct sek_authenticator_row	*row;	/* NULL: none that counts */
};

/* To the end, also behind one that it is. */
static enum sek_err
shown(void *arg, size_t i, const union sek_beside_row *row)
{
	struct use *u = arg;
	struct sek_authenticator_row *a = &u->db->found[i];
	bool yes = false;
	enum sek_err err;

	if (a->a.method != SEK_METHOD_CARD_UID)
		return (SEK_OK);
	err = is_marked(u->db, &yes, a, &row->card, u->in->uid,
	    u->in->uid_len);
	if (err == SEK_OK && yes)
		u->row = a;
	return (err);
}

/* By the very key that a signature was verified by, as it stands now. */
static enum sek_err
signed_by(struct use *u)
{
	struct sek_authenticator_row *a;
	struct sek_card_row row;
	struct sek_card c;
	enum sek_err err;

	if ((a = sek_db_found_id(u->db, cards(), u->in->authenticator)) ==
	    NULL || a->a.method == SEK_METHOD_CARD_UID)
		return (SEK_OK);
	if ((err = sek_db_beside(u->db, &row, cards(), a->a.person,
	    a->a.id)) != SEK_OK)
		return (err);
	if (sek_card_unpack(&c, &row) == SEK_OK &&
	    same_key(&row, u->in->public_key, u->in->public_len))
		u->row = a;
	return (SEK_OK);
}

static enum sek_err
right(struct sek_db *db, struct sek_slot_use *use,
    const struct sek_authenticator *a, struct sek_card_use_out *out)
{
	enum sek_err err;

	if ((err = sek_db_beside_right(db, use, &out->right, &out->reason)) !=
	    SEK_OK || !out->right)
		return (err);
	memcpy(out->authenticator, a->id, sizeof(out->authenticator));
	memcpy(out->person, a->person, sizeof(out->person));
	return (SEK_OK);
}

enum sek_err
sek_op_card_use(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_card_use *in = arg;
	struct sek_card_use_out *out = result;
	struct sek_slot_use use = { &in->who, &in->limits, &in->caller_limits,
	    in->slot, false, false };
	uint32_t cap = in->limits.lifetime_cap;
	struct use u = { .db = db, .in = in };
	enum sek_err err;

	out->reason = SEK_REASON_WRONG;
	if ((err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK ||
	    (err = sek_db_found_of(db, in->who.name)) != SEK_OK ||
	    (err = in->authenticator[0] != '\0' ? signed_by(&u) :
	    sek_db_beside_found(db, cards(), shown, &u)) != SEK_OK)
		return (err);
	if (u.row == NULL)
		err = sek_db_beside_failed(db, &use);
	else if (cap != 0 && u.row->a.failures >= cap) {
		out->reason = SEK_REASON_CAPPED;
		err = sek_db_beside_failed(db, &use);
	} else
		err = right(db, &use, &u.row->a, out);
	out->locked_now = use.locked_now;
	sek_lockout_state(&out->lock, &db->tally[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	return (err);
}
