#!/bin/bash
# traits.sh - fingers and faces in what the tool tells: who has nothing else,
# what is asked for with the reader there and from afar, what is missing for
# them, and where possession is called for
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/emulators/fingerprint/rig.sh" || exit 99
fpr_enter "$0" "$@"
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
with_object biometric.so
trap 'fpr_stop; at_end' EXIT
object=$(sed -n 's/^#define SEK_LIBEXECDIR "\(.*\)"$/\1/p' \
    "$SEK_BUILDDIR/config.h")/biometric.so
template() { find /var/lib/fprint/"$1" -type f | head -n 1; }

# ---- who has no way in but a trait

settings
want 0 policy check
want 0 init
want 0 enroll totp nobody -y
want 0 policy check
fpr_start || { echo "no fprintd of its own"; exit 99; }
fpr_line 'SCAN right' 'SCAN right' 'SCAN right' 'SCAN right' 'SCAN right' \
    >/dev/null 2>&1 &
want 0 enroll fingerprint bin -y
wait $!
want 0 enroll vendor-biometric daemon -y
want 1 policy check
says 'bin: has no way in but a finger or a face'
says 'daemon: has no way in but a finger or a face'
says 'sekisho enroll totp daemon'
grep -q nobody "$T/err" && fail "$err"
want 0 explain bin --json
json '.asked == ["password","fingerprint"] and
    .kinds == ["knowledge","inherence"]'
want 0 enroll totp bin -y
want 1 policy check
grep -q '^sekisho: bin\|^bin' "$T/err" && fail "$err"
want 0 authenticator list daemon --json
id=$(jq -r '.[0].id' "$T/out")
want 0 authenticator disable "$id"
want 0 policy check
want 0 authenticator remove "$id" -y
want 0 enroll totp daemon -y
want 0 enroll vendor-biometric daemon -y
want 0 policy check

# ---- both plans are told

want 0 explain bin --json
json '.asked == ["password","totp"] and .with_key == null and
    .with_card == null and .findings == []'
json '.with_finger == {"asked":["password","fingerprint"],
    "instead":["totp"],"verify":false}'
json '.kinds == ["knowledge","possession","inherence"]'
want 0 explain bin
grep -q 'with the fingerprint reader there: password, fingerprint$' "$T/out" ||
    fail "$out"
grep -q 'Without it after all: totp$' "$T/out" || fail "$out"
want 0 explain daemon --json
json '.asked == ["password","vendor-biometric"] and .with_finger == null'
want 0 explain nobody --json
json '.asked == ["password","totp"] and .with_finger == null and
    .findings == []'

# From afar there are none.
mkdir -p "$T/etc/sekisho.conf.d"
drop=$T/etc/sekisho.conf.d/60-traits.conf
printf '[terminal]\nallow_remote = yes\n' >"$drop"
for who in bin daemon; do
	want 0 explain $who --from 192.0.2.1 --json
	json '.asked == ["password","totp"] and .with_finger == null and
	    .kinds == ["knowledge","possession"] and
	    any(.findings[]; .reason == "from-afar" and (.blocks | not))'
done
want 0 explain nobody --from 192.0.2.1 --json
json '.findings == []'

# Where possession is called for a finger is none beside a password.
printf '[factors]\nrequire_possession = yes\n' >"$drop"
for who in bin daemon; do
	want 0 explain $who --json
	json '.asked == ["password","totp"] and (.with_finger == null or
	    .with_finger.asked == ["password","totp"])'
done
want 0 policy check
printf '[factors]\nkinds = 3\n' >"$drop"
want 0 explain bin --json
json '.asked == ["password","totp","fingerprint"]'
printf '[terminal]\nprofile = mynumber\n[factors]\nrequire_possession = no\n' \
    >"$drop"
want 1 policy check
says 'factors.require_possession = no: below the floor of yes'
says 'request exception --key factors.require_possession --value no'
printf '[terminal]\nprofile = mynumber\n' >"$drop"
"$SEK_BUILDDIR/tests/tools/store_acts" "$conf" exception bin games \
    factors.require_possession no daemon >/dev/null || fail "exception"
printf '[terminal]\nprofile = mynumber\n[factors]\nrequire_possession = no\n' \
    >"$drop"
want 0 policy check
grep -q 'factors.require_possession = no: exception .* for daemon$' \
    "$T/out" || fail "$out"
want 0 explain daemon --json
json '.asked == ["password","vendor-biometric"] and
    any(.findings[]; .reason == "exception")'
want 0 explain bin --json
json '.with_finger.asked == ["password","totp"] and
    any(.findings[]; .reason == "floor")'
want 0 explain nobody --json
json '.findings == []'
rm "$drop"

# ---- what is missing

d=$T/pam.d
mkdir "$d"
chmod 755 "$d"
chmod 711 "$T"
sound_lines >"$d/login"
printf 'auth required pam_deny.so\naccount required pam_deny.so\n' >"$d/other"
chmod 644 "$d"/*
want 0 explain bin --dir "$d" --service login --json
json 'any(.findings[]; .reason == "no-finger-line" and
    .detail == "fingerprint")'
want 1 explain daemon --dir "$d" --service login --json
json '.reason == "no-line" and (.findings[] | select(.blocks) |
    .detail == "vendor-biometric")'
run --dir "$d" --json
json '.fingerprints.accounts == 1 and .fingerprints.installed and
    .fingerprints.nothing_else.count == 0 and
    [.fingerprints.services_without.first[].user] == ["login"]'
json '.attention[] | select(.about == "fingerprints") |
    (.text | test("login; 1 people have one")) and
    .remedy == "sekisho stack enable"'

# A template that is not here opens nothing.
t=$(template bin)
mv "$t" "$T/template"
want 0 explain bin --json
json 'any(.findings[]; .reason == "finger-gone" and
    (.remedy | test("enroll fingerprint")))'
mv "$T/template" "$t"
want 0 explain bin --json
json '.findings == []'
fpr_stop
want 0 explain bin --json
json 'any(.findings[]; .reason == "no-fprintd") and
    .with_finger.asked == ["password","totp"]'
rm "$object"
want 0 explain bin --json
json 'any(.findings[]; .reason == "no-finger-object" and
    (.remedy | test("libpam-sekisho-biometric")))'
run --dir "$d" --json
json '.fingerprints.installed == false'
finish
