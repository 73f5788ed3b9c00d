#!/bin/bash
# helper_hostile.sh - a user who does all he can to sekisho-helper, in a booted
# terminal: he reads no secret, makes nothing forget a failure, chooses no other
# service or user, holds up nobody, and approves nothing of his own
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/helper_hostile.sh
#
# SEK_LONG=1: more of each.  SEK_PARTS="secrets counters ..." : only those.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

attacker=$SEK_BUILDDIR/tests/e2e/helper_attack
# Its structs are the headers' of now.
make -s -C "$SEK_BUILDDIR" tests/e2e/helper_attack >/dev/null || exit 99
rigged_boot alice alice2 bob carol dave admina || exit
term_run sed -i 's/^profile = .*/profile = mynumber/' \
    /etc/sekisho/sekisho.conf.d/00-terminal.conf
# yes: what setpriv starts has no session, so nobody knows from where it comes.
rigged_settings <<'CONF'
[terminal]
allow_remote = yes
[message]
language = en
[lockout]
deny = 5
privileged_deny = 4
delay = 0
[privilege]
users = admina
[roles]
ciso = ciso
security_manager = manager
CONF
for g in ciso manager; do
	term_run groupadd $g
done
for u in carol dave; do
	term_run usermod -aG ciso $u
done
for u in alice bob carol dave admina; do
	enrol $u || { echo "not ok enroll $u"; exit 1; }
done
term_stack || exit 99
helper=$(term_run find /usr/libexec /usr/lib -name sekisho-helper -type f | head -n 1)
[ -n "$helper" ] || { not_ok "the helper is installed"; exit 1; }
tar -C "$(dirname "$attacker")" -cf - helper_attack |
    term_run tar -C /usr/bin --no-same-owner -xf -
term_run chmod 755 /usr/bin/helper_attack /root
term_run install -d -m 755 /root/rig
uid=$(term_run id -u alice)
store=/var/lib/sekisho/store.db

failures() { term_run sekisho user show "$1" --json | jq -r .failures; }
fresh()
{
	local u

	for u in "${@:-alice}"; do
		term_run sekisho user unlock "$u" >/dev/null
	done
}
# as USER ARG...: one call of the helper by USER; $seen, $rc
as()
{
	local user=$1

	shift
	seen=$(term_as "$user" timeout -s KILL 45 helper_attack "$@" 2>&1 </dev/null)
	rc=$?
}
attack() { as alice "$@"; }
# no_yes NAME: what was seen last is no yes, no crash and no hang
no_yes()
{
	if [ $rc = 1 ] || [ $rc = 2 ]; then
		ok "$1"
	else
		not_ok "$1" "status $rc" "$seen"
	fi
}
# none NAME FOUND: nothing was found
none()
{
	if [ -z "$2" ]; then
		ok "$1"
	else
		not_ok "$1" "$2"
	fi
}
# others NAME: somebody else gets in, and waits for no lease of his (30 s)
slowest=0
others()
{
	local t

	code bob
	t=$(date +%s%N)
	seen=$(term_ssh keyboard-interactive bob pw-bob "$code" -- "$mark" 2>&1)
	t=$((($(date +%s%N) - t) / 1000000))
	[ $t -gt $slowest ] && slowest=$t
	if grep -q IN-42 <<<"$seen" && [ $t -lt 30000 ]; then
		return 0
	fi
	not_ok "$1: another gets in beside it, at once" "$t ms" "$seen"
	return 1
}
# gone: until no helper is left (his client ended before it)
gone()
{
	local i

	for i in $(seq 600); do
		term_run pgrep -x sekisho-helper >/dev/null || return 0
		sleep 0.1
	done
	return 1
}
# How many passwords of alice's pam_unix found wrong since term_mark.
compared()
{
	term_log SYSLOG_FACILITY=10 + SYSLOG_FACILITY=4 |
	    grep -cE "\(sekisho-[a-z]*:auth\): authentication failure;.*user=alice"
}
part() { [ -z "${SEK_PARTS:-}" ] || grep -qw "$1" <<<"$SEK_PARTS"; }

# --- what all below is measured by: right is yes, wrong is no and counts
code alice
attack verify -- pw-alice "$code"
if [ $rc = 0 ]; then
	ok "a locker's right password and code: yes"
else
	not_ok "a locker's right password and code: yes" "$seen"
	exit 1
fi
attack verify -- wrong "$code"
n=$(failures alice)
if [ $rc = 1 ] && [ "$n" = 1 ]; then
	ok "a wrong one: no, and one failure"
else
	not_ok "a wrong one: no, and one failure" "failures $n" "$seen"
fi
fresh

if part secrets; then
# --- files
none "the user cannot open store, keys, policy of others" "$(
    term_as alice sh -c 'cat "$@" >/dev/null' sh $store $store-wal $store-shm \
	/var/lib/sekisho/ballast /etc/sekisho/keys/store.key /etc/shadow 2>/dev/null;
    for f in $store $store-wal /etc/sekisho/keys/store.key /etc/shadow; do
	term_as alice cat $f 2>/dev/null | head -c 100
	term_as alice test -w $f && echo "writes $f"
    done
    term_as alice ls /var/lib/sekisho /etc/sekisho/keys 2>/dev/null)"

# --- the running process, its answers in memory
term_put /root/rig/peek 755 <<'PEEK'
#!/bin/bash
# peek PID: what of it can be read; prints what should not be
p=$1
for f in mem maps smaps environ auxv stack syscall io pagemap limits_ \
    numa_maps map_files wchan_ personality; do
	case $f in *_) continue ;; esac
	head -c 1 "/proc/$p/$f" 2>/dev/null | grep -q . && echo "reads $f"
done
for l in cwd root exe fd/0 fd/3; do
	readlink "/proc/$p/$l" 2>/dev/null && echo "reads $l"
done
ls "/proc/$p/fd" "/proc/$p/map_files" 2>/dev/null
{ : >>"/proc/$p/mem"; } 2>/dev/null && echo "writes mem"
for f in oom_score_adj coredump_filter clear_refs timerslack_ns; do
	{ echo 1 >"/proc/$p/$f"; } 2>/dev/null && echo "writes $f"
done
prlimit --pid "$p" --cpu=1:1 2>/dev/null && echo "limits it"
helper_attack --peek "$p"
command -v gcore >/dev/null && gcore -o /tmp/got "$p" >/dev/null 2>&1 &&
    echo "gcore"
command -v gdb >/dev/null && gdb -q -batch -p "$p" -ex 'info registers' 2>/dev/null |
    grep -q '^rip' && echo "gdb"
true
PEEK
code alice
attack --at prompt:1 '/root/rig/peek $HELPER' --at prompt:2 '/root/rig/peek $HELPER' \
    verify -- pw-alice "$code"
none "the user cannot read the helper's memory, files, or trace it" \
    "$(grep -vE '^(prompt|say|done) ' <<<"$seen")"
[ $rc = 0 ] && ok "and it goes on to its verdict" ||
    not_ok "and it goes on to its verdict" "$seen"
seen=$(term_as alice sh -c 'sleep 20 & timeout -s KILL 5 /root/rig/peek $!; kill -KILL $!')
grep -q 'reads maps' <<<"$seen" && grep -q 'ptrace attach' <<<"$seen" &&
    ok "(of a process of his own he can: the tries are real)" ||
    not_ok "(of a process of his own he can: the tries are real)" "$seen"

# --- cores
term_as alice sh -c 'mkdir -p /tmp/cores && chmod 777 /tmp/cores'
for s in QUIT SEGV ${SEK_LONG:+ABRT TRAP SYS XCPU BUS}; do
	attack --limit core=max --cwd /tmp/cores --patience 8 \
	    --at prompt:2 "kill -$s \$HELPER; sleep 0.1; kill -KILL \$HELPER" \
	    verify -- pw-alice 000000
done
none "the user cannot make it leave a core" "$(
    term_run find / /tmp /home /var/tmp /run -xdev -maxdepth 2 -name 'core*' -type f -newer /usr/bin/helper_attack 2>/dev/null |
    grep -v '^/proc'; term_run sh -c 'ls -A /tmp/cores'
    term_run journalctl -q | grep -i 'sekisho-helper.*core')"
fresh

# --- traced, without new rights, as a copy, under another's interpreter
attack --traceme verify -- pw-alice 000000
no_yes "the user cannot trace it from its start"
grep -q '^prompt' <<<"$seen" && not_ok "traced it asks nothing" "$seen" ||
    ok "traced it asks nothing"
attack --nnp verify -- pw-alice 000000
no_yes "with no_new_privs it has no rights, and says so"
term_as alice sh -c "cp $helper /tmp/copy && chmod 4755 /tmp/copy"
attack --program /tmp/copy verify -- pw-alice 000000
no_yes "a copy of it has no rights"
term_as alice sh -c "ln $helper /tmp/hard 2>/dev/null; ln -s $helper /tmp/soft"
code alice
attack --program /tmp/soft verify -- wrong "$code"
no_yes "by another name it is the same"
fresh

# --- descriptors: nothing of the caller's stays, nothing of its own is given
attack --fds 120 --at prompt:2 'sleep 1' verify -- wrong 000000 &
him=$!
got=
for i in $(seq 20); do
	sleep 0.1
	p=$(term_run pgrep -u root -x sekisho-helper | head -n 1)
	[ -n "$p" ] || continue
	got=$(term_run sh -c 'for f in /proc/$1/fd/*; do
		echo "${f##*/} $(readlink $f)"; done; cat /proc/$1/environ | tr "\0" "\n";
		grep -E "^(Uid|Gid|Groups|Umask|Seccomp):" /proc/$1/status; readlink /proc/$1/cwd
		grep -E "core file|open files" /proc/$1/limits' sh "$p" 2>/dev/null)
	grep -q 'socket:' <<<"$got" && break
done
wait $him
if grep -q '^0 /dev/null' <<<"$got"; then
	none "no descriptor of the caller's stays open in it" "$(
	    grep -E '^[0-9]+ ' <<<"$got" |
	    grep -vE ' (/dev/null|/run/sekisho-helper\.lock|socket:\[[0-9]+\]|/dev/log|anon_inode:\[landlock-ruleset\]|)$'
	    [ "$(grep -cE '^[0-9]+ .' <<<"$got")" -le 8 ] || echo "$got")"
else
	not_ok "no descriptor of the caller's stays open in it" "not seen: $got"
fi
fresh
fi

if part counters; then
# --- stopped, killed or left alone at each stage: a wrong password counts
each=
tricks='kill -KILL $HELPER|kill -TERM $HELPER; kill -INT $HELPER; kill -HUP $HELPER; kill -ALRM $HELPER; kill -KILL $HELPER|kill -STOP $HELPER; sleep 0.4; kill -KILL $HELPER|close|exit'
IFS='|' read -ra all <<<"$tricks"
for stage in prompt:1 answered:1 prompt:2 answered:2; do
	for trick in "${all[@]}"; do
		for after in 0 ${SEK_LONG:+5 15 40 90} 300; do
			# A long time after a prompt nothing else happens.
			case $stage:$after:$trick in
			prompt:*:300:*|*:300:*STOP*) continue ;;
			esac
			attack --patience 8 --after $after --at $stage "$trick" \
			    verify -- wrong 000000
			case $rc in
			0|4) not_ok "stopped at $stage by $trick: no" "status $rc" "$seen" ;;
			esac
			gone
			n=$(failures alice)
			each="$each $stage+$after:${trick%% *}:$n"
			fresh
		done
	done
done
# After prompt 2 the password was compared; before an answer nothing was.
bad_ones=$(tr ' ' '\n' <<<"$each" | grep -E '^prompt:1.*:[^0]$|:([2-9]|[0-9]{2,})$|^(prompt:2|answered:2).*:0$|^answered:1\+300.*:0$')
none "the user cannot make a wrong password uncounted, nor count twice" \
    "$bad_ones"
others "killed at each stage"

# --- no more guesses than deny, however each ends
term_mark
for i in $(seq 12); do
	attack --patience 8 --at prompt:2 'kill -KILL $HELPER' verify -- guess$i 000000
done
n=$(compared)
code alice
attack verify -- pw-alice "$code"
if [ "$n" -ge 1 ] && [ "$n" -le 5 ] && [ $rc = 1 ]; then
	ok "the user cannot guess more than deny by killing it after each ($n compared)"
else
	not_ok "the user cannot guess more than deny by killing it after each" \
	    "$n compared, then status $rc" "$seen"
fi
fresh
term_mark
for i in $(seq 6); do
	for k in 1 2 3 4; do
		term_as alice helper_attack --patience 8 --after $((k * 30)) \
		    --at answered:1 'kill -KILL $HELPER' verify -- guess$i$k 000000 \
		    >/dev/null 2>&1 &
	done
	wait $(jobs -p)
done
n=$(compared)
counted=$(failures alice)
if [ "$n" -le 5 ] && [ "$counted" -ge 1 ]; then
	ok "nor by killing it while it compares, four at once ($n compared, $counted counted)"
else
	not_ok "nor by killing it while it compares, four at once" \
	    "$n compared, $counted counted"
fi
fresh
term_mark
as alice --many 40 verify -- guess 000000
n=$(compared)
if [ "$n" -le 5 ] && [ $rc != 0 ]; then
	ok "nor by 40 at once ($n compared; $(tail -n 1 <<<"$seen"))"
else
	not_ok "nor by 40 at once" "$n compared" "$seen"
fi
fresh

# --- limits set before it starts
declare -A limits=(
	[cpu]=0 [fsize]='0 4096' [as]='1000000 60000000' [data]='100000 4000000'
	[stack]='4096 200000' [nofile]='0 4 9' [nproc]=0 [memlock]=0)
[ -n "${SEK_LONG:-}" ] && limits=(
	[core]='0 max' [cpu]='0 1' [fsize]='0 1 4096' [as]='0 1000000 12000000 60000000'
	[data]='0 100000 4000000' [stack]='0 4096 65536 200000'
	[nofile]='0 1 3 4 5 6 7 8 9 12' [nproc]='0 1' [memlock]='0 4096' [rss]='0'
	[locks]='0 1' [sigpending]='0' [msgqueue]='0' [nice]='0' [rtprio]='0'
	[rttime]='0 1')
term_mark
wrong=
for l in "${!limits[@]}"; do
	for v in ${limits[$l]}; do
		attack --patience 12 --limit $l=$v verify -- wrong-$l 000000
		n=$(failures alice)
		case $rc in
		0|4) wrong="$wrong $l=$v:status-$rc" ;;
		esac
		[ "$n" -le 1 ] || wrong="$wrong $l=$v:failures-$n"
		# What was compared was counted.
		c=$(compared)
		[ "$n" -ge "$((c > 0 ? 1 : 0))" ] || wrong="$wrong $l=$v:uncounted"
		term_mark
		fresh
	done
done
none "the user cannot pass, hang or go uncounted by his limits" "$wrong"
attack --limit nproc=0 --limit fsize=0 --limit core=0 --limit cpu=1 \
    --limit nofile=9 --limit memlock=0 --nice 19 --ignore --block --umask 0 \
    verify -- wrong 000000
n=$(failures alice)
fresh
[ "$n" -le 1 ] && [ $rc != 0 ] && ok "nor by all of them" ||
    not_ok "nor by all of them" "failures $n, status $rc" "$seen"
others "limits" && ok "another gets in beside limits"

# --- timers set before it starts, all signals ignored or blocked
wrong=
for t in real virtual prof; do
	for ms in 1 ${SEK_LONG:+5 10 20 40} 30 120; do
		attack --patience 12 --timer $t=$ms verify -- wrong 000000
		n=$(failures alice)
		[ $rc = 0 ] || [ "$n" -gt 1 ] && wrong="$wrong $t=$ms:$rc:$n"
		[ $rc = 1 ] && [ "$n" != 1 ] && wrong="$wrong $t=$ms:uncounted"
		fresh
	done
done
none "the user cannot go uncounted by timers" "$wrong"
attack --ignore --block verify -- wrong 000000
n=$(failures alice)
[ $rc = 1 ] && [ "$n" = 1 ] &&
    ok "with all signals ignored and blocked it counts" ||
    not_ok "with all signals ignored and blocked it counts" "failures $n" "$seen"
fresh

# --- his terminal: Ctrl-C, Ctrl-\, Ctrl-Z, hangup
term_put /root/rig/tty 755 <<'TTY'
#!/bin/bash
# tty KEYS: verify on a terminal that sends KEYS after the answer, then hangs up
trap '' INT QUIT TSTP HUP
coproc T { exec script -qfec "helper_attack --patience 8 verify -- wrong 000000" /dev/null; }
pid=$T_PID
sleep ${2:-0.25}
printf "$1" >&"${T[1]}"
sleep 0.4
kill -HUP $pid
wait $pid 2>/dev/null
true
TTY
wrong=
for keys in '\003' '\034' '\032' '\003\032\034'; do
	term_as alice setsid -w /root/rig/tty "$keys" >/dev/null 2>&1
	term_as alice pkill -KILL helper_attack
	sleep 0.3
	n=$(failures alice)
	[ "$n" = 1 ] || wrong="$wrong $keys:$n"
	fresh
done
none "the user cannot go uncounted by the keys and the end of his terminal" "$wrong"

# --- a cgroup of his own: frozen, killed, starved
term_run loginctl enable-linger alice
for i in $(seq 600); do
	term_run systemctl is-active -q "user@$uid.service" && break
	sleep 0.1
done
scope()
{
	term_run setpriv --reuid="$uid" --regid="$uid" --init-groups --reset-env \
	    /usr/bin/env XDG_RUNTIME_DIR="/run/user/$uid" \
	    systemd-run --user --scope -q -p Delegate=yes "$@"
}
term_put /root/rig/cgroup 755 <<'CGROUP'
#!/bin/bash
# cgroup HOW STAGE MS: verify in a cgroup of ours, treated so at that moment
c=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
mkdir "$c/inner" || exit 99
case $1 in
freeze)	act="echo 1 >$c/inner/cgroup.freeze; sleep 3; echo 1 >$c/inner/cgroup.kill" ;;
kill)	act="echo 1 >$c/inner/cgroup.kill" ;;
esac
helper_attack --patience 8 --cgroup "$c/inner" --after "$3" --at "$2" "$act" \
    verify -- wrong 000000
rmdir "$c/inner"
exit 0
CGROUP
if scope sh -c 'c=/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) &&
    mkdir $c/x && echo 1 >$c/x/cgroup.freeze && rmdir $c/x'; then
	wrong=
	for how in freeze kill; do
		for stage in answered:1 answered:2; do
			for ms in ${SEK_LONG:+0 3 8 50} 20; do
				scope /root/rig/cgroup $how $stage $ms >/dev/null 2>&1 &
				him=$!
				sleep 0.6
				[ $how = freeze ] && others "$how at $stage+$ms"
				[ $how = freeze ] && [ -n "${SEK_LONG:-}" ] &&
				    others "$how at $stage+$ms"
				wait $him
				n=$(failures alice)
				case $stage:$n in
				*:1|answered:1:0) ;;
				*) wrong="$wrong $how:$stage+$ms:$n" ;;
				esac
				fresh
			done
		done
	done
	none "the user cannot go uncounted by his own cgroup, frozen or killed" "$wrong"
	ok "(slowest login of another beside all this: $slowest ms)"
else
	echo "skip his own cgroup: alice has none here"
fi

# --- stopped for long: its slot is a lease, and nobody waits for it
attack --patience 4 --at answered:2 'kill -STOP $HELPER' verify -- wrong 000000 &
him=$!
sleep 0.5
others "stopped" && ok "another gets in beside a stopped one"
wait $him
n=$(failures alice)
[ "$n" = 1 ] && ok "a stopped one counts" || not_ok "a stopped one counts" "failures $n"
fresh
# --- no room where it might want to write
term_run mount -t tmpfs -o size=64k,mode=1777 none /tmp
term_as alice sh -c 'head -c 100000 /dev/zero >/tmp/full 2>/dev/null'
attack verify -- wrong 000000
n=$(failures alice)
fresh
[ $rc = 1 ] && [ "$n" = 1 ] && ok "with /tmp full it counts" ||
    not_ok "with /tmp full it counts" "failures $n" "$seen"
code alice
attack verify -- pw-alice "$code"
[ $rc = 0 ] && ok "and verifies" || not_ok "and verifies" "$seen"
term_run umount /tmp
# --- and after all of it
n=$(failures alice)
code alice
attack verify -- pw-alice "$code"
if [ $rc = 0 ] && [ "$n" = 0 ]; then
	ok "no slot was lost: right is yes again"
else
	not_ok "no slot was lost: right is yes again" "failures $n" "$seen"
fi
fi

if part choose; then
# --- what he gives it to read: nothing of it matters
term_put /root/rig/evil.c <<'EVIL'
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void here(void)
{
	if (geteuid() == 0)
		close(open("/tmp/evil-was-here", O_CREAT | O_WRONLY, 0644));
}
void gconv(void) {} void gconv_init(void) {}
int pam_sm_authenticate(void) { return 0; }
int pam_sm_setcred(void) { return 0; }
int pam_sm_acct_mgmt(void) { return 0; }
EVIL
trap_dir=/home/alice/trap
term_run sh -c "cc -shared -fPIC -o /root/rig/evil.so /root/rig/evil.c" ||
    echo "skip a library of his: no compiler in the terminal"
term_as alice sh -c "mkdir -p $trap_dir/security $trap_dir/ja/LC_MESSAGES &&
    cd $trap_dir && [ -f /root/rig/evil.so ] && for l in evil.so libpam.so.0 libc.so.6 \
	libsodium.so.23 libsqlite3.so.0 libeconf.so.0 libnss_files.so.2 libgcc_s.so.1 \
	security/pam_unix.so security/pam_sekisho_gate.so pam_unix.so; do
	cp /root/rig/evil.so \$l; done
    printf '[factors]\nkinds = 1\n' >sekisho.conf; mkdir -p pam.d
    for s in sekisho-locker sekisho-helper sekisho-witness other; do
	printf 'auth sufficient pam_permit.so\naccount sufficient pam_permit.so\n' >pam.d/\$s
    done
    printf 'module INTERNAL EVIL// evil 1\nmodule EVIL// INTERNAL evil 1\n' >gconv-modules
    printf 'alice::0:0::/:/bin/sh\n' >passwd; printf 'bob localhost\n' >hosts"
names='LD_PRELOAD=T/evil.so LD_LIBRARY_PATH=T LD_AUDIT=T/evil.so LD_DEBUG=all LD_DEBUG_OUTPUT=T/ld
LD_PROFILE=libc.so.6 LD_PROFILE_OUTPUT=T LD_ORIGIN_PATH=T GLIBC_TUNABLES=glibc.malloc.check=3
MALLOC_TRACE=T/malloc GCONV_PATH=T LOCPATH=T NLSPATH=T/%N TEXTDOMAINDIR=T LANGUAGE=../../../home/alice/trap:ja
LC_ALL=ja_JP.EVIL LANG=ja_JP.UTF-8 OUTPUT_CHARSET=EVIL CHARSET=EVIL TZ=:T/passwd TZDIR=T HOSTALIASES=T/hosts
RES_OPTIONS=debug LOCALDOMAIN=x RESOLV_HOST_CONF=T/passwd NIS_PATH=T GETCONF_DIR=T TMPDIR=T HOME=T PATH=T
USER=bob LOGNAME=bob SUDO_USER=bob SUDO_UID=0 PAM_USER=bob PAM_RUSER=root PAM_SERVICE=sshd PAM_TTY=tty1
PAM_CONFDIR=T/pam.d SEKISHO_CONF=T/sekisho.conf SEKISHO_ADMISSION=0 SEKISHO_STORE=T SEKISHO_CONFDIR=T
SEKISHO_KEY=T SEKISHO_DEBUG=1 SEK_CONF=T LISTEN_FDS=3 LISTEN_PID=1 NOTIFY_SOCKET=T/n JOURNAL_STREAM=1:1
SQLITE_TMPDIR=T XDG_SESSION_ID=1 XDG_RUNTIME_DIR=T DBUS_SYSTEM_BUS_ADDRESS=unix:path=T/bus
ECONF_PATH=T SODIUM_X=1 OPENSSL_CONF=T/passwd _=T A= =B'
envs=()
for e in $names; do
	envs+=(--env "${e//T\//$trap_dir/}")
	envs[-1]=${envs[-1]//=T/=$trap_dir}
done
code alice
attack verify -- wrong "$code"
plain=$(grep -E '^(prompt|error|say|done)' <<<"$seen")
code alice
attack "${envs[@]}" --cwd $trap_dir verify -- wrong "$code"
if [ "$rc" = 1 ] && [ "$(grep -E '^(prompt|error|say|done)' <<<"$seen")" = "$plain" ]; then
	ok "the user cannot change a word of it by his environment and folder"
else
	not_ok "the user cannot change a word of it by his environment and folder" \
	    "plainly:" "$plain" "so:" "$seen"
fi
fresh
for a in "--arg --conf=$trap_dir/sekisho.conf --arg --service=other --arg bob" \
    "--argv0 -sekisho-store" "--argv0 ../../../../home/alice/trap/x" --no-argv \
    "--arg $(head -c 5000 /dev/zero | tr '\0' a)"; do
	attack $a --cwd $trap_dir verify -- wrong 000000
	no_yes "the user cannot choose by arguments (${a:0:24}...)"
	fresh
done
none "no library, locale or converter of his was loaded" \
    "$(term_run ls /tmp/evil-was-here 2>/dev/null; term_run find $trap_dir -uid 0)"

# --- names and roots of his own: a namespace gives no rights here
before=$(term_run sekisho audit show --json | jq -s 'map(select(.event == "admit" or .event == "enrol")) | length')
admissions() { term_run sqlite3 -readonly $store 'SELECT count(*) FROM admission' 2>/dev/null; }
if term_as alice unshare -Ur true 2>/dev/null; then
	was=$(admissions)
	for op in verify show 'enrol method=2 algorithm=0 digits=6 period=30'; do
		seen=$(term_as alice unshare -Urm sh -c 'cp -r /etc/. /tmp/etc-of-alice 2>/dev/null
			mkdir -p /tmp/etc-of-alice/pam.d && cp '$trap_dir'/pam.d/* /tmp/etc-of-alice/pam.d/
			mount --bind /tmp/etc-of-alice /etc
			exec helper_attack --patience 12 '"$op"' -- pw-alice 000000 000000' 2>&1)
		rc=$?
		case $op in
		verify)	# He could say yes to himself without us; nobody else hears it.
			[ $rc != 3 ] && [ $rc != 4 ] && ok "a namespace of his own: no crash" ||
			    not_ok "a namespace of his own: no crash" "$seen" ;;
		*)	no_yes "in a namespace of his own the user cannot ${op%% *}" ;;
		esac
	done
	after=$(term_run sekisho audit show --json | jq -s 'map(select(.event == "admit" or .event == "enrol")) | length')
	[ "$(admissions)" = "$was" ] && [ "$before" = "$after" ] &&
	    ok "and nothing of it is in the store" ||
	    not_ok "and nothing of it is in the store" "admissions $was, $(admissions)"
else
	echo "skip namespaces of his own: users may make none here"
fi

# --- descriptors 0-2 closed, swapped, or something else
touch_file=/home/alice/touched
wrong=
for how in '--close 0' '--close 1' '--close 2' '--close 1 --close 2' \
    '--close 0 --close 1 --close 2' '--fd0 /dev/null' '--fd0 /dev/full' \
    '--fd0 /etc/passwd' '--fd0 /dev/tty' "--fd0 $touch_file" \
    "--fd 1=$touch_file --fd 2=$touch_file" '--fd 1=/dev/full --fd 2=/dev/full'; do
	term_as alice sh -c "echo mine >$touch_file"
	attack --patience 8 $how verify -- wrong 000000
	case $rc in
	1|2) ;;
	*) [ "$how" = '--fd0 /dev/tty' ] || wrong="$wrong [$how: $rc]" ;;
	esac
	[ "$(term_as alice cat $touch_file)" = mine ] || wrong="$wrong [$how wrote]"
	n=$(failures alice)
	[ "$n" -le 1 ] || wrong="$wrong [$how: $n]"
	fresh
done
none "the user cannot misuse descriptors 0 to 2" "$wrong"

# --- by our modules in a program of his own: only himself, only that policy
if term_run sh -c 'command -v pamtester' >/dev/null; then
	term_put /etc/pam.d/rig-locker <<-'PAM'
	auth include sekisho-auth
	account include sekisho-account
	PAM
	term_put /etc/pam.d/rig-conf <<-PAM
	auth required pam_sekisho_lockout.so conf=$trap_dir/sekisho.conf
	auth required pam_sekisho_password.so conf=$trap_dir/sekisho.conf backend=pam_unix.so
	auth required pam_sekisho_oath.so conf=$trap_dir/sekisho.conf
	auth required pam_sekisho_gate.so conf=$trap_dir/sekisho.conf
	PAM
	pam()
	{
		seen=$(term_talk --timeout 15 "${answers[@]}" -- setpriv \
		    --reuid="$uid" --regid="$uid" --init-groups --reset-env \
		    pamtester "$@" 2>&1)
	}
	code alice
	answers=(pw-alice "$code")
	pam rig-locker alice authenticate acct_mgmt
	grep -q 'successfully authenticated' <<<"$seen" &&
	    ok "our modules in a locker of alice's: yes" ||
	    not_ok "our modules in a locker of alice's: yes" "$seen"
	pam_no()
	{
		if grep -q 'success' <<<"$seen"; then
			not_ok "$1" "$seen"
		else
			ok "$1"
		fi
	}
	was=$(failures bob)
	code bob
	answers=(pw-bob "$code" pw-bob "$code")
	pam rig-locker bob authenticate
	pam_no "the user cannot have another verified, with all that is his"
	pam -I ruser=bob rig-locker bob authenticate
	pam_no "nor with PAM_RUSER"
	pam -I ruser=root -I rhost=localhost -I tty=tty1 rig-locker root authenticate
	pam_no "nor root"
	[ "$(failures bob)" = "$was" ] && ok "and it is nobody's failure" ||
	    not_ok "and it is nobody's failure" "$(failures bob)"
	counter[bob]=$((counter[bob] - 1))
	code alice
	answers=(pw-alice "$code")
	pam rig-conf alice authenticate
	pam_no "the user cannot be verified under a policy of his own"
	answers=(pw-alice)
	pam rig-locker alice acct_mgmt
	pam_no "an account phase without auth is no yes"
else
	echo "skip our modules in his own program: no pamtester (tests/deps)"
fi
fresh alice bob
fi

if part frames; then
# --- whatever he sends: refused, nothing changed, no crash
term_mark
wrong=
newer=$(($(sed -nE 's/^#define SEK_HELPER_VERSION[[:space:]]+([0-9]+).*/\1/p' \
    "$SEK_SRCDIR/include/sekisho/edge/helper.h") + 1))
for how in '--magic 0' '--magic 0x53454b48' '--version 0' "--version $newer" \
    '--version 0xffffffff' '--type 0' '--type 2' '--type 3' '--type 4' '--type 5' \
    '--type 6' '--type 7' '--type 8' '--type 0xffffffff' '--length 0' '--length 7' \
    '--length 32769' '--length 0xffffffff' '--length 0x80000000' '--cut 0' '--cut 1' \
    '--cut 15' '--cut 16' '--cut 17' '--cut 23' '--junk 1' '--junk 60000' --twice --eager; do
	attack --patience 20 $how verify -- pw-alice 000000
	case $rc in 1|2) ;; *) wrong="$wrong [$how: $rc]" ;; esac
	grep -q '^prompt.*ode' <<<"$seen" && wrong="$wrong [$how: asked on]"
done
# 9 and 10 have a body, 11 is none.
for op in 0 9 10 11 99 4294967295 2147483648; do
	attack --patience 20 $op
	case $rc in 1|2) ;; *) wrong="$wrong [op $op: $rc]" ;; esac
done
for how in 'decide what=0' 'decide what=99 id=0123456789abcdef0123456789abcdef note=x' \
    'ask kind=0' 'ask kind=2' 'ask kind=1 until=0xffffffffffffffff' \
    'ask kind=1 unavoidable=2' 'enrol method=0' 'enrol method=99' 'enrol method=2 digits=99' \
    'enrol method=2 digits=6 algorithm=99' 'enrol method=2 digits=6 period=0xffffffff' \
    'state to=0 id=0123456789abcdef0123456789abcdef' 'state to=99' \
    'state to=1 id=../../etc' 'approvals kind=99' 'approvals id=%s%n%s'; do
	attack --patience 20 $how -- pw-alice 000000
	case $rc in 1|2) ;; *) wrong="$wrong [$how: $rc]" ;; esac
	grep -q '^prompt' <<<"$seen" && wrong="$wrong [$how: asked]"
done
for f in 'ask reason' 'ask key' 'ask value' 'ask users' 'ask terminals' 'ask clause' \
    'ask witness' 'decide id' 'decide note' 'enrol label' 'state id' 'approvals id'; do
	attack --patience 20 --unended ${f#* } ${f% *} -- pw-alice 000000
	case $rc in 1|2) ;; *) wrong="$wrong [unended $f: $rc]" ;; esac
	grep -q '^prompt' <<<"$seen" && wrong="$wrong [unended $f: asked]"
done
none "the user cannot get anything by frames that are none" "$wrong"

# --- answers that are none, and more than one may ask
wrong=
for a in "$(head -c 4000 /dev/zero | tr '\0' a)" $'\033]0;x\007' $'\200\201\377' ''; do
	attack --patience 12 verify -- "$a" "$a"
	case $rc in 1|2) ;; *) wrong="$wrong [${a:0:8}: $rc]" ;; esac
done
attack verify -- @cancel
case $rc in 1|2) ;; *) wrong="$wrong [cancel: $rc]" ;; esac
none "nor by answers that are none" "$wrong"
fresh

# --- terminal escapes for who reads it later
wrong=
for evil in $'\033[2J\033]0;owned\007' $'a\rb' $'a\nb' $'\302\233[2J' $'\342\200\256abc' \
    $'\342\200\250' $'\177' $'\377\376' $'a\tb' $'\342\201\246x'; do
	attack --patience 12 ask kind=1 key=factors.kinds value=1 until=+3600 \
	    reason="$evil" -- pw-alice 000000
	grep -q '^prompt' <<<"$seen" && wrong="$wrong [reason $(printf %q "$evil"): asked]"
	attack --patience 12 enrol label="$evil" method=2 digits=6 -- pw-alice 000000
	grep -q '^prompt' <<<"$seen" && wrong="$wrong [label $(printf %q "$evil"): asked]"
	attack --patience 12 decide id=0123456789abcdef0123456789abcdef what=2 \
	    note="$evil" -- pw-alice 000000
	grep -q '^prompt' <<<"$seen" && wrong="$wrong [note $(printf %q "$evil"): asked]"
done
none "the user cannot put terminal escapes into a reason, a label, a note" "$wrong"
fresh
[ "$(failures alice)" = 0 ] || not_ok "(no failure of that)" "$(failures alice)"

# --- random ones
seen=$(term_as alice timeout 60 helper_attack --random $((${SEK_SEED:-$RANDOM})) \
    ${SEK_LONG:+2}${SEK_LONG:-1}00 --patience 20 2>&1 </dev/null)
rc=$?
if [ $rc = 1 ] || [ $rc = 2 ]; then
	ok "random requests: no yes, no crash, no hang"
else
	not_ok "random requests: no yes, no crash, no hang" "status $rc" "$(tail -n 5 <<<"$seen")"
fi

# --- slow, silent, and two hundred at once: nobody else waits
term_as alice helper_attack --slow 700 --patience 14 verify -- pw-alice 000000 >/dev/null 2>&1 &
one=$!
term_as alice helper_attack --silent --patience 14 verify >/dev/null 2>&1 &
two=$!
as alice --patience 30 --many 200 show
others "200 at once" && ok "another gets in beside 200 of his at once" "$(tail -n 1 <<<"$seen")"
term_as alice helper_attack --patience 60 --many 600 verify -- wrong 000000 \
    >/dev/null 2>&1 &
him=$!
sleep 0.7
others "600 proofs at once" && ok "another gets in while 600 of his are proved"
wait $him
fresh
wait $one
r1=$?
wait $two
r2=$?
if [ $r1 != 0 ] && [ $r1 -le 2 ] && [ $r2 != 0 ] && [ $r2 -le 2 ]; then
	ok "a request by drops, or none, is not waited for without end"
else
	not_ok "a request by drops, or none, is not waited for without end" "$r1 $r2"
fi
none "no helper is left over" "$(sleep 0.5; term_run pgrep -a sekisho-helper)"
none "no helper crashed" "$(term_log | grep -iE 'segfault|general protection|stack smashing|sanitizer|sekisho-(helper|store).*(core|abort)')"
fi

if part approve; then
term_run chown root:root /root/rig
# act USER ARG...: a request of USER with right answers; a code is spent only
# where one was asked
act()
{
	local user=$1

	shift
	code $user
	as $user --patience 30 "$@" -- pw-$user "$code"
	grep -qE '^prompt .*[Cc]ode' <<<"$seen" || counter[$user]=$((counter[$user] - 1))
}
# ask USER FIELD=VALUE...: asks an exception; $id
ask()
{
	local user=$1

	shift
	act $user ask kind=1 key=factors.kinds value=1 until=+7200 reason=why "$@"
	id=$(sed -nE 's/^approval ([0-9a-f]+) .*/\1/p' <<<"$seen" | tail -n 1)
	[ -n "$id" ]
}
give() { act "$1" decide id="$2" what=1 note=ok; }
state()
{
	term_run sekisho approvals --all --json |
	    jq -r --arg i "$1" '.[] | select(.id == $i) | .state'
}
# not_given NAME [WHY]: what was just tried gave nothing, for that reason
not_given()
{
	local s

	s=$(state $id)
	case $rc:$s:$(grep -cE "${2:+^done [0-9]+ *($2)|sekisho: .*($2)}" <<<"$seen") in
	[12]:asked:[1-9]*) ok "$1" ;;
	*) not_ok "$1" "status $rc, state $s" "$seen" ;;
	esac
}

# --- what all is measured by: asked by one, given by another, it is in force
ask bob users=dave || not_ok "an exception is asked" "$seen"
give carol "$id"
if [ $rc = 0 ] && grep -q "^approval $id given in-force=1" <<<"$seen"; then
	ok "asked by one, given by another: in force"
else
	not_ok "asked by one, given by another: in force" "status $rc" "$seen"
fi
act carol decide id=$id what=4 note=over
[ $rc = 0 ] && [ "$(state $id)" = revoked ] && ok "and revoked by her" ||
    not_ok "and revoked by her" "$(state $id)" "$seen"

# --- his own, in all his shapes
ask carol users=bob || not_ok "carol asks" "$seen"
give carol "$id"
not_given "the user cannot give what he asked" same-person
# A second account of the same person, of the role too, with a token of its own.
term_run useradd -m -s /bin/bash -G ciso carol2
echo carol2:pw-carol2 | term_run chpasswd -c YESCRYPT
secret[carol2]=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
counter[carol2]=0
term_put /root/rig/second.csv <<CSV
user,method,secret,person
carol2,hotp,${secret[carol2]},carol
CSV
seen=$(term_run sekisho import /root/rig/second.csv -y 2>&1) ||
    not_ok "a second account of one person is imported" "$seen"
give carol2 "$id"
not_given "nor by a second account of his" same-person
ask carol2 users=bob && {
	give carol "$id"
	not_given "nor what his second account asked" same-person
}
# Two names of one uid.
term_run useradd -o -u "$(term_run id -u carol)" -g carol -G ciso -d /home/carol carol3
echo carol3:pw-carol3 | term_run chpasswd -c YESCRYPT
ask carol users=bob
seen=$(term_run setpriv --reuid=carol3 --regid=carol --init-groups --reset-env -- \
    helper_attack decide id=$id what=1 note=ok -- pw-carol 000000 2>&1)
rc=$?
not_given "nor by a second name of his uid" same-person
# What is about himself, by each of his names.
for about in carol carol2 carol3 "bob carol3" "carol3 dave"; do
	if ask bob users="$about"; then
		give carol "$id"
		not_given "the user cannot give what is about himself ($about)" subject
	else
		grep -q '^done .*scope' <<<"$seen" &&
		    ok "what is about $about cannot be asked" ||
		    not_ok "what is about $about is asked" "$seen"
	fi
done
ask bob users=dave
give admina "$id"
not_given "the user cannot give without the role" "role|There is no such"
act bob decide id=$id what=1 note=ok
not_given "nor can who asked" same-person

# --- as somebody else, by sudo, su, systemd-run, cron, at: his proof is wanted
term_put /etc/sudoers.d/rig 440 <<<'alice ALL=(ALL) NOPASSWD: ALL'
term_run sh -c 'printf "auth sufficient pam_permit.so\naccount sufficient pam_permit.so\nsession optional pam_permit.so\n" >/etc/pam.d/sudo'
by()
{
	local name=$1

	shift
	code alice
	seen=$("$@" helper_attack --patience 20 decide id=$id what=1 note=ok -- \
	    pw-alice "$code" 2>&1 </dev/null)
	rc=$?
	not_given "the user cannot give $name"
	grep -qE '^prompt .*[Cc]ode' <<<"$seen" && fresh carol
	counter[alice]=$((counter[alice] - 1))
}
by "by sudo -u" term_as alice sudo -n -u carol
by "by sudo and setpriv" term_as alice sudo -n setpriv --reuid=carol --clear-groups
by "by su, as root" term_run su carol -c 'exec "$0" "$@"'
by "by systemd-run --uid" term_run systemd-run -q --pipe --wait --uid=carol
by "as root of no login" term_run
by "as root by a login uid he wrote" term_run sh -c \
    'echo $(id -u carol) >/proc/self/loginuid; exec "$@"' sh
by "as root by his own login uid" term_run sh -c \
    'echo $(id -u alice) >/proc/self/loginuid; exec "$@"' sh
by "as root by a login uid of nobody" term_run sh -c \
    'echo 77777 >/proc/self/loginuid; exec "$@"' sh
# Nobody looks at what they ask: no prompt is answered there.
term_put /root/rig/job 755 <<JOB
#!/bin/sh
helper_attack --patience 5 decide id=$id what=1 note=ok -- pw-alice 000000 \
    >/home/alice/job.out 2>&1
JOB
term_run systemctl start atd.service 2>/dev/null
if term_run systemctl is-active -q atd.service; then
	term_as alice sh -c 'echo /root/rig/job | at -q a now' >/dev/null 2>&1
	for i in $(seq 300); do
		grep -qE '^(done|closed)' < <(term_run cat /home/alice/job.out 2>/dev/null) && break
		sleep 0.2
	done
	seen=$(term_run cat /home/alice/job.out 2>/dev/null)
	rc=1
	[ -n "$seen" ] && not_given "the user cannot give by at" ||
	    echo "skip by at: its job did not run"
fi
fresh alice carol

# --- unproven: root's -y from two login uids opens nothing below a floor
key_now() { term_run sekisho policy show factors.kinds --json | jq -r '.[0].value'; }
unproven()
{
	term_run sh -c 'echo $(id -u "$1") >/proc/self/loginuid && shift && exec "$@"' sh "$@" 2>&1
}
seen=$(unproven bob sekisho request exception --key factors.kinds --value 1 \
    --users dave --reason why --until 2h -y --json | sed -n '/^[{[]/,$p')
id=$(jq -r '.id' <<<"$seen" 2>/dev/null)
if [ -n "$id" ] && [ "$id" != null ]; then
	seen=$(unproven carol sekisho approve "$id" -y)
	term_put /etc/sekisho/sekisho.conf.d/50-below.conf <<<$'[factors]\nkinds = 1'
	seen=$seen$(term_run sekisho policy check 2>&1) &&
	    not_ok "unproven halves open no value below a floor" "$seen" ||
	    ok "unproven halves open no value below a floor"
	term_run rm /etc/sekisho/sekisho.conf.d/50-below.conf
	seen=$(unproven bob sh -c 'sekisho request exception --key factors.kinds --value 1 \
	    --users dave --reason why --until 2h -y --json' | sed -n '/^[{[]/,$p')
	id=$(jq -r '.id' <<<"$seen" 2>/dev/null)
	# One session, in which the login uid is written anew: the kernel gives a
	# new session with it; without CAP_AUDIT_CONTROL it cannot be written.
	seen=$(unproven bob sekisho approve "$id" -y)
	rc=$?
	not_given "who asked cannot give with -y"
	seen=$(term_run sekisho approve "$id" -y 2>&1)
	rc=$?
	not_given "nor can root of no login"
else
	not_ok "root asks with -y" "$seen"
fi

# --- a proof, and a code, is good for one act
ask bob users=dave
first=$id
ask bob users=dave
second=$id
code carol
term_as carol helper_attack --patience 30 decide id=$first what=1 note=ok -- \
    pw-carol "$code" >/tmp/one.$$ 2>&1 &
one=$!
term_as carol helper_attack --patience 30 decide id=$second what=1 note=ok -- \
    pw-carol "$code" >/tmp/two.$$ 2>&1
wait $one
given=$(for i in $first $second; do state $i; done | grep -c in-force)
if [ "$given" = 1 ]; then
	ok "one code, two approvals at once: one is given"
else
	not_ok "one code, two approvals at once: one is given" "$given" \
	    "$(cat /tmp/one.$$ /tmp/two.$$)"
fi
rm -f /tmp/one.$$ /tmp/two.$$
fresh carol
as carol decide id=$second what=1 note=ok -- pw-carol "$code"
seen1=$seen
as carol decide id=$first what=1 note=ok -- pw-carol "$code"
given=$(for i in $first $second; do state $i; done | grep -c in-force)
[ "$given" = 1 ] && ok "a code that was seen gives nothing more" ||
    not_ok "a code that was seen gives nothing more" "$given" "$seen1" "$seen"
fresh carol
# What unlocked a screen just now proves no act of another process.
code carol
as carol verify -- pw-carol "$code"
as carol decide id=$second what=1 note=ok -- @cancel
[ $rc != 0 ] && ok "what unlocked a screen a moment ago proves no act" ||
    not_ok "what unlocked a screen a moment ago proves no act" "$seen"

# --- given and withdrawn at once: one of them, and the store is sound
wrong=
for i in 1 2 3 ${SEK_LONG:+4 5 6 7 8}; do
	ask bob users=dave || continue
	code bob
	b=$code
	code carol
	term_as bob helper_attack --patience 30 decide id=$id what=3 note=no -- pw-bob "$b" >/tmp/b.$$ 2>&1 &
	one=$!
	term_as carol helper_attack --patience 30 decide id=$id what=1 note=ok -- pw-carol "$code" >/tmp/c.$$ 2>&1
	c=$?
	wait $one
	b=$?
	s=$(state $id)
	case $b:$c:$s in
	0:[12]:withdrawn|[12]:0:in-force) ;;
	*) wrong="$wrong [$b:$c:$s $(cat /tmp/b.$$ /tmp/c.$$)]" ;;
	esac
	rm -f /tmp/b.$$ /tmp/c.$$
done
none "given and withdrawn at once: one of them" "$wrong"

# --- the witness at his prompt is another
for w in bob bobs dave; do
	[ $w = bobs ] && term_run useradd -o -u "$(term_run id -u bob)" -g bob -G ciso -d /home/bob bobs
	code bob
	b=$code
	code dave
	as bob --patience 30 ask kind=1 key=factors.kinds value=1 until=+7200 \
	    reason=why users=alice witness=$w -- pw-bob "$b" pw-$([ $w = dave ] && echo dave || echo bob) "$code"
	got=$(grep -oE '^approval [0-9a-f]+ given' <<<"$seen")
	case $w:$got in
	dave:?*) ok "(a witness at the prompt gives: the tries are real)" ;;
	dave:) not_ok "(a witness at the prompt gives: the tries are real)" "$seen" ;;
	*:) ok "the user cannot be his own witness (as $w)" ;;
	*) not_ok "the user cannot be his own witness (as $w)" "$seen" ;;
	esac
	fresh bob dave
done

# --- unavoidable: only the privileged, and no second before the first is looked at
act bob ask kind=1 key=factors.kinds value=1 until=+3600 reason=why users=bob unavoidable=1
no_yes "the user who is not privileged has no unavoidable one"
act admina ask kind=1 key=factors.kinds value=1 until=+3600 reason=why users=admina unavoidable=1
[ $rc = 0 ] && ok "a privileged one has" || not_ok "a privileged one has" "$seen"
first=$(sed -nE 's/^approval ([0-9a-f]+) .*/\1/p' <<<"$seen" | tail -n 1)
act admina ask kind=1 key=factors.kinds value=1 until=+3600 reason=why users=admina unavoidable=1
no_yes "but no second before the first is reviewed"
act admina ask kind=1 key=factors.kinds value=1 until=+86400 reason=why users=admina unavoidable=1
no_yes "nor for a day"
act admina decide id=$first what=7 note=fine
no_yes "nor does he review it himself"
act admina decide id=$first what=4 note=over
act admina ask kind=1 key=factors.kinds value=1 until=+3600 reason=why users=admina unavoidable=1
no_yes "nor by revoking the first"

# --- what he may not see is not there; nothing of others is his to change
ask carol users=dave
as alice approvals
grep -q "$id" <<<"$seen" && not_ok "the user cannot see what is not his" "$seen" ||
    ok "the user cannot see what is not his"
act alice decide id=$id what=4 note=x
grep -q 'approval' <<<"$(grep -v '^done' <<<"$seen")" &&
    not_ok "nor by deciding it" "$seen" || ok "nor by deciding it"
hers=$(term_run sekisho authenticator list carol --json | jq -r '.[0].id')
act alice state id=$hers to=1
term_run sekisho authenticator list carol --json | jq -e '.[0].state == "active"' >/dev/null &&
    ok "the user cannot disable another's token" ||
    not_ok "the user cannot disable another's token" "$seen"
fresh alice
act alice enrol method=2 digits=6 label=mine
fresh alice

# --- a value below its floor: only as low, only for whom, only as it was written
below() { term_put /etc/sekisho/sekisho.conf.d/50-below.conf; }
ask alice key=audit.retention value=23h users= until=+7200 ||
    not_ok "an exception for all is asked" "$seen"
give carol "$id"
if [ $rc != 0 ]; then
	not_ok "(an exception for all)" "$seen"
else
	below <<<$'[audit]\nretention = 20h'
	term_run sekisho policy check >/dev/null 2>&1 &&
	    not_ok "a value lower than was allowed does not load" ||
	    ok "a value lower than was allowed does not load"
	term_run rm /etc/sekisho/sekisho.conf.d/50-below.conf
fi
ask alice users=bob
give carol "$id"
below <<<$'[factors]\nkinds = 1'
[ $rc = 0 ] && term_run sekisho policy check >/dev/null 2>&1 &&
    ok "(under one in force a value below its floor loads)" ||
    not_ok "(under one in force a value below its floor loads)" "$seen" \
	"$(term_run sekisho policy check 2>&1)"
echo 'a long passphrase for the rig' | term_put /root/rig/phrase 600
term_run sekisho store backup /root/rig/backup.sek --passphrase-file /root/rig/phrase -y >/tmp/bk.$$ 2>&1
act carol decide id=$id what=4 note=over
s=$(state $id)
[ "$s" = revoked ] && ok "(revoked)" || not_ok "(revoked)" "$s" "$seen"
if term_run test -s /root/rig/backup.sek; then
	seen=$(term_run sekisho store restore /root/rig/backup.sek --passphrase-file /root/rig/phrase -y 2>&1)
	s=$(state $id)
	[ "$s" = in-force ] && not_ok "an older backup gives back no approval that ended" "$s" "$seen" ||
	    ok "an older backup gives back no approval that ended ($s)"
else
	not_ok "a backup" "$(cat /tmp/bk.$$)"
fi
rm -f /tmp/bk.$$
# Edited by other means.
if term_run sh -c 'command -v sqlite3' >/dev/null; then
	ask alice users=bob && good=$id && give carol "$good" && [ $rc = 0 ] ||
	    not_ok "one more is given" "$seen"
	for how in given moved byte; do
		ask alice users=bob || not_ok "one more is asked" "$seen"
		sql() { term_run sqlite3 $store "$1"; }
		was=$(sql "SELECT hex(data) FROM request WHERE id='$id'")
		case $how in
		given)	sql "UPDATE request SET given=1 WHERE id='$id'" ;;
		moved)	sql "UPDATE request SET given=1, data=(SELECT data FROM request WHERE id='$good'),
			    mac=(SELECT mac FROM request WHERE id='$good') WHERE id='$id'" ;;
		byte)	sql "UPDATE request SET given=1, data=x'${was:0:-2}$(printf %02X $((0x${was: -2} ^ 1)))' WHERE id='$id'" ;;
		esac
		seen=$(term_run sekisho policy check 2>&1)
		if grep -q "exception $id until" <<<"$seen"; then
			not_ok "an approval edited in the store ($how) is none" "$seen"
		else
			ok "an approval edited in the store ($how) is none"
		fi
		seen=$(term_run sekisho store status 2>&1)
		rc=$?
		if [ $rc = 1 ] && grep -q "$id" <<<"$seen"; then
			ok "and store status names it ($how)"
		else
			not_ok "and store status names it ($how)" "status $rc" "$seen"
		fi
		give carol "$id"
		[ $how = given ] || no_yes "nor can it be given ($how)"
		# One that is damaged stops nobody who does not need it.
		[ -n "${SEK_LONG:-}" ] && others "an edited approval"
		sql "DELETE FROM request WHERE id='$id'"
	done
fi
term_run rm -f /etc/sekisho/sekisho.conf.d/50-below.conf
if problem=$(term_run sekisho audit verify 2>&1); then
	ok "audit verify"
else
	not_ok "audit verify" "$problem"
fi
none "no record holds a control character" \
    "$(term_run sekisho audit show --json | LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]|\\\\u00(0|1|7f|8|9)' | head -n 3)"
fi

if part strace; then
if term_run sh -c 'command -v strace' >/dev/null; then
	# trace USER ARG...: what the kernel was asked by the helper and its
	# children; the trace, not the answers
	trace()
	{
		term_run strace -f -qq -u "$1" -o /root/rig/trace \
		    -e trace=open,openat,openat2,creat,execve,execveat,connect,bind,listen,accept,accept4,socket,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,link,linkat,symlink,symlinkat,chmod,fchmod,fchmodat,chown,fchown,fchownat,ptrace \
		    timeout -s KILL 50 helper_attack --patience 40 "${@:2}" >/dev/null 2>&1
		term_run cat /root/rig/trace
	}
	traced()
	{
		local name=$1 all

		all=$(sed -n '/execve("[^"]*sekisho-helper"/,$p' <<<"$seen")
		echo "$all" >>"${SEK_TRACE:-/dev/null}"
		[ "$(wc -l <<<"$all")" -gt 50 ] || not_ok "strace sees $name" "$seen"
		# Folders that confinement and the store's checks open come bare.
		none "$name opens what it needs, and nothing else" "$(
		    grep -E '(open|openat|openat2|creat)\(' <<<"$all" |
		    grep -vE '= -1 E|resumed' |
		    sed -nE 's/.*open(at2?)?\(([^",]*, )?"([^"]*)".*/\3/p' | sort -u |
		    grep -vE '^(/etc/(ld\.so\.cache|ld\.so\.preload|passwd|group|shadow|gshadow|nsswitch\.conf|login\.defs|localtime|machine-id|host\.conf|hosts|resolv\.conf|locale\.alias)|/etc|/etc/sekisho(/keys|/sekisho\.conf(\.d)?)?|/usr/share/sekisho(/.*)?)$' |
		    grep -vE '^(/usr)?/lib(64)?/([a-z0-9_]+-linux-gnu/)?([A-Za-z0-9_+.-]+\.so[.0-9]*|security(/pam_[a-z0-9_]+\.so)?)$' |
		    grep -vE '^/etc/(pam\.d(/[a-z0-9-]+)?|security/[a-z]+\.conf|pam\.conf)$' |
		    grep -vE '^/proc(/(self|[0-9]+)/(cgroup|stat|status|loginuid|sessionid|oom_score_adj|fd(/[0-9]+)?|ns/cgroup|mountinfo)|/sys/kernel/(random/boot_id|cap_last_cap|ngroups_max)|/filesystems|/cmdline)?$' |
		    grep -vE '^/(dev/(null|urandom|random|log)|dev|run(/sekisho-helper\.lock)?|tmp|var/(run|tmp|log|cache)|var/lib/(sss|sekisho)|sys/fs/cgroup(/init\.scope|/unified)?)$' |
		    grep -vE '^/var/lib/sekisho/(store\.db(-wal|-shm|-journal)?|ballast.*)$' |
		    grep -vE '^(/usr/(share|lib)/locale/.*|/usr/lib/x86_64-linux-gnu/gconv/.*)$' |
		    grep -vE '^(/|/run/systemd/userdb/|etc|host|lib|local|run|usr|\.|store\.(db|key)(-wal|-shm|\.new)?|ballast.*|machine-id|00-terminal\.conf|[0-9a-z-]+\.conf|pam_[a-z0-9_]+\.so|sekisho-[a-z]+|cgroup\.procs|init\.scope|other|common-[a-z]+|[a-z]+-[a-z]+)$')"
		none "$name runs the store's child, and nothing else" "$(
		    grep -E 'execve(at)?\(' <<<"$all" | grep -v resumed |
		    grep -vE 'execve\("[^"]*/(sekisho-helper|sekisho-store|unix_chkpwd)"')"
		none "$name speaks to the system log and name cache, and no network" "$(
		    grep -E '(connect|bind|listen|accept4?)\(' <<<"$all" | grep -v resumed |
		    grep -vE 'sun_path="(/dev/log|/run/systemd/(journal/(socket|dev-log|stdout)|userdb/[A-Za-z.]+)|(/var)?/run/nscd/socket|/run/dbus/system_bus_socket|/var/lib/sss/pipes/[a-z]+)"'
		    grep -E 'socket\(' <<<"$all" | grep -vE 'socket\(AF_(UNIX|NETLINK|LOCAL)|resumed')"
		none "$name makes, removes and renames nothing" "$(
		    grep -E '(unlink|rename|mkdir|link|symlink|f?chmod|f?chown)(at2?)?\(' <<<"$all" |
		    grep -vE '= -1 E|resumed|store\.db-|fchown\([0-9]+, 0, 0\)')"
	}
	: >"${SEK_TRACE:-/dev/null}"
	code alice
	seen=$(trace alice verify -- pw-alice "$code")
	traced "an unlock"
	code bob
	seen=$(trace bob ask kind=1 key=factors.kinds value=1 until=+7200 \
	    reason=why users=dave -- pw-bob "$code")
	traced "a request"
	code carol
	id=$(term_run sekisho approvals --json | jq -r '.[-1].id')
	seen=$(trace carol decide id="$id" what=1 note=ok -- pw-carol "$code")
	traced "an approval"
	[ "$(term_run sekisho approvals --all --json | jq -r --arg i "$id" \
	    '.[] | select(.id == $i) | .state')" = in-force ] &&
	    ok "(which was given)" || not_ok "(which was given)" "$id"
else
	echo "skip what it opens: no strace (tests/deps)"
fi
fi
exit $bad
