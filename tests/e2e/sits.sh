# shellcheck shell=bash
# sits.sh - somebody who sits at a terminal while it is locked and opened;
# sourced after rigged.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause

# until_true SECONDS CMD...: it becomes true
until_true()
{
	local i n=$(($1 * 5))

	shift
	for i in $(seq $n); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.2
	done
	return 1
}
# sits SCRIPT CMD...: somebody at a terminal, in the background: expect reads
# SCRIPT after it started CMD. What he sees is in $TERM_DIR/sits.
sits()
{
	local script=$1

	shift
	{
		cat <<-'EXPECT'
		set timeout 300
		log_user 1
		proc sees {text} {
			expect {
				-ex $text {}
				timeout { puts "\[sits: no $text\]"; exit 4 }
				eof { puts "\[sits: no $text, it is over\]"; exit 5 }
			}
		}
		# What is answered at once could be thrown away with what was
		# typed ahead.
		proc answers {prompt text} { sees $prompt; after 300; send -- "$text\r" }
		proc waits_for {file} { while {![file exists $file]} { after 100 } }
		EXPECT
		printf 'spawn -noecho %s\n%s\n' "$*" "$script"
	} | term_put /root/rig/sits.exp
	term_run rm -f /tmp/go
	term_run expect -f /root/rig/sits.exp >"$TERM_DIR/sits" 2>&1 &
	sits=$!
}
seen_by_him() { grep -qF -- "$1" "$TERM_DIR/sits"; }
# sees NAME TEXT: he does, sooner or later
sees()
{
	if until_true 300 seen_by_him "$2"; then
		ok "$1"
	else
		seen=$(cat "$TERM_DIR/sits")
		not_ok "$1" "he does not see $2:" "$seen"
	fi
}
leaves()	# NAME: he got through all of it
{
	local rc

	wait $sits
	rc=$?
	is "$1" 0 $rc
	[ $rc = 0 ] || sed 's/^/# /' "$TERM_DIR/sits"
}
# shellcheck disable=SC2034
SSH='ssh -F none -tt -o UserKnownHostsFile=/root/rig/known_hosts
    -o PreferredAuthentications=keyboard-interactive -o PubkeyAuthentication=no
    -o ConnectTimeout=60'
SSH=$(tr -s ' \n' ' ' <<<"$SSH")
# What is at a locked terminal stands in a cgroup of root's.
frozen() { term_run sh -c 'cat /sys/fs/cgroup/user.slice/*/*/sekisho-lock/cgroup.events' | grep -q '^frozen 1'; }
thawed() { ! term_run sh -c 'ls -d /sys/fs/cgroup/user.slice/*/*/sekisho-lock' >/dev/null 2>&1; }
