/*
 * audit.c - sekisho audit show|verify
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: who read the records is a record, written before the reading.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/bundle.h"
#include "sekisho/edge/record_body.h"
#include "audit.h"
#include "verb.h"

#define BATCH	1024		/* records read before they are printed */

struct reading {
	struct tool			*t;
	const char			*person;	/* filters; NULL any */
	const char			*user;
	const char			*event;
	const char			*terminal;
	const char			*file;	/* NULL: of the store */
	struct sek_record_range		 range;	/* what is still to read */
	struct sek_manifest		 m;	/* of the file */
	struct sek_record_fields	 f;
	struct sek_record_row		 row;
	uint64_t			 before;	/* newest before us */
	bool				 recorded;	/* this reading */
	bool				 titled;	/* the table begun */
	unsigned			 n;	/* in this batch */
	struct tool_list		*list;	/* of this batch, or */
	FILE				*to;	/* writes JSON into text */
	char				*text;
	size_t				 len;
};

static const char *const columns[] = {
	N_("No."), N_("Time"), N_("Event"), N_("Result"), N_("Subject"),
	N_("Target"), N_("Person"), N_("Details"), NULL
};
/* Most records fit: batch stands under batch. */
static const unsigned widths[] = { 7, 16, 14, 7, 10, 10, 10, 0 };

/* The keys of App. B, in its order. */
static const enum sek_field keys[] = {
	SEK_FIELD_SEQ, SEK_FIELD_TIME, SEK_FIELD_BOOT, SEK_FIELD_CLOCK,
	SEK_FIELD_TERMINAL, SEK_FIELD_PROFILE, SEK_FIELD_POLICY,
	SEK_FIELD_VERSION, SEK_FIELD_SERVICE, SEK_FIELD_SUBJECT,
	SEK_FIELD_TARGET, SEK_FIELD_PERSON, SEK_FIELD_SECTION, SEK_FIELD_EVENT,
	SEK_FIELD_KINDS, SEK_FIELD_AUTHENTICATOR, SEK_FIELD_REF,
	SEK_FIELD_RESULT, SEK_FIELD_REASON, SEK_FIELD_RHOST, SEK_FIELD_COUNT,
	SEK_FIELD_TTY, SEK_FIELD_DETAIL
};

static cJSON *
words_json(const char *list)
{
	cJSON *array = cJSON_CreateArray();
	char word[64];

	while (sek_text_word(&list, word, sizeof(word)))
		cJSON_AddItemToArray(array, cJSON_CreateString(word));
	return (array);
}

static cJSON *
field_json(const struct sek_record_row *row, enum sek_field field,
    const char *value)
{
	if (field == SEK_FIELD_SEQ)
		return (cJSON_CreateNumber((double)row->seq));
	if (field == SEK_FIELD_COUNT)
		return (cJSON_CreateNumber(value[0] ? atof(value) : 1));
	if (field == SEK_FIELD_KINDS && value[0] != '\0')
		return (words_json(value));
	return (tool_json_text(value));
}

/* One line of JSON. */
static enum sek_err
put_json(struct reading *r)
{
	char hex[SEK_HASH_LEN * 2 + 1];
	cJSON *o = cJSON_CreateObject();
	char *text = NULL;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		cJSON_AddItemToObject(o, sek_record_field_name(keys[i]),
		    field_json(&r->row, keys[i], r->f.value[keys[i]]));
	sek_text_hex(hex, r->row.prev, sizeof(r->row.prev));
	cJSON_AddStringToObject(o, "prev", hex);
	sek_text_hex(hex, r->row.hash, sizeof(r->row.hash));
	if (cJSON_AddStringToObject(o, "hash", hex) != NULL)
		text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	if (text != NULL)
		fprintf(r->to, "%s\n", text);
	cJSON_free(text);
	return (text == NULL || ferror(r->to) ? SEK_ERR_NOMEM : SEK_OK);
}

/* What has no column of its own, as far as it is there. */
static void
details(char *dst, size_t size, const struct sek_record_fields *f)
{
	static const enum sek_field rest[] = { SEK_FIELD_SERVICE,
	    SEK_FIELD_TTY, SEK_FIELD_RHOST, SEK_FIELD_SECTION,
	    SEK_FIELD_KINDS, SEK_FIELD_AUTHENTICATOR, SEK_FIELD_REF,
	    SEK_FIELD_REASON, SEK_FIELD_DETAIL, SEK_FIELD_COUNT };
	const char *value;
	size_t i, len = 0;

	dst[0] = '\0';
	for (i = 0; i < sizeof(rest) / sizeof(rest[0]) && len < size; i++) {
		value = f->value[rest[i]];
		if (value[0] == '\0' || (rest[i] == SEK_FIELD_COUNT &&
		    strcmp(value, "1") == 0))
			continue;
		len += (size_t)snprintf(dst + len, size - len, "%s%s=%s",
		    len > 0 ? " " : "", sek_record_field_name(rest[i]),
		    value);
	}
}

/* One line for people. */
static enum sek_err
put_row(struct reading *r)
{
	static const enum sek_field own[] = { SEK_FIELD_EVENT,
	    SEK_FIELD_RESULT, SEK_FIELD_SUBJECT, SEK_FIELD_TARGET,
	    SEK_FIELD_PERSON };
	char seq[24], when[32], more[SEK_RECORD_BODY_MAX];
	const char *cells[sizeof(columns) / sizeof(columns[0]) - 1];
	size_t i, n = 2;

	(void)snprintf(seq, sizeof(seq), "%" PRIu64, r->row.seq);
	tool_time(r->t, when, sizeof(when), r->row.wall);
	details(more, sizeof(more), &r->f);
	cells[0] = seq;
	cells[1] = when;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		cells[n++] = r->f.value[own[i]][0] != '\0' ?
		    r->f.value[own[i]] : "-";
	cells[n] = more;
	return (tool_list_row(r->list, cells));
}

static bool
wanted(const struct reading *r)
{
	const struct sek_record_fields *f = &r->f;

	return ((r->person == NULL ||
	    strcmp(r->person, f->value[SEK_FIELD_PERSON]) == 0) &&
	    (r->event == NULL ||
	    strcmp(r->event, f->value[SEK_FIELD_EVENT]) == 0) &&
	    (r->terminal == NULL ||
	    strcmp(r->terminal, f->value[SEK_FIELD_TERMINAL]) == 0) &&
	    (r->user == NULL ||
	    strcmp(r->user, f->value[SEK_FIELD_SUBJECT]) == 0 ||
	    strcmp(r->user, f->value[SEK_FIELD_TARGET]) == 0));
}

/* The record of this very reading is not part of what is read. */
static bool
is_ours(struct reading *r, const struct sek_record_row *row)
{
	const struct sek_record_fields *f = &r->f;

	if (!r->recorded || row->seq <= r->before ||
	    strcmp(f->value[SEK_FIELD_EVENT],
	    sek_event_name(SEK_EVENT_RECORD_READ)) != 0 ||
	    strcmp(f->value[SEK_FIELD_SUBJECT], r->t->actor.subject) != 0 ||
	    strcmp(f->value[SEK_FIELD_TTY], r->t->actor.tty) != 0)
		return (false);
	r->recorded = false;
	return (true);
}

/* A file is nobody's: what is in it may be anything. */
static void
make_printable(struct sek_record_fields *f)
{
	char clean[SEK_FIELD_MAX];
	size_t i;

	for (i = 0; i < SEK_FIELDS; i++) {
		sek_text_printable(clean, sizeof(clean), f->value[i]);
		memcpy(f->value[i], clean, sizeof(clean));
	}
}

/* SEK_ERR_TIMEOUT ends a batch. A row that cannot be read is shown as far as
 * it can: audit verify is what judges it. */
static enum sek_err
take_record(void *arg, const struct sek_record_row *row)
{
	struct reading *r = arg;

	if (r->n == BATCH)
		return (SEK_ERR_TIMEOUT);
	r->range.first = row->seq + 1;
	if (sek_record_body_parse(&r->f, row->body, row->body_len) != SEK_OK)
		memset(&r->f, 0, sizeof(r->f));
	if (is_ours(r, row) || !wanted(r))
		return (SEK_OK);
	if (r->file != NULL)
		make_printable(&r->f);
	r->n++;
	r->row = *row;
	if (r->t->json)
		return (put_json(r));
	return (put_row(r));
}

/* Where the rows of a batch are kept until the store is closed. */
static enum sek_err
begin_batch(struct reading *r)
{
	r->n = 0;
	if (r->t->json) {
		r->to = open_memstream(&r->text, &r->len);
		return (r->to == NULL ? SEK_ERR_NOMEM : SEK_OK);
	}
	if ((r->list = tool_list_new(r->t, columns)) == NULL)
		return (SEK_ERR_NOMEM);
	tool_list_part(r->list, widths, !r->titled);
	return (SEK_OK);
}

static int
print_batch(struct reading *r, enum sek_err err, const char *why)
{
	int rc;

	if (!r->t->json && err != SEK_OK) {
		tool_list_free(&r->list);
		return (tool_fail(err, why));
	}
	if (!r->t->json) {
		r->titled |= r->n > 0;
		return (tool_list_end(r->t, &r->list, err));
	}
	if (fclose(r->to) != 0 && err == SEK_OK)
		err = SEK_ERR_NOMEM;
	if (err != SEK_OK)
		rc = tool_fail(err, why);
	else {
		fwrite(r->text, 1, r->len, stdout);
		rc = tool_flush();
	}
	free(r->text);
	r->text = NULL;
	return (rc);
}

/* Read one batch, close the reading, then print it. *last: it was. */
static int
one_batch(struct reading *r, bool *last)
{
	struct sek_why why = { "" };
	enum sek_err err;

	if ((err = begin_batch(r)) != SEK_OK)
		return (tool_fail(err, NULL));
	err = r->file != NULL ? sek_bundle_records(r->file, &r->range,
	    take_record, r, &r->m, &why) :
	    sek_store_records_in(r->t->store, &r->range, take_record, r);
	*last = err == SEK_OK;
	if (err == SEK_ERR_TIMEOUT && r->n == BATCH)
		err = SEK_OK;
	return (print_batch(r, err, r->file != NULL ? why.text :
	    sek_store_why(r->t->store)));
}

/* The filters; TOOL_USAGE for one that can never fit. */
static int
take_filters(struct tool *t, struct reading *r)
{
	int e, rc;

	r->person = tool_option(t, "person");
	r->user = tool_option(t, "user");
	r->event = tool_option(t, "event");
	r->terminal = tool_option(t, "terminal");
	if ((rc = audit_range(t, &r->range)) != TOOL_YES || r->event == NULL)
		return (rc);
	for (e = SEK_EVENT_NONE + 1; e < SEK_EVENT_COUNT; e++)
		if (strcmp(r->event, sek_event_name((enum sek_event)e)) == 0)
			return (TOOL_YES);
	tool_error(_("--event: there is no such event (see sekisho(8))"));
	return (TOOL_USAGE);
}

/* Who reads is told first, also of a file, where there are records. */
static int
record_reading(struct tool *t, struct reading *r)
{
	struct sek_ends ends;
	enum sek_err err;

	if (t->store == NULL)
		return (TOOL_YES);
	err = sek_store_ends(t->store, &ends);
	r->before = ends.last;
	if (err == SEK_OK)
		err = audit_record(t, SEK_EVENT_RECORD_READ, r->file);
	if (err != SEK_OK && err != SEK_ERR_STORE_FULL &&
	    err != SEK_ERR_STORE_READONLY)
		return (tool_store_fail(t, err));
	r->recorded = err == SEK_OK && r->file == NULL;
	return (TOOL_YES);
}

int
verb_audit_show(struct tool *t, int argc, char **argv)
{
	struct reading *r;
	bool last = false;
	int rc;

	(void)argc;
	(void)argv;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	r->t = t;
	r->file = tool_option(t, "file");
	if ((rc = take_filters(t, r)) != TOOL_YES ||
	    (rc = r->file != NULL ? audit_store_if_any(t) : tool_store(t)) !=
	    TOOL_YES ||
	    (rc = take_filters(t, r)) != TOOL_YES ||
	    (rc = record_reading(t, r)) != TOOL_YES)
		goto out;
	while (rc == TOOL_YES && !last)
		rc = one_batch(r, &last);
	if (rc == TOOL_YES && r->file != NULL && !t->json)
		tool_error(_("these records stand as in the file; whether they "
		    "are as they were written: sekisho audit verify FILE"));
out:
	free(r);
	return (rc);
}

static void
progress(void *arg, uint64_t done, uint64_t all)
{
	tool_progress(arg, done, all);
}

static int
print_json(const struct tool *t, const struct sek_verify *v,
    const struct sek_manifest *m)
{
	char key[2 * SEK_SEAL_KEY_LEN + 1] = "";
	cJSON *o = cJSON_CreateObject();

	if (v->seals > 0)
		sek_text_hex(key, v->key_next, sizeof(v->key_next));
	cJSON_AddNumberToObject(o, "records", (double)v->records);
	cJSON_AddNumberToObject(o, "chains", (double)v->chains);
	cJSON_AddBoolToObject(o, "ok", v->ok);
	cJSON_AddItemToObject(o, "first_bad", v->ok ? cJSON_CreateNull() :
	    cJSON_CreateNumber((double)v->first_bad));
	cJSON_AddItemToObject(o, "cause", tool_json_text(v->cause));
	cJSON_AddItemToObject(o, "terminal", tool_json_text(m != NULL ?
	    m->terminal : t->settings->terminal.id));
	cJSON_AddNumberToObject(o, "first", (double)v->first);
	cJSON_AddNumberToObject(o, "seals", (double)v->seals);
	cJSON_AddNumberToObject(o, "series", (double)v->series);
	cJSON_AddItemToObject(o, "sealed_until", v->sealed == 0 ?
	    cJSON_CreateNull() : cJSON_CreateNumber((double)v->sealed));
	cJSON_AddItemToObject(o, "sealed_at",
	    tool_json_time(t, v->sealed_wall));
	cJSON_AddItemToObject(o, "noted_seal", v->noted_seal == 0 ?
	    cJSON_CreateNull() : cJSON_CreateNumber((double)v->noted_seal));
	cJSON_AddItemToObject(o, "key", tool_json_text(key));
	if (m != NULL)
		cJSON_AddBoolToObject(o, "finished", m->finished);
	return (tool_json_print(o));
}

/* What the seals vouch for, and what they do not. */
static void
print_seals(const struct tool *t, const struct sek_verify *v)
{
	uint64_t newest = v->first + v->records - 1;
	char key[2 * SEK_SEAL_KEY_LEN + 1], when[32];

	if (v->seals == 0) {
		puts(_("Not sealed: only the store's key vouches for them."));
		return;
	}
	tool_time(t, when, sizeof(when), v->sealed_wall);
	printf(_("Sealed: records up to %llu, by seal %llu of %s.\n"),
	    (unsigned long long)v->sealed, (unsigned long long)v->last_seal,
	    when);
	if (v->records > 0 && newest > v->sealed)
		printf(_("Not sealed yet: the %llu records after that.\n"),
		    (unsigned long long)(newest - v->sealed));
	if (v->series > 1)
		printf(_("Seals: %llu series; the newest began with seal %llu, "
		    "after record %llu (a restore, an adoption or a lost "
		    "key).\n"), (unsigned long long)v->series,
		    (unsigned long long)v->series_seal,
		    (unsigned long long)v->series_seq);
	if (v->noted_seal != 0)
		printf(_("Unbroken since the key that was noted elsewhere "
		    "(seal %llu).\n"), (unsigned long long)v->noted_seal);
	else
		puts(_("Whether all of this was made anew, seals too, is told "
		    "only by a key noted elsewhere: --key HEX."));
	sek_text_hex(key, v->key_next, sizeof(v->key_next));
	printf(_("Key of the next seal: %s\n"), key);
}

static void
print_text(const struct tool *t, const struct sek_verify *v,
    const struct sek_manifest *m)
{
	if (m != NULL && m->finished)
		printf(_("Export of %s: records %llu to %llu, made %s\n"),
		    m->terminal, (unsigned long long)m->first,
		    (unsigned long long)m->last, m->made);
	printf(_("Records: %llu, chains: %llu\n"),
	    (unsigned long long)v->records, (unsigned long long)v->chains);
	if (m == NULL && v->first > 1)
		printf(_("Purged: the records before %llu.\n"),
		    (unsigned long long)v->first);
	if (!v->ok)
		return;
	puts(_("Every record is as it was written."));
	print_seals(t, v);
}

static int
tell(const struct tool *t, const struct sek_verify *v,
    const struct sek_manifest *m)
{
	int rc;

	if (t->json)
		rc = print_json(t, v, m);
	else {
		print_text(t, v, m);
		rc = tool_flush();
	}
	if (rc != TOOL_YES || v->ok)
		return (rc);
	if (v->first_bad == 0)
		tool_error("%s", _(v->cause));
	else if (v->bad_seal != 0)
		tool_error(_("record %llu does not hold: %s (seal %llu)"),
		    (unsigned long long)v->first_bad, _(v->cause),
		    (unsigned long long)v->bad_seal);
	else
		tool_error(_("record %llu does not hold: %s"),
		    (unsigned long long)v->first_bad, _(v->cause));
	return (TOOL_NO);
}

static int
verify_file(struct tool *t, const char *path, const uint8_t *noted)
{
	struct tool_progress p = { 0 };
	struct sek_why why = { "" };
	struct sek_manifest m;
	struct sek_verify v;
	enum sek_err err;

	tool_progress_begin(&p);
	err = sek_bundle_verify(path, noted, &v, &m, progress, &p, &why);
	tool_progress_end(&p);
	if (err == SEK_ERR_SYNTAX) {
		tool_error("%s", why.text);
		return (TOOL_NO);
	}
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	return (tell(t, &v, &m));
}

/* Not a no: a store that was restored is right, and the next seal says so. */
static void
check_key(struct tool *t)
{
	struct sek_why why = { "" };
	bool fits = false;
	enum sek_err err;

	err = sek_sealing_check(&fits, t->store, t->settings->audit.seal_key,
	    &why);
	if (err != SEK_OK && err != SEK_ERR_STORE_OLDER)
		tool_error("%s", why.text);
	else if (err == SEK_OK && !fits)
		tool_error(_("the key of the seals does not go on with the "
		    "last seal here: seals were taken away, or the store was "
		    "restored or adopted since; the next seal begins a new "
		    "series, and records that"));
}

static int
verify_store(struct tool *t, const uint8_t *noted)
{
	struct tool_progress p = { 0 };
	struct sek_verify v;
	enum sek_err err;
	int rc;

	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_progress_begin(&p);
	err = sek_store_verify_noted(t->store, &v, noted, progress, &p);
	tool_progress_end(&p);
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	rc = tell(t, &v, NULL);
	check_key(t);
	return (rc);
}

int
verb_audit_verify(struct tool *t, int argc, char **argv)
{
	uint8_t key[SEK_SEAL_KEY_LEN];
	const uint8_t *noted;
	int rc;

	if ((rc = audit_key(t, key, &noted)) != TOOL_YES)
		return (rc);
	if (argc > 0)
		return (verify_file(t, argv[0], noted));
	return (verify_store(t, noted));
}
