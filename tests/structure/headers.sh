#!/bin/bash
# headers.sh - each header compiles alone, twice over, with gcc and clang
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_SRCDIR:-.}" || exit 99
rc=0
n=0
flags="-std=gnu11 -Wall -Wextra -Werror -fsyntax-only -Iinclude -I${SEK_BUILDDIR:-.}"
flags="$flags $(pkg-config --cflags pam liboath libeconf smartcols libcjson \
    sqlite3 libsodium libcrypt libqrencode 2>/dev/null)"
ran=
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	ran="$ran $cc"
	while read -r h; do
		n=$((n + 1))
		h=${h#include/}
		if ! printf '#include "config.h"\n#include "%s"\n#include "%s"\n' \
		    "$h" "$h" | $cc $flags -x c -; then
			echo "not ok: $cc: $h does not compile alone"
			rc=1
		fi
	done < <(find include -name '*.h' | LC_ALL=C sort)
done
# Headers are read side by side: tabs are 8, bytes of UTF-8 count once.
while read -r h; do
	if ! expand -t 8 "$h" | LC_ALL=C awk -v h="$h" '{
		gsub(/[\200-\277]/, "")
		if (length($0) > 80) { print "not ok: " h ":" NR ": over 80 columns"; bad = 1 }
	} END { exit bad }'; then
		rc=1
	fi
done < <(find include -name '*.h' | LC_ALL=C sort)
[ -n "$ran" ] || { echo "skip: neither gcc nor clang"; exit 77; }
echo "$n header compilations with$ran"
exit $rc
