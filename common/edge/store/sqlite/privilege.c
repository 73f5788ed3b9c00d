/*
 * privilege.c - may this privileged session begin, by whom and under what?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ, 7(1)④. The rule is rule/privilege.h; here is what is known.
 *
 * MUST: a grant is used, and a witness spent, in the transaction that lets the
 * session begin and records it; where it does not begin, neither is.
 * MUST: what a row whose check fails would give, is not there.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/model/grant.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/policy.h"
#include "sekisho/rule/privilege.h"

/* Of flow/proof.h, which is above. */
#define WITNESS_SERVICE	"sekisho-witness"

struct look {
	struct sek_db			*db;
	const struct sek_privilege	*in;
	struct sek_privilege_out	*out;
	struct sek_privilege_facts	 facts;
	struct sek_admission_row	 admission;
	struct sek_admission_row	 witness;
	struct sek_request_row		 grant;
	struct sek_request_row		 deputy;
	bool				 proved;	/* admission is the
						 * subject's */
	bool				 shown;		/* somebody proved
							 * himself by it now:
							 * he, or (su) who owns
							 * the target */
	bool				 ticket;	/* it rests on one */
};

static bool
same_process(const struct sek_process *a, const struct sek_process *b)
{

	return (a->pid > 0 && a->pid == b->pid && a->start == b->start);
}

/* Of a moment ago, by a gate that ran here or in a child of this process. */
static bool
is_fresh(const struct look *l, const struct sek_admission_row *row)
{
	const struct sek_moment *now = &l->db->now;

	return (memcmp(row->at.boot_id, now->boot_id, SEK_BOOT_ID_LEN) == 0 &&
	    now->boot >= row->at.boot &&
	    now->boot - row->at.boot <= SEK_EVIDENCE_AGE &&
	    (same_process(&row->gate, &l->in->taker) ||
	    same_process(&row->parent, &l->in->taker)));
}

/* ---- who */

/* What he proved himself by just now, if he did. */
static enum sek_err
find_admission(struct look *l)
{
	struct sek_admission_row *row = &l->admission;
	enum sek_err err;

	if (l->in->id[0] == '\0')
		return (SEK_OK);
	err = sek_db_admission(l->db, row, l->in->subject_uid, l->in->id);
	/* su: what was proved is the target's. */
	if (err == SEK_ERR_NOT_FOUND)
		err = sek_db_admission(l->db, row, l->in->who.uid, l->in->id);
	if (err != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (!is_fresh(l, row) ||
	    strcmp(row->service, l->in->who.service) != 0 ||
	    (row->taken != SEK_TAKEN_NOT && row->taken != SEK_TAKEN_SESSION))
		return (SEK_OK);
	l->shown = true;
	l->proved = strcmp(row->account, l->in->subject) == 0;
	l->ticket = sek_ticket_among(row->authenticator, NULL);
	l->facts.glass = l->proved && row->event == SEK_EVENT_BREAK_GLASS;
	return (SEK_OK);
}

static void
take_person(struct look *l, const char *id, const struct sek_person *p)
{

	l->facts.person = true;
	(void)sek_text_copy(l->out->person, sizeof(l->out->person), id);
	(void)sek_text_copy(l->out->name, sizeof(l->out->name), p->name);
	(void)sek_text_copy(l->out->section, sizeof(l->out->section),
	    p->section);
	l->facts.contractor |= p->contractor != 0;
}

/* Of a shared account the one who proved himself; else nobody. */
static const char *
person_of(const struct look *l, const struct sek_account *a)
{

	if (a->shared)
		return (l->proved ? l->admission.person : "");
	return (a->person[0] != '\0' ? a->person : l->in->subject);
}

static enum sek_err
find_person(struct look *l)
{
	struct sek_account a;
	struct sek_person p;
	const char *id;
	enum sek_err err;

	if (l->in->subject[0] == '\0')
		return (SEK_OK);
	memset(&a, 0, sizeof(a));
	memset(&p, 0, sizeof(p));
	if ((err = sek_db_account(l->db, &a, l->in->subject)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	if ((id = person_of(l, &a))[0] == '\0')
		return (SEK_OK);
	if ((err = sek_db_person(l->db, &p, id)) == SEK_ERR_NOT_FOUND &&
	    (a.shared || a.person[0] != '\0'))
		return (sek_row_bad(l->db, "person", id));
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	take_person(l, id, &p);
	/* Suspended, retired or ended while he was at the prompt. */
	l->out->reason = sek_policy_account(&a, &p, l->in->subject_uid,
	    l->db->now.wall);
	return (SEK_OK);
}

/* ---- by what */

/* Of several the one that ends first; a deputy goes as long as one lets him. */
static void
take_request(struct look *l, const struct sek_request_row *row)
{
	const struct sek_approval *a = &row->a;
	const struct sek_approval *grant = &l->grant.a;
	const struct sek_approval *deputy = &l->deputy.a;

	if (a->kind == SEK_APPROVAL_DEPUTY) {
		if (!l->facts.contractor && (deputy->id[0] == '\0' ||
		    a->not_after > deputy->not_after))
			l->deputy = *row;
		return;
	}
	if (sek_grant_span(a) <= 0 || strcmp(a->id, l->in->instead_of) == 0 ||
	    (l->in->only[0] != '\0' && strcmp(a->id, l->in->only) != 0))
		return;
	if (grant->id[0] == '\0' || a->not_after < grant->not_after)
		l->grant = *row;
}

/* Those of this target, or of any. */
static enum sek_err
find_requests(struct look *l)
{
	struct sek_db *db = l->db;
	struct sek_request_row *row = &db->request;
	sqlite3_stmt *st;
	enum sek_err err;
	bool his;

	if (!l->facts.person || !sek_db_has_requests(db))
		return (SEK_OK);
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_REQUEST_COLUMNS
	    " FROM request WHERE open=1 AND given=1 AND key IN (?1,'"
	    SEK_GRANT_ANY "') ORDER BY number")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, l->in->who.name);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		err = sek_row_read(db, &sek_table_request, st, row);
		if (err == SEK_ERR_TAMPERED) {
			/* Upkeep and status tell of it. */
			db->bad.table = NULL;
			continue;
		}
		if (err != SEK_OK)
			break;
		if (!sek_grant_opens(&row->a, l->in->who.name) ||
		    !sek_db_request_stands(db, &row->a))
			continue;
		if ((err = sek_db_grant_is_his(db, &his, row->a.users,
		    l->in->subject, l->out->person, l->in->subject_uid)) !=
		    SEK_OK)
			break;
		if (his)
			take_request(l, row);
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- before whom */

/* By its id alone: whose it is, the row says. */
static enum sek_err
witness_row(struct look *l)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(l->db, &st, "SELECT " SEK_ADMISSION_COLUMNS
	    " FROM admission WHERE id=?1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, l->in->witness);
	if ((err = sek_db_step(l->db, st)) != SEK_OK)
		return (err);
	err = sek_row_read(l->db, &sek_table_admission, st, &l->witness);
	sek_db_done(st);
	return (err);
}

/* A proof of two kinds, made to witness, at this very prompt, not used yet,
 * by what is still good. */
static enum sek_err
witness_proved(struct look *l, bool *yes)
{
	const struct sek_admission_row *row = &l->witness;

	*yes = false;
	if (strcmp(row->service, WITNESS_SERVICE) != 0 ||
	    row->event != SEK_EVENT_ADMIT || row->taken != SEK_TAKEN_PROOF ||
	    (row->kinds & (row->kinds - 1)) == 0 || !is_fresh(l, row) ||
	    sek_ticket_among(row->authenticator, NULL))
		return (SEK_OK);
	return (sek_db_authenticators_stand(l->db, yes, row));
}

/* Who proved himself at su for the target is the first one there already,
 * whatever login he sits in. */
static enum sek_err
witness_is_prover(struct look *l, bool *same,
    const struct sek_approval_who *who)
{
	const struct sek_admission_row *row = &l->admission;
	struct sek_part prover;

	*same = false;
	if (!l->shown)
		return (SEK_OK);
	memset(&prover, 0, sizeof(prover));
	(void)sek_text_copy(prover.person, sizeof(prover.person),
	    row->person);
	(void)sek_text_copy(prover.account, sizeof(prover.account),
	    row->account);
	prover.uid = row->uid;
	prover.at = l->db->now.wall;
	return (sek_db_is_him(l->db, same, &prover, who));
}

/* Of somebody in particular, who is not he who begins the session. */
static enum sek_err
witness_is_another(struct look *l, bool *yes)
{
	struct sek_part subject;
	struct sek_approval_who who;
	struct sek_account a;
	char person[SEK_NAME_MAX];
	bool same = true;
	enum sek_err err;

	*yes = false;
	memset(&a, 0, sizeof(a));
	memset(&who, 0, sizeof(who));
	memset(&subject, 0, sizeof(subject));
	if ((err = sek_db_account(l->db, &a, l->witness.account)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	if (a.shared || !l->facts.person)
		return (SEK_OK);
	(void)sek_text_copy(person, sizeof(person), a.person[0] != '\0' ?
	    a.person : l->witness.account);
	who.person = person;
	who.account = l->witness.account;
	who.uid = l->witness.uid;
	(void)sek_text_copy(subject.person, sizeof(subject.person),
	    l->out->person);
	(void)sek_text_copy(subject.account, sizeof(subject.account),
	    l->in->subject);
	subject.uid = l->in->subject_uid;
	subject.at = l->db->now.wall;
	if ((err = sek_db_is_him(l->db, &same, &subject, &who)) == SEK_OK &&
	    !same)
		err = witness_is_prover(l, &same, &who);
	*yes = err == SEK_OK && !same;
	return (err);
}

static enum sek_err
find_witness(struct look *l)
{
	bool yes;
	enum sek_err err;

	if (l->in->witness[0] == '\0')
		return (SEK_OK);
	if ((err = witness_row(l)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if ((err = witness_proved(l, &yes)) != SEK_OK || !yes ||
	    (err = witness_is_another(l, &yes)) != SEK_OK || !yes)
		return (err);
	l->facts.witnessed = true;
	(void)sek_text_copy(l->out->witness, sizeof(l->out->witness),
	    l->witness.account);
	return (SEK_OK);
}

/* ---- judged */

static void
judge(struct look *l)
{
	const struct sek_privilege *in = l->in;
	struct sek_privilege_out *out = l->out;
	const struct sek_approval *grant = &l->grant.a;
	const struct sek_approval *deputy = &l->deputy.a;
	int64_t wall = l->db->now.wall, left;

	l->facts.wall = wall;
	l->facts.granted = grant->id[0] != '\0';
	l->facts.listed = in->listed != 0 || deputy->id[0] != '\0';
	out->contractor = l->facts.contractor;
	out->glass = l->facts.glass;
	if (l->facts.glass)
		out->reason = SEK_REASON_NONE;
	else if (l->ticket)
		out->reason = SEK_REASON_TICKET;
	if (out->reason == SEK_REASON_NONE)
		out->reason = sek_privilege_may(&in->policy, &l->facts);
	if (l->facts.granted) {
		memcpy(out->grant, grant->id, sizeof(out->grant));
		out->grant_span = sek_grant_span(grant) * SEK_SECOND;
		out->grant_end = sek_approval_end(grant);
		out->unavoidable = grant->unavoidable;
	}
	out->lasts = l->facts.glass ? in->policy.max_session :
	    sek_privilege_lasts(&in->policy, out->grant_span, out->grant_end,
	    wall);
	/* Whom the policy names needs no deputy's place. */
	if (in->listed == 0 && deputy->id[0] != '\0') {
		memcpy(out->deputy, deputy->id, sizeof(out->deputy));
		left = sek_approval_end(deputy) - wall;
		if (left < out->lasts && !l->facts.glass)
			out->lasts = left > 0 ? left : 0;
	}
	if (out->reason == SEK_REASON_NONE && out->lasts <= 0)
		out->reason = SEK_REASON_TIME_OVER;
}

/* ---- used */

/* What else is to be known of it, behind one another. */
static void
describe(const struct look *l, char *dst, size_t size)
{
	const struct sek_privilege_out *out = l->out;

	(void)sek_text_format(dst, size, "%s%s%s%s%s%s%s%s",
	    out->glass ? "by an envelope; " : "",
	    out->unavoidable ? "unavoidable; " : "",
	    out->contractor ? "contractor; " : "",
	    out->deputy[0] != '\0' ? "deputy " : "", out->deputy,
	    out->deputy[0] != '\0' ? "; " : "",
	    out->witness[0] != '\0' ? "witness " : "", out->witness);
}

static void
fill(const struct look *l, struct sek_record *r, enum sek_event e)
{
	const struct sek_privilege_out *out = l->out;

	sek_db_record(r, e, out->reason == SEK_REASON_NONE ? SEK_RESULT_OK :
	    SEK_RESULT_REFUSED);
	sek_db_record_who(r, &l->in->who);
	r->reason = out->reason;
	(void)sek_text_copy(r->target, sizeof(r->target), l->in->who.name);
	(void)sek_text_copy(r->subject, sizeof(r->subject), l->in->subject);
	(void)sek_text_copy(r->person, sizeof(r->person), out->person);
	(void)sek_text_copy(r->section, sizeof(r->section), out->section);
	(void)sek_text_copy(r->ref, sizeof(r->ref), out->grant);
	if (!l->proved)
		return;
	r->kinds = l->admission.kinds;
	(void)sek_text_copy(r->authenticator, sizeof(r->authenticator),
	    l->admission.authenticator);
}

/* Each session is one line of the grant's work. */
static enum sek_err
use_grant(struct look *l)
{
	struct sek_approval *a = &l->grant.a;
	char line[2 * SEK_APPROVAL_TEXT];
	struct sek_record r;
	enum sek_err err;

	if (a->id[0] == '\0')
		return (SEK_OK);
	a->uses++;
	a->last_used = l->db->now.wall;
	if (a->first_used == 0)
		a->first_used = a->last_used;
	if ((err = sek_db_request_write(l->db, &l->grant, false)) != SEK_OK)
		return (err);
	fill(l, &r, SEK_EVENT_APPROVAL_USED);
	(void)sek_text_format(line, sizeof(line), "%s; %s", a->clause,
	    a->reason);
	sek_text_printable(r.detail, sizeof(r.detail), line);
	return (sek_db_append(l->db, &r));
}

static enum sek_err
spend_witness(struct look *l)
{

	if (!l->facts.witnessed)
		return (SEK_OK);
	l->witness.taken = SEK_TAKEN_SPENT;
	return (sek_row_update(l->db, &sek_table_admission, &l->witness));
}

static enum sek_err
use(struct look *l)
{
	char line[2 * SEK_NAME_MAX];
	struct sek_record r;
	enum sek_err err;

	fill(l, &r, SEK_EVENT_PRIVILEGE);
	describe(l, line, sizeof(line));
	sek_text_printable(r.detail, sizeof(r.detail), line);
	if (l->out->reason != SEK_REASON_NONE)
		return (sek_db_coalesce(l->db, &r, &l->in->who));
	if ((err = use_grant(l)) != SEK_OK || (err = spend_witness(l)) !=
	    SEK_OK)
		return (err);
	return (sek_db_append(l->db, &r));
}

static enum sek_err
look(struct look *l)
{
	enum sek_err err;

	if ((err = find_admission(l)) != SEK_OK ||
	    (err = find_person(l)) != SEK_OK ||
	    (err = find_requests(l)) != SEK_OK ||
	    (err = find_witness(l)) != SEK_OK)
		return (err);
	judge(l);
	return (l->in->use ? use(l) : SEK_OK);
}

/* What is only looked at waits for nobody and needs no room. */
enum sek_err
sek_op_privilege(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_privilege *in = arg;
	struct look *l;
	enum sek_err err;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (SEK_ERR_NOMEM);
	l->db = db;
	l->in = in;
	l->out = result;
	if ((err = sek_db_begin(db, in->use != 0)) == SEK_OK)
		err = sek_db_end(db, look(l));
	if (err == SEK_OK && in->use)
		sek_db_refill(db, db->reserve);
	free(l);
	return (err);
}
