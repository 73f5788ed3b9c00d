#!/bin/bash
# softkey.sh - software security keys for a test written in sh: source it
#
#   softkey_start NAME [KNOB=VALUE...]   plug one in (again)
#   softkey_stop NAME                    take it out; what it holds stays
#   softkey_knobs NAME [KNOB=VALUE...]   all its knobs anew
#   softkey_await NAME TEXT [N]          until its log has N such lines (10 s)
#   softkey_logged NAME TEXT             how many such lines
#   softkey_forget NAME                  an empty log
#   softkey_end                          take all out
#
# SOFTKEY_DIR holds NAME.sock, .state, .knobs, .log (default: a new folder,
# removed by softkey_end); SOFTKEY_BIN is where the programs are (default: the
# build's). softkey_preload prints the object for LD_PRELOAD.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause

: "${SOFTKEY_BIN:=${SEK_BUILDDIR:-.}/tests/emulators/fido2}"
softkey_own=
if [ -z "${SOFTKEY_DIR:-}" ]; then
	SOFTKEY_DIR=$(mktemp -d "${TMPDIR:-/tmp}/softkey.XXXXXX") || exit 99
	softkey_own=$SOFTKEY_DIR
fi
declare -A softkey_pid=()

softkey_preload() { echo "$SOFTKEY_BIN/softkey-preload.so"; }

softkey_knobs()
{
	local d=$SOFTKEY_DIR/$1

	shift
	printf '%s\n' "$@" >"$d.knobs.new" && mv "$d.knobs.new" "$d.knobs"
}

softkey_start()
{
	local name=$1 d=$SOFTKEY_DIR/$1 fifo

	if [ $# -gt 1 ] || ! [ -e "$d.knobs" ]; then
		softkey_knobs "$@"
	fi
	fifo=$d.ready
	rm -f "$fifo" && mkfifo "$fifo" || return 1
	"$SOFTKEY_BIN/softkey" "$d.sock" "$d.state" "$d.knobs" "$d.log" 9 \
	    9>"$fifo" </dev/null >/dev/null 2>"$d.err" &
	softkey_pid[$name]=$!
	# One byte when it listens; nothing where it failed.
	if [ "$(timeout 20 head -c 1 "$fifo")" != k ]; then
		cat "$d.err" >&2
		rm -f "$fifo"
		return 1
	fi
	rm -f "$fifo"
	case :${SOFTKEY:-}: in
	*:"$d.sock":*)	;;
	*)	export SOFTKEY=${SOFTKEY:+$SOFTKEY:}$d.sock SOFTKEY_ONLY=1 ;;
	esac
}

softkey_stop()
{
	local pid=${softkey_pid[$1]:-}

	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	unset "softkey_pid[$1]"
	return 0
}

softkey_logged() { grep -cF -- "$2" "$SOFTKEY_DIR/$1.log"; }
softkey_forget() { : >"$SOFTKEY_DIR/$1.log"; }
softkey_await()
{
	local i

	for ((i = 0; i < 500; i++)); do
		[ "$(softkey_logged "$1" "$2")" -ge "${3:-1}" ] && return 0
		sleep 0.02
	done
	return 1
}

softkey_end()
{
	local name

	for name in "${!softkey_pid[@]}"; do
		softkey_stop "$name"
	done
	[ -n "$softkey_own" ] && rm -rf "$softkey_own"
	unset SOFTKEY SOFTKEY_ONLY
	return 0
}
