/*
 * test_flow_enrol_fingerprint.c - test of flow/enrol_fingerprint over a reader
 * that is played: what is told, what is enrolled, and that fprintd forgets what
 * comes to nothing
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/edge/fingerprint_file.h"
#include "sekisho/factor/finger_words.h"
#include "sekisho/flow/enrol_fingerprint.h"
#include "unit.h"

/* The reader of this test: how each call ends, and what was asked of it. */
static struct {
	enum sek_err			make, verify, forget;
	uint32_t			make_end, forget_end;
	uint32_t			verify_end[8];
	unsigned			made, verified, forgotten;
	bool				other_finger, other_account, no_hash;
	bool				has;	/* fprintd has the finger */
	struct sek_fingerprint_make	asked;
	int				watched;
	bool				gives_up;	/* while it is read */
} reader;
static struct sek_settings *settings;
static struct sek_enrol *e;
static char said[4096];
static bool is_there, has_cancelled;

enum sek_err
sek_fingerprint_make(struct sek_fingerprint_made *out,
    const struct sek_fingerprint_make *in, struct sek_why *why)
{
	struct sek_fingerprint_told cue = { .cue = SEK_FINGERPRINT_CUE_PLACE,
	    .finger = (uint32_t)in->finger };

	reader.asked = *in;
	reader.made++;
	reader.watched = in->talk->watch(in->talk->arg);
	in->talk->tell(in->talk->arg, &cue);
	cue.cue = SEK_FINGERPRINT_CUE_STAGE;
	cue.stage = 2;
	cue.stages = 5;
	in->talk->tell(in->talk->arg, &cue);
	if (reader.gives_up)
		has_cancelled = true;
	memset(out, 0, sizeof(*out));
	out->end = reader.make_end;
	if (in->talk->cancelled(in->talk->arg) &&
	    out->end != SEK_FINGERPRINT_END_OK)
		out->end = SEK_FINGERPRINT_END_CANCELLED;
	if (reader.make == SEK_OK && out->end == SEK_FINGERPRINT_END_OK) {
		reader.has = true;
		out->finger.brief.finger = (uint8_t)(reader.other_finger ?
		    SEK_FINGER_LEFT_THUMB : in->finger);
		(void)snprintf(out->finger.account,
		    sizeof(out->finger.account), "%s",
		    reader.other_account ? "bob" : in->account);
		if (!reader.no_hash)
			memset(out->finger.digest, 7,
			    sizeof(out->finger.digest));
	}
	if (reader.make != SEK_OK)
		(void)sek_why(why, reader.make, "the reader burns");
	return (reader.make);
}

enum sek_err
sek_fingerprint_verify(struct sek_fingerprint_match *out,
    const struct sek_fingerprint_request *in, struct sek_why *why)
{
	int64_t pause = 1;

	(void)why;
	ck_assert(reader.has);
	ck_assert_uint_eq(in->n, 1);
	ck_assert_str_eq(in->account, "alice");
	ck_assert_uint_eq(in->finger->digest[0], 7);
	ck_assert_int_eq(in->count->may(in->count->arg, &pause), SEK_OK);
	ck_assert_int_eq(pause, 0);
	ck_assert_int_eq(in->count->missed(in->count->arg), SEK_OK);
	memset(out, 0, sizeof(*out));
	out->end = reader.verify_end[reader.verified++];
	return (reader.verify);
}

enum sek_err
sek_fingerprint_delete(enum sek_fingerprint_end *end, const char *account,
    enum sek_finger finger, int64_t wait, struct sek_why *why)
{

	(void)why;
	ck_assert_str_eq(account, "alice");
	ck_assert_int_eq(finger, SEK_FINGER_RIGHT_INDEX);
	ck_assert_int_gt(wait, 0);
	reader.forgotten++;
	if (reader.forget == SEK_OK &&
	    reader.forget_end == SEK_FINGERPRINT_END_OK)
		reader.has = false;
	*end = (enum sek_fingerprint_end)reader.forget_end;
	return (reader.forget);
}

const char *
sek_fingerprint_end_name(enum sek_fingerprint_end end)
{
	(void)end;
	return ("played");
}

bool
sek_fingerprint_file(const char *account, enum sek_finger finger,
    struct sek_why *w)
{

	(void)account;
	(void)finger;
	(void)sek_why(w, SEK_ERR_EXISTS, "FILE is still there");
	return (reader.has);
}

static void
hear(void *arg, bool is_error, const char *text)
{
	size_t n = strlen(said);

	ck_assert_ptr_eq(arg, &is_there);
	(void)is_error;
	(void)snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static bool
there(void *arg)
{
	(void)arg;
	return (is_there);
}

static int
watch(void *arg)
{
	ck_assert_ptr_eq(arg, &is_there);
	return (42);
}

static bool
cancelled(void *arg)
{
	ck_assert_ptr_eq(arg, &is_there);
	return (has_cancelled);
}

static void
setup(void)
{
	unsigned i;

	memset(&reader, 0, sizeof(reader));
	reader.make_end = reader.forget_end = SEK_FINGERPRINT_END_OK;
	for (i = 0; i < 8; i++)
		reader.verify_end[i] = SEK_FINGERPRINT_END_OK;
	said[0] = '\0';
	is_there = true;
	has_cancelled = false;
	settings = calloc(1, sizeof(*settings));
	e = calloc(1, sizeof(*e));
	ck_assert(settings != NULL && e != NULL);
	settings->factors.accept = SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT);
	settings->factors.wait = 5;
}

static void
teardown(void)
{

	free(settings);
	free(e);
}

static struct sek_enrol_talk talk = { .tell = hear, .there = there,
    .arg = &is_there, .language = SEK_LANGUAGE_EN };
static struct sek_why told, why;

static enum sek_err
enrol(bool unproved, enum sek_fingerprint_end *end)
{
	const struct sek_enrol_fingerprint in = { .settings = settings,
	    .account = "alice", .finger = SEK_FINGER_RIGHT_INDEX,
	    .unproved = unproved, .talk = &talk, .watch = watch,
	    .cancelled = cancelled };

	told.text[0] = why.text[0] = '\0';
	return (sek_enrol_fingerprint(e, &in, end, &told, &why));
}

#define was_said(text) ck_assert_msg(strstr(said, (text)) != NULL, "%s", said)

START_TEST(it_is_enrolled_and_proved_by_one_scan_more)
{
	enum sek_fingerprint_end end;

	ck_assert_int_eq(enrol(false, &end), SEK_OK);
	ck_assert_int_eq(end, SEK_FINGERPRINT_END_OK);
	ck_assert_uint_eq(e->authenticator.method, SEK_METHOD_FINGERPRINT);
	ck_assert_uint_eq(e->authenticator.state, SEK_AUTHENTICATOR_ACTIVE);
	ck_assert_uint_eq(e->authenticator.biometric.finger,
	    SEK_FINGER_RIGHT_INDEX);
	ck_assert_uint_eq(e->biometric.digest[31], 7);
	ck_assert_uint_eq(e->proved, 1);
	ck_assert_uint_eq(reader.verified, 1);
	ck_assert_uint_eq(reader.forgotten, 0);
	ck_assert_int_eq(reader.watched, 42);
	ck_assert_int_eq(reader.asked.wait, 5 * 1000000);
	was_said("Place your right index finger on the fingerprint reader.");
	was_said("Scan 2 of 5 is done.");
	was_said("once more, please");
}
END_TEST

START_TEST(a_script_has_it_unproved)
{
	enum sek_fingerprint_end end;

	ck_assert_int_eq(enrol(true, &end), SEK_OK);
	ck_assert_uint_eq(e->proved, 0);
	ck_assert_uint_eq(reader.verified, 0);
	ck_assert_uint_eq(reader.forgotten, 0);
}
END_TEST

START_TEST(it_may_take_three_scans_to_prove_it_and_no_more)
{
	enum sek_fingerprint_end end;

	reader.verify_end[0] = reader.verify_end[1] =
	    SEK_FINGERPRINT_END_NO_MATCH;
	ck_assert_int_eq(enrol(false, &end), SEK_OK);
	ck_assert_uint_eq(reader.verified, 3);
	ck_assert_uint_eq(e->proved, 1);
	teardown();
	setup();
	reader.verify_end[0] = reader.verify_end[1] = reader.verify_end[2] =
	    SEK_FINGERPRINT_END_NO_MATCH;
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_REFUSED);
	ck_assert_int_eq(end, SEK_FINGERPRINT_END_NO_MATCH);
	ck_assert_uint_eq(reader.verified, 3);
	ck_assert_uint_eq(reader.forgotten, 1);
	ck_assert(!reader.has);
	ck_assert_uint_eq(e->proved, 0);
	ck_assert_str_eq(e->biometric.account, "");
}
END_TEST

START_TEST(policy_that_takes_none_reaches_for_no_reader)
{
	enum sek_fingerprint_end end;

	settings->factors.accept = SEK_METHOD_BIT(SEK_METHOD_TOTP);
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(why.text, "factors.accept"));
	ck_assert_ptr_nonnull(strstr(why.text, "fingerprint"));
	ck_assert_uint_eq(reader.made, 0);
	ck_assert_uint_eq(reader.forgotten, 0);
}
END_TEST

/* Each end of the enrolment: told, and nothing that was there is forgotten but
 * where nobody knows. */
START_TEST(each_end_has_its_sentence)
{
	enum sek_fingerprint_end end;
	bool unknown;
	uint32_t i;

	for (i = 0; i < SEK_FINGERPRINT_END_COUNT + 2u; i++) {
		if (i == SEK_FINGERPRINT_END_OK)
			continue;
		teardown();
		setup();
		reader.make_end = i;
		unknown = i == SEK_FINGERPRINT_END_FAILED ||
		    i == SEK_FINGERPRINT_END_GARBAGE ||
		    i >= SEK_FINGERPRINT_END_COUNT;
		ck_assert_int_eq(enrol(false, &end),
		    i == SEK_FINGERPRINT_END_CANCELLED ? SEK_ERR_CONV :
		    SEK_ERR_REFUSED);
		ck_assert_uint_eq(reader.verified, 0);
		ck_assert_msg(reader.forgotten == unknown, "%u: %u", i,
		    reader.forgotten);
		if (i != SEK_FINGERPRINT_END_CANCELLED)
			ck_assert_uint_gt(strlen(told.text), 20);
	}
}
END_TEST

START_TEST(each_end_of_the_proof_makes_fprintd_forget)
{
	enum sek_fingerprint_end end;
	uint32_t i;

	for (i = 0; i < SEK_FINGERPRINT_END_COUNT + 2u; i++) {
		if (i == SEK_FINGERPRINT_END_OK ||
		    i == SEK_FINGERPRINT_END_NO_MATCH)
			continue;
		teardown();
		setup();
		reader.verify_end[0] = i;
		ck_assert_int_eq(enrol(false, &end),
		    i == SEK_FINGERPRINT_END_CANCELLED ? SEK_ERR_CONV :
		    SEK_ERR_REFUSED);
		ck_assert_uint_eq(reader.forgotten, 1);
		ck_assert(!reader.has);
	}
	teardown();
	setup();
	reader.verify = SEK_ERR_IO;
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_IO);
	ck_assert(!reader.has);
}
END_TEST

START_TEST(trouble_of_this_machine_leaves_none)
{
	enum sek_fingerprint_end end;

	reader.make = SEK_ERR_IO;
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_IO);
	ck_assert_str_eq(why.text, "the reader burns");
	ck_assert_uint_eq(reader.forgotten, 1);
	/* Nothing is installed: nobody to ask, and nothing to say of it. */
	teardown();
	setup();
	reader.make = SEK_ERR_NOT_FOUND;
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_NOT_FOUND);
	ck_assert_uint_eq(reader.forgotten, 0);
}
END_TEST

START_TEST(who_gives_up_leaves_none)
{
	enum sek_fingerprint_end end;

	/* Ctrl-C with the last scan. */
	reader.gives_up = true;
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_CONV);
	ck_assert_int_eq(end, SEK_FINGERPRINT_END_CANCELLED);
	ck_assert_uint_eq(reader.verified, 0);
	ck_assert(!reader.has);
	ck_assert_uint_eq(reader.forgotten, 1);
	/* The client of the helper is gone. */
	teardown();
	setup();
	is_there = false;
	ck_assert_int_eq(enrol(true, &end), SEK_ERR_CONV);
	ck_assert(!reader.has);
}
END_TEST

START_TEST(another_finger_than_was_asked_for_is_none)
{
	enum sek_fingerprint_end end;
	int i;

	for (i = 0; i < 3; i++) {
		teardown();
		setup();
		reader.other_finger = i == 0;
		reader.other_account = i == 1;
		reader.no_hash = i == 2;
		ck_assert_int_eq(enrol(false, &end), SEK_ERR_REFUSED);
		ck_assert_int_eq(end, SEK_FINGERPRINT_END_GARBAGE);
		/* What was asked for is forgotten, not what was said. */
		ck_assert_uint_eq(reader.forgotten, 1);
		ck_assert_uint_eq(reader.verified, 0);
	}
}
END_TEST

START_TEST(what_the_store_refused_is_forgotten_once)
{
	enum sek_fingerprint_end end;

	ck_assert_int_eq(enrol(false, &end), SEK_OK);
	sek_enrol_fingerprint_undo(e, &talk);
	ck_assert_uint_eq(reader.forgotten, 1);
	ck_assert(!reader.has);
	sek_enrol_fingerprint_undo(e, &talk);
	ck_assert_uint_eq(reader.forgotten, 1);
	ck_assert_ptr_null(strstr(said, "opens nothing"));
	/* Of another method there is nothing to forget. */
	e->authenticator.method = SEK_METHOD_VENDOR_BIOMETRIC;
	(void)snprintf(e->biometric.account, sizeof(e->biometric.account),
	    "alice");
	sek_enrol_fingerprint_undo(e, &talk);
	ck_assert_uint_eq(reader.forgotten, 1);
}
END_TEST

START_TEST(where_fprintd_cannot_forget_it_is_told)
{
	enum sek_fingerprint_end end;

	reader.verify_end[0] = SEK_FINGERPRINT_END_GONE;
	reader.forget_end = SEK_FINGERPRINT_END_NO_SERVICE;
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_REFUSED);
	ck_assert_int_eq(end, SEK_FINGERPRINT_END_GONE);
	was_said("it opens nothing");
	teardown();
	setup();
	reader.verify_end[0] = SEK_FINGERPRINT_END_GONE;
	reader.forget = SEK_ERR_IO;
	ck_assert_int_eq(enrol(false, &end), SEK_ERR_REFUSED);
	was_said("it opens nothing");
}
END_TEST

START_TEST(what_is_nowhere_need_not_be_forgotten)
{
	struct sek_biometric b = { .brief = { .finger =
	    SEK_FINGER_RIGHT_INDEX }, .account = "alice" };
	struct sek_why w = { "" };

	reader.has = true;
	ck_assert_int_eq(sek_enrol_fingerprint_forget(&b, &w), SEK_OK);
	ck_assert_uint_eq(reader.forgotten, 1);
	ck_assert(!reader.has);
	/* Nobody can be asked: is there anything? */
	reader.forget_end = SEK_FINGERPRINT_END_NO_READER;
	ck_assert_int_eq(sek_enrol_fingerprint_forget(&b, &w), SEK_OK);
	reader.has = true;
	ck_assert_int_eq(sek_enrol_fingerprint_forget(&b, &w), SEK_ERR_IO);
	ck_assert_str_eq(w.text, "played: FILE is still there");
	reader.forget = SEK_ERR_NOT_FOUND;
	ck_assert_int_eq(sek_enrol_fingerprint_forget(&b, &w),
	    SEK_ERR_NOT_FOUND);
	reader.has = false;
	ck_assert_int_eq(sek_enrol_fingerprint_forget(&b, &w), SEK_OK);
}
END_TEST

START_TEST(each_finger_and_cue_has_words)
{
	struct sek_fingerprint_told t = { 0 };
	char text[256], other[256];
	unsigned f;

	for (f = 0; f < SEK_FINGERS + 2u; f++) {
		ck_assert_int_eq(sek_finger_words((enum sek_finger)f)[0] !=
		    '\0', f > SEK_FINGER_NONE && f < SEK_FINGERS);
		t.finger = f;
		t.cue = SEK_FINGERPRINT_CUE_PLACE;
		t.swipe = 0;
		sek_finger_cue(text, sizeof(text), SEK_LANGUAGE_EN, &t);
		ck_assert_ptr_nonnull(strstr(text, "on the fingerprint"));
		t.swipe = 1;
		sek_finger_cue(other, sizeof(other), SEK_LANGUAGE_EN, &t);
		ck_assert_ptr_nonnull(strstr(other, "Swipe your "));
	}
	for (f = 0; f < SEK_FINGERPRINT_CUE_COUNT + 2u; f++) {
		t.cue = f;
		sek_finger_cue(text, sizeof(text), SEK_LANGUAGE_EN, &t);
		ck_assert_msg((text[0] != '\0') ==
		    (f != SEK_FINGERPRINT_CUE_NONE &&
		    f != SEK_FINGERPRINT_CUE_PAUSE &&
		    f < SEK_FINGERPRINT_CUE_COUNT), "%u: %s", f, text);
	}
	t.cue = SEK_FINGERPRINT_CUE_STAGE;
	t.stage = 3;
	sek_finger_cue(text, sizeof(text), SEK_LANGUAGE_EN, &t);
	ck_assert_str_eq(text, "Scan 3 is done.");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		it_is_enrolled_and_proved_by_one_scan_more,
		a_script_has_it_unproved,
		it_may_take_three_scans_to_prove_it_and_no_more,
		policy_that_takes_none_reaches_for_no_reader,
		each_end_has_its_sentence,
		each_end_of_the_proof_makes_fprintd_forget,
		trouble_of_this_machine_leaves_none,
		who_gives_up_leaves_none,
		another_finger_than_was_asked_for_is_none,
		what_the_store_refused_is_forgotten_once,
		where_fprintd_cannot_forget_it_is_told,
		what_is_nowhere_need_not_be_forgotten,
		each_finger_and_cue_has_words,
		NULL
	};

	return (unit_run_with("flow_enrol_fingerprint", tests, setup,
	    teardown));
}
