#!/bin/bash
# enable.sh - stack enable and disable in a booted terminal: on trial and not
# confirmed, confirmed from a new login only, for good, and taken back
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/enable.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

rigged_boot alice bob || exit
rigged_settings <<'CONF'
[terminal]
allow_remote = 127.0.0.0/8 ::1
[message]
language = en
[lockout]
deny = 9
privileged_deny = 8
CONF
echo root:pw-root | term_run chpasswd -c YESCRYPT
term_run usermod -a -G sudo alice
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL:ALL) ALL'
term_run sh -c 'cp -a /etc/pam.d /root/rig/pam.d && cp -a /etc/ssh /root/rig/ssh'

# says NAME RC PATTERN CMD...: it ends so and says so
says()
{
	local name=$1 want=$2 pattern=$3 rc

	shift 3
	seen=$("$@" 2>&1)
	rc=$?
	if [ $rc = "$want" ] && grep -qE -- "$pattern" <<<"$seen"; then
		ok "$name"
	else
		not_ok "$name" "status $rc, not $want, or no /$pattern/ in:" "$seen"
	fi
}
# as_before NAME: every file is what it was, to the byte; what our own
# services include stays
as_before()
{
	if seen=$(term_run sh -c 'diff -r -x sekisho-auth -x sekisho-account \
	    -x sekisho-session -x sekisho-privilege -x sekisho-password -x sekisho-factors /root/rig/pam.d /etc/pam.d &&
	    diff -r /root/rig/ssh /etc/ssh && ! test -e /var/lib/sekisho/stack/state' 2>&1)
	then
		ok "$1"
	else
		not_ok "$1" "$seen"
	fi
}
is_on()	{ term_run grep -q '^@include sekisho-auth' /etc/pam.d/sshd; }
# back NAME: it goes back by itself
back()
{
	local i

	for i in $(seq 400); do
		term_run test -e /var/lib/sekisho/stack/state || break
		sleep 0.5
	done
	as_before "$1"
}
sekisho() { term_run sekisho "$@"; }
two()	# an ssh login of alice's with both kinds, $code, runs the rest
{
	term_ssh keyboard-interactive alice pw-alice "$code" -- "$@"
}

says "refused while no administrator is enrolled" 1 'enrol one first' \
    sekisho stack enable -y
for u in alice bob root; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done

# --- an old session, which is to be no proof
term_ssh keyboard-interactive root pw-root -- \
    'echo $$ >/tmp/old.pid; until [ -e /tmp/ask ]; do sleep 0.2; done
    sekisho stack enable --confirm >/tmp/old.out 2>&1; echo $? >/tmp/old.rc
    until [ -e /tmp/leave ]; do sleep 0.2; done' >"$TERM_DIR/old.log" 2>&1 &
for i in $(seq 500); do term_run test -s /tmp/old.pid && break; sleep 0.2; done

# And one of alice's, who proves two kinds to sudo in it when the time comes.
code alice
term_talk --timeout 800 pw-alice pw-alice "$code" -- ssh -tt -F none \
    -o UserKnownHostsFile=/root/rig/known_hosts -o NumberOfPasswordPrompts=1 \
    -o PreferredAuthentications=keyboard-interactive -l alice 127.0.0.1 \
    'until [ -e /tmp/ask ]; do sleep 0.2; done; sudo sekisho stack enable --confirm' \
    >"$TERM_DIR/sudo.log" 2>&1 &

# --- on trial, the terminal closed at once, nobody confirms
gets_in "enable --try, from an ssh session that is closed then" \
    term_ssh keyboard-interactive root pw-root -- \
    "sekisho stack enable -y --try 20s && $mark"
shows "it says until when and what to do" 'On trial until .* \(20s\)'
shows "it names the command" 'sekisho stack enable --confirm'
is_on && ok "on trial: it is in force" || not_ok "on trial: it is in force" ""
says "a second enable is refused while the trial runs" 1 'a trial is running' \
    sekisho stack enable -y
stays_out "on trial: one kind does not get in" \
    term_ssh keyboard-interactive alice pw-alice 000000 -- "$mark"
back "not confirmed: all as before"
gets_in "and the plain login works" \
    term_ssh keyboard-interactive alice pw-alice -- "$mark"
since=0
recorded "recorded" stack-disabled '.detail == "trial not confirmed"'

# --- the tool killed while it asks: nothing was begun
term_talk --timeout 3 --prompt 'no such prompt' -- sekisho stack enable --try 1h \
    >/dev/null 2>&1
as_before "killed at the question: nothing was changed"

# --- a reboot: the unit's own command, with another boot's id
says "enable --try" 0 'On trial' sekisho stack enable -y --try 1h
says "the unit of the boot is enabled" 0 enabled \
    term_run systemctl is-enabled sekisho-stack-try.service
says "the unit of this boot changes nothing" 0 '' \
    term_run systemctl start sekisho-stack-try.service
is_on && ok "still on trial" || not_ok "still on trial" ""
term_run sed -i -E 's/("boot":[[:space:]]*")[0-9a-f]{8}/\100000000/' \
    /var/lib/sekisho/stack/state
says "the unit after a reboot" 0 '' \
    term_run systemctl start sekisho-stack-try.service
as_before "a reboot ends the trial"
term_run systemctl stop sekisho-stack-back.timer

# --- the clock set forward does not end it, nor keep it
says "enable --try once more" 0 'On trial' sekisho stack enable -y --try 10m

# --- who confirms
says "not root's shell of before" 1 'not a new login' sekisho stack enable --confirm
term_run touch /tmp/ask
for i in $(seq 500); do term_run test -s /tmp/old.rc && break; sleep 0.2; done
says "not a login of before the trial" 0 'not a new login' term_run cat /tmp/old.out
says "with status 1" 0 '^1$' term_run cat /tmp/old.rc
term_run touch /tmp/leave
wait
seen=$(cat "$TERM_DIR/sudo.log")
shows "sudo in a login of before, with two kinds, is none either" 'not a new login'
since=0
recorded "though sudo admitted her" admit '.service == "sudo" and .subject == "alice"'
is_on && ok "still on trial, not confirmed" || not_ok "still on trial, not confirmed" ""
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL:ALL) NOPASSWD: ALL'
code alice
says "a new ssh login confirms it, through sudo" 0 'Confirmed' \
    two 'sudo -n sekisho stack enable --confirm'
recorded "recorded with who" stack-enabled '.detail | startswith("confirmed by alice at sshd")'
says "then no trial runs" 1 'no trial' sekisho stack enable --confirm
says "and its timer is gone" 3 inactive \
    term_run systemctl is-active sekisho-stack-back.timer

# --- a trial of the backend alone is one of every service
says "enable --try of another backend" 0 'On trial' sekisho stack enable -y \
    --try 10m --backend 'pam_unix.so try_first_pass'
says "its end is tried again where it fails" 0 '^Restart=on-failure' \
    term_run systemctl show -p Restart sekisho-stack-back.service
code alice
says "a new ssh login confirms that, too" 0 'Confirmed' \
    two 'sudo -n sekisho stack enable --confirm'

# --- in force
says "stack check: sshd is sound" 0 sound sekisho stack check --service sshd
says "sshd does not ask by itself" 0 '^passwordauthentication no' \
    term_run sh -c 'sshd -T | grep passwordauth'
code alice
gets_in "ssh: two kinds get in" two "$mark"
stays_out "ssh: the password alone does not" \
    term_ssh keyboard-interactive alice pw-alice 000000 -- "$mark"
stays_out "ssh: sshd's own question for a password is gone" \
    term_ssh password alice pw-alice -- "$mark"
stays_out "ssh: a key alone does not" \
    term_ssh publickey alice -- "$mark"
code alice
gets_in "login: two kinds get in" \
    term_console tty9 alice pw-alice "$code" --then "$mark"
stays_out "login: one does not" \
    term_console tty9 alice pw-alice 000000 --then "$mark"
code alice; a=$code
code bob
gets_in "su: two kinds get in" \
    term_console ttyS9 alice pw-alice "$a" pw-bob "$code" --then "su - bob -c '$mark'"
code alice; a=$code
stays_out "su: one does not" \
    term_console ttyS9 alice pw-alice "$a" pw-bob 000000 --then "su - bob -c '$mark'"
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL:ALL) ALL'
code alice; a=$code
code alice
gets_in "sudo: two kinds get in" \
    term_console ttyS9 alice pw-alice "$a" pw-alice "$code" --then "sudo sh -c '$mark'"
code alice; a=$code
stays_out "sudo: one does not" \
    term_console ttyS9 alice pw-alice "$a" pw-alice 000000 --then "sudo sh -c '$mark'"
gets_in "su - by root" term_run su - alice -c "$mark"
says "user@.service starts" 0 '' \
    term_run systemctl start "user@$(term_run id -u bob).service"
says "a suspended account's does not" 1 '' term_run sh -c \
    'sekisho user suspend bob --reason test -y >/dev/null; systemctl stop user@$(id -u bob); systemctl start user@$(id -u bob) 2>/dev/null'
term_run sekisho user resume bob -y >/dev/null
# The table first: cron takes no note of one that changes in the second it
# starts in.
term_run sh -c 'echo "* * * * * echo ran >>/tmp/cron-alice" | crontab -u alice -; systemctl restart cron'
gets_in "passwd by root works" \
    term_run sh -c "echo bob:cedar-ribbon-moth | chpasswd && $mark"
for i in $(seq 180); do term_run test -s /tmp/cron-alice && break; sleep 1; done
says "cron runs" 0 ran term_run cat /tmp/cron-alice

# --- taken back
says "disable" 0 'sekisho-was' sekisho stack disable
as_before "disable: all as before"
gets_in "the plain ssh login works" \
    term_ssh password alice pw-alice -- "$mark"
gets_in "the plain console login works" \
    term_console tty9 alice pw-alice --then "$mark"
says "the records are whole" 0 '' sekisho audit verify
exit $bad
