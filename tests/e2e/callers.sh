#!/bin/bash
# callers.sh - every program that calls PAM, with our modules in it, in a
# booted terminal: who gets in, and by what
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/callers.sh
#
# Prints `ok NAME` or `not ok NAME` and what was seen.  The answers are those
# of "Account without auth" in doc/architecture.md.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

term_boot || exit
term_user alice bob carol || exit 99
term_sshd alice bob || exit 99

# The rig itself, on Debian's own stack: else all that follows proves nothing.
gets_in "rig: ssh by password on the stock stack" \
    term_ssh keyboard-interactive alice pw-alice -- "$mark"
stays_out "rig: a wrong password on the stock stack" \
    term_ssh keyboard-interactive alice wrong -- "$mark"
gets_in "rig: login at a console on the stock stack" \
    term_console tty9 alice pw-alice --then "$mark"

rigged_install || exit
rigged_settings <<'CONF'
[terminal]
allow_remote = 127.0.0.0/8 ::1
[message]
language = en
[lockout]
deny = 9
privileged_deny = 8
CONF
term_put /etc/sudoers.d/rig 440 <<'SUDO'
alice ALL=(ALL:ALL) ALL
bob ALL=(ALL:ALL) NOPASSWD: ALL
SUDO
for u in alice bob carol; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
term_stack || exit 99
echo root:pw-root | term_run chpasswd -c YESCRYPT
# Carol is suspended; a crontab each, looked at when all else is done.
if problem=$(term_run sekisho user suspend carol --reason 'test of the callers' 2>&1); then
	ok "user suspend"
else
	not_ok "user suspend" "$problem"
fi
term_run systemctl start cron.service ||
    not_ok "cron starts" "$(term_run systemctl status cron.service)"
for u in alice carol; do
	printf '* * * * * echo ran >>/tmp/cron-%s\n' $u |
	    term_run crontab -u $u -
done

# --- sshd, keyboard-interactive
seq_now
code alice
gets_in "sshd keyboard-interactive: password and code" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark; cat /proc/self/loginuid"
recorded "sshd: admitted with two kinds" admit '.service == "sshd" and .subject == "alice" and (.kinds | length) == 2 and .rhost == "127.0.0.1"'
recorded "sshd: the login is recorded" login '.target == "alice" and .service == "sshd"'
recorded "sshd: the logout is recorded" logout '.target == "alice"'
stays_out "sshd: the same code again" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
stays_out "sshd: password and a wrong code" \
    term_ssh keyboard-interactive alice pw-alice 000000 -- "$mark"
right=$seen
shows "sshd: a refusal is told in general words" 'The login was refused'
code alice
stays_out "sshd: a wrong password and the right code" \
    term_ssh keyboard-interactive alice wrong "$code" -- "$mark"
if [ "$(grep -oE 'Password:|One-time code:' <<<"$seen")" = \
    "$(grep -oE 'Password:|One-time code:' <<<"$right")" ]; then
	ok "sshd: both refusals ask the same"
else
	not_ok "sshd: both refusals ask the same" "$right" ---- "$seen"
fi
stays_out "sshd: an unknown user" \
    term_ssh keyboard-interactive nobody-of-ours pw 123456 -- "$mark"
if [ "$(grep -oE 'Password:|One-time code:' <<<"$seen")" = \
    "$(grep -oE 'Password:|One-time code:' <<<"$right")" ]; then
	ok "sshd: an unknown user is asked the same"
else
	not_ok "sshd: an unknown user is asked the same" "$right" ---- "$seen"
fi
gets_in "sshd: the code a wrong password met was not consumed" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
code alice
TERM_SSH_OPTIONS=-tt gets_in "sshd: with a terminal, the display" \
    term_ssh keyboard-interactive alice pw-alice "$code" --then "$mark" -- 
shows "sshd: last login is shown" '[Ll]ast login'

# --- sshd, password: one answer to every prompt
stays_out "sshd password: the login password is no code" \
    term_ssh password alice pw-alice -- "$mark"
code alice
stays_out "sshd password: password and code in one line, not allowed by policy" \
    term_ssh password alice "pw-alice$code" -- "$mark"
term_run sed -i '$a [factors]\none_line = yes' /etc/sekisho/sekisho.conf
code alice
gets_in "sshd password: password and code in one line, allowed by policy" \
    term_ssh password alice "pw-alice$code" -- "$mark"
stays_out "sshd password: the same line again" \
    term_ssh password alice "pw-alice$code" -- "$mark"
code alice
gets_in "sshd keyboard-interactive: two prompts still work then" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
term_run sed -i -e '/^\[factors\]/d' -e '/^one_line/d' /etc/sekisho/sekisho.conf

# --- sshd, publickey: account without auth
seq_now
stays_out "sshd publickey: a key alone is not two kinds" \
    term_ssh publickey alice -- "$mark"
recorded "sshd publickey: the refusal is recorded" refuse '.service == "sshd" and .target == "alice" or .subject == "alice"'
term_run sh -c 'sed -i "s/^AuthenticationMethods.*/AuthenticationMethods publickey,keyboard-interactive/" /etc/ssh/sshd_config && systemctl reload ssh'
sleep 0.5
code alice
gets_in "sshd publickey,keyboard-interactive: the key and our two kinds" \
    term_talk pw-alice "$code" -- ssh -F none \
    -o UserKnownHostsFile=/root/rig/known_hosts -i /root/rig/key \
    -o IdentitiesOnly=yes -o NumberOfPasswordPrompts=1 -l alice 127.0.0.1 "$mark"
term_run sh -c 'sed -i "s/^AuthenticationMethods.*/AuthenticationMethods any/" /etc/ssh/sshd_config && systemctl reload ssh'
sleep 0.5

# --- login at a console
code alice
gets_in "login: password and code" \
    term_console tty9 alice pw-alice "$code" --then "$mark"
shows "login: last login is shown" '[Ll]ast login'
recorded "login: admitted" admit '.service == "login" and .subject == "alice"'
stays_out "login: a wrong code" \
    term_console tty9 alice pw-alice 000000 --then "$mark"
code alice
stays_out "login: a wrong password" \
    term_console tty9 alice wrong "$code" --then "$mark"
gets_in "login: then right" \
    term_console tty9 alice pw-alice "$code" --then "$mark"

# --- su
seq_now
code alice; a=$code
code bob
gets_in "su: from a console login, the target's two kinds" \
    term_console ttyS9 alice pw-alice "$a" pw-bob "$code" --then "su - bob -c '$mark; id -un'"
shows "su: it is bob" '^bob'
recorded "su: admitted" admit '(.service == "su" or .service == "su-l") and .target == "bob"'
code alice; a=$code
stays_out "su: a wrong code" \
    term_console ttyS9 alice pw-alice "$a" pw-bob 000000 --then "su - bob -c '$mark'"
code alice; a=$code
code bob
gets_in "su: from an ssh login" \
    term_talk pw-alice "$a" pw-bob "$code" -- ssh -tt -F none \
    -o UserKnownHostsFile=/root/rig/known_hosts -o NumberOfPasswordPrompts=1 \
    -o PreferredAuthentications=keyboard-interactive -l alice 127.0.0.1 \
    "su - bob -c '$mark'"
seq_now
gets_in "su by root: a switch, nothing asked" \
    term_talk -- su - alice -c "$mark"
recorded "su by root: recorded as a root switch" root-switch '.target == "alice"'
gets_in "su by root, no terminal" \
    term_run su alice -c "$mark" </dev/null

# --- sudo
seq_now
code alice; a=$code
code alice
gets_in "sudo: first, in an ssh login, two kinds" \
    term_talk pw-alice "$a" pw-alice "$code" -- ssh -tt -F none \
    -o UserKnownHostsFile=/root/rig/known_hosts -o NumberOfPasswordPrompts=1 \
    -o PreferredAuthentications=keyboard-interactive -l alice 127.0.0.1 \
    "sudo sh -c '$mark; id -u'; sudo sh -c 'echo AGAIN-\$((40+2))'"
shows "sudo: it is root" '^0'
shows "sudo: again in its timestamp, on the admission of before" 'AGAIN-42'
recorded "sudo: admitted" admit '.service == "sudo" and .subject == "alice"'
recorded "sudo: in its timestamp recorded as reuse" reuse '.service == "sudo"'
code alice; a=$code
stays_out "sudo: a wrong code" \
    term_talk pw-alice "$a" pw-alice 000000 -- ssh -tt -F none \
    -o UserKnownHostsFile=/root/rig/known_hosts -o NumberOfPasswordPrompts=1 \
    -o PreferredAuthentications=keyboard-interactive -l alice 127.0.0.1 \
    "sudo -k; sudo sh -c '$mark'"
code bob
gets_in "sudo NOPASSWD: in a session of two kinds, young enough" \
    term_ssh keyboard-interactive bob pw-bob "$code" -- "sudo -n sh -c '$mark'"
stays_out "sudo NOPASSWD: in a session nobody proved himself for" \
    term_run su - bob -c "sudo -n sh -c '$mark'"
term_run sed -i '$a [factors]\nreuse = 0' /etc/sekisho/sekisho.conf
code bob
stays_out "sudo NOPASSWD: factors.reuse = 0" \
    term_ssh keyboard-interactive bob pw-bob "$code" -- "sudo -n sh -c '$mark'"
term_run sed -i -e '/^\[factors\]/d' -e '/^reuse/d' /etc/sekisho/sekisho.conf

# --- systemd-user, and the other exempt
if term_run systemctl start "user@$(term_run id -u alice).service"; then
	ok "systemd-user: the user manager starts"
else
	not_ok "systemd-user: the user manager starts" ""
fi
if term_run systemctl start "user@$(term_run id -u carol).service" 2>/dev/null; then
	not_ok "systemd-user: a suspended account stays out" ""
else
	ok "systemd-user: a suspended account stays out"
fi
code carol
stays_out "sshd: a suspended account stays out" \
    term_ssh keyboard-interactive carol pw-carol "$code" -- "$mark"
gets_in "chsh by root: passes" \
    term_run sh -c "chsh -s /bin/sh alice && $mark"
stays_out "chsh by another without proof" \
    term_talk wrong 000000 -- setpriv --reuid="$(term_run id -u bob)" \
    --regid="$(term_run id -g bob)" --init-groups \
    sh -c "chsh -s /bin/sh && $mark"

# --- passwd: no auth, no account; the password phase is the backend's here
gets_in "passwd: one's own" \
    term_talk --prompt '(?:password|Password)[^\r\n]*: ?$' \
    pw-bob 'a-Long-New-1-phrase' 'a-Long-New-1-phrase' -- \
    setpriv --reuid="$(term_run id -u bob)" --regid="$(term_run id -g bob)" \
    --init-groups sh -c "passwd && $mark"
code bob
gets_in "passwd: the new password is the one now" \
    term_ssh keyboard-interactive bob 'a-Long-New-1-phrase' "$code" -- "$mark"
code bob
stays_out "passwd: the old one is not" \
    term_ssh keyboard-interactive bob pw-bob "$code" -- "$mark"

# --- root is an account like others
stays_out "login: root, who has no second kind" \
    term_console tty9 root pw-root 123456 --then "$mark"

# --- cron
for i in $(seq 70); do
	term_run test -s /tmp/cron-alice && break
	sleep 1
done
if term_run test -s /tmp/cron-alice; then
	ok "cron: runs without anybody proving anything"
else
	not_ok "cron: runs without anybody proving anything" \
	    "$(term_log -u cron -n 10)"
fi
if term_run test -e /tmp/cron-carol; then
	not_ok "cron: a suspended account's does not run" ""
else
	ok "cron: a suspended account's does not run"
fi
since=0
recorded "cron: recorded as exempt" exempt '.service == "cron"'

# --- and the records are whole
if problem=$(term_run sekisho audit verify 2>&1); then
	ok "audit verify"
else
	not_ok "audit verify" "$problem"
fi
exit $bad
