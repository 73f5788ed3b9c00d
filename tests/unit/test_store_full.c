/*
 * test_store_full.c - test of edge/store: a full disk evades no lock and
 * keeps no administrator out
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * On a tiny tmpfs in a mount namespace of its own; skipped where that may
 * not be made.
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "store.h"

#define DISK	"size=20m"

static bool allowed;

static void
setup(void)
{
	struct sek_why why = { "" };

	test_store_dir();
	ck_assert_int_eq(sek_secret_init(), SEK_OK);
	allowed = geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", test_dir, "tmpfs", 0, DISK) == 0;
	if (!allowed) {
		(void)printf("skip: no tmpfs may be mounted\n");
		return;
	}
	ck_assert_msg(test_engine->init(&test_config, &why) == SEK_OK, "%s",
	    why.text);
}

static void
teardown(void)
{

	if (allowed)
		(void)umount2(test_dir, MNT_DETACH);
	(void)rmdir(test_dir);
	test_dir[0] = '\0';
}

/* To the last byte. */
static void
fill_disk(void)
{
	static char block[4096] = { 1 };
	char path[96];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/filler", test_dir);
	ck_assert_int_ge(fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600),
	    0);
	while ((n = write(fd, block, sizeof(block))) > 0)
		;
	ck_assert_int_eq(errno, ENOSPC);
	(void)close(fd);
}

static void
free_disk(void)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%s/filler", test_dir);
	ck_assert_int_eq(unlink(path), 0);
}

static void
refuse(struct sek_store *st, int i)
{
	static struct sek_refuse in;
	enum sek_err err;

	test_refuse_fill(&in, "alice");
	(void)snprintf(in.who.rhost, sizeof(in.who.rhost), "192.0.2.%d",
	    i % 250);
	(void)snprintf(in.who.name, sizeof(in.who.name), "u%d", i % 90);
	err = sek_store_refuse(st, &in);
	ck_assert_msg(err == SEK_OK || err == SEK_ERR_STORE_FULL, "%s",
	    sek_store_why(st));
}

START_TEST(ten_thousand_refusals_then_unlock_and_login_are_recorded)
{
	struct sek_record actor = { .event = SEK_EVENT_UNLOCK, .count = 1 };
	struct sek_store *st;
	struct sek_admit in;
	struct sek_admit_out out;
	bool was;
	int i;

	if (!allowed)
		return;
	st = test_open();
	(void)test_enrol(st, "admin", SEK_METHOD_HOTP);
	for (i = 0; i < 5; i++)
		(void)test_consume(st, "admin", 5, "000000");
	sek_store_close(st);
	fill_disk();
	for (i = 0; i < 10000; i++) {
		refuse(st, i);
		if (i % 10 == 0)
			sek_store_close(st);
	}
	sek_store_close(st);
	fill_disk();
	sek_store_may_use_reserve(st, true);
	test_ok(st, sek_store_unlock(st, "admin", &actor, &was));
	ck_assert(was);
	sek_store_close(st);
	fill_disk();
	ck_assert_uint_eq(test_consume(st, "admin", 5, test_hotp(0)).verdict,
	    SEK_OATH_OK);
	test_admit_fill(&in, "admin");
	test_ok(st, sek_store_admit(st, &in, &out));
	ck_assert_uint_eq(test_records(st, "unlock", NULL).records, 1);
	ck_assert_uint_eq(test_records(st, "admit", "admin").records, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(lock_is_not_evaded_by_filling_the_disk)
{
	struct sek_store *st;
	char slot[SEK_ID_MAX];
	static struct sek_lookup_out look;
	int i;

	if (!allowed)
		return;
	st = test_open();
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	sek_store_close(st);
	fill_disk();
	/* closed before each: it must be opened on the full disk, too */
	for (i = 0; i < 5; i++) {
		(void)test_consume(st, "alice", 5, "000000");
		sek_store_close(st);
	}
	ck_assert_int_eq(test_reserve(st, "alice", 5, slot), SEK_SLOT_LOCKED);
	sek_store_close(st);
	free_disk();
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.lock.locked, 1);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

/* As long as it takes: each is refused in order or counted, never neither. */
START_TEST(no_failure_is_lost_however_long_the_disk_is_full)
{
	struct sek_store *st;
	struct sek_claimant who;
	struct sek_reserve in = { .limits = test_limits(100),
	    .caller_limits = test_limits(100), .bound = 30 * SEK_SECOND };
	struct sek_reserve_out out;
	static struct sek_lookup_out look;
	unsigned counted = 0;
	enum sek_err err;
	char name[32];
	int i;

	if (!allowed)
		return;
	st = test_open();
	(void)test_enrol(st, "alice", SEK_METHOD_HOTP);
	fill_disk();
	ck_assert_int_eq(sek_process_get(&in.owner, 0), SEK_OK);
	for (i = 0; i < 6000; i++) {
		(void)snprintf(name, sizeof(name), "x%d", i);
		who = test_who(i % 100 == 0 ? "alice" : name);
		who.known = i % 100 == 0;
		in.who = who;
		err = sek_store_reserve(st, &in, &out);
		if (err == SEK_ERR_STORE_FULL)
			continue;
		test_ok(st, err);
		if (out.verdict != SEK_SLOT_GRANTED)
			continue;
		(void)test_settle_as(st, &who, 100, out.slot,
		    SEK_SETTLE_FAILED);
		counted += who.known;
	}
	test_lookup(st, "alice", &look);
	ck_assert_uint_eq(look.lock.failures, counted);
	ck_assert_uint_eq(counted, 60);
	sek_store_free(&st);
}
END_TEST

/* Up to the last one, and then it is shut; closed before each, as above. */
START_TEST(no_mismatch_of_a_trait_is_lost_on_a_full_disk)
{
	static struct sek_enrol e;
	struct sek_biometric_try in = { .who = test_who("alice"),
	    .method = SEK_METHOD_FINGERPRINT, .missed = 1, .tries = 3,
	    .cap = 20, .pause = 30 * SEK_SECOND };
	struct sek_biometric_try_out out;
	struct sek_biometric_list l = { .who = in.who, .method = in.method };
	struct sek_biometric_list_out listed;
	struct sek_store *st;
	int i;

	if (!allowed)
		return;
	st = test_open();
	for (i = 1; i <= 2; i++) {
		test_enrol_fill(&e, "alice", SEK_METHOD_FINGERPRINT);
		memset(&e.authenticator.oath, 0, sizeof(e.authenticator.oath));
		e.key_len = 0;
		e.biometric.brief.finger = (uint8_t)i;
		(void)snprintf(e.biometric.account, SEK_NAME_MAX, "alice");
		memset(e.biometric.digest, i, sizeof(e.biometric.digest));
		test_ok(st, sek_store_enrol(st, &e, NULL));
	}
	sek_store_close(st);
	fill_disk();
	for (i = 1; i <= 20; i++) {
		test_ok(st, sek_store_biometric_try(st, &in, &out));
		ck_assert_uint_eq(out.open, i < 20);
		ck_assert_int_eq(out.pause > 0, i >= 3 && i < 20);
		sek_store_close(st);
	}
	test_ok(st, sek_store_biometric_list(st, &l, &listed));
	ck_assert_uint_eq(listed.n, 0);
	sek_store_close(st);
	free_disk();
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(ballast_is_made_up_again_when_there_is_room)
{
	struct sek_record actor = { .event = SEK_EVENT_UNLOCK, .count = 1 };
	struct sek_store *st;
	struct sek_store_status s;
	bool was;
	int i;

	if (!allowed)
		return;
	st = test_open();
	sek_store_may_use_reserve(st, true);
	fill_disk();
	for (i = 0; i < 3000; i++)
		test_ok(st, sek_store_unlock(st, "nobody", &actor, &was));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_lt(s.ballast, s.ballast_full);
	free_disk();
	/* a bigger disk, since the ballast wants four times its size */
	ck_assert_int_eq(mount("none", test_dir, "tmpfs", MS_REMOUNT,
	    "size=60m"), 0);
	test_ok(st, sek_store_unlock(st, "nobody", &actor, &was));
	test_ok(st, sek_store_status(st, &s, NULL, NULL));
	ck_assert_uint_eq(s.ballast, s.ballast_full);
	test_verify_ok(st);
	sek_store_free(&st);
}
END_TEST

START_TEST(init_on_a_full_disk_leaves_nothing)
{
	struct sek_store_config c;
	struct sek_why why = { "" };
	char dir[96];
	struct stat st;

	if (!allowed)
		return;
	(void)snprintf(dir, sizeof(dir), "%s/second", test_dir);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	test_config_fill(&c, dir);
	fill_disk();
	ck_assert_int_ne(test_engine->init(&c, &why), SEK_OK);
	ck_assert_str_ne(why.text, "");
	ck_assert_int_ne(stat(c.path, &st), 0);
	free_disk();
	ck_assert_msg(test_engine->init(&c, &why) == SEK_OK, "%s", why.text);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("store-full");
	TCase *t = tcase_create("full");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t,
	    ten_thousand_refusals_then_unlock_and_login_are_recorded);
	tcase_add_test(t, lock_is_not_evaded_by_filling_the_disk);
	tcase_add_test(t, no_failure_is_lost_however_long_the_disk_is_full);
	tcase_add_test(t, no_mismatch_of_a_trait_is_lost_on_a_full_disk);
	tcase_add_test(t, ballast_is_made_up_again_when_there_is_room);
	tcase_add_test(t, init_on_a_full_disk_leaves_nothing);
	suite_add_tcase(s, t);
	return (s);
}

int
main(void)
{

	return (test_main(suite));
}
