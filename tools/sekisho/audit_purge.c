/*
 * audit_purge.c - sekisho audit purge --export FILE
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is taken away that the export, verified just now, does not
 * hold byte for byte, nor anything younger than audit.retention.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/bundle.h"
#include "audit.h"
#include "verb.h"

struct purging {
	struct tool		*t;
	struct tool_progress	 p;
	struct sek_verify	 v;
	struct sek_manifest	 m;
	struct sek_ends		 ends;
	struct sek_purge	 in;
	int64_t			 before;	/* wall: older may go */
	uint64_t		 through;	/* gone up to here */
	char			 path[SEK_PATH_MAX];
};

static void
progress(void *arg, uint64_t done, uint64_t all)
{
	tool_progress(arg, done, all);
}

static int
take_retention(struct purging *g)
{
	int64_t span = g->t->settings->audit.retention;
	struct sek_moment now;

	if (span == SEK_SPAN_NEVER) {
		tool_error(_("audit.retention says that records are kept "
		    "forever: nothing is purged"));
		return (TOOL_NO);
	}
	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_CLOCK, NULL));
	g->before = span < now.wall / SEK_SECOND ?
	    now.wall - span * SEK_SECOND : 0;
	return (TOOL_YES);
}

static int
verify_export(struct purging *g)
{
	struct sek_why why = { "" };
	enum sek_err err;

	tool_progress_begin(&g->p);
	err = sek_bundle_verify(g->path, NULL, &g->v, &g->m, progress, &g->p,
	    &why);
	tool_progress_end(&g->p);
	if (err != SEK_OK)
		return (err == SEK_ERR_SYNTAX ? (tool_error("%s", why.text),
		    TOOL_NO) : tool_fail(err, why.text));
	if (g->v.ok)
		return (TOOL_YES);
	tool_error(_("the export does not hold (record %llu: %s): nothing is "
	    "purged"), (unsigned long long)g->v.first_bad, _(g->v.cause));
	return (TOOL_NO);
}

/* Up to the first that is young, or whose time cannot be read. */
static enum sek_err
note_old(void *arg, const struct sek_record_row *row)
{
	struct purging *g = arg;

	if (row->wall <= 0 || row->wall >= g->before || tool_interrupted())
		return (SEK_ERR_TIMEOUT);
	g->in.last = row->seq;
	return (SEK_OK);
}

static int
find_last(struct purging *g)
{
	struct sek_record_range range = SEK_RECORD_ALL;
	struct sek_why why = { "" };
	enum sek_err err;

	if ((err = sek_store_ends(g->t->store, &g->ends)) != SEK_OK)
		return (tool_store_fail(g->t, err));
	g->through = g->ends.first - 1;
	if (g->m.first > g->ends.first) {
		tool_error(_("the export begins with record %llu, the store "
		    "with %llu: nothing is purged"),
		    (unsigned long long)g->m.first,
		    (unsigned long long)g->ends.first);
		return (TOOL_NO);
	}
	range.first = g->ends.first;
	range.last = g->m.last < g->ends.last ? g->m.last :
	    g->ends.last - 1;
	err = sek_store_records_in(g->t->store, &range, note_old, g);
	if (err != SEK_OK && err != SEK_ERR_TIMEOUT)
		return (tool_store_fail(g->t, err));
	if (g->in.last == 0)
		return (TOOL_YES);
	if ((err = sek_bundle_hash(g->path, g->in.last, g->in.hash, &why)) !=
	    SEK_OK)
		return (tool_fail(err, why.text));
	return (TOOL_YES);
}

static int
ask(const struct purging *g)
{
	char answer[16];
	int rc;

	if (g->t->yes)
		return (TOOL_YES);
	if ((rc = tool_must_ask(g->t)) != TOOL_YES)
		return (rc);
	printf(_("Records %llu to %llu will be gone from this terminal; the "
	    "export is all that is left of them.\n"),
	    (unsigned long long)g->ends.first,
	    (unsigned long long)g->in.last);
	fflush(stdout);
	if ((rc = tool_ask(_("Purge them? [y/N] "), answer, sizeof(answer))) !=
	    TOOL_YES)
		return (rc);
	if (answer[0] == 'y' || answer[0] == 'Y')
		return (TOOL_YES);
	tool_error(_("nothing was purged"));
	return (TOOL_NO);
}

static int
run(struct purging *g)
{
	uint64_t first = g->ends.first;
	enum sek_err err;

	(void)sek_text_format(g->in.detail, sizeof(g->in.detail), "records "
	    "%llu to %llu, export of %s (seal %llu): %.120s",
	    (unsigned long long)first, (unsigned long long)g->in.last,
	    g->m.made, (unsigned long long)g->v.last_seal, g->path);
	g->in.begin = true;
	tool_progress_begin(&g->p);
	do {
		err = sek_store_purge(g->t->store, &g->in, &g->t->actor,
		    &g->through);
		g->in.begin = false;
		tool_progress(&g->p, g->through - first + 1,
		    g->in.last - first + 1);
	} while (err == SEK_OK && g->through < g->in.last &&
	    !tool_interrupted());
	tool_progress_end(&g->p);
	return (err == SEK_OK ? TOOL_YES : err == SEK_ERR_REFUSED ||
	    err == SEK_ERR_FORBIDDEN || err == SEK_ERR_TAMPERED ?
	    (tool_store_fail(g->t, err), TOOL_NO) :
	    tool_store_fail(g->t, err));
}

static int
print_done(const struct purging *g)
{
	uint64_t first = g->ends.first;

	printf(_("Purged: %llu records (%llu to %llu). Records %llu to %llu "
	    "remain.\n"), (unsigned long long)(g->through - first + 1),
	    (unsigned long long)first, (unsigned long long)g->through,
	    (unsigned long long)g->through + 1,
	    (unsigned long long)g->ends.last);
	if (g->through < g->in.last) {
		(void)tool_flush();
		tool_error(_("stopped: run the same command again for the "
		    "rest"));
		return (TOOL_NO);
	}
	return (tool_flush());
}

static int
purge(struct purging *g)
{
	struct sek_ends now;
	int rc;

	if ((rc = take_retention(g)) != TOOL_YES ||
	    (rc = verify_export(g)) != TOOL_YES ||
	    (rc = find_last(g)) != TOOL_YES)
		return (rc);
	if (g->in.last == 0) {
		puts(_("Nothing in the export is older than audit.retention, "
		    "or still here: nothing was purged."));
		return (tool_flush());
	}
	if ((rc = ask(g)) != TOOL_YES)
		return (rc);
	tool_hold();
	if ((rc = run(g)) != TOOL_YES)
		return (rc);
	if (sek_store_ends(g->t->store, &now) == SEK_OK)
		g->ends.last = now.last;
	return (print_done(g));
}

int
verb_audit_purge(struct tool *t, int argc, char **argv)
{
	const char *file = tool_option(t, "export");
	struct purging *g;
	int rc;

	(void)argc;
	(void)argv;
	if (file == NULL) {
		tool_error(_("only what an export holds is purged: --export "
		    "FILE"));
		return (TOOL_USAGE);
	}
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	g->t = t;
	g->p.fd = -1;
	if ((rc = audit_path(file, g->path, sizeof(g->path))) == TOOL_YES &&
	    (rc = tool_store(t)) == TOOL_YES)
		rc = purge(g);
	free(g);
	return (rc);
}
