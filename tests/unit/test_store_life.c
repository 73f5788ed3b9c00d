/*
 * test_store_life.c - test of edge/store: a store kept alive: migrated, backed
 * up and taken back, adopted, its key rotated
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sodium.h>
#include <sqlite3.h>

#include "../../common/edge/store/sqlite/db.h"
#include "store.h"

/* What the passphrase costs is libsodium's to test; here it costs little. */
int __wrap_crypto_pwhash(unsigned char *out, unsigned long long len,
    const char *pass_text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg);
int
__wrap_crypto_pwhash(unsigned char *out, unsigned long long len,
    const char *pass_text, unsigned long long n, const unsigned char *salt,
    unsigned long long ops, size_t mem, int alg)
{
	(void)ops;
	(void)mem;
	(void)alg;
	return (crypto_generichash(out, (size_t)len,
	    (const unsigned char *)pass_text, n, salt,
	    crypto_pwhash_SALTBYTES));
}

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };

/* As an intruder, or an older version, would. */
static void
edit_file(const char *path, const char *sql)
{
	sqlite3 *db = NULL;
	char *text = NULL;

	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &text) == SQLITE_OK,
	    "%s: %s", sql, text);
	(void)sqlite3_close(db);
}

static void
edit(const char *sql)
{

	edit_file(test_config.path, sql);
}

/* The store as the first version made it. */
static void
make_minor_0(void)
{

	edit("DROP TABLE mark; DROP TABLE seal; DROP TABLE anchor;"
	    "DROP TABLE request; DROP TABLE ticket; DROP TABLE security_key;"
	    "DROP TABLE card; DROP TABLE biometric; "
	    "DROP TABLE password; DROP TABLE woken; PRAGMA user_version=1000");
}

START_TEST(a_mark_is_kept_and_checked)
{
	struct sek_mark m = { .name = "export", .text = "12" }, got;
	struct sek_store *st = test_open();
	struct sek_store_status s;

	test_is(st, sek_store_mark(st, "export", &got), SEK_ERR_NOT_FOUND);
	test_ok(st, sek_store_mark_set(st, &m));
	test_ok(st, sek_store_mark(st, "export", &got));
	ck_assert_str_eq(got.text, "12");
	ck_assert_int_gt(got.wall, 0);
	m.wall = 77;
	(void)snprintf(m.text, sizeof(m.text), "13");
	test_ok(st, sek_store_mark_set(st, &m));
	test_ok(st, sek_store_mark(st, "export", &got));
	ck_assert_str_eq(got.text, "13");
	ck_assert_int_eq(got.wall, 77);
	sek_store_close(st);
	edit("UPDATE mark SET data=zeroblob(length(data))");
	test_is(st, sek_store_mark(st, "export", &got), SEK_ERR_TAMPERED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(logins_go_on_at_an_older_minor_and_marks_say_what_to_run)
{
	struct sek_mark m = { .name = "export" };
	struct sek_store *st = test_open();
	struct sek_store_status s;

	make_minor_0();
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.schema_minor, 0);
	test_is(st, sek_store_mark(st, "export", &m), SEK_ERR_STORE_OLDER);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st),
	    "sekisho store migrate"));
	test_is(st, sek_store_mark_set(st, &m), SEK_ERR_STORE_OLDER);
	sek_store_free(&st);
}
END_TEST

START_TEST(migrate_keeps_a_copy_and_a_record_and_open_logins_go_on)
{
	struct sek_store *st = test_open(), *other = test_open();
	struct sek_mark m = { .name = "export" };
	struct sek_migrate_out out;

	make_minor_0();
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_uint_eq(test_consume(other, "alice", 5,
	    test_hotp(0)).verdict, SEK_OATH_OK);
	test_ok(st, sek_store_migrate(st, &actor, &out));
	ck_assert_uint_eq(out.from, 0);
	ck_assert_uint_eq(out.to, 7);
	ck_assert_uint_eq(test_consume(other, "alice", 5,
	    test_hotp(1)).verdict, SEK_OATH_OK);
	test_ok(other, sek_store_mark_set(other, &m));
	ck_assert_uint_eq(test_records(st, "store-migrate",
	    "root-person").records, 1);
	test_verify_ok(st);
	test_ok(st, sek_store_migrate(st, &actor, &out));
	ck_assert_uint_eq(out.from, 7);
	ck_assert_str_eq(out.kept, "");
	sek_store_free(&other);
	sek_store_free(&st);
}
END_TEST

START_TEST(three_copies_are_kept)
{
	struct sek_store *st = test_open();
	struct sek_migrate_out out;
	char folder[SEK_PATH_MAX + 16], first[SEK_PATH_MAX] = "";
	struct stat sb;
	int i;

	/* Also where the clock was ahead once. */
	(void)snprintf(folder, sizeof(folder), "mkdir -m 700 %s/state/backup",
	    test_dir);
	ck_assert_int_eq(system(folder), 0);
	for (i = 1; i <= 3; i++) {
		(void)snprintf(folder, sizeof(folder),
		    "touch %s/state/backup/store-2999010%dT-x.db", test_dir, i);
		ck_assert_int_eq(system(folder), 0);
	}
	for (i = 0; i < 5; i++) {
		make_minor_0();
		test_ok(st, sek_store_migrate(st, &actor, &out));
		if (i == 0)
			(void)snprintf(first, sizeof(first), "%s", out.kept);
		ck_assert_int_eq(stat(out.kept, &sb), 0);
		ck_assert_uint_eq(sb.st_mode & 07777, 0600);
		sek_store_close(st);
	}
	ck_assert_int_ne(stat(first, &sb), 0);
	(void)snprintf(folder, sizeof(folder), "%s/state/backup", test_dir);
	ck_assert_int_eq(stat(folder, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 07777, 0700);
	ck_assert_uint_eq(sb.st_nlink, 2);
	/* A copy is a whole store of the minor it had. */
	ck_assert_int_eq(rename(out.kept, test_config.path), 0);
	(void)snprintf(folder, sizeof(folder), "%s-wal", test_config.path);
	(void)unlink(folder);
	test_verify_ok(st);
	test_ok(st, sek_store_migrate(st, &actor, &out));
	ck_assert_uint_eq(out.from, 0);
	sek_store_free(&st);
}
END_TEST

/* ---- a key of its own */

static void
read_key(char *dst, size_t size)
{
	FILE *f = fopen(test_config.key, "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_gt(fread(dst, 1, size, f), 80);
	(void)fclose(f);
}

/* Wrong answers of alice's, in her tally. */
static void
fail_times(struct sek_store *st, const char *name, unsigned n)
{
	while (n-- > 0)
		(void)test_consume(st, name, 5, "000000");
}

static uint32_t
failures_of(struct sek_store *st, const char *name)
{
	struct sek_limits limits = test_limits(5);
	struct sek_user u;

	test_ok(st, sek_store_user(st, name, &limits, &u));
	return (u.lock.failures);
}

static void
assert_no_bad_row(struct sek_store *st)
{
	struct sek_store_status s;

	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	ck_assert_uint_eq(s.pages_ok, 1);
}

START_TEST(rotate_carries_everything_and_destroys_the_old_key)
{
	struct sek_store *st = test_open(), *open_one = test_open();
	struct sek_rotated out;
	struct sek_mark m = { .name = "export", .text = "12" };
	char before[256] = "", after[256] = "", next[SEK_PATH_MAX + 8];
	char code[16];
	struct stat sb;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	fail_times(st, "alice", 3);
	test_ok(st, sek_store_mark_set(st, &m));
	(void)snprintf(code, sizeof(code), "%s", test_totp());
	ck_assert_uint_eq(test_consume(open_one, "bob", 5, code).verdict,
	    SEK_OATH_OK);
	read_key(before, sizeof(before) - 1);
	test_ok(st, sek_store_rotate(st, &actor, &out, NULL, NULL));
	read_key(after, sizeof(after) - 1);
	ck_assert_str_ne(before, after);
	ck_assert_uint_eq(out.left, 0);
	(void)snprintf(next, sizeof(next), "%s.new", test_config.key);
	ck_assert_int_ne(stat(next, &sb), 0);
	/* Also on the connection that was open all the time. */
	ck_assert_uint_eq(failures_of(open_one, "alice"), 3);
	ck_assert_uint_eq(test_consume(open_one, "alice", 5,
	    test_hotp(0)).verdict, SEK_OATH_OK);
	ck_assert_uint_eq(test_consume(open_one, "bob", 5, code).verdict,
	    SEK_OATH_REPLAYED);
	test_ok(st, sek_store_mark(st, "export", &m));
	ck_assert_str_eq(m.text, "12");
	assert_no_bad_row(st);
	ck_assert_uint_eq(test_records(st, "key-rotated",
	    "root-person").records, 1);
	test_verify_ok(st);
	test_ok(st, sek_store_rotate(st, &actor, &out, NULL, NULL));
	ck_assert_uint_eq(test_consume(open_one, "alice", 5,
	    test_hotp(1)).verdict, SEK_OATH_OK);
	sek_store_free(&open_one);
	sek_store_free(&st);
}
END_TEST

START_TEST(rotate_keeps_a_locked_name_and_a_caller_locked)
{
	struct sek_store *st = test_open();
	struct sek_claimant who = test_who("alice");
	struct sek_rotated out;
	char slot[SEK_ID_MAX];
	int i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	who.caller = 4242;		/* nobody's: "#4242" */
	for (i = 0; i < 3; i++) {
		ck_assert_int_eq(test_reserve_as(st, &who, 3, slot),
		    SEK_SLOT_GRANTED);
		(void)test_settle_as(st, &who, 3, slot, SEK_SETTLE_FAILED);
	}
	test_ok(st, sek_store_rotate(st, &actor, &out, NULL, NULL));
	ck_assert_uint_eq(out.left, 0);
	ck_assert_int_ne(test_reserve_as(st, &who, 3, slot),
	    SEK_SLOT_GRANTED);
	ck_assert_int_ne(test_reserve(st, "alice", 3, slot),
	    SEK_SLOT_GRANTED);
	/* Another name, the same caller. */
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	(void)snprintf(who.name, sizeof(who.name), "bob");
	ck_assert_int_ne(test_reserve_as(st, &who, 3, slot),
	    SEK_SLOT_GRANTED);
	sek_store_free(&st);
}
END_TEST

START_TEST(rotate_makes_no_bad_row_good)
{
	struct sek_store *st = test_open();
	struct sek_lookup in = { .who = test_who("alice"),
	    .limits = test_limits(5), .caller_limits = test_limits(5) };
	struct sek_store_status s;
	struct sek_rotated out;
	static struct sek_lookup_out found;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	fail_times(st, "alice", 2);
	fail_times(st, "bob", 2);
	sek_store_close(st);
	edit("UPDATE authenticator SET state=0,data=zeroblob(length(data)) "
	    "WHERE person='p-bob'; UPDATE attempt SET locked=0,"
	    "data=zeroblob(length(data))");
	test_ok(st, sek_store_rotate(st, &actor, &out, NULL, NULL));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 3);
	test_is(st, sek_store_lookup(st, &in, &found), SEK_ERR_TAMPERED);
	sek_store_free(&st);
}
END_TEST

/* Does the file hold these bytes? */
static bool
holds(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "r");
	char *all = malloc(8u << 20);
	bool found;
	size_t n;

	if (f == NULL) {
		free(all);
		return (false);
	}
	ck_assert_ptr_nonnull(all);
	n = fread(all, 1, 8u << 20, f);
	found = n >= len && memmem(all, n, bytes, len) != NULL;
	(void)fclose(f);
	free(all);
	return (found);
}

/* Rotations of the key file alone, as fast as they go. */
static void
replace_keys(void)
{
	char next[SEK_PATH_MAX + 8];
	struct sek_why why;

	(void)snprintf(next, sizeof(next), "%s.new", test_config.key);
	for (;;)
		if (sek_keys_make(next, &why) != SEK_OK ||
		    sek_keys_put_in_place(&test_config, &why) != SEK_OK)
			_exit(1);
}

START_TEST(a_key_read_while_it_is_replaced_is_one_of_both)
{
	struct sek_keys k = SEK_KEYS_NONE;
	struct sek_why why = { "" };
	pid_t pid;
	int i;

	if ((pid = test_fork()) == 0)
		replace_keys();
	for (i = 0; i < 60000; i++) {
		ck_assert_msg(sek_keys_load(&k, test_config.key, &why) ==
		    SEK_OK, "%s", why.text);
		sek_keys_free(&k);
	}
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), 0);
	(void)kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

START_TEST(rotate_leaves_no_old_ciphertext)
{
	struct sek_store *st = test_open();
	char wal[SEK_PATH_MAX + 8];
	struct sek_rotated out;
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	unsigned char data[64];
	int n;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)snprintf(wal, sizeof(wal), "%s-wal", test_config.path);
	sek_store_close(st);
	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT data FROM "
	    "authenticator", -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_bytes(q, 0);
	ck_assert_int_gt(n, 60);
	memcpy(data, (const char *)sqlite3_column_blob(q, 0) + n - 48, 48);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	ck_assert(holds(test_config.path, data, 48) || holds(wal, data, 48));
	test_ok(st, sek_store_rotate(st, &actor, &out, NULL, NULL));
	ck_assert(!holds(test_config.path, data, 48));
	ck_assert(!holds(wal, data, 48));
	sek_store_free(&st);
}
END_TEST

/* ---- backup and restore */

static struct sek_secret pass;
static char file[128];

static void
backup(struct sek_store *st)
{
	struct sek_backup_info info;

	(void)snprintf(file, sizeof(file), "%s/backup.db", test_dir);
	(void)unlink(file);
	if (pass.data == NULL)
		ck_assert_int_eq(sek_secret_string(&pass,
		    "correct horse battery"), SEK_OK);
	test_ok(st, sek_store_backup(st, file, &pass, &actor, &info, NULL,
	    NULL));
	ck_assert_str_eq(info.terminal, "t-1");
}

struct told {
	unsigned	n[4];
};

static void
tell(void *arg, enum sek_change c, const char *account,
    const struct sek_authenticator *a)
{
	struct told *t = arg;

	(void)account;
	(void)a;
	t->n[c]++;
}

static struct told told;

static enum sek_err
restore_as(bool check, struct sek_restored *out, struct sek_why *why)
{
	struct sek_restore_in in = { .path = file, .pass = &pass,
	    .actor = &actor, .change = tell, .arg = &told, .check = check };

	memset(&told, 0, sizeof(told));
	return (test_engine->restore(&test_config, &in, out, why));
}

static struct sek_restored
restore(void)
{
	static struct sek_restored out;
	struct sek_why why = { "" };

	memset(&out, 0, sizeof(out));
	ck_assert_msg(restore_as(false, &out, &why) == SEK_OK, "%s",
	    why.text);
	return (out);
}

/* As after a dead disk: nothing is left. */
static void
lose_everything(void)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/state", test_dir);
	(void)nftw(path, test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	(void)snprintf(path, sizeof(path), "%s/keys", test_dir);
	(void)nftw(path, test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

START_TEST(a_backup_is_a_sealed_file_of_its_own)
{
	struct sek_store *st = test_open();
	struct sek_backup_info info;
	struct sek_mark m;
	char key[256] = "";
	struct stat sb;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	backup(st);
	ck_assert_int_eq(stat(file, &sb), 0);
	ck_assert_uint_eq(sb.st_mode & 07777, 0600);
	read_key(key, sizeof(key) - 1);
	ck_assert(!holds(file, key + 20, 32));
	ck_assert(!holds(file, TEST_KEY, TEST_KEY_LEN));
	test_ok(st, sek_store_mark(st, "backup", &m));
	ck_assert_str_eq(m.text, file);
	ck_assert_uint_eq(test_records(st, "store-backup",
	    "root-person").records, 1);
	test_is(st, sek_store_backup(st, file, &pass, &actor, &info, NULL,
	    NULL), SEK_ERR_EXISTS);
	sek_store_free(&st);
}
END_TEST

START_TEST(weak_passphrases_are_refused)
{
	static const char *const weak[] = { "", "short", "aaaaaaaaaaaaaaaaaaa",
	    "12121212121212" };
	struct sek_store *st = test_open();
	struct sek_secret s = SEK_SECRET_NONE;
	struct sek_backup_info info;
	struct stat sb;
	size_t i;

	(void)snprintf(file, sizeof(file), "%s/weak.db", test_dir);
	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		ck_assert_int_eq(sek_secret_string(&s, weak[i]), SEK_OK);
		test_is(st, sek_store_backup(st, file, &s, &actor, &info,
		    NULL, NULL), SEK_ERR_REFUSED);
		sek_secret_free(&s);
	}
	ck_assert_int_ne(stat(file, &sb), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(restored_to_nothing_codes_of_before_stay_used)
{
	struct sek_store *st = test_open();
	struct sek_restored out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	fail_times(st, "bob", 2);
	backup(st);
	/* Used since: the counters 0 to 2, and the present step. */
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(2)).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
	lose_everything();
	out = restore();
	ck_assert_int_eq(out.here, SEK_HERE_NOTHING);
	ck_assert_uint_eq(out.epoch, 1);
	ck_assert(out.machine);
	st = test_open();
	assert_no_bad_row(st);
	test_verify_ok(st);
	ck_assert_uint_eq(failures_of(st, "bob"), 2);
	ck_assert_uint_ne(test_consume(st, "bob", 9, test_totp()).verdict,
	    SEK_OATH_OK);
	/* A code used before opens nothing, again and again. */
	ck_assert_uint_ne(test_consume(st, "alice", 9, test_hotp(2)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_ne(test_consume(st, "alice", 9, test_hotp(2)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_ne(test_consume(st, "alice", 9, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	/* Two in a row do, once; then one is enough again. */
	ck_assert_uint_eq(test_consume(st, "alice", 9, test_hotp(3)).verdict,
	    SEK_OATH_RESYNC);
	ck_assert_uint_eq(test_consume(st, "alice", 9, test_hotp(4)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_eq(test_consume(st, "alice", 9, test_hotp(5)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_eq(test_records(st, "store-restore",
	    "root-person").records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(restored_into_a_later_state_what_came_since_stays)
{
	struct sek_store *st = test_open(), *open_one = test_open();
	struct sek_limits limits = test_limits(5);
	static struct sek_restored out;
	static struct sek_why why;
	char carol[SEK_ID_MAX], path[SEK_PATH_MAX];
	static struct sek_user u;
	uint64_t before;
	static struct sek_lookup_out found;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	(void)snprintf(carol, sizeof(carol), "%s",
	    test_enrol(st, "carol", SEK_METHOD_HOTP));
	backup(st);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(4)).verdict,
	    SEK_OATH_OK);
	test_ok(st, sek_store_suspend(st, "bob", "left", 0, &actor));
	test_ok(st, sek_store_authenticator_state(st, carol,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	(void)test_enrol(st, "dave", SEK_METHOD_HOTP);
	fail_times(open_one, "alice", 2);
	before = test_records(st, NULL, NULL).records;
	/* --check changes nothing and tells the same. */
	memset(&out, 0, sizeof(out));
	ck_assert_msg(restore_as(true, &out, &why) == SEK_OK, "%s", why.text);
	ck_assert_uint_eq(test_records(st, NULL, NULL).records, before);
	ck_assert_uint_eq(told.n[SEK_CHANGE_ADDED], 1);
	ck_assert_uint_eq(told.n[SEK_CHANGE_STATE], 1);
	ck_assert_uint_eq(told.n[SEK_CHANGE_SUSPENDED], 1);
	ck_assert_str_eq(out.saved, "");
	out = restore();
	ck_assert_int_eq(out.here, SEK_HERE_SAME);
	ck_assert_uint_eq(told.n[SEK_CHANGE_ADDED], 1);
	ck_assert_uint_gt(out.kept, 3);
	ck_assert_uint_eq(out.cut, 0);
	ck_assert_uint_gt(test_records(st, NULL, NULL).records, before);
	assert_no_bad_row(st);
	test_verify_ok(st);
	/* Exact: what was used is known, one code is enough. */
	ck_assert_uint_eq(failures_of(open_one, "alice"), 2);
	ck_assert_uint_eq(test_consume(open_one, "alice", 5,
	    test_hotp(4)).verdict, SEK_OATH_REPLAYED);
	ck_assert_uint_eq(test_consume(open_one, "alice", 5,
	    test_hotp(5)).verdict, SEK_OATH_OK);
	test_ok(st, sek_store_user(st, "bob", &limits, &u));
	ck_assert_uint_eq(u.account.state, SEK_ACCOUNT_SUSPENDED);
	test_lookup(st, "carol", &found);
	ck_assert_uint_eq(found.nauthenticators, 0);
	test_lookup(st, "dave", &found);
	ck_assert_uint_eq(found.nauthenticators, 0);
	/* What was here is kept. */
	(void)snprintf(path, sizeof(path), "%s", out.saved);
	ck_assert_int_eq(access(path, F_OK), 0);
	/* A second time: the epoch goes on. */
	ck_assert_uint_eq(restore().epoch, out.epoch + 1);
	sek_store_free(&open_one);
	sek_store_free(&st);
}
END_TEST

static uint64_t
count_of(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	uint64_t n;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	n = (uint64_t)sqlite3_column_int64(q, 0);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	return (n);
}

START_TEST(who_left_a_shared_account_is_no_member_after_a_restore)
{
	struct sek_store *st = test_open();
	struct sek_enrol e;
	int i;

	for (i = 0; i < 2; i++) {
		test_enrol_fill(&e, "counter", SEK_METHOD_HOTP);
		e.account.shared = 1;
		e.account.person[0] = '\0';
		(void)snprintf(e.person.id, sizeof(e.person.id), "p-%d", i);
		(void)snprintf(e.authenticator.person,
		    sizeof(e.authenticator.person), "p-%d", i);
		test_ok(st, sek_store_enrol(st, &e, NULL));
	}
	backup(st);
	sek_store_close(st);
	/* As a roster does. */
	edit("DELETE FROM member WHERE person='p-1'");
	ck_assert_int_eq(restore().here, SEK_HERE_SAME);
	ck_assert_uint_eq(told.n[SEK_CHANGE_STATE], 1);
	ck_assert_uint_eq(count_of("SELECT count(*) FROM member "
	    "WHERE person='p-0'"), 1);
	ck_assert_uint_eq(count_of("SELECT count(*) FROM member "
	    "WHERE person='p-1'"), 0);
	sek_store_close(st);
	/* With the account itself gone here, all of it comes back. */
	edit("DELETE FROM member; DELETE FROM account");
	(void)restore();
	ck_assert_uint_eq(count_of("SELECT count(*) FROM member"), 2);
	assert_no_bad_row(st);
	sek_store_free(&st);
}
END_TEST

/* The files of the store as they are, put aside or back. */
static void
files(const char *from, const char *to)
{
	char cmd[256];

	(void)snprintf(cmd, sizeof(cmd), "cd %s && rm -rf %s && "
	    "cp -a %s %s", test_dir, to, from, to);
	ck_assert_int_eq(system(cmd), 0);
}

START_TEST(over_an_older_state_codes_after_the_backup_stay_used)
{
	struct sek_store *st = test_open();
	struct sek_mark m = { .name = "roster-in", .text = "7" };
	struct sek_restored out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	fail_times(st, "bob", 1);
	sek_store_close(st);
	files("state", "older");
	fail_times(st, "bob", 2);
	(void)test_enrol(st, "carol", SEK_METHOD_HOTP);
	test_ok(st, sek_store_mark_set(st, &m));
	backup(st);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(1)).verdict,
	    SEK_OATH_OK);
	sek_store_close(st);
	files("older", "state");
	out = restore();
	ck_assert_int_eq(out.here, SEK_HERE_SAME);
	ck_assert_uint_ne(test_consume(st, "alice", 9, test_hotp(1)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_eq(failures_of(st, "bob"), 3);
	test_ok(st, sek_store_mark(st, "roster-in", &m));
	ck_assert_str_eq(m.text, "7");
	assert_no_bad_row(st);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(an_open_connection_writes_into_no_store_that_was_replaced)
{
	struct sek_store *st = test_open(), *open_one = test_open();
	struct sek_restored out;
	uint64_t before;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	backup(st);
	test_verify_ok(open_one);
	sek_store_free(&st);
	edit("UPDATE meta SET data=zeroblob(length(data))");
	out = restore();
	ck_assert_int_eq(out.here, SEK_HERE_UNREADABLE);
	st = test_open();
	before = test_records(st, NULL, NULL).records;
	test_is(open_one, sek_store_accept_clock(open_one, &actor),
	    SEK_ERR_STORE_BUSY);
	/* The next time it is the store that is there. */
	test_ok(open_one, sek_store_accept_clock(open_one, &actor));
	ck_assert_uint_eq(test_records(st, NULL, NULL).records, before + 1);
	test_verify_ok(st);
	test_verify_ok(open_one);
	sek_store_free(&open_one);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_file_than_was_looked_at_is_refused)
{
	struct sek_store *st = test_open();
	static struct sek_restored out;
	struct sek_restore_in in = { .path = file, .pass = &pass,
	    .actor = &actor, .check = true };
	struct sek_why why = { "" };
	struct sek_backup_info looked;

	backup(st);
	ck_assert_int_eq(test_engine->restore(&test_config, &in, &out, &why),
	    SEK_OK);
	looked = out.backup;
	in.check = false;
	in.looked = &looked;
	backup(st);
	ck_assert_int_eq(test_engine->restore(&test_config, &in, &out, &why),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(test_records(st, "store-restore", NULL).records, 0);
	looked = out.backup;
	ck_assert_int_eq(test_engine->restore(&test_config, &in, &out, &why),
	    SEK_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(restored_after_a_rotation_rows_are_under_the_key_here)
{
	struct sek_store *st = test_open();
	struct sek_rotated rotated;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	backup(st);
	test_ok(st, sek_store_rotate(st, &actor, &rotated, NULL, NULL));
	ck_assert_int_eq(restore().here, SEK_HERE_SAME);
	assert_no_bad_row(st);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(records_that_were_damaged_are_mended_and_later_ones_kept)
{
	struct sek_store *st = test_open();
	struct sek_restored out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	backup(st);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	sek_store_close(st);
	edit("UPDATE record SET body='x' WHERE seq=2");
	out = restore();
	ck_assert_uint_gt(out.kept, 0);
	ck_assert_uint_eq(out.cut, 0);
	test_verify_ok(st);
	ck_assert_uint_eq(test_records(st, "enrol", NULL).records, 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(an_unreadable_store_is_replaced_and_kept)
{
	static const char *const harm[] = {
		"UPDATE meta SET data=zeroblob(length(data))",
		"DELETE FROM meta",
	};
	struct sek_store *st = test_open();
	struct sek_restored out;
	size_t i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	backup(st);
	for (i = 0; i < 2; i++) {
		sek_store_close(st);
		edit(harm[i]);
		out = restore();
		ck_assert_int_eq(out.here, SEK_HERE_UNREADABLE);
		ck_assert_int_eq(access(out.saved, F_OK), 0);
		assert_no_bad_row(st);
		test_verify_ok(st);
	}
	sek_store_free(&st);
	/* No database at all, and a key that is none. */
	ck_assert_int_eq(truncate(test_config.path, 100), 0);
	ck_assert_int_eq(truncate(test_config.key, 10), 0);
	ck_assert_int_eq(restore().here, SEK_HERE_UNREADABLE);
	st = test_open();
	assert_no_bad_row(st);
	sek_store_free(&st);
}
END_TEST

static const struct {
	const char	*sql;
	enum sek_err	 expected;
} forged[] = {
	{ "CREATE TRIGGER t AFTER INSERT ON record BEGIN SELECT 1; END",
	    SEK_ERR_REFUSED },
	{ "CREATE VIEW v AS SELECT 1", SEK_ERR_REFUSED },
	{ "CREATE TABLE t(a)", SEK_ERR_REFUSED },
	{ "CREATE INDEX i ON record(seq)", SEK_ERR_REFUSED },
	{ "DROP TABLE approval", SEK_ERR_REFUSED },
	{ "ALTER TABLE person ADD COLUMN x TEXT", SEK_ERR_REFUSED },
	{ "PRAGMA application_id=1", SEK_ERR_REFUSED },
	{ "PRAGMA user_version=1999", SEK_ERR_STORE_NEWER },
	{ "PRAGMA user_version=1000", SEK_ERR_REFUSED },
	{ "PRAGMA journal_mode=WAL", SEK_ERR_REFUSED },
	{ "DELETE FROM backup", SEK_ERR_REFUSED },
	{ "UPDATE backup SET ops=1000000", SEK_ERR_REFUSED },
	{ "UPDATE backup SET mem=1000000000000", SEK_ERR_REFUSED },
	{ "UPDATE backup SET salt=x'00'", SEK_ERR_REFUSED },
	{ "UPDATE backup SET terminal='t-2'", SEK_ERR_REFUSED },
	{ "UPDATE backup SET made=made+1", SEK_ERR_REFUSED },
	{ "UPDATE authenticator SET state=0,data=zeroblob(length(data))",
	    SEK_ERR_REFUSED },
	{ "UPDATE account SET person='p-bob'", SEK_ERR_REFUSED },
	{ "UPDATE meta SET mac=zeroblob(32)", SEK_ERR_REFUSED },
	{ "DELETE FROM meta", SEK_ERR_REFUSED },
	{ "DELETE FROM record WHERE seq=2", SEK_ERR_REFUSED },
	{ "DELETE FROM record WHERE seq=(SELECT max(seq) FROM record)",
	    SEK_ERR_REFUSED },
	{ "UPDATE record SET body=body||'x' WHERE seq=2", SEK_ERR_REFUSED },
};

START_TEST(a_forged_backup_is_refused_and_nothing_changes)
{
	struct sek_store *st = test_open();
	static struct sek_restored out;
	struct sek_why why = { "" };
	enum sek_err err;
	unsigned before;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	backup(st);
	before = test_records(st, NULL, NULL).records;
	sek_store_close(st);
	edit_file(file, forged[_i].sql);
	err = restore_as(false, &out, &why);
	ck_assert_msg(err == forged[_i].expected, "%s: %s (%s)",
	    forged[_i].sql, sek_err_name(err), why.text);
	/* Of the file, not of the store. */
	ck_assert_msg(strstr(why.text, "store status") == NULL &&
	    strstr(why.text, "sekisho init") == NULL, "%s", why.text);
	ck_assert_uint_eq(test_records(st, NULL, NULL).records, before);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_passphrase_a_cut_file_and_garbage_are_refused)
{
	struct sek_store *st = test_open();
	static struct sek_restored out;
	struct sek_secret right;
	struct sek_why why = { "" };
	struct stat sb;

	backup(st);
	right = pass;
	ck_assert_int_eq(sek_secret_string(&pass, "another passphrase"),
	    SEK_OK);
	ck_assert_int_eq(restore_as(false, &out, &why), SEK_ERR_REFUSED);
	sek_secret_free(&pass);
	pass = right;
	ck_assert_int_eq(stat(file, &sb), 0);
	ck_assert_int_eq(truncate(file, sb.st_size / 2), 0);
	ck_assert_int_eq(restore_as(false, &out, &why),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(truncate(file, 50), 0);
	ck_assert_int_ne(restore_as(false, &out, &why), SEK_OK);
	ck_assert_int_eq(truncate(file, 0), 0);
	ck_assert_int_ne(restore_as(false, &out, &why), SEK_OK);
	(void)snprintf(file, sizeof(file), "/dev/zero");
	ck_assert_int_eq(restore_as(false, &out, &why), SEK_ERR_IO);
	(void)snprintf(file, sizeof(file), "%s/none", test_dir);
	ck_assert_int_eq(restore_as(false, &out, &why), SEK_ERR_NOT_FOUND);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* ---- adopt */

static enum sek_err
adopt(enum sek_adopt how, const char *terminal, struct sek_adopted *out)
{
	char seal[128];
	struct sek_adopt_in in = { .how = how, .seal_key = seal,
	    .actor = &actor };
	struct sek_why why = { "" };

	(void)snprintf(seal, sizeof(seal), "%s/keys/seal.key", test_dir);
	if (terminal != NULL)
		(void)snprintf(test_config.terminal,
		    sizeof(test_config.terminal), "%s", terminal);
	return (sek_store_adopt(&test_config, &in, out, &why));
}

/* The row of another machine: its sum under this key, of another id. */
static void
move_machine(void)
{
	struct sek_adopted out;

	/* A terminal of another name is as foreign. */
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-9");
	ck_assert_int_eq(adopt(SEK_ADOPT_LOOK, NULL, &out), SEK_OK);
	ck_assert_str_eq(out.terminal, "t-1");
}

START_TEST(a_clone_begins_a_chain_of_its_own_and_keeps_its_people)
{
	struct sek_store *st = test_open();
	struct sek_adopted out;
	struct test_count c;
	char before[256] = "", after[256] = "";

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	fail_times(st, "alice", 2);
	sek_store_free(&st);
	read_key(before, sizeof(before) - 1);
	move_machine();
	st = test_open();
	test_is(st, sek_store_mark_set(st, &(struct sek_mark){ .name = "x" }),
	    SEK_ERR_STORE_FOREIGN);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st),
	    "store adopt --clone"));
	ck_assert_int_eq(adopt(SEK_ADOPT_CLONE, "t-9", &out), SEK_OK);
	sek_store_free(&st);
	st = test_open();
	read_key(after, sizeof(after) - 1);
	ck_assert_str_ne(before, after);
	c = test_records(st, NULL, NULL);
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "event=store-adopt"));
	ck_assert_ptr_nonnull(strstr(c.last, "clone of t-1"));
	test_verify_ok(st);
	assert_no_bad_row(st);
	ck_assert_uint_eq(failures_of(st, "alice"), 2);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	ck_assert_int_eq(adopt(SEK_ADOPT_CLONE, "t-9", &out), SEK_ERR_EXISTS);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("edge/store: life");
	TCase *t = tcase_create("life");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_mark_is_kept_and_checked);
	tcase_add_test(t,
	    logins_go_on_at_an_older_minor_and_marks_say_what_to_run);
	tcase_add_test(t,
	    migrate_keeps_a_copy_and_a_record_and_open_logins_go_on);
	tcase_add_test(t, three_copies_are_kept);
	tcase_add_test(t,
	    rotate_carries_everything_and_destroys_the_old_key);
	tcase_add_test(t, rotate_keeps_a_locked_name_and_a_caller_locked);
	tcase_add_test(t, rotate_makes_no_bad_row_good);
	tcase_add_test(t, a_key_read_while_it_is_replaced_is_one_of_both);
	tcase_add_test(t, rotate_leaves_no_old_ciphertext);
	tcase_add_test(t, a_backup_is_a_sealed_file_of_its_own);
	tcase_add_test(t, weak_passphrases_are_refused);
	tcase_add_test(t, restored_to_nothing_codes_of_before_stay_used);
	tcase_add_test(t,
	    restored_into_a_later_state_what_came_since_stays);
	tcase_add_test(t,
	    who_left_a_shared_account_is_no_member_after_a_restore);
	tcase_add_test(t,
	    over_an_older_state_codes_after_the_backup_stay_used);
	tcase_add_test(t,
	    an_open_connection_writes_into_no_store_that_was_replaced);
	tcase_add_test(t, another_file_than_was_looked_at_is_refused);
	tcase_add_test(t,
	    restored_after_a_rotation_rows_are_under_the_key_here);
	tcase_add_test(t,
	    records_that_were_damaged_are_mended_and_later_ones_kept);
	tcase_add_test(t, an_unreadable_store_is_replaced_and_kept);
	tcase_add_loop_test(t, a_forged_backup_is_refused_and_nothing_changes,
	    0, (int)(sizeof(forged) / sizeof(forged[0])));
	tcase_add_test(t,
	    another_passphrase_a_cut_file_and_garbage_are_refused);
	tcase_add_test(t,
	    a_clone_begins_a_chain_of_its_own_and_keeps_its_people);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
