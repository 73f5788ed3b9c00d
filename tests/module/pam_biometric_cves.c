/*
 * pam_biometric_cves.c - what went wrong in other modules for living traits, as
 * it would look here
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "tests/module/faces.h"

static void
setup(void)
{

	faces_setup();
	(void)faces_enrol("alice");
	(void)world_totp("alice");
}

static struct login
at(const char *service, const char *password, const char *code)
{
	struct login l = login_of("alice", password, code);

	l.service = service;
	return (faces_run(l));
}

/* ------------------------------------------------- CVE-2024-37408 -- */

/* fprintd 1.94.3: a sudo that nobody sees takes the finger that is laid on the
 * reader for another program's prompt. */

/* A stack that asks for nothing before the trait. */
#define FIRST								\
	"auth required @lockout\n"					\
	"auth required " FACES_LINE					\
	"auth required @oath\n"						\
	"auth required @gate\n"						\
	ACCOUNT_LINES

static size_t runs_at_prompt[LOGIN_PROMPTS];

static void
note_runs(struct login *l, int n, pam_handle_t *h)
{

	(void)l;
	(void)h;
	if (n >= 0 && n < LOGIN_PROMPTS)
		runs_at_prompt[n] = faces_runs();
}

START_TEST(nothing_is_looked_at_before_somebody_acts)
{
	struct login l = login_of("alice", NULL, NULL);

	world_service("first", FIRST);
	l.service = "first";
	l.insert = "";
	l.code = world_totp_code("alice", 0);
	l.at_prompt = note_runs;
	l = faces_run(l);
	ck_assert_int_ge(l.nprompts, 1);
	ck_assert_str_eq(l.prompt[0], "Press Enter, then look at the camera "
	    "or hold out your hand: ");
	ck_assert_int_eq(l.style[0], PAM_PROMPT_ECHO_OFF);
	ck_assert_uint_eq(runs_at_prompt[0], 0);
	ck_assert_uint_eq(faces_runs(), 1);
}
END_TEST

/* Hidden, without a terminal or a person: nobody answers. */
START_TEST(a_hidden_sudo_starts_nothing)
{
	static const enum login_talk nobody[] = { TALK_CONV_ERR, TALK_NULL,
	    TALK_NULL_TEXT, TALK_BUF_ERR };
	struct login l;
	size_t i;

	world_service("first", FIRST);
	world_service("sudo", FACES_STACK);
	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		l = login_of("alice", PASSWORD, NULL);
		l.service = i % 2 == 0 ? "first" : "sudo";
		l.talk = nobody[i];
		l.talk_at = 0;
		l = faces_run(l);
		ck_assert_int_ne(l.auth, PAM_SUCCESS);
		ck_assert_uint_eq(faces_runs(), 0);
	}
}
END_TEST

/* And what it took would not do: it lacks what only he knows. */
START_TEST(a_finger_or_face_alone_opens_nothing)
{
	struct login l = at("login", "mistyped", NULL);

	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	world_service("first", FIRST);
	l = login_of("alice", NULL, NULL);
	l.service = "first";
	l.insert = "";
	l.code = world_wrong_code("alice");
	l = faces_run(l);
	ck_assert(!login_is_in(&l));
}
END_TEST

/* ------------------------------------------------------- authselect -- */

/* authselect's with-fingerprint and with-pam-u2f-2fa: the trait stands before
 * the second factor, and is sufficient (peers M8: it alone let in). */
#define SELECTED(trait)							\
	"auth required pam_env.so\n"					\
	"auth required @lockout\n"					\
	"auth sufficient " trait					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @oath\n"						\
	"auth required @gate\n"						\
	ACCOUNT_LINES

START_TEST(ours_is_sufficient_for_nothing)
{
	struct login l;

	world_service("selected", SELECTED(FACES_LINE));
	faces_do("yes");
	/* He presses Enter, and types a wrong password. */
	l = login_of("alice", "mistyped", NULL);
	l.service = "selected";
	l.insert = "";
	l.code = world_wrong_code("alice");
	l = faces_run(l);
	ck_assert_int_ne(l.auth, PAM_SUCCESS);
	ck_assert(!login_is_in(&l));
	/* Nor does it keep him out who has what is asked for. */
	l = login_of("alice", PASSWORD, NULL);
	l.service = "selected";
	l.insert = "";
	l.code = world_totp_code("alice", 0);
	l = faces_run(l);
	ck_assert(login_is_in(&l));
}
END_TEST

/* A foreign one in that place ends auth before the gate is asked: the gate of
 * account refuses. */
START_TEST(a_foreign_one_that_suffices_is_stopped_at_account)
{
	static const char *const foreign[] = { "pam_permit.so\n",
	    "@world/lib/pam_face.so yes\n" };
	char stack[1024];
	struct login l;
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		(void)snprintf(stack, sizeof(stack),
		    "auth required @lockout\n"
		    "auth sufficient %s"
		    "auth required @password backend=pam_unix.so\n"
		    "auth required @oath\n"
		    "auth required @gate\n" ACCOUNT_LINES, foreign[i]);
		world_service("selected", stack);
		l = at("selected", PASSWORD, NULL);
		ck_assert_int_eq(l.auth, PAM_SUCCESS);
		ck_assert_int_eq(l.account, PAM_PERM_DENIED);
		ck_assert(!login_is_in(&l));
	}
}
END_TEST

/* Whatever the control of its line: by itself it lets nobody in. */
START_TEST(no_control_of_its_line_makes_it_enough)
{
	static const char *const controls[] = { "sufficient", "required",
	    "requisite", "optional", "[success=done default=ignore]",
	    "[success=3 ignore=3 default=ignore]",
	    "[success=ok ignore=done default=die]" };
	char stack[1024];
	struct login l;
	size_t i;

	for (i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		(void)snprintf(stack, sizeof(stack),
		    "auth required @lockout\n"
		    "auth %s " FACES_LINE
		    "auth required @password backend=pam_unix.so\n"
		    "auth required @oath\n"
		    "auth required @gate\n" ACCOUNT_LINES, controls[i]);
		world_service("selected", stack);
		l = login_of("alice", "mistyped", NULL);
		l.service = "selected";
		l.insert = "";
		l.code = world_wrong_code("alice");
		l = faces_run(l);
		ck_assert_msg(!login_is_in(&l), "%s", controls[i]);
		world_unlock("alice");
	}
}
END_TEST

/* Nor any order of lines, however often they stand there. */

static uint64_t random_state;

static unsigned
any(unsigned below)
{

	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return ((unsigned)((random_state >> 33) % below));
}

static void
random_lines(char *text, size_t size)
{
	static const char *const controls[] = { "required", "required",
	    "required", "requisite", "sufficient", "optional",
	    "[success=done default=ignore]", "[success=1 default=ignore]",
	    "[default=ignore]", "[ignore=1 default=bad]", "[default=1]",
	    "[ignore=done success=done default=die]",
	    "[auth_err=ok default=ignore]", "[ignore=ok default=ignore]" };
	static const char *const lines[] = { "@lockout\n",
	    "@password backend=pam_unix.so\n", FACES_LINE, FACES_LINE,
	    "@oath\n", "@gate\n", "@gate\n", "@ticket\n", "@biometric\n" };
	unsigned n = 2 + any(7);
	size_t at;

	(void)snprintf(text, size, "%s", any(4) == 0 ? "" :
	    "auth required @lockout\n");
	while (n-- > 0) {
		at = strlen(text);
		(void)snprintf(text + at, size - at, "auth %s %s",
		    controls[any(sizeof(controls) / sizeof(controls[0]))],
		    lines[any(sizeof(lines) / sizeof(lines[0]))]);
	}
	at = strlen(text);
	(void)snprintf(text + at, size - at, ACCOUNT_LINES);
}

static void
stays_out(const char *stack, const char *password, const char *face)
{
	struct login l = login_of("alice", password, NULL);

	world_service("tried", stack);
	faces_do(face);
	l.service = "tried";
	l.insert = "";
	l.code = world_wrong_code("alice");
	l = faces_run(l);
	ck_assert_msg(!login_is_in(&l), "%s password, face: %s:\n%s",
	    password, face, stack);
	world_unlock("alice");
}

START_TEST(no_order_of_lines_makes_one_kind_enough)
{
	const char *seed = getenv("SEK_SEED");
	int i, n = world_is_long() ? 1000 : 60;
	char stack[4096];

	random_state = seed != NULL ? strtoull(seed, NULL, 10) :
	    (uint64_t)getpid() * 2654435761u + 1;
	printf("SEK_SEED=%llu\n", (unsigned long long)random_state);
	for (i = 0; i < n; i++) {
		random_lines(stack, sizeof(stack));
		stays_out(stack, "mistyped", "yes");
		stays_out(stack, PASSWORD, "no");
		/* No pause stands in the way of the next. */
		ck_assert(faces_get_in("yes"));
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pam_biometric_cves");
	TCase *tc = world_case(suite, "cves", 300);

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, nothing_is_looked_at_before_somebody_acts);
	tcase_add_test(tc, a_hidden_sudo_starts_nothing);
	tcase_add_test(tc, a_finger_or_face_alone_opens_nothing);
	tcase_add_test(tc, ours_is_sufficient_for_nothing);
	tcase_add_test(tc,
	    a_foreign_one_that_suffices_is_stopped_at_account);
	tcase_add_test(tc, no_control_of_its_line_makes_it_enough);
	tcase_add_test(tc, no_order_of_lines_makes_one_kind_enough);
	return (world_main(suite));
}
