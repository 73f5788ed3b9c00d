#!/bin/bash
# selinux.sh - the policy module in contrib/selinux compiles, and each path is
# labelled with a type of its own or an old one
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
cd "${SEK_SRCDIR:-.}/contrib/selinux" || exit 99
command -v checkmodule >/dev/null || { echo "skip: no checkmodule (checkpolicy)"; exit 77; }
T=$(mktemp -d) || exit 99
trap 'rm -rf "$T"' EXIT
checkmodule -M -m -o "$T/sekisho.mod" sekisho.te || { echo "not ok: sekisho.te"; exit 1; }
rc=0
while read -r path rest; do
	type=$(grep -oE 'object_r:[a-z_]+' <<<"$rest" | cut -d: -f2)
	case $type in
	sekisho_*) grep -qE "^type $type," sekisho.te ||
	    { echo "not ok: $path: no type $type"; rc=1; } ;;
	bin_t) ;;
	*) echo "not ok: $path: type '$type'"; rc=1 ;;
	esac
done <sekisho.fc
if command -v semodule_package >/dev/null; then
	semodule_package -o "$T/sekisho.pp" -m "$T/sekisho.mod" -f sekisho.fc ||
	    { echo "not ok: package"; rc=1; }
fi
exit $rc
