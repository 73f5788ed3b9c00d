/*
 * pam_count.c - a PAM module that counts how many answers reached it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For bench/run: stands where pam_unix stands, takes as long as a slow hash
 * does (25 ms), says no, and adds one byte to FILE for each time it was asked.
 *
 *   auth ... pam_count.so FILE
 */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	struct timespec hash = { 0, 25000000 };
	const char *password = NULL;
	int fd;

	(void)flags;
	if (argc != 1 || pam_get_authtok(pamh, PAM_AUTHTOK, &password, NULL) !=
	    PAM_SUCCESS)
		return (PAM_SERVICE_ERR);
	fd = open(argv[0], O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return (PAM_SERVICE_ERR);
	close(fd);
	nanosleep(&hash, NULL);
	return (PAM_AUTH_ERR);
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return (PAM_IGNORE);
}
