#!/bin/bash
# state.sh - sekisho without a verb: what needs attention, on one screen
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99

# A folder of services where all is sound.
d=$T/pam.d
mkdir "$d"
chmod 755 "$d"
settings
sound_lines >"$d/login"
printf 'auth required pam_deny.so\naccount required pam_deny.so\n' >"$d/other"
chmod 644 "$d"/*

# state RC: the answer, as JSON. needs LIST: what needs attention, but for the
# backup, of which there is none for most of this test.
state()
{
	want "$1" --dir "$d" --json
}
needs()
{
	state 1
	json "[.attention[].about] - [\"backup\"] == $1"
}
chmod 711 "$T"

# Something useful at any time: before init, without settings that load, to
# who is not root.
rm "$conf"
state 1
json '.ok == false and .attention[0].about == "policy"'
json '.attention[0].remedy == "sekisho init" and .tomorrow == null'
json '[.services[] | select(.service == "login")] | length == 1'
settings
echo 'deny = many' >>"$conf"
state 1
json '.attention[0].about == "policy"'
json '.attention[0].text | test("sekisho.conf:[0-9]+")'
settings
state 1
json '.attention[0].about == "store" and .attention[0].remedy == "sekisho init"'
want 0 init
setpriv --reuid 65534 --regid 65534 --clear-groups "$sekisho" \
    --conf "$conf" --dir "$d" >"$T/out" 2>"$T/err" </dev/null
[ $? = 111 ] || fail "the state as nobody: $(cat "$T/out" "$T/err")"
grep -q 'only root' "$T/out" || fail "who is not root is not told so"
want 100 --frob
want 100 --service login
want 0 --help
grep -q 'the state of this terminal' "$T/out" || fail "--help is silent of it"

# By whom nobody logs in, or where account refuses, auth may go without a gate:
# no more is said of them here than by stack check.
o=$T/others.d
mkdir "$o"
sound_lines | tee "$o/login" >"$o/other"
printf 'auth sufficient pam_rootok.so\n' >"$o/runuser"
{ printf 'auth required pam_permit.so\n'; sound_lines | grep '^account'; } \
    >"$o/lightdm-autologin"
chmod 755 "$o"
chmod 644 "$o"/*
want 1 --dir "$o" --json
json '[.attention[].about] == ["backup"]'
json '[.services[] | select(.state == "broken")] == []'
printf 'auth required pam_no_such_module.so\n' >"$o/runuser"
want 1 --dir "$o" --json
json '[.services[] | select(.state == "broken") | .service] == ["runuser"]'

# No backup yet is the one thing that lacks.
state 1
json '[.attention[].about] == ["backup"] and .store.answers'
json '.clock == "good" and .tomorrow.cannot == 0 and .locked.count == 0'
json '.tomorrow.at | test("T08:30:00")'
want 1 --dir "$d"
[ "$(wc -l <"$T/out")" -le 24 ] || fail "more than 24 lines"
awk 'length > 80 { exit 1 }' "$T/out" || fail "wider than 80: $out"

# People: who cannot come, and why; who is meant to stay out is no alarm.
for u in nobody daemon bin sys; do
	want 0 enroll totp $u -y
done
want 0 user suspend nobody --until 5d --reason leave
want 0 user suspend sys --reason gone
want 0 person edit bin --to 3d
needs '[]'
json '.tomorrow.cannot == 2'
json '.tomorrow.reasons == [{"count":2,"first":.tomorrow.reasons[0].first,
    "reason":"suspended"}]'
json '[.ends.first[].user] == ["bin","nobody"]'
json '.store.accounts == 4'
# By tomorrow morning a day's leave is over.
want 0 user suspend daemon --until 60s --reason short
needs '[]'
json '.tomorrow.cannot == 2'
# Who has lost what he proved himself with needs somebody.
want 0 user resume daemon
id=$("$sekisho" --conf "$conf" authenticator list daemon --json | jq -r '.[0].id')
want 0 authenticator disable "$id" -y
needs '["people"]'
json '.tomorrow.reasons[] | select(.reason == "not-enrolled") | .first[0].user
    == "daemon"'
# Names the terminal has no account for are told of, and are no alarm.
echo 'user,method,secret
no-account,totp,GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' >"$T/u.csv"
chmod 600 "$T/u.csv"
want 0 import "$T/u.csv" -y
want 0 user suspend daemon --reason lost
needs '[]'
json '.tomorrow.reasons[] | select(.reason == "unknown") | .count == 1'

# A service whose lines open is named first.
printf 'auth sufficient pam_permit.so\n' | cat - "$d/login" >"$d/open"
chmod 644 "$d/open"
state 1
json '[.attention[] | select(.about == "services")][0].text | test("^open ")'
rm "$d/open"

# A row that was changed by other means.
if command -v python3 >/dev/null; then
	python3 - "$T/var/store.db" <<'PY' || fail "vandal"
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("update account set mac=zeroblob(32) where name='bin'")
c.commit()
PY
	state 1
	json '.store.tampered == 1'
	json '.tomorrow.reasons[] | select(.reason == "tampered") |
	    .first[0].user == "bin"'
fi

# All well, after a backup: yes.
rm -rf "$T/var" "$T/etc"
settings
want 0 init
if "$sekisho" --help | grep -q 'sekisho store backup'; then
	echo 'correct horse battery staple' >"$T/phrase"
	chmod 600 "$T/phrase"
	want 0 store backup "$T/backup" --passphrase-file "$T/phrase" -y
	state 0
	json '.ok and .attention == [] and .last.backup != null'
fi
finish
