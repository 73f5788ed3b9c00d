# shellcheck shell=bash
# sandbox.sh - this machine's own folders, changed in a mount namespace only,
# with the build installed; sourced first by a test that takes no arguments
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
#
# want RC ARGS: the installed tool answers so; says TEXT, prints TEXT: on
# standard error, output.  has SERVICE LINE, hasnt SERVICE TEXT: its file.
# $layers: a scratch folder.
SEK_SRCDIR=$(cd "${SEK_SRCDIR:-.}" && pwd)
SEK_BUILDDIR=$(cd "${SEK_BUILDDIR:-.}" && pwd)
export SEK_SRCDIR SEK_BUILDDIR
if [ "${1:-}" != inside ]; then
	[ "$(id -u)" = 0 ] || { echo "skip: must be root"; exit 77; }
	grep -q '"/usr/share/sekisho"' "$SEK_BUILDDIR/config.h" &&
	    grep -q '"/var/lib/sekisho"' "$SEK_BUILDDIR/config.h" ||
	    { echo "skip: not configured for /usr"; exit 77; }
	unshare --mount --pid --fork true 2>/dev/null ||
	    { echo "skip: no namespaces"; exit 77; }
	exec unshare --mount --pid --fork --kill-child --mount-proc \
	    bash "$0" inside
fi
mount --make-rprivate / || exit 99
layers=$(mktemp -d) || exit 99
trap 'cd /; umount -l "$layers" && rmdir "$layers"' EXIT
mount -t tmpfs tmpfs "$layers" || exit 99
for d in etc usr var; do
	mkdir "$layers/$d" "$layers/$d-work"
	mount -t overlay -o "lowerdir=/$d,upperdir=$layers/$d,workdir=$layers/$d-work" \
	    overlay "/$d" || { echo "skip: no overlay"; exit 77; }
done
mount -t tmpfs -o mode=755 tmpfs /run || exit 99
if ! make -s -C "$SEK_BUILDDIR" install >"$layers/install.log" 2>&1; then
	cat "$layers/install.log"
	exit 99
fi
failed=0
fail()
{
	echo "not ok: $*"
	failed=1
}
# want RC ARGS: the installed tool answers so; $out, $err
want()
{
	local expected=$1 rc

	shift
	/usr/sbin/sekisho "$@" </dev/null >"$layers/out" 2>"$layers/err"
	rc=$?
	if [ $rc != "$expected" ]; then
		fail "sekisho $*: $rc, not $expected"
		sed 's/^/    /' "$layers/out" "$layers/err"
	fi
}
says()	{ grep -qF -- "$*" "$layers/err" || fail "no '$*' in: $(cat "$layers/err")"; }
prints() { grep -qF -- "$*" "$layers/out" || fail "no '$*' in: $(cat "$layers/out")"; }
has()	{ grep -qxF -- "$2" "/etc/pam.d/$1" || fail "$1 has no line '$2'"; }
hasnt()	{ grep -qF -- "$2" "/etc/pam.d/$1" && fail "$1 has '$2'"; }
