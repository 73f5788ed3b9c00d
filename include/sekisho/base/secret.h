/*
 * secret.h - buffers that wipe themselves
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: whatever a claimant types or a key file holds lives in a sek_secret.
 * MUST: RLIMIT_MEMLOCK 0 does not make an allocation fail.
 */
#ifndef SEKISHO_BASE_SECRET_H
#define SEKISHO_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "sekisho/base/err.h"

/* Opaque to nobody, owned by one. data[len] is always NUL. {NULL, 0} = none. */
struct sek_secret {
	unsigned char	*data;		/* sodium_malloc()ed */
	size_t		 len;		/* bytes, without the NUL */
};

#define SEK_SECRET_MAX	4096u		/* bytes; longer is SEK_ERR_RANGE */
#define SEK_SECRET_NONE	{ NULL, 0 }

/* len zero bytes. out is untouched on failure. */
enum sek_err	 sek_secret_new(struct sek_secret *out, size_t len);
/* A copy of len bytes at src. */
enum sek_err	 sek_secret_copy(struct sek_secret *out, const void *src,
		    size_t len);
/* A copy of a NUL-terminated string of at most SEK_SECRET_MAX bytes. */
enum sek_err	 sek_secret_string(struct sek_secret *out, const char *src);
/* Wipe and free; s becomes SEK_SECRET_NONE. NULL and NONE are fine. */
void		 sek_secret_free(struct sek_secret *s);
const char	*sek_secret_text(const struct sek_secret *s);	/* "" if NONE */
/* Constant time in the bytes; different lengths are unequal, and NONE equals
 * nothing, not even NONE. */
bool		 sek_secret_equal(const struct sek_secret *a,
		    const struct sek_secret *b);

/* Wipe memory in a way the optimiser keeps (sodium_memzero). */
void		 sek_wipe(void *p, size_t len);
/* Wipe and free() a malloc()ed string (a conversation's answer); clears *p. */
void		 sek_wipe_string(char **p);
/* sodium_init() once; everything above calls it. */
enum sek_err	 sek_secret_init(void);

#endif
