/*
 * grant.h - what the account sources and the policy say of a grant or deputy
 * that is asked for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#ifndef SEKISHO_FLOW_GRANT_H
#define SEKISHO_FLOW_GRANT_H

#include "sekisho/edge/settings.h"
#include "sekisho/edge/store.h"

/*
 * Of one of these kinds (of any other: nothing) whose a, who and unavoidable
 * are filled in: whom it is for, asker where ask->a.users is "", and for which
 * account, both by the names the account sources call them; when an emergency
 * use is reviewed at the latest, wall us (privilege.review_due).
 * SEK_ERR_ACCOUNTS: the account sources do not answer.
 */
enum sek_err	sek_grant_fill(struct sek_approval_ask *ask,
		    const struct sek_settings *settings, const char *asker,
		    int64_t wall);

#endif
