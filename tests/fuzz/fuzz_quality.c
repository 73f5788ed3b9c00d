/*
 * fuzz_quality.c - what people type as a password, and what lists hold
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The list up to a NUL, a name up to the next, the present password up to the
 * next, the rest is the new one. Beside memory errors it looks for answers
 * that break the promises of common/edge/quality/quality.h.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "../../common/edge/quality/quality.h"

#define MUST(expr) do { if (!(expr)) abort(); } while (0)
#define PARTS	4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct part {
	char	*s;		/* with a NUL behind, on the heap */
	size_t	 len;
};

static void
split(struct part part[PARTS], const uint8_t *data, size_t size)
{
	const uint8_t *end;
	size_t i, n;

	for (i = 0; i < PARTS; i++) {
		end = i + 1 < PARTS && size > 0 ? memchr(data, 0, size) : NULL;
		n = end != NULL ? (size_t)(end - data) : size;
		MUST((part[i].s = malloc(n + 1)) != NULL);
		if (n > 0)
			memcpy(part[i].s, data, n);
		part[i].s[n] = '\0';
		part[i].len = n;
		data += n + (end != NULL);
		size -= n + (end != NULL);
	}
}

/* A password in its form; SEK_SECRET_NONE where it is none. */
static struct sek_secret
form(const struct part *p)
{
	struct sek_secret typed = SEK_SECRET_NONE, folded = SEK_SECRET_NONE;
	int64_t length;
	bool well;

	if (p->len > QUALITY_BYTES_MAX || p->len == 0)
		return (folded);
	MUST(sek_secret_copy(&typed, p->s, p->len) == SEK_OK);
	if (quality_form(&folded, &length, &well, &typed) == SEK_OK && well) {
		MUST(length >= 0 && (size_t)length <= p->len);
		MUST(u8_check((const uint8_t *)p->s, p->len) == NULL);
		MUST(u8_check(folded.data, folded.len) == NULL);
	} else
		MUST(folded.data == NULL);
	sek_secret_free(&typed);
	return (folded);
}

static void
check_list(const struct quality_list *l)
{
	const uint8_t *word;
	size_t i;

	for (i = 0; i < l->n; i++) {
		word = (const uint8_t *)l->word[i];
		MUST(u8_check(word, strlen(l->word[i])) == NULL);
		MUST(strlen(l->word[i]) >= 2);
		MUST(i == 0 || strcmp(l->word[i - 1], l->word[i]) < 0);
		MUST(quality_begins(word, strlen(l->word[i]), l->word[i]));
	}
}

static void
contain(const struct sek_secret *folded, const struct quality_list *l)
{
	char word[64];
	int score;
	bool whole;

	if (quality_contain(&score, &whole, word, sizeof(word), folded, l) !=
	    SEK_OK)
		return;
	MUST(score > 0 && (size_t)score <= folded->len);
	MUST(strlen(word) < sizeof(word));
	MUST(!whole || (l->n > 0 && score == 2));
}

static void
name(const struct sek_secret *folded, const char *text)
{
	static struct sek_settings settings;
	struct sek_quality_in in = { .settings = &settings, .account = text,
	    .gecos = "", .person = "", .name = "", .section = "" };
	char word[64];
	bool contains;

	if (quality_name(&contains, word, sizeof(word), folded, &in) == SEK_OK)
		MUST(!contains == (word[0] == '\0'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sek_secret new = SEK_SECRET_NONE, before = SEK_SECRET_NONE;
	struct quality_list l;
	struct part part[PARTS];
	size_t i;
	bool near;

	memset(&l, 0, sizeof(l));
	split(part, data, size);
	before = form(&part[2]);
	new = form(&part[3]);
	if (quality_list_take(&l, "list", part[0].s, part[0].len, true,
	    NULL) == SEK_OK && quality_list_sort(&l) == SEK_OK) {
		check_list(&l);
		if (new.data != NULL && new.len > 0)
			contain(&new, &l);
	}
	if (new.data != NULL && new.len > 0) {
		name(&new, part[1].s);
		MUST(quality_near(&near, &new, &new) != SEK_OK || near);
		if (before.data != NULL && before.len > 0)
			(void)quality_near(&near, &new, &before);
	}
	quality_list_free(&l);
	sek_secret_free(&before);
	sek_secret_free(&new);
	for (i = 0; i < PARTS; i++)
		free(part[i].s);
	return (0);
}
