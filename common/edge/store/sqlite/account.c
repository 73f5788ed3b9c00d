/*
 * account.c - accounts and persons as a login needs them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

enum sek_err
sek_db_account(struct sek_db *db, struct sek_account *out, const char *name)
{

	return (sek_row_find(db, &sek_table_account, out,
	    "SELECT " SEK_ACCOUNT_COLUMNS " FROM account WHERE name=?1", name,
	    NULL));
}

enum sek_err
sek_db_person(struct sek_db *db, struct sek_person *out, const char *id)
{

	return (sek_row_find(db, &sek_table_person, out,
	    "SELECT " SEK_PERSON_COLUMNS " FROM person WHERE id=?1", id,
	    NULL));
}

enum sek_err
sek_db_account_failed(struct sek_db *db, const char *name, uint32_t times)
{
	struct sek_account a;
	enum sek_err err;

	if ((err = sek_db_account(db, &a, name)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	a.failures_since = times > UINT32_MAX - a.failures_since ?
	    UINT32_MAX : a.failures_since + times;
	return (sek_row_update(db, &sek_table_account, &a));
}

static enum sek_err
absent_is_fine(enum sek_err err)
{

	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* An account's person is there from its first hour: one that is gone, or is
 * called otherwise now, took term and retirement with it. */
static enum sek_err
person_of(struct sek_db *db, struct sek_lookup_out *out)
{
	enum sek_err err;

	err = sek_db_person(db, &out->person, out->account.person);
	if (err == SEK_ERR_NOT_FOUND && out->account.person[0] != '\0')
		return (sek_row_bad(db, "person", out->account.person));
	return (absent_is_fine(err));
}

/* Only those that may be used now. */
static void
copy_active(struct sek_lookup_out *out, const struct sek_db *db)
{
	size_t i;

	for (i = 0; i < db->nfound; i++)
		if (db->found[i].a.state == SEK_AUTHENTICATOR_ACTIVE)
			out->authenticator[out->nauthenticators++] =
			    db->found[i].a;
}

/* Until when his password is good, where it is a temporary one. */
static enum sek_err
temporary(struct sek_db *db, int64_t *until, const char *name)
{
	struct sek_password p;
	enum sek_err err;

	memset(&p, 0, sizeof p);
	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	if ((err = absent_is_fine(sek_db_password(db, &p, name))) == SEK_OK)
		*until = p.temporary_until;
	sek_wipe(&p, sizeof p);
	return (err);
}

enum sek_err
sek_op_lookup(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_lookup *in = arg;
	struct sek_lookup_out *out = result;
	enum sek_err err;

	/* A name no account has asks the same of the tables. */
	if ((err = absent_is_fine(sek_db_account(db, &out->account,
	    in->who.name))) != SEK_OK ||
	    (err = person_of(db, out)) != SEK_OK ||
	    (err = sek_db_authenticators_of(db, &out->account)) != SEK_OK ||
	    (err = sek_db_besides_brief(db)) != SEK_OK ||
	    (err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK)
		return (err);
	if ((err = sek_db_ticket_bits(db, &out->tickets, &in->who,
	    &out->account, &out->person)) != SEK_OK)
		return (err);
	if ((err = sek_db_woken(db, &out->woken, in->who.name)) != SEK_OK ||
	    (err = temporary(db, &out->temporary_until, in->who.name)) !=
	    SEK_OK)
		return (err);
	copy_active(out, db);
	out->bound = db->bound;
	sek_lockout_state(&out->lock, &db->tally[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	if (sek_db_has_caller(&in->who))
		sek_lockout_state(&out->caller_lock,
		    &db->tally[SEK_TALLY_OF_CALLER].t, &in->caller_limits,
		    &db->now);
	out->clock_back = sek_db_clock_back(db);
	return (SEK_OK);
}
