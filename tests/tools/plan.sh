#!/bin/bash
# plan.sh - April by the tool: joiners, leavers and movers, all or none, now
# or at a later hour
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"

settings
want 0 init
K=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
printf 'user,method,secret,label,person\ngames,totp,%s,blue,1001\nman,totp,%s,red,1002\n' \
    $K $K >"$T/tokens.csv"
want 0 import "$T/tokens.csv"
want 0 person edit 1001 --name '関所 花子' --section 税務課
want 0 person edit 1002 --name '出納 次郎' --section 会計課
# file LINES...: the plan, behind its header.
file()
{
	printf '%s\n' action,account,person,name,section,from,to,contractor \
	    "$@" >"$T/plan.csv"
}
# person ID FILTER
person()
{
	run person list --json
	jq -e ".[] | select(.id == \"$1\") | $2" "$T/out" >/dev/null || {
		fail "person $1: not $2"
		sed 's/^/    /' "$T/out"
	}
}
state()
{
	run user show "$1" --json
	jq -r .state "$T/out"
}
# seq_of: how many records there are of what a plan does.
seq_of()
{
	records '.event | IN("plan", "retire", "person-changed", "remove")'
}

# --- the command line
file 'move,games,,,総務課,,,'
want 100 roster plan "$T/plan.csv" --at 2030-01-01
says 'one at a time'
want 100 roster plan --apply
want 100 roster plan "$T/plan.csv" --cancel 00000000
want 100 roster plan "$T/plan.csv" --apply
says 'nobody to answer'
want 100 roster plan "$T/plan.csv" --apply --at 2020-01-01 -y
says 'a time to come'
want 111 roster plan "$T/none.csv"
want 0 roster plan --json
json '. == []'

# --- what is wrong is named by its line, and nothing is done
was=$(seq_of)
for bad in 'fire,games,,,,,,' 'join,,1003,,,,,' 'leave,,,,,,,' \
    'move,a/b,,,,,,' 'move,games,,,,yesterday,,' \
    'move,games,,,,2026-04-01,2026-03-31,' 'move,games,,,,,,perhaps' \
    'move,games' 'join,sekisho-new,,,,,,'; do
	file 'move,man,,,総務課,,,' "$bad"
	want 1 roster plan "$T/plan.csv"
	says 'line 3:'
	says 'nothing was done'
	want 1 roster plan "$T/plan.csv" --apply -y
done
file 'move,man,,,総務課,,,' 'leave,man,,,,,,'
want 1 roster plan "$T/plan.csv"
says 'line 3:'
printf 'action,person,hobby\nmove,1001,go\n' >"$T/plan.csv"
want 1 roster plan "$T/plan.csv"
says 'line 1:'
: >"$T/plan.csv"
want 1 roster plan "$T/plan.csv"
# What only the store knows: 300 lines, a mistake in line 200.
{
	echo action,person,account,section
	for i in $(seq 2 300); do
		case $i in
		200)	echo "leave,9999,," ;;
		50)	echo "leave,1001,," ;;
		60)	echo "move,1002,,福祉課" ;;
		*)	echo "join,s$i,daemon$i,福祉課" ;;
		esac
	done
} >"$T/big.csv"
# Accounts nobody has here: of joiners they have to be there.
want 1 roster plan "$T/big.csv"
says 'line 2:'
sed -n '1p;50p;60p;200p' "$T/big.csv" >"$T/plan.csv"
want 1 roster plan "$T/plan.csv" --apply -y
says 'line 4: nobody is known here as 9999'
[ "$(seq_of)" = "$was" ] || fail "a plan that was refused left records"
[ "$(state games)" = active ] || fail "a refused plan retired somebody"
person 1002 '.section == "会計課"'

# --- a dry run tells all and does nothing
file 'leave,games,1001,,,,,' 'move,man,1002,,福祉課,,2031-03-31,yes' \
    'join,bin,1003,新人 太郎,税務課,2026-04-01,,' 'move,man2,1004,,,,,'
sed -i '$d' "$T/plan.csv"
want 0 roster plan "$T/plan.csv" --json
json '.applied == false and .counts.join == 1 and .counts.leave == 1 and
    .counts.move == 1 and .counts.nothing == 0 and .counts.authenticators == 1'
json '.rows[0] | .line == 2 and .action == "leave" and .accounts == ["games"] and
    (.authenticators | length) == 1 and .state == "retired"'
json '.rows[1] | .section == "福祉課" and .contractor == true and
    (.to | startswith("2031-04-01T05:00"))'
json '.rows[2] | .new and .person == "1003" and .name == "新人 太郎"'
want 0 roster plan "$T/plan.csv"
grep -q '1 join, 1 leave, 1 move' "$T/out" || fail "no counts: $out"
[ "$(seq_of)" = "$was" ] || fail "a dry run left records"
[ "$(state games)" = active ] || fail "a dry run did it"

# --- done: the receipt, the records, and once more it is so already
want 1 user show bin
want 0 roster plan "$T/plan.csv" --apply -y
for w in '1 join, 1 leave, 1 move' 'blue' 'To collect' 'Done by' 1001; do
	grep -qF -- "$w" "$T/out" || fail "not on the receipt: $w"
done
[ "$(state games)" = retired ] || fail "the leaver is not retired"
[ "$(state bin)" = active ] || fail "the joiner is not here"
person 1001 '.state == "retired"'
person 1002 '.section == "福祉課" and .contractor'
person 1003 '.name == "新人 太郎" and .section == "税務課" and .from != null'
[ "$(records '.event == "plan"')" = 1 ] || fail "no record of the plan"
[ "$(records '.event == "retire" and .target == "games"')" = 1 ] ||
    fail "no record of the leaver"
want 0 roster plan "$T/plan.csv" --json
json '.counts | .join == 0 and .leave == 0 and .move == 0 and .nothing == 3'

# --- a last day to come: the term ends, and the rest is kept for that day
file 'leave,man,1002,,,,2030-03-31,'
want 0 roster plan "$T/plan.csv" --apply -y --json
json '.applied and .counts.leave == 1 and .rows[0].state == "active"'
[ "$(state man)" = active ] || fail "gone before the last day"
person 1002 '.to | startswith("2030-04-01T05:00")'
want 0 roster plan --json
json 'length == 1 and (.[0].at | startswith("2030-04-01T05:00")) and .[0].rows == 1'
late=$(jq -r '.[0].id' "$T/out")
want 1 roster plan --cancel 0123
want 1 roster plan --cancel ../../x
want 0 roster plan --cancel "$late"
want 0 roster plan --json
json '. == []'

# --- at a later hour: kept for root alone, done when due and not before
file 'move,man,1002,,総務課,,none,no' 'leave,bin,1003,,,,,'
want 0 roster plan "$T/plan.csv" --apply --at 2d -y --json
id=$(jq -r .id "$T/out")
[ "$(stat -c %a "$T/var/plans")" = 700 ] || fail "others look into the plans"
[ "$(stat -c %a "$T/var/plans/$id.csv")" = 600 ] || fail "others read the plan"
rm "$T/plan.csv"
want 0 roster plan --due
[ "$(state bin)" = active ] || fail "done before its time"
want 0 roster plan
grep -q "$id" "$T/out" || fail "not listed: $out"
run --json
json ".plans[0].id == \"$id\" and (.plans | length) == 1"
run
grep -q 'Plans kept: 1' "$T/out" || fail "not in the state: $out"
later 3
want 0 roster plan --due
[ "$(state bin)" = retired ] || fail "not done when it was due"
person 1002 '.section == "総務課" and .to == null and (.contractor | not)'
[ "$(records ".event == \"plan\" and (.detail | test(\"2 so already\") | not)")" \
    -ge 2 ] || fail "no record of the kept plan"
want 0 roster plan --json
json '. == []'

# One that cannot be done any more is told, and not tried again and again.
environment=
file 'join,lp,1009,,,,,'
want 0 roster plan "$T/plan.csv" --apply -y
file 'move,lp,1009,,総務課,,,'
want 0 roster plan "$T/plan.csv" --apply --at 1d -y --json
id=$(jq -r .id "$T/out")
want 0 user retire lp --reason gone -y
later 2
want 1 roster plan --due
want 0 roster plan --json
json 'length == 1 and (.[0].failed | test("line 2"))'
run --json
json '[.attention[] | select(.about == "plans")] | length == 1'
was=$(seq_of)
want 0 roster plan --due
[ "$(seq_of)" = "$was" ] || fail "a plan that failed is tried again"
[ "$(state man)" = active ] || fail "another plan was done"
# Nor is one that is not as it was kept: another text, or somebody's else.
environment=
file 'move,man,1002,,別の課,,,'
for change in 'leave,man,1002,,,,,' mode link; do
	want 0 roster plan "$T/plan.csv" --apply --at 1d -y --json
	other=$(jq -r .id "$T/out")
	kept=$T/var/plans/$other.csv
	case $change in
	mode)	chmod 644 "$kept" ;;
	link)	mv "$kept" "$T/moved.csv" && ln -s "$T/moved.csv" "$kept" ;;
	*)	sed -i "\$s/.*/$change/" "$kept" ;;
	esac
	later 2
	want 1 roster plan --due
	says "not as it was kept"
	want 0 roster plan --due
	environment=
	[ "$(state man)" = active ] || fail "another plan was done: $change"
	want 0 roster plan --json
	json "[.[] | select(.id == \"$other\" and .failed != null)] | length == 1"
	want 0 roster plan --cancel "$other"
done
person 1002 '.section == "総務課"'
# What waits goes on waiting while others are done: two at once do it once.
file 'leave,man,1002,,,,2090-03-31,'
want 0 roster plan "$T/plan.csv" --apply --at 1d -y --json
was=$(records '.event == "plan"')
later 2
for i in 1 2 3; do
	# shellcheck disable=SC2086
	env $environment "$sekisho" --conf "$conf" roster plan --due \
	    </dev/null >"$T/due.$i" 2>&1 &
	due[i]=$!
done
for i in 1 2 3; do
	wait "${due[i]}" || fail "one of several at once: $(cat "$T/due.$i")"
done
environment=
[ "$(records '.event == "plan"')" = $((was + 1)) ] || fail "done twice"
person 1002 '.to | startswith("2090-04-01")'
want 0 roster plan --json
json '[.[] | select(.failed == null)] | length == 1'
# One that does not read as a plan.
echo '{' >"$T/var/plans/$id.json"
want 111 roster plan --due
says "--cancel $id"
want 0 roster plan --cancel "$id"
environment=
want 0 audit verify
exit $failed
