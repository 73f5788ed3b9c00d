#!/bin/bash
# fido2.sh - logins by security keys in a booted terminal: ssh, sudo, su, the
# console and a screen locker, with keys that do what keys may do
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/fido2.sh
#
# The keys are software (tests/emulators/fido2) that libfido2 sees by a preload
# in the terminal's /etc/ld.so.preload, one service of systemd each: taking one
# out is stopping it. A real hidraw, and udev's rights on it, are not here.
#
# alice has a key, and a counter for codes; bob a key alone; carol one with a
# PIN, dan one with a sensor; eve's is moved over from pam_u2f. gus, hana and
# ines have codes: the approver, the CISO, and who asks for others.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in jq oathtool pamtester pamu2fcfg i3lock Xvfb xdotool; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
keys=$SEK_BUILDDIR/tests/emulators/fido2
[ -x "$keys/softkey" ] && [ -e "$keys/softkey-preload.so" ] ||
    { echo "SKIP: no $keys/softkey (make check)" >&2; exit 77; }
people='alice bob carol dan eve gus hana ines'
# shellcheck disable=SC2086
rigged_boot $people || exit

# --- keys

term_copy "$keys/softkey" /opt/softkey/softkey
term_copy "$keys/softkey-preload.so" /opt/softkey/preload.so
term_put /etc/systemd/system/softkey@.service <<'UNIT'
[Service]
ExecStart=/opt/softkey/softkey /run/softkey/%i.sock /opt/softkey/%i.state /opt/softkey/%i.knobs /opt/softkey/%i.log
RuntimeDirectory=softkey
RuntimeDirectoryPreserve=yes
UNIT
term_run systemctl daemon-reload
echo /opt/softkey/preload.so | term_put /etc/ld.so.preload

# knobs KEY [KNOB=VALUE...]: all of its knobs anew
knobs()
{
	local k=$1

	shift
	printf '%s\n' "$@" | term_put /opt/softkey/"$k".new &&
	    term_run mv /opt/softkey/"$k".new /opt/softkey/"$k".knobs
}
# plug KEY... : put in, with the knobs it has
plug()
{
	local k

	for k; do
		term_run sh -c 'touch "/opt/softkey/$1.knobs"
			systemctl reset-failed "softkey@$1" 2>/dev/null
			systemctl start "softkey@$1" || exit 1
			for i in $(seq 100); do
				[ -S "/run/softkey/$1.sock" ] && exit 0
				sleep 0.05
			done
			exit 1' sh "$k" || { not_ok "rig: key $k is put in" ""; exit 1; }
	done
}
pull()
{
	local k

	for k; do
		term_run sh -c 'systemctl stop "softkey@$1"; rm -f "/run/softkey/$1.sock"' sh "$k"
	done
}
only() { pull alice bob carol dan eve spare spare2; plug "$@"; }
forget() { term_run sh -c ': >"/opt/softkey/$1.log"' sh "$1"; }
log()	{ term_run cat "/opt/softkey/$1.log"; }
# logged KEY PATTERN: how many lines of its log
logged() { log "$1" | grep -cE -- "$2"; }
# until_logged KEY PATTERN [N]
until_logged()
{
	local i

	for i in $(seq 150); do
		[ "$(logged "$1" "$2")" -ge "${3:-1}" ] && return 0
		sleep 0.1
	done
	return 1
}

# settings LANGUAGE FACTORS [LINE...]: sekisho.conf, with these under [factors]
settings()
{
	local language=$1 factors=$2

	shift 2
	{
		cat <<-CONF
		[terminal]
		allow_remote = yes
		[message]
		language = $language
		console = $language
		[lockout]
		deny = 60
		privileged_deny = 50
		delay = 0
		[factors]
		wait = 5s
		$factors
		CONF
		printf '%s\n' "$@"
	} | term_put /etc/sekisho/sekisho.conf
	seen=$(term_run sekisho policy check 2>&1) ||
	    { not_ok "policy check ($factors $*)" "$seen"; exit 1; }
}
prompts='(?:[Pp]assword|[Cc]ode|login|witness|PIN|way|press Enter|not to|password for [^\r\n]*|パスワード|コード|PIN|Enter [^\r\n]*|yes [^\r\n]*)[:：] ?$'
# one NAME KEY JQ: of USER's key, as `authenticator list` has it
listed()
{
	json=$(term_run sekisho authenticator list "$2" --json 2>&1)
	if jq -e "[.[] | select(.method == \"fido2\")] | .[0] | $3" <<<"$json" >/dev/null 2>&1; then
		ok "$1"
	else
		not_ok "$1" "not true: $3" "$json"
	fi
}

# --- enrolment
settings en ''
for u in alice gus hana ines; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
seen=$(term_run sekisho enroll fido2 alice -y 2>&1)
is "enroll: without a key it is refused" 1 $?
knobs carol setpin=2580
knobs dan uv=ok mcuvnotrqd=yes
plug alice bob carol dan
seen=$(term_run sekisho enroll fido2 alice -y 2>&1)
is "enroll: with several keys one has to be named" 1 $?
shows "enroll: they are listed" 'softkey:/run/softkey/bob\.sock'
declare -A id
# enrolkey USER KEY ANSWER... [-- OPTION...]
enrolkey()
{
	local u=$1 k=$2 answers=()

	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do answers+=("$1"); shift; done
	[ $# = 0 ] || shift
	if [ ${#answers[@]} = 0 ]; then
		seen=$(term_run sekisho enroll fido2 "$u" -y --json \
		    --device "softkey:/run/softkey/$k.sock" "$@" 2>&1)
	else
		seen=$(term_talk --prompt "$prompts" "${answers[@]}" -- \
		    sekisho enroll fido2 "$u" --json \
		    --device "softkey:/run/softkey/$k.sock" "$@" 2>&1)
	fi
	json=$(tr -d '\r' <<<"$seen" | sed -n '/^{/,/^}/p')
	id[$u]=$(jq -r '.id // empty' <<<"$json" 2>/dev/null)
	if [ -n "${id[$u]}" ]; then
		ok "enroll: $u's key ($k) $*"
	else
		not_ok "enroll: $u's key ($k) $*" "$seen" "$(log "$k")"
		[ "${must:-yes}" = no ] || exit 1
	fi
}
forget alice
enrolkey alice alice -- --label blue
is "enroll: one key made, and proved by one signature" "1 1" \
    "$(logged alice 'cmd=01 .*-> 0x00') $(logged alice '^assert .*up=1 .*-> 0x00')"
enrolkey bob bob
enrolkey carol carol 2580 2580 -- --uv required
enrolkey dan dan -- --uv preferred
listed "list: the key has a model, a counter and what it is able to" alice \
    '.id == "'"${id[alice]}"'" and .kind == "possession" and .state == "active" and .label == "blue" and (.fido2 | .algorithm == "ES256" and (.counter >= 1) and (.aaguid | length == 36) and .resident == false)'
listed "list: carol's verifies by PIN" carol '.fido2.verifies == "pin" and .fido2.uv == "required"'
listed "list: dan's by its sensor" dan '.fido2.verifies == "sensor" and .fido2.uv == "preferred"'
recorded "enroll: recorded" enrol '.target == "alice"'
term_stack || exit 99
term_stack i3lock
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL:ALL) ALL'
echo root:pw-root | term_run chpasswd -c YESCRYPT
printf 'auth include sekisho-auth\naccount include sekisho-account\n' |
    term_put /etc/pam.d/loop

# --- password and key
seq_now
forget alice
forget bob
forget dan
gets_in "ssh: password and key, the right one of four found" ssh_as alice pw-alice
in_order "ssh: what will be is told before the password" \
    'Please touch your security key' 'Password:'
recorded "ssh: admitted by two kinds, the key named" admit \
    '.service == "sshd" and .subject == "alice" and (.kinds | sort) == ["knowledge","possession"] and (.authenticator | test("'"${id[alice]}"'"))'
recorded "ssh: the login is recorded" login '.target == "alice"'
is "ssh: one signature, with one touch" 1 "$(logged alice '^assert .*up=1 .*-> 0x00')"
is "ssh: others' keys were not asked for a touch" "0 0" \
    "$(logged bob 'up=1') $(logged dan 'up=1')"
listed "ssh: its counter goes on, its use is known" alice '.last_used != null and .fido2.counter >= 2'
seq_now
gets_in "console: password and key" console_as alice pw-alice
shows "console: it is told while the key waits" 'Please touch your security key\.'
recorded "console: admitted" admit '.service == "login" and .subject == "alice" and (.kinds | length) == 2'
seq_now
TERM_SSH_OPTIONS=-tt gets_in "sudo: password and key, in an ssh login" \
    term_ssh keyboard-interactive alice pw-alice pw-alice -- \
    "sudo -k; sudo sh -c '$mark; id -u'"
shows "sudo: it is root" '^0'
shows "sudo: it is told, silent or not" 'Please touch your security key\.'
recorded "sudo: admitted" admit '.service == "sudo" and .subject == "alice" and (.kinds | length) == 2'
seq_now
gets_in "su: the target's password and key, from a console login" \
    term_console ttyS9 alice pw-alice pw-bob --then "su - bob -c '$mark; id -un'"
shows "su: it is bob" '^bob'
recorded "su: admitted" admit '(.service == "su" or .service == "su-l") and .target == "bob"'

# --- a wrong password: the same questions, the same touch, nothing else
unlock alice
forget alice
stays_out "ssh: a wrong password and the key" ssh_as alice wrong
counts "which is one failure" 1 alice
is "the key was asked for a touch all the same" 1 "$(logged alice '^assert .*up=1 .*-> 0x00')"
shows "and the refusal is in general words" 'The login was refused'
stays_out "console: a wrong password and the key" console_as alice wrong
shows "it is told the same" 'Please touch your security key\.'
counts "which is one failure more" 2 alice
gets_in "then right" ssh_as alice pw-alice
counts "and none is left" 0 alice

# --- the cue is seen over ssh before the touch
knobs alice touch=never
forget alice
term_ssh keyboard-interactive alice pw-alice -- "$mark" >"$TERM_DIR/cue" 2>&1 &
waiting=$!
until_logged alice 'wait touch'
seen=$(cat "$TERM_DIR/cue")
shows "ssh: the cue is there while the key waits" 'Please touch your security key'
hides "ssh: and nobody is in yet" 'IN-42'
knobs alice
wait $waiting
seen=$(cat "$TERM_DIR/cue")
shows "ssh: touched, it gets in" 'IN-42'

# --- no touch, taken out, another's
unlock alice
knobs alice touch=never
stays_out "console: no touch" console_as alice pw-alice
shows "console: says so" 'was not touched in time'
counts "no touch: one failure" 1 alice
knobs alice touch=deny
stays_out "console: turned down at the key" console_as alice pw-alice
counts "turned down: one failure more" 2 alice
unlock alice
knobs alice touch=never
forget alice
(until_logged alice 'wait touch'; pull alice) &
puller=$!
stays_out "console: taken out while it waits" console_as alice pw-alice
wait $puller
shows "taken out: says so" 'was taken out too early'
counts "taken out: one failure" 1 alice
unlock alice
knobs alice
only bob
code alice
gets_in "console: another's key there: hers is looked for, and the other way taken" \
    console_as alice pw-alice '' "$code"
in_order "console: it is not one of hers; then the other way" \
    'is not one of yours' 'another way' 'One-time code:'
counts "the other way: nothing is counted" 0 alice
stays_out "bob has no other way" console_as bob wrong
unlock bob
stays_out "ssh: another's key is none of hers" ssh_as alice pw-alice '' 000000
unlock alice
forget bob
pull bob
code alice
gets_in "ssh: no key there: the code alone is asked for" \
    ssh_as alice pw-alice "$code"
hides "no key there: nothing is said of keys" 'security key'
stays_out "bob without his key" ssh_as bob pw-bob ''
shows "bob is told to insert it" 'Insert your security key'
unlock bob
: >"$TERM_DIR/live"
(
	for i in $(seq 150); do
		grep -q 'Insert your security key' "$TERM_DIR/live" && break
		sleep 0.1
	done
	plug bob
) &
puller=$!
gets_in "console: put in when asked for" live console_as bob pw-bob ''
wait $puller
only alice bob carol dan

# --- PIN
seq_now
gets_in "console: password, key and PIN" console_as carol pw-carol 2580
shows "PIN: the tries left are told" 'Tries left for the PIN of your security key: 8'
recorded "PIN: it counts as no kind more" admit \
    '.service == "login" and .subject == "carol" and (.kinds | sort) == ["knowledge","possession"]'
stays_out "console: a wrong PIN" console_as carol pw-carol 1111
counts "a wrong PIN: one failure" 1 carol
stays_out "console: a wrong password, and a PIN" console_as carol wrong 2580
shows "the tries left are one less" 'security key: 7'
counts "one failure more" 2 carol
stays_out "console: a wrong password, and a wrong PIN" console_as carol wrong 1111
gets_in "console: then right" console_as carol pw-carol 2580
shows "a PIN behind a wrong password never reached the key" 'security key: 7'
stays_out "console: the login password is no PIN" console_as carol pw-carol pw-carol
gets_in "console: right again" console_as carol pw-carol 2580
shows "and cost no try" 'security key: 8'
for i in 1 2 3; do
	stays_out "console: a wrong PIN ($i of 3)" console_as carol pw-carol 1111
done
stays_out "console: the key takes no PIN now" console_as carol pw-carol 2580
shows "paused: says what to do" 'takes no PIN now.*take it out'
pull carol
plug carol
gets_in "console: taken out and put in, it does" console_as carol pw-carol 2580
knobs carol setpin=2580 pinmax=1
pull carol
plug carol
forget carol
stays_out "console: the last try is not taken unasked" console_as carol pw-carol ''
shows "last try: says so" 'One try is left'
hides "last try: no PIN was asked for" 'Security key PIN'
gets_in "console: the last try, when he says yes" console_as carol pw-carol yes 2580
stays_out "console: the last try, wrong" console_as carol pw-carol yes 1111
stays_out "console: blocked" console_as carol pw-carol ''
shows "blocked: says so" 'PIN of your security key is blocked'
unlock carol
knobs carol setpin=2580

# --- sensor
seq_now
gets_in "console: password and the key's sensor" console_as dan pw-dan
shows "sensor: says so" 'touch the sensor'
# carol gets another key.
pull carol
term_run sekisho authenticator remove "${id[carol]}" -y >/dev/null
knobs spare setpin=8520
plug spare
enrolkey carol spare 8520 8520 -- --uv required

# --- the key alone, where its holder verified is a second kind
only spare dan
stays_out "uv does not count: the key alone is not enough" \
    console_as carol wrong 8520
stays_out "uv does not count: nor by its sensor" console_as dan wrong
settings en 'fido2_uv_counts = yes'
seq_now
only spare
gets_in "uv counts: the console by key and PIN alone" console_as carol 8520
hides "no password is asked for" 'Password:'
recorded "admitted by two kinds" admit \
    '.service == "login" and .subject == "carol" and (.kinds | sort) == ["knowledge","possession"]'
unlock carol
stays_out "uv counts: a wrong PIN" console_as carol 1111
counts "which is one failure" 1 carol
gets_in "uv counts: ssh asks for the password all the same" ssh_as carol pw-carol 8520
stays_out "uv counts: ssh, a wrong password, key and PIN" ssh_as carol wrong 8520
unlock carol
only dan
seq_now
gets_in "uv counts: the console by key and finger alone" console_as dan
recorded "admitted by two kinds" admit \
    '.service == "login" and .subject == "dan" and (.kinds | sort) == ["inherence","possession"]'
knobs dan uv=ok mcuvnotrqd=yes clearflags=uv
stays_out "uv counts: a key that only says it verified" console_as dan
unlock dan
# Behind three of these its sensor is blocked for good: it has no PIN.
knobs dan uv=fail mcuvnotrqd=yes
stays_out "uv counts: a finger it does not know, and there is no PIN" \
    console_as dan
shows "sensor: says so" 'did not recognise you'
counts "sensor: one failure" 1 dan
unlock dan
pull dan
settings en ''

# --- a counter that goes back
only alice
gets_in "counter: goes on" ssh_as alice pw-alice
seq_now
knobs alice count=back:3
stays_out "counter: goes back" ssh_as alice pw-alice
recorded "counter: recorded" counter-back '.authenticator | test("'"${id[alice]}"'")'
listed "counter: the key is suspect" alice '.state == "suspect"'
knobs alice
code alice
stays_out "suspect: opens nothing" ssh_as alice pw-alice ''
gets_in "suspect: the other way stays" ssh_as alice pw-alice "$code"
seen=$(term_run sekisho authenticator found "${id[alice]}" --reason "a new battery" -y 2>&1)
is "authenticator found: it is right again" 0 $?
listed "found: active" alice '.state == "active"'
gets_in "found: it opens" ssh_as alice pw-alice
unlock alice

# --- two at once want one key
knobs alice touch=never
forget alice
term_ssh keyboard-interactive alice pw-alice -- "$mark" >"$TERM_DIR/first" 2>&1 &
first=$!
until_logged alice 'wait touch'
: >"$TERM_DIR/live"
(
	for i in $(seq 100); do
		grep -q 'in use by another program' "$TERM_DIR/live" && break
		sleep 0.1
	done
	knobs alice
) &
helping=$!
gets_in "busy: the second waits, and gets in" live console_as alice pw-alice
shows "busy: and is told" 'in use by another program'
wait $helping $first
seen=$(cat "$TERM_DIR/first")
shows "busy: so does the first" 'IN-42'
knobs alice touch=never
forget alice
term_ssh keyboard-interactive alice pw-alice -- "$mark" >"$TERM_DIR/first" 2>&1 &
first=$!
until_logged alice 'wait touch'
stays_out "busy to the end: refused within its time" console_as alice pw-alice
shows "busy to the end: says so" 'in use by another program'
wait $first
seen=$(cat "$TERM_DIR/first")
hides "busy to the end: the first was not let in by it" 'IN-42'
knobs alice
unlock alice

# --- 200 at once, one key: alice's and, by the same key, bob's
only alice
seq_now
forget alice
term_put /root/rig/crowd 755 <<'CROWD'
#!/bin/bash
# crowd N: N logins at once; the last line is how many of each got in
mkdir -p /tmp/crowd && rm -f /tmp/crowd/*
for i in $(seq "$1"); do
	u=alice
	[ $((i % 2)) = 0 ] || u=bob
	(
		printf 'pw-%s\n\n' $u | timeout 120 pamtester loop $u \
		    authenticate acct_mgmt >/tmp/crowd/$i.$u 2>&1
		echo "rc $?" >>/tmp/crowd/$i.$u
	) &
done
wait
for u in alice bob; do
	echo "$u $(grep -lx 'rc 0' /tmp/crowd/*.$u 2>/dev/null | wc -l) $(grep -lx 'rc 124' /tmp/crowd/*.$u 2>/dev/null | wc -l)"
done
CROWD
seen=$(term_run /root/rig/crowd 200 2>&1)
n=$(sed -n 's/^alice \([0-9]*\) .*/\1/p' <<<"$seen")
is "200 at once: none hangs" "0 0" "$(sed -n 's/^[a-z]* [0-9]* //p' <<<"$seen" | tr '\n' ' ' | sed 's/ $//')"
is "200 at once: nobody is let in by another's key" "bob 0 0" "$(grep ^bob <<<"$seen")"
if [ "${n:-0}" -ge 1 ]; then ok "200 at once: alice gets in ($n of 100)"; else
	not_ok "200 at once: alice gets in" "$seen" "$(term_run sh -c 'sort /tmp/crowd/*.alice | uniq -c | sort -rn | head')"; fi
admits=$(term_run sekisho audit show --json | jq -c --argjson s "$since" \
    'select(.seq > $s and .event == "admit" and .service == "loop") | .subject' | sort | uniq -c | tr -s ' ')
is "200 at once: each of them is recorded, and nobody else" " $n \"alice\"" "$admits"
[ "$(logged alice '^assert .*up=1 .*-> 0x00')" -ge "${n:-0}" ] &&
    ok "200 at once: none got in without a signature of his own" ||
    not_ok "200 at once: none got in without a signature of his own" "$n, but $(logged alice '^assert .*up=1 .*-> 0x00')"
seen=$(term_run sekisho store status 2>&1)
is "200 at once: the store is whole" 0 $?
seen=$(term_run sekisho audit verify 2>&1)
is "200 at once: the records are whole" 0 $?
unlock alice
unlock bob
gets_in "200 at once: and then one more" ssh_as alice pw-alice
is "200 at once: nothing is left behind" 0 "$(term_run sh -c 'pgrep -c pamtester')"
only alice bob

# --- one's own enrolment, by the helper
knobs spare2
plug spare2
seen=$(TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive bob --prompt "$prompts" \
    pw-bob pw-bob -- "sekisho enroll fido2 bob --label second --device softkey:/run/softkey/spare2.sock --json; echo RC-\$?" 2>&1)
shows "enroll by bob himself, proved by password and key" 'RC-0'
pull bob
gets_in "and by it he gets in" ssh_as bob pw-bob
is "he has two" 2 "$(term_run sekisho authenticator list bob --json | jq '[.[] | select(.state == "active")] | length')"
pull spare2
plug bob

# --- a screen locker
settings en ''
uid=$(term_run id -u alice)
term_console ttyS9 alice --timeout 600 pw-alice --then 'sleep 600' \
    >"$TERM_DIR/console.log" 2>&1 &
until_true()
{
	local i n=$(($1 * 5))

	shift
	for i in $(seq $n); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
as_alice()
{
	term_as alice env DISPLAY=:7 XDG_RUNTIME_DIR="/run/user/$uid" \
	    DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" \
	    HOME=/home/alice LC_ALL=C.UTF-8 "$@"
}
unit()
{
	local name=$1

	shift
	as_alice systemctl --user reset-failed "$name" 2>/dev/null
	as_alice systemd-run --user --quiet --unit="$name" --setenv=DISPLAY=:7 \
	    --setenv=LC_ALL=C.UTF-8 --setenv=XDG_RUNTIME_DIR="/run/user/$uid" "$@"
}
locks()
{
	term_run rm -f /tmp/locker.rc
	unit "locker$1" sh -c 'i3lock --nofork; echo $? >/tmp/locker.rc'
	until_true 20 as_alice xdotool search --name i3lock ||
	    { not_ok "i3lock starts" "$(term_log -n 20)"; exit 1; }
	sleep 0.5
}
type_in()
{
	as_alice xdotool type --delay 30 -- "$1"
	as_alice xdotool key Return
}
opened() { term_run test -s /tmp/locker.rc; }
until_true 20 term_run test -S "/run/user/$uid/bus" ||
    { not_ok "alice has a session" "$(cat "$TERM_DIR/console.log")"; exit 1; }
unit screen Xvfb :7 -screen 0 640x480x24 -nolisten tcp -noreset
until_true 20 as_alice xdotool getdisplaygeometry || { not_ok "a screen" ""; exit 1; }
locks 1
seq_now
type_in wrong
refused() { [ -n "$(record refuse '.service == "sekisho-locker"')" ]; }
if until_true 30 refused && ! opened; then
	ok "i3lock: a wrong password and the key do not unlock"
else
	not_ok "i3lock: a wrong password and the key do not unlock" "$(term_log -n 20)"
fi
sleep 3
seq_now
type_in pw-alice
if until_true 30 opened; then
	ok "i3lock: password and key do, in one box"
else
	not_ok "i3lock: password and key do, in one box" "$(term_run ps -ef | tail -n 20)"
fi
recorded "recorded as an admission by two kinds" admit \
    '.service == "sekisho-locker" and .subject == "alice" and (.kinds | length) == 2'
unlock alice
as_alice systemctl --user stop screen 2>/dev/null

# --- Japanese
settings ja ''
gets_in "Japanese: ssh" ssh_as alice pw-alice
hides "Japanese: not in English" 'security key'
shows "Japanese: the cue" 'セキュリティキー'
gets_in "Japanese: console" console_as alice pw-alice
shows "Japanese: the cue there" 'セキュリティキー'
settings en ''

# --- moved over from pam_u2f
only eve
# The one key that is there makes a mapping, and opens by it.
line=$(term_run env SOFTKEY=/run/softkey/eve.sock SOFTKEY_ONLY=1 \
    pamu2fcfg -u eve -o pam://old -i pam://old 2>&1)
term_put /etc/u2f_keys 644 <<<"$line"
printf 'auth required pam_u2f.so authfile=/etc/u2f_keys origin=pam://old appid=pam://old cue\naccount required pam_permit.so\n' |
    term_put /etc/pam.d/old
seen=$(term_run timeout 120 pamtester old eve authenticate 2>&1)
is "pam_u2f: the key opens" 0 $?
seen=$(term_run sekisho import /etc/u2f_keys --format pam_u2f --rp-id pam://old -y 2>&1)
is "import --format pam_u2f" 0 $?
gets_in "imported: password and key" ssh_as eve pw-eve
seen=$(term_run timeout 120 pamtester old eve authenticate 2>&1)
is "and pam_u2f opens by it still" 0 $?
gets_in "imported: and ours again" ssh_as eve pw-eve
listed "imported: listed" eve '.state == "active" and .fido2.attestation == "none"'

# --- a ticket in the key's place
term_run sh -c 'groupadd approver; groupadd ciso; usermod -aG approver gus; usermod -aG ciso hana'
roles='[roles]
approver = approver
ciso = ciso'
settings en '' "$roles"
only alice
acts "ticket: the exception is asked" ines request exception \
    --key ticket.substitute --value code --reason keys_are_forgotten --until 300d --json
acts "ticket: and given" hana approve "$(jq -r '.id // empty' <<<"$json")"
settings en '' "$roles
[ticket]
substitute = code"
only
code gus
seq_now
gets_in "ticket: no key there: Enter, and a witness at his prompt" \
    ssh_as bob pw-bob '' '' gus pw-gus "$code"
recorded "ticket: the witness is recorded" witness '.subject == "gus"'
acts "ticket: one for bob, who forgot his key" ines ticket issue bob \
    --purpose substitute --reason left_at_home --json
ten=$(jq -r '.code // empty' <<<"$json" | tr -cd 0-9)
acts "ticket: approved" gus ticket approve "$(jq -r '.id // empty' <<<"$json")"
seq_now
gets_in "ticket: no key there: the ticket" ssh_as bob pw-bob "$ten"
recorded "ticket: admitted by it" admit '.subject == "bob" and (.authenticator | test("ticket:"))'
stays_out "ticket: not without his password" ssh_as bob wrong "$ten"
settings en '' "$roles"

# --- and the records are whole
seen=$(term_run sekisho audit verify 2>&1)
is "audit verify" 0 $?
exit $bad
