#!/bin/bash
# authselect.sh - the profile for authselect, rendered as authselect does, with
# each set of features: services that include it are sound
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/tools/sandbox.sh
. "$(dirname "${BASH_SOURCE[0]}")/sandbox.sh"
profile=/usr/share/authselect/vendor/sekisho
for f in README REQUIREMENTS system-auth password-auth fingerprint-auth \
    smartcard-auth postlogin nsswitch.conf dconf-db dconf-locks; do
	[ -s $profile/$f ] || fail "no $f in $profile"
done

# render FILE FEATURE...: the operators of authselect-profiles(5)
render()
{
	python3 - "$@" <<'PY'
import re, sys
path, have = sys.argv[1], set(sys.argv[2:])
out = []
for line in open(path):
    line = line.rstrip("\n")
    drop = False
    def whole(m):
        global drop
        on = m.group(2) in have
        drop = drop or (m.group(1) == "include") != on
        return ""
    line = re.sub(r'\s*\{(include|exclude) if "([^"]+)"\}', whole, line)
    line = re.sub(r'\{if "([^"]+)":([^|}]*)(?:\|([^}]*))?\}',
        lambda m: m.group(2) if m.group(1) in have else (m.group(3) or ""), line)
    if "{" in line or "}" in line:
        sys.exit("not understood: " + line)
    if not drop:
        out.append(line)
print("\n".join(out))
PY
}
command -v python3 >/dev/null || { echo "skip: no python3"; exit 77; }

# Modules of other packages that the profile names: stand-ins.
modules=$(dirname "$(ls /lib/*/security/pam_unix.so)")
for m in sss oddjob_mkhomedir pwquality systemd; do
	[ -e "$modules/pam_$m.so" ] || cp "$modules/pam_deny.so" "$modules/pam_$m.so"
done
D=$layers/pam.d
# device FEATURES NAME: its line is there where it is asked for; where not, its
# module need not be there.
device()
{
	local module=pam_sekisho_$2.so

	if [[ $1 = *with-$2* ]]; then
		[ -e "$modules/$module" ] || mv "$layers/$module" "$modules/"
		grep -qE "^auth +required +$module$" "$D/system-auth" &&
		    grep -qE "^auth +required +$module$" "$D/password-auth" ||
		    fail "no line of $2 with '$1'"
	else
		[ -e "$layers/$module" ] || mv "$modules/$module" "$layers/"
		grep -q "sekisho_$2" "$D"/* && fail "a line of $2 with '$1'"
	fi
}
for features in '' with-sssd with-mkhomedir with-fido2 with-card \
    with-biometric 'with-sssd with-mkhomedir' 'with-card with-fido2' \
    'with-sssd with-card with-fido2 with-biometric with-mkhomedir'; do
	rm -rf "$D" && mkdir -m 755 "$D"
	for f in system-auth password-auth fingerprint-auth smartcard-auth postlogin; do
		render $profile/$f $features >"$D/$f" || fail "$f with '$features'"
	done
	render $profile/nsswitch.conf $features >"$layers/nsswitch" || fail nsswitch
	grep -q nullok "$D"/* && fail "nullok with '$features'"
	if [[ $features = *with-sssd* ]]; then
		grep -q 'backend=pam_sss.so use_first_pass' "$D/system-auth" ||
		    fail "no pam_sss with '$features'"
		grep -q '^passwd:  *files sss' "$layers/nsswitch" || fail "nsswitch with '$features'"
	else
		grep -q sss "$D/system-auth" "$layers/nsswitch" &&
		    fail "pam_sss with '$features'"
	fi
	device "$features" fido2
	device "$features" card
	device "$features" biometric
	render $profile/REQUIREMENTS $features >"$layers/requirements" ||
	    fail REQUIREMENTS
	# As Fedora and RHEL ship these services.
	for s in sshd:password-auth login:system-auth; do
		cat >"$D/${s%:*}" <<-SERVICE
		auth       substack     ${s#*:}
		auth       include      postlogin
		account    required     pam_nologin.so
		account    include      ${s#*:}
		password   include      ${s#*:}
		session    required     pam_loginuid.so
		session    include      ${s#*:}
		session    include      postlogin
		SERVICE
	done
	printf 'auth include system-auth\naccount include system-auth\npassword include system-auth\nsession include system-auth\n' >"$D/sudo"
	printf 'auth substack fingerprint-auth\nauth include postlogin\naccount include fingerprint-auth\n' >"$D/gdm-fingerprint"
	chmod 644 "$D"/*
	for s in sshd login sudo; do
		want 0 stack check --dir "$D" --service $s
	done
	# Refuses everybody: sound is all it can be.
	want 0 stack check --dir "$D" --service gdm-fingerprint
done
[ $failed = 0 ] && echo ok
exit $failed
