/*
 * util_grant.h - what the papers about privileged IDs share
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_GRANT_H
#define TOOLS_SEKISHO_UTIL_GRANT_H

#include "util_approval.h"

/* A privileged session, as the records tell of it. */
struct tool_work {
	char	grant[SEK_ID_MAX];	/* under which; "" none */
	char	subject[SEK_NAME_MAX];	/* who proved himself; "" nobody */
	char	person[SEK_NAME_MAX];
	char	target[SEK_NAME_MAX];
	char	service[SEK_SERVICE_MAX];
	char	tty[SEK_TTY_MAX];
	char	witness[SEK_REASON_MAX];	/* detail of the record */
	int64_t	began;			/* wall us */
	int64_t	ended;			/* 0: not, or not recorded */
	char	how[64];		/* event, or reason, of the end; "" */
};
struct tool_works {
	struct tool_work	*v;
	size_t			 n;
	size_t			 size;
	uint64_t		 refused;
};
/*
 * Privileged sessions that began from..until (wall us), by the records of this
 * terminal, the reading of which is a record itself. detail: what it is read
 * for (English). t->store is there. TOOL_YES, or said why not; the caller
 * frees.
 */
int	tool_works_read(struct tool *t, int64_t from, int64_t until,
	    const char *detail, struct tool_works *out);
void	tool_works_free(struct tool_works *w);
cJSON	*tool_work_json(const struct tool *t, const struct tool_work *w);
/* "2026-11-20 09:00 - 2026-11-20 09:40", "root (sudo, pts/1)" and how it
 * ended: fields of a page. */
void	tool_work_print(const struct tool *t, const struct tool_work *w,
	    bool who);

#endif
