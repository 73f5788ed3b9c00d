/*
 * password_seen.c - what the backend keeps now: changes that were killed, and
 * those that did not pass through us
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nobody settles what a living process has under way.
 * MUST: a mark of zeros tells nothing: what cannot be told stays pending, and
 * counts as his.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define DOUBT_MAX	16	/* pending entries nobody can tell about */

static bool
tells(const uint8_t mark[SEK_PASSWORD_MARK_LEN])
{
	static const uint8_t none[SEK_PASSWORD_MARK_LEN];

	return (memcmp(mark, none, sizeof(none)) != 0);
}

/* Of one password, whatever day it tells. */
static bool
same(const uint8_t a[SEK_PASSWORD_MARK_LEN],
    const uint8_t b[SEK_PASSWORD_MARK_LEN])
{

	return (memcmp(a, b, SEK_PASSWORD_MARK_HASH) == 0);
}

static void
blank(struct sek_password *p, const struct sek_claimant *who, int64_t set_at,
    const uint8_t mark[SEK_PASSWORD_MARK_LEN])
{

	memset(p, 0, sizeof(*p));
	(void)sek_text_copy(p->account, sizeof(p->account), who->name);
	p->set_at = set_at;
	memcpy(p->mark, mark, sizeof(p->mark));
}

static enum sek_err
note(struct sek_db *db, enum sek_event e, const struct sek_claimant *who,
    const char *text)
{
	struct sek_record r;
	enum sek_err err;

	sek_db_record(&r, e, SEK_RESULT_OK);
	sek_db_record_who(&r, who);
	(void)sek_text_copy(r.target, sizeof(r.target), who->name);
	(void)sek_text_copy(r.detail, sizeof(r.detail), text);
	if ((err = sek_db_password_whose(db, &r, who->name)) != SEK_OK)
		return (err);
	return (sek_db_append(db, &r));
}

/* ---- what killed changes left */

struct settling {
	struct sek_db			*db;
	const struct sek_claimant	*who;
	uint8_t				 after[SEK_PASSWORD_MARK_LEN];
	bool				 confirmed;	/* a later one is */
	bool				 known;	/* what it keeps was told of */
	bool				 live;
	unsigned			 doubt;
};

/* The backend had taken it when its process ended. It is the present one,
 * where none came after: what is known already says another. */
static enum sek_err
taken(struct settling *s, struct sek_history_row *row)
{
	struct sek_password p;
	enum sek_err err;

	row->pending = 0;
	memcpy(row->mark, s->after, sizeof(row->mark));
	if ((err = sek_row_update(s->db, &sek_table_password_history, row)) !=
	    SEK_OK || s->confirmed || s->known)
		return (err);
	s->confirmed = true;
	blank(&p, s->who, row->at, s->after);
	if ((err = sek_db_password_put(s->db, &p)) != SEK_OK)
		return (err);
	return (note(s->db, SEK_EVENT_PASSWORD_CHANGED, s->who, "its process "
	    "ended before it could tell; the backend had taken it"));
}

/* What its successor found before it is what it left. One that was confirmed
 * may have come between, by another process: then it counts as his. */
static enum sek_err
settle_one(struct settling *s, struct sek_history_row *row)
{
	enum sek_err err;

	if (!tells(row->mark) || !tells(s->after)) {
		s->doubt++;
		err = s->doubt <= DOUBT_MAX ? SEK_OK :
		    sek_db_history_drop(s->db, row->account, row->at);
	} else if (s->confirmed || !same(row->mark, s->after))
		err = taken(s, row);
	else
		err = sek_db_history_drop(s->db, row->account, row->at);
	return (err);
}

enum sek_err
sek_db_password_settle(struct sek_db *db, const struct sek_claimant *who,
    const uint8_t mark[SEK_PASSWORD_MARK_LEN], bool *live)
{
	struct settling s = { .db = db, .who = who };
	uint8_t found[SEK_PASSWORD_MARK_LEN];
	struct sek_history_row row;
	struct sek_password p;
	int64_t before = INT64_MAX;
	enum sek_err err;

	if ((err = sek_db_password(db, &p, who->name)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	s.known = err == SEK_OK && tells(mark) && same(p.mark, mark);
	memcpy(s.after, mark, sizeof(s.after));
	while ((err = sek_db_history_next(db, &row, who->name, before)) ==
	    SEK_OK) {
		before = row.at;
		if (!row.pending) {
			s.confirmed = true;
			continue;
		}
		memcpy(found, row.mark, sizeof(found));
		if (sek_history_is_live(db, &row))
			s.live = true;
		else if ((err = settle_one(&s, &row)) != SEK_OK)
			break;
		memcpy(s.after, found, sizeof(s.after));
	}
	*live = s.live;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- what is there now */

static enum sek_err
add_present(struct sek_db *db, const struct sek_password_seen *in, int64_t wish)
{
	struct sek_history_row row;

	if (in->hash[0] == '\0')
		return (SEK_OK);
	memset(&row, 0, sizeof(row));
	(void)sek_text_copy(row.account, sizeof(row.account), in->who.name);
	memcpy(row.mark, in->mark, sizeof(row.mark));
	return (sek_db_history_add(db, &row, wish, in->hash));
}

/* The day it tells, where that was. */
static int64_t
set_at(const struct sek_db *db, const struct sek_password_seen *in)
{

	return (in->day > 0 && in->day <= db->now.wall ? in->day :
	    db->now.wall);
}

static enum sek_err
first_seen(struct sek_db *db, const struct sek_password_seen *in,
    struct sek_password *p)
{
	struct sek_history_row row;
	enum sek_err err;

	/* With its first entry it had a row. */
	err = sek_db_history_newest(db, &row, in->who.name);
	if (err != SEK_ERR_NOT_FOUND)
		return (err == SEK_OK ? sek_row_bad(db, "password",
		    in->who.name) : err);
	blank(p, &in->who, set_at(db, in), in->mark);
	p->guessed = 1;
	if ((err = sek_db_password_put(db, p)) != SEK_OK)
		return (err);
	return (add_present(db, in, p->set_at));
}

/* One that others know, put back by hand (an old shadow file)? */
static enum sek_err
is_barred(struct sek_db *db, const struct sek_password_seen *in, bool *yes)
{
	struct sek_history_row row;
	int64_t before = INT64_MAX;
	enum sek_err err;

	*yes = false;
	while (!*yes && (err = sek_db_history_next(db, &row, in->who.name,
	    before)) == SEK_OK) {
		before = row.at;
		*yes = row.barred && same(row.mark, in->mark);
	}
	return (*yes || err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
outside(struct sek_db *db, const struct sek_password_seen *in,
    struct sek_password *p)
{
	enum sek_err err;
	bool barred;

	if ((err = is_barred(db, in, &barred)) != SEK_OK)
		return (err);
	blank(p, &in->who, db->now.wall, in->mark);
	p->outside = 1;
	p->must = barred ? SEK_MUST_COMPROMISED : SEK_MUST_NOT;
	if ((err = sek_db_password_put(db, p)) != SEK_OK ||
	    (err = add_present(db, in, db->now.wall)) != SEK_OK)
		return (err);
	return (note(db, SEK_EVENT_PASSWORD_OUTSIDE, &in->who, ""));
}

/* chage -d: the same password, and all that was said of it, by another day.
 * That the backend now asks for a change is its own word. */
static enum sek_err
another_day(struct sek_db *db, const struct sek_password_seen *in,
    struct sek_password *p)
{
	enum sek_err err;

	if (memcmp(p->mark, in->mark, sizeof(p->mark)) == 0)
		return (SEK_OK);
	memcpy(p->mark, in->mark, sizeof(p->mark));
	if ((err = sek_row_update(db, &sek_table_password, p)) != SEK_OK)
		return (err);
	return (note(db, SEK_EVENT_PASSWORD_OUTSIDE, &in->who, "only the day "
	    "of its last change; the password is the same"));
}

static enum sek_err
look(struct sek_db *db, const struct sek_password_seen *in,
    struct sek_password_seen_out *out)
{
	struct sek_password *p = &out->password;
	enum sek_err err;
	bool live;

	if ((err = sek_db_password_settle(db, &in->who, in->mark, &live)) !=
	    SEK_OK)
		return (err);
	err = sek_db_password(db, p, in->who.name);
	if (err == SEK_ERR_NOT_FOUND && live) {
		/* Its end makes the row. */
		blank(p, &in->who, db->now.wall, in->mark);
		p->guessed = 1;
		return (SEK_OK);
	}
	if (err == SEK_ERR_NOT_FOUND)
		return (first_seen(db, in, p));
	if (err != SEK_OK || !tells(in->mark))
		return (err);
	if (same(p->mark, in->mark))
		return (another_day(db, in, p));
	if (!tells(p->mark)) {
		memcpy(p->mark, in->mark, sizeof(p->mark));
		return (sek_row_update(db, &sek_table_password, p));
	}
	if (live)
		return (SEK_OK);
	out->changed = 1;
	return (outside(db, in, p));
}

/* Nothing to write? Then a login writes nothing. */
static enum sek_err
is_as_known(struct sek_db *db, const struct sek_password_seen *in,
    struct sek_password *p, bool *yes)
{
	struct sek_history_row row;
	enum sek_err err;

	*yes = true;
	if (!sek_db_has_passwords(db)) {
		/* No change can be kept there: none is ever due. */
		blank(p, &in->who, db->now.wall, in->mark);
		p->guessed = 1;
		return (SEK_OK);
	}
	*yes = false;
	if ((err = sek_db_password(db, p, in->who.name)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	err = sek_db_history_next(db, &row, in->who.name, INT64_MAX);
	*yes = (!tells(in->mark) || memcmp(p->mark, in->mark,
	    sizeof(p->mark)) == 0) &&
	    (err == SEK_ERR_NOT_FOUND || (err == SEK_OK && !row.pending));
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_password_seen(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_password_seen *in = arg;
	struct sek_password_seen_out *out = result;
	enum sek_err err;
	bool known;
	int was;

	if ((err = sek_db_begin(db, false)) != SEK_OK ||
	    (err = sek_db_end(db, is_as_known(db, in, &out->password,
	    &known))) != SEK_OK || known)
		return (err);
	memset(out, 0, sizeof(*out));
	if ((err = sek_db_begin(db, true)) != SEK_OK)
		return (err);
	was = sqlite3_total_changes(db->sq);
	err = look(db, in, out);
	if (sqlite3_total_changes(db->sq) == was)
		db->undo = true;
	if ((err = sek_db_end(db, err)) == SEK_OK && !db->undo)
		sek_db_refill(db, db->reserve);
	return (err);
}

/* ---- what somebody said about it */

/* *at: of the first entry that is not as it was written. */
static enum sek_err
find_bad(struct sek_db *db, const char *account, int64_t *at)
{
	struct sek_history_row row;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_HISTORY_COLUMNS
	    " FROM password_history WHERE account=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_password_history, st,
		    &row)) == SEK_OK)
			continue;
		*at = sqlite3_column_int64(st, 1);
		break;
	}
	sek_db_done(st);
	return (err);
}

/* Rows that are not as they were written go: so it can be changed again, and
 * must be. */
static enum sek_err
mend(struct sek_db *db, const struct sek_password_seen *seen, bool *bad)
{
	const char *name = seen->who.name;
	struct sek_history_row row;
	struct sek_password p;
	enum sek_err err;
	int64_t at = 0;

	*bad = false;
	while ((err = find_bad(db, name, &at)) == SEK_ERR_TAMPERED) {
		*bad = true;
		if ((err = sek_db_history_drop(db, name, at)) != SEK_OK)
			return (err);
	}
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	err = sek_db_password(db, &p, name);
	if (err == SEK_ERR_NOT_FOUND &&
	    (err = sek_db_history_newest(db, &row, name)) == SEK_OK)
		err = SEK_ERR_TAMPERED;
	if (err == SEK_ERR_TAMPERED) {
		*bad = true;
		blank(&p, &seen->who, set_at(db, seen), seen->mark);
		p.guessed = 1;
		err = sek_db_password_put(db, &p);
	}
	db->bad.table = NULL;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* What it opened stays open, but no sudo goes on by it, and what has not
 * opened a session yet opens none any more. */
static enum sek_err
spend_admissions(struct sek_db *db, const char *account)
{
	struct sek_admission_row row;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ADMISSION_COLUMNS
	    " FROM admission")) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_admission, st, &row);
		/* It opens nothing as it is. */
		if (err == SEK_ERR_TAMPERED || (err == SEK_OK &&
		    (strcmp(row.account, account) != 0 ||
		    row.taken > SEK_TAKEN_SESSION)))
			continue;
		if (err != SEK_OK)
			break;
		if (row.taken == SEK_TAKEN_NOT)
			row.taken = SEK_TAKEN_SPENT;
		row.audit_session = UINT32_MAX;
		if ((err = sek_row_update(db, &sek_table_admission, &row)) !=
		    SEK_OK)
			break;
	}
	sek_db_done(st);
	db->bad.table = NULL;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
compromised(struct sek_db *db, const char *account)
{
	struct sek_history_row row;
	enum sek_err err;

	if ((err = sek_db_history_newest(db, &row, account)) == SEK_OK) {
		row.barred = 1;
		err = sek_row_update(db, &sek_table_password_history, &row);
	}
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	return (spend_admissions(db, account));
}

/* The graver word stands. */
static enum sek_err
must(struct sek_db *db, const struct sek_tool_args *a)
{
	const char *name = a->seen->who.name;
	struct sek_password p;
	enum sek_err err;

	if ((err = sek_db_password(db, &p, name)) != SEK_OK)
		return (err);
	if (a->must == SEK_MUST_COMPROMISED)
		p.must = SEK_MUST_COMPROMISED;
	else if (p.must == SEK_MUST_NOT)
		p.must = SEK_MUST_EXPIRED;
	if ((err = sek_row_update(db, &sek_table_password, &p)) != SEK_OK ||
	    a->must != SEK_MUST_COMPROMISED)
		return (err);
	return (compromised(db, name));
}

enum sek_err
sek_op_password_must(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_password_seen_out out;
	struct sek_account acc;
	struct sek_record r;
	enum sek_err err;
	bool bad;

	(void)result;
	if (a->must != SEK_MUST_EXPIRED && a->must != SEK_MUST_COMPROMISED)
		return (SEK_ERR_RANGE);
	if ((err = sek_db_needs_minor(db, 7)) != SEK_OK)
		return (err);
	/* One that was never enrolled has a password, too. */
	if ((err = sek_db_account(db, &acc, a->seen->who.name)) != SEK_OK &&
	    (err != SEK_ERR_NOT_FOUND || !a->seen->who.known))
		return (err);
	memset(&out, 0, sizeof(out));
	if ((err = sek_db_may_change(db, a->actor, a->seen->who.name,
	    a->seen->who.privileged != 0, SEK_CHANGING_PASSWORD,
	    a->must == SEK_MUST_COMPROMISED ? SEK_EVENT_PASSWORD_COMPROMISED :
	    SEK_EVENT_PASSWORD_EXPIRED)) != SEK_OK ||
	    (err = mend(db, a->seen, &bad)) != SEK_OK ||
	    (err = look(db, a->seen, &out)) != SEK_OK ||
	    (err = must(db, a)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, a->must == SEK_MUST_COMPROMISED ?
	    SEK_EVENT_PASSWORD_COMPROMISED : SEK_EVENT_PASSWORD_EXPIRED);
	if (bad)
		r.reason = SEK_REASON_TAMPERED;
	(void)sek_text_copy(r.target, sizeof(r.target), a->seen->who.name);
	return (sek_db_append(db, &r));
}
