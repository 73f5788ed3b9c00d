/*
 * fuzz_text.c - what people and files write: codes, numbers, spans, windows,
 * printable text, word lists, addresses
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The first byte chooses the reader, the rest is the text (for addresses the
 * list, then a newline, then the host). Beside memory errors it looks for
 * answers that break the readers' promises.
 */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/base/window.h"
#include "sekisho/rule/policy.h"

#define MUST(expr) do { if (!(expr)) abort(); } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
digits(const char *s)
{
	char out[9];

	if (sek_text_digits(out, sizeof(out), s) == SEK_OK)
		MUST(strspn(out, "0123456789") == strlen(out));
	else
		MUST(out[0] == '\0');
}

static void
numbers(const char *s)
{
	int64_t n, again;
	char printed[24];
	int east;
	bool b;

	if (sek_text_number(&n, s, -5, 1000) == SEK_OK)
		MUST(n >= 0 && n <= 1000);
	if (sek_text_span(&n, s) == SEK_OK) {
		MUST(n >= 0);
		MUST(n == SEK_SPAN_NEVER || n <= INT64_MAX / SEK_SECOND);
		sek_text_span_print(printed, sizeof(printed), n);
		MUST(sek_text_span(&again, printed) == SEK_OK && again == n);
	}
	if (sek_clock_offset(&east, s) == SEK_OK)
		MUST(east >= -14 * 3600 && east <= 14 * 3600);
	(void)sek_text_bool(&b, s);
}

static void
windows(const char *s)
{
	struct sek_windows w;
	unsigned i;

	if (sek_window_parse(&w, s) != SEK_OK)
		return;
	MUST(w.n <= SEK_WINDOWS_MAX);
	for (i = 0; i < w.n; i++)
		MUST(w.w[i].days != 0 && w.w[i].days < 0x80 &&
		    w.w[i].from < 1440 && w.w[i].until <= 1440 &&
		    w.w[i].from != w.w[i].until);
	(void)sek_window_contains(&w, INT64_C(1795130130), 32400);
}

static void
printable(const char *s, size_t len)
{
	char dst[64], again[64];
	size_t i, n;

	for (i = 0; i < sizeof(dst); i += 9) {
		sek_text_printable(dst, i, s);
		if (i == 0)
			continue;
		n = strlen(dst);
		MUST(n < i);
		MUST(u8_check((const uint8_t *)dst, n) == NULL);
		MUST(n == 0 || sek_text_is_clean(dst, n));
		sek_text_printable(again, sizeof(again), dst);
		MUST(strcmp(dst, again) == 0);
	}
	if (sek_text_is_clean(s, sizeof(dst) - 1)) {
		sek_text_printable(dst, sizeof(dst), s);
		MUST(strcmp(dst, s) == 0);
		MUST(len > 0);
	}
}

static void
words(const char *s)
{
	const char *cursor = s;
	uint8_t bytes[4];
	char word[16];

	while (sek_text_word(&cursor, word, sizeof(word))) {
		MUST(strpbrk(word, " \t\r\n,") == NULL);
		MUST(word[0] == '\0' || sek_policy_listed(s, word));
	}
	MUST(*cursor == '\0');
	(void)sek_text_unhex(bytes, sizeof(bytes), s);
	(void)sek_policy_bare(s, "cron", "alice", 1000);
}

static void
addresses(char *allow)
{
	char *host = strchr(allow, '\n');
	struct sek_why why;
	bool well;

	if (host != NULL)
		*host++ = '\0';
	well = sek_policy_remote_check(allow, &why) == SEK_OK;
	if (!well)
		MUST(sek_text_is_clean(why.text, SEK_WHY_MAX));
	if (host != NULL && sek_policy_remote_allowed(allow, host))
		MUST(well);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s;

	/* On the heap, as long as it is: one byte too far is seen. */
	if (size == 0 || (s = malloc(size)) == NULL)
		return (0);
	memcpy(s, data + 1, size - 1);
	s[size - 1] = '\0';
	switch (data[0]) {
	case 'd':
		digits(s);
		break;
	case 'n':
		numbers(s);
		break;
	case 'w':
		windows(s);
		break;
	case 'p':
		printable(s, strlen(s));
		break;
	case 'l':
		words(s);
		break;
	case 'a':
		addresses(s);
		break;
	default:
		break;
	}
	free(s);
	return (0);
}
