/*
 * scan.c - the lines of one file, held against what libeconf lets pass
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * libeconf 0.5.1 keeps the first of two equal keys, cuts values at # and ;
 * wherever they stand, takes a line without "=" for more of the value above,
 * strips quotes, and loses sections behind a byte order mark.
 * MUST: a line on which a reader and libeconf could disagree is refused.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"

#define BLANKS " \t\r"

struct scan {
	struct sek_settings_found	*found;
	const char			*path;
	const char			*section;	/* NULL before one */
	unsigned			 line;
	struct sek_why			*why;
};

/* "path:line: reason" of a reason that stands alone. */
static enum sek_err
at_line(const struct scan *s, enum sek_err err, const char *reason)
{
	return (sek_why(s->why, err == SEK_ERR_UNSUPPORTED ? err :
	    SEK_ERR_SETTINGS, "%s:%u: %s", s->path, s->line, reason));
}

/* Cut blanks off both ends, in place. */
static char *
trim(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	for (len = strlen(s); len > 0 && strchr(BLANKS, s[len - 1]) != NULL;)
		s[--len] = '\0';
	return (s);
}

/* UTF-8 without control characters but tabs and a CR at the end? */
static bool
is_readable(const char *line)
{
	char copy[SEK_SETTINGS_LINE_MAX];
	size_t i, len = strlen(line);

	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0)
		return (true);
	for (i = 0; i < len; i++)
		copy[i] = line[i] == '\t' ? ' ' : line[i];
	copy[len] = '\0';
	return (sek_text_is_clean(copy, sizeof(copy) - 1));
}

static enum sek_err
scan_section(struct scan *s, char *line)
{
	size_t len = strlen(line);
	struct sek_why reason;
	enum sek_err err;

	if (len < 3 || line[len - 1] != ']' ||
	    strcspn(line + 1, "[]#;") != len - 2)
		return (at_line(s, SEK_ERR_SETTINGS, "a section is one name in"
		    " brackets, [name], and nothing else on its line"));
	line[len - 1] = '\0';
	if ((err = sek_settings_find_section(line + 1, &reason)) != SEK_OK)
		return (at_line(s, err, reason.text));
	s->section = line + 1;
	return (SEK_OK);
}

/* What a value may not hold; NULL when it is fine. */
static const char *
value_fault(const char *value)
{
	if (*value == '\0')
		return ("a key without a value; write one or take the line"
		    " out");
	if (strpbrk(value, "#;") != NULL)
		return ("a value holds neither # nor ;: a comment stands on a"
		    " line of its own");
	if (*value == '"')
		return ("a value stands without quotes");
	return (NULL);
}

static enum sek_err
scan_value(struct scan *s, size_t row, const char *value)
{
	struct sek_why reason;
	const char *fault;

	if (s->found[row].line != 0) {
		(void)sek_why(&reason, SEK_OK, "\"%s\" stands on line %u"
		    " already; leave one of them",
		    sek_settings_row(row)->key, s->found[row].line);
		return (at_line(s, SEK_ERR_SETTINGS, reason.text));
	}
	if ((fault = value_fault(value)) != NULL)
		return (at_line(s, SEK_ERR_SETTINGS, fault));
	s->found[row].value = value;
	s->found[row].line = s->line;
	return (SEK_OK);
}

static enum sek_err
scan_key(struct scan *s, char *line)
{
	char *value = strchr(line, '=');
	struct sek_why reason;
	enum sek_err err;
	size_t row;

	if (value == NULL)
		return (at_line(s, SEK_ERR_SETTINGS, "neither \"key = value\","
		    " a [section] nor a comment (a value is one line)"));
	*value++ = '\0';
	line = trim(line);
	if (*line == '\0')
		return (at_line(s, SEK_ERR_SETTINGS, "a value without a key"));
	if (s->section == NULL)
		return (at_line(s, SEK_ERR_SETTINGS,
		    "a key outside a section; put its [section] above it"));
	if ((err = sek_settings_find(&row, s->section, line, &reason)) !=
	    SEK_OK)
		return (at_line(s, err, reason.text));
	return (scan_value(s, row, trim(value)));
}

static enum sek_err
scan_line(struct scan *s, char *line)
{
	if (strlen(line) >= SEK_SETTINGS_LINE_MAX)
		return (at_line(s, SEK_ERR_SETTINGS,
		    "the line is longer than 4095 bytes"));
	if (!is_readable(line))
		return (at_line(s, SEK_ERR_SETTINGS, "the line holds control"
		    " characters or is not UTF-8; write it again as UTF-8"));
	line = trim(line);
	switch (*line) {
	case '\0':
	case '#':
	case ';':
		return (SEK_OK);
	case '[':
		return (scan_section(s, line));
	default:
		return (scan_key(s, line));
	}
}

/* What is wrong with the file before its lines are looked at. */
static enum sek_err
scan_whole(struct scan *s, const char *text, size_t len)
{
	if (len > SEK_SETTINGS_FILE_MAX)
		return (sek_why(s->why, SEK_ERR_SETTINGS,
		    "%s: the file is larger than 64 KiB", s->path));
	if (memchr(text, '\0', len) != NULL)
		return (sek_why(s->why, SEK_ERR_SETTINGS,
		    "%s: the file holds NUL bytes: it is no text", s->path));
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		return (at_line(s, SEK_ERR_SETTINGS, "the file begins with a"
		    " byte order mark (BOM); save it as UTF-8 without one"));
	return (SEK_OK);
}

enum sek_err
sek_settings_scan(struct sek_settings_found found[SEK_SETTINGS_MAX],
    const char *path, char *text, size_t len, struct sek_why *why)
{
	struct scan s = { found, path, NULL, 1, why };
	char *next;
	enum sek_err err;

	memset(found, 0, SEK_SETTINGS_MAX * sizeof(found[0]));
	err = scan_whole(&s, text, len);
	for (; err == SEK_OK && text != NULL; text = next, s.line++) {
		if ((next = strchr(text, '\n')) != NULL)
			*next++ = '\0';
		err = scan_line(&s, text);
	}
	return (err);
}
