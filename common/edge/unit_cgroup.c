/*
 * unit_cgroup.c - cgroups of version 2: whose, who is in them, and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/vfs.h>

#include <linux/magic.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/unit.h"

/* A small file of the kernel's, whole; false if it cannot be read. */
static bool
slurp(char *dst, size_t size, const char *path)
{
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	dst[0] = '\0';
	if (fd >= 0) {
		n = read(fd, dst, size - 1);
		(void)close(fd);
	}
	if (n < 0)
		return (false);
	dst[n] = '\0';
	return (true);
}

enum sek_err
sek_unit_cgroup(char dst[SEK_UNIT_CGROUP], struct sek_why *why)
{
	char text[4096], *line, *rest = text;

	dst[0] = '\0';
	if (!slurp(text, sizeof text, "/proc/self/cgroup"))
		return (sek_why(why, SEK_ERR_UNSUPPORTED,
		    "/proc/self/cgroup: %s", strerror(errno)));
	while ((line = strsep(&rest, "\n")) != NULL)
		if (strncmp(line, "0::/", 4) == 0 &&
		    sek_text_copy(dst, SEK_UNIT_CGROUP, line + 3) == SEK_OK)
			return (SEK_OK);
	return (sek_why(why, SEK_ERR_UNSUPPORTED, "/proc/self/cgroup: no "
	    "cgroup of version 2"));
}

void
sek_unit_session_of(char *dst, size_t size, const char *cgroup)
{
	static const char first[] = "session-", last[] = ".scope";
	const char *name = strrchr(cgroup, '/');
	size_t n;

	dst[0] = '\0';
	if (name == NULL || strncmp(++name, first, sizeof first - 1) != 0)
		return;
	name += sizeof first - 1;
	n = strlen(name);
	if (n <= sizeof last - 1 ||
	    strcmp(name + n - (sizeof last - 1), last) != 0 ||
	    n - (sizeof last - 1) >= size)
		return;
	memcpy(dst, name, n - (sizeof last - 1));
	dst[n - (sizeof last - 1)] = '\0';
}

/* Where cgroups v2 are: alone, or beside those of version 1. */
static const char *
cgroup_root(void)
{
	static const char *const places[] = {
		"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
	};
	struct statfs fs;
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (statfs(places[i], &fs) == 0 &&
		    fs.f_type == CGROUP2_SUPER_MAGIC)
			return (places[i]);
	return (NULL);
}

bool
sek_unit_cgroup_file(char *dst, size_t size, const char *cgroup,
    const char *file)
{
	const char *root = cgroup_root();

	return (root != NULL && cgroup[0] == '/' && cgroup[1] != '\0' &&
	    strstr(cgroup, "/..") == NULL &&
	    sek_text_format(dst, size, "%s%s/%s", root, cgroup, file) ==
	    SEK_OK);
}

bool
sek_unit_is_populated(const char *cgroup)
{
	char path[SEK_UNIT_CGROUP + 64], text[256];

	return (sek_unit_cgroup_file(path, sizeof path, cgroup, "cgroup.events") &&
	    slurp(text, sizeof text, path) &&
	    strstr(text, "populated 1") != NULL);
}

enum sek_err
sek_unit_kill_cgroup(const char *cgroup, struct sek_why *why)
{
	char path[SEK_UNIT_CGROUP + 64];
	enum sek_err err = SEK_ERR_UNSUPPORTED;
	int fd = -1;

	if (!sek_unit_cgroup_file(path, sizeof path, cgroup, "cgroup.kill"))
		return (sek_why(why, SEK_ERR_ARGUMENT, "%s: no cgroup",
		    cgroup));
	if ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)) >= 0 &&
	    write(fd, "1", 1) == 1)
		err = SEK_OK;
	else
		(void)sek_why(why, err, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return (err);
}
