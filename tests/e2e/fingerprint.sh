#!/bin/bash
# fingerprint.sh - logins by fingers in a booted terminal: console, sudo, su;
# and never by ssh, nor by sudo and su inside it
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/fingerprint.sh
#
# fprintd is the real one, as its package has the bus start it; the reader is
# libfprint's virtual device, whose socket lies where fprintd, shut in as it is
# by its unit, may write.
#
# alice has a finger and a counter for codes, bob another finger and codes.
# gus, hana and ines have codes: the approver, the CISO, and who asks for
# others.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in jq oathtool pamtester /usr/libexec/fprintd dbus-daemon; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
finger=$SEK_BUILDDIR/tests/emulators/fingerprint/finger
[ -x "$finger" ] ||
    make -s -C "$SEK_BUILDDIR" tests/emulators/fingerprint/finger >/dev/null ||
    exit 99
rigged_boot alice bob gus hana ines || exit

# --- fprintd and its reader
term_copy "$finger" /opt/fpr/finger
term_put /etc/systemd/system/fprintd.service.d/rig.conf <<'UNIT'
[Service]
Environment=FP_VIRTUAL_DEVICE=/run/fpr/fp.sock
Environment=FP_DRIVERS_WHITELIST=virtual_device G_MESSAGES_DEBUG=all
RuntimeDirectory=fpr
UNIT
term_run sh -c 'rm -f /etc/systemd/system/fprintd.service &&
	systemctl daemon-reload' || { echo "not ok rig: fprintd"; exit 99; }
finger() { term_run /opt/fpr/finger -s /run/fpr/fp.sock "$@"; }
# apart NAME ARG...: finger, in a process of its own; ended NAME ends it
apart()
{
	term_run sh -c 'echo $$ >"/run/rig-$1"; shift
		exec /opt/fpr/finger -s /run/fpr/fp.sock "$@"' sh "$@" &
	apart=$!
}
ended()
{
	term_run sh -c 'kill "$(cat "/run/rig-$1")" 2>/dev/null; rm -f "/run/rig-$1"' sh "$1"
	wait "$apart" 2>/dev/null
}
# reads LINE...: what the reader is told, when it waits; unread: no more
reads()	{ apart reader -w 25000 send "$@" >/dev/null 2>&1; }
unread() { ended reader; }
# calls METHOD: of fprintd, since the mark
calls()
{
	term_run journalctl --sync
	term_log -o cat -u fprintd | grep -F "Requesting authorization" |
	    grep -cF "to call method '$1'"
}
plain='(?:[Pp]assword|[Cc]ode|login|witness|way|press Enter|not to|password for [^\r\n]*|パスワード|コード)[:：] ?$'
# Where Enter is pressed as soon as the reader waits, too.
cancelling="(?:$plain|\(Enter: another way\)|\(Enter: give up\))"
prompts=$plain

accepted='accept = password hotp ticket fingerprint'
wait=5s
# settings LANGUAGE PROFILE [LINE...]: sekisho.conf, with these at its end
settings()
{
	local language=$1 profile=$2

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
		wait = $wait
		$accepted
		CONF
		printf '%s\n' "$@"
	} | term_put /etc/sekisho/sekisho.conf
	term_run sed -i "s/^profile = .*/profile = $profile/" \
	    /etc/sekisho/sekisho.conf.d/00-terminal.conf
	seen=$(term_run sekisho policy check 2>&1) ||
	    { not_ok "policy check ($profile $*)" "$seen"; return 1; }
}
often='[biometric]
tries = 10
lifetime_cap = 100'
settings en lgwan "$often" || exit 1

# --- enrolment
for u in alice bob gus hana ines; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
# enrolfinger USER LABEL
declare -A id=()
enrolfinger()
{
	local u=$1

	reads "SCAN $2" "SCAN $2" "SCAN $2" "SCAN $2" "SCAN $2"
	seen=$(term_run sekisho enroll fingerprint "$u" -y --json 2>&1)
	unread
	json=$(sed -n '/^{/,/^}/p' <<<"$seen")
	id[$u]=$(jq -r '.id // empty' <<<"$json" 2>/dev/null)
	if [ -n "${id[$u]}" ]; then
		ok "enroll: $u's finger"
	else
		not_ok "enroll: $u's finger" "$seen" "$(term_log -u fprintd -o cat | tail -n 20)"
		exit 1
	fi
}
enrolfinger alice right
enrolfinger bob bobs
seen=$(term_run sekisho authenticator list alice --json |
    jq -c '[.[] | select(.method == "fingerprint")][0] | [.kind, .state, .finger]')
is "list: alice's" '["inherence","active","right-index-finger"]' "$seen"
is "fprintd has it, for root alone" 700 "$(term_run stat -c %a /var/lib/fprint)"
recorded "enroll: recorded" enrol '.target == "alice"'
term_stack || exit 99
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL:ALL) ALL'
printf 'auth required pam_fprintd.so max-tries=1 timeout=5\naccount required pam_permit.so\n' |
    term_put /etc/pam.d/theirs

# by_finger LINE... -- CMD...: CMD, while the reader is told this
by_finger()
{
	local lines=()

	while [ "$1" != -- ]; do lines+=("$1"); shift; done
	shift
	reads "${lines[@]}"
	"$@"
	unread
}
# at_console USER ANSWER...: her own session, with logind's word that it is here
at_console()
{
	local u=$1

	shift
	term_console ttyS9 "$u" --prompt "$prompts" "$@"
}

# --- password and finger
seq_now
by_finger "SCAN right" -- gets_in "console: password and finger" console_as alice pw-alice
shows "console: told which finger" 'Swipe your right index finger across the fingerprint reader'
hides "console: no code is asked for" '[Cc]ode:'
recorded "console: by two kinds, the finger named" admit \
    '.service == "login" and .subject == "alice" and (.kinds | sort) == ["inherence","knowledge"] and (.authenticator | test("'"${id[alice]}"'"))'
recorded "console: marked, as no possession is among them" admit \
    '.subject == "alice" and (.detail // "" | test("no possession \\(below AAL2\\)"))'
is "console: one Claim, one VerifyStart, let go of" "1 1 1" \
    "$(calls Claim) $(calls VerifyStart) $(calls Release)"
seq_now
by_finger "SCAN right" "SCAN right" -- gets_in "sudo at the console: password and finger" \
    at_console alice pw-alice pw-alice --then "sudo -k; sudo sh -c '$mark; id -u'"
shows "sudo: it is root" '^0'
recorded "sudo: admitted" admit '.service == "sudo" and .subject == "alice" and (.kinds | sort) == ["inherence","knowledge"]'
seq_now
by_finger "SCAN right" "SCAN bobs" -- gets_in "su at the console: the target's password and finger" \
    at_console alice pw-alice pw-bob --then "su - bob -c '$mark; id -un'"
shows "su: it is bob" '^bob'
recorded "su: admitted" admit '(.service == "su" or .service == "su-l") and .target == "bob"'

# --- wrong: the same questions, one failure each
by_finger "SCAN left" -- stays_out "console: another finger" console_as alice pw-alice
counts "which is one failure" 1 alice
by_finger "SCAN bobs" -- stays_out "console: bob's finger for alice" console_as alice pw-alice
counts "which is one more" 2 alice
wrong_finger=$(tr -d '\r' <<<"$seen" | grep -v '^$')
by_finger "SCAN right" -- stays_out "console: a wrong password, and her finger" console_as alice wrong
counts "which is one more" 3 alice
is "who typed a wrong password sees the same" "$wrong_finger" "$(tr -d '\r' <<<"$seen" | grep -v '^$')"
unlock alice
for r in "RETRY 0:once more" "RETRY 1:too short" "RETRY 2:middle of the reader" "RETRY 3:take the finger off"; do
	by_finger "${r%%:*}" "SCAN right" -- gets_in "${r%%:*}, then her finger" console_as alice pw-alice
	shows "${r%%:*}: told so" "${r#*:}"
done
counts "what was not read well is no failure" 0 alice

# --- ends that are no match
code alice
by_finger "ERROR 0" -- gets_in "an error of the reader: the other way" console_as alice pw-alice "$code"
in_order "error: told so, then the code" 'reader cannot be used now' 'One-time code:'
counts "error: no failure" 0 alice
by_finger "ERROR 0" -- stays_out "an error of the reader, and a wrong code" console_as alice pw-alice 000000
counts "error: one failure" 1 alice
unlock alice
by_finger "SCAN right" -- gets_in "and then it gets in" console_as alice pw-alice
by_finger UNPLUG -- stays_out "unplugged while it waits" console_as alice pw-alice
counts "unplugged: one failure" 1 alice
unlock alice
term_mark
code alice
gets_in "no reader: the code alone is asked for" console_as alice pw-alice "$code"
hides "no reader: nothing is said of fingers" '[Ff]inger'
term_run systemctl restart fprintd
stays_out "nobody places a finger: refused within its time" console_as alice pw-alice
shows "silent: says so" 'No finger was read in time'
counts "silent: one failure" 1 alice
unlock alice
apart claimer claim bob >"$TERM_DIR/claimed" 2>&1
for _ in $(seq 100); do grep -q claimed "$TERM_DIR/claimed" && break; sleep 0.05; done
stays_out "busy: another program has it" console_as alice pw-alice
shows "busy: says so" 'in use by another program'
ended claimer
unlock alice
by_finger "SCAN right" -- gets_in "let go of: it gets in" console_as alice pw-alice
prompts=$cancelling
code alice
gets_in "Enter: the other way" console_as alice pw-alice '' "$code"
in_order "Enter: first the finger, then the code" 'fingerprint reader' 'One-time code:'
counts "Enter: no failure" 0 alice
prompts=$plain
is "Enter: the reader was let go of" "$(calls Claim)" "$(calls Release)"
term_run systemctl stop fprintd
by_finger "SCAN right" -- gets_in "fprintd ended: the bus starts it" console_as alice pw-alice

# --- the same yes and no as pam_fprintd's, where both have a meaning
for c in "yes:SCAN right" "no:SCAN left" "no:SCAN bobs" "yes:RETRY 1|SCAN right" \
    "no:RETRY 3|SCAN left" "no:ERROR 0" "no:ERROR 5"; do
	IFS='|' read -ra lines <<<"${c#*:}"
	reads "${lines[@]}"
	term_run pamtester theirs alice authenticate >/dev/null 2>&1 &&
	    theirs=yes || theirs=no
	unread
	reads "${lines[@]}"
	seen=$(console_as alice pw-alice 2>&1)
	grep -q IN-42 <<<"$seen" && ours=yes || ours=no
	unread
	is "${c#*:}: pam_fprintd and we agree" "${c%%:*} ${c%%:*}" "$theirs $ours"
done
unlock alice

# --- who is not here: the reader is not started
nobody_asked()
{
	is "$1: nothing of the reader was called" 0 \
	    "$(term_run journalctl --sync; term_log -o cat -u fprintd | grep -cF "Requesting authorization")"
	is "$1: fprintd was not even started" inactive \
	    "$(term_run systemctl is-active fprintd)"
	wait "$apart"
	is "$1: its socket was not served" 1 $?
}
away()
{
	local name=$1

	shift
	term_run systemctl stop fprintd
	# It is told as soon as it waits: that it is not told, is that it did not.
	apart reader -w 4000 send "SCAN right" >/dev/null 2>&1
	gets_in "$name" "$@"
	hides "$name: no finger is spoken of" '[Ff]inger'
	nobody_asked "$name"
}
code alice
away "ssh: password and code" ssh_as alice pw-alice "$code"
for cmd in "sudo -k; sudo sh -c '$mark'" "su - bob -c '$mark'"; do
	code alice
	one=$code
	case $cmd in
	sudo*)	code alice; two=$code; pw=pw-alice ;;
	*)	code bob; two=$code; pw=pw-bob ;;
	esac
	TERM_SSH_OPTIONS=-tt away "${cmd%% *} inside ssh: password and code" \
	    term_ssh keyboard-interactive alice --prompt "$prompts" pw-alice "$one" "$pw" "$two" -- "$cmd"
done
term_run systemctl stop fprintd
stays_out "ssh: password alone, a finger on the reader" ssh_as alice pw-alice ''
unlock alice

# --- more mismatches in a row than tries
# login(1) itself waits some seconds after a failure.
wait=15s
settings en lgwan '[biometric]' 'tries = 3' 'pause = 14s' || exit 1
for i in 1 2 3; do
	by_finger "SCAN left" -- stays_out "mismatch $i" console_as alice pw-alice
done
by_finger "SCAN right" -- gets_in "after them a pause, waited out" console_as alice pw-alice
shows "the pause is told" 'Too many scans in a row did not match'
unlock alice
wait=5s
settings en lgwan '[biometric]' 'tries = 3' 'pause = 30s' || exit 1
for i in 1 2 3; do
	by_finger "SCAN left" -- stays_out "mismatch $i" console_as alice pw-alice
done
term_mark
stays_out "a longer pause is not waited out" console_as alice pw-alice
shows "it is told, too" 'Too many scans in a row did not match'
is "and the reader is not started" 0 "$(calls VerifyStart)"
unlock alice
settings en lgwan "$often" || exit 1

# --- whose template: one that was enrolled elsewhere since does not count
reads "SCAN thief" "SCAN thief" "SCAN thief" "SCAN thief" "SCAN thief"
term_run timeout 20 fprintd-enroll -f right-index-finger bob >/dev/null 2>&1
is "another program enrols it anew" 0 $?
unread
by_finger "SCAN thief" -- stays_out "enrolled anew by another program" console_as bob pw-bob
hides "changed: it is not taken" 'IN-42'
shows "changed: to be enrolled again" 'enrolled again'
unlock bob

# --- mynumber: only where an exception lets it
term_run sh -c 'groupadd approver; groupadd ciso; usermod -aG approver gus; usermod -aG ciso hana'
roles='[roles]
approver = approver
ciso = ciso'
settings en mynumber "$often" "$roles" || exit 1
code alice
term_mark
gets_in "mynumber: password and code" console_as alice pw-alice "$code"
hides "mynumber: a finger is no possession: it is not asked for" 'fingerprint reader'
accepted="$accepted
require_possession = no"
(settings en mynumber "$often" "$roles") >/dev/null &&
    not_ok "mynumber: without an exception the value does not load" "$seen" ||
    ok "mynumber: without an exception the value does not load"
accepted=${accepted%%$'\n'*}
settings en mynumber "$often" "$roles" || exit 1
acts "mynumber: the exception is asked" ines request exception \
    --key factors.require_possession --value no --users alice --reason tokens_until_march --until 300d --json
standing=$(jq -r '.id // empty' <<<"$json")
acts "mynumber: and given" hana approve "$standing"
accepted="$accepted
require_possession = no"
if settings en mynumber "$often" "$roles"; then
	ok "mynumber: with it the value loads"
fi
seq_now
by_finger "SCAN right" -- gets_in "mynumber: password and finger by the exception" console_as alice pw-alice
recorded "mynumber: marked, and the exception named" admit \
    '.subject == "alice" and (.kinds | sort) == ["inherence","knowledge"] and (.detail // "" | test("no possession \\(below AAL2\\)")) and ((.ref // "") == "'"$standing"'" or (.detail | test("'"$standing"'")))'
by_finger "SCAN right" "SCAN right" -- gets_in "mynumber: sudo by password and finger" \
    at_console alice pw-alice pw-alice --then "sudo -k; sudo sh -c '$mark'"

# --- in Japanese
accepted=${accepted%%$'\n'*}
settings ja lgwan "$often" || exit 1
by_finger "RETRY 1" "SCAN right" -- gets_in "ja: password and finger" console_as alice pw-alice
shows "ja: what to do is told" '指紋'
hides "ja: nothing is in English" 'fingerprint|finger|Enter: another|once more'
unlock alice
settings en lgwan "$often" || exit 1

# --- what is left
is "nobody has the reader" yes "$(finger -w 5000 await closed && echo yes)"
is "no process of a login is left" 0 "$(term_run sh -c 'pgrep -c pamtester')"
seen=$(term_run sekisho audit verify 2>&1)
is "audit verify" 0 $?
exit $bad
