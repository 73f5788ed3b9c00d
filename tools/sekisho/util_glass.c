/*
 * util_glass.c - envelopes that were opened without the store, and those of
 * another machine
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/glass_in.h"
#include "sekisho.h"
#include "util_envelope.h"

void
tool_glass_take_in(const struct tool *t, struct sek_store *st, bool all)
{
	char dir[SEK_PATH_MAX];
	struct sek_why why = { "" };
	const char *where = tool_envelope_dir(t, dir);
	unsigned told = 0;

	if (geteuid() != 0 || (!all && !sek_envelope_waits(where)))
		return;
	/* A store that does not answer is told by what it was asked for. */
	(void)sek_glass_take_in(st, where, t->settings, all, &told, &why);
	if (told > 0)
		tool_error(_("%u envelopes were opened while the store could "
		    "not be asked. They are recorded now; a report of each "
		    "is due: sekisho approvals"), told);
}

static enum sek_err
tell_void(void *arg, const struct sek_envelope *e)
{
	const char *dir = arg;

	if (e->state == SEK_ENVELOPE_VOID)
		tool_error(_("envelope %s in %s opens nothing here: %s"),
		    e->id, dir != NULL ? dir : SEK_ENVELOPE_DIR, e->cause);
	return (SEK_OK);
}

void
tool_glass_tell_void(const struct tool *t)
{
	char dir[SEK_PATH_MAX];
	const char *where = tool_envelope_dir(t, dir);
	struct sek_why why = { "" };

	if (sek_envelope_list(where, tell_void, where != NULL ? dir : NULL,
	    &why) != SEK_OK)
		tool_error("%s", why.text);
}
