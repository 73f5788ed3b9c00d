/*
 * session.c - login and logout: record, and what is shown
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/glass.h"
#include "sekisho/flow/guard.h"
#include "sekisho/flow/privilege.h"
#include "sekisho/flow/session.h"

/*
 * Who proved himself: sudo has set PAM_USER to the target by now and names
 * the invoker in PAM_RUSER; everywhere else it is PAM_USER (pam-facts 9).
 */
static enum sek_err
subject_uid(uint32_t *uid, const struct sek_claimant *who,
    pam_handle_t *pamh)
{
	struct sek_passwd pw;
	enum sek_err err;

	*uid = who->uid;
	if (strcmp(who->service, "sudo") != 0 &&
	    strcmp(who->service, "sudo-i") != 0)
		return (SEK_OK);
	memset(&pw, 0, sizeof pw);
	err = sek_account_find(&pw, sek_pam_item(pamh, PAM_RUSER));
	if (err == SEK_OK && pw.known)
		*uid = pw.uid;
	return (err);
}

/* By a ticket to a privileged session, or by what was lost meanwhile. */
static void
record_refusal(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who)
{
	struct sek_refuse *in;
	enum sek_err err = SEK_ERR_NOMEM;

	if ((in = calloc(1, sizeof *in)) == NULL)
		goto out;
	in->who = *who;
	in->record.event = SEK_EVENT_REFUSE;
	in->record.result = SEK_RESULT_REFUSED;
	in->record.reason = SEK_REASON_NO_EVIDENCE;
	in->record.count = 1;
	memcpy(in->record.service, who->service, sizeof in->record.service);
	memcpy(in->record.tty, who->tty, sizeof in->record.tty);
	memcpy(in->record.rhost, who->rhost, sizeof in->record.rhost);
	memcpy(in->record.target, who->name, sizeof in->record.target);
	sek_text_printable(in->record.detail, sizeof in->record.detail,
	    sek_store_why(ctx->store));
	err = sek_store_refuse(ctx->store, in);
out:
	free(in);
	if (err != SEK_OK)
		sek_pam_log(pamh, LOG_ALERT, "a refused session could not be "
		    "recorded: %s", sek_store_why(ctx->store));
}

/* What the store and the watch over it say; who reads it has a session. */
static enum sek_err
begin(struct sek_context *ctx, pam_handle_t *pamh, int flags,
    const struct sek_open_session *in, struct sek_open_session_out *out,
    struct sek_why *why)
{
	const struct sek_claimant *who = &in->who;
	int64_t ends = 0;
	enum sek_err err;

	if (ctx->privileged.refused)
		return (sek_why(why, SEK_ERR_FORBIDDEN, "the privilege line "
		    "before this one refused"));
	/* A stack without the privilege line: here, then. */
	if (who->privileged && !ctx->privileged.judged &&
	    (err = sek_privilege_late(ctx, pamh, who, why)) != SEK_OK)
		return (err);
	if ((err = sek_store_open_session(ctx->store, in, out)) != SEK_OK) {
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
		if (err == SEK_ERR_REFUSED)
			record_refusal(ctx, pamh, who);
		return (err);
	}
	if ((err = sek_guard_session(ctx, pamh, flags, who, out, &ends,
	    why)) != SEK_OK)
		return (err);
	if (((unsigned)flags & PAM_SILENT) == 0) {
		sek_session_show(pamh, ctx->settings, who, out);
		sek_session_show_life(ctx, pamh, who);
	}
	sek_session_show_privileged(pamh, flags, ctx->settings, who,
	    ctx->privileged.is.grant, ends);
	return (SEK_OK);
}

enum sek_err
sek_session_open(struct sek_context *ctx, pam_handle_t *pamh, int flags,
    struct sek_why *why)
{
	struct sek_open_session in;
	struct sek_open_session_out *out;
	const char *id = pam_getenv(pamh, SEK_ADMISSION_ENV);
	enum sek_err err = SEK_ERR_NOMEM;

	if (sek_glass_is_admission(id))
		return (sek_glass_session_open(ctx, pamh, flags, id,
		    why));
	memset(&in, 0, sizeof in);
	if ((out = calloc(1, sizeof *out)) == NULL ||
	    (err = sek_claimant_get(&in.who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER))) != SEK_OK ||
	    (err = subject_uid(&in.subject_uid, &in.who, pamh)) != SEK_OK ||
	    (err = sek_process_get(&in.taker, 0)) != SEK_OK)
		goto out;
	if (!in.who.known) {
		err = SEK_ERR_FORBIDDEN;
		goto out;
	}
	if (id != NULL &&
	    sek_text_copy(in.id, sizeof in.id, id) != SEK_OK)
		in.id[0] = '\0';
	in.audit_session = sek_audit_session();
	sek_store_may_use_reserve(ctx->store, in.who.privileged != 0);
	if (ctx->no_policy)
		err = sek_why(why, ctx->degraded, "%s",
		    ctx->degraded_why.text);
	else
		err = begin(ctx, pamh, flags, &in, out, why);
out:
	free(out);
	return (err);
}

enum sek_err
sek_session_close(struct sek_context *ctx, pam_handle_t *pamh,
    struct sek_why *why)
{
	struct sek_close_session in;
	const char *id = pam_getenv(pamh, SEK_ADMISSION_ENV);
	enum sek_err err;

	if (sek_glass_is_admission(id))
		return (sek_glass_session_close(ctx, pamh, id, why));
	if (ctx->no_policy)
		return (sek_why(why, ctx->degraded, "%s",
		    ctx->degraded_why.text));
	memset(&in, 0, sizeof in);
	if ((err = sek_claimant_get(&in.who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER))) != SEK_OK)
		return (err);
	if (id != NULL &&
	    sek_text_copy(in.id, sizeof in.id, id) != SEK_OK)
		in.id[0] = '\0';
	sek_store_may_use_reserve(ctx->store, in.who.privileged != 0);
	if ((err = sek_store_close_session(ctx->store, &in)) != SEK_OK)
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
	return (err);
}
