#!/bin/bash
# explain.sh - why a login would be refused or allowed: rule, line, until when
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99

# Nobody but root; a time and a service that are none.
settings
want 100 explain
want 100 explain nobody --at yesterday-ish
want 100 explain nobody --service a/b
setpriv --reuid 65534 --regid 65534 --clear-groups "$sekisho" \
    --conf "$conf" explain nobody >"$T/out" 2>"$T/err" </dev/null
[ $? = 111 ] || fail "explain as nobody: $(cat "$T/out" "$T/err")"

# Before init, and with settings that do not load, every login is refused:
# that is the answer, with the line.
want 1 explain nobody --json
json '.allowed == false and .findings[0].rule == "store"'
rm "$conf"
want 1 explain nobody --json
json '.findings | map(select(.blocks)) == [.[0]]'
json '.findings[0].rule == "policy" and (.findings[0].detail | test("init"))'
settings
echo 'deny = many' >>"$conf"
want 1 explain nobody --json
json '.findings[0].rule == "policy"'
json '.findings[0].detail | test("sekisho.conf:[0-9]+")'

settings '[lockout]
deny = 3
unlock = 30m'
want 0 init
want 0 enroll totp nobody -y
want 0 enroll totp daemon -y

# Any service; the plan, and nothing against it.
want 0 explain nobody --json
json '.user == "nobody" and .service == null and .allowed and .reason == null'
json '.asked == ["password","totp"] and .findings == []'
json '.with_key == null'
json '.kinds == ["knowledge","possession"] and .kinds_needed == 2'
want 0 explain nobody
grep -q 'would be let in, given right answers' "$T/out" || fail "$out"

# Not enrolled: what lacks; unknown: an administrator is told.
want 1 explain bin --json
json '.reason == "not-enrolled" and .kinds == ["knowledge"]'
json '.findings[0].remedy == "sekisho enroll totp bin"'
want 1 explain no-such-user --json
json '.reason == "unknown" and .kinds == []'
want 1 explain $'no\e[2Jsuch'
grep -q $'\e' "$T/out" "$T/err" && fail "a control character is shown"

# Suspended until a time: refused now, not after it.
want 0 user suspend nobody --until 5d --reason leave
want 1 explain nobody --json
json '.reason == "suspended" and .findings[0].detail == "leave"'
json '.findings[0].until | test("^20")'
json '.findings[0].remedy == "sekisho user resume nobody"'
want 0 explain nobody --at 6d --json
want 0 user resume nobody
want 0 explain nobody

# A term: over, not begun, each at its time; both told by one key word.
want 0 person edit nobody --from 2030-04-01 --to 2031-03-31
want 1 explain nobody --json
json '.reason == "term-ended" and .findings[0].rule == "term"'
json '.findings[0].until | startswith("2030-04-01T00:00")'
want 0 explain nobody --at 2030-04-01
want 0 explain nobody --at '2031-04-01 04:59'
want 1 explain nobody --at '2031-04-01 05:00' --json
json '.findings[0].until == null and (.findings[0].since | test("2031"))'
want 0 person edit nobody --from none --to none

# All that refuses is told, not the first alone; which line of the policy.
cat >"$T/etc/sekisho.conf.d/50-lists.conf" <<EOT
[terminal]
allow_users = daemon
allow_remote = 192.0.2.0/24
[factors]
exempt_services = cron backup:daemon
EOT
want 0 user suspend nobody --reason x
want 1 explain nobody --from 198.51.100.7 --json
json '[.findings[] | select(.blocks) | .reason] ==
    ["remote-not-allowed","user-not-allowed","suspended"]'
json '.findings[0].source | endswith("50-lists.conf:3")'
json '.findings[1].source | endswith("50-lists.conf:2")'
json '.findings[1].value == "daemon"'
want 0 explain daemon --from 192.0.2.9
want 1 explain daemon --from not.an.address
want 0 user resume nobody

# Services. Where lines of ours are, and which: modules that are not installed
# shut a service, and that is told with the line.
d=$T/pam.d
mkdir "$d"
chmod 755 "$d"
sound_lines >"$d/login"
cp "$d/login" "$d/sshd"
cp "$d/login" "$d/cron"
cp "$d/login" "$d/atd"
cp "$d/login" "$d/backup"
cp "$d/login" "$d/su"
cp "$d/login" "$d/sudo"
printf 'auth required pam_permit.so\naccount required pam_permit.so\n' \
    >"$d/plain"
sed 's|^auth required [^ ]*gate.so|auth required /nowhere/pam_x.so\n&|' \
    "$d/login" >"$d/shut"
chmod 644 "$d"/*
want 0 explain daemon --dir "$d" --service login --json
json '.asked == ["password","totp"] and .without_proof == "refused"'
want 0 explain daemon --dir "$d" --service sshd --from 192.0.2.9 --json
json '.findings[] | select(.rule == "service") | .text | test("public key")'
want 0 explain daemon --dir "$d" --service cron --json
json '.asked == [] and .without_proof == "exempt"'
json '[.findings[].reason] | contains(["exempt"])'
want 1 explain daemon --dir "$d" --service atd --json
json '.reason == "no-evidence"'
want 0 explain daemon --dir "$d" --service backup --json
json '.asked == ["password","totp"] and .without_proof == "exempt"'
want 0 explain daemon --dir "$d" --service su --json
json '.without_proof == "root-switch"'
want 0 explain daemon --dir "$d" --service su --by nobody --json
json '.without_proof == "refused"'
want 1 explain daemon --dir "$d" --service su --by no-such-user
want 0 explain daemon --dir "$d" --service sudo --json
json '.without_proof == "reuse"'
want 0 explain daemon --dir "$d" --service plain --json
json '.asked == [] and ([.findings[].reason] | contains(["not-ours"]))'
# No login by sshd is one from here: that its address matters is told.
cp "$d/login" "$d/sshd"
run explain daemon --dir "$d" --service sshd --json
json '[.findings[].reason] | contains(["from-unsaid"])'
run explain daemon --dir "$d" --service sshd --from 192.0.2.1 --json
json '[.findings[].reason] | contains(["from-unsaid"]) | not'
# Judged by another policy than the one explained: that is told.
want 0 explain daemon --dir "$d" --service login --json
json '[.findings[].reason] | contains(["other-policy"]) | not'
sed '/gate/s|conf=[^ ]*|conf=/nowhere.conf|' "$d/login" >"$d/elsewhere"
sed 's|conf=[^ ]*||' "$d/login" >"$d/default"
for s in elsewhere default; do
	run explain daemon --dir "$d" --service $s --json
	json '[.findings[].reason] | contains(["other-policy"])'
done
want 1 explain daemon --dir "$d" --service shut --json
json '.reason == "shut" and .findings[0].rule == "stack"'
json '.findings[0].source == "shut:4"'
# Lockers ask auth alone; what decides are the lines of sekisho-locker.
cp "$d/login" "$d/i3lock"
cp "$d/login" "$d/sekisho-locker"
want 0 explain daemon --dir "$d" --service i3lock --json
json '.asked == ["password","totp"] and .without_proof == "refused"'
json '[.findings[].reason] == ["locker"]'
grep -v '^account' "$d/login" >"$d/i3lock"
want 0 explain daemon --dir "$d" --service i3lock --json
json '[.findings[].reason] == ["locker"]'
grep -v gate.so "$d/login" >"$d/sekisho-locker"
want 1 explain daemon --dir "$d" --service i3lock --json
json '.reason == "locker-shut"'
json '.findings[1].detail == "sekisho-locker" and .findings[1].blocks'
rm "$d/sekisho-locker"
want 1 explain daemon --dir "$d" --service i3lock --json
json '.reason == "locker-shut"'
cp "$d/plain" "$d/swaylock"
want 0 explain daemon --dir "$d" --service swaylock --json
json '.asked == [] and [.findings[].reason] == ["not-ours"]'
# The account phase of sekisho-locker is asked, whatever the locker asks.
cp "$d/login" "$d/sekisho-locker"
want 0 user suspend daemon --reason x
want 1 explain daemon --dir "$d" --service i3lock --json
json '.reason == "suspended"'
want 0 user resume daemon
want 1 explain daemon --dir "$d" --service none-such --json
json '.reason == "no-service"'

# The store knows the name, the terminal has no account for it.
rm "$T/etc/sekisho.conf.d/50-lists.conf"
echo 'user,method,secret
no-account,totp,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' >"$T/u.csv"
chmod 600 "$T/u.csv"
want 0 import "$T/u.csv" -y
want 1 explain no-account --json
json '.reason == "unknown"'
want 0 authenticator list no-account --json

# An authenticator that was disabled is told, and what it takes with it.
id=$("$sekisho" --conf "$conf" authenticator list daemon --json | jq -r '.[0].id')
want 0 authenticator disable "$id" -y
want 1 explain daemon --json
json '.reason == "not-enrolled"'
json "[.findings[] | select(.rule == \"authenticator\")][0].detail | test(\"$id.*disabled\")"

# Nothing of all this was recorded: no record was read.
[ "$(records '.event == "record-read"')" -le 1 ] || fail "a reading is recorded"
[ "$(records '.event == "refuse"')" = 0 ] || fail "an attempt was made"

# A store of another machine's is the answer, not an error without a word.
printf '[terminal]\nid = another\n' >"$T/etc/sekisho.conf.d/00-terminal.conf"
want 1 explain nobody --json
json '.findings[0].rule == "store" and (.findings[0].detail | test("another"))'

finish
