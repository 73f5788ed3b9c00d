/*
 * util_grant_work.c - privileged sessions, put together from the records
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(1)④ア.
 * MUST: who read the records is a record, written before the reading.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/record_body.h"
#include "audit.h"
#include "util_grant.h"
#include "util_page.h"

#define MOST	100000u		/* sessions of one paper */
#define TEXT	1024

struct reading {
	struct tool_works		*w;
	int64_t				 from;
	int64_t				 until;
	struct sek_record_fields	 f;
	struct tool_progress		 progress;
	uint64_t			 first;
	uint64_t			 last;
};

static bool
is(const struct sek_record_fields *f, enum sek_field field, const char *text)
{

	return (strcmp(f->value[field], text) == 0);
}

static bool
is_event(const struct sek_record_fields *f, enum sek_event e)
{

	return (is(f, SEK_FIELD_EVENT, sek_event_name(e)));
}

static struct tool_work *
add(struct tool_works *w)
{
	struct tool_work *more;
	size_t size;

	if (w->n >= MOST)
		return (NULL);
	if (w->n == w->size) {
		size = w->size == 0 ? 32 : w->size * 2;
		if ((more = reallocarray(w->v, size, sizeof(*more))) == NULL)
			return (NULL);
		w->v = more;
		w->size = size;
	}
	memset(&w->v[w->n], 0, sizeof(*w->v));
	return (&w->v[w->n++]);
}

static enum sek_err
begins(struct reading *r, const struct sek_record_row *row)
{
	const struct sek_record_fields *f = &r->f;
	struct tool_work *one;

	if (row->wall < r->from || row->wall > r->until)
		return (SEK_OK);
	if (!is(f, SEK_FIELD_RESULT, sek_result_name(SEK_RESULT_OK))) {
		r->w->refused++;
		return (SEK_OK);
	}
	if ((one = add(r->w)) == NULL)
		return (SEK_ERR_NOMEM);
	(void)sek_text_copy(one->grant, sizeof(one->grant),
	    f->value[SEK_FIELD_REF]);
	(void)sek_text_copy(one->subject, sizeof(one->subject),
	    f->value[SEK_FIELD_SUBJECT]);
	(void)sek_text_copy(one->person, sizeof(one->person),
	    f->value[SEK_FIELD_PERSON]);
	(void)sek_text_copy(one->target, sizeof(one->target),
	    f->value[SEK_FIELD_TARGET]);
	(void)sek_text_copy(one->service, sizeof(one->service),
	    f->value[SEK_FIELD_SERVICE]);
	(void)sek_text_copy(one->tty, sizeof(one->tty),
	    f->value[SEK_FIELD_TTY]);
	(void)sek_text_copy(one->witness, sizeof(one->witness),
	    f->value[SEK_FIELD_DETAIL]);
	one->began = row->wall;
	return (SEK_OK);
}

/* Of the same target, service and terminal: who is not told of by one that
 * nobody proved himself for. */
static bool
fits(const struct tool_work *w, const struct sek_record_fields *f)
{

	return (w->ended == 0 && is(f, SEK_FIELD_TARGET, w->target) &&
	    is(f, SEK_FIELD_TTY, w->tty) &&
	    is(f, SEK_FIELD_SERVICE, w->service) &&
	    (w->subject[0] == '\0' ||
	    f->value[SEK_FIELD_SUBJECT][0] == '\0' ||
	    is(f, SEK_FIELD_SUBJECT, w->subject)));
}

/* The newest that fits: one within another ends first. */
static void
ends(struct reading *r, const struct sek_record_row *row)
{
	const char *reason = r->f.value[SEK_FIELD_REASON];
	size_t i;

	for (i = r->w->n; i > 0; i--)
		if (fits(&r->w->v[i - 1], &r->f))
			break;
	if (i == 0)
		return;
	r->w->v[i - 1].ended = row->wall;
	(void)sek_text_copy(r->w->v[i - 1].how, sizeof(r->w->v[i - 1].how),
	    reason[0] != '\0' && !is(&r->f, SEK_FIELD_REASON,
	    sek_reason_name(SEK_REASON_NONE)) ? reason :
	    r->f.value[SEK_FIELD_EVENT]);
}

static enum sek_err
take(void *arg, const struct sek_record_row *row)
{
	struct reading *r = arg;

	tool_progress(&r->progress, row->seq - r->first, r->last - r->first);
	if (sek_record_body_parse(&r->f, row->body, row->body_len) != SEK_OK)
		return (SEK_OK);	/* audit verify is what judges it */
	if (is_event(&r->f, SEK_EVENT_PRIVILEGE))
		return (begins(r, row));
	/* The guard has told why, before the logout of the same. */
	if (is_event(&r->f, SEK_EVENT_SESSION_ENDED) ||
	    is_event(&r->f, SEK_EVENT_LOGOUT) ||
	    is_event(&r->f, SEK_EVENT_LOGOUT_UNKNOWN))
		ends(r, row);
	return (SEK_OK);
}

int
tool_works_read(struct tool *t, int64_t from, int64_t until,
    const char *detail, struct tool_works *out)
{
	struct sek_record_range range = SEK_RECORD_ALL;
	struct reading *r = calloc(1, sizeof(*r));
	struct sek_ends ends_at;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if (r == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	r->w = out;
	r->from = from;
	r->until = until;
	range.since = from;
	if ((err = sek_store_ends(t->store, &ends_at)) == SEK_OK)
		err = audit_record(t, SEK_EVENT_RECORD_READ, detail);
	/* What cannot be recorded is read all the same: as audit show. */
	if (err == SEK_ERR_STORE_FULL || err == SEK_ERR_STORE_READONLY)
		err = SEK_OK;
	if (err == SEK_OK) {
		r->first = ends_at.first;
		r->last = ends_at.last > r->first ? ends_at.last :
		    r->first + 1;
		tool_progress_begin(&r->progress);
		err = sek_store_records_in(t->store, &range, take, r);
		tool_progress_end(&r->progress);
	}
	free(r);
	if (err == SEK_OK)
		return (TOOL_YES);
	tool_works_free(out);
	return (tool_store_fail(t, err));
}

void
tool_works_free(struct tool_works *w)
{

	free(w->v);
	memset(w, 0, sizeof(*w));
}

cJSON *
tool_work_json(const struct tool *t, const struct tool_work *w)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "began", tool_json_time(t, w->began));
	cJSON_AddItemToObject(o, "ended", tool_json_time(t, w->ended));
	cJSON_AddItemToObject(o, "how", tool_json_text(w->how));
	cJSON_AddItemToObject(o, "user", tool_json_text(w->subject));
	cJSON_AddItemToObject(o, "person", tool_json_text(w->person));
	cJSON_AddItemToObject(o, "target", tool_json_text(w->target));
	cJSON_AddItemToObject(o, "service", tool_json_text(w->service));
	cJSON_AddItemToObject(o, "tty", tool_json_text(w->tty));
	cJSON_AddItemToObject(o, "grant", tool_json_text(w->grant));
	cJSON_AddItemToObject(o, "detail", tool_json_text(w->witness));
	return (o);
}

void
tool_work_print(const struct tool *t, const struct tool_work *w, bool who)
{
	char began[32], ended[32], text[TEXT];

	tool_time(t, began, sizeof(began), w->began);
	tool_time(t, ended, sizeof(ended), w->ended);
	(void)snprintf(text, sizeof(text), "- %s  %s%s%s (%s%s%s)%s%s%s%s",
	    w->ended != 0 ? ended : _("no end recorded"),
	    who ? w->subject[0] != '\0' ? w->subject : _("nobody in particular")
	    : "", who ? ": " : "", w->target, w->service,
	    w->tty[0] != '\0' ? ", " : "", w->tty,
	    w->how[0] != '\0' ? " " : "", w->how,
	    w->witness[0] != '\0' ? "; " : "", w->witness);
	tool_clean(text, sizeof(text));
	tool_page_field(stdout, began, text);
}
