/*
 * verify.c - one finger of these, matched by fprintd, counted here
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * fprintd tells all who listen on the bus how a scan went: who kills a program
 * of his as soon as he hears of a mismatch would have a try that counts
 * nowhere. So the child goes on without its parent.
 *
 * MUST: what did not match is counted before the reader is let go, and before
 * the parent hears of it; also where nobody is left to hear it.
 * MUST: no scan without count->may, asked while the reader is held: of two
 * that ask at once one has it.
 * MUST: a yes is the last word of a scan that was started here, of a finger
 * whose template is the one enrolled.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"

#include "fingerprint.h"

#define START	(15 * SEK_SECOND)	/* fprintd started, a reader opened */
#define TURNS	5			/* another counted meanwhile */
#define LOOKS	4			/* is the reader still there? */
#define LOOK_EACH	(SEK_SECOND / 5)

struct scan {
	const struct finger_job			*job;
	const struct sek_fingerprint_request	*in;
	struct finger_frame			*f;
	struct finger_bus			 b;
	struct finger_about			 about;
	int64_t					 pause;	/* left */
	uint32_t				 fingers; /* any of these */
	bool					 again;	/* a pause began */
};

/* ------------------------------------------------------------- pauses -- */

static finger_end
may(struct scan *s, int64_t *pause)
{
	enum sek_err err;

	*pause = 0;
	err = s->in->count->may(s->in->count->arg, pause);
	return (err == SEK_OK ? SEK_FINGERPRINT_END_OK :
	    err == SEK_ERR_REFUSED ? SEK_FINGERPRINT_END_CAPPED :
	    SEK_FINGERPRINT_END_FAILED);
}

static bool
tell(struct scan *s, enum sek_fingerprint_cue cue, uint32_t seconds)
{
	struct sek_fingerprint_told t;

	memset(&t, 0, sizeof(t));
	t.cue = cue;
	t.seconds = seconds;
	t.swipe = s->about.swipe ? 1 : 0;
	if ((s->fingers & (s->fingers - 1)) == 0)
		while (t.finger + 1 < SEK_FINGERS &&
		    (s->fingers >> t.finger) > 1)
			t.finger++;
	(void)sek_text_copy(t.reader, sizeof(t.reader), s->about.name);
	return (finger_tell(s->job, &t));
}

/* No reader is held, and fprintd not asked to wait, too. */
static finger_end
wait_out(struct scan *s, int64_t pause)
{
	const int64_t end = sek_child_clock() + pause;
	struct pollfd p = { .fd = s->job->d.fd, .events = POLLIN };
	int64_t left;

	if (pause > s->pause)
		return (SEK_FINGERPRINT_END_PAUSED);
	s->pause -= pause;
	if (!tell(s, SEK_FINGERPRINT_CUE_PAUSE,
	    (uint32_t)((pause + SEK_SECOND - 1) / SEK_SECOND)))
		return (SEK_FINGERPRINT_END_CANCELLED);
	while ((left = end - sek_child_clock()) > 0) {
		if (poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR)
			return (SEK_FINGERPRINT_END_FAILED);
		if (sek_child_stopped(&s->job->d))
			return (SEK_FINGERPRINT_END_CANCELLED);
	}
	return (SEK_FINGERPRINT_END_OK);
}

/* ------------------------------------------------------------ one scan -- */

static finger_end
missed(struct scan *s)
{

	return (s->in->count->missed(s->in->count->arg) == SEK_OK ?
	    SEK_FINGERPRINT_END_NO_MATCH : SEK_FINGERPRINT_END_FAILED);
}

/* Which finger it is that fprintd waits for, where it says so: right behind its
 * answer, and before it answers another call. */
static finger_end
take_selected(struct scan *s)
{
	const char *name = s->b.heard.selected;
	struct finger_about about;
	enum sek_finger f;

	if (finger_about(&s->b, s->b.device, &about) ==
	    SEK_FINGERPRINT_END_CANCELLED)
		return (SEK_FINGERPRINT_END_CANCELLED);
	if (s->b.heard.garbage)
		return (SEK_FINGERPRINT_END_GARBAGE);
	if (name[0] == '\0' || strcmp(name, "any") == 0)
		return (SEK_FINGERPRINT_END_OK);
	if (sek_finger_parse(&f, name) != SEK_OK ||
	    (s->fingers & SEK_FINGER_BIT(f)) == 0)
		return (SEK_FINGERPRINT_END_GARBAGE);
	s->fingers = SEK_FINGER_BIT(f);
	return (SEK_FINGERPRINT_END_OK);
}

/* What was heard since it was looked last. FAILED: it goes on. */
static finger_end
hear(struct scan *s, unsigned *cues)
{
	struct finger_heard *h = &s->b.heard;
	struct finger_status st;

	if (h->garbage)
		return (SEK_FINGERPRINT_END_GARBAGE);
	if (h->status[0] == '\0')
		return (SEK_FINGERPRINT_END_FAILED);
	st = finger_verify_status(h->status, h->done);
	h->status[0] = '\0';
	if (st.cue != SEK_FINGERPRINT_CUE_NONE && (*cues)++ < FINGER_CUES / 2)
		(void)tell(s, st.cue, 0);
	return (st.end);
}

/* Until the reader's last word. */
static finger_end
listen_to(struct scan *s)
{
	int64_t until = sek_child_clock() + s->in->wait;
	finger_end end, turn = SEK_FINGERPRINT_END_OK;
	unsigned cues = 0;

	/* Behind it is the time to count. */
	if (until > s->job->d.until)
		until = s->job->d.until;
	for (;;) {
		if ((end = hear(s, &cues)) != SEK_FINGERPRINT_END_FAILED)
			return (end);
		if (s->b.gone)
			return (SEK_FINGERPRINT_END_GONE);
		if (turn != SEK_FINGERPRINT_END_OK)
			return (turn);
		turn = finger_turn(&s->b, until);
	}
}

/*
 * A scan that is given up: its last word may have been said already, and heard
 * by who gives it up. What the bus gave to anybody before it answers us is here
 * by then. Not so what comes behind VerifyStop: fprintd says "no-match" of each
 * scan that is stopped.
 */
static finger_end
given_up(struct scan *s, finger_end end)
{
	unsigned cues = FINGER_CUES;
	finger_end late;

	s->b.last = true;
	(void)finger_sync(&s->b);
	late = hear(s, &cues);
	return (late == SEK_FINGERPRINT_END_OK ||
	    late == SEK_FINGERPRINT_END_NO_MATCH ? late : end);
}

static bool
is_listed(struct scan *s)
{
	struct finger_list list;
	size_t i;

	if (s->b.gone || finger_devices(&s->b, &list) !=
	    SEK_FINGERPRINT_END_OK)
		return (false);
	for (i = 0; i < list.n; i++)
		if (strcmp(list.path[i], s->b.device) == 0)
			return (true);
	return (false);
}

/* One that is no more is gone, whatever its last word was; fprintd says that it
 * failed before it has it off its list. */
static finger_end
is_gone(struct scan *s, finger_end end)
{
	int64_t until;
	int i;

	s->b.last = true;
	for (i = 0; i < LOOKS; i++) {
		if (!is_listed(s))
			return (SEK_FINGERPRINT_END_GONE);
		until = sek_child_clock() + LOOK_EACH;
		while (finger_turn(&s->b, until) == SEK_FINGERPRINT_END_OK)
			continue;
	}
	return (end);
}

static finger_end
stop(struct scan *s, finger_end end)
{

	s->b.listens = true;
	if (end == SEK_FINGERPRINT_END_CANCELLED ||
	    end == SEK_FINGERPRINT_END_SILENT)
		end = given_up(s, end);
	if (end == SEK_FINGERPRINT_END_NO_MATCH)
		end = missed(s);
	finger_let_go(&s->b, "VerifyStop");
	return (end == SEK_FINGERPRINT_END_ERROR ? is_gone(s, end) : end);
}

static const char *
asked_for(const struct scan *s, bool any, uint32_t *fingers)
{
	enum sek_finger f;
	size_t i;

	if (any)
		return ("any");
	for (i = 0; i < s->in->n; i++) {
		f = (enum sek_finger)s->in->finger[i].brief.finger;
		if ((*fingers & SEK_FINGER_BIT(f)) != 0) {
			*fingers = SEK_FINGER_BIT(f);
			return (sek_finger_name(f));
		}
	}
	return ("any");
}

static finger_end
scan(struct scan *s, bool any)
{
	const char *name = asked_for(s, any, &s->fingers);
	finger_end end;

	end = finger_do(&s->b, "VerifyStart", name);
	if (end == SEK_FINGERPRINT_END_OK) {
		s->b.listens = true;
		s->f->scanned = 1;
		end = take_selected(s);
	}
	if (end == SEK_FINGERPRINT_END_OK) {
		(void)tell(s, SEK_FINGERPRINT_CUE_PLACE, 0);
		end = listen_to(s);
	}
	return (stop(s, end));
}

/* ---------------------------------------------------------- one reader -- */

static uint32_t
ours(const struct sek_fingerprint_request *in)
{
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < in->n; i++)
		bits |= SEK_FINGER_BIT(in->finger[i].brief.finger);
	return (bits);
}

/* Those of its fingers that are as they were enrolled. */
static uint32_t
unchanged(const struct scan *s, uint32_t has)
{
	uint8_t digest[SEK_TEMPLATE_LEN];
	uint32_t bits = 0;
	size_t i;

	for (i = 0; i < s->in->n; i++) {
		const struct sek_biometric *m = &s->in->finger[i];

		if ((has & SEK_FINGER_BIT(m->brief.finger)) != 0 &&
		    strcmp(m->account, s->in->account) == 0 &&
		    finger_template(digest, FINGER_FOLDER, m->account,
		    (enum sek_finger)m->brief.finger) == SEK_OK &&
		    sodium_memcmp(digest, m->digest, sizeof(digest)) == 0)
			bits |= SEK_FINGER_BIT(m->brief.finger);
	}
	return (bits);
}

/* Held by now: what it has, whose it is, whether he may. */
static finger_end
on_held(struct scan *s)
{
	uint32_t has;
	finger_end end;
	int64_t pause;

	if ((end = finger_enrolled(&s->b, s->b.device, s->in->account,
	    &has)) != SEK_FINGERPRINT_END_OK)
		return (end);
	if ((has & ours(s->in)) == 0)
		return (SEK_FINGERPRINT_END_NOT_ENROLLED);
	if ((s->fingers = unchanged(s, has)) == 0)
		return (SEK_FINGERPRINT_END_CHANGED);
	if ((end = may(s, &pause)) != SEK_FINGERPRINT_END_OK)
		return (end);
	if (pause > 0) {
		s->again = true;
		return (SEK_FINGERPRINT_END_PAUSED);
	}
	return (scan(s, (has & ~s->fingers) == 0));
}

static finger_end
on_reader(struct scan *s, const char *device)
{
	finger_end end;

	if ((end = finger_about(&s->b, device, &s->about)) !=
	    SEK_FINGERPRINT_END_OK)
		return (end);
	(void)sek_text_copy(s->f->reader, sizeof(s->f->reader),
	    s->about.name);
	if ((end = finger_claim(&s->b, device, s->in->account)) ==
	    SEK_FINGERPRINT_END_OK)
		end = on_held(s);
	finger_let_go(&s->b, NULL);
	return (end);
}

/* The first that has one of his and is free; of one alone it is asked when it
 * is held. */
static finger_end
on_readers(struct scan *s)
{
	finger_end end, busy = SEK_FINGERPRINT_END_NOT_ENROLLED;
	struct finger_list list;
	uint32_t has;
	size_t i;

	if ((end = finger_devices(&s->b, &list)) != SEK_FINGERPRINT_END_OK)
		return (end);
	if (list.n == 1)
		return (on_reader(s, list.path[0]));
	for (i = 0; i < list.n; i++) {
		if ((end = finger_enrolled(&s->b, list.path[i],
		    s->in->account, &has)) != SEK_FINGERPRINT_END_OK)
			return (end);
		if ((has & ours(s->in)) == 0)
			continue;
		if ((end = on_reader(s, list.path[i])) !=
		    SEK_FINGERPRINT_END_BUSY)
			return (end);
		busy = end;
	}
	return (busy);
}

static finger_end
once(struct scan *s)
{
	const int64_t until = sek_child_clock() + START;
	finger_end end;
	int64_t pause;

	s->again = false;
	if ((end = may(s, &pause)) != SEK_FINGERPRINT_END_OK ||
	    (pause > 0 && (end = wait_out(s, pause)) !=
	    SEK_FINGERPRINT_END_OK))
		return (end);
	if (pause > 0) {
		s->again = true;
		return (SEK_FINGERPRINT_END_PAUSED);
	}
	if ((end = finger_connect(&s->b, &s->job->d, until)) ==
	    SEK_FINGERPRINT_END_OK &&
	    (end = finger_owner(&s->b, until)) == SEK_FINGERPRINT_END_OK)
		end = on_readers(s);
	finger_disconnect(&s->b);
	return (end);
}

static finger_end
work(const struct finger_job *job, struct finger_frame *f)
{
	struct scan s = { .job = job, .in = job->in, .f = f };
	finger_end end;
	int turn = 0;

	s.pause = s.in->pause;
	do
		end = once(&s);
	while (s.again && ++turn < TURNS);
	/* Of a yes, and of a no: which it may have been. */
	f->fingers = f->scanned != 0 ? s.fingers : 0;
	return (end);
}

/* ------------------------------------------------------ in the parent -- */

static enum sek_err
check(const struct sek_fingerprint_request *in, struct sek_why *why)
{
	enum sek_err err;
	size_t i;

	if ((err = finger_account(in->account, why)) != SEK_OK)
		return (err);
	if (in->n == 0 || in->n > SEK_TRAITS_MAX || in->count == NULL ||
	    in->wait < 0 || in->pause < 0)
		return (sek_why(why, SEK_ERR_RANGE, "no finger to be "
		    "matched"));
	for (i = 0; i < in->n; i++)
		if (sek_biometric_check(&in->finger[i]) != SEK_OK ||
		    in->finger[i].brief.finger == SEK_FINGER_NONE)
			return (sek_why(why, SEK_ERR_RANGE, "no finger that "
			    "could be matched"));
	return (SEK_OK);
}

enum sek_err
finger_verify(struct sek_fingerprint_match *out,
    const struct sek_fingerprint_request *in, struct sek_why *why)
{
	struct finger_job job = { .kind = FINGER_VERIFIED, .work = work,
	    .account = in->account, .in = in, .talk = in->talk };
	struct finger_frame f;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = check(in, why)) != SEK_OK)
		return (err);
	job.fingers = ours(in);
	job.d.counts = true;
	sek_child_job_time_counting(&job.d, sek_child_clock(),
	    START + in->pause + in->wait);
	if ((err = finger_run(&job, &f, why)) != SEK_OK)
		return (err);
	out->end = f.end;
	out->fingers = f.fingers;
	out->scanned = f.scanned;
	memcpy(out->reader, f.reader, sizeof(out->reader));
	if (f.end == SEK_FINGERPRINT_END_FAILED)
		return (sek_why(why, SEK_ERR_STORE, "a scan of a finger could "
		    "not be counted"));
	return (SEK_OK);
}
