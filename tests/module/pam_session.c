/*
 * pam_session.c - what was proved reaches the session, once, and no other
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sshd proves in a child and opens the session in its parent; sudo has
 * another PAM_USER by then.
 */
#include "config.h"

#include <sys/wait.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

static const char both[] = "knowledge possession";

static const char *
kinds(void)
{
	return (world_newest(SEK_EVENT_LOGIN, SEK_FIELD_KINDS));
}

/* A handle of another process, with what sshd carries over. */
static void
begin_session(struct login *l, const char *service, const char *user,
    const char *admission)
{
	char env[128];

	*l = login_of(user, NULL, NULL);
	l->service = service;
	(void)snprintf(env, sizeof env, "SEKISHO_ADMISSION=%s", admission);
	login_start(l);
	ck_assert_int_eq(pam_putenv(l->pamh, env), PAM_SUCCESS);
}

static void
whole_session(const char *service, const char *user, const char *admission)
{
	struct login l;

	begin_session(&l, service, user, admission);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_close_session(l.pamh, 0), PAM_SUCCESS);
	login_end(&l);
}

/* Prove in a child; the admission's id, in memory of ours. */
static const char *
proved(const char *service, const char *user, uint64_t n)
{
	static struct login *l;

	if (l == NULL)
		l = login_array(1);
	*l = login_of(user, PASSWORD, world_hotp_code(user, n));
	l->service = service;
	ck_assert_int_gt(waitpid(login_spawn(l), NULL, 0), 0);
	ck_assert(login_is_in(l));
	ck_assert_uint_eq(strlen(l->admission), 32);
	return (l->admission);
}

START_TEST(proved_in_a_child_opened_in_its_parent)
{
	(void)world_hotp("alice");
	whole_session("sshd", "alice", proved("sshd", "alice", 0));
	ck_assert_str_eq(kinds(), both);
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_SUBJECT),
	    "alice");
	ck_assert_uint_eq(world_records(SEK_EVENT_LOGOUT, SEK_REASON_NONE),
	    1);
}
END_TEST

START_TEST(not_twice)
{
	const char *admission;

	(void)world_hotp("alice");
	admission = proved("sshd", "alice", 0);
	whole_session("sshd", "alice", admission);
	ck_assert_str_eq(kinds(), both);
	whole_session("sshd", "alice", admission);
	ck_assert_str_eq(kinds(), "");
}
END_TEST

START_TEST(not_by_a_process_that_is_neither_the_gate_nor_its_parent)
{
	const char *admission;
	int status;
	pid_t pid;

	(void)world_hotp("alice");
	admission = proved("sshd", "alice", 0);
	if ((pid = fork()) == 0) {
		whole_session("sshd", "alice", admission);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(kinds(), "");
	/* The theft took nothing from who may. */
	whole_session("sshd", "alice", admission);
	ck_assert_str_eq(kinds(), both);
}
END_TEST

START_TEST(not_after_two_minutes)
{
	const char *admission;

	(void)world_hotp("alice");
	admission = proved("sshd", "alice", 0);
	world_clock_ahead = 121;
	whole_session("sshd", "alice", admission);
	ck_assert_str_eq(kinds(), "");
}
END_TEST

START_TEST(not_in_another_service_nor_for_another)
{
	const char *admission;
	struct login l;

	(void)world_hotp("alice");
	(void)world_hotp("bob");
	admission = proved("sshd", "alice", 0);
	whole_session("login", "alice", admission);
	ck_assert_str_eq(kinds(), "");
	whole_session("sshd", "bob", admission);
	ck_assert_str_eq(kinds(), "");
	/* Nor is anybody known who would be root. */
	begin_session(&l, "sshd", "root", admission);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_PERM_DENIED);
	login_end(&l);
	whole_session("sshd", "alice", admission);
	ck_assert_str_eq(kinds(), both);
}
END_TEST

START_TEST(sudo_opens_the_session_of_its_target)
{
	struct login l;

	world_install_guard();
	world_policy("[privilege]\nusers = alice\n");
	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "sudo";
	l.ruser = "alice";
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_set_item(l.pamh, PAM_USER, "root"),
	    PAM_SUCCESS);
	ck_assert_int_eq(pam_setcred(l.pamh, PAM_REINITIALIZE_CRED),
	    PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
	ck_assert_str_eq(kinds(), both);
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_SUBJECT),
	    "alice");
	ck_assert_str_eq(world_newest(SEK_EVENT_LOGIN, SEK_FIELD_TARGET),
	    "root");
	ck_assert_int_eq(pam_close_session(l.pamh, 0), PAM_SUCCESS);
	login_end(&l);
}
END_TEST

START_TEST(a_session_that_was_killed_shows_no_logout)
{
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
	login_end(&l);
	l.code = world_hotp_code("alice", 1);
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_was_told(&l, "Last login: "));
	ck_assert(login_was_told(&l, "Last logout: not recorded"));
	l.code = world_hotp_code("alice", 2);
	login_run(&l);
	ck_assert(!login_was_told(&l, "not recorded"));
}
END_TEST

START_TEST(a_name_no_account_has_gets_no_session)
{
	struct login l = login_of("no-such-name", NULL, NULL);

	l.phases = LOGIN_SESSION;
	login_run(&l);
	ck_assert_int_eq(l.open, PAM_PERM_DENIED);
}
END_TEST

START_TEST(records_say_who_where_and_by_what)
{
	struct login l;
	const char *id;

	id = world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SUBJECT),
	    "alice");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_PERSON),
	    "alice");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    both);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_AUTHENTICATOR), id);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SERVICE),
	    "sshd");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_RHOST),
	    "192.0.2.7");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_TERMINAL),
	    "test-terminal");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_PROFILE),
	    "lgwan");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_RESULT),
	    "ok");
	l.password = "wrong";
	login_run(&l);
	ck_assert_str_eq(world_newest(SEK_EVENT_REFUSE, SEK_FIELD_REASON),
	    "wrong");
	ck_assert_str_eq(world_newest(SEK_EVENT_REFUSE, SEK_FIELD_RESULT),
	    "refused");
	ck_assert_str_eq(world_newest(SEK_EVENT_REFUSE, SEK_FIELD_SUBJECT),
	    "alice");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("session");
	TCase *c = world_case(s, "session", 60);

	tcase_add_test(c, proved_in_a_child_opened_in_its_parent);
	tcase_add_test(c, not_twice);
	tcase_add_test(c,
	    not_by_a_process_that_is_neither_the_gate_nor_its_parent);
	tcase_add_test(c, not_after_two_minutes);
	tcase_add_test(c, not_in_another_service_nor_for_another);
	tcase_add_test(c, sudo_opens_the_session_of_its_target);
	tcase_add_test(c, a_session_that_was_killed_shows_no_logout);
	tcase_add_test(c, a_name_no_account_has_gets_no_session);
	tcase_add_test(c, records_say_who_where_and_by_what);
	return (world_main(s));
}
