/*
 * person.c - persons as the tools show and change them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define BATCH 64

struct part {
	struct sek_person	person[BATCH];
	unsigned		n;
	bool			more;
	char			last[SEK_NAME_MAX];
};

static enum sek_err
read_part(struct sek_db *db, struct part *p, bool *tampered)
{
	sqlite3_stmt *st;
	enum sek_err err;

	if ((err = sek_db_prepare(db, &st, "SELECT " SEK_PERSON_COLUMNS
	    " FROM person WHERE id>?1 ORDER BY id LIMIT 64")) != SEK_OK)
		return (err);
	(void)sqlite3_bind_text(st, 1, p->last, -1, SQLITE_TRANSIENT);
	p->more = false;
	while ((err = sek_db_step(db, st)) == SEK_OK) {
		p->more = true;
		(void)sek_text_format(p->last, sizeof(p->last), "%s",
		    (const char *)sqlite3_column_text(st, 0));
		if (sek_row_read(db, &sek_table_person, st,
		    &p->person[p->n]) == SEK_OK)
			p->n++;
		else
			*tampered = true;
	}
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

enum sek_err
sek_op_persons(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct part *p;
	bool tampered = false;
	enum sek_err err;
	unsigned i;

	(void)result;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (SEK_ERR_NOMEM);
	do {
		p->n = 0;
		if ((err = sek_db_begin(db, false)) == SEK_OK)
			err = sek_db_end(db, read_part(db, p, &tampered));
		for (i = 0; i < p->n && err == SEK_OK; i++)
			err = a->person_fn(a->arg, &p->person[i]);
	} while (err == SEK_OK && p->more);
	free(p);
	return (err == SEK_OK && tampered ? SEK_ERR_TAMPERED : err);
}

enum sek_err
sek_op_person(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;

	return (sek_db_person(db, result, a->name));
}

static bool
stands(const struct sek_person *p, int64_t now)
{

	return (p->state == SEK_ACCOUNT_ACTIVE &&
	    (p->from == 0 || now >= p->from) && (p->to == 0 || now < p->to));
}

/* Also where he did not until now, and nobody had told: what he was given
 * before that is not his any more. */
enum sek_err
sek_db_person_changed(struct sek_db *db, const struct sek_person *before,
    const struct sek_person *after)
{

	if (stands(before, db->now.wall) && stands(after, db->now.wall))
		return (SEK_OK);
	return (sek_db_given_end_of(db, after->id,
	    "no person of this terminal at that time"));
}

enum sek_err
sek_db_may_edit_person(struct sek_db *db, const struct sek_record *actor,
    const struct sek_person *before, const struct sek_person *after)
{

	if (before->contractor && !after->contractor)
		return (sek_db_may_change(db, actor, after->id, true,
		    SEK_CHANGING_ACCOUNT, SEK_EVENT_PERSON_CHANGED));
	return (sek_db_may_change_person(db, actor, after->id,
	    SEK_CHANGING_ACCOUNT, SEK_EVENT_PERSON_CHANGED));
}

enum sek_err
sek_op_person_edit(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_person before, after = *a->person;
	struct sek_record r;
	enum sek_err err;

	(void)result;
	if ((err = sek_db_person(db, &before, after.id)) != SEK_OK)
		return (err);
	after.created = before.created;
	if ((err = sek_db_may_edit_person(db, a->actor, &before, &after)) !=
	    SEK_OK ||
	    (err = sek_row_update(db, &sek_table_person, &after)) != SEK_OK ||
	    (err = sek_db_person_changed(db, &before, &after)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_PERSON_CHANGED);
	(void)sek_text_copy(r.target, sizeof(r.target), after.id);
	return (sek_db_append(db, &r));
}
