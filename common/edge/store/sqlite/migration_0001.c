/*
 * migration_0001.c - the first schema
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Forward only. Within a major version a later one only adds tables: an
 * older program still running must be able to use the newer store.
 * Times are microseconds UTC. mac: the row's keyed check (row.c), which also
 * sees to it that no column is NULL: each login parses all of this text.
 */
#include "config.h"

#include "db.h"

const char sek_migration_0001[] =
"CREATE TABLE meta(id INTEGER PRIMARY KEY,clock_mark INTEGER,"
"terminal TEXT,machine BLOB,created INTEGER,"
"epoch INTEGER,seq INTEGER,hash BLOB,"
"wall INTEGER,due INTEGER,policy TEXT,"
"mac BLOB)STRICT;"

"CREATE TABLE account(name TEXT PRIMARY KEY,person TEXT,"
"reason TEXT,created INTEGER,"
"suspended_until INTEGER,last_login INTEGER,"
"last_logout INTEGER,last_tty TEXT,"
"last_rhost TEXT,last_service TEXT,uid INTEGER,"
"failures_since INTEGER,state INTEGER,"
"shared INTEGER,privileged INTEGER,mac BLOB)"
"STRICT,WITHOUT ROWID;"

"CREATE INDEX account_person ON account(person);"

"CREATE TABLE person(id TEXT PRIMARY KEY,name TEXT,"
"section TEXT,term_from INTEGER,term_to INTEGER,"
"created INTEGER,contractor INTEGER,"
"state INTEGER,mac BLOB)STRICT,WITHOUT ROWID;"

"CREATE TABLE member(account TEXT,person TEXT,"
"created INTEGER,mac BLOB,PRIMARY KEY(account,person))"
"STRICT,WITHOUT ROWID;"

"CREATE INDEX member_person ON member(person);"

/* Clustered by person: a login reads one leaf. */
"CREATE TABLE authenticator(person TEXT,id TEXT UNIQUE,"
"label TEXT,method INTEGER,state INTEGER,"
"failures INTEGER,created INTEGER,"
"last_used INTEGER,moving INTEGER,resync INTEGER,"
"drift INTEGER,algorithm INTEGER,digits INTEGER,"
"period INTEGER,secret BLOB,mac BLOB,"
"PRIMARY KEY(person,id))STRICT,WITHOUT ROWID;"

/* Tallies, of names known and unknown; key: keyed hash of kind and name. */
"CREATE TABLE attempt(key BLOB PRIMARY KEY,kind INTEGER,"
"locked INTEGER,used INTEGER,state BLOB,"
"mac BLOB)STRICT,WITHOUT ROWID;"
"CREATE INDEX attempt_unknown ON attempt(locked,used)WHERE kind=1;"

"CREATE TABLE admission(uid INTEGER,id TEXT,"
"account TEXT,person TEXT,service TEXT,"
"authenticator TEXT,event INTEGER,kinds INTEGER,"
"audit_session INTEGER,taken INTEGER,wall INTEGER,"
"boot INTEGER,boot_id BLOB,synced INTEGER,"
"gate_pid INTEGER,gate_start INTEGER,"
"parent_pid INTEGER,parent_start INTEGER,"
"mac BLOB,PRIMARY KEY(uid,id))STRICT,WITHOUT ROWID;"

/* Sessions open now; what a power cut leaves here is a logout not seen. */
"CREATE TABLE session(account TEXT,id TEXT,"
"service TEXT,boot_id BLOB,wall INTEGER,"
"PRIMARY KEY(account,id))STRICT,WITHOUT ROWID;"

"CREATE TABLE password_history(account TEXT,at INTEGER,"
"state INTEGER,hash TEXT,mac BLOB,"
"PRIMARY KEY(account,at))STRICT,WITHOUT ROWID;"

"CREATE TABLE approval(id TEXT PRIMARY KEY,kind TEXT,"
"subject TEXT,purpose TEXT,reason TEXT,"
"asked_by TEXT,decided_by TEXT,evidence TEXT,"
"state INTEGER,proven INTEGER,created INTEGER,"
"not_before INTEGER,not_after INTEGER,"
"decided INTEGER,ended INTEGER,reviewed INTEGER,"
"mac BLOB)STRICT,WITHOUT ROWID;"

/* The chain: hash = SHA-256(version, seq, prev, body). */
"CREATE TABLE record(seq INTEGER PRIMARY KEY,version INTEGER,"
"prev BLOB,hash BLOB,body TEXT)STRICT;"

/* Equal refusals of the last minute, not yet written but the first. */
"CREATE TABLE coalesce(key BLOB PRIMARY KEY,due INTEGER,"
"count INTEGER,event TEXT)STRICT,WITHOUT ROWID;"

/* Filled and emptied, it leaves free pages. */
"CREATE TABLE spare(data BLOB)STRICT;";
