/*
 * grant.c - what the account sources and the policy say of a grant or deputy
 * that is asked for
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/grant.h"
#include "sekisho/model/grant.h"

/* A list of several, or a name of nobody, stays as it was written: the rules
 * refuse it. */
static enum sek_err
know_subject(struct sek_approval_ask *ask, const struct sek_settings *settings)
{
	struct sek_claimant who;
	enum sek_err err;

	ask->subject_uid = SEK_UID_NONE;
	memset(&who, 0, sizeof(who));
	if ((err = sek_facts_account(&who, settings, ask->a.users)) != SEK_OK ||
	    who.known == 0)
		return (err);
	(void)sek_text_copy(ask->a.users, sizeof(ask->a.users), who.name);
	ask->subject_uid = who.uid;
	ask->subject_privileged = who.privileged;
	return (SEK_OK);
}

static enum sek_err
know_target(struct sek_approval_ask *ask, const struct sek_settings *settings)
{
	struct sek_claimant who;
	enum sek_err err;

	ask->target_privileged = 0;
	if (strcmp(ask->a.key, SEK_GRANT_ANY) == 0)
		return (SEK_OK);
	memset(&who, 0, sizeof(who));
	if ((err = sek_facts_account(&who, settings, ask->a.key)) != SEK_OK ||
	    who.known == 0)
		return (err);
	/* Its own name, where there is room for it. */
	if (sek_text_copy(ask->a.key, sizeof(ask->a.key), who.name) == SEK_OK)
		ask->target_privileged = who.privileged;
	return (SEK_OK);
}

enum sek_err
sek_grant_fill(struct sek_approval_ask *ask,
    const struct sek_settings *settings, const char *asker, int64_t wall)
{
	enum sek_err err;

	if (!sek_grant_is(&ask->a))
		return (SEK_OK);
	if (ask->a.users[0] == '\0')
		(void)sek_text_copy(ask->a.users, sizeof(ask->a.users), asker);
	ask->a.review_at = ask->unavoidable ?
	    wall + settings->privilege.review_due * SEK_SECOND : 0;
	if ((err = know_subject(ask, settings)) != SEK_OK)
		return (err);
	return (know_target(ask, settings));
}
