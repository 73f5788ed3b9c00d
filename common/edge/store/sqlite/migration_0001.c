/*
 * migration_0001.c - the first schema
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Forward only. Within a major version a later one only adds tables: an
 * older program still running must be able to use the newer store.
 * Times are microseconds UTC. data: what no statement asks for, packed as
 * table.c lists it; mac: the row's keyed check (row.c). Short, because each
 * login parses all of this text.
 */
#include "config.h"

#include "db.h"

const char sek_migration_0001[] =
"CREATE TABLE meta(id INTEGER PRIMARY KEY,data BLOB,mac BLOB)STRICT;"

"CREATE TABLE account(name TEXT PRIMARY KEY,person TEXT,data BLOB,mac BLOB)"
"STRICT,WITHOUT ROWID;"
"CREATE INDEX account_person ON account(person);"

"CREATE TABLE person(id TEXT PRIMARY KEY,data BLOB,mac BLOB)"
"STRICT,WITHOUT ROWID;"

"CREATE TABLE member(account TEXT,person TEXT,data BLOB,mac BLOB,"
"PRIMARY KEY(account,person))STRICT,WITHOUT ROWID;"
"CREATE INDEX member_person ON member(person);"

/* Clustered by person: a login reads one leaf. */
"CREATE TABLE authenticator(person TEXT,id TEXT UNIQUE,state INTEGER,"
"data BLOB,mac BLOB,PRIMARY KEY(person,id))STRICT,WITHOUT ROWID;"

/* Tallies, of names known and unknown; key: keyed hash of kind and name. */
"CREATE TABLE attempt(key BLOB PRIMARY KEY,kind INTEGER,locked INTEGER,"
"used INTEGER,data BLOB,mac BLOB)STRICT,WITHOUT ROWID;"
"CREATE INDEX attempt_unknown ON attempt(locked,used)WHERE kind=1;"

"CREATE TABLE admission(uid INTEGER,id TEXT,wall INTEGER,boot_id BLOB,"
"data BLOB,mac BLOB,PRIMARY KEY(uid,id))STRICT,WITHOUT ROWID;"

/* Sessions open now; what a power cut leaves here is a logout not seen. */
"CREATE TABLE session(account TEXT,id TEXT,subject TEXT,person TEXT,"
"service TEXT,boot_id BLOB,"
"wall INTEGER,PRIMARY KEY(account,id))STRICT,WITHOUT ROWID;"

"CREATE TABLE password_history(account TEXT,at INTEGER,data BLOB,mac BLOB,"
"PRIMARY KEY(account,at))STRICT,WITHOUT ROWID;"

"CREATE TABLE approval(id TEXT PRIMARY KEY,data BLOB,mac BLOB)"
"STRICT,WITHOUT ROWID;"

/* The chain: hash = SHA-256(version, seq, prev, body). */
"CREATE TABLE record(seq INTEGER PRIMARY KEY,version INTEGER,"
"prev BLOB,hash BLOB,body TEXT)STRICT;"

/* Equal refusals of the last minute, not yet written but the first. */
"CREATE TABLE coalesce(key BLOB PRIMARY KEY,source BLOB,due INTEGER,"
"count INTEGER,data BLOB,mac BLOB)STRICT,WITHOUT ROWID;"
"CREATE INDEX coalesce_source ON coalesce(source);"

/* Filled and emptied, it leaves free pages. */
"CREATE TABLE spare(data BLOB)STRICT;";
