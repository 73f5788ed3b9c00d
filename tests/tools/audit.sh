#!/bin/bash
# audit.sh - records sealed, exported, verified elsewhere and by other tools,
# purged; every kind of tampering named; killed at any moment, gone on with
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
for tool in sqlite3 openssl basenc cc; do
	command -v $tool >/dev/null || { echo "skip: no $tool"; exit 77; }
done

store=$T/var/store.db
out_dir=$T/exports
mkdir -m 755 "$out_dir"
E=$out_dir/e.db

begin()
{
	settings "[audit]
seal_key = $T/etc/keys/seal.key
journal = no
$1"
	want 0 init --break-glass none
}

# more N: that many records.
more()
{
	local i

	for ((i = 0; i < $1; i++)); do
		"$sekisho" --conf "$conf" store clock --accept -y \
		    </dev/null >/dev/null || fail "no record"
	done
}

# elsewhere RC ARGS: without any settings, and without a store.
elsewhere()
{
	local expected=$1

	shift
	"$sekisho" --conf "$T/none/sekisho.conf" "$@" </dev/null \
	    >"$T/out" 2>"$T/err"
	rc=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
	[ $rc = "$expected" ] || fail "elsewhere: $*: $rc, not $expected: $err"
}

# people FROM TO: as many records, by one import.
people()
{
	local i

	echo user,method,secret
	for ((i = $1; i <= $2; i++)); do
		printf 'u%06d,totp,%s\n' $i GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
	done
}

value()
{
	jq -r "$1" "$T/out"
}

# Sealed: once, and again only when something is new.
begin
want 0 audit verify --json
json '.seals == 0 and .sealed_until == null and .key == null'
want 0 audit seal --json
json '.seal == 1 and .made and .new_series and (.key | length) == 64'
first_key=$(value .key)
[ "$(stat -c %a:%u "$T/etc/keys/seal.key")" = 600:0 ] ||
    fail "the seal's key is readable by others"
want 1 audit verify --key "$first_key"
says 'no seal here yet'
first_secret=$(sed -n 's/^key=//p' "$T/etc/keys/seal.key")
want 0 audit seal --json
json '.seal == 1 and (.made | not) and (.new_series | not)'
want 0 audit verify --json
json '.seals == 1 and .series == 1 and .sealed_until == .records'
more 3
want 0 audit seal --json
json '.seal == 2 and .made and (.new_series | not)'
grep -q "$first_secret" "$T/etc/keys/seal.key" &&
    fail "a key that signed is still there"
more 2
want 0 audit verify --json
json '.ok and .seals == 2 and .sealed_until == .records - 2'
want 0 audit verify --key "$first_key"
want 0 audit verify --json --key "$first_key"
json '.ok and .noted_seal == 2'
want 1 audit verify --key "${first_key//?/a}"
says 'noted elsewhere'
# A seal is no record; sealing alone makes nothing new.
want 0 audit seal
want 0 audit seal --json
json '.made | not'
[ "$(records '.event == "record-seal"')" = 0 ] || fail "a seal is a record"

# Tampering with seals and sealed records, in the store itself.
cp -a "$T/var" "$T/var.good"
tamper()
{
	local what=$1 sql=$2

	rm -rf "$T/var"
	cp -a "$T/var.good" "$T/var"
	sqlite3 "$store" "$sql" || fail "cannot: $sql"
	want 1 audit verify --json
	json '(.ok | not) and .first_bad != null and .cause != null'
	grep -q "$what" "$T/err" || fail "$sql: says '$err', not '$what'"
}
tamper seal "UPDATE seal SET body = replace(body, 'seq=', 'seq=1') WHERE number=2"
tamper signature "UPDATE seal SET signature = zeroblob(64) WHERE number=2"
tamper 'seal is missing' "DELETE FROM seal WHERE number=2"
tamper 'seal is missing' "DELETE FROM seal WHERE number=3"
tamper 'seal is missing' "DELETE FROM seal WHERE number=1"
tamper 'seal' "UPDATE seal SET body=(SELECT body FROM seal WHERE number=2),
    signature=(SELECT signature FROM seal WHERE number=2) WHERE number=3"
tamper 'changed' "UPDATE record SET body=replace(body,'result=ok','result=no')
    WHERE seq=3"
tamper 'purge' "INSERT INTO anchor VALUES(1, zeroblob(40), zeroblob(32))"
rm -rf "$T/var"
cp -a "$T/var.good" "$T/var"
want 0 audit verify

# All seals taken away, and the word of them: the key lies apart and knows.
sqlite3 "$store" "DELETE FROM seal; DELETE FROM mark WHERE name='seal'"
run audit verify
says 'taken away'
want 0 audit seal --json
json '.seal == 1 and .new_series'
says 'not here any more'
[ "$(records '.event == "record-seal" and .result == "error"')" = 1 ] ||
    fail "that all seals are gone is no record"
begin
want 0 audit seal --json
first_key=$(value .key)
for i in 2 3; do
	more 1
	want 0 audit seal
done

# The key is lost, or an older one put back: a new series, and all say so.
cp "$T/etc/keys/seal.key" "$T/old.key"
more 1
want 0 audit seal
cp "$T/old.key" "$T/etc/keys/seal.key"
more 1
want 0 audit seal --json
json '.new_series'
says 'new series'
want 0 audit verify
grep -q '2 series' "$T/out" || fail "a new series is not told: $out"
[ "$(records '.event == "record-seal" and .result == "error"')" = 1 ] ||
    fail "a new series is no record"
want 1 audit verify --key "$first_key"
says 'new series'
rm "$T/etc/keys/seal.key"
want 0 audit seal --json
json '.new_series'
want 0 audit verify --json
json '.ok and .series == 3'
echo garbage >"$T/etc/keys/seal.key"
chmod 600 "$T/etc/keys/seal.key"
more 1
want 111 audit seal
rm "$T/etc/keys/seal.key"

# Killed at any instant: the series goes on.
begin
want 0 audit seal --json
first_key=$(value .key)
for ((i = 0; i < 40; i++)); do
	more 1
	timeout -s KILL 0.0$((RANDOM % 3))$((RANDOM % 10)) "$sekisho" \
	    --conf "$conf" audit seal </dev/null >/dev/null 2>&1
done 2>/dev/null
more 1
want 0 audit seal
want 0 audit verify --json
json '.ok and .series == 1'

# Exported, verified without store and settings.
people 1 300 >"$T/p.csv"
want 0 import "$T/p.csv" -y
want 0 audit seal
more 2
want 0 audit export "$E" --json
json '.first == 1 and .count == .last and .seal > 1 and (.key | length) == 64'
last=$(value .last)
key=$(value .key)
[ "$(ls "$out_dir")" = e.db ] || fail "beside the export: $(ls "$out_dir")"
[ "$(stat -c %a "$E")" = 600 ] || fail "the export is readable by others"
[ "$(records '.event == "record-export"')" = 1 ] || fail "no record"
elsewhere 0 audit verify "$E" --json
json ".ok and .records == $last and .finished and .sealed_until == $last"
elsewhere 0 audit verify "$E" --key "$first_key" --json
json '.noted_seal != null'
# What the file itself names as the next vouches for nothing in it.
elsewhere 1 audit verify "$E" --key "$key" --json
json '.noted_seal == null'
elsewhere 1 audit verify "$E" --key "${key//?/b}"
elsewhere 0 audit show --file "$E" --event import --json
elsewhere 0 audit show --file "$E"
want 1 audit export "$E"
# As if it had been killed behind its last step: the rest is done.
sqlite3 "$store" "DELETE FROM mark WHERE name='export'"
want 1 audit export "$E" --from 2
want 0 audit export "$E" --json
json ".last == $last and .key == \"$key\""
[ "$(sqlite3 "$store" "SELECT count(*) FROM mark WHERE name='export'")" = 1 ] ||
    fail "the export is not noted"
want 1 audit export "$E"
says finished
want 1 audit export "$conf"
mkdir -m 777 "$T/open"
want 111 audit export "$T/open/e.db"
ln -s "$E" "$out_dir/link.db"
want 1 audit export "$out_dir/link.db"
rm "$out_dir/link.db"
elsewhere 1 audit verify "$conf"
elsewhere 1 audit verify "$T"
elsewhere 1 audit verify "$T/nothing"

# By hand, as the man page says: one record, all of the chain, one signature.
hash_of()
{
	sqlite3 "$E" "SELECT '01' || printf('%016X', seq) || hex(prev) ||
	    hex(body) FROM record WHERE seq = $1" | basenc --base16 -d |
	    sha256sum | cut -d' ' -f1
}
prev=$(printf '0%.0s' {1..64})
for ((i = 1; i <= 40; i++)); do
	[ "$(sqlite3 "$E" "SELECT lower(hex(prev)) FROM record
	    WHERE seq=$i")" = "$prev" ] || fail "record $i: prev, by hand"
	prev=$(hash_of $i)
	[ "$(sqlite3 "$E" "SELECT lower(hex(hash)) FROM record
	    WHERE seq=$i")" = "$prev" ] || fail "record $i: hash, by hand"
done
n=$(sqlite3 "$E" 'SELECT max(number) FROM seal')
cd "$T" || exit 99
sqlite3 "$E" "SELECT hex(body) FROM seal WHERE number = $n" |
    basenc --base16 -d >text
sqlite3 "$E" "SELECT hex(signature) FROM seal WHERE number = $n" |
    basenc --base16 -d >sig
echo "302A300506032B6570032100$(sed -n 's/^key=//p' text |
    tr a-f A-F)" | basenc --base16 -d >key.der
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in text \
    -sigfile sig >/dev/null || fail "openssl says no to seal $n"
printf x >>text
openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in text \
    -sigfile sig >/dev/null 2>&1 && fail "openssl says yes to anything"
[ "$(sqlite3 "$E" 'SELECT hex(body) FROM manifest' | basenc --base16 -d |
    sha256sum | cut -d' ' -f1)" = "$(sed -n 's/^manifest=//p' text |
    tr -d x)" ] || fail "the manifest is not the one sealed, by hand"
cd - >/dev/null || exit 99

# Every tampering is named, with the first record.
want 0 audit export "$out_dir/other.db"
edited()
{
	local first=$1 what=$2 sql=$3

	cp "$E" "$out_dir/x.db"
	sqlite3 "$out_dir/x.db" "$sql" >/dev/null || fail "cannot: $sql"
	elsewhere 1 audit verify "$out_dir/x.db" --json
	json "(.ok | not) and .first_bad == $first"
	grep -q "$what" "$T/err" || fail "$sql: says '$err', not '$what'"
}
edited 5 changed "UPDATE record SET body=replace(body,'event','evint') WHERE seq=5"
edited 5 changed "UPDATE record SET hash=zeroblob(32) WHERE seq=5"
edited 5 changed "UPDATE record SET prev=zeroblob(32) WHERE seq=5"
edited 5 changed "UPDATE record SET version=2 WHERE seq=5"
edited 5 missing "DELETE FROM record WHERE seq=5"
edited 1 missing "DELETE FROM record WHERE seq=1"
edited "$last" 'end before' "DELETE FROM record WHERE seq=$last"
edited "$((last + 1))" added "INSERT INTO record SELECT $((last + 1)),version,prev,hash,body FROM record WHERE seq=$last"
edited 1 added "INSERT INTO record SELECT 0,version,prev,hash,body FROM record WHERE seq=1"
edited 1 manifest "UPDATE manifest SET body=replace(body,'sekisho','sekisho')||' '"
edited 0 manifest "UPDATE manifest SET body='{}'"
edited 0 manifest "DELETE FROM manifest"
edited 0 manifest "INSERT INTO manifest SELECT 2,body FROM manifest"
edited 0 manifest "UPDATE manifest SET body=replace(body,'\"first\":1','\"first\":1e300')"
edited 1 manifest "DELETE FROM seal WHERE number=$n"
edited 1 'seal' "DELETE FROM seal"
edited 1 'seal' "UPDATE seal SET signature=zeroblob(64) WHERE number=1"
edited 2 'seal' "DELETE FROM seal WHERE number=2"
edited 1 'manifest' "ATTACH '$out_dir/other.db' AS o; DELETE FROM seal;
    INSERT INTO seal SELECT * FROM o.seal"
for sql in "CREATE VIEW v AS SELECT * FROM record" \
    "CREATE TRIGGER t AFTER INSERT ON record BEGIN SELECT 1; END" \
    "CREATE INDEX i ON record(body)" "CREATE TABLE more(x)" \
    "DROP TABLE seal" "PRAGMA user_version=2" \
    "ALTER TABLE seal ADD COLUMN x TEXT" \
    "DROP TABLE record; CREATE VIEW record AS SELECT 1 seq"; do
	cp "$E" "$out_dir/x.db"
	sqlite3 "$out_dir/x.db" "$sql"
	elsewhere 1 audit verify "$out_dir/x.db"
	grep -q 'not an export' "$T/err" || fail "$sql: $err"
	elsewhere 100 audit show --file "$out_dir/x.db"
done
head -c 20000 "$E" >"$out_dir/x.db"
elsewhere 1 audit verify "$out_dir/x.db"
for ((i = 0; i < 60; i++)); do
	cp "$E" "$out_dir/x.db"
	dd if=/dev/urandom of="$out_dir/x.db" bs=1 count=64 conv=notrunc \
	    seek=$((RANDOM * 4 % $(stat -c %s "$E"))) 2>/dev/null
	"$sekisho" audit verify "$out_dir/x.db" </dev/null >"$T/out" 2>"$T/err"
	rc=$?
	# A byte of a page that holds nothing may be anything.
	[ $rc = 1 ] || { [ $rc = 0 ] &&
	    [ "$(sqlite3 "$out_dir/x.db" .dump | sha256sum)" = \
	    "$(sqlite3 "$E" .dump | sha256sum)" ]; } ||
	    fail "bytes changed: $rc: $(cat "$T/err")"
done
rm -f "$out_dir/x.db" "$out_dir/other.db"

# Part of them: from, since, until; shown by terminal and time.
want 0 audit export "$out_dir/from.db" --from 100 --json
json '.first == 100'
elsewhere 0 audit verify "$out_dir/from.db"
want 0 audit export "$out_dir/since.db" --since 1d --json
json '.first == 1'
want 1 audit export "$out_dir/none.db" --until 2001-01-01
[ -e "$out_dir/none.db" ] && fail "an export of nothing is there"
want 0 audit show --until 2001-01-01 --json
[ -z "$out" ] || fail "shown: $out"
want 0 audit show --since 1d --event import --json
[ "$(grep -c . "$T/out")" -ge 1 ] || fail "nothing since yesterday"
want 0 audit show --terminal nowhere --json
[ -z "$out" ] || fail "another terminal's: $out"
want 0 audit show --file "$E" --person u000007 --json
json '.person == "u000007" or .target == "u000007"'
[ "$(records ".event == \"record-read\" and .detail == \"$E\"")" -ge 1 ] ||
    fail "reading an export is no record"

# Killed right behind its first step, and again at each of the next ones.
for ((i = 1; i < 8; i++)); do
	rm -f "$out_dir"/*
	sqlite3 "$E" 'PRAGMA page_size=16384; PRAGMA journal_mode=WAL' >"$T/out"
	chmod 600 "$E"
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$T/strace" \
	    -e trace=pwrite64 -e "inject=pwrite64:signal=KILL:when=$i" -P "$E" \
	    "$sekisho" --conf "$conf" audit export "$E" </dev/null >"$T/out" 2>"$T/err"
	want 0 audit export "$E"
	elsewhere 0 audit verify "$E"
done 2>/dev/null
rm -f "$out_dir"/*

# Interrupted, killed, gone on with; unfinished is named.
people 1000 41000 >"$T/p.csv"
want 0 import "$T/p.csv" -y
rm -f "$out_dir"/*
killed=0
for ((i = 0; i < 60; i++)); do
	timeout -s KILL "$(printf '0.%03d' $((5 + RANDOM % (5 + i * 4))))" \
	    "$sekisho" --conf "$conf" audit export "$E" </dev/null \
	    >"$T/out" 2>"$T/err"
	rc=$?
	[ $rc = 0 ] && break
	[ $rc = 137 ] || fail "export: $rc: $(cat "$T/err")"
	killed=$((killed + 1))
	[ -e "$E" ] || continue
	# Killed behind its last step, it is whole; noted by now, or already.
	if "$sekisho" audit verify "$E" </dev/null >/dev/null 2>&1; then
		run audit export "$E"
		[ $rc = 0 ] || says finished
		rc=0
		break
	fi
	elsewhere 1 audit verify "$E"
	says unfinished
done 2>/dev/null
[ $killed -gt 0 ] || fail "the export was never killed"
[ $rc = 0 ] || want 0 audit export "$E"
elsewhere 0 audit verify "$E" --json
json '.ok and .records > 40000'
want 0 audit verify
rm -f "$out_dir"/*
timeout -s INT 0.05 "$sekisho" --conf "$conf" audit export "$E" </dev/null \
    >"$T/out" 2>"$T/err"
[ -e "$E" ] && if ! "$sekisho" audit verify "$E" >/dev/null 2>&1; then
	want 1 audit export "$E" --from 7
	says 'other --from'
	cp "$E" "$T/begun.db"
	cp "$E-wal" "$T/begun.db-wal" 2>/dev/null
	sqlite3 "$E" "UPDATE record SET body='x' WHERE seq=9" 2>/dev/null
	run audit export "$E"
	[ $rc != 0 ] || fail "what was begun was changed, and gone on with"
	rm -f "$out_dir"/*
fi

# Two into one file: one of them goes on, and the other says why it does not.
rm -f "$out_dir"/*
"$sekisho" --conf "$conf" audit export "$E" </dev/null >/dev/null 2>&1 &
other=$!
while ! [ -s "$E" ] && kill -0 $other 2>/dev/null; do :; done
want 1 audit export "$E"
grep -q 'finished\|is going on' "$T/err" || fail "two exports: $err"
wait $other || fail "the first of two exports: $?"
elsewhere 0 audit verify "$E"
rm -f "$out_dir"/*

# No room: said, and nothing lost.
if mkdir "$T/small" && mount -t tmpfs -o size=2m,mode=755 none "$T/small" \
    2>/dev/null; then
	want 111 audit export "$T/small/e.db"
	says 'full'
	elsewhere 1 audit verify "$T/small/e.db"
	mount -o remount,size=100m "$T/small"
	want 0 audit export "$T/small/e.db"
	elsewhere 0 audit verify "$T/small/e.db"
	umount "$T/small"
fi

# Purged: only what is old, exported, and the same.
want 1 audit purge --export "$conf" -y
rm -f "$out_dir"/*
want 0 audit export "$E" --json
last=$(value .last)
newest_key=$(value .key)
more 2
want 0 audit purge --export "$E" -y
grep -q 'nothing was purged' "$T/out" || fail "young ones purged: $out"
later 3000
# A clock years ahead, and nobody said that it is right.
want 1 audit purge --export "$E" -y
says 'store clock --accept'
want 0 store clock --accept -y
want 100 audit purge --export "$E"
want 100 audit purge --export "$E" --key 12 -y
want 1 audit purge --export "$E" --key "${key//?/b}" -y
says 'noted elsewhere'
# What the export itself names vouches for nothing in it.
want 1 audit purge --export "$E" --key "$newest_key" -y
says 'no seal here yet'
cp "$E" "$out_dir/x.db"
sqlite3 "$out_dir/x.db" "UPDATE record SET body='x' WHERE seq=9"
want 1 audit purge --export "$out_dir/x.db" -y
says 'nothing is purged'
cp -a "$T/var" "$T/var.full"
sqlite3 "$store" "UPDATE record SET body=replace(body,'enrol','enrul') WHERE seq=7000"
want 1 audit purge --export "$E" -y
says 'record 7000'
[ "$(sqlite3 "$store" "SELECT min(seq) FROM record")" = 1 ] ||
    fail "a part was purged of what was changed"
want 1 audit verify
says 'record 7000'
rm -rf "$T/var"
cp -a "$T/var.full" "$T/var"
# On a full disk, which is when room is wanted.
rm -rf "$T/var"
mkdir -m 700 "$T/var"
if mount -t tmpfs -o size=$(($(du -sm "$T/var.full" | cut -f1) + 8))m,mode=700 \
    none "$T/var" 2>/dev/null; then
	cp -a "$T/var.full/." "$T/var"
	dd if=/dev/zero of="$T/var/fill" bs=64k 2>/dev/null
	want 0 audit purge --export "$E" -y
	umount "$T/var"
fi
rm -rf "$T/var"
cp -a "$T/var.full" "$T/var"
for ((i = 0; i < 6; i++)); do
	env $environment timeout -s KILL 0.$((RANDOM % 3))$((RANDOM % 10)) \
	    "$sekisho" --conf "$conf" audit purge --export "$E" -y \
	    </dev/null >/dev/null 2>&1
	want 0 audit verify
done 2>/dev/null
want 0 audit purge --export "$E" --key "$first_key" -y
want 0 audit verify --json
json ".ok and .first == $last + 1"
[ "$(sqlite3 "$store" "SELECT count(*) FROM record WHERE seq<=$last")" = 0 ] ||
    fail "purged records are there"
[ "$(records '.event == "record-purge"')" -ge 1 ] || fail "no record of it"
want 0 audit seal
want 0 audit verify --key "$key" --json
json '.ok'
want 1 audit export "$out_dir/y.db" --from 1
says purged
want 0 audit export "$out_dir/y.db" --json
json ".first == $last + 1"
elsewhere 0 audit verify "$out_dir/y.db"
sqlite3 "$store" 'DELETE FROM anchor'
want 1 audit verify
environment=

# Upkeep: what troubles it, told once in the records.
begin
want 1 store upkeep --json
json '.troubles | index("never-sealed")'
want 1 store upkeep
[ "$(records '.event == "upkeep"')" = 1 ] || fail "upkeep fills the records"
want 0 audit seal
run store upkeep --json
json '.troubles | index("never-sealed") | not'
more 1
later 3
want 1 store upkeep --json
json '.troubles | index("seal-old")'
environment=
truncate -s 0 "$store.ballast"
run store upkeep
[ "$(stat -c %s "$store.ballast")" -gt 0 ] || fail "no ballast again"

# A clock that was wrong while records were written makes none old, and those
# of a time to come keep nobody from purging.
begin
more 2
later 7300
want 0 store clock --accept -y
environment=
more 2
out_dir2=$T/exports2
mkdir -m 755 "$out_dir2"
want 0 audit export "$out_dir2/a.db" --json
last=$(value .last)
later -7300
run user list
environment=
run store clock --accept -y
want 0 audit purge --export "$out_dir2/a.db" -y
grep -q 'nothing was purged' "$T/out" || fail "young ones purged: $out"
later 3000
want 0 store clock --accept -y
want 0 audit purge --export "$out_dir2/a.db" -y
want 0 audit verify --json
json ".ok and .first == $last + 1"
environment=

# Another terminal's, of as many records: not ours.
begin
want 0 audit seal
later 3000
want 0 store clock --accept -y
want 1 audit purge --export "$out_dir2/a.db" -y
says 'not the one that was exported'
environment=

# Kept for ever: never purged.
begin 'retention = forever'
want 0 audit export "$out_dir/z.db"
want 1 audit purge --export "$out_dir/z.db" -y
says forever

finish
