#!/bin/bash
# tickets.sh - codes in place of a card left at home and for a first enrolment,
# asked and decided at a root prompt with -y; the envelope for the safe; their
# sheets and the report; a code is shown once, and is nowhere else
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
for u in bin games daemon man sys nobody; do
	id $u >/dev/null 2>&1 || { echo "skip: no user $u"; exit 77; }
done
need_logins
with_catalogue
acts=$SEK_BUILDDIR/tests/tools/store_acts
[ -x "$acts" ] || { echo "no $acts"; exit 99; }
prints() { grep -qF -- "$*" "$T/out" || fail "no '$*' in: $out"; }
# narrow: no line is wider than a sheet of paper.
narrow()
{
	LC_ALL=C.UTF-8 awk 'length > 79 { exit 1 }' "$T/out" ||
	    fail "wider than paper: $out"
}
# issue WHO RC USER PURPOSE OPTION...: by JSON; $id, $code
codes=
issue()
{
	local who=$1 rc=$2 user=$3 purpose=$4

	shift 4
	as "$who" "$rc" ticket issue "$user" --purpose "$purpose" \
	    --reason 'left at home' -y --json "$@"
	id=$(jq -r .id "$T/out" 2>/dev/null)
	code=$(jq -r .code "$T/out" 2>/dev/null)
	[ "$rc" != 0 ] || codes+=" $code"
}
# hidden: none of the codes is in a file, a record or a message.
hidden()
{
	local c

	"$sekisho" --conf "$conf" audit show --json >"$T/records" </dev/null \
	    2>/dev/null
	"$sekisho" --conf "$conf" approvals --all --json >"$T/all" </dev/null \
	    2>/dev/null
	rm -f "$T/out" "$T/err"
	for c in $codes; do
		grep -rqaF -e "$c" -e "${c:0:5} ${c:5}" -e "${c//-/}" "$T" &&
		    fail "a code lies in $(grep -rlaF -e "$c" \
		    -e "${c:0:5} ${c:5}" -e "${c//-/}" "$T" | tr '\n' ' ')"
	done
}

settings '[terminal]
business = 住民記録
[roles]
ciso = games man
approver = games man
[privilege]
users = sys
[message]
contact = 情報政策課 内線1234'
# One section twice is no policy.
sed -i '0,/^\[terminal\]$/{//d}' "$conf"
sed -i 's/^profile = lgwan$//; s/^business/profile = lgwan\nbusiness/' "$conf"

# --- init: the envelope for the safe
want 1 init --break-glass no-such-user
says 'no-such-user'
[ -e "$T/var" ] && fail "init made a store all the same"
want 100 init --image --break-glass root
want 0 init --break-glass none
says 'ticket issue root --purpose break-glass'
grep -q 'Break-glass sheet' "$T/out" && fail "a sheet all the same"
want 1 --json
json '.break_glass == {"sealed":false,"user":null,"until":null,"spent":0,
    "reports_due":0}'
json '[.attention[].about] | index("break-glass") != null'
want 1
grep -q '^Break-glass: none' "$T/out" || fail "the state is silent of it"
want 0 ticket list --json
json 'length == 0'
rm -rf "${T:?}/var" "$T/etc/keys" "$T/etc/sekisho.conf.d"
want 0 init --break-glass games
prints 'games'
codes+=" $(grep -oE '[0-9A-Z]{5}(-[0-9A-Z]{5}){5}' "$T/out")"
want 0 ticket list --json
json 'length == 1 and .[0].user == "games" and .[0].state == "sealed"'
rm -rf "${T:?}/var" "$T/etc/keys" "$T/etc/sekisho.conf.d" "$T/etc/break-glass"
want 0 init
grep -q 'Break-glass sheet' "$T/out" || fail "no sheet of the envelope"
for text in 'Terminal' 'Machine' 'Account               root' 'Made at' \
    '1h' 'Sealed by' '内線1234'; do
	prints "$text"
done
glass=$(grep -oE '[0-9A-Z]{5}(-[0-9A-Z]{5}){5}' "$T/out")
[ "$(wc -l <<<"$glass")" = 1 ] && [ -n "$glass" ] || fail "one code: '$glass'"
codes+=" $glass"
narrow
[ "$(stat -c %a:%u "$T/etc/break-glass")" = 700:0 ] || fail "mode of the folder"
[ "$(records '.event == "break-glass-made" and .target == "root" and
    .result == "ok"')" = 1 ] || fail "the envelope leaves one record"
want 1
grep -qE '^Break-glass: sealed for root until 20' "$T/out" ||
    fail "the state is silent of the envelope"
# An envelope of who may not log in here is none.
sed -i 's/^business/allow_users = bin\n&/' "$conf"
want 1
prints 'the envelope of root opens nothing'
want 1 --json
json '.break_glass.sealed == false'
sed -i '/^allow_users = bin$/d' "$conf"

# --- a new one takes the place of the old one
old=$("$sekisho" --conf "$conf" ticket list --json | jq -r '.[0].id')
as games 0 ticket issue root --purpose break-glass -y --json
json 'keys_unsorted == ["id","user","purpose","code","not_after","state"]'
json '.user == "root" and .purpose == "break-glass" and .state == "sealed"'
json '.code | test("^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}$")'
codes+=" $(jq -r .code "$T/out")"
new=$(jq -r .id "$T/out")
says "$old"
want 0 ticket list --json
json 'map(select(.state == "sealed")) | length == 1 and .[0].id == "'"$new"'"'
want 0 ticket show "$new" --json
json '.kind == "envelope" and .user == "root" and .opened_at == null'
want 0 ticket show "$new"
prints 'root'
want 1 ticket show 00000000
want 1 ticket issue no-such-user --purpose break-glass -y
says 'no-such-user'
want 1 ticket issue root --purpose break-glass --valid 400d -y
says 'breakglass.valid'
want 100 ticket issue root --purpose break-glass --valid soon -y
[ -z "$(cat "$T/out")" ] || fail "something is shown"
# Shown to nobody: the one of before stays.
if [ -e /dev/full ]; then
	"$sekisho" --conf "$conf" ticket issue root --purpose break-glass \
	    --json -y </dev/null >/dev/full 2>"$T/err"
	[ $? = 111 ] || fail "a sheet that cannot be printed"
	says 'no envelope was made'
	want 0 ticket list --json
	json 'map(select(.state == "sealed")) | length == 1 and
	    .[0].id == "'"$new"'"'
fi

# --- the command line
as bin 100 ticket issue daemon --reason r -y
says '--purpose'
as bin 100 ticket issue daemon --purpose enrol -y
says '--reason'
as bin 100 ticket issue daemon --purpose enrol --reason r --valid tomorrow -y
says '--valid'
as bin 1 ticket issue daemon --purpose enrol --reason r --valid 15d -y
says 'ticket.enrol_valid'
as - 1 ticket issue daemon --purpose enrol --reason r -y
says 'nobody in particular'
as bin 1 ticket issue no-such-user --purpose enrol --reason r -y
says 'no-such-user'
as bin 1 ticket issue sys --purpose enrol --reason r -y
says 'not privileged'
as bin 1 ticket issue root --purpose enrol --reason r -y
says 'not privileged'
[ "$(records '.event == "approval-asked"')" = 0 ] || fail "something was asked"

# --- an enrolment: App. B, and the approval behind it
for u in bin games; do
	want 0 enroll hotp $u -y
done
issue bin 0 daemon enrol --valid 3h
json 'keys_unsorted == ["id","user","purpose","code","not_after","state"]'
json '.user == "daemon" and .purpose == "enrol" and .state == "asked"'
json '.code | test("^[0-9]{10}$")'
json '.not_after | test("T.*[+]09:00$")'
says 'without a proof'
enrol=$id
want 0 ticket show "$enrol" --json
json '.kind == "ticket" and .key == "enrol" and .value == "code"'
json '.users == ["daemon"] and .clause == "7(2)⑤" and .asked_by == "bin"'
json '.review_at == null and (has("code") | not)'
want 0 ticket show "$enrol"
prints 'enrolment by a code'
grep -q 'Review by' "$T/out" && fail "a ticket has no review"
want 0 approvals --json
json 'length == 1 and .[0].kind == "ticket"'
want 0 exception list --all --json
json 'length == 0'
as bin 1 ticket approve "$enrol" -y
says 'two persons'
as daemon 1 ticket approve "$enrol" -y
says 'about you'
as nobody 1 ticket approve "$enrol" -y
says 'roles.approver'
as games 0 ticket approve "$enrol" -y --json
json '.state == "in-force" and .decided_by == "games" and .in_force == true'
json '.overdue == ["unproven"] and .proven == false'
says 'given without a proof'
as games 1 ticket approve "$enrol" -y
[ "$(records '.event == "approval-given" and .ref == "'"$enrol"'"')" = 1 ] ||
    fail "giving leaves one record"
want 1 --json
json '[.attention[] | select(.about == "approvals")][0].remedy ==
    "sekisho ticket approve '"$enrol"'"'
"$acts" "$conf" confirm man "$enrol" >/dev/null || fail "confirm"
want 0 ticket show "$enrol" --json
json '.overdue == [] and .proven == true'
as bin 0 ticket revoke "$enrol" --note 'came with his token' -y --json
json '.state == "revoked" and .closing_note == "came with his token"'
# The same by the other name of the verb.
as bin 0 request ticket daemon --purpose enrol --reason first -y --json
codes+=" $(jq -r .code "$T/out")"
id=$(jq -r .id "$T/out")
# Asked only: who wonders why it opens nothing is told.
run explain daemon --json
json '.findings | map(select(.reason == "ticket" and (.blocks | not)) |
    .detail) == ["'"$id"': asked"]'
as games 100 ticket refuse "$id" -y
as games 0 ticket refuse "$id" --note 'not today' -y
prints "Refused: $id"
# One session is not two persons.
as bin 0 ticket issue daemon --purpose enrol --reason first -y --json
codes+=" $(jq -r .code "$T/out")"
id=$(jq -r .id "$T/out")
(
	uid=$(id -u games)
	first=$(id -u bin)
	echo "$first" >/proc/self/loginuid || exit 99
	"$sekisho" --conf "$conf" ticket issue daemon --purpose enrol \
	    --reason once -y --json </dev/null 2>/dev/null >"$T/half" ||
	    exit 1
	exec "$sekisho" --conf "$conf" ticket approve \
	    "$(jq -r .id "$T/half")" -y </dev/null >"$T/out" 2>"$T/err"
)
[ $? = 1 ] || fail "both halves by one person in one session"
codes+=" $(jq -r .code "$T/half")"
rm -f "$T/half"
as bin 0 revoke "$id" --note no -y
# Who has a factor needs no first one; too many live ones.
as games 1 ticket issue bin --purpose enrol --reason first -y
says 'second factor already'
for _ in 1 2 3 4; do
	as bin 0 ticket issue nobody --purpose enrol --reason first -y --json
	codes+=" $(jq -r .code "$T/out")"
done
as bin 1 ticket issue nobody --purpose enrol --reason first -y
says 'at once'

# --- the sheet for a new person
want 0 enroll hotp man -y
as bin 0 ticket issue daemon --purpose enrol --reason first -y
says 'without a proof'
for text in 'Enrolment sheet' 'daemon' 'Section' 'sekisho enroll totp' \
    'ticket approve' '内線1234' 'Received by'; do
	prints "$text"
done
[ "$(grep -cE '^ +[0-9]{5} [0-9]{5}$' "$T/out")" = 1 ] || fail "one code a sheet"
codes+=" $(grep -oE '[0-9]{5} [0-9]{5}$' "$T/out" | tr -d ' ')"
narrow

# --- a substitute: only by policy, under an exception
as games 1 ticket issue bin --purpose substitute --reason 'left at home' -y
says 'request exception --key ticket.substitute --value code'
"$acts" "$conf" exception bin games ticket.substitute code >/dev/null ||
    fail "exception"
as games 1 ticket issue bin --purpose substitute --reason 'left at home' -y
printf '[ticket]\nsubstitute = code\nsubstitute_max = 2\n' >>"$conf"
want 0 policy check
issue games 0 bin substitute
json '.purpose == "substitute" and .state == "asked"'
first=$id
as man 0 approve "$first" -y
prints 'Its code serves until'
as games 0 ticket issue bin --purpose substitute --reason 'left at home' -y
for text in 'Slip' 'bring your card' 'ticket approve'; do
	prints "$text"
done
codes+=" $(grep -oE '[0-9]{5} [0-9]{5}$' "$T/out" | tr -d ' ')"
narrow
as games 1 ticket issue daemon --purpose substitute --reason r --valid 13h -y
says 'ticket.substitute_valid'
"$acts" "$conf" attended daemon man >/dev/null || fail "attended"

# --- as many days as there may be: told of the next one, not of this
sed -i 's/^substitute_max = .*/substitute_max = 1/' "$conf"
run explain daemon --json
json '.findings | map(.reason) | index("too-many") == null'
run explain daemon --at 1d --json
json '.findings | map(select(.reason == "too-many"))[0] |
    .key == "ticket.substitute_max" and .value == "1" and (.blocks | not)'
sed -i 's/^substitute_max = .*/substitute_max = 2/' "$conf"
run explain daemon --at 1d --json
json '.findings | map(.reason) | index("too-many") == null'

# --- the report
want 0 ticket report --json
json '.substitutes.code == 1 and .substitutes.attended == 1'
json '.substitutes.cryptographic == false'
json '[.substitutes.persons[] | select(.person == "bin")][0] ==
    {"person":"bin","user":"bin","code":1,"attended":0,"days":1,"max":2}'
json '(.enrolments | length) > 0 and (.break_glass | length) == 0'
json '.envelopes | map(select(.state == "sealed")) | length == 1'
want 0 ticket report
prints 'never count as cryptographic'
prints '1 of 2'
narrow
want 0 ticket report --from 2020-01-01 --until 2020-12-31 --json
json '.substitutes.code == 0 and .substitutes.attended == 0'
json '.enrolments == [] and .substitutes.tickets == []'
want 100 ticket report --from never-ever
want 100 ticket report --from 2021-01-01 --until 2020-01-01

# --- an envelope that was opened, and its report
"$acts" "$conf" glass root "$new" >/dev/null || fail "glass"
want 0 approvals --json
opened=$(jq -r '.[] | select(.kind == "break-glass") | .id' "$T/out")
json '[.[] | select(.kind == "break-glass")][0].overdue == ["report"]'
want 1 --json
json '.break_glass.reports_due == 1'
json '[.attention[] | select(.about == "approvals") | .remedy] |
    index("sekisho ticket report '"$opened"' --note TEXT") != null'
want 1
grep -q 'the report is due' "$T/out" || fail "the state is silent of the report"
want 0 ticket report
prints "ticket report $opened --note TEXT"
as games 100 ticket report "$opened" -y
says '--note'
as nobody 1 ticket report "$opened" --note 'mine' -y
as games 100 ticket report "$opened" --note 'x' --from 1d -y
as games 1 ticket report 0123456789abcdef --note 'x' -y
as games 0 ticket report "$opened" --note 'the server room was flooded' -y \
    --json
json '.overdue == [] and .closing_note == "the server room was flooded"'
json '.ended_by == "games"'
as games 1 ticket report "$opened" --note 'again' -y
want 0 ticket report
prints 'the server room was flooded'
want 1 --json
json '.break_glass.reports_due == 0'

# --- in Japanese
sed -i 's/^contact/language = ja\n&/' "$conf"
environment='-u LC_ALL LANG=ja_JP.UTF-8'
mv "${conf%/*}/break-glass" "$T/aside"
mkdir -m 700 "${conf%/*}/break-glass"
want 0 ticket report
prints '封筒がありません: sekisho ticket issue root'
rmdir "${conf%/*}/break-glass"
mv "$T/aside" "${conf%/*}/break-glass"
as games 0 ticket issue root --purpose break-glass -y
codes+=" $(grep -oE '[0-9A-Z]{5}(-[0-9A-Z]{5}){5}' "$T/out")"
prints '端末'
as bin 0 ticket issue daemon --purpose enrol --reason 新規採用 -y
codes+=" $(grep -oE '[0-9]{5} [0-9]{5}$' "$T/out" | tr -d ' ')"
prints '住民記録'
want 0 ticket report
prints '新規採用'
sed -i '/^language = ja$/d' "$conf"
environment=

# --- on so many days of 30, and no more
later 1
issue games 0 bin substitute
as man 0 approve "$id" -y
later 2
as games 1 ticket issue bin --purpose substitute --reason again -y
says 'as many days'
want 0 ticket report
prints '2 of 2'
environment=

# --- shown once, and nowhere else
[ "$(wc -w <<<"$codes")" -ge 14 ] || fail "codes were lost: $codes"
hidden

# --- trouble is no answer
chmod 755 "$T/var"
mv "$T/var/store.db" "$T/gone"
as bin 111 ticket issue daemon --purpose enrol --reason r -y
as bin 111 ticket list
as bin 111 ticket report
finish
