#!/bin/bash
# keys.sh - security keys in what the tool tells: which way in they change, who
# has nothing else, what is missing for them, and what the policy only seems to
# ask of them
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
with_object fido2.so
object=$(sed -n 's/^#define SEK_LIBEXECDIR "\(.*\)"$/\1/p' \
    "$SEK_BUILDDIR/config.h")/fido2.so

# ---- the policy says of itself what it does not prove

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
model=2fc0579f811347eab116bb5a8db9202a
mkdir "$T/roots"
remark '' ''
remark '' "[fido2]
attestation = trusted
aaguids = $model
roots = $T/roots"
remark 'a key says itself' "[fido2]
aaguids = $model"
remark 'a key says itself' "[fido2]
aaguids = $model
attestation = packed
roots = $T/roots"
remark 'anybody'\''s certificate' '[fido2]
attestation = packed'
remark 'no key can be enrolled' '[fido2]
attestation = trusted'
remark 'there is no such folder' "[fido2]
roots = $T/none"
remark 'does not name fido2' '[factors]
accept = password totp
fido2_uv_counts = yes'
remark '' '[factors]
accept = password fido2'
mv "$object" "$T/fido2.so"
remark 'libpam-sekisho-fido2' '[factors]
accept = password fido2'
remark 'libpam-sekisho-fido2' '[factors]
require_crypto_possession = yes'
remark '' ''
mv "$T/fido2.so" "$object"

# ---- whose way in they are

d=$T/pam.d
mkdir "$d"
chmod 755 "$d"
chmod 711 "$T"
settings
sound_lines >"$d/login"
printf 'auth required pam_deny.so\naccount required pam_deny.so\n' >"$d/other"
fido2=$(find "$(cd "$SEK_BUILDDIR" && pwd)/modules" -name \
    pam_sekisho_fido2.so | head -n 1)
sed "/auth .*oath/i auth required $fido2 conf=$conf" "$d/login" >"$d/keyed"
chmod 644 "$d"/*

# bin has a key alone, daemon a key that verifies and a token, nobody a token.
kh=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=
pk=axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==
{
	echo "bin:$kh,$pk,es256,+presence"
	echo "daemon:$kh,$pk,es256,+presence+verification"
} >"$T/keys"
chmod 600 "$T/keys"
want 0 init
want 0 import "$T/keys" --format pam_u2f --rp-id pam://town -y
want 0 enroll totp daemon -y
want 0 enroll totp nobody -y

# Both plans are told: with a key plugged in, and with none.
want 0 explain bin --json
json '.asked == ["password","fido2"]'
json '.with_key == {"asked":["password","fido2"],"instead":[],"verify":false}'
json '.kinds == ["knowledge","possession"] and .findings == []'
want 0 explain daemon --json
json '.asked == ["password","totp"]'
json '.with_key ==
    {"asked":["password","fido2"],"instead":["totp"],"verify":false}'
want 0 explain nobody --json
json '.asked == ["password","totp"] and .with_key == null'
want 0 explain daemon
grep -q '^Asked for: password, totp$' "$T/out" || fail "$out"
grep -q 'with a security key plugged in: password, fido2$' "$T/out" ||
    fail "$out"
grep -q '^Without it after all: totp$' "$T/out" || fail "$out"
# It is all he is asked for where policy says so, and he is here.
mkdir "$T/etc/sekisho.conf.d" 2>/dev/null
printf '[factors]\nfido2_uv_counts = yes\n[terminal]\nallow_remote = yes\n' \
    >"$T/etc/sekisho.conf.d/60-uv.conf"
want 0 explain daemon --json
json '.with_key == {"asked":["fido2"],"instead":[],"verify":true}'
want 0 explain daemon
grep -q 'has to verify its holder' "$T/out" || fail "$out"
want 0 explain daemon --from 192.0.2.1 --json
json '.with_key.asked == ["password","fido2"] and .with_key.verify == false'
want 0 explain bin --json
json '.with_key.asked == ["password","fido2"]'
rm "$T/etc/sekisho.conf.d/60-uv.conf"

# A service without their line shuts out who has nothing else; who has, while
# a key is plugged in.
want 0 explain bin --dir "$d" --service keyed --json
json '[.findings[] | select(.rule == "stack")] == []'
want 0 explain daemon --dir "$d" --service keyed --json
json '[.findings[] | select(.rule == "stack")] == []'
want 1 explain bin --dir "$d" --service login --json
json '.reason == "no-line" and (.findings[] | select(.blocks) |
    .detail == "fido2" and (.remedy | test("stack enable")))'
want 0 explain daemon --dir "$d" --service login --json
json '[.findings[].reason] | contains(["no-key-line"])'
want 0 explain nobody --dir "$d" --service login --json
json '[.findings[].reason] | contains(["no-key-line"]) | not'
grep -v oath "$d/login" >"$d/codeless"
want 1 explain nobody --dir "$d" --service codeless --json
json '.reason == "no-line" and any(.findings[]; .detail == "totp")'

# ---- the state of this terminal

rm "$d/codeless"
want 1 --dir "$d" --json
json '.security_keys.accounts == 2 and .security_keys.installed'
json '.security_keys.nothing_else.count == 1'
json '.security_keys.nothing_else.first[0].user == "bin"'
json '[.security_keys.services_without.first[].user] == ["login"]'
json '.attention[] | select(.about == "security keys") |
    (.text | test("login; 1 people have nothing else")) and
    .remedy == "sekisho stack enable"'
mv "$d/keyed" "$d/login"
want 1 --dir "$d" --json
json '.security_keys.services_without.count == 0'
json '[.attention[].about] | contains(["security keys"]) | not'

# Suspect, and it was all there is.
id=$("$sekisho" --conf "$conf" authenticator list bin --json |
    jq -r '.[0].id')
want 0 authenticator lost "$id" --reason dropped -y
want 1 explain bin --json
json '.reason == "not-enrolled" and .with_key == null'
json '.findings[] | select(.rule == "authenticator") |
    .reason == "suspect" and (.detail | test("fido2 .*suspect")) and
    (.remedy | test("authenticator found"))'
want 1 --dir "$d" --json
json '.tomorrow.suspect_or_disabled.first[0].user == "bin"'
json '[.attention[].text] | any(test("suspect or disabled"))'
json '.security_keys.nothing_else.count == 0'
want 0 authenticator found "$id" --reason desk -y
want 0 explain bin
want 1 --dir "$d" --json
json '.tomorrow.suspect_or_disabled.count == 0'

# Nothing here talks to keys: loud, and no key is seen.
rm "$object"
want 1 explain bin --json
json '.reason == "device" and (.findings[] | select(.blocks) |
    .remedy | test("libpam-sekisho-fido2"))'
want 0 explain daemon --json
json '.with_key.asked == ["password","totp"]'
json '[.findings[].reason] | contains(["no-object"])'
want 1 --dir "$d" --json
json '.security_keys.installed == false'
json '.attention[] | select(.about == "security keys") |
    (.text | test("1 people have nothing else")) and
    (.remedy | test("libpam-sekisho-fido2"))'
json '.tomorrow.cannot == 1 and .tomorrow.reasons[0].reason == "device" and
    .tomorrow.reasons[0].first[0].user == "bin"'
want 1 --dir "$d"
grep -q 'what talks to them is not installed: bin$' "$T/out" || fail "$out"
want 0 authenticator remove "$id" -y
want 1 --dir "$d" --json
json '.attention[] | select(.about == "security keys") |
    .text | test("1 people have one")'
id=$("$sekisho" --conf "$conf" authenticator list daemon --json |
    jq -r '.[] | select(.method == "fido2") | .id')
want 0 authenticator remove "$id" -y
want 1 --dir "$d" --json
json '.security_keys.installed == null'
json '[.attention[].about] | contains(["security keys"]) | not'

finish
