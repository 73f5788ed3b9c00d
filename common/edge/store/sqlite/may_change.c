/*
 * may_change.c - contractors and what privileged accounts open by
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clause 7(2)①ウ④. Asked within the transaction of each change, so that no verb
 * can forget it.
 *
 * MUST: what is refused here stands in the records, although nothing else of
 * its transaction does.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

static enum sek_err
is_contractor(struct sek_db *db, bool *yes, const char *person)
{
	struct sek_person p;
	enum sek_err err;

	err = sek_db_person(db, &p, person);
	*yes = err == SEK_OK && p.contractor;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Who sits in a shared account cannot be told from its name: in doubt it is
 * the contractor among its members. */
static enum sek_err
has_contractor(struct sek_db *db, bool *yes, const char *account)
{
	struct sek_member_row m;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_MEMBER_COLUMNS
	    " FROM member WHERE account=?1 ORDER BY person")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	while (!*yes && (err = sek_db_step(db, st)) == SEK_OK)
		if ((err = sek_row_read(db, &sek_table_member, st, &m)) !=
		    SEK_OK ||
		    (err = is_contractor(db, yes, m.person)) != SEK_OK)
			break;
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_is_contractor(struct sek_db *db, bool *yes, const char *account)
{
	struct sek_account a;
	enum sek_err err;

	*yes = false;
	if (account[0] == '\0' ||
	    (err = sek_db_account(db, &a, account)) == SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err != SEK_OK)
		return (err);
	if (a.shared)
		return (has_contractor(db, yes, account));
	/* Known by a login alone: his person would have his name. */
	return (is_contractor(db, yes, a.person[0] != '\0' ? a.person :
	    account));
}

/* Does what he holds open a privileged account, his own or a shared one? */
static enum sek_err
is_privileged(struct sek_db *db, bool *yes, const char *person)
{
	struct sek_account a;
	sqlite3_stmt *st;
	enum sek_err err;

	*yes = false;
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ACCOUNT_COLUMNS
	    " FROM account WHERE person=?1 OR name IN (SELECT account FROM "
	    "member WHERE person=?1)")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	while (!*yes && (err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_account, st, &a)) !=
		    SEK_OK)
			break;
		*yes = a.privileged != 0 || a.uid == 0;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* To be told once all else of this transaction is undone. */
static enum sek_err
refuse(struct sek_db *db, const struct sek_record *actor, enum sek_event e,
    const char *target, enum sek_reason reason)
{

	db->no = *actor;
	db->no.event = e;
	db->no.result = SEK_RESULT_REFUSED;
	db->no.reason = reason;
	db->no.count = 1;
	(void)sek_text_copy(db->no.target, sizeof(db->no.target), target);
	db->has_no = true;
	return (sek_why(db->why, SEK_ERR_REFUSED, reason ==
	    SEK_REASON_CONTRACTOR ? "%s is a contractor, and %s is "
	    "privileged: what it opens by is for the office's own "
	    "administrators to change" : "%s may not change %s, which is "
	    "shared: it is root's to change", actor->subject, target));
}

static enum sek_err
judge(struct sek_db *db, const struct sek_record *actor,
    const struct sek_may_change *m, enum sek_changing what, enum sek_event e,
    const char *target)
{
	enum sek_reason reason = sek_may_change(m, what);

	return (reason == SEK_REASON_NONE ? SEK_OK :
	    refuse(db, actor, e, target, reason));
}

enum sek_err
sek_db_may_change(struct sek_db *db, const struct sek_record *actor,
    const char *account, bool privileged, enum sek_changing what,
    enum sek_event e)
{
	/* The tools are root's; who is not comes by the helper, which knows of
	 * no shared account. */
	struct sek_may_change m = { .root = true };
	struct sek_account a;
	enum sek_err err;

	if (actor == NULL)
		return (SEK_OK);
	if ((err = sek_db_is_contractor(db, &m.contractor, actor->subject)) !=
	    SEK_OK || !m.contractor)
		return (err);
	if ((err = sek_db_account(db, &a, account)) == SEK_OK) {
		m.privileged = a.privileged != 0 || a.uid == 0;
		m.shared = a.shared != 0;
	} else if (err != SEK_ERR_NOT_FOUND)
		return (err);
	m.privileged |= privileged;
	return (judge(db, actor, &m, what, e, account));
}

enum sek_err
sek_db_may_change_person(struct sek_db *db, const struct sek_record *actor,
    const char *person, enum sek_changing what, enum sek_event e)
{
	struct sek_may_change m = { .root = true };
	enum sek_err err;

	if (actor == NULL)
		return (SEK_OK);
	if ((err = sek_db_is_contractor(db, &m.contractor, actor->subject)) !=
	    SEK_OK || !m.contractor ||
	    (err = is_privileged(db, &m.privileged, person)) != SEK_OK)
		return (err);
	return (judge(db, actor, &m, what, e, person));
}

void
sek_db_record_no(struct sek_db *db)
{
	struct sek_why *why = db->why, none;

	if (!db->has_no)
		return;
	db->has_no = false;
	db->why = &none;
	if (sek_db_begin(db, true) == SEK_OK)
		(void)sek_db_end(db, sek_db_append(db, &db->no));
	db->why = why;
}

enum sek_err
sek_op_may_change(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;

	(void)result;
	return (sek_db_may_change(db, a->actor, a->name, a->all,
	    (enum sek_changing)a->state, (enum sek_event)a->actor->event));
}
