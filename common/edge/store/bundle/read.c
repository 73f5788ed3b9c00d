/*
 * read.c - an export from anywhere: does it hold, what is in it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the file is opened as immutable: no journal or log that lies beside
 * it is looked at, nothing is locked, nothing is written.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"

#define TELL	4096u		/* records between words of progress */

static enum sek_err
open_fd(int *out, const char *path, struct sek_why *why)
{
	struct stat st;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) <
	    0)
		return (sek_why(why, errno == ENOENT || errno == ENOTDIR ?
		    SEK_ERR_NOT_FOUND : SEK_ERR_IO, "%s: %s", path,
		    strerror(errno)));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return (sek_why(why, SEK_ERR_SYNTAX, "%s: not a file", path));
	}
	*out = fd;
	return (SEK_OK);
}

/* By the open descriptor, so that no character of the name means anything.
 * *kind WHOLE: *sq is open, and its tables are ours. */
static enum sek_err
open_read(sqlite3 **sq, enum sek_bundle_kind *kind, const char *path,
    struct sek_why *why)
{
	char uri[64];
	enum sek_err err;
	bool empty = false;
	int fd;

	*sq = NULL;
	if ((err = open_fd(&fd, path, why)) != SEK_OK)
		return (err);
	if ((*kind = sek_bundle_kind(fd)) != SEK_BUNDLE_WHOLE) {
		(void)close(fd);
		return (*kind != SEK_BUNDLE_OTHER ? SEK_OK : sek_why(why,
		    SEK_ERR_SYNTAX, "%s: not an export of records", path));
	}
	(void)sek_text_format(uri, sizeof(uri),
	    "file:/proc/self/fd/%d?immutable=1", fd);
	if (sqlite3_open_v2(uri, sq, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL) != SQLITE_OK)
		err = *sq == NULL ? SEK_ERR_NOMEM :
		    sek_bundle_error(*sq, path, why);
	if (err == SEK_OK) {
		sek_bundle_guard(*sq);
		err = sek_bundle_schema(*sq, path, &empty, why);
	}
	(void)close(fd);
	if (err == SEK_OK && empty)
		err = sek_why(why, SEK_ERR_SYNTAX, "%s: not an export of "
		    "records", path);
	if (err != SEK_OK) {
		(void)sqlite3_close(*sq);
		*sq = NULL;
	}
	return (err);
}

struct look {
	sqlite3			*sq;
	const char		*path;
	struct sek_why		*why;
	struct sek_chain	 c;
	struct sek_manifest	*m;
	uint8_t			 digest[SEK_HASH_LEN];
	sek_bundle_progress	 progress;
	void			*arg;
};

/* What the engine could not read is an answer: the file does not hold. */
static enum sek_err
unreadable(struct look *k, uint64_t seq)
{
	enum sek_err err = sek_bundle_error(k->sq, k->path, k->why);

	if (err != SEK_ERR_STORE_DAMAGED && err != SEK_ERR_STORE)
		return (err);
	sek_chain_bad(&k->c, seq, N_("changed: the file is damaged"));
	return (SEK_OK);
}

/* The last seal is the one over the manifest. */
static void
check_last_seal(struct look *k)
{
	const struct sek_seal *s = &k->c.last;

	if (k->c.nseals == 0 || k->c.seal_cause != NULL) {
		if (k->c.seal_cause == NULL)
			sek_chain_bad(&k->c, k->m->first,
			    N_("cut: a seal is missing"));
		return;
	}
	if (!s->has_manifest ||
	    memcmp(s->manifest, k->digest, SEK_HASH_LEN) != 0 ||
	    strcmp(s->terminal, k->m->terminal) != 0 || s->seq < k->m->last)
		sek_chain_bad(&k->c, k->m->first, N_("changed: the manifest is "
		    "not the one that was sealed"));
}

static enum sek_err
walk_seals(struct look *k)
{
	struct sek_seal_row row;
	sqlite3_stmt *st = NULL;
	enum sek_err err = SEK_OK;
	int rc = SQLITE_OK;

	if (sqlite3_prepare_v2(k->sq, "SELECT number,seq,body,signature "
	    "FROM seal ORDER BY number", -1, &st, NULL) != SQLITE_OK)
		return (unreadable(k, k->m->first));
	while (err == SEK_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!sek_db_seal_row(&row, st))
			row.body_len = 0;
		err = sek_chain_seal(&k->c, &row);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		err = unreadable(k, k->m->first);
	(void)sqlite3_finalize(st);
	if (err == SEK_OK)
		check_last_seal(k);
	return (err);
}

static bool
walk_one(struct look *k, sqlite3_stmt *st)
{
	struct sek_chain_row row;

	sek_db_chain_row(&row, st);
	if (row.seq > k->m->last) {
		sek_chain_bad(&k->c, k->c.next, k->c.next <= k->m->last ?
		    N_("cut: a record is missing") :
		    N_("added: a record stands behind the last"));
		return (false);
	}
	if (!sek_chain_record(&k->c, &row))
		return (false);
	if (row.seq == k->m->first && memcmp(row.hash, k->m->first_hash,
	    SEK_HASH_LEN) != 0) {
		sek_chain_bad(&k->c, row.seq, N_("changed: the record is not "
		    "the one in the manifest"));
		return (false);
	}
	if (k->progress != NULL && row.seq % TELL == 0)
		k->progress(k->arg, row.seq - k->m->first, k->m->count);
	return (true);
}

static enum sek_err
walk_records(struct look *k)
{
	sqlite3_stmt *st = NULL;
	enum sek_err err = SEK_OK;
	int rc;

	if (sqlite3_prepare_v2(k->sq, "SELECT seq,version,prev,hash,body "
	    "FROM record ORDER BY seq", -1, &st, NULL) != SQLITE_OK)
		return (unreadable(k, k->c.next));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && walk_one(k, st))
		;
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		err = unreadable(k, k->c.next);
	(void)sqlite3_finalize(st);
	return (err);
}

static enum sek_err
walk(struct look *k)
{
	enum sek_err err;

	err = sek_bundle_read_manifest(k->sq, k->path, k->m, k->digest,
	    k->why);
	if (err == SEK_ERR_SYNTAX || err == SEK_ERR_STORE_DAMAGED) {
		sek_chain_bad(&k->c, 0, N_("changed: the manifest cannot be "
		    "read"));
		return (SEK_OK);
	}
	if (err != SEK_OK)
		return (err);
	if (!k->m->finished) {
		sek_chain_bad(&k->c, 0, N_("unfinished: run the same export "
		    "again, on the terminal it is of"));
		return (SEK_OK);
	}
	sek_chain_start(&k->c, k->m->first, k->m->first_prev);
	if ((err = walk_seals(k)) != SEK_OK ||
	    (err = walk_records(k)) != SEK_OK)
		return (err);
	sek_chain_end(&k->c, k->m->last, k->m->last_hash);
	(void)sek_text_copy(k->c.out->terminal, sizeof(k->c.out->terminal),
	    k->m->terminal);
	return (SEK_OK);
}

enum sek_err
sek_bundle_verify(const char *path, const uint8_t *noted,
    struct sek_verify *out, struct sek_manifest *m,
    sek_bundle_progress progress, void *arg, struct sek_why *why)
{
	struct look k = { .path = path, .why = why, .m = m,
	    .progress = progress, .arg = arg };
	enum sek_bundle_kind kind = SEK_BUNDLE_OTHER;
	enum sek_err err;

	memset(m, 0, sizeof(*m));
	sek_chain_begin(&k.c, out, noted);
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = open_read(&k.sq, &kind, path, why)) != SEK_OK)
		return (err);
	if (kind != SEK_BUNDLE_WHOLE)
		sek_chain_bad(&k.c, 0, N_("unfinished: run the same export "
		    "again, on the terminal it is of"));
	else
		err = walk(&k);
	sek_chain_free(&k.c);
	(void)sqlite3_close(k.sq);
	return (err);
}

static enum sek_err
hand_out(sqlite3 *sq, const struct sek_record_range *range,
    sek_record_fn fn, void *arg, const char *path, struct sek_why *why)
{
	struct sek_record_row *row = calloc(1, sizeof(*row));
	sqlite3_stmt *st = NULL;
	enum sek_err err = SEK_OK;
	int rc = SQLITE_DONE;

	if (row == NULL)
		return (SEK_ERR_NOMEM);
	if (sqlite3_prepare_v2(sq, "SELECT seq,version,prev,hash,body "
	    "FROM record WHERE seq>=?1 AND seq<=?2 ORDER BY seq", -1, &st,
	    NULL) == SQLITE_OK) {
		(void)sqlite3_bind_int64(st, 1, (int64_t)range->first);
		(void)sqlite3_bind_int64(st, 2, (int64_t)range->last);
	} else
		err = sek_bundle_error(sq, path, why);
	while (err == SEK_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!sek_db_record_within(range, st))
			continue;
		err = sek_db_record_row(row, st) ? fn(arg, row) :
		    sek_why(why, SEK_ERR_STORE_DAMAGED, "%s: record %llu is "
		    "not as it was written", path,
		    (unsigned long long)row->seq);
	}
	if (err == SEK_OK && rc != SQLITE_DONE)
		err = sek_bundle_error(sq, path, why);
	(void)sqlite3_finalize(st);
	free(row);
	return (err);
}

enum sek_err
sek_bundle_records(const char *path, const struct sek_record_range *range,
    sek_record_fn fn, void *arg, struct sek_manifest *m, struct sek_why *why)
{
	enum sek_bundle_kind kind = SEK_BUNDLE_OTHER;
	sqlite3 *sq = NULL;
	enum sek_err err;

	if ((err = open_read(&sq, &kind, path, why)) != SEK_OK)
		return (err);
	if (kind != SEK_BUNDLE_WHOLE)
		return (sek_why(why, SEK_ERR_REFUSED, "%s: an unfinished "
		    "export", path));
	if ((err = sek_bundle_read_manifest(sq, path, m, NULL, why)) ==
	    SEK_OK)
		err = hand_out(sq, range, fn, arg, path, why);
	(void)sqlite3_close(sq);
	return (err);
}

enum sek_err
sek_bundle_hash(const char *path, uint64_t seq, uint8_t out[SEK_HASH_LEN],
    struct sek_why *why)
{
	enum sek_bundle_kind kind = SEK_BUNDLE_OTHER;
	sqlite3 *sq = NULL;
	sqlite3_stmt *st = NULL;
	enum sek_err err;

	if ((err = open_read(&sq, &kind, path, why)) != SEK_OK)
		return (err);
	err = SEK_ERR_NOT_FOUND;
	if (kind == SEK_BUNDLE_WHOLE && sqlite3_prepare_v2(sq, "SELECT hash "
	    "FROM record WHERE seq=?1", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_bind_int64(st, 1, (int64_t)seq) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW &&
	    sqlite3_column_bytes(st, 0) == SEK_HASH_LEN) {
		memcpy(out, sqlite3_column_blob(st, 0), SEK_HASH_LEN);
		err = SEK_OK;
	}
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(sq);
	return (err);
}
