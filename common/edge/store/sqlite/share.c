/*
 * share.c - shared accounts (共用ID) and their members
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clause 6(4)①イ; SP 800-53 IA-2(5). What opens a shared account belongs to its
 * members; of the account itself there is nothing but its name.
 *
 * MUST: no account of one person becomes several people's while he holds
 * anything by which it opens.
 * MUST: no more members than a login looks through.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

enum sek_err
sek_db_is_member(struct sek_db *db, bool *yes, const char *account,
    const char *person)
{
	struct sek_member_row m;
	enum sek_err err;

	err = sek_row_find(db, &sek_table_member, &m, "SELECT "
	    SEK_MEMBER_COLUMNS " FROM member WHERE account=?1 AND person=?2",
	    account, person);
	*yes = err == SEK_OK;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* How many of his are active. */
static enum sek_err
count_active(struct sek_db *db, uint32_t *n, const char *person)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT count(*) FROM "
	    "authenticator WHERE person=?1 AND state=0")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	*n = (uint32_t)sqlite3_column_int64(st, 0);
	sek_db_done(st);
	return (SEK_OK);
}

static enum sek_err
describe(struct sek_db *db, struct sek_member *m,
    const struct sek_member_row *row)
{
	struct sek_person p;
	enum sek_err err;

	memset(m, 0, sizeof(*m));
	memcpy(m->person, row->person, sizeof(m->person));
	m->since = row->created;
	if ((err = sek_db_person(db, &p, row->person)) == SEK_OK) {
		memcpy(m->name, p.name, sizeof(m->name));
		memcpy(m->section, p.section, sizeof(m->section));
	} else if (err != SEK_ERR_NOT_FOUND)
		return (err);
	if ((err = sek_db_member_stands(db, &m->stands, row->person)) !=
	    SEK_OK)
		return (err);
	return (count_active(db, &m->active, row->person));
}

enum sek_err
sek_op_members(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_members *out = result;
	struct sek_member_row row;
	sqlite3_stmt *st;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_MEMBER_COLUMNS
	    " FROM member WHERE account=?1 ORDER BY person")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, a->name);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_member, st, &row)) !=
		    SEK_OK)
			break;
		if (out->n == SEK_MEMBERS_MAX) {
			out->more = true;
			break;
		}
		if ((err = describe(db, &out->member[out->n], &row)) != SEK_OK)
			break;
		out->n++;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Nobody's in particular, but for a name that an enrolment gave it. */
static enum sek_err
make_shared(struct sek_db *db, struct sek_account *a)
{
	struct sek_person p;
	uint32_t active = 0;
	enum sek_err err;

	if (a->person[0] != '\0') {
		if ((err = sek_db_person(db, &p, a->person)) != SEK_OK &&
		    err != SEK_ERR_NOT_FOUND)
			return (err);
		if (err == SEK_ERR_NOT_FOUND)
			memset(&p, 0, sizeof(p));
		if ((err = count_active(db, &active, a->person)) != SEK_OK)
			return (err);
		if (active > 0 || p.name[0] != '\0' ||
		    strcmp(a->person, a->name) != 0)
			return (sek_why(db->why, SEK_ERR_EXISTS, "account %s "
			    "is that of person %s: it is not made a shared one",
			    a->name, a->person));
	}
	if ((err = sek_db_exec_text(db, "DELETE FROM account WHERE name=?1",
	    a->name)) != SEK_OK ||
	    (err = sek_db_given_end(db, a->name, "shared from now on")) !=
	    SEK_OK)
		return (err);
	a->shared = 1;
	a->person[0] = '\0';
	return (sek_row_insert(db, &sek_table_account, a));
}

static enum sek_err
take_account(struct sek_db *db, struct sek_account *a,
    const struct sek_account *in, struct sek_shared *out)
{
	enum sek_err err;

	err = sek_db_account(db, a, in->name);
	if (err == SEK_ERR_NOT_FOUND) {
		memset(a, 0, sizeof(*a));
		memcpy(a->name, in->name, sizeof(a->name));
		a->uid = in->uid;
		a->privileged = in->privileged;
		a->created = db->now.wall;
		a->shared = 1;
		out->made = true;
		return (sek_row_insert(db, &sek_table_account, a));
	}
	if (err != SEK_OK || a->shared)
		return (err);
	out->made = true;
	return (make_shared(db, a));
}

/* By his id, or by an account of his alone. */
static enum sek_err
take_person(struct sek_db *db, struct sek_person *p, const char *text)
{
	struct sek_account a;
	enum sek_err err;

	if ((err = sek_db_person(db, p, text)) == SEK_ERR_NOT_FOUND &&
	    (err = sek_db_account(db, &a, text)) == SEK_OK)
		err = a.person[0] == '\0' ? SEK_ERR_NOT_FOUND :
		    sek_db_person(db, p, a.person);
	if (err == SEK_ERR_NOT_FOUND)
		return (sek_why(db->why, err, "there is no person %s", text));
	return (err);
}

/* All that a login of it would have to look through. */
static enum sek_err
check_room(struct sek_db *db, const char *account, const char *person)
{
	int64_t members = 0, active = 0;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT (SELECT count(*) FROM "
	    "member WHERE account=?1),(SELECT count(*) FROM authenticator "
	    "WHERE state=0 AND (person=?2 OR person IN (SELECT person FROM "
	    "member WHERE account=?1)))")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	sek_db_bind_text(st, 2, person);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	members = sqlite3_column_int64(st, 0);
	active = sqlite3_column_int64(st, 1);
	sek_db_done(st);
	if (members < SEK_MEMBERS_MAX && active <= SEK_AUTHENTICATORS_MAX)
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_REFUSED, "account %s would have "
	    "%lld members who hold %lld authenticators: a login looks through "
	    "%u members and %u authenticators", account,
	    (long long)members + 1, (long long)active, SEK_MEMBERS_MAX,
	    SEK_AUTHENTICATORS_MAX));
}

static enum sek_err
add_member(struct sek_db *db, const char *account, const struct sek_person *p)
{
	struct sek_member_row m;
	enum sek_err err;

	if (p->state == SEK_ACCOUNT_RETIRED)
		return (sek_why(db->why, SEK_ERR_REFUSED, "person %s is "
		    "retired", p->id));
	if ((err = check_room(db, account, p->id)) != SEK_OK)
		return (err);
	memset(&m, 0, sizeof(m));
	(void)sek_text_copy(m.account, sizeof(m.account), account);
	memcpy(m.person, p->id, sizeof(m.person));
	m.created = db->now.wall;
	return (sek_row_insert(db, &sek_table_member, &m));
}

/* The next of these admissions; those whose check fails open nothing. */
static enum sek_err
next_admission(struct sek_db *db, struct sek_admission_row *row, uint32_t uid,
    char id[SEK_ID_MAX])
{
	sqlite3_stmt *st;
	enum sek_err err;

	do {
		if ((err = sek_db_prepare(db, &st, "SELECT "
		    SEK_ADMISSION_COLUMNS " FROM admission WHERE uid=?1 AND "
		    "id>?2 ORDER BY id LIMIT 1")) != SEK_OK)
			return (err);
		(void)sqlite3_bind_int64(st, 1, uid);
		(void)sqlite3_bind_text(st, 2, id, -1, SQLITE_TRANSIENT);
		if ((err = sek_db_step(db, st)) != SEK_OK)
			return (err);
		(void)sek_text_format(id, SEK_ID_MAX, "%s",
		    (const char *)sqlite3_column_text(st, 1));
		err = sek_row_read(db, &sek_table_admission, st, row);
		sek_db_done(st);
		if (err == SEK_ERR_TAMPERED)
			db->bad.table = NULL;
	} while (err == SEK_ERR_TAMPERED);
	return (err);
}

/* No sudo goes on by what he opened. */
static enum sek_err
end_reuse(struct sek_db *db, const struct sek_account *a, const char *person)
{
	struct sek_admission_row row;
	char id[SEK_ID_MAX] = "";
	enum sek_err err;

	while ((err = next_admission(db, &row, a->uid, id)) == SEK_OK) {
		/* What opened a screen has its session inverted. */
		if (strcmp(row.account, a->name) != 0 ||
		    strcmp(row.person, person) != 0 ||
		    row.taken >= SEK_TAKEN_PROOF ||
		    row.audit_session == UINT32_MAX)
			continue;
		row.audit_session = UINT32_MAX;
		if ((err = sek_row_update(db, &sek_table_admission, &row)) !=
		    SEK_OK)
			return (err);
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
drop_member(struct sek_db *db, const struct sek_account *a, const char *person)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "DELETE FROM member WHERE "
	    "account=?1 AND person=?2")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, a->name);
	sek_db_bind_text(st, 2, person);
	if ((err = sek_db_step(db, st)) != SEK_ERR_NOT_FOUND)
		return (err == SEK_OK ? SEK_ERR_INTERNAL : err);
	return (end_reuse(db, a, person));
}

static enum sek_err
record(struct sek_db *db, const struct sek_tool_args *a, const char *account,
    const struct sek_shared *done)
{
	struct sek_record r;

	sek_db_record_actor(&r, a->actor, SEK_EVENT_PERSON_CHANGED);
	(void)sek_text_copy(r.target, sizeof(r.target), done->person);
	(void)sek_text_format(r.detail, sizeof(r.detail), a->all ?
	    "member of %s%s" : "no member of %s any more%s", account,
	    done->made ? ", which is shared from now on" : "");
	return (sek_db_append(db, &r));
}

static enum sek_err
change_member(struct sek_db *db, const struct sek_tool_args *a,
    const struct sek_account *of, struct sek_shared *out)
{
	struct sek_person p;
	bool is;
	enum sek_err err;

	if ((err = take_person(db, &p, a->name)) != SEK_OK ||
	    (err = sek_db_is_member(db, &is, of->name, p.id)) != SEK_OK)
		return (err);
	memcpy(out->person, p.id, sizeof(out->person));
	out->changed = is != a->all;
	if (!out->changed)
		return (SEK_OK);
	if ((err = a->all ? add_member(db, of->name, &p) :
	    drop_member(db, of, p.id)) != SEK_OK)
		return (err);
	return (record(db, a, of->name, out));
}

/* enrol->account: which; name: whom; all: he becomes one. */
enum sek_err
sek_op_share(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	const struct sek_account *in = &a->enrol->account;
	struct sek_shared *out = result;
	struct sek_account of;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_db_may_change(db, a->actor, in->name,
	    in->privileged != 0, SEK_CHANGING_ACCOUNT,
	    SEK_EVENT_PERSON_CHANGED)) != SEK_OK)
		return (err);
	if (a->all)
		err = take_account(db, &of, in, out);
	else if ((err = sek_db_account(db, &of, in->name)) == SEK_OK &&
	    !of.shared)
		err = sek_why(db->why, SEK_ERR_NOT_FOUND, "account %s is not "
		    "shared", in->name);
	return (err == SEK_OK ? change_member(db, a, &of, out) : err);
}
