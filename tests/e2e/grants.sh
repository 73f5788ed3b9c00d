#!/bin/bash
# grants.sh - the use of privileged IDs, asked for and decided by sekisho-helper
# in a booted terminal: grants, deputies, emergencies, contractors, a witness;
# a session under a grant, and its end when the grant is revoked or closed
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/grants.sh
#
# dan and alice are privileged; bob approves, and is the CISO; carol is nobody
# in particular, then a deputy; eve is a contractor.
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
term_user alice bob carol dan eve || exit 99
term_run groupadd ciso && term_run usermod -aG ciso bob || exit 99
term_sshd carol bob || exit 99
rigged_install || exit
rigged_settings <<'CONF'
[terminal]
allow_remote = yes
[message]
language = en
[lockout]
deny = 9
privileged_deny = 8
delay = 0
[privilege]
users = dan alice
require_grant = yes
max_session = 2h
[roles]
ciso = ciso
approver = ciso
CONF
for u in alice bob carol dan eve; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
term_run sekisho person edit eve --contractor yes -y >/dev/null || exit 99
term_put /etc/sudoers.d/rig 440 <<'SUDO'
carol ALL=(ALL) NOPASSWD: ALL
SUDO
term_stack || exit 99
person_terminal
# asked: the id of what was asked for a moment ago
asked()	{ sed -nE 's/.*Asked: ([0-9a-f]+)\..*/\1/p' <<<"$seen"; }
up=(--purpose upkeep --work 'swap a disk')

# --- asked by a proof, seen by who it concerns, given by another
seq_now
code dan
person "request: by a proof" 0 dan pw-dan "$code" -- \
    grant request "${up[@]}" --for 30m --until 8h
id=$(asked)
recorded "request: recorded, with two kinds" approval-asked '.subject == "dan" and (.kinds | length) == 2'
mine dan grant list --json
holds "list: who asked sees it" "map(.id) == [\"$id\"] and .[0].state == \"asked\" and .[0].users == [\"dan\"]"
mine carol grant list --json
holds "list: who has no part in it does not" 'length == 0'
person "show: nor learns that there is one" 1 carol -- grant show "$id"
person "approve: nobody gives what he asked for" 1 dan -- grant approve "$id"
person "approve: nor who holds no role" 1 carol -- grant approve "$id"
code bob
person "approve: by his own two kinds" 0 bob pw-bob "$code" -- \
    grant approve "$id"
shows "approve: he was shown what he signs" 'Work: swap a disk'
shows "approve: and what to print" "sekisho grant notice $id"
mine dan grant show "$id" --json
holds "in force: proved by both" '.in_force and .proven and .decided_by == "bob" and .session_seconds == 1800 and .target == "root"'
person "close: not before it was used" 1 dan -- \
    grant close "$id" --result 'nothing yet'
seen=$(term_run sekisho grant notice "$id")
shows "notice: to the offices" 'Chief information security officer \(CISO\): bob'
person "request: for no privileged account" 1 dan -- grant request \
    "${up[@]}" --until 1h --target carol
shows "request: is told so" 'privileged ID'

# --- deputies: named by one, given by the CISO; no contractor
code dan
person "deputy: asked" 0 dan pw-dan "$code" -- grant request --deputy \
    --user carol --reason 'alice is ill' --until 20d
deputy=$(asked)
person "deputy: not given by whom it is about" 1 carol -- \
    grant approve "$deputy"
code bob
person "deputy: given by the CISO" 0 bob pw-bob "$code" -- \
    grant approve "$deputy"
mine carol grant list --json
holds "deputy: she sees that she is one" ".[0].id == \"$deputy\" and .[0].kind == \"deputy\" and .[0].in_force"
code dan
person "contractor: is no deputy" 1 dan pw-dan "$code" -- grant request \
    --deputy --user eve --reason 'alice is ill' --until 20d
shows "contractor: and why is told" 'contractor'
code eve
person "contractor: asks for nobody else" 1 eve pw-eve "$code" -- \
    grant request "${up[@]}" --user carol --until 1h
code eve
person "contractor: asks for himself" 0 eve pw-eve "$code" -- \
    grant request "${up[@]}" --until 1h
his=$(asked)
code eve
person "withdrawn: by who asked" 0 eve pw-eve "$code" -- \
    grant revoke "$his" --note 'the work is put off'

# --- a witness on the spot
code alice
one=$code
code bob
person "witness: gives it at her prompt" 0 \
    alice pw-alice "$one" pw-bob "$code" -- grant request "${up[@]}" \
    --until 2h --witness bob
shows "witness: given at once" 'Given: [0-9a-f]+'

# --- an emergency: in force at once, looked into by another
person "emergency: nobody else's" 1 dan -- grant request "${up[@]}" \
    --emergency --user alice
seq_now
code dan
person "emergency: in force at once" 0 dan pw-dan "$code" -- \
    grant request "${up[@]}" --for 20m --emergency
loud=$(sed -nE 's/.*grant review ([0-9a-f]+).*/\1/p' <<<"$seen")
json=$(term_run sekisho grant show "$loud" --json)
holds "emergency: overdue until it is looked at" '.in_force and .unavoidable and .overdue == ["unavoidable"] and .review_at != null'
code dan
person "emergency: none more before that" 1 dan pw-dan "$code" -- \
    grant request "${up[@]}" --emergency
person "emergency: not reviewed by himself" 1 dan -- \
    grant review "$loud" --note 'I was right'
code bob
person "emergency: reviewed by another" 0 bob pw-bob "$code" -- \
    grant review "$loud" --note 'the disk had failed, indeed'
json=$(term_run sekisho grant show "$loud" --json)
holds "emergency: reviewed" '.reviewed_by == "bob" and .overdue == []'
code bob
person "emergency: ended before its time" 0 bob pw-bob "$code" -- \
    grant revoke "$loud" --note 'the disk is in'

# --- a session under it ends with it; the staff session round it stays
# until_record NAME EVENT JQ: waits for that record
until_record()
{
	local i

	for ((i = 0; i < 600; i++)); do
		[ -n "$(record "$2" "$3")" ] && { ok "$1"; return; }
		sleep 0.2
	done
	recorded "$1" "$2" "$3"
}
# works: carol, a deputy, works as root until that ends, then tells that her
# staff session is there still
works()
{
	code carol
	term_ssh keyboard-interactive carol pw-carol "$code" -- \
	    "sudo -n sleep 1000; echo STILL-\$((40+2))" \
	    >"$TERM_DIR/carol" 2>&1 &
	work=$!
}
# stays NAME: the staff session went on behind the end
stays()
{
	local i

	for ((i = 0; i < 600; i++)); do
		kill -0 $work 2>/dev/null || break
		sleep 0.2
	done
	kill $work 2>/dev/null
	wait $work 2>/dev/null
	seen=$(cat "$TERM_DIR/carol")
	shows "$1" 'STILL-42'
}
# asks_for_herself NAME: a grant, given at her prompt; $id
asks_for_herself()
{
	code carol
	one=$code
	code bob
	person "$1" 0 carol pw-carol "$one" pw-bob "$code" -- \
	    grant request "${up[@]}" --until 2h --witness bob
	id=$(sed -nE 's/.*Given: ([0-9a-f]+).*/\1/p' <<<"$seen")
}
asks_for_herself "deputy: asks for a grant of her own"
seq_now
works
until_record "session: begins under the grant" privilege \
    ".ref == \"$id\" and .result == \"ok\" and .subject == \"carol\" and .target == \"root\""
code bob
person "revoke: of a grant in use" 0 bob pw-bob "$code" -- \
    grant revoke "$id" --note 'stop at once'
shows "revoke: its sessions end is told" 'sessions that it opened end now'
until_record "session: ended by that" session-ended '.target == "root"'
stays "session: the staff session round it stays"
person "close: not what was revoked" 1 carol -- \
    grant close "$id" --result 'all is done'

# --- another: closed by who worked, who is asked for the result
asks_for_herself "request: a second one"
second=$id
seq_now
works
until_record "session: begins under the second" privilege \
    ".ref == \"$second\" and .result == \"ok\""
code carol
person "close: the result of the work is asked for" 0 \
    carol 'disk 3 is new' pw-carol "$code" -- grant close "$second"
until_record "session: ended by that, too" session-ended '.target == "root"'
stays "session: and the staff session stays"
json=$(term_run sekisho grant ledger --json)
holds "ledger: what was done, by whom, under whose yes, with what result" ".grants[] | select(.id == \"$second\") | .result == \"disk 3 is new\" and .decided_by == \"bob\" and (.sessions | length) == 1 and .sessions[0].user == \"carol\" and .sessions[0].ended != null"
json=$(term_run sekisho grant holders --json)
holds "holders: a deputy among them" "map(select(.user == \"carol\"))[0].because == [\"deputy:$deputy\"]"
holds "holders: the last use" 'map(select(.user == "carol"))[0] | .last_privileged != null and .sessions == 2'
if term_run sekisho audit verify >/dev/null 2>&1; then
	ok "the chain holds"
else
	not_ok "the chain holds" "$(term_run sekisho audit verify 2>&1)"
fi
exit $bad
