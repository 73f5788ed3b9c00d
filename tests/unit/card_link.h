/*
 * card_link.h - a card that is played: what is sent, and what it answers
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Each line of the play is one command in hex, and its answer; an answer that
 * begins with '!' is an end. A command that is not as played fails the test.
 */
#ifndef SEKISHO_TESTS_CARD_LINK_H
#define SEKISHO_TESTS_CARD_LINK_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"

#include "../../common/edge/card/card.h"

struct card_link {
	uint32_t	sent;
};
struct play {
	const char	*command;	/* NULL: any */
	const char	*answer;
};
static struct card_link link_;
static const struct play *play;
static size_t resets, cold_resets;

static inline void
play_start(const struct play *p)
{

	play = p;
	memset(&link_, 0, sizeof(link_));
	resets = cold_resets = 0;
}

/* All of it was played. */
static inline void
play_end(void)
{

	ck_assert_msg(play == NULL || play->answer == NULL,
	    "not sent: %s", play->command);
}

static inline size_t
unhex(uint8_t *out, size_t max, const char *hex)
{
	size_t n = 0;

	for (; *hex != '\0'; hex++) {
		if (*hex == ' ')
			continue;
		ck_assert_uint_lt(n, max);
		ck_assert_int_eq(sek_text_unhex(&out[n], 1,
		    (char[]){ hex[0], hex[1], '\0' }), SEK_OK);
		n++;
		hex++;
	}
	return (n);
}

enum sek_card_end
card_transmit(struct card_link *l, const uint8_t *command, size_t n,
    uint8_t *answer, size_t max, size_t *len)
{
	static uint8_t bytes[CARD_ANSWER_MAX], want[CARD_ANSWER_MAX];
	static char hex[2 * CARD_ANSWER_MAX + 1];
	size_t nwant;

	*len = 0;
	memset(answer, 0, max);
	l->sent++;
	sek_text_hex(hex, command, n);
	ck_assert_msg(play != NULL && play->answer != NULL, "also sent: %s",
	    hex);
	if (play->command != NULL) {
		nwant = unhex(want, sizeof(want), play->command);
		ck_assert_msg(n == nwant && memcmp(command, want, n) == 0,
		    "sent %s and not %s", hex, play->command);
	}
	if (play->answer[0] == '!') {
		play++;
		return ((enum sek_card_end)atoi(play[-1].answer + 1));
	}
	*len = unhex(bytes, sizeof(bytes), play->answer);
	play++;
	/* As pcsc.c has it. */
	if (*len > max || *len < 2) {
		*len = 0;
		return (SEK_CARD_END_GARBAGE);
	}
	memcpy(answer, bytes, *len);
	return (SEK_CARD_END_OK);
}

uint32_t
card_sent(const struct card_link *l)
{

	return (l->sent);
}

enum sek_card_end
card_reset(struct card_link *l, bool cold)
{

	(void)l;
	resets++;
	if (cold)
		cold_resets++;
	return (SEK_CARD_END_OK);
}

/* Room for a text that a play needs, till the test's process ends. */
static inline char *
text_new(size_t size)
{
	static char *texts[4096];
	static size_t ntexts;

	ck_assert_uint_lt(ntexts, 4096);
	texts[ntexts] = calloc(1, size);
	ck_assert_ptr_nonnull(texts[ntexts]);
	return (texts[ntexts++]);
}

/* n bytes of one value, as hex. */
static inline const char *
many(uint8_t value, size_t n)
{
	char *out = text_new(2 * n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		sek_text_hex(out + 2 * i, &value, 1);
	return (out);
}

static inline const char *
join(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	char *out = text_new(na + nb + 1);

	memcpy(out, a, na);
	memcpy(out + na, b, nb);
	return (out);
}

#endif
