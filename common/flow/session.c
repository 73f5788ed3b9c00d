/*
 * session.c - login and logout: record, and what is shown
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_modules.h>
#include <sodium.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/glass.h"
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

static void
line(pam_handle_t *pamh, enum sek_language language, const char *msgid)
{
	sek_pam_tell(pamh, PAM_TEXT_INFO, sek_message(language, msgid));
}

/* The same with arguments. */
__attribute__((format(printf, 3, 4)))
static void
line_of(pam_handle_t *pamh, enum sek_language language, const char *msgid,
    ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, msgid);
	(void)vsnprintf(text, sizeof text, sek_message(language, msgid), ap);
	va_end(ap);
	sek_pam_tell(pamh, PAM_TEXT_INFO, text);
}

/* "2026-11-20 08:15 (192.0.2.7, sshd)" */
static void
last_login(char *dst, size_t size, const struct sek_account *a,
    const char *timezone)
{
	const char *place = a->last_rhost[0] != '\0' ? a->last_rhost :
	    a->last_tty;
	char when[32];

	sek_clock_print_short(when, sizeof when, a->last_login, timezone);
	(void)sek_text_format(dst, size, "%s (%s%s%s)", when, place,
	    place[0] != '\0' ? ", " : "", a->last_service);
}

void
sek_session_show(pam_handle_t *pamh, const struct sek_settings *s,
    const struct sek_claimant *who, const struct sek_open_session_out *out)
{
	enum sek_language language = sek_message_language(s, who->tty);
	const struct sek_account *a = &out->before;
	char text[512];

	if (a->last_login == 0) {
		line(pamh, language, N_("This is your first login here."));
	} else {
		last_login(text, sizeof text, a, s->terminal.timezone);
		line_of(pamh, language, N_("Last login: %s"), text);
		sek_clock_print_short(text, sizeof text, a->last_logout,
		    s->terminal.timezone);
		if (a->last_logout != 0 && !out->previous_unclosed)
			line_of(pamh, language, N_("Last logout: %s"), text);
		else
			line(pamh, language,
			    N_("Last logout: not recorded"));
	}
	(void)sek_text_format(text, sizeof text, "%u", a->failures_since);
	line_of(pamh, language, N_("Failed logins since then: %s"), text);
	line_of(pamh, language, N_("Terminal: %s"), s->terminal.id);
	if (a->failures_since > 0)
		line(pamh, language, N_("If those failures were not yours, "
		    "please tell the person in charge at once."));
}

/* How long it serves yet: nothing is told of one that does a good while. */
static void
show_rest(pam_handle_t *pamh, const struct sek_settings *s,
    enum sek_language language, const struct sek_password *p,
    const struct sek_password_limits *limits, int64_t wall)
{
	int64_t ends = sek_password_ends(p, limits);
	char text[32];

	if (ends != SEK_SPAN_NEVER && ends - wall <= SEK_PASSWORD_WARN *
	    SEK_DAY) {
		sek_clock_print_short(text, sizeof text, ends,
		    s->terminal.timezone);
		line_of(pamh, language,
		    N_("Your password has to be changed by %s."), text);
	}
	if (limits->max_uses == 0 ||
	    limits->max_uses - p->uses > SEK_PASSWORD_WARN)
		return;
	(void)sek_text_format(text, sizeof text, "%lld",
	    (long long)(limits->max_uses - p->uses));
	line_of(pamh, language,
	    N_("Logins before your password has to be changed: %s"), text);
}

/* A change that is due was asked for before, by programs that can ask; others
 * let in who has another way, and he is told here. */
void
sek_session_show_password(pam_handle_t *pamh, const struct sek_settings *s,
    const struct sek_claimant *who, const struct sek_password *p,
    int64_t wall)
{
	enum sek_language language = sek_message_language(s, who->tty);
	struct sek_password_limits limits;

	sek_settings_password(&limits, s, who->privileged != 0);
	switch (sek_password_due(p, &limits, wall)) {
	case SEK_DUE_NOT:
		show_rest(pamh, s, language, p, &limits, wall);
		break;
	case SEK_DUE_TEMPORARY:
	case SEK_DUE_OVER:
		line(pamh, language, N_("Your password is a temporary one: "
		    "please change it now with the command passwd."));
		break;
	case SEK_DUE_COMPROMISED:
		line(pamh, language, N_("Your password may be known to others:"
		    " please change it now with the command passwd."));
		break;
	case SEK_DUE_EXPIRED:
	case SEK_DUE_AGE:
	case SEK_DUE_USES:
		line(pamh, language, N_("Your password has to be changed: "
		    "please do so now with the command passwd."));
		break;
	}
}

/* What the store knows of his password; where that cannot be had, nothing is
 * told: the session is not held up by it. */
static void
password(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who)
{
	struct sek_password_of in = { .who = *who };
	struct sek_password_of_out *out;
	struct sek_moment now;

	if ((out = calloc(1, sizeof *out)) == NULL)
		return;
	if (sek_store_password_of(ctx->store, &in, out) == SEK_OK &&
	    out->known && sek_clock_now(&now) == SEK_OK) {
		sek_facts_settings(ctx->settings, who);
		sek_session_show_password(pamh, ctx->settings, who,
		    &out->password, now.wall);
		sek_settings_for(ctx->settings, NULL);
	}
	sodium_memzero(out, sizeof *out);	/* hashes of his others */
	free(out);
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
	else if ((err = sek_store_open_session(ctx->store, &in, out)) !=
	    SEK_OK)
		(void)sek_why(why, err, "%s", sek_store_why(ctx->store));
	else if (((unsigned)flags & PAM_SILENT) == 0) {
		sek_session_show(pamh, ctx->settings, &in.who, out);
		password(ctx, pamh, &in.who);
	}
	if (err == SEK_ERR_REFUSED)
		record_refusal(ctx, pamh, &in.who);
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
