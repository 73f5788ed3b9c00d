/*
 * session_show.c - what a person reads as his session opens
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * 7(2)④ ログイン・ログアウト時刻の表示等.
 * MUST: what cannot be found out holds up no session: it is not told.
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <security/pam_modules.h>
#include <sodium.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/facts.h"
#include "sekisho/flow/session.h"

#define TERM_WARN	(31 * SEK_DAY)	/* before the end of his term */

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

static void
suspicion(pam_handle_t *pamh, enum sek_language language,
    const struct sek_claimant *who, const struct sek_account *a)
{

	if (a->failures_since > 0)
		line(pamh, language, N_("If those failures were not yours, "
		    "please tell the person in charge at once."));
	/* Root has no account of its own to be suspended by it. */
	if (who->uid != 0)
		line(pamh, language, N_("If any of this was not you, please "
		    "run at once: sekisho not-me"));
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
	suspicion(pamh, language, who, a);
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

/* ------------------------------------------------------------ end dates -- */

/* What the store knows of his password. */
static void
password(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, int64_t wall)
{
	struct sek_password_of in = { .who = *who };
	struct sek_password_of_out *out;

	if ((out = calloc(1, sizeof *out)) == NULL)
		return;
	if (sek_store_password_of(ctx->store, &in, out) == SEK_OK &&
	    out->known)
		sek_session_show_password(pamh, ctx->settings, who,
		    &out->password, wall);
	sodium_memzero(out, sizeof *out);	/* hashes of his others */
	free(out);
}

static void
show_day(pam_handle_t *pamh, const struct sek_settings *s,
    enum sek_language language, const char *msgid, int64_t wall)
{
	char day[16], text[512];

	sek_clock_print_day(day, sizeof day, wall, s->terminal.timezone);
	(void)sek_text_format(text, sizeof text, "%s: %s",
	    sek_message(language, msgid), day);
	sek_pam_tell(pamh, PAM_TEXT_INFO, text);
}

void
sek_session_show_ends(pam_handle_t *pamh, const struct sek_settings *s,
    const struct sek_claimant *who, const struct sek_person *person,
    const struct sek_authenticator *a, uint32_t n, int64_t wall)
{
	enum sek_language language = sek_message_language(s, who->tty);
	struct sek_requirement need;
	const struct sek_authenticator *card;

	if (person->to > wall && person->to - wall <= TERM_WARN)
		show_day(pamh, s, language, N_("Your term at this office ends "
		    "on"), person->to);
	sek_facts_requirement(&need, s, who->service);
	need.wall = wall;
	/* One that is over was told by who refused it. */
	card = sek_facts_ending(a, n, &need, s->card.warn);
	if (card != NULL && card->card.not_after * SEK_SECOND > wall)
		show_day(pamh, s, language, N_("The certificate of your card "
		    "ends on"), card->card.not_after * SEK_SECOND);
}

/* His term, and the certificates of his cards. */
static void
ends(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, int64_t wall)
{
	struct sek_lookup *in = calloc(1, sizeof *in);
	struct sek_lookup_out *out = calloc(1, sizeof *out);

	if (in == NULL || out == NULL)
		goto out;
	in->who = *who;
	sek_claimant_limits(&in->limits, ctx->settings, who->privileged != 0);
	in->caller_limits = in->limits;
	if (sek_store_lookup(ctx->store, in, out) == SEK_OK &&
	    !out->account.shared)
		sek_session_show_ends(pamh, ctx->settings, who, &out->person,
		    out->authenticator, out->nauthenticators, wall);
out:
	free(in);
	free(out);
}

void
sek_session_show_life(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who)
{
	struct sek_moment now;

	if (sek_clock_now(&now) != SEK_OK)
		return;
	sek_facts_settings(ctx->settings, who);
	password(ctx, pamh, who, now.wall);
	ends(ctx, pamh, who, now.wall);
	sek_settings_for(ctx->settings, NULL);
}

/* -------------------------------------------------- a screen is unlocked -- */

static void
show_unlock(pam_handle_t *pamh, const struct sek_settings *s,
    const struct sek_claimant *who, const struct sek_lookup_out *l)
{
	enum sek_language language = sek_message_language(s, who->tty);
	const struct sek_account *a = &l->account;
	struct sek_moment now;
	char text[512];

	last_login(text, sizeof text, a, s->terminal.timezone);
	line_of(pamh, language, N_("Last login: %s"), text);
	(void)sek_text_format(text, sizeof text, "%u", a->failures_since);
	line_of(pamh, language, N_("Failed logins since then: %s"), text);
	line_of(pamh, language, N_("Terminal: %s"), s->terminal.id);
	suspicion(pamh, language, who, a);
	if (!a->shared && sek_clock_now(&now) == SEK_OK)
		sek_session_show_ends(pamh, s, who, &l->person,
		    l->authenticator, l->nauthenticators, now.wall);
}

void
sek_session_show_unlock(pam_handle_t *pamh, const struct sek_settings *s,
    struct sek_store *st, const char *account)
{
	struct sek_lookup *in = calloc(1, sizeof *in);
	struct sek_lookup_out *out = calloc(1, sizeof *out);

	if (in == NULL || out == NULL ||
	    sek_facts_account(&in->who, s, account) != SEK_OK)
		goto out;
	(void)sek_text_copy(in->who.tty, sizeof in->who.tty,
	    sek_pam_item(pamh, PAM_TTY));
	sek_claimant_limits(&in->limits, s, in->who.privileged != 0);
	in->caller_limits = in->limits;
	if (sek_store_lookup(st, in, out) == SEK_OK &&
	    out->account.last_login != 0)
		show_unlock(pamh, s, &in->who, out);
out:
	free(in);
	free(out);
}

/* --------------------------------------------------- a privileged session -- */

void
sek_session_show_privileged(pam_handle_t *pamh, int flags,
    const struct sek_settings *s, const struct sek_claimant *who,
    const char *grant, int64_t boot_end)
{
	enum sek_language language = sek_message_language(s, who->tty);
	struct sek_moment now;
	char until[32], left[32], text[512];
	int64_t minutes;

	/* Told under PAM_SILENT, too (sudo's), where somebody sits there. */
	if (boot_end == 0 || sek_clock_now(&now) != SEK_OK ||
	    (((unsigned)flags & PAM_SILENT) != 0 && who->tty[0] == '\0'))
		return;
	sek_clock_print_short(until, sizeof until, now.wall +
	    (boot_end - now.boot), s->terminal.timezone);
	minutes = boot_end > now.boot ? (boot_end - now.boot +
	    (60 * SEK_SECOND) / 2) / (60 * SEK_SECOND) : 0;
	(void)sek_text_format(left, sizeof left, "%lld:%02lld",
	    (long long)(minutes / 60), (long long)(minutes % 60));
	(void)sek_text_format(text, sizeof text, sek_message(language,
	    N_("Privileged session: it ends at %s (in %s hours), whatever "
	    "runs in it.")), until, left);
	sek_pam_tell(pamh, PAM_ERROR_MSG, text);
	if (grant[0] == '\0' || ((unsigned)flags & PAM_SILENT) != 0)
		return;
	line_of(pamh, language, N_("It is recorded, under the grant %s. When "
	    "the work is done: sekisho grant close %s --result TEXT"), grant,
	    grant);
}
