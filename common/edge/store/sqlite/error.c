/*
 * error.c - what SQLite says, as our errors: file, cause, remedy
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/statvfs.h>

#include <errno.h>
#include <string.h>

#include "db.h"

static bool
no_room(int rc, int sys)
{

	return (rc == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE ||
	    ((rc & 0xff) == SQLITE_IOERR && (sys == ENOSPC || sys == EDQUOT)) ||
	    ((rc & 0xff) == SQLITE_CANTOPEN &&
	    (sys == ENOSPC || sys == EDQUOT)));
}

static bool
read_only(const char *path, int rc)
{
	struct statvfs vfs;

	if ((rc & 0xff) == SQLITE_READONLY)
		return (true);
	return (((rc & 0xff) == SQLITE_CANTOPEN ||
	    (rc & 0xff) == SQLITE_IOERR) && statvfs(path, &vfs) == 0 &&
	    (vfs.f_flag & ST_RDONLY) != 0);
}

enum sek_err
sek_db_error_code(struct sek_why *why, const char *path, int rc, int sys,
    const char *text)
{

	if (no_room(rc, sys))
		return (sek_why(why, SEK_ERR_STORE_FULL, "%s: no room left on "
		    "the disk; free some, then try again", path));
	if (read_only(path, rc))
		return (sek_why(why, SEK_ERR_STORE_READONLY, "%s: cannot be "
		    "written (read-only file or file system); remount it "
		    "writable", path));
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return (sek_why(why, SEK_ERR_STORE_BUSY, "%s: held by another "
		    "process for more than 5 s; try again, and look for a "
		    "stopped process with: fuser -v %s", path, path));
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return (sek_why(why, SEK_ERR_STORE_DAMAGED, "%s: damaged (%s); "
		    "run: sekisho store restore FILE; without a backup move it "
		    "away and run: sekisho init; what is left can be read by: "
		    "sqlite3 %s .recover",
		    path, text, path));
	case SQLITE_NOMEM:
		return (sek_why(why, SEK_ERR_NOMEM, "%s: out of memory",
		    path));
	default:
		return (sek_why(why, SEK_ERR_STORE, "%s: %s (%d%s%s); look at "
		    "the disk and the folder's rights", path, text, rc,
		    sys != 0 ? ", " : "", sys != 0 ? strerror(sys) : ""));
	}
}

enum sek_err
sek_db_error_of(struct sek_why *why, const char *path, sqlite3 *sq)
{

	if (sq == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "%s: out of memory",
		    path));
	return (sek_db_error_code(why, path, sqlite3_extended_errcode(sq),
	    sqlite3_system_errno(sq), sqlite3_errmsg(sq)));
}

enum sek_err
sek_db_error(struct sek_db *db)
{

	return (sek_db_error_of(db->why, db->config->path, db->sq));
}
