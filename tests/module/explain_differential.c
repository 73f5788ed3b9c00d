/*
 * explain_differential.c - what explain says of a login is what becomes of
 * it: random states of persons, locks, policy, services and clocks, each
 * explained and then tried with right answers under the real libpam
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 *   SEK_CASES=5000 SEK_SEED=1 tests/module/explain_differential
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/exception.h"
#include "sekisho/flow/explain.h"
#include "sekisho/model/ticket.h"
#include "sekisho/rule/ticket.h"
#include "tests/module/exceptions.h"
#include "tests/module/harness.h"

#define CASES	150		/* in each of the worlds */

static uint64_t random_state;

static unsigned
any(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return ((unsigned)((random_state >> 33) % below));
}

static uint64_t
from_environment(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return (s != NULL ? strtoull(s, NULL, 10) : otherwise);
}

#define PICK(array) ((array)[any(sizeof(array) / sizeof((array)[0]))])

/* ------------------------------------------------------------- a world -- */

static const char *const people[] = {
	"alice", "bob", "carol", "dave", "adminA", "newbie", "ghost"
};

static const char *const services[] = {
	"login", "sshd", "su", "sudo", "count", "cron", "systemd-user",
	"runuser", "plain", "half", "noround", "absent", "nogate", "early",
	"weak", "noaccount", "login", "sshd", "other-name"
};

static void
make_services(void)
{
	world_service("plain", "auth required pam_permit.so\n"
	    "account required pam_permit.so\n");
	world_service("half", "auth required pam_permit.so\n" ACCOUNT_LINES);
	world_service("noround",
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @oath\nauth required @gate\n" ACCOUNT_LINES);
	world_service("absent", "auth required pam_no_such_module.so\n"
	    AUTH_LINES ACCOUNT_LINES);
	world_service("nogate", "auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n" ACCOUNT_LINES);
	world_service("early", "auth sufficient pam_permit.so\n" AUTH_LINES
	    ACCOUNT_LINES);
	world_service("weak", "auth required pam_permit.so\n"
	    "auth optional @lockout\n"
	    "auth optional @password backend=pam_unix.so\n"
	    "auth optional @oath\nauth optional @gate\n" ACCOUNT_LINES);
	world_service("noaccount", AUTH_LINES
	    "account required pam_permit.so\n");
}

static const char *carols;	/* her authenticator */

/* One kind for some, no count for others; hours long, as clocks run. */
static void
make_exceptions(void)
{
	struct exception e = { .key = "factors.kinds", .value = "1",
	    .users = "alice newbie adminA", .until = 4 * 3600 };

	world_policy("[terminal]\nprofile = mynumber\n");
	(void)exceptions_give(&e);
	e.key = "lockout.deny";
	e.value = "0";
	e.users = any(2) ? "bob alice" : "";
	e.until = 2 * 3600;
	(void)exceptions_give(&e);
}

static void
make_people(void)
{
	static char id[64];

	(void)world_totp("alice");
	(void)world_totp("bob");
	(void)world_totp("adminA");
	(void)world_totp("dave");
	(void)snprintf(id, sizeof id, "%s", world_totp("carol"));
	carols = id;
}

static int64_t
wall_now(void)
{
	struct sek_moment now;

	ck_assert_int_eq(sek_clock_now(&now), SEK_OK);
	return (now.wall);
}

/* Before, after, or none. */
static int64_t
some_time(void)
{
	static const int64_t hours[] = { -48, -1, 1, 48 };

	return (any(3) == 0 ? 0 :
	    wall_now() + PICK(hours) * 3600 * SEK_SECOND);
}

static void
change_state(struct sek_store *st, const char *user)
{
	struct sek_record actor = { .count = 1 };
	struct sek_person p;
	int64_t a, b;
	enum sek_err err = SEK_OK;

	memset(&p, 0, sizeof p);
	switch (any(6)) {
	case 0:
		err = sek_store_suspend(st, user, "leave", some_time(),
		    &actor);
		break;
	case 1:
	case 2:
		err = sek_store_resume(st, user, &actor);
		break;
	case 3:
		if ((err = sek_store_person(st, user, &p)) != SEK_OK)
			break;
		a = some_time();
		b = some_time();
		p.from = a < b || b == 0 ? a : 0;
		p.to = b;
		err = sek_store_person_edit(st, &p, &actor);
		break;
	case 4:
		if ((err = sek_store_person(st, user, &p)) != SEK_OK)
			break;
		p.from = p.to = 0;
		p.state = any(6) == 0 ? SEK_ACCOUNT_SUSPENDED :
		    SEK_ACCOUNT_ACTIVE;
		err = sek_store_person_edit(st, &p, &actor);
		break;
	default:
		break;
	}
	ck_assert_msg(err == SEK_OK || err == SEK_ERR_NOT_FOUND,
	    "%s: %s", user, sek_store_why(st));
}

/* Wrong answers, a few, from somewhere. */
static void
fail_some(const char *user)
{
	unsigned n = any(6);
	struct login l;

	while (n-- > 0) {
		l = login_of(user, "wrong", "000000");
		l.tty = any(2) ? "tty1" : "pts/0";
		login_run(&l);
	}
}

static void
change_policy(void)
{
	static const char *const remote[] = { "no", "yes", "192.0.2.0/24" };
	static const char *const users[] = { "", "", "",
	    "allow_users = alice carol adminA\n", "allow_groups = staff\n",
	    "allow_users = dave\nallow_groups = staff\n" };
	static const char *const exempt[] = { "", "exempt_services = count\n",
	    "exempt_services = cron sshd:bob systemd-user\n" };
	static const char *const unlock[] = { "10m", "30m", "never" };
	/* Below floors, which some may be: make_exceptions. */
	static const char *const zone[] = { "profile = lgwan\n",
	    "profile = lgwan\n", "profile = mynumber\n" };
	static const char *const kinds[] = { "", "", "kinds = 1\n" };
	static const char *const deny[] = { "", "", "deny = 0\n" };
	/* Above no floor but mynumber's. */
	static const char *const grace[] = { "", "grace = none\n",
	    "grace = 2099-12-31\n", "grace = 2020-03-31\n" };
	static const char *const accept[] = { "", "accept = password totp\n",
	    "accept = password hotp\n" };
	static const char *const direct[] = { "", "",
	    "no_direct = bob ghost\n", "no_direct = root adminA\n" };
	static const char *const hours[] = { "", "", "",
	    "hours = Mon, Wed, Fri 06:00-18:00\n",
	    "hours = daily 12:00-11:00\n" };
	char text[1024];
	const char *u = PICK(unlock), *where = PICK(zone);

	(void)snprintf(text, sizeof text, "[terminal]\nallow_remote = %s\n%s"
	    "%s[privilege]\n%s[account]\n%s[factors]\n%s%s%s%s[lockout]\n%sunlock = %s\nprivileged_unlock = %s\n"
	    "interval = 15m\nclock_step = 5m\n", PICK(remote), PICK(users),
	    where, PICK(direct), PICK(hours), PICK(exempt), PICK(accept), PICK(kinds),
	    strstr(where, "mynumber") != NULL ? "" : PICK(grace), PICK(deny),
	    u, u);
	world_policy(text);
}

static void
change_clock(struct sek_store *st)
{
	static const int64_t minutes[] = { 1, 5, 11, 31 };
	struct sek_record actor = { .count = 1 };

	world_clock_ahead += PICK(minutes) * 60;
	if (any(25) == 0)
		world_wall_ahead -= 3600;
	else if (any(3) == 0)
		ck_assert_int_eq(sek_store_accept_clock(st, &actor), SEK_OK);
}

static void
change_something(void)
{
	struct sek_store *st = world_store();
	const char *user = people[any(6)];
	struct sek_record actor = { .count = 1 };

	/* A code is good once: each case has a step of its own. */
	world_clock_ahead += 61;
	if (any(4) == 0)
		change_policy();
	if (any(3) == 0)
		change_state(st, user);
	if (any(3) == 0)
		change_clock(st);
	if (any(60) == 0)
		(void)sek_store_authenticator_state(st, carols,
		    SEK_AUTHENTICATOR_DISABLED, &actor);
	sek_store_free(&st);
	if (any(3) == 0)
		fail_some(PICK(people));
	if (any(3) == 0)
		world_unlock(user);
}

/* ------------------------------------------------------------- compare -- */

static struct sek_explain *
explain(const struct login *l)
{
	struct sek_explain *x = calloc(1, sizeof *x);
	struct sek_pam_stack_places where;
	struct sek_settings *s = calloc(1, sizeof *s);
	struct sek_store *st = world_store();
	struct sek_exceptions by = { .store = &st, .strict = true };
	struct sek_why why = { "" };
	enum sek_err err;

	ck_assert(x != NULL && s != NULL);
	if (sek_exception_load(s, world_path("etc/sekisho.conf"), false, &by,
	    &why) != SEK_OK) {
		free(s);
		s = NULL;
		(void)sek_explain_add(x, SEK_EXPLAIN_POLICY, SEK_WORD_REASON,
		    SEK_REASON_STORE, true);
	}
	sek_pam_stack_system(&where);
	where.dir = world_path("pam.d");
	where.vendor = where.conf = where.ours = NULL;
	x->user = l->user;
	x->service = l->service;
	x->rhost = l->rhost;
	x->tty = l->tty;
	x->where = &where;
	err = sek_explain_run(x, s, s != NULL ? st : NULL, &why);
	ck_assert_msg(err == SEK_OK, "explain: %s: %s", sek_err_name(err),
	    why.text);
	sek_store_free(&st);
	free(s);
	x->where = NULL;
	return (x);
}

/* What cannot be proved at all is a wrong answer to who is asked; under a
 * clock set back not even that. */
static bool
is_wrong(enum sek_reason r)
{
	return (r == SEK_REASON_UNKNOWN || r == SEK_REASON_NOT_ENROLLED ||
	    r == SEK_REASON_CAPPED);
}

static void
compare_reason(const struct sek_explain *x, const struct login *l,
    const char *what)
{
	char part[64];

	if (x->reason == SEK_REASON_NONE)
		return;		/* the stack's doing: no gate told */
	(void)snprintf(part, sizeof part, "reason=%s ",
	    sek_reason_name(x->reason));
	if (world_logged(part) ||
	    (is_wrong(x->reason) && (world_logged("reason=wrong ") ||
	    world_logged("reason=clock "))))
		return;
	ck_abort_msg("%s: explain names %s, the log does not", what, part);
	(void)l;
}

static const char *
describe(const struct login *l)
{
	static char text[256];

	(void)snprintf(text, sizeof text, "SEK_SEED: %s by %s from %s at %s",
	    l->user, l->service, l->rhost != NULL ? l->rhost : "-",
	    l->tty != NULL ? l->tty : "-");
	return (text);
}

static void
random_login(struct login *l)
{
	static const char *const hosts[] = { NULL, NULL, "192.0.2.7",
	    "198.51.100.1" };
	static const char *const ttys[] = { NULL, "tty1", "pts/1" };

	*l = login_of(PICK(people), PASSWORD, NULL);
	l->service = PICK(services);
	l->rhost = PICK(hosts);
	l->tty = PICK(ttys);
	l->code = strcmp(l->user, "newbie") == 0 ||
	    strcmp(l->user, "ghost") == 0 ? "123456" :
	    world_totp_code(l->user, 0);
}

/* The next code will do: nothing to compare. */
static bool
is_just_used(const struct sek_explain *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->finding[i].word == SEK_WORD_JUST_USED)
			return (true);
	return (false);
}

static unsigned yes, no, bare, graces;

/* Account alone: publickey, a timestamp of sudo's, cron. */
static void
compare_bare(const struct login *of)
{
	struct login l = *of;
	struct sek_explain *x = explain(&l);

	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	/* A reuse is another session's matter; lines of others decide by
	 * themselves. */
	if (x->bare != SEK_BARE_REUSE &&
	    strcmp(l.service, "plain") != 0 &&
	    strcmp(l.service, "noaccount") != 0) {
		ck_assert_msg(x->bare_allowed == login_is_in(&l),
		    "%s: account alone: explain says %d, libpam %d",
		    describe(&l), x->bare_allowed, l.account);
		bare++;
	}
	free(x);
}

static void
compare(void)
{
	struct login l;
	struct sek_explain *x;
	char what[256];

	random_login(&l);
	if (any(3) == 0)
		compare_bare(&l);
	world_write(world_path("log"), 0600, "");
	x = explain(&l);
	if (!sek_entry_has_auth(l.service))
		l.phases = LOGIN_ACCOUNT;
	/* Who needs no code answers by Enter. */
	if (x->tickets.grace)
		l.code = "";
	graces += x->tickets.grace && x->allowed && x->asks;
	login_run(&l);
	(void)snprintf(what, sizeof what, "%s", describe(&l));
	if (is_just_used(x)) {
		free(x);
		return;
	}
	ck_assert_msg(x->allowed == login_is_in(&l),
	    "%s: explain says %d (%s, %zu findings), libpam auth %d account "
	    "%d", what, x->allowed, sek_reason_name(x->reason), x->n, l.auth,
	    l.account);
	if (!x->allowed)
		compare_reason(x, &l, what);
	*(x->allowed ? &yes : &no) += 1;
	free(x);
}

START_TEST(explain_and_login_agree)
{
	uint64_t i, n = from_environment("SEK_CASES", world_is_long() ?
	    CASES * 10 : CASES);

	random_state = from_environment("SEK_SEED", (uint64_t)time(NULL)) +
	    (uint64_t)_i * 7919 + 1;
	printf("SEK_SEED=%" PRIu64 " (world %d)\n", random_state -
	    (uint64_t)_i * 7919 - 1, _i);
	fflush(stdout);
	for (i = 0; i < 16; i++)
		(void)any(2);
	make_services();
	make_people();
	make_exceptions();
	for (i = 0; i < n; i++) {
		change_something();
		compare();
	}
	printf("%u let in (%u by grace), %u refused, %u by account alone\n",
	    yes, graces, no, bare);
	fflush(stdout);
	ck_assert_uint_gt(yes, n / 20);
	ck_assert_uint_gt(no, n / 20);
	ck_assert_uint_gt(bare, 0);
}
END_TEST

/* ------------------------------------------------------- stated answers -- */

static bool
says(const struct sek_explain *x, enum sek_explain_rule rule,
    enum sek_reason reason, bool blocks)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->finding[i].rule == rule &&
		    x->finding[i].reason == reason &&
		    x->finding[i].blocks == blocks)
			return (true);
	return (false);
}

START_TEST(a_changed_row_is_told_as_the_login_meets_it)
{
	struct login l = login_of("alice", PASSWORD, NULL);
	struct sek_explain *x;

	(void)world_totp("alice");
	world_sql("UPDATE account SET mac=zeroblob(32) WHERE name='alice'");
	l.code = world_totp_code("alice", 0);
	x = explain(&l);
	ck_assert(!x->allowed);
	ck_assert(says(x, SEK_EXPLAIN_STORE, SEK_REASON_TAMPERED, true));
	login_run(&l);
	ck_assert(!login_is_in(&l));
	free(x);
}
END_TEST

START_TEST(another_uid_is_told)
{
	struct login l = login_of("alice", PASSWORD, NULL);
	struct sek_explain *x;

	l.service = "login";
	(void)world_totp("alice");
	l.code = world_totp_code("alice", 0);
	ck_assert(login_try("alice", PASSWORD, l.code));
	world_write("/etc/passwd", 0644, "root:x:0:0::/root:/bin/sh\n"
	    "alice:x:4321:4321::/:/bin/sh\n");
	world_clock_ahead += 61;
	l.code = world_totp_code("alice", 0);
	x = explain(&l);
	ck_assert(!x->allowed);
	ck_assert(says(x, SEK_EXPLAIN_ACCOUNT, SEK_REASON_UID_CHANGED, true));
	login_run(&l);
	ck_assert(!login_is_in(&l));
	free(x);
}
END_TEST

static void
fail_as_caller(void *arg)
{
	struct login l = login_of(arg, "wrong", "000000");

	l.service = "su";
	l.ruser = "bob";
	login_run(&l);
}

static void
log_in_as_caller(void *arg)
{
	struct login *l = arg;

	login_run(l);
	_exit(login_is_in(l) ? 10 : 11);
}

/* Who has tried others too often by su may not try another one, who is not
 * locked himself. */
START_TEST(a_locked_caller_is_told)
{
	static const char *const targets[] = { "alice", "carol", "dave" };
	struct login l = login_of("adminA", PASSWORD, NULL);
	struct sek_explain *x;
	struct sek_pam_stack_places where;
	struct sek_settings *s;
	struct sek_store *st;
	unsigned i;

	world_install_worker();
	world_policy("[terminal]\nallow_remote = yes\n");
	(void)world_totp("adminA");
	for (i = 0; i < 6; i++)
		ck_assert_int_eq(login_as_caller(BOB_UID, fail_as_caller,
		    (void *)(uintptr_t)targets[i % 3]), 0);
	l.service = "su";
	x = calloc(1, sizeof *x);
	ck_assert_ptr_nonnull(x);
	sek_pam_stack_system(&where);
	where.dir = world_path("pam.d");
	where.vendor = where.conf = where.ours = NULL;
	x->user = "adminA";
	x->service = "su";
	x->caller = "bob";
	x->where = &where;
	s = world_settings();
	st = world_store();
	ck_assert_int_eq(sek_explain_run(x, s, st, NULL), SEK_OK);
	sek_store_free(&st);
	free(s);
	ck_assert(!x->allowed);
	ck_assert(says(x, SEK_EXPLAIN_CALLER, SEK_REASON_CALLER_LOCKED,
	    true));
	ck_assert_int_gt(x->finding[0].until, wall_now());
	ck_assert(!says(x, SEK_EXPLAIN_LOCK, SEK_REASON_LOCKED, true));
	l.code = world_totp_code("adminA", 0);
	l.ruser = "bob";
	ck_assert_int_eq(login_as_caller(BOB_UID, log_in_as_caller, &l), 11);
	ck_assert(world_logged("reason=caller-locked "));
	free(x);
}
END_TEST

static bool
has_word(const struct sek_explain *x, enum sek_explain_word word)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->finding[i].word == word)
			return (true);
	return (false);
}

/* ---- what stands in for a factor */

static void
town(struct sek_actor *who, struct sek_store *st, const char *name)
{
	exceptions_actor(who, st, name, true);
	who->roles |= SEK_ROLE_BIT(SEK_ROLE_APPROVER);
}

/* carol asks a ticket by which user enrols, dave gives it. */
static void
give_ticket(const char *user)
{
	struct sek_store *st = world_store();
	struct sek_approval_ask *in = calloc(1, sizeof *in);
	struct sek_approval_decide *yes_in = calloc(1, sizeof *yes_in);
	struct sek_approval_out *out = calloc(1, sizeof *out);
	struct passwd *pw;

	ck_assert(in != NULL && yes_in != NULL && out != NULL);
	town(&in->who, st, "carol");
	ck_assert_ptr_nonnull(pw = getpwnam(user));
	in->subject_uid = pw->pw_uid;
	in->max = 5;
	in->a.kind = SEK_APPROVAL_TICKET;
	(void)snprintf(in->a.key, sizeof in->a.key, "enrol");
	(void)snprintf(in->a.value, sizeof in->a.value, SEK_TICKET_BY_CODE);
	(void)snprintf(in->a.users, sizeof in->a.users, "%s", user);
	(void)snprintf(in->a.reason, sizeof in->a.reason, "the first day");
	in->a.not_after = wall_now() + 3600 * SEK_SECOND;
	ck_assert_msg(sek_store_approval_ask(st, in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "ask: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	town(&yes_in->who, st, "dave");
	memcpy(yes_in->id, out->a.id, sizeof yes_in->id);
	yes_in->act = SEK_ACT_GIVE;
	yes_in->max = 5;
	ck_assert_msg(sek_store_approval_decide(st, yes_in, out) == SEK_OK &&
	    out->no == SEK_NO_NONE, "give: %s %s",
	    sek_approval_no_name((enum sek_approval_no)out->no),
	    sek_store_why(st));
	sek_store_free(&st);
	free(in);
	free(yes_in);
	free(out);
}

/* Does explain let in, and say so by this word? Another service does not. */
static void
stands_in_at(const char *user, const char *service,
    enum sek_explain_word word, bool lets_in)
{
	struct login l = login_of(user, PASSWORD, NULL);
	struct sek_explain *x;

	l.service = service;
	l.tty = "tty1";
	x = explain(&l);
	ck_assert_msg(x->allowed == lets_in, "%s at %s: %s", user, service,
	    sek_reason_name(x->reason));
	ck_assert_msg(has_word(x, word) == lets_in, "%s at %s: no word",
	    user, service);
	if (!lets_in)
		ck_assert_int_eq(x->reason, SEK_REASON_NOT_ENROLLED);
	free(x);
}

START_TEST(a_code_in_force_is_told)
{
	stands_in_at("newbie", "login", SEK_WORD_TICKET, false);
	give_ticket("newbie");
	stands_in_at("newbie", "login", SEK_WORD_TICKET, true);
	stands_in_at("newbie", "su", SEK_WORD_TICKET, false);
	stands_in_at("newbie", "sudo", SEK_WORD_TICKET, false);
	stands_in_at("dave", "login", SEK_WORD_TICKET, false);
	world_policy("[factors]\naccept = password totp hotp\n");
	stands_in_at("newbie", "login", SEK_WORD_TICKET, false);
	world_policy("");
	world_clock_ahead += 3601;
	stands_in_at("newbie", "login", SEK_WORD_TICKET, false);
}
END_TEST

START_TEST(a_witness_who_could_help_is_told)
{
	struct exception e = { .key = "ticket.substitute",
	    .value = "attended", .users = "newbie adminA" };
	struct sek_settings *s;
	struct sek_explain *x = calloc(1, sizeof *x);
	struct sek_prospect *p = calloc(1, sizeof *p);

	ck_assert(x != NULL && p != NULL);
	(void)exceptions_give(&e);
	world_policy("[ticket]\nsubstitute = attended\n");
	stands_in_at("newbie", "login", SEK_WORD_WITNESS, true);
	stands_in_at("newbie", "su", SEK_WORD_WITNESS, false);
	stands_in_at("dave", "login", SEK_WORD_WITNESS, false);
	stands_in_at("adminA", "login", SEK_WORD_WITNESS, false);
	/* Of tomorrow's logins he is one that needs looking after. */
	s = calloc(1, sizeof *s);
	ck_assert_ptr_nonnull(s);
	(void)snprintf(x->who.name, sizeof x->who.name, "newbie");
	x->who.known = 1;
	x->who.uid = 1234;
	p->at = wall_now();
	p->slot = SEK_SLOT_GRANTED;
	s->factors.kinds = 2;
	s->factors.accept = UINT32_MAX;
	s->ticket.substitute = SEK_SUBSTITUTE_ATTENDED;
	sek_explain_person(x, s, p, true);
	ck_assert(!x->allowed);
	ck_assert_int_eq(x->reason, SEK_REASON_NOT_ENROLLED);
	free(x);
	free(p);
	free(s);
}
END_TEST

START_TEST(the_grace_of_a_roll_out_is_told)
{
	struct login l = login_of("newbie", PASSWORD, "");
	struct sek_explain *x;

	world_policy("[terminal]\nprofile = lgwan\n[factors]\n"
	    "grace = 2099-12-31\n");
	stands_in_at("newbie", "login", SEK_WORD_GRACE, true);
	stands_in_at("newbie", "su", SEK_WORD_GRACE, false);
	stands_in_at("adminA", "login", SEK_WORD_GRACE, false);
	x = explain(&l);
	ck_assert_int_eq(x->finding[0].word, SEK_WORD_GRACE);
	/* 2100-01-01 00:00 in Tokyo. */
	ck_assert_int_eq(x->finding[0].until,
	    INT64_C(4102412400) * SEK_SECOND);
	ck_assert_str_eq(x->finding[0].key, "factors.grace");
	free(x);
	login_run(&l);
	ck_assert(login_is_in(&l));
	(void)world_totp("newbie");
	world_clock_ahead += 61;
	l = login_of("newbie", PASSWORD, "");
	x = explain(&l);
	ck_assert(!has_word(x, SEK_WORD_GRACE));
	free(x);
	login_run(&l);
	ck_assert(!login_is_in(&l));
}
END_TEST

/* Who put a file of our name elsewhere is not kept out by us: saying that
 * nobody gets in would be untrue. */
START_TEST(a_module_of_our_name_is_not_taken_for_ours)
{
	struct sek_explain *x = calloc(1, sizeof *x);
	struct sek_pam_stack_places where;
	struct sek_settings *s = world_settings();
	struct sek_store *st = world_store();

	ck_assert_ptr_nonnull(x);
	(void)world_totp("alice");
	sek_pam_stack_system(&where);
	where.dir = world_path("pam.d");
	where.vendor = where.conf = NULL;
	where.ours = "/nowhere";
	x->user = "alice";
	x->service = "login";
	x->where = &where;
	ck_assert_int_eq(sek_explain_run(x, s, st, NULL), SEK_OK);
	ck_assert(!has_word(x, SEK_WORD_SHUT));
	ck_assert(has_word(x, SEK_WORD_NOT_OURS));
	ck_assert(!x->asks && !x->bare_allowed);
	ck_assert(x->allowed);
	sek_store_free(&st);
	free(s);
	free(x);
}
END_TEST

/* Nothing is taken, counted or written. */
START_TEST(explaining_changes_nothing)
{
	struct login l = login_of("alice", PASSWORD, NULL);
	struct sek_explain *x;
	struct sek_verify before, after;
	struct sek_store *st;
	int i;

	l.service = "login";
	(void)world_totp("alice");
	fail_some("alice");
	st = world_store();
	ck_assert_int_eq(sek_store_verify(st, &before, NULL, NULL), SEK_OK);
	sek_store_free(&st);
	i = (int)world_failures("alice");
	x = explain(&l);
	ck_assert_uint_eq(world_failures("alice"), (unsigned)i);
	free(x);
	st = world_store();
	ck_assert_int_eq(sek_store_verify(st, &after, NULL, NULL), SEK_OK);
	sek_store_free(&st);
	ck_assert_uint_eq(before.records, after.records);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("explain_differential");
	TCase *c = world_case(s, "differential", world_is_long() ? 600 : 180);

	tcase_add_loop_test(c, explain_and_login_agree, 0, 4);
	c = world_case(s, "stated", 60);
	tcase_add_test(c, a_changed_row_is_told_as_the_login_meets_it);
	tcase_add_test(c, another_uid_is_told);
	tcase_add_test(c, a_locked_caller_is_told);
	tcase_add_test(c, explaining_changes_nothing);
	tcase_add_test(c, a_module_of_our_name_is_not_taken_for_ours);
	tcase_add_test(c, a_code_in_force_is_told);
	tcase_add_test(c, a_witness_who_could_help_is_told);
	tcase_add_test(c, the_grace_of_a_roll_out_is_told);
	return (world_main(s));
}
