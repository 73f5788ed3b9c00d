/*
 * bytes.c - looking at each byte of what a child said
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "sekisho/base/text.h"

#include "bytes.h"

bool
sek_device_is_zero(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < len; i++)
		any |= b[i];
	return (any == 0);
}

bool
sek_device_fits(const void *p, size_t len, size_t size)
{

	return (len <= size && sek_device_is_zero((const uint8_t *)p + len,
	    size - len));
}

bool
sek_device_is_text(const char *s, size_t size)
{
	size_t len = strnlen(s, size);

	return (len < size && sek_device_is_zero(s + len, size - len) &&
	    (len == 0 || sek_text_is_clean(s, size - 1)));
}
