/*
 * adopt.c - sekisho store adopt: say what a copied store is
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: killed between, the same call ends it.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/isolate.h"
#include "sekisho/edge/roster.h"
#include "sekisho.h"
#include "verb.h"

static void
progress(void *arg, uint64_t done, uint64_t all)
{
	tool_progress(arg, done, all);
}

static int
call(struct sek_store_config *config, struct sek_adopt_in *in,
    struct sek_adopted *out)
{
	struct sek_why why = { "" };
	struct tool_progress p;
	enum sek_err err;

	in->progress = progress;
	in->arg = &p;
	tool_progress_begin(&p);
	err = sek_store_adopt(config, in, out, &why);
	tool_progress_end(&p);
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* One more terminal: its id first, for its first record names it. */
int
tool_adopt_clone(struct tool *t, struct sek_store_config *config,
    struct sek_adopted *out)
{
	struct sek_adopt_in in = { .how = SEK_ADOPT_CLONE,
	    .seal_key = t->settings->audit.seal_key, .actor = &t->actor };
	char id[64 - 8] = "", roster[SEK_PATH_MAX];
	const char *to = config->terminal;
	enum sek_err err;
	int rc;

	if (sek_roster_key_path(roster, sizeof(roster), config->key) ==
	    SEK_OK)
		in.roster_key = roster;
	/* An id of its own it may have already: from a run that was killed. */
	if (to[0] == '\0' || strcmp(to, out->terminal) == 0) {
		if ((err = tool_terminal_new(id, sizeof(id))) != SEK_OK)
			return (tool_fail(err, NULL));
		to = id;
	}
	if ((rc = tool_terminal_writable(t, to)) != TOOL_YES)
		return (rc);
	tool_hold();
	if ((rc = tool_terminal_write(t, to)) != TOOL_YES)
		return (rc);
	if (to == id)
		(void)sek_text_copy(config->terminal,
		    sizeof(config->terminal), id);
	if ((rc = call(config, &in, out)) == TOOL_YES)
		tool_glass_tell_void(t);
	return (rc);
}

static int
replace(struct tool *t, struct sek_store_config *config,
    struct sek_adopted *out)
{
	struct sek_adopt_in in = { .how = SEK_ADOPT_REPLACE,
	    .actor = &t->actor };
	char id[64];
	int rc;

	(void)sek_text_copy(id, sizeof(id), out->terminal);
	if ((rc = tool_terminal_writable(t, id)) != TOOL_YES)
		return (rc);
	tool_hold();
	(void)sek_text_copy(config->terminal, sizeof(config->terminal), id);
	if (!out->here && (rc = call(config, &in, out)) != TOOL_YES)
		return (rc);
	if ((rc = tool_terminal_write(t, id)) == TOOL_YES)
		tool_glass_tell_void(t);
	return (rc);
}

static int
adopt(struct tool *t, struct sek_store_config *config,
    struct sek_adopted *out, bool clone)
{
	struct sek_adopt_in look = { .how = SEK_ADOPT_LOOK };
	char from[64];
	int rc;

	if ((rc = call(config, &look, out)) != TOOL_YES)
		return (rc);
	if (out->here && strcmp(out->terminal, config->terminal) == 0) {
		tool_error(_("the store is this terminal's own already (%s). "
		    "If several were made from one image: give each a "
		    "machine-id of its own first (rm /etc/machine-id; "
		    "systemd-machine-id-setup)"), out->terminal);
		return (TOOL_NO);
	}
	(void)sek_text_copy(from, sizeof(from), out->terminal);
	if (clone)
		fprintf(tool_tty(), _("This becomes a new terminal, made from "
		    "%s: its %llu accounts and their tokens stay, the %llu "
		    "records of %s are taken out of this copy.\n"), from,
		    (unsigned long long)out->accounts,
		    (unsigned long long)out->records, from);
	else
		fprintf(tool_tty(), _("This machine becomes terminal %s; its "
		    "former machine must not be used any more.\n"), from);
	if ((rc = tool_agree(t, _("Go on? [y/N] "))) != TOOL_YES)
		return (rc);
	rc = clone ? tool_adopt_clone(t, config, out) :
	    replace(t, config, out);
	if (rc != TOOL_YES)
		return (rc);
	printf(clone ? _("This terminal is now %s.\n") :
	    _("This machine is terminal %s now.\n"), config->terminal);
	return (tool_flush());
}

int
verb_store_adopt(struct tool *t, int argc, char **argv)
{
	bool clone = tool_option(t, "clone") != NULL;
	bool replacing = tool_option(t, "replace") != NULL;
	struct sek_store_config *config;
	struct sek_adopted out;
	struct sek_why why = { "" };
	enum sek_err err;
	int rc;

	(void)argc;
	(void)argv;
	if (clone == replacing) {
		tool_error(_("say what this store is: --clone (one more "
		    "terminal made from an image) or --replace (a new machine "
		    "in place of the old one)"));
		return (TOOL_USAGE);
	}
	if ((rc = tool_root(t)) != TOOL_YES ||
	    (rc = tool_must_ask(t)) != TOOL_YES ||
	    (rc = tool_settings_early(t)) != TOOL_YES)
		return (rc);
	if ((err = sek_isolate_self(&why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if ((config = calloc(1, sizeof(*config))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	tool_actor(t);
	sek_store_config(config, t->settings);
	rc = adopt(t, config, &out, clone);
	free(config);
	return (rc);
}
