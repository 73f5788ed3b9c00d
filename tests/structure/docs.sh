#!/bin/bash
# docs.sh - each command the guides show is a verb there is, with options it
# takes; the two languages show the same ones; links lead somewhere; the
# emergency sheet fits one page of A4
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_SRCDIR:-.}" || exit 99
rc=0
pages='README.md README.ja.md doc/guide.md doc/guide.ja.md
    doc/emergency.md doc/emergency.ja.md'
# A4 in a plain 10 point print
lines=64
columns=80

# "VERB ACTION OPTION..." of each row that is built, "-" for no action.
# Options that several rows share are a macro: its text takes its place.
joined=$(sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' tools/sekisho/verb.c)
macros=$(sed -nE 's/^#define ([A-Z]+)[[:space:]]+("[^(]*)$/s|, \1,|, \2,|/p' <<<"$joined")
rows=$(sed -e "$macros" <<<"$joined" | tr '\n\t' '  ' | sed -E 's/\{ *"/\n{ "/g; s/" +"//g' |
    sed -nE 's/.*\{ *"([a-z-]+)", *(NULL|"([a-z0-9-]+)"), *"([^"]*)".*/\1 \3- \4/p' |
    sed -E 's/^([a-z-]+) - /\1 - /; s/^([a-z-]+ [a-z0-9-]+)- /\1 /')
[ -n "$rows" ] || { echo "not ok: no rows in tools/sekisho/verb.c"; exit 1; }

# What stands behind "sekisho " in code; the sheets are code and prose at once.
commands()
{
	case $1 in
	*/emergency*)
		LC_ALL=C.UTF-8 grep -oE 'sekisho [a-z-]+( [^;,:(、。（]*)?' "$1" |
		    sed -E 's/ {2,}.*//' ;;
	*)
		{
			grep -oE '`[^`]+`' "$1" | tr -d '`'
			grep -E '^    ' "$1" | sed -E 's/([^ ])  +#.*/\1/'
		} | grep -oE '(^|[ #])sekisho [a-z-]+( [^|]*)?' |
		    sed -E 's/^[ #]*//; s/[;,].*$//' ;;
	esac | sed -E 's/ +$//' | LC_ALL=C sort -u
}

for p in $pages; do
	[ -f "$p" ] || { echo "not ok: $p is missing"; rc=1; continue; }
	while read -r _ verb rest; do
		action=${rest%% *}
		row=$(grep -E "^$verb ($action|-)( |\$)" <<<"$rows" | head -n 1)
		if [ -z "$row" ]; then
			echo "not ok: $p: no such command: sekisho $verb $rest"
			rc=1
			continue
		fi
		for o in $(grep -oE -- '(^| )--[a-z-]+' <<<"$rest"); do
			if ! grep -qE -- " ${o#--}( |\$)" <<<"$row conf help version"; then
				echo "not ok: $p: sekisho $verb $action has no $o"
				rc=1
			fi
		done
	done < <(commands "$p")
	while read -r link; do
		if ! [ -e "$(dirname "$p")/$link" ]; then
			echo "not ok: $p: $link is not there"
			rc=1
		fi
	done < <(grep -oE '\]\([^):]+\)' "$p" | sed -E 's/^\]\(|\)$|#.*//g')
done

# Words between are in the reader's language: compare verbs and options.
bare() { commands "$1" | sed -E 's/[^ -~]+/X/g' | awk '{
	s = $2 " " $3; for (i = 4; i <= NF; i++) if ($i ~ /^--/) s = s " " $i; print s }' |
    LC_ALL=C sort -u; }
for p in README doc/guide doc/emergency; do
	if ! diff <(bare $p.md | sed 's/ USER$/ X/') <(bare $p.ja.md | sed 's/ USER$/ X/'); then
		echo "not ok: $p.md and $p.ja.md show other commands"
		rc=1
	fi
done

for p in doc/emergency.md doc/emergency.ja.md; do
	if [ "$(wc -l <"$p")" -gt $lines ] ||
	    [ "$(LC_ALL=C.UTF-8 wc -L <"$p")" -gt $columns ]; then
		echo "not ok: $p: more than $lines lines of $columns columns"
		rc=1
	fi
done
exit $rc
