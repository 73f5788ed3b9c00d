/*
 * test_edge_fingerprint_file.c - test of edge/fingerprint_file, in a folder of
 * fprintd's of its own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/edge/fingerprint_file.h"
#include "unit.h"

static void
setup(void)
{

	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	ck_assert_int_eq(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL),
	    0);
	ck_assert_int_eq(mount("tmpfs", "/var/lib", "tmpfs", 0, "mode=0755"),
	    0);
}

static void
make_file(const char *path)
{
	char part[512];
	const char *p = path;
	int fd;

	while ((p = strchr(p + 1, '/')) != NULL) {
		(void)snprintf(part, sizeof(part), "%.*s", (int)(p - path),
		    path);
		ck_assert(mkdir(part, 0700) == 0 || errno == EEXIST);
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
}

START_TEST(a_template_is_seen_of_whatever_reader)
{
	struct sek_why why = { "" };

	/* No folder, none of his, none of that finger. */
	ck_assert(!sek_fingerprint_file("alice", SEK_FINGER_RIGHT_INDEX,
	    &why));
	make_file("/var/lib/fprint/bob/synaptics/0/7");
	ck_assert(!sek_fingerprint_file("alice", SEK_FINGER_RIGHT_INDEX,
	    NULL));
	make_file("/var/lib/fprint/alice/synaptics/0/2");
	ck_assert(!sek_fingerprint_file("alice", SEK_FINGER_RIGHT_INDEX,
	    NULL));
	make_file("/var/lib/fprint/alice/virtual/0x1/7");
	ck_assert(sek_fingerprint_file("alice", SEK_FINGER_RIGHT_INDEX,
	    &why));
	ck_assert_str_eq(why.text,
	    "/var/lib/fprint/alice/virtual/0x1/7 is still there");
	make_file("/var/lib/fprint/alice/virtual/0x1/a");
	ck_assert(sek_fingerprint_file("alice", SEK_FINGER_RIGHT_LITTLE,
	    NULL));
	ck_assert(!sek_fingerprint_file("alice", SEK_FINGER_LEFT_LITTLE,
	    NULL));
}
END_TEST

START_TEST(a_name_is_no_pattern)
{
	static const char *const names[] = { "", ".", "..", "../alice", "*",
	    "al?ce", "al[i]ce", "alice/virtual", "a\\lice" };
	size_t i;

	make_file("/var/lib/fprint/alice/virtual/0/7");
	/* It cannot be told of these. */
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(sek_fingerprint_file(names[i],
		    SEK_FINGER_LEFT_THUMB, NULL), "%s", names[i]);
	ck_assert(!sek_fingerprint_file("alice", SEK_FINGER_LEFT_THUMB,
	    NULL));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_template_is_seen_of_whatever_reader,
		a_name_is_no_pattern,
		NULL
	};

	if (getuid() != 0) {
		printf("skip: it mounts a folder\n");
		return (77);
	}
	return (unit_run_with("edge_fingerprint_file", tests, setup, NULL));
}
