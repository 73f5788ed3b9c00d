/*
 * util_gone.h - what a retirement took away, for the receipt
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_GONE_H
#define TOOLS_SEKISHO_UTIL_GONE_H

#include "sekisho.h"
#include "util_sessions.h"

struct tool_gone_item {
	char			 account[SEK_NAME_MAX];	/* or "" */
	char			 shared[SEK_NAME_MAX];
	struct sek_authenticator a;		/* id "": none */
};
struct tool_gone {
	struct tool_gone_item	*v;
	size_t			 n;
	size_t			 room;
	bool			 nomem;		/* not all of it is here */
	struct tool_sessions	*sessions;
};
int	 tool_gone_new(struct tool *t, struct tool_gone *g);
void	 tool_gone_free(struct tool_gone *g);
/* sek_retired_fn; arg: struct tool_gone */
void	 tool_gone_add(void *arg, const char *account,
	    const struct sek_authenticator *a,
	    const struct sek_lost_session *s, const char *shared);
/* From the beginning again: what was told came to nothing. */
void	 tool_gone_again(struct tool_gone *g);

/* Of the items from..to: names of accounts, of shared ones; authenticators. */
cJSON	*tool_gone_json(const struct tool *t, const struct tool_gone *g,
	    size_t from, size_t to);
/* A label and a line each, for a page. collect: only what is to be taken back
 * by hand. */
void	 tool_gone_print(const struct tool_gone *g, size_t from, size_t to,
	    bool collect);

/*
 * Fingers that fprintd is to forget once their persons are gone: noted before,
 * for the store forgets them then.
 */
struct tool_fingers {
	struct tool_finger	*v;
	size_t			 n;
};
typedef bool (*tool_is_leaving_fn)(void *arg, const char *person);
/* TOOL_YES, or said why not. */
int	 tool_fingers_note(struct tool *t, struct tool_fingers *f,
	    tool_is_leaving_fn is, void *arg);
/* What could not be is said, and TOOL_TROUBLE. */
int	 tool_fingers_forget(const struct tool_fingers *f);
void	 tool_fingers_free(struct tool_fingers *f);

#endif
