/*
 * message.c - what people read, in their language, in any host's locale
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A reader of GNU .mo files: a header of 32-bit words, then two tables of
 * (length, offset), originals sorted by their bytes and translations, each
 * string with its NUL. Everything is checked once, when it is read.
 */
#include "config.h"

#include <byteswap.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/file.h"
#include "sekisho/edge/message.h"

#define MO_MAGIC	UINT32_C(0x950412de)
#define MO_MAX		(4u * 1024u * 1024u)
#define MO_HEADER	20u		/* bytes used of the header */

struct sek_catalogue {
	char		*data;
	size_t		 len;
	uint32_t	 n;
	uint32_t	 originals;	/* offsets of the tables */
	uint32_t	 translations;
	bool		 swapped;
};

/* Loaded at most once, by whoever comes first; gone with the module. */
static struct sek_catalogue *japanese;
static struct sek_catalogue none;

static uint32_t
word_at(const struct sek_catalogue *c, size_t offset)
{
	uint32_t w;

	memcpy(&w, c->data + offset, sizeof(w));
	return (c->swapped ? bswap_32(w) : w);
}

/* The i'th string of a table; NULL where it does not lie within the file with
 * a NUL behind it. */
static const char *
string_at(const struct sek_catalogue *c, uint32_t table, uint32_t i)
{
	uint32_t len = word_at(c, table + (size_t)i * 8);
	uint32_t offset = word_at(c, table + (size_t)i * 8 + 4);

	if (offset >= c->len || len >= c->len - offset ||
	    c->data[(size_t)offset + len] != '\0')
		return (NULL);
	return (c->data + offset);
}

static bool
table_fits(const struct sek_catalogue *c, uint32_t table)
{
	return (table <= c->len && c->n <= (c->len - table) / 8);
}

/* Bytes of the printf directive at s, which is a '%'. */
static size_t
directive(const char *s)
{
	size_t n = 1 + strcspn(s + 1, "%diouxXeEfFgGaAcsCSpnm");

	return (s[n] == '\0' ? n : n + 1);
}

/* Do two texts take the same printf arguments in the same order? (No
 * translation uses "%1$s".) */
static bool
same_directives(const char *a, const char *b)
{
	size_t n;

	for (;;) {
		a += strcspn(a, "%");
		b += strcspn(b, "%");
		if (*a == '\0' || *b == '\0')
			return (*a == *b);
		n = directive(a);
		if (n != directive(b) || memcmp(a, b, n) != 0)
			return (false);
		a += n;
		b += n;
	}
}

/* Is each string where it must be, sorted, and of its original's form? */
static bool
is_sound(const struct sek_catalogue *c)
{
	const char *from, *to, *last = NULL;
	uint32_t i;

	if (!table_fits(c, c->originals) || !table_fits(c, c->translations))
		return (false);
	for (i = 0; i < c->n; i++) {
		from = string_at(c, c->originals, i);
		to = string_at(c, c->translations, i);
		if (from == NULL || to == NULL ||
		    (last != NULL && strcmp(last, from) >= 0) ||
		    (from[0] != '\0' && !same_directives(from, to)))
			return (false);
		last = from;
	}
	return (true);
}

struct sek_catalogue *
sek_message_open(const char *path)
{
	struct sek_catalogue *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return (NULL);
	if (sek_file_read(&c->data, &c->len, path, MO_MAX, SEK_FILE_PUBLIC,
	    NULL) != SEK_OK || c->len < MO_HEADER)
		goto bad;
	if (word_at(c, 0) != MO_MAGIC) {
		c->swapped = true;
		if (word_at(c, 0) != MO_MAGIC)
			goto bad;
	}
	c->n = word_at(c, 8);
	c->originals = word_at(c, 12);
	c->translations = word_at(c, 16);
	if (is_sound(c))
		return (c);
bad:
	sek_message_close(c);
	return (NULL);
}

const char *
sek_message_find(const struct sek_catalogue *c, const char *msgid)
{
	uint32_t low = 0, high = c->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(msgid, string_at(c, c->originals, middle));
		if (order == 0)
			return (string_at(c, c->translations, middle));
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return (NULL);
}

void
sek_message_close(struct sek_catalogue *c)
{
	if (c == NULL || c == &none)
		return;
	free(c->data);
	free(c);
}

/* The one catalogue, read at its first use; threads may race for that. */
static const struct sek_catalogue *
catalogue(void)
{
	struct sek_catalogue *c = __atomic_load_n(&japanese, __ATOMIC_ACQUIRE);
	struct sek_catalogue *seen = NULL;

	if (c != NULL)
		return (c);
	c = sek_message_open(SEK_LOCALEDIR "/C/LC_MESSAGES/sekisho-ja.mo");
	if (c == NULL)
		c = &none;
	if (__atomic_compare_exchange_n(&japanese, &seen, c, false,
	    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return (c);
	sek_message_close(c);
	return (seen);
}

__attribute__((destructor))
static void
unload(void)
{
	sek_message_close(japanese);
	japanese = NULL;
}

const char *
sek_message(enum sek_language language, const char *msgid)
{
	const char *text = NULL;

	/* "" is the catalogue's own header. */
	if (language == SEK_LANGUAGE_JA && msgid[0] != '\0')
		text = sek_message_find(catalogue(), msgid);
	return (text != NULL && text[0] != '\0' ? text : msgid);
}

enum sek_language
sek_message_language(const struct sek_settings *s, const char *tty)
{
	const char *digits = tty != NULL ? tty : "";

	if (strncmp(digits, "/dev/", 5) == 0)
		digits += 5;
	if (strncmp(digits, "tty", 3) == 0 && digits[3] != '\0' &&
	    strspn(digits + 3, "0123456789") == strlen(digits + 3) &&
	    s->message.console != SEK_LANGUAGE_JA)
		return (SEK_LANGUAGE_EN);
	return ((enum sek_language)s->message.language);
}
