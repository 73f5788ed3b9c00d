/*
 * near.c - is the new password the present one with a little changed?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "quality.h"

#define DISTANCE	3u		/* changes that are a few, */
#define PART		5u		/* or this part of its length */
#define KNOWN_MIN	4u		/* code points of one in the other */

/* Code points of a folded one; wiped by points_free. */
struct points {
	uint32_t	*at;
	size_t		 n;
};

static void
points_free(struct points *p)
{

	if (p->at != NULL)
		sek_wipe(p->at, p->n * sizeof(*p->at));
	free(p->at);
	p->at = NULL;
}

static enum sek_err
points_get(struct points *out, const struct sek_secret *s)
{

	out->n = 0;
	out->at = u8_to_u32(s->data, s->len, NULL, &out->n);
	return (out->at != NULL ? SEK_OK : SEK_ERR_NOMEM);
}

static bool
same(const uint32_t *a, const uint32_t *b, size_t n)
{

	return (memcmp(a, b, n * sizeof(*a)) == 0);
}

static bool
contains(const struct points *p, const struct points *part)
{
	size_t i;

	if (part->n < KNOWN_MIN)
		return (false);
	for (i = 0; i + part->n <= p->n; i++)
		if (same(p->at + i, part->at, part->n))
			return (true);
	return (false);
}

static bool
is_reversed(const struct points *a, const struct points *b)
{
	size_t i;

	for (i = 0; i < a->n && a->n == b->n; i++)
		if (a->at[i] != b->at[b->n - 1 - i])
			return (false);
	return (a->n == b->n);
}

/* "abcdef" is "defabc" once the front is moved to the end. */
static bool
is_rotated(const struct points *a, const struct points *b)
{
	size_t i;

	for (i = 0; i < a->n && a->n == b->n; i++)
		if (same(a->at + i, b->at, a->n - i) &&
		    same(a->at, b->at + (a->n - i), i))
			return (true);
	return (false);
}

/* The same but for its figures? A counter raised, another year. */
static bool
is_counted(const struct points *a, const struct points *b)
{
	size_t i = 0, j = 0, letters = 0;

	for (;;) {
		while (i < a->n && a->at[i] >= '0' && a->at[i] <= '9')
			i++;
		while (j < b->n && b->at[j] >= '0' && b->at[j] <= '9')
			j++;
		if (i == a->n || j == b->n)
			return (i == a->n && j == b->n &&
			    letters >= KNOWN_MIN);
		if (a->at[i++] != b->at[j++])
			return (false);
		letters++;
	}
}

/* Insertions, deletions and replacements from one to the other (Wagner and
 * Fischer), by one row of their table: n of b, and 1, at row. */
static size_t
distance(const struct points *a, const struct points *b, size_t *row)
{
	size_t i, j, before, above, least;

	for (j = 0; j <= b->n; j++)
		row[j] = j;
	for (i = 1; i <= a->n; i++) {
		before = row[0];
		row[0] = i;
		for (j = 1; j <= b->n; j++) {
			above = row[j];
			least = before + (a->at[i - 1] != b->at[j - 1]);
			if (above + 1 < least)
				least = above + 1;
			if (row[j - 1] + 1 < least)
				least = row[j - 1] + 1;
			row[j] = least;
			before = above;
		}
	}
	return (row[b->n]);
}

static enum sek_err
is_near(bool *near, const struct points *a, const struct points *b)
{
	size_t *row, most = (a->n > b->n ? a->n : b->n) / PART;

	*near = contains(a, b) || contains(b, a) || is_reversed(a, b) ||
	    is_rotated(a, b) || is_counted(a, b);
	if (*near)
		return (SEK_OK);
	if ((row = calloc(b->n + 1, sizeof(*row))) == NULL)
		return (SEK_ERR_NOMEM);
	*near = distance(a, b, row) <= (most > DISTANCE ? most : DISTANCE);
	sek_wipe(row, (b->n + 1) * sizeof(*row));
	free(row);
	return (SEK_OK);
}

enum sek_err
quality_near(bool *near, const struct sek_secret *folded,
    const struct sek_secret *present)
{
	struct points a = { NULL, 0 }, b = { NULL, 0 };
	enum sek_err err;

	*near = true;
	if ((err = points_get(&a, folded)) == SEK_OK &&
	    (err = points_get(&b, present)) == SEK_OK)
		err = is_near(near, &a, &b);
	points_free(&a);
	points_free(&b);
	return (err);
}
