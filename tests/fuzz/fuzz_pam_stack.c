/*
 * fuzz_pam_stack.c - fuzz target: any text as service files, through the proof
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A line "=== " begins the next file: svc, then a, b, other.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/pam_stack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const files[] = { "svc", "a", "b", "other" };
#define FILES	(sizeof(files) / sizeof(files[0]))

static char dir[] = "/tmp/sekisho-fuzz-XXXXXX";

static void
path_of(char *dst, size_t size, size_t file)
{

	snprintf(dst, size, "%s/%s", dir, files[file]);
}

static void
leave_nothing(void)
{
	char path[64];
	size_t i;

	for (i = 0; i < FILES; i++) {
		path_of(path, sizeof(path), i);
		(void)unlink(path);
	}
	(void)rmdir(dir);
}

static void
put(size_t file, const uint8_t *data, size_t size)
{
	char path[64];
	FILE *f;

	path_of(path, sizeof(path), file);
	if ((f = fopen(path, "wb")) == NULL ||
	    fwrite(data, 1, size, f) != size || fclose(f) != 0)
		abort();
}

static void
put_files(const uint8_t *data, size_t size)
{
	const uint8_t *cut;
	size_t i, len;

	for (i = 0; i < FILES; i++) {
		len = size;
		cut = i + 1 < FILES && size > 0 ?
		    memmem(data, size, "=== ", 4) : NULL;
		if (cut != NULL)
			len = (size_t)(cut - data);
		put(i, data, len);
		data += len;
		size -= len;
		if (cut != NULL) {
			data += 4;
			size -= 4;
		}
	}
}

static void
count(void *arg, enum sek_stack_fault fault,
    const struct sek_stack_line *line)
{

	(void)line;
	if (fault > SEK_STACK_LATENT)
		abort();
	++*(size_t *)arg;
}

static void
judge(const struct sek_pam_stack *s, enum sek_phase phase)
{
	const struct sek_stack_line *lines;
	struct sek_stack_proof p;
	char text[4096];
	size_t i, n, found = 0;

	lines = sek_pam_stack_lines(s, phase, &n);
	for (i = 0; i < n; i++)
		(void)sek_stack_print(text, sizeof(text), &lines[i], phase);
	if (sek_stack_proof_run(&p, lines, n, phase, false) != SEK_OK) {
		if (p.ok)
			abort();
		return;
	}
	if (p.ok != (p.n == 0))		/* a way is told, or there is none */
		abort();
	if (sek_stack_proof_faults(lines, n, phase, false, count,
	    &found) != SEK_OK)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool ready;
	struct sek_pam_stack_places where = { .dir = dir };
	struct sek_pam_stack *s = NULL;
	struct sek_why why;

	if (!ready) {
		if (mkdtemp(dir) == NULL || atexit(leave_nothing) != 0)
			abort();
		ready = true;
	}
	put_files(data, size);
	if (sek_pam_stack_load(&s, &where, "svc", &why) == SEK_OK) {
		judge(s, SEK_PHASE_AUTH);
		judge(s, SEK_PHASE_ACCOUNT);
	} else if (s != NULL)
		abort();
	sek_pam_stack_free(&s);
	return (0);
}
