/*
 * roster_key.c - a security key or a card comes by a roster
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: an id that is known here, or a credential that is shut here, is never
 * opened; of one that is open only a counter is raised.
 * MUST: a card that may open for another person here stays his.
 * MUST: all that it would open here (the person's accounts, and those shared
 * ones he is a member of) is his in the roster, too, by the same uids.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "roster.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/roster.h"

#define PUBLIC_MAX	SEK_CARD_PUBLIC_MAX	/* of both */

_Static_assert(PUBLIC_MAX >= SEK_FIDO2_PUBLIC_MAX, "the longer one");

static void
gone_name(char name[SEK_MARK_NAME_MAX], const char *person,
    const uint8_t *public_key, size_t len)
{
	char hex[2 * PUBLIC_MAX + 1];

	sek_text_hex(hex, public_key, len);
	sek_roster_mark_name(name, SEK_ROSTER_MARK_GONE, person, hex, NULL);
}

/* Of one that travels; one without a key does not. */
static enum sek_err
note_gone(struct sek_db *db, const struct sek_beside *b,
    const union sek_beside_row *row, const char *person, const char *id)
{
	char name[SEK_MARK_NAME_MAX];
	struct sek_mark m;
	enum sek_err err;

	if (b->table == &sek_table_security_key)
		gone_name(name, person, row->security_key.public_key.data,
		    row->security_key.public_key.len);
	else if (row->card.public_key.len > 0)
		gone_name(name, person, row->card.public_key.data,
		    row->card.public_key.len);
	else
		return (SEK_OK);
	if ((err = sek_roster_mark(db, &m, name)) != SEK_ERR_NOT_FOUND)
		return (err);
	return (sek_roster_mark_put(db, name, id, db->now.wall, false));
}

/* One whose row cannot be read is removed all the same. */
enum sek_err
sek_db_beside_gone(struct sek_db *db, const struct sek_authenticator *a)
{
	const struct sek_beside *b = sek_beside_of((enum sek_method)a->method);
	union sek_beside_row row;
	enum sek_err err;

	if (b == NULL || !b->travels || !sek_db_has(db, b))
		return (SEK_OK);
	err = sek_db_beside(db, &row, b, a->person, a->id);
	if (err == SEK_OK)
		return (note_gone(db, b, &row, a->person, a->id));
	if (err != SEK_ERR_TAMPERED)
		return (err);
	db->bad.table = NULL;
	return (SEK_OK);
}

enum sek_err
sek_db_besides_gone_id(struct sek_db *db, const char *id)
{
	const struct sek_beside *const *b;
	union sek_beside_row row;
	const char *person;
	enum sek_err err = SEK_OK;

	for (b = sek_besides; *b != NULL && err == SEK_OK; b++) {
		if (!(*b)->travels || !sek_db_has(db, *b))
			continue;
		err = sek_row_find(db, (*b)->table, &row, (*b)->of_id, id,
		    NULL);
		person = (*b)->table == &sek_table_card ? row.card.person :
		    row.security_key.person;
		if (err == SEK_OK)
			err = note_gone(db, *b, &row, person, id);
		else if (err == SEK_ERR_TAMPERED || err == SEK_ERR_NOT_FOUND) {
			db->bad.table = NULL;
			err = SEK_OK;
		}
	}
	return (err);
}

/* The higher one of both; of the very same key alone. */
static enum sek_err
raise_counter(struct sek_db *db, const struct sek_authenticator *a,
    const struct sek_fido2 *f)
{
	struct sek_security_key_row key;
	enum sek_err err;

	if ((err = sek_db_security_key(db, &key, a->person, a->id)) !=
	    SEK_OK || key.public_key.len != f->public_len ||
	    memcmp(key.public_key.data, f->public_key, f->public_len) != 0 ||
	    key.brief.counter >= f->brief.counter)
		return (err);
	key.brief.counter = f->brief.counter;
	return (sek_row_update(db, &sek_table_security_key, &key));
}

/* Is this account the person's there, as it is here? */
static bool
is_his(const struct sek_roster *r, const struct sek_account *here,
    const char *person)
{
	const struct sek_roster_account *there;

	there = sek_roster_account(r, here->name);
	return (there != NULL && !here->shared && !there->shared &&
	    strcmp(there->person, person) == 0 &&
	    !sek_roster_other_uid(here, there));
}

static enum sek_err
own_are_his(struct sek_db *db, const struct sek_roster *r, const char *person,
    bool *yes)
{
	struct sek_account a;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ACCOUNT_COLUMNS
	    " FROM account WHERE person=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	while (*yes && (err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_account, st, &a)) !=
		    SEK_OK)
			break;
		*yes = is_his(r, &a, person);
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Those he is a member of, there as here; of the same uid. */
static enum sek_err
shared_are_his(struct sek_db *db, const struct sek_roster *r,
    const char *person, bool *yes)
{
	const struct sek_roster_account *there;
	struct sek_member_row m;
	struct sek_account a;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_MEMBER_COLUMNS
	    " FROM member WHERE person=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	while (*yes && (err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_member, st, &m)) !=
		    SEK_OK ||
		    (err = sek_db_account(db, &a, m.account)) != SEK_OK)
			break;
		there = sek_roster_account(r, m.account);
		*yes = there != NULL && there->shared && a.shared &&
		    !sek_roster_other_uid(&a, there) &&
		    sek_roster_member(r, m.account, person) != NULL;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* One like it is here. */
static void
judge(enum sek_roster_what *what, const struct sek_authenticator *a)
{

	*what = a->state == SEK_AUTHENTICATOR_ACTIVE ? SEK_ROSTER_WHATS :
	    SEK_ROSTER_TOKEN_SHUT;
}

/* What the person holds here: the same key (f NULL: not looked for), and how
 * many that open. */
static enum sek_err
look_through(struct sek_db *db, const char *person, const struct sek_fido2 *f,
    enum sek_roster_what *what)
{
	struct sek_security_key_row key;
	struct sek_authenticator_row row;
	sqlite3_stmt *st;
	unsigned active = 0;
	bool same = false;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_AUTHENTICATOR_COLUMNS
	    " FROM authenticator WHERE person=?1 AND state<>4")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	while (!same && (err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_authenticator, st,
		    &row)) != SEK_OK)
			break;
		active += row.a.state == SEK_AUTHENTICATOR_ACTIVE;
		if (f == NULL || row.a.method != SEK_METHOD_FIDO2)
			continue;
		if ((err = sek_db_security_key(db, &key, row.a.person,
		    row.a.id)) != SEK_OK)
			break;
		same = sek_security_key_same(&key, f);
	}
	sek_db_done(st);
	if (err == SEK_ERR_NOT_FOUND)
		err = SEK_OK;
	if (err == SEK_OK && same) {
		judge(what, &row.a);
		err = raise_counter(db, &row.a, f);
	} else if (err == SEK_OK && active >= SEK_AUTHENTICATORS_MAX)
		*what = SEK_ROSTER_TOKEN_FULL;
	sek_wipe(&row, sizeof(row));
	return (err);
}

/* Whoever holds the same card here, and how many of his open. */
static enum sek_err
look_for_card(struct sek_db *db, const char *person, const struct sek_card *c,
    enum sek_roster_what *what)
{
	struct sek_authenticator a;
	enum sek_err err;

	if ((err = sek_db_card_holder(db, &a, c, person)) ==
	    SEK_ERR_NOT_FOUND)
		return (look_through(db, person, NULL, what));
	if (err == SEK_OK && strcmp(a.person, person) != 0)
		*what = SEK_ROSTER_TOKEN_OTHERS;
	else if (err == SEK_OK)
		judge(what, &a);
	return (err);
}

/* What is public of one: of either kind. */
struct public {
	const struct sek_fido2	*f;	/* NULL: a card */
	const struct sek_card	*c;
};

static struct public
public_of(const struct sek_roster *r,
    const struct sek_roster_authenticator *there)
{
	struct public p = { NULL, NULL };

	if (there->fido2 != 0)
		p.f = &r->fido2[there->fido2 - 1];
	else
		p.c = &r->card[there->card - 1];
	return (p);
}

static enum sek_err
put(struct sek_db *db, const struct sek_roster_authenticator *there,
    const struct public *p)
{
	struct sek_authenticator_row row;
	enum sek_err err;

	memset(&row, 0, sizeof(row));
	memcpy(row.a.id, there->id, sizeof(row.a.id));
	memcpy(row.a.person, there->person, sizeof(row.a.person));
	memcpy(row.a.label, there->label, sizeof(row.a.label));
	row.a.method = there->method;
	row.a.state = SEK_AUTHENTICATOR_ACTIVE;
	row.a.created = db->now.wall;
	if ((err = sek_row_insert(db, &sek_table_authenticator, &row)) !=
	    SEK_OK ||
	    (err = p->f != NULL ?
	    sek_db_security_key_new(db, row.a.person, row.a.id, p->f) :
	    sek_db_card_new(db, &row, p->c)) != SEK_OK)
		return (err);
	return (sek_db_tickets_end_of(db, row.a.person, SEK_PURPOSE_ENROL,
	    "enrolled"));
}

/* Was it removed here, and enrolled there by itself? */
static enum sek_err
is_gone(struct sek_db *db, bool *yes, const char *person,
    const struct public *p)
{
	char name[SEK_MARK_NAME_MAX];
	struct sek_mark m;
	enum sek_err err;

	if (p->f != NULL)
		gone_name(name, person, p->f->public_key, p->f->public_len);
	else
		gone_name(name, person, p->c->public_key, p->c->public_len);
	err = sek_roster_mark(db, &m, name);
	*yes = err == SEK_OK;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_roster_key_take(struct sek_db *db, const struct sek_roster *r,
    const struct sek_roster_authenticator *there, enum sek_roster_what *what)
{
	const struct public p = public_of(r, there);
	struct sek_authenticator_row row;
	bool his = true, gone = false;
	enum sek_err err;

	*what = SEK_ROSTER_WHATS;
	if ((err = sek_db_needs_minor(db, sek_beside_of(
	    (enum sek_method)there->method)->minor)) != SEK_OK)
		return (err);
	err = sek_db_authenticator(db, &row, there->id);
	if (err == SEK_OK)
		return (p.f != NULL && row.a.method == SEK_METHOD_FIDO2 &&
		    row.a.state != SEK_AUTHENTICATOR_REMOVED ?
		    raise_counter(db, &row.a, p.f) : SEK_OK);
	if (err != SEK_ERR_NOT_FOUND ||
	    (err = own_are_his(db, r, there->person, &his)) != SEK_OK ||
	    (err = shared_are_his(db, r, there->person, &his)) != SEK_OK)
		return (err);
	*what = his ? SEK_ROSTER_TOKEN_NEW : SEK_ROSTER_TOKEN_NOT_HIS;
	if (his && (err = p.f != NULL ?
	    look_through(db, there->person, p.f, what) :
	    look_for_card(db, there->person, p.c, what)) != SEK_OK)
		return (err);
	if (*what != SEK_ROSTER_TOKEN_NEW)
		return (SEK_OK);
	if ((err = is_gone(db, &gone, there->person, &p)) != SEK_OK)
		return (err);
	if (!gone)
		return (put(db, there, &p));
	*what = SEK_ROSTER_TOKEN_SHUT;
	return (SEK_OK);
}
