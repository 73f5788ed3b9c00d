/*
 * read.c - what is kept of a card at its enrolment
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a PIN is sent to the one card that was named, or is alone, only.
 * MUST: proved says that a signature over bytes made here was verified here.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sekisho/base/text.h"

#include "card.h"

struct order {
	const struct sek_card_read	*in;
	const struct card_slot		*slot;
	uint8_t				 challenge[SEK_CARD_CHALLENGE_LEN];
};

/* ------------------------------------------------------- in the child -- */

/* One that is another after the power was off is nobody's. */
static enum sek_card_end
read_uid(struct card_job *job, struct card_frame *f)
{
	struct sek_card *made = &f->u.got.made;
	uint8_t again[SEK_CARD_IDENTITY_MAX] = { 0 };
	enum sek_card_end end;
	size_t n = 0, m = 0;

	f->seen.driver = SEK_CARD_UID;
	end = card_uid(job->link, &f->seen, made->identity,
	    sizeof(made->identity), &n);
	if (end == SEK_CARD_END_OK)
		end = card_reset(job->link, true);
	if (end == SEK_CARD_END_OK)
		end = card_uid(job->link, &f->seen, again, sizeof(again), &m);
	if (end == SEK_CARD_END_OK && (n != m ||
	    memcmp(made->identity, again, n) != 0))
		end = SEK_CARD_END_WEAK;
	if (end != SEK_CARD_END_OK)
		return (end);
	made->identity_len = (uint32_t)n;
	made->brief.driver = SEK_CARD_UID;
	(void)sek_text_copy(f->seen.model, sizeof(f->seen.model),
	    card_uid_model(n));
	return (end);
}

static void
keep(struct sek_card *made, const struct card_certificate *c,
    enum sek_card_driver driver, uint32_t key)
{

	made->brief.driver = (uint8_t)driver;
	made->brief.key = (uint8_t)key;
	made->brief.pin = key != 0x9E;
	made->brief.algorithm = (uint8_t)c->algorithm;
	made->brief.not_before = c->not_before;
	made->brief.not_after = c->not_after;
	made->brief.trusted = c->trusted != 0;
	made->public_len = c->public_len;
	memcpy(made->public_key, c->public_key, sizeof(made->public_key));
	made->issuer_len = c->issuer_len;
	memcpy(made->issuer, c->issuer, sizeof(made->issuer));
	made->identity_len = sizeof(c->identity);
	memcpy(made->identity, c->identity, sizeof(c->identity));
}

static enum sek_card_end
prove(struct card_job *job, struct card_frame *f, const struct card_driver *d,
    const struct card_certificate *c, uint32_t key)
{
	const struct order *o = job->in;
	const struct card_order order = { .driver = d, .key = key,
	    .algorithm = (enum sek_card_algorithm)c->algorithm,
	    .wants_pin = key != 0x9E, .pin = o->in->pin, .last = o->in->last,
	    .challenge = o->challenge };

	if (o->in->prove)
		return (card_prove(job, f, &order));
	return (order.wants_pin ? d->tries(job->link, &f->seen.tries) :
	    SEK_CARD_END_OK);
}

/* A PIN is one card's, and its owner may have changed cards meanwhile. */
static bool
is_same(const struct sek_card *same, const uint8_t *key, size_t len)
{

	return (same == NULL || (same->public_len == len &&
	    memcmp(same->public_key, key, len) == 0));
}

static enum sek_card_end
read_key(struct card_job *job, struct card_frame *f)
{
	const struct order *o = job->in;
	const struct card_driver *d;
	struct card_certificate c;
	enum sek_card_end end;
	uint32_t key;

	if ((d = card_which(job->link, &f->seen, &end)) == NULL)
		return (end);
	if (o->in->driver != SEK_CARD_DRIVERS && o->in->driver != d->driver)
		return (SEK_CARD_END_UNKNOWN);
	key = d->driver != SEK_CARD_PIV ? 0 :
	    o->in->key == 0 ? 0x9A : o->in->key;
	if (d->driver != SEK_CARD_PIV && o->in->key != 0)
		return (SEK_CARD_END_UNKNOWN);
	end = card_certify(&c, job->link, d, key, job->anchors,
	    o->in->place.now, &f->seen);
	if (end == SEK_CARD_END_OK && !is_same(o->in->same, c.public_key,
	    c.public_len))
		end = SEK_CARD_END_GONE;
	if (end == SEK_CARD_END_OK)
		end = prove(job, f, d, &c, key);
	if (end == SEK_CARD_END_OK || end == SEK_CARD_END_WANTS_PIN)
		keep(&f->u.got.made, &c, d->driver, key);
	return (end);
}

static enum sek_card_end
talk(struct card_job *job, struct card_frame *f)
{
	const struct order *o = job->in;
	enum sek_card_end end;

	f->seen.atr_len = o->slot->atr_len;
	memcpy(f->seen.atr, o->slot->atr, sizeof(f->seen.atr));
	end = o->in->driver == SEK_CARD_UID ? read_uid(job, f) :
	    read_key(job, f);
	if (end != SEK_CARD_END_OK && end != SEK_CARD_END_WANTS_PIN)
		memset(&f->u.got.made, 0, sizeof(f->u.got.made));
	return (end);
}

static enum sek_card_end
work(struct card_job *job, struct card_frame *f)
{

	return (card_hold(job, f, talk));
}

/* ------------------------------------------------------ in the parent -- */

/* What a child cannot know better than who asked. */
static bool
is_answer_to(const struct card_frame *f, const struct sek_card_read *in)
{
	const struct sek_card_brief *b = &f->u.got.made.brief;
	const uint32_t key = b->driver == SEK_CARD_PIV && in->key == 0 ?
	    0x9A : in->key;

	if (f->u.got.card != UINT32_MAX || f->u.got.uid_len != 0 ||
	    (f->u.got.pin_sent != 0 && (in->pin == NULL || !in->prove)))
		return (false);
	if (f->end != SEK_CARD_END_OK && f->end != SEK_CARD_END_WANTS_PIN)
		return (true);
	if (!is_same(in->same, f->u.got.made.public_key,
	    f->u.got.made.public_len))
		return (false);
	if (in->driver == SEK_CARD_DRIVERS ? b->driver == SEK_CARD_UID :
	    b->driver != in->driver)
		return (false);
	return (b->key == key && (b->trusted == 0 ||
	    (in->place.anchors != NULL && in->place.anchors[0] != '\0')));
}

/* Its key is one of ours, and it signed where that was called for. */
static bool
is_proved(struct sek_card_made *out, const struct card_frame *f,
    const struct order *o)
{
	struct sek_card_signature *s;
	bool ok;

	if (out->card.brief.driver == SEK_CARD_UID || !o->in->prove)
		return (f->u.got.signature_len == 0);
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (false);
	s->end = f->end;
	s->signature_len = f->u.got.signature_len;
	memcpy(s->signature, f->u.got.signature, sizeof(s->signature));
	ok = f->u.got.verified == out->card.brief.pin &&
	    card_verify(s, &out->card, o->challenge, NULL) == SEK_OK;
	free(s);
	out->proved = ok;
	return (ok);
}

static void
give(struct sek_card_made *out, const struct card_frame *f,
    const struct order *o)
{

	out->end = f->end;
	out->seen = f->seen;
	out->pin_sent = f->u.got.pin_sent;
	if (!is_answer_to(f, o->in))
		out->end = SEK_CARD_END_GARBAGE;
	if (out->end == SEK_CARD_END_OK || out->end == SEK_CARD_END_WANTS_PIN)
		out->card = f->u.got.made;
	if (out->end == SEK_CARD_END_OK && !is_proved(out, f, o)) {
		memset(&out->card, 0, sizeof(out->card));
		out->end = SEK_CARD_END_GARBAGE;
	}
}

static enum sek_err
run(struct sek_card_made *out, const struct order *o, int64_t until,
    struct sek_why *why)
{
	struct card_job job = { .work = work, .kind = CARD_FRAME_READ,
	    .in = o, .reader = o->slot->reader };
	const int64_t now = sek_child_clock();
	struct card_frame *f;
	enum sek_err err;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	sek_child_job_time(&job.d, now, until - now);
	if ((err = card_anchors(&job.anchors, &o->in->place, why)) == SEK_OK)
		err = card_run(&job, f, why);
	if (err == SEK_OK)
		give(out, f, o);
	card_anchors_free(job.anchors);
	free(f);
	return (err);
}

/* All of them by name, as many as fit. */
static enum sek_err
several(const struct card_slot *slot, size_t n, struct sek_why *why)
{
	char names[256] = "";
	size_t i, at = 0;

	for (i = 0; i < n; i++) {
		if (sek_text_format(names + at, sizeof(names) - at, "%s%s",
		    i > 0 ? ", " : "", slot[i].reader) != SEK_OK) {
			names[at] = '\0';
			break;
		}
		at += strlen(names + at);
	}
	return (sek_why(why, SEK_ERR_REFUSED, "cards are in several readers; "
	    "name one, or leave one: %s", names));
}

static enum sek_err
check(const struct sek_card_read *in, struct sek_why *why)
{

	if (in->place.wait < 0 || (unsigned)in->driver > SEK_CARD_DRIVERS ||
	    (in->key != 0 && in->key != 0x9A && in->key != 0x9E) ||
	    (in->key != 0 && in->driver != SEK_CARD_PIV &&
	    in->driver != SEK_CARD_DRIVERS))
		return (sek_why(why, SEK_ERR_RANGE, "too much asked of a "
		    "card"));
	return (SEK_OK);
}

enum sek_err
card_read(struct sek_card_made *out, const struct sek_card_read *in,
    struct sek_why *why)
{
	struct card_slot slot[SEK_CARD_READERS_MAX];
	const int64_t until = sek_child_clock() + in->place.wait;
	struct order o = { .in = in, .slot = &slot[0] };
	enum sek_card_end end = SEK_CARD_END_FAILED;
	enum sek_err err;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	card_seen_none(&out->seen, "");
	if ((err = check(in, why)) != SEK_OK ||
	    (err = sek_secret_init()) != SEK_OK)
		return (err);
	randombytes_buf(o.challenge, sizeof(o.challenge));
	err = card_readers(slot, SEK_CARD_READERS_MAX, &n, &end, &in->place,
	    true, until, why);
	if (err == SEK_OK) {
		out->end = end;
		if (n > 1)
			err = several(slot, n, why);
		else if (n == 1)
			err = run(out, &o, until, why);
	}
	if (err != SEK_OK)
		out->end = SEK_CARD_END_FAILED;
	out->seen.end = out->end;
	return (err);
}
