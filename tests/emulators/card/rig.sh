#!/bin/bash
# rig.sh - a pcscd of one's own and software cards in its two readers, for a
# test written in sh: source it
#
#   cardrig_enter "$0" "$@"              first of all: into namespaces of its
#                                        own (mounts, network); comes back there
#   cardrig_alone                        no pcscd, not that of the host either:
#                                        for what is done before the next
#   cardrig_start                        pcscd, with the readers "Virtual PCD
#                                        00 00" and "Virtual PCD 00 01"
#   cardrig_insert NAME TYPE [SLOT [KNOB=VALUE...]]
#                                        put a card (jpki, piv, uid) in reader
#                                        SLOT (0, 1); NAME's files are kept
#   cardrig_remove NAME                  take it out
#   cardrig_knobs NAME [KNOB=VALUE...]   all its knobs anew
#   cardrig_back NAME                    until it is in again, after knobs that
#                                        ended its eject, hang or empty
#   cardrig_logged NAME TEXT             lines of its log with this text
#   cardrig_await NAME TEXT [N]          until there are N such (10 s)
#   cardrig_forget NAME                  an empty log
#   cardrig_tries NAME                   tries left, as the card counts
#   cardrig_stop, cardrig_up             pcscd ends; starts again
#   cardrig_slot ARG...                  what another program does (slot.c)
#   cardrig_end                          everything ends
#
# CARDRIG_DIR holds NAME/ (keys, certificates: see README), NAME.knobs,
# NAME.log, pcscd.log; removed by cardrig_end unless it was given.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause

: "${CARDRIG_BIN:=${SEK_BUILDDIR:-.}/tests/emulators/card}"
declare -A cardrig_pid=() cardrig_at=()
cardrig_pcscd=
cardrig_own=

cardrig_enter()
{
	local tool

	[ "${CARDRIG_INSIDE:-}" = yes ] && return 0
	[ "$(id -u)" = 0 ] || { echo "SKIP: not root" >&2; exit 77; }
	for tool in pcscd unshare ip; do
		command -v $tool >/dev/null ||
		    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
	done
	[ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] ||
	    { echo "SKIP: no vsmartcard-vpcd (tests/deps)" >&2; exit 77; }
	if ! [ -x "$CARDRIG_BIN/softcard" ] || ! [ -x "$CARDRIG_BIN/slot" ]; then
		make -s -C "${SEK_BUILDDIR:-.}" tests/emulators/card/softcard \
		    tests/emulators/card/slot >/dev/null || exit 99
	fi
	CARDRIG_INSIDE=yes exec unshare --mount --net --propagation private "$@"
}

# The socket of pcscd and what else it leaves in /run are the namespace's
# alone.
cardrig_alone()
{
	if [ -z "${CARDRIG_DIR:-}" ]; then
		CARDRIG_DIR=$(mktemp -d "${TMPDIR:-/tmp}/cardrig.XXXXXX") || return 1
		cardrig_own=$CARDRIG_DIR
	fi
	mkdir -p "$CARDRIG_DIR/run" && ip link set lo up &&
	    mount -t tmpfs -o mode=755 cardrig "$CARDRIG_DIR/run" &&
	    mkdir "$CARDRIG_DIR/run/upper" "$CARDRIG_DIR/run/work" || return 1
	mount -t overlay -o "lowerdir=/run,upperdir=$CARDRIG_DIR/run/upper,workdir=$CARDRIG_DIR/run/work" \
	    cardrig /run 2>/dev/null || mount -t tmpfs -o mode=755 cardrig /run ||
	    return 1
	mkdir -p /run/pcscd && rm -f /run/pcscd/*
}

cardrig_start()
{
	mountpoint -q "${CARDRIG_DIR:-/none}/run" || cardrig_alone || return 1
	cat >"$CARDRIG_DIR/reader.conf" <<-'CONF'
	FRIENDLYNAME "Virtual PCD"
	DEVICENAME /dev/null:0x8C7B
	LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so
	CHANNELID 0x8C7B
	CONF
	cardrig_up
}

cardrig_up()
{
	rm -f /run/pcscd/*
	pcscd --foreground --config "$CARDRIG_DIR/reader.conf" \
	    </dev/null >>"$CARDRIG_DIR/pcscd.log" 2>&1 &
	cardrig_pcscd=$!
	"$CARDRIG_BIN/slot" wait '00 01' empty 2>/dev/null ||
	    "$CARDRIG_BIN/slot" wait '00 01' present 1000
}
cardrig_stop()
{
	[ -n "$cardrig_pcscd" ] || return 0
	kill "$cardrig_pcscd" 2>/dev/null
	wait "$cardrig_pcscd" 2>/dev/null
	cardrig_pcscd=
	return 0
}

cardrig_slot() { "$CARDRIG_BIN/slot" "$@"; }
cardrig_knobs()
{
	local f=$CARDRIG_DIR/$1.knobs d=$CARDRIG_DIR/$1
	local pid=${cardrig_pid[$1]:-} want i

	shift
	printf '%s\n' "$@" >"$f.new" && mv "$f.new" "$f" || return 1
	[ -n "$pid" ] || return 0
	# The card has read them, and made what they call for.
	want=$(stat -c '%i %.9Y' "$f")
	for ((i = 0; i < 3000; i++)); do
		[ "$(cat "$d/taken" 2>/dev/null)" = "$want" ] && return 0
		kill -0 "$pid" 2>/dev/null || return 0
		sleep 0.02
	done
	echo "cardrig_knobs: $f: not taken" >&2
}
cardrig_insert()
{
	local name=$1 type=$2 slot=${3:-0} d=$CARDRIG_DIR/$1

	if [ $# -gt 3 ] || ! [ -e "$d.knobs" ]; then
		shift $(($# < 3 ? $# : 3))
		cardrig_knobs "$name" "$@"
	fi
	"$CARDRIG_BIN/softcard" "$type" $((35963 + slot)) "$d" "$d.knobs" \
	    "$d.log" </dev/null >/dev/null 2>"$d.err" &
	cardrig_pid[$name]=$!
	cardrig_at[$name]=$slot
	"$CARDRIG_BIN/slot" wait "00 0$slot" present 30000 ||
	    { cat "$d.err" >&2; return 1; }
}
cardrig_remove()
{
	local pid=${cardrig_pid[$1]:-}

	[ -n "$pid" ] || return 0
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	unset "cardrig_pid[$1]"
	[ -z "$cardrig_pcscd" ] ||
	    "$CARDRIG_BIN/slot" wait "00 0${cardrig_at[$1]}" empty
}
cardrig_back()
{
	local i

	for ((i = 0; i < 500; i++)); do
		[ "$(cat "$CARDRIG_DIR/$1/present" 2>/dev/null)" = yes ] && break
		sleep 0.02
	done
	"$CARDRIG_BIN/slot" wait "00 0${cardrig_at[$1]}" present
}
cardrig_logged() { grep -cF -- "$2" "$CARDRIG_DIR/$1.log"; }
cardrig_forget() { : >"$CARDRIG_DIR/$1.log"; }
cardrig_tries() { cat "$CARDRIG_DIR/$1/tries"; }
cardrig_await()
{
	local i

	for ((i = 0; i < 500; i++)); do
		[ "$(cardrig_logged "$1" "$2")" -ge "${3:-1}" ] && return 0
		sleep 0.02
	done
	return 1
}
cardrig_end()
{
	local name

	cardrig_stop
	for name in "${!cardrig_pid[@]}"; do
		cardrig_remove "$name"
	done
	if [ -n "${CARDRIG_DIR:-}" ] && mountpoint -q "$CARDRIG_DIR/run"; then
		umount -l /run "$CARDRIG_DIR/run"
	fi
	[ -n "$cardrig_own" ] && rm -rf --one-file-system "$cardrig_own"
	return 0
}
