/*
 * test_store_proof.c - test of the store's proofs: an admission taken for one
 * act, and what people do to themselves by it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "../../common/edge/store/frame.h"
#include "store.h"

#define SERVICE "sekisho-helper"

enum sek_err	__real_sek_clock_now(struct sek_moment *out);
enum sek_err	__wrap_sek_clock_now(struct sek_moment *out);

static int64_t later;		/* us that the clocks are ahead */

enum sek_err
__wrap_sek_clock_now(struct sek_moment *out)
{
	enum sek_err err = __real_sek_clock_now(out);

	out->wall += later;
	out->boot += later;
	return (err);
}

static void
setup(void)
{

	later = 0;
	test_store_setup();
}

/* What the gate writes in a transaction of that service. */
static void
admit(struct sek_store *st, const char *name, uint32_t uid, uint32_t kinds,
    const char *authenticator, char id[SEK_ID_MAX])
{
	struct sek_admit in;
	struct sek_admit_out out;

	test_admit_fill(&in, name);
	in.who.uid = uid;
	(void)snprintf(in.who.service, sizeof(in.who.service), SERVICE);
	in.kinds = kinds;
	if (authenticator != NULL) {
		(void)snprintf(in.authenticator[0], SEK_ID_MAX, "%s",
		    authenticator);
		in.nauthenticators = 1;
	}
	test_ok(st, sek_store_admit(st, &in, &out));
	memcpy(id, out.id, SEK_ID_MAX);
}

static struct sek_take_proof
taking(const char *id, uint32_t uid)
{
	struct sek_take_proof in = { .uid = uid };

	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.service, sizeof(in.service), SERVICE);
	ck_assert_int_eq(sek_process_get(&in.taker, 0), SEK_OK);
	return (in);
}

/* A proof of alice's, taken. */
static void
prove_as(struct sek_store *st, const char *name, uint32_t uid, uint32_t kinds,
    char id[SEK_ID_MAX])
{
	struct sek_take_proof in;
	struct sek_admission a;

	admit(st, name, uid, kinds, NULL, id);
	in = taking(id, uid);
	test_ok(st, sek_store_take_proof(st, &in, &a));
}

static void
prove(struct sek_store *st, char id[SEK_ID_MAX])
{

	prove_as(st, "alice", 1000, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION,
	    id);
}

static struct sek_actor
actor(const char *name, uint32_t uid, const char *proof)
{
	struct sek_actor a = { .uid = uid, .audit_session = 7 };

	(void)snprintf(a.account, sizeof(a.account), "%s", name);
	(void)snprintf(a.proof, sizeof(a.proof), "%s", proof);
	ck_assert_int_eq(sek_process_get(&a.process, 0), SEK_OK);
	return (a);
}

static struct sek_self_state
disabling(const char *id, const char *proof)
{
	struct sek_self_state in = { .to = SEK_AUTHENTICATOR_DISABLED,
	    .who = actor("alice", 1000, proof) };

	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	return (in);
}

static void
new_key(struct sek_self_enrol *in, unsigned char seed, const char *proof)
{

	memset(in, 0, sizeof(*in));
	in->enrol.authenticator.method = SEK_METHOD_TOTP;
	in->enrol.authenticator.oath.digits = 6;
	in->enrol.authenticator.oath.period = 30;
	(void)snprintf(in->enrol.authenticator.label, SEK_LABEL_MAX, "phone");
	memset(in->enrol.key, seed, TEST_KEY_LEN);
	in->enrol.key_len = TEST_KEY_LEN;
	in->enrol.proved = 1;
	in->who = actor("alice", 1000, proof);
}

static const struct sek_self_out *
self(struct sek_store *st, const char *name, uint32_t uid)
{
	static struct sek_self_out out;
	struct sek_self in = { .who = test_who(name),
	    .limits = test_limits(5) };

	in.who.uid = uid;
	test_ok(st, sek_store_self(st, &in, &out));
	return (&out);
}

START_TEST(taken_proof_opens_no_session_and_serves_no_sudo)
{
	struct sek_store *st = test_open();
	static struct sek_open_session open;
	static struct sek_open_session_out seen;
	struct sek_reuse reuse = { 1000, 7, 900 * SEK_SECOND };
	struct sek_admission a;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	prove(st, id);
	open.who = test_who("alice");
	(void)snprintf(open.who.service, sizeof(open.who.service), SERVICE);
	open.subject_uid = 1000;
	open.audit_session = 7;
	ck_assert_int_eq(sek_process_get(&open.taker, 0), SEK_OK);
	memcpy(open.id, id, sizeof(open.id));
	test_ok(st, sek_store_open_session(st, &open, &seen));
	ck_assert_str_eq(seen.admission.id, "");
	test_ok(st, sek_store_reuse(st, &reuse, &a));
	ck_assert_str_eq(a.id, "");
	sek_store_free(&st);
}
END_TEST

START_TEST(admission_taken_by_a_session_is_no_proof)
{
	struct sek_store *st = test_open();
	static struct sek_open_session open;
	static struct sek_open_session_out seen;
	struct sek_take_proof in;
	struct sek_admission a;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	admit(st, "alice", 1000, 3, NULL, id);
	in = taking(id, 1000);
	open.who = test_who("alice");
	(void)snprintf(open.who.service, sizeof(open.who.service), SERVICE);
	open.subject_uid = 1000;
	open.taker = in.taker;
	memcpy(open.id, id, sizeof(open.id));
	test_ok(st, sek_store_open_session(st, &open, &seen));
	ck_assert_str_eq(seen.admission.id, id);
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(proof_is_taken_once_and_tells_what_the_gate_wrote)
{
	struct sek_store *st = test_open();
	const char *totp = test_enrol(st, "alice", SEK_METHOD_TOTP);
	struct sek_take_proof in;
	struct sek_admission a;
	char id[SEK_ID_MAX];

	admit(st, "alice", 1000, 3, totp, id);
	in = taking(id, 1000);
	test_ok(st, sek_store_take_proof(st, &in, &a));
	ck_assert_str_eq(a.id, id);
	ck_assert_str_eq(a.account, "alice");
	ck_assert_str_eq(a.person, "p-alice");
	ck_assert_str_eq(a.service, SERVICE);
	ck_assert_str_eq(a.authenticator, totp);
	ck_assert_uint_eq(a.kinds, 3);
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	ck_assert_str_eq(a.id, "");
	ck_assert_uint_eq(test_records(st, "screen-unlock", NULL).records, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(proof_is_of_its_process_uid_service_and_two_minutes)
{
	struct sek_store *st = test_open();
	struct sek_take_proof in;
	struct sek_admission a;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	admit(st, "alice", 1000, 3, NULL, id);
	in = taking(id, 1000);
	in.taker.pid++;
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	in = taking(id, 1000);
	in.taker.start++;		/* that pid, but another process */
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	in = taking(id, 1000);
	ck_assert_int_eq(sek_process_get(&in.taker, getppid()), SEK_OK);
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	in = taking(id, 1001);
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	in = taking("00000000000000000000000000000000", 1000);
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	in = taking(id, 1000);
	(void)snprintf(in.service, sizeof(in.service), "sekisho-witness");
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	in = taking(id, 1000);
	later = 121 * SEK_SECOND;
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	later = 0;
	test_ok(st, sek_store_take_proof(st, &in, &a));
	sek_store_free(&st);
}
END_TEST

START_TEST(dropped_admission_is_no_proof)
{
	struct sek_store *st = test_open();
	struct sek_admission_id drop;
	struct sek_take_proof in;
	struct sek_admission a;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	admit(st, "alice", 1000, 3, NULL, id);
	memcpy(drop.id, id, sizeof(drop.id));
	test_ok(st, sek_store_drop(st, &drop));
	in = taking(id, 1000);
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(unlocked_screen_is_recorded)
{
	struct sek_store *st = test_open();
	struct sek_take_proof in;
	struct sek_admission a;
	struct test_count c;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	admit(st, "alice", 1000, 3, NULL, id);
	in = taking(id, 1000);
	in.screen = 1;
	test_ok(st, sek_store_take_proof(st, &in, &a));
	c = test_records(st, "screen-unlock", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, id));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(suspended_at_the_prompt_proves_nothing)
{
	struct sek_store *st = test_open();
	const char *totp = test_enrol(st, "alice", SEK_METHOD_TOTP);
	struct sek_self_state off;
	struct sek_take_proof in;
	struct sek_admission a;
	char id[SEK_ID_MAX];

	admit(st, "alice", 1000, 3, NULL, id);
	test_ok(st, sek_store_suspend(st, "alice", "leave", 0, NULL));
	in = taking(id, 1000);
	test_is(st, sek_store_take_proof(st, &in, &a), SEK_ERR_REFUSED);
	test_ok(st, sek_store_resume(st, "alice", NULL));
	test_ok(st, sek_store_take_proof(st, &in, &a));
	/* Between the proof and the act. */
	test_ok(st, sek_store_suspend(st, "alice", "leave", 0, NULL));
	off = disabling(totp, id);
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	test_ok(st, sek_store_resume(st, "alice", NULL));
	test_ok(st, sek_store_self_state(st, &off));
	sek_store_free(&st);
}
END_TEST

START_TEST(ended_term_acts_no_more)
{
	struct sek_store *st = test_open();
	const char *totp = test_enrol(st, "alice", SEK_METHOD_TOTP);
	struct sek_self_state off;
	struct sek_person p;
	struct sek_moment now;
	char id[SEK_ID_MAX];

	prove(st, id);
	off = disabling(totp, id);
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	test_ok(st, sek_store_person(st, "p-alice", &p));
	p.to = now.wall - SEK_SECOND;
	test_ok(st, sek_store_person_edit(st, &p, NULL));
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(proof_serves_one_act)
{
	struct sek_store *st = test_open();
	static struct sek_self_enrol in;
	struct sek_self_enrol_out out;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	prove(st, id);
	new_key(&in, 1, id);
	test_ok(st, sek_store_self_enrol(st, &in, &out));
	new_key(&in, 2, id);
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_REFUSED);
	ck_assert_uint_eq(self(st, "alice", 1000)->nauthenticators, 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(proof_serves_one_of_many_at_once)
{
	struct sek_store *st = test_open();
	static struct sek_self_enrol in;
	struct sek_self_enrol_out out;
	char id[SEK_ID_MAX];
	pid_t pid[8];
	int status, i, done = 0;

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	prove(st, id);
	sek_store_free(&st);
	new_key(&in, 1, id);		/* as this process, in each */
	for (i = 0; i < 8; i++) {
		if ((pid[i] = test_fork()) != 0)
			continue;
		memset(in.enrol.key, i + 1, TEST_KEY_LEN);
		st = test_open();
		status = sek_store_self_enrol(st, &in, &out) == SEK_OK ? 0 : 1;
		sek_store_free(&st);
		_exit(status);
	}
	for (i = 0; i < 8; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert(WIFEXITED(status));
		done += WEXITSTATUS(status) == 0;
	}
	ck_assert_int_eq(done, 1);
	st = test_open();
	ck_assert_uint_eq(self(st, "alice", 1000)->nauthenticators, 2);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(act_wants_the_proof_of_its_process_account_and_two_minutes)
{
	struct sek_store *st = test_open();
	const char *totp = test_enrol(st, "alice", SEK_METHOD_TOTP);
	struct sek_self_state off;
	struct sek_take_proof in;
	struct sek_admission a;
	char id[SEK_ID_MAX];

	/* Written, but not taken as a proof. */
	admit(st, "alice", 1000, 3, NULL, id);
	off = disabling(totp, id);
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	in = taking(id, 1000);
	test_ok(st, sek_store_take_proof(st, &in, &a));
	off.who.process.pid++;
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	off = disabling(totp, id);
	off.who.process.start++;
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	off = disabling(totp, id);
	(void)snprintf(off.who.account, SEK_NAME_MAX, "alicia");
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	off = disabling(totp, id);
	off.who.uid = 1001;
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	off = disabling(totp, "");
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	off = disabling(totp, id);
	later = 121 * SEK_SECOND;
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	later = 0;
	test_ok(st, sek_store_self_state(st, &off));
	sek_store_free(&st);
}
END_TEST

START_TEST(one_kind_is_no_proof)
{
	struct sek_store *st = test_open();
	const char *totp = test_enrol(st, "alice", SEK_METHOD_TOTP);
	static const uint32_t kinds[] = { 1, 2, 4, 0 };
	struct sek_self_state off;
	char id[SEK_ID_MAX];
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		prove_as(st, "alice", 1000, kinds[i], id);
		off = disabling(totp, id);
		test_is(st, sek_store_self_state(st, &off), SEK_ERR_REFUSED);
	}
	sek_store_free(&st);
}
END_TEST

START_TEST(own_enrolment_is_of_his_person_and_names_its_proof)
{
	struct sek_store *st = test_open();
	static struct sek_self_enrol in;
	struct sek_self_enrol_out out;
	struct test_count c;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_HOTP);
	prove(st, id);
	new_key(&in, 1, id);
	/* What he says of whose it is counts for nothing. */
	(void)snprintf(in.enrol.account.name, SEK_NAME_MAX, "bob");
	(void)snprintf(in.enrol.account.person, SEK_NAME_MAX, "p-bob");
	(void)snprintf(in.enrol.person.id, SEK_NAME_MAX, "p-bob");
	(void)snprintf(in.enrol.authenticator.person, SEK_NAME_MAX, "p-bob");
	in.enrol.account.shared = in.enrol.rebinds = 1;
	test_ok(st, sek_store_self_enrol(st, &in, &out));
	ck_assert_str_eq(out.a.person, "p-alice");
	ck_assert_str_eq(out.a.label, "phone");
	ck_assert_uint_eq(self(st, "alice", 1000)->nauthenticators, 2);
	ck_assert_uint_eq(self(st, "bob", 1001)->nauthenticators, 1);
	c = test_records(st, "enrol", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, id));
	ck_assert_ptr_nonnull(strstr(c.last, "by himself"));
	ck_assert_ptr_nonnull(strstr(c.last, out.a.id));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(refused_enrolment_spends_no_proof_and_keeps_nothing)
{
	struct sek_store *st = test_open();
	static struct sek_self_enrol in;
	struct sek_self_enrol_out out;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	prove(st, id);
	new_key(&in, 1, id);
	in.enrol.proved = 0;		/* its first code was not given */
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_REFUSED);
	new_key(&in, 1, id);
	(void)snprintf(in.enrol.authenticator.label, SEK_LABEL_MAX, "a\nb");
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_SYNTAX);
	new_key(&in, 1, id);
	memcpy(in.enrol.key, TEST_KEY, TEST_KEY_LEN);	/* has it already */
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_EXISTS);
	ck_assert_uint_eq(self(st, "alice", 1000)->nauthenticators, 1);
	new_key(&in, 1, id);
	test_ok(st, sek_store_self_enrol(st, &in, &out));
	sek_store_free(&st);
}
END_TEST

START_TEST(another_ones_and_none_are_one_answer)
{
	struct sek_store *st = test_open();
	struct sek_self_state off;
	char id[SEK_ID_MAX], theirs[SEK_ID_MAX], why[SEK_WHY_MAX];

	(void)snprintf(theirs, sizeof(theirs), "%s",
	    test_enrol(st, "bob", SEK_METHOD_TOTP));
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	prove(st, id);
	off = disabling(theirs, id);
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_NOT_FOUND);
	(void)snprintf(why, sizeof(why), "%s", sek_store_why(st));
	off = disabling("0123456789abcdef", id);
	test_is(st, sek_store_self_state(st, &off), SEK_ERR_NOT_FOUND);
	ck_assert_str_eq(why, sek_store_why(st));
	ck_assert_uint_eq(self(st, "bob", 1001)->authenticator[0].state,
	    SEK_AUTHENTICATOR_ACTIVE);
	sek_store_free(&st);
}
END_TEST

START_TEST(own_one_is_disabled_then_removed_and_both_are_recorded)
{
	struct sek_store *st = test_open();
	struct sek_self_state in;
	struct test_count c;
	char id[SEK_ID_MAX], totp[SEK_ID_MAX];

	(void)snprintf(totp, sizeof(totp), "%s",
	    test_enrol(st, "alice", SEK_METHOD_TOTP));
	prove(st, id);
	in = disabling(totp, id);
	test_ok(st, sek_store_self_state(st, &in));
	c = test_records(st, "disable", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, id));
	ck_assert_uint_eq(self(st, "alice", 1000)->authenticator[0].state,
	    SEK_AUTHENTICATOR_DISABLED);
	prove(st, id);
	in = disabling(totp, id);	/* is so already */
	test_is(st, sek_store_self_state(st, &in), SEK_ERR_REFUSED);
	in.to = SEK_AUTHENTICATOR_REMOVED;
	test_ok(st, sek_store_self_state(st, &in));
	ck_assert_uint_eq(test_records(st, "remove", "alice").records, 1);
	ck_assert_uint_eq(self(st, "alice", 1000)->nauthenticators, 0);
	prove(st, id);
	in = disabling(totp, id);
	in.to = SEK_AUTHENTICATOR_REMOVED;
	test_is(st, sek_store_self_state(st, &in), SEK_ERR_NOT_FOUND);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(shared_account_shows_and_changes_nobodys)
{
	struct sek_store *st = test_open();
	static struct sek_self_enrol in;
	static struct sek_enrol e;
	struct sek_self_enrol_out out;
	const struct sek_self_out *seen;
	struct sek_take_proof take;
	struct sek_admission a;
	char id[SEK_ID_MAX];

	test_enrol_fill(&e, "counter", SEK_METHOD_TOTP);
	e.account.shared = 1;
	(void)snprintf(e.person.id, sizeof(e.person.id), "p-alice");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	seen = self(st, "counter", 1000);
	ck_assert_str_eq(seen->user.account.name, "counter");
	ck_assert_uint_eq(seen->nauthenticators, 0);
	/* By what its member holds. */
	admit(st, "counter", 1000, 3, e.authenticator.id, id);
	take = taking(id, 1000);
	test_ok(st, sek_store_take_proof(st, &take, &a));
	ck_assert_str_eq(a.person, "p-alice");
	new_key(&in, 1, id);
	(void)snprintf(in.who.account, SEK_NAME_MAX, "counter");
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_REFUSED);
	sek_store_free(&st);
}
END_TEST

START_TEST(contractor_changes_nothing_of_his_own_privileged_account)
{
	struct sek_store *st = test_open();
	static struct sek_self_enrol in;
	static struct sek_enrol e;
	struct sek_self_state state;
	struct sek_self_enrol_out out;
	struct sek_person p;
	struct test_count c;
	char id[SEK_ID_MAX];

	test_enrol_fill(&e, "alice", SEK_METHOD_TOTP);
	e.account.privileged = 1;
	test_ok(st, sek_store_enrol(st, &e, NULL));
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	test_ok(st, sek_store_person(st, "p-alice", &p));
	p.contractor = 1;
	test_ok(st, sek_store_person_edit(st, &p, NULL));
	prove(st, id);
	new_key(&in, 1, id);
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_REFUSED);
	state = disabling(e.authenticator.id, id);
	test_is(st, sek_store_self_state(st, &state), SEK_ERR_REFUSED);
	ck_assert_uint_eq(self(st, "alice", 1000)->nauthenticators, 2);
	c = test_records(st, "disable", "alice");
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "reason=contractor"));
	/* The proof is not spent; as one of the office's own he may. */
	p.contractor = 0;
	test_ok(st, sek_store_person_edit(st, &p, NULL));
	test_ok(st, sek_store_self_state(st, &state));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(self_is_told_to_its_uid_alone)
{
	struct sek_store *st = test_open();
	const struct sek_self_out *seen;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_TOTP);
	(void)test_enrol(st, "bob", SEK_METHOD_TOTP);
	prove(st, id);				/* binds the uid */
	seen = self(st, "alice", 1000);
	ck_assert_str_eq(seen->user.account.name, "alice");
	ck_assert_uint_eq(seen->nauthenticators, 1);
	ck_assert_str_eq(seen->authenticator[0].person, "p-alice");
	seen = self(st, "alice", 1001);
	ck_assert_str_eq(seen->user.account.name, "");
	ck_assert_str_eq(seen->user.account.person, "");
	ck_assert_uint_eq(seen->nauthenticators, 0);
	seen = self(st, "nobody-here", 1000);
	ck_assert_str_eq(seen->user.account.name, "");
	sek_store_free(&st);
}
END_TEST

/* Of each string in it, the last byte and all before it. */
static void
unended(enum sek_op op, const void *good, size_t size, size_t at, size_t n)
{
	static char bytes[SEK_FRAME_MAX];

	memcpy(bytes, good, size);
	ck_assert_int_eq(sek_frame_check_in(op, bytes), SEK_OK);
	memset(bytes + at, 'x', n);
	ck_assert_int_eq(sek_frame_check_in(op, bytes), SEK_ERR_SYNTAX);
}
#define UNENDED(op, good, member) \
	unended((op), &(good), sizeof(good), \
	    (size_t)((char *)(good).member - (char *)&(good)), \
	    sizeof((good).member))

START_TEST(unended_strings_are_refused)
{
	struct sek_take_proof take = taking("00", 1000);
	struct sek_self_state off = disabling("00", "11");
	static struct sek_self_enrol in;
	struct sek_self me = { .who = test_who("alice"),
	    .limits = test_limits(5) };

	new_key(&in, 1, "11");
	UNENDED(SEK_OP_TAKE_PROOF, take, id);
	UNENDED(SEK_OP_TAKE_PROOF, take, service);
	UNENDED(SEK_OP_SELF, me, who.name);
	UNENDED(SEK_OP_SELF, me, who.service);
	UNENDED(SEK_OP_SELF, me, who.tty);
	UNENDED(SEK_OP_SELF, me, who.rhost);
	UNENDED(SEK_OP_SELF, me, who.caller_name);
	UNENDED(SEK_OP_SELF_STATE, off, id);
	UNENDED(SEK_OP_SELF_STATE, off, who.account);
	UNENDED(SEK_OP_SELF_STATE, off, who.proof);
	UNENDED(SEK_OP_SELF_ENROL, in, who.account);
	UNENDED(SEK_OP_SELF_ENROL, in, who.proof);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.account.name);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.account.person);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.account.reason);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.account.last_tty);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.account.last_rhost);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.account.last_service);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.person.id);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.person.name);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.person.section);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.authenticator.id);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.authenticator.person);
	UNENDED(SEK_OP_SELF_ENROL, in, enrol.authenticator.label);
}
END_TEST

#define OUT_OF_RANGE(op, good, member, value) do { \
	static __typeof__(good) bad_; \
	bad_ = (good); \
	ck_assert_int_eq(sek_frame_check_in((op), &bad_), SEK_OK); \
	bad_.member = (value); \
	ck_assert_int_eq(sek_frame_check_in((op), &bad_), SEK_ERR_RANGE); \
} while (0)

START_TEST(numbers_out_of_range_are_refused)
{
	struct sek_take_proof take = taking("00", 1000);
	struct sek_self_state off = disabling("00", "11");
	static struct sek_self_enrol in;
	struct sek_self me = { .who = test_who("alice"),
	    .limits = test_limits(5) };

	new_key(&in, 1, "11");
	OUT_OF_RANGE(SEK_OP_TAKE_PROOF, take, uid, SEK_UID_NONE);
	OUT_OF_RANGE(SEK_OP_TAKE_PROOF, take, screen, 2);
	OUT_OF_RANGE(SEK_OP_TAKE_PROOF, take, taker.pid, 0);
	OUT_OF_RANGE(SEK_OP_TAKE_PROOF, take, taker.pid, -1);
	OUT_OF_RANGE(SEK_OP_TAKE_PROOF, take, id[0], '\0');
	OUT_OF_RANGE(SEK_OP_SELF, me, who.uid, SEK_UID_NONE);
	OUT_OF_RANGE(SEK_OP_SELF, me, limits.deny, 0);
	OUT_OF_RANGE(SEK_OP_SELF_STATE, off, to, SEK_AUTHENTICATOR_ACTIVE);
	OUT_OF_RANGE(SEK_OP_SELF_STATE, off, to, SEK_AUTHENTICATOR_STATES);
	OUT_OF_RANGE(SEK_OP_SELF_STATE, off, who.uid, SEK_UID_NONE);
	OUT_OF_RANGE(SEK_OP_SELF_STATE, off, who.roles, UINT32_MAX);
	OUT_OF_RANGE(SEK_OP_SELF_STATE, off, who.privileged, 2);
	OUT_OF_RANGE(SEK_OP_SELF_STATE, off, who.process.pid, 0);
	OUT_OF_RANGE(SEK_OP_SELF_STATE, off, who.account[0], '\0');
	OUT_OF_RANGE(SEK_OP_SELF_ENROL, in, enrol.key_len,
	    SEK_OATH_KEY_MAX + 1);
	OUT_OF_RANGE(SEK_OP_SELF_ENROL, in, enrol.key_len, SIZE_MAX);
	OUT_OF_RANGE(SEK_OP_SELF_ENROL, in, enrol.key_len,
	    SEK_OATH_KEY_MIN - 1);
	OUT_OF_RANGE(SEK_OP_SELF_ENROL, in, enrol.authenticator.method,
	    SEK_METHOD_COUNT);
	OUT_OF_RANGE(SEK_OP_SELF_ENROL, in,
	    enrol.authenticator.oath.algorithm, SEK_OATH_ALGORITHMS);
	OUT_OF_RANGE(SEK_OP_SELF_ENROL, in, enrol.proved, 2);
	OUT_OF_RANGE(SEK_OP_SELF_ENROL, in, who.uid, SEK_UID_NONE);
}
END_TEST

static void
new_card(struct sek_self_enrol *in, uint8_t which, const char *proof)
{
	struct sek_card *c = &in->enrol.card;

	memset(in, 0, sizeof(*in));
	in->enrol.authenticator.method = SEK_METHOD_CARD_PIV;
	(void)snprintf(in->enrol.authenticator.label, SEK_LABEL_MAX, "badge");
	c->brief.driver = SEK_CARD_PIV;
	c->brief.algorithm = SEK_CARD_P256;
	c->brief.key = 0x9a;
	c->brief.pin = 1;
	c->brief.not_after = 1893456000;
	c->public_len = 91;
	memset(c->public_key, which, c->public_len);
	c->identity_len = SEK_CARD_IDENTITY_MAX;
	memset(c->identity, which + 1, c->identity_len);
	in->enrol.proved = 1;
	in->who = actor("alice", 1000, proof);
}

START_TEST(his_own_card_is_enrolled_and_another_persons_is_not_named)
{
	struct sek_store *st = test_open();
	static struct sek_self_enrol in;
	static struct sek_enrol e;
	struct sek_self_enrol_out out;
	const struct sek_self_out *own;
	char id[SEK_ID_MAX];

	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	/* Bob's, by the tool. */
	new_card(&in, 1, "");
	e = in.enrol;
	(void)snprintf(e.account.name, SEK_NAME_MAX, "bob");
	(void)snprintf(e.person.id, SEK_NAME_MAX, "p-bob");
	test_ok(st, sek_store_enrol(st, &e, NULL));
	prove(st, id);
	new_card(&in, 1, id);
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(sek_store_why(st), "another person"));
	ck_assert_ptr_null(strstr(sek_store_why(st), "bob"));
	ck_assert_ptr_null(strstr(sek_store_why(st), e.authenticator.id));
	/* Unproved, or out of its bounds. */
	new_card(&in, 5, id);
	in.enrol.proved = 0;
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_REFUSED);
	new_card(&in, 5, id);
	in.enrol.card.brief.key = 0x9c;
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_RANGE);
	new_card(&in, 5, id);
	test_ok(st, sek_store_self_enrol(st, &in, &out));
	ck_assert_str_eq(out.a.person, "p-alice");
	ck_assert_uint_eq(out.a.card.key, 0x9a);
	own = self(st, "alice", 1000);
	ck_assert_uint_eq(own->nauthenticators, 2);
	ck_assert_int_eq(own->authenticator[0].card.not_after +
	    own->authenticator[1].card.not_after, 1893456000);
	prove(st, id);
	new_card(&in, 5, id);
	test_is(st, sek_store_self_enrol(st, &in, &out), SEK_ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(test_records(st, "enrol", "alice").last,
	    "card-piv, proved"));
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store_proof");
	TCase *t = tcase_create("proof");

	tcase_add_checked_fixture(t, setup, test_store_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, taken_proof_opens_no_session_and_serves_no_sudo);
	tcase_add_test(t, admission_taken_by_a_session_is_no_proof);
	tcase_add_test(t, proof_is_taken_once_and_tells_what_the_gate_wrote);
	tcase_add_test(t, proof_is_of_its_process_uid_service_and_two_minutes);
	tcase_add_test(t, dropped_admission_is_no_proof);
	tcase_add_test(t, unlocked_screen_is_recorded);
	tcase_add_test(t, suspended_at_the_prompt_proves_nothing);
	tcase_add_test(t, ended_term_acts_no_more);
	tcase_add_test(t, proof_serves_one_act);
	tcase_add_test(t, proof_serves_one_of_many_at_once);
	tcase_add_test(t,
	    act_wants_the_proof_of_its_process_account_and_two_minutes);
	tcase_add_test(t, one_kind_is_no_proof);
	tcase_add_test(t, own_enrolment_is_of_his_person_and_names_its_proof);
	tcase_add_test(t,
	    refused_enrolment_spends_no_proof_and_keeps_nothing);
	tcase_add_test(t, another_ones_and_none_are_one_answer);
	tcase_add_test(t,
	    own_one_is_disabled_then_removed_and_both_are_recorded);
	tcase_add_test(t, shared_account_shows_and_changes_nobodys);
	tcase_add_test(t,
	    contractor_changes_nothing_of_his_own_privileged_account);
	tcase_add_test(t, self_is_told_to_its_uid_alone);
	tcase_add_test(t, unended_strings_are_refused);
	tcase_add_test(t, numbers_out_of_range_are_refused);
	tcase_add_test(t,
	    his_own_card_is_enrolled_and_another_persons_is_not_named);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
