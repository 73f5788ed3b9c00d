/*
 * migrate.c - numbered steps from nothing to the schema of this version
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * user_version is major * 1000 + minor. A minor only adds tables, so that a
 * newer one is used as it is, and an older one, too, by all that asks nothing
 * of what it lacks; a newer major refuses.
 */
#include "config.h"

#include <stdio.h>

#include "db.h"
#include "sekisho/base/text.h"

/* steps[n] leads to minor n. */
static const char *const steps[] = {
	sek_migration_0001,
	sek_migration_0002,
	sek_migration_0003,
	sek_migration_0004,
	sek_migration_0005,
	sek_migration_0006,
	sek_migration_0007,
	sek_migration_0008,
};
_Static_assert(sizeof(steps) / sizeof(steps[0]) == SEK_DB_MINOR + 1,
    "one step a minor");

static enum sek_err
run(struct sek_db *db, const char *sql)
{

	if (sqlite3_exec(db->sq, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error(db));
	return (SEK_OK);
}

static enum sek_err
run_from(struct sek_db *db, size_t first)
{
	char sql[96];
	enum sek_err err;
	size_t i;

	for (i = first; i < sizeof(steps) / sizeof(steps[0]); i++)
		if ((err = run(db, steps[i])) != SEK_OK)
			return (err);
	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA application_id=%d;PRAGMA user_version=%d",
	    SEK_DB_APPLICATION, SEK_DB_VERSION);
	return (run(db, sql));
}

enum sek_err
sek_db_migrate(struct sek_db *db)
{

	return (run_from(db, 0));
}

enum sek_err
sek_db_schema(sqlite3 *sq, unsigned minor)
{
	size_t i;

	for (i = 0; i <= minor && i < sizeof(steps) / sizeof(steps[0]); i++)
		if (sqlite3_exec(sq, steps[i], NULL, NULL, NULL) != SQLITE_OK)
			return (SEK_ERR_STORE);
	return (SEK_OK);
}

enum sek_err
sek_db_version_check(struct sek_db *db)
{
	int64_t application = 0, version = 0;
	const char *path = db->config->path;
	enum sek_err err;

	if ((err = sek_db_number(db, &application, "PRAGMA application_id")) !=
	    SEK_OK ||
	    (err = sek_db_number(db, &version, "PRAGMA user_version")) !=
	    SEK_OK)
		return (err);
	if (application != SEK_DB_APPLICATION ||
	    version < SEK_DB_MAJOR * 1000)
		return (sek_why(db->why, SEK_ERR_STORE_DAMAGED, "%s: a "
		    "database, but not a sekisho store; move it away and run: "
		    "sekisho init", path));
	if (version / 1000 > SEK_DB_MAJOR)
		return (sek_why(db->why, SEK_ERR_STORE_NEWER, "%s: written by "
		    "a newer sekisho (schema %lld.%lld, this one knows %d); "
		    "install that version", path, (long long)(version / 1000),
		    (long long)(version % 1000), SEK_DB_MAJOR));
	return (SEK_OK);
}

/* Asked each time: another process may migrate under an open connection. */
enum sek_err
sek_db_needs_minor(struct sek_db *db, unsigned minor)
{
	int64_t version = 0;
	enum sek_err err;

	if ((err = sek_db_number(db, &version, "PRAGMA user_version")) !=
	    SEK_OK)
		return (err);
	if (version >= SEK_DB_MAJOR * 1000 + (int64_t)minor)
		return (SEK_OK);
	return (sek_why(db->why, SEK_ERR_STORE_OLDER, "%s: schema %lld.%lld, "
	    "this needs %d.%u; run: sekisho store migrate", db->config->path,
	    (long long)(version / 1000), (long long)(version % 1000),
	    SEK_DB_MAJOR, minor));
}

enum sek_err
sek_db_no_newer(struct sek_db *db)
{
	int64_t version = 0;
	enum sek_err err;

	if ((err = sek_db_number(db, &version, "PRAGMA user_version")) !=
	    SEK_OK || version <= SEK_DB_VERSION)
		return (err);
	return (sek_why(db->why, SEK_ERR_STORE_NEWER, "%s: of a newer sekisho "
	    "(schema %lld.%lld), whose rows this one would leave under the "
	    "old key; install that version", db->config->path,
	    (long long)(version / 1000), (long long)(version % 1000)));
}

static enum sek_err
step_up(struct sek_db *db, const struct sek_tool_args *a,
    struct sek_migrate_out *m)
{
	struct sek_record r;
	int64_t version = 0;
	enum sek_err err;

	/* Another may have done it meanwhile. */
	if ((err = sek_db_number(db, &version, "PRAGMA user_version")) !=
	    SEK_OK || version >= SEK_DB_VERSION) {
		db->undo = true;
		return (err);
	}
	if ((err = run_from(db, m->from + 1)) != SEK_OK)
		return (err);
	sek_db_record_actor(&r, a->actor, SEK_EVENT_STORE_MIGRATE);
	(void)sek_text_format(r.detail, sizeof(r.detail), "schema %d.%u to "
	    "%d.%d", SEK_DB_MAJOR, m->from, SEK_DB_MAJOR, SEK_DB_MINOR);
	return (sek_db_append(db, &r));
}

enum sek_err
sek_op_migrate(struct sek_db *db, const void *in, void *out)
{
	const struct sek_tool_args *a = in;
	struct sek_migrate_out *m = out;
	int64_t version = 0;
	enum sek_err err;

	if ((err = sek_db_begin(db, false)) != SEK_OK ||
	    (err = sek_db_end(db, sek_db_number(db, &version,
	    "PRAGMA user_version"))) != SEK_OK)
		return (err);
	m->from = m->to = (uint32_t)(version % 1000);
	if (version >= SEK_DB_VERSION)
		return (SEK_OK);
	if ((err = sek_db_keep(db, "migrate", m->kept, sizeof(m->kept), a)) !=
	    SEK_OK ||
	    (err = sek_db_begin(db, true)) != SEK_OK ||
	    (err = sek_db_end(db, step_up(db, a, m))) != SEK_OK)
		return (err);
	m->to = SEK_DB_MINOR;
	return (SEK_OK);
}
