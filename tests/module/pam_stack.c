/*
 * pam_stack.c - no stack, handle or moment adds up what was not proved
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * SEK_SEED=N repeats a run of random stacks.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

#define LINES_MAX 16

/* -------------------------------------------------------------- rounds -- */

START_TEST(two_rounds_on_one_handle_never_add_up)
{
	struct login l;
	int i;

	world_policy("[lockout]\ndeny = 20\nprivileged_deny = 19\n");
	(void)world_hotp("alice");
	l = login_of("alice", "wrong", world_hotp_code("alice", 0));
	login_start(&l);
	for (i = 0; i < 3; i++) {
		l.password = "wrong";
		l.code = world_hotp_code("alice", 0);
		ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_AUTH_ERR);
		ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_PERM_DENIED);
		l.password = PASSWORD;
		l.code = world_wrong_code("alice");
		ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_AUTH_ERR);
		ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_PERM_DENIED);
	}
	l.code = world_hotp_code("alice", 0);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	login_end(&l);
}
END_TEST

START_TEST(a_second_auth_takes_back_what_the_first_proved)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	l.code = "000000";
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_AUTH_ERR);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_PERM_DENIED);
	login_end(&l);
}
END_TEST

START_TEST(evidence_opens_one_account_phase_of_its_own_handle)
{
	struct login a, b;

	(void)world_hotp("alice");
	a = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	b = login_of("alice", PASSWORD, "000000");
	login_start(&a);
	login_start(&b);
	ck_assert_int_eq(pam_authenticate(a.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(b.pamh, 0), PAM_PERM_DENIED);
	ck_assert_int_eq(pam_acct_mgmt(a.pamh, 0), PAM_SUCCESS);
	login_end(&a);
	login_end(&b);
}
END_TEST

static void
dawdle(struct login *l, int n, pam_handle_t *h)
{
	(void)l;
	(void)h;
	if (n == 1)
		world_clock_ahead += 121;
}

START_TEST(a_password_of_two_minutes_ago_is_too_old)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.at_prompt = dawdle;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_ge(world_records(SEK_EVENT_REFUSE, SEK_REASON_STALE),
	    1);
}
END_TEST

START_TEST(an_admission_of_two_minutes_ago_is_too_old_for_account)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	world_clock_ahead = 119;
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	world_clock_ahead = 121;
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_PERM_DENIED);
	ck_assert_ptr_null(pam_getenv(l.pamh, "SEKISHO_ADMISSION"));
	login_end(&l);
}
END_TEST

static void
become_bob(struct login *l, int n, pam_handle_t *h)
{
	(void)l;
	if (n == 1)
		ck_assert_int_eq(pam_set_item(h, PAM_USER, "bob"),
		    PAM_SUCCESS);
}

START_TEST(another_user_between_factor_and_gate_is_refused)
{
	struct login l;

	(void)world_hotp("alice");
	(void)world_hotp("bob");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.at_prompt = become_bob;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	l = login_of("alice", PASSWORD, world_hotp_code("bob", 0));
	l.at_prompt = become_bob;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
}
END_TEST

START_TEST(another_user_between_auth_and_account_is_refused)
{
	struct login l;

	(void)world_hotp("alice");
	(void)world_hotp("bob");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_set_item(l.pamh, PAM_USER, "bob"), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_PERM_DENIED);
	login_end(&l);
}
END_TEST

static void
become_arisu(struct login *l, int n, pam_handle_t *h)
{
	(void)l;
	if (n == 1)
		ck_assert_int_eq(pam_set_item(h, PAM_USER, "arisu"),
		    PAM_SUCCESS);
}

START_TEST(another_name_of_the_same_uid_does_not_void)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.at_prompt = become_arisu;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
}
END_TEST

/* -------------------------------------------------------------- stacks -- */

static const char *const auth_lines[] = {
	"auth required @lockout",
	"auth required @password " COUNT_BACKEND,
	"auth required @oath",
	"auth required @gate"
};
static const char *const account_lines[] = {
	"account required @lockout",
	"account required @password " COUNT_BACKEND,
	"account required @gate"
};
#define NAUTH	(sizeof auth_lines / sizeof auth_lines[0])
#define NACCOUNT (sizeof account_lines / sizeof account_lines[0])
#define NLINES	(NAUTH + NACCOUNT)

struct stack {
	char	text[LINES_MAX * 512];
};

static void
add(struct stack *s, const char *line)
{
	size_t n = strlen(s->text);

	(void)snprintf(s->text + n, sizeof s->text - n, "%s\n", line);
}

static const char *
line_at(size_t i)
{
	return (i < NAUTH ? auth_lines[i] : account_lines[i - NAUTH]);
}

static uint64_t counter;	/* of alice's HOTP, as the tests know it */
static const char *wrong_code;

/*
 * Log in by the stack, once with each set of answers. Getting in must have
 * taken a password that the backend compared and a code that was used up.
 */
static void
one_try(const struct stack *s, bool right_password, bool right_code)
{
	struct login l = login_of("alice", right_password ? PASSWORD : "wrong",
	    right_code ? world_hotp_code("alice", counter) : wrong_code);
	size_t before = world_count();
	uint64_t now;
	bool proved;

	l.service = "tried";
	login_run(&l);
	now = world_hotp_moving("alice");
	proved = right_password && right_code && world_count() > before &&
	    now > counter;
	counter = now;
	ck_assert_msg(!login_is_in(&l) || proved, "auth %d account %d with %s "
	    "password, %s code:\n%s", l.auth, l.account,
	    right_password ? "right" : "wrong",
	    right_code ? "right" : "wrong", s->text);
}

/* The shipped stack still works, and clears what failures left. */
static void
begin_again(void)
{
	struct login l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", counter));

	l.service = "count";
	world_unlock("alice");
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	counter++;
}

static void
lenient(void)
{
	world_policy("[lockout]\ndeny = 100\nprivileged_deny = 99\n"
	    "lifetime_cap = 100\n");
	(void)world_hotp("alice");
	wrong_code = world_wrong_code("alice");
}

static void
try_stack(const struct stack *s)
{
	begin_again();
	world_service("tried", s->text);
	one_try(s, true, false);
	one_try(s, false, true);
	one_try(s, false, false);
	one_try(s, true, true);
}

START_TEST(any_line_taken_away_opens_nothing)
{
	size_t gone, i;

	lenient();
	for (gone = 0; gone <= NLINES; gone++) {
		struct stack s = { "" };

		for (i = 0; i < NLINES; i++)
			if (i != gone)
				add(&s, line_at(i));
		try_stack(&s);
	}
}
END_TEST

/* What outsiders may say, put into either phase. */
static const char *const outsiders[] = {
	"sufficient pam_permit.so",
	"required pam_permit.so",
	"requisite pam_permit.so",
	"optional pam_permit.so",
	"[success=done default=ignore] pam_permit.so",
	"[success=1 default=ignore] pam_permit.so",
	"[success=2 default=ignore] pam_permit.so",
	"[success=3 default=ignore] pam_permit.so",
	"[success=ok default=die] pam_permit.so",
	"[default=done] pam_permit.so",
	"[success=reset] pam_permit.so",
	"required pam_deny.so",
	"sufficient pam_deny.so",
	"[default=1] pam_deny.so",
	"[default=2] pam_deny.so",
	"[default=reset] pam_deny.so",
	"[default=ok] pam_deny.so",
	"[default=ignore] pam_deny.so",
	"required pam_debug.so auth=ignore acct=ignore",
	"sufficient pam_debug.so auth=success acct=success",
	"sufficient pam_debug.so acct=new_authtok_reqd",
	"[new_authtok_reqd=done] pam_debug.so acct=new_authtok_reqd",
	"[new_authtok_reqd=done] pam_debug.so auth=new_authtok_reqd",
	"[success=done default=ignore] pam_unix.so nodelay use_first_pass"
};
#define NOUTSIDERS (sizeof outsiders / sizeof outsiders[0])

static void
with_outsider(const char *phase, size_t at, const char *outsider)
{
	struct stack s = { "" };
	char line[256];
	size_t i;

	(void)snprintf(line, sizeof line, "%s %s", phase, outsider);
	for (i = 0; i < NLINES; i++) {
		if (i == at)
			add(&s, line);
		add(&s, line_at(i));
	}
	if (at >= NLINES)
		add(&s, line);
	try_stack(&s);
}

START_TEST(no_line_of_others_lets_one_kind_pass)
{
	size_t at;

	lenient();
	for (at = 0; at <= NAUTH; at++)
		with_outsider("auth", at, outsiders[_i]);
	for (at = NAUTH; at <= NLINES; at++)
		with_outsider("account", at, outsiders[_i]);
}
END_TEST

/* -------------------------------------------------------------- random -- */

static uint64_t random_state;

static unsigned
any(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return ((unsigned)((random_state >> 33) % below));
}

static const char *const controls[] = {
	"required", "required", "required", "requisite", "sufficient",
	"optional", "[success=done default=ignore]",
	"[success=1 default=ignore]", "[success=2 default=ignore]",
	"[default=ignore]", "[success=ok default=bad]",
	"[success=ok ignore=ok default=bad]", "[ignore=1 default=bad]",
	"[default=ok]", "[success=reset default=ignore]", "[default=1]",
	"[ignore=done success=done default=die]", "[auth_err=ok default=ignore]"
};
#define NCONTROLS (sizeof controls / sizeof controls[0])

static const char *const ours[] = {
	"@lockout", "@password " COUNT_BACKEND, "@oath", "@gate"
};
static const char *const others[] = {
	"pam_permit.so", "pam_deny.so", "pam_debug.so auth=ignore acct=ignore",
	"pam_debug.so auth=auth_err acct=perm_denied",
	"pam_debug.so auth=success acct=success",
	"pam_debug.so auth=new_authtok_reqd acct=new_authtok_reqd"
};

/* A random phase of our lines, and of others' where wanted. */
static void
random_phase(struct stack *s, const char *phase, bool foreign)
{
	unsigned n = 2 + any(7), nours = strcmp(phase, "auth") == 0 ? 4 : 3;
	const char *module;
	char line[512];

	while (n-- > 0) {
		module = ours[any(4)];
		if (nours == 3 && strcmp(module, "@oath") == 0)
			module = "@gate";
		if (foreign && any(3) == 0)
			module = others[any(6)];
		else if (!foreign && any(4) == 0)
			module = others[1 + any(3)];
		(void)snprintf(line, sizeof line, "%s %s %s", phase,
		    controls[any(NCONTROLS)], module);
		add(s, line);
	}
}

static void
whole_phase(struct stack *s, const char *const lines[], size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		add(s, lines[i]);
}

static void
random_stack(struct stack *s)
{
	switch (any(3)) {
	case 0:
		random_phase(s, "auth", true);
		whole_phase(s, account_lines, NACCOUNT);
		break;
	case 1:
		whole_phase(s, auth_lines, NAUTH);
		random_phase(s, "account", true);
		break;
	default:	/* nobody else's yes in either */
		random_phase(s, "auth", false);
		random_phase(s, "account", false);
		break;
	}
}

START_TEST(random_stacks_never_say_yes_to_less_than_two_kinds)
{
	const char *seed = getenv("SEK_SEED");
	int i, n = world_is_long() ? 2000 : 250;

	random_state = seed != NULL ? strtoull(seed, NULL, 10) :
	    (uint64_t)getpid() * 2654435761u + 1;
	printf("SEK_SEED=%llu\n", (unsigned long long)random_state);
	lenient();
	for (i = 0; i < n; i++) {
		struct stack s = { "" };

		random_stack(&s);
		try_stack(&s);
	}
	world_check_store();
}
END_TEST

/* ------------------------------------------------------ misplaced lines -- */

static struct login
by_stack(const char *stack, const char *password, const char *code)
{
	struct login l = login_of("alice", password, code);

	world_service("tried", stack);
	l.service = "tried";
	login_run(&l);
	return (l);
}

START_TEST(a_lost_gate_line_lets_nobody_in)
{
	struct login l;

	(void)world_hotp("alice");
	l = by_stack("auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND "\n"
	    "auth required @oath\n" COUNT_ACCOUNT_LINES, PASSWORD,
	    world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_PERM_DENIED);
	l = by_stack(COUNT_AUTH_LINES "account required @lockout\n"
	    "account required @password " COUNT_BACKEND "\n", PASSWORD,
	    world_hotp_code("alice", 1));
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
}
END_TEST

START_TEST(a_gate_before_the_factors_refuses)
{
	struct login l;

	(void)world_hotp("alice");
	l = by_stack("auth required @lockout\nauth required @gate\n"
	    "auth required @password " COUNT_BACKEND "\n"
	    "auth required @oath\n" COUNT_ACCOUNT_LINES, PASSWORD,
	    world_hotp_code("alice", 0));
	ck_assert(!login_is_in(&l));
	l = by_stack("auth required @gate\n" COUNT_AUTH_LINES
	    COUNT_ACCOUNT_LINES, PASSWORD, world_hotp_code("alice", 0));
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(a_factor_line_twice_refuses_and_asks_once)
{
	struct login l;

	(void)world_hotp("alice");
	l = by_stack("auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND "\n"
	    "auth required @password " COUNT_BACKEND "\n"
	    "auth required @oath\nauth required @gate\n"
	    COUNT_ACCOUNT_LINES, PASSWORD, world_hotp_code("alice", 0));
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_uint_eq(world_count(), 1);
}
END_TEST

START_TEST(a_second_lockout_line_voids_what_was_proved)
{
	struct login l;

	(void)world_hotp("alice");
	l = by_stack("auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND "\n"
	    "auth required @lockout\n"
	    "auth required @oath\nauth required @gate\n"
	    COUNT_ACCOUNT_LINES, PASSWORD, world_hotp_code("alice", 0));
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(factors_without_a_round_ask_and_compare_nothing)
{
	struct login l;

	(void)world_hotp("alice");
	l = by_stack("auth required @password " COUNT_BACKEND "\n"
	    "auth required @oath\nauth required @gate\n"
	    COUNT_ACCOUNT_LINES, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_count(), 0);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
}
END_TEST

START_TEST(lines_of_two_policies_refuse)
{
	struct login l;
	char line[1024], *conf;

	(void)world_hotp("alice");
	conf = world_read(world_path("etc/sekisho.conf"));
	world_write(world_path("etc/other.conf"), 0644, conf);
	free(conf);
	(void)snprintf(line, sizeof line, "auth required @lockout\n"
	    "auth required @password " COUNT_BACKEND "\n"
	    "auth required @oath\nauth required "
	    "%s/modules/pam_sekisho_gate/pam_sekisho_gate.so conf=%s\n"
	    COUNT_ACCOUNT_LINES, getenv("SEK_BUILDDIR"),
	    world_path("etc/other.conf"));
	l = by_stack(line, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_SERVICE_ERR);
}
END_TEST

static void
add_rounds(Suite *s)
{
	TCase *c = world_case(s, "rounds", 60);

	tcase_add_test(c, two_rounds_on_one_handle_never_add_up);
	tcase_add_test(c, a_second_auth_takes_back_what_the_first_proved);
	tcase_add_test(c,
	    evidence_opens_one_account_phase_of_its_own_handle);
	tcase_add_test(c, a_password_of_two_minutes_ago_is_too_old);
	tcase_add_test(c,
	    an_admission_of_two_minutes_ago_is_too_old_for_account);
	tcase_add_test(c, another_user_between_factor_and_gate_is_refused);
	tcase_add_test(c, another_user_between_auth_and_account_is_refused);
	tcase_add_test(c, another_name_of_the_same_uid_does_not_void);
}

int
main(void)
{
	Suite *s = suite_create("stack");
	TCase *c;

	add_rounds(s);
	c = world_case(s, "lines", 300);
	tcase_add_test(c, any_line_taken_away_opens_nothing);
	tcase_add_loop_test(c, no_line_of_others_lets_one_kind_pass, 0,
	    (int)NOUTSIDERS);
	tcase_add_test(c, a_lost_gate_line_lets_nobody_in);
	tcase_add_test(c, a_gate_before_the_factors_refuses);
	tcase_add_test(c, a_factor_line_twice_refuses_and_asks_once);
	tcase_add_test(c, a_second_lockout_line_voids_what_was_proved);
	tcase_add_test(c, factors_without_a_round_ask_and_compare_nothing);
	tcase_add_test(c, lines_of_two_policies_refuse);
	c = world_case(s, "random", 580);
	tcase_add_test(c,
	    random_stacks_never_say_yes_to_less_than_two_kinds);
	return (world_main(s));
}
