/*
 * grant_end.c - what a grant opened ends with it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/guard.h"
#include "sekisho/flow/grant_end.h"
#include "sekisho/model/grant.h"

struct ending {
	const struct sek_settings	*settings;
	const struct sek_approval	*a;
	const char			*by;
	struct sek_why			*why;
	unsigned			 n;
	enum sek_err			 first;	/* error */
};

bool
sek_grant_end_act(const struct sek_approval *a, enum sek_approval_act act)
{

	return (sek_grant_is(a) &&
	    (act == SEK_ACT_REVOKE || act == SEK_ACT_CLOSE));
}

/* Does the policy let him, without standing in for anybody? */
static bool
is_listed(const struct sek_settings *s, const char *account)
{
	bool privileged = false;
	struct sek_passwd who;

	return (sek_account_find(&who, account) == SEK_OK && who.known &&
	    sek_account_privileged(&privileged, s, who.name, who.uid,
	    who.gid) == SEK_OK && privileged);
}

static bool
stands_on(const struct ending *e, const struct sek_guard *g)
{
	const struct sek_approval *a = e->a;

	if (g->envelope[0] != '\0' || g->privileged == 0)
		return (false);
	if (a->kind == SEK_APPROVAL_GRANT)
		return (strcmp(g->grant, a->id) == 0);
	return (strcmp(g->subject, a->users) == 0 &&
	    sek_grant_opens(a, g->account) &&
	    !is_listed(e->settings, g->subject));
}

static enum sek_err
end_one(void *arg, const struct sek_guard *g, const struct sek_guard_state *s)
{
	struct ending *e = arg;
	enum sek_err err;

	(void)s;
	if (!stands_on(e, g))
		return (SEK_OK);
	err = sek_guard_order(g->id, SEK_GUARD_END, SEK_REASON_NO_GRANT,
	    e->by, e->a->ended.note, e->why);
	/* It ended by itself meanwhile. */
	if (err == SEK_ERR_NOT_FOUND)
		return (SEK_OK);
	if (err == SEK_OK)
		e->n++;
	else if (e->first == SEK_OK)
		e->first = err;
	return (err == SEK_ERR_NOMEM ? err : SEK_OK);
}

enum sek_err
sek_grant_end_sessions(const struct sek_settings *s,
    const struct sek_approval *a, const char *by, unsigned *n,
    struct sek_why *why)
{
	struct ending e = { .settings = s, .a = a, .by = by, .why = why };
	enum sek_err err = sek_guard_each(end_one, &e, why);

	*n = e.n;
	return (e.first != SEK_OK ? e.first : err);
}
