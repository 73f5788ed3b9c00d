/*
 * authenticator.c - authenticators of persons, and their failures
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

/* The active ones; that there are others, is seen in passing. */
static enum sek_err
of_person(struct sek_db *db, const char *person)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_AUTHENTICATOR_COLUMNS
	    " FROM authenticator WHERE person=?1 ORDER BY id")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	while (db->nfound < SEK_AUTHENTICATORS_MAX &&
	    (err = sek_db_step(db, st)) == SEK_OK) {
		db->bound = true;
		if (sqlite3_column_int64(st, 2) != SEK_AUTHENTICATOR_ACTIVE)
			continue;
		if ((err = sek_row_read(db, &sek_table_authenticator, st,
		    &db->found[db->nfound])) != SEK_OK)
			break;
		db->nfound++;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Of whom none counts today: that there was one. */
static enum sek_err
note_bound(struct sek_db *db, const char *person)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT 1 FROM authenticator "
	    "WHERE person=?1 LIMIT 1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	if ((err = sek_db_step(db, st)) == SEK_OK)
		db->bound = true;
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static bool
account_stands(const struct sek_account *a, int64_t now)
{

	return (a->state == SEK_ACCOUNT_ACTIVE ||
	    (a->state == SEK_ACCOUNT_SUSPENDED && a->suspended_until != 0 &&
	    now >= a->suspended_until));
}

/* Whoever has accounts of his own must be let in by one: to suspend a person
 * means to suspend his account. */
static enum sek_err
own_account_stands(struct sek_db *db, bool *stands, const char *person)
{
	struct sek_account a;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ACCOUNT_COLUMNS
	    " FROM account WHERE person=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	*stands = true;
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_account, st, &a)) !=
		    SEK_OK)
			break;
		if ((*stands = account_stands(&a, db->now.wall)))
			break;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* A member that is gone from the persons took his term with him. */
enum sek_err
sek_db_member_stands(struct sek_db *db, bool *stands, const char *person)
{
	int64_t now = db->now.wall;
	struct sek_person p;
	enum sek_err err;

	*stands = false;
	if ((err = sek_db_person(db, &p, person)) == SEK_ERR_NOT_FOUND)
		return (sek_row_bad(db, "person", person));
	if (err != SEK_OK || p.state != SEK_ACCOUNT_ACTIVE ||
	    (p.from != 0 && now < p.from) || (p.to != 0 && now >= p.to))
		return (err);
	return (own_account_stands(db, stands, person));
}

/* A shared account opens by what those of its members hold who may come in
 * themselves today. */
static enum sek_err
of_members(struct sek_db *db, const char *account)
{
	struct sek_member_row m;
	sqlite3_stmt *st;
	bool stands = false;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_MEMBER_COLUMNS
	    " FROM member WHERE account=?1 ORDER BY person")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	while ((err = sek_db_step(db, st)) == SEK_OK)
		if ((err = sek_row_read(db, &sek_table_member, st, &m)) !=
		    SEK_OK ||
		    (err = sek_db_member_stands(db, &stands, m.person)) !=
		    SEK_OK ||
		    (err = stands ? of_person(db, m.person) :
		    note_bound(db, m.person)) != SEK_OK)
			break;
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_authenticators_of(struct sek_db *db, const struct sek_account *a)
{

	db->nfound = 0;
	db->bound = false;
	if (a->shared)
		return (of_members(db, a->name));
	return (of_person(db, a->person));
}

enum sek_err
sek_db_authenticators_of_person(struct sek_db *db, const char *person)
{

	db->nfound = 0;
	return (of_person(db, person));
}

enum sek_err
sek_db_authenticator(struct sek_db *db, struct sek_authenticator_row *out,
    const char *id)
{

	return (sek_row_find(db, &sek_table_authenticator, out,
	    "SELECT " SEK_AUTHENTICATOR_COLUMNS " FROM authenticator "
	    "WHERE id=?1", id, NULL));
}

/* SP 800-63B-4: so many failures over its life, then it must be bound anew. */
static enum sek_err
record_capped(struct sek_db *db, const struct sek_authenticator *a,
    const struct sek_claimant *who)
{
	struct sek_record r;

	sek_db_record(&r, SEK_EVENT_DISABLE, SEK_RESULT_OK);
	sek_db_record_who(&r, who);
	r.reason = SEK_REASON_CAPPED;
	(void)sek_text_copy(r.target, sizeof(r.target), who->name);
	(void)sek_text_copy(r.person, sizeof(r.person), a->person);
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator), a->id);
	return (sek_db_append_or_skip(db, &r));
}

enum sek_err
sek_db_authenticator_cap(struct sek_db *db, struct sek_authenticator_row *row,
    const struct sek_claimant *who)
{
	enum sek_err err;

	row->a.state = SEK_AUTHENTICATOR_DISABLED;
	if ((err = sek_row_update(db, &sek_table_authenticator, row)) ==
	    SEK_OK)
		err = record_capped(db, &row->a, who);
	return (err);
}

enum sek_err
sek_db_authenticator_failed(struct sek_db *db,
    struct sek_authenticator_row *row, uint32_t cap,
    const struct sek_claimant *who)
{

	if (row->a.failures < UINT32_MAX)
		row->a.failures++;
	if (cap != 0 && row->a.failures >= cap &&
	    row->a.state == SEK_AUTHENTICATOR_ACTIVE)
		return (sek_db_authenticator_cap(db, row, who));
	return (sek_row_update(db, &sek_table_authenticator, row));
}

enum sek_err
sek_db_authenticator_failed_id(struct sek_db *db, const char *id, uint32_t cap,
    const struct sek_claimant *who)
{
	struct sek_authenticator_row row;
	enum sek_err err;

	/* Removed meanwhile: nothing left to count on. */
	if ((err = sek_db_authenticator(db, &row, id)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	return (sek_db_authenticator_failed(db, &row, cap, who));
}

/* One word of an admission; what is no id (a ticket's has a colon) is not for
 * here to judge. */
static enum sek_err
one_stands(struct sek_db *db, bool *stands, const char *id)
{
	struct sek_authenticator_row row;
	enum sek_err err;

	if (strchr(id, ':') != NULL)
		return (SEK_OK);
	err = sek_db_authenticator(db, &row, id);
	*stands = err == SEK_OK && row.a.state == SEK_AUTHENTICATOR_ACTIVE;
	sek_wipe(&row, sizeof(row));
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Who was retired has nothing left that a login of his goes on by. */
static enum sek_err
is_retired(struct sek_db *db, const struct sek_admission_row *row,
    bool *retired)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_err err;

	*retired = false;
	if ((err = sek_db_account(db, &a, row->account)) == SEK_OK)
		*retired = a.state == SEK_ACCOUNT_RETIRED;
	else if (err != SEK_ERR_NOT_FOUND)
		return (err);
	if (*retired || row->person[0] == '\0')
		return (SEK_OK);
	if ((err = sek_db_person(db, &p, row->person)) == SEK_OK)
		*retired = p.state == SEK_ACCOUNT_RETIRED;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_authenticators_stand(struct sek_db *db, bool *stand,
    const struct sek_admission_row *row)
{
	const char *list = row->authenticator;
	char word[SEK_AUTHENTICATORS_TEXT];
	bool retired;
	enum sek_err err;

	*stand = false;
	if ((err = is_retired(db, row, &retired)) != SEK_OK || retired)
		return (err);
	*stand = true;
	while (*stand && sek_text_word(&list, word, sizeof(word)))
		if ((err = one_stands(db, stand, word)) != SEK_OK)
			return (err);
	return (SEK_OK);
}
