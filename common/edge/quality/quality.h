/*
 * quality.h - what the files of quality.so say to each other
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Everything is compared "folded": NFKC, case folded, katakana as hiragana, in
 * UTF-8. Folded passwords live in struct sek_secret.
 */
#ifndef SEKISHO_EDGE_QUALITY_QUALITY_H
#define SEKISHO_EDGE_QUALITY_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sekisho/edge/quality.h"

#define QUALITY_BYTES_MAX	511u	/* of a password: what crypt(3) takes */
#define QUALITY_WORD_MAX	128u	/* bytes of a line of a list */

/* A sorted list of folded words. */
struct quality_list {
	char		*arena;		/* a flag byte, the word, a NUL, … */
	size_t		 used;
	size_t		 size;
	const char	**word;		/* in the order of their bytes */
	size_t		 n;
};
/* Of the file it came from: may everybody read it? */
#define QUALITY_IS_PUBLIC(word)	((word)[-1] != 0)

/*
 * A password in its two forms. *well false: not UTF-8, or with a control
 * character; nothing else is set then. length: code points after NFC.
 */
enum sek_err	quality_form(struct sek_secret *folded, int64_t *length,
		    bool *well, const struct sek_secret *password);
/* A word; *out is malloc()ed with a NUL behind, and NULL where s is not
 * UTF-8. */
enum sek_err	quality_fold(char **out, const char *s, size_t len);
/* Code points of folded text. */
size_t		quality_points(const char *s, size_t len);

/* All *.txt files of the folder. SEK_ERR_NOT_FOUND: no such folder, or none in
 * it. */
enum sek_err	quality_list_load(struct quality_list *out, const char *folder,
		    struct sek_why *why);
/* The words of one, added to it; path is told of in why. public: may everybody
 * read it? */
enum sek_err	quality_list_take(struct quality_list *l, const char *path,
		    const char *text, size_t len, bool public,
		    struct sek_why *why);
/* Once all are there: the arena stays where it is from then on. Of two that are
 * the same, one that everybody can read is as good. */
enum sek_err	quality_list_sort(struct quality_list *l);
void		quality_list_free(struct quality_list *l);

/* May this byte have been typed for that of a word: itself, or a figure that
 * looks like it? */
bool		quality_reads_as(uint8_t typed, uint8_t wanted);
/* Do the first len bytes of s read as word, all of it? */
bool		quality_begins(const uint8_t *s, size_t len, const char *word);
/* Of a date, a year, an era, a walk over the keyboard or a sequence that s
 * begins with: how many bytes, 0: none. */
size_t		quality_pattern(const uint8_t *s, size_t len);

/*
 * What common pieces leave of it. *score: each distinct piece 2 (a pattern
 * beside another one 1), each other distinct code point 1; *whole: one word of
 * a list is all of it; word: the longest one of a list that everybody can read,
 * or "".
 */
#define QUALITY_SCORE	8		/* less is common */
enum sek_err	quality_contain(int *score, bool *whole, char *word,
		    size_t size, const struct sek_secret *folded,
		    const struct quality_list *l);
/* Does it contain a name out of in? That is put into word. */
enum sek_err	quality_name(bool *contains, char *word, size_t size,
		    const struct sek_secret *folded,
		    const struct sek_quality_in *in);
/* Are they near to each other? */
enum sek_err	quality_near(bool *near, const struct sek_secret *folded,
		    const struct sek_secret *present);

/* libpwquality by the words of password.quality. *fit false: said tells why. */
enum sek_err	quality_pwquality(bool *fit, char *said, size_t size,
		    const struct sek_quality_in *in, struct sek_why *why);
/* Does it take them, and do its dictionaries open? */
enum sek_err	quality_pwquality_check(const char *words,
		    struct sek_why *why);

enum sek_err	quality_judge(struct sek_quality_out *out,
		    const struct sek_quality_in *in, struct sek_why *why);
enum sek_err	quality_check(const struct sek_settings *s,
		    struct sek_why *why);

#endif
