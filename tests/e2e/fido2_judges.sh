#!/bin/bash
# fido2_judges.sh - others judge the software key: what libfido2's own tools,
# pam_u2f, OpenSSH and python-fido2 say of it, knob by knob
#
#	SEK_BUILDDIR=<a build> tests/e2e/fido2_judges.sh
#
# So that key and suite cannot agree on one mistake. As root, in a mount
# namespace of its own; nothing of ours is used but the key.
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
if [ "${1:-}" != --inside ]; then
	if ! [ -x "$SEK_BUILDDIR/tests/emulators/fido2/softkey" ]; then
		make -s -C "$SEK_BUILDDIR" tests/emulators/fido2/softkey \
		    tests/emulators/fido2/softkey-preload.so >/dev/null || exit 99
	fi
	exec unshare --mount --propagation private "$0" --inside
fi
mount -t tmpfs -o mode=755 pam.d /etc/pam.d || exit 99
# shellcheck source=tests/emulators/fido2/softkey.sh
. "$here/../emulators/fido2/softkey.sh"
trap softkey_end EXIT
trap 'exit 130' INT TERM HUP
cd "$SOFTKEY_DIR" || exit 99
preload=$(softkey_preload)
dev=softkey:$SOFTKEY_DIR/a.sock
failed=0

# with CMD...: the key is seen; no terminal, so that a PIN is read from stdin
with() { timeout 120 setsid -w env LD_PRELOAD="$preload" "$@"; }
# says NAME REGEX CMD...: exit status and output, "rc=N TEXT"
says()
{
	local name=$1 want=$2 got rc

	shift 2
	got=$("$@" 2>&1)
	rc=$?
	if grep -qE -- "$want" <<<"rc=$rc $got"; then
		echo "ok $name"
	else
		echo "not ok $name"
		printf '    wanted %s\n    rc=%s %s\n' "$want" "$rc" "$got"
		failed=1
	fi
}
knobs() { softkey_knobs a "$@"; }
again() { softkey_stop a; softkey_start a "$@" || exit 99; }

# ------------------------------------------------------- fido2-tools --

cdh=$(head -c 32 /dev/urandom | base64)
printf '%s\nrig\nalice\n%s\n' "$cdh" "$(printf uid1 | base64)" >make.in
# make_verify ALG [ARG...]: fido2-cred -M, then -V; leaves assert.in and pk
make_verify()
{
	local alg=$1

	shift
	rm -f made verified
	with fido2-cred -M "$@" -i make.in -o made "$dev" "$alg" || return
	with fido2-cred -V "$@" -i made -o verified "$alg" || return
	printf '%s\nrig\n%s\n' "$cdh" "$(head -n 1 verified)" >assert.in
	tail -n +2 verified >pk
}
# fido2-assert: of the last made; -V takes what -G gave
assert() { rm -f signed; with fido2-assert -G "$@" -i assert.in -o signed "$dev"; }
sound() { with fido2-assert -V "$@" -i signed pk; }
assert_sound() { assert -p && sound -p; }
with_pin() { local pin=$1; shift; printf '%s\n' "$pin" | "$@"; }

softkey_start a || exit 99
says "token -L lists it by its name" 'softkey:.*/a.sock: .*Sekisho tests Softkey' \
    with fido2-token -L
says "token -I: what it is able to" 'FIDO_2_1.*' with fido2-token -I "$dev"
for alg in es256 eddsa rs256; do
	for att in x5c self; do
		knobs att=$att
		says "cred and assert take $alg, attestation $att" '^rc=0' \
		    make_verify $alg
		says "assert -V takes its signature by $alg" '^rc=0' \
		    eval 'assert -p && with fido2-assert -V -p -i signed pk '$alg
	done
done
knobs alg=es256
says "alg=es256: no EdDSA" 'FIDO_ERR_UNSUPPORTED_ALGORITHM' make_verify eddsa
knobs attsig=corrupt
says "attsig=corrupt" 'FIDO_ERR_INVALID_SIG' make_verify es256
knobs
says "one more for what follows" '^rc=0' make_verify es256

for wrong in sig=wrongkey sig=corrupt sig=short; do
	knobs $wrong
	says "$wrong is given, and does not verify" \
	    'FIDO_ERR_INVALID_SIG' assert_sound
done
for wrong in rphash=wrong clearflags=up; do
	knobs $wrong
	says "$wrong: INVALID_PARAM" 'FIDO_ERR_INVALID_PARAM' assert_sound
done
knobs
says "one that will come again" '^rc=0' assert_sound
knobs sig=replay
says "sig=replay: the signature of before, for another question" \
    'FIDO_ERR_INVALID_SIG' eval 'cp assert.in kept;
	sed -i "1s|.*|$(head -c 32 /dev/urandom | base64)|" assert.in
	assert_sound; rc=$?; mv kept assert.in; exit $rc'
knobs touch=delay:300
says "touch=delay is taken in the end" '^rc=0' assert_sound
knobs touch=timeout:200
says "touch=timeout" 'FIDO_ERR_USER_ACTION_TIMEOUT|FIDO_ERR_ACTION_TIMEOUT' assert_sound
knobs touch=deny
says "touch=deny" 'FIDO_ERR_OPERATION_DENIED' assert_sound
knobs touch=never
says "touch=never: it waits until ended" '^rc=(124|137)' \
    timeout -s KILL 1 env LD_PRELOAD="$preload" fido2-assert -G -p -i assert.in "$dev"
for when in recv touch mid; do
	knobs yank=$when
	says "yank=$when: the link breaks" 'FIDO_ERR_RX|FIDO_ERR_TX' assert_sound
done
for kind in yes short empty bare huge hugemap types nested big cut; do
	knobs garbage="$kind"
	if [ "$kind" = cut ]; then
		says "garbage=cut: its rest never comes" '^rc=(124|137)' \
		    timeout -s KILL 1 env LD_PRELOAD="$preload" fido2-assert -G -p -i assert.in "$dev"
	else
		says "garbage=$kind: no assertion" '^rc=1 .*FIDO_ERR' assert_sound
	fi
done
knobs err.02=0x2e
says "err.02" 'FIDO_ERR_NO_CREDENTIALS' assert_sound
knobs ctap=no
says "ctap=no: not a FIDO2 key" 'nocbor' with fido2-token -I "$dev"
knobs hang=init
says "hang=init: no answer at all" '^rc=(124|137)' \
    timeout -s KILL 1 env LD_PRELOAD="$preload" fido2-token -I "$dev"
knobs yank=recv unplug=yes
says "yank and unplug" '^rc=1' assert_sound
says "unplugged: none is listed" '^rc=0 $' with fido2-token -L
says "unplugged: its path opens nothing" 'FIDO_ERR_INTERNAL' with fido2-token -I "$dev"
again touch=ok
says "plugged in again, the same key" '^rc=0' assert_sound
says "a key of another maker has none of its" 'FIDO_ERR_NO_CREDENTIALS' eval '
	softkey_start b >/dev/null; dev=${dev%a.sock}b.sock; assert -p; rc=$?
	softkey_stop b; exit $rc'

# --------------------------------------------------- PIN and sensor --

for proto in 1 2; do
	for perms in yes no; do
		again pinproto=$proto perms=$perms
		with fido2-token -R "$dev" || echo "not ok reset"
		says "protocol $proto, permissions $perms: a PIN is set" '^rc=0' \
		    eval 'printf "12345\n12345\n" | with fido2-token -S "$dev"'
		says "  and changed" '^rc=0' \
		    eval 'printf "12345\n5432\n5432\n" | with fido2-token -C "$dev"'
		says "  and makes a credential" '^rc=0' with_pin 5432 make_verify es256
		says "  and an assertion with UV" '^rc=0' \
		    eval 'with_pin 5432 assert -p -v && sound -p -v'
		knobs pinproto=$proto perms=$perms clearflags=uv
		says "  clearflags=uv is found" 'FIDO_ERR_INVALID_PARAM' \
		    eval 'with_pin 5432 assert -p -v && sound -p -v'
		knobs pinproto=$proto perms=$perms uv=ok
		says "  sensor" '^rc=0' eval 'assert -p -t uv=true && sound -p -v'
		knobs pinproto=$proto perms=$perms uv=fail
		says "  sensor fails" 'FIDO_ERR_UV_INVALID|FIDO_ERR_PIN_REQUIRED' \
		    assert -p -t uv=true
		says "  no UV asked, none given; setflags=uv says so" 'FIDO_ERR_INVALID_PARAM.*' \
		    eval 'assert -p && sound -p -v'
		knobs pinproto=$proto perms=$perms setflags=uv
		says "  setflags=uv is believed by who looks at flags alone" '^rc=0' \
		    eval 'assert -p && sound -p -v'
		knobs pinproto=$proto perms=$perms
		says "  wrong PIN" 'FIDO_ERR_PIN_INVALID' with_pin 1111 assert -p -v
		says "  wrong PIN costs a try" 'pin retries: 7' with fido2-token -I "$dev"
		says "  wrong PIN again" 'FIDO_ERR_PIN_INVALID' with_pin 1111 assert -p -v
		says "  the third wrong one: out with it" 'FIDO_ERR_PIN_AUTH_BLOCKED' \
		    with_pin 1111 assert -p -v
		says "  and the right one then" 'FIDO_ERR_PIN_AUTH_BLOCKED' \
		    with_pin 5432 assert -p -v
		again pinproto=$proto perms=$perms
		says "  in again: right" '^rc=0' with_pin 5432 assert -p -v
		again pinproto=$proto perms=$perms pinmax=1
		says "  the last try, wrong" 'FIDO_ERR_PIN_BLOCKED' with_pin 1111 assert -p -v
		says "  blocked for good" 'FIDO_ERR_PIN_BLOCKED' with_pin 5432 assert -p -v
	done
done
again touch=ok
with fido2-token -R "$dev" || echo "not ok reset"
again setpin=2468
says "setpin: set as it was plugged in" '^rc=0' with_pin 2468 make_verify es256
knobs setpin=2468 uv=fail
says "uv=fail to the end" 'FIDO_ERR_UV_BLOCKED' eval 'for i in 1 2 3 4; do
	assert -p -t uv=true; done'
says "  tries of the sensor: none" 'uv retries: 0' with fido2-token -I "$dev"
knobs setpin=2468 uv=ok
with_pin 2468 assert -p -v >/dev/null 2>&1
says "  and all again after the PIN" 'uv retries: 3' with fido2-token -I "$dev"
knobs setpin=2468 minpin=8
says "minpin: a short new one is refused" 'FIDO_ERR_PIN_POLICY_VIOLATION' \
    eval 'printf "2468\n1234567\n1234567\n" | with fido2-token -C "$dev"'

# ---------------------------------------------- pamu2fcfg and pam_u2f --

again touch=ok
with fido2-token -R "$dev" || echo "not ok reset"
enrol_u2f() { with pamu2fcfg -u root -o pam://rig -i pam://rig "$@" >u2f && echo >>u2f && chmod 600 u2f; }
service()
{
	printf 'auth required pam_u2f.so authfile=%s origin=pam://rig appid=pam://rig cue %s\naccount required pam_permit.so\n' \
	    "$SOFTKEY_DIR/u2f" "$1" >/etc/pam.d/rig
}
login() { timeout 120 env LD_PRELOAD="$preload" pamtester rig root authenticate; }
yes_='^rc=0.*Please touch.*|successfully authenticated'
no_='^rc=1 '

says "pamu2fcfg enrols" '^rc=0' enrol_u2f
service ''
says "pam_u2f lets him in" "$yes_" login
says "pam_u2f asked first without a touch" '^rc=0 [1-9]' softkey_logged a 'up=0'
for wrong in sig=wrongkey sig=corrupt rphash=wrong clearflags=up touch=deny \
    touch=timeout:100 yank=recv yank=touch garbage=yes; do
	knobs $wrong
	says "pam_u2f refuses: $wrong" "$no_" login
done
knobs
says "pam_u2f lets him in again" "$yes_" login
softkey_start b
says "pam_u2f finds it between two" "$yes_" login
softkey_stop b
says "pam_u2f: taken out" "$no_" eval 'softkey_stop a; login'
again setpin=2468
says "pamu2fcfg with PIN" '^rc=0' with_pin 2468 enrol_u2f -N
service ''
says "pam_u2f with PIN" 'successfully authenticated' with_pin 2468 login
says "pam_u2f with a wrong PIN" "$no_" with_pin 1111 login
knobs uv=ok mcuvnotrqd=yes
says "pamu2fcfg with sensor" '^rc=0' with_pin 2468 enrol_u2f -V
says "pam_u2f with sensor" 'successfully authenticated' login
knobs uv=fail
says "pam_u2f with a sensor that fails" "$no_" login
knobs uv=ok clearflags=uv
says "pam_u2f without the flag" "$no_" login

# -------------------------------------------------------------- OpenSSH --

again touch=ok
with fido2-token -R "$dev" || echo "not ok reset"
sshkey()
{
	rm -f id id.pub
	timeout 120 setsid -w env LD_PRELOAD="$preload" \
	    ssh-keygen -q -t "$1" -f id -N '' "${@:2}" </dev/null
}
ssh_sign() { rm -f text.sig; echo text >text; with ssh-keygen -q -Y sign -f id -n test text; }
ssh_check()
{
	printf 'me %s\n' "$(cat id.pub)" >allowed
	ssh-keygen -Y verify -f allowed -I me -n test -s text.sig <text
}
for type in ecdsa-sk ed25519-sk; do
	says "ssh-keygen $type" '^rc=0' sshkey $type
	says "  signs" 'rc=0.*Good "test" signature|Good "test" signature' \
	    eval 'ssh_sign && ssh_check'
	knobs sig=corrupt
	says "  sig=corrupt" 'incorrect signature' eval 'ssh_sign && ssh_check'
	knobs
done
says "ssh-keygen: a resident one" '^rc=0' sshkey ed25519-sk -O resident

# --------------------------------------------------------- python-fido2 --

cat >judge.py <<'PY'
import os, socket, sys
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor
from fido2.ctap2 import Ctap2, ClientPin
from fido2.ctap import CtapError
from fido2.webauthn import PublicKeyCredentialRpEntity
from fido2.attestation import PackedAttestation, NoneAttestation

class Sock(CtapHidConnection):
    def __init__(self, path):
        self.s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.s.connect(path)
    def write_packet(self, p): self.s.send(p)
    def read_packet(self): return self.s.recv(64)
    def close(self): self.s.close()

path = sys.argv[1]
dev = CtapHidDevice(HidDescriptor(path, 0, 0, 64, 64), Sock(path))
assert dev.ping(b"x" * 500) == b"x" * 500
dev.wink()
ctap = Ctap2(dev)
info = ctap.info
print("versions", info.versions, "aaguid", bytes(info.aaguid).hex())
cdh = os.urandom(32)
rp = {"id": "py.test", "name": "py"}
user = {"id": b"u1", "name": "u"}
for alg in (-7, -8, -257):
    att = ctap.make_credential(cdh, rp, user, [{"type": "public-key", "alg": alg}])
    PackedAttestation().verify(att.att_statement, att.auth_data, cdh)
    cred = att.auth_data.credential_data
    a = ctap.get_assertion("py.test", cdh, [{"type": "public-key", "id": cred.credential_id}])
    a.verify(cdh, cred.public_key)
    print("alg", alg, "fmt", att.fmt, "counter", a.auth_data.counter)
try:
    ctap.make_credential(cdh, rp, user, [{"type": "public-key", "alg": -7}],
        exclude_list=[{"type": "public-key", "id": cred.credential_id}])
    print("not excluded")
except CtapError as e:
    print("excluded", e.code == CtapError.ERR.CREDENTIAL_EXCLUDED)
ClientPin(ctap).set_pin("12345")
ctap = Ctap2(dev)
for n in (1, 2):
    from fido2.ctap2.pin import PinProtocolV1, PinProtocolV2
    proto = PinProtocolV1() if n == 1 else PinProtocolV2()
    pin = ClientPin(ctap, proto)
    token = pin.get_pin_token("12345", ClientPin.PERMISSION.MAKE_CREDENTIAL, "py.test")
    att = ctap.make_credential(cdh, rp, user, [{"type": "public-key", "alg": -7}],
        options={"rk": True}, pin_uv_param=proto.authenticate(token, cdh), pin_uv_protocol=n)
    print("proto", n, "uv", att.auth_data.is_user_verified())
    try:
        pin.get_pin_token("99999")
    except CtapError as e:
        print("wrong", e.code == CtapError.ERR.PIN_INVALID, pin.get_pin_retries()[0])
    pin.change_pin("12345", "12345")
token = pin.get_pin_token("12345", ClientPin.PERMISSION.GET_ASSERTION, "py.test")
all_ = ctap.get_assertions("py.test", cdh, pin_uv_param=proto.authenticate(token, cdh), pin_uv_protocol=n)
for a in all_:
    a.verify(cdh, att.auth_data.credential_data.public_key)
print("resident", len(all_))
ctap.selection()
ctap.reset()
print("done")
PY
again touch=ok
says "python-fido2: ping, wink, selection, makes, signs, PIN by both protocols, reset" \
    'done$' /usr/bin/python3 judge.py "$SOFTKEY_DIR/a.sock"
[ $failed = 0 ] || grep -E 'Error|assert' <<<"$(/usr/bin/python3 judge.py "$SOFTKEY_DIR/a.sock" 2>&1)"

# Whom its maker's certificate leads to: by openssl alone.
knobs
leads()
{
	make_verify es256 || return
	# The last line of what fido2-cred -M leaves is the certificate.
	tail -n 1 made | base64 -d | openssl x509 -inform der -out leaf.pem &&
	openssl x509 -in leaf.pem -noout -text | grep -E '1.3.6.1.4.1.45724.1.1.4|CA:|OU' &&
	openssl verify -partial_chain -CAfile a.state.root.pem leaf.pem
}
says "its certificate leads to a.state.root.pem, with the AAGUID in it" \
    'leaf.pem: OK' leads
knobs cert=stranger
says "cert=stranger does not" 'verification failed' leads
knobs cert=expired
says "cert=expired has ended" 'expired' leads
exit $failed
