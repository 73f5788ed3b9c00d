#!/bin/bash
# enable.sh - stack enable, disable and snippets on this machine's own service
# files, in a mount namespace of its own, without systemd
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/tools/sandbox.sh
. "$(dirname "${BASH_SOURCE[0]}")/sandbox.sh"

# as_before WHAT: /etc/pam.d and /etc/ssh are as they were; the snippets stay
# as long as services of Sekisho's own are there, which include them
before=$layers/before
as_before()
{
	diff -r -x sekisho-auth -x sekisho-account -x sekisho-session \
	    -x sekisho-password -x sekisho-factors -x sekisho-privilege \
	    "$before/pam.d" /etc/pam.d >"$layers/diff" &&
	    { [ ! -d /etc/ssh ] || diff -r "$before/ssh" /etc/ssh >>"$layers/diff"; } ||
	    { fail "$1: not as before"; cat "$layers/diff"; }
	[ -e /var/lib/sekisho/stack/state ] && fail "$1: a state is left"
}
sound()	{ want 0 stack check --service "$1"; }

# Debian's own files, whatever this machine has made of them.
rm -f /etc/pam.d/sekisho-{auth,account,password,privilege,session,factors} /etc/pam.d/systemd-user
rm -rf /var/lib/sekisho /etc/sekisho
printf 'PasswordAuthentication yes\n' >/etc/ssh/sshd_config.d/50-other.conf 2>/dev/null
sed -i 's/[[:space:]]*$//' /etc/pam.d/sudo
printf '@include common-auth\n@include common-account\n@include common-session' \
    >/etc/pam.d/rig-login
# A keyring that is opened by the password.
modules=$(dirname "$(ls /lib/*/security/pam_unix.so)")
[ -e "$modules/pam_gnome_keyring.so" ] ||
    cp "$modules/pam_permit.so" "$modules/pam_gnome_keyring.so"
printf 'password\toptional\tpam_gnome_keyring.so\n' >>/etc/pam.d/common-password
# By one passwords are changed and nobody logs in, by one with its own lines.
printf '@include common-password' >/etc/pam.d/rig-change
printf 'password requisite pam_permit.so\npassword sufficient pam_unix.so\n' \
    >/etc/pam.d/rig-own
# Lockers: one of its own lines, one that goes by login's, one by one kind.
printf '@include common-auth\n@include common-account\n' >/etc/pam.d/swaylock
printf 'auth include login\n' >/etc/pam.d/i3lock
printf 'auth required pam_permit.so\n@include common-account\n' \
    >/etc/pam.d/kde-fingerprint
# What lockers' lines hand over to, and by which lines it goes.
helper=/usr/libexec/sekisho/sekisho-helper
mkdir -p ${helper%/*}
[ -e $helper ] || cp /bin/true $helper
chmod 4755 $helper
[ -e /etc/pam.d/sekisho-locker ] || fail "sekisho-locker is not installed"
mkdir "$before" && cp -a /etc/pam.d /etc/ssh "$before/" 2>/dev/null

# --- nobody could log in
want 111 stack enable -y
says 'sekisho init'
want 0 init --profile lgwan -y
want 1 stack enable -y
says 'enrol one first'
as_before "refused: nobody enrolled"
useradd -M -d / keeper 2>/dev/null
want 0 enroll totp keeper -y
want 1 stack enable -y
says 'enrol one first'
usermod -a -G sudo keeper
want 0 user suspend keeper --reason test -y
want 1 stack enable -y
says 'enrol one first'
want 0 user resume keeper -y
want 100 stack enable
says 'nobody to answer'
as_before "nobody to answer"

# --- for good
want 0 stack enable -y
prints '+@include sekisho-auth'
prints '--- /etc/pam.d/sshd'
prints 'do not hear of new passwords any more: pam_gnome_keyring.so'
cp "$layers/out" "$layers/shown"
cp "$layers/err" "$layers/err.enable"
for s in sshd login su sudo chsh rig-login other; do
	has $s '@include sekisho-auth'
	has $s '@include sekisho-account'
	has $s '@include sekisho-session'
	has $s '@include sekisho-privilege'
	sound $s
done
has cron '@include sekisho-account'
hasnt cron sekisho-session
hasnt cron sekisho-privilege
# What a session's end has to be known by, in front of what begins it.
[ "$(grep -hE '^@include (sekisho-privilege|common-session|sekisho-session)' /etc/pam.d/sshd | tr '\n' ' ')" = \
    '@include sekisho-privilege @include common-session @include sekisho-session ' ] ||
    fail "the session's lines of sshd are in another order"
has systemd-user '@include sekisho-account'
for s in runuser i3lock kde-fingerprint; do
	hasnt $s sekisho
done
# Passwords are changed through ours alone, where the system's were included.
for s in sshd login other passwd chpasswd newusers; do
	has $s '@include sekisho-password'
	grep -q '^[^#]*common-password' /etc/pam.d/$s &&
	    fail "$s: the system's password lines are still there"
	sound $s
done
for s in passwd chpasswd newusers; do
	hasnt $s sekisho-auth
	hasnt $s sekisho-account
done
hasnt cron sekisho-password
has rig-change '@include sekisho-password'
cmp -s /etc/pam.d/rig-own "$before/pam.d/rig-own" || fail "rig-own was changed"
grep -q "past Sekisho's checks.*: rig-own\$" "$layers/err.enable" ||
    fail "who changes passwords by lines of its own is not told"
want 1 stack check --service rig-own
prints 'CHANGES UNCHECKED'
# Lines beside ours that set passwords, too.
sed '1i password required pam_unix.so' /etc/pam.d/passwd >"$layers/passwd"
cp /etc/pam.d/passwd "$layers/passwd.was"
cat "$layers/passwd" >/etc/pam.d/passwd
want 1 stack check --service passwd
prints 'sets passwords past what Sekisho checks'
cat "$layers/passwd.was" >/etc/pam.d/passwd
sound passwd
# Lockers ask by ours, too; one whose lines are its own is told.
has swaylock '@include sekisho-auth'
has swaylock '@include sekisho-account'
hasnt swaylock sekisho-session
for s in swaylock i3lock sekisho-locker; do
	sound $s
done
grep -q 'still let in by one kind.* kde-fingerprint' "$layers/err.enable" ||
    fail "kde-fingerprint is not told"
# What was shown is what was done.
rm -rf "$layers/try" && mkdir -p "$layers/try/etc" && cp -a "$before/pam.d" "$layers/try/etc/"
for f in /usr/lib/pam.d/*; do cp -n "$f" "$layers/try/etc/pam.d/"; done
grep -vE '^(/etc/pam.d.*put together|Services to be changed:|Of common-password)' "$layers/shown" |
    sed 's,^--- /usr/lib,--- /etc,; s,^\(---\|+++\) /,\1 ,' >"$layers/patch"
(cd "$layers/try" && patch -s -p0 <"$layers/patch" 2>&1) | grep -v sshd_config.d
grep -q '^Services to be changed:.* sshd.* su' "$layers/shown" ||
    fail "the services are not told once more at the end"
for s in sshd su rig-login systemd-user; do
	cmp -s "$layers/try/etc/pam.d/$s" /etc/pam.d/$s ||
	    fail "$s: the difference shown is not what was done"
done
want 0 stack enable -y
prints 'Nothing is left'
if [ -x /usr/sbin/sshd ]; then
	mkdir -p /run/sshd
	[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -A
	/usr/sbin/sshd -T | grep -qx 'passwordauthentication no' ||
	    fail "sshd still asks for passwords itself"
	[ -e /etc/ssh/sshd_config.d/00-00-sekisho.conf ] ||
	    fail "no drop-in of sshd's"
fi
want 0 audit show --event stack-enabled --json
grep -q '"event":"stack-enabled"' "$layers/out" || fail "not recorded"

# --- one service, then all
want 0 stack disable --service sudo
prints 'Taken back: sudo'
hasnt sudo sekisho
has su '@include sekisho-auth'
want 1 stack disable --service nosuch
want 100 stack disable --service ../shadow
printf '# mine\n' >>/etc/pam.d/su
want 0 stack disable
prints 'See now that a new login gets in by the password alone'
tail -n 1 /etc/pam.d/su | grep -qx '# mine' || fail "an administrator's line went"
sed -i '$d' /etc/pam.d/su
as_before "disable"
want 0 stack disable
prints 'Nothing of Sekisho'
as_before "disable twice"
/usr/sbin/sekisho </dev/null >"$layers/out" 2>&1
prints 'no service asks for two kinds of proof'
# What people ask, decide and enrol by is still whole; without it, all goes.
for s in locker helper witness; do
	sound sekisho-$s
done
mkdir "$layers/own"
mv /etc/pam.d/sekisho-{locker,helper,witness} "$layers/own/"
want 0 stack enable -y --service su
want 0 stack disable
ls /etc/pam.d/sekisho-* 2>/dev/null && fail "snippets that nothing includes are left"
mv "$layers/own"/sekisho-* /etc/pam.d/
want 1 stack check --service sekisho-helper
prints 'the included file is not there'

# --- lockers, where the helper cannot do its work
chmod 755 $helper
want 1 stack enable -y
says 'i3lock (auth) would not be sound'
says "$helper: is not root's, not setuid"
as_before "a locker by login's lines, and no helper"
rm /etc/pam.d/i3lock
mv "$before/pam.d/i3lock" "$layers/"
want 1 stack enable -y --service swaylock
says 'swaylock (auth) would not be sound'
as_before "a locker named, and no helper"
want 0 stack enable -y
says 'swaylock: a locker, left as it is'
says 'still let in by one kind (links, or lines of their own): see sekisho stack check: kde-fingerprint swaylock'
hasnt swaylock sekisho
has sshd '@include sekisho-auth'
chmod 4755 $helper
want 0 stack enable -y
prints 'Services to be changed: swaylock'
sound swaylock
# In force, and then something happens to what it needs.
chmod 755 $helper
want 1 stack check --service swaylock
prints "$helper: is not root's, not setuid"
mv $helper $helper.away
want 1 stack check --service swaylock
prints "$helper: is not there: nobody unlocks this locker"
mv $helper.away $helper
chmod 4757 $helper
want 1 stack check --service swaylock
prints "$helper: others may change this program"
chmod 4755 $helper
mount -o bind,nosuid ${helper%/*} ${helper%/*} 2>/dev/null ||
    { mount --bind ${helper%/*} ${helper%/*} &&
	mount -o remount,bind,nosuid ${helper%/*}; }
want 1 stack check --service swaylock
prints "$helper: lies on a file system mounted nosuid"
umount ${helper%/*}
mv /etc/pam.d/sekisho-locker "$layers/"
want 1 stack check --service swaylock
prints 'sekisho-locker: is not there: nobody unlocks this locker'
sed 1iauth\ sufficient\ pam_permit.so "$layers/sekisho-locker" \
    >/etc/pam.d/sekisho-locker
want 1 stack check --service swaylock
prints 'sekisho-locker: is not sound'
want 1 stack check --service sekisho-locker
prints 'LETS IN'
want 1 explain keeper --service swaylock
prints 'nobody unlocks this locker'
mv "$layers/sekisho-locker" /etc/pam.d/sekisho-locker
want 0 stack check --service swaylock
# A way past the gate in the locker's own file: account is not asked there.
sed -i '1iauth sufficient pam_permit.so' /etc/pam.d/swaylock
want 1 stack check --service swaylock
prints 'swaylock:1 auth sufficient pam_permit.so'
prints 'auth    LETS IN '
sed -i 1d /etc/pam.d/swaylock
want 0 stack disable
mv "$layers/i3lock" "$before/pam.d/"
cp -a "$before/pam.d/i3lock" /etc/pam.d/
as_before "lockers"

# --- without store, settings, state
want 0 stack enable -y --service sshd,su
rm -rf /var/lib/sekisho /etc/sekisho/keys
echo broken >/etc/sekisho/sekisho.conf
want 0 stack disable
says 'not recorded'
as_before "disable with nothing but the files"
rm -rf /etc/sekisho
want 0 init --profile lgwan -y
want 0 enroll totp keeper -y

# --- what is refused leaves all as it was
want 1 stack enable -y --service sshd,nosuch
want 1 stack enable -y --service common-auth
want 100 stack enable -y --backend pam_nosuch.so
want 100 stack enable -y --try 5s
want 100 stack enable -y --try soon
want 100 stack enable -y --confirm --try 5m
want 1 stack enable --confirm
says 'no trial'
want 1 stack enable -y --backend pam_permit.so
says 'would not be sound'
as_before "refused"
sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/rig-login
want 1 stack enable -y
says 'rig-login (auth) would not be sound'
sed -i 1d /etc/pam.d/rig-login
as_before "unsound"
chmod o+w /etc/pam.d/rig-login
want 111 stack enable -y
chmod o-w /etc/pam.d/rig-login
as_before "others may write a file"

# --- snippets
want 0 stack snippets
has sekisho-auth "$(printf 'auth\trequired\tpam_sekisho_password.so backend=pam_unix.so')"
has sekisho-password "$(printf 'password\trequired\tpam_sekisho_password.so backend=pam_unix.so yescrypt')"
want 1 stack snippets --without password
says 'sekisho-password would have no line'
want 0 stack snippets
[ -s "$layers/out" ] && fail "written again though nothing changed"
want 0 stack snippets --without pam_sekisho_oath.so
hasnt sekisho-auth pam_sekisho_oath
hasnt sekisho-factors pam_sekisho_oath
want 0 stack snippets --without session
hasnt sekisho-session pam_sekisho_session
want 0 stack snippets
has sekisho-auth "$(printf 'auth\trequired\tpam_sekisho_oath.so')"
want 1 stack snippets --without gate,oath
want 1 stack snippets --without lockout
has sekisho-auth "$(printf 'auth\trequired\tpam_sekisho_gate.so')"
mv /lib/*/security/pam_sekisho_oath.so "$layers/"
want 0 stack snippets
hasnt sekisho-auth pam_sekisho_oath
mv "$layers/pam_sekisho_oath.so" "$(dirname "$(ls /lib/*/security/pam_unix.so)")/"
want 0 stack snippets
for p in auth account password privilege session; do
	cmp -s <(grep -v '^#' /usr/share/sekisho/pam.d/sekisho-$p) \
	    <(grep -v '^#' /etc/pam.d/sekisho-$p) ||
	    fail "the ready-made sekisho-$p differs"
done
want 0 stack enable -y --service rig-login --backend 'pam_unix.so try_first_pass'
has sekisho-auth "$(printf 'auth\trequired\tpam_sekisho_password.so backend=pam_unix.so try_first_pass')"
has sekisho-password "$(printf 'password\trequired\tpam_sekisho_password.so backend=pam_unix.so try_first_pass')"
want 0 stack snippets
has sekisho-auth "$(printf 'auth\trequired\tpam_sekisho_password.so backend=pam_unix.so try_first_pass')"
want 0 stack enable -y --service rig-login --backend pam_unix.so
has sekisho-auth "$(printf 'auth\trequired\tpam_sekisho_password.so backend=pam_unix.so')"
want 0 stack disable
as_before "backends"

# --- a trial: its end comes by itself, the tool long gone
want 0 stack enable -y --try 10s --service rig-login,su
prints 'sekisho stack enable --confirm'
has rig-login '@include sekisho-auth'
want 1 stack enable -y
says 'a trial is running'
want 1 stack enable --confirm
says 'not a new login'
SUDO_USER=keeper SEKISHO_ADMISSION=0123456789abcdef0123456789abcdef \
    want 1 stack enable --confirm
for i in $(seq 1800); do
	[ -e /var/lib/sekisho/stack/state ] || break
	sleep 0.1
done
as_before "a trial that nobody confirmed"
want 0 audit show --event stack-disabled --json
grep -q 'trial not confirmed' "$layers/out" || fail "the end of a trial is not recorded"

# --- a trial that a reboot meets: the unit's command, another boot
want 0 stack enable -y --try 1h --service rig-login
want 0 stack disable --expired
has rig-login '@include sekisho-auth'
cp /var/lib/sekisho/stack/state "$layers/state"
sed -i -E 's/("boot":[[:space:]]*")[0-9a-f]{8}/\100000000/' /var/lib/sekisho/stack/state
want 0 stack disable --expired
as_before "a trial of another boot"

# --- a trial whose end fails at first (a full disk, say) ends all the same
want 0 stack enable -y --try 10s --service rig-login
mount --bind /etc/pam.d /etc/pam.d && mount -o remount,ro,bind /etc/pam.d
for i in $(seq 900); do
	[ -z "$(find /var/lib/sekisho/stack/lock -newer /var/lib/sekisho/stack/state)" ] ||
	    break
	sleep 0.1
done
sleep 3
has rig-login '@include sekisho-auth'
umount /etc/pam.d
for i in $(seq 1800); do
	[ -e /var/lib/sekisho/stack/state ] || break
	sleep 0.1
done
as_before "a trial whose end failed at first"

# --- what cannot be changed is not passed over in silence
printf 'auth required pam_unix.so\naccount required pam_unix.so\n' \
    >/etc/pam.d/rig-written
printf 'AUTH INCLUDE common-auth\nAccount Include common-account\n@Include common-session\n' \
    >/etc/pam.d/rig-upper
cp /etc/pam.d/rig-written "$layers/rig-linked"
ln -s "$layers/rig-linked" /etc/pam.d/rig-link
cp /usr/lib/pam.d/polkit-1 "$layers/polkit-1" 2>/dev/null &&
    ln -s "$layers/polkit-1" /etc/pam.d/polkit-1
cp -a /etc/pam.d "$layers/odd"
want 1 stack enable -y --service rig-written
says 'still let in by one kind'
says rig-written
want 1 stack enable -y --service su,rig-link
says 'rig-link: is a link'
diff -r "$layers/odd" /etc/pam.d || fail "refused, and yet changed"
want 0 stack enable -y
says 'still let in by one kind'
says rig-written
says rig-link
[ ! -e "$layers/polkit-1" ] || { says polkit-1; [ -L /etc/pam.d/polkit-1 ] ||
    fail "a link was replaced by the vendor's file"; }
sound rig-upper
has rig-upper '@include sekisho-session'
want 0 stack enable -y
prints 'Nothing is left'
says rig-written
want 0 stack disable
diff -r "$layers/odd" /etc/pam.d || fail "odd files did not go back"
rm -f /etc/pam.d/rig-written /etc/pam.d/rig-upper /etc/pam.d/rig-link
[ ! -L /etc/pam.d/polkit-1 ] || rm /etc/pam.d/polkit-1
as_before "odd files"

# --- the system's new version of a file comes while ours is in force
want 0 stack enable -y --service su,rig-login
cp "$before/pam.d/su" /etc/pam.d/su
want 0 stack enable -y
has su '@include sekisho-auth'
cp "$before/pam.d/su" /etc/pam.d/su
want 0 stack disable
as_before "a file replaced while it was enabled"

# --- a state that makes no sense
want 0 stack enable -y --service rig-login,su
echo '{' >/var/lib/sekisho/stack/state
chmod 600 /var/lib/sekisho/stack/state
want 0 stack disable --expired
as_before "a state that makes no sense"

# --- killed at any instant that tells: before and behind each change of a name
cat >"$layers/kill.c" <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int left = -1;
static char self[256];
__attribute__((constructor)) static void begin(void)
{
	const char *n = getenv("KILL_AT");
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n != NULL && len > 8 && strcmp(self + len - 8, "/sekisho") == 0)
		left = atoi(n);
}
static void step(void) { if (left >= 0 && left-- == 0) raise(SIGKILL); }
#define WRAP(name, decl, args) int name decl { int rc; \
	int (*real) decl = (int (*) decl)dlsym(RTLD_NEXT, #name); \
	step(); rc = real args; step(); return (rc); }
WRAP(renameat, (int a, const char *b, int c, const char *d), (a, b, c, d))
WRAP(unlink, (const char *a), (a))
C
# (A sanitizer's library wants to be the first.)
if ! grep -q fsanitize "$SEK_BUILDDIR/Makefile" &&
    cc -shared -fPIC -o "$layers/kill.so" "$layers/kill.c" -ldl 2>/dev/null; then
	# kills NAME ARGS...: $n gets how many instants there are
	kills()
	{
		local rc

		(LD_PRELOAD=$layers/kill.so KILL_AT=$n \
		    /usr/sbin/sekisho "$@" </dev/null; exit $?) >/dev/null 2>&1
		rc=$?
		[ $rc = 137 ] || [ $rc = 0 ] || fail "killed at $n: status $rc"
		[ $rc = 137 ]
	}
	whole()
	{
		local f

		for f in /etc/pam.d/*; do
			[ -s "$f" ] || fail "$1: $f is empty"
		done
	}
	n=0
	while kills stack enable -y --service sshd,su,rig-login,systemd-user; do
		whole "enable killed at $n"
		# The unit at boot.
		want 0 stack disable --expired
		[ -e /var/lib/sekisho/stack/state ] &&
		    fail "enable killed at $n: a state is left"
		# Killed behind the last step it is in force, and that is all.
		grep -q '^@include sekisho-auth' /etc/pam.d/sshd && want 0 stack disable
		rm -f /etc/pam.d/sekisho-{auth,account,password,session}
		as_before "enable killed at $n, then the boot"
		n=$((n + 1))
	done
	[ $n -ge 12 ] || fail "only $n instants to kill enable at"
	want 0 stack disable
	n=0
	while want 0 stack enable -y --service sshd,su,rig-login,systemd-user &&
	    kills stack disable; do
		whole "disable killed at $n"
		want 0 stack disable
		as_before "disable killed at $n, then again"
		n=$((n + 1))
	done
	[ $n -ge 8 ] || fail "only $n instants to kill disable at"
	as_before "the last"
	n=3
	kills stack enable -y --service sshd,su,rig-login
	want 0 stack enable -y --service su
	hasnt rig-login sekisho
	want 0 stack disable
	as_before "enable killed, then another enable"
fi

[ $failed = 0 ] && echo ok
exit $failed
