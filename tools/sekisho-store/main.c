/*
 * main.c - one call of the store, for a caller who could be stopped
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Started by a module (isolate.c) as root, in a cgroup of root's, with the
 * request on descriptor 0 and the answer on 1. It is not setuid: whoever else
 * starts it has no more rights than before.
 *
 * MUST: real and effective uid are 0, or nothing is read.
 * MUST: nothing of the request is believed before frame.c looked through it.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../common/edge/store/engine.h"
#include "../../common/edge/store/frame.h"
#include "sekisho/base/secret.h"

/* Exit statuses of this suite's tools. */
#define EXIT_USAGE	100
#define EXIT_TROUBLE	111

static size_t
read_all(char *p, size_t size)
{
	size_t got = 0;
	ssize_t n;

	while (got < size) {
		n = read(0, p + got, size - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	return (got);
}

static int
write_all(const char *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(1, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (EXIT_TROUBLE);
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

/* The call itself; what it says becomes the answer. */
static enum sek_err
run(const struct sek_frame_request *head, const void *in, void *out,
    struct sek_why *why)
{
	struct sek_store *st = NULL;
	enum sek_err err;

	if ((err = sek_store_new(&st, &head->config)) != SEK_OK)
		return (sek_why(why, err, "the store's process has no memory"));
	sek_store_use(st, NULL, SEK_CARRY_DIRECT, NULL);
	sek_store_may_use_reserve(st, head->reserve != 0);
	if ((err = sek_store_call(st, (enum sek_op)head->op, in, out)) !=
	    SEK_OK)
		sek_why(why, err, "%s", sek_store_why(st));
	sek_store_free(&st);
	return (err);
}

static int
serve(const char *bytes, size_t len)
{
	const struct sek_frame_request *head;
	struct sek_why why = { "" };
	const void *in;
	void *copy = NULL, *out = NULL, *answer = NULL;
	size_t answer_len = 0;
	enum sek_err err;
	int status = EXIT_TROUBLE;

	if (sek_frame_parse(&copy, &head, &in, bytes, len) != SEK_OK)
		return (EXIT_USAGE);
	if ((out = calloc(1, SEK_FRAME_MAX)) == NULL)
		goto out;
	err = run(head, in, out, &why);
	if (sek_frame_answer(&answer, &answer_len, (enum sek_op)head->op, err,
	    why.text, out) == SEK_OK)
		status = write_all(answer, answer_len);
out:
	sek_wipe(copy, len);
	if (out != NULL)
		sek_wipe(out, SEK_FRAME_MAX);
	if (answer != NULL)
		sek_wipe(answer, answer_len);
	free(copy);
	free(out);
	free(answer);
	return (status);
}

int
main(void)
{
	static char bytes[SEK_FRAME_MAX];
	size_t len;
	int status;

	if (getuid() != 0 || geteuid() != 0 || sek_secret_init() != SEK_OK)
		return (EXIT_TROUBLE);
	len = read_all(bytes, sizeof(bytes));
	status = serve(bytes, len);
	sek_wipe(bytes, sizeof(bytes));
	return (status);
}
