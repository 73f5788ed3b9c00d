/*
 * sign.c - one signature by one of somebody's cards
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a PIN is sent once a call, to the one card whose certificate has a key
 * of his; never with its last try but by his yes; never where none was called
 * for.
 * MUST: the signature comes right behind that VERIFY, in one transaction.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"

#include "card.h"

struct order {
	const struct sek_card_request	*in;
	const struct card_slot		*slot;
};

/* ------------------------------------------------------- in the child -- */

/* A VERIFY that went out is either told or was not sent. */
static enum sek_card_end
send_pin(struct card_job *job, struct card_frame *f,
    const struct card_order *o)
{
	uint32_t left = SEK_CARD_TRIES_UNKNOWN;
	enum sek_card_end end;

	if (o->pin == NULL || (f->seen.tries == 1 && !o->last))
		return (SEK_CARD_END_WANTS_PIN);
	if (!sek_card_pin_ok(o->driver->driver, o->pin->data, o->pin->len))
		return (SEK_CARD_END_PIN_WRONG);
	if (sek_child_clock() >= job->d.until)
		return (SEK_CARD_END_SILENT);
	card_cue(job, f, CARD_CUE_PIN);
	f->u.got.pin_sent = 1;
	end = o->driver->verify(job->link, (const char *)o->pin->data,
	    o->pin->len, &left);
	if (end == SEK_CARD_END_OK)
		f->u.got.verified = 1;
	else
		f->seen.tries = left;
	return (end);
}

enum sek_card_end
card_prove(struct card_job *job, struct card_frame *f,
    const struct card_order *o)
{
	uint8_t digest[CARD_DIGEST_MAX];
	enum sek_card_end end = SEK_CARD_END_OK;
	size_t len = 0, n = 0;

	if (!card_digest(o->algorithm, o->challenge, digest, &len))
		return (SEK_CARD_END_UNABLE);
	if (o->wants_pin) {
		end = o->driver->tries(job->link, &f->seen.tries);
		if (end == SEK_CARD_END_OK && f->seen.tries == 0)
			end = SEK_CARD_END_PIN_BLOCKED;
		if (end == SEK_CARD_END_OK)
			end = send_pin(job, f, o);
	}
	if (end == SEK_CARD_END_OK)
		end = o->driver->sign(job->link, o->key, o->algorithm, digest,
		    len, f->u.got.signature, sizeof(f->u.got.signature), &n);
	if (end == SEK_CARD_END_OK)
		f->u.got.signature_len = (uint32_t)n;
	else
		memset(f->u.got.signature, 0, sizeof(f->u.got.signature));
	return (end);
}

static bool
is_of(const struct sek_card_request *in, size_t i,
    enum sek_card_driver driver, uint32_t key)
{
	const struct sek_card_brief *b = &in->card[i].brief;

	return (b->driver == (uint8_t)driver && b->key == key &&
	    (in->methods & SEK_METHOD_BIT(sek_card_method(driver))) != 0);
}

static bool
has_any(const struct sek_card_request *in, enum sek_card_driver driver,
    uint32_t key)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (is_of(in, i, driver, key))
			return (true);
	return (false);
}

/* Who has none is not told from others by what a card is spared: that key is
 * read which most have. */
static bool
is_read_for_none(const struct sek_card_request *in,
    enum sek_card_driver driver, uint32_t key)
{

	return (in->n == 0 && key == (driver == SEK_CARD_PIV ? 0x9A : 0));
}

/* The very key, by all of its bytes. */
static uint32_t
match(const struct sek_card_request *in, enum sek_card_driver driver,
    uint32_t key, const struct card_certificate *c)
{
	const struct sek_card *card;
	size_t i;

	for (i = 0; i < in->n; i++) {
		card = &in->card[i];
		if (is_of(in, i, driver, key) &&
		    card->brief.algorithm == c->algorithm &&
		    card->public_len == c->public_len &&
		    memcmp(card->public_key, c->public_key,
		    c->public_len) == 0)
			return ((uint32_t)i);
	}
	return (UINT32_MAX);
}

/*
 * Without anchors nobody says that other dates hold than those enrolled: they
 * must hold, and what the card shows now, which may have been told it has
 * ended, as well.
 */
static enum sek_card_end
judge(enum sek_card_end end, const struct sek_card_request *in,
    bool with_anchors, const struct sek_card *card, struct sek_card_seen *seen)
{

	if (with_anchors || end != SEK_CARD_END_OK)
		return (end);
	seen->not_before = card->brief.not_before;
	seen->not_after = card->brief.not_after;
	return (in->place.now >= seen->not_before &&
	    in->place.now <= seen->not_after ? SEK_CARD_END_OK :
	    SEK_CARD_END_EXPIRED);
}

/* Is this key of the card one of his? END_OK, and which; OTHERS, or why it
 * cannot be told. */
static enum sek_card_end
find_key(struct card_job *job, struct card_frame *f,
    const struct card_driver *d, uint32_t key)
{
	const struct order *o = job->in;
	struct card_certificate c;
	enum sek_card_end end;

	end = card_certify(&c, job->link, d, key, job->anchors,
	    o->in->place.now, &f->seen);
	if (c.public_len == 0)
		return (end);
	f->u.got.card = match(o->in, d->driver, key, &c);
	if (f->u.got.card == UINT32_MAX)
		return (SEK_CARD_END_OTHERS);
	return (judge(end, o->in, job->anchors != NULL,
	    &o->in->card[f->u.got.card], &f->seen));
}

static enum sek_card_end
find(struct card_job *job, struct card_frame *f, const struct card_driver *d,
    uint32_t *key)
{
	static const uint32_t keys[] = { 0, 0x9A, 0x9E };
	const struct order *o = job->in;
	enum sek_card_end end, all = SEK_CARD_END_OTHERS;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		*key = keys[i];
		if (!has_any(o->in, d->driver, *key) &&
		    !is_read_for_none(o->in, d->driver, *key))
			continue;
		end = find_key(job, f, d, *key);
		switch (end) {
		case SEK_CARD_END_OTHERS:
			break;
		case SEK_CARD_END_UNABLE:
		case SEK_CARD_END_WEAK:
		case SEK_CARD_END_GARBAGE:
			if (f->u.got.card != UINT32_MAX)
				return (end);
			all = end;
			break;
		default:
			return (end);
		}
	}
	return (all);
}

static enum sek_card_end
sign_by_key(struct card_job *job, struct card_frame *f)
{
	const struct order *o = job->in;
	const struct card_driver *d;
	const struct sek_card *card;
	struct card_order order;
	enum sek_card_end end;
	uint32_t key;

	if ((d = card_which(job->link, &f->seen, &end)) == NULL ||
	    (end = find(job, f, d, &key)) != SEK_CARD_END_OK)
		return (end);
	card = &o->in->card[f->u.got.card];
	order = (struct card_order){ .driver = d, .key = key,
	    .algorithm = (enum sek_card_algorithm)card->brief.algorithm,
	    .wants_pin = card->brief.pin != 0, .last = o->in->last,
	    .pin = o->in->no_pin ? NULL : o->in->pin,
	    .challenge = o->in->challenge };
	return (card_prove(job, f, &order));
}

/* It has no key of his: what it shows to anybody, then. */
static enum sek_card_end
show(struct card_job *job, struct card_frame *f, enum sek_card_end before)
{
	enum sek_card_end end;
	size_t n = 0;

	end = card_uid(job->link, &f->seen, f->u.got.uid,
	    sizeof(f->u.got.uid), &n);
	if (end == SEK_CARD_END_UNABLE)
		return (before);
	if (end != SEK_CARD_END_OK)
		return (end);
	card_seen_none(&f->seen, job->reader);
	f->seen.card = 1;
	f->seen.driver = SEK_CARD_UID;
	(void)sek_text_copy(f->seen.model, sizeof(f->seen.model),
	    card_uid_model(n));
	f->u.got.uid_len = (uint32_t)n;
	return (end);
}

static enum sek_card_end
talk(struct card_job *job, struct card_frame *f)
{
	const struct order *o = job->in;
	enum sek_card_end end;

	f->seen.atr_len = o->slot->atr_len;
	memcpy(f->seen.atr, o->slot->atr, sizeof(f->seen.atr));
	end = sign_by_key(job, f);
	switch (end) {
	case SEK_CARD_END_UNKNOWN:
	case SEK_CARD_END_OTHERS:
	case SEK_CARD_END_UNABLE:
	case SEK_CARD_END_WEAK:
		if (f->u.got.card == UINT32_MAX &&
		    has_any(o->in, SEK_CARD_UID, 0))
			end = show(job, f, end);
		break;
	default:
		break;
	}
	return (end);
}

static enum sek_card_end
work(struct card_job *job, struct card_frame *f)
{

	return (card_hold(job, f, talk));
}

/* ------------------------------------------------------ in the parent -- */

static bool
is_about_him(uint32_t end)
{

	return (end == SEK_CARD_END_WANTS_PIN ||
	    end == SEK_CARD_END_PIN_WRONG || end == SEK_CARD_END_PIN_BLOCKED);
}

/* What a child cannot know better than who asked. */
static bool
is_answer_to(const struct card_frame *f, const struct sek_card_request *in)
{
	const bool well = f->end == SEK_CARD_END_OK;
	const struct sek_card_brief *b;

	if (f->u.got.pin_sent != 0 && (in->pin == NULL || in->no_pin))
		return (false);
	if (f->u.got.card == UINT32_MAX)
		return (!is_about_him(f->end) && f->u.got.pin_sent == 0 &&
		    f->u.got.signature_len == 0 && (!well ||
		    (f->u.got.uid_len > 0 && has_any(in, SEK_CARD_UID, 0))));
	if (f->u.got.card >= in->n || f->u.got.uid_len != 0)
		return (false);
	b = &in->card[f->u.got.card].brief;
	return (f->seen.driver == b->driver && f->seen.key == b->key &&
	    is_of(in, f->u.got.card, (enum sek_card_driver)b->driver,
	    b->key) && (b->pin != 0 || (f->u.got.pin_sent == 0 &&
	    !is_about_him(f->end))) &&
	    (!well || (f->u.got.signature_len > 0 &&
	    f->u.got.verified == b->pin)));
}

static void
give(struct sek_card_signature *out, const struct card_frame *f)
{

	out->end = f->end;
	out->seen = f->seen;
	out->card = f->u.got.card;
	out->pin_sent = f->u.got.pin_sent;
	out->verified = f->u.got.verified;
	out->signature_len = f->u.got.signature_len;
	out->uid_len = f->u.got.uid_len;
	memcpy(out->signature, f->u.got.signature, sizeof(out->signature));
	memcpy(out->uid, f->u.got.uid, sizeof(out->uid));
}

/* Where no card signs: of what one of them said, the most that can be done
 * about it. */
static unsigned
weight(const struct card_frame *f)
{

	if (f->u.got.card != UINT32_MAX)
		return (9);
	switch (f->end) {
	case SEK_CARD_END_OK:		/* a UID */
		return (8);
	case SEK_CARD_END_NO_CARD:
		return (0);
	case SEK_CARD_END_UNKNOWN:
		return (1);
	case SEK_CARD_END_OTHERS:
		return (2);
	case SEK_CARD_END_GONE:
		return (3);
	case SEK_CARD_END_GARBAGE:
		return (4);
	case SEK_CARD_END_SILENT:
		return (5);
	case SEK_CARD_END_BUSY:
		return (6);
	default:
		return (7);
	}
}

/* Nothing of it is believed, but that a PIN went out. */
static void
refuse(struct card_frame *f, const struct card_job *job, bool with_pin)
{

	memset(f, 0, sizeof(*f));
	card_seen_none(&f->seen, job->reader);
	f->seen.card = 1;
	f->end = f->seen.end = SEK_CARD_END_GARBAGE;
	f->u.got.card = UINT32_MAX;
	f->u.got.pin_sent = job->pin_sent && with_pin ? 1 : 0;
}

/* Each card has a child of its own and its part of the time: one that hangs
 * keeps no other from being found. */
static enum sek_err
try_all(struct sek_card_signature *out, const struct sek_card_request *in,
    const struct card_slot *slot, size_t n, int64_t until,
    struct x509_store_st *anchors, struct card_frame *f, struct sek_why *why)
{
	struct order o = { .in = in };
	struct card_job job = { .work = work, .kind = CARD_FRAME_SIGNED,
	    .in = &o, .anchors = anchors };
	unsigned best = 0, w;
	int64_t now;
	enum sek_err err;
	size_t i;

	for (i = 0; i < n && best < 9; i++) {
		o.slot = &slot[i];
		job.reader = slot[i].reader;
		now = sek_child_clock();
		sek_child_job_time(&job.d, now, (until - now) /
		    (int64_t)(n - i));
		if ((err = card_run(&job, f, why)) != SEK_OK)
			return (err);
		out->apdus += f->apdus;
		if (!is_answer_to(f, in))
			refuse(f, &job, in->pin != NULL && !in->no_pin);
		if ((w = weight(f)) >= best) {
			best = w;
			give(out, f);
		}
	}
	return (SEK_OK);
}

static enum sek_err
check(const struct sek_card_request *in, struct sek_why *why)
{
	size_t i;

	if (in->n > SEK_CARD_LIST_MAX || in->place.wait < 0)
		return (sek_why(why, SEK_ERR_RANGE, "too much asked of a "
		    "card"));
	for (i = 0; i < in->n; i++)
		if (sek_card_check(&in->card[i]) != SEK_OK)
			return (sek_why(why, SEK_ERR_RANGE, "a card is "
			    "enrolled with what it cannot be; revoke it and "
			    "enrol it again"));
	return (SEK_OK);
}

enum sek_err
card_sign(struct sek_card_signature *out, const struct sek_card_request *in,
    struct sek_why *why)
{
	struct card_slot slot[SEK_CARD_READERS_MAX];
	const int64_t until = sek_child_clock() + in->place.wait;
	struct x509_store_st *anchors = NULL;
	struct card_frame *f = NULL;
	enum sek_card_end end = SEK_CARD_END_FAILED;
	enum sek_err err;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	out->card = UINT32_MAX;
	card_seen_none(&out->seen, "");
	if ((err = check(in, why)) == SEK_OK &&
	    (f = calloc(1, sizeof(*f))) == NULL)
		err = sek_why(why, SEK_ERR_NOMEM, "out of memory");
	if (err == SEK_OK)
		err = card_anchors(&anchors, &in->place, why);
	if (err == SEK_OK)
		err = card_readers(slot, SEK_CARD_READERS_MAX, &n, &end,
		    &in->place, true, until, why);
	if (err == SEK_OK) {
		/* It was there when he was asked. */
		out->end = end == SEK_CARD_END_NO_CARD && in->pin != NULL &&
		    in->place.reader != NULL && in->place.reader[0] != '\0' ?
		    SEK_CARD_END_GONE : end;
		err = try_all(out, in, slot, n, until, anchors, f, why);
	}
	if (err != SEK_OK)
		out->end = SEK_CARD_END_FAILED;
	out->seen.end = out->end;
	card_anchors_free(anchors);
	free(f);
	return (err);
}
