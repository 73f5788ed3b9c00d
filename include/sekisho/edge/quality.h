/*
 * quality.h - is this a password that others guess?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libunistring, libpwquality and the lists come with SEK_LIBEXECDIR/quality.so,
 * loaded when a password is changed; a login does without. Clause 6(4)②ウ;
 * SP 800-63B-4 section 3.1.1.2: code points after NFC, a list, the reason told.
 *
 * MUST: no list that cannot be read is taken for an empty one.
 * MUST: what is compared is wiped.
 */
#ifndef SEKISHO_EDGE_QUALITY_H
#define SEKISHO_EDGE_QUALITY_H

#include <stddef.h>
#include <stdint.h>

#include "sekisho/base/err.h"
#include "sekisho/base/secret.h"
#include "sekisho/edge/settings.h"
#include "sekisho/rule/password.h"

/* What was wrong with it; each has a sentence of its own. */
enum sek_unfit {
	SEK_FIT = 0,
	SEK_UNFIT_EMPTY,
	SEK_UNFIT_FORM,		/* not UTF-8, or a control character */
	SEK_UNFIT_SHORT,
	SEK_UNFIT_LONG,
	SEK_UNFIT_LISTED,	/* it is a common one, as a whole */
	SEK_UNFIT_COMMON,	/* made of common words, dates, walks on the
				 * keyboard, repetitions, and little else */
	SEK_UNFIT_NAME,		/* contains his, the office's, the terminal's */
	SEK_UNFIT_OLD,		/* near to the present one */
	SEK_UNFIT_QUALITY,	/* libpwquality, as password.quality says */
	/* By flow/change_password: */
	SEK_UNFIT_REUSED,	/* was his before */
	SEK_UNFIT_OTHER,	/* is that of another account of his */
	SEK_UNFIT_BARRED,	/* was reported as known to others */
	SEK_UNFIT_COUNT
};

/* What it is judged by. Strings are UTF-8, "" where there is none; not owned,
 * none NULL. */
struct sek_quality_in {
	const struct sek_secret	*password;
	const struct sek_secret	*present;	/* NULL: not known (root) */
	const struct sek_password_limits *limits;
	const struct sek_settings *settings;	/* blocklist, quality, business,
						 * terminal id */
	const char		*account;
	const char		*gecos;		/* of the account source */
	const char		*person;	/* staff number */
	const char		*name;		/* 氏名 */
	const char		*section;	/* 課室 */
};
struct sek_quality_out {
	enum sek_unfit	unfit;
	int64_t		length;		/* code points it has */
	char		word[64];	/* what it contained: of a list that
					 * everybody can read, or ""; never a
					 * part of the password else */
	char		why[256];	/* libpwquality's sentence, or "" */
};
/*
 * Judge. SEK_OK with out->unfit, which is never SEK_FIT otherwise;
 * SEK_ERR_NOT_FOUND (the object or a library is not installed, a list is not
 * there), SEK_ERR_UNTRUSTED (a list others may write), SEK_ERR_SYNTAX (a list
 * is not UTF-8; quality is not as libpwquality wants it), SEK_ERR_RANGE (a list
 * is too long), each named in why.
 */
enum sek_err	sek_quality_judge(struct sek_quality_out *out,
		    const struct sek_quality_in *in, struct sek_why *why);
/*
 * Would it, with the settings as they are? For policy check: lists are read,
 * quality is tried.
 */
enum sek_err	sek_quality_check(const struct sek_settings *s,
		    struct sek_why *why);
/* N_() sentence of what was wrong and what to do, without arguments; "" for
 * SEK_FIT. */
const char	*sek_unfit_text(enum sek_unfit u);
/* The same in that language, with the numbers, the word or libpwquality's
 * sentence behind it, as far as they fit. 512 bytes hold each sentence. */
void		sek_unfit_tell(char *dst, size_t size,
		    enum sek_language language,
		    const struct sek_quality_out *out,
		    const struct sek_password_limits *limits);
/* Key word for records: "short", "listed", … */
const char	*sek_unfit_name(enum sek_unfit u);

/* A password to be read aloud and typed once: groups of random small letters
 * with hyphens between, from an alphabet without look-alikes and vowels, by
 * libsodium; out is a fresh secret. At least min_length code points (up to 319,
 * else SEK_ERR_RANGE), at least 64 bits. sek_quality_judge takes it, but where
 * a name of his happens to be in it: who sets it draws again then. */
enum sek_err	sek_quality_temporary(struct sek_secret *out,
		    int64_t min_length);

/*
 * What SEK_LIBEXECDIR/quality.so gives, by the name "sek_quality_object": the
 * calls above, and of which build they are.
 */
struct sek_quality_object {
	char		version[32];
	uint32_t	size[4];	/* of in, out, limits, settings */
	enum sek_err	(*judge)(struct sek_quality_out *,
			    const struct sek_quality_in *, struct sek_why *);
	enum sek_err	(*check)(const struct sek_settings *,
			    struct sek_why *);
};

#endif
