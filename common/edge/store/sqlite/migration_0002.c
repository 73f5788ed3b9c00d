/*
 * migration_0002.c - minor 1: marks, seals, the anchor of a purged chain
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Adds tables only; no login asks for one of them.
 */
#include "config.h"

#include "db.h"

const char sek_migration_0002[] =
/* When something last happened: model/mark.h. */
"CREATE TABLE mark(name TEXT PRIMARY KEY,data BLOB,mac BLOB)"
"STRICT,WITHOUT ROWID;"

/* Signed heads of the chain; the signature is their check. */
"CREATE TABLE seal(number INTEGER PRIMARY KEY,seq INTEGER,body TEXT,"
"signature BLOB)STRICT;"

/* Where the chain begins after a purge. */
"CREATE TABLE anchor(id INTEGER PRIMARY KEY,data BLOB,mac BLOB)STRICT;";
