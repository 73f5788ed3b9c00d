/*
 * test_store_life.c - test of edge/store: a store kept alive: migrated, ...
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sqlite3.h>

#include "store.h"

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
	    "PRAGMA user_version=1000");
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
	ck_assert_uint_eq(out.to, 1);
	ck_assert_uint_eq(test_consume(other, "alice", 5,
	    test_hotp(1)).verdict, SEK_OATH_OK);
	test_ok(other, sek_store_mark_set(other, &m));
	ck_assert_uint_eq(test_records(st, "store-migrate",
	    "root-person").records, 1);
	test_verify_ok(st);
	test_ok(st, sek_store_migrate(st, &actor, &out));
	ck_assert_uint_eq(out.from, 1);
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
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
