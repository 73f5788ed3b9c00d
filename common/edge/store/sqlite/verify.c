/*
 * verify.c - does the chain of records hold, to its head?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In parts of some ten thousand records, so that no long look keeps the log
 * from being moved into the file. The head is the one of the first look: what
 * comes later is verified the next time.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"

#define PART 20000

struct walk {
	struct sek_verify	*out;
	uint64_t		 next;		/* seq awaited */
	uint64_t		 head;
	uint8_t			 head_hash[SEK_HASH_LEN];
	uint8_t			 prev[SEK_HASH_LEN];
};

/* cause: N_() text. */
static void
bad(struct walk *w, uint64_t seq, const char *cause)
{

	w->out->ok = false;
	w->out->first_bad = seq;
	(void)sek_text_copy(w->out->cause, sizeof(w->out->cause), cause);
}

static bool
blob_is(sqlite3_stmt *st, int i, const uint8_t *hash)
{

	return (sqlite3_column_type(st, i) == SQLITE_BLOB &&
	    sqlite3_column_bytes(st, i) == SEK_HASH_LEN &&
	    memcmp(sqlite3_column_blob(st, i), hash, SEK_HASH_LEN) == 0);
}

/* One record against what came before it. */
static bool
check(struct walk *w, sqlite3_stmt *st)
{
	uint64_t seq = (uint64_t)sqlite3_column_int64(st, 0);
	int64_t version = sqlite3_column_int64(st, 1);
	uint8_t hash[SEK_HASH_LEN];
	const void *body;
	int len;

	if (seq != w->next) {
		bad(w, w->next, N_("cut: a record is missing"));
		return (false);
	}
	body = sqlite3_column_blob(st, 4);
	len = sqlite3_column_bytes(st, 4);
	if (version == SEK_RECORD_VERSION && body != NULL && len > 0 &&
	    sqlite3_column_type(st, 4) == SQLITE_TEXT &&
	    blob_is(st, 2, w->prev)) {
		sek_db_record_hash(hash, (uint32_t)version, seq, w->prev, body,
		    (size_t)len);
		if (blob_is(st, 3, hash)) {
			memcpy(w->prev, hash, sizeof(hash));
			w->next++;
			return (true);
		}
	}
	bad(w, seq, N_("changed: the record does not fit its hash or the one "
	    "before it"));
	return (false);
}

static enum sek_err
part(struct sek_db *db, struct walk *w)
{
	sqlite3_stmt *st;
	enum sek_err err;
	unsigned n;

	if ((err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	if (w->head == 0) {
		w->head = (uint64_t)db->meta.seq;
		memcpy(w->head_hash, db->meta.hash, SEK_HASH_LEN);
	}
	if ((err = sek_db_prepare(db, &st, "SELECT seq,version,prev,hash,body "
	    "FROM record WHERE seq>=?1 AND seq<=?2 ORDER BY seq")) != SEK_OK)
		return (sek_db_end(db, err));
	(void)sqlite3_bind_int64(st, 1, (int64_t)w->next);
	(void)sqlite3_bind_int64(st, 2, (int64_t)w->head);
	err = SEK_OK;
	for (n = 0; n < PART && (err = sek_db_step(db, st)) == SEK_OK &&
	    check(w, st); n++)
		;
	sek_db_done(st);
	if (err == SEK_ERR_NOT_FOUND && w->next <= w->head)
		bad(w, w->next, N_("cut: the records end before their head"));
	return (sek_db_end(db, err == SEK_ERR_NOT_FOUND ? SEK_OK : err));
}

/* Nothing may stand before the first or behind the head. */
static enum sek_err
look_beyond(struct sek_db *db, struct walk *w)
{
	int64_t first = 1, last = 0;
	enum sek_err err;

	if ((err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	if ((err = sek_db_number(db, &first, "SELECT min(seq) FROM record")) ==
	    SEK_OK)
		err = sek_db_number(db, &last, "SELECT max(seq) FROM record");
	if (err == SEK_OK && first < 1)
		bad(w, 0, N_("added: a record stands before the first"));
	else if (err == SEK_OK && last > db->meta.seq)
		bad(w, (uint64_t)db->meta.seq + 1, N_("added: a record stands "
		    "behind the head"));
	return (sek_db_end(db, err));
}

enum sek_err
sek_op_verify(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	struct walk w = { .out = out, .next = 1 };
	uint64_t harmed;
	enum sek_err err;

	/* Equal refusals still open belong to what is verified. */
	if ((err = sek_db_begin(db, true)) == SEK_OK)
		err = sek_db_end(db, sek_db_coalesce_close(db, true));
	if (err != SEK_OK && err != SEK_ERR_STORE_FULL)
		return (err);
	harmed = db->harmed;
	w.out->ok = true;
	w.out->chains = 1;
	do {
		err = part(db, &w);
		if (a->progress != NULL && err == SEK_OK)
			a->progress(a->arg, w.next - 1, w.head);
	} while (err == SEK_OK && w.out->ok && w.next <= w.head);
	if (err == SEK_OK && w.out->ok &&
	    memcmp(w.prev, w.head_hash, SEK_HASH_LEN) != 0)
		bad(&w, w.head, N_("changed: the last record is not the "
		    "head"));
	if (err == SEK_OK && w.out->ok)
		err = look_beyond(db, &w);
	if (err == SEK_OK && w.out->ok && harmed != 0)
		bad(&w, harmed, N_("changed: refusals that waited to be "
		    "written are not as they were left (this record tells of it)"));
	w.out->records = w.next - 1;
	return (err);
}
