#!/bin/bash
# lost.sh - a lost authenticator by the tool: shut, told, carried by the roster
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"

settings
want 0 init
u=$(id -un)

# token LABEL: enrolled for the one who runs this; its id in $id.
token()
{
	want 0 enroll totp "$u" --label "$1" -y --json
	id=$(jq -r .id <<<"$out")
	[ -n "$id" ] || fail "no id: $out"
}
state_of()
{
	run authenticator list "$u" --json
	jq -r --arg i "$1" '.[] | select(.id == $i) | .state' <<<"$out"
}
token card
card=$id
token phone
phone=$id

# What the command line wants.
want 100 authenticator lost
want 100 authenticator lost "$card"
says --reason
want 100 authenticator lost "$card" --reason ''
want 100 authenticator lost "$card" --reason "$(printf 'a\tb')"
want 100 authenticator found "$card"
want 1 authenticator lost 0123456789abcdef --reason x
says 'no such authenticator'
want 1 authenticator lost "$(printf 'x%.0s' $(seq 99))" --reason x
want 1 authenticator lost '' --reason x
want 1 authenticator found 0123456789abcdef --reason x
want 1 authenticator found "$card" --reason 'it was never lost'
says 'active, not suspect'
[ "$(state_of "$card")" = active ] || fail "a refusal changed something"
[ "$(records '.event == "lost" or .event == "found"')" = 0 ] ||
    fail "a refusal is recorded as done"

# Lost: options anywhere, no session to end here.
want 0 --reason 'left on a train' authenticator lost --json "$card"
json ".id == \"$card\" and .user == \"$u\" and .state == \"suspect\" and .left == 1 and .sessions == []"
[ -z "$err" ] || fail "words beside JSON: $err"
[ "$(state_of "$card")" = suspect ] || fail "list does not show it suspect"
want 0 user show "$u" --json
json "[.authenticators[] | select(.id == \"$card\").state] == [\"suspect\"]"
want 0 user show "$u"
grep -q suspect "$T/out" || fail "user show: $out"
[ "$(records ".event == \"lost\" and .authenticator == \"$card\" and .target == \"$u\"")" = 1 ] ||
    fail "no record of it"
# Again: the same, and still suspect.
want 0 authenticator lost "$card" --reason again -y --keep-sessions
grep -q "$card" "$T/out" || fail "nothing told: $out"

# The last one: told, what to do.
want 0 authenticator lost "$phone" --reason 'both in one bag'
says 'no other authenticator'
token spare
want 0 authenticator found "$phone" --reason 'in a drawer' --json
json ".state == \"active\" and .left == 2"
[ "$(state_of "$phone")" = active ] || fail "not active after found"
[ "$(records ".event == \"found\" and .authenticator == \"$phone\"")" = 1 ] ||
    fail "no record of found"

# What was shut for another reason is not opened by finding it.
want 0 authenticator disable "$phone"
want 0 authenticator lost "$phone" --reason x --json
json '.state == "disabled"'
want 1 authenticator found "$phone" --reason x
[ "$(state_of "$phone")" = disabled ] || fail "found opened a disabled one"

# The next roster closes it on the other terminal; found there opens it there.
want 0 authenticator lost "$id" --reason 'the spare, too'
want 0 roster export "$T/roster"
key=$(sed -n 's/^Key: //p' "$T/out")
top=$T
here=$conf
T=$top/two
conf=$T/etc/sekisho.conf
mkdir "$T"
settings
want 0 init
want 0 enroll totp "$u" --label spare -y --json
theirs=$(jq -r .id <<<"$out")
want 0 enroll totp "$u" --label other -y --json
other=$(jq -r .id <<<"$out")
want 0 roster import "$top/roster" --key "$key" -y
[ "$(state_of "$theirs")" = suspect ] ||
    fail "the roster did not close it there: $(state_of "$theirs")"
[ "$(state_of "$other")" = active ] || fail "the roster closed another one"
want 0 authenticator found "$theirs" --reason 'seen by the office'
[ "$(state_of "$theirs")" = active ] || fail "found there does not open"
T=$top
conf=$here
[ "$(state_of "$id")" = suspect ] || fail "found there opened it here"
want 0 audit verify
exit $failed
