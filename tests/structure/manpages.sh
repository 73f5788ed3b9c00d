#!/bin/bash
# manpages.sh - each module and program has a man page in mdoc that mandoc
# reads without a complaint, and names each argument and verb there is; the
# Japanese pages name the same verbs, options, keys and files as the English
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
for page in man/sekisho.7 man/sekisho.8 man/sekisho-guard.8 \
    man/sekisho-helper.8 man/sekisho.conf.5 man/ja/man7/sekisho.7 \
    man/ja/man8/sekisho.8 man/ja/man8/sekisho-guard.8 \
    man/ja/man8/sekisho-helper.8 man/ja/man5/sekisho.conf.5; do
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
done < <(find man modules tools -name '*.[1578]' | LC_ALL=C sort)

# A verb is a file; each is in the page.
if [ -f man/sekisho.8 ]; then
	for v in tools/sekisho/*.c; do
		v=$(basename "$v" .c)
		case $v in
		main|table|json|output|verb|ask|qr|args|common|util*) continue ;;
		enroll_biometric) v=enroll_fingerprint ;;
		esac
		if ! grep -qwE -- "${v//_/[-_ ]}" man/sekisho.8; then
			echo "not ok: man/sekisho.8 does not name the verb $v"
			rc=1
		fi
	done
fi

# The words of code of a page: what its lines of commands, options, keys,
# files and the like hold, behind the synopsis (which is compared as it is).
code_words()
{
	awk '/^\.Sh SYNOPSIS/ { skip = 1; next }
	    /^\.Sh / { skip = 0 }
	    skip { next }
	    /^\.Bd / { shown = 1 }
	    /^\.Ed/ { shown = 0 }
	    /^\.(Ss [^a-z]|It Sy)/ { next }
	    /^\.(It|Cm|Fl|Ar|Pa|Ev|Ic|Ql|Xr|Ss) / { print; next }
	    shown && !/^#/ && !/^\./ { sub(/ +# .*/, ""); print }' "$1" |
	    LC_ALL=C grep -oE '[A-Za-z][A-Za-z0-9_./*:-]+[A-Za-z0-9*_]' |
	    grep -vxE 'It|Cm|Fl|Ar|Pa|Ev|Ic|Ql|Xr|Ss|Ns|No|Op|and|or|the|of|as|to|is|in' |
	    LC_ALL=C sort -u
}

for name in sekisho.7 sekisho.8 sekisho-guard.8 sekisho-helper.8 \
    sekisho.conf.5 pam_sekisho_biometric.8 pam_sekisho_card.8 \
    pam_sekisho_fido2.8 pam_sekisho_password.8 pam_sekisho_privilege.8; do
	en=man/$name
	[ -f "$en" ] || en=modules/${name%.8}/$name
	ja=man/ja/man${name##*.}/$name
	[ -f "$en" ] && [ -f "$ja" ] || continue
	if ! diff <(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh /p' "$en" | sed '$d') \
	    <(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh /p' "$ja" | sed '$d'); then
		echo "not ok: $ja: its synopsis is not that of $en"
		rc=1
	fi
	if ! diff <(grep -E '^\.It Ic ' "$en") <(grep -E '^\.It Ic ' "$ja"); then
		echo "not ok: $ja: its keys are not those of $en"
		rc=1
	fi
	if ! diff <(code_words "$en") <(code_words "$ja"); then
		echo "not ok: $ja: its verbs, options or files are not those of $en"
		rc=1
	fi
done
exit $rc
