#!/bin/bash
# package.sh - the Debian package: built, carried to a terminal in a folder,
# installed without a network, enabled, upgraded under those who are logged in,
# taken back, removed, purged
#
#	SEK_SRCDIR=<the tree> tests/e2e/package.sh
#
# Prints `ok NAME`, `not ok NAME` and what was seen, `skip NAME: why`. Builds
# in a scratch folder; nothing is left in the tree.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
top=$(cd "${SEK_SRCDIR:-$here/../..}" && pwd -P) || exit 99
: "${SEK_BUILDDIR:=none}"
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

skip()	{ echo "skip $1: $2"; }

[ "$(id -u)" = 0 ] || { echo "SKIP: not root"; exit 77; }
for tool in dpkg-buildpackage dh lintian fakeroot apt-get sqlite3 jq pamtester; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)"; exit 77; }
done
W=$(mktemp -d "${TERM_SCRATCH:-/var/tmp}/sekisho-package.XXXXXX") || exit 99
chmod 755 "$W"
finish()
{
	# All of its group: it downloads, and has mounts of its own.
	[ -z "${minimal:-}" ] || kill -KILL -- "-$minimal" 2>/dev/null
	wait
	term_end
	rm -rf --one-file-system "$W"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# is NAME WANT GOT: the same text?
is()
{
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted:" "$2" "got:" "$3"
	fi
}
# does NAME CMD..., fails NAME STATUS PATTERN CMD...
does()
{
	local name=$1 rc

	shift
	seen=$("$@" 2>&1)
	rc=$?
	if [ $rc = 0 ]; then
		ok "$name"
	else
		not_ok "$name" "status $rc" "$seen"
	fi
	return $rc
}
fails()
{
	local name=$1 want=$2 pattern=$3 rc

	shift 3
	seen=$("$@" 2>&1)
	rc=$?
	if [ $rc = "$want" ] && grep -qE -- "$pattern" <<<"$seen"; then
		ok "$name"
	else
		not_ok "$name" "status $rc (wanted $want, /$pattern/)" "$seen"
	fi
}

term_boot || exit

# --- the packages: this version, and one before it

# The tree as it is, without what a build or git left.
tree()
{
	mkdir -p "$1"
	(cd "$top" && {
		git -c safe.directory='*' ls-files -z --cached --others \
		    --exclude-standard 2>/dev/null ||
		find . \( -name .git -o -name autom4te.cache \) -prune -o \
		    -type f -print0
	} | while IFS= read -r -d '' f; do
		[ -e "$f" ] && printf '%s\0' "$f"
	done | tar --null -T - -cf -) | tar -C "$1" -xf -
}
# build DIR: the packages come beside it
build()
{
	(cd "$1" && env -u MAKEFLAGS -u MAKELEVEL -u CFLAGS -u CC -u LDFLAGS \
	    DEB_BUILD_OPTIONS='nocheck noautodbgsym parallel=2' \
	    timeout 600 dpkg-buildpackage -b -us -uc -d) >"$1.log" 2>&1
}
tree "$W/new/sekisho" || exit 99
mkdir -p "$W/old" && cp -a "$W/new/sekisho" "$W/old/" || exit 99
version=$(sed -n 's/^AC_INIT(\[sekisho\], \[\(.*\)\])/\1/p' "$W/new/sekisho/configure.ac")
before=0.0.9
is "debian/changelog is of the version that configure.ac says" "$version" \
    "$(cd "$W/new/sekisho" && dpkg-parsechangelog -S Version)"
sed -i "s/^AC_INIT(\[sekisho\], \[$version\])/AC_INIT([sekisho], [$before])/" \
    "$W/old/sekisho/configure.ac"
sed -i "1s/($version)/($before)/" "$W/old/sekisho/debian/changelog"
for v in new old; do
	if build "$W/$v/sekisho"; then
		ok "the $v package is built"
	else
		not_ok "the $v package is built" "$(tail -n 40 "$W/$v/sekisho.log")"
		exit 1
	fi
done
new=$(echo "$W"/new/sekisho_*.deb)
old=$(echo "$W"/old/sekisho_*.deb)
newkey=$(echo "$W"/new/libpam-sekisho-fido2_*.deb)
oldkey=$(echo "$W"/old/libpam-sekisho-fido2_*.deb)
newcard=$(echo "$W"/new/libpam-sekisho-card_*.deb)
oldcard=$(echo "$W"/old/libpam-sekisho-card_*.deb)
newtrait=$(echo "$W"/new/libpam-sekisho-biometric_*.deb)
oldtrait=$(echo "$W"/old/libpam-sekisho-biometric_*.deb)
is "four packages come of it" 4 "$(ls "$W"/new/*.deb | wc -l)"
does "the package depends on no library for cards, keys or the bus" sh -c '
	! dpkg-deb -f "$1" Pre-Depends Depends Recommends |
	    grep -E "pcsc|fido2|ssl|crypto|libsystemd|fprint"' sh "$new"
does "and nothing in it loads one" sh -c '
	dpkg-deb -x "$1" "$2" && find "$2" -type f -exec readelf -d {} + 2>/dev/null |
	    grep NEEDED >"$2.needed" && test -s "$2.needed" &&
	    ! grep -E "pcsc|fido2|libssl|libcrypto|libsystemd" "$2.needed"' \
    sh "$new" "$W/x"
does "nor does it name the modules of the others in a stack" sh -c '
	! grep -rE "fido2|sekisho_card|sekisho_biometric" "$1/usr/share/sekisho/pam.d" "$1/usr/share/pam-configs" "$1/etc"' \
    sh "$W/x"
does "what judges new passwords is in it, with its lists and its library" sh -c '
	test -f "$2/usr/libexec/sekisho/quality.so" &&
	    test -s "$2/usr/share/sekisho/blocklist/common.txt" &&
	    test -s "$2/usr/share/sekisho/blocklist/ja-words.txt" &&
	    dpkg-deb -f "$1" Depends | grep -qw libpwquality1' sh "$new" "$W/x"
does "what judges privileged sessions is in it, and what ends them" sh -c '
	set -e
	cd "$1"
	test -f lib/*/security/pam_sekisho_privilege.so
	test -x usr/libexec/sekisho/sekisho-guard
	for line in account/50-privilege privilege/50-privilege; do
		grep -q "pam_sekisho_privilege\.so" "usr/share/sekisho/pam.d/fragments/$line"
	done
	test -f usr/share/sekisho/pam.d/sekisho-privilege
	for profile in sekisho-privilege sekisho-session; do
		test -f "usr/share/pam-configs/$profile"
	done' sh "$W/x"
rm -rf "$W/x" "$W/x.needed"
# holds DEB NAME PLACE: the module, its half, pages and line, and nothing else
holds()
{
	is "libpam-sekisho-$2 is a package of its own, in which this is" \
	    "./lib/*/security/pam_sekisho_$2.so
./usr/libexec/sekisho/$2.so
./usr/share/man/ja/man8/pam_sekisho_$2.8.gz
./usr/share/man/man8/pam_sekisho_$2.8.gz
./usr/share/sekisho/pam.d/fragments/auth/$3-$2" \
	    "$(dpkg-deb -c "$1" | awk '$1 !~ /^d/ { print $6 }' |
		sed 's,^./lib/[^/]*/,./lib/*/,' | grep -v '^./usr/share/doc/' | LC_ALL=C sort)"
	does "its scripts name it and no other" sh -c '
		dpkg-deb -e "$1" "$2" && grep -q "pam_sekisho_$3" "$2/prerm" &&
		    grep -q "/$3\.so" "$2/preinst" && ! grep -E "@[A-Z]+@|$4" \
		    "$2/prerm" "$2/preinst" "$2/postinst"' sh "$1" "$W/c" "$2" "$4"
	rm -rf "$W/c"
}
holds "$newkey" fido2 40 'card|biometric'
holds "$newcard" card 30 'fido2|biometric'
holds "$newtrait" biometric 50 'card|fido2'
does "it needs libfido2 and the package of its own version" sh -c '
	d=$(dpkg-deb -f "$1" Depends)
	echo "$d"
	echo "$d" | grep -q "libfido2-1 (>= 1\.1[2-9]" &&
	    echo "$d" | grep -qF "sekisho (= $2)"' sh "$newkey" "$version"
does "cards need libpcsclite1, recommend pcscd, and no libfido2" sh -c '
	d=$(dpkg-deb -f "$1" Depends)
	echo "$d"
	echo "$d" | grep -qw libpcsclite1 && ! echo "$d" | grep -E "fido2|pcscd" &&
	    echo "$d" | grep -qF "sekisho (= $2)" &&
	    dpkg-deb -f "$1" Recommends | grep -qw pcscd' sh "$newcard" "$version"
does "traits need libsystemd0, recommend fprintd, and nothing of the others" sh -c '
	d=$(dpkg-deb -f "$1" Depends)
	echo "$d"
	echo "$d" | grep -qw libsystemd0 && ! echo "$d" | grep -E "fido2|pcsc|fprintd" &&
	    echo "$d" | grep -qF "sekisho (= $2)" &&
	    dpkg-deb -f "$1" Recommends | grep -qw fprintd' sh "$newtrait" "$version"
problem=$(lintian --tag-display-limit 0 --fail-on error,warning \
    --allow-root "$W"/new/sekisho_*.changes 2>&1)
if [ $? = 0 ]; then
	ok "lintian finds no error and no warning"
else
	not_ok "lintian finds no error and no warning" "$problem"
fi
rm -rf "$W"/old/sekisho "$W/new/sekisho"

# --- folders to carry

bundle()
{
	timeout --foreground 300 sh "$top/contrib/sekisho-bundle" "$@"
}
does "a folder for terminals like this one needs no network" \
    unshare --net sh "$top/contrib/sekisho-bundle" -o "$W/b-old" \
    --status /var/lib/dpkg/status "$old" || exit 1
does "the same of the new version" unshare --net \
    sh "$top/contrib/sekisho-bundle" -o "$W/b-new" \
    --status /var/lib/dpkg/status "$new" || exit 1
for v in old new; do
	key=${v}key
	does "with security keys, on request ($v)" unshare --net \
	    sh "$top/contrib/sekisho-bundle" -o "$W/b-$key" \
	    --status /var/lib/dpkg/status "${!v}" "${!key}" || exit 1
	card=${v}card
	does "with IC cards, on request ($v)" unshare --net \
	    sh "$top/contrib/sekisho-bundle" -o "$W/b-$card" \
	    --status /var/lib/dpkg/status "${!v}" "${!card}" || exit 1
	trait=${v}trait
	does "with living traits, on request ($v)" unshare --net \
	    sh "$top/contrib/sekisho-bundle" -o "$W/b-$trait" \
	    --status /var/lib/dpkg/status "${!v}" "${!trait}" || exit 1
done
is "the folder has them only then" "0 1 0 1 0 1" \
    "$(for f in new/fido2 newkey/fido2 newkey/card newcard/card newcard/biometric \
    newtrait/biometric; do
	ls "$W/b-${f%/*}" | grep -c "sekisho-${f#*/}"
    done | tr '\n' ' ' | sed 's/ $//')"
cp -a "$W/b-new" "$W/b-again"
does "made again" bundle -o "$W/b-again" --status /var/lib/dpkg/status "$new"
does "it is the same, byte for byte" diff -r "$W/b-new" "$W/b-again"
mkdir "$W/precious"
fails "a folder that is something else stays" 100 'is no bundle' \
    bundle -o "$W/precious" --status /var/lib/dpkg/status "$new"
fails "what is no package is named" 100 'no Debian package' \
    bundle -o "$W/b-none" "$top/LICENSE"
fails "without a network a folder for any Debian says so" 111 \
    'needs a machine with a network' \
    unshare --net timeout 300 sh "$top/contrib/sekisho-bundle" -o "$W/b-none" \
    --mirror http://127.0.0.1:9/debian "$new"
does "and makes nothing" test ! -e "$W/b-none"
cp -a "$W/b-new" "$W/b-bad"
printf x >>"$W/b-bad/README"
fails "a folder that was changed is refused" 1 'was changed' \
    sh "$W/b-bad/install.sh" --check
cp "$W/b-new/README" "$W/b-bad/README"
cp "$old" "$W/b-bad/"
fails "a package that does not belong there is refused" 1 \
    'does not belong here' sh "$W/b-bad/install.sh" --check

# A Debian with nothing but its base, beside the rest: does the folder have all
# it needs?
minimal_debian()
{
	local root=$W/minimal mirror=

	if ! command -v mmdebstrap >/dev/null; then
		echo "skip the folder installs on a minimal Debian: no mmdebstrap (tests/deps)"
		return
	fi
	if ! bundle -o "$W/b-any" "$new" "$newkey" "$newcard" "$newtrait" >"$W/any.log" 2>&1; then
		echo "skip the folder installs on a minimal Debian: no mirror: $(tail -n 1 "$W/any.log")"
		return
	fi
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 2>/dev/null | head -n 1)
	if ! timeout --foreground 400 mmdebstrap --quiet --variant=minbase bookworm "$root" \
	    "${mirror:-http://deb.debian.org/debian}" >"$W/minimal.log" 2>&1; then
		echo "skip the folder installs on a minimal Debian: mmdebstrap: $(tail -n 1 "$W/minimal.log")"
		return
	fi
	cp -a "$W/b-any" "$root/root/bundle"
	bounded_root()
	{
		timeout --foreground 200 unshare --kill-child --net --mount --pid --fork --mount-proc="$root/proc" \
		    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
		    chroot "$root" "$@" </dev/null
	}
	does "minimal Debian, no network: the folder has all it needs" \
	    bounded_root sh /root/bundle/install.sh --check
	does "minimal Debian, no network: it is installed" \
	    bounded_root sh /root/bundle/install.sh
	does "minimal Debian: each module finds its libraries" bounded_root sh -c '
		for f in /lib/*/security/pam_sekisho_*.so /usr/sbin/sekisho \
		    /usr/libexec/sekisho/*; do
			ldd "$f" || exit 1
		done >/tmp/ldd; ! grep "not found" /tmp/ldd'
	does "minimal Debian: what came with it is automatic" bounded_root sh -c '
		[ "$(apt-mark showauto libcjson1)" = libcjson1 ] &&
		[ "$(apt-mark showauto libfido2-1)" = libfido2-1 ] &&
		[ "$(apt-mark showauto pcscd)" = pcscd ] &&
		[ "$(apt-mark showmanual libpam-sekisho-fido2)" = libpam-sekisho-fido2 ] &&
		[ "$(apt-mark showmanual libpam-sekisho-card)" = libpam-sekisho-card ] &&
		[ "$(apt-mark showauto fprintd)" = fprintd ] &&
		[ "$(apt-mark showmanual libpam-sekisho-biometric)" = libpam-sekisho-biometric ] &&
		[ "$(apt-mark showmanual sekisho)" = sekisho ]'
	does "minimal Debian: it is purged" bounded_root dpkg --purge \
	    libpam-sekisho-biometric libpam-sekisho-card libpam-sekisho-fido2 sekisho
	does "minimal Debian: nothing is left but what dpkg keeps" bounded_root sh -c '
		! find /etc /usr /var/lib/sekisho -xdev -name "*sekisho*" 2>/dev/null | grep .'
}
set -m
minimal_debian </dev/null >"$W/minimal.out" 2>&1 &
minimal=$!
set +m

# --- a terminal

term_user alice || exit 99
term_sshd alice || exit 99
# The mask of a container's image: here daemons may start.
term_run rm -f /usr/sbin/policy-rc.d
term_run sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' /etc/ssh/sshd_config
term_run mkdir -p /etc/ssh/sshd_config.d
term_run systemctl restart ssh.service
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL:ALL) ALL'
echo root:pw-root | term_run chpasswd -c YESCRYPT
for b in old new oldkey newkey oldcard newcard oldtrait newtrait; do
	tar -C "$W" -cf - b-$b | term_run tar -C /root -xf -
done

# What others own and we may change, in one number a file.
services()
{
	term_run sh -c 'cd /etc && find pam.d pam.conf ssh sudoers sudoers.d \
	    security -type f ! -path "pam.d/sekisho-*" -exec sha256sum {} + |
	    sort -k 2'
}
root()	{ term_run env DEBIAN_FRONTEND=noninteractive "$@"; }
status() { term_run dpkg-query -W -f '${db:Status-Status} ${Version}\n' sekisho 2>/dev/null |
	    grep -v '^not-installed'; }
failed() { term_run systemctl --failed --plain --no-legend | grep sekisho; }

gets_in "rig: ssh by password before anything" \
    term_ssh keyboard-interactive alice pw-alice -- "$mark"
services >"$W/services.before"
is "there is no network" '1: lo' \
    "$(nsenter -t "$TERM_PID" -n ip -o link | cut -d: -f1,2)"
does "install.sh --check is content" root sh /root/b-old/install.sh --check
is "and installs nothing" '' "$(status)"
does "install.sh installs from the folder" root sh /root/b-old/install.sh || exit 1
setuid()
{
	root sh -c 'dpkg -L sekisho | while read -r f; do
		[ -f "$f" ] && stat -c "%a %U:%G %n" "$f"; done | grep -E "^[1-7][0-7]{3} "'
}
is "one program of it is setuid, root's helper" \
    "4755 root:root /usr/libexec/sekisho/sekisho-helper" "$(setuid)"
is "it is there" "installed $before" "$(status)"
services >"$W/services.now"
does "installing changes no service" diff "$W/services.before" "$W/services.now"
gets_in "installing changes no login" \
    term_ssh keyboard-interactive alice pw-alice -- "$mark"
is "the folder of the store is root's alone" '700 root' \
    "$(term_run stat -c '%a %U' /var/lib/sekisho)"
for t in seal upkeep check; do
	is "sekisho-$t.timer waits" active \
	    "$(term_run systemctl is-active sekisho-$t.timer)"
	does "sekisho-$t.service does nothing before init" root sh -c '
		systemctl start "$1" &&
		[ "$(systemctl show -P ConditionResult "$1")" = no ]' \
	    sh sekisho-$t.service
done
for u in first-boot stack-try; do
	is "sekisho-$u.service is enabled" enabled \
	    "$(term_run systemctl is-enabled sekisho-$u.service)"
done
does "the units are without a mistake" root sh -c '
	systemd-analyze verify --man=no /lib/systemd/system/sekisho-*.service \
	    /lib/systemd/system/sekisho-*.timer 2>&1 | grep -i sekisho | grep . && exit 1
	exit 0'
does "the Japanese messages are where the modules look" \
    root test -s /usr/share/sekisho/locale/C/LC_MESSAGES/sekisho-ja.mo

# --- init, enable
does "init" root sekisho init --profile lgwan -y || exit 1
rigged_settings <<'CONF'
[terminal]
allow_remote = 127.0.0.0/8 ::1
[message]
language = en
[lockout]
deny = 9
privileged_deny = 8
[privilege]
users = alice
CONF
enrol alice || { echo "not ok enroll alice"; exit 1; }
does "stack enable" root sekisho stack enable -y || exit 1
does "privileged sessions are judged in front of pam_systemd, watched behind it" root sh -c '
	set -e
	cd /etc/pam.d
	grep -q "^session.*pam_sekisho_privilege\.so" sekisho-privilege
	grep -q "^session.*pam_sekisho_session\.so" sekisho-session
	at() { grep -nE "^@include $1$" sshd | cut -d: -f1; }
	grep -q "^session.*pam_systemd\.so" common-session
	test "$(at sekisho-privilege)" -lt "$(at common-session)"
	test "$(at common-session)" -lt "$(at sekisho-session)"'
two_kinds()
{
	local when=$1

	code alice
	gets_in "$when: ssh by two kinds" \
	    term_ssh keyboard-interactive alice pw-alice "$code" -- "$mark"
	stays_out "$when: ssh by one kind" \
	    term_ssh keyboard-interactive alice pw-alice 000000 -- "$mark"
}
two_kinds enabled
# inside NAME gets_in|stays_out SECOND CMD: in an ssh login, CMD asks again
inside()
{
	local name=$1 how=$2 second=$3 first

	code alice
	first=$code
	[ -n "$second" ] || { code alice; second=$code; }
	TERM_SSH_OPTIONS=-tt $how "$name" term_ssh keyboard-interactive alice \
	    pw-alice "$first" pw-alice "$second" -- "$4"
}
inside "enabled: su by two kinds" gets_in '' "su alice -c '$mark'"
inside "enabled: su by one kind" stays_out 000000 "su alice -c '$mark'"
inside "enabled: sudo by two kinds" gets_in '' "sudo -k sh -c '$mark'"
inside "enabled: sudo by one kind" stays_out 000000 "sudo -k sh -c '$mark'"
code alice
gets_in "enabled: login by two kinds" \
    term_console tty9 alice pw-alice "$code" --then "$mark"
stays_out "enabled: login by one kind" \
    term_console tty9 alice pw-alice 000000 --then "$mark"
for t in seal upkeep; do
	does "sekisho-$t.service does its work" root sh -c '
		systemctl start "$1" ||
		{ journalctl -q --no-pager -o cat -u "$1"; exit 1; }' \
	    sh sekisho-$t.service
done
root systemctl start sekisho-check.service >/dev/null 2>&1
seen=$(term_run journalctl -q --no-pager -o cat -u sekisho-check.service)
if grep -qiE 'Operation not permitted|Read-only file|Permission denied|bad system call' <<<"$seen"; then
	not_ok "sekisho-check.service may do what it has to" "$seen"
else
	ok "sekisho-check.service may do what it has to"
fi

# --- upgrade, under those who are there
# As a locker does: a handle that is opened before and goes on after, as root
# (in a cgroup of root's) and in a session's cgroup (by sekisho-store).
term_put /root/rig/locker 755 <<'LOCKER'
#!/usr/bin/expect -f
# locker NAME CMD...: answers only when /tmp/code-NAME has the code
set timeout 120
set name [lindex $argv 0]
eval spawn -noecho [lrange $argv 1 end]
expect -re {assword: ?$} {} timeout { exit 4 } eof { exit 5 }
exec touch /tmp/ready-$name
for {set i 0} {$i < 1200 && ![file exists /tmp/code-$name]} {incr i} {
	after 100
}
set code [string trim [exec cat /tmp/code-$name]]
send -- "pw-alice\r"
expect -re {code: ?$} {} timeout { exit 4 } eof { exit 5 }
send -- "$code\r"
expect eof {} timeout { exit 4 }
exit [lindex [wait] 3]
LOCKER
term_put /etc/pam.d/locker <<'PAM'
@include sekisho-auth
@include sekisho-account
PAM
term_run /root/rig/locker plain \
    pamtester -I rhost=127.0.0.1 locker alice authenticate acct_mgmt >"$W/locker.plain" 2>&1 &
locker_plain=$!
term_run systemd-run -q --scope --slice=user-1.slice \
    /root/rig/locker session \
    pamtester -I rhost=127.0.0.1 locker alice authenticate acct_mgmt >"$W/locker.session" 2>&1 &
locker_session=$!
code alice
seq_now
term_talk --timeout 600 pw-alice "$code" -- ssh -F none -o UserKnownHostsFile=/root/rig/known_hosts \
    -o PreferredAuthentications=keyboard-interactive -o PubkeyAuthentication=no \
    -l alice 127.0.0.1 'touch /tmp/in; while ! [ -e /tmp/out ]; do sleep 0.2; done; echo IN-$((40+2))' \
    >"$W/session" 2>&1 &
session=$!
does "three are there: two lockers, a session" root sh -c '
	for i in $(seq 1200); do
		[ -e /tmp/in ] && [ -e /tmp/ready-plain ] &&
		    [ -e /tmp/ready-session ] && exit 0
		sleep 0.1
	done
	ls /tmp; exit 1'
maps() { term_run sh -c 'grep -l "pam_sekisho_gate.*(deleted)" /proc/[0-9]*/maps 2>/dev/null | wc -l'; }
does "the store is made one of the version before" term_run sqlite3 \
    /var/lib/sekisho/store.db 'DROP TABLE mark; DROP TABLE seal;
    DROP TABLE anchor; DROP TABLE request; DROP TABLE ticket; DROP TABLE security_key; DROP TABLE card; DROP TABLE biometric; DROP TABLE password; DELETE FROM password_history; DROP TABLE woken; PRAGMA user_version=1000'
kept=$(term_run sh -c 'ls /var/lib/sekisho/backup 2>/dev/null | wc -l')
does "the new version is installed from its folder" root sh /root/b-new/install.sh
is "it is there, configured" "installed $version" "$(status)"
does "all three go on with the modules of before" test "$(maps)" -ge 3
does "the store was migrated" root sh -c '
	sekisho store status --json | jq -e ".[0].schema != \"1.0\""'
is "with one backup more" $((kept + 1)) \
    "$(term_run sh -c 'ls /var/lib/sekisho/backup | wc -l')"
does "who goes on with old modules has the helper of their version" \
    root test -x /usr/libexec/sekisho/old/$before/sekisho-store
two_kinds "upgraded"
for l in plain session; do
	code alice
	term_put /tmp/code-$l <<<"$code"
	wait "$([ $l = plain ] && echo $locker_plain || echo $locker_session)"
	rc=$?
	seen=$(cat "$W/locker.$l")
	if [ $rc = 0 ] && grep -q 'successfully authenticated' <<<"$seen"; then
		ok "a locker of before lets in ($l)"
	else
		not_ok "a locker of before lets in ($l)" "status $rc" "$seen"
	fi
done
seq_now
term_run touch /tmp/out
wait $session
does "a session of before ends as it should" grep -q IN-42 "$W/session"
recorded "and its logout is recorded" logout '.target == "alice" and .service == "sshd"'
does "records are whole" root sekisho audit verify
term_run rm -f /tmp/code-* /tmp/in /tmp/out /etc/pam.d/locker
is "no unit failed but the check" '' "$(failed | grep -v sekisho-check)"

# --- a further package: a fragment and a module
further()
{
	local d=$W/further

	mkdir -p "$d/DEBIAN" "$d/usr/share/sekisho/pam.d/fragments/auth" \
	    "$d/lib/x86_64-linux-gnu/security"
	# One that says nothing: what matters is its line.
	cp "$(find /lib/*/security -name pam_warn.so | head -n 1)" \
	    "$d/lib/x86_64-linux-gnu/security/pam_sekisho_further.so"
	printf 'auth\trequired\tpam_sekisho_further.so\n' \
	    >"$d/usr/share/sekisho/pam.d/fragments/auth/75-further"
	cat >"$d/DEBIAN/control" <<-CONTROL
	Package: sekisho-further
	Version: 1
	Architecture: all
	Maintainer: Nobody <nobody@example.invalid>
	Depends: sekisho
	Description: a module more
	CONTROL
	cat >"$d/DEBIAN/prerm" <<-'PRERM'
	#!/bin/sh
	set -e
	[ "$1" != remove ] || sekisho stack snippets --without pam_sekisho_further.so
	PRERM
	cat >"$d/DEBIAN/postinst" <<-'POSTINST'
	#!/bin/sh
	set -e
	[ "$1" != abort-remove ] || sekisho stack snippets
	POSTINST
	cat >"$d/DEBIAN/postrm" <<-'POSTRM'
	#!/bin/sh
	# The module has gone: what do services say at this moment?
	[ "$1" != remove ] || grep -c further /etc/pam.d/sekisho-auth >/root/further.seen
	exit 0
	POSTRM
	chmod 755 "$d/DEBIAN/prerm" "$d/DEBIAN/postinst" "$d/DEBIAN/postrm"
	dpkg-deb --root-owner-group -b "$d" "$W/further.deb" >/dev/null
}
lines() { term_run grep -c further /etc/pam.d/sekisho-auth; }
further
tar -C "$W" -cf - further.deb | term_run tar -C /root -xf -
does "a further package is installed" root dpkg -i /root/further.deb
is "its line is in the snippet, of itself" 1 "$(lines)"
two_kinds "a further module"
fails "the base package stays while another needs it" 1 'depend' \
    root dpkg -r sekisho
does "the further package is removed" root dpkg -r sekisho-further
term_run dpkg --purge sekisho-further >/dev/null 2>&1
is "its line was gone before its module was" 0 "$(term_run cat /root/further.seen)"
is "and has gone" 0 "$(lines)"
does "nothing of it is left" root sh -c '
	! find /usr/share/sekisho -name "*further*" | grep .'
two_kinds "the further module gone"

# --- one version back
fails "an older version is not put in by mistake" 1 'downgrade goes back' \
    root sh /root/b-old/install.sh || exit 1
does "back to the version before, when asked" \
    root sh /root/b-old/install.sh --downgrade
is "it is there, older" "installed $before" "$(status)"
two_kinds "one version back"
does "forward again" root sh /root/b-new/install.sh
two_kinds "forward again"

# --- security keys: their line comes and goes with their package
# keys NAME N: so many lines of the snippets name its module
keys()
{
	is "$1" "$2" "$(term_run grep -h pam_sekisho_fido2 /etc/pam.d/sekisho-auth \
	    /etc/pam.d/sekisho-factors | wc -l)"
}
keyed()	{ term_run dpkg-query -W -f '${db:Status-Status} ${Version}' libpam-sekisho-fido2 2>/dev/null; }
deb()	{ term_run sh -c "echo /root/$1/$2_*.deb"; }
keys "without its package there is no line for keys" 0
# Logins go on all the while; each has a code of its own.
logins()
{
	local n=0 no=0

	while ! [ -e "$W/enough" ]; do
		code alice
		n=$((n + 1))
		printf 'pw-alice\n%s\n' "$code" |
		    term_run timeout 60 pamtester -I rhost=127.0.0.1 locker alice \
		    authenticate acct_mgmt >>"$W/logins" 2>&1 || no=$((no + 1))
	done
	echo "$n $no ${counter[alice]}" >"$W/count"
}
# meanwhile NAME CMD...: nobody is refused while CMD runs
meanwhile()
{
	local name=$1 n no

	shift
	rm -f "$W/enough" "$W/logins" "$W/count"
	logins &
	looping=$!
	does "$name" "$@"
	touch "$W/enough"
	wait $looping
	read -r n no 'counter[alice]' <"$W/count"
	if [ "$n" -ge 2 ] && [ "$no" = 0 ]; then
		ok "$name: all get in meanwhile"
	else
		not_ok "$name: all get in meanwhile" "$no of $n were refused" "$(cat "$W/logins")"
	fi
}
term_put /etc/pam.d/locker <<'PAM'
auth include sekisho-auth
account include sekisho-account
PAM
meanwhile "the package of keys is installed from its folder" \
    root sh /root/b-newkey/install.sh
is "it is there, of that version" "installed $version" "$(keyed)"
keys "its line is in what services include" 2
is "between the password and the code" 'lockout password fido2 oath ticket gate' \
    "$(term_run sed -n 's/.*pam_sekisho_\([a-z0-9]*\).so.*/\1/p' /etc/pam.d/sekisho-auth | tr '\n' ' ' | sed 's/ $//')"
does "the services are sound with it" root sh -c 'sekisho stack check >/dev/null || sekisho stack check'
two_kinds "with the package of keys"
term_put /etc/pam.d/handkey <<'PAM'
auth	required	pam_sekisho_fido2.so
PAM
fails "it stays while a service names its module" 1 '/etc/pam.d/handkey' \
    root dpkg -r libpam-sekisho-fido2
is "and stays whole" "installed $version" "$(keyed)"
keys "with its line" 2
term_run rm -f /etc/pam.d/handkey
meanwhile "it is removed" root dpkg -r libpam-sekisho-fido2
keys "and its line" 0
two_kinds "without the package of keys"
does "and put in again" root sh /root/b-newkey/install.sh
fails "a folder without it says so, where it is installed" 1 \
    'libpam-sekisho-fido2 .* is not in this folder' \
    root sh /root/b-old/install.sh --downgrade
# One version after the other, in each order: never two in one stack.
does "back, both" root sh /root/b-oldkey/install.sh --downgrade
is "both are of the version before" "installed $before, installed $before" \
    "$(status), $(keyed)"
keys "back: its line is there" 2
two_kinds "one version back, with keys"
does "sekisho is unpacked first" root sh -c "dpkg --unpack $(deb b-newkey sekisho)"
keys "the line of the other version is out" 0
two_kinds "sekisho is newer"
does "sekisho is configured by itself" root sh -c 'dpkg --configure sekisho'
if grep -q 'left out until its package is of this version: pam_sekisho_fido2.so' <<<"$seen"; then
	ok "and says what is left out"
else
	not_ok "and says what is left out" "$seen"
fi
keys "the line is still out" 0
two_kinds "sekisho is newer, configured"
does "then the keys" root sh -c "dpkg -i $(deb b-newkey libpam-sekisho-fido2)"
keys "the line is in again" 2
two_kinds "both are newer"
does "who goes on with the old module has its other half" \
    root test -e /usr/libexec/sekisho/old/$before/fido2.so
does "back again, both" root sh /root/b-oldkey/install.sh --downgrade
does "the keys are unpacked first" root sh -c "dpkg --unpack $(deb b-newkey libpam-sekisho-fido2)"
keys "its line is out" 0
two_kinds "the keys are newer"
does "then sekisho" root sh -c "dpkg --unpack $(deb b-newkey sekisho)"
two_kinds "both are unpacked"
does "both are configured" root dpkg --configure -a
is "both are of the new version" "installed $version, installed $version" \
    "$(status), $(keyed)"
keys "and the line is in" 2
two_kinds "both are configured"
does "the keys are purged" root dpkg --purge libpam-sekisho-fido2
does "nothing of them is left" root sh -c '
	! find /etc /usr /lib/ /var/lib -xdev -name "*fido2*" -path "*sekisho*" \
	    ! -path "*/old/*" 2>/dev/null | grep .'
keys "no line of theirs is left" 0
two_kinds "the keys are gone"

# --- IC cards: the same
cards()
{
	is "$1" "$2" "$(term_run grep -h pam_sekisho_card /etc/pam.d/sekisho-auth \
	    /etc/pam.d/sekisho-factors | wc -l)"
}
carded() { term_run dpkg-query -W -f '${db:Status-Status} ${Version}' libpam-sekisho-card 2>/dev/null; }
factors()
{
	term_run sed -n 's/.*pam_sekisho_\([a-z0-9]*\).so.*/\1/p' \
	    /etc/pam.d/sekisho-auth | tr '\n' ' ' | sed 's/ $//'
}
cards "without its package there is no line for cards" 0
meanwhile "the package of cards is installed from its folder" \
    root sh /root/b-newcard/install.sh
is "it is there, of that version" "installed $version" "$(carded)"
cards "its line is in what services include" 2
does "the keys' package beside it" root sh -c "dpkg -i $(deb b-newkey libpam-sekisho-fido2)"
is "between the password and the key" \
    'lockout password card fido2 oath ticket gate' "$(factors)"
does "the services are sound with both" root sh -c 'sekisho stack check >/dev/null || sekisho stack check'
two_kinds "with the packages of cards and keys"
does "the keys go alone" root dpkg --purge libpam-sekisho-fido2
is "and the cards' line stays" 'lockout password card oath ticket gate' "$(factors)"
term_put /etc/pam.d/handcard <<'PAM'
auth	required	pam_sekisho_card.so
PAM
fails "it stays while a service names its module" 1 '/etc/pam.d/handcard' \
    root dpkg -r libpam-sekisho-card
is "and stays whole" "installed $version" "$(carded)"
term_run rm -f /etc/pam.d/handcard
does "back, both" root sh /root/b-oldcard/install.sh --downgrade
is "both are of the version before" "installed $before, installed $before" \
    "$(status), $(carded)"
two_kinds "one version back, with cards"
does "sekisho is unpacked first" root sh -c "dpkg --unpack $(deb b-newcard sekisho)"
cards "the line of the other version is out" 0
two_kinds "sekisho is newer than the cards"
does "sekisho is configured by itself" root sh -c 'dpkg --configure sekisho'
does "then the cards" root sh -c "dpkg -i $(deb b-newcard libpam-sekisho-card)"
cards "the line is in again" 2
does "who goes on with the old module has its other half" \
    root test -e /usr/libexec/sekisho/old/$before/card.so
meanwhile "the cards are purged" root dpkg --purge libpam-sekisho-card
does "nothing of them is left" root sh -c '
	! find /etc /usr /lib/ /var/lib -xdev \( -name "pam_sekisho_card*" -o \
	    -name card.so -o -name 30-card \) ! -path "*/old/*" 2>/dev/null | grep .'
cards "no line of theirs is left" 0
two_kinds "the cards are gone"

# --- living traits: the same
traits()
{
	is "$1" "$2" "$(term_run grep -h pam_sekisho_biometric /etc/pam.d/sekisho-auth \
	    /etc/pam.d/sekisho-factors | wc -l)"
}
traited() { term_run dpkg-query -W -f '${db:Status-Status} ${Version}' libpam-sekisho-biometric 2>/dev/null; }
traits "without its package there is no line for traits" 0
meanwhile "the package of traits is installed from its folder" \
    root sh /root/b-newtrait/install.sh
is "it is there, of that version" "installed $version" "$(traited)"
traits "its line is in what services include" 2
is "between the password and the code" \
    'lockout password biometric oath ticket gate' "$(factors)"
does "cards' and keys' packages beside it" root sh -c "dpkg -i $(deb b-newkey libpam-sekisho-fido2) $(deb b-newcard libpam-sekisho-card)"
is "each in its place" \
    'lockout password card fido2 biometric oath ticket gate' "$(factors)"
does "the services are sound with all" root sh -c 'sekisho stack check >/dev/null || sekisho stack check'
two_kinds "with the packages of cards, keys and traits"
does "the others go alone" root dpkg --purge libpam-sekisho-fido2 libpam-sekisho-card
term_put /etc/pam.d/handtrait <<'PAM'
auth	required	pam_sekisho_biometric.so backend=pam_face.so
PAM
fails "it stays while a service names its module" 1 '/etc/pam.d/handtrait' \
    root dpkg -r libpam-sekisho-biometric
is "and stays whole" "installed $version" "$(traited)"
term_run rm -f /etc/pam.d/handtrait
does "back, both" root sh /root/b-oldtrait/install.sh --downgrade
is "both are of the version before" "installed $before, installed $before" \
    "$(status), $(traited)"
two_kinds "one version back, with traits"
does "sekisho is unpacked first" root sh -c "dpkg --unpack $(deb b-newtrait sekisho)"
traits "the line of the other version is out" 0
two_kinds "sekisho is newer than the traits"
does "sekisho is configured by itself" root sh -c 'dpkg --configure sekisho'
does "then the traits" root sh -c "dpkg -i $(deb b-newtrait libpam-sekisho-biometric)"
traits "the line is in again" 2
does "who goes on with the old module has its other half" \
    root test -e /usr/libexec/sekisho/old/$before/biometric.so
meanwhile "the traits are purged" root dpkg --purge libpam-sekisho-biometric
does "nothing of them is left" root sh -c '
	! find /etc /usr /lib/ /var/lib -xdev \( -name "pam_sekisho_biometric*" -o \
	    -name biometric.so -o -name 50-biometric \) ! -path "*/old/*" 2>/dev/null | grep .'
traits "no line of theirs is left" 0
two_kinds "the traits are gone"
term_run rm -f /etc/pam.d/locker

# --- removal
term_put /etc/pam.d/handmade <<<'@include sekisho-auth'
fails "removal is refused while a service names our modules" 1 \
    '/etc/pam.d/handmade' root dpkg -r sekisho
is "and the package stays whole" "installed $version" "$(status)"
term_run rm -f /etc/pam.d/handmade
does "it is enabled again" root sekisho stack enable -y
two_kinds "enabled again"
term_run timeout 60 setpriv --reuid=alice --regid=alice --init-groups \
    sh -c 'sleep 30 | pamtester login alice authenticate' >/dev/null 2>&1 &
screen=$!
does "a screen of alice's is locked" root sh -c '
	for i in $(seq 100); do
		grep -qs pam_sekisho_gate /proc/[0-9]*/maps && exit 0
		sleep 0.1
	done
	exit 1'
does "it is removed" root dpkg -r sekisho
if [ "$(grep -c 'of alice (process .*cannot unlock any more' <<<"$seen")" = 1 ]; then
	ok "whose screen stays locked is said"
else
	not_ok "whose screen stays locked is said" "$seen"
fi
wait $screen
services >"$W/services.now"
does "services are as before, byte for byte" \
    diff "$W/services.before" "$W/services.now"
# Conffiles stay until the purge: what they include is gone, so they refuse.
does "and nothing of ours is in /etc/pam.d but what refuses" root sh -c \
    '! grep -rlE "pam_sekisho|sekisho-" /etc/pam.d /etc/ssh/sshd_config* /usr/share/pam-configs |
    grep -vE "^/etc/pam.d/sekisho-(helper|locker|witness)\$" &&
    ! ls -d /etc/pam.d/sekisho-[!hlw]* 2>/dev/null | grep .'
gets_in "removed: ssh by the password" \
    term_ssh keyboard-interactive alice pw-alice -- "$mark"
gets_in "removed: login by the password" \
    term_console tty9 alice pw-alice --then "$mark"
gets_in "removed: su by the password" \
    term_talk pw-alice -- setpriv --reuid=nobody --clear-groups su alice -c "$mark"
does "the store is kept" root test -s /var/lib/sekisho/store.db

does "who wants no setuid program says so" root dpkg-statoverride --add \
    root root 0755 /usr/libexec/sekisho/sekisho-helper
does "installed again" root sh /root/b-new/install.sh
is "none is setuid then" "" "$(setuid)"
root dpkg-statoverride --remove /usr/libexec/sekisho/sekisho-helper
root chmod 4755 /usr/libexec/sekisho/sekisho-helper
gets_in "installing it again enables nothing" \
    term_ssh keyboard-interactive alice pw-alice -- "$mark"
does "the store goes on" root sekisho audit verify
does "enabled once more" root sekisho stack enable -y
two_kinds "installed again"

# --- purge
purge()	{ term_talk --prompt '\[yes/no\] ?$' "$1" -- env \
	    DEBIAN_FRONTEND=teletype dpkg --purge sekisho; }
does "a purge asks" purge no
if grep -q 'Delete the access records' <<<"$seen"; then
	ok "about the records"
else
	not_ok "about the records" "$seen"
fi
does "no keeps records, settings and keys" root sh -c \
    'test -s /var/lib/sekisho/store.db && test -s /etc/sekisho/keys/store.key &&
    test -s /etc/sekisho/sekisho.conf'
gets_in "purged: ssh by the password" \
    term_ssh keyboard-interactive alice pw-alice -- "$mark"
root sh /root/b-new/install.sh >/dev/null 2>&1
does "a purge that can ask nobody" root dpkg --purge sekisho
does "keeps them" root test -s /var/lib/sekisho/store.db -a -s /etc/sekisho/keys/store.key
root sh /root/b-new/install.sh >/dev/null 2>&1
does "a purge" purge yes
does "yes deletes them" root sh -c '! test -e /var/lib/sekisho && ! test -e /etc/sekisho'
services >"$W/services.now"
does "purged: services are as before, byte for byte" \
    diff "$W/services.before" "$W/services.now"
is "purged: dpkg has forgotten it" '' "$(status)"
does "purged: nothing is left" root sh -c \
    '! find /etc /usr /lib/ /var -xdev -name "*sekisho*" ! -path "/usr/share/doc/*" ! -path "/var/log/*" ! -path "/var/tmp/*" ! -path "/var/cache/*" 2>/dev/null | grep .'

# --- a master, and its image's first boot
does "installed for a master" root sh /root/b-new/install.sh
does "init --image" root sekisho init --image -y
does "sekisho-first-boot.service makes a terminal of it" root sh -c '
	systemctl start sekisho-first-boot.service && sekisho store status &&
	! test -e /etc/sekisho/image'

wait $minimal
minimal=
cat "$W/minimal.out"
grep -q '^not ok' "$W/minimal.out" && bad=1
exit $bad
