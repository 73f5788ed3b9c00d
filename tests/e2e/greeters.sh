#!/bin/bash
# greeters.sh - the login screens' own accounts start, whichever way Sekisho is
# put in place, and what the screens ask is asked of our modules
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/greeters.sh
#
# gdm's and sddm's service files are those of Debian 12 (gdm3 43.0, sddm
# 0.19), tried with pamtester; lightdm is really started, on Xvfb.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in pamtester lightdm lightdm-gtk-greeter Xvfb pam-auth-update; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
rigged_boot alice || exit
rigged_settings <<'CONF'
[message]
language = en
CONF
term_run sh -c 'useradd -r -M -d /var/lib/gdm3 Debian-gdm; useradd -r -M -d /var/lib/sddm sddm
    usermod -a -G sudo alice'
term_put /etc/pam.d/gdm-launch-environment <<'PAM'
#%PAM-1.0
auth    requisite       pam_nologin.so
auth    required        pam_permit.so
@include common-account
session optional        pam_keyinit.so force revoke
session required        pam_limits.so
session required        pam_env.so readenv=1
session required        pam_env.so readenv=1 envfile=/etc/default/locale
@include common-session
@include common-password
PAM
term_put /etc/pam.d/gdm-password <<'PAM'
#%PAM-1.0
auth    requisite       pam_nologin.so
auth	required	pam_succeed_if.so user != root quiet_success
@include common-auth
auth    optional        pam_gnome_keyring.so
@include common-account
session required        pam_loginuid.so
session optional        pam_keyinit.so force revoke
session required        pam_limits.so
session required        pam_env.so readenv=1
@include common-session
session optional        pam_gnome_keyring.so auto_start
@include common-password
PAM
term_put /etc/pam.d/gdm-autologin <<'PAM'
#%PAM-1.0
auth    requisite       pam_nologin.so
auth	required	pam_succeed_if.so user != root quiet_success
auth	optional	pam_gdm.so
auth	optional	pam_gnome_keyring.so
auth    required        pam_permit.so
@include common-account
session required        pam_loginuid.so
@include common-session
@include common-password
PAM
term_put /etc/pam.d/sddm-greeter <<'PAM'
#%PAM-1.0

auth    required        pam_permit.so

@include common-account
session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so close
session optional        pam_keyinit.so force revoke
session required        pam_limits.so
session required        pam_loginuid.so
@include common-session
session [success=ok ignore=ignore module_unknown=ignore default=bad] pam_selinux.so open
password        required pam_deny.so
session required        pam_env.so
session required        pam_env.so envfile=/etc/default/locale
PAM
term_put /etc/pam.d/sddm <<'PAM'
#%PAM-1.0
auth    requisite       pam_nologin.so
auth    required        pam_succeed_if.so user != root quiet_success
@include common-auth
-auth   optional        pam_gnome_keyring.so
-auth   optional        pam_kwallet5.so
@include common-account
session optional        pam_keyinit.so force revoke
session required        pam_limits.so
session required        pam_loginuid.so
@include common-session
-session optional       pam_gnome_keyring.so auto_start
@include common-password
session required        pam_env.so
PAM

# lightdm needs no graphics card: its X server is Xvfb, which takes fewer
# options.
term_put /usr/local/bin/xvfb 755 <<'X'
#!/bin/sh
display=:0 auth=
while [ $# -gt 0 ]; do
	case $1 in
	:*) display=$1 ;;
	-auth) auth=$2; shift ;;
	-seat|-layout|-config|-listen|-nolisten) shift ;;
	esac
	shift
done
exec Xvfb $display ${auth:+-auth $auth} -nolisten tcp -screen 0 640x480x24
X
term_put /etc/lightdm/lightdm.conf <<'CONF'
[LightDM]
logind-check-graphical=false
[Seat:*]
type=local
xserver-command=/usr/local/bin/xvfb
greeter-session=lightdm-gtk-greeter
CONF

works()	# NAME CMD...
{
	local name=$1

	shift
	if seen=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$seen"; fi
}
refuses() # NAME CMD...
{
	local name=$1

	shift
	if seen=$("$@" 2>&1); then not_ok "$name" "$seen"; else ok "$name"; fi
}
session()	# SERVICE USER: what a display manager does for it
{
	term_run timeout 120 pamtester -I tty=:0 "$1" "$2" authenticate \
	    acct_mgmt open_session close_session </dev/null
}
answers()	# SERVICE USER ANSWER...
{
	local s=$1 u=$2

	shift 2
	printf '%s\n' "$@" | term_run timeout 120 pamtester -I tty=:0 "$s" "$u" \
	    authenticate acct_mgmt
}
# greeter NAME: lightdm is started and its login screen comes up
greeter()
{
	local name=$1 i up=no

	term_run sh -c 'rm -rf /var/log/lightdm; mkdir -p /var/log/lightdm /var/lib/lightdm
	    chown lightdm:lightdm /var/lib/lightdm
	    systemctl reset-failed lightdm 2>/dev/null; systemctl start lightdm' 2>&1
	for i in $(seq 120); do
		term_run grep -q 'Greeter connected' /var/log/lightdm/lightdm.log 2>/dev/null &&
		    term_run pgrep -u lightdm -f lightdm-gtk-greeter >/dev/null &&
		    { up=yes; break; }
		sleep 0.5
	done
	if [ $up = yes ]; then
		ok "$name"
	else
		not_ok "$name" "$(term_run tail -n 30 /var/log/lightdm/lightdm.log 2>&1)" \
		    "$(term_run systemctl status lightdm --no-pager 2>&1 | tail -n 12)"
	fi
	term_run systemctl stop lightdm
}

greeter "rig: lightdm's login screen comes up without us"
works "rig: gdm's own session without us" session gdm-launch-environment Debian-gdm
works "rig: sddm's own session without us" session sddm-greeter sddm

enrol alice || { echo "not ok enroll"; exit 1; }
all_ways()	# HOW
{
	works "$1: gdm-launch-environment starts for Debian-gdm" \
	    session gdm-launch-environment Debian-gdm
	works "$1: sddm-greeter starts for sddm" session sddm-greeter sddm
	greeter "$1: lightdm's login screen comes up"
	for s in lightdm gdm-password sddm; do
		code alice
		works "$1: $s lets in by two kinds" answers $s alice pw-alice "$code"
		refuses "$1: $s does not by one" answers $s alice pw-alice 000000
	done
	refuses "$1: gdm-autologin lets nobody in unasked" session gdm-autologin alice
	refuses "$1: lightdm-autologin lets nobody in unasked" session lightdm-autologin alice
}

works "stack enable" term_run sekisho stack enable -y
all_ways "stack enable"
for s in gdm-launch-environment sddm-greeter lightdm-greeter; do
	refuses "stack enable left $s alone" term_run grep -q sekisho /etc/pam.d/$s
done
works "stack disable" term_run sekisho stack disable

works "pam-auth-update" term_run env DEBIAN_FRONTEND=noninteractive \
    pam-auth-update --package --enable sekisho sekisho-privilege sekisho-session
all_ways "pam-auth-update"
since=0
recorded "gdm's own session is recorded as exempt" exempt '.service == "gdm-launch-environment"'
refuses "gdm-launch-environment for anybody else" session gdm-launch-environment alice
works "stack disable takes the profile out" term_run sekisho stack disable
works "and one kind is enough again" answers gdm-password alice pw-alice
exit $bad
