#!/bin/bash
# card.sh - IC cards bound to a person: My Number Cards and PIV cards, with
# their PIN or by a script without; refused with a word what to do, and no try
# spent unasked; interrupted at any instant, none is half enrolled
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/emulators/card/rig.sh" || exit 99
cardrig_enter "$0" "$@"
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
command -v expect >/dev/null || { echo "skip: no expect"; exit 77; }
with_object card.so
trap 'cardrig_end; at_end' EXIT
POLICY='[factors]
wait = 5s
accept = password totp card-jpki card-piv'

count() { "$sekisho" --conf "$conf" authenticator list --json </dev/null | jq length; }
# refused TEXT OPTION...: with that word, and nothing is enrolled.
refused()
{
	local text=$1 before=$(count)

	shift
	want 1 enroll card bin -y "$@"
	says "$text"
	[ "$(count)" = "$before" ] || fail "enrolled all the same: $text"
}
# only NAME TYPE [KNOB...]: this card alone is in a reader, the first.
only()
{
	local name=$1 type=$2

	shift 2
	none
	cardrig_insert "$name" "$type" 0 "$@" || {
		# vpcd had not seen the last one go.
		cardrig_remove "$name"
		cardrig_insert "$name" "$type" 0 "$@"
	} || fail "no card $name"
	cardrig_forget "$name"
}
none()
{
	local name

	for name in "${!cardrig_pid[@]}"; do
		cardrig_remove "$name"
	done
}
verifies() { cardrig_logged "$1" 'verify '; }

# --- the command line, before any card is looked for
settings "$POLICY"
want 0 init
want 0 enroll totp nobody -y --json
want 100 enroll card
want 100 enroll card bin -y --type visa
says '--type: jpki, piv or uid'
want 100 enroll card bin -y --key 9c
says '--key: 9a or 9e'
want 100 enroll card bin -y --type jpki --key 9a
says 'of PIV cards alone'
want 100 enroll card bin -y --reader "$(printf 'a\tb')"
want 100 enroll card bin -y --person "$(printf 'a\tb')"
want 100 enroll card bin -y --pin 1234
want 100 enroll card bin
says 'or with -y'
want 1 enroll card no-such-user -y
says 'no-such-user'

# --- without what it takes
cardrig_alone || exit 99
want 111 card list
says pcscd
refused 'pcscd'
cardrig_start || { echo "no pcscd of its own"; exit 99; }
want 0 card list --json
json '[.[].reader] == ["Virtual PCD 00 00", "Virtual PCD 00 01"]'
json 'all(.[]; .card == false and .driver == null and .state == "no-card" and
    .atr == null and .tries == null)'
refused 'no card on the reader'
refused 'no card on a reader of that name' --reader 'Virtual PCD 00 07'

# --- a My Number Card: by a script, which asks no PIN
only a jpki
want 0 card list --json
json '.[0] | keys_unsorted == ["reader","card","driver","model","state","key",
    "algorithm","not_before","not_after","tries","trusted","atr"]'
json '.[0] | .card and .driver == "jpki" and .state == "ok" and .tries == 3 and
    .algorithm == "RSA-2048" and .key == null and .trusted == false and
    .not_before < .not_after and (.atr | test("^3b"))'
json '.[1].card == false'
want 0 card list
grep -q 'Virtual PCD 00 00.*My Number Card.*ready.*RSA-2048 *3 ' "$T/out" ||
    fail "the table: $out"
want 0 enroll card bin -y --label mine --json
json 'keys_unsorted == ["id","user","person","method","driver","algorithm",
    "key","pin","not_before","not_after","trusted","proved"]'
json '.user == "bin" and .person == "bin" and .method == "card-jpki" and
    .driver == "jpki" and .algorithm == "RSA-2048" and .key == null and
    .pin and .proved == false and .trusted == false'
first=$(jq -r .id "$T/out")
[ "$(verifies a)" = 0 ] || fail "a PIN was tried"
want 0 authenticator list bin --json
json '.[0].card == {"driver":"jpki","algorithm":"RSA-2048","key":null,
    "pin":true,"not_before":.[0].card.not_before,
    "not_after":.[0].card.not_after,"trusted":false}'
json '.[0] | .card.not_before < .card.not_after and .label == "mine" and
    .kind == "possession" and .last_used == null'
want 0 authenticator list --json
json '[.[] | select(.method == "totp") | has("card")] == [false]'
want 0 authenticator list bin
grep -q 'Device.*Valid until' "$T/out" && grep -q 'My Number Card' "$T/out" ||
    fail "the table tells which card: $out"
grep -q Counter "$T/out" && fail "a column for keys that nobody has"
want 0 authenticator list nobody
grep -q 'Valid until' "$T/out" && fail "a column for cards that nobody has: $out"
[ "$(records '.event == "enrol" and .target == "bin" and .result == "ok" and
    (.authenticator | index("'"$first"'")) != null and
    (.detail | test("not proved"))')" = 1 ] || fail "one record that says so"
# Nothing of it that tells a person: no serial, no subject.
serial=$(openssl x509 -in "$CARDRIG_DIR/a/auth.pem" -noout -serial | cut -d= -f2)
for f in "$T"/var/store.db*; do
	[ "$(od -An -v -tx1 "$f" | tr -d ' \n' | grep -ci "$serial")" = 0 ] ||
	    fail "the serial is in ${f##*/}"
done
# --- not twice for him; nor for another, of which root is told whose it is
refused 'for this person already'
want 1 enroll card daemon -y
says 'enrolled for another person'
says "$first"
want 1 enroll card bin -y --label mine
says 'choose another --label'
# Once it opens nothing any more, it may go to another.
want 0 authenticator remove "$first" --even-last -y
want 0 enroll card daemon -y --person D-1 --json
json '.person == "D-1"'
want 1 enroll card daemon -y --person D-2
says 'account of D-1'
[ "$(cardrig_logged a forbidden)" = 0 ] || fail "the other half was reached for"

# --- several cards
cardrig_insert b piv 1
refused 'name a reader by --reader'
says 'Virtual PCD 00 00'
cardrig_forget b
want 0 enroll card bin -y --reader 'Virtual PCD 00 01' --json
json '.method == "card-piv" and .key == "9a"'
for reader in 'Virtual PCD 00' 'virtual pcd 00 01' 'Virtual PCD 00 01 ' '*'; do
	refused 'no card on a reader of that name' --reader "$reader"
done

# --- what is asked for has to be there
only c jpki
refused 'no card that can be used here' --type piv
refused 'no card that can be used here' --key 9e
only d piv
refused 'no card that can be used here' --type jpki
want 0 enroll card bin -y --key 9e --json
json '.key == "9e" and .pin == false'
only e piv key=p384
want 0 enroll card bin -y --type piv --json
json '.algorithm == "P-384"'

# --- policy: what it does not take is told before a PIN is asked for
only u uid
refused 'factors.accept does not name card-uid' --type uid
says 'an exception'
sed -i 's/ card-jpki//' "$conf"
only f jpki
refused 'factors.accept does not name card-jpki'
sed -i 's/^accept.*/& card-jpki/' "$conf"

# --- a number alone: under an exception, of whom it names, and marked
acts=$SEK_BUILDDIR/tests/tools/store_acts
[ -x "$acts" ] || { echo "no $acts"; exit 99; }
sed -i 's/^accept.*/& card-uid/' "$conf"
want 111 enroll card bin -y --type uid
says 'request exception --key factors.accept --value card-uid'
"$acts" "$conf" exception nobody games factors.accept card-uid bin \
    >/dev/null || fail "exception"
only v uid
want 1 enroll card nobody -y --type uid
says 'factors.accept does not name card-uid'
refused 'no card that can be used here'
want 0 enroll card bin -y --type uid --json
json '.method == "card-uid" and .driver == "uid" and .algorithm == null and
    .key == null and .pin == false and .not_before == null and
    .not_after == null and .trusted == false and .proved == false'
want 0 authenticator list bin --json
json '[.[] | select(.method == "card-uid").card] == [{"driver":"uid",
    "algorithm":null,"key":null,"pin":false,"not_before":null,
    "not_after":null,"trusted":false}]'
refused 'for this person already' --type uid
for uid in random b changing; do
	only "v$uid" uid "uid=$uid"
	refused 'too weak' --type uid
done
sed -i 's/ card-uid//' "$conf"

# --- by PIN, at a terminal. expect USER, then answers one a prompt.
cat >"$T/ask.exp" <<'X'
log_user 0
set timeout 120
lassign $argv tool conf options
spawn -noecho $tool --conf $conf enroll card bin {*}$options
foreach answer [lrange $argv 3 end] {
	set change [regexp {^(.*),change:(.*)$} $answer all answer knobs]
	expect {
		-re {(PIN|not to): $} {
			if {$change} { exec mv $knobs.change $knobs }
			send "$answer\r"
		}
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
		fail "enroll card $*: $rc, not $expected"
		sed 's/^/    /' "$T/asked"
	}
	grep -qE "$SECRETS" "$T/asked" && fail "a PIN was shown"
}
heard() { grep -qF -- "$*" "$T/asked" || fail "no '$*' in: $(cat "$T/asked")"; }
SECRETS='4711|471199|9999|abcd'
before=$(count)
only g jpki pin=4711
asks 0 '' 4711
heard 'Please leave the card on the reader'
heard 'Card: My Number Card, on the reader Virtual PCD 00 00'
heard 'Its certificate is valid from 20'
heard 'Tries left for the PIN of your card: 3'
[ "$(verifies g)" = 1 ] || fail "one VERIFY"
want 0 authenticator list bin --json
[ "$(records '.event == "enrol" and (.detail | test("card-jpki, proved"))')" = 1 ] ||
    fail "the record of one that proved itself"
only h piv pin=471199
asks 0 '--type piv' 999999 471199
heard 'not the PIN of this card'
heard 'Tries left for the PIN of your card: 2'
only hh piv pin=471199 key=p256 key9e=p256
asks 0 '--key 9e --json'
heard '"proved":	true'
[ "$(verifies hh)" = 0 ] || fail "9E has no PIN"
[ "$(count)" = $((before + 3)) ] || fail "three more"
# Another card while he types, which would take that PIN: it gets none.
only hc piv pin=471199
printf 'pin=471199\ncert=renewed\n' >"$CARDRIG_DIR/hc.knobs.change"
before=$(count)
asks 1 '--type piv' "471199,change:$CARDRIG_DIR/hc.knobs"
heard 'taken away too early'
[ "$(verifies hc)" = 0 ] || fail "a PIN reached another card"
[ "$(count)" = $before ] || fail "another card was enrolled"
# Nothing typed, or what is no PIN, is not sent.
only i jpki pin=4711
asks 1 '' ''
heard 'given up'
asks 1 '' abcd 12345 123
heard 'cannot be the PIN'
[ "$(verifies i)" = 0 ] || fail "what is no PIN reached the card"
# Never the last try without a yes.
cardrig_knobs i pin=4711 tries=1
asks 1 '' no
heard 'One try is left'
asks 1 '' ''
[ "$(verifies i)" = 0 ] || fail "it was tried"
[ "$(cardrig_tries i)" = 1 ] || fail "a try was spent"
asks 0 '' yes 4711
only j jpki pin=4711
asks 1 '' 9999 9999 yes 9999
heard 'blocked: please have it set anew at the counter of your municipality'
[ "$(verifies j)" = 3 ] && [ "$(cardrig_tries j)" = 0 ] || fail "three tries"
asks 1 ''
heard 'counter of your municipality'
[ "$(verifies j)" = 3 ] || fail "a blocked one was tried"
only k piv pin=471199 blocked=6983
asks 1 ''
heard 'person in charge of the card'

# --- what goes wrong at the card: each its own word, nothing enrolled
n=0
while read -r type knobs; do
	read -r text
	n=$((n + 1))
	# shellcheck disable=SC2086
	only "k$n" "$type" $knobs
	refused "$text"
done <<'X'
jpki cert=expired
has ended, or is not valid yet
jpki cert=future
has ended, or is not valid yet
piv key=rsa1024
too weak
jpki token=phone-android
A telephone
jpki token=phone-ios
A telephone
jpki cert=garbage
use another one
piv cert=none
no certificate
piv eject=read
taken away
jpki eject=read
taken away
jpki hang=read
not answer
jpki empty=read
not answer
X
# --- and what goes wrong as it proves itself
n=0
while read -r type knobs; do
	read -r text
	n=$((n + 1))
	# shellcheck disable=SC2086
	only "p$n" "$type" pin=471100 $knobs
	before=$(count)
	asks 1 '' 471100
	heard "$text"
	[ "$(count)" = "$before" ] || fail "$knobs: enrolled all the same"
	[ "$(verifies "p$n")" -le 1 ] || fail "$knobs: a VERIFY again"
done <<'X'
piv sig=wrong
answers without sense
piv sig=otherkey
answers without sense
piv sig=garbage
answers without sense
piv eject=verify+
taken away
piv eject=sign
taken away
piv hang=sign
not answer
X

# --- by whom it was made
mkdir "$T/anchors" && chmod 755 "$T/anchors" "$T"
only t jpki
cp "$CARDRIG_DIR"/t/anchors/* "$T/anchors/" && chmod 644 "$T/anchors"/*
printf '[card]\nanchors = %s\n' "$T/anchors" >>"$conf"
want 0 card list --json
json '.[0].trusted and .[0].state == "ok"'
want 0 enroll card bin -y --json
json .trusted
only t2 jpki cert=selfsigned
refused 'nobody that is trusted here'
want 0 card list --json
json '.[0].state == "untrusted" and .[0].trusted == false'
sed -i '/^\[card\]/,$d' "$conf"
# --- in which readers
printf '[card]\nreaders = Other*\n' >>"$conf"
refused 'no card reader'
sed -i '/^\[card\]/,$d' "$conf"

# --- interrupted: killed while the card is read, and while it signs
# cut NAME SIGNAL WORD: $T/err is what was said
cut()
{
	local name=$1 signal=$2 word=$3 before=$(count) pid

	# shellcheck disable=SC2086
	env --default-signal $environment "$sekisho" --conf "$conf" \
	    enroll card bin -y --key 9e </dev/null >"$T/out" 2>"$T/err" &
	pid=$!
	cardrig_await "$name" "$word" || fail "no $word"
	kill "-$signal" $pid
	wait $pid 2>/dev/null
	[ $? -gt 128 ] || fail "it went on after $signal"
	[ "$(count)" = "$before" ] || fail "$signal left something half"
}
for signal in INT TERM HUP KILL; do
	only "x$signal" piv hang=response
	cut "x$signal" $signal hang
done
only xKILL piv slow=0
# pcscd has none of it left: the card is anybody's.
want 0 card list --json
json '.[0].state == "ok"'
none
want 0 audit verify
want 0 store status --json
json '.[0].tampered == 0'
finish
