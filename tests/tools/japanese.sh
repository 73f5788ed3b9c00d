#!/bin/bash
# japanese.sh - under a Japanese locale the tool says everything in Japanese
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
with_catalogue

# Whatever stands in the environment besides.
others='LANGUAGE=fr:../../../../tmp NLSPATH=/tmp/%N LOCPATH=/tmp'
environment="-u LC_ALL LANG=ja_JP.UTF-8 $others"

# japanese TEXT: no line without a kana, kanji or only numbers, names, commands.
japanese()
{
	local plain

	plain=$(LC_ALL=C.UTF-8 grep -vP '[\p{Hiragana}\p{Katakana}\p{Han}]' \
	    <<<"$1" | grep -vE '^ *sekisho ' |
	    grep -P '[a-z]{3,} [a-z]{3,}')
	[ -z "$plain" ] || fail "not Japanese: $plain"
}

settings
want 0 init
japanese "$out"
grep -q '^language = ja' "$T/etc/sekisho.conf.d/00-terminal.conf" ||
    fail "init did not keep the language"
want 0 enroll totp nobody -y
japanese "$(grep -v '^URI' <<<"$out")"
for v in 'user show nobody' 'user list' 'authenticator list' 'person list' \
    'store status' 'audit verify' 'user unlock nobody' \
    'user suspend nobody --reason x' 'user resume nobody' \
    'person edit nobody --name x' 'policy show lockout.deny'; do
	want 0 $v
	japanese "$out"
done
want 0 --help
japanese "$(grep -vE '^  sekisho ' <<<"$out")"
for v in 'user show frob' 'authenticator disable 00' 'person edit frob --name x' \
    init 'import /dev/zero'; do
	want 1 $v
	japanese "$err"
done
want 1
japanese "$err"
for v in retire 'user retire' frob user '--frob' 'enroll totp nobody' \
    'audit show --event x' 'audit show --from x' 'store clock' \
    'user suspend nobody' 'person edit nobody' 'init --profile x' \
    'enroll totp nobody -y --digits 9'; do
	want 100 $v
	japanese "$(grep -vE '^  sekisho ' <<<"$err")"
done
printf 'user,method,secret\nx,y,z\n' >"$T/x.csv"
want 1 import "$T/x.csv"
japanese "$err"

# English where the locale says so; message.language where it says neither.
environment="-u LC_ALL LANG=en_US.UTF-8 $others"
want 1 user show frob
says 'there is no such user'
environment="LC_ALL=C LANG=en_US.UTF-8 $others"
want 1 user show frob
japanese "$err"
environment="-u LC_ALL LC_MESSAGES=en_GB LANG=ja_JP.UTF-8 $others"
want 1 user show frob
says 'there is no such user'
finish
