/*
 * restore.c - take a backup back
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Where this machine's store can be read, the backup goes into it in one
 * transaction, under the key it has, so that logins under way go on; where
 * not, a store is made beside, under the key of the backup, and renamed.
 *
 * MUST: the file is copied to where nobody else writes, and examined there.
 * MUST: no code that may have been used opens after it, no state of an
 * authenticator or account is better than it was, no tally is.
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/chain.h"

#define SCRATCH		"/var/tmp/sekisho-restore-XXXXXX"
#define SCRATCH_ALL	"/var/tmp/sekisho-restore-??????"
#define COPY_BYTES	65536u
/* Steps of a time-based code that may have been used by now: a token may run
 * one ahead, and one more is taken. */
#define STEPS_AHEAD	2u

struct restore {
	const struct sek_restore_in	*in;
	struct sek_restored		*out;
	struct sek_why			*why;
	struct sek_store_config		 config;	/* of the store to be */
	struct sek_store_config		 file;		/* of the copy */
	struct sek_db			*src;		/* the backup */
	struct sek_db			*db;		/* the store */
	char				 folder[64];	/* scratch */
	int				 held;		/* its lock */
	bool				 later;		/* the store goes on
							 * from the backup */
	bool				 purged;	/* beyond its head */
	struct {
		char	(*id)[SEK_ID_MAX];
		size_t	 n;
		size_t	 room;
	}				 added;
};

/* ---- the file, where nobody else writes */

static enum sek_err
copy_bytes(int from, int to, const char *path, struct sek_why *why)
{
	char *buf = malloc(COPY_BYTES);
	enum sek_err err = SEK_OK;
	ssize_t n = 0, w;

	if (buf == NULL)
		return (SEK_ERR_NOMEM);
	while (err == SEK_OK && (n = read(from, buf, COPY_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		w = n < 0 ? -1 : write(to, buf, (size_t)n);
		if (n < 0 || w != n)
			err = sek_why(why, errno == ENOSPC ?
			    SEK_ERR_STORE_FULL : SEK_ERR_IO, "%s: %s (a copy "
			    "of it is made in /var/tmp)", path,
			    strerror(errno));
	}
	free(buf);
	return (err);
}

static void
empty_scratch(int fd)
{
	static const char *const names[] = { "backup", "backup-wal",
	    "backup-shm", "backup-journal" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlinkat(fd, names[i], 0);
}

/* What a killed one left: nobody holds its folder. */
static void
clear_scratch(void)
{
	glob_t g;
	size_t i;
	struct stat st;
	int fd;

	if (glob(SCRATCH_ALL, GLOB_NOSORT, NULL, &g) != 0)
		return;
	for (i = 0; i < g.gl_pathc; i++) {
		fd = open(g.gl_pathv[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
		if (fd < 0)
			continue;
		if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
		    (st.st_mode & 077) == 0 &&
		    flock(fd, LOCK_EX | LOCK_NB) == 0) {
			empty_scratch(fd);
			(void)rmdir(g.gl_pathv[i]);
		}
		(void)close(fd);
	}
	globfree(&g);
}

static enum sek_err
fetch(struct restore *r)
{
	const char *path = r->in->path;
	struct stat st;
	enum sek_err err;
	int from, to = -1;

	from = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (from < 0 || fstat(from, &st) != 0 || !S_ISREG(st.st_mode)) {
		err = sek_why(r->why, from < 0 && errno == ENOENT ?
		    SEK_ERR_NOT_FOUND : SEK_ERR_IO, "%s: %s", path,
		    from < 0 ? strerror(errno) : "is not a regular file");
		goto out;
	}
	clear_scratch();
	if (mkdtemp(r->folder) == NULL ||
	    (r->held = open(r->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) <
	    0 || flock(r->held, LOCK_EX | LOCK_NB) != 0) {
		err = sek_why(r->why, SEK_ERR_IO, "%s: %s", r->folder,
		    strerror(errno));
		r->folder[0] = '\0';
		goto out;
	}
	(void)sek_text_format(r->file.path, sizeof(r->file.path), "%s/backup",
	    r->folder);
	if ((to = open(r->file.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600)) < 0)
		err = sek_why(r->why, SEK_ERR_IO, "%s: %s", r->file.path,
		    strerror(errno));
	else
		err = copy_bytes(from, to, path, r->why);
	r->out->backup.bytes = (uint64_t)st.st_size;
out:
	if (to >= 0)
		(void)close(to);
	if (from >= 0)
		(void)close(from);
	return (err);
}

static void
forget(struct restore *r)
{

	sek_db_close(&r->src);
	if (r->held >= 0)
		empty_scratch(r->held);
	if (r->folder[0] != '\0')
		(void)rmdir(r->folder);
	if (r->held >= 0)
		(void)close(r->held);
	free(r->added.id);
}

/* ---- what is used up */

/*
 * exact: *a is the newest state there was; else anything may have been used
 * since the backup, up to now.
 */
static void
use_up(struct sek_authenticator *a, int64_t now, bool exact)
{
	uint64_t step;

	if (a->method == SEK_METHOD_TOTP && a->oath.period > 0) {
		step = (uint64_t)(now / SEK_SECOND) / a->oath.period + 1 +
		    (exact ? 0 : STEPS_AHEAD);
		if (a->oath.moving < step)
			a->oath.moving = step;
	} else if (a->method == SEK_METHOD_HOTP && !exact) {
		a->oath.resync = 0;
		a->oath.drift = SEK_HOTP_RESTORED;
	}
}

/* ---- into the store there is */

static void
tell(struct restore *r, enum sek_change c, const char *account,
    const struct sek_authenticator *a)
{

	if (r->in->change != NULL)
		r->in->change(r->in->arg, c, account, a);
}

/* Whose it is, in this database. */
static void
tell_authenticator(struct restore *r, struct sek_db *db, enum sek_change c,
    const struct sek_authenticator *a)
{
	char account[SEK_NAME_MAX] = "";
	sqlite3_stmt *st;

	if (sek_db_prepare(db, &st, "SELECT min(name) FROM account "
	    "WHERE person=?1") == SEK_OK) {
		sek_db_bind_text(st, 1, a->person);
		if (sek_db_step(db, st) == SEK_OK) {
			if (sqlite3_column_type(st, 0) == SQLITE_TEXT)
				(void)sek_text_copy(account, sizeof(account),
				    (const char *)sqlite3_column_text(st, 0));
			sek_db_done(st);
		}
	}
	tell(r, c, account, a);
}

/* The newest of both. */
static void
merge_authenticator(struct sek_authenticator_row *row,
    const struct sek_authenticator_row *here)
{
	struct sek_authenticator *a = &row->a;
	const struct sek_authenticator *b = &here->a;

	if (b->state != SEK_AUTHENTICATOR_ACTIVE)
		a->state = b->state;
	if (b->failures > a->failures)
		a->failures = b->failures;
	if (b->last_used > a->last_used)
		a->last_used = b->last_used;
	if (b->oath.moving >= a->oath.moving) {
		a->oath.moving = b->oath.moving;
		a->oath.resync = b->oath.resync;
		a->oath.drift = b->oath.drift;
	} else {
		/* This cannot be of the same life: ask for two codes. */
		a->oath.resync = 0;
		if (a->method == SEK_METHOD_HOTP)
			a->oath.drift = SEK_HOTP_RESTORED;
	}
}

/* A counter is not lower than the one here, where both are of the same
 * credential. */
static enum sek_err
keep_counter(struct restore *r, struct sek_security_key_row *row)
{
	struct sek_security_key_row here;
	enum sek_err err;

	if (r->out->here != SEK_HERE_SAME)
		return (SEK_OK);
	err = sek_db_security_key(r->db, &here, row->person, row->id);
	r->db->bad.table = NULL;
	if (err == SEK_OK && here.public_key.len == row->public_key.len &&
	    memcmp(here.public_key.data, row->public_key.data,
	    row->public_key.len) == 0 &&
	    here.brief.counter > row->brief.counter)
		row->brief.counter = here.brief.counter;
	return (err == SEK_ERR_TAMPERED ? SEK_OK : err);
}

/* Nor are there fewer mismatches than here. */
static enum sek_err
keep_mismatches(struct restore *r, struct sek_biometric_row *row)
{
	struct sek_biometric_row here;
	enum sek_err err;

	if (r->out->here != SEK_HERE_SAME)
		return (SEK_OK);
	err = sek_db_beside(r->db, &here, sek_beside_of(
	    SEK_METHOD_FINGERPRINT), row->person, row->id);
	r->db->bad.table = NULL;
	if (err == SEK_OK && here.missed >= row->missed) {
		row->missed = here.missed;
		row->at = here.at;
	}
	return (err == SEK_ERR_TAMPERED ? SEK_OK : err);
}

/* What lies beside it, of the backup. */
static enum sek_err
put_beside(struct restore *r, const struct sek_authenticator *a)
{
	const struct sek_beside *b = sek_beside_of((enum sek_method)a->method);
	union sek_beside_row row;
	enum sek_err err;

	if (b == NULL)
		return (SEK_OK);
	if ((err = sek_db_needs_minor(r->db, b->minor)) != SEK_OK)
		return (err);
	if (a->state == SEK_AUTHENTICATOR_REMOVED)
		return (sek_db_beside_drop(r->db, a));
	if ((err = sek_db_beside(r->src, &row, b, a->person, a->id)) !=
	    SEK_OK || (a->method == SEK_METHOD_FIDO2 &&
	    (err = keep_counter(r, &row.security_key)) != SEK_OK) ||
	    (sek_biometric_is_method((enum sek_method)a->method) &&
	    (err = keep_mismatches(r, &row.biometric)) != SEK_OK) ||
	    (err = sek_db_beside_drop(r->db, a)) != SEK_OK)
		return (err);
	return (sek_row_insert(r->db, b->table, &row));
}

static enum sek_err
put_authenticator(struct restore *r, struct sek_authenticator_row *row)
{
	enum sek_err err;

	if ((err = sek_authenticator_reseal(row, &r->src->keys, &r->db->keys))
	    != SEK_OK ||
	    (err = sek_db_exec_text(r->db, "DELETE FROM authenticator "
	    "WHERE id=?1", row->a.id)) != SEK_OK ||
	    (err = put_beside(r, &row->a)) != SEK_OK)
		return (err);
	return (sek_row_insert(r->db, &sek_table_authenticator, row));
}

static enum sek_err
take_authenticator(void *arg, void *row_)
{
	struct restore *r = arg;
	struct sek_authenticator_row *row = row_, *here;
	struct sek_db *db = r->db;
	bool exact = false;
	enum sek_err err;

	if ((here = calloc(1, sizeof(*here))) == NULL)
		return (SEK_ERR_NOMEM);
	err = r->out->here == SEK_HERE_SAME ?
	    sek_db_authenticator(db, here, row->a.id) : SEK_ERR_NOT_FOUND;
	if (err == SEK_OK && strcmp(here->a.person, row->a.person) == 0) {
		exact = r->later;
		if (here->a.state != row->a.state)
			tell_authenticator(r, db, SEK_CHANGE_STATE, &here->a);
		if (here->a.state == SEK_AUTHENTICATOR_REMOVED)
			goto out;
		merge_authenticator(row, here);
	} else if (err != SEK_OK && err != SEK_ERR_NOT_FOUND &&
	    err != SEK_ERR_TAMPERED)
		goto out;
	else if (r->out->here == SEK_HERE_SAME)
		tell_authenticator(r, r->src, SEK_CHANGE_BACK, &row->a);
	db->bad.table = NULL;
	use_up(&row->a, db->now.wall, exact);
	err = put_authenticator(r, row);
out:
	free(here);
	return (err);
}

/* Enrolled since the backup? */
static enum sek_err
look_for_added(void *arg, void *row_)
{
	struct restore *r = arg;
	const struct sek_authenticator_row *row = row_;
	struct sek_authenticator_row *there;
	enum sek_err err;
	void *more;

	if (row->a.state == SEK_AUTHENTICATOR_REMOVED)
		return (SEK_OK);
	if ((there = calloc(1, sizeof(*there))) == NULL)
		return (SEK_ERR_NOMEM);
	err = sek_db_authenticator(r->src, there, row->a.id);
	free(there);
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	tell_authenticator(r, r->db, SEK_CHANGE_ADDED, &row->a);
	if (r->added.n == r->added.room) {
		r->added.room = r->added.room * 2 + 64;
		more = realloc(r->added.id, r->added.room *
		    sizeof(*r->added.id));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		r->added.id = more;
	}
	return (sek_text_copy(r->added.id[r->added.n++], SEK_ID_MAX,
	    row->a.id));
}

/* They stay known, and open nothing. */
static enum sek_err
remove_added(struct restore *r)
{
	struct sek_authenticator_row *row;
	enum sek_err err = SEK_OK;
	size_t i;

	if ((row = calloc(1, sizeof(*row))) == NULL)
		return (SEK_ERR_NOMEM);
	for (i = 0; i < r->added.n && err == SEK_OK; i++) {
		if ((err = sek_db_authenticator(r->db, row, r->added.id[i])) !=
		    SEK_OK)
			break;
		row->a.state = SEK_AUTHENTICATOR_REMOVED;
		row->secret.len = 0;
		if ((err = sek_row_update(r->db, &sek_table_authenticator,
		    row)) == SEK_OK)
			err = sek_db_beside_drop(r->db, &row->a);
	}
	free(row);
	return (err);
}

/* Whose it is now, and what it counts as: who had it before it was given to
 * another does not get it back. */
static void
keep_owner(struct restore *r, struct sek_account *a,
    const struct sek_account *here)
{

	a->privileged |= here->privileged;
	if (!r->later || (strcmp(a->person, here->person) == 0 &&
	    a->uid == here->uid && a->shared == here->shared))
		return;
	memcpy(a->person, here->person, sizeof(a->person));
	a->uid = here->uid;
	a->shared = here->shared;
	tell(r, SEK_CHANGE_STATE, a->name, NULL);
}

static enum sek_err
take_account(void *arg, void *row)
{
	struct restore *r = arg;
	struct sek_account *a = row, here;
	enum sek_err err;

	err = r->out->here == SEK_HERE_SAME ?
	    sek_db_account(r->db, &here, a->name) : SEK_ERR_NOT_FOUND;
	if (err == SEK_OK) {
		keep_owner(r, a, &here);
		if (here.state != SEK_ACCOUNT_ACTIVE) {
			if (a->state != here.state)
				tell(r, SEK_CHANGE_SUSPENDED, a->name, NULL);
			a->state = here.state;
			a->suspended_until = here.suspended_until;
			memcpy(a->reason, here.reason, sizeof(a->reason));
		}
		if (here.failures_since > a->failures_since)
			a->failures_since = here.failures_since;
		if (here.last_login > a->last_login) {
			a->last_login = here.last_login;
			a->last_logout = here.last_logout;
			memcpy(a->last_tty, here.last_tty,
			    sizeof(a->last_tty));
			memcpy(a->last_rhost, here.last_rhost,
			    sizeof(a->last_rhost));
			memcpy(a->last_service, here.last_service,
			    sizeof(a->last_service));
		}
	} else if (err != SEK_ERR_NOT_FOUND && err != SEK_ERR_TAMPERED)
		return (err);
	r->db->bad.table = NULL;
	if ((err = sek_db_exec_text(r->db, "DELETE FROM account WHERE name=?1",
	    a->name)) != SEK_OK)
		return (err);
	return (sek_row_insert(r->db, &sek_table_account, a));
}

static enum sek_err
take_person(void *arg, void *row)
{
	struct restore *r = arg;
	struct sek_person *p = row, here;
	enum sek_err err;

	err = r->out->here == SEK_HERE_SAME ?
	    sek_db_person(r->db, &here, p->id) : SEK_ERR_NOT_FOUND;
	if (err == SEK_OK) {
		if (here.state != SEK_ACCOUNT_ACTIVE)
			p->state = here.state;
		if (here.from > p->from)
			p->from = here.from;
		if (here.to != 0 && (p->to == 0 || here.to < p->to))
			p->to = here.to;
		if (here.contractor)
			p->contractor = here.contractor;
	} else if (err != SEK_ERR_NOT_FOUND && err != SEK_ERR_TAMPERED)
		return (err);
	r->db->bad.table = NULL;
	if ((err = sek_db_exec_text(r->db, "DELETE FROM person WHERE id=?1",
	    p->id)) != SEK_OK)
		return (err);
	return (sek_row_insert(r->db, &sek_table_person, p));
}

/* Of an account that is here, and is no member of it any more? */
static enum sek_err
has_left(struct restore *r, const struct sek_member_row *m, bool *yes)
{
	struct sek_account here;
	struct sek_member_row there;
	enum sek_err err;

	*yes = false;
	if (!r->later)
		return (SEK_OK);
	if ((err = sek_db_account(r->db, &here, m->account)) == SEK_OK) {
		err = sek_row_find(r->db, &sek_table_member, &there, "SELECT "
		    SEK_MEMBER_COLUMNS " FROM member WHERE account=?1 AND "
		    "person=?2", m->account, m->person);
		*yes = err == SEK_ERR_NOT_FOUND;
	}
	r->db->bad.table = NULL;
	return (err == SEK_ERR_NOT_FOUND || err == SEK_ERR_TAMPERED ? SEK_OK :
	    err);
}

static enum sek_err
take_member(void *arg, void *row)
{
	struct restore *r = arg;
	const struct sek_member_row *m = row;
	sqlite3_stmt *st;
	enum sek_err err;
	bool left;

	if ((err = has_left(r, m, &left)) != SEK_OK)
		return (err);
	if (left) {
		tell(r, SEK_CHANGE_STATE, m->account, NULL);
		return (SEK_OK);
	}
	if ((err = sek_db_prepare(r->db, &st, "DELETE FROM member WHERE "
	    "account=?1 AND person=?2")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, m->account);
	sek_db_bind_text(st, 2, m->person);
	if ((err = sek_db_step(r->db, st)) != SEK_ERR_NOT_FOUND)
		return (err);
	return (sek_row_insert(r->db, &sek_table_member, m));
}

/* The later one of both. */
static enum sek_err
take_mark(void *arg, void *row)
{
	struct restore *r = arg;
	const struct sek_mark *m = row;
	struct sek_mark here;
	enum sek_err err;

	if ((err = sek_db_mark(r->db, m->name, &here)) == SEK_OK &&
	    here.wall >= m->wall)
		return (SEK_OK);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND &&
	    err != SEK_ERR_TAMPERED)
		return (err);
	r->db->bad.table = NULL;
	return (sek_db_mark_set(r->db, m->name, m->text, m->wall));
}

static bool
is_live(const struct sek_approval *a)
{

	return (a->state == SEK_APPROVAL_ASKED ||
	    a->state == SEK_APPROVAL_GIVEN);
}

static void
end_now(const struct restore *r, struct sek_approval *a)
{

	a->state = SEK_APPROVAL_ENDED;
	a->ended.at = r->db->now.wall;
	/* The report of an envelope may have been written before its end. */
	if (a->ended.note[0] == '\0') {
		a->ended.uid = UINT32_MAX;
		a->ended.audit_session = UINT32_MAX;
	}
}

/* A report that was written stays written, whichever side has it. */
static bool
is_reported(const struct sek_approval *a)
{

	return (a->kind == SEK_APPROVAL_BREAK_GLASS &&
	    a->ended.note[0] != '\0');
}

/*
 * What is here is what became of it: only what the backup knows as decided
 * for good goes before what is still live here. What is not here may have
 * been refused or revoked since: it comes back as ended.
 */
static enum sek_err
take_request(void *arg, void *row_)
{
	struct restore *r = arg;
	struct sek_request_row *row = row_, *here = &r->db->request;
	enum sek_err err;

	if ((err = sek_db_needs_minor(r->db, 2)) != SEK_OK)
		return (err);
	err = r->out->here == SEK_HERE_SAME ?
	    sek_db_request(r->db, row->a.id) : SEK_ERR_NOT_FOUND;
	r->db->bad.table = NULL;
	if (err == SEK_OK) {
		if (is_reported(&here->a) || (!is_reported(&row->a) &&
		    (r->later || !is_live(&here->a) || is_live(&row->a))))
			return (SEK_OK);
		row->number = here->number;
		/* Its key is what the row is found by. */
		if (strcmp(row->a.key, here->a.key) == 0)
			return (sek_db_request_write(r->db, row, false));
	} else if (err != SEK_ERR_NOT_FOUND && err != SEK_ERR_TAMPERED)
		return (err);
	if (is_live(&row->a))
		end_now(r, &row->a);
	if ((err = sek_db_exec_text(r->db, "DELETE FROM request WHERE id=?1",
	    row->a.id)) != SEK_OK)
		return (err);
	return (sek_db_request_write(r->db, row, true));
}

static enum sek_err
record_ended(void *arg, void *row_)
{
	struct restore *r = arg;
	const struct sek_request_row *row = row_;

	if (row->a.state != SEK_APPROVAL_ENDED ||
	    row->a.ended.at != r->db->now.wall)
		return (SEK_OK);
	return (sek_db_request_record(r->db, SEK_EVENT_APPROVAL_ENDED,
	    &row->a, NULL, "by a restore: what became of it since the backup "
	    "is not known"));
}

/* ---- records */

static bool
column_is(sqlite3_stmt *st, int i, const uint8_t *hash)
{

	return (sqlite3_column_bytes(st, i) == SEK_HASH_LEN &&
	    memcmp(sqlite3_column_blob(st, i), hash, SEK_HASH_LEN) == 0);
}

/*
 * Records of the store behind *seq, whose hash is in `hash`, as far as each
 * fits the one before: *seq and hash are those of the last that does.
 */
static enum sek_err
walk(struct restore *r, int64_t *seq, uint8_t hash[SEK_HASH_LEN],
    int64_t last)
{
	uint8_t next[SEK_HASH_LEN];
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(r->db, &st, "SELECT seq,version,prev,hash,"
	    "body FROM record WHERE seq>?1 AND seq<=?2 ORDER BY seq")) !=
	    SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, *seq);
	(void)sqlite3_bind_int64(st, 2, last);
	while ((err = sek_db_step(r->db, st)) == SEK_OK) {
		if (sqlite3_column_int64(st, 0) != *seq + 1 ||
		    sqlite3_column_int64(st, 1) != SEK_RECORD_VERSION ||
		    sqlite3_column_type(st, 4) != SQLITE_TEXT ||
		    !column_is(st, 2, hash))
			break;
		sek_chain_hash(next, SEK_RECORD_VERSION,
		    (uint64_t)*seq + 1, hash, sqlite3_column_blob(st, 4),
		    (size_t)sqlite3_column_bytes(st, 4));
		if (!column_is(st, 3, next))
			break;
		memcpy(hash, next, sizeof(next));
		(*seq)++;
		if (r->in->progress != NULL && *seq % 1024 == 0)
			r->in->progress(r->in->arg, (uint64_t)*seq,
			    (uint64_t)last);
	}
	if (err == SEK_OK)
		sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Does the store's chain go on from the backup's head? */
static enum sek_err
extends(struct restore *r, bool *yes)
{
	const struct sek_meta_row *b = &r->src->meta, *m = &r->db->meta;
	sqlite3_stmt *st;
	enum sek_err err;

	*yes = false;
	if (r->out->here != SEK_HERE_SAME || m->seq < b->seq)
		return (SEK_OK);
	if (m->seq == b->seq) {
		*yes = memcmp(m->hash, b->hash, SEK_HASH_LEN) == 0;
		return (SEK_OK);
	}
	if ((err = sek_db_prepare(r->db, &st, "SELECT prev FROM record "
	    "WHERE seq=?1")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, b->seq + 1);
	if ((err = sek_db_step(r->db, st)) == SEK_OK) {
		*yes = column_is(st, 0, b->hash);
		sek_db_done(st);
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
first_of(struct sek_db *db, int64_t *first)
{

	*first = 0;
	return (sek_db_number(db, first, "SELECT min(seq) FROM record"));
}

/* Up to the backup's head: whole here, or the backup's own. */
static enum sek_err
mend_before(struct restore *r)
{
	uint8_t hash[SEK_HASH_LEN] = { 0 };
	int64_t first, seq = 0;
	enum sek_err err;

	if ((err = first_of(r->db, &first)) != SEK_OK)
		return (err);
	if (first == 1 && (err = walk(r, &seq, hash, r->src->meta.seq)) ==
	    SEK_OK && seq == r->src->meta.seq &&
	    memcmp(hash, r->src->meta.hash, sizeof(hash)) == 0)
		return (SEK_OK);
	/* After a purge the chain begins later, and is its own witness. */
	if (err != SEK_OK || first > 1)
		return (err);
	if (sqlite3_exec(r->db->sq, "DELETE FROM record WHERE seq<="
	    "(SELECT seq FROM b.backup);INSERT INTO record "
	    "SELECT seq,version,prev,hash,body FROM b.record", NULL, NULL,
	    NULL) != SQLITE_OK)
		return (sek_db_error(r->db));
	return (SEK_OK);
}

/* What followed the backup, as far as it holds. */
static enum sek_err
keep_after(struct restore *r)
{
	struct sek_meta_row *m = &r->db->meta;
	uint8_t hash[SEK_HASH_LEN];
	int64_t seq = r->src->meta.seq, head = m->seq;
	sqlite3_stmt *st;
	enum sek_err err;

	memcpy(hash, r->src->meta.hash, sizeof(hash));
	if ((err = walk(r, &seq, hash, head)) != SEK_OK)
		return (err);
	r->out->kept = (uint64_t)(seq - r->src->meta.seq);
	r->out->cut = (uint64_t)(head - seq);
	if (seq == head && memcmp(hash, m->hash, sizeof(hash)) == 0)
		return (SEK_OK);
	if ((err = sek_db_prepare(r->db, &st, "DELETE FROM record "
	    "WHERE seq>?1")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, seq);
	if ((err = sek_db_step(r->db, st)) != SEK_ERR_NOT_FOUND)
		return (err);
	m->seq = seq;
	memcpy(m->hash, hash, sizeof(hash));
	return (SEK_OK);
}

static const char copy_records[] =
    "DELETE FROM record;INSERT INTO record "
    "SELECT seq,version,prev,hash,body FROM b.record";
static const char drop_seals[] = "DELETE FROM seal;DELETE FROM anchor";
static const char copy_seals[] =
    "INSERT INTO seal SELECT number,seq,body,signature FROM b.seal";

static enum sek_err
exec(struct sek_db *db, const char *sql)
{

	if (sqlite3_exec(db->sq, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error(db));
	return (SEK_OK);
}

static enum sek_err
take_anchor(void *arg, void *row)
{
	struct restore *r = arg;

	return (sek_row_insert(r->db, &sek_table_anchor, row));
}

/* The backup's chain in place of another. */
static enum sek_err
take_records(struct restore *r)
{
	struct sek_meta_row *m = &r->db->meta;
	enum sek_err err;

	r->out->cut = (uint64_t)(r->out->here == SEK_HERE_SAME &&
	    m->seq > r->src->meta.seq ? m->seq - r->src->meta.seq : 0);
	if ((err = exec(r->db, copy_records)) != SEK_OK)
		return (err);
	m->seq = r->src->meta.seq;
	memcpy(m->hash, r->src->meta.hash, sizeof(m->hash));
	if (sek_db_needs_minor(r->db, 1) != SEK_OK)
		return (SEK_OK);
	if ((err = exec(r->db, drop_seals)) != SEK_OK ||
	    sek_db_needs_minor(r->src, 1) != SEK_OK)
		return (err);
	if ((err = exec(r->db, copy_seals)) == SEK_OK)
		err = sek_db_each(r->src, &sek_table_anchor, take_anchor, r,
		    NULL);
	return (err);
}

/* Is what is here what became of what was backed up? */
static enum sek_err
compare(struct restore *r)
{
	struct sek_anchor_row anchor;
	enum sek_err err;

	if ((err = sek_db_anchor(r->db, &anchor)) != SEK_OK)
		return (err);
	/* Purged since, beyond the backup's head: it is its own witness. */
	r->purged = r->out->here == SEK_HERE_SAME &&
	    anchor.seq > r->src->meta.seq;
	r->later = r->purged;
	return (r->purged ? SEK_OK : extends(r, &r->later));
}

static enum sek_err
records(struct restore *r)
{
	enum sek_err err;

	if (r->purged) {
		r->out->kept = (uint64_t)(r->db->meta.seq - r->src->meta.seq);
		return (SEK_OK);
	}
	if (!r->later)
		return (take_records(r));
	if ((err = mend_before(r)) == SEK_OK)
		err = keep_after(r);
	return (err);
}

/* ---- one transaction */

/* When what last happened: of a store that went on, its own. */
static enum sek_err
take_marks(struct restore *r)
{
	enum sek_err err = SEK_OK;

	if (r->later || sek_db_needs_minor(r->db, 1) != SEK_OK)
		return (SEK_OK);
	if (r->out->here != SEK_HERE_SAME)
		err = exec(r->db, "DELETE FROM mark");
	if (err == SEK_OK && sek_db_needs_minor(r->src, 1) == SEK_OK)
		err = sek_db_each(r->src, &sek_table_mark, take_mark, r, NULL);
	return (err);
}

static enum sek_err
take_requests(struct restore *r)
{

	if (sek_db_needs_minor(r->src, 2) != SEK_OK)
		return (SEK_OK);
	return (sek_db_each(r->src, &sek_table_request, take_request, r,
	    NULL));
}

/* What was live here may have been used under what is undone now: none goes
 * on, and who needs one asks anew. */
static enum sek_err
end_ticket(void *arg, void *row_)
{
	struct restore *r = arg;
	struct sek_request_row *row = row_;

	if (row->a.kind != SEK_APPROVAL_TICKET || !is_live(&row->a))
		return (SEK_OK);
	end_now(r, &row->a);
	return (sek_db_request_write(r->db, row, false));
}

static enum sek_err
end_tickets(struct restore *r)
{
	uint64_t bad = 0;
	enum sek_err err;

	if (!sek_db_has_tickets(r->db))
		return (SEK_OK);
	if ((err = sek_db_each(r->db, &sek_table_request, end_ticket, r,
	    &bad)) != SEK_OK)
		return (err);
	return (sek_db_exec(r->db, "DELETE FROM ticket"));
}

static enum sek_err
take_rows(struct restore *r)
{
	static const struct {
		const struct sek_table	*table;
		sek_row_fn		 fn;
	} take[] = {
		/* Before the accounts: those here tell of members that left. */
		{ &sek_table_member, take_member },
		{ &sek_table_account, take_account },
		{ &sek_table_person, take_person },
		{ &sek_table_authenticator, take_authenticator },
	};
	struct sek_carry carry = { .src = r->src, .dst = r->db };
	const struct sek_beside *const *b;
	enum sek_err err = SEK_OK;
	uint64_t bad = 0;
	size_t i;

	if (r->out->here == SEK_HERE_SAME)
		err = sek_db_each(r->db, &sek_table_authenticator,
		    look_for_added, r, &bad);
	else
		err = exec(r->db, "DELETE FROM account;DELETE FROM person;"
		    "DELETE FROM member;DELETE FROM authenticator;"
		    "DELETE FROM session");
	if (err == SEK_OK && r->out->here != SEK_HERE_SAME &&
	    sek_db_has_requests(r->db))
		err = exec(r->db, "DELETE FROM request");
	if (err == SEK_OK && r->out->here != SEK_HERE_SAME &&
	    sek_db_has_tickets(r->db))
		err = exec(r->db, "DELETE FROM ticket");
	for (b = sek_besides; *b != NULL && err == SEK_OK &&
	    r->out->here != SEK_HERE_SAME; b++)
		if (sek_db_has(r->db, *b))
			err = exec(r->db, (*b)->clear);
	for (i = 0; i < sizeof(take) / sizeof(take[0]) && err == SEK_OK; i++)
		err = sek_db_each(r->src, take[i].table, take[i].fn, r, NULL);
	if (err == SEK_OK)
		err = sek_db_passwords_restore(r->src, r->db,
		    r->out->here == SEK_HERE_SAME);
	if (err == SEK_OK)
		err = take_requests(r);
	if (err == SEK_OK)
		err = end_tickets(r);
	if (err == SEK_OK)
		err = remove_added(r);
	if (err == SEK_OK)
		err = take_marks(r);
	if (err == SEK_OK)
		err = exec(r->db, "DELETE FROM admission");
	/* Those there are stay; what another store had is told by names. */
	carry.callers = r->out->here != SEK_HERE_SAME;
	carry.newest = !r->later;
	return (err == SEK_OK ? sek_db_carry_tallies(&carry) : err);
}

static enum sek_err
finish(struct restore *r)
{
	struct sek_meta_row *m = &r->db->meta;
	const struct sek_meta_row *b = &r->src->meta;
	struct sek_record rec;
	enum sek_err err;

	m->epoch = (m->epoch > b->epoch ? m->epoch : b->epoch) + 1;
	if (b->wall > m->wall)
		m->wall = b->wall;
	m->created = b->created;
	memcpy(m->terminal, b->terminal, sizeof(m->terminal));
	memcpy(m->machine, r->db->machine, sizeof(m->machine));
	r->db->meta_dirty = true;
	r->out->epoch = (uint64_t)m->epoch;
	sek_db_record_actor(&rec, r->in->actor, SEK_EVENT_STORE_RESTORE);
	(void)sek_text_format(rec.detail, sizeof(rec.detail), "epoch %lld, "
	    "backup of record %lld", (long long)m->epoch, (long long)b->seq);
	if ((err = sek_db_append(r->db, &rec)) == SEK_OK &&
	    sek_db_needs_minor(r->db, 1) == SEK_OK)
		err = sek_db_mark_set(r->db, "restore", r->in->path, 0);
	if (err == SEK_OK && sek_db_has_requests(r->db))
		err = sek_db_each(r->db, &sek_table_request, record_ended, r,
		    NULL);
	return (err);
}

static enum sek_err
attach(struct restore *r, struct sek_db *db)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(db->sq, "ATTACH ?1 AS b", -1, &st, NULL);
	if (rc == SQLITE_OK) {
		sek_db_bind_text(st, 1, r->file.path);
		rc = sqlite3_step(st) == SQLITE_DONE ? SQLITE_OK :
		    SQLITE_ERROR;
	}
	(void)sqlite3_finalize(st);
	return (rc == SQLITE_OK ? SEK_OK : sek_db_error(db));
}

static enum sek_err
merge(struct restore *r)
{
	enum sek_err err;

	if ((err = sek_db_coalesce_close(r->db, true)) != SEK_OK ||
	    (err = compare(r)) != SEK_OK ||
	    (err = take_rows(r)) != SEK_OK ||
	    (err = records(r)) != SEK_OK)
		return (err);
	if ((err = finish(r)) == SEK_OK && r->in->check)
		r->db->undo = true;
	return (err);
}

/* Not later than the backup? Then what was used up cannot be told. */
static enum sek_err
check_clock(struct restore *r, int64_t now)
{
	int64_t step = r->config.clock_step;

	if (step >= INT64_MAX / SEK_SECOND ||
	    now >= r->src->meta.wall - step * SEK_SECOND)
		return (SEK_OK);
	return (sek_why(r->why, SEK_ERR_CLOCK, "the clock of this machine is "
	    "behind the last record of the backup: set the time, then run "
	    "this again"));
}

static enum sek_err
into_store(struct restore *r)
{
	struct sek_db *db = r->db;
	enum sek_err err;

	if (!r->in->check && (err = sek_db_keep(db, "restore", r->out->saved,
	    sizeof(r->out->saved), NULL)) != SEK_OK)
		return (err);
	if ((err = attach(r, db)) != SEK_OK ||
	    (err = sek_db_begin(db, true)) != SEK_OK)
		return (err);
	if ((err = check_clock(r, db->now.wall)) == SEK_OK)
		err = merge(r);
	err = sek_db_end(db, err);
	if (err == SEK_OK && !r->in->check)
		sek_db_refill(db, true);
	return (err);
}

/* ---- a store of its own, where there is none that can be read */

static enum sek_err
update_used(void *arg, void *row_)
{
	struct restore *r = arg;
	struct sek_authenticator_row *row = row_;

	use_up(&row->a, r->db->now.wall > r->src->meta.wall ?
	    r->db->now.wall : r->src->meta.wall, false);
	return (sek_row_update(r->db, &sek_table_authenticator, row));
}

/* Rows as they are: under the same key their checks hold here, too. */
static const char copy_rows[] =
    "INSERT INTO account SELECT name,person,data,mac FROM b.account;"
    "INSERT INTO person SELECT id,data,mac FROM b.person;"
    "INSERT INTO member SELECT account,person,data,mac FROM b.member;"
    "INSERT INTO authenticator SELECT person,id,state,data,mac "
    "FROM b.authenticator;"
    "INSERT INTO attempt SELECT key,kind,locked,used,data,mac "
    "FROM b.attempt;"
    "INSERT INTO record SELECT seq,version,prev,hash,body FROM b.record";
static const char copy_marks[] =
    "INSERT INTO mark SELECT name,data,mac FROM b.mark;"
    "INSERT INTO anchor SELECT id,data,mac FROM b.anchor;"
    "INSERT INTO seal SELECT number,seq,body,signature FROM b.seal";

static enum sek_err
copy_besides(struct restore *r)
{
	const struct sek_beside *const *b;
	enum sek_err err = SEK_OK;

	for (b = sek_besides; *b != NULL && err == SEK_OK; b++)
		if (sek_db_has(r->src, *b))
			err = exec(r->db, (*b)->copy);
	return (err);
}

static enum sek_err
fill(struct sek_db *db, void *arg)
{
	struct restore *r = arg;
	enum sek_err err;

	r->db = db;
	if ((err = sek_clock_now(&db->now)) != SEK_OK ||
	    (err = check_clock(r, db->now.wall)) != SEK_OK ||
	    (err = exec(db, copy_rows)) != SEK_OK ||
	    (sek_db_needs_minor(r->src, 1) == SEK_OK &&
	    (err = exec(db, copy_marks)) != SEK_OK) ||
	    (err = copy_besides(r)) != SEK_OK ||
	    (err = sek_db_passwords_copy(r->src, db)) != SEK_OK ||
	    (err = sek_db_each(r->src, &sek_table_authenticator, update_used,
	    r, NULL)) != SEK_OK ||
	    (err = take_requests(r)) != SEK_OK)
		return (err);
	db->meta = r->src->meta;
	db->meta.waiting = db->meta.waiting_sum = db->meta.due = 0;
	if ((err = sek_db_meta_insert(db)) != SEK_OK ||
	    (err = finish(r)) != SEK_OK)
		return (err);
	return (sek_row_update(db, &sek_table_meta, &db->meta));
}

static enum sek_err
make_new(struct restore *r, const char *new)
{
	struct sek_db *db = NULL;
	enum sek_err err;

	if ((err = sek_new_file(new, r->why)) != SEK_OK)
		return (err);
	if ((err = sek_db_create(&db, new, &r->config, &r->src->keys,
	    r->why)) == SEK_OK && (err = attach(r, db)) == SEK_OK)
		err = sek_new_fill(db, fill, r);
	r->db = NULL;
	if (db != NULL && err == SEK_OK)
		sek_db_journal(db);
	sek_db_close(&db);
	if (err == SEK_OK)
		sek_new_clear_log(new);
	return (err);
}

/* Its key, beside the one there is; *differs: it has to be put in place. */
static enum sek_err
lay_key(struct restore *r, bool *differs)
{
	char folder[SEK_PATH_MAX], next[SEK_PATH_MAX + 8];
	struct sek_keys k = SEK_KEYS_NONE;
	enum sek_err err;

	(void)sek_text_format(next, sizeof(next), "%s" SEK_KEY_NEXT,
	    r->config.key);
	if ((err = sek_file_folder(folder, sizeof(folder), r->config.key)) !=
	    SEK_OK ||
	    (err = sek_file_make_folder(folder, 0700, r->why)) != SEK_OK)
		return (err);
	sek_keys_destroy(next);
	*differs = sek_keys_load(&k, r->config.key, NULL) != SEK_OK ||
	    !sek_keys_equal(&k, &r->src->keys);
	sek_keys_free(&k);
	return (*differs ? sek_keys_save(&r->src->keys, next, r->why) :
	    SEK_OK);
}

/* Not put in place: nothing of it stays. */
static void
forget_new(struct restore *r, const char *new, bool differs)
{
	char next[SEK_PATH_MAX + 8];
	struct stat st;

	(void)sek_text_format(next, sizeof(next), "%s" SEK_KEY_NEXT,
	    r->config.key);
	if (differs)
		sek_keys_destroy(next);
	(void)unlink(new);
	if (lstat(r->config.path, &st) != 0)
		sek_new_clear(&r->config);
}

static enum sek_err
beside_store(struct restore *r)
{
	char new[SEK_PATH_MAX + 8];
	struct stat st;
	bool differs = false;
	enum sek_err err;
	int dir = -1;

	if ((err = sek_new_claim(&dir, &r->config, r->why)) != SEK_OK)
		goto out;
	(void)sek_text_format(new, sizeof(new), "%s.new", r->config.path);
	(void)unlink(new);
	sek_new_clear_log(new);
	if ((err = make_new(r, new)) == SEK_OK)
		err = lay_key(r, &differs);
	if (err == SEK_OK && lstat(r->config.path, &st) == 0)
		err = sek_kept_link(&r->config, r->out->saved,
		    sizeof(r->out->saved), r->why);
	if (err == SEK_OK &&
	    (err = sek_new_reserves(&r->config, r->why)) == SEK_OK &&
	    (err = sek_file_publish(new, r->config.path, true, r->why)) ==
	    SEK_OK && differs)
		err = sek_keys_put_in_place(&r->config, r->why);
	/* Its name is gone once it is the store: then its key stays. */
	if (err != SEK_OK && lstat(new, &st) == 0)
		forget_new(r, new, differs);
out:
	if (dir >= 0)
		(void)close(dir);
	return (err);
}

/* ---- which of the two */

/* What cannot be read is replaced; what only cannot be read now is not. */
static bool
is_unreadable(enum sek_err err)
{

	return (err == SEK_ERR_TAMPERED || err == SEK_ERR_STORE_DAMAGED ||
	    err == SEK_ERR_STORE || err == SEK_ERR_SYNTAX ||
	    err == SEK_ERR_RANGE || err == SEK_ERR_NOT_FOUND);
}

static enum sek_err
look_here(struct restore *r)
{
	struct sek_db *db = NULL;
	enum sek_err err;

	if ((err = sek_db_open(&db, r->config.path, &r->config, r->why)) ==
	    SEK_OK) {
		db->unbound = true;
		if ((err = sek_db_settle_keys(db)) == SEK_OK &&
		    (err = sek_db_begin(db, false)) == SEK_OK)
			err = sek_db_end(db, SEK_OK);
	}
	r->out->here = SEK_HERE_UNREADABLE;
	if (err == SEK_ERR_STORE_MISSING) {
		r->out->here = SEK_HERE_NOTHING;
		err = SEK_OK;
	} else if (is_unreadable(err)) {
		(void)sek_text_copy(r->out->here_why,
		    sizeof(r->out->here_why), r->why->text);
		err = SEK_OK;
	} else if (err == SEK_OK && sodium_memcmp(db->meta.machine,
	    db->machine, SEK_MAC_LEN) != 0)
		(void)sek_text_copy(r->out->here_why,
		    sizeof(r->out->here_why), "of another machine");
	else if (err == SEK_OK) {
		r->out->here = strcmp(db->meta.terminal,
		    r->src->meta.terminal) == 0 &&
		    db->meta.created == r->src->meta.created ?
		    SEK_HERE_SAME : SEK_HERE_OTHER;
		r->db = db;
		db = NULL;
	}
	sek_db_close(&db);
	return (err);
}

static bool
same_backup(const struct sek_backup_info *a, const struct sek_backup_info *b)
{

	return (a->made == b->made && a->created == b->created &&
	    a->epoch == b->epoch && a->records == b->records &&
	    a->bytes == b->bytes && strcmp(a->terminal, b->terminal) == 0);
}

/* What is wrong with the file is told of the file: the store here, of which
 * SQLite and row.c would speak, has nothing to do with it. */
static enum sek_err
open_file(struct restore *r)
{
	enum sek_err err;

	err = sek_backup_open(&r->src, &r->file, r->in->pass, &r->out->backup,
	    r->in->progress, r->in->arg, r->why);
	if (err == SEK_ERR_STORE_DAMAGED || err == SEK_ERR_TAMPERED)
		err = sek_why(r->why, SEK_ERR_REFUSED, "%s: is no whole "
		    "backup of a sekisho store, or was changed since; take "
		    "another one", r->in->path);
	return (err);
}

static enum sek_err
restore(struct restore *r)
{
	uint8_t machine[SEK_MAC_LEN];
	enum sek_err err;
	int lock = -1;

	if ((err = open_file(r)) != SEK_OK ||
	    (err = sek_db_machine(machine, &r->src->keys, r->why)) != SEK_OK)
		return (err);
	if (r->in->looked != NULL && !same_backup(r->in->looked,
	    &r->out->backup))
		return (sek_why(r->why, SEK_ERR_REFUSED, "%s: is another "
		    "backup than a moment ago: look who changed it",
		    r->in->path));
	r->out->machine = sodium_memcmp(machine, r->src->meta.machine,
	    SEK_MAC_LEN) == 0;
	(void)sek_text_copy(r->config.terminal, sizeof(r->config.terminal),
	    r->src->meta.terminal);
	/* Where there is no folder of keys, there is nobody to keep out. */
	err = sek_keys_lock(&lock, &r->config, r->why);
	if (err != SEK_OK && err != SEK_ERR_IO)
		return (err);
	if ((err = look_here(r)) == SEK_OK && r->db != NULL) {
		err = into_store(r);
		/* Found damaged only when it was read throughout. */
		if (err == SEK_ERR_STORE_DAMAGED) {
			(void)sek_text_copy(r->out->here_why,
			    sizeof(r->out->here_why), r->why->text);
			r->out->here = SEK_HERE_UNREADABLE;
			sek_db_close(&r->db);
			err = SEK_OK;
		}
	}
	if (err == SEK_OK && r->db == NULL) {
		r->out->epoch = r->out->backup.epoch + 1;
		if (!r->in->check)
			err = beside_store(r);
	}
	sek_db_close(&r->db);
	if (lock >= 0)
		(void)close(lock);
	return (err);
}

enum sek_err
sek_db_restore(const struct sek_store_config *config,
    const struct sek_restore_in *in, struct sek_restored *out,
    struct sek_why *why)
{
	struct restore *r;
	enum sek_err err;
	mode_t mask;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (SEK_ERR_NOMEM);
	r->in = in;
	r->out = out;
	r->why = why;
	r->held = -1;
	r->config = r->file = *config;
	r->file.path[0] = '\0';
	(void)sek_text_copy(r->folder, sizeof(r->folder), SCRATCH);
	mask = umask(077);
	if ((err = fetch(r)) == SEK_OK)
		err = restore(r);
	(void)umask(mask);
	forget(r);
	free(r);
	return (err);
}
