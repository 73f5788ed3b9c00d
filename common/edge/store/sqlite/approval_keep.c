/*
 * approval_keep.c - the rows of what was asked: read, written, recorded, used,
 * ended by time
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: each change of one leaves its record in the same transaction.
 * MUST: an admission goes by an exception only while that is in force for
 * this terminal and name.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/policy.h"

#define SWEPT_MAX	12	/* records of one transaction */
#define DAY_LEN		10	/* "2026-11-20" */

/* +open: by the rows' places, one after the other. By the index all that is
 * open would be sorted anew for each step. */
#define SELECT_NEXT	"SELECT " SEK_REQUEST_COLUMNS " FROM request " \
			"WHERE +open=1 AND number>?1 ORDER BY number LIMIT 1"

bool
sek_db_has_requests(struct sek_db *db)
{
	struct sek_why *why = db->why, unused;
	bool has;

	db->why = &unused;
	has = sek_db_needs_minor(db, 2) == SEK_OK;
	db->why = why;
	return (has);
}

enum sek_err
sek_db_request(struct sek_db *db, const char *id)
{

	return (sek_row_find(db, &sek_table_request, &db->request, "SELECT "
	    SEK_REQUEST_COLUMNS " FROM request WHERE id=?1", id, NULL));
}

enum sek_err
sek_db_request_write(struct sek_db *db, struct sek_request_row *row,
    bool is_new)
{
	const struct sek_approval *a = &row->a;
	enum sek_err err;

	row->open = a->state == SEK_APPROVAL_ASKED ||
	    a->state == SEK_APPROVAL_GIVEN ||
	    sek_approval_overdue(a, db->now.wall) != 0;
	row->given = !sek_approval_opened(a) ? SEK_GIVEN_NEVER :
	    a->state == SEK_APPROVAL_GIVEN ? SEK_GIVEN_NOW : SEK_GIVEN_ONCE;
	/* No code outlives what it was asked for. */
	if (a->kind == SEK_APPROVAL_TICKET &&
	    a->state != SEK_APPROVAL_ASKED && a->state != SEK_APPROVAL_GIVEN &&
	    (err = sek_db_ticket_destroy(db, a->users, a->id)) != SEK_OK)
		return (err);
	if (!is_new)
		return (sek_row_update(db, &sek_table_request, row));
	if ((err = sek_db_number(db, &row->number, "SELECT "
	    "coalesce(max(number),0)+1 FROM request")) != SEK_OK)
		return (err);
	return (sek_row_insert(db, &sek_table_request, row));
}

/* Marks first, what it is about, then the reason somebody wrote. */
static void
detail(char *dst, size_t size, const struct sek_approval *a,
    const struct sek_part *p, const char *text)
{
	char line[SEK_APPROVAL_TEXT + 4 * SEK_APPROVAL_KEY];

	(void)sek_text_format(line, sizeof(line), "%s%s%s = %s%s%s",
	    a->unavoidable ? "unavoidable; " : "",
	    p != NULL && !p->proven ? "unproven; " : "", a->key, a->value,
	    text[0] != '\0' ? "; " : "", text);
	sek_text_printable(dst, size, line);
}

enum sek_err
sek_db_request_record(struct sek_db *db, enum sek_event e,
    const struct sek_approval *a, const struct sek_part *p, const char *text)
{
	struct sek_record r;
	struct sek_person person;
	enum sek_err err = SEK_ERR_NOT_FOUND;

	sek_db_record(&r, e, e == SEK_EVENT_APPROVAL_REFUSED ?
	    SEK_RESULT_REFUSED : SEK_RESULT_OK);
	(void)sek_text_copy(r.service, sizeof(r.service), "sekisho");
	(void)sek_text_copy(r.ref, sizeof(r.ref), a->id);
	detail(r.detail, sizeof(r.detail), a, p, text);
	if (p != NULL) {
		(void)sek_text_copy(r.subject, sizeof(r.subject), p->account);
		(void)sek_text_copy(r.person, sizeof(r.person), p->person);
		(void)sek_text_copy(r.authenticator, sizeof(r.authenticator),
		    p->evidence);
		r.kinds = p->kinds;
		err = sek_db_person(db, &person, p->person);
	}
	if (err == SEK_OK)
		(void)sek_text_copy(r.section, sizeof(r.section),
		    person.section);
	else if (err != SEK_ERR_NOT_FOUND)
		return (err);
	return (sek_db_append(db, &r));
}

enum sek_err
sek_db_request_end(struct sek_db *db, struct sek_request_row *row,
    const char *text)
{
	struct sek_approval *a = &row->a;
	int64_t end = sek_approval_end(a);
	enum sek_err err;

	a->ended.at = end < db->now.wall ? end : db->now.wall;
	/* The report of an envelope may be written before: its part stays. */
	if (a->ended.note[0] == '\0') {
		a->ended.uid = UINT32_MAX;
		a->ended.audit_session = UINT32_MAX;
	}
	a->state = SEK_APPROVAL_ENDED;
	if ((err = sek_db_request_write(db, row, false)) != SEK_OK)
		return (err);
	return (sek_db_request_record(db, SEK_EVENT_APPROVAL_ENDED, a, NULL,
	    text));
}

/* ---- what it allows */

static bool
is_of_here(const struct sek_db *db, const struct sek_approval *a)
{

	return (a->terminals[0] == '\0' ||
	    sek_policy_listed(a->terminals, db->meta.terminal));
}

bool
sek_db_request_stands(const struct sek_db *db, const struct sek_approval *a)
{

	return (is_of_here(db, a) && sek_approval_in_force(a, db->now.wall,
	    sek_db_clock_back(db)));
}

static void
allow(struct sek_db *db, const struct sek_approval *a,
    struct sek_allowance_out *out)
{
	struct sek_allowance *one;

	if (!is_of_here(db, a))
		return;
	if (!sek_db_request_stands(db, a)) {
		if (!out->lapsed)
			memcpy(out->ended, a->id, sizeof(out->ended));
		out->lapsed = 1;
		return;
	}
	if (out->n == SEK_ALLOWANCES_MAX)
		return;
	one = &out->a[out->n++];
	memcpy(one->id, a->id, sizeof(one->id));
	memcpy(one->value, a->value, sizeof(one->value));
	memcpy(one->users, a->users, sizeof(one->users));
	one->not_after = a->not_after;
}

/* The newest first. Of those that once were, one is enough to tell that there
 * was one. */
static enum sek_err
allow_all(struct sek_db *db, const char *key, unsigned open,
    enum sek_given given, struct sek_allowance_out *out)
{
	struct sek_request_row *row = &db->request;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE open=?1 AND given=?2 AND key=?3 "
	    "ORDER BY number DESC")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, open);
	(void)sqlite3_bind_int64(st, 2, given);
	sek_db_bind_text(st, 3, key);
	while ((given != SEK_GIVEN_ONCE || !out->lapsed) &&
	    (err = sek_db_step(db, st)) == SEK_OK &&
	    ((err = sek_row_read(db, &sek_table_request, st, row)) ==
	    SEK_OK || err == SEK_ERR_TAMPERED)) {
		if (err == SEK_OK) {
			allow(db, &row->a, out);
			continue;
		}
		/* Upkeep and status tell. It opens nothing, and shuts nobody
		 * out: the floor. */
		out->lapsed = 1;
		db->bad.table = NULL;
		err = SEK_OK;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* What is given now is open: a closed one of them was edited, and its check
 * tells. */
enum sek_err
sek_op_allowance(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_allowance_in *in = arg;
	struct sek_allowance_out *out = result;
	enum sek_err err;

	if (!sek_db_has_requests(db))
		return (SEK_OK);
	if ((err = allow_all(db, in->key, 1, SEK_GIVEN_NOW, out)) == SEK_OK &&
	    (err = allow_all(db, in->key, 0, SEK_GIVEN_NOW, out)) == SEK_OK &&
	    (err = allow_all(db, in->key, 1, SEK_GIVEN_ONCE, out)) == SEK_OK)
		err = allow_all(db, in->key, 0, SEK_GIVEN_ONCE, out);
	return (err);
}

enum sek_err
sek_db_requests_full(struct sek_db *db, bool *full,
    const struct sek_approval *a)
{
	struct sek_request_row *row;
	sqlite3_stmt *st;
	unsigned n = 0;
	enum sek_err err;

	*full = false;
	if (!is_of_here(db, a))
		return (SEK_OK);
	if ((row = malloc(sizeof(*row))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE open=1 AND given=1 AND key=?1")) == SEK_OK) {
		sek_db_bind_text(st, 1, a->key);
		while ((err = sek_db_step(db, st)) == SEK_OK &&
		    ((err = sek_row_read(db, &sek_table_request, st, row)) ==
		    SEK_OK || err == SEK_ERR_TAMPERED)) {
			if (err == SEK_OK)
				n += is_of_here(db, &row->a) &&
				    !sek_approval_over(&row->a, db->now.wall);
			/* Damaged, it allows nothing. */
			db->bad.table = NULL;
		}
		sek_db_done(st);
	}
	free(row);
	*full = n >= SEK_ALLOWANCES_MAX;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- used */

static bool
same_day(const struct sek_db *db, int64_t a, int64_t b)
{
	const char *zone = db->config->timezone[0] != '\0' ?
	    db->config->timezone : NULL;
	char x[40], y[40];

	sek_clock_print(x, sizeof(x), a, zone);
	sek_clock_print(y, sizeof(y), b, zone);
	return (strncmp(x, y, DAY_LEN) == 0);
}

static enum sek_err
record_use(struct sek_db *db, const struct sek_approval *a,
    const struct sek_claimant *who)
{
	struct sek_record r;

	sek_db_record(&r, SEK_EVENT_APPROVAL_USED, SEK_RESULT_OK);
	sek_db_record_who(&r, who);
	(void)sek_text_copy(r.target, sizeof(r.target), r.subject);
	(void)sek_text_copy(r.ref, sizeof(r.ref), a->id);
	detail(r.detail, sizeof(r.detail), a, NULL, a->reason);
	/* The admission's own record names it, too. */
	return (sek_db_append_or_skip(db, &r));
}

enum sek_err
sek_db_request_used(struct sek_db *db, struct sek_request_row *row,
    const struct sek_claimant *who)
{
	struct sek_approval *a = &row->a;
	int64_t now = db->now.wall;
	bool first = a->last_used == 0 || !same_day(db, a->last_used, now);
	enum sek_err err;

	if (a->first_used == 0)
		a->first_used = now;
	a->last_used = now;
	a->uses++;
	if ((err = sek_db_request_write(db, row, false)) != SEK_OK)
		return (err);
	return (first ? record_use(db, a, who) : SEK_OK);
}

enum sek_err
sek_db_request_use(struct sek_db *db, const char *id,
    const struct sek_claimant *who)
{
	const struct sek_approval *a = &db->request.a;
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 2)) != SEK_OK)
		return (err);
	err = sek_db_request(db, id);
	if (err == SEK_ERR_NOT_FOUND || (err == SEK_OK &&
	    (!sek_db_request_stands(db, a) || (a->users[0] != '\0' &&
	    !sek_policy_listed(a->users, who->name)))))
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: exception %s, "
		    "by which %s would come in, is not in force any more; "
		    "try again", db->config->path, id, who->name));
	return (err != SEK_OK ? err :
	    sek_db_request_used(db, &db->request, who));
}

/* ---- what time does to them */

/* The next with something to do, behind *number; SEK_ERR_NOT_FOUND. One whose
 * check fails is skipped and told. */
static enum sek_err
next_open(struct sek_db *db, int64_t *number, bool tell)
{
	sqlite3_stmt *st;
	enum sek_err err;

	for (;;) {
		if ((err = sek_db_prepare(db, &st, SELECT_NEXT)) != SEK_OK)
			return (err);
		(void)sqlite3_bind_int64(st, 1, *number);
		if ((err = sek_db_step(db, st)) != SEK_OK)
			return (err);
		*number = sqlite3_column_int64(st, 0);
		err = sek_row_read(db, &sek_table_request, st, &db->request);
		sek_db_done(st);
		if (err != SEK_ERR_TAMPERED)
			return (err);
		if (tell && (err = sek_db_note_bad(db)) != SEK_OK)
			return (err);
		db->bad.table = NULL;
	}
}

static const char *
overdue_text(uint32_t bit)
{

	switch ((enum sek_overdue)bit) {
	case SEK_OVERDUE_UNPROVEN:
		return ("waits for a proof");
	case SEK_OVERDUE_UNAVOIDABLE:
		return ("waits for the review by another person");
	case SEK_OVERDUE_REVIEW:
		return ("is due for review");
	case SEK_OVERDUE_CLOSING:
		return ("is over, without a closing note");
	case SEK_OVERDUE_REPORT:
		return ("was opened, and no report is written");
	}
	return ("");
}

/* Each item once; *n counts records. */
static enum sek_err
tell_overdue(struct sek_db *db, struct sek_request_row *row, unsigned *n)
{
	uint32_t due = sek_approval_overdue(&row->a, db->now.wall);
	uint32_t bit, fresh = due & ~row->a.overdue_recorded;
	enum sek_err err = SEK_OK;

	/* What is not due any more may become so again. */
	if (row->a.overdue_recorded == due)
		return (SEK_OK);
	row->a.overdue_recorded = due;
	for (bit = 1; bit <= SEK_OVERDUE_REPORT && err == SEK_OK; bit <<= 1) {
		if ((fresh & bit) == 0)
			continue;
		(*n)++;
		err = sek_db_request_record(db, SEK_EVENT_APPROVAL_OVERDUE,
		    &row->a, NULL, overdue_text(bit));
	}
	return (err == SEK_OK ? sek_db_request_write(db, row, false) : err);
}

enum sek_err
sek_db_requests_sweep(struct sek_db *db, int64_t *after, bool *more)
{
	struct sek_request_row *row = &db->request;
	unsigned n = 0;
	enum sek_err err;

	*more = false;
	if (!sek_db_has_requests(db) || !sek_db_room_to_spare(db))
		return (SEK_OK);
	while ((err = next_open(db, after, true)) == SEK_OK) {
		if ((row->a.state == SEK_APPROVAL_ASKED ||
		    row->a.state == SEK_APPROVAL_GIVEN) &&
		    sek_approval_over(&row->a, db->now.wall)) {
			n++;
			if ((err = sek_db_request_end(db, row,
			    row->a.state == SEK_APPROVAL_ASKED ?
			    "nobody decided it" : "")) != SEK_OK)
				break;
		}
		if ((err = tell_overdue(db, row, &n)) != SEK_OK)
			break;
		if (n >= SWEPT_MAX) {
			*more = true;
			break;
		}
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_requests_end_of(struct sek_db *db, const char *person, const char *text,
    uint64_t *n)
{
	struct sek_request_row *row = &db->request;
	int64_t number = 0;
	enum sek_err err;

	if (!sek_db_has_requests(db))
		return (SEK_OK);
	while ((err = next_open(db, &number, true)) == SEK_OK) {
		if (row->a.state != SEK_APPROVAL_ASKED ||
		    strcmp(row->a.asked.person, person) != 0)
			continue;
		if ((err = sek_db_request_end(db, row, text)) != SEK_OK)
			return (err);
		(*n)++;
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_requests_count(struct sek_db *db, struct sek_store_status *out)
{
	int64_t n = 0, number = 0;
	enum sek_err err;

	if (!sek_db_has_requests(db))
		return (SEK_OK);
	if ((err = sek_db_number(db, &n, "SELECT count(*) FROM request")) !=
	    SEK_OK)
		return (err);
	out->approvals = (uint64_t)n;
	while ((err = next_open(db, &number, false)) == SEK_OK) {
		out->approvals_open++;
		out->tickets += db->request.a.kind == SEK_APPROVAL_TICKET &&
		    (db->request.a.state == SEK_APPROVAL_ASKED ||
		    db->request.a.state == SEK_APPROVAL_GIVEN) &&
		    !sek_approval_over(&db->request.a, db->now.wall);
		if (sek_approval_overdue(&db->request.a, db->now.wall) != 0)
			out->approvals_overdue++;
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}
