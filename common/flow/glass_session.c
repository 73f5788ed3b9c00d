/*
 * glass_session.c - the session of one who came in by an envelope, and its end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 8(5)②; pam-facts 24, 25. Its end is a service of its own (tools/
 * sekisho-guard), started here as root, behind pam_systemd.
 *
 * MUST: opened once, by the gate's process or its parent, for the envelope's
 * own uid: by the envelope's file, whether there is a store or not.
 */
#include "config.h"

#include <inttypes.h>
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
#include "sekisho/edge/unit.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/glass.h"
#include "sekisho/flow/session.h"

#define GUARD	SEK_LIBEXECDIR "/sekisho-guard"
/* systemd's own limit of a scope of ours comes so long after the guard. */
#define BACKSTOP	(60 * SEK_SECOND)

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

/* ------------------------------------------------------------- the end -- */

/* Is this process in a session that pam_systemd made in this very handle? One
 * that was there before is somebody's work, and not ours to end. */
static bool
is_own_session(pam_handle_t *pamh, const char *session)
{
	const char *id = pam_getenv(pamh, "XDG_SESSION_ID");
	const void *existing = NULL;

	return (session[0] != '\0' && id != NULL &&
	    strcmp(id, session) == 0 &&
	    pam_get_data(pamh, "systemd.existing", &existing) ==
	    PAM_SUCCESS && existing == NULL);
}

/* The cgroup that holds the session and nothing else. */
static enum sek_err
own_cgroup(char cgroup[SEK_UNIT_CGROUP], char session[SEK_UNIT_NAME],
    pam_handle_t *pamh, const struct sek_claimant *who, const char *id,
    int64_t span, struct sek_why *why)
{
	char name[SEK_UNIT_NAME];
	enum sek_err err;

	session[0] = '\0';
	if ((err = sek_unit_cgroup(cgroup, why)) != SEK_OK)
		return (err);
	sek_unit_session_of(session, SEK_UNIT_NAME, cgroup);
	if (is_own_session(pamh, session))
		return (SEK_OK);
	session[0] = '\0';
	(void)snprintf(name, sizeof name, "sekisho-glass-%s.scope", id);
	if ((err = sek_unit_scope(name, "Break-glass session", who->uid,
	    span + BACKSTOP, why)) != SEK_OK)
		return (err);
	return (sek_unit_cgroup(cgroup, why));
}

static enum sek_err
arrange_end(pam_handle_t *pamh, const struct sek_claimant *who,
    const char *id, const struct sek_moment *at, int64_t span,
    struct sek_why *why)
{
	char cgroup[SEK_UNIT_CGROUP], session[SEK_UNIT_NAME];
	char name[SEK_UNIT_NAME], uid[16], deadline[24];
	const char *argv[] = { GUARD, id, who->name, uid, deadline, cgroup,
	    NULL, NULL };
	enum sek_err err;

	if ((err = own_cgroup(cgroup, session, pamh, who, id, span, why)) !=
	    SEK_OK)
		return (err);
	argv[6] = session[0] != '\0' ? session : "-";
	(void)snprintf(uid, sizeof uid, "%" PRIu32, who->uid);
	(void)snprintf(deadline, sizeof deadline, "%" PRId64,
	    at->boot + span);
	(void)snprintf(name, sizeof name, "sekisho-guard-%s.service", id);
	return (sek_unit_service(name, "End of a break-glass session", argv,
	    why));
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
	int64_t span;
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
	span = ctx->settings->breakglass.session * SEK_SECOND;
	ends = arrange_end(pamh, &who, p.id, &at, span, &said);
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
