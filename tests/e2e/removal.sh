#!/bin/bash
# removal.sh - sessions whose IC card is taken away; desktops that are told to
# lock; a new proof asked for in between
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/removal.sh
#
# pcscd is the real one, the reader vpcd's; cards, readers and what sits at a
# terminal: cards.sh, sits.sh. bob's desktop is an Xvfb with i3lock in a
# session of logind's, and what starts one at logind's signal.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"
# shellcheck source=tests/e2e/cards.sh
. "$here/cards.sh"
# shellcheck source=tests/e2e/sits.sh
. "$here/sits.sh"

for tool in jq oathtool i3lock Xvfb xdotool dbus-monitor busctl; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
cards_have || exit
rigged_boot alice bob || exit
cards_begin || exit
term_stack
term_stack i3lock
settings()	# LINE...: under [session]
{
	rigged_settings <<-CONF
	[terminal]
	allow_remote = 127.0.0.0/8 ::1
	[message]
	language = en
	[lockout]
	deny = 60
	privileged_deny = 50
	delay = 0
	[factors]
	accept = password hotp ticket card-jpki card-piv
	one_line = yes
	wait = 10m
	[session]
	$(printf '%s\n' "$@")
	CONF
}
settings 'idle_lock = 1h' 'idle_logout = 2h'
enrol bob || { echo "not ok enroll bob"; exit 1; }
for k in alice:jpki bob:piv; do
	u=${k%:*}
	plug "$u" "${k#*:}"
	seen=$(term_run sekisho enroll card "$u" -y 2>&1) ||
	    { not_ok "enroll $u's card" "$seen"; exit 1; }
	pull "$u"
done
# The program that makes the console.
term_console ttyS9 nobody >/dev/null 2>&1
record_is() { [ -n "$(record "$@")" ]; }
# comes NAME EVENT [JQ]: a record does, sooner or later
comes()
{
	if until_true 120 record_is "${@:2}"; then ok "$1"; else recorded "$@"; fi
}
empty() { term_run systemctl stop "softcard@$1"; unset "at[$1]"; }
watched() { term_run sh -c 'cat /run/sekisho/guard/*' | grep -q 'Virtual PCD'; }
# took NAME SINCE: how long, from the card's end until the lock was on record
took()
{
	local at

	at=$(record screen-lock | jq -r .time | xargs -I{} date +%s%N -d {})
	echo "# $1: locked within $(((at - $2) / 1000000)) ms, the rig's own among them"
}

# --- a card is taken away, at the console
plug alice jpki
seq_now
sits "
answers assword: pw-alice
answers {Card PIN:} 1234
answers {\$ } {PS1='AT-'PROMPT; V=kept}
sees AT-PROMPT
puts ARRIVED
sees {This terminal is locked.}
puts LOCKED-1
waits_for /tmp/go
send \"\\r\"
answers assword: pw-alice
answers {Card PIN:} 9999
sees {This terminal is locked.}
puts LOCKED-2
after 500
send \"\\r\"
answers assword: pw-alice
answers {Card PIN:} 1234
after 2000
send \"echo V-IS-\\\$V\\r\"
sees V-IS-kept
puts OPENED-1
sees {This terminal is locked.}
puts LOCKED-3
waits_for /tmp/again
send \"\\r\"
answers assword: pw-alice
answers {Card PIN:} 1234
after 2000
send \"echo V-IS-\\\$V\\r\"
sees V-IS-kept
puts OPENED-2
send \"exit\\r\"
expect eof
" "/root/rig/console ttyS9 alice"
sees "alice is in by password and card" ARRIVED
if until_true 60 watched; then ok "her card is watched"; else not_ok "her card is watched" "$(term_run sh -c 'cat /run/sekisho/guard/*')"; fi
begun=$(date +%s%N)
empty alice
sees "it is taken away: the session is locked" LOCKED-1
comes "the removal is on record" removal '.target == "alice"'
comes "and the lock for it" screen-lock '.reason == "removed" and .target == "alice"'
took "a card" "$begun"
plug alice jpki
until_true 60 frozen
sleep 3
if frozen && [ -z "$(record screen-unlock)" ]; then
	ok "put in again it opens nothing"
else
	not_ok "put in again it opens nothing" "$(cat "$TERM_DIR/sits")"
fi
term_run touch /tmp/go
sees "with a wrong PIN it stays locked" LOCKED-2
sees "password, card and PIN open it, and it goes on" OPENED-1
comes "the unlock is on record" screen-unlock '.subject == "alice"'
seq_now
if until_true 60 watched; then ok "the card is watched again"; else not_ok "the card is watched again"; fi
begun=$(date +%s%N)
term_run systemctl kill -s KILL --kill-whom=main pcscd
sees "pcscd is killed: the card counts as taken away" LOCKED-3
comes "which is on record" removal '.target == "alice"'
comes "and the lock for it, too" screen-lock '.reason == "removed" and .target == "alice"'
took "pcscd" "$begun"
pull alice
term_run sh -c 'systemctl reset-failed pcscd.service pcscd.socket; systemctl restart pcscd.socket pcscd.service'
plug alice jpki
term_run touch /tmp/again
sees "with pcscd back she opens it" OPENED-2
leaves "she leaves"

# --- on_removal = logout
settings 'idle_lock = 1h' 'idle_logout = 2h' 'on_removal = logout'
seq_now
sits "
answers assword: pw-alice
answers {Card PIN:} 1234
answers {\$ } {PS1='AT-'PROMPT; nohup sleep 7777 >/dev/null 2>&1 &}
sees AT-PROMPT
puts ARRIVED
expect eof
" "/root/rig/console ttyS9 alice"
sees "alice is in once more" ARRIVED
if until_true 60 watched; then ok "her card is watched"; else not_ok "her card is watched"; fi
empty alice
leaves "it is taken away: the session ends"
comes "on record, and why" session-ended '.reason == "removed" and .target == "alice"'
no_sleep() { ! term_run pgrep -u alice sleep >/dev/null; }
if until_true 60 no_sleep; then ok "with all that was in it"; else not_ok "with all that was in it" "$(term_run ps -ef)"; fi

# --- a desktop
uid=$(term_run id -u bob)
as_bob()
{
	term_as bob env DISPLAY=:7 XDG_RUNTIME_DIR="/run/user/$uid" \
	    DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" \
	    HOME=/home/bob LC_ALL=C.UTF-8 "$@"
}
term_put /usr/local/bin/desktop 755 <<'DESKTOP'
#!/bin/bash
# desktop: i3lock at each Lock of logind's, of this user's session
says() { echo "$*" >>/tmp/desktop.log; }
dbus-monitor --system \
    "type='signal',interface='org.freedesktop.login1.Session',member='Lock'" |
while read -r line; do
	case $line in
	*path=/ready\;*) says ready; continue ;;
	*member=Lock) says LOCK ;;
	*) continue ;;
	esac
	pgrep -u "$UID" -x i3lock >/dev/null && continue
	( i3lock --nofork; says OPEN $? ) &
done
DESKTOP
session() { term_run loginctl list-sessions --no-legend | awk '$3 == "bob" { print $1; exit }'; }
hint()	# true|false: what bob's desktop tells logind
{
	as_bob busctl call org.freedesktop.login1 \
	    "$(term_run busctl call org.freedesktop.login1 /org/freedesktop/login1 \
		org.freedesktop.login1.Manager GetSession s "$(session)" | cut -d'"' -f2)" \
	    org.freedesktop.login1.Session SetIdleHint b "$1"
}
has_session() { [ -n "$(session)" ] && term_run test -S "/run/user/$uid/bus"; }
no_session() { [ -z "$(session)" ]; }
is_x11() { [ "$(term_run loginctl show-session "$(session)" -p Type --value)" = x11 ]; }
desktop_log() { term_run cat /tmp/desktop.log 2>/dev/null; }
locks() { [ "$(desktop_log | grep -c ^LOCK)" -ge "$1" ] && as_bob xdotool search --name i3lock; }
# It listens to the system's bus.
listens()
{
	as_bob busctl --system emit /ready org.freedesktop.login1.Session Lock
	desktop_log | grep -q ready
}
opens() { desktop_log | grep -q "^OPEN 0"; }
# desktop NAME: in the session there is
desktop()
{
	until_true 120 has_session || { not_ok "$1" "no session"; exit 1; }
	term_run rm -f /tmp/desktop.log
	for u in 'screen Xvfb :7 -screen 0 640x480x24 -nolisten tcp -noreset' \
	    'desktop /usr/local/bin/desktop'; do
		as_bob systemctl --user reset-failed "${u%% *}" 2>/dev/null
		# shellcheck disable=SC2086
		as_bob systemd-run --user --quiet --unit="${u%% *}" \
		    --setenv=DISPLAY=:7 ${u#* }
		until_true 120 as_bob xdotool getdisplaygeometry
	done
	if until_true 120 is_x11 && until_true 120 listens; then
		ok "$1"
	else
		not_ok "$1" "$(term_run loginctl show-session "$(session)")" "$(desktop_log)"
		exit 1
	fi
}
# What he had at it goes, too: the next one begins anew.
desktop_goes()
{
	until_true 120 no_session
	term_run systemctl stop "user@$uid.service"
}
# locked NAME N: for the Nth time
locked()
{
	if until_true 180 locks "$2"; then ok "$1"; else not_ok "$1" "$(desktop_log)" "$(term_run loginctl show-session "$(session)")"; fi
}

# A session of that type by login(1): pam_env comes before pam_systemd.
echo XDG_SESSION_TYPE=x11 | term_put /etc/environment
settings 'idle_lock = 5s' 'idle_logout = 1h'
code bob
seq_now
sits "
answers assword: pw-bob
answers ode: $code
answers {\$ } {echo A-DESKTOP-\$((6*7))}
sees A-DESKTOP-42
expect eof
" "/root/rig/console ttyS9 bob"
desktop "bob has a desktop"
hint true
locked "nobody touches it: it is told to lock" 1
comes "on record, and why" screen-lock '.reason == "idle" and .target == "bob"'
if [ -z "$(record session-ended)" ] && ! term_run test -d /sys/fs/cgroup/user.slice/user-"$uid".slice/session-"$(session)".scope/sekisho-lock; then
	ok "nothing of it is frozen"
else
	not_ok "nothing of it is frozen"
fi
hint false
code bob
as_bob xdotool type --delay 60 -- "pw-bob$code"
as_bob xdotool key Return
if until_true 120 opens; then ok "password and code open it"; else not_ok "password and code open it" "$(desktop_log)"; fi
comes "the unlock is on record" screen-unlock '.subject == "bob"'
seq_now
hint true
locked "nobody touches it once more: locked again" 2
comes "on record again" screen-lock '.reason == "idle" and .target == "bob"'
term_run loginctl terminate-session "$(session)"
leaves "it ends"
desktop_goes

# --- a desktop, and a card
settings 'idle_lock = 20s' 'idle_logout = 25s' 'removal_logout = 1h'
plug bob piv
seq_now
sits "
answers assword: pw-bob
answers {Card PIN:} 123456
answers {\$ } {echo A-DESKTOP-\$((6*7))}
sees A-DESKTOP-42
expect eof
" "/root/rig/console ttyS9 bob"
desktop "bob has a desktop by his card"
if until_true 60 watched; then ok "his card is watched"; else not_ok "his card is watched"; fi
begun=$(date +%s%N)
empty bob
locked "it is taken away: his desktop is told to lock" 1
comes "on record, and why" screen-lock '.reason == "removed" and .target == "bob"'
took "a desktop" "$begun"
plug bob piv
sleep 2
if opens; then not_ok "put in again it opens nothing"; else ok "put in again it opens nothing"; fi
hint true
leaves "nobody comes: it ends"
comes "on record, and why" session-ended '.reason == "idle" and .target == "bob"'
pull bob
desktop_goes

# --- a new proof from time to time, however busy it is
term_run rm -f /etc/environment
settings 'idle_lock = 1h' 'idle_logout = 2h' 'reauth = 10s'
code bob
one=$code
code bob
two=$code
seq_now
# What is busy tells of itself: it stands still while it is locked.
sits "
answers assword: pw-bob
answers ode: $one
answers {\$ } {V=kept; (while :; do sleep 0.5; echo V-IS-\$V; done) &}
sees V-IS-kept
sees {It is time to prove yourself again.}
puts LOCKED-1
waits_for /tmp/go
send \"\\r\"
answers assword: pw-bob
answers ode: $two
sees V-IS-kept
puts OPENED
" "$SSH -l bob 127.0.0.1"
sees "a new proof is asked for" LOCKED-1
comes "the lock is on record, and why" screen-lock '.reason == "reauth" and .target == "bob"'
term_run touch /tmp/go
sees "two kinds open it, and it goes on" OPENED
comes "the unlock is on record" screen-unlock '.subject == "bob"'
leaves "he leaves"
exit $bad
