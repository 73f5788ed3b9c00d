# shellcheck shell=bash
# rigged.sh - what the tests in a terminal say and count; sourced after
# terminal.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
#
#   rigged_boot USER...    a terminal with the build in it, users, sshd, a store
#   rigged_settings        sekisho.conf from stdin, checked
#   gets_in NAME CMD...    CMD must print what $mark prints; shown if not
#   stays_out NAME CMD...  it must not
#   enrol USER, code USER  HOTP: $code is the next one
#   recorded NAME EVENT [JQ]  a record since seq_now
#   ssh_as USER ANSWER..., console_as USER ANSWER...  one login that prints the
#                          mark; $prompts (a regex of expect) is what it answers
#   counts NAME N USER, unlock USER   failures counted; none again
#   is NAME WANTED GOT; hides NAME PATTERN, in_order NAME PATTERN...  of $seen
#   acts NAME USER ARGS... `sekisho ARGS` on the own login of USER; $json

: "${SEK_BUILDDIR:?a build configured for /usr}"
bad=0
trap term_end EXIT
trap 'exit 130' INT TERM HUP

ok()	{ echo "ok $1"; }
not_ok()
{
	echo "not ok $1"
	shift
	printf '%s\n' "$@" | sed 's/^/# /'
	term_log -n 40 | grep -vE 'systemd\[[0-9]+\]: (Listening|Reached|Starting|Started|Created|Stopped|Closed|Finished|Queued)' |
	    tail -n 15 | sed 's/^/#   log: /'
	bad=1
}

# What a login that got in prints: computed, so that its echo on
# a terminal does not look like it.
mark='echo IN-$((40+2))'

# gets_in NAME CMD..., stays_out NAME CMD...: it gets in, or it does not.
gets_in()
{
	local name=$1 rc

	shift
	term_mark
	seen=$("$@" 2>&1)
	rc=$?
	if grep -q IN-42 <<<"$seen"; then
		ok "$name"
	else
		not_ok "$name" "should get in; status $rc" "$seen"
	fi
}
stays_out()
{
	local name=$1 rc

	shift
	term_mark
	seen=$("$@" 2>&1)
	rc=$?
	if grep -q IN-42 <<<"$seen"; then
		not_ok "$name" "should be refused, but got in" "$seen"
	elif [ $rc = 4 ] || [ $rc -ge 124 ] && [ $rc != 255 ]; then
		not_ok "$name" "refused, but by a hang or a crash: $rc" "$seen"
	else
		ok "$name"
	fi
}
# shows NAME PATTERN: what was seen last has it
shows()
{
	if grep -qE -- "$2" <<<"$seen"; then
		ok "$1"
	else
		not_ok "$1" "no /$2/ in:" "$seen"
	fi
}

# ssh_as USER ANSWER...: one login that prints the mark
ssh_as()
{
	local u=$1

	shift
	term_ssh keyboard-interactive "$u" --prompt "$prompts" "$@" -- "$mark"
}
# console_as USER ANSWER...
console_as()
{
	local u=$1

	shift
	term_console tty9 "$u" --prompt "$prompts" "$@" --then "$mark"
}
failures() { term_run sekisho user show "$1" --json | jq .failures; }
# counts NAME N USER
counts()
{
	local n

	n=$(failures "$3")
	if [ "$n" = "$2" ]; then ok "$1"; else not_ok "$1" "failures: $n, not $2"; fi
}
unlock() { term_run sekisho user unlock "$1" -y >/dev/null 2>&1; }
is()
{
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "wanted: $2" "got: $3"; fi
}
hides() # NAME PATTERN: what was seen last has it not
{
	if grep -qE -- "$2" <<<"$seen"; then not_ok "$1" "/$2/ in:" "$seen"; else ok "$1"; fi
}
in_order() # NAME PATTERN PATTERN...: seen one after the other
{
	local name=$1 rest=$seen p

	shift
	rest=$(tr -d '\r' <<<"$seen" | tr '\n' ' ')
	for p; do
		if ! grep -qE -- "$p" <<<"$rest"; then
			not_ok "$name" "/$p/ is not there, or not in this order:" "$seen"
			return
		fi
		rest=$(perl -e 'undef $/; $_ = <STDIN>; s/^.*?(?:$ARGV[0])//s; print' -- "$p" <<<"$rest")
	done
	ok "$name"
}
# live CMD...: what it prints is in $TERM_DIR/live, too, as it comes
live()	{ "$@" 2>&1 | tee "$TERM_DIR/live"; return "${PIPESTATUS[0]}"; }
# HOTP: one login after another, without waiting for the clock.
declare -A secret counter
enrol()
{
	local u=$1 json uri

	json=$(term_run sekisho enroll hotp "$u" -y --json) ||
	    { echo "enroll $u: $json"; return 1; }
	uri=$(jq -r .uri <<<"$json")
	secret[$u]=$(sed -nE 's/.*[?&]secret=([A-Z2-7]+).*/\1/p' <<<"$uri")
	counter[$u]=$(sed -nE 's/.*[?&]counter=([0-9]+).*/\1/p' <<<"$uri")
	: "${counter[$u]:=0}"
	[ -n "${secret[$u]}" ] || { echo "enroll $u: $json"; return 1; }
}
# code USER: sets $code, the next one
code()
{
	code=$(oathtool --hotp -b -c "${counter[$1]}" "${secret[$1]}")
	counter[$1]=$((counter[$1] + 1))
}
# record EVENT [JQ]: the last record of that event, since seq $since
since=0
record()
{
	term_run sekisho audit show --json |
	    jq -ec --argjson s "$since" "select(.seq > \$s and .event == \"$1\" and (${2:-true}))" |
	    tail -n 1
}
seq_now() { since=$(term_run sekisho audit show --json | jq -s 'map(.seq) | max // 0'); }
# recorded NAME EVENT [JQ]: now, or soon, as what ends a session tells of it
# when all of it is gone
recorded()
{
	local r i

	for i in $(seq 60); do
		r=$(record "$2" "${3:-true}")
		[ -z "$r" ] || break
		sleep 1
	done
	if [ -n "$r" ]; then
		ok "$1"
	else
		not_ok "$1" "no record $2 with ${3:-true} since $since" \
		    "$(term_run sekisho audit show --json | jq -c --argjson s "$since" 'select(.seq > $s) | [.seq, .event, .service, .subject, .target, .result, .reason]')"
	fi
}

rigged_boot()
{
	local problem

	term_boot || return
	term_user "$@" && term_sshd "$@" || return 99
	rigged_install
}
rigged_install()
{
	term_install "$SEK_BUILDDIR" || { echo "not ok install"; return 1; }
	term_run sekisho init --profile lgwan -y ||
	    { echo "not ok init"; return 1; }
}
rigged_settings()
{
	local problem

	term_put /etc/sekisho/sekisho.conf
	if problem=$(term_run sekisho policy check 2>&1); then
		ok "policy check"
	else
		not_ok "policy check" "$problem"
		exit 1
	fi
}
# acts NAME USER ARGS...: on the own login of USER, by both kinds once more
acts()
{
	local name=$1 u=$2 one

	shift 2
	code "$u"
	one=$code
	code "$u"
	seen=$(TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive "$u" \
	    "pw-$u" "$one" "pw-$u" "$code" -- \
	    "/usr/sbin/sekisho $* >/tmp/out-$u; echo RC-\$?" 2>&1)
	json=$(term_run cat "/tmp/out-$u" 2>&1)
	if grep -q 'RC-0' <<<"$seen"; then ok "$name"; else not_ok "$name" "$seen" "$json"; fi
}
