#!/bin/bash
# catalogue.sh - sekisho.pot says what the sources say, ja.po has every
# message, translated, none of them fuzzy, and uses the glossary's words
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_SRCDIR:-.}" || exit 99
command -v xgettext >/dev/null || { echo "skip: no xgettext"; exit 77; }
rc=0
new=$(mktemp -d) || exit 99
trap 'rm -rf "$new"' EXIT

sh po/update --to "$new" || exit 99
for f in POTFILES sekisho.pot; do
	if ! diff -u "po/$f" "$new/$f"; then
		echo "not ok: po/$f is old: make update-po"
		rc=1
	fi
done
# xgettext knows no macro: it would take the text before one, and the program
# would look for another.
while read -r f; do
	if grep -qzP '\bN?_\(\s*("([^"\\]|\\.)*"\s*)+(?!PRI)[A-Za-z]\w*' "$f"; then
		echo "not ok: $f: a macro within a message"
		rc=1
	fi
done < <(find common modules tools -name '*.c' | LC_ALL=C sort)
if ! msgfmt --check -o /dev/null po/ja.po; then
	echo "not ok: po/ja.po has errors"
	rc=1
fi
# The merged one has all messages there are: count in that.
for f in po/ja.po "$new/ja.po"; do
	for kind in untranslated only-fuzzy; do
		left=$(msgattrib --$kind --no-wrap "$f" | sed -n 's/^msgid //p' |
		    grep -v '^""$')
		if [ -n "$left" ]; then
			printf '%s\n' "$left" | head -20
			echo "not ok: $(basename "$f"): $kind messages: $(grep -c . <<<"$left")"
			rc=1
		fi
	done
done
LC_ALL=C.UTF-8 msgfmt --statistics -o /dev/null po/ja.po 2>&1
exit $rc
