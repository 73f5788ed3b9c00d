/*
 * explain.c - all that the rules of entry ask of names, at another moment
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads. What a login would find at that moment, were nothing to happen until
 * then: attempts under way are left out, since nobody knows how they end.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/policy.h"

#define BATCH 64

static int64_t
plus(int64_t a, int64_t b)
{
	int64_t sum;

	return (__builtin_add_overflow(a, b, &sum) ?
	    (b > 0 ? INT64_MAX : INT64_MIN) : sum);
}

/* Both clocks go on alike. */
static struct sek_moment
moment_at(const struct sek_moment *now, int64_t wall)
{
	struct sek_moment at = *now;

	at.wall = wall;
	at.boot = plus(now->boot, plus(wall, -now->wall));
	return (at);
}

/* The tally as it will be, and what a slot asked for then would get. */
static enum sek_slot
judge_tally(struct sek_lock_state *state, struct sek_tally *t,
    const struct sek_limits *limits, const struct sek_moment *at, bool console)
{
	struct sek_lease lease;

	t->nleases = 0;
	(void)sek_lockout_refresh(t, limits, at, sek_process_alive, NULL);
	sek_lockout_state(state, t, limits, at);
	memset(&lease, 0, sizeof(lease));
	lease.at = *at;
	lease.origin = console ? SEK_ORIGIN_CONSOLE : 0;
	return (sek_lockout_reserve(t, limits, at, &lease));
}

/* Those not active, too, as far as there is room. */
static enum sek_err
all_of_person(struct sek_db *db, struct sek_prospect *out)
{
	struct sek_authenticator_row row;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_AUTHENTICATOR_COLUMNS
	    " FROM authenticator WHERE person=?1 AND state<>0 ORDER BY id")) !=
	    SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, out->found.account.person);
	while ((err = sek_db_step(db, st)) == SEK_OK &&
	    out->nidle < SEK_AUTHENTICATORS_MAX) {
		if ((err = sek_row_read(db, &sek_table_authenticator, st,
		    &row)) != SEK_OK ||
		    (err = sek_db_beside_brief(db, &row.a)) != SEK_OK)
			break;
		if (row.a.state != SEK_AUTHENTICATOR_REMOVED)
			out->idle[out->nidle++] = row.a;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static void
judge_tallies(struct sek_db *db, const struct sek_lookup *in,
    const struct sek_moment *at, struct sek_prospect *out)
{
	enum sek_slot slot;

	sek_lockout_state(&out->lock_now, &db->tally[SEK_TALLY_OWN].t,
	    &in->limits, &db->now);
	slot = judge_tally(&out->found.lock, &db->tally[SEK_TALLY_OWN].t,
	    &in->limits, at, in->who.console != 0);
	if (slot == SEK_SLOT_GRANTED && sek_db_has_caller(&in->who)) {
		slot = judge_tally(&out->found.caller_lock,
		    &db->tally[SEK_TALLY_OF_CALLER].t, &in->caller_limits, at,
		    false);
		out->caller_full = slot != SEK_SLOT_GRANTED;
	}
	out->slot = (uint32_t)slot;
}

/* Whose tokens open a shared account depends on the day. */
static enum sek_err
look(struct sek_db *db, const struct sek_lookup *in, int64_t wall,
    struct sek_prospect *out)
{
	struct sek_moment now = db->now;
	struct sek_moment at = moment_at(&now, wall != 0 ? wall : now.wall);
	enum sek_err err;

	memset(out, 0, offsetof(struct sek_prospect, found));
	memset(&out->found, 0, offsetof(struct sek_lookup_out, authenticator));
	out->found.nauthenticators = 0;
	db->now = at;
	err = sek_op_lookup(db, in, &out->found);
	db->now = now;
	out->at = at.wall;
	if (err != SEK_OK ||
	    (!out->found.account.shared && out->found.account.name[0] != '\0' &&
	    (err = all_of_person(db, out)) != SEK_OK) ||
	    (err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK)
		return (err);
	out->found.clock_back = sek_db_clock_back(db);
	judge_tallies(db, in, &at, out);
	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	err = sek_db_password(db, &out->password, in->who.name);
	out->has_password = err == SEK_OK;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_prospect(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;

	return (look(db, a->lookup, a->until, result));
}

/* ---- all of them */

struct part {
	char	name[BATCH][SEK_NAME_MAX];
	size_t	n;
};

static enum sek_err
read_names(struct sek_db *db, struct part *p, const char *after)
{
	sqlite3_stmt *st;
	enum sek_err err;

	p->n = 0;
	if ((err = sek_db_prepare(db, &st, "SELECT name FROM account WHERE "
	    "name>?1 ORDER BY name LIMIT 64")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_text(st, 1, after, -1, SQLITE_TRANSIENT);
	while (p->n < BATCH && (err = sek_db_step(db, st)) == SEK_OK)
		(void)sek_text_format(p->name[p->n++], SEK_NAME_MAX, "%s",
		    (const char *)sqlite3_column_text(st, 0));
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* As whom he would come, as far as the store knows it: its own row says with
 * which uid, and whether he counts as privileged. */
static enum sek_err
claim(struct sek_db *db, struct sek_lookup *in, const struct sek_tool_args *a,
    const char *name)
{
	struct sek_account acc;
	enum sek_err err;
	bool privileged;

	memset(in, 0, sizeof(*in));
	(void)sek_text_copy(in->who.name, sizeof(in->who.name), name);
	if ((err = sek_db_account(db, &acc, name)) != SEK_OK)
		return (err);
	privileged = acc.privileged || acc.uid == 0 ||
	    sek_policy_listed(a->reason, name);
	in->who.uid = acc.uid;
	in->who.known = 1;
	in->who.privileged = privileged ? 1 : 0;
	a->limits_fn(a->arg, name, privileged, &in->limits);
	in->caller_limits = in->limits;		/* there is no caller */
	return (SEK_OK);
}

/* One after another, each told as soon as it is read: a part is one look. */
static enum sek_err
survey_part(struct sek_db *db, const struct sek_tool_args *a,
    const struct part *p, struct sek_lookup *in, struct sek_prospect *out,
    bool *tampered)
{
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; i < p->n && err == SEK_OK; i++) {
		if ((err = sek_db_begin(db, false)) != SEK_OK)
			break;
		if ((err = claim(db, in, a, p->name[i])) == SEK_OK)
			err = look(db, in, a->until, out);
		err = sek_db_end(db, err);
		if (err == SEK_OK)
			err = a->prospect_fn(a->arg, &in->who, out);
		else if (err == SEK_ERR_TAMPERED) {
			*tampered = true;
			err = a->prospect_fn(a->arg, &in->who, NULL);
		} else if (err == SEK_ERR_NOT_FOUND)
			err = SEK_OK;	/* gone meanwhile */
	}
	return (err);
}

enum sek_err
sek_op_survey(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct part *p = calloc(1, sizeof(*p));
	struct sek_prospect *out = calloc(1, sizeof(*out));
	struct sek_lookup *in = calloc(1, sizeof(*in));
	char last[SEK_NAME_MAX] = "";
	bool tampered = false;
	enum sek_err err = SEK_ERR_NOMEM;

	(void)result;
	if (p == NULL || out == NULL || in == NULL)
		goto out;
	do {
		if ((err = sek_db_begin(db, false)) == SEK_OK)
			err = sek_db_end(db, read_names(db, p, last));
		if (err == SEK_OK && p->n > 0) {
			memcpy(last, p->name[p->n - 1], sizeof(last));
			err = survey_part(db, a, p, in, out, &tampered);
		}
	} while (err == SEK_OK && p->n > 0);
out:
	free(in);
	free(out);
	free(p);
	return (err == SEK_OK && tampered ? SEK_ERR_TAMPERED : err);
}
