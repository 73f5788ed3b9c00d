/*
 * util_set.c - was this seen before?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/secret.h"
#include "sekisho.h"

#define FIRST_SIZE	1024u

static const unsigned char nothing[16];

/* The place of a sum, or the free one it would take. */
static size_t
place(const struct tool_set *s, const unsigned char sum[16])
{
	size_t i;

	memcpy(&i, sum, sizeof(i));
	for (i &= s->size - 1; memcmp(s->sum[i], nothing, 16) != 0 &&
	    memcmp(s->sum[i], sum, 16) != 0; i = (i + 1) & (s->size - 1))
		;
	return (i);
}

static enum sek_err
grow(struct tool_set *s)
{
	struct tool_set bigger = *s;
	size_t i;

	if (s->size == 0) {
		if (sek_secret_init() != SEK_OK)
			return (SEK_ERR_CRYPTO);
		randombytes_buf(bigger.key, sizeof(bigger.key));
	}
	bigger.size = s->size == 0 ? FIRST_SIZE : s->size * 2;
	if ((bigger.sum = calloc(bigger.size, sizeof(*bigger.sum))) == NULL)
		return (SEK_ERR_NOMEM);
	for (i = 0; i < s->size; i++)
		if (memcmp(s->sum[i], nothing, 16) != 0)
			memcpy(bigger.sum[place(&bigger, s->sum[i])],
			    s->sum[i], 16);
	free(s->sum);
	*s = bigger;
	return (SEK_OK);
}

enum sek_err
tool_set_add(struct tool_set *s, const void *bytes, size_t len)
{
	unsigned char sum[crypto_shorthash_siphashx24_BYTES];
	enum sek_err err;
	size_t i;

	if (s->n * 2 >= s->size && (err = grow(s)) != SEK_OK)
		return (err);
	crypto_shorthash_siphashx24(sum, bytes, len, s->key);
	sum[15] |= 1;			/* never all zero */
	i = place(s, sum);
	if (memcmp(s->sum[i], nothing, 16) != 0)
		return (SEK_ERR_EXISTS);
	memcpy(s->sum[i], sum, 16);
	s->n++;
	return (SEK_OK);
}

void
tool_set_free(struct tool_set *s)
{
	free(s->sum);
	sek_wipe(s, sizeof(*s));
}
