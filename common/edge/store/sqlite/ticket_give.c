/*
 * ticket_give.c - tickets asked and given: for whom, on how many days
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5), 7(2)⑤. The days on which a person had a substitute are counted
 * from the approvals, which stay when their codes are gone.
 *
 * MUST: nobody gets one who is privileged, suspended, retired or out of his
 * term, nor does an account that is shared.
 * MUST: the account is bound to the uid it was asked for.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/policy.h"

#define DAY_LEN		10	/* "2026-11-20" */
#define DAYS_MAX	40	/* in a window, and some */
/* An asked one may be given so much later. */
#define LONGEST_ASKED	(15 * SEK_DAY)

/* ---- for whom */

/*
 * Could this account have one now? *person: whose it would be; of an account
 * the store does not know, or knows no person of, the one that an enrolment
 * would make. SEK_ERR_NOT_FOUND: it could not.
 */
static enum sek_err
holder(struct sek_db *db, char person[SEK_NAME_MAX], const char *name,
    uint32_t uid, bool privileged)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_err err;

	memset(&p, 0, sizeof(p));
	if (uid == SEK_UID_NONE || uid == 0 || privileged)
		return (SEK_ERR_NOT_FOUND);
	if ((err = sek_db_account(db, &a, name)) == SEK_ERR_NOT_FOUND) {
		memset(&a, 0, sizeof(a));
		memcpy(a.name, name, strnlen(name, sizeof(a.name) - 1));
		a.uid = SEK_UID_NONE;
	} else if (err != SEK_OK)
		return (err);
	if (a.shared || a.privileged)
		return (SEK_ERR_NOT_FOUND);
	(void)sek_text_copy(person, SEK_NAME_MAX,
	    a.person[0] != '\0' ? a.person : name);
	if ((err = sek_db_person(db, &p, person)) != SEK_OK &&
	    (err != SEK_ERR_NOT_FOUND || a.person[0] != '\0'))
		return (err);
	return (sek_policy_account(&a, &p, uid, db->now.wall) ==
	    SEK_REASON_NONE ? SEK_OK : SEK_ERR_NOT_FOUND);
}

/* Account and person as an enrolment would make them; the uid is bound. */
static enum sek_err
make_holder(struct sek_db *db, const char *name, const char *person,
    uint32_t uid)
{
	struct sek_enrol *e;
	enum sek_err err;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (SEK_ERR_NOMEM);
	(void)sek_text_copy(e->account.name, sizeof(e->account.name), name);
	(void)sek_text_copy(e->person.id, sizeof(e->person.id), person);
	e->account.uid = uid;
	if ((err = sek_db_need_account(db, e)) == SEK_OK &&
	    e->account.uid == SEK_UID_NONE) {
		e->account.uid = uid;
		err = sek_row_update(db, &sek_table_account, &e->account);
	}
	free(e);
	return (err);
}

/* ---- on how many days */

struct days {
	struct sek_db		*db;
	const char		*person;
	const char		*account;
	uint32_t		 uid;
	struct sek_request_row	*row;
	char			 day[DAYS_MAX][DAY_LEN + 1];
	unsigned		 n;
};

static void
day_of(char day[DAY_LEN + 1], const struct sek_db *db, int64_t wall)
{

	sek_clock_print_day(day, DAY_LEN + 1, wall,
	    db->config->timezone[0] != '\0' ? db->config->timezone : NULL);
}

/* Once given, by whatever became of it. */
static bool
was_given(const struct sek_approval *a)
{

	return (sek_ticket_purpose(a) == SEK_PURPOSE_SUBSTITUTE &&
	    a->decided.at != 0 && (a->state == SEK_APPROVAL_GIVEN ||
	    a->state == SEK_APPROVAL_REVOKED ||
	    a->state == SEK_APPROVAL_ENDED));
}

/* By any of his accounts, another name of his uid among them. */
static enum sek_err
is_his(struct days *d, bool *yes, const char *account)
{
	struct sek_account a;
	enum sek_err err;

	*yes = strcmp(account, d->account) == 0;
	if (*yes || (err = sek_db_account(d->db, &a, account)) ==
	    SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err == SEK_ERR_TAMPERED) {
		/* Nobody's, as far as can be told. */
		d->db->bad.table = NULL;
		return (SEK_OK);
	}
	*yes = err == SEK_OK && !a.shared &&
	    (strcmp(a.person, d->person) == 0 || (a.uid == d->uid &&
	    a.uid != SEK_UID_NONE));
	return (err);
}

static enum sek_err
count_one(struct days *d)
{
	const struct sek_approval *a = &d->row->a;
	char day[DAY_LEN + 1];
	bool his;
	enum sek_err err;
	unsigned i;

	if (!was_given(a) ||
	    a->decided.at <= d->db->now.wall - SEK_TICKET_WINDOW)
		return (SEK_OK);
	if ((err = is_his(d, &his, a->users)) != SEK_OK || !his)
		return (err);
	day_of(day, d->db, a->decided.at);
	for (i = 0; i < d->n; i++)
		if (strcmp(d->day[i], day) == 0)
			return (SEK_OK);
	if (d->n < DAYS_MAX)
		memcpy(d->day[d->n++], day, sizeof(day));
	return (SEK_OK);
}

/* The newest first, until they are too old. A damaged one counts for nobody;
 * upkeep and status tell of it. */
static enum sek_err
count_some(struct days *d, unsigned open, enum sek_given given)
{
	struct sek_db *db = d->db;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE open=?1 AND given=?2 AND key='substitute' "
	    "ORDER BY number DESC")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, open);
	(void)sqlite3_bind_int64(st, 2, given);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_request, st, d->row);
		if (err == SEK_ERR_TAMPERED) {
			db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK || (err = count_one(d)) != SEK_OK ||
		    d->row->a.asked.at < db->now.wall - SEK_TICKET_WINDOW -
		    LONGEST_ASKED)
			break;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Would one given now be on a day more than there may be in the window? */
static enum sek_err
too_many(struct sek_db *db, bool *yes, const char *account,
    const char *person, uint32_t uid, uint32_t max)
{
	struct days *d;
	char today[DAY_LEN + 1];
	enum sek_err err = SEK_OK;
	unsigned open, given, i;

	*yes = true;
	if ((d = calloc(1, sizeof(*d))) == NULL ||
	    (d->row = malloc(sizeof(*d->row))) == NULL) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	d->db = db;
	d->person = person;
	d->account = account;
	d->uid = uid;
	for (open = 0; open <= 1; open++)
		for (given = 0; given <= SEK_GIVEN_ONCE && err == SEK_OK;
		    given++)
			err = count_some(d, open, (enum sek_given)given);
	day_of(today, db, db->now.wall);
	*yes = d->n >= max;
	for (i = 0; i < d->n; i++)
		if (strcmp(d->day[i], today) == 0)
			*yes = d->n > max;
out:
	if (d != NULL)
		free(d->row);
	free(d);
	return (err);
}

/* ---- asked, and approved by another */

/* Does his person hold something that opens by itself? */
static enum sek_err
has_factor(struct sek_db *db, bool *yes, const char *person)
{
	struct sek_account a;
	enum sek_err err;

	memset(&a, 0, sizeof(a));
	(void)sek_text_copy(a.person, sizeof(a.person), person);
	err = sek_db_authenticators_of(db, &a);
	*yes = db->nfound > 0;
	return (err);
}

/* Of this account, asked or given, and not over. */
static enum sek_err
count_live(struct sek_db *db, unsigned *n, const char *account)
{
	const struct sek_approval *a = &db->request.a;
	struct sek_ticket_row t;
	enum sek_err err;

	memset(&t, 0, sizeof(t));
	(void)sek_text_copy(t.account, sizeof(t.account), account);
	while ((err = sek_db_ticket_next(db, &t)) == SEK_OK) {
		err = sek_db_request(db, t.id);
		if (err == SEK_OK && !sek_ticket_attended(a) &&
		    (a->state == SEK_APPROVAL_ASKED ||
		    a->state == SEK_APPROVAL_GIVEN) &&
		    !sek_approval_over(a, db->now.wall))
			(*n)++;
		else if (err == SEK_ERR_TAMPERED)
			db->bad.table = NULL;
		else if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
			return (err);
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Of all accounts of his; this one may be none of them yet. */
static enum sek_err
all_live(struct sek_db *db, unsigned *n, const char *account,
    const char *person)
{
	char name[SEK_NAME_MAX] = "";
	enum sek_err err;

	if ((err = count_live(db, n, account)) != SEK_OK)
		return (err);
	while ((err = sek_db_ticket_account(db, name, person)) == SEK_OK)
		if (strcmp(name, account) != 0 &&
		    (err = count_live(db, n, name)) != SEK_OK)
			return (err);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* All that the rules ask about whom it is for. */
struct subject {
	char		person[SEK_NAME_MAX];
	bool		ok;
	bool		spent;
	bool		enrolled;
};

static enum sek_err
know(struct sek_db *db, struct subject *s, const struct sek_approval *a,
    uint32_t uid, bool privileged, uint32_t max)
{
	enum sek_err err;

	memset(s, 0, sizeof(*s));
	if ((err = holder(db, s->person, a->users, uid, privileged)) !=
	    SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	s->ok = true;
	if (sek_ticket_purpose(a) == SEK_PURPOSE_ENROL)
		return (has_factor(db, &s->enrolled, s->person));
	return (too_many(db, &s->spent, a->users, s->person, uid, max));
}

/* As a ticket has it, whoever asks. */
static void
complete(struct sek_db *db, struct sek_approval *a)
{
	enum sek_purpose p = SEK_PURPOSE_NONE;

	if (sek_purpose_parse(&p, a->key) == SEK_OK)
		(void)sek_text_copy(a->key, sizeof(a->key),
		    sek_purpose_name(p));
	if (a->value[0] == '\0')
		(void)sek_text_copy(a->value, sizeof(a->value),
		    SEK_TICKET_BY_CODE);
	if (a->terminals[0] == '\0')
		(void)sek_text_copy(a->terminals, sizeof(a->terminals),
		    db->meta.terminal);
	if (a->clause[0] == '\0')
		(void)sek_text_copy(a->clause, sizeof(a->clause),
		    p == SEK_PURPOSE_ENROL ? "7(2)⑤" : "8(5)");
	a->review_at = 0;
	/* One to enrol by opens a login, and is used up by the enrolment. */
	a->uses_max = p == SEK_PURPOSE_ENROL ? 2 : 1;
}

enum sek_err
sek_db_ticket_wish(struct sek_db *db, struct sek_approval *a,
    const struct sek_approval_ask *in, struct sek_approval_wish *wish)
{
	struct subject s;
	enum sek_err err;

	complete(db, a);
	wish->scope_ok &= strlen(a->users) < SEK_NAME_MAX &&
	    strcmp(a->terminals, db->meta.terminal) == 0;
	wish->form_ok = in->max != 0;
	if (!wish->scope_ok)
		return (SEK_OK);
	if ((err = know(db, &s, a, in->subject_uid,
	    in->subject_privileged != 0, in->max)) != SEK_OK || !s.ok)
		return (err);
	wish->subject_ok = true;
	wish->spent = s.spent;
	wish->enrolled = s.enrolled;
	return (all_live(db, &wish->live, a->users, s.person));
}

enum sek_err
sek_db_ticket_deed(struct sek_db *db, const struct sek_approval *a,
    uint32_t max, uint32_t uid, struct sek_approval_deed *deed)
{
	struct sek_ticket_row t;
	struct subject s;
	enum sek_err err;

	deed->form_ok = max != 0;
	/* Without its code it opens nothing: it has to be asked anew. */
	if ((err = sek_db_ticket_find(db, &t, a->users, a->id)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	sek_wipe(&t.code, sizeof(t.code));
	/* Of an account the store does not know yet this alone tells. */
	deed->subject = t.uid == uid;
	if ((err = know(db, &s, a, t.uid, false, max)) != SEK_OK)
		return (err);
	deed->subject_ok = s.ok && strcmp(s.person, t.person) == 0;
	deed->spent = s.spent;
	deed->enrolled = s.enrolled;
	return (SEK_OK);
}

enum sek_err
sek_db_ticket_given(struct sek_db *db, const struct sek_approval *a)
{
	struct sek_ticket_row t;
	enum sek_err err;

	if ((err = sek_db_ticket_find(db, &t, a->users, a->id)) != SEK_OK)
		return (err);
	sek_wipe(&t.code, sizeof(t.code));
	return (make_holder(db, t.account, t.person, t.uid));
}

enum sek_err
sek_db_ticket_asked(struct sek_db *db, const struct sek_approval *a,
    uint32_t uid, char code[SEK_TICKET_CODE])
{
	struct sek_ticket_row t;
	enum sek_err err;

	memset(&t, 0, sizeof(t));
	(void)sek_text_copy(t.account, sizeof(t.account), a->users);
	memcpy(t.id, a->id, sizeof(t.id));
	t.purpose = sek_ticket_purpose(a);
	t.uid = uid;
	if ((err = holder(db, t.person, a->users, uid, false)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_ERR_INTERNAL : err);
	err = sek_db_ticket_new(db, &t, code);
	sek_wipe(&t.code, sizeof(t.code));
	return (err);
}

/* ---- with a witness at the prompt */

/* What he had of this day makes way. */
static enum sek_err
replace(struct sek_db *db, const char *account)
{
	struct sek_request_row *row = &db->request;
	struct sek_ticket_row t;
	enum sek_err err;

	memset(&t, 0, sizeof(t));
	(void)sek_text_copy(t.account, sizeof(t.account), account);
	while ((err = sek_db_ticket_next(db, &t)) == SEK_OK) {
		if ((err = sek_db_request(db, t.id)) == SEK_OK) {
			if (sek_ticket_attended(&row->a) &&
			    row->a.state == SEK_APPROVAL_GIVEN)
				err = sek_db_request_end(db, row,
				    "replaced by a new one");
		} else if (err == SEK_ERR_TAMPERED) {
			db->bad.table = NULL;
			err = SEK_OK;
		}
		if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
			return (err);
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static void
fill(struct sek_db *db, struct sek_approval *a,
    const struct sek_substitute *in, const struct sek_part *witness)
{
	int64_t end = db->now.wall + SEK_DAY;

	memset(a, 0, sizeof(*a));
	a->kind = SEK_APPROVAL_TICKET;
	a->state = SEK_APPROVAL_GIVEN;
	(void)sek_text_copy(a->clause, sizeof(a->clause), "8(5)");
	(void)sek_text_copy(a->key, sizeof(a->key),
	    sek_purpose_name(SEK_PURPOSE_SUBSTITUTE));
	(void)sek_text_copy(a->value, sizeof(a->value), SEK_TICKET_ATTENDED);
	(void)sek_text_copy(a->users, sizeof(a->users), in->who.name);
	(void)sek_text_copy(a->terminals, sizeof(a->terminals),
	    db->meta.terminal);
	(void)sek_text_format(a->reason, sizeof(a->reason),
	    "witnessed at %s", in->who.service);
	(void)sek_text_copy(a->asked.account, sizeof(a->asked.account),
	    in->who.name);
	a->asked.at = db->now.wall;
	a->asked.uid = in->who.uid;
	a->asked.audit_session = UINT32_MAX;
	a->decided = *witness;
	a->not_before = db->now.wall;
	/* A day may have 25 hours; a ticket has no more than 24. */
	a->not_after = in->not_after < end ? in->not_after : end;
}

/* The rules of asking, of whom it is for. */
static enum sek_err
judge_claimant(struct sek_db *db, enum sek_approval_no *no,
    const struct sek_substitute *in, struct sek_approval *a)
{
	struct sek_approval_wish wish = { .attended = true, .scope_ok = true };
	struct sek_approval_who who = { .account = in->who.name,
	    .uid = in->who.uid, .audit_session = UINT32_MAX };
	struct subject s;
	enum sek_err err;

	if ((err = know(db, &s, a, in->who.uid, in->who.privileged != 0,
	    in->max)) != SEK_OK)
		return (err);
	(void)sek_text_copy(a->asked.person, sizeof(a->asked.person),
	    s.ok ? s.person : in->who.name);
	who.person = a->asked.person;
	wish.subject_ok = s.ok;
	wish.form_ok = in->max != 0;
	wish.spent = s.spent;
	*no = sek_approval_may_ask(a, &wish, &who, db->now.wall,
	    sek_db_clock_back(db));
	return (SEK_OK);
}

/* And of giving it: who stands at the prompt is another person, whose role
 * may, by a proof of now. No session of the claimant's is there yet. */
static enum sek_err
judge_witness(struct sek_db *db, enum sek_approval_no *no,
    const struct sek_substitute *in, const struct sek_approval *a,
    const struct sek_part *witness)
{
	struct sek_approval_who who = { .person = witness->person,
	    .account = witness->account, .uid = witness->uid,
	    .audit_session = witness->audit_session,
	    .roles = in->witness.roles, .proven = witness->proven != 0 };
	bool subject = true;
	enum sek_err err;

	*no = SEK_NO_PERSON;
	if (who.person[0] == '\0')
		return (SEK_OK);
	*no = SEK_NO_PROOF;
	if (!who.proven)
		return (SEK_OK);
	if ((err = sek_db_is_subject(db, &subject, a->users, &who)) != SEK_OK)
		return (err);
	*no = subject || sek_approval_same(&a->asked, &who) ?
	    SEK_NO_SUBJECT : (who.roles & SEK_ROLE_BIT(sek_approval_role(
	    SEK_APPROVAL_TICKET))) == 0 ? SEK_NO_ROLE : SEK_NO_NONE;
	return (SEK_OK);
}

static enum sek_err
store(struct sek_db *db, struct sek_approval *a, uint32_t uid,
    char code[SEK_TICKET_CODE])
{
	struct sek_request_row *row = &db->request;
	struct sek_ticket_row t;
	enum sek_err err;

	if ((err = make_holder(db, a->users, a->asked.person, uid)) !=
	    SEK_OK ||
	    (err = replace(db, a->users)) != SEK_OK ||
	    (err = sek_db_request_id(db, a->id)) != SEK_OK)
		return (err);
	memset(row, 0, sizeof(*row));
	row->a = *a;
	memset(&t, 0, sizeof(t));
	(void)sek_text_copy(t.account, sizeof(t.account), a->users);
	memcpy(t.id, a->id, sizeof(t.id));
	memcpy(t.person, a->asked.person, sizeof(t.person));
	t.purpose = SEK_PURPOSE_SUBSTITUTE;
	t.uid = uid;
	if ((err = sek_db_request_write(db, row, true)) != SEK_OK ||
	    (err = sek_db_ticket_new(db, &t, code)) != SEK_OK ||
	    (err = sek_db_request_record(db, SEK_EVENT_APPROVAL_ASKED, a,
	    &a->asked, a->reason)) != SEK_OK)
		return (err);
	return (sek_db_request_record(db, SEK_EVENT_APPROVAL_GIVEN, a,
	    &a->decided, a->reason));
}

enum sek_err
sek_op_substitute(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_substitute *in = arg;
	struct sek_substitute_out *out = result;
	enum sek_approval_no no = SEK_NO_SCOPE;
	struct sek_part witness;
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 3)) != SEK_OK ||
	    (err = sek_db_actor(db, &in->witness, &witness)) != SEK_OK)
		return (err);
	fill(db, &out->a, in, &witness);
	if ((err = judge_claimant(db, &no, in, &out->a)) != SEK_OK ||
	    (no == SEK_NO_NONE &&
	    (err = judge_witness(db, &no, in, &out->a, &witness)) != SEK_OK))
		return (err);
	out->no = no;
	if (no != SEK_NO_NONE) {
		db->undo = true;
		return (SEK_OK);
	}
	return (store(db, &out->a, in->who.uid, out->code));
}
