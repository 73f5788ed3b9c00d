/*
 * privilege.h - who may begin a privileged session, and when it ends
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Pure; the moment comes in. S4 7(2)①ウ, 7(2)⑥, 7(1)④.
 * MUST: a fact that lacks refuses. MUST: every privileged session has an end.
 */
#ifndef SEKISHO_RULE_PRIVILEGE_H
#define SEKISHO_RULE_PRIVILEGE_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/base/window.h"
#include "sekisho/model/record.h"

/* What policy asks. */
struct sek_privilege_policy {
	struct sek_windows	hours;
	int			zone;		/* seconds east of UTC */
	int			contractors;	/* 0 yes, 1 by grant, 2 no: as
						 * enum sek_contractors */
	bool			require_grant;
	bool			two_person;
	/* Does the policy name privileged persons at all? Where it names none,
	 * whoever sudoers or su let is let, and it is told. */
	bool			keeps_list;
	int64_t			max_session;	/* us */
};
/* Who it is that begins one, as far as is known. */
struct sek_privilege_facts {
	bool		person;		/* somebody in particular */
	bool		listed;		/* by the policy, or a deputy in
					 * force */
	bool		contractor;
	bool		granted;	/* a grant is in force for it */
	bool		witnessed;	/* by a second person, just now */
	bool		glass;		/* by an envelope: is let, whatever
					 * else; its end is its own */
	int64_t		wall;		/* us */
};

/* NONE: let. NOT_LISTED, HOURS, CONTRACTOR, NO_GRANT, NO_WITNESS (the last:
 * all else is well, so that no witness is asked for in vain). */
enum sek_reason	sek_privilege_may(const struct sek_privilege_policy *p,
		    const struct sek_privilege_facts *f);
/*
 * us it may last from now: of the policy, of the grant (span us, and until
 * its end, wall us; 0 0: none), of the window it is in. Never more than the
 * policy; 0 where nothing is left.
 */
int64_t		sek_privilege_lasts(const struct sek_privilege_policy *p,
		    int64_t grant_span, int64_t grant_end, int64_t wall);
/* us until the windows close, from wall; INT64_MAX where they never do; 0 where
 * they are closed. */
int64_t		sek_privilege_window(const struct sek_windows *w, int zone,
		    int64_t wall);

#endif
