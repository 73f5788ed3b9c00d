/*
 * util_page.c - text to be printed: 80 columns, by the widths of its script
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Widths and breaks are libunistring's (UAX #11, UAX #14).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unilbrk.h>
#include <unistr.h>
#include <uniwidth.h>

#include "util_page.h"

#define LABEL	22		/* columns of a field's label */
#define BOX	22		/* of a seal's box, with both sides */
#define BOX_LINES 4

static unsigned
width(const char *text)
{
	int w = u8_strwidth((const uint8_t *)text, "UTF-8");

	return (w > 0 ? (unsigned)w : 0);
}

static void
blanks(FILE *to, unsigned n)
{

	fprintf(to, "%*s", (int)n, "");
}

static void
new_line(FILE *to, unsigned indent, int *column)
{

	fputc('\n', to);
	blanks(to, indent);
	*column = 0;
}

/* From where the line is now; further lines begin at `indent`. A word that
 * is wider than the page is cut. */
static void
put_wrapped(FILE *to, unsigned indent, const char *text)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t n = strlen(text), i;
	int room = TOOL_PAGE - (int)indent, column = 0, wide, len;
	char *breaks = malloc(n + 1);

	if (breaks == NULL) {
		fprintf(to, "%s\n", text);
		return;
	}
	u8_width_linebreaks(s, n, room, 0, 0, NULL, "UTF-8", breaks);
	for (i = 0; i < n; i += (size_t)len) {
		if ((len = u8_mblen(s + i, n - i)) < 1)
			len = 1;
		wide = u8_width(s + i, (size_t)len, "UTF-8");
		if (breaks[i] == UC_BREAK_POSSIBLE ||
		    breaks[i] == UC_BREAK_MANDATORY || column + wide > room)
			new_line(to, indent, &column);
		if (breaks[i] == UC_BREAK_MANDATORY)
			continue;
		fwrite(text + i, 1, (size_t)len, to);
		column += wide;
	}
	fputc('\n', to);
	free(breaks);
}

void
tool_page_text(FILE *to, unsigned indent, const char *text)
{

	blanks(to, indent);
	put_wrapped(to, indent, text);
}

void
tool_page_more(FILE *to, unsigned indent, const char *text)
{

	put_wrapped(to, indent, text);
}

void
tool_page_field(FILE *to, const char *label, const char *text)
{
	unsigned w = width(label);

	fprintf(to, "  %s", label);
	blanks(to, w + 2 < LABEL ? LABEL - w : 2);
	put_wrapped(to, LABEL + 2, text[0] != '\0' ? text : "-");
}

void
tool_page_title(FILE *to, const char *text)
{
	unsigned w = width(text);

	blanks(to, w < TOOL_PAGE ? (TOOL_PAGE - w) / 2 : 0);
	fprintf(to, "%s\n", text);
}

void
tool_page_rule(FILE *to, char c)
{
	int i;

	for (i = 0; i < TOOL_PAGE; i++)
		fputc(c, to);
	fputc('\n', to);
}

static void
put_edge(FILE *to, unsigned boxes)
{
	unsigned b, i;

	fputs("  +", to);
	for (b = 0; b < boxes; b++) {
		for (i = 0; i < BOX - 1; i++)
			fputc('-', to);
		fputc('+', to);
	}
	fputc('\n', to);
}

/* One line through all boxes; a title that is too wide is cut at a
 * character. */
static void
put_cells(FILE *to, const char *const *titles, unsigned boxes)
{
	unsigned b, w;
	size_t n, i;
	char *breaks;

	fputs("  |", to);
	for (b = 0; b < boxes; b++) {
		const char *text = titles != NULL ? titles[b] : "";

		n = strlen(text);
		w = width(text);
		if (w > BOX - 3 && (breaks = malloc(n + 1)) != NULL) {
			u8_width_linebreaks((const uint8_t *)text, n, BOX - 3,
			    0, 0, NULL, "UTF-8", breaks);
			for (i = 0; i < n && breaks[i] != UC_BREAK_POSSIBLE;
			    i++)
				continue;
			n = i;
			free(breaks);
			i = (size_t)u8_width((const uint8_t *)text, n,
			    "UTF-8");
			w = (unsigned)i;
		}
		fprintf(to, " %.*s", (int)n, text);
		blanks(to, w + 2 < BOX ? BOX - 2 - w : 0);
		fputc('|', to);
	}
	fputc('\n', to);
}

void
tool_page_seals(FILE *to, const char *const *titles)
{
	unsigned boxes = 0, i;

	while (titles[boxes] != NULL)
		boxes++;
	put_edge(to, boxes);
	put_cells(to, titles, boxes);
	put_edge(to, boxes);
	for (i = 0; i < BOX_LINES; i++)
		put_cells(to, NULL, boxes);
	put_edge(to, boxes);
}
