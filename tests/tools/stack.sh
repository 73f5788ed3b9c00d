#!/bin/bash
# stack.sh - sekisho stack check: pam.d, sudoers and sshd_config made up here
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"

settings '[factors]
reuse = 15m'
D=$T/pam.d
# sshd -T wants this folder: the tool makes it where no sshd was started yet.
privsep=no
[ -d /run/sshd ] && privsep=yes
mkdir -m 755 "$D"

# ours NAME [LINE...]: a service with our lines, behind those given.
ours()
{
	local name=$1 line

	shift
	{
		for line; do printf '%s\n' "$line"; done
		cat <<-LINES
		auth required pam_sekisho_lockout.so conf=$conf
		auth required pam_sekisho_password.so conf=$conf backend=pam_unix.so
		auth required pam_sekisho_oath.so conf=$conf
		auth required pam_sekisho_gate.so conf=$conf
		account required pam_sekisho_lockout.so conf=$conf
		account required pam_sekisho_password.so conf=$conf backend=pam_unix.so
		account required pam_sekisho_gate.so conf=$conf
		LINES
	} >"$D/$name"
}
deny='auth required pam_deny.so
account required pam_deny.so'
printf '%s\n' "$deny" >"$D/other"

# shown TEXT: the table has it. hidden TEXT: it has not.
shown()
{
	grep -qF -- "$*" "$T/out" || fail "not shown: $* in: $out"
}
hidden()
{
	! grep -qF -- "$*" "$T/out" || fail "shown: $* in: $out"
}

# Whether our modules are installed here or not: where they are not, each of
# our lines is told as absent, and nothing else may be told.
installed=no
[ -e /lib/x86_64-linux-gnu/security/pam_sekisho_gate.so ] && installed=yes

# ---- the policy that our lines name
ours su
run stack check --dir "$D" --service su
hidden 'its policy file (conf=)'
sed -i "s|conf=$conf|conf=/etc/other.conf|" "$D/su"
run stack check --dir "$D" --service su
[ "$rc" = 1 ] || fail "another policy: $rc"
shown 'oath.so: its policy file (conf=) is not the one checked here (--conf)'
sed -i "s| conf=/etc/other.conf||" "$D/su"
run stack check --dir "$D" --service su
shown 'its policy file (conf=) is not the one checked here (--conf)'
ours su
echo 'session required pam_sekisho_session.so conf=/x' >>"$D/su"
run stack check --dir "$D" --service su
shown 'su:8 session required pam_sekisho_session.so: its policy file'

# ---- a module of our name that is not our file is nobody's
cp "$(ls "$SEK_BUILDDIR"/*pam_sekisho_gate.so "$SEK_BUILDDIR"/modules/*/pam_sekisho_gate.so \
    2>/dev/null | head -n 1)" "$T/pam_sekisho_gate.so" 2>/dev/null ||
    cp /lib/x86_64-linux-gnu/security/pam_deny.so "$T/pam_sekisho_gate.so"
ours su
sed -i "s|pam_sekisho_gate.so|$T/pam_sekisho_gate.so|" "$D/su"
run stack check --dir "$D" --service su
[ "$rc" = 1 ] || fail "a strange gate: $rc"
shown 'not the module installed by that name in our folder'

# ---- exempt services
settings '[factors]
exempt_services = cron sshd su:backup'
ours sshd; ours su; ours cron
run stack check --dir "$D" --service sshd --json
json '.[] | select(.phase == "account") |
    .ok == false and .path == ["factors.exempt_services = sshd"]'
run stack check --dir "$D" --service su
shown 'factors.exempt_services = su:backup: this account gets in'
run stack check --dir "$D" --service cron
hidden factors.exempt
settings '[factors]
reuse = 15m'

# ---- sudo takes an expired password for a yes where it asks for none
ours sudo 'account required pam_unix.so'
run stack check --dir "$D" --service sudo
[ "$rc" = 1 ] || fail "expired: $rc"
shown 'sudo:1 account required pam_unix.so: where sudo asks for no password'
ours su 'account required pam_unix.so'
run stack check --dir "$D" --service su
hidden 'where sudo asks'
ours sudo
run stack check --dir "$D" --service sudo
hidden 'where sudo asks'

# ---- sudoers
# sudoers LINE...: what is found in such a file.
sudoers()
{
	printf '%s\n' "$@" >"$T/sudoers"
	run stack check --dir "$D" --service sudo --sudoers "$T/sudoers" --json
	cp "$T/out" "$T/json"
	jq -c '.[] | select(.phase == "sudoers")' "$T/json" >"$T/out"
	cp "$T/err" "$T/said"
	run stack check --dir "$D" --service sudo --sudoers "$T/sudoers"
	cp "$T/out" "$T/table"
	out=$(grep -F "$T/sudoers" "$T/table")
	jq -c '.[] | select(.phase == "sudoers")' "$T/json" >"$T/json1"
	printf '%s\n' "$out" >"$T/out"
}
sound()
{
	jq -e '.service == "sudo" and .ok and .path == null' "$T/json1" \
	    >/dev/null || fail "sudoers not sound: $(cat "$T/json1")"
}
# opens TEXT...: these lines, and no others, are the path.
opens()
{
	local want

	want=$(for l; do printf '%s\n' "$T/sudoers: $l"; done |
	    jq -R . | jq -sc 'sort')
	[ "$(jq -c '.path | sort' "$T/json1")" = "$want" ] ||
	    fail "path: $(cat "$T/json1"), not $want"
}
if [ ! -x /usr/bin/cvtsudoers ]; then
	echo "skip: no cvtsudoers"
else
all='alice ALL=(ALL) ALL'
sudoers "$all"; sound
shown 'note' ; shown "timestamp_timeout=15 (sudo's own)"
sudoers 'Defaults timestamp_timeout=0' "$all"; sound
hidden timestamp
sudoers 'Defaults timestamp_timeout=16' "$all"; sound
shown fault; shown 'timestamp_timeout=16: longer than factors.reuse'
sudoers 'Defaults timestamp_timeout=-1' "$all"; sound
shown 'timestamp_timeout=-1: longer than factors.reuse'
# The last of those for everyone counts; those for some are told one by one.
sudoers 'Defaults timestamp_timeout=99' 'Defaults timestamp_timeout=0' \
    'Defaults:bob timestamp_timeout=60.5' "$all"; sound
hidden 'timeout=99'
shown 'Defaults (bob) timestamp_timeout=60.5: longer'
sudoers 'Defaults timestamp_type=global' "$all"; sound
shown 'timestamp_type=global: in other sessions sudo asks for nothing'
sudoers 'Defaults !tty_tickets' "$all"; sound
shown 'in other sessions'

# No password: account answers. No account: nobody does.
sudoers 'alice ALL=(ALL) NOPASSWD: /usr/bin/id, PASSWD: ALL'; sound
shown 'note'; shown 'alice ALL = (ALL) NOPASSWD: /usr/bin/id: account answers'
sudoers 'Defaults:%staff !authenticate' "$all"; sound
shown 'Defaults (%staff) !authenticate: account answers'
sudoers 'Defaults exempt_group=ops' "$all"; sound
shown 'Defaults exempt_group=ops: account answers'
sudoers 'Defaults !pam_acct_mgmt, timestamp_timeout=0' "$all"; sound
shown '!pam_acct_mgmt: who is suspended or not allowed is not kept out'
sudoers 'Defaults !pam_acct_mgmt' "$all"
opens 'Defaults !pam_acct_mgmt'
sudoers 'Defaults!/bin/ls !pam_acct_mgmt' 'Defaults timestamp_timeout=0' \
    'User_Alias OPS = alice, %ops' 'OPS ALL = NOPASSWD: ALL'
opens 'Defaults (/bin/ls) !pam_acct_mgmt' 'OPS ALL = NOPASSWD: ALL'
sudoers 'Defaults !pam_acct_mgmt, timestamp_timeout=20' "$all"
opens 'Defaults !pam_acct_mgmt' 'Defaults timestamp_timeout=20'
# Set back later.
sudoers 'Defaults !pam_acct_mgmt' 'Defaults pam_acct_mgmt' "$all"; sound
hidden pam_acct

# Services of its own.
sudoers 'Defaults pam_service=frob' "$all"
opens 'Defaults pam_service=frob'
sudoers 'Defaults:alice pam_login_service=other' "$all"
opens 'Defaults (alice) pam_login_service=other'
ours sudo-x
if [ $installed = yes ]; then
	sudoers 'Defaults pam_askpass_service=sudo-x' "$all"; sound
	shown 'a proof of before counts for sudo and sudo-i alone'
fi
sudoers 'Defaults !pam_session, rootpw' 'Defaults:x !pam_ruser' \
    'Defaults !pam_setcred' "$all"; sound
shown '!pam_session: the session is neither recorded nor limited'
shown "rootpw: it asks for someone else's password"
shown '(x) !pam_ruser: the session does not learn who called'
shown "!pam_setcred: a backend's credentials are not made"

# What cannot be read is not sound, and said.
printf 'alice ALL ALL ALL\n' >"$T/sudoers"
want 111 stack check --dir "$D" --service sudo --sudoers "$T/sudoers" --json
json '.[] | select(.phase == "sudoers") | .ok == false'
says 'syntax error'
want 111 stack check --dir "$D" --service sudo --sudoers "$T/nosuch"
says "$T/nosuch"
# An include of sudo's own is followed.
printf '@include %s\n' "$T/more" >"$T/sudoers"
printf 'Defaults !pam_acct_mgmt\n%s\n' "$all" >"$T/more"
run stack check --dir "$D" --service sudo --sudoers "$T/sudoers" --json
json '.[] | select(.phase == "sudoers") | .ok == false'
fi

# With --dir nothing of this system is judged that was not named.
run stack check --dir "$D" --json
json '[.[].phase] | unique == ["account","auth"]'

# ---- sshd_config
# sshd LINE...: what is found in such a file.
sshd()
{
	printf '%s\n' "$@" >"$T/sshd_config"
	run stack check --dir "$D" --service sshd \
	    --sshd-config "$T/sshd_config" --json
	jq -c '.[] | select(.phase == "sshd_config")' "$T/out" >"$T/json1"
	run stack check --dir "$D" --service sshd \
	    --sshd-config "$T/sshd_config"
	out=$(grep -F "$T/sshd_config" "$T/out")
	printf '%s\n' "$out" >"$T/out"
}
good()
{
	jq -e '.service == "sshd" and .ok and .path == null' "$T/json1" \
	    >/dev/null || fail "sshd_config not sound: $(cat "$T/json1") $err"
}
if [ ! -x /usr/sbin/sshd ]; then
	echo "skip: no sshd"
else
ssh-keygen -q -t ed25519 -N '' -f "$T/key"
base="HostKey $T/key
UsePAM yes
KbdInteractiveAuthentication yes
PasswordAuthentication no"
sshd "$base"; good
hidden fault
sshd "HostKey $T/key" 'UsePAM no'
jq -e '.ok == false and (.path | length == 1)' "$T/json1" >/dev/null ||
    fail "UsePAM no: $(cat "$T/json1")"
shown 'usepam no: sshd asks no module of ours'
sshd "HostKey $T/key" 'UsePAM yes'; good
shown 'passwordauthentication yes: it takes one answer for two prompts'
# One line may hold both, where the policy says so.
settings '[factors]
one_line = yes'
sshd "HostKey $T/key" 'UsePAM yes' 'KbdInteractiveAuthentication no'; good
hidden fault
settings '[factors]
reuse = 15m'
sshd "HostKey $T/key" 'UsePAM yes' 'PasswordAuthentication no' \
    'KbdInteractiveAuthentication no'; good
shown 'kbdinteractiveauthentication no: nobody can answer two prompts'
sshd "$base" 'AuthenticationMethods publickey'; good
shown 'authenticationmethods publickey: no list of methods'
sshd "$base" 'GSSAPIAuthentication yes'; good
shown 'gssapiauthentication yes: who comes by this has proved nothing'

# Blocks, also in files included and within each other; each its own faults.
mkdir "$T/sshd.d"
printf 'Match User "carol d"\nPasswordAuthentication yes\n' \
    >"$T/sshd.d/1.conf"
printf 'Match Address 10.0.0.0/8\nAuthenticationMethods hostbased\n' \
    >"$T/sshd.d/2.inner"
sshd "Include $T/sshd.d/*.conf" "$base" \
    'Match Group root' "Include $T/sshd.d/*.inner" \
    'Match Host *.example.org LocalPort 2222' \
    'KbdInteractiveAuthentication no' \
    'Match Address 172.16.0.0/24,!172.16.0.7' 'PermitEmptyPasswords yes' \
    'PasswordAuthentication yes'; good
shown "Match User \"carol d\": passwordauthentication yes"
shown 'Match Address 10.0.0.0/8: authenticationmethods hostbased'
shown 'Match Host *.example.org LocalPort 2222: kbdinteractiveauthentication no'
shown 'Match Address 172.16.0.0/24,!172.16.0.7: permitemptypasswords yes'
hidden 'not judged'
sshd "$base" 'Match Group no-such-group' 'PasswordAuthentication yes'; good
shown 'Match Group no-such-group: not judged'

printf 'Frobnicate yes\n' >"$T/sshd_config"
want 111 stack check --dir "$D" --service sshd --sshd-config "$T/sshd_config"
says 'Bad configuration option: Frobnicate'
fi
[ $privsep = yes ] || rmdir /run/sshd 2>/dev/null
finish
