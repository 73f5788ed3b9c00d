/*
 * coalesce.c - equal refusals within a minute are one record with a count
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * pam-facts 26: a record a refusal would let anyone fill the disk. The first
 * is written at once; the others are counted in a row of a bounded table and
 * written as one by whoever writes next after the minute.
 *
 * Who makes many is merged with himself first: a source that has enough rows
 * of its own is told on by reason only. When many sources fill the table,
 * accounts are told on, as many as are known, but not from where. So nobody
 * can hide what another does.
 *
 * MUST: a row that waits is a record not written yet: changed, taken away or
 * put back, it shows (the keyed check; number and sum in the head), and that
 * is a record, never a login refused.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "sekisho/edge/record_body.h"

/* What makes two refusals equal. */
enum merge {
	BY_ALL = 0,		/* account, source, reason */
	BY_SOURCE,		/* one with many accounts */
	BY_ACCOUNT,		/* one from many sources */
	BY_REASON		/* no room to tell more */
};

/* What was found wrong with the rows that wait. */
struct harm {
	unsigned	rows;			/* changed, or not of us */
	int64_t		missing;		/* negative: too many */
	bool		sum;			/* their counts differ */
	char		first[SEK_NAME_MAX];
};

static bool
may_wait(uint32_t event)
{

	return (event == SEK_EVENT_REFUSE || event == SEK_EVENT_REPLAY ||
	    event == SEK_EVENT_LOCK || event == SEK_EVENT_TAMPERED ||
	    event == SEK_EVENT_PASSWORD_CHANGED ||
	    event == SEK_EVENT_PRIVILEGE);
}

/* Of a row: how its text begins. */
static bool
text_may_wait(const char *text)
{
	char line[64];
	uint32_t e;

	for (e = 0; e < SEK_EVENT_COUNT; e++)
		if (may_wait(e) && sek_text_format(line, sizeof(line),
		    "event=%s\n", sek_event_name((enum sek_event)e)) ==
		    SEK_OK && strncmp(text, line, strlen(line)) == 0)
			return (true);
	return (false);
}

static void
source_key(uint8_t out[SEK_MAC_LEN], const struct sek_db *db,
    const char *source)
{
	struct sek_mac m;

	sek_mac_begin(&m, &db->keys, SEK_KEY_NAME, "source");
	sek_mac_text(&m, source);
	sek_mac_end(&m, out);
}

static void
make_key(uint8_t out[SEK_MAC_LEN], const struct sek_db *db, enum merge how,
    const struct sek_record *r, const char *source)
{
	struct sek_mac m;

	sek_mac_begin(&m, &db->keys, SEK_KEY_NAME, "coalesce");
	sek_mac_int(&m, how);
	sek_mac_int(&m, r->event);
	sek_mac_int(&m, r->reason);
	sek_mac_text(&m, r->subject);
	sek_mac_text(&m, r->target);
	sek_mac_text(&m, how == BY_ALL ? "" : r->service);
	sek_mac_text(&m, source);
	sek_mac_end(&m, out);
}

/* The rows that wait, as the table has them; forged counts may be anything. */
static enum sek_err
measure(struct sek_db *db, int64_t *rows, double *sum, int64_t *due)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT count(*),total(count),"
	    "coalesce(min(due),0) FROM coalesce")) != SEK_OK ||
	    (err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	*rows = sqlite3_column_int64(st, 0);
	*sum = sqlite3_column_double(st, 1);
	*due = sqlite3_column_int64(st, 2);
	sek_db_done(st);
	return (SEK_OK);
}

static enum sek_err
look_for_harm(struct sek_db *db, struct harm *harm)
{
	int64_t rows = 0, due = 0;
	double sum = 0;
	enum sek_err err;

	memset(harm, 0, sizeof(*harm));
	if ((err = measure(db, &rows, &sum, &due)) != SEK_OK)
		return (err);
	harm->missing = db->meta.waiting - rows;
	harm->sum = sum < (double)db->meta.waiting_sum ||
	    sum > (double)db->meta.waiting_sum;
	return (SEK_OK);
}

enum sek_err
sek_db_coalesce_whole(struct sek_db *db, bool *whole)
{
	struct harm harm;
	enum sek_err err;

	err = look_for_harm(db, &harm);
	*whole = harm.missing == 0 && !harm.sum;
	return (err);
}

/* By its own record at once: that record must not wait here, too. */
static enum sek_err
record_harm(struct sek_db *db, const struct harm *harm)
{
	struct sek_record r;
	enum sek_err err;

	if (harm->rows == 0 && harm->missing == 0 && !harm->sum)
		return (SEK_OK);
	db->bad.table = NULL;
	sek_db_record(&r, SEK_EVENT_TAMPERED, SEK_RESULT_ERROR);
	r.reason = SEK_REASON_TAMPERED;
	(void)sek_text_copy(r.target, sizeof(r.target), harm->first);
	(void)sek_text_format(r.detail, sizeof(r.detail), "table coalesce: "
	    "refusals not yet written: %u rows changed, %lld missing, %lld "
	    "added%s", harm->rows,
	    (long long)(harm->missing > 0 ? harm->missing : 0),
	    (long long)(harm->missing < 0 ? -harm->missing : 0),
	    harm->sum ? ", counts differ" : "");
	if ((err = sek_db_append_or_skip(db, &r)) == SEK_OK)
		db->harmed = (uint64_t)db->meta.seq;
	return (err);
}

/*
 * One row of a statement, if it is one that may wait now: closed ones have
 * been due before those that are open, so one put back is known.
 */
static bool
read_waiting(struct sek_db *db, sqlite3_stmt *st, struct harm *harm)
{
	struct sek_waiting_row *w = &db->waiting;

	if (sek_row_read(db, &sek_table_coalesce, st, w) == SEK_OK) {
		if (w->due >= db->meta.due && db->meta.waiting > 0 &&
		    text_may_wait(w->event))
			return (true);
		sek_text_hex(db->bad.id, w->key, sizeof(w->key));
	}
	if (harm->rows++ == 0)
		(void)sek_text_copy(harm->first, sizeof(harm->first),
		    db->bad.id);
	return (false);
}

#define DUE(from, to)	"due IS NULL OR due<=" from " OR due>" to

/* from and to bound the rows that stay open. */
static enum sek_err
write_rows(struct sek_db *db, int64_t from, int64_t to, struct harm *harm)
{
	struct sek_waiting_row *w = &db->waiting;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_COALESCE_COLUMNS
	    " FROM coalesce WHERE " DUE("?1", "?2") " ORDER BY due")) !=
	    SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	while ((err = sek_db_step(db, st)) == SEK_OK)
		if (read_waiting(db, st, harm) && w->count > 0 &&
		    (err = sek_db_append_event(db, w->event,
		    strlen(w->event), w->count)) != SEK_OK)
			break;
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
delete_rows(struct sek_db *db, int64_t from, int64_t to)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "DELETE FROM coalesce WHERE "
	    DUE("?1", "?2"))) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, from);
	(void)sqlite3_bind_int64(st, 2, to);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* The head is told what waits now. */
static enum sek_err
note_waiting(struct sek_db *db)
{
	double sum = 0;
	enum sek_err err;

	err = measure(db, &db->meta.waiting, &sum, &db->meta.due);
	db->meta.waiting_sum = (int64_t)sum;
	db->meta_dirty = true;
	return (err);
}

/* Where the head does not agree with the table, nothing stays open in it. */
static enum sek_err
close_rows(struct sek_db *db, bool all)
{
	int64_t from = all ? INT64_MAX : db->now.wall;
	int64_t to = db->now.wall + SEK_DB_COALESCE_SPAN;
	struct harm harm;
	enum sek_err err;

	if ((err = look_for_harm(db, &harm)) != SEK_OK)
		return (err);
	if (harm.missing != 0 || harm.sum)
		from = INT64_MAX;
	else if (db->meta.waiting == 0 && db->meta.due == 0)
		return (SEK_OK);
	if ((err = write_rows(db, from, to, &harm)) != SEK_OK ||
	    (err = delete_rows(db, from, to)) != SEK_OK ||
	    (err = record_harm(db, &harm)) != SEK_OK)
		return (err);
	return (note_waiting(db));
}

enum sek_err
sek_db_coalesce_close(struct sek_db *db, bool all)
{
	int64_t now = db->now.wall, due = db->meta.due;

	/* A clock set back keeps none open for longer. */
	if (!all && (due == 0 || (now < due &&
	    now >= due - SEK_DB_COALESCE_SPAN)))
		return (SEK_OK);
	return (sek_db_room_to_spare(db) ? close_rows(db, all) : SEK_OK);
}

/* A row that is not as it was written goes, and is told. */
static enum sek_err
drop_bad(struct sek_db *db, const uint8_t *key)
{
	struct harm harm;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = look_for_harm(db, &harm)) != SEK_OK)
		return (err);
	harm.rows = 1;
	sek_text_hex(harm.first, key, SEK_MAC_LEN);
	if ((err = sek_db_prepare(db, &st, "DELETE FROM coalesce "
	    "WHERE key=?1")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, key, SEK_MAC_LEN);
	if ((err = sek_db_step(db, st)) != SEK_ERR_NOT_FOUND ||
	    (err = record_harm(db, &harm)) != SEK_OK)
		return (err);
	return (note_waiting(db));
}

/* One more of what is open already; SEK_ERR_NOT_FOUND: none is. */
static enum sek_err
bump(struct sek_db *db, const uint8_t *key)
{
	struct sek_waiting_row *w = &db->waiting;
	struct harm harm = { 0 };
	sqlite3_stmt *st;
	enum sek_err err;
	bool good;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_COALESCE_COLUMNS
	    " FROM coalesce WHERE key=?1")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, key, SEK_MAC_LEN);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	good = read_waiting(db, st, &harm);
	sek_db_done(st);
	if (!good)
		return ((err = drop_bad(db, key)) != SEK_OK ? err :
		    SEK_ERR_NOT_FOUND);
	if (w->count == UINT32_MAX)
		return (SEK_OK);
	w->count++;
	db->meta.waiting_sum++;
	db->meta_dirty = true;
	return (sek_row_update(db, &sek_table_coalesce, w));
}

static enum sek_err
open_row(struct sek_db *db, const uint8_t *key, const uint8_t *source,
    uint32_t count, const struct sek_record *r)
{
	struct sek_waiting_row *w = &db->waiting;
	size_t len;
	enum sek_err err;

	memset(w, 0, offsetof(struct sek_waiting_row, event));
	if ((err = sek_record_body_event(w->event, sizeof(w->event), &len,
	    r)) != SEK_OK)
		return (err);
	memcpy(w->key, key, sizeof(w->key));
	memcpy(w->source, source, sizeof(w->source));
	w->count = count;
	w->due = db->now.wall + SEK_DB_COALESCE_SPAN;
	if (w->due < db->meta.due)
		w->due = db->meta.due;
	if ((err = sek_row_insert(db, &sek_table_coalesce, w)) != SEK_OK)
		return (err);
	if (db->meta.due == 0)
		db->meta.due = w->due;
	db->meta.waiting++;
	db->meta.waiting_sum += count;
	db->meta_dirty = true;
	return (SEK_OK);
}

static enum sek_err
open_new(struct sek_db *db, const uint8_t *key, const uint8_t *source,
    const struct sek_record *r)
{
	enum sek_err err;

	/* Without room it waits in its row until it can be written. */
	if (!sek_db_room_to_spare(db))
		return (open_row(db, key, source, 1, r));
	if ((err = sek_db_append(db, r)) != SEK_OK)
		return (err);
	return (open_row(db, key, source, 0, r));
}

static enum sek_err
rows_of(struct sek_db *db, const uint8_t *source, int64_t *n)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT count(*) FROM coalesce "
	    "WHERE source=?1")) != SEK_OK)
		return (err);
	sek_db_bind_blob(st, 1, source, SEK_MAC_LEN);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	*n = sqlite3_column_int64(st, 0);
	sek_db_done(st);
	return (SEK_OK);
}

/* One more row, or is it merged with others, and by what? */
static enum sek_err
choose(struct sek_db *db, const uint8_t *source, enum merge *how)
{
	bool room = sek_db_room_to_spare(db);
	int64_t own = 0;
	enum sek_err err;

	if ((err = rows_of(db, source, &own)) != SEK_OK)
		return (err);
	*how = BY_ALL;
	if (!room && db->meta.waiting >= SEK_DB_COALESCE_NO_ROOM)
		*how = BY_REASON;
	else if (own >= SEK_DB_COALESCE_SOURCE)
		*how = BY_SOURCE;
	else if (db->meta.waiting >= SEK_DB_COALESCE_MAX)
		*how = BY_ACCOUNT;
	return (SEK_OK);
}

static void
add_detail(struct sek_record *r, const char *caller, const char *text)
{
	char detail[SEK_REASON_MAX];

	(void)sek_text_format(detail, sizeof(detail), "%s%s%s%.80s%s%s",
	    text, caller[0] != '\0' ? ", " : "",
	    caller[0] != '\0' ? "caller " : "", caller,
	    r->detail[0] != '\0' ? ", " : "", r->detail);
	sek_text_printable(r->detail, sizeof(r->detail), detail);
}

/* What is the same in all that are merged, and nothing else, is left of it. */
static void
strip(struct sek_record *r, enum merge how, const char *caller)
{
	struct sek_record all = *r;

	sek_db_record(r, (enum sek_event)all.event,
	    (enum sek_result)all.result);
	r->reason = all.reason;
	if (how == BY_REASON) {
		add_detail(r, "", "many accounts or sources");
		return;
	}
	memcpy(r->service, all.service, sizeof(r->service));
	memcpy(r->detail, all.detail, sizeof(r->detail));
	if (how == BY_SOURCE) {
		if (caller[0] == '\0')
			memcpy(r->rhost, all.rhost, sizeof(r->rhost));
		if (caller[0] == '\0' && all.rhost[0] == '\0')
			memcpy(r->tty, all.tty, sizeof(r->tty));
		add_detail(r, caller, "many accounts");
		return;
	}
	memcpy(r->subject, all.subject, sizeof(r->subject));
	memcpy(r->target, all.target, sizeof(r->target));
	memcpy(r->person, all.person, sizeof(r->person));
	memcpy(r->section, all.section, sizeof(r->section));
	add_detail(r, caller, "many sources");
}

/* Who cannot be told apart by where he comes from is not told apart. */
static void
name_source(char *dst, size_t size, const struct sek_record *r,
    const struct sek_claimant *who)
{

	if (who == NULL)
		(void)sek_text_copy(dst, size, r->detail);
	else if (who->caller != 0)
		(void)sek_text_format(dst, size, "uid %u", who->caller);
	else if (who->rhost[0] != '\0')
		(void)sek_text_format(dst, size, "host %s", who->rhost);
	else
		(void)sek_text_format(dst, size, "tty %s", who->tty);
}

enum sek_err
sek_db_coalesce(struct sek_db *db, const struct sek_record *r,
    const struct sek_claimant *who)
{
	struct sek_record one = *r;
	uint8_t key[SEK_MAC_LEN], from[SEK_MAC_LEN];
	char source[SEK_RHOST_MAX + 16], caller[SEK_NAME_MAX] = "";
	enum merge how;
	enum sek_err err;

	one.count = 1;
	name_source(source, sizeof(source), r, who);
	source_key(from, db, source);
	make_key(key, db, BY_ALL, &one, source);
	if ((err = bump(db, key)) != SEK_ERR_NOT_FOUND ||
	    (err = choose(db, from, &how)) != SEK_OK)
		return (err);
	if (how != BY_ALL) {
		if (who != NULL && who->caller != 0)
			sek_db_caller_name(caller, sizeof(caller), who);
		strip(&one, how, caller);
		make_key(key, db, how, &one, how == BY_SOURCE ? source :
		    how == BY_ACCOUNT ? caller : "");
		if ((err = bump(db, key)) != SEK_ERR_NOT_FOUND)
			return (err);
	}
	return (open_new(db, key, from, &one));
}

static void
bad_record(struct sek_record *r, const struct sek_db *db)
{

	sek_db_record(r, SEK_EVENT_TAMPERED, SEK_RESULT_ERROR);
	r->reason = SEK_REASON_TAMPERED;
	(void)sek_text_copy(r->target, sizeof(r->target), db->bad.id);
	(void)sek_text_format(r->detail, sizeof(r->detail), "table %s",
	    db->bad.table);
}

enum sek_err
sek_db_note_bad(struct sek_db *db)
{
	struct sek_record r;

	bad_record(&r, db);
	db->bad.table = NULL;
	return (sek_db_coalesce(db, &r, NULL));
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
	bad_record(&r, db);
	if (strcmp(db->bad.table, "meta") == 0) {
		if (db->config->journal)
			sek_journal_record(&r, 0, db->config->terminal);
		return;
	}
	db->why = &none;
	if (sek_db_begin(db, true) == SEK_OK)
		(void)sek_db_end(db, sek_db_coalesce(db, &r, NULL));
	db->why = why;
}

enum sek_err
sek_op_refuse(struct sek_db *db, const void *in, void *out)
{
	const struct sek_refuse *f = in;
	struct sek_record r = f->record;

	(void)out;
	if (!may_wait(r.event))
		return (sek_why(db->why, SEK_ERR_INTERNAL, "%s: only a refusal "
		    "is coalesced", db->config->path));
	if (!f->who.known)
		r.subject[0] = r.target[0] = r.person[0] = r.section[0] = '\0';
	return (sek_db_coalesce(db, &r, &f->who));
}
