/*
 * user.c - accounts and authenticators as the tools show and change them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Lists are read in parts: whoever reads slowly holds nothing meanwhile. A
 * row whose check fails is left out of a list, which then ends with
 * SEK_ERR_TAMPERED: the others are still told.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define BATCH 64

enum sek_err
sek_db_user_lock(struct sek_db *db, struct sek_user *u,
    const struct sek_limits *limits)
{
	struct sek_tally_at *at = &db->tally[SEK_TALLY_OWN];
	enum sek_err err;

	if ((err = sek_db_tally_load(db, SEK_TALLY_OWN, SEK_TALLY_ACCOUNT,
	    u->account.name)) != SEK_OK)
		return (err);
	(void)sek_lockout_refresh(&at->t, limits, &db->now, sek_process_alive,
	    NULL);
	sek_lockout_state(&u->lock, &at->t, limits, &db->now);
	return (SEK_OK);
}

/* What its life depends on besides. */
static enum sek_err
password(struct sek_db *db, struct sek_user *u)
{
	enum sek_err err;

	u->has_password = 0;
	memset(&u->password, 0, sizeof(u->password));
	if ((err = sek_db_woken(db, &u->woken, u->account.name)) != SEK_OK ||
	    !sek_db_has_passwords(db))
		return (err);
	err = sek_db_password(db, &u->password, u->account.name);
	u->has_password = err == SEK_OK;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_user(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_user *u = result;
	enum sek_err err;

	memset(u, 0, sizeof(*u));
	if ((err = sek_db_account(db, &u->account, a->name)) != SEK_OK ||
	    (err = password(db, u)) != SEK_OK)
		return (err);
	return (sek_db_user_lock(db, u, a->limits));
}

struct part {
	struct sek_user	user[BATCH];
	unsigned	n;
	bool		more;
	char		last[SEK_NAME_MAX];
};

static enum sek_err
judge(struct sek_db *db, const struct sek_tool_args *a, struct sek_user *u)
{
	struct sek_limits limits;
	enum sek_err err;

	if ((err = password(db, u)) != SEK_OK)
		return (err);
	a->limits_fn(a->arg, u->account.name, u->account.privileged != 0,
	    &limits);
	return (sek_db_user_lock(db, u, &limits));
}

/* Names after p->last. */
static enum sek_err
read_part(struct sek_db *db, const struct sek_tool_args *a, struct part *p,
    bool *tampered)
{
	sqlite3_stmt *st;
	struct sek_user *u;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ACCOUNT_COLUMNS
	    " FROM account WHERE name>?1 ORDER BY name LIMIT 64")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_text(st, 1, p->last, -1, SQLITE_TRANSIENT);
	p->more = false;
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		p->more = true;
		(void)sek_text_format(p->last, sizeof(p->last), "%s",
		    (const char *)sqlite3_column_text(st, 0));
		u = &p->user[p->n];
		if ((err = sek_row_read(db, &sek_table_account, st,
		    &u->account)) == SEK_OK)
			err = judge(db, a, u);
		if (err == SEK_ERR_TAMPERED)
			*tampered = true;
		else if (err != SEK_OK)
			break;
		else
			p->n++;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_users(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct part *p;
	bool tampered = false;
	enum sek_err err;
	unsigned i;

	(void)result;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (SEK_ERR_NOMEM);
	do {
		p->n = 0;
		if ((err = sek_db_begin(db, false)) == SEK_OK)
			err = sek_db_end(db, read_part(db, a, p, &tampered));
		for (i = 0; i < p->n && err == SEK_OK; i++)
			err = a->user_fn(a->arg, &p->user[i]);
	} while (err == SEK_OK && p->more);
	free(p);
	return (err == SEK_OK && tampered ? SEK_ERR_TAMPERED : err);
}

static enum sek_err
change_state(struct sek_db *db, const struct sek_tool_args *a,
    enum sek_account_state to, enum sek_event e)
{
	struct sek_account acc;
	struct sek_record r;
	enum sek_err err;

	if ((err = sek_db_account(db, &acc, a->name)) != SEK_OK)
		return (err);
	if ((err = sek_db_may_change(db, a->actor, acc.name, false,
	    SEK_CHANGING_ACCOUNT, e)) != SEK_OK)
		return (err);
	if (acc.state == SEK_ACCOUNT_RETIRED)
		return (sek_why(db->why, SEK_ERR_REFUSED, "the account is "
		    "retired for good"));
	acc.state = (uint8_t)to;
	acc.suspended_until = to == SEK_ACCOUNT_SUSPENDED ? a->until : 0;
	(void)sek_text_copy(acc.reason, sizeof(acc.reason), "");
	if (to == SEK_ACCOUNT_SUSPENDED && a->reason != NULL)
		sek_text_printable(acc.reason, sizeof(acc.reason), a->reason);
	if ((err = sek_row_update(db, &sek_table_account, &acc)) != SEK_OK ||
	    (err = sek_db_roster_forget(db, acc.name)) != SEK_OK ||
	    (to == SEK_ACCOUNT_SUSPENDED && (err = sek_db_given_end(db,
	    acc.name, "suspended")) != SEK_OK))
		return (err);
	sek_db_record_actor(&r, a->actor, e);
	(void)sek_text_copy(r.target, sizeof(r.target), acc.name);
	if (r.detail[0] == '\0')
		(void)sek_text_copy(r.detail, sizeof(r.detail), acc.reason);
	return (sek_db_append(db, &r));
}

enum sek_err
sek_op_suspend(struct sek_db *db, const void *arg, void *result)
{

	(void)result;
	return (change_state(db, arg, SEK_ACCOUNT_SUSPENDED,
	    SEK_EVENT_SUSPEND));
}

/* A roster may have suspended the person: there is no other way back here. */
static enum sek_err
resume_person(struct sek_db *db, const struct sek_tool_args *a)
{
	struct sek_account acc;
	struct sek_person p;
	struct sek_record r;
	enum sek_err err;

	if ((err = sek_db_account(db, &acc, a->name)) != SEK_OK ||
	    acc.person[0] == '\0')
		return (err);
	if ((err = sek_db_person(db, &p, acc.person)) != SEK_OK ||
	    p.state != SEK_ACCOUNT_SUSPENDED)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	p.state = SEK_ACCOUNT_ACTIVE;
	if ((err = sek_row_update(db, &sek_table_person, &p)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_PERSON_CHANGED);
	(void)sek_text_copy(r.target, sizeof(r.target), p.id);
	(void)sek_text_copy(r.detail, sizeof(r.detail), "state: resumed");
	return (sek_db_append(db, &r));
}

enum sek_err
sek_op_resume(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	enum sek_err err;

	(void)result;
	err = change_state(db, arg, SEK_ACCOUNT_ACTIVE, SEK_EVENT_RESUME);
	if (err == SEK_OK)
		err = sek_db_wake(db, a->name);
	return (err == SEK_OK ? resume_person(db, arg) : err);
}

/* The row of this name and kind, emptied; a row that was tampered with goes
 * altogether: that is how it is mended. */
static enum sek_err
unlock_one(struct sek_db *db, enum sek_tally_kind kind, const char *name,
    bool *was)
{
	static const struct sek_limits all = {
		.interval = SEK_SPAN_NEVER,
		.unlock = SEK_SPAN_NEVER,
		.deny = SEK_DENY_MAX
	};
	struct sek_tally_at *at = &db->tally[SEK_TALLY_OWN];
	enum sek_err err;

	err = sek_db_tally_load(db, SEK_TALLY_OWN, kind, name);
	if (err == SEK_ERR_TAMPERED || err == SEK_ERR_STORE_DAMAGED) {
		db->bad.table = NULL;
		*was = true;
		return (sek_db_tally_drop(db, SEK_TALLY_OWN));
	}
	if (err != SEK_OK || !at->exists)
		return (err);
	/* Attempts that were killed are failures of before, written down by
	 * nobody yet: left there, they would lock it again. */
	(void)sek_lockout_refresh(&at->t, &all, &db->now, sek_process_alive,
	    NULL);
	*was |= at->t.locked || at->t.nfailures > 0;
	sek_lockout_clear(&at->t);
	return (sek_db_tally_save(db, SEK_TALLY_OWN));
}

enum sek_err
sek_op_unlock(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_account acc;
	struct sek_record r;
	bool *was = result;
	enum sek_err err;

	if ((err = sek_db_account(db, &acc, a->name)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	/* Also his own right to try others. */
	if ((err = sek_db_may_change(db, a->actor, a->name, false,
	    SEK_CHANGING_ACCOUNT, SEK_EVENT_UNLOCK)) != SEK_OK ||
	    (err = unlock_one(db, SEK_TALLY_ACCOUNT, a->name, was)) !=
	    SEK_OK ||
	    (err = unlock_one(db, SEK_TALLY_CALLER, a->name, was)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_UNLOCK);
	(void)sek_text_copy(r.target, sizeof(r.target), a->name);
	return (sek_db_append(db, &r));
}

struct list {
	struct {
		char				account[SEK_NAME_MAX];
		struct sek_authenticator	a;
	}		row[BATCH];
	unsigned	n;
	bool		more;
	char		person[SEK_NAME_MAX];	/* last seen */
	char		id[SEK_ID_MAX];
};

/* account: of one only; else each authenticator with the account of its
 * person (the first, or a shared one). */
#define LIST_SQL(where) \
	"SELECT t.person,t.id,t.state,t.data,t.mac," \
	"coalesce((SELECT min(name) FROM account WHERE account.person=" \
	"t.person),(SELECT min(account) FROM member WHERE member.person=" \
	"t.person),'') FROM authenticator AS t WHERE (t.person,t.id)>(?1,?2) " \
	where "ORDER BY t.person,t.id LIMIT 64"

static enum sek_err
list_part(struct sek_db *db, const struct sek_tool_args *a, struct list *l,
    bool *tampered)
{
	struct sek_authenticator_row row;
	sqlite3_stmt *st;
	enum sek_err err;

	if (a->name == NULL)
		err = sek_db_prepare(db, &st, LIST_SQL(""));
	else
		err = sek_db_prepare(db, &st, LIST_SQL("AND t.person IN "
		    "(SELECT person FROM account WHERE name=?3 UNION "
		    "SELECT person FROM member WHERE account=?3) "));
	if (err != SEK_OK)
		return (err);
	(void)sqlite3_bind_text(st, 1, l->person, -1, SQLITE_TRANSIENT);
	(void)sqlite3_bind_text(st, 2, l->id, -1, SQLITE_TRANSIENT);
	if (a->name != NULL)
		sek_db_bind_text(st, 3, a->name);
	l->more = false;
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		l->more = true;
		(void)sek_text_format(l->person, sizeof(l->person), "%s",
		    (const char *)sqlite3_column_text(st, 0));
		(void)sek_text_format(l->id, sizeof(l->id), "%s",
		    (const char *)sqlite3_column_text(st, 1));
		if ((err = sek_row_read(db, &sek_table_authenticator, st,
		    &row)) == SEK_OK)
			err = sek_db_beside_brief(db, &row.a);
		if (err == SEK_ERR_TAMPERED)
			*tampered = true;
		else if (err != SEK_OK) {
			sek_db_done(st);
			break;
		}
		if (err != SEK_OK || (!a->all &&
		    row.a.state == SEK_AUTHENTICATOR_REMOVED))
			continue;
		l->row[l->n].a = row.a;
		(void)sek_text_copy(l->row[l->n++].account, SEK_NAME_MAX,
		    a->name != NULL ? a->name :
		    (const char *)sqlite3_column_text(st, 5));
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_authenticators(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct list *l;
	bool tampered = false;
	enum sek_err err;
	unsigned i;

	(void)result;
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (SEK_ERR_NOMEM);
	do {
		l->n = 0;
		if ((err = sek_db_begin(db, false)) == SEK_OK)
			err = sek_db_end(db, list_part(db, a, l, &tampered));
		for (i = 0; i < l->n && err == SEK_OK; i++)
			err = a->authenticator_fn(a->arg, l->row[i].account,
			    &l->row[i].a);
	} while (err == SEK_OK && l->more);
	free(l);
	return (err == SEK_OK && tampered ? SEK_ERR_TAMPERED : err);
}

/* A row that was tampered with cannot be told about, only taken away. */
enum sek_err
sek_db_authenticator_drop_bad(struct sek_db *db, const char *id,
    const struct sek_record *actor)
{
	struct sek_record r;
	enum sek_err err;

	db->bad.table = NULL;
	/* Whose it was cannot be trusted: perhaps a privileged person's. */
	if ((err = sek_db_may_change(db, actor, id, true,
	    SEK_CHANGING_FACTOR, SEK_EVENT_REMOVE)) != SEK_OK ||
	    (err = sek_db_exec_text(db,
	    "DELETE FROM authenticator WHERE id=?1", id)) != SEK_OK ||
	    (err = sek_db_besides_gone_id(db, id)) != SEK_OK ||
	    (err = sek_db_besides_drop_id(db, id)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, actor, SEK_EVENT_REMOVE);
	r.reason = SEK_REASON_TAMPERED;
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator), id);
	return (sek_db_append(db, &r));
}

void
sek_db_record_target(struct sek_db *db, struct sek_record *r, const char *person)
{
	sqlite3_stmt *st;

	if (sek_db_prepare(db, &st, "SELECT min(name) FROM account "
	    "WHERE person=?1") != SEK_OK)
		return;
	sek_db_bind_text(st, 1, person);
	if (sek_db_step(db, st) == SEK_OK &&
	    sqlite3_column_type(st, 0) == SQLITE_TEXT)
		(void)sek_text_copy(r->target, sizeof(r->target),
		    (const char *)sqlite3_column_text(st, 0));
	sek_db_done(st);
}

enum sek_err
sek_db_authenticator_set(struct sek_db *db, struct sek_authenticator_row *row,
    enum sek_authenticator_state to, struct sek_record *r)
{
	bool gone = to == SEK_AUTHENTICATOR_REMOVED;
	enum sek_err err;

	if (!gone && to != SEK_AUTHENTICATOR_DISABLED)
		return (SEK_ERR_RANGE);
	row->a.state = (uint8_t)to;
	if (gone) {
		/* What SQLite frees of the row is overwritten, too. */
		(void)sqlite3_exec(db->sq, "PRAGMA secure_delete=1", NULL,
		    NULL, NULL);
		sek_wipe(&row->secret, sizeof(row->secret));
	}
	if ((err = sek_row_update(db, &sek_table_authenticator, row)) !=
	    SEK_OK || (gone &&
	    ((err = sek_db_beside_gone(db, &row->a)) != SEK_OK ||
	    (err = sek_db_beside_drop(db, &row->a)) != SEK_OK)))
		return (err);
	r->event = gone ? SEK_EVENT_REMOVE : SEK_EVENT_DISABLE;
	(void)sek_text_copy(r->authenticator, sizeof(r->authenticator),
	    row->a.id);
	if (r->target[0] == '\0')
		sek_db_record_target(db, r, row->a.person);
	return (sek_db_append(db, r));
}

enum sek_err
sek_op_authenticator_state(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_authenticator_row row;
	struct sek_record r;
	enum sek_err err;

	(void)result;
	err = sek_db_authenticator(db, &row, a->name);
	if (err == SEK_ERR_TAMPERED && a->state == SEK_AUTHENTICATOR_REMOVED)
		return (sek_db_authenticator_drop_bad(db, a->name, a->actor));
	if (err == SEK_OK && row.a.state == SEK_AUTHENTICATOR_REMOVED)
		err = SEK_ERR_NOT_FOUND;
	if (err != SEK_OK || (err = sek_db_may_change_person(db, a->actor,
	    row.a.person, SEK_CHANGING_FACTOR,
	    a->state == SEK_AUTHENTICATOR_REMOVED ? SEK_EVENT_REMOVE :
	    SEK_EVENT_DISABLE)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_DISABLE);
	r.target[0] = '\0';
	return (sek_db_authenticator_set(db, &row,
	    (enum sek_authenticator_state)a->state, &r));
}
