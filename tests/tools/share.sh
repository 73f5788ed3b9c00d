#!/bin/bash
# share.sh - shared accounts and their members, and what contractors may not
# change of privileged ones
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
need_logins

settings '[privilege]
users = mail man'
want 0 init
for n in bin sys daemon man; do
	want 0 enroll totp $n -y --json
	eval "id_$n=\$(jq -r .id <<<\"\$out\")"
done
want 0 person edit bin --name '窓口 太郎' --section 住民課

# What the command line wants.
for v in 'user share' 'user share games' 'user share games --add' \
    'user share games --add bin --remove sys' 'user share games bin'; do
	want 100 $v
done
want 1 user share sekisho-none --add bin
says 'no such user'
want 1 user share games --add sekisho-none
says 'no such person'
want 1 user share games --add "$(printf 'x%.0s' $(seq 300))"
want 1 user share games --remove bin
says 'not a shared account'
want 1 user share bin --add sys
says 'of one person'
want 1 user show games
[ "$(records '.event == "person-changed" and (.detail // "" | test("member"))')" \
    = 0 ] || fail "a refusal is recorded as done"

# Made, once; whose it is is nobody's, and what opens it is its members'.
want 0 user share games --add bin --json
json '.user == "games" and .person == "bin" and .changed and
    (.members | length) == 1'
json '.members[0] | .person == "bin" and .name == "窓口 太郎" and
    .section == "住民課" and .opens and .since != null'
want 0 user share games --add bin
[[ $out == *already* ]] || fail "twice is told as new: $out"
want 0 user share games --add sys
want 0 user show games --json
json '.person == null and ([.members[].person] == ["bin", "sys"]) and
    (.authenticators | length) == 2'
want 0 user show games
grep -q '^Shared by: bin 窓口 太郎, 住民課$' "$T/out" || fail "members: $out"
grep -q '^Shared by: sys$' "$T/out" || fail "members: $out"
want 0 user show bin --json
json 'has("members") | not'
[ "$(records '.event == "person-changed" and .target == "bin" and
    (.detail // "" | test("^member of games, which is shared"))')" = 1 ] ||
    fail "no record of the first"
[ "$(records '.event == "person-changed" and .target == "sys" and
    .detail == "member of games"')" = 1 ] || fail "no record of the second"

# Nothing is enrolled to the account itself, and it takes no ticket.
for m in totp hotp; do
	want 1 enroll $m games -y
	says 'shared account'
done
want 0 user show games --json
json '(.authenticators | length) == 2'

# Who has nothing opens nothing; who left is none.
want 0 authenticator remove "$id_sys" --even-last -y
want 0 user show games
grep -q '^Shared by: sys; has nothing enrolled yet$' "$T/out" || fail "$out"
want 0 user share games --remove sys
[[ $out == *'loginctl terminate-user games'* ]] || fail "$out"
want 0 user share games --remove sys
[[ $out == *'Was no member'* ]] || fail "$out"
want 0 user share games --remove bin
[[ $out == *'Nobody can open games'* ]] || fail "$out"
want 0 user show games
grep -q '^Shared by: nobody' "$T/out" || fail "$out"
[ "$(records '.event == "person-changed" and
    (.detail // "" | test("^no member of games any more"))')" = 2 ] ||
    fail "who left is not recorded once each"
want 1 user suspend lp --reason x
# Who retires leaves what he shared.
want 0 user share games --add sys
want 0 user retire sys --reason gone -y --json
json '.shared == ["games"]'
want 1 user share games --add sys
says retired
want 0 user show games --json
json '.members == []'

# Contractors: on what is privileged, nothing; elsewhere as others.
want 0 person edit daemon --contractor yes
want 0 user share mail --add bin
was=$(records '.result == "refused" and .reason == "contractor"')
[ "$was" = 0 ] || fail "somebody was refused as a contractor: $was"
printf '%s\n' action,account,contractor move,daemon,no >"$T/own.csv"
printf '%s\n' action,account,from move,man,2090-01-01 >"$T/move.csv"
printf '%s\n' action,account leave,man >"$T/leave.csv"
n=0
while read -r event words; do
	# shellcheck disable=SC2086
	as daemon 1 $words
	says ontractor
	n=$((n + 1))
	[ "$(records '.result == "refused" and .reason == "contractor" and
	    .subject == "daemon" and .person == "daemon" and
	    .event == "'"$event"'"')" -ge 1 ] || fail "no record: $words"
	[ "$(records '.result == "refused" and .reason == "contractor"')" = $n ] ||
	    fail "not one record more: $words"
done <<END
enrol enroll totp man -y
disable authenticator disable $id_man -y --even-last
remove authenticator remove $id_man -y --even-last
suspend user suspend man --reason x
resume user resume man
unlock user unlock man
unlock user unlock mail
person-changed user share mail --add daemon
person-changed user share mail --remove bin
person-changed person edit man --name x
person-changed person edit daemon --contractor no
retire user retire man --reason x -y
person-changed roster plan $T/own.csv --apply -y
person-changed roster plan $T/move.csv --apply -y
retire roster plan $T/leave.csv --apply -y
END
want 0 user show man --json
json '.state == "active" and (.authenticators | length) == 1 and
    .authenticators[0].state == "active"'
want 0 user show mail --json
json '[.members[].person] == ["bin"]'
want 0 person list --json
json '[.[] | select(.contractor).id] == ["daemon"]'
# His own, where he shares a privileged one: bin's token opens mail.
as daemon 1 authenticator remove "$id_bin" -y --even-last
# Elsewhere, and whoever is none, as ever.
as daemon 0 user share games --add bin
as daemon 0 user suspend games --reason test
as daemon 0 user resume games
as daemon 0 user unlock daemon
as daemon 0 enroll hotp daemon -y --json
as bin 0 user unlock man
as bin 0 person edit daemon --contractor no
as daemon 0 user unlock man

# In a shared account: any of its members could be the one who sits there.
want 0 person edit daemon --contractor yes
want 0 user share games --add daemon
as games 1 user unlock man
says contractor
want 0 user share games --remove daemon
as games 0 user unlock man

want 0 audit verify
exit $failed
