/*
 * ticket.c - the codes of tickets: found, verified, used up, destroyed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What was asked and given stands in the approval (approval.c); here lies
 * what a typed code is held against: its hash, sealed under the store's key
 * and bound to its place, so that a dump of the store alone gives nothing.
 *
 * MUST: a code opens only while its approval is in force for this very
 * account, and its person stands.
 * MUST: a code that may be used once is destroyed in the transaction that
 * finds it right.
 * MUST: who has no ticket costs the same work.
 * MUST: a row whose check fails opens nothing, and shuts nobody out.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/rule/approval.h"
#include "sekisho/rule/policy.h"

#define SWEPT_MAX	12	/* of one transaction */
#define SECURE_DELETE	"PRAGMA secure_delete=1"

#define SELECT_NEXT	"SELECT " SEK_TICKET_COLUMNS " FROM ticket " \
			"WHERE account=?1 AND id>?2 ORDER BY id"

bool
sek_db_has_tickets(struct sek_db *db)
{
	struct sek_why *why = db->why, unused;
	bool has;

	db->why = &unused;
	has = sek_db_needs_minor(db, 3) == SEK_OK;
	db->why = why;
	return (has);
}

/* ---- the code */

/* No two lists of these give it the same bytes: each is counted. */
static void
digest(uint8_t out[SEK_TICKET_HASH], const struct sek_ticket_row *row,
    const char *code)
{
	const char *const parts[] = { "ticket", row->account, row->id,
	    row->person, code };
	crypto_generichash_state state;
	uint64_t len;
	size_t i;

	crypto_generichash_init(&state, NULL, 0, SEK_TICKET_HASH);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		len = strlen(parts[i]);
		crypto_generichash_update(&state, (const uint8_t *)&len,
		    sizeof(len));
		crypto_generichash_update(&state, (const uint8_t *)parts[i],
		    len);
	}
	crypto_generichash_final(&state, out, SEK_TICKET_HASH);
	sek_wipe(&state, sizeof(state));
}

static struct sek_seal_place
place_of(const struct sek_ticket_row *row)
{
	struct sek_seal_place p = { "ticket", row->id, row->person,
	    row->purpose };

	return (p);
}

static enum sek_err
seal_code(struct sek_ticket_row *row, const struct sek_keys *keys,
    const char *code)
{
	const struct sek_seal_place place = place_of(row);
	uint8_t hash[SEK_TICKET_HASH];
	enum sek_err err;

	digest(hash, row, code);
	if ((err = sek_seal(row->code.data, keys, &place, hash,
	    sizeof(hash))) == SEK_OK)
		row->code.len = SEK_TICKET_HASH + SEK_SEAL_EXTRA;
	sek_wipe(hash, sizeof(hash));
	return (err);
}

/* *right is only ever set. */
static enum sek_err
try_code(bool *right, const struct sek_keys *keys,
    const struct sek_ticket_row *row, const char *code)
{
	const struct sek_seal_place place = place_of(row);
	struct sek_secret s = SEK_SECRET_NONE;
	uint8_t hash[SEK_TICKET_HASH];
	enum sek_err err;

	digest(hash, row, code);
	if ((err = sek_unseal(&s, keys, &place, row->code.data,
	    row->code.len)) == SEK_OK && s.len == sizeof(hash) &&
	    sodium_memcmp(s.data, hash, sizeof(hash)) == 0)
		*right = true;
	sek_wipe(hash, sizeof(hash));
	sek_secret_free(&s);
	return (err);
}

/* Nobody's: the same work, never right. */
static enum sek_err
try_dummy(struct sek_db *db, const char *code)
{
	struct sek_ticket_row row;
	bool right = false;
	enum sek_err err;

	memset(&row, 0, sizeof(row));
	if ((err = sek_text_random_id(row.id, 4)) == SEK_OK &&
	    (err = seal_code(&row, &db->keys, "")) == SEK_OK)
		err = try_code(&right, &db->keys, &row, code);
	return (err);
}

enum sek_err
sek_ticket_reseal(struct sek_ticket_row *row, const struct sek_keys *from,
    const struct sek_keys *to)
{
	const struct sek_seal_place place = place_of(row);
	struct sek_secret s = SEK_SECRET_NONE;
	enum sek_err err;

	if (row->code.len == 0)
		return (SEK_OK);
	if ((err = sek_unseal(&s, from, &place, row->code.data,
	    row->code.len)) == SEK_OK)
		err = sek_seal(row->code.data, to, &place, s.data, s.len);
	sek_secret_free(&s);
	return (err);
}

/* ---- rows */

enum sek_err
sek_db_ticket_find(struct sek_db *db, struct sek_ticket_row *row,
    const char *account, const char *id)
{

	return (sek_row_find(db, &sek_table_ticket, row, "SELECT "
	    SEK_TICKET_COLUMNS " FROM ticket WHERE account=?1 AND id=?2",
	    account, id));
}

enum sek_err
sek_db_ticket_new(struct sek_db *db, struct sek_ticket_row *row,
    char out[SEK_TICKET_CODE])
{
	unsigned i;
	enum sek_err err;

	for (i = 0; i < SEK_TICKET_DIGITS; i++)
		out[i] = (char)('0' + randombytes_uniform(10));
	out[i] = '\0';
	if ((err = seal_code(row, &db->keys, out)) == SEK_OK)
		err = sek_row_insert(db, &sek_table_ticket, row);
	if (err != SEK_OK)
		sek_wipe(out, SEK_TICKET_CODE);
	return (err);
}

/* What SQLite frees of a row is overwritten. */
static void
overwrite(struct sek_db *db)
{

	(void)sqlite3_exec(db->sq, SECURE_DELETE, NULL, NULL, NULL);
}

enum sek_err
sek_db_ticket_destroy(struct sek_db *db, const char *account, const char *id)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if (!sek_db_has_tickets(db))
		return (SEK_OK);
	overwrite(db);
	if ((err = sek_db_prepare(db, &st, "DELETE FROM ticket WHERE "
	    "account=?1 AND id=?2")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	sek_db_bind_text(st, 2, id);
	err = sek_db_step(db, st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/*
 * The next of an account behind row->id whose check holds; SEK_ERR_NOT_FOUND:
 * no more. tell: those that do not are named.
 */
static enum sek_err
next_of(struct sek_db *db, struct sek_ticket_row *row, bool tell)
{
	char account[SEK_NAME_MAX], after[SEK_ID_MAX];
	sqlite3_stmt *st;
	enum sek_err err, noted = SEK_OK;

	memcpy(account, row->account, sizeof(account));
	memcpy(after, row->id, sizeof(after));
	if ((err = sek_db_prepare(db, &st, SELECT_NEXT)) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	sek_db_bind_text(st, 2, after);
	while ((err = sek_db_step(db, st)) == SEK_OK &&
	    (err = sek_row_read(db, &sek_table_ticket, st, row)) ==
	    SEK_ERR_TAMPERED) {
		if (tell && noted == SEK_OK)
			noted = sek_db_note_bad(db);
		db->bad.table = NULL;
	}
	sek_db_done(st);
	return (noted != SEK_OK ? noted : err);
}

enum sek_err
sek_db_ticket_next(struct sek_db *db, struct sek_ticket_row *row)
{

	return (next_of(db, row, false));
}

/* Its approval, into db->request; where its check fails, none. */
static enum sek_err
request_of(struct sek_db *db, const struct sek_ticket_row *row, bool tell)
{
	enum sek_err err;

	err = sek_db_request(db, row->id);
	if (err != SEK_ERR_TAMPERED)
		return (err);
	if (tell && (err = sek_db_note_bad(db)) != SEK_OK &&
	    err != SEK_ERR_TAMPERED)
		return (err);
	db->bad.table = NULL;
	return (SEK_ERR_NOT_FOUND);
}

/* Is a the approval of this code, and in force? */
static bool
is_live(const struct sek_db *db, const struct sek_ticket_row *row,
    const struct sek_approval *a)
{

	return (row->code.len != 0 &&
	    sek_ticket_purpose(a) == (enum sek_purpose)row->purpose &&
	    strcmp(a->users, row->account) == 0 &&
	    sek_db_request_stands(db, a));
}

static bool
is_helper(const struct sek_claimant *who)
{

	return (strcmp(who->service, "sekisho-helper") == 0);
}

/* One for a first factor opens one login; after that it proves who enrols. */
static bool
serves(const struct sek_approval *a, const struct sek_claimant *who)
{

	return (sek_ticket_purpose(a) != SEK_PURPOSE_ENROL ||
	    is_helper(who) || a->uses == 0);
}

/* May he have one at all, at this moment? */
static bool
may_hold(const struct sek_db *db, const struct sek_claimant *who,
    const struct sek_account *a, const struct sek_person *p)
{

	return (a->name[0] != '\0' && a->person[0] != '\0' &&
	    strcmp(a->person, p->id) == 0 && !a->shared && !a->privileged &&
	    !who->privileged && who->uid != 0 && a->uid == who->uid &&
	    sek_policy_account(a, p, who->uid, db->now.wall) ==
	    SEK_REASON_NONE);
}

/*
 * One look into the table for everybody. That it is not there yet is seen by
 * what preparing says, so that a login asks no version first.
 */
enum sek_err
sek_db_ticket_bits(struct sek_db *db, uint32_t *bits,
    const struct sek_claimant *who, const struct sek_account *a,
    const struct sek_person *p)
{
	struct sek_ticket_row row;
	sqlite3_stmt *st;
	enum sek_err err;
	bool may = may_hold(db, who, a, p);

	*bits = 0;
	if ((err = sek_db_prepare(db, &st, SELECT_NEXT)) != SEK_OK)
		return (sek_db_has_tickets(db) ? err : SEK_OK);
	memset(&row, 0, sizeof(row));
	memcpy(row.account, who->name, sizeof(row.account));
	while ((err = next_of(db, &row, false)) == SEK_OK) {
		if (!may || strcmp(row.person, a->person) != 0)
			continue;
		if ((err = request_of(db, &row, false)) ==
		    SEK_ERR_NOT_FOUND)
			continue;
		if (err != SEK_OK)
			return (err);
		if (is_live(db, &row, &db->request.a) &&
		    serves(&db->request.a, who))
			*bits |= SEK_PURPOSE_BIT(row.purpose);
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- verified and used */

/* What came out of trying all of them. */
struct trial {
	struct sek_account	account;
	struct sek_person	person;
	struct sek_ticket_row	row;	/* the right one */
	bool			may;
	bool			right;
	unsigned		tried;
};

static enum sek_err
know(struct sek_db *db, struct trial *t, const struct sek_claimant *who)
{
	enum sek_err err;

	memset(t, 0, sizeof(*t));
	if (((err = sek_db_account(db, &t->account, who->name)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND) ||
	    ((err = sek_db_person(db, &t->person, t->account.person)) !=
	    SEK_OK && err != SEK_ERR_NOT_FOUND))
		return (err);
	t->may = may_hold(db, who, &t->account, &t->person);
	return (SEK_OK);
}

static enum sek_err
try_one(struct sek_db *db, const struct sek_ticket_use *in, struct trial *t,
    const struct sek_ticket_row *row)
{
	const struct sek_approval *a = &db->request.a;
	bool right = false;
	enum sek_err err;

	if (!t->may || strcmp(row->person, t->account.person) != 0 ||
	    row->purpose >= SEK_PURPOSES ||
	    (in->purposes & SEK_PURPOSE_BIT(row->purpose)) == 0)
		return (SEK_OK);
	if ((err = request_of(db, row, true)) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (!is_live(db, row, a) || !serves(a, &in->who))
		return (SEK_OK);
	t->tried++;
	err = try_code(&right, &db->keys, row, in->code);
	if (err == SEK_ERR_TAMPERED) {
		sek_row_bad(db, "ticket", row->id);
		err = sek_db_note_bad(db);
		db->bad.table = NULL;
	}
	if (right) {
		t->right = true;
		t->row = *row;
	}
	return (err);
}

static enum sek_err
try_all(struct sek_db *db, const struct sek_ticket_use *in, struct trial *t)
{
	struct sek_ticket_row row;
	enum sek_err err;

	if (!sek_db_has_tickets(db))
		return (try_dummy(db, in->code));
	memset(&row, 0, sizeof(row));
	memcpy(row.account, in->who.name, sizeof(row.account));
	while ((err = next_of(db, &row, true)) == SEK_OK)
		if ((err = try_one(db, in, t, &row)) != SEK_OK)
			return (err);
	if (err != SEK_ERR_NOT_FOUND)
		return (err);
	return (t->tried == 0 ? try_dummy(db, in->code) : SEK_OK);
}

/* Who holds the slot verifies; its gate has to be the one that admits. */
static void
take_owner(struct sek_ticket_row *row, const struct sek_db *db,
    const char *slot)
{
	const struct sek_tally *t = &db->tally[SEK_TALLY_OWN].t;
	uint32_t i;

	for (i = 0; i < t->nleases; i++)
		if (strcmp(t->lease[i].id, slot) == 0)
			row->by = t->lease[i].owner;
	row->at = db->now;
}

/*
 * The code of a substitute is gone with its first use; one for a first factor
 * stays for who enrols by it; an attended one serves until its end, counted
 * when it admits.
 */
static enum sek_err
use_up(struct sek_db *db, const struct sek_ticket_use *in, struct trial *t)
{
	struct sek_request_row *request = &db->request;
	enum sek_err err;

	if ((err = sek_db_request(db, t->row.id)) != SEK_OK)
		return (err);
	if (request->a.uses_max == 0 || (is_helper(&in->who) &&
	    t->row.purpose == SEK_PURPOSE_ENROL))
		return (SEK_OK);
	if ((err = sek_db_request_used(db, request, &in->who)) != SEK_OK)
		return (err);
	if (t->row.purpose != SEK_PURPOSE_ENROL) {
		overwrite(db);
		sek_wipe(&t->row.code, sizeof(t->row.code));
	}
	return (sek_row_update(db, &sek_table_ticket, &t->row));
}

static enum sek_err
right(struct sek_db *db, const struct sek_ticket_use *in,
    struct sek_slot_use *use, struct trial *t, struct sek_ticket_use_out *out)
{
	enum sek_err err;

	take_owner(&t->row, db, in->slot);
	if ((err = sek_db_give_back(db, use)) != SEK_OK)
		return (err);
	if (!use->held) {
		out->reason = SEK_REASON_STALE;
		return (SEK_OK);
	}
	if ((err = use_up(db, in, t)) != SEK_OK)
		return (err);
	out->right = 1;
	out->reason = SEK_REASON_NONE;
	out->purpose = t->row.purpose;
	out->attended = sek_ticket_attended(&db->request.a);
	out->not_after = sek_approval_end(&db->request.a);
	memcpy(out->id, t->row.id, sizeof(out->id));
	memcpy(out->person, t->row.person, sizeof(out->person));
	return (SEK_OK);
}

/* As where a code of an authenticator is wrong, which has a row more. */
static enum sek_err
wrong(struct sek_db *db, struct sek_slot_use *use)
{
	enum sek_err err;

	if ((err = sek_db_fail(db, use)) == SEK_OK)
		err = sek_db_idle(db, SEK_TALLY_OF_CALLER);
	return (err);
}

/* A clock set back is not his fault, and no guess was answered. */
static enum sek_err
no_clock(struct sek_db *db, struct sek_slot_use *use,
    struct sek_ticket_use_out *out)
{
	enum sek_err err;

	out->reason = SEK_REASON_CLOCK;
	if ((err = sek_db_give_back(db, use)) != SEK_OK)
		return (err);
	return (sek_db_note_changes(db));
}

enum sek_err
sek_op_ticket_use(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_ticket_use *in = arg;
	struct sek_ticket_use_out *out = result;
	struct sek_slot_use use = { &in->who, &in->limits, &in->caller_limits,
	    in->slot, false, false };
	struct trial t;
	enum sek_err err;

	out->reason = SEK_REASON_WRONG;
	if ((err = sek_db_tallies(db, &in->who, &in->limits,
	    &in->caller_limits)) != SEK_OK ||
	    (err = know(db, &t, &in->who)) != SEK_OK)
		return (err);
	if (sek_db_clock_back(db))
		err = no_clock(db, &use, out);
	else if ((err = try_all(db, in, &t)) == SEK_OK)
		err = t.right ? right(db, in, &use, &t, out) :
		    wrong(db, &use);
	out->locked_now = use.locked_now;
	sek_lockout_state(&out->lock, &db->tally[SEK_TALLY_OWN].t, &in->limits,
	    &db->now);
	sek_wipe(&t.row.code, sizeof(t.row.code));
	return (err);
}

/* ---- admitted */

/* Used up a moment ago, for this gate? */
static bool
used_by(const struct sek_db *db, const struct sek_ticket_row *row,
    const struct sek_process *gate)
{

	return (row->by.pid > 0 && row->by.pid == gate->pid &&
	    row->by.start == gate->start &&
	    memcmp(row->at.boot_id, db->now.boot_id, SEK_BOOT_ID_LEN) == 0 &&
	    db->now.boot >= row->at.boot &&
	    db->now.boot - row->at.boot <= SEK_EVIDENCE_AGE);
}

static enum sek_err
not_in_force(struct sek_db *db, const struct sek_admit *in)
{

	return (sek_why(db->why, SEK_ERR_REFUSED, "%s: ticket %s, by which %s "
	    "would come in, is not in force any more; try again",
	    db->config->path, in->ticket, in->who.name));
}

/* By the one use it had. */
static enum sek_err
admit_once(struct sek_db *db, const struct sek_admit *in,
    struct sek_ticket_row *row)
{
	struct sek_request_row *request = &db->request;

	if (request->a.state != SEK_APPROVAL_GIVEN || request->a.uses == 0 ||
	    !used_by(db, row, &in->gate))
		return (not_in_force(db, in));
	/* Without room for the record of its end upkeep writes that. */
	if (row->purpose == SEK_PURPOSE_SUBSTITUTE)
		return (in->unrecorded ? sek_db_ticket_destroy(db,
		    row->account, row->id) :
		    sek_db_request_end(db, request, "used"));
	if (!sek_db_request_stands(db, &request->a))
		return (not_in_force(db, in));
	memset(&row->by, 0, sizeof(row->by));
	return (sek_row_update(db, &sek_table_ticket, row));
}

enum sek_err
sek_db_ticket_admit(struct sek_db *db, const struct sek_admit *in)
{
	struct sek_request_row *request = &db->request;
	struct sek_ticket_row row;
	struct trial t;
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 3)) != SEK_OK ||
	    (err = know(db, &t, &in->who)) != SEK_OK)
		return (err);
	if ((err = sek_db_ticket_find(db, &row, in->who.name, in->ticket)) ==
	    SEK_OK)
		err = sek_db_request(db, in->ticket);
	if (err == SEK_ERR_NOT_FOUND)
		return (not_in_force(db, in));
	if (err != SEK_OK)
		return (err);
	if (!t.may || strcmp(row.person, t.account.person) != 0 ||
	    sek_ticket_purpose(&request->a) != (enum sek_purpose)row.purpose ||
	    strcmp(request->a.users, in->who.name) != 0)
		return (not_in_force(db, in));
	if (request->a.uses_max != 0 && !(is_helper(&in->who) &&
	    row.purpose == SEK_PURPOSE_ENROL))
		return (admit_once(db, in, &row));
	if (!is_live(db, &row, &request->a))
		return (not_in_force(db, in));
	/* Each admission by an attended one is a use of it. */
	return (request->a.uses_max != 0 ? SEK_OK :
	    sek_db_request_used(db, request, &in->who));
}

/* ---- ended */

/* The approval, and the code with it. */
static enum sek_err
end_one(struct sek_db *db, const struct sek_ticket_row *row, const char *text)
{
	struct sek_request_row *request = &db->request;
	enum sek_err err;

	err = request_of(db, row, true);
	if (err == SEK_OK &&
	    sek_ticket_purpose(&request->a) != SEK_PURPOSE_NONE &&
	    strcmp(request->a.users, row->account) == 0 &&
	    (request->a.state == SEK_APPROVAL_ASKED ||
	    request->a.state == SEK_APPROVAL_GIVEN))
		return (sek_db_request_end(db, request, text));
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	return (sek_db_ticket_destroy(db, row->account, row->id));
}

enum sek_err
sek_db_tickets_end(struct sek_db *db, const char *account,
    enum sek_purpose purpose, const char *text)
{
	struct sek_ticket_row row;
	enum sek_err err;

	if (!sek_db_has_tickets(db))
		return (SEK_OK);
	memset(&row, 0, sizeof(row));
	(void)sek_text_copy(row.account, sizeof(row.account), account);
	while ((err = next_of(db, &row, true)) == SEK_OK)
		if ((purpose == SEK_PURPOSE_NONE ||
		    (enum sek_purpose)row.purpose == purpose) &&
		    (err = end_one(db, &row, text)) != SEK_OK)
			return (err);
	if (err != SEK_ERR_NOT_FOUND || purpose != SEK_PURPOSE_NONE)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	/* Those whose check fails, too. */
	return (sek_db_exec_text(db, "DELETE FROM ticket WHERE account=?1",
	    account));
}

enum sek_err
sek_db_ticket_account(struct sek_db *db, char account[SEK_NAME_MAX],
    const char *person)
{
	char after[SEK_NAME_MAX];
	sqlite3_stmt *st;
	enum sek_err err;

	memcpy(after, account, sizeof(after));
	if ((err = sek_db_prepare(db, &st, "SELECT name FROM account WHERE "
	    "person=?1 AND name>?2 AND EXISTS(SELECT 1 FROM ticket WHERE "
	    "ticket.account=account.name) ORDER BY name LIMIT 1")) != SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, person);
	sek_db_bind_text(st, 2, after);
	if ((err = sek_db_step(db, st)) != SEK_OK)
		return (err);
	err = sek_text_copy(account, SEK_NAME_MAX,
	    (const char *)sqlite3_column_text(st, 0));
	sek_db_done(st);
	return (err);
}

enum sek_err
sek_db_tickets_end_of(struct sek_db *db, const char *person,
    enum sek_purpose purpose, const char *text)
{
	char account[SEK_NAME_MAX] = "";
	enum sek_err err;

	if (person[0] == '\0' || !sek_db_has_tickets(db))
		return (SEK_OK);
	while ((err = sek_db_ticket_account(db, account, person)) == SEK_OK)
		if ((err = sek_db_tickets_end(db, account, purpose, text)) !=
		    SEK_OK)
			return (err);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- swept */

static bool
is_over(const struct sek_approval *a)
{

	return (a->state != SEK_APPROVAL_ASKED &&
	    a->state != SEK_APPROVAL_GIVEN);
}

/* Does its person still stand? One the store does not know yet does. */
static enum sek_err
holder_stands(struct sek_db *db, bool *yes, const struct sek_ticket_row *row)
{
	struct sek_account a;
	struct sek_person p;
	enum sek_err err;

	*yes = true;
	memset(&p, 0, sizeof(p));
	if ((err = sek_db_account(db, &a, row->account)) ==
	    SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err == SEK_OK && a.person[0] != '\0')
		err = sek_db_person(db, &p, a.person);
	*yes = err == SEK_OK && sek_policy_account(&a, &p, a.uid,
	    db->now.wall) == SEK_REASON_NONE;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
sweep_one(struct sek_db *db, const struct sek_ticket_row *row, unsigned *n)
{
	bool stands;
	enum sek_err err;

	if ((err = holder_stands(db, &stands, row)) == SEK_ERR_TAMPERED) {
		/* Nobody can tell; such a one gets in by nothing. */
		db->bad.table = NULL;
		return (SEK_OK);
	}
	if (err != SEK_OK)
		return (err);
	if ((err = request_of(db, row, false)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	if (err == SEK_OK && stands && !is_over(&db->request.a))
		return (SEK_OK);
	(*n)++;
	return (end_one(db, row, "no person of this terminal any more"));
}

/* The next of all behind this one whose check holds. */
static enum sek_err
next_of_all(struct sek_db *db, struct sek_ticket_row *row)
{
	char account[SEK_NAME_MAX], after[SEK_ID_MAX];
	sqlite3_stmt *st;
	enum sek_err err, noted = SEK_OK;

	memcpy(account, row->account, sizeof(account));
	memcpy(after, row->id, sizeof(after));
	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_TICKET_COLUMNS
	    " FROM ticket WHERE (account,id)>(?1,?2) ORDER BY account,id")) !=
	    SEK_OK)
		return (err);
	sek_db_bind_text(st, 1, account);
	sek_db_bind_text(st, 2, after);
	while ((err = sek_db_step(db, st)) == SEK_OK &&
	    (err = sek_row_read(db, &sek_table_ticket, st, row)) ==
	    SEK_ERR_TAMPERED) {
		if (noted == SEK_OK)
			noted = sek_db_note_bad(db);
		db->bad.table = NULL;
	}
	sek_db_done(st);
	return (noted != SEK_OK ? noted : err);
}

enum sek_err
sek_db_tickets_sweep(struct sek_db *db, struct sek_ticket_row *after,
    bool *more)
{
	unsigned n = 0;
	enum sek_err err;

	*more = false;
	if (!sek_db_has_tickets(db) || !sek_db_room_to_spare(db))
		return (SEK_OK);
	while ((err = next_of_all(db, after)) == SEK_OK &&
	    (err = sweep_one(db, after, &n)) == SEK_OK && n < SWEPT_MAX)
		;
	*more = err == SEK_OK;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}
