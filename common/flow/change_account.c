/*
 * change_account.c - is a change of the password due at this login?
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Clause 6(4)②オ, キ; pam-facts 23.
 */
#include "config.h"

#include <string.h>
#include <syslog.h>

#include "sekisho/edge/message.h"
#include "sekisho/edge/shadow.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/attempt.h"
#include "sekisho/flow/change_password.h"
#include "sekisho/flow/facts.h"
#include "sekisho/rule/entry.h"

/* Why, to him; a screen that he unlocks, or an act that he proves himself for,
 * says it in its own words. */
static void
tell_due(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, enum sek_due due)
{
	const char *msgid;

	switch (due) {
	case SEK_DUE_COMPROMISED:
		msgid = N_("Your password may be known to others. Please "
		    "choose another one now.");
		break;
	case SEK_DUE_TEMPORARY:
	case SEK_DUE_OVER:
		msgid = N_("This is a temporary password. Please choose your "
		    "own now.");
		break;
	case SEK_DUE_AGE:
		msgid = N_("Your password has reached its age. Please choose "
		    "another one now.");
		break;
	case SEK_DUE_USES:
		msgid = N_("Your password was used as often as it may be. "
		    "Please choose another one now.");
		break;
	case SEK_DUE_EXPIRED:
	case SEK_DUE_NOT:
	default:
		msgid = N_("Please choose another password now.");
		break;
	}
	if (sek_entry_begins(who->service))
		sek_pam_tell(pamh, PAM_ERROR_MSG, sek_message(
		    sek_message_language(ctx->settings, who->tty), msgid));
}

enum sek_err
sek_change_look(struct sek_password *out, struct sek_context *ctx,
    const struct sek_claimant *who)
{
	struct sek_password_seen in;
	struct sek_password_seen_out seen;
	struct sek_shadow shadow;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	memset(&seen, 0, sizeof seen);
	memset(&shadow, 0, sizeof shadow);
	if ((err = sek_shadow_get(&shadow, who->name)) == SEK_OK) {
		in.who = *who;
		in.day = shadow.day;
		memcpy(in.hash, shadow.hash, sizeof in.hash);
		memcpy(in.mark, shadow.mark, sizeof in.mark);
		err = sek_store_password_seen(ctx->store, &in, &seen);
	}
	*out = seen.password;
	sek_wipe(&in, sizeof in);
	sek_wipe(&shadow, sizeof shadow);
	return (err);
}

/* Once known for privileged (the round knows what the store knew). */
static bool
is_privileged(const struct sek_context *ctx, const struct sek_claimant *who)
{
	const struct sek_round *r = &ctx->round;

	return (who->privileged || (r->state == SEK_ROUND_ADMITTED &&
	    sek_context_is_ours(ctx) && r->who.uid == who->uid &&
	    r->who.privileged));
}

static enum sek_err
judge(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, struct sek_why *why)
{
	struct sek_password_limits rules;
	struct sek_password password;
	struct sek_moment now;
	enum sek_due due;
	enum sek_err err;

	sek_facts_settings(ctx->settings, who);
	sek_context_reserve(ctx, who);
	sek_settings_password(&rules, ctx->settings, is_privileged(ctx, who));
	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	err = sek_change_look(&password, ctx, who);
	/* No login waits for a migration: nothing of this is known yet. */
	if (err == SEK_ERR_STORE_OLDER) {
		sek_pam_log(pamh, LOG_WARNING, "the age of passwords is not "
		    "looked at: run: sekisho store migrate");
		return (SEK_OK);
	}
	if (err != SEK_OK)
		return (sek_why(why, err, "%s", sek_store_why(ctx->store)));
	if ((due = sek_password_due(&password, &rules, now.wall)) ==
	    SEK_DUE_NOT)
		return (SEK_OK);
	/* root is never kept out by a state, only asked to change it. */
	if (due == SEK_DUE_OVER && who->uid != 0) {
		ctx->account_refused = SEK_REASON_PASSWORD_OVER;
		return (sek_why(why, SEK_ERR_ENDED, "account refused: %s",
		    sek_reason_name(SEK_REASON_PASSWORD_OVER)));
	}
	err = sek_attempt_change_due(ctx, pamh, why);
	if (err == SEK_ERR_CHANGE_DUE)
		tell_due(ctx, pamh, who, due);
	return (err);
}

enum sek_err
sek_change_account(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_claimant who;
	struct sek_entry e;
	enum sek_err err;

	if (sek_attempt_by_envelope(ctx, pamh))
		return (SEK_OK);
	if ((err = sek_claimant_get(&who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER))) != SEK_OK)
		return (err);
	if (ctx->no_policy)
		return (sek_why(why, ctx->degraded, "%s",
		    ctx->degraded_why.text));
	sek_facts_entry(&e, ctx->settings, &who);
	if (!who.known || !sek_entry_is_terminals(&e))
		return (SEK_OK);
	return (judge(ctx, pamh, &who, why));
}
