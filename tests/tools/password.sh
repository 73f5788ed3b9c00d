#!/bin/bash
# password.sh - a temporary password, set through PAM and shown once; one that
# is due, one that others know; whom they are refused
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/tools/sandbox.sh
. "$(dirname "${BASH_SOURCE[0]}")/sandbox.sh"
command -v jq >/dev/null || { echo "skip: no jq"; exit 77; }

rm -f /etc/pam.d/sekisho-{auth,account,password,session,factors}
rm -rf /var/lib/sekisho /etc/sekisho
useradd -M -d / -c 'Hanako Rig' rig-hanako || exit 99
useradd -M -d / rig-chief || exit 99
useradd -M -d / rig-contractor || exit 99
echo rig-hanako:pw-before | chpasswd -c YESCRYPT || exit 99
want 0 init --profile lgwan -y
cat >/etc/sekisho/sekisho.conf <<CONF
[message]
language = en
[privilege]
users = rig-chief
[lockout]
delay = 0
CONF
hash()	{ getent shadow rig-hanako | cut -d: -f2; }
# json FILTER: of what was printed last
json()	{ jq -e "$1" "$layers/out" >/dev/null || fail "not true: $1: $(cat "$layers/out")"; }
# opens PASSWORD: is it his?
opens()
{
	PASSWORD=$1 HASH=$(hash) perl -e \
	    'exit(crypt($ENV{PASSWORD}, $ENV{HASH}) ne $ENV{HASH})'
}

# --- without our lines nothing is set, and nobody's else
before=$(hash)
rm -f /etc/pam.d/sekisho-password
want 1 password temporary rig-hanako -y
says 'stack snippets'
[ "$(hash)" = "$before" ] || fail "set by somebody else's lines"
want 0 stack snippets
sed -i '1i password sufficient pam_permit.so' /etc/pam.d/sekisho-password
want 1 password temporary rig-hanako -y
[ "$(hash)" = "$before" ] || fail "set by lines with a way past ours"
want 0 stack snippets
want 1 password temporary rig-nobody -y
want 1 password expire rig-nobody
want 1 password compromised rig-nobody --reason x
want 100 password compromised rig-hanako
want 100 password temporary rig-hanako --slip --json

# --- a temporary one
want 0 password temporary rig-hanako -y --json
json 'keys == ["not_after","password","user"] and .user == "rig-hanako"'
json '.password | length >= 12'
json '(.not_after | sub("\\.[0-9]+\\+09:00"; "Z") | fromdate) - 9 * 3600 - now | . > 71 * 3600 and . <= 72 * 3600'
first=$(jq -r .password "$layers/out")
opens "$first" || fail "it is not what the backend has"
want 0 enroll totp rig-hanako -y
want 0 user show rig-hanako --json
json '.password.temporary == true'
want 0 password temporary rig-hanako -y
prints 'It is shown this once'
second=$(sed -n '/Temporary password:/,$p' "$layers/out" | sed -n '3s/^ *//p')
[ "$second" != "$first" ] || fail "the same one twice"
opens "$second" || fail "what is shown is not what the backend has"
want 0 password temporary rig-hanako -y --slip
LC_ALL=C.UTF-8 awk 'length > 79 { exit 1 }' "$layers/out" ||
    fail "wider than paper"
prints 'rig-hanako'
prints 'Handed over by'
prints '12 characters or more'
third=$(sed -n '/Temporary password:/,$p' "$layers/out" | sed -n '3s/^ *//p')
opens "$third" || fail "what is on the slip is not what the backend has"
# Who cannot read it: the present one goes all the same, and he is told so.
/usr/sbin/sekisho password temporary rig-hanako -y >/dev/full 2>"$layers/err" </dev/null
[ $? = 111 ] || fail "a full output is no yes"
says 'nobody has seen'

# A privileged one is longer.
want 0 password temporary rig-chief -y --json
json '.password | length >= 16'

# --- due, and known to others
want 0 password expire rig-hanako --json
json '. == {"user":"rig-hanako","must":"temporary"} or . == {"user":"rig-hanako","must":"expired"}'
want 0 password expire rig-contractor
prints 'the next login must change the password'
want 0 password compromised rig-hanako --reason 'on a note at the screen' -y
prints 'barred for ever'
for e in password-set password-expired password-compromised; do
	want 0 audit show --event $e --json
	grep -q '"target":"rig-' "$layers/out" || fail "no record $e"
done
grep -q 'on a note at the screen' "$layers/out" || fail "the reason is not recorded"
# Barred: root's chpasswd does not bring it back.
want 0 password temporary rig-hanako -y --json
last=$(jq -r .password "$layers/out")
want 0 password compromised rig-hanako --reason 'read aloud in the lift'
echo "rig-hanako:river-tulip-barrel" | chpasswd ||
    fail "root's chpasswd, here not by ours, should work"
printf '@include sekisho-password\n' >/etc/pam.d/chpasswd
echo "rig-hanako:$last" | chpasswd >/dev/null 2>&1 &&
    fail "a barred one came back"
opens "$last" && fail "a barred one is in force"

# --- a contractor's hands are kept off what is privileged, and his own too
uid=$(id -u rig-contractor)
if [ -w /proc/self/loginuid ] &&
    (echo "$uid" >/proc/self/loginuid) 2>/dev/null; then
	want 0 enroll totp rig-contractor -y
	want 0 person edit rig-contractor --contractor yes -y
	before=$(getent shadow rig-chief)
	for v in temporary expire 'compromised --reason x'; do
		# shellcheck disable=SC2086
		set -- $v
		v=$1
		shift
		(
			echo "$uid" >/proc/self/loginuid || exit 99
			exec /usr/sbin/sekisho password "$v" rig-chief "$@" -y
		) </dev/null >"$layers/out" 2>"$layers/err"
		[ $? = 1 ] || fail "a contractor: $v: $(cat "$layers/out" "$layers/err")"
	done
	[ "$(getent shadow rig-chief)" = "$before" ] || fail "a contractor set it"
	want 0 audit show --json
	grep -q '"reason":"contractor"' "$layers/out" ||
	    fail "a contractor's try is not recorded"
fi

# --- nothing of it is told a second time
want 0 audit show --json
for p in "$first" "$second" "$third" "$last"; do
	grep -qF -- "$p" "$layers/out" && fail "a password is in the records"
	grep -rqaF -- "$p" /var/lib/sekisho /etc/sekisho && fail "a password lies in a file"
done
want 0 audit verify
[ $failed = 0 ] && echo ok
exit $failed
