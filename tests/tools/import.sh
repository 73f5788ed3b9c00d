#!/bin/bash
# import.sh - CSV files as spreadsheets write them, and as nobody should: all
# lines or none, the wrong one named
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
. "${SEK_SRCDIR:-.}/tests/tools/lib.sh" || exit 99
settings
want 0 init
K=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
csv=$T/tokens.csv

# file FORMAT: printf makes it.
file()
{
	printf "$@" >"$csv"
}
# count N: so many are enrolled.
count()
{
	want 0 authenticator list --json
	json "length == $1"
}
# refused LINE TEXT: named so, and nothing stored.
refused()
{
	want 1 import "$csv"
	says "$csv, line $1: $2"
	[ -z "$3" ] || says "$csv, line $3"
	count "$have"
}

have=0
file ''
refused 1 'the file is empty'
file 'user,method\n'
refused 1 'the columns user, method and secret must be there'
file 'user,method,secret,user\n'
refused 1 'a column is there twice'
file 'user,method,secret,pin\n'
refused 1 'a column of an unknown name'
file "user,method,secret\nnobody,totp,$K\n\nbin,sms,$K\n"
refused 4 'method: totp or hotp'
file "user,method,secret\nnobody,totp,AAAA\n"
refused 2 'secret: too short'
file "user,method,secret\nnobody,totp,GEZDGNBV0189\n"
refused 2 'secret: not base32'
file "user,method,secret\nnobody,totp,$K\nx/y,totp,$K\n"
refused 3 'user: no account can be called so'
file "user,method,secret\nnobody,totp,$K\n,totp,$K\n"
refused 3 'user: no account can be called so'
file "user,method,secret\nnobody,totp,$K\nbin,totp,$K\nnobody,totp,$(tr A-Z a-z <<<$K)\n"
refused 4 'the same token stands in the file before'
file "user,method,secret\nnobody,totp,$K,1\n"
refused 2 'not as many fields'
file "user,method,secret,digits,period\nnobody,totp,$K,9,30\n"
refused 2 'digits: 6, 7 or 8'
file "user,method,secret,digits,period\nnobody,totp,$K,6,15\n"
refused 2 'period: 30 or 60'
file "user,method,secret,period\nnobody,hotp,$K,30\n"
refused 2 'period: only for totp'
file "user,method,secret,counter\nnobody,totp,$K,1\n"
refused 2 'counter: only for hotp'
file "user,method,secret,counter\nnobody,hotp,$K,-1\n"
refused 2 'counter: a number'
file "user,method,secret,algorithm\nnobody,totp,$K,MD5\n"
refused 2 'algorithm: SHA1, SHA256 or SHA512'
file "user,method,secret,label\nnobody,totp,$K,\"a\nb\"\nbin,totp\n"
refused 2 'label: too long, or a control character' '4: not as many fields'
file "user,method,secret,label\nnobody,totp,$K,\"open\n"
refused 2 'the quotes do not match'
file "user,method,secret\nnobody,totp,$K\n$(printf 'a%.0s' {1..5000}),totp,$K\n"
refused 3 'the line is too long'
file 'user,method,secret\nno\0body,totp,%s\n' $K
refused 2 'a NUL byte'
file "user,method,secret,label\nnobody,totp,$K,\x89\xd4\nbin,totp,$K,\xff\xff\n"
refused 3 'neither UTF-8 nor CP932'
file "user,method,secret,label\nnobody,totp,$K,a\nnobody,hotp,$K,a\n"
refused 3 'the user has a token of this label already'
truncate -s $((1024 * 1024 * 1024 + 1)) "$csv"
want 1 import "$csv"
rm -f "$csv"
want 111 import "$csv"
want 1 import "$T"
want 1 import /dev/zero
mkfifo "$T/fifo"
want 1 import "$T/fifo"
want 100 import
count 0

# As Excel writes: a byte order mark, CRLF, columns in another order.
file "\xef\xbb\xbflabel,secret,method,user\r\n\"机, 左\",\"gezd gnbv gy3t qojq gezd gnbv gy3t qojq\",totp,nobody\r\n\r\n,$K,hotp,bin\r\n"
want 0 import "$csv"
have=2
count 2
json 'map(select(.user == "nobody"))[0] | .label == "机, 左" and
    .method == "totp" and .person == "nobody"'
want 1 import "$csv"
says 'line 2: the user has a token of this label already'

# CP932, no newline at the end, a person of another name, parameters.
file "user,method,secret,person,label,digits,period,algorithm,counter\nsys,totp,$K,S0042,\x89\xd4\x8eq\xb6,8,60,sha512,\nbin,hotp,AA$K,,,7,,,41"
want 0 import "$csv"
count 4
json 'map(select(.label == "花子ｶ" and .person == "S0042")) | length == 1'
file "user,method,secret\nsys,hotp,$K\n"
want 0 import "$csv"
count 5
json 'map(select(.user == "sys" and .person == "S0042")) | length == 2'

# The same file again: a key is enrolled once a person.
want 1 import "$csv"
says 'holds this very key already'
count 5

# Names that are no account here yet.
file "user,method,secret\nnot-yet-1,totp,$K\nnot-yet-2,totp,$K\nnot-yet-1,hotp,$K\ndaemon,totp,$K\n"
want 0 import "$csv"
grep -q '^2 names are no account here yet' "$T/out" || fail "2 names: $out"
count 9
[ "$(records '.event == "import"')" -ge 1 ] || fail "imports are not recorded"

# Enough for several chunks of the file, and a wrong last line.
{
	echo user,method,secret,label
	for i in $(seq 3000); do
		printf 'u%05d,totp,GEZDGNBVGY3TQOJQGEZDGNBVGY%04dAA,l\n' $i 0 |
		    tr 018 ABC
	done
} >"$csv"
{ cat "$csv"; echo "x,totp,$K"; } >"$csv.bad"
want 1 import "$csv.bad"
says 'line 3002: not as many fields'
count 9
want 0 import "$csv"
count 3009
want 0 audit verify
# Interrupted: nothing.
for i in $(seq 60000); do
	echo "v$i,totp,$K,l"
done >>"$csv"
sed -i 's/^u/w/; 1s/^w/u/' "$csv"
if command -v setsid >/dev/null; then
	for delay in 0.2 1 3; do
		setsid "$sekisho" --conf "$conf" import "$csv" >"$T/out" \
		    2>"$T/err" </dev/null &
		pid=$!
		sleep $delay
		kill -TERM $pid 2>/dev/null
		wait $pid && break	# it was faster
		count 3009
	done
fi
want 0 audit verify
finish
