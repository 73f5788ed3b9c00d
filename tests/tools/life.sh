#!/bin/bash
# life.sh - a store kept alive by the tool: migrated, backed up, restored,
# adopted, its key rotated
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"
command -v sqlite3 >/dev/null || { echo "skip: no sqlite3"; exit 77; }

settings
want 0 init
store=$T/var/store.db

# migrate: nothing to do, then an older store.
want 0 store migrate
grep -q already "$T/out" || fail "migrate of a new store: $out"
sqlite3 "$store" 'DROP TABLE mark; DROP TABLE seal; DROP TABLE anchor;
    PRAGMA user_version=1000' || fail "the store cannot be made old"
want 0 store status --json
json '.[0].schema == "1.0"'
want 0 user list
want 0 store migrate
want 0 store status --json
json '.[0].schema == "1.1"'
[ "$(records '.event == "store-migrate" and .detail == "schema 1.0 to 1.1"')" \
    = 1 ] || fail "no record of the migration"
[ "$(ls "$T/var/backup" | wc -l)" = 1 ] || fail "no copy of before is kept"
want 0 audit verify

finish
