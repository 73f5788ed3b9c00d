/*
 * helper_fingerprint.c - people bind a finger to themselves by sekisho-helper,
 * at this terminal alone; and whatever process is killed, refused or given up,
 * none is enrolled that the store does not know
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>

#include "sekisho/rule/approval.h"
#include "tests/module/enrolling.h"
#include "tests/module/fingers.h"
#include "tests/module/tickets.h"

static struct sek_helper_enrol want;

/* Away from the session of the test. */
static void
stand_up(void)
{
	char path[128], pid[16];
	size_t i;
	int fd;

	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	for (i = 0; i < sizeof(fingers_cgroups) / sizeof(fingers_cgroups[0]);
	    i++) {
		(void)snprintf(path, sizeof(path), "%s/cgroup.procs",
		    fingers_cgroups[i]);
		if ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0)
			continue;
		(void)!write(fd, pid, strlen(pid));
		(void)close(fd);
	}
	fingers_stand_up();
}

static void
setup(void)
{

	ck_assert_int_eq(mkdir(world_path("dbus"), 0755), 0);
	ck_assert_int_eq(mount("/run/dbus", world_path("dbus"), NULL, MS_BIND,
	    NULL), 0);
	caller_setup();
	ck_assert_int_eq(mkdir("/run/dbus", 0755), 0);
	ck_assert_int_eq(mount(world_path("dbus"), "/run/dbus", NULL, MS_BIND,
	    NULL), 0);
	installed_copy_file(installed_built("biometric.so"),
	    SEK_LIBEXECDIR "/biometric.so");
	world_append(world_path("etc/sekisho.conf.d/50-test.conf"),
	    "[factors]\nwait = 5s\n"
	    "accept = password totp hotp ticket fingerprint\n");
	installed_copy_file(world_path("etc/sekisho.conf.d/50-test.conf"),
	    INSTALLED_CONF ".d/50-test.conf");
	memset(&want, 0, sizeof(want));
	want.method = SEK_METHOD_FINGERPRINT;
	want.finger = SEK_FINGER_RIGHT_INDEX;
	(void)snprintf(want.label, sizeof(want.label), "white");
	own_dev();
	if (!fingers_sit(false))
		world_skip("no login session can be made up here");
	fpr_forget_log(&fingers_rig);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
}

static void
teardown(void)
{

	stand_up();
	(void)fpr_forget(&fingers_rig, "newbie");
	fingers_teardown();
}

/* Templates that fprintd has of him. */
static size_t
kept(const char *user)
{
	char pattern[128];
	glob_t g;
	size_t n;

	(void)snprintf(pattern, sizeof(pattern), "/var/lib/fprint/%s/*/*/*",
	    user);
	memset(&g, 0, sizeof(g));
	n = glob(pattern, 0, NULL, &g) == 0 ? g.gl_pathc : 0;
	globfree(&g);
	return (n);
}

static enum sek_err
count_one(void *arg, const char *account, const struct sek_authenticator *a)
{

	(void)account;
	*(unsigned *)arg += a->method == SEK_METHOD_FINGERPRINT &&
	    a->state == SEK_AUTHENTICATOR_ACTIVE;
	return (SEK_OK);
}

static unsigned
enrolled_of(const char *user)
{
	struct sek_store *st = world_store();
	unsigned n = 0;
	enum sek_err err;

	err = sek_store_authenticators(st, user, false, count_one, &n);
	ck_assert(err == SEK_OK || err == SEK_ERR_NOT_FOUND);
	sek_store_free(&st);
	return (n);
}

/* Scans of the right finger, of which the last so many are of another. */
static pid_t
scans(int right, int wrong)
{
	static const char *lines[16];
	int n = 0;

	while (right-- > 0)
		lines[n++] = "SCAN right";
	while (wrong-- > 0)
		lines[n++] = "SCAN left";
	lines[n] = NULL;
	return (fpr_later(&fingers_rig, lines));
}

/* So many, and then the reader waits for three seconds. */
static pid_t
scans_and_waits(int right)
{
	static const char *lines[16];
	int n = 0;

	while (right-- > 0)
		lines[n++] = "SCAN right";
	lines[n++] = "SLEEP 3000";
	lines[n] = NULL;
	return (fpr_later(&fingers_rig, lines));
}

#define enrols(uid, expected) \
	call_is((uid), SEK_HELPER_ENROL, &want, sizeof(want), (expected))

/* alice has a finger, by her own proof number n. */
static void
alice_enrols(uint64_t n)
{
	pid_t fingers;

	types("alice", n);
	fingers = scans(6, 0);
	enrols(ALICE_UID, SEK_OK);
	ck_assert(fpr_sent(fingers));
	ck_assert_uint_eq(enrolled_of("alice"), 1);
	ck_assert_uint_eq(kept("alice"), 1);
}

START_TEST(own_proof_binds_a_finger)
{

	alice_enrols(0);
	ck_assert_int_eq(c->asked, 2);
	ck_assert_uint_eq(c->enrolled.method, SEK_METHOD_FINGERPRINT);
	ck_assert_str_eq(c->enrolled.label, "white");
	ck_assert_uint_eq(c->enrolled.biometric.finger,
	    SEK_FINGER_RIGHT_INDEX);
	ck_assert(was_said("right index finger"));
	ck_assert(was_said("Scan 1 of 5 is done"));
	ck_assert(was_said("once more"));
	ck_assert_str_eq(world_newest(SEK_EVENT_ENROL, SEK_FIELD_TARGET),
	    "alice");
	ck_assert_uint_eq(kept("bob"), 0);
	call_is(ALICE_UID, SEK_HELPER_SHOW, NULL, 0, SEK_OK);
	ck_assert_uint_eq(c->self.nauthenticators, 2);
	/* Once is enough: fprintd would replace it. */
	types("alice", 1);
	want.label[0] = '\0';
	enrols(ALICE_UID, SEK_ERR_EXISTS);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "enrolled already"));
	world_check_store();
}
END_TEST

START_TEST(a_remote_session_starts_no_reader)
{
	size_t before = fpr_calls(&fingers_rig, "Claim");

	ck_assert(fingers_sit(true));
	types("alice", 0);
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_ptr_nonnull(strstr(c->why.text, "this terminal itself"));
	/* Nobody knows where he sits: the same. */
	stand_up();
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), before);
	ck_assert_uint_eq(fpr_logged(&fingers_rig, "net.reactivated.fprint.device"),
	    0);
	ck_assert_uint_eq(enrolled_of("alice"), 0);
}
END_TEST

START_TEST(without_a_proof_no_reader_is_claimed)
{

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
	ck_assert_uint_eq(fpr_calls(&fingers_rig, "Claim"), 0);
	ck_assert_uint_eq(enrolled_of("alice"), 0);
	ck_assert_uint_eq(kept("*"), 0);
}
END_TEST

START_TEST(ticket_binds_a_first_finger)
{
	static struct ticket t;		/* whose code is an answer yet */
	pid_t fingers;

	t = tickets_give("newbie", SEK_PURPOSE_ENROL);
	memset(c->answer, 0, sizeof(c->answer));
	c->answer[0] = PASSWORD;
	c->answer[1] = t.code;
	fingers = scans(6, 0);
	enrols(NEWBIE_UID, SEK_OK);
	ck_assert(fpr_sent(fingers));
	ck_assert_uint_eq(enrolled_of("newbie"), 1);
	ck_assert_uint_eq(kept("newbie"), 1);
	world_check_store();
}
END_TEST

START_TEST(what_goes_wrong_leaves_none)
{
	pid_t fingers;

	/* It is another finger when it is compared. */
	types("alice", 0);
	fingers = scans(5, 3);
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert(fpr_sent(fingers));
	ck_assert_ptr_nonnull(strstr(c->why.text, "did not match"));
	ck_assert(is_logged("finger not enrolled: no-match"));
	ck_assert_uint_eq(kept("*"), 0);
	/* Policy takes none. */
	world_append(INSTALLED_CONF ".d/60-test.conf",
	    "[factors]\naccept = password totp hotp ticket\n");
	types("alice", 1);
	enrols(ALICE_UID, SEK_ERR_REFUSED);
	ck_assert(is_logged("factors.accept does not name fingerprint"));
	ck_assert_uint_eq(kept("*"), 0);
	ck_assert_uint_eq(enrolled_of("alice"), 0);
	ck_assert_uint_eq(world_failures("alice"), 0);
	world_check_store();
}
END_TEST

START_TEST(without_fprintd_it_is_told_before_anybody_types)
{

	fingers_no_bus();
	types("alice", 0);
	ck_assert_int_ne(call(ALICE_UID, SEK_HELPER_ENROL, &want,
	    sizeof(want)), SEK_OK);
	ck_assert_int_eq(c->asked, 0);
	ck_assert_uint_gt(strlen(c->why.text), 0);
}
END_TEST

START_TEST(a_removed_finger_is_forgotten)
{
	struct sek_helper_state gone = { .to = SEK_AUTHENTICATOR_REMOVED };
	pid_t finger;

	alice_enrols(0);
	memcpy(gone.id, c->enrolled.id, sizeof(gone.id));
	/* Where fprintd cannot be asked, it opens nothing all the same. */
	fingers_no_bus();
	types("alice", 1);
	call_is(ALICE_UID, SEK_HELPER_STATE, &gone, sizeof(gone),
	    SEK_ERR_IO);
	ck_assert_ptr_nonnull(strstr(c->why.text, "opens nothing any more"));
	ck_assert_uint_eq(enrolled_of("alice"), 0);
	ck_assert_uint_eq(kept("alice"), 1);
	fingers_bus();
	types("alice", 2);
	call_is(ALICE_UID, SEK_HELPER_STATE, &gone, sizeof(gone), SEK_OK);
	ck_assert_uint_eq(kept("alice"), 0);
	/* Gone for good; disabled, it would stay in fprintd. */
	types("alice", 3);
	call_is(ALICE_UID, SEK_HELPER_STATE, &gone, sizeof(gone),
	    SEK_ERR_NOT_FOUND);
	alice_enrols(4);
	memcpy(gone.id, c->enrolled.id, sizeof(gone.id));
	gone.to = SEK_AUTHENTICATOR_DISABLED;
	/* It is asked for in the place of a code. */
	types("alice", 5);
	finger = scans(1, 0);
	call_is(ALICE_UID, SEK_HELPER_STATE, &gone, sizeof(gone), SEK_OK);
	ck_assert(fpr_sent(finger));
	ck_assert_uint_eq(kept("alice"), 1);
	world_check_store();
}
END_TEST

/* Client, middle, helper, and who talks to fprintd: any of them, while it is
 * read and while it is compared. */
START_TEST(killed_at_the_reader_nothing_is_enrolled)
{
	pid_t pid[PROCESSES], client, fingers;
	int n, i, rounds = 0, before, scanned;

	/* The log of this world stays. */
	before = family(getpid(), pid, 0);
	for (scanned = 2; scanned <= 5; scanned += 3)
		for (i = 0; i < 4; i++) {
			types("alice", (uint64_t)rounds++);
			fingers = scans_and_waits(scanned);
			client = call_begin(ALICE_UID, SEK_HELPER_ENROL,
			    &want, sizeof(want));
			ck_assert(fpr_sent(fingers));
			n = family(client, pid, 0);
			ck_assert_int_ge(n, 4);
			ck_assert_int_eq(kill(pid[i], SIGKILL), 0);
			wait_for_all(before);
			ck_assert_int_ne(c->err, SEK_OK);
			ck_assert_uint_eq(enrolled_of("alice"), 0);
			ck_assert(fpr_await(&fingers_rig, "closed", 20000));
			/* Who had to have it forgotten was killed himself:
			 * it opens nothing, and is replaced below. */
			if (scanned < 5 || i != 2)
				ck_assert_msg(kept("alice") == 0, "%d %d",
				    scanned, i);
		}
	alice_enrols((uint64_t)rounds);
	world_check_store();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("helper_fingerprint");
	TCase *t = world_case(s, "fingers", 240);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, own_proof_binds_a_finger);
	tcase_add_test(t, a_remote_session_starts_no_reader);
	tcase_add_test(t, without_a_proof_no_reader_is_claimed);
	tcase_add_test(t, ticket_binds_a_first_finger);
	tcase_add_test(t, what_goes_wrong_leaves_none);
	tcase_add_test(t, without_fprintd_it_is_told_before_anybody_types);
	tcase_add_test(t, a_removed_finger_is_forgotten);
	tcase_add_test(t, killed_at_the_reader_nothing_is_enrolled);
	return (fingers_main(s));
}
