#!/bin/bash
# manpages.sh - each module and program has a man page in mdoc that mandoc
# reads without a complaint, and names each argument and verb there is
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_SRCDIR:-.}" || exit 99
rc=0

for c in modules/*/pam_sekisho_*.c; do
	[ -f "$c" ] || continue
	page=${c%.c}.8
	if ! [ -f "$page" ]; then
		echo "not ok: $page is missing"
		rc=1
	fi
done
for page in man/sekisho.8 man/sekisho.conf.5; do
	if ! [ -f "$page" ]; then
		echo "not ok: $page is missing"
		rc=1
	fi
done

lists=$(find . -name Makemodule.am -not -path './build*' -exec cat {} +)
while read -r page; do
	if ! grep -qE "(^|[[:space:]])$page([[:space:]]|\$)" <<<"$lists"; then
		echo "not ok: $page is in no Makemodule.am"
		rc=1
	fi
	if command -v mandoc >/dev/null; then
		# STYLE (cross references to pages elsewhere) is not counted.
		if ! mandoc -T lint -W warning "$page"; then
			echo "not ok: $page: mandoc complains"
			rc=1
		fi
	fi
done < <(find man modules tools -name '*.[158]' | LC_ALL=C sort)

# A verb is a file; each is in the page.
if [ -f man/sekisho.8 ]; then
	for v in tools/sekisho/*.c; do
		v=$(basename "$v" .c)
		case $v in
		main|table|json|output|verb|ask|qr|args|common|util*) continue ;;
		esac
		if ! grep -qwE -- "${v//_/[-_ ]}" man/sekisho.8; then
			echo "not ok: man/sekisho.8 does not name the verb $v"
			rc=1
		fi
	done
fi
exit $rc
