/*
 * pam_fingerprint_hostile.c - who wants in by a finger without being let, and
 * who stops or kills what counts his tries
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "tests/module/fingers.h"

#define RIGHT	"SCAN right"
#define WRONG	"SCAN other"

static const char *
alice_has(void)
{

	return (fingers_enrol("alice", SEK_FINGER_RIGHT_INDEX, RIGHT));
}

static struct login
with(const char *service, const char *password, const char *line)
{
	struct login l = login_of("alice", password, NULL);
	pid_t pid = line != NULL ? fingers_come(line) : 0;

	l.service = service;
	login_run(&l);
	/* Nobody waits for it any more. */
	if (pid > 0 && kill(pid, SIGKILL) == 0)
		(void)fpr_sent(pid);
	return (l);
}

/* Until the store says so many; 20 s. */
static bool
counted(uint32_t n)
{
	int i;

	for (i = 0; i < 200; i++) {
		if (fingers_failures("alice") == n)
			return (true);
		(void)usleep(100000);
	}
	return (false);
}

/* ------------------------------------------- stopped, killed, starved -- */

static void
stop_at_the_reader(struct login *l, const char *text)
{

	(void)l;
	if (strstr(text, FINGERS_PLACE) != NULL)
		(void)raise(SIGSTOP);
}

static void
die_at_the_reader(struct login *l, const char *text)
{

	(void)l;
	if (strstr(text, FINGERS_PLACE) != NULL)
		(void)kill(getpid(), SIGKILL);
}

/* He has seen that it was not taken, and would take it back. */
START_TEST(mismatch_is_counted_while_its_login_stands_still)
{
	struct login *l = login_array(1);
	pid_t login, finger;
	int status;

	(void)alice_has();
	*l = login_of("alice", PASSWORD, NULL);
	l->at_message = stop_at_the_reader;
	finger = fingers_come(WRONG);
	login = login_spawn(l);
	ck_assert_int_eq(waitpid(login, &status, WUNTRACED), login);
	ck_assert(WIFSTOPPED(status));
	ck_assert(fpr_sent(finger));
	ck_assert(counted(1));
	(void)kill(login, SIGKILL);
	ck_assert_int_eq(waitpid(login, &status, 0), login);
	ck_assert(fpr_logs(&fingers_rig, "Release", 1, 60000));
	ck_assert_uint_eq(fingers_failures("alice"), 1);
	world_check_store();
	login_array_free(l, 1);
}
END_TEST

START_TEST(reader_is_free_when_its_login_was_killed)
{
	struct login *l = login_array(1), after;
	pid_t login;
	int status;

	(void)alice_has();
	*l = login_of("alice", PASSWORD, NULL);
	l->at_message = die_at_the_reader;
	login = login_spawn(l);
	ck_assert_int_eq(waitpid(login, &status, 0), login);
	ck_assert(WIFSIGNALED(status));
	ck_assert(fpr_await(&fingers_rig, "closed", 10000));
	after = with("login", PASSWORD, RIGHT);
	ck_assert(login_is_in(&after));
	ck_assert_uint_eq(fingers_failures("alice"), 0);
	login_array_free(l, 1);
}
END_TEST

static size_t held;	/* descriptors of the store, meanwhile */

static void
count_connections(struct login *l, const char *text)
{
	char path[64], to[256];
	ssize_t n;
	int fd;

	(void)l;
	if (strstr(text, FINGERS_PLACE) == NULL)
		return;
	for (fd = 0; fd < 256; fd++) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if ((n = readlink(path, to, sizeof(to) - 1)) <= 0)
			continue;
		to[n] = '\0';
		held += strstr(to, "store.db") != NULL;
	}
}

/* The process has the store open by another handle, as a tool's or a helper's
 * has: who counts inherits that, uses it not, and loses nothing. */
START_TEST(count_is_kept_where_the_process_has_the_store_open)
{
	struct login l;
	struct sek_store *st;
	struct sek_ends ends;
	pid_t finger;
	int i;

	(void)alice_has();
	st = world_store();
	ck_assert_int_eq(sek_store_ends(st, &ends), SEK_OK);
	for (i = 1; i <= 3; i++) {
		l = login_of("alice", PASSWORD, NULL);
		finger = fingers_come(WRONG);
		login_run(&l);
		ck_assert(fpr_sent(finger));
		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
		ck_assert_int_eq(sek_store_ends(st, &ends), SEK_OK);
		ck_assert_uint_eq(fingers_failures("alice"), (unsigned)i);
		ck_assert_uint_eq(world_failures("alice"), (unsigned)i);
		fingers_policy("[biometric]\ntries = 10\n");
	}
	sek_store_free(&st);
	ck_assert_uint_eq(fingers_failures("alice"), 3);
	world_check_store();
}
END_TEST

/* No store is held over the wait for a finger. */
START_TEST(store_is_closed_while_a_finger_is_waited_for)
{
	struct login l = login_of("alice", PASSWORD, NULL);
	pid_t finger;

	(void)alice_has();
	l.at_message = count_connections;
	finger = fingers_come(RIGHT);
	login_run(&l);
	ck_assert(fpr_sent(finger));
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(held, 0);
}
END_TEST

/* ----------------------------------------------------- at once, twice -- */

#define AT_ONCE	20

START_TEST(many_at_once_are_one_at_the_reader)
{
	struct login *l = login_array(AT_ONCE);
	pid_t finger;
	size_t i;

	(void)alice_has();
	world_policy(FINGERS_FACTORS("3s") "[lockout]\ndeny = 5\n");
	for (i = 0; i < AT_ONCE; i++)
		l[i] = login_of("alice", PASSWORD, NULL);
	finger = fingers_come(WRONG);
	login_parallel(l, AT_ONCE);
	(void)fpr_sent(finger);
	ck_assert_uint_eq(login_count_in(l, AT_ONCE), 0);
	ck_assert_uint_le(fingers_failures("alice"), 1);
	ck_assert_uint_le(world_failures("alice"), 5);
	world_check_store();
	login_array_free(l, AT_ONCE);
}
END_TEST

START_TEST(line_that_stands_twice_scans_once)
{
	struct login l;

	(void)alice_has();
	world_service("twice", "auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @biometric\nauth required @biometric\n"
	    "auth required @gate\n" ACCOUNT_LINES);
	l = with("twice", PASSWORD, WRONG);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "VerifyStart"), 1);
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

static const char *const stacks[] = {
	"auth required @lockout\nauth required @biometric\n"
	    "auth required @gate\n",
	"auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @gate\nauth required @biometric\n",
	"auth required @lockout\nauth sufficient @biometric\n"
	    "auth required @gate\n",
	"auth required @biometric\nauth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @gate\n",
};

START_TEST(stack_that_is_not_whole_lets_nobody_in)
{
	char text[1024];
	struct login l;

	(void)alice_has();
	(void)snprintf(text, sizeof(text), "%s" ACCOUNT_LINES, stacks[_i]);
	world_service("odd", text);
	l = with("odd", PASSWORD, RIGHT);
	ck_assert_msg(!login_is_in(&l), "%s", stacks[_i]);
}
END_TEST

/* authselect's order, with fprintd's own module (peers M8): it ends auth, and
 * the gate of account refuses; with ours in its place auth goes on. */
/* pam_fprintd does not free what it is answered to a message. */
static struct login
by_fprintd(const char *service, const char *password, const char *line)
{
	struct login l;

#ifdef __SANITIZE_ADDRESS__
	__lsan_disable();
#endif
	l = with(service, password, line);
#ifdef __SANITIZE_ADDRESS__
	__lsan_enable();
#endif
	return (l);
}

START_TEST(sufficient_finger_of_either_module_lets_nobody_in)
{
	static const char *const modules[] = { "pam_fprintd.so max-tries=1 "
	    "timeout=10", "@biometric" };
	char text[1024];
	struct login l;
	size_t i;

	(void)alice_has();
	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		(void)snprintf(text, sizeof(text), "auth required @lockout\n"
		    "auth sufficient %s\n"
		    "auth required @password backend=pam_unix.so\n"
		    "auth required @gate\n" ACCOUNT_LINES, modules[i]);
		world_service("selected", text);
		l = (i == 0 ? by_fprintd : with)("selected", "wrong", RIGHT);
		ck_assert_int_eq(l.auth, i == 0 ? PAM_SUCCESS : PAM_AUTH_ERR);
		ck_assert(!login_is_in(&l));
		if (i == 0)
			ck_assert_int_eq(l.account, PAM_PERM_DENIED);
	}
}
END_TEST

/* ------------------------------------------------- another in between -- */

static void
become_bob(struct login *l, const char *text)
{

	if (strstr(text, FINGERS_PLACE) != NULL)
		ck_assert_int_eq(pam_set_item(l->pamh, PAM_USER, "bob"),
		    PAM_SUCCESS);
}

START_TEST(name_that_changes_at_the_reader_lets_nobody_in)
{
	struct login l = login_of("alice", PASSWORD, NULL);
	pid_t finger;

	(void)alice_has();
	l.at_message = become_bob;
	finger = fingers_come(RIGHT);
	login_run(&l);
	(void)fpr_sent(finger);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_records(SEK_EVENT_ADMIT, SEK_REASON_NONE), 0);
}
END_TEST

START_TEST(finger_of_another_person_is_not_his)
{
	struct login l;

	(void)alice_has();
	(void)fingers_enrol("bob", SEK_FINGER_RIGHT_INDEX, "SCAN bobs");
	l = with("login", PASSWORD, "SCAN bobs");
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(fingers_failures("alice"), 1);
	ck_assert_uint_eq(fingers_failures("bob"), 0);
}
END_TEST

/* ------------------------------------------------ su, here and from afar -- */

struct switched {
	struct login	l;
	const char	*session;	/* what logind has of it, else */
	bool		away;
	bool		sits;
};

static void
as_su(void *arg)
{
	struct switched *s = arg;

	login_run(&s->l);
}

/* bob calls su for alice, in a session of his. */
static void
su(struct switched *s, const char *password, const char *line)
{
	pid_t pid, finger = line != NULL ? fingers_come(line) : 0;
	int status;

	s->l = login_of("alice", password, NULL);
	s->l.service = "su";
	if ((pid = fork()) == 0) {
		if (!(s->sits = fingers_sit(s->away)))
			_exit(0);
		if (s->session != NULL)
			fingers_session(s->session);
		_exit(login_as_caller(BOB_UID, as_su, s));
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (finger > 0)
		(void)fpr_sent(finger);
	fingers_stand_up();
	if (!s->sits)
		world_skip("no login session can be had here");
}

static struct switched *
switched(bool away)
{
	void *p = mmap(NULL, sizeof(struct switched), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct switched *s = p;

	ck_assert_ptr_ne(p, MAP_FAILED);
	s->away = away;
	fingers_own_run();
	fingers_policy("[terminal]\nallow_remote = yes\n");
	return (s);
}

START_TEST(su_at_this_terminal_takes_a_finger)
{
	struct switched *s = switched(false);

	(void)alice_has();
	su(s, PASSWORD, RIGHT);
	ck_assert_msg(login_is_in(&s->l), "%s", s->l.nmessages > 0 ?
	    s->l.message[s->l.nmessages - 1] : "-");
	su(s, PASSWORD, WRONG);
	ck_assert(!login_is_in(&s->l));
	ck_assert_uint_eq(fingers_failures("alice"), 1);
	(void)munmap(s, sizeof(*s));
}
END_TEST

START_TEST(su_that_was_stopped_by_its_caller_is_counted)
{
	struct switched *s = switched(false);
	pid_t pid, finger;
	int status;

	(void)alice_has();
	finger = fingers_come(WRONG);
	s->l = login_of("alice", PASSWORD, NULL);
	s->l.service = "su";
	s->l.at_message = stop_at_the_reader;
	if ((pid = fork()) == 0) {
		if (!(s->sits = fingers_sit(false)))
			_exit(0);
		if (setresuid(BOB_UID, 0, 0) != 0)
			_exit(98);
		login_run(&s->l);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	if (!s->sits) {
		(void)kill(finger, SIGKILL);
		(void)fpr_sent(finger);
		fingers_stand_up();
		world_skip("no login session can be had here");
	}
	ck_assert(WIFSTOPPED(status));
	ck_assert(fpr_sent(finger));
	ck_assert(counted(1));
	(void)kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	fingers_stand_up();
	ck_assert_uint_eq(fingers_failures("alice"), 1);
	(void)munmap(s, sizeof(*s));
}
END_TEST

START_TEST(su_within_ssh_starts_no_reader)
{
	struct switched *s = switched(true);

	(void)alice_has();
	su(s, PASSWORD, NULL);
	ck_assert(!login_is_in(&s->l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "GetDevices"), 0);
	(void)munmap(s, sizeof(*s));
}
END_TEST

static const char *const sessions[] = {
	/* pam_systemd takes this one for one of here; so sshd calls where he
	 * comes from who comes in by ssh once more (UseDNS yes) */
	"CLASS=user\nREMOTE=0\nREMOTE_HOST=localhost\n",
	/* of cron; of the manager of who lingers; of nobody knows what */
	"CLASS=background\nREMOTE=0\n",
	"CLASS=manager\nREMOTE=0\n",
	"REMOTE=0\n",
};

START_TEST(su_in_a_session_that_is_nowhere_starts_no_reader)
{
	struct switched *s = switched(false);

	(void)alice_has();
	s->session = sessions[_i];
	su(s, PASSWORD, NULL);
	ck_assert_msg(!login_is_in(&s->l), "%s", sessions[_i]);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "GetDevices"), 0);
	(void)munmap(s, sizeof(*s));
}
END_TEST

/* Nothing says where he is. */
START_TEST(su_of_nobody_knows_where_starts_no_reader)
{
	struct switched *s = switched(true);

	(void)alice_has();
	s->l = login_of("alice", PASSWORD, NULL);
	s->l.service = "su";
	ck_assert_int_eq(login_as_caller(BOB_UID, as_su, s), 0);
	ck_assert(!login_is_in(&s->l));
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
	(void)munmap(s, sizeof(*s));
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("fingerprint-hostile");
	TCase *c;

	c = world_case(s, "count", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_test(c, mismatch_is_counted_while_its_login_stands_still);
	tcase_add_test(c, reader_is_free_when_its_login_was_killed);
	tcase_add_test(c, count_is_kept_where_the_process_has_the_store_open);
	tcase_add_test(c, store_is_closed_while_a_finger_is_waited_for);
	tcase_add_test(c, many_at_once_are_one_at_the_reader);
	tcase_add_test(c, line_that_stands_twice_scans_once);
	c = world_case(s, "others", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_loop_test(c, stack_that_is_not_whole_lets_nobody_in, 0,
	    N(stacks));
	tcase_add_test(c, sufficient_finger_of_either_module_lets_nobody_in);
	tcase_add_test(c, name_that_changes_at_the_reader_lets_nobody_in);
	tcase_add_test(c, finger_of_another_person_is_not_his);
	c = world_case(s, "su", 300);
	tcase_add_checked_fixture(c, fingers_setup, fingers_teardown);
	tcase_add_test(c, su_at_this_terminal_takes_a_finger);
	tcase_add_test(c, su_that_was_stopped_by_its_caller_is_counted);
	tcase_add_test(c, su_within_ssh_starts_no_reader);
	tcase_add_loop_test(c,
	    su_in_a_session_that_is_nowhere_starts_no_reader, 0, N(sessions));
	tcase_add_test(c, su_of_nobody_knows_where_starts_no_reader);
	return (fingers_main(s));
}
