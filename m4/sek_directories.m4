# sek_directories.m4 - where things are installed, as whole strings
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause

# SEK_DEFINE_DIR(NAME, VALUE, WHAT): NAME in config.h and in the Makefile is
# VALUE with every ${...} in it replaced.
AC_DEFUN([SEK_DEFINE_DIR],
[sek_dir=$2
while :; do
	AS_CASE([$sek_dir], [*'$'*], [eval "sek_dir=\"$sek_dir\""], [break])
done
$1=$sek_dir
AC_SUBST([$1])
AC_DEFINE_UNQUOTED([$1], ["$sek_dir"], [$3])])

AC_DEFUN([SEK_DIRECTORIES],
[sek_save_prefix=$prefix
sek_save_exec_prefix=$exec_prefix
AS_IF([test "$prefix" = NONE], [prefix=$ac_default_prefix])
AS_IF([test "$exec_prefix" = NONE], [exec_prefix=$prefix])

AC_ARG_WITH([pam-module-dir],
	[AS_HELP_STRING([--with-pam-module-dir=DIR],
		[where our modules go @<:@LIBDIR/security@:>@])],
	[pammoddir=$withval], [pammoddir='${libdir}/security'])
AC_SUBST([pammoddir])

AC_ARG_WITH([systemd-unit-dir],
	[AS_HELP_STRING([--with-systemd-unit-dir=DIR],
		[where units go @<:@PREFIX/lib/systemd/system@:>@])],
	[systemdunitdir=$withval],
	[systemdunitdir='${prefix}/lib/systemd/system'])
AC_SUBST([systemdunitdir])
AC_ARG_WITH([tmpfiles-dir],
	[AS_HELP_STRING([--with-tmpfiles-dir=DIR],
		[where tmpfiles.d files go @<:@PREFIX/lib/tmpfiles.d@:>@])],
	[tmpfilesdir=$withval], [tmpfilesdir='${prefix}/lib/tmpfiles.d'])
AC_SUBST([tmpfilesdir])

AC_ARG_WITH([system-pam-dir],
	[AS_HELP_STRING([--with-system-pam-dir=DIR],
		[where libpam loads a plain module name from @<:@probed@:>@])],
	[sek_system=$withval],
	[sek_multiarch=`$CC -print-multiarch 2>/dev/null`
	AS_IF([test -z "$sek_multiarch"],
		[sek_multiarch=`uname -m 2>/dev/null`-linux-gnu])
	sek_system=
	for sek_try in "/lib/$sek_multiarch/security" \
	    "/usr/lib/$sek_multiarch/security" /lib64/security \
	    /usr/lib64/security /lib/security /usr/lib/security; do
		AS_IF([test -z "$sek_system" && test -f "$sek_try/pam_unix.so"],
			[sek_system=$sek_try])
	done
	AS_IF([test -z "$sek_system"],
		[AC_MSG_ERROR([no pam_unix.so found: say --with-system-pam-dir=DIR])])])

SEK_DEFINE_DIR([SEK_MODULE_DIR], [$pammoddir], [Our modules.])
SEK_DEFINE_DIR([SEK_SYSTEM_PAM_DIR], [$sek_system],
	[Where libpam loads a plain module name from.])
SEK_DEFINE_DIR([SEK_SYSCONFDIR], [$sysconfdir/sekisho], [The settings.])
SEK_DEFINE_DIR([SEK_DATADIR], [$datadir/sekisho], [Vendor defaults, profiles.])
SEK_DEFINE_DIR([SEK_LIBEXECDIR], [$libexecdir/sekisho], [Helpers.])
SEK_DEFINE_DIR([SEK_STATEDIR], [$localstatedir/lib/sekisho], [The store.])
SEK_DEFINE_DIR([SEK_LOCALEDIR], [$datadir/sekisho/locale], [Message catalogues.])

prefix=$sek_save_prefix
exec_prefix=$sek_save_exec_prefix])
