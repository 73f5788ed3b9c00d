/*
 * util_sessions_in.h - sessions that are to end, within util_sessions*.c
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef TOOLS_SEKISHO_UTIL_SESSIONS_IN_H
#define TOOLS_SEKISHO_UTIL_SESSIONS_IN_H

#include "sekisho/edge/guard.h"
#include "sekisho/edge/logout.h"
#include "util_sessions.h"

enum outcome {
	TO_DO = 0,
	ENDED,
	LEFT,
	KEPT,
	OWN,		/* the one this runs in: comes last */
	OVER		/* nothing of it was left: is not told */
};
enum how {
	BY_GUARD,	/* one that is watched: its guard ends it whole */
	BY_LOGIND,	/* a session of logind's, all of it */
	BY_AUDIT,	/* all of an audit session */
	BY_PART,	/* what one started in another's session */
	UNKNOWN		/* there may be one; it cannot be found */
};
struct target {
	enum how		 how;
	char			 guard[SEK_ID_MAX];	/* its id */
	struct sek_login_session s;
	struct sek_lost_session	 by;
	enum outcome		 outcome;
	bool			 over;	/* there was nothing to end */
	char			 why[SEK_WHY_MAX];
};

/* All that is of one account; or one session by its id, uid is SEK_UID_NONE. */
struct wanted {
	uint32_t	 uid;
	char		 name[SEK_NAME_MAX];
};

struct tool_sessions {
	struct tool		 *t;
	enum sek_reason		  reason;	/* guards are told */
	const char		 *text;
	struct wanted		 *wanted;
	size_t			  nwanted;
	struct sek_guard	 *guards;	/* all there are */
	size_t			  nguards;
	struct sek_lost_session	 *by;	/* whom it let in */
	size_t			  nby;
	bool			  nomem;
	struct sek_login_session *list;	/* logind's */
	size_t			  nlist;
	bool			  logind;
	char			  no_logind[SEK_WHY_MAX];
	struct target		 *target;
	size_t			  n;
	uint32_t		  own;	/* this audit session */
};

#endif
