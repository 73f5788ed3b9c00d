/*
 * secret.c - buffers that wipe themselves
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * sodium_malloc() puts each buffer on pages of its own between guard pages,
 * asks for mlock and MADV_DONTDUMP and goes on where RLIMIT_MEMLOCK refuses
 * the first; sodium_free() writes zeros over them before they are unmapped.
 */
#include "config.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/secret.h"

enum sek_err
sek_secret_init(void)
{
	return (sodium_init() < 0 ? SEK_ERR_CRYPTO : SEK_OK);
}

enum sek_err
sek_secret_new(struct sek_secret *out, size_t len)
{
	enum sek_err err;
	unsigned char *p;

	if (len > SEK_SECRET_MAX)
		return (SEK_ERR_RANGE);
	if ((err = sek_secret_init()) != SEK_OK)
		return (err);
	if ((p = sodium_malloc(len + 1)) == NULL)
		return (SEK_ERR_NOMEM);
	memset(p, 0, len + 1);
	out->data = p;
	out->len = len;
	return (SEK_OK);
}

enum sek_err
sek_secret_copy(struct sek_secret *out, const void *src, size_t len)
{
	enum sek_err err;

	if ((err = sek_secret_new(out, len)) == SEK_OK && len > 0)
		memcpy(out->data, src, len);
	return (err);
}

enum sek_err
sek_secret_string(struct sek_secret *out, const char *src)
{
	return (sek_secret_copy(out, src, strnlen(src, SEK_SECRET_MAX + 1)));
}

void
sek_secret_free(struct sek_secret *s)
{
	if (s == NULL)
		return;
	sodium_free(s->data);
	s->data = NULL;
	s->len = 0;
}

const char *
sek_secret_text(const struct sek_secret *s)
{
	if (s == NULL || s->data == NULL)
		return ("");
	return ((const char *)s->data);
}

bool
sek_secret_equal(const struct sek_secret *a, const struct sek_secret *b)
{
	if (a->data == NULL || b->data == NULL || a->len != b->len)
		return (false);
	return (sodium_memcmp(a->data, b->data, a->len) == 0);
}

void
sek_wipe(void *p, size_t len)
{
	if (p != NULL && len > 0)
		sodium_memzero(p, len);
}

void
sek_wipe_string(char **p)
{
	if (*p == NULL)
		return;
	sek_wipe(*p, strlen(*p));
	free(*p);
	*p = NULL;
}
