#!/bin/bash
# retire.sh - a person goes for good: nothing of his opens, the receipt names
# it all, and nobody is shut out with him
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"

settings
want 0 init
u=$(id -un)
for n in nobody bin; do
	want 0 enroll totp $n --label "card of $n" -y --json
	eval "$n=\$(jq -r .id <<<\"\$out\")"
done
want 0 person edit nobody --name '関所 花子' --section 税務課

# What the command line wants; a refusal changes nothing.
want 100 user retire
want 100 user retire nobody -y
says --reason
want 100 user retire nobody --reason '' -y
want 100 user retire nobody --reason x
says 'nobody to answer'
want 1 user retire sekisho-none --reason x -y
says 'no such user'
want 1 user retire '' --reason x -y
want 1 user retire "$(printf 'x%.0s' $(seq 300))" --reason x -y
want 0 user show nobody --json
json '.state == "active"'
[ "$(records '.event == "retire"')" = 0 ] || fail "a refusal is recorded"

# Gone: state, authenticators, person, records, receipt.
want 0 user retire nobody --reason '3月31日付で退職' -y --json
json '.user == "nobody" and .person == "nobody" and .name == "関所 花子" and
    .section == "税務課" and .accounts == ["nobody"] and .shared == [] and
    (.authenticators | length) == 1 and .sessions == [] and
    .reason == "3月31日付で退職" and .at != null'
# shellcheck disable=SC2154
json ".authenticators[0] | .id == \"$nobody\" and .label == \"card of nobody\" and .state == \"removed\""
[ -z "$err" ] || fail "words beside JSON: $err"
want 0 user show nobody --json
json '.state == "retired" and .authenticators == []'
want 0 person list --json
json '[.[] | select(.id == "nobody").state] == ["retired"]'
[ "$(records '.event == "retire" and .target == "nobody" and .detail == "3月31日付で退職"')" \
    = 1 ] || fail "no record of it"
[ "$(records ".event == \"remove\" and .authenticator == \"$nobody\"")" = 1 ] ||
    fail "no record of the card"
# For good: no way back, and once more changes nothing.
want 1 user resume nobody
says 'retired for good'
want 1 user suspend nobody --reason x
want 0 user retire nobody --reason again -y --json
json '.accounts == [] and .authenticators == []'
[ "$(records '.event == "retire"')" = 1 ] || fail "twice is recorded twice"

# The receipt for paper, by the person's id; the other one is as before.
want 0 user show bin --json
json '.state == "active" and (.authenticators | length) == 1'
want 0 person edit bin --name '出納 次郎'
want 0 user retire bin --reason 'left' -y
for w in 'bin' '出納 次郎' 'card of bin' 'To collect' 'Collected by' 'userdel'
do
	grep -qF -- "$w" "$T/out" || fail "not on the receipt: $w"
done
want 0 audit verify

# An account of another person's, and both names meant.
settings
want 0 init
printf 'user,method,secret,person\ngames,totp,%s,1234\nman,totp,%s,games\n' \
    GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJA \
    >"$T/tokens.csv"
want 0 import "$T/tokens.csv"
want 1 user retire games --reason x -y
says "another person's id"
want 0 user retire 1234 --reason 'by the number' -y --json
json '.person == "1234" and .accounts == ["games"]'
want 0 user show man --json
json '.state == "active"'

# The last privileged person who could come in stays; root stays in any case.
settings
want 0 init
printf 'user,method,secret,label,person\nroot,totp,%s,card,chief\n' \
    GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ >"$T/root.csv"
want 0 import "$T/root.csv"
want 1 user retire chief --reason x -y
says 'last privileged person'
want 1 user retire root --reason x -y
says 'nobody retires'
want 0 user show root --json
json '.state == "active" and (.authenticators | length) == 1'
exit $failed
