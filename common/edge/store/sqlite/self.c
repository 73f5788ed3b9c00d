/*
 * self.c - what people see and change of themselves
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: nothing of another person is told or changed; not his and not there
 * are one answer.
 * MUST: a change names a proof, which is spent with it; whose it is comes from
 * the store, never from the caller.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

/* The account, where it is of this uid. */
static enum sek_err
own_account(struct sek_db *db, struct sek_account *a, const char *name,
    uint32_t uid)
{
	enum sek_err err;

	if ((err = sek_db_account(db, a, name)) != SEK_OK)
		return (err);
	return (a->uid == SEK_UID_NONE || a->uid == uid ? SEK_OK :
	    SEK_ERR_NOT_FOUND);
}

/* Those that open first, where there are more than fit. */
static enum sek_err
list_own(struct sek_db *db, struct sek_self_out *out)
{
	struct sek_authenticator_row row;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_AUTHENTICATOR_COLUMNS
	    " FROM authenticator WHERE person=?1 AND state<>4 "
	    "ORDER BY state,id LIMIT 32")) != SEK_OK)
		return (err);
	_Static_assert(SEK_AUTHENTICATORS_MAX == 32, "LIMIT above");
	sek_db_bind_text(st, 1, out->user.account.person);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_authenticator, st,
		    &row)) != SEK_OK ||
		    (err = sek_db_beside_brief(db, &row.a)) != SEK_OK)
			break;
		out->authenticator[out->nauthenticators++] = row.a;
	}
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_self(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_self *in = arg;
	struct sek_self_out *out = result;
	struct sek_account *a = &out->user.account;
	enum sek_err err;

	err = own_account(db, a, in->who.name, in->who.uid);
	if (err != SEK_OK)
		memset(out, 0, sizeof(*out));
	out->approvals = sek_db_has_requests(db);
	if (err != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if ((err = sek_db_user_lock(db, &out->user, &in->limits)) != SEK_OK ||
	    a->shared || a->person[0] == '\0')
		return (err);
	return (list_own(db, out));
}

/* Who changes something of himself: a person, by both kinds, now. */
static enum sek_err
by_proof(struct sek_db *db, const struct sek_actor *who, struct sek_part *p,
    char *ticket)
{
	enum sek_err err;

	if ((err = sek_db_actor_enrols(db, who, p, ticket)) != SEK_OK)
		return (err);
	if (!p->proven)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: account %s did "
		    "not prove both kinds for this", db->config->path,
		    p->account));
	if (p->person[0] == '\0')
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s: account %s is "
		    "shared: whose it would be is for an administrator to say",
		    db->config->path, p->account));
	return (SEK_OK);
}

/* His own record: what proved him stands in words beside what it is about. */
static enum sek_err
record_of(struct sek_db *db, struct sek_record *r, const struct sek_actor *who,
    const struct sek_part *by)
{
	struct sek_person p;
	enum sek_err err;

	sek_db_record(r, SEK_EVENT_ENROL, SEK_RESULT_OK);
	(void)sek_text_copy(r->service, sizeof(r->service), "sekisho-helper");
	(void)sek_text_copy(r->subject, sizeof(r->subject), by->account);
	(void)sek_text_copy(r->target, sizeof(r->target), by->account);
	(void)sek_text_copy(r->person, sizeof(r->person), by->person);
	(void)sek_text_copy(r->ref, sizeof(r->ref), who->proof);
	(void)sek_text_format(r->detail, sizeof(r->detail), "by himself, "
	    "proved by %s", by->evidence);
	if ((err = sek_db_person(db, &p, by->person)) == SEK_OK)
		(void)sek_text_copy(r->section, sizeof(r->section), p.section);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static bool
is_card(const struct sek_enrol *in)
{

	return (sek_card_is_method(
	    (enum sek_method)in->authenticator.method));
}

static bool
is_trait(const struct sek_enrol *in)
{

	return (sek_biometric_is_method(
	    (enum sek_method)in->authenticator.method));
}

static enum sek_err
check_new(struct sek_db *db, const struct sek_enrol *in)
{

	if (in->authenticator.label[0] != '\0' && !sek_text_is_clean(
	    in->authenticator.label, SEK_LABEL_MAX - 1))
		return (sek_why(db->why, SEK_ERR_SYNTAX, "the label holds "
		    "characters that are no text"));
	if (!in->proved)
		return (sek_why(db->why, SEK_ERR_REFUSED, "%s",
		    in->authenticator.method == SEK_METHOD_FIDO2 ?
		    "the new security key did not sign, or not rightly" :
		    is_card(in) ?
		    "the new card did not sign, or not rightly" :
		    is_trait(in) ?
		    "the new trait was not enrolled, or not wholly" :
		    "a code of the new key was not given, or not the right "
		    "one"));
	return (SEK_OK);
}

/* Of what the caller says: the key, and what kind of it. */
static void
own_enrol(struct sek_enrol *e, const struct sek_enrol *in,
    const struct sek_account *a)
{

	memset(e, 0, sizeof(*e));
	e->account = *a;
	memcpy(e->person.id, a->person, sizeof(e->person.id));
	e->authenticator.method = in->authenticator.method;
	e->authenticator.oath = in->authenticator.oath;
	memcpy(e->authenticator.label, in->authenticator.label,
	    sizeof(e->authenticator.label));
	memcpy(e->key, in->key, sizeof(e->key));
	e->key_len = in->key_len;
	if (in->authenticator.method == SEK_METHOD_FIDO2)
		e->fido2 = in->fido2;
	if (is_card(in))
		e->card = in->card;
	if (is_trait(in)) {
		e->biometric = in->biometric;
		memcpy(e->biometric.account, a->name,
		    sizeof(e->biometric.account));
	}
	e->proved = 1;
}

/* That it is another's, and nothing of whom. */
static enum sek_err
is_free(struct sek_db *db, const struct sek_enrol *in)
{
	struct sek_authenticator a;
	enum sek_err err;

	if (!is_card(in))
		return (SEK_OK);
	if ((err = sek_db_needs_minor(db, 5)) != SEK_OK)
		return (err);
	if ((err = sek_db_card_holder(db, &a, &in->card, in->person.id)) !=
	    SEK_OK || strcmp(a.person, in->person.id) == 0)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	return (sek_why(db->why, SEK_ERR_REFUSED, "this very card is enrolled "
	    "for another person"));
}

enum sek_err
sek_op_self_enrol(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_self_enrol *in = arg;
	struct sek_self_enrol_out *out = result;
	struct sek_account a;
	struct sek_record r;
	struct sek_enrol e;
	struct sek_part by;
	char ticket[SEK_ID_MAX];
	enum sek_err err;

	if ((err = check_new(db, &in->enrol)) != SEK_OK ||
	    (err = by_proof(db, &in->who, &by, ticket)) != SEK_OK ||
	    (err = own_account(db, &a, by.account, by.uid)) != SEK_OK ||
	    (err = record_of(db, &r, &in->who, &by)) != SEK_OK)
		return (err);
	own_enrol(&e, &in->enrol, &a);
	e.account.privileged |= in->who.privileged != 0;
	/* Known for one before its first enrolment, but of no person yet. */
	memcpy(e.person.id, by.person, sizeof(e.person.id));
	if ((err = is_free(db, &e)) == SEK_OK &&
	    (err = sek_db_enrol(db, &e, &r)) == SEK_OK)
		out->a = e.authenticator;
	sek_wipe(&e, sizeof(e));
	return (err);
}

enum sek_err
sek_op_self_state(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_self_state *in = arg;
	enum sek_event event = in->to == SEK_AUTHENTICATOR_REMOVED ?
	    SEK_EVENT_REMOVE : SEK_EVENT_DISABLE;
	struct sek_authenticator_row row;
	struct sek_record r;
	struct sek_part by;
	enum sek_err err;

	(void)result;
	if ((err = by_proof(db, &in->who, &by, NULL)) != SEK_OK ||
	    (err = sek_row_find(db, &sek_table_authenticator, &row, "SELECT "
	    SEK_AUTHENTICATOR_COLUMNS " FROM authenticator WHERE person=?1 "
	    "AND id=?2 AND state<>4", by.person, in->id)) != SEK_OK)
		return (err);
	if (in->to == SEK_AUTHENTICATOR_DISABLED &&
	    row.a.state != SEK_AUTHENTICATOR_ACTIVE)
		return (sek_why(db->why, SEK_ERR_REFUSED, "authenticator %s "
		    "is %s already", row.a.id, sek_authenticator_state_name(
		    (enum sek_authenticator_state)row.a.state)));
	if ((err = record_of(db, &r, &in->who, &by)) != SEK_OK ||
	    (err = sek_db_may_change(db, &r, by.account,
	    in->who.privileged != 0, SEK_CHANGING_FACTOR, event)) != SEK_OK ||
	    (err = sek_db_may_change_person(db, &r, by.person,
	    SEK_CHANGING_FACTOR, event)) != SEK_OK)
		return (err);
	return (sek_db_authenticator_set(db, &row,
	    (enum sek_authenticator_state)in->to, &r));
}
