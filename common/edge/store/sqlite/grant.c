/*
 * grant.c - the use of privileged IDs asked for, given and ended
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(1)④ア, 7(2)①ウ. What a grant opens is judged in privilege.c.
 *
 * MUST: nobody gets one who is suspended, retired or out of his term, nor does
 * an account that is shared or nobody's.
 * MUST: what is not in force any more does not come back by itself: who was
 * suspended asks anew.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/model/grant.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/policy.h"

/* ---- for whom */

/*
 * Could this account have one? uid: by the account sources, SEK_UID_NONE where
 * only the store is asked. person: whose it is, or would be by an enrolment.
 * Root's own is somebody's only where a person was enrolled to it.
 */
static enum sek_err
is_fit(struct sek_db *db, bool *fit, char person[SEK_NAME_MAX],
    const char *name, uint32_t uid)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_err err;

	*fit = false;
	memset(&p, 0, sizeof(p));
	if ((err = sek_db_account(db, &a, name)) == SEK_ERR_NOT_FOUND) {
		if (uid == SEK_UID_NONE)
			return (SEK_OK);
		memset(&a, 0, sizeof(a));
		(void)sek_text_copy(a.name, sizeof(a.name), name);
		a.uid = uid;
	} else if (err != SEK_OK)
		return (err);
	(void)sek_text_copy(person, SEK_NAME_MAX,
	    a.person[0] != '\0' ? a.person : name);
	if (a.shared || (a.uid == 0 && a.person[0] == '\0'))
		return (SEK_OK);
	if ((err = sek_db_person(db, &p, person)) != SEK_OK &&
	    (err != SEK_ERR_NOT_FOUND || a.person[0] != '\0'))
		return (err);
	*fit = sek_policy_account(&a, &p, uid == SEK_UID_NONE ? a.uid : uid,
	    db->now.wall) == SEK_REASON_NONE;
	return (SEK_OK);
}

static enum sek_err
is_contractor(struct sek_db *db, bool *yes, const char *person)
{
	struct sek_person p;
	enum sek_err err;

	err = sek_db_person(db, &p, person);
	*yes = err == SEK_OK && p.contractor;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- asked */

/* Seconds as they are written, and nothing that its kind has not. */
static void
complete(struct sek_approval *a, const struct sek_approval_wish *wish)
{
	int64_t span = sek_grant_span(a);

	if (span > 0)
		(void)sek_text_format(a->value, sizeof(a->value), "%lld",
		    (long long)span);
	if (a->kind == SEK_APPROVAL_DEPUTY) {
		a->value[0] = '\0';
		a->uses_max = 0;
		if (a->clause[0] == '\0')
			(void)sek_text_copy(a->clause, sizeof(a->clause),
			    "7(2)①ウ②");
	}
	if (!wish->unavoidable)
		a->review_at = 0;
	else if (a->review_at == 0)
		a->review_at = a->not_after;
}

/* Stands he in for somebody who uses this account, now? */
static enum sek_err
is_deputy(struct sek_db *db, bool *yes, const char *target,
    const struct sek_approval_who *who)
{
	struct sek_request_row *row = &db->request;
	sqlite3_stmt *st;
	enum sek_err err;

	*yes = false;
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE open=1 AND given=1 AND key IN (?1,'"
	    SEK_GRANT_ANY "')")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, target);
	while (!*yes && (err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_request, st, row);
		if (err == SEK_ERR_TAMPERED) {
			db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK)
			break;
		if (row->a.kind == SEK_APPROVAL_DEPUTY &&
		    sek_db_request_stands(db, &row->a) &&
		    (err = sek_db_grant_is_his(db, yes, row->a.users,
		    who->account, who->person, who->uid)) != SEK_OK)
			break;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_grant_is_his(struct sek_db *db, bool *yes, const char *account,
    const char *name, const char *person, uint32_t uid)
{
	struct sek_account a;
	enum sek_err err;

	*yes = name[0] != '\0' && strcmp(account, name) == 0;
	if (*yes || (err = sek_db_account(db, &a, account)) ==
	    SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err == SEK_ERR_TAMPERED) {
		db->bad.table = NULL;
		return (SEK_OK);
	}
	*yes = err == SEK_OK && !a.shared && ((person[0] != '\0' &&
	    strcmp(a.person, person) == 0) || (a.uid == uid &&
	    a.uid != SEK_UID_NONE && a.uid != 0));
	return (err);
}

enum sek_err
sek_db_grant_wish(struct sek_db *db, struct sek_approval *a,
    const struct sek_approval_ask *in, struct sek_approval_wish *wish,
    const struct sek_approval_who *who)
{
	char person[SEK_NAME_MAX];
	enum sek_err err;

	complete(a, wish);
	wish->target_ok = strcmp(a->key, SEK_GRANT_ANY) == 0 ||
	    (in->target_privileged && sek_account_name_ok(a->key));
	wish->scope_ok &= strlen(a->users) < SEK_NAME_MAX;
	if (!wish->scope_ok || !wish->target_ok || a->users[0] == '\0')
		return (SEK_OK);
	if ((err = is_fit(db, &wish->subject_ok, person, a->users,
	    in->subject_uid)) != SEK_OK ||
	    (err = is_contractor(db, &wish->subject_contractor, person)) !=
	    SEK_OK ||
	    (err = sek_db_grant_is_his(db, &wish->own, a->users, who->account,
	    who->person, who->uid)) != SEK_OK)
		return (err);
	/* Whom the account sources do not know has none. */
	wish->subject_ok &= in->subject_uid != SEK_UID_NONE;
	return (wish->unavoidable ? is_deputy(db, &wish->listed, a->key,
	    who) : SEK_OK);
}

enum sek_err
sek_db_grant_deed(struct sek_db *db, const struct sek_approval *a,
    struct sek_approval_deed *deed)
{
	char person[SEK_NAME_MAX];
	struct sek_account acc;
	enum sek_err err;

	if (deed->act != SEK_ACT_GIVE && deed->act != SEK_ACT_CONFIRM)
		return (SEK_OK);
	/* Of one that never logged in all was looked at when it was asked. */
	if ((err = sek_db_account(db, &acc, a->users)) == SEK_ERR_NOT_FOUND) {
		(void)sek_text_copy(person, sizeof(person), a->users);
		deed->subject_ok = true;
	} else if (err != SEK_OK || (err = is_fit(db, &deed->subject_ok,
	    person, a->users, SEK_UID_NONE)) != SEK_OK)
		return (err);
	return (is_contractor(db, &deed->subject_contractor, person));
}

/* ---- ended */

/* The next of this account that is asked or given, behind *number. */
static enum sek_err
next_of(struct sek_db *db, int64_t *number, const char *account)
{
	struct sek_request_row *row = &db->request;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE +open=1 AND number>?1 ORDER BY number")) !=
	    SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, *number);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_request, st, row);
		if (err == SEK_ERR_TAMPERED) {
			/* It opens nothing. */
			db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK)
			break;
		*number = row->number;
		if (sek_grant_is(&row->a) &&
		    (row->a.state == SEK_APPROVAL_ASKED ||
		    row->a.state == SEK_APPROVAL_GIVEN) &&
		    strcmp(row->a.users, account) == 0)
			break;
	}
	sek_db_done(st);
	return (err);
}

static enum sek_err
end_of_account(struct sek_db *db, const char *account, const char *text)
{
	int64_t number = 0;
	enum sek_err err;

	if (!sek_db_has_requests(db))
		return (SEK_OK);
	while ((err = next_of(db, &number, account)) == SEK_OK)
		if ((err = sek_db_request_end(db, &db->request, text)) !=
		    SEK_OK)
			return (err);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_given_end(struct sek_db *db, const char *account, const char *text)
{
	enum sek_err err;

	if ((err = sek_db_tickets_end(db, account, SEK_PURPOSE_NONE, text)) !=
	    SEK_OK)
		return (err);
	return (end_of_account(db, account, text));
}

/* The next account of a person behind this one. */
static enum sek_err
next_account(struct sek_db *db, char account[SEK_NAME_MAX],
    const char *person)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT name FROM account WHERE "
	    "person=?1 AND name>?2 ORDER BY name LIMIT 1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	(void)sqlite3_bind_text(st, 2, account, -1, SQLITE_TRANSIENT);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	(void)sek_text_copy(account, SEK_NAME_MAX,
	    (const char *)sqlite3_column_text(st, 0));
	sek_db_done(st);
	return (SEK_OK);
}

enum sek_err
sek_db_given_end_of(struct sek_db *db, const char *person, const char *text)
{
	char account[SEK_NAME_MAX] = "";
	enum sek_err err;

	if ((err = sek_db_tickets_end_of(db, person, SEK_PURPOSE_NONE,
	    text)) != SEK_OK)
		return (err);
	while ((err = next_account(db, account, person)) == SEK_OK)
		if ((err = end_of_account(db, account, text)) != SEK_OK)
			return (err);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}
