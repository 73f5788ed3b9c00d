#!/bin/bash
# life.sh - a store kept alive by the tool: migrated, backed up, restored,
# adopted, its key rotated
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"
command -v sqlite3 >/dev/null || { echo "skip: no sqlite3"; exit 77; }

# Also the key of the seals is one of the scratch folder: a clone destroys it.
sealed="[audit]
seal_key = $T/etc/keys/seal.key"
settings "$sealed"
want 0 init
store=$T/var/store.db

# migrate: nothing to do, then an older store.
want 0 store migrate
grep -q already "$T/out" || fail "migrate of a new store: $out"
sqlite3 "$store" 'DROP TABLE mark; DROP TABLE seal; DROP TABLE anchor;
    DROP TABLE request; DROP TABLE ticket; DROP TABLE security_key; DROP TABLE card; DROP TABLE biometric; DROP TABLE password; DROP TABLE woken; PRAGMA user_version=1000' || fail "the store cannot be made old"
want 0 store status --json
json '.[0].schema == "1.0"'
want 0 user list
want 0 store migrate
want 0 store status --json
json '.[0].schema == "1.7"'
json '.[0] | .approvals == 0 and .approvals_open == 0 and .approvals_overdue == 0'
[ "$(records '.event == "store-migrate" and .detail == "schema 1.0 to 1.7"')" \
    = 1 ] || fail "no record of the migration"
[ "$(ls "$T/var/backup" | wc -l)" = 1 ] || fail "no copy of before is kept"
want 0 audit verify

# backup: a file of root's alone, never over another one.
echo 'correct horse battery' >"$T/pass"
chmod 600 "$T/pass"
echo short >"$T/weak"
chmod 600 "$T/weak"
want 100 store backup
want 100 store backup "$T/b.db"
says passphrase-file
want 1 store backup "$T/b.db" --passphrase-file "$T/weak"
says 'too weak'
want 111 store backup "$T/b.db" --passphrase-file "$T/none"
chmod 644 "$T/pass"
want 111 store backup "$T/b.db" --passphrase-file "$T/pass"
chmod 600 "$T/pass"
[ -e "$T/b.db" ] && fail "a refused backup left a file"
# Nor in a folder in which others make or change names.
mkdir "$T/theirs" "$T/shared"
chown 65534 "$T/theirs"
chmod 1777 "$T/shared"
was=$(sqlite3 "$store" 'SELECT max(seq) FROM record')
for d in theirs shared; do
	want 111 store backup "$T/$d/b.db" --passphrase-file "$T/pass"
	[ -z "$(ls -A "$T/$d")" ] || fail "something is left in $d"
done
[ "$was" = "$(sqlite3 "$store" 'SELECT max(seq) FROM record')" ] ||
    fail "a refused backup has a record"
want 0 store status --json
json '.[0].backup == null'

# A disk without room: nothing is left on it, and none is told of as made.
full()
{
	unshare -m bash -c 'mount -t tmpfs -o size=64k,mode=700 none "$1" &&
	    shift && "$@"; rc=$?; ls -A '"$T/small"'; exit $rc' - "$T/small" \
	    "$sekisho" --conf "$conf" "$@" </dev/null >"$T/out" 2>"$T/err"
}
if mkdir "$T/small" && unshare -m true 2>/dev/null; then
	full store backup "$T/small/b.db" --passphrase-file "$T/pass" &&
	    fail "a backup of more than there is room for"
	[ ! -s "$T/out" ] || fail "left on a full disk: $(cat "$T/out")"
	want 0 store status --json
	json '.[0].backup == null'
fi

# enroll DIGITS: a time-based token of nobody's; its secret in $secret.
token()
{
	want 0 enroll totp "$1" -y --json
	secret=$(jq -r .uri "$T/out" | sed 's/.*secret=\([A-Z2-7]*\).*/\1/')
	id=$(jq -r .id "$T/out")
}
token nobody
nobody=$id
want 0 store backup "$T/b.db" --passphrase-file "$T/pass"
[ "$(stat -c %a "$T/b.db")" = 600 ] || fail "others may read the backup"
[ "$(sqlite3 "$T/b.db" 'PRAGMA integrity_check')" = ok ] ||
    fail "a backup is no SQLite database"
[ "$(sqlite3 "$T/b.db" 'SELECT terminal FROM backup')" = \
    "$(sed -n 's/^id = //p' "$conf.d/00-terminal.conf")" ] ||
    fail "the backup does not name its terminal"
grep -qF "$(sed -n 2p "$T/etc/keys/store.key")" "$T/b.db" &&
    fail "the key lies open in the backup"
want 1 store backup "$T/b.db" --passphrase-file "$T/pass"
want 0 store status --json
json '.[0].backup.file == "'"$T/b.db"'" and .[0].backups_kept == 1 and
    .[0].epoch == 0'
want 0 store status
grep -q 'b.db' "$T/out" || fail "status does not name the backup: $out"

# restore --check: tells, changes nothing.
token daemon
want 0 user suspend nobody --reason left
sum=$(sqlite3 "$store" 'SELECT count(*), max(seq) FROM record')
want 0 store restore "$T/b.db" --passphrase-file "$T/pass" --check --json
json '.here == "same" and .same_machine and .epoch == 1 and
    .lost_since == null and .saved == null and (.changes | length == 2)'
json '[.changes[].change] | sort == ["added", "suspended"]'
json '.changes[] | select(.change == "added") | .id == "'"$id"'"'
want 0 store restore "$T/b.db" --passphrase-file "$T/pass" --check
[ "$sum" = "$(sqlite3 "$store" 'SELECT count(*), max(seq) FROM record')" ] ||
    fail "--check changed the store"
want 1 store restore "$T/b.db" --passphrase-file "$T/weak" --check
says 'passphrase is not the one'
want 100 store restore "$T/b.db" --passphrase-file "$T/pass"
want 1 store restore "$T/none.db" --passphrase-file "$T/pass" -y
# A file that is not there is told before a passphrase is asked for.
want 1 store restore "$T/none.db" --check </dev/null
says 'none.db cannot be read'

# restore into the later state: the suspension stays, daemon's token is gone.
want 0 store restore "$T/b.db" --passphrase-file "$T/pass" -y
want 0 user show nobody --json
json '.state == "suspended"'
want 0 authenticator list daemon --json
json '. == []'
want 0 store status --json
json '.[0].epoch == 1 and .[0].tampered == 0 and .[0].backups_kept == 2'
[ "$(records '.event == "store-restore"')" = 1 ] || fail "no record of it"
want 0 audit verify

# key rotate: everything is as it was, the copies of before are gone.
before=$(cat "$T/etc/keys/store.key")
want 100 key rotate
want 0 key rotate -y
[ "$before" != "$(cat "$T/etc/keys/store.key")" ] || fail "the key is the old"
[ "$(ls "$T/etc/keys")" = store.key ] || fail "more than one key is left"
want 0 store status --json
json '.[0].tampered == 0 and .[0].backups_kept == 0'
[ "$(records '.event == "key-rotated"')" = 1 ] || fail "no record of it"
want 0 audit verify

# A dead disk: nothing is left but the settings; the old key is back.
rm -rf "$T/var" "$T/etc/keys"
want 0 store restore "$T/b.db" --passphrase-file "$T/pass" -y --json
json '.here == "none" and .lost_since != null'
want 0 store status --json
json '.[0].tampered == 0 and .[0].epoch == 1'
want 0 authenticator list nobody --json
json '.[0].id == "'"$nobody"'"'
want 0 audit verify
want 1 store adopt --clone -y
says 'own already'

# The same without settings, as on a machine in its place.
name=$(sed -n 's/^id = //p' "$conf.d/00-terminal.conf")
rm -rf "$T/var" "$T/etc/keys" "$conf.d"
want 0 store restore "$T/b.db" --passphrase-file "$T/pass" -y
[ "$(sed -n 's/^id = //p' "$conf.d/00-terminal.conf")" = "$name" ] ||
    fail "the terminal has another name after the restore"
want 0 user list

# A store copied to another machine says which command says what it is; the
# machine is another one in a mount namespace of its own.
elsewhere()
{
	unshare -m bash -c 'mount --bind "$1" /etc/machine-id && shift &&
	    exec "$@"' - "$T/machine-$1" "${@:2}" </dev/null >"$T/out" 2>"$T/err"
	rc=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
}
wants()
{
	local expected=$1

	shift
	elsewhere "$1" "$sekisho" --conf "$T/$1/etc/sekisho.conf" "${@:2}"
	[ "$rc" = "$expected" ] || {
		fail "on machine $1: ${*:2}: $rc, not $expected"
		printf '%s\n' "$out" "$err" | sed 's/^/    /'
	}
}
# copy NAME: another machine with all that this one has.
copy()
{
	mkdir -m 755 "$T/$1"
	cp -a "$T/etc" "$T/$1/etc"
	[ ! -d "$T/var" ] || cp -a "$T/var" "$T/$1/var"
	sed -i "s|$T/etc|$T/$1/etc|; s|$T/var|$T/$1/var|" "$T/$1/etc/sekisho.conf"
	printf '%032d\n' "$2" >"$T/machine-$1"
	chmod 444 "$T/machine-$1"
}
if unshare -m true 2>/dev/null; then
	want 0 audit seal
	echo of another terminal >"$T/etc/keys/roster.key"
	chmod 600 "$T/etc/keys/roster.key"
	copy a 1
	copy b 2
	copy c 3
	wants 111 a user list
	says 'store adopt --clone'
	wants 111 b user list
	says 'store adopt --replace'
	wants 100 a store adopt
	wants 100 a store adopt --clone
	wants 0 a store adopt --clone -y
	wants 0 b store adopt --clone -y
	wants 0 c store adopt --replace -y
	id_of() { sed -n 's/^id = //p' "$T/$1/etc/sekisho.conf.d/00-terminal.conf"; }
	[ "$(id_of a)" != "$(id_of b)" ] && [ "$(id_of a)" != "$name" ] ||
	    fail "clones have one id: $(id_of a) $(id_of b)"
	[ "$(ls "$T/a/etc/keys")" = store.key ] ||
	    fail "a clone kept keys: $(ls "$T/a/etc/keys")"
	[ -e "$T/c/etc/keys/roster.key" ] || fail "the replacement lost a key"
	[ "$(id_of c)" = "$name" ] || fail "the replacement has another id"
	cmp -s "$T/a/etc/keys/store.key" "$T/b/etc/keys/store.key" &&
	    fail "clones have one key"
	for m in a b c; do
		wants 0 $m audit verify
		wants 0 $m store status --json
		json '.[0].tampered == 0'
		wants 0 $m authenticator list nobody --json
		json '.[0].id == "'"$nobody"'"'
		wants 1 $m store adopt --clone -y
	done
	wants 0 a audit show --json
	jq -se '.[0].event == "store-adopt" and .[0].seq == 1 and
	    (.[0].detail | startswith("clone of '"$name"'"))' "$T/out" \
	    >/dev/null || fail "a clone's chain does not name its origin"
	cp "$T/out" "$T/a.records"
	wants 0 c audit show --json
	jq -se '.[0].event == "init" and any(.[]; .event == "store-adopt")' \
	    "$T/out" >/dev/null || fail "the replacement's chain does not go on"

	# A master set up by hand, marked: its copies adopt themselves.
	want 0 init --image
	[ -e "$T/etc/image" ] || fail "no marker"
	want 0 init --first-boot
	[ -e "$T/etc/image" ] || fail "the master lost its marker"
	copy d 4
	copy e 5
	for m in d e; do
		wants 111 $m user list
		wants 0 $m init --first-boot
		[ ! -e "$T/$m/etc/image" ] || fail "the marker is left"
		wants 0 $m authenticator list nobody --json
		json '.[0].id == "'"$nobody"'"'
		wants 0 $m init --first-boot
	done
	[ "$(id_of d)" != "$(id_of e)" ] || fail "first boots made one id"

	# A terminal.id set by a file of one's own: a first boot that could not
	# be done says so, by its status, too, and is tried again.
	copy f 6
	mv "$T/f/etc/sekisho.conf.d/00-terminal.conf" \
	    "$T/f/etc/sekisho.conf.d/10-own.conf"
	wants 1 f init --first-boot
	says 10-own.conf
	grep -q master "$T/out" && fail "a copy is called the master: $out"
	[ -e "$T/f/etc/image" ] || fail "the marker is gone, nothing was done"

	# A master without a store.
	settings "$sealed"
	rm -rf "$T/a" "$T/b"
	want 0 init --image
	grep -q '^id' -r "$T/etc" && fail "an id for all that are made from it"
	[ ! -e "$T/etc/keys" ] && [ ! -e "$T/var" ] || fail "a master has a key"
	copy a 1
	copy b 2
	for m in a b; do
		wants 0 $m init --first-boot
		wants 0 $m user list
	done
	[ "$(id_of a)" != "$(id_of b)" ] || fail "first boots made one id"
	want 100 init --image --first-boot
else
	echo "note: no mount namespaces here: adoption not tried"
fi

finish
