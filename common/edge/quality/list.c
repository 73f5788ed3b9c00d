/*
 * list.c - the lists of common words
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A word a line, UTF-8; what begins with # is for people. One that cannot be
 * read is never taken for an empty one.
 */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unistr.h>

#include "quality.h"
#include "sekisho/base/file.h"
#include "sekisho/base/text.h"

#define FILE_MAX	(16u * 1024u * 1024u)
#define FILES_MAX	64u
#define WORDS_MAX	1000000u
#define PLAIN_MIN	3u		/* letters of a word that counts */
#define OTHER_MIN	2u		/* kana, kanji */

static enum sek_err
append(struct quality_list *l, const char *word, bool public)
{
	size_t len = strlen(word), size = l->size;
	char *arena;

	while (l->used + len + 2 > size)
		size = size == 0 ? 65536 : size * 2;
	if (size != l->size) {
		if ((arena = realloc(l->arena, size)) == NULL)
			return (SEK_ERR_NOMEM);
		l->arena = arena;
		l->size = size;
	}
	l->arena[l->used++] = public ? 1 : 0;
	memcpy(l->arena + l->used, word, len + 1);
	l->used += len + 1;
	l->n++;
	return (SEK_OK);
}

/* Shorter ones would be found in anything. */
static bool
counts(const char *word)
{
	size_t len = strlen(word), points = quality_points(word, len);

	return (points >= (points == len ? PLAIN_MIN : OTHER_MIN));
}

static enum sek_err
take_line(struct quality_list *l, const char *s, size_t len, bool public)
{
	enum sek_err err;
	char *word;

	while (len > 0 && strchr(" \t\r", s[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t", s[0]) != NULL) {
		s++;
		len--;
	}
	if (len == 0 || s[0] == '#')
		return (SEK_OK);
	if (len > QUALITY_WORD_MAX || l->n >= WORDS_MAX)
		return (SEK_ERR_RANGE);
	if ((err = quality_fold(&word, s, len)) != SEK_OK)
		return (err);
	if (word == NULL || strlen(word) != strcspn(word, "\n"))
		err = SEK_ERR_SYNTAX;
	else if (counts(word))
		err = append(l, word, public);
	free(word);
	return (err);
}

static enum sek_err
tell(struct sek_why *why, enum sek_err err, const char *path, size_t line)
{

	if (err == SEK_ERR_SYNTAX)
		return (sek_why(why, err, "%s:%zu: not UTF-8; write it in "
		    "UTF-8, a word a line", path, line));
	if (err == SEK_ERR_RANGE)
		return (sek_why(why, err, "%s:%zu: too long: a line holds up "
		    "to %u bytes, all lists together up to %u words", path,
		    line, QUALITY_WORD_MAX, WORDS_MAX));
	return (err);
}

enum sek_err
quality_list_take(struct quality_list *l, const char *path, const char *text,
    size_t len, bool public, struct sek_why *why)
{
	const char *end = text + len, *stop;
	enum sek_err err = SEK_OK;
	size_t line;

	for (line = 1; text < end && err == SEK_OK; line++, text = stop + 1) {
		if ((stop = memchr(text, '\n', (size_t)(end - text))) == NULL)
			stop = end;
		if (memchr(text, '\0', (size_t)(stop - text)) != NULL)
			err = SEK_ERR_SYNTAX;
		else
			err = take_line(l, text, (size_t)(stop - text), public);
		err = tell(why, err, path, line);
	}
	return (err);
}

static enum sek_err
take_file(struct quality_list *l, const char *path, struct sek_why *why)
{
	struct stat st;
	char *text = NULL;
	ssize_t n;
	enum sek_err err;
	int fd;

	if ((err = sek_file_open(&fd, path, SEK_FILE_PUBLIC, why)) != SEK_OK)
		return (err);
	if (fstat(fd, &st) != 0) {
		err = sek_why(why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno));
		goto out;
	}
	if (st.st_size < 0 || (uint64_t)st.st_size > FILE_MAX) {
		err = sek_why(why, SEK_ERR_RANGE, "%s: too long: a list has "
		    "up to %u bytes", path, FILE_MAX);
		goto out;
	}
	if ((text = malloc((size_t)st.st_size + 1)) == NULL) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	if ((n = sek_file_read_all(fd, text, (size_t)st.st_size)) < 0)
		err = sek_why(why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno));
	else
		err = quality_list_take(l, path, text, (size_t)n,
		    (st.st_mode & S_IROTH) != 0, why);
out:
	free(text);
	(void)close(fd);
	return (err);
}

static int
by_bytes(const void *a, const void *b)
{

	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

enum sek_err
quality_list_sort(struct quality_list *l)
{
	const char *s;
	size_t i, kept = 0;

	if (l->n == 0)
		return (SEK_OK);
	if ((l->word = calloc(l->n, sizeof(*l->word))) == NULL)
		return (SEK_ERR_NOMEM);
	for (i = 0, s = l->arena; i < l->n; i++, s += strlen(s) + 1)
		l->word[i] = ++s;
	qsort(l->word, l->n, sizeof(*l->word), by_bytes);
	for (i = 0; i < l->n; i++)
		if (kept == 0 || strcmp(l->word[kept - 1], l->word[i]) != 0)
			l->word[kept++] = l->word[i];
		else if (QUALITY_IS_PUBLIC(l->word[i]))
			l->word[kept - 1] = l->word[i];
	l->n = kept;
	return (SEK_OK);
}

static bool
is_list(const char *name)
{
	size_t len = strlen(name);

	return (name[0] != '.' && len > 4 &&
	    strcmp(name + len - 4, ".txt") == 0);
}

static enum sek_err
take_folder(struct quality_list *l, DIR *dir, const char *folder,
    struct sek_why *why)
{
	char path[2 * SEK_PATH_MAX];
	const struct dirent *e;
	enum sek_err err = SEK_OK;
	unsigned files = 0;

	/* Nobody else takes one away, either. */
	if (sek_text_format(path, sizeof(path), "%s/a.txt", folder) != SEK_OK)
		return (SEK_ERR_RANGE);
	if ((err = sek_file_check_folder(path, why)) != SEK_OK)
		return (err);
	for (errno = 0; err == SEK_OK && (e = readdir(dir)) != NULL;
	    errno = 0) {
		if (!is_list(e->d_name))
			continue;
		if (++files > FILES_MAX)
			return (sek_why(why, SEK_ERR_RANGE, "%s: more than %u "
			    "lists", folder, FILES_MAX));
		if ((err = sek_text_format(path, sizeof(path), "%s/%s", folder,
		    e->d_name)) == SEK_OK)
			err = take_file(l, path, why);
	}
	if (err == SEK_OK && errno != 0)
		err = sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno));
	if (err == SEK_OK && files == 0)
		err = sek_why(why, SEK_ERR_NOT_FOUND, "%s: no *.txt list in "
		    "it; install sekisho anew, or say another folder in "
		    "password.blocklist", folder);
	return (err);
}

enum sek_err
quality_list_load(struct quality_list *out, const char *folder,
    struct sek_why *why)
{
	enum sek_err err;
	DIR *dir;

	memset(out, 0, sizeof(*out));
	if ((dir = opendir(folder)) == NULL)
		return (sek_why(why, errno == ENOENT ? SEK_ERR_NOT_FOUND :
		    SEK_ERR_IO, "%s: %s; it is where the lists of common "
		    "passwords are looked for (password.blocklist)", folder,
		    strerror(errno)));
	err = take_folder(out, dir, folder, why);
	(void)closedir(dir);
	if (err == SEK_OK)
		err = quality_list_sort(out);
	if (err != SEK_OK)
		quality_list_free(out);
	return (err);
}

void
quality_list_free(struct quality_list *l)
{

	free(l->word);
	free(l->arena);
	memset(l, 0, sizeof(*l));
}
