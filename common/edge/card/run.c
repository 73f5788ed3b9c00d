/*
 * run.c - a child for the cards: what is the same for all that it does
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: that a PIN goes out is told before it does: a child that is ended
 * tells nothing more.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "card.h"

#define TURNS_MAX	3
#define CUES_MAX	(2u * TURNS_MAX + 1)	/* to wait and to hold, each
						 * time; a PIN, once */

/* ------------------------------------------------------- in the child -- */

void
card_cue(const struct card_job *job, const struct card_frame *f,
    enum card_cue cue)
{
	struct card_frame told;

	memset(&told, 0, sizeof(told));
	told.kind = CARD_FRAME_CUE;
	told.cue = cue;
	told.seen = f->seen;
	if (cue == CARD_CUE_PIN) {
		told.u.got.card = f->u.got.card;
		told.u.got.pin_sent = 1;
	}
	sek_child_tell(&job->d, &told);
}

static void
work(const struct device_job *d, void *frame)
{
	struct card_job *job = d->arg;
	struct card_frame *f = frame;
	enum sek_card_end end;

	f->kind = job->kind;
	if (job->kind != CARD_FRAME_SLOTS)
		card_seen_none(&f->seen, job->reader);
	if (job->kind == CARD_FRAME_SIGNED || job->kind == CARD_FRAME_READ)
		f->u.got.card = UINT32_MAX;
	if ((end = card_open(&job->link)) == SEK_CARD_END_OK) {
		card_until(job->link, d->until);
		end = job->work(job, f);
		f->apdus = card_sent(job->link);
	}
	card_close(job->link);
	f->end = end;
	if (job->kind != CARD_FRAME_SLOTS)
		f->seen.end = end;
	sek_child_tell(d, f);
}

struct wait {
	const struct card_job	*job;
	const struct card_frame	*f;
};

static void
on_wait(void *arg, bool waits)
{
	const struct wait *w = arg;

	card_cue(w->job, w->f, waits ? CARD_CUE_WAITS : CARD_CUE_HELD);
}

/* A first talk that came to nothing leaves nothing. */
static void
forget(const struct card_job *job, struct card_frame *f)
{

	memset(&f->u, 0, sizeof(f->u));
	f->u.got.card = job->kind == CARD_FRAME_SEEN ? 0 : UINT32_MAX;
	card_seen_none(&f->seen, job->reader);
}

static bool
is_pin_sent(const struct card_job *job, const struct card_frame *f)
{

	return (job->kind != CARD_FRAME_SEEN && f->u.got.pin_sent != 0);
}

/* An answer that makes no sense may be one to a card that was reset. */
static bool
has_forgotten(const struct card_job *job, const struct card_frame *f,
    enum sek_card_end end)
{
	const struct card_driver *d;
	size_t i;

	if (end != SEK_CARD_END_GARBAGE && end != SEK_CARD_END_UNABLE)
		return (false);
	for (i = 0; i < card_ndrivers; i++) {
		d = card_drivers[i];
		if (f->seen.driver == (uint32_t)d->driver)
			return (d->keeps(job->link, is_pin_sent(job, f) &&
			    f->u.got.verified != 0) == SEK_CARD_END_RESET);
	}
	return (false);
}

/* One that makes no sense each time is what it is: no other program resets it
 * so often at the very instant. */
enum sek_card_end
card_hold(struct card_job *job, struct card_frame *f,
    enum sek_card_end (*talk)(struct card_job *, struct card_frame *))
{
	struct wait w = { job, f };
	enum sek_card_end end, odd;
	int turn;

	card_on_wait(job->link, on_wait, &w);
	for (turn = 1;; turn++) {
		odd = SEK_CARD_END_OK;
		end = card_connect(job->link, job->reader);
		if (end == SEK_CARD_END_OK) {
			f->seen.card = 1;
			end = talk(job, f);
			if (has_forgotten(job, f, end)) {
				odd = end;
				end = SEK_CARD_END_RESET;
			}
		}
		if (end != SEK_CARD_END_RESET || is_pin_sent(job, f))
			break;
		if (turn == TURNS_MAX) {
			if (odd != SEK_CARD_END_OK)
				end = odd;
			break;
		}
		forget(job, f);
	}
	card_on_wait(job->link, NULL, NULL);
	return (end);
}

/* ------------------------------------------------------ in the parent -- */

static enum device_frame
check(const struct device_job *d, const void *frame)
{
	const struct card_job *job = d->arg;
	const struct card_frame *f = frame;

	if (!card_frame_check(f, job->kind, job->reader))
		return (DEVICE_FRAME_BAD);
	return (f->kind == CARD_FRAME_CUE ? DEVICE_FRAME_CUE :
	    DEVICE_FRAME_ANSWER);
}

static void
cue(const struct device_job *d, const void *frame)
{
	struct card_job *job = d->arg;
	const struct card_frame *f = frame;

	job->waits = f->cue == CARD_CUE_WAITS;
	job->seen = f->seen;
	if (f->cue == CARD_CUE_PIN) {
		job->pin_sent = true;
		job->card = f->u.got.card;
	}
}

/* What is known of a child that said no last word. */
static void
explain(const struct card_job *job, struct card_frame *f,
    enum device_said said)
{

	f->kind = job->kind;
	f->end = said != DEVICE_SAID_NOTHING ? SEK_CARD_END_GARBAGE :
	    job->waits ? SEK_CARD_END_BUSY : SEK_CARD_END_SILENT;
	if (job->kind == CARD_FRAME_SLOTS)
		return;
	f->seen = job->seen;
	f->seen.end = f->end;
	if (job->kind == CARD_FRAME_SEEN)
		return;
	f->u.got.card = job->pin_sent ? job->card : UINT32_MAX;
	f->u.got.pin_sent = job->pin_sent ? 1 : 0;
}

enum sek_err
card_run(struct card_job *job, struct card_frame *f, struct sek_why *why)
{
	enum device_said said;
	enum sek_err err;

	job->waits = job->pin_sent = false;
	job->card = UINT32_MAX;
	card_seen_none(&job->seen, job->reader);
	job->d.work = work;
	job->d.check = check;
	job->d.cue = cue;
	job->d.what = "a card";
	job->d.arg = job;
	job->d.size = sizeof(*f);
	job->d.cues = CUES_MAX;
	if ((err = sek_child_run(&job->d, f, &said, why)) != SEK_OK)
		return (err);
	if (said != DEVICE_SAID_ANSWER)
		explain(job, f, said);
	else if (job->pin_sent && f->u.got.pin_sent == 0) {
		/* It told of a PIN, and takes it back. */
		memset(f, 0, sizeof(*f));
		explain(job, f, DEVICE_SAID_NONSENSE);
	}
	if (f->end == SEK_CARD_END_FAILED)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	return (SEK_OK);
}

/* --------------------------------------------------------- the readers -- */

static enum sek_card_end
list(struct card_job *job, struct card_frame *f)
{
	const struct sek_card_place *place = job->in;
	enum sek_card_end end;
	size_t n = 0;

	end = card_slots(job->link, f->u.slots.list, SEK_CARD_READERS_MAX, &n,
	    place->readers != NULL ? place->readers : "");
	if (end == SEK_CARD_END_OK)
		f->u.slots.n = (uint32_t)n;
	else
		memset(&f->u, 0, sizeof(f->u));
	return (end);
}

static bool
is_wanted(const struct card_slot *s, const struct sek_card_place *place,
    bool with_card)
{

	return ((s->present != 0 || !with_card) && (place->reader == NULL ||
	    place->reader[0] == '\0' || strcmp(s->reader, place->reader) ==
	    0));
}

static void
sift(struct card_slot *out, size_t max, size_t *n, enum sek_card_end *end,
    const struct card_frame *f, const struct sek_card_place *place,
    bool with_card)
{
	uint32_t i;

	*end = (enum sek_card_end)f->end;
	for (i = 0; i < f->u.slots.n && *n < max; i++)
		if (is_wanted(&f->u.slots.list[i], place, with_card))
			out[(*n)++] = f->u.slots.list[i];
	if (*end == SEK_CARD_END_OK && *n == 0)
		*end = f->u.slots.n == 0 ? SEK_CARD_END_NO_READER :
		    SEK_CARD_END_NO_CARD;
}

enum sek_err
card_readers(struct card_slot *out, size_t max, size_t *n,
    enum sek_card_end *end, const struct sek_card_place *place, bool with_card,
    int64_t until, struct sek_why *why)
{
	struct card_job job = { .work = list, .kind = CARD_FRAME_SLOTS,
	    .reader = "", .in = place };
	const int64_t now = sek_child_clock();
	struct card_frame *f;
	enum sek_err err;

	*n = 0;
	*end = SEK_CARD_END_FAILED;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	sek_child_job_time(&job.d, now, until - now);
	if ((err = card_run(&job, f, why)) == SEK_OK)
		sift(out, max, n, end, f, place, with_card);
	free(f);
	return (err);
}
