/*
 * fingerprint_file.c - what fprintd keeps of a finger, seen without it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * FOLDER/ACCOUNT/DRIVER/DEVICE/FINGER, the last one hex digit.
 */
#include "config.h"

#include <errno.h>
#include <glob.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/fingerprint_file.h"

#define FOLDER	"/var/lib/fprint"

/* A folder that is not there holds nothing; any other trouble ends it. */
static int
trouble(const char *path, int error)
{

	(void)path;
	return (error != ENOENT && error != ENOTDIR);
}

bool
sek_fingerprint_file(const char *account, enum sek_finger finger,
    struct sek_why *why)
{
	char pattern[sizeof(FOLDER) + SEK_NAME_MAX + 16];
	glob_t found;
	bool there;
	int rc;

	(void)sek_why(why, SEK_ERR_IO, FOLDER "/%s: cannot be looked at",
	    account);
	/* No name of a folder of his, or more than one. */
	if (account[0] == '\0' || account[0] == '.' ||
	    strpbrk(account, "/*?[]\\") != NULL ||
	    sek_text_format(pattern, sizeof(pattern), FOLDER "/%s/*/*/%x",
	    account, (unsigned)finger) != SEK_OK)
		return (true);
	memset(&found, 0, sizeof(found));
	rc = glob(pattern, GLOB_NOSORT, trouble, &found);
	there = rc != GLOB_NOMATCH;
	if (rc == 0)
		(void)sek_why(why, SEK_ERR_EXISTS, "%s is still there",
		    found.gl_pathv[0]);
	globfree(&found);
	return (there);
}
