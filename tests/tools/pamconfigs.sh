#!/bin/bash
# pamconfigs.sh - our profiles under the real pam-auth-update: what it makes of
# common-* is sound and asks once; taken out, all is as before to the byte
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
for tool in pam-auth-update pamtester oathtool jq; do
	command -v $tool >/dev/null || { echo "skip: no $tool"; exit 77; }
done
grep -q fsanitize "${SEK_BUILDDIR:-.}/Makefile" &&
    { echo "skip: pamtester is built without the sanitizer"; exit 77; }
# shellcheck source=tests/tools/sandbox.sh
. "$(dirname "${BASH_SOURCE[0]}")/sandbox.sh"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

# The profile of libpam-sss as Debian 12 ships it; its module is a stand-in
# that knows nobody.
cat >/usr/share/pam-configs/sss <<'PROFILE'
Name: SSS authentication
Default: yes
Priority: 128
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_sss.so use_first_pass
Auth-Initial:
	[success=end default=ignore]	pam_sss.so forward_pass
Account-Type: Additional
Account:
	sufficient			pam_localuser.so
	[default=bad success=ok user_unknown=ignore]	pam_sss.so
Session-Type: Additional
Session-Interactive-Only: yes
Session:
	optional			pam_sss.so
Password-Type: Primary
Password:
	sufficient			pam_sss.so use_authtok
Password-Initial:
	sufficient			pam_sss.so
PROFILE
modules=$(dirname "$(ls /lib/*/security/pam_unix.so)")
cp "$modules/pam_deny.so" "$modules/pam_sss.so"
grep -q pam_sekisho /etc/pam.d/common-auth && { echo "skip: this machine has Sekisho"; exit 77; }
pam-auth-update --package --enable unix sss >/dev/null 2>&1
grep -q pam_sss.so /etc/pam.d/common-auth || { echo "no pam_sss in common-auth"; exit 99; }
cp -a /etc/pam.d "$layers/before"
printf '@include common-auth\n@include common-account\n@include common-session\n@include common-password\n' \
    >/etc/pam.d/rig
cp /etc/pam.d/rig "$layers/before/"

useradd -M -d / rigger && echo rigger:pw-rigger | chpasswd -c YESCRYPT || exit 99
want 0 init --profile lgwan -y
printf '[terminal]\nallow_remote = yes\n[lockout]\ndeny = 9\nprivileged_deny = 8\n' >/etc/sekisho/sekisho.conf
want 0 enroll hotp rigger -y --json
secret=$(jq -r .uri "$layers/out" | sed -nE 's/.*[?&]secret=([A-Z2-7]+).*/\1/p')
n=$(jq -r .uri "$layers/out" | sed -nE 's/.*[?&]counter=([0-9]+).*/\1/p')
n=${n:-0}
code() { code=$(oathtool --hotp -b -c "$n" "$secret"); n=$((n + 1)); }
# gets_in YES|NO ANSWERS: auth, account and session of the service
gets_in()
{
	local wanted=$1 rc

	shift
	printf '%s\n' "$@" | timeout 60 pamtester -v rig rigger authenticate \
	    acct_mgmt open_session close_session >"$layers/seen" 2>&1
	rc=$?
	case $wanted.$rc in
	yes.0|no.[1-9]*) ;;
	*) fail "$* should get in: $wanted, but status $rc"; cat "$layers/seen" ;;
	esac
}
as_before()
{
	diff -r "$layers/before" /etc/pam.d >"$layers/diff" ||
	    { fail "$1: not as before"; cat "$layers/diff"; }
}
pass=pw-rigger
gets_in yes "$pass"

# The factors' lines are included, as the packages that are installed bring
# them; the package makes the file before the profile may be chosen.
want 0 stack snippets
factors=/etc/pam.d/sekisho-factors
line()	{ printf 'auth\trequired\tpam_sekisho_%s.so\n' "$@"; }
is_factors()
{
	[ "$(grep -v '^#' $factors)" = "$(line "$@")" ] ||
	    { fail "sekisho-factors is not: $*"; cat $factors; }
}
is_factors card fido2 biometric oath ticket
cp $factors "$layers/before/"
for f in auth account password privilege session; do
	cp /etc/pam.d/sekisho-$f "$layers/before/"
done

for round in 1 2; do
	pam-auth-update --package --enable sekisho sekisho-privilege sekisho-session >/dev/null 2>&1
	want 0 stack check --service rig
	want 0 stack check --service login
	grep -q 'nullok' <(sed '/pam_sekisho_gate/q' /etc/pam.d/common-auth) &&
	    fail "nullok before the gate"
	grep -qE '^session.*pam_sekisho_session' /etc/pam.d/common-session ||
	    fail "no session line"
	# sudo's sessions are not interactive, and end as others do; jobs' go on.
	for f in common-session common-session-noninteractive; do
		[ "$(grep -B1 pam_sekisho_ /etc/pam.d/$f |
		    grep -oE 'pam_(succeed_if|sekisho_[a-z]+)' | tr '\n' ' ')" = \
		    'pam_succeed_if pam_sekisho_privilege pam_succeed_if pam_sekisho_session ' ] ||
		    fail "$f: jobs get the session lines"
	done
	# Behind pam_systemd, so that the session has its id.
	sed -n '/pam_systemd/,$p' /etc/pam.d/common-session |
	    grep -q pam_sekisho_session || fail "the session line is before pam_systemd"
	# And in front of it what says when the session ends.
	sed -n '/pam_systemd/,$p' /etc/pam.d/common-session |
	    grep -q pam_sekisho_privilege && fail "the privilege line is behind pam_systemd"
	code
	gets_in yes "$pass" "$code"
	[ "$(grep -oE 'Password:|One-time code:' "$layers/seen" | tr '\n' ' ')" = \
	    'Password: One-time code: ' ] || { fail "not two questions"; cat "$layers/seen"; }
	gets_in no "$pass" 000000
	[ "$(grep -cE 'Password:' "$layers/seen")" = 1 ] || fail "a refusal asks again"
	gets_in no "$pass" "$pass" "$pass"
	code
	gets_in no wrong "$code" "$pass"
	# An upgrade runs it again: nothing changes.
	cp -a /etc/pam.d "$layers/on.$round"
	pam-auth-update --package >/dev/null 2>&1
	diff -r "$layers/on.$round" /etc/pam.d || fail "again: changed"
	# stack enable has nothing to do here, and says so.
	want 1 stack enable -y --force
	says pam-auth-update
	# passwd still works, by our line alone, and goes by the policy.
	want 0 stack check --service passwd
	echo "rigger:password" | chpasswd 2>/dev/null && fail "a common password"
	gets_in no password 000000
	pass="rusty-$round-lantern-canoe"
	echo "rigger:$pass" | chpasswd || fail "chpasswd"
	grep -q '^password.*pam_sekisho_password' /etc/pam.d/common-password ||
	    fail "no password line"
	case $round in
	1) pam-auth-update --package --disable sekisho sekisho-privilege sekisho-session ;;
	2) pam-auth-update --package --remove sekisho sekisho-privilege sekisho-session ;;
	esac >/dev/null 2>&1
	as_before "round $round"
	gets_in yes "$pass"
	gets_in no wrong
done

# A factor whose package is not there has no line, one that goes loses it
# before: either way people get in, and pam-auth-update has nothing to do.
pam-auth-update --package --enable sekisho sekisho-privilege sekisho-session >/dev/null 2>&1
cp /etc/pam.d/common-auth "$layers/common-auth"
want 0 stack snippets --without pam_sekisho_card.so
is_factors fido2 biometric oath ticket
mv "$modules/pam_sekisho_card.so" "$layers/"
want 0 stack check --service rig
want 0 stack snippets --without pam_sekisho_fido2.so
is_factors biometric oath ticket
mv "$modules/pam_sekisho_fido2.so" "$layers/"
want 0 stack check --service rig
want 0 stack snippets --without pam_sekisho_biometric.so
is_factors oath ticket
mv "$modules/pam_sekisho_biometric.so" "$layers/"
want 0 stack check --service rig
code
gets_in yes "$pass" "$code"
gets_in no "$pass" 000000
want 0 stack snippets
is_factors oath ticket
mv "$layers/pam_sekisho_fido2.so" "$layers/pam_sekisho_card.so" \
    "$layers/pam_sekisho_biometric.so" "$modules/"
want 0 stack snippets
is_factors card fido2 biometric oath ticket
want 0 stack check --service rig
code
gets_in yes "$pass" "$code"
pam-auth-update --package >/dev/null 2>&1
cmp "$layers/common-auth" /etc/pam.d/common-auth || fail "common-auth changed"

# One before ours that jumps over the block jumps over all of what is included.
printf 'Name: Above\nDefault: no\nPriority: 1000\nAuth-Type: Primary\nAuth:\n\t%s\n' \
    '[success=end default=ignore] pam_permit.so' >/usr/share/pam-configs/above
pam-auth-update --package --enable above >/dev/null 2>&1
grep -qE '^auth\s+\[success=[0-9]+ default=ignore\] pam_permit.so' /etc/pam.d/common-auth ||
    fail "no line above ours"
timeout 60 pamtester -v rig rigger authenticate </dev/null >"$layers/seen" 2>&1 &&
    ! grep -qE 'Password:|One-time code:' "$layers/seen" ||
    { fail "a jump over our block lands within it"; cat "$layers/seen"; }
want 1 stack check --service rig
pam-auth-update --package --remove above >/dev/null 2>&1
rm /usr/share/pam-configs/above
cmp "$layers/common-auth" /etc/pam.d/common-auth || fail "common-auth with and without another"

# Without what it includes nobody gets in, and stack check says so.
mv $factors "$layers/factors"
want 1 stack check --service rig
prints 'the included file is not there'
code
gets_in no "$pass" "$code"
mv "$layers/factors" $factors
pam-auth-update --package --disable sekisho sekisho-privilege sekisho-session >/dev/null 2>&1
as_before "the factors by themselves"

# stack disable takes it out too.
pam-auth-update --package --enable sekisho sekisho-privilege sekisho-session >/dev/null 2>&1
grep -q pam_sekisho /etc/pam.d/common-auth || fail "not in once more"
want 0 stack disable
as_before "stack disable"
[ $failed = 0 ] && echo ok
exit $failed
