/*
 * verify.c - does the chain of records hold, to its head, and its seals?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In parts of some ten thousand records, so that no long look keeps the log
 * from being moved into the file. The head is the one of the first look: what
 * comes later is verified the next time. Seals are looked at before: none of
 * them covers more than that head.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"

#define PART	20000
#define SEALS	512

struct walk {
	struct sek_chain	 c;
	uint64_t		 head;
	uint8_t			 head_hash[SEK_HASH_LEN];
};

/* An anchor that is not as a purge left it is an answer, not a failure. */
static enum sek_err
read_anchor(struct sek_db *db, struct walk *w, struct sek_anchor_row *a)
{
	enum sek_err err;

	if ((err = sek_db_anchor(db, a)) != SEK_ERR_TAMPERED)
		return (err);
	db->bad.table = NULL;
	sek_chain_bad(&w->c, 0, N_("changed: what a purge left is not as it "
	    "was written"));
	return (SEK_OK);
}

/* The first is number 1; the one a purge names is as it was then. */
static void
check_place(struct walk *w, const struct sek_seal_row *row, bool first,
    const struct sek_anchor_row *a)
{
	uint8_t digest[SEK_HASH_LEN];

	if (first && row->number != 1)
		sek_chain_seal_bad(&w->c, row->number,
		    N_("cut: a seal is missing"));
	if (a->seal <= 0 || row->number != (uint64_t)a->seal)
		return;
	sek_record_seal_digest(digest, row);
	if (memcmp(digest, a->digest, SEK_HASH_LEN) != 0)
		sek_chain_seal_bad(&w->c, row->number,
		    N_("changed: a seal is not as it was written"));
}

/* The mark knows how many there must be. */
static enum sek_err
check_newest(struct sek_db *db, struct walk *w, uint64_t newest)
{
	struct sek_mark mark;
	int64_t number = 0;
	enum sek_err err;

	memset(&mark, 0, sizeof(mark));
	err = sek_db_mark(db, "seal", &mark);
	if (err == SEK_ERR_NOT_FOUND && newest == 0)
		return (SEK_OK);
	if (err == SEK_ERR_TAMPERED || err == SEK_ERR_NOT_FOUND) {
		db->bad.table = NULL;
		sek_chain_seal_bad(&w->c, newest, N_("changed: how many seals "
		    "there are was written by other means"));
		return (SEK_OK);
	}
	if (err == SEK_OK && sek_text_number(&number, mark.text, 1,
	    INT64_MAX) == SEK_OK && (uint64_t)number > newest)
		sek_chain_seal_bad(&w->c, (uint64_t)number,
		    N_("cut: a seal is missing"));
	return (err);
}

/* *from 0: there were no more. */
static enum sek_err
some_seals(struct sek_db *db, struct walk *w, uint64_t *from)
{
	struct sek_anchor_row anchor;
	struct sek_seal_row row;
	uint64_t newest = *from - 1;
	sqlite3_stmt *st;
	enum sek_err err;
	unsigned n;

	if ((err = read_anchor(db, w, &anchor)) != SEK_OK ||
	    (err = sek_db_prepare(db, &st, "SELECT number,seq,body,signature "
	    "FROM seal WHERE number>=?1 ORDER BY number")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, *from == 1 ? INT64_MIN :
	    (int64_t)*from);
	for (n = 0; n < SEALS && w->c.seal_cause == NULL &&
	    (err = sek_db_step(db, st)) == SEK_OK; n++) {
		if (!sek_db_seal_row(&row, st))
			row.body_len = 0;
		newest = row.number;
		check_place(w, &row, *from == 1 && n == 0, &anchor);
		if ((err = sek_chain_seal(&w->c, &row)) != SEK_OK)
			break;
	}
	sek_db_done(st);
	/* Behind one that does not hold there is nothing to learn. */
	*from = err == SEK_ERR_NOT_FOUND || w->c.seal_cause != NULL ? 0 :
	    newest + 1;
	if (err == SEK_ERR_NOT_FOUND)
		err = check_newest(db, w, newest);
	return (err);
}

static enum sek_err
all_seals(struct sek_db *db, struct walk *w)
{
	uint64_t from = 1;
	enum sek_err err = SEK_OK;

	while (err == SEK_OK && from != 0) {
		if ((err = sek_db_begin(db, false)) != SEK_OK)
			break;
		err = sek_db_needs_minor(db, 1);
		if (err == SEK_OK)
			err = some_seals(db, w, &from);
		err = sek_db_end(db, err);
	}
	/* A store from before there were seals. */
	return (err == SEK_ERR_STORE_OLDER ? SEK_OK : err);
}

/* Where a purge took away what would have come next, it goes on behind. */
static enum sek_err
start(struct sek_db *db, struct walk *w)
{
	struct sek_anchor_row a;
	enum sek_err err;

	if ((err = read_anchor(db, w, &a)) != SEK_OK)
		return (err);
	if (a.seq > 0 && (uint64_t)a.seq >= w->c.next)
		sek_chain_start(&w->c, (uint64_t)a.seq + 1, a.hash);
	if (w->head != 0)
		return (SEK_OK);
	w->head = (uint64_t)db->meta.seq;
	memcpy(w->head_hash, db->meta.hash, SEK_HASH_LEN);
	return (SEK_OK);
}

static enum sek_err
part(struct sek_db *db, struct walk *w, bool *more)
{
	struct sek_chain_row row;
	sqlite3_stmt *st;
	enum sek_err err;
	unsigned n;

	if ((err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	if ((err = start(db, w)) != SEK_OK ||
	    (err = sek_db_prepare(db, &st, "SELECT seq,version,prev,hash,body "
	    "FROM record WHERE seq>=?1 AND seq<=?2 ORDER BY seq")) != SEK_OK)
		return (sek_db_end(db, err));
	(void)sqlite3_bind_int64(st, 1, (int64_t)w->c.next);
	(void)sqlite3_bind_int64(st, 2, (int64_t)w->head);
	*more = w->c.out->cause[0] == '\0';
	for (n = 0; *more && n < PART &&
	    (err = sek_db_step(db, st)) == SEK_OK; n++) {
		sek_db_chain_row(&row, st);
		*more = sek_chain_record(&w->c, &row);
	}
	sek_db_done(st);
	*more = *more && err == SEK_OK;
	return (sek_db_end(db, err == SEK_ERR_NOT_FOUND ? SEK_OK : err));
}

/* Nothing may stand before the first or behind the head. */
static enum sek_err
look_beyond(struct sek_db *db, struct walk *w)
{
	struct sek_anchor_row a;
	int64_t first = INT64_MAX, last = 0;
	enum sek_err err;

	if ((err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	if ((err = read_anchor(db, w, &a)) == SEK_OK &&
	    (err = sek_db_number(db, &first, "SELECT coalesce(min(seq),"
	    "9223372036854775807) FROM record")) == SEK_OK)
		err = sek_db_number(db, &last, "SELECT max(seq) FROM record");
	if (err == SEK_OK && first <= a.seq)
		sek_chain_bad(&w->c, first < 0 ? 0 : (uint64_t)first,
		    N_("added: a record stands before the first"));
	else if (err == SEK_OK && last > db->meta.seq)
		sek_chain_bad(&w->c, (uint64_t)db->meta.seq + 1, N_("added: a "
		    "record stands behind the head"));
	return (sek_db_end(db, err));
}

/* Equal refusals still open belong to what is verified. */
static enum sek_err
close_waiting(struct sek_db *db, uint64_t *harmed)
{
	enum sek_err err;

	if ((err = sek_db_begin(db, true)) == SEK_OK)
		err = sek_db_end(db, sek_db_coalesce_close(db, true));
	*harmed = db->harmed;
	return (err == SEK_ERR_STORE_FULL ? SEK_OK : err);
}

static enum sek_err
all_records(struct sek_db *db, struct walk *w, const struct sek_tool_args *a)
{
	enum sek_err err;
	bool more = true;

	do {
		err = part(db, w, &more);
		if (a->progress != NULL && err == SEK_OK)
			a->progress(a->arg, w->c.next - 1, w->head);
	} while (err == SEK_OK && more && w->c.next <= w->head);
	return (err);
}

enum sek_err
sek_op_verify(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	struct sek_verify *v = out;
	struct walk w;
	uint64_t harmed = 0;
	enum sek_err err;

	memset(&w, 0, sizeof(w));
	sek_chain_begin(&w.c, v, a->noted);
	if ((err = close_waiting(db, &harmed)) != SEK_OK ||
	    (err = all_seals(db, &w)) != SEK_OK ||
	    (err = all_records(db, &w, a)) != SEK_OK)
		goto out;
	if (v->cause[0] == '\0' && (err = look_beyond(db, &w)) != SEK_OK)
		goto out;
	if (w.c.nseals > 0 && w.c.last.seq > w.head)
		sek_chain_bad(&w.c, w.head + 1, N_("cut: records that were "
		    "sealed are missing"));
	sek_chain_end(&w.c, w.head, w.head_hash);
	if (v->ok && harmed != 0) {
		sek_chain_bad(&w.c, harmed, N_("changed: refusals that waited "
		    "to be written are not as they were left (this record "
		    "tells of it)"));
		v->ok = false;
	}
out:
	sek_chain_free(&w.c);
	return (err);
}
