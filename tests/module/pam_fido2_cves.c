/*
 * pam_fido2_cves.c - what went wrong in other modules for security keys, as it
 * would look here
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <time.h>

#include "tests/module/keys.h"

/* Without the gate, and with a line that says yes: whatever ours passes over
 * in silence lets in. */
#define TRAP								\
	"auth required @lockout\n"					\
	"auth required @password backend=pam_unix.so\n"		\
	"auth required @fido2 debug\n"					\
	"auth required pam_permit.so\n"
#define TRAP_ALONE							\
	"auth required @lockout\n"					\
	"auth required @fido2 debug\n"					\
	"auth required pam_permit.so\n"

static struct softkey key;

static void
setup(void)
{

	keys_setup();
	world_service("trap", TRAP);
	world_service("trap-alone", TRAP_ALONE);
}

static struct login
by(const char *service, const char *password, const char *pin)
{
	struct login l = login_of("alice", password, NULL);

	l.service = service;
	l.pin = pin;
	l.phases = LOGIN_AUTH;
	return (l);
}

static int
answers(struct login l)
{

	login_run(&l);
	return (l.auth);
}

/* By a process of its own, so that this one has not loaded fido2.so. */
static void
enrol_apart(void)
{
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		(void)keys_enrol("alice", &key);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

/* ------------------------------------------------- CVE-2025-23013 -- */

/* pam-u2f: PAM_IGNORE where memory, host name or privileges could not be had,
 * and so a login without the second factor. */

static void
with_limit(int what, rlim_t most, struct login *l)
{
	const struct rlimit r = { most, most };
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		(void)alarm(60);
		if (setrlimit((__rlimit_resource_t)what, &r) != 0)
			_exit(98);
		l->auth = LOGIN_NOT_RUN;
		login_run(l);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	/* One that cannot even begin is no login either. */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		l->auth = PAM_ABORT;
}

START_TEST(want_of_descriptors_is_no_yes_and_no_silence)
{
	struct login *l = login_array(1);
	unsigned refused = 0, n;

	key = keys_plug("a", "");
	enrol_apart();
	softkey_knobs(&key, "sig=wrongkey\n");
	for (n = 4; n < 32; n++) {
		*l = by("trap", PASSWORD, NULL);
		with_limit(RLIMIT_NOFILE, n, l);
		ck_assert_msg(l->auth != PAM_SUCCESS && l->auth != PAM_IGNORE,
		    "%u descriptors: %d", n, l->auth);
		refused += l->auth != PAM_AUTH_ERR;
	}
	/* It was felt. */
	ck_assert_uint_gt(refused, 0);
	*l = by("trap", PASSWORD, NULL);
	with_limit(RLIMIT_NOFILE, 256, l);
	ck_assert_int_eq(l->auth, PAM_AUTH_ERR);
	login_array_free(l, 1);
}
END_TEST

START_TEST(want_of_processes_is_no_yes_and_no_silence)
{
	struct login *l = login_array(1);

	/* Of an ordinary user's su: root has no such limit. */
	key = keys_plug("a", "");
	enrol_apart();
	world_policy(KEYS_FACTORS "[store]\nkey = /nowhere/key\n");
	*l = by("trap", PASSWORD, NULL);
	ck_assert_int_eq(answers(*l), PAM_AUTHINFO_UNAVAIL);
	world_policy("[factors]\nwait = no\n");
	ck_assert_int_eq(answers(*l), PAM_AUTHINFO_UNAVAIL);
	login_array_free(l, 1);
}
END_TEST

static const struct {
	mode_t		 mode;
	const char	*text;		/* NULL: not there */
} objects[] = {
	{ 0755, NULL },
	{ 0755, "" },
	{ 0755, "no library" },
	{ 0775, "writable by a group" },
	{ 0757, "writable by all" },
	{ 0000, "" },
};

START_TEST(object_that_is_not_as_installed_is_no_silence)
{
	const char *path = SEK_LIBEXECDIR "/fido2.so";

	key = keys_plug("a", "");
	enrol_apart();
	ck_assert_int_eq(unlink(path), 0);
	if (objects[_i].text != NULL)
		world_write(path, objects[_i].mode, objects[_i].text);
	ck_assert_int_eq(answers(by("trap", PASSWORD, NULL)),
	    PAM_AUTHINFO_UNAVAIL);
	ck_assert(world_logged("fido2.so"));
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* CVE-2019-12209: what others may change, or a link of theirs, is not used. */
START_TEST(object_behind_a_link_of_others_is_not_loaded)
{
	const char *path = SEK_LIBEXECDIR "/fido2.so";

	key = keys_plug("a", "");
	enrol_apart();
	ck_assert_int_eq(chown(path, ALICE_UID, ALICE_UID), 0);
	ck_assert_int_eq(answers(by("trap", PASSWORD, NULL)),
	    PAM_AUTHINFO_UNAVAIL);
	ck_assert_int_eq(chown(path, 0, 0), 0);
	ck_assert_int_eq(rename(path, SEK_LIBEXECDIR "/fido2.real"), 0);
	ck_assert_int_eq(symlink(SEK_LIBEXECDIR "/fido2.real", path), 0);
	ck_assert_int_ne(answers(by("trap", PASSWORD, NULL)), PAM_IGNORE);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rename(SEK_LIBEXECDIR "/fido2.real", path), 0);
	ck_assert_int_eq(answers(by("trap", PASSWORD, NULL)), PAM_SUCCESS);
}
END_TEST

/* ------------------------------------------------- CVE-2021-31924 -- */

static const char *const empty[] = { "", " ", "123" };

static void
alice_has_pin(void)
{

	key = keys_plug("a", "setpin=" KEYS_PIN "\n");
	(void)keys_enrol_pin("alice", &key, SEK_FIDO2_UV_REQUIRED);
}

/* pam-u2f 1.1.0 signed by a touch alone where the PIN's prompt was answered by
 * nothing. The key here would. */
START_TEST(no_pin_where_one_is_due_is_no_touch_alone)
{
	alice_has_pin();
	ck_assert_int_eq(answers(by("trap", PASSWORD, empty[_i])),
	    PAM_AUTH_ERR);
	ck_assert_int_eq(answers(by("trap-alone", NULL, empty[_i])),
	    PAM_AUTH_ERR);
	/* sshd's PasswordAuthentication answers every prompt so. */
	ck_assert_int_eq(answers(by("trap", PASSWORD, PASSWORD)),
	    PAM_AUTH_ERR);
	ck_assert_uint_eq(keys_pins(&key), 0);
	ck_assert_uint_eq(world_failures("alice"), 3);
	ck_assert_int_eq(answers(by("trap", PASSWORD, KEYS_PIN)),
	    PAM_SUCCESS);
}
END_TEST

static const enum login_talk given_up[] = { TALK_CONV_ERR, TALK_BUF_ERR,
	TALK_NULL, TALK_NULL_TEXT, TALK_HUGE };

START_TEST(cancelled_pin_is_no_touch_alone)
{
	struct login l;

	alice_has_pin();
	l = by("trap", PASSWORD, KEYS_PIN);
	l.talk = given_up[_i];
	l.talk_at = 1;
	login_run(&l);
	ck_assert(l.auth != PAM_SUCCESS && l.auth != PAM_IGNORE);
	ck_assert_uint_eq(keys_touches(&key), 0);
	ck_assert_uint_eq(keys_pins(&key), 0);
	l = by("trap-alone", NULL, KEYS_PIN);
	l.talk = given_up[_i];
	login_run(&l);
	ck_assert(l.auth != PAM_SUCCESS && l.auth != PAM_IGNORE);
	ck_assert_uint_eq(keys_touches(&key), 0);
}
END_TEST

/* The key's own word for it, in what is signed, is not enough where it lies,
 * and a PIN that is right for nobody is none. */
START_TEST(flag_that_lies_is_no_verification)
{
	alice_has_pin();
	softkey_knobs(&key, "clearflags=uv\n");
	ck_assert_int_eq(answers(by("trap", PASSWORD, KEYS_PIN)),
	    PAM_AUTH_ERR);
	softkey_knobs(&key, "clearflags=up\n");
	ck_assert_int_eq(answers(by("trap", PASSWORD, KEYS_PIN)),
	    PAM_AUTH_ERR);
	/* A flag that is set behind the signature does not hold. */
	softkey_knobs(&key, "setflags=uv\n");
	ck_assert_int_eq(answers(by("trap", PASSWORD, "wrong-pin")),
	    PAM_AUTH_ERR);
}
END_TEST

/* ------------------------------------------------- CVE-2019-12210 -- */

static void
look_at_descriptors(struct login *l, const char *text)
{

	(void)l;
	if (strcmp(text, KEYS_TOUCH) != 0)
		return;
	/* What a program would inherit that is started now. */
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/sh", "-c",
	    "ls -l /proc/self/fd | grep -c -e sock -e store -e '/log'",
	    NULL }), 1);
}

/* pam-u2f left its debug file open for what was started later. */
START_TEST(no_descriptor_is_left_to_programs)
{
	struct login l;

	key = keys_plug("a", "touch=delay:300\n");
	(void)keys_enrol("alice", &key);
	l = by("trap", PASSWORD, NULL);
	l.at_message = look_at_descriptors;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert(login_was_told(&l, KEYS_TOUCH));
}
END_TEST

/* ---------------------------------------- pam-u2f #25, #138: for ever -- */

static const char *const for_ever[] = { "touch=never\n", "cmd=02\nhang=yes\n",
	"hang=init\n", "cmd=02\nfaultup=yes\ngarbage=storm\n", "uv=never\n" };

START_TEST(wait_for_a_key_ends)
{
	struct timespec begin, end;

	key = keys_plug("a", _i == 4 ? "uv=ok\n" : "");
	(void)keys_enrol_as("alice", &key, _i == 4 ? SEK_FIDO2_UV_REQUIRED :
	    SEK_FIDO2_UV_DISCOURAGED, NULL, false);
	keys_wait("1s");
	softkey_knobs(&key, for_ever[_i]);
	(void)clock_gettime(CLOCK_MONOTONIC, &begin);
	ck_assert_int_eq(answers(by("trap", PASSWORD, NULL)), PAM_AUTH_ERR);
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	ck_assert_int_lt(end.tv_sec - begin.tv_sec, 60);
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

/* --------------------------------- pam-u2f #374: a question holds a key -- */

static int ready[2], go[2];

static void
wait_at_pin(struct login *l, int n, pam_handle_t *h)
{
	char byte;

	(void)h;
	if (strstr(l->prompt[n], "PIN") == NULL)
		return;
	(void)!write(ready[1], "x", 1);
	(void)!read(go[0], &byte, 1);
}

/* A greeter that waited for a PIN kept the key from everybody else. */
START_TEST(question_holds_no_key)
{
	struct login *l = login_array(1);
	int status;
	pid_t pid;
	char byte;

	alice_has_pin();
	(void)keys_enrol_pin("bob", &key, SEK_FIDO2_UV_DISCOURAGED);
	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(go), 0);
	*l = login_of("alice", PASSWORD, NULL);
	l->pin = KEYS_PIN;
	l->at_prompt = wait_at_pin;
	pid = login_spawn(l);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert(login_try("bob", PASSWORD, NULL));
	ck_assert_int_eq(write(go[1], "x", 1), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(login_is_in(l));
	login_array_free(l, 1);
}
END_TEST

/* ------------------------------------ pam-u2f #192: the cue comes late -- */

static unsigned cues;

static void
touch_now(struct login *l, const char *text)
{

	(void)l;
	if (strcmp(text, KEYS_TOUCH) != 0)
		return;
	/* It waits for the touch, or is about to: none was made yet. */
	ck_assert_uint_eq(softkey_logged(&key, " up=1 "), 0);
	cues++;
	softkey_knobs(&key, "touch=ok\n");
}

START_TEST(touch_is_called_for_while_the_key_waits)
{
	struct login l;

	key = keys_plug("a", "");
	(void)keys_enrol("alice", &key);
	/* Without the word for it nobody would touch it. */
	softkey_knobs(&key, "touch=never\n");
	l = by("trap", PASSWORD, NULL);
	l.at_message = touch_now;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_uint_eq(cues, 1);
}
END_TEST

/* --------------------------- pam-u2f #276: a sensor shut, and no PIN asked -- */

START_TEST(shut_sensor_leaves_the_pin)
{
	struct login l;
	int i;

	key = keys_plug("a", "uv=ok\nsetpin=" KEYS_PIN "\n");
	(void)keys_enrol_pin("alice", &key, SEK_FIDO2_UV_REQUIRED);
	softkey_knobs(&key, "uv=fail\n");
	for (i = 0; i < 4; i++) {
		l = by("trap", PASSWORD, KEYS_PIN);
		login_run(&l);
		ck_assert_int_eq(l.auth, PAM_SUCCESS);
		ck_assert_int_eq(l.nprompts, 2);
	}
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("fido2 cves");
	TCase *c;

	c = world_case(s, "CVE-2025-23013", 300);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, want_of_descriptors_is_no_yes_and_no_silence);
	tcase_add_test(c, want_of_processes_is_no_yes_and_no_silence);
	tcase_add_loop_test(c, object_that_is_not_as_installed_is_no_silence,
	    0, N(objects));
	c = world_case(s, "CVE-2019-12209", 300);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, object_behind_a_link_of_others_is_not_loaded);
	c = world_case(s, "CVE-2021-31924", 300);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_loop_test(c, no_pin_where_one_is_due_is_no_touch_alone, 0,
	    N(empty));
	tcase_add_loop_test(c, cancelled_pin_is_no_touch_alone, 0,
	    N(given_up));
	tcase_add_test(c, flag_that_lies_is_no_verification);
	c = world_case(s, "CVE-2019-12210", 300);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, no_descriptor_is_left_to_programs);
	c = world_case(s, "for-ever", 300);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_loop_test(c, wait_for_a_key_ends, 0, N(for_ever));
	c = world_case(s, "pam-u2f", 300);
	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, question_holds_no_key);
	tcase_add_test(c, touch_is_called_for_while_the_key_waits);
	tcase_add_test(c, shut_sensor_leaves_the_pin);
	return (world_main(s));
}
