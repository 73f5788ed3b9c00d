/*
 * helper_file.c - can sekisho-helper be run, as it lies there?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is called good that the kernel would run without root's
 * rights, or that somebody else may replace.
 */
#include "config.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/helper_file.h"

#define OTHERS_WRITE	(S_IWGRP | S_IWOTH)

static bool
is_writable(const struct stat *st, const char *path)
{
	struct sek_why why = { "" };

	return ((st->st_mode & OTHERS_WRITE) != 0 ||
	    sek_file_check_folder(path, &why) != SEK_OK);
}

enum sek_helper_file
sek_helper_file_state(const char *path)
{
	enum sek_helper_file state = SEK_HELPER_FILE_ABSENT;
	struct statvfs vfs;
	struct stat st;
	int fd;

	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    fstatvfs(fd, &vfs) != 0)
		goto out;
	if ((vfs.f_flag & ST_NOSUID) != 0)
		state = SEK_HELPER_FILE_NOSUID;
	else if (st.st_uid != 0 || (st.st_mode & S_ISUID) == 0 ||
	    (st.st_mode & S_IXOTH) == 0)
		state = SEK_HELPER_FILE_RIGHTS;
	else if (is_writable(&st, path))
		state = SEK_HELPER_FILE_WRITABLE;
	else
		state = SEK_HELPER_FILE_GOOD;
out:
	if (fd >= 0)
		(void)close(fd);
	return (state);
}
