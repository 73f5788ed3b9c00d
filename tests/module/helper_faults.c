/*
 * helper_faults.c - two who decide at one instant, processes killed at any,
 * and what changes between the request and the answer
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What somebody is counts at the instant he acts. So a request outlives its
 * asker's suspension: he had proved himself, and who decides sees it and
 * answers for it; were it undecidable, nobody could refuse it either. A
 * suspended approver, or one whose role is gone, decides nothing, also where
 * it happened while he was being asked.
 *
 * SEK_LONG=1: a thousand killed acts instead of forty, forty races of each
 * kind instead of two.
 */
#include "config.h"

#include <linux/kcmp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/rule/approval.h"
#include "tests/module/caller.h"

#define DAVE_UID	1003u
#define USERS		16u
#define PROCESSES	16
#define TOGETHER	2	/* prompts of one proof */

/* ------------------------------------------------------------- the store */

static enum sek_err
take_counter(void *arg, const char *account,
    const struct sek_authenticator *a)
{

	(void)account;
	if (a->method == SEK_METHOD_HOTP)
		*(uint64_t *)arg = a->oath.moving;
	return (SEK_OK);
}

/* The code that is right next. */
static void
types_next(const char *user)
{
	struct sek_store *st = world_store();
	uint64_t counter = 0;

	ck_assert_int_eq(sek_store_authenticators(st, user, false,
	    take_counter, &counter), SEK_OK);
	sek_store_free(&st);
	types(user, counter);
}

/* All there are; static. */
struct all {
	unsigned	 n, asked, given;
	uint32_t	 state;			/* of the newest */
	char		 open[SEK_ID_MAX];	/* one that waits */
};

static struct all
all_approvals(void)
{
	static struct sek_approval_list_out out;
	struct sek_approval_list in;
	struct sek_store *st = world_store();
	struct all all;
	uint32_t i;

	memset(&all, 0, sizeof(all));
	memset(&in, 0, sizeof(in));
	do {
		memset(&out, 0, sizeof(out));
		ck_assert_int_eq(sek_store_approvals(st, &in, &out), SEK_OK);
		ck_assert_uint_eq(out.tampered, 0);
		for (i = 0; i < out.n; i++) {
			const struct sek_approval *a = &out.a[i];

			ck_assert_uint_eq(a->asked.proven, 1);
			if (a->state == SEK_APPROVAL_ASKED) {
				ck_assert_str_eq(a->decided.account, "");
				memcpy(all.open, a->id, sizeof(all.open));
				all.asked++;
			} else if (a->state == SEK_APPROVAL_WITHDRAWN)
				ck_assert_uint_eq(a->ended.proven, 1);
			else {
				ck_assert_uint_eq(a->decided.proven, 1);
				all.given += a->state == SEK_APPROVAL_GIVEN;
			}
			all.state = a->state;
			memcpy(in.after, a->id, sizeof(in.after));
		}
		all.n += out.n;
	} while (out.more != 0);
	sek_store_free(&st);
	return (all);
}

static void
ask_one(char id[SEK_ID_MAX])
{

	types_next("alice");
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	memcpy(id, c->approval[0].a.id, SEK_ID_MAX);
}

/* bob and dave are the cisos. */
static void
two_offices(void)
{

	offices();
	world_write(world_path("etc/group"), 0644, "offices:x:60:bob,dave\n");
	(void)snprintf(wish.a.users, sizeof(wish.a.users), "carol");
	(void)world_hotp("dave");
}

/* ----------------------------------------------------------------- races */

struct side {
	uid_t			 uid;
	const char		*user;
	enum sek_approval_act	 act;
};

/* Both have proved all but the last; then both go on at once. */
static void
race(const char *id, const struct side *side)
{
	struct call *first = c;
	struct sek_helper_decide d;
	pid_t pid[CALLS];
	int i, status;

	for (i = 0; i < CALLS; i++) {
		memset(&d, 0, sizeof(d));
		d.what = side[i].act;
		memcpy(d.id, id, sizeof(d.id));
		(void)snprintf(d.note, sizeof(d.note), "a race");
		c = first + i;
		types_next(side[i].user);
		c->stop_at = TOGETHER;
		pid[i] = call_begin(side[i].uid, SEK_HELPER_DECIDE, &d,
		    sizeof(d));
		ck_assert_int_eq(waitpid(pid[i], &status, WUNTRACED), pid[i]);
		ck_assert_msg(WIFSTOPPED(status), "%s is not asked: %s",
		    side[i].user, c->why.text);
	}
	for (i = 0; i < CALLS; i++)
		ck_assert_int_eq(kill(pid[i], SIGCONT), 0);
	for (i = 0; i < CALLS; i++)
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
	c = first;
}

static uint64_t
outcomes(void)
{

	return (world_records(SEK_EVENT_APPROVAL_GIVEN, SEK_REASON_NONE) +
	    world_records(SEK_EVENT_APPROVAL_REFUSED, SEK_REASON_NONE) +
	    world_records(SEK_EVENT_APPROVAL_ENDED, SEK_REASON_NONE));
}

/* One of both, by one record; the other is told that it is over. */
static void
one_wins(const char *id, const struct side *side)
{
	uint64_t before = outcomes();
	int won;

	race(id, side);
	ck_assert_msg((c[0].err == SEK_OK) != (c[1].err == SEK_OK),
	    "%s and %s", sek_err_name(c[0].err), sek_err_name(c[1].err));
	won = c[0].err == SEK_OK ? 0 : 1;
	ck_assert_int_eq(c[!won].err, SEK_ERR_REFUSED);
	ck_assert_str_eq(c[!won].why.text, sek_approval_no_name(
	    SEK_NO_STATE));
	ck_assert_uint_eq(outcomes(), before + 1);
	ck_assert_uint_eq(all_approvals().state,
	    side[won].act == SEK_ACT_GIVE ? SEK_APPROVAL_GIVEN :
	    side[won].act == SEK_ACT_REFUSE ? SEK_APPROVAL_REFUSED :
	    side[won].act == SEK_ACT_REVOKE ? SEK_APPROVAL_REVOKED :
	    SEK_APPROVAL_WITHDRAWN);
}

START_TEST(of_two_at_one_instant_one_decides)
{
	static const struct side sides[][CALLS] = {
		{ { BOB_UID, "bob", SEK_ACT_GIVE },
		    { DAVE_UID, "dave", SEK_ACT_REFUSE } },
		{ { BOB_UID, "bob", SEK_ACT_GIVE },
		    { ALICE_UID, "alice", SEK_ACT_WITHDRAW } },
		{ { BOB_UID, "bob", SEK_ACT_REVOKE },
		    { DAVE_UID, "dave", SEK_ACT_REVOKE } }
	};
	const struct side *s = sides[_i];
	struct sek_helper_decide d = { .what = SEK_ACT_REVOKE };
	char id[SEK_ID_MAX];
	int n;

	two_offices();
	for (n = 0; n < (world_is_long() ? 40 : 2); n++) {
		ask_one(id);
		if (s[0].act == SEK_ACT_REVOKE) {
			types_next("bob");
			d.what = SEK_ACT_GIVE;
			memcpy(d.id, id, sizeof(d.id));
			call_is(BOB_UID, SEK_HELPER_DECIDE, &d, sizeof(d),
			    SEK_OK);
		}
		one_wins(id, s);
		/* As many of a key are given at once as count. */
		if (all_approvals().state != SEK_APPROVAL_GIVEN)
			continue;
		types_next("bob");
		d.what = SEK_ACT_REVOKE;
		memcpy(d.id, id, sizeof(d.id));
		(void)snprintf(d.note, sizeof(d.note), "over");
		call_is(BOB_UID, SEK_HELPER_DECIDE, &d, sizeof(d), SEK_OK);
	}
	world_check_store();
}
END_TEST

/* ----------------------------------------------------------------- kills */

static void
sleep_us(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	(void)nanosleep(&ts, NULL);
}

/* pid and all below it: client, helper, the one between, the store's. */
static int
family(pid_t pid, pid_t *out, int n)
{
	char path[64], *line = NULL, *p, *end;
	size_t size = 0;
	FILE *f;
	long child;

	if (n < PROCESSES)
		out[n++] = pid;
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
	    (int)pid, (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return (n);
	if (getline(&line, &size, f) > 0)
		for (p = line; (child = strtol(p, &end, 10)) > 0; p = end)
			n = family((pid_t)child, out, n);
	free(line);
	(void)fclose(f);
	return (n);
}

/*
 * Any of them; where it lives in the memory of one before it, that one. Such is
 * what a sanitizer looks for leaks by: whoever waits for it goes on for ever
 * when it is killed.
 */
static pid_t
one_of(const pid_t *pid, int n)
{
	int i, one = (int)(random() % n);

	for (i = 0; i < one; i++)
		if (syscall(SYS_kcmp, pid[i], pid[one], KCMP_VM, 0, 0) == 0)
			return (pid[i]);
	return (pid[one]);
}

/* One of them after us; then all of them end by themselves. */
static void
kill_one(pid_t client, long us)
{
	pid_t pid[PROCESSES];
	int n, tries;

	sleep_us(us);
	n = family(client, pid, 0);
	(void)kill(one_of(pid, n), SIGKILL);
	/* Orphans become ours. */
	for (tries = 0; tries < 3000; tries++) {
		while ((n = (int)waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (n < 0 && errno == ECHILD)
			return;
		sleep_us(10000);
	}
	ck_abort_msg("a process is left");
}

static enum sek_err
count_one(void *arg, const char *account, const struct sek_authenticator *a)
{

	(void)account;
	(void)a;
	++*(unsigned *)arg;
	return (SEK_OK);
}

static unsigned
authenticators(const char *user)
{
	struct sek_store *st = world_store();
	unsigned n = 0;

	ck_assert_int_eq(sek_store_authenticators(st, user, false, count_one,
	    &n), SEK_OK);
	sek_store_free(&st);
	return (n);
}

static uint64_t
records_of(enum sek_event e)
{

	return (world_records(e, SEK_REASON_NONE));
}

/* Whole or not at all; and whoever was told yes has it. */
static void
whole(uint64_t after, uint64_t before, uint64_t records)
{

	ck_assert_uint_le(after - before, 1);
	ck_assert_uint_eq(after - before, records);
	if (c->err == SEK_OK)
		ck_assert_uint_eq(after - before, 1);
}

static void
killed_ask(const char *user, uid_t uid, long us)
{
	uint64_t n = all_approvals().n,
	    records = records_of(SEK_EVENT_APPROVAL_ASKED);

	types_next(user);
	kill_one(call_begin(uid, SEK_HELPER_ASK, &wish, sizeof(wish)), us);
	whole(all_approvals().n, n, records_of(SEK_EVENT_APPROVAL_ASKED) -
	    records);
}

static void
killed_decide(long us)
{
	struct sek_helper_decide d = { .what = SEK_ACT_GIVE };
	uint64_t records = outcomes();
	struct all all = all_approvals();
	char id[SEK_ID_MAX];

	if (all.asked == 0) {
		ask_one(id);
		all = all_approvals();
	}
	/* As many of a key are given at once as count. */
	if (all.given >= 2)
		d.what = SEK_ACT_REFUSE;
	(void)snprintf(d.note, sizeof(d.note), "decided");
	memcpy(d.id, all.open, sizeof(d.id));
	types_next("bob");
	kill_one(call_begin(BOB_UID, SEK_HELPER_DECIDE, &d, sizeof(d)), us);
	whole(all.asked, all_approvals().asked, outcomes() - records);
}

static void
killed_enrol(const char *user, uid_t uid, unsigned i, long us)
{
	struct sek_helper_enrol e = totp;
	uint64_t n = authenticators(user),
	    records = records_of(SEK_EVENT_ENROL);

	(void)snprintf(e.label, sizeof(e.label), "number %u", i);
	types_next(user);
	c->knows_key = true;
	kill_one(call_begin(uid, SEK_HELPER_ENROL, &e, sizeof(e)), us);
	whole(authenticators(user), n, records_of(SEK_EVENT_ENROL) -
	    records);
}

static void
killed_verify(const char *user, uid_t uid, long us)
{
	uint64_t records = records_of(SEK_EVENT_SCREEN_UNLOCK);

	types_next(user);
	kill_one(call_begin(uid, SEK_HELPER_VERIFY, NULL, 0), us);
	records = records_of(SEK_EVENT_SCREEN_UNLOCK) - records;
	ck_assert_uint_le(records, 1);
	if (c->err == SEK_OK)
		ck_assert_uint_eq(records, 1);
}

/* How long an act takes when nobody is killed. */
static long
took_us(void)
{
	struct timespec a, b;

	types_next("alice");
	(void)clock_gettime(CLOCK_MONOTONIC, &a);
	call_is(ALICE_UID, SEK_HELPER_ASK, &wish, sizeof(wish), SEK_OK);
	(void)clock_gettime(CLOCK_MONOTONIC, &b);
	return ((b.tv_sec - a.tv_sec) * 1000000 +
	    (b.tv_nsec - a.tv_nsec) / 1000);
}

START_TEST(killed_at_any_instant_an_act_is_done_or_not)
{
	unsigned i, n = world_is_long() ? 1000 : 40, kills[USERS] = { 0 }, u;
	char user[USERS][16];
	long longest;

	offices();
	world_policy("[terminal]\nallow_remote = yes\n"
	    "[roles]\nciso = offices\n"
	    "[lockout]\ndeny = 100\nprivileged_deny = 99\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	for (u = 0; u < USERS; u++) {
		(void)snprintf(user[u], sizeof(user[u]), "u%02u", u);
		(void)world_hotp(user[u]);
	}
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L), 0);
	longest = took_us() * 5 / 4;
	srandom((unsigned)getpid());
	for (i = 0; i < n; i++) {
		u = i / 4 % USERS;
		if (i % 4 == 0)
			killed_ask(user[u], 1100 + u, random() % longest);
		else if (i % 4 == 1)
			killed_decide(random() % longest);
		else if (i % 4 == 2)
			killed_enrol(user[u], 1100 + u, i,
			    random() % longest);
		else
			killed_verify(user[u], 1100 + u, random() % longest);
		kills[u] += i % 4 != 1;
		/* A killed attempt counts as one, and never as more. */
		ck_assert_uint_le(world_failures(user[u]), kills[u]);
		ck_assert(!world_locked(user[u]));
		if (i % 20 == 19)
			world_check_store();
	}
	for (u = 0; u < USERS; u++) {
		types_next(user[u]);
		call_is(1100 + u, SEK_HELPER_VERIFY, NULL, 0, SEK_OK);
		ck_assert_uint_eq(world_failures(user[u]), 0);
	}
	world_check_store();
}
END_TEST

/* -------------------------------------------- between request and answer */

static void
role_is(const char *group)
{

	world_write(world_path("etc/group"), 0644, group);
}

static void
bob_gives(const char *id, enum sek_err expected)
{
	struct sek_helper_decide d = { .what = SEK_ACT_GIVE };

	memcpy(d.id, id, sizeof(d.id));
	types_next("bob");
	call_is(BOB_UID, SEK_HELPER_DECIDE, &d, sizeof(d), expected);
}

START_TEST(without_his_role_an_approver_decides_nothing)
{
	struct sek_helper_decide d = { .what = SEK_ACT_GIVE };
	char id[SEK_ID_MAX];
	int status;
	pid_t pid;

	two_offices();
	ask_one(id);
	role_is("offices:x:60:\n");
	bob_gives(id, SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(c->asked, 0);
	role_is("others:x:60:bob\n");
	bob_gives(id, SEK_ERR_NOT_FOUND);
	ck_assert_int_eq(c->asked, 0);
	/* Lost while he was asked. */
	role_is("offices:x:60:bob\n");
	memcpy(d.id, id, sizeof(d.id));
	types_next("bob");
	c->stop_at = TOGETHER;
	pid = call_begin(BOB_UID, SEK_HELPER_DECIDE, &d, sizeof(d));
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	role_is("offices:x:60:dave\n");
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(c->err, SEK_ERR_REFUSED);
	ck_assert_str_eq(c->why.text, sek_approval_no_name(SEK_NO_ROLE));
	ck_assert_uint_eq(all_approvals().state, SEK_APPROVAL_ASKED);
	role_is("offices:x:60:bob\n");
	bob_gives(id, SEK_OK);
	world_check_store();
}
END_TEST

START_TEST(a_suspended_approver_decides_nothing)
{
	struct sek_helper_decide d = { .what = SEK_ACT_GIVE };
	char id[SEK_ID_MAX];
	int status;
	pid_t pid;

	two_offices();
	ask_one(id);
	memcpy(d.id, id, sizeof(d.id));
	types_next("bob");
	c->stop_at = TOGETHER;
	pid = call_begin(BOB_UID, SEK_HELPER_DECIDE, &d, sizeof(d));
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert(WIFSTOPPED(status));
	world_suspend("bob");
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(c->err, SEK_ERR_REFUSED);
	bob_gives(id, SEK_ERR_REFUSED);
	ck_assert_uint_eq(all_approvals().state, SEK_APPROVAL_ASKED);
	ck_assert_uint_eq(outcomes(), 0);
}
END_TEST

/* Also an asker who is in no account file any more. */
START_TEST(what_a_suspended_asker_asked_is_decided_by_another)
{
	struct sek_helper_decide d = { .what = SEK_ACT_WITHDRAW };
	char id[SEK_ID_MAX];

	two_offices();
	ask_one(id);
	world_suspend("alice");
	memcpy(d.id, id, sizeof(d.id));
	(void)snprintf(d.note, sizeof(d.note), "not needed");
	types_next("alice");
	call_is(ALICE_UID, SEK_HELPER_DECIDE, &d, sizeof(d),
	    SEK_ERR_REFUSED);
	ck_assert_uint_eq(all_approvals().state, SEK_APPROVAL_ASKED);
	world_write(world_path("etc/passwd"), 0644,
	    "root:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n");
	call_is(ALICE_UID, SEK_HELPER_APPROVALS,
	    &(struct sek_helper_approvals){ .kind = 0 },
	    sizeof(struct sek_helper_approvals), SEK_ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(c->why.text, "log in as yourself"));
	bob_gives(id, SEK_OK);
	ck_assert_uint_eq(all_approvals().state, SEK_APPROVAL_GIVEN);
	world_check_store();
}
END_TEST

START_TEST(on_a_read_only_disk_nobody_is_let_in_and_it_is_told)
{
	const char *store = world_path("store");
	char id[SEK_ID_MAX];

	two_offices();
	ask_one(id);
	ck_assert_int_eq(mount(store, store, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, store, NULL, MS_BIND | MS_REMOUNT |
	    MS_RDONLY, NULL), 0);
	types("alice", 1);
	ck_assert_int_ne(call(ALICE_UID, SEK_HELPER_VERIFY, NULL, 0), SEK_OK);
	ck_assert_ptr_nonnull(strstr(c->why.text, "person in charge"));
	types("alice", 1);
	ck_assert_int_ne(call(ALICE_UID, SEK_HELPER_ASK, &wish,
	    sizeof(wish)), SEK_OK);
	ck_assert_ptr_nonnull(strstr(c->why.text, "person in charge"));
	ck_assert_int_eq(c->asked, 0);
	ck_assert_int_eq(umount(store), 0);
	bob_gives(id, SEK_OK);
	ck_assert_uint_eq(world_failures("alice"), 0);
	world_check_store();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("helper_faults");
	TCase *t = world_case(s, "faults", world_is_long() ? 3000 : 300);

	tcase_add_checked_fixture(t, caller_setup, NULL);
	tcase_add_loop_test(t, of_two_at_one_instant_one_decides, 0, 3);
	tcase_add_test(t, killed_at_any_instant_an_act_is_done_or_not);
	tcase_add_test(t, without_his_role_an_approver_decides_nothing);
	tcase_add_test(t, a_suspended_approver_decides_nothing);
	tcase_add_test(t, what_a_suspended_asker_asked_is_decided_by_another);
	tcase_add_test(t,
	    on_a_read_only_disk_nobody_is_let_in_and_it_is_told);
	return (s);
}

int
main(void)
{

	return (world_main(suite()));
}
