#!/bin/bash
# fido2.sh - security keys bound to a person: with a PIN, a finger or a touch
# alone, resident, of makes that policy takes; refused with a word what to do;
# interrupted at any instant, none is half enrolled
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
command -v expect >/dev/null || { echo "skip: no expect"; exit 77; }
with_object fido2.so
export SOFTKEY_DIR=$T/keys
mkdir -m 700 "$SOFTKEY_DIR"
. "$SEK_SRCDIR/tests/emulators/fido2/softkey.sh" || exit 99
[ -x "$SOFTKEY_BIN/softkey" ] || { echo "no softkey"; exit 99; }
trap 'softkey_end; at_end' EXIT
export SOFTKEY_ONLY=1 SOFTKEY=
environment="LD_PRELOAD=$(realpath "$(softkey_preload)")"
if ldd "$sekisho" | grep -q asan; then
	environment="$environment ASAN_OPTIONS=verify_asan_link_order=0"
fi
model=5e4b1540-7e57-4b1d-a0f1-d02000000001
POLICY='[factors]
wait = 5s
[fido2]
rp_id = town.example.jp'

# enrolled N [USER]: so many are bound to him, all in order.
enrolled()
{
	want 0 authenticator list "${2:-bin}" --json
	json "length == $1"
}
# refused TEXT OPTION...: with that word, and nothing is enrolled.
refused()
{
	local text=$1 before=$(count)

	shift
	want 1 enroll fido2 bin -y "$@"
	says "$text"
	[ "$(count)" = "$before" ] || fail "enrolled all the same: $text"
}
count() { "$sekisho" --conf "$conf" authenticator list --json </dev/null | jq length; }
# only NAME [KNOB...]: this key alone is plugged in.
only()
{
	local name

	for name in "${!softkey_pid[@]}"; do
		softkey_stop "$name"
	done
	softkey_start "$@" || fail "no key $1"
}

# --- the name of the organisation, at init
settings
for id in 'a b' '' "$(printf 'a%.0s' {1..254})"; do
	want 100 init --rp-id "$id"
done
want 100 init --first-boot --rp-id town
[ -e "$T/var" ] && fail "init made a store all the same"
want 0 init --rp-id town.example.jp
want 0 policy show fido2.rp_id --json
json '.[0].value == "town.example.jp" and
    (.[0].source | contains("00-terminal.conf"))'
settings "$POLICY"
want 1 init --rp-id other
says 'a file sets fido2.rp_id = town.example.jp'
[ -e "$T/var" ] || [ -e "$conf.d" ] && fail "something was left behind"
want 0 init --rp-id town.example.jp
want 0 enroll totp nobody -y --json

# --- the command line, before any key is looked for
want 100 enroll fido2
want 100 enroll fido2 bin -y --uv maybe
says '--uv: required, preferred or discouraged'
want 100 enroll fido2 bin -y --device "$(printf 'a\tb')"
want 100 enroll fido2 bin -y --pin 1234
want 100 enroll fido2 bin
says 'or with -y'
want 1 enroll fido2 no-such-user -y
says 'no-such-user'
refused 'No security key is plugged in'

# --- a touch alone
only a
want 0 enroll fido2 bin -y --label blue --json
json 'keys_unsorted == ["id","user","method","aaguid","model","uv",
    "attestation"]'
json '.user == "bin" and .method == "fido2" and .aaguid == "'$model'"'
json '.uv == "discouraged" and .attestation == "packed" and .model == "Sekisho tests Softkey"'
first=$(jq -r .id "$T/out")
[ "$(softkey_logged a ' rp=town.example.jp rk=0 ')" = 1 ] ||
    fail "one credential, by the RP id of the policy"
[ "$(softkey_logged a ' up=1 ')" = 1 ] || fail "one signature"
want 0 authenticator list bin --json
json '.[0].fido2 == {"aaguid":"'$model'","model":"Sekisho tests Softkey",
    "algorithm":"ES256","counter":.[0].fido2.counter,"resident":false,
    "uv":"discouraged","verifies":"no","attestation":"packed"}'
json '.[0].fido2.counter > 0 and .[0].label == "blue" and
    .[0].kind == "possession" and .[0].last_used == null'
want 0 authenticator list --json
json '[.[] | select(.method == "totp") | has("fido2")] == [false]'
want 0 authenticator list bin
grep -q 'Device.*Counter' "$T/out" && grep -q 'Softkey' "$T/out" ||
    fail "the table tells which key: $out"
want 0 authenticator list nobody
grep -q 'Device' "$T/out" && fail "a column for keys that nobody has: $out"
[ "$(records '.event == "enrol" and .target == "bin" and .result == "ok" and
    (.authenticator | index("'"$first"'")) != null')" = 1 ] ||
    fail "one record"
# --- not twice for him; for another, yes
refused 'enrolled for this person already'
want 0 enroll fido2 daemon -y
grep -q "Enrolled: daemon, fido2" "$T/out" || fail "words: $out"
want 1 enroll fido2 bin -y --label blue
says 'choose another --label'

# --- several keys
softkey_start b
refused 'name one of these by --device'
says "softkey:$T/keys/a.sock"
says "softkey:$T/keys/b.sock"
softkey_forget b
for path in /dev/null /etc/shadow "$T/keys/b.sock" \
    "softkey:$T/keys/../keys/b.sock" "softkey:$T/keys/c.sock"; do
	refused 'at the place of --device' --device "$path"
done
[ "$(softkey_logged b ' rk=')" = 0 ] || fail "a key that was not named made one"
want 0 enroll fido2 bin -y --device "softkey:$T/keys/b.sock"
[ "$(softkey_logged b ' rk=')" = 1 ] || fail "the key that was named"
enrolled 2

# --- what cannot be, said before a touch
only c rk=no
refused 'neither a PIN nor a finger' --uv required
refused 'leave --resident out' --resident
[ "$(softkey_logged c 'wait')" = 0 ] && [ "$(softkey_logged c ' rk=')" = 0 ] ||
    fail "touched in vain"

# --- resident
only r setpin=1234
refused 'run this at a terminal, without -y' --resident
want 0 authenticator list bin --json
json '[.[].fido2.resident] | any | not'

# --- a sensor
only s uv=ok
want 0 enroll fido2 bin -y --uv required --resident --json
json '.uv == "required"'
want 0 authenticator list bin --json
json 'max_by(.created).fido2 | .verifies == "sensor" and .resident'
# It makes none without its finger, whatever is asked for.
only s1 uv=ok
want 0 enroll fido2 bin -y --json
json '.uv == "discouraged"'
only s2 uv=fail
refused 'did not recognise you' --uv required

# --- asked: PIN at a terminal. expect USER, then answers one a prompt.
cat >"$T/ask.exp" <<'X'
log_user 0
set timeout 120
lassign $argv tool conf options
spawn -noecho $tool --conf $conf enroll fido2 bin {*}$options
foreach answer [lrange $argv 3 end] {
	expect {
		-re {PIN: $} { send "$answer\r" }
		-re {not to: $} { send "$answer\r" }
		eof { puts "too early: $expect_out(buffer)"; exit 98 }
		timeout { puts "silent"; exit 97 }
	}
	append seen $expect_out(buffer)
}
expect {
	eof { append seen $expect_out(buffer) }
	-re {(PIN|not to): $} { puts "asks on: $expect_out(buffer)"; exit 96 }
}
puts $seen
exit [lindex [wait] 3]
X
# asks RC OPTIONS ANSWER...: $T/asked is what was said
asks()
{
	local expected=$1

	shift
	env $environment expect "$T/ask.exp" "$sekisho" "$conf" "$@" \
	    >"$T/asked" 2>&1
	rc=$?
	[ $rc = "$expected" ] || {
		fail "enroll fido2 $*: $rc, not $expected"
		sed 's/^/    /' "$T/asked"
	}
	grep -qE "$(printf '%s' "${SECRETS:-7391}")" "$T/asked" &&
	    fail "a PIN was shown"
}
heard() { grep -qF -- "$*" "$T/asked" || fail "no '$*' in: $(cat "$T/asked")"; }
SECRETS='4711|9999|abcd'
before=$(count)
only p setpin=4711
asks 0 '--uv required' 4711
heard 'Tries left for the PIN of your security key: 8'
heard 'Please touch your security key.'
heard 'once more'
want 0 authenticator list bin --json
json 'max_by(.created).fido2 | .verifies == "pin" and .uv == "required"'
only q setpin=4711
asks 0 '--resident' 9999 4711
heard 'not the PIN of this security key'
heard 'Tries left for the PIN of your security key: 7'
want 0 authenticator list bin --json
json 'max_by(.created).fido2.resident'
[ "$(count)" = $((before + 2)) ] || fail "two more"
# Never the last try without a yes; nothing typed, or no PIN, is not sent.
only l setpin=4711 pinmax=1
softkey_forget l
asks 1 '--uv required' no
heard 'One try is left'
[ "$(softkey_logged l 'cmd=06 sub=5')" = 0 ] &&
    [ "$(softkey_logged l 'cmd=06 sub=9')" = 0 ] || fail "it was tried"
asks 0 '--uv required' yes 4711
only n setpin=4711
asks 1 '--uv required' ''
asks 1 '--uv required' 123 123 123
heard 'cannot be the PIN'
asks 1 '--uv required' 9999 9999 9999
heard 'takes no PIN now: please take it out, put it in'
only n
asks 0 '--uv required' 4711
# By its sensor, and where that fails by PIN.
only f setpin=4711 uv=fail
asks 0 '--uv required' 4711
heard 'did not recognise you'

# --- what goes wrong at the key: each its own word, nothing enrolled
n=0
while read -r knobs; do
	read -r text
	n=$((n + 1))
	only "k$n" $knobs
	refused "$text"
done <<'X'
touch=timeout
not touched in time
touch=deny
turned down at the security key
yank=touch cmd=01
taken out too early
hang=yes cmd=01
security key
garbage=yes cmd=01
without sense
sig=wrongkey
did not prove itself
rphash=wrong
security key
clearflags=up
security key
credid=other cmd=02
security key
X
only k98 maxrk=0
refused 'There is no room left' --resident
only k99 uv=ok clearflags=uv
refused 'security key' --uv required

# --- by policy: what its maker says of it, its model, its maker
printf 'attestation = packed\n' >>"$conf"
only m1 att=none
refused 'not accepted here'
only m2 att=self
refused 'not accepted here'
only m3
want 0 enroll fido2 bin -y --json
json '.attestation == "packed"'
sed -i 's/^attestation = packed/attestation = trusted/' "$conf"
only m4
refused 'not accepted here'
mkdir "$T/roots"
chmod 755 "$T/roots" "$T"
cp "$T/keys/m4.state.root.pem" "$T/roots/" && chmod 644 "$T/roots"/*
printf 'roots = %s\n' "$T/roots" >>"$conf"
want 0 enroll fido2 bin -y --json
json '.attestation == "trusted"'
only m5 cert=stranger
refused 'not accepted here'
sed -i '/^attestation\|^roots/d' "$conf"
printf 'aaguids = 00000000-0000-0000-0000-000000000001\n' >>"$conf"
only m6
refused 'not accepted here'
says "$model"
sed -i "s/^aaguids.*/& $model/" "$conf"
want 0 enroll fido2 bin -y
sed -i '/^aaguids/d' "$conf"

# --- interrupted: killed at its first touch and at its second
# cut NAME SIGNAL WHEN OPTION...: $T/err is what was said
cut()
{
	local name=$1 signal=$2 touches=$3 before=$(count) pid

	shift 3
	# shellcheck disable=SC2086
	env --default-signal $environment "$sekisho" --conf "$conf" \
	    enroll fido2 bin -y "$@" </dev/null >"$T/out" 2>"$T/err" &
	pid=$!
	softkey_await "$name" 'wait touch' "$touches" || fail "no touch $touches"
	kill "-$signal" $pid
	wait $pid 2>/dev/null
	[ $? -gt 128 ] || fail "it went on after $signal"
	[ "$(count)" = "$before" ] || fail "$signal left something half"
}
for signal in INT TERM HUP KILL; do
	only "i$signal" touch=delay:1500
	cut "i$signal" $signal 1
	only "j$signal" touch=delay:1500
	cut "j$signal" $signal 2
done
only irk touch=delay:1500
cut irk INT 2 --resident
says 'A credential stays on the security key'
want 0 audit verify
want 0 store status --json
json '.[0].tampered == 0'
finish
