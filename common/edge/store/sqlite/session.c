/*
 * session.c - sessions: the admission taken once, login and logout
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

static bool
same_process(const struct sek_process *a, const struct sek_process *b)
{

	return (a->pid > 0 && a->pid == b->pid && a->start == b->start);
}

/* Young, of this boot and service, by whom the gate ran in, not taken yet. */
static bool
fits(const struct sek_db *db, const struct sek_open_session *in,
    const struct sek_admission_row *row)
{

	return (!row->taken &&
	    memcmp(row->at.boot_id, db->now.boot_id, SEK_BOOT_ID_LEN) == 0 &&
	    db->now.boot >= row->at.boot &&
	    db->now.boot - row->at.boot <= SEK_EVIDENCE_AGE &&
	    strcmp(row->service, in->who.service) == 0 &&
	    (same_process(&row->gate, &in->taker) ||
	    same_process(&row->parent, &in->taker)));
}

static enum sek_err
take_admission(struct sek_db *db, const struct sek_open_session *in,
    struct sek_admission *out)
{
	struct sek_admission_row row;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if (in->id[0] == '\0')
		return (SEK_OK);
	err = sek_db_admission(db, &row, in->who.uid, in->id);
	if (err == SEK_ERR_NOT_FOUND && in->subject_uid != in->who.uid)
		err = sek_db_admission(db, &row, in->subject_uid, in->id);
	if (err != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (!fits(db, in, &row))
		return (SEK_OK);
	row.taken = 1;
	row.audit_session = in->audit_session;
	sek_db_admission_show(out, &row);
	return (sek_row_update(db, &sek_table_admission, &row));
}

/* Sessions of a boot that is gone never said goodbye. */
static enum sek_err
close_lost(struct sek_db *db, const struct sek_open_session *in,
    uint32_t *unclosed)
{
	struct sek_record r;
	sqlite3_stmt *st;
	const char *service;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT service FROM session "
	    "WHERE account=?1 AND boot_id<>?2 LIMIT 16")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, in->who.name);
	sek_db_bind_blob(st, 2, db->now.boot_id, sizeof(db->now.boot_id));
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		service = (const char *)sqlite3_column_text(st, 0);
		sek_db_record(&r, SEK_EVENT_LOGOUT_UNKNOWN, SEK_RESULT_OK);
		(void)sek_text_copy(r.service, sizeof(r.service),
		    service != NULL ? service : "");
		(void)sek_text_copy(r.subject, sizeof(r.subject),
		    in->who.name);
		(void)sek_text_copy(r.target, sizeof(r.target), in->who.name);
		*unclosed = 1;
		if ((err = sek_db_append(db, &r)) != SEK_OK) {
			sek_db_done(st);
			return (err);
		}
	}
	if (err != SEK_ERR_NOT_FOUND || *unclosed == 0)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if ((err = sek_db_prepare(db, &st, "DELETE FROM session "
	    "WHERE account=?1 AND boot_id<>?2")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, in->who.name);
	sek_db_bind_blob(st, 2, db->now.boot_id, sizeof(db->now.boot_id));
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Who logs in without being enrolled has an account from then on, too: his
 * last login is told to him, and his name is bound to his uid. */
static enum sek_err
touch_account(struct sek_db *db, const struct sek_open_session *in,
    struct sek_account *before)
{
	struct sek_account a;
	enum sek_err err;
	bool new;

	err = sek_db_account(db, before, in->who.name);
	new = err == SEK_ERR_NOT_FOUND;
	if ((err != SEK_OK && !new) || (new && !in->who.known))
		return (new ? SEK_OK : err);
	a = *before;
	if (new) {
		memset(&a, 0, sizeof(a));
		(void)sek_text_copy(a.name, sizeof(a.name), in->who.name);
		a.created = db->now.wall;
		a.uid = in->who.uid;
	}
	a.privileged |= in->who.privileged;
	a.last_login = db->now.wall;
	a.failures_since = 0;
	(void)sek_text_copy(a.last_tty, sizeof(a.last_tty), in->who.tty);
	(void)sek_text_copy(a.last_rhost, sizeof(a.last_rhost),
	    in->who.rhost);
	(void)sek_text_copy(a.last_service, sizeof(a.last_service),
	    in->who.service);
	return (new ? sek_row_insert(db, &sek_table_account, &a) :
	    sek_row_update(db, &sek_table_account, &a));
}

static enum sek_err
note_open(struct sek_db *db, const struct sek_open_session *in,
    const char *admission)
{
	char id[SEK_ID_MAX];
	sqlite3_stmt *st;
	enum sek_err err;

	(void)sek_text_copy(id, sizeof(id), admission);
	if ((id[0] == '\0' &&
	    (err = sek_text_random_id(id, (SEK_ID_MAX - 1) / 2)) != SEK_OK) ||
	    (err = sek_db_prepare(db, &st, "INSERT OR REPLACE INTO session"
	    "(account,id,service,boot_id,wall) VALUES(?,?,?,?,?)")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, in->who.name);
	sek_db_bind_text(st, 2, id);
	sek_db_bind_text(st, 3, in->who.service);
	sek_db_bind_blob(st, 4, db->now.boot_id, sizeof(db->now.boot_id));
	(void)sqlite3_bind_int64(st, 5, db->now.wall);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
record_login(struct sek_db *db, const struct sek_open_session *in,
    const struct sek_admission *a)
{
	struct sek_record r;

	sek_db_record(&r, SEK_EVENT_LOGIN, SEK_RESULT_OK);
	sek_db_record_who(&r, &in->who);
	(void)sek_text_copy(r.target, sizeof(r.target), in->who.name);
	if (a->id[0] != '\0') {
		(void)sek_text_copy(r.subject, sizeof(r.subject), a->account);
		(void)sek_text_copy(r.person, sizeof(r.person), a->person);
		(void)sek_text_copy(r.authenticator, sizeof(r.authenticator),
		    a->authenticator);
		r.kinds = a->kinds;
	}
	return (sek_db_append(db, &r));
}

enum sek_err
sek_op_open_session(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_open_session *in = arg;
	struct sek_open_session_out *out = result;
	enum sek_err err;

	if ((err = take_admission(db, in, &out->admission)) != SEK_OK ||
	    (err = close_lost(db, in, &out->previous_unclosed)) != SEK_OK ||
	    (err = touch_account(db, in, &out->before)) != SEK_OK ||
	    (err = note_open(db, in, out->admission.id)) != SEK_OK)
		return (err);
	return (record_login(db, in, &out->admission));
}

/* Which one ended: by its id, or the newest of this service. */
static enum sek_err
note_closed(struct sek_db *db, const struct sek_close_session *in)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "DELETE FROM session "
	    "WHERE account=?1 AND id=(SELECT id FROM session WHERE account=?1 "
	    "AND (id=?2 OR (?2='' AND service=?3)) "
	    "ORDER BY wall DESC LIMIT 1)")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, in->who.name);
	sek_db_bind_text(st, 2, in->id);
	sek_db_bind_text(st, 3, in->who.service);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_close_session(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_close_session *in = arg;
	struct sek_record r;
	struct sek_account a;
	enum sek_err err;

	(void)result;
	memset(&a, 0, sizeof(a));
	if ((err = note_closed(db, in)) != SEK_OK)
		return (err);
	if ((err = sek_db_account(db, &a, in->who.name)) == SEK_OK) {
		a.last_logout = db->now.wall;
		err = sek_row_update(db, &sek_table_account, &a);
	}
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	sek_db_record(&r, SEK_EVENT_LOGOUT, SEK_RESULT_OK);
	sek_db_record_who(&r, &in->who);
	(void)sek_text_copy(r.target, sizeof(r.target), in->who.name);
	(void)sek_text_copy(r.person, sizeof(r.person), a.person);
	return (sek_db_append(db, &r));
}
