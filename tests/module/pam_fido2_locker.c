/*
 * pam_fido2_locker.c - a security key at a screen locker, which is not root's:
 * sekisho-helper asks for it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <limits.h>

#include "tests/module/keys.h"

#define KEYS	"/run/softkey"

static struct softkey key;

/* The helper empties its environment: a key is shown to it as to sshd. */
static void
setup(void)
{
	static char preload[PATH_MAX + 2], real[PATH_MAX];

#ifdef __SANITIZE_ADDRESS__
	/* What is preloaded comes before a sanitizer, and it will not have
	 * that; the modules run under it in pam_fido2. */
	world_skip("no preload under a sanitizer");
#endif
	ck_assert_ptr_nonnull(realpath(installed_built(
	    "tests/emulators/fido2/softkey-preload.so"), real));
	(void)snprintf(preload, sizeof(preload), "%s\n", real);
	world_write(world_path("preload"), 0644, preload);
	if (!world_install(world_path("preload"), "/etc/ld.so.preload"))
		world_skip("no overlay may be mounted over /etc");
	installed_setup();
	installed_copy_file(installed_built("fido2.so"),
	    SEK_LIBEXECDIR "/fido2.so");
	ck_assert_int_eq(mkdir(KEYS, 0700), 0);
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[factors]\nwait = 5s\naccept = password totp hotp fido2\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	ck_assert(softkey_start(&key, KEYS, "a", "setpin=" KEYS_PIN "\n"));
}

static struct login
unlocks(struct login in)
{
	struct login *l = login_array(1);
	int status = -1;
	pid_t pid;

	*l = in;
	l->service = "locker";
	l->phases = LOGIN_AUTH | LOGIN_CRED | LOGIN_ACCOUNT;
	if ((pid = fork()) == 0) {
		installed_become(ALICE_UID);
		login_run(l);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	in = *l;
	login_array_free(l, 1);
	return (in);
}

START_TEST(his_own_locker_unlocks_by_password_and_key)
{
	struct login l;

	(void)keys_enrol_pin("alice", &key, SEK_FIDO2_UV_DISCOURAGED);
	l = unlocks(login_of("alice", PASSWORD, NULL));
	ck_assert_msg(l.auth == PAM_SUCCESS, "%d", l.auth);
	ck_assert_int_eq(l.account, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert(login_was_told(&l, KEYS_TOUCH));
	ck_assert_uint_eq(keys_touches(&key), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_SERVICE),
	    "sekisho-locker");
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	world_check_store();
}
END_TEST

/* Greeters and lockers want silence; who sees nothing touches nothing. */
START_TEST(silent_locker_hears_of_the_touch)
{
	struct login l = login_of("alice", PASSWORD, NULL);

	(void)keys_enrol_pin("alice", &key, SEK_FIDO2_UV_DISCOURAGED);
	l.flags = PAM_SILENT;
	l = unlocks(l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert(login_was_told(&l, KEYS_TOUCH));
}
END_TEST

START_TEST(wrong_password_or_wrong_pin_look_alike_at_a_locker)
{
	static struct login l, wrong;

	(void)keys_enrol_pin("alice", &key, SEK_FIDO2_UV_REQUIRED);
	wrong = login_of("alice", "wrong", NULL);
	wrong.pin = KEYS_PIN;
	wrong = unlocks(wrong);
	ck_assert_int_eq(wrong.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(keys_pins(&key), 0);
	l = login_of("alice", PASSWORD, NULL);
	l.pin = "wrong-pin";
	l = unlocks(l);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(keys_pins(&key), 1);
	ck_assert_uint_eq(world_failures("alice"), 2);
	l.password = PASSWORD;
	l.pin = KEYS_PIN;
	l = unlocks(l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
}
END_TEST

START_TEST(key_that_is_not_there_gives_way_to_a_code_at_a_locker)
{
	struct login l;

	(void)keys_enrol_pin("alice", &key, SEK_FIDO2_UV_DISCOURAGED);
	softkey_stop(&key);
	l = unlocks(login_of("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_str_eq(l.prompt[1], "One-time code: ");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fido2 locker");
	TCase *c = world_case(s, "locker", 300);

	tcase_add_checked_fixture(c, setup, NULL);
	tcase_add_test(c, his_own_locker_unlocks_by_password_and_key);
	tcase_add_test(c, silent_locker_hears_of_the_touch);
	tcase_add_test(c,
	    wrong_password_or_wrong_pin_look_alike_at_a_locker);
	tcase_add_test(c,
	    key_that_is_not_there_gives_way_to_a_code_at_a_locker);
	return (world_main(s));
}
