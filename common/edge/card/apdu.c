/*
 * apdu.c - ISO 7816-4: one command, and all of its answer
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child. What a card answers is made by whoever made the card.
 *
 * MUST: a command that holds a secret is sent once, whatever comes back.
 * MUST: no answer makes it go on for ever, or write behind a buffer.
 */
#include "config.h"

#include <string.h>

#include "card.h"

#define CHAIN		0x10u		/* of CLA: more parts follow */
#define SHORT		255u		/* bytes of a part, */
#define SHORT_LE	256u		/* and of an answer */
#define HEAD		7u		/* of the longest: extended Lc */
#define GET_RESPONSE	0xC0u
#define SW_DONE		0x9000u
#define SW1_MORE	0x61u		/* SW2 bytes of it are waiting */
#define SW1_LENGTH	0x6Cu		/* wrong Le: it is SW2 */

/* One command, as it goes out. */
struct part {
	uint8_t		 cla, ins, p1, p2;
	const uint8_t	*data;
	size_t		 len;
	uint32_t	 le;
};

static size_t
put_data(uint8_t *out, const struct part *p)
{

	if (p->len > 0)
		memcpy(out, p->data, p->len);
	return (p->len);
}

static size_t
put_short(uint8_t *out, const struct part *p)
{
	size_t n = 0;

	if (p->len > 0)
		out[n++] = (uint8_t)p->len;
	n += put_data(out + n, p);
	if (p->le > 0)
		out[n++] = (uint8_t)p->le;	/* 256 is 00 */
	return (n);
}

static size_t
put_extended(uint8_t *out, const struct part *p)
{
	size_t n = 0;

	out[n++] = 0;
	if (p->len > 0) {
		out[n++] = (uint8_t)(p->len >> 8);
		out[n++] = (uint8_t)p->len;
	}
	n += put_data(out + n, p);
	if (p->le > 0) {
		out[n++] = (uint8_t)(p->le >> 8);
		out[n++] = (uint8_t)p->le;
	}
	return (n);
}

/* Send one, and put what it answers behind what is there: no more than was
 * asked for. */
static enum sek_card_end
exchange(struct card_link *l, const struct part *p, struct card_answer *a)
{
	uint8_t command[HEAD + CARD_DATA_MAX + 2];
	uint8_t *answer = a->data + a->len;
	size_t n = 4, got = 0, max = sizeof(a->data) - a->len;
	enum sek_card_end end;

	if (card_sent(l) >= CARD_APDUS_MAX || max < 2)
		return (SEK_CARD_END_GARBAGE);
	if (max > p->le + 2)
		max = p->le + 2;
	command[0] = p->cla;
	command[1] = p->ins;
	command[2] = p->p1;
	command[3] = p->p2;
	if (p->len > SHORT || p->le > SHORT_LE)
		n += put_extended(command + n, p);
	else
		n += put_short(command + n, p);
	end = card_transmit(l, command, n, answer, max, &got);
	sek_wipe(command, n);
	if (end != SEK_CARD_END_OK)
		return (end);
	if (got < 2 || got > max)
		return (SEK_CARD_END_GARBAGE);
	a->len += got - 2;
	a->sw = (uint16_t)(answer[got - 2] << 8 | answer[got - 1]);
	return (SEK_CARD_END_OK);
}

static uint32_t
length_of(uint16_t sw)
{

	return ((sw & 0xFF) == 0 ? SHORT_LE : sw & 0xFFu);
}

/* Again where it names the length that it wants: once. */
static enum sek_card_end
exchange_exact(struct card_link *l, struct part *p, struct card_answer *a)
{
	const size_t before = a->len;
	enum sek_card_end end;

	end = exchange(l, p, a);
	if (end != SEK_CARD_END_OK || a->sw >> 8 != SW1_LENGTH || p->le == 0 ||
	    a->len != before)
		return (end);
	p->le = length_of(a->sw);
	return (exchange(l, p, a));
}

/* What waits in the card: each time at least a byte of it. */
static enum sek_card_end
fetch(struct card_link *l, struct card_answer *a)
{
	struct part p = { .ins = GET_RESPONSE };
	enum sek_card_end end = SEK_CARD_END_OK;
	size_t before;

	while (end == SEK_CARD_END_OK && a->sw >> 8 == SW1_MORE) {
		before = a->len;
		p.le = length_of(a->sw);
		end = exchange_exact(l, &p, a);
		if (end == SEK_CARD_END_OK && a->len == before &&
		    (a->sw == SW_DONE || a->sw >> 8 == SW1_MORE))
			end = SEK_CARD_END_GARBAGE;
	}
	return (end);
}

enum sek_card_end
card_command(struct card_link *l, const struct card_command *c,
    struct card_answer *a)
{
	struct part p = { c->cla, c->ins, c->p1, c->p2, c->data, c->len, 0 };
	enum sek_card_end end = SEK_CARD_END_OK;

	a->sw = 0;
	a->len = 0;
	if (c->len > CARD_DATA_MAX || c->le > CARD_DATA_MAX ||
	    (!c->extended && c->le > SHORT_LE) ||
	    (c->secret && (c->len > SHORT || c->le > 0)))
		return (SEK_CARD_END_FAILED);
	while (!c->extended && p.len > SHORT) {
		p.cla = c->cla | CHAIN;
		p.len = SHORT;
		end = exchange(l, &p, a);
		if (end != SEK_CARD_END_OK || a->sw != SW_DONE)
			return (end);
		p.data += SHORT;
		p.len = c->len - (size_t)(p.data - c->data);
	}
	p.cla = c->cla;
	p.le = c->le;
	if (c->data == p.data && !c->secret)
		end = exchange_exact(l, &p, a);
	else
		end = exchange(l, &p, a);
	return (end == SEK_CARD_END_OK && p.le > 0 ? fetch(l, a) : end);
}

uint32_t
card_tries_of(uint16_t sw)
{

	switch (sw) {
	case 0x63C0:
	case 0x6983:	/* blocked */
	case 0x6984:	/* cannot be used: no card was seen to say it */
		return (0);
	case 0x6300:	/* says nothing */
		return (SEK_CARD_TRIES_UNKNOWN);
	default:
		break;
	}
	/* A YubiKey NEO leaves the C out. */
	if ((sw & 0xFFF0) == 0x63C0 || (sw & 0xFFF0) == 0x6300)
		return (sw & 0xFu);
	return (SEK_CARD_TRIES_UNKNOWN);
}

enum sek_card_end
card_verified(uint16_t sw, uint32_t *left)
{

	*left = card_tries_of(sw);
	if (sw == SW_DONE)
		return (SEK_CARD_END_OK);
	if (*left == 0)
		return (SEK_CARD_END_PIN_BLOCKED);
	return (sw >> 8 == 0x63 ? SEK_CARD_END_PIN_WRONG :
	    SEK_CARD_END_GARBAGE);
}
