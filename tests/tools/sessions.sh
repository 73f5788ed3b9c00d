#!/bin/bash
# sessions.sh - sessions by the tool: listed, ended, extended; not-me
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"

settings '[message]
contact = desk 1234'
want 0 init
want 0 enroll totp nobody -y --json
want 0 enroll totp daemon -y --json

# The list: an array, whatever this machine has; no words beside it but that
# logind is not there.
want 0 session list --json
json 'type == "array"'
json 'all(.[]; (.id | length > 0) and (.state | IN("watched", "open", "locked", "ending")) and (.watched | type == "boolean"))'
want 0 session list

# What the command line wants.
want 100 session end
want 100 session end nobody
says --reason
want 100 session end nobody --reason "$(printf 'a\tb')"
want 1 session end nobody --reason enough
says 'no such session'
want 1 session end c99999 --reason enough
says 'no such session'
want 100 session extend
want 1 session extend 0123456789abcdef
says 'no such session'
want 1 session extend ../../etc/passwd
says 'no such session'
want 100 session extend 00ff --grant 'no id'
want 100 session extend 00ff --witness nobody
[ "$(records '.event == "session-ended" or .event == "session-extended"')" = 0 ] ||
    fail "what was not done is recorded"

# "This was not me", by root for a user.
want 100 not-me
want 1 not-me no-such-user
says 'no such user'
want 100 not-me nobody --note "$(printf 'a\tb')"
[ "$(records '.event == "not-me"')" = 0 ] || fail "recorded before it was"
want 0 not-me nobody --note 'a login at night' --json
json '.user == "nobody" and .suspended == true and .last_login == null and .contact == "desk 1234" and .sessions == []'
want 0 user show nobody --json
json '.state == "suspended"'
[ "$(records '.event == "not-me" and .target == "nobody" and (.detail | test("a login at night"))')" = 1 ] ||
    fail "no record of it"
[ "$(records '.event == "suspend" and .target == "nobody"')" = 1 ] ||
    fail "no record of the suspension"
want 0 not-me daemon
grep -q 'desk 1234' "$T/out" || fail "nobody is told whom to call: $out"
grep -q suspended "$T/out" || fail "not told that it is suspended: $out"

# Suspended: what is open ends, or not, where that is said.
want 0 user resume nobody
want 0 user suspend nobody --reason left
grep -q '^Suspended: nobody$' "$T/out" || fail "told: $out"
want 0 user resume nobody
want 0 user suspend nobody --reason left --keep-sessions
want 0 user suspend nobody --reason left -y
exit $failed
