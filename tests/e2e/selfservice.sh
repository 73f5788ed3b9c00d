#!/bin/bash
# selfservice.sh - what people do for themselves by sekisho-helper, in a booted
# terminal: enrol and disable, ask for an exception and decide another's; and
# an exception's whole life in the records
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/selfservice.sh
#
# alice asks; bob is the CISO; carol is nobody in particular; dan is privileged.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"
# shellcheck source=tests/e2e/person.sh
. "$here/person.sh"

term_boot || exit
term_user alice bob carol dan || exit 99
term_run groupadd ciso && term_run usermod -aG ciso bob || exit 99
term_sshd alice bob || exit 99
rigged_install || exit
rigged_settings <<'CONF'
[terminal]
allow_remote = yes
[message]
language = en
[lockout]
deny = 9
privileged_deny = 8
[privilege]
users = dan
[roles]
ciso = ciso
CONF
for u in alice bob carol dan; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
term_stack || exit 99

person_terminal

# same NAME ARGS...: alice is shown of herself what root is, but for the failures
# of an authenticator.
same()
{
	local name=$1 root untold

	untold='(.. | objects | select(has("method")) | .failures) |= null'
	shift
	mine alice "$@" --json
	root=$(term_run sekisho "$@" alice --json 2>&1)
	if [ -n "$root" ] && [ "$(jq -S . <<<"$json")" = "$(jq -S "$untold" <<<"$root")" ]
	then
		ok "$name"
	else
		not_ok "$name" "$json" "$root"
	fi
}
# id_by LABEL: alice's authenticator of this label; "" the first.
id_by()
{
	mine alice authenticator list --json
	jq -r --arg l "$1" \
	    'map(select((.label // "") == $l and .state == "active"))[0].id // ""' <<<"$json"
}

# --- her own authenticators
same "user show: to herself as to root" user show
same "authenticator list: to herself as to root" authenticator list
seq_now
code alice
person "enroll: a second authenticator, by proving the first" 0 \
    alice pw-alice "$code" @code -- enroll totp --label phone
shows "enroll: what came of it is told" 'Enrolled: alice, totp'
recorded "enroll: recorded, of alice" enrol '.target == "alice" and .subject == "alice"'
phone=$(id_by phone)
if [ -n "$phone" ]; then
	ok "enroll: it is hers now"
else
	not_ok "enroll: it is hers now" "$json"
fi
shows "enroll: she is told what the first questions are for" \
    'Please prove who you are'
term_user eve
person "enroll: not the first one" 1 eve -- enroll totp
shows "enroll: the first one is the administrator's, and that is told" \
    'no authenticator to prove yourself with yet'
code alice
person "enroll: a wrong password enrols nothing" 1 \
    alice wrong "$code" -- enroll totp --label other
person "enroll: one label, one authenticator" 1 \
    alice -- enroll totp --label phone
person "enroll: Ctrl-C at the password gives up, the echo is back" 1 \
    alice @break -- enroll totp --label other
shows "enroll: Ctrl-C says so" 'given up'
code alice
person "enroll: Ctrl-C at the new code enrols nothing" 1 \
    alice pw-alice "$code" @break -- enroll totp --label other
if [ -z "$(id_by other)" ]; then
	ok "enroll: nothing came of any of these"
else
	not_ok "enroll: nothing came of any of these" "$json"
fi
person "authenticator: not another's" 1 \
    alice -- authenticator disable "$(term_run sekisho authenticator list bob --json | jq -r '.[0].id')"
person "user show: not another's" 1 alice -- user show bob
shows "user show: another's says whose it may be" 'your own account only'
seq_now
code alice
person "authenticator disable: her own, by a proof" 0 \
    alice pw-alice "$code" -- authenticator disable "$phone"
recorded "authenticator disable: recorded" disable '.subject == "alice" and .target == "alice"'
recorded "authenticator disable: proved by two kinds" admit '.service == "sekisho-helper" and .subject == "alice" and (.kinds | length) == 2'
person "authenticator disable: not the last, without a word of it" 1 \
    alice -- authenticator disable "$(id_by '')"
shows "authenticator disable: the last is said to be" 'even-last'

code alice
person "enroll --json: by a proof, too" 0 \
    alice pw-alice "$code" @code -- enroll totp --label stick --json
shows "enroll --json: the key is shown on the terminal" 'Key of the token'
json=$(term_run cat /tmp/out-alice)
holds "enroll --json: what came of it, and nothing else" \
    '(keys == ["id","method","uri","user"]) and .user == "alice" and .method == "totp" and (.uri | startswith("otpauth://totp/"))'
code alice
person "authenticator remove: her own, by a proof" 0 alice pw-alice "$code" -- \
    authenticator remove "$(jq -r .id <<<"$json")"

# --- an exception: asked
seq_now
code alice
person "request: by a proof" 0 alice pw-alice "$code" -- request exception \
    --key lockout.deny --value 0 --users alice \
    --reason 'the reader of the counter counts twice' --until 30d
id=$(sed -nE 's/.*Asked: ([0-9a-f]+)\..*/\1/p' <<<"$seen")
recorded "request: recorded, with two kinds" approval-asked '.subject == "alice" and (.kinds | length) == 2'
mine alice approvals --json
holds "approvals: who asked sees it" "map(.id) == [\"$id\"] and .[0].state == \"asked\""
holds "approvals: how it was proved" '.[0].proven and (.[0].evidence.asked | length) >= 1'
mine carol approvals --json
holds "approvals: who has no part in it does not" 'length == 0'
person "approvals show: nor learns that there is one" 1 \
    carol -- approvals show "$id"
person "approvals show: what can be no id" 1 carol -- approvals show ID
shows "approvals show: is told so" 'no such request'
person "approve: nor decides it" 1 carol -- approve "$id"
person "approve: nobody gives what he asked for" 1 alice -- approve "$id"
shows "approve: and is told what to do" 'two persons'
person "request: a value that is not below the floor" 1 alice -- \
    request exception --key lockout.deny --value 3 --reason r --until 1d
shows "request: is told so before any proof" 'not below the floor'
person "request: without an end" 100 alice -- \
    request exception --key lockout.deny --value 0 --reason r

# --- given, on the CISO's own login
mine bob approvals --json
holds "approvals: the CISO sees it" "map(.id) == [\"$id\"]"
seq_now
code bob
one=$code
code bob
seen=$(TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive bob \
    pw-bob "$one" pw-bob "$code" -- /usr/sbin/sekisho approve "$id" \
    --note 'until_the_reader_is_mended' 2>&1)
shows "approve: on his own login, by his own two kinds" "Given: $id"
shows "approve: he was shown what he signs" 'the reader of the counter counts twice'
recorded "approve: recorded, with his authenticators" approval-given \
    '.subject == "bob" and (.kinds | length) == 2 and (.authenticator | length) > 0'
json=$(term_run sekisho approvals show "$id" --json)
holds "in force: both halves proved" '.state == "in-force" and .in_force and .proven and .decided_by == "bob" and (.evidence.decided | length) >= 1'
person "approve: once" 1 bob -- approve "$id"
mine carol policy check
json=$(printf '[lockout]\ndeny = 0\nprivileged_deny = 8\n' |
    term_put /etc/sekisho/sekisho.conf.d/50-reader.conf && term_run sekisho policy check 2>&1)
if term_run sekisho policy check >/dev/null 2>&1; then
	ok "policy: the value below its floor loads under it"
else
	not_ok "policy: the value below its floor loads under it" "$json"
fi

# --- reviewed, and ended
seq_now
code bob
person "review: it goes on, by a proof" 0 bob pw-bob "$code" -- \
    exception review "$id" --note 'still the same reader' --next 20d
recorded "review: recorded" approval-reviewed '.subject == "bob"'
code bob
person "revoke: before its end" 0 bob pw-bob "$code" -- \
    revoke "$id" --note 'the reader is mended'
json=$(term_run sekisho approvals show "$id" --json)
holds "revoked: told by whom and why" '.state == "revoked" and .ended_by == "bob" and .closing_note == "the reader is mended" and (.in_force | not)'
term_run rm /etc/sekisho/sekisho.conf.d/50-reader.conf

# --- a witness on the spot
seq_now
code alice
one=$code
code bob
person "witness: gives it at her prompt" 0 \
    alice pw-alice "$one" pw-bob "$code" -- request exception \
    --key lockout.deny --value 0 --users alice --reason 'a reader again' \
    --until 2d --witness bob
recorded "witness: recorded, with both" witness '.person == "bob" or .subject == "bob"'
recorded "witness: given by him" approval-given '.subject == "bob"'
code alice
one=$code
code carol
person "witness: without the role" 1 \
    alice pw-alice "$one" pw-carol "$code" -- request exception \
    --key lockout.deny --value 0 --users alice --reason 'and again' \
    --until 2d --witness carol

code alice
person "witness: who goes away leaves it asked for" 1 \
    alice pw-alice "$code" @break -- request exception \
    --key lockout.deny --value 0 --users alice --reason 'and once more' \
    --until 2d --witness bob
shows "witness: and that is told" 'waits for'
mine alice approvals --json
holds "witness: it waits, indeed" 'map(select(.reason == "and once more"))[0].state == "asked"'

# --- unavoidable
code alice
person "unavoidable: only privileged persons" 1 alice -- request exception \
    --key lockout.deny --value 0 --reason 'nobody is here' --until 3h \
    --unavoidable
shows "unavoidable: says so" 'privileged'
person "unavoidable: four hours at most" 1 dan -- request exception \
    --key lockout.deny --value 0 --reason 'nobody is here' --until 5h \
    --unavoidable
seq_now
code dan
person "unavoidable: in force at once" 0 dan pw-dan "$code" -- \
    request exception --key lockout.deny --value 0 --users carol \
    --reason 'nobody is here, and the counter opens' --until 3h \
    --unavoidable
loud=$(sed -nE 's/.*exception review ([0-9a-f]+).*/\1/p' <<<"$seen")
json=$(term_run sekisho approvals show "$loud" --json)
holds "unavoidable: overdue until it is looked at" '.in_force and .unavoidable and .overdue == ["unavoidable"] and .decided_by == "dan" or .overdue == ["unavoidable"]'
code dan
person "unavoidable: none more before that" 1 dan pw-dan "$code" -- \
    request exception --key lockout.deny --value 0 --reason 'once more' \
    --until 3h --unavoidable
code dan
person "unavoidable: not reviewed by himself" 1 dan -- \
    exception review "$loud" --note 'I was right'
code bob
person "unavoidable: reviewed by another" 0 bob pw-bob "$code" -- \
    exception review "$loud" --note 'there was nobody, indeed'
json=$(term_run sekisho approvals show "$loud" --json)
holds "unavoidable: reviewed" '.reviewed_by == "bob" and .overdue == []'

# --- root without -y: the login uid's person proves
uid=$(term_run id -u alice)
code alice
person "root: the login uid's account proves" 0 root pw-alice "$code" -- \
    "$uid" request exception --key lockout.deny --value 0 --users alice \
    --reason 'by sudo' --until 1d
json=$(term_run sekisho approvals --json)
holds "root: it is hers, and proved" 'map(select(.reason == "by sudo"))[0] | .asked_by == "alice" and .proven'
person "root: a login uid of nobody's" 1 root -- 4294967295 request exception \
    --key lockout.deny --value 0 --reason r --until 1d

# --- given at a root prompt by a login uid alone, then proved
id2=$(term_run sekisho approvals --json |
    jq -r 'map(select(.reason == "by sudo"))[0].id')
seen=$(term_run sh -c 'u=$(id -u bob); echo "$u" >/proc/self/loginuid && exec sekisho approve "$1" -y' sh "$id2" 2>&1)
json=$(term_run sekisho approvals show "$id2" --json)
holds "unproven: given, and opens nothing" '.decided_by == "bob" and (.in_force | not) and (.proven | not) and .overdue == ["unproven"]'
code bob
person "unproven: confirmed by a proof" 0 bob pw-bob "$code" -- approve "$id2"
shows "unproven: is told to be confirmed" "Confirmed: $id2"
json=$(term_run sekisho approvals show "$id2" --json)
holds "unproven: in force from then on" '.in_force and .proven and .overdue == []'

# --- on paper
person "notice: by who gave it" 0 bob -- exception notice "$id"
shows "notice: to which offices" 'Chief information security officer \(CISO\)'
seen=$(term_run sekisho exception notice "$id")
shows "notice: to whom, by root" 'Chief information security officer \(CISO\): bob'
shows "notice: what" 'lockout.deny = 0'
shows "notice: by whom" 'bob, .*proved by two kinds'
json=$(term_run sekisho exception ledger)
for one in "$id" "$loud"; do
	if grep -q "$one" <<<"$json"; then
		ok "ledger: $one"
	else
		not_ok "ledger: $one" "$json"
	fi
done
if [ "$(wc -L <<<"$json")" -le 80 ]; then
	ok "ledger: fits a page"
else
	not_ok "ledger: fits a page" "$json"
fi
# "This was not me": no proof, one's own account alone, and whom to call.
mine carol session list --json
holds "sessions: an ordinary user is told of his" 'type == "array"'
mine carol not-me alice -y
if grep -q 'for your own' <<<"$json"; then
	ok "not-me: for nobody else"
else
	not_ok "not-me: for nobody else" "$json"
fi
mine carol not-me -y --json --note 'a login at night'
holds "not-me: suspended" '.user == "carol" and .suspended == true'
json=$(term_run sekisho user show carol --json)
holds "not-me: root sees it" '.state == "suspended"'
json=$(term_run sekisho user show alice --json)
holds "not-me: nobody else" '.state == "active"'
json=$(term_run sekisho audit show --json | jq -s 'map(select(.event == "not-me"))')
holds "not-me: recorded, with what she said" 'length == 1 and .[0].subject == "carol" and (.[0].detail | test("at night"))'
if term_run sekisho audit verify >/dev/null 2>&1; then
	ok "the chain holds"
else
	not_ok "the chain holds" "$(term_run sekisho audit verify 2>&1)"
fi
exit $bad
