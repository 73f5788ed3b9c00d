/*
 * migration_0003.c - minor 2: what was asked, and what became of it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Adds a table only; a login asks for it where a value of its policy is below
 * a floor. The table "approval" of 0001 stays empty: its rows had no room for
 * two parts with their proofs.
 */
#include "config.h"

#include "db.h"

const char sek_migration_0003[] =
/* number: in the order of asking, and the row's place, so that lists and the
 * newest of a key need no sorting. open: 1 there is something to do about it
 * yet. given: 0 never, 1 now, 2 once, of what could open. Each login parses
 * this: one index for both who looks for a key and for what is open. */
"CREATE TABLE request(number INTEGER PRIMARY KEY,id TEXT UNIQUE,open INTEGER,"
"given INTEGER,key TEXT,data BLOB,mac BLOB)STRICT;"
"CREATE INDEX request_live ON request(open,given,key);";
