/*
 * object.c - loading an object of our own, when it is first called for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <dlfcn.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/object.h"

#define PATH_LEN	512u

/* As sekisho-store: who has had our modules loaded since before an upgrade goes
 * on with the object of their version, kept until the next boot. */
static enum sek_err
find(char path[static PATH_LEN], const char *name)
{

	if (sek_text_format(path, PATH_LEN, "%s/old/%s/%s.so", SEK_LIBEXECDIR,
	    PACKAGE_VERSION, name) == SEK_OK && access(path, F_OK) == 0)
		return (SEK_OK);
	return (sek_text_format(path, PATH_LEN, "%s/%s.so", SEK_LIBEXECDIR,
	    name));
}

/* Is it root's, and not one that is half installed? */
static enum sek_err
check(const char *path, const struct sek_object *o, struct sek_why *why)
{
	enum sek_err err;
	int fd = -1;

	if ((err = sek_file_open(&fd, path, SEK_FILE_PUBLIC, why)) == SEK_OK)
		(void)close(fd);
	if (err == SEK_ERR_NOT_FOUND)
		return (sek_why(why, err, "%s: not there; install the package "
		    "%s%s", path, o->package != NULL ? o->package :
		    "libpam-sekisho-", o->package != NULL ? "" : o->name));
	return (err);
}

enum sek_err
sek_object_load(const void **out, struct sek_object *o, struct sek_why *why)
{
	const void *found = atomic_load(&o->loaded);
	char path[PATH_LEN];
	const char *said;
	void *handle;
	enum sek_err err;

	*out = found;
	if (found != NULL)
		return (SEK_OK);
	if ((err = find(path, o->name)) != SEK_OK ||
	    (err = check(path, o, why)) != SEK_OK)
		return (err);
	(void)dlerror();
	if ((handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)) ==
	    NULL) {
		said = dlerror();
		return (sek_why(why, SEK_ERR_NOT_FOUND, "%s: cannot be loaded "
		    "(%s); install %s", path, said != NULL ? said : "?",
		    o->library));
	}
	if ((found = dlsym(handle, o->symbol)) == NULL || !o->is_ours(found))
		return (sek_why(why, SEK_ERR_UNSUPPORTED, "%s: of another "
		    "build than this one (%s); install both anew", path,
		    PACKAGE_VERSION));
	atomic_store(&o->loaded, found);
	*out = found;
	return (SEK_OK);
}
