#!/bin/sh
# replay.sh - every fuzz target takes its seeds without a fault
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
rc=0
[ -n "$FUZZ_TARGETS" ] || { echo "skip: no fuzz target yet"; exit 77; }
for t in $FUZZ_TARGETS; do
	seeds=$SEK_SRCDIR/tests/fuzz/corpus/$(basename "$t")
	if ! [ -d "$seeds" ]; then
		echo "not ok: $t has no seeds in $seeds"
		rc=1
	elif ! timeout 60 "$SEK_BUILDDIR/$t" "$seeds"; then
		echo "not ok: $t"
		rc=1
	fi
done
exit $rc
