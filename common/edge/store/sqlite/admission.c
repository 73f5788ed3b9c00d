/*
 * admission.c - the gate's yes, and what later phases make of it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: only a proof made now clears failures: not an exemption, not a switch
 * by root, not a reuse.
 * MUST: no sudo goes on by an admission that rests on a ticket.
 * MUST: a shared account opens only by what one of its members holds, and the
 * record names him (6(4)①イ).
 * MUST: sudo goes on by no authenticator that was lost or shut meanwhile.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/policy.h"

#define KEPT		(24 * 3600 * SEK_SECOND)
#define PURGE_EVERY	64	/* records */

static enum sek_err
clear_tally(struct sek_db *db, const struct sek_claimant *who)
{
	struct sek_tally_at *at = &db->tally[SEK_TALLY_OWN];
	enum sek_err err;

	if ((err = sek_db_tally_load(db, SEK_TALLY_OWN, SEK_TALLY_ACCOUNT,
	    who->name)) != SEK_OK || !at->exists)
		return (err);
	sek_lockout_clear(&at->t);
	return (sek_db_tally_save(db, SEK_TALLY_OWN));
}

static enum sek_err
mark_used(struct sek_db *db, const char *id)
{
	struct sek_authenticator_row row;
	enum sek_err err;

	if (id[0] == '\0')
		return (SEK_OK);
	if ((err = sek_db_authenticator(db, &row, id)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? sek_why(db->why, err,
		    "%s: authenticator %s was removed meanwhile",
		    db->config->path, id) : err);
	if (row.a.state != SEK_AUTHENTICATOR_ACTIVE)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: authenticator "
		    "%s is no longer active", db->config->path, id));
	row.a.failures = 0;
	row.a.last_used = db->now.wall;
	if ((err = sek_row_update(db, &sek_table_authenticator, &row)) !=
	    SEK_OK || !sek_biometric_is_method((enum sek_method)row.a.method))
		return (err);
	return (sek_db_biometric_admitted(db, &row.a));
}

/* A name belongs to the uid that first came in by it. */
static enum sek_err
bind_uid(struct sek_db *db, struct sek_account *a,
    const struct sek_claimant *who)
{
	if (a->uid == who->uid && (a->privileged || !who->privileged))
		return (SEK_OK);
	a->uid = who->uid;
	a->privileged |= who->privileged;
	return (sek_row_update(db, &sek_table_account, a));
}

/* Whose is this one? Two persons are no person, and must be members. */
static enum sek_err
is_members(struct sek_db *db, char person[SEK_NAME_MAX], const char *account,
    const char *id)
{
	struct sek_authenticator_row row;
	bool member = false;
	enum sek_err err;

	if (id[0] == '\0')
		return (SEK_OK);
	if ((err = sek_db_authenticator(db, &row, id)) == SEK_OK)
		err = sek_db_is_member(db, &member, account, row.a.person);
	if (err == SEK_OK && (!member || (person[0] != '\0' &&
	    strcmp(person, row.a.person) != 0)))
		err = sek_why(db->why, SEK_ERR_REFUSED, "%s: authenticator %s "
		    "is of nobody who may open the shared account %s, or of "
		    "another member than the one before", db->config->path,
		    id, account);
	if (err == SEK_OK)
		memcpy(person, row.a.person, SEK_NAME_MAX);
	sek_wipe(&row, sizeof(row));
	return (err == SEK_ERR_NOT_FOUND ? sek_why(db->why, SEK_ERR_REFUSED,
	    "%s: authenticator %s was removed meanwhile", db->config->path,
	    id) : err);
}

/* Who he is: of an account of several, the member whose authenticators these
 * are. */
static enum sek_err
who_is_it(struct sek_db *db, char person[SEK_NAME_MAX],
    const struct sek_admit *in)
{
	struct sek_account a;
	enum sek_err err;
	uint32_t i;

	(void)sek_text_copy(person, SEK_NAME_MAX, in->person);
	if ((err = sek_db_account(db, &a, in->who.name)) != SEK_OK ||
	    !a.shared)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	person[0] = '\0';
	for (i = 0; i < in->nauthenticators; i++)
		if ((err = is_members(db, person, a.name,
		    in->authenticator[i])) != SEK_OK)
			return (err);
	if (person[0] != '\0' && in->ticket[0] == '\0')
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_REFUSED, "%s: the shared account %s "
	    "opens by what a member holds, not by less", db->config->path,
	    a.name));
}

/* Suspended, retired or ended while he was at the prompt? */
static enum sek_err
still_stands(struct sek_db *db, const struct sek_claimant *who)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_reason reason;
	enum sek_err err;

	memset(&p, 0, sizeof(p));
	if ((err = sek_db_account(db, &a, who->name)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (a.person[0] != '\0' &&
	    (err = sek_db_person(db, &p, a.person)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	reason = sek_policy_account(&a, &p, who->uid, db->now.wall);
	if (reason != SEK_REASON_NONE)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: account %s was "
		    "refused at the gate: %s", db->config->path, a.name,
		    sek_reason_name(reason)));
	return (bind_uid(db, &a, who));
}

static enum sek_err
prove(struct sek_db *db, const struct sek_admit *in)
{
	enum sek_err err;
	uint32_t i;

	if ((err = still_stands(db, &in->who)) != SEK_OK ||
	    (err = clear_tally(db, &in->who)) != SEK_OK)
		return (err);
	for (i = 0; i < in->nauthenticators; i++)
		if ((err = mark_used(db, in->authenticator[i])) != SEK_OK)
			return (err);
	return (SEK_OK);
}

static void
list_ids(char *dst, size_t size, const struct sek_admit *in)
{
	size_t n = 0;
	uint32_t i;

	/* First, as the one that must not be cut off. */
	dst[0] = '\0';
	if (in->ticket[0] != '\0')
		(void)sek_text_format(dst, size, SEK_TICKET_WORD "%s",
		    in->ticket);
	n = strlen(dst);
	for (i = 0; i < in->nauthenticators; i++) {
		if (in->authenticator[i][0] == '\0')
			continue;
		(void)sek_text_format(dst + n, size - n, "%s%s",
		    n > 0 ? " " : "", in->authenticator[i]);
		n = strlen(dst);
	}
}

static enum sek_err
write_row(struct sek_db *db, const struct sek_admit *in, const char *person,
    struct sek_admit_out *out)
{
	struct sek_admission_row row;
	enum sek_err err;

	memset(&row, 0, sizeof(row));
	if ((err = sek_text_random_id(row.id, (SEK_ID_MAX - 1) / 2)) != SEK_OK)
		return (err);
	(void)sek_text_copy(row.account, sizeof(row.account), in->who.name);
	(void)sek_text_copy(row.person, sizeof(row.person), person);
	(void)sek_text_copy(row.service, sizeof(row.service),
	    in->who.service);
	list_ids(row.authenticator, sizeof(row.authenticator), in);
	row.uid = in->who.uid;
	row.event = in->record.event;
	row.kinds = in->kinds;
	/* No sudo goes on by a ticket. */
	row.audit_session = in->ticket[0] != '\0' ? UINT32_MAX :
	    in->audit_session;
	row.at = db->now;
	row.gate = in->gate;
	row.parent = in->parent;
	memcpy(out->id, row.id, sizeof(out->id));
	return (sek_row_insert(db, &sek_table_admission, &row));
}

static enum sek_err
purge(struct sek_db *db)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if (db->meta.seq % PURGE_EVERY != 0)
		return (SEK_OK);
	/* Of an open session it tells by what that was opened. */
	if ((err = sek_db_prepare(db, &st, "DELETE FROM admission WHERE "
	    "(wall<?1 AND id NOT IN (SELECT id FROM session)) OR "
	    "boot_id<>?2")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, db->now.wall - KEPT);
	sek_db_bind_blob(st, 2, db->now.boot_id, sizeof(db->now.boot_id));
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* Person and section as the store knows them, where the flow did not say. */
static enum sek_err
complete(struct sek_db *db, struct sek_record *r, const struct sek_admit *in,
    const char *person)
{
	struct sek_person p;
	enum sek_err err;

	if (r->person[0] == '\0')
		(void)sek_text_copy(r->person, sizeof(r->person), person);
	if (r->kinds == 0)
		r->kinds = in->kinds;
	if (r->ref[0] == '\0')
		(void)sek_text_copy(r->ref, sizeof(r->ref), in->exception);
	if (r->authenticator[0] == '\0' || in->ticket[0] != '\0')
		list_ids(r->authenticator, sizeof(r->authenticator), in);
	if (r->section[0] != '\0' || r->person[0] == '\0')
		return (SEK_OK);
	if ((err = sek_db_person(db, &p, r->person)) == SEK_OK)
		(void)sek_text_copy(r->section, sizeof(r->section), p.section);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_admit(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_admit *in = arg;
	struct sek_admit_out *out = result;
	struct sek_record r = in->record;
	char person[SEK_NAME_MAX];
	enum sek_err err;

	if (in->record.event != SEK_EVENT_ADMIT)
		return (sek_why(db->why, SEK_ERR_INTERNAL, "%s: only a proof "
		    "is admitted", db->config->path));
	if ((err = prove(db, in)) != SEK_OK ||
	    (in->password &&
	    (err = sek_db_password_used(db, in->who.name)) != SEK_OK) ||
	    (err = who_is_it(db, person, in)) != SEK_OK ||
	    (in->exception[0] != '\0' &&
	    (err = sek_db_request_use(db, in->exception, &in->who)) !=
	    SEK_OK) ||
	    (in->ticket[0] != '\0' &&
	    (err = sek_db_ticket_admit(db, in)) != SEK_OK) ||
	    (err = write_row(db, in, person, out)) != SEK_OK || in->unrecorded)
		return (err);
	if ((err = complete(db, &r, in, person)) == SEK_OK &&
	    (err = sek_db_append(db, &r)) == SEK_OK)
		err = purge(db);
	return (err);
}

enum sek_err
sek_db_admission(struct sek_db *db, struct sek_admission_row *out,
    uint32_t uid, const char *id)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ADMISSION_COLUMNS
	    " FROM admission WHERE uid=?1 AND id=?2")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, uid);
	sek_db_bind_text(st, 2, id);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	err = sek_row_read(db, &sek_table_admission, st, out);
	sek_db_done(st);
	return (err);
}

void
sek_db_admission_show(struct sek_admission *out,
    const struct sek_admission_row *row)
{

	memset(out, 0, sizeof(*out));
	memcpy(out->id, row->id, sizeof(out->id));
	memcpy(out->account, row->account, sizeof(out->account));
	memcpy(out->person, row->person, sizeof(out->person));
	memcpy(out->service, row->service, sizeof(out->service));
	memcpy(out->authenticator, row->authenticator,
	    sizeof(out->authenticator));
	out->uid = row->uid;
	out->kinds = row->kinds;
	out->at = row->at;
}

/* Only a proof of its own: a reuse must not be what the next one stands on. */
static bool
fit(const struct sek_db *db, const struct sek_reuse *in,
    const struct sek_admission_row *row)
{

	return (row->taken == SEK_TAKEN_SESSION &&
	    row->event == SEK_EVENT_ADMIT &&
	    !sek_ticket_among(row->authenticator, NULL) &&
	    row->audit_session == in->audit_session &&
	    memcmp(row->at.boot_id, db->now.boot_id, SEK_BOOT_ID_LEN) == 0 &&
	    db->now.boot >= row->at.boot &&
	    db->now.boot - row->at.boot <= in->max_age);
}

enum sek_err
sek_op_reuse(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_reuse *in = arg;
	struct sek_admission *out = result;
	struct sek_admission_row row;
	sqlite3_stmt *st;
	bool stand;
	enum sek_err err;

	if (in->audit_session == UINT32_MAX || in->max_age <= 0)
		return (SEK_OK);
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ADMISSION_COLUMNS
	    " FROM admission WHERE uid=?1")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_int64(st, 1, in->uid);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_admission, st, &row)) !=
		    SEK_OK)
			break;
		if (!fit(db, in, &row) || (out->id[0] != '\0' &&
		    row.at.boot <= out->at.boot))
			continue;
		if ((err = sek_db_authenticators_stand(db, &stand, &row)) !=
		    SEK_OK)
			break;
		if (stand)
			sek_db_admission_show(out, &row);
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_drop(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_admission_id *in = arg;

	(void)result;
	return (sek_db_exec_text(db, "DELETE FROM admission WHERE id=?1",
	    in->id));
}

/* Few: older ones are purged. */
enum sek_err
sek_op_admissions(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *in = arg;
	struct sek_admission_row row;
	struct sek_admission shown;
	sqlite3_stmt *st;
	enum sek_err err;

	(void)result;
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_ADMISSION_COLUMNS
	    " FROM admission")) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_admission, st, &row)) !=
		    SEK_OK)
			break;
		/* A proof for one act is no login. */
		if (row.event != SEK_EVENT_ADMIT ||
		    row.taken >= SEK_TAKEN_PROOF)
			continue;
		sek_db_admission_show(&shown, &row);
		if ((err = in->admission_fn(in->arg, &shown, &row.gate,
		    &row.parent)) != SEK_OK)
			break;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}
