/*
 * migration_0007.c - minor 6: living traits
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Adds a table only; a login asks for it where its person has a trait.
 */
#include "config.h"

#include "db.h"

const char sek_migration_0007[] =
/* Beside the row of the same id in authenticator, until it is removed. */
"CREATE TABLE biometric(person TEXT,id TEXT,data BLOB,mac BLOB,"
"PRIMARY KEY(person,id))STRICT,WITHOUT ROWID;";
