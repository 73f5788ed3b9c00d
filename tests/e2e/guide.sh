#!/bin/bash
# guide.sh - a newcomer with nothing but doc/guide.md: each command it shows is
# run as it is written, in its order, on a fresh terminal; then the worst case
# of doc/emergency.md, nobody gets in
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/guide.sh
#
# What belongs to packages is e2e/package.sh's.  Words in capitals stand for
# what the command before has shown.  Lines "NAME$ ..." are run by that person,
# without root's rights, who answers with password and code.  Security keys are
# software ones (tests/emulators/fido2), and so are IC cards, in a reader of the
# real pcscd (tests/emulators/card), and fingers, on libfprint's virtual reader
# of the real fprintd.  GUIDE_SHOW=1 shows what each one says.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
guide=$here/../../doc/guide.md
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

term_boot || exit
term_run groupadd juminka
term_user yamada suzuki ito tanaka sato kato mori abe || exit 99
term_run usermod -aG juminka suzuki
term_run usermod -aG juminka kato
term_run usermod -aG juminka abe
term_run usermod -aG sudo,juminka yamada
term_sshd yamada suzuki || exit 99
term_install "$SEK_BUILDDIR" || exit
term_run mkdir -p /media/usb
echo root:pw-root | term_run chpasswd -c YESCRYPT

# code SECRET: one of its codes that was not used yet, of now or, where that
# one was, of the next step, which is taken too; else it waits.
term_put /root/rig/code 755 <<'X'
#!/bin/bash
used=/root/rig/step-${1:0:16}
last=$(cat "$used" 2>/dev/null || echo 0)
while :; do
	now=$(($(date +%s) / 30))
	step=$((last >= now ? last + 1 : now))
	[ $step -gt $((now + 1)) ] || break
	sleep 0.5
done
echo $step >"$used"
oathtool --totp -b --now "@$((step * 30))" "$1"
X

# The passphrase, twice or once, and the codes of an enrolment.
passphrase='correct horse battery staple'
echo "$passphrase" | term_put /root/passphrase 600
term_put /root/rig/enroll.exp <<'X'
set timeout 120
set stty_init "columns 200 rows 60"
set user [lindex $argv 0]
spawn -noecho {*}[lrange $argv 1 end]
expect -re {secret=([A-Z2-7]+)&} { set secret $expect_out(1,string) }
expect -re {: $}
send "[exec /root/rig/code $secret]\r"
expect eof
set f [open /root/rig/secret-$user w]
puts $f $secret
close $f
exit [lindex [wait] 3]
X

# A passphrase where one is asked for, else yes.
term_put /root/rig/answer.exp <<'X'
set timeout 120
set stty_init "columns 200 rows 60"
spawn -noecho {*}[lrange $argv 1 end]
expect {
	-re {(パスフレーズ|assphrase|once more)[^\r\n]*: ?$} {
		# Not before it has turned echo off and flushed.
		sleep 0.3
		send -- "[lindex $argv 0]\r"; exp_continue }
	-re {\((yes/no)\) ?$} { send "yes\r"; exp_continue }
	-re {\[y/N\] ?$} { send "y\r"; exp_continue }
	timeout { exit 4 }
	eof
}
exit [lindex [wait] 3]
X

# The PIN of a card.
term_put /root/rig/pin.exp <<'X'
set timeout 60
set stty_init "columns 200 rows 60"
spawn -noecho {*}$argv
expect {
	-re {(PIN|暗証番号)[^\r\n]*: ?$} {
		sleep 0.3
		send -- "123456\r"; exp_continue }
	timeout { exit 4 }
	eof
}
exit [lindex [wait] 3]
X

# A person without root's rights, in his own login by ssh, which stays: he
# answers with his password and his code, of a token just enrolled its own; a
# code of each step once.
term_put /root/rig/person.exp <<'X'
set timeout 90
set stty_init "columns 200 rows 60"
set user [lindex $argv 0]
set line [lindex $argv 1]
set secret {}
catch { set f [open /root/rig/secret-$user]; set secret [string trim [read $f]]; close $f }
# Who has no token yet has a ticket.
proc code {secret} {
	global user
	if {$secret eq {}} {
		set f [open /root/rig/ticket-$user]
		set ticket [string trim [read $f]]
		close $f
		return $ticket
	}
	return [exec /root/rig/code $secret]
}
proc answer {} {
	global user secret spawn_id
	expect {
		-re {secret=([A-Z2-7]+)&} { set secret $expect_out(1,string); exp_continue }
		-re {(パスワード|assword)[^\r\n]*[:：] ?$} {
			sleep 0.3
			send -- "pw-$user\r"; exp_continue }
		-re {(コード|[Cc]ode)[^\r\n]*[:：] ?$} {
			set c [code $secret]
			sleep 0.3
			send -- "$c\r"; exp_continue }
		-re {(Insert|差して)[^\r\n]*[:：] ?$} {
			sleep 0.3
			send -- "\r"; exp_continue }
		-re {(PIN|暗証番号)[^\r\n]*[:：] ?$} {
			sleep 0.3
			send -- "123456\r"; exp_continue }
		-re {(Put your card|置いて)[^\r\n]*[:：] ?$} {
			sleep 0.3
			send -- "\r"; exp_continue }
		-re {\((yes/no)\) ?$} { send "yes\r"; exp_continue }
		-re {\[y/N\] ?$} { send "y\r"; exp_continue }
		timeout { exit 4 }
		eof
	}
}
set at [list -F none -o UserKnownHostsFile=/root/rig/known_hosts \
    -o PubkeyAuthentication=no -o ControlPath=/root/rig/login-$user -l $user 127.0.0.1]
if {![file exists /root/rig/login-$user]} {
	log_user 0
	spawn -noecho ssh -o ControlMaster=yes -o ControlPersist=yes {*}$at true
	answer
	catch wait
	log_user 1
}
spawn -noecho ssh -tt {*}$at $line
answer
exit [lindex [wait] 3]
X

finger=''
id='' person='' print='' asked='' add='' ticket='' glass=''
# do_person NAME LINE: as that person
do_person()
{
	local line=${2//FINGERPRINT/$print}

	case $line in
	"sekisho authenticator"*)	line=${line/ ID/ $id} ;;
	# So that its end comes while we wait.
	"sekisho request"*)		line=${line/--until 14d/--until 4m} ;;
	"sekisho exception review"*)
		line=${line/ ID/ $asked} line=${line/--next 7d/--next 1m} ;;
	*)				line=${line/ ID/ $asked} ;;
	esac
	term_run expect -f /root/rig/person.exp "$1" "$line"
}
# do_line LINE: as it stands in the guide
do_line()
{
	local line=$1 user

	line=${line//FINGERPRINT/$print}
	case $line in
	"sekisho authenticator remove ID") line="sekisho authenticator remove $id -y" ;;
	"sekisho authenticator"*" ID"*)	line="${line/ ID/ $id} -y" ;;
	"sekisho ticket"*" ID"*)	line="${line/ ID/ $asked} -y" ;;
	"sekisho ticket issue"*)	line="$line -y" ;;
	"sekisho person edit ID"*) line="${line/ID/$person}" ;;
	"sekisho exception"*" ID"*|"sekisho grant"*" ID"*)
					line="${line/ID/$asked}" ;;
	"sekisho password temporary"*|"sekisho roster plan"*" --apply"*)
					line="$line -y" ;;
	esac
	case $line in
	"sekisho enroll fido2"*)
		term_run sh -c "cd /root && $line -y" ;;
	"sekisho enroll fingerprint"*)
		# Read five times, then compared.
		finger_on right right right right right right
		# shellcheck disable=SC2086
		term_run expect -f /root/rig/pin.exp $line ;;
	"sekisho enroll vendor-biometric"*)
		term_run sh -c "cd /root && $line" ;;
	"sekisho enroll card"*)
		# shellcheck disable=SC2086
		term_run expect -f /root/rig/pin.exp $line ;;
	"sekisho enroll"*)
		user=$(awk '{ print $4 }' <<<"$line")
		# shellcheck disable=SC2086
		term_run expect -f /root/rig/enroll.exp "$user" $line ;;
	*--passphrase-file*)
		term_run sh -c "cd /root && $line" ;;
	"sekisho store backup"*|"sekisho store restore"*|"sekisho store adopt"*|"sekisho stack enable --try"*|"sekisho roster import"*|"sekisho audit purge"*|"sekisho user retire"*)
		# shellcheck disable=SC2086
		term_run expect -f /root/rig/answer.exp "$passphrase" $line ;;
	*)	term_run sh -c "cd /root && $line" ;;
	esac
}

# ssh_in USER: password and code of a token enrolled above
ssh_in()
{
	term_ssh keyboard-interactive "$1" "pw-$1" \
	    "$(term_run sh -c '/root/rig/code "$(cat "/root/rig/secret-$1")"' \
	    sh "$1")" -- "${@:2}"
}

# key_in NAME: that security key, and no other, is plugged in
key_in()
{
	local bin=/usr/local/lib/softkey.d

	if ! term_run test -e $bin; then
		term_copy "$SEK_BUILDDIR/tests/emulators/fido2/softkey" \
		    $bin/softkey
		term_copy "$SEK_BUILDDIR/tests/emulators/fido2/softkey-preload.so" \
		    $bin/preload.so
		term_run chmod -R a+rX $bin
		echo $bin/preload.so | term_put /etc/ld.so.preload
	fi
	key_out
	term_run sh -c 'mkdir -p /run/softkey /root/rig/keys &&
		touch "/root/rig/keys/$2.knobs" &&
		systemd-run -q --unit="softkey-$2" "$1/softkey" \
		    "/run/softkey/$2.sock" "/root/rig/keys/$2.state" \
		    "/root/rig/keys/$2.knobs" "/root/rig/keys/$2.log" &&
		for i in $(seq 100); do
			[ -S "/run/softkey/$2.sock" ] && exit; sleep 0.05
		done; exit 1' sh $bin "$1" ||
	    not_ok "a software key is plugged in"
}
key_out()
{
	term_run sh -c 'systemctl stop "softkey-*.service"
		rm -f /run/softkey/*.sock' 2>/dev/null
}

# The readers' daemon, as a terminal of its own has it; with a virtual reader,
# which is there as long as the daemon is.
readers_here()
{
	local bin=/usr/local/lib/softcard.d

	term_run rm -f /etc/systemd/system/pcscd.socket
	if ! term_run test -e $bin; then
		term_copy "$SEK_BUILDDIR/tests/emulators/card/softcard" \
		    $bin/softcard
		term_copy "$SEK_BUILDDIR/tests/emulators/card/slot" $bin/slot
		term_run mkdir -p /root/rig/cards
		term_put /etc/systemd/system/pcscd.service.d/stay.conf <<-'X'
		[Service]
		ExecStart=
		ExecStart=/usr/sbin/pcscd --foreground
		X
	fi
	term_run systemctl daemon-reload
}
# card_in NAME: that IC card (PIV, PIN 123456), and no other, is in the reader
card_in()
{
	card_out
	term_run sh -c 'systemctl start pcscd.service &&
		touch "/root/rig/cards/$2.knobs" &&
		"$1/slot" wait "00 00" empty &&
		systemd-run -q --unit="softcard-$2" "$1/softcard" piv 35963 \
		    "/root/rig/cards/$2" "/root/rig/cards/$2.knobs" \
		    "/root/rig/cards/$2.log" &&
		"$1/slot" wait "00 00" present' \
	    sh /usr/local/lib/softcard.d "$1" ||
	    not_ok "a software card is in the reader"
}
card_out()
{
	term_run systemctl stop "softcard-*.service" 2>/dev/null
}

# A reader for fingers: libfprint's virtual one, of the real fprintd, which the
# bus starts; its socket lies where fprintd's unit lets it write.
finger_here()
{
	term_copy "$SEK_BUILDDIR/tests/emulators/fingerprint/finger" \
	    /opt/fpr/finger
	term_put /etc/systemd/system/fprintd.service.d/rig.conf <<-'X'
	[Service]
	Environment=FP_VIRTUAL_DEVICE=/run/fpr/fp.sock
	Environment=FP_DRIVERS_WHITELIST=virtual_device
	RuntimeDirectory=fpr
	X
	term_run sh -c 'rm -f /etc/systemd/system/fprintd.service
		systemctl daemon-reload'
}
# finger_on LABEL...: a finger each time the reader waits for one
finger_on()
{
	term_run /opt/fpr/finger -s /run/fpr/fp.sock -w 60000 send \
	    "${@/#/SCAN }" >/dev/null 2>&1 &
	finger=$!
}
finger_off()
{
	[ -n "$finger" ] && kill "$finger" 2>/dev/null &&
	    wait "$finger" 2>/dev/null
	finger=
}

# mapping USER: a line as pamu2fcfg writes them, of a key that is elsewhere
mapping()
{
	openssl ecparam -name prime256v1 -genkey -noout |
	    openssl ec -pubout -outform DER 2>/dev/null | tail -c 64 |
	    base64 -w 0 | sed "s|.*|$1:$(head -c 48 /dev/urandom |
	    base64 -w 0),&,es256,+presence\n|"
}

# The policy and the list of tokens are the guide's own.
policy=$(sed -n '/^    \[terminal\]/,/^    contact/s/^    //p' "$guide")
tokens=$(sed -n '/^    user,method/,/^$/s/^    //p' "$guide")
staff=$(sed -n '/^    action,account/,/^$/s/^    //p' "$guide")
roles=$(sed -n '/^    \[roles\]/,/^$/s/^    //p' "$guide")
below=$(sed -n '/^    \[factors\]/,/^$/s/^    //p' "$guide" | head -n 2)
allowed=$(sed -n '/^    \[ticket\]/,/^$/s/^    //p' "$guide")
policy_above()
{
	term_run sed -i '/^kinds = 1/d; /^\[factors\]/d; /^substitute = /d; /^\[ticket\]/d' \
	    /etc/sekisho/sekisho.conf
}
policy_add() { term_run sh -c 'printf "\n%s\n" "$1" >>/etc/sekisho/sekisho.conf' sh "$1"; }

# The night an exception ends: the floor, for everybody, and it is told.
wait_for_end()
{
	local i

	for i in $(seq 400); do
		seen=$(term_run sekisho policy check 2>&1) || break
		sleep 1
	done
	if grep -q factors.kinds <<<"$seen"; then
		ok "ended: policy check says so"
	else
		not_ok "ended: policy check says so" "$seen"
	fi
	stays_out "ended: kato not by the password alone" \
	    term_ssh keyboard-interactive kato pw-kato 000000 -- "$mark"
	gets_in "ended: who has two kinds gets in" ssh_in yamada "$mark"
	policy_above
	if seen=$(term_run sekisho policy check 2>&1); then
		ok "the line taken out: policy check is content"
	else
		not_ok "the line taken out: policy check is content" "$seen"
	fi
}

# A ticket that was given opens a login: SHOWN is who asked's screen.
ticket_given()
{
	case $given_to in
	suzuki)
		gets_in "suzuki, by the code kato was shown" \
		    term_ssh keyboard-interactive suzuki pw-suzuki "$ticket" -- "$mark"
		stays_out "suzuki, by the same code again" \
		    term_ssh keyboard-interactive suzuki pw-suzuki "$ticket" -- "$mark" ;;
	*)	echo "$ticket" | term_put "/root/rig/ticket-$given_to" ;;
	esac
}

# person LINE: "NAME$ sekisho ...", and what must come of it
person()
{
	local who=${1%%\$*} line=${1#*\$ }

	# As an administrator gave him one, in 3; who has a ticket has none.
	if ! term_run test -e "/root/rig/secret-$who" &&
	    ! term_run test -e "/root/rig/ticket-$who"; then
		do_line "sekisho enroll totp $who" >/dev/null 2>&1
	fi
	# The new one; that he has two kinds he shows by his code.
	case $line in
	"sekisho enroll fido2"*)	key_in two ;;
	"sekisho enroll card"*)		card_in two ;;
	esac
	seen=$(do_person "$who" "$line" 2>&1)
	rc=$?
	[ -z "${GUIDE_SHOW:-}" ] || printf '%s\n' "$who$ $line ($rc)" "$seen"
	if [ $rc = 0 ]; then
		ok "$who: $line"
	else
		not_ok "$who: $line" "status $rc" "$seen"
	fi
	case $line in
	"sekisho enroll fido2"*)
		gets_in "$who by his password and the key" \
		    term_ssh keyboard-interactive "$who" "pw-$who" -- "$mark"
		key_in one
		gets_in "$who by his password and the other key" \
		    term_ssh keyboard-interactive "$who" "pw-$who" -- "$mark"
		key_out ;;
	"sekisho enroll card"*)
		gets_in "$who by his password and the card" \
		    term_ssh keyboard-interactive "$who" "pw-$who" 123456 -- "$mark"
		card_in one
		stays_out "$who not by another PIN" \
		    term_ssh keyboard-interactive "$who" "pw-$who" 654321 -- "$mark"
		gets_in "$who by his password and the other card" \
		    term_ssh keyboard-interactive "$who" "pw-$who" 123456 -- "$mark"
		card_out ;;
	"sekisho enroll"*"--label phone")
		ticket=$(term_run sekisho authenticator list "$who" --json |
		    jq -r 'map(select(.state == "active")) | length')
		if [ "$ticket" = 1 ]; then
			ok "$who enrolled by the ticket alone"
		else
			not_ok "$who enrolled by the ticket alone" "$ticket active"
		fi ;;
	"sekisho enroll"*)
		id=$(term_run sekisho authenticator list "$who" --json |
		    jq -r 'map(select(.label == "spare"))[0].id') ;;
	"sekisho request"*)
		asked=$(term_run sekisho approvals --all --json |
		    jq -r 'max_by(.asked_at).id')
		case $line in
		*substitute*)	add=${allowed/attended/$(grep -oE 'attended|code' <<<"$line" | head -n 1)} ;;
		*)		add=$below ;;
		esac
		policy_above
		# The value alone lets nobody in: it is asked for, no more.
		policy_add "$add"
		if seen=$(term_run sekisho policy check 2>&1); then
			not_ok "not before it is approved" "$seen"
		else
			ok "not before it is approved"
		fi
		policy_above ;;
	"sekisho approve "*)
		policy_add "$add"
		if seen=$(term_run sekisho policy check 2>&1); then
			ok "the value loads once it is approved"
		else
			not_ok "the value loads once it is approved" "$seen"
		fi ;;
	"sekisho grant request"*)
		asked=$(term_run sekisho grant list --all --json |
		    jq -r 'max_by(.asked_at).id') ;;
	"sekisho grant approve"*)
		if term_run sekisho grant show "$asked" --json |
		    jq -e '.in_force' >/dev/null; then
			ok "$asked is in force"
		else
			not_ok "$asked is in force"
		fi
		[ "$who" = mori ] || return
		seen=$(do_person yamada "sudo -k id -u" 2>&1)
		if grep -qE '^0' <<<"$seen" && [ "$(term_run sekisho grant \
		    show "$asked" --json | jq .uses)" = 1 ]; then
			ok "yamada is root under it, once"
		else
			not_ok "yamada is root under it, once" "$seen"
		fi ;;
	"sekisho not-me")
		is "$who is suspended" '"suspended"' "$(term_run sekisho \
		    user show "$who" --json | jq .state)" ;;
	"sekisho ticket issue"*)
		asked=$(term_run sekisho ticket list --all --json |
		    jq -r 'map(select(.kind == "ticket")) | max_by(.asked_at).id')
		given_to=$(awk '{ print $4 }' <<<"$line")
		ticket=$(grep -oE '[0-9]{5} [0-9]{5}' <<<"$seen" | head -n 1)
		[ "$given_to" != suzuki ] ||
		    stays_out "suzuki, before it is given" \
		    term_ssh keyboard-interactive suzuki pw-suzuki "$ticket" -- "$mark" ;;
	"sekisho ticket approve"*)
		ticket_given ;;
	"sekisho exception review"*)
		gets_in "in force: kato by the password alone" \
		    term_ssh keyboard-interactive kato pw-kato -- "$mark"
		stays_out "in force: suzuki not" \
		    term_ssh keyboard-interactive suzuki pw-suzuki 000000 -- "$mark"
		wait_for_end ;;
	esac
}
first=yes
while IFS= read -r line; do
	case $line in
	[a-z]*\$\ sekisho\ *)
		person "$line"
		continue ;;
	"usermod -aG ciso"*)
		policy_add "$roles" ;;
	sh\ install.sh*|cd\ /media*|apt-get*)
		continue ;;
	"sekisho init --image"|"truncate -s 0 /etc/machine-id")
		# The end of this terminal: below.
		continue ;;
	"sekisho policy check")
		if [ $first = yes ]; then
			printf '%s\n\n' "$policy" |
			    sed 's/^\[terminal\]/&\nallow_remote = 127.0.0.0\/8/' |
			    term_put /etc/sekisho/sekisho.conf 644
			first=no
		fi ;;
	"sekisho enroll fido2"*)
		key_in one ;;
	"systemctl start pcscd.socket")
		readers_here ;;
	"sekisho card list")
		card_in one ;;
	"sekisho enroll fingerprint"*)
		finger_here ;;
	"sekisho stack snippets")
		# The vendor's, and its line as the guide has it.
		term_copy "$SEK_BUILDDIR/tests/module/pam_face.so" \
		    "$(term_run sh -c 'echo /lib/*/security')/pam_face.so"
		sed -n 's/^    \(auth required .*backend=pam_face.so\)$/\1/p' "$guide" |
		    term_put /usr/share/sekisho/pam.d/fragments/auth/55-face ;;
	"sekisho import /etc/u2f_mappings"*)
		mapping tanaka | term_put /etc/u2f_mappings ;;
	"sekisho import april.csv")
		printf '%s\n' "$tokens" | term_put /root/april.csv 600 ;;
	"sekisho roster plan jinji.csv --create")
		printf '%s\n' "$staff" | term_put /root/jinji.csv 600 ;;
	"sekisho store adopt"*)
		# As if copied to another machine.
		term_run sh -c 'tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id'
		if seen=$(term_run sekisho user list 2>&1); then
			not_ok "a store from another machine is refused" "$seen"
		elif grep -q 'store adopt' <<<"$seen"; then
			ok "a store from another machine says: store adopt"
		else
			not_ok "a store from another machine says: store adopt" "$seen"
		fi ;;
	"sekisho ticket list --all")
		gets_in "the envelope lets root in" \
		    term_ssh keyboard-interactive root "$glass" -- "$mark"
		stays_out "it does so once" \
		    term_ssh keyboard-interactive root "$glass" -- "$mark" ;;
	"sekisho stack enable --confirm")
		# From a new login, as the guide says; root has none.
		seen=$(do_person yamada "sudo $line" 2>&1)
		if grep -qE 'Confirmed|確定しました' <<<"$seen"; then
			ok "$line"
		else
			not_ok "$line" "$seen"
		fi
		continue ;;
	esac
	seen=$(do_line "$line" 2>&1)
	rc=$?
	[ -z "${GUIDE_SHOW:-}" ] || printf '%s\n' "# $line ($rc)" "$seen"
	# The answer is no where the guide has left something to be told.
	case $line in
	"sekisho ticket issue root"*)
		glass=$(grep -oE '([0-9A-Z]{5}-){5}[0-9A-Z]{5}' <<<"$seen" | head -n 1) ;;
	"sekisho ticket list --all")
		asked=$(term_run sekisho ticket list --all --json |
		    jq -r 'map(select(.kind == "break-glass"))[-1].id') ;;
	esac
	case $line in
	"sekisho roster import"*)	want='1' ;;	# its own; see tools/roster
	"sekisho"|"sekisho explain"*)	want='0|1' ;;	# no backup yet, no token
	*)				want='0' ;;
	esac
	if ! grep -qE "^($want)\$" <<<"$rc"; then
		not_ok "$line" "status $rc" "$seen"
	else
		ok "$line"
	fi
	case $line in
	"sekisho enroll fingerprint"*)
		finger_off
		is "the store has that finger of suzuki's" \
		    '["right-index-finger"]' "$(term_run sekisho \
		    authenticator list suzuki --json | jq -c 'map(select(.method ==
		    "fingerprint" and .state == "active").finger)')"
		is "fprintd has it" 1 "$(term_run fprintd-list suzuki |
		    grep -c right-index-finger)" ;;
	"sekisho stack snippets")
		is "the vendor's line is behind that of fingers" \
		    'pam_sekisho_biometric.so pam_sekisho_biometric.so backend=pam_face.so' \
		    "$(term_run sed -n 's/.*\(pam_sekisho_biometric\.so\)/\1/p' \
		    /etc/pam.d/sekisho-auth | tr '\n' ' ' | sed 's/ $//')" ;;
	"sekisho enroll vendor-biometric"*)
		is "the vendor has suzuki, by the administrator's word" 1 \
		    "$(term_run sekisho authenticator list suzuki --json |
		    jq 'map(select(.method == "vendor-biometric")) | length')" ;;
	"sekisho user retire"*)
		is "ito is gone for good" '["retired",0]' "$(term_run sekisho \
		    user show ito --json | jq -c '[.state,
		    (.authenticators | map(select(.state == "active")) |
		    length)]')" ;;
	"sekisho password expire"*)
		is "kato has to change his password" '"temporary"' \
		    "$(term_run sekisho user show kato --json |
		    jq .password_due)" ;;
	"sekisho roster plan"*" --apply"*)
		is "who joins has an account" 0 \
		    "$(term_run id ono >/dev/null; echo $?)"
		is "who moves is of the other section" '["soumu"]' \
		    "$(term_run sekisho person list --json |
		    jq -c 'map(select(.id == "mori").section)')"
		is "who leaves is gone" '"retired"' \
		    "$(term_run sekisho user show tanaka --json |
		    jq .state)" ;;
	"sekisho user share"*)
		is "the shared account has its member" '["S0101"]' \
		    "$(term_run sekisho user show madoguchi --json |
		    jq -c '.members | map(.person)')" ;;
	"sekisho authenticator list "*)
		id=$(term_run ${line% --json} --json |
		    jq -r 'map(select(.state == "active"))[0].id') ;;
	"sekisho person list")
		person=$(term_run sekisho person list --json | jq -r '.[0].id') ;;
	"sekisho roster export"*)
		print=$(grep -oE '[0-9a-f]{16,}|([0-9a-f]{4}[ :-]){4,}[0-9a-f]{4}' <<<"$seen" | head -n 1) ;;
	esac
done < <(sed -nE 's/^    (# |([a-z]+\$ sekisho ))/\2/p' "$guide")
key_out
card_out
term_run rm -f /etc/ld.so.preload
# An image's /etc/machine-id is empty; the emergency comes to a terminal that
# has one.
term_run cp /etc/machine-id /root/rig/machine-id
for line in "sekisho init --image" "truncate -s 0 /etc/machine-id"; do
	if grep -qxF "    # $line" "$guide" && seen=$(do_line "$line" 2>&1); then
		ok "$line"
	else
		not_ok "$line" "$seen"
	fi
done

# Nobody gets in: settings and store both broken, and no systemd, as with
# init=/bin/bash.
echo broken | term_put /etc/sekisho/sekisho.conf 600
term_run sh -c 'rm -f /var/lib/sekisho/store.db-wal /var/lib/sekisho/store.db-shm
	for f in /var/lib/sekisho/store.db; do head -c 65536 /dev/urandom >$f; done'
term_run cp /root/rig/machine-id /etc/machine-id
stays_out "emergency 1: nobody gets in" \
    term_ssh keyboard-interactive suzuki pw-suzuki 000000 -- "$mark"
stays_out "emergency 1: not by another code" \
    term_console tty9 root "${glass:0:30}$(tr 0-9A-Z 1-9A-Z0 <<<"${glass:30}")" --then "$mark"
gets_in "emergency 1: the envelope, at the console" \
    term_console tty9 root "$glass" --then "$mark"
if seen=$(term_run unshare -m sh -c 'mount -t tmpfs none /run &&
    umount -l /sys && sekisho stack disable' 2>&1); then
	ok "emergency 1: sekisho stack disable without systemd"
else
	not_ok "emergency 1: sekisho stack disable without systemd" "$seen"
fi
term_run systemctl restart ssh.service
gets_in "emergency 1: the password alone again" \
    term_ssh keyboard-interactive suzuki pw-suzuki -- "$mark"
gets_in "emergency 1: at the console, too" \
    term_console tty9 suzuki pw-suzuki --then "$mark"
if seen=$(term_run sh -c 'grep -l sekisho /etc/pam.d/* |
    grep -v "^/etc/pam.d/sekisho-"'); then
	not_ok "emergency 1: every service as before" "$seen"
else
	ok "emergency 1: every service as before"
fi
exit $bad
