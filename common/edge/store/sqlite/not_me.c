/*
 * not_me.c - "this was not me": somebody else came in by his name
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)④. MUST: what he reports stands in the records, whatever else comes
 * of it. MUST: it never shuts out the last privileged person.
 */
#include "config.h"

#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"

#define REASON	"reported that a login was not his own"

static void
fill(struct sek_record *r, const struct sek_not_me *in, enum sek_event e,
    const struct sek_account *a, const struct sek_person *p)
{

	sek_db_record(r, e, SEK_RESULT_OK);
	sek_db_record_who(r, &in->who);
	(void)sek_text_copy(r->subject, sizeof(r->subject), a->name);
	(void)sek_text_copy(r->target, sizeof(r->target), a->name);
	(void)sek_text_copy(r->person, sizeof(r->person), a->person);
	(void)sek_text_copy(r->section, sizeof(r->section), p->section);
}

static enum sek_err
record(struct sek_db *db, const struct sek_not_me *in,
    const struct sek_account *a, const struct sek_person *p, bool last)
{
	char line[SEK_REASON_MAX + 96];
	struct sek_record r;

	fill(&r, in, SEK_EVENT_NOT_ME, a, p);
	(void)sek_text_format(line, sizeof(line), "%s%s%s", last ?
	    "not suspended: the last privileged person who could come in" : "",
	    last && in->note[0] != '\0' ? "; " : "", in->note);
	sek_text_printable(r.detail, sizeof(r.detail), line);
	return (sek_db_append(db, &r));
}

/* Until an administrator resumes it, also where it was for a time only. */
static enum sek_err
suspend(struct sek_db *db, const struct sek_not_me *in, struct sek_account *a,
    const struct sek_person *p)
{
	struct sek_record r;
	enum sek_err err;

	if (a->state == SEK_ACCOUNT_RETIRED)
		return (SEK_OK);
	a->state = SEK_ACCOUNT_SUSPENDED;
	a->suspended_until = 0;
	(void)sek_text_copy(a->reason, sizeof(a->reason), REASON);
	if ((err = sek_row_update(db, &sek_table_account, a)) != SEK_OK ||
	    (err = sek_db_roster_forget(db, a->name)) != SEK_OK ||
	    (err = sek_db_given_end(db, a->name, "suspended")) != SEK_OK)
		return (err);
	fill(&r, in, SEK_EVENT_SUSPEND, a, p);
	(void)sek_text_copy(r.detail, sizeof(r.detail), REASON);
	return (sek_db_append(db, &r));
}

/* Is he the only one left who is privileged? */
static enum sek_err
is_last(struct sek_db *db, bool *last, const struct sek_account *a)
{
	enum sek_err err = SEK_OK;

	*last = false;
	if (a->person[0] != '\0')
		err = sek_db_not_the_last(db, a->person);
	if (err != SEK_ERR_REFUSED)
		return (err);
	*last = true;
	return (SEK_OK);
}

enum sek_err
sek_op_not_me(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_not_me *in = arg;
	struct sek_not_me_out *out = result;
	struct sek_account a;
	struct sek_person p;
	bool last;
	enum sek_err err;

	if ((err = sek_db_account(db, &a, in->who.name)) != SEK_OK)
		return (err);
	/* The name is another's by now. */
	if (a.uid != SEK_UID_NONE && a.uid != in->who.uid)
		return (SEK_ERR_NOT_FOUND);
	memset(&p, 0, sizeof(p));
	if (a.person[0] != '\0' &&
	    (err = sek_db_person(db, &p, a.person)) != SEK_OK &&
	    err != SEK_ERR_NOT_FOUND)
		return (err);
	out->last_login = a.last_login;
	if ((err = is_last(db, &last, &a)) != SEK_OK ||
	    (err = record(db, in, &a, &p, last)) != SEK_OK || last)
		return (err);
	out->suspended = 1;
	return (suspend(db, in, &a, &p));
}
