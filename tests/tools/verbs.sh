#!/bin/bash
# verbs.sh - each verb of the tool: exit codes, JSON, records
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99

# The command line itself, before anything is looked at.
settings
for v in check 'store copy'; do
	want 100 $v
	says 'not built in this version'
done
for v in request approve refuse revoke 'approvals show' \
    'exception frob' 'exception notice' 'exception review' \
    frobnicate explain 'explain a b' 'explain x --at then' \
    'explain x --service a/b' user 'user frob' 'user show' 'user show a b' 'init x' \
    '--frob user list' '--json=yes user list' 'user list --json --json' \
    'user list --label x' 'user unlock --json nobody' 'audit show --from' \
    'audit show --from x' 'audit show --event frob' 'enroll totp' \
    'audit show --since then' 'audit export' 'audit export a b' \
    'audit purge' 'audit purge -y' 'audit verify --key 12' \
    'audit verify --key' 'audit seal x' 'store upkeep x' \
    'person edit x' 'person edit x --from never-ever' \
    'person edit x --from 2027-02-29' 'person edit x --contractor maybe' \
    'person edit x --from 2027-04-01 --to 2027-03-31' 'store clock' \
    'user suspend nobody' 'user suspend nobody --reason x --until then' \
    'enroll totp nobody --digits 5 -y' 'enroll totp nobody --period 45 -y' \
    'enroll totp nobody --algorithm MD5 -y' \
    'enroll hotp nobody --algorithm SHA256 -y' 'enroll totp nobody' \
    'init --profile town' 'request ticket' 'ticket issue' 'ticket issue x' \
    'ticket issue x --purpose card --reason r' 'ticket report --note x' \
    'request ticket x --purpose break-glass' 'ticket report x --from 1d'; do
	want 100 $v
done
want 100 enroll totp nobody --label $'a\nb' -y
want 100 enroll totp nobody --label "$(printf 'x%.0s' {1..200})" -y
want 100 user suspend nobody --reason $'a\x1b[2Jb'
want 0 --help
want 0 user --help
want 0 --version
[ "$(id -u)" = 0 ] && want 111 user list
says 'sekisho init'

# init: the files, once.
want 0 init
for f in "$T/etc/sekisho.conf.d/00-terminal.conf" "$conf"; do
	[ "$(stat -c %a:%u "$f")" = 644:0 ] || fail "mode of $f"
done
[ "$(stat -c %a "$T/etc/sekisho.conf.d")" = 755 ] || fail "mode of the folder"
grep -qE '^id = [A-Za-z0-9._-]+-[0-9a-f]{6}$' \
    "$T/etc/sekisho.conf.d/00-terminal.conf" || fail "no terminal.id"
[ "$(stat -c %a "$T/var/store.db")" = 600 ] || fail "mode of the store"
[ "$(stat -c %a "$T/var")" = 700 ] || fail "mode of the store's folder"
before=$(cd "$T/etc" && find . -type f -exec sha256sum {} + | sort)
want 1 init
says 'a store already'
want 1 init --profile internet
[ "$(cd "$T/etc" && find . -type f -exec sha256sum {} + | sort)" = "$before" ] ||
    fail "a second init changed the settings"

# Who administers by a group is told what makes its members privileged.
printf 'root:x:0:\nsudo:x:27:nobody\nwheel:x:10:\n' >"$T/group"
if unshare -m mount --bind "$T/group" /etc/group 2>/dev/null; then
	init_with_groups()
	{
		settings "$1"
		unshare -m sh -c 'mount --bind "$1" /etc/group && shift &&
		    exec "$@"' - "$T/group" "$sekisho" --conf "$conf" init \
		    >"$T/out" 2>&1 || fail "init: $(cat "$T/out")"
	}
	init_with_groups
	grep -q 'the group sudo .* groups = sudo is set' "$T/out" ||
	    fail "init says nothing of sudo: $(cat "$T/out")"
	grep -q wheel "$T/out" && fail "init tells of a group without members"
	init_with_groups $'[privilege]\ngroups = wheel sudo'
	grep -q privileged "$T/out" && fail "init tells of a group that is set"
	settings
	want 0 init
fi

# One key and all there is to say of it.
want 0 policy show lockout.deny
grep -q '^Meaning: Failures that lock an account$' "$T/out" ||
    fail "policy show KEY: $out"
want 0 policy show lockout.deny --json
json 'length == 1 and .[0].key == "lockout.deny" and .[0].value == "5"'
want 1 policy show lockout.denny
want 1 policy show ''

# stack check: a name of nothing is no, a name that can be none is usage.
mkdir "$T/pam.d"
want 1 stack check --dir "$T/pam.d" --service sshd
want 100 stack check --dir "$T/pam.d" --service "$(printf 'a%.0s' {1..300})"
printf 'auth required pam_deny.so\naccount required pam_deny.so\n' \
    >"$T/pam.d/other"
want 0 stack check --dir "$T/pam.d" --service sshd
printf 'auth required %s backend=pam_unix.so nullok_secure\n' \
    pam_sekisho_password.so >"$T/pam.d/sshd"
run stack check --dir "$T/pam.d" --service sshd
[ "$rc" = 1 ] && grep -q 'nullok and its like are refused' "$T/out" ||
    fail "nullok_secure is not told: $out"

# Nobody is there yet.
want 0 user list --json
json '. == []'
want 0 person list --json
json '. == []'
want 0 authenticator list --json
json '. == []'
want 0 authenticator list nobody --json
json '. == []'
want 1 user show nobody
says 'enroll it first'
want 1 user show 'no such'
want 1 user show ../x
want 1 user suspend frob --reason x
want 1 authenticator list no-such-user
want 1 authenticator disable 0123
want 1 authenticator remove "$(printf 'a%.0s' {1..5000})"
want 1 person edit frob --name x
want 1 enroll totp no-such-user -y
want 1 enroll totp '' -y
want 1 enroll totp $'root\n' -y
want 1 enroll totp "$(printf 'a%.0s' {1..70000})" -y
want 1 enroll totp $'\xff\xfe' -y
want 1 enroll totp ../../root -y

# enroll, and what is shown of it.
want 0 --json enroll totp nobody -y --label 'alice & co'
json 'keys_unsorted == ["id","user","method","uri"]'
json '.user == "nobody" and .method == "totp"'
id=$(jq -r .id "$T/out")
want 0 authenticator list nobody --json
json 'length == 1 and (.[0] | keys_unsorted == ["id","user","person","kind",
    "method","label","state","created","last_used","failures"])'
json '.[0] | .kind == "possession" and .state == "active" and
    .label == "alice & co" and .last_used == null and .failures == 0 and
    .person == "nobody" and (.created | test("^20..-..-..T.*[+-]..:..$"))'
want 0 user show nobody --json
json '.user == "nobody" and .state == "active" and .failures == 0 and
    .locked_until == null and .last_login == null and
    (.dormant_at | test("^20..-..-..T")) and .password_due == null and
    .last_logout == null and (.authenticators | length == 1) and
    .password == {"set_at":null,"expires_at":null,"uses":null,
    "temporary":null}'
want 0 user show nobody
grep -qE "^$id +nobody +totp +alice & co +active" "$T/out" ||
    fail "user show has no table of authenticators: $out"
grep -q ' $' <<<"$(grep '^Last' "$T/out")" && fail "blanks at the end"
# A label names one.
want 1 enroll totp nobody -y --label 'alice & co'
says 'of this label already'
want 0 user list
grep -q nobody "$T/out" || fail "user list has no nobody"
want 0 user list --json
json 'length == 1 and .[0].user == "nobody"'

# suspend and resume; unlock of what is open.
want 0 user unlock nobody
want 0 user suspend nobody --reason '長期休暇' --until 35d
want 0 user show nobody --json
json '.state == "suspended" and (.suspended_until | length > 20) and
    .reason == "長期休暇"'
want 0 user resume nobody
want 0 user show nobody --json
json '.state == "active"'
want 1 user resume frob
want 1 user unlock no-such-user

# persons.
want 0 person edit nobody --name '関所 花子' --section 税務課 \
    --from 2026-04-01 --to 2027-03-31 --contractor yes
want 0 person list --json
json '.[0] | .id == "nobody" and .name == "関所 花子" and
    .section == "税務課" and .from == "2026-04-01T00:00:00.000000+09:00" and
    .to == "2027-04-01T05:00:00.000000+09:00" and .contractor == true'
want 0 person edit nobody --to none
want 0 person list --json
json '.[0] | .to == null and .from != null and .name == "関所 花子"'
want 0 person list

# disable, then remove.
want 0 authenticator disable "$id"
want 0 authenticator list nobody --json
json '.[0].state == "disabled"'
want 0 authenticator remove "$id"
want 0 authenticator list nobody --json
json '. == []'
want 0 authenticator list nobody --json --all
json '.[0].state == "removed"'

# records.
want 0 audit verify --json
json 'keys_unsorted[:4] == ["records","chains","ok","first_bad"]'
json '.ok == true and .first_bad == null and .chains == 1 and .records > 5'
want 0 audit verify
want 0 audit show --json
json 'keys_unsorted - ["tty","detail"] == ["seq","time","boot","clock",
    "terminal","profile","policy","version","service","subject","target",
    "person","section","event","kinds","authenticator","ref","result",
    "reason","rhost","count","prev","hash"]'
json '(.seq | type == "number") and .result == "ok" and .count == 1'
for e in init enrol suspend resume person-changed disable remove; do
	[ "$(records ".event == \"$e\"")" -ge 1 ] || fail "no record: $e"
done
# The chain: each prev is the hash before.
jq -rs 'map([.prev, .hash]) | . as $a | range(1; length) |
    select($a[.][0] != $a[. - 1][1])' "$T/out" | grep -q . &&
    fail "the chain has a gap"
want 0 audit show --event enrol --user nobody --json
json '.event == "enrol"'
last=$(jq -s 'map(.seq) | max' "$T/out")
want 0 audit show --from "$((last + 1))" --json
json '.seq > '"$last"
want 0 audit show
grep -qE '^ *No\. +Time +Event +Result +Subject' <<<"$(head -1 "$T/out")" ||
    fail "audit show has no titles: $(head -1 "$T/out")"
grep -qE " enrol +ok +- +nobody +.* authenticator=$id" "$T/out" ||
    fail "audit show tells no authenticator: $out"
# Who acts is the login uid, never the environment's word.
environment="SUDO_USER=mallory LOGNAME=mallory USER=mallory"
want 0 user unlock nobody
environment=
[ "$(records '.person == "mallory" or .subject == "mallory"')" = 0 ] ||
    fail "SUDO_USER was believed"

[ "$(records '.event == "unlock" and .person != null')" = 0 ] ||
    fail "nobody's work has a person"
if (echo 65534 >/proc/self/loginuid) 2>/dev/null; then
	(echo 65534 >/proc/self/loginuid
	environment=SUDO_USER=mallory
	want 0 user suspend nobody --reason x
	want 0 user resume nobody
	exit $failed) || failed=1
	[ "$(records '.event == "resume" and .subject == "nobody"')" = 1 ] ||
	    fail "the login uid is not in the record"
fi

# store.
want 0 store status --json
json 'length == 1 and (.[0] | .pages_ok and .tampered == 0 and
    .accounts == 1 and .clock_back == false)'
want 0 store status
want 0 store clock --accept

# Whatever the locale says, and closed descriptors.
"$sekisho" --conf "$conf" user list </dev/null >&- 2>&-
case $? in 0|111) ;; *) fail "closed output: $?" ;; esac
"$sekisho" --conf "$conf" user list --json <&- >"$T/out" 2>"$T/err" ||
    fail "closed input"
json 'length == 1'
"$sekisho" --conf "$conf" user list --json >/dev/full 2>"$T/err" </dev/null
[ $? = 111 ] || fail "a full output is no trouble"
"$sekisho" --conf "$conf" enroll totp nobody --json -y >/dev/full 2>"$T/err" \
    </dev/null
[ $? = 111 ] || fail "a secret nobody got is no trouble"
want 0 authenticator list nobody --json
json '. == []'

# Several batches of records stand under one line of titles, in columns; and
# no one has more authenticators than a login looks through.
{
	echo user,method,secret
	for i in {100..131}; do
		echo "daemon,totp,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQ$(tr 0-9 A-J <<<"$i")"
	done
	for i in {1000..1599}; do
		echo "u$i,totp,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	done
} >"$T/many.csv"
want 0 import "$T/many.csv"
want 0 audit show
[ "$(grep -c '^ *No\.' "$T/out")" = 1 ] || fail "titles more than once"
[ "$(sed 1d "$T/out" | cut -c 9-12 | sort -u)" = "$(date +%Y)" ] ||
    fail "the columns of the batches are not one"
[ "$(sed 1d "$T/out" | awk '$1 != n + 1 && n { print } { n = $1 }')" = "" ] ||
    fail "a record is missing between batches"
want 1 enroll totp daemon -y
says '32 authenticators already'
want 0 user list --json
json 'length == 602 and (map(.user) | index("u1599") != null)'

# Not root: a sentence and 111.
if command -v setpriv >/dev/null; then
	chmod 755 "$T"
	cp "$sekisho" "$T/sekisho" && chmod 755 "$T/sekisho"
	setpriv --reuid=65534 --regid=65534 --clear-groups "$T/sekisho" \
	    --conf "$conf" user list </dev/null >"$T/out" 2>"$T/err"
	[ $? = 111 ] || fail "not root"
	says root
fi

# A file others may write, then one that is not there.
chmod 666 "$conf"
want 111 user list
says "$conf"
chmod 644 "$conf"
(conf=$T/etc/none.conf; want 111 user list; exit $failed) || failed=1

# One byte of one row: named, 1.
if command -v sqlite3 >/dev/null; then
	sqlite3 "$T/var/store.db" \
	    "UPDATE account SET data = zeroblob(length(data)) \
	    WHERE name = 'nobody'" 2>"$T/sql" || cat "$T/sql"
	want 1 store status --json
	json '.[0].tampered == 1 and (.[0].bad | length == 1)'
fi
finish
