/*
 * consume.c - verify a one-time code, use it up and settle, in one
 * transaction
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a code once right is dead, in every authenticator that knows it,
 * whatever else happens in this call.
 * MUST: a right code in a slot that is no longer held is a failure.
 * MUST: who has no authenticator costs the same work.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/entry.h"
#include "sekisho/rule/oath.h"

/* What came out of trying all of them; bits are of db->found. */
struct trial {
	enum sek_oath_verdict		 verdict;
	struct sek_authenticator_row	*row;	/* the one that decided */
	struct sek_oath			 after;
	uint32_t			 tried;
	uint32_t			 right;	/* hold their new state */
	uint32_t			 searched;	/* SEK_METHOD_BITs */
	bool				 clock;	/* TOTP left out */
};
_Static_assert(SEK_AUTHENTICATORS_MAX <= 32, "bits of a trial");

static enum sek_oath_verdict
verify(struct sek_db *db, const struct sek_authenticator_row *row,
    const char *code, struct sek_oath *after, enum sek_err *err)
{
	const struct sek_seal_place place = { "authenticator", row->a.id,
	    row->a.person, row->a.method };
	struct sek_secret key = SEK_SECRET_NONE;
	enum sek_oath_verdict v = SEK_OATH_WRONG;

	if ((*err = sek_unseal(&key, &db->keys, &place, row->secret.data,
	    row->secret.len)) == SEK_OK)
		v = sek_oath_verify(after, &row->a.oath,
		    (enum sek_method)row->a.method, key.data, key.len, code,
		    db->now.wall / SEK_SECOND);
	else if (*err == SEK_ERR_TAMPERED)
		sek_row_bad(db, "authenticator", row->a.id);
	sek_secret_free(&key);
	return (v);
}

/* Codes of another length are not searched for (rule/oath). */
static uint8_t
dummy_digits(const char *code)
{
	size_t n = strlen(code);

	return ((uint8_t)(n >= 6 && n <= 8 ? n : 6));
}

/* Nobody's key: the same work, never right. */
static enum sek_err
verify_dummy(const struct sek_db *db, enum sek_method method, const char *code)
{
	struct sek_oath o = { 0 }, after;
	struct sek_secret key = SEK_SECRET_NONE;
	enum sek_err err;

	o.digits = dummy_digits(code);
	o.period = method == SEK_METHOD_TOTP ? 30 : 0;
	o.algorithm = SEK_OATH_SHA1;
	if ((err = sek_secret_new(&key, 20)) != SEK_OK)
		return (err);
	randombytes_buf(key.data, key.len);
	(void)sek_oath_verify(&after, &o, method, key.data, key.len, code,
	    db->now.wall / SEK_SECOND);
	sek_secret_free(&key);
	return (SEK_OK);
}

/*
 * A code that is not taken costs one search of each method accepted, whatever
 * its name holds: a hundred HMACs for a counter, four for a clock. Were only
 * names unknown given one, either sort of holder would still be told from
 * them by his time; so what a holder's own tokens leave out is made up, too.
 * Further tokens of one person cost their own: that they are many shows.
 */
static enum sek_err
make_up(struct sek_db *db, const struct sek_consume *in, const struct trial *t)
{
	static const enum sek_method methods[] = { SEK_METHOD_TOTP,
	    SEK_METHOD_HOTP };
	uint32_t left = in->methods & ~t->searched;
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; i < 2 && err == SEK_OK; i++)
		if ((left & SEK_METHOD_BIT(methods[i])) != 0)
			err = verify_dummy(db, methods[i], in->code);
	return (err);
}

/*
 * Used up before right before half right before wrong: one key enrolled twice
 * must not make one code two.
 */
static int
rank(enum sek_oath_verdict v)
{

	return (v == SEK_OATH_REPLAYED ? 3 : v == SEK_OATH_OK ? 2 :
	    v == SEK_OATH_RESYNC ? 1 : 0);
}

static bool
may_try(struct sek_db *db, const struct sek_consume *in,
    const struct sek_authenticator *a, struct trial *t)
{
	enum sek_reason why = sek_entry_code(a, in->methods,
	    in->limits.lifetime_cap, sek_db_clock_back(db) != 0);

	t->clock |= why == SEK_REASON_CLOCK;
	return (why == SEK_REASON_NONE);
}

/* What is used up never comes back, even were the rule to say so. */
static void
use_up(struct sek_oath *o, const struct sek_oath *after)
{
	uint64_t moving = o->moving;

	*o = *after;
	if (o->moving < moving)
		o->moving = moving;
}

static enum sek_err
try_one(struct sek_db *db, const struct sek_consume *in, struct trial *t,
    size_t i)
{
	struct sek_authenticator_row *row = &db->found[i];
	struct sek_oath after;
	enum sek_oath_verdict v;
	enum sek_err err = SEK_OK;

	v = verify(db, row, in->code, &after, &err);
	if (err != SEK_OK)
		return (err);
	t->tried |= UINT32_C(1) << i;
	if (row->a.oath.digits == dummy_digits(in->code))
		t->searched |= SEK_METHOD_BIT(row->a.method);
	if (t->row == NULL || rank(v) > rank(t->verdict)) {
		t->verdict = v;
		t->row = row;
		t->after = after;
	}
	if (v == SEK_OATH_OK) {
		t->right |= UINT32_C(1) << i;
		use_up(&row->a.oath, &after);
	}
	return (SEK_OK);
}

static enum sek_err
try_all(struct sek_db *db, const struct sek_consume *in, struct trial *t)
{
	enum sek_err err = SEK_OK;
	size_t i;

	t->verdict = SEK_OATH_WRONG;
	for (i = 0; i < db->nfound && err == SEK_OK; i++)
		if (may_try(db, in, &db->found[i].a, t))
			err = try_one(db, in, t, i);
	if (err != SEK_OK || t->verdict == SEK_OATH_OK)
		return (err);
	if (t->tried == 0)
		t->clock |= sek_db_clock_back(db) && db->nfound == 0 &&
		    (in->methods & SEK_METHOD_BIT(SEK_METHOD_TOTP)) != 0;
	return (make_up(db, in, t));
}

static enum sek_err
store_used(struct sek_db *db, const struct trial *t)
{
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; i < db->nfound && err == SEK_OK; i++)
		if ((t->right & UINT32_C(1) << i) != 0)
			err = sek_row_update(db, &sek_table_authenticator,
			    &db->found[i]);
	return (err);
}

static enum sek_err
count_wrong(struct sek_db *db, const struct sek_consume *in,
    struct sek_slot_use *use, const struct trial *t)
{
	enum sek_err err;
	size_t i;

	if ((err = sek_db_fail(db, use)) != SEK_OK)
		return (err);
	for (i = 0; i < db->nfound && err == SEK_OK; i++)
		if ((t->tried & UINT32_C(1) << i) != 0)
			err = sek_db_authenticator_failed(db, &db->found[i],
			    in->limits.lifetime_cap, &in->who);
	/* In place of the row of the authenticator he does not have. */
	if (err == SEK_OK && t->tried == 0)
		err = sek_db_idle(db, SEK_TALLY_OF_CALLER);
	return (err);
}

static enum sek_err
right(struct sek_db *db, struct sek_slot_use *use, const struct trial *t,
    struct sek_consume_out *out)
{
	enum sek_err err;

	if ((err = store_used(db, t)) != SEK_OK ||
	    (err = sek_db_give_back(db, use)) != SEK_OK)
		return (err);
	if (!use->held) {
		out->reason = SEK_REASON_STALE;
		return (SEK_OK);
	}
	out->verdict = SEK_OATH_OK;
	return (SEK_OK);
}

static enum sek_err
replayed(struct sek_db *db, const struct sek_consume *in,
    struct sek_slot_use *use, const struct trial *t,
    struct sek_consume_out *out)
{
	struct sek_record r;
	enum sek_err err;

	out->verdict = SEK_OATH_REPLAYED;
	out->reason = SEK_REASON_REPLAYED;
	if ((err = store_used(db, t)) != SEK_OK ||
	    (err = sek_db_give_back(db, use)) != SEK_OK)
		return (err);
	sek_db_record(&r, SEK_EVENT_REPLAY, SEK_RESULT_REFUSED);
	sek_db_record_who(&r, &in->who);
	r.reason = SEK_REASON_REPLAYED;
	r.kinds = SEK_KIND_POSSESSION;
	(void)sek_text_copy(r.person, sizeof(r.person), t->row->a.person);
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator),
	    t->row->a.id);
	return (sek_db_coalesce(db, &r, &in->who));
}

static enum sek_err
wrong(struct sek_db *db, const struct sek_consume *in,
    struct sek_slot_use *use, const struct trial *t,
    struct sek_consume_out *out)
{
	enum sek_err err;

	/* A clock set back is not his fault, and no guess was answered. */
	if (t->tried == 0 && t->clock) {
		out->reason = SEK_REASON_CLOCK;
		if ((err = sek_db_give_back(db, use)) != SEK_OK)
			return (err);
		return (sek_db_note_changes(db));
	}
	out->verdict = t->verdict;
	out->reason = SEK_REASON_WRONG;
	if (t->verdict == SEK_OATH_RESYNC)
		t->row->a.oath = t->after;	/* stored with its failure */
	return (count_wrong(db, in, use, t));
}

enum sek_err
sek_op_consume(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_consume *in = arg;
	struct sek_consume_out *out = result;
	struct sek_slot_use use = { &in->who, &in->limits, &in->caller_limits,
	    in->slot, false, false };
	struct trial t = { 0 };
	struct sek_account a;
	enum sek_err err;

	out->verdict = SEK_OATH_WRONG;
	memset(&a, 0, sizeof(a));
	if ((err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK ||
	    ((err = sek_db_account(db, &a, in->who.name)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND) ||
	    (err = sek_db_authenticators_of(db, &a)) != SEK_OK ||
	    (err = try_all(db, in, &t)) != SEK_OK)
		return (err);
	if (t.verdict == SEK_OATH_OK)
		err = right(db, &use, &t, out);
	else if (t.verdict == SEK_OATH_REPLAYED)
		err = replayed(db, in, &use, &t, out);
	else
		err = wrong(db, in, &use, &t, out);
	if (t.row != NULL && t.verdict != SEK_OATH_WRONG) {
		out->method = t.row->a.method;
		(void)sek_text_copy(out->authenticator,
		    sizeof(out->authenticator), t.row->a.id);
		(void)sek_text_copy(out->person, sizeof(out->person),
		    t.row->a.person);
	}
	out->locked_now = use.locked_now;
	sek_lockout_state(&out->lock, &db->tally[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	return (err);
}
