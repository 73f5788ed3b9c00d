/*
 * audit_purge.c - sekisho audit purge --export FILE
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing is taken away that the export, verified just now, does not
 * hold byte for byte, nor anything younger than audit.retention.
 * MUST: a clock that was wrong for a while, when a record was written or now,
 * makes nothing old.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/bundle.h"
#include "sekisho/edge/chain.h"
#include "sekisho/edge/record_body.h"
#include "audit.h"
#include "verb.h"

#define SILENT	31		/* days without a record: ask for the clock */

struct purging {
	struct tool		*t;
	const uint8_t		*noted;		/* --key, or NULL */
	struct sek_chain	 c;
	struct sek_verify	 walked;	/* by c: the store's own */
	struct sek_record_fields f;
	uint64_t		 old;		/* up to here, in the store */
	int64_t			 now;		/* wall */
	int64_t			 newest;	/* wall of the newest record */
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
	struct sek_moment now;
	int64_t span;

	/* An exception may be for some of those who do this. */
	sek_settings_for(g->t->settings, g->t->actor.subject);
	span = g->t->settings->audit.retention;
	if (span == SEK_SPAN_NEVER) {
		tool_error(_("audit.retention says that records are kept "
		    "forever: nothing is purged"));
		return (TOOL_NO);
	}
	if (sek_clock_now(&now) != SEK_OK)
		return (tool_fail(SEK_ERR_CLOCK, NULL));
	g->now = now.wall;
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
	err = sek_bundle_verify_upto(g->path, g->noted, g->old, g->in.hash,
	    &g->v, &g->m, progress, &g->p, &why);
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

/* Walked as it is read: nothing that was changed goes, not even in part. Up
 * to the first that is young. One that a clock set back wrote, or of a time
 * to come, says nothing: it is as old as the next that does. */
static enum sek_err
note_old(void *arg, const struct sek_record_row *row)
{
	struct purging *g = arg;
	const struct sek_chain_row link = { .seq = row->seq,
	    .version = row->version, .prev = row->prev, .hash = row->hash,
	    .body = row->body, .prev_len = SEK_HASH_LEN,
	    .hash_len = SEK_HASH_LEN, .body_len = row->body_len };

	if (!sek_chain_record(&g->c, &link))
		return (SEK_ERR_TIMEOUT);
	if (sek_record_body_parse(&g->f, row->body, row->body_len) != SEK_OK ||
	    row->wall <= 0 || row->wall > g->now ||
	    strcmp(g->f.value[SEK_FIELD_CLOCK], "back") == 0)
		return (tool_interrupted() ? SEK_ERR_TIMEOUT : SEK_OK);
	if (row->wall >= g->before || tool_interrupted())
		return (SEK_ERR_TIMEOUT);
	g->old = row->seq;
	return (SEK_OK);
}

static enum sek_err
note_newest(void *arg, const struct sek_record_row *row)
{
	struct purging *g = arg;

	g->newest = row->wall;
	return (SEK_OK);
}

/* A clock years ahead would make everything old. */
static int
check_clock(struct purging *g)
{
	struct sek_record_range range = SEK_RECORD_ALL;
	enum sek_err err;

	range.first = g->ends.last;
	if ((err = sek_store_records_in(g->t->store, &range, note_newest,
	    g)) != SEK_OK)
		return (tool_store_fail(g->t, err));
	if (g->now - g->newest <= SILENT * SEK_DAY)
		return (TOOL_YES);
	tool_error(_("the clock is %lld days past the newest record: if it is "
	    "right, say so first: sekisho store clock --accept"),
	    (long long)((g->now - g->newest) / SEK_DAY));
	return (TOOL_NO);
}

static int
find_old(struct purging *g)
{
	struct sek_record_range range = SEK_RECORD_ALL;
	enum sek_err err;
	int rc;

	if ((err = sek_store_ends(g->t->store, &g->ends)) != SEK_OK)
		return (tool_store_fail(g->t, err));
	if ((rc = check_clock(g)) != TOOL_YES)
		return (rc);
	g->through = g->ends.first - 1;
	range.first = g->ends.first;
	range.last = g->ends.last - 1;
	sek_chain_begin(&g->c, &g->walked, NULL);
	sek_chain_start(&g->c, g->ends.first, g->ends.first_prev);
	err = range.last < range.first ? SEK_OK : sek_store_records_in(
	    g->t->store, &range, note_old, g);
	sek_chain_free(&g->c);
	if (err != SEK_OK && err != SEK_ERR_TIMEOUT)
		return (tool_store_fail(g->t, err));
	if (g->walked.cause[0] == '\0')
		return (TOOL_YES);
	tool_error(_("record %llu is not as it was written: nothing is purged; "
	    "see: sekisho audit verify"),
	    (unsigned long long)g->walked.first_bad);
	return (TOOL_NO);
}

/* Of the old ones, those that the export holds. */
static int
take_last(struct purging *g)
{

	if (g->m.first > g->ends.first) {
		tool_error(_("the export begins with record %llu, the store "
		    "with %llu: nothing is purged"),
		    (unsigned long long)g->m.first,
		    (unsigned long long)g->ends.first);
		return (TOOL_NO);
	}
	g->in.last = g->old < g->m.last ? g->old : g->m.last;
	if (g->in.last < g->ends.first)
		g->in.last = 0;
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
	if (tool_is_yes(answer))
		return (TOOL_YES);
	tool_error(_("nothing was purged"));
	return (TOOL_NO);
}

static int
run(struct purging *g)
{
	uint64_t first = g->ends.first;
	char span[24];
	enum sek_err err;

	sek_text_span_print(span, sizeof(span),
	    g->t->settings->audit.retention);

	(void)sek_text_format(g->in.detail, sizeof(g->in.detail), "records "
	    "%llu to %llu, retention %s, export of %s (seal %llu%s): "
	    "%.100s", (unsigned long long)first,
	    (unsigned long long)g->in.last,
	    span, g->m.made,
	    (unsigned long long)g->v.last_seal, g->v.noted_seal != 0 ?
	    ", key noted" : "", g->path);
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
	    (rc = find_old(g)) != TOOL_YES ||
	    (rc = verify_export(g)) != TOOL_YES ||
	    (rc = take_last(g)) != TOOL_YES)
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
	uint8_t key[SEK_SEAL_KEY_LEN];
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
	if ((rc = audit_key(t, key, &g->noted)) == TOOL_YES &&
	    (rc = tool_path(g->path, sizeof(g->path), file)) == TOOL_YES &&
	    (rc = tool_store(t)) == TOOL_YES)
		rc = purge(g);
	free(g);
	return (rc);
}
