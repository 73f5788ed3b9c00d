/*
 * look.c - the readers, and what card is in each
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no PIN is sent, and no try of one is spent.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"

#include "card.h"

struct order {
	const struct sek_card_place	*place;
	const struct card_slot		*slot;
};

/* ------------------------------------------------------- in the child -- */

/* The key for logins, by its certificate: where there is none behind the PIN,
 * the one of PIV that asks for no PIN. */
static enum sek_card_end
certify(struct card_job *job, struct card_frame *f,
    const struct card_driver *d)
{
	const struct order *o = job->in;
	const bool piv = d->driver == SEK_CARD_PIV;
	struct card_certificate c;
	enum sek_card_end end;

	end = card_certify(&c, job->link, d, piv ? 0x9A : 0, job->anchors,
	    o->place->now, &f->seen);
	if (piv && end == SEK_CARD_END_UNABLE)
		end = card_certify(&c, job->link, d, 0x9E, job->anchors,
		    o->place->now, &f->seen);
	return (end);
}

/* Is it worth asking for tries after this? */
static bool
is_certificate_only(enum sek_card_end end)
{

	return (end == SEK_CARD_END_OK || end == SEK_CARD_END_EXPIRED ||
	    end == SEK_CARD_END_UNTRUSTED || end == SEK_CARD_END_WEAK ||
	    end == SEK_CARD_END_UNABLE);
}

/* No driver knows it: it may have a number to show, which stays there. */
static enum sek_card_end
show(struct card_job *job, struct card_frame *f)
{
	uint8_t uid[SEK_CARD_IDENTITY_MAX];
	enum sek_card_end end;
	size_t n = 0;

	end = card_uid(job->link, &f->seen, uid, sizeof(uid), &n);
	if (end == SEK_CARD_END_UNABLE)
		return (SEK_CARD_END_UNKNOWN);
	if (end == SEK_CARD_END_OK || end == SEK_CARD_END_WEAK) {
		f->seen.driver = SEK_CARD_UID;
		/* Where it is weak, it may be of type B. */
		(void)sek_text_copy(f->seen.model, sizeof(f->seen.model),
		    end == SEK_CARD_END_OK ? card_uid_model(n) : "ISO 14443");
	}
	return (end);
}

static enum sek_card_end
talk(struct card_job *job, struct card_frame *f)
{
	const struct order *o = job->in;
	const struct card_driver *d;
	enum sek_card_end end, asked;

	f->seen.atr_len = o->slot->atr_len;
	memcpy(f->seen.atr, o->slot->atr, sizeof(f->seen.atr));
	if ((d = card_which(job->link, &f->seen, &end)) == NULL)
		return (end == SEK_CARD_END_UNKNOWN ? show(job, f) : end);
	end = certify(job, f, d);
	if (!is_certificate_only(end) || f->seen.key == 0x9E)
		return (end);
	asked = d->tries(job->link, &f->seen.tries);
	if (asked != SEK_CARD_END_OK)
		return (asked);
	return (end == SEK_CARD_END_OK && f->seen.tries == 0 ?
	    SEK_CARD_END_PIN_BLOCKED : end);
}

static enum sek_card_end
work(struct card_job *job, struct card_frame *f)
{

	return (card_hold(job, f, talk));
}

/* ------------------------------------------------------ in the parent -- */

enum sek_err
card_present(bool *present, const struct sek_card_place *place,
    struct sek_why *why)
{
	struct card_slot slot[SEK_CARD_READERS_MAX];
	enum sek_card_end end;
	enum sek_err err;
	size_t n = 0;

	*present = false;
	err = card_readers(slot, SEK_CARD_READERS_MAX, &n, &end, place, true,
	    sek_child_clock() + place->wait, why);
	if (err == SEK_OK)
		*present = n > 0;
	return (err);
}

/* What pcscd itself says of it. */
static void
give_slot(struct sek_card_seen *out, const struct card_slot *s)
{

	card_seen_none(out, s->reader);
	out->card = s->present;
	out->end = SEK_CARD_END_NO_CARD;
	out->atr_len = s->atr_len;
	memcpy(out->atr, s->atr, sizeof(out->atr));
}

/* And what the card says, beside it. */
static void
give(struct sek_card_seen *out, const struct card_frame *f,
    const struct card_slot *s)
{

	*out = f->seen;
	out->end = f->end;
	out->card = 1;
	out->atr_len = s->atr_len;
	memcpy(out->atr, s->atr, sizeof(out->atr));
}

/* Each card has a child of its own and its part of the time. */
static enum sek_err
look(struct sek_card_seen *out, const struct card_slot *slot, size_t n,
    const struct sek_card_place *place, int64_t until,
    struct x509_store_st *anchors, struct sek_why *why)
{
	struct order o = { .place = place };
	struct card_job job = { .work = work, .kind = CARD_FRAME_SEEN,
	    .in = &o, .anchors = anchors };
	struct card_frame *f;
	enum sek_err err = SEK_OK;
	int64_t now;
	size_t i;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	for (i = 0; err == SEK_OK && i < n; i++) {
		give_slot(&out[i], &slot[i]);
		if (slot[i].present == 0)
			continue;
		o.slot = &slot[i];
		job.reader = slot[i].reader;
		now = sek_child_clock();
		sek_child_job_time(&job.d, now, (until - now) /
		    (int64_t)(n - i));
		if ((err = card_run(&job, f, why)) == SEK_OK)
			give(&out[i], f, &slot[i]);
	}
	free(f);
	return (err);
}

enum sek_err
card_list(struct sek_card_seen *out, size_t max, size_t *n,
    enum sek_card_end *end, const struct sek_card_place *place,
    struct sek_why *why)
{
	struct card_slot slot[SEK_CARD_READERS_MAX];
	const int64_t until = sek_child_clock() + place->wait;
	struct x509_store_st *anchors = NULL;
	enum sek_err err;
	size_t found = 0;

	*n = 0;
	*end = SEK_CARD_END_FAILED;
	if ((err = card_anchors(&anchors, place, why)) == SEK_OK &&
	    (err = card_readers(slot, max < SEK_CARD_READERS_MAX ? max :
	    SEK_CARD_READERS_MAX, &found, end, place, false, until, why)) ==
	    SEK_OK && (err = look(out, slot, found, place, until, anchors,
	    why)) == SEK_OK)
		*n = found;
	card_anchors_free(anchors);
	return (err);
}
