/*
 * grant.h - the use of privileged IDs, asked for and given
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(1)④ア (作業記録), 7(2)⑥, 7(2)①ウ②. Both are approvals (model/approval.h).
 *
 * GRANT: users the one account whose person works, key the privileged account
 * it opens ("root"; "*" any), value how long a session may last ("3600",
 * seconds), clause the purpose (目的), reason the work (作業内容), uses_max how
 * many sessions (0 any number), ended.note the result (作業結果). Unavoidable:
 * an emergency use, reviewed afterwards by another person. An approver decides.
 * DEPUTY: users the one account whose person stands in, key for which
 * privileged account ("*" any), reason why; while it is in force he is among
 * those who use privileged IDs. The CISO decides.
 */
#ifndef SEKISHO_MODEL_GRANT_H
#define SEKISHO_MODEL_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "sekisho/model/approval.h"

#define SEK_GRANT_ANY		"*"
#define SEK_GRANT_LONGEST	(31 * SEK_DAY)	/* from beginning to end */
#define SEK_GRANT_SPAN_MAX	86400		/* seconds of one session */

/* Is it a grant or a deputy? */
bool		sek_grant_is(const struct sek_approval *a);
/* Seconds a session under it lasts at most; 0: it is no grant, or damaged. */
int64_t		sek_grant_span(const struct sek_approval *a);
/* Does it open, or stand in for, this privileged account (pw_name)? */
bool		sek_grant_opens(const struct sek_approval *a,
		    const char *target);

#endif
