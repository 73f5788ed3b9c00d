#!/bin/bash
# check.sh - what `sekisho stack check` says of sudo and sshd, held against the
# real ones: who gets in is named, and who is named gets in
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/check.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

rigged_boot alice || exit
rigged_settings <<'CONF'
[terminal]
allow_remote = 127.0.0.0/8
[message]
language = en
CONF
enrol alice || { echo "not ok enroll"; exit 1; }
term_stack || exit 99
# What changes passwords is judged, too.
term_run sed -i -E 's/^(@include )common-password[[:space:]]*$/\1sekisho-password/' \
    /etc/pam.d/sshd

# sudoers LINE...: in the place of the terminal's own rules for alice.
sudoers()
{
	printf '%s\n' 'Defaults !lecture' "$@" | term_put /etc/sudoers.d/rig 440
	term_run rm -rf /run/sudo/ts
}
sudo_now()
{
	term_as alice sudo -n sh -c "$mark"
}
# red, green NAME: stack check of a service exits 1 with a way in; or names none
path_of()
{
	term_run sekisho stack check --service "$1" --json 2>/tmp/check.err.$$ |
	    jq -r '.[] | select(.ok == false) | .phase + ": " + (.path | join("; "))'
	rm -f /tmp/check.err.$$
}
red()
{
	seen=$(path_of "$2")
	if [ -n "$seen" ]; then ok "$1"; else not_ok "$1" "nothing is named"; fi
}
green()
{
	seen=$(path_of "$2")
	if [ -z "$seen" ]; then ok "$1"; else not_ok "$1" "$seen"; fi
}

sudoers 'alice ALL=(ALL) ALL'
green "sudo with our lines: no way in is named" sudo
stays_out "sudo without a password" sudo_now

sudoers 'alice ALL=(ALL) NOPASSWD: ALL'
green "NOPASSWD with account: no way in is named" sudo
stays_out "NOPASSWD with account: refused without a proof of before" sudo_now

sudoers 'Defaults !pam_acct_mgmt' 'alice ALL=(ALL) NOPASSWD: ALL'
red "NOPASSWD and !pam_acct_mgmt are named" sudo
gets_in "NOPASSWD and !pam_acct_mgmt get in" sudo_now

# Settings of cvtsudoers' own hide nothing.
echo 'suppress = defaults' | term_put /etc/cvtsudoers.conf
red "NOPASSWD and !pam_acct_mgmt are named whatever cvtsudoers.conf says" sudo
term_run rm /etc/cvtsudoers.conf

# Another folder of plugins.
term_run sh -c 'cp /etc/sudo.conf /root/rig/sudo.conf; \
    echo "Path plugin_dir /opt/sudo" >>/etc/sudo.conf'
seen=$(term_run sekisho stack check --service sudo; echo "status $?")
shows "another folder of sudo's plugins is named" 'Path plugin_dir /opt/sudo'
term_run cp /root/rig/sudo.conf /etc/sudo.conf

term_put /etc/pam.d/frob <<'PAM'
auth required pam_permit.so
account required pam_permit.so
session required pam_permit.so
PAM
sudoers 'Defaults pam_service=frob' 'alice ALL=(ALL) NOPASSWD: ALL'
red "pam_service= of another stack is named" sudo
gets_in "pam_service= of another stack gets in" sudo_now
term_run rm /etc/pam.d/frob

# An account line of others before ours, and an expired password.
sudoers 'alice ALL=(ALL) NOPASSWD: ALL'
term_run cp /etc/pam.d/sudo /root/rig/sudo
{
	echo 'account required pam_debug.so acct=authtok_expired'
	term_run cat /root/rig/sudo
} | term_put /etc/pam.d/sudo
red "authtok_expired before our lines is named" sudo
gets_in "authtok_expired and NOPASSWD get in" sudo_now
sudoers 'alice ALL=(ALL) ALL'
stays_out "authtok_expired with a password asked for does not" sudo_now
term_run cp /root/rig/sudo /etc/pam.d/sudo

# A gate of another folder is not ours.
term_run sh -c 'mkdir -p /opt/old && cp \
    /lib/x86_64-linux-gnu/security/pam_permit.so /opt/old/pam_sekisho_gate.so &&
    cp /etc/pam.d/sekisho-account /root/rig/account &&
    sed -i "s|pam_sekisho_gate.so|/opt/old/pam_sekisho_gate.so|" \
    /etc/pam.d/sekisho-account'
sudoers 'alice ALL=(ALL) NOPASSWD: ALL'
red "a file of our gate's name elsewhere is named" sudo
term_run cp /root/rig/account /etc/pam.d/sekisho-account

# sshd without PAM. The key alone, the password alone.
stays_out "ssh by key alone" term_ssh publickey alice -- "$mark"
term_run sed -i 's/^UsePAM yes/UsePAM no/' /etc/ssh/sshd_config
term_run systemctl restart ssh.service
red "UsePAM no is named" sshd
gets_in "UsePAM no: the key alone gets in" \
    term_ssh publickey alice -- "$mark"
gets_in "UsePAM no: the password alone gets in" \
    term_ssh password alice pw-alice -- "$mark"
term_run sed -i 's/^UsePAM no/UsePAM yes/' /etc/ssh/sshd_config

# One answer for two prompts: named, and true.
term_run systemctl restart ssh.service
seen=$(term_run sekisho stack check --service sshd)
shows "PasswordAuthentication is named" 'passwordauthentication yes: it takes one answer'
code alice
stays_out "a password asked for by sshd itself is one answer" \
    term_ssh password alice pw-alice -- "$mark"
term_run sed -i 's/^PasswordAuthentication yes/PasswordAuthentication no/' \
    /etc/ssh/sshd_config
term_run systemctl restart ssh.service
seen=$(term_run sekisho stack check --service sshd; echo "status $?")
shows "sshd as we ask for it is sound" 'status 0$'
code alice
gets_in "and lets in with both kinds" term_ssh keyboard-interactive alice \
    pw-alice "$code" -- "$mark"

# Another sshd, by settings of its own.
term_run sh -c 'printf "Port 2222\nHostKey /etc/ssh/rig_host_key\nUsePAM no\n" \
    >/root/rig/other_config && /usr/sbin/sshd -4f /root/rig/other_config'
seen=$(term_run sekisho stack check --service sshd; echo "status $?")
shows "another sshd with settings of its own is named" \
    'other_config.*settings of its own'
shows "and is no yes" 'status 1$'
# Started by a socket none listens: what its unit gives it is in a file.
echo 'SSHD_OPTS="-4o UsePAM=no"' | term_put /etc/default/ssh
seen=$(term_run sekisho stack check --service sshd)
shows "options for an sshd that does not listen are named" 'ssh: SSHD_OPTS='
exit $bad
