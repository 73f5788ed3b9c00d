/*
 * pam_fido2.c - logins with security keys, by the built modules and keys of
 * software: what each thing a key may do comes to
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <signal.h>
#include <time.h>

#include "tests/module/keys.h"
#include "tests/module/tickets.h"

/* Nothing here may take longer, by far. */
#define FAR	60

/* How often the store made something durable, in this process. */
static unsigned syncs;

__attribute__((visibility("default"))) int
fsync(int fd)
{

	syncs++;
	return ((int)syscall(SYS_fsync, fd));
}

__attribute__((visibility("default"))) int
fdatasync(int fd)
{

	syncs++;
	return ((int)syscall(SYS_fdatasync, fd));
}

static struct softkey key, other;

/* A login that leaves nothing behind in its process, and ends. */
static struct login
logs_in(struct login l)
{
	struct timespec begin, end;
	unsigned files, children;

	/* What is loaded once stays: libraries, their files. */
	files = keys_open_files();
	children = keys_children();
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &begin);
	login_run(&l);
	(void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &end);
	ck_assert_int_lt(end.tv_sec - begin.tv_sec, FAR);
	ck_assert_uint_eq(keys_open_files(), files);
	ck_assert_uint_eq(keys_children(), children);
	return (l);
}

static struct login
with(const char *user, const char *password, const char *pin)
{
	struct login l = login_of(user, password, NULL);

	l.pin = pin;
	return (logs_in(l));
}

/* alice has the key that is plugged in. */
static void
alice_has(const char *knobs)
{

	key = keys_plug("a", "");
	(void)keys_enrol("alice", &key);
	softkey_knobs(&key, knobs);
}

static void
alice_has_pin(const char *knobs, enum sek_fido2_uv uv)
{
	char all[256];

	(void)snprintf(all, sizeof(all), "setpin=" KEYS_PIN "\n%s", knobs);
	key = keys_plug("a", all);
	(void)keys_enrol_pin("alice", &key, uv);
}

/* ------------------------------------------------- password and key -- */

START_TEST(password_and_key_let_in)
{
	const char *id;
	struct login l;

	key = keys_plug("a", NULL);
	id = keys_enrol("alice", &key);
	l = login_of("alice", PASSWORD, NULL);
	l.phases = LOGIN_ALL;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.close, PAM_SUCCESS);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_str_eq(l.prompt[0], "Password: ");
	ck_assert_str_eq(l.message[0], KEYS_TOUCH);
	ck_assert_uint_eq(keys_touches(&key), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_AUTHENTICATOR), id));
	ck_assert_uint_eq(world_failures("alice"), 0);
	/* Again, and again. */
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert(login_try("alice", PASSWORD, NULL));
	world_check_store();
}
END_TEST

START_TEST(first_login_leaves_no_more_behind_than_the_next)
{
	alice_has("");
	/* fido2.so was loaded in this process by the enrolment: a child has
	 * it, too. */
	(void)with("alice", PASSWORD, NULL);
	(void)with("alice", "wrong", NULL);
}
END_TEST

/* Of a refused login: its store syncs, once what is written once is there. */
static unsigned
costs(struct login *l, const char *password, const char *pin)
{
	unsigned before, least = UINT32_MAX, i;

	for (i = 0; i < 3; i++) {
		world_unlock("alice");
		softkey_forget_log(&key);
		before = syncs;
		*l = with("alice", password, pin);
		ck_assert(!login_is_in(l));
		if (syncs - before < least)
			least = syncs - before;
	}
	return (least);
}

static const char *const bad_touch[] = { "sig=wrongkey\n", "sig=corrupt\n",
	"rphash=wrong\n", "clearflags=up\n", "touch=timeout:100\n",
	"touch=deny\n", "credid=other\n" };

START_TEST(wrong_password_and_wrong_key_look_alike)
{
	static struct login l, wrong;
	size_t commands;
	unsigned n;

	alice_has(bad_touch[_i]);
	(void)costs(&l, PASSWORD, NULL);
	n = costs(&l, PASSWORD, NULL);
	commands = softkey_logged(&key, "cmd=");
	ck_assert_uint_eq(costs(&wrong, "wrong", NULL), n);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(softkey_logged(&key, "cmd="), commands);
	/* A key that is all right proves nothing then. */
	softkey_knobs(&key, "");
	(void)costs(&wrong, "wrong", NULL);
	ck_assert_int_eq(wrong.auth, l.auth);
}
END_TEST

START_TEST(wrong_password_is_one_failure_and_none_of_the_keys)
{
	struct login l;

	alice_has("");
	l = with("alice", "wrong", NULL);
	ck_assert(!login_is_in(&l));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, KEYS_TOUCH));
	ck_assert_uint_eq(keys_touches(&key), 1);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(keys_failures("alice"), 0);
}
END_TEST

START_TEST(bad_signature_is_one_failure_of_both)
{
	struct login l;

	alice_has("sig=wrongkey\n");
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(keys_failures("alice"), 1);
	ck_assert(world_logged("security key: refused: user=alice"));
	softkey_knobs(&key, "");
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert_uint_eq(keys_failures("alice"), 0);
}
END_TEST

START_TEST(locked_account_is_asked_the_same_and_nothing_is_verified)
{
	struct login l;
	int i;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	for (i = 0; i < 5; i++)
		(void)with("alice", "wrong", KEYS_PIN);
	ck_assert(world_locked("alice"));
	ck_assert_uint_eq(keys_pins(&key), 0);
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(keys_pins(&key), 0);
	ck_assert(login_was_told(&l, KEYS_TOUCH));
	ck_assert(login_was_told(&l, "Locked"));
	world_unlock("alice");
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert(login_is_in(&l));
}
END_TEST

START_TEST(who_may_not_get_in_proves_nothing_by_his_key)
{
	struct login l;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	world_suspend("alice");
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(keys_pins(&key), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(unknown_name_reaches_for_no_key)
{
	struct login l;

	alice_has("");
	l = with("nobody-here", PASSWORD, NULL);
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(softkey_logged(&key, "cmd="), 0);
}
END_TEST

/* ------------------------------------------------- what can go wrong -- */

static const struct {
	const char	*knobs;
	const char	*told;
	const char	*logged;
} faults[] = {
	{ "touch=timeout:300\n", "not touched in time", "no-touch" },
	{ "touch=never\n", "not touched in time", "no-touch" },
	{ "touch=deny\n", "turned down", "denied" },
	{ "cmd=02\nyank=recv\n", "taken out too early", "gone" },
	{ "cmd=02\nyank=mid\n", "taken out too early", "gone" },
	{ "cmd=02\nfaultup=yes\nyank=recv\n", "taken out too early", "gone" },
	{ "cmd=02\nfaultup=yes\nyank=touch\n", "taken out too early", "gone" },
	{ "cmd=02\nfaultup=yes\nyank=mid\n", "taken out too early", "gone" },
	{ "cmd=02\nfaultup=yes\nyank=touch\nunplug=yes\n",
	    "taken out too early", "gone" },
	{ "cmd=02\nhang=yes\n", "does not answer", "silent" },
	{ "hang=init\n", "does not answer", "silent" },
	{ "cmd=02\ngarbage=yes\n", "cannot be used now", "garbage" },
	{ "cmd=02\ngarbage=short\n", "cannot be used now", "garbage" },
	{ "cmd=02\ngarbage=empty\n", "cannot be used now", "garbage" },
	{ "cmd=02\ngarbage=types\n", "cannot be used now", "garbage" },
	{ "cmd=02\ngarbage=huge\n", "cannot be used now", "garbage" },
	{ "cmd=02\ngarbage=hugemap\n", "cannot be used now", "garbage" },
	{ "cmd=02\ngarbage=nested\n", "cannot be used now", "garbage" },
	{ "cmd=02\nfaultup=yes\ngarbage=yes\n", "cannot be used now",
	    "garbage" },
	{ "cmd=02\nfaultup=yes\ngarbage=big\n", "", "security key: " },
	{ "cmd=02\nfaultup=yes\ngarbage=cut\n", "", "security key: " },
	{ "cmd=02\nfaultup=yes\ngarbage=storm\n", "", "security key: " },
	{ "cmd=02\nfaultup=yes\ngarbage=bcnt\n", "", "security key: " },
	{ "cmd=02\nfaultup=yes\ngarbage=cid\n", "", "security key: " },
	{ "cmd=02\nfaultup=yes\nhang=yes\n", "not touched in time",
	    "no-touch" },
	{ "err.02=0x7f\n", "cannot be used now", "garbage" },
	{ "sig=empty\n", "", "security key: " },
	{ "sig=short\n", "", "security key: " },
	{ "sig=long\n", "", "security key: " },
	{ "sig=replay\n", "", NULL },
	{ "ctap=no\n", "", "security key: " },
};

START_TEST(fault_is_one_wrong_answer_told_and_logged)
{
	static struct login l, wrong;
	bool in;

	alice_has("");
	keys_wait("1s");
	/* One that was right, for what is replayed. */
	ck_assert(login_try("alice", PASSWORD, NULL));
	softkey_knobs(&key, faults[_i].knobs);
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	in = login_was_told(&l, faults[_i].told);
	ck_assert_msg(in, "%s: %s / %s", faults[_i].knobs, l.nmessages > 0 ?
	    l.message[0] : "-", l.nmessages > 1 ? l.message[1] : "-");
	if (faults[_i].logged != NULL)
		ck_assert_msg(world_logged(faults[_i].logged), "%s",
		    faults[_i].knobs);
	ck_assert_uint_eq(world_failures("alice"), 1);
	/* The same behind a wrong password. */
	if (strstr(faults[_i].knobs, "unplug") != NULL) {
		softkey_stop(&key);
		key = keys_plug("a", faults[_i].knobs);
	}
	wrong = with("alice", "wrong", NULL);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(world_failures("alice"), 2);
	/* And it works again. */
	softkey_stop(&key);
	key = keys_plug("a", "");
	ck_assert(login_try("alice", PASSWORD, NULL));
	world_check_store();
}
END_TEST

START_TEST(slow_key_is_waited_for)
{
	alice_has("latency=200\nslow=2\ntouch=delay:300\n");
	ck_assert(login_try("alice", PASSWORD, NULL));
}
END_TEST

START_TEST(key_that_goes_back_is_suspect)
{
	struct login l;

	alice_has("");
	ck_assert(login_try("alice", PASSWORD, NULL));
	softkey_knobs(&key, "count=back:2\n");
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_COUNTER_BACK, 0), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE,
	    SEK_REASON_COUNTER_BACK), 1);
	ck_assert(world_logged("went back"));
	/* It opens nothing any more, however it counts. */
	softkey_knobs(&key, "count=jump:50\n");
	l = with("alice", PASSWORD, NULL);
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(key_without_a_counter_is_none_that_went_back)
{
	key = keys_plug("a", "count=zero\n");
	(void)keys_enrol("alice", &key);
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert(login_try("alice", PASSWORD, NULL));
}
END_TEST

/* ------------------------------------------------------- PIN, sensor -- */

START_TEST(key_alone_lets_in_where_what_it_verifies_counts)
{
	struct login l;

	alice_has_pin("", SEK_FIDO2_UV_DISCOURAGED);
	keys_policy("fido2_uv_counts = yes\n");
	l = with("alice", "not asked", KEYS_PIN);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert_str_eq(l.prompt[0], "Security key PIN: ");
	ck_assert(login_was_told(&l, "Tries left for the PIN"));
	ck_assert_uint_eq(keys_pins(&key), 1);
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "knowledge possession");
	/* Also where there is no other line. */
	l = login_of("alice", NULL, NULL);
	l.service = "alone";
	l.pin = KEYS_PIN;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	/* A wrong one: one failure, of the key too. */
	l = with("alice", "not asked", "wrong-pin");
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(keys_failures("alice"), 1);
	/* Where it does not count a password is asked, and the key for a
	 * touch. */
	keys_policy("");
	l = with("alice", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.prompt[0], "Password: ");
	l = login_of("alice", NULL, NULL);
	l.service = "alone";
	l.pin = KEYS_PIN;
	l = logs_in(l);
	ck_assert(!login_is_in(&l));
}
END_TEST

START_TEST(key_with_a_sensor_alone_is_possession_and_inherence)
{
	struct login l;

	key = keys_plug("a", "uv=ok\n");
	(void)keys_enrol_as("alice", &key, SEK_FIDO2_UV_REQUIRED, NULL,
	    false);
	keys_policy("fido2_uv_counts = yes\n");
	l = with("alice", NULL, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 0);
	ck_assert(login_was_told(&l, "sensor of your security key"));
	ck_assert_str_eq(world_newest(SEK_EVENT_ADMIT, SEK_FIELD_KINDS),
	    "possession inherence");
	/* It lies that it verified him. */
	softkey_knobs(&key, "uv=ok\nclearflags=uv\n");
	l = with("alice", NULL, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

START_TEST(sensor_that_fails_leads_to_the_pin)
{
	struct login l;

	alice_has_pin("uv=ok\n", SEK_FIDO2_UV_REQUIRED);
	softkey_knobs(&key, "uv=fail\n");
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert(login_is_in(&l));
	ck_assert(login_was_told(&l, "did not recognise you"));
	ck_assert_uint_eq(keys_pins(&key), 1);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(wrong_pin_and_wrong_password_look_alike)
{
	static struct login l, wrong;
	unsigned n, least[2] = { UINT32_MAX, UINT32_MAX }, i;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	for (i = 0; i < 3; i++) {
		n = syncs;
		l = with("alice", PASSWORD, "wrong-pin");
		least[0] = syncs - n < least[0] ? syncs - n : least[0];
		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
		ck_assert_uint_eq(world_failures("alice"), 1);
		ck_assert_uint_eq(keys_failures("alice"), 1);
		/* The next is told of one try less; a right one brings them
		 * back. */
		wrong = with("alice", PASSWORD, KEYS_PIN);
		ck_assert(login_is_in(&wrong));
		ck_assert(login_was_told(&wrong, ": 7"));
		softkey_forget_log(&key);
		n = syncs;
		wrong = with("alice", "wrong", KEYS_PIN);
		least[1] = syncs - n < least[1] ? syncs - n : least[1];
		login_check_alike(&l, &wrong);
		ck_assert_uint_eq(keys_pins(&key), 0);
		ck_assert_uint_eq(world_failures("alice"), 1);
		ck_assert_uint_eq(keys_failures("alice"), 0);
		world_unlock("alice");
	}
	ck_assert_uint_gt(least[0], 0);
	ck_assert_uint_eq(least[0], least[1]);
}
END_TEST

START_TEST(pin_is_told_by_the_key_what_is_wrong_with_it)
{
	struct login l;
	int i;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	/* Three wrong ones in a row: until it is put in again. */
	for (i = 0; i < 3; i++) {
		l = with("alice", PASSWORD, "wrong-pin");
		ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
		world_unlock("alice");
	}
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	softkey_stop(&key);
	key = keys_plug("a", "");
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert(login_is_in(&l));
}
END_TEST

START_TEST(last_try_is_not_used_without_a_yes)
{
	struct login l;
	int i;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	for (i = 0; i < 7; i++) {
		if (i % 2 == 0) {
			softkey_stop(&key);
			key = keys_plug("a", "");
		}
		(void)with("alice", PASSWORD, "wrong-pin");
		world_unlock("alice");
	}
	softkey_stop(&key);
	key = keys_plug("a", "");
	softkey_forget_log(&key);
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "One try is left"));
	ck_assert_uint_eq(keys_pins(&key), 0);
	ck_assert_uint_eq(world_failures("alice"), 1);
	l = login_of("alice", PASSWORD, NULL);
	l.yes = "yes";
	l.pin = KEYS_PIN;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(keys_pins(&key), 1);
	/* All of them wrong: it is blocked, and says so before it asks. */
	for (i = 0; i < 8; i++) {
		if (i % 2 == 0) {
			softkey_stop(&key);
			key = keys_plug("a", "");
		}
		l = login_of("alice", PASSWORD, NULL);
		l.yes = "yes";
		l.pin = "wrong-pin";
		(void)logs_in(l);
		world_unlock("alice");
	}
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_int_eq(l.nprompts, 1);
	ck_assert(login_was_told(&l, "PIN of your security key is blocked"));
}
END_TEST

START_TEST(key_without_a_pin_says_so)
{
	struct login l;

	key = keys_plug("a", "");
	(void)keys_enrol("alice", &key);
	world_policy(KEYS_FACTORS "[fido2]\nuv = required\n");
	l = with("alice", PASSWORD, KEYS_PIN);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "has no PIN yet"));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert(world_logged("no-pin"));
}
END_TEST

/* ---------------------------------------------- which key, and no key -- */

START_TEST(his_key_is_found_among_others)
{
	struct login l;

	other = keys_plug("b", "");
	(void)keys_enrol("bob", &other);
	alice_has("");
	softkey_forget_log(&other);
	l = with("alice", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(keys_touches(&key), 1);
	ck_assert_uint_eq(keys_touches(&other), 0);
	/* Two of his own: one is touched. */
	(void)keys_enrol("alice", &other);
	softkey_forget_log(&key);
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert_uint_eq(keys_touches(&key) + keys_touches(&other), 1);
	/* One of them suspect or away: the other. */
	softkey_stop(&key);
	ck_assert(login_try("alice", PASSWORD, NULL));
}
END_TEST

START_TEST(one_key_may_be_two_persons)
{
	key = keys_plug("a", "");
	(void)keys_enrol("alice", &key);
	(void)keys_enrol("bob", &key);
	ck_assert(login_try("alice", PASSWORD, NULL));
	ck_assert(login_try("bob", PASSWORD, NULL));
	ck_assert(login_try("alice", PASSWORD, NULL));
}
END_TEST

START_TEST(resident_key_is_found_by_its_name)
{
	key = keys_plug("a", "setpin=" KEYS_PIN "\n");
	(void)keys_enrol_as("alice", &key, SEK_FIDO2_UV_DISCOURAGED, KEYS_PIN,
	    true);
	ck_assert(login_try("alice", PASSWORD, NULL));
}
END_TEST

START_TEST(other_persons_key_is_none)
{
	struct login l;

	alice_has("");
	softkey_stop(&key);
	other = keys_plug("b", "");
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "not one of yours"));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_str_eq(l.prompt[1],
	    "Insert your security key and press Enter: ");
	ck_assert_uint_eq(keys_touches(&other), 0);
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(keys_failures("alice"), 0);
}
END_TEST

static void
put_in(struct login *l, int n, pam_handle_t *h)
{

	(void)h;
	if (strncmp(l->prompt[n], "Insert", 6) == 0)
		key = keys_plug("a", NULL);
}

START_TEST(key_that_is_put_in_when_asked_for_lets_in)
{
	struct login l;

	alice_has("");
	softkey_stop(&key);
	l = login_of("alice", PASSWORD, NULL);
	l.at_prompt = put_in;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	ck_assert_int_eq(l.style[1], PAM_PROMPT_ECHO_OFF);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(no_key_and_no_other_way_is_one_wrong_answer)
{
	static struct login l, wrong;

	alice_has("");
	softkey_stop(&key);
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert(login_was_told(&l, "No security key of yours"));
	ck_assert_uint_eq(world_failures("alice"), 1);
	ck_assert_uint_eq(world_records(SEK_EVENT_REFUSE, SEK_REASON_DEVICE),
	    1);
	wrong = with("alice", "wrong", NULL);
	login_check_alike(&l, &wrong);
}
END_TEST

/* Plugged in when the round opened, and gone by then. */
static void
take_out(struct login *l, int n, pam_handle_t *h)
{

	(void)h;
	if (strncmp(l->prompt[n], "Password", 8) == 0)
		softkey_stop(&key);
}

static struct login
without_key(const char *password, const char *insert, const char *code)
{
	struct login l = login_of("alice", password, code);

	l.insert = insert;
	l.at_prompt = take_out;
	login_run(&l);
	key = keys_plug("a", NULL);
	return (l);
}

START_TEST(another_way_is_a_code)
{
	static struct login l, wrong;
	uint64_t n = 0;

	alice_has("");
	(void)world_hotp("alice");
	/* With the key here it is the key. */
	l = with("alice", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 1);
	l = without_key(PASSWORD, "", world_hotp_code("alice", n++));
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 3);
	ck_assert_str_eq(l.prompt[1], "Insert your security key and press "
	    "Enter, or just press Enter for another way: ");
	ck_assert_str_eq(l.prompt[2], "One-time code: ");
	/* Typed where the key is asked for. */
	l = without_key(PASSWORD, world_hotp_code("alice", n++), "unasked");
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	/* A wrong code is one failure; a wrong password looks the same. */
	l = without_key(PASSWORD, "", world_wrong_code("alice"));
	ck_assert_int_eq(l.auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	world_unlock("alice");
	wrong = without_key("wrong", "", world_wrong_code("alice"));
	ck_assert_uint_eq(world_failures("alice"), 1);
	login_check_alike(&l, &wrong);
	/* No key when the round opens: a code as ever. */
	softkey_stop(&key);
	l = login_of("alice", PASSWORD, world_hotp_code("alice", n));
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 2);
	world_check_store();
}
END_TEST

START_TEST(stack_without_the_other_line_counts_it)
{
	struct login l;

	alice_has("");
	(void)world_hotp("alice");
	world_service("login", "auth required @lockout\n"
	    "auth required @password backend=pam_unix.so\n"
	    "auth required @fido2\nauth required @gate\n" ACCOUNT_LINES);
	l = without_key(PASSWORD, "", "123456");
	ck_assert(!login_is_in(&l));
	ck_assert_uint_eq(world_failures("alice"), 1);
}
END_TEST

/* Her key serves beside a ticket that is in force; without it, its code. */
START_TEST(ticket_stands_for_the_key)
{
	struct ticket t;
	static struct login l;

	alice_has("");
	tickets_policy("code", "");
	t = tickets_give("alice", SEK_PURPOSE_SUBSTITUTE);
	l = with("alice", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 1);
	softkey_stop(&key);
	key = keys_plug("b", NULL);
	l = login_of("alice", PASSWORD, t.code);
	l.insert = "";
	login_run(&l);
	ck_assert(login_was_told(&l, "not one of yours"));
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 3);
	softkey_stop(&key);
	key = keys_plug("a", NULL);
	ck_assert_ptr_nonnull(strstr(world_newest(SEK_EVENT_ADMIT,
	    SEK_FIELD_DETAIL), "代替"));
	/* Used up: with her key she is asked for no code. */
	l = with("alice", PASSWORD, NULL);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nprompts, 1);
}
END_TEST

START_TEST(blocked_key_gives_way_to_a_code)
{
	struct login l;

	key = keys_plug("a", "");
	(void)keys_enrol("alice", &key);
	(void)world_hotp("alice");
	world_policy(KEYS_FACTORS "[fido2]\nuv = required\n");
	l = login_of("alice", PASSWORD, world_hotp_code("alice", 0));
	l = logs_in(l);
	ck_assert(login_was_told(&l, "has no PIN yet"));
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* ------------------------------------------------------------ in use -- */

START_TEST(two_logins_want_one_key)
{
	struct login *l = login_array(2);
	pid_t pid[2];
	int i, status;

	key = keys_plug("a", "touch=delay:600\n");
	(void)keys_enrol("alice", &key);
	(void)keys_enrol("bob", &key);
	l[0] = login_of("alice", PASSWORD, NULL);
	l[1] = login_of("bob", PASSWORD, NULL);
	pid[0] = login_spawn(&l[0]);
	ck_assert(softkey_await(&key, "wait touch", 1, 20000));
	pid[1] = login_spawn(&l[1]);
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(waitpid(pid[i], &status, 0), pid[i]);
	ck_assert(login_is_in(&l[0]));
	ck_assert(login_is_in(&l[1]));
	ck_assert(login_was_told(&l[1], "in use by another program"));
	login_array_free(l, 2);
}
END_TEST

/* -------------------------------------------------------- applications -- */

START_TEST(ssh_is_told_of_the_key_before_the_password)
{
	struct login l;

	alice_has("");
	l = login_of("alice", PASSWORD, NULL);
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert_str_eq(l.message[0],
	    "Please touch your security key when it blinks.");
	/* Not who has none. */
	(void)world_hotp("bob");
	l = login_of("bob", PASSWORD, world_hotp_code("bob", 0));
	l.service = "sshd";
	l.tty = "ssh";
	l.rhost = "192.0.2.7";
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert_int_eq(l.nmessages, 0);
}
END_TEST

START_TEST(silence_does_not_hide_the_touch)
{
	struct login l;

	alice_has("");
	l = login_of("alice", PASSWORD, NULL);
	l.flags = PAM_SILENT;
	l = logs_in(l);
	ck_assert(login_is_in(&l));
	ck_assert(login_was_told(&l, KEYS_TOUCH));
}
END_TEST

START_TEST(who_gives_up_waits_for_no_key)
{
	struct login l;

	alice_has("");
	l = login_of("alice", NULL, NULL);
	l = logs_in(l);
	ck_assert_int_eq(l.auth, PAM_CONV_ERR);
	ck_assert_uint_eq(softkey_logged(&key, "cmd="), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

/* Behind a right password as behind a wrong one. */
START_TEST(giving_up_at_the_pin_tells_nothing)
{
	static struct login l, wrong;

	alice_has_pin("", SEK_FIDO2_UV_REQUIRED);
	l = with("alice", PASSWORD, NULL);
	wrong = with("alice", "wrong", NULL);
	login_check_alike(&l, &wrong);
	ck_assert_uint_eq(keys_pins(&key), 0);
}
END_TEST

static void
as_su(void *arg)
{
	struct login *l = arg;

	login_run(l);
}

START_TEST(su_by_an_ordinary_user_asks_for_the_key)
{
	struct login *l = login_array(1);

	alice_has("");
	world_policy(KEYS_FACTORS "[terminal]\nallow_remote = yes\n");
	*l = login_of("alice", PASSWORD, NULL);
	l->service = "su";
	ck_assert_int_eq(login_as_caller(BOB_UID, as_su, l), 0);
	ck_assert(login_is_in(l));
	ck_assert(login_was_told(l, KEYS_TOUCH));
	l->password = "wrong";
	ck_assert_int_eq(login_as_caller(BOB_UID, as_su, l), 0);
	ck_assert_int_eq(l->auth, PAM_AUTH_ERR);
	ck_assert_uint_eq(world_failures("alice"), 1);
	login_array_free(l, 1);
}
END_TEST

START_TEST(host_that_ignores_its_children_feels_nothing)
{
	alice_has("");
	(void)signal(SIGCHLD, SIG_IGN);
	ck_assert(login_try("alice", PASSWORD, NULL));
	(void)signal(SIGCHLD, SIG_DFL);
}
END_TEST

#define CONF		" conf=@world/etc/sekisho.conf\n"
#define INSTALLED(phase, lines)						\
	phase " required " INSTALLED_MODULE "lockout.so" CONF		\
	phase " required " INSTALLED_MODULE "password.so"		\
	" conf=@world/etc/sekisho.conf backend=pam_unix.so\n" lines	\
	phase " required " INSTALLED_MODULE "gate.so" CONF

static void
own_services(void)
{
	static const char *const names[] = { "sekisho-witness",
	    "sekisho-helper", "sekisho-locker" };
	size_t i;

	installed_modules();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		world_service(names[i], INSTALLED("auth",
		    "auth required " INSTALLED_MODULE "fido2.so" CONF
		    "auth required " INSTALLED_MODULE "oath.so" CONF
		    "auth required " INSTALLED_MODULE "ticket.so" CONF)
		    INSTALLED("account", ""));
	ck_assert_int_eq(mount(world_path("pam.d"), "/etc/pam.d", NULL,
	    MS_BIND, NULL), 0);
	tickets_policy("attended", "[factors]\nwait = 5s\n");
}

/* Her key is at home: the supervisor's hand over hers, by a key of his. */
START_TEST(another_way_is_a_witness)
{
	struct login l;

	own_services();
	other = keys_plug("b", "");
	(void)keys_enrol("carol", &other);
	alice_has("");
	softkey_stop(&key);
	l = login_of("alice", PASSWORD, "");
	l.witness = "carol";
	l.witness_password = PASSWORD;
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert_str_eq(l.prompt[1], "Insert your security key and press "
	    "Enter, or just press Enter for another way: ");
	ck_assert_str_eq(l.prompt[2], "One-time code: ");
	ck_assert(login_is_in(&l));
	ck_assert_uint_eq(keys_touches(&other), 1);
	ck_assert_uint_eq(world_failures("alice"), 0);
}
END_TEST

START_TEST(witness_proves_himself_by_his_key)
{
	struct login l;

	own_services();
	(void)world_hotp("bob");
	key = keys_plug("a", "");
	(void)keys_enrol("carol", &key);
	l = login_of("bob", PASSWORD, "");
	l.witness = "carol";
	l.witness_password = PASSWORD;
	l.phases = LOGIN_ALL;
	login_run(&l);
	ck_assert(login_is_in(&l));
	ck_assert(login_was_told(&l, KEYS_TOUCH));
	ck_assert_uint_eq(keys_touches(&key), 1);
}
END_TEST

/* --------------------------------------------------- of this machine -- */

/* Enrolled by another process: this one has not loaded it. */
START_TEST(terminal_without_the_object_refuses_and_says_what_to_install)
{
	struct login l;
	int status;
	pid_t pid;

	key = keys_plug("a", "");
	if ((pid = fork()) == 0) {
		(void)keys_enrol("alice", &key);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(unlink(SEK_LIBEXECDIR "/fido2.so"), 0);
	l = with("alice", PASSWORD, NULL);
	ck_assert_int_eq(l.auth, PAM_AUTHINFO_UNAVAIL);
	ck_assert(login_was_told(&l, "cannot check logins now"));
	ck_assert(world_logged("libpam-sekisho-fido2"));
	ck_assert_uint_eq(world_failures("alice"), 0);
	/* Who has a code is asked for it. */
	(void)world_hotp("alice");
	l = logs_in(login_of("alice", PASSWORD, world_hotp_code("alice", 0)));
	ck_assert(login_is_in(&l));
}
END_TEST

#define N(a)	((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *s = suite_create("fido2");
	TCase *c;

	c = world_case(s, "touch", 300);
	tcase_add_checked_fixture(c, keys_setup, NULL);
	tcase_add_test(c, password_and_key_let_in);
	tcase_add_test(c, first_login_leaves_no_more_behind_than_the_next);
	tcase_add_loop_test(c, wrong_password_and_wrong_key_look_alike, 0,
	    N(bad_touch));
	tcase_add_test(c,
	    wrong_password_is_one_failure_and_none_of_the_keys);
	tcase_add_test(c, bad_signature_is_one_failure_of_both);
	tcase_add_test(c,
	    locked_account_is_asked_the_same_and_nothing_is_verified);
	tcase_add_test(c, who_may_not_get_in_proves_nothing_by_his_key);
	tcase_add_test(c, unknown_name_reaches_for_no_key);
	c = world_case(s, "faults", 300);
	tcase_add_checked_fixture(c, keys_setup, NULL);
	tcase_add_loop_test(c, fault_is_one_wrong_answer_told_and_logged, 0,
	    N(faults));
	tcase_add_test(c, slow_key_is_waited_for);
	tcase_add_test(c, key_that_goes_back_is_suspect);
	tcase_add_test(c, key_without_a_counter_is_none_that_went_back);
	c = world_case(s, "verifies", 300);
	tcase_add_checked_fixture(c, keys_setup, NULL);
	tcase_add_test(c,
	    key_alone_lets_in_where_what_it_verifies_counts);
	tcase_add_test(c,
	    key_with_a_sensor_alone_is_possession_and_inherence);
	tcase_add_test(c, sensor_that_fails_leads_to_the_pin);
	tcase_add_test(c, wrong_pin_and_wrong_password_look_alike);
	tcase_add_test(c, pin_is_told_by_the_key_what_is_wrong_with_it);
	tcase_add_test(c, last_try_is_not_used_without_a_yes);
	tcase_add_test(c, key_without_a_pin_says_so);
	c = world_case(s, "which", 300);
	tcase_add_checked_fixture(c, keys_setup, NULL);
	tcase_add_test(c, his_key_is_found_among_others);
	tcase_add_test(c, one_key_may_be_two_persons);
	tcase_add_test(c, resident_key_is_found_by_its_name);
	tcase_add_test(c, other_persons_key_is_none);
	tcase_add_test(c, key_that_is_put_in_when_asked_for_lets_in);
	tcase_add_test(c, no_key_and_no_other_way_is_one_wrong_answer);
	tcase_add_test(c, another_way_is_a_code);
	tcase_add_test(c, stack_without_the_other_line_counts_it);
	tcase_add_test(c, ticket_stands_for_the_key);
	tcase_add_test(c, blocked_key_gives_way_to_a_code);
	c = world_case(s, "in-use", 300);
	tcase_add_checked_fixture(c, keys_setup, NULL);
	tcase_add_test(c, two_logins_want_one_key);
	c = world_case(s, "applications", 300);
	tcase_add_checked_fixture(c, keys_setup, NULL);
	tcase_add_test(c, ssh_is_told_of_the_key_before_the_password);
	tcase_add_test(c, silence_does_not_hide_the_touch);
	tcase_add_test(c, who_gives_up_waits_for_no_key);
	tcase_add_test(c, giving_up_at_the_pin_tells_nothing);
	tcase_add_test(c, su_by_an_ordinary_user_asks_for_the_key);
	tcase_add_test(c, host_that_ignores_its_children_feels_nothing);
	tcase_add_test(c, witness_proves_himself_by_his_key);
	tcase_add_test(c, another_way_is_a_witness);
	tcase_add_test(c,
	    terminal_without_the_object_refuses_and_says_what_to_install);
	return (world_main(s));
}
