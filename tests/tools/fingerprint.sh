#!/bin/bash
# fingerprint.sh - fingers bound to a person by the real fprintd: each scan is
# told, the last one proves it; interrupted or refused at any instant, none is
# left in fprintd; a removed one is forgotten there, too; and what a vendor's
# module knows, by the administrator's word
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/emulators/fingerprint/rig.sh" || exit 99
fpr_enter "$0" "$@"
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
command -v expect >/dev/null || { echo "skip: no expect"; exit 77; }
with_object biometric.so
trap 'fpr_stop; at_end' EXIT
POLICY='[factors]
wait = 5s
accept = password totp fingerprint vendor-biometric'

count()
{
	"$sekisho" --conf "$conf" authenticator list --json </dev/null |
	    jq '[.[] | select(.method == "fingerprint")] | length'
}
# kept N: so many templates are in fprintd
kept()
{
	[ "$(find /var/lib/fprint -type f | wc -l)" = "$1" ] ||
	    fail "not $1 in fprintd: $(find /var/lib/fprint -type f)"
}
template() { echo /var/lib/fprint/"$1"/*/*/"$2"; }
# reads LABEL...: fingers for who asks next, in a process of its own; RETRY=1 is
# another line for the reader
reads()
{
	local word lines=()

	for word; do
		case $word in
		*=*)	lines+=("${word/=/ }") ;;
		*)	lines+=("SCAN $word") ;;
		esac
	done
	# The program itself, to be ended: a function would run in a shell.
	"$FPR_BIN/finger" send "${lines[@]}" >/dev/null 2>&1 &
	reading=$!
}
# enrolls USER OPTION...: five scans of "right", by a script
enrolls()
{
	reads right right right right right
	want 0 enroll fingerprint "$@" -y
	wait $reading
}
# refused TEXT USER OPTION...: with that word, and nothing is enrolled.
refused()
{
	local text=$1 before=$(count)

	shift
	want 1 enroll fingerprint "$@" -y
	says "$text"
	[ "$(count)" = "$before" ] || fail "enrolled all the same: $text"
}

# --- the command line, before any reader is looked for
settings "$POLICY"
want 0 init
want 0 enroll totp nobody -y --json
want 100 enroll fingerprint
want 100 enroll fingerprint bin -y --finger middle
says '--finger: left- or right-'
want 100 enroll fingerprint bin -y --finger RIGHT-THUMB
want 100 enroll fingerprint bin -y --label "$(printf 'a\tb')"
want 100 enroll fingerprint bin
says 'or with -y'
want 1 enroll fingerprint no-such-user -y
says 'no-such-user'
# --- without a bus, without fprintd
refused 'fprintd' bin
fpr_start none || { echo "no bus of its own"; exit 99; }
refused 'fprintd' bin
fpr_stop
fpr_start real || { cat "$FPR_DIR"/*.log; echo "no fprintd of its own"; exit 99; }

# --- policy that takes none starts no reader
sed -i 's/ fingerprint//' "$conf"
refused 'factors.accept does not name fingerprint' bin
[ "$(fpr_calls Claim)" = 0 ] || fail "the reader was claimed"
sed -i 's/^accept.*/& fingerprint/' "$conf"

# --- by a script: five scans, nothing compared
enrolls bin --label mine --json
json 'keys_unsorted == ["id","user","method","finger","proved"]'
json '.user == "bin" and .method == "fingerprint" and
    .finger == "right-index-finger" and .proved == false'
first=$(jq -r .id "$T/out")
kept 1
[ -s "$(template bin 7)" ] || fail "no template of his right index finger"
want 0 authenticator list bin --json
json 'length == 1 and (.[0] | .finger == "right-index-finger" and
    .kind == "inherence" and .state == "active" and .label == "mine" and
    .failures == 0)'
want 0 authenticator list nobody --json
json '[.[] | has("finger")] == [false]'
want 0 authenticator list bin
grep -q 'Device' "$T/out" && grep -q 'right index finger' "$T/out" ||
    fail "the table tells which finger: $out"
[ "$(records '.event == "enrol" and .target == "bin" and .result == "ok" and
    (.authenticator | index("'"$first"'")) != null and
    (.detail | test("fingerprint right-index-finger, not proved"))')" = 1 ] ||
    fail "one record that says so"
# --- not twice, and its template stays what it is
before=$(sha256sum "$(template bin 7)")
refused 'this finger is enrolled already' bin
says "$first"
[ "$(sha256sum "$(template bin 7)")" = "$before" ] || fail "it was replaced"
# Also while it is disabled: what it is by is still its own.
want 0 authenticator disable "$first" --even-last -y
refused 'this finger is enrolled already' bin
kept 1
# --- another finger, and another person's
reads thumb thumb thumb thumb thumb
want 0 enroll fingerprint bin -y --finger left-thumb --json
wait $reading
json '.finger == "left-thumb"'
second=$(jq -r .id "$T/out")
reads d d d d d
want 0 enroll fingerprint daemon -y
wait $reading
grep -q 'Finger: right index finger' "$T/out" || fail "which finger: $out"
grep -q 'not compared once more' "$T/out" || fail "that it was not: $out"
third=$(jq -rs '.[-1] | .[] | select(.user == "daemon") | .id' \
    <<<"$("$sekisho" --conf "$conf" authenticator list --json </dev/null)")
kept 3
# --- removed: fprintd forgets it, and it can be enrolled anew
want 0 authenticator remove "$first" --even-last -y
kept 2
[ -e "$(template bin 7)" ] && fail "fprintd has it still"
[ -s "$(template bin 1)" ] && [ -s "$(template daemon 7)" ] ||
    fail "others' went, too"
want 1 authenticator remove "$first" --even-last -y
enrolls bin --json
first=$(jq -r .id "$T/out")
kept 3

# --- removed where fprintd cannot be asked: it opens nothing, and is removed
# by the same command later
fpr_down
want 111 authenticator remove "$first" --even-last -y
says 'opens nothing any more'
says "$first"
says "$(template bin 7) is still there"
want 0 authenticator list bin --json
json '[.[] | select(.id == "'"$first"'") | .state] == ["disabled"]'
want 111 authenticator remove "$first" --even-last -y
kept 3
# What fprintd does not keep either way need not be asked for.
rm -f "$(template daemon 7)"
want 0 authenticator remove "$third" --even-last -y
fpr_up || fail "fprintd does not start again"
want 0 authenticator remove "$first" --even-last -y
kept 1
want 0 authenticator remove "$second" --even-last -y
kept 0
[ "$(count)" = 0 ] || fail "one is left"

# --- what another program enrolled is replaced
fpr_enrol bin right-index-finger other || fail "fprintd-enroll"
before=$(sha256sum "$(template bin 7)")
enrolls bin --json
first=$(jq -r .id "$T/out")
kept 1
[ "$(sha256sum "$(template bin 7)")" != "$before" ] || fail "it was not replaced"
want 0 authenticator remove "$first" --even-last -y
kept 0

# --- at a terminal: each scan is told, and one more compares it
cat >"$T/tty.exp" <<'X'
log_user 0
set timeout 120
lassign $argv tool conf user at act
spawn -noecho $tool --conf $conf enroll fingerprint $user
set pid [exp_pid]
if {$at ne ""} {
	expect {
		-re $at {}
		eof { puts "too early: $expect_out(buffer)"; exit 98 }
		timeout { puts "silent"; exit 97 }
	}
	append seen $expect_out(buffer)
	switch -glob $act {
		ctrl-c { send "\003" }
		sig-* { exec kill -[string range $act 4 end] $pid }
		run-* { exec sh -c [string range $act 4 end] }
	}
}
expect {
	eof { append seen $expect_out(buffer) }
	timeout { puts "hangs: $expect_out(buffer)"; exit 96 }
}
puts $seen
lassign [wait] - - os rc - signal
if {$signal ne ""} { exit 130 }
exit $rc
X
# at RC LABELS [WHERE ACT]: $T/seen is what was said
at()
{
	local expected=$1

	# shellcheck disable=SC2086
	reads $2
	env $environment expect "$T/tty.exp" "$sekisho" "$conf" bin \
	    "${3:-}" "${4:-}" >"$T/seen" 2>&1
	rc=$?
	kill $reading 2>/dev/null
	wait $reading 2>/dev/null
	# Whatever the virtual device was waiting for is over.
	fpr_finger -w 10000 await closed || fail "the reader is still claimed"
	[ $rc = "$expected" ] || {
		fail "at a terminal, $2 ${4:-}: $rc, not $expected"
		sed 's/^/    /' "$T/seen"
	}
}
heard() { grep -qF -- "$*" "$T/seen" || fail "no '$*' in: $(cat "$T/seen")"; }
at 0 'right right right right right right'
heard 'right index finger'
heard 'Scan 1 of 5 is done'
heard 'Scan 4 of 5 is done'
heard 'once more'
heard 'Enrolled: bin, fingerprint'
kept 1
[ "$(count)" = 1 ] || fail "it is not enrolled"
[ "$(records '.event == "enrol" and (.detail | test("fingerprint right-index-finger, proved"))')" = 1 ] ||
    fail "the record of one that was compared"
again()
{
	local id

	for id in $("$sekisho" --conf "$conf" authenticator list bin --json \
	    </dev/null | jq -r '.[].id'); do
		want 0 authenticator remove "$id" --even-last -y
	done
	kept 0
}
again
# Not the first time, but then.
at 0 'right right right right right left right'
heard 'did not match: once more'
again
# none NAME: nothing of it is left, here or there
none()
{
	kept 0
	[ "$(count)" = 0 ] || fail "$1: it is enrolled"
}
at 1 'right right right right right left left left'
heard 'It did not match the finger'
none 'another finger'

# --- interrupted: while it is read, and while it is compared
for act in ctrl-c sig-INT sig-TERM sig-HUP sig-QUIT; do
	at 1 'right right SLEEP=3000' 'Scan 2 of 5' $act
	heard 'given up'
	none "$act while it is read"
	at 1 'right right right right right SLEEP=3000' 'To be sure' $act
	none "$act while it is compared"
done
# Killed: what is in fprintd opens nothing, and is replaced.
at 130 'right right SLEEP=3000' 'Scan 2 of 5' sig-KILL
none 'killed while it is read'
at 130 'right right right right right SLEEP=3000' 'To be sure' sig-KILL
[ "$(count)" = 0 ] || fail "killed: it is enrolled"
at 0 'right right right right right right'
kept 1
again

# --- the store that does not take it
at 111 'right right right right right right' 'To be sure' \
    "run-mv $T/var $T/away"
mv "$T/away" "$T/var"
none 'the store was away'

# --- what goes wrong at the reader: each its own word
# wrong TEXT LABEL...
wrong()
{
	local text=$1

	shift
	reads "$@"
	want 1 enroll fingerprint bin -y
	kill $reading 2>/dev/null
	wait $reading 2>/dev/null
	says "$text"
	none "$*"
}
wrong 'reports an error' right ERROR=0
at 0 'right RETRY=0 RETRY=1 RETRY=2 RETRY=3 right right right right right'
heard 'not read well'
heard 'too short'
heard 'middle of the reader'
heard 'take the finger off'
again
# Another program has it.
"$FPR_BIN/finger" claim bin >/dev/null 2>&1 &
holder=$!
fpr_finger -w 5000 await open
refused 'in use by another program' bin
kill $holder
wait $holder 2>/dev/null
fpr_finger -w 10000 await closed
none 'busy'
# fprintd ends meanwhile.
at 1 'right right SLEEP=3000' 'Scan 2 of 5' "run-kill $fpr_daemon"
fpr_down
fpr_up || fail "fprintd does not start again"
none 'fprintd ended'
fpr_unplug
refused 'reader' bin
fpr_down
fpr_up || fail "fprintd does not start again"

# --- what a vendor's module knows
want 100 enroll vendor-biometric
want 1 enroll vendor-biometric no-such-user
want 0 enroll vendor-biometric bin --json
json 'keys_unsorted == ["id","user","method","finger","proved"]'
json '.method == "vendor-biometric" and .finger == null and .proved == false'
face=$(jq -r .id "$T/out")
want 0 authenticator list bin --json
json '.[0] | has("finger") == false and .kind == "inherence"'
want 1 enroll vendor-biometric bin
says "$face"
want 0 enroll vendor-biometric daemon
grep -q "the vendor's module says at each login" "$T/out" || fail "whose word: $out"
[ "$(fpr_calls Claim)" -ge 1 ] || fail "the log of calls"
fpr_forget
want 0 authenticator remove "$face" --even-last -y
[ "$(fpr_calls DeleteEnrolledFinger)$(fpr_calls DeleteEnrolledFingers2)" = 00 ] ||
    fail "fprintd was asked of a face"
sed -i 's/ vendor-biometric//' "$conf"
want 1 enroll vendor-biometric bin
says 'factors.accept does not name vendor-biometric'
want 0 audit verify
want 0 store status --json
json '.[0].tampered == 0'
finish
