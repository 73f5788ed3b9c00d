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
#define STEPS	16384		/* of the engine, between looks at them */

/* A file may be made so that a walk along it never ends: what is read of it
 * is bounded by its size, many times what any real one needs. */
struct opened {
	sqlite3		*sq;
	int64_t		 steps;		/* left */
};

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

static int
count_steps(void *arg)
{
	struct opened *o = arg;

	return ((o->steps -= STEPS) < 0);
}

/* The engine's error; that it went on for too long is damage. */
static enum sek_err
failed(struct opened *o, const char *path, struct sek_why *why)
{

	if (o->steps < 0)
		return (sek_why(why, SEK_ERR_STORE_DAMAGED, "%s: damaged (it "
		    "has no end)", path));
	return (sek_bundle_error(o->sq, path, why));
}

static enum sek_err
open_sqlite(struct opened *o, int fd, const char *path, struct sek_why *why)
{
	struct stat st;
	char uri[64];
	enum sek_err err;
	bool empty = false;

	if (fstat(fd, &st) != 0)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno)));
	(void)sek_text_format(uri, sizeof(uri),
	    "file:/proc/self/fd/%d?immutable=1", fd);
	if (sqlite3_open_v2(uri, &o->sq, SQLITE_OPEN_READONLY |
	    SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
	    NULL) != SQLITE_OK)
		return (o->sq == NULL ? SEK_ERR_NOMEM :
		    sek_bundle_error(o->sq, path, why));
	o->steps = (int64_t)st.st_size + 1000000;
	sqlite3_progress_handler(o->sq, STEPS, count_steps, o);
	sek_bundle_guard(o->sq);
	err = sek_bundle_schema(o->sq, path, &empty, why);
	if (err == SEK_OK && empty)
		err = sek_why(why, SEK_ERR_SYNTAX, "%s: not an export of "
		    "records", path);
	return (o->steps < 0 ? sek_why(why, SEK_ERR_SYNTAX, "%s: not an "
	    "export of records", path) : err);
}

/* By the open descriptor, so that no character of the name means anything.
 * *kind WHOLE: o->sq is open, and its tables are ours. */
static enum sek_err
open_read(struct opened *o, enum sek_bundle_kind *kind, const char *path,
    struct sek_why *why)
{
	enum sek_err err;
	int fd;

	memset(o, 0, sizeof(*o));
	if ((err = open_fd(&fd, path, why)) != SEK_OK)
		return (err);
	if ((*kind = sek_bundle_kind(fd)) != SEK_BUNDLE_WHOLE) {
		(void)close(fd);
		return (*kind != SEK_BUNDLE_OTHER ? SEK_OK : sek_why(why,
		    SEK_ERR_SYNTAX, "%s: not an export of records", path));
	}
	err = open_sqlite(o, fd, path, why);
	(void)close(fd);
	if (err != SEK_OK) {
		(void)sqlite3_close(o->sq);
		o->sq = NULL;
	}
	return (err);
}

struct look {
	struct opened		 o;
	const char		*path;
	struct sek_why		*why;
	struct sek_chain	 c;
	struct sek_manifest	*m;
	uint8_t			 digest[SEK_HASH_LEN];
	uint64_t		 upto;		/* hash of the newest, not */
	uint8_t			*hash;		/* above this, here; or NULL */
	sek_bundle_progress	 progress;
	void			*arg;
};

/* What the engine could not read is an answer: the file does not hold. */
static enum sek_err
unreadable(struct look *k, uint64_t seq)
{
	enum sek_err err = failed(&k->o, k->path, k->why);

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

	if (sqlite3_prepare_v2(k->o.sq, "SELECT number,seq,body,signature "
	    "FROM seal ORDER BY number", -1, &st, NULL) != SQLITE_OK)
		return (unreadable(k, k->m->first));
	while (err == SEK_OK && k->c.seal_cause == NULL &&
	    (rc = sqlite3_step(st)) == SQLITE_ROW) {
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
	if (k->hash != NULL && row.seq <= k->upto)
		memcpy(k->hash, row.hash, SEK_HASH_LEN);
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

	if (sqlite3_prepare_v2(k->o.sq, "SELECT seq,version,prev,hash,body "
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

	err = sek_bundle_read_manifest(k->o.sq, k->path, k->m, k->digest,
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
sek_bundle_verify_upto(const char *path, const uint8_t *noted, uint64_t upto,
    uint8_t hash[SEK_HASH_LEN], struct sek_verify *out,
    struct sek_manifest *m, sek_bundle_progress progress, void *arg,
    struct sek_why *why)
{
	struct look k = { .path = path, .why = why, .m = m, .upto = upto,
	    .hash = hash, .progress = progress, .arg = arg };
	enum sek_bundle_kind kind = SEK_BUNDLE_OTHER;
	enum sek_err err;

	memset(m, 0, sizeof(*m));
	sek_chain_begin(&k.c, out, noted);
	if ((err = sek_secret_init()) != SEK_OK ||
	    (err = open_read(&k.o, &kind, path, why)) != SEK_OK)
		return (err);
	if (kind != SEK_BUNDLE_WHOLE)
		sek_chain_bad(&k.c, 0, N_("unfinished: run the same export "
		    "again, on the terminal it is of"));
	else
		err = walk(&k);
	sek_chain_free(&k.c);
	(void)sqlite3_close(k.o.sq);
	return (err);
}

enum sek_err
sek_bundle_verify(const char *path, const uint8_t *noted,
    struct sek_verify *out, struct sek_manifest *m,
    sek_bundle_progress progress, void *arg, struct sek_why *why)
{

	return (sek_bundle_verify_upto(path, noted, 0, NULL, out, m, progress,
	    arg, why));
}

static enum sek_err
hand_out(struct opened *o, const struct sek_record_range *range,
    sek_record_fn fn, void *arg, const char *path, struct sek_why *why)
{
	struct sek_record_row *row = calloc(1, sizeof(*row));
	sqlite3_stmt *st = NULL;
	uint64_t last = 0;
	enum sek_err err = SEK_OK;
	int rc = SQLITE_DONE;

	if (row == NULL)
		return (SEK_ERR_NOMEM);
	if (sqlite3_prepare_v2(o->sq, "SELECT seq,version,prev,hash,body "
	    "FROM record WHERE seq>=?1 AND seq<=?2 ORDER BY seq", -1, &st,
	    NULL) == SQLITE_OK) {
		(void)sqlite3_bind_int64(st, 1, (int64_t)range->first);
		(void)sqlite3_bind_int64(st, 2, (int64_t)range->last);
	} else
		err = failed(o, path, why);
	while (err == SEK_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!sek_db_record_within(range, st))
			continue;
		/* A tree that is not in order would never end. */
		err = sek_db_record_row(row, st) && row->seq > last &&
		    row->seq >= range->first ? fn(arg, row) :
		    sek_why(why, SEK_ERR_STORE_DAMAGED, "%s: record %llu is "
		    "not as it was written", path,
		    (unsigned long long)row->seq);
		last = row->seq;
	}
	if (err == SEK_OK && rc != SQLITE_DONE)
		err = failed(o, path, why);
	(void)sqlite3_finalize(st);
	free(row);
	return (err);
}

enum sek_err
sek_bundle_records(const char *path, const struct sek_record_range *range,
    sek_record_fn fn, void *arg, struct sek_manifest *m, struct sek_why *why)
{
	enum sek_bundle_kind kind = SEK_BUNDLE_OTHER;
	struct opened o;
	enum sek_err err;

	if ((err = open_read(&o, &kind, path, why)) != SEK_OK)
		return (err);
	if (kind != SEK_BUNDLE_WHOLE)
		return (sek_why(why, SEK_ERR_REFUSED, "%s: an unfinished "
		    "export", path));
	if ((err = sek_bundle_read_manifest(o.sq, path, m, NULL, why)) ==
	    SEK_OK)
		err = hand_out(&o, range, fn, arg, path, why);
	(void)sqlite3_close(o.sq);
	return (err);
}
