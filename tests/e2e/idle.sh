#!/bin/bash
# idle.sh - sessions that nobody touches, or whose key is away, are locked,
# opened by two kinds alone, go on as they were, and end later
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/idle.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"
# shellcheck source=tests/e2e/sits.sh
. "$here/sits.sh"

command -v jq >/dev/null || { echo "SKIP: no jq (tests/deps)" >&2; exit 77; }
rigged_boot alice bob || exit
settings()	# LINE...: under [session]
{
	rigged_settings <<-CONF
	[terminal]
	allow_remote = 127.0.0.0/8 ::1
	[message]
	language = en
	[lockout]
	delay = 0
	[session]
	$(printf '%s\n' "$@")
	CONF
}
term_stack
settings 'idle_lock = 10s' 'idle_logout = 1h'
for u in alice bob; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done


# --- a shell with a running job, by ssh
ticks() { term_run sh -c 'wc -c </tmp/ticks'; }
grows() { local n; n=$(ticks); sleep 0.5; [ "$(ticks)" -gt "$n" ]; }

code alice
one=$code
code alice
wrong=000000
two=$code
code alice
three=$code
seq_now
sits "
answers assword: pw-alice
answers ode: $one
answers {\$ } {PS1='AT-'PROMPT; V=kept; (while :; do printf x; sleep 0.1; done >/tmp/ticks) &}
sees AT-PROMPT
sees {This terminal is locked.}
puts LOCKED-1
waits_for /tmp/go
send \"\\r\"
answers assword: pw-alice
answers ode: $wrong
sees {This terminal is locked.}
puts LOCKED-2
after 500
send \"\\r\"
answers assword: pw-alice
answers ode: $two
after 1500
send \"echo V-IS-\\\$V\\r\"
sees V-IS-kept
puts OPENED
send \"kill %1; exit\\r\"
expect eof
" "$SSH -l alice 127.0.0.1"
sees "an ssh session that nobody touches is locked" LOCKED-1
if until_true 60 frozen; then ok "what runs at it stands still"; else not_ok "what runs at it stands still"; fi
recorded "the lock is on record, and why" screen-lock '.reason == "idle" and .target == "alice"'
term_as alice sh -c 'kill -CONT $(pgrep -u alice)' >/dev/null 2>&1
n=$(ticks)
sleep 2
is "a SIGCONT from elsewhere lets nothing go on" "$n" "$(ticks)"
term_run touch /tmp/go
sees "one kind does not open it" LOCKED-2
sees "two kinds open it, and the shell is as it was" OPENED
leaves "he works on, and leaves"
recorded "the unlock is on record" screen-unlock '.subject == "alice"'

# --- the guard is killed meanwhile; what is locked ends later
settings 'idle_lock = 10s' 'idle_logout = 40s'
guards() { term_run systemctl list-units --no-legend 'sekisho-guard-*.service' | awk '{ print $1 }'; }
code bob
seq_now
sits "
answers assword: pw-bob
answers ode: $code
answers {\$ } {PS1='AT-'PROMPT; vi /tmp/letter}
sees {This terminal is locked.}
puts LOCKED-1
sees {This terminal is locked.}
puts LOCKED-2
send \"\\r\"
sees assword:
expect eof
" "$SSH -l bob 127.0.0.1"
sees "a session with an editor in front is locked" LOCKED-1
for g in $(guards); do term_run systemctl kill -s KILL --kill-whom=main "$g"; done
sees "its guard is killed: it is locked all the same, and asks anew" LOCKED-2
leaves "nobody opens it: it ends"
recorded "its end is on record, and why" session-ended '.reason == "idle" and .target == "bob"'
no_vi() { ! term_run pgrep -u bob vi >/dev/null; }
if until_true 60 no_vi; then ok "with all that was at it"; else not_ok "with all that was at it"; fi
if until_true 60 thawed; then ok "nothing of the lock is left"; else not_ok "nothing of the lock is left"; fi

# --- root's by sudo, in a session of his
settings 'idle_lock = 10s' 'idle_logout = 1h'
term_run usermod -a -G sudo alice
code alice
one=$code
code alice
two=$code
code alice
three=$code
seq_now
sits "
answers assword: pw-alice
answers ode: $one
answers {\$ } {PS1='AT-'PROMPT; V=kept}
sees AT-PROMPT
send \"sudo -i\\r\"
answers {for alice:} pw-alice
answers ode: $two
sees root@
send \"W=root; echo AM-\\\$(id -un)\\r\"
sees AM-root
sees {This terminal is locked.}
puts LOCKED-1
waits_for /tmp/go
send \"\\r\"
answers assword: pw-alice
answers ode: $three
after 4000
send \"echo W-IS-\\\$W; exit\\r\"
sees W-IS-root
after 1000
send \"echo V-IS-\\\$V\\r\"
sees V-IS-kept
send \"exit\\r\"
expect eof
" "$SSH -l alice 127.0.0.1"
sees "root's shell by sudo is locked" LOCKED-1
both() { [ "$(term_run sh -c 'cat /sys/fs/cgroup/user.slice/*/*/sekisho-lock/cgroup.events' | grep -c '^frozen 1')" = 2 ]; }
if until_true 60 both; then ok "it stands still, and the login round it"; else not_ok "it stands still, and the login round it" "$(term_run sh -c 'ls -d /sys/fs/cgroup/user.slice/*/*/sekisho-lock')"; fi
term_run touch /tmp/go
leaves "one proof opens both, and both go on"

# --- a key is taken away: at the console, by a program that is one
keys=$SEK_BUILDDIR/tests/emulators/fido2
[ -x "$keys/softkey" ] && [ -e "$keys/softkey-preload.so" ] || exit $bad
term_copy "$keys/softkey" /opt/softkey/softkey
term_copy "$keys/softkey-preload.so" /opt/softkey/preload.so
term_put /etc/systemd/system/softkey@.service <<'UNIT'
[Service]
ExecStart=/opt/softkey/softkey /run/softkey/%i.sock /opt/softkey/%i.state /opt/softkey/%i.knobs /opt/softkey/%i.log
RuntimeDirectory=softkey
RuntimeDirectoryPreserve=yes
UNIT
term_run systemctl daemon-reload
echo /opt/softkey/preload.so | term_put /etc/ld.so.preload
plug()
{
	term_run sh -c 'touch /opt/softkey/bob.knobs; systemctl start softkey@bob' &&
	    until_true 60 term_run test -S /run/softkey/bob.sock
}
pull() { term_run sh -c 'systemctl stop softkey@bob; rm -f /run/softkey/bob.sock'; }
plug || { not_ok "the key is put in"; exit 1; }
settings 'idle_lock = 1h' 'idle_logout = 2h' 'removal_logout = 30s'
seen=$(term_run sekisho enroll fido2 bob -y --device softkey:/run/softkey/bob.sock 2>&1) ||
    { not_ok "enroll bob's key" "$seen"; exit 1; }
# The program that makes the console.
term_console ttyS9 nobody >/dev/null 2>&1
seq_now
sits "
answers assword: pw-bob
answers {\$ } {PS1='AT-'PROMPT; V=kept}
sees AT-PROMPT
puts ARRIVED
sees {This terminal is locked.}
puts LOCKED-1
waits_for /tmp/go
send \"\\r\"
answers assword: pw-bob
after 4000
send \"echo V-IS-\\\$V\\r\"
sees V-IS-kept
puts OPENED
sees {This terminal is locked.}
puts LOCKED-2
expect eof
" "/root/rig/console ttyS9 bob"
sees "bob is in by password and key" ARRIVED
watched() { term_run sh -c 'cat /run/sekisho/guard/*' | grep -q softkey:/run/softkey/bob.sock; }
if until_true 60 watched; then ok "his key is watched"; else not_ok "his key is watched"; fi
begun=$(date +%s%N)
pull
sees "it is taken away: the session is locked" LOCKED-1
echo "# it took $((($(date +%s%N) - begun) / 1000000)) ms, the rig's own among them"
recorded "the removal is on record" removal '.target == "bob"'
recorded "and the lock for it" screen-lock '.reason == "removed"'
plug
sleep 2
if seen_by_him OPENED; then not_ok "put in again it opens nothing"; else ok "put in again it opens nothing"; fi
term_run touch /tmp/go
sees "password and key open it" OPENED
pull
sees "taken away again: locked again" LOCKED-2
leaves "it stays away: the session ends"
recorded "its end is on record, and why" session-ended '.reason == "removed" and .target == "bob"'
exit $bad
