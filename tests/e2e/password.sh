#!/bin/bash
# password.sh - passwords changed by the real passwd, chpasswd, login, ssh, su
# and sudo in a booted terminal: temporary, due by age and by uses, known to
# others, set by other means, used before; and a change that fails half-way
#
#	SEK_BUILDDIR=<a build for /usr> tests/e2e/password.sh
#
# dan is an administrator. What a killed change leaves is brought about by locks
# that are held, not by luck: of /etc/shadow, then of the store.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=tests/e2e/terminal.sh
. "$here/terminal.sh"
# shellcheck source=tests/e2e/rigged.sh
. "$here/rigged.sh"

for tool in jq oathtool sqlite3; do
	command -v $tool >/dev/null ||
	    { echo "SKIP: no $tool (tests/deps)" >&2; exit 77; }
done
people='alice amy cam dan eve gus hana kim nora oto rob sue tom'
# shellcheck disable=SC2086
rigged_boot $people || exit
term_run usermod -aG sudo dan || exit 99
echo 'sue ALL=(ALL:ALL) ALL' | term_put /etc/sudoers.d/rig 440

# settings [LINE]...: more of [password]
settings()
{
	{
		cat <<-'CONF'
		[terminal]
		allow_remote = yes
		[message]
		language = en
		[lockout]
		deny = 60
		privileged_deny = 50
		delay = 0
		[privilege]
		users = dan
		[password]
		min_age = 0
		CONF
		printf '%s\n' "$@"
	} | term_put /etc/sekisho/sekisho.conf
}
settings 'temporary_valid = 5m'
problem=$(term_run sekisho policy check 2>&1) ||
    { echo "not ok policy check: $problem"; exit 1; }
# gus's is older than the store that sees it first.
term_run chage -d 2020-01-01 gus
for u in $people; do
	enrol "$u" || { echo "not ok enroll $u"; exit 1; }
done
seen=$(term_run sekisho stack enable -y 2>&1) ||
    { not_ok "stack enable" "$seen"; exit 1; }
for s in passwd chpasswd login sshd other; do
	if seen=$(term_run grep -x '@include sekisho-password' /etc/pam.d/$s 2>&1)
	then ok "enable: $s changes passwords by ours"
	else not_ok "enable: $s changes passwords by ours" "$seen"; fi
done

# ends NAME RC CMD...: it ends so
ends()
{
	local name=$1 want=$2 rc

	shift 2
	term_mark
	seen=$("$@" 2>&1)
	rc=$?
	if [ "$want" = fails ] && [ $rc != 0 ] && [ $rc != 4 ] ||
	    [ "$rc" = "$want" ]; then
		ok "$name"
	else
		not_ok "$name" "status $rc, not $want" "$seen"
	fi
}
# in_by NAME USER PASSWORD ANSWER..., out_by: ssh with the next code (counted
# here, not in a subshell), then the answers
in_by()
{
	local name=$1 u=$2 pass=$3

	shift 3
	code "$u"
	gets_in "$name" term_ssh keyboard-interactive "$u" "$pass" "$code" \
	    "$@" -- "$mark"
}
out_by()
{
	local name=$1 u=$2 pass=$3

	shift 3
	code "$u"
	stays_out "$name" term_ssh keyboard-interactive "$u" "$pass" "$code" \
	    "$@" -- "$mark"
}
own()	# USER ANSWER...: passwd as the user
{
	local u=$1

	shift
	term_talk "$@" -- setpriv --reuid="$u" --regid="$u" --init-groups \
	    --reset-env passwd
}
as_root() { echo "$1:$2" | term_run chpasswd; }
password() { term_run sekisho user show "$1" --json | jq -r ".password.$2"; }

# --- a temporary one, changed at the first login: ssh, and the console
seq_now
made=$(date +%s)
json=$(term_run sekisho password temporary tom -y --json)
tom=$(jq -r .password <<<"$json")
[ ${#tom} -ge 12 ] && ok "temporary: made" || not_ok "temporary: made" "$json"
recorded "temporary: recorded" password-set '.target == "tom"'
is "temporary: told so of him" true "$(password tom temporary)"
settings
out_by "temporary: the one of before opens nothing" tom pw-tom
json=$(term_run sekisho password temporary alice -y --json)
alice=$(jq -r .password <<<"$json")
seen=$(term_run sekisho password temporary amy -y --slip 2>&1)
amy=$(sed -n '/Temporary password:/,$p' <<<"$seen" | sed -n '3s/^ *//p')
shows "temporary: a slip to be sealed" 'Handed over by'
[ -n "$amy" ] && ok "temporary: it is on the slip" || not_ok "temporary: it is on the slip" "$seen"
seq_now
in_by "temporary: changed at the first login by ssh" \
    alice "$alice" "$alice" 'violin-copper-fern' 'violin-copper-fern'
shows "temporary: told why" 'temporary password'
recorded "temporary: the change is recorded" password-changed '.target == "alice"'
in_by "temporary: the new one by itself, from then on" alice violin-copper-fern
out_by "temporary: it is spent" alice "$alice"
code amy
gets_in "temporary: changed at the first login by the console" term_console \
    ttyS9 amy "$amy" "$code" "$amy" 'walrus-button-kite' 'walrus-button-kite' \
    --then "$mark"
code amy
gets_in "temporary: and the new one there, from then on" term_console \
    ttyS9 amy walrus-button-kite "$code" --then "$mark"

# --- not fit: nothing changes
ends "not fit: short" fails own eve pw-eve dew dew kit kit fox fox
ends "not fit: his own name" fails own eve pw-eve eve-eve-eve-eve eve-eve-eve-eve \
    evelyn-eve-2026 evelyn-eve-2026 eve20262026eve eve20262026eve
ends "not fit: two that differ" fails own eve pw-eve violet-hammer-soup \
    violet-hammer-soap violet-hammer-soup violet-hammer-sour \
    violet-hammer-soup violet-hammer-sous
ends "not fit: root's chpasswd neither" fails as_root hana password
in_by "not fit: the one of before still opens" eve pw-eve
seq_now
ends "wrong: the present one" fails own eve wrong-wrong-wrong
counts "wrong: it counts" 1 eve
unlock eve

# --- used before: every one of them
ends "used before: eve changes hers" 0 own eve pw-eve violet-hammer-soup violet-hammer-soup
last=violet-hammer-soup
for next in barley-comet-rope thistle-piano-cave; do
	ends "used before: then to $next" 0 own eve $last $next $next
	last=$next
done
for old in violet-hammer-soup barley-comet-rope thistle-piano-cave; do
	ends "used before: $old" fails own eve $last $old $old $old $old $old $old
	ends "used before: $old by root" fails as_root eve $old
done
ends "used before: nearly the present one" fails own eve $last \
    thistle-piano-cave1 thistle-piano-cave1 Thistle-piano-cave \
    Thistle-piano-cave evac-onaip-eltsiht evac-onaip-eltsiht
in_by "used before: the present one opens" eve $last
ends "root: sets another by chpasswd" 0 as_root hana 'gravel-mitten-opal'
in_by "root: it opens" hana gravel-mitten-opal
recorded "root: recorded as set by another" password-set '.target == "hana"'

# --- due: by age, by uses, by an administrator's word
in_by "due by age: changed at the login" \
    gus pw-gus pw-gus 'lizard-candle-moss' 'lizard-candle-moss'
shows "due by age: told why" 'reached its age'
in_by "due by age: not again" gus lizard-candle-moss
in_by "due by uses: one" nora pw-nora
in_by "due by uses: two" nora pw-nora
settings 'max_uses = 2'
out_by "due by uses: not on as it is" nora pw-nora
in_by "due by uses: changed" \
    nora pw-nora pw-nora 'saddle-onion-rain' 'saddle-onion-rain'
shows "due by uses: told why" 'as often as it may'
settings
ends "due by word" 0 term_run sekisho password expire oto
gets_in "due by word: su, of root's" term_run su oto -c "$mark"
code oto
gets_in "due by word: su, of another" term_talk pw-oto "$code" pw-oto \
    timber-jelly-nest timber-jelly-nest -- setpriv --reuid=alice \
    --regid=alice --init-groups --reset-env su oto -c "$mark"
in_by "due by word: and by ssh" oto timber-jelly-nest
# sudo, in a login that began before.
code sue
one=$code
code sue
TERM_SSH_OPTIONS=-tt term_ssh keyboard-interactive sue pw-sue "$one" pw-sue \
    "$code" pw-sue marble-goose-tent marble-goose-tent -- "touch /tmp/sue
    until [ -e /tmp/due ]; do sleep 0.2; done; sudo -k; sudo -u oto sh -c '$mark'" \
    >"$TERM_DIR/sudo" 2>&1 &
job=$!
for i in $(seq 600); do term_run test -e /tmp/sue && break; sleep 0.2; done
ends "due by word: meanwhile" 0 term_run sekisho password expire sue
term_run touch /tmp/due
wait $job
seen=$(<"$TERM_DIR/sudo")
shows "due by word: sudo has it changed" 'IN-42'
in_by "due by word: and that one opens" sue marble-goose-tent

# --- known to others
seq_now
ends "known to others: said" 0 \
    term_run sekisho password compromised cam --reason 'on a note at the screen'
recorded "known to others: recorded, with the reason" password-compromised \
    '.target == "cam" and (tostring | test("on a note at the screen"))'
out_by "known to others: opens nothing as it is" cam pw-cam
in_by "known to others: changed" \
    cam pw-cam pw-cam harbor-pillow-quartz harbor-pillow-quartz
ends "known to others: never again, of her own" fails own cam \
    harbor-pillow-quartz pw-cam pw-cam pw-cam pw-cam pw-cam pw-cam
ends "root: a privileged person's, by the longer length" 0 \
    as_root dan 'velvet-anchor-spoon-hill'

# --- set by other means
in_by "by other means: before" hana gravel-mitten-opal
seq_now
hash=$(term_run openssl passwd -6 'outside-outside' 2>/dev/null ||
    perl -e 'print crypt("outside-outside", "\$6\$rigrigrig\$")')
term_run usermod -p "$hash" hana
in_by "by other means: it opens" hana outside-outside
recorded "by other means: it is noticed" password-outside '.target == "hana" or .subject == "hana"'
ends "by other means: it is one of hers from then on" fails own hana \
    outside-outside outside-outside outside-outside outside-outside \
    outside-outside outside-outside outside-outside

# --- a change that fails: history and shadow agree
# agrees NAME USER PRESENT NOT: the present one opens, is one of his, and was
# set by us; the other is none of his
agrees()
{
	local name=$1 u=$2 present=$3 other=$4

	in_by "$name: $present opens" "$u" "$present"
	out_by "$name: $other does not" "$u" "$other"
	unlock "$u"
	seen=$(record password-outside ".target == \"$u\" or .subject == \"$u\"")
	is "$name: nothing came from outside" "" "$seen"
	ends "$name: the present one is in the history" fails own "$u" \
	    "$present" "$present" "$present" "$present" "$present" \
	    "$present" "$present"
}
in_by "read-only: before" rob pw-rob
seq_now
term_run sh -c 'mount --bind /etc /etc && mount -o remount,bind,ro /etc' || exit 99
ends "read-only: his change fails" fails own rob pw-rob 'pepper-stove-ivy' 'pepper-stove-ivy'
ends "read-only: root's fails" fails as_root rob 'pepper-stove-ivy'
term_run umount /etc
agrees "read-only" rob pw-rob pepper-stove-ivy
ends "read-only: the one that failed may be taken" 0 own rob pw-rob \
    pepper-stove-ivy pepper-stove-ivy
agrees "read-only, then done" rob pepper-stove-ivy pw-rob

# Killed while the backend waits for /etc/shadow: it took none.
term_put /root/rig/killed 755 <<'KILLED'
#!/bin/bash
# killed STAGE PASSWORD: passwd of kim is killed before the backend has written
# (before), or between that and the store (between)
exec 2>&1
# /etc/.pwd.lock is a POSIX lock.
coproc pwd { perl -MFcntl=:flock,:DEFAULT -e '
	use Fcntl; $| = 1; open(F, "+>>", "/etc/.pwd.lock") or die;
	my $l = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0);
	fcntl(F, F_SETLKW, $l) or die "lock: $!"; print "held\n"; <STDIN>'; }
read -r -u "${pwd[0]}" word && [ "$word" = held ] || exit 90
was=$(getent shadow kim)
printf '%s\n%s\n' "$2" "$2" | passwd kim >/root/rig/passwd.out 2>&1 &
pid=$!
for i in $(seq 3000); do
	grep -qE -- "-> POSIX .* $pid " /proc/locks && break
	kill -0 $pid 2>/dev/null || { cat /root/rig/passwd.out; exit 91; }
	sleep 0.02
done
if [ "$1" = between ]; then
	# The store is held before the backend may go on.
	coproc store { sqlite3 -cmd '.timeout 60000' /var/lib/sekisho/store.db; }
	printf 'BEGIN IMMEDIATE;\nSELECT "held";\n' >&"${store[1]}"
	read -r -u "${store[0]}" word && [ "$word" = held ] || exit 92
	echo >&"${pwd[1]}"
	for i in $(seq 3000); do
		[ "$(getent shadow kim)" = "$was" ] || break
		kill -0 $pid 2>/dev/null || break
		sleep 0.02
	done
	[ "$(getent shadow kim)" != "$was" ] || { cat /root/rig/passwd.out; exit 93; }
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	printf 'ROLLBACK;\n.quit\n' >&"${store[1]}"
else
	kill -KILL $pid
	wait $pid 2>/dev/null
	echo >&"${pwd[1]}"
	[ "$(getent shadow kim)" = "$was" ] || exit 94
fi
exit 0
KILLED
in_by "killed: before" kim pw-kim
seq_now
ends "killed: while the backend waits" 0 term_run /root/rig/killed before 'cactus-ladder-plum'
agrees "killed before the backend wrote" kim pw-kim cactus-ladder-plum
# The backend waits 15 s for its lock, which a busy machine may take: once more.
for i in $(seq 10); do
	term_run /root/rig/killed between 'cactus-ladder-plum' \
	    >"$TERM_DIR/killed" 2>&1
	rc=$?
	[ $rc = 93 ] || break
done
is "killed: when the backend has it, and the store not yet" 0 "$rc"
[ $rc = 0 ] || sed 's/^/# /' "$TERM_DIR/killed"
agrees "killed after the backend wrote" kim cactus-ladder-plum pw-kim
ends "killed: what was before is used" fails own kim cactus-ladder-plum \
    pw-kim pw-kim pw-kim pw-kim pw-kim pw-kim

# --- and the temporary one that nobody used in time
while [ "$(date +%s)" -le $((made + 301)) ]; do sleep 1; done
out_by "temporary, over: it opens nothing" \
    tom "$tom" "$tom" 'meadow-pulley-fig' 'meadow-pulley-fig'
json=$(term_run sekisho password temporary tom -y --json)
tom=$(jq -r .password <<<"$json")
in_by "temporary, over: another one does" \
    tom "$tom" "$tom" 'meadow-pulley-fig' 'meadow-pulley-fig'

# --- none of them is told anywhere
seen=$(term_run sekisho audit show --json; term_log)
hides "no password is in a record or in the log" \
    "$alice|$amy|$tom|violin-copper|thistle-piano|outside-outside|cactus-ladder"
if problem=$(term_run sekisho audit verify 2>&1); then
	ok "audit verify"
else
	not_ok "audit verify" "$problem"
fi
exit $bad
