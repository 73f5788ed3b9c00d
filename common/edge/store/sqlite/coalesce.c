/*
 * coalesce.c - equal refusals within a minute are one record with a count
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 26: a record a refusal would let anyone fill the disk. The first
 * is written at once; the others are counted in a row of a bounded table and
 * written as one by whoever writes next after the minute. When the table is
 * full, further ones share a row without account or source.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "sekisho/edge/record_body.h"

static void
make_key(uint8_t out[SEK_MAC_LEN], const struct sek_db *db,
    const struct sek_record *r, const char *source)
{
	struct sek_mac m;

	sek_mac_begin(&m, &db->keys, SEK_KEY_NAME, "coalesce");
	sek_mac_int(&m, r->event);
	sek_mac_int(&m, r->reason);
	sek_mac_text(&m, r->subject);
	sek_mac_text(&m, r->target);
	sek_mac_text(&m, source);
	sek_mac_end(&m, out);
}

/* One more of what is open already; SEK_ERR_NOT_FOUND: none is. */
static enum sek_err
bump(struct sek_db *db, const uint8_t *key)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "UPDATE coalesce SET count=count+1 "
	    "WHERE key=?1")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, key, SEK_MAC_LEN);
	if ((err = sek_db_step(db, st)) != SEK_ERR_NOT_FOUND)
		return (err);
	return (sqlite3_changes(db->sq) == 1 ? SEK_OK : SEK_ERR_NOT_FOUND);
}

static enum sek_err
open_row(struct sek_db *db, const uint8_t *key, int64_t count,
    const struct sek_record *r)
{
	char event[SEK_RECORD_BODY_MAX];
	sqlite3_stmt *st;
	size_t len;
	enum sek_err err;

	if ((err = sek_record_body_event(event, sizeof(event), &len, r)) !=
	    SEK_OK || (err = sek_db_prepare(db, &st,
	    "INSERT INTO coalesce(key,due,count,event) VALUES(?,?,?,?)")) !=
	    SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, key, SEK_MAC_LEN);
	(void)sqlite3_bind_int64(st, 2, db->now.wall + SEK_DB_COALESCE_SPAN);
	(void)sqlite3_bind_int64(st, 3, count);
	sek_db_bind_text(st, 4, event);
	if ((err = sek_db_step(db, st)) != SEK_ERR_NOT_FOUND)
		return (err);
	if (db->meta.due == 0) {
		db->meta.due = db->now.wall + SEK_DB_COALESCE_SPAN;
		db->meta_dirty = true;
	}
	return (SEK_OK);
}

/* Too many are open: all that is left of it is what happened. */
static void
anonymous(struct sek_record *r)
{
	struct sek_record bare;

	sek_db_record(&bare, (enum sek_event)r->event,
	    (enum sek_result)r->result);
	bare.reason = r->reason;
	(void)sek_text_copy(bare.detail, sizeof(bare.detail),
	    "many accounts or sources");
	*r = bare;
}

static enum sek_err
open_new(struct sek_db *db, const uint8_t *key, const struct sek_record *r)
{
	enum sek_err err;

	/* Without room it waits in its row until it can be written. */
	if (!sek_db_room_to_spare(db))
		return (open_row(db, key, 1, r));
	if ((err = sek_db_append(db, r)) != SEK_OK)
		return (err);
	return (open_row(db, key, 0, r));
}

enum sek_err
sek_db_coalesce(struct sek_db *db, const struct sek_record *r,
    const char *source)
{
	struct sek_record one = *r;
	uint8_t key[SEK_MAC_LEN];
	int64_t open = 0;
	enum sek_err err;

	one.count = 1;
	make_key(key, db, &one, source);
	if ((err = bump(db, key)) != SEK_ERR_NOT_FOUND)
		return (err);
	if ((err = sek_db_number(db, &open,
	    "SELECT count(*) FROM coalesce")) != SEK_OK)
		return (err);
	if (open >= SEK_DB_COALESCE_MAX) {
		anonymous(&one);
		make_key(key, db, &one, "");
		if ((err = bump(db, key)) != SEK_ERR_NOT_FOUND)
			return (err);
	}
	return (open_new(db, key, &one));
}

static enum sek_err
close_row(struct sek_db *db, sqlite3_stmt *st)
{
	const char *event = (const char *)sqlite3_column_text(st, 1);
	int64_t count = sqlite3_column_int64(st, 0);

	if (count <= 0 || event == NULL)
		return (SEK_OK);
	return (sek_db_append_event(db, event,
	    (size_t)sqlite3_column_bytes(st, 1),
	    count > UINT32_MAX ? UINT32_MAX : (uint32_t)count));
}

/* from and to bound the rows that stay open. */
static enum sek_err
close_rows(struct sek_db *db, int64_t from, int64_t to)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT count,event FROM coalesce "
	    "WHERE due<=?1 OR due>?2 ORDER BY due")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	while ((err = sek_db_step(db, st)) == SEK_OK)
		if ((err = close_row(db, st)) != SEK_OK) {
			sek_db_done(st);
			return (err);
		}
	if (err != SEK_ERR_NOT_FOUND || (err = sek_db_prepare(db, &st,
	    "DELETE FROM coalesce WHERE due<=?1 OR due>?2")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_coalesce_close(struct sek_db *db, bool all)
{
	int64_t now = db->now.wall, due = db->meta.due;
	enum sek_err err;

	if (due == 0 || (!all && now < due &&
	    now >= due - SEK_DB_COALESCE_SPAN) || !sek_db_room_to_spare(db))
		return (SEK_OK);
	/* A clock set back keeps none open for longer. */
	if ((err = close_rows(db, all ? INT64_MAX : now,
	    now + SEK_DB_COALESCE_SPAN)) == SEK_OK)
		err = sek_db_number(db, &db->meta.due,
		    "SELECT coalesce(min(due),0) FROM coalesce");
	db->meta_dirty = true;
	return (err);
}

/*
 * A row was found that is not as it was written. Nothing was done for its
 * account; that it was found is a record of its own. Where even the head is
 * such a row, the journal alone can tell.
 */
void
sek_db_record_bad(struct sek_db *db)
{
	struct sek_why *why = db->why, none;
	struct sek_record r;

	if (db->bad.table == NULL)
		return;
	sek_db_record(&r, SEK_EVENT_TAMPERED, SEK_RESULT_ERROR);
	r.reason = SEK_REASON_TAMPERED;
	(void)sek_text_copy(r.target, sizeof(r.target), db->bad.id);
	(void)sek_text_format(r.detail, sizeof(r.detail), "table %s",
	    db->bad.table);
	if (strcmp(db->bad.table, "meta") == 0) {
		if (db->config->journal)
			sek_journal_record(&r, 0, db->config->terminal);
		return;
	}
	db->why = &none;
	if (sek_db_begin(db, true) == SEK_OK)
		(void)sek_db_end(db, sek_db_coalesce(db, &r, r.detail));
	db->why = why;
}

/* Who cannot be told apart by where he comes from is not told apart. */
void
sek_db_source(char *dst, size_t size, const struct sek_claimant *who)
{

	if (who->caller != 0)
		(void)sek_text_format(dst, size, "uid %u", who->caller);
	else if (who->rhost[0] != '\0')
		(void)sek_text_format(dst, size, "host %s", who->rhost);
	else
		(void)sek_text_format(dst, size, "tty %s", who->tty);
}

enum sek_err
sek_op_refuse(struct sek_db *db, const void *in, void *out)
{
	const struct sek_refuse *f = in;
	struct sek_record r = f->record;
	char source[SEK_DB_SOURCE_MAX];

	(void)out;
	if (!f->who.known)
		r.subject[0] = r.target[0] = r.person[0] = r.section[0] = '\0';
	sek_db_source(source, sizeof(source), &f->who);
	return (sek_db_coalesce(db, &r, source));
}
