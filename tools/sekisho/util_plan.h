/*
 * util_plan.h - a plan of joiners, leavers and movers: read, shown, done, kept
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_PLAN_H
#define TOOLS_SEKISHO_UTIL_PLAN_H

#include "sekisho.h"
#include "util_gone.h"

#define TOOL_PLAN_ROWS	20000u
#define TOOL_PLAN_TEXT	(16u << 20)	/* bytes of one that is kept */
#define TOOL_PLAN_ID	9		/* 8 hex digits and a NUL */
#define TOOL_PLAN_SUM	65		/* 64 hex digits and a NUL */

struct tool_plan_row {
	struct sek_plan_row	row;
	struct sek_plan_change	change;		/* after the store was asked */
	size_t			gone_from;	/* of tool_plan.gone */
	size_t			gone_to;
	bool			made;		/* its account, by us, now */
};
struct tool_plan {
	struct tool		*t;
	char			 path[SEK_PATH_MAX];	/* printable */
	bool			 create;	/* missing accounts */
	struct tool_plan_row	*v;
	size_t			 n;
	size_t			 room;
	size_t			 missing;	/* accounts to be made */
	size_t			 given;		/* rows the store has taken */
	size_t			 told;		/* and answered */
	struct tool_gone	 gone;
	struct tool_fingers	 fingers;
	struct sek_plan_counts	 counts;
	struct tool_progress	 progress;
};

/* ---- util_plan_read.c: every line judged, the first wrong ones named */

int	 tool_plan_read(struct tool_plan *p, const char *file);
/* The same of text that is in memory; p->path is what messages call it. */
int	 tool_plan_read_text(struct tool_plan *p, const char *text,
	    size_t len);
void	 tool_plan_free(struct tool_plan *p);

/* ---- util_plan_show.c */

cJSON	*tool_plan_json(const struct tool_plan *p, bool applied);
/* What would be: counts, then a line a row that changes something. */
int	 tool_plan_print(const struct tool_plan *p);
/* What was done, for paper: with what is to be collected. */
int	 tool_plan_receipt(const struct tool_plan *p);

/* ---- util_plan_join.c */

/* By useradd. Said why not; what was made is there yet. */
int	 tool_plan_make_accounts(struct tool_plan *p);
/* Those made are taken away again. */
void	 tool_plan_unmake_accounts(struct tool_plan *p);
/*
 * A first enrolment's ticket for each joiner who has neither that nor an
 * authenticator; its sheet is printed, or (t->json) it is kept in *codes, to
 * be put out as objects with commas between. TOOL_YES; TOOL_NO, said: some
 * have none.
 */
struct tool_plan_codes;
int	 tool_plan_tickets(const struct tool_plan *p,
	    struct tool_plan_codes **codes);
int	 tool_plan_codes_put(const struct tool_plan_codes *codes);
void	 tool_plan_codes_free(struct tool_plan_codes **codes);

/* ---- util_plan_keep.c: plans of a later hour, root's alone, beside the
 * store */

struct tool_kept {
	char	id[TOOL_PLAN_ID];
	char	file[SEK_PATH_MAX];	/* it was planned from; printable */
	char	by[SEK_NAME_MAX];	/* who planned it; "" not known */
	char	person[SEK_NAME_MAX];
	char	failed[SEK_REASON_MAX];	/* why it was not done; "" */
	char	sum[TOOL_PLAN_SUM];	/* of its text */
	int64_t	at;			/* wall us */
	int64_t	made;
	uint64_t rows;
	bool	create;
};
/*
 * Nobody else keeps, cancels or does one until *fd is closed (-1: close
 * nothing). To be held over what is below but reading and telling. TOOL_TROUBLE,
 * said, also where another one has them for a minute.
 */
int	 tool_kept_lock(const struct tool *t, int *fd);
/* Keep k and the text of its plan; k->id is filled in. */
int	 tool_kept_add(struct tool *t, struct tool_kept *k, const char *text,
	    size_t len);
/* Those there are, the next first; the caller frees. */
int	 tool_kept_read(struct tool *t, struct tool_kept **out, size_t *n);
int	 tool_kept_remove(struct tool *t, const char *id);
/* It was tried, and cannot be done: said by who asks what is kept. */
int	 tool_kept_fail(struct tool *t, struct tool_kept *k, const char *why);
/* Its text as it was kept, the caller's to free. TOOL_NO, said: it is another
 * one, or not root's alone. */
int	 tool_kept_text(const struct tool *t, const struct tool_kept *k,
	    char **text, size_t *len);
cJSON	*tool_kept_json(const struct tool *t, const struct tool_kept *k);
int	 tool_kept_print(struct tool *t, const struct tool_kept *k, size_t n);
/* The timer runs as long as something is kept. TOOL_TROUBLE, said. */
int	 tool_kept_arm(bool any);
/* The rest of the leavers whose day is still to come, each day a plan. */
int	 tool_kept_later(const struct tool_plan *p);

#endif
