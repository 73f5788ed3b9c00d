/*
 * test_edge_fingerprint_frame.c - what a child that was taken over may say, a
 * reader's words, and whose template it is
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../common/edge/fingerprint/fingerprint.h"
#include "unit.h"

#define RIGHT	SEK_FINGER_BIT(SEK_FINGER_RIGHT_INDEX)
#define LEFT	SEK_FINGER_BIT(SEK_FINGER_LEFT_INDEX)

static struct finger_frame f;

static bool
ok(enum finger_kind kind)
{

	return (finger_frame_check(&f, kind, RIGHT, "alice"));
}

static void
verified(void)
{

	memset(&f, 0, sizeof(f));
	f.kind = FINGER_VERIFIED;
	f.end = SEK_FINGERPRINT_END_OK;
	f.fingers = RIGHT;
	f.scanned = 1;
	strcpy(f.reader, "Reader");
}

START_TEST(a_yes_is_of_what_was_asked)
{

	verified();
	ck_assert(ok(FINGER_VERIFIED));
	ck_assert(!ok(FINGER_MADE));
	ck_assert(!ok(FINGER_LOOKED));
	f.fingers = LEFT;
	ck_assert(!ok(FINGER_VERIFIED));
	f.fingers = RIGHT | LEFT;
	ck_assert(!ok(FINGER_VERIFIED));
	f.fingers = 0;
	ck_assert(!ok(FINGER_VERIFIED));
	verified();
	f.scanned = 0;
	ck_assert(!ok(FINGER_VERIFIED));
	verified();
	f.end = SEK_FINGERPRINT_END_COUNT;
	ck_assert(!ok(FINGER_VERIFIED));
	verified();
	strcpy(f.reader, "Reader\n");
	ck_assert(!ok(FINGER_VERIFIED));
}
END_TEST

/* One byte of it is another: it is refused, or says no more than before. */
START_TEST(each_byte_is_looked_at)
{
	uint8_t *p = (uint8_t *)&f;
	size_t i;

	for (i = 0; i < sizeof(f); i++) {
		verified();
		p[i] ^= 0x80;
		ck_assert_msg(!ok(FINGER_VERIFIED), "byte %zu", i);
	}
	for (i = 0; i < sizeof(f); i++) {
		memset(&f, 0, sizeof(f));
		f.kind = FINGER_CUE;
		f.told.cue = SEK_FINGERPRINT_CUE_PLACE;
		f.told.finger = SEK_FINGER_RIGHT_INDEX;
		ck_assert(ok(FINGER_VERIFIED));
		ck_assert(!ok(FINGER_LOOKED));
		p[i] ^= 0x80;
		if (i < offsetof(struct finger_frame, told.seconds) ||
		    i >= offsetof(struct finger_frame, told.reader))
			ck_assert_msg(!ok(FINGER_VERIFIED), "byte %zu", i);
	}
}
END_TEST

START_TEST(one_that_was_made_is_the_one_that_was_asked_for)
{

	memset(&f, 0, sizeof(f));
	f.kind = FINGER_MADE;
	f.end = SEK_FINGERPRINT_END_OK;
	f.scanned = 1;
	f.made.brief.finger = SEK_FINGER_RIGHT_INDEX;
	strcpy(f.made.account, "alice");
	f.made.digest[5] = 1;
	ck_assert(ok(FINGER_MADE));
	f.made.brief.finger = SEK_FINGER_LEFT_INDEX;
	ck_assert(!ok(FINGER_MADE));
	f.made.brief.finger = SEK_FINGER_RIGHT_INDEX;
	strcpy(f.made.account, "bob");
	ck_assert(!ok(FINGER_MADE));
	strcpy(f.made.account, "alice");
	f.made.digest[5] = 0;
	ck_assert(!ok(FINGER_MADE));
	f.made.digest[5] = 1;
	f.end = SEK_FINGERPRINT_END_SILENT;
	ck_assert(!ok(FINGER_MADE));
}
END_TEST

START_TEST(only_match_is_a_yes)
{
	static const char *const others[] = { "", "match", "verify-",
	    "verify-match ", "verify-matched", "Verify-Match",
	    "enroll-completed", "verify-no-match", "verify-retry-scan",
	    "verify-completed", "verify-unknown-error" };
	size_t i;

	ck_assert_int_eq(finger_verify_status("verify-match", true).end,
	    SEK_FINGERPRINT_END_OK);
	ck_assert_int_eq(finger_verify_status("verify-match", false).end,
	    SEK_FINGERPRINT_END_GARBAGE);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_int_ne(finger_verify_status(others[i], true).end,
		    SEK_FINGERPRINT_END_OK);
		ck_assert_int_ne(finger_verify_status(others[i], false).end,
		    SEK_FINGERPRINT_END_OK);
	}
	ck_assert_int_eq(finger_verify_status("verify-no-match", false).end,
	    SEK_FINGERPRINT_END_NO_MATCH);
	ck_assert_int_eq(finger_enrol_status("enroll-completed", true).end,
	    SEK_FINGERPRINT_END_OK);
	ck_assert_int_eq(finger_enrol_status("verify-match", true).end,
	    SEK_FINGERPRINT_END_GARBAGE);
}
END_TEST

/* ------------------------------------------------------------ templates -- */

static char dir[64];

static void
put(const char *place, const char *text, mode_t mode)
{
	char path[256], *p;
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, place);
	for (p = path + strlen(dir) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		(void)mkdir(path, 0700);
		*p = '/';
	}
	ck_assert_ptr_nonnull(out = fopen(path, "w"));
	(void)fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

static void
folder(void)
{

	strcpy(dir, "/tmp/sekisho-finger-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
no_folder(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

static enum sek_err
digest(uint8_t d[SEK_TEMPLATE_LEN], enum sek_finger finger)
{

	return (finger_template(d, dir, "alice", finger));
}

START_TEST(a_template_is_known_by_each_of_its_bytes_and_places)
{
	uint8_t one[SEK_TEMPLATE_LEN], two[SEK_TEMPLATE_LEN];

	folder();
	ck_assert_int_eq(digest(one, SEK_FINGER_RIGHT_INDEX),
	    SEK_ERR_NOT_FOUND);
	put("alice/goodix/0/7", "print", 0644);
	put("alice/goodix/0/a", "other", 0644);
	put("bob/goodix/0/7", "bob's", 0644);
	ck_assert_int_eq(digest(one, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	ck_assert_int_eq(digest(two, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	ck_assert_int_eq(memcmp(one, two, sizeof(one)), 0);
	/* Another finger of his, and the same one of another, are none of it:
	 * in hex, it is 'a', not 10. */
	put("alice/goodix/0/10", "ten", 0644);
	put("bob/goodix/0/7", "bob anew", 0644);
	ck_assert_int_eq(digest(two, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	ck_assert_int_eq(memcmp(one, two, sizeof(one)), 0);
	ck_assert_int_eq(digest(two, SEK_FINGER_RIGHT_LITTLE), SEK_OK);
	ck_assert_int_ne(memcmp(one, two, sizeof(one)), 0);
	/* Another byte; another reader. */
	put("alice/goodix/0/7", "prinT", 0644);
	ck_assert_int_eq(digest(two, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	ck_assert_int_ne(memcmp(one, two, sizeof(one)), 0);
	put("alice/goodix/0/7", "print", 0644);
	ck_assert_int_eq(digest(two, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	ck_assert_int_eq(memcmp(one, two, sizeof(one)), 0);
	put("alice/upek/1/7", "print", 0644);
	ck_assert_int_eq(digest(two, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	ck_assert_int_ne(memcmp(one, two, sizeof(one)), 0);
	no_folder();
}
END_TEST

/* Where no more files can be opened, say. */
START_TEST(one_that_cannot_be_looked_at_is_not_gone)
{
	uint8_t one[SEK_TEMPLATE_LEN];
	struct rlimit was, few;

	folder();
	put("alice/goodix/0/7", "print", 0644);
	ck_assert_int_eq(digest(one, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	few.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_eq(digest(one, SEK_FINGER_RIGHT_INDEX), SEK_ERR_IO);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &was), 0);
	no_folder();
	/* A folder that is not there is none of his. */
	ck_assert_int_eq(digest(one, SEK_FINGER_RIGHT_INDEX),
	    SEK_ERR_NOT_FOUND);
}
END_TEST

START_TEST(one_that_others_may_write_is_none)
{
	uint8_t one[SEK_TEMPLATE_LEN];
	char from[256], to[256];

	folder();
	put("alice/goodix/0/7", "print", 0666);
	ck_assert_int_eq(digest(one, SEK_FINGER_RIGHT_INDEX),
	    SEK_ERR_UNTRUSTED);
	put("alice/goodix/0/7", "print", 0644);
	ck_assert_int_eq(digest(one, SEK_FINGER_RIGHT_INDEX), SEK_OK);
	(void)snprintf(from, sizeof(from), "%s/alice/goodix/0/7", dir);
	(void)snprintf(to, sizeof(to), "%s/alice/goodix/0/8", dir);
	ck_assert_int_eq(symlink(from, to), 0);
	ck_assert_int_ne(digest(one, SEK_FINGER_RIGHT_MIDDLE), SEK_OK);
	no_folder();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_yes_is_of_what_was_asked,
		each_byte_is_looked_at,
		one_that_was_made_is_the_one_that_was_asked_for,
		only_match_is_a_yes,
		a_template_is_known_by_each_of_its_bytes_and_places,
		one_that_cannot_be_looked_at_is_not_gone,
		one_that_others_may_write_is_none,
		NULL
	};

	return (unit_run("edge_fingerprint_frame", tests));
}
