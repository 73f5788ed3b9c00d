/*
 * util_approval.h - what the verbs of approvals and exceptions share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_APPROVAL_H
#define TOOLS_SEKISHO_UTIL_APPROVAL_H

#include "sekisho/base/secret.h"
#include "sekisho/edge/helper.h"
#include "sekisho/model/approval.h"
#include "sekisho/rule/approval.h"
#include "sekisho.h"

/* One, and what is judged of it at the moment of reading. */
struct tool_approval {
	struct sek_approval	a;
	uint32_t		overdue;	/* SEK_OVERDUE_ bits */
	bool			in_force;
};
struct tool_approvals {
	struct tool_approval	*v;
	size_t			 n;
	size_t			 size;
	int64_t			 wall;
	uint64_t		 tampered;	/* left out: rows whose check
						 * fails; root's only */
};

/* ---- util_approval.c: read, and why not */

/* Get ready to read: a user by the helper, root from the store, also under a
 * policy that does not load for want of an exception. No proof. */
int	tool_approvals_open(struct tool *t);
/*
 * Those there are, in the order of asking: from the store for root, else by
 * the helper those he may see. id: this one alone (TOOL_NO, said, when there
 * is none such), or NULL. The caller frees.
 */
int	tool_approvals_read(struct tool *t, const char *id, bool open_only,
	    struct tool_approvals *out);
void	tool_approvals_free(struct tool_approvals *l);
/* After what was printed of them: TOOL_YES; TOOL_TROUBLE, said: some could not
 * be. */
int	tool_approvals_whole(const struct tool_approvals *l);
/* Say why not, and what to do next; TOOL_NO. */
int	tool_approval_no(enum sek_approval_no no);
/* The one of this name; SEK_NO_NONE where it is none. */
enum sek_approval_no tool_approval_no_of(const char *name);
/* No such one; TOOL_NO. */
int	tool_no_approval(const char *id);
/*
 * Who acts, root, and without a proof: the login uid's account. t->store and
 * t->settings are there. Nobody in particular: TOOL_NO, said.
 */
int	tool_approval_actor(struct tool *t, struct sek_actor *out);
/* Is the act done by the helper, with a proof? (All but root with -y.) It is
 * made ready then. */
int	tool_approval_ready(struct tool *t, bool *helper);
/* "35d": from then on; else a time. false, said: --name is no such. */
bool	tool_approval_time(const struct tool *t, const char *name,
	    int64_t from, int64_t *wall);
/* --name, a line of text for SEK_APPROVAL_TEXT bytes; TOOL_USAGE, said. "" if
 * it is not given and need not be. */
int	tool_approval_text(const struct tool *t, const char *name,
	    bool needed, char *dst);

/* An account by its one spelling; TOOL_NO, said: there is none. */
int	tool_approval_user(const char *name, char *dst, size_t size);

/* ---- util_approval_ask.c: asked, by the helper or root's store */

/* in->a is asked. code: of a ticket, a secret the caller frees; NULL where
 * there is none. TOOL_YES with *out as it is now, or said why not. */
int	tool_approval_ask(struct tool *t, const struct sek_helper_ask *in,
	    bool helper, struct tool_approval *out, struct sek_secret *code);

/* ---- approve.c: the report of an opened envelope, with --note */
int	tool_approval_close(struct tool *t, const char *id);

/* ---- util_approval_show.c: told to people and programs */


cJSON	*tool_approval_json(const struct tool *t,
	    const struct tool_approval *a, int64_t wall);
/* Label by label, as who signs it must see it. */
void	 tool_approval_tell(const struct tool *t, FILE *to,
	    const struct tool_approval *a, int64_t wall);
/* What the person did who ended it: a label. */
const char *tool_approval_ended(const struct sek_approval *a);
/* What he wrote then: a label. */
const char *tool_approval_ended_note(const struct sek_approval *a);
extern const char *const tool_approval_columns[];
enum sek_err tool_approval_row(const struct tool *t, struct tool_list *l,
	    const struct tool_approval *a, int64_t wall);
/* In words: the state; why it waits for somebody, "" when it does not. */
const char *tool_approval_state(const struct tool_approval *a, int64_t wall);
void	 tool_approval_overdue(const struct tool_approval *a, char *dst,
	    size_t size);
/* What somebody else wrote, so that it steers no terminal. */
void	 tool_clean(char *text, size_t size);
/* "a, b"; for "": all */
void	 tool_approval_list(char *dst, size_t size, const char *list,
	    const char *all);
/* "yamada (person 1234), 2026-11-20 08:15, proved: 3f.. 4a..", or "-" */
void	 tool_approval_part(const struct tool *t, char *dst, size_t size,
	    const struct sek_part *p);

#endif
