/*
 * form.c - a password's length, and the form it is compared in
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "quality.h"

static void
wipe(uint8_t *s, size_t len)
{

	if (s != NULL)
		sek_wipe(s, len);
	free(s);
}

/* Control characters and line ends: no keyboard of any other place gives
 * them back. */
static bool
is_control(ucs4_t uc)
{

	return (uc_is_general_category_withtable(uc, UC_CATEGORY_MASK_Cc |
	    UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp));
}

static bool
is_well(const uint8_t *s, size_t len)
{
	ucs4_t uc;
	int n;

	for (; len > 0; s += n, len -= (size_t)n) {
		n = u8_mbtoucr(&uc, s, len);
		if (n <= 0 || is_control(uc))
			return (false);
	}
	return (true);
}

/* Katakana as hiragana: E3 82 A1 (small a) to E3 83 B6 (small ke). Each has
 * three bytes, and so has what it becomes. */
static void
to_hiragana(uint8_t *s, size_t len)
{
	uint8_t made[6];
	ucs4_t uc;
	int n;

	for (; len > 0; s += n, len -= (size_t)n) {
		if ((n = u8_mbtoucr(&uc, s, len)) <= 0)
			return;
		if (n == 3 && uc >= 0x30a1 && uc <= 0x30f6 &&
		    u8_uctomb(made, uc - 0x60, sizeof(made)) == 3)
			memcpy(s, made, 3);
	}
}

/* malloc()ed, *got bytes; NULL: out of memory (s is UTF-8). */
static uint8_t *
fold(const uint8_t *s, size_t len, size_t *got)
{
	uint8_t *out;

	if ((out = u8_casefold(s, len, NULL, UNINORM_NFKC, NULL, got)) != NULL)
		to_hiragana(out, *got);
	return (out);
}

size_t
quality_points(const char *s, size_t len)
{

	return (u8_mbsnlen((const uint8_t *)s, len));
}

enum sek_err
quality_form(struct sek_secret *folded, int64_t *length, bool *well,
    const struct sek_secret *password)
{
	uint8_t *composed = NULL, *same = NULL;
	size_t nc = 0, ns = 0;
	enum sek_err err = SEK_ERR_NOMEM;

	*length = 0;
	*well = is_well(password->data, password->len);
	if (!*well)
		return (SEK_OK);
	if ((composed = u8_normalize(UNINORM_NFC, password->data,
	    password->len, NULL, &nc)) == NULL ||
	    (same = fold(password->data, password->len, &ns)) == NULL)
		goto out;
	*length = (int64_t)u8_mbsnlen(composed, nc);
	err = sek_secret_copy(folded, same, ns);
out:
	wipe(composed, nc);
	wipe(same, ns);
	return (err);
}

/* Most words are plain letters, and there are many. */
static bool
fold_plain(char *out, const char *s, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if ((unsigned char)s[i] >= 0x80)
			return (false);
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ?
		    (char)(s[i] - 'A' + 'a') : s[i];
	}
	out[len] = '\0';
	return (true);
}

enum sek_err
quality_fold(char **out, const char *s, size_t len)
{
	uint8_t *made;
	size_t n;

	*out = NULL;
	if (u8_check((const uint8_t *)s, len) != NULL)
		return (SEK_OK);
	if ((*out = malloc(len + 1)) == NULL)
		return (SEK_ERR_NOMEM);
	if (fold_plain(*out, s, len))
		return (SEK_OK);
	free(*out);
	*out = NULL;
	if ((made = fold((const uint8_t *)s, len, &n)) == NULL ||
	    (*out = malloc(n + 1)) == NULL) {
		free(made);
		return (SEK_ERR_NOMEM);
	}
	memcpy(*out, made, n);
	(*out)[n] = '\0';
	free(made);
	return (SEK_OK);
}
