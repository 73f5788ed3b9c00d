#!/bin/bash
# april.sh - April in a booted terminal: 300 who leave, join and move from one
# CSV file, real accounts, real logins; a mistake in line 200; a later hour
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/april.sh
#
# eve plans and asks, bob approves. l0 to l99 leave, m0 to m99 move, j0 to j99
# join and have no account before.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in jq oathtool; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
people='eve bob l0 m0'
term_boot || exit
# shellcheck disable=SC2086
term_user $people || exit 99
term_run sh -c 'groupadd approver && usermod -aG approver bob &&
    for i in $(seq 99); do
	useradd -M "l$i" && useradd -M "m$i" || exit 1
    done' || exit 99
# shellcheck disable=SC2086
term_sshd $people || exit 99
rigged_install || exit
rigged_settings <<'CONF'
[terminal]
allow_remote = 127.0.0.0/8 ::1
[message]
language = en
[lockout]
delay = 0
[privilege]
users = eve bob
[roles]
approver = approver
CONF
# Their cards, and what the office knows of them.
K=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
{
	echo user,method,secret,label,person
	for i in $(seq 0 99); do
		echo "l$i,hotp,$K,card$i,1$i"
		echo "m$i,hotp,$K,card$i,2$i"
	done
} | term_put /tmp/tokens.csv 600
term_run sekisho import /tmp/tokens.csv -y >/dev/null || exit 99
for u in l0 m0; do
	secret[$u]=$K
	counter[$u]=0
done
for u in eve bob; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
# sudo is the plain one: what it asks is not what this is about.
term_stack sshd || exit 99
term_put /etc/sudoers.d/rig 440 <<'SUDO'
eve ALL=(ALL:ALL) NOPASSWD: ALL
bob ALL=(ALL:ALL) NOPASSWD: ALL
SUDO

# as USER ARGS...: by sudo on a login of his own; $seen, $rc
as()
{
	local u=$1

	shift
	term_mark
	code "$u"
	rc=$(term_ssh keyboard-interactive "$u" "pw-$u" "$code" -- \
	    "sudo -n /usr/sbin/sekisho $* >/tmp/out-$u 2>/tmp/err-$u; echo RC-\$?" 2>&1 |
	    sed -n 's/.*RC-\([0-9]*\).*/\1/p')
	seen=$(term_run cat "/tmp/out-$u")
	term_run cat "/tmp/err-$u" >"$TERM_DIR/err"
}
# does NAME RC USER ARGS...
does()
{
	local name=$1 want=$2

	shift 2
	as "$@"
	if [ $rc = "$want" ]; then
		ok "$name"
	else
		not_ok "$name" "status $rc, not $want" \
		    "$(tail -c 2000 <<<"$seen")" "$(cat "$TERM_DIR/err")"
	fi
}
# true_of NAME JQ: of what the tool told last
true_of()
{
	if [ -n "$seen" ] && jq -e "$2" >/dev/null <<<"$seen"; then
		ok "$1"
	else
		not_ok "$1" "not $2 in:" "$(head -c 2000 <<<"$seen")"
	fi
}
state() { term_run sekisho user show "$1" --json 2>/dev/null | jq -r .state; }
accounts() { term_run sh -c 'getent passwd | cut -d: -f1 | LC_ALL=C sort'; }
until_true()	# SECONDS CMD...
{
	local i

	for i in $(seq $(($1 * 5))); do
		"${@:2}" >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
# The CSV of 300.
april()
{
	{
		echo action,account,person,name,section,from,to,contractor
		for i in $(seq 0 99); do
			echo "leave,l$i,1$i,,,,,"
			echo "move,m$i,2$i,,福祉課,,2031-03-31,"
			echo "join,j$i,3$i,新人 $i,税務課,,,"
		done
	} >"$TERM_DIR/april.csv"
}

# --- before: the leaver is in
code l0
term_ssh keyboard-interactive l0 pw-l0 "$code" -- \
    'touch /tmp/l0.in; exec sleep 7001' >"$TERM_DIR/l0.log" 2>&1 &
ssh_pid=$!
if until_true 60 term_run test -e /tmp/l0.in; then
	ok "the leaver is logged in"
else
	not_ok "the leaver is logged in" "$(cat "$TERM_DIR/l0.log")"
fi

# --- a mistake in line 200 changes nothing and is named
april
sed '200s/.*/leave,somebody,,,,,,/' "$TERM_DIR/april.csv" |
    term_put /tmp/april.csv 600
before=$(accounts)
seq_now
does "a mistake in line 200 is refused" 1 \
    eve roster plan /tmp/april.csv --apply --create -y
if grep -q 'line 200: nobody is known here as somebody' "$TERM_DIR/err"; then
	ok "and named"
else
	not_ok "and named" "$(cat "$TERM_DIR/err")"
fi
is "no account was made" "" "$(LC_ALL=C comm -3 <(echo "$before") <(accounts))"
is "nobody was retired" active "$(state l0)"
is "nothing is on record" "" "$(record plan)$(record retire)$(record person-changed)"
# What useradd refuses comes to nothing, too: the others are taken away again.
sed '301s/.*/join,bad name,399,,,,,/' "$TERM_DIR/april.csv" |
    term_put /tmp/april.csv 600
does "an account that cannot be made" 1 \
    eve roster plan /tmp/april.csv --apply --create -y
is "those made before it are gone again" "" "$(LC_ALL=C comm -3 <(echo "$before") <(accounts))"
is "and nobody was retired" active "$(state l0)"

# --- the dry run: counts and lines
term_put /tmp/april.csv 600 <"$TERM_DIR/april.csv"
does "a dry run without --create names the first joiner" 1 \
    eve roster plan /tmp/april.csv
does "a dry run" 0 eve roster plan /tmp/april.csv --create --json
true_of "its counts" '.applied == false and .counts.join == 100 and
    .counts.leave == 100 and .counts.move == 100 and
    .counts.authenticators == 100 and (.rows | length) == 300'
is "it made no account" "" "$(LC_ALL=C comm -3 <(echo "$before") <(accounts))"

# --- done
does "300 in one go" 0 eve roster plan /tmp/april.csv --apply --create -y --json
true_of "the receipt: counts, cards to collect, tickets, the session" \
    '.applied and .counts.join == 100 and .counts.leave == 100 and
    .counts.move == 100 and ([.rows[] | .authenticators[]] | length) == 100 and
    (.tickets | length) == 100 and .sessions[0].user == "l0" and
    .sessions[0].result == "ended"'
tickets=$(jq -r '.tickets[].id' <<<"$seen")
secretly=$(jq -r '.tickets[] | select(.user == "j0").code' <<<"$seen")
is "leavers are retired" retired "$(state l99)"
is "movers stay" active "$(state m99)"
is "joiners are here" active "$(state j99)"
is "joiners have accounts" 100 "$(accounts | grep -cE '^j[0-9]+$')"
recorded "one record of all" plan \
    '.subject == "eve" and (.detail | test("100 join, 100 leave, 100 move"))'
if until_true 60 sh -c "! kill -0 $ssh_pid"; then
	ok "the leaver's session ended"
else
	not_ok "the leaver's session ended" "$(term_run ps axf)"
fi
unlock l0
prompts='(Password|[Cc]ode)[^:]*: *$'
code l0
stays_out "the leaver does not come in" ssh_as l0 pw-l0 "$code"
code m0
gets_in "the mover comes in" ssh_as m0 pw-m0 "$code"

# --- a joiner: another person's yes to all of them, then the first login
echo "j0:pw-j0" | term_run chpasswd -c YESCRYPT
stays_out "before the yes, the joiner does not come in" \
    ssh_as j0 pw-j0 "$secretly"
# shellcheck disable=SC2086
does "another person approves all at once" 0 bob approve $tickets -y --json
is "each of them" 100 "$(jq -s 'map(select(.id != null)) | length' <<<"$seen")"
gets_in "the joiner comes in by the ticket" ssh_as j0 pw-j0 "$secretly"
# Once more: it is so already, and nobody gets a second ticket.
does "the same plan again" 0 eve roster plan /tmp/april.csv --apply --create -y --json
true_of "is so already" '.counts.nothing == 300 and .tickets == []'

# --- at a later hour, by the timer
echo 'action,account
leave,m99' | term_put /tmp/later.csv 600
does "kept for a minute from now" 0 eve roster plan /tmp/later.csv --apply --at 1m -y --json
is "the timer runs" active "$(term_run systemctl is-active sekisho-plan.timer)"
is "not done yet" active "$(state m99)"
gone() { [ "$(state m99)" = retired ]; }
if until_true 600 gone; then
	ok "done when it was due"
else
	not_ok "done when it was due" "$(term_run systemctl status sekisho-plan.service)"
fi
recorded "by whom it was planned" plan '.subject == "eve" and (.detail | test("1 leave"))'
idle() { [ "$(term_run systemctl is-active sekisho-plan.timer)" = inactive ]; }
if until_true 120 idle; then ok "then the timer rests"; else not_ok "then the timer rests" ""; fi
is "the records hold" 0 "$(term_run sekisho audit verify >/dev/null 2>&1; echo $?)"
exit $bad
