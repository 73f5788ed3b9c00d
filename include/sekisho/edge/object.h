/*
 * object.h - an object of our own that is loaded when it is first called for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Who has no device does without the libraries that talk to it: they come with
 * SEK_LIBEXECDIR/NAME.so, of a package of its own.
 *
 * MUST: what is loaded is root's, in a folder of root's, by its whole path, and
 * of the very build that loads it.
 * MUST: it is never unloaded: libcrypto stays for its end of the process.
 */
#ifndef SEKISHO_EDGE_OBJECT_H
#define SEKISHO_EDGE_OBJECT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "sekisho/base/err.h"

struct sek_object {
	const char	*name;		/* "fido2"; it exports one symbol, */
	const char	*symbol;	/* "sek_fido2_object" */
	const char	*package;	/* NULL: libpam-sekisho-NAME */
	const char	*library;	/* what it needs: "libfido2 1.12 or
					 * newer" */
	bool		(*is_ours)(const void *symbol);	/* of this build? */
	_Atomic(const void *) loaded;	/* NULL */
};
/*
 * Load it, once a process; *out is what the symbol names, for ever.
 * SEK_ERR_NOT_FOUND: it, or what it needs, is not installed: why names the
 * package or library. SEK_ERR_UNSUPPORTED: of another build. Two threads may do
 * this at once: they find the same.
 */
enum sek_err	sek_object_load(const void **out, struct sek_object *o,
		    struct sek_why *why);

#endif
