/*
 * migration_0008.c - minor 7: passwords, and who was woken
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Adds tables only; password_history is there since 0001, and nobody wrote to
 * it before this.
 */
#include "config.h"

#include "db.h"

const char sek_migration_0008[] =
/* What is known of an account's present one: model/password.h. */
"CREATE TABLE password(account TEXT PRIMARY KEY,data BLOB,mac BLOB)"
"STRICT,WITHOUT ROWID;"

/* When an administrator let a dormant account live on. */
"CREATE TABLE woken(account TEXT PRIMARY KEY,data BLOB,mac BLOB)"
"STRICT,WITHOUT ROWID;";
