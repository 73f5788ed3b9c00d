/*
 * fuzz_export.c - an export of records as a stick may hold it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SQLite wants a name: in memory, and of this process alone. */
static const char path[] = "/dev/shm/fuzz_export.";

static uint64_t last;

static enum sek_err
look(void *arg, const struct sek_record_row *row)
{
	unsigned *n = arg;

	/* What is handed out is in order. */
	if (row->seq <= last || row->body_len >= sizeof(row->body))
		abort();
	last = row->seq;
	return (++*n < 100 ? SEK_OK : SEK_ERR_TIMEOUT);
}

static bool
put(const char *name, const uint8_t *data, size_t size)
{
	int fd;
	bool ok;

	if ((fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600)) < 0)
		return (false);
	ok = write(fd, data, size) == (ssize_t)size;
	(void)close(fd);
	return (ok);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t noted[SEK_SEAL_KEY_LEN] = { 1 };
	struct sek_record_range range = SEK_RECORD_ALL;
	uint8_t hash[SEK_HASH_LEN];
	struct sek_why why = { "" };
	struct sek_manifest m;
	struct sek_verify v;
	char name[64];
	unsigned n = 0;

	(void)snprintf(name, sizeof(name), "%s%ld", path, (long)getpid());
	if (!put(name, data, size))
		return (0);
	if (sek_bundle_verify_upto(name, NULL, 2, hash, &v, &m, NULL, NULL,
	    &why) == SEK_OK && v.ok != (v.cause[0] == '\0'))
		abort();
	/* Nobody has the private half of that key. */
	if (sek_bundle_verify(name, noted, &v, &m, NULL, NULL, &why) ==
	    SEK_OK && v.ok)
		abort();
	last = 0;
	(void)sek_bundle_records(name, &range, look, &n, &m, &why);
	(void)unlink(name);
	return (0);
}
