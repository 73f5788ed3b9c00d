/*
 * test_store_session.c - test of sessions in the store: what the guard ends,
 * and who says that a login was not his
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sqlite3.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/model/grant.h"
#include "store.h"

static const struct sek_record tool = { .service = "sekisho",
    .subject = "root-person" };

static void
enrol_as(struct sek_store *st, const char *name, uint32_t uid,
    bool privileged)
{
	static struct sek_enrol e;

	test_enrol_fill(&e, name, SEK_METHOD_HOTP);
	e.account.uid = uid;
	e.account.privileged = privileged;
	(void)snprintf((char *)e.key, sizeof(e.key), "key of %-12s", name);
	test_ok(st, sek_store_enrol(st, &e, NULL));
}

static struct sek_open_session_out
open_as(struct sek_store *st, const char *name, bool admitted)
{
	struct sek_open_session in = { .who = test_who(name),
	    .subject_uid = 1000, .audit_session = 7 };
	struct sek_open_session_out out;
	static struct sek_admit admit;
	struct sek_admit_out id;

	if (admitted) {
		test_admit_fill(&admit, name);
		test_ok(st, sek_store_admit(st, &admit, &id));
		memcpy(in.id, id.id, sizeof(in.id));
	}
	ck_assert_int_eq(sek_process_get(&in.taker, 0), SEK_OK);
	test_ok(st, sek_store_open_session(st, &in, &out));
	return (out);
}

/* His account as it is now. */
static struct sek_account *
account_of(struct sek_store *st, const char *name)
{
	static struct sek_lookup_out l;

	test_lookup(st, name, &l);
	return (&l.account);
}

static int
rows(void)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *q = NULL;
	int n;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, "SELECT count(*) FROM session",
	    -1, &q, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int(q, 0);
	(void)sqlite3_finalize(q);
	(void)sqlite3_close(db);
	return (n);
}

static struct sek_session_over
over(const char *name, const char *session, bool gone)
{
	struct sek_session_over in;

	memset(&in, 0, sizeof(in));
	in.record.event = SEK_EVENT_SESSION_ENDED;
	in.record.reason = SEK_REASON_TIME_OVER;
	(void)snprintf(in.record.service, sizeof(in.record.service), "sshd");
	(void)snprintf(in.account, sizeof(in.account), "%s", name);
	(void)snprintf(in.session, sizeof(in.session), "%s", session);
	in.over = gone;
	return (in);
}

START_TEST(a_session_has_an_id_of_its_own)
{
	struct sek_store *st = test_open();
	struct sek_open_session_out one, two, three;

	enrol_as(st, "alice", 1000, false);
	one = open_as(st, "alice", true);
	two = open_as(st, "alice", false);
	three = open_as(st, "alice", false);
	ck_assert_str_eq(one.session, one.admission.id);
	ck_assert_str_ne(one.session, "");
	ck_assert_str_ne(two.session, "");
	ck_assert_str_ne(two.session, three.session);
	ck_assert_int_eq(rows(), 3);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_session_that_was_ended_is_over_once)
{
	struct sek_store *st = test_open();
	struct sek_open_session_out s;
	struct sek_close_session close;
	struct sek_session_over in;
	int64_t before;
	struct test_count c;

	enrol_as(st, "alice", 1000, false);
	s = open_as(st, "alice", true);
	before = account_of(st, "alice")->last_logout;
	in = over("alice", s.session, true);
	test_ok(st, sek_store_session_over(st, &in));
	ck_assert_int_eq(rows(), 0);
	c = test_records(st, "session-ended", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_uint_eq(c.count, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "person=p-alice"));
	ck_assert_ptr_nonnull(strstr(c.last, "target=alice"));
	ck_assert_ptr_nonnull(strstr(c.last, "reason=time-over"));
	/* It was his own login: that is over now. */
	ck_assert_int_gt(account_of(st, "alice")->last_logout, before);
	/* Told again, and the logout that comes behind: records, no more. */
	test_ok(st, sek_store_session_over(st, &in));
	memset(&close, 0, sizeof(close));
	close.who = test_who("alice");
	memcpy(close.id, s.session, sizeof(close.id));
	test_ok(st, sek_store_close_session(st, &close));
	ck_assert_uint_eq(test_records(st, "session-ended", NULL).records, 2);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_happens_in_a_session_leaves_it_and_the_others_there)
{
	struct sek_store *st = test_open();
	struct sek_open_session_out s;
	struct sek_session_over in;

	enrol_as(st, "alice", 1000, false);
	s = open_as(st, "alice", true);
	(void)open_as(st, "alice", false);
	in = over("alice", s.session, false);
	in.record.event = SEK_EVENT_SCREEN_LOCK;
	test_ok(st, sek_store_session_over(st, &in));
	ck_assert_int_eq(rows(), 2);
	/* Which one it was nobody can tell: no other goes in its place. */
	in = over("alice", "", true);
	test_ok(st, sek_store_session_over(st, &in));
	ck_assert_int_eq(rows(), 2);
	in = over("bob", s.session, true);
	test_ok(st, sek_store_session_over(st, &in));
	ck_assert_int_eq(rows(), 2);
	in = over("alice", s.session, true);
	test_ok(st, sek_store_session_over(st, &in));
	ck_assert_int_eq(rows(), 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(only_what_becomes_of_sessions_is_told_so)
{
	static const enum sek_event good[] = { SEK_EVENT_SESSION_ENDED,
	    SEK_EVENT_SESSION_EXTENDED, SEK_EVENT_REMOVAL, SEK_EVENT_GUARD,
	    SEK_EVENT_SCREEN_LOCK, SEK_EVENT_SCREEN_UNLOCK, SEK_EVENT_LOGOUT,
	    SEK_EVENT_PRIVILEGE };
	struct sek_session_over in = over("alice", "", true);
	uint32_t e;
	size_t i;
	bool is;

	for (e = 0; e <= SEK_EVENT_COUNT; e++) {
		in.record.event = e;
		for (is = false, i = 0; i < sizeof(good) / sizeof(good[0]);
		    i++)
			is |= good[i] == e;
		ck_assert_int_eq(sek_frame_check_in(SEK_OP_SESSION_OVER,
		    &in), is ? SEK_OK : SEK_ERR_RANGE);
	}
	in = over("alice", "", true);
	memset(in.session, 'x', sizeof(in.session));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_SESSION_OVER, &in),
	    SEK_ERR_SYNTAX);
}
END_TEST

/* ---- this was not me */

static struct sek_not_me
not_me(const char *name, uint32_t uid)
{
	struct sek_not_me in;

	memset(&in, 0, sizeof(in));
	in.who = test_who(name);
	in.who.uid = uid;
	(void)snprintf(in.note, sizeof(in.note), "昨夜の接続");
	return (in);
}

START_TEST(who_says_so_is_suspended_until_an_administrator_resumes_him)
{
	struct sek_store *st = test_open();
	struct sek_not_me in = not_me("alice", 1000);
	struct sek_not_me_out out;
	struct test_count c;

	enrol_as(st, "alice", 1000, false);
	(void)open_as(st, "alice", true);
	test_ok(st, sek_store_not_me(st, &in, &out));
	ck_assert_uint_eq(out.suspended, 1);
	ck_assert_int_gt(out.last_login, 0);
	ck_assert_uint_eq(account_of(st, "alice")->state,
	    SEK_ACCOUNT_SUSPENDED);
	c = test_records(st, "not-me", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "昨夜の接続"));
	ck_assert_ptr_nonnull(strstr(c.last, "person=p-alice"));
	ck_assert_uint_eq(test_records(st, "suspend", "alice").records, 1);
	test_ok(st, sek_store_resume(st, "alice", &tool));
	ck_assert_uint_eq(account_of(st, "alice")->state, SEK_ACCOUNT_ACTIVE);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_suspension_for_a_time_becomes_one_without_an_end)
{
	struct sek_store *st = test_open();
	struct sek_not_me in = not_me("alice", 1000);
	struct sek_not_me_out out;
	struct sek_moment now;

	enrol_as(st, "alice", 1000, false);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	test_ok(st, sek_store_suspend(st, "alice", "休職", now.wall + SEK_DAY,
	    &tool));
	test_ok(st, sek_store_not_me(st, &in, &out));
	ck_assert_uint_eq(account_of(st, "alice")->state,
	    SEK_ACCOUNT_SUSPENDED);
	ck_assert_int_eq(account_of(st, "alice")->suspended_until, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(the_last_privileged_person_is_heard_and_not_shut_out)
{
	struct sek_store *st = test_open();
	struct sek_not_me in = not_me("boss", 1001);
	struct sek_not_me_out out;

	enrol_as(st, "boss", 1001, true);
	enrol_as(st, "alice", 1000, false);
	test_ok(st, sek_store_not_me(st, &in, &out));
	ck_assert_uint_eq(out.suspended, 0);
	ck_assert_uint_eq(account_of(st, "boss")->state, SEK_ACCOUNT_ACTIVE);
	ck_assert_ptr_nonnull(strstr(test_records(st, "not-me",
	    "boss").last, "not suspended"));
	ck_assert_uint_eq(test_records(st, "suspend", NULL).records, 0);
	/* Another could come in as well as he. */
	enrol_as(st, "chief", 1002, true);
	test_ok(st, sek_store_not_me(st, &in, &out));
	ck_assert_uint_eq(out.suspended, 1);
	ck_assert_uint_eq(account_of(st, "boss")->state, SEK_ACCOUNT_SUSPENDED);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_name_that_is_another_s_now_is_not_his_to_report)
{
	struct sek_store *st = test_open();
	struct sek_not_me in = not_me("alice", 1009);
	struct sek_not_me_out out;
	unsigned all;

	enrol_as(st, "alice", 1000, false);
	all = test_records(st, NULL, NULL).records;
	test_is(st, sek_store_not_me(st, &in, &out), SEK_ERR_NOT_FOUND);
	in = not_me("nobody-such", 1000);
	test_is(st, sek_store_not_me(st, &in, &out), SEK_ERR_NOT_FOUND);
	ck_assert_uint_eq(account_of(st, "alice")->state, SEK_ACCOUNT_ACTIVE);
	ck_assert_uint_eq(test_records(st, NULL, NULL).records, all);
	in = not_me("alice", SEK_UID_NONE);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_NOT_ME, &in),
	    SEK_ERR_RANGE);
	memset(in.note, 'x', sizeof(in.note));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_NOT_ME, &in),
	    SEK_ERR_SYNTAX);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const tests[] = {
		a_session_has_an_id_of_its_own,
		a_session_that_was_ended_is_over_once,
		what_happens_in_a_session_leaves_it_and_the_others_there,
		only_what_becomes_of_sessions_is_told_so,
		who_says_so_is_suspended_until_an_administrator_resumes_him,
		a_suspension_for_a_time_becomes_one_without_an_end,
		the_last_privileged_person_is_heard_and_not_shut_out,
		a_name_that_is_another_s_now_is_not_his_to_report,
	};
	Suite *s = suite_create("session");
	TCase *t = tcase_create("store");
	size_t i;

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(t, tests[i]);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{
	return (test_main(suite));
}
