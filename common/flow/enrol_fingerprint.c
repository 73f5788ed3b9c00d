/*
 * enrol_fingerprint.c - to bind a finger to a person
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: what policy takes no finger of is told before a reader is claimed.
 * MUST: from the moment fprintd has the finger, each way out but SEK_OK has
 * fprintd forget it.
 * MUST: nothing is enrolled but the very finger and account that were asked
 * for, whatever the reader's child says.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/fingerprint_file.h"
#include "sekisho/factor/finger_words.h"
#include "sekisho/flow/enrol_fingerprint.h"
#include "sekisho/model/method.h"

#define WAIT	(30 * SEK_SECOND)	/* at most, for a finger */
#define FORGET	(10 * SEK_SECOND)	/* for fprintd to forget one */
#define SCANS	3u			/* that may fail to prove it */

/* What to do next. NULL: it is no end of an enrolment. */
static const char *const sentences[SEK_FINGERPRINT_END_COUNT] = {
	[SEK_FINGERPRINT_END_FAILED] = N_("The fingerprint reader cannot be "
	    "used now: please tell the person in charge."),
	[SEK_FINGERPRINT_END_NO_MATCH] = N_("It did not match the finger that "
	    "was enrolled just now: nothing is enrolled; please begin anew."),
	[SEK_FINGERPRINT_END_NO_SERVICE] = N_("Fingerprint readers cannot be "
	    "used now, for fprintd does not answer: please tell the person in "
	    "charge."),
	[SEK_FINGERPRINT_END_NO_READER] = N_("There is no fingerprint reader: "
	    "please plug one in, then begin anew."),
	[SEK_FINGERPRINT_END_NOT_ENROLLED] = N_("Another program changed the "
	    "fingers of this account meanwhile: please begin anew."),
	[SEK_FINGERPRINT_END_CHANGED] = N_("Another program changed the "
	    "fingers of this account meanwhile: please begin anew."),
	[SEK_FINGERPRINT_END_BUSY] = N_("The fingerprint reader is in use by "
	    "another program: please try again in a moment."),
	[SEK_FINGERPRINT_END_GONE] = N_("The fingerprint reader was unplugged, "
	    "or went to sleep: please begin anew."),
	[SEK_FINGERPRINT_END_SILENT] = N_("No finger was on the reader for too "
	    "long: please begin anew."),
	[SEK_FINGERPRINT_END_ERROR] = N_("The fingerprint reader reports an "
	    "error: please begin anew."),
	[SEK_FINGERPRINT_END_GARBAGE] = N_("The fingerprint reader answers "
	    "without sense: please tell the person in charge."),
	[SEK_FINGERPRINT_END_DENIED] = N_("This system does not let fingers be "
	    "enrolled (polkit): please tell the person in charge."),
	[SEK_FINGERPRINT_END_FULL] = N_("The fingerprint reader has no room "
	    "for another finger: please have one removed first."),
	[SEK_FINGERPRINT_END_DUPLICATE] = N_("The reader knows this finger "
	    "already: please use another one."),
};

struct work {
	const struct sek_enrol_fingerprint *in;
	struct sek_enrol		*e;
	enum sek_fingerprint_end	*end;
	struct sek_why			*told;
	struct sek_why			*why;
	struct sek_fingerprint_talk	 talk;
	struct sek_fingerprint_made	 made;
};

/* It ends here, and he is told why. */
static enum sek_err
no(struct work *w, uint32_t end)
{
	const char *msgid;

	if (end == SEK_FINGERPRINT_END_CANCELLED) {
		*w->end = SEK_FINGERPRINT_END_CANCELLED;
		return (SEK_ERR_CONV);
	}
	msgid = end < SEK_FINGERPRINT_END_COUNT ? sentences[end] : NULL;
	if (msgid == NULL) {
		end = SEK_FINGERPRINT_END_GARBAGE;
		msgid = sentences[end];
	}
	*w->end = (enum sek_fingerprint_end)end;
	return (sek_enrol_refuse(w->in->talk, w->told, msgid));
}

/* ------------------------------------------------------------ the reader -- */

static void
tell(void *arg, const struct sek_fingerprint_told *told)
{
	const struct work *w = arg;
	char text[512];

	sek_finger_cue(text, sizeof(text), w->in->talk->language, told);
	if (text[0] != '\0')
		w->in->talk->tell(w->in->talk->arg, false, text);
}

static int
watch(void *arg)
{
	const struct work *w = arg;

	return (w->in->watch != NULL ? w->in->watch(w->in->talk->arg) : -1);
}

static bool
cancelled(void *arg)
{
	const struct work *w = arg;

	return ((w->in->cancelled != NULL &&
	    w->in->cancelled(w->in->talk->arg)) ||
	    !sek_enrol_is_there(w->in->talk));
}

static int64_t
patience(const struct work *w)
{
	int64_t wait = w->in->settings->factors.wait * SEK_SECOND;

	return (wait > 0 && wait < WAIT ? wait : WAIT);
}

/* Nobody's login: nothing is counted, and nothing stands against it. */
static enum sek_err
may(void *arg, int64_t *pause)
{

	(void)arg;
	*pause = 0;
	return (SEK_OK);
}

static enum sek_err
missed(void *arg)
{

	(void)arg;
	return (SEK_OK);
}

/* ----------------------------------------------------- enrolling, proving -- */

static enum sek_err
check_accepted(struct work *w)
{

	if ((w->in->settings->factors.accept &
	    SEK_METHOD_BIT(SEK_METHOD_FINGERPRINT)) != 0)
		return (SEK_OK);
	(void)sek_why(w->why, SEK_ERR_REFUSED, "factors.accept does not name "
	    "%s", sek_method_name(SEK_METHOD_FINGERPRINT));
	*w->end = SEK_FINGERPRINT_END_FAILED;
	return (sek_enrol_refuse(w->in->talk, w->told, N_("Fingerprints are "
	    "not accepted here: please ask the person in charge.")));
}

/* What was enrolled is whole, and what was asked for. */
static bool
is_asked_for(const struct work *w)
{
	const struct sek_biometric *b = &w->made.finger;

	return (sek_biometric_fits(b, SEK_METHOD_FINGERPRINT) &&
	    b->brief.finger == (unsigned)w->in->finger &&
	    strcmp(b->account, w->in->account) == 0);
}

/* Who enrolled it died, or said nonsense: fprintd may have it all the same. */
static bool
may_have_it(enum sek_err err, uint32_t end)
{

	if (err != SEK_OK)
		return (err != SEK_ERR_NOT_FOUND);
	return (end == SEK_FINGERPRINT_END_OK ||
	    end == SEK_FINGERPRINT_END_FAILED ||
	    end == SEK_FINGERPRINT_END_GARBAGE ||
	    end >= SEK_FINGERPRINT_END_COUNT);
}

static enum sek_err
make(struct work *w)
{
	struct sek_fingerprint_make in = { .finger = w->in->finger,
	    .wait = patience(w), .talk = &w->talk };
	enum sek_err err;

	if ((err = sek_text_copy(in.account, sizeof(in.account),
	    w->in->account)) != SEK_OK)
		return (err);
	err = sek_fingerprint_make(&w->made, &in, w->why);
	if (may_have_it(err, w->made.end)) {
		/* From here on there is something to undo. */
		w->e->authenticator.method = SEK_METHOD_FINGERPRINT;
		w->e->authenticator.state = SEK_AUTHENTICATOR_ACTIVE;
		w->e->biometric.brief.finger = (uint8_t)in.finger;
		memcpy(w->e->biometric.account, in.account,
		    sizeof(in.account));
	}
	if (err != SEK_OK)
		return (err);
	if (w->made.end != SEK_FINGERPRINT_END_OK)
		return (no(w, w->made.end));
	if (!is_asked_for(w))
		return (no(w, SEK_FINGERPRINT_END_GARBAGE));
	w->e->authenticator.biometric = w->made.finger.brief;
	w->e->biometric = w->made.finger;
	w->e->key_len = 0;
	return (cancelled(w) ? no(w, SEK_FINGERPRINT_END_CANCELLED) : SEK_OK);
}

/* One scan more, as a login makes it. */
static enum sek_err
prove_once(struct work *w, uint32_t *end)
{
	const struct sek_scan_count count = { may, missed, NULL };
	struct sek_fingerprint_request in = { .finger = &w->e->biometric,
	    .n = 1, .wait = patience(w), .count = &count, .talk = &w->talk };
	struct sek_fingerprint_match match;
	enum sek_err err;

	memset(&match, 0, sizeof(match));
	memcpy(in.account, w->e->biometric.account, sizeof(in.account));
	err = sek_fingerprint_verify(&match, &in, w->why);
	*end = match.end;
	return (err);
}

static enum sek_err
prove(struct work *w)
{
	uint32_t end = SEK_FINGERPRINT_END_NO_MATCH;
	enum sek_err err = SEK_OK;
	unsigned i;

	if (w->in->unproved)
		return (SEK_OK);
	sek_enrol_say(w->in->talk, false, N_("It is read. To be sure, the same "
	    "finger once more, please."));
	for (i = 0; i < SCANS && err == SEK_OK &&
	    end == SEK_FINGERPRINT_END_NO_MATCH; i++) {
		if (i > 0)
			sek_enrol_say(w->in->talk, true, N_("It did not match: "
			    "once more, please."));
		err = prove_once(w, &end);
	}
	if (err != SEK_OK)
		return (err);
	if (end != SEK_FINGERPRINT_END_OK)
		return (no(w, end));
	w->e->proved = 1;
	return (cancelled(w) ? no(w, SEK_FINGERPRINT_END_CANCELLED) : SEK_OK);
}

enum sek_err
sek_enrol_fingerprint_forget(const struct sek_biometric *b,
    struct sek_why *why)
{
	const enum sek_finger finger = (enum sek_finger)b->brief.finger;
	enum sek_fingerprint_end end = SEK_FINGERPRINT_END_FAILED;
	struct sek_why file = { "" }, asked = { "" };
	enum sek_err err;

	err = sek_fingerprint_delete(&end, b->account, finger, FORGET,
	    &asked);
	if (err == SEK_OK && end == SEK_FINGERPRINT_END_OK)
		return (SEK_OK);
	/* Nobody can be asked, and there is nothing to ask for. */
	if (!sek_fingerprint_file(b->account, finger, &file))
		return (SEK_OK);
	return (sek_why(why, err != SEK_OK ? err : SEK_ERR_IO, "%s: %s",
	    asked.text[0] != '\0' ? asked.text :
	    sek_fingerprint_end_name(end), file.text));
}

void
sek_enrol_fingerprint_undo(struct sek_enrol *e,
    const struct sek_enrol_talk *talk)
{

	if (e->authenticator.method != SEK_METHOD_FINGERPRINT ||
	    e->biometric.account[0] == '\0')
		return;
	if (sek_enrol_fingerprint_forget(&e->biometric, NULL) != SEK_OK)
		sek_enrol_say(talk, true, N_("fprintd could not be told to "
		    "forget the finger: it opens nothing, and enrolling it "
		    "again replaces it."));
	memset(&e->biometric, 0, sizeof(e->biometric));
	e->proved = 0;
}

enum sek_err
sek_enrol_fingerprint(struct sek_enrol *out,
    const struct sek_enrol_fingerprint *in, enum sek_fingerprint_end *end,
    struct sek_why *told, struct sek_why *why)
{
	struct work *w;
	enum sek_err err;

	*end = SEK_FINGERPRINT_END_FAILED;
	told->text[0] = '\0';
	memset(&out->biometric, 0, sizeof(out->biometric));
	out->proved = 0;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return (SEK_ERR_NOMEM);
	w->in = in;
	w->e = out;
	w->end = end;
	w->told = told;
	w->why = why;
	w->talk.tell = tell;
	w->talk.watch = watch;
	w->talk.cancelled = cancelled;
	w->talk.arg = w;
	if ((err = check_accepted(w)) == SEK_OK &&
	    (err = make(w)) == SEK_OK &&
	    (err = prove(w)) == SEK_OK)
		*end = SEK_FINGERPRINT_END_OK;
	else
		sek_enrol_fingerprint_undo(out, in->talk);
	free(w);
	return (err);
}
