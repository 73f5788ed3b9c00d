# lib.sh - a terminal of its own for a test of the tool: settings, key and
# store in a scratch folder of root's
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
#
# run ARGS: the tool, nobody at the terminal; $rc, $out, $err.
# environment: more for it, NAME=VALUE.

if [ "$(id -u)" != 0 ]; then
	echo "skip: must be root"
	exit 77
fi
for tool in jq oathtool; do
	command -v $tool >/dev/null || { echo "skip: no $tool"; exit 77; }
done
SEK_SRCDIR=${SEK_SRCDIR:-.}
SEK_BUILDDIR=${SEK_BUILDDIR:-.}
sekisho=$SEK_BUILDDIR/sekisho
[ -x "$sekisho" ] || { echo "no $sekisho"; exit 99; }
unset LANGUAGE
environment=
export LC_ALL=C.UTF-8
T=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-tools.XXXXXX") || exit 99
conf=$T/etc/sekisho.conf
failed=0
at_end()
{
	rm -rf "$T"
}
trap at_end EXIT

# settings [LINES]: a policy file with its store in the scratch folder.
settings()
{
	rm -rf "${T:?}/etc" "${T:?}/var"
	mkdir -m 755 "$T/etc"
	printf '[terminal]\nprofile = lgwan\n[store]\npath = %s\nkey = %s\n%s\n' \
	    "$T/var/store.db" "$T/etc/keys/store.key" "${1:-}" >"$conf"
	chmod 644 "$conf"
}

run()
{
	env $environment "$sekisho" --conf "$conf" "$@" </dev/null \
	    >"$T/out" 2>"$T/err"
	rc=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
	# A sanitizer's report is never an answer.
	if grep -qE 'AddressSanitizer|LeakSanitizer|runtime error' "$T/err"
	then
		cat "$T/err"
		fail "sanitizer: $*"
	fi
}

# with_catalogue: the Japanese catalogue that was built is where the tool looks
# for it. Where another or none is installed, a file system of this test's own
# lies over the place. First of all, in a test without arguments.
with_catalogue()
{
	local mo=$SEK_BUILDDIR/sekisho-ja.mo place over

	place=$(sed -n 's/^#define SEK_LOCALEDIR "\(.*\)"$/\1/p' \
	    "$SEK_BUILDDIR/config.h")/C/LC_MESSAGES
	if [ -z "$SEK_TEST_NAMESPACE" ]; then
		cmp -s "$mo" "$place/sekisho-ja.mo" && return
		over=$place
		while ! [ -d "$over" ]; do
			over=$(dirname "$over")
		done
		case $(realpath "$SEK_BUILDDIR")/ in
		"$over"/*) over=/ ;;
		esac
		if [ "$over" = / ] || ! unshare -m true 2>/dev/null; then
			echo "skip: $place has no catalogue and cannot be covered"
			exit 77
		fi
		SEK_TEST_NAMESPACE=$over
		export SEK_TEST_NAMESPACE
		at_end
		exec unshare -m "$0"
	fi
	mount -t tmpfs -o mode=755 tmpfs "$SEK_TEST_NAMESPACE" &&
	    mkdir -p "$place" && cp "$mo" "$place/sekisho-ja.mo" &&
	    chmod 644 "$place/sekisho-ja.mo" || exit 99
}

# cover DIR: what is put there is this test's own from now on; what is there
# stays, where the kernel can do that.
cover()
{
	local rc=1 t

	t=$(mktemp -d) || return 1
	if mount -t tmpfs -o mode=755 tmpfs "$t"; then
		mkdir "$t/upper" "$t/work" && mount -t overlay -o \
		    "lowerdir=$1,upperdir=$t/upper,workdir=$t/work" overlay "$1" \
		    2>/dev/null
		rc=$?
		umount -l "$t"
	fi
	rmdir "$t"
	[ $rc = 0 ] || mount -t tmpfs -o mode=755 tmpfs "$1"
}

# with_object NAME: the object of that name, as built, is where the tool loads
# it from, in a file system of this test's own. First of all, in a test without
# arguments.
with_object()
{
	local place over

	place=$(sed -n 's/^#define SEK_LIBEXECDIR "\(.*\)"$/\1/p' \
	    "$SEK_BUILDDIR/config.h")
	if [ -z "$SEK_TEST_NAMESPACE" ]; then
		[ -e "$SEK_BUILDDIR/$1" ] || { echo "no $1"; exit 99; }
		over=$place
		while ! [ -d "$over" ]; do
			over=$(dirname "$over")
		done
		case $(realpath "$SEK_BUILDDIR")/ in
		"$over"/*) over=/ ;;
		esac
		if [ "$over" = / ] || ! unshare -m true 2>/dev/null; then
			echo "skip: $place cannot be covered"
			exit 77
		fi
		SEK_TEST_NAMESPACE=$over
		export SEK_TEST_NAMESPACE
		at_end
		exec unshare -m "$0"
	fi
	cover "$SEK_TEST_NAMESPACE" &&
	    mkdir -p "$place" && cp "$SEK_BUILDDIR/$1" "$place/$1" &&
	    chmod 644 "$place/$1" || exit 99
}

fail()
{
	echo "not ok: $*"
	failed=1
}

# want RC ARGS: the tool answers so.
want()
{
	local expected=$1

	shift
	run "$@"
	if [ "$rc" != "$expected" ]; then
		fail "sekisho $*: $rc, not $expected"
		printf '%s\n' "$out" "$err" | sed 's/^/    /'
	fi
	# Whoever is refused is told why, and nothing else.
	if [ "$expected" != 0 ] && [ -z "$err" ]; then
		fail "sekisho $*: $rc and no word why"
	fi
}

# need_logins: skip where a test cannot choose the login uid.
need_logins()
{
	[ -w /proc/self/loginuid ] || { echo "skip: no login uids here"; exit 77; }
	# shellcheck disable=SC2094
	(echo 2 >/proc/self/loginuid) 2>/dev/null ||
	    { echo "skip: login uids cannot be changed here"; exit 77; }
}

# as USER RC ARGS: the tool answers so at a root prompt of that login;
# USER "-": of nobody's.
as()
{
	local uid=4294967295 expected=$2

	[ "$1" = - ] || uid=$(id -u "$1")
	shift 2
	(
		echo "$uid" >/proc/self/loginuid || exit 99
		exec env $environment "$sekisho" --conf "$conf" "$@"
	) </dev/null >"$T/out" 2>"$T/err"
	rc=$?
	out=$(cat "$T/out")
	err=$(cat "$T/err")
	if grep -qE 'AddressSanitizer|LeakSanitizer|runtime error' "$T/err"
	then
		cat "$T/err"
		fail "sanitizer: $*"
	fi
	[ "$rc" = "$expected" ] || {
		fail "as $uid: sekisho $*: $rc, not $expected"
		printf '%s\n' "$out" "$err" | sed 's/^/    /'
	}
	[ "$expected" = 0 ] || [ -n "$err" ] ||
	    fail "sekisho $*: $rc and no word why"
}

# later DAYS: from now on the tool thinks it is so much later. (libfaketime
# looks into the environment, which the tool empties.)
later()
{
	cat >"$T/later.c" <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <time.h>
	int
	clock_gettime(clockid_t id, struct timespec *ts)
	{
		static int (*real)(clockid_t, struct timespec *);
		int rc;

		if (real == 0)
			*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
		rc = real(id, ts);
		if (rc == 0 && id == CLOCK_REALTIME)
			ts->tv_sec += DAYS * 86400L;
		return (rc);
	}
	END
	cc -shared -fPIC -DDAYS="$1" -o "$T/later.so" "$T/later.c" ||
	    fail "cannot build a later clock"
	environment="LD_PRELOAD=$T/later.so"
	if ldd "$sekisho" | grep -q asan; then
		environment="$environment ASAN_OPTIONS=verify_asan_link_order=0"
	fi
}

# says WORD...: standard error has it.
says()
{
	grep -qF -- "$*" "$T/err" || {
		fail "no '$*' in: $err"
	}
}

# json FILTER: true of standard output.
json()
{
	jq -e "$1" "$T/out" >/dev/null || {
		fail "not true: $1"
		head -c 2000 "$T/out" | sed 's/^/    /'
	}
}

# records FILTER: how many records it is true of.
records()
{
	"$sekisho" --conf "$conf" audit show --json </dev/null 2>/dev/null |
	    jq -c "select($1)" | grep -c .
}

# sound_lines: a service's lines that let nobody in with one kind, as built.
sound_lines()
{
	local phase m modules

	modules=$(cd "$SEK_BUILDDIR" && pwd)/modules
	for phase in auth account; do
		for m in lockout password oath gate; do
			[ $phase-$m = account-oath ] && continue
			echo "$phase required $(find "$modules" -name \
			    "pam_sekisho_$m.so" | head -n 1) conf=$conf" \
			    "$([ $m = password ] && echo backend=pam_unix.so)"
		done
	done
}

finish()
{
	[ $failed = 0 ] && echo "ok"
	exit $failed
}
