/*
 * output.c - words, tables, JSON and reasons, on the right stream
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <errno.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/clock.h"
#include "sekisho.h"

struct tool_list {
	cJSON			*array;		/* one of the two */
	struct libscols_table	*table;
	unsigned		 filled;	/* bits of columns with some text */
	unsigned		 optional;	/* shown only if filled */
};

static enum sek_language spoken = SEK_LANGUAGE_EN;

/* What went wrong and what to do; the detail stands behind. */
static const struct {
	enum sek_err	 err;
	const char	*text;
} sentences[] = {
	{ SEK_ERR_REFUSED, N_("refused") },
	{ SEK_ERR_FORBIDDEN, N_("this is not allowed") },
	{ SEK_ERR_SETTINGS, N_("the policy file is not usable: mend it, "
	    "then run this again") },
	{ SEK_ERR_SYNTAX, N_("this is not of the form asked for") },
	{ SEK_ERR_RANGE, N_("this is too long, too large or too small") },
	{ SEK_ERR_UNTRUSTED, N_("others may change a file or folder: "
	    "make it root's alone, then run this again") },
	{ SEK_ERR_UNSUPPORTED, N_("not built in this version") },
	{ SEK_ERR_NOT_FOUND, N_("there is no such entry") },
	{ SEK_ERR_EXISTS, N_("there is one already") },
	{ SEK_ERR_STORE, N_("the store does not answer") },
	{ SEK_ERR_STORE_MISSING, N_("there is no store: run sekisho init") },
	{ SEK_ERR_STORE_BUSY, N_("the store is busy: try again") },
	{ SEK_ERR_STORE_FULL, N_("the disk is full: make room, then run this "
	    "again") },
	{ SEK_ERR_STORE_READONLY, N_("the store cannot be written to: its "
	    "disk is read-only") },
	{ SEK_ERR_STORE_DAMAGED, N_("the store is damaged: see sekisho store "
	    "status") },
	{ SEK_ERR_STORE_FOREIGN, N_("the store belongs to another machine or "
	    "terminal") },
	{ SEK_ERR_STORE_NEWER, N_("the store was made by a newer version: "
	    "install that one") },
	{ SEK_ERR_STORE_OLDER, N_("the store is of an older version: run "
	    "sekisho store migrate") },
	{ SEK_ERR_TAMPERED, N_("an entry of the store was changed by other "
	    "means: see sekisho store status") },
	{ SEK_ERR_ACCOUNTS, N_("the source of accounts does not answer: "
	    "try again when it does") },
	{ SEK_ERR_CLOCK, N_("the clock was set back: check the time, then run "
	    "sekisho store clock --accept") },
	{ SEK_ERR_TIMEOUT, N_("it took too long: try again") },
	{ SEK_ERR_IO, N_("a file could not be read or written") },
	{ SEK_ERR_NOMEM, N_("there is not enough memory") },
	{ SEK_ERR_CRYPTO, N_("cryptography failed") },
	{ SEK_ERR_INTERNAL, N_("an error within sekisho: please report it") }
};

void
tool_language(enum sek_language language)
{
	spoken = language;
}

bool
tool_speaks_japanese(void)
{
	return (spoken == SEK_LANGUAGE_JA);
}

const char *
tool_text(const char *msgid)
{
	return (msgid[0] == '\0' ? "" : sek_message(spoken, msgid));
}

void
tool_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("sekisho: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static int
exit_code(enum sek_err err)
{
	switch (err) {
	case SEK_OK:
		return (TOOL_YES);
	case SEK_ERR_NOT_FOUND:
	case SEK_ERR_EXISTS:
	case SEK_ERR_REFUSED:
	case SEK_ERR_FORBIDDEN:
		return (TOOL_NO);
	/* What was typed; who reads a file says TOOL_NO of its lines. */
	case SEK_ERR_SYNTAX:
	case SEK_ERR_RANGE:
		return (TOOL_USAGE);
	default:
		return (TOOL_TROUBLE);
	}
}

int
tool_fail(enum sek_err err, const char *detail)
{
	const char *text = sek_err_name(err);
	size_t i;

	for (i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
		if (sentences[i].err == err)
			text = _(sentences[i].text);
	if (detail != NULL && detail[0] != '\0')
		tool_error("%s (%s)", text, _(detail));
	else
		tool_error("%s", text);
	return (err == SEK_OK ? TOOL_TROUBLE : exit_code(err));
}

int
tool_told(enum sek_err err, const char *text)
{

	if (text[0] == '\0')
		return (tool_fail(err, NULL));
	tool_error("%s", text);
	return (err == SEK_ERR_CONV ? TOOL_NO : exit_code(err));
}

int
tool_store_fail(struct tool *t, enum sek_err err)
{
	return (tool_fail(err, t->store != NULL ? sek_store_why(t->store) :
	    NULL));
}

int
tool_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return (TOOL_YES);
	tool_error(_("the output could not be written: %s"), strerror(errno));
	return (TOOL_TROUBLE);
}

int
tool_put_secret(FILE *to, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	if (fflush(to) != 0)
		return (-1);
	while (left > 0) {
		n = write(fileno(to), text, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (-1);
		text += n;
		left -= (size_t)n;
	}
	return (0);
}

int
tool_put_secret_json(const cJSON *o)
{
	struct sek_secret out = SEK_SECRET_NONE;
	enum sek_err err;
	int rc = TOOL_TROUBLE;

	/* cJSON asks for an object it may change, and changes none. */
	if ((err = sek_secret_new(&out, SEK_SECRET_MAX)) == SEK_OK &&
	    !cJSON_PrintPreallocated((cJSON *)(uintptr_t)o, (char *)out.data,
	    (int)out.len, true))
		err = SEK_ERR_NOMEM;
	if (err != SEK_OK)
		rc = tool_fail(err, NULL);
	else if (tool_put_secret(stdout, sek_secret_text(&out)) == 0 &&
	    tool_put_secret(stdout, "\n") == 0)
		rc = TOOL_YES;
	else
		tool_error(_("the output could not be written: %s"),
		    strerror(errno));
	sek_secret_free(&out);
	return (rc);
}

const char *
tool_zone(const struct tool *t)
{
	if (t->zone[0] != '\0')
		return (t->zone);
	return (t->settings != NULL && t->settings->terminal.timezone[0] ?
	    t->settings->terminal.timezone : NULL);
}

cJSON *
tool_json_time(const struct tool *t, int64_t wall_us)
{
	char text[64];

	if (wall_us == 0)
		return (cJSON_CreateNull());
	sek_clock_print(text, sizeof(text), wall_us, tool_zone(t));
	return (cJSON_CreateString(text));
}

void
tool_time(const struct tool *t, char *dst, size_t size, int64_t wall_us)
{
	if (wall_us == 0)
		snprintf(dst, size, "-");
	else
		sek_clock_print_short(dst, size, wall_us, tool_zone(t));
}

cJSON *
tool_json_text(const char *s)
{
	return (s == NULL || s[0] == '\0' ? cJSON_CreateNull() :
	    cJSON_CreateString(s));
}

void
tool_list_free(struct tool_list **l)
{
	if (*l == NULL)
		return;
	cJSON_Delete((*l)->array);
	scols_unref_table((*l)->table);
	free(*l);
	*l = NULL;
}

struct tool_list *
tool_list_new(const struct tool *t, const char *const *columns)
{
	struct tool_list *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return (NULL);
	if (t->json) {
		if ((l->array = cJSON_CreateArray()) != NULL)
			return (l);
	} else if ((l->table = scols_new_table()) != NULL) {
		/* A narrow terminal breaks long lines itself: to fit them
		 * in, every cell would get a line of its own. */
		(void)scols_table_set_termforce(l->table,
		    SCOLS_TERMFORCE_NEVER);
		for (; *columns != NULL; columns++)
			if (scols_table_new_column(l->table, _(*columns), 0.1,
			    0) == NULL)
				break;
		if (*columns == NULL)
			return (l);
	}
	tool_list_free(&l);
	return (NULL);
}

void
tool_list_part(struct tool_list *l, const unsigned *widths, bool first)
{
	struct libscols_column *column;
	size_t i, n;

	if (l->table == NULL)
		return;
	n = scols_table_get_ncols(l->table);
	for (i = 0; i < n; i++) {
		if (widths[i] == 0)
			continue;
		/* Strict: also where the title is wider than all cells. */
		column = scols_table_get_column(l->table, i);
		scols_column_set_whint(column, widths[i]);
		scols_column_set_flags(column, SCOLS_FL_STRICTWIDTH);
	}
	scols_table_enable_noheadings(l->table, first ? 0 : 1);
}

/*
 * A row waits as text: a list may have a million of them, and as a tree each
 * takes five times the memory. The line break is JSON's white space.
 */
enum sek_err
tool_list_json(struct tool_list *l, cJSON *json)
{
	char *text = json != NULL ? cJSON_PrintUnformatted(json) : NULL;
	char *row = NULL;
	cJSON *raw = NULL;

	cJSON_Delete(json);
	if (text != NULL && asprintf(&row, "\n%s", text) < 0)
		row = NULL;
	if (row != NULL && (raw = cJSON_CreateRaw(row)) != NULL &&
	    !cJSON_AddItemToArray(l->array, raw)) {
		cJSON_Delete(raw);
		raw = NULL;
	}
	free(row);
	cJSON_free(text);
	return (raw == NULL ? SEK_ERR_NOMEM : SEK_OK);
}

enum sek_err
tool_list_row(struct tool_list *l, const char *const *cells)
{
	struct libscols_line *line = scols_table_new_line(l->table, NULL);
	size_t i, n = scols_table_get_ncols(l->table);

	if (line == NULL)
		return (SEK_ERR_NOMEM);
	for (i = 0; i < n; i++)
		if (scols_line_set_data(line, i, cells[i]) != 0)
			return (SEK_ERR_NOMEM);
		else if (cells[i] != NULL && cells[i][0] != '\0')
			l->filled |= 1u << i;
	return (SEK_OK);
}

void
tool_list_optional(struct tool_list *l, size_t column)
{
	l->optional |= 1u << column;
}

static void
hide_empty(const struct tool_list *l)
{
	size_t i, n = scols_table_get_ncols(l->table);

	for (i = 0; i < n; i++)
		if ((l->optional & ~l->filled & 1u << i) != 0)
			(void)scols_column_set_flags(scols_table_get_column(
			    l->table, i), SCOLS_FL_HIDDEN);
}

static int
json_print(const cJSON *json, bool formatted)
{
	char *text = NULL;
	int rc;

	if (json != NULL)
		text = formatted ? cJSON_Print(json) :
		    cJSON_PrintUnformatted(json);
	if (text == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	puts(text);
	rc = tool_flush();
	cJSON_free(text);
	return (rc);
}

int
tool_json_print(cJSON *json)
{
	int rc = json_print(json, true);

	cJSON_Delete(json);
	return (rc);
}

static int
list_print(const struct tool_list *l)
{
	if (l->array != NULL)
		return (json_print(l->array, false));
	if (scols_table_is_empty(l->table))
		return (TOOL_YES);
	hide_empty(l);
	return (scols_print_table(l->table) == 0 ? tool_flush() :
	    tool_fail(SEK_ERR_NOMEM, NULL));
}

int
tool_list_end(struct tool *t, struct tool_list **l, enum sek_err err)
{
	int rc = TOOL_TROUBLE;

	if (*l == NULL)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	else if (err != SEK_OK)
		rc = tool_store_fail(t, err);
	else
		rc = list_print(*l);
	tool_list_free(l);
	return (rc);
}
