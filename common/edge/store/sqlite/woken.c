/*
 * woken.c - accounts that an administrator let live on
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In a table of its own: an older program writes the account's row without it.
 */
#include "config.h"

#include "db.h"
#include "sekisho/base/text.h"

#define SELECT_WOKEN	"SELECT " SEK_WOKEN_COLUMNS " FROM woken " \
			"WHERE account=?1"

enum sek_err
sek_db_woken(struct sek_db *db, int64_t *out, const char *account)
{
	struct sek_woken_row row;
	enum sek_err err;

	*out = 0;
	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	if ((err = sek_row_find(db, &sek_table_woken, &row, SELECT_WOKEN,
	    account, NULL)) == SEK_OK)
		*out = row.wall;
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* One that was tampered with is mended so. */
enum sek_err
sek_db_wake(struct sek_db *db, const char *account)
{
	struct sek_woken_row row = { .wall = db->now.wall };
	enum sek_err err;

	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	(void)sek_text_copy(row.account, sizeof(row.account), account);
	if ((err = sek_db_exec_text(db, "DELETE FROM woken WHERE account=?1",
	    account)) != SEK_OK)
		return (err);
	return (sek_row_insert(db, &sek_table_woken, &row));
}

enum sek_err
sek_op_wake(struct sek_db *db, const void *arg, void *result)
{
	const struct sek_tool_args *a = arg;
	struct sek_account acc;
	struct sek_record r;
	enum sek_err err;

	(void)result;
	if ((err = sek_db_needs_minor(db, 7)) != SEK_OK ||
	    (err = sek_db_account(db, &acc, a->name)) != SEK_OK)
		return (err);
	if (acc.state == SEK_ACCOUNT_RETIRED)
		return (sek_why(db->why, SEK_ERR_REFUSED, "the account is "
		    "retired for good"));
	if ((err = sek_db_may_change(db, a->actor, acc.name, false,
	    SEK_CHANGING_ACCOUNT, SEK_EVENT_RESUME)) != SEK_OK)
		return (err);
	if ((err = sek_db_wake(db, acc.name)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_RESUME);
	(void)sek_text_copy(r.target, sizeof(r.target), acc.name);
	if (r.detail[0] == '\0')
		(void)sek_text_copy(r.detail, sizeof(r.detail), "woken");
	return (sek_db_append(db, &r));
}
