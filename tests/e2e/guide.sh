#!/bin/bash
# guide.sh - a newcomer with nothing but doc/guide.md: each command it shows is
# run as it is written, in its order, on a fresh terminal; then the worst case
# of doc/emergency.md, nobody gets in
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/guide.sh
#
# What belongs to packages is e2e/package.sh's.  Words in capitals stand for
# what the command before has shown.  Lines "NAME$ ..." are run by that person,
# without root's rights, who answers with password and code.  GUIDE_SHOW=1
# shows what each one says.
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
term_user yamada suzuki ito tanaka sato kato || exit 99
term_run usermod -aG juminka suzuki
term_run usermod -aG juminka kato
term_run usermod -aG sudo,juminka yamada
term_sshd yamada suzuki || exit 99
term_install "$SEK_BUILDDIR" || exit
term_run mkdir -p /media/usb
echo root:pw-root | term_run chpasswd -c YESCRYPT

# The passphrase, twice or once, and the codes of an enrolment.
passphrase='correct horse battery staple'
echo "$passphrase" | term_put /root/passphrase 600
term_put /root/rig/enroll.exp <<'X'
set timeout 30
set stty_init "columns 200 rows 60"
set user [lindex $argv 0]
spawn -noecho {*}[lrange $argv 1 end]
expect -re {secret=([A-Z2-7]+)&} { set secret $expect_out(1,string) }
expect -re {: $}
send "[exec oathtool --totp -b $secret]\r"
expect eof
set f [open /root/rig/secret-$user w]
puts $f $secret
close $f
# The code of this step is used up by it.
set f [open /root/rig/step w]
puts $f [expr {[clock seconds] / 30}]
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

# A person without root's rights, in his own login by ssh, which stays: he
# answers with his password and his code, of a token just enrolled its own; a
# code of each step once.
term_put /root/rig/person.exp <<'X'
set timeout 90
set stty_init "columns 200 rows 60"
set user [lindex $argv 0]
set line [lindex $argv 1]
set f [open /root/rig/secret-$user]
set secret [string trim [read $f]]
close $f
proc code {secret} {
	set last 0
	catch { set f [open /root/rig/step]; set last [string trim [read $f]]; close $f }
	while {[clock seconds] / 30 <= $last} { after 500 }
	set f [open /root/rig/step w]
	puts $f [expr {[clock seconds] / 30}]
	close $f
	return [exec oathtool --totp -b $secret]
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

id='' person='' print='' asked=''
# do_person NAME LINE: as that person
do_person()
{
	local line=${2//FINGERPRINT/$print}

	case $line in
	"sekisho authenticator"*)	line=${line/ ID/ $id} ;;
	# So that its end comes while we wait.
	"sekisho request"*)		line=${line/--until 14d/--until 5m} ;;
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
	"sekisho person edit ID"*) line="${line/ID/$person}" ;;
	"sekisho exception"*" ID"*) line="${line/ID/$asked}" ;;
	esac
	case $line in
	"sekisho enroll"*)
		user=$(awk '{ print $4 }' <<<"$line")
		# shellcheck disable=SC2086
		term_run expect -f /root/rig/enroll.exp "$user" $line ;;
	*--passphrase-file*)
		term_run sh -c "cd /root && $line" ;;
	"sekisho store backup"*|"sekisho store restore"*|"sekisho store adopt"*|"sekisho stack enable --try"*|"sekisho roster import"*|"sekisho audit purge"*)
		# shellcheck disable=SC2086
		term_run expect -f /root/rig/answer.exp "$passphrase" $line ;;
	*)	term_run sh -c "cd /root && $line" ;;
	esac
}

# ssh_in USER: password and code of a token enrolled above
ssh_in()
{
	local t

	# The code of this step may be used up: wait for the next.
	t=$(date +%s)
	sleep $((30 - t % 30))
	echo $(($(date +%s) / 30)) | term_put /root/rig/step
	term_ssh keyboard-interactive "$1" "pw-$1" \
	    "$(oathtool --totp -b "$(term_run cat "/root/rig/secret-$1")")" -- \
	    "${@:2}"
}

# The policy and the list of tokens are the guide's own.
policy=$(sed -n '/^    \[terminal\]/,/^    contact/s/^    //p' "$guide")
tokens=$(sed -n '/^    user,method/,/^$/s/^    //p' "$guide")
roles=$(sed -n '/^    \[roles\]/,/^$/s/^    //p' "$guide")
below=$(sed -n '/^    \[factors\]/,/^$/s/^    //p' "$guide")
policy_above() { term_run sed -i '/^kinds = 1/d; /^\[factors\]/d' /etc/sekisho/sekisho.conf; }
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

# person LINE: "NAME$ sekisho ...", and what must come of it
person()
{
	local who=${1%%\$*} line=${1#*\$ }

	case $line in
	"sekisho user show")
		# As an administrator gave him one, in 3.
		do_line "sekisho enroll totp $who" >/dev/null 2>&1 ;;
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
	"sekisho enroll"*)
		id=$(term_run sekisho authenticator list "$who" --json |
		    jq -r 'map(select(.label == "spare"))[0].id') ;;
	"sekisho request"*)
		asked=$(term_run sekisho approvals --all --json | jq -r '.[-1].id')
		# The value alone lets nobody in: it is asked for, no more.
		policy_add "$below"
		if seen=$(term_run sekisho policy check 2>&1); then
			not_ok "not before it is approved" "$seen"
		else
			ok "not before it is approved"
		fi
		policy_above ;;
	"sekisho approve"*)
		policy_add "$below" ;;
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
	"sekisho import april.csv")
		printf '%s\n' "$tokens" | term_put /root/april.csv 600 ;;
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
	"sekisho stack enable --confirm")
		# From a new login, as the guide says.
		seen=$(ssh_in root "$line" 2>&1)
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
	"sekisho authenticator list "*)
		id=$(term_run ${line% --json} --json |
		    jq -r 'map(select(.state == "active"))[0].id') ;;
	"sekisho person list")
		person=$(term_run sekisho person list --json | jq -r '.[0].id') ;;
	"sekisho roster export"*)
		print=$(grep -oE '[0-9a-f]{16,}|([0-9a-f]{4}[ :-]){4,}[0-9a-f]{4}' <<<"$seen" | head -n 1) ;;
	esac
done < <(sed -nE 's/^    (# |([a-z]+\$ sekisho ))/\2/p' "$guide")
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
stays_out "emergency 1: nobody gets in" \
    term_ssh keyboard-interactive suzuki pw-suzuki 000000 -- "$mark"
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
