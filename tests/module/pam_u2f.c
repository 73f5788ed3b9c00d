/*
 * pam_u2f.c - the keys of a pam_u2f mapping that pamu2fcfg wrote open logins
 * once it is imported, as they did there
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <limits.h>
#include <string.h>

#include "tests/module/keys.h"

#define ORIGIN	"pam://town"

static struct softkey key;

/* alice's line, of what pamu2fcfg was asked for; its PIN where it has one. */
static void
map(const char *options, const char *pin)
{
	static char command[PATH_MAX * 2], preload[PATH_MAX];
	char *line, *end;

	if (access("/usr/bin/pamu2fcfg", X_OK) != 0 ||
	    world_run((const char *const[]){ "/usr/bin/test", "-e",
	    SEK_MODULE_DIR "/pam_u2f.so", NULL }) != 0)
		world_skip("pam_u2f is not installed");
	ck_assert_ptr_nonnull(realpath(installed_built(
	    "tests/emulators/fido2/softkey-preload.so"), preload));
	/* What is preloaded may be built with a sanitizer; pamu2fcfg is not. */
	(void)snprintf(command, sizeof(command), "printf '%s' | "
	    "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 "
	    "LD_PRELOAD=%s pamu2fcfg -u alice -o " ORIGIN " %s 2>/dev/null",
	    pin, preload, options);
	ck_assert_int_eq(world_run((const char *const[]){ "/bin/bash", "-c",
	    command, NULL }), 0);
	line = world_read(world_path("out"));
	end = strstr(line, "alice:");
	ck_assert_ptr_nonnull(end);
	world_write(world_path("map"), 0644, end);
	free(line);
	softkey_forget_log(&key);
}

/* pam_u2f takes it; then it is ours. */
static void
import(void)
{

	world_service("u2f", "auth required pam_u2f.so authfile=@world/map "
	    "origin=" ORIGIN " appid=" ORIGIN "\n");
	softkey_forget_log(&key);
	ck_assert_int_eq(world_sekisho("import", world_path("map"),
	    "--format", "pam_u2f", "--rp-id", ORIGIN, NULL), 0);
}

START_TEST(key_by_a_touch)
{
	struct login l;

	key = keys_plug("a", NULL);
	map("", "");
	import();
	l = login_of("alice", NULL, NULL);
	l.service = "u2f";
	l.phases = LOGIN_AUTH;
	login_run(&l);
	ck_assert_int_eq(l.auth, PAM_SUCCESS);
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert(!login_try("alice", "wrong", NULL));
	ck_assert(!login_try("bob", PASSWORD, NULL));
	ck_assert_uint_ge(softkey_logged(&key, "rp=" ORIGIN), 4);
	world_check_store();
}
END_TEST

START_TEST(key_with_a_pin)
{
	struct login l;

	key = keys_plug("a", "setpin=" KEYS_PIN "\n");
	map("-N", KEYS_PIN "\\n");
	import();
	/* Where a PIN was asked for, it is asked for here. */
	l = login_of("alice", PASSWORD, NULL);
	l.pin = KEYS_PIN;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(keys_pins(&key), 1);
	l.pin = "0000wrong";
	login_run(&l);
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(key_that_knows_its_credential_itself)
{

	key = keys_plug("a", NULL);
	map("-r", "");
	import();
	ck_assert(login_try("alice", PASSWORD, NULL));
	/* Another resident one of the same name is none of his. */
	softkey_stop(&key);
	key = keys_plug("b", NULL);
	map("-r", "");
	ck_assert(!login_try("alice", PASSWORD, NULL));
}
END_TEST

START_TEST(key_of_rsa)
{

	key = keys_plug("a", NULL);
	map("-t RS256", "");
	import();
	ck_assert(login_try("alice", PASSWORD, NULL));
}
END_TEST

START_TEST(name_that_is_not_the_keys_own_opens_nothing)
{

	key = keys_plug("a", NULL);
	map("", "");
	ck_assert_int_eq(world_sekisho("import", world_path("map"),
	    "--format", "pam_u2f", "--rp-id", "pam://other", NULL), 0);
	ck_assert(!login_try("alice", PASSWORD, NULL));
}
END_TEST

static void
end(void)
{

	softkey_stop(&key);
}

int
main(void)
{
	Suite *s = suite_create("pam_u2f");
	TCase *t = world_case(s, "imported", 120);

	tcase_add_checked_fixture(t, keys_setup, end);
	tcase_add_test(t, key_by_a_touch);
	tcase_add_test(t, key_with_a_pin);
	tcase_add_test(t, key_that_knows_its_credential_itself);
	tcase_add_test(t, key_of_rsa);
	tcase_add_test(t, name_that_is_not_the_keys_own_opens_nothing);
	return (world_main(s));
}
