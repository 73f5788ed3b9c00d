#!/bin/bash
# sources.sh - each source is in its room's list once, each file says what it
# is, each .c of common/ has its header and exports only its own names
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_SRCDIR:-.}" || exit 99
rc=0

lists=$(find . -name Makemodule.am -not -path './build*' -exec cat {} +)
while read -r f; do
	case $f in
	tests/unit/*.c|tests/module/*.c|tests/fuzz/*.c|bench/*.c)
		name=${f%.c} ;;
	*)	name=$f ;;
	esac
	if ! grep -qE "(^|[[:space:]])($name|$f)([[:space:]]|\$)" <<<"$lists"; then
		echo "not ok: $f is in no Makemodule.am"
		rc=1
	fi
done < <(find common include modules tools tests bench -name '*.[ch]' |
    LC_ALL=C sort)

# A file that came by mistake, or was moved and left in a list.
while read -r f; do
	if ! [ -f "$f" ]; then
		echo "not ok: $f is listed but not there"
		rc=1
	fi
done < <(grep -oE '[a-z0-9_./-]+\.(c|h|sh)([[:space:]]|$)' <<<"$(grep -v '^#' <<<"$lists")" | grep / | sort -u)

while read -r f; do
	if ! sed -n '1,10p' "$f" | grep -q 'SPDX-License-Identifier: BSD-2-Clause'; then
		echo "not ok: $f: no licence line at its head"
		rc=1
	fi
	if ! sed -n '2p' "$f" | grep -q "^ \* $(basename "$f") - "; then
		echo "not ok: $f: does not open with its name and purpose"
		rc=1
	fi
done < <(find common include modules tools tests bench -name '*.[ch]' |
    LC_ALL=C sort)

# The driver runs them as they are.
while read -r f; do
	if [ "$(head -c 2 "$f")" = '#!' ] && ! [ -x "$f" ]; then
		echo "not ok: $f cannot be run: chmod +x"
		rc=1
	fi
done < <(find tests contrib bench -type f -name '*.sh' | LC_ALL=C sort)

if [ -f "$SEK_BUILDDIR/libsekisho.a" ]; then
	bad=$(nm -A --defined-only "$SEK_BUILDDIR/libsekisho.a" 2>/dev/null |
	    awk '$2 ~ /^[TDBRVW]$/ && $3 !~ /^(sek_|_?_?asan|_?_?odr_asan|__ubsan|__local_asan)/ { print $1, $3 }' |
	    grep -vE ' (DW\.ref|__x86\.|__odr)')
	if [ -n "$bad" ]; then
		echo "$bad"
		echo "not ok: libsekisho defines a name that is not sek_*"
		rc=1
	fi
fi
exit $rc
