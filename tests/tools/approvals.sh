#!/bin/bash
# approvals.sh - exceptions at a root prompt with -y: asked, given, refused,
# ended, told and printed; who may not, and why, is said
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
command -v setpriv >/dev/null || { echo "skip: no setpriv"; exit 77; }
for u in bin games daemon man sys; do
	id $u >/dev/null 2>&1 || { echo "skip: no user $u"; exit 77; }
done
need_logins
# ask RC OPTION...: bin asks for what is in order but for the options.
ask()
{
	local rc=$1 reason='the counter of the old system' until=30d

	shift
	case ${1:-} in
	--reason) reason=$2; shift 2 ;;
	--until) until=$2; shift 2 ;;
	esac
	as bin "$rc" request exception --key lockout.deny --value 0 \
	    --reason "$reason" --until $until -y --json "$@"
	id=$(jq -r .id "$T/out" 2>/dev/null)
}
prints()
{
	grep -qF -- "$*" "$T/out" || fail "no '$*' in: $out"
}
# without NAME: an option of it is left out.
without()
{
	local o=(--key lockout.deny --value 0 --reason why --until 30d) i

	for i in 0 2 4 6; do
		[ "${o[$i]}" = "--$1" ] && unset "o[$i]" "o[$((i + 1))]"
	done
	as bin 100 request exception "${o[@]}" -y
	says "--$1"
}

settings '[roles]
ciso = games man
security_manager = man
system_manager = sys'
want 0 init
for u in bin games daemon; do
	want 0 enroll hotp $u -y
done
# man is another account of the person bin.
printf 'user,method,secret,person\nman,hotp,%s,bin\n' \
    JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP >"$T/man.csv"
want 0 import "$T/man.csv" -y

# Nothing yet: said to people, an empty list to programs.
as bin 0 approvals
prints "Nothing waits for a decision"
as bin 0 exception list --all
prints "There are none."
as bin 0 approvals --json
json 'length == 0'

# Who acts is the login uid: nobody's asks and decides nothing.
as - 1 request exception --key lockout.deny --value 0 --reason r --until 1d -y
says "nobody in particular"
[ "$(records '.event == "approval-asked"')" = 0 ] || fail "nobody asked"
as - 1 approve 00 -y
says "nobody in particular"

# What it lacks is named; nothing is asked then.
for o in key value reason until; do
	without $o
done
as bin 100 request exception --key lockout.deny --value 0 --reason r --until 1d
says "--conf"
as bin 1 request exception --key lockout.dney --value 0 --reason r --until 1d -y
says "lockout.dney"
as bin 1 request exception --key lockout.unlock --value 1m --reason r \
    --until 1d -y
says "lockout.unlock has no floor"
as bin 1 request exception --key lockout.deny --value 3 --reason r --until 1d -y
says "lockout.deny = 3 is not below the floor, which is 1"
as bin 100 request exception --key lockout.deny --value three --reason r \
    --until 1d -y
says "--value"
as bin 100 request exception --key lockout.deny --value 0 --reason r \
    --until soon -y
says "--until"
as bin 1 request exception --key lockout.deny --value 0 --reason r \
    --until 2020-01-01 -y
says "--until"
as bin 1 request exception --key lockout.deny --value 0 --reason r \
    --until 400d -y
says "366 days"
as bin 1 request exception --key lockout.deny --value 0 --reason r \
    --until 10d --review 20d -y
says "--review"
as bin 100 request exception --key lockout.deny --value 0 --reason ' ' \
    --until 10d -y
says "--reason"
as bin 1 request exception --key lockout.deny --value 0 --reason r \
    --until 10d --users 'bin,no-such-user' -y
says "no-such-user"
ask 100 --witness games
says "--witness"
ask 1 --unavoidable
says "proof"
as bin 0 approvals --all --json
json 'length == 0'

# Asked: every key is there, absent is null.
ask 0 --users bin,daemon --terminals counter-1 --from 1d --review 20d
keys='id kind state clause key value users terminals reason asked_by asked_at
decided_by decided_at note not_before not_after review_at uses uses_max proven
unavoidable in_force overdue ended_by ended_at closing_note reviewed_by
reviewed_at evidence'
for key in $keys; do
	json "has(\"$key\")"
done
json '.state == "asked" and .kind == "exception" and .asked_by == "bin"'
json '.key == "lockout.deny" and .clause == "7(2)④" and .proven == false'
json '.users == ["bin", "daemon"] and .terminals == ["counter-1"]'
json '.decided_by == null and .note == null and .uses_max == null'
json '.evidence == {"asked": [], "decided": []} and .overdue == []'
json '.not_after[0:10] > .not_before[0:10] and .review_at < .not_after'
says "without a proof"
scoped=$id
[ "$(records '.event == "approval-asked" and .subject == "bin"')" = 1 ] ||
    fail "asking leaves one record"

# An ID nobody has, and who may not decide, and why.
as games 1 approve 0123456789abcdef -y
says "0123456789abcdef"
as games 1 approve '' -y
as bin 1 approve "$scoped" -y
says "two persons"
as daemon 1 approve "$scoped" -y
says "about you"
as man 1 approve "$scoped" -y
says "two persons"
as sys 1 approve "$scoped" -y
says "roles.ciso"
as games 100 refuse "$scoped" -y
says "--note"
want 0 user suspend games --reason leave -y
as games 1 approve "$scoped" -y
says "games may not act: suspended"
want 0 user resume games
as daemon 1 revoke "$scoped" --note 'not mine' -y
says "who asked for it"
ask 0 --users games
as games 1 exception approve "$id" -y
says "about you"
as bin 0 exception revoke "$id" --note 'asked for the wrong one' -y
prints "Withdrawn: $id"
as games 1 approve "$id" -y
says "decided or over"
withdrawn=$id

# Refused: a note is told, and it cannot be given any more.
ask 0
as games 0 refuse "$id" --note 'the old system goes in March' -y --json
json '.state == "refused" and .decided_by == "games"'
json '.note == "the old system goes in March"'
as games 1 approve "$id" -y
refused=$id

# Given at a root prompt: it opens nothing, and says so.
ask 0
as games 0 approve "$id" --note 'until the new counter' -y --json
says "without a proof"
says "exception review $id"
json '.decided_by == "games" and .in_force == false and .proven == false'
json '.overdue == ["unproven"] and .evidence.decided == []'
given=$id
as games 1 approve "$given" -y
says "proof"
as games 1 exception review "$given" --note looked -y
says "proof"
as games 1 exception close "$given" --note done -y
as bin 0 policy check
grep -q '^deny' "$conf" && fail "the policy has a deny"
printf '[lockout]\ndeny = 0\n' >>"$conf"
as bin 1 policy check

# The policy does not load: these verbs work, with the floors in force.
as bin 0 approvals --json
json 'length == 2 and (map(.id) | index("'"$given"'") != null)'
json 'map(.state) | index("refused") == null'
as bin 0 approvals --all --json
json 'length == 4'
# Those to decide first, then those overdue.
json '.[0].state == "asked" and .[1].overdue == ["unproven"]'
as bin 0 approvals
prints "lockout.deny = 0"
prints "to be confirmed"
as bin 0 approvals show "$given"
prints "not proved"
prints "another person is to confirm it"
as bin 0 exception show "$given" --json
json '.id == "'"$given"'"'
as bin 0 exception list --all --json
json 'length == 4'
as bin 1 approvals show 0123456789abcdef
ask 0 --reason 'while the policy does not load'
as bin 0 revoke "$id" --note 'no more' -y
as games 0 revoke "$given" --note 'the counter is there' -y --json
json '.state == "revoked" and .ended_by == "games" and .overdue == []'
json '.closing_note == "the counter is there"'

sed -i -e '/^\[lockout\]$/d' -e '/^deny = 0$/d' "$conf"

# Over: the closing note is due, and is given once.
ask 0 --until 15s
brief=$id
as games 0 approve "$brief" -y
for i in {1..120}; do
	as bin 0 approvals --json
	jq -e 'any(.[]; .id == "'"$brief"'" and .state == "over")' "$T/out" \
	    >/dev/null && break
	sleep 0.5
done
json 'map(select(.id == "'"$brief"'"))[0].overdue == ["closing"]'
as games 1 approve "$brief" -y
as bin 100 exception close "$brief" -y
as bin 0 exception close "$brief" --note 'went without' -y --json
json '.overdue == [] and .closing_note == "went without"'
as bin 1 exception close "$brief" --note again -y
says "over already"
[ "$(records '.event == "approval-reviewed"')" -ge 1 ] ||
    fail "closing leaves a record"

# On paper: 80 columns at most, also of Japanese, and of one long word.
word=$(printf 'x%.0s' {1..200})
ask 0 --reason "窓口の端末は三月に入れ替えるまで旧システムの認証しか使えないため、それまでの間は職員の入力回数の制限を外して運用する必要がある。$word"
as games 0 approve "$id" -y
# fits: no line is wider than a page.
fits()
{
	local w

	w=$(wc -L <"$T/out")
	[ "$w" -gt 0 ] && [ "$w" -le 80 ] || fail "$w columns: $1"
}
for language in C.UTF-8 ja_JP.UTF-8; do
	environment=LC_ALL=$language
	as bin 0 exception notice "$id"
	fits "notice, $language"
	prints "$id"
	prints "bin"
	prints "games"
	prints "+---------------------+"
	as bin 0 exception ledger
	fits "ledger, $language"
	for one in $scoped $withdrawn $refused $given $brief $id; do
		prints "$one"
	done
done
environment=
as bin 0 exception notice "$id"
prints "Chief information security officer"
prints "not proved"
as bin 0 exception ledger --from 2020-01-01 --until 2020-12-31
prints "Exceptions: 0"
as bin 100 exception ledger --from 2026-02-01 --until 2026-01-01
as bin 100 exception ledger --from someday
as bin 1 exception notice 0123456789abcdef

# Of a word and of a day: with the words of the file. The day is free but in
# the strictest profile.
as bin 1 request exception --key factors.grace --value 2027-03-31 --reason r \
    --until 1d -y
says "factors.grace has no floor"
zone=$T/etc/sekisho.conf.d/90-zone.conf
printf '[terminal]\nprofile = mynumber\n' >"$zone"
as bin 1 request exception --key ticket.substitute --value no --reason r \
    --until 1d -y
says "ticket.substitute = no is not below the floor, which is no"
for v in never Attended 1 0 'attended,code'; do
	as bin 100 request exception --key ticket.substitute --value "$v" \
	    --reason r --until 1d -y
	says "--value"
done
as bin 1 request exception --key factors.grace --value none --reason r \
    --until 1d -y
says "factors.grace = none is not below the floor, which is none"
as bin 1 request exception --key factors.accept --value totp --reason r \
    --until 1d -y
says "factors.accept = totp is not below the floor, which is no card-uid"
as bin 100 request exception --key factors.accept --value frob --reason r \
    --until 1d -y
says "--value"
for v in 2027-02-29 2027-3-31 31-03-2027 forever 0; do
	as bin 100 request exception --key factors.grace --value $v \
	    --reason r --until 1d -y
	says "--value"
done
for pair in "ticket.substitute attended" "ticket.substitute code" \
    "factors.grace 2027-03-31" "factors.accept card-uid"; do
	as bin 0 request exception --key "${pair% *}" --value "${pair#* }" \
	    --reason 'the roll-out' --until 30d -y --json
	json '.key == "'"${pair% *}"'" and .value == "'"${pair#* }"'"'
	word=$(jq -r .id "$T/out")
	as bin 0 approvals
	prints "${pair% *} = ${pair#* }"
	as bin 0 revoke "$word" --note 'asked for a trial' -y
	printf '[%s]\n%s = %s\n' "${pair%%.*}" \
	    "$(sed 's/.*\.\(.*\) .*/\1/' <<<"$pair")" "${pair#* }" \
	    >"$T/etc/sekisho.conf.d/91-below.conf"
	as bin 1 policy check
	says "${pair% *} = ${pair#* }: below the floor of no"
	says "--key ${pair% *} --value ${pair#* }"
	rm "$T/etc/sekisho.conf.d/91-below.conf"
done
rm "$zone"

# Who is not root: himself only, and never without a proof.
ordinary()
{
	local expected=$1

	shift
	setpriv --reuid=nobody --regid=nogroup --clear-groups -- \
	    "$sekisho" "$@" </dev/null >"$T/out" 2>"$T/err"
	rc=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
	[ $rc = "$expected" ] || fail "nobody: sekisho $*: $rc, not $expected: $err"
	[ "$expected" = 0 ] || [ -n "$err" ] || fail "nobody: $* no word why"
}
if setpriv --reuid=nobody --regid=nogroup --clear-groups test -x "$sekisho"
then
	for v in "enroll totp" "authenticator list" "user show"; do
		ordinary 1 $v bin
		says "your own account only"
	done
	ordinary 100 enroll hotp
	says "terminal"
	ordinary 100 enroll hotp -y
	says "-y"
	ordinary 100 authenticator disable 00
	ordinary 100 approve 00 -y
	ordinary 100 approve 00
	ordinary 100 approvals --conf "$conf"
	says "--conf"
	for v in "user list" "store status" "audit show" "user unlock bin" \
	    "import x.csv" "key rotate -y"; do
		ordinary 111 $v
		says "only root"
	done
	chmod 700 "$T/etc"
	for v in "policy check" "policy show"; do
		ordinary 111 $v --conf "$conf"
		says "only root"
	done
	chmod 755 "$T/etc"
fi
# What was changed by other means is left out, and that is said, on paper, too.
if command -v sqlite3 >/dev/null; then
	as bin 0 approvals --all --json
	whole=$(jq length "$T/out")
	sqlite3 "$T/var/store.db" \
	    "UPDATE request SET given = 1 WHERE id = '$refused'"
	as bin 111 approvals --all --json
	says "changed by other means: 1"
	json "length == $((whole - 1))"
	as bin 111 exception ledger
	prints "changed by other means: 1"
	as bin 111 approvals show "$refused"
	sqlite3 "$T/var/store.db" \
	    "UPDATE request SET given = 0 WHERE id = '$refused'"
	as bin 0 approvals --all --json
	json "length == $whole"
fi
# Who asks where no group of the role has members is told.
sed -i 's/^ciso = .*/ciso = no-such-group/' "$conf"
ask 0
says "nobody holds the role"
as bin 1 --json
json '[.attention[] | select(.remedy == "sekisho policy show roles.ciso")] | length == 1'
as bin 0 policy check
prints "roles.ciso = no-such-group: no such group"
as bin 0 revoke "$id" --note 'nobody there' -y
sed -i 's/^ciso = .*/ciso = games man/' "$conf"
# Nobody fills the list with what waits.
for i in {1..15}; do
	ask 0 --reason "number $i"
done
ask 1
says "too many of your requests"
as games 0 refuse "$scoped" --note 'make room' -y
ask 0
finish
