#!/bin/bash
# u2f.sh - a mapping file of pam_u2f, in its forms of now and of before 1.1.0,
# as pamu2fcfg writes it and as nobody should: all keys or none, the wrong line
# named
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
for u in bin daemon games man; do
	id $u >/dev/null 2>&1 || { echo "skip: no user $u"; exit 77; }
done
settings
want 0 init
map=$T/u2f_mappings
have=0

# b64 N [BYTE]: base64 of so many bytes; hex likewise.
b64() { head -c "$1" /dev/zero | tr '\0' "${2:-a}" | base64 -w0; }
hex() { head -c "$1" /dev/zero | tr '\0' "${2:-a}" | od -An -v -tx1 | tr -d ' \n'; }
H=$(b64 64)
P=$(b64 64 p)
file() { printf "$@" >"$map"; }
import() { want "$1" import "$map" --format pam_u2f --rp-id "${2:-pam://host}"; }
enrolled()
{
	want 0 authenticator list --json
	json "length == $1"
	have=$1
}
# refused LINE TEXT: named so, and nothing stored.
refused()
{
	import 1
	says "$map, line $1: $2"
	enrolled "$have"
}

# --- the command line
file "bin:$H,$P,es256,+presence\n"
want 100 import "$map" --format pam_u2f
says 'what pam_u2f has as origin='
want 100 import "$map" --rp-id pam://host
want 100 import "$map" --format u2f --rp-id pam://host
for id in '' 'a b' "$(printf 'a\tb')" "$(printf '\303\266')" \
    "$(printf 'a%.0s' {1..254})"; do
	want 100 import "$map" --format pam_u2f --rp-id "$id"
done
want 111 import /nonexistent --format pam_u2f --rp-id pam://host
want 1 import /dev/null --format pam_u2f --rp-id pam://host
enrolled 0

# --- lines that are wrong
file ''
refused 1 'there is no key in the file'
file '# nothing\n\n'
refused 2 'there is no key in the file'
file "bin\n"
refused 1 'a line is USER:KEYHANDLE,PUBLICKEY,TYPE,OPTIONS'
file "bin:$H,$P,es256,+presence\ndaemon::\n"
refused 2 'no key stands behind the user'
file "x/y:$H,$P,es256,\n"
refused 1 'user: no account can be called so'
file ":$H,$P,es256,\n"
refused 1 'user: no account can be called so'
file "bin:$H\n"
refused 1 'a key is KEYHANDLE,PUBLICKEY,TYPE,OPTIONS'
file "bin:$H,$P,es256,+presence,more\n"
refused 1 'a key is KEYHANDLE,PUBLICKEY,TYPE,OPTIONS'
file "bin:$H,$P,es384,+presence\n"
refused 1 'the type: es256, eddsa or rs256'
file "bin:$H,$P,es256,+presence+magic\n"
refused 1 'the options: +presence, +verification, +pin'
file "bin:,$P,es256,+presence\n"
refused 1 'the key handle is not base64'
file "bin:%s,$P,es256,+presence\n" "${H}x"
refused 1 'the key handle is not base64'
file "bin:%s,$P,es256,+presence\n" "$(b64 1024)"
refused 1 'the key handle is not base64, or too long'
file "bin:$H,%s,es256,+presence\n" "$(b64 63)"
refused 1 'the public key is not as long'
file "bin:$H,%s,es256,+presence\n" "$(b64 65)"
refused 1 'the public key is not as long'
file "bin:$H,%s,eddsa,+presence\n" "$(b64 33)"
refused 1 'the public key is not as long'
file "bin:$H,%s,rs256,+presence\n" "$(b64 256)"
refused 1 'the public key is not as long'
file "bin:$H,%s\n" "$(hex 65)"
refused 1 'the public key is not as long'
file "bin:$H,%s\n" "04$(hex 63)"
refused 1 'the public key is not 65 bytes in hex'
file "bin:$H,$P\n"
refused 1 'the public key is not 65 bytes in hex'
file "bin:*,04%s\n" "$(hex 64)"
refused 1 'the key handle is not base64'
file "bin:$H,$P,es256,+presence\n\ndaemon:$H,$P,es256,\nbin:$H,%s,es256,\n" \
    "$(b64 64 q)"
refused 4 'the user has a line before'
file "bin:$H,$P,es256,+presence:%s,$P,es256,+presence\n" "$(b64 32)"
refused 1 'the same token stands in the file before'
file 'bin:%s,%s,es256,\0\n' "$H" "$P"
refused 1 'a NUL byte'
file "bin:%s\n" "$(b64 60000)"
refused 1 'the line is too long'
file -- '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n'
refused 1 "a key of OpenSSH (pam_u2f's sshformat)"
# All of them are named, then no more.
for i in {1..30}; do echo "u$i:x"; done >"$map"
import 1
says "$map, line 1: a key is"
says 'more lines are wrong'
says 'nothing is imported: mend the lines named'
enrolled 0
# More than a person may have: found by the store, named all the same.
for i in {1..33}; do
	printf ':%s,%s,es256,' "$H" "$(printf '%064d' "$i" | base64 -w0)"
done | sed 's/^/bin/' >"$map"
import 1
says "$map, line 1: nothing is imported"
enrolled 0

# --- all forms in one file: BOM, CRLF, comments, empty parts, no last newline
{
	printf '\357\273\277# keys of the town hall\r\n\r\n'
	printf 'bin:%s,%s,es256,+presence:%s,%s,ES256,+presence+pin\r\n' \
	    "$H" "$P" "$(b64 1023)" "$( (printf '\004'; head -c 64 /dev/zero |
	    tr '\0' 2) | base64 -w0)"
	printf 'daemon::%s,%s,eddsa,+presence+verification::\n' \
	    "$(b64 48 | tr -d =)" "$(b64 32)"
	printf 'games:*,%s,rs256,\n' "$(b64 259)"
	printf '   # the old form\nman:%s,04%s:%s,04%s' \
	    "$(b64 65 '\377' | tr +/ -_ | tr -d =)" "$(hex 64 m)" \
	    "$(b64 66 '\377')" "$(hex 64 n | tr a-f A-F)"
} >"$map"
import 0
grep -q '^6 authenticators imported$' "$T/out" &&
    grep -q 'by the RP id pam://host' "$T/out" || fail "words: $out"
enrolled 6
want 0 authenticator list bin --json
json 'map(.fido2 | [.algorithm, .uv, .verifies, .resident]) | sort ==
    [["ES256","discouraged","no",false],["ES256","required","pin",false]]'
json 'all(.fido2.attestation == "none" and .fido2.aaguid == null and
    .fido2.model == null and .fido2.counter == 0 and .state == "active")'
want 0 authenticator list daemon --json
json 'map(.fido2 | [.algorithm, .uv, .verifies]) ==
    [["EdDSA","required","sensor"]]'
want 0 authenticator list games --json
json 'map(.fido2 | [.algorithm, .resident]) == [["RS256",true]]'
want 0 authenticator list man --json
json 'length == 2 and all(.fido2.algorithm == "ES256")'
[ "$(records '.event == "enrol" and .result == "ok"')" = 6 ] ||
    fail "six records"
# Again: they are his already.
import 1
says "nothing is imported"
enrolled 6

# --- a name that is no account here yet is told, and bound later
file "newcomer:$H,%s,es256,+presence\n" "$(b64 64 n)"
import 0
says "$map, line 1: newcomer is no account here yet"
grep -q '1 names are no account here yet' "$T/out" || fail "words: $out"
enrolled 7
want 0 audit verify
want 0 store status --json
json '.[0].tampered == 0'
finish
