/*
 * glass.c - an envelope was opened: what the store keeps of it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5)②. The opening happened; it may have been days ago, without the store.
 *
 * MUST: nothing of the policy refuses here: what was opened is kept.
 * MUST: one opening is one row and one record, however often it is told; one of
 * a file that was put back is another, and admits nobody.
 * MUST: by its admission no sudo goes on, and no proof is made.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/envelope.h"
#include "sekisho/model/ticket.h"

#define CLAUSE	"8(5)②"
/* Told by its inode's time, an opening is so much later at most. */
#define ABOUT	(120 * SEK_SECOND)

static bool
is_envelope(const char *id)
{

	return (strlen(id) == SEK_ENVELOPE_ID - 1 &&
	    id[strspn(id, "0123456789abcdef")] == '\0');
}

static bool
is_that_opening(const struct sek_approval *a, const struct sek_break_glass *in)
{
	int64_t apart = a->first_used - in->at.wall;

	return (in->vague != 0 || (apart >= -ABOUT && apart <= ABOUT));
}

/* Is it there; and was the envelope opened at another time? One whose check
 * fails is another's as much as this one's: then it is told anew rather than
 * not at all. */
static enum sek_err
is_known(struct sek_db *db, bool *known, bool *before,
    const struct sek_break_glass *in)
{
	struct sek_request_row *row = &db->request;
	sqlite3_stmt *st;
	enum sek_err err;

	*known = *before = false;
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE open IN (0,1) AND given IN (0,1,2) AND "
	    "key=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, sek_purpose_name(SEK_PURPOSE_BREAK_GLASS));
	while (!*known && (err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_request, st, row);
		if (err == SEK_OK && row->a.kind == SEK_APPROVAL_BREAK_GLASS &&
		    strcmp(row->a.value, in->envelope) == 0) {
			*known = is_that_opening(&row->a, in);
			*before |= !*known;
		} else if (err == SEK_OK)
			continue;
		else if (err == SEK_ERR_TAMPERED)
			db->bad.table = NULL;
		else
			break;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND || err == SEK_ERR_TAMPERED ? SEK_OK :
	    err);
}

/* Whose account it is; what is damaged or unknown of it does not matter. */
static enum sek_err
whose(struct sek_db *db, struct sek_part *part, char section[SEK_NAME_MAX],
    const struct sek_break_glass *in)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_err err;

	memset(part, 0, sizeof(*part));
	section[0] = '\0';
	(void)sek_text_copy(part->account, sizeof(part->account),
	    in->who.name);
	(void)sek_text_copy(part->person, sizeof(part->person), in->who.name);
	part->at = in->at.wall;
	part->uid = in->who.uid;
	part->audit_session = in->audit_session;
	if ((err = sek_db_account(db, &a, in->who.name)) == SEK_OK &&
	    a.person[0] != '\0') {
		memcpy(part->person, a.person, sizeof(part->person));
		if ((err = sek_db_person(db, &p, a.person)) == SEK_OK)
			memcpy(section, p.section, SEK_NAME_MAX);
	}
	if (err != SEK_ERR_NOT_FOUND && err != SEK_ERR_TAMPERED)
		return (err);
	db->bad.table = NULL;
	return (SEK_OK);
}

static void
fill(struct sek_db *db, struct sek_approval *a,
    const struct sek_break_glass *in, const struct sek_part *part)
{
	char line[SEK_APPROVAL_TEXT];

	memset(a, 0, sizeof(*a));
	a->kind = SEK_APPROVAL_BREAK_GLASS;
	a->state = SEK_APPROVAL_GIVEN;
	(void)sek_text_copy(a->clause, sizeof(a->clause), CLAUSE);
	(void)sek_text_copy(a->key, sizeof(a->key),
	    sek_purpose_name(SEK_PURPOSE_BREAK_GLASS));
	(void)sek_text_copy(a->value, sizeof(a->value), in->envelope);
	(void)sek_text_copy(a->users, sizeof(a->users), in->who.name);
	(void)sek_text_copy(a->terminals, sizeof(a->terminals),
	    db->meta.terminal);
	(void)sek_text_format(line, sizeof(line), "opened at %s%s%s%s%s%s",
	    in->who.service[0] != '\0' ? in->who.service : "?",
	    in->who.tty[0] != '\0' ? ", " : "", in->who.tty,
	    in->who.rhost[0] != '\0' ? ", from " : "", in->who.rhost,
	    in->degraded ? "; without the store" : "");
	sek_text_printable(a->reason, sizeof(a->reason), line);
	a->asked = a->decided = *part;
	a->not_before = a->first_used = a->last_used = in->at.wall;
	a->uses = 1;
	a->not_after = in->not_after;
	a->review_at = in->report_at;
}

static enum sek_err
record(struct sek_db *db, const struct sek_approval *a,
    const struct sek_break_glass *in, const char *section)
{
	const char *zone = db->config->timezone[0] != '\0' ?
	    db->config->timezone : NULL;
	char opened[40], until[40];
	struct sek_record r;

	sek_clock_print(opened, sizeof(opened), in->at.wall, zone);
	sek_clock_print(until, sizeof(until), in->not_after, zone);
	sek_db_record(&r, SEK_EVENT_BREAK_GLASS, SEK_RESULT_OK);
	sek_db_record_who(&r, &in->who);
	(void)sek_text_copy(r.subject, sizeof(r.subject), in->who.name);
	(void)sek_text_copy(r.target, sizeof(r.target), in->who.name);
	(void)sek_text_copy(r.person, sizeof(r.person), a->asked.person);
	(void)sek_text_copy(r.section, sizeof(r.section), section);
	(void)sek_text_copy(r.ref, sizeof(r.ref), a->id);
	(void)sek_text_format(r.authenticator, sizeof(r.authenticator),
	    "glass:%s", in->envelope);
	(void)sek_text_format(r.detail, sizeof(r.detail), "envelope %s, "
	    "opened %s, until %s%s", in->envelope, opened, until,
	    in->degraded ? ", without the store" : "");
	return (sek_db_append(db, &r));
}

/* Its event is none that sudo, a trial or a proof goes by. */
static enum sek_err
admit(struct sek_db *db, const struct sek_break_glass *in,
    const struct sek_part *part, struct sek_admit_out *out)
{
	struct sek_admission_row row;
	enum sek_err err;

	memset(&row, 0, sizeof(row));
	if ((err = sek_text_random_id(row.id, (SEK_ID_MAX - 1) / 2)) != SEK_OK)
		return (err);
	(void)sek_text_copy(row.account, sizeof(row.account), in->who.name);
	(void)sek_text_copy(row.person, sizeof(row.person), part->person);
	(void)sek_text_copy(row.service, sizeof(row.service),
	    in->who.service);
	(void)sek_text_format(row.authenticator, sizeof(row.authenticator),
	    "glass:%s", in->envelope);
	row.uid = in->who.uid;
	row.event = SEK_EVENT_BREAK_GLASS;
	row.audit_session = UINT32_MAX;
	row.at = db->now;
	row.gate = in->gate;
	row.parent = in->parent;
	memcpy(out->id, row.id, sizeof(out->id));
	return (sek_row_insert(db, &sek_table_admission, &row));
}

enum sek_err
sek_op_break_glass(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_break_glass *in = arg;
	struct sek_admit_out *out = result;
	struct sek_request_row *row = &db->request;
	char section[SEK_NAME_MAX], id[SEK_ID_MAX];
	struct sek_part part;
	enum sek_err err;
	bool known, before;

	if (!is_envelope(in->envelope))
		return (sek_why(db->why, SEK_ERR_SYNTAX, "no envelope has "
		    "such an id"));
	if ((err = sek_db_needs_minor(db, 2)) != SEK_OK ||
	    (err = is_known(db, &known, &before, in)) != SEK_OK)
		return (err);
	if (known) {
		db->undo = true;
		return (SEK_OK);
	}
	if (before && in->admits)
		return (sek_why(db->why, SEK_ERR_REFUSED, "envelope %s was "
		    "opened before, and put back since", in->envelope));
	if ((err = whose(db, &part, section, in)) != SEK_OK ||
	    (err = sek_db_request_id(db, id)) != SEK_OK)
		return (err);
	memset(row, 0, sizeof(*row));
	fill(db, &row->a, in, &part);
	memcpy(row->a.id, id, sizeof(id));
	if ((err = sek_db_request_write(db, row, true)) != SEK_OK ||
	    (err = record(db, &row->a, in, section)) != SEK_OK)
		return (err);
	return (in->admits ? admit(db, in, &part, out) : SEK_OK);
}
