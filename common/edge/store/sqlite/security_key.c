/*
 * security_key.c - security keys: what is public of them, and their counters
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a counter never goes down, and one that does by a signature that holds
 * shuts its authenticator in the same transaction.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

static const struct sek_beside *
keys(void)
{

	return (sek_beside_of(SEK_METHOD_FIDO2));
}

/* ---- rows */

void
sek_security_key_pack(struct sek_security_key_row *row, const char *person,
    const char *id, const struct sek_fido2 *f)
{

	memset(row, 0, sizeof(*row));
	(void)sek_text_copy(row->person, sizeof(row->person), person);
	(void)sek_text_copy(row->id, sizeof(row->id), id);
	(void)sek_text_copy(row->rp_id, sizeof(row->rp_id), f->rp_id);
	row->brief = f->brief;
	row->credential.len = f->credential_len;
	memcpy(row->credential.data, f->credential, f->credential_len);
	row->public_key.len = f->public_len;
	memcpy(row->public_key.data, f->public_key, f->public_len);
}

enum sek_err
sek_security_key_unpack(struct sek_fido2 *f,
    const struct sek_security_key_row *row)
{

	memset(f, 0, sizeof(*f));
	f->brief = row->brief;
	(void)sek_text_copy(f->rp_id, sizeof(f->rp_id), row->rp_id);
	f->credential_len = row->credential.len;
	memcpy(f->credential, row->credential.data, row->credential.len);
	f->public_len = row->public_key.len;
	memcpy(f->public_key, row->public_key.data, row->public_key.len);
	return (sek_fido2_check(f));
}

enum sek_err
sek_db_security_key(struct sek_db *db, struct sek_security_key_row *row,
    const char *person, const char *id)
{

	return (sek_db_beside(db, row, keys(), person, id));
}

enum sek_err
sek_db_security_key_new(struct sek_db *db, const char *person, const char *id,
    const struct sek_fido2 *f)
{
	struct sek_security_key_row row;

	sek_security_key_pack(&row, person, id, f);
	return (sek_row_insert(db, &sek_table_security_key, &row));
}

bool
sek_security_key_same(const struct sek_security_key_row *row,
    const struct sek_fido2 *f)
{

	if (row->public_key.len == f->public_len &&
	    memcmp(row->public_key.data, f->public_key, f->public_len) == 0)
		return (true);
	return (f->credential_len > 0 &&
	    row->credential.len == f->credential_len &&
	    memcmp(row->credential.data, f->credential,
	    f->credential_len) == 0);
}

/* ---- those of a login */

struct listing {
	struct sek_db			*db;
	struct sek_fido2_list_out	*out;
	int64_t				 used[SEK_AUTHENTICATORS_MAX];
};

/* Behind those used later, and before those used earlier. What a newer
 * program put there is none of ours. */
static enum sek_err
list_one(void *arg, size_t i, const union sek_beside_row *row)
{
	struct listing *l = arg;
	struct sek_fido2_list_out *out = l->out;
	struct sek_fido2 f;
	uint32_t at;

	if (out->n == SEK_AUTHENTICATORS_MAX ||
	    sek_security_key_unpack(&f, &row->security_key) != SEK_OK)
		return (SEK_OK);
	at = sek_db_newest_first(l->db, l->used, out->n, i, out->id, out->key,
	    sizeof(out->key[0]));
	out->key[at] = f;
	out->n++;
	return (SEK_OK);
}

enum sek_err
sek_op_fido2_list(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_fido2_list *in = arg;
	struct listing l = { .db = db, .out = result };
	enum sek_err err;

	if ((err = sek_db_found_of(db, in->who.name)) != SEK_OK)
		return (err);
	return (sek_db_beside_found(db, keys(), list_one, &l));
}

/* ---- used */

/* What a signature was made by, as it stands now. */
struct use {
	struct sek_authenticator_row	*row;	/* NULL: none that counts */
	struct sek_security_key_row	 key;
};

static enum sek_err
know(struct sek_db *db, const struct sek_fido2_use *in, struct use *u)
{
	struct sek_authenticator_row *row;
	struct sek_fido2 f;
	enum sek_err err;

	memset(u, 0, sizeof(*u));
	if ((err = sek_db_found_of(db, in->who.name)) != SEK_OK ||
	    (row = sek_db_found_id(db, keys(), in->authenticator)) == NULL)
		return (err);
	if ((err = sek_db_security_key(db, &u->key, row->a.person,
	    row->a.id)) != SEK_OK)
		return (err);
	if (sek_security_key_unpack(&f, &u->key) == SEK_OK &&
	    in->public_len == f.public_len && memcmp(in->public_key,
	    f.public_key, f.public_len) == 0)
		u->row = row;
	return (SEK_OK);
}

/*
 * Two logins may settle in another order than the key signed; but it gives no
 * number twice.
 */
static bool
is_copy(const struct sek_fido2_use *in, uint32_t stored)
{

	if (in->counter > stored || (in->counter == 0 && stored == 0))
		return (false);
	return (in->counter == stored || in->counter <= in->before);
}

static enum sek_err
copied(struct sek_db *db, const struct sek_fido2_use *in,
    struct sek_slot_use *use, const struct use *u,
    struct sek_fido2_use_out *out)
{
	struct sek_record r;
	enum sek_err err;

	out->reason = SEK_REASON_COUNTER_BACK;
	if ((err = sek_db_fail(db, use)) != SEK_OK)
		return (err);
	u->row->a.state = SEK_AUTHENTICATOR_SUSPECT;
	if ((err = sek_row_update(db, &sek_table_authenticator, u->row)) !=
	    SEK_OK)
		return (err);
	sek_db_record(&r, SEK_EVENT_COUNTER_BACK, SEK_RESULT_REFUSED);
	sek_db_record_who(&r, &in->who);
	r.reason = SEK_REASON_COUNTER_BACK;
	r.kinds = SEK_KIND_POSSESSION;
	(void)sek_text_copy(r.target, sizeof(r.target), in->who.name);
	(void)sek_text_copy(r.person, sizeof(r.person), u->row->a.person);
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator),
	    u->row->a.id);
	(void)sek_text_format(r.detail, sizeof(r.detail), "signed %u, %u "
	    "was signed before: suspect", in->counter, u->key.brief.counter);
	return (sek_db_append_or_skip(db, &r));
}

/* The counter is taken even where the slot is gone: it was signed. */
static enum sek_err
right(struct sek_db *db, const struct sek_fido2_use *in,
    struct sek_slot_use *use, struct use *u, struct sek_fido2_use_out *out)
{
	enum sek_err err;

	if (in->counter > u->key.brief.counter)
		u->key.brief.counter = in->counter;
	if ((err = sek_row_update(db, &sek_table_security_key, &u->key)) !=
	    SEK_OK || (err = sek_db_beside_right(db, use, &out->right,
	    &out->reason)) != SEK_OK || !out->right)
		return (err);
	(void)sek_text_copy(out->person, sizeof(out->person),
	    u->row->a.person);
	return (SEK_OK);
}

enum sek_err
sek_op_fido2_use(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_fido2_use *in = arg;
	struct sek_fido2_use_out *out = result;
	struct sek_slot_use use = { &in->who, &in->limits, &in->caller_limits,
	    in->slot, false, false };
	uint32_t cap = in->limits.lifetime_cap;
	struct use u;
	enum sek_err err;

	out->reason = SEK_REASON_WRONG;
	if ((err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK ||
	    (err = know(db, in, &u)) != SEK_OK)
		return (err);
	if (u.row == NULL)
		err = sek_db_beside_failed(db, &use);
	else if (cap != 0 && u.row->a.failures >= cap) {
		out->reason = SEK_REASON_CAPPED;
		err = sek_db_beside_failed(db, &use);
	} else if (is_copy(in, u.key.brief.counter))
		err = copied(db, in, &use, &u, out);
	else
		err = right(db, in, &use, &u, out);
	out->locked_now = use.locked_now;
	sek_lockout_state(&out->lock, &db->tally[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	return (err);
}
