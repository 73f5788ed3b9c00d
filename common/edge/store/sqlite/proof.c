/*
 * proof.c - an admission taken as a proof, and who acts by it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A proof is an admission that was taken for one purpose instead of a session
 * (flow/proof.h). What it proves comes from its row, never from the caller.
 *
 * MUST: it opens no session, serves no sudo, and is spent by one act, in that
 * act's transaction.
 * MUST: what unlocks a screen proves no act: it was asked for something else,
 * and a password that must be changed is let pass there.
 * MUST: it is of the process whose gate wrote it, of that boot and uid, and
 * young.
 * MUST: a ticket proves no act, but that one enrols by himself whom it was
 * given to for this.
 * MUST: who was suspended, retired or ended meanwhile does not act, nor who
 * proved himself by what was lost or shut meanwhile.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/policy.h"

static bool
same_process(const struct sek_process *a, const struct sek_process *b)
{

	return (a->pid > 0 && a->pid == b->pid && a->start == b->start);
}

/* Written just now by the gate of this process. */
static bool
fresh(const struct sek_db *db, const struct sek_admission_row *row,
    const struct sek_process *process)
{

	return (row->event == SEK_EVENT_ADMIT &&
	    memcmp(row->at.boot_id, db->now.boot_id, SEK_BOOT_ID_LEN) == 0 &&
	    db->now.boot >= row->at.boot &&
	    db->now.boot - row->at.boot <= SEK_EVIDENCE_AGE &&
	    same_process(&row->gate, process));
}

/* One sentence for all that is wrong with one: which it was is no help to who
 * tries another's. */
static enum sek_err
no_proof(struct sek_db *db)
{

	return (sek_why(db->why, SEK_ERR_REFUSED, "%s: no proof of this "
	    "process and account that is younger than two minutes and not "
	    "used yet: prove both kinds again", db->config->path));
}

/*
 * The account as it is now, and whose it is: "" where it is nobody's in
 * particular, the account's own name where no person is known.
 */
static enum sek_err
whose(struct sek_db *db, char person[SEK_NAME_MAX], const char *name,
    uint32_t uid)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_reason reason;
	enum sek_err err;

	(void)sek_text_copy(person, SEK_NAME_MAX, name);
	if ((err = sek_db_account(db, &a, name)) == SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	memset(&p, 0, sizeof(p));
	if (err == SEK_OK && a.person[0] != '\0' &&
	    (err = sek_db_person(db, &p, a.person)) == SEK_ERR_NOT_FOUND)
		err = sek_row_bad(db, "person", a.person);
	if (err != SEK_OK)
		return (err);
	reason = sek_policy_account(&a, &p, uid, db->now.wall);
	if (reason != SEK_REASON_NONE)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: account %s may "
		    "not act: %s", db->config->path, a.name,
		    sek_reason_name(reason)));
	if (a.shared)
		person[0] = '\0';
	else if (a.person[0] != '\0')
		memcpy(person, a.person, SEK_NAME_MAX);
	return (SEK_OK);
}

static enum sek_err
record_screen(struct sek_db *db, const struct sek_admission_row *row)
{
	struct sek_record r;

	sek_db_record(&r, SEK_EVENT_SCREEN_UNLOCK, SEK_RESULT_OK);
	(void)sek_text_copy(r.service, sizeof(r.service), row->service);
	(void)sek_text_copy(r.subject, sizeof(r.subject), row->account);
	(void)sek_text_copy(r.target, sizeof(r.target), row->account);
	(void)sek_text_copy(r.person, sizeof(r.person), row->person);
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator),
	    row->authenticator);
	(void)sek_text_copy(r.ref, sizeof(r.ref), row->id);
	r.kinds = row->kinds;
	/* The gate's own record stands already. */
	return (sek_db_append_or_skip(db, &r));
}

enum sek_err
sek_op_take_proof(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_take_proof *in = arg;
	struct sek_admission_row row;
	char person[SEK_NAME_MAX];
	bool stand;
	enum sek_err err;

	if ((err = sek_db_admission(db, &row, in->uid, in->id)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? no_proof(db) : err);
	if ((err = sek_db_authenticators_stand(db, &stand, &row)) != SEK_OK)
		return (err);
	if (!stand || row.taken != SEK_TAKEN_NOT ||
	    !fresh(db, &row, &in->taker) ||
	    strcmp(row.service, in->service) != 0)
		return (no_proof(db));
	if ((err = whose(db, person, row.account, row.uid)) != SEK_OK)
		return (err);
	row.taken = SEK_TAKEN_PROOF;
	/* Of no session: modules of before know nothing of proofs, and look
	 * for what sudo may go on by session alone. Whose screen it unlocked
	 * is asked when an authenticator is lost: turned over, it is no
	 * session's number (they count from 1), and 0 is none. */
	row.audit_session = in->screen ? ~row.audit_session : UINT32_MAX;
	if ((err = sek_row_update(db, &sek_table_admission, &row)) != SEK_OK ||
	    (in->screen && (err = record_screen(db, &row)) != SEK_OK))
		return (err);
	sek_db_admission_show(result, &row);
	return (SEK_OK);
}

bool
sek_db_is_lockers(const struct sek_admission_row *row)
{

	return (strcmp(row->service, "sekisho-locker") == 0);
}

/* More than one kind: fewer are a login's by exception, not a proof. */
static bool
both_kinds(uint32_t kinds)
{

	return ((kinds & (kinds - 1)) != 0);
}

/*
 * A ticket stands in for something at a login; it proves no act but the one
 * it was given for (*ticket, where that is asked for): to enrol by oneself.
 */
static enum sek_err
check_ticket(struct sek_db *db, const struct sek_admission_row *row,
    char *ticket)
{
	char id[SEK_ID_MAX];
	const struct sek_approval *a = &db->request.a;
	enum sek_err err;

	if (!sek_ticket_among(row->authenticator, id))
		return (SEK_OK);
	if (ticket == NULL || strcmp(row->service, "sekisho-helper") != 0)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: a ticket "
		    "proves nothing but a login: this takes what account %s "
		    "has enrolled", db->config->path, row->account));
	if ((err = sek_db_request(db, id)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	if (err != SEK_OK || !sek_db_request_stands(db, a) ||
	    sek_ticket_purpose(a) != SEK_PURPOSE_ENROL ||
	    strcmp(a->users, row->account) != 0)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: ticket %s is "
		    "not one to enrol by, or not in force any more",
		    db->config->path, id));
	memcpy(ticket, id, sizeof(id));
	return (SEK_OK);
}

/* Spend it. */
static enum sek_err
spend(struct sek_db *db, const struct sek_actor *in, struct sek_part *out,
    char *ticket)
{
	struct sek_admission_row row;
	bool stand;
	enum sek_err err;

	if ((err = sek_db_admission(db, &row, in->uid, in->proof)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? no_proof(db) : err);
	if ((err = sek_db_authenticators_stand(db, &stand, &row)) != SEK_OK)
		return (err);
	if (!stand || row.taken != SEK_TAKEN_PROOF || sek_db_is_lockers(&row) ||
	    !fresh(db, &row, &in->process) ||
	    strcmp(row.account, in->account) != 0 ||
	    (out->person[0] != '\0' && strcmp(row.person, out->person) != 0))
		return (no_proof(db));
	if (!both_kinds(row.kinds))
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: account %s "
		    "proved one kind only; this takes two",
		    db->config->path, row.account));
	if ((err = check_ticket(db, &row, ticket)) != SEK_OK)
		return (err);
	row.taken = SEK_TAKEN_SPENT;
	if ((err = sek_row_update(db, &sek_table_admission, &row)) != SEK_OK)
		return (err);
	memcpy(out->evidence, row.authenticator, sizeof(out->evidence));
	out->kinds = row.kinds;
	out->proven = 1;
	return (SEK_OK);
}

enum sek_err
sek_db_actor(struct sek_db *db, const struct sek_actor *in,
    struct sek_part *out)
{

	return (sek_db_actor_enrols(db, in, out, NULL));
}

enum sek_err
sek_db_actor_enrols(struct sek_db *db, const struct sek_actor *in,
    struct sek_part *out, char ticket[SEK_ID_MAX])
{
	enum sek_err err;

	if (ticket != NULL)
		ticket[0] = '\0';
	memset(out, 0, sizeof(*out));
	(void)sek_text_copy(out->account, sizeof(out->account), in->account);
	out->at = db->now.wall;
	out->uid = in->uid;
	out->audit_session = in->audit_session;
	if ((err = whose(db, out->person, in->account, in->uid)) != SEK_OK ||
	    in->proof[0] == '\0')
		return (err);
	return (spend(db, in, out, ticket));
}
