/*
 * roster_take.c - a roster comes in: persons, accounts, authenticators
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A plan is the same work, undone at its end: what is shown is what would be.
 *
 * MUST: nothing that is shut here opens, but a suspension that this very
 * exporter's roster brought (rule/roster.h).
 * MUST: a security key comes only to who is that person by all his accounts
 * (roster_key.c).
 * MUST: every change is on record with the roster's serial.
 */
#include "config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "roster.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/roster.h"

#define CACHE		"PRAGMA cache_size=-262144"	/* KiB */
#define USUAL_CACHE	"PRAGMA cache_size=-2000"
#define STEP		512u		/* rows between two words of progress */
#define FIELD_HEX	12u		/* of a field's sum, in a mark */
#define BASE_TEXT	((FIELD_HEX + 1u) * SEK_ROSTER_FIELDS)
#define ALL_FIELDS	(SEK_ROSTER_BIT(SEK_ROSTER_FIELDS) - 1)

struct take {
	struct sek_db			*db;
	const struct sek_tool_args	*a;
	const struct sek_roster		*r;
	struct sek_roster_done		*done;
	bool				*other;	/* persons left alone */
	uint64_t			 rows;
	uint64_t			 all;
	size_t				 member;	/* next in r */
	crypto_generichash_state	 sum;	/* of all that was told */
};

static bool
is_conflict(enum sek_roster_what what)
{

	switch (what) {
	case SEK_ROSTER_PERSON_CONFLICT:
	case SEK_ROSTER_PERSON_OTHER:
	case SEK_ROSTER_ACCOUNT_OTHER_PERSON:
	case SEK_ROSTER_ACCOUNT_OTHER_UID:
	case SEK_ROSTER_TOKEN_UNSURE:
	case SEK_ROSTER_TOKEN_NOT_HIS:
	case SEK_ROSTER_TOKEN_SHUT:
	case SEK_ROSTER_TOKEN_FULL:
	case SEK_ROSTER_TOKEN_OTHERS:
		return (true);
	default:
		return (false);
	}
}

/* Changes nothing: said, and counted as neither. */
static bool
is_note(enum sek_roster_what what)
{

	return (what == SEK_ROSTER_PERSON_KEPT ||
	    what == SEK_ROSTER_ACCOUNT_STAYS_SUSPENDED ||
	    what == SEK_ROSTER_ACCOUNT_STAYS_RETIRED);
}

static enum sek_err
tell(struct take *t, enum sek_roster_what what, const char *id,
    const char *more, uint32_t fields)
{
	struct sek_roster_change c = { .what = what, .id = id,
	    .more = more != NULL ? more : "", .fields = fields };
	uint32_t head[2] = { (uint32_t)what, fields };

	c.conflict = is_conflict(what);
	if (c.conflict)
		t->done->conflicts++;
	else if (!is_note(what))
		t->done->changes++;
	crypto_generichash_update(&t->sum, (const uint8_t *)head,
	    sizeof(head));
	crypto_generichash_update(&t->sum, (const uint8_t *)id,
	    strlen(id) + 1);
	crypto_generichash_update(&t->sum, (const uint8_t *)c.more,
	    strlen(c.more) + 1);
	return (t->a->roster_fn == NULL ? SEK_OK :
	    t->a->roster_fn(t->a->arg, &c, t->rows, t->all));
}

static enum sek_err
step(struct take *t)
{

	if (t->rows++ % STEP != 0 || t->a->roster_fn == NULL)
		return (SEK_OK);
	return (t->a->roster_fn(t->a->arg, NULL, t->rows, t->all));
}

static void
begin_record(const struct take *t, struct sek_record *rec, enum sek_event e)
{

	sek_db_record_actor(rec, t->a->actor, e);
	(void)sek_text_format(rec->ref, sizeof(rec->ref), "%llu",
	    (unsigned long long)t->r->serial);
}

static enum sek_err
record(struct take *t, enum sek_event e, const char *target, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/* "roster of T: …" */
static enum sek_err
record(struct take *t, enum sek_event e, const char *target, const char *fmt,
    ...)
{
	struct sek_record rec;
	size_t n;
	va_list ap;

	begin_record(t, &rec, e);
	(void)sek_text_copy(rec.target, sizeof(rec.target), target);
	(void)sek_text_format(rec.detail, sizeof(rec.detail), "roster of %s: ",
	    t->r->terminal);
	n = strlen(rec.detail);
	va_start(ap, fmt);
	(void)vsnprintf(rec.detail + n, sizeof(rec.detail) - n, fmt, ap);
	va_end(ap);
	return (sek_db_append(t->db, &rec));
}

static enum sek_err
absent_is_fine(enum sek_err err)
{

	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* No contractor brings by a roster what he may not change by hand. */
static enum sek_err
may_change(struct take *t, const char *account, enum sek_event e)
{

	return (sek_db_may_change(t->db, t->a->actor, account, false,
	    SEK_CHANGING_ACCOUNT, e));
}

static enum sek_err
may_change_factor(struct take *t, const char *person, enum sek_event e)
{

	return (sek_db_may_change_person(t->db, t->a->actor, person,
	    SEK_CHANGING_FACTOR, e));
}

/* ---- persons */

/* Of what was the same here by itself: under a key, so that a mark tells it
 * from what a roster brought. */
static void
field_sum(char hex[FIELD_HEX + 1], const struct sek_person *p,
    enum sek_roster_field f, bool brought)
{
	static const uint8_t by_itself[crypto_generichash_KEYBYTES_MIN] = {
	    's', 'e', 'e', 'n' };
	uint8_t sum[crypto_generichash_BYTES_MIN];
	char text[SEK_NAME_MAX] = "";

	if (f == SEK_ROSTER_NAME)
		memcpy(text, p->name, sizeof(text));
	else if (f == SEK_ROSTER_SECTION)
		memcpy(text, p->section, sizeof(text));
	else
		(void)sek_text_format(text, sizeof(text), "%lld",
		    (long long)(f == SEK_ROSTER_FROM ? p->from :
		    f == SEK_ROSTER_TO ? p->to :
		    f == SEK_ROSTER_CONTRACTOR ? p->contractor != 0 :
		    p->state));
	(void)crypto_generichash(sum, sizeof(sum), (const uint8_t *)text,
	    strlen(text), brought ? NULL : by_itself,
	    brought ? 0 : sizeof(by_itself));
	sek_text_hex(hex, sum, FIELD_HEX / 2);
}

/* The fields' sums as a mark keeps them. */
static void
base_text(char text[BASE_TEXT], const struct sek_person *p, uint32_t brought)
{
	unsigned f;

	for (f = 0; f < SEK_ROSTER_FIELDS; f++) {
		field_sum(text + f * (FIELD_HEX + 1), p,
		    (enum sek_roster_field)f,
		    (brought & SEK_ROSTER_BIT(f)) != 0);
		text[(f + 1) * (FIELD_HEX + 1) - 1] = ' ';
	}
	text[BASE_TEXT - 1] = '\0';
}

static uint32_t
same_fields(const char *mark, const struct sek_person *p, uint32_t brought)
{
	char text[BASE_TEXT];
	uint32_t same = 0;
	unsigned f;

	base_text(text, p, brought);
	for (f = 0; f < SEK_ROSTER_FIELDS; f++)
		if (memcmp(mark + f * (FIELD_HEX + 1),
		    text + f * (FIELD_HEX + 1), FIELD_HEX) == 0)
			same |= SEK_ROSTER_BIT(f);
	return (same);
}

/* What the last roster of this exporter brought; and remember this one's. */
static enum sek_err
base_of(struct take *t, struct sek_roster_base *base, struct sek_mark *m,
    const struct sek_person *here, const struct sek_person *there)
{
	char name[SEK_MARK_NAME_MAX];
	enum sek_err err;

	memset(base, 0, sizeof(*base));
	sek_roster_mark_name(name, SEK_ROSTER_MARK_PERSON, t->r->id,
	    there->id, NULL);
	err = sek_roster_mark(t->db, m, name);
	if (err == SEK_ERR_NOT_FOUND) {
		memcpy(m->name, name, sizeof(m->name));
		m->text[0] = '\0';
		return (SEK_OK);
	}
	if (err == SEK_OK && strlen(m->text) != BASE_TEXT - 1)
		err = sek_row_bad(t->db, "mark", name);
	if (err != SEK_OK)
		return (err);
	base->known = ALL_FIELDS;
	base->brought = same_fields(m->text, here, ALL_FIELDS);
	base->here = base->brought | same_fields(m->text, here, 0);
	base->there = same_fields(m->text, there, ALL_FIELDS) |
	    same_fields(m->text, there, 0);
	return (SEK_OK);
}

static enum sek_err
remember_base(struct take *t, const struct sek_mark *m,
    const struct sek_person *there, uint32_t brought)
{
	char text[BASE_TEXT];

	base_text(text, there, brought);
	if (strcmp(text, m->text) == 0)
		return (SEK_OK);
	return (sek_roster_mark_put(t->db, m->name, text, t->r->time,
	    m->text[0] != '\0'));
}

static enum sek_err
new_person(struct take *t, const struct sek_person *there)
{
	struct sek_roster_base base;
	struct sek_person p = *there;
	struct sek_mark m;
	enum sek_err err;

	p.created = t->db->now.wall;
	if ((err = tell(t, SEK_ROSTER_PERSON_NEW, p.id, p.name, 0)) !=
	    SEK_OK ||
	    (err = sek_row_insert(t->db, &sek_table_person, &p)) != SEK_OK ||
	    (err = base_of(t, &base, &m, &p, there)) != SEK_OK ||
	    (err = remember_base(t, &m, there, ALL_FIELDS)) != SEK_OK)
		return (err);
	return (record(t, SEK_EVENT_PERSON_CHANGED, p.id, "new"));
}

static enum sek_err
change_person(struct take *t, const struct sek_person *here,
    const struct sek_person *to, uint32_t fields)
{
	char list[96] = "";
	enum sek_err err;
	unsigned f;
	size_t n = 0;

	for (f = 0; f < SEK_ROSTER_FIELDS; f++)
		if ((fields & SEK_ROSTER_BIT(f)) != 0) {
			(void)sek_text_format(list + n, sizeof(list) - n,
			    "%s%s", n > 0 ? " " : "", sek_roster_field_name(
			    (enum sek_roster_field)f));
			n = strlen(list);
		}
	if ((err = sek_db_may_edit_person(t->db, t->a->actor, here, to)) !=
	    SEK_OK ||
	    (err = sek_row_update(t->db, &sek_table_person, to)) != SEK_OK ||
	    (err = sek_db_person_changed(t->db, here, to)) != SEK_OK)
		return (err);
	return (record(t, SEK_EVENT_PERSON_CHANGED, to->id, "%s", list));
}

static enum sek_err
take_person(struct take *t, size_t i)
{
	const struct sek_person *there = &t->r->person[i];
	struct sek_person here, to;
	struct sek_roster_merge m;
	struct sek_roster_base base;
	struct sek_mark mark;
	enum sek_err err;

	if ((err = sek_db_person(t->db, &here, there->id)) ==
	    SEK_ERR_NOT_FOUND)
		return (new_person(t, there));
	if (err != SEK_OK ||
	    (err = base_of(t, &base, &mark, &here, there)) != SEK_OK)
		return (err);
	if (sek_roster_is_other(&here, there, &base)) {
		t->other[i] = true;
		return (tell(t, SEK_ROSTER_PERSON_OTHER, here.id, here.name,
		    0));
	}
	sek_roster_merge(&to, &m, &here, there, &base);
	if (m.taken != 0 && ((err = tell(t, SEK_ROSTER_PERSON_CHANGED,
	    here.id, to.name, m.taken)) != SEK_OK ||
	    (err = change_person(t, &here, &to, m.taken)) != SEK_OK))
		return (err);
	if (m.kept != 0 && (err = tell(t, SEK_ROSTER_PERSON_KEPT, here.id,
	    here.name, m.kept)) != SEK_OK)
		return (err);
	if (m.conflict != 0 && (err = tell(t, SEK_ROSTER_PERSON_CONFLICT,
	    here.id, here.name, m.conflict)) != SEK_OK)
		return (err);
	return (remember_base(t, &mark, there, m.brought));
}

/* Is it a person of another name here? */
static bool
is_other(const struct take *t, const char *person)
{
	const struct sek_person *p = sek_roster_person(t->r, person);

	return (p != NULL && t->other[p - t->r->person]);
}

/* ---- accounts */

/* What tells that a suspension is the one a roster brought. */
static void
suspension_text(char *text, size_t size, const char *exporter, int64_t until,
    const char *reason)
{
	uint8_t sum[crypto_generichash_BYTES_MIN];
	char hex[2 * sizeof(sum) + 1];

	(void)crypto_generichash(sum, sizeof(sum), (const uint8_t *)reason,
	    strlen(reason), NULL, 0);
	sek_text_hex(hex, sum, sizeof(sum));
	(void)sek_text_format(text, size, "%s %lld %s", exporter,
	    (long long)until, hex);
}

static enum sek_err
is_ours(struct take *t, const struct sek_account *here, bool *ours)
{
	char name[SEK_MARK_NAME_MAX], text[SEK_REASON_MAX];
	struct sek_mark m;
	enum sek_err err;

	*ours = false;
	if (here->state != SEK_ACCOUNT_SUSPENDED)
		return (SEK_OK);
	sek_roster_mark_name(name, SEK_ROSTER_MARK_SUSPENSION, here->name,
	    NULL, NULL);
	if ((err = sek_roster_mark(t->db, &m, name)) != SEK_OK)
		return (absent_is_fine(err));
	suspension_text(text, sizeof(text), t->r->id, here->suspended_until,
	    here->reason);
	*ours = strcmp(text, m.text) == 0;
	return (SEK_OK);
}

static enum sek_err
mark_suspension(struct take *t, const struct sek_account *acc)
{
	char name[SEK_MARK_NAME_MAX], text[SEK_REASON_MAX];
	enum sek_err err;

	sek_roster_mark_name(name, SEK_ROSTER_MARK_SUSPENSION, acc->name,
	    NULL, NULL);
	suspension_text(text, sizeof(text), t->r->id, acc->suspended_until,
	    acc->reason);
	if ((err = sek_roster_mark_drop(t->db, name)) != SEK_OK)
		return (err);
	return (sek_roster_mark_put(t->db, name, text, t->r->time, false));
}

/* A state that an account gets; acc is as it is to be, and in its table. */
static enum sek_err
told_state(struct take *t, const struct sek_account *acc, bool ours)
{
	enum sek_err err;

	if (acc->state == SEK_ACCOUNT_SUSPENDED) {
		if ((err = tell(t, SEK_ROSTER_ACCOUNT_SUSPENDED, acc->name,
		    acc->reason, 0)) != SEK_OK ||
		    (err = ours ? mark_suspension(t, acc) :
		    sek_db_roster_forget(t->db, acc->name)) != SEK_OK)
			return (err);
		return (record(t, SEK_EVENT_SUSPEND, acc->name, "%s",
		    acc->reason));
	}
	if ((err = tell(t, acc->state == SEK_ACCOUNT_RETIRED ?
	    SEK_ROSTER_ACCOUNT_RETIRED : SEK_ROSTER_ACCOUNT_RESUMED,
	    acc->name, acc->person, 0)) != SEK_OK ||
	    (err = sek_db_roster_forget(t->db, acc->name)) != SEK_OK)
		return (err);
	return (record(t, acc->state == SEK_ACCOUNT_RETIRED ?
	    SEK_EVENT_RETIRE : SEK_EVENT_RESUME, acc->name, "%s",
	    acc->person));
}

static enum sek_err
new_account(struct take *t, const struct sek_roster_account *there)
{
	struct sek_account acc;
	enum sek_err err;

	memset(&acc, 0, sizeof(acc));
	memcpy(acc.name, there->name, sizeof(acc.name));
	memcpy(acc.person, there->person, sizeof(acc.person));
	memcpy(acc.reason, there->reason, sizeof(acc.reason));
	acc.suspended_until = there->suspended_until;
	acc.state = there->state;
	acc.shared = there->shared;
	acc.created = t->db->now.wall;
	/* Of this terminal: its first login binds it. */
	acc.uid = SEK_UID_NONE;
	if ((err = sek_row_insert(t->db, &sek_table_account, &acc)) !=
	    SEK_OK ||
	    (err = tell(t, SEK_ROSTER_ACCOUNT_NEW, acc.name, acc.person,
	    0)) != SEK_OK ||
	    (err = record(t, SEK_EVENT_PERSON_CHANGED,
	    acc.person[0] != '\0' ? acc.person : acc.name, "new account %s",
	    acc.name)) != SEK_OK || acc.state == SEK_ACCOUNT_ACTIVE)
		return (err);
	return (told_state(t, &acc, true));
}

static enum sek_err
own_account(struct take *t, struct sek_account *acc, const char *person)
{
	enum sek_err err;

	(void)sek_text_copy(acc->person, sizeof(acc->person), person);
	if ((err = may_change(t, acc->name, SEK_EVENT_PERSON_CHANGED)) !=
	    SEK_OK || (err = sek_db_may_change_person(t->db, t->a->actor,
	    person, SEK_CHANGING_ACCOUNT, SEK_EVENT_PERSON_CHANGED)) !=
	    SEK_OK ||
	    (err = tell(t, SEK_ROSTER_ACCOUNT_OWNER, acc->name, person, 0)) !=
	    SEK_OK ||
	    (err = sek_db_exec_text(t->db, "DELETE FROM account WHERE "
	    "name=?1", acc->name)) != SEK_OK ||
	    (err = sek_row_insert(t->db, &sek_table_account, acc)) != SEK_OK)
		return (err);
	return (record(t, SEK_EVENT_PERSON_CHANGED, person, "has account %s",
	    acc->name));
}

static enum sek_err
change_account(struct take *t, struct sek_account *acc,
    const struct sek_roster_verdict *v)
{
	char reason[SEK_REASON_MAX] = "";
	enum sek_err err;

	acc->suspended_until = 0;
	if (v->act == SEK_ROSTER_SUSPEND) {
		acc->state = SEK_ACCOUNT_SUSPENDED;
		acc->suspended_until = v->until;
		(void)sek_text_copy(reason, sizeof(reason), v->reason);
	} else
		acc->state = v->act == SEK_ROSTER_RETIRE ?
		    SEK_ACCOUNT_RETIRED : SEK_ACCOUNT_ACTIVE;
	memcpy(acc->reason, reason, sizeof(acc->reason));
	if ((err = may_change(t, acc->name, acc->state ==
	    SEK_ACCOUNT_RETIRED ? SEK_EVENT_RETIRE : acc->state ==
	    SEK_ACCOUNT_SUSPENDED ? SEK_EVENT_SUSPEND : SEK_EVENT_RESUME)) !=
	    SEK_OK ||
	    (err = sek_row_update(t->db, &sek_table_account, acc)) != SEK_OK ||
	    (acc->state != SEK_ACCOUNT_ACTIVE &&
	    (err = sek_db_given_end(t->db, acc->name, acc->state ==
	    SEK_ACCOUNT_RETIRED ? "retired" : "suspended")) != SEK_OK))
		return (err);
	return (told_state(t, acc, v->ours));
}

static enum sek_err
tell_note(struct take *t, const struct sek_account *acc,
    enum sek_roster_note note)
{

	switch (note) {
	case SEK_ROSTER_OTHER_PERSON:
		return (tell(t, SEK_ROSTER_ACCOUNT_OTHER_PERSON, acc->name,
		    acc->person, 0));
	case SEK_ROSTER_OTHER_UID:
		return (tell(t, SEK_ROSTER_ACCOUNT_OTHER_UID, acc->name,
		    acc->person, 0));
	case SEK_ROSTER_STAYS_SUSPENDED:
		return (tell(t, SEK_ROSTER_ACCOUNT_STAYS_SUSPENDED,
		    acc->name, acc->reason, 0));
	case SEK_ROSTER_STAYS_RETIRED:
		return (tell(t, SEK_ROSTER_ACCOUNT_STAYS_RETIRED, acc->name,
		    acc->person, 0));
	default:
		return (SEK_OK);
	}
}

/* *may_open: its members may become what they are there. */
static enum sek_err
take_account(struct take *t, const struct sek_roster_account *there,
    bool *may_open)
{
	struct sek_roster_verdict v;
	struct sek_account acc;
	bool ours;
	enum sek_err err;

	*may_open = false;
	if (there->person[0] != '\0' && is_other(t, there->person))
		return (SEK_OK);
	*may_open = there->shared != 0;
	if ((err = sek_db_account(t->db, &acc, there->name)) ==
	    SEK_ERR_NOT_FOUND)
		return (new_account(t, there));
	if (err != SEK_OK || (err = is_ours(t, &acc, &ours)) != SEK_OK)
		return (err);
	sek_roster_account_judge(&v, &acc, there, ours, t->db->now.wall);
	if (v.note == SEK_ROSTER_OTHER_PERSON ||
	    sek_roster_other_uid(&acc, there))
		*may_open = false;
	if ((err = tell_note(t, &acc, v.note)) == SEK_OK && v.owner)
		err = own_account(t, &acc, there->person);
	if (err == SEK_OK && v.act != SEK_ROSTER_LEAVE)
		err = change_account(t, &acc, &v);
	return (err);
}

/* ---- members of shared accounts */

static enum sek_err
new_member(struct take *t, const struct sek_roster_member *there)
{
	char name[SEK_MARK_NAME_MAX];
	struct sek_member_row m;
	enum sek_err err;

	err = sek_row_find(t->db, &sek_table_member, &m, "SELECT "
	    SEK_MEMBER_COLUMNS " FROM member WHERE account=?1 AND person=?2",
	    there->account, there->person);
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	memset(&m, 0, sizeof(m));
	memcpy(m.account, there->account, sizeof(m.account));
	memcpy(m.person, there->person, sizeof(m.person));
	m.created = t->db->now.wall;
	sek_roster_mark_name(name, SEK_ROSTER_MARK_MEMBER, t->r->id,
	    m.account, m.person);
	if ((err = may_change(t, m.account, SEK_EVENT_PERSON_CHANGED)) !=
	    SEK_OK ||
	    (err = tell(t, SEK_ROSTER_MEMBER_NEW, m.account, m.person, 0)) !=
	    SEK_OK ||
	    (err = sek_row_insert(t->db, &sek_table_member, &m)) != SEK_OK ||
	    (err = sek_roster_mark_drop(t->db, name)) != SEK_OK ||
	    (err = sek_roster_mark_put(t->db, name, m.person, t->r->time,
	    false)) != SEK_OK)
		return (err);
	return (record(t, SEK_EVENT_PERSON_CHANGED, m.person,
	    "member of %s", m.account));
}

/* Gone there: gone here, too, where that exporter's roster had brought it. */
static enum sek_err
drop_member(struct take *t, const struct sek_member_row *m)
{
	char name[SEK_MARK_NAME_MAX];
	struct sek_mark mark;
	sqlite3_stmt *st;
	enum sek_err err;

	sek_roster_mark_name(name, SEK_ROSTER_MARK_MEMBER, t->r->id,
	    m->account, m->person);
	if ((err = sek_roster_mark(t->db, &mark, name)) != SEK_OK)
		return (absent_is_fine(err));
	if ((err = may_change(t, m->account, SEK_EVENT_PERSON_CHANGED)) !=
	    SEK_OK ||
	    (err = tell(t, SEK_ROSTER_MEMBER_GONE, m->account, m->person,
	    0)) != SEK_OK ||
	    (err = sek_roster_mark_drop(t->db, name)) != SEK_OK ||
	    (err = sek_db_prepare(t->db, &st, "DELETE FROM member WHERE "
	    "account=?1 AND person=?2")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, m->account);
	sek_db_bind_text(st, 2, m->person);
	if ((err = sek_db_step(t->db, st)) != SEK_ERR_NOT_FOUND)
		return (err == SEK_OK ? SEK_ERR_INTERNAL : err);
	return (record(t, SEK_EVENT_PERSON_CHANGED, m->person,
	    "no member of %s any more", m->account));
}

/* The next member of a name behind one, as the table has them now. */
static enum sek_err
next_member(struct take *t, struct sek_member_row *m)
{
	char last[SEK_NAME_MAX], account[SEK_NAME_MAX];

	memcpy(last, m->person, sizeof(last));
	memcpy(account, m->account, sizeof(account));
	return (sek_row_find(t->db, &sek_table_member, m, "SELECT "
	    SEK_MEMBER_COLUMNS " FROM member WHERE account=?1 AND person>?2 "
	    "ORDER BY person LIMIT 1", account, last));
}

static enum sek_err
take_members(struct take *t, const char *account, bool may_open)
{
	const struct sek_roster *r = t->r;
	struct sek_member_row m;
	enum sek_err err;

	memset(&m, 0, sizeof(m));
	(void)sek_text_copy(m.account, sizeof(m.account), account);
	while ((err = next_member(t, &m)) == SEK_OK)
		if (sek_roster_member(r, account, m.person) == NULL &&
		    (err = drop_member(t, &m)) != SEK_OK)
			return (err);
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	for (; t->member < r->nmembers &&
	    strcmp(r->member[t->member].account, account) == 0; t->member++)
		if ((err = step(t)) != SEK_OK || (may_open &&
		    !is_other(t, r->member[t->member].person) &&
		    (err = new_member(t, &r->member[t->member])) != SEK_OK))
			return (err);
	return (SEK_OK);
}

/* ---- authenticators */

static enum sek_err
close_authenticator(struct take *t, struct sek_authenticator_row *row,
    enum sek_authenticator_state to, enum sek_roster_what what)
{
	bool gone = to == SEK_AUTHENTICATOR_REMOVED;
	struct sek_record rec;
	enum sek_err err;

	if ((err = may_change_factor(t, row->a.person, gone ?
	    SEK_EVENT_REMOVE : SEK_EVENT_DISABLE)) != SEK_OK)
		return (err);
	row->a.state = (uint8_t)to;
	if (gone) {
		(void)sqlite3_exec(t->db->sq, "PRAGMA secure_delete=1", NULL,
		    NULL, NULL);
		sek_wipe(&row->secret, sizeof(row->secret));
	}
	if ((err = sek_row_update(t->db, &sek_table_authenticator, row)) !=
	    SEK_OK || (gone &&
	    ((err = sek_db_beside_gone(t->db, &row->a)) != SEK_OK ||
	    (err = sek_db_beside_drop(t->db, &row->a)) != SEK_OK)) ||
	    (err = tell(t, what, row->a.id, row->a.person, 0)) != SEK_OK)
		return (err);
	begin_record(t, &rec, gone ? SEK_EVENT_REMOVE : SEK_EVENT_DISABLE);
	(void)sek_text_copy(rec.authenticator, sizeof(rec.authenticator),
	    row->a.id);
	sek_db_record_target(t->db, &rec, row->a.person);
	(void)sek_text_format(rec.detail, sizeof(rec.detail),
	    "roster of %s: %s%s", t->r->terminal,
	    sek_authenticator_state_name(to),
	    what == SEK_ROSTER_TOKEN_BY_LABEL ? ", by its label" : "");
	return (sek_db_append(t->db, &rec));
}

/* The next active one of a person behind an id. */
static enum sek_err
next_active(struct take *t, struct sek_authenticator_row *row,
    const char *person, const char *after)
{

	return (sek_row_find(t->db, &sek_table_authenticator, row, "SELECT "
	    SEK_AUTHENTICATOR_COLUMNS " FROM authenticator WHERE person=?1 "
	    "AND id>?2 AND state=0 ORDER BY id LIMIT 1", person, after));
}

/*
 * One that is shut there and was never heard of here: what the person has
 * here under the same method and label is the same thing enrolled twice. Once
 * for each id: what he gets later may be called the same.
 */
static enum sek_err
close_alike(struct take *t, const struct sek_roster_authenticator *there,
    bool *unsure)
{
	const struct sek_roster_authenticator *known;
	struct sek_authenticator_row row;
	char after[SEK_ID_MAX] = "";
	enum sek_err err;

	*unsure = false;
	while ((err = next_active(t, &row, there->person, after)) == SEK_OK) {
		memcpy(after, row.a.id, sizeof(after));
		known = sek_roster_authenticator(t->r, row.a.id);
		if (row.a.method != there->method || known != NULL)
			continue;
		if (there->label[0] == '\0' ||
		    strcmp(row.a.label, there->label) != 0)
			*unsure = true;
		/* A lost one may be found again, here, too. */
		else if ((err = close_authenticator(t, &row,
		    there->state == SEK_AUTHENTICATOR_SUSPECT ?
		    SEK_AUTHENTICATOR_SUSPECT : SEK_AUTHENTICATOR_DISABLED,
		    SEK_ROSTER_TOKEN_BY_LABEL)) != SEK_OK)
			break;
	}
	sek_wipe(&row, sizeof(row));
	return (absent_is_fine(err));
}

/* Its id is kept, shut and without a secret: known from now on. */
static enum sek_err
note_authenticator(struct take *t,
    const struct sek_roster_authenticator *there)
{
	struct sek_authenticator_row row;
	bool unsure;
	enum sek_err err;

	if (is_other(t, there->person))
		return (SEK_OK);
	if ((err = close_alike(t, there, &unsure)) != SEK_OK)
		return (err);
	memset(&row, 0, sizeof(row));
	memcpy(row.a.id, there->id, sizeof(row.a.id));
	memcpy(row.a.person, there->person, sizeof(row.a.person));
	memcpy(row.a.label, there->label, sizeof(row.a.label));
	row.a.method = there->method;
	row.a.state = SEK_AUTHENTICATOR_REMOVED;
	row.a.created = t->db->now.wall;
	t->done->noted++;
	if ((err = sek_row_insert(t->db, &sek_table_authenticator, &row)) ==
	    SEK_OK && unsure)
		err = tell(t, SEK_ROSTER_TOKEN_UNSURE, there->id,
		    there->person, 0);
	return (err);
}

/* A security key or a card that is active there: what is public of it opens
 * here, too, what the roster says is its person's. */
static enum sek_err
take_key(struct take *t, const struct sek_roster_authenticator *there)
{
	enum sek_roster_what what;
	struct sek_record rec;
	enum sek_err err;

	if ((there->fido2 == 0 && there->card == 0) ||
	    is_other(t, there->person))
		return (SEK_OK);
	if ((err = sek_roster_key_take(t->db, t->r, there, &what)) != SEK_OK ||
	    what == SEK_ROSTER_WHATS ||
	    (err = tell(t, what, there->id, there->person, 0)) != SEK_OK ||
	    what != SEK_ROSTER_TOKEN_NEW ||
	    (err = may_change_factor(t, there->person, SEK_EVENT_ENROL)) !=
	    SEK_OK)
		return (err);
	begin_record(t, &rec, SEK_EVENT_ENROL);
	(void)sek_text_copy(rec.authenticator, sizeof(rec.authenticator),
	    there->id);
	(void)sek_text_copy(rec.person, sizeof(rec.person), there->person);
	sek_db_record_target(t->db, &rec, there->person);
	rec.kinds = sek_method_kind((enum sek_method)there->method);
	(void)sek_text_format(rec.detail, sizeof(rec.detail),
	    "roster of %s: %s", t->r->terminal,
	    sek_method_name((enum sek_method)there->method));
	return (sek_db_append(t->db, &rec));
}

static enum sek_err
take_authenticator(struct take *t,
    const struct sek_roster_authenticator *there)
{
	struct sek_authenticator_row row;
	enum sek_authenticator_state to;
	enum sek_err err;

	if (there->state == SEK_AUTHENTICATOR_ACTIVE)
		return (take_key(t, there));
	err = sek_db_authenticator(t->db, &row, there->id);
	if (err == SEK_ERR_NOT_FOUND)
		return (note_authenticator(t, there));
	if (err != SEK_OK)
		return (err);
	to = sek_roster_close((enum sek_authenticator_state)row.a.state,
	    (enum sek_authenticator_state)there->state);
	if (to != (enum sek_authenticator_state)row.a.state)
		err = close_authenticator(t, &row, to,
		    SEK_ROSTER_TOKEN_CLOSED);
	sek_wipe(&row, sizeof(row));
	return (err);
}

/* ---- all of it */

/* Is it newer than the last one of this exporter, and not our own? */
static enum sek_err
check_serial(struct take *t, bool *is_there)
{
	char sum[2 * SEK_ROSTER_SUM_LEN + 1];
	const struct sek_roster *r = t->r;
	struct sek_roster_exporter last;
	enum sek_err err;

	if (strcmp(r->terminal, t->db->meta.terminal) == 0)
		return (sek_why(t->db->why, SEK_ERR_REFUSED, "this is the "
		    "roster of terminal %s itself", r->terminal));
	err = sek_roster_exporter_get(t->db, &last, r->id);
	*is_there = err == SEK_OK;
	if (err != SEK_OK)
		return (absent_is_fine(err));
	if (strcmp(last.terminal, r->terminal) != 0)
		return (sek_why(t->db->why, SEK_ERR_REFUSED, "key %s is "
		    "terminal %s's, this roster says it is of %s: a copied "
		    "key; on %s, move roster.key away and export again",
		    r->id, last.terminal, r->terminal, r->terminal));
	sek_text_hex(sum, r->sum, sizeof(r->sum));
	if (r->serial > last.serial || (r->serial == last.serial &&
	    strcmp(sum, last.sum) == 0))
		return (SEK_OK);
	return (sek_why(t->db->why, SEK_ERR_REFUSED, "roster %llu of %s is "
	    "%s the last one taken in, %llu: bring a new one",
	    (unsigned long long)r->serial, r->terminal,
	    r->serial == last.serial ? "another than" : "older than",
	    (unsigned long long)last.serial));
}

static enum sek_err
take_lists(struct take *t)
{
	const struct sek_roster *r = t->r;
	enum sek_err err;
	bool may_open;
	size_t i;

	for (i = 0; i < r->npersons; i++)
		if ((err = step(t)) != SEK_OK ||
		    (err = take_person(t, i)) != SEK_OK)
			return (err);
	for (i = 0; i < r->naccounts; i++)
		if ((err = step(t)) != SEK_OK ||
		    (err = take_account(t, &r->account[i], &may_open)) !=
		    SEK_OK || (r->account[i].shared &&
		    (err = take_members(t, r->account[i].name, may_open)) !=
		    SEK_OK))
			return (err);
	for (i = 0; i < r->nauthenticators; i++)
		if ((err = step(t)) != SEK_OK ||
		    (err = take_authenticator(t, &r->authenticator[i])) !=
		    SEK_OK)
			return (err);
	return (SEK_OK);
}

/* The next trusted key behind one. */
static enum sek_err
next_key(struct take *t, struct sek_mark *m)
{
	char last[SEK_MARK_NAME_MAX];

	memcpy(last, m->name, sizeof(last));
	return (sek_row_find(t->db, &sek_table_mark, m, "SELECT name,data,mac "
	    "FROM mark WHERE name>?1 AND name<'roster:k;' ORDER BY name "
	    "LIMIT 1", last, NULL));
}

/* A new key of a terminal takes the place of its old one. */
static enum sek_err
forget_old_keys(struct take *t)
{
	const size_t head = strlen("roster:k:");
	struct sek_roster_exporter e;
	struct sek_mark m;
	enum sek_err err;

	sek_roster_mark_name(m.name, SEK_ROSTER_MARK_KEY, "", NULL, NULL);
	while ((err = next_key(t, &m)) == SEK_OK) {
		if ((err = sek_roster_exporter_get(t->db, &e,
		    m.name + head)) != SEK_OK)
			return (err);
		if (strcmp(e.terminal, t->r->terminal) == 0 &&
		    strcmp(e.id, t->r->id) != 0 &&
		    ((err = tell(t, SEK_ROSTER_KEY_REPLACED, e.id, e.terminal,
		    0)) != SEK_OK ||
		    (err = sek_roster_mark_drop(t->db, m.name)) != SEK_OK ||
		    (err = record(t, SEK_EVENT_ROSTER_IMPORT, "",
		    "its key %s is trusted no more", e.id)) != SEK_OK))
			return (err);
	}
	return (absent_is_fine(err));
}

static enum sek_err
finish(struct take *t, bool is_there)
{
	char text[SEK_REASON_MAX];
	struct sek_record rec;
	enum sek_err err;

	(void)sek_text_format(text, sizeof(text), "%llu %s",
	    (unsigned long long)t->r->serial, t->r->id);
	if ((err = sek_roster_exporter_put(t->db, t->r, is_there)) != SEK_OK ||
	    (err = sek_db_mark_set(t->db, "roster-in", text, t->r->time)) !=
	    SEK_OK)
		return (err);
	begin_record(t, &rec, SEK_EVENT_ROSTER_IMPORT);
	(void)sek_text_format(rec.detail, sizeof(rec.detail), "of %s, key %s: "
	    "%llu changes, %llu conflicts, %llu closed ids noted",
	    t->r->terminal, t->r->id,
	    (unsigned long long)t->done->changes,
	    (unsigned long long)t->done->conflicts,
	    (unsigned long long)t->done->noted);
	return (sek_db_append(t->db, &rec));
}

static enum sek_err
take_roster(struct take *t)
{
	const struct sek_roster_done *planned = t->a->planned;
	bool is_there = false;
	enum sek_err err;

	if ((err = sek_db_needs_minor(t->db, 1)) != SEK_OK ||
	    (err = check_serial(t, &is_there)) != SEK_OK ||
	    (!is_there && (err = forget_old_keys(t)) != SEK_OK) ||
	    (err = take_lists(t)) != SEK_OK)
		return (err);
	crypto_generichash_final(&t->sum, t->done->sum,
	    sizeof(t->done->sum));
	if (planned != NULL && memcmp(planned->sum, t->done->sum,
	    sizeof(t->done->sum)) != 0)
		return (sek_why(t->db->why, SEK_ERR_REFUSED, "the store "
		    "changed since the changes were shown: run this again"));
	return (finish(t, is_there));
}

static enum sek_err
run(struct sek_db *db, const struct sek_tool_args *a,
    struct sek_roster_done *done)
{
	struct take t = { .db = db, .a = a, .r = a->roster, .done = done };
	enum sek_err err;

	memset(done, 0, sizeof(*done));
	t.all = t.r->npersons + t.r->naccounts + t.r->nmembers +
	    t.r->nauthenticators;
	if ((t.other = calloc(t.r->npersons + 1, sizeof(*t.other))) == NULL)
		return (SEK_ERR_NOMEM);
	crypto_generichash_init(&t.sum, NULL, 0, sizeof(done->sum));
	(void)sqlite3_exec(db->sq, CACHE, NULL, NULL, NULL);
	err = take_roster(&t);
	(void)sqlite3_exec(db->sq, USUAL_CACHE, NULL, NULL, NULL);
	free(t.other);
	return (err);
}

enum sek_err
sek_op_roster_take(struct sek_db *db, const void *arg, void *result)
{

	return (run(db, arg, result));
}

enum sek_err
sek_op_roster_plan(struct sek_db *db, const void *arg, void *result)
{
	enum sek_err err;

	err = run(db, arg, result);
	db->undo = true;
	return (err);
}
