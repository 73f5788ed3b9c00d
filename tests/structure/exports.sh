#!/bin/bash
# exports.sh - a module exports its pam_sm_* and nothing else, asks for no
# library it does not use, and what has auth has setcred
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_BUILDDIR:-.}" || exit 99
rc=0
n=0

# phases NAME: what design §2 says the module answers.
phases()
{
	case $1 in
	pam_sekisho_lockout)	echo authenticate setcred acct_mgmt ;;
	pam_sekisho_password)	echo authenticate setcred acct_mgmt chauthtok ;;
	pam_sekisho_card)	echo authenticate setcred ;;
	pam_sekisho_fido2)	echo authenticate setcred ;;
	pam_sekisho_biometric)	echo authenticate setcred ;;
	pam_sekisho_oath)	echo authenticate setcred ;;
	pam_sekisho_ticket)	echo authenticate setcred ;;
	pam_sekisho_gate)	echo authenticate setcred acct_mgmt ;;
	pam_sekisho_privilege)	echo acct_mgmt open_session close_session ;;
	pam_sekisho_session)	echo open_session close_session ;;
	esac
}

for so in modules/*/*.so; do
	[ -f "$so" ] || continue
	n=$((n + 1))
	name=$(basename "$so" .so)
	exported=$(nm -D --defined-only "$so" | awk '{ print $3 }')
	while read -r s; do
		case $s in
		pam_sm_*) ;;
		*)	echo "not ok: $name exports $s"; rc=1 ;;
		esac
	done <<<"$exported"
	for p in $(phases "$name"); do
		if ! grep -qx "pam_sm_$p" <<<"$exported"; then
			echo "not ok: $name has no pam_sm_$p"
			rc=1
		fi
	done
	# Without setcred an auth module makes setcred fail: 28.
	if grep -qx pam_sm_authenticate <<<"$exported" &&
	    ! grep -qx pam_sm_setcred <<<"$exported"; then
		echo "not ok: $name has pam_sm_authenticate but no pam_sm_setcred"
		rc=1
	fi
	needed=$(readelf -d "$so" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p')
	echo "$name:" $needed
	bad=$(grep -E '^lib(smartcols|cjson|qrencode|csv|systemd|crypto|ssl|pq|pwquality|crack|fido2|pcsclite)\.' <<<"$needed")
	if [ -n "$bad" ]; then
		echo "not ok: $name loads" $bad
		rc=1
	fi
	if readelf -dW "$so" | grep -qE 'RPATH|RUNPATH|TEXTREL'; then
		echo "not ok: $name has a run path or text relocations"
		rc=1
	fi
	if [ "$SANITIZERS" != yes ] &&
	    ! readelf -dW "$so" | grep -q 'BIND_NOW'; then
		echo "not ok: $name is not bound at load"
		rc=1
	fi
	if readelf -lW "$so" | grep -E 'GNU_STACK.*RWE'; then
		echo "not ok: $name wants an executable stack"
		rc=1
	fi
done
for m in lockout password card fido2 oath ticket gate session; do
	if ! [ -f "modules/pam_sekisho_$m/pam_sekisho_$m.so" ]; then
		echo "not ok: pam_sekisho_$m was not built"
		rc=1
	fi
done
# Who has no device does without its library: one object alone needs it.
object()
{
	local so=$1.so symbol=$2 exported needed lib

	if ! [ -f "$so" ]; then
		echo "not ok: $so was not built"
		rc=1
		return
	fi
	exported=$(nm -D --defined-only "$so" | awk '{ print $3 }')
	if [ "$exported" != "$symbol" ]; then
		echo "not ok: $so exports" $exported
		rc=1
	fi
	needed=$(readelf -d "$so" | sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p')
	echo "$1:" $needed
	shift 2
	for lib; do
		if ! grep -q "^$lib\.so" <<<"$needed"; then
			echo "not ok: $so does not load $lib"
			rc=1
		fi
	done
	if readelf -dW "$so" | grep -qE 'RPATH|RUNPATH|TEXTREL' ||
	    readelf -lW "$so" | grep -qE 'GNU_STACK.*RWE'; then
		echo "not ok: $so has a run path, text relocations or an executable stack"
		rc=1
	fi
	if [ "$SANITIZERS" != yes ] && ! readelf -dW "$so" | grep -q 'BIND_NOW'; then
		echo "not ok: $so is not bound at load"
		rc=1
	fi
}
object fido2 sek_fido2_object libfido2 libcrypto
object card sek_card_object libpcsclite libcrypto libz
object biometric sek_fingerprint_object libsystemd
object quality sek_quality_object libpwquality libunistring
# And neither that of the other.
if readelf -d fido2.so | grep -qE 'NEEDED.*\[libpcsclite\.' ||
    readelf -d card.so | grep -qE 'NEEDED.*\[lib(fido2|cbor)\.'; then
	echo "not ok: fido2.so and card.so need each other's libraries"
	rc=1
fi
for f in sekisho sekisho-store sekisho-guard sekisho-helper modules/*/*.so; do
	[ -f "$f" ] || continue
	if readelf -d "$f" | grep -qE 'NEEDED.*\[lib(fido2|crypto|cbor|pcsclite|pwquality|z)\.'; then
		echo "not ok: $f loads libfido2, libpcsclite, libpwquality, libcrypto or libz"
		rc=1
	fi
done
echo "$n modules looked at"
exit $rc
