/*
 * base32.h - keys of one-time codes as people and CSV files carry them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * RFC 4648 section 6, by liboath.
 */
#ifndef SEKISHO_BASE_BASE32_H
#define SEKISHO_BASE_BASE32_H

#include <stddef.h>

#include "sekisho/base/err.h"

/* Characters for len bytes, without padding. */
#define SEK_BASE32_LEN(len)	(((len) * 8 + 4) / 5)

/* Upper case, no padding, and a NUL: out has SEK_BASE32_LEN(len) + 1 bytes.
 * SEK_ERR_NOMEM: out is "". */
enum sek_err	sek_base32_encode(char *out, const unsigned char *bytes,
		    size_t len);
/*
 * Upper or lower case, with spaces and hyphens between, with or without '='
 * at the end. SEK_ERR_SYNTAX: another character, a length no bytes have, or
 * left-over bits that are not zero; SEK_ERR_RANGE: more than size bytes;
 * SEK_ERR_NOMEM. On an error out holds zeroes.
 */
enum sek_err	sek_base32_decode(unsigned char *out, size_t size,
		    size_t *len, const char *text);

#endif
