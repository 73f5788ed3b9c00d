/*
 * pam_share.c - a shared account opens by a member's own factor, and the
 * record names him
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clause 6(4)①イ; SP 800-53 IA-2(5).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/module/exceptions.h"
#include "tests/module/harness.h"

#define SHARED	"u00"

static const char *alices, *bobs, *carols;

static void
share(const char *person, bool member)
{
	struct sek_enrol *of = calloc(1, sizeof(*of));
	struct sek_store *st = world_store();
	struct sek_shared done;

	ck_assert_ptr_nonnull(of);
	(void)snprintf(of->account.name, SEK_NAME_MAX, "%s", SHARED);
	of->account.uid = getpwnam(SHARED)->pw_uid;
	ck_assert_int_eq(sek_store_share(st, of, person, member, NULL, &done),
	    SEK_OK);
	ck_assert(done.changed);
	sek_store_free(&st);
	free(of);
}

static void
begin(void)
{
	static char id[3][SEK_ID_MAX];

	(void)snprintf(id[0], SEK_ID_MAX, "%s", world_hotp("alice"));
	(void)snprintf(id[1], SEK_ID_MAX, "%s", world_hotp("bob"));
	(void)snprintf(id[2], SEK_ID_MAX, "%s", world_hotp("carol"));
	alices = id[0];
	bobs = id[1];
	carols = id[2];
	share("alice", true);
}

static void
was_admitted(const char *person, const char *authenticator)
{

	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SUBJECT),
	    SHARED);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_PERSON),
	    person);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_AUTHENTICATOR), authenticator);
}

START_TEST(a_members_code_opens_it_and_the_records_name_him)
{
	struct login l;

	begin();
	l = login_of(SHARED, PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	was_admitted("alice", alices);
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_PERSON),
	    "alice");
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_TARGET),
	    SHARED);
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGOUT, SEK_FIELD_PERSON),
	    "alice");
	share("bob", true);
	ck_assert(login_try(SHARED, PASSWORD, world_hotp_code("bob", 0)));
	was_admitted("bob", bobs);
	ck_assert(login_try(SHARED, PASSWORD, world_hotp_code("alice", 1)));
	was_admitted("alice", alices);
	world_check_store();
}
END_TEST

START_TEST(nobody_elses_code_opens_it)
{
	begin();
	ck_assert(!login_try(SHARED, PASSWORD, world_hotp_code("bob", 0)));
	ck_assert(!login_try(SHARED, PASSWORD, world_hotp_code(SHARED, 0)));
	ck_assert(!login_try(SHARED, "wrong", world_hotp_code("alice", 0)));
	ck_assert(!login_try(SHARED, PASSWORD, NULL));
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 0);
	/* Whose attempt it was, nobody knows. */
	ck_assert_str_eq(world_newest(SEK_EVENT_REFUSE, SEK_FIELD_PERSON),
	    "");
	/* The members' own accounts are as they were. */
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 1)));
}
END_TEST

START_TEST(who_left_it_does_not_open_it)
{
	begin();
	share("bob", true);
	share("alice", false);
	ck_assert(!login_try(SHARED, PASSWORD, world_hotp_code("alice", 0)));
	ck_assert(login_try(SHARED, PASSWORD, world_hotp_code("bob", 0)));
	was_admitted("bob", bobs);
	share("bob", false);
	ck_assert(!login_try(SHARED, PASSWORD, world_hotp_code("bob", 1)));
}
END_TEST

START_TEST(who_is_suspended_does_not_open_it)
{
	begin();
	world_suspend("alice");
	ck_assert(!login_try(SHARED, PASSWORD, world_hotp_code("alice", 0)));
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 0);
}
END_TEST

START_TEST(no_exception_opens_it_by_the_password_all_know)
{
	const struct exception e = { .key = "factors.kinds", .value = "1",
	    .users = SHARED " alice" };
	struct login l;

	begin();
	(void)world_hotp("adminA");
	world_policy("[terminal]\nprofile = mynumber\n[factors]\n"
	    "kinds = 1\n");
	(void)exceptions_give(&e);
	l = login_of(SHARED, PASSWORD, NULL);
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	/* It is in force, for who is himself. */
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert(login_try(SHARED, PASSWORD, world_hotp_code("alice", 0)));
	was_admitted("alice", alices);
}
END_TEST

START_TEST(no_grace_opens_it)
{
	struct login l;

	world_policy("[terminal]\nprofile = lgwan\n[factors]\n"
	    "grace = 2099-12-31\n");
	/* Its only member has nothing yet. */
	(void)world_hotp("newbie");
	share("newbie", true);
	world_sql("DELETE FROM authenticator");
	l = login_of(SHARED, PASSWORD, "");
	login_run(&l);
	ck_assert(!login_is_in(&l));
	l = login_of("carol", PASSWORD, "");
	login_run(&l);
	ck_assert(login_is_in(&l));
}
END_TEST

/* What the gate would write, were it wrong. */
static enum sek_err
admit(const char *first, const char *second)
{
	struct sek_admit *in = calloc(1, sizeof(*in));
	struct sek_store *st = world_store();
	struct sek_admit_out out;
	enum sek_err err;

	ck_assert_ptr_nonnull(in);
	(void)snprintf(in->who.name, SEK_NAME_MAX, "%s", SHARED);
	(void)snprintf(in->who.service, SEK_SERVICE_MAX, "login");
	(void)snprintf(in->person, SEK_NAME_MAX, "alice");
	in->who.uid = getpwnam(SHARED)->pw_uid;
	in->who.known = 1;
	in->kinds = SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION;
	in->record.event = SEK_EVENT_ADMIT;
	in->record.count = 1;
	(void)snprintf(in->record.subject, SEK_NAME_MAX, "%s", SHARED);
	ck_assert_int_eq(sek_process_get(&in->gate, 0), SEK_OK);
	ck_assert_int_eq(sek_process_get(&in->parent, 0), SEK_OK);
	in->audit_session = UINT32_MAX;
	if (first != NULL)
		(void)snprintf(in->authenticator[in->nauthenticators++],
		    SEK_ID_MAX, "%s", first);
	if (second != NULL)
		(void)snprintf(in->authenticator[in->nauthenticators++],
		    SEK_ID_MAX, "%s", second);
	err = sek_store_admit(st, in, &out);
	sek_store_free(&st);
	free(in);
	return (err);
}

START_TEST(the_store_itself_admits_one_member_and_no_less)
{
	begin();
	share("bob", true);
	ck_assert_int_eq(admit(NULL, NULL), SEK_ERR_REFUSED);
	ck_assert_int_eq(admit("", NULL), SEK_ERR_REFUSED);
	ck_assert_int_eq(admit(alices, bobs), SEK_ERR_REFUSED);
	ck_assert_int_eq(admit(carols, NULL), SEK_ERR_REFUSED);
	ck_assert_int_eq(admit(alices, carols), SEK_ERR_REFUSED);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 0);
	/* The person is of what he proved, not of what the caller says. */
	ck_assert_int_eq(admit(bobs, NULL), SEK_OK);
	was_admitted("bob", bobs);
	world_check_store();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pam_share");
	TCase *c = world_case(s, "share", 240);

	tcase_add_test(c, a_members_code_opens_it_and_the_records_name_him);
	tcase_add_test(c, nobody_elses_code_opens_it);
	tcase_add_test(c, who_left_it_does_not_open_it);
	tcase_add_test(c, who_is_suspended_does_not_open_it);
	tcase_add_test(c, no_exception_opens_it_by_the_password_all_know);
	tcase_add_test(c, no_grace_opens_it);
	tcase_add_test(c, the_store_itself_admits_one_member_and_no_less);
	return (world_main(s));
}
