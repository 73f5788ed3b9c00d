/*
 * util_locker.c - lockers that never come to a line of ours
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What a program asks is in its file: no locker is run to find it out.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/file.h"
#include "util_stack.h"

#define PROGRAM_MAX	(8u << 20)
#define ENVIRONMENT_MAX	65536u

/* Those that read the password of shadow themselves, or may be built so. */
static const struct {
	const char	*name;
	const char	*path;
} lockers[] = {
	{ "alock", "/usr/bin/alock" },
	{ "slock", "/usr/bin/slock" },
	{ "xlock", "/usr/bin/xlock" },
	{ "xtrlock", "/usr/bin/xtrlock" }
};

static const char *const xsecurelock[] = {
	"/usr/libexec/xsecurelock/authproto_pam",
	"/usr/lib/xsecurelock/authproto_pam"
};

/* Is the text in the file? *there: the file could be read. */
static bool
has(const char *path, size_t max, const char *text, bool *there)
{
	struct sek_why why = { "" };
	char *bytes = NULL;
	size_t len;
	bool found;

	*there = sek_file_read(&bytes, &len, path, max, SEK_FILE_PUBLIC,
	    &why) == SEK_OK;
	found = *there && memmem(bytes, len, text, strlen(text)) != NULL;
	free(bytes);
	return (found);
}

bool
tool_locker_without_pam(size_t i, const char **name, const char **path)
{
	bool there;

	if (i >= sizeof(lockers) / sizeof(lockers[0]))
		return (false);
	*name = lockers[i].name;
	*path = !has(lockers[i].path, PROGRAM_MAX, "libpam.so", &there) &&
	    there ? lockers[i].path : NULL;
	return (true);
}

const char *
tool_locker_common_auth(void)
{
	bool there;
	size_t i;

	if (has("/etc/environment", ENVIRONMENT_MAX,
	    "XSECURELOCK_PAM_SERVICE=", &there))
		return (NULL);
	for (i = 0; i < sizeof(xsecurelock) / sizeof(xsecurelock[0]); i++)
		if (has(xsecurelock[i], PROGRAM_MAX, "common-auth", &there))
			return (xsecurelock[i]);
	return (NULL);
}
