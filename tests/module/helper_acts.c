/*
 * helper_acts.c - what people do for themselves by sekisho-helper: see, enrol,
 * remove, ask, decide
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/wait.h>

#include <string.h>

#include "sekisho/edge/helper.h"
#include "sekisho/model/ticket.h"
#include "sekisho/rule/approval.h"
#include "tests/module/caller.h"

/* ------------------------------------------------------------ of himself */

START_TEST(he_sees_himself_and_is_asked_nothing)
{

	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_str_eq(c->self.account, "alice");
	ck_assert_uint_eq(c->self.nauthenticators, 1);
	ck_assert_uint_eq(c->self.authenticator[0].method, SEK_METHOD_HOTP);
	ck_assert_uint_eq(c->self.roles, 0);
	call_is(NEWBIE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_str_eq(c->self.account, "newbie");
	ck_assert_str_eq(c->self.user.account.name, "");
	ck_assert_uint_eq(c->self.nauthenticators, 0);
	/* A uid without an account is nobody's. */
	call_is(4242, SEK_HELPER_SHOW, NULL, 0, SEK_ERR_NOT_FOUND);
}
END_TEST

/* After a round that failed: he would know that the password was right. */
START_TEST(what_he_sees_tells_not_which_factor_was_wrong)
{
	static struct sek_helper_self before;

	types("alice", 0);
	c->answer[0] = "wrong";
	call_is(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	before = c->self;
	types("alice", 0);
	c->answer[1] = world_wrong_code("alice");
	call_is(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.user.lock.failures, 2);
	ck_assert_mem_eq(c->self.authenticator, before.authenticator,
	    sizeof(before.authenticator));
	/* Half right: of a code too far ahead, the counter after it is kept. */
	types("alice", 50);
	call_is(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_mem_eq(c->self.authenticator, before.authenticator,
	    sizeof(before.authenticator));
	ck_assert_uint_eq(c->self.authenticator[0].failures,
	    SEK_FAILURES_UNTOLD);
}
END_TEST

/* Of root, for whom the login uid stands; the kernel may have none. */
START_TEST(root_is_who_logged_in_or_nobody)
{
	static const char file[] = "/proc/self/loginuid";
	const struct sek_helper_talk talk = { ask, tell, data, NULL };
	FILE *f;
	pid_t pid;

	if ((pid = fork()) == 0) {
		if ((f = fopen(file, "w")) != NULL) {
			(void)fprintf(f, "%u", ALICE_UID);
			(void)fclose(f);
		}
		c->err = sek_helper_call(SEK_HELPER_SHOW, NULL, 0, &talk,
		    &c->why);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	if (c->err == SEK_OK)
		ck_assert_str_eq(c->self.account, "alice");
	else
		ck_assert_int_eq(c->err, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
}
END_TEST

START_TEST(who_proved_himself_enrols_another_token)
{

	types("alice", 0);
	c->knows_key = true;
	call_is(ALICE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp), SEK_OK);
	ck_assert_int_eq(c->asked, 3);
	ck_assert_int_eq(c->asked_before_data, 2);
	ck_assert_int_eq(strncmp(c->key.uri, "otpauth://totp/Sekisho:alice?",
	    29), 0);
	ck_assert_str_eq(c->enrolled.label, "telephone");
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.nauthenticators, 2);
	ck_assert_str_eq(world_newest(SEK_EVENT_ENROL, SEK_FIELD_SUBJECT),
	    "alice");
	ck_assert_str_ne(world_newest(SEK_EVENT_ENROL, SEK_FIELD_REF), "");
	/* The same label names one only. */
	types("alice", 1);
	call_is(ALICE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp),
	    SEK_ERR_EXISTS);
	ck_assert_int_eq(c->asked, 0);
	world_check_store();
}
END_TEST

START_TEST(without_both_kinds_nothing_is_enrolled)
{

	types("alice", 0);
	c->answer[1] = world_wrong_code("alice");
	c->knows_key = true;
	call_is(ALICE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(c->nsent, 0);
	ck_assert_str_eq(c->why.text, "");
	ck_assert_uint_eq(world_failures("alice"), 1);
	/* Right, and then three wrong codes of the new one. */
	types("alice", 0);
	c->answer[2] = c->answer[3] = c->answer[4] = "000000";
	call_is(ALICE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 5);
	ck_assert_ptr_nonnull(strstr(c->why.text, "Nothing is enrolled"));
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.nauthenticators, 1);
}
END_TEST

START_TEST(who_cannot_prove_himself_is_told_so_before_he_types)
{

	types("alice", 0);
	call_is(NEWBIE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "administrator"));
}
END_TEST

START_TEST(his_last_token_goes_only_when_he_says_so)
{
	struct sek_helper_state s = { .to = SEK_AUTHENTICATOR_REMOVED };

	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	memcpy(s.id, c->self.authenticator[0].id, sizeof(s.id));
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_STATE, &s, sizeof(s), SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	s.even_last = 1;
	call_is(ALICE_UID, SEK_HELPER_STATE, &s, sizeof(s), SEK_OK);
	ck_assert_int_eq(c->asked, 2);
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.nauthenticators, 0);
}
END_TEST

START_TEST(anothers_token_is_not_there)
{
	struct sek_helper_state s = { .to = SEK_AUTHENTICATOR_REMOVED,
	    .even_last = 1 };

	(void)world_hotp("bob");
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	memcpy(s.id, c->self.authenticator[0].id, sizeof(s.id));
	types("bob", 0);
	call_is(BOB_UID, SEK_HELPER_STATE, &s, sizeof(s), SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(c->asked, 0);
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.nauthenticators, 1);
}
END_TEST

/* ------------------------------------------------------------- approvals */

START_TEST(one_asks_and_another_decides)
{
	const struct sek_helper_approvals all = { .open_only = 1 };
	char id[SEK_ID_MAX];

	offices();
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	ck_assert_int_eq(c->asked, 2);
	ck_assert_int_eq(c->nsent, 1);
	ck_assert_uint_eq(c->approval[0].a.state, SEK_APPROVAL_ASKED);
	ck_assert_uint_eq(c->approval[0].a.asked.proven, 1);
	memcpy(id, c->approval[0].a.id, sizeof(id));
	/* Not she herself; and nobody is asked for nothing. */
	decide_as(ALICE_UID, "alice", 1, id, SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text,
	    sek_approval_no_name(SEK_NO_SAME_PERSON));
	ck_assert_int_eq(c->asked, 0);
	/* Whom it does not concern sees nothing. */
	call_is(CAROL_UID, SEK_HELPER_APPROVALS, &all, sizeof(all), SEK_OK);
	ck_assert_int_eq(c->nsent, 0);
	decide_as(CAROL_UID, "carol", 0, id, SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(c->asked, 0);
	/* Whose office it is sees it before he signs. */
	call_is(BOB_UID, SEK_HELPER_APPROVALS, &all, sizeof(all), SEK_OK);
	ck_assert_int_eq(c->nsent, 1);
	decide_as(BOB_UID, "bob", 0, id, SEK_OK);
	ck_assert_int_eq(c->asked, 2);
	ck_assert_int_eq(c->nsent, 2);
	ck_assert_int_eq(c->asked_before_data, 0);
	ck_assert_uint_eq(c->approval[1].a.state, SEK_APPROVAL_GIVEN);
	ck_assert_uint_eq(c->approval[1].in_force, 1);
	ck_assert_str_eq(c->approval[1].a.decided.account, "bob");
	/* Once. */
	decide_as(BOB_UID, "bob", 1, id, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	world_check_store();
}
END_TEST

START_TEST(what_was_not_proved_is_not_decided)
{
	struct sek_helper_decide d = { .what = SEK_ACT_GIVE };
	char id[SEK_ID_MAX];

	offices();
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	memcpy(id, c->approval[0].a.id, sizeof(id));
	memcpy(d.id, id, sizeof(d.id));
	types("bob", 0);
	c->answer[1] = NULL;
	call_is(BOB_UID, SEK_HELPER_DECIDE, &d, sizeof(d), SEK_ERR_CONV);
	call_is(BOB_UID, SEK_HELPER_APPROVALS,
	    &(struct sek_helper_approvals){ .kind = 0 },
	    sizeof(struct sek_helper_approvals), SEK_OK);
	ck_assert_uint_eq(c->approval[0].a.state, SEK_APPROVAL_ASKED);
}
END_TEST

START_TEST(what_cannot_be_asked_is_not_proved_for)
{

	offices();
	(void)snprintf(wish.a.key, sizeof(wish.a.key), "message.contact");
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text, sek_approval_no_name(SEK_NO_KEY));
	ck_assert_int_eq(c->asked, 0);
	make_wish();
	wish.a.reason[0] = '\0';
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text, sek_approval_no_name(SEK_NO_REASON));
	make_wish();
	wish.unavoidable = 1;
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text, sek_approval_no_name(
	    SEK_NO_PRIVILEGE));
	ck_assert_int_eq(c->asked, 0);
}
END_TEST

/* What is asked for somebody who has no second factor yet. */
static void
make_ticket(enum sek_purpose purpose, const char *user)
{

	memset(&wish, 0, sizeof(wish));
	wish.a.kind = SEK_APPROVAL_TICKET;
	(void)snprintf(wish.a.key, sizeof(wish.a.key), "%s",
	    sek_purpose_name(purpose));
	(void)snprintf(wish.a.value, sizeof(wish.a.value),
	    SEK_TICKET_BY_CODE);
	(void)snprintf(wish.a.users, sizeof(wish.a.users), "%s", user);
	(void)snprintf(wish.a.reason, sizeof(wish.a.reason), "first day");
	wish.a.uses_max = purpose == SEK_PURPOSE_ENROL ? 2 : 1;
}

START_TEST(the_code_of_a_ticket_goes_to_who_asked_once)
{
	const struct sek_helper_approvals all = { .open_only = 1 };
	struct sek_moment now;
	char id[SEK_ID_MAX];

	offices();
	make_ticket(SEK_PURPOSE_ENROL, "newbie");
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	ck_assert_int_eq(c->asked, 2);
	ck_assert_int_eq(c->ncodes, 1);
	ck_assert_uint_eq(strspn(c->code.code, "0123456789"),
	    SEK_TICKET_DIGITS);
	ck_assert_uint_eq(c->approval[0].a.state, SEK_APPROVAL_ASKED);
	ck_assert_uint_eq(c->approval[0].a.kind, SEK_APPROVAL_TICKET);
	/* Until when is the policy's to say. */
	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	ck_assert_int_gt(c->approval[0].a.not_after, now.wall);
	ck_assert_int_le(c->approval[0].a.not_after, now.wall +
	    14 * SEK_DAY);
	memcpy(id, c->approval[0].a.id, sizeof(id));
	/* Whom it is for, who asked and who decides see it, without a code. */
	call_is(NEWBIE_UID, SEK_HELPER_APPROVALS, &all, sizeof(all), SEK_OK);
	ck_assert_int_eq(c->nsent, 1);
	ck_assert_int_eq(c->ncodes, 0);
	call_is(CAROL_UID, SEK_HELPER_APPROVALS, &all, sizeof(all), SEK_OK);
	ck_assert_int_eq(c->nsent, 0);
	decide_as(ALICE_UID, "alice", 1, id, SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text,
	    sek_approval_no_name(SEK_NO_SAME_PERSON));
	decide_as(BOB_UID, "bob", 0, id, SEK_OK);
	ck_assert_int_eq(c->ncodes, 0);
	ck_assert_uint_eq(c->approval[1].a.state, SEK_APPROVAL_GIVEN);
	ck_assert_uint_eq(c->approval[1].in_force, 1);
	ck_assert_uint_eq(c->approval[1].overdue, 0);
	world_check_store();
}
END_TEST

START_TEST(a_ticket_that_cannot_be_is_not_proved_for)
{

	offices();
	types("alice", 0);
	make_ticket(SEK_PURPOSE_SUBSTITUTE, "carol");
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text,
	    sek_approval_no_name(SEK_NO_SUBSTITUTE));
	ck_assert_int_eq(c->asked, 0);
	make_ticket(SEK_PURPOSE_ENROL, "nobody-such");
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text, sek_approval_no_name(SEK_NO_UNFIT));
	make_ticket(SEK_PURPOSE_ENROL, "root");
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text, sek_approval_no_name(SEK_NO_UNFIT));
	/* Not at the prompt of who asks. */
	make_ticket(SEK_PURPOSE_ENROL, "newbie");
	(void)snprintf(wish.witness, sizeof(wish.witness), "bob");
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text, sek_approval_no_name(SEK_NO_PURPOSE));
	ck_assert_int_eq(c->asked, 0);
	ck_assert_int_eq(c->ncodes, 0);
}
END_TEST

START_TEST(a_witness_decides_at_the_same_prompt)
{

	offices();
	types("alice", 0);
	c->answer[2] = PASSWORD;
	c->answer[3] = world_hotp_code("bob", 0);
	(void)snprintf(wish.witness, sizeof(wish.witness), "bob");
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	ck_assert_int_eq(c->asked, 4);
	ck_assert_uint_eq(c->approval[0].a.state, SEK_APPROVAL_GIVEN);
	ck_assert_str_eq(c->approval[0].a.decided.account, "bob");
	ck_assert_uint_eq(world_records(SEK_EVENT_WITNESS, SEK_REASON_NONE),
	    1);
}
END_TEST

static bool
was_said(const char *text)
{
	int i;

	for (i = 0; i < c->nsaid; i++)
		if (strstr(c->said[i], text) != NULL)
			return (true);
	return (false);
}

/* Else he signs for everybody what was read to him as for one. */
START_TEST(a_witness_hears_whom_it_reaches_and_how_long)
{

	offices();
	(void)snprintf(wish.witness, sizeof(wish.witness), "bob");
	wish.a.users[0] = wish.a.terminals[0] = '\0';
	types("alice", 0);
	c->answer[2] = NULL;
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_ERR_CONV);
	ck_assert(was_said("It is for all users."));
	ck_assert(was_said("It is for all terminals."));
	(void)snprintf(wish.a.users, sizeof(wish.a.users), "carol,dave");
	(void)snprintf(wish.a.terminals, sizeof(wish.a.terminals), "t1");
	/* The whole reason, too, as long as one may be. */
	(void)snprintf(wish.a.reason, sizeof(wish.a.reason), "%0*d the end",
	    (int)(sizeof(wish.a.reason) - sizeof(" the end")), 1);
	types("alice", 1);
	c->answer[2] = NULL;
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_ERR_CONV);
	ck_assert(was_said("carol"));
	ck_assert(was_said("t1"));
	ck_assert(was_said("and ends 20"));
	ck_assert(was_said(" the end"));
	ck_assert(!was_said("all users"));
}
END_TEST

START_TEST(she_is_not_her_own_witness)
{

	offices();
	types("alice", 0);
	c->answer[2] = PASSWORD;
	c->answer[3] = world_hotp_code("alice", 1);
	(void)snprintf(wish.witness, sizeof(wish.witness), "arisu");
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN,
	    SEK_REASON_NONE), 0);
	(void)snprintf(wish.witness, sizeof(wish.witness), "carol");
	types("alice", 1);
	c->answer[2] = PASSWORD;
	c->answer[3] = world_hotp_code("carol", 0);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN,
	    SEK_REASON_NONE), 0);
	world_check_store();
}
END_TEST

/* After an upgrade, before an administrator migrated the store: what a person
 * does for himself goes on, approvals say what is to be run. */
START_TEST(a_store_of_before_says_so_before_any_proof)
{
	char id[SEK_ID_MAX];

	offices();
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	memcpy(id, c->approval[0].a.id, sizeof(id));
	world_sql("DROP TABLE request; DROP TABLE ticket; "
	    "DROP TABLE security_key; DROP TABLE card; "
	    "DROP TABLE biometric; "
	    "DROP TABLE password; DROP TABLE woken; PRAGMA user_version=1001");
	types("alice", 1);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_STORE_OLDER);
	ck_assert_ptr_nonnull(strstr(c->why.text, "sekisho store migrate"));
	ck_assert_int_eq(c->asked, 0);
	decide_as(BOB_UID, "bob", 0, id, SEK_ERR_STORE_OLDER);
	ck_assert_ptr_nonnull(strstr(c->why.text, "sekisho store migrate"));
	ck_assert_int_eq(c->asked, 0);
	call_is(BOB_UID, SEK_HELPER_APPROVALS,
	    &(struct sek_helper_approvals){ .kind = 0 },
	    sizeof(struct sek_helper_approvals), SEK_OK);
	ck_assert_int_eq(c->nsent, 0);
	types("alice", 1);
	c->knows_key = true;
	call_is(ALICE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp), SEK_OK);
	types("alice", 2);
	call_is(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_OK);
	world_check_store();
}
END_TEST

/* ------------------------------------------------------------- full disk */

static void
small_disk(void)
{
	char policy[512];

	ck_assert_int_eq(mkdir(world_path("small"), 0700), 0);
	ck_assert_int_eq(mount("small", world_path("small"), "tmpfs",
	    MS_NOSUID | MS_NODEV, "size=24m,mode=0700"), 0);
	world_append(world_path("etc/group"), "offices:x:60:bob\n");
	(void)snprintf(policy, sizeof(policy), "[terminal]\n"
	    "allow_remote = yes\n[roles]\nciso = offices\n[store]\n"
	    "path = %s\n", world_path("small/store.db"));
	world_policy(policy);
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	world_init();
	(void)world_hotp("alice");
	(void)world_hotp("bob");
	make_wish();
}

static void
fill_up(void)
{
	static const char block[4096] = "x";
	FILE *f = fopen(world_path("small/filler"), "ae");

	ck_assert_ptr_ne(f, NULL);
	(void)setvbuf(f, NULL, _IONBF, 0);
	while (fwrite(block, sizeof(block), 1, f) == 1)
		continue;
	clearerr(f);
	while (fwrite(block, 1, 1, f) == 1)
		continue;
	(void)fclose(f);
}

/* An approver is no administrator, but what he decides is recorded out of the
 * reserve; who only works here waits until there is room. */
START_TEST(on_a_full_disk_who_decides_proves_himself_and_decides)
{
	char id[SEK_ID_MAX];
	uint64_t n;

	small_disk();
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	memcpy(id, c->approval[0].a.id, sizeof(id));
	fill_up();
	/* Until what is kept for everybody is used up. */
	for (n = 1; n < 200; n++) {
		types("alice", n);
		if (call(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0) != SEK_OK)
			break;
		fill_up();
	}
	ck_assert_uint_lt(n, 200);
	decide_as(BOB_UID, "bob", 0, id, SEK_OK);
	ck_assert_uint_eq(c->approval[1].a.state, SEK_APPROVAL_GIVEN);
	ck_assert_int_eq(unlink(world_path("small/filler")), 0);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN,
	    SEK_REASON_NONE), 1);
	world_check_store();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("helper_acts");
	TCase *t = world_case(s, "acts", 300);

	tcase_add_checked_fixture(t, caller_setup, NULL);
	tcase_add_test(t, he_sees_himself_and_is_asked_nothing);
	tcase_add_test(t, what_he_sees_tells_not_which_factor_was_wrong);
	tcase_add_test(t, root_is_who_logged_in_or_nobody);
	tcase_add_test(t, who_proved_himself_enrols_another_token);
	tcase_add_test(t, without_both_kinds_nothing_is_enrolled);
	tcase_add_test(t, who_cannot_prove_himself_is_told_so_before_he_types);
	tcase_add_test(t, his_last_token_goes_only_when_he_says_so);
	tcase_add_test(t, anothers_token_is_not_there);
	tcase_add_test(t, one_asks_and_another_decides);
	tcase_add_test(t, what_was_not_proved_is_not_decided);
	tcase_add_test(t, what_cannot_be_asked_is_not_proved_for);
	tcase_add_test(t, the_code_of_a_ticket_goes_to_who_asked_once);
	tcase_add_test(t, a_ticket_that_cannot_be_is_not_proved_for);
	tcase_add_test(t, a_witness_decides_at_the_same_prompt);
	tcase_add_test(t, a_witness_hears_whom_it_reaches_and_how_long);
	tcase_add_test(t, she_is_not_her_own_witness);
	tcase_add_test(t, a_store_of_before_says_so_before_any_proof);
	tcase_add_test(t,
	    on_a_full_disk_who_decides_proves_himself_and_decides);
	return (s);
}

int
main(void)
{

	return (world_main(suite()));
}
