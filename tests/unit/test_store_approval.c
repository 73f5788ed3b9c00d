/*
 * test_store_approval.c - test of what is asked and decided in the store: two
 * persons, their proofs, one outcome, and nothing that comes back to life
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>

#include <sched.h>
#include <sqlite3.h>
#include <unistd.h>

#include "../../common/edge/store/frame.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"
#include "store.h"

#define HOUR		(3600 * SEK_SECOND)
#define DAY		(24 * HOUR)
#define CISO		SEK_ROLE_BIT(SEK_ROLE_CISO)
#define BOTH		(SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION)
#define RACERS		8
#define KILLS		60

enum sek_err	__real_sek_clock_now(struct sek_moment *out);
enum sek_err	__wrap_sek_clock_now(struct sek_moment *out);

static int64_t later;		/* us that the wall clock is ahead */
static const struct sek_record tool = { .service = "sekisho",
    .subject = "root-person" };
static struct sek_approval_out out;
static struct sek_approval_list_out found;

enum sek_err
__wrap_sek_clock_now(struct sek_moment *now)
{
	enum sek_err err = __real_sek_clock_now(now);

	now->wall += later;
	return (err);
}

/* Who acts in these tests; bob and carol may approve. */
static const struct person {
	const char	*name;
	uint32_t	 uid;
	uint32_t	 session;
	uint32_t	 roles;
} alice = { "alice", 1000, 11, 0 }, bob = { "bob", 1001, 12, CISO },
    carol = { "carol", 1002, 13, CISO };

static void
enrol_as(struct sek_store *st, const char *name, const char *person)
{
	static struct sek_enrol e;

	test_enrol_fill(&e, name, SEK_METHOD_HOTP);
	if (person != NULL)
		(void)snprintf(e.person.id, sizeof(e.person.id), "%s", person);
	/* Each a key of his own. */
	(void)snprintf((char *)e.key, sizeof(e.key), "key of %-12s", name);
	test_ok(st, sek_store_enrol(st, &e, NULL));
}

static void
setup(void)
{
	struct sek_store *st;

	later = 0;
	test_store_setup();
	st = test_open();
	enrol_as(st, "alice", NULL);
	enrol_as(st, "bob", NULL);
	enrol_as(st, "carol", NULL);
	sek_store_free(&st);
}

/* An admission of this process, taken as a proof. */
static void
prove(struct sek_store *st, const struct person *p, const char *person,
    char proof[SEK_ID_MAX])
{
	struct sek_take_proof take = { .uid = p->uid };
	struct sek_admission a;
	struct sek_admit_out admitted;
	static struct sek_admit in;

	test_admit_fill(&in, p->name);
	in.who.uid = p->uid;
	in.kinds = BOTH;
	if (person != NULL)
		(void)snprintf(in.person, sizeof(in.person), "%s", person);
	(void)snprintf(in.who.service, sizeof(in.who.service), "sekisho-x");
	test_ok(st, sek_store_admit(st, &in, &admitted));
	memcpy(take.id, admitted.id, sizeof(take.id));
	(void)snprintf(take.service, sizeof(take.service), "sekisho-x");
	ck_assert_int_eq(sek_process_get(&take.taker, 0), SEK_OK);
	test_ok(st, sek_store_take_proof(st, &take, &a));
	memcpy(proof, admitted.id, SEK_ID_MAX);
}

static struct sek_actor
actor_of(const struct person *p)
{
	struct sek_actor a = { .uid = p->uid, .roles = p->roles,
	    .audit_session = p->session };

	(void)snprintf(a.account, sizeof(a.account), "%s", p->name);
	ck_assert_int_eq(sek_process_get(&a.process, 0), SEK_OK);
	return (a);
}

static struct sek_approval_ask *
wish(const struct person *p)
{
	static struct sek_approval_ask in;
	struct sek_moment now;

	memset(&in, 0, sizeof(in));
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	in.a.kind = SEK_APPROVAL_EXCEPTION;
	(void)snprintf(in.a.key, sizeof(in.a.key), "factors.kinds");
	(void)snprintf(in.a.value, sizeof(in.a.value), "1");
	(void)snprintf(in.a.reason, sizeof(in.a.reason), "カードの更新待ち");
	in.a.not_after = now.wall + 30 * DAY;
	in.who = actor_of(p);
	return (&in);
}

/* A proven ask of alice's; its id. */
static const char *
asked(struct sek_store *st)
{
	static char id[SEK_ID_MAX];
	struct sek_approval_ask *in = wish(&alice);

	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	memcpy(id, out.a.id, sizeof(id));
	return (id);
}

static struct sek_approval_decide *
deed(const char *id, const struct person *p, enum sek_approval_act act)
{
	static struct sek_approval_decide in;

	memset(&in, 0, sizeof(in));
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.note, sizeof(in.note), "了解");
	in.act = act;
	in.who = actor_of(p);
	return (&in);
}

/* By a proof. */
static enum sek_err
does(struct sek_store *st, const char *id, const struct person *p,
    enum sek_approval_act act)
{
	struct sek_approval_decide *in = deed(id, p, act);

	prove(st, p, NULL, in->who.proof);
	return (sek_store_approval_decide(st, in, &out));
}

/* By a login uid alone. */
static enum sek_err
does_unproven(struct sek_store *st, const char *id, const struct person *p,
    enum sek_approval_act act)
{
	return (sek_store_approval_decide(st, deed(id, p, act), &out));
}

static const char *
given(struct sek_store *st)
{
	const char *id = asked(st);

	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	return (id);
}

static struct sek_approval *
look(struct sek_store *st, const char *id)
{
	struct sek_approval_list in = { .kind = 0 };

	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	test_ok(st, sek_store_approvals(st, &in, &found));
	ck_assert_uint_eq(found.n, 1);
	return (&found.a[0]);
}

static struct sek_allowance_out *
allowance(struct sek_store *st)
{
	static struct sek_allowance_out a;
	struct sek_allowance_in in;

	memset(&in, 0, sizeof(in));
	(void)snprintf(in.key, sizeof(in.key), "factors.kinds");
	test_ok(st, sek_store_allowance(st, &in, &a));
	return (&a);
}

#define allows(st, number, was_lapsed) do { \
	struct sek_allowance_out *a_ = allowance(st); \
	ck_assert_uint_eq(a_->n, (number)); \
	ck_assert_uint_eq(a_->lapsed, (was_lapsed)); \
} while (0)

#define refused(call, reason) do { \
	enum sek_err err_ = (call); \
	ck_assert_msg(err_ == SEK_ERR_REFUSED && out.no == (reason), \
	    "%s: %s, %s", #call, sek_err_name(err_), \
	    sek_approval_no_name((enum sek_approval_no)out.no)); \
} while (0)

static void
upkeep(struct sek_store *st)
{
	struct sek_upkeep u;

	test_ok(st, sek_store_upkeep(st, &u));
}

static unsigned
records_of(struct sek_store *st, const char *event)
{
	return (test_records(st, event, NULL).records);
}

static enum sek_err
admit_by(struct sek_store *st, const char *name, const char *id)
{
	static struct sek_admit in;
	struct sek_admit_out admitted;

	test_admit_fill(&in, name);
	in.who.uid = name[0] == 'a' ? 1000 : name[0] == 'b' ? 1001 : 1002;
	in.kinds = SEK_KIND_KNOWLEDGE;
	(void)snprintf(in.exception, sizeof(in.exception), "%s", id);
	return (sek_store_admit(st, &in, &admitted));
}

static void
edit(const char *sql)
{
	sqlite3 *db = NULL;
	char *text = NULL;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &text) == SQLITE_OK,
	    "%s: %s", sql, text);
	(void)sqlite3_close(db);
}

/* ---- a life */

START_TEST(a_life_is_in_the_records_from_asking_to_the_closing_note)
{
	struct sek_store *st = test_open();
	struct sek_store_status s;
	struct test_count c;
	const char *id = asked(st);

	ck_assert_str_eq(out.a.clause, look(st, id)->clause);
	ck_assert_str_ne(out.a.clause, "");
	ck_assert_str_eq(look(st, id)->asked.person, "p-alice");
	ck_assert_uint_eq(look(st, id)->asked.kinds, BOTH);
	ck_assert(look(st, id)->asked.proven);
	ck_assert_str_eq(sek_approval_shown(look(st, id), found.wall),
	    "asked");
	c = test_records(st, "approval-asked", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, id));
	ck_assert_ptr_nonnull(strstr(c.last, "カードの更新待ち"));
	ck_assert_ptr_nonnull(strstr(c.last, "factors.kinds = 1"));
	ck_assert_ptr_nonnull(strstr(c.last, "person=p-alice"));
	allows(st, 0, 0);
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	ck_assert_str_eq(sek_approval_shown(&out.a, found.wall + HOUR),
	    "in-force");
	c = test_records(st, "approval-given", "bob");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, id));
	ck_assert_ptr_null(strstr(c.last, "unproven"));
	allows(st, 1, 0);
	ck_assert_str_eq(allowance(st)->a[0].value, "1");
	/* Used: each time counted, once a day recorded. */
	test_ok(st, admit_by(st, "carol", id));
	test_ok(st, admit_by(st, "carol", id));
	c = test_records(st, "approval-used", "carol");
	ck_assert_uint_eq(c.records, 1);
	c = test_records(st, "admit", "carol");
	ck_assert_ptr_nonnull(strstr(c.last, id));
	later = DAY;
	test_ok(st, admit_by(st, "alice", id));
	ck_assert_uint_eq(records_of(st, "approval-used"), 2);
	ck_assert_uint_eq(look(st, id)->uses, 3);
	ck_assert_int_gt(look(st, id)->last_used, look(st, id)->first_used);
	/* Due for review at its end by default: it lasts 30 days. */
	later = 31 * DAY;
	allows(st, 0, 1);
	ck_assert_str_eq(allowance(st)->ended, id);
	test_is(st, admit_by(st, "alice", id), SEK_ERR_REFUSED);
	upkeep(st);
	upkeep(st);
	c = test_records(st, "approval-ended", NULL);
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, id));
	c = test_records(st, "approval-overdue", NULL);
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "closing note"));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert(s.approvals == 1 && s.approvals_open == 1 &&
	    s.approvals_overdue == 1 && s.tampered == 0);
	allows(st, 0, 1);
	test_ok(st, does(st, id, &carol, SEK_ACT_CLOSE));
	ck_assert_str_eq(look(st, id)->ended.note, "了解");
	ck_assert_str_eq(sek_approval_shown(look(st, id), found.wall),
	    "closed");
	ck_assert_uint_eq(records_of(st, "approval-reviewed"), 1);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert(s.approvals_open == 0 && s.approvals_overdue == 0);
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 1);
	allows(st, 0, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_review_that_is_due_is_told_once_and_again_after_the_next)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	struct sek_approval_decide *keep;
	char id[SEK_ID_MAX];

	in->a.not_after += 300 * DAY;
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	memcpy(id, out.a.id, sizeof(id));
	ck_assert_int_eq(out.a.review_at, out.a.not_before + 90 * DAY);
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	later = 91 * DAY;
	upkeep(st);
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 1);
	allows(st, 1, 0);
	keep = deed(id, &carol, SEK_ACT_KEEP);
	prove(st, &carol, NULL, keep->who.proof);
	test_ok(st, sek_store_approval_decide(st, keep, &out));
	ck_assert_int_gt(out.a.review_at, found.wall + 80 * DAY);
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 1);
	later = 300 * DAY;
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(an_ask_nobody_decides_ends_by_itself)
{
	struct sek_store *st = test_open();
	const char *id = asked(st);

	later = 31 * DAY;
	refused(does(st, id, &bob, SEK_ACT_GIVE), SEK_NO_TIME);
	upkeep(st);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(records_of(st, "approval-ended"), 1);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 0);
	refused(does(st, id, &bob, SEK_ACT_GIVE), SEK_NO_STATE);
	allows(st, 0, 0);
	sek_store_free(&st);
}
END_TEST

/* ---- who may not */

START_TEST(a_refusal_changes_nothing_and_spends_no_proof)
{
	struct sek_store *st = test_open();
	const char *id = asked(st);
	struct sek_approval_decide *in;
	struct sek_approval before = *look(st, id);
	unsigned all;

	in = deed(id, &alice, SEK_ACT_GIVE);
	in->who.roles = CISO;
	prove(st, &alice, NULL, in->who.proof);
	all = records_of(st, NULL);
	refused(sek_store_approval_decide(st, in, &out), SEK_NO_SAME_PERSON);
	ck_assert_uint_eq(records_of(st, NULL), all);
	ck_assert_int_eq(memcmp(&before, look(st, id), sizeof(before)), 0);
	/* The same proof is good for what he may. */
	in->act = SEK_ACT_WITHDRAW;
	test_ok(st, sek_store_approval_decide(st, in, &out));
	ck_assert_uint_eq(out.a.state, SEK_APPROVAL_WITHDRAWN);
	ck_assert_uint_eq(records_of(st, "approval-refused"), 1);
	/* And for nothing further. */
	test_is(st, sek_store_approval_decide(st, in, &out), SEK_ERR_REFUSED);
	ck_assert_uint_eq(out.no, SEK_NO_PROOF);
	sek_store_free(&st);
}
END_TEST

START_TEST(two_accounts_of_one_person_are_one)
{
	static const struct person adm = { "aliceadm", 1009, 14, CISO };
	static const struct person twin = { "twin", 1010, 15, CISO };
	static const struct person toor = { "toor", 1000, 16, CISO };
	struct sek_store *st = test_open();
	struct sek_approval_decide *in;
	struct sek_person p;
	const char *id;

	enrol_as(st, "aliceadm", "p-alice");
	enrol_as(st, "twin", NULL);
	id = asked(st);
	in = deed(id, &adm, SEK_ACT_GIVE);
	prove(st, &adm, "p-alice", in->who.proof);
	refused(sek_store_approval_decide(st, in, &out), SEK_NO_SAME_PERSON);
	/* Another name of the same uid, that the store never heard of. */
	refused(does_unproven(st, id, &toor, SEK_ACT_GIVE),
	    SEK_NO_SAME_PERSON);
	/* Two rows of one name may be one man. */
	test_ok(st, sek_store_person(st, "p-alice", &p));
	(void)snprintf(p.name, sizeof(p.name), "山田 太郎");
	test_ok(st, sek_store_person_edit(st, &p, &tool));
	test_ok(st, sek_store_person(st, "p-twin", &p));
	(void)snprintf(p.name, sizeof(p.name), "山田 太郎");
	test_ok(st, sek_store_person_edit(st, &p, &tool));
	refused(does(st, id, &twin, SEK_ACT_GIVE), SEK_NO_SAME_PERSON);
	/* However the blank in it was typed. */
	(void)snprintf(p.name, sizeof(p.name), "山田　太郎");
	test_ok(st, sek_store_person_edit(st, &p, &tool));
	refused(does(st, id, &twin, SEK_ACT_GIVE), SEK_NO_SAME_PERSON);
	(void)snprintf(p.name, sizeof(p.name), "山田 次郎");
	test_ok(st, sek_store_person_edit(st, &p, &tool));
	test_ok(st, does(st, id, &twin, SEK_ACT_GIVE));
	sek_store_free(&st);
}
END_TEST

START_TEST(nobody_decides_what_is_about_himself)
{
	static const char *const about_bob[] = { "bob", "x bobadm",
	    "counter,x" };
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;
	static struct sek_enrol e;
	size_t i;

	enrol_as(st, "bobadm", "p-bob");
	test_enrol_fill(&e, "counter", SEK_METHOD_HOTP);
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-bob");
	(void)snprintf((char *)e.key, sizeof(e.key), "a shared token's key");
	e.account.shared = 1;
	test_ok(st, sek_store_enrol(st, &e, NULL));
	for (i = 0; i < 3; i++) {
		in = wish(&alice);
		(void)snprintf(in->a.users, sizeof(in->a.users), "%s",
		    about_bob[i]);
		prove(st, &alice, NULL, in->who.proof);
		test_ok(st, sek_store_approval_ask(st, in, &out));
		refused(does(st, out.a.id, &bob, SEK_ACT_GIVE),
		    SEK_NO_SUBJECT);
		refused(does(st, out.a.id, &bob, SEK_ACT_REFUSE),
		    SEK_NO_SUBJECT);
		test_ok(st, does(st, out.a.id, &carol, SEK_ACT_GIVE));
		refused(does(st, out.a.id, &bob, SEK_ACT_KEEP),
		    SEK_NO_SUBJECT);
		/* Shutting it is no favour to himself. */
		test_ok(st, does(st, out.a.id, &bob, SEK_ACT_REVOKE));
	}
	sek_store_free(&st);
}
END_TEST

/* Of which only the account sources know: here root's uid. */
START_TEST(another_spelling_of_a_subject_is_known_by_the_account_sources)
{
	static const struct person toor = { "toor", 0, 12, CISO };
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);

	(void)snprintf(in->a.users, sizeof(in->a.users), "nobody-such root");
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	refused(does_unproven(st, out.a.id, &toor, SEK_ACT_GIVE),
	    SEK_NO_SUBJECT);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_shared_account_neither_asks_nor_decides)
{
	static const struct person counter = { "counter", 1005, 20, CISO };
	struct sek_store *st = test_open();
	static struct sek_enrol e;
	const char *id = asked(st);

	test_enrol_fill(&e, "counter", SEK_METHOD_HOTP);
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-carol");
	(void)snprintf((char *)e.key, sizeof(e.key), "a shared token's key");
	e.account.shared = 1;
	test_ok(st, sek_store_enrol(st, &e, NULL));
	refused(does_unproven(st, id, &counter, SEK_ACT_GIVE), SEK_NO_PERSON);
	refused(sek_store_approval_ask(st, wish(&counter), &out),
	    SEK_NO_PERSON);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_role_is_needed_and_a_live_account)
{
	static const struct person clerk = { "carol", 1002, 13,
	    SEK_ROLE_BIT(SEK_ROLE_APPROVER) };
	struct sek_store *st = test_open();
	const char *id = asked(st);

	refused(does(st, id, &clerk, SEK_ACT_GIVE), SEK_NO_ROLE);
	test_ok(st, sek_store_suspend(st, "bob", "退職", 0, &tool));
	/* No proof would help him: why is said in words. */
	refused(does_unproven(st, id, &bob, SEK_ACT_GIVE), SEK_NO_NONE);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "may not act"));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ASKED);
	test_is(st, does(st, "no-such", &carol, SEK_ACT_GIVE),
	    SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_asked_must_be_a_value_below_a_floor)
{
	static const struct {
		const char		*key, *value, *users, *terminals;
		enum sek_approval_no	 no;
	} t[] = {
		{ "factors.kinds", "1", "", "", SEK_NO_NONE },
		{ "factors.kinds", "2", "", "", SEK_NO_KEY },
		{ "factors.kinds", "one", "", "", SEK_NO_KEY },
		{ "factors.kinds", "", "", "", SEK_NO_KEY },
		{ "factors.none", "1", "", "", SEK_NO_KEY },
		{ "kinds", "1", "", "", SEK_NO_KEY },
		{ "", "1", "", "", SEK_NO_KEY },
		{ "lockout.delay", "0", "", "", SEK_NO_KEY },
		{ "lockout.deny", "0", "", "", SEK_NO_NONE },
		{ "factors.kinds", "1", "a/b", "", SEK_NO_SCOPE },
		{ "factors.kinds", "1", "a\n", "", SEK_NO_SCOPE },
		{ "factors.kinds", "1", "", "t:1", SEK_NO_SCOPE },
		{ "factors.kinds", "1", " ,", "", SEK_NO_SCOPE },
		{ "factors.kinds", "1", "", ",", SEK_NO_SCOPE },
		{ "factors.kinds", "1", "alice, bob", "t-1 t-2",
		    SEK_NO_NONE },
	};
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		in = wish(&alice);
		(void)snprintf(in->a.key, sizeof(in->a.key), "%s", t[i].key);
		(void)snprintf(in->a.value, sizeof(in->a.value), "%s",
		    t[i].value);
		(void)snprintf(in->a.users, sizeof(in->a.users), "%s",
		    t[i].users);
		(void)snprintf(in->a.terminals, sizeof(in->a.terminals), "%s",
		    t[i].terminals);
		prove(st, &alice, NULL, in->who.proof);
		if (t[i].no == SEK_NO_NONE)
			test_ok(st, sek_store_approval_ask(st, in, &out));
		else
			refused(sek_store_approval_ask(st, in, &out),
			    t[i].no);
	}
	sek_store_free(&st);
}
END_TEST

START_TEST(nobody_fills_the_store_with_wishes)
{
	struct sek_store *st = test_open();
	unsigned i;

	for (i = 0; i < SEK_APPROVAL_WAITING; i++)
		test_ok(st, sek_store_approval_ask(st, wish(&alice), &out));
	refused(sek_store_approval_ask(st, wish(&alice), &out), SEK_NO_MANY);
	test_ok(st, sek_store_approval_ask(st, wish(&bob), &out));
	later = 31 * DAY;
	test_ok(st, sek_store_approval_ask(st, wish(&alice), &out));
	/* Long lists are told and ended in parts. */
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-ended"),
	    SEK_APPROVAL_WAITING + 1);
	sek_store_free(&st);
}
END_TEST

/* None that is given is left out of what logins are told. */
START_TEST(no_more_are_given_than_logins_are_told_of)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;
	char first[SEK_ID_MAX];
	unsigned i;

	memcpy(first, given(st), SEK_ID_MAX);
	for (i = 1; i < SEK_ALLOWANCES_MAX; i++)
		(void)given(st);
	allows(st, SEK_ALLOWANCES_MAX, 0);
	refused(does(st, asked(st), &bob, SEK_ACT_GIVE), SEK_NO_FULL);
	in = wish(&alice);
	in->unavoidable = in->who.privileged = 1;
	in->a.not_after = in->a.not_after - 30 * DAY + HOUR;
	prove(st, &alice, NULL, in->who.proof);
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_FULL);
	/* Of another key or terminal there is room. */
	in = wish(&alice);
	(void)snprintf(in->a.terminals, sizeof(in->a.terminals), "t-9");
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	test_ok(st, does(st, out.a.id, &bob, SEK_ACT_GIVE));
	in = wish(&alice);
	(void)snprintf(in->a.key, sizeof(in->a.key), "lockout.deny");
	(void)snprintf(in->a.value, sizeof(in->a.value), "0");
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	test_ok(st, does(st, out.a.id, &bob, SEK_ACT_GIVE));
	/* And when one has gone. */
	test_ok(st, does(st, first, &carol, SEK_ACT_REVOKE));
	(void)given(st);
	allows(st, SEK_ALLOWANCES_MAX, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(lists_come_in_parts_in_the_order_of_asking)
{
	struct sek_store *st = test_open();
	struct sek_approval_list in = { .open_only = 1 };
	char id[10][SEK_ID_MAX];
	unsigned i, seen = 0;

	for (i = 0; i < 10; i++) {
		test_ok(st, sek_store_approval_ask(st, wish(&alice), &out));
		memcpy(id[i], out.a.id, SEK_ID_MAX);
	}
	test_ok(st, does(st, id[3], &bob, SEK_ACT_REFUSE));
	do {
		test_ok(st, sek_store_approvals(st, &in, &found));
		for (i = 0; i < found.n; i++, seen++)
			ck_assert_str_eq(found.a[i].id,
			    id[seen + (seen >= 3)]);
		memcpy(in.after, found.a[found.n - 1].id, SEK_ID_MAX);
	} while (found.more);
	ck_assert_uint_eq(seen, 9);
	in.open_only = 0;
	in.after[0] = '\0';
	test_ok(st, sek_store_approvals(st, &in, &found));
	ck_assert_uint_eq(found.n, SEK_APPROVALS_PART);
	ck_assert_uint_eq(found.more, 1);
	memcpy(in.after, id[6], SEK_ID_MAX);
	test_ok(st, sek_store_approvals(st, &in, &found));
	ck_assert_uint_eq(found.n, 3);
	ck_assert_uint_eq(found.more, 0);
	(void)snprintf(in.after, sizeof(in.after), "none");
	test_is(st, sek_store_approvals(st, &in, &found), SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
}
END_TEST

/* ---- without a proof */

START_TEST(unproven_opens_nothing_until_two_have_proved_themselves)
{
	static const struct person far = { "bob", 1001, 77, CISO };
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	struct person near = bob;
	char id[SEK_ID_MAX];

	test_ok(st, sek_store_approval_ask(st, in, &out));
	memcpy(id, out.a.id, sizeof(id));
	ck_assert(!out.a.asked.proven);
	near.session = alice.session;
	refused(does_unproven(st, id, &near, SEK_ACT_GIVE),
	    SEK_NO_SAME_SESSION);
	near.session = UINT32_MAX;
	refused(does_unproven(st, id, &near, SEK_ACT_GIVE),
	    SEK_NO_SAME_SESSION);
	test_ok(st, does_unproven(st, id, &far, SEK_ACT_GIVE));
	ck_assert_ptr_nonnull(strstr(test_records(st, "approval-given",
	    "bob").last, "unproven"));
	allows(st, 0, 0);
	test_is(st, admit_by(st, "alice", id), SEK_ERR_REFUSED);
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 1);
	refused(does_unproven(st, id, &carol, SEK_ACT_CONFIRM), SEK_NO_PROOF);
	test_ok(st, does(st, id, &bob, SEK_ACT_CONFIRM));
	allows(st, 0, 0);
	refused(does(st, id, &bob, SEK_ACT_CONFIRM), SEK_NO_SAME_PERSON);
	test_ok(st, does(st, id, &carol, SEK_ACT_CONFIRM));
	allows(st, 1, 0);
	test_ok(st, admit_by(st, "alice", id));
	sek_store_free(&st);
}
END_TEST

START_TEST(unproven_is_over_after_a_day)
{
	struct sek_store *st = test_open();
	const char *id = asked(st);

	test_ok(st, does_unproven(st, id, &bob, SEK_ACT_GIVE));
	later = DAY + HOUR;
	refused(does(st, id, &bob, SEK_ACT_CONFIRM), SEK_NO_STATE);
	upkeep(st);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	/* It never opened: the policy does not load by it. */
	allows(st, 0, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(unavoidable_is_loud_short_and_one_at_a_time)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	char id[SEK_ID_MAX];

	in->unavoidable = 1;
	in->a.not_after = in->a.not_after - 30 * DAY + 4 * HOUR;
	prove(st, &alice, NULL, in->who.proof);
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PRIVILEGE);
	in->who.privileged = 1;
	test_ok(st, sek_store_approval_ask(st, in, &out));
	memcpy(id, out.a.id, sizeof(id));
	allows(st, 1, 0);
	ck_assert_ptr_nonnull(strstr(test_records(st, "approval-given",
	    "alice").last, "unavoidable"));
	upkeep(st);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 1);
	prove(st, &alice, NULL, in->who.proof);
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PENDING);
	later = 5 * HOUR;
	allows(st, 0, 1);
	upkeep(st);
	in->a.not_after += 5 * HOUR;
	prove(st, &alice, NULL, in->who.proof);
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PENDING);
	test_ok(st, does(st, id, &bob, SEK_ACT_REVIEW));
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	sek_store_free(&st);
}
END_TEST

/* ---- in force here, for him, now */

START_TEST(an_exception_is_of_its_terminals_and_users)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	char id[SEK_ID_MAX];

	(void)snprintf(in->a.terminals, sizeof(in->a.terminals), "t-2 t-3");
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	test_ok(st, does(st, out.a.id, &bob, SEK_ACT_GIVE));
	allows(st, 0, 0);
	test_is(st, admit_by(st, "alice", out.a.id), SEK_ERR_REFUSED);
	in = wish(&alice);
	(void)snprintf(in->a.terminals, sizeof(in->a.terminals), "t-2 t-1");
	(void)snprintf(in->a.users, sizeof(in->a.users), "alice");
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	memcpy(id, out.a.id, sizeof(id));
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	allows(st, 1, 0);
	ck_assert_str_eq(allowance(st)->a[0].users, "alice");
	test_ok(st, admit_by(st, "alice", id));
	test_is(st, admit_by(st, "carol", id), SEK_ERR_REFUSED);
	/* Shut between the prompt and the gate. */
	test_ok(st, does(st, id, &carol, SEK_ACT_REVOKE));
	test_is(st, admit_by(st, "alice", id), SEK_ERR_REFUSED);
	test_is(st, admit_by(st, "alice", "no-such"), SEK_ERR_REFUSED);
	ck_assert_uint_eq(look(st, id)->uses, 1);
	allows(st, 0, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(it_is_over_when_its_uses_are)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	char id[SEK_ID_MAX];

	in->a.uses_max = 2;
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	ck_assert_uint_eq(out.a.uses_max, 2);
	memcpy(id, out.a.id, sizeof(id));
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	allows(st, 1, 0);
	test_ok(st, admit_by(st, "alice", id));
	test_ok(st, admit_by(st, "bob", id));
	allows(st, 0, 1);
	test_is(st, admit_by(st, "alice", id), SEK_ERR_REFUSED);
	upkeep(st);
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(look(st, id)->uses, 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(it_waits_for_its_beginning)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);

	in->a.not_before = in->a.not_after - 20 * DAY;
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	test_ok(st, does(st, out.a.id, &bob, SEK_ACT_GIVE));
	allows(st, 0, 1);
	later = 11 * DAY;
	allows(st, 1, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(it_begins_no_sooner_than_it_is_asked)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);

	in->a.not_before = in->a.not_after - 300 * DAY;
	prove(st, &alice, NULL, in->who.proof);
	test_ok(st, sek_store_approval_ask(st, in, &out));
	ck_assert_int_eq(out.a.not_before, out.a.asked.at);
	sek_store_free(&st);
}
END_TEST

START_TEST(on_a_clock_set_back_nothing_opens)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;
	const char *id = given(st), *other;

	allows(st, 1, 0);
	later = -HOUR;
	allows(st, 0, 1);
	test_is(st, admit_by(st, "alice", id), SEK_ERR_REFUSED);
	in = wish(&alice);
	prove(st, &alice, NULL, in->who.proof);
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_CLOCK);
	later = 0;
	other = asked(st);
	later = -HOUR;
	refused(does(st, other, &bob, SEK_ACT_GIVE), SEK_NO_CLOCK);
	test_ok(st, does(st, other, &bob, SEK_ACT_REFUSE));
	test_ok(st, sek_store_accept_clock(st, &tool));
	later = HOUR;
	allows(st, 1, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_store_of_before_has_none_and_logins_go_on)
{
	struct sek_store *st = test_open();
	struct sek_approval_list in = { .kind = 0 };
	struct sek_store_status s;
	struct sek_migrate_out m;

	edit("DROP TABLE request; DROP TABLE ticket; DROP TABLE security_key; "
	    "DROP TABLE card; DROP TABLE biometric; "
	    "DROP TABLE password; DROP TABLE woken; PRAGMA user_version=1001");
	allows(st, 0, 0);
	test_ok(st, sek_store_approvals(st, &in, &found));
	ck_assert_uint_eq(found.n, 0);
	test_is(st, sek_store_approval_ask(st, wish(&alice), &out),
	    SEK_ERR_STORE_OLDER);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "store migrate"));
	test_is(st, does_unproven(st, "x", &bob, SEK_ACT_GIVE),
	    SEK_ERR_STORE_OLDER);
	test_is(st, admit_by(st, "alice", "x"), SEK_ERR_STORE_OLDER);
	test_ok(st, admit_by(st, "alice", ""));
	upkeep(st);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.approvals, 0);
	test_ok(st, sek_store_migrate(st, &tool, &m));
	ck_assert_uint_eq(m.from, 1);
	(void)given(st);
	allows(st, 1, 0);
	sek_store_free(&st);
}
END_TEST

/* ---- damage */

static const char *const edits[] = {
	"UPDATE request SET given=1",		/* one that is over */
	"UPDATE request SET key='lockout.deny'",
	"UPDATE request SET data=zeroblob(length(data))",
	"UPDATE request SET mac=zeroblob(32)",
	"UPDATE request SET open=0",
};

START_TEST(a_row_that_was_edited_opens_nothing)
{
	struct sek_store *st = test_open();
	struct sek_allowance_in in = { "factors.kinds" };
	struct sek_allowance_in moved = { "lockout.deny" };
	static struct sek_allowance_out a;
	struct sek_approval_list one = { .kind = 0 };
	struct sek_store_status s;
	const char *id = given(st);
	enum sek_err err;

	if (_i == 0)
		test_ok(st, does(st, id, &bob, SEK_ACT_REVOKE));
	sek_store_close(st);
	edit(edits[_i]);
	memset(&a, 0, sizeof(a));
	err = sek_store_allowance(st, _i == 1 ? &moved : &in, &a);
	/* One row shuts nobody out: the floor is in force. */
	ck_assert_msg(err == SEK_OK && a.n == 0 && a.lapsed == 1, "%d: %s",
	    _i, sek_err_name(err));
	test_is(st, admit_by(st, "alice", id), SEK_ERR_TAMPERED);
	test_is(st, does(st, id, &carol, SEK_ACT_REVOKE), SEK_ERR_TAMPERED);
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 1);
	/* The store's other work goes on, and others are listed. */
	upkeep(st);
	ck_assert_int_eq(sek_text_copy(one.id, sizeof(one.id), id), SEK_OK);
	test_is(st, sek_store_approvals(st, &one, &found), SEK_ERR_TAMPERED);
	one.id[0] = '\0';
	test_ok(st, sek_store_approvals(st, &one, &found));
	ck_assert(found.n == 0 && found.tampered == 1);
	test_ok(st, admit_by(st, "alice", ""));
	ck_assert_uint_ge(records_of(st, "tampered"), 1);
	/* Another one can be asked for, and is in force. */
	(void)given(st);
	memset(&a, 0, sizeof(a));
	test_ok(st, sek_store_allowance(st, &in, &a));
	ck_assert_uint_eq(a.n, 1);
	sek_store_free(&st);
}
END_TEST

/* However many there are: no login reads what was over long ago. */
START_TEST(of_those_that_are_over_only_the_newest_is_looked_at)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];

	memcpy(id, given(st), SEK_ID_MAX);
	test_ok(st, does(st, id, &carol, SEK_ACT_REVOKE));
	memcpy(id, given(st), SEK_ID_MAX);
	test_ok(st, does(st, id, &carol, SEK_ACT_REVOKE));
	sek_store_close(st);
	edit("UPDATE request SET mac=zeroblob(32) WHERE number=1");
	allows(st, 0, 1);
	ck_assert_str_eq(allowance(st)->ended, id);
	memcpy(id, given(st), SEK_ID_MAX);
	allows(st, 1, 1);
	ck_assert_str_eq(allowance(st)->a[0].id, id);
	sek_store_free(&st);
}
END_TEST

/* ---- the whole store */

static char file[128];
static struct sek_secret pass;

static void
backup(struct sek_store *st)
{
	struct sek_backup_info info;

	(void)snprintf(file, sizeof(file), "%s/backup.db", test_dir);
	if (pass.data == NULL)
		ck_assert_int_eq(sek_secret_string(&pass,
		    "correct horse battery"), SEK_OK);
	test_ok(st, sek_store_backup(st, file, &pass, &tool, &info, NULL,
	    NULL));
}

static void
restore(void)
{
	static struct sek_restored restored;
	struct sek_restore_in in = { .path = file, .pass = &pass,
	    .actor = &tool };
	struct sek_why why = { "" };

	ck_assert_msg(test_engine->restore(&test_config, &in, &restored,
	    &why) == SEK_OK, "%s", why.text);
}

START_TEST(a_restore_brings_back_nothing_that_was_shut_since)
{
	struct sek_store *st = test_open();
	char revoked[SEK_ID_MAX], kept[SEK_ID_MAX], late[SEK_ID_MAX],
	    refused_id[SEK_ID_MAX];

	memcpy(revoked, given(st), SEK_ID_MAX);
	memcpy(kept, given(st), SEK_ID_MAX);
	memcpy(refused_id, asked(st), SEK_ID_MAX);
	backup(st);
	test_ok(st, does(st, revoked, &carol, SEK_ACT_REVOKE));
	test_ok(st, does(st, refused_id, &bob, SEK_ACT_REFUSE));
	test_ok(st, admit_by(st, "alice", kept));
	memcpy(late, given(st), SEK_ID_MAX);
	restore();
	ck_assert_uint_eq(look(st, revoked)->state, SEK_APPROVAL_REVOKED);
	ck_assert_uint_eq(look(st, refused_id)->state, SEK_APPROVAL_REFUSED);
	ck_assert_uint_eq(look(st, kept)->state, SEK_APPROVAL_GIVEN);
	ck_assert_uint_eq(look(st, kept)->uses, 1);
	ck_assert_uint_eq(look(st, late)->state, SEK_APPROVAL_GIVEN);
	allows(st, 2, 1);
	test_verify_ok(st);
	/* A row that is gone may have been a revoked one. */
	sek_store_close(st);
	edit("DELETE FROM request WHERE number=2");
	restore();
	ck_assert_uint_eq(look(st, kept)->state, SEK_APPROVAL_ENDED);
	ck_assert_ptr_nonnull(strstr(test_records(st, "approval-ended",
	    NULL).last, "restore"));
	allows(st, 1, 1);
	/* So may one be that does not pass its check. */
	sek_store_close(st);
	edit("UPDATE request SET mac=zeroblob(32) WHERE number=1");
	restore();
	ck_assert_uint_eq(look(st, revoked)->state, SEK_APPROVAL_ENDED);
	allows(st, 1, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(where_nothing_is_left_all_come_back_ended)
{
	struct sek_store *st = test_open();
	char was_given[SEK_ID_MAX], was_asked[SEK_ID_MAX];
	char path[96];

	memcpy(was_given, given(st), SEK_ID_MAX);
	memcpy(was_asked, asked(st), SEK_ID_MAX);
	backup(st);
	test_ok(st, does(st, was_given, &carol, SEK_ACT_REVOKE));
	sek_store_free(&st);
	(void)snprintf(path, sizeof(path), "%s/state", test_dir);
	(void)nftw(path, test_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	restore();
	st = test_open();
	ck_assert_uint_eq(look(st, was_given)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(look(st, was_asked)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(records_of(st, "approval-ended"), 2);
	/* The policy goes on by its floor. */
	allows(st, 0, 1);
	refused(does(st, was_asked, &bob, SEK_ACT_GIVE), SEK_NO_STATE);
	test_ok(st, does(st, was_given, &carol, SEK_ACT_CLOSE));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_rotated_key_carries_them)
{
	struct sek_store *st = test_open();
	struct sek_rotated r;
	struct sek_store_status s;
	const char *id = given(st);

	test_ok(st, sek_store_rotate(st, &tool, &r, NULL, NULL));
	allows(st, 1, 0);
	test_ok(st, admit_by(st, "alice", id));
	test_ok(st, does(st, id, &carol, SEK_ACT_REVOKE));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.tampered, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_clone_inherits_none)
{
	struct sek_store *st = test_open();
	struct sek_adopt_in in = { .how = SEK_ADOPT_CLONE, .actor = &tool };
	struct sek_adopted adopted;
	struct sek_why why = { "" };
	char key[96];

	(void)given(st);
	(void)asked(st);
	sek_store_free(&st);
	(void)snprintf(key, sizeof(key), "%s/keys/seal.key", test_dir);
	in.seal_key = key;
	(void)snprintf(test_config.terminal, sizeof(test_config.terminal),
	    "t-9");
	ck_assert_msg(test_engine->adopt(&test_config, &in, &adopted,
	    &why) == SEK_OK, "%s", why.text);
	st = test_open();
	allows(st, 0, 0);
	test_ok(st, sek_store_approvals(st,
	    &(struct sek_approval_list){ .kind = 0 }, &found));
	ck_assert_uint_eq(found.n, 0);
	(void)given(st);
	allows(st, 1, 0);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* ---- at once */

struct shared {
	volatile int	go;
	volatile int	done[SEK_ACTS];
	volatile int	no;
	volatile int	failed;
};
static struct shared *shared;

static void
share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(shared, MAP_FAILED);
	memset((void *)shared, 0, sizeof(*shared));
}

/* In a process of its own: prove, wait for the others, do it. */
static pid_t
racer(const char *id, const struct person *p, enum sek_approval_act act)
{
	struct sek_approval_decide *in;
	struct sek_store *st;
	enum sek_err err;
	pid_t pid = test_fork();

	if (pid != 0)
		return (pid);
	st = test_open();
	in = deed(id, p, act);
	prove(st, p, NULL, in->who.proof);
	while (!shared->go)
		(void)sched_yield();
	err = sek_store_approval_decide(st, in, &out);
	if (err == SEK_OK)
		(void)__sync_fetch_and_add(&shared->done[act], 1);
	else if (err == SEK_ERR_REFUSED && out.no == SEK_NO_STATE)
		(void)__sync_fetch_and_add(&shared->no, 1);
	else
		(void)__sync_fetch_and_add(&shared->failed, 1);
	sek_store_free(&st);
	_exit(0);
}

START_TEST(many_deciders_at_once_leave_one_outcome_and_one_record)
{
	struct sek_store *st = test_open();
	pid_t pid[RACERS];
	char id[SEK_ID_MAX];
	int i;

	share();
	memcpy(id, asked(st), SEK_ID_MAX);
	sek_store_close(st);
	for (i = 0; i < RACERS; i++)
		pid[i] = racer(id, i % 2 ? &bob : &carol, i % 4 < 2 ?
		    SEK_ACT_GIVE : SEK_ACT_REFUSE);
	shared->go = 1;
	for (i = 0; i < RACERS; i++)
		test_wait(pid[i]);
	ck_assert_int_eq(shared->failed, 0);
	ck_assert_int_eq(shared->done[SEK_ACT_GIVE] +
	    shared->done[SEK_ACT_REFUSE], 1);
	ck_assert_int_eq(shared->no, RACERS - 1);
	ck_assert_uint_eq(look(st, id)->state, shared->done[SEK_ACT_GIVE] ?
	    SEK_APPROVAL_GIVEN : SEK_APPROVAL_REFUSED);
	ck_assert_uint_eq(records_of(st, "approval-given") +
	    records_of(st, "approval-refused"), 1);
	test_verify_ok(st);
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

START_TEST(a_withdrawal_against_a_yes_and_a_yes_against_a_revocation)
{
	struct sek_store *st = test_open();
	pid_t pid[3];
	char id[SEK_ID_MAX];
	int i, round, gives = 0;

	share();
	for (round = 0; round < 12; round++) {
		memset((void *)shared, 0, sizeof(*shared));
		memcpy(id, asked(st), SEK_ID_MAX);
		sek_store_close(st);
		pid[0] = racer(id, &alice, SEK_ACT_WITHDRAW);
		pid[1] = racer(id, &bob, SEK_ACT_GIVE);
		pid[2] = racer(id, &carol, SEK_ACT_REVOKE);
		shared->go = 1;
		for (i = 0; i < 3; i++)
			test_wait(pid[i]);
		ck_assert_int_eq(shared->failed, 0);
		ck_assert_int_eq(shared->done[SEK_ACT_GIVE] +
		    shared->done[SEK_ACT_WITHDRAW], 1);
		gives += shared->done[SEK_ACT_GIVE];
		/* Revoked only what was given, and then shut for good. */
		ck_assert_uint_eq(look(st, id)->state,
		    shared->done[SEK_ACT_WITHDRAW] ? SEK_APPROVAL_WITHDRAWN :
		    shared->done[SEK_ACT_REVOKE] ? SEK_APPROVAL_REVOKED :
		    SEK_APPROVAL_GIVEN);
		ck_assert(!shared->done[SEK_ACT_REVOKE] ||
		    shared->done[SEK_ACT_GIVE]);
	}
	ck_assert_uint_eq(records_of(st, "approval-given"), (unsigned)gives);
	ck_assert_uint_eq(records_of(st, "approval-refused"),
	    (unsigned)(12 - gives));
	test_verify_ok(st);
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

START_TEST(killed_at_any_instant_the_old_state_or_the_new_with_its_record)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX] = "";
	unsigned gives = 0;
	pid_t pid;
	int i;

	share();
	for (i = 0; i < KILLS; i++) {
		memset((void *)shared, 0, sizeof(*shared));
		if (id[0] == '\0' || look(st, id)->state != SEK_APPROVAL_ASKED)
			memcpy(id, asked(st), SEK_ID_MAX);
		sek_store_close(st);
		pid = racer(id, &bob, SEK_ACT_GIVE);
		shared->go = 1;
		(void)usleep((useconds_t)(i * 150));
		(void)kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		if (look(st, id)->state == SEK_APPROVAL_GIVEN)
			gives++;
		else
			ck_assert_uint_eq(look(st, id)->state,
			    SEK_APPROVAL_ASKED);
		ck_assert_uint_eq(records_of(st, "approval-given"), gives);
	}
	test_verify_ok(st);
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

/* ---- over the pipe */

START_TEST(what_crosses_the_pipe_is_checked)
{
	static struct sek_approval_ask ask;
	static struct sek_approval_decide decide;
	struct sek_approval_list list;
	struct sek_allowance_in in;

	ask = *wish(&alice);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_OK);
	memset(ask.a.reason, 'x', sizeof(ask.a.reason));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_ERR_SYNTAX);
	ask = *wish(&alice);
	memset(ask.a.reviewed.note, 'x', sizeof(ask.a.reviewed.note));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_ERR_SYNTAX);
	ask = *wish(&alice);
	ask.a.kind = SEK_APPROVAL_KINDS;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_ERR_RANGE);
	ask = *wish(&alice);
	ask.unavoidable = 2;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_ERR_RANGE);
	ask = *wish(&alice);
	ask.a.uses_max = UINT64_MAX;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_ERR_RANGE);
	ask = *wish(&alice);
	ask.who.roles = SEK_ROLE_BIT(SEK_ROLES);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_ASK, &ask),
	    SEK_ERR_RANGE);
	decide = *deed("x", &bob, SEK_ACT_GIVE);
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_DECIDE, &decide),
	    SEK_OK);
	decide.act = SEK_ACTS;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_DECIDE, &decide),
	    SEK_ERR_RANGE);
	decide.act = SEK_ACT_NONE;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_DECIDE, &decide),
	    SEK_ERR_RANGE);
	decide = *deed("x", &bob, SEK_ACT_GIVE);
	memset(decide.id, 'x', sizeof(decide.id));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_DECIDE, &decide),
	    SEK_ERR_SYNTAX);
	decide = *deed("x", &bob, SEK_ACT_KEEP);
	decide.review_at = -1;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVAL_DECIDE, &decide),
	    SEK_ERR_RANGE);
	memset(&list, 0, sizeof(list));
	list.open_only = 2;
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_APPROVALS, &list),
	    SEK_ERR_RANGE);
	memset(&in, 'x', sizeof(in));
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_ALLOWANCE, &in),
	    SEK_ERR_SYNTAX);
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const tests[] = {
		a_life_is_in_the_records_from_asking_to_the_closing_note,
		a_review_that_is_due_is_told_once_and_again_after_the_next,
		an_ask_nobody_decides_ends_by_itself,
		a_refusal_changes_nothing_and_spends_no_proof,
		two_accounts_of_one_person_are_one,
		nobody_decides_what_is_about_himself,
		another_spelling_of_a_subject_is_known_by_the_account_sources,
		a_shared_account_neither_asks_nor_decides,
		a_role_is_needed_and_a_live_account,
		what_is_asked_must_be_a_value_below_a_floor,
		nobody_fills_the_store_with_wishes,
		no_more_are_given_than_logins_are_told_of,
		lists_come_in_parts_in_the_order_of_asking,
		unproven_opens_nothing_until_two_have_proved_themselves,
		unproven_is_over_after_a_day,
		unavoidable_is_loud_short_and_one_at_a_time,
		an_exception_is_of_its_terminals_and_users,
		it_is_over_when_its_uses_are,
		it_waits_for_its_beginning,
		it_begins_no_sooner_than_it_is_asked,
		on_a_clock_set_back_nothing_opens,
		a_store_of_before_has_none_and_logins_go_on,
		of_those_that_are_over_only_the_newest_is_looked_at,
		a_restore_brings_back_nothing_that_was_shut_since,
		where_nothing_is_left_all_come_back_ended,
		a_rotated_key_carries_them,
		a_clone_inherits_none,
		many_deciders_at_once_leave_one_outcome_and_one_record,
		a_withdrawal_against_a_yes_and_a_yes_against_a_revocation,
		killed_at_any_instant_the_old_state_or_the_new_with_its_record,
		what_crosses_the_pipe_is_checked,
	};
	Suite *s = suite_create("approval");
	TCase *t = tcase_create("store");
	size_t i;

	tcase_set_timeout(t, 180);
	tcase_add_checked_fixture(t, setup, test_store_teardown);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(t, tests[i]);
	tcase_add_loop_test(t, a_row_that_was_edited_opens_nothing, 0,
	    (int)(sizeof(edits) / sizeof(edits[0])));
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{
	return (test_main(suite));
}
