/*
 * test_store_seal.c - test of seals, purges and exports: nothing that was
 * sealed is changed unseen, and no moment to be killed in is a bad one
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <fcntl.h>

#include <cjson/cJSON.h>
#include <sodium.h>
#include <sqlite3.h>

#include "sekisho/edge/bundle.h"
#include "sekisho/edge/chain.h"
#include "sekisho/flow/sealing.h"
#include "store.h"

#define REAL(fn) ((__typeof__(&fn))(uintptr_t)dlsym(RTLD_NEXT, #fn))

/* The process is killed before its n-th call that changes the disk; 0: not. */
static int die_at;

static void
step(void)
{
	if (die_at > 0 && --die_at == 0)
		(void)raise(SIGKILL);
}

int
fsync(int fd)
{
	step();
	return (REAL(fsync)(fd));
}

int
fdatasync(int fd)
{
	step();
	return (REAL(fdatasync)(fd));
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	step();
	return (REAL(pwrite64)(fd, p, n, at));
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	step();
	return (REAL(pwrite)(fd, p, n, at));
}

int
ftruncate64(int fd, off64_t at)
{
	step();
	return (REAL(ftruncate64)(fd, at));
}

int
unlink(const char *path)
{
	step();
	return (REAL(unlink)(path));
}

int
renameat(int a, const char *from, int b, const char *to)
{
	step();
	return (REAL(renameat)(a, from, b, to));
}

static char seal_key[96], export_path[96];

static void
setup(void)
{
	test_store_setup();
	(void)snprintf(seal_key, sizeof(seal_key), "%s/keys/seal.key",
	    test_dir);
	(void)snprintf(export_path, sizeof(export_path), "%s/e.db", test_dir);
}

static void
more(struct sek_store *st, int n)
{
	struct sek_record r = { .event = SEK_EVENT_LOGIN, .count = 1 };

	while (n-- > 0)
		test_ok(st, sek_store_append(st, &r));
}

static enum sek_err
run_seal(struct sek_store *st, struct sek_sealed *out, const uint8_t *manifest)
{
	const struct sek_sealing in = { .key = seal_key, .terminal = "t-1",
	    .manifest = manifest };
	struct sek_why why;

	return (sek_sealing_run(out, st, &in, &why));
}

static struct sek_sealed
seal(struct sek_store *st)
{
	struct sek_sealed s;

	test_ok(st, run_seal(st, &s, NULL));
	return (s);
}

static struct sek_verify
verify(struct sek_store *st, const uint8_t *noted)
{
	struct sek_verify v;

	test_ok(st, sek_store_verify_noted(st, &v, noted, NULL, NULL));
	return (v);
}

static void
edit(const char *path, const char *sql)
{
	sqlite3 *sq;
	char *text = NULL;

	ck_assert_int_eq(sqlite3_open(path, &sq), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(sq, sql, NULL, NULL, &text) == SQLITE_OK,
	    "%s: %s", sql, text);
	ck_assert_int_eq(sqlite3_close(sq), SQLITE_OK);
}

/* Run fn in a child that is killed before its n-th step. true: it was. */
static bool
killed_at(int n, void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		die_at = n;
		fn();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return (true);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "the child ended with 0x%x", (unsigned)status);
	return (false);
}

/* ---- the text of a seal */

static void
make_row(struct sek_seal_row *row, bool manifest)
{
	struct sek_seal s = { .number = 7, .seq = 4711, .has_manifest =
	    manifest, .wall = INT64_C(1790000000123456) };
	uint8_t seed[SEK_SEAL_SEED_LEN];

	memset(seed, 3, sizeof(seed));
	memset(s.hash, 1, sizeof(s.hash));
	memset(s.previous, 2, sizeof(s.previous));
	memset(s.next, 4, sizeof(s.next));
	(void)snprintf(s.series, sizeof(s.series), "0123456789abcdef");
	(void)snprintf(s.terminal, sizeof(s.terminal), "t-1");
	ck_assert_int_eq(sek_secret_init(), SEK_OK);
	ck_assert_int_eq(sek_record_seal_sign(row, &s, seed, NULL), SEK_OK);
}

START_TEST(seal_comes_back_as_it_was_signed)
{
	struct sek_seal_row row;
	struct sek_seal s;

	make_row(&row, _i != 0);
	ck_assert_int_eq(sek_record_seal_read(&s, &row), SEK_OK);
	ck_assert_uint_eq(s.number, 7);
	ck_assert_uint_eq(s.seq, 4711);
	ck_assert_int_eq(s.wall, INT64_C(1790000000123456));
	ck_assert_str_eq(s.terminal, "t-1");
	ck_assert_int_eq(s.has_manifest, _i != 0);
}
END_TEST

START_TEST(no_bit_of_a_seal_can_change)
{
	struct sek_seal_row row, good;
	struct sek_seal s;
	size_t i;

	make_row(&good, true);
	for (i = 0; i < good.body_len * 8; i++) {
		row = good;
		row.body[i / 8] ^= (char)(1 << i % 8);
		ck_assert_int_ne(sek_record_seal_read(&s, &row), SEK_OK);
	}
	for (i = 0; i < sizeof(good.signature) * 8; i++) {
		row = good;
		row.signature[i / 8] ^= (uint8_t)(1 << i % 8);
		ck_assert_int_eq(sek_record_seal_read(&s, &row),
		    SEK_ERR_TAMPERED);
	}
	row = good;
	row.number++;
	ck_assert_int_eq(sek_record_seal_read(&s, &row), SEK_ERR_SYNTAX);
	row = good;
	row.seq++;
	ck_assert_int_eq(sek_record_seal_read(&s, &row), SEK_ERR_SYNTAX);
}
END_TEST

/* Signed by whoever holds a key, and yet not a seal. */
START_TEST(only_one_text_says_the_same)
{
	static const char *const texts[] = {
		"", "\n", "version=1\n", "number=7\nversion=1\n",
	};
	unsigned char pk[32], sk[64];
	struct sek_seal_row row;
	struct sek_seal s;
	char more_lines[SEK_SEAL_BODY_MAX];
	size_t i;

	make_row(&row, true);
	(void)sek_text_format(more_lines, sizeof(more_lines), "%sx=1\n",
	    row.body);
	crypto_sign_keypair(pk, sk);
	for (i = 0; i <= sizeof(texts) / sizeof(texts[0]); i++) {
		(void)sek_text_copy(row.body, sizeof(row.body),
		    i == 0 ? more_lines : texts[i - 1]);
		row.body_len = (uint32_t)strlen(row.body);
		crypto_sign_detached(row.signature, NULL,
		    (unsigned char *)row.body, row.body_len, sk);
		ck_assert_int_eq(sek_record_seal_read(&s, &row),
		    SEK_ERR_SYNTAX);
	}
	row.body_len = sizeof(row.body);
	ck_assert_int_eq(sek_record_seal_read(&s, &row), SEK_ERR_SYNTAX);
}
END_TEST

/* ---- seals of a store */

START_TEST(nothing_new_is_not_sealed_again)
{
	struct sek_store *st = test_open();
	struct sek_sealed s;

	s = seal(st);
	ck_assert(s.first && !s.nothing_new);
	ck_assert_uint_eq(s.number, 1);
	s = seal(st);
	ck_assert(s.nothing_new);
	ck_assert_uint_eq(s.number, 1);
	more(st, 1);
	s = seal(st);
	ck_assert(!s.nothing_new && !s.broken && !s.first);
	ck_assert_uint_eq(s.number, 2);
	ck_assert_uint_eq(verify(st, NULL).sealed, s.seq);
	ck_assert_uint_eq(test_records(st, "record-seal", NULL).count, 0);
	sek_store_free(&st);
}
END_TEST

static void
seal_once(void)
{
	struct sek_store *st = test_open();
	struct sek_sealed s;

	if (run_seal(st, &s, NULL) != SEK_OK)
		_exit(1);
	sek_store_free(&st);
}

START_TEST(killed_before_any_write_the_series_goes_on)
{
	struct sek_store *st = test_open();
	struct sek_sealed s;
	struct sek_verify v;
	bool killed = true;
	int n;

	if (_i != 0)
		(void)seal(st);
	for (n = 1; killed; n++) {
		more(st, 1);
		sek_store_close(st);
		killed = killed_at(n, seal_once);
		v = verify(st, NULL);
		ck_assert_msg(v.ok, "killed at %d: %s", n, v.cause);
		more(st, 1);
		s = seal(st);
		/* Of all, it may have been the first that was killed. */
		ck_assert_msg(!s.broken, "killed at %d: a new series", n);
		v = verify(st, NULL);
		ck_assert_msg(v.ok && v.series == 1 && v.sealed == s.seq,
		    "killed at %d: %s", n, v.cause);
	}
	ck_assert_int_gt(n, 6);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_key_begins_a_series_that_shows)
{
	struct sek_store *st = test_open();
	char cmd[256];
	struct sek_sealed first, s;
	struct sek_verify v;

	first = seal(st);
	(void)snprintf(cmd, sizeof(cmd), "%s.old", seal_key);
	ck_assert_int_eq(link(seal_key, cmd), 0);
	ck_assert_int_eq(rename(seal_key, cmd), 0);
	ck_assert_int_eq(unlink(seal_key), 0);
	more(st, 1);
	s = seal(st);
	ck_assert(s.broken);
	ck_assert_uint_eq(s.number, 2);
	v = verify(st, NULL);
	ck_assert(v.ok);
	ck_assert_uint_eq(v.series, 2);
	ck_assert_uint_eq(v.series_seal, 2);
	ck_assert_uint_eq(test_records(st, "record-seal", NULL).count, 1);
	/* What was noted before vouches for nothing after. */
	v = verify(st, first.next);
	ck_assert(!v.ok);
	more(st, 1);
	(void)seal(st);
	ck_assert(verify(st, s.next).ok);
	sek_store_free(&st);
}
END_TEST

START_TEST(noted_key_vouches_for_what_it_sealed)
{
	struct sek_store *st = test_open();
	uint8_t other[SEK_SEAL_KEY_LEN] = { 1 };
	struct sek_sealed s = seal(st);
	struct sek_verify v;

	/* Not used yet: whoever makes all of it anew can name it, too. */
	v = verify(st, s.next);
	ck_assert(!v.ok);
	ck_assert_uint_eq(v.noted_seal, 0);
	ck_assert_ptr_nonnull(strstr(v.cause, "no seal here yet"));
	more(st, 1);
	(void)seal(st);
	more(st, 1);
	(void)seal(st);
	v = verify(st, s.next);
	ck_assert(v.ok);
	ck_assert_uint_eq(v.noted_seal, 2);
	ck_assert(!verify(st, other).ok);
	sek_store_free(&st);
}
END_TEST

/* By who may write the store, and has no key. */
static const char *const seal_edits[] = {
	"DELETE FROM seal WHERE number=2",
	"DELETE FROM mark WHERE name='seal'",
	"UPDATE mark SET data=(SELECT data FROM mark WHERE name='other'),"
	    "mac=(SELECT mac FROM mark WHERE name='other') WHERE name='seal'",
	/* As many as are looked at in one go, the last number 0. */
	"WITH RECURSIVE n(i) AS (SELECT -511 UNION ALL SELECT i+1 FROM n "
	    "WHERE i<0) INSERT INTO seal SELECT i,1,body,signature "
	    "FROM n,seal WHERE number=1",
	"WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i+1 FROM n "
	    "WHERE i<2000) INSERT INTO seal SELECT i,1,body,signature "
	    "FROM n,seal WHERE number=1",
	"INSERT INTO seal SELECT 9223372036854775807,seq,body,signature "
	    "FROM seal WHERE number=1",
};

START_TEST(seals_cannot_be_edited_unseen)
{
	const struct sek_mark other = { .name = "other", .text = "1" };
	struct sek_store *st = test_open();
	struct sek_verify v;

	(void)seal(st);
	more(st, 1);
	(void)seal(st);
	test_ok(st, sek_store_mark_set(st, &other));
	sek_store_close(st);
	edit(test_config.path, seal_edits[_i]);
	v = verify(st, NULL);
	ck_assert_msg(!v.ok, "%s", seal_edits[_i]);
	sek_store_free(&st);
}
END_TEST

START_TEST(to_look_makes_no_folder)
{
	struct sek_store *st = test_open();
	struct sek_why why;
	char none[128];
	bool fits = false;

	(void)snprintf(none, sizeof(none), "%s/none/seal.key", test_dir);
	test_ok(st, sek_sealing_check(&fits, st, none, &why));
	ck_assert(fits);
	(void)snprintf(none, sizeof(none), "%s/none", test_dir);
	ck_assert_int_ne(access(none, F_OK), 0);
	sek_store_free(&st);
}
END_TEST

/* The key lies apart: it knows that there were seals. */
START_TEST(all_seals_taken_away_show_at_the_next)
{
	struct sek_store *st = test_open();
	struct sek_sealed s;
	struct sek_why why;
	bool fits = false;

	test_ok(st, sek_sealing_check(&fits, st, seal_key, &why));
	ck_assert(fits);
	(void)seal(st);
	test_ok(st, sek_sealing_check(&fits, st, seal_key, &why));
	ck_assert(fits);
	sek_store_close(st);
	edit(test_config.path, _i == 0 ? "DELETE FROM seal;"
	    "DELETE FROM mark WHERE name='seal'" :
	    "UPDATE seal SET signature=zeroblob(64)");
	test_ok(st, sek_sealing_check(&fits, st, seal_key, &why));
	ck_assert(!fits);
	s = seal(st);
	ck_assert(s.broken);
	ck_assert_uint_eq(test_records(st, "record-seal", NULL).count, 1);
	test_ok(st, sek_sealing_check(&fits, st, seal_key, &why));
	ck_assert(fits);
	sek_store_free(&st);
}
END_TEST

/* ---- purges */

static uint8_t purge_hash[SEK_HASH_LEN];
static uint64_t purge_last;

static enum sek_err
note_hash(void *arg, const struct sek_record_row *row)
{
	(void)arg;
	memcpy(purge_hash, row->hash, SEK_HASH_LEN);
	return (SEK_ERR_TIMEOUT);
}

static void
plan_purge(struct sek_store *st, uint64_t last)
{
	test_is(st, sek_store_records(st, last, note_hash, NULL),
	    SEK_ERR_TIMEOUT);
	purge_last = last;
}

static enum sek_err
purge(struct sek_store *st)
{
	struct sek_record actor = { .count = 1 };
	struct sek_purge in = { .last = purge_last, .begin = true };
	uint64_t through = 0;
	enum sek_err err = SEK_OK;

	memcpy(in.hash, purge_hash, SEK_HASH_LEN);
	while (err == SEK_OK && through < purge_last) {
		err = sek_store_purge(st, &in, &actor, &through);
		in.begin = false;
	}
	return (err);
}

static void
purge_once(void)
{
	struct sek_store *st = test_open();

	if (purge(st) != SEK_OK)
		_exit(1);
	sek_store_free(&st);
}

START_TEST(purged_chain_goes_on_and_the_purge_shows)
{
	struct sek_store *st = test_open();
	struct sek_sealed noted = seal(st);
	struct sek_verify v;

	more(st, 20);
	(void)seal(st);
	more(st, 5);
	plan_purge(st, 10);
	test_ok(st, purge(st));
	v = verify(st, noted.next);
	ck_assert_msg(v.ok, "%s", v.cause);
	ck_assert_uint_eq(v.first, 11);
	ck_assert_uint_eq(test_records(st, "record-purge", NULL).count, 1);
	/* Again, further. */
	plan_purge(st, 15);
	test_ok(st, purge(st));
	ck_assert_uint_eq(verify(st, noted.next).first, 16);
	more(st, 3);
	(void)seal(st);
	ck_assert(verify(st, noted.next).ok);
	sek_store_free(&st);
}
END_TEST

START_TEST(purge_takes_nothing_else)
{
	struct sek_store *st = test_open();

	more(st, 20);
	plan_purge(st, 10);
	test_is(st, purge(st), SEK_ERR_FORBIDDEN);	/* not sealed */
	(void)seal(st);
	purge_hash[0] ^= 1;				/* not exported */
	test_is(st, purge(st), SEK_ERR_REFUSED);
	purge_hash[0] ^= 1;
	purge_last = 21;				/* the head */
	test_is(st, purge(st), SEK_ERR_RANGE);
	purge_last = 1000;
	test_is(st, purge(st), SEK_ERR_RANGE);
	sek_store_close(st);
	edit(test_config.path, "UPDATE record SET body=body||' ' WHERE seq=5");
	purge_last = 10;
	test_is(st, purge(st), SEK_ERR_TAMPERED);	/* hides no change */
	ck_assert_uint_eq(verify(st, NULL).first_bad, 5);
	sek_store_free(&st);
}
END_TEST

static const char *const anchor_edits[] = {
	"DELETE FROM anchor",
	"UPDATE anchor SET data=zeroblob(length(data))",
	"UPDATE anchor SET mac=zeroblob(32)",
	"DELETE FROM record WHERE seq=11",
	("INSERT INTO record SELECT 10,version,prev,hash,body FROM record "
	    "WHERE seq=11"),
	"DELETE FROM seal",
	"UPDATE seal SET signature=zeroblob(64)",
};

START_TEST(anchor_cannot_be_edited_unseen)
{
	struct sek_store *st = test_open();
	struct sek_verify v;

	more(st, 20);
	(void)seal(st);
	more(st, 5);
	plan_purge(st, 10);
	test_ok(st, purge(st));
	sek_store_close(st);
	edit(test_config.path, anchor_edits[_i]);
	v = verify(st, NULL);
	ck_assert_msg(!v.ok, "%s", anchor_edits[_i]);
	ck_assert_str_ne(v.cause, "");
	sek_store_free(&st);
}
END_TEST

START_TEST(killed_before_any_write_a_purge_is_consistent)
{
	struct sek_store *st = test_open();
	struct sek_verify v;
	bool killed = true;
	int n;

	more(st, 40);
	(void)seal(st);
	more(st, 2);
	plan_purge(st, 30);
	sek_store_close(st);
	for (n = 1; killed; n++) {
		killed = killed_at(n, purge_once);
		v = verify(st, NULL);
		ck_assert_msg(v.ok, "killed at %d: %s", n, v.cause);
		ck_assert_msg(v.first == 1 || v.first == 31, "killed at %d",
		    n);
		sek_store_close(st);
	}
	ck_assert_uint_eq(verify(st, NULL).first, 31);
	sek_store_free(&st);
}
END_TEST

/* ---- exports */

static enum sek_err
copy_record(void *arg, const struct sek_record_row *row)
{
	struct sek_manifest *m = ((void **)arg)[1];
	struct sek_bundle *b = *(struct sek_bundle **)((void **)arg)[0];
	enum sek_err err;

	if (row->seq == m->first)
		memcpy(m->first_hash, row->hash, SEK_HASH_LEN);
	memcpy(m->last_hash, row->hash, SEK_HASH_LEN);
	if ((err = sek_bundle_record(b, row)) == SEK_OK && row->seq % 10 == 0)
		err = sek_bundle_commit(b);
	return (err);
}

static enum sek_err
copy_seal(void *arg, const struct sek_seal_row *row)
{

	return (sek_bundle_seal(arg, row));
}

static enum sek_err
export(struct sek_store *st, uint64_t first, struct sek_why *why)
{
	struct sek_manifest m = { .first = first };
	struct sek_record_range range = SEK_RECORD_ALL;
	struct sek_bundle *b = NULL;
	void *arg[2] = { &b, &m };
	uint8_t digest[SEK_HASH_LEN];
	struct sek_sealed s;
	struct sek_ends ends;
	char *text = NULL;
	enum sek_err err;
	bool resumed;

	(void)snprintf(m.terminal, sizeof(m.terminal), "t-1");
	if ((err = sek_store_ends(st, &ends)) != SEK_OK)
		return (err);
	m.last = ends.last;
	if (first > 1 && sek_store_records(st, first - 1, note_hash, NULL) ==
	    SEK_ERR_TIMEOUT)
		memcpy(m.first_prev, purge_hash, SEK_HASH_LEN);
	if ((err = sek_bundle_open(&b, export_path, &m, &range.first, &resumed,
	    why)) != SEK_OK)
		return (err);
	range.last = m.last;
	if (range.first <= m.last)
		err = sek_store_records_in(st, &range, copy_record, arg);
	m.finished = true;
	m.count = m.last - m.first + 1;
	if (err == SEK_OK &&
	    (err = sek_bundle_manifest(&text, &m)) == SEK_OK) {
		crypto_hash_sha256(digest, (unsigned char *)text,
		    strlen(text));
		if ((err = run_seal(st, &s, digest)) == SEK_OK &&
		    (err = sek_store_seals(st, 1, copy_seal, b)) == SEK_OK)
			err = sek_bundle_finish(b, text);
	}
	if (err != SEK_OK)
		(void)sek_why(why, err, "%s", sek_bundle_why(b));
	cJSON_free(text);
	sek_bundle_close(&b);
	return (err);
}

static struct sek_verify
verify_export(const uint8_t *noted)
{
	struct sek_manifest m;
	struct sek_verify v;
	struct sek_why why = { "" };

	ck_assert_msg(sek_bundle_verify(export_path, noted, &v, &m, NULL, NULL,
	    &why) == SEK_OK, "%s", why.text);
	return (v);
}

static void
export_once(void)
{
	struct sek_store *st = test_open();
	struct sek_why why = { "" };

	if (export(st, 1, &why) != SEK_OK) {
		fprintf(stderr, "%s\n", why.text);
		_exit(1);
	}
	sek_store_free(&st);
}

START_TEST(killed_before_any_write_an_export_is_gone_on_with)
{
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	struct sek_verify v;
	enum sek_err err;
	bool killed = true;
	int n;

	more(st, 45);
	sek_store_close(st);
	for (n = 1; killed; n++) {
		(void)unlink(export_path);
		killed = killed_at(n, export_once);
		if (access(export_path, F_OK) != 0)
			continue;
		v = verify_export(NULL);
		if (!v.ok)
			ck_assert_msg(strncmp(v.cause, "unfinished", 10) == 0,
			    "killed at %d: %s", n, v.cause);
		err = v.ok ? SEK_OK : export(st, 1, &why);
		ck_assert_msg(err == SEK_OK, "killed at %d: %s", n, why.text);
		v = verify_export(NULL);
		ck_assert_msg(v.ok, "killed at %d, gone on with: %s", n,
		    v.cause);
		ck_assert_msg(verify(st, NULL).ok, "killed at %d", n);
		sek_store_close(st);
	}
	ck_assert_int_gt(n, 12);
	sek_store_free(&st);
}
END_TEST

/* All of it made anew, by whoever has the terminal: a chain and seals that
 * hold, and another key. */
START_TEST(export_made_anew_is_told_by_a_noted_key_alone)
{
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	struct sek_sealed noted = seal(st);

	more(st, 3);
	test_ok(st, export(st, 1, &why));
	ck_assert(verify_export(NULL).ok);
	ck_assert(verify_export(noted.next).ok);
	sek_store_free(&st);
	test_store_teardown();
	setup();
	st = test_open();
	more(st, 3);
	test_ok(st, export(st, 1, &why));
	ck_assert(verify_export(NULL).ok);
	ck_assert(!verify_export(noted.next).ok);
	sek_store_free(&st);
}
END_TEST

/* The chain made anew from the third record on, hashes and all. */
START_TEST(records_made_anew_are_not_those_that_were_sealed)
{
	static const char body[] = "seq=3\nevent=login\n";
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	struct sek_verify v;
	uint8_t hash[SEK_HASH_LEN], prev[SEK_HASH_LEN];
	char sql[1024], hex[65], before[65];

	more(st, 2);
	(void)seal(st);
	test_ok(st, export(st, 1, &why));
	sek_store_close(st);
	plan_purge(st, 2);
	memcpy(prev, purge_hash, sizeof(prev));
	sek_chain_hash(hash, SEK_RECORD_VERSION, 3, prev, body,
	    sizeof(body) - 1);
	sek_text_hex(hex, hash, sizeof(hash));
	sek_text_hex(before, prev, sizeof(prev));
	(void)snprintf(sql, sizeof(sql), "UPDATE record SET hash=x'%s',"
	    "prev=x'%s',body='%s' WHERE seq=3;", hex, before, body);
	edit(export_path, sql);
	v = verify_export(NULL);
	ck_assert(!v.ok);
	ck_assert_uint_eq(v.first_bad, 1);
	ck_assert_ptr_nonnull(strstr(v.cause, "sealed"));
	sek_store_close(st);
	edit(test_config.path, sql);
	v = verify(st, NULL);
	ck_assert(!v.ok);
	ck_assert_ptr_nonnull(strstr(v.cause, "sealed"));
	sek_store_free(&st);
}
END_TEST

START_TEST(export_of_a_part_holds_by_itself)
{
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	struct sek_verify v;

	more(st, 5);
	(void)seal(st);
	more(st, 20);
	test_ok(st, export(st, 7, &why));
	v = verify_export(NULL);
	ck_assert_msg(v.ok, "%s", v.cause);
	ck_assert_uint_eq(v.first, 7);
	ck_assert_uint_eq(v.records, 20);
	/* The seal of record 6 is held against what comes before number 7. */
	edit(export_path, "UPDATE manifest SET body=replace(body,"
	    "'\"first_prev\":\"','\"first_prev\":\"0')");
	ck_assert(!verify_export(NULL).ok);
	sek_store_free(&st);
}
END_TEST

/* Pages that lead to one another by so many ways that no walk along them
 * comes to an end. */
#define PAGE	16384
#define WAYS	2000
#define DEPTH	17

static void
put4(unsigned char *p, uint32_t v)
{
	p[0] = (unsigned char)(v >> 24);
	p[1] = (unsigned char)(v >> 16);
	p[2] = (unsigned char)(v >> 8);
	p[3] = (unsigned char)v;
}

/* A page of a tree whose every child is this one. */
static void
put_inner(unsigned char *page, uint32_t child)
{
	unsigned i, at;

	memset(page, 0, PAGE);
	page[0] = 5;
	page[3] = WAYS >> 8;
	page[4] = WAYS & 0xff;
	at = PAGE - WAYS * 5;
	page[5] = (unsigned char)(at >> 8);
	page[6] = (unsigned char)at;
	put4(page + 8, child);
	for (i = 0; i < WAYS; i++, at += 5) {
		page[12 + 2 * i] = (unsigned char)(at >> 8);
		page[13 + 2 * i] = (unsigned char)at;
		put4(page + at, child);
		page[at + 4] = 1;
	}
}

static void
make_endless(const char *table)
{
	unsigned char *file;
	sqlite3_stmt *ask;
	sqlite3 *sq;
	uint32_t pages, root, i;
	int fd;

	ck_assert_int_eq(sqlite3_open(export_path, &sq), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(sq, "SELECT rootpage FROM "
	    "sqlite_schema WHERE name=?1", -1, &ask, NULL), SQLITE_OK);
	(void)sqlite3_bind_text(ask, 1, table, -1, SQLITE_STATIC);
	ck_assert_int_eq(sqlite3_step(ask), SQLITE_ROW);
	root = (uint32_t)sqlite3_column_int(ask, 0);
	(void)sqlite3_finalize(ask);
	(void)sqlite3_close(sq);
	ck_assert_int_ge(fd = open(export_path, O_RDWR), 0);
	pages = (uint32_t)(lseek(fd, 0, SEEK_END) / PAGE);
	file = calloc(pages + DEPTH + 1, PAGE);
	ck_assert_int_eq(pread(fd, file, (size_t)pages * PAGE, 0),
	    (ssize_t)pages * PAGE);
	memcpy(file + (size_t)pages * PAGE, file + (size_t)(root - 1) * PAGE,
	    PAGE);
	for (i = 1; i <= DEPTH; i++)
		put_inner(file + (size_t)(pages + i) * PAGE, pages + i);
	put_inner(file + (size_t)(root - 1) * PAGE, pages + DEPTH + 1);
	put4(file + 28, pages + DEPTH + 1);
	ck_assert_int_eq(pwrite(fd, file, (size_t)(pages + DEPTH + 1) * PAGE,
	    0), (ssize_t)(pages + DEPTH + 1) * PAGE);
	free(file);
	(void)close(fd);
}

static enum sek_err
count_record(void *arg, const struct sek_record_row *row)
{
	(void)row;
	(*(unsigned *)arg)++;
	return (SEK_OK);
}

START_TEST(file_without_an_end_is_given_up)
{
	static const char *const tables[] = { "manifest", "record", "seal" };
	struct sek_record_range range = SEK_RECORD_ALL;
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	struct sek_manifest m;
	struct sek_verify v;
	unsigned n = 0;

	more(st, 4);
	test_ok(st, export(st, 1, &why));
	make_endless(tables[_i]);
	v = verify_export(NULL);
	ck_assert(!v.ok);
	ck_assert_str_ne(v.cause, "");
	/* All of them, and none of them. */
	if (_i < 2)
		ck_assert_int_ne(sek_bundle_records(export_path, &range,
		    count_record, &n, &m, &why), SEK_OK);
	ck_assert_uint_le(n, 5);
	range.since = INT64_MAX - 1;
	if (_i < 2)
		ck_assert_int_ne(sek_bundle_records(export_path, &range,
		    count_record, &n, &m, &why), SEK_OK);
	sek_store_free(&st);
}
END_TEST

/* Chained and hashed as it should be, and longer than any record is. */
START_TEST(record_longer_than_any_does_not_hold)
{
	static char body[SEK_RECORD_BODY_MAX];
	static const uint8_t prev[SEK_HASH_LEN];
	uint8_t hash[SEK_HASH_LEN];
	struct sek_chain_row row = { .seq = 1, .version = SEK_RECORD_VERSION,
	    .prev = prev, .hash = hash, .body = body, .prev_len = SEK_HASH_LEN,
	    .hash_len = SEK_HASH_LEN };
	struct sek_verify v;
	struct sek_chain c;

	memset(body, 'x', sizeof(body));
	for (row.body_len = sizeof(body) - 1; row.body_len <= sizeof(body);
	    row.body_len++) {
		sek_chain_hash(hash, SEK_RECORD_VERSION, 1, prev, body,
		    row.body_len);
		sek_chain_begin(&c, &v, NULL);
		ck_assert_int_eq(sek_chain_record(&c, &row),
		    row.body_len < sizeof(body));
		sek_chain_free(&c);
	}
}
END_TEST

START_TEST(export_lies_where_others_cannot_move_it)
{
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	char way[96], folder[128], link[128];
	bool there;

	(void)snprintf(way, sizeof(way), "%s/way", test_dir);
	(void)snprintf(folder, sizeof(folder), "%s/in", way);
	(void)snprintf(link, sizeof(link), "%s/link", test_dir);
	(void)snprintf(export_path, sizeof(export_path), "%s/%s/e.db",
	    test_dir, _i == 0 ? "way/in" : "link");
	ck_assert_int_eq(mkdir(way, 0755), 0);
	ck_assert_int_eq(mkdir(folder, 0755), 0);
	ck_assert_int_eq(symlink(folder, link), 0);
	ck_assert_int_eq(sek_bundle_ready(export_path, &there, &why), SEK_OK);
	ck_assert_int_eq(chmod(way, 0777), 0);
	ck_assert_int_eq(sek_bundle_ready(export_path, &there, &why),
	    SEK_ERR_UNTRUSTED);
	sek_store_free(&st);
}
END_TEST

START_TEST(file_beside_an_export_is_never_taken_for_its_own)
{
	struct sek_store *st = test_open();
	struct sek_why why = { "" };
	char beside[128];
	int fd;

	more(st, 5);
	(void)snprintf(beside, sizeof(beside), "%s-journal", export_path);
	ck_assert_int_ge(fd = open(beside, O_WRONLY | O_CREAT, 0600), 0);
	(void)close(fd);
	ck_assert_int_eq(export(st, 1, &why), SEK_ERR_UNTRUSTED);
	ck_assert_int_ne(access(export_path, F_OK), 0);
	ck_assert_int_eq(unlink(beside), 0);
	test_ok(st, export(st, 1, &why));
	/* Reading looks at the file and at nothing else. */
	(void)snprintf(beside, sizeof(beside), "%s-wal", export_path);
	ck_assert_int_ge(fd = open(beside, O_WRONLY | O_CREAT, 0600), 0);
	ck_assert_int_eq(write(fd, beside, sizeof(beside)), sizeof(beside));
	(void)close(fd);
	ck_assert(verify_export(NULL).ok);
	ck_assert_int_eq(access(beside, F_OK), 0);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("edge/store: seals, purges, exports");
	TCase *tc = tcase_create("all");
	int n = (int)(sizeof(anchor_edits) / sizeof(anchor_edits[0]));

	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, test_store_teardown);
	tcase_add_loop_test(tc, seal_comes_back_as_it_was_signed, 0, 2);
	tcase_add_test(tc, no_bit_of_a_seal_can_change);
	tcase_add_test(tc, only_one_text_says_the_same);
	tcase_add_test(tc, nothing_new_is_not_sealed_again);
	tcase_add_loop_test(tc, killed_before_any_write_the_series_goes_on, 0,
	    2);
	tcase_add_test(tc, another_key_begins_a_series_that_shows);
	tcase_add_test(tc, noted_key_vouches_for_what_it_sealed);
	tcase_add_loop_test(tc, seals_cannot_be_edited_unseen, 0,
	    (int)(sizeof(seal_edits) / sizeof(seal_edits[0])));
	tcase_add_test(tc, to_look_makes_no_folder);
	tcase_add_loop_test(tc, all_seals_taken_away_show_at_the_next, 0, 2);
	tcase_add_test(tc, purged_chain_goes_on_and_the_purge_shows);
	tcase_add_test(tc, purge_takes_nothing_else);
	tcase_add_loop_test(tc, anchor_cannot_be_edited_unseen, 0, n);
	tcase_add_test(tc, killed_before_any_write_a_purge_is_consistent);
	tcase_add_test(tc, killed_before_any_write_an_export_is_gone_on_with);
	tcase_add_test(tc, export_made_anew_is_told_by_a_noted_key_alone);
	tcase_add_test(tc, records_made_anew_are_not_those_that_were_sealed);
	tcase_add_test(tc, export_of_a_part_holds_by_itself);
	tcase_add_test(tc, file_beside_an_export_is_never_taken_for_its_own);
	tcase_add_loop_test(tc, file_without_an_end_is_given_up, 0, 3);
	tcase_add_test(tc, record_longer_than_any_does_not_hold);
	tcase_add_loop_test(tc, export_lies_where_others_cannot_move_it, 0, 2);
	suite_add_tcase(s, tc);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
