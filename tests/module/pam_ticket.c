/*
 * pam_ticket.c - a forgotten card, a first factor, a roll-out: what tickets
 * open, and what they never do, by the built modules
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <unistd.h>

#include "sekisho/edge/logind.h"
#include "tests/module/installed.h"
#include "tests/module/tickets.h"

#define CROWD		50u
#define DAY		(24 * 3600)

/* How often the store made something durable, in this process. */
static unsigned syncs;

__attribute__((visibility("default"))) int
fsync(int fd)
{

	syncs++;
	return ((int)syscall(SYS_fsync, fd));
}

__attribute__((visibility("default"))) int
fdatasync(int fd)
{

	syncs++;
	return ((int)syscall(SYS_fdatasync, fd));
}

#define CONF		" conf=@world/etc/sekisho.conf\n"
#define INSTALLED(phase, lines)						\
	phase " required " INSTALLED_MODULE "lockout.so" CONF		\
	phase " required " INSTALLED_MODULE "password.so"		\
	" conf=@world/etc/sekisho.conf backend=pam_unix.so\n" lines	\
	phase " required " INSTALLED_MODULE "gate.so" CONF

/* A witness's own transaction goes by the system's folder, and by modules
 * where they are installed. */
static void
system_services(void)
{
	static const char *const names[] = { "sekisho-witness",
	    "sekisho-helper", "sekisho-locker" };
	size_t i;

	installed_modules();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		world_service(names[i], INSTALLED("auth",
		    "auth required " INSTALLED_MODULE "oath.so" CONF
		    "auth required " INSTALLED_MODULE "ticket.so" CONF)
		    INSTALLED("account", ""));
	ck_assert_int_eq(mount(world_path("pam.d"), "/etc/pam.d", NULL,
	    MS_BIND, NULL), 0);
}

/* alice left her token at home; policy has codes. */
static struct ticket
at_home(void)
{

	tickets_policy("code", "");
	(void)world_hotp("alice");
	return (tickets_give("alice", SEK_PURPOSE_SUBSTITUTE));
}

static struct login
in_service(const char *service, const char *user, const char *password,
    const char *code)
{
	struct login l = login_of(user, password, code);

	l.service = service;
	login_run(&l);
	return (l);
}

/* ---------------------------------------------------------- by a code -- */

START_TEST(code_opens_one_login_once_it_is_approved)
{
	struct ticket t;
	struct login l;

	tickets_policy("code", "");
	(void)world_hotp("alice");
	t = tickets_ask("alice", SEK_PURPOSE_SUBSTITUTE, 3600);
	ck_assert(!login_try("alice", PASSWORD, t.code));
	ck_assert_uint_eq(world_failures("alice"), 1);
	tickets_decide(&t, SEK_ACT_GIVE);
	l = login_of("alice", PASSWORD, t.code);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert(login_was_told(&l, "by a substitute"));
	ck_assert_uint_eq(world_failures("alice"), 0);
	/* By itself what it is, and the exception it stands under. */
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "substitute (代替), by code"));
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "ticket.substitute = code"));
	ck_assert_str_ne(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_REF), "");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_AUTHENTICATOR), t.id));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	/* Once. */
	ck_assert(!login_try("alice", PASSWORD, t.code));
	ck_assert_uint_eq(world_failures("alice"), 1);
	/* Her own token goes on. */
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_DETAIL), "");
	world_check_store();
}
END_TEST

START_TEST(code_is_read_as_it_is_printed)
{
	struct ticket t = at_home();
	char printed[16];

	sek_ticket_print(printed, sizeof(printed), t.code);
	ck_assert(login_try("alice", PASSWORD, printed));
}
END_TEST

START_TEST(fifty_at_once_with_one_code_are_one)
{
	struct ticket t = at_home();
	struct login *l = login_array(CROWD);
	uint64_t before = world_records(SEK_EVENT_ADMIT, 0);
	unsigned i;

	for (i = 0; i < CROWD; i++)
		l[i] = login_of("alice", PASSWORD, t.code);
	login_parallel(l, CROWD);
	ck_assert_uint_eq(login_count_in(l, CROWD), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, 0), before + 1);
	login_array_free(l, CROWD);
	world_check_store();
}
END_TEST

START_TEST(guesses_are_counted_and_lock)
{
	struct ticket t = at_home();
	int i;

	for (i = 0; i < 5; i++)
		ck_assert(!login_try("alice", PASSWORD,
		    strcmp(t.code, "0123456789") == 0 ? "0123456788" :
		    "0123456789"));
	ck_assert(world_locked("alice"));
	ck_assert(!login_try("alice", PASSWORD, t.code));
	/* The lock verified nothing, so nothing was used up. */
	world_unlock("alice");
	ck_assert(login_try("alice", PASSWORD, t.code));
}
END_TEST

START_TEST(code_of_a_ticket_that_is_over_opens_nothing)
{
	struct ticket t;

	t = at_home();
	tickets_decide(&t, SEK_ACT_REVOKE);
	ck_assert(!login_try("alice", PASSWORD, t.code));
	t = tickets_ask("alice", SEK_PURPOSE_SUBSTITUTE, 3600);
	tickets_decide(&t, SEK_ACT_REFUSE);
	ck_assert(!login_try("alice", PASSWORD, t.code));
	t = tickets_ask("alice", SEK_PURPOSE_SUBSTITUTE, 60);
	tickets_decide(&t, SEK_ACT_GIVE);
	world_clock_ahead = 61;
	ck_assert(!login_try("alice", PASSWORD, t.code));
}
END_TEST

START_TEST(code_is_one_persons)
{
	struct ticket t = at_home();

	(void)world_hotp("bob");
	ck_assert(!login_try("bob", PASSWORD, t.code));
	ck_assert_uint_eq(world_failures("bob"), 1);
	ck_assert(!login_try("nobody-here", PASSWORD, t.code));
	ck_assert(!login_try("adminA", PASSWORD, t.code));
	/* Her other name is another account. */
	ck_assert(!login_try("arisu", PASSWORD, t.code));
	ck_assert(login_try("alice", PASSWORD, t.code));
}
END_TEST

START_TEST(wrong_password_leaves_the_code_as_it_was)
{
	struct ticket t = at_home();

	ck_assert(!login_try("alice", "wrong", t.code));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert(login_try("alice", PASSWORD, t.code));
}
END_TEST

START_TEST(code_opens_no_way_to_other_rights)
{
	static const char *const services[] = { "su", "su-l", "sudo",
	    "polkit-1", "sekisho-helper", "sekisho-witness", "chsh" };
	struct ticket t = at_home();
	struct login l;
	size_t i;

	system_services();
	world_service("polkit-1", FULL_STACK);
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		l = in_service(services[i], "alice", PASSWORD, t.code);
		ck_assert_msg(!login_is_in(&l), "%s", services[i]);
		world_unlock("alice");
	}
	ck_assert(login_try("alice", PASSWORD, t.code));
}
END_TEST

/* As sudo asks: account alone, in the session that the login opened. */
START_TEST(sudo_goes_on_by_no_such_login)
{
	struct ticket t = at_home();
	struct sek_reuse in = { .uid = ALICE_UID,
	    .max_age = 3600 * SEK_SECOND };
	struct sek_admission before;
	struct sek_store *st;
	struct login l;

	l = login_of("alice", PASSWORD, t.code);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	st = world_store();
	in.audit_session = sek_audit_session();
	memset(&before, 0, sizeof(before));
	(void)sek_store_reuse(st, &in, &before);
	ck_assert_str_eq(before.id, "");
	in.audit_session = UINT32_MAX;
	(void)sek_store_reuse(st, &in, &before);
	ck_assert_str_eq(before.id, "");
	sek_store_free(&st);
}
END_TEST

/* She became privileged between the gate's yes and the session. */
START_TEST(session_of_a_privileged_target_is_refused)
{
	struct ticket t = at_home();
	struct login l = login_of("alice", PASSWORD, t.code);
	struct login opens = l;
	char env[96];

	login_start(&l);
	login_phases(&l);
	ck_assert(login_is_in(&l));
	(void)snprintf(env, sizeof(env), "SEKISHO_ADMISSION=%s", l.admission);
	login_end(&l);
	tickets_policy("code", "[privilege]\n"
	    "users = adminA adminB adminC alice\n");
	/* As sshd: its monitor opens what a child's gate admitted. */
	login_start(&opens);
	ck_assert_int_eq(pam_putenv(opens.pamh, env), PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(opens.pamh, 0), PAM_PERM_DENIED);
	login_end(&opens);
	ck_assert(login_was_told(&opens, "A ticket opens no privileged"));
	ck_assert_uint_eq(world_records(SEK_EVENT_PRIVILEGE,
	    SEK_REASON_TICKET), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGIN, 0), 0);
}
END_TEST

START_TEST(retired_or_suspended_leaves_no_ticket_behind)
{
	struct ticket t = at_home();

	world_suspend("alice");
	ck_assert(!login_try("alice", PASSWORD, t.code));
	ck_assert_int_eq(world_sekisho("user", "resume", "alice", "-y",
	    NULL), 0);
	ck_assert(!login_try("alice", PASSWORD, t.code));
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(policy_that_takes_no_tickets_takes_none)
{
	struct ticket t;

	t = at_home();
	tickets_policy("code", "[factors]\naccept = password totp hotp\n");
	ck_assert(!login_try("alice", PASSWORD, t.code));
	ck_assert_uint_eq(world_failures("alice"), 1);
	/* Below its floor without an exception in force: none either. */
	world_policy("[ticket]\nsubstitute = no\n");
	ck_assert(!login_try("alice", PASSWORD, t.code));
	tickets_policy("code", "");
	ck_assert(login_try("alice", PASSWORD, t.code));
}
END_TEST

START_TEST(possession_by_signature_leaves_tickets_out)
{
	struct ticket t = at_home();

	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[factors]\nrequire_crypto_possession = yes\n");
	ck_assert(!login_try("alice", PASSWORD, t.code));
}
END_TEST

START_TEST(code_under_attended_only_opens_nothing)
{
	struct ticket t = at_home();

	world_policy("[ticket]\nsubstitute = attended\n");
	ck_assert(!login_try("alice", PASSWORD, t.code));
}
END_TEST

/* ------------------------------------------------------------- stacks -- */

#define LINES(lines)							\
	"auth required @lockout\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	lines ACCOUNT_LINES SESSION_LINES

static const struct {
	const char	*text;
	unsigned	 failures;
} stacks[] = {
	/* Without the line such a code is a wrong one. */
	{ LINES("auth required @oath\nauth required @gate\n"), 1 },
	{ LINES("auth required @oath\nauth required @gate\n"
	    "auth required @ticket\n"), 1 },
	{ LINES("auth required @ticket\nauth required @oath\n"
	    "auth required @gate\n"), 1 },
	{ LINES("auth required @oath\nauth required @ticket\n"
	    "auth required @ticket\nauth required @gate\n"), 0 },
	{ "auth required @ticket\n" FULL_STACK, 0 }
};

START_TEST(stack_that_is_not_in_order_lets_nobody_in)
{
	struct ticket t = at_home();
	static struct login l, wrong;

	world_service("odd", stacks[_i].text);
	l = in_service("odd", "alice", PASSWORD, t.code);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_failures("alice"), stacks[_i].failures);
	/* And tells nothing of the password. */
	world_unlock("alice");
	l = in_service("odd", "alice", PASSWORD, "0000000000");
	world_unlock("alice");
	wrong = in_service("odd", "alice", "wrong", "0000000000");
	login_check_alike(&l, &wrong);
}
END_TEST

static void
one_box(struct login *l, const char *line)
{

	*l = login_of("alice", line, line);
	l->talk = TALK_CONV_ERR;
	l->talk_at = 1;
	login_run(l);
}

START_TEST(one_line_form_takes_a_code_as_it_is_printed)
{
	struct ticket t = at_home();
	char line[64];
	struct login l;

	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[factors]\none_line = yes\n");
	/* Her token's, as ever. */
	(void)snprintf(line, sizeof(line), PASSWORD "%s",
	    world_hotp_code("alice", 0));
	one_box(&l, line);
	ck_assert(login_is_in(&l));
	(void)snprintf(line, sizeof(line), PASSWORD "%.5s-%s", t.code,
	    t.code + 5);
	one_box(&l, line);
	ck_assert(login_is_in(&l));
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "代替"));
	t = tickets_give("alice", SEK_PURPOSE_SUBSTITUTE);
	(void)snprintf(line, sizeof(line), PASSWORD "%s", t.code);
	one_box(&l, line);
	ck_assert(login_is_in(&l));
	/* Two boxes are answered as ever. */
	t = tickets_give("alice", SEK_PURPOSE_SUBSTITUTE);
	ck_assert(login_try("alice", PASSWORD, t.code));
	(void)snprintf(line, sizeof(line), PASSWORD "%s",
	    world_hotp_code("alice", 1));
	one_box(&l, line);
	ck_assert(login_is_in(&l));
}
END_TEST

/* ------------------------------------------------- what nobody is told -- */

/* A login, and how often the store was made durable by it: the least of some,
 * as now and then its log is taken in, too. */
static unsigned
costs(struct login *l, const char *user, const char *password,
    const char *code)
{
	static unsigned strangers;
	unsigned before, least = UINT32_MAX, i;
	char name[32];

	for (i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "%s", user);
		if (strcmp(user, "nobody") == 0)
			(void)snprintf(name, sizeof(name), "nobody%u",
			    strangers++);
		else
			world_unlock(user);
		*l = login_of(name, password, code);
		before = syncs;
		login_run(l);
		ck_assert(!login_is_in(l));
		if (syncs - before < least)
			least = syncs - before;
	}
	return (least);
}

START_TEST(nobody_learns_which_was_wrong_nor_who_has_a_ticket)
{
	static const char *const typed[] = { "9999999999", "" };
	static struct login first, l;
	unsigned n;
	size_t i;

	/* alice has a ticket; bob none; carol no token. */
	(void)at_home();
	(void)world_hotp("bob");
	for (i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
		if (typed[i][0] == '\0')
			world_policy("[factors]\ngrace = 2020-01-01\n");
		/* What a first failure writes more is written by it. */
		(void)costs(&l, "alice", PASSWORD, typed[i]);
		(void)costs(&l, "bob", PASSWORD, typed[i]);
		(void)costs(&l, "carol", PASSWORD, typed[i]);
		(void)costs(&l, "nobody", PASSWORD, typed[i]);
		n = costs(&first, "alice", PASSWORD, typed[i]);
		ck_assert_uint_gt(n, 0);
		ck_assert_uint_eq(costs(&l, "alice", "wrong", typed[i]), n);
		login_check_alike(&first, &l);
		ck_assert_uint_eq(costs(&l, "bob", PASSWORD, typed[i]), n);
		login_check_alike(&first, &l);
		ck_assert_uint_eq(costs(&l, "bob", "wrong", typed[i]), n);
		login_check_alike(&first, &l);
		ck_assert_uint_eq(costs(&l, "carol", PASSWORD, typed[i]), n);
		login_check_alike(&first, &l);
		ck_assert_uint_eq(costs(&l, "nobody", "wrong", typed[i]), n);
		login_check_alike(&first, &l);
	}
}
END_TEST

/* ----------------------------------------------------- with a witness -- */

/* bob's token is at home; carol holds the role. */
static void
attended(const char *more)
{

	system_services();
	tickets_policy("attended", more);
	(void)world_hotp("bob");
	(void)world_hotp("carol");
	(void)world_hotp("dave");
}

static struct login
vouched(const char *user, const char *password, const char *witness,
    const char *witness_password, const char *witness_code)
{
	struct login l = login_of(user, password, "");

	l.witness = witness;
	l.witness_password = witness_password;
	l.witness_code = witness_code;
	login_run(&l);
	return (l);
}

/* The code he was told. */
static const char *
told_code(const struct login *l)
{
	static char code[SEK_TICKET_CODE];
	const char *at;
	int i;

	for (i = 0; i < l->nmessages; i++)
		if ((at = strstr(l->message[i], "Your code for today: ")) !=
		    NULL && sek_ticket_code(code, at + 21) == SEK_OK)
			return (code);
	ck_abort_msg("he was told no code");
	return (NULL);
}

START_TEST(witness_lets_in_and_the_days_code_serves_till_midnight)
{
	struct login l;
	char code[SEK_TICKET_CODE];

	attended("");
	l = vouched("bob", PASSWORD, "carol", PASSWORD,
	    world_hotp_code("carol", 0));
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 5);
	memcpy(code, told_code(&l), sizeof(code));
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_TARGET),
	    "bob");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "substitute (代替), attended"));
	/* Further logins, any number. */
	ck_assert(login_try("bob", PASSWORD, code));
	ck_assert(login_try("bob", PASSWORD, code));
	l = in_service("sekisho-locker", "bob", PASSWORD, code);
	ck_assert(login_is_in(&l));
	ck_assert(!login_try("alice", PASSWORD, code));
	ck_assert(!login_try("bob", "wrong", code));
	/* A fresh witness replaces it. */
	l = vouched("bob", PASSWORD, "carol", PASSWORD,
	    world_hotp_code("carol", 1));
	ck_assert(login_is_in(&l));
	ck_assert(!login_try("bob", PASSWORD, code));
	memcpy(code, told_code(&l), sizeof(code));
	ck_assert(login_try("bob", PASSWORD, code));
	world_wall_ahead = DAY;
	ck_assert(!login_try("bob", PASSWORD, code));
	world_check_store();
}
END_TEST

START_TEST(no_witness_no_login)
{
	static struct login l, given_up;

	attended("");
	/* A wrong proof; himself; without the role; nobody. */
	l = vouched("bob", PASSWORD, "carol", PASSWORD, "000000");
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_failures("carol"), 1);
	l = vouched("bob", PASSWORD, "bob", PASSWORD,
	    world_hotp_code("bob", 0));
	ck_assert(!login_is_in(&l));
	l = vouched("bob", PASSWORD, "dave", PASSWORD,
	    world_hotp_code("dave", 0));
	ck_assert(!login_is_in(&l));
	l = vouched("bob", PASSWORD, "nobody-here", PASSWORD, "000000");
	ck_assert(!login_is_in(&l));
	/* Given up: as after a wrong password. */
	l = vouched("bob", PASSWORD, NULL, NULL, NULL);
	ck_assert(!login_is_in(&l));
	given_up = vouched("bob", "wrong", NULL, NULL, NULL);
	login_check_alike(&l, &given_up);
	world_unlock("bob");
	/* Who has one kind only. */
	l = vouched("bob", PASSWORD, "newbie", PASSWORD, "");
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN, 0), 1);
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
}
END_TEST

START_TEST(witness_by_a_ticket_is_none)
{
	struct ticket t;
	struct login l;

	system_services();
	tickets_policy("code", "");
	(void)world_hotp("bob");
	(void)world_hotp("carol");
	t = tickets_give("bob", SEK_PURPOSE_SUBSTITUTE);
	world_append(world_path("etc/group"), "");
	l = vouched("alice", PASSWORD, "bob", PASSWORD, t.code);
	ck_assert(!login_is_in(&l));
	/* It was not used up by that. */
	ck_assert(login_try("bob", PASSWORD, t.code));
}
END_TEST

START_TEST(failed_login_goes_the_same_way_to_the_end)
{
	static struct login right, wrong, unknown;
	unsigned n;

	attended("");
	world_policy("[roles]\napprover = staff\n[ticket]\n"
	    "substitute = attended\n");
	/* Right, but for the role of the witness. */
	right = vouched("bob", PASSWORD, "carol", PASSWORD, "000000");
	wrong = vouched("bob", "wrong", "carol", PASSWORD, "000000");
	unknown = vouched("xxx", "wrong", "carol", PASSWORD, "000000");
	login_check_alike(&right, &wrong);
	ck_assert_int_eq(unknown.nprompts, right.nprompts);
	ck_assert_int_eq(unknown.nmessages, right.nmessages);
	world_policy("[roles]\napprover = town\n[ticket]\n"
	    "substitute = attended\n");
	world_unlock("bob");
	world_unlock("carol");
	/* A sound witness, and a wrong password: nothing comes of it. */
	n = (unsigned)world_records(SEK_EVENT_APPROVAL_GIVEN, 0);
	wrong = vouched("bob", "wrong", "carol", PASSWORD,
	    world_hotp_code("carol", 0));
	ck_assert(!login_is_in(&wrong));
	ck_assert_int_eq(wrong.nprompts, 5);
	unknown = vouched("xxx", "wrong", "carol", PASSWORD,
	    world_hotp_code("carol", 1));
	ck_assert(!login_is_in(&unknown));
	ck_assert_int_eq(unknown.nprompts, 5);
	ck_assert_int_eq(unknown.nmessages, wrong.nmessages);
	ck_assert_str_eq(unknown.message[unknown.nmessages - 1],
	    wrong.message[wrong.nmessages - 1]);
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN, 0), n);
	ck_assert(!world_logged("xxx"));
	/* No record has the name of nobody. */
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_TARGET),
	    "");
}
END_TEST

START_TEST(privileged_person_has_no_substitute)
{
	struct login l;

	attended("");
	(void)world_hotp("adminA");
	l = vouched("adminA", PASSWORD, "carol", PASSWORD,
	    world_hotp_code("carol", 0));
	ck_assert_int_eq(l.nprompts, 5);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN, 0), 1);
}
END_TEST

START_TEST(so_many_days_in_thirty_and_no_more)
{
	struct login l;
	uint64_t i;

	attended("substitute_max = 2\n");
	for (i = 0; i < 3; i++) {
		world_clock_ahead = (int64_t)i * DAY;
		l = vouched("bob", PASSWORD, "carol", PASSWORD,
		    world_hotp_code("carol", 2 * i));
		ck_assert_msg(login_is_in(&l) == (i < 2), "day %u",
		    (unsigned)i);
		if (i == 2)
			break;
		/* On a day already counted, once more. */
		l = vouched("bob", PASSWORD, "carol", PASSWORD,
		    world_hotp_code("carol", 2 * i + 1));
		ck_assert(login_is_in(&l));
	}
	/* By his own token he gets in as ever. */
	ck_assert(login_try("bob", PASSWORD, world_hotp_code("bob", 0)));
}
END_TEST

START_TEST(without_an_exception_there_is_no_dialogue)
{
	struct login l;

	system_services();
	(void)world_hotp("bob");
	(void)world_hotp("carol");
	world_policy("[roles]\napprover = town\n");
	l = vouched("bob", PASSWORD, "carol", PASSWORD,
	    world_hotp_code("carol", 0));
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_uint_eq(world_failures("bob"), 1);
}
END_TEST

START_TEST(a_ways_that_are_not_logins_have_no_dialogue)
{
	struct login l;

	attended("");
	l = login_of("bob", PASSWORD, "");
	l.service = "su";
	l.witness = "carol";
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
}
END_TEST

/* Over the network nobody tries a supervisor's factors from where he may not
 * come in himself. */
START_TEST(witness_is_where_the_login_comes_from)
{
	static struct login l, unknown;

	attended("");
	l = login_of("bob", PASSWORD, "");
	l.service = "sshd";
	l.rhost = "198.51.100.1";	/* not allowed here */
	l.witness = "carol";
	l.witness_password = "wrong";
	l.witness_code = "000000";
	login_run(&l);
	ck_assert_int_eq(l.nprompts, 5);
	ck_assert_uint_eq(world_failures("carol"), 0);
	l.witness_password = PASSWORD;
	l.witness_code = world_hotp_code("carol", 0);
	unknown = l;
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_records(SEK_EVENT_WITNESS, 0), 0);
	unknown.witness = "nobody-here";
	login_run(&unknown);
	ck_assert_int_eq(unknown.nprompts, l.nprompts);
	ck_assert_int_eq(unknown.nmessages, l.nmessages);
	/* Nothing was used up by it. */
	l = login_of("bob", PASSWORD, "");
	l.service = "sshd";
	l.rhost = "192.0.2.9";
	l.witness = "carol";
	l.witness_password = PASSWORD;
	l.witness_code = world_hotp_code("carol", 0);
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(world_newest(SEK_EVENT_WITNESS, SEK_FIELD_RHOST),
	    "192.0.2.9");
}
END_TEST

/* The password was right two minutes before. */
static void
clock_runs(struct login *l, int n, pam_handle_t *h)
{

	(void)l;
	(void)h;
	if (n == 4)
		world_clock_ahead = 130;
}

START_TEST(witness_who_comes_late_is_too_late)
{
	struct login l;

	attended("");
	l = login_of("bob", PASSWORD, "");
	l.witness = "carol";
	l.witness_password = PASSWORD;
	l.witness_code = world_hotp_code("carol", 0);
	l.at_prompt = clock_runs;
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_records(SEK_EVENT_APPROVAL_GIVEN, 0), 1);
}
END_TEST

/* ---------------------------------------------------------- enrolment -- */

START_TEST(enrolment_ticket_opens_one_login)
{
	struct ticket t;
	struct login l;

	world_policy("");
	t = tickets_give("newbie", SEK_PURPOSE_ENROL);
	l = login_of("newbie", PASSWORD, t.code);
	l.rhost = "192.0.2.9";
	l.service = "sshd";
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert(login_was_told(&l, "sekisho enroll"));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_DETAIL),
	    "enrolment ticket");
	ck_assert(!login_try("newbie", PASSWORD, t.code));
}
END_TEST

START_TEST(enrolment_ticket_is_for_logins)
{
	static const char *const services[] = { "su", "sudo",
	    "sekisho-locker", "sekisho-helper", "sekisho-witness" };
	struct ticket t;
	struct login l;
	size_t i;

	system_services();
	world_policy("");
	t = tickets_give("newbie", SEK_PURPOSE_ENROL);
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		l = in_service(services[i], "newbie", PASSWORD, t.code);
		ck_assert_msg(!login_is_in(&l), "%s", services[i]);
		world_unlock("newbie");
	}
	l = login_of("newbie", PASSWORD, t.code);
	l.rhost = "198.51.100.1";	/* not allowed here */
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert(!login_try("newbie", "wrong", t.code));
	ck_assert(login_try("newbie", PASSWORD, t.code));
}
END_TEST

/* -------------------------------------------------------------- grace -- */

static void
grace_until(int64_t days)
{
	char text[64], day[40];

	sek_clock_print(day, sizeof(day), exceptions_now() +
	    days * SEK_DAY, "Asia/Tokyo");
	(void)snprintf(text, sizeof(text), "[factors]\ngrace = %.10s\n", day);
	world_policy(text);
}

START_TEST(in_the_grace_of_a_roll_out_the_password_is_enough)
{
	struct login l;

	grace_until(1);
	l = login_of("newbie", PASSWORD, "");
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert(login_was_told(&l, "Until "));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "grace until "));
	/* The last day, inclusive; then no more. */
	grace_until(0);
	ck_assert(login_try("newbie", PASSWORD, ""));
	grace_until(-1);
	l = login_of("newbie", PASSWORD, "");
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
}
END_TEST

static void
days_pass(struct login *l, int n, pam_handle_t *h)
{

	(void)l;
	(void)h;
	if (n == 0)
		world_clock_ahead = 2 * DAY;
}

START_TEST(grace_ends_over_a_prompt_that_waits)
{
	struct login l;

	grace_until(0);
	l = login_of("newbie", PASSWORD, "");
	l.at_prompt = days_pass;
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
}
END_TEST

START_TEST(grace_is_for_those_alone_who_never_had_a_factor)
{
	struct login l;
	char id[SEK_ID_MAX];

	system_services();
	(void)snprintf(id, sizeof(id), "%s", world_hotp("alice"));
	grace_until(5);
	ck_assert(!login_try("alice", PASSWORD, ""));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_int_eq(world_sekisho("authenticator", "remove", id,
	    "-y", NULL), 0);
	ck_assert(!login_try("alice", PASSWORD, ""));
	ck_assert(!login_try("adminA", PASSWORD, ""));
	ck_assert(!login_try("root", PASSWORD, ""));
	ck_assert(!login_try("nobody-here", PASSWORD, ""));
	/* It is no way round a wrong answer, nor a password. */
	ck_assert(!login_try("newbie", "wrong", ""));
	ck_assert(!login_try("newbie", PASSWORD, "123456"));
	ck_assert(!login_try("newbie", PASSWORD, "1234567890"));
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, SEK_REASON_WRONG),
	    6);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, SEK_REASON_DIRECT),
	    1);
	ck_assert(login_try("newbie", PASSWORD, ""));
	l = in_service("su", "newbie", PASSWORD, "");
	ck_assert(!login_is_in(&l));
	l = in_service("sekisho-helper", "newbie", PASSWORD, "");
	ck_assert(!login_is_in(&l));
	l = in_service("sekisho-locker", "newbie", PASSWORD, "");
	ck_assert(login_is_in(&l));
	ck_assert(login_try("newbie", PASSWORD, ""));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pam_ticket");
	TCase *c = world_case(s, "code", 120);

	tcase_add_test(c, code_opens_one_login_once_it_is_approved);
	tcase_add_test(c, code_is_read_as_it_is_printed);
	tcase_add_test(c, fifty_at_once_with_one_code_are_one);
	tcase_add_test(c, guesses_are_counted_and_lock);
	tcase_add_test(c, code_of_a_ticket_that_is_over_opens_nothing);
	tcase_add_test(c, code_is_one_persons);
	tcase_add_test(c, wrong_password_leaves_the_code_as_it_was);
	tcase_add_test(c, code_opens_no_way_to_other_rights);
	tcase_add_test(c, sudo_goes_on_by_no_such_login);
	tcase_add_test(c, session_of_a_privileged_target_is_refused);
	tcase_add_test(c, retired_or_suspended_leaves_no_ticket_behind);
	tcase_add_test(c, policy_that_takes_no_tickets_takes_none);
	tcase_add_test(c, possession_by_signature_leaves_tickets_out);
	tcase_add_test(c, code_under_attended_only_opens_nothing);
	c = world_case(s, "stack", 120);
	tcase_add_loop_test(c, stack_that_is_not_in_order_lets_nobody_in, 0,
	    (int)(sizeof(stacks) / sizeof(stacks[0])));
	tcase_add_test(c, one_line_form_takes_a_code_as_it_is_printed);
	tcase_add_test(c,
	    nobody_learns_which_was_wrong_nor_who_has_a_ticket);
	c = world_case(s, "attended", 120);
	tcase_add_test(c,
	    witness_lets_in_and_the_days_code_serves_till_midnight);
	tcase_add_test(c, no_witness_no_login);
	tcase_add_test(c, witness_by_a_ticket_is_none);
	tcase_add_test(c, failed_login_goes_the_same_way_to_the_end);
	tcase_add_test(c, privileged_person_has_no_substitute);
	tcase_add_test(c, so_many_days_in_thirty_and_no_more);
	tcase_add_test(c, without_an_exception_there_is_no_dialogue);
	tcase_add_test(c, a_ways_that_are_not_logins_have_no_dialogue);
	tcase_add_test(c, witness_is_where_the_login_comes_from);
	tcase_add_test(c, witness_who_comes_late_is_too_late);
	c = world_case(s, "enrolment", 120);
	tcase_add_test(c, enrolment_ticket_opens_one_login);
	tcase_add_test(c, enrolment_ticket_is_for_logins);
	c = world_case(s, "grace", 120);
	tcase_add_test(c,
	    in_the_grace_of_a_roll_out_the_password_is_enough);
	tcase_add_test(c, grace_ends_over_a_prompt_that_waits);
	tcase_add_test(c,
	    grace_is_for_those_alone_who_never_had_a_factor);
	return (world_main(s));
}
