/*
 * helper_sessions.c - one's own sessions, a later end for one, and "this was
 * not me", by sekisho-helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * No guard runs here: what it would read is what is looked at.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/edge/guard.h"
#include "sekisho/rule/approval.h"
#include "tests/module/caller.h"
#include "tests/module/grants.h"

static struct sek_guard guard;

/* A place of its own for what guards read: nobody's real sessions. */
static void
setup(void)
{

	caller_setup();
	world_install_guard();
	world_policy("[terminal]\nallow_remote = yes\n"
	    "[message]\ncontact = desk 1234\n"
	    "[privilege]\nusers = alice dave\nmax_session = 2h\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	(void)world_hotp("dave");
	(void)world_hotp("bob");
}

/* This process stands for a session of root's that he opened. */
static const char *
session(const char *subject, uint32_t uid)
{
	struct sek_why why = { "" };

	ck_assert_int_eq(sek_guard_new(&guard), SEK_OK);
	(void)snprintf(guard.account, sizeof guard.account, "root");
	(void)snprintf(guard.subject, sizeof guard.subject, "%s", subject);
	(void)snprintf(guard.service, sizeof guard.service, "sudo");
	guard.subject_uid = uid;
	guard.privileged = 1;
	guard.audit_session = UINT32_MAX;
	ck_assert_int_eq(sek_process_get(&guard.leader, 0), SEK_OK);
	ck_assert_int_eq(sek_clock_now(&guard.opened), SEK_OK);
	guard.deadline = guard.opened.boot + 100 * SEK_SECOND;
	guard.ceiling = guard.opened.boot + SEK_GUARD_CEILING;
	ck_assert_msg(sek_guard_write(&guard, &why) == SEK_OK, "%s",
	    why.text);
	return (guard.id);
}

static struct sek_guard *
now_of(const char *id)
{
	static struct sek_guard g;
	struct sek_why why = { "" };

	ck_assert_msg(sek_guard_read(&g, id, &why) == SEK_OK, "%s", why.text);
	return (&g);
}

START_TEST(he_sees_what_he_opened_and_nobody_elses)
{

	(void)session("bob", BOB_UID);
	(void)session("alice", ALICE_UID);
	call_is(ALICE_UID, SEK_HELPER_SESSIONS, NULL, 0, SEK_OK);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_int_eq(c->nsent, 1);
	ck_assert_str_eq(c->session[0].id, guard.id);
	ck_assert_str_eq(c->session[0].account, "root");
	ck_assert_str_eq(c->session[0].subject, "alice");
	ck_assert_uint_eq(c->session[0].guarded, 1);
	ck_assert_int_ne(c->session[0].ends, 0);
	call_is(CAROL_UID, SEK_HELPER_SESSIONS, NULL, 0, SEK_OK);
	ck_assert_int_eq(c->nsent, 0);
}
END_TEST

START_TEST(who_proved_himself_and_has_another_grant_works_on)
{
	struct sek_helper_extend in;

	memset(&in, 0, sizeof in);
	(void)snprintf(in.id, sizeof in.id, "%s", session("alice",
	    ALICE_UID));
	/* In vain: nobody types anything. */
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_EXTEND, &in, sizeof in,
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "grant request"));
	(void)grants_give(900);
	/* Another's is none. */
	types("bob", 0);
	call_is(BOB_UID, SEK_HELPER_EXTEND, &in, sizeof in,
	    SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(c->asked, 0);
	types("alice", 0);
	c->answer[0] = "wrong";
	call_is(ALICE_UID, SEK_HELPER_EXTEND, &in, sizeof in,
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(now_of(in.id)->deadline, guard.deadline);
	types("alice", 0);
	call_is(ALICE_UID, SEK_HELPER_EXTEND, &in, sizeof in, SEK_OK);
	ck_assert_int_gt(now_of(in.id)->deadline, guard.deadline);
	ck_assert_str_eq(now_of(in.id)->grant, c->extended.grant);
	ck_assert_int_gt(c->extended.ends, c->extended.was);
	ck_assert_str_eq(world_newest(SEK_EVENT_SESSION_EXTENDED,
	    SEK_FIELD_SUBJECT), "alice");
	world_check_store();
}
END_TEST

START_TEST(it_was_not_him_and_all_of_his_ends_without_a_proof)
{
	static const struct sek_helper_not_me in = { .note = "at night" };
	char his[SEK_ID_MAX], others[SEK_ID_MAX];

	(void)snprintf(others, sizeof others, "%s", session("bob", BOB_UID));
	(void)snprintf(his, sizeof his, "%s", session("alice", ALICE_UID));
	call_is(ALICE_UID, SEK_HELPER_NOT_ME, &in, sizeof in, SEK_OK);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_str_eq(c->noted.account, "alice");
	ck_assert_str_eq(c->noted.contact, "desk 1234");
	ck_assert_uint_eq(c->noted.suspended, 1);
	ck_assert_uint_eq(now_of(his)->order, SEK_GUARD_END);
	ck_assert_str_eq(now_of(his)->ordered_by, "alice");
	ck_assert_uint_eq(now_of(others)->order, SEK_GUARD_WATCH);
	ck_assert_uint_eq(world_records(SEK_EVENT_NOT_ME, SEK_REASON_NONE),
	    1);
	ck_assert_str_eq(world_newest(SEK_EVENT_NOT_ME, SEK_FIELD_SUBJECT),
	    "alice");
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.user.account.state, SEK_ACCOUNT_SUSPENDED);
	call_is(BOB_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.user.account.state, SEK_ACCOUNT_ACTIVE);
	/* Whom the store does not know. */
	call_is(NEWBIE_UID, SEK_HELPER_NOT_ME, &in, sizeof in,
	    SEK_ERR_NOT_FOUND);
	world_check_store();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("helper sessions");
	TCase *t = world_case(s, "sessions", 300);

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, he_sees_what_he_opened_and_nobody_elses);
	tcase_add_test(t,
	    who_proved_himself_and_has_another_grant_works_on);
	tcase_add_test(t,
	    it_was_not_him_and_all_of_his_ends_without_a_proof);
	return (world_main(s));
}
