#!/bin/bash
# roster.sh - two terminals and a stick: what is shut on one is shut on the
# other, nothing opens that was shut here, no secret travels, openssl agrees
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
top=$T
stick=$top/stick
at_end()
{
	rm -rf "$top"
}
mkdir "$stick"
# on NAME: the terminal the next lines are about.
on()
{
	T=$top/$1
	conf=$T/etc/sekisho.conf
}
for t in a b c; do
	mkdir "$top/$t"
	on $t
	settings
	want 0 init
done
# id LABEL: of the authenticator called so.
id()
{
	run authenticator list --all --json
	jq -r --arg l "$1" '.[] | select(.label == $l and .state != "removed") | .id' "$T/out"
}
# state USER
state()
{
	run user show "$1" --json
	jq -r .state "$T/out"
}
token_state()
{
	run authenticator list --all --json
	jq -r --arg i "$1" '.[] | select(.id == $i) | .state' "$T/out"
}
# is A B WHAT
is()
{
	[ "$1" = "$2" ] || fail "$3: '$1', not '$2'"
}

# --- one token, enrolled on both, lost
K=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
printf 'user,method,secret,label\nnobody,totp,%s,blue\nbin,hotp,%s,red\n' \
    $K $K >"$top/tokens.csv"
for t in a b; do
	on $t
	want 0 import "$top/tokens.csv"
done
on a
want 0 person edit nobody --name '関所 花子' --section 税務課 --to 2031-03-31
want 0 user suspend bin --reason 'lost card' -y
want 0 authenticator disable "$(id blue)"
want 0 roster export "$stick/1"
key=$(sed -n 's/^Key: //p' "$T/out")
case $key in
????-????-????-????-????-????-????-????) ;;
*)	fail "no key shown: $out" ;;
esac
is "$(stat -c %a "$T/etc/keys/roster.key")" 600 "mode of the key"
is "$(records '.event == "roster-export"')" 1 "record of the export"
want 1 roster export "$stick/1"
says 'there is such a file already'
is "$(ls -A "$stick" | grep -c .)" 1 "files on the stick"
want 111 roster export "$top/nowhere/1"
want 100 roster export

# --- no secret is in it: neither as text nor as bytes
secret=$(printf '%s' "$K" | base32 -d | od -An -tx1 | tr -d ' \n')
grep -aqiE "$K|$secret|12345678901234567890" "$stick/1" &&
	fail "a secret is in the roster"
sed -n 2p "$stick/1" | jq -e '[.authenticators[].data] | all(. == null)' \
    >/dev/null || fail "data in the roster"

# --- as the manual says: jq and openssl verify it
if command -v openssl >/dev/null; then
	cd "$top" || exit 99
	head -n 1 "$stick/1" | jq -r .key | base64 -d >key.der
	head -n 1 "$stick/1" | jq -r .signature | base64 -d >signature
	tail -n 1 "$stick/1" | tr -d '\n' >roster.json
	openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin \
	    -in roster.json -sigfile signature >/dev/null ||
		fail "openssl does not verify it"
	is "$(sha256sum key.der | cut -c 1-32)" "$(tr -d - <<<"$key")" \
	    "fingerprint"
	printf x >>roster.json
	openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin \
	    -in roster.json -sigfile signature >/dev/null 2>&1 &&
		fail "openssl verifies anything"
	cd - >/dev/null
fi

# --- a key nobody named
on b
blue=$(id blue)
want 1 roster import "$stick/1" -y
says 'is not known here'
says "$key"
want 1 roster import "$stick/1" --dry-run --key 0000-0000-0000-0000-0000-0000-0000-0000
says 'not with the one named'
want 100 roster import "$stick/1" --key "$key"
says 'nobody to answer'
want 100 roster import "$stick/1" --key 12
want 0 roster import "$stick/1" --dry-run --key "$key" --json
json '.[0] | .taken == false and .conflicts == 0 and
    ([.changes[].change] | contains(["account-suspended", "person-changed",
    "authenticator-by-label"]))'
is "$(token_state "$blue")" active "a dry run"
want 1 roster import "$stick/1" -y
says 'is not known here'

# --- taken in
want 0 roster import "$stick/1" -y --key "$(tr -d - <<<"$key" | tr a-f A-F)"
is "$(token_state "$blue")" disabled "the lost token"
is "$(state bin)" suspended "the suspended account"
run person list --json
json '.[] | select(.id == "nobody") | .name == "関所 花子" and
    .section == "税務課" and (.to | startswith("2031-"))'
is "$(records '.event == "roster-import"')" 1 "record of the import"
serial=$(sed -n 2p "$stick/1" | jq .serial)
for e in disable suspend person-changed; do
	is "$(records ".event == \"$e\" and .ref == \"$serial\"")" 1 \
	    "record $e"
done
want 0 store status --json
json ".[0].roster_in | .serial == \"$serial\" and .old == false"
# Again: known now, and nothing to do.
want 0 roster import "$stick/1" -y --json
json '.[0] | .taken and .changes == []'
is "$(records '.event == "disable" or .event == "suspend"')" 2 \
    "records of nothing"
want 0 audit verify
want 0 store status

# --- a new token of the same label is not the lost one
printf 'user,method,secret,label\nnobody,totp,AA%s,blue\n' $K >"$top/new.csv"
want 0 authenticator remove "$blue" -y
want 0 import "$top/new.csv"
want 0 roster import "$stick/1" -y
is "$(token_state "$(id blue)")" active "the new token"

# --- resumed there: here, too, unless somebody here suspended it
on a
want 0 user resume bin
want 0 user suspend nobody --reason 'leave' --until 2099-01-01 -y
sleep 1
want 0 roster export "$stick/2"
on b
want 0 user suspend nobody --reason 'local matter' -y
want 0 roster import "$stick/2" -y
is "$(state bin)" active "resumed by the exporter that suspended"
is "$(state nobody)" suspended "both"
on a
want 0 user resume nobody
want 0 roster export "$stick/3"
on b
want 0 roster import "$stick/3" -y --json
json '[.[0].changes[].change] == ["account-stays-suspended"]'
is "$(state nobody)" suspended "a suspension of this terminal"
# --- an old roster is not taken in again
want 1 roster import "$stick/1" -y
says 'older than the last one'
is "$(state bin)" active "after a replayed roster"
# Suspended here anew, with the same words: it is this terminal's.
on a
want 0 user suspend bin --reason same -y
want 0 roster export "$stick/4"
on b
want 0 roster import "$stick/4" -y
want 0 user resume bin
want 0 user suspend bin --reason same -y
on a
want 0 user resume bin
want 0 roster export "$stick/5"
on b
want 0 roster import "$stick/5" -y
is "$(state bin)" suspended "suspended here with the same words"

# --- changed here and there
want 0 person edit nobody --section 福祉課 --to 2029-03-31
on a
want 0 person edit nobody --section 総務課 --to 2030-03-31 --contractor yes
want 0 roster export "$stick/6"
on b
want 0 roster import "$stick/6" -y --json
json '.[0] | .conflicts == 1 and (.changes[] |
    select(.change == "person-conflict") | .fields == "section to")'
says 'conflicts'
run person list --json
json '.[] | select(.id == "nobody") | .section == "福祉課" and
    (.to | startswith("2029-")) and .contractor'
# Ended here, then there with the same day: not opened by that one.
want 0 person edit nobody --to 2026-01-31
on a
want 0 person edit nobody --to 2026-01-31
want 0 roster export "$stick/6a"
want 0 person edit nobody --to 2031-03-31 --contractor no
want 0 roster export "$stick/6b"
on b
want 0 roster import "$stick/6a" -y
want 0 roster import "$stick/6b" -y --json
json '.[0] | .conflicts == 1 and (.changes[] |
    select(.change == "person-conflict") | .fields == "to")'
run person list --json
json '.[] | select(.id == "nobody") | (.to | startswith("2026-")) and
    (.contractor | not)'

# --- a person of another name
on c
want 0 import "$top/tokens.csv"
want 0 person edit nobody --name '別人 太郎'
want 0 roster import "$stick/6" -y --key "$key" --json
json '.[0].changes[] | select(.change == "person-other" and .id == "nobody" and
    .conflict)'
is "$(state nobody)" active "somebody else's account"
run authenticator list nobody --json
json 'all(.state == "active")'
# B's roster tells of what B learnt of A.
on b
want 0 roster export "$stick/b"
bkey=$(sed -n 's/^Key: //p' "$T/out")
want 1 roster import "$stick/b" -y --key "$bkey"
says 'of terminal'
on a
want 0 roster import "$stick/b" -y --key "$bkey"

# --- cut, changed, not a roster
on c
n=$(stat -c %s "$stick/6")
for cut in 0 1 100 230 300 $((n / 2)) $((n - 2)) $((n - 1)); do
	head -c $cut "$stick/6" >"$stick/cut"
	want 1 roster import "$stick/cut" -y
	says 'nothing is taken in'
done
sed 's/nobody/nobodi/' "$stick/6" >"$stick/bad"
want 1 roster import "$stick/bad" -y
says 'signature does not hold'
{ cat "$stick/6"; echo; } >"$stick/bad"
want 1 roster import "$stick/bad" -y
sed '1s/"sekisho-roster":1/"sekisho-roster":2/' "$stick/6" >"$stick/bad"
want 1 roster import "$stick/bad" -y
says 'not of the format'
sed '1s/"sekisho-roster":1/"sekisho-roster":4/' "$stick/6" >"$stick/bad"
want 1 roster import "$stick/bad" -y
says 'bring this terminal up to date'
truncate -s $((200 * 1024 * 1024)) "$stick/bad"
want 1 roster import "$stick/bad" -y
says 'too large'
rm -f "$stick/bad"
mkfifo "$stick/bad"
want 1 roster import "$stick/bad" -y
want 111 roster import "$stick/none" -y
want 1 roster import /dev/zero -y
# Not even opened: without a terminal of one's own that fails.
ln -s /dev/tty "$stick/tty"
setsid -w "$sekisho" --conf "$conf" roster import "$stick/tty" -y \
    </dev/null >"$T/out" 2>"$T/err"
is $? 1 "a link to a device"
says 'this is no file'
# A link to a file is as good as the file.
ln -s "$stick/bad2" "$stick/link"
head -c 100 "$stick/6" >"$stick/bad2"
want 1 roster import "$stick/link" -y
says 'nothing is taken in'

# --- a copied key is no other terminal's
on c
cp -p "$top/a/etc/keys/roster.key" "$T/etc/keys/roster.key"
want 1 roster export "$stick/c"
says 'made for terminal'
[ -e "$stick/c" ] && fail "a refused export left a file"
printf 'nonsense\n' >"$T/etc/keys/roster.key"
want 111 roster export "$stick/c"
says 'not a roster key'
rm "$T/etc/keys/roster.key"
want 0 roster export "$stick/c" --json
json '.[0].serial > 0'

# --- signed by a key that is trusted, and yet: old, hostile
# signed FILE < line 2: as A would sign it (openssl makes a key of the seed).
signed()
{
	local seed

	seed=$(sed -n 2p "$top/a/etc/keys/roster.key" | sed 's/../\\x&/g')
	printf '\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20%b' \
	    "$seed" >"$top/seed.der"
	tr -d '\n' >"$top/line2"
	openssl pkeyutl -sign -keyform DER -inkey "$top/seed.der" -rawin \
	    -in "$top/line2" -out "$top/signature"
	{
		printf '{"sekisho-roster":1,"key":"%s","signature":"%s"}\n' \
		    "$(head -n 1 "$stick/1" | jq -r .key)" \
		    "$(base64 -w 0 "$top/signature")"
		cat "$top/line2"
		echo
	} >"$1"
}
# body TIME SERIAL REST
body()
{
	printf '{"type":"sekisho-roster","version":1,"terminal":"%s","serial":%s,"time":"%s",%s' \
	    "$(sed -n 2p "$stick/1" | jq -r .terminal)" "$2" "$1" "$3"
}
if command -v openssl >/dev/null; then
	on b
	none='"persons":[],"accounts":[],"members":[],"authenticators":[]}'
	now=$(date -u +%FT%T.000000+00:00)
	printf '[[%.0s' {1..100000} | signed "$stick/h1"
	body "$now" 4000000000 '"persons":[{"id":"x"}]}' | signed "$stick/h2"
	body "$now" 4000000000 "\"persons\":[],$none" | signed "$stick/h3"
	body "$now" 1e99 "$none" | signed "$stick/h4"
	body "$now" 4000000000 "${none/\[\]/[\"a\\u0000\"]}" |
	    signed "$stick/h5"
	for h in 1 2 3 4 5; do
		want 1 roster import "$stick/h$h" -y
		says 'nothing is taken in'
	done
	# Too old: said, and taken.
	body "$(date -u -d '-20 days' +%FT%T.000000+00:00)" 4000000000 \
	    "$none" | signed "$stick/old"
	want 0 roster import "$stick/old" --dry-run --json
	json '.[0] | .old and .days == 20'
	want 0 roster import "$stick/old" -y
	says '20 days old'
	want 0 store status --json
	json '.[0].roster_in | .old and .days == 20'
	says 'older than roster.max_age'
	sed -i 's/^\[store\]/[roster]\nmax_age = never\n[store]/' "$conf"
	want 0 store status
	[ -z "$err" ] || fail "warned of a roster that may be old: $err"
	body "$(date -u -d '+2 days' +%FT%T.000000+00:00)" 4000000001 \
	    "$none" | signed "$stick/new"
	want 0 roster import "$stick/new" -y
	says 'in the future'
	# Nobody knows how old that is: it does not count as new.
	sed -i 's/^max_age = never/max_age = 14d/' "$conf"
	want 0 store status --json
	json '.[0].roster_in.old'
	says 'in the future'
fi
on b
want 0 store status
grep -q '^Roster taken in: ' "$T/out" || fail "no roster in: $out"
grep -q '^Roster given out: ' "$T/out" || fail "no roster out: $out"

# --- asked at a terminal
if command -v expect >/dev/null; then
	on a
	want 0 roster export "$stick/7"
	on c
	cat >"$top/ask.exp" <<'X'
log_user 0
set timeout 120
lassign $argv tool conf file first second
spawn $tool --conf $conf roster import $file
expect {
	"showed?" { send "$first\r"; exp_continue }
	"Take this in?" { send "$second\r"; exp_continue }
	eof
}
exit [lindex [wait] 3]
X
	expect "$top/ask.exp" "$sekisho" "$conf" "$stick/b" n y
	is $? 1 "a key not trusted"
	expect "$top/ask.exp" "$sekisho" "$conf" "$stick/b" y n
	is $? 1 "changes not wanted"
	want 1 roster import "$stick/b" -y
	says 'is not known here'
	expect "$top/ask.exp" "$sekisho" "$conf" "$stick/b" y y
	is $? 0 "a key compared, changes wanted"
	want 0 roster import "$stick/b" -y
fi

# --- killed at any moment: none of it, or all
{
	echo user,method,secret
	for i in $(seq 2000); do
		echo "u$i,totp,$K"
	done
} >"$top/many.csv"
on a
want 0 import "$top/many.csv"
want 0 roster export "$stick/many"
on c
run person list --json
before=$(jq length "$T/out")
for delay in 0.02 0.05 0.1 0.15 0.2 0.3; do
	"$sekisho" --conf "$conf" roster import "$stick/many" -y >/dev/null \
	    2>&1 </dev/null &
	pid=$!
	sleep $delay
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	run person list --json
	n=$(jq length "$T/out")
	[ "$n" = "$before" ] || [ "$n" = $((before + 2000)) ] ||
		fail "killed after $delay s: $n persons, not $before nor 2000 more"
done
want 0 roster import "$stick/many" -y
run person list --json
is "$(jq length "$T/out")" $((before + 2000)) "persons"
# 2000 rows that are as they were: one record, that of the import.
run store status --json
before=$(jq '.[0].records' "$T/out")
want 0 roster import "$stick/many" -y
run store status --json
is "$(jq '.[0].records' "$T/out")" $((before + 1)) "records of nothing new"
want 0 audit verify
want 0 store status
finish
