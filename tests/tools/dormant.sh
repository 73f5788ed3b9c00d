#!/bin/bash
# dormant.sh - what is told of accounts nobody uses and of passwords that end:
# user show and list, explain, the bare command, upkeep, policy check
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
with_object quality.so

acts=$SEK_BUILDDIR/tests/tools/store_acts
mkdir "$T/lists"
echo 'password1' >"$T/lists/common.txt"
chmod 755 "$T" "$T/lists"
chmod 644 "$T/lists/common.txt"
# of_policy [LINES]: lines of [password], in the policy of this terminal.
of_policy()
{
	sed -i '/^\[password\]/,$d' "$conf"
	printf '[password]\nblocklist = %s\n%s\n' "$T/lists" "${1:-}" >>"$conf"
}
settings
of_policy
d=$T/pam.d
mkdir "$d"
sound_lines >"$d/login"
printf 'auth required pam_deny.so\naccount required pam_deny.so\n' >"$d/other"
chmod 755 "$d"
chmod 644 "$d"/*

# policy check asks what judges passwords, and a list that cannot be used is a
# no: every change would be refused.
want 0 policy check
of_policy 'quality = minclass=3 maxrepeat=4'
want 0 policy check
of_policy 'quality = minclasses=3'
want 1 policy check
says 'passwords cannot be changed here: password.quality'
of_policy
chmod 666 "$T/lists/common.txt"
want 1 policy check
says "$T/lists/common.txt"
chmod 644 "$T/lists/common.txt"
printf '\x93\xfa\n' >"$T/lists/sjis.txt"
want 1 policy check
says "$T/lists/sjis.txt:1"
rm "$T/lists/sjis.txt"
mv "$T/lists" "$T/gone"
want 0 policy check
grep -q "passwords cannot be changed here: .*$T/lists" "$T/out" ||
    fail "policy check does not name the folder that is not there: $out"
mv "$T/gone" "$T/lists"

# Nothing is known of a password yet; an account falls asleep after 45 days.
want 0 init
for u in nobody daemon bin; do
	want 0 enroll totp $u -y
done
want 0 user show nobody --json
json '.state == "active" and .password.set_at == null and
    .password_due == null and .password_uses_left == null'
json '((.dormant_at | sub("\\..*"; "Z") | fromdate) - (now + 9 * 3600) |
    . > 44 * 86400 and . < 46 * 86400)'

# One that ends within 14 days; one that is due; one that is temporary.
"$acts" "$conf" password nobody 0 || fail "no password of nobody"
"$acts" "$conf" password bin 400 || fail "no password of bin"
"$acts" "$conf" temporary daemon 48 || fail "no temporary one"
want 0 user show nobody --json
json '.password | .uses == 0 and .temporary == false and
    (.set_at | test("^20")) and (.expires_at | test("^20"))'
want 0 user show bin --json
json '.password_due == "age"'
want 0 user show bin
grep -q '^Password has to be changed: too old$' "$T/out" || fail "$out"
want 0 user show daemon --json
json '.password.temporary and .password_due == "temporary"'
want 0 user list --json
json '[.[] | .password_due] == ["age","temporary",null]'
want 0 explain daemon --dir "$d" --service login --json
json '[.findings[]? // .[]? | select(.rule == "password") | .reason] ==
    ["change-due"]'
want 1 --dir "$d" --json
json '.passwords.count == 1 and .passwords.first[0].user == "daemon"'
json '.dormant.count == 0'
want 1 --dir "$d"
grep -q '^Passwords that end soon: daemon (' "$T/out" || fail "$out"
of_policy 'max_uses = 20'
want 0 user show nobody --json
json '.password_uses_left == 20'
of_policy

# Upkeep has nobody to tell of.
run store upkeep
[ "$(records '.event == "dormant"')" = 0 ] || fail "who is new is dormant"

# Two months later all three sleep, and nobody is refused for it.
later 60
want 0 user show nobody --json
json '.state == "dormant"'
want 0 user list
[ "$(grep -c dormant "$T/out")" = 3 ] || fail "not three are dormant: $out"
want 1 --dir "$d" --json
json '.dormant.count == 3'
json '[.attention[] | select(.about == "people") | .text] |
    any(test("3 accounts were not used"))'
want 1 --dir "$d"
grep -q '^Dormant accounts: bin, daemon, nobody$' "$T/out" || fail "$out"
awk 'length > 80 && !/^!/ { exit 1 }' "$T/out" || fail "wider than 80: $out"

# Each is recorded once, whatever how often upkeep runs.
run store upkeep
run store upkeep
[ "$(records '.event == "dormant" and .reason == "dormant"')" = 3 ] ||
    fail "not one record an account"
[ "$(records '.event == "dormant" and .target == "nobody"')" = 1 ] ||
    fail "no record of nobody"
# Who is suspended is looked after; who was woken is not asleep.
want 0 user suspend bin --reason leave
want 0 user resume nobody
want 0 user show nobody --json
json '.state == "active"'
want 1 --dir "$d" --json
json '[.dormant.first[].user] == ["daemon"]'
# Asleep again, he is told of again.
later 120
run store upkeep
[ "$(records '.event == "dormant" and .target == "nobody"')" = 2 ] ||
    fail "who fell asleep again is not recorded again"
[ "$(records '.event == "dormant" and .target == "daemon"')" = 1 ] ||
    fail "who sleeps on is recorded twice"
# Another limit is another question.
sed -i '/^\[password\]/i [account]\ndormant_after = 50d' "$conf"
run store upkeep
[ "$(records '.event == "dormant" and .target == "daemon"')" = 2 ] ||
    fail "a changed limit tells nobody"
sed -i 's/^dormant_after = .*/dormant_after = never/' "$conf"
want 0 user show daemon --json
json '.state == "active" and .dormant_at == null'
finish
