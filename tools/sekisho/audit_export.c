/*
 * audit_export.c - sekisho audit export FILE
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: who exported is a record, written before the reading.
 * MUST: what is gone on with is held against the store first.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/bundle.h"
#include "audit.h"
#include "verb.h"

#define COMMIT	4096u		/* records that an interruption can cost */
#define LOOK	256u		/* records between looks for one */

struct export {
	struct tool		*t;
	struct sek_bundle	*b;
	struct sek_manifest	 m;
	struct tool_progress	 p;
	struct sek_sealed	 sealed;
	uint64_t		 next;
	uint64_t		 seal_from;	/* first seal that goes in */
	uint64_t		 seen_last;	/* in the period */
	uint8_t			 prev[SEK_HASH_LEN];
	bool			 resumed;
	bool			 stopped;	/* by a signal */
	bool			 bundle_failed;
	char			 path[SEK_PATH_MAX];
};

static int
fail(struct export *e, enum sek_err err)
{
	if (e->bundle_failed && err == SEK_ERR_STORE_FULL) {
		tool_error(_("the disk of the export is full: make room, then "
		    "run the same command again; %llu records are in it"),
		    (unsigned long long)(e->next - e->m.first));
		return (TOOL_TROUBLE);
	}
	return (e->bundle_failed ? tool_fail(err, sek_bundle_why(e->b)) :
	    tool_store_fail(e->t, err));
}

static void
progress(void *arg, uint64_t done, uint64_t all)
{
	tool_progress(arg, done, all);
}

/* The first and last record of the period. */
static enum sek_err
note_period(void *arg, const struct sek_record_row *row)
{
	struct export *e = arg;

	if (e->m.first == 0)
		e->m.first = row->seq;
	e->seen_last = row->seq;
	return (tool_interrupted() ? SEK_ERR_TIMEOUT : SEK_OK);
}

/* All records between the first and the last of a period go in, also those
 * that a clock set back put there. */
static int
take_period(struct export *e, const struct sek_record_range *range)
{
	struct sek_ends ends;
	enum sek_err err;

	if ((err = sek_store_ends(e->t->store, &ends)) != SEK_OK)
		return (tool_store_fail(e->t, err));
	if (tool_option(e->t, "from") != NULL && range->first < ends.first) {
		tool_error(_("the records before %llu were purged"),
		    (unsigned long long)ends.first);
		return (TOOL_NO);
	}
	e->m.first = range->first < ends.first ? ends.first : range->first;
	e->m.last = ends.last;
	if (range->since != INT64_MIN || range->until != INT64_MAX) {
		e->m.first = 0;
		if ((err = sek_store_records_in(e->t->store, range,
		    note_period, e)) != SEK_OK && err != SEK_ERR_TIMEOUT)
			return (tool_store_fail(e->t, err));
		e->m.last = e->seen_last;
	}
	if (e->m.first != 0 && e->m.first <= e->m.last)
		return (TOOL_YES);
	tool_error(_("there is no record in that period"));
	return (TOOL_NO);
}

static enum sek_err
note_prev(void *arg, const struct sek_record_row *row)
{
	memcpy(arg, row->prev, SEK_HASH_LEN);
	return (SEK_ERR_TIMEOUT);
}

static void
copy_option(const struct tool *t, const char *name, char *dst, size_t size)
{
	const char *text = tool_option(t, name);

	(void)sek_text_copy(dst, size, text != NULL ? text : "");
}

static void
take_asked(struct export *e)
{
	copy_option(e->t, "from", e->m.from, sizeof(e->m.from));
	copy_option(e->t, "since", e->m.since, sizeof(e->m.since));
	copy_option(e->t, "until", e->m.until, sizeof(e->m.until));
}

static int
make_plan(struct export *e, const struct sek_record_range *range)
{
	struct sek_record_range one = SEK_RECORD_ALL;
	struct sek_moment now;
	enum sek_err err;
	int rc;

	if ((rc = take_period(e, range)) != TOOL_YES)
		return (rc);
	one.first = e->m.first;
	err = sek_store_records_in(e->t->store, &one, note_prev,
	    e->m.first_prev);
	if (err != SEK_ERR_TIMEOUT)
		return (tool_store_fail(e->t, err));
	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (tool_fail(err, NULL));
	sek_clock_print(e->m.made, sizeof(e->m.made), now.wall,
	    tool_zone(e->t));
	(void)sek_text_copy(e->m.terminal, sizeof(e->m.terminal),
	    e->t->settings->terminal.id);
	(void)sek_text_copy(e->m.version, sizeof(e->m.version),
	    PACKAGE_VERSION);
	take_asked(e);
	return (TOOL_YES);
}

static enum sek_err
note_hash(void *arg, const struct sek_record_row *row)
{
	memcpy(arg, row->hash, SEK_HASH_LEN);
	return (SEK_ERR_TIMEOUT);
}

/* What an interrupted one holds is what the store holds? */
static int
check_resumed(struct export *e)
{
	struct sek_record_range one = SEK_RECORD_ALL;
	uint8_t hash[SEK_HASH_LEN];
	struct sek_manifest asked = e->m;
	enum sek_err err;

	take_asked(e);
	if (strcmp(asked.from, e->m.from) != 0 ||
	    strcmp(asked.since, e->m.since) != 0 ||
	    strcmp(asked.until, e->m.until) != 0) {
		tool_error(_("this unfinished export was begun with other "
		    "--from, --since or --until: give the same, or another "
		    "file"));
		return (TOOL_NO);
	}
	one.first = e->next > e->m.first ? e->next - 1 : e->m.first;
	err = sek_store_records_in(e->t->store, &one, e->next > e->m.first ?
	    note_hash : note_prev, hash);
	if (err != SEK_OK && err != SEK_ERR_TIMEOUT)
		return (tool_store_fail(e->t, err));
	if (err == SEK_ERR_TIMEOUT &&
	    memcmp(hash, e->m.last_hash, SEK_HASH_LEN) == 0 &&
	    strcmp(e->m.terminal, e->t->settings->terminal.id) == 0)
		return (TOOL_YES);
	tool_error(_("this unfinished export is not of the records here: give "
	    "another file"));
	return (TOOL_NO);
}

static int
open_bundle(struct export *e, const struct sek_record_range *range, bool there)
{
	char detail[SEK_REASON_MAX];
	struct sek_why why = { "" };
	enum sek_err err;
	int rc;

	(void)sek_text_format(detail, sizeof(detail), "%s%.200s",
	    there ? "resumed: " : "", e->path);
	if ((err = audit_record(e->t, SEK_EVENT_RECORD_EXPORT, detail)) !=
	    SEK_OK)
		return (tool_store_fail(e->t, err));
	if (!there && (rc = make_plan(e, range)) != TOOL_YES)
		return (rc);
	/* One that was killed before its first word has no plan yet. */
	if (there && (rc = make_plan(e, range)) != TOOL_YES)
		return (rc);
	if ((err = sek_bundle_open(&e->b, e->path, &e->m, &e->next,
	    &e->resumed, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if (e->resumed)
		return (check_resumed(e));
	memcpy(e->m.last_hash, e->m.first_prev, SEK_HASH_LEN);
	return (TOOL_YES);
}

static enum sek_err
take_record(void *arg, const struct sek_record_row *row)
{
	struct export *e = arg;
	enum sek_err err;

	if (row->seq != e->next ||
	    memcmp(row->prev, e->m.last_hash, SEK_HASH_LEN) != 0)
		return (SEK_ERR_TAMPERED);
	e->bundle_failed = true;
	if ((err = sek_bundle_record(e->b, row)) != SEK_OK)
		return (err);
	if (row->seq == e->m.first)
		memcpy(e->m.first_hash, row->hash, SEK_HASH_LEN);
	memcpy(e->m.last_hash, row->hash, SEK_HASH_LEN);
	e->next++;
	if (row->seq % COMMIT == 0 &&
	    (err = sek_bundle_commit(e->b)) != SEK_OK)
		return (err);
	e->bundle_failed = false;
	if (row->seq % LOOK != 0)
		return (SEK_OK);
	tool_progress(&e->p, e->next - e->m.first, e->m.last - e->m.first + 1);
	e->stopped = tool_interrupted();
	return (e->stopped ? SEK_ERR_TIMEOUT : SEK_OK);
}

static int
copy_records(struct export *e)
{
	struct sek_record_range range = SEK_RECORD_ALL;
	enum sek_err err, end;

	range.first = e->next;
	range.last = e->m.last;
	tool_progress_begin(&e->p);
	err = e->next > e->m.last ? SEK_OK : sek_store_records_in(
	    e->t->store, &range, take_record, e);
	tool_progress_end(&e->p);
	if (err == SEK_OK && e->next != e->m.last + 1)
		err = SEK_ERR_TAMPERED;
	if (err == SEK_OK || e->stopped) {
		end = sek_bundle_commit(e->b);
		e->bundle_failed = end != SEK_OK;
		err = end != SEK_OK ? end : err;
	}
	if (err == SEK_OK)
		return (TOOL_YES);
	if (e->stopped && !e->bundle_failed) {
		tool_error(_("stopped: %llu records are in it; run the same "
		    "command again to go on"),
		    (unsigned long long)(e->next - e->m.first));
		return (TOOL_NO);
	}
	if (err == SEK_ERR_TAMPERED) {
		tool_error(_("record %llu does not follow the one before it: "
		    "see sekisho audit verify"), (unsigned long long)e->next);
		return (TOOL_NO);
	}
	return (fail(e, err));
}

/* The last seal before the first record, or the first there is. */
static enum sek_err
find_seal(void *arg, const struct sek_seal_row *row)
{
	struct export *e = arg;

	if (e->seal_from == 0 || row->seq < e->m.first)
		e->seal_from = row->number;
	return (row->seq < e->m.first ? SEK_OK : SEK_ERR_TIMEOUT);
}

static enum sek_err
take_seal(void *arg, const struct sek_seal_row *row)
{
	struct export *e = arg;
	enum sek_err err;

	if (row->number > e->sealed.number)
		return (SEK_ERR_TIMEOUT);
	err = sek_bundle_seal(e->b, row);
	e->bundle_failed = err != SEK_OK;
	return (err);
}

static int
put_seals(struct export *e)
{
	enum sek_err err;

	err = sek_store_seals(e->t->store, 1, find_seal, e);
	if (err == SEK_OK || err == SEK_ERR_TIMEOUT)
		err = sek_store_seals(e->t->store, e->seal_from, take_seal, e);
	return (err == SEK_OK || (err == SEK_ERR_TIMEOUT &&
	    !e->bundle_failed) ? TOOL_YES : fail(e, err));
}

static int
set_mark(struct export *e)
{
	struct sek_mark mark = { .name = "export" };
	enum sek_err err;

	(void)sek_text_format(mark.text, sizeof(mark.text), "%llu",
	    (unsigned long long)e->m.last);
	if ((err = sek_store_mark_set(e->t->store, &mark)) != SEK_OK)
		return (tool_store_fail(e->t, err));
	return (TOOL_YES);
}

/* The manifest, the seal over it, and the seals it follows. */
static int
finish(struct export *e)
{
	uint8_t digest[SEK_HASH_LEN];
	struct sek_sealing in;
	struct sek_why why = { "" };
	char *text = NULL;
	enum sek_err err;
	int rc;

	e->m.finished = true;
	e->m.count = e->m.last - e->m.first + 1;
	if ((err = sek_bundle_manifest(&text, &e->m)) != SEK_OK)
		return (tool_fail(err, NULL));
	crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
	audit_sealing(e->t, &in, digest);
	err = sek_sealing_run(&e->sealed, e->t->store, &in, &why);
	rc = err == SEK_OK ? put_seals(e) : tool_fail(err, why.text);
	if (rc == TOOL_YES && (err = sek_bundle_finish(e->b, text)) !=
	    SEK_OK) {
		e->bundle_failed = true;
		rc = fail(e, err);
	}
	cJSON_free(text);
	return (rc == TOOL_YES ? set_mark(e) : rc);
}

/* Was it killed behind its last step? Then this file is whole, it is of the
 * records here and was asked for so, and it is newer than what was noted. */
static bool
is_unnoted(struct export *e)
{
	struct sek_record_range one = SEK_RECORD_ALL;
	struct sek_why why = { "" };
	struct sek_mark mark;
	struct sek_verify v;
	uint8_t hash[SEK_HASH_LEN];
	struct sek_manifest asked;
	enum sek_err err;
	int64_t last = 0;

	take_asked(e);
	asked = e->m;
	err = sek_store_mark(e->t->store, "export", &mark);
	if ((err != SEK_OK && err != SEK_ERR_NOT_FOUND) || (err == SEK_OK &&
	    sek_text_number(&last, mark.text, 0, INT64_MAX) != SEK_OK))
		return (false);
	tool_progress_begin(&e->p);
	err = sek_bundle_verify(e->path, NULL, &v, &e->m, progress, &e->p,
	    &why);
	tool_progress_end(&e->p);
	if (err != SEK_OK || !v.ok || e->m.last <= (uint64_t)last ||
	    strcmp(asked.from, e->m.from) != 0 ||
	    strcmp(asked.since, e->m.since) != 0 ||
	    strcmp(asked.until, e->m.until) != 0 ||
	    strcmp(e->m.terminal, e->t->settings->terminal.id) != 0)
		return (false);
	one.first = one.last = e->m.last;
	e->sealed.number = v.last_seal;
	memcpy(e->sealed.next, v.key_next, sizeof(e->sealed.next));
	return (sek_store_records_in(e->t->store, &one, note_hash, hash) ==
	    SEK_ERR_TIMEOUT &&
	    memcmp(hash, e->m.last_hash, SEK_HASH_LEN) == 0);
}

static int
finish_bookkeeping(struct export *e)
{
	struct sek_why why = { "" };
	char detail[SEK_REASON_MAX];
	enum sek_err err;

	(void)sek_text_format(detail, sizeof(detail), "finished: %.200s",
	    e->path);
	if ((err = sek_bundle_sync(e->path, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	if ((err = audit_record(e->t, SEK_EVENT_RECORD_EXPORT, detail)) !=
	    SEK_OK)
		return (tool_store_fail(e->t, err));
	return (set_mark(e));
}

static int
print_done(const struct export *e)
{
	char key[2 * SEK_SEAL_KEY_LEN + 1];
	cJSON *o;

	sek_text_hex(key, e->sealed.next, sizeof(e->sealed.next));
	if (e->t->json) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "file", e->path);
		cJSON_AddStringToObject(o, "terminal", e->m.terminal);
		cJSON_AddNumberToObject(o, "first", (double)e->m.first);
		cJSON_AddNumberToObject(o, "last", (double)e->m.last);
		cJSON_AddNumberToObject(o, "count", (double)e->m.count);
		cJSON_AddNumberToObject(o, "seal", (double)e->sealed.number);
		cJSON_AddStringToObject(o, "key", key);
		return (tool_json_print(o));
	}
	printf(_("Exported: records %llu to %llu.\n"),
	    (unsigned long long)e->m.first, (unsigned long long)e->m.last);
	printf(_("To verify it: sekisho audit verify FILE, on any machine.\n"
	    "Note this key on paper; what is sealed from now on begins with "
	    "it:\n%s\n"), key);
	return (tool_flush());
}

int
verb_audit_export(struct tool *t, int argc, char **argv)
{
	struct sek_record_range range;
	struct sek_why why = { "" };
	struct export *e;
	bool there = false;
	enum sek_err err;
	int rc;

	(void)argc;
	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	e->t = t;
	e->p.fd = -1;
	if ((rc = tool_path(e->path, sizeof(e->path), argv[0])) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES ||
	    (rc = audit_range(t, &range)) != TOOL_YES)
		goto out;
	tool_hold();
	err = sek_bundle_ready(e->path, &there, &why);
	if (err == SEK_ERR_EXISTS && is_unnoted(e)) {
		if ((rc = finish_bookkeeping(e)) == TOOL_YES)
			rc = print_done(e);
		goto out;
	}
	if (err != SEK_OK) {
		rc = tool_fail(err, why.text);
		goto out;
	}
	if ((rc = open_bundle(e, &range, there)) == TOOL_YES &&
	    (rc = copy_records(e)) == TOOL_YES &&
	    (rc = finish(e)) == TOOL_YES)
		rc = print_done(e);
out:
	sek_bundle_close(&e->b);
	free(e);
	return (rc);
}
