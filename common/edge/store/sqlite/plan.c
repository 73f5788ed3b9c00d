/*
 * plan.c - April: joiners, leavers and movers, all of them or none
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clause 7(2)①イ. A try is the same work, undone at its end: what is shown is
 * what would be.
 * MUST: a row that cannot be done undoes all before it, and names its line.
 * MUST: nobody who was retired comes back into the account he left.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define CACHE		"PRAGMA cache_size=-262144"	/* KiB */
#define USUAL_CACHE	"PRAGMA cache_size=-2000"

struct work {
	struct sek_db			*db;
	const struct sek_tool_args	*a;
	struct sek_plan_counts		*out;
	struct sek_account		 account;	/* of the row; name ""
							 * not here */
	char				 person[SEK_NAME_MAX];
	int64_t				 last;	/* day somebody leaves on, to
						 * come; 0 none */
};

static enum sek_err
absent_is_fine(enum sek_err err)
{

	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Whose row it is, as far as he is known here. */
static enum sek_err
find(struct work *w, const struct sek_plan_row *row,
    struct sek_plan_change *c)
{
	const char *id = row->person;
	enum sek_err err;

	memset(&w->account, 0, sizeof(w->account));
	memset(c, 0, sizeof(*c));
	if (row->account[0] != '\0' && (err = absent_is_fine(
	    sek_db_account(w->db, &w->account, row->account))) != SEK_OK)
		return (err);
	if (w->account.shared)
		return (sek_why(w->db->why, SEK_ERR_REFUSED, "account %s is "
		    "shared: a plan is about persons", row->account));
	if (id[0] == '\0')
		id = w->account.person[0] != '\0' ? w->account.person :
		    row->account;
	if (w->account.person[0] != '\0' && strcmp(w->account.person, id) != 0)
		return (sek_why(w->db->why, SEK_ERR_EXISTS, "account %s "
		    "belongs to person %s, not to %s", row->account,
		    w->account.person, id));
	if (w->account.uid != SEK_UID_NONE && w->account.name[0] != '\0' &&
	    row->uid != SEK_UID_NONE && w->account.uid != row->uid)
		return (sek_why(w->db->why, SEK_ERR_REFUSED, "account %s is "
		    "bound to uid %u, and has uid %u now: another account has "
		    "the name", row->account, w->account.uid, row->uid));
	(void)sek_text_copy(w->person, sizeof(w->person), id);
	return (absent_is_fine(sek_db_person(w->db, &c->before, id)));
}

/* What the row says of him, over what is known. */
static enum sek_err
merge(const struct work *w, const struct sek_plan_row *row,
    struct sek_plan_change *c)
{
	struct sek_person *p = &c->after;

	*p = c->before;
	(void)sek_text_copy(p->id, sizeof(p->id), w->person);
	if ((row->has & SEK_PLAN_HAS_NAME) != 0)
		memcpy(p->name, row->name, sizeof(p->name));
	if ((row->has & SEK_PLAN_HAS_SECTION) != 0)
		memcpy(p->section, row->section, sizeof(p->section));
	if ((row->has & SEK_PLAN_HAS_FROM) != 0)
		p->from = row->from;
	if ((row->has & SEK_PLAN_HAS_TO) != 0)
		p->to = row->to;
	if ((row->has & SEK_PLAN_HAS_CONTRACTOR) != 0)
		p->contractor = row->contractor;
	if (p->from != 0 && p->to != 0 && p->from >= p->to)
		return (sek_why(w->db->why, SEK_ERR_REFUSED, "the term of "
		    "person %s would end before it begins", p->id));
	return (SEK_OK);
}

static bool
same(const struct sek_person *a, const struct sek_person *b)
{

	return (strcmp(a->id, b->id) == 0 && strcmp(a->name, b->name) == 0 &&
	    strcmp(a->section, b->section) == 0 && a->from == b->from &&
	    a->to == b->to && a->contractor == b->contractor &&
	    a->state == b->state);
}

static enum sek_err
record(const struct work *w, const char *text)
{
	struct sek_record r;

	sek_db_record_actor(&r, w->a->actor, SEK_EVENT_PERSON_CHANGED);
	(void)sek_text_copy(r.target, sizeof(r.target), w->person);
	(void)sek_text_format(r.detail, sizeof(r.detail), "plan: %s", text);
	return (sek_db_append(w->db, &r));
}

/* No contractor gets past what he may not by the other verbs. */
static enum sek_err
may(const struct work *w, const struct sek_plan_row *row,
    const struct sek_plan_change *c)
{
	enum sek_event e = row->kind == SEK_PLAN_LEAVE ? SEK_EVENT_RETIRE :
	    SEK_EVENT_PERSON_CHANGED;
	enum sek_err err = SEK_OK;

	if (row->account[0] != '\0')
		err = sek_db_may_change(w->db, w->a->actor, row->account,
		    row->privileged != 0, SEK_CHANGING_ACCOUNT, e);
	if (err == SEK_OK && c->before.id[0] != '\0')
		err = sek_db_may_edit_person(w->db, w->a->actor, &c->before,
		    &c->after);
	return (err);
}

/* His account and he himself are here from now on, and he is as c->after
 * says. */
static enum sek_err
put(struct work *w, const struct sek_plan_row *row, struct sek_plan_change *c,
    const char *text)
{
	bool new = row->account[0] != '\0' && (w->account.name[0] == '\0' ||
	    w->account.person[0] == '\0');
	struct sek_enrol e;
	enum sek_err err;

	c->nothing = !new && same(&c->before, &c->after);
	if (c->nothing)
		return (SEK_OK);
	if ((err = may(w, row, c)) != SEK_OK)
		return (err);
	if (c->before.id[0] == '\0')
		c->after.created = w->db->now.wall;
	if (new) {
		memset(&e, 0, sizeof(e));
		(void)sek_text_copy(e.account.name, sizeof(e.account.name),
		    row->account);
		e.account.uid = row->uid;
		e.person = c->after;
		err = sek_db_need_account(w->db, &e);
		sek_wipe(&e, sizeof(e));
		if (err != SEK_OK)
			return (err);
	}
	/* A new one has just been put there as he is to be. */
	if (c->before.id[0] != '\0' && !same(&c->before, &c->after) &&
	    ((err = sek_row_update(w->db, &sek_table_person, &c->after)) !=
	    SEK_OK || (err = sek_db_person_changed(w->db, &c->before,
	    &c->after)) != SEK_OK))
		return (err);
	return (record(w, text));
}

static enum sek_err
join(struct work *w, const struct sek_plan_row *row,
    struct sek_plan_change *c)
{
	enum sek_err err;

	if (w->account.state == SEK_ACCOUNT_RETIRED)
		return (sek_why(w->db->why, SEK_ERR_REFUSED, "account %s is "
		    "retired for good: give the person another account",
		    row->account));
	if (c->before.id[0] != '\0' && c->before.name[0] != '\0' &&
	    (row->has & SEK_PLAN_HAS_NAME) != 0 && row->name[0] != '\0' &&
	    strcmp(c->before.name, row->name) != 0)
		return (sek_why(w->db->why, SEK_ERR_EXISTS, "person %s is "
		    "here already, by the name of %s: a number given to "
		    "somebody else? (if not: move)", w->person,
		    c->before.name));
	if ((err = merge(w, row, c)) != SEK_OK)
		return (err);
	/* Who comes back has another account than the one he left. */
	c->after.state = SEK_ACCOUNT_ACTIVE;
	return (put(w, row, c, "joins"));
}

static enum sek_err
move(struct work *w, const struct sek_plan_row *row,
    struct sek_plan_change *c)
{
	enum sek_err err;

	if (c->before.id[0] == '\0' && row->uid == SEK_UID_NONE)
		return (sek_why(w->db->why, SEK_ERR_NOT_FOUND, "nobody is "
		    "known here as %s", w->person));
	if (c->before.state == SEK_ACCOUNT_RETIRED ||
	    w->account.state == SEK_ACCOUNT_RETIRED)
		return (sek_why(w->db->why, SEK_ERR_REFUSED, "%s is retired",
		    w->person));
	if ((err = merge(w, row, c)) != SEK_OK)
		return (err);
	return (put(w, row, c, "moves"));
}

static enum sek_err
count_active(const struct work *w, uint32_t *n)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(w->db, &st, "SELECT count(*) FROM "
	    "authenticator WHERE person=?1 AND state<>4")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, w->person);
	if ((err = sek_db_step(w->db, st)) != SEK_OK)
		return (err);
	*n = (uint32_t)sqlite3_column_int64(st, 0);
	sek_db_done(st);
	return (SEK_OK);
}

/* His last day is still to come: his term ends then. */
static enum sek_err
leave_later(struct work *w, const struct sek_plan_row *row,
    struct sek_plan_change *c)
{
	enum sek_err err;

	if (row->to > w->last)
		w->last = row->to;
	c->after.to = row->to;
	if (c->after.from >= c->after.to)
		return (sek_why(w->db->why, SEK_ERR_REFUSED, "the term of "
		    "person %s would end before it begins", w->person));
	if ((err = count_active(w, &c->authenticators)) != SEK_OK)
		return (err);
	return (put(w, row, c, "leaves at the end of the term"));
}

static enum sek_err
leave(struct work *w, const struct sek_plan_row *row,
    struct sek_plan_change *c)
{
	struct sek_tool_args how = *w->a;
	struct sek_retired gone;
	bool was = c->before.state == SEK_ACCOUNT_RETIRED;
	enum sek_err err;

	if (c->before.id[0] == '\0' && w->account.name[0] == '\0' &&
	    row->uid == SEK_UID_NONE)
		return (sek_why(w->db->why, SEK_ERR_NOT_FOUND, "nobody is "
		    "known here as %s", w->person));
	if (row->uid == 0 || (w->account.name[0] != '\0' &&
	    w->account.uid == 0))
		return (sek_why(w->db->why, SEK_ERR_REFUSED, "account %s is "
		    "root's, which nobody leaves by: name the person alone",
		    row->account));
	c->after = c->before;
	(void)sek_text_copy(c->after.id, sizeof(c->after.id), w->person);
	if ((!was && (err = may(w, row, c)) != SEK_OK) ||
	    (err = sek_db_not_the_last(w->db, w->person)) != SEK_OK)
		return (err);
	if (!was && (row->has & SEK_PLAN_HAS_TO) != 0 &&
	    row->to > w->db->now.wall)
		return (leave_later(w, row, c));
	/* Never seen here: known from now on, and shut. */
	if ((err = put(w, row, c, "leaves")) != SEK_OK)
		return (err);
	how.reason = "plan: leaves";
	if ((err = sek_db_retire(w->db, &how, NULL, w->person, &gone)) !=
	    SEK_OK)
		return (err);
	c->after = gone.person;
	c->authenticators = (uint32_t)gone.authenticators;
	c->nothing = was && gone.accounts == 0 && gone.authenticators == 0 &&
	    gone.memberships == 0;
	return (SEK_OK);
}

static void
count(struct sek_plan_counts *n, const struct sek_plan_row *row,
    const struct sek_plan_change *c)
{

	n->authenticators += c->authenticators;
	if (c->nothing)
		n->nothing++;
	else if (row->kind == SEK_PLAN_JOIN)
		n->join++;
	else if (row->kind == SEK_PLAN_LEAVE)
		n->leave++;
	else
		n->move++;
}

static enum sek_err
check(const struct work *w, const struct sek_plan_row *row)
{

	if (row->kind == SEK_PLAN_NONE || row->kind >= SEK_PLAN_KINDS ||
	    (row->account[0] == '\0' && (row->person[0] == '\0' ||
	    row->kind == SEK_PLAN_JOIN)) || (row->account[0] != '\0' &&
	    !sek_text_is_clean(row->account, SEK_NAME_MAX - 1)) ||
	    (row->person[0] != '\0' &&
	    !sek_text_is_clean(row->person, SEK_NAME_MAX - 1)))
		return (sek_why(w->db->why, SEK_ERR_SYNTAX, "it does not say "
		    "what is to be done, or with whom"));
	return (SEK_OK);
}

static enum sek_err
one(struct work *w, const struct sek_plan_row *row)
{
	static enum sek_err (*const acts[SEK_PLAN_KINDS])(struct work *,
	    const struct sek_plan_row *, struct sek_plan_change *) = {
		[SEK_PLAN_JOIN] = join, [SEK_PLAN_LEAVE] = leave,
		[SEK_PLAN_MOVE] = move
	};
	struct sek_plan_change c;
	char why[SEK_WHY_MAX];
	enum sek_err err;

	w->db->why->text[0] = '\0';
	if ((err = check(w, row)) == SEK_OK &&
	    (err = find(w, row, &c)) == SEK_OK &&
	    (err = acts[row->kind](w, row, &c)) == SEK_OK) {
		count(w->out, row, &c);
		return (w->a->plan_done == NULL ? SEK_OK :
		    w->a->plan_done(w->a->arg, row, &c));
	}
	(void)sek_text_copy(why, sizeof(why), w->db->why->text);
	return (sek_why(w->db->why, err, "line %llu: %s",
	    (unsigned long long)row->line,
	    why[0] != '\0' ? why : sek_err_name(err)));
}

static enum sek_err
finish(const struct work *w)
{
	struct sek_record r;

	sek_db_record_actor(&r, w->a->actor, SEK_EVENT_PLAN);
	(void)sek_text_format(r.detail, sizeof(r.detail), "%llu join, %llu "
	    "leave, %llu move, %llu so already",
	    (unsigned long long)w->out->join,
	    (unsigned long long)w->out->leave,
	    (unsigned long long)w->out->move,
	    (unsigned long long)w->out->nothing);
	return (sek_db_append(w->db, &r));
}

static enum sek_err
all(struct work *w)
{
	struct sek_plan_row row;
	enum sek_err err;

	for (;;) {
		memset(&row, 0, sizeof(row));
		row.uid = SEK_UID_NONE;
		if ((err = w->a->plan_next(w->a->arg, &row)) != SEK_OK)
			break;
		/* The end of the list is no name that was not found. */
		if ((err = one(w, &row)) != SEK_OK)
			return (err);
	}
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	if (w->last != 0 &&
	    (err = sek_db_some_left(w->db, w->last)) != SEK_OK)
		return (err);
	/* Who did nothing has nothing to put on record. */
	return (w->out->join + w->out->leave + w->out->move == 0 ? SEK_OK :
	    finish(w));
}

enum sek_err
sek_op_plan(struct sek_db *db, const void *arg, void *result)
{
	struct work w = { .db = db, .a = arg, .out = result };
	enum sek_err err;

	memset(w.out, 0, sizeof(*w.out));
	(void)sqlite3_exec(db->sq, CACHE, NULL, NULL, NULL);
	err = all(&w);
	(void)sqlite3_exec(db->sq, USUAL_CACHE, NULL, NULL, NULL);
	if (w.a->all)
		db->undo = true;
	return (err);
}
