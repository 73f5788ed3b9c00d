/*
 * util_approval_ask.c - something is asked for, by the store or the helper
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the code of a ticket is in memory of secrets alone, and only until it
 * was shown.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/grant.h"
#include "sekisho/model/grant.h"
#include "util_approval.h"
#include "util_helper.h"

struct taking {
	struct sek_helper_approval	 answer;
	struct sek_secret		*code;	/* NULL: none is expected */
};

static enum sek_err
take(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct taking *k = arg;
	const struct sek_helper_code *code = body;

	if (kind == SEK_HELPER_DATA_CODE && k->code != NULL &&
	    len == sizeof(*code))
		return (sek_secret_copy(k->code, code->code,
		    strnlen(code->code, sizeof(code->code) - 1)));
	if (kind != SEK_HELPER_DATA_APPROVAL || len != sizeof(k->answer))
		return (SEK_ERR_SYNTAX);
	memcpy(&k->answer, body, sizeof(k->answer));
	return (SEK_OK);
}

static int
by_helper(struct tool *t, const struct sek_helper_ask *in,
    struct tool_approval *out, struct sek_secret *code)
{
	struct taking *k = calloc(1, sizeof(*k));
	int rc;

	if (k == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	k->code = code;
	rc = tool_helper(t, SEK_HELPER_ASK, in, sizeof(*in), take, k);
	out->a = k->answer.a;
	out->overdue = k->answer.overdue;
	out->in_force = k->answer.in_force != 0;
	if (rc == TOOL_YES && k->answer.timezone[0] != '\0')
		(void)sek_text_copy(t->zone, sizeof(t->zone),
		    k->answer.timezone);
	free(k);
	return (rc);
}

/* Whom it is for; of a ticket, how many days the policy gives him. */
static enum sek_err
know_subject(struct tool *t, struct sek_approval_ask *ask)
{
	struct sek_claimant who;
	struct sek_moment now;
	enum sek_err err;

	ask->subject_uid = SEK_UID_NONE;
	if (sek_grant_is(&ask->a))
		return ((err = sek_clock_now(&now)) == SEK_OK ?
		    sek_grant_fill(ask, t->settings, ask->who.account,
		    now.wall) : err);
	if (ask->a.kind != SEK_APPROVAL_TICKET)
		return (SEK_OK);
	memset(&who, 0, sizeof(who));
	if ((err = sek_facts_account(&who, t->settings, ask->a.users)) !=
	    SEK_OK || who.known == 0)
		return (err);
	ask->subject_uid = who.uid;
	ask->subject_privileged = who.privileged;
	ask->max = sek_facts_substitutes(t->settings, who.name, NULL);
	return (SEK_OK);
}

static int
by_store(struct tool *t, const struct sek_helper_ask *in,
    struct tool_approval *out, struct sek_secret *code)
{
	struct sek_approval_ask *ask = calloc(1, sizeof(*ask));
	struct sek_approval_out *got = calloc(1, sizeof(*got));
	struct sek_moment now = { 0 };
	enum sek_err err;
	int rc = TOOL_TROUBLE;

	if (ask == NULL || got == NULL) {
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
		goto out;
	}
	if ((rc = tool_approval_actor(t, &ask->who)) != TOOL_YES)
		goto out;
	ask->a = in->a;
	ask->unavoidable = in->unavoidable;
	if ((err = know_subject(t, ask)) != SEK_OK) {
		rc = tool_fail(err, NULL);
		goto out;
	}
	tool_hold();
	err = sek_store_approval_ask(t->store, ask, got);
	if (err == SEK_ERR_REFUSED && got->no != SEK_NO_NONE)
		rc = tool_approval_no((enum sek_approval_no)got->no);
	else if (err != SEK_OK)
		rc = tool_store_fail(t, err);
	else if (code != NULL && (err = sek_secret_copy(code, got->code,
	    strnlen(got->code, sizeof(got->code) - 1))) != SEK_OK)
		rc = tool_fail(err, NULL);
	out->a = got->a;
	if (sek_clock_now(&now) == SEK_OK) {
		out->overdue = sek_approval_overdue(&out->a, now.wall);
		out->in_force = sek_approval_in_force(&out->a, now.wall,
		    false);
	}
out:
	if (got != NULL)
		sek_wipe(got->code, sizeof(got->code));
	free(got);
	free(ask);
	return (rc);
}

int
tool_approval_ask(struct tool *t, const struct sek_helper_ask *in,
    bool helper, struct tool_approval *out, struct sek_secret *code)
{

	return (helper ? by_helper(t, in, out, code) :
	    by_store(t, in, out, code));
}
