#!/bin/bash
# fingerprint_judges.sh - others judge the readers made of software: what
# fprintd's tools and pam_fprintd say of the real fprintd with the virtual
# device, and of softfprintd
#
#	SEK_BUILDDIR=<a build> tests/e2e/fingerprint_judges.sh
#
# So that softfprintd and suite cannot agree on one mistake. As root, in a
# mount namespace of its own; nothing of ours is used but the readers.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/emulators/fingerprint/rig.sh
. "$here/../emulators/fingerprint/rig.sh"
for tool in fprintd-list fprintd-verify fprintd-enroll fprintd-delete pamtester; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
fpr_enter "$0" "$@"
trap fpr_stop EXIT
trap 'exit 130' INT TERM HUP
failed=0

# says NAME REGEX CMD...: exit status and output, "rc=N TEXT"
says()
{
	local name="$kind: $1" want=$2 got rc

	shift 2
	got=$("$@" 2>&1)
	rc=$?
	if tr '\n' ' ' <<<"rc=$rc $got" | grep -qE -- "$want"; then
		echo "ok $name"
	else
		echo "not ok $name"
		printf '    wanted %s\n    rc=%s %s\n' "$want" "$rc" "$got"
		failed=1
	fi
}
is()
{
	if [ "$2" = "$3" ]; then
		echo "ok $kind: $1"
	else
		echo "not ok $kind: $1: wanted $2, got $3"
		failed=1
	fi
}
# meets LINE... -- CMD...: what the reader is told while CMD runs
meets()
{
	local lines=() pid rc

	while [ "$1" != -- ]; do lines+=("$1"); shift; done
	shift
	"$FPR_BIN/finger" send "${lines[@]}" >/dev/null 2>&1 &
	pid=$!
	timeout 20 "$@"
	rc=$?
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	return $rc
}
verify()	{ timeout 10 fprintd-verify "$@" alice; }
pam()		{ pamtester fpr alice authenticate </dev/null; }
enrols() # FINGER LABEL...
{
	local finger=$1

	shift
	# Where fingers can be told apart, one is looked at before.
	[ $kind = identify ] && set -- "$1" "$@"
	meets "${@/#/SCAN }" -- fprintd-enroll -f "$finger" alice
}

# An account and a service of its own.
own=$(mktemp -d) || exit 99
trap 'fpr_stop; umount -l /etc 2>/dev/null; umount -l "$own"; rmdir "$own"' EXIT
mount -t tmpfs -o mode=755 own "$own" && mkdir "$own/upper" "$own/work" &&
    mount -t overlay -o "lowerdir=/etc,upperdir=$own/upper,workdir=$own/work" \
    own /etc || exit 99
grep -q '^alice:' /etc/passwd ||
    echo 'alice:x:54321:54321::/nonexistent:/bin/sh' >>/etc/passwd
printf '%s\n' 'auth required pam_fprintd.so max-tries=1 timeout=10' \
    'account required pam_permit.so' >/etc/pam.d/fpr

for kind in real identify soft; do
	fpr_start $kind || { echo "not ok $kind: starts"; cat "$FPR_DIR"/*.log; exit 99; }

	says "one reader, none of his" 'rc=0 found 1 devices.*has no fingers enrolled' fprintd-list alice
	says "to verify what is not enrolled" '^rc=1 .*No fingerprints|NoEnrolledPrints|no fingers|rc=[^0]' verify
	says "pam: not enrolled" '^rc=[^0]' pam
	says "five scans enrol" 'rc=0 .*(enroll-stage-passed.*){4}enroll-completed' \
	    enrols right-index-finger right right right right right
	says "a template lies there" '/alice/[a-z_]+/0/7 $' find /var/lib/fprint -type f
	says "it is listed" 'right-index-finger' fprintd-list alice
	is "to another program, too" right-index-finger "$(fpr_finger fingers alice)"
	says "it matches" 'rc=0 .*verify-match \(done\)' meets "SCAN right" -- fprintd-verify -f right-index-finger alice
	says "another does not" 'rc=1 .*verify-no-match \(done\)' meets "SCAN left" -- fprintd-verify -f right-index-finger alice
	says "asked for by name" 'rc=0 .*right-index-finger.*verify-match' meets "SCAN right" -- fprintd-verify -f right-index-finger alice
	says "one by name that is not there" 'rc=1' timeout 10 fprintd-verify -f left-thumb alice
	for r in "0:verify-retry-scan" "1:verify-swipe-too-short" \
	    "2:verify-finger-not-centered" "3:verify-remove-and-retry"; do
		says "RETRY ${r%:*} is ${r#*:}, and it goes on" "rc=0 .*${r#*:} \(not done\).*verify-match \(done\)" \
		    meets "RETRY ${r%:*}" "SCAN right" -- fprintd-verify -f right-index-finger alice
	done
	says "ERROR 0" 'verify-unknown-error \(done\)' meets "ERROR 0" -- fprintd-verify -f right-index-finger alice
	says "ERROR 5" 'verify-disconnected \(done\)' meets "ERROR 5" -- fprintd-verify -f right-index-finger alice
	says "pam: it matches" '^rc=0' meets "SCAN right" -- pamtester fpr alice authenticate
	says "pam: another does not" '^rc=1 .*Failed to match fingerprint' meets "SCAN left" -- pamtester fpr alice authenticate
	says "pam: after a retry" '^rc=0' meets "RETRY 1" "SCAN right" -- pamtester fpr alice authenticate
	says "pam: an error" '^rc=1' meets "ERROR 0" -- pamtester fpr alice authenticate
	says "a second finger" 'rc=0 .*enroll-completed' enrols left-thumb left left left left left
	# The plain virtual device cannot tell whose finger it is: fprintd then
	# chooses one, and says which.
	[ $kind = real ] && set -- right || set -- right left
	for f; do
		says "any of two: $f" '^rc=0' meets "SCAN $f" -- pamtester fpr alice authenticate
	done
	says "any of two: neither" '^rc=1' meets "SCAN third" -- pamtester fpr alice authenticate
	says "another finger meanwhile is not read" 'rc=0 .*enroll-stage-passed.*enroll-retry-scan.*enroll-completed' \
	    enrols right-thumb one two one one one one

	"$FPR_BIN/finger" claim alice >"$FPR_DIR/claimed" 2>&1 &
	other=$!
	fpr_finger await open
	for ((i = 0; i < 500; i++)); do [ -s "$FPR_DIR/claimed" ] && break; sleep 0.02; done
	is "another program claims it" claimed "$(cat "$FPR_DIR/claimed")"
	says "then nobody else does" 'rc=1 .*(already claimed|AlreadyInUse)' verify
	says "pam: nor does it" '^rc=1' pam
	kill $other; wait $other 2>/dev/null
	for ((i = 0; i < 500; i++)); do fpr_finger claim alice >"$FPR_DIR/claimed" 2>&1 & other=$!
		sleep 0.05; kill $other; wait $other 2>/dev/null
		[ "$(cat "$FPR_DIR/claimed")" = claimed ] && break; done
	says "who dies has let it go" 'rc=0 .*verify-match' meets "SCAN right" -- fprintd-verify -f right-index-finger alice

	fpr_forget
	says "calls are counted" 'rc=0' meets "SCAN right" -- fprintd-verify -f right-index-finger alice
	is "one Claim" 1 "$(fpr_calls Claim)"
	is "one VerifyStart" 1 "$(fpr_calls VerifyStart)"

	says "fprintd-delete" 'rc=0 .*[Dd]elet' fprintd-delete alice -f left-thumb
	is "two are left" "right-index-finger right-thumb " \
	    "$(fpr_finger fingers alice | sort | tr '\n' ' ')"
	says "unplugged while it waits" 'rc=1|disconnected|NoSuchDevice|unknown-error' meets UNPLUG -- fprintd-verify -f right-index-finger alice
	says "then there is none" 'No devices' fprintd-list alice
	fpr_down
	says "without fprintd" 'rc=1 .*(Impossible|not provided|ServiceUnknown)' fprintd-list alice
	fpr_up || { echo "not ok $kind: starts again"; failed=1; }
	# What the one with a memory of its own had in it is lost.
	[ $kind = identify ] || says "it is back, with its templates" 'rc=0 .*verify-match' meets "SCAN right" -- fprintd-verify -f right-index-finger alice
	fpr_unplug
	says "unplugged when nobody has it" 'No devices' fprintd-list alice
	fpr_bus_down
	says "without a bus" '^rc=1' fprintd-list alice
	says "pam: without a bus" '^rc=1' pam
	fpr_stop
done
# ------------------------------------------------- knobs of softfprintd --

kind=soft
fpr_start soft || exit 99
enrols right-index-finger right right right right right >/dev/null 2>&1
# with KNOB...: these and no others
with() { fpr_knob; fpr_knob "$@"; fpr_forget; }
verified() { meets "SCAN $1" -- fprintd-verify -f right-index-finger alice; }
with readers=0
says "readers=0" 'No devices' fprintd-list alice
with readers=2
says "readers=2" 'found 2 devices' fprintd-list alice
with claimed=yes
says "claimed" 'AlreadyInUse' verified right
with error.Claim=PermissionDenied
says "error.Claim" 'Error.PermissionDenied' verified right
with error.VerifyStart=org.freedesktop.DBus.Error.NoMemory
says "error.VerifyStart, by its whole name" 'NoMemory|Not enough memory' verified right
for m in Claim VerifyStart; do
	with hang=$m
	says "hang=$m" '^rc=124' timeout 2 fprintd-verify alice
	is "hang=$m: it was called" 1 "$(fpr_calls $m)"
	with
	says "hang=$m: then others are served" 'verify-match \(done\)' verified right
done
for m in GetDefaultDevice Claim VerifyStart; do
	with exit=$m
	says "exit=$m" '^rc=[1-9]' timeout 5 fprintd-verify alice
	with
	fpr_down && fpr_up || failed=1
	says "exit=$m: then it is back" 'verify-match \(done\)' verified right
done
with freeze=Claim
says "freeze=Claim" '^rc=124' timeout 2 fprintd-verify alice
says "freeze=Claim: nobody is served any more" '^rc=124' timeout 2 fprintd-list alice
with
fpr_down && fpr_up || failed=1
with wrongtype=GetDevices
says "wrongtype=GetDevices" '^rc=[1-9].*(type|Impossible)' timeout 5 fprintd-list alice
with forged=verify-match
says "forged: of another connection: its tools do not take it" 'verify-no-match \(done\)' verified left
is "forged: it was sent" 1 "$(fpr_logged 'signal VerifyStatus verify-match 1')"
with other=verify-match
says "other: of another reader: they do not take it" 'rc=1 .*verify-no-match \(done\)' verified left
is "other: it was sent" 1 "$(fpr_logged 'signal VerifyStatus verify-match 1 of /net/reactivated/Fprint/Device/7')"
with late=verify-match
says "late: nobody listens any more" 'rc=1 .*verify-no-match \(done\)' verified left
is "late: it was sent" 1 "$(fpr_logged 'signal VerifyStatus verify-match 1')"
with early=verify-match
says "early: before the scan: they wait on" '^rc=124' timeout 3 fprintd-verify alice
is "early: it was sent" 1 "$(fpr_logged 'signal VerifyStatus verify-match 1')"
with result=verify-nonsense
says "result" 'verify-nonsense \(done\)' verified right
with selected=left-thumb
says "selected" 'Verifying: left-thumb' verified right
with scan=swipe "name=Reader of knobs"
says "scan, name" 'Reader of knobs \(swipe\)' fprintd-list alice
with list=left-thumb,right-thumb
says "list" 'left-thumb.*right-thumb' fprintd-list alice
with duplicate=yes
says "duplicate" 'enroll-duplicate' enrols left-thumb right right right right right
with full=yes
says "full" 'enroll-data-full' enrols left-thumb new new new new new
with stages=2
says "stages=2" 'rc=0 Using.*enroll-stage-passed Enroll result: enroll-stage-passed Enroll result: enroll-completed' enrols left-thumb new new
with
for l in "SUSPEND:unknown-error" "UNPLUG:disconnected"; do
	says "${l%:*}" "verify-${l#*:} \\(done\\)" meets "${l%:*}" -- fprintd-verify -f right-index-finger alice
done
fpr_down && fpr_up || failed=1
says "DIE while it waits" '^rc=(1|124)' meets DIE -- timeout 3 fprintd-verify alice
fpr_down && fpr_up || failed=1
fpr_now RESTART
fpr_finger await owned
says "RESTART" 'verify-match' verified right
fpr_down
with owner=65534
fpr_up || failed=1
says "owner" 'UID=65534|EUID=65534' busctl --system status net.reactivated.Fprint
fpr_stop
exit $failed
