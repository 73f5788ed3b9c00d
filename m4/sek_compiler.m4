# sek_compiler.m4 - warning and hardening flags, each probed
#
# Copyright (C) 2026 The Sekisho authors
# SPDX-License-Identifier: BSD-2-Clause

# SEK_TRY_FLAGS(VAR, FLAGS): append each of FLAGS that the compiler and the
# linker take without a word to VAR.
AC_DEFUN([SEK_TRY_FLAGS],
[for sek_flag in $2; do
	AC_MSG_CHECKING([whether $CC takes $sek_flag])
	sek_save_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -Werror $sek_flag"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [[]])],
		[AC_MSG_RESULT([yes]); $1="$$1 $sek_flag"],
		[AC_MSG_RESULT([no])])
	CFLAGS=$sek_save_CFLAGS
done])

# SEK_COMPILER: C11, warnings.
AC_DEFUN([SEK_COMPILER],
[AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [a warning is an error])],
	[], [enable_werror=no])
SEK_WARN_CFLAGS=
SEK_TRY_FLAGS([SEK_WARN_CFLAGS], [-std=gnu11 -Wall -Wextra -Wconversion dnl
	-Wsign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes dnl
	-Wmissing-declarations -Wold-style-definition -Wformat=2 dnl
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla dnl
	-Wenum-conversion -Wlogical-op -Wduplicated-cond dnl
	-Wframe-larger-than=16384])
AS_IF([test "$enable_werror" = yes], [SEK_WARN_CFLAGS="$SEK_WARN_CFLAGS -Werror"])
AC_SUBST([SEK_WARN_CFLAGS])])

# SEK_HARDENING: what the compiler can do against mistakes; or, for tests,
# sanitizers and coverage-guided fuzzing.
AC_DEFUN([SEK_HARDENING],
[AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers],
		[address and undefined-behaviour sanitizers (for tests)])],
	[], [enable_sanitizers=no])
AC_ARG_ENABLE([fuzzing],
	[AS_HELP_STRING([--enable-fuzzing],
		[fuzz targets with libFuzzer (clang; implies sanitizers)])],
	[], [enable_fuzzing=no])
AS_IF([test "$enable_fuzzing" = yes], [enable_sanitizers=yes])

SEK_HARD_CFLAGS=
SEK_HARD_LDFLAGS=
SEK_MODULE_LDFLAGS=
SEK_FUZZ_LIBS=
SEK_TRY_FLAGS([SEK_HARD_CFLAGS], [-fvisibility=hidden -fno-strict-aliasing dnl
	-fstack-protector-strong -fstack-clash-protection -fcf-protection dnl
	-ftrivial-auto-var-init=zero])
SEK_TRY_FLAGS([SEK_HARD_LDFLAGS], [-Wl,--as-needed])
# Sanitizers give each local a place of its own, of inlined functions, too: a
# frame is measured as the function was written.
AS_IF([test "$enable_sanitizers" = yes],
	[SEK_SAN_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -fno-inline -g"
	AS_IF([test "$enable_fuzzing" = yes],
		[SEK_SAN_CFLAGS="$SEK_SAN_CFLAGS -fsanitize=fuzzer-no-link"
		SEK_FUZZ_LIBS=-fsanitize=fuzzer])
	SEK_HARD_CFLAGS="$SEK_HARD_CFLAGS $SEK_SAN_CFLAGS"
	SEK_HARD_LDFLAGS="$SEK_HARD_LDFLAGS $SEK_SAN_CFLAGS"],
	[SEK_TRY_FLAGS([SEK_HARD_LDFLAGS], [-Wl,-z,relro,-z,now])
	SEK_TRY_FLAGS([SEK_MODULE_LDFLAGS], [-Wl,-z,defs])
	AC_MSG_CHECKING([for _FORTIFY_SOURCE])
	AC_PREPROC_IFELSE([AC_LANG_SOURCE([[
#ifdef _FORTIFY_SOURCE
#error the compiler sets it itself
#endif
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 12
#error level 3 is not known
#endif
#if defined(__clang__) && __clang_major__ < 9
#error level 3 is not known
#endif
]])], [sek_fortify=3], [sek_fortify=2])
	# It needs optimisation: without -O it only warns.
	AS_CASE([" $CFLAGS "],
		[*" -O0 "*], [sek_fortify=0],
		[*" -O"*], [],
		[sek_fortify=0])
	AS_IF([test "$sek_fortify" != 0],
		[SEK_HARD_CFLAGS="$SEK_HARD_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$sek_fortify"])
	AC_MSG_RESULT([$sek_fortify])])
AM_CONDITIONAL([FUZZING], [test "$enable_fuzzing" = yes])
AM_CONDITIONAL([SANITIZERS], [test "$enable_sanitizers" = yes])
AC_SUBST([SEK_HARD_CFLAGS])
AC_SUBST([SEK_HARD_LDFLAGS])
AC_SUBST([SEK_MODULE_LDFLAGS])
AC_SUBST([SEK_FUZZ_LIBS])])

# SEK_HEADER_LIBRARY(VAR, LIBRARY, FUNCTION, HEADER): one without a .pc file.
AC_DEFUN([SEK_HEADER_LIBRARY],
[AC_CHECK_HEADER([$4], [], [AC_MSG_ERROR([$4 (lib$2) is needed])])
AC_CHECK_LIB([$2], [$3], [$1_LIBS=-l$2],
	[AC_MSG_ERROR([lib$2 is needed])])
AC_SUBST([$1_LIBS])])
