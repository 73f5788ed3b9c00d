/*
 * contain.c - how much of a password is left when common pieces are taken out
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The cheapest way to write it in pieces: a word of a list or a pattern costs
 * 2, a code point 1, one that repeats that before it nothing. Of that way each
 * piece and each code point counts once, and a pattern beside another one 1:
 * who walks over the keyboard four times thought of it once.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "quality.h"
#include "sekisho/base/text.h"

#define COSTLY	(INT32_MAX / 2)

/* What a way is made of, and what each costs. */
enum kind {
	POINT,			/* a code point */
	AGAIN,			/* that before it once more */
	WORD,			/* of a list */
	PATTERN
};
static const int costs[] = { [POINT] = 1, [AGAIN] = 0, [WORD] = 2,
    [PATTERN] = 2 };

bool
quality_reads_as(uint8_t typed, uint8_t wanted)
{
	static const char figures[] = "0o1l1i3e4a5s7t@a$s";
	size_t i;

	if (typed == wanted)
		return (true);
	for (i = 0; i + 1 < sizeof(figures); i += 2)
		if ((uint8_t)figures[i] == typed &&
		    (uint8_t)figures[i + 1] == wanted)
			return (true);
	return (false);
}

bool
quality_begins(const uint8_t *s, size_t len, const char *word)
{
	size_t i;

	for (i = 0; word[i] != '\0'; i++)
		if (i >= len || !quality_reads_as(s[i], (uint8_t)word[i]))
			return (false);
	return (true);
}

/* How a way ends at this byte. */
struct step {
	size_t		 from;		/* byte where its last part begins */
	const char	*word;		/* of a list, or NULL */
	int		 cost;		/* of all of it */
	enum kind	 kind;
};

struct cover {
	const uint8_t		*s;
	size_t			 len;
	const struct quality_list *list;
	struct step		*step;		/* len + 1 */
};

static void
take(struct cover *c, size_t from, size_t to, enum kind kind, const char *word)
{
	struct step *t = &c->step[to];
	int cost = c->step[from].cost + costs[kind];

	if (cost < t->cost)
		*t = (struct step){ .from = from, .word = word, .cost = cost,
		    .kind = kind };
}

/* The first word from lo on whose byte there is not less than b. */
static size_t
bound(const struct quality_list *l, size_t lo, size_t hi, size_t depth,
    unsigned b)
{
	size_t middle;

	while (lo < hi) {
		middle = lo + (hi - lo) / 2;
		if ((uint8_t)l->word[middle][depth] < b)
			lo = middle + 1;
		else
			hi = middle;
	}
	return (lo);
}

/* All words of [lo, hi), which agree in depth bytes, that go on as the text
 * does. Words are short, and so is the way down. */
static void
take_words(struct cover *c, size_t from, size_t lo, size_t hi, size_t depth)
{
	static const char letters[] = "aeilost";	/* figures stand for */
	const struct quality_list *l = c->list;
	size_t i, first, last;
	uint8_t typed, wanted;

	if (lo < hi && l->word[lo][depth] == '\0') {
		if (depth > 0)
			take(c, from, from + depth, WORD, l->word[lo]);
		lo++;
	}
	if (lo >= hi || from + depth >= c->len)
		return;
	typed = c->s[from + depth];
	for (i = 0; i < sizeof(letters); i++) {
		/* The last turn is for what was typed. */
		wanted = letters[i] != '\0' ? (uint8_t)letters[i] : typed;
		if (letters[i] != '\0' && (wanted == typed ||
		    !quality_reads_as(typed, wanted)))
			continue;
		first = bound(l, lo, hi, depth, wanted);
		last = bound(l, first, hi, depth, (unsigned)wanted + 1);
		if (first < last)
			take_words(c, from, first, last, depth + 1);
	}
}

static bool
is_again(const uint8_t *s, size_t at, size_t n)
{

	/* One that ends in the same bytes as long is the same one. */
	return (at >= n && (s[at - n] & 0xc0) != 0x80 &&
	    memcmp(s + at - n, s + at, n) == 0);
}

/* What can begin at this byte, which begins a code point; how long that is. */
static size_t
take_from(struct cover *c, size_t at)
{
	int n = u8_mblen(c->s + at, c->len - at);
	size_t step = n > 0 ? (size_t)n : 1, pattern;

	take(c, at, at + step, is_again(c->s, at, step) ? AGAIN : POINT, NULL);
	take_words(c, at, 0, c->list->n, 0);
	pattern = quality_pattern(c->s + at, c->len - at);
	if (pattern > 0)
		take(c, at, at + pattern, PATTERN, NULL);
	return (step);
}

/* Does the same part stand behind this one, too? Then that counts. */
static bool
is_later(const struct cover *c, size_t end)
{
	const struct step *t = &c->step[end], *u;
	size_t len = end - t->from, at;

	for (at = c->len; at > end; at = u->from) {
		u = &c->step[at];
		if (u->kind == t->kind && at - u->from == len &&
		    memcmp(c->s + u->from, c->s + t->from, len) == 0)
			return (true);
	}
	return (false);
}

static void
count(int *score, char *word, size_t size, const struct cover *c)
{
	const struct step *t;
	size_t at, longest = 0;
	bool walked = false;

	for (at = c->len; at > 0; at = t->from) {
		t = &c->step[at];
		if (!is_later(c, at))
			*score += t->kind == PATTERN && walked ? 1 :
			    costs[t->kind];
		walked = walked || t->kind == PATTERN;
		if (t->word != NULL && QUALITY_IS_PUBLIC(t->word) &&
		    strlen(t->word) > longest) {
			longest = strlen(t->word);
			sek_text_printable(word, size, t->word);
		}
	}
}

enum sek_err
quality_contain(int *score, bool *whole, char *word, size_t size,
    const struct sek_secret *folded, const struct quality_list *l)
{
	struct cover c = { folded->data, folded->len, l, NULL };
	size_t at;

	*score = 0;
	*whole = false;
	word[0] = '\0';
	if ((c.step = calloc(c.len + 1, sizeof(*c.step))) == NULL)
		return (SEK_ERR_NOMEM);
	for (at = 1; at <= c.len; at++)
		c.step[at].cost = COSTLY;
	for (at = 0; at < c.len; )
		at += take_from(&c, at);
	count(score, word, size, &c);
	*whole = c.len > 0 && c.step[c.len].from == 0 &&
	    c.step[c.len].word != NULL;
	sek_wipe(c.step, (c.len + 1) * sizeof(*c.step));
	free(c.step);
	return (SEK_OK);
}
