/*
 * pam_roster.c - what a roster from another terminal shuts is shut to a
 * login, and only that
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "tests/module/harness.h"

/* What another terminal that knows the same people would say. */
static void
collect(struct sek_roster *r, struct sek_store *st)
{
	ck_assert_int_eq(sek_store_roster_collect(st, r), SEK_OK);
	(void)snprintf(r->terminal, sizeof(r->terminal), "another");
	(void)snprintf(r->id, sizeof(r->id),
	    "00112233445566778899aabbccddeeff");
}

static void
take(struct sek_roster *r, struct sek_store *st)
{
	struct sek_roster_done done;
	enum sek_err err;

	r->serial++;
	err = sek_store_roster_take(st, r, NULL, NULL, NULL, NULL, &done);
	ck_assert_msg(err == SEK_OK, "%s", sek_store_why(st));
	sek_store_close(st);
}

static bool
gets_in(const char *user)
{
	return (login_try(user, PASSWORD, world_hotp_code(user,
	    world_hotp_moving(user))));
}

START_TEST(a_token_lost_elsewhere_lets_nobody_in)
{
	struct sek_store *st = world_store();
	struct sek_roster r;
	char id[SEK_ID_MAX];
	size_t i;

	(void)snprintf(id, sizeof(id), "%s", world_hotp("alice"));
	(void)world_hotp("bob");
	ck_assert(gets_in("alice"));
	collect(&r, st);
	for (i = 0; i < r.nauthenticators; i++)
		if (strcmp(r.authenticator[i].id, id) == 0)
			r.authenticator[i].state = SEK_AUTHENTICATOR_DISABLED;
	take(&r, st);
	ck_assert(!login_try("alice", PASSWORD, world_hotp_code("alice", 1)));
	ck_assert(gets_in("bob"));
	/* Active there again, somehow: not here. */
	for (i = 0; i < r.nauthenticators; i++)
		r.authenticator[i].state = SEK_AUTHENTICATOR_ACTIVE;
	take(&r, st);
	ck_assert(!login_try("alice", PASSWORD, world_hotp_code("alice", 1)));
	ck_assert_uint_eq(world_records(SEK_EVENT_DISABLE, SEK_REASON_NONE),
	    1);
	sek_roster_free(&r);
	sek_store_free(&st);
	world_check_store();
}
END_TEST

START_TEST(an_account_suspended_elsewhere_is_let_in_when_resumed_there)
{
	struct sek_store *st = world_store();
	struct sek_roster r;

	(void)world_hotp("alice");
	ck_assert(gets_in("alice"));
	collect(&r, st);
	ck_assert_uint_eq(r.naccounts, 1);
	r.account[0].state = SEK_ACCOUNT_SUSPENDED;
	take(&r, st);
	ck_assert(!gets_in("alice"));
	r.account[0].state = SEK_ACCOUNT_ACTIVE;
	take(&r, st);
	ck_assert(gets_in("alice"));
	/* Suspended here: no roster ends it. */
	world_suspend("alice");
	take(&r, st);
	ck_assert(!gets_in("alice"));
	sek_roster_free(&r);
	sek_store_free(&st);
	world_check_store();
}
END_TEST

START_TEST(a_term_that_ended_elsewhere_has_ended)
{
	struct sek_store *st = world_store();
	struct sek_roster r;

	(void)world_hotp("alice");
	collect(&r, st);
	ck_assert_uint_eq(r.npersons, 1);
	r.person[0].to = SEK_SECOND;
	take(&r, st);
	ck_assert(!gets_in("alice"));
	r.person[0].to = 0;
	take(&r, st);
	ck_assert(gets_in("alice"));
	sek_roster_free(&r);
	sek_store_free(&st);
	world_check_store();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("roster");
	TCase *c = world_case(s, "roster", 120);

	tcase_add_test(c, a_token_lost_elsewhere_lets_nobody_in);
	tcase_add_test(c,
	    an_account_suspended_elsewhere_is_let_in_when_resumed_there);
	tcase_add_test(c, a_term_that_ended_elsewhere_has_ended);
	return (world_main(s));
}
