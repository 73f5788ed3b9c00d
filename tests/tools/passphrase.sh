#!/bin/bash
# passphrase.sh - what is asked at a terminal stays unseen there, and the
# terminal is as it was after every end
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"
command -v expect >/dev/null || { echo "skip: no expect"; exit 77; }

settings
want 0 init
cat >"$T/talk.exp" <<'EOF'
# CONF SEKISHO FILE VERB FIRST SECOND: FIRST may be a signal's name.
set timeout 120
lassign $argv sekisho conf file verb first second
log_user 0
log_file -a -noappend $env(T)/seen
# Where the tests run in the background, INT is ignored by all of them.
spawn -noecho env --default-signal=HUP,INT,TERM bash -c "'$sekisho' --conf '$conf' store $verb '$file'; rc=\$?; echo; echo rc=\$rc; stty -a </dev/tty | grep -ow -e -echo -e echo; echo end"
expect "backup: "
switch -- $first {
	interrupt { send "typed-so-far\003" }
	eof { send "\004" }
	hidden-eof { send "typed-so-far\004\004" }
	long { send "[string repeat x 3000]\r" }
	TERM - HUP - INT {
		set n 0
		while {$n < 100 && [catch {
		    set pid [exec pgrep -P [exp_pid] -x sekisho] }]} {
			incr n; sleep 0.05 }
		exec kill -s $first $pid
	}
	default { send "$first\r" }
}
if {$second ne ""} { expect "once more: "; send "$second\r" }
expect -re {end\r\n}
EOF
good='correct horse battery'
# says RC WORDS VERB FIRST [SECOND]
try()
{
	local rc=$1 words=$2

	T=$T expect "$T/talk.exp" "$sekisho" "$conf" "$T/b.db" "${@:3}" ||
	    fail "expect: ${*:3}"
	tr -d '\r' <"$T/seen" >"$T/seen.txt"
	grep -qx "rc=$rc" "$T/seen.txt" && grep -qx echo "$T/seen.txt" &&
	    grep -q "$words" "$T/seen.txt" || {
		fail "${*:3}: not rc=$rc, echo and \"$words\":"
		sed 's/^/    /' "$T/seen.txt"
	}
	if grep -q -e "$good" -e typed-so-far -e xxxx "$T/seen.txt"; then
		fail "${*:3}: what was typed is seen"
	fi
	ls "$T" | grep -q tmp && fail "${*:3}: a part is left"
}
try 1 'too weak' backup short
try 1 'they differ' backup "$good" "${good}x"
try 1 'no passphrase was given' backup interrupt
try 1 'no passphrase was given' backup eof
try 1 'no passphrase was given' backup hidden-eof
try 1 'no passphrase was given' backup long
try 143 '' backup TERM
try 129 '' backup HUP
try 130 '' backup INT
[ -e "$T/b.db" ] && fail "there is a backup nobody gave a passphrase for"
try 0 'Backed up' backup "$good" "$good"
try 1 'not the one of this backup' 'restore --check' "${good}x"
try 0 'later state' 'restore --check' "$good"

finish
