/*
 * grant_end.h - what a grant opened ends with it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)⑥. Of a grant that was revoked or closed, or of a deputy who is one
 * no longer, the sessions that go on are ordered to end.
 */
#ifndef SEKISHO_FLOW_GRANT_END_H
#define SEKISHO_FLOW_GRANT_END_H

#include "sekisho/edge/settings.h"
#include "sekisho/model/approval.h"
#include "sekisho/rule/approval.h"

/* Does this act, done with it, end what it opened? */
bool		sek_grant_end_act(const struct sek_approval *a,
		    enum sek_approval_act act);
/*
 * Order the end of each watched session that stands on it: under that grant;
 * of a deputy, those of his as whom he stood in, unless the policy names him
 * itself (in doubt it does not). Those of break-glass go on. by: the account
 * that ended it. *n of them were ordered. Root only; the first error, after
 * all were tried.
 */
enum sek_err	sek_grant_end_sessions(const struct sek_settings *s,
		    const struct sek_approval *a, const char *by, unsigned *n,
		    struct sek_why *why);

#endif
