/*
 * migration_0004.c - minor 3: the codes of tickets
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Adds a table only; each login asks it once, for its name.
 */
#include "config.h"

#include "db.h"

const char sek_migration_0004[] =
/* id: of the request. A row is there while its code may open something. */
"CREATE TABLE ticket(account TEXT,id TEXT,data BLOB,mac BLOB,"
"PRIMARY KEY(account,id))STRICT,WITHOUT ROWID;";
