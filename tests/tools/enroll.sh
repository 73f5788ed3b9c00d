#!/bin/bash
# enroll.sh - keys, codes and the question: oathtool agrees, the first code
# proves and is used up, Ctrl-C leaves nothing
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
command -v expect >/dev/null || { echo "skip: no expect"; exit 77; }
settings
want 0 init

# part NAME URI: one parameter of it.
part()
{
	sed -E "s/.*[?&]$1=([^&]*).*/\\1/" <<<"$2"
}

# Each algorithm, number of digits and period: what the URI says is what was
# asked for, and the key as long as the hash.
for algorithm in SHA1 SHA256 SHA512; do
	for digits in 6 7 8; do
		for period in 30 60; do
			want 0 enroll totp nobody -y --json --digits $digits \
			    --period $period --algorithm $algorithm
			uri=$(jq -r .uri "$T/out")
			secret=$(part secret "$uri")
			case $uri in
			otpauth://totp/Sekisho:nobody\?secret=*) ;;
			*)	fail "URI: $uri" ;;
			esac
			[ "$(part algorithm "$uri")" = $algorithm ] &&
			    [ "$(part digits "$uri")" = $digits ] &&
			    [ "$(part period "$uri")" = $period ] ||
				fail "parameters: $uri"
			length=$(printf '%s' "$secret" | tr -d = | wc -c)
			case $algorithm:$length in
			SHA1:32|SHA256:52|SHA512:103) ;;
			*)	fail "$algorithm: a key of $length digits" ;;
			esac
			want 0 authenticator remove "$(jq -r .id "$T/out")"
		done
	done
done
want 0 enroll hotp nobody -y --json
uri=$(jq -r .uri "$T/out")
[ "$(part counter "$uri")" = 0 ] || fail "counter: $uri"

# asked METHOD OPTIONS...: at a terminal; ANSWER code, wrong, break, eof.
cat >"$T/ask.exp" <<'X'
log_user 0
set timeout 120
set stty_init "columns 160 rows 60"
lassign $argv tool conf answer method
set options [lrange $argv 4 end]
proc code {secret} {
	global method options
	set o [join $options]
	set d 6; regexp -- {--digits (\d)} $o -> d
	set p 30; regexp -- {--period (\d+)} $o -> p
	set a SHA1; regexp -- {--algorithm (\w+)} $o -> a
	if {$method eq "hotp"} {
		return [exec oathtool --hotp -b -d $d $secret]
	}
	return [exec oathtool --totp=$a -b -d $d -s ${p}s $secret]
}
spawn $tool --conf $conf enroll $method nobody {*}$options
expect -re {secret=([A-Z2-7]+)&} { set secret $expect_out(1,string) }
expect "now: "
switch $answer {
	code	{ set code [code $secret]; send "$code\r"; puts "code $code" }
	second	{ send "000\r"; expect "now: "; set code [code $secret]
		  send "$code\r" }
	wrong	{ send "1\r"; expect "now: "; send "12345678901234567890\r"
		  expect "now: "; send "abc\r" }
	break	{ send "\003" }
	eof	{ send "\004" }
	kill	{ exec kill -9 [exp_pid] }
}
expect eof
puts "secret $secret"
puts $expect_out(buffer)
lassign [wait] pid spawned error status
puts "exit $status"
X
ask()
{
	expect "$T/ask.exp" "$sekisho" "$conf" "$@" >"$T/asked" 2>&1
	rc=$(sed -n 's/^exit //p' "$T/asked" | tail -1)
}
# here N: how many are enrolled.
here()
{
	want 0 authenticator list nobody --json
	json "length == $1"
}
here 1
want 0 authenticator remove "$(jq -r '.[0].id' "$T/out")"
n=0
for o in '' '--digits 8' '--digits 7 --period 60' '--algorithm SHA256' \
    '--algorithm SHA512 --digits 8'; do
	ask code totp $o
	n=$((n + 1))
	[ "$rc" = 0 ] || { fail "the right code, $o: $rc"; cat "$T/asked"; }
	here $n
done
ask code hotp
[ "$rc" = 0 ] || { fail "the right HOTP code: $rc"; cat "$T/asked"; }
here $((n + 1))
ask second totp
[ "$rc" = 0 ] || fail "the second try: $rc"
here $((n + 2))
ask wrong totp
[ "$rc" = 1 ] || fail "three wrong codes: $rc"
ask eof totp
[ "$rc" = 1 ] || fail "Ctrl-D: $rc"
ask break totp
ask kill totp
here $((n + 2))
# JSON at a terminal: it comes last, and alone on standard output.
expect -c "log_user 0; set timeout 120; set stty_init {columns 160}
spawn sh -c {$sekisho --conf $conf enroll totp nobody --json >$T/json}
expect -re {secret=([A-Z2-7]+)&}
set s \$expect_out(1,string)
expect {now: }
send [exec oathtool --totp -b \$s]\\r
expect eof; exit [lindex [wait] 3]" || fail "JSON at a terminal"
jq -e '.uri | startswith("otpauth://")' "$T/json" >/dev/null ||
    fail "JSON at a terminal: $(cat "$T/json")"

# The QR code is the URI.
if command -v zbarimg >/dev/null && command -v script >/dev/null; then
	script -qec "stty cols 200; '$sekisho' --conf '$conf' enroll totp \
	    nobody -y --algorithm SHA512" "$T/qr" >/dev/null 2>&1 </dev/null
	uri=$(tr -d '\r' <"$T/qr" | sed -n 's/^URI: //p')
	# Upper and lower half of each character, 8 dots a module.
	tr -d '\r' <"$T/qr" | grep -a '█' |
	    sed -E 's/\x1b\[[0-9;]*m//g; s/█/ww/g; s/▀/wb/g; s/▄/bw/g; s/ /bb/g' |
	    awk '{ up = low = ""
		for (i = 1; i < length($0); i += 2) {
			u = substr($0, i, 1) == "b" ? "1 1 1 1 " : "0 0 0 0 "
			l = substr($0, i + 1, 1) == "b" ? "1 1 1 1 " : "0 0 0 0 "
			up = up u; low = low l }
		width = length(up) / 2
		for (i = 0; i < 4; i++) row[n++] = up
		for (i = 0; i < 4; i++) row[n++] = low }
	    END { print "P1"; print width, n
		for (i = 0; i < n; i++) print row[i] }' >"$T/qr.pbm"
	[ "$(zbarimg -q --raw "$T/qr.pbm" 2>/dev/null)" = "$uri" ] ||
	    fail "the QR code is not the URI"
	# A narrow window has the text.
	script -qec "stty cols 40; '$sekisho' --conf '$conf' enroll totp \
	    nobody -y" "$T/qr" >/dev/null 2>&1 </dev/null
	grep -qa 'too narrow' "$T/qr" && grep -qa '^URI: ' "$T/qr" ||
	    fail "a narrow window"
fi

# A name whose uid changed: nothing of the old one opens for the new.
cp /etc/passwd "$T/passwd"
echo 'sekitest:x:64001:65534::/nonexistent:/bin/false' >>"$T/passwd"
as_of()
{
	sed -i "s/^sekitest:x:[0-9]*:/sekitest:x:$1:/" "$T/passwd"
	shift
	unshare -m sh -c 'mount --bind "$1" /etc/passwd && shift &&
	    exec "$@" </dev/null' - "$T/passwd" "$sekisho" --conf "$conf" "$@" \
	    >"$T/out" 2>"$T/err"
	rc=$?
}
if unshare -m mount --bind "$T/passwd" /etc/passwd 2>/dev/null; then
	as_of 64001 enroll totp sekitest -y --json
	[ $rc = 0 ] || fail "enrolled as 64001: $(cat "$T/err")"
	first=$(jq -r .id "$T/out")
	as_of 64002 enroll totp sekitest -y --json
	[ $rc = 1 ] || fail "another uid: $rc"
	says 'authenticator remove ID'
	[ -s "$T/out" ] && fail "a key was made for another uid"
	want 0 authenticator disable "$first"
	as_of 64002 enroll totp sekitest -y --json
	[ $rc = 0 ] || fail "enrolled anew as 64002: $(cat "$T/err")"
	[ "$(records '.target == "sekitest" and (.detail // "" |
	    contains("bound to uid 64002 instead of 64001"))')" = 1 ] ||
	    fail "the record does not tell of the other uid"
	as_of 64002 enroll totp sekitest -y --json
	[ $rc = 0 ] || fail "it is bound: $(cat "$T/err")"
	as_of 64001 enroll totp sekitest -y --json
	[ $rc = 1 ] || fail "the uid of before: $rc"
	want 0 audit verify
	want 0 store status --json
	json '.[0].tampered == 0'
fi

# The records: proved or not, by nobody (no login uid in a test).
[ "$(records '.event == "enrol" and .result == "ok"')" -ge 20 ] ||
    fail "enrolments are not recorded"
grep -rqa "$(part secret "$uri")" "$T/var" "$T/etc" &&
    fail "a secret lies open in the store"
finish
