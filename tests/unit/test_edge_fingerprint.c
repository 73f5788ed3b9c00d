/*
 * test_edge_fingerprint.c - biometric.so through the real fprintd, with
 * libfprint's virtual reader
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/prctl.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fingerprints.h"

/* ---------------------------------------------------------------- tests -- */

START_TEST(a_finger_is_enrolled_seen_matched_and_forgotten)
{
	struct sek_biometric f;

	ck_assert_str_eq(look(), "ok");
	ck_assert_uint_eq(seen.readers, 1);
	ck_assert_uint_eq(seen.fingers, 0);
	ck_assert_uint_eq(seen.swipe, 1);
	ck_assert_str_eq(seen.reader, "Virtual device for debugging");
	ck_assert_uint_eq(fpr_calls(&rig, "Claim"), 0);

	f = enrol(RIGHT, "SCAN right");
	ck_assert_uint_eq(made.replaced, 0);
	ck_assert_uint_eq(cues(SEK_FINGERPRINT_CUE_PLACE), 1);
	ck_assert_uint_eq(cues(SEK_FINGERPRINT_CUE_STAGE), 4);
	ck_assert_uint_eq(told[1].stage, 1);
	ck_assert_uint_eq(told[1].stages, 5);
	ck_assert_str_eq(f.account, ALICE);
	ck_assert_uint_eq(f.brief.finger, RIGHT);
	ck_assert_str_eq(look(), "ok");
	ck_assert_uint_eq(seen.fingers, SEK_FINGER_BIT(RIGHT));

	forget();
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
	ck_assert_uint_eq(match.fingers, SEK_FINGER_BIT(RIGHT));
	ck_assert_uint_eq(match.scanned, 1);
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert_uint_gt(counted->may, 0);
	ck_assert_uint_eq(told[0].cue, SEK_FINGERPRINT_CUE_PLACE);
	ck_assert_uint_eq(told[0].finger, RIGHT);
	ck_assert_uint_eq(told[0].swipe, 1);

	ck_assert_str_eq(delete(RIGHT), "ok");
	ck_assert_str_eq(look(), "ok");
	ck_assert_uint_eq(seen.fingers, 0);
	ck_assert_str_eq(delete(RIGHT), "ok");
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "not-enrolled");
}
END_TEST

START_TEST(another_finger_is_counted_once_and_not_told_before)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	ck_assert_str_eq(verify_one(&f, "SCAN left"), "no-match");
	ck_assert_uint_eq(counted->missed, 1);
	ck_assert_uint_eq(n_told, 1);
	ck_assert_uint_eq(match.scanned, 1);
	/* The reader is free again. */
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
	ck_assert_uint_eq(counted->missed, 1);
}
END_TEST

START_TEST(what_was_not_read_well_is_the_readers_to_ask_again)
{
	const char *const lines[] = { "RETRY 1", "RETRY 0", "RETRY 2",
	    "RETRY 3", "SCAN right", NULL };
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	ck_assert_str_eq(verify(&f, 1, lines, WAIT), "ok");
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert_uint_eq(cues(SEK_FINGERPRINT_CUE_TOO_SHORT), 1);
	ck_assert_uint_eq(cues(SEK_FINGERPRINT_CUE_RETRY), 1);
	ck_assert_uint_eq(cues(SEK_FINGERPRINT_CUE_CENTER), 1);
	ck_assert_uint_eq(cues(SEK_FINGERPRINT_CUE_LIFT), 1);
}
END_TEST

START_TEST(an_error_of_the_readers_is_no_answer)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	ck_assert_str_eq(verify_one(&f, "ERROR 1"), "error");
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
}
END_TEST

START_TEST(no_finger_in_time_is_silence)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	ck_assert_str_eq(verify(&f, 1, NULL, SHORT), "silent");
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert_uint_eq(match.scanned, 1);
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
}
END_TEST

START_TEST(enter_ends_the_scan_and_frees_the_reader)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	cancel_at = 1;
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "cancelled");
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert_uint_eq(fpr_calls(&rig, "Release"), 2);
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
}
END_TEST

START_TEST(enter_ends_an_enrolment_and_leaves_none)
{
	const char *const lines[] = { "SCAN right", "SCAN right", NULL };

	cancel_at = 3;
	ck_assert_str_eq(make(RIGHT, lines, WAIT), "cancelled");
	ck_assert_str_eq(look(), "ok");
	ck_assert_uint_eq(seen.fingers, 0);
	forget();
	ck_assert_str_eq(make(RIGHT, NULL, SHORT), "silent");
	ck_assert_str_eq(look(), "ok");
	ck_assert_uint_eq(seen.fingers, 0);
}
END_TEST

START_TEST(one_enrolled_elsewhere_since_opens_nothing)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right"), again;

	forget();
	ck_assert(fpr_enrol(&rig, ALICE, "right-index-finger", "thief"));
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "changed");
	ck_assert_uint_eq(match.scanned, 0);
	ck_assert_uint_eq(n_told, 0);
	again = enrol(RIGHT, "SCAN right");
	ck_assert_uint_eq(made.replaced, 1);
	ck_assert_str_eq(verify_one(&again, "SCAN right"), "ok");
}
END_TEST

START_TEST(a_finger_that_is_not_ours_is_not_asked_for)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	ck_assert(fpr_enrol(&rig, ALICE, "left-index-finger", "thief"));
	ck_assert_str_eq(verify_one(&f, "SCAN thief"), "no-match");
	ck_assert_uint_eq(told[0].finger, RIGHT);
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
	ck_assert_uint_eq(match.fingers, SEK_FINGER_BIT(RIGHT));
}
END_TEST

START_TEST(where_all_are_ours_fprintd_may_choose)
{
	struct sek_biometric f[2];

	f[0] = enrol(RIGHT, "SCAN right");
	f[1] = enrol(LEFT, "SCAN left");
	forget();
	/* This reader cannot tell fingers apart: fprintd chooses, and says
	 * which. */
	ck_assert_str_eq(verify(f, 2, (const char *const []){ "SCAN right",
	    NULL }, WAIT), told[0].finger == RIGHT ? "ok" : "no-match");
	ck_assert_uint_eq(match.fingers, SEK_FINGER_BIT(told[0].finger));
	forget();
	ck_assert_str_eq(verify(f, 2, (const char *const []){ "SCAN left",
	    NULL }, WAIT), told[0].finger == LEFT ? "ok" : "no-match");
	ck_assert_uint_eq(match.fingers, SEK_FINGER_BIT(told[0].finger));
	ck_assert(told[0].finger == LEFT || told[0].finger == RIGHT);
	ck_assert_str_eq(verify(f, 2, (const char *const []){ "SCAN nose",
	    NULL }, WAIT), "no-match");
}
END_TEST

START_TEST(a_reader_that_another_program_has_is_busy)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");
	pid_t other = fpr_claim(&rig, ALICE, NULL);

	ck_assert_int_gt(other, 0);
	forget();
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "busy");
	ck_assert_uint_eq(match.scanned, 0);
	ck_assert_str_eq(make(LEFT, NULL, WAIT), "busy");
	ck_assert_str_eq(delete(RIGHT), "busy");
	(void)kill(other, SIGTERM);
}
END_TEST

START_TEST(who_may_not_is_not_scanned)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");
	struct sek_fingerprint_request in = { .account = ALICE,
	    .finger = &f, .n = 1, .wait = WAIT, .count = &count };

	forget();
	counted->may_err = SEK_ERR_REFUSED;
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "capped");
	forget();
	counted->may_err = SEK_ERR_STORE;
	ck_assert_int_eq(sek_fingerprint_verify(&match, &in, NULL),
	    SEK_ERR_STORE);
	ck_assert_uint_eq(match.scanned, 0);
	forget();
	counted->pause_at = 1;
	counted->pause = 2 * WAIT;
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "paused");
	ck_assert_uint_eq(n_told, 0);
	/* Only the enrolment claimed it. */
	ck_assert_uint_eq(fpr_calls(&rig, "Claim"), 1);
}
END_TEST

START_TEST(a_pause_is_told_and_waited_out)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	counted->pause_at = 1;
	counted->pause = SEK_SECOND / 5;
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
	ck_assert_uint_eq(told[0].cue, SEK_FINGERPRINT_CUE_PAUSE);
	ck_assert_uint_eq(told[0].seconds, 1);
	ck_assert_uint_eq(told[1].cue, SEK_FINGERPRINT_CUE_PLACE);
	/* One that began while the reader was waited for, too. */
	forget();
	counted->pause_at = 2;
	counted->pause = SEK_SECOND / 5;
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
	ck_assert_uint_eq(counted->may, 5);
	ck_assert_uint_eq(cues(SEK_FINGERPRINT_CUE_PAUSE), 1);
}
END_TEST

START_TEST(enter_ends_a_pause)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	cancel_at = 1;
	counted->pause_at = 1;
	counted->pause = WAIT;
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "cancelled");
	ck_assert_uint_eq(fpr_calls(&rig, "Claim"), 1);
}
END_TEST

START_TEST(what_cannot_be_counted_is_told_to_nobody)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");
	struct sek_fingerprint_request in = { .account = ALICE,
	    .finger = &f, .n = 1, .wait = WAIT, .count = &count };
	const char *const lines[] = { "SCAN left", NULL };
	pid_t sender;

	forget();
	counted->missed_err = SEK_ERR_STORE;
	sender = fpr_later(&rig, lines);
	ck_assert_int_eq(sek_fingerprint_verify(&match, &in, NULL),
	    SEK_ERR_STORE);
	ck_assert(fpr_sent(sender));
	ck_assert_uint_eq(counted->missed, 1);
}
END_TEST

/* Who started su stops or kills it when he hears of the mismatch. */
static void
verify_and(const struct sek_biometric *f, int sig)
{
	pid_t pid;
	int status;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	forget();
	counted->hold = 1;
	if ((pid = fork()) == 0) {
		(void)signal(SIGTERM, SIG_DFL);	/* libcheck's is for all */
		struct sek_fingerprint_request in = { .account = ALICE,
		    .finger = f, .n = 1, .wait = WAIT, .count = &count };

		(void)sek_fingerprint_verify(&match, &in, NULL);
		_exit(0);
	}
	ck_assert(fpr_scan(&rig, "left"));
	ck_assert(fpr_await(&rig, "idle", 60000));
	ck_assert_int_eq(kill(pid, sig), 0);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	__atomic_store_n(&counted->hold, 0, __ATOMIC_SEQ_CST);
	if (sig == SIGSTOP) {
		ck_assert(fpr_await(&rig, "closed", 60000));
		ck_assert_uint_eq(counted->missed, 1);
		ck_assert_int_eq(kill(pid, SIGCONT), 0);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	} else
		ck_assert_int_eq(waitpid(counted->child, &status, 0),
		    counted->child);
	ck_assert_uint_eq(counted->missed, 1);
	/* The reader is free. */
	ck_assert_str_eq(verify_one(f, "SCAN right"), "ok");
}

START_TEST(a_mismatch_counts_whatever_is_done_to_the_parent)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	verify_and(&f, SIGKILL);
	verify_and(&f, SIGTERM);
	verify_and(&f, SIGSTOP);
}
END_TEST

START_TEST(who_is_killed_while_it_waits_leaves_the_reader_free)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");
	pid_t pid;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	forget();
	if ((pid = fork()) == 0) {
		struct sek_fingerprint_request in = { .account = ALICE,
		    .finger = &f, .n = 1, .wait = WAIT, .count = &count };

		(void)sek_fingerprint_verify(&match, &in, NULL);
		_exit(0);
	}
	ck_assert(fpr_await(&rig, "needed", 60000));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(waitpid(counted->child, NULL, 0), counted->child);
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert(fpr_await(&rig, "closed", 60000));
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
}
END_TEST

START_TEST(without_fprintd_or_bus_it_ends)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	forget();
	fpr_down(&rig, 0);
	ck_assert_str_eq(look(), "no-service");
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "no-service");
	ck_assert_str_eq(make(LEFT, NULL, WAIT), "no-service");
	ck_assert_str_eq(delete(RIGHT), "no-service");
	ck_assert_str_eq(delete(LEFT), "ok");
	fpr_bus_down(&rig);
	ck_assert_str_eq(look(), "no-service");
	ck_assert_str_eq(verify(&f, 1, NULL, WAIT), "no-service");
}
END_TEST

/* fprintd ends by itself when nobody has called it for half a minute. */
START_TEST(the_bus_starts_it)
{
	char why[128] = "";
	struct sek_biometric f;

	fpr_stop(&rig);
	ck_assert_msg(fpr_start(&rig, FPR_REAL | FPR_LATER, why), "%s", why);
	f = enrol(RIGHT, "SCAN right");
	fpr_down(&rig, 0);
	ck_assert(fpr_up(&rig));
	forget();
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
	fpr_down(&rig, 0);
	ck_assert(fpr_up(&rig));
	ck_assert_str_eq(look(), "ok");
	ck_assert_uint_eq(seen.fingers, SEK_FINGER_BIT(RIGHT));
}
END_TEST

/* As su is: the real user is who called it. */
START_TEST(a_setuid_program_gets_its_answer)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");
	const char *const lines[] = { "SCAN right", NULL };
	pid_t sender, pid;
	int status;

	forget();
	sender = fpr_later(&rig, lines);
	if ((pid = fork()) == 0) {
		struct sek_fingerprint_request in = { .account = ALICE,
		    .finger = &f, .n = 1, .wait = WAIT, .count = &count };

		if (setresgid(1001, 1001, 1001) != 0 ||
		    setresuid(1001, 0, 0) != 0 ||
		    sek_fingerprint_look(&seen, ALICE, WAIT, NULL) != SEK_OK ||
		    seen.fingers != SEK_FINGER_BIT(RIGHT) ||
		    sek_fingerprint_verify(&match, &in, NULL) != SEK_OK ||
		    match.end != SEK_FINGERPRINT_END_OK)
			_exit(1);
		/* It is what it was. */
		_exit(getuid() == 1001 && getgid() == 1001 ? 0 : 2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(fpr_sent(sender));
}
END_TEST

/* In a process of its own: what is done to the reader while it waits. */
static const char *
verify_while(const struct sek_biometric *f, void (*what)(void))
{
	static char end[32];
	int out[2], status;
	pid_t pid;
	ssize_t n;

	ck_assert_int_eq(pipe(out), 0);
	forget();
	if ((pid = fork()) == 0) {
		struct sek_fingerprint_request in = { .account = ALICE,
		    .finger = f, .n = 1, .wait = WAIT, .count = &count };

		(void)sek_fingerprint_verify(&match, &in, NULL);
		_exit(write(out[1], word(match.end),
		    strlen(word(match.end))) > 0 ? 0 : 1);
	}
	ck_assert(fpr_await(&rig, "needed", 60000));
	what();
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	n = read(out[0], end, sizeof(end) - 1);
	ck_assert_int_gt(n, 0);
	end[n] = '\0';
	(void)close(out[0]);
	(void)close(out[1]);
	return (end);
}

static void
unplug(void)
{

	ck_assert(fpr_unplug(&rig));
}

static void
kill_fprintd(void)
{

	fpr_down(&rig, SIGKILL);
}

static void
end_bus(void)
{

	fpr_bus_down(&rig);
}

START_TEST(a_reader_that_goes_is_gone)
{
	struct sek_biometric f = enrol(RIGHT, "SCAN right");

	ck_assert_str_eq(verify_while(&f, unplug), "gone");
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert_str_eq(look(), "no-reader");
	ck_assert_str_eq(delete(RIGHT), "no-reader");
	fpr_down(&rig, 0);
	ck_assert(fpr_up(&rig));
	ck_assert_str_eq(verify_one(&f, "SCAN right"), "ok");
	ck_assert_str_eq(verify_while(&f, kill_fprintd), "gone");
	ck_assert_uint_eq(counted->missed, 0);
	ck_assert(fpr_up(&rig));
	ck_assert_str_eq(verify_while(&f, end_bus), "gone");
}
END_TEST

START_TEST(no_account_is_anybodys)
{
	static const char *const names[] = { "", ".", "..", "a/b", "../alice",
	    "a\nb" };
	struct sek_biometric f = { .brief = { .finger = RIGHT } };
	enum sek_fingerprint_end end;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct sek_fingerprint_request in = { .finger = &f, .n = 1,
		    .wait = WAIT, .count = &count };

		ck_assert_int_eq(sek_fingerprint_look(&seen, names[i], WAIT,
		    NULL), SEK_ERR_RANGE);
		ck_assert_int_eq(sek_fingerprint_delete(&end, names[i], RIGHT,
		    WAIT, NULL), SEK_ERR_RANGE);
		(void)snprintf(in.account, sizeof(in.account), "%s", names[i]);
		ck_assert_int_eq(sek_fingerprint_verify(&match, &in, NULL),
		    SEK_ERR_RANGE);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_finger_is_enrolled_seen_matched_and_forgotten,
		another_finger_is_counted_once_and_not_told_before,
		what_was_not_read_well_is_the_readers_to_ask_again,
		an_error_of_the_readers_is_no_answer,
		no_finger_in_time_is_silence,
		enter_ends_the_scan_and_frees_the_reader,
		enter_ends_an_enrolment_and_leaves_none,
		one_enrolled_elsewhere_since_opens_nothing,
		a_finger_that_is_not_ours_is_not_asked_for,
		where_all_are_ours_fprintd_may_choose,
		a_reader_that_another_program_has_is_busy,
		who_may_not_is_not_scanned,
		a_pause_is_told_and_waited_out,
		enter_ends_a_pause,
		what_cannot_be_counted_is_told_to_nobody,
		a_mismatch_counts_whatever_is_done_to_the_parent,
		who_is_killed_while_it_waits_leaves_the_reader_free,
		without_fprintd_or_bus_it_ends,
		the_bus_starts_it,
		a_setuid_program_gets_its_answer,
		a_reader_that_goes_is_gone,
		no_account_is_anybodys,
		NULL
	};
	const char *missing = fpr_missing(FPR_REAL);

	if (missing != NULL) {
		(void)printf("SKIP: %s\n", missing);
		return (77);
	}
	return (unit_run_with("edge_fingerprint", tests, setup, teardown));
}
