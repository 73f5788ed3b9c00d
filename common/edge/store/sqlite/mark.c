/*
 * mark.c - marks: when something last happened
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include "db.h"
#include "sekisho/base/text.h"

#define SELECT_MARK	"SELECT name,data,mac FROM mark WHERE name=?1"

enum sek_err
sek_db_mark(struct sek_db *db, const char *name, struct sek_mark *out)
{
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK)
		return (err);
	return (sek_row_find(db, &sek_table_mark, out, SELECT_MARK, name,
	    NULL));
}

enum sek_err
sek_db_mark_set(struct sek_db *db, const char *name, const char *text,
    int64_t wall)
{
	struct sek_mark m = { .wall = wall != 0 ? wall : db->now.wall };
	enum sek_err err;

	if ((err = sek_db_needs_minor(db, 1)) != SEK_OK ||
	    (err = sek_text_copy(m.name, sizeof(m.name), name)) != SEK_OK ||
	    (err = sek_db_exec_text(db, "DELETE FROM mark WHERE name=?1",
	    m.name)) != SEK_OK)
		return (err);
	sek_text_printable(m.text, sizeof(m.text), text);
	return (sek_row_insert(db, &sek_table_mark, &m));
}

enum sek_err
sek_op_mark(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;

	return (sek_db_mark(db, a->name, out));
}

enum sek_err
sek_op_mark_set(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;

	(void)out;
	return (sek_db_mark_set(db, a->mark->name, a->mark->text,
	    a->mark->wall));
}
