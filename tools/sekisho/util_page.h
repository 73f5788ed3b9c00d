/*
 * util_page.h - text to be printed: 80 columns, by the widths of its script
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_PAGE_H
#define TOOLS_SEKISHO_UTIL_PAGE_H

#include <stdio.h>

#define TOOL_PAGE	78
/* A paragraph, indented, broken where its script lets break. */
void	 tool_page_text(FILE *to, unsigned indent, const char *text);
/* The same, the line being at column indent already. */
void	 tool_page_more(FILE *to, unsigned indent, const char *text);
/* "label        text", text in a column of its own; text "" is "-". */
void	 tool_page_field(FILE *to, const char *label, const char *text);
/* In the middle of the page. */
void	 tool_page_title(FILE *to, const char *text);
void	 tool_page_rule(FILE *to, char c);
/* Boxes for seals, side by side, each under its title; NULL ends. */
void	 tool_page_seals(FILE *to, const char *const *titles);

#endif
