/*
 * pam_fingerprint_locker.c - a finger at a screen locker, which is not root's:
 * sekisho-helper asks for it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>

#include "tests/module/fingers.h"

#define RIGHT	"SCAN right"
#define WRONG	"SCAN other"

/* A /run of its own, as the helper leaves it, with the bus in it. */
static void
setup(void)
{

	ck_assert_int_eq(mkdir(world_path("dbus"), 0755), 0);
	ck_assert_int_eq(mount("/run/dbus", world_path("dbus"), NULL, MS_BIND,
	    NULL), 0);
	installed_setup();
	ck_assert_int_eq(mkdir("/run/dbus", 0755), 0);
	ck_assert_int_eq(mount(world_path("dbus"), "/run/dbus", NULL, MS_BIND,
	    NULL), 0);
	installed_copy_file(installed_built("biometric.so"),
	    SEK_LIBEXECDIR "/biometric.so");
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    FINGERS_FACTORS("5s"));
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	(void)fingers_enrol("alice", SEK_FINGER_RIGHT_INDEX, RIGHT);
}

struct unlock {
	struct login	l;
	bool		away;
	bool		sits;
};

/* alice's own locker, in her session. */
static struct login
unlocks(struct login in, bool away, const char *line)
{
	pid_t pid, finger = line != NULL ? fingers_come(line) : 0;
	struct unlock *u;
	int status = -1;
	void *p;

	p = mmap(NULL, sizeof(*u), PROT_READ | PROT_WRITE, MAP_SHARED |
	    MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	u = p;
	u->l = in;
	u->l.service = "locker";
	u->l.phases = LOGIN_AUTH | LOGIN_CRED | LOGIN_ACCOUNT;
	if ((pid = fork()) == 0) {
		if (!(u->sits = fingers_sit(away)))
			_exit(0);
		installed_become(ALICE_UID);
		login_run(&u->l);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	if (finger > 0)
		(void)fpr_sent(finger);
	fingers_stand_up();
	if (!u->sits)
		world_skip("no login session can be had here");
	in = u->l;
	(void)munmap(u, sizeof(*u));
	return (in);
}

static struct login
with(const char *password, const char *line)
{

	return (unlocks(login_of("alice", password, NULL), false, line));
}

START_TEST(his_own_locker_unlocks_by_password_and_finger)
{
	struct login l = with(PASSWORD, RIGHT);

	ck_assert_msg(l.auth == PAM_SUCCESS, "%d: %s", l.auth,
	    l.nmessages > 0 ? l.message[l.nmessages - 1] : "-");
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 1);
	/* A locker that wants silence hands on errors alone. */
	ck_assert_str_eq(l.message[0], FINGERS_PLACE);
	ck_assert_int_eq(l.message_style[0], PAM_ERROR_MSG);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SERVICE),
	    "sekisho-locker");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge inherence");
	world_check_store();
}
END_TEST

START_TEST(wrong_password_or_another_finger_look_alike_at_a_locker)
{
	static struct login l, wrong;

	wrong = with("wrong", RIGHT);
	ck_assert_int_eq(wrong.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
	l = with(PASSWORD, WRONG);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(fingers_failures("alice"), 1);
	ck_assert_uint_eq(world_failures("alice"), 2);
	l = with(PASSWORD, RIGHT);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_uint_eq(fingers_failures("alice"), 0);
}
END_TEST

/* Its desktop is shown to somebody elsewhere. */
START_TEST(locker_of_a_session_from_afar_starts_no_reader)
{
	struct login l;

	l = unlocks(login_of("alice", PASSWORD, world_hotp_code("alice", 0)),
	    true, NULL);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "GetDevices"), 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fingerprint locker");
	TCase *c = world_case(s, "locker", 300);

	tcase_add_checked_fixture(c, setup, fingers_teardown);
	tcase_add_test(c, his_own_locker_unlocks_by_password_and_finger);
	tcase_add_test(c,
	    wrong_password_or_another_finger_look_alike_at_a_locker);
	tcase_add_test(c, locker_of_a_session_from_afar_starts_no_reader);
	return (fingers_main(s));
}
