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
