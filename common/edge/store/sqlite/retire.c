/*
 * retire.c - a person goes for good, with all that is his
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clauses 7(2)①イ, 7(2)⑤.
 * MUST: all of it goes in one transaction, or nothing.
 * MUST: a row whose check fails keeps nothing of his open.
 * MUST: no retirement leaves a terminal without a privileged person who could
 * come in as well as he could.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/policy.h"

/* How well a privileged person could come in. */
enum rank {
	RANK_NOT = 0,
	RANK_STANDS,		/* nothing is said against him */
	RANK_ENROLLED		/* and he has an authenticator that opens */
};

struct leaving {
	struct sek_db			*db;
	const struct sek_tool_args	*a;
	struct sek_retired		*out;
	const char			*person;	/* "": nobody behind */
	const char			*account;	/* then this one alone */
};

static void
tell(const struct leaving *l, const char *account,
    const struct sek_authenticator *a, const struct sek_lost_session *s,
    const char *shared)
{

	if (l->a->retired_fn != NULL)
		l->a->retired_fn(l->a->arg, account, a, s, shared);
}

static enum sek_err
absent_is_fine(enum sek_err err)
{

	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- is he the last who could come in? */

static enum sek_err
has_active(struct sek_db *db, const char *person, bool *has)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT EXISTS(SELECT 1 FROM "
	    "authenticator WHERE person=?1 AND state=0)")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	*has = sqlite3_column_int64(st, 0) != 0;
	sek_db_done(st);
	return (SEK_OK);
}

/* What an account gives its person; rows whose check fails give nothing. */
static enum sek_err
rank_of(struct sek_db *db, const struct sek_account *a, int64_t wall,
    enum rank *rank)
{
	struct sek_person p;
	bool has = false;
	enum sek_err err;

	*rank = RANK_NOT;
	if ((!a->privileged && a->uid != 0) || a->shared ||
	    a->person[0] == '\0')
		return (SEK_OK);
	if ((err = sek_db_person(db, &p, a->person)) != SEK_OK) {
		if (err == SEK_ERR_TAMPERED)
			db->bad.table = NULL;
		return (err == SEK_ERR_TAMPERED || err == SEK_ERR_NOT_FOUND ?
		    SEK_OK : err);
	}
	if (sek_policy_account(a, &p, a->uid, wall) != SEK_REASON_NONE)
		return (SEK_OK);
	err = has_active(db, a->person, &has);
	*rank = has ? RANK_ENROLLED : RANK_STANDS;
	return (err);
}

/* The best of his own accounts; or (own false) of all others: at that time. */
static enum sek_err
best_rank(struct sek_db *db, const char *person, bool own, int64_t wall,
    enum rank *best)
{
	struct sek_account a;
	sqlite3_stmt *st;
	enum rank rank;
	enum sek_err err;

	*best = RANK_NOT;
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ACCOUNT_COLUMNS
	    " FROM account")) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_account, st, &a);
		if (err == SEK_ERR_TAMPERED) {
			db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK)
			break;
		if ((strcmp(a.person, person) == 0) != own)
			continue;
		if ((err = rank_of(db, &a, wall, &rank)) != SEK_OK)
			break;
		if (rank > *best)
			*best = rank;
	}
	sek_db_done(st);
	return (absent_is_fine(err));
}

enum sek_err
sek_db_not_the_last(struct sek_db *db, const char *person)
{
	enum rank his, others;
	enum sek_err err;

	if ((err = best_rank(db, person, true, db->now.wall, &his)) !=
	    SEK_OK || his == RANK_NOT ||
	    (err = best_rank(db, person, false, db->now.wall, &others)) !=
	    SEK_OK)
		return (err);
	if (others >= his)
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_REFUSED, "%s is the last privileged "
	    "person who could come in here: enrol another one first, and let "
	    "him log in once", person));
}

enum sek_err
sek_db_some_left(struct sek_db *db, int64_t wall)
{
	enum rank now, then;
	enum sek_err err;

	if ((err = best_rank(db, "", false, db->now.wall, &now)) != SEK_OK ||
	    now == RANK_NOT ||
	    (err = best_rank(db, "", false, wall, &then)) != SEK_OK)
		return (err);
	if (then >= now)
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_REFUSED, "once they have left, no "
	    "privileged person could come in here: the terms of all others "
	    "are over by then, so let that of one of them go on"));
}

/* ---- what is his */

/* The next of his that is not removed yet, behind an id. */
static enum sek_err
next_authenticator(struct sek_db *db, char id[SEK_ID_MAX], const char *person)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT id FROM authenticator "
	    "WHERE person=?1 AND state<>4 AND id>?2 ORDER BY id LIMIT 1")) !=
	    SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	(void)sqlite3_bind_text(st, 2, id, -1, SQLITE_TRANSIENT);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	(void)sek_text_copy(id, SEK_ID_MAX,
	    (const char *)sqlite3_column_text(st, 0));
	sek_db_done(st);
	return (SEK_OK);
}

static void
begin_record(const struct leaving *l, struct sek_record *r, enum sek_event e)
{

	sek_db_record_actor(r, l->a->actor, e);
	sek_text_printable(r->detail, sizeof(r->detail),
	    l->a->reason != NULL ? l->a->reason : "");
}

static enum sek_err
take_one(const struct leaving *l, const char *id)
{
	struct sek_authenticator_row row;
	struct sek_record r;
	enum sek_err err;

	err = sek_db_authenticator(l->db, &row, id);
	if (err == SEK_ERR_TAMPERED) {
		if ((err = sek_db_authenticator_drop_bad(l->db, id,
		    l->a->actor)) != SEK_OK)
			return (err);
		memset(&row, 0, sizeof(row));
		(void)sek_text_copy(row.a.id, sizeof(row.a.id), id);
		row.a.state = SEK_AUTHENTICATOR_REMOVED;
	} else if (err == SEK_OK) {
		/* Which card it is, before that is forgotten. */
		if ((err = absent_is_fine(sek_db_beside_brief(l->db,
		    &row.a))) == SEK_ERR_TAMPERED) {
			l->db->bad.table = NULL;
			err = SEK_OK;
		}
		if (err == SEK_OK) {
			begin_record(l, &r, SEK_EVENT_REMOVE);
			err = sek_db_authenticator_set(l->db, &row,
			    SEK_AUTHENTICATOR_REMOVED, &r);
		}
	}
	sek_wipe(&row.secret, sizeof(row.secret));
	if (err != SEK_OK)
		return (err);
	l->out->authenticators++;
	tell(l, NULL, &row.a, NULL, NULL);
	return (SEK_OK);
}

static enum sek_err
take_authenticators(const struct leaving *l)
{
	char id[SEK_ID_MAX] = "";
	enum sek_err err;

	while ((err = next_authenticator(l->db, id, l->person)) == SEK_OK)
		if ((err = take_one(l, id)) != SEK_OK)
			return (err);
	return (absent_is_fine(err));
}

static enum sek_err
next_membership(struct sek_db *db, char account[SEK_NAME_MAX],
    const char *person)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT account FROM member WHERE "
	    "person=?1 ORDER BY account LIMIT 1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	(void)sek_text_copy(account, SEK_NAME_MAX,
	    (const char *)sqlite3_column_text(st, 0));
	sek_db_done(st);
	return (SEK_OK);
}

static enum sek_err
leave_shared(const struct leaving *l)
{
	char account[SEK_NAME_MAX];
	struct sek_record r;
	sqlite3_stmt *st;
	enum sek_err err;

	while ((err = next_membership(l->db, account, l->person)) == SEK_OK) {
		if ((err = sek_db_prepare(l->db, &st, "DELETE FROM member "
		    "WHERE account=?1 AND person=?2")) != SEK_OK)
			return (err);
		sek_db_bind_text(st, 1, account);
		sek_db_bind_text(st, 2, l->person);
		if ((err = sek_db_step(l->db, st)) != SEK_ERR_NOT_FOUND)
			return (err == SEK_OK ? SEK_ERR_INTERNAL : err);
		begin_record(l, &r, SEK_EVENT_PERSON_CHANGED);
		(void)sek_text_copy(r.target, sizeof(r.target), l->person);
		(void)sek_text_format(r.detail, sizeof(r.detail),
		    "no member of %s any more", account);
		if ((err = sek_db_append(l->db, &r)) != SEK_OK)
			return (err);
		l->out->memberships++;
		tell(l, NULL, NULL, NULL, account);
	}
	return (absent_is_fine(err));
}

static enum sek_err
count_tickets(const struct leaving *l, const char *account)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if (!sek_db_has_tickets(l->db))
		return (SEK_OK);
	if ((err = sek_db_prepare(l->db, &st, "SELECT count(*) FROM ticket "
	    "WHERE account=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	if ((err = sek_db_step(l->db, st)) != SEK_OK)
		return (err);
	l->out->tickets += (uint64_t)sqlite3_column_int64(st, 0);
	sek_db_done(st);
	return (SEK_OK);
}

/* Root's account stays, and is nobody's until it is enrolled again: there is
 * no other root who could take its place. */
static enum sek_err
leave_root(const struct leaving *l, struct sek_account *a)
{
	struct sek_record r;
	enum sek_err err;

	memset(a->person, 0, sizeof(a->person));
	if ((err = sek_db_exec_text(l->db, "DELETE FROM account WHERE name=?1",
	    a->name)) != SEK_OK ||
	    (err = sek_row_insert(l->db, &sek_table_account, a)) != SEK_OK ||
	    (err = sek_db_roster_forget(l->db, a->name)) != SEK_OK ||
	    (err = sek_db_given_end(l->db, a->name, "retired")) != SEK_OK)
		return (err);
	begin_record(l, &r, SEK_EVENT_PERSON_CHANGED);
	(void)sek_text_copy(r.target, sizeof(r.target), l->person);
	(void)sek_text_format(r.detail, sizeof(r.detail),
	    "%s is nobody's account any more", a->name);
	return (sek_db_append(l->db, &r));
}

static enum sek_err
shut_account(const struct leaving *l, struct sek_account *a)
{
	struct sek_record r;
	enum sek_err err;

	if (a->uid == 0)
		return (leave_root(l, a));
	a->state = SEK_ACCOUNT_RETIRED;
	a->suspended_until = 0;
	memset(a->reason, 0, sizeof(a->reason));
	if ((err = count_tickets(l, a->name)) != SEK_OK ||
	    (err = sek_row_update(l->db, &sek_table_account, a)) != SEK_OK ||
	    (err = sek_db_roster_forget(l->db, a->name)) != SEK_OK ||
	    (err = sek_db_given_end(l->db, a->name, "retired")) != SEK_OK)
		return (err);
	begin_record(l, &r, SEK_EVENT_RETIRE);
	(void)sek_text_copy(r.target, sizeof(r.target), a->name);
	if ((err = sek_db_append(l->db, &r)) != SEK_OK)
		return (err);
	l->out->accounts++;
	tell(l, a->name, NULL, NULL, NULL);
	return (SEK_OK);
}

/* The next account of his that is open; or the one that is nobody's. */
static enum sek_err
next_account(const struct leaving *l, struct sek_account *a,
    const char *after)
{

	if (l->person[0] != '\0')
		return (sek_row_find(l->db, &sek_table_account, a, "SELECT "
		    SEK_ACCOUNT_COLUMNS " FROM account WHERE person=?1 AND "
		    "name>?2 ORDER BY name LIMIT 1", l->person, after));
	return (after[0] != '\0' ? SEK_ERR_NOT_FOUND :
	    sek_db_account(l->db, a, l->account));
}

static enum sek_err
shut_accounts(const struct leaving *l)
{
	char after[SEK_NAME_MAX] = "";
	struct sek_account a;
	enum sek_err err;

	while ((err = next_account(l, &a, after)) == SEK_OK) {
		memcpy(after, a.name, sizeof(after));
		if (a.state != SEK_ACCOUNT_RETIRED &&
		    (err = shut_account(l, &a)) != SEK_OK)
			return (err);
	}
	return (absent_is_fine(err));
}

static enum sek_err
shut_person(const struct leaving *l)
{
	struct sek_person *p = &l->out->person, before = *p;
	struct sek_record r;
	enum sek_err err;

	if (l->person[0] == '\0' || p->state == SEK_ACCOUNT_RETIRED)
		return (SEK_OK);
	p->state = SEK_ACCOUNT_RETIRED;
	if ((err = sek_row_update(l->db, &sek_table_person, p)) != SEK_OK ||
	    (err = sek_db_person_changed(l->db, &before, p)) != SEK_OK)
		return (err);
	begin_record(l, &r, SEK_EVENT_PERSON_CHANGED);
	(void)sek_text_copy(r.target, sizeof(r.target), p->id);
	(void)sek_text_copy(r.detail, sizeof(r.detail), "state: retired");
	return (sek_db_append(l->db, &r));
}

/* Whom he was let in as: what ends them has to know. They open nothing more:
 * sek_db_authenticators_stand. */
static enum sek_err
tell_admissions(const struct leaving *l)
{
	struct sek_admission_row row;
	struct sek_lost_session s;
	sqlite3_stmt *st;
	enum sek_err err;
	bool his;

	if ((err = sek_db_prepare(l->db, &st, "SELECT " SEK_ADMISSION_COLUMNS
	    " FROM admission")) != SEK_OK)
		return (err);
	while ((err = sek_db_step(l->db, st)) == SEK_OK) {
		err = sek_row_read(l->db, &sek_table_admission, st, &row);
		if (err == SEK_ERR_TAMPERED) {
			l->db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK)
			break;
		his = l->person[0] != '\0' ?
		    strcmp(row.person, l->person) == 0 :
		    strcmp(row.account, l->account) == 0;
		if (!his || !sek_db_let_in(l->db, &row, &s))
			continue;
		l->out->admissions++;
		tell(l, NULL, NULL, &s, NULL);
	}
	sek_db_done(st);
	return (absent_is_fine(err));
}

enum sek_err
sek_db_retire(struct sek_db *db, const struct sek_tool_args *a,
    const struct sek_account *account, const char *person,
    struct sek_retired *out)
{
	const struct leaving l = { db, a, out, person,
	    account != NULL ? account->name : "" };
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if (person[0] != '\0' &&
	    ((err = sek_db_may_change_person(db, a->actor, person,
	    SEK_CHANGING_ACCOUNT, SEK_EVENT_RETIRE)) != SEK_OK ||
	    (err = sek_db_person(db, &out->person, person)) != SEK_OK ||
	    (err = sek_db_not_the_last(db, person)) != SEK_OK ||
	    (err = take_authenticators(&l)) != SEK_OK ||
	    (err = leave_shared(&l)) != SEK_OK ||
	    (err = sek_db_requests_end_of(db, person, "retired",
	    &out->tickets)) != SEK_OK))
		return (err);
	if ((err = shut_accounts(&l)) != SEK_OK ||
	    (err = shut_person(&l)) != SEK_OK)
		return (err);
	return (tell_admissions(&l));
}

enum sek_err
sek_op_retire(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_account account;
	struct sek_person other;
	enum sek_err err;

	err = sek_db_account(db, &account, a->name);
	if (err == SEK_ERR_NOT_FOUND)
		return (sek_db_retire(db, a, NULL, a->name, result));
	if (err != SEK_OK)
		return (err);
	if (account.shared)
		return (sek_why(db->why, SEK_ERR_REFUSED, "account %s is "
		    "shared: its persons leave it one by one", a->name));
	if (account.uid == 0)
		return (sek_why(db->why, SEK_ERR_REFUSED, "account %s is "
		    "root's, which nobody retires: name the person who "
		    "leaves", a->name));
	/* Also one that no person is behind. */
	if ((err = sek_db_may_change(db, a->actor, account.name, false,
	    SEK_CHANGING_ACCOUNT, SEK_EVENT_RETIRE)) != SEK_OK)
		return (err);
	/* Both a name of an account and another person's id. */
	if (account.person[0] != '\0' && strcmp(account.person, a->name) != 0) {
		err = sek_db_person(db, &other, a->name);
		if (err == SEK_OK)
			return (sek_why(db->why, SEK_ERR_REFUSED, "%s is an "
			    "account of person %s, and another person's id: "
			    "name an account of whom you mean, or %s",
			    a->name, account.person, account.person));
		if (err != SEK_ERR_NOT_FOUND)
			return (err);
	}
	return (sek_db_retire(db, a, &account, account.person, result));
}
