/*
 * util_sheet.h - what is printed for paper with a code on it: A4, text
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_SHEET_H
#define TOOLS_SEKISHO_UTIL_SHEET_H

#include "sekisho/model/ticket.h"
#include "sekisho.h"

/* A code that was made just now; the strings are the caller's. */
struct tool_issued {
	const char		*id;
	const char		*user;
	enum sek_purpose	 purpose;
	const char		*code;		/* secret */
	int64_t			 not_after;	/* wall us */
	int64_t			 made;		/* wall us */
	const char		*state;
};

/* Before anything is made: the code comes onto this screen. TOOL_YES where it
 * goes elsewhere, or to a program; TOOL_NO, said unless silent. */
int	tool_sheet_agree(const struct tool *t, bool silent);
/* {"id","user","purpose","code","not_after","state"}, past all buffers. */
int	tool_issued_json(const struct tool *t, const struct tool_issued *i);
/* The sheet for a new person, or the slip for a card left at home. */
int	tool_sheet_ticket(const struct tool *t, const struct tool_issued *i);
/* The sheet for the envelope in the safe. */
int	tool_sheet_glass(const struct tool *t, const struct tool_issued *i);

/* The page with a temporary password, to be handed over sealed. */
int	tool_sheet_password(const struct tool *t, const char *user,
	    const char *password, int64_t until, int64_t min_length);
/* A secret under its label, past all buffers; TOOL_TROUBLE, said. */
int	tool_sheet_secret(const char *label, const char *text);

/* The head of a page: its title, and which terminal it is of. */
void	tool_sheet_head(const struct tool *t, const char *title);
/* A label and a moment. */
void	tool_sheet_time(const struct tool *t, const char *label, int64_t wall);

/* "新人 太郎" and "税務課", by the store; a name it does not know is that of the
 * account source. "" where nobody knows. size is of either. */
void	tool_sheet_name(const struct tool *t, char *name, char *section,
	    size_t size, const char *account);

#endif
