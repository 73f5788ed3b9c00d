/*
 * migration_0001.c - the first schema
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Forward only. Within a major version a later one only adds tables: an
 * older program still running must be able to use the newer store.
 * Times are microseconds UTC. mac: the row's keyed check (row.c).
 */
#include "config.h"

#include "db.h"

const char sek_migration_0001[] =
"CREATE TABLE meta(id INTEGER PRIMARY KEY,clock_mark INTEGER NOT NULL,"
"terminal TEXT NOT NULL,machine BLOB NOT NULL,created INTEGER NOT NULL,"
"epoch INTEGER NOT NULL,seq INTEGER NOT NULL,hash BLOB NOT NULL,"
"wall INTEGER NOT NULL,due INTEGER NOT NULL,policy TEXT NOT NULL,"
"mac BLOB NOT NULL)STRICT;"

"CREATE TABLE account(name TEXT PRIMARY KEY,person TEXT NOT NULL,"
"reason TEXT NOT NULL,created INTEGER NOT NULL,"
"suspended_until INTEGER NOT NULL,last_login INTEGER NOT NULL,"
"last_logout INTEGER NOT NULL,last_tty TEXT NOT NULL,"
"last_rhost TEXT NOT NULL,last_service TEXT NOT NULL,uid INTEGER NOT NULL,"
"failures_since INTEGER NOT NULL,state INTEGER NOT NULL,"
"shared INTEGER NOT NULL,privileged INTEGER NOT NULL,mac BLOB NOT NULL)"
"STRICT,WITHOUT ROWID;"

"CREATE INDEX account_person ON account(person);"

"CREATE TABLE person(id TEXT PRIMARY KEY,name TEXT NOT NULL,"
"section TEXT NOT NULL,term_from INTEGER NOT NULL,term_to INTEGER NOT NULL,"
"created INTEGER NOT NULL,contractor INTEGER NOT NULL,"
"state INTEGER NOT NULL,mac BLOB NOT NULL)STRICT,WITHOUT ROWID;"

"CREATE TABLE member(account TEXT NOT NULL,person TEXT NOT NULL,"
"created INTEGER NOT NULL,mac BLOB NOT NULL,PRIMARY KEY(account,person))"
"STRICT,WITHOUT ROWID;"

"CREATE INDEX member_person ON member(person);"

/* Clustered by person: a login reads one leaf. */
"CREATE TABLE authenticator(person TEXT NOT NULL,id TEXT NOT NULL UNIQUE,"
"label TEXT NOT NULL,method INTEGER NOT NULL,state INTEGER NOT NULL,"
"failures INTEGER NOT NULL,created INTEGER NOT NULL,"
"last_used INTEGER NOT NULL,moving INTEGER NOT NULL,resync INTEGER NOT NULL,"
"drift INTEGER NOT NULL,algorithm INTEGER NOT NULL,digits INTEGER NOT NULL,"
"period INTEGER NOT NULL,secret BLOB NOT NULL,mac BLOB NOT NULL,"
"PRIMARY KEY(person,id))STRICT,WITHOUT ROWID;"

/* Tallies, of names known and unknown; key: keyed hash of kind and name. */
"CREATE TABLE attempt(key BLOB PRIMARY KEY,kind INTEGER NOT NULL,"
"locked INTEGER NOT NULL,used INTEGER NOT NULL,state BLOB NOT NULL,"
"mac BLOB NOT NULL)STRICT,WITHOUT ROWID;"
"CREATE INDEX attempt_unknown ON attempt(locked,used)WHERE kind=1;"

"CREATE TABLE admission(uid INTEGER NOT NULL,id TEXT NOT NULL,"
"account TEXT NOT NULL,person TEXT NOT NULL,service TEXT NOT NULL,"
"authenticator TEXT NOT NULL,event INTEGER NOT NULL,kinds INTEGER NOT NULL,"
"audit_session INTEGER NOT NULL,taken INTEGER NOT NULL,wall INTEGER NOT NULL,"
"boot INTEGER NOT NULL,boot_id BLOB NOT NULL,synced INTEGER NOT NULL,"
"gate_pid INTEGER NOT NULL,gate_start INTEGER NOT NULL,"
"parent_pid INTEGER NOT NULL,parent_start INTEGER NOT NULL,"
"mac BLOB NOT NULL,PRIMARY KEY(uid,id))STRICT,WITHOUT ROWID;"

/* Sessions open now; what a power cut leaves here is a logout not seen. */
"CREATE TABLE session(account TEXT NOT NULL,id TEXT NOT NULL,"
"service TEXT NOT NULL,boot_id BLOB NOT NULL,wall INTEGER NOT NULL,"
"PRIMARY KEY(account,id))STRICT,WITHOUT ROWID;"

"CREATE TABLE password_history(account TEXT NOT NULL,at INTEGER NOT NULL,"
"state INTEGER NOT NULL,hash TEXT NOT NULL,mac BLOB NOT NULL,"
"PRIMARY KEY(account,at))STRICT,WITHOUT ROWID;"

"CREATE TABLE approval(id TEXT PRIMARY KEY,kind TEXT NOT NULL,"
"subject TEXT NOT NULL,purpose TEXT NOT NULL,reason TEXT NOT NULL,"
"asked_by TEXT NOT NULL,decided_by TEXT NOT NULL,evidence TEXT NOT NULL,"
"state INTEGER NOT NULL,proven INTEGER NOT NULL,created INTEGER NOT NULL,"
"not_before INTEGER NOT NULL,not_after INTEGER NOT NULL,"
"decided INTEGER NOT NULL,ended INTEGER NOT NULL,reviewed INTEGER NOT NULL,"
"mac BLOB NOT NULL)STRICT,WITHOUT ROWID;"

/* The chain: hash = SHA-256(version, seq, prev, body). */
"CREATE TABLE record(seq INTEGER PRIMARY KEY,version INTEGER NOT NULL,"
"prev BLOB NOT NULL,hash BLOB NOT NULL,body TEXT NOT NULL)STRICT;"

/* Equal refusals of the last minute, not yet written but the first. */
"CREATE TABLE coalesce(key BLOB PRIMARY KEY,due INTEGER NOT NULL,"
"count INTEGER NOT NULL,event TEXT NOT NULL)STRICT,WITHOUT ROWID;"

/* Filled and emptied, it leaves free pages. */
"CREATE TABLE spare(data BLOB NOT NULL)STRICT;";
