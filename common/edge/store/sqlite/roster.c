/*
 * roster.c - rosters go out: what is in them, and that they went
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a row whose check fails stops an export: it would be signed as true.
 * MUST: a sealed secret is dropped where its row is read; no key that opens
 * one is touched here.
 *
 * What came by rosters is remembered in marks: roster:k:ID, an exporter's
 * key that is trusted and the last roster by it; roster:p:SUM, a person's
 * fields as an exporter's roster brought them; roster:s:SUM, a suspension,
 * and roster:m:SUM, a membership that it brought; roster:g:SUM, a person's
 * security key that was removed here, which none brings back.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "roster.h"
#include "sekisho/base/text.h"

#define SUM_BYTES 16u

static const char select_mark[] = "SELECT name,data,mac FROM mark "
    "WHERE name=?1";

void
sek_roster_mark_name(char name[SEK_MARK_NAME_MAX], char kind, const char *a,
    const char *b, const char *c)
{
	const char *part[] = { a, b, c };
	crypto_generichash_state h;
	char hex[2 * SUM_BYTES + 1];
	uint8_t sum[SUM_BYTES];
	size_t i;

	if (kind == SEK_ROSTER_MARK_KEY) {
		(void)sek_text_format(name, SEK_MARK_NAME_MAX, "roster:k:%s",
		    a);
		return;
	}
	crypto_generichash_init(&h, NULL, 0, sizeof(sum));
	for (i = 0; i < 3; i++)
		if (part[i] != NULL)
			crypto_generichash_update(&h,
			    (const uint8_t *)part[i], strlen(part[i]) + 1);
	crypto_generichash_final(&h, sum, sizeof(sum));
	sek_text_hex(hex, sum, sizeof(sum));
	(void)sek_text_format(name, SEK_MARK_NAME_MAX, "roster:%c:%s", kind,
	    hex);
}

enum sek_err
sek_roster_mark(struct sek_db *db, struct sek_mark *out, const char *name)
{

	return (sek_row_find(db, &sek_table_mark, out, select_mark, name,
	    NULL));
}

enum sek_err
sek_roster_mark_put(struct sek_db *db, const char *name, const char *text,
    int64_t wall, bool is_there)
{
	struct sek_mark m;

	memset(&m, 0, sizeof(m));
	m.wall = wall;
	if (sek_text_copy(m.name, sizeof(m.name), name) != SEK_OK ||
	    sek_text_copy(m.text, sizeof(m.text), text) != SEK_OK)
		return (SEK_ERR_INTERNAL);
	return (is_there ? sek_row_update(db, &sek_table_mark, &m) :
	    sek_row_insert(db, &sek_table_mark, &m));
}

enum sek_err
sek_roster_mark_drop(struct sek_db *db, const char *name)
{

	return (sek_db_exec_text(db, "DELETE FROM mark WHERE name=?1", name));
}

enum sek_err
sek_db_roster_forget(struct sek_db *db, const char *account)
{
	char name[SEK_MARK_NAME_MAX];
	int64_t version = 0;
	enum sek_err err;

	if ((err = sek_db_number(db, &version, "PRAGMA user_version")) !=
	    SEK_OK || version < SEK_DB_MAJOR * 1000 + 1)
		return (err);
	sek_roster_mark_name(name, SEK_ROSTER_MARK_SUSPENSION, account, NULL,
	    NULL);
	return (sek_roster_mark_drop(db, name));
}

/* ---- the exporter of a roster, as last seen */

enum sek_err
sek_roster_exporter_get(struct sek_db *db, struct sek_roster_exporter *out,
    const char *id)
{
	char name[SEK_MARK_NAME_MAX], word[40];
	struct sek_mark m;
	const char *p = m.text;
	int64_t n = 0;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	sek_roster_mark_name(name, SEK_ROSTER_MARK_KEY, id, NULL, NULL);
	if ((err = sek_roster_mark(db, &m, name)) != SEK_OK)
		return (err);
	(void)sek_text_copy(out->id, sizeof(out->id), id);
	out->taken = m.wall;
	if (!sek_text_word(&p, word, sizeof(word)) ||
	    sek_text_number(&n, word, 1, INT64_MAX) != SEK_OK)
		return (sek_row_bad(db, "mark", name));
	out->serial = (uint64_t)n;
	if (!sek_text_word(&p, word, sizeof(word)) ||
	    sek_text_number(&out->time, word, 1, INT64_MAX) != SEK_OK ||
	    !sek_text_word(&p, out->sum, sizeof(out->sum)) ||
	    !sek_text_word(&p, out->terminal, sizeof(out->terminal)))
		return (sek_row_bad(db, "mark", name));
	return (SEK_OK);
}

enum sek_err
sek_roster_exporter_put(struct sek_db *db, const struct sek_roster *r,
    bool is_there)
{
	char name[SEK_MARK_NAME_MAX], text[SEK_REASON_MAX];
	char sum[2 * SEK_ROSTER_SUM_LEN + 1];

	sek_roster_mark_name(name, SEK_ROSTER_MARK_KEY, r->id, NULL, NULL);
	sek_text_hex(sum, r->sum, sizeof(r->sum));
	(void)sek_text_format(text, sizeof(text), "%llu %lld %s %s",
	    (unsigned long long)r->serial, (long long)r->time, sum,
	    r->terminal);
	return (sek_roster_mark_put(db, name, text, db->now.wall, is_there));
}

enum sek_err
sek_op_roster_exporter(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK)
		return (err);
	return (sek_roster_exporter_get(db, result, a->name));
}

/* ---- what goes out */

static enum sek_err
give_person(struct sek_roster *r, const void *row)
{
	enum sek_err err;

	if ((err = sek_roster_grow((void **)&r->person, r->npersons,
	    sizeof(*r->person))) == SEK_OK)
		r->person[r->npersons++] = *(const struct sek_person *)row;
	return (err);
}

static enum sek_err
give_account(struct sek_roster *r, const void *row)
{
	const struct sek_account *from = row;
	struct sek_roster_account *to;
	enum sek_err err;

	if ((err = sek_roster_grow((void **)&r->account, r->naccounts,
	    sizeof(*r->account))) != SEK_OK)
		return (err);
	to = &r->account[r->naccounts++];
	memcpy(to->name, from->name, sizeof(to->name));
	memcpy(to->person, from->person, sizeof(to->person));
	to->uid = from->uid;
	to->state = from->state;
	to->shared = from->shared != 0;
	if (from->state != SEK_ACCOUNT_SUSPENDED)
		return (SEK_OK);
	memcpy(to->reason, from->reason, sizeof(to->reason));
	to->suspended_until = from->suspended_until;
	return (SEK_OK);
}

static enum sek_err
give_member(struct sek_roster *r, const void *row)
{
	const struct sek_member_row *from = row;
	struct sek_roster_member *to;
	enum sek_err err;

	if ((err = sek_roster_grow((void **)&r->member, r->nmembers,
	    sizeof(*r->member))) != SEK_OK)
		return (err);
	to = &r->member[r->nmembers++];
	memcpy(to->account, from->account, sizeof(to->account));
	memcpy(to->person, from->person, sizeof(to->person));
	return (SEK_OK);
}

static enum sek_err
give_authenticator(struct sek_roster *r, const void *row)
{
	const struct sek_authenticator_row *from = row;
	struct sek_roster_authenticator *to;
	enum sek_err err;

	if ((err = sek_roster_grow((void **)&r->authenticator,
	    r->nauthenticators, sizeof(*r->authenticator))) != SEK_OK)
		return (err);
	to = &r->authenticator[r->nauthenticators++];
	memcpy(to->id, from->a.id, sizeof(to->id));
	memcpy(to->person, from->a.person, sizeof(to->person));
	memcpy(to->label, from->a.label, sizeof(to->label));
	to->method = from->a.method;
	to->state = from->a.state;
	return (SEK_OK);
}

static enum sek_err
give_all(struct sek_db *db, struct sek_roster *r, const struct sek_table *t,
    const char *sql, enum sek_err (*give)(struct sek_roster *, const void *))
{
	union {
		struct sek_person		person;
		struct sek_account		account;
		struct sek_member_row		member;
		struct sek_authenticator_row	authenticator;
	} row;
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, sql)) != SEK_OK)
		return (err);
	while ((err = sek_db_step(db, st)) == SEK_OK)
		if ((err = sek_row_read(db, t, st, &row)) != SEK_OK ||
		    (err = give(r, &row)) != SEK_OK)
			break;
	sek_db_done(st);
	sek_wipe(&row, sizeof(row));
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
give_key(struct sek_roster *r, struct sek_roster_authenticator *a,
    const struct sek_security_key_row *row)
{
	enum sek_err err;

	if ((err = sek_roster_grow((void **)&r->fido2, r->nfido2,
	    sizeof(*r->fido2))) == SEK_OK &&
	    sek_security_key_unpack(&r->fido2[r->nfido2], row) == SEK_OK)
		a->fido2 = (uint32_t)++r->nfido2;
	return (err);
}

static enum sek_err
give_card(struct sek_roster *r, struct sek_roster_authenticator *a,
    const struct sek_card_row *row)
{
	enum sek_err err;

	if ((err = sek_roster_grow((void **)&r->card, r->ncards,
	    sizeof(*r->card))) == SEK_OK &&
	    sek_card_unpack(&r->card[r->ncards], row) == SEK_OK)
		a->card = (uint32_t)++r->ncards;
	return (err);
}

/* What is public of the security keys and cards that open. */
static enum sek_err
give_besides(struct sek_db *db, struct sek_roster *r)
{
	struct sek_roster_authenticator *a = r->authenticator;
	const struct sek_beside *b;
	union sek_beside_row row;
	enum sek_err err;
	size_t i;

	for (i = 0; i < r->nauthenticators; i++, a++) {
		b = sek_beside_of((enum sek_method)a->method);
		if (b == NULL || a->state != SEK_AUTHENTICATOR_ACTIVE)
			continue;
		if ((err = sek_db_beside(db, &row, b, a->person, a->id)) !=
		    SEK_OK)
			return (err);
		if (!sek_method_is_public((enum sek_method)a->method))
			continue;
		err = a->method == SEK_METHOD_FIDO2 ?
		    give_key(r, a, &row.security_key) :
		    give_card(r, a, &row.card);
		if (err != SEK_OK)
			return (err);
	}
	return (SEK_OK);
}

/* Of the last roster that left; 0. */
static enum sek_err
last_serial(struct sek_db *db, uint64_t *out)
{
	char word[40];
	struct sek_mark m;
	const char *p = m.text;
	int64_t last = 0;
	enum sek_err err;

	*out = 0;
	if ((err = sek_roster_mark(db, &m, "roster-out")) != SEK_OK)
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if (!sek_text_word(&p, word, sizeof(word)) ||
	    sek_text_number(&last, word, 1, INT64_MAX - 1) != SEK_OK)
		return (sek_row_bad(db, "mark", m.name));
	*out = (uint64_t)last;
	return (SEK_OK);
}

enum sek_err
sek_op_roster_collect(struct sek_db *db, const void *arg, void *result)
{
	struct sek_roster *r = result;
	uint64_t last;
	enum sek_err err;

	(void)arg;
	(void)sek_text_copy(r->terminal, sizeof(r->terminal),
	    db->meta.terminal);
	r->time = db->now.wall;
	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK ||
	    (err = last_serial(db, &last)) != SEK_OK)
		return (err);
	/* The clock puts it above those of a store that was put back. */
	r->serial = (uint64_t)(db->now.wall / SEK_SECOND);
	if (r->serial <= last)
		r->serial = last + 1;
	if ((err = give_all(db, r, &sek_table_person, "SELECT "
	    SEK_PERSON_COLUMNS " FROM person ORDER BY id", give_person)) !=
	    SEK_OK ||
	    (err = give_all(db, r, &sek_table_account, "SELECT "
	    SEK_ACCOUNT_COLUMNS " FROM account ORDER BY name",
	    give_account)) != SEK_OK ||
	    (err = give_all(db, r, &sek_table_member, "SELECT "
	    SEK_MEMBER_COLUMNS " FROM member ORDER BY account,person",
	    give_member)) != SEK_OK)
		return (err);
	if ((err = give_all(db, r, &sek_table_authenticator, "SELECT "
	    SEK_AUTHENTICATOR_COLUMNS " FROM authenticator ORDER BY id",
	    give_authenticator)) == SEK_OK)
		err = give_besides(db, r);
	return (err);
}

enum sek_err
sek_op_roster_given(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	const struct sek_roster *r = a->roster;
	char text[SEK_REASON_MAX];
	struct sek_record rec;
	uint64_t last;
	enum sek_err err;

	(void)result;
	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK ||
	    (err = last_serial(db, &last)) != SEK_OK)
		return (err);
	if (r->serial <= last)
		return (sek_why(db->why, SEK_ERR_REFUSED, "another export ran "
		    "meanwhile: run this again"));
	(void)sek_text_format(text, sizeof(text), "%llu %s",
	    (unsigned long long)r->serial, r->id);
	if ((err = sek_db_mark_set(db, "roster-out", text, r->time)) !=
	    SEK_OK)
		return (err);
	sek_db_record_actor(&rec, a->actor, SEK_EVENT_ROSTER_EXPORT);
	(void)sek_text_format(rec.ref, sizeof(rec.ref), "%llu",
	    (unsigned long long)r->serial);
	(void)sek_text_format(rec.detail, sizeof(rec.detail), "key %s: %zu "
	    "persons, %zu accounts, %zu authenticators", r->id, r->npersons,
	    r->naccounts, r->nauthenticators);
	return (sek_db_append(db, &rec));
}
