/*
 * pam_fido2_hostile.c - who wants in by a security key without being let
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/wait.h>

#include "tests/module/keys.h"

static struct softkey key;

static struct login
with(const char *user, const char *password, const char *pin)
{
	struct login l = login_of(user, password, NULL);

	l.pin = pin;
	login_run(&l);
	return (l);
}

static void
alice_has_pin(const char *knobs, enum sek_fido2_uv uv)
{
	char all[256];

	(void)snprintf(all, sizeof(all), "setpin=" KEYS_PIN "\n%s", knobs);
	key = keys_plug("a", all);
	(void)keys_enrol_pin("alice", &key, uv);
}

/* ------------------------------------------------------ what is told -- */

/* A key's words for a PIN it does not take: none of them may tell that one
 * was sent to it. */
static const char *const no_pins[] = { "forcepin=yes\n", "err.06=0x33\n",
	"err.06=0x34\n", "err.06=0x32\n", "err.06=0x36\n", "err.06=0x35\n",
	"err.06=0x7f\n", "cmd=06\ngarbage=yes\n" };

START_TEST(pin_that_a_key_refuses_tells_nothing_of_the_password)
{
	static struct login l, wrong;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	softkey_knobs(&key, no_pins[_i]);
	wrong = login_of("alice", "wrong", NULL);
	wrong.pin = KEYS_PIN;
	wrong.yes = "yes";
	login_run(&wrong);
	l = login_of("alice", PASSWORD, NULL);
	l.pin = KEYS_PIN;
	l.yes = "yes";
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(world_failures("alice"), 2);
}
END_TEST

/* --------------------------------------------------------- from afar -- */

START_TEST(key_alone_is_not_touched_from_afar)
{
	struct login l;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	world_policy("[terminal]\nallow_remote = yes\n[factors]\nwait = 2s\n"
	    "accept = fido2\nfido2_uv_counts = yes\n");
	l = login_of("alice", NULL, NULL);
	l.service = "alone";
	l.pin = "wrong-pin";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(keys_pins(&key), 0);
	ck_assert_uint_eq(keys_touches(&key), 0);
	l.pin = KEYS_PIN;
	login_run(&l);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(keys_pins(&key), 0);
}
END_TEST

/* A service that has no line of passwords does not make it so, either. */
START_TEST(key_and_its_pin_are_not_all_from_afar)
{
	struct login l;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	world_policy("[terminal]\nallow_remote = yes\n" KEYS_FACTORS
	    "fido2_uv_counts = yes\n");
	l = login_of("alice", PASSWORD, NULL);
	l.service = "alone";
	l.pin = KEYS_PIN;
	login_run(&l);
	ck_assert(login_is_in(&l));
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	login_run(&l);
	ck_assert(!login_is_in(&l));
	l.service = "sshd";
	login_run(&l);
	ck_assert(login_is_in(&l));
}
END_TEST

/* ------------------------------------------------------ its last try -- */

static void
spend(struct login *l, int n, pam_handle_t *h)
{
	struct login *by = login_array(1);
	int status;
	pid_t pid;

	(void)h;
	if (strstr(l->prompt[n], "Security key PIN") == NULL)
		return;
	l->at_prompt = NULL;
	*by = login_of("alice", PASSWORD, NULL);
	by->pin = "wrong-pin";
	by->yes = "yes";
	pid = login_spawn(by);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	login_array_free(by, 1);
	softkey_stop(&key);
	key = keys_plug("a", NULL);
	softkey_forget_log(&key);
}

START_TEST(try_that_became_the_last_meanwhile_is_not_used)
{
	struct login l;
	int i;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	world_policy(KEYS_FACTORS "[lockout]\ndeny = 5\n");
	for (i = 0; i < 6; i++) {
		if (i % 2 == 0) {
			softkey_stop(&key);
			key = keys_plug("a", "");
		}
		(void)with("alice", PASSWORD, "wrong-pin");
		world_unlock("alice");
	}
	softkey_stop(&key);
	key = keys_plug("a", "");
	l = login_of("alice", PASSWORD, NULL);
	l.pin = "wrong-pin";
	l.at_prompt = spend;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, ": 2"));
	ck_assert_uint_eq(keys_pins(&key), 0);
	world_unlock("alice");
	l = login_of("alice", PASSWORD, NULL);
	l.yes = "yes";
	l.pin = KEYS_PIN;
	login_run(&l);
	ck_assert(login_is_in(&l));
}
END_TEST

/* ------------------------------------------------------- starved su -- */

static void
as_su(void *arg)
{

	login_run(arg);
}

/* Its caller can see to it that the key cannot be asked. */
START_TEST(su_that_cannot_ask_the_key_tells_nothing_of_the_password)
{
	struct login *l = login_array(2);
	int i, status;
	pid_t pid;

	key = keys_plug("a", "");
	if ((pid = fork()) == 0) {
		(void)keys_enrol("alice", &key);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	world_policy(KEYS_FACTORS "[terminal]\nallow_remote = yes\n");
	ck_assert_int_eq(unlink(SEK_LIBEXECDIR "/fido2.so"), 0);
	for (i = 0; i < 2; i++) {
		l[i] = login_of("alice", i == 0 ? PASSWORD : "wrong", NULL);
		l[i].service = "su";
		ck_assert_int_eq(login_as_caller(BOB_UID, as_su, &l[i]), 0);
		ck_assert_int_eq(l[i].auth, PAM_AUTH_ERR);
	}
	login_check_alike(&l[0], &l[1]);
	login_array_free(l, 2);
}
END_TEST

/* ------------------------------------ tries of one handle, at once -- */

/* sudo's: what one try proved is nothing to the next. */
START_TEST(tries_of_one_handle_do_not_add_up)
{
	struct login l;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	l = login_of("alice", PASSWORD, NULL);
	l.service = "sudo";
	login_start(&l);
	l.pin = "wrong-pin";
	login_phases(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	l.password = "wrong";
	l.pin = KEYS_PIN;
	login_phases(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(keys_pins(&key), 1);
	l.password = PASSWORD;
	l.pin = "";
	login_phases(&l);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(keys_pins(&key), 1);
	ck_assert_uint_eq(world_failures("alice"), 3);
	ck_assert_uint_eq(keys_failures("alice"), 1);
	l.pin = KEYS_PIN;
	login_phases(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert_uint_eq(keys_pins(&key), 2);
	ck_assert_uint_eq(world_failures("alice"), 0);
	login_end(&l);
}
END_TEST

#define AT_ONCE	12

START_TEST(wrong_pins_at_once_are_counted_and_few_reach_the_key)
{
	struct login *l = login_array(AT_ONCE);
	size_t i;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	world_policy("[factors]\nwait = 30s\naccept = password fido2\n"
	    "[lockout]\ndeny = 3\nprivileged_deny = 2\n");
	for (i = 0; i < AT_ONCE; i++) {
		l[i] = login_of("alice", PASSWORD, NULL);
		l[i].pin = "wrong-pin";
	}
	login_parallel(l, AT_ONCE);
	ck_assert_uint_eq(login_count_in(l, AT_ONCE), 0);
	for (i = 0; i < AT_ONCE; i++)
		ck_assert_msg(l[i].auth == PAM_AUTH_ERR, "%d: %s / %s",
		    l[i].auth, l[i].message[0], l[i].message[1]);
	ck_assert(world_locked("alice"));
	ck_assert_uint_eq(world_failures("alice"), 3);
	/* The key's own count, as often as it is put in. */
	ck_assert_uint_le(softkey_logged(&key, " sub=5 ") +
	    softkey_logged(&key, " sub=9 ") -
	    softkey_logged(&key, "-> 0x34"), 3);
	login_array_free(l, AT_ONCE);
}
END_TEST

START_TEST(key_with_too_many_failures_opens_nothing)
{
	struct login l;
	int i;

	key = keys_plug("a", "");
	(void)keys_enrol("alice", &key);
	world_policy(KEYS_FACTORS "[lockout]\nlifetime_cap = 3\n");
	softkey_knobs(&key, "sig=wrongkey\n");
	for (i = 0; i < 3; i++) {
		l = with("alice", PASSWORD, NULL);
		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
		ck_assert_uint_eq(world_failures("alice"), 1);
		world_unlock("alice");
	}
	softkey_knobs(&key, "");
	l = with("alice", PASSWORD, NULL);
	ck_assert(!login_is_in(&l));
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("fido2-hostile");
	TCase *c;

	c = world_case(s, "hostile", 300);
	tcase_add_checked_fixture(c, keys_setup, NULL);
	tcase_add_loop_test(c,
	    pin_that_a_key_refuses_tells_nothing_of_the_password, 0,
	    N(no_pins));
	tcase_add_test(c, key_alone_is_not_touched_from_afar);
	tcase_add_test(c, key_and_its_pin_are_not_all_from_afar);
	tcase_add_test(c, try_that_became_the_last_meanwhile_is_not_used);
	tcase_add_test(c,
	    su_that_cannot_ask_the_key_tells_nothing_of_the_password);
	tcase_add_test(c, tries_of_one_handle_do_not_add_up);
	tcase_add_test(c,
	    wrong_pins_at_once_are_counted_and_few_reach_the_key);
	tcase_add_test(c, key_with_too_many_failures_opens_nothing);
	return (world_main(s));
}
