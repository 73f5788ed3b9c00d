#!/bin/bash
# floors.sh - no include climbs a floor, and none goes round in a circle
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_SRCDIR:-.}" || exit 99
declare -A floor=([base]=1 [model]=2 [rule]=3 [edge]=4 [factor]=5 [flow]=6)
rc=0

# height FILE: the floor a file stands on; doors and tools stand on top.
height()
{
	case $1 in
	common/*)		h=${1#common/}; h=${h%%/*} ;;
	include/sekisho/*/*)	h=${1#include/sekisho/}; h=${h%%/*} ;;
	modules/*|tools/*)	echo 7; return ;;
	*)			echo 0; return ;;
	esac
	echo "${floor[$h]:-0}"
}

edges=$(mktemp) || exit 99
trap 'rm -f "$edges"' EXIT
n=0
while read -r f; do
	own=$(height "$f")
	if [ "$own" = 0 ]; then
		echo "not ok: $f: on no known floor"
		rc=1
		continue
	fi
	while read -r inc; do
		n=$((n + 1))
		case $inc in
		sekisho/*)
			to=include/$inc
			if ! [ -f "$to" ]; then
				echo "not ok: $f: includes $inc, which is not there"
				rc=1
				continue
			fi
			if [ "$(height "$to")" -gt "$own" ]; then
				echo "not ok: $f: climbs to $inc"
				rc=1
			fi
			case $f in
			*.h) echo "$f $to" >>"$edges" ;;
			esac
			;;
		*/*|config.h) ;;
		*)	# A header beside the file, of its own room.
			d=$(dirname "$f")
			if [ -f "$d/$inc" ]; then
				case $f in *.h) echo "$f $d/$inc" >>"$edges" ;; esac
			fi
			;;
		esac
	done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"([^"]+)".*/\1/p' "$f")
	# Our own headers are never included as the system's.
	if grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<sekisho/' "$f"; then
		echo "not ok: $f: <sekisho/...> instead of \"sekisho/...\""
		rc=1
	fi
done < <(find common include modules tools -name '*.[ch]' | LC_ALL=C sort)

# tsort names the circle.
if [ -s "$edges" ] && ! tsort "$edges" >/dev/null; then
	echo "not ok: headers include each other in a circle"
	rc=1
fi
# rule is pure: it calls no clock and reaches nothing outside.
if grep -nE '#[[:space:]]*include[[:space:]]*<(sqlite3|sys/socket|security/|libeconf|fcntl|unistd|syslog|systemd/)' \
    common/rule/*.c common/model/*.c include/sekisho/{rule,model}/*.h 2>/dev/null; then
	echo "not ok: model and rule do no input or output"
	rc=1
fi
if grep -nE '[^_a-z](time|clock_gettime|gettimeofday|localtime|gmtime)[ ]?\(' common/rule/*.c 2>/dev/null |
    grep -vE 'sek_[a-z_]*(time|localtime|gmtime)'; then
	echo "not ok: rule calls no clock"
	rc=1
fi
echo "$n includes looked at"
exit $rc
