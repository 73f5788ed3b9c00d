/*
 * test_store_roster.c - test of edge/store and edge/roster: what is shut
 * elsewhere verifies nothing here, all or nothing, no secret leaves
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/base/base32.h"
#include "sekisho/edge/roster.h"
#include "store.h"

static const struct sek_record actor = { .event = SEK_EVENT_NONE, .count = 1,
    .subject = "root-person", .service = "sekisho" };

/* As another terminal signed it. */
static void
foreign(struct sek_roster *r, struct sek_store *st, uint64_t serial)
{
	test_ok(st, sek_store_roster_collect(st, r));
	(void)snprintf(r->terminal, sizeof(r->terminal), "t-2");
	(void)snprintf(r->id, sizeof(r->id),
	    "00112233445566778899aabbccddeeff");
	r->serial = serial;
	r->sum[0] = (uint8_t)serial;
}

static struct sek_roster_done
take(struct sek_store *st, const struct sek_roster *r)
{
	struct sek_roster_done plan, done;

	test_ok(st, sek_store_roster_plan(st, r, NULL, NULL, &plan));
	test_ok(st, sek_store_roster_take(st, r, &plan, NULL, NULL, &actor,
	    &done));
	ck_assert_uint_eq(plan.changes, done.changes);
	return (done);
}

START_TEST(token_lost_elsewhere_verifies_nothing_here)
{
	struct sek_store *st = test_open();
	struct sek_roster r;
	struct sek_roster_done done;
	struct test_count c;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	ck_assert_uint_eq(test_consume(st, "alice", 50, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	foreign(&r, st, 7);
	ck_assert_uint_eq(r.nauthenticators, 1);
	r.authenticator[0].state = SEK_AUTHENTICATOR_DISABLED;
	done = take(st, &r);
	ck_assert_uint_eq(done.changes, 1);
	ck_assert_uint_eq(done.conflicts, 0);
	ck_assert_uint_eq(test_consume(st, "alice", 50, test_hotp(1)).verdict,
	    SEK_OATH_WRONG);
	c = test_records(st, "disable", "root-person");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "ref=7\n"));
	/* And no roster opens it again. */
	r.authenticator[0].state = SEK_AUTHENTICATOR_ACTIVE;
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 0);
	ck_assert_uint_eq(test_consume(st, "alice", 50, test_hotp(1)).verdict,
	    SEK_OATH_WRONG);
	/* Removed there: its secret goes here, too. */
	r.authenticator[0].state = SEK_AUTHENTICATOR_REMOVED;
	r.serial = 9;
	ck_assert_uint_eq(take(st, &r).changes, 1);
	ck_assert_uint_eq(test_records(st, "remove", NULL).records, 1);
	test_verify_ok(st);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(older_other_own_and_copied_rosters_are_refused)
{
	struct sek_store *st = test_open();
	struct sek_roster r;
	struct sek_roster_done done;
	struct sek_roster_exporter e;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	foreign(&r, st, 7);
	test_is(st, sek_store_roster_exporter(st, r.id, &e),
	    SEK_ERR_NOT_FOUND);
	/* A plan trusts nothing. */
	test_ok(st, sek_store_roster_plan(st, &r, NULL, NULL, &done));
	test_is(st, sek_store_roster_exporter(st, r.id, &e),
	    SEK_ERR_NOT_FOUND);
	(void)take(st, &r);
	test_ok(st, sek_store_roster_exporter(st, r.id, &e));
	ck_assert_uint_eq(e.serial, 7);
	ck_assert_str_eq(e.terminal, "t-2");
	(void)take(st, &r);		/* the same again */
	r.serial = 6;
	test_is(st, sek_store_roster_plan(st, &r, NULL, NULL, &done),
	    SEK_ERR_REFUSED);
	test_is(st, sek_store_roster_take(st, &r, NULL, NULL, NULL, &actor,
	    &done), SEK_ERR_REFUSED);
	r.serial = 7;
	r.sum[1] ^= 1;			/* another one of that number */
	test_is(st, sek_store_roster_take(st, &r, NULL, NULL, NULL, &actor,
	    &done), SEK_ERR_REFUSED);
	r.serial = 8;
	(void)snprintf(r.terminal, sizeof(r.terminal), "t-3");
	test_is(st, sek_store_roster_take(st, &r, NULL, NULL, NULL, &actor,
	    &done), SEK_ERR_REFUSED);
	(void)snprintf(r.terminal, sizeof(r.terminal), "t-1");
	test_is(st, sek_store_roster_take(st, &r, NULL, NULL, NULL, &actor,
	    &done), SEK_ERR_REFUSED);
	ck_assert_uint_eq(test_records(st, "roster-import", NULL).records, 2);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(new_key_of_a_terminal_takes_the_place_of_its_old_one)
{
	struct sek_store *st = test_open();
	struct sek_roster_exporter e;
	struct sek_roster r;

	foreign(&r, st, 7);
	(void)take(st, &r);
	/* Another terminal's is nobody's old one. */
	(void)snprintf(r.terminal, sizeof(r.terminal), "t-3");
	(void)snprintf(r.id, sizeof(r.id),
	    "ffeeddccbbaa99887766554433221100");
	(void)take(st, &r);
	test_ok(st, sek_store_roster_exporter(st,
	    "00112233445566778899aabbccddeeff", &e));
	(void)snprintf(r.terminal, sizeof(r.terminal), "t-2");
	(void)snprintf(r.id, sizeof(r.id),
	    "0123456789abcdef0123456789abcdef");
	/* Shown before it is done: somebody may have put it in its place. */
	ck_assert_uint_eq(take(st, &r).changes, 1);
	test_is(st, sek_store_roster_exporter(st,
	    "00112233445566778899aabbccddeeff", &e), SEK_ERR_NOT_FOUND);
	test_ok(st, sek_store_roster_exporter(st,
	    "ffeeddccbbaa99887766554433221100", &e));
	test_ok(st, sek_store_roster_exporter(st, r.id, &e));
	ck_assert_uint_eq(test_records(st, "roster-import", NULL).records, 4);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

static enum sek_err
stop(void *arg, const struct sek_roster_change *c, uint64_t done, uint64_t all)
{
	unsigned *left = arg;

	(void)c;
	ck_assert_uint_le(done, all);
	return ((*left)-- == 0 ? SEK_ERR_CONV : SEK_OK);
}

/* alice and a desk shared with bob, in another store. */
static void
other_terminal(struct sek_roster *r)
{
	struct sek_store *st = test_open();
	static struct sek_enrol e;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-bob");
	e.key[0] = 'x';
	test_ok(st, sek_store_enrol(st, &e, NULL));
	test_ok(st, sek_store_suspend(st, "alice", "育休", 0, NULL));
	foreign(r, st, 7);
	sek_store_free(&st);
	test_store_teardown();
	test_store_setup();
}

START_TEST(stopped_anywhere_stores_nothing)
{
	struct sek_roster r;
	struct sek_store *st;
	struct sek_roster_done done;
	unsigned at, left;
	enum sek_err err = SEK_ERR_CONV;

	other_terminal(&r);
	st = test_open();
	for (at = 0; err == SEK_ERR_CONV; at++) {
		ck_assert_uint_eq(test_records(st, NULL, NULL).records, 1);
		ck_assert_uint_lt(at, 100);
		left = at;
		err = sek_store_roster_take(st, &r, NULL, stop, &left,
		    &actor, &done);
	}
	test_ok(st, err);
	ck_assert_uint_gt(at, 6);
	ck_assert_uint_eq(test_records(st, "suspend", NULL).records, 1);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_changed_since_it_was_shown_is_refused)
{
	struct sek_roster r;
	struct sek_store *st;
	struct sek_roster_done plan, done;

	other_terminal(&r);
	st = test_open();
	test_ok(st, sek_store_roster_plan(st, &r, NULL, NULL, &plan));
	ck_assert_uint_eq(test_records(st, NULL, NULL).records, 1);
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_is(st, sek_store_roster_take(st, &r, &plan, NULL, NULL, &actor,
	    &done), SEK_ERR_REFUSED);
	ck_assert_uint_eq(test_records(st, "roster-import", NULL).records, 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(members_come_and_go_as_that_terminal_says)
{
	struct sek_roster r;
	struct sek_store *st;
	static struct sek_lookup_out look;
	static struct sek_enrol e;
	size_t nmembers;

	other_terminal(&r);
	st = test_open();
	(void)take(st, &r);
	/* bob has a key of his own here: the desk opens by it. */
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	test_lookup(st, "desk", &look);
	ck_assert_uint_eq(look.nauthenticators, 1);
	/* carol became a member here, by nobody's roster. */
	test_enrol_fill(&e, "desk", SEK_METHOD_HOTP);
	e.account.shared = 1;
	e.key[0] = 'y';
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-carol");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	nmembers = r.nmembers;
	ck_assert_uint_eq(nmembers, 1);
	r.nmembers = 0;
	r.serial = 8;
	ck_assert_uint_eq(take(st, &r).changes, 1);
	test_lookup(st, "desk", &look);
	ck_assert_uint_eq(look.nauthenticators, 1);
	ck_assert_str_eq(look.authenticator[0].person, "p-carol");
	test_verify_ok(st);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(name_of_another_uid_is_shut_never_opened)
{
	struct sek_roster r;
	struct sek_store *st;
	struct sek_admit in;
	struct sek_admit_out out;
	struct sek_limits limits = test_limits(5);
	struct sek_user u;
	struct sek_roster_done done;

	other_terminal(&r);
	r.account[0].uid = 4242;
	st = test_open();
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_admit_fill(&in, "alice");
	test_ok(st, sek_store_admit(st, &in, &out));	/* binds uid 1000 */
	ck_assert_uint_ge(take(st, &r).conflicts, 1);
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.account.state, SEK_ACCOUNT_SUSPENDED);
	ck_assert_str_eq(u.account.reason, "育休");
	r.account[0].state = SEK_ACCOUNT_ACTIVE;
	r.account[0].reason[0] = '\0';
	r.serial = 8;
	done = take(st, &r);
	ck_assert_uint_ge(done.conflicts, 1);
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.account.state, SEK_ACCOUNT_SUSPENDED);
	/* The same name, the same uid: resumed. */
	r.account[0].uid = 1000;
	r.serial = 9;
	(void)take(st, &r);
	test_ok(st, sek_store_user(st, "alice", &limits, &u));
	ck_assert_uint_eq(u.account.state, SEK_ACCOUNT_ACTIVE);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

/* No verb suspends a person, but a roster can: resuming the account opens. */
START_TEST(person_suspended_by_a_roster_can_be_resumed_here)
{
	struct sek_store *st = test_open();
	static struct sek_lookup_out look;
	struct sek_roster r;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	foreign(&r, st, 7);
	r.person[0].state = SEK_ACCOUNT_SUSPENDED;
	(void)take(st, &r);
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.person.state, SEK_ACCOUNT_SUSPENDED);
	test_ok(st, sek_store_resume(st, "alice", &actor));
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.person.state, SEK_ACCOUNT_ACTIVE);
	ck_assert_uint_eq(test_records(st, "resume", NULL).records, 1);
	ck_assert_uint_eq(test_records(st, "person-changed",
	    "root-person").records, 2);
	/* Retired is for good. */
	r.person[0].state = SEK_ACCOUNT_RETIRED;
	r.serial = 8;
	(void)take(st, &r);
	test_ok(st, sek_store_resume(st, "alice", &actor));
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.person.state, SEK_ACCOUNT_RETIRED);
	test_verify_ok(st);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(retired_account_is_neither_suspended_nor_resumed)
{
	struct sek_store *st = test_open();
	static struct sek_lookup_out look;
	struct sek_roster r;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	foreign(&r, st, 7);
	r.account[0].state = SEK_ACCOUNT_RETIRED;
	(void)take(st, &r);
	test_is(st, sek_store_resume(st, "alice", &actor), SEK_ERR_REFUSED);
	test_is(st, sek_store_suspend(st, "alice", "x", 0, &actor),
	    SEK_ERR_REFUSED);
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.account.state, SEK_ACCOUNT_RETIRED);
	ck_assert_uint_eq(test_records(st, "resume", NULL).records, 0);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

START_TEST(closed_id_nobody_knows_is_noted_once)
{
	struct sek_store *st = test_open();
	struct sek_roster r;
	struct sek_roster_done done;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	foreign(&r, st, 7);
	(void)snprintf(r.authenticator[0].id, SEK_ID_MAX, "00000000000000ff");
	r.authenticator[0].state = SEK_AUTHENTICATOR_REMOVED;
	done = take(st, &r);
	/* Another id, no label: somebody should look, nothing is shut. */
	ck_assert_uint_eq(done.noted, 1);
	ck_assert_uint_eq(done.conflicts, 1);
	ck_assert_uint_eq(test_consume(st, "alice", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	r.serial = 8;
	done = take(st, &r);
	ck_assert_uint_eq(done.noted + done.conflicts + done.changes, 0);
	sek_roster_free(&r);
	/* It goes on to the next terminal. */
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_uint_eq(r.nauthenticators, 2);
	sek_roster_free(&r);
	sek_store_free(&st);
}
END_TEST

static bool
holds(const char *text, size_t len, const void *what, size_t n)
{

	return (memmem(text, len, what, n) != NULL);
}

START_TEST(no_secret_is_in_a_roster)
{
	struct sek_store *st = test_open();
	struct sek_roster_key key;
	struct sek_roster r, back;
	struct sek_why why = { "" };
	char path[128], hex[2 * TEST_KEY_LEN + 1], base32[64], *text;
	const char *body;
	size_t len;

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	test_ok(st, sek_store_roster_collect(st, &r));
	ck_assert_uint_eq(r.nauthenticators, 2);
	(void)snprintf(path, sizeof(path), "%s/keys/roster.key", test_dir);
	ck_assert_int_eq(sek_roster_key_load(&key, path, "t-1", &why),
	    SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(sek_roster_key_make(path, "t-1", &why), SEK_OK);
	ck_assert_int_eq(sek_roster_key_make(path, "t-1", &why),
	    SEK_ERR_EXISTS);
	ck_assert_int_eq(sek_roster_key_load(&key, path, "t-2", &why),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(sek_roster_key_load(&key, path, "t-1", &why),
	    SEK_OK);
	ck_assert_int_eq(sek_roster_write(&text, &len, &r, &key), SEK_OK);
	sek_text_hex(hex, TEST_KEY, TEST_KEY_LEN);
	ck_assert_int_eq(sek_base32_encode(base32,
	    (const unsigned char *)TEST_KEY, TEST_KEY_LEN), SEK_OK);
	ck_assert(!holds(text, len, TEST_KEY, TEST_KEY_LEN));
	ck_assert(!holds(text, len, hex, strlen(hex)));
	ck_assert(!holds(text, len, base32, 32));
	/* And it comes back as it went. */
	memset(&back, 0, sizeof(back));
	ck_assert_int_eq(sek_roster_open(&back, &body, text, len, &why),
	    SEK_OK);
	ck_assert_str_eq(back.id, key.id);
	ck_assert_msg(sek_roster_read(&back, body, &why) == SEK_OK, "%s",
	    why.text);
	ck_assert_uint_eq(back.naccounts, r.naccounts);
	ck_assert_int_eq(memcmp(back.account, r.account,
	    r.naccounts * sizeof(*r.account)), 0);
	ck_assert_int_eq(memcmp(back.authenticator, r.authenticator,
	    r.nauthenticators * sizeof(*r.authenticator)), 0);
	ck_assert_int_eq(back.time, r.time);
	ck_assert_uint_eq(back.serial, r.serial);
	free(text);
	sek_secret_free(&key.secret);
	sek_roster_free(&r);
	sek_roster_free(&back);
	sek_store_free(&st);
}
END_TEST

START_TEST(methods_that_verify_by_a_secret_are_not_public)
{
	ck_assert(!sek_method_is_public(SEK_METHOD_PASSWORD));
	ck_assert(!sek_method_is_public(SEK_METHOD_TOTP));
	ck_assert(!sek_method_is_public(SEK_METHOD_HOTP));
	ck_assert(!sek_method_is_public(SEK_METHOD_TICKET));
	ck_assert(!sek_method_is_public(SEK_METHOD_COUNT));
}
END_TEST

START_TEST(serials_grow_and_one_number_is_given_once)
{
	struct sek_store *st = test_open();
	struct sek_roster a, b;

	test_ok(st, sek_store_roster_collect(st, &a));
	test_ok(st, sek_store_roster_collect(st, &b));
	test_ok(st, sek_store_roster_given(st, &a, &actor));
	test_is(st, sek_store_roster_given(st, &b, &actor),
	    b.serial > a.serial ? SEK_OK : SEK_ERR_REFUSED);
	sek_roster_free(&b);
	test_ok(st, sek_store_roster_collect(st, &b));
	ck_assert_uint_gt(b.serial, a.serial);
	test_ok(st, sek_store_roster_given(st, &b, &actor));
	ck_assert_uint_ge(test_records(st, "roster-export", NULL).records, 2);
	sek_roster_free(&a);
	sek_roster_free(&b);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store-roster");
	TCase *t = tcase_create("roster");

	tcase_add_checked_fixture(t, test_store_setup, test_store_teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, token_lost_elsewhere_verifies_nothing_here);
	tcase_add_test(t, older_other_own_and_copied_rosters_are_refused);
	tcase_add_test(t,
	    new_key_of_a_terminal_takes_the_place_of_its_old_one);
	tcase_add_test(t, stopped_anywhere_stores_nothing);
	tcase_add_test(t, what_changed_since_it_was_shown_is_refused);
	tcase_add_test(t, members_come_and_go_as_that_terminal_says);
	tcase_add_test(t, name_of_another_uid_is_shut_never_opened);
	tcase_add_test(t, person_suspended_by_a_roster_can_be_resumed_here);
	tcase_add_test(t, retired_account_is_neither_suspended_nor_resumed);
	tcase_add_test(t, closed_id_nobody_knows_is_noted_once);
	tcase_add_test(t, no_secret_is_in_a_roster);
	tcase_add_test(t, methods_that_verify_by_a_secret_are_not_public);
	tcase_add_test(t, serials_grow_and_one_number_is_given_once);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
