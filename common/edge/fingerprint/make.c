/*
 * make.c - have fprintd enrol a finger
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"

#include "fingerprint.h"

#define START	(15 * SEK_SECOND)	/* fprintd started, a reader opened */
#define MOST	(600 * SEK_SECOND)	/* of all scans */
#define SCANS	32			/* so many, at the pace he has */

struct making {
	const struct finger_job			*job;
	const struct sek_fingerprint_make	*in;
	struct finger_frame			*f;
	struct finger_bus			 b;
	struct finger_about			 about;
	uint32_t				 passed;
	unsigned				 cues;
};

static void
tell(struct making *m, enum sek_fingerprint_cue cue)
{
	struct sek_fingerprint_told t;

	if (m->cues++ >= FINGER_CUES)
		return;
	memset(&t, 0, sizeof(t));
	t.cue = cue;
	t.finger = m->in->finger;
	t.swipe = m->about.swipe ? 1 : 0;
	t.stage = m->passed;
	t.stages = m->about.stages;
	(void)sek_text_copy(t.reader, sizeof(t.reader), m->about.name);
	(void)finger_tell(m->job, &t);
}

/* FAILED: it goes on. */
static finger_end
hear(struct making *m)
{
	struct finger_heard *h = &m->b.heard;
	struct finger_status st;

	if (h->garbage)
		return (SEK_FINGERPRINT_END_GARBAGE);
	if (h->status[0] == '\0')
		return (SEK_FINGERPRINT_END_FAILED);
	st = finger_enrol_status(h->status, h->done);
	h->status[0] = '\0';
	if (st.cue == SEK_FINGERPRINT_CUE_STAGE &&
	    m->passed + 1 < FINGER_CUES)
		m->passed++;
	if (st.cue != SEK_FINGERPRINT_CUE_NONE)
		tell(m, st.cue);
	return (st.end);
}

/* From scan to scan in->wait. */
static finger_end
listen_to(struct making *m)
{
	finger_end end, turn = SEK_FINGERPRINT_END_OK;
	int64_t until = sek_child_clock() + m->in->wait;
	unsigned cues = m->cues;

	for (;;) {
		if ((end = hear(m)) != SEK_FINGERPRINT_END_FAILED)
			return (end);
		if (m->b.gone)
			return (SEK_FINGERPRINT_END_GONE);
		if (turn != SEK_FINGERPRINT_END_OK)
			return (turn);
		if (m->cues != cues) {
			cues = m->cues;
			until = sek_child_clock() + m->in->wait;
		}
		turn = finger_turn(&m->b, until < m->job->d.until ? until :
		    m->job->d.until);
	}
}

/* One that it has already: as it is, it takes the new one in its place; newer
 * ones want the old one deleted first. */
static finger_end
start(struct making *m)
{
	const char *name = sek_finger_name(m->in->finger);
	finger_end end;

	end = finger_do(&m->b, "EnrollStart", name);
	if (end == SEK_FINGERPRINT_END_DUPLICATE && m->f->replaced != 0 &&
	    (end = finger_do(&m->b, "DeleteEnrolledFinger", name)) ==
	    SEK_FINGERPRINT_END_OK)
		end = finger_do(&m->b, "EnrollStart", name);
	return (end);
}

/* A template that is not there, or not to be read, after it was said to be
 * whole: no sense, and whoever asked has it deleted. */
static finger_end
take(struct making *m)
{
	struct sek_biometric *out = &m->f->made;

	if (finger_template(out->digest, FINGER_FOLDER, m->in->account,
	    m->in->finger) != SEK_OK) {
		memset(out, 0, sizeof(*out));
		return (SEK_FINGERPRINT_END_GARBAGE);
	}
	out->brief.finger = (uint8_t)m->in->finger;
	(void)sek_text_copy(out->account, sizeof(out->account),
	    m->in->account);
	return (SEK_FINGERPRINT_END_OK);
}

static finger_end
on_held(struct making *m)
{
	finger_end end, late;
	uint32_t has;

	if ((end = finger_about(&m->b, m->b.device, &m->about)) !=
	    SEK_FINGERPRINT_END_OK ||
	    (end = finger_enrolled(&m->b, m->b.device, m->in->account,
	    &has)) != SEK_FINGERPRINT_END_OK)
		return (end);
	(void)sek_text_copy(m->f->reader, sizeof(m->f->reader),
	    m->about.name);
	m->f->replaced = (has & SEK_FINGER_BIT(m->in->finger)) != 0 ? 1 : 0;
	if ((end = start(m)) == SEK_FINGERPRINT_END_OK) {
		m->b.listens = true;
		m->f->scanned = 1;
		tell(m, SEK_FINGERPRINT_CUE_PLACE);
		end = listen_to(m);
	}
	finger_let_go(&m->b, "EnrollStop");
	/* It may have been the last scan that was stopped too late. */
	if ((end == SEK_FINGERPRINT_END_CANCELLED ||
	    end == SEK_FINGERPRINT_END_SILENT) &&
	    (late = hear(m)) == SEK_FINGERPRINT_END_OK)
		end = late;
	return (end == SEK_FINGERPRINT_END_OK ? take(m) : end);
}

static finger_end
on_readers(struct making *m)
{
	struct finger_list list;
	finger_end end;

	if ((end = finger_devices(&m->b, &list)) == SEK_FINGERPRINT_END_OK &&
	    (end = finger_claim(&m->b, list.path[0], m->in->account)) ==
	    SEK_FINGERPRINT_END_OK)
		end = on_held(m);
	finger_let_go(&m->b, NULL);
	return (end);
}

static finger_end
work(const struct finger_job *job, struct finger_frame *f)
{
	struct making m = { .job = job, .in = job->in, .f = f };
	const int64_t until = sek_child_clock() + START;
	finger_end end;

	if ((end = finger_connect(&m.b, &job->d, until)) ==
	    SEK_FINGERPRINT_END_OK &&
	    (end = finger_owner(&m.b, until)) == SEK_FINGERPRINT_END_OK)
		end = on_readers(&m);
	finger_disconnect(&m.b);
	return (end);
}

enum sek_err
finger_make(struct sek_fingerprint_made *out,
    const struct sek_fingerprint_make *in, struct sek_why *why)
{
	struct finger_job job = { .kind = FINGER_MADE, .work = work,
	    .account = in->account, .in = in, .talk = in->talk };
	struct finger_frame f;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if ((err = finger_account(in->account, why)) != SEK_OK)
		return (err);
	if (in->finger <= SEK_FINGER_NONE || in->finger >= SEK_FINGERS ||
	    in->wait < 0)
		return (sek_why(why, SEK_ERR_RANGE, "no such finger"));
	job.fingers = SEK_FINGER_BIT(in->finger);
	sek_child_job_time(&job.d, sek_child_clock(), START +
	    (in->wait < MOST / SCANS ? SCANS * in->wait : MOST));
	if ((err = finger_run(&job, &f, why)) != SEK_OK)
		return (err);
	out->end = f.end;
	out->replaced = f.replaced;
	out->finger = f.made;
	memcpy(out->reader, f.reader, sizeof(out->reader));
	return (f.end != SEK_FINGERPRINT_END_FAILED ? SEK_OK :
	    sek_why(why, SEK_ERR_NOMEM, "out of memory"));
}
