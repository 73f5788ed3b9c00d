/*
 * test_store_tools.c - test of edge/store: what the tools list and change,
 * and how a store is made
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <time.h>

#include "store.h"

struct seen {
	unsigned		n;
	unsigned		stop_at;
	char			first[SEK_NAME_MAX];
	char			last[SEK_NAME_MAX];
	struct sek_authenticator a;
	struct sek_user		u;
	struct sek_person	p;
};

static enum sek_err
see(struct seen *s, const char *name)
{

	if (s->n++ == 0)
		(void)snprintf(s->first, sizeof(s->first), "%s", name);
	(void)snprintf(s->last, sizeof(s->last), "%s", name);
	return (s->n == s->stop_at ? SEK_ERR_CONV : SEK_OK);
}

static enum sek_err
see_user(void *arg, const struct sek_user *u)
{
	struct seen *s = arg;

	s->u = *u;
	return (see(s, u->account.name));
}

static enum sek_err
see_authenticator(void *arg, const char *account,
    const struct sek_authenticator *a)
{
	struct seen *s = arg;

	s->a = *a;
	return (see(s, account));
}

static enum sek_err
see_person(void *arg, const struct sek_person *p)
{
	struct seen *s = arg;

	s->p = *p;
	return (see(s, p->id));
}

struct source {
	unsigned	n;
	unsigned	upto;
	unsigned	bad_at;		/* 0 none */
};

static enum sek_err
next(void *arg, struct sek_enrol *out)
{
	struct source *s = arg;
	char name[32];

	if (s->n == s->upto)
		return (SEK_ERR_NOT_FOUND);
	(void)snprintf(name, sizeof(name), "u%05u", s->n++);
	test_enrol_fill(out, name, SEK_METHOD_HOTP);
	return (s->n == s->bad_at ? SEK_ERR_SYNTAX : SEK_OK);
}

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };

static void
see_limits(void *arg, const char *account, bool privileged,
    struct sek_limits *out)
{
	(void)arg;
	ck_assert_str_ne(account, "");
	*out = test_limits(privileged ? 3 : 5);
}

START_TEST(import_is_all_and_lists_are_whole)
{
	struct sek_store *st = test_open();
	struct source src = { .upto = 500 };
	static struct seen s;
	uint64_t count = 0;

	test_ok(st, sek_store_import(st, next, &src, &actor, &count));
	ck_assert_uint_eq(count, 500);
	ck_assert_uint_eq(test_records(st, "enrol", NULL).records, 500);
	ck_assert_uint_eq(test_records(st, "import", "root-person").records,
	    1);
	test_ok(st, sek_store_users(st, see_limits, see_user, &s));
	ck_assert_uint_eq(s.n, 500);
	ck_assert_str_eq(s.first, "u00000");
	ck_assert_str_eq(s.last, "u00499");
	memset(&s, 0, sizeof(s));
	test_ok(st, sek_store_authenticators(st, NULL, false,
	    see_authenticator, &s));
	ck_assert_uint_eq(s.n, 500);
	ck_assert_str_eq(s.last, "u00499");
	memset(&s, 0, sizeof(s));
	test_ok(st, sek_store_authenticators(st, "u00042", false,
	    see_authenticator, &s));
	ck_assert_uint_eq(s.n, 1);
	ck_assert_str_eq(s.a.person, "p-u00042");
	memset(&s, 0, sizeof(s));
	test_ok(st, sek_store_persons(st, see_person, &s));
	ck_assert_uint_eq(s.n, 500);
	memset(&s, 0, sizeof(s));
	s.stop_at = 100;
	test_is(st, sek_store_persons(st, see_person, &s), SEK_ERR_CONV);
	ck_assert_uint_eq(s.n, 100);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(import_with_a_bad_line_stores_nothing)
{
	struct sek_store *st = test_open();
	struct source src = { .upto = 500, .bad_at = 400 };
	static struct seen s;
	uint64_t count = 7;

	test_is(st, sek_store_import(st, next, &src, &actor, &count),
	    SEK_ERR_SYNTAX);
	ck_assert_uint_eq(count, 0);
	test_ok(st, sek_store_users(st, see_limits, see_user, &s));
	ck_assert_uint_eq(s.n, 0);
	ck_assert_uint_eq(test_records(st, NULL, NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(suspended_and_resumed_with_reason)
{
	struct sek_store *st = test_open();
	struct sek_limits limits = test_limits(5);
	struct sek_user u;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_ok(st, sek_store_suspend(st, "alice", "育休", 12345, &actor));
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.account.state, SEK_ACCOUNT_SUSPENDED);
	ck_assert_int_eq(u.account.suspended_until, 12345);
	ck_assert_str_eq(u.account.reason, "育休");
	test_ok(st, sek_store_resume(st, "alice", &actor));
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.account.state, SEK_ACCOUNT_ACTIVE);
	ck_assert_str_eq(u.account.reason, "");
	test_is(st, sek_store_suspend(st, "bob", "x", 0, &actor),
	    SEK_ERR_NOT_FOUND);
	test_is(st, sek_store_user(st, "bob", &limits, &u), SEK_ERR_NOT_FOUND);
	ck_assert_uint_eq(test_records(st, "suspend", "root-person").records,
	    1);
	ck_assert_uint_eq(test_records(st, "resume", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(unlock_opens_and_is_fine_when_open)
{
	struct sek_store *st = test_open();
	bool was = true;
	int i;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_ok(st, sek_store_unlock(st, "alice", &actor, &was));
	ck_assert(!was);
	for (i = 0; i < 5; i++)
		(void)test_consume(st, "alice", 5, "000000");
	test_ok(st, sek_store_unlock(st, "alice", &actor, &was));
	ck_assert(was);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(disabled_and_removed_authenticators_verify_nothing)
{
	struct sek_store *st = test_open();
	static struct seen s;
	char id[SEK_ID_MAX];

	(void)snprintf(id, sizeof(id), "%s", test_enrol(st, "alice",
	    SEK_METHOD_HOTP));
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_DISABLED, &actor));
	ck_assert_uint_eq(test_consume(st, "alice", 50, test_hotp(0)).verdict,
	    SEK_OATH_WRONG);
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	test_is(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_DISABLED, &actor), SEK_ERR_NOT_FOUND);
	test_is(st, sek_store_authenticator_state(st, "no-such",
	    SEK_AUTHENTICATOR_REMOVED, &actor), SEK_ERR_NOT_FOUND);
	test_ok(st, sek_store_authenticators(st, "alice", false,
	    see_authenticator, &s));
	ck_assert_uint_eq(s.n, 0);
	test_ok(st, sek_store_authenticators(st, "alice", true,
	    see_authenticator, &s));
	ck_assert_uint_eq(s.n, 1);
	ck_assert_uint_eq(s.a.state, SEK_AUTHENTICATOR_REMOVED);
	ck_assert_uint_eq(test_records(st, "remove", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(person_is_edited)
{
	struct sek_store *st = test_open();
	struct sek_person p, q;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_ok(st, sek_store_person(st, "p-alice", &p));
	ck_assert_str_eq(p.section, "税務課");
	(void)snprintf(p.name, sizeof(p.name), "関所 花子");
	p.contractor = 1;
	p.to = 99;
	test_ok(st, sek_store_person_edit(st, &p, &actor));
	test_ok(st, sek_store_person(st, "p-alice", &q));
	ck_assert_str_eq(q.name, "関所 花子");
	ck_assert_int_eq(q.to, 99);
	(void)snprintf(p.id, sizeof(p.id), "p-bob");
	test_is(st, sek_store_person_edit(st, &p, &actor), SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
}
END_TEST

START_TEST(shared_account_opens_by_each_members_own)
{
	struct sek_store *st = test_open();
	static struct sek_enrol e;
	struct sek_consume_out out;
	static struct sek_lookup_out look;
	int i;

	for (i = 0; i < 2; i++) {
		test_enrol_fill(&e, "counter", SEK_METHOD_HOTP);
		e.account.shared = 1;
		(void)snprintf(e.person.id, sizeof(e.person.id), "p%d", i);
		e.key[0] = (unsigned char)('1' + i);
		test_ok(st, sek_store_enrol(st, &e, &actor));
	}
	test_lookup(st, "counter", &look);
	ck_assert_uint_eq(look.nauthenticators, 2);
	ck_assert_str_eq(look.person.id, "");
	out = test_consume(st, "counter", 5, test_hotp(0));
	ck_assert_uint_eq(out.verdict, SEK_OATH_OK);
	ck_assert_str_eq(out.person, "p0");
	sek_store_free(&st);
}
END_TEST

/* Two members, a key each. */
static void
desk(struct sek_store *st)
{
	static struct sek_enrol e;
	int i;

	for (i = 0; i < 2; i++) {
		test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
		e.account.shared = 1;
		(void)snprintf(e.person.id, sizeof(e.person.id), "p%d", i);
		e.key[0] = (unsigned char)('1' + i);
		test_ok(st, sek_store_enrol(st, &e, &actor));
	}
}

static const struct absence {
	uint8_t	state;
	int64_t	from;
	int64_t	to;
} absences[] = {
	{ SEK_ACCOUNT_SUSPENDED, 0, 0 },
	{ SEK_ACCOUNT_RETIRED, 0, 0 },
	{ SEK_ACCOUNT_ACTIVE, 0, 1 },
	{ SEK_ACCOUNT_ACTIVE, INT64_MAX, 0 },
};

START_TEST(member_who_may_not_come_opens_no_shared_account)
{
	const struct absence *a = &absences[_i];
	struct sek_store *st = test_open();
	static struct sek_lookup_out look;
	struct sek_person p;

	desk(st);
	test_ok(st, sek_store_person(st, "p0", &p));
	p.state = a->state;
	p.from = a->from;
	p.to = a->to;
	test_ok(st, sek_store_person_edit(st, &p, &actor));
	ck_assert_uint_eq(test_consume(st, "desk", 5, test_hotp(0)).verdict,
	    SEK_OATH_WRONG);
	test_lookup(st, "desk", &look);
	ck_assert_uint_eq(look.nauthenticators, 1);
	ck_assert_str_eq(look.authenticator[0].person, "p1");
	p.state = SEK_ACCOUNT_ACTIVE;
	p.from = p.to = 0;
	test_ok(st, sek_store_person_edit(st, &p, &actor));
	ck_assert_uint_eq(test_consume(st, "desk", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(member_whose_own_account_is_suspended_opens_no_shared_one)
{
	struct sek_store *st = test_open();
	static struct sek_enrol e;

	desk(st);
	test_enrol_fill(&e, "alice", SEK_METHOD_HOTP);
	(void)snprintf(e.person.id, sizeof(e.person.id), "p0");
	e.key[0] = 'x';
	test_ok(st, sek_store_enrol(st, &e, &actor));
	test_ok(st, sek_store_suspend(st, "alice", "lost", 0, &actor));
	ck_assert_uint_eq(test_consume(st, "desk", 5, test_hotp(0)).verdict,
	    SEK_OATH_WRONG);
	test_ok(st, sek_store_suspend(st, "alice", "lost", 1, &actor));
	ck_assert_uint_eq(test_consume(st, "desk", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(key_is_enrolled_once)
{
	struct sek_store *st = test_open();
	struct source src = { .upto = 20 };
	static struct sek_enrol e;
	char id[SEK_ID_MAX];
	uint64_t count = 0;

	(void)snprintf(id, sizeof(id), "%s", test_enrol(st, "alice",
	    SEK_METHOD_HOTP));
	test_enrol_fill(&e, "alice", SEK_METHOD_HOTP);
	test_is(st, sek_store_enrol(st, &e, &actor), SEK_ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), id));
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_DISABLED, &actor));
	test_is(st, sek_store_enrol(st, &e, &actor), SEK_ERR_EXISTS);
	test_ok(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_REMOVED, &actor));
	test_ok(st, sek_store_enrol(st, &e, &actor));
	test_enrol_fill(&e, "alice", SEK_METHOD_TOTP);
	test_ok(st, sek_store_enrol(st, &e, &actor));
	e.key_len--;
	test_ok(st, sek_store_enrol(st, &e, &actor));

	test_ok(st, sek_store_import(st, next, &src, &actor, &count));
	src.n = 0;
	test_is(st, sek_store_import(st, next, &src, &actor, &count),
	    SEK_ERR_EXISTS);
	ck_assert_uint_eq(count, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(one_person_has_no_second_persons_account)
{
	struct sek_store *st = test_open();
	static struct sek_enrol e;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_enrol_fill(&e, "alice", SEK_METHOD_HOTP);
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-bob");
	test_is(st, sek_store_enrol(st, &e, &actor), SEK_ERR_EXISTS);
	test_is(st, sek_store_person(st, "p-bob", &e.person),
	    SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
}
END_TEST

START_TEST(bad_enrolments_are_refused)
{
	struct sek_store *st = test_open();
	static struct sek_enrol e;

	test_enrol_fill(&e, "alice", SEK_METHOD_HOTP);
	e.authenticator.oath.digits = 9;
	test_is(st, sek_store_enrol(st, &e, &actor), SEK_ERR_RANGE);
	test_enrol_fill(&e, "alice", SEK_METHOD_HOTP);
	e.key_len = 4;
	test_is(st, sek_store_enrol(st, &e, &actor), SEK_ERR_RANGE);
	test_enrol_fill(&e, "", SEK_METHOD_HOTP);
	test_is(st, sek_store_enrol(st, &e, &actor), SEK_ERR_SYNTAX);
	test_enrol_fill(&e, "a\nb", SEK_METHOD_HOTP);
	test_is(st, sek_store_enrol(st, &e, &actor), SEK_ERR_SYNTAX);
	sek_store_free(&st);
}
END_TEST

START_TEST(resync_takes_two_codes_in_a_row)
{
	struct sek_store *st = test_open();

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(50)).verdict,
	    SEK_OATH_RESYNC);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(51)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_ne(test_consume(st, "alice", 5, test_hotp(50)).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(name_bound_to_another_uid_is_not_admitted)
{
	struct sek_store *st = test_open();
	struct sek_admit in;
	struct sek_admit_out out;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_admit_fill(&in, "alice");
	test_ok(st, sek_store_admit(st, &in, &out));
	in.who.uid = 1001;
	test_is(st, sek_store_admit(st, &in, &out), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(body_comes_back_as_it_was_written)
{
	struct sek_moment at = { .wall = 1795221609440222, .boot = 5 };
	struct sek_record_stamp stamp = { .seq = 7, .at = &at,
	    .terminal = "t", .profile = "lgwan", .policy = "ff",
	    .version = "1", .timezone = "Asia/Tokyo" };
	struct sek_record r = { .event = SEK_EVENT_REFUSE,
	    .result = SEK_RESULT_REFUSED, .reason = SEK_REASON_LOCKED,
	    .kinds = 3, .subject = "ali\nce=x", .detail = "税務" }, back;
	static struct sek_record_fields f;
	static char event[SEK_RECORD_BODY_MAX], body[SEK_RECORD_BODY_MAX];
	size_t n;

	ck_assert_int_eq(sek_record_body_event(event, sizeof(event), &n, &r),
	    SEK_OK);
	ck_assert_int_eq(sek_record_body_write(body, sizeof(body), &n, &stamp,
	    2, event), SEK_OK);
	ck_assert_int_eq(sek_record_body_parse(&f, body, n), SEK_OK);
	sek_record_body_record(&back, &f);
	ck_assert_uint_eq(back.event, r.event);
	ck_assert_uint_eq(back.reason, r.reason);
	ck_assert_uint_eq(back.kinds, 3);
	ck_assert_uint_eq(back.count, 2);
	ck_assert_str_eq(back.subject, "ali?ce=x");
	ck_assert_str_eq(back.detail, "税務");
	ck_assert_int_eq(sek_record_body_wall(f.value[SEK_FIELD_TIME]),
	    at.wall);
	ck_assert_int_eq(sek_record_body_parse(&f, body, n - 1),
	    SEK_ERR_SYNTAX);
	ck_assert_int_eq(sek_record_body_parse(&f, "seq=1\nseq=2\n", 12),
	    SEK_ERR_SYNTAX);
}
END_TEST

START_TEST(what_is_no_time_is_none)
{
	static const char *const bad[] = { "", "2026-11-20",
	    "2026-11-20T08:15:30.123456+09:0x",
	    "2026-11-20T08:15:30.123456+09:00x",
	    "2026-13-20T08:15:30.123456+09:00",
	    "2026-11-20T08:15:30.123456?09:00",
	    "-026-11-20T08:15:30.123456+09:00",
	    "2026-11-20T08:15:30.-23456+09:00",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(sek_record_body_wall(bad[i]) == 0, "%s",
		    bad[i]);
}
END_TEST

/* Killed wherever it was: there is no store, or a whole one. */
START_TEST(killed_init_leaves_none_or_a_whole_one)
{
	struct sek_store_config c;
	struct sek_why why = { "" };
	struct timespec ts = { 0, 0 };
	struct sek_store *st;
	struct sek_verify v;
	struct stat sb;
	char dir[96], cmd[256];
	pid_t pid;
	int i;

	(void)snprintf(dir, sizeof(dir), "%s/second", test_dir);
	test_config_fill(&c, dir);
	for (i = 0; i < 40; i++) {
		ck_assert(mkdir(dir, 0700) == 0 || errno == EEXIST);
		if ((pid = test_fork()) == 0) {
			(void)test_engine->init(&c, &why);
			_exit(0);
		}
		ts.tv_nsec = random() % 40000000;
		(void)nanosleep(&ts, NULL);
		(void)kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		if (stat(c.path, &sb) != 0)
			ck_assert_msg(test_engine->init(&c, &why) == SEK_OK,
			    "round %d: %s", i, why.text);
		ck_assert_int_eq(sek_store_new(&st, &c), SEK_OK);
		sek_store_use(st, test_engine, SEK_CARRY_DIRECT, NULL);
		test_ok(st, sek_store_verify(st, &v, NULL, NULL));
		ck_assert(v.ok);
		ck_assert_uint_eq(v.records, 1);
		sek_store_free(&st);
		(void)snprintf(cmd, sizeof(cmd), "rm -rf %s%s", dir,
		    i % 2 ? "" : "/state");
		ck_assert_int_eq(system(cmd), 0);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store-tools");
	TCase *t = tcase_create("tools");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, import_is_all_and_lists_are_whole);
	tcase_add_test(t, import_with_a_bad_line_stores_nothing);
	tcase_add_test(t, suspended_and_resumed_with_reason);
	tcase_add_test(t, unlock_opens_and_is_fine_when_open);
	tcase_add_test(t, disabled_and_removed_authenticators_verify_nothing);
	tcase_add_test(t, person_is_edited);
	tcase_add_test(t, shared_account_opens_by_each_members_own);
	tcase_add_loop_test(t,
	    member_who_may_not_come_opens_no_shared_account, 0,
	    (int)(sizeof(absences) / sizeof(absences[0])));
	tcase_add_test(t,
	    member_whose_own_account_is_suspended_opens_no_shared_one);
	tcase_add_test(t, key_is_enrolled_once);
	tcase_add_test(t, one_person_has_no_second_persons_account);
	tcase_add_test(t, bad_enrolments_are_refused);
	tcase_add_test(t, resync_takes_two_codes_in_a_row);
	tcase_add_test(t, name_bound_to_another_uid_is_not_admitted);
	tcase_add_test(t, body_comes_back_as_it_was_written);
	tcase_add_test(t, what_is_no_time_is_none);
	tcase_add_test(t, killed_init_leaves_none_or_a_whole_one);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
