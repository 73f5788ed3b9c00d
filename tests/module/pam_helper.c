/*
 * pam_helper.c - the modules in a process that is not root's, and
 * sekisho-helper behind them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <linux/capability.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/helper_wire.h"
#include "tests/module/installed.h"

#define INSTALLED_OUT	"/tmp/sekisho-helper-probe"

/* What uid's own locker does. */
static void
unlock_as(struct login *in, uid_t uid)
{
	struct login *l = login_array(1);
	int status = -1;
	pid_t pid;

	*l = *in;
	if (l->service == NULL)
		l->service = "locker";
	if (l->phases == 0)
		l->phases = LOGIN_AUTH | LOGIN_CRED | LOGIN_ACCOUNT;
	if ((pid = fork()) == 0) {
		installed_become(uid);
		login_run(l);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	*in = *l;
	login_array_free(l, 1);
}

static void
unlock(struct login *l, const char *password, const char *code)
{

	*l = login_of("alice", password, code);
	unlock_as(l, ALICE_UID);
}

START_TEST(his_own_locker_unlocks_by_two_kinds)
{
	struct login l;

	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_msg(l.auth == PAM_SUCCESS, "%d", l.auth);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.cred, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[0], "Password: ");
	ck_assert_int_eq(l.style[0], PAM_PROMPT_ECHO_OFF);
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
	ck_assert_uint_eq(world_hotp_moving("alice"), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_SCREEN_UNLOCK,
	    SEK_REASON_NONE), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SERVICE),
	    "sekisho-locker");
	world_check_store();
}
END_TEST

START_TEST(what_is_wrong_counts_and_locks)
{
	struct login l;
	int i;

	unlock(&l, "wrong", world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_int_eq(l.account, LOGIN_NOT_RUN);
	ck_assert_uint_eq(world_failures("alice"), 1);
	unlock(&l, PASSWORD, world_wrong_code("alice"));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 2);
	for (i = 0; i < 3; i++)
		unlock(&l, "wrong", "000000");
	ck_assert(world_locked("alice"));
	/* Why he is refused is told in silence, too. */
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.flags = PAM_SILENT;
	unlock_as(&l, ALICE_UID);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "Locked after"));
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	world_check_store();
}
END_TEST

START_TEST(nobody_unlocks_as_another)
{
	struct login l;

	l = login_of("alice", PASSWORD,
	    world_hotp_code("alice", 0));
	unlock_as(&l, BOB_UID);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(l.nprompts, 0);
	l = login_of("root", PASSWORD, "000000");
	unlock_as(&l, BOB_UID);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	l = login_of("no-such-name", PASSWORD, "000000");
	unlock_as(&l, BOB_UID);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	ck_assert(world_logged("another than who runs this program"));
}
END_TEST

/* A daemon of root's, started in alice's session, that has put its rights down
 * for a while: for the helper its real uid means alice, not root. */
static void
half_root(void)
{
	FILE *f;

	if ((f = fopen("/proc/self/loginuid", "w")) != NULL) {
		(void)fprintf(f, "%u", ALICE_UID);
		(void)fclose(f);
	}
	if (setresuid(0, BOB_UID, 0) != 0)
		_exit(97);
}

START_TEST(who_put_roots_rights_down_verifies_nobody)
{
	static const char *const names[] = { "root", "alice", "bob" };
	struct login *l = login_array(1);
	pid_t pid;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*l = login_of(names[i], PASSWORD,
		    world_hotp_code("alice", i));
		l->service = "locker";
		if ((pid = fork()) == 0) {
			half_root();
			login_run(l);
			_exit(0);
		}
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		ck_assert_msg(l->auth == PAM_AUTH_ERR, "%s: %d", names[i],
		    l->auth);
		ck_assert_int_eq(l->nprompts, 0);
	}
	login_array_free(l, 1);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	ck_assert(world_logged("has root's real uid"));
}
END_TEST

START_TEST(another_name_of_his_uid_is_he)
{
	struct login l;

	l = login_of("arisu", PASSWORD,
	    world_hotp_code("alice", 0));
	unlock_as(&l, ALICE_UID);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SUBJECT),
	    "alice");
}
END_TEST

START_TEST(account_without_auth_is_refused)
{
	struct login l = login_of("alice", PASSWORD, "000000");

	l.phases = LOGIN_ACCOUNT;
	unlock_as(&l, ALICE_UID);
	ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	ck_assert(world_logged("nobody was verified"));
}
END_TEST

START_TEST(a_policy_of_his_own_is_refused)
{
	struct login l = login_of("alice", PASSWORD, "000000");

	world_service("own", "auth required " INSTALLED_MODULE "gate.so "
	    "conf=/home/alice/sekisho.conf\n");
	l.service = "own";
	unlock_as(&l, ALICE_UID);
	ck_assert_int_eq(l.auth, PAM_SERVICE_ERR);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert(world_logged("conf=/home/alice/sekisho.conf"));
}
END_TEST

START_TEST(the_one_policy_named_is_what_it_is)
{
	struct login l;

	world_service("own", "auth required " INSTALLED_MODULE "gate.so "
	    "conf=" INSTALLED_CONF "\n"
	    "account required " INSTALLED_MODULE "gate.so\n");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.service = "own";
	unlock_as(&l, ALICE_UID);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
}
END_TEST

START_TEST(without_a_helper_nobody_gets_in_and_the_log_says_why)
{
	struct login l;

	ck_assert_int_eq(chmod(INSTALLED_HELPER, 0755), 0);
	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(world_logged("is not setuid root"));
	ck_assert(login_was_told(&l, "person in charge"));
	ck_assert_int_eq(unlink(INSTALLED_HELPER), 0);
	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(world_logged("install it again"));
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* A locker has room for few words: not that it is busy, and then that
 * somebody has to be told. */
START_TEST(trouble_that_the_helper_told_is_told_once)
{
	struct login l;
	int i, told = 0;

	ck_assert_int_eq(unlink(SEK_LIBEXECDIR "/sekisho-store"), 0);
	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	for (i = 0; i < l.nmessages; i++)
		told += strstr(l.message[i], "person in charge") != NULL;
	ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(a_service_that_lets_in_without_us_proves_nobody)
{
	struct login l;

	world_service("sekisho-locker", "auth sufficient pam_permit.so\n"
	    "auth include sekisho-auth\naccount include sekisho-account\n");
	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_ne(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert_int_eq(unlink(world_path("pam.d/sekisho-locker")), 0);
	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_ne(l.auth, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 0);
}
END_TEST

START_TEST(given_up_at_a_prompt_nothing_counts)
{
	struct login l = login_of("alice", NULL, NULL);

	unlock_as(&l, ALICE_UID);
	ck_assert_int_eq(l.auth, PAM_CONV_ERR);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(a_suspended_person_stays_out)
{
	struct login l;

	world_suspend("alice");
	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
}
END_TEST

/* ------------------------------------------------------- by hand, badly */

static uid_t whose = ALICE_UID;

/* The helper, started by alice with limits, as `fn` leaves her process; the
 * other end of its socket. */
static pid_t
start_helper(int *fd, void (*fn)(void))
{
	int pair[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if ((pid = fork()) == 0) {
		installed_become(whose);
		(void)close(pair[0]);
		if (dup2(pair[1], 0) != 0)
			_exit(98);
		if (fn != NULL)
			fn();
		(void)execl(INSTALLED_HELPER, "-sh", "--help", (char *)NULL);
		_exit(99);
	}
	(void)close(pair[1]);
	*fd = pair[0];
	return (pid);
}

static struct sek_wire_frame frame;

static int
wait_for(pid_t pid)
{
	int status = -1;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status));
}

/* A whole frame of these parts. */
static size_t
put_frame(char *at, uint32_t type, uint32_t word, const void *rest,
    size_t len)
{
	struct sek_wire_head h = { SEK_WIRE_MAGIC, SEK_HELPER_VERSION, type,
	    (uint32_t)len };
	struct sek_wire_word w = { word, 0 };
	size_t n = sizeof(h);

	if (type == SEK_WIRE_REQUEST) {
		h.len += (uint32_t)sizeof(w);
		memcpy(at + n, &w, sizeof(w));
		n += sizeof(w);
	}
	memcpy(at, &h, sizeof(h));
	if (len > 0)
		memcpy(at + n, rest, len);
	return (n + len);
}

/* The socket is the caller's as well: a peek would begin behind the end. */
static void
hide_what_comes(void)
{
	int far = 1 << 20;

	(void)setsockopt(0, SOL_SOCKET, SO_PEEK_OFF, &far, sizeof(far));
}

/* It ends by itself, having said no yes; the bytes are all it got. */
static void
ends_without_a_yes(const char *bytes, size_t len, bool then_close)
{
	const struct sek_wire w = { .fd = -1 };
	struct sek_wire mine = w;
	enum sek_err err;
	pid_t pid;
	int fd;

	pid = start_helper(&fd, hide_what_comes);
	(void)!send(fd, bytes, len, MSG_NOSIGNAL);
	if (then_close)
		(void)shutdown(fd, SHUT_WR);
	mine.fd = fd;
	while ((err = sek_wire_receive(&mine, &frame, 60000)) == SEK_OK)
		ck_assert(frame.head.type != SEK_WIRE_DONE ||
		    sek_wire_word(&frame) != SEK_OK);
	ck_assert_int_eq(err, SEK_ERR_IO);
	ck_assert_int_ne(wait_for(pid), 0);
	(void)close(fd);
}

START_TEST(what_is_no_request_changes_nothing)
{
	char bytes[1024];
	size_t n, i;

	n = put_frame(bytes, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "", 0);
	for (i = 0; i < n; i += 5)
		ends_without_a_yes(bytes, i, true);	/* torn */
	for (i = 0; i < n; i += 3) {
		n = put_frame(bytes, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "",
		    0);
		bytes[i] ^= 0x41;
		ends_without_a_yes(bytes, n, true);
	}
	n = put_frame(bytes, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "x", 1);
	ends_without_a_yes(bytes, n, true);
	n = put_frame(bytes, SEK_WIRE_ANSWER, 0, PASSWORD, strlen(PASSWORD));
	ends_without_a_yes(bytes, n, true);
	n = put_frame(bytes, SEK_WIRE_DONE, SEK_OK, "", 0);
	ends_without_a_yes(bytes, n, true);
	n = put_frame(bytes, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "", 0);
	((struct sek_wire_head *)(void *)bytes)->len = UINT32_MAX;
	ends_without_a_yes(bytes, n, true);
	ck_assert_uint_eq(world_failures("alice"), 0);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 0);
	world_check_store();
}
END_TEST

/* Answers before their prompts: the right ones, even. */
START_TEST(what_is_answered_before_it_is_asked_is_no_answer)
{
	char bytes[1024];
	size_t n;

	n = put_frame(bytes, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "", 0);
	n += put_frame(bytes + n, SEK_WIRE_ANSWER, 0, PASSWORD,
	    strlen(PASSWORD));
	n += put_frame(bytes + n, SEK_WIRE_ANSWER, 0,
	    world_hotp_code("alice", 0), 6);
	ends_without_a_yes(bytes, n, false);
	n = put_frame(bytes, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "", 0);
	n += put_frame(bytes + n, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY, "", 0);
	ends_without_a_yes(bytes, n, false);
	ck_assert_uint_eq(world_hotp_moving("alice"), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* As the client does: request, then each prompt its answer. */
static enum sek_err
verify_by_hand(int fd, const char *const answers[2])
{
	const struct sek_wire w = { .fd = fd };
	enum sek_err err;
	int i = 0;

	if ((err = sek_wire_send(&w, SEK_WIRE_REQUEST, SEK_HELPER_VERIFY,
	    NULL, 0)) != SEK_OK)
		return (err);
	while ((err = sek_wire_receive(&w, &frame, 60000)) == SEK_OK) {
		if (frame.head.type == SEK_WIRE_DONE)
			return ((enum sek_err)sek_wire_word(&frame));
		if (frame.head.type == SEK_WIRE_PROMPT && i < 2) {
			err = sek_wire_send(&w, SEK_WIRE_ANSWER, 0,
			    answers[i], strlen(answers[i]));
			i++;
		}
	}
	return (err);
}

static void
spoil(void)
{
	struct rlimit none = { 0, 0 }, small = { 1, 1 }, few = { 8, 8 };
	struct itimerval soon = { .it_value = { 1, 0 } };
	sigset_t all;
	int sig;

	for (sig = 1; sig < 32; sig++)
		(void)signal(sig, SIG_IGN);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setitimer(ITIMER_REAL, &soon, NULL);
	(void)setenv("LD_PRELOAD", "/nonexistent.so", 1);
	(void)setenv("SEKISHO_CONF", "/tmp/own.conf", 1);
	(void)setenv("LANGUAGE", "../../../tmp/x", 1);
	(void)setenv("TZ", ":/etc/shadow", 1);
	(void)umask(0777);
	(void)!chdir("/tmp");
	(void)close(1);
	(void)close(2);
	(void)setpriority(PRIO_PROCESS, 0, 19);
	/* Where not even root may raise a limit, they stay as they are. */
	if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) != 1)
		return;
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)setrlimit(RLIMIT_FSIZE, &small);
	(void)setrlimit(RLIMIT_MEMLOCK, &none);
	(void)setrlimit(RLIMIT_NPROC, &small);
	(void)setrlimit(RLIMIT_CPU, &small);
	(void)setrlimit(RLIMIT_LOCKS, &none);
	(void)setrlimit(RLIMIT_SIGPENDING, &none);
	(void)setrlimit(RLIMIT_NOFILE, &few);
}

START_TEST(what_the_caller_leaves_is_put_right)
{
	const char *const answers[] = { PASSWORD,
	    world_hotp_code("alice", 0) };
	enum sek_err err;
	pid_t pid;
	int fd;

	pid = start_helper(&fd, spoil);
	err = verify_by_hand(fd, answers);
	ck_assert_int_eq(wait_for(pid), 0);
	ck_assert_int_eq(err, SEK_OK);
	(void)close(fd);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 1);
	world_check_store();
}
END_TEST

static void
starve(void)
{
	struct rlimit few = { 8, 8 };

	(void)setrlimit(RLIMIT_NOFILE, &few);
}

START_TEST(limits_that_cannot_be_raised_end_it)
{
	pid_t pid;
	int fd;

	if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE, 0, 0, 0) == 1)
		return;
	pid = start_helper(&fd, starve);
	ck_assert_int_eq(wait_for(pid), 111);
	(void)close(fd);
}
END_TEST

START_TEST(a_client_that_goes_ends_it)
{
	const struct sek_wire w = { .fd = -1 };
	struct sek_wire mine = w;
	pid_t pid;

	pid = start_helper(&mine.fd, NULL);
	ck_assert_int_eq(sek_wire_send(&mine, SEK_WIRE_REQUEST,
	    SEK_HELPER_VERIFY, NULL, 0), SEK_OK);
	ck_assert_int_eq(sek_wire_receive(&mine, &frame, 60000), SEK_OK);
	ck_assert_int_eq(frame.head.type, SEK_WIRE_PROMPT);
	(void)close(mine.fd);
	ck_assert_int_eq(wait_for(pid), 1);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* One that waits at its first prompt, or has said that it may not; what came,
 * and its socket. */
static uint32_t
one_more(int *fd, pid_t *pid, uid_t uid)
{
	struct sek_wire mine = { .fd = -1 };

	whose = uid;
	*pid = start_helper(fd, NULL);
	whose = ALICE_UID;
	mine.fd = *fd;
	ck_assert_int_eq(sek_wire_send(&mine, SEK_WIRE_REQUEST,
	    SEK_HELPER_VERIFY, NULL, 0), SEK_OK);
	ck_assert_int_eq(sek_wire_receive(&mine, &frame, 60000), SEK_OK);
	return (frame.head.type);
}

START_TEST(one_has_so_many_at_once_and_no_more)
{
	pid_t pid[18];
	int fd[18], i;

	for (i = 0; i < 16; i++)
		ck_assert_uint_eq(one_more(&fd[i], &pid[i], ALICE_UID),
		    SEK_WIRE_PROMPT);
	ck_assert_uint_eq(one_more(&fd[16], &pid[16], ALICE_UID),
	    SEK_WIRE_DONE);
	ck_assert_uint_eq(sek_wire_word(&frame), SEK_ERR_STORE_BUSY);
	ck_assert_uint_eq(one_more(&fd[17], &pid[17], BOB_UID),
	    SEK_WIRE_PROMPT);
	/* One that is killed makes room. */
	ck_assert_int_eq(kill(pid[3], SIGKILL), 0);
	(void)wait_for(pid[3]);
	(void)close(fd[16]);
	(void)wait_for(pid[16]);
	ck_assert_uint_eq(one_more(&fd[16], &pid[16], ALICE_UID),
	    SEK_WIRE_PROMPT);
	for (i = 0; i < 18; i++) {
		(void)close(fd[i]);
		if (i != 3)
			(void)wait_for(pid[i]);
	}
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

static void
no_socket(void)
{
	int fd = open("/dev/null", O_RDWR);

	(void)dup2(fd, 0);
}

static void
nothing(void)
{

	(void)close(0);
}

START_TEST(without_a_socket_it_does_nothing)
{
	int fd;

	ck_assert_int_eq(wait_for(start_helper(&fd, no_socket)), 111);
	(void)close(fd);
	ck_assert_int_eq(wait_for(start_helper(&fd, nothing)), 111);
	(void)close(fd);
}
END_TEST

/* A module of the stack that runs what it should not. */
START_TEST(what_runs_in_it_is_confined)
{
	struct login l;
	char *out;

	world_write(world_path("probe"), 0755, "#!/bin/sh\n"
	    "exec >" INSTALLED_OUT "\n"
	    "id -u\n"
	    "env | grep -c LD_ \n"
	    "grep Seccomp: /proc/self/status\n"
	    "mount -t tmpfs none /mnt 2>/dev/null && echo mounted\n"
	    "unshare -m true 2>/dev/null && echo unshared\n"
	    "ls /proc/self/fd\n"
	    "echo x >/etc/sekisho-probe && echo wrote\n"
	    "rm -f /etc/sekisho-probe\n");
	world_service("sekisho-auth",
	    "auth required " INSTALLED_MODULE "lockout.so\n"
	    "auth optional pam_exec.so seteuid quiet @world/probe\n"
	    "auth required " INSTALLED_MODULE "password.so "
	    "backend=pam_unix.so\n"
	    "auth required " INSTALLED_MODULE "oath.so\n"
	    "auth required " INSTALLED_MODULE "gate.so\n");
	unlock(&l, PASSWORD, world_hotp_code("alice", 0));
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	out = world_read(INSTALLED_OUT);
	ck_assert_msg(strncmp(out, "0\n0\nSeccomp:\t2\n", 15) == 0, "%s",
	    out);
	ck_assert_ptr_null(strstr(out, "mounted"));
	ck_assert_ptr_null(strstr(out, "unshared"));
	/* 0, 1, 2, and the folder that ls reads. */
	ck_assert_ptr_nonnull(strstr(out, "0\n1\n2\n3\n"));
	ck_assert_ptr_null(strstr(out, "\n4\n"));
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0)
		ck_assert_ptr_null(strstr(out, "wrote"));
	free(out);
	(void)unlink(INSTALLED_OUT);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("pam_helper");
	TCase *t = world_case(s, "helper", 300);

	tcase_add_checked_fixture(t, installed_setup, NULL);
	tcase_add_test(t, his_own_locker_unlocks_by_two_kinds);
	tcase_add_test(t, what_is_wrong_counts_and_locks);
	tcase_add_test(t, nobody_unlocks_as_another);
	tcase_add_test(t, who_put_roots_rights_down_verifies_nobody);
	tcase_add_test(t, another_name_of_his_uid_is_he);
	tcase_add_test(t, account_without_auth_is_refused);
	tcase_add_test(t, a_policy_of_his_own_is_refused);
	tcase_add_test(t, the_one_policy_named_is_what_it_is);
	tcase_add_test(t,
	    without_a_helper_nobody_gets_in_and_the_log_says_why);
	tcase_add_test(t, trouble_that_the_helper_told_is_told_once);
	tcase_add_test(t, a_service_that_lets_in_without_us_proves_nobody);
	tcase_add_test(t, given_up_at_a_prompt_nothing_counts);
	tcase_add_test(t, a_suspended_person_stays_out);
	tcase_add_test(t, what_is_no_request_changes_nothing);
	tcase_add_test(t,
	    what_is_answered_before_it_is_asked_is_no_answer);
	tcase_add_test(t, what_the_caller_leaves_is_put_right);
	tcase_add_test(t, limits_that_cannot_be_raised_end_it);
	tcase_add_test(t, a_client_that_goes_ends_it);
	tcase_add_test(t, one_has_so_many_at_once_and_no_more);
	tcase_add_test(t, without_a_socket_it_does_nothing);
	tcase_add_test(t, what_runs_in_it_is_confined);
	return (s);
}

int
main(void)
{

	return (world_main(suite()));
}
