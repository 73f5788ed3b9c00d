/*
 * pam_vendor.c - logins with a vendor's module for faces, whatever it does
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <limits.h>
#include <sodium.h>

#include "tests/module/faces.h"

static void
setup(void)
{

	faces_setup();
	(void)faces_enrol("alice");
}

/* ------------------------------------------------- password and face -- */

/* "backend pam_face.so sha256:HEX" */
static const char *
as_recorded(void)
{
	static char text[160];
	static unsigned char bytes[4 << 20];
	uint8_t sum[32];
	char hex[65];
	FILE *f = fopen(world_path("lib/pam_face.so"), "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(bytes, 1, sizeof(bytes), f);
	(void)fclose(f);
	(void)crypto_hash_sha256(sum, bytes, n);
	(void)sodium_bin2hex(hex, sizeof(hex), sum, sizeof(sum));
	(void)snprintf(text, sizeof(text), "backend pam_face.so sha256:%s",
	    hex);
	return (text);
}

START_TEST(password_and_face_let_in_and_the_record_names_the_module)
{
	struct login l;

	faces_do("info=Look_here slow=600 yes");
	l = login_of("alice", PASSWORD, NULL);
	l.phases = LOGIN_ALL;
	l = faces_run(l);
	ck_assert_msg(login_is_in(&l), "%s", l.nmessages > 0 ?
	    l.message[l.nmessages - 1] : "-");
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert(login_was_told(&l, "Look here"));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge inherence");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), as_recorded()));
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "below AAL2"));
	ck_assert_uint_eq(world_failures("alice"), 0);
	world_check_store();
}
END_TEST

START_TEST(another_face_counts_once_on_account_and_trait)
{
	struct login l = faces_login(PASSWORD, NULL, "no");

	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(faces_of("alice").failures, 1);
	ck_assert(!faces_get_in("no"));
	ck_assert_uint_eq(faces_of("alice").failures, 2);
	ck_assert(faces_get_in("yes"));
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(faces_of("alice").failures, 0);
}
END_TEST

START_TEST(no_code_but_success_lets_in)
{
	char words[32];
	int code;

	for (code = 1; code < 34; code++) {
		(void)snprintf(words, sizeof(words), "lie=%d", code);
		ck_assert_msg(!faces_get_in(words), "%d", code);
		ck_assert_msg(faces_get_in("yes"), "after %d", code);
	}
}
END_TEST

START_TEST(nothing_it_does_hurts_the_login)
{
	static const char *const deeds[] = { "crash", "abort", "exit0",
	    "_exit0", "close yes", "forge yes", "pose no", "twice", "hang", "stop yes",
	    "spin", "error=Stranger crash" };
	size_t i;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		ck_assert_msg(!faces_get_in(deeds[i]), "%s", deeds[i]);
		ck_assert_msg(faces_get_in("change yes"), "after %s",
		    deeds[i]);
	}
	world_check_store();
}
END_TEST

/* What fails without a word of the face is no mismatch of it. */
START_TEST(what_compared_nothing_is_not_counted_on_the_trait)
{
	static const char *const deeds[] = { "lie=9", "lie=25", "crash",
	    "hang" };
	size_t i;

	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
		ck_assert_msg(!faces_get_in(deeds[i]), "%s", deeds[i]);
	ck_assert_uint_eq(faces_of("alice").failures, 0);
	ck_assert(!faces_get_in("error=Stranger crash"));
	ck_assert_uint_eq(faces_of("alice").failures, 1);
}
END_TEST

static struct login right, wrong;

static void
see(struct login *l, const char *password, const char *words)
{

	const unsigned open_before = faces_descriptors();

	faces_do(words);
	*l = login_of("alice", password, NULL);
	login_run(l);
	ck_assert_uint_eq(faces_descriptors(), open_before);
}

/* pam-facts 3: neither the face's answer nor the password's is to be seen. */
START_TEST(who_typed_a_wrong_password_sees_what_a_right_one_sees)
{

	see(&right, PASSWORD, "info=Look slow=600 no");
	ck_assert_uint_eq(faces_of("alice").failures, 1);
	see(&wrong, "mistyped", "info=Look slow=600 no");
	login_check_alike(&right, &wrong);
	see(&wrong, "mistyped", "info=Look slow=600 yes");
	login_check_alike(&right, &wrong);
	ck_assert_uint_eq(faces_of("alice").failures, 1);
}
END_TEST

START_TEST(its_questions_are_asked_and_never_get_the_password)
{
	struct login l;

	ck_assert(faces_get_in("token"));
	l = faces_login(PASSWORD, NULL, "ask");
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[1], "Number on your hand: ");
}
END_TEST

/* -------------------------------------------------- tries and their end -- */

START_TEST(after_some_that_did_not_match_there_is_a_pause)
{
	struct login l;

	faces_policy("[biometric]\ntries = 2\npause = 1s\n");
	ck_assert(!faces_get_in("no"));
	ck_assert(!faces_get_in("no"));
	l = faces_login(PASSWORD, NULL, "yes");
	ck_assert(login_was_told(&l, "Too many scans in a row"));
	ck_assert(login_is_in(&l));
	l = faces_login(PASSWORD, NULL, "yes");
	ck_assert(!login_was_told(&l, "Too many scans"));
	/* One longer than he is waited for ends it: nothing is looked at. */
	faces_policy("[biometric]\ntries = 1\npause = 60s\n");
	ck_assert(!faces_get_in("no"));
	(void)unlink(world_path("runs"));
	ck_assert(!faces_get_in("yes"));
	ck_assert_uint_eq(faces_runs(), 0);
}
END_TEST

START_TEST(at_the_cap_of_its_life_it_is_disabled_and_recorded)
{

	faces_policy("[biometric]\ntries = 10\npause = 1s\n"
	    "lifetime_cap = 3\n");
	ck_assert(!faces_get_in("no"));
	ck_assert(!faces_get_in("no"));
	ck_assert_uint_eq(faces_of("alice").state,
	    SEK_AUTHENTICATOR_ACTIVE);
	ck_assert(!faces_get_in("no"));
	ck_assert_uint_eq(faces_of("alice").state,
	    SEK_AUTHENTICATOR_DISABLED);
	ck_assert_uint_ge(world_records(SEK_EVENT_DISABLE, SEK_REASON_CAPPED),
	    1);
	world_unlock("alice");
	(void)unlink(world_path("runs"));
	ck_assert(!faces_get_in("yes"));
	ck_assert_uint_eq(faces_runs(), 0);
}
END_TEST

/* ---------------------------------------------------------------- reuse -- */

#define ANYWHERE	"[terminal]\nallow_remote = yes\n"

static bool
in_a_session(struct login *l)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
	bool has = fd >= 0 && write(fd, "1000", 4) == 4;

	if (fd >= 0)
		(void)close(fd);
	if (!has)
		return (false);
	*l = login_of("alice", PASSWORD, NULL);
	login_start(l);
	return (pam_authenticate(l->pamh, 0) == PAM_SUCCESS &&
	    pam_acct_mgmt(l->pamh, 0) == PAM_SUCCESS &&
	    pam_open_session(l->pamh, 0) == PAM_SUCCESS);
}

static void
sudo_without_auth(void *arg)
{
	const int *answer = arg;
	struct login l = login_of("alice", NULL, NULL);

	l.service = "sudo";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	if (l.account != *answer)
		_exit(1);
}

/* What was proved without a thing that he has is no more to sudo; and not
 * enough where such a thing is asked for by now. */
START_TEST(sudo_goes_on_marked_and_not_where_possession_is_asked_for)
{
	static int yes = PAM_SUCCESS, no = PAM_PERM_DENIED;
	struct login l;

	faces_policy(ANYWHERE);
	if (!in_a_session(&l))
		world_skip("the kernel gives no audit session");
	ck_assert_int_eq(login_as_caller(ALICE_UID, sudo_without_auth, &yes),
	    0);
	ck_assert_str_eq(world_newest(SEK_EVENT_REUSE, SEK_FIELD_KINDS),
	    "knowledge inherence");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_REUSE,
	    SEK_FIELD_DETAIL), "no possession (below AAL2)"));
	faces_policy("require_possession = yes\n" ANYWHERE);
	ck_assert_int_eq(login_as_caller(ALICE_UID, sudo_without_auth, &no),
	    0);
	login_end(&l);
}
END_TEST

/* ----------------------------------------------------------- who, where -- */

START_TEST(who_has_none_is_not_looked_at)
{
	struct login l = login_of("bob", PASSWORD, NULL);

	(void)world_totp("bob");
	l.code = world_totp_code("bob", 0);
	l = faces_run(l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(faces_runs(), 0);
}
END_TEST

START_TEST(who_is_not_at_this_terminal_is_not_looked_at)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	l.service = "sshd";
	l.rhost = "192.0.2.7";
	l = faces_run(l);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(faces_runs(), 0);
}
END_TEST

START_TEST(a_file_that_others_may_change_is_never_run)
{

	ck_assert_int_eq(chmod(world_path("lib/pam_face.so"), 0666), 0);
	ck_assert(!faces_get_in("yes"));
	ck_assert(world_logged("pam_face.so"));
	ck_assert_int_eq(chmod(world_path("lib/pam_face.so"), 0644), 0);
	ck_assert(faces_get_in("yes"));
	ck_assert_uint_eq(faces_runs(), 1);
}
END_TEST

/* It would let in whom it was told to. */
START_TEST(a_module_that_checks_no_trait_is_never_run)
{
	static const char *const others[] = { "pam_permit.so",
	    "pam_unix.so", "pam_rootok.so", "pam_succeed_if.so" };
	char stack[1024];
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		(void)snprintf(stack, sizeof(stack),
		    "auth required @lockout\n"
		    "auth required @password backend=pam_unix.so\n"
		    "auth required @biometric backend=%s\n"
		    "auth required @gate\n" ACCOUNT_LINES, others[i]);
		world_service("login", stack);
		ck_assert_msg(!faces_get_in("yes"), "%s", others[i]);
		ck_assert_msg(world_logged(others[i]), "%s", others[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pam_vendor");
	TCase *tc = world_case(suite, "vendor", 300);

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc,
	    password_and_face_let_in_and_the_record_names_the_module);
	tcase_add_test(tc, another_face_counts_once_on_account_and_trait);
	tcase_add_test(tc, no_code_but_success_lets_in);
	tcase_add_test(tc, nothing_it_does_hurts_the_login);
	tcase_add_test(tc, what_compared_nothing_is_not_counted_on_the_trait);
	tcase_add_test(tc,
	    who_typed_a_wrong_password_sees_what_a_right_one_sees);
	tcase_add_test(tc,
	    its_questions_are_asked_and_never_get_the_password);
	tcase_add_test(tc, after_some_that_did_not_match_there_is_a_pause);
	tcase_add_test(tc,
	    at_the_cap_of_its_life_it_is_disabled_and_recorded);
	tcase_add_test(tc,
	    sudo_goes_on_marked_and_not_where_possession_is_asked_for);
	tcase_add_test(tc, who_has_none_is_not_looked_at);
	tcase_add_test(tc, who_is_not_at_this_terminal_is_not_looked_at);
	tcase_add_test(tc, a_file_that_others_may_change_is_never_run);
	tcase_add_test(tc, a_module_that_checks_no_trait_is_never_run);
	return (world_main(suite));
}
