/*
 * test_edge_helper_file.c - what lies at the helper's path is judged by what
 * the kernel would make of it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"
#include "sekisho/edge/helper_file.h"

/* A program of root's in a folder of its own, with this mode. */
static void
put(char *path, size_t size, const char *dir, mode_t mode)
{
	int fd;

	ck_assert_int_lt(snprintf(path, size, "%s/helper", dir), (int)size);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

START_TEST(only_root_s_setuid_program_is_good)
{
	char dir[] = "/tmp/sekisho-unit.XXXXXX", path[64], link[64];

	if (geteuid() != 0)
		return;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chmod(dir, 0755), 0);
	put(path, sizeof(path), dir, 04755);
	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_GOOD);
	put(path, sizeof(path), dir, 0755);
	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_RIGHTS);
	put(path, sizeof(path), dir, 04750);
	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_RIGHTS);
	put(path, sizeof(path), dir, 04775);
	ck_assert_int_eq(sek_helper_file_state(path),
	    SEK_HELPER_FILE_WRITABLE);
	put(path, sizeof(path), dir, 04757);
	ck_assert_int_eq(sek_helper_file_state(path),
	    SEK_HELPER_FILE_WRITABLE);
	/* chown takes the bit away; who puts it back makes it another's. */
	ck_assert_int_eq(chown(path, 65534, 0), 0);
	ck_assert_int_eq(chmod(path, 04755), 0);
	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_RIGHTS);
	ck_assert_int_eq(unlink(path), 0);

	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_ABSENT);
	ck_assert_int_eq(mkdir(path, 04755), 0);
	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_ABSENT);
	ck_assert_int_eq(rmdir(path), 0);
	put(path, sizeof(path), dir, 04755);
	(void)snprintf(link, sizeof(link), "%s/link", dir);
	ck_assert_int_eq(symlink(path, link), 0);
	ck_assert_int_eq(sek_helper_file_state(link), SEK_HELPER_FILE_ABSENT);
	/* In such a folder anybody puts another in its place. */
	ck_assert_int_eq(chmod(dir, 0777), 0);
	ck_assert_int_eq(sek_helper_file_state(path),
	    SEK_HELPER_FILE_WRITABLE);
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(a_file_system_that_gives_no_rights_is_told)
{
	char dir[] = "/tmp/sekisho-unit.XXXXXX", path[64];

	/* The test's own process: the mount ends with it. */
	if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return;
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(mount("tmpfs", dir, "tmpfs", MS_NOSUID, "mode=755"),
	    0);
	put(path, sizeof(path), dir, 04755);
	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_NOSUID);
	ck_assert_int_eq(mount("tmpfs", dir, "tmpfs", MS_REMOUNT,
	    "mode=755"), 0);
	ck_assert_int_eq(sek_helper_file_state(path), SEK_HELPER_FILE_GOOD);
	ck_assert_int_eq(umount(dir), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		only_root_s_setuid_program_is_good,
		a_file_system_that_gives_no_rights_is_told,
		NULL
	};

	return (unit_run("edge_helper_file", tests));
}
