/*
 * settings.c - fuzz edge/settings: any bytes as a policy file
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What loads is within its floors and pairs; what refuses leaves nothing
 * behind and says why.
 */
#include "config.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/settings_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static char folder[] = "/tmp/sekisho-fuzz-settings.XXXXXX";
static char path[64];
static struct sek_settings s, zero;

static void
leave(void)
{
	(void)unlink(path);
	(void)rmdir(folder);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (mkdtemp(folder) == NULL)
		abort();
	(void)snprintf(path, sizeof(path), "%s/x", folder);
	return (atexit(leave));
}

static void
write_file(const uint8_t *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	if (fd < 0)
		abort();
	while (size > 0) {
		if ((n = write(fd, data, size)) <= 0)
			abort();
		data += n;
		size -= (size_t)n;
	}
	if (close(fd) != 0)
		abort();
}

/* The floors of design section 6, written a second time on purpose. */
static void
check_floors(void)
{
	if (s.terminal.profile == SEK_PROFILE_MYNUMBER && s.factors.kinds < 2)
		abort();
	if (s.factors.kinds < 1 || s.factors.kinds > 3)
		abort();
	if (s.lockout.deny < 1 || s.lockout.deny > 100)
		abort();
	if (s.lockout.privileged_deny < 1 ||
	    s.lockout.privileged_deny > s.lockout.deny)
		abort();
	if (s.lockout.deny > 1 && s.lockout.privileged_deny == s.lockout.deny)
		abort();
	if (s.lockout.privileged_unlock < s.lockout.unlock)
		abort();
	if (s.lockout.lifetime_cap < 1 || s.lockout.lifetime_cap > 100)
		abort();
	if (s.audit.retention < 86400 || s.factors.accept == 0)
		abort();
	if (strlen(s.hash) != SEK_HASH_HEX - 1)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sek_why why = { "" };

	write_file(data, size);
	if (sek_settings_load_from(&s, NULL, path, false, &why) == SEK_OK)
		check_floors();
	else if (why.text[0] == '\0' || memcmp(&s, &zero, sizeof(s)) != 0)
		abort();
	return (0);
}
