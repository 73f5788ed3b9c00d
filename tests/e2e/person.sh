# shellcheck shell=bash
# person.sh - somebody at a terminal of his own in a booted terminal, who runs
# the tool and answers it; sourced after rigged.sh
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
#
#   person_terminal        once, after term_boot
#   person NAME RC USER ANSWER... -- ARGS   at his terminal the tool ends so:
#                          prompts are answered in turn; @code is the code of the
#                          key that was just shown, @break is Ctrl-C. $seen
#   mine USER ARGS         without a terminal; $json
#   holds NAME FILTER      true of $json

person_terminal()
{
	term_put /root/rig/person.exp <<'X'
set timeout 40
set answers {}
set user [lindex $argv 0]
set argv [lrange $argv 1 end]
while {[llength $argv] > 0 && [lindex $argv 0] ne "--"} {
	lappend answers [lindex $argv 0]
	set argv [lrange $argv 1 end]
}
set argv [lrange $argv 1 end]
set stty_init "rows 60 columns 200"
set run {trap : INT; o=/dev/tty; case " $* " in *" --json "*)
	o=/tmp/out-$(id -un) ;; esac; sekisho "$@" >$o; rc=$?; stty -a | grep -q ' -echo ' && echo ECHO-OFF; exit $rc}
if {$user eq "root"} {
	set uid [lindex $argv 0]
	set argv [lrange $argv 1 end]
	spawn -noecho sh -c "echo $uid >/proc/self/loginuid; $run" sh {*}$argv
} else {
	spawn -noecho setpriv --reuid=$user --regid=$user --init-groups --reset-env \
	    sh -c "PATH=/usr/sbin:/usr/bin:/bin; $run" sh {*}$argv
}
set secret ""
while {1} {
	expect {
		-re {secret=([A-Z2-7]+)&} {
			set secret $expect_out(1,string)
		}
		-re {(Password|code|now|work): $} {
			if {[llength $answers] == 0} {
				puts "\[no answer left\]"
				exit 3
			}
			set a [lindex $answers 0]
			set answers [lrange $answers 1 end]
			if {$a eq "@code"} {
				set a [exec oathtool --totp -b $secret]
			}
			if {$a eq "@break"} { send "\003" } else { send -- "$a\r" }
		}
		eof { break }
		timeout {
			puts "\[nothing for $timeout s\]"
			catch {exec kill -KILL [exp_pid]}
			exit 4
		}
	}
}
exit [lindex [wait] 3]
X
}

person()
{
	local name=$1 expected=$2 rc

	shift 2
	term_mark
	seen=$(term_run expect -f /root/rig/person.exp "$@" 2>&1)
	rc=$?
	if [ $rc = "$expected" ] && ! grep -q ECHO-OFF <<<"$seen"; then
		ok "$name"
	else
		not_ok "$name" "status $rc, not $expected" "$seen"
	fi
}
mine()
{
	local u=$1

	shift
	json=$(term_as "$u" /usr/sbin/sekisho "$@" 2>&1)
}
holds()
{
	if jq -e "$2" <<<"$json" >/dev/null 2>&1; then
		ok "$1"
	else
		not_ok "$1" "not true: $2" "$json"
	fi
}
