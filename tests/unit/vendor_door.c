/*
 * vendor_door.c - a PAM module whose entry is in the test that loads it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What may be done by a module only is done in a real one's place.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>
#include <security/pam_modules.h>

#define DOOR __attribute__((visibility("default")))

DOOR int pam_sm_authenticate(pam_handle_t *, int, int, const char **);
DOOR int pam_sm_setcred(pam_handle_t *, int, int, const char **);

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int (*door)(pam_handle_t *, int) = NULL;
	void *symbol = dlsym(RTLD_DEFAULT, "vendor_test_door");

	(void)argc;
	(void)argv;
	if (symbol == NULL)
		return (PAM_SYMBOL_ERR);
	memcpy(&door, &symbol, sizeof(door));
	return (door(pamh, flags));
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
