/*
 * password_sweep.c - what is kept of accounts that are gone goes, too
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Accounts of the system that were never enrolled have a password, and are
 * deleted by other programs.
 *
 * MUST: only what no account has, here or in the account sources, which
 * answered; and not within a year, for a directory may be away for a while.
 * MUST: nothing is held while the account sources are asked.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"

#define BATCH		64u
#define KEPT		(366 * SEK_DAY)

struct names {
	char	name[BATCH][SEK_NAME_MAX];
	size_t	n;
};

/* Names behind this one that no account here has. */
static enum sek_err
list(struct sek_db *db, struct names *l, const char *after)
{
	sqlite3_stmt *st;
	enum sek_err err;

	l->n = 0;
	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	if ((err = sek_db_prepare(db, &st, "SELECT account FROM (SELECT "
	    "account FROM password UNION SELECT account FROM password_history "
	    "UNION SELECT account FROM woken) WHERE account>?1 AND account "
	    "NOT IN (SELECT name FROM account) ORDER BY account LIMIT 64")) !=
	    SEK_OK)
		return (err);
	(void)sqlite3_bind_text(st, 1, after, -1, SQLITE_TRANSIENT);
	while (l->n < BATCH && (err = sek_db_step(db, st)) == SEK_OK)
		(void)sek_text_format(l->name[l->n++], SEK_NAME_MAX, "%s",
		    (const char *)sqlite3_column_text(st, 0));
	sek_db_done(st);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
is_old(struct sek_db *db, const char *name, bool *yes)
{
	struct sek_history_row row;
	struct sek_password p;
	int64_t last = 0;
	enum sek_err err;

	*yes = false;
	if ((err = sek_db_history_next(db, &row, name, INT64_MAX)) == SEK_OK)
		last = row.at;
	else if (err != SEK_ERR_NOT_FOUND)
		return (err);
	if ((err = sek_db_password(db, &p, name)) == SEK_OK && p.set_at > last)
		last = p.set_at;
	*yes = last < db->now.wall - KEPT;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

static enum sek_err
drop(struct sek_db *db, const char *name)
{
	static const char *const gone[] = {
		"DELETE FROM password WHERE account=?1",
		"DELETE FROM password_history WHERE account=?1",
		"DELETE FROM woken WHERE account=?1",
	};
	struct sek_account a;
	enum sek_err err;
	size_t i;
	bool old;

	/* Enrolled meanwhile? What was tampered with stays to be told. */
	if ((err = sek_db_account(db, &a, name)) == SEK_ERR_NOT_FOUND)
		err = is_old(db, name, &old);
	else
		old = false;
	if (err == SEK_ERR_TAMPERED)
		err = SEK_OK;
	db->bad.table = NULL;
	if (err != SEK_OK || !old) {
		db->undo = true;
		return (err);
	}
	(void)sqlite3_exec(db->sq, "PRAGMA secure_delete=1", NULL, NULL,
	    NULL);
	for (i = 0; i < sizeof(gone) / sizeof(gone[0]) && err == SEK_OK; i++)
		err = sek_db_exec_text(db, gone[i], name);
	return (err);
}

enum sek_err
sek_db_passwords_sweep(struct sek_db *db)
{
	struct names *l = calloc(1, sizeof(*l));
	char last[SEK_NAME_MAX] = "";
	struct sek_passwd pw;
	enum sek_err err;
	size_t i;

	if (l == NULL)
		return (SEK_ERR_NOMEM);
	do {
		if ((err = sek_db_begin(db, false)) == SEK_OK)
			err = sek_db_end(db, list(db, l, last));
		for (i = 0; i < l->n && err == SEK_OK; i++) {
			memcpy(last, l->name[i], sizeof(last));
			/* Who does not answer may have it. */
			if (sek_account_find(&pw, last) != SEK_OK || pw.known)
				continue;
			if ((err = sek_db_begin(db, true)) == SEK_OK)
				err = sek_db_end(db, drop(db, last));
		}
	} while (err == SEK_OK && l->n == BATCH);
	free(l);
	return (err);
}
