/*
 * quality.c - what judges passwords, loaded when one is changed; temporary
 * ones
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sodium.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/object.h"
#include "sekisho/edge/quality.h"

/* No vowels, so that no word and no name is made; none of i, l, o. */
#define LETTERS		"bcdfghjkmnpqrstvwxyz"
#define GROUP		4		/* letters between hyphens */
#define GROUPS_MIN	4		/* 16 letters: 69 bits */
#define GROUPS_MAX	64
#define DIFFERENT	10		/* of its letters: never "bbbb-…" */

typedef const struct sek_quality_object object_t;

static const struct {
	const char	*name;
	const char	*text;
} unfit[SEK_UNFIT_COUNT] = {
	[SEK_FIT]		= { "", "" },
	[SEK_UNFIT_EMPTY]	= { "empty",
	    N_("No password was given. Please enter a new one.") },
	[SEK_UNFIT_FORM]	= { "form",
	    N_("This password has a character that cannot be used. Please "
	    "use letters, figures, signs and spaces.") },
	[SEK_UNFIT_SHORT]	= { "short",
	    N_("This password is too short. Please make it longer; several "
	    "words in a row are good.") },
	[SEK_UNFIT_LONG]	= { "long",
	    N_("This password is too long. Please make it shorter.") },
	[SEK_UNFIT_LISTED]	= { "listed",
	    N_("This password is one that many people use. Please choose "
	    "another.") },
	[SEK_UNFIT_COMMON]	= { "common",
	    N_("This password is made of common words, dates or keys in a "
	    "row. Please add words that have nothing to do with each "
	    "other.") },
	[SEK_UNFIT_NAME]	= { "name",
	    N_("This password contains a name of yours, of your office or "
	    "of this terminal. Please choose another.") },
	[SEK_UNFIT_OLD]		= { "old",
	    N_("This password is too much like the present one. Please "
	    "choose quite another.") },
	[SEK_UNFIT_QUALITY]	= { "quality",
	    N_("This password is not as the rules of this terminal ask. "
	    "Please choose another.") },
	[SEK_UNFIT_REUSED]	= { "reused",
	    N_("This password was used before. Please choose one that you "
	    "never used.") },
	[SEK_UNFIT_OTHER]	= { "other",
	    N_("This is the password of another account of yours. Please "
	    "choose another.") },
	[SEK_UNFIT_BARRED]	= { "barred",
	    N_("This password was reported as known to others and can never "
	    "be used again. Please choose another.") },
};

const char *
sek_unfit_text(enum sek_unfit u)
{

	return ((size_t)u < SEK_UNFIT_COUNT ? unfit[u].text : "");
}

const char *
sek_unfit_name(enum sek_unfit u)
{

	return ((size_t)u < SEK_UNFIT_COUNT ? unfit[u].name : "?");
}

/* What stands behind the sentence, or "". */
static void
tell_more(char *dst, size_t size, enum sek_language language,
    const struct sek_quality_out *out, const struct sek_password_limits *limits)
{

	dst[0] = '\0';
	if (out->unfit == SEK_UNFIT_SHORT)
		(void)sek_text_format(dst, size, sek_message(language,
		    N_("It needs at least %lld characters; this one has "
		    "%lld.")),
		    (long long)limits->min_length, (long long)out->length);
	else if (out->unfit == SEK_UNFIT_LONG)
		(void)sek_text_format(dst, size, sek_message(language,
		    N_("It may have at most %lld characters.")),
		    (long long)limits->max_length);
	else if (out->unfit == SEK_UNFIT_QUALITY && out->why[0] != '\0')
		(void)sek_text_format(dst, size, "(%s)", out->why);
	/* A name of his own is no secret; of any other word he may have meant
	 * it elsewhere, and the line may go to a file. */
	else if (out->unfit == SEK_UNFIT_NAME && out->word[0] != '\0')
		(void)sek_text_format(dst, size, sek_message(language,
		    N_("It contains \"%s\".")), out->word);
}

void
sek_unfit_tell(char *dst, size_t size, enum sek_language language,
    const struct sek_quality_out *out, const struct sek_password_limits *limits)
{
	const char *text = sek_message(language, sek_unfit_text(out->unfit));
	char more[512];

	tell_more(more, sizeof(more), language, out, limits);
	/* Where both do not fit, what to do is the better part. */
	if (more[0] == '\0' || sek_text_format(dst, size, "%s %s", text,
	    more) != SEK_OK)
		(void)sek_text_format(dst, size, "%s", text);
}

static bool
is_of_this_build(const void *symbol)
{
	object_t *o = symbol;

	return (strncmp(o->version, PACKAGE_VERSION, sizeof(o->version)) == 0 &&
	    o->size[0] == sizeof(struct sek_quality_in) &&
	    o->size[1] == sizeof(struct sek_quality_out) &&
	    o->size[2] == sizeof(struct sek_password_limits) &&
	    o->size[3] == sizeof(struct sek_settings));
}

static struct sek_object object = {
	.name = "quality",
	.symbol = "sek_quality_object",
	.library = "libpwquality1 and libunistring",
	.package = "sekisho",
	.is_ours = is_of_this_build,
};

static enum sek_err
load(object_t **out, struct sek_why *why)
{
	const void *found;
	enum sek_err err;

	if ((err = sek_object_load(&found, &object, why)) == SEK_OK)
		*out = found;
	return (err);
}

enum sek_err
sek_quality_judge(struct sek_quality_out *out, const struct sek_quality_in *in,
    struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	out->unfit = SEK_UNFIT_EMPTY;
	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->judge(out, in, why));
}

enum sek_err
sek_quality_check(const struct sek_settings *s, struct sek_why *why)
{
	object_t *o;
	enum sek_err err;

	if ((err = load(&o, why)) != SEK_OK)
		return (err);
	return (o->check(s, why));
}

/* How many letters of it are different ones? */
static unsigned
count_different(const struct sek_secret *s)
{
	unsigned n = 0;
	const char *c;

	for (c = LETTERS; *c != '\0'; c++)
		if (memchr(s->data, *c, s->len) != NULL)
			n++;
	return (n);
}

enum sek_err
sek_quality_temporary(struct sek_secret *out, int64_t min_length)
{
	struct sek_secret s = SEK_SECRET_NONE;
	int64_t groups = GROUPS_MIN;
	enum sek_err err;
	size_t i;

	while (groups * (GROUP + 1) - 1 < min_length && groups < GROUPS_MAX)
		groups++;
	if (groups * (GROUP + 1) - 1 < min_length)
		return (SEK_ERR_RANGE);
	if ((err = sek_secret_new(&s, (size_t)groups * (GROUP + 1) - 1)) !=
	    SEK_OK)
		return (err);
	do {
		for (i = 0; i < s.len; i++)
			s.data[i] = (i + 1) % (GROUP + 1) == 0 ? '-' :
			    (unsigned char)LETTERS[randombytes_uniform(
			    (uint32_t)sizeof(LETTERS) - 1)];
	} while (count_different(&s) < DIFFERENT);
	*out = s;
	return (SEK_OK);
}
