/*
 * base32.c - keys of one-time codes as people and CSV files carry them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * liboath codes and decodes. Decoding it lets pass what is no one's base32
 * (bits left over, letters behind the padding), so what it read must be
 * written as it was read.
 *
 * MUST: what liboath allocates is wiped before it is freed.
 */
#include "config.h"

#include <liboath/oath.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/base32.h"
#include "sekisho/base/secret.h"

#define TEXT_MAX	4096u

/* bytes as base32, padding cut off; NULL: no memory. The caller wipes it. */
static char *
encoded(const char *bytes, size_t len)
{
	char *text = NULL;

	if (oath_base32_encode(bytes, len, &text, NULL) != OATH_OK)
		return (NULL);
	text[strcspn(text, "=")] = '\0';
	return (text);
}

enum sek_err
sek_base32_encode(char *out, const unsigned char *bytes, size_t len)
{
	char *text;

	out[0] = '\0';
	if (len == 0)
		return (SEK_OK);
	if ((text = encoded((const char *)bytes, len)) == NULL)
		return (SEK_ERR_NOMEM);
	memcpy(out, text, strlen(text) + 1);
	sek_wipe_string(&text);
	return (SEK_OK);
}

/* In capitals, without what stands between and behind. */
static enum sek_err
tidy(char plain[TEXT_MAX], const char *text)
{
	size_t n = 0;

	for (; *text != '\0' && *text != '='; text++) {
		if (*text == ' ' || *text == '-')
			continue;
		if (n + 1 == TEXT_MAX)
			return (SEK_ERR_RANGE);
		plain[n++] = *text >= 'a' && *text <= 'z' ?
		    (char)(*text - 'a' + 'A') : *text;
	}
	plain[n] = '\0';
	return (n > 0 && text[strspn(text, "= ")] == '\0' ? SEK_OK :
	    SEK_ERR_SYNTAX);
}

/* Decode, and hold against the text what comes of coding it again. */
static enum sek_err
decode_strictly(unsigned char *out, size_t size, size_t *len,
    const char *plain)
{
	char *bytes = NULL, *again = NULL;
	enum sek_err err = SEK_ERR_SYNTAX;
	size_t n = 0;
	int rc;

	rc = oath_base32_decode(plain, strlen(plain), &bytes, &n);
	if (rc != OATH_OK) {
		err = rc == OATH_MALLOC_ERROR ? SEK_ERR_NOMEM : err;
		goto out;
	}
	if (n == 0)
		goto out;
	if ((again = encoded(bytes, n)) == NULL)
		err = SEK_ERR_NOMEM;
	else if (strcmp(again, plain) == 0)
		err = n > size ? SEK_ERR_RANGE : SEK_OK;
	if (err == SEK_OK) {
		memcpy(out, bytes, n);
		*len = n;
	}
out:
	sek_wipe(bytes, n);
	free(bytes);
	sek_wipe_string(&again);
	return (err);
}

enum sek_err
sek_base32_decode(unsigned char *out, size_t size, size_t *len,
    const char *text)
{
	char plain[TEXT_MAX];
	enum sek_err err;

	*len = 0;
	sek_wipe(out, size);
	if ((err = tidy(plain, text)) == SEK_OK)
		err = decode_strictly(out, size, len, plain);
	sek_wipe(plain, sizeof(plain));
	return (err);
}
