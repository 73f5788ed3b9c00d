/*
 * fuzz_frame.c - what sekisho-store reads, what a module reads back, and the
 * texts and tallies of a store
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The first byte chooses the reader.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/edge/store/frame.h"
#include "../../common/edge/store/pack.h"
#include "sekisho/edge/record_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
request(const uint8_t *data, size_t size)
{
	const struct sek_frame_request *head;
	const void *in;
	void *copy;

	if (sek_frame_parse(&copy, &head, &in, data, size) != SEK_OK)
		return;
	/* What was let through holds its promises. */
	if (sek_frame_check_in((enum sek_op)head->op, in) != SEK_OK ||
	    strlen(head->config.path) >= sizeof(head->config.path))
		abort();
	free(copy);
}

/* A whole request round the bytes, so that they reach behind the head. */
static void
wrapped(const uint8_t *data, size_t size)
{
	static struct sek_store_config config = { .path = "/s", .key = "/k" };
	static char in[SEK_FRAME_MAX];
	enum sek_op op;
	void *frame;
	size_t len, n;

	if (size == 0)
		return;
	op = (enum sek_op)(data[0] % SEK_OPS_LOGIN);
	n = size - 1 < sizeof(in) ? size - 1 : sizeof(in);
	memset(in, 0, sizeof(in));
	memcpy(in, data + 1, n);
	if (sek_frame_request(&frame, &len, op, false, &config, in) != SEK_OK)
		return;
	request(frame, len);
	free(frame);
}

static void
answer(const uint8_t *data, size_t size)
{
	static char result[SEK_FRAME_MAX];
	struct sek_why why;
	unsigned op;

	for (op = 0; op < SEK_OPS_LOGIN; op++)
		(void)sek_frame_take(&why, result, (enum sek_op)op, data,
		    size);
}

static void
tally(const uint8_t *data, size_t size)
{
	static struct sek_tally t;
	static uint8_t out[SEK_PACK_MAX];

	if (sek_unpack_tally(&t, data, size) == SEK_OK &&
	    (sek_pack_tally(out, &t) != size || memcmp(out, data, size) != 0))
		abort();
}

static void
body(const uint8_t *data, size_t size)
{
	static struct sek_record_fields f;
	struct sek_record r;

	if (sek_record_body_parse(&f, (const char *)data, size) != SEK_OK)
		return;
	sek_record_body_record(&r, &f);
	(void)sek_record_body_wall(f.value[SEK_FIELD_TIME]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const uint8_t *, size_t) = {
		request, wrapped, answer, tally, body,
	};

	if (size > 0)
		readers[data[0] % 5](data + 1, size - 1);
	return (0);
}
