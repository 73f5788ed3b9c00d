/*
 * test_store_grant.c - test of grants and deputies in the store: what they
 * open, for whom, how often, and that nothing else does
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
#include "sekisho/edge/message.h"
#include "sekisho/model/grant.h"
#include "sekisho/model/role.h"
#include "sekisho/rule/approval.h"
#include "store.h"

#define HOUR		(3600 * SEK_SECOND)
#define CISO		SEK_ROLE_BIT(SEK_ROLE_CISO)
#define APPROVER	SEK_ROLE_BIT(SEK_ROLE_APPROVER)
#define BOTH		(SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION)
#define RACERS		16
#define KILLS		40

enum sek_err	__real_sek_clock_now(struct sek_moment *out);
enum sek_err	__wrap_sek_clock_now(struct sek_moment *out);

static int64_t later;		/* us that both clocks are ahead */
static const struct sek_record tool = { .service = "sekisho",
    .subject = "root-person" };
static struct sek_approval_out out;
static struct sek_approval_list_out found;
static struct sek_privilege_out begun;

enum sek_err
__wrap_sek_clock_now(struct sek_moment *now)
{
	enum sek_err err = __real_sek_clock_now(now);

	now->wall += later;
	if (later > 0)
		now->boot += later;
	return (err);
}

/* alice works; bob approves; carol is the CISO; dan is a contractor. */
static const struct person {
	const char	*name;
	uint32_t	 uid;
	uint32_t	 session;
	uint32_t	 roles;
} alice = { "alice", 1000, 11, 0 }, bob = { "bob", 1001, 12, APPROVER },
    carol = { "carol", 1002, 13, CISO | APPROVER },
    dan = { "dan", 1003, 14, 0 };

static void
enrol_as(struct sek_store *st, const struct person *p, const char *person)
{
	static struct sek_enrol e;

	test_enrol_fill(&e, p->name, SEK_METHOD_HOTP);
	e.account.uid = p->uid;
	if (person != NULL)
		(void)snprintf(e.person.id, sizeof(e.person.id), "%s", person);
	(void)snprintf((char *)e.key, sizeof(e.key), "key of %-12s", p->name);
	test_ok(st, sek_store_enrol(st, &e, NULL));
}

static void
be_contractor(struct sek_store *st, const char *person)
{
	struct sek_person p;

	test_ok(st, sek_store_person(st, person, &p));
	p.contractor = 1;
	test_ok(st, sek_store_person_edit(st, &p, &tool));
}

static void
setup(void)
{
	struct sek_store *st;

	later = 0;
	test_store_setup();
	st = test_open();
	enrol_as(st, &alice, NULL);
	enrol_as(st, &bob, NULL);
	enrol_as(st, &carol, NULL);
	enrol_as(st, &dan, NULL);
	be_contractor(st, "p-dan");
	sek_store_free(&st);
}

/* Admitted by this process, to this service. */
static void
admit(struct sek_store *st, const struct person *p, const char *service,
    char id[SEK_ID_MAX])
{
	struct sek_admit_out admitted;
	static struct sek_admit in;

	test_admit_fill(&in, p->name);
	in.who.uid = p->uid;
	in.kinds = BOTH;
	(void)snprintf(in.who.service, sizeof(in.who.service), "%s", service);
	test_ok(st, sek_store_admit(st, &in, &admitted));
	memcpy(id, admitted.id, SEK_ID_MAX);
}

static void
prove_to(struct sek_store *st, const struct person *p, const char *service,
    char proof[SEK_ID_MAX])
{
	struct sek_take_proof take = { .uid = p->uid };
	struct sek_admission a;

	admit(st, p, service, proof);
	memcpy(take.id, proof, sizeof(take.id));
	(void)snprintf(take.service, sizeof(take.service), "%s", service);
	ck_assert_int_eq(sek_process_get(&take.taker, 0), SEK_OK);
	test_ok(st, sek_store_take_proof(st, &take, &a));
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

/* An hour's work as root, some time in the next eight hours. */
static struct sek_approval_ask *
wish(const struct person *p)
{
	static struct sek_approval_ask in;
	struct sek_moment now;

	memset(&in, 0, sizeof(in));
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	in.a.kind = SEK_APPROVAL_GRANT;
	(void)snprintf(in.a.key, sizeof(in.a.key), "root");
	(void)snprintf(in.a.value, sizeof(in.a.value), "3600");
	(void)snprintf(in.a.users, sizeof(in.a.users), "%s", p->name);
	(void)snprintf(in.a.clause, sizeof(in.a.clause), "更新");
	(void)snprintf(in.a.reason, sizeof(in.a.reason), "月次の更新");
	in.a.not_after = now.wall + 8 * HOUR;
	in.target_privileged = 1;
	in.subject_uid = p->uid;
	in.who = actor_of(p);
	return (&in);
}

static struct sek_approval_ask *
wish_deputy(const struct person *p)
{
	struct sek_approval_ask *in = wish(p);

	in->a.kind = SEK_APPROVAL_DEPUTY;
	in->a.value[0] = '\0';
	return (in);
}

static enum sek_err
asks(struct sek_store *st, struct sek_approval_ask *in, const struct person *p)
{
	prove_to(st, p, "sekisho-x", in->who.proof);
	return (sek_store_approval_ask(st, in, &out));
}

static enum sek_err
does(struct sek_store *st, const char *id, const struct person *p,
    enum sek_approval_act act)
{
	static struct sek_approval_decide in;

	memset(&in, 0, sizeof(in));
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.note, sizeof(in.note), "了解");
	in.act = act;
	in.who = actor_of(p);
	prove_to(st, p, "sekisho-x", in.who.proof);
	return (sek_store_approval_decide(st, &in, &out));
}

/* Asked by who works, given by bob (a deputy: by carol); its id. */
static const char *
give(struct sek_store *st, struct sek_approval_ask *in, const struct person *p)
{
	static char id[SEK_ID_MAX];

	test_ok(st, asks(st, in, p));
	memcpy(id, out.a.id, sizeof(id));
	test_ok(st, does(st, id, in->a.kind == SEK_APPROVAL_DEPUTY ? &carol :
	    &bob, SEK_ACT_GIVE));
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

/* A session of root's that he would begin by sudo. */
static struct sek_privilege *
session(const struct person *p)
{
	static struct sek_privilege in;

	memset(&in, 0, sizeof(in));
	in.who = test_who("root");
	in.who.uid = 0;
	in.who.privileged = 1;
	(void)snprintf(in.who.service, sizeof(in.who.service), "sudo");
	(void)snprintf(in.subject, sizeof(in.subject), "%s", p->name);
	in.subject_uid = p->uid;
	in.policy.max_session = 2 * HOUR;
	in.policy.zone = 9 * 3600;
	in.policy.contractors = SEK_CONTRACTORS_GRANT;
	in.policy.require_grant = true;
	ck_assert_int_eq(sek_process_get(&in.taker, 0), SEK_OK);
	return (&in);
}

static uint32_t
begins(struct sek_store *st, struct sek_privilege *in, bool use)
{
	in->use = use;
	test_ok(st, sek_store_privilege(st, in, &begun));
	return (begun.reason);
}

#define begins_is(st, in, use, expected) do { \
	uint32_t r_ = begins(st, in, use); \
	ck_assert_msg(r_ == (expected), "%s, not %s", \
	    sek_reason_name((enum sek_reason)r_), \
	    sek_reason_name(expected)); \
} while (0)

#define refused(call, reason) do { \
	enum sek_err err_ = (call); \
	ck_assert_msg(err_ == SEK_ERR_REFUSED && out.no == (reason), \
	    "%s: %s, %s", #call, sek_err_name(err_), \
	    sek_approval_no_name((enum sek_approval_no)out.no)); \
} while (0)

static unsigned
records_of(struct sek_store *st, const char *event)
{
	return (test_records(st, event, NULL).records);
}

struct sought {
	const char	*event;
	const char	*text;
	bool		 found;
};

static enum sek_err
seek(void *arg, const struct sek_record_row *row)
{
	struct sought *k = arg;

	k->found |= strstr(row->body, k->event) != NULL &&
	    strstr(row->body, k->text) != NULL;
	return (SEK_OK);
}

/* Is there one of this event with this text in it? */
static bool
is_recorded(struct sek_store *st, const char *event, const char *text)
{
	char line[64];
	struct sought k = { .event = line, .text = text };

	(void)snprintf(line, sizeof(line), "event=%s\n", event);
	test_ok(st, sek_store_records(st, 1, seek, &k));
	return (k.found);
}

/* What is due of it now. */
static uint32_t
overdue(struct sek_store *st, const char *id)
{
	const struct sek_approval *a = look(st, id);

	return (sek_approval_overdue(a, found.wall));
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

START_TEST(a_life_from_asking_to_the_result_of_the_work)
{
	struct sek_store *st = test_open();
	struct sek_upkeep u;
	struct test_count c;
	char id[SEK_ID_MAX];

	begins_is(st, session(&alice), false, SEK_REASON_NO_GRANT);
	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	ck_assert_int_eq(look(st, id)->review_at, 0);
	begins_is(st, session(&alice), false, SEK_REASON_NONE);
	ck_assert_str_eq(begun.grant, id);
	ck_assert_str_eq(begun.person, "p-alice");
	ck_assert_int_eq(begun.lasts, HOUR);
	ck_assert_int_eq(begun.grant_span, HOUR);
	ck_assert_int_eq(begun.grant_end, look(st, id)->not_after);
	/* A look uses nothing and is not in the records. */
	ck_assert_uint_eq(look(st, id)->uses, 0);
	ck_assert_uint_eq(records_of(st, "privilege"), 0);
	refused(does(st, id, &alice, SEK_ACT_CLOSE), SEK_NO_STATE);
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	ck_assert_uint_eq(look(st, id)->uses, 2);
	ck_assert_uint_eq(records_of(st, "approval-used"), 2);
	c = test_records(st, "privilege", "alice");
	ck_assert_uint_eq(c.records, 2);
	ck_assert_ptr_nonnull(strstr(c.last, id));
	ck_assert_ptr_nonnull(strstr(c.last, "target=root"));
	ck_assert_ptr_nonnull(strstr(c.last, "person=p-alice"));
	c = test_records(st, "approval-used", "alice");
	ck_assert_ptr_nonnull(strstr(c.last, "月次の更新"));
	/* Over: it waits for the result, once told. */
	later = 9 * HOUR;
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	test_ok(st, sek_store_upkeep(st, &u));
	test_ok(st, sek_store_upkeep(st, &u));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 1);
	refused(does(st, id, &dan, SEK_ACT_CLOSE), SEK_NO_ROLE);
	test_ok(st, does(st, id, &alice, SEK_ACT_CLOSE));
	ck_assert_str_eq(look(st, id)->ended.note, "了解");
	ck_assert_uint_eq(overdue(st, id), 0);
	refused(does(st, id, &alice, SEK_ACT_CLOSE), SEK_NO_STATE);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(the_work_that_is_done_ends_the_grant)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	test_ok(st, does(st, id, &alice, SEK_ACT_CLOSE));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_str_eq(sek_approval_shown(look(st, id), found.wall),
	    "closed");
	ck_assert_uint_eq(records_of(st, "approval-ended"), 1);
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	sek_store_free(&st);
}
END_TEST

START_TEST(one_that_was_never_used_asks_for_no_word)
{
	struct sek_store *st = test_open();
	struct sek_upkeep u;
	char id[SEK_ID_MAX];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	later = 9 * HOUR;
	test_ok(st, sek_store_upkeep(st, &u));
	ck_assert_uint_eq(overdue(st, id), 0);
	ck_assert_uint_eq(records_of(st, "approval-overdue"), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_refused_session_is_in_the_records_and_uses_nothing)
{
	struct sek_store *st = test_open();
	struct sek_privilege *in;
	struct test_count c;
	char id[SEK_ID_MAX];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	in = session(&alice);
	in->policy.keeps_list = true;
	begins_is(st, in, true, SEK_REASON_NOT_LISTED);
	ck_assert_uint_eq(look(st, id)->uses, 0);
	c = test_records(st, "privilege", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "result=refused"));
	ck_assert_ptr_nonnull(strstr(c.last, "not-listed"));
	/* Equal ones are counted in one. */
	begins_is(st, in, true, SEK_REASON_NOT_LISTED);
	begins_is(st, in, true, SEK_REASON_NOT_LISTED);
	begins_is(st, in, true, SEK_REASON_NOT_LISTED);
	begins_is(st, in, true, SEK_REASON_NOT_LISTED);
	c = test_records(st, "privilege", "alice");
	ck_assert_uint_eq(c.count, 5);
	ck_assert_uint_lt(c.records, 5);
	in->listed = 1;
	begins_is(st, in, true, SEK_REASON_NONE);
	ck_assert_uint_eq(look(st, id)->uses, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* ---- which, and for whom */

START_TEST(it_is_for_its_account_alone)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	struct sek_privilege *s;

	(void)give(st, in, &alice);
	begins_is(st, session(&bob), false, SEK_REASON_NO_GRANT);
	s = session(&alice);
	(void)snprintf(s->who.name, sizeof(s->who.name), "toor");
	begins_is(st, s, false, SEK_REASON_NO_GRANT);
	in = wish(&alice);
	(void)snprintf(in->a.key, sizeof(in->a.key), "*");
	in->target_privileged = 0;
	(void)give(st, in, &alice);
	begins_is(st, s, false, SEK_REASON_NONE);
	/* Nobody in particular has none. */
	s = session(&alice);
	s->subject[0] = '\0';
	s->subject_uid = SEK_UID_NONE;
	begins_is(st, s, false, SEK_REASON_NOT_LISTED);
	sek_store_free(&st);
}
END_TEST

START_TEST(another_account_of_the_person_goes_by_it_too)
{
	static const struct person adm = { "aliceadm", 1010, 30, 0 };
	struct sek_store *st = test_open();

	enrol_as(st, &adm, "p-alice");
	(void)give(st, wish(&alice), &alice);
	begins_is(st, session(&adm), false, SEK_REASON_NONE);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_several_the_one_that_ends_first_is_used)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;
	struct sek_privilege *s;
	char late[SEK_ID_MAX], soon[SEK_ID_MAX];

	memcpy(late, give(st, wish(&alice), &alice), sizeof(late));
	in = wish(&alice);
	in->a.not_after -= 7 * HOUR + HOUR / 2;
	(void)snprintf(in->a.value, sizeof(in->a.value), "7200");
	memcpy(soon, give(st, in, &alice), sizeof(soon));
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	ck_assert_str_eq(begun.grant, soon);
	/* It lasts no longer than that. */
	ck_assert_int_le(begun.lasts, HOUR / 2);
	ck_assert_int_gt(begun.lasts, 0);
	s = session(&alice);
	(void)snprintf(s->instead_of, sizeof(s->instead_of), "%s", soon);
	begins_is(st, s, false, SEK_REASON_NONE);
	ck_assert_str_eq(begun.grant, late);
	(void)snprintf(s->only, sizeof(s->only), "%s", soon);
	begins_is(st, s, false, SEK_REASON_NO_GRANT);
	s = session(&alice);
	(void)snprintf(s->only, sizeof(s->only), "%s", late);
	begins_is(st, s, true, SEK_REASON_NONE);
	ck_assert_str_eq(begun.grant, late);
	ck_assert_uint_eq(look(st, soon)->uses, 1);
	ck_assert_uint_eq(look(st, late)->uses, 1);
	later = HOUR;
	begins_is(st, session(&alice), false, SEK_REASON_NONE);
	ck_assert_str_eq(begun.grant, late);
	sek_store_free(&st);
}
END_TEST

START_TEST(before_its_beginning_and_on_a_clock_set_back_it_opens_nothing)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);

	in->a.not_before = in->a.not_after - 4 * HOUR;
	(void)give(st, in, &alice);
	begins_is(st, session(&alice), false, SEK_REASON_NO_GRANT);
	later = 5 * HOUR;
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	later = 5 * HOUR - 600 * SEK_SECOND;
	begins_is(st, session(&alice), false, SEK_REASON_NO_GRANT);
	sek_store_free(&st);
}
END_TEST

START_TEST(who_was_suspended_begins_nothing_and_asks_anew)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX], asked[SEK_ID_MAX], deputy[SEK_ID_MAX];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	memcpy(deputy, give(st, wish_deputy(&alice), &alice), sizeof(deputy));
	test_ok(st, asks(st, wish(&alice), &alice));
	memcpy(asked, out.a.id, sizeof(asked));
	test_ok(st, sek_store_suspend(st, "alice", "休職", 0, &tool));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(look(st, asked)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(look(st, deputy)->state, SEK_APPROVAL_ENDED);
	ck_assert_uint_eq(records_of(st, "approval-ended"), 3);
	begins_is(st, session(&alice), true, SEK_REASON_SUSPENDED);
	test_ok(st, sek_store_resume(st, "alice", &tool));
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	sek_store_free(&st);
}
END_TEST

START_TEST(who_is_retired_has_none_left)
{
	struct sek_store *st = test_open();
	struct sek_retired gone;
	char id[SEK_ID_MAX];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	test_ok(st, sek_store_retire(st, "alice", "退職", NULL, NULL, &tool,
	    &gone));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	begins_is(st, session(&alice), true, SEK_REASON_RETIRED);
	sek_store_free(&st);
}
END_TEST

START_TEST(whose_term_is_over_has_none_left)
{
	struct sek_store *st = test_open();
	struct sek_person p;
	char id[SEK_ID_MAX];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	test_ok(st, sek_store_person(st, "p-alice", &p));
	p.to = look(st, id)->asked.at - SEK_DAY;
	test_ok(st, sek_store_person_edit(st, &p, &tool));
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_ENDED);
	begins_is(st, session(&alice), true, SEK_REASON_TERM_ENDED);
	sek_store_free(&st);
}
END_TEST

/* ---- who may ask and give */

START_TEST(asking_takes_a_privileged_account_a_purpose_and_a_span)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);

	in->target_privileged = 0;
	refused(asks(st, in, &alice), SEK_NO_TARGET);
	in = wish(&alice);
	in->a.clause[0] = '\0';
	refused(asks(st, in, &alice), SEK_NO_REASON);
	in = wish(&alice);
	in->a.reason[0] = '\0';
	refused(asks(st, in, &alice), SEK_NO_REASON);
	in = wish(&alice);
	(void)snprintf(in->a.value, sizeof(in->a.value), "86401");
	refused(asks(st, in, &alice), SEK_NO_TIME);
	in = wish(&alice);
	in->a.not_after += SEK_GRANT_LONGEST;
	refused(asks(st, in, &alice), SEK_NO_TIME);
	in = wish(&alice);
	(void)snprintf(in->a.users, sizeof(in->a.users), "alice bob");
	refused(asks(st, in, &alice), SEK_NO_SCOPE);
	in = wish(&alice);
	in->a.users[0] = '\0';
	refused(asks(st, in, &alice), SEK_NO_SCOPE);
	in = wish(&alice);
	(void)snprintf(in->a.users, sizeof(in->a.users), "nobody-such");
	in->subject_uid = SEK_UID_NONE;
	refused(asks(st, in, &alice), SEK_NO_UNFIT);
	/* Without a proof and a session nobody can be told apart. */
	in = wish(&alice);
	in->who.audit_session = UINT32_MAX;
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PROOF);
	/* For another: of the office, yes. */
	in = wish(&alice);
	(void)snprintf(in->a.users, sizeof(in->a.users), "dan");
	in->subject_uid = dan.uid;
	test_ok(st, asks(st, in, &alice));
	sek_store_free(&st);
}
END_TEST

START_TEST(it_is_given_by_another_whose_role_may_and_whom_it_is_not_for)
{
	static const struct person boss = { "alice", 1000, 15, APPROVER };
	static const struct person clerk = { "carol", 1002, 13, CISO };
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	char id[SEK_ID_MAX];

	test_ok(st, asks(st, in, &alice));
	memcpy(id, out.a.id, sizeof(id));
	refused(does(st, id, &boss, SEK_ACT_GIVE), SEK_NO_SAME_PERSON);
	refused(does(st, id, &clerk, SEK_ACT_GIVE), SEK_NO_ROLE);
	test_ok(st, does(st, id, &bob, SEK_ACT_GIVE));
	/* Asked by another for him who decides. */
	in = wish(&alice);
	(void)snprintf(in->a.users, sizeof(in->a.users), "bob");
	in->subject_uid = bob.uid;
	test_ok(st, asks(st, in, &alice));
	memcpy(id, out.a.id, sizeof(id));
	refused(does(st, id, &bob, SEK_ACT_GIVE), SEK_NO_SUBJECT);
	/* A deputy is the CISO's to name. */
	test_ok(st, asks(st, wish_deputy(&alice), &alice));
	memcpy(id, out.a.id, sizeof(id));
	refused(does(st, id, &bob, SEK_ACT_GIVE), SEK_NO_ROLE);
	test_ok(st, does(st, id, &carol, SEK_ACT_GIVE));
	refused(does(st, id, &carol, SEK_ACT_KEEP), SEK_NO_STATE);
	sek_store_free(&st);
}
END_TEST

START_TEST(unproven_opens_none)
{
	struct sek_store *st = test_open();
	static struct sek_approval_decide in;
	char id[SEK_ID_MAX];

	test_ok(st, asks(st, wish(&alice), &alice));
	memcpy(id, out.a.id, sizeof(id));
	memcpy(in.id, id, sizeof(in.id));
	in.act = SEK_ACT_GIVE;
	in.who = actor_of(&bob);
	test_ok(st, sek_store_approval_decide(st, &in, &out));
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	ck_assert_uint_eq(sek_approval_overdue(&out.a, out.a.decided.at),
	    SEK_OVERDUE_UNPROVEN);
	test_ok(st, does(st, id, &carol, SEK_ACT_CONFIRM));
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_contractor_works_by_a_grant_and_decides_and_lends_nothing)
{
	static const struct person boss = { "dan", 1003, 14,
	    APPROVER | CISO };
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&dan);
	struct sek_privilege *s = session(&dan);
	char id[SEK_ID_MAX];

	s->policy.require_grant = false;
	begins_is(st, s, false, SEK_REASON_NO_GRANT);
	(void)snprintf(in->a.users, sizeof(in->a.users), "alice");
	in->subject_uid = alice.uid;
	refused(asks(st, in, &dan), SEK_NO_CONTRACTOR);
	refused(asks(st, wish_deputy(&dan), &dan), SEK_NO_CONTRACTOR);
	in = wish_deputy(&alice);
	(void)snprintf(in->a.users, sizeof(in->a.users), "dan");
	in->subject_uid = dan.uid;
	refused(asks(st, in, &alice), SEK_NO_CONTRACTOR);
	in = wish(&dan);
	in->unavoidable = 1;
	in->who.privileged = 1;
	in->a.not_after -= 5 * HOUR;
	refused(asks(st, in, &dan), SEK_NO_CONTRACTOR);
	test_ok(st, asks(st, wish(&alice), &alice));
	memcpy(id, out.a.id, sizeof(id));
	refused(does(st, id, &boss, SEK_ACT_GIVE), SEK_NO_CONTRACTOR);
	refused(does(st, id, &boss, SEK_ACT_REFUSE), SEK_NO_CONTRACTOR);
	(void)give(st, wish(&dan), &dan);
	begins_is(st, s, true, SEK_REASON_NONE);
	ck_assert_uint_eq(begun.contractor, 1);
	ck_assert(is_recorded(st, "privilege", "contractor"));
	s->policy.contractors = SEK_CONTRACTORS_NO;
	begins_is(st, s, true, SEK_REASON_CONTRACTOR);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_deputy_is_listed_as_long_as_he_is_one)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish_deputy(&alice);
	struct sek_privilege *s;
	char id[SEK_ID_MAX];

	in->a.not_after -= 7 * HOUR;
	memcpy(id, give(st, in, &alice), sizeof(id));
	s = session(&alice);
	s->policy.keeps_list = true;
	s->policy.require_grant = false;
	begins_is(st, s, true, SEK_REASON_NONE);
	ck_assert_str_eq(begun.deputy, id);
	/* And no longer, also where the session began before. */
	ck_assert_int_le(begun.lasts, HOUR);
	ck_assert(is_recorded(st, "privilege", id));
	/* Who is named anyhow is no deputy. */
	s->listed = 1;
	begins_is(st, s, false, SEK_REASON_NONE);
	ck_assert_str_eq(begun.deputy, "");
	ck_assert_int_eq(begun.lasts, 2 * HOUR);
	s->listed = 0;
	/* One who becomes a contractor stands in for nobody. */
	be_contractor(st, "p-alice");
	s->policy.contractors = SEK_CONTRACTORS_YES;
	begins_is(st, s, true, SEK_REASON_NOT_LISTED);
	later = 2 * HOUR;
	begins_is(st, s, true, SEK_REASON_NOT_LISTED);
	sek_store_free(&st);
}
END_TEST

START_TEST(an_emergency_is_at_once_short_and_reviewed_by_another)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	struct sek_upkeep u;
	char id[SEK_ID_MAX];

	in->unavoidable = 1;
	in->a.not_after -= 5 * HOUR;
	in->a.review_at = in->a.not_after + 2 * SEK_DAY;
	refused(asks(st, in, &alice), SEK_NO_PRIVILEGE);
	in->who.privileged = 1;
	in->a.not_after += 2 * HOUR;
	refused(asks(st, in, &alice), SEK_NO_TIME);
	in->a.not_after -= 2 * HOUR;
	in->who.proof[0] = '\0';
	refused(sek_store_approval_ask(st, in, &out), SEK_NO_PROOF);
	test_ok(st, asks(st, in, &alice));
	memcpy(id, out.a.id, sizeof(id));
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	ck_assert_uint_eq(begun.unavoidable, 1);
	ck_assert(is_recorded(st, "privilege", "unavoidable"));
	/* Not a second one before the first was looked at. */
	refused(asks(st, in, &alice), SEK_NO_PENDING);
	later = 4 * HOUR;
	test_ok(st, sek_store_upkeep(st, &u));
	ck_assert_uint_eq(overdue(st, id),
	    SEK_OVERDUE_UNAVOIDABLE | SEK_OVERDUE_CLOSING);
	later = 3 * SEK_DAY;
	ck_assert_uint_eq(overdue(st, id),
	    SEK_OVERDUE_UNAVOIDABLE | SEK_OVERDUE_CLOSING |
	    SEK_OVERDUE_REVIEW);
	refused(does(st, id, &alice, SEK_ACT_REVIEW), SEK_NO_SAME_PERSON);
	test_ok(st, does(st, id, &bob, SEK_ACT_REVIEW));
	test_ok(st, does(st, id, &alice, SEK_ACT_CLOSE));
	ck_assert_uint_eq(overdue(st, id), 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_deputy_may_help_himself_in_an_emergency)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;

	(void)give(st, wish_deputy(&alice), &alice);
	in = wish(&alice);
	in->unavoidable = 1;
	in->a.not_after -= 5 * HOUR;
	test_ok(st, asks(st, in, &alice));
	/* Of no other account than the one he stands in for. */
	in = wish(&bob);
	in->unavoidable = 1;
	in->a.not_after -= 5 * HOUR;
	refused(asks(st, in, &bob), SEK_NO_PRIVILEGE);
	/* For himself alone. */
	in = wish(&bob);
	in->unavoidable = 1;
	in->who.privileged = 1;
	in->a.not_after -= 5 * HOUR;
	(void)snprintf(in->a.users, sizeof(in->a.users), "alice");
	in->subject_uid = alice.uid;
	refused(asks(st, in, &bob), SEK_NO_UNFIT);
	sek_store_free(&st);
}
END_TEST

START_TEST(who_it_is_for_may_give_it_back)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&carol);
	char id[SEK_ID_MAX];

	(void)snprintf(in->a.users, sizeof(in->a.users), "alice");
	in->subject_uid = alice.uid;
	memcpy(id, give(st, in, &carol), sizeof(id));
	begins_is(st, session(&alice), false, SEK_REASON_NONE);
	refused(does(st, id, &dan, SEK_ACT_REVOKE), SEK_NO_ROLE);
	test_ok(st, does(st, id, &alice, SEK_ACT_REVOKE));
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_session_that_was_refused_after_all_costs_no_use)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in = wish(&alice);
	struct sek_open_session open = { .subject_uid = alice.uid,
	    .audit_session = 7 };
	static struct sek_open_session_out opened;
	static struct sek_session_over over;
	char id[SEK_ID_MAX];

	in->a.uses_max = 1;
	memcpy(id, give(st, in, &alice), sizeof(id));
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	open.who = session(&alice)->who;
	ck_assert_int_eq(sek_process_get(&open.taker, 0), SEK_OK);
	test_ok(st, sek_store_open_session(st, &open, &opened));
	over.record.event = SEK_EVENT_PRIVILEGE;
	over.record.result = SEK_RESULT_REFUSED;
	over.record.reason = SEK_REASON_ENDLESS;
	memcpy(over.record.ref, id, sizeof(over.record.ref));
	(void)snprintf(over.account, sizeof(over.account), "root");
	memcpy(over.session, opened.session, sizeof(over.session));
	over.over = 1;
	test_ok(st, sek_store_session_over(st, &over));
	ck_assert_uint_eq(look(st, id)->uses, 0);
	/* Once. */
	begins_is(st, session(&alice), true, SEK_REASON_NONE);
	test_ok(st, sek_store_session_over(st, &over));
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	/* One that only ended keeps it. */
	test_ok(st, sek_store_open_session(st, &open, &opened));
	memcpy(over.session, opened.session, sizeof(over.session));
	over.record.event = SEK_EVENT_SESSION_ENDED;
	test_ok(st, sek_store_session_over(st, &over));
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* ---- two persons */

static struct sek_privilege *
two(const struct person *p, const char *witness)
{
	struct sek_privilege *s = session(p);

	s->policy.require_grant = false;
	s->policy.two_person = true;
	(void)snprintf(s->witness, sizeof(s->witness), "%s", witness);
	return (s);
}

START_TEST(a_witness_serves_one_session_and_is_another_person)
{
	static const struct person adm = { "aliceadm", 1010, 30, 0 };
	struct sek_store *st = test_open();
	char proof[SEK_ID_MAX];

	enrol_as(st, &adm, "p-alice");
	begins_is(st, two(&alice, ""), false, SEK_REASON_NO_WITNESS);
	begins_is(st, two(&alice, "0123"), true, SEK_REASON_NO_WITNESS);
	prove_to(st, &alice, "sekisho-witness", proof);
	begins_is(st, two(&alice, proof), true, SEK_REASON_NO_WITNESS);
	prove_to(st, &adm, "sekisho-witness", proof);
	begins_is(st, two(&alice, proof), true, SEK_REASON_NO_WITNESS);
	prove_to(st, &bob, "sekisho-witness", proof);
	begins_is(st, two(&alice, proof), false, SEK_REASON_NONE);
	ck_assert_str_eq(begun.witness, "bob");
	begins_is(st, two(&alice, proof), true, SEK_REASON_NONE);
	ck_assert(is_recorded(st, "privilege", "witness bob"));
	begins_is(st, two(&alice, proof), true, SEK_REASON_NO_WITNESS);
	sek_store_free(&st);
}
END_TEST

/* su bob in a session that alice left open: bob alone is not two. */
START_TEST(who_proved_himself_for_the_target_is_no_second_person)
{
	struct sek_store *st = test_open();
	char proof[SEK_ID_MAX], id[SEK_ID_MAX];
	struct sek_privilege *s;

	admit(st, &bob, "su", id);
	prove_to(st, &bob, "sekisho-witness", proof);
	s = two(&alice, proof);
	(void)snprintf(s->who.name, sizeof(s->who.name), "%s", bob.name);
	s->who.uid = bob.uid;
	(void)snprintf(s->who.service, sizeof(s->who.service), "su");
	memcpy(s->id, id, sizeof(s->id));
	begins_is(st, s, true, SEK_REASON_NO_WITNESS);
	prove_to(st, &carol, "sekisho-witness", proof);
	memcpy(s->witness, proof, sizeof(s->witness));
	begins_is(st, s, true, SEK_REASON_NONE);
	sek_store_free(&st);
}
END_TEST

START_TEST(what_is_no_proof_of_a_witness_at_this_prompt_is_none)
{
	struct sek_store *st = test_open();
	struct sek_privilege *s;
	char proof[SEK_ID_MAX];

	/* Of another purpose; not taken as a proof. */
	prove_to(st, &bob, "sekisho-x", proof);
	begins_is(st, two(&alice, proof), true, SEK_REASON_NO_WITNESS);
	admit(st, &bob, "sekisho-witness", proof);
	begins_is(st, two(&alice, proof), true, SEK_REASON_NO_WITNESS);
	/* At another's prompt. */
	prove_to(st, &bob, "sekisho-witness", proof);
	s = two(&alice, proof);
	s->taker.start++;
	begins_is(st, s, true, SEK_REASON_NO_WITNESS);
	/* Too long ago. */
	later = SEK_EVIDENCE_AGE + SEK_SECOND;
	begins_is(st, two(&alice, proof), true, SEK_REASON_NO_WITNESS);
	/* The session behind the child that asked him. */
	later = 0;
	prove_to(st, &bob, "sekisho-witness", proof);
	s = two(&alice, proof);
	ck_assert_int_eq(sek_process_get(&s->taker, getppid()), SEK_OK);
	begins_is(st, s, true, SEK_REASON_NONE);
	sek_store_free(&st);
}
END_TEST

START_TEST(where_all_else_refuses_no_witness_is_spent)
{
	struct sek_store *st = test_open();
	struct sek_privilege *s;
	char proof[SEK_ID_MAX];

	prove_to(st, &bob, "sekisho-witness", proof);
	s = two(&alice, proof);
	s->policy.require_grant = true;
	begins_is(st, s, true, SEK_REASON_NO_GRANT);
	begins_is(st, two(&alice, proof), true, SEK_REASON_NONE);
	sek_store_free(&st);
}
END_TEST

START_TEST(of_a_shared_account_who_proved_himself_is_who_begins_it)
{
	static const struct person counter = { "counter", 1005, 20, 0 };
	struct sek_store *st = test_open();
	static struct sek_enrol e;
	static struct sek_admit in;
	struct sek_admit_out admitted;
	struct sek_privilege *s;

	test_enrol_fill(&e, "counter", SEK_METHOD_HOTP);
	e.account.uid = counter.uid;
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	(void)snprintf((char *)e.key, sizeof(e.key), "a shared token's key");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	s = session(&counter);
	s->policy.require_grant = false;
	begins_is(st, s, true, SEK_REASON_NOT_LISTED);
	test_admit_fill(&in, "counter");
	in.who.uid = counter.uid;
	in.kinds = BOTH;
	(void)snprintf(in.who.service, sizeof(in.who.service), "sudo");
	in.nauthenticators = 1;
	memcpy(in.authenticator[0], e.authenticator.id, SEK_ID_MAX);
	test_ok(st, sek_store_admit(st, &in, &admitted));
	memcpy(s->id, admitted.id, sizeof(s->id));
	begins_is(st, s, true, SEK_REASON_NONE);
	ck_assert_str_eq(begun.person, "p-alice");
	sek_store_free(&st);
}
END_TEST

/* ---- damaged, older, restored */

START_TEST(a_row_that_was_edited_opens_nothing_and_shuts_nobody_out)
{
	struct sek_store *st = test_open();
	struct sek_upkeep u;
	char id[SEK_ID_MAX], other[SEK_ID_MAX], sql[256];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	memcpy(other, give(st, wish(&dan), &dan), sizeof(other));
	sek_store_close(st);
	(void)snprintf(sql, sizeof(sql), "UPDATE request SET key='*' "
	    "WHERE id='%s'", id);
	edit(sql);
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	begins_is(st, session(&dan), true, SEK_REASON_NONE);
	ck_assert_str_eq(begun.grant, other);
	test_ok(st, sek_store_upkeep(st, &u));
	ck_assert(is_recorded(st, "tampered", id));
	sek_store_free(&st);
}
END_TEST

START_TEST(a_grant_moved_to_another_account_opens_nothing)
{
	struct sek_store *st = test_open();
	char sql[256];

	(void)give(st, wish(&dan), &dan);
	sek_store_close(st);
	(void)snprintf(sql, sizeof(sql), "UPDATE request SET data=CAST("
	    "replace(CAST(data AS TEXT),'dan','bob') AS BLOB)");
	edit(sql);
	begins_is(st, session(&bob), true, SEK_REASON_NO_GRANT);
	begins_is(st, session(&dan), true, SEK_REASON_NO_GRANT);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_store_of_before_has_none_and_sessions_go_on)
{
	struct sek_store *st = test_open();
	struct sek_privilege *s = session(&alice);

	sek_store_close(st);
	edit("DROP TABLE request; DROP TABLE ticket; DROP TABLE security_key; "
	    "DROP TABLE card; DROP TABLE biometric; "
	    "DROP TABLE password; DROP TABLE woken; PRAGMA user_version=1001");
	begins_is(st, s, true, SEK_REASON_NO_GRANT);
	s->policy.require_grant = false;
	begins_is(st, s, true, SEK_REASON_NONE);
	test_is(st, asks(st, wish(&alice), &alice), SEK_ERR_STORE_OLDER);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_restore_brings_none_back_to_life)
{
	struct sek_store *st = test_open();
	struct sek_secret pass = { .data = NULL };
	struct sek_restore_in in = { .pass = &pass, .actor = &tool };
	struct sek_backup_info info;
	struct sek_restored restored;
	struct sek_why why = { "" };
	char path[128], id[SEK_ID_MAX];

	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	(void)snprintf(path, sizeof(path), "%s/backup", test_dir);
	ck_assert_int_eq(sek_secret_string(&pass, "correct horse battery"),
	    SEK_OK);
	test_ok(st, sek_store_backup(st, path, &pass, &tool, &info, NULL,
	    NULL));
	test_ok(st, does(st, id, &bob, SEK_ACT_REVOKE));
	sek_store_free(&st);
	in.path = path;
	ck_assert_msg(test_engine->restore(&test_config, &in, &restored,
	    &why) == SEK_OK, "%s", why.text);
	st = test_open();
	ck_assert_uint_eq(look(st, id)->state, SEK_APPROVAL_REVOKED);
	begins_is(st, session(&alice), true, SEK_REASON_NO_GRANT);
	sek_store_free(&st);
	sek_secret_free(&pass);
}
END_TEST

/* ---- at once */

struct shared {
	volatile int	go;
	volatile int	let;
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

static pid_t
racer(const struct person *p, const char *witness)
{
	struct sek_privilege *in;
	struct sek_store *st;
	enum sek_err err;
	pid_t pid = test_fork();

	if (pid != 0)
		return (pid);
	st = test_open();
	in = witness != NULL ? two(p, witness) : session(p);
	/* The prompt was the test's. */
	if (witness != NULL)
		ck_assert_int_eq(sek_process_get(&in->taker, getppid()),
		    SEK_OK);
	in->use = 1;
	while (!shared->go)
		(void)sched_yield();
	err = sek_store_privilege(st, in, &begun);
	if (err == SEK_OK && begun.reason == SEK_REASON_NONE)
		(void)__sync_fetch_and_add(&shared->let, 1);
	else if (err == SEK_OK)
		(void)__sync_fetch_and_add(&shared->no, 1);
	else
		(void)__sync_fetch_and_add(&shared->failed, 1);
	sek_store_free(&st);
	_exit(0);
}

static void
race(const struct person *p, const char *witness)
{
	pid_t pid[RACERS];
	int i;

	for (i = 0; i < RACERS; i++)
		pid[i] = racer(p, witness);
	shared->go = 1;
	for (i = 0; i < RACERS; i++)
		test_wait(pid[i]);
	ck_assert_int_eq(shared->failed, 0);
}

START_TEST(uses_are_counted_exactly_by_sixteen_at_once)
{
	struct sek_store *st = test_open();
	struct sek_approval_ask *in;
	char id[SEK_ID_MAX];
	uint64_t uses;

	share();
	for (uses = 1; uses <= 5; uses += 2) {
		memset((void *)shared, 0, sizeof(*shared));
		in = wish(&alice);
		in->a.uses_max = uses;
		memcpy(id, give(st, in, &alice), sizeof(id));
		sek_store_close(st);
		race(&alice, NULL);
		ck_assert_int_eq(shared->let, (int)uses);
		ck_assert_int_eq(shared->no, RACERS - (int)uses);
		ck_assert_uint_eq(look(st, id)->uses, uses);
	}
	ck_assert_uint_eq(records_of(st, "approval-used"), 1 + 3 + 5);
	test_verify_ok(st);
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

START_TEST(a_witness_serves_one_of_sixteen_at_once)
{
	struct sek_store *st = test_open();
	char proof[SEK_ID_MAX];

	share();
	prove_to(st, &bob, "sekisho-witness", proof);
	sek_store_close(st);
	race(&alice, proof);
	ck_assert_int_eq(shared->let, 1);
	test_verify_ok(st);
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

START_TEST(killed_at_any_instant_a_use_has_its_records_or_there_is_none)
{
	struct sek_store *st = test_open();
	char id[SEK_ID_MAX];
	uint64_t uses;
	pid_t pid;
	int i;

	share();
	memcpy(id, give(st, wish(&alice), &alice), sizeof(id));
	for (i = 0; i < KILLS; i++) {
		memset((void *)shared, 0, sizeof(*shared));
		sek_store_close(st);
		pid = racer(&alice, NULL);
		shared->go = 1;
		(void)usleep((useconds_t)(i * 150));
		(void)kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		uses = look(st, id)->uses;
		ck_assert_uint_eq(records_of(st, "approval-used"), uses);
		ck_assert_uint_eq(records_of(st, "privilege"), uses);
	}
	test_verify_ok(st);
	sek_store_free(&st);
	(void)munmap(shared, sizeof(*shared));
}
END_TEST

/* ---- over the pipe */

START_TEST(what_crosses_the_pipe_is_checked)
{
	static struct sek_privilege in;

#define WITH(change, expected) do { \
	in = *session(&alice); \
	change; \
	ck_assert_int_eq(sek_frame_check_in(SEK_OP_PRIVILEGE, &in), \
	    expected); \
} while (0)
	WITH((void)0, SEK_OK);
	WITH(memset(in.subject, 'x', sizeof(in.subject)), SEK_ERR_SYNTAX);
	WITH(memset(in.witness, 'x', sizeof(in.witness)), SEK_ERR_SYNTAX);
	WITH(memset(in.only, 'x', sizeof(in.only)), SEK_ERR_SYNTAX);
	WITH(in.who.name[0] = '\0', SEK_ERR_RANGE);
	WITH(in.use = 2, SEK_ERR_RANGE);
	WITH(in.listed = 2, SEK_ERR_RANGE);
	WITH(in.taker.pid = 0, SEK_ERR_RANGE);
	WITH(in.policy.hours.n = SEK_WINDOWS_MAX + 1, SEK_ERR_RANGE);
	WITH((in.policy.hours.n = 1, in.policy.hours.w[0].days = 0x80),
	    SEK_ERR_RANGE);
	WITH((in.policy.hours.n = 1, in.policy.hours.w[0].until = 1441),
	    SEK_ERR_RANGE);
	WITH(in.policy.zone = 86400, SEK_ERR_RANGE);
	WITH(in.policy.contractors = 3, SEK_ERR_RANGE);
	WITH(in.policy.max_session = 0, SEK_ERR_RANGE);
	WITH(in.policy.max_session = SEK_DAY + 1, SEK_ERR_RANGE);
#undef WITH
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const tests[] = {
		a_life_from_asking_to_the_result_of_the_work,
		the_work_that_is_done_ends_the_grant,
		one_that_was_never_used_asks_for_no_word,
		a_refused_session_is_in_the_records_and_uses_nothing,
		it_is_for_its_account_alone,
		another_account_of_the_person_goes_by_it_too,
		of_several_the_one_that_ends_first_is_used,
		before_its_beginning_and_on_a_clock_set_back_it_opens_nothing,
		who_was_suspended_begins_nothing_and_asks_anew,
		who_is_retired_has_none_left,
		whose_term_is_over_has_none_left,
		asking_takes_a_privileged_account_a_purpose_and_a_span,
		it_is_given_by_another_whose_role_may_and_whom_it_is_not_for,
		unproven_opens_none,
		a_contractor_works_by_a_grant_and_decides_and_lends_nothing,
		a_deputy_is_listed_as_long_as_he_is_one,
		an_emergency_is_at_once_short_and_reviewed_by_another,
		a_deputy_may_help_himself_in_an_emergency,
		who_it_is_for_may_give_it_back,
		a_session_that_was_refused_after_all_costs_no_use,
		a_witness_serves_one_session_and_is_another_person,
		who_proved_himself_for_the_target_is_no_second_person,
		what_is_no_proof_of_a_witness_at_this_prompt_is_none,
		where_all_else_refuses_no_witness_is_spent,
		of_a_shared_account_who_proved_himself_is_who_begins_it,
		a_row_that_was_edited_opens_nothing_and_shuts_nobody_out,
		a_grant_moved_to_another_account_opens_nothing,
		a_store_of_before_has_none_and_sessions_go_on,
		a_restore_brings_none_back_to_life,
		uses_are_counted_exactly_by_sixteen_at_once,
		a_witness_serves_one_of_sixteen_at_once,
		killed_at_any_instant_a_use_has_its_records_or_there_is_none,
		what_crosses_the_pipe_is_checked,
	};
	Suite *s = suite_create("grant");
	TCase *t = tcase_create("store");
	size_t i;

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, test_store_teardown);
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
