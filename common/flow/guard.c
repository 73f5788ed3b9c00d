/*
 * guard.c - a session that was opened is watched from now on
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)⑥, 6(1)①コ; pam-facts 24, 25.
 *
 * MUST: a privileged session whose end cannot be arranged does not begin.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/message.h"
#include "sekisho/edge/settings_table.h"
#include "sekisho/edge/unit.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/guard.h"
#include "sekisho/flow/sessions.h"

/* ------------------------------------------------------------- filling -- */

static int64_t
span(int64_t seconds)
{

	return (seconds == SEK_SPAN_NEVER ? 0 : seconds * SEK_SECOND);
}

/* Before the end, longest first; settings_check_spans looked at them. */
static void
warnings(struct sek_guard *g, const struct sek_settings *s)
{
	const char *cursor = s->privilege.warn;
	char word[32];
	int64_t seconds;

	while (g->nwarn < SEK_WARNINGS_MAX &&
	    sek_text_word(&cursor, word, sizeof(word)))
		if (sek_text_span(&seconds, word) == SEK_OK && seconds > 0)
			g->warn[g->nwarn++] = seconds * SEK_SECOND;
}

/* The cards and keys by which this very process proved him. */
static void
devices(struct sek_guard *g, const struct sek_context *ctx)
{
	const struct sek_round *r = &ctx->round;
	uint32_t i, n = 0;

	if (r->state != SEK_ROUND_ADMITTED || !sek_context_is_ours(ctx))
		return;
	for (i = 0; i < r->nevidence && n < SEK_GUARD_DEVICES; i++) {
		if (r->evidence[i].device[0] == '\0')
			continue;
		memcpy(g->device[n].path, r->evidence[i].device,
		    sizeof(g->device[n].path));
		g->device[n++].method = r->evidence[i].method;
	}
}

static void
policy(struct sek_guard *g, const struct sek_context *ctx,
    const struct sek_claimant *who)
{
	const struct sek_settings *s = ctx->settings;

	sek_text_printable(g->conf, sizeof(g->conf), ctx->conf[0] != '\0' ?
	    ctx->conf : SEK_SETTINGS_DEFAULT_PATH);
	memcpy(g->timezone, s->terminal.timezone, sizeof(g->timezone));
	sek_text_printable(g->contact, sizeof(g->contact),
	    s->message.contact);
	g->language = (uint32_t)sek_message_language(s, who->tty);
	g->on_removal = (uint32_t)s->session.on_removal;
	g->idle_lock = span(s->session.idle_lock);
	g->idle_logout = span(s->session.idle_logout);
	g->reauth = span(s->session.reauth);
	g->removal_logout = span(s->session.removal_logout);
	devices(g, ctx);
}

static enum sek_err
fill(struct sek_guard *g, struct sek_context *ctx,
    const struct sek_claimant *who, const struct sek_open_session_out *out)
{
	const struct sek_privileged *p = &ctx->privileged;
	const struct sek_admission *a = &out->admission;
	enum sek_err err;

	if ((err = sek_guard_new(g)) != SEK_OK ||
	    (err = sek_clock_now(&g->opened)) != SEK_OK ||
	    (err = sek_process_get(&g->leader, 0)) != SEK_OK)
		return (err);
	memcpy(g->session, out->session, sizeof(g->session));
	memcpy(g->admission, a->id, sizeof(g->admission));
	memcpy(g->grant, p->is.grant, sizeof(g->grant));
	memcpy(g->account, who->name, sizeof(g->account));
	memcpy(g->service, who->service, sizeof(g->service));
	memcpy(g->tty, who->tty, sizeof(g->tty));
	memcpy(g->rhost, who->rhost, sizeof(g->rhost));
	memcpy(g->subject, p->subject[0] != '\0' ? p->subject : a->account,
	    sizeof(g->subject));
	memcpy(g->person, p->is.person[0] != '\0' ? p->is.person : a->person,
	    sizeof(g->person));
	g->uid = who->uid;
	g->subject_uid = p->subject[0] != '\0' ? p->subject_uid : a->id[0] !=
	    '\0' ? a->uid : SEK_UID_NONE;
	g->audit_session = UINT32_MAX;
	g->privileged = who->privileged;
	policy(g, ctx, who);
	return (SEK_OK);
}

static void
set_end(struct sek_guard *g, const struct sek_settings *s, int64_t deadline)
{

	g->deadline = deadline;
	g->ceiling = g->opened.boot + SEK_GUARD_CEILING;
	warnings(g, s);
}

/* -------------------------------------------------------- what is around -- */

struct around {
	char			 cgroup[SEK_UNIT_CGROUP];	/* of this
								 * process */
	uint32_t		 audit_session;
	struct sek_guard	*out;
	bool			 found;
};

static bool
is_below(const char *cgroup, const char *top)
{
	size_t n = strlen(top);

	return (n > 1 && strncmp(cgroup, top, n) == 0 &&
	    (cgroup[n] == '\0' || cgroup[n] == '/'));
}

static enum sek_err
look_around(void *arg, const struct sek_guard *g,
    const struct sek_guard_state *s)
{
	struct around *a = arg;

	(void)s;
	if (!g->privileged || g->deadline == 0 ||
	    !(is_below(a->cgroup, g->cgroup) || (g->own_audit != 0 &&
	    g->audit_session == a->audit_session)))
		return (SEK_OK);
	/* Of several the one that ends first. */
	if (!a->found || g->deadline < a->out->deadline)
		*a->out = *g;
	a->found = true;
	return (SEK_OK);
}

enum sek_err
sek_guard_around(struct sek_guard *out, struct sek_why *why)
{
	struct around a = { .out = out, .audit_session =
	    sek_audit_session() };
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if (sek_unit_cgroup(a.cgroup, why) != SEK_OK)
		a.cgroup[0] = '\0';
	if ((err = sek_guard_each(look_around, &a, why)) != SEK_OK)
		return (err);
	return (a.found ? SEK_OK : SEK_ERR_NOT_FOUND);
}

/* ------------------------------------------------------------ arranging -- */

/* The session that pam_systemd made in this very handle; "" where it made none.
 * One that was there before is somebody's work, and not ours to end. */
static void
own_session(char session[SEK_UNIT_NAME], pam_handle_t *pamh)
{
	const char *id = pam_getenv(pamh, "XDG_SESSION_ID");
	char cgroup[SEK_UNIT_CGROUP];
	const void *existing = NULL;
	struct sek_why why;

	session[0] = '\0';
	if (id == NULL || sek_unit_cgroup(cgroup, &why) != SEK_OK ||
	    pam_get_data(pamh, "systemd.existing", &existing) !=
	    PAM_SUCCESS || existing != NULL)
		return;
	sek_unit_session_of(session, SEK_UNIT_NAME, cgroup);
	if (strcmp(session, id) != 0)
		session[0] = '\0';
}

/* wait: until it runs. */
static enum sek_err
arrange(struct sek_guard *g, pam_handle_t *pamh, bool wait,
    struct sek_why *why)
{
	char session[SEK_UNIT_NAME];
	enum sek_err err;

	own_session(session, pamh);
	if ((err = sek_guard_place(g, session, why)) != SEK_OK ||
	    (err = sek_guard_write(g, why)) != SEK_OK)
		return (err);
	if ((err = sek_guard_start(g, wait, why)) != SEK_OK)
		sek_guard_remove(g->id);
	return (err);
}

/* The store's row goes again: nothing runs in it. */
static void
record_endless(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_guard *g, const struct sek_why *said)
{
	struct sek_session_over *in = calloc(1, sizeof(*in));
	enum sek_err err = SEK_ERR_NOMEM;

	if (in != NULL) {
		in->record.event = SEK_EVENT_PRIVILEGE;
		in->record.result = SEK_RESULT_REFUSED;
		in->record.reason = SEK_REASON_ENDLESS;
		in->record.count = 1;
		memcpy(in->record.service, g->service,
		    sizeof(in->record.service));
		memcpy(in->record.subject, g->subject,
		    sizeof(in->record.subject));
		memcpy(in->record.person, g->person,
		    sizeof(in->record.person));
		memcpy(in->record.target, g->account,
		    sizeof(in->record.target));
		/* A use that was another's is not given back. */
		if (!ctx->privileged.inside)
			memcpy(in->record.ref, g->grant,
			    sizeof(in->record.ref));
		memcpy(in->record.tty, g->tty, sizeof(in->record.tty));
		memcpy(in->record.rhost, g->rhost, sizeof(in->record.rhost));
		sek_text_printable(in->record.detail,
		    sizeof(in->record.detail), said->text);
		memcpy(in->account, g->account, sizeof(in->account));
		memcpy(in->session, g->session, sizeof(in->session));
		in->over = 1;
		err = sek_store_session_over(ctx->store, in);
	}
	free(in);
	if (err != SEK_OK)
		sek_pam_log(pamh, LOG_ALERT, "a refused session could not be "
		    "recorded: %s", sek_store_why(ctx->store));
}

static enum sek_err
endless(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, const struct sek_guard *g,
    const struct sek_why *said, struct sek_why *why)
{
	const struct sek_settings *s = ctx->settings;

	record_endless(ctx, pamh, g, said);
	sek_admission_tell(pamh, s, who->tty, sek_message(
	    sek_message_language(s, who->tty), N_("This terminal cannot end "
	    "privileged sessions when their time is over, so none begins. "
	    "Please tell the person in charge.")));
	return (sek_why(why, SEK_ERR_FORBIDDEN, "the end of a privileged "
	    "session of %s cannot be arranged: %s", who->name, said->text));
}

/*
 * Does it end with the one it was begun in? pam_systemd may have made it a
 * scope, and out of that one: root's session by sudo is none of logind's.
 */
static bool
is_inside(const struct sek_context *ctx)
{
	struct sek_guard *g = calloc(1, sizeof(*g));
	struct sek_why why;
	bool yes;

	yes = ctx->privileged.inside && g != NULL &&
	    sek_guard_around(g, &why) == SEK_OK &&
	    g->deadline <= ctx->privileged.ends;
	free(g);
	return (yes);
}

/* Somebody's, who could walk away from it: at a terminal or a screen. */
static bool
is_worth_it(const struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who)
{
	const char *display = sek_pam_item(pamh, PAM_XDISPLAY);

	return (sek_sessions_begins(who->service) &&
	    sek_policy_bare(ctx->settings->factors.exempt_services,
	    who->service, who->name, who->caller) != SEK_BARE_EXEMPT &&
	    (who->tty[0] != '\0' || display[0] != '\0'));
}

enum sek_err
sek_guard_session(struct sek_context *ctx, pam_handle_t *pamh, int flags,
    const struct sek_claimant *who, const struct sek_open_session_out *out,
    int64_t *ends, struct sek_why *why)
{
	const bool privileged = who->privileged != 0;
	struct sek_why said = { "" };
	struct sek_guard *g;
	enum sek_err err;

	(void)flags;
	*ends = 0;
	if (privileged && is_inside(ctx)) {
		*ends = ctx->privileged.ends;
		return (SEK_OK);
	}
	if (privileged ? ctx->privileged.judged && ctx->privileged.ends == 0 :
	    !is_worth_it(ctx, pamh, who))
		return (SEK_OK);
	if ((g = calloc(1, sizeof(*g))) == NULL)
		return (SEK_ERR_NOMEM);
	if ((err = fill(g, ctx, who, out)) != SEK_OK)
		goto out;
	if (privileged)
		set_end(g, ctx->settings, ctx->privileged.judged ?
		    ctx->privileged.ends : g->opened.boot);
	err = arrange(g, pamh, privileged, &said);
	if (err == SEK_OK) {
		*ends = g->deadline;
	} else if (privileged) {
		err = endless(ctx, pamh, who, g, &said, why);
	} else {
		sek_pam_log(pamh, LOG_WARNING, "the session of %s is not "
		    "watched: %s: %s", who->name, sek_err_name(err),
		    said.text);
		err = SEK_OK;
	}
out:
	free(g);
	return (err);
}

enum sek_err
sek_guard_glass(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, const struct sek_open_session_out *out,
    const char *envelope, int64_t deadline, struct sek_why *why)
{
	struct sek_guard *g = calloc(1, sizeof(*g));
	enum sek_err err = SEK_ERR_NOMEM;

	if (g == NULL || (err = fill(g, ctx, who, out)) != SEK_OK ||
	    (err = sek_text_copy(g->envelope, sizeof(g->envelope),
	    envelope)) != SEK_OK)
		goto out;
	if (g->subject[0] == '\0') {	/* without the store */
		memcpy(g->subject, who->name, sizeof(g->subject));
		g->subject_uid = who->uid;
	}
	g->privileged = 1;
	g->idle_lock = g->idle_logout = g->reauth = g->removal_logout = 0;
	g->on_removal = SEK_ON_REMOVAL_IGNORE;
	set_end(g, ctx->settings, deadline);
	err = arrange(g, pamh, true, why);
out:
	free(g);
	return (err);
}
