/*
 * enrol.c - authenticators come to persons, one or many at once
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a secret is sealed before it reaches a statement.
 * MUST: nobody holds one key twice: a code used in one would live on in the
 * other.
 * MUST: nobody holds a card that is another's.
 * MUST: no account of several persons opens by a living trait: they cannot be
 * told apart by it.
 * MUST: no contractor enrols what opens a privileged account.
 * MUST: who holds a factor has no ticket left to enrol a first one by.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/oath.h"

#define ID_BYTES	8
#define IMPORT_CACHE	"PRAGMA cache_size=-262144"	/* KiB */
#define USUAL_CACHE	"PRAGMA cache_size=-2000"

void
sek_db_record_actor(struct sek_record *r, const struct sek_record *actor,
    enum sek_event e)
{

	if (actor != NULL)
		*r = *actor;
	else
		sek_db_record(r, e, SEK_RESULT_OK);
	r->event = e;
	r->result = SEK_RESULT_OK;
	r->count = 1;
}

static enum sek_err
need_person(struct sek_db *db, struct sek_enrol *in)
{
	struct sek_person p;
	enum sek_err err;

	if (in->person.id[0] == '\0' && !in->account.shared)
		(void)sek_text_copy(in->person.id, sizeof(in->person.id),
		    in->account.person[0] != '\0' ? in->account.person :
		    in->account.name);
	if (in->person.id[0] == '\0')
		return (sek_why(db->why, SEK_ERR_RANGE, "account %s is shared:"
		    " say whose authenticator it is", in->account.name));
	if ((err = sek_db_person(db, &p, in->person.id)) != SEK_ERR_NOT_FOUND) {
		if (err == SEK_OK)
			in->person = p;
		return (err);
	}
	in->person.created = db->now.wall;
	return (sek_row_insert(db, &sek_table_person, &in->person));
}

static enum sek_err
need_member(struct sek_db *db, const struct sek_enrol *in)
{
	struct sek_member_row m;
	enum sek_err err;

	if ((err = sek_row_find(db, &sek_table_member, &m,
	    "SELECT " SEK_MEMBER_COLUMNS " FROM member WHERE account=?1 AND "
	    "person=?2", in->account.name, in->person.id)) !=
	    SEK_ERR_NOT_FOUND)
		return (err);
	memset(&m, 0, sizeof(m));
	memcpy(m.account, in->account.name, sizeof(m.account));
	memcpy(m.person, in->person.id, sizeof(m.person));
	m.created = db->now.wall;
	return (sek_row_insert(db, &sek_table_member, &m));
}

static enum sek_err
new_account(struct sek_db *db, struct sek_enrol *in)
{

	in->account.created = db->now.wall;
	in->account.last_login = in->account.last_logout = 0;
	in->account.failures_since = 0;
	(void)sek_text_copy(in->account.person, sizeof(in->account.person),
	    in->account.shared ? "" : in->person.id);
	return (sek_row_insert(db, &sek_table_account, &in->account));
}

/* Another account has the name now: no authenticator that still opens may
 * become its. */
static enum sek_err
check_rebind(struct sek_db *db, const struct sek_account *a)
{
	sqlite3_stmt *st;
	enum sek_err err;
	bool active;

	if ((err = sek_db_prepare(db, &st, "SELECT EXISTS(SELECT 1 FROM "
	    "authenticator WHERE person=?1 AND state=0)")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, a->person);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	active = sqlite3_column_int64(st, 0) != 0;
	sek_db_done(st);
	if (active)
		return (sek_why(db->why, SEK_ERR_REFUSED, "account %s is bound "
		    "to uid %u and has active authenticators: sekisho "
		    "authenticator remove ID for each, then enroll again",
		    a->name, a->uid));
	return (SEK_OK);
}

/* Take what is known of it, bound to the uid of now where that is another;
 * *was: the one before. */
static enum sek_err
take_account(struct sek_db *db, struct sek_enrol *in,
    const struct sek_account *a, uint32_t *was)
{
	uint32_t uid = in->account.uid;
	enum sek_err err;

	in->account = *a;
	if (!in->rebinds || a->shared || a->uid == SEK_UID_NONE ||
	    uid == SEK_UID_NONE || a->uid == uid)
		return (SEK_OK);
	if ((err = check_rebind(db, a)) != SEK_OK)
		return (err);
	*was = a->uid;
	in->account.uid = uid;
	return (SEK_OK);
}

/* An account that logged in before it was enrolled has no person yet. */
static enum sek_err
old_account(struct sek_db *db, struct sek_enrol *in,
    const struct sek_account *a, uint32_t *was)
{
	enum sek_err err;

	if (a->shared != in->account.shared && in->account.shared)
		return (sek_why(db->why, SEK_ERR_EXISTS, "account %s is one "
		    "person's, not shared", a->name));
	if ((err = take_account(db, in, a, was)) != SEK_OK || a->shared)
		return (err);
	if (a->person[0] != '\0' && strcmp(a->person, in->person.id) != 0)
		return (sek_why(db->why, SEK_ERR_EXISTS, "account %s belongs "
		    "to person %s", a->name, a->person));
	if (a->person[0] != '\0')
		return (in->account.uid == a->uid ? SEK_OK :
		    sek_row_update(db, &sek_table_account, &in->account));
	(void)sek_text_copy(in->account.person, sizeof(in->account.person),
	    in->person.id);
	if ((err = sek_db_exec_text(db, "DELETE FROM account WHERE name=?1",
	    a->name)) != SEK_OK)
		return (err);
	return (sek_row_insert(db, &sek_table_account, &in->account));
}

static enum sek_err
need_account(struct sek_db *db, struct sek_enrol *in, uint32_t *was)
{
	struct sek_account a;
	enum sek_err err;

	err = sek_db_account(db, &a, in->account.name);
	if (err == SEK_OK && a.person[0] != '\0' && in->person.id[0] == '\0')
		(void)sek_text_copy(in->person.id, sizeof(in->person.id),
		    a.person);
	if (err == SEK_OK && a.shared)
		in->account.shared = 1;
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	if (err == SEK_OK) {
		if ((err = need_person(db, in)) == SEK_OK)
			err = old_account(db, in, &a, was);
	} else if ((err = need_person(db, in)) == SEK_OK)
		err = new_account(db, in);
	if (err == SEK_OK && in->account.shared)
		err = need_member(db, in);
	return (err);
}

enum sek_err
sek_db_need_account(struct sek_db *db, struct sek_enrol *in)
{
	uint32_t was;

	return (need_account(db, in, &was));
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

/* SEK_ERR_EXISTS: this row's key is the one that comes now. */
static enum sek_err
check_key(struct sek_db *db, const struct sek_authenticator_row *row,
    const struct sek_enrol *in)
{
	const struct sek_seal_place place = { "authenticator", row->a.id,
	    row->a.person, row->a.method };
	struct sek_secret key = SEK_SECRET_NONE;
	bool same = false;
	enum sek_err err;

	if (row->a.method != in->authenticator.method ||
	    row->secret.len != in->key_len + SEK_SEAL_EXTRA)
		return (SEK_OK);
	if ((err = sek_unseal(&key, &db->keys, &place, row->secret.data,
	    row->secret.len)) == SEK_OK)
		same = sodium_memcmp(key.data, in->key, in->key_len) == 0;
	else if (err == SEK_ERR_TAMPERED)
		sek_row_bad(db, "authenticator", row->a.id);
	sek_secret_free(&key);
	if (same)
		err = sek_why(db->why, SEK_ERR_EXISTS, "person %s holds this "
		    "very key already (authenticator %s, %s): a key is "
		    "enrolled once, or one code would open twice; remove that "
		    "one first, or make a new key", row->a.person, row->a.id,
		    sek_authenticator_state_name(
		    (enum sek_authenticator_state)row->a.state));
	return (err);
}

static enum sek_err
check_security_key(struct sek_db *db, const struct sek_authenticator_row *row,
    const struct sek_enrol *in)
{
	struct sek_security_key_row key;
	enum sek_err err;

	if (row->a.method != SEK_METHOD_FIDO2)
		return (SEK_OK);
	if ((err = sek_db_security_key(db, &key, row->a.person, row->a.id)) !=
	    SEK_OK || !sek_security_key_same(&key, &in->fido2))
		return (err);
	return (sek_why(db->why, SEK_ERR_EXISTS, "person %s holds this very "
	    "security key already (authenticator %s, %s); remove that one "
	    "first", row->a.person, row->a.id, sek_authenticator_state_name(
	    (enum sek_authenticator_state)row->a.state)));
}

/* Each finger once, and a vendor's trait once. */
static enum sek_err
check_trait(struct sek_db *db, const struct sek_authenticator_row *row,
    const struct sek_enrol *in)
{
	const char *finger = sek_finger_name(
	    (enum sek_finger)in->biometric.brief.finger);
	struct sek_biometric_row b;
	enum sek_err err;

	if (row->a.method != in->authenticator.method)
		return (SEK_OK);
	if ((err = sek_db_beside(db, &b, sek_beside_of(
	    (enum sek_method)row->a.method), row->a.person, row->a.id)) !=
	    SEK_OK || b.brief.finger != in->biometric.brief.finger)
		return (err);
	return (sek_why(db->why, SEK_ERR_EXISTS, "person %s has %s%s enrolled "
	    "already (authenticator %s, %s); remove that one first",
	    row->a.person, sek_method_name((enum sek_method)row->a.method),
	    finger != NULL ? " of this finger" : "", row->a.id,
	    sek_authenticator_state_name(
	    (enum sek_authenticator_state)row->a.state)));
}

static enum sek_err
check_card(struct sek_db *db, const struct sek_enrol *in)
{
	struct sek_authenticator a;
	enum sek_err err;

	if ((err = sek_db_card_holder(db, &a, &in->card, in->person.id)) !=
	    SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (strcmp(a.person, in->person.id) == 0)
		return (sek_why(db->why, SEK_ERR_EXISTS, "person %s holds this "
		    "very card already (authenticator %s, %s); remove that one "
		    "first", a.person, a.id, sek_authenticator_state_name(
		    (enum sek_authenticator_state)a.state)));
	return (sek_why(db->why, SEK_ERR_REFUSED, "this very card is enrolled "
	    "for another person (authenticator %s of %s, %s)", a.id, a.person,
	    sek_authenticator_state_name(
	    (enum sek_authenticator_state)a.state)));
}

static enum sek_err
check_other(struct sek_db *db, const struct sek_authenticator_row *row,
    const struct sek_enrol *in)
{

	if (in->authenticator.method == SEK_METHOD_FIDO2)
		return (check_security_key(db, row, in));
	if (is_trait(in))
		return (check_trait(db, row, in));
	return (check_key(db, row, in));
}

/* All he holds but what was removed: no key twice, and not one more than a
 * login would look through. */
static enum sek_err
check_others(struct sek_db *db, const struct sek_enrol *in)
{
	struct sek_authenticator_row row;
	sqlite3_stmt *st;
	enum sek_err err;
	unsigned active = 0;

	if ((is_card(in) && (err = check_card(db, in)) != SEK_OK) ||
	    (err = sek_db_prepare(db, &st, "SELECT " SEK_AUTHENTICATOR_COLUMNS
	    " FROM authenticator WHERE person=?1 AND state<>4")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, in->person.id);
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		if ((err = sek_row_read(db, &sek_table_authenticator, st,
		    &row)) != SEK_OK ||
		    (err = check_other(db, &row, in)) != SEK_OK)
			break;
		active += row.a.state == SEK_AUTHENTICATOR_ACTIVE;
	}
	sek_db_done(st);
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	if (active >= SEK_AUTHENTICATORS_MAX)
		return (sek_why(db->why, SEK_ERR_REFUSED, "person %s has %u "
		    "authenticators already; remove one first", in->person.id,
		    active));
	return (SEK_OK);
}

static enum sek_err
seal_key(struct sek_db *db, struct sek_authenticator_row *row,
    const struct sek_enrol *in)
{
	const struct sek_seal_place place = { "authenticator", row->a.id,
	    row->a.person, row->a.method };
	enum sek_err err;

	if ((err = sek_seal(row->secret.data, &db->keys, &place, in->key,
	    in->key_len)) == SEK_OK)
		row->secret.len = (uint32_t)(in->key_len + SEK_SEAL_EXTRA);
	return (err);
}

/* All of it is public, but the key of its mark. */
static enum sek_err
add_card(struct sek_db *db, struct sek_authenticator_row *row,
    const struct sek_card *c)
{

	memset(&row->a.oath, 0, sizeof(row->a.oath));
	row->a.card = c->brief;
	return (sek_db_card_new(db, row, c));
}

/* It has no secret: all of it is public. */
static enum sek_err
add_security_key(struct sek_db *db, struct sek_authenticator *a,
    const struct sek_fido2 *f)
{

	memset(&a->oath, 0, sizeof(a->oath));
	a->fido2 = f->brief;
	return (sek_db_security_key_new(db, a->person, a->id, f));
}

/* Nothing of it is kept that could be a secret. */
static enum sek_err
add_trait(struct sek_db *db, struct sek_authenticator *a,
    const struct sek_biometric *b)
{

	memset(&a->oath, 0, sizeof(a->oath));
	a->biometric = b->brief;
	return (sek_db_biometric_new(db, a->person, a->id, b));
}

/* What lies beside it, and its secret, where there is one. */
static enum sek_err
add_rest(struct sek_db *db, struct sek_authenticator_row *row,
    const struct sek_enrol *in)
{

	if (row->a.method == SEK_METHOD_FIDO2)
		return (add_security_key(db, &row->a, &in->fido2));
	if (is_card(in))
		return (add_card(db, row, &in->card));
	if (is_trait(in))
		return (add_trait(db, &row->a, &in->biometric));
	return (seal_key(db, row, in));
}

static enum sek_err
add_authenticator(struct sek_db *db, struct sek_enrol *in)
{
	struct sek_authenticator_row row;
	enum sek_err err;

	memset(&row, 0, sizeof(row));
	row.a = in->authenticator;
	if ((err = check_others(db, in)) != SEK_OK ||
	    (err = sek_text_random_id(row.a.id, ID_BYTES)) != SEK_OK)
		return (err);
	memcpy(row.a.person, in->person.id, sizeof(row.a.person));
	row.a.state = SEK_AUTHENTICATOR_ACTIVE;
	row.a.failures = 0;
	row.a.created = db->now.wall;
	if ((err = add_rest(db, &row, in)) != SEK_OK)
		return (err);
	if ((err = sek_row_insert(db, &sek_table_authenticator, &row)) ==
	    SEK_OK)
		in->authenticator = row.a;
	return (err);
}

static enum sek_err
check_enrol(struct sek_db *db, const struct sek_enrol *in)
{
	const struct sek_authenticator *a = &in->authenticator;

	if (!sek_text_is_clean(in->account.name, SEK_NAME_MAX - 1))
		return (sek_why(db->why, SEK_ERR_SYNTAX, "an account's name "
		    "is empty or holds characters that are no text"));
	if (a->method == SEK_METHOD_FIDO2) {
		if (in->key_len == 0 && sek_fido2_check(&in->fido2) == SEK_OK)
			return (sek_db_needs_minor(db, 4));
		return (sek_why(db->why, SEK_ERR_RANGE, "account %s: what is "
		    "said of the security key is not within its bounds",
		    in->account.name));
	}
	if (is_card(in)) {
		if (in->key_len == 0 && sek_card_fits(&in->card,
		    (enum sek_method)a->method))
			return (sek_db_needs_minor(db, 5));
		return (sek_why(db->why, SEK_ERR_RANGE, "account %s: what is "
		    "said of the card is not within its bounds",
		    in->account.name));
	}
	if (is_trait(in)) {
		if (in->key_len == 0 && sek_biometric_fits(&in->biometric,
		    (enum sek_method)a->method))
			return (sek_db_needs_minor(db, 6));
		return (sek_why(db->why, SEK_ERR_RANGE, "account %s: what is "
		    "said of the finger, or of the vendor's trait, is not "
		    "within its bounds", in->account.name));
	}
	if ((a->method == SEK_METHOD_TOTP || a->method == SEK_METHOD_HOTP) &&
	    in->key_len <= SEK_OATH_KEY_MAX &&
	    sek_oath_check(&a->oath, (enum sek_method)a->method,
	    in->key_len) == SEK_OK)
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_RANGE, "account %s: a one-time code "
	    "of this kind (digits, period, key of %zu bytes) is not "
	    "supported", in->account.name, in->key_len));
}

static enum sek_err
check_shared(struct sek_db *db, const struct sek_enrol *in)
{

	if (!is_trait(in) || !in->account.shared)
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_REFUSED, "account %s is shared: its "
	    "persons could not be told apart by a living trait; enroll a "
	    "security key or a card", in->account.name));
}

/* What the record calls it. */
static void
describe(char *dst, size_t size, const struct sek_enrol *in)
{
	enum sek_method m = (enum sek_method)in->authenticator.method;
	const char *finger = sek_finger_name(
	    (enum sek_finger)in->biometric.brief.finger);

	(void)sek_text_format(dst, size, "%s%s%s, %s%s", sek_method_name(m),
	    is_trait(in) && finger != NULL ? " " : "",
	    is_trait(in) && finger != NULL ? finger : "",
	    m == SEK_METHOD_FIDO2 || is_card(in) || is_trait(in) ? "" :
	    "first code ", in->proved ? "proved" : "not proved");
}

enum sek_err
sek_db_enrol(struct sek_db *db, struct sek_enrol *in,
    const struct sek_record *actor)
{
	char by[SEK_REASON_MAX], what[128];
	uint32_t was = SEK_UID_NONE;
	struct sek_record r;
	enum sek_err err;

	if ((err = check_enrol(db, in)) != SEK_OK ||
	    (err = sek_db_may_change(db, actor, in->account.name,
	    in->account.privileged != 0, SEK_CHANGING_FACTOR,
	    SEK_EVENT_ENROL)) != SEK_OK ||
	    (err = need_account(db, in, &was)) != SEK_OK ||
	    (err = sek_db_may_change_person(db, actor, in->person.id,
	    SEK_CHANGING_FACTOR, SEK_EVENT_ENROL)) != SEK_OK ||
	    (err = check_shared(db, in)) != SEK_OK ||
	    (err = add_authenticator(db, in)) != SEK_OK ||
	    (err = sek_db_tickets_end_of(db, in->person.id,
	    SEK_PURPOSE_ENROL, "enrolled")) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, actor, SEK_EVENT_ENROL);
	(void)sek_text_copy(r.target, sizeof(r.target), in->account.name);
	(void)sek_text_copy(r.authenticator, sizeof(r.authenticator),
	    in->authenticator.id);
	r.kinds = sek_method_kind((enum sek_method)in->authenticator.method);
	(void)sek_text_copy(by, sizeof(by), r.detail);
	describe(what, sizeof(what), in);
	(void)sek_text_format(r.detail, sizeof(r.detail), "%s%s%s%s%s", what,
	    strcmp(in->person.id, in->account.name) != 0 ? ", of person " : "",
	    strcmp(in->person.id, in->account.name) != 0 ? in->person.id : "",
	    by[0] != '\0' ? ", " : "", by);
	if (was != SEK_UID_NONE)
		(void)sek_text_format(r.detail + strlen(r.detail),
		    sizeof(r.detail) - strlen(r.detail),
		    ", bound to uid %u instead of %u", in->account.uid, was);
	return (sek_db_append(db, &r));
}

enum sek_err
sek_op_enrol(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;

	(void)result;
	return (sek_db_enrol(db, a->enrol, a->actor));
}

static enum sek_err
import_all(struct sek_db *db, const struct sek_tool_args *a, uint64_t *count)
{
	struct sek_enrol one;
	struct sek_record r;
	enum sek_err err;

	for (;;) {
		memset(&one, 0, sizeof(one));
		if ((err = a->next(a->arg, &one)) == SEK_OK)
			err = sek_db_enrol(db, &one, a->actor);
		sek_wipe(&one, sizeof(one));
		if (err != SEK_OK)
			break;
		(*count)++;
	}
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_IMPORT);
	(void)sek_text_format(r.detail, sizeof(r.detail),
	    "%llu authenticators", (unsigned long long)*count);
	return (sek_db_append(db, &r));
}

enum sek_err
sek_op_import(struct sek_db *db, const void *arg, void *result)
{
	uint64_t *count = result;
	enum sek_err err;

	(void)sqlite3_exec(db->sq, IMPORT_CACHE, NULL, NULL, NULL);
	err = import_all(db, arg, count);
	(void)sqlite3_exec(db->sq, USUAL_CACHE, NULL, NULL, NULL);
	if (err != SEK_OK)
		*count = 0;
	return (err);
}
