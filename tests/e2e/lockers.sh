#!/bin/bash
# lockers.sh - real screen lockers, run by an ordinary user in his own cgroup
# under Xvfb and under sway, ask for two kinds by sekisho-helper
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/lockers.sh
#
# i3lock has one box and answers every prompt with it, and never asks account;
# xsecurelock asks prompt by prompt and shows what PAM says; swaylock has one
# box. What xsecurelock's PAM program says is also read by its own protocol.
# Screenshots are made into $SEK_ARTIFACTS where that is set.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in i3lock xsecurelock Xvfb xdotool import pamtester jq; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
rigged_boot alice bob || exit
settings()	# LINE...: sekisho.conf, with these under [factors], [lockout]
{
	term_put /etc/sekisho/sekisho.conf <<-CONF
	[terminal]
	allow_remote = 127.0.0.0/8 ::1
	[message]
	language = ja
	[factors]
	one_line = $1
	[lockout]
	deny = 3
	privileged_deny = 2
	unlock = 1h
	privileged_unlock = 2h
	delay = 0
	CONF
}
settings no
term_run sekisho policy check || { echo "not ok policy check"; exit 1; }
term_run usermod -a -G sudo bob
for u in alice bob; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
# Debian's xsecurelock has no file, and asks common-auth.
printf '@include common-auth\n@include common-account\n' |
    term_put /etc/pam.d/xsecurelock
echo XSECURELOCK_PAM_SERVICE=xsecurelock | term_put /etc/environment
uid=$(term_run id -u alice)

# In English, whatever people are told at the screen.
sekisho() { term_run env LC_ALL=en_US.UTF-8 sekisho "$@"; }
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
# until_true SECONDS CMD...: it becomes true
until_true()
{
	local i n=$(($1 * 5))

	shift
	for i in $(seq $n); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
failures() { sekisho user show "$1" --json | jq .failures; }
# counts NAME N [USER]: alice has so many failures
counts()
{
	local n

	n=$(failures "${3:-alice}")
	if [ "$n" = "$2" ]; then ok "$1"; else not_ok "$1" "failures: $n, not $2"; fi
}
unlock() { sekisho user unlock alice -y >/dev/null; }

# --- the rig: a session of alice's at the console, with a screen
term_console ttyS9 alice --timeout 900 pw-alice --then 'sleep 900' \
    >"$TERM_DIR/console.log" 2>&1 &
sessions() { term_run loginctl list-sessions --no-legend | grep -c ' alice '; }
one_session() { [ "$(sessions)" = 1 ]; }
until_true 20 term_run test -S "/run/user/$uid/bus" && one_session ||
    { echo "not ok alice has no session"; cat "$TERM_DIR/console.log"; exit 1; }
# as_alice CMD...: with her runtime folder and screen
as_alice()
{
	term_as alice env DISPLAY=:7 XDG_RUNTIME_DIR="/run/user/$uid" \
	    DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" \
	    HOME=/home/alice LC_ALL=C.UTF-8 "$@"
}
# unit NAME CMD...: a service of her own manager's, in a cgroup of hers
unit()
{
	local name=$1

	shift
	as_alice systemctl --user reset-failed "$name" 2>/dev/null
	as_alice systemd-run --user --quiet --unit="$name" \
	    --setenv=DISPLAY=:7 --setenv=LC_ALL=C.UTF-8 \
	    --setenv=XDG_RUNTIME_DIR="/run/user/$uid" "$@"
}
unit screen Xvfb :7 -screen 0 800x600x24 -nolisten tcp -noreset
until_true 20 as_alice xdotool getdisplaygeometry ||
    { echo "not ok no screen"; exit 1; }
press()	{ as_alice xdotool key --delay 40 "$@"; }
type_in() { as_alice xdotool type --delay 30 -- "$1"; press Return; }
# screenshot NAME
screenshot()
{
	local to=${SEK_ARTIFACTS:-}

	[ -n "$to" ] && [ -d "$to" ] || return 0
	as_alice import -window root /tmp/shot.png 2>/dev/null || return 0
	term_run cat /tmp/shot.png >"$to/lockers-$1.png"
	term_run rm -f /tmp/shot.png
}

# A locker of hers, and what became of it.
term_put /usr/local/bin/lock 755 <<'LOCK'
#!/bin/sh
# lock NAME CMD...: its status goes to /tmp/NAME.rc
name=$1
shift
"$@" 2>/tmp/$name.err
echo $? >/tmp/$name.rc
LOCK
# lock NAME CMD...: it runs
lock()
{
	local name=$1

	shift
	as_alice rm -f "/tmp/$name.rc" "/tmp/$name.locked"
	unit "$name" /usr/local/bin/lock "$name" "$@"
}
is_over() { term_run test -s "/tmp/$1.rc"; }
# unlocks NAME WHICH: that locker ends, content
unlocks()
{
	local rc

	if until_true 30 is_over "$2" && rc=$(term_run cat "/tmp/$2.rc") &&
	    [ "$rc" = 0 ]; then
		ok "$1"
	else
		screenshot "failed-$2"
		not_ok "$1" "the locker is still there, or ended with ${rc:-}" \
		    "$(term_run cat "/tmp/$2.err" 2>&1)" "$(term_run ps -ef | grep -v '\[' | tail -n 25)"
	fi
}
# stays NAME WHICH EVENT: a record of a refusal comes, the locker stays
stays()
{
	local r=

	refused() { r=$(record refuse '.service == "sekisho-locker" and .subject == "alice"'); [ -n "$r" ]; }
	until_true 30 refused
	sleep 0.5
	if [ -n "$r" ] && ! is_over "$2"; then
		ok "$1"
	else
		not_ok "$1" "recorded: ${r:-nothing}" \
		    "$(term_run cat "/tmp/$2.rc" "/tmp/$2.err" 2>&1)" \
		    "$(sekisho audit show --json | tail -n 5)"
	fi
}
gone() { ! term_run pgrep -x sekisho-helper; }
# no_helper NAME
no_helper()
{
	if until_true 20 gone; then ok "$1"; else not_ok "$1" "$(term_run ps -ef)"; fi
}

# A session by ssh would make her a remote one, while it ends, too.
start_i3lock()
{
	until_true 20 one_session
	lock i3lock i3lock --nofork
	until_true 20 as_alice xdotool search --name i3lock || {
		not_ok "i3lock starts" "$(term_run cat /tmp/i3lock.err)"
		exit 1
	}
	sleep 0.5
}
start_xsecurelock()
{
	until_true 20 one_session
	lock xsecurelock env XSECURELOCK_PAM_SERVICE=xsecurelock \
	    XSECURELOCK_SAVER=saver_blank XSECURELOCK_NO_COMPOSITE=1 \
	    XSECURELOCK_AUTH_TIMEOUT=300 XSECURELOCK_AUTH_CURSOR_BLINK=0 \
	    XSECURELOCK_FONT='VL Gothic:size=14' \
	    xsecurelock -- touch /tmp/xsecurelock.locked
	until_true 20 term_run test -e /tmp/xsecurelock.locked || {
		not_ok "xsecurelock starts" "$(term_run cat /tmp/xsecurelock.err)"
		exit 1
	}
}
# The helper waits for an answer of alice's.
asking() { term_run pgrep -x sekisho-helper; }
# wake: the dialogue comes up at a key that is no letter
wake()
{
	press Control_L
	until_true 20 asking || not_ok "xsecurelock asks" "$(term_run ps -ef | tail -n 20)"
	sleep 1
}
# both PASSWORD CODE: prompt by prompt
both()
{
	type_in "$1"
	sleep 1.5
	type_in "$2"
}

# --- put in place
says "stack enable takes the lockers" 0 'Services to be changed:.* xsecurelock' \
    sekisho stack enable -y
for s in i3lock xsecurelock swaylock sekisho-locker; do
	says "stack check: $s is sound" 0 sound sekisho stack check --service $s
done
says "explain knows a locker" 0 'sekisho-locker' \
    sekisho explain alice --service i3lock

# --- xsecurelock: prompt by prompt
start_xsecurelock
seq_now
wake
both wrong 000000
stays "xsecurelock: a wrong password and a wrong code do not unlock" xsecurelock
counts "which is one failure" 1
sleep 1
until_true 20 asking || wake
seq_now
both pw-alice 000000
stays "xsecurelock: the password alone does not" xsecurelock
counts "which is another" 2
sleep 1
until_true 20 asking || wake
sleep 1
seq_now
code alice
both pw-alice "$code"
unlocks "xsecurelock: password and code do" xsecurelock
recorded "recorded as an admission" admit \
    '.service == "sekisho-locker" and .subject == "alice" and (.kinds | length) == 2'
recorded "and as an unlocked screen" screen-unlock '.subject == "alice"'
counts "the failures are gone" 0
used=$code
stays_out "a code used at the locker is used up for ssh" \
    term_ssh keyboard-interactive alice pw-alice "$used" -- "$mark"
code alice
gets_in "the next one is not" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
unlock
no_helper "no helper is left"

# --- i3lock answers every prompt with the same text
start_i3lock
seq_now
type_in pw-alice
stays "i3lock: its box for two prompts does not unlock" i3lock
unlock
settings yes
sleep 3
code alice
seq_now
type_in "pw-alice$code"
unlocks "i3lock: password and code in its box do (factors.one_line)" i3lock
recorded "recorded as an admission" admit '.service == "sekisho-locker"'
start_i3lock
seq_now
type_in "pw-alice$code"
stays "i3lock: a code that was used does not" i3lock
unlock
# i3lock never asks account.
sekisho user suspend alice --reason leave --keep-sessions -y >/dev/null
sleep 3
seq_now
code alice
type_in "pw-alice$code"
stays "i3lock: a suspended account does not unlock" i3lock
recorded "and that is why" refuse '.reason == "suspended"'
sekisho user resume alice -y >/dev/null
unlock
says "a term that has ended" 0 '' sekisho person edit alice \
    --from 2020-04-01 --to 2020-05-01
sleep 3
seq_now
code alice
type_in "pw-alice$code"
stays "i3lock: a person whose term has ended does not" i3lock
recorded "and that is why" refuse '.reason == "term-ended"'
says "the term taken back" 0 '' sekisho person edit alice \
    --from none --to none
unlock
sleep 3
seq_now
code alice
type_in "pw-alice$code"
unlocks "i3lock: then both kinds unlock again" i3lock

# --- locked
settings no
for i in 1 2 3; do
	stays_out "a failure by ssh ($i)" \
	    term_ssh keyboard-interactive alice pw-alice 000000 -- "$mark"
done
start_xsecurelock
seq_now
wake
code alice
both pw-alice "$code"
for i in 1 2 3; do screenshot locked-$i; done
stays "xsecurelock: a locked account does not unlock by right answers" xsecurelock
recorded "and that is why" refuse '.reason == "locked"'

# What its program hears, by its own protocol, in alice's process.
term_put /usr/local/bin/authproto 755 <<'PROTO'
#!/bin/bash
# authproto ANSWER...: xsecurelock's PAM program, answered prompt by prompt,
# given up when there are no more answers (it tries three times); --kill: is
# killed at that prompt; --kill-after ANSWER: killed when the next one is
# there. Prints what it says, then its status.
export LC_ALL=C XSECURELOCK_PAM_SERVICE=${SERVICE:-xsecurelock}
coproc A { exec /usr/libexec/xsecurelock/authproto_pam; }
pid=$A_PID
exec {in}<&"${A[0]}" {out}>&"${A[1]}"
then=
while read -r -u $in type len; do
	text=
	[ "$len" -gt 0 ] && IFS= read -r -u $in -N "$len" text
	read -r -u $in
	echo "$type $text"
	case $type in
	P|U) ;;
	*) continue ;;
	esac
	[ "$then" = kill ] && { kill -KILL $pid; break; }
	answer=${1---cancel}
	[ $# -gt 0 ] && shift
	case $answer in
	--cancel) printf 'x 0\n\n' >&$out; continue ;;
	--kill)	kill -KILL $pid; break ;;
	--kill-after) then=kill; answer=$1; shift ;;
	esac
	printf '%s %d\n%s\n' "${type,,}" "${#answer}" "$answer" >&$out
done
wait $pid
echo "status $?"
PROTO
# In her manager's cgroup, as a locker is: elsewhere nothing tells from where.
talks()
{
	as_alice systemd-run --user --quiet --wait --pipe --collect \
	    /usr/local/bin/authproto "$@"
}
code alice
says "its program hears until when, in Japanese" 0 \
    '^e 失敗が続いたためロックされています。.* 以降にもう一度お試しください。' talks pw-alice "$code"
shows "and the refusal" 'status [^0]'
says "a locked account hears it only after the last prompt" 0 '^P .*' talks pw-alice "$code"
[ "$(head -n 3 <<<"$seen" | cut -c1 | tr -d '\n')" = PPe ] &&
    ok "both prompts come first" || not_ok "both prompts come first" "$seen"
unlock
# What it asks since before refuses once more: a round knows what was then.
sleep 2
press Escape
until_true 20 gone
sleep 1
wake
code alice
both pw-alice "$code"
unlocks "xsecurelock: unlocked again, both kinds unlock" xsecurelock

# --- clients that behave badly, in alice's process
unlock
code alice
says "rig: the program unlocks" 0 'status 0' talks pw-alice "$code"
says "one text for every prompt" 0 'status [^0]' talks pw-alice pw-alice
counts "is one failure" 1
unlock
says "given up at the first prompt" 0 'status [^0]' talks --cancel
counts "no failure" 0
says "given up at the second, the password right" 0 'status [^0]' talks pw-alice --cancel
counts "no failure" 0
says "killed at the first prompt" 0 'status 137' talks --kill
no_helper "its helper goes"
counts "no failure" 0
says "killed at the second, the password right" 0 'status 137' talks pw-alice --kill
no_helper "its helper goes"
counts "no failure" 0
says "killed after a wrong answer" 0 'status 137' talks --kill-after wrong
no_helper "its helper goes"
counts "one failure" 1
unlock
code alice
says "and afterwards she unlocks" 0 'status 0' talks pw-alice "$code"
code bob
says "another's account cannot be verified in her process" 1 'uthentication failure|ermission denied|ystem error|not retrieve' \
    as_alice sh -c "printf 'pw-bob\n$code\n' | timeout 120 pamtester i3lock bob authenticate"
counts "his is untouched" 0 bob

# --- what is hers is hers to stop: nobody else waits for it
start_xsecurelock
wake
as_alice systemctl --user freeze xsecurelock
says "her locker is frozen at its prompt" 0 frozen \
    as_alice systemctl --user show -p FreezerState xsecurelock
code bob
gets_in "and bob logs in" \
    term_ssh keyboard-interactive bob pw-bob "$code" -- "$mark"
as_alice systemctl --user thaw xsecurelock
term_run pkill -STOP -x authproto_pam
code bob
gets_in "stopped: bob logs in, too" \
    term_ssh keyboard-interactive bob pw-bob "$code" -- "$mark"
term_run pkill -CONT -x authproto_pam
sleep 1
until_true 20 asking || wake
code alice
both pw-alice "$code"
unlocks "going on, she unlocks" xsecurelock
for f in /var/lib/sekisho/store.db /etc/sekisho/keys/store.key; do
	says "alice reads no ${f##*/}" 1 'ermission denied' as_alice cat $f
done

# --- an upgrade under a running locker: its modules are the old ones
settings yes
start_i3lock
term_run sh -c 'ls -i /lib/x86_64-linux-gnu/security/pam_sekisho_gate.so' >"$TERM_DIR/before"
term_install "$SEK_BUILDDIR"
term_run sh -c 'ls -i /lib/x86_64-linux-gnu/security/pam_sekisho_gate.so' >"$TERM_DIR/after"
cmp -s "$TERM_DIR/before" "$TERM_DIR/after" &&
    not_ok "rig: the modules are other files" "$(cat "$TERM_DIR/after")"
code alice
type_in "pw-alice$code"
unlocks "i3lock that ran before an upgrade unlocks after it" i3lock

# --- a helper that cannot be run: the locker stays, and root is told
start_i3lock
term_run chmod u-s /usr/libexec/sekisho/sekisho-helper
term_mark
code alice
type_in "pw-alice$code"
until_true 20 sh -c "$(declare -f term_run term_log); TERM_PID=$TERM_PID TERM_MARK='$TERM_MARK'; term_log | grep -q 'not setuid'" &&
    ! is_over i3lock && ok "i3lock: without the helper's rights it stays, and the log says why" ||
    not_ok "i3lock: without the helper's rights it stays, and the log says why" "$(term_log)"
says "stack check says so" 1 'is not root.s, not setuid' \
    sekisho stack check --service i3lock
term_run chmod 4755 /usr/libexec/sekisho/sekisho-helper
sleep 3
type_in "pw-alice$code"
unlocks "with them it unlocks" i3lock

# --- swaylock, where sway can be had without a card
sway_is_up() { as_alice sh -c 'ls "$XDG_RUNTIME_DIR"/wayland-* 2>/dev/null | grep -qv lock'; }
sway_is_gone() { ! sway_is_up; }
# A keyboard of wtype's comes and goes with it: a sway of its own each time.
start_swaylock()
{
	until_true 20 one_session
	unit sway env WLR_BACKENDS=headless WLR_RENDERER=pixman \
	    WLR_LIBINPUT_NO_DEVICES=1 sway -c /etc/sekisho-sway
	until_true 20 sway_is_up || return 1
	display=$(as_alice sh -c 'cd "$XDG_RUNTIME_DIR"; ls -d wayland-* | grep -v lock | head -n 1')
	lock swaylock env WAYLAND_DISPLAY="$display" swaylock -c 000000
	until_true 20 as_alice pgrep -x swaylock && sleep 2
}
stop_swaylock()
{
	as_alice systemctl --user stop swaylock sway
	until_true 20 sway_is_gone
}
wtypes()
{
	# Its keyboard is new each time: first it has to be known.
	as_alice env WAYLAND_DISPLAY="$display" wtype -s 800 -k Escape \
	    -s 200 -d 30 "$1" -k Return
}
# heard TEXT: type it until PAM was asked: keys that come before the box has
# its keyboard are lost
heard()
{
	local i

	for i in 1 2 3 4; do
		seq_now
		wtypes "$1"
		until_true 12 refused_or_over && return
		stop_swaylock
		start_swaylock
	done
}
refused_or_over()
{
	is_over swaylock || [ -n "$(record refuse '.service == "sekisho-locker"')" ]
}
# opened: password and code in one line, again where keys were lost
opened()
{
	local i

	for i in 1 2 3 4; do
		code alice
		heard "pw-alice$code"
		until_true 5 is_over swaylock && return
		stop_swaylock
		unlock
		start_swaylock
	done
}
echo 'output HEADLESS-1 resolution 640x480' | term_put /etc/sekisho-sway
if ! command -v swaylock >/dev/null || ! command -v sway >/dev/null ||
    ! command -v wtype >/dev/null; then
	echo "skip swaylock: not installed"
elif ! start_swaylock; then
	echo "skip swaylock: no sway without a card here"
else
	heard pw-alice
	stays "swaylock: the password alone does not unlock" swaylock
	stop_swaylock
	unlock
	start_swaylock
	opened
	unlocks "swaylock: password and code in its box do" swaylock
fi
stop_swaylock 2>/dev/null

no_helper "no helper is left"
says "the records are whole" 0 '' sekisho audit verify
exit $bad
