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
#include "sekisho/model/grant.h"

static bool
same_process(const struct sek_process *a, const struct sek_process *b)
{

	return (a->pid > 0 && a->pid == b->pid && a->start == b->start);
}

static void
column_text(char *dst, size_t size, sqlite3_stmt *st, int i)
{
	const char *text = (const char *)sqlite3_column_text(st, i);

	(void)sek_text_copy(dst, size, text != NULL ? text : "");
}

/* Young, of this boot and service, by whom the gate ran in, not taken yet. */
static bool
fits(const struct sek_db *db, const struct sek_open_session *in,
    const struct sek_admission_row *row)
{

	return (row->taken == SEK_TAKEN_NOT &&
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
	bool stand;
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
	if ((err = sek_db_authenticators_stand(db, &stand, &row)) != SEK_OK)
		return (err);
	if (!stand)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: what account "
		    "%s proved itself by was lost or shut meanwhile",
		    db->config->path, row.account));
	if (in->who.privileged && sek_ticket_among(row.authenticator,
	    NULL))
		return (sek_why(db->why, SEK_ERR_REFUSED, "the login of %s "
		    "rests on a ticket, and none opens a privileged session "
		    "(%s)", row.account, in->who.name));
	row.taken = SEK_TAKEN_SESSION;
	/* By it no sudo would go on. */
	if (!sek_ticket_among(row.authenticator, NULL))
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

/*
 * The account as it was, and of his own login the time: what a job of cron, a
 * switch by root or a sudo to another opens is not "your last login".
 */
static enum sek_err
touch_account(struct sek_db *db, const struct sek_open_session *in,
    const struct sek_admission *admission, struct sek_account *before)
{
	struct sek_account a;
	enum sek_err err;

	if ((err = sek_db_account(db, before, in->who.name)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (strcmp(admission->account, before->name) != 0)
		return (SEK_OK);
	a = *before;
	a.privileged |= in->who.privileged;
	a.last_login = db->now.wall;
	a.failures_since = 0;
	(void)sek_text_copy(a.last_tty, sizeof(a.last_tty), in->who.tty);
	(void)sek_text_copy(a.last_rhost, sizeof(a.last_rhost),
	    in->who.rhost);
	(void)sek_text_copy(a.last_service, sizeof(a.last_service),
	    in->who.service);
	return (sek_row_update(db, &sek_table_account, &a));
}

static enum sek_err
note_open(struct sek_db *db, const struct sek_open_session *in,
    const struct sek_admission *admission, char id[SEK_ID_MAX])
{
	sqlite3_stmt *st;
	enum sek_err err;

	(void)sek_text_copy(id, SEK_ID_MAX, admission->id);
	if ((id[0] == '\0' &&
	    (err = sek_text_random_id(id, (SEK_ID_MAX - 1) / 2)) != SEK_OK) ||
	    (err = sek_db_prepare(db, &st, "INSERT OR REPLACE INTO session"
	    "(account,id,subject,person,service,boot_id,wall) "
	    "VALUES(?,?,?,?,?,?,?)")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, in->who.name);
	sek_db_bind_text(st, 2, id);
	sek_db_bind_text(st, 3, admission->account);
	sek_db_bind_text(st, 4, admission->person);
	sek_db_bind_text(st, 5, in->who.service);
	sek_db_bind_blob(st, 6, db->now.boot_id, sizeof(db->now.boot_id));
	(void)sqlite3_bind_int64(st, 7, db->now.wall);
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
	r.subject[0] = '\0';	/* nobody, unless he proved it */
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
	    (err = touch_account(db, in, &out->admission,
	    &out->before)) != SEK_OK ||
	    (err = note_open(db, in, &out->admission, out->session)) != SEK_OK)
		return (err);
	return (record_login(db, in, &out->admission));
}

/* Which one ended: by its id, or the newest of this service; *r gets who had
 * proved himself for it. */
static enum sek_err
note_closed(struct sek_db *db, const char *account, const char *session,
    const char *service, struct sek_record *r, bool *was)
{
	char id[SEK_ID_MAX] = "";
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT id,subject,person FROM "
	    "session WHERE account=?1 AND (id=?2 OR (?2='' AND service=?3)) "
	    "ORDER BY wall DESC LIMIT 1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	sek_db_bind_text(st, 2, session);
	sek_db_bind_text(st, 3, service);
	*was = false;
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	column_text(id, sizeof(id), st, 0);
	column_text(r->subject, sizeof(r->subject), st, 1);
	column_text(r->person, sizeof(r->person), st, 2);
	sek_db_done(st);
	*was = true;
	if ((err = sek_db_prepare(db, &st, "DELETE FROM session "
	    "WHERE account=?1 AND id=?2")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	sek_db_bind_text(st, 2, id);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* The end of his own login; see touch_account. */
static enum sek_err
touch_logout(struct sek_db *db, const char *name)
{
	struct sek_account a;
	enum sek_err err;

	if ((err = sek_db_account(db, &a, name)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	a.last_logout = db->now.wall;
	return (sek_row_update(db, &sek_table_account, &a));
}

enum sek_err
sek_op_close_session(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_close_session *in = arg;
	struct sek_record r;
	bool was;
	enum sek_err err;

	(void)result;
	sek_db_record(&r, SEK_EVENT_LOGOUT, SEK_RESULT_OK);
	sek_db_record_who(&r, &in->who);
	r.subject[0] = '\0';
	(void)sek_text_copy(r.target, sizeof(r.target), in->who.name);
	if ((err = note_closed(db, in->who.name, in->id, in->who.service, &r,
	    &was)) != SEK_OK ||
	    (strcmp(r.subject, r.target) == 0 &&
	    (err = touch_logout(db, r.target)) != SEK_OK))
		return (err);
	return (sek_db_append(db, &r));
}

/* Who had proved himself for it, where the guard does not say so. */
static void
complete(struct sek_record *r, const struct sek_record *row)
{

	if (r->subject[0] == '\0')
		memcpy(r->subject, row->subject, sizeof(r->subject));
	if (r->person[0] == '\0')
		memcpy(r->person, row->person, sizeof(r->person));
}

/* Nothing was done in it: what the grant lost by it is not lost. */
static enum sek_err
give_back(struct sek_db *db, const char *grant)
{
	struct sek_approval *a = &db->request.a;
	enum sek_err err;

	if (grant[0] == '\0' || !sek_db_has_requests(db))
		return (SEK_OK);
	if ((err = sek_db_request(db, grant)) == SEK_ERR_NOT_FOUND ||
	    err == SEK_ERR_TAMPERED) {
		db->bad.table = NULL;
		return (SEK_OK);
	}
	if (err != SEK_OK || a->kind != SEK_APPROVAL_GRANT ||
	    a->state != SEK_APPROVAL_GIVEN || a->uses == 0)
		return (err);
	a->uses--;
	return (sek_db_request_write(db, &db->request, false));
}

enum sek_err
sek_op_session_over(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_session_over *in = arg;
	struct sek_record r = in->record, row;
	bool was = false;
	enum sek_err err;

	(void)result;
	memset(&row, 0, sizeof(row));
	/* Without an id nobody can tell which it was. */
	if (in->over && in->session[0] != '\0' &&
	    ((err = note_closed(db, in->account, in->session, "", &row,
	    &was)) != SEK_OK || (was && strcmp(row.subject, in->account) ==
	    0 && (err = touch_logout(db, in->account)) != SEK_OK)))
		return (err);
	if (was && r.event == SEK_EVENT_PRIVILEGE &&
	    (err = give_back(db, r.ref)) != SEK_OK)
		return (err);
	complete(&r, &row);
	if (r.target[0] == '\0')
		memcpy(r.target, in->account, sizeof(r.target));
	if (r.count == 0)
		r.count = 1;
	return (sek_db_append(db, &r));
}
