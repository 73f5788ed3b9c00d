#!/bin/bash
# glass.sh - envelopes that were opened without the store are told to it by
# whatever root runs next, once, and again after a restore that lost them
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh"
command -v python3 >/dev/null || { echo "skip: no python3"; exit 77; }
[ -s /etc/machine-id ] || { echo "skip: no machine-id"; exit 77; }

settings
want 0 init
glass=$T/etc/break-glass
mkdir -p -m 700 "$glass"

# opened ID [MACHINE-ID]: as an opening two hours ago leaves it.
opened()
{
	python3 - "$glass/$1.open" "$1" "${2:-$(head -c 32 /etc/machine-id)}" <<'PY'
import hashlib, os, sys, time
path, ident, machine = sys.argv[1:]
seal = hashlib.blake2b(machine.encode(), digest_size=16,
                       key=b"sekisho envelope 1").hexdigest()
at = int((time.time() - 7200) * 1e6)
boot = open("/proc/sys/kernel/random/boot_id").read().strip().replace("-", "")
first = (f"version=1\nid={ident}\naccount=root\nuid=0\nmachine={seal}\n"
         f"made={at - 10**9}\nends={at + 10**13}\nhash=$argon2id$none\n")
second = (f"opened={at}\nboot=1000\nboot_id={boot}\nsynced=1\ngate=77\n"
          "gate_start=5\nparent=76\nparent_start=4\nservice=login\ntty=tty1\n"
          "rhost=\ntaken=1\n")
fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
os.write(fd, first.encode().ljust(2048, b"\n") +
         second.encode().ljust(2048, b"\n"))
PY
}
# recorded ID: how many records tell of it.
recorded()
{
	records ".event == \"break-glass\" and .authenticator == \"glass:$1\" and .subject == \"root\" and .tty == \"tty1\""
}
told()
{
	[ -e "$glass/$1.told" ] && ! [ -e "$glass/$1.open" ]
}

# By the tool without a verb.
opened 0000aaaa
run
told 0000aaaa || fail "without a verb it is not taken in: $err"
says 'a report of each is due'
[ "$(recorded 0000aaaa)" = 1 ] || fail "no record of 0000aaaa"
want 0 approvals --json
json 'map(select(.value == "0000aaaa")) | length == 1'
json 'map(select(.value == "0000aaaa")) | .[0].kind == "break-glass"'
run
[ "$(recorded 0000aaaa)" = 1 ] || fail "recorded twice"

# By upkeep, beside a wrong file and another machine's.
opened 0000bbbb
opened 0000cccc 0123456789abcdef0123456789abcdef
echo "not an envelope" >"$glass/0000dddd.open"
run store upkeep
told 0000bbbb || fail "upkeep does not take it in: $err"
[ "$(recorded 0000bbbb)" = 1 ] || fail "no record of 0000bbbb"
[ -e "$glass/0000cccc.open" ] || fail "another machine's is called told"
[ "$(recorded 0000cccc)" = 0 ] || fail "another machine's is recorded"
[ -e "$glass/0000dddd.open" ] || fail "a wrong file is called told"
rm "$glass/0000cccc.open" "$glass/0000dddd.open"

# While the store does not answer it waits; the next verb takes it in.
opened 0000eeee
mv "$T/var" "$T/away"
run approvals
[ "$rc" = 111 ] || fail "approvals without a store: $rc"
told 0000eeee && fail "told to a store that is not there"
mv "$T/away" "$T/var"
want 0 approvals
told 0000eeee || fail "not taken in by the next verb: $err"

# A restored store hears again of what came after the backup.
printf 'correct horse battery staple\n' >"$T/pass"
chmod 600 "$T/pass"
want 0 store backup "$T/backup" -y --passphrase-file "$T/pass"
opened 0000ffff
want 0 approvals
told 0000ffff || fail "0000ffff is not taken in"
rm -rf "$T/var"
want 0 store restore "$T/backup" -y --passphrase-file "$T/pass"
want 0 approvals --json
json 'map(select(.value == "0000ffff")) | length == 1'
json 'map(select(.value == "0000aaaa")) | length == 1'
[ "$(recorded 0000ffff)" = 1 ] || fail "the restored store has no record"
want 0 audit verify

# Who makes one takes the others away. Two at once, the first one held up where
# he prints his sheet: one is left all the same.
one()
{
	env $environment "$sekisho" --conf "$conf" ticket issue root \
	    --purpose break-glass --reason safe -y --json </dev/null
}
sealed() { find "$glass" -name '*.seal' | wc -l; }
one >/dev/null || fail "none is made"
mkfifo "$T/full"
exec 7<>"$T/full"
dd if=/dev/zero of="$T/full" bs=4096 oflag=nonblock 2>/dev/null
one >&7 2>"$T/first" &
first=$!
for _ in $(seq 100); do
	[ "$(sealed)" = 2 ] && break
	sleep 0.1
done
[ "$(sealed)" = 2 ] || fail "the first one is not held up: $(sealed)"
one >"$T/second" 2>/dev/null &
second=$!
for _ in $(seq 20); do
	kill -0 $second 2>/dev/null || break
	sleep 0.1
done
cat <&7 >/dev/null &
drain=$!
wait $first $second
kill $drain
exec 7>&-
[ "$(sealed)" = 1 ] || fail "made at once: $(sealed) are left"
id=$(jq -r .id "$T/second")
[ -e "$glass/$id.seal" ] || fail "the one made last is not the one that is left"

# Nobody sees its sheet: the one of before stays.
one >&- 2>/dev/null && fail "one that nobody saw is made"
[ "$(cd "$glass" && echo *.seal)" = "$id.seal" ] ||
    fail "nobody saw the new one, and the old one is gone"

[ $failed = 0 ] && echo "ok: what was opened is taken in"
exit $failed
