/*
 * password_restore.c - passwords of a backup
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * The backend's passwords do not come back with a backup: whatever was his
 * since goes on counting as his, and a mark that differs shows at his next
 * login.
 */
#include "config.h"

#include <string.h>

#include "db.h"

/* Both, and whether they are of one life. */
struct both {
	struct sek_db	*src;
	struct sek_db	*dst;
	bool		 same;
};

/* SEK_ERR_NOT_FOUND: nothing good is there to be kept. */
static enum sek_err
as_kept(struct both *b, enum sek_err err)
{

	b->dst->bad.table = NULL;
	return (err == SEK_ERR_TAMPERED ? SEK_ERR_NOT_FOUND : err);
}

/* The later one of both; as long-lived, what was said of it here stands. */
static enum sek_err
take_password(void *arg, void *row)
{
	struct both *b = arg;
	const struct sek_password *p = row;
	struct sek_password here;
	enum sek_err err;

	if ((err = sek_db_needs_minor(b->dst, 7)) != SEK_OK)
		return (err);
	err = as_kept(b, sek_db_password(b->dst, &here, p->account));
	if (err == SEK_OK && here.set_at >= p->set_at)
		return (SEK_OK);
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	return (sek_db_password_put(b->dst, p));
}

static enum sek_err
entry_at(struct both *b, struct sek_history_row *here,
    const struct sek_history_row *row)
{
	enum sek_err err;

	err = sek_db_history_next(b->dst, here, row->account,
	    row->at < INT64_MAX ? row->at + 1 : row->at);
	if (err == SEK_OK && here->at != row->at)
		err = SEK_ERR_NOT_FOUND;
	return (as_kept(b, err));
}

/* Barred once is barred; of a change that was under way it was told here what
 * became of it. */
static enum sek_err
take_entry(void *arg, void *row_)
{
	struct both *b = arg;
	struct sek_history_row *row = row_, here;
	enum sek_err err;

	if ((err = sek_db_needs_minor(b->dst, 7)) != SEK_OK)
		return (err);
	err = entry_at(b, &here, row);
	if (err == SEK_OK && here.barred >= row->barred)
		return (SEK_OK);
	if (err == SEK_OK) {
		here.barred = row->barred;
		return (sek_row_update(b->dst, &sek_table_password_history,
		    &here));
	}
	if (err != SEK_ERR_NOT_FOUND || (b->same && row->pending))
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	if ((err = sek_history_reseal(row, &b->src->keys, &b->dst->keys)) !=
	    SEK_OK || (err = sek_db_history_drop(b->dst, row->account,
	    row->at)) != SEK_OK)
		return (err);
	return (sek_row_insert(b->dst, &sek_table_password_history, row));
}

static enum sek_err
take_woken(void *arg, void *row)
{
	struct both *b = arg;
	const struct sek_woken_row *w = row;
	int64_t here;
	enum sek_err err;

	if ((err = sek_db_needs_minor(b->dst, 7)) != SEK_OK)
		return (err);
	err = as_kept(b, sek_db_woken(b->dst, &here, w->account));
	if (err == SEK_OK && here >= w->wall)
		return (SEK_OK);
	if ((err != SEK_OK && err != SEK_ERR_NOT_FOUND) ||
	    (err = sek_db_exec_text(b->dst, "DELETE FROM woken WHERE "
	    "account=?1", w->account)) != SEK_OK)
		return (err);
	return (sek_row_insert(b->dst, &sek_table_woken, w));
}

static enum sek_err
clear(struct sek_db *db)
{
	enum sek_err err;

	if (!sek_db_has_passwords(db))
		return (SEK_OK);
	if ((err = sek_db_exec(db, "DELETE FROM password")) != SEK_OK ||
	    (err = sek_db_exec(db, "DELETE FROM password_history")) != SEK_OK)
		return (err);
	return (sek_db_exec(db, "DELETE FROM woken"));
}

enum sek_err
sek_db_passwords_restore(struct sek_db *src, struct sek_db *dst, bool same)
{
	struct both b = { src, dst, same };
	enum sek_err err;

	if (!same && (err = clear(dst)) != SEK_OK)
		return (err);
	if (!sek_db_has_passwords(src))
		return (SEK_OK);
	if ((err = sek_db_each(src, &sek_table_password, take_password, &b,
	    NULL)) != SEK_OK ||
	    (err = sek_db_each(src, &sek_table_password_history, take_entry,
	    &b, NULL)) != SEK_OK)
		return (err);
	return (sek_db_each(src, &sek_table_woken, take_woken, &b, NULL));
}

enum sek_err
sek_db_passwords_copy(struct sek_db *src, struct sek_db *dst)
{
	static const char *const copy[] = {
		"INSERT INTO password SELECT " SEK_PASSWORD_COLUMNS
		    " FROM b.password",
		"INSERT INTO password_history SELECT " SEK_HISTORY_COLUMNS
		    " FROM b.password_history",
		"INSERT INTO woken SELECT " SEK_WOKEN_COLUMNS " FROM b.woken",
	};
	enum sek_err err = SEK_OK;
	size_t i;

	if (!sek_db_has_passwords(src))
		return (SEK_OK);
	for (i = 0; i < sizeof(copy) / sizeof(copy[0]) && err == SEK_OK; i++)
		err = sek_db_exec(dst, copy[i]);
	return (err);
}
