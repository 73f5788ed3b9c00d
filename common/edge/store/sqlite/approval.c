/*
 * approval.c - ask, decide, list: two persons and their proofs
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 2(8). Who acts, and what he proved, comes from the proof's own row.
 *
 * MUST: who is one person is judged by what the store knows now, not only by
 * what the rows said when they were written; in doubt it is one person.
 * MUST: what the rules refuse changes nothing and spends no proof.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/model/grant.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/policy.h"

#define ID_BYTES	4	/* people type them */
#define ID_TRIES	8

static enum sek_err
who_of(struct sek_db *db, struct sek_approval_who *who,
    const struct sek_actor *in, const struct sek_part *part)
{

	who->person = part->person;
	who->account = part->account;
	who->uid = part->uid;
	who->audit_session = part->audit_session;
	who->roles = in->roles;
	who->privileged = in->privileged != 0;
	who->proven = part->proven != 0;
	who->contractor = true;
	return (sek_db_is_contractor(db, &who->contractor, in->account));
}

/* No: nothing of it happened. */
static enum sek_err
answer(struct sek_db *db, struct sek_approval_out *out,
    const struct sek_approval *a, enum sek_approval_no no)
{

	out->a = *a;
	out->no = no;
	if (no != SEK_NO_NONE)
		db->undo = true;
	return (SEK_OK);
}

/* ---- who is who, by what the store knows now */

/* Two rows of one name: nobody can tell whether they are two people. */
static enum sek_err
same_named(struct sek_db *db, bool *yes, const char *one, const char *other)
{
	struct sek_person p, q;
	enum sek_err err;

	*yes = false;
	if ((err = sek_db_person(db, &p, one)) == SEK_OK &&
	    (err = sek_db_person(db, &q, other)) == SEK_OK)
		*yes = !sek_text_is_blank(p.name) &&
		    sek_text_same_but_blanks(p.name, q.name);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Is this account his? */
static enum sek_err
is_his(struct sek_db *db, bool *yes, const char *name,
    const struct sek_approval_who *who)
{
	struct sek_account a;
	enum sek_err err;

	*yes = strcmp(name, who->account) == 0 ||
	    strcmp(name, who->person) == 0;
	if (*yes || (err = sek_db_account(db, &a, name)) == SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err != SEK_OK)
		return (err);
	*yes = (a.uid != SEK_UID_NONE && a.uid == who->uid) ||
	    (a.person[0] != '\0' && strcmp(a.person, who->person) == 0);
	if (*yes)
		return (SEK_OK);
	if (a.shared)
		return (sek_db_is_member(db, yes, name, who->person));
	return (a.person[0] == '\0' ? SEK_OK :
	    same_named(db, yes, a.person, who->person));
}

/* Has he an account of this uid? */
static enum sek_err
has_uid(struct sek_db *db, bool *yes, uint32_t uid,
    const struct sek_approval_who *who)
{
	struct sek_account a;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ACCOUNT_COLUMNS
	    " FROM account WHERE person=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, who->person);
	while (!*yes && (err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_account, st, &a)) !=
		    SEK_OK)
			break;
		*yes = a.uid != SEK_UID_NONE && a.uid == uid;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_is_him(struct sek_db *db, bool *yes, const struct sek_part *part,
    const struct sek_approval_who *who)
{
	enum sek_err err = SEK_OK;

	*yes = part->at != 0 && sek_approval_same(part, who);
	if (part->at == 0 || *yes)
		return (SEK_OK);
	if ((err = is_his(db, yes, part->account, who)) == SEK_OK && !*yes &&
	    (err = has_uid(db, yes, part->uid, who)) == SEK_OK && !*yes)
		err = same_named(db, yes, part->person, who->person);
	return (err);
}

enum sek_err
sek_db_is_subject(struct sek_db *db, bool *yes, const char *users,
    const struct sek_approval_who *who)
{
	char name[SEK_NAME_MAX];
	enum sek_err err = SEK_OK;

	*yes = false;
	while (!*yes && err == SEK_OK &&
	    sek_text_word(&users, name, sizeof(name)))
		err = is_his(db, yes, name, who);
	return (err);
}

/* ---- asking */

/* "" is all; what holds only separators names nobody, and reads like all. */
static bool
names_ok(const char *list)
{
	char word[SEK_NAME_MAX];
	bool none = list[0] != '\0';

	for (; sek_text_word(&list, word, sizeof(word)); none = false)
		if (!sek_account_name_ok(word))
			return (false);
	return (!none);
}

/* What the asker says of it, and nothing else of his. */
static void
take_wish(struct sek_db *db, struct sek_approval *a,
    const struct sek_approval_ask *in, struct sek_approval_wish *wish)
{
	const struct sek_approval *from = &in->a;
	struct sek_settings_except ex;
	enum sek_profile profile = SEK_PROFILE_MYNUMBER;

	memset(a, 0, sizeof(*a));
	memset(wish, 0, sizeof(*wish));
	wish->unavoidable = in->unavoidable != 0;
	a->kind = from->kind;
	sek_text_printable(a->key, sizeof(a->key), from->key);
	sek_text_printable(a->value, sizeof(a->value), from->value);
	sek_text_printable(a->clause, sizeof(a->clause), from->clause);
	sek_text_printable(a->users, sizeof(a->users), from->users);
	sek_text_printable(a->terminals, sizeof(a->terminals),
	    from->terminals);
	sek_text_printable(a->reason, sizeof(a->reason), from->reason);
	wish->scope_ok = strcmp(a->users, from->users) == 0 &&
	    names_ok(a->users) &&
	    strcmp(a->terminals, from->terminals) == 0 &&
	    names_ok(a->terminals);
	/* Nothing that was is made good by it: no ledger tells of it as of
	 * before it was asked. */
	a->not_before = from->not_before > db->now.wall ? from->not_before :
	    db->now.wall;
	a->not_after = from->not_after;
	if (sek_grant_is(a)) {
		a->review_at = from->review_at;
		a->uses_max = from->uses_max;
	}
	if (a->kind != SEK_APPROVAL_EXCEPTION)
		return;
	/* Of a profile unknown the strictest: what is below its floors. */
	(void)sek_profile_parse(&profile, db->config->profile);
	if (sek_settings_except(&ex, a->key, a->value, profile) == SEK_OK) {
		wish->in_table = true;
		(void)sek_text_copy(a->value, sizeof(a->value), ex.value);
		if (a->clause[0] == '\0')
			(void)sek_text_copy(a->clause, sizeof(a->clause),
			    ex.clause);
	}
	a->review_at = from->review_at;
	a->uses_max = from->uses_max;
	if (a->review_at == 0)
		a->review_at = sek_approval_review(a->not_before,
		    a->not_after);
}

/* His others: undecided, and in force without another's yes. */
static enum sek_err
look_at_his(struct sek_db *db, struct sek_approval_wish *wish,
    const struct sek_approval_who *who)
{
	struct sek_request_row *row = &db->request;
	sqlite3_stmt *st;
	enum sek_err err;
	bool his;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE open=1")) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_request, st, row);
		if (err == SEK_ERR_TAMPERED) {
			/* Whose it is nobody knows: it may be such a one. */
			wish->pending = true;
			db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK ||
		    (err = sek_db_is_him(db, &his, &row->a.asked,
		    who)) != SEK_OK)
			break;
		if (!his)
			continue;
		if (row->a.state == SEK_APPROVAL_ASKED &&
		    !sek_approval_over(&row->a, db->now.wall))
			wish->waiting++;
		if ((sek_approval_overdue(&row->a, db->now.wall) &
		    SEK_OVERDUE_UNAVOIDABLE) != 0)
			wish->pending = true;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_db_request_id(struct sek_db *db, char id[SEK_ID_MAX])
{
	enum sek_err err;
	unsigned i;

	for (i = 0; i < ID_TRIES; i++) {
		if ((err = sek_text_random_id(id, ID_BYTES)) != SEK_OK)
			return (err);
		if ((err = sek_db_request(db, id)) == SEK_ERR_NOT_FOUND)
			return (SEK_OK);
		if (err != SEK_OK && err != SEK_ERR_TAMPERED)
			return (err);
		db->bad.table = NULL;
	}
	return (SEK_ERR_INTERNAL);
}

static enum sek_err
store_new(struct sek_db *db, struct sek_approval *a, bool unavoidable)
{
	struct sek_request_row *row = &db->request;
	enum sek_err err;

	if ((err = sek_db_request_id(db, a->id)) != SEK_OK)
		return (err);
	if (unavoidable) {
		a->unavoidable = 1;
		a->state = SEK_APPROVAL_GIVEN;
		a->decided = a->asked;
	}
	memset(row, 0, sizeof(*row));
	row->a = *a;
	if ((err = sek_db_request_write(db, row, true)) != SEK_OK ||
	    (err = sek_db_request_record(db, SEK_EVENT_APPROVAL_ASKED, a,
	    &a->asked, a->reason)) != SEK_OK)
		return (err);
	return (unavoidable ? sek_db_request_record(db,
	    SEK_EVENT_APPROVAL_GIVEN, a, &a->decided, a->reason) : SEK_OK);
}

enum sek_err
sek_op_approval_ask(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_approval_ask *in = arg;
	struct sek_approval_out *out = result;
	struct sek_approval *a = &out->a;
	struct sek_approval_wish wish;
	struct sek_approval_who who;
	struct sek_part asked;
	enum sek_approval_no no;
	bool ticket = in->a.kind == SEK_APPROVAL_TICKET;
	bool privilege = sek_grant_is(&in->a);
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, ticket ? 3 : 2)) != SEK_OK ||
	    (err = sek_db_actor(db, &in->who, &asked)) != SEK_OK)
		return (err);
	take_wish(db, a, in, &wish);
	a->asked = asked;
	if ((err = who_of(db, &who, &in->who, &asked)) != SEK_OK ||
	    (err = look_at_his(db, &wish, &who)) != SEK_OK ||
	    (ticket && (err = sek_db_ticket_wish(db, a, in, &wish)) !=
	    SEK_OK) ||
	    (privilege && (err = sek_db_grant_wish(db, a, in, &wish, &who)) !=
	    SEK_OK) ||
	    (wish.unavoidable && a->kind == SEK_APPROVAL_EXCEPTION &&
	    (err = sek_db_requests_full(db, &wish.full, a)) != SEK_OK))
		return (err);
	no = sek_approval_may_ask(a, &wish, &who, db->now.wall,
	    sek_db_clock_back(db));
	if (no != SEK_NO_NONE)
		return (answer(db, out, a, no));
	if ((err = store_new(db, a, wish.unavoidable)) == SEK_OK && ticket)
		err = sek_db_ticket_asked(db, a, in->subject_uid, out->code);
	return (err);
}

/* ---- deciding */

/* What a deed makes of it. part: who does it, his note in it. */
static enum sek_event
apply(struct sek_approval *a, const struct sek_approval_deed *deed,
    const struct sek_part *part)
{
	int64_t at;

	switch (deed->act) {
	case SEK_ACT_GIVE:
		a->state = SEK_APPROVAL_GIVEN;
		a->decided = *part;
		return (SEK_EVENT_APPROVAL_GIVEN);
	case SEK_ACT_REFUSE:
		a->state = SEK_APPROVAL_REFUSED;
		a->decided = *part;
		return (SEK_EVENT_APPROVAL_REFUSED);
	case SEK_ACT_WITHDRAW:
		a->state = SEK_APPROVAL_WITHDRAWN;
		a->ended = *part;
		return (SEK_EVENT_APPROVAL_REFUSED);
	case SEK_ACT_REVOKE:
		a->state = SEK_APPROVAL_REVOKED;
		a->ended = *part;
		return (SEK_EVENT_APPROVAL_ENDED);
	case SEK_ACT_CONFIRM:
		/* Until two who proved themselves stand for it; of a ticket,
		 * when it was given stays. */
		if (a->decided.proven || a->kind == SEK_APPROVAL_TICKET)
			a->reviewed = *part;
		else
			a->decided = *part;
		return (SEK_EVENT_APPROVAL_REVIEWED);
	case SEK_ACT_KEEP:
		a->review_at = deed->review_at;
		a->reviewed = *part;
		return (SEK_EVENT_APPROVAL_REVIEWED);
	case SEK_ACT_REVIEW:
		a->reviewed = *part;
		return (SEK_EVENT_APPROVAL_REVIEWED);
	case SEK_ACT_CLOSE:
		if (a->kind == SEK_APPROVAL_GRANT &&
		    a->state == SEK_APPROVAL_GIVEN) {
			/* The work is done: nothing more begins under it. */
			a->state = SEK_APPROVAL_ENDED;
			a->ended = *part;
			return (SEK_EVENT_APPROVAL_ENDED);
		}
		at = a->ended.at;
		a->ended = *part;
		/* A report may be written before its end. */
		if (at != 0)
			a->ended.at = at;
		return (SEK_EVENT_APPROVAL_REVIEWED);
	case SEK_ACT_NONE:
	case SEK_ACTS:
		break;
	}
	return (SEK_EVENT_NONE);
}

static enum sek_err
record_deed(struct sek_db *db, enum sek_event e, const struct sek_approval *a,
    enum sek_approval_act act, const struct sek_part *part)
{
	char text[SEK_APPROVAL_TEXT + 32];

	(void)sek_text_format(text, sizeof(text), "%s%s%s",
	    sek_approval_act_name(act), part->note[0] != '\0' ? ": " : "",
	    part->note);
	return (sek_db_request_record(db, e, a, part, text));
}

/* All that is known of him and of it. */
static enum sek_err
know(struct sek_db *db, struct sek_approval_deed *deed,
    const struct sek_approval_decide *in, const struct sek_approval *a,
    const struct sek_approval_who *who)
{
	bool subject = false;
	enum sek_err err;

	memset(deed, 0, sizeof(*deed));
	deed->act = (enum sek_approval_act)in->act;
	deed->note = in->note;
	deed->review_at = in->review_at;
	if (deed->review_at == 0)
		deed->review_at = sek_approval_review(db->now.wall,
		    a->not_after);
	if ((a->kind == SEK_APPROVAL_EXCEPTION &&
	    (deed->act == SEK_ACT_GIVE || deed->act == SEK_ACT_CONFIRM) &&
	    (err = sek_db_requests_full(db, &deed->full, a)) != SEK_OK) ||
	    (a->kind == SEK_APPROVAL_TICKET && deed->act == SEK_ACT_GIVE &&
	    (err = sek_db_ticket_deed(db, a, in->max, who->uid, deed)) !=
	    SEK_OK) ||
	    (sek_grant_is(a) &&
	    (err = sek_db_grant_deed(db, a, deed)) != SEK_OK) ||
	    (err = sek_db_is_him(db, &deed->asker, &a->asked, who)) != SEK_OK ||
	    (err = sek_db_is_him(db, &deed->giver, &a->decided, who)) !=
	    SEK_OK ||
	    (err = sek_db_is_subject(db, &subject, a->users, who)) != SEK_OK)
		return (err);
	deed->subject |= subject || in->listed != 0;
	return (SEK_OK);
}

enum sek_err
sek_op_approval_decide(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_approval_decide *in = arg;
	struct sek_approval_out *out = result;
	struct sek_request_row *row = &db->request;
	struct sek_approval_deed deed;
	struct sek_approval_who who;
	struct sek_part part;
	enum sek_approval_no no;
	enum sek_event e;
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 2)) != SEK_OK ||
	    (err = sek_db_actor(db, &in->who, &part)) != SEK_OK ||
	    (err = sek_db_request(db, in->id)) != SEK_OK)
		return (err);
	if ((err = who_of(db, &who, &in->who, &part)) != SEK_OK ||
	    (err = know(db, &deed, in, &row->a, &who)) != SEK_OK)
		return (err);
	no = sek_approval_may(&row->a, &deed, &who, db->now.wall,
	    sek_db_clock_back(db));
	if (no != SEK_NO_NONE)
		return (answer(db, out, &row->a, no));
	/* Over, and nobody has told yet. */
	if (row->a.state == SEK_APPROVAL_GIVEN &&
	    sek_approval_over(&row->a, db->now.wall) &&
	    (err = sek_db_request_end(db, row, "")) != SEK_OK)
		return (err);
	sek_text_printable(part.note, sizeof(part.note), in->note);
	e = apply(&row->a, &deed, &part);
	if ((row->a.kind == SEK_APPROVAL_TICKET && deed.act == SEK_ACT_GIVE &&
	    (err = sek_db_ticket_given(db, &row->a)) != SEK_OK) ||
	    (err = sek_db_request_write(db, row, false)) != SEK_OK ||
	    (err = record_deed(db, e, &row->a, deed.act, &part)) != SEK_OK)
		return (err);
	return (answer(db, out, &row->a, SEK_NO_NONE));
}

/* ---- listing */

static enum sek_err
number_of(struct sek_db *db, int64_t *number, const char *id)
{
	enum sek_err err;

	*number = 0;
	if (id[0] == '\0')
		return (SEK_OK);
	if ((err = sek_db_request(db, id)) == SEK_OK)
		*number = db->request.number;
	return (err);
}

static enum sek_err
list(struct sek_db *db, sqlite3_stmt *st, bool one, uint32_t kind,
    struct sek_approval_list_out *out)
{
	struct sek_request_row *row = &db->request;
	enum sek_err err;

	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_request, st, row);
		if (err == SEK_ERR_TAMPERED && !one) {
			out->tampered++;
			db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK)
			break;
		if (kind != SEK_APPROVAL_NONE && row->a.kind != kind)
			continue;
		if (out->n == SEK_APPROVALS_PART) {
			out->more = 1;
			break;
		}
		out->a[out->n++] = row->a;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_approvals(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_approval_list *in = arg;
	struct sek_approval_list_out *out = result;
	sqlite3_stmt *st;
	int64_t after = 0;
	enum sek_err err;

	out->wall = db->now.wall;
	out->clock_back = sek_db_clock_back(db);
	if (!sek_db_has_requests(db))
		return (SEK_OK);
	if ((err = number_of(db, &after, in->after)) != SEK_OK)
		return (err);
	err = sek_db_prepare(db, &st, in->id[0] != '\0' ?
	    "SELECT " SEK_REQUEST_COLUMNS " FROM request WHERE number>?1 "
	    "AND id=?2" : in->open_only ?
	    "SELECT " SEK_REQUEST_COLUMNS " FROM request WHERE number>?1 "
	    "AND +open=1 ORDER BY number" :
	    "SELECT " SEK_REQUEST_COLUMNS " FROM request WHERE number>?1 "
	    "ORDER BY number");
	if (err != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, after);
	if (in->id[0] != '\0')
		sek_db_bind_text(st, 2, in->id);
	return (list(db, st, in->id[0] != '\0', in->kind, out));
}
