/*
 * pam_account.c - account without auth: one stated answer for each caller
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Design section 2; a row of the table is a service as its program calls it.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

static struct login
bare(const char *service, const char *user)
{
	struct login l = login_of(user, NULL, NULL);

	l.service = service;
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	return (l);
}

static const struct {
	const char	*service;
	const char	*user;
	int		 answer;
	enum sek_event	 event;
} rows[] = {
	/* root becomes another */
	{ "su", "alice", PAM_SUCCESS, SEK_EVENT_ROOT_SWITCH },
	{ "su-l", "alice", PAM_SUCCESS, SEK_EVENT_ROOT_SWITCH },
	{ "chsh", "alice", PAM_SUCCESS, SEK_EVENT_ROOT_SWITCH },
	{ "chfn", "alice", PAM_SUCCESS, SEK_EVENT_ROOT_SWITCH },
	{ "su", "newbie", PAM_SUCCESS, SEK_EVENT_ROOT_SWITCH },
	/* the system's own services */
	{ "cron", "alice", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	{ "cron", "root", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	{ "cron", "daemon", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	{ "crond", "alice", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	{ "atd", "alice", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	{ "runuser", "alice", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	{ "runuser-l", "alice", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	{ "systemd-user", "alice", PAM_SUCCESS, SEK_EVENT_EXEMPT },
	/* SERVICE:USER is of that user */
	{ "gdm-launch-environment", "alice", PAM_PERM_DENIED,
	    SEK_EVENT_REFUSE },
	/* sshd by public key, and all the rest */
	{ "sshd", "alice", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "sshd", "root", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "login", "alice", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "passwd", "alice", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "sudo", "alice", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "sudo", "root", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "no-such-service", "alice", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "sshd", "no-such-name", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "cron", "no-such-name", PAM_PERM_DENIED, SEK_EVENT_REFUSE },
	{ "su", "no-such-name", PAM_PERM_DENIED, SEK_EVENT_REFUSE }
};

START_TEST(each_caller_has_its_answer)
{
	struct login l;

	(void)world_hotp("alice");
	l = bare(rows[_i].service, rows[_i].user);
	ck_assert_msg(l.account == rows[_i].answer, "%s for %s: %d",
	    rows[_i].service, rows[_i].user, l.account);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert_uint_eq(world_records(rows[_i].event, SEK_REASON_NONE), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE),
	    0);
	ck_assert_str_eq(l.admission, "");
}
END_TEST

START_TEST(a_suspended_account_stays_out_of_exempt_services)
{
	struct login l;

	(void)world_hotp("alice");
	world_suspend("alice");
	l = bare("cron", "alice");
	ck_assert_int_eq(l.account, PAM_ACCT_EXPIRED);
	l = bare("systemd-user", "alice");
	ck_assert_int_eq(l.account, PAM_ACCT_EXPIRED);
	l = bare("su", "alice");
	ck_assert_int_eq(l.account, PAM_ACCT_EXPIRED);
	/* And no record says that somebody passed. */
	ck_assert_uint_eq(world_records(SEK_EVENT_EXEMPT, SEK_REASON_NONE),
	    0);
	ck_assert_uint_eq(world_records(SEK_EVENT_ROOT_SWITCH,
	    SEK_REASON_NONE), 0);
}
END_TEST

START_TEST(root_never_is_kept_out_of_them)
{
	struct login l;

	(void)world_hotp("root");
	world_suspend("root");
	l = bare("cron", "root");
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	l = bare("su", "root");
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	/* But by the gate everywhere else. */
	l = bare("sshd", "root");
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
}
END_TEST

START_TEST(an_account_the_system_ended_stays_out)
{
	struct login l;

	(void)world_hotp("ended");
	l = bare("cron", "ended");
	ck_assert_int_eq(l.account, PAM_ACCT_EXPIRED);
	l = login_of("ended", PASSWORD, world_hotp_code("ended", 0));
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_ACCT_EXPIRED);
	ck_assert_str_eq(l.admission, "");
}
END_TEST

static void
suspend_at_the_code(struct login *l, int n, pam_handle_t *h)
{
	(void)h;
	if (n == 1)
		world_suspend(l->user);
}

/* Lockers run auth alone: it is the gate that must see it. */
START_TEST(suspended_at_the_prompt_is_refused_by_the_gate)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_AUTH;
	l.at_prompt = suspend_at_the_code;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 0);
}
END_TEST

/* The person left between auth and account. */
START_TEST(a_refusal_in_account_takes_the_admission_back)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_ptr_nonnull(pam_getenv(l.pamh, "SEKISHO_ADMISSION"));
	world_suspend("alice");
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_ACCT_EXPIRED);
	ck_assert_ptr_null(pam_getenv(l.pamh, "SEKISHO_ADMISSION"));
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_SUSPENDED), 1);
	login_end(&l);
}
END_TEST

START_TEST(a_change_due_is_no_yes_without_an_admission)
{
	struct login l;

	(void)world_hotp("expired");
	l = bare("sshd", "expired");
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l = bare("login", "expired");
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	l = bare("sudo", "expired");
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	/* The system's own services go on, as without us. */
	l = bare("cron", "expired");
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	/* And after both proofs it is what it was: change it now. */
	l = login_of("expired", PASSWORD, world_hotp_code("expired", 0));
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.account, PAM_NEW_AUTHTOK_REQD);
	l = login_of("expired", PASSWORD, world_hotp_code("expired", 0));
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
}
END_TEST

START_TEST(a_change_due_said_by_any_backend_is_no_yes)
{
	struct login l = login_of("alice", NULL, NULL);

	(void)world_hotp("alice");
	world_service("due", "account required @lockout\n"
	    "account required @password backend=@count account=12\n"
	    "account required @gate\n");
	l.service = "due";
	l.phases = LOGIN_ACCOUNT;
	login_run(&l);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
}
END_TEST

/* ------------------------------------------------------- real uid not 0 -- */

static void
expect(const struct login *l, int answer)
{
	if (l->account != answer) {
		fprintf(stderr, "account answered %d, not %d\n", l->account,
		    answer);
		_exit(1);
	}
}

static void
su_without_auth(void *arg)
{
	struct login l = bare("su", "bob");

	(void)arg;
	expect(&l, PAM_PERM_DENIED);
	l = bare("chsh", "alice");
	expect(&l, PAM_PERM_DENIED);
	l = bare("sudo", "alice");
	expect(&l, PAM_PERM_DENIED);
}

START_TEST(a_person_switches_nowhere_without_proof)
{
	world_install_worker();
	world_policy("[terminal]\nallow_remote = yes\n");
	(void)world_hotp("alice");
	(void)world_hotp("bob");
	ck_assert_int_eq(login_as_caller(ALICE_UID, su_without_auth, NULL),
	    0);
}
END_TEST

/* A login of alice in this process: proved, session open. false where the
 * kernel gives no audit session. */
static bool
login_with_session(struct login *l)
{
	int fd = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return (false);
	if (write(fd, "1000", 4) != 4) {
		(void)close(fd);
		return (false);
	}
	(void)close(fd);
	*l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l->service = "sshd";
	login_start(l);
	return (pam_authenticate(l->pamh, 0) == PAM_SUCCESS &&
	    pam_acct_mgmt(l->pamh, 0) == PAM_SUCCESS &&
	    pam_open_session(l->pamh, 0) == PAM_SUCCESS);
}

static void
sudo_in_time(void *arg)
{
	struct login l = bare("sudo", "alice");

	(void)arg;
	expect(&l, PAM_SUCCESS);
	l = bare("sudo", "bob");
	expect(&l, PAM_PERM_DENIED);
	l = bare("sshd", "alice");
	expect(&l, PAM_PERM_DENIED);
}

static void
sudo_refused(void *arg)
{
	struct login l = bare("sudo", "alice");

	(void)arg;
	expect(&l, PAM_PERM_DENIED);
}

START_TEST(sudo_goes_on_with_the_proof_of_its_own_session)
{
	struct login l;

	world_install_worker();
	world_policy("[terminal]\nallow_remote = yes\n");
	(void)world_hotp("alice");
	(void)world_hotp("bob");
	if (!login_with_session(&l))
		world_skip("the kernel gives no audit session");
	ck_assert_int_eq(login_as_caller(ALICE_UID, sudo_in_time, NULL), 0);
	ck_assert_uint_ge(world_records(SEK_EVENT_REUSE, SEK_REASON_NONE),
	    1);
	/* Not another person in the same session. */
	ck_assert_int_eq(login_as_caller(BOB_UID, sudo_refused, NULL), 0);
	world_policy("[terminal]\nallow_remote = yes\n"
	    "[factors]\nreuse = 0\n");
	ck_assert_int_eq(login_as_caller(ALICE_UID, sudo_refused, NULL), 0);
	world_policy("[terminal]\nallow_remote = yes\n"
	    "[factors]\nreuse = 1s\n");
	(void)sleep(2);
	ck_assert_int_eq(login_as_caller(ALICE_UID, sudo_refused, NULL), 0);
	login_end(&l);
}
END_TEST

START_TEST(no_admission_no_session_of_its_own_but_one_without_kinds)
{
	struct login l = login_of("alice", NULL, NULL);

	(void)world_hotp("alice");
	l.service = "cron";
	l.phases = LOGIN_ACCOUNT | LOGIN_CRED | LOGIN_SESSION;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_SUCCESS);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGIN, SEK_REASON_NONE),
	    1);
}
END_TEST

START_TEST(an_admission_opens_one_session)
{
	struct login l;
	char env[128];

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	(void)snprintf(env, sizeof env, "SEKISHO_ADMISSION=%s", l.admission);
	login_start(&l);
	ck_assert_int_eq(pam_putenv(l.pamh, env), PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
	login_end(&l);
	world_check_store();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("account");
	TCase *c = world_case(s, "account", 60);

	tcase_add_loop_test(c, each_caller_has_its_answer, 0,
	    (int)(sizeof rows / sizeof rows[0]));
	tcase_add_test(c, a_suspended_account_stays_out_of_exempt_services);
	tcase_add_test(c, root_never_is_kept_out_of_them);
	tcase_add_test(c, an_account_the_system_ended_stays_out);
	tcase_add_test(c, a_refusal_in_account_takes_the_admission_back);
	tcase_add_test(c,
	    suspended_at_the_prompt_is_refused_by_the_gate);
	tcase_add_test(c, a_change_due_is_no_yes_without_an_admission);
	tcase_add_test(c, a_change_due_said_by_any_backend_is_no_yes);
	tcase_add_test(c, a_person_switches_nowhere_without_proof);
	tcase_add_test(c, sudo_goes_on_with_the_proof_of_its_own_session);
	tcase_add_test(c,
	    no_admission_no_session_of_its_own_but_one_without_kinds);
	tcase_add_test(c, an_admission_opens_one_session);
	return (world_main(s));
}
