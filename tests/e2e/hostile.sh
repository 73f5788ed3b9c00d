#!/bin/bash
# hostile.sh - a user who does all he can to his own su, in a booted terminal:
# nobody else waits or is refused, and what he tried counts
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/hostile.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

rigged_boot alice bob dave admina adminb || exit
# yes: what runs below a user manager has no session, so nobody knows from
# where it comes, and it counts as remote.
rigged_settings <<'CONF'
[terminal]
allow_remote = yes
[message]
language = en
[privilege]
users = admina adminb
CONF
for u in alice bob dave admina adminb; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
term_stack || exit 99

failures() { term_run sekisho user show "$1" --json | jq -r .failures; }

# --- connections dropped at a prompt are nobody's failure
before=$(failures dave)
for i in $(seq 25); do
	term_ssh keyboard-interactive dave -- true >/dev/null 2>&1 &
	term_ssh keyboard-interactive dave pw-dave -- true >/dev/null 2>&1 &
	[ $((i % 5)) = 0 ] && wait
done
wait
sleep 1
after=$(failures dave)
if [ "$before" = 0 ] && [ "$after" = 0 ]; then
	ok "50 connections dropped at a prompt: no failure"
else
	not_ok "50 connections dropped at a prompt: no failure" \
	    "failures $before, then $after"
fi

# --- logind stops every process of a session when its owner asks, the sshd of
# root's that closes it too: it must hold no store then
refused=0 slow=0 stopped=0
for i in 1 2 3 4; do
	code alice
	term_ssh keyboard-interactive alice pw-alice "$code" -- sleep 1 >/dev/null 2>&1 &
	hers=$!
	id=
	for k in $(seq 600); do
		id=$(term_run loginctl list-sessions --no-legend |
		    awk '$3 == "alice" { print $1; exit }')
		[ -n "$id" ] && break
		sleep 0.05
	done
	[ -n "$id" ] || continue
	sleep 0.$((RANDOM % 5 + 4))
	for k in $(seq 12); do
		term_as alice loginctl kill-session "$id" --kill-who=all \
		    --signal=STOP 2>/dev/null && stopped=$((stopped + 1))
		sleep 0.03
	done
	code dave
	t=$(date +%s%N)
	seen=$(term_ssh keyboard-interactive dave pw-dave "$code" -- "$mark" 2>&1)
	t=$((($(date +%s%N) - t) / 1000000))
	grep -q IN-42 <<<"$seen" || { refused=$((refused + 1)); last=$seen; }
	[ $t -gt 4000 ] && slow=$((slow + 1))
	term_run loginctl kill-session "$id" --kill-who=all --signal=KILL 2>/dev/null
	wait $hers
done
if [ $stopped = 0 ]; then
	echo "skip a session its owner stops: logind stopped none"
elif [ $refused = 0 ] && [ $slow = 0 ]; then
	ok "a session its owner stops ($stopped times): another gets in beside it"
else
	not_ok "a session its owner stops: another gets in beside it" \
	    "$refused refused, $slow slow" "${last:-}"
fi

# --- alice's own su, in a cgroup that is hers, treated badly
code alice
term_put /root/rig/evil 755 <<'EVIL'
#!/bin/bash
# evil HOW DELAY -H|-S: try su bob with a wrong password; do HOW to it DELAY s after
# the answer is typed.  Runs as alice, in a scope of her own user manager.
how=$1 delay=$2 hard=$3
me=$(sed -n 's/^0:://p' /proc/self/cgroup)
su='exec su bob -c true'
case $how in
limits)	su="ulimit $hard -f 0; ulimit $hard -l 0; ulimit $hard -v 200000; $su" ;;
timer)	su="exec perl -MTime::HiRes=setitimer,ITIMER_REAL -e '
	    setitimer(ITIMER_REAL, 0.7 + $delay); exec @ARGV' su bob -c true" ;;
esac
coproc SU { exec script -qfec "$su" /dev/null; }
pid=$!
sleep 0.7
case $how in
freeze)
	# The scope's cgroup is alice's: freeze everything in it but us.
	up=/sys/fs/cgroup$me
	mkdir "$up/inner" 2>/dev/null
	for p in $(pgrep -P $pid; echo $pid); do
		echo "$p" >"$up/inner/cgroup.procs" 2>/dev/null
		for q in $(pgrep -P "$p"); do
			echo "$q" >"$up/inner/cgroup.procs" 2>/dev/null
		done
	done
	;;
esac
echo wrong-password >&"${SU[1]}"
sleep "$delay"
case $how in
freeze)	echo 1 >"$up/inner/cgroup.freeze"; sleep 8
	echo 1 >"$up/inner/cgroup.kill" ;;
stop)	pkill -STOP -u 0 -P $pid; kill -STOP $pid; sleep 8; kill -KILL $pid ;;
kill)	kill -KILL $pid ;;
tty)	printf '\003\032\034' >&"${SU[1]}"; sleep 1; kill -KILL $pid ;;
limits|timer) sleep 3; kill -KILL $pid ;;
esac
wait $pid 2>/dev/null
exit 0
EVIL
# A login of alice's that lasts, with a user manager.
uid=$(term_run id -u alice)
term_run loginctl enable-linger alice
for i in $(seq 600); do
	term_run systemctl is-active -q "user@$uid.service" && break
	sleep 0.1
done
evil()
{
	term_run setpriv --reuid="$uid" --regid="$uid" --init-groups --reset-env \
	    /usr/bin/env XDG_RUNTIME_DIR="/run/user/$uid" \
	    systemd-run --user --scope -q -p Delegate=yes /root/rig/evil "$@"
}
term_run chmod 755 /root /root/rig
if term_run setpriv --reuid="$uid" --regid="$uid" --init-groups \
    /usr/bin/env XDG_RUNTIME_DIR="/run/user/$uid" \
    systemd-run --user --scope -q -p Delegate=yes \
    sh -c 'c=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) && mkdir $c/x && echo 1 >$c/x/cgroup.freeze && rmdir $c/x'; then
	ways='freeze stop kill tty limits timer'
else
	echo "skip freeze by cgroup: alice has no cgroup of her own here"
	ways='stop kill tty limits timer'
fi
# Only with CAP_SYS_RESOURCE (bit 24) can a child of root's lift a hard limit.
hard=-H
if [ $((0x$(sed -n 's/^CapBnd:\t//p' /proc/self/status) >> 24 & 1)) = 0 ]; then
	echo "skip hard limits: root has no CAP_SYS_RESOURCE here; soft ones instead"
	hard=-S
fi
each=''
for how in ${SEK_WAYS:-$ways}; do
	refused=0 slow=0 tries=0 longest=0
	for delay in 0.00 0.03 ${SEK_LONG:+0.01 0.02 0.05 0.08 0.13} 0.40; do
		evil $how $delay $hard >/dev/null 2>&1 &
		hers=$!
		# Somebody else, all the while.
		sleep 0.9
		for i in 1 2; do
			code dave
			t=$(date +%s%N)
			seen=$(term_ssh keyboard-interactive dave pw-dave "$code" -- "$mark" 2>&1)
			t=$((($(date +%s%N) - t) / 1000000))
			tries=$((tries + 1))
			grep -q IN-42 <<<"$seen" || { refused=$((refused + 1)); last=$seen; }
			[ $t -gt $longest ] && longest=$t
			[ $t -gt 4000 ] && slow=$((slow + 1))
		done
		wait $hers
		# Her tries lock bob and her: begin again.
		n=$(failures bob)
		each="${each:+$each }$how:$delay:$n"
		term_run sekisho user unlock bob >/dev/null
		term_run sekisho user unlock alice >/dev/null
	done
	if [ $refused = 0 ] && [ $slow = 0 ]; then
		ok "$how: $tries logins of another beside it, none refused (longest $longest ms)"
	else
		not_ok "$how: nobody else waits or is refused" \
		    "$refused of $tries refused, $slow waited" "${last:-}"
	fi
done
# One try is one count at most; none only where he was stopped before anything
# was compared, which nobody is after 0.4 s.
if [ -n "$each" ] && ! tr ' ' '\n' <<<"$each" | grep -qvE ':0\.[0-9]+:[01]$' &&
    ! tr ' ' '\n' <<<"$each" | grep -q ':0\.40:0$'; then
	ok "what she tried counts, each once ($each)"
else
	not_ok "what she tried counts, each once" "$each"
fi
if problem=$(term_run sekisho audit verify 2>&1); then
	ok "audit verify"
else
	not_ok "audit verify" "$problem"
fi

# --- alice tries all administrators: they still get in at the console
for i in 1 2 3; do
	for a in admina adminb; do
		term_talk wrong 000000 -- setpriv --reuid="$uid" --regid="$uid" \
		    --init-groups su "$a" -c true >/dev/null 2>&1
	done
done
for a in admina adminb; do
	code $a
	gets_in "alice tried all administrators: $a still gets in at the console" \
	    term_console tty9 $a pw-$a "$code" --then "$mark"
done
exit $bad
