/*
 * fuzz_helper.c - the frames of sekisho-helper, to both ends of them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The first byte chooses the end, and whether a head is made for the rest;
 * without one the bytes go through a socket, as they come.
 */
#include "config.h"

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/helper_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sek_wire_frame frame;

/* What was let through holds its promises. */
static void
look(bool helper)
{
	const char *rest = sek_wire_rest(&frame);
	size_t len = sek_wire_rest_len(&frame);
	uint32_t word = 0;

	if (frame.head.type != SEK_WIRE_ANSWER &&
	    frame.head.type != SEK_WIRE_CANCEL)
		word = sek_wire_word(&frame);
	switch (frame.head.type) {
	case SEK_WIRE_REQUEST:
		if (!helper || len != sek_wire_op_size(
		    (enum sek_helper_op)word))
			abort();
		break;
	case SEK_WIRE_ANSWER:
		if (!helper || len > SEK_SECRET_MAX ||
		    memchr(rest, '\0', len) != NULL)
			abort();
		break;
	case SEK_WIRE_CANCEL:
		if (!helper || len != 0)
			abort();
		break;
	case SEK_WIRE_DATA:
		if (helper || len != sek_wire_data_size(
		    (enum sek_helper_data)word))
			abort();
		break;
	default:
		if (helper || len == 0 || strlen(rest) + 1 != len ||
		    (rest[0] != '\0' && !sek_text_is_clean(rest, len)))
			abort();
		break;
	}
}

static void
through_a_socket(bool helper, const uint8_t *data, size_t size)
{
	struct sek_wire w = { .fd = -1, .helper = helper };
	int pair[2];

	if (size > 65536 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return;
	if (send(pair[0], data, size, MSG_DONTWAIT | MSG_NOSIGNAL) ==
	    (ssize_t)size && shutdown(pair[0], SHUT_WR) == 0) {
		w.fd = pair[1];
		while (sek_wire_receive(&w, &frame, 1000) == SEK_OK)
			look(helper);
	}
	(void)close(pair[0]);
	(void)close(pair[1]);
}

/* Type and word from the bytes, all else as it must be. */
static void
with_a_head(bool helper, const uint8_t *data, size_t size)
{
	size_t n;

	if (size < 2)
		return;
	memset(&frame, 0, sizeof(frame));
	frame.head.magic = SEK_WIRE_MAGIC;
	frame.head.version = SEK_HELPER_VERSION;
	frame.head.type = 1 + data[0] % SEK_WIRE_DONE;
	frame.body[0] = data[1];
	data += 2;
	size -= 2;
	if (frame.head.type == SEK_WIRE_REQUEST)
		n = sek_wire_op_size((enum sek_helper_op)frame.body[0]);
	else if (frame.head.type == SEK_WIRE_DATA)
		n = sek_wire_data_size((enum sek_helper_data)frame.body[0]);
	else
		n = size;
	if (n > SEK_HELPER_BODY_MAX - SEK_WIRE_WORD)
		n = SEK_HELPER_BODY_MAX - SEK_WIRE_WORD;
	memcpy(frame.body + SEK_WIRE_WORD, data, size < n ? size : n);
	frame.head.len = (uint32_t)(SEK_WIRE_WORD + n);
	if (sek_wire_check(&frame, helper) == SEK_OK)
		look(helper);
}

/* Whatever the store holds, what is sent of it can be taken. */
static void
tidied(const uint8_t *data, size_t size)
{
	static union {
		struct sek_helper_self		self;
		struct sek_helper_approval	approval;
		struct sek_helper_key		key;
		struct sek_authenticator	authenticator;
		char				bytes[SEK_HELPER_BODY_MAX];
	} u;
	enum sek_helper_data kind;

	if (size == 0)
		return;
	kind = (enum sek_helper_data)(1 + data[0] % 4);
	memset(&u, 0, sizeof(u));
	memcpy(u.bytes, data + 1, size - 1 < sizeof(u) ? size - 1 :
	    sizeof(u));
	sek_wire_tidy(kind, &u);
	if (kind != SEK_HELPER_DATA_KEY)
		return;
	memset(&frame, 0, sizeof(frame));
	frame.head.magic = SEK_WIRE_MAGIC;
	frame.head.version = SEK_HELPER_VERSION;
	frame.head.type = SEK_WIRE_DATA;
	frame.head.len = (uint32_t)(SEK_WIRE_WORD + sizeof(u.key));
	frame.body[0] = SEK_HELPER_DATA_KEY;
	memcpy(frame.body + SEK_WIRE_WORD, &u.key, sizeof(u.key));
	if (sek_wire_check(&frame, false) != SEK_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{

	if (size == 0)
		return (0);
	switch (data[0] % 5) {
	case 0:
		through_a_socket(true, data + 1, size - 1);
		break;
	case 1:
		through_a_socket(false, data + 1, size - 1);
		break;
	case 2:
		with_a_head(true, data + 1, size - 1);
		break;
	case 3:
		with_a_head(false, data + 1, size - 1);
		break;
	default:
		tidied(data + 1, size - 1);
		break;
	}
	return (0);
}
