# shellcheck shell=bash
# cards.sh - pcscd and cards in a booted terminal; sourced after rigged.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
#
#   cards_have       what it takes is here and built; 77 and why: it is not
#   cards_begin      after the boot: pcscd runs, no card is in
#   plug CARD TYPE [SLOT], pull CARD...   put in, taken out
#   knobs CARD [KNOB=VALUE...], slot ARGS...   what it does; what others do

cards=$SEK_BUILDDIR/tests/emulators/card
cards_have()
{
	command -v pcscd >/dev/null ||
	    { echo "SKIP: no pcscd (tests/deps)" >&2; return 77; }
	[ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] ||
	    { echo "SKIP: no vsmartcard-vpcd (tests/deps)" >&2; return 77; }
	if ! [ -x "$cards/softcard" ] || ! [ -x "$cards/slot" ]; then
		make -s -C "$SEK_BUILDDIR" tests/emulators/card/softcard \
		    tests/emulators/card/slot >/dev/null || return 99
	fi
}
cards_begin()
{
	term_copy "$cards/softcard" /opt/softcard/softcard
	term_copy "$cards/slot" /opt/softcard/slot
	term_put /etc/systemd/system/softcard@.service <<'UNIT'
[Service]
EnvironmentFile=/opt/softcard/%i.env
ExecStart=/opt/softcard/softcard $TYPE $PORT /opt/softcard/%i /opt/softcard/%i.knobs /opt/softcard/%i.log
UNIT
	term_run sh -c 'cd /etc/systemd/system && rm -f pcscd.socket pcscd.service &&
		systemctl daemon-reload && systemctl start pcscd.socket pcscd.service' ||
	    { echo "not ok rig: pcscd"; return 99; }
}
slot() { term_run /opt/softcard/slot "$@"; }
# knobs CARD [KNOB=VALUE...]: all of its knobs anew
knobs()
{
	local k=$1

	shift
	printf '%s\n' "$@" | term_put /opt/softcard/"$k".new &&
	    term_run mv /opt/softcard/"$k".new /opt/softcard/"$k".knobs
}
declare -A at=()
# plug CARD TYPE [SLOT]
plug()
{
	at[$1]=${3:-0}
	printf 'TYPE=%s\nPORT=%s\n' "$2" $((35963 + ${3:-0})) |
	    term_put /opt/softcard/"$1".env
	term_run sh -c 'touch "/opt/softcard/$1.knobs"
		systemctl reset-failed "softcard@$1" 2>/dev/null
		systemctl start "softcard@$1"' sh "$1" && slot wait "00 0${at[$1]}" present 30000 ||
	    { not_ok "rig: card $1 is put in" ""; exit 1; }
}
pull()
{
	local k

	for k; do
		[ -n "${at[$k]:-}" ] || continue
		term_run systemctl stop "softcard@$k"
		slot wait "00 0${at[$k]}" empty
		unset "at[$k]"
	done
}
