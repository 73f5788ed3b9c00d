#!/bin/bash
# card.sh - logins by IC cards in a booted terminal: ssh, sudo, su and the
# console, with cards that do what cards may do
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/card.sh
#
# pcscd is the real one, as its package starts it; the readers are vpcd's, and
# the cards are software (tests/emulators/card), one service of systemd each:
# taking one out is stopping it.
#
# alice has a My Number Card, and a counter for codes; bob a PIV card alone;
# carol one of whose keys the one without a PIN is bound to her. gus, hana and
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
# shellcheck source=tests/e2e/cards.sh
. "$here/cards.sh"

for tool in jq oathtool pamtester; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
cards_have || exit
# shellcheck disable=SC2086
rigged_boot alice bob carol gus hana ines || exit

cards_begin
# only CARD TYPE: in the first reader, and none else
only()
{
	pull "${!at[@]}"
	[ $# = 0 ] || plug "$@"
}
# back CARD: it is in again, after what became of it
back()
{
	term_run sh -c 'for i in $(seq 250); do
		[ "$(cat "/opt/softcard/$1/present")" = yes ] && exit 0; sleep 0.04
	done; exit 1' sh "$1" ||
	    # vpcd did not see it come: by hand, as with a real one.
	    term_run systemctl restart "softcard@$1"
	slot wait "00 0${at[$1]}" present
}
forget()
{
	term_run sh -c 'cd /opt/softcard && touch "$1.log" && cat "$1.log" >>all.log &&
		: >"$1.log"' sh "$1"
}
# logged CARD PATTERN: how many lines of its log
logged() { term_run grep -cE -- "$2" "/opt/softcard/$1.log"; }
tries()	{ term_run cat "/opt/softcard/$1/tries"; }
until_logged()
{
	local i

	for i in $(seq 150); do
		[ "$(logged "$1" "$2")" -ge "${3:-1}" ] && return 0
		sleep 0.1
	done
	return 1
}

accepted='accept = password hotp ticket card-jpki card-piv'
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
		$accepted
		$factors
		CONF
		printf '%s\n' "$@"
	} | term_put /etc/sekisho/sekisho.conf
	seen=$(term_run sekisho policy check 2>&1) ||
	    { not_ok "policy check ($factors $*)" "$seen"; exit 1; }
}
# settings_refused NAME [LINE...]: policy check does not take it
settings_refused()
{
	if (settings en '' "${@:2}") >/dev/null; then
		not_ok "$1" "$(term_run cat /etc/sekisho/sekisho.conf)"
	else
		ok "$1"
	fi
}
prompts='(?:[Pp]assword|[Cc]ode|login|witness|PIN|way|press Enter|not to|password for [^\r\n]*|パスワード|コード|PIN|暗証番号|Enter [^\r\n]*|yes [^\r\n]*)[:：] ?$'

# --- enrolment
settings en ''
for u in alice gus hana ines; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
seen=$(term_run sekisho enroll card alice -y 2>&1)
is "enroll: without a card it is refused" 1 $?
# enrolcard USER CARD ANSWER... [-- OPTION...]
declare -A id=()
enrolcard()
{
	local u=$1 k=$2 answers=()

	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do answers+=("$1"); shift; done
	[ $# = 0 ] || shift
	if [ ${#answers[@]} = 0 ]; then
		seen=$(term_run sekisho enroll card "$u" -y --json "$@" 2>&1)
	else
		seen=$(term_talk --prompt "$prompts" "${answers[@]}" -- \
		    sekisho enroll card "$u" --json "$@" 2>&1)
	fi
	json=$(tr -d '\r' <<<"$seen" | sed -n '/^{/,/^}/p')
	id[$u]=$(jq -r '.id // empty' <<<"$json" 2>/dev/null)
	if [ -n "${id[$u]}" ]; then
		ok "enroll: $u's card ($k) $*"
	else
		not_ok "enroll: $u's card ($k) $*" "$seen" "$(term_run cat "/opt/softcard/$k.log")"
		exit 1
	fi
}
only alice jpki
forget alice
enrolcard alice alice 1234 -- --label blue
is "enroll: proved by one signature behind its PIN" "true 1 1" \
    "$(jq .proved <<<"$json") $(logged alice '^verify .*9000') $(logged alice '^apdu 802a.*9000')"
only bob piv
enrolcard bob bob 123456 -- --key 9a
only carol piv
enrolcard carol carol -- --key 9e
is "enroll: by -y it is not proved" false "$(jq .proved <<<"$json")"
seen=$(term_run sekisho authenticator list alice --json |
    jq -c '[.[] | select(.method == "card-jpki")][0] | [.kind, .state, .card.driver, .card.algorithm, .card.pin]')
is "list: alice's" '["possession","active","jpki","RSA-2048",true]' "$seen"
seen=$(term_run sekisho authenticator list carol --json | jq -c '[.[] | select(.method == "card-piv")][0].card | [(.key | ascii_downcase), .pin]')
is "list: carol's works without a PIN" '["9e",false]' "$seen"
seen=$(term_run sekisho card list 2>&1)
shows "card list: a PIV card in the reader" 'Virtual PCD 00 00.*PIV'
recorded "enroll: recorded" enrol '.target == "carol"'
term_stack || exit 99
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL:ALL) ALL'
printf 'auth include sekisho-auth\naccount include sekisho-account\n' |
    term_put /etc/pam.d/loop

# --- password and card
only alice jpki
seq_now
forget alice
gets_in "ssh: password, card and PIN" ssh_as alice pw-alice 1234
shows "ssh: the tries left are told" 'Tries left for the PIN of your card: 3'
recorded "ssh: admitted by two kinds, the card named" admit \
    '.service == "sshd" and .subject == "alice" and (.kinds | sort) == ["knowledge","possession"] and (.authenticator | test("'"${id[alice]}"'"))'
is "ssh: one VERIFY, one signature" "1 1" \
    "$(logged alice '^verify 4 bytes -> 9000') $(logged alice '^apdu 802a.*-> 9000')"
is "ssh: the signing half was not touched" 0 "$(logged alice forbidden)"
is "ssh: nor was any PIN status left" "6982" "$(slot apdu '00 00' \
    00a4040c0ad392f000260100000001 00a4020c020017 802a0080013000 | tail -n 1)"
seq_now
gets_in "console: password, card and PIN" console_as alice pw-alice 1234
recorded "console: admitted" admit '.service == "login" and .subject == "alice" and (.kinds | length) == 2'
seq_now
TERM_SSH_OPTIONS=-tt gets_in "sudo: password, card and PIN, in an ssh login" \
    term_ssh keyboard-interactive alice --prompt "$prompts" pw-alice 1234 pw-alice 1234 -- \
    "sudo -k; sudo sh -c '$mark; id -u'"
shows "sudo: it is root" '^0'
recorded "sudo: admitted" admit '.service == "sudo" and .subject == "alice" and (.kinds | length) == 2'
plug bob piv 1
seq_now
gets_in "su: the target's password and card, from a console login" \
    term_console ttyS9 alice --prompt "$prompts" pw-alice 1234 pw-bob 123456 --then "su - bob -c '$mark; id -un'"
shows "su: it is bob" '^bob'
recorded "su: admitted" admit '(.service == "su" or .service == "su-l") and .target == "bob"'
only carol piv
forget carol
gets_in "ssh: the key that has no PIN" ssh_as carol pw-carol
hides "and none is asked for" 'PIN'
is "and none is sent" 0 "$(logged carol '^verify')"

# --- wrong: the same questions, one failure each
only alice jpki
unlock alice
forget alice
stays_out "ssh: a wrong password, and the PIN" ssh_as alice wrong 1234
counts "which is one failure" 1 alice
is "and the card was sent no PIN" 0 "$(logged alice '^verify')"
stays_out "ssh: a wrong PIN" ssh_as alice pw-alice 9999
counts "which is one failure more" 2 alice
is "and one try on the card" "2 1" "$(tries alice) $(logged alice '^verify')"
stays_out "console: the login password is no PIN" console_as alice pw-alice pw-alice
shows "it says so" 'cannot be the PIN'
counts "which is a failure" 3 alice
is "and no try" 2 "$(tries alice)"
gets_in "then right" ssh_as alice pw-alice 1234
shows "two were left" 'PIN of your card: 2'
counts "and no failure is left" 0 alice
is "nor a try lost" 3 "$(tries alice)"
knobs alice tries=1
stays_out "the last try is not taken unasked" console_as alice pw-alice '' 000000
shows "last try: says so" 'One try is left'
is "last try: it is still there" 1 "$(tries alice)"
unlock alice
gets_in "the last try, when he says yes" console_as alice pw-alice yes 1234
for sw in 63c0 6983 6984; do
	knobs alice blocked=$sw
	code alice
	gets_in "blocked ($sw): the other way" ssh_as alice pw-alice "$code"
	shows "blocked: where to go" 'reset at your municipal office'
done
knobs alice tries=3
unlock alice

# --- another's, none, and what is no card
only bob piv
code alice
gets_in "another's card: the other way" console_as alice pw-alice '' "$code"
in_order "it is not one of hers; then the code" 'not one of yours' 'One-time code:'
only
code alice
gets_in "no card there: the code alone is asked for" ssh_as alice pw-alice "$code"
hides "no card there: nothing is said of cards" '[Cc]ard'
stays_out "bob without his card" ssh_as bob pw-bob ''
shows "bob is told to put it on the reader" 'Put your card on the reader'
unlock bob
: >"$TERM_DIR/live"
(
	for _ in $(seq 150); do
		grep -q 'Put your card' "$TERM_DIR/live" && break
		sleep 0.1
	done
	plug bob piv
) &
putter=$!
at[bob]=0
gets_in "console: put there when asked for" live console_as bob pw-bob '' 123456
wait $putter
only alice jpki
for t in phone-android phone-ios; do
	knobs alice token=$t
	stays_out "$t in its place" console_as alice pw-alice '' 000000
	shows "$t: says so" 'A phone cannot be used'
done
unlock alice

# --- certificates and signatures
knobs alice cert=renewed
stays_out "a renewed card is another one" console_as alice pw-alice '' 000000
shows "renewed: to be enrolled again" 'please have it enrolled again'
unlock alice
for s in otherkey wrong replay empty long; do
	knobs alice sig=$s
	forget alice
	stays_out "sig=$s" ssh_as alice pw-alice 1234
	counts "sig=$s: one failure" 1 alice
	is "sig=$s: one VERIFY" 1 "$(logged alice '^verify')"
	unlock alice
done
knobs alice
term_run sh -c 'mkdir -p /etc/sekisho/card-anchors && cp /opt/softcard/alice/ca.pem /etc/sekisho/card-anchors/'
settings en '' '[card]' 'anchors = /etc/sekisho/card-anchors'
gets_in "anchors: it leads to one" ssh_as alice pw-alice 1234
knobs alice cert=otherca
stays_out "anchors: its issuer's name with another key" console_as alice pw-alice 000000
shows "anchors: says so" 'does not trust the certificate'
unlock alice
knobs alice cert=expired
stays_out "an expired certificate" console_as alice pw-alice 000000
shows "expired: says so" 'certificate of your card has expired'
counts "expired: one failure" 1 alice
unlock alice
knobs alice cert=soon
gets_in "a certificate that ends within 60 days" ssh_as alice pw-alice 1234
shows "it is told of" "certificate of your card ends on $(TZ=Asia/Tokyo date +%F -d \
    "$(term_run openssl x509 -in /opt/softcard/alice/auth.pem -noout -enddate | cut -d= -f2)")"
settings en ''
knobs alice

# --- what others do to card, reader and pcscd
for f in eject=verify eject=sign eject=verify+ hang=verify+ hang=sign empty=sign; do
	knobs alice tries=3 $f
	forget alice
	stays_out "$f" ssh_as alice pw-alice 1234
	counts "$f: one failure" 1 alice
	[ "$(logged alice '^verify')" -le 1 ] && ok "$f: never a second VERIFY" ||
	    not_ok "$f: never a second VERIFY" "$(term_run cat /opt/softcard/alice.log)"
	unlock alice
	knobs alice tries=3
	back alice
	gets_in "$f: and then it gets in" ssh_as alice pw-alice 1234
done
slot reset '00 00' 300 10 >"$TERM_DIR/resets" 2>&1 &
resetter=$!
gets_in "another program resets it all the while" ssh_as alice pw-alice 1234
wait $resetter
is "and it did" yes "$([ "$(tail -n 1 "$TERM_DIR/resets")" -ge 2 ] && echo yes)"
knobs alice tries=3
term_put /root/rig/holder 755 <<'HOLDER'
#!/bin/bash
# holder SECONDS: hold the card that long
exec 8< <(exec sleep "$1")
exec /opt/softcard/slot hold '00 00' 8
HOLDER
term_run /root/rig/holder 3 >"$TERM_DIR/held" 2>&1 &
holder=$!
for _ in $(seq 100); do grep -q held "$TERM_DIR/held" && break; sleep 0.05; done
gets_in "held for 3 s by another program: it is waited for" ssh_as alice pw-alice 1234
wait $holder
: >"$TERM_DIR/held"
term_run /root/rig/holder 25 >"$TERM_DIR/held" 2>&1 &
holder=$!
for _ in $(seq 100); do grep -q held "$TERM_DIR/held" && break; sleep 0.05; done
stays_out "held on and on: refused within its time" console_as alice pw-alice 000000
shows "held: says so" 'in use by another program'
unlock alice
wait $holder

# A login that is killed between VERIFY and signature, while another program
# keeps the card powered: nobody is verified afterwards.
only bob piv
knobs bob slow=300
forget bob
term_put /root/rig/keeper 755 <<'KEEPER'
#!/bin/bash
exec 8< <(exec sleep "$1")
exec /opt/softcard/slot keep '00 00' 8
KEEPER
term_run /root/rig/keeper 12 >/dev/null 2>&1 &
keeper=$!
term_put /root/rig/killed 755 <<'KILLED'
#!/bin/bash
printf 'pw-bob\n123456\n' | pamtester loop bob authenticate >/dev/null 2>&1 &
p=$!
for i in $(seq 300); do
	grep -q '^verify .*9000' /opt/softcard/bob.log && break
	sleep 0.02
done
kill -KILL $p
# pcscd waits for the command that is under way. The first reset was that of
# who looked before the PIN was typed.
for i in $(seq 100); do
	[ "$(grep -c '^reset$' /opt/softcard/bob.log)" -ge 2 ] && break
	sleep 0.05
done
KILLED
seen=$(term_run /root/rig/killed 2>&1)
is "killed: the card was reset" 2 "$(logged bob '^reset$')"
is "killed: nothing was signed" 0 "$(logged bob '^apdu .087.*with data')"
is "killed: it had been verified" 1 "$(logged bob '^verify .*9000')"
is "killed: no PIN status is left" 63c3 "$(slot apdu '00 00' \
    00a404000ba000000308000010000100 00200080 | tail -n 1)"
knobs bob
wait $keeper
gets_in "killed: and then it gets in" ssh_as bob pw-bob 123456

only alice jpki
term_run systemctl stop pcscd.socket pcscd.service 2>/dev/null
code alice
gets_in "pcscd stopped: the other way" ssh_as alice pw-alice "$code"
stays_out "pcscd stopped: bob has none" ssh_as bob pw-bob ''
shows "pcscd stopped: says so" 'card reader cannot be used'
unlock bob
term_run systemctl start pcscd.socket pcscd.service
back alice
gets_in "pcscd is back: the card again" ssh_as alice pw-alice 1234

# --- the card alone, where its PIN is a second kind
stays_out "a PIN does not count: the card alone is not enough" \
    console_as alice wrong 1234
unlock alice
settings en 'jpki_pin_counts = yes
piv_pin_counts = yes'
seq_now
only bob piv
gets_in "PIN counts: the console by card and PIN alone" console_as bob 123456
hides "no password is asked for" 'Password:'
recorded "admitted by two kinds" admit \
    '.service == "login" and .subject == "bob" and (.kinds | sort) == ["knowledge","possession"]'
stays_out "PIN counts: a wrong PIN" console_as bob 999999
counts "which is one failure" 1 bob
gets_in "PIN counts: ssh asks for the password all the same" ssh_as bob pw-bob 123456
stays_out "PIN counts: ssh, a wrong password, card and PIN" ssh_as bob wrong 123456
unlock bob
only carol piv
stays_out "PIN counts: a key without one is no second kind" console_as carol
unlock carol
only alice jpki
seq_now
gets_in "PIN counts: a My Number Card, too" console_as alice 1234
recorded "admitted by two kinds" admit \
    '.service == "login" and .subject == "alice" and (.kinds | sort) == ["knowledge","possession"]'

# --- a number alone, where an exception lets it
term_run sh -c 'groupadd approver; groupadd ciso; usermod -aG approver gus; usermod -aG ciso hana'
roles='[roles]
approver = approver
ciso = ciso'
accepted="$accepted card-uid"
settings_refused "a number alone is not accepted" "$roles"
accepted=${accepted% card-uid}
settings en '' "$roles"
acts "uid: the exception is asked" ines request exception \
    --key factors.accept --value card-uid --users carol --reason old_cards_until_march --until 300d --json
acts "uid: and given" hana approve "$(jq -r '.id // empty' <<<"$json")"
accepted="$accepted card-uid"
settings en '' "$roles"
term_run sekisho authenticator remove "${id[carol]}" -y >/dev/null
only felica uid
enrolcard carol felica -- --type uid
seq_now
gets_in "uid: password and FeliCa" ssh_as carol pw-carol
recorded "uid: admitted" admit '.subject == "carol" and (.kinds | sort) == ["knowledge","possession"]'
stays_out "uid: a wrong password" ssh_as carol wrong
unlock carol
only felica2 uid
stays_out "uid: another's number" ssh_as carol pw-carol ''
unlock carol
seen=$(term_run sekisho enroll card bob -y --type uid 2>&1)
is "uid: not for whom the exception does not name" 1 $?
accepted=${accepted% card-uid}

# --- in Japanese
only alice jpki
settings ja ''
gets_in "ja: password, card and PIN" ssh_as alice pw-alice 1234
shows "ja: the tries left" '3'
hides "ja: nothing is in English" 'Tries left'
stays_out "ja: a wrong one" ssh_as alice pw-alice 9999
unlock alice
settings en ''

# --- what must never be
is "nobody ever reached for the signing half, 券面 or 個人番号" 0 \
    "$(term_run sh -c 'cat /opt/softcard/*.log | grep -c forbidden')"
is "no PIN is in the journal or the records" 0 "$( {
	term_run journalctl -q --no-pager -o cat
	term_run sekisho audit show --json
} | grep -cE '(^|[^0-9])123456([^0-9]|$)')"
is "no process of a login is left" 0 "$(term_run sh -c 'pgrep -c pamtester')"

# --- and the records are whole
seen=$(term_run sekisho audit verify 2>&1)
is "audit verify" 0 $?
exit $bad
