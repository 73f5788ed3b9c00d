/*
 * test_edge_fingerprint_soft.c - biometric.so and an fprintd that says and does
 * what no fprintd does
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>

#include "fingerprints.h"

static struct sek_biometric right;

static void
setup_soft(void)
{

	kind_of_rig = FPR_SOFT;
	setup();
	right = enrol(RIGHT, "SCAN right");
	forget();
}

/* What it does, the finger that is put on it, and what comes of it. */
struct row {
	const char	*knob[3];
	const char	*scan;		/* NULL: none */
	const char	*end;
	unsigned	 missed;
};

static void
set(const char *const *knob, size_t n)
{
	size_t i;

	ck_assert(fpr_knob(&rig, NULL));
	for (i = 0; i < n && knob[i] != NULL; i++)
		ck_assert_msg(fpr_knob(&rig, knob[i]), "%s", knob[i]);
}

/* And as soon as it is well again, so are we. */
static void
run(const struct row *r)
{
	const char *const lines[] = { r->scan, NULL };
	const char *end;

	set(r->knob, 3);
	forget();
	end = verify(&right, 1, r->scan != NULL ? lines : NULL,
	    r->scan != NULL ? WAIT : SHORT);
	ck_assert_msg(strcmp(end, r->end) == 0, "%s %s: %s, not %s",
	    r->knob[0], r->scan != NULL ? r->scan : "", end, r->end);
	ck_assert_msg(counted->missed == r->missed, "%s: %u counted",
	    r->knob[0], counted->missed);
	ck_assert_uint_le(n_told, TOLD);
	ck_assert(fpr_knob(&rig, NULL));
	if (!fpr_await(&rig, "owned", 0))
		ck_assert(fpr_up(&rig));
}

static void
run_all(const struct row *r, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		run(&r[i]);
		forget();
		ck_assert_msg(strcmp(verify_one(&right, "SCAN right"), "ok") ==
		    0, "%s: then %s", r[i].knob[0], word(match.end));
	}
}
#define RUN_ALL(rows)	run_all(rows, sizeof(rows) / sizeof((rows)[0]))

START_TEST(only_a_match_of_this_scan_is_a_yes)
{
	static const struct row rows[] = {
		{ { "early=verify-match" }, NULL, "silent", 0 },
		{ { "early=verify-match" }, "SCAN left", "no-match", 1 },
		{ { "late=verify-match" }, "SCAN left", "no-match", 1 },
		{ { "late=verify-match" }, NULL, "silent", 0 },
		{ { "late=verify-no-match" }, NULL, "silent", 0 },
		{ { "forged=verify-match" }, NULL, "silent", 0 },
		{ { "forged=verify-match" }, "SCAN left", "no-match", 1 },
		{ { "forged=verify-no-match" }, "SCAN right", "ok", 0 },
		{ { "other=verify-match", "readers=2" }, "SCAN left",
		    "no-match", 1 },
		{ { "at-once=verify-match" }, NULL, "ok", 0 },
		{ { "at-once=verify-no-match" }, NULL, "no-match", 1 },
		{ { "then=verify-match" }, "SCAN left", "no-match", 1 },
		{ { "repeat=5" }, "SCAN left", "no-match", 1 },
		{ { "repeat=5" }, "SCAN right", "ok", 0 },
		{ { "flood=1000" }, "SCAN right", "ok", 0 },
	};

	RUN_ALL(rows);
}
END_TEST

START_TEST(what_makes_no_sense_is_no_answer_and_counts_nowhere)
{
	static const struct row rows[] = {
		{ { "result=verify-perhaps" }, "SCAN right", "garbage", 0 },
		{ { "result=match" }, "SCAN right", "garbage", 0 },
		{ { "result=enroll-completed" }, "SCAN right", "garbage", 0 },
		{ { "result=verify-retry-scan" }, "SCAN right", "garbage", 0 },
		{ { "done=no" }, "SCAN right", "garbage", 0 },
		{ { "done=no" }, "SCAN left", "no-match", 1 },
		{ { "signal.type=s" }, "SCAN right", "garbage", 0 },
		{ { "signal.type=bs" }, "SCAN right", "garbage", 0 },
		{ { "signal.type=u" }, "SCAN right", "garbage", 0 },
		{ { "selected=left-index-finger" }, NULL, "garbage", 0 },
		{ { "selected=nose" }, NULL, "garbage", 0 },
		{ { "wrongtype=GetDevices" }, NULL, "garbage", 0 },
		{ { "wrongtype=ListEnrolledFingers" }, NULL, "garbage", 0 },
		{ { "result=verify-unknown-error" }, "SCAN right", "error",
		    0 },
		{ { "result=verify-disconnected" }, "SCAN right", "gone", 0 },
	};

	RUN_ALL(rows);
}
END_TEST

START_TEST(each_of_its_errors_has_an_end)
{
	static const struct row rows[] = {
		{ { "claimed=yes" }, NULL, "busy", 0 },
		{ { "error.Claim=AlreadyInUse" }, NULL, "busy", 0 },
		{ { "error.Claim=PermissionDenied" }, NULL, "denied", 0 },
		{ { "error.Claim=Internal" }, NULL, "error", 0 },
		{ { "error.Claim=org.example.Strange" }, NULL, "error", 0 },
		{ { "error.VerifyStart=AlreadyInUse" }, NULL, "busy", 0 },
		{ { "error.VerifyStart=NoEnrolledPrints" }, NULL,
		    "not-enrolled", 0 },
		{ { "error.VerifyStart=ClaimDevice" }, NULL, "gone", 0 },
		{ { "error.VerifyStop=Internal" }, "SCAN right", "ok", 0 },
		{ { "error.Release=Internal" }, "SCAN left", "no-match", 1 },
		{ { "error.GetDevices=org.freedesktop.DBus.Error.AccessDenied"
		    }, NULL, "denied", 0 },
		{ { "readers=0" }, NULL, "no-reader", 0 },
		{ { "readers=16" }, "SCAN right", "ok", 0 },
		{ { "list=left-index-finger" }, NULL, "not-enrolled", 0 },
	};

	RUN_ALL(rows);
}
END_TEST

START_TEST(one_that_hangs_is_left)
{
	static const struct row rows[] = {
		{ { "hang=GetDevices" }, NULL, "silent", 0 },
		{ { "hang=ListEnrolledFingers" }, NULL, "silent", 0 },
		{ { "hang=Claim" }, NULL, "silent", 0 },
		{ { "hang=VerifyStart" }, NULL, "silent", 0 },
		{ { "hang=VerifyStop" }, "SCAN right", "ok", 0 },
		{ { "hang=VerifyStop" }, "SCAN left", "no-match", 1 },
		{ { "hang=Release" }, "SCAN left", "no-match", 1 },
		{ { "freeze=Claim" }, NULL, "silent", 0 },
		{ { "slow=50" }, "SCAN right", "ok", 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(&rows[i]);
		fpr_down(&rig, SIGKILL);
		ck_assert(fpr_up(&rig));
	}
}
END_TEST

START_TEST(one_that_ends_meanwhile_is_gone)
{
	static const struct row rows[] = {
		{ { "exit=ListEnrolledFingers" }, NULL, "gone", 0 },
		{ { "exit=Claim" }, NULL, "gone", 0 },
		{ { "exit=VerifyStart" }, NULL, "gone", 0 },
		{ { "exit-after=Claim" }, NULL, "gone", 0 },
		{ { "exit-after=VerifyStart" }, NULL, "gone", 0 },
		{ { "exit=VerifyStop" }, "SCAN right", "ok", 0 },
		{ { "exit=Release" }, "SCAN left", "no-match", 1 },
	};

	RUN_ALL(rows);
}
END_TEST

START_TEST(one_that_is_not_roots_is_not_asked)
{
	const char *const knob[] = { "owner=65534" };

	fpr_down(&rig, 0);
	fpr_forget_log(&rig);
	set(knob, 1);
	ck_assert(fpr_up(&rig));
	ck_assert_str_eq(verify(&right, 1, NULL, SHORT), "no-service");
	ck_assert_str_eq(look(), "no-service");
	ck_assert_uint_eq(fpr_calls(&rig, "GetDevices"), 0);
}
END_TEST

START_TEST(enter_is_heard_while_it_hangs)
{
	static const char *const at[] = { "hang=VerifyStop", "hang=Release" };
	size_t i;

	for (i = 0; i < 2; i++) {
		set(&at[i], 1);
		forget();
		cancel_at = 1;
		ck_assert_str_eq(verify(&right, 1, NULL, WAIT), "cancelled");
		ck_assert_uint_eq(counted->missed, 0);
		fpr_down(&rig, SIGKILL);
		ck_assert(fpr_up(&rig));
	}
}
END_TEST

START_TEST(one_that_can_tell_fingers_apart_takes_any)
{
	struct sek_biometric both[2];

	both[0] = right;
	both[1] = enrol(LEFT, "SCAN left");
	forget();
	ck_assert_str_eq(verify(both, 2, (const char *const []){ "SCAN left",
	    NULL }, WAIT), "ok");
	ck_assert_uint_eq(told[0].finger, SEK_FINGER_NONE);
	ck_assert_uint_eq(match.fingers, SEK_FINGER_BIT(RIGHT) |
	    SEK_FINGER_BIT(LEFT));
	/* One of them is not ours: the other alone is asked for. */
	forget();
	ck_assert_str_eq(verify(both, 1, (const char *const []){ "SCAN left",
	    NULL }, WAIT), "no-match");
	ck_assert_uint_eq(told[0].finger, RIGHT);
}
END_TEST

START_TEST(an_enrolment_ends_as_it_says)
{
	static const struct {
		const char	*knob;
		const char	*end;
	} rows[] = {
		{ "enrolled=enroll-failed", "error" },
		{ "enrolled=enroll-data-full", "full" },
		{ "enrolled=enroll-duplicate", "duplicate" },
		{ "enrolled=enroll-disconnected", "gone" },
		{ "enrolled=enroll-unknown-error", "error" },
		{ "enrolled=enroll-perhaps", "garbage" },
		{ "enrolled=verify-match", "garbage" },
		{ "full=yes", "full" },
	};
	static const char *const lines[] = { "SCAN left", "SCAN left",
	    "SCAN left", "SCAN left", "SCAN left", NULL };
	const char *end;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set(&rows[i].knob, 1);
		forget();
		end = make(LEFT, lines, WAIT);
		ck_assert_msg(strcmp(end, rows[i].end) == 0, "%s: %s",
		    rows[i].knob, end);
		ck_assert_uint_eq(made.finger.brief.finger, 0);
	}
}
END_TEST

/* Whoever asked for it has it deleted: no end of a reader's own. */
START_TEST(one_whose_template_others_may_write_is_not_enrolled)
{
	static const char *const path = "/var/lib/fprint/" ALICE "/soft/0/2";
	static const char *const lines[] = { "SCAN left", "SCAN left",
	    "SCAN left", "SCAN left", "SCAN left", NULL };
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs("old", f), 0);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_str_eq(make(LEFT, lines, WAIT), "garbage");
	ck_assert_uint_eq(made.finger.brief.finger, 0);
}
END_TEST

START_TEST(look_ends_in_its_time)
{
	static const char *const knobs[] = { "hang=GetDevices",
	    "hang=ListEnrolledFingers", "freeze=GetDevices" };
	size_t i;

	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		set(&knobs[i], 1);
		ck_assert_int_eq(sek_fingerprint_look(&seen, ALICE, SHORT,
		    NULL), SEK_OK);
		ck_assert_str_eq(word(seen.end), "silent");
		ck_assert_uint_eq(seen.fingers, 0);
		fpr_down(&rig, SIGKILL);
		ck_assert(fpr_up(&rig));
	}
	ck_assert(fpr_knob(&rig, NULL));
	fpr_forget_log(&rig);
	ck_assert_str_eq(look(), "ok");
	ck_assert_uint_eq(fpr_calls(&rig, "Claim"), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		only_a_match_of_this_scan_is_a_yes,
		what_makes_no_sense_is_no_answer_and_counts_nowhere,
		each_of_its_errors_has_an_end,
		one_that_hangs_is_left,
		one_that_ends_meanwhile_is_gone,
		one_that_is_not_roots_is_not_asked,
		enter_is_heard_while_it_hangs,
		one_that_can_tell_fingers_apart_takes_any,
		an_enrolment_ends_as_it_says,
		one_whose_template_others_may_write_is_not_enrolled,
		look_ends_in_its_time,
		NULL
	};
	const char *missing = fpr_missing(FPR_SOFT);

	if (missing != NULL) {
		(void)printf("SKIP: %s\n", missing);
		return (77);
	}
	return (unit_run_with("edge_fingerprint_soft", tests, setup_soft,
	    teardown));
}
