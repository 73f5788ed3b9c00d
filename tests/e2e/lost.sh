#!/bin/bash
# lost.sh - a lost card in a booted terminal: the sessions it opened go, with
# all that hides in them; those of the same person's other card stay
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/lost.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in jq oathtool pamtester i3lock; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
rigged_boot alice bob carol || exit
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
alice ALL=(ALL:ALL) NOPASSWD: ALL
carol ALL=(ALL:ALL) ALL
SUDO
# Two of alice's, one of the others: token NAME USER
declare -A id
token()
{
	local json uri

	json=$(term_run sekisho enroll hotp "$2" --label "$1" -y --json) ||
	    { echo "not ok enroll $1: $json"; exit 1; }
	uri=$(jq -r .uri <<<"$json")
	id[$1]=$(jq -r .id <<<"$json")
	secret[$1]=$(sed -nE 's/.*[?&]secret=([A-Z2-7]+).*/\1/p' <<<"$uri")
	counter[$1]=0
}
token card alice
token phone alice
token bobs bob
token carols carol
term_stack || exit 99

until_true()	# SECONDS CMD...
{
	local i n=$(($1 * 5))

	shift
	for i in $(seq $n); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
# holds NAME USER TOKEN SCRIPT: an ssh login that runs SCRIPT and stays
holds()
{
	local name=$1 user=$2

	code "$3"
	term_put "/tmp/$name.sh" 755 <<<"$4"
	term_ssh keyboard-interactive "$user" "pw-$user" "$code" \
	    -- "exec bash /tmp/$name.sh" >"$TERM_DIR/$name.log" 2>&1 &
	if until_true 20 term_run test -e "/tmp/$name.in"; then
		ok "$name: logged in"
	else
		not_ok "$name: logged in" "$(cat "$TERM_DIR/$name.log")"
	fi
}
alive() { term_run pgrep -f "sleep $1\$" >/dev/null; }
is_alive()	# NAME SECONDS: that sleep is there yet
{
	if alive "$2"; then ok "$1"; else not_ok "$1" "$(term_run ps axf)"; fi
}
is_gone()
{
	if alive "$2"; then
		not_ok "$1" "$(term_run ps axfo pid,sess,cgroup,args)"
	else
		ok "$1"
	fi
}
# lose TOKEN [OPTION...]: $told, $rc
lose()
{
	local t=$1

	shift
	told=$(term_run sekisho authenticator lost "${id[$t]}" \
	    --reason 'left on a train' -y --json "$@" 2>"$TERM_DIR/err")
	rc=$?
}
# says NAME RC JQ: the last of them ended so
says()
{
	if [ $rc = "$2" ] && jq -e "$3" >/dev/null <<<"$told"; then
		ok "$1"
	else
		not_ok "$1" "status $rc, not $2, or not $3:" "$told" \
		    "$(cat "$TERM_DIR/err")"
	fi
}
found()
{
	term_run sekisho authenticator found "${id[$1]}" --reason 'it is back' \
	    >/dev/null || not_ok "found $1" ""
}

# --- two logins by two of them, and what does not go when told
holds stays alice phone 'touch /tmp/stays.in; exec sleep 7001'
holds goes alice card "
trap '' TERM HUP INT
nohup sleep 7002 >/dev/null 2>&1 &
setsid bash -c 'trap \"\" TERM HUP INT; while :; do sleep 7003; done' &
systemd-run --user --scope --quiet sleep 7004 >/dev/null 2>&1 &
touch /tmp/goes.in
while :; do sleep 7005; done"
for n in 7001 7002 7003 7004 7005; do
	until_true 10 alive $n || not_ok "rig: sleep $n" "$(term_run ps axf)"
done
seq_now
lose card
says "lost: what it opened is told and ended" 0 \
    '.state == "suspect" and .left == 1 and (.sessions | length) == 1 and .sessions[0].result == "ended" and .sessions[0].user == "alice" and .sessions[0].rhost == "127.0.0.1"'
is_gone "lost: the login by it" 7005
is_gone "lost: what was nohup'd" 7002
is_gone "lost: what hears no TERM, in a session of its own" 7003
is_gone "lost: what hid in a scope of the user's manager" 7004
is_alive "lost: the login by the other one stays" 7001
wait_ssh=$(jobs -p | tail -n 1)
until_true 10 sh -c "! kill -0 $wait_ssh" && ok "lost: ssh itself came back" ||
    not_ok "lost: ssh itself came back" ""
recorded "lost: recorded, with the reason" lost \
    ".authenticator == \"${id[card]}\" and .target == \"alice\" and (.detail | test(\"train\"))"
recorded "lost: the end of its session is recorded" lost \
    '.result == "ok" and (.detail | test("session .*alice.*ended"))'
recorded "lost: the logout, too" logout \
    '.target == "alice" and .service == "sshd"'
code card
stays_out "lost: it opens nothing" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
code phone
gets_in "lost: the other one does" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
lose card
says "lost again: nothing is left to end" 0 '.sessions == []'
found card
code card
gets_in "found: it opens again" \
    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"

# --- at a console
code card
term_console ttyS9 alice --timeout 900 pw-alice "$code" \
    --then 'trap "" TERM HUP; sleep 7061' >"$TERM_DIR/console.log" 2>&1 &
until_true 20 alive 7061 || not_ok "rig: a login at a console" \
    "$(cat "$TERM_DIR/console.log")"
lose card
says "at a console: told and ended" 0 \
    '[.sessions[] | [.service, .tty, .result]] == [["login", "ttyS9", "ended"]]'
is_gone "at a console: nothing of it is left" 7061
found card

# --- sudo, in a login that is told to stay
holds sudoer alice card "
sudo -n true && touch /tmp/before.ok
touch /tmp/sudoer.in
while ! [ -e /tmp/now ]; do sleep 0.1; done
sudo -n true && touch /tmp/after.ok
touch /tmp/sudoer.out
sleep 7011"
term_run test -e /tmp/before.ok && ok "sudo: goes on by the card's login" ||
    not_ok "sudo: goes on by the card's login" "$(cat "$TERM_DIR/sudoer.log")"
lose card --keep-sessions
says "--keep-sessions: told, and kept" 0 '[.sessions[].result] == ["kept"]'
term_run touch /tmp/now
until_true 20 term_run test -e /tmp/sudoer.out
if term_run test -e /tmp/after.ok; then
	not_ok "sudo: no longer once it is lost" ""
else
	ok "sudo: no longer once it is lost"
fi
lose card
says "kept ones are ended by the next" 0 '[.sessions[].result] == ["ended"]'
is_gone "sudo's session is gone" 7011
found card

# --- a session opened by the other one, in which it unlocked the screen
term_stack i3lock || exit 99
code card
echo "$code" | term_put /tmp/locker.code
holds unlocks alice phone "
printf 'pw-alice\n%s\n' \$(cat /tmp/locker.code) |
    timeout 120 pamtester i3lock alice authenticate >/dev/null 2>&1 && touch /tmp/unlocked
touch /tmp/unlocks.in
sleep 7021"
if term_run test -e /tmp/unlocked; then
	lose card
	says "a screen it unlocked: that session goes" 0 \
	    '[.sessions[].result] == ["ended"]'
	is_gone "a screen it unlocked: nothing of it is left" 7021
	found card
else
	not_ok "rig: a locker unlocks" "$(cat "$TERM_DIR/unlocks.log")"
fi
is_alive "the first login by the other one is there yet" 7001

# --- su to her in bob's login: her part goes, his login stays
code card
holds guest bob bobs "
sleep 7031 &
(echo pw-alice; sleep 2; echo $code) | su alice -c '
    trap \"\" TERM HUP
    nohup sleep 7032 >/dev/null 2>&1 &
    touch /tmp/guest.in
    sleep 7033' >/dev/null 2>&1
sleep 7034"
until_true 10 alive 7033
lose card
says "su: her part is told and ended" 0 \
    '[.sessions[].result] == ["ended"] and .sessions[0].user != "bob"'
is_gone "su: her shell" 7033
is_gone "su: what it left running" 7032
is_alive "su: what is bob's stays" 7031
until_true 10 alive 7034
is_alive "su: his login goes on" 7034
found card

# --- from within the very session it opened: told, then ended
holds own alice card "
touch /tmp/own.in
sudo -n sekisho authenticator lost ${id[card]} --reason 'of my own' --json >/tmp/own.json
sleep 7041"
until_true 20 term_run test -s /tmp/own.json
until_true 20 sh -c "! pgrep -f /tmp/own.sh"
seen=$(term_run cat /tmp/own.json)
shows "its own session: told before it ends" '"ending"'
until_true 20 term_run sh -c '! pgrep -f "bash /tmp/own.sh"'
if term_run pgrep -f 'bash /tmp/own.sh' >/dev/null; then
	not_ok "its own session: ended" "$(term_run ps axf)"
else
	ok "its own session: ended"
fi
found card

# --- the last one goes: with it all that runs for him
lose phone
says "the last of her sessions" 0 \
    '.left == 1 and [.sessions[].result] == ["ended"]'
is_gone "the last of her sessions: it is over" 7001
if term_run systemctl is-active --quiet "user@$(term_run id -u alice).service"
then
	not_ok "the last of her sessions: her manager is over" "$told" \
	    "$(term_run loginctl user-status alice)"
else
	ok "the last of her sessions: her manager is over"
fi
found phone

# --- without logind: by the numbers the kernel gave
holds other alice phone 'touch /tmp/other.in; exec sleep 7053'
holds plain alice card "
trap '' TERM HUP INT
setsid bash -c 'trap \"\" TERM HUP; while :; do sleep 7051; done' &
touch /tmp/plain.in
while :; do sleep 7052; done"
until_true 10 alive 7051
term_run systemctl mask --runtime --quiet systemd-logind.service
term_run systemctl stop systemd-logind.service
lose card
says "without logind: told and ended" 0 '[.sessions[].result] == ["ended"]'
is_gone "without logind: the login" 7052
is_gone "without logind: what it left" 7051
is_alive "without logind: the other login stays" 7053
term_run systemctl unmask --runtime --quiet systemd-logind.service
term_run systemctl start systemd-logind.service

# --- what the command line wants, and the records
term_run sekisho authenticator lost 0123456789abcdef --reason x >/dev/null 2>&1
[ $? = 1 ] && ok "an unknown id is 1" || not_ok "an unknown id is 1" ""
if problem=$(term_run sekisho audit verify 2>&1); then
	ok "audit verify"
else
	not_ok "audit verify" "$problem"
fi
exit $bad
