/*
 * pam_host.c - the program we run in is left as it was
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Descriptors, signals, uids, umask, locale, folder, limits, children; and
 * what a program that forks carries with it.
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/module/harness.h"

#define SIGNALS 64

/* All that a host could notice. */
struct host {
	struct sigaction action[SIGNALS + 1];
	sigset_t	 mask;
	uid_t		 uid[3];
	gid_t		 gid[3];
	mode_t		 umask;
	char		 locale[256];
	locale_t	 thread;
	char		 folder[1024];
	struct rlimit	 limit[RLIM_NLIMITS];
	int		 priority;
	pid_t		 session;
	char		 zone[64];
};

static void
look(struct host *h)
{
	const char *zone = getenv("TZ");
	unsigned limit;
	int i;

	memset(h, 0, sizeof *h);
	for (i = 1; i <= SIGNALS; i++)
		(void)sigaction(i, NULL, &h->action[i]);
	(void)sigprocmask(SIG_BLOCK, NULL, &h->mask);
	(void)getresuid(&h->uid[0], &h->uid[1], &h->uid[2]);
	(void)getresgid(&h->gid[0], &h->gid[1], &h->gid[2]);
	(void)umask(h->umask = umask(0));
	(void)snprintf(h->locale, sizeof h->locale, "%s",
	    setlocale(LC_ALL, NULL));
	h->thread = uselocale((locale_t)0);
	ck_assert_ptr_nonnull(getcwd(h->folder, sizeof h->folder));
	for (limit = 0; limit < RLIM_NLIMITS; limit++)
		(void)getrlimit(limit, &h->limit[limit]);
	h->priority = getpriority(PRIO_PROCESS, 0);
	h->session = getsid(0);
	(void)snprintf(h->zone, sizeof h->zone, "%s",
	    zone != NULL ? zone : "-");
}

static void
check_signals(const struct host *a, const struct host *b)
{
	int i;

	for (i = 1; i <= SIGNALS; i++) {
		ck_assert_msg(a->action[i].sa_handler ==
		    b->action[i].sa_handler, "handler of signal %d", i);
		ck_assert_int_eq(sigismember(&a->mask, i),
		    sigismember(&b->mask, i));
		ck_assert_int_eq(a->action[i].sa_flags,
		    b->action[i].sa_flags);
	}
}

static void
check_same(const struct host *a, const struct host *b)
{
	check_signals(a, b);
	ck_assert_mem_eq(a->uid, b->uid, sizeof a->uid);
	ck_assert_mem_eq(a->gid, b->gid, sizeof a->gid);
	ck_assert_uint_eq(a->umask, b->umask);
	ck_assert_str_eq(a->locale, b->locale);
	ck_assert(a->thread == b->thread);
	ck_assert_str_eq(a->folder, b->folder);
	ck_assert_mem_eq(a->limit, b->limit, sizeof a->limit);
	ck_assert_int_eq(a->priority, b->priority);
	ck_assert_int_eq(a->session, b->session);
	ck_assert_str_eq(a->zone, b->zone);
}

/* Is a file of the store, or of the world at all, open here? */
static bool
something_is_open(void)
{
	const char *world = world_path(".");
	char link[64], to[1024];
	struct dirent *e;
	bool found = false;
	ssize_t n;
	DIR *d = opendir("/proc/self/fd");

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL) {
		(void)snprintf(link, sizeof link, "/proc/self/fd/%.20s",
		    e->d_name);
		if ((n = readlink(link, to, sizeof to - 1)) < 0)
			continue;
		to[n] = '\0';
		if (strncmp(to, world, strlen(world) - 1) == 0) {
			fprintf(stderr, "open: %s\n", to);
			found = true;
		}
	}
	(void)closedir(d);
	return (found);
}

static size_t
descriptors(void)
{
	size_t n = 0;
	DIR *d = opendir("/proc/self/fd");

	ck_assert_ptr_nonnull(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return (n);
}

START_TEST(the_store_is_closed_whenever_the_host_has_control)
{
	struct login l;
	int i;

	(void)world_hotp("alice");
	for (i = 0; i < 2; i++) {
		l = login_of("alice", i == 0 ? PASSWORD : "wrong",
		    world_hotp_code("alice", 0));
		login_start(&l);
		ck_assert_int_eq(pam_authenticate(l.pamh, 0),
		    i == 0 ? PAM_SUCCESS : PAM_AUTH_ERR);
		ck_assert(!something_is_open());
		ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0),
		    i == 0 ? PAM_SUCCESS : PAM_PERM_DENIED);
		ck_assert(!something_is_open());
		ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
		ck_assert(!something_is_open());
		ck_assert_int_eq(pam_close_session(l.pamh, 0), PAM_SUCCESS);
		ck_assert(!something_is_open());
		login_end(&l);
		ck_assert(!something_is_open());
	}
}
END_TEST

static int other_gate[2];
static pid_t other;

/* While alice thinks, bob logs in. */
static void
let_bob_in(struct login *l, int n, pam_handle_t *h)
{
	(void)h;
	if (n != 1)
		return;
	(void)close(other_gate[1]);
	ck_assert_int_eq(waitpid(other, &l->status, 0), other);
}

static pid_t
bob_waits(void)
{
	pid_t pid;
	char byte;

	ck_assert_int_eq(pipe2(other_gate, O_CLOEXEC), 0);
	if ((pid = fork()) != 0)
		return (pid);
	(void)close(other_gate[1]);
	while (read(other_gate[0], &byte, 1) > 0)
		continue;
	_exit(login_try("bob", PASSWORD, world_hotp_code("bob", 0)) ? 0 : 1);
}

/* Who sits before a prompt holds nothing that others wait for. */
START_TEST(no_lock_is_held_at_a_prompt)
{
	struct login l;

	(void)world_hotp("alice");
	(void)world_hotp("bob");
	other = bob_waits();
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.at_prompt = let_bob_in;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.status, 0);
}
END_TEST

START_TEST(no_descriptor_is_left_by_many_logins)
{
	size_t before;
	uint64_t i;

	world_policy("[lockout]\ndeny = 100\nprivileged_deny = 99\n"
	    "lifetime_cap = 100\n");
	(void)world_hotp("alice");
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	before = descriptors();
	for (i = 1; i < 10; i++) {
		ck_assert(login_try("alice", PASSWORD,
		    world_hotp_code("alice", i)));
		ck_assert(!login_try("alice", "wrong", "1"));
	}
	ck_assert_uint_eq(descriptors(), before);
}
END_TEST

static volatile sig_atomic_t children;

static void
on_child(int signo)
{
	(void)signo;
	children++;
}

static void
login_among(const char *user, const char *password, const char *code)
{
	static struct host before, after;
	struct sigaction sa;
	struct login l = login_of(user, password, code);

	memset(&sa, 0, sizeof sa);
	sa.sa_handler = on_child;
	ck_assert_int_eq(sigaction(SIGCHLD, &sa, NULL), 0);
	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	(void)umask(027);
	children = 0;
	l.phases = LOGIN_ALL;
	look(&before);
	login_run(&l);
	look(&after);
	check_same(&before, &after);
	ck_assert_int_eq(children, 0);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(a_login_leaves_its_host_as_it_was)
{
	(void)world_hotp("alice");
	login_among("alice", PASSWORD, world_hotp_code("alice", 0));
	login_among("alice", "wrong", world_hotp_code("alice", 1));
	login_among("no-such-name", "wrong", "000000");
}
END_TEST

START_TEST(so_does_one_in_japanese)
{
	if (!world_install_catalogue())
		world_skip("no Japanese catalogue can be installed");
	world_policy("[message]\nlanguage = ja\n");
	(void)world_hotp("alice");
	login_among("alice", PASSWORD, world_hotp_code("alice", 0));
	login_among("alice", "wrong", world_hotp_code("alice", 1));
}
END_TEST

START_TEST(so_does_one_whose_policy_is_bad)
{
	world_policy("[lockout]\ndenny = 1\n");
	login_among("alice", PASSWORD, "000000");
}
END_TEST

static void
su_among(void *arg)
{
	(void)arg;
	login_among("bob", PASSWORD, world_hotp_code("bob", 0));
	login_among("bob", "wrong", "000000");
	if (something_is_open())
		_exit(1);
	/* Who ignores SIGCHLD has no children to wait for: we still do. */
	(void)signal(SIGCHLD, SIG_IGN);
	if (!login_try("bob", PASSWORD, world_hotp_code("bob", 1)))
		_exit(2);
}

/* Its store work goes to a child of its own: the host sees none. */
START_TEST(so_does_one_of_a_setuid_program)
{
	world_install_worker();
	world_policy("[terminal]\nallow_remote = yes\n");
	(void)world_hotp("bob");
	ck_assert_int_eq(login_as_caller(ALICE_UID, su_among, NULL), 0);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 2);
	world_check_store();
}
END_TEST

/* -------------------------------------------------------------- forking -- */

START_TEST(a_child_forked_after_auth_may_end_the_handle)
{
	struct login l;
	int status, i;
	pid_t pid;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	for (i = 0; i < 3; i++) {
		if ((pid = fork()) == 0)
			_exit(pam_end(l.pamh, i == 0 ? (int)PAM_DATA_SILENT :
			    PAM_SUCCESS) == PAM_SUCCESS ? 0 : 1);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(l.pamh, 0), PAM_SUCCESS);
	login_end(&l);
	world_check_store();
}
END_TEST

START_TEST(evidence_is_worth_nothing_in_a_forked_child)
{
	struct login l;
	int status;
	pid_t pid;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	login_start(&l);
	ck_assert_int_eq(pam_authenticate(l.pamh, 0), PAM_SUCCESS);
	if ((pid = fork()) == 0)
		_exit(pam_acct_mgmt(l.pamh, 0));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), PAM_PERM_DENIED);
	ck_assert_int_eq(pam_acct_mgmt(l.pamh, 0), PAM_SUCCESS);
	login_end(&l);
	world_check_store();
}
END_TEST

/* A program killed at a prompt; another that forks there and goes on. */
static void
fork_at_prompt(struct login *l, int n, pam_handle_t *h)
{
	pid_t pid;

	(void)h;
	if (n != 1)
		return;
	if ((pid = fork()) == 0)
		return;		/* the child answers on */
	(void)waitpid(pid, &l->status, 0);
}

START_TEST(a_fork_in_the_middle_gives_no_second_login)
{
	pid_t self = getpid();
	struct login l;

	(void)world_hotp("alice");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l.at_prompt = fork_at_prompt;
	login_start(&l);
	l.auth = pam_authenticate(l.pamh, 0);
	if (getpid() != self)
		_exit(l.auth == PAM_SUCCESS ? 1 : 0);
	/* The child's handle is not its own: it got nothing. */
	ck_assert_int_eq(l.status, 0);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	login_end(&l);
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 1);
	world_check_store();
}
END_TEST

START_TEST(many_handles_in_one_process_do_not_mix)
{
	struct login a, b;

	(void)world_hotp("alice");
	(void)world_hotp("bob");
	a = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	b = login_of("bob", PASSWORD, world_hotp_code("bob", 0));
	login_start(&a);
	login_start(&b);
	ck_assert_int_eq(pam_authenticate(a.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_authenticate(b.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_acct_mgmt(b.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(a.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_open_session(b.pamh, 0), PAM_SUCCESS);
	ck_assert_int_eq(pam_close_session(a.pamh, 0), PAM_SUCCESS);
	login_end(&a);
	ck_assert_int_eq(pam_close_session(b.pamh, 0), PAM_SUCCESS);
	login_end(&b);
	world_check_store();
}
END_TEST

START_TEST(no_memory_to_lock_fails_no_login)
{
	struct rlimit none = { 0, 0 };

	(void)world_hotp("alice");
	ck_assert_int_eq(setrlimit(RLIMIT_MEMLOCK, &none), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
}
END_TEST

START_TEST(the_environment_steers_nothing)
{
	static const char *const lies[] = {
		"SEKISHO_CONF", "SEKISHO_STORE", "HOME", "TMPDIR", "LD_LIBRARY_PATH",
		"SQLITE_TMPDIR", "LANGUAGE", "LC_ALL", "TZ", "XDG_CONFIG_DIRS"
	};
	size_t i;

	(void)world_hotp("alice");
	for (i = 0; i < sizeof lies / sizeof lies[0]; i++)
		ck_assert_int_eq(setenv(lies[i], "/no/such/../place", 1), 0);
	ck_assert(login_try("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert(!login_try("alice", "wrong", world_hotp_code("alice", 1)));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("host");
	TCase *c = world_case(s, "host", 60);

	tcase_add_test(c,
	    the_store_is_closed_whenever_the_host_has_control);
	tcase_add_test(c, no_lock_is_held_at_a_prompt);
	tcase_add_test(c, no_descriptor_is_left_by_many_logins);
	tcase_add_test(c, a_login_leaves_its_host_as_it_was);
	tcase_add_test(c, so_does_one_in_japanese);
	tcase_add_test(c, so_does_one_whose_policy_is_bad);
	tcase_add_test(c, so_does_one_of_a_setuid_program);
	tcase_add_test(c, a_child_forked_after_auth_may_end_the_handle);
	tcase_add_test(c, evidence_is_worth_nothing_in_a_forked_child);
	tcase_add_test(c, a_fork_in_the_middle_gives_no_second_login);
	tcase_add_test(c, many_handles_in_one_process_do_not_mix);
	tcase_add_test(c, no_memory_to_lock_fails_no_login);
	tcase_add_test(c, the_environment_steers_nothing);
	return (world_main(s));
}
