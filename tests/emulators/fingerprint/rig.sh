#!/bin/bash
# rig.sh - a system bus and a fingerprint reader of one's own, for a test
# written in sh: source it
#
#   fpr_enter "$0" "$@"            first of all: into a mount namespace of its
#                                  own; comes back there
#   fpr_start real|identify|soft|none [later]
#                                  a bus, and on it fprintd with the virtual
#                                  device, with one that tells fingers apart
#                                  (and forgets them at its end), softfprintd,
#                                  nobody; later: started by the bus, when
#                                  somebody calls
#   fpr_scan LABEL...              fingers, each when the reader waits for one
#   fpr_line LINE...               what it can be told beside (README)
#   fpr_now LINE...                at once, as soon as it is claimed
#   fpr_enrol USER FINGER LABEL    by fprintd-enroll
#   fpr_knob [NAME=VALUE]          softfprintd: one more; none: no knobs at all
#   fpr_unplug                     the reader is pulled out until fpr_up
#   fpr_down, fpr_up               fprintd ends; starts again
#   fpr_bus_down, fpr_bus_up       the bus
#   fpr_finger ARG...              what another program does (finger.c)
#   fpr_logged TEXT, fpr_calls METHOD
#                                  lines of its log with this text; calls
#   fpr_logs TEXT [N]              until there are N such (10 s)
#   fpr_forget                     an empty log
#   fpr_stop                       everything ends
#
# FPR_DIR holds fprintd.log, bus.log, knobs; removed by fpr_stop.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause

: "${FPR_BIN:=${SEK_BUILDDIR:-.}/tests/emulators/fingerprint}"
FPR_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
FPR_DIR=
fpr_kind=
fpr_when=
fpr_bus=
fpr_polkit=
fpr_daemon=

fpr_enter()
{
	local tool

	[ "${FPR_INSIDE:-}" = yes ] && return 0
	[ "$(id -u)" = 0 ] || { echo "SKIP: not root" >&2; exit 77; }
	for tool in dbus-daemon unshare fprintd-enroll /usr/libexec/fprintd \
	    /usr/lib/polkit-1/polkitd; do
		command -v $tool >/dev/null ||
		    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
	done
	if ! [ -x "$FPR_BIN/finger" ] || ! [ -x "$FPR_BIN/softfprintd" ]; then
		make -s -C "${SEK_BUILDDIR:-.}" \
		    tests/emulators/fingerprint/finger \
		    tests/emulators/fingerprint/softfprintd >/dev/null || exit 99
	fi
	FPR_INSIDE=yes exec unshare --mount --propagation private "$@"
}

# The bus and the templates are the namespace's alone.
fpr__mounts()
{
	if ! [ -d /run/dbus ]; then
		mkdir "$FPR_DIR/run" && mount -t tmpfs -o mode=755 fpr "$FPR_DIR/run" &&
		    mkdir "$FPR_DIR/run/upper" "$FPR_DIR/run/work" &&
		    mount -t overlay -o "lowerdir=/run,upperdir=$FPR_DIR/run/upper,workdir=$FPR_DIR/run/work" \
		    fpr /run && mkdir /run/dbus || return 1
	fi
	mount -t tmpfs -o mode=755 fpr /run/dbus &&
	    mkdir /run/dbus/services /run/dbus/policy &&
	    mount -t tmpfs -o mode=700 fpr /var/lib/fprint
}

fpr_start()
{
	fpr_kind=$1
	fpr_when=${2:-now}
	FPR_DIR=$(mktemp -d "${TMPDIR:-/tmp}/fprig.XXXXXX") &&
	    chmod 755 "$FPR_DIR" && fpr__mounts && fpr_bus_up && fpr_up
}

fpr_bus_up()
{
	local i

	dbus-daemon --config-file="$FPR_HERE/bus.conf" --nofork --nopidfile \
	    </dev/null >>"$FPR_DIR/bus.log" 2>&1 &
	fpr_bus=$!
	for ((i = 0; i < 500; i++)); do
		[ -S /run/dbus/system_bus_socket ] && break
		sleep 0.02
	done
	/usr/lib/polkit-1/polkitd --no-debug </dev/null >>"$FPR_DIR/bus.log" 2>&1 &
	fpr_polkit=$!
	for ((; i < 500; i++)); do
		dbus-send --system --print-reply \
		    --dest=org.freedesktop.PolicyKit1 / \
		    org.freedesktop.DBus.Peer.Ping >/dev/null 2>&1 && return 0
		sleep 0.02
	done
	return 1
}
fpr__end()
{
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null
	kill -CONT "$1" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}
fpr_bus_down()
{
	fpr__end "$fpr_bus"
	fpr__end "$fpr_polkit"
	fpr_bus='' fpr_polkit=''
	rm -f /run/dbus/system_bus_socket
}

fpr_up()
{
	local run device=

	[ "$fpr_kind" = identify ] && device=_STORAGE
	case $fpr_kind in
	none)	return 0 ;;
	soft)	run=("$FPR_BIN/softfprintd" /run/dbus/fp.sock "$FPR_DIR/knobs") ;;
	*)	run=(/usr/libexec/fprintd -t) ;;
	esac
	run=(env "FP_VIRTUAL_DEVICE$device=/run/dbus/fp.sock"
	    "FP_DRIVERS_WHITELIST=virtual_device${device,,}"
	    "FP_DRIVERS_ALLOWLIST=virtual_device${device,,}" G_MESSAGES_DEBUG=all "${run[@]}")
	if [ "$fpr_when" = later ]; then
		printf '#!/bin/sh\nexec %s >>%s 2>&1 </dev/null\n' "${run[*]}" \
		    "$FPR_DIR/fprintd.log" >"$FPR_DIR/start" &&
		    chmod 755 "$FPR_DIR/start" &&
		    printf '[D-BUS Service]\nName=net.reactivated.Fprint\nExec=%s\nUser=root\n' \
		    "$FPR_DIR/start" >/run/dbus/services/net.reactivated.Fprint.service
		return
	fi
	"${run[@]}" </dev/null >>"$FPR_DIR/fprintd.log" 2>&1 &
	fpr_daemon=$!
	fpr_finger await owned
}
fpr_down()
{
	rm -f /run/dbus/services/net.reactivated.Fprint.service
	fpr__end "$fpr_daemon"
	fpr_daemon=
	[ -z "$fpr_bus" ] || fpr_finger end
	rm -f /run/dbus/fp.sock
}

fpr_finger() { "$FPR_BIN/finger" "$@"; }
fpr_line() { fpr_finger send "$@"; }
fpr_now() { fpr_finger now "$@"; }
fpr_scan() { fpr_line "${@/#/SCAN }"; }
fpr_enrol()
{
	local pid bad=0 scans=("$3" "$3" "$3" "$3" "$3")

	# Where fingers can be told apart, one is looked at before.
	[ "$fpr_kind" = identify ] && scans+=("$3")
	fprintd-enroll -f "$2" "$1" >>"$FPR_DIR/enroll.log" 2>&1 &
	pid=$!
	fpr_scan "${scans[@]}" || { bad=1; kill $pid; }
	wait $pid && return $bad
}
fpr_knob()
{
	if [ $# = 0 ]; then
		: >"$FPR_DIR/knobs"
	else
		printf '%s\n' "$@" >>"$FPR_DIR/knobs"
	fi
}
fpr_unplug()
{
	local pid rc

	if fpr_finger -w 10 await open; then
		fpr_now UNPLUG
		return
	fi
	"$FPR_BIN/finger" claim root >/dev/null 2>&1 &
	pid=$!
	fpr_now UNPLUG
	rc=$?
	fpr__end $pid
	return $rc
}
fpr_logged() { grep -cF -- "$1" "$FPR_DIR/fprintd.log"; }
fpr_calls()
{
	grep -F "Requesting authorization" "$FPR_DIR/fprintd.log" |
	    grep -cF "to call method '$1'"
}
fpr_logs()
{
	local i

	for ((i = 0; i < 500; i++)); do
		[ "$(fpr_logged "$1")" -ge "${2:-1}" ] && return 0
		sleep 0.02
	done
	return 1
}
fpr_forget() { : >"$FPR_DIR/fprintd.log"; }
fpr_stop()
{
	[ -n "$FPR_DIR" ] || return 0
	fpr_down
	fpr_bus_down
	umount -l /var/lib/fprint /run/dbus
	if [ -d "$FPR_DIR/run" ]; then
		umount -l /run "$FPR_DIR/run"
	fi
	rm -rf --one-file-system "$FPR_DIR"
	FPR_DIR=
	return 0
}
