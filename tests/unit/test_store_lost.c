/*
 * test_store_lost.c - test of a lost authenticator: what it opened goes on to
 * nothing, and whom it let in is told
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sqlite3.h>

#include "store.h"

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

struct told {
	struct sek_lost_session	s[8];
	unsigned		n;
};

static void
tell(void *arg, const struct sek_lost_session *s)
{
	struct told *t = arg;

	ck_assert_uint_lt(t->n, 8);
	t->s[t->n++] = *s;
}

static struct sek_lost
lose(struct sek_store *st, const char *id, struct told *told)
{
	static struct told none;
	struct sek_lost out;

	if (told == NULL)
		told = &none;
	told->n = 0;
	test_ok(st, sek_store_authenticator_lost(st, id, "left on a train",
	    tell, told, NULL, &out));
	return (out);
}

/* A yes of the gate; its id. */
static struct sek_admit_out
admit(struct sek_store *st, const char *name, const char *service,
    const char *authenticator, uint32_t audit_session)
{
	struct sek_admit in;
	struct sek_admit_out out;

	test_admit_fill(&in, name);
	(void)snprintf(in.who.service, sizeof(in.who.service), "%s", service);
	(void)snprintf(in.authenticator[1], SEK_ID_MAX, "%s", authenticator);
	in.nauthenticators = 2;		/* the first is the password: no id */
	in.audit_session = audit_session;
	test_ok(st, sek_store_admit(st, &in, &out));
	return (out);
}

static enum sek_err
open_session(struct sek_store *st, const char *name, const char *service,
    const char *id, uint32_t audit_session)
{
	struct sek_open_session in;
	struct sek_open_session_out out;

	memset(&in, 0, sizeof(in));
	in.who = test_who(name);
	(void)snprintf(in.who.service, sizeof(in.who.service), "%s", service);
	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	in.subject_uid = in.who.uid;
	in.audit_session = audit_session;
	ck_assert_int_eq(sek_process_get(&in.taker, 0), SEK_OK);
	return (sek_store_open_session(st, &in, &out));
}

static void
log_in(struct sek_store *st, const char *name, const char *service,
    const char *authenticator, uint32_t audit_session)
{
	struct sek_admit_out a = admit(st, name, service, authenticator,
	    audit_session);

	test_ok(st, open_session(st, name, service, a.id, audit_session));
}

static bool
sudo_goes_on(struct sek_store *st, uint32_t audit_session)
{
	struct sek_reuse in = { .uid = 1000, .audit_session = audit_session,
	    .max_age = 900 * SEK_SECOND };
	struct sek_admission out;

	test_ok(st, sek_store_reuse(st, &in, &out));
	return (out.id[0] != '\0');
}

static enum sek_err
take(struct sek_store *st, const char *id, const char *service, bool screen)
{
	struct sek_take_proof in = { .uid = 1000, .screen = screen };
	struct sek_admission a;

	(void)snprintf(in.id, sizeof(in.id), "%s", id);
	(void)snprintf(in.service, sizeof(in.service), "%s", service);
	ck_assert_int_eq(sek_process_get(&in.taker, 0), SEK_OK);
	return (sek_store_take_proof(st, &in, &a));
}

/* Two tokens of alice's. */
static char a_token[SEK_ID_MAX], b_token[SEK_ID_MAX];

static struct sek_store *
two_tokens(void)
{
	struct sek_store *st = test_open();

	(void)snprintf(a_token, sizeof(a_token), "%s",
	    test_enrol(st, "alice", SEK_METHOD_TOTP));
	(void)snprintf(b_token, sizeof(b_token), "%s",
	    test_enrol(st, "alice", SEK_METHOD_HOTP));
	return (st);
}

START_TEST(lost_one_is_suspect_and_recorded)
{
	struct sek_store *st = two_tokens();
	static struct sek_lookup_out found;
	static struct test_count c;
	struct sek_lost out = lose(st, b_token, NULL);

	ck_assert_uint_eq(out.a.state, SEK_AUTHENTICATOR_SUSPECT);
	ck_assert_str_eq(out.account, "alice");
	ck_assert_uint_eq(out.left, 1);
	ck_assert_uint_eq(out.unread, 0);
	test_lookup(st, "alice", &found);
	ck_assert_uint_eq(found.nauthenticators, 1);
	ck_assert_str_eq(found.authenticator[0].id, a_token);
	c = test_records(st, "lost", NULL);
	ck_assert_uint_eq(c.records, 1);
	ck_assert_ptr_nonnull(strstr(c.last, "left on a train"));
	ck_assert_ptr_nonnull(strstr(c.last, b_token));
	ck_assert_ptr_nonnull(strstr(c.last, "alice"));
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(its_code_is_wrong_from_now_on)
{
	struct sek_store *st = two_tokens();

	(void)lose(st, a_token, NULL);
	(void)lose(st, b_token, NULL);
	ck_assert_uint_eq(test_consume(st, "alice", 9, test_hotp(0)).verdict,
	    SEK_OATH_WRONG);
	ck_assert_uint_eq(test_consume(st, "alice", 9, test_totp()).verdict,
	    SEK_OATH_WRONG);
	sek_store_free(&st);
}
END_TEST

START_TEST(found_one_opens_again)
{
	struct sek_store *st = two_tokens();
	struct sek_lost out;

	(void)lose(st, b_token, NULL);
	test_ok(st, sek_store_authenticator_found(st, b_token, "in a drawer",
	    NULL, &out));
	ck_assert_uint_eq(out.a.state, SEK_AUTHENTICATOR_ACTIVE);
	ck_assert_uint_eq(test_consume(st, "alice", 9, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	ck_assert_uint_eq(test_records(st, "found", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(found_opens_only_what_was_lost)
{
	struct sek_store *st = two_tokens();
	struct sek_lost out;

	test_is(st, sek_store_authenticator_found(st, b_token, "x", NULL,
	    &out), SEK_ERR_REFUSED);
	test_ok(st, sek_store_authenticator_state(st, b_token,
	    SEK_AUTHENTICATOR_DISABLED, NULL));
	test_is(st, sek_store_authenticator_found(st, b_token, "x", NULL,
	    &out), SEK_ERR_REFUSED);
	/* What was shut for another reason stays so. */
	out = lose(st, b_token, NULL);
	ck_assert_uint_eq(out.a.state, SEK_AUTHENTICATOR_DISABLED);
	test_is(st, sek_store_authenticator_found(st, b_token, "x", NULL,
	    &out), SEK_ERR_REFUSED);
	test_ok(st, sek_store_authenticator_state(st, b_token,
	    SEK_AUTHENTICATOR_REMOVED, NULL));
	test_is(st, sek_store_authenticator_found(st, b_token, "x", NULL,
	    &out), SEK_ERR_NOT_FOUND);
	ck_assert_uint_eq(test_records(st, "found", NULL).records, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(unknown_id_is_not_found_and_leaves_nothing)
{
	struct sek_store *st = two_tokens();
	static struct told told;
	struct sek_lost out;

	test_is(st, sek_store_authenticator_lost(st, "00000000", "x", tell,
	    &told, NULL, &out), SEK_ERR_NOT_FOUND);
	test_is(st, sek_store_authenticator_found(st, "00000000", "x", NULL,
	    &out), SEK_ERR_NOT_FOUND);
	ck_assert_uint_eq(test_records(st, "lost", NULL).records, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(only_what_it_opened_is_told)
{
	struct sek_store *st = two_tokens();
	static struct told told;

	log_in(st, "alice", "sshd", a_token, 11);
	log_in(st, "alice", "login", b_token, 12);
	log_in(st, "alice", "sudo", b_token, 13);
	(void)lose(st, b_token, &told);
	ck_assert_uint_eq(told.n, 2);
	ck_assert_uint_eq(told.s[0].audit_session +
	    told.s[1].audit_session, 25);
	ck_assert_str_eq(told.s[0].a.account, "alice");
	ck_assert_uint_eq(told.s[0].screen, 0);
	ck_assert_int_eq(told.s[0].gate.pid, getpid());
	/* Asked again, the same is told: what was not ended can be. */
	(void)lose(st, b_token, &told);
	ck_assert_uint_eq(told.n, 2);
	sek_store_free(&st);
}
END_TEST

START_TEST(an_unlocked_screen_is_told_with_its_session)
{
	struct sek_store *st = two_tokens();
	struct sek_admit_out a;
	static struct told told;

	a = admit(st, "alice", "sekisho-locker", b_token, 21);
	test_ok(st, take(st, a.id, "sekisho-locker", true));
	ck_assert(!sudo_goes_on(st, 21));
	a = admit(st, "alice", "sekisho-locker", b_token, UINT32_MAX);
	test_ok(st, take(st, a.id, "sekisho-locker", true));
	ck_assert(!sudo_goes_on(st, 0));
	(void)lose(st, b_token, &told);
	ck_assert_uint_eq(told.n, 2);
	ck_assert_uint_eq(told.s[0].screen & told.s[1].screen, 1);
	ck_assert(told.s[0].audit_session == 21 ||
	    told.s[1].audit_session == 21);
	ck_assert(told.s[0].audit_session == UINT32_MAX ||
	    told.s[1].audit_session == UINT32_MAX);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_proof_at_anothers_prompt_is_no_session_of_his)
{
	struct sek_store *st = two_tokens();
	struct sek_admit_out a;
	static struct told told;

	a = admit(st, "alice", "sekisho-witness", b_token, 31);
	(void)admit(st, "alice", "sekisho-witness", b_token, 32);
	test_ok(st, take(st, a.id, "sekisho-witness", false));
	(void)lose(st, b_token, &told);
	ck_assert_uint_eq(told.n, 0);
	sek_store_free(&st);
}
END_TEST

START_TEST(sudo_goes_on_by_the_other_one_only)
{
	struct sek_store *st = two_tokens();

	log_in(st, "alice", "sshd", a_token, 11);
	log_in(st, "alice", "sshd", b_token, 12);
	/* A session of both: by the older one, which stands. */
	log_in(st, "alice", "sudo", b_token, 11);
	ck_assert(sudo_goes_on(st, 11) && sudo_goes_on(st, 12));
	(void)lose(st, b_token, NULL);
	ck_assert(sudo_goes_on(st, 11));
	ck_assert(!sudo_goes_on(st, 12));
	sek_store_free(&st);
}
END_TEST

START_TEST(sudo_goes_on_by_none_that_was_shut_otherwise)
{
	struct sek_store *st = two_tokens();

	log_in(st, "alice", "sshd", b_token, 12);
	test_ok(st, sek_store_authenticator_state(st, b_token, _i == 0 ?
	    SEK_AUTHENTICATOR_DISABLED : SEK_AUTHENTICATOR_REMOVED, NULL));
	ck_assert(!sudo_goes_on(st, 12));
	sek_store_free(&st);
}
END_TEST

/* Whoever is at the prompt, at the gate, or between gate and session. */
START_TEST(a_login_under_way_ends_at_its_next_step)
{
	struct sek_store *st = two_tokens();
	struct sek_admit in;
	struct sek_admit_out out;
	struct sek_consume ask;
	struct sek_consume_out answer;
	char slot[SEK_ID_MAX];

	if (_i == 0) {
		ck_assert_int_eq(test_reserve(st, "alice", 9, slot),
		    SEK_SLOT_GRANTED);
		(void)lose(st, b_token, NULL);
		test_consume_fill(&ask, "alice", 9, slot, test_hotp(0));
		test_ok(st, sek_store_consume(st, &ask, &answer));
		ck_assert_uint_eq(answer.verdict, SEK_OATH_WRONG);
	} else if (_i == 1) {
		ck_assert_uint_eq(test_consume(st, "alice", 9,
		    test_hotp(0)).verdict, SEK_OATH_OK);
		(void)lose(st, b_token, NULL);
		test_admit_fill(&in, "alice");
		(void)snprintf(in.authenticator[0], SEK_ID_MAX, "%s",
		    b_token);
		in.nauthenticators = 1;
		test_is(st, sek_store_admit(st, &in, &out), SEK_ERR_REFUSED);
	} else {
		out = admit(st, "alice", "sshd", b_token, UINT32_MAX);
		(void)lose(st, b_token, NULL);
		test_is(st, open_session(st, "alice", "sshd", out.id, 12),
		    SEK_ERR_REFUSED);
		ck_assert(!sudo_goes_on(st, 12));
		ck_assert_uint_eq(test_records(st, "login", NULL).records, 0);
	}
	sek_store_free(&st);
}
END_TEST

START_TEST(a_proof_under_way_serves_no_act)
{
	struct sek_store *st = two_tokens();
	struct sek_self_state act = { .to = SEK_AUTHENTICATOR_DISABLED };
	struct sek_admit_out a;

	a = admit(st, "alice", "sekisho-helper", b_token, 12);
	if (_i == 1)
		test_ok(st, take(st, a.id, "sekisho-helper", false));
	(void)lose(st, b_token, NULL);
	if (_i == 0) {
		test_is(st, take(st, a.id, "sekisho-helper", false),
		    SEK_ERR_REFUSED);
		sek_store_free(&st);
		return;
	}
	act.who.uid = 1000;
	act.who.audit_session = 12;
	(void)snprintf(act.who.account, sizeof(act.who.account), "alice");
	(void)snprintf(act.who.proof, sizeof(act.who.proof), "%s", a.id);
	(void)snprintf(act.id, sizeof(act.id), "%s", a_token);
	ck_assert_int_eq(sek_process_get(&act.who.process, 0), SEK_OK);
	test_is(st, sek_store_self_state(st, &act), SEK_ERR_REFUSED);
	ck_assert_uint_eq(lose(st, b_token, NULL).left, 1);
	sek_store_free(&st);
}
END_TEST

/* Logins by it all the while: each that has a session is told, or refused. */
START_TEST(no_session_slips_through_beside_it)
{
	struct sek_store *st = two_tokens();
	struct sek_admit_out a;
	static struct told told;
	enum sek_err err;
	pid_t pid[6];
	int i, status, opened = 0;

	sek_store_close(st);
	for (i = 0; i < 6; i++)
		if ((pid[i] = test_fork()) == 0) {
			st = test_open();
			a = admit(st, "alice", "sshd", b_token, UINT32_MAX);
			/* Some before, some after. */
			(void)usleep((useconds_t)(i * 3000));
			err = open_session(st, "alice", "sshd", a.id,
			    (uint32_t)(100 + i));
			_exit(err == SEK_OK ? 0 : err == SEK_ERR_REFUSED ? 3 :
			    4);
		}
	/* All of them are past the gate. */
	while (test_records(st, "admit", NULL).records < 6)
		(void)usleep(500);
	(void)lose(st, b_token, &told);
	for (i = 0; i < 6; i++) {
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
		ck_assert(WIFEXITED(status));
		ck_assert_int_ne(WEXITSTATUS(status), 4);
		opened += WEXITSTATUS(status) == 0;
	}
	ck_assert_int_eq((int)told.n, opened);
	ck_assert_uint_eq(test_records(st, "login", NULL).records,
	    (unsigned)opened);
	sek_store_free(&st);
}
END_TEST

static void
tamper(const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(test_config.path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
}

START_TEST(a_damaged_admission_keeps_no_lost_one_open)
{
	struct sek_store *st = two_tokens();
	static struct told told;
	struct sek_lost out;

	log_in(st, "alice", "sshd", b_token, 11);
	log_in(st, "alice", "sshd", b_token, 12);
	sek_store_close(st);
	tamper("UPDATE admission SET mac=zeroblob(32) WHERE "
	    "id=(SELECT min(id) FROM admission)");
	out = lose(st, b_token, &told);
	ck_assert_uint_eq(out.unread, 1);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_uint_eq(out.a.state, SEK_AUTHENTICATOR_SUSPECT);
	ck_assert_uint_eq(test_records(st, "tampered", NULL).records, 1);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_damaged_authenticator_is_told_and_what_it_opened_too)
{
	struct sek_store *st = two_tokens();
	static struct told told;
	struct sek_lost out;
	char sql[256];

	log_in(st, "alice", "sshd", b_token, 11);
	sek_store_close(st);
	(void)snprintf(sql, sizeof(sql), "UPDATE authenticator SET "
	    "mac=zeroblob(32) WHERE id='%s'", b_token);
	tamper(sql);
	out = lose(st, b_token, &told);
	ck_assert_uint_eq(out.tampered, 1);
	ck_assert_uint_eq(told.n, 1);
	ck_assert_uint_eq(test_records(st, "tampered", NULL).records, 1);
	test_is(st, sek_store_authenticator_found(st, b_token, "x", NULL,
	    &out), SEK_ERR_TAMPERED);
	sek_store_free(&st);
}
END_TEST

START_TEST(a_session_of_days_is_still_known)
{
	struct sek_store *st = two_tokens();
	struct sek_close_session end;
	static struct told told;
	int i;

	log_in(st, "alice", "sshd", b_token, 11);
	log_in(st, "alice", "sshd", b_token, 12);
	memset(&end, 0, sizeof(end));
	end.who = test_who("alice");
	(void)snprintf(end.who.service, sizeof(end.who.service), "sshd");
	/* The newest of this service is over. */
	test_ok(st, sek_store_close_session(st, &end));
	later = 5 * SEK_DAY;
	/* Enough records that old rows are looked for. */
	for (i = 0; i < 70; i++)
		(void)admit(st, "alice", "login", a_token, 50);
	(void)lose(st, b_token, &told);
	ck_assert_uint_eq(told.n, 1);
	sek_store_free(&st);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store_lost");
	TCase *t = tcase_create("lost");

	tcase_add_checked_fixture(t, setup, test_store_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, lost_one_is_suspect_and_recorded);
	tcase_add_test(t, its_code_is_wrong_from_now_on);
	tcase_add_test(t, found_one_opens_again);
	tcase_add_test(t, found_opens_only_what_was_lost);
	tcase_add_test(t, unknown_id_is_not_found_and_leaves_nothing);
	tcase_add_test(t, only_what_it_opened_is_told);
	tcase_add_test(t, an_unlocked_screen_is_told_with_its_session);
	tcase_add_test(t, a_proof_at_anothers_prompt_is_no_session_of_his);
	tcase_add_test(t, sudo_goes_on_by_the_other_one_only);
	tcase_add_loop_test(t, sudo_goes_on_by_none_that_was_shut_otherwise,
	    0, 2);
	tcase_add_loop_test(t, a_login_under_way_ends_at_its_next_step, 0, 3);
	tcase_add_loop_test(t, a_proof_under_way_serves_no_act, 0, 2);
	tcase_add_test(t, no_session_slips_through_beside_it);
	tcase_add_test(t, a_damaged_admission_keeps_no_lost_one_open);
	tcase_add_test(t,
	    a_damaged_authenticator_is_told_and_what_it_opened_too);
	tcase_add_test(t, a_session_of_days_is_still_known);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{
	return (test_main(suite));
}
