/*
 * test_store_retire.c - test of a person who goes for good, and of the plan of
 * April: all of it or nothing
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sqlite3.h>

#include "store.h"

#define ROWS	300u

struct told {
	unsigned	accounts;
	unsigned	authenticators;
	unsigned	sessions;
	unsigned	shared;
};

static void
tell(void *arg, const char *account, const struct sek_authenticator *a,
    const struct sek_lost_session *s, const char *shared)
{
	struct told *t = arg;

	t->accounts += account != NULL;
	t->authenticators += a != NULL;
	t->sessions += s != NULL;
	t->shared += shared != NULL;
	ck_assert_int_eq((account != NULL) + (a != NULL) + (s != NULL) +
	    (shared != NULL), 1);
}

static enum sek_err
count_record(void *arg, const struct sek_record_row *row)
{
	unsigned *n = arg;

	(void)row;
	(*n)++;
	return (SEK_OK);
}

static unsigned
records(struct sek_store *st)
{
	unsigned n = 0;

	test_ok(st, sek_store_records(st, 1, count_record, &n));
	return (n);
}

static uint8_t
state_of(struct sek_store *st, const char *name)
{
	struct sek_limits limits = test_limits(9);
	struct sek_user u;

	test_ok(st, sek_store_user(st, name, &limits, &u));
	return (u.account.state);
}

static struct sek_admit_out
admit(struct sek_store *st, const char *name, bool privileged,
    const char *authenticator)
{
	struct sek_admit in;
	struct sek_admit_out out;

	test_admit_fill(&in, name);
	in.who.privileged = privileged;
	(void)snprintf(in.authenticator[0], SEK_ID_MAX, "%s", authenticator);
	(void)snprintf(in.person, sizeof(in.person), "p-%.200s", name);
	in.nauthenticators = 1;
	in.audit_session = 7;
	test_ok(st, sek_store_admit(st, &in, &out));
	return (out);
}

static struct sek_admission
take(struct sek_store *st, const char *name, const char *id)
{
	struct sek_open_session in;
	struct sek_open_session_out out;

	memset(&in, 0, sizeof(in));
	in.who = test_who(name);
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	in.subject_uid = in.who.uid;
	in.audit_session = 7;
	ck_assert_int_eq(sek_process_get(&in.taker, 0), SEK_OK);
	memset(&out, 0, sizeof(out));
	(void)sek_store_open_session(st, &in, &out);
	return (out.admission);
}

static struct sek_retired
retire(struct sek_store *st, const char *name, struct told *t)
{
	struct sek_retired out;

	memset(t, 0, sizeof(*t));
	test_ok(st, sek_store_retire(st, name, "left", tell, t, NULL, &out));
	ck_assert_uint_eq(out.accounts, t->accounts);
	ck_assert_uint_eq(out.authenticators, t->authenticators);
	ck_assert_uint_eq(out.memberships, t->shared);
	ck_assert_uint_eq(out.admissions, t->sessions);
	return (out);
}

START_TEST(all_that_is_his_goes_and_what_he_opened_goes_on_to_nothing)
{
	struct sek_store *st = test_open();
	struct sek_admit_out before, open;
	char id[SEK_ID_MAX];
	struct sek_retired out;
	struct told t;

	(void)snprintf(id, sizeof(id), "%s", test_enrol(st, "alice",
	    SEK_METHOD_TOTP));
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	open = admit(st, "alice", false, id);
	ck_assert_str_eq(take(st, "alice", open.id).id, open.id);
	/* The gate said yes without an authenticator; no session yet. */
	before = admit(st, "alice", false, "");
	out = retire(st, "alice", &t);
	ck_assert_str_eq(out.person.id, "p-alice");
	ck_assert_int_eq(out.person.state, SEK_ACCOUNT_RETIRED);
	ck_assert_uint_eq(out.accounts, 1);
	ck_assert_uint_eq(out.authenticators, 1);
	ck_assert_uint_ge(out.admissions, 1);
	ck_assert_int_eq(state_of(st, "alice"), SEK_ACCOUNT_RETIRED);
	ck_assert_int_eq(state_of(st, "bob"), SEK_ACCOUNT_ACTIVE);
	ck_assert_str_eq(take(st, "alice", before.id).id, "");
	ck_assert_int_eq(test_consume(st, "alice", 9, test_totp()).verdict,
	    SEK_OATH_WRONG);
	ck_assert_int_eq(test_consume(st, "bob", 9, test_totp()).verdict,
	    SEK_OATH_OK);
	sek_store_free(&st);
}
END_TEST

START_TEST(once_more_is_fine_and_tells_what_was_left)
{
	struct sek_store *st = test_open();
	struct sek_retired out;
	struct told t;
	unsigned n;

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	(void)retire(st, "p-alice", &t);
	n = records(st);
	out = retire(st, "alice", &t);
	ck_assert_uint_eq(out.accounts + out.authenticators, 0);
	ck_assert_uint_eq(records(st), n);
	test_is(st, sek_store_retire(st, "nobody", "x", tell, &t, NULL, &out),
	    SEK_ERR_NOT_FOUND);
	test_is(st, sek_store_resume(st, "alice", NULL), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(he_leaves_shared_accounts_which_stay)
{
	struct sek_store *st = test_open();
	struct sek_retired out;
	struct sek_enrol e;
	struct told t;

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	test_enrol_fill(&e, "counter", SEK_METHOD_HOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	test_is(st, sek_store_retire(st, "counter", "x", tell, &t, NULL,
	    &out), SEK_ERR_REFUSED);
	out = retire(st, "alice", &t);
	ck_assert_uint_eq(out.memberships, 1);
	ck_assert_uint_eq(out.authenticators, 2);
	ck_assert_int_eq(state_of(st, "counter"), SEK_ACCOUNT_ACTIVE);
	sek_store_free(&st);
}
END_TEST

START_TEST(the_last_privileged_person_who_could_come_in_stays)
{
	struct sek_store *st = test_open();
	char one[SEK_ID_MAX], two[SEK_ID_MAX];
	struct sek_retired out;
	struct told t;

	(void)snprintf(one, sizeof(one), "%s", test_enrol(st, "root1",
	    SEK_METHOD_TOTP));
	(void)snprintf(two, sizeof(two), "%s", test_enrol(st, "root2",
	    SEK_METHOD_TOTP));
	(void)admit(st, "root1", true, one);
	test_is(st, sek_store_retire(st, "root1", "x", tell, &t, NULL, &out),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(state_of(st, "root1"), SEK_ACCOUNT_ACTIVE);
	(void)admit(st, "root2", true, two);
	/* One who cannot come in as he is does not count. */
	test_ok(st, sek_store_suspend(st, "root2", "away", 0, NULL));
	test_is(st, sek_store_retire(st, "root1", "x", tell, &t, NULL, &out),
	    SEK_ERR_REFUSED);
	test_ok(st, sek_store_resume(st, "root2", NULL));
	(void)retire(st, "root1", &t);
	test_is(st, sek_store_retire(st, "root2", "x", tell, &t, NULL, &out),
	    SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_row_that_was_tampered_with_keeps_nothing_open)
{
	struct sek_store *st = test_open();
	struct sek_retired out;
	struct told t;
	sqlite3 *sq;

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	sek_store_close(st);
	ck_assert_int_eq(sqlite3_open(test_config.path, &sq), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(sq, "UPDATE authenticator SET "
	    "mac=zeroblob(32)", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(sq), SQLITE_OK);
	out = retire(st, "alice", &t);
	ck_assert_uint_eq(out.authenticators, 1);
	ck_assert_int_eq(state_of(st, "alice"), SEK_ACCOUNT_RETIRED);
	sek_store_free(&st);
}
END_TEST

/* ---- the plan */

struct list {
	struct sek_plan_row	row[ROWS];
	size_t			n;
	size_t			given;
	size_t			told;
	size_t			stop;		/* fn ends it there; 0 never */
	struct sek_plan_change	last;
};

static enum sek_err
give(void *arg, struct sek_plan_row *row)
{
	struct list *l = arg;

	if (l->given == l->n)
		return (SEK_ERR_NOT_FOUND);
	*row = l->row[l->given++];
	return (SEK_OK);
}

static enum sek_err
done(void *arg, const struct sek_plan_row *row,
    const struct sek_plan_change *what)
{
	struct list *l = arg;

	ck_assert_uint_eq(row->line, l->row[l->told].line);
	l->last = *what;
	return (++l->told == l->stop ? SEK_ERR_CONV : SEK_OK);
}

static enum sek_err
run(struct sek_store *st, struct list *l, bool try,
    struct sek_plan_counts *counts)
{

	l->given = l->told = 0;
	return (sek_store_plan(st, try, give, done, NULL, l, NULL, counts));
}

static struct sek_plan_row *
add(struct list *l, enum sek_plan_kind kind, const char *account,
    const char *person)
{
	struct sek_plan_row *row = &l->row[l->n];

	ck_assert_uint_lt(l->n, ROWS);
	memset(row, 0, sizeof(*row));
	row->line = ++l->n + 1;
	row->kind = kind;
	row->uid = SEK_UID_NONE;
	(void)snprintf(row->account, sizeof(row->account), "%s", account);
	(void)snprintf(row->person, sizeof(row->person), "%s", person);
	return (row);
}

/* 100 who leave, 100 who come, 100 who move. */
static void
april(struct list *l)
{
	struct sek_plan_row *row;
	char account[32], person[32];
	unsigned i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < ROWS; i++) {
		(void)snprintf(account, sizeof(account), "u%03u", i);
		(void)snprintf(person, sizeof(person), "p-u%03u", i);
		row = add(l, i % 3 == 0 ? SEK_PLAN_LEAVE : i % 3 == 1 ?
		    SEK_PLAN_MOVE : SEK_PLAN_JOIN, account, person);
		if (i % 3 == 0)
			continue;
		row->uid = 2000 + i;
		row->has = SEK_PLAN_HAS_SECTION;
		(void)snprintf(row->section, sizeof(row->section), "福祉課");
	}
}

static void
april_before(struct sek_store *st)
{
	char account[32];
	unsigned i;

	for (i = 0; i < ROWS; i++) {
		(void)snprintf(account, sizeof(account), "u%03u", i);
		if (i % 3 != 2)
			(void)test_enrol(st, account, SEK_METHOD_TOTP);
	}
}

START_TEST(a_mistake_in_line_200_changes_nothing_and_is_named)
{
	struct sek_store *st = test_open();
	struct list *l = calloc(1, sizeof(*l));
	struct sek_plan_counts counts;
	struct sek_person p;
	unsigned n;

	ck_assert_ptr_nonnull(l);
	april_before(st);
	n = records(st);
	april(l);
	/* Line 200: behind the header and 198 others. */
	(void)snprintf(l->row[198].account, sizeof(l->row[198].account),
	    "sombody");
	(void)snprintf(l->row[198].person, sizeof(l->row[198].person), "%s",
	    "");
	l->row[198].kind = SEK_PLAN_LEAVE;
	l->row[198].uid = SEK_UID_NONE;
	test_is(st, run(st, l, false, &counts), SEK_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "line 200: "));
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "sombody"));
	ck_assert_uint_eq(records(st), n);
	ck_assert_int_eq(state_of(st, "u000"), SEK_ACCOUNT_ACTIVE);
	test_ok(st, sek_store_person(st, "p-u001", &p));
	ck_assert_str_eq(p.section, "税務課");
	test_is(st, sek_store_person(st, "p-u002", &p), SEK_ERR_NOT_FOUND);
	free(l);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_try_tells_what_would_be_and_leaves_nothing)
{
	struct sek_store *st = test_open();
	struct list *l = calloc(1, sizeof(*l));
	struct sek_plan_counts counts, again;
	struct sek_person p;
	unsigned n;

	ck_assert_ptr_nonnull(l);
	april_before(st);
	n = records(st);
	april(l);
	test_ok(st, run(st, l, true, &counts));
	ck_assert_uint_eq(l->told, ROWS);
	ck_assert_uint_eq(counts.join, 100);
	ck_assert_uint_eq(counts.leave, 100);
	ck_assert_uint_eq(counts.move, 100);
	ck_assert_uint_eq(counts.authenticators, 100);
	ck_assert_uint_eq(records(st), n);
	ck_assert_int_eq(state_of(st, "u000"), SEK_ACCOUNT_ACTIVE);
	/* Given up on the way: the same. */
	l->stop = 250;
	test_is(st, run(st, l, false, &again), SEK_ERR_CONV);
	l->stop = 0;
	ck_assert_uint_eq(records(st), n);
	/* Done; then it is so already. */
	test_ok(st, run(st, l, false, &again));
	ck_assert_mem_eq(&again, &counts, sizeof(counts));
	ck_assert_int_eq(state_of(st, "u000"), SEK_ACCOUNT_RETIRED);
	test_ok(st, sek_store_person(st, "p-u001", &p));
	ck_assert_str_eq(p.section, "福祉課");
	test_ok(st, sek_store_person(st, "p-u002", &p));
	ck_assert_str_eq(p.section, "福祉課");
	n = records(st);
	test_ok(st, run(st, l, false, &again));
	ck_assert_uint_eq(again.nothing, ROWS);
	ck_assert_uint_eq(records(st), n);
	free(l);
	sek_store_free(&st);
}
END_TEST

/* One row alone: what it comes to. */
static enum sek_err
alone(struct sek_store *st, struct list *l, enum sek_plan_kind kind,
    const char *account, const char *person, struct sek_plan_row **row)
{
	struct sek_plan_counts counts;

	if (row == NULL || *row == NULL) {
		memset(l, 0, sizeof(*l));
		(void)add(l, kind, account, person);
		l->row[0].uid = 2000;
	}
	return (run(st, l, false, &counts));
}

START_TEST(who_is_gone_comes_back_by_another_account_only)
{
	struct sek_store *st = test_open();
	struct list *l = calloc(1, sizeof(*l));
	struct told t;

	ck_assert_ptr_nonnull(l);
	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	(void)retire(st, "alice", &t);
	test_is(st, alone(st, l, SEK_PLAN_JOIN, "alice", "p-alice", NULL),
	    SEK_ERR_REFUSED);
	test_is(st, alone(st, l, SEK_PLAN_MOVE, "", "p-alice", NULL),
	    SEK_ERR_REFUSED);
	test_ok(st, alone(st, l, SEK_PLAN_JOIN, "alice2", "p-alice", NULL));
	ck_assert_int_eq(l->last.after.state, SEK_ACCOUNT_ACTIVE);
	ck_assert_int_eq(state_of(st, "alice"), SEK_ACCOUNT_RETIRED);
	ck_assert_int_eq(state_of(st, "alice2"), SEK_ACCOUNT_ACTIVE);
	/* Nobody gets another's account, or number. */
	test_is(st, alone(st, l, SEK_PLAN_JOIN, "alice2", "p-bob", NULL),
	    SEK_ERR_EXISTS);
	sek_store_free(&st);
	free(l);
}
END_TEST

START_TEST(a_last_day_to_come_ends_the_term_then)
{
	struct sek_store *st = test_open();
	struct list *l = calloc(1, sizeof(*l));
	struct sek_plan_row *row;
	struct sek_moment now;

	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	row = add(l, SEK_PLAN_LEAVE, "alice", "");
	row->has = SEK_PLAN_HAS_TO;
	row->to = now.wall + 30 * SEK_DAY;
	test_ok(st, alone(st, l, SEK_PLAN_LEAVE, "", "", &row));
	ck_assert_int_eq(l->last.after.state, SEK_ACCOUNT_ACTIVE);
	ck_assert_int_eq(l->last.after.to, row->to);
	ck_assert_uint_eq(l->last.authenticators, 1);
	ck_assert_int_eq(state_of(st, "alice"), SEK_ACCOUNT_ACTIVE);
	/* A day that was: at once. */
	row->to = now.wall - SEK_DAY;
	test_ok(st, alone(st, l, SEK_PLAN_LEAVE, "", "", &row));
	ck_assert_int_eq(state_of(st, "alice"), SEK_ACCOUNT_RETIRED);
	sek_store_free(&st);
	free(l);
}
END_TEST

START_TEST(a_plan_shuts_out_no_last_privileged_person)
{
	struct sek_store *st = test_open();
	struct list *l = calloc(1, sizeof(*l));
	struct sek_plan_counts counts;
	char id[SEK_ID_MAX];

	ck_assert_ptr_nonnull(l);
	(void)snprintf(id, sizeof(id), "%s", test_enrol(st, "root1",
	    SEK_METHOD_TOTP));
	(void)admit(st, "root1", true, id);
	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	(void)add(l, SEK_PLAN_LEAVE, "alice", "");
	(void)add(l, SEK_PLAN_LEAVE, "root1", "");
	test_is(st, run(st, l, false, &counts), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "line 3: "));
	ck_assert_int_eq(state_of(st, "alice"), SEK_ACCOUNT_ACTIVE);
	sek_store_free(&st);
	free(l);
}
END_TEST

START_TEST(a_plan_of_days_to_come_leaves_a_privileged_person)
{
	static const char *const names[] = { "root1", "root2", "root3" };
	struct sek_store *st = test_open();
	struct list *l = calloc(1, sizeof(*l));
	struct sek_plan_counts counts;
	struct sek_plan_row *row;
	struct sek_moment now;
	char id[SEK_ID_MAX];
	unsigned i;

	ck_assert_ptr_nonnull(l);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	for (i = 0; i < 3; i++) {
		(void)snprintf(id, sizeof(id), "%s", test_enrol(st, names[i],
		    SEK_METHOD_TOTP));
		(void)admit(st, names[i], true, id);
		row = add(l, SEK_PLAN_LEAVE, names[i], "");
		row->has = SEK_PLAN_HAS_TO;
		row->to = now.wall + (10 + i) * SEK_DAY;
	}
	test_is(st, run(st, l, false, &counts), SEK_ERR_REFUSED);
	/* One of them moves. */
	l->row[0].kind = SEK_PLAN_MOVE;
	test_is(st, run(st, l, false, &counts), SEK_ERR_REFUSED);
	l->row[0].to += 30 * SEK_DAY;
	test_ok(st, run(st, l, false, &counts));
	test_ok(st, run(st, l, false, &counts));
	ck_assert_uint_eq(counts.nothing, 3);
	sek_store_free(&st);
	free(l);
}
END_TEST

START_TEST(the_account_of_root_is_never_retired)
{
	struct sek_store *st = test_open();
	struct list *l = calloc(1, sizeof(*l));
	struct sek_plan_counts counts;
	char one[SEK_ID_MAX], two[SEK_ID_MAX];
	static struct sek_lookup_out found;
	struct sek_retired out;
	struct sek_enrol e;
	struct told t;

	ck_assert_ptr_nonnull(l);
	(void)snprintf(one, sizeof(one), "%s", test_enrol(st, "chief",
	    SEK_METHOD_TOTP));
	(void)snprintf(two, sizeof(two), "%s", test_enrol(st, "alice",
	    SEK_METHOD_TOTP));
	(void)admit(st, "chief", true, one);
	(void)admit(st, "alice", true, two);
	test_enrol_fill(&e, "root", SEK_METHOD_HOTP);
	e.account.uid = 0;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	test_is(st, sek_store_retire(st, "root", "x", tell, &t, NULL, &out),
	    SEK_ERR_REFUSED);
	(void)add(l, SEK_PLAN_LEAVE, "root", "");
	test_is(st, run(st, l, false, &counts), SEK_ERR_REFUSED);
	/* Who had it goes, it stays, and nothing of his opens it. */
	out = retire(st, "alice", &t);
	ck_assert_uint_eq(out.accounts, 1);
	ck_assert_uint_eq(out.authenticators, 2);
	test_lookup(st, "root", &found);
	ck_assert_int_eq(found.account.state, SEK_ACCOUNT_ACTIVE);
	ck_assert_str_eq(found.account.person, "");
	ck_assert_uint_eq(found.nauthenticators, 0);
	test_enrol_fill(&e, "root", SEK_METHOD_TOTP);
	e.account.uid = 0;
	e.key[0] ^= 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-chief");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	sek_store_free(&st);
	free(l);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store_retire");
	TCase *c = tcase_create("retire");
	SRunner *r;
	int failed;

	tcase_set_timeout(c, 600);
	tcase_add_checked_fixture(c, test_store_setup, test_store_teardown);
	tcase_add_test(c,
	    all_that_is_his_goes_and_what_he_opened_goes_on_to_nothing);
	tcase_add_test(c, once_more_is_fine_and_tells_what_was_left);
	tcase_add_test(c, he_leaves_shared_accounts_which_stay);
	tcase_add_test(c, the_last_privileged_person_who_could_come_in_stays);
	tcase_add_test(c, a_row_that_was_tampered_with_keeps_nothing_open);
	tcase_add_test(c, a_mistake_in_line_200_changes_nothing_and_is_named);
	tcase_add_test(c, a_try_tells_what_would_be_and_leaves_nothing);
	tcase_add_test(c, who_is_gone_comes_back_by_another_account_only);
	tcase_add_test(c, a_last_day_to_come_ends_the_term_then);
	tcase_add_test(c, a_plan_shuts_out_no_last_privileged_person);
	tcase_add_test(c, a_plan_of_days_to_come_leaves_a_privileged_person);
	tcase_add_test(c, the_account_of_root_is_never_retired);
	suite_add_tcase(s, c);
	r = srunner_create(s);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return (failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}
