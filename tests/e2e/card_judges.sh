#!/bin/bash
# card_judges.sh - others judge the software cards: what OpenSC's tools and
# openssl say of them through the real pcscd, knob by knob
#
#	SEK_BUILDDIR=<a build> tests/e2e/card_judges.sh
#
# So that card and suite cannot agree on one mistake. As root, in namespaces
# of its own; nothing of ours is used but the cards.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/emulators/card/rig.sh
. "$here/../emulators/card/rig.sh"
for tool in opensc-tool pkcs15-tool pkcs11-tool piv-tool openssl; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
cardrig_enter "$0" "$@"
trap cardrig_end EXIT
trap 'exit 130' INT TERM HUP
cardrig_start || exit 99
cd "$CARDRIG_DIR" || exit 99
# A cache of what a card said would hide what it says now.
printf 'app default { framework pkcs15 { use_file_caching = no; } }\n' >opensc.conf
export OPENSC_CONF=$CARDRIG_DIR/opensc.conf HOME=$CARDRIG_DIR
printf 'what is to be signed' >text
failed=0

# says NAME REGEX CMD...: exit status and output, "rc=N TEXT"
says()
{
	local name=$1 want=$2 got rc

	shift 2
	got=$("$@" 2>&1)
	rc=$?
	if tr '\n' ' ' <<<"rc=$rc $got" | grep -qE -- "$want"; then
		echo "ok $name"
	else
		echo "not ok $name"
		printf '    wanted %s\n    rc=%s %s\n' "$want" "$rc" "$got"
		failed=1
	fi
}
# never NAME REGEX CMD...: it is not said
never()
{
	local name=$1 not=$2 got

	shift 2
	got=$("$@" 2>&1)
	if grep -qE -- "$not" <<<"$got"; then
		echo "not ok $name"
		printf '    %s\n' "$got"
		failed=1
	else
		echo "ok $name"
	fi
}
is()
{
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		echo "not ok $1: wanted $2, got $3"
		failed=1
	fi
}
p11()	{ timeout 120 pkcs11-tool --slot-index 0 "$@"; }
p15()	{ timeout 120 pkcs15-tool "$@"; }
# signed ID PIN MECHANISM: one signature, to sig
signed()
{
	rm -f sig
	p11 --login --pin "$2" --sign --id "$1" -m "$3" -i text -o sig
}
# alone HASH OPTION...: 9E signs, and nobody gives a PIN
alone()
{
	openssl dgst "-${1/sha-/sha}" -binary text >hash
	rm -f sig
	timeout 120 pkcs15-crypt --sign --key 04 "--$1" -i hash -o sig -R \
	    "${@:2}" </dev/null
}
# sound CERTIFICATE [OPTION]: openssl's verdict on sig
sound()
{
	openssl x509 -in "$1" -pubkey -noout >pub &&
	    openssl dgst "${2:--sha256}" -verify pub -signature sig text
}
# ecdsa ID PIN HASH: OpenSC takes a hash for EC
ecdsa()
{
	openssl dgst "-$3" -binary text >hash
	rm -f sig
	p11 --login --pin "$2" --sign --id "$1" -m ECDSA -i hash -o sig \
	    --signature-format openssl
}
j_signs() { signed 01 1234 SHA256-RSA-PKCS && sound j/auth.pem; }
p_signs() { signed 01 123456 SHA256-RSA-PKCS && sound p/9a.pem; }
# shown ID FILE: the certificate that pkcs15-tool reads is that of FILE
shown()
{
	p15 --read-certificate "$1" -o read.pem &&
	    openssl x509 -in read.pem -outform der -out read.der &&
	    cmp read.der "$2" && echo same
}

# ---------------------------------------------------------------- JPKI --

cardrig_insert j jpki 0 forbidden=shown || exit 99
says "jpki: opensc-tool knows it" '^rc=0 .*jpki' opensc-tool -n
says "jpki: by its ATR" '3b:e0:00:ff:81:31:fe:45:14' opensc-tool --atr
says "jpki: pkcs15-tool lists its PIN with 3 tries" 'Tries left +: 3' p15 -D
says "jpki: its key" 'User Authentication Key' p15 -D
says "jpki: its certificate is read, without a PIN" 'same' shown 01 j/auth.der
says "jpki: its CA's certificate" 'same' shown 03 j/ca.der
says "jpki: a signature with the PIN" 'Verified OK' j_signs
says "jpki: one without is refused" '^rc=[1-9]' signed 01 '' SHA256-RSA-PKCS
says "jpki: pkcs11-tool --test: each signature verifies" \
    'all 4 signature functions seem to work' p11 --login --pin 1234 --test
never "jpki: pkcs11-tool --test: no error but that no card gives chance" \
    '(ERR: C_[^G]|ERR: [^C]|FAIL)' p11 --login --pin 1234 --test

cardrig_forget j
says "jpki: a wrong PIN" 'CKR_PIN_INCORRECT' signed 01 9999 SHA256-RSA-PKCS
is "jpki: costs one try" 2 "$(cardrig_tries j)"
is "jpki: by one VERIFY" 1 "$(cardrig_logged j 'verify 4 bytes -> 63c2')"
is "jpki: the PIN is not in the log" 0 "$(cardrig_logged j 39393939)"
says "jpki: pkcs15-tool sees it" 'Tries left +: 2' p15 -D
is "jpki: looking costs none" 2 "$(cardrig_tries j)"
says "jpki: the right one" 'Verified OK' j_signs
is "jpki: gives all tries back" 3 "$(cardrig_tries j)"
for n in 2 1 0; do
	signed 01 9999 SHA256-RSA-PKCS >/dev/null 2>&1
	is "jpki: wrong again" $n "$(cardrig_tries j)"
done
says "jpki: blocked: the right one is refused" 'CKR_PIN_LOCKED|CKR_PIN_INCORRECT' \
    signed 01 1234 SHA256-RSA-PKCS
is "jpki: blocked it stays" 0 "$(cardrig_tries j)"
cardrig_remove j
cardrig_insert j jpki 0
is "jpki: taken out and put in, too" 0 "$(cardrig_tries j)"
for sw in 6983 6984 63c0; do
	cardrig_knobs j forbidden=shown blocked=$sw
	cardrig_forget j
	signed 01 1234 SHA256-RSA-PKCS >/dev/null 2>&1
	is "jpki: blocked=$sw is said so" yes \
	    "$([ "$(cardrig_logged j "apdu 00200080 -> $sw")" -gt 0 ] && echo yes)"
done
cardrig_knobs j forbidden=shown tries=3
says "jpki: tries=3" 'Verified OK' j_signs
# A plain VERIFY by nobody's driver: without Lc and with Le.
cardrig_slot apdu '00 00' 00a4040c0ad392f000260100000001 00a4020c020018 \
    00200080 0020008000 00200080053132333435 >answers
is "jpki: tries are asked by case 1; case 2 and five digits are of no length" \
    "9000 9000 63c3 6700 6700" "$(paste -sd' ' answers)"
is "jpki: which costs none" 3 "$(cardrig_tries j)"
cardrig_slot apdu '00 00' 00a4040c0ad392f000260100000001 00a4020c020018 \
    002000800431323334 00a4020c020017 802a0080013000 \
    00a4040c0ad392f000260100000001 00a4020c020017 802a0080013000 |
    sed -E 's/^.{20,}(9000)$/signature \1/' >answers
is "jpki: selected again, nobody is verified" \
    "9000 9000 9000 9000 signature 9000 9000 9000 6982" "$(paste -sd' ' answers)"

for k in wrong othertext otherkey zero garbage; do
	cardrig_knobs j forbidden=shown sig=$k
	says "jpki: sig=$k: a signature that does not verify" \
	    'Verification failure|Error verifying|rsa' eval '
	    signed 01 1234 SHA256-RSA-PKCS && ! sound j/auth.pem'
done
cardrig_knobs j forbidden=shown
j_signs >/dev/null 2>&1
cardrig_knobs j forbidden=shown sig=replay
printf 'another text' >text
says "jpki: sig=replay: that of before" 'Verification failure' \
    eval 'signed 01 1234 SHA256-RSA-PKCS; sound j/auth.pem'
cardrig_knobs j

for t in '' phone-android phone-ios old; do
	cardrig_knobs j token=$t
	cardrig_slot apdu '00 00' 00a4040c0ad392f000260100000001 \
	    00a4020c020006 00b0000020 | tail -n 1 | tr a-f A-F | basenc --base16 -d | tr -d '\220\0' >answers
	case $t in
	'')		want='JPKIAPICCTOKEN2' ;;
	phone-android)	want='JPKIAPGPSETOKEN' ;;
	phone-ios)	want='JPKIAPIOSTOKEN' ;;
	old)		want='JPKIAPICCTOKEN' ;;
	esac
	is "jpki: token=$t" "$want" "$(sed 's/ *$//' answers)"
done
cardrig_knobs j
cardrig_forget j
says "jpki: without the signing half OpenSC does not take it" \
    '^rc=1 .*Unsupported card' p15 -D
is "jpki: and it is written down who reached for it" yes \
    "$([ "$(cardrig_logged j 'forbidden 001b')" -gt 0 ] && echo yes)"
cardrig_forget j
cardrig_slot apdu '00 00' 00a4040c0ad392f000260100000001 00a4020c02001a \
    00a4020c020001 00a4020c020002 00a4040c0ad3921000310001010408 \
    00a4040c0ad3921000310001010100 >answers
is "jpki: all of that is absent" "9000 6a82 6a82 6a82 6a82 6a82" \
    "$(paste -sd' ' answers)"
is "jpki: and written down" 5 "$(cardrig_logged j forbidden)"

# --------------------------------------------- certificates, by openssl --

# verdict CERT: that of openssl on what the card shows
verdict()
{
	cardrig_knobs j forbidden=shown cert="$1"
	p15 --read-certificate 01 -o read.pem || return
	openssl verify -CAfile "${2:-j/ca.pem}" read.pem
}
says "cert=ok" 'read.pem: OK' verdict ok
says "cert=soon: it ends within 60 days" 'will expire' eval \
    'verdict soon && openssl x509 -in read.pem -noout -checkend $((60 * 86400))'
says "cert=redated" 'read.pem: OK' verdict redated
says "cert=renewed" 'read.pem: OK' verdict renewed
says "cert=renewed: another key, and it signs" 'Verified OK' j_signs
says "cert=otherkey" 'read.pem: OK' verdict otherkey
says "cert=otherkey: its key is not there" 'Verification failure' j_signs
says "cert=big" 'read.pem: OK' verdict big
says "cert=noaki" 'read.pem: OK' verdict noaki
says "cert=expired" 'certificate has expired' verdict expired
says "cert=future" 'not yet valid' verdict future
says "cert=selfsigned" 'self-signed|unable to get' verdict selfsigned
says "cert=badsig" 'signature failure' verdict badsig
says "cert=otherca: not by ca.pem" 'signature failure|unable to get|key identifier' verdict otherca
says "cert=otherca: by ca2.pem" 'read.pem: OK' verdict otherca j/ca2.pem
is "the two have one name" "$(openssl x509 -in j/ca.pem -noout -subject)" \
    "$(openssl x509 -in j/ca2.pem -noout -subject)"
says "the certificate names its issuer by key" "$(openssl x509 -in j/ca.pem -noout \
    -ext subjectKeyIdentifier | tail -n 1 | tr -d ' ')" \
    openssl x509 -in j/auth-rsa2048-ok.pem -noout -ext authorityKeyIdentifier
for k in garbage truncated lies none; do
	cardrig_knobs j forbidden=shown cert=$k
	says "cert=$k: none that is read" '^rc=[1-9]' shown 01 j/auth.der
done
cardrig_remove j

# ----------------------------------------------------------------- PIV --

cardrig_insert p piv 0 || exit 99
says "piv: opensc-tool knows it" '^rc=0 .*Personal Identity Verification' opensc-tool -n
says "piv: piv-tool too" 'Personal Identity Verification' piv-tool --name
for k in 9a:01 9e:04; do
	says "piv: the certificate of ${k%:*}, without a PIN" 'same' \
	    shown "${k#*:}" "p/${k%:*}.der"
done
says "piv: 9A is behind the PIN, 9E is not" '^rc=0' eval 'p15 -k |
	perl -0ne "exit !(/PIV AUTH key.*?Auth ID +: 01.*CARD AUTH key(?!.*Auth ID)/s)"'
says "piv: pkcs11-tool --test" 'all 4 signature functions seem to work' \
    p11 --login --pin 123456 --test
never "piv: pkcs11-tool --test: no error but that no card gives chance" \
    '(ERR: C_[^G]|ERR: [^C]|FAIL)' p11 --login --pin 123456 --test
says "piv: 9A without the PIN" '^rc=[1-9]' signed 01 '' SHA256-RSA-PKCS
for k in rsa2048 rsa3072; do
	cardrig_knobs p key=$k key9e=$k
	says "piv: $k: 9A signs with the PIN" 'Verified OK' p_signs
	cardrig_forget p
	says "piv: $k: 9E signs without" 'Verified OK' \
	    eval 'alone sha-256 --pkcs1 && sound p/9e.pem'
	is "piv: $k: no VERIFY" 0 "$(cardrig_logged p verify)"
	is "piv: $k: in a chain" yes \
	    "$([ "$(cardrig_logged p 'apdu 1087')" -gt 0 ] && echo yes)"
	is "piv: $k: and by GET RESPONSE" yes \
	    "$([ "$(cardrig_logged p 'apdu 00c0')" -gt 0 ] && echo yes)"
done
for k in p256:sha256 p384:sha384; do
	cardrig_knobs p key=${k%:*} key9e=${k%:*}
	says "piv: $k: 9A signs with the PIN" 'Verified OK' \
	    eval "ecdsa 01 123456 ${k#*:} && sound p/9a.pem -${k#*:}"
	says "piv: $k: 9E without" 'Verified OK' \
	    eval "alone ${k/*:sha/sha-} -f openssl && sound p/9e.pem -${k#*:}"
	cardrig_knobs p key=${k%:*} sig=otherkey
	says "piv: $k: sig=otherkey" 'Verification failure' \
	    eval "ecdsa 01 123456 ${k#*:}; sound p/9a.pem -${k#*:}"
done
cardrig_knobs p key=rsa1024
says "piv: rsa1024" 'Public-Key: \(1024 bit\)' eval \
    'shown 01 p/9a.der; openssl x509 -in p/9a.pem -noout -text'
for k in gzip zlib; do
	cardrig_knobs p cert=$k
	says "piv: cert=$k is unpacked" 'same' shown 01 p/9a.der
done
for k in bomb none empty garbage; do
	cardrig_knobs p cert=$k
	says "piv: cert=$k: none" '^rc=[1-9]' shown 01 p/9a.der
done
cardrig_knobs p
cardrig_forget p
says "piv: a wrong PIN" 'CKR_PIN_INCORRECT' signed 01 999999 SHA256-RSA-PKCS
is "piv: costs one try" 2 "$(cardrig_tries p)"
is "piv: by one VERIFY" 1 "$(cardrig_logged p 'verify 8 bytes -> 63c2')"
says "piv: then right" 'Verified OK' p_signs
is "piv: all tries are back" 3 "$(cardrig_tries p)"
cardrig_knobs p tries=1
says "piv: the last one, wrong" 'CKR_PIN' signed 01 999999 SHA256-RSA-PKCS
cardrig_forget p
says "piv: blocked" 'CKR_PIN_LOCKED' signed 01 123456 SHA256-RSA-PKCS
is "piv: which is 6983" yes \
    "$([ "$(cardrig_logged p ' -> 6983')" -gt 0 ] && echo yes)"
cardrig_knobs p tries=3 neo=yes
cardrig_slot apdu '00 00' 00a404000ba000000308000010000100 00200080 \
    00200080083939393939ffffff 002000800839393939393939ff |
    tail -n 3 >answers
is "piv: neo=yes says 630x; five digits are no PIN and cost nothing" \
    "6303 6a80 6302" "$(paste -sd' ' answers)"

# The status of a PIN outlives who gave it, until it is taken back.
cardrig_knobs p tries=3
mkfifo keep
cardrig_slot keep '00 00' 8 8<keep >kept &
keeper=$!
exec 7>keep
for i in $(seq 3000); do [ -s kept ] && break; sleep 0.02; done
cardrig_slot apdu '00 00' 00a404000ba000000308000010000100 \
    0020008008313233343536ffff >/dev/null
cardrig_slot apdu '00 00' 00a404000ba000000308000010000100 00200080 |
    tail -n 1 >answers
is "piv: another program finds it verified, and selecting again does not end it" \
    9000 "$(cat answers)"
cardrig_slot apdu '00 00' 00a404000ba000000308000010000100 0020ff80 00200080 |
    tail -n 1 >answers
is "piv: 00 20 FF 80 does" 63c3 "$(cat answers)"
cardrig_slot apdu '00 00' 00a404000ba000000308000010000100 \
    0020008008313233343536ffff >/dev/null
cardrig_slot reset '00 00' >/dev/null
cardrig_slot apdu '00 00' 00a404000ba000000308000010000100 00200080 |
    tail -n 1 >answers
is "piv: so does a reset" 63c3 "$(cat answers)"
exec 7>&-
wait $keeper

# -------------------------------------------------------------- faults --

# fault KNOB REGEX: what becomes of a signature; and all is well after it
fault()
{
	cardrig_knobs p "$1"
	says "$1" "$2" timeout -s KILL 5 pkcs11-tool --slot-index 0 --login \
	    --pin 123456 --sign --id 01 -m SHA256-RSA-PKCS -i text -o sig
	cardrig_knobs p tries=3
	cardrig_back p || failed=1
	says "  and then it signs" 'Verified OK' p_signs
}
fault eject=1 '^rc=1'
fault eject=verify '^rc=1 .*(CKR_DEVICE_REMOVED|CKR_TOKEN_NOT|CKR_DEVICE|CKR_GENERAL)'
fault eject=sign '^rc=1 .*(CKR_DEVICE_REMOVED|CKR_TOKEN_NOT|CKR_DEVICE|CKR_GENERAL)'
fault hang=verify '^rc=(124|137)'
fault hang=sign+ '^rc=(124|137)'
fault empty=verify '^rc=(124|137|1)'
fault short=verify '^rc=1'
fault garbage=verify '^rc=1'
fault long=tries '^rc=[0-9]'
fault resetby=sign '^rc=1'
fault sw.87=6f00 '^rc=1'
cardrig_knobs p eject=verify+
cardrig_forget p
signed 01 999999 SHA256-RSA-PKCS >/dev/null 2>&1
cardrig_knobs p
cardrig_back p
is "eject=verify+: it was counted before" 2 "$(cardrig_tries p)"
cardrig_knobs p eject=verify tries=3
signed 01 999999 SHA256-RSA-PKCS >/dev/null 2>&1
cardrig_knobs p
cardrig_back p
is "eject=verify: it was not" 3 "$(cardrig_tries p)"
cardrig_knobs p slow=50
says "slow=50: it signs all the same" 'Verified OK' p_signs
cardrig_knobs p

cardrig_stop
says "pcscd ended" '^rc=[1-9]' opensc-tool -n
cardrig_up || failed=1
cardrig_back p || failed=1
says "pcscd is back, and the card in its reader" 'Verified OK' p_signs
cardrig_remove p
says "taken out" 'Card not present|No smart card|not present' opensc-tool -n

# ----------------------------------------------------------------- UID --

cardrig_insert u uid 0 || exit 99
# uid_is NAME "BYTES same|other FIRST" KNOB: its answer, before and after the
# power was off; FIRST "" any
uid_is()
{
	local same=other

	cardrig_remove u
	cardrig_insert u uid 0 uid="$3"
	opensc-tool --card-driver default -s FF:CA:00:00:00 2>/dev/null |
	    sed -nE 's/^(([0-9A-F]{2} )+).*/\1/p' | tr -d ' \n' | tr A-F a-f >seen
	cardrig_slot apdu '00 00' ffca000000 | sed 's/9000$//' >one
	cardrig_remove u
	cardrig_insert u uid 0
	cardrig_slot apdu '00 00' ffca000000 | sed 's/9000$//' >two
	cmp -s one two && same=same
	is "$1" "$2" "$(($(wc -c <one) / 2)) $same${2:+ $(head -c 2 one)}"
	[ $same = other ] || is "  by opensc-tool, too" "$(cat one)" "$(cat seen)"
}
uid_is "felica: 8 bytes, always the same" "8 same 01" felica
uid_is "7 bytes" "7 same 04" 7
uid_is "4 bytes" "4 same 5a" 4
uid_is "10 bytes" "10 same 88" 10
uid_is "random: 08 and chance" "4 other 08" random
uid_is "changing: 7 bytes of chance" "7 other 04" changing
cardrig_remove u
cardrig_insert u uid 0 uid=b
says "b: its ATR is made of the ATQB" '3b:88:80:01' opensc-tool --atr
cardrig_remove u
cardrig_insert j jpki 0
is "a card of another type shows none" 6e00 "$(cardrig_slot apdu '00 00' ffca000000)"
exit $failed
