/*
 * pam_exception.c - logins under a policy below its floors: only those an
 * approved exception names, only while it lasts
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/exceptions.h"
#include "tests/module/prover.h"

#define MYNUMBER	"[terminal]\nprofile = mynumber\n"
#define ONE		MYNUMBER "[factors]\nkinds = 1\n"
#define ONE_REMOTE	MYNUMBER "allow_remote = yes\n" \
	"[factors]\nkinds = 1\n"
#define HOUR		3600

/* One-time codes of a counter: a clock set back takes none of time. */
static uint64_t counter[3];

static const char *
next_code(const char *user)
{
	return (world_hotp_code(user, counter[strcmp(user, "alice") == 0 ? 0 :
	    strcmp(user, "bob") == 0 ? 1 : 2]++));
}

static void
people(void)
{
	memset(counter, 0, sizeof(counter));
	(void)world_hotp("alice");
	(void)world_hotp("bob");
	(void)world_hotp("adminA");
	world_policy(ONE);
}

/* Password alone gets him in? Both do in any case. */
static bool
one_is_enough(const char *user)
{
	bool one = login_try(user, PASSWORD, NULL);

	ck_assert_msg(login_try(user, PASSWORD, next_code(user)),
	    "%s is not let in by both kinds", user);
	return (one);
}

static void
nobody_gets_in(void)
{
	struct login l = login_of("alice", PASSWORD, next_code("alice"));

	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(!login_try("alice", PASSWORD, NULL));
	ck_assert(!login_try("bob", PASSWORD, next_code("bob")));
}

static const char *
give_one(const char *users)
{
	const struct exception e = { .key = "factors.kinds", .value = "1",
	    .users = users };

	return (exceptions_give(&e));
}

START_TEST(never_given_it_refuses_everybody_and_names_the_command)
{
	people();
	nobody_gets_in();
	ck_assert(world_logged("factors.kinds = 1: below the floor of 2"));
	ck_assert(world_logged("sekisho request exception --key factors.kinds"
	    " --value 1"));
}
END_TEST

START_TEST(asked_and_not_given_is_never_given)
{
	const struct exception e = { .key = "factors.kinds", .value = "1" };

	people();
	(void)exceptions_ask(&e);
	nobody_gets_in();
}
END_TEST

START_TEST(alive_it_lets_in_those_it_names_by_one_kind)
{
	const char *id;
	struct login l;

	people();
	id = give_one("alice newbie");
	l = login_of("alice", PASSWORD, NULL);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_REF), id);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "factors.kinds = 1"));
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED, 0), 1);
	/* Of one who was never enrolled. */
	ck_assert(login_try("newbie", PASSWORD, NULL));
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED, 0), 1);
	/* A wrong password is one all the same. */
	ck_assert(!login_try("alice", "wrong", NULL));
	ck_assert_uint_eq(world_failures("alice"), 1);
	/* Others need both. */
	ck_assert(!one_is_enough("bob"));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_REF), "");
	/* By another name of hers, too. */
	ck_assert(!login_try("arisu", PASSWORD, NULL));
	ck_assert(!world_logged("below its floor"));
	world_check_store();
}
END_TEST

START_TEST(ended_all_need_both_and_it_is_loud)
{
	people();
	(void)give_one("alice");
	world_clock_ahead += HOUR - 60;
	ck_assert(login_try("alice", PASSWORD, NULL));
	world_clock_ahead += 61;
	ck_assert(!one_is_enough("alice"));
	ck_assert(!one_is_enough("bob"));
	ck_assert(!login_try("newbie", PASSWORD, NULL));
	ck_assert(world_logged("factors.kinds = 1 is below its floor and no "
	    "exception allows it now: 2 is in force"));
}
END_TEST

START_TEST(revoked_it_is_over_at_once)
{
	const char *id;

	people();
	id = give_one("");
	ck_assert(login_try("bob", PASSWORD, NULL));
	exceptions_decide(id, SEK_ACT_REVOKE, true);
	ck_assert(!one_is_enough("bob"));
	ck_assert(!one_is_enough("alice"));
}
END_TEST

START_TEST(it_does_not_begin_before_its_time)
{
	const struct exception e = { .key = "factors.kinds", .value = "1",
	    .from = HOUR, .until = 2 * HOUR };

	people();
	(void)exceptions_give(&e);
	ck_assert(!one_is_enough("alice"));
	world_clock_ahead += HOUR + 1;
	ck_assert(one_is_enough("alice"));
}
END_TEST

START_TEST(on_a_clock_set_back_the_floor_is_in_force)
{
	people();
	(void)give_one("alice");
	world_wall_ahead -= HOUR / 2;
	ck_assert(!one_is_enough("alice"));
}
END_TEST

/* Nobody is shut out by it, either. */
START_TEST(a_row_changed_by_other_means_leaves_the_floor)
{
	people();
	(void)give_one("alice");
	ck_assert(login_try("alice", PASSWORD, NULL));
	world_sql("UPDATE request SET data=zeroblob(length(data))");
	ck_assert(!one_is_enough("alice"));
	ck_assert(!one_is_enough("bob"));
	ck_assert(world_logged("factors.kinds = 1 is below its floor and no "
	    "exception allows it now: 2 is in force"));
}
END_TEST

START_TEST(without_its_store_nobody_gets_in)
{
	people();
	(void)give_one("");
	ck_assert_int_eq(rename(world_path("store/store.db"),
	    world_path("store/away")), 0);
	ck_assert(!login_try("alice", PASSWORD, NULL));
	ck_assert(world_logged("could not be found out"));
	ck_assert_int_eq(rename(world_path("store/away"),
	    world_path("store/store.db")), 0);
	ck_assert(login_try("alice", PASSWORD, NULL));
}
END_TEST

START_TEST(of_another_terminal_it_is_never_given)
{
	struct exception e = { .key = "factors.kinds", .value = "1",
	    .terminals = "desk-9 desk-10" };

	people();
	(void)exceptions_give(&e);
	nobody_gets_in();
	e.terminals = "desk-9 test-terminal";
	(void)exceptions_give(&e);
	ck_assert(one_is_enough("alice"));
}
END_TEST

START_TEST(unproven_it_opens_nothing)
{
	const struct exception e = { .key = "factors.kinds", .value = "1",
	    .unproven = true };

	people();
	(void)exceptions_give(&e);
	nobody_gets_in();
}
END_TEST

START_TEST(a_lower_value_than_allowed_refuses)
{
	const struct exception e = { .key = "audit.retention",
	    .value = "12h" };

	people();
	(void)exceptions_give(&e);
	world_policy(MYNUMBER "[audit]\nretention = 12h\n");
	ck_assert(!one_is_enough("alice"));
	world_policy(MYNUMBER "[audit]\nretention = 11h\n");
	nobody_gets_in();
	ck_assert(world_logged("do not go so low"));
}
END_TEST

/* ---- over a prompt that waits, and over logins of before */

static void
the_end_comes(struct login *l, int n, pam_handle_t *h)
{
	(void)l;
	(void)n;
	(void)h;
	world_clock_ahead += HOUR + 1;
}

START_TEST(ended_at_the_prompt_it_opens_nothing)
{
	struct login l;

	people();
	(void)give_one("alice");
	l = login_of("alice", PASSWORD, NULL);
	l.at_prompt = the_end_comes;
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert(!one_is_enough("alice"));
}
END_TEST

/* A greeter keeps its handle for the next person, and for hours. */
START_TEST(a_handle_of_before_asks_anew)
{
	struct login l;

	people();
	(void)give_one("alice");
	l = login_of("alice", PASSWORD, NULL);
	l.phases = LOGIN_AUTH;
	login_start(&l);
	login_phases(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	world_clock_ahead += HOUR + 1;
	login_phases(&l);
	ck_assert_int_ne(l.auth, PAM_SUCCESS);
	login_end(&l);
}
END_TEST

START_TEST(in_a_service_of_proofs_both_are_asked_all_the_same)
{
	struct prover p;
	struct sek_admission a;

	people();
	world_service(SEK_PROOF_HELPER, AUTH_LINES ACCOUNT_LINES);
	world_service(SEK_PROOF_LOCKER, AUTH_LINES ACCOUNT_LINES);
	/* Also where the policy refuses all logins: one is asked there. */
	memset(&p, 0, sizeof(p));
	p.password = PASSWORD;
	p.code = next_code("alice");
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
	ck_assert_uint_eq(a.kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
	(void)give_one("alice");
	p.code = NULL;
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_ERR_CONV);
	prover_is(&p, SEK_PROOF_LOCKER, "alice", &a, SEK_OK);
	ck_assert_uint_eq(a.kinds, SEK_KIND_KNOWLEDGE);
	ck_assert_uint_eq(world_records(SEK_EVENT_SCREEN_UNLOCK, 0), 1);
	p.code = next_code("alice");
	prover_is(&p, SEK_PROOF_HELPER, "alice", &a, SEK_OK);
	ck_assert_uint_eq(a.kinds, SEK_KIND_KNOWLEDGE | SEK_KIND_POSSESSION);
}
END_TEST

/* ---- by setuid programs, whose caller could stop us with the store open */

static void
su_with_one(void *arg)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	l.service = "su";
	l.tty = "pts/3";
	l.ruser = "bob";
	login_run(&l);
	if (login_is_in(&l) != (arg == NULL))
		_exit(1);
}

START_TEST(su_goes_by_it_too)
{
	const char *id;
	static int no;

	world_install_worker();
	people();
	world_policy(ONE_REMOTE);
	ck_assert_int_eq(login_as_caller(BOB_UID, su_with_one, &no), 0);
	id = give_one("alice");
	ck_assert_int_eq(login_as_caller(BOB_UID, su_with_one, NULL), 0);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_REF), id);
	exceptions_decide(id, SEK_ACT_REVOKE, true);
	ck_assert_int_eq(login_as_caller(BOB_UID, su_with_one, &no), 0);
}
END_TEST

static void
sudo_in_time(void *arg)
{
	struct login l = login_of("alice", NULL, NULL);

	l.service = "sudo";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	if ((l.account == PAM_SUCCESS) != (arg == NULL))
		_exit(1);
}

START_TEST(sudo_does_not_go_on_by_one_that_ended)
{
	struct login l;
	const char *id;
	FILE *f;
	static int no;

	world_install_worker();
	people();
	world_policy(ONE_REMOTE);
	id = give_one("alice");
	if ((f = fopen("/proc/self/loginuid", "w")) == NULL ||
	    fputs("1000", f) < 0 || fclose(f) != 0)
		world_skip("the kernel gives no audit session");
	l = login_of("alice", PASSWORD, NULL);
	l.service = "sshd";
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(login_as_caller(ALICE_UID, sudo_in_time, NULL), 0);
	exceptions_decide(id, SEK_ACT_REVOKE, true);
	ck_assert_int_eq(login_as_caller(ALICE_UID, sudo_in_time, &no), 0);
	ck_assert(world_logged("reason=too-few-kinds "));
	login_end(&l);
}
END_TEST

/* ---- what the tool says of it */

static bool
out_has(const char *part)
{
	char *text = world_read(world_path("out"));
	bool found = strstr(text, part) != NULL;

	if (!found)
		printf("# not %s in: %s\n", part, text);
	free(text);
	return (found);
}

START_TEST(the_tool_tells_never_alive_and_ended)
{
	const char *id, *dir = world_path("pam.d");
	char part[128];

	if (!world_has_sekisho())
		world_skip("the sekisho tool is not built");
	people();
	ck_assert_int_eq(world_sekisho("policy", "check", NULL), 1);
	ck_assert(out_has("50-test.conf:4: factors.kinds = 1: below the "
	    "floor of 2"));
	ck_assert(out_has("sekisho request exception --key factors.kinds"));
	ck_assert_int_eq(world_sekisho("explain", "alice", "--dir", dir,
	    NULL), 1);
	ck_assert(out_has("the policy file cannot be used"));
	ck_assert_int_ne(world_sekisho("user", "list", NULL), 0);

	id = give_one("alice newbie");
	ck_assert_int_eq(world_sekisho("policy", "check", NULL), 0);
	(void)snprintf(part, sizeof(part), "factors.kinds = 1: exception %s "
	    "until ", id);
	ck_assert(out_has(part));
	ck_assert_int_eq(world_sekisho("policy", "show", "factors.kinds",
	    NULL), 0);
	(void)snprintf(part, sizeof(part), "50-test.conf:4; exception %s until"
	    " ", id);
	ck_assert(out_has(part));
	ck_assert(out_has(" for alice newbie"));
	ck_assert_int_eq(world_sekisho("explain", "newbie", "--service",
	    "login", "--dir", dir, "--json", NULL), 0);
	ck_assert(out_has("\"kinds_needed\":\t1"));
	ck_assert(out_has("\"exception\""));
	ck_assert(out_has(id));
	/* Tomorrow it is over. */
	ck_assert_int_eq(world_sekisho("explain", "newbie", "--service",
	    "login", "--dir", dir, "--at", "2d", NULL), 1);
	ck_assert(out_has("too few kinds of proof"));
	ck_assert(out_has("the exception has ended"));
	ck_assert_int_eq(world_sekisho("explain", "bob", "--service",
	    "login", "--dir", dir, NULL), 0);
	ck_assert(out_has("no exception is for this user"));
	(void)world_sekisho("--json", "--dir", dir, NULL);
	ck_assert(out_has("\"exceptions\""));
	ck_assert(out_has("the exception for factors.kinds ends at"));

	exceptions_decide(id, SEK_ACT_REVOKE, true);
	ck_assert_int_eq(world_sekisho("policy", "check", NULL), 1);
	ck_assert(out_has("50-test.conf:4: factors.kinds = 1 is below the "
	    "floor, and the exception for it has ended: 2 is in force"));
	ck_assert_int_eq(world_sekisho("policy", "show", "--json", NULL), 0);
	(void)snprintf(part, sizeof(part), "floor: exception %s ended, the "
	    "file says 1", id);
	ck_assert(out_has(part));
	ck_assert_int_eq(world_sekisho("explain", "newbie", "--service",
	    "login", "--dir", dir, NULL), 1);
	ck_assert(out_has("the exception has ended"));
	(void)world_sekisho("--dir", dir, NULL);
	ck_assert(out_has("the exception for factors.kinds has ended: 2 is in"
	    " force, not 1"));
	ck_assert_int_eq(world_sekisho("user", "list", NULL), 0);
}
END_TEST

/* Of a word and of a day: the same, in their words. */
static const struct {
	const char	*key, *lines, *value, *floor;
	const char	*told;		/* by explain, while it lasts */
} worded[] = {
	{ "ticket.substitute", "[ticket]\nsubstitute = attended\n",
	    "attended", "no", "only with a witness" },
	{ "factors.grace", "[factors]\ngrace = 2099-12-31\n", "2099-12-31",
	    "none", "the password alone gets in" }
};

START_TEST(the_tool_tells_of_words_and_days)
{
	const struct exception e = { .key = worded[_i].key,
	    .value = worded[_i].value, .users = "newbie" };
	const char *id, *dir = world_path("pam.d");
	char part[192];

	if (!world_has_sekisho())
		world_skip("the sekisho tool is not built");
	people();
	(void)snprintf(part, sizeof(part), "[terminal]\nprofile = mynumber\n"
	    "%s", worded[_i].lines);
	world_policy(part);
	ck_assert_int_eq(world_sekisho("policy", "check", NULL), 1);
	(void)snprintf(part, sizeof(part), "%s = %s: below the floor of %s in"
	    " profile mynumber", worded[_i].key, worded[_i].value,
	    worded[_i].floor);
	ck_assert(out_has(part));
	nobody_gets_in();

	id = exceptions_give(&e);
	ck_assert_int_eq(world_sekisho("policy", "check", NULL), 0);
	(void)snprintf(part, sizeof(part), "%s = %s: exception %s until ",
	    worded[_i].key, worded[_i].value, id);
	ck_assert(out_has(part));
	ck_assert_int_eq(world_sekisho("policy", "show", worded[_i].key,
	    NULL), 0);
	ck_assert(out_has(worded[_i].value));
	ck_assert(out_has(" for newbie"));
	ck_assert_int_eq(world_sekisho("explain", "newbie", "--service",
	    "login", "--dir", dir, NULL), 0);
	ck_assert(out_has(worded[_i].told));
	ck_assert_int_eq(world_sekisho("explain", "dave", "--service",
	    "login", "--dir", dir, NULL), 1);
	ck_assert(out_has("too few kinds of proof"));
	ck_assert(out_has("no exception is for this user"));
	ck_assert(login_try("alice", PASSWORD, next_code("alice")));

	exceptions_decide(id, SEK_ACT_REVOKE, true);
	ck_assert_int_eq(world_sekisho("policy", "check", NULL), 1);
	(void)snprintf(part, sizeof(part), "%s = %s is below the floor, and"
	    " the exception for it has ended: %s is in force", worded[_i].key,
	    worded[_i].value, worded[_i].floor);
	ck_assert(out_has(part));
	ck_assert_int_eq(world_sekisho("policy", "show", "--json", NULL), 0);
	(void)snprintf(part, sizeof(part), "floor: exception %s ended, the "
	    "file says %s", id, worded[_i].value);
	ck_assert(out_has(part));
	ck_assert_int_eq(world_sekisho("explain", "newbie", "--service",
	    "login", "--dir", dir, NULL), 1);
	ck_assert(out_has("the exception has ended"));
	(void)world_sekisho("--dir", dir, NULL);
	(void)snprintf(part, sizeof(part), "the exception for %s has ended: "
	    "%s is in force, not %s", worded[_i].key, worded[_i].floor,
	    worded[_i].value);
	ck_assert(out_has(part));
	/* Loud, and nobody is shut out who can do what the floor asks. */
	ck_assert(login_try("alice", PASSWORD, next_code("alice")));
	ck_assert(!login_try("newbie", PASSWORD, ""));
	(void)snprintf(part, sizeof(part), "%s = %s is below its floor and no "
	    "exception allows it now: %s is in force", worded[_i].key,
	    worded[_i].value, worded[_i].floor);
	ck_assert(world_logged(part));
}
END_TEST

/* What mends a store works also when that cannot be asked of exceptions. */
START_TEST(the_tool_goes_on_where_the_store_does_not_answer)
{
	if (!world_has_sekisho())
		world_skip("the sekisho tool is not built");
	people();
	(void)give_one("alice");
	world_sql("DROP INDEX request_live");
	world_sql("ALTER TABLE request RENAME COLUMN key TO other");
	ck_assert_int_eq(world_sekisho("policy", "check", NULL), 111);
	ck_assert_int_eq(world_sekisho("user", "unlock", "alice", NULL), 0);
	ck_assert(out_has("the store does not say whether an exception "
	    "allows it"));
}
END_TEST

START_TEST(locks_are_told_by_the_limits_that_are_his)
{
	const struct exception e = { .key = "lockout.deny", .value = "0",
	    .users = "alice" };
	unsigned i;

	if (!world_has_sekisho())
		world_skip("the sekisho tool is not built");
	people();
	(void)exceptions_give(&e);
	world_policy(MYNUMBER "[lockout]\ndeny = 0\ndelay = 0\n");
	for (i = 0; i < 4; i++)
		ck_assert(!login_try("alice", "wrong", "000000"));
	ck_assert_int_eq(world_sekisho("user", "list", NULL), 0);
	ck_assert(!out_has("locked"));
	ck_assert_int_eq(world_sekisho("user", "show", "alice", "--json",
	    NULL), 0);
	ck_assert(out_has("\"failures\":\t4"));
	ck_assert(out_has("\"state\":\t\"active\""));
	ck_assert(!login_try("bob", "wrong", "000000"));
	ck_assert_int_eq(world_sekisho("user", "list", NULL), 0);
	ck_assert(out_has("locked"));
}
END_TEST

/* ---- names there is no account of */

START_TEST(an_unknown_name_meets_what_a_known_one_meets)
{
	struct login in_scope, other, l, again;
	char name[32];
	unsigned i, one = 0, both = 0;

	people();
	(void)give_one("alice");
	in_scope = login_of("alice", "wrong", "000000");
	login_run(&in_scope);
	other = login_of("bob", "wrong", "000000");
	login_run(&other);
	ck_assert_int_eq(in_scope.nprompts, 1);
	ck_assert_int_eq(other.nprompts, 2);
	for (i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "stranger%u", i);
		l = login_of(name, "wrong", "000000");
		login_run(&l);
		again = login_of(name, PASSWORD, "000000");
		login_run(&again);
		ck_assert(!login_is_in(&again));
		ck_assert_int_eq(l.nprompts, again.nprompts);
		login_check_alike(&l, l.nprompts == 1 ? &in_scope : &other);
		*(l.nprompts == 1 ? &one : &both) += 1;
	}
	ck_assert_uint_gt(one, 0);
	ck_assert_uint_gt(both, one);
}
END_TEST

/* ---- without a count */

static void
fail_times(const char *user, unsigned n)
{
	while (n-- > 0)
		ck_assert(!login_try(user, "wrong", "000000"));
}

static bool
told_locked(const char *user)
{
	struct login l = login_of(user, "wrong", "000000");

	login_run(&l);
	return (login_was_told(&l, "Locked"));
}

START_TEST(without_a_count_nothing_locks_those_it_names)
{
	const struct exception e = { .key = "lockout.deny", .value = "0",
	    .users = "alice" };

	people();
	(void)exceptions_give(&e);
	world_policy(MYNUMBER "[lockout]\ndeny = 0\ndelay = 0\n");
	fail_times("alice", 12);
	ck_assert(!told_locked("alice"));
	ck_assert(login_try("alice", PASSWORD, next_code("alice")));
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "lockout.deny = 0"));
	ck_assert_uint_eq(world_records(SEK_EVENT_LOCK, 0), 0);
	/* The floor is one try for all others, privileged ones as well. */
	fail_times("bob", 1);
	ck_assert(told_locked("bob"));
	fail_times("adminA", 1);
	ck_assert(told_locked("adminA"));
	/* Both kinds are asked still. */
	ck_assert(!login_try("alice", PASSWORD, "000000"));
	world_check_store();
}
END_TEST

START_TEST(without_a_count_an_authenticators_life_still_ends)
{
	const struct exception e = { .key = "lockout.deny", .value = "0",
	    .users = "alice" };
	unsigned i;

	people();
	(void)exceptions_give(&e);
	world_policy(MYNUMBER "[lockout]\ndeny = 0\ndelay = 0\n"
	    "lifetime_cap = 3\n");
	for (i = 0; i < 4; i++)
		ck_assert(!login_try("alice", PASSWORD,
		    world_wrong_code("alice")));
	ck_assert(!login_try("alice", PASSWORD, next_code("alice")));
	ck_assert_uint_eq(world_records(SEK_EVENT_DISABLE, 0), 1);
}
END_TEST

START_TEST(privileged_without_a_count_needs_both_exceptions)
{
	struct exception e = { .key = "lockout.privileged_deny", .value = "0",
	    .users = "adminA" };

	people();
	(void)exceptions_give(&e);
	e.key = "lockout.deny";
	(void)exceptions_give(&e);
	world_policy(MYNUMBER "[lockout]\nprivileged_deny = 0\ndelay = 0\n");
	ck_assert(!login_try("adminA", PASSWORD, next_code("adminA")));
	ck_assert(world_logged("must be smaller than lockout.deny"));
	world_policy(MYNUMBER "[lockout]\ndeny = 0\nprivileged_deny = 0\n"
	    "delay = 0\n");
	fail_times("adminA", 6);
	ck_assert(!told_locked("adminA"));
	ck_assert(login_try("adminA", PASSWORD, next_code("adminA")));
	fail_times("bob", 1);
	ck_assert(told_locked("bob"));
}
END_TEST

static void
su_wrong_then_right(void *arg)
{
	const int *wrong = arg;
	struct login l;
	int i;

	for (i = 0; i <= *wrong; i++) {
		l = i < *wrong ? login_of("bob", "wrong", "000000") :
		    login_of("adminA", PASSWORD, next_code("adminA"));
		l.service = "su";
		l.tty = "pts/3";
		l.ruser = "alice";
		login_run(&l);
		if (login_is_in(&l))
			_exit(1);
	}
}

/* That her own account is not locked, nor anybody's, is no leave to try, and
 * lock, others. */
START_TEST(without_a_count_she_can_lock_out_no_others)
{
	const struct exception e = { .key = "lockout.deny", .value = "0",
	    .users = _i == 0 ? "alice" : NULL };
	int wrong = _i == 0 ? 1 : 3;

	world_install_worker();
	people();
	(void)exceptions_give(&e);
	world_policy("[terminal]\nprofile = mynumber\nallow_remote = yes\n"
	    "[lockout]\ndeny = 0\ndelay = 0\n");
	ck_assert_int_eq(login_as_caller(ALICE_UID, su_wrong_then_right,
	    &wrong), 0);
	ck_assert_uint_eq(world_failures("adminA"), 0);
	ck_assert(login_try("adminA", PASSWORD, next_code("adminA")));
	ck_assert(login_try("alice", PASSWORD, next_code("alice")));
}
END_TEST

START_TEST(failures_under_it_count_when_it_has_ended)
{
	const struct exception e = { .key = "lockout.deny", .value = "0",
	    .users = "alice", .until = 120 };

	people();
	(void)exceptions_give(&e);
	world_policy(MYNUMBER "[lockout]\ndeny = 0\ndelay = 0\n");
	world_clock_ahead += 100;
	fail_times("alice", 4);
	ck_assert(!told_locked("alice"));
	world_clock_ahead += 30;
	ck_assert(told_locked("alice"));
	world_clock_ahead += 31 * 60;
	ck_assert(login_try("alice", PASSWORD, next_code("alice")));
}
END_TEST

/* ---- what else goes by it */

START_TEST(exempt_services_go_on_while_it_lapsed)
{
	struct login l;

	people();
	(void)give_one("alice");
	world_clock_ahead += HOUR + 1;
	l = login_of("bob", NULL, NULL);
	l.service = "cron";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
}
END_TEST

START_TEST(several_give_each_his_own)
{
	people();
	(void)give_one("alice");
	(void)give_one("bob");
	ck_assert(one_is_enough("alice"));
	ck_assert(one_is_enough("bob"));
	ck_assert(!login_try("newbie", PASSWORD, NULL));
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED, 0), 2);
}
END_TEST

START_TEST(one_that_opens_nothing_here_is_not_used)
{
	people();
	(void)give_one("alice");
	world_policy(MYNUMBER);
	ck_assert(!one_is_enough("alice"));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_REF), "");
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_USED, 0), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("exception");
	TCase *c = world_case(s, "kinds", 120);

	tcase_add_test(c,
	    never_given_it_refuses_everybody_and_names_the_command);
	tcase_add_test(c, asked_and_not_given_is_never_given);
	tcase_add_test(c, alive_it_lets_in_those_it_names_by_one_kind);
	tcase_add_test(c, ended_all_need_both_and_it_is_loud);
	tcase_add_test(c, revoked_it_is_over_at_once);
	tcase_add_test(c, it_does_not_begin_before_its_time);
	tcase_add_test(c, on_a_clock_set_back_the_floor_is_in_force);
	tcase_add_test(c, a_row_changed_by_other_means_leaves_the_floor);
	tcase_add_test(c, without_its_store_nobody_gets_in);
	tcase_add_test(c, of_another_terminal_it_is_never_given);
	tcase_add_test(c, unproven_it_opens_nothing);
	tcase_add_test(c, a_lower_value_than_allowed_refuses);
	tcase_add_test(c, ended_at_the_prompt_it_opens_nothing);
	tcase_add_test(c, a_handle_of_before_asks_anew);
	tcase_add_test(c,
	    in_a_service_of_proofs_both_are_asked_all_the_same);
	tcase_add_test(c, an_unknown_name_meets_what_a_known_one_meets);
	tcase_add_test(c, exempt_services_go_on_while_it_lapsed);
	tcase_add_test(c, several_give_each_his_own);
	tcase_add_test(c, one_that_opens_nothing_here_is_not_used);
	tcase_add_test(c, su_goes_by_it_too);
	tcase_add_test(c, sudo_does_not_go_on_by_one_that_ended);
	tcase_add_test(c, the_tool_tells_never_alive_and_ended);
	tcase_add_loop_test(c, the_tool_tells_of_words_and_days, 0,
	    (int)(sizeof(worded) / sizeof(worded[0])));
	tcase_add_test(c, the_tool_goes_on_where_the_store_does_not_answer);
	c = world_case(s, "deny", 120);
	tcase_add_test(c, without_a_count_nothing_locks_those_it_names);
	tcase_add_test(c,
	    without_a_count_an_authenticators_life_still_ends);
	tcase_add_test(c, privileged_without_a_count_needs_both_exceptions);
	tcase_add_loop_test(c, without_a_count_she_can_lock_out_no_others, 0,
	    2);
	tcase_add_test(c, failures_under_it_count_when_it_has_ended);
	tcase_add_test(c, locks_are_told_by_the_limits_that_are_his);
	return (world_main(s));
}
