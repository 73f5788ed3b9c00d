#!/bin/bash
# tickets.sh - forgotten cards, first enrolments and a lost card by real logins
# in a booted terminal, each in the records; and what a ticket may never do
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/tickets.sh
#
# eve asks for others; bob gives (approver), and so might she; carol is the
# CISO, by whose exception there are substitutes at all; dan is privileged.
# alice, amy, gus and nora left their cards at home; nina and noah are new.
# Days end by a time zone whose midnight comes a minute later: the clock stays.
# The opened envelope is tests/e2e/envelope.sh's.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in jq oathtool pamtester i3lock; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
people='alice amy bob carol dan eve gus nina noah nora'
term_boot || exit
term_user $people || exit 99
term_run sh -c 'groupadd approver && groupadd ciso &&
    usermod -aG approver bob && usermod -aG approver eve &&
    usermod -aG ciso carol' || exit 99
term_sshd $people || exit 99
rigged_install || exit

# zone HOUR MINUTE: the offset by which it is that time now
zone()
{
	local m

	m=$((10#$1 * 60 + 10#$2 - 10#$(date -u +%H) * 60 - 10#$(date -u +%M)))
	[ $m -gt -720 ] || m=$((m + 1440))
	[ $m -le 720 ] || m=$((m - 1440))
	printf '%s%02d:%02d' "$([ $m -lt 0 ] && echo - || echo +)" \
	    $((${m#-} / 60)) $((${m#-} % 60))
}
# settings ZONE DENY SUBSTITUTE [PRIVILEGED]
settings()
{
	term_put /etc/sekisho/sekisho.conf <<-CONF
	[terminal]
	allow_remote = yes
	timezone = $1
	[message]
	language = en
	[lockout]
	deny = $2
	privileged_deny = 2
	delay = 0
	[privilege]
	users = dan${4:+ $4}
	[ticket]
	substitute = $3
	substitute_max = 1
	[roles]
	approver = approver
	ciso = ciso
	CONF
}
noon=$(zone 12 0)
settings "$noon" 60 no
problem=$(term_run sekisho policy check 2>&1) ||
    { echo "not ok policy check: $problem"; exit 1; }
for u in alice amy bob carol dan eve gus nora; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
term_stack || exit 99
term_stack i3lock || exit 99
echo 'alice ALL=(ALL:ALL) ALL, NOPASSWD: /usr/bin/true' |
    term_put /etc/sudoers.d/rig 440

# --- who asks, who gives

# acts NAME RC USER ARGS...: on the own login of USER, by both kinds once more;
# what the tool printed is $json
acts()
{
	local name=$1 want=$2 u=$3 one

	shift 3
	code "$u"
	one=$code
	code "$u"
	term_mark
	seen=$(TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive "$u" \
	    "pw-$u" "$one" "pw-$u" "$code" -- \
	    "/usr/sbin/sekisho $* >/tmp/out-$u; echo RC-\$?" 2>&1)
	json=$(term_run cat "/tmp/out-$u" 2>&1)
	if grep -q "RC-$want" <<<"$seen"; then
		ok "$name"
	else
		not_ok "$name" "not $want:" "$seen" "$json"
	fi
}
# asks NAME FOR PURPOSE: $ticket and $secretly, its code
asks()
{
	acts "$1" 0 eve ticket issue "$2" --purpose "$3" --reason 'left_at_home' --json
	ticket=$(jq -r '.id // empty' <<<"$json")
	secretly=$(jq -r '.code // empty' <<<"$json" | tr -cd 0-9)
}
# has NAME JQ: true of $json
has()
{
	if jq -e "$2" <<<"$json" >/dev/null 2>&1; then
		ok "$1"
	else
		not_ok "$1" "not true: $2" "$json"
	fi
}
by()	# USER CODE [CMD]: an ssh login by password and that code
{
	term_ssh keyboard-interactive "$1" "pw-$1" "$2" -- "${3:-$mark}"
}
# Both kinds of a witness at another's prompt.
prompts='(?:[Pp]assword|[Cc]ode|login|witness): ?$'
attended()	# USER WITNESS: with $code
{
	term_ssh keyboard-interactive "$1" --prompt "$prompts" "pw-$1" '' \
	    "$2" "pw-$2" "$code" -- "$mark"
}
ten() { grep -oE '[0-9]{5} ?[0-9]{5}' <<<"$seen" | tail -n 1 | tr -d ' '; }

# --- no substitutes but by a standing exception
code bob
stays_out "no exception: nobody's witness lets her in" attended alice bob
acts "no exception: no code either" 1 eve ticket issue alice \
    --purpose substitute --reason no_card
settings "$noon" 60 code
term_run sekisho policy check >/dev/null 2>&1 &&
    not_ok "no exception: the value does not load" "" ||
    ok "no exception: the value does not load"
settings "$noon" 60 no
acts "exception: asked" 0 eve request exception --key ticket.substitute \
    --value code --reason cards_are_forgotten --until 300d --json
standing=$(jq -r '.id // empty' <<<"$json")
acts "exception: given by the CISO" 0 carol approve "$standing"
settings "$noon" 60 code
if problem=$(term_run sekisho policy check 2>&1); then
	ok "exception: the value loads"
else
	not_ok "exception: the value loads" "$problem"
fi

# --- a forgotten card, attended
seq_now
code alice
stays_out "attended: her own witness" attended alice alice
code carol
stays_out "attended: a witness without the role" attended alice carol
code bob
gets_in "attended: by ssh" attended alice bob
day=$(ten)
[ -n "$day" ] && ok "attended: told a code for the day" ||
    not_ok "attended: told a code for the day" "$seen"
recorded "attended: recorded as a ticket's, with the exception" admit \
    ".service == \"sshd\" and .subject == \"alice\" and (.authenticator | test(\"ticket:\")) and .ref == \"$standing\" and (.kinds | length) == 2"
recorded "attended: the witness is recorded" witness '.subject == "bob"'
recorded "attended: what was given, by whom" approval-given \
    '.subject == "bob" and .target == "alice" or .subject == "bob"'
gets_in "attended: the day's code at the console" \
    term_console ttyS9 alice pw-alice "$day" --then "$mark"
gets_in "attended: the day's code by ssh, again" by alice "$day"
gets_in "attended: it unlocks her screen" by alice "$day" \
    "printf 'pw-alice\n$day\n' | timeout 120 pamtester i3lock alice authenticate >/dev/null 2>&1 && $mark"
stays_out "attended: not without her password" \
    term_ssh keyboard-interactive alice wrong "$day" -- "$mark"
stays_out "attended: nobody else's" by amy "$day"

# --- what a ticket may never do
stays_out "never: sudo goes on by it" by alice "$day" "sudo -n -u nora true && $mark"
TERM_SSH_OPTIONS=-tt stays_out "never: sudo takes its code" term_ssh \
    keyboard-interactive alice pw-alice "$day" pw-alice "$day" -- \
    "sudo -k; sudo -u nora sh -c '$mark'"
code bob
stays_out "never: su takes it" by bob "$code" \
    "(echo pw-alice; sleep 2; echo $day) | su alice -c '$mark' 2>/dev/null"
stays_out "never: one kind, twice" \
    term_ssh keyboard-interactive alice "$day" "$day" -- "$mark"
acts "never: for a privileged person" 1 eve ticket issue dan \
    --purpose substitute --reason no_card
term_run sekisho user suspend alice --reason 'on leave' >/dev/null
stays_out "never: outlives a suspension" by alice "$day"
term_run sekisho user resume alice >/dev/null
stays_out "never: comes back with its person" by alice "$day"
code alice
gets_in "her card: sudo goes on by the login" \
    by alice "$code" "sudo -n -u nora true && $mark"
code alice
one=$code
code alice
TERM_SSH_OPTIONS=-tt gets_in "her card: sudo takes its code" term_ssh \
    keyboard-interactive alice pw-alice "$one" pw-alice "$code" -- \
    "sudo -k; sudo -u nora sh -c '$mark'"
code alice
one=$code
code bob
gets_in "her card: su takes it" by bob "$code" \
    "(echo pw-alice; sleep 2; echo $one) | su alice -c '$mark' 2>/dev/null"

# --- a forgotten card, by code
seq_now
asks "by code: asked" amy substitute
has "by code: shown once, to who asked" \
    'keys == ["code","id","not_after","purpose","state","user"] and (.code | test("^[0-9 ]{10,11}$")) and .user == "amy" and .purpose == "substitute" and .state == "asked"'
recorded "by code: the asking is recorded" approval-asked '.subject == "eve"'
stays_out "by code: opens nothing before it is given" by amy "$secretly"
acts "by code: not given by who asked" 1 eve ticket approve "$ticket"
acts "by code: given by another, on his own login" 0 bob ticket approve "$ticket"
recorded "by code: the giving is recorded" approval-given '.subject == "bob"'
# Fifty at once, by one code.
term_put /root/rig/answer 755 <<-ANSWER
	#!/bin/sh
	case "\$1" in
	*assword*) echo pw-amy ;;
	*) echo $secretly ;;
	esac
ANSWER
term_put /root/rig/fifty 755 <<'FIFTY'
#!/bin/sh
export SSH_ASKPASS=/root/rig/answer SSH_ASKPASS_REQUIRE=force DISPLAY=:0
for i in $(seq 50); do
	timeout 100 setsid -w ssh -F none -o UserKnownHostsFile=/root/rig/known_hosts \
	    -o NumberOfPasswordPrompts=1 -o PubkeyAuthentication=no \
	    -o PreferredAuthentications=keyboard-interactive -l amy 127.0.0.1 \
	    'echo IN-$((40+2))' </dev/null 2>>/root/rig/fifty.err &
done
wait
FIFTY
n=$(term_run /root/rig/fifty | grep -c IN-42)
[ "$n" = 1 ] && ok "by code: fifty at once, one gets in" ||
    not_ok "by code: fifty at once, one gets in" "$n got in" \
    "$(term_run tail -n 5 /root/rig/fifty.err)"
recorded "by code: one admission, by the ticket" admit \
    ".subject == \"amy\" and (.authenticator | test(\"ticket:$ticket\"))"
term_run sekisho user unlock amy -y >/dev/null
stays_out "by code: not once more" by amy "$secretly"
json=$(term_run sekisho ticket show "$ticket" --json)
has "by code: it is used up" '(if type == "array" then .[0] else . end) | .state == "ended" or .state == "used" or .uses == 1'

# --- and who is privileged by then
code bob
gets_in "privileged: attended, before she is" attended amy bob
day=$(ten)
gets_in "privileged: the day's code, before she is" by amy "$day"
settings "$noon" 60 code amy
stays_out "privileged: never by the day's code" by amy "$day"
code bob
stays_out "privileged: nor attended" attended amy bob

# --- guessed: deny holds
settings "$noon" 3 code
asks "guessed: a ticket that is there" gus substitute
acts "guessed: given" 0 bob ticket approve "$ticket"
for i in 1 2 3; do
	stays_out "guessed: $i" by gus "$(printf '%05d%05d' $((RANDOM % 99999)) $((RANDOM % 99999)))"
done
stays_out "guessed: then the right one is too late" by gus "$secretly"
json=$(term_run sekisho user show gus --json)
has "guessed: locked" '.state == "locked" and .failures == 3'

# --- before a day ends: nora, by code and attended
while [ "$(date -u +%S)" -gt 50 ]; do sleep 1; done
evening=$(zone 23 58)
midnight=$(( ($(date +%s) / 60 + 2) * 60 ))
settings "$evening" 60 code
asks "the day before: asked" nora substitute
first=$ticket first_code=$secretly
acts "the day before: given" 0 bob ticket approve "$first"
gets_in "the day before: nora gets in" by nora "$first_code"
code bob
gets_in "the day before: attended, the same day" attended nora bob
nora_day=$(ten)
asks "the day before: one more of the same day" nora substitute
second=$secretly
acts "the day before: is given" 0 bob ticket approve "$ticket"

# --- a first day by ssh, and by console
first_day()	# NAME USER
{
	local name=$1 u=$2

	asks "$name: asked" "$u" enrol
	stays_out "$name: not before it is given" by "$u" "$secretly"
	acts "$name: given" 0 bob ticket approve "$ticket"
}
enrolled()	# NAME USER: the key shown in $seen; logs in by it
{
	local key

	key=$(grep -oE 'secret=[A-Z2-7]+' <<<"$seen" | head -n 1 | cut -d= -f2)
	# The step after that of the code that proved it.
	code=$(oathtool --totp -b --now "@$(($(date +%s) + 30))" "$key" 2>/dev/null)
	gets_in "$1" by "$2" "${code:-000000}"

}
# Types the code of the key that is shown to him.
term_put /root/rig/enrol.exp <<'X'
set timeout 40
set answers [lrange $argv 1 [lindex $argv 0]]
set cmd [lrange $argv [expr {[lindex $argv 0] + 1}] end]
set stty_init "-echo rows 70 columns 200"
set secret ""
set typed 0
spawn -noecho {*}$cmd
while {1} {
	expect {
		-re {secret=([A-Z2-7]+)&} { set secret $expect_out(1,string) }
		-re {(?:[Pp]assword|[Cc]ode|now)[^\r\n]*: ?$} {
			if {[llength $answers] == 0} { puts "\[no answer left\]"; exit 3 }
			set a [lindex $answers 0]
			set answers [lrange $answers 1 end]
			if {$a eq "@code"} { set a [exec oathtool --totp -b $secret] }
			sleep 0.05
			send -- "$a\r"
		}
		-re {[$#] $} {
			if {$typed} { send -- "exit\r" } else {
				set typed 1
				send -- "/usr/sbin/sekisho enroll totp; echo RC-\$?\r"
			}
		}
		eof { break }
		timeout { puts "\[nothing for $timeout s\]"; exit 4 }
	}
}
X
enrols()	# USER CODE CMD...
{
	local u=$1 c=$2

	shift 2
	seen=$(term_run expect -f /root/rig/enrol.exp 5 \
	    "pw-$u" "$c" "pw-$u" "$c" @code "$@" 2>&1)
}
ssh=(ssh -tt -F none -o UserKnownHostsFile=/root/rig/known_hosts
    -o NumberOfPasswordPrompts=1 -o PubkeyAuthentication=no -l)
seq_now
first_day "first day by ssh" nina
enrols nina "$secretly" "${ssh[@]}" nina 127.0.0.1
shows "first day by ssh: she enrols by herself" 'RC-0'
recorded "first day by ssh: the login by a ticket is recorded" admit \
    '.subject == "nina" and .service == "sshd" and (.authenticator | test("ticket:"))'
recorded "first day by ssh: the enrolment is recorded" enrol '.target == "nina" and .subject == "nina"'
enrolled "first day by ssh: in by both, from now on" nina
stays_out "first day by ssh: its code is spent" by nina "$secretly"
first_day "first day by console" noah
enrols noah "$secretly" /root/rig/console ttyS9 noah
shows "first day by console: he enrols by himself" 'RC-0'
recorded "first day by console: the login by a ticket is recorded" admit \
    '.subject == "noah" and .service == "login" and (.authenticator | test("ticket:"))'
enrolled "first day by console: in by both, from now on" noah
acts "an enrolment's ticket is not for who has a factor" 1 eve ticket issue \
    nina --purpose enrol --reason again

# --- a lost card, and a new one by a ticket
seq_now
card=$(term_run sekisho authenticator list alice --json | jq -r '.[0].id')
code alice
by alice "$code" 'touch /tmp/alice.in; sleep 7101' >/dev/null 2>&1 &
for i in $(seq 500); do
	term_run test -e /tmp/alice.in && break
	sleep 0.2
done
json=$(term_run sekisho authenticator lost "$card" --reason 'left on a train' -y --json 2>/dev/null)
has "lost card: her login is ended" '[.sessions[] | select(.user == "alice").result] == ["ended"]'
term_run pgrep -f 'sleep 7101$' >/dev/null && not_ok "lost card: nothing is left of it" "" ||
    ok "lost card: nothing is left of it"
code alice
stays_out "lost card: it opens nothing" by alice "$code"
recorded "lost card: recorded" lost ".authenticator == \"$card\""
first_day "lost card: a ticket" alice
enrols alice "$secretly" "${ssh[@]}" alice 127.0.0.1
shows "lost card: she enrols a new one" 'RC-0'
enrolled "lost card: in by the new one" alice

# --- the day after
while [ "$(date +%s)" -le "$midnight" ]; do sleep 1; done
stays_out "the day after: the day's code is over" by nora "$nora_day"
stays_out "the day after: the other code has expired" by nora "$second"
acts "the day after: not more than N days" 1 eve ticket issue nora \
    --purpose substitute --reason again
code bob
stays_out "the day after: not attended either" attended nora bob

# --- what is told of all that
json=$(term_run sekisho ticket report --json 2>&1)
has "report: substitutes apart, by form, none of them cryptographic" \
    '.substitutes | .code >= 2 and .attended >= 3 and .cryptographic == false'
has "report: of whom, and how much of N is used" \
    '[.substitutes.persons[] | select(.user == "nora") | [.days, .max]] == [[1, 1]]'
has "report: the first enrolments" '.enrolments | length == 3'
seen=$(term_run sekisho ticket report 2>&1)
shows "report: for people" 'amy'
json=$(term_run sekisho ticket list --all --json 2>&1)
has "list: all of them" 'length >= 6'
if grep -qE "$secretly|$first_code|$day" <<<"$json$seen$(term_log)"; then
	not_ok "no code is told a second time" ""
else
	ok "no code is told a second time"
fi
if problem=$(term_run sekisho audit verify 2>&1); then
	ok "audit verify"
else
	not_ok "audit verify" "$problem"
fi
exit $bad
