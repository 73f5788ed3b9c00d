/*
 * frame.c - what a child said, before it is believed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The child has read what a card sent, which may have been made to take it
 * over: it is as little to be trusted as the card.
 *
 * MUST: a byte that has no meaning is zero.
 */
#include "config.h"

#include <string.h>

#include "../device/bytes.h"
#include "card.h"

#define TRIES_MAX	15u	/* of 63Cx */

/* Zeros behind what is in u. */
static bool
ends_at(const struct card_frame *f, size_t used)
{

	return (sek_device_is_zero((const uint8_t *)&f->u + used,
	    sizeof(f->u) - used));
}

static bool
is_key(uint32_t driver, uint32_t key)
{

	return (key == 0 || (driver == SEK_CARD_PIV &&
	    (key == 0x9A || key == 0x9E)));
}

/* The reader is the one that was asked about. */
static bool
is_seen(const struct sek_card_seen *s, const char *reader)
{

	return (sek_device_is_text(s->reader, sizeof(s->reader)) &&
	    strcmp(s->reader, reader) == 0 &&
	    sek_device_is_text(s->model, sizeof(s->model)) &&
	    s->not_before >= 0 && s->not_after >= s->not_before &&
	    s->end < SEK_CARD_END_COUNT && s->driver <= SEK_CARD_DRIVERS &&
	    s->algorithm < SEK_CARD_ALGORITHMS && is_key(s->driver, s->key) &&
	    (s->tries <= TRIES_MAX || s->tries == SEK_CARD_TRIES_UNKNOWN) &&
	    s->card <= 1 && s->trusted <= 1 &&
	    sek_device_fits(s->atr, s->atr_len, sizeof(s->atr)) &&
	    sek_device_is_zero(s->pad, sizeof(s->pad)));
}

static bool
is_slot(const struct card_slot *s)
{

	return (s->reader[0] != '\0' &&
	    sek_device_is_text(s->reader, sizeof(s->reader)) &&
	    s->present <= 1 && s->in_use <= 1 &&
	    sek_device_fits(s->atr, s->atr_len, sizeof(s->atr)) &&
	    sek_device_is_zero(s->pad, sizeof(s->pad)));
}

static bool
is_slots(const struct card_frame *f)
{
	const uint32_t n = f->u.slots.n;
	uint32_t i;

	if (n > SEK_CARD_READERS_MAX || f->u.slots.pad != 0 ||
	    !sek_device_is_zero(&f->seen, sizeof(f->seen)) ||
	    !ends_at(f, (size_t)((const uint8_t *)&f->u.slots.list[n] -
	    (const uint8_t *)&f->u)))
		return (false);
	for (i = 0; i < n; i++)
		if (!is_slot(&f->u.slots.list[i]))
			return (false);
	return (f->end == SEK_CARD_END_OK || n == 0);
}

/* A card for enrolment: of what it says of itself, the rest is zeros. */
static bool
is_made(const struct sek_card *c)
{

	return (sek_card_check(c) == SEK_OK &&
	    sek_device_fits(c->public_key, c->public_len,
	    sizeof(c->public_key)) &&
	    sek_device_fits(c->issuer, c->issuer_len, sizeof(c->issuer)) &&
	    c->identity_len > 0 &&
	    sek_device_fits(c->identity, c->identity_len,
	    sizeof(c->identity)) &&
	    sek_device_is_zero(c->mark, sizeof(c->mark)) &&
	    sek_device_is_zero(c->pad, sizeof(c->pad)) &&
	    sek_device_is_zero(c->brief.pad, sizeof(c->brief.pad)));
}

/* What was signed, shown and read is there where all went well, only; what was
 * read also where its PIN is to be asked for. */
static bool
is_got(const struct card_frame *f)
{
	const bool well = f->end == SEK_CARD_END_OK;

	if (f->u.got.pin_sent > 1 ||
	    f->u.got.verified > f->u.got.pin_sent || f->u.got.pad != 0 ||
	    !sek_device_fits(f->u.got.signature, f->u.got.signature_len,
	    sizeof(f->u.got.signature)) ||
	    !sek_device_fits(f->u.got.uid, f->u.got.uid_len,
	    sizeof(f->u.got.uid)) ||
	    (!well && (f->u.got.signature_len != 0 ||
	    f->u.got.uid_len != 0)) || !ends_at(f, sizeof(f->u.got)))
		return (false);
	if (f->kind == CARD_FRAME_READ &&
	    (well || f->end == SEK_CARD_END_WANTS_PIN))
		return (f->u.got.card == UINT32_MAX &&
		    f->u.got.uid_len == 0 && is_made(&f->u.got.made));
	return (sek_device_is_zero(&f->u.got.made, sizeof(f->u.got.made)));
}

static bool
is_cue(const struct card_frame *f, const char *reader)
{

	if (f->end != 0 || !is_seen(&f->seen, reader))
		return (false);
	if (f->cue != CARD_CUE_PIN)
		return ((f->cue == CARD_CUE_WAITS || f->cue ==
		    CARD_CUE_HELD) && ends_at(f, 0));
	return (f->u.got.pin_sent == 1 && f->u.got.verified == 0 &&
	    is_got(f));
}

bool
card_frame_check(const struct card_frame *f, enum card_frame_kind kind,
    const char *reader)
{

	if (f->end >= SEK_CARD_END_COUNT)
		return (false);
	/* Only what opens a card has something to tell on the way. */
	if (f->kind == CARD_FRAME_CUE)
		return (kind > CARD_FRAME_SLOTS && is_cue(f, reader));
	/* An answer to what was not asked has none of the fields that are
	 * looked for, but its end may say that all is well. */
	if (f->kind != kind || f->cue != 0)
		return (false);
	switch (kind) {
	case CARD_FRAME_SLOTS:
		return (is_slots(f));
	case CARD_FRAME_SEEN:
		return (is_seen(&f->seen, reader) && ends_at(f, 0));
	case CARD_FRAME_SIGNED:
	case CARD_FRAME_READ:
		return (is_seen(&f->seen, reader) && is_got(f));
	case CARD_FRAME_NONE:
	case CARD_FRAME_CUE:
	default:
		return (false);
	}
}
