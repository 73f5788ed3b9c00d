#!/bin/bash
# privilege.sh - privileged sessions in a booted terminal, by real sshd, sudo,
# su and login: each ends at its time with all that runs in it, whatever is
# done to its guard, and the staff session round it stays
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/privilege.sh
#
# Nothing here is measured against a clock: what is asked is that something is
# there, or gone, within bounds that are long. How long it took is told.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

rigged_boot alice bob carol dave erin admb || exit
# policy MAX [LINE]...
policy()
{
	local max=$1

	shift
	rigged_settings <<-CONF
	[terminal]
	allow_remote = yes
	[message]
	language = en
	[lockout]
	delay = 0
	[privilege]
	max_session = $max
	warn = 55s 5s
	$(printf '%s\n' "$@")
	CONF
}
policy 60s
for u in alice bob carol dave erin admb root; do
	enrol "$u" || { echo "not ok enroll"; exit 1; }
done
echo root:pw-root | term_run chpasswd -c YESCRYPT
term_stack || exit 99
# The privilege lines stand before pam_systemd and before the gate's account.
term_run sh -c 'cd /etc/pam.d && grep -q pam_sekisho_privilege sekisho-account ||
	sed -i "/pam_sekisho_gate/i account required pam_sekisho_privilege.so" sekisho-account
	for f in sshd login su su-l sudo sudo-i; do
		grep -q pam_sekisho_privilege "$f" ||
		    sed -i "0,/^@include common-session/s//session required pam_sekisho_privilege.so\n&/" "$f"
	done'
term_put /etc/sudoers.d/rig 440 <<'SUDOERS'
Defaults timestamp_timeout=0, !lecture
alice, bob, carol, dave, erin ALL=(ALL) ALL
SUDOERS

# What is to be gone: run with a tag, and where to note that it ran. TERM and
# HUP are ignored, terminals left, parents died, a systemd of his own asked.
term_put /usr/local/bin/children 755 <<'CHILDREN'
#!/bin/bash
# children TAG [manager]
tag=$1
mkdir -p -m 1777 /tmp/ran
ran() { : >"/tmp/ran/$tag-$1"; }
nohup sh -c "trap : TERM HUP INT; while :; do sleep 1; : left-$tag; done" \
    >/dev/null 2>&1 & ran nohup
setsid sh -c ": left-$tag; sleep 5001; :" >/dev/null 2>&1 & ran setsid
(setsid sh -c "(sh -c ': left-$tag; sleep 5002; :' &) &" >/dev/null 2>&1 &) ; ran fork
tmux -L "$tag" new-session -d "sh -c ': left-$tag; sleep 5003; :'" && ran tmux
trap : TERM HUP INT
if [ "${2:-}" = manager ]; then
	loginctl enable-linger "$(id -un)"
	export XDG_RUNTIME_DIR=/run/user/$(id -u)
	for i in $(seq 600); do [ -S "$XDG_RUNTIME_DIR/bus" ] && break; sleep 0.1; done
	systemd-run -q --user sh -c ": left-$tag; sleep 5004; :" && ran user
fi
: "left-$tag"
echo CHILDREN-$((40+2))
while :; do sleep 1; done
CHILDREN
left() { term_run sh -c "ps -eo pid,args | grep -E '[l]eft-$1|[b]in/children $1|[t]mux -L $1' || :"; }
ran() { term_run sh -c "ls /tmp/ran 2>/dev/null" | sed -n "s/^$1-//p" | sort | tr '\n' ' '; }
# until_true SECONDS CMD...
until_true()
{
	local i n=$1

	shift
	for i in $(seq $((n * 2))); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.5
	done
	return 1
}
none_left() { [ -z "$(left "$1")" ]; }
all_ran() { [ "$(ran "$1")" = "$2" ]; }
# gone NAME TAG
gone()
{
	if until_true 300 none_left "$2"; then
		ok "$1"
	else
		not_ok "$1" "$(left "$2")" "$(term_run systemd-cgls --no-pager)"
	fi
}
seen_in() { seen=$(cat "$TERM_DIR/$1.out"); }

kinds="fork nohup setsid tmux "
more="fork nohup setsid tmux user "

# --- sudo -i and su - inside ssh: theirs ends, the staff session goes on
code alice; c1=$code; code alice; c2=$code
TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive alice --timeout 600 \
    "pw-alice" "$c1" "pw-alice" "$c2" -- \
    'sleep 7001 & sudo -i children sudo manager; echo STAFF-GOES-ON; : >/tmp/ran/alice-after; sleep 7002' \
    >"$TERM_DIR/sudo.out" 2>&1 &
sudo_talk=$!
code bob; c1=$code; code root; c2=$code
TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive bob --timeout 600 \
    "pw-bob" "$c1" "pw-root" "$c2" -- \
    'sleep 7003 & su - root -c "children su"; : >/tmp/ran/bob-after; sleep 7004' \
    >"$TERM_DIR/su.out" 2>&1 &
su_talk=$!
# Of root's own su in there logind may make a session of its own.
code carol; c1=$code; code carol; c2=$code
TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive carol --timeout 600 \
    "pw-carol" "$c1" "pw-carol" "$c2" -- \
    'sleep 7005 & sudo -i su - root -c "children inner"; : >/tmp/ran/carol-after; sleep 7006' \
    >"$TERM_DIR/inner.out" 2>&1 &
inner_talk=$!
for w in "sudo $more" "su $kinds" "inner $kinds"; do
	t=${w%% *}
	if until_true 300 all_ran "$t" "${w#* }"; then
		ok "$t: every kind of child runs"
	else
		not_ok "$t: every kind of child runs" "$(ran "$t")" \
		    "$(cat "$TERM_DIR/$t.out")"
	fi
done
gone "sudo -i: at its time all of them are gone" sudo
gone "su -: at its time all of them are gone" su
gone "su - in sudo -i: at that one's time all of them are gone" inner
after() { term_run test -e "/tmp/ran/$1-after"; }
for u in alice bob carol; do
	if until_true 120 after "$u"; then
		ok "$u's own session goes on"
	else
		not_ok "$u's own session goes on" "$(cat "$TERM_DIR/sudo.out")"
	fi
done
works() { [ "$(term_run pgrep -cxf 'sleep 700[1-6]')" = 6 ]; }
if until_true 60 works; then
	ok "and so does its work"
else
	not_ok "and so does its work" "$(term_run ps -ef)"
fi
for t in sudo su; do
	seen_in $t
	shows "$t: the warning was at its terminal" \
	    'This session ends at 20.*in [01] min'
	hides "$t: a warning tells nothing but that" 'gettext|%[sd]'
done
recorded "the end is on record, and why" session-ended \
    '.reason == "time-over" and .target == "root" and .subject == "alice"'
recorded "also of who went in by su" session-ended \
    '.reason == "time-over" and .service == "su-l"'
term_run sh -c 'test ! -e /var/lib/systemd/linger/root' &&
    ok "nothing of root's systemd stays on" ||
    not_ok "nothing of root's systemd stays on"
term_run pkill -xf 'sleep 700[1-6]'
wait $sudo_talk $su_talk $inner_talk

# --- whatever is done to a guard, the session ends
# begin USER TAG: its sudo session runs; sets $scope and $guard
begin()
{
	code "$1"; c1=$code; code "$1"; c2=$code
	TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive "$1" --timeout 900 \
	    "pw-$1" "$c1" "pw-$1" "$c2" -- \
	    "sudo -i children $2; echo OVER" >"$TERM_DIR/$2.out" 2>&1 &
	talks+=($!)
	if ! until_true 300 all_ran "$2" "$kinds"; then
		not_ok "$2: a session begins" "$(cat "$TERM_DIR/$2.out")"
		return
	fi
	scope=$(term_run sh -c "sed -n 's/^0:://p' /proc/\$(pgrep -f '[b]in/children $2' | tail -n 1)/cgroup")
	guard=sekisho-guard-$(sed -n 's/.*sekisho-\([0-9a-f]*\)\.scope.*/\1/p' <<<"$scope").service
}
talks=()
seq_now
policy 90s
begin alice stopped
term_run systemctl kill -s STOP "$guard"
begin bob killed
term_run systemctl kill -s KILL "$guard"
begin carol frozen
term_run sh -c "echo 1 >/sys/fs/cgroup$scope/cgroup.freeze"
begin dave byhand
term_run systemctl stop "$guard"
begin erin nologind
term_run systemctl stop systemd-logind
gone "its guard was stopped (SIGSTOP): it ends" stopped
gone "its guard was killed: it ends" killed
gone "its processes are frozen: it ends" frozen
gone "its guard was ended by hand: it ends" byhand
gone "logind is not there: it ends" nologind
term_run systemctl start systemd-logind
for p in "${talks[@]}"; do
	wait "$p"
done
recorded "that a guard was killed is on record" guard '.detail | test("killed")'
recorded "that one was stopped by hand, too" guard '.detail | test("by hand")'
recorded "and what that did" session-ended \
    '.reason == "endless" and .subject == "dave"'

# --- what a guard costs while nothing is due
policy 1h
begin alice cheap
cost=$(term_run sh -c '
	p=$(systemctl show -p MainPID --value "$1")
	sleep 5
	awk "/^Private/ { s += \$2 } END { print s }" /proc/$p/smaps_rollup
	awk "{ print \$14 + \$15 }" /proc/$p/stat' sh "$guard")
kb=$(head -n 1 <<<"$cost")
echo "# a guard: $kb kB of its own, $(tail -n 1 <<<"$cost") ticks of CPU since its start"
if [ "${kb:-99999}" -lt 2048 ]; then
	ok "a guard has less than 2 MB of its own"
else
	not_ok "a guard has less than 2 MB of its own" "$cost"
fi
# An order, as session end and revoked grants give it: the session's own exit
# is one, too.
term_run systemctl stop "${scope##*/}"
gone "a scope that is stopped is over" cheap
no_units() { [ "$(term_run systemctl list-units --no-legend --all 'sekisho-*.scope' 'sekisho-guard-*' | wc -l)" = 0 ]; }
no_files() { [ "$(term_run sh -c 'ls /run/sekisho/guard | wc -l')" = 0 ]; }
until_true 60 no_files && ok "no order is left of any" ||
    not_ok "no order is left of any" "$(term_run ls -l /run/sekisho/guard)"
until_true 60 no_units && ok "nor a unit" ||
    not_ok "nor a unit" "$(term_run systemctl list-units --all 'sekisho-*')"

# --- a privileged account of its own, by ssh and at the console; who is not
# on the list runs nothing
policy 60s "users = admb"
seq_now
code alice; c1=$code; code alice; c2=$code
seen=$(TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive alice \
    "pw-alice" "$c1" "pw-alice" "$c2" -- \
    'sudo touch /tmp/ran/refused; echo RC-$?' 2>&1)
if grep -q 'RC-[1-9]' <<<"$seen" && ! term_run test -e /tmp/ran/refused; then
	ok "sudo runs nothing where the session is refused"
else
	not_ok "sudo runs nothing where the session is refused" "$seen"
fi
recorded "the refusal is on record" privilege \
    '.result == "refused" and .reason == "not-listed" and .subject == "alice"'
code admb
TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive admb --timeout 600 \
    "pw-admb" "$code" -- "children ssh manager; echo OVER" \
    >"$TERM_DIR/ssh.out" 2>&1 &
talk=$!
if until_true 300 all_ran ssh "$more"; then
	ok "ssh: every kind of child runs"
else
	not_ok "ssh: every kind of child runs" "$(ran ssh)" \
	    "$(cat "$TERM_DIR/ssh.out")"
fi
gone "ssh: at its time all of them are gone, lingering ones, too" ssh
wait $talk
term_run sh -c 'test ! -e /var/lib/systemd/linger/admb' &&
    ok "he does not linger" || not_ok "he does not linger"
code admb
term_console ttyS9 admb --timeout 600 "pw-admb" "$code" \
    --then "exec children console" >"$TERM_DIR/console.out" 2>&1 &
talk=$!
if until_true 300 all_ran console "$kinds"; then
	ok "console: every kind of child runs"
else
	not_ok "console: every kind of child runs" "$(ran console)" \
	    "$(cat "$TERM_DIR/console.out")"
fi
gone "console: at its time all of them are gone" console
wait $talk
seen_in console
shows "console: the warning was at its terminal" 'This session ends at 20'
if term_run pgrep -x sshd >/dev/null; then
	ok "sshd is not"
else
	not_ok "sshd is not"
fi
exit $bad
