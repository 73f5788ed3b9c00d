#!/bin/bash
# grant.sh - the use of privileged IDs and deputies at a root prompt with -y:
# asked, given, refused, ended, closed; the notice, the record of work and the
# sheet of who may use them; who may not, and why, is said
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
for u in bin games daemon man sys nobody; do
	id $u >/dev/null 2>&1 || { echo "skip: no user $u"; exit 77; }
done
need_logins
acts=$SEK_BUILDDIR/tests/tools/store_acts
[ -x "$acts" ] || { echo "no $acts"; exit 99; }
prints() { grep -qF -- "$*" "$T/out" || fail "no '$*' in: $out"; }
lacks() { grep -qF -- "$*" "$T/out" && fail "'$*' is in: $out"; }
# narrow: no line is wider than a sheet of paper.
narrow()
{
	LC_ALL=C.UTF-8 awk 'length > 79 { exit 1 }' "$T/out" ||
	    fail "wider than paper: $out"
}
# ask WHO RC OPTION...: what is in order but for the options; $id
ask()
{
	local who=$1 rc=$2

	shift 2
	as "$who" "$rc" grant request --purpose 'monthly upkeep' \
	    --work 'swap a disk' --until 8h -y --json "$@"
	id=$(jq -r .id "$T/out" 2>/dev/null)
}
act() { "$acts" "$conf" "$@" 2>"$T/acts" || fail "$*: $(cat "$T/acts")"; }

settings '[roles]
ciso = games man
approver = games sys
[privilege]
users = daemon sys
max_session = 2h
[message]
contact = 情報政策課 内線1234'
want 0 init --break-glass none
for u in bin games daemon man sys; do
	want 0 enroll hotp $u -y
done
want 0 person edit man --contractor yes

# --- the command line: what lacks or does not go together is named
for o in --purpose --work --until; do
	opts=(--purpose upkeep --work 'swap a disk' --until 1h)
	for i in 0 2 4; do
		[ "${opts[$i]}" = $o ] && unset "opts[$i]" "opts[$((i + 1))]"
	done
	as bin 100 grant request "${opts[@]}" -y
	says "$o"
done
ask bin 100 --for soon
says '--for'
ask bin 1 --for 3h
says 'privilege.max_session'
ask bin 100 --uses 0
says '--uses'
ask bin 100 --reason why
says '--reason'
ask bin 100 --deputy
says '--deputy'
ask bin 100 --witness games
says '--witness'
ask bin 1 --user no-such-user
says 'no-such-user'
ask bin 1 --target no-such-user
says 'no-such-user'
as bin 1 grant request --purpose p --work w --until 32d -y
says '31 days'
as bin 1 grant request --purpose p --work w --until 2020-01-01 -y
says '31 days'
as bin 1 grant request --purpose p --work w --until 5h --emergency -y
says '4 hours'
as bin 100 grant request --deputy --until 3d -y
says '--reason'
as - 1 grant request --purpose p --work w --until 1h -y
says 'nobody in particular'
ask bin 1 --target nobody
says 'privileged ID'
as bin 1 grant request --purpose p --work w --emergency -y
[ "$(records '.event == "approval-asked"')" = 0 ] || fail "something was asked"
want 0 grant list --all --json
json 'length == 0'

# --- asked, by either name of the verb, and told
ask bin 0 --for 30m --uses 2
json '.kind == "grant" and .state == "asked" and .asked_by == "bin"'
json '.users == ["bin"] and .user == "bin" and .target == "root"'
json '.purpose == "monthly upkeep" and .work == "swap a disk"'
json '.session_seconds == 1800 and .uses_max == 2 and .review_at == null'
json '.value == "1800" and .clause == "monthly upkeep" and .result == null'
says 'without a proof'
first=$id
as bin 0 request grant --purpose p --work w --until 1h -y --json
json '.session_seconds == 7200 and .uses_max == null'
as bin 0 revoke "$(jq -r .id "$T/out")" --note 'a slip' -y
want 0 grant show "$first"
for text in 'Privileged ID: root' 'Purpose: monthly upkeep' \
    'Work: swap a disk' 'Who works: bin' 'Session at most: 30m' \
    'Sessions at most: 2'; do
	prints "$text"
done
lacks 'Terminals'
want 0 grant list
prints 'root (monthly upkeep)'
want 0 exception list --json
json 'length == 0'
want 1 --json
json '.approvals != null'

# --- who decides
as bin 1 grant approve "$first" -y
says 'two persons'
as nobody 1 grant approve "$first" -y
as man 1 grant approve "$first" -y
as games 100 grant refuse "$first" -y
says '--note'
as games 0 grant approve "$first" -y --json
json '.decided_by == "games" and .overdue == ["unproven"]'
json '.in_force == false'
says 'opens nothing'
says "sekisho grant approve $first"
want 1 --json
json '[.attention[] | select(.about == "approvals")][0].remedy ==
    "sekisho grant approve '"$first"'"'
as bin 0 grant revoke "$first" --note 'not needed after all' -y --json
json '.state == "revoked" and .closing_note == "not needed after all"'
json '.result == null'
ask bin 0
as games 0 grant refuse "$id" --note 'not today' -y
prints "Refused: $id"

# --- a deputy: named by one, given by the CISO
as bin 0 grant request --deputy --user bin --reason 'daemon is away' \
    --until 20d -y --json
json '.kind == "deputy" and .target == "*" and .users == ["bin"]'
json '.reason == "daemon is away" and (has("purpose") | not)'
deputy=$(jq -r .id "$T/out")
as sys 1 grant approve "$deputy" -y
says 'roles.ciso'
as bin 0 grant revoke "$deputy" --note 'by another' -y
as sys 1 grant request --deputy --user man --reason 'a contractor' \
    --until 20d -y
says 'contractor'
deputy=$(act deputy sys games bin root)
want 0 grant show "$deputy"
prints 'Deputy for: root'

# --- by persons who proved themselves: it is used, and closed with a result
grant=$(act grant bin games bin root 1800)
want 0 grant show "$grant" --json
json '.in_force and .proven and .overdue == [] and .uses == 0'
as bin 1 grant close "$grant" --result 'nothing was done' -y
[ "$(act begin bin root pts/7)" = "none $grant" ] || fail "not under it"
act end bin root pts/7
[ "$(act begin bin root pts/8)" = "none $grant" ] || fail "not again"
want 0 grant show "$grant" --json
json '.uses == 2 and .in_force'
as nobody 1 grant close "$grant" --result mine -y
as bin 100 grant close "$grant" -y
says '--result'
as bin 0 grant close "$grant" --result 'disk 3 is new' -y --json
json '.result == "disk 3 is new" and .ended_by == "bin"'
json '.in_force == false and .overdue == []'
as bin 1 grant close "$grant" --result again -y
want 0 grant show "$grant"
prints 'Result of the work: disk 3 is new'

# --- an emergency is looked into by another
loud=$(act grant daemon - daemon root 900)
want 0 grant show "$loud" --json
json '.unavoidable and .in_force and .overdue == ["unavoidable"]'
want 1 --json
json '[.attention[] | select(.about == "approvals") | .remedy] |
    index("sekisho grant review '"$loud"' --note TEXT") != null'
as games 1 grant review "$loud" --note 'there was nobody' -y
says 'proof'
want 0 grant notice "$loud"
prints 'emergency use'

# --- on paper
want 0 grant notice "$deputy"
for text in 'Notice of a deputy' 'Chief information security officer (CISO): the members of' \
    'Deputy for            root' 'proved by two kinds' '+---'; do
	prints "$text"
done
narrow
want 0 grant notice "$grant"
prints 'Notice of the use of a privileged ID'
prints 'swap a disk'
want 1 grant notice 0123456789abcdef
as bin 0 request exception --key lockout.deny --value 0 --reason r \
    --until 30d -y --json
want 1 grant notice "$(jq -r .id "$T/out")"

want 0 grant ledger --json
json '[.grants[].id] | index("'"$grant"'") != null and
    index("'"$deputy"'") == null'
json '.grants[] | select(.id == "'"$grant"'") | .sessions | length == 2 and
    .[0].how == "time-over" and .[0].ended != null and .[0].tty == "pts/7" and
    .[1].ended == null and .[0].user == "bin" and .[0].target == "root"'
json '.refused == 0 and .without_grant == []'
[ "$(records '.event == "record-read" and .detail == "grant ledger"')" = 1 ] ||
    fail "who read the records is no record"
want 0 grant ledger
for text in 'Record of work with privileged IDs' 'upkeep' 'swap a disk' \
    'Given by' 'disk 3 is new' 'root (sudo-i, pts/7) time-over'; do
	prints "$text"
done
narrow
want 0 grant ledger --from 2020-01-01 --until 2020-12-31 --json
json '.grants == [] and .without_grant == []'
want 100 grant ledger --from 2027-01-01 --until 2026-01-01
want 100 grant ledger --from soon

# --- who may use privileged IDs
want 0 grant holders --json
json 'map(.user) | index("root") == 0'
json 'map(select(.user == "root"))[0] | .because == ["uid-0"] and .uid == 0'
json 'map(select(.user == "daemon"))[0] | .because |
    index("users") != null and index("grant:'"$loud"'") != null'
json 'map(select(.user == "bin"))[0] | .because == ["deputy:'"$deputy"'"] and
    .sessions == 2 and .last_privileged != null and .grants == 0'
json 'map(.user) | index("games") == null'
want 0 grant holders
for text in 'Review of who may use privileged IDs' \
    'named by the policy (privilege.users)' "deputy ($deputy)" \
    'Last privileged use' '[ ] needed' '+---'; do
	prints "$text"
done
narrow
finish
