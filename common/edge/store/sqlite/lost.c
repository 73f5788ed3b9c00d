/*
 * lost.c - a lost authenticator: shut, and whom it let in
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: it is shut in the same transaction that looks for what it opened: a
 * login is found here, or is refused from now on.
 * MUST: a row of another's whose check fails keeps none open; that one could
 * not be read is told.
 * MUST: found opens what lost has shut, and nothing else.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

/* Is it one of the ids that stand there with blanks between? */
static bool
names(const char *ids, const char *id)
{
	char word[SEK_AUTHENTICATORS_TEXT];

	while (sek_text_word(&ids, word, sizeof(word)))
		if (strcmp(word, id) == 0)
			return (true);
	return (false);
}

/* What unlocked a screen is of a session, too; any other proof was for one
 * act, and may have been given at somebody else's prompt. */
static bool
of_session(const struct sek_db *db, const struct sek_admission_row *row)
{
	if (row->event != SEK_EVENT_ADMIT || memcmp(row->at.boot_id,
	    db->now.boot_id, SEK_BOOT_ID_LEN) != 0)
		return (false);
	if (row->taken == SEK_TAKEN_SESSION)
		return (true);
	/* polkit opens none, sudo only where its settings let it. */
	if (row->taken == SEK_TAKEN_NOT)
		return (row->audit_session != UINT32_MAX &&
		    strncmp(row->service, "sekisho-", 8) != 0);
	return (sek_db_is_lockers(row));
}

bool
sek_db_let_in(const struct sek_db *db, const struct sek_admission_row *row,
    struct sek_lost_session *s)
{

	memset(s, 0, sizeof(*s));
	if (!of_session(db, row))
		return (false);
	sek_db_admission_show(&s->a, row);
	s->screen = row->taken >= SEK_TAKEN_PROOF;
	s->audit_session = s->screen ? ~row->audit_session :
	    row->audit_session;
	if (s->audit_session == 0)
		s->audit_session = UINT32_MAX;
	s->gate = row->gate;
	s->parent = row->parent;
	return (true);
}

static enum sek_err
whom_it_let_in(struct sek_db *db, const struct sek_tool_args *a,
    struct sek_lost *out)
{
	struct sek_admission_row row;
	struct sek_lost_session s;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ADMISSION_COLUMNS
	    " FROM admission")) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_admission, st, &row);
		if (err == SEK_ERR_TAMPERED)
			out->unread++;
		else if (err != SEK_OK)
			break;
		else if (names(row.authenticator, a->name) &&
		    sek_db_let_in(db, &row, &s))
			a->lost_fn(a->arg, &s);
	}
	sek_db_done(st);
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	return (out->unread > 0 ? sek_db_note_bad(db) : SEK_OK);
}

/* How many are left to him, and whose account it is; for who is told. */
static enum sek_err
what_is_left(struct sek_db *db, struct sek_lost *out)
{
	struct sek_record r;
	sqlite3_stmt *st;
	enum sek_err err;

	r.target[0] = '\0';
	sek_db_record_target(db, &r, out->a.person);
	(void)sek_text_copy(out->account, sizeof(out->account), r.target);
	if ((err = sek_db_prepare(db, &st, "SELECT count(*) FROM "
	    "authenticator WHERE person=?1 AND state=0")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, out->a.person);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	out->left = (uint32_t)sqlite3_column_int64(st, 0);
	sek_db_done(st);
	return (SEK_OK);
}

static enum sek_err
record(struct sek_db *db, const struct sek_tool_args *a, enum sek_event e,
    const struct sek_lost *out)
{
	struct sek_record r;

	sek_db_record_actor(&r, a->actor, e);
	if (out->tampered)
		r.reason = SEK_REASON_TAMPERED;
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator),
	    a->name);
	(void)sek_text_copy(r.target, sizeof(r.target), out->account);
	(void)sek_text_copy(r.person, sizeof(r.person), out->a.person);
	sek_text_printable(r.detail, sizeof(r.detail), a->reason);
	return (sek_db_append(db, &r));
}

/* What is more than suspect stays so. */
static enum sek_err
shut(struct sek_db *db, const struct sek_tool_args *a, struct sek_lost *out)
{
	struct sek_authenticator_row row;
	enum sek_err err;

	err = sek_db_authenticator(db, &row, a->name);
	if (err == SEK_ERR_TAMPERED) {
		/* It opens nothing as it is. */
		out->tampered = 1;
		(void)sek_text_copy(out->a.id, sizeof(out->a.id), a->name);
		return (sek_db_note_bad(db));
	}
	if (err == SEK_OK && row.a.state == SEK_AUTHENTICATOR_ACTIVE) {
		row.a.state = SEK_AUTHENTICATOR_SUSPECT;
		err = sek_row_update(db, &sek_table_authenticator, &row);
	}
	out->a = row.a;
	sek_wipe(&row, sizeof(row));
	return (err == SEK_OK ? what_is_left(db, out) : err);
}

enum sek_err
sek_op_lost(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_lost *out = result;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = shut(db, a, out)) != SEK_OK ||
	    (err = record(db, a, SEK_EVENT_LOST, out)) != SEK_OK)
		return (err);
	return (whom_it_let_in(db, a, out));
}

enum sek_err
sek_op_found(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_authenticator_row row;
	struct sek_lost *out = result;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_db_authenticator(db, &row, a->name)) != SEK_OK)
		return (err);
	out->a = row.a;
	if (row.a.state == SEK_AUTHENTICATOR_REMOVED)
		err = SEK_ERR_NOT_FOUND;
	else if (row.a.state != SEK_AUTHENTICATOR_SUSPECT)
		err = sek_why(db->why, SEK_ERR_REFUSED, "authenticator %s "
		    "is %s, not suspect", row.a.id,
		    sek_authenticator_state_name(
		    (enum sek_authenticator_state)row.a.state));
	else if ((err = sek_db_may_change_person(db, a->actor, row.a.person,
	    SEK_CHANGING_FACTOR, SEK_EVENT_FOUND)) == SEK_OK) {
		row.a.state = SEK_AUTHENTICATOR_ACTIVE;
		err = sek_row_update(db, &sek_table_authenticator, &row);
		out->a = row.a;
	}
	sek_wipe(&row, sizeof(row));
	if (err != SEK_OK || (err = what_is_left(db, out)) != SEK_OK)
		return (err);
	return (record(db, a, SEK_EVENT_FOUND, out));
}
