/*
 * purge.c - records that are kept elsewhere taken away, an anchor left
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A part of some thousand records is one transaction: the records gone, and
 * the anchor that says so.
 *
 * MUST: what goes is what was written: a purge hides no change.
 * MUST: what goes is covered by a seal; all seals stay.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define PART	1000		/* fits the log that is kept for a full disk */

enum sek_err
sek_db_anchor(struct sek_db *db, struct sek_anchor_row *out)
{
	sqlite3_stmt *st;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK)
		return (err == SEK_ERR_STORE_OLDER ? SEK_OK : err);
	if ((err = sek_db_prepare(db, &st, sek_table_anchor.all)) != SEK_OK)
		return (err);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	err = sek_row_read(db, &sek_table_anchor, st, out);
	sek_db_done(st);
	return (err);
}

enum sek_err
sek_op_ends(struct sek_db *db, const void *in, void *out)
{
	struct sek_ends *e = out;
	struct sek_anchor_row a;
	enum sek_err err;

	(void)in;
	if ((err = sek_db_anchor(db, &a)) != SEK_OK)
		return (err);
	e->first = (uint64_t)a.seq + 1;
	e->last = (uint64_t)db->meta.seq;
	e->purged_seal = (uint64_t)a.seal;
	memcpy(e->first_prev, a.hash, SEK_HASH_LEN);
	memcpy(e->hash, db->meta.hash, SEK_HASH_LEN);
	return (SEK_OK);
}

/* Is the last one still ours, as the export holds it? */
static enum sek_err
check_last(struct sek_db *db, const struct sek_purge *p)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT hash FROM record "
	    "WHERE seq=?1")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, (int64_t)p->last);
	if ((err = sek_db_step(db, st)) == SEK_OK) {
		if (sqlite3_column_bytes(st, 0) != SEK_HASH_LEN ||
		    memcmp(sqlite3_column_blob(st, 0), p->hash,
		    SEK_HASH_LEN) != 0)
			err = SEK_ERR_REFUSED;
		sek_db_done(st);
	} else if (err == SEK_ERR_NOT_FOUND)
		err = SEK_ERR_REFUSED;
	if (err == SEK_ERR_REFUSED)
		(void)sek_why(db->why, err, "record %llu is not the one that "
		    "was exported", (unsigned long long)p->last);
	return (err);
}

/* Walk what is to go, from the anchor to record `to`, which it becomes. */
static enum sek_err
check_part(struct sek_db *db, struct sek_anchor_row *a, uint64_t to)
{
	struct sek_verify *v;
	struct sek_chain_row row;
	struct sek_chain c;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return (SEK_ERR_NOMEM);
	sek_chain_begin(&c, v, NULL);
	sek_chain_start(&c, (uint64_t)a->seq + 1, a->hash);
	if ((err = sek_db_prepare(db, &st, "SELECT seq,version,prev,hash,body "
	    "FROM record WHERE seq<=?1 ORDER BY seq")) != SEK_OK)
		goto out;
	(void)sqlite3_bind_int64(st, 1, (int64_t)to);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		sek_db_chain_row(&row, st);
		if (!sek_chain_record(&c, &row))
			break;
	}
	sek_db_done(st);
	if (err == SEK_OK || (err == SEK_ERR_NOT_FOUND && c.next != to + 1))
		err = sek_why(db->why, SEK_ERR_TAMPERED, "%s: record %llu is "
		    "not as it was written; nothing more is purged; see: "
		    "sekisho audit verify", db->config->path,
		    (unsigned long long)c.next);
	else if (err == SEK_ERR_NOT_FOUND) {
		a->seq = (int64_t)to;
		memcpy(a->hash, c.prev, SEK_HASH_LEN);
		err = SEK_OK;
	}
out:
	sek_chain_free(&c);
	free(v);
	return (err);
}

/* The first seal that covers it. Those before stay, too: a key that was noted
 * of any of them goes on being of use. */
static enum sek_err
take_seal(struct sek_db *db, struct sek_anchor_row *a)
{
	struct sek_seal_row row;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT number,seq,body,signature "
	    "FROM seal WHERE seq>=?1 ORDER BY number LIMIT 1")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, a->seq);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err != SEK_ERR_NOT_FOUND ? err : sek_why(db->why,
		    SEK_ERR_FORBIDDEN, "no seal covers record %lld",
		    (long long)a->seq));
	if (!sek_db_seal_row(&row, st))
		err = sek_why(db->why, SEK_ERR_TAMPERED, "%s: seal %llu is "
		    "not as it was written; see: sekisho audit verify",
		    db->config->path, (unsigned long long)row.number);
	sek_db_done(st);
	a->seal = (int64_t)row.number;
	sek_record_seal_digest(a->digest, &row);
	return (err);
}

static enum sek_err
run_to(struct sek_db *db, const char *sql, int64_t bound)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, sql)) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, bound);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
write_record(struct sek_db *db, const struct sek_tool_args *a)
{
	struct sek_record r;

	sek_db_record_actor(&r, a->actor, SEK_EVENT_RECORD_PURGE);
	(void)sek_text_copy(r.detail, sizeof(r.detail), a->purge->detail);
	return (sek_db_append(db, &r));
}

enum sek_err
sek_op_purge(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	const struct sek_purge *p = a->purge;
	struct sek_anchor_row anchor;
	uint64_t *through = out, to;
	enum sek_err err;
	bool was;

	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK ||
	    (err = sek_db_anchor(db, &anchor)) != SEK_OK)
		return (err);
	*through = (uint64_t)anchor.seq;
	if (p->last <= (uint64_t)anchor.seq || p->last >=
	    (uint64_t)db->meta.seq) {
		db->undo = true;
		return (p->last <= (uint64_t)anchor.seq ? SEK_OK :
		    SEK_ERR_RANGE);
	}
	was = anchor.id != 0;
	to = (uint64_t)anchor.seq + PART;
	if (to > p->last)
		to = p->last;
	anchor.id = 1;
	anchor.wall = db->now.wall;
	if ((err = check_last(db, p)) != SEK_OK ||
	    (err = check_part(db, &anchor, to)) != SEK_OK ||
	    (err = take_seal(db, &anchor)) != SEK_OK ||
	    (p->begin && (err = write_record(db, a)) != SEK_OK) ||
	    (err = run_to(db, "DELETE FROM record WHERE seq<=?1",
	    anchor.seq)) != SEK_OK)
		return (err);
	err = was ? sek_row_update(db, &sek_table_anchor, &anchor) :
	    sek_row_insert(db, &sek_table_anchor, &anchor);
	if (err == SEK_OK)
		*through = to;
	return (err);
}
