/*
 * pam_count.c - a backend that counts what reaches it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * count=FILE password=TEXT [sleep=MS] [auth=N] [account=N] [cred=FILE] [ask]:
 * one byte is added to FILE for each password compared, for each setcred; a
 * number answers instead of the comparison; ask asks for itself, as no
 * backend may; say=TEXT is told after a right password; become=NAME makes
 * another PAM_USER in account. Of a change: new=TEXT is what it says the user
 * typed, as a module does that asks before others; else it compares the present
 * password and takes any, or answers update=N.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>

#define DOOR __attribute__((visibility("default")))

DOOR int pam_sm_authenticate(pam_handle_t *, int, int, const char **);
DOOR int pam_sm_setcred(pam_handle_t *, int, int, const char **);
DOOR int pam_sm_acct_mgmt(pam_handle_t *, int, int, const char **);
DOOR int pam_sm_chauthtok(pam_handle_t *, int, int, const char **);

static const char *
argument(int argc, const char **argv, const char *name)
{
	size_t n = strlen(name);
	int i;

	for (i = 0; i < argc; i++)
		if (strncmp(argv[i], name, n) == 0)
			return (argv[i] + n);
	return (NULL);
}

static int
number(int argc, const char **argv, const char *name, int otherwise)
{
	const char *v = argument(argc, argv, name);

	return (v != NULL ? atoi(v) : otherwise);
}

static int
count(int argc, const char **argv, const char *name)
{
	const char *path = argument(argc, argv, name);
	int fd, ok;

	if (path == NULL)
		return (1);
	if ((fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)) < 0)
		return (0);
	ok = write(fd, "x", 1) == 1;
	(void)close(fd);
	return (ok);
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	const char *right = argument(argc, argv, "password=");
	const void *typed = NULL;
	char *answer = NULL;

	(void)flags;
	if (!count(argc, argv, "count="))
		return (PAM_SYSTEM_ERR);
	(void)usleep((useconds_t)number(argc, argv, "sleep=", 0) * 1000u);
	if (argument(argc, argv, "ask") != NULL &&
	    pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "Again: ") !=
	    PAM_SUCCESS)
		return (PAM_CONV_ERR);
	free(answer);
	if (argument(argc, argv, "auth=") != NULL)
		return (number(argc, argv, "auth=", 0));
	if (right == NULL ||
	    pam_get_item(pamh, PAM_AUTHTOK, &typed) != PAM_SUCCESS ||
	    typed == NULL || strcmp(typed, right) != 0)
		return (PAM_AUTH_ERR);
	if (argument(argc, argv, "say=") != NULL)
		(void)pam_info(pamh, "%s", argument(argc, argv, "say="));
	return (PAM_SUCCESS);
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	return (count(argc, argv, "cred=") ? PAM_SUCCESS : PAM_CRED_ERR);
}

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *become = argument(argc, argv, "become=");

	(void)flags;
	if (become != NULL)
		(void)pam_set_item(pamh, PAM_USER, become);
	return (number(argc, argv, "account=", PAM_SUCCESS));
}

int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	const char *right = argument(argc, argv, "password=");
	const char *new = argument(argc, argv, "new=");
	const void *typed = NULL;

	if (new != NULL)
		return (((unsigned)flags & PAM_UPDATE_AUTHTOK) == 0 ? PAM_SUCCESS :
		    pam_set_item(pamh, PAM_AUTHTOK, new));
	if (!count(argc, argv, "count="))
		return (PAM_SYSTEM_ERR);
	if (((unsigned)flags & PAM_UPDATE_AUTHTOK) != 0)
		return (number(argc, argv, "update=", PAM_SUCCESS));
	if (getuid() == 0 &&
	    ((unsigned)flags & PAM_CHANGE_EXPIRED_AUTHTOK) == 0)
		return (PAM_SUCCESS);
	return (right != NULL && pam_get_item(pamh, PAM_OLDAUTHTOK, &typed) ==
	    PAM_SUCCESS && typed != NULL && strcmp(typed, right) == 0 ?
	    PAM_SUCCESS : PAM_AUTH_ERR);
}
