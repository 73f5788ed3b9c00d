/*
 * pam_backend.c - another PAM module, run inside our handle
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <security/pam_modules.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/pam_backend.h"
#include "sekisho/rule/stack.h"

typedef int (*pam_entry)(pam_handle_t *, int, int, const char **);

static const char *const entries[] = {
	[SEK_BACKEND_AUTHENTICATE] = "pam_sm_authenticate",
	[SEK_BACKEND_SETCRED] = "pam_sm_setcred",
	[SEK_BACKEND_ACCOUNT] = "pam_sm_acct_mgmt",
	[SEK_BACKEND_PRELIM] = "pam_sm_chauthtok",
	[SEK_BACKEND_UPDATE] = "pam_sm_chauthtok",
};

/*
 * What a backend must be told so that it fits in: pam_unix adds a delay of
 * its own to a wrong password, which would tell it from a wrong code; and to
 * take both passwords of a change from us, who asked for them, each has its
 * own words.
 */
static const struct {
	const char	*file;
	const char	*argument;
	bool		 change;	/* only of a password */
} needs[] = {
	{ "pam_unix.so", "nodelay", false },
	{ "pam_unix.so", "use_authtok", true },
	{ "pam_sss.so", "use_first_pass", true },
	{ "pam_sss.so", "use_authtok", true },
	{ "pam_ldap.so", "use_first_pass", true },
	{ "pam_ldap.so", "use_authtok", true },
	{ "pam_krb5.so", "use_first_pass", true },
	{ "pam_krb5.so", "use_authtok", true },
	{ "pam_winbind.so", "use_first_pass", true },
	{ "pam_winbind.so", "use_authtok", true },
};

/* While the backend verifies or changes: keep what it tells, answer nothing it asks. */
static int
mute_conversation(int n, const struct pam_message **msg,
    struct pam_response **resp, void *data)
{
	struct pam_response *none;
	int i;

	if (n < 1 || n > PAM_MAX_NUM_MSG)
		return (PAM_CONV_ERR);
	for (i = 0; i < n; i++)
		if (msg[i]->msg_style != PAM_TEXT_INFO &&
		    msg[i]->msg_style != PAM_ERROR_MSG)
			return (PAM_CONV_ERR);
	if ((none = calloc((size_t)n, sizeof *none)) == NULL)
		return (PAM_BUF_ERR);
	for (i = 0; i < n; i++)
		sek_pam_note(data, msg[i]->msg_style, msg[i]->msg);
	*resp = none;
	return (PAM_SUCCESS);
}

/* No backend needs more than this. */
_Static_assert(SEK_BACKEND_ARGV > SEK_BACKEND_ARGS + 4,
    "no room for what a backend needs");

static enum sek_err
backend_path(char *path, size_t size, const char *name, struct sek_why *why)
{
	if (*name == '/')
		return (sek_text_copy(path, size, name));
	if (strchr(name, '/') != NULL)
		return (sek_why(why, SEK_ERR_ARGUMENT, "backend=%s: a plain "
		    "name or an absolute path is wanted", name));
	return (sek_text_format(path, size, "%s/%s", SEK_SYSTEM_PAM_DIR,
	    name));
}

enum sek_err
sek_pam_backend_open(int *fd, char *path, size_t size, const char *name,
    struct sek_why *why)
{
	enum sek_err err;

	if ((err = backend_path(path, size, name, why)) != SEK_OK)
		return (err);
	return (sek_file_open(fd, path, SEK_FILE_PUBLIC, why));
}

/*
 * The descriptor is checked, the name is loaded: only root can change either,
 * its folder being root's too. (By /proc/self/fd/N the loader would take two
 * backends that got the same N for one.)
 */
static enum sek_err
load(void **object, const char *name, struct sek_why *why)
{
	char path[SEK_PATH_MAX];
	enum sek_err err;
	int fd = -1;

	if ((err = sek_pam_backend_open(&fd, path, sizeof path, name, why)) !=
	    SEK_OK)
		return (err);
	(void)close(fd);
	*object = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (*object == NULL)
		return (sek_why(why, SEK_ERR_BACKEND, "backend %s: %s", path,
		    dlerror()));
	return (SEK_OK);
}

static enum sek_err
find_entry(pam_entry *entry, const char *name, enum sek_backend_call call,
    struct sek_why *why)
{
	void *object = NULL, *symbol;
	enum sek_err err;

	if ((err = load(&object, name, why)) != SEK_OK)
		return (err);
	if ((symbol = dlsym(object, entries[call])) == NULL)
		return (sek_why(why, SEK_ERR_BACKEND, "backend %s has no %s",
		    name, entries[call]));
	memcpy(entry, &symbol, sizeof *entry);
	return (SEK_OK);
}

static enum sek_err
arguments(const char *argv[SEK_BACKEND_ARGV], int *argc,
    const struct sek_pam_options *o, bool change, struct sek_why *why)
{
	const char *base = strrchr(o->backend, '/');
	size_t i;
	int n;

	base = base == NULL ? o->backend : base + 1;
	for (n = 0; n < o->backend_argc; n++) {
		if (sek_stack_backend_refuses(o->backend_argv[n]))
			return (sek_why(why, SEK_ERR_ARGUMENT,
			    "backend argument %s: empty passwords are never "
			    "accepted, take it away", o->backend_argv[n]));
		argv[n] = o->backend_argv[n];
	}
	for (i = 0; i < sizeof needs / sizeof needs[0]; i++)
		if (strcmp(base, needs[i].file) == 0 &&
		    (change || !needs[i].change) && n < SEK_BACKEND_ARGV - 1)
			argv[n++] = needs[i].argument;
	argv[n] = NULL;
	*argc = n;
	return (SEK_OK);
}

enum sek_err
sek_pam_backend_arguments(const char *argv[SEK_BACKEND_ARGV], int *argc,
    const struct sek_pam_options *o, struct sek_why *why)
{

	return (arguments(argv, argc, o, false, why));
}

/* The flags of a call; of a change, which of its two it is. */
static int
flags_of(enum sek_backend_call call, int flags)
{
	unsigned f = (unsigned)flags &
	    ~(unsigned)(PAM_PRELIM_CHECK | PAM_UPDATE_AUTHTOK);

	switch (call) {
	case SEK_BACKEND_AUTHENTICATE:
		return ((int)(f | PAM_DISALLOW_NULL_AUTHTOK));
	case SEK_BACKEND_PRELIM:
		return ((int)(f | PAM_PRELIM_CHECK));
	case SEK_BACKEND_UPDATE:
		return ((int)(f | PAM_UPDATE_AUTHTOK));
	case SEK_BACKEND_SETCRED:
	case SEK_BACKEND_ACCOUNT:
	default:
		return (flags);
	}
}

/* Its answers were taken before it was called: it can ask nothing. */
static bool
is_muted(enum sek_backend_call call)
{

	return (call != SEK_BACKEND_SETCRED && call != SEK_BACKEND_ACCOUNT);
}

/* Run the entry with a conversation that can ask nothing. */
static int
call_muted(pam_entry entry, pam_handle_t *pamh, int flags, int argc,
    const char **argv, struct sek_notes *notes)
{
	const struct pam_conv *real = NULL;
	struct pam_conv saved, muted;
	const void *p = NULL;
	int code = PAM_SYSTEM_ERR;

	if (pam_get_item(pamh, PAM_CONV, &p) != PAM_SUCCESS || p == NULL)
		return (PAM_SYSTEM_ERR);
	real = p;
	saved = *real;
	muted.conv = mute_conversation;
	muted.appdata_ptr = notes;
	if (pam_set_item(pamh, PAM_CONV, &muted) == PAM_SUCCESS) {
		code = entry(pamh, flags, argc, argv);
		/* Without its conversation the application would call into
		 * this frame: nothing it verified may count then. */
		if (pam_set_item(pamh, PAM_CONV, &saved) != PAM_SUCCESS)
			code = PAM_SYSTEM_ERR;
	}
	return (code);
}

enum sek_err
sek_pam_backend_call(int *code, pam_handle_t *pamh,
    const struct sek_pam_options *options, enum sek_backend_call call,
    int flags, struct sek_notes *notes, struct sek_why *why)
{
	const char *argv[SEK_BACKEND_ARGV];
	pam_entry entry = NULL;
	enum sek_err err;
	int argc = 0;

	*code = PAM_SYSTEM_ERR;
	if ((err = arguments(argv, &argc, options,
	    call == SEK_BACKEND_PRELIM || call == SEK_BACKEND_UPDATE, why)) !=
	    SEK_OK ||
	    (err = find_entry(&entry, options->backend, call, why)) != SEK_OK)
		return (err);
	if (is_muted(call))
		*code = call_muted(entry, pamh, flags_of(call, flags), argc,
		    argv, notes);
	else
		*code = entry(pamh, flags_of(call, flags), argc, argv);
	return (SEK_OK);
}
