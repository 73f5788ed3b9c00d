/*
 * record.c - the chain of records: append, read
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a record's hash covers its version, number, predecessor and body; the
 * head of the chain lies in meta under a keyed check, so that a cut end shows.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "sekisho/edge/record_body.h"

#define BATCH	32	/* rows handed out of one look */
#define LOOK	20000	/* rows looked at in one */

void
sek_db_record(struct sek_record *r, enum sek_event e, enum sek_result result)
{

	memset(r, 0, sizeof(*r));
	r->event = e;
	r->result = result;
	r->count = 1;
}

/* From where; a name no account has is not written. */
void
sek_db_record_who(struct sek_record *r, const struct sek_claimant *who)
{

	(void)sek_text_copy(r->service, sizeof(r->service), who->service);
	(void)sek_text_copy(r->tty, sizeof(r->tty), who->tty);
	(void)sek_text_copy(r->rhost, sizeof(r->rhost), who->rhost);
	if (who->known)
		(void)sek_text_copy(r->subject, sizeof(r->subject), who->name);
}

static enum sek_err
insert(struct sek_db *db, uint64_t seq, const uint8_t *hash, const char *body,
    size_t len)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "INSERT INTO record(seq,version,"
	    "prev,hash,body) VALUES(?,?,?,?,?)")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, (int64_t)seq);
	(void)sqlite3_bind_int64(st, 2, SEK_RECORD_VERSION);
	sek_db_bind_blob(st, 3, db->meta.hash, SEK_HASH_LEN);
	sek_db_bind_blob(st, 4, hash, SEK_HASH_LEN);
	(void)sqlite3_bind_text64(st, 5, body, len, SQLITE_STATIC,
	    SQLITE_UTF8);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* For the journal, once the transaction stands. */
static void
remember(struct sek_db *db, uint64_t seq, const char *event, size_t len,
    uint32_t count)
{
	struct sek_record_fields *f;
	struct sek_pending *p;

	if (!db->config->journal || db->npending == SEK_DB_PENDING ||
	    (f = malloc(sizeof(*f))) == NULL)
		return;
	if (sek_record_body_parse(f, event, len) == SEK_OK) {
		p = &db->pending[db->npending++];
		sek_record_body_record(&p->r, f);
		p->r.count = count;
		p->seq = seq;
	}
	free(f);
}

void
sek_db_journal(struct sek_db *db)
{
	unsigned i;

	for (i = 0; i < db->npending; i++)
		sek_journal_record(&db->pending[i].r, db->pending[i].seq,
		    db->config->terminal);
	db->npending = 0;
}

enum sek_err
sek_db_append_event(struct sek_db *db, const char *event, size_t len,
    uint32_t count)
{
	const struct sek_record_stamp stamp = {
		.seq = (uint64_t)db->meta.seq + 1,
		.at = &db->now,
		.clock_back = sek_db_clock_back(db),
		.terminal = db->config->terminal,
		.profile = db->config->profile,
		.policy = db->config->policy,
		.version = PACKAGE_VERSION,
		.timezone = db->config->timezone,
	};
	char body[SEK_RECORD_BODY_MAX];
	uint8_t hash[SEK_HASH_LEN];
	size_t n;
	enum sek_err err;

	if ((err = sek_record_body_write(body, sizeof(body), &n, &stamp, count,
	    event)) != SEK_OK)
		return (sek_why(db->why, err, "a record is too long"));
	sek_chain_hash(hash, SEK_RECORD_VERSION, stamp.seq, db->meta.hash,
	    body, n);
	if ((err = insert(db, stamp.seq, hash, body, n)) != SEK_OK)
		return (err);
	db->meta.seq = (int64_t)stamp.seq;
	memcpy(db->meta.hash, hash, sizeof(hash));
	if (db->now.wall > db->meta.wall)
		db->meta.wall = db->now.wall;
	db->meta_dirty = true;
	remember(db, stamp.seq, event, len, count);
	return (SEK_OK);
}

static enum sek_err
append_one(struct sek_db *db, const struct sek_record *r)
{
	char event[SEK_RECORD_BODY_MAX];
	size_t len;
	enum sek_err err;

	if ((err = sek_record_body_event(event, sizeof(event), &len, r)) !=
	    SEK_OK)
		return (sek_why(db->why, err, "a record is too long"));
	return (sek_db_append_event(db, event, len,
	    r->count > 0 ? r->count : 1));
}

static enum sek_err
note_policy(struct sek_db *db)
{
	struct sek_record r;

	if (db->config->policy[0] == '\0' ||
	    strcmp(db->config->policy, db->meta.policy) == 0)
		return (SEK_OK);
	sek_db_record(&r, SEK_EVENT_POLICY_CHANGED, SEK_RESULT_OK);
	(void)sek_text_format(r.detail, sizeof(r.detail), "was %s",
	    db->meta.policy[0] != '\0' ? db->meta.policy : "none");
	(void)sek_text_copy(db->meta.policy, sizeof(db->meta.policy),
	    db->config->policy);
	return (append_one(db, &r));
}

static enum sek_err
note_clock(struct sek_db *db)
{
	struct sek_record r;
	bool back = sek_db_clock_back(db);

	if (back == (db->meta.clock_mark != 0))
		return (SEK_OK);
	db->meta.clock_mark = back;
	db->meta_dirty = true;
	if (!back)
		return (SEK_OK);
	sek_db_record(&r, SEK_EVENT_CLOCK_STEP, SEK_RESULT_ERROR);
	r.reason = SEK_REASON_CLOCK;
	(void)sek_text_copy(r.detail, sizeof(r.detail), "newest was ");
	sek_clock_print(r.detail + strlen(r.detail), 64, db->meta.wall,
	    db->config->timezone[0] != '\0' ? db->config->timezone : NULL);
	return (append_one(db, &r));
}

enum sek_err
sek_db_note_changes(struct sek_db *db)
{
	enum sek_err err;

	if (db->in_record || !sek_db_room_to_spare(db))
		return (SEK_OK);
	db->in_record = true;
	if ((err = note_policy(db)) == SEK_OK)
		err = note_clock(db);
	return (err);
}

enum sek_err
sek_db_append(struct sek_db *db, const struct sek_record *r)
{
	enum sek_err err;

	if (!sek_db_room_to_spare(db))
		return (sek_db_error_code(db->why, db->config->path,
		    SQLITE_FULL, 0, ""));
	if ((err = sek_db_note_changes(db)) != SEK_OK)
		return (err);
	return (append_one(db, r));
}

enum sek_err
sek_db_append_or_skip(struct sek_db *db, const struct sek_record *r)
{

	if (sek_db_room_to_spare(db))
		return (sek_db_append(db, r));
	if (db->config->journal && db->npending < SEK_DB_PENDING) {
		db->pending[db->npending].r = *r;
		db->pending[db->npending++].seq = 0;
	}
	return (SEK_OK);
}

enum sek_err
sek_op_append(struct sek_db *db, const void *in, void *out)
{

	(void)out;
	return (sek_db_append(db, in));
}

/* The time of a body, which stands in its second line; 0: none. */
static int64_t
body_wall(const char *body, size_t len)
{
	char when[64];
	const char *p, *end;

	if ((p = memchr(body, '\n', len)) == NULL ||
	    (size_t)(body + len - ++p) < 6 || memcmp(p, "time=", 5) != 0)
		return (0);
	p += 5;
	end = memchr(p, '\n', (size_t)(body + len - p));
	if (end == NULL || (size_t)(end - p) >= sizeof(when))
		return (0);
	memcpy(when, p, (size_t)(end - p));
	when[end - p] = '\0';
	return (sek_record_body_wall(when));
}

static const void *
blob(sqlite3_stmt *st, int i, int type, size_t *len)
{

	*len = 0;
	if (sqlite3_column_type(st, i) != type)
		return (NULL);
	*len = (size_t)sqlite3_column_bytes(st, i);
	return (sqlite3_column_blob(st, i));
}

void
sek_db_chain_row(struct sek_chain_row *row, sqlite3_stmt *st)
{

	row->seq = (uint64_t)sqlite3_column_int64(st, 0);
	row->version = sqlite3_column_int64(st, 1);
	row->prev = blob(st, 2, SQLITE_BLOB, &row->prev_len);
	row->hash = blob(st, 3, SQLITE_BLOB, &row->hash_len);
	row->body = blob(st, 4, SQLITE_TEXT, &row->body_len);
}

bool
sek_db_record_row(struct sek_record_row *row, sqlite3_stmt *st)
{
	struct sek_chain_row r;

	memset(row, 0, offsetof(struct sek_record_row, body));
	sek_db_chain_row(&r, st);
	row->seq = r.seq;
	row->version = (uint32_t)r.version;
	row->body[0] = '\0';
	if (r.body == NULL || r.body_len >= sizeof(row->body) ||
	    r.prev == NULL || r.prev_len != SEK_HASH_LEN ||
	    r.hash == NULL || r.hash_len != SEK_HASH_LEN)
		return (false);
	memcpy(row->prev, r.prev, SEK_HASH_LEN);
	memcpy(row->hash, r.hash, SEK_HASH_LEN);
	memcpy(row->body, r.body, r.body_len);
	row->body[r.body_len] = '\0';
	row->body_len = (uint32_t)r.body_len;
	row->wall = body_wall(row->body, row->body_len);
	return (true);
}

/* By its time alone; one that cannot be read is looked at. */
bool
sek_db_record_within(const struct sek_record_range *range, sqlite3_stmt *st)
{
	const char *body;
	int64_t wall;

	if (range->since == INT64_MIN && range->until == INT64_MAX)
		return (true);
	if ((body = sqlite3_column_blob(st, 4)) == NULL ||
	    (wall = body_wall(body, (size_t)sqlite3_column_bytes(st, 4))) == 0)
		return (true);
	return (wall >= range->since && wall <= range->until);
}

/* Some rows in one look; whoever reads slowly holds nothing meanwhile. */
static enum sek_err
take_rows(struct sek_db *db, sqlite3_stmt *st, struct sek_record_row *row,
    struct sek_record_range *range, unsigned *n)
{
	enum sek_err err = SEK_OK;
	unsigned looked;

	for (looked = 0; looked < LOOK && *n < BATCH &&
	    (err = sek_db_step(db, st)) == SEK_OK; looked++) {
		range->first = (uint64_t)sqlite3_column_int64(st, 0) + 1;
		if (!sek_db_record_within(range, st))
			continue;
		if (!sek_db_record_row(&row[(*n)++], st))
			return (sek_why(db->why, SEK_ERR_STORE_DAMAGED, "%s: "
			    "record %llu is not as it was written; see: "
			    "sekisho audit verify", db->config->path,
			    (unsigned long long)row[*n - 1].seq));
	}
	return (err);
}

/* SEK_ERR_NOT_FOUND: these are the last. */
static enum sek_err
read_batch(struct sek_db *db, struct sek_record_row *row,
    struct sek_record_range *range, unsigned *n)
{
	sqlite3_stmt *st;
	enum sek_err err, end;

	*n = 0;
	if ((err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	if ((err = sek_db_prepare(db, &st, "SELECT seq,version,prev,hash,body "
	    "FROM record WHERE seq>=?1 AND seq<=?2 ORDER BY seq")) != SEK_OK)
		return (sek_db_end(db, err));
	(void)sqlite3_bind_int64(st, 1, (int64_t)range->first);
	(void)sqlite3_bind_int64(st, 2, (int64_t)range->last);
	err = take_rows(db, st, row, range, n);
	sek_db_done(st);
	end = sek_db_end(db, err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	return (end != SEK_OK ? end : err);
}

/* What is open of equal refusals is written first, where there is room. */
static enum sek_err
close_open(struct sek_db *db)
{
	enum sek_err err;

	if ((err = sek_db_begin(db, true)) != SEK_OK)
		return (err);
	return (sek_db_end(db, sek_db_coalesce_close(db, true)));
}

enum sek_err
sek_op_records(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	struct sek_record_range range = SEK_RECORD_ALL;
	struct sek_record_row *row;
	unsigned i, n = 0;
	enum sek_err err, end = SEK_OK;

	(void)out;
	if (a->range != NULL)
		range = *a->range;
	else
		range.first = a->first_seq;
	if ((row = calloc(BATCH, sizeof(*row))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = close_open(db)) == SEK_ERR_STORE_FULL)
		err = SEK_OK;
	while (err == SEK_OK && end == SEK_OK) {
		end = read_batch(db, row, &range, &n);
		if (end != SEK_OK && end != SEK_ERR_NOT_FOUND)
			err = end;
		for (i = 0; i < n && err == SEK_OK; i++)
			err = a->record_fn(a->arg, &row[i]);
	}
	free(row);
	return (err);
}
