/*
 * backup.c - the store and its key, sealed by a passphrase, in one file
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A backup is a SQLite database: the tables of the store, and one row more,
 * which holds the store's key under a passphrase (Argon2id, then
 * XChaCha20-Poly1305 bound to the terminal and to this backup). The key of
 * the seals is never in it.
 *
 * MUST: a file that is taken back is untrusted: nothing of it is used before
 * its schema was found to be exactly ours, its pages sound, every row's check
 * held under the key it brings, and its chain whole.
 * MUST: numbers that cost memory or time are bounded before they are used.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/chain.h"
#include "sekisho/edge/message.h"

#define APPLICATION	0x53454b42	/* "SEKB" */
#define FORMAT		1
#define OPS_MAX		16
#define MEM_MAX		(INT64_C(1) << 30)
#define SEALED_LEN	(SEK_MASTER_LEN + SEK_SEAL_EXTRA)
#define AD_MAX		512u

static const char schema_backup[] =
"CREATE TABLE backup(id INTEGER PRIMARY KEY,format INTEGER,made INTEGER,"
"terminal TEXT,software TEXT,seq INTEGER,head BLOB,ops INTEGER,mem INTEGER,"
"salt BLOB,sealed BLOB)"
"STRICT";

struct sealed {
	int64_t		made;
	int64_t		seq;		/* head of the chain */
	int64_t		ops;
	int64_t		mem;
	char		terminal[64];
	char		software[32];
	uint8_t		hash[SEK_HASH_LEN];
	uint8_t		salt[crypto_pwhash_SALTBYTES];
	uint8_t		sealed[SEALED_LEN];
};

/* What the sealed key belongs to: this backup of this terminal. */
static enum sek_err
bound_to(char *dst, size_t size, const struct sealed *s)
{
	char hash[2 * SEK_HASH_LEN + 1];

	sek_text_hex(hash, s->hash, SEK_HASH_LEN);
	return (sek_text_format(dst, size, "sekisho backup %d\n%s\n%lld\n%s\n"
	    "%lld %lld\n%lld %s\n", FORMAT, s->terminal, (long long)s->made,
	    s->software, (long long)s->ops, (long long)s->mem,
	    (long long)s->seq, hash));
}

static enum sek_err
key_of(struct sek_secret *out, const struct sealed *s,
    const struct sek_secret *pass, struct sek_why *why)
{
	enum sek_err err;

	if ((err = sek_secret_new(out,
	    crypto_aead_xchacha20poly1305_ietf_KEYBYTES)) != SEK_OK)
		return (err);
	if (crypto_pwhash(out->data, out->len, (const char *)pass->data,
	    pass->len, s->salt, (unsigned long long)s->ops, (size_t)s->mem,
	    crypto_pwhash_ALG_ARGON2ID13) != 0) {
		sek_secret_free(out);
		return (sek_why(why, SEK_ERR_NOMEM, "%lld MiB of memory are "
		    "needed for the passphrase", (long long)(s->mem >> 20)));
	}
	return (SEK_OK);
}

static enum sek_err
seal_key(struct sealed *s, const struct sek_db *db,
    const struct sek_secret *pass)
{
	struct sek_secret k = SEK_SECRET_NONE;
	size_t n = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
	char ad[AD_MAX];
	enum sek_err err;

	s->made = db->now.wall;
	s->seq = db->meta.seq;
	memcpy(s->hash, db->meta.hash, sizeof(s->hash));
	s->ops = crypto_pwhash_OPSLIMIT_MODERATE;
	s->mem = crypto_pwhash_MEMLIMIT_MODERATE;
	(void)sek_text_copy(s->terminal, sizeof(s->terminal),
	    db->meta.terminal);
	(void)sek_text_copy(s->software, sizeof(s->software), PACKAGE_VERSION);
	randombytes_buf(s->salt, sizeof(s->salt));
	randombytes_buf(s->sealed, n);
	if ((err = bound_to(ad, sizeof(ad), s)) != SEK_OK ||
	    (err = key_of(&k, s, pass, db->why)) != SEK_OK)
		return (err);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(s->sealed + n, NULL,
	    db->keys.master.data, SEK_MASTER_LEN, (const unsigned char *)ad,
	    strlen(ad), NULL, s->sealed, k.data) != 0)
		err = SEK_ERR_CRYPTO;
	sek_secret_free(&k);
	return (err);
}

static enum sek_err
unseal_key(struct sek_db *db, const struct sealed *s,
    const struct sek_secret *pass)
{
	struct sek_secret k = SEK_SECRET_NONE, master = SEK_SECRET_NONE;
	size_t n = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
	char ad[AD_MAX];
	enum sek_err err;

	if ((err = sek_secret_new(&master, SEK_MASTER_LEN)) != SEK_OK ||
	    (err = bound_to(ad, sizeof(ad), s)) != SEK_OK ||
	    (err = key_of(&k, s, pass, db->why)) != SEK_OK)
		goto out;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(master.data, NULL, NULL,
	    s->sealed + n, SEALED_LEN - n, (const unsigned char *)ad,
	    strlen(ad), s->sealed, k.data) != 0)
		err = sek_why(db->why, SEK_ERR_REFUSED, "%s",
		    N_("the passphrase is not the one of this backup, or the "
		    "file was changed"));
	else
		err = sek_keys_derive(&db->keys, master.data);
out:
	sek_secret_free(&k);
	sek_secret_free(&master);
	return (err);
}

static enum sek_err
put_sealed(const char *path, const struct sealed *s, bool tickets,
    struct sek_why *why)
{
	sqlite3 *sq = NULL;
	sqlite3_stmt *st = NULL;
	char version[64];
	enum sek_err err = SEK_OK;

	(void)snprintf(version, sizeof(version), "PRAGMA application_id=%d",
	    APPLICATION);
	if (sqlite3_open_v2(path, &sq, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL) !=
	    SQLITE_OK ||
	    sqlite3_exec(sq, "PRAGMA journal_mode=MEMORY;"
	    "PRAGMA synchronous=OFF", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(sq, version, NULL, NULL, NULL) != SQLITE_OK ||
	    /* A code that came back might have been used since. */
	    (tickets && sqlite3_exec(sq, "PRAGMA secure_delete=1;"
	    "DELETE FROM ticket", NULL, NULL, NULL) != SQLITE_OK) ||
	    sqlite3_exec(sq, schema_backup, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(sq, "INSERT INTO backup VALUES(1,?,?,?,?,?,?,"
	    "?,?,?,?)", -1, &st, NULL) != SQLITE_OK)
		goto bad;
	(void)sqlite3_bind_int64(st, 1, FORMAT);
	(void)sqlite3_bind_int64(st, 2, s->made);
	sek_db_bind_text(st, 3, s->terminal);
	sek_db_bind_text(st, 4, s->software);
	(void)sqlite3_bind_int64(st, 5, s->seq);
	sek_db_bind_blob(st, 6, s->hash, sizeof(s->hash));
	(void)sqlite3_bind_int64(st, 7, s->ops);
	(void)sqlite3_bind_int64(st, 8, s->mem);
	sek_db_bind_blob(st, 9, s->salt, sizeof(s->salt));
	sek_db_bind_blob(st, 10, s->sealed, sizeof(s->sealed));
	if (sqlite3_step(st) == SQLITE_DONE)
		goto out;
bad:
	err = sek_db_error_of(why, path, sq);
out:
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(sq);
	return (err != SEK_OK ? err : sek_file_sync(path, why));
}

static enum sek_err
not_a_backup(struct sek_db *db, const char *what)
{

	return (sek_why(db->why, SEK_ERR_STORE_DAMAGED, "this is no whole "
	    "backup of a sekisho store (%s); take another one", what));
}

/* A rollback-journal database of our page size, as its first bytes say. */
static enum sek_err
check_head(struct sek_db *db)
{
	uint8_t head[100];
	ssize_t n = -1;
	int fd;

	if ((fd = open(db->config->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) >=
	    0) {
		n = read(fd, head, sizeof(head));
		(void)close(fd);
	}
	if (n != (ssize_t)sizeof(head) ||
	    memcmp(head, "SQLite format 3", 16) != 0 ||
	    head[16] != SEK_DB_PAGE >> 8 || head[17] != 0 || head[18] != 1 ||
	    head[19] != 1)
		return (not_a_backup(db, "its head"));
	return (SEK_OK);
}

static enum sek_err
check_version(struct sek_db *db, unsigned *minor)
{
	int64_t application = 0, version = 0;
	enum sek_err err;

	if ((err = sek_db_number(db, &application, "PRAGMA application_id")) !=
	    SEK_OK ||
	    (err = sek_db_number(db, &version, "PRAGMA user_version")) !=
	    SEK_OK)
		return (err);
	if (application != APPLICATION)
		return (not_a_backup(db, "another kind of database"));
	if (version > SEK_DB_VERSION)
		return (sek_why(db->why, SEK_ERR_STORE_NEWER, "the backup was "
		    "made by a newer sekisho (schema %lld.%lld); install that "
		    "version", (long long)(version / 1000),
		    (long long)(version % 1000)));
	if (version < SEK_DB_MAJOR * 1000)
		return (not_a_backup(db, "its version"));
	*minor = (unsigned)(version % 1000);
	return (SEK_OK);
}

#define SCHEMA	"SELECT type,name,tbl_name,coalesce(sql,'') " \
		"FROM sqlite_schema ORDER BY 1,2,3,4"

static bool
same_row(sqlite3_stmt *a, sqlite3_stmt *b)
{
	const unsigned char *s, *t;
	int i;

	for (i = 0; i < 4; i++) {
		s = sqlite3_column_text(a, i);
		t = sqlite3_column_text(b, i);
		if (s == NULL || t == NULL ||
		    strcmp((const char *)s, (const char *)t) != 0)
			return (false);
	}
	return (true);
}

/* Exactly the tables and indexes a backup of this minor has, to the letter:
 * no view, no trigger, no expression we did not write. */
static enum sek_err
check_schema(struct sek_db *db, unsigned minor)
{
	sqlite3 *ours = NULL;
	sqlite3_stmt *a = NULL, *b = NULL;
	enum sek_err err = SEK_OK;
	int ra, rb;

	if (sqlite3_open(":memory:", &ours) != SQLITE_OK ||
	    sek_db_schema(ours, minor) != SEK_OK ||
	    sqlite3_exec(ours, schema_backup, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(ours, SCHEMA, -1, &a, NULL) != SQLITE_OK) {
		err = sek_why(db->why, SEK_ERR_NOMEM, "out of memory");
		goto out;
	}
	if (sqlite3_prepare_v2(db->sq, SCHEMA, -1, &b, NULL) != SQLITE_OK) {
		err = sek_db_error(db);
		goto out;
	}
	do {
		ra = sqlite3_step(a);
		rb = sqlite3_step(b);
	} while (ra == SQLITE_ROW && rb == SQLITE_ROW && same_row(a, b));
	if (ra != SQLITE_DONE || rb != SQLITE_DONE)
		err = not_a_backup(db, "its tables are not ours");
out:
	(void)sqlite3_finalize(a);
	(void)sqlite3_finalize(b);
	(void)sqlite3_close(ours);
	return (err);
}

static enum sek_err
check_pages(struct sek_db *db)
{
	sqlite3_stmt *st;
	const char *text;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "PRAGMA quick_check(1)")) !=
	    SEK_OK || (err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	text = (const char *)sqlite3_column_text(st, 0);
	if (text == NULL || strcmp(text, "ok") != 0)
		err = not_a_backup(db, "its pages are damaged");
	sek_db_done(st);
	return (err);
}

static bool
take_blob(void *dst, size_t size, sqlite3_stmt *st, int i)
{

	if (sqlite3_column_type(st, i) != SQLITE_BLOB ||
	    sqlite3_column_bytes(st, i) != (int)size)
		return (false);
	memcpy(dst, sqlite3_column_blob(st, i), size);
	return (true);
}

static bool
take_text(char *dst, size_t size, sqlite3_stmt *st, int i)
{
	const char *s = (const char *)sqlite3_column_text(st, i);

	return (s != NULL && sek_text_is_clean(s, size - 1) &&
	    sek_text_copy(dst, size, s) == SEK_OK);
}

static enum sek_err
get_sealed(struct sek_db *db, struct sealed *s)
{
	sqlite3_stmt *st;
	enum sek_err err;
	bool good;

	if ((err = sek_db_prepare(db, &st, "SELECT format,made,terminal,"
	    "software,ops,mem,salt,sealed,seq,head FROM backup")) != SEK_OK)
		return (err);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ?
		    not_a_backup(db, "it has no key") : err);
	s->made = sqlite3_column_int64(st, 1);
	s->ops = sqlite3_column_int64(st, 4);
	s->mem = sqlite3_column_int64(st, 5);
	s->seq = sqlite3_column_int64(st, 8);
	good = sqlite3_column_int64(st, 0) == FORMAT &&
	    take_text(s->terminal, sizeof(s->terminal), st, 2) &&
	    take_text(s->software, sizeof(s->software), st, 3) &&
	    take_blob(s->salt, sizeof(s->salt), st, 6) &&
	    take_blob(s->sealed, sizeof(s->sealed), st, 7) &&
	    take_blob(s->hash, sizeof(s->hash), st, 9) &&
	    s->ops >= (int64_t)crypto_pwhash_OPSLIMIT_MIN &&
	    s->ops <= OPS_MAX &&
	    s->mem >= (int64_t)crypto_pwhash_MEMLIMIT_MIN && s->mem <= MEM_MAX;
	sek_db_done(st);
	return (good ? SEK_OK : not_a_backup(db, "its sealed key"));
}

static enum sek_err
no_change(void *arg, void *row)
{

	(void)arg;
	(void)row;
	return (SEK_OK);
}

/* A security key or a card has its row. */
static enum sek_err
check_authenticator(void *arg, void *row)
{
	const struct sek_authenticator_row *r = row;
	struct sek_db *db = arg;
	const char *missing = NULL;
	enum sek_err err;

	if ((err = sek_db_beside_there(db, &missing, &r->a)) == SEK_OK &&
	    missing != NULL)
		err = sek_row_bad(db, missing, r->a.id);
	return (err);
}

static enum sek_err
check_rows(struct sek_db *db, unsigned minor)
{
	static const struct sek_table *const more[] = {
		&sek_table_attempt, &sek_table_coalesce, &sek_table_mark,
		&sek_table_anchor, &sek_table_request,
	};
	const struct sek_table *const *t;
	const struct sek_beside *const *b;
	enum sek_err err = SEK_OK;
	size_t i, n = minor >= 2 ? 5 : minor >= 1 ? 4 : 2;

	for (t = sek_plain_tables; *t != NULL && err == SEK_OK; t++)
		err = sek_db_each(db, *t, no_change, NULL, NULL);
	for (i = 0; i < n && err == SEK_OK; i++)
		err = sek_db_each(db, more[i], no_change, NULL, NULL);
	for (b = sek_besides; *b != NULL && err == SEK_OK; b++)
		if (minor >= (*b)->minor)
			err = sek_db_each(db, (*b)->table, no_change, NULL,
			    NULL);
	for (t = sek_password_tables; *t != NULL && err == SEK_OK &&
	    minor >= 7; t++)
		err = sek_db_each(db, *t, no_change, NULL, NULL);
	if (err == SEK_OK)
		err = sek_db_each(db, &sek_table_authenticator,
		    check_authenticator, db, NULL);
	return (err);
}

/* Each record against the one before, and the last against the head. */
static enum sek_err
check_chain(struct sek_db *db, void (*progress)(void *, uint64_t, uint64_t),
    void *arg)
{
	uint8_t prev[SEK_HASH_LEN] = { 0 }, hash[SEK_HASH_LEN];
	sqlite3_stmt *st;
	int64_t next = 1;
	const void *body;
	enum sek_err err;
	bool first = true;

	if ((err = sek_db_prepare(db, &st, "SELECT seq,version,prev,hash,body "
	    "FROM record ORDER BY seq")) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		/* After a purge it begins later. */
		if (first && (next = sqlite3_column_int64(st, 0)) > 1 &&
		    !take_blob(prev, sizeof(prev), st, 2))
			break;
		first = false;
		body = sqlite3_column_blob(st, 4);
		if (body == NULL || next < 1 ||
		    sqlite3_column_int64(st, 0) != next ||
		    sqlite3_column_int64(st, 1) != SEK_RECORD_VERSION ||
		    !take_blob(hash, sizeof(hash), st, 2) ||
		    memcmp(hash, prev, sizeof(hash)) != 0)
			break;
		sek_chain_hash(hash, SEK_RECORD_VERSION, (uint64_t)next,
		    prev, body, (size_t)sqlite3_column_bytes(st, 4));
		if (!take_blob(prev, sizeof(prev), st, 3) ||
		    memcmp(hash, prev, sizeof(hash)) != 0)
			break;
		if (progress != NULL && next % 1024 == 0)
			progress(arg, (uint64_t)next, (uint64_t)db->meta.seq);
		next++;
	}
	if (err == SEK_OK) {
		sek_db_done(st);
		return (sek_why(db->why, SEK_ERR_TAMPERED, "record %lld is "
		    "not as it was written", (long long)next));
	}
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	if (next != db->meta.seq + 1 ||
	    memcmp(prev, db->meta.hash, sizeof(prev)) != 0)
		return (sek_why(db->why, SEK_ERR_TAMPERED, "the records end "
		    "before their head"));
	return (SEK_OK);
}

static enum sek_err
describe(struct sek_db *db, const struct sealed *s,
    struct sek_backup_info *out)
{
	int64_t accounts = 0, people = 0, tokens = 0;
	enum sek_err err;

	if ((err = sek_db_number(db, &accounts, "SELECT count(*) FROM account"))
	    != SEK_OK ||
	    (err = sek_db_number(db, &people, "SELECT count(*) FROM person"))
	    != SEK_OK ||
	    (err = sek_db_number(db, &tokens, "SELECT count(*) FROM "
	    "authenticator WHERE state<>4")) != SEK_OK)
		return (err);
	(void)sek_text_copy(out->terminal, sizeof(out->terminal),
	    db->meta.terminal);
	(void)sek_text_copy(out->software, sizeof(out->software), s->software);
	out->made = s->made;
	out->created = db->meta.created;
	out->epoch = (uint64_t)db->meta.epoch;
	out->records = (uint64_t)db->meta.seq;
	out->accounts = (uint64_t)accounts;
	out->persons = (uint64_t)people;
	out->authenticators = (uint64_t)tokens;
	return (SEK_OK);
}

static enum sek_err
examine(struct sek_db *db, const struct sek_secret *pass,
    struct sek_backup_info *out,
    void (*progress)(void *, uint64_t, uint64_t), void *arg)
{
	struct sealed s;
	unsigned minor = 0;
	enum sek_err err;

	memset(&s, 0, sizeof(s));
	if ((err = check_version(db, &minor)) != SEK_OK ||
	    (err = check_schema(db, minor)) != SEK_OK ||
	    (err = check_pages(db)) != SEK_OK ||
	    (err = get_sealed(db, &s)) != SEK_OK ||
	    (err = unseal_key(db, &s, pass)) != SEK_OK ||
	    (err = sek_db_meta_read(db)) != SEK_OK ||
	    (err = check_rows(db, minor)) != SEK_OK ||
	    (err = check_chain(db, progress, arg)) != SEK_OK)
		return (err);
	if (strcmp(s.terminal, db->meta.terminal) != 0 ||
	    s.seq != db->meta.seq ||
	    memcmp(s.hash, db->meta.hash, sizeof(s.hash)) != 0)
		return (not_a_backup(db, "the key is of another one"));
	return (describe(db, &s, out));
}

enum sek_err
sek_backup_open(struct sek_db **out, const struct sek_store_config *config,
    const struct sek_secret *pass, struct sek_backup_info *info,
    void (*progress)(void *, uint64_t, uint64_t), void *arg,
    struct sek_why *why)
{
	struct sek_db *db = NULL;
	enum sek_err err;

	if ((err = sek_db_open_other(&db, config, why)) != SEK_OK)
		return (err);
	if ((err = check_head(db)) == SEK_OK)
		err = examine(db, pass, info, progress, arg);
	/* What SQLite says of a file that is not ours names our store. */
	if (err != SEK_OK)
		sek_db_close(&db);
	else
		*out = db;
	return (err);
}

/* Read back as a restore would. */
static enum sek_err
verify(struct sek_db *db, const char *path, const struct sek_secret *pass,
    const struct sek_tool_args *a, struct sek_backup_info *out)
{
	struct sek_store_config *config;
	struct sek_db *made = NULL;
	struct stat st;
	enum sek_err err;

	if ((config = malloc(sizeof(*config))) == NULL)
		return (SEK_ERR_NOMEM);
	*config = *db->config;
	if ((err = sek_text_copy(config->path, sizeof(config->path), path)) ==
	    SEK_OK)
		err = sek_backup_open(&made, config, pass, out, a->progress,
		    a->arg, db->why);
	if (err == SEK_OK && stat(path, &st) == 0)
		out->bytes = (uint64_t)st.st_size;
	sek_db_close(&made);
	free(config);
	return (err);
}

static enum sek_err
write_it(struct sek_db *db, const char *path, const struct sek_tool_args *a,
    struct sek_backup_info *out)
{
	struct sealed s;
	bool tickets;
	enum sek_err err;

	memset(&s, 0, sizeof(s));
	/* Refusals still being counted are written first. */
	if ((err = sek_db_begin(db, true)) != SEK_OK ||
	    (err = sek_db_end(db, sek_db_coalesce_close(db, true))) !=
	    SEK_OK ||
	    (err = sek_db_begin(db, false)) != SEK_OK)
		return (err);
	tickets = sek_db_has_tickets(db);
	if ((err = seal_key(&s, db, a->pass)) == SEK_OK)
		err = sek_db_copy(db, path, a);
	if ((err = sek_db_end(db, err)) == SEK_OK &&
	    (err = put_sealed(path, &s, tickets,
	    db->why)) == SEK_OK)
		err = verify(db, path, a->pass, a, out);
	return (err);
}

/* Told before the file gets its name: no backup is without a record. */
static enum sek_err
record(struct sek_db *db, const struct sek_tool_args *a)
{
	struct sek_record r;
	enum sek_err err;

	if ((err = sek_db_begin(db, true)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_STORE_BACKUP);
	sek_text_printable(r.detail, sizeof(r.detail), a->name);
	return (sek_db_end(db, sek_db_append(db, &r)));
}

/* Only of one that has its name. */
static enum sek_err
mark(struct sek_db *db, const struct sek_tool_args *a)
{
	enum sek_err err;

	if ((err = sek_db_begin(db, true)) != SEK_OK)
		return (err);
	if (sek_db_needs_minor(db, 1) == SEK_OK)
		err = sek_db_mark_set(db, "backup", a->name, 0);
	return (sek_db_end(db, err));
}

enum sek_err
sek_op_backup(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	char id[17], new[SEK_PATH_MAX];
	struct stat st;
	enum sek_err err;

	if ((err = sek_passphrase_check(a->pass, db->why)) != SEK_OK)
		return (err);
	if (lstat(a->name, &st) == 0)
		return (sek_why(db->why, SEK_ERR_EXISTS, "%s: is there "
		    "already; name a new file", a->name));
	/* SQLite writes by names: nobody else may change them meanwhile. */
	if ((err = sek_file_check_folder(a->name, db->why)) != SEK_OK)
		return (err);
	if ((err = sek_text_random_id(id, 8)) != SEK_OK ||
	    (err = sek_text_format(new, sizeof(new), "%s.%s.tmp", a->name,
	    id)) != SEK_OK)
		return (sek_why(db->why, err, "%s: too long a name", a->name));
	if ((err = write_it(db, new, a, out)) == SEK_OK &&
	    (err = record(db, a)) == SEK_OK)
		err = sek_file_publish(new, a->name, false, db->why);
	if (err != SEK_OK)
		(void)unlink(new);
	return (err == SEK_OK ? mark(db, a) : err);
}
