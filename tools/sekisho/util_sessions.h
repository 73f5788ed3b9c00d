/*
 * util_sessions.h - sessions of whom the store let in, and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * For who may be in no longer: by a lost authenticator, or at all.
 */
#ifndef TOOLS_SEKISHO_UTIL_SESSIONS_H
#define TOOLS_SEKISHO_UTIL_SESSIONS_H

#include "sekisho.h"

struct tool_sessions;
/* NULL: not enough memory. */
struct tool_sessions *tool_sessions_new(struct tool *t);
void	 tool_sessions_free(struct tool_sessions **w);
/* One that was let in (may be called within a transaction); what no memory was
 * left for is told by tool_sessions_warn. */
void	 tool_sessions_add(struct tool_sessions *w,
	    const struct sek_lost_session *s);
/* The same of all that is an account's, or that its person opened; and of one,
 * by the id of its guard or logind's. Root's are whose person opened them. */
void	 tool_sessions_add_user(struct tool_sessions *w, const char *account,
	    uint32_t uid);
void	 tool_sessions_add_id(struct tool_sessions *w, const char *id);
/* Why, for the records of what is watched; text stays the caller's. */
void	 tool_sessions_because(struct tool_sessions *w, enum sek_reason reason,
	    const char *text);
/* Look for what is there of them and end it (keep: only look), but the one
 * this runs in. The store is closed, or nothing of it held. */
void	 tool_sessions_end(struct tool_sessions *w, bool keep);
/* Those of one account, all at once, with their record of that event; the
 * caller tells of them and frees *out, last of all by tool_sessions_end_own.
 * A name without an account here has none. TOOL_YES, or said why not. */
int	 tool_sessions_user(struct tool *t, struct tool_sessions **out,
	    const char *account, enum sek_event event, enum sek_reason reason,
	    const char *text, bool keep);
/* After it: was there any? */
bool	 tool_sessions_any(const struct tool_sessions *w);
/* A record of what became of them, behind what r says already; none where
 * there was nothing to end. */
void	 tool_sessions_record(const struct tool_sessions *w,
	    struct sek_record *r);
/* An array of objects. */
cJSON	*tool_sessions_json(const struct tool_sessions *w);
/* A line each. */
void	 tool_sessions_print(const struct tool_sessions *w);
/* What somebody has to do now; TOOL_TROUBLE where one may be left. unknown:
 * whom it let in is not known in full, whatever was found. */
int	 tool_sessions_warn(const struct tool_sessions *w, bool unknown);
/* Last of all: the one this runs in. */
void	 tool_sessions_end_own(struct tool_sessions *w);

#endif
