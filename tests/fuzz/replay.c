/*
 * replay.c - main() of a fuzz target built without libFuzzer: run each file
 * named, or each file in each folder named, once
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static void
replay_file(const char *path)
{
	struct stat st;
	uint8_t *data;
	size_t size;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL || fstat(fileno(f), &st) != 0)
		err(99, "%s", path);
	size = (size_t)st.st_size;
	/* Exactly as many bytes as there are: a sanitizer sees one too far. */
	if ((data = malloc(size)) == NULL && size > 0)
		err(99, "malloc");
	if (size > 0 && fread(data, 1, size, f) != size)
		err(99, "%s", path);
	(void)fclose(f);
	printf("%s: %zu bytes\n", path, size);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, size);
	free(data);
}

static void
replay_folder(const char *path)
{
	const struct dirent *e;
	char *file;
	DIR *d;

	if ((d = opendir(path)) == NULL)
		err(99, "%s", path);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (asprintf(&file, "%s/%s", path, e->d_name) < 0)
			err(99, "asprintf");
		replay_file(file);
		free(file);
	}
	(void)closedir(d);
}

int
main(int argc, char **argv)
{
	struct stat st;
	int i;

	if (LLVMFuzzerInitialize != NULL)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	for (i = 1; i < argc; i++) {
		if (stat(argv[i], &st) != 0)
			err(99, "%s", argv[i]);
		if (S_ISDIR(st.st_mode))
			replay_folder(argv[i]);
		else
			replay_file(argv[i]);
	}
	return (0);
}
