/*
 * slot.c - a slot before anything is verified, and what became of it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a slot is durable before its answer is out; who cannot be counted is
 * not verified.
 * MUST: no lack of room for a record keeps a failure from being counted.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

static enum sek_err
record_lock(struct sek_db *db, int which, const struct sek_claimant *who)
{
	char caller[SEK_NAME_MAX];
	struct sek_record r;

	sek_db_record(&r, SEK_EVENT_LOCK, SEK_RESULT_OK);
	sek_db_record_who(&r, who);
	r.reason = SEK_REASON_LOCKED;
	if (which == SEK_TALLY_OF_CALLER) {
		r.reason = SEK_REASON_CALLER_LOCKED;
		(void)sek_text_copy(r.target, sizeof(r.target),
		    sek_db_caller_name(caller, sizeof(caller), who));
	} else if (who->known)
		(void)sek_text_copy(r.target, sizeof(r.target), who->name);
	else	/* Names are free: their locks must not fill the disk. */
		return (sek_db_coalesce(db, &r, who));
	return (sek_db_append_or_skip(db, &r));
}

/*
 * Leases that ended by themselves: their authenticators had a failure, too.
 * before: the leases as stored.
 */
static enum sek_err
charge_expired(struct sek_db *db, const struct sek_claimant *who,
    uint32_t cap, const struct sek_tally *before)
{
	const struct sek_tally *t = &db->tally[SEK_TALLY_OWN].t;
	enum sek_err err = SEK_OK;
	uint32_t i, j;

	for (i = 0; i < before->nleases && err == SEK_OK; i++) {
		for (j = 0; j < t->nleases; j++)
			if (strcmp(t->lease[j].id, before->lease[i].id) == 0)
				break;
		if (j == t->nleases && before->lease[i].authenticator[0] !=
		    '\0')
			err = sek_db_authenticator_failed_id(db,
			    before->lease[i].authenticator, cap, who);
	}
	return (err);
}

static enum sek_err
account_expired(struct sek_db *db, const struct sek_claimant *who,
    const struct sek_limits *limits)
{
	const struct sek_tally_at *at = &db->tally[SEK_TALLY_OWN];
	struct sek_tally *before;
	enum sek_err err;

	if (at->expired == 0)
		return (SEK_OK);
	if ((before = malloc(sizeof(*before))) == NULL)
		return (SEK_ERR_NOMEM);
	/* The row read last may be the caller's: look again. */
	memset(before, 0, sizeof(*before));
	if ((err = sek_db_tally_stored(db, SEK_TALLY_OWN, before)) == SEK_OK &&
	    (err = charge_expired(db, who, limits->lifetime_cap, before)) ==
	    SEK_OK && who->known)
		err = sek_db_account_failed(db, who->name, at->expired);
	free(before);
	return (err);
}

/* What bringing tallies up to now has changed, made lasting. */
static enum sek_err
save_changed(struct sek_db *db, const struct sek_claimant *who,
    const struct sek_limits *limits)
{
	int i, n = sek_db_has_caller(who) ? 2 : 1;
	enum sek_err err;

	if ((err = account_expired(db, who, limits)) != SEK_OK)
		return (err);
	for (i = 0; i < n; i++) {
		if (db->tally[i].changed &&
		    (err = sek_db_tally_save(db, i)) != SEK_OK)
			return (err);
		if (db->tally[i].closed &&
		    (err = record_lock(db, i, who)) != SEK_OK)
			return (err);
	}
	return (SEK_OK);
}

static enum sek_err
make_lease(struct sek_lease *l, const struct sek_db *db,
    const struct sek_reserve *in)
{

	memset(l, 0, sizeof(*l));
	l->owner = in->owner;
	l->at = db->now;
	l->deadline = db->now.boot + in->bound;
	if (sek_db_has_caller(&in->who))
		l->origin |= SEK_ORIGIN_CALLER;
	return (sek_text_random_id(l->id, (SEK_ID_MAX - 1) / 2));
}

/* First the caller's right to try others, then the name's. */
static void
take(struct sek_db *db, const struct sek_reserve *in,
    struct sek_reserve_out *out, struct sek_lease *lease)
{
	struct sek_tally *own = &db->tally[SEK_TALLY_OWN].t;
	struct sek_tally *caller = &db->tally[SEK_TALLY_OF_CALLER].t;
	struct sek_lease copy = *lease;
	bool has = sek_db_has_caller(&in->who);

	out->verdict = SEK_SLOT_GRANTED;
	if (has)
		out->verdict = sek_lockout_reserve(caller, &in->caller_limits,
		    &db->now, &copy);
	if (out->verdict != SEK_SLOT_GRANTED) {
		out->caller_locked = out->verdict == SEK_SLOT_LOCKED;
		return;
	}
	if (in->who.console)
		lease->origin |= SEK_ORIGIN_CONSOLE;
	out->verdict = sek_lockout_reserve(own, &in->limits, &db->now, lease);
	if (out->verdict != SEK_SLOT_GRANTED && has)
		(void)sek_lockout_give_back(caller, lease->id);
}

enum sek_err
sek_op_reserve(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_reserve *in = arg;
	struct sek_reserve_out *out = result;
	struct sek_tally_at *at = db->tally;
	struct sek_lease lease;
	enum sek_err err;

	if ((err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK ||
	    (err = make_lease(&lease, db, in)) != SEK_OK)
		return (err);
	take(db, in, out, &lease);
	sek_lockout_state(&out->lock, &at[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	if (out->verdict == SEK_SLOT_GRANTED) {
		memcpy(out->slot, lease.id, sizeof(out->slot));
		at[SEK_TALLY_OWN].changed = true;
		at[SEK_TALLY_OF_CALLER].changed = true;
	} else if (out->verdict == SEK_SLOT_BUSY ||
	    (!at[SEK_TALLY_OWN].changed && !(sek_db_has_caller(&in->who) &&
	    at[SEK_TALLY_OF_CALLER].changed))) {
		db->undo = true;
		return (SEK_OK);
	}
	return (save_changed(db, &in->who, &in->limits));
}

enum sek_err
sek_db_fail(struct sek_db *db, struct sek_slot_use *use)
{
	struct sek_tally_at *own = &db->tally[SEK_TALLY_OWN];
	struct sek_tally_at *caller = &db->tally[SEK_TALLY_OF_CALLER];
	enum sek_err err;

	use->held = sek_lockout_fail(&own->t, use->limits, &db->now, use->slot,
	    &use->locked_now);
	if (use->locked_now)
		own->closed = true;
	own->changed |= use->held;
	if (sek_db_has_caller(use->who)) {
		bool closed = false;

		caller->changed |= sek_lockout_fail(&caller->t,
		    use->caller_limits, &db->now, use->slot, &closed);
		caller->closed |= closed;
	}
	if ((err = save_changed(db, use->who, use->limits)) != SEK_OK)
		return (err);
	use->locked_now = own->closed;
	if (use->held && use->who->known)
		err = sek_db_account_failed(db, use->who->name, 1);
	return (err);
}

enum sek_err
sek_db_give_back(struct sek_db *db, struct sek_slot_use *use)
{
	struct sek_tally_at *own = &db->tally[SEK_TALLY_OWN];
	struct sek_tally_at *caller = &db->tally[SEK_TALLY_OF_CALLER];

	use->held = sek_lockout_give_back(&own->t, use->slot);
	own->changed |= use->held;
	if (sek_db_has_caller(use->who))
		caller->changed |= sek_lockout_give_back(&caller->t,
		    use->slot);
	return (save_changed(db, use->who, use->limits));
}

enum sek_err
sek_op_settle(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_settle *in = arg;
	struct sek_settle_out *out = result;
	struct sek_slot_use use = { &in->who, &in->limits, &in->caller_limits,
	    in->slot, false, false };
	enum sek_err err;

	if ((err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK)
		return (err);
	if (in->settlement == SEK_SETTLE_GIVE_BACK)
		err = sek_db_give_back(db, &use);
	else if ((err = sek_db_fail(db, &use)) == SEK_OK &&
	    in->authenticator[0] != '\0')
		err = sek_db_authenticator_failed_id(db, in->authenticator,
		    in->limits.lifetime_cap, &in->who);
	out->held = use.held;
	out->locked_now = use.locked_now;
	sek_lockout_state(&out->lock, &db->tally[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	return (err);
}

/* No caller has an empty name. A row that was tampered with keeps nobody
 * out. */
enum sek_err
sek_db_idle(struct sek_db *db, int which)
{
	enum sek_err err;

	err = sek_db_tally_load(db, which, SEK_TALLY_CALLER, "");
	if (err == SEK_ERR_TAMPERED &&
	    (err = sek_db_note_bad(db)) == SEK_OK)
		err = sek_db_tally_drop(db, which);
	if (err != SEK_OK)
		return (err);
	return (sek_db_tally_save(db, which));
}

enum sek_err
sek_op_idle(struct sek_db *db, const void *arg, void *result)
{

	(void)arg;
	(void)result;
	return (sek_db_idle(db, SEK_TALLY_OWN));
}
