/*
 * key.c - sekisho key rotate: a new key for the store
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>

#include "sekisho.h"
#include "verb.h"

static void
progress(void *arg, uint64_t done, uint64_t all)
{
	tool_progress(arg, done, all);
}

int
verb_key_rotate(struct tool *t, int argc, char **argv)
{
	struct sek_rotated out;
	struct tool_progress p;
	enum sek_err err;
	int rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_must_ask(t)) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES)
		return (rc);
	sek_store_close(t->store);
	fputs(_("Copies of the store kept from before are removed: only the "
	    "old key opens them. While many thousands of lines are put under "
	    "the new one, logins are told to try again.\n"), tool_tty());
	if ((rc = tool_agree(t, _("Make a new key? [y/N] "))) != TOOL_YES)
		return (rc);
	tool_hold();
	tool_progress_begin(&p);
	err = sek_store_rotate(t->store, &t->actor, &out, progress, &p);
	tool_progress_end(&p);
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	printf(_("The store has a new key (%llu entries). Make a backup now: "
	    "sekisho store backup FILE\n"), (unsigned long long)out.rows);
	if (out.left > 0)
		printf(_("%llu counts of failures of names that no account "
		    "has any more were left out.\n"),
		    (unsigned long long)out.left);
	return (tool_flush());
}
