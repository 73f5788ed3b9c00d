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
#include "sekisho/edge/record_body.h"
#include "sekisho.h"
#include "verb.h"

#define BATCH	256		/* records read before they are printed */

struct reading {
	struct tool			*t;
	const char			*person;	/* filters; NULL any */
	const char			*user;
	const char			*event;
	struct sek_record_fields	 f;	/* the newest: kept back */
	struct sek_record_row		 row;
	bool				 held;	/* it is there, and wanted */
	bool				 held_is_ours;
	bool				 recorded;	/* this reading */
	bool				 titled;	/* the table begun */
	uint64_t			 next;	/* seq to go on from */
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
	    (r->user == NULL ||
	    strcmp(r->user, f->value[SEK_FIELD_SUBJECT]) == 0 ||
	    strcmp(r->user, f->value[SEK_FIELD_TARGET]) == 0));
}

static enum sek_err
release_held(struct reading *r)
{
	if (!r->held)
		return (SEK_OK);
	r->held = false;
	if (r->t->json)
		return (put_json(r));
	r->titled = true;
	return (put_row(r));
}

/* SEK_ERR_TIMEOUT ends a batch. A row that cannot be read is shown as far as
 * it can: audit verify is what judges it. */
static enum sek_err
take_record(void *arg, const struct sek_record_row *row)
{
	struct reading *r = arg;
	enum sek_err err;

	if (r->n == BATCH)
		return (SEK_ERR_TIMEOUT);
	r->n++;
	r->next = row->seq + 1;
	if ((err = release_held(r)) != SEK_OK)
		return (err);
	if (sek_record_body_parse(&r->f, row->body, row->body_len) != SEK_OK)
		memset(&r->f, 0, sizeof(r->f));
	r->row = *row;
	r->held = wanted(r);
	r->held_is_ours = r->recorded && strcmp(r->f.value[SEK_FIELD_EVENT],
	    sek_event_name(SEK_EVENT_RECORD_READ)) == 0;
	return (SEK_OK);
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
print_batch(struct reading *r, enum sek_err err)
{
	int rc;

	if (!r->t->json)
		return (tool_list_end(r->t, &r->list, err));
	if (fclose(r->to) != 0 && err == SEK_OK)
		err = SEK_ERR_NOMEM;
	if (err != SEK_OK)
		rc = tool_store_fail(r->t, err);
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
	enum sek_err err;

	if ((err = begin_batch(r)) != SEK_OK)
		return (tool_fail(err, NULL));
	err = sek_store_records(r->t->store, r->next, take_record, r);
	*last = err == SEK_OK;
	if (err == SEK_ERR_TIMEOUT && r->n == BATCH)
		err = SEK_OK;
	/* The newest of all is the record of this reading. */
	if (*last && !r->held_is_ours)
		err = release_held(r);
	return (print_batch(r, err));
}

/* The filters; TOOL_USAGE for one that can never fit. */
static int
take_filters(struct tool *t, struct reading *r)
{
	const char *from = tool_option(t, "from");
	int64_t seq = 1;
	int e;

	r->person = tool_option(t, "person");
	r->user = tool_option(t, "user");
	r->event = tool_option(t, "event");
	if (from != NULL && sek_text_number(&seq, from, 0, INT64_MAX) !=
	    SEK_OK) {
		tool_error(_("--from: give the number of a record"));
		return (TOOL_USAGE);
	}
	r->next = (uint64_t)seq;
	if (r->event == NULL)
		return (TOOL_YES);
	for (e = SEK_EVENT_NONE + 1; e < SEK_EVENT_COUNT; e++)
		if (strcmp(r->event, sek_event_name((enum sek_event)e)) == 0)
			return (TOOL_YES);
	tool_error(_("--event: there is no such event (see sekisho(8))"));
	return (TOOL_USAGE);
}

int
verb_audit_show(struct tool *t, int argc, char **argv)
{
	struct reading *r;
	struct sek_record read_record;
	enum sek_err err;
	bool last = false;
	int rc;

	(void)argc;
	(void)argv;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	r->t = t;
	if ((rc = take_filters(t, r)) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES)
		goto out;
	read_record = t->actor;
	read_record.event = SEK_EVENT_RECORD_READ;
	read_record.count = 1;
	err = sek_store_append(t->store, &read_record);
	if (err != SEK_OK && err != SEK_ERR_STORE_FULL &&
	    err != SEK_ERR_STORE_READONLY) {
		rc = tool_store_fail(t, err);
		goto out;
	}
	r->recorded = err == SEK_OK;
	while (rc == TOOL_YES && !last)
		rc = one_batch(r, &last);
out:
	free(r);
	return (rc);
}

static void
progress(void *arg, uint64_t done, uint64_t all)
{
	tool_progress(arg, done, all);
}

int
verb_audit_verify(struct tool *t, int argc, char **argv)
{
	struct sek_verify v;
	struct tool_progress p = { 0 };
	enum sek_err err;
	cJSON *o;
	int rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	memset(&v, 0, sizeof(v));
	tool_progress_begin(&p);
	err = sek_store_verify(t->store, &v, progress, &p);
	tool_progress_end(&p);
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	if (t->json) {
		o = cJSON_CreateObject();
		cJSON_AddNumberToObject(o, "records", (double)v.records);
		cJSON_AddNumberToObject(o, "chains", (double)v.chains);
		cJSON_AddBoolToObject(o, "ok", v.ok);
		cJSON_AddItemToObject(o, "first_bad", v.ok ?
		    cJSON_CreateNull() :
		    cJSON_CreateNumber((double)v.first_bad));
		rc = tool_json_print(o);
	} else {
		printf(_("Records: %llu, chains: %llu\n"),
		    (unsigned long long)v.records,
		    (unsigned long long)v.chains);
		if (v.ok)
			puts(_("Every record is as it was written."));
		rc = tool_flush();
	}
	if (rc != TOOL_YES || v.ok)
		return (rc);
	tool_error(_("record %llu does not hold: %s"),
	    (unsigned long long)v.first_bad, _(v.cause));
	return (TOOL_NO);
}
