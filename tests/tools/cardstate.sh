#!/bin/bash
# cardstate.sh - IC cards in what the tool tells: which way in they change, who
# has nothing else, what is missing for them, certificates that end, what the
# policy only seems to ask of them, and the number of a card under an exception
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/emulators/card/rig.sh" || exit 99
cardrig_enter "$0" "$@"
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
with_object card.so
trap 'cardrig_end; at_end' EXIT
cardrig_alone || exit 99
object=$(sed -n 's/^#define SEK_LIBEXECDIR "\(.*\)"$/\1/p' \
    "$SEK_BUILDDIR/config.h")/card.so
acts=$SEK_BUILDDIR/tests/tools/store_acts

# ---- the policy says of itself what it does not do

# remark WORDS LINES: policy check says so of these lines; "": nothing.
remark()
{
	settings "$2"
	want 0 policy check
	if [ -z "$1" ]; then
		# What judges passwords is another test's.
		[ "$(grep -vc '^passwords cannot' "$T/out")" = 1 ] ||
		    fail "$2: $out"
	else
		grep -qF -- "$1" "$T/out" || fail "$2: no '$1' in: $out"
	fi
}
remark '' '[factors]
accept = password totp card-piv'
remark 'piv_pin_counts = yes: factors.accept does not name card-piv' '[factors]
accept = password totp card-jpki
piv_pin_counts = yes'
remark 'jpki_pin_counts = yes: factors.accept does not name card-jpki' '[factors]
jpki_pin_counts = yes'
remark 'there is no such folder' "[card]
anchors = $T/none"
remark 'pcscd) does not answer' '[factors]
accept = password card-jpki'
mv "$object" "$T/card.so"
remark 'libpam-sekisho-card' '[factors]
accept = password card-jpki'
remark 'libpam-sekisho-card pcscd, or libpam-sekisho-fido2' '[factors]
require_crypto_possession = yes'
mv "$T/card.so" "$object"
cardrig_start || { echo "no pcscd of its own"; exit 99; }
remark '' '[factors]
accept = password card-jpki'

# ---- whose way in they are

d=$T/pam.d
mkdir "$d"
chmod 755 "$d"
chmod 711 "$T"
settings
want 0 init
sound_lines >"$d/login"
printf 'auth required pam_deny.so\naccount required pam_deny.so\n' >"$d/other"
card=$(find "$(cd "$SEK_BUILDDIR" && pwd)/modules" -name \
    pam_sekisho_card.so | head -n 1)
sed "/auth .*oath/i auth required $card conf=$conf" "$d/login" >"$d/carded"
chmod 644 "$d"/*
# bin has a card alone, daemon one that ends in 20 days and a token, nobody a
# token.
cardrig_insert a piv 0 || fail "no card"
want 0 enroll card bin -y --json
end=$(jq -r .not_after "$T/out")
cardrig_remove a
cardrig_insert b piv 0 cert=soon ||
    { cardrig_remove b; cardrig_insert b piv 0; } || fail "no other card"
want 0 enroll card daemon -y
want 0 enroll totp daemon -y
want 0 enroll totp nobody -y

# Both plans are told: with a card on a reader, and with none.
want 0 explain bin --json
json '.asked == ["password","card-piv"] and .with_key == null'
json '.with_card ==
    {"asked":["password","card-piv"],"instead":[],"verify":false}'
json '.kinds == ["knowledge","possession"] and .findings == []'
want 0 explain daemon --json
json '.asked == ["password","totp"]'
json '.with_card ==
    {"asked":["password","card-piv"],"instead":["totp"],"verify":false}'
want 0 explain nobody --json
json '.asked == ["password","totp"] and .with_card == null'
want 0 explain daemon
grep -q 'with a card on a reader: password, card-piv$' "$T/out" || fail "$out"
mkdir "$T/etc/sekisho.conf.d" 2>/dev/null
printf '[factors]\npiv_pin_counts = yes\n[terminal]\nallow_remote = yes\n' \
    >"$T/etc/sekisho.conf.d/60-pin.conf"
want 0 explain daemon --json
json '.with_card == {"asked":["card-piv"],"instead":[],"verify":true}'
want 0 explain daemon
grep -q 'PIN of the card is the second kind' "$T/out" || fail "$out"
want 0 explain daemon --from 192.0.2.1 --json
json '.with_card.asked == ["password","card-piv"] and
    .with_card.verify == false'
rm "$T/etc/sekisho.conf.d/60-pin.conf"

# A service without their line.
want 0 explain bin --dir "$d" --service carded --json
json '[.findings[] | select(.rule == "stack")] == []'
want 1 explain bin --dir "$d" --service login --json
json '.reason == "no-line" and (.findings[] | select(.blocks) |
    .detail == "card-piv")'
want 0 explain daemon --dir "$d" --service login --json
json '[.findings[].reason] | contains(["no-card-line"])'

# ---- certificates that end

last=$(date -d "$end" +%s) || fail "a date: $end"
# As the terminal has it.
at() { TZ=Asia/Tokyo date -d "@$(($last + $1))" '+%Y-%m-%d %H:%M'; }
want 0 explain bin --at "$(at -7200)" --json
json '.findings[] | select(.reason == "card-ending") |
    (.blocks | not) and .until != null and (.detail | test("card-piv"))'
want 1 explain bin --at "$(at 7200)" --json
json '.reason == "not-enrolled" and .with_card == null and
    any(.findings[]; .reason == "card-ended" and .since != null and
    (.remedy | test("enroll card bin")))'
want 0 explain daemon --at "$(at 7200)" --json
json '.asked == ["password","totp"] and
    any(.findings[]; .reason == "card-ended")'
want 0 explain bin --at "$(at -7776000)" --json
json '[.findings[] | select(.reason != "dormant")] == []'

# ---- the number of a card: below the floor

drop=$T/etc/sekisho.conf.d/70-uid.conf
uid='[factors]
accept = password totp card-piv card-uid'
echo "$uid" >"$drop"
want 1 policy check
says 'factors.accept = card-uid: below the floor of no card-uid'
says 'request exception --key factors.accept --value card-uid'
rm "$drop"
"$acts" "$conf" exception bin games factors.accept card-uid daemon \
    >/dev/null || fail "exception"
echo "$uid" >"$drop"
want 0 policy check
grep -q 'factors.accept = card-uid: exception .* until .*, for daemon$' \
    "$T/out" || fail "$out"
want 0 policy show factors.accept --json
json '.[0].value == "password totp card-piv card-uid" and
    (.[0].source | test("; exception .* for daemon"))'
want 0 explain daemon --json
rm "$drop"

# ---- the state of this terminal

want 1 --dir "$d" --json
json '.cards.accounts == 2 and .cards.installed'
json '.cards.nothing_else.count == 1 and
    .cards.nothing_else.first[0].user == "bin"'
json '[.cards.services_without.first[].user] == ["login"]'
json '.cards.certificates.count == 1 and
    .cards.certificates.first[0].user == "daemon" and
    .security_keys.accounts == 0'
json 'any(.attention[].text; test("1 people have a card whose"))'
json '.attention[] | select(.about == "IC cards") |
    (.text | test("login; 1 people have nothing else")) and
    .remedy == "sekisho stack enable"'
printf '[card]\nwarn = 0\n' >>"$conf"
want 1 --dir "$d" --json
json '.cards.certificates.count == 0'
json 'any(.attention[].text; test("card whose")) | not'

# Nobody is there to ask.
cardrig_stop
want 1 explain bin --json
json '.reason == "device" and (.findings[] | select(.blocks) |
    .text | test("pcscd"))'
want 0 explain daemon --json
json '.with_card.asked == ["password","totp"] and
    any(.findings[]; .reason == "no-pcscd")'
rm "$object"
want 1 explain bin --json
json '.reason == "device" and (.findings[] | select(.blocks) |
    .remedy | test("libpam-sekisho-card"))'
want 0 explain daemon --json
json '[.findings[].reason] | contains(["no-card-object"])'
want 0 explain nobody --json
json '[.findings[] | select(.reason != "dormant")] == []'
want 1 --dir "$d" --json
json '.cards.installed == false'
json '.tomorrow.cannot == 1 and .tomorrow.reasons[0].reason == "device" and
    .tomorrow.reasons[0].first[0].user == "bin"'
want 1 --dir "$d"
grep -q 'IC cards cannot be asked here: .*: bin$' "$T/out" || fail "$out"

finish
