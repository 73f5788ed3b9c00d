/*
 * glass_session.c - the session of one who came in by an envelope, and its end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5)②; pam-facts 24, 25. Its end is its guard's (flow/guard.h).
 *
 * MUST: opened once, by the gate's process or its parent, for the envelope's
 * own uid: by the envelope's file, whether there is a store or not.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/journal.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/glass.h"
#include "sekisho/flow/guard.h"
#include "sekisho/flow/session.h"

/* What SEKISHO_ADMISSION says. */
struct pass {
	char	id[SEK_ENVELOPE_ID];	/* the envelope's */
	char	row[SEK_ID_MAX];	/* the store's, or "" */
};

static enum sek_err
read_pass(struct pass *p, const char *admission)
{
	const char *id = admission + sizeof SEK_GLASS_ADMISSION - 1;
	const char *row = strchr(id, ':');
	size_t n = row != NULL ? (size_t)(row - id) : strlen(id);

	memset(p, 0, sizeof *p);
	if (n != SEK_ENVELOPE_ID - 1)
		return (SEK_ERR_SYNTAX);
	memcpy(p->id, id, n);
	return (row == NULL ? SEK_OK : sek_text_copy(p->row, sizeof p->row,
	    row + 1));
}

static void
fill(struct sek_open_session *in, const struct sek_claimant *who,
    const struct sek_process *taker, const char *row)
{

	memset(in, 0, sizeof *in);
	in->who = *who;
	in->subject_uid = who->uid;
	in->taker = *taker;
	in->audit_session = sek_audit_session();
	(void)sek_text_copy(in->id, sizeof in->id, row);
}

/* Not in the store: where it is looked for then. */
static void
journal(const struct sek_context *ctx, const struct sek_claimant *who,
    enum sek_event event, const char *id)
{
	struct sek_record rec;

	memset(&rec, 0, sizeof rec);
	rec.event = (uint32_t)event;
	rec.result = SEK_RESULT_OK;
	rec.count = 1;
	memcpy(rec.service, who->service, sizeof rec.service);
	memcpy(rec.tty, who->tty, sizeof rec.tty);
	memcpy(rec.rhost, who->rhost, sizeof rec.rhost);
	memcpy(rec.subject, who->name, sizeof rec.subject);
	memcpy(rec.target, who->name, sizeof rec.target);
	(void)sek_text_format(rec.authenticator, sizeof rec.authenticator,
	    "glass:%s", id);
	sek_journal_record(&rec, 0, ctx->settings->terminal.id);
}

/*
 * Let in by the envelope's file, once; `login` is recorded where it can be.
 * *at: when the envelope was opened.
 */
static enum sek_err
take(struct sek_moment *at, struct sek_open_session_out *out, bool *stored,
    struct sek_context *ctx, const struct sek_claimant *who,
    const struct pass *p, struct sek_why *why)
{
	struct sek_open_session in;
	struct sek_envelope e;
	struct sek_process taker;
	enum sek_err err;

	*stored = false;
	memset(&e, 0, sizeof e);
	if ((err = sek_process_get(&taker, 0)) != SEK_OK ||
	    (err = sek_envelope_take(&e, NULL, p->id, who->uid, &taker,
	    why)) != SEK_OK)
		return (err);
	*at = e.at;
	if (ctx->no_policy)
		return (SEK_OK);
	sek_store_may_use_reserve(ctx->store, true);
	fill(&in, who, &taker, p->row);
	*stored = sek_store_open_session(ctx->store, &in, out) == SEK_OK;
	return (SEK_OK);
}

/* ------------------------------------------------------------- telling -- */

__attribute__((format(printf, 3, 4)))
static void
warn(pam_handle_t *pamh, enum sek_language language, const char *msgid, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, msgid);
	(void)vsnprintf(text, sizeof text, sek_message(language, msgid), ap);
	va_end(ap);
	sek_pam_tell(pamh, PAM_ERROR_MSG, text);
}

/* Also under PAM_SILENT. */
static void
tell(const struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, const struct sek_moment *at, bool ends)
{
	const struct sek_settings *s = ctx->settings;
	enum sek_language language = sek_message_language(s, who->tty);
	char until[32];

	warn(pamh, language, N_("This login was opened by the envelope "
	    "(break-glass). It is recorded."));
	sek_clock_print_short(until, sizeof until, at->wall +
	    s->breakglass.session * SEK_SECOND, s->terminal.timezone);
	if (ends)
		warn(pamh, language, N_("The session ends at %s, whatever "
		    "runs in it."), until);
	else
		warn(pamh, language, N_("Please log out by %s: this terminal "
		    "cannot end the session by itself."), until);
	sek_clock_print_short(until, sizeof until, at->wall +
	    s->breakglass.report_due * SEK_SECOND, s->terminal.timezone);
	warn(pamh, language, N_("A report is due by %s: sekisho ticket "
	    "report ID --note TEXT (its ID: sekisho ticket list)"), until);
	warn(pamh, language, N_("The envelope is spent. Please make a new "
	    "one: sekisho ticket issue %s --purpose break-glass"), who->name);
}

/* ------------------------------------------------------- open and close -- */

static enum sek_err
claimant(struct sek_claimant *who, struct sek_context *ctx,
    pam_handle_t *pamh, struct pass *p, const char *admission,
    struct sek_why *why)
{
	enum sek_err err;

	if (read_pass(p, admission) != SEK_OK)
		return (sek_why(why, SEK_ERR_REFUSED, "%s is not of our "
		    "making", SEK_ADMISSION_ENV));
	err = sek_claimant_get(who, pamh, ctx->settings,
	    sek_pam_item(pamh, PAM_USER));
	if (err == SEK_OK && !who->known)
		err = SEK_ERR_FORBIDDEN;
	return (err);
}

enum sek_err
sek_glass_session_open(struct sek_context *ctx, pam_handle_t *pamh,
    int flags, const char *admission, struct sek_why *why)
{
	struct sek_open_session_out *out = NULL;
	struct sek_claimant who;
	struct sek_moment at;
	struct sek_why said = { "" };
	struct pass p;
	enum sek_err err, ends;
	bool stored = false;

	memset(&at, 0, sizeof at);
	if ((err = claimant(&who, ctx, pamh, &p, admission, why)) != SEK_OK)
		return (err);
	if ((out = calloc(1, sizeof *out)) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = take(&at, out, &stored, ctx, &who, &p, why)) != SEK_OK)
		goto out;
	if (!stored) {
		sek_pam_log(pamh, LOG_ALERT, "BREAK-GLASS: the login of "
		    "envelope %s is not in the store: %s", p.id,
		    ctx->no_policy ? ctx->degraded_why.text :
		    sek_store_why(ctx->store));
		journal(ctx, &who, SEK_EVENT_LOGIN, p.id);
	}
	ends = sek_guard_glass(ctx, pamh, &who, out, p.id, at.boot +
	    ctx->settings->breakglass.session * SEK_SECOND, &said);
	if (ends != SEK_OK)
		sek_pam_log(pamh, LOG_ALERT, "BREAK-GLASS: the session of "
		    "envelope %s is not ended by us after its time: %s: %s",
		    p.id, sek_err_name(ends), said.text);
	if (stored && ((unsigned)flags & PAM_SILENT) == 0)
		sek_session_show(pamh, ctx->settings, &who, out);
	tell(ctx, pamh, &who, &at, ends == SEK_OK);
out:
	free(out);
	return (err);
}

enum sek_err
sek_glass_session_close(struct sek_context *ctx, pam_handle_t *pamh,
    const char *admission, struct sek_why *why)
{
	struct sek_close_session in;
	struct pass p;
	enum sek_err err;

	memset(&in, 0, sizeof in);
	if ((err = claimant(&in.who, ctx, pamh, &p, admission, why)) !=
	    SEK_OK)
		return (err);
	memcpy(in.id, p.row, sizeof in.id);
	sek_store_may_use_reserve(ctx->store, true);
	if (!ctx->no_policy &&
	    sek_store_close_session(ctx->store, &in) == SEK_OK)
		return (SEK_OK);
	sek_pam_log(pamh, LOG_ALERT, "BREAK-GLASS: the logout of envelope %s "
	    "is not in the store: %s", p.id, ctx->no_policy ?
	    ctx->degraded_why.text : sek_store_why(ctx->store));
	journal(ctx, &in.who, SEK_EVENT_LOGOUT, p.id);
	return (SEK_OK);
}
