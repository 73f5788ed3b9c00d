/*
 * helper_ticket.c - tickets by sekisho-helper: a first factor enrolled by its
 * own ticket, a locker opened by the day's code or by a witness
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "sekisho/rule/approval.h"
#include "tests/module/caller.h"
#include "tests/module/tickets.h"

/* The policy where the helper reads it. */
static void
install_policy(void)
{

	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[terminal]\nallow_remote = yes\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
}

/* newbie has a ticket, and types this. */
static struct ticket
first_day(void)
{
	static struct ticket t;		/* whose code is an answer yet */

	t = tickets_give("newbie", SEK_PURPOSE_ENROL);
	memset(c->answer, 0, sizeof(c->answer));
	c->answer[0] = PASSWORD;
	c->answer[1] = t.code;
	c->answer[2] = "000000";
	c->knows_key = true;
	c->stop_at = 0;
	return (t);
}

#define enrols(expected) \
	call_is(NEWBIE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp), (expected))

START_TEST(ticket_logs_in_once_and_enrols_once)
{
	static struct ticket t;
	uint64_t before = world_records(SEK_EVENT_ENROL, 0);
	struct sek_helper_enrol second = totp;

	t = first_day();
	c->answer[1] = t.code;
	ck_assert(login_try("newbie", PASSWORD, t.code));
	enrols(SEK_OK);
	ck_assert_uint_eq(c->enrolled.method, SEK_METHOD_TOTP);
	ck_assert_uint_eq(world_records(SEK_EVENT_ENROL, 0), before + 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ENROL, SEK_FIELD_TARGET),
	    "newbie");
	/* It has ended: nothing is proved by it any more. */
	(void)snprintf(second.label, sizeof(second.label), "second");
	call_is(NEWBIE_UID, SEK_HELPER_ENROL, &second, sizeof(second),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 2);
	ck_assert(!login_try("newbie", PASSWORD, t.code));
	world_check_store();
}
END_TEST

START_TEST(enrolment_needs_no_login_before_it_and_ends_that_way_in)
{
	static struct ticket t;

	t = first_day();
	c->answer[1] = t.code;
	enrols(SEK_OK);
	ck_assert(!login_try("newbie", PASSWORD, t.code));
}
END_TEST

START_TEST(wrong_password_enrols_nobody_and_leaves_the_ticket)
{
	static struct ticket t;

	t = first_day();
	c->answer[0] = "wrong";
	c->answer[1] = t.code;
	enrols(SEK_ERR_REFUSED);
	c->answer[0] = PASSWORD;
	c->answer[1] = "0000000000";
	enrols(SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_failures("newbie"), 2);
	c->answer[1] = t.code;
	enrols(SEK_OK);
}
END_TEST

START_TEST(key_that_was_not_proved_leaves_the_ticket)
{
	static struct ticket t;

	t = first_day();
	c->answer[1] = t.code;
	c->knows_key = false;
	c->answer[3] = c->answer[4] = "000000";
	enrols(SEK_ERR_REFUSED);
	ck_assert_str_ne(world_newest(SEK_EVENT_ENROL, SEK_FIELD_TARGET),
	    "newbie");
	c->knows_key = true;
	enrols(SEK_OK);
}
END_TEST

START_TEST(without_a_ticket_he_is_sent_to_an_administrator)
{

	(void)first_day();
	call_is(CAROL_UID, SEK_HELPER_ENROL, &totp, sizeof(totp),
	    SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "enrolment ticket"));
}
END_TEST

START_TEST(ticket_proves_no_other_act)
{
	static struct ticket t;
	struct sek_helper_state state = { .to = SEK_AUTHENTICATOR_DISABLED };
	char id[SEK_ID_MAX];

	/* newbie cannot ask; alice, by a substitute, neither. */
	t = first_day();
	make_wish();
	call_is(NEWBIE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	call_is(NEWBIE_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	world_unlock("newbie");
	(void)snprintf(id, sizeof(id), "%s", world_newest(SEK_EVENT_ENROL,
	    SEK_FIELD_AUTHENTICATOR));
	tickets_policy("code", "");
	install_policy();
	t = tickets_give("alice", SEK_PURPOSE_SUBSTITUTE);
	c->answer[1] = t.code;
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish),
	    SEK_ERR_REFUSED);
	world_unlock("alice");
	(void)snprintf(state.id, sizeof(state.id), "%s", id);
	state.even_last = 1;
	call_is(ALICE_UID, SEK_HELPER_STATE, &state, sizeof(state),
	    SEK_ERR_REFUSED);
	world_unlock("alice");
	call_is(ALICE_UID, SEK_HELPER_ENROL, &totp, sizeof(totp),
	    SEK_ERR_REFUSED);
	world_unlock("alice");
	/* It was not used up by all that, and unlocks her screen. */
	call_is(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_OK);
	world_check_store();
}
END_TEST

/* ------------------------------------------------------------- lockers */

static void
attended(void)
{

	tickets_policy("attended", "");
	install_policy();
	(void)world_hotp("bob");
	(void)world_hotp("carol");
	memset(c->answer, 0, sizeof(c->answer));
	c->answer[0] = PASSWORD;
	c->answer[1] = "";
	c->answer[2] = "carol";
	c->answer[3] = PASSWORD;
	c->answer[4] = world_hotp_code("carol", 0);
	c->knows_key = false;
	c->stop_at = 0;
}

START_TEST(locker_takes_a_witness_and_then_the_days_code)
{
	static char code[SEK_TICKET_CODE];
	const char *at = NULL;
	int i;

	attended();
	call_is(BOB_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_OK);
	ck_assert_int_eq(c->asked, 5);
	/* He is told it in the locker. */
	for (i = 0; i < c->nsaid; i++)
		if (strstr(c->said[i], "Your code for today: ") != NULL)
			at = strstr(c->said[i], ": ") + 2;
	ck_assert_ptr_nonnull(at);
	ck_assert_int_eq(sek_ticket_code(code, at), SEK_OK);
	c->answer[1] = code;
	call_is(BOB_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_OK);
	ck_assert_int_eq(c->asked, 2);
	ck_assert(login_try("bob", PASSWORD, code));
	c->answer[0] = "wrong";
	call_is(BOB_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	c->answer[0] = PASSWORD;
	world_unlock("bob");
	call_is(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	world_check_store();
}
END_TEST

START_TEST(wrong_password_at_a_locker_goes_the_same_way)
{
	int prompts, sentences;

	attended();
	c->answer[4] = "000000";
	call_is(BOB_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	prompts = c->asked;
	sentences = c->nsaid;
	ck_assert_int_eq(prompts, 5);
	c->answer[0] = "wrong";
	call_is(BOB_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, prompts);
	ck_assert_int_eq(c->nsaid, sentences);
	c->answer[4] = world_hotp_code("carol", 0);
	world_unlock("carol");
	call_is(BOB_UID, SEK_HELPER_VERIFY, NULL, 0, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, prompts);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN, 0), 1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("helper_ticket");
	TCase *t = world_case(s, "ticket", 120);

	tcase_add_checked_fixture(t, caller_setup, NULL);
	tcase_add_test(t, ticket_logs_in_once_and_enrols_once);
	tcase_add_test(t,
	    enrolment_needs_no_login_before_it_and_ends_that_way_in);
	tcase_add_test(t,
	    wrong_password_enrols_nobody_and_leaves_the_ticket);
	tcase_add_test(t, key_that_was_not_proved_leaves_the_ticket);
	tcase_add_test(t, without_a_ticket_he_is_sent_to_an_administrator);
	tcase_add_test(t, ticket_proves_no_other_act);
	tcase_add_test(t, locker_takes_a_witness_and_then_the_days_code);
	tcase_add_test(t, wrong_password_at_a_locker_goes_the_same_way);
	return (world_main(s));
}
