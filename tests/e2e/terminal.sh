# shellcheck shell=bash
# terminal.sh - a whole terminal (systemd, logind, sshd, cron) in namespaces,
# on an overlay of this machine; sourced by the tests that need one
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
#
#   term_boot            boot one; sets TERM_DIR; returns 77 and says why when
#                        this kernel cannot
#   term_run CMD...      run CMD in it as root (stdin, stdout, status are CMD's)
#   term_as USER CMD...  run CMD as USER, without PAM
#   term_copy SRC DST    copy a file or folder into it
#   term_put DST [MODE]  write stdin to DST in it
#   term_install BUILD   `make install` of a configured build into it
#   term_user NAME...    make users, their password is pw-NAME
#   term_sshd            start sshd on its loopback, keys for each user
#   term_stack [SERVICE...] put the Sekisho stack in the place of common-auth...
#                        in the usual services, or in those
#   term_talk [OPTION]... ANSWER... -- CMD...
#                        run CMD in it on a pty, give ANSWERs prompt by prompt
#   term_ssh HOW USER ANSWER... -- CMD...   one ssh login; HOW is
#                        keyboard-interactive, password or publickey
#   term_console LINE USER ANSWER...        login(1) at /dev/LINE: tty9 counts
#                        as the local console, but logind makes no session of
#                        it (the seat has no VT); with ttyS9 it does
#   term_log             the journal since boot (or since term_mark)
#   term_end             kill it, leave nothing
#
# The host sees none of it but the processes: mounts, network, users, /etc, the
# host name are the terminal's own.  All of its processes are in one cgroup of
# the host, which term_end kills.

TERM_TALK=${BASH_SOURCE[0]%/*}/talk

term__skip()
{
	echo "SKIP: no terminal: $*" >&2
	return 77
}

# A cgroup2 of the host to put it in: where it is mounted, or mounted for us.
term__cgroup()
{
	local at

	at=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	if [ -z "$at" ]; then
		at=$TERM_DIR/cgroup2
		mkdir -p "$at"
		mount -t cgroup2 none "$at" || return 1
	fi
	TERM_CGROUP=$at/sekisho-term.${SEKISHO_RUN:+${SEKISHO_RUN##*.}.}$$
	mkdir "$TERM_CGROUP"
}

term_boot()
{
	local tool i state

	[ "$(id -u)" = 0 ] || { term__skip "not root"; return; }
	for tool in unshare nsenter ip findmnt expect; do
		command -v $tool >/dev/null ||
		    { term__skip "no $tool (tests/deps)"; return; }
	done
	[ -x /lib/systemd/systemd ] ||
	    { term__skip "no systemd (tests/deps)"; return; }

	TERM_DIR=$(mktemp -d "${TERM_SCRATCH:-/var/tmp}/sekisho-term.XXXXXX") ||
	    return 99
	mkdir -p "$TERM_DIR"/{upper,work,root}
	chmod 755 "$TERM_DIR" "$TERM_DIR"/{upper,root}
	term__cgroup || { term_end; term__skip "no cgroup2 here"; return; }

	cat >"$TERM_DIR/first" <<'FIRST'
#!/bin/bash
# Process 1 until systemd takes over.
set -e
D=$1
R=$D/root
mount --make-rprivate /
if ! mount -t overlay -o "lowerdir=/,upperdir=$D/upper,workdir=$D/work" \
    overlay "$R" 2>/dev/null; then
	# The scratch folder is itself on an overlay: layers in memory.
	mount -t tmpfs -o mode=755,size=2g tmpfs "$D/work"
	mkdir "$D/work/upper" "$D/work/work"
	mount -t overlay -o "lowerdir=/,upperdir=$D/work/upper,workdir=$D/work/work" \
	    overlay "$R"
fi
ip link set lo up
mount -t proc -o nosuid,nodev,noexec proc "$R/proc"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$R/sys"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$R/run"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$R/tmp"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs -o mode=755,nosuid,noexec tmpfs "$R/dev"
for n in null zero full random urandom tty; do
	: >"$R/dev/$n"
	mount --bind "/dev/$n" "$R/dev/$n"
done
mkdir "$R/dev/pts" "$R/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$R/dev/pts"
ln -s pts/ptmx "$R/dev/ptmx"
ln -s /proc/self/fd "$R/dev/fd"
ln -s fd/0 "$R/dev/stdin"
ln -s fd/1 "$R/dev/stdout"
ln -s fd/2 "$R/dev/stderr"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$R/dev/shm"
hostname sekisho-test
echo sekisho-test >"$R/etc/hostname"
# A machine of its own: its id, its host keys; no daemon of the host's.
rm -f "$R/etc/machine-id"
: >"$R/etc/machine-id"
mkdir -p "$R/etc/systemd/system"
for u in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer fstrim.timer logrotate.timer man-db.timer \
    systemd-networkd.service systemd-resolved.service \
    systemd-timesyncd.service systemd-udevd.service \
    systemd-udev-trigger.service systemd-modules-load.service \
    systemd-sysctl.service systemd-remount-fs.service e2scrub_reap.service \
    console-getty.service getty@tty1.service ssh.service ssh.socket \
    postgresql.service pcscd.socket fprintd.service networking.service \
    ifupdown-wait-online.service systemd-binfmt.service \
    proc-sys-fs-binfmt_misc.automount systemd-firstboot.service; do
	ln -sf /dev/null "$R/etc/systemd/system/$u"
done
: >"$R/etc/fstab"
mkdir -p "$R/var/log/journal"
# Its root is the namespace's: in a chroot nobody may make user namespaces.
mkdir -p "$R/run/host"
if cd "$R" && pivot_root . run/host 2>/dev/null; then
	umount -l /run/host
	R=/
fi
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$R" /lib/systemd/systemd --system --unit=multi-user.target
FIRST
	chmod 755 "$TERM_DIR/first"

	# The cgroup is entered before its namespace is made: it becomes the
	# terminal's root.
	(
		echo "$BASHPID" >"$TERM_CGROUP/cgroup.procs" || exit 1
		cd / || exit 1
		exec setsid unshare --pid --mount --uts --ipc --net --cgroup \
		    --fork --kill-child "$TERM_DIR/first" "$TERM_DIR"
	) </dev/null >"$TERM_DIR/boot.log" 2>&1 &
	TERM_UNSHARE=$!
	disown $TERM_UNSHARE
	TERM_PID=
	for i in $(seq 1200); do
		# setsid may have forked: look in the cgroup, not at the child.
		TERM_PID=$(term__systemd)
		[ -n "$TERM_PID" ] && break
		kill -0 $TERM_UNSHARE 2>/dev/null || [ "$i" -lt 10 ] || break
		sleep 0.1
	done
	if [ -z "$TERM_PID" ]; then
		tail -n 20 "$TERM_DIR/boot.log" >&2
		term_end
		term__skip "systemd did not come up in namespaces"
		return
	fi
	state=
	for i in $(seq 1200); do
		state=$(term_run systemctl is-system-running 2>/dev/null)
		case $state in
		running|degraded) break ;;
		esac
		sleep 0.1
	done
	case $state in
	running) ;;
	degraded) term_run systemctl --failed --no-legend >&2 ;;
	*)
		echo "terminal is: ${state:-unreachable}" >&2
		tail -n 20 "$TERM_DIR/boot.log" >&2
		term_end
		return 99
		;;
	esac
	term_mark
	return 0
}

# The process of the terminal that is 1 there, once it is systemd.
term__systemd()
{
	local p exe

	for p in $(cat "$TERM_CGROUP/cgroup.procs" \
	    "$TERM_CGROUP"/*/cgroup.procs 2>/dev/null); do
		[ "$(awk '/^NSpid:/ { print $NF }' "/proc/$p/status" 2>/dev/null)" = 1 ] ||
			continue
		exe=$(readlink "/proc/$p/exe")
		case $exe in
		*/systemd) echo "$p"; return ;;
		esac
	done
}

# In the terminal's own tree of cgroups, as its own processes are, in a folder
# that is root's.
term_run()
{
	nsenter -t "$TERM_PID" -m -p -u -i -n -C -r -w -- \
	    /usr/bin/env -i PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
	    /bin/sh -c 'mkdir -p /sys/fs/cgroup/rig &&
		echo $$ >/sys/fs/cgroup/rig/cgroup.procs; exec "$@"' rig "$@"
}

term_as()
{
	local user=$1

	shift
	term_run setpriv --reuid="$user" --regid="$user" --init-groups \
	    --reset-env -- "$@"
}

term_copy()
{
	tar -C "$(dirname "$1")" -cf - "$(basename "$1")" |
	    term_run sh -c 'mkdir -p "$1" && d=$(mktemp -d "$1/.rig.XXXXXX") &&
		tar -C "$d" --no-same-owner -xf - &&
		rm -rf "$2" && mv -T "$d/$3" "$2" && rmdir "$d"' \
	    sh "$(dirname "$2")" "$2" "$(basename "$1")"
}

term_put()
{
	term_run sh -c 'mkdir -p "$(dirname "$1")" && cat >"$1" && chmod "$2" "$1"' \
	    sh "$1" "${2:-644}"
}

# The build must have been configured with the machine's own folders:
#   --prefix=/usr --sysconfdir=/etc --localstatedir=/var
#   --with-pam-module-dir=<where pam_unix.so is>
term_install()
{
	local stage=$TERM_DIR/stage

	rm -rf "$stage"
	make -s -C "$1" install DESTDIR="$stage" >"$TERM_DIR/install.log" 2>&1 ||
	    { tail -n 20 "$TERM_DIR/install.log" >&2; return 1; }
	# The top folders may be links in the terminal: do not replace them.
	tar -C "$stage" --owner=0 --group=0 -cf - . |
	    term_run tar -C / --keep-directory-symlink --no-overwrite-dir -xf -
	rm -rf "$stage"
}

term_user()
{
	local u

	for u in "$@"; do
		term_run useradd -m -s /bin/bash "$u" || return 1
		# Not chpasswd by PAM: the password phase is a thing under test.
		echo "$u:pw-$u" | term_run chpasswd -c YESCRYPT || return 1
	done
}

term_sshd()
{
	local u

	term_put /etc/ssh/sshd_config <<-'CONF'
	Port 22
	ListenAddress 127.0.0.1
	HostKey /etc/ssh/rig_host_key
	UsePAM yes
	KbdInteractiveAuthentication yes
	PasswordAuthentication yes
	PubkeyAuthentication yes
	AuthenticationMethods any
	PermitRootLogin yes
	PrintMotd no
	MaxStartups 200
	MaxAuthTries 6
	LogLevel VERBOSE
	CONF
	term_run sh -c '
		rm -rf /etc/ssh/sshd_config.d
		rm -f /etc/systemd/system/ssh.service
		rm -f /etc/ssh/rig_host_key*
		ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/rig_host_key &&
		mkdir -p /root/rig && rm -f /root/rig/key* &&
		echo "127.0.0.1 $(cut -d" " -f1,2 /etc/ssh/rig_host_key.pub)" >/root/rig/known_hosts &&
		ssh-keygen -q -t ed25519 -N "" -f /root/rig/key' || return 1
	for u in "$@"; do
		term_run sh -c 'h=$(getent passwd "$1" | cut -d: -f6) &&
			install -d -m 700 -o "$1" "$h/.ssh" &&
			install -m 600 -o "$1" /root/rig/key.pub "$h/.ssh/authorized_keys"' \
		    sh "$u" || return 1
	done
	term_run systemctl daemon-reload
	term_run systemctl start ssh.service || return 1
	term_run sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do
		ss -ltn | grep -q "127.0.0.1:22 " && exit 0; sleep 0.2; done; exit 1'
}

# Debian's services include common-*; ours take their place, as README.md says:
# the session line behind the common one (and so behind pam_systemd).
term_stack()
{
	term_run sh -c '
		cp /usr/share/sekisho/pam.d/sekisho-* /etc/pam.d/ &&
		cd /etc/pam.d || exit 1
		cp -n /usr/lib/pam.d/systemd-user . 2>/dev/null
		for f in ${*:-sshd login su su-l sudo sudo-i chsh chfn cron systemd-user}; do
			[ -f "$f" ] || continue
			sed -i -E \
			    -e "s/^(@include )common-(auth|account)[[:space:]]*\$/\1sekisho-\2/" \
			    -e "s/^@include common-session(-noninteractive)?[[:space:]]*\$/@include sekisho-privilege\n&\n@include sekisho-session/" \
			    "$f" || exit 1
		done' sh "$@"
}

term_talk()
{
	term_copy "$TERM_TALK" /root/rig/talk.exp &&
	    term_run expect -f /root/rig/talk.exp -- "$@"
}

term_ssh()
{
	local how=$1 user=$2
	local answers=() options

	shift 2
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		answers+=("$1")
		shift
	done
	shift
	# Not LogLevel=ERROR: that hides what PAM says at a refusal.
	options=(-F none -o UserKnownHostsFile=/root/rig/known_hosts
	    -o NumberOfPasswordPrompts=1 -o PreferredAuthentications="$how"
	    -o ConnectTimeout=10)
	case $how in
	publickey) options+=(-i /root/rig/key -o IdentitiesOnly=yes) ;;
	*) options+=(-o PubkeyAuthentication=no) ;;
	esac
	term_talk "${answers[@]}" -- ssh "${options[@]}" -l "$user" \
	    ${TERM_SSH_OPTIONS:-} 127.0.0.1 "$@"
}

# term_console LINE USER ANSWER... [--then TEXT]... : login(1) at a local
# console, which is a pty by the console's name.  Opens a shell, then leaves it.
term_console()
{
	local line=$1 user=$2

	shift 2
	term_put /root/rig/console 755 <<-'CONSOLE'
	#!/bin/sh
	umount -l "/dev/$1" 2>/dev/null
	: >>"/dev/$1"
	mount --bind "$(tty)" "/dev/$1"
	exec setsid -c -w sh -c 'exec login -- "$2" </dev/$1 >/dev/$1 2>&1' \
	    sh "$1" "$2"
	CONSOLE
	term_talk "$@" -- /root/rig/console "$line" "$user"
}

term_mark()
{
	TERM_MARK=$(term_run journalctl -q -n 1 --show-cursor 2>/dev/null |
	    sed -n 's/^-- cursor: //p')
}

term_log()
{
	term_run journalctl -q --no-pager -o short-monotonic \
	    ${TERM_MARK:+--after-cursor="$TERM_MARK"} "$@"
}

term_end()
{
	local i c

	if [ -n "${TERM_CGROUP:-}" ] && [ -d "$TERM_CGROUP" ]; then
		if [ -w "$TERM_CGROUP/cgroup.kill" ]; then
			echo 1 >"$TERM_CGROUP/cgroup.kill"
		elif [ -n "${TERM_PID:-}" ]; then
			kill -KILL "$TERM_PID" 2>/dev/null
		fi
		for i in $(seq 100); do
			find "$TERM_CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null
			[ -d "$TERM_CGROUP" ] || break
			sleep 0.1
		done
		[ -d "$TERM_CGROUP" ] &&
		    echo "terminal: $TERM_CGROUP is still there" >&2
	fi
	if [ -n "${TERM_DIR:-}" ] && [ -d "$TERM_DIR" ]; then
		c=$TERM_DIR/cgroup2
		[ -d "$c" ] && umount "$c" 2>/dev/null
		rm -rf --one-file-system "$TERM_DIR"
	fi
	TERM_PID='' TERM_DIR='' TERM_CGROUP='' TERM_UNSHARE=''
	return 0
}
