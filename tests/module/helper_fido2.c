/*
 * helper_fido2.c - security keys by sekisho-helper: people bind one to
 * themselves by their own proof or by an enrolment ticket; no path of theirs
 * is opened; killed at any instant, none is half enrolled
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>

#include "sekisho/rule/approval.h"
#include "tests/emulators/fido2/softkey.h"
#include "tests/module/enrolling.h"
#include "tests/module/tickets.h"

#define KEYS		"/run/softkey"
#define PIN		"4711pin"
#define TOUCHED		" rk="		/* a credential was asked for */

static struct sek_helper_enrol want;

/* The helper empties its environment: a key is shown to it as to sshd. */
static void
setup(void)
{
	static char preload[PATH_MAX + 2], real[PATH_MAX];

#ifdef __SANITIZE_ADDRESS__
	/* As in pam_fido2_locker; flow/enrol_fido2 runs under it in
	 * tests/tools/fido2.sh. */
	world_skip("no preload under a sanitizer");
#endif
	ck_assert_ptr_nonnull(realpath(installed_built(
	    "tests/emulators/fido2/softkey-preload.so"), real));
	(void)snprintf(preload, sizeof(preload), "%s\n", real);
	world_write(world_path("preload"), 0644, preload);
	if (!world_install(world_path("preload"), "/etc/ld.so.preload"))
		world_skip("no overlay may be mounted over /etc");
	caller_setup();
	installed_copy_file(installed_built("fido2.so"),
	    SEK_LIBEXECDIR "/fido2.so");
	ck_assert_int_eq(mkdir(KEYS, 0700), 0);
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[factors]\nwait = 5s\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	memset(&want, 0, sizeof(want));
	want.method = SEK_METHOD_FIDO2;
	want.uv = UINT32_MAX;
	(void)snprintf(want.label, sizeof(want.label), "blue");
	own_dev();
	/* Orphans of those that are killed are waited for here. */
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

static struct softkey
plug(const char *name, const char *knobs)
{
	struct softkey k;

	ck_assert(softkey_start(&k, KEYS, name, knobs));
	return (k);
}

static enum sek_err
count_one(void *arg, const char *account, const struct sek_authenticator *a)
{

	(void)account;
	*(unsigned *)arg += a->method == SEK_METHOD_FIDO2;
	return (SEK_OK);
}

static unsigned
keys_of(const char *user)
{
	struct sek_store *st = world_store();
	unsigned n = 0;
	enum sek_err err;

	err = sek_store_authenticators(st, user, false, count_one, &n);
	ck_assert(err == SEK_OK || err == SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
	return (n);
}

#define enrols(uid, expected) \
	call_is((uid), SEK_HELPER_ENROL, &want, sizeof(want), (expected))

START_TEST(own_proof_binds_a_key)
{
	struct softkey k = plug("a", "");

	types("alice", 0);
	enrols(ALICE_UID, SEK_OK);
	ck_assert_uint_eq(c->enrolled.method, SEK_METHOD_FIDO2);
	ck_assert_str_eq(c->enrolled.label, "blue");
	ck_assert_str_eq(c->enrolled.fido2.model, "Sekisho tests Softkey");
	ck_assert_uint_eq(c->enrolled.fido2.attestation,
	    SEK_FIDO2_ATTESTATION_PACKED);
	ck_assert(was_said("Please touch your security key."));
	ck_assert(was_said("once more"));
	ck_assert_uint_eq(keys_of("alice"), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ENROL, SEK_FIELD_TARGET),
	    "alice");
	/* What it counts is not told to who did not prove himself. */
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.nauthenticators, 2);
	ck_assert_uint_eq(c->self.authenticator[0].fido2.counter, 0);
	ck_assert_uint_eq(c->self.authenticator[1].fido2.counter, 0);
	/* It is his already. */
	types("alice", 1);
	(void)snprintf(want.label, sizeof(want.label), "red");
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(c->why.text, "already"));
	ck_assert(is_logged("not enrolled: excluded"));
	world_check_store();
	softkey_stop(&k);
}
END_TEST

START_TEST(pin_is_asked_for_and_kept_to_the_key)
{
	struct softkey k = plug("a", "setpin=" PIN "\n");

	want.uv = SEK_FIDO2_UV_REQUIRED;
	want.resident = 1;
	types("alice", 0);
	c->answer[2] = "0000wrong";
	c->answer[3] = PIN;
	enrols(ALICE_UID, SEK_OK);
	ck_assert_int_eq(c->asked, 4);
	ck_assert(was_said("not the PIN of this security key"));
	ck_assert_uint_eq(c->enrolled.fido2.verifies, SEK_FIDO2_VERIFIES_PIN);
	ck_assert_uint_eq(c->enrolled.fido2.uv, SEK_FIDO2_UV_REQUIRED);
	ck_assert_uint_eq(c->enrolled.fido2.resident, 1);
	/* Behind all that was written before. */
	types("alice", 1);
	c->answer[0] = "wrong";
	(void)snprintf(want.label, sizeof(want.label), "red");
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert(is_logged("sekisho-helper"));
	ck_assert(!world_logged(PIN));
	ck_assert(!world_logged("0000wrong"));
	softkey_stop(&k);
}
END_TEST

START_TEST(pin_given_up_enrols_nothing)
{
	struct softkey k = plug("a", "setpin=" PIN "\n");

	want.uv = SEK_FIDO2_UV_REQUIRED;
	types("alice", 0);
	enrols(ALICE_UID, SEK_ERR_CONV);
	types("alice", 1);
	c->answer[2] = "";
	enrols(ALICE_UID, SEK_ERR_CONV);
	ck_assert_uint_eq(softkey_logged(&k, TOUCHED), 0);
	ck_assert_uint_eq(keys_of("alice"), 0);
	softkey_stop(&k);
}
END_TEST

START_TEST(ticket_binds_a_first_key)
{
	static struct ticket t;		/* whose code is an answer yet */
	struct softkey k = plug("a", "");

	t = tickets_give("newbie", SEK_PURPOSE_ENROL);
	memset(c->answer, 0, sizeof(c->answer));
	c->answer[0] = PASSWORD;
	c->answer[1] = t.code;
	enrols(NEWBIE_UID, SEK_OK);
	ck_assert_uint_eq(keys_of("newbie"), 1);
	/* It has ended. */
	(void)snprintf(want.label, sizeof(want.label), "red");
	enrols(NEWBIE_UID, SEK_ERR_REFUSED);
	ck_assert_uint_eq(keys_of("newbie"), 1);
	world_check_store();
	softkey_stop(&k);
}
END_TEST

START_TEST(without_a_proof_no_key_is_touched)
{
	struct softkey k = plug("a", "");

	types("alice", 0);
	c->answer[0] = "wrong";
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	types("alice", 0);
	c->answer[1] = NULL;
	ck_assert_int_ne(call(ALICE_UID, SEK_HELPER_ENROL, &want,
	    sizeof(want)), SEK_OK);
	memset(c->answer, 0, sizeof(c->answer));
	c->answer[0] = PASSWORD;
	enrols(CAROL_UID, SEK_ERR_REFUSED);
	ck_assert_uint_eq(softkey_logged(&k, "init"), 0);
	ck_assert_uint_eq(keys_of("alice"), 0);
	softkey_stop(&k);
}
END_TEST

START_TEST(no_key_is_told_before_anybody_types)
{

	types("alice", 0);
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "plug it in"));
}
END_TEST

/* A socket that would be told from who opens it. */
static int
trap(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 4), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	return (fd);
}

START_TEST(only_a_key_that_was_found_is_opened)
{
	static const char *const paths[] = { "/dev/null", "/etc/shadow",
	    "/dev/hidraw0", "softkey:/run/trap", "softkey:/run/softkey/a.soc",
	    "softkey:/run/softkey/../softkey/b.sock",
	    "softkey:/run/softkey//b.sock", "softkey:/run/softkey/b.sock ",
	    "SOFTKEY:/run/softkey/b.sock", "/run/softkey/b.sock", "%s%n" };
	struct softkey a = plug("a", ""), b = plug("b", "");
	int fd = trap("/run/trap");
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		(void)snprintf(want.path, sizeof(want.path), "%s", paths[i]);
		types("alice", i);
		enrols(ALICE_UID, SEK_ERR_REFUSED);
		ck_assert_msg(was_said("softkey:/run/softkey/b.sock"), "%s",
		    paths[i]);
	}
	/* Several, and none named. */
	want.path[0] = '\0';
	types("alice", i++);
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(c->why.text, "--device"));
	ck_assert_int_eq(accept(fd, NULL, NULL), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_uint_eq(softkey_logged(&a, TOUCHED), 0);
	ck_assert_uint_eq(softkey_logged(&b, TOUCHED), 0);
	(void)snprintf(want.path, sizeof(want.path),
	    "softkey:/run/softkey/b.sock");
	types("alice", i);
	enrols(ALICE_UID, SEK_OK);
	ck_assert_uint_eq(softkey_logged(&a, TOUCHED), 0);
	ck_assert_uint_eq(softkey_logged(&b, TOUCHED), 1);
	softkey_stop(&a);
	softkey_stop(&b);
	(void)close(fd);
}
END_TEST

START_TEST(each_trouble_has_its_word)
{
	static const struct {
		const char	*knobs, *text, *logged;
	} rows[] = {
		{ "touch=timeout\n", "not touched", "enrolled: no-touch" },
		{ "touch=deny\n", "turned down", "enrolled: denied" },
		{ "yank=touch\ncmd=01\n", "taken out", "enrolled: gone" },
		{ "garbage=yes\ncmd=01\n", "without sense",
		    "enrolled: garbage" },
		{ "sig=wrongkey\n", "did not prove", "enrolled: garbage" },
	};
	struct softkey k;
	char name[16];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(name, sizeof(name), "k%zu", i);
		k = plug(name, rows[i].knobs);
		types("alice", i);
		enrols(ALICE_UID, SEK_ERR_REFUSED);
		ck_assert_msg(strstr(c->why.text, rows[i].text) != NULL,
		    "%s: %s", rows[i].knobs, c->why.text);
		ck_assert_msg(is_logged(rows[i].logged), "%s",
		    rows[i].logged);
		softkey_stop(&k);
		(void)unlink(k.socket);
	}
	ck_assert_uint_eq(keys_of("alice"), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
	world_check_store();
}
END_TEST

/* ----------------------------------------------------------------- kills */

/* Client, middle, helper, and who talks to the key: any of them, at either
 * touch. */
START_TEST(killed_while_it_waits_for_a_touch_nothing_is_enrolled)
{
	struct softkey k = plug("a", "touch=delay:1000\n");
	pid_t pid[PROCESSES], client;
	uint64_t touch;
	int n, i, most = 4, round = 0;

	for (touch = 1; touch <= 2; touch++)
		for (i = 0; i < most; i++) {
			softkey_forget_log(&k);
			types("alice", (uint64_t)round++);
			client = call_begin(ALICE_UID, SEK_HELPER_ENROL,
			    &want, sizeof(want));
			ck_assert(softkey_await(&k, "wait touch", touch,
			    20000));
			n = family(client, pid, 0);
			ck_assert_int_ge(n, most);
			ck_assert_int_eq(kill(pid[i], SIGKILL), 0);
			wait_for_all(3);	/* the key and the log stay */
			ck_assert_int_eq(kill(k.pid, 0), 0);
			ck_assert_int_ne(c->err, SEK_OK);
			ck_assert_uint_eq(keys_of("alice"), 0);
		}
	/* It is as good as before. */
	softkey_knobs(&k, "");
	types("alice", (uint64_t)round);
	enrols(ALICE_UID, SEK_OK);
	world_check_store();
	softkey_stop(&k);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("helper_fido2");
	TCase *t = world_case(s, "keys", 120);

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, own_proof_binds_a_key);
	tcase_add_test(t, pin_is_asked_for_and_kept_to_the_key);
	tcase_add_test(t, pin_given_up_enrols_nothing);
	tcase_add_test(t, ticket_binds_a_first_key);
	tcase_add_test(t, without_a_proof_no_key_is_touched);
	tcase_add_test(t, no_key_is_told_before_anybody_types);
	tcase_add_test(t, only_a_key_that_was_found_is_opened);
	tcase_add_test(t, each_trouble_has_its_word);
	tcase_add_test(t,
	    killed_while_it_waits_for_a_touch_nothing_is_enrolled);
	return (world_main(s));
}
