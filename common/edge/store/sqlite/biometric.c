/*
 * biometric.c - living traits: which they are, and how often they did not
 * match
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a mismatch counts on each trait that could have been meant, and no
 * lack of room for a record keeps it from that.
 * MUST: only the gate's yes makes mismatches none again.
 * MUST: no clock keeps a reader shut for longer than one pause.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

static const struct sek_beside *
traits(void)
{

	return (sek_beside_of(SEK_METHOD_FINGERPRINT));
}

/* ---- rows */

enum sek_err
sek_biometric_unpack(struct sek_biometric *b,
    const struct sek_biometric_row *row)
{

	memset(b, 0, sizeof(*b));
	b->brief = row->brief;
	memcpy(b->account, row->account, sizeof(b->account));
	memcpy(b->digest, row->digest, sizeof(b->digest));
	return (sek_biometric_check(b));
}

enum sek_err
sek_db_biometric_new(struct sek_db *db, const char *person, const char *id,
    const struct sek_biometric *b)
{
	struct sek_biometric_row row;

	memset(&row, 0, sizeof(row));
	(void)sek_text_copy(row.person, sizeof(row.person), person);
	(void)sek_text_copy(row.id, sizeof(row.id), id);
	(void)sek_text_copy(row.account, sizeof(row.account), b->account);
	row.brief.finger = b->brief.finger;
	memcpy(row.digest, b->digest, sizeof(row.digest));
	return (sek_row_insert(db, &sek_table_biometric, &row));
}

static bool
same(const struct sek_biometric_row *row, const struct sek_biometric *b)
{

	return (row->brief.finger == b->brief.finger &&
	    strcmp(row->account, b->account) == 0 &&
	    memcmp(row->digest, b->digest, sizeof(row->digest)) == 0);
}

/* ---- whose they are */

/* Those of the account, where they are of one person. */
static enum sek_err
find(struct sek_db *db, bool *any, const char *name, uint32_t method)
{
	const struct sek_authenticator *a, *first = NULL;
	enum sek_err err;
	size_t i;

	*any = false;
	if ((err = sek_db_found_of(db, name)) != SEK_OK)
		return (err);
	for (i = 0; i < db->nfound; i++) {
		a = &db->found[i].a;
		if (a->method != method)
			continue;
		if (first == NULL)
			first = a;
		else if (strcmp(first->person, a->person) != 0)
			return (SEK_OK);
	}
	*any = first != NULL;
	return (SEK_OK);
}

struct listing {
	struct sek_db			*db;
	struct sek_biometric_list_out	*out;
	uint32_t			 method;
	int64_t				 used[SEK_AUTHENTICATORS_MAX];
};

/* What a newer program put there is none of ours. */
static enum sek_err
list_one(void *arg, size_t i, const union sek_beside_row *row)
{
	struct listing *l = arg;
	struct sek_biometric_list_out *out = l->out;
	struct sek_biometric b;
	uint32_t at;

	if (l->db->found[i].a.method != l->method ||
	    out->n == SEK_TRAITS_MAX ||
	    sek_biometric_unpack(&b, &row->biometric) != SEK_OK)
		return (SEK_OK);
	at = sek_db_newest_first(l->db, l->used, out->n, i, out->id,
	    out->trait, sizeof(out->trait[0]));
	out->trait[at] = b;
	out->n++;
	return (SEK_OK);
}

enum sek_err
sek_op_biometric_list(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_biometric_list *in = arg;
	struct listing l = { .db = db, .out = result, .method = in->method };
	enum sek_err err;
	bool any;

	if ((err = find(db, &any, in->who.name, in->method)) != SEK_OK ||
	    !any)
		return (err);
	return (sek_db_beside_found(db, traits(), list_one, &l));
}

/* ---- tried */

/* All that could have been meant. */
struct tried {
	struct sek_db			*db;
	const struct sek_biometric_try	*in;
	uint32_t			 n;
	uint32_t			 missed;	/* in a row, the most */
	struct sek_moment		 at;		/* the last */
	bool				 changed;
	size_t				 found[SEK_TRAITS_MAX];
	struct sek_biometric_row	 row[SEK_TRAITS_MAX];
};

static enum sek_err
gather(void *arg, size_t i, const union sek_beside_row *row)
{
	struct tried *t = arg;
	struct sek_biometric_row *r = &t->row[t->n];

	if (t->db->found[i].a.method != t->in->method ||
	    t->n == SEK_TRAITS_MAX)
		return (SEK_OK);
	*r = row->biometric;
	t->found[t->n++] = i;
	if (r->missed == 0)
		return (SEK_OK);
	t->changed |= sek_clock_anchor(&r->at, &t->db->now);
	if (t->missed == 0 || r->at.boot > t->at.boot)
		t->at = r->at;
	if (r->missed > t->missed)
		t->missed = r->missed;
	return (SEK_OK);
}

static enum sek_err
save(struct tried *t)
{
	enum sek_err err = SEK_OK;
	uint32_t i;

	for (i = 0; i < t->n && err == SEK_OK; i++)
		err = sek_row_update(t->db, &sek_table_biometric, &t->row[i]);
	return (err);
}

static enum sek_err
missed(struct tried *t)
{
	uint32_t i;

	if (t->missed < UINT32_MAX)
		t->missed++;
	t->at = t->db->now;
	for (i = 0; i < t->n; i++) {
		t->row[i].missed = t->missed;
		t->row[i].at = t->at;
	}
	return (save(t));
}

/* Those at their cap are shut, also where it was lowered meanwhile. */
static enum sek_err
shut(struct tried *t, struct sek_biometric_try_out *out)
{
	const struct sek_biometric_try *in = t->in;
	struct sek_authenticator_row *a;
	enum sek_err err = SEK_OK;
	uint32_t i;

	for (i = 0; i < t->n && err == SEK_OK; i++) {
		a = &t->db->found[t->found[i]];
		if (in->missed)
			err = sek_db_authenticator_failed(t->db, a, in->cap,
			    &in->who);
		else if (in->cap != 0 && a->a.failures >= in->cap) {
			err = sek_db_authenticator_cap(t->db, a, &in->who);
			t->changed = true;
		}
		if (a->a.state == SEK_AUTHENTICATOR_ACTIVE)
			out->open = 1;
	}
	return (err);
}

/* Once there were so many in a row, a pause is before each further one. */
static void
judge(const struct tried *t, struct sek_biometric_try_out *out)
{
	const struct sek_biometric_try *in = t->in;
	int64_t age;

	out->left = 1;
	if (t->missed < in->tries) {
		out->left = in->tries - t->missed;
		return;
	}
	age = sek_clock_age(&t->at, &t->db->now);
	if (age < in->pause)
		out->pause = in->pause - age;
}

enum sek_err
sek_op_biometric_try(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_biometric_try *in = arg;
	struct sek_biometric_try_out *out = result;
	struct tried t = { .db = db, .in = in };
	enum sek_err err;
	bool any;

	if ((err = find(db, &any, in->who.name, in->method)) != SEK_OK ||
	    (any && (err = sek_db_beside_found(db, traits(), gather, &t)) !=
	    SEK_OK) || (err = shut(&t, out)) != SEK_OK)
		return (err);
	if (in->missed)
		err = missed(&t);
	else if (t.changed)
		err = save(&t);
	else
		db->undo = true;
	if (out->open)
		judge(&t, out);
	return (err);
}

enum sek_err
sek_db_biometric_admitted(struct sek_db *db, const struct sek_authenticator *a)
{
	struct sek_authenticator_row *row;
	struct sek_biometric_row b;
	enum sek_err err;
	size_t i;

	if ((err = sek_db_authenticators_of_person(db, a->person)) != SEK_OK)
		return (err);
	for (i = 0; i < db->nfound; i++) {
		row = &db->found[i];
		if (row->a.method != a->method)
			continue;
		if ((err = sek_db_beside(db, &b, traits(), row->a.person,
		    row->a.id)) != SEK_OK)
			return (err);
		if (row->a.failures != 0) {
			row->a.failures = 0;
			err = sek_row_update(db, &sek_table_authenticator,
			    row);
		}
		if (err == SEK_OK && b.missed != 0) {
			b.missed = 0;
			memset(&b.at, 0, sizeof(b.at));
			err = sek_row_update(db, &sek_table_biometric, &b);
		}
		if (err != SEK_OK)
			return (err);
	}
	return (SEK_OK);
}

/* ---- used */

/* *row: of this id, if it is yet what was listed. */
static enum sek_err
stands(struct sek_db *db, struct sek_authenticator_row **row,
    const struct sek_biometric_use *in, uint32_t i)
{
	struct sek_authenticator_row *a;
	struct sek_biometric_row b;
	enum sek_err err;

	*row = NULL;
	if ((a = sek_db_found_id(db, traits(), in->id[i])) == NULL ||
	    a->a.method != in->method)
		return (SEK_OK);
	if ((err = sek_db_beside(db, &b, traits(), a->a.person, a->a.id)) ==
	    SEK_OK && same(&b, &in->trait[i]))
		*row = a;
	return (err);
}

/* *row: the first of them, if all stand. */
static enum sek_err
all_stand(struct sek_db *db, struct sek_authenticator_row **row,
    const struct sek_biometric_use *in)
{
	struct sek_authenticator_row *one, *first = NULL;
	enum sek_err err;
	uint32_t i;
	bool any;

	*row = NULL;
	if ((err = find(db, &any, in->who.name, in->method)) != SEK_OK ||
	    !any)
		return (err);
	for (i = 0; i < in->n; i++) {
		if ((err = stands(db, &one, in, i)) != SEK_OK || one == NULL)
			return (err);
		if (first == NULL)
			first = one;
	}
	*row = first;
	return (SEK_OK);
}

enum sek_err
sek_op_biometric_use(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_biometric_use *in = arg;
	struct sek_biometric_use_out *out = result;
	struct sek_slot_use use = { &in->who, &in->limits, &in->caller_limits,
	    in->slot, false, false };
	struct sek_authenticator_row *row;
	enum sek_err err;

	out->reason = SEK_REASON_WRONG;
	if ((err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK ||
	    (err = all_stand(db, &row, in)) != SEK_OK)
		return (err);
	if (row == NULL)
		err = sek_db_beside_failed(db, &use);
	else
		err = sek_db_beside_right(db, &use, &out->right, &out->reason);
	if (err == SEK_OK && out->right) {
		memcpy(out->authenticator, row->a.id,
		    sizeof(out->authenticator));
		memcpy(out->person, row->a.person, sizeof(out->person));
	}
	out->locked_now = use.locked_now;
	sek_lockout_state(&out->lock, &db->tally[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	return (err);
}

/* ---- forgotten */

enum sek_err
sek_op_biometric_of(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_biometric_of *in = arg;
	struct sek_authenticator_row a;
	struct sek_biometric_row row;
	struct sek_biometric *out = result;
	enum sek_err err;

	if ((err = sek_db_authenticator(db, &a, in->id)) != SEK_OK)
		return (err);
	if (!sek_biometric_is_method((enum sek_method)a.a.method) ||
	    a.a.state == SEK_AUTHENTICATOR_REMOVED)
		return (SEK_ERR_NOT_FOUND);
	if ((err = sek_db_beside(db, &row, traits(), a.a.person, a.a.id)) !=
	    SEK_OK || (err = sek_biometric_unpack(out, &row)) != SEK_OK)
		return (err);
	memset(out->digest, 0, sizeof(out->digest));
	return (SEK_OK);
}
