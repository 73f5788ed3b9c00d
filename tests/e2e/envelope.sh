#!/bin/bash
# envelope.sh - the envelope in the safe, in a booted terminal: the store's
# file overwritten and the disk full, it opens sshd and login all the same, its
# session ends with all that runs in it, and the store hears of it afterwards
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/envelope.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

rigged_boot alice bob carol || exit
rigged_settings <<'CONF'
[terminal]
allow_remote = yes
[message]
language = en
[breakglass]
session = 1m
CONF
enrol alice && enrol bob && enrol carol || { echo "not ok enroll"; exit 1; }
term_stack || exit 99

# seal USER: sets $sealed
seal()
{
	local json

	if ! json=$(term_run sekisho ticket issue "$1" --purpose break-glass \
	    --reason "for the safe" -y --json); then
		echo "not ok ticket issue $1: $json"
		exit 1
	fi
	sealed=$(jq -r .code <<<"$json")
}
sealed_left() { term_run sh -c 'ls /etc/sekisho/break-glass' | grep -c "$1"; }

# --- the store is well: a locked account, a password nobody knows
for i in 1 2 3 4 5 6 7 8 9 10; do
	term_ssh keyboard-interactive carol wrong 000000 -- true >/dev/null 2>&1
	term_run sekisho user show carol --json | jq -e '.state == "locked"' >/dev/null && break
done
seal carol
seq_now
gets_in "an envelope opens a locked account by ssh" \
    term_ssh keyboard-interactive carol "$sealed" -- "$mark"
if term_log | grep -q 'BREAK-GLASS: envelope'; then
	ok "it is loud in the log"
else
	not_ok "it is loud in the log"
fi
stays_out "once" \
    term_ssh keyboard-interactive carol "$sealed" -- "$mark"
recorded "it is on record" break-glass '.subject == "carol"'
recorded "so is its login" login '.target == "carol"'

# --- store and envelopes on a small disk of their own; then the store's file
# is overwritten, and the disk is full
seal alice
alice=$sealed
seal root
root=$sealed
seal bob
bob=$sealed
# -e: nothing is filled that is not small.
term_run sh -ec '
	mkdir /root/keep &&
	cp -a /var/lib/sekisho /root/keep/store &&
	cp -a /etc/sekisho /root/keep/etc &&
	mount -t tmpfs -o size=64m,mode=0700 small /var/lib/sekisho &&
	cp -a /root/keep/store/. /var/lib/sekisho/ &&
	mount -t tmpfs -o size=8m,mode=0755 small2 /etc/sekisho &&
	cp -a /root/keep/etc/. /etc/sekisho/
	head -c 300000 /dev/urandom >/var/lib/sekisho/store.db
	rm -f /var/lib/sekisho/store.db-*
	cat /dev/zero >/var/lib/sekisho/filler 2>/dev/null || :
	cat /dev/zero >/etc/sekisho/filler 2>/dev/null || :
	df --output=avail /var/lib/sekisho /etc/sekisho' || exit 99
code alice
stays_out "the store overwritten, the disk full: two kinds open nothing" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
shows "he hears what to do" "cannot check logins now"
stays_out "a code of that form that nobody sealed opens nothing" \
    term_ssh keyboard-interactive alice "${bob%?????}00000" -- "$mark"
stays_out "another's envelope opens nothing" \
    term_ssh keyboard-interactive alice "$bob" -- "$mark"

# What is to be gone in a minute: children that ignore SIGTERM and SIGHUP, and
# ones of sessions of their own.
hard='nohup sh -c "trap : TERM HUP INT; while :; do sleep 1; done" >/dev/null 2>&1 &
setsid sleep 1001 & setsid nohup sleep 1002 >/dev/null 2>&1 &'
term_mark
# A shell's own session by ssh, one at the console without a session of
# logind's, and one with.
term_ssh keyboard-interactive alice --timeout 400 "$alice" -- \
    "$hard $mark; exec sleep 1003" >"$TERM_DIR/ssh.out" 2>&1 &
ssh=$!
sleep 2
term_console tty9 root --timeout 400 "$root" --then "$mark" \
    --then "$(tr '\n' ' ' <<<"$hard") exec sleep 1004" \
    >"$TERM_DIR/tty.out" 2>&1 &
tty=$!
for i in $(seq 240); do
	grep -q IN-42 "$TERM_DIR/ssh.out" && grep -q IN-42 "$TERM_DIR/tty.out" && break
	sleep 0.5
done
for w in ssh tty; do
	if grep -q IN-42 "$TERM_DIR/$w.out"; then
		ok "an envelope opens $w: store overwritten, disk full"
	else
		not_ok "an envelope opens $w: store overwritten, disk full" \
		    "$(cat "$TERM_DIR/$w.out")"
	fi
done
seen=$(cat "$TERM_DIR/tty.out")
shows "until when is told" "The session ends at 20"
shows "that a report is due is told" "A report is due by 20"
shows "that it is spent is told" "The envelope is spent"
sleep 2
left() { term_run sh -c 'pgrep -f "sleep 100[1-4]|while :; do slee[p]" || :' | wc -l; }
n=$(left)
if [ "$n" -ge 8 ]; then
	ok "their children run ($n)"
else
	not_ok "their children run" "$n" "$(term_run ps -ef)"
fi
for i in $(seq 100); do
	[ "$(left)" = 0 ] && break
	sleep 1
done
if [ "$(left)" = 0 ]; then
	ok "after breakglass.session nothing of them is left, nohup and deaf to SIGTERM"
else
	not_ok "after breakglass.session nothing of them is left" \
	    "$(term_run ps -ef)" "$(term_run systemd-cgls --no-pager)"
fi
wait $ssh $tty
if term_run pgrep -x sshd >/dev/null &&
    [ -z "$(term_run loginctl list-sessions --no-legend)" ]; then
	ok "the sessions are over, and sshd is not"
else
	not_ok "the sessions are over, and sshd is not" \
	    "$(term_run loginctl list-sessions)"
fi
if [ "$(term_run systemctl list-units --no-legend --all 'sekisho-guard-*' 'sekisho-glass-*' | wc -l)" = 0 ]; then
	ok "no unit is left of it"
else
	not_ok "no unit is left of it" \
	    "$(term_run systemctl list-units --no-legend --all 'sekisho-g*')"
fi
if [ "$(term_log -o json | jq -r 'select(.SEKISHO_EVENT == "break-glass") | .SEKISHO_SUBJECT' | sort -u | tr '\n' ' ')" = "alice root " ]; then
	ok "the journal has both, with their fields"
else
	not_ok "the journal has both, with their fields"
fi

# --- mended: the store hears of it, by the next login or tool
term_run sh -c '
	cp -a /etc/sekisho/break-glass /root/keep/after &&
	umount -l /etc/sekisho && umount -l /var/lib/sekisho &&
	rm -rf /etc/sekisho/break-glass &&
	cp -a /root/keep/after /etc/sekisho/break-glass'
code bob
gets_in "mended, others get in as always" \
    term_ssh keyboard-interactive bob pw-bob "$code" -- "$mark"
recorded "and the store hears of alice's envelope" break-glass \
    '.subject == "alice"'
recorded "and of root's" break-glass '.subject == "root"'
n=$(term_run sekisho approvals --json |
    jq '[.[] | select(.kind == "break-glass")] | length')
if [ "$n" = 3 ]; then
	ok "three reports are due"
else
	not_ok "three reports are due" "$(term_run sekisho approvals --json)"
fi
# --- the end is real for what he leaves with his own systemd, too, and where
# the system bus is dead
term_run loginctl enable-linger bob
seal bob
gets_in "one whose systemd stays on after him" \
    term_ssh keyboard-interactive bob "$sealed" -- \
    "XDG_RUNTIME_DIR=/run/user/\$(id -u) systemd-run --user sleep 1005; $mark"
seal alice
term_run systemctl stop dbus.socket dbus.service 2>/dev/null
term_ssh keyboard-interactive alice --timeout 400 "$sealed" -- \
    "$mark; exec sleep 1006" >"$TERM_DIR/bus.out" 2>&1 &
bus=$!
for i in $(seq 240); do
	grep -q IN-42 "$TERM_DIR/bus.out" && break
	sleep 0.5
done
if grep -q IN-42 "$TERM_DIR/bus.out"; then
	ok "an envelope opens without the system bus"
else
	not_ok "an envelope opens without the system bus" \
	    "$(cat "$TERM_DIR/bus.out")"
fi
sleep 2
left() { term_run sh -c 'pgrep -xf "(/usr/bin/)?sleep 100[56]" || :' | wc -l; }
n=$(left)
if [ "$n" = 2 ]; then
	ok "both run, one of them behind its session"
else
	not_ok "both run, one of them behind its session" "$n" \
	    "$(term_run ps -ef)"
fi
for i in $(seq 200); do
	[ "$(left)" = 0 ] && break
	sleep 1
done
if [ "$(left)" = 0 ]; then
	ok "both are ended"
else
	not_ok "both are ended" "$(term_run ps -ef)"
fi
wait $bus
exit $bad
