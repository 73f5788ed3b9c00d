/*
 * test_store_damage.c - test of edge/store: what was edited, flipped, copied,
 * taken away or made for a newer version refuses and says so
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Of the SQLite engine only: it edits the database behind the store's back.
 */
#include "config.h"

#include <sys/mount.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sqlite3.h>

#include "store.h"

static void
edit(const char *sql)
{
	sqlite3 *db;
	char *msg = NULL;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &msg) == SQLITE_OK,
	    "%s: %s", sql, msg);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* Alice and bob, enrolled, with a failure each and a login. */
static void
people(void)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	test_admit_fill(&in, "alice");
	test_ok(st, sek_store_admit(st, &in, &out));
	(void)test_consume(st, "alice", 5, "000000");
	(void)test_consume(st, "bob", 5, "000000");
	sek_store_free(&st);
}

static enum sek_err
next(void *arg, struct sek_enrol *out)
{
	unsigned *left = arg;
	char name[32];

	if (*left == 0)
		return (SEK_ERR_NOT_FOUND);
	(void)snprintf(name, sizeof(name), "u%05u", --*left);
	test_enrol_fill(out, name, SEK_METHOD_HOTP);
	return (SEK_OK);
}

static off_t
log_size(void)
{
	char path[SEK_PATH_MAX + 16];
	struct stat sb;

	(void)snprintf(path, sizeof(path), "%s-wal", test_config.path);
	ck_assert_int_eq(stat(path, &sb), 0);
	return (sb.st_size);
}

START_TEST(log_is_cut_once_nobody_reads_what_was_before_an_import)
{
	struct sek_store *st = test_open();
	static struct sek_refuse in;
	unsigned rows = 12000, i;
	uint64_t count;
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN;SELECT * FROM account", NULL,
	    NULL, NULL), SQLITE_OK);
	test_ok(st, sek_store_import(st, next, &rows, NULL, &count));
	ck_assert_int_gt(log_size(), 8 << 20);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	/* A login that comes by does it. */
	for (i = 0; i < 130; i++) {
		test_refuse_fill(&in, "alice");
		(void)snprintf(in.who.rhost, sizeof(in.who.rhost), "h%u", i);
		test_ok(st, sek_store_refuse(st, &in));
	}
	ck_assert_int_eq(log_size(), 2 << 20);
	sek_store_free(&st);
}
END_TEST

static enum sek_err
look(struct sek_store *st, const char *name)
{
	static struct sek_lookup_out out;
	struct sek_lookup in = { .who = test_who(name),
	    .limits = test_limits(5), .caller_limits = test_limits(5) };

	return (sek_store_lookup(st, &in, &out));
}

static const struct edit {
	const char	*sql;
	const char	*table;
	bool		 bob_too;	/* the edit hits everybody's row */
} edits[] = {
	{ "UPDATE account SET data=zeroblob(length(data)) WHERE name='alice'",
	    "account", false },
	/* one bit of what is packed: a last login that never was */
	{ "UPDATE account SET data=CAST(substr(data,1,3)||x'01'||"
	    "substr(data,5) AS BLOB) WHERE name='alice'", "account", false },
	{ "UPDATE account SET data=NULL WHERE name='alice'", "account",
	    false },
	{ "UPDATE account SET mac=(SELECT mac FROM account WHERE name='bob') "
	    "WHERE name='alice'", "account", false },
	/* all of bob's row under alice's name */
	{ "UPDATE account SET (person,data,mac)=(SELECT person,data,mac FROM "
	    "account WHERE name='bob') WHERE name='alice'", "account", false },
	{ "UPDATE account SET person='p-bob' WHERE name='alice'", "account",
	    false },
	{ "UPDATE person SET data=zeroblob(length(data)) WHERE id='p-alice'",
	    "person", false },
	{ "UPDATE authenticator SET data=zeroblob(length(data)) "
	    "WHERE person='p-alice'", "authenticator", false },
	/* bob's token for alice */
	{ "UPDATE authenticator SET person='p-alice' WHERE person='p-bob'",
	    "authenticator", false },
	{ "UPDATE attempt SET data=zeroblob(9)", "attempt", true },
	{ "UPDATE attempt SET locked=1-locked", "attempt", true },
};

START_TEST(edited_row_refuses_its_account_only_and_is_recorded)
{
	const struct edit *e = &edits[_i];
	struct sek_store *st;
	struct test_count c;

	people();
	edit(e->sql);
	st = test_open();
	test_is(st, look(st, "alice"), SEK_ERR_TAMPERED);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), e->table));
	test_is(st, look(st, "alice"), SEK_ERR_TAMPERED);
	if (!e->bob_too)
		test_ok(st, look(st, "bob"));
	c = test_records(st, "tampered", NULL);
	ck_assert_uint_ge(c.records, 1);
	ck_assert_uint_le(c.records, 2);
	ck_assert_uint_eq(c.count, 2);
	ck_assert_ptr_nonnull(strstr(c.last, e->table));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

static void
count_bad(void *arg, const char *table, const char *id)
{

	if (strcmp(table, "account") == 0 && strcmp(id, "alice") == 0)
		++*(int *)arg;
}

START_TEST(status_names_the_edited_row)
{
	struct sek_store *st;
	struct sek_store_status s;
	int named = 0;

	people();
	st = test_open();
	test_ok(st, sek_store_status(st, &s, count_bad, &named));
	ck_assert_uint_eq(s.tampered, 0);
	ck_assert_uint_eq(s.pages_ok, 1);
	ck_assert_uint_eq(s.accounts, 2);
	ck_assert_uint_eq(s.authenticators, 2);
	ck_assert_uint_eq(s.ballast, s.ballast_full);
	sek_store_free(&st);
	edit("UPDATE account SET data=zeroblob(90) WHERE name='alice'");
	st = test_open();
	test_ok(st, sek_store_status(st, &s, count_bad, &named));
	ck_assert_uint_eq(s.tampered, 1);
	ck_assert_int_eq(named, 1);
	sek_store_free(&st);
}
END_TEST

static void
refuse(struct sek_store *st, const char *name, unsigned times)
{
	static struct sek_refuse in;

	test_refuse_fill(&in, name);
	while (times-- > 0)
		test_ok(st, sek_store_refuse(st, &in));
}

static void
note_waiting(void *arg, const char *table, const char *id)
{

	(void)id;
	if (strcmp(table, "coalesce") == 0)
		++*(int *)arg;
}

/* Refusals that wait: alice's seven, bob's three. old: as they were a while
 * before, put back by some edits. */
static const char *const waiting_edits[] = {
	"DELETE FROM coalesce",
	"DELETE FROM coalesce WHERE count=6",
	"UPDATE coalesce SET count=0",
	"UPDATE coalesce SET count=count-1 WHERE count=6",
	"UPDATE coalesce SET count=9223372036854775807",
	"UPDATE coalesce SET due=due+1",
	"UPDATE coalesce SET due=NULL,count=NULL",
	"UPDATE coalesce SET data=zeroblob(length(data)) WHERE count=6",
	"UPDATE coalesce SET mac=(SELECT mac FROM coalesce WHERE count=2) "
	    "WHERE count=6",
	"INSERT INTO coalesce SELECT zeroblob(32),source,due,count,data,mac "
	    "FROM coalesce WHERE count=6",
	"INSERT INTO coalesce VALUES(zeroblob(32),NULL,NULL,NULL,NULL,NULL)",
	/* taken away, one put in its place that was written long ago */
	"DELETE FROM coalesce WHERE count=6;"
	    "INSERT INTO coalesce SELECT * FROM old WHERE count=4",
	"INSERT INTO coalesce SELECT * FROM old WHERE count=4",
	/* as it was a moment ago */
	"REPLACE INTO coalesce SELECT * FROM young WHERE count=4",
};

static struct sek_store *
waiting(void)
{
	struct sek_store *st = test_open();

	people();
	refuse(st, "carol", 5);
	sek_store_close(st);
	edit("CREATE TABLE old AS SELECT * FROM coalesce");
	test_verify_ok(st);		/* carol's are written */
	refuse(st, "alice", 5);
	sek_store_close(st);
	edit("CREATE TABLE young AS SELECT * FROM coalesce");
	refuse(st, "alice", 2);
	refuse(st, "bob", 3);
	sek_store_close(st);
	return (st);
}

START_TEST(waiting_refusals_changed_are_named_and_refuse_nobody)
{
	struct sek_store *st = waiting();
	struct sek_store_status s;
	struct test_count c;
	struct sek_verify v;
	int named = 0;

	test_ok(st, sek_store_status(st, &s, note_waiting, &named));
	ck_assert_int_eq(named, 0);
	sek_store_close(st);
	edit(waiting_edits[_i]);
	test_ok(st, sek_store_status(st, &s, note_waiting, &named));
	ck_assert_int_ge(named, 1);
	ck_assert_uint_ge(s.tampered, 1);
	/* Whoever comes now is let in, and more of them are counted. */
	test_ok(st, look(st, "alice"));
	ck_assert_uint_eq(test_consume(st, "bob", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	refuse(st, "alice", 2);
	test_ok(st, sek_store_verify(st, &v, NULL, NULL));
	c = test_records(st, "tampered", NULL);
	ck_assert_uint_ge(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "table coalesce"));
	test_verify_ok(st);
	named = 0;
	test_ok(st, sek_store_status(st, &s, note_waiting, &named));
	ck_assert_int_eq(named, 0);
	/* Carol's were written once. */
	ck_assert_uint_le(test_records(st, "refuse", "carol").count, 5);
	sek_store_free(&st);
}
END_TEST

START_TEST(verify_is_not_content_with_waiting_refusals_changed)
{
	struct sek_store *st = waiting();
	struct sek_verify v;

	edit(waiting_edits[_i]);
	test_ok(st, sek_store_verify(st, &v, NULL, NULL));
	ck_assert(!v.ok);
	ck_assert_uint_gt(v.first_bad, 0);
	test_verify_ok(st);		/* it is a record now */
	sek_store_free(&st);
}
END_TEST

START_TEST(tampered_idle_tally_keeps_nobody_out)
{
	struct sek_store *st = test_open();

	test_ok(st, sek_store_idle(st));
	sek_store_close(st);
	edit("UPDATE attempt SET locked=1-locked");
	test_ok(st, sek_store_idle(st));
	test_ok(st, sek_store_idle(st));
	ck_assert_uint_eq(test_records(st, "tampered", NULL).count, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(edited_head_refuses_all)
{
	struct sek_store *st;

	people();
	edit("UPDATE meta SET data=zeroblob(length(data))");
	st = test_open();
	test_is(st, look(st, "alice"), SEK_ERR_TAMPERED);
	test_is(st, look(st, "bob"), SEK_ERR_TAMPERED);
	sek_store_free(&st);
}
END_TEST

START_TEST(unlock_mends_a_tampered_tally)
{
	struct sek_record actor = { .event = SEK_EVENT_UNLOCK, .count = 1 };
	struct sek_store *st;
	bool was;

	people();
	edit("UPDATE attempt SET locked=1-locked");
	st = test_open();
	test_ok(st, sek_store_unlock(st, "alice", &actor, &was));
	ck_assert(was);
	test_ok(st, look(st, "alice"));
	sek_store_free(&st);
}
END_TEST

static const struct chain_edit {
	const char	*sql;
	uint64_t	 bad;	/* seq verify must name */
} chain_edits[] = {
	{ "UPDATE record SET body=replace(body,'event=enrol','event=login') "
	    "WHERE seq=2", 2 },
	{ "UPDATE record SET hash=x'00' WHERE seq=3", 3 },
	{ "UPDATE record SET prev=(SELECT hash FROM record WHERE seq=1) "
	    "WHERE seq=3", 3 },
	{ "UPDATE record SET version=2 WHERE seq=2", 2 },
	{ "DELETE FROM record WHERE seq=2", 2 },
	{ "DELETE FROM record WHERE seq=1", 1 },
	{ "DELETE FROM record WHERE seq=(SELECT max(seq) FROM record)", 4 },
	{ "INSERT INTO record SELECT 5,version,hash,hash,body FROM record "
	    "WHERE seq=4", 5 },
};

START_TEST(changed_cut_or_added_record_is_named)
{
	const struct chain_edit *e = &chain_edits[_i];
	struct sek_store *st = test_open();
	struct sek_verify v;
	struct sek_admit in;
	struct sek_admit_out out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	test_admit_fill(&in, "alice");
	test_ok(st, sek_store_admit(st, &in, &out));
	test_verify_ok(st);
	sek_store_close(st);
	edit(e->sql);
	test_ok(st, sek_store_verify(st, &v, NULL, NULL));
	ck_assert(!v.ok);
	ck_assert_uint_eq(v.first_bad, e->bad);
	ck_assert_str_ne(v.cause, "");
	sek_store_free(&st);
}
END_TEST

static void
checkpoint(void)
{

	edit("PRAGMA wal_checkpoint(TRUNCATE)");
}

static bool
refuses_or_is_named(void)
{
	struct sek_store *st = test_open();
	struct sek_store_status s;
	struct sek_verify v;
	bool bad = false;

	bad |= look(st, "alice") != SEK_OK || look(st, "bob") != SEK_OK;
	bad |= sek_store_verify(st, &v, NULL, NULL) != SEK_OK || !v.ok;
	bad |= sek_store_status(st, &s, NULL, NULL) != SEK_OK || !s.pages_ok ||
	    s.tampered != 0;
	sek_store_free(&st);
	return (bad);
}

/* Wherever a byte of what was written lies: if anything is told after it was
 * flipped, it is told rightly, or told to be wrong. */
START_TEST(flipped_bytes_refuse_or_are_named)
{
	static const char *const words[] = { "event=enrol", "event=admit",
	    "p-alice", "subject=alice", "SQLite format 3" };
	char *data;
	struct stat st;
	size_t i, at;
	int fd;
	char c;

	people();
	checkpoint();
	ck_assert_int_eq(stat(test_config.path, &st), 0);
	ck_assert_ptr_nonnull(data = malloc((size_t)st.st_size));
	ck_assert_int_ge(fd = open(test_config.path, O_RDWR), 0);
	ck_assert_int_eq(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const char *p = memmem(data, (size_t)st.st_size, words[i],
		    strlen(words[i]));

		ck_assert_ptr_nonnull(p);
		at = (size_t)(p - data) + strlen(words[i]) - 1;
		c = (char)(data[at] ^ 1);
		ck_assert_int_eq(pwrite(fd, &c, 1, (off_t)at), 1);
		ck_assert_msg(refuses_or_is_named(), "%s at %zu", words[i],
		    at);
		/* and once mended all is well */
		ck_assert_int_eq(pwrite(fd, data, (size_t)st.st_size, 0),
		    st.st_size);
		edit("DELETE FROM coalesce WHERE 0");
		checkpoint();
		ck_assert_int_eq(pread(fd, data, (size_t)st.st_size, 0),
		    st.st_size);
	}
	(void)close(fd);
	free(data);
}
END_TEST

START_TEST(random_flips_never_crash_nor_lie)
{
	char *data;
	struct stat st;
	struct sek_store *s;
	struct sek_verify v;
	int fd, i;
	size_t at;
	char c;

	people();
	checkpoint();
	ck_assert_int_eq(stat(test_config.path, &st), 0);
	ck_assert_ptr_nonnull(data = malloc((size_t)st.st_size));
	ck_assert_int_ge(fd = open(test_config.path, O_RDWR), 0);
	ck_assert_int_eq(pread(fd, data, (size_t)st.st_size, 0), st.st_size);
	for (i = 0; i < 100; i++) {
		/* the first pages hold schema and rows */
		at = (size_t)random() % (20 * 4096);
		c = (char)(data[at] ^ (1 << (random() % 8)));
		ck_assert_int_eq(pwrite(fd, &c, 1, (off_t)at), 1);
		s = test_open();
		(void)look(s, "alice");
		(void)sek_store_verify(s, &v, NULL, NULL);
		sek_store_free(&s);
		ck_assert_int_eq(pwrite(fd, data, (size_t)st.st_size, 0),
		    st.st_size);
		ck_assert_int_eq(ftruncate(fd, st.st_size), 0);
		{
			char beside[1100];

			(void)snprintf(beside, sizeof(beside), "%s-wal",
			    test_config.path);
			ck_assert_int_eq(truncate(beside, 0), 0);
		}
	}
	(void)close(fd);
	free(data);
}
END_TEST

START_TEST(another_terminal_id_refuses)
{
	struct sek_store *st;

	people();
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-2");
	st = test_open();
	test_is(st, look(st, "alice"), SEK_ERR_STORE_FOREIGN);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "store adopt"));
	sek_store_free(&st);
}
END_TEST

/* In a mount namespace of its own; false: not allowed to. */
static bool
other_machine_id(const char *text)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/machine-id", test_dir);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	(void)fputs(text, f);
	(void)fclose(f);
	return (geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(path, "/etc/machine-id", NULL, MS_BIND, NULL) == 0);
}

START_TEST(another_machine_refuses)
{
	struct sek_store *st;

	people();
	if (!other_machine_id("0123456789abcdef0123456789abcdef\n")) {
		(void)printf("skip: no mount namespace\n");
		return;
	}
	st = test_open();
	test_is(st, look(st, "alice"), SEK_ERR_STORE_FOREIGN);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_machine_id_makes_no_store)
{
	struct sek_store_config c;
	struct sek_why why = { "" };
	char dir[96];
	struct stat st;

	if (!other_machine_id("")) {
		(void)printf("skip: no mount namespace\n");
		return;
	}
	(void)snprintf(dir, sizeof(dir), "%s/second", test_dir);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	test_config_fill(&c, dir);
	ck_assert_int_ne(test_engine->init(&c, &why), SEK_OK);
	ck_assert_ptr_nonnull(strstr(why.text, "machine-id"));
	ck_assert_int_ne(stat(c.path, &st), 0);
}
END_TEST

START_TEST(newer_major_refuses_and_newer_minor_works)
{
	struct sek_store *st = test_open();

	people();
	edit("PRAGMA user_version=1008; CREATE TABLE later(a)");
	test_ok(st, look(st, "alice"));
	sek_store_close(st);
	edit("PRAGMA user_version=2000");
	test_is(st, look(st, "alice"), SEK_ERR_STORE_NEWER);
	sek_store_free(&st);
}
END_TEST

START_TEST(missing_store_says_what_to_run)
{
	struct sek_store *st = test_open();

	ck_assert_int_eq(unlink(test_config.path), 0);
	test_is(st, look(st, "alice"), SEK_ERR_STORE_MISSING);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "sekisho init"));
	sek_store_free(&st);
}
END_TEST

START_TEST(missing_key_names_the_key)
{
	struct sek_store *st = test_open();

	ck_assert_int_eq(unlink(test_config.key), 0);
	test_is(st, look(st, "alice"), SEK_ERR_STORE);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), test_config.key));
	sek_store_free(&st);
}
END_TEST

START_TEST(another_key_refuses)
{
	struct sek_store *st = test_open();
	FILE *f;
	int i;

	people();
	ck_assert_ptr_nonnull(f = fopen(test_config.key, "w"));
	(void)fputs("sekisho store key 1\n", f);
	for (i = 0; i < 32; i++)
		(void)fputs("5a", f);
	(void)fputs("\n", f);
	(void)fclose(f);
	test_is(st, look(st, "alice"), SEK_ERR_TAMPERED);
	sek_store_free(&st);
}
END_TEST

START_TEST(file_others_may_read_refuses)
{
	struct sek_store *st = test_open();

	ck_assert_int_eq(chmod(test_config.path, 0640), 0);
	test_is(st, look(st, "alice"), SEK_ERR_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "chmod 600"));
	ck_assert_int_eq(chmod(test_config.path, 0600), 0);
	test_ok(st, look(st, "alice"));
	sek_store_free(&st);
}
END_TEST

START_TEST(link_in_its_place_refuses)
{
	struct sek_store *st = test_open();
	char aside[1100];

	(void)snprintf(aside, sizeof(aside), "%s.aside", test_config.path);
	ck_assert_int_eq(rename(test_config.path, aside), 0);
	ck_assert_int_eq(symlink(aside, test_config.path), 0);
	test_is(st, look(st, "alice"), SEK_ERR_UNTRUSTED);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_database_at_all_is_damaged)
{
	struct sek_store *st = test_open();
	FILE *f;

	ck_assert_ptr_nonnull(f = fopen(test_config.path, "r+"));
	(void)fputs("this is not a database, but it is long enough to be "
	    "taken for the beginning of one, one might think at first", f);
	(void)fclose(f);
	test_is(st, look(st, "alice"), SEK_ERR_STORE_DAMAGED);
	sek_store_free(&st);
}
END_TEST

START_TEST(read_only_file_system_refuses_and_works_again)
{
	struct sek_store *st = test_open();
	char state[96];

	(void)snprintf(state, sizeof(state), "%s/state", test_dir);
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(state, state, NULL, MS_BIND, NULL) != 0 ||
	    mount(NULL, state, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) !=
	    0) {
		(void)printf("skip: no mount namespace\n");
		return;
	}
	test_is(st, look(st, "alice"), SEK_ERR_STORE_READONLY);
	ck_assert_int_eq(umount2(state, MNT_DETACH), 0);
	test_ok(st, look(st, "alice"));
	sek_store_free(&st);
}
END_TEST

START_TEST(clock_step_back_refuses_totp_until_accepted)
{
	struct sek_record actor = { .event = SEK_EVENT_CLOCK_ACCEPTED };
	struct sek_store *st = test_open();
	struct sek_consume_out out;
	static struct sek_lookup_out l;

	/* Not the clock goes back: the newest record is of the future. */
	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	test_config.clock_step = -3600;
	sek_store_free(&st);
	st = test_open();
	out = test_consume(st, "alice", 5, test_totp());
	ck_assert_uint_eq(out.verdict, SEK_OATH_WRONG);
	ck_assert_uint_eq(out.reason, SEK_REASON_CLOCK);
	ck_assert_uint_eq(out.lock.failures, 0);
	(void)test_consume(st, "alice", 5, test_totp());
	test_lookup(st, "alice", &l);
	ck_assert_uint_eq(l.clock_back, 1);
	ck_assert_uint_eq(test_records(st, "clock-step", NULL).records, 1);
	test_ok(st, sek_store_accept_clock(st, &actor));
	sek_store_free(&st);
	test_config.clock_step = 60;
	st = test_open();
	test_lookup(st, "alice", &l);
	ck_assert_uint_eq(l.clock_back, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(logout_lost_with_its_boot_is_recorded_at_the_next_login)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;
	static struct sek_open_session open;
	static struct sek_open_session_out seen;
	int i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	for (i = 0; i < 3; i++) {
		test_admit_fill(&in, "alice");
		test_ok(st, sek_store_admit(st, &in, &out));
		open.who = test_who("alice");
		open.subject_uid = 1000;
		open.taker = in.gate;
		memcpy(open.id, out.id, sizeof(open.id));
		test_ok(st, sek_store_open_session(st, &open, &seen));
		ck_assert_uint_eq(seen.previous_unclosed, i == 1);
		sek_store_close(st);
		if (i == 0)
			edit("UPDATE session SET boot_id=zeroblob(16)");
	}
	ck_assert_uint_eq(test_records(st, "logout-unknown", NULL).records, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store-damage");
	TCase *t = tcase_create("damage");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t,
	    edited_row_refuses_its_account_only_and_is_recorded, 0,
	    (int)(sizeof(edits) / sizeof(edits[0])));
	tcase_add_test(t, status_names_the_edited_row);
	tcase_add_loop_test(t,
	    waiting_refusals_changed_are_named_and_refuse_nobody, 0,
	    (int)(sizeof(waiting_edits) / sizeof(waiting_edits[0])));
	tcase_add_loop_test(t,
	    verify_is_not_content_with_waiting_refusals_changed, 0,
	    (int)(sizeof(waiting_edits) / sizeof(waiting_edits[0])));
	tcase_add_test(t,
	    log_is_cut_once_nobody_reads_what_was_before_an_import);
	tcase_add_test(t, tampered_idle_tally_keeps_nobody_out);
	tcase_add_test(t, edited_head_refuses_all);
	tcase_add_test(t, unlock_mends_a_tampered_tally);
	tcase_add_loop_test(t, changed_cut_or_added_record_is_named, 0,
	    (int)(sizeof(chain_edits) / sizeof(chain_edits[0])));
	tcase_add_test(t, flipped_bytes_refuse_or_are_named);
	tcase_add_test(t, random_flips_never_crash_nor_lie);
	tcase_add_test(t, another_terminal_id_refuses);
	tcase_add_test(t, another_machine_refuses);
	tcase_add_test(t, no_machine_id_makes_no_store);
	tcase_add_test(t, newer_major_refuses_and_newer_minor_works);
	tcase_add_test(t, missing_store_says_what_to_run);
	tcase_add_test(t, missing_key_names_the_key);
	tcase_add_test(t, another_key_refuses);
	tcase_add_test(t, file_others_may_read_refuses);
	tcase_add_test(t, link_in_its_place_refuses);
	tcase_add_test(t, no_database_at_all_is_damaged);
	tcase_add_test(t, read_only_file_system_refuses_and_works_again);
	tcase_add_test(t, clock_step_back_refuses_totp_until_accepted);
	tcase_add_test(t,
	    logout_lost_with_its_boot_is_recorded_at_the_next_login);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
