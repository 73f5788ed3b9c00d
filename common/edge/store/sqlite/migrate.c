/*
 * migrate.c - numbered steps from nothing to the schema of this version
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * user_version is major * 1000 + minor. A newer minor only added tables and
 * is used as it is; a newer major refuses.
 */
#include "config.h"

#include <stdio.h>

#include "db.h"

static const char *const steps[] = {
	sek_migration_0001,
};

enum sek_err
sek_db_migrate(struct sek_db *db)
{
	char sql[96];
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (sqlite3_exec(db->sq, steps[i], NULL, NULL, NULL) !=
		    SQLITE_OK)
			return (sek_db_error(db));
	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA application_id=%d;PRAGMA user_version=%d",
	    SEK_DB_APPLICATION, SEK_DB_VERSION);
	if (sqlite3_exec(db->sq, sql, NULL, NULL, NULL) != SQLITE_OK)
		return (sek_db_error(db));
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
	if (application != SEK_DB_APPLICATION || version < SEK_DB_VERSION)
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
