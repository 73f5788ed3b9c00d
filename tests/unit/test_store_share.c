/*
 * test_store_share.c - test of shared accounts in the store, and of what
 * contractors may not change there
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "store.h"
#include "unit.h"

static struct sek_enrol of;

static enum sek_err
share(struct sek_store *st, const char *account, const char *person,
    bool member, struct sek_shared *done)
{

	memset(&of, 0, sizeof(of));
	(void)snprintf(of.account.name, SEK_NAME_MAX, "%s", account);
	of.account.uid = 1000;
	return (sek_store_share(st, &of, person, member, NULL, done));
}

static const struct sek_members *
members(struct sek_store *st, const char *account)
{
	static struct sek_members all;

	test_ok(st, sek_store_members(st, account, &all));
	return (&all);
}

/* ---- members */

START_TEST(members_come_and_go_and_nobody_else_counts)
{
	struct sek_store *st = test_open();
	struct sek_shared done;
	static struct sek_lookup_out l;

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	test_is(st, share(st, "counter", "p-carol", true, &done),
	    SEK_ERR_NOT_FOUND);
	/* Nothing of a failed call stays. */
	test_lookup(st, "counter", &l);
	ck_assert_str_eq(l.account.name, "");
	test_ok(st, share(st, "counter", "p-alice", true, &done));
	ck_assert(done.made && done.changed);
	/* By an account of his. */
	test_ok(st, share(st, "counter", "bob", true, &done));
	ck_assert(!done.made && done.changed);
	ck_assert_str_eq(done.person, "p-bob");
	test_ok(st, share(st, "counter", "p-bob", true, &done));
	ck_assert(!done.changed);
	ck_assert_uint_eq(members(st, "counter")->n, 2);
	ck_assert_str_eq(members(st, "counter")->member[0].person, "p-alice");
	ck_assert(members(st, "counter")->member[1].stands);
	ck_assert_uint_eq(members(st, "counter")->member[1].active, 1);
	test_lookup(st, "counter", &l);
	ck_assert(l.account.shared && l.account.person[0] == '\0');
	ck_assert_uint_eq(l.nauthenticators, 2);
	test_ok(st, share(st, "counter", "p-alice", false, &done));
	test_lookup(st, "counter", &l);
	ck_assert_uint_eq(l.nauthenticators, 1);
	ck_assert_str_eq(l.authenticator[0].person, "p-bob");
	test_is(st, share(st, "alice", "p-bob", false, &done),
	    SEK_ERR_NOT_FOUND);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_account_of_one_person_becomes_several_peoples)
{
	struct sek_store *st = test_open();
	struct sek_shared done;
	static struct sek_lookup_out l;

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	test_is(st, share(st, "alice", "p-bob", true, &done), SEK_ERR_EXISTS);
	test_lookup(st, "alice", &l);
	ck_assert(!l.account.shared);
	ck_assert_str_eq(l.account.person, "p-alice");
	ck_assert_uint_eq(members(st, "alice")->n, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(no_more_members_than_a_login_looks_through)
{
	struct sek_store *st = test_open();
	struct sek_shared done;
	static struct sek_lookup_out l;
	char name[32];
	unsigned i;

	for (i = 0; i <= SEK_AUTHENTICATORS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "u%u", i);
		(void)test_enrol(st, name, SEK_METHOD_TOTP);
		test_is(st, share(st, "counter", name, true, &done),
		    i < SEK_AUTHENTICATORS_MAX ? SEK_OK : SEK_ERR_REFUSED);
	}
	ck_assert_uint_eq(members(st, "counter")->n, SEK_AUTHENTICATORS_MAX);
	test_lookup(st, "counter", &l);
	ck_assert_uint_eq(l.nauthenticators, SEK_AUTHENTICATORS_MAX);
	sek_store_free(&st);
}
END_TEST

/* Does a sudo go on there? By what, in *a. */
static bool
goes_on(struct sek_store *st, struct sek_admission *a)
{
	struct sek_reuse in = { .uid = 1000, .audit_session = 7,
	    .max_age = 600 * SEK_SECOND };

	memset(a, 0, sizeof(*a));
	test_ok(st, sek_store_reuse(st, &in, a));
	return (a->id[0] != '\0');
}

START_TEST(no_sudo_goes_on_by_who_left)
{
	struct sek_store *st = test_open();
	static struct sek_admit in;
	static struct sek_open_session open;
	static struct sek_open_session_out seen;
	struct sek_admit_out out;
	struct sek_shared done;
	struct sek_admission a;

	test_admit_fill(&in, "counter");
	(void)snprintf(in.authenticator[0], SEK_ID_MAX, "%s",
	    test_enrol(st, "alice", SEK_METHOD_TOTP));
	in.nauthenticators = 1;
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	test_ok(st, share(st, "counter", "p-alice", true, &done));
	test_ok(st, share(st, "counter", "p-bob", true, &done));
	test_ok(st, sek_store_admit(st, &in, &out));
	open.who = test_who("counter");
	open.subject_uid = 1000;
	open.audit_session = 7;
	open.taker = in.parent;
	memcpy(open.id, out.id, sizeof(open.id));
	test_ok(st, sek_store_open_session(st, &open, &seen));
	ck_assert_str_eq(seen.admission.person, "p-alice");
	ck_assert(goes_on(st, &a));
	ck_assert_str_eq(a.person, "p-alice");
	/* Another's leaving changes nothing. */
	test_ok(st, share(st, "counter", "p-bob", false, &done));
	ck_assert(goes_on(st, &a));
	test_ok(st, share(st, "counter", "p-alice", false, &done));
	ck_assert(!goes_on(st, &a));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* ---- contractors */

static struct sek_record actor;

static const struct sek_record *
acting(const char *name)
{

	memset(&actor, 0, sizeof(actor));
	actor.count = 1;
	(void)snprintf(actor.subject, SEK_NAME_MAX, "%s", name);
	return (&actor);
}

static void
is_contractor(struct sek_store *st, const char *id)
{
	struct sek_person p;

	test_ok(st, sek_store_person(st, id, &p));
	p.contractor = 1;
	test_ok(st, sek_store_person_edit(st, &p, NULL));
}

/* alice: privileged; bob: a contractor; carol: neither. */
static void
people(struct sek_store *st, char alices[SEK_ID_MAX])
{
	static struct sek_enrol e;

	test_enrol_fill(&e, "alice", SEK_METHOD_TOTP);
	e.account.privileged = 1;
	test_ok(st, sek_store_enrol(st, &e, NULL));
	memcpy(alices, e.authenticator.id, SEK_ID_MAX);
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	(void)test_enrol(st, "carol", SEK_METHOD_TOTP);
	is_contractor(st, "p-bob");
}

static void
refused_once(struct sek_store *st, const char *event)
{
	struct test_count c = test_records(st, event, "bob");

	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "result=refused"));
	ck_assert_ptr_nonnull(strstr(c.last, "reason=contractor"));
}

START_TEST(contractor_is_refused_recorded_and_changes_nothing)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];
	static struct sek_enrol e;
	static struct sek_lookup_out l;
	bool was;

	people(st, id);
	test_enrol_fill(&e, "alice", SEK_METHOD_HOTP);
	e.key[0] ^= 1;
	test_is(st, sek_store_enrol(st, &e, acting("bob")), SEK_ERR_REFUSED);
	refused_once(st, "enrol");
	test_is(st, sek_store_authenticator_state(st, id,
	    SEK_AUTHENTICATOR_REMOVED, acting("bob")), SEK_ERR_REFUSED);
	refused_once(st, "remove");
	test_is(st, sek_store_suspend(st, "alice", "x", 0, acting("bob")),
	    SEK_ERR_REFUSED);
	refused_once(st, "suspend");
	test_is(st, sek_store_unlock(st, "alice", acting("bob"), &was),
	    SEK_ERR_REFUSED);
	refused_once(st, "unlock");
	test_lookup(st, "alice", &l);
	ck_assert_uint_eq(l.nauthenticators, 1);
	ck_assert_int_eq(l.account.state, SEK_ACCOUNT_ACTIVE);
	/* One of the office's own, and nobody known, may. */
	test_ok(st, sek_store_unlock(st, "alice", acting("carol"), &was));
	test_ok(st, sek_store_unlock(st, "alice", acting("#77"), &was));
	test_ok(st, sek_store_unlock(st, "alice", acting(""), &was));
	/* And he may, elsewhere. */
	test_ok(st, sek_store_unlock(st, "carol", acting("bob"), &was));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(contractor_stays_one_by_his_own_hand)
{
	struct sek_store *st = test_open();
	struct sek_person p;
	char id[SEK_ID_MAX];

	people(st, id);
	test_ok(st, sek_store_person(st, "p-bob", &p));
	p.contractor = 0;
	test_is(st, sek_store_person_edit(st, &p, acting("bob")),
	    SEK_ERR_REFUSED);
	test_ok(st, sek_store_person(st, "p-bob", &p));
	ck_assert(p.contractor);
	(void)snprintf(p.section, sizeof(p.section), "elsewhere");
	test_ok(st, sek_store_person_edit(st, &p, acting("bob")));
	sek_store_free(&st);
}
END_TEST

static enum sek_err
give_row(void *arg, struct sek_plan_row *row)
{
	struct sek_plan_row *one = arg;

	if (one->line == 0)
		return (SEK_ERR_NOT_FOUND);
	*row = *one;
	one->line = 0;
	return (SEK_OK);
}

/* A plan of this row alone, by bob. */
static enum sek_err
plans(struct sek_store *st, struct sek_plan_row row)
{
	struct sek_plan_counts n;

	row.line = 2;
	row.uid = SEK_UID_NONE;
	return (sek_store_plan(st, false, give_row, NULL, NULL, &row,
	    acting("bob"), &n));
}

START_TEST(no_contractor_gets_past_it_by_a_plan)
{
	struct sek_store *st = test_open();
	struct sek_plan_row row = { .kind = SEK_PLAN_MOVE,
	    .has = SEK_PLAN_HAS_CONTRACTOR, .person = "p-bob" };
	static struct sek_lookup_out l;
	struct sek_person p;
	char id[SEK_ID_MAX];

	people(st, id);
	/* He stays one. */
	test_is(st, plans(st, row), SEK_ERR_REFUSED);
	refused_once(st, "person-changed");
	test_ok(st, sek_store_person(st, "p-bob", &p));
	ck_assert(p.contractor);
	/* Who is privileged is not shut out by him, at once or later. */
	row.has = SEK_PLAN_HAS_FROM;
	row.from = INT64_MAX;
	(void)snprintf(row.person, sizeof(row.person), "p-alice");
	test_is(st, plans(st, row), SEK_ERR_REFUSED);
	row.kind = SEK_PLAN_LEAVE;
	test_is(st, plans(st, row), SEK_ERR_REFUSED);
	test_lookup(st, "alice", &l);
	ck_assert_int_eq(l.person.state, SEK_ACCOUNT_ACTIVE);
	ck_assert_int_eq(l.person.from, 0);
	/* Also where only the policy knows that the account is privileged. */
	row.kind = SEK_PLAN_JOIN;
	row.has = 0;
	row.privileged = 1;
	(void)snprintf(row.account, sizeof(row.account), "erin");
	(void)snprintf(row.person, sizeof(row.person), "p-erin");
	test_is(st, plans(st, row), SEK_ERR_REFUSED);
	row.privileged = 0;
	test_ok(st, plans(st, row));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_opens_a_shared_privileged_account_is_as_its_own)
{
	struct sek_store *st = test_open();
	struct sek_shared done;
	char id[SEK_ID_MAX], carols[SEK_ID_MAX];

	people(st, id);
	(void)snprintf(carols, sizeof(carols), "%s",
	    test_enrol(st, "dave", SEK_METHOD_TOTP));
	memset(&of, 0, sizeof(of));
	(void)snprintf(of.account.name, SEK_NAME_MAX, "operator");
	of.account.privileged = 1;
	of.account.uid = 1000;
	test_is(st, sek_store_share(st, &of, "p-dave", true, acting("bob"),
	    &done), SEK_ERR_REFUSED);
	test_ok(st, sek_store_share(st, &of, "p-dave", true, acting("carol"),
	    &done));
	test_is(st, sek_store_authenticator_state(st, carols,
	    SEK_AUTHENTICATOR_DISABLED, acting("bob")), SEK_ERR_REFUSED);
	refused_once(st, "disable");
	test_ok(st, sek_store_share(st, &of, "p-dave", false, acting("carol"),
	    &done));
	test_ok(st, sek_store_authenticator_state(st, carols,
	    SEK_AUTHENTICATOR_DISABLED, acting("bob")));
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_asked_beforehand_is_recorded_as_what_it_was_for)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];

	people(st, id);
	(void)acting("bob");
	actor.event = SEK_EVENT_PASSWORD_SET;
	test_is(st, sek_store_may_change(st, "alice", false,
	    SEK_CHANGING_PASSWORD, &actor), SEK_ERR_REFUSED);
	refused_once(st, "password-set");
	/* The terminal may know more than the store. */
	test_ok(st, sek_store_may_change(st, "nobody", false,
	    SEK_CHANGING_PASSWORD, &actor));
	test_is(st, sek_store_may_change(st, "nobody", true,
	    SEK_CHANGING_PASSWORD, &actor), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		members_come_and_go_and_nobody_else_counts,
		no_account_of_one_person_becomes_several_peoples,
		no_more_members_than_a_login_looks_through,
		no_sudo_goes_on_by_who_left,
		contractor_is_refused_recorded_and_changes_nothing,
		contractor_stays_one_by_his_own_hand,
		no_contractor_gets_past_it_by_a_plan,
		what_opens_a_shared_privileged_account_is_as_its_own,
		what_is_asked_beforehand_is_recorded_as_what_it_was_for,
		NULL
	};

	return (unit_run_with("store_share", tests, test_store_setup,
	    test_store_teardown));
}
