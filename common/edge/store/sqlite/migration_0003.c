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
/* In the order of asking. open: 1 there is something to do about it yet.
 * given: 0 never, 1 now, 2 once, of what could open. */
"CREATE TABLE request(number INTEGER PRIMARY KEY,id TEXT UNIQUE,"
"key TEXT,open INTEGER,given INTEGER,data BLOB,mac BLOB)STRICT;"
"CREATE INDEX request_open ON request(number)WHERE open=1;"
"CREATE INDEX request_key ON request(key,given)WHERE given>0;";
