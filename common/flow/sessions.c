/*
 * sessions.c - how many sessions at screens a person has, and whose they are
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)④. logind tells them; without it, the guards of those that are
 * watched.
 *
 * MUST: only who has proved himself in this handle hears of them, and ends one.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <time.h>
#include <security/pam_modules.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/guard.h"
#include "sekisho/edge/logout.h"
#include "sekisho/edge/message.h"
#include "sekisho/flow/admission.h"
#include "sekisho/flow/sessions.h"
#include "sekisho/rule/entry.h"
#include "sekisho/rule/stack_edit.h"

#define SWITCHES	"su su-l sudo sudo-i doas polkit-1 runuser runuser-l"
#define LOOKED_AT	64u	/* sessions of a terminal, at most */
#define END_STEPS	160u	/* of END_STEP_NS, for a guard to end it */
#define END_STEP_NS	50000000L

bool
sek_sessions_begins(const char *service)
{

	return (sek_entry_is_login(service));
}

bool
sek_sessions_switches(const char *service)
{

	return (sek_policy_listed(SWITCHES, service));
}

/* -------------------------------------------------------------- persons -- */

/* "" : the store knows of none, or the account is shared. */
static enum sek_err
person_of(char person[SEK_NAME_MAX], struct sek_context *ctx,
    const char *name, uint32_t uid)
{
	struct sek_lookup *in = calloc(1, sizeof(*in));
	struct sek_lookup_out *out = calloc(1, sizeof(*out));
	enum sek_err err = SEK_ERR_NOMEM;

	person[0] = '\0';
	if (in == NULL || out == NULL || (err = sek_text_copy(in->who.name,
	    sizeof(in->who.name), name)) != SEK_OK)
		goto out;
	in->who.uid = uid;
	in->who.known = 1;
	sek_claimant_limits(&in->limits, ctx->settings, false);
	in->caller_limits = in->limits;
	err = sek_store_lookup(ctx->store, in, out);
	if (err == SEK_OK && out->account.name[0] != '\0' &&
	    !out->account.shared)
		memcpy(person, out->account.person, SEK_NAME_MAX);
out:
	free(in);
	free(out);
	return (err);
}

enum sek_err
sek_sessions_same_person(bool *same, struct sek_context *ctx, const char *a,
    uint32_t a_uid, const char *b, uint32_t b_uid)
{
	char one[SEK_NAME_MAX], other[SEK_NAME_MAX];
	enum sek_err err;

	*same = a_uid == b_uid && strcmp(a, b) == 0;
	if (*same)
		return (SEK_OK);
	if ((err = person_of(one, ctx, a, a_uid)) != SEK_OK ||
	    (err = person_of(other, ctx, b, b_uid)) != SEK_OK)
		return (err);
	*same = one[0] != '\0' && strcmp(one, other) == 0;
	return (SEK_OK);
}

/* ------------------------------------------------------------ what is on -- */

/* One that counts. */
struct live {
	char			 guard[SEK_ID_MAX];	/* "" none */
	struct sek_login_session session;		/* id "": of no logind */
	struct sek_process	 leader;
	char			 tty[SEK_TTY_MAX];
};

struct count {
	struct sek_context	*ctx;
	const struct sek_claimant *who;
	struct live		*first;	/* that is offered to be ended */
	uint32_t		 looked;
	uint32_t		 n;
};

/* An account's session: his, as a person? */
static enum sek_err
count_one(struct count *c, const struct live *l, const char *account,
    uint32_t uid)
{
	bool same = false;
	enum sek_err err;

	if (c->looked++ >= LOOKED_AT)
		return (SEK_OK);
	if ((err = sek_sessions_same_person(&same, c->ctx, c->who->name,
	    c->who->uid, account, uid)) != SEK_OK || !same)
		return (err);
	if (c->n++ == 0)
		*c->first = *l;
	return (SEK_OK);
}

static bool
is_gone(uint32_t leader)
{

	return (leader == 0 || (kill((pid_t)leader, 0) != 0 &&
	    errno == ESRCH));
}

static enum sek_err
count_logind(struct count *c, const struct sek_login_session *s)
{
	struct live l;

	if (!s->seat || s->closing || is_gone(s->leader))
		return (SEK_OK);
	memset(&l, 0, sizeof(l));
	l.session = *s;
	(void)sek_process_get(&l.leader, (pid_t)s->leader);
	(void)sek_text_copy(l.tty, sizeof(l.tty), s->tty[0] != '\0' ?
	    s->tty : s->id);
	return (count_one(c, &l, s->name, s->uid));
}

static enum sek_err
count_guard(void *arg, const struct sek_guard *g,
    const struct sek_guard_state *s)
{
	struct count *c = arg;
	struct live l;

	(void)s;
	if (g->rhost[0] != '\0' || !sek_sessions_begins(g->service) ||
	    !sek_process_alive(&g->leader))
		return (SEK_OK);
	memset(&l, 0, sizeof(l));
	memcpy(l.guard, g->id, sizeof(l.guard));
	memcpy(l.tty, g->tty, sizeof(l.tty));
	l.leader = g->leader;
	return (count_one(c, &l, g->account, g->uid));
}

/* Which guard watches the session of that leader? */
static enum sek_err
find_guard(void *arg, const struct sek_guard *g,
    const struct sek_guard_state *s)
{
	struct live *l = arg;

	(void)s;
	if (g->leader.pid == l->leader.pid &&
	    g->leader.start == l->leader.start)
		memcpy(l->guard, g->id, sizeof(l->guard));
	return (SEK_OK);
}

/* How many there are, and one of them. */
static enum sek_err
count_all(struct count *c, struct sek_why *why)
{
	struct sek_login_session *list = NULL;
	size_t i, n = 0;
	enum sek_err err;

	err = sek_logout_list(&list, &n, why);
	if (err == SEK_ERR_NOT_FOUND) {
		err = sek_guard_each(count_guard, c, why);
		return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
	}
	for (i = 0; err == SEK_OK && i < n; i++)
		err = count_logind(c, &list[i]);
	free(list);
	if (err == SEK_OK && c->n > 0)
		(void)sek_guard_each(find_guard, c->first, why);
	return (err);
}

/* -------------------------------------------------------- ending another -- */

static bool
says_yes(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, const struct live *l)
{
	enum sek_language language = sek_message_language(ctx->settings,
	    who->tty);
	struct sek_secret answer;
	char text[SEK_PROMPT_MAX];
	bool yes;

	memset(&answer, 0, sizeof(answer));
	(void)sek_text_format(text, sizeof(text), sek_message(language,
	    N_("You have a session at %s already. End it? [y/N] ")), l->tty);
	yes = sek_pam_ask_as(pamh, true, text, &answer) == SEK_OK &&
	    answer.len > 0 && (answer.data[0] == 'y' ||
	    answer.data[0] == 'Y');
	sek_secret_free(&answer);
	return (yes);
}

static void
wait_for_its_end(const struct live *l)
{
	const struct timespec step = { 0, END_STEP_NS };
	unsigned i;

	for (i = 0; i < END_STEPS && sek_process_alive(&l->leader); i++)
		(void)nanosleep(&step, NULL);
}

static enum sek_err
end_it(const struct live *l, const struct sek_claimant *who,
    struct sek_why *why)
{
	enum sek_err err = SEK_OK;

	if (l->guard[0] != '\0') {
		err = sek_guard_order(l->guard, SEK_GUARD_END,
		    SEK_REASON_SESSIONS, who->name, "another session of his "
		    "begins", why);
		if (err == SEK_OK)
			wait_for_its_end(l);
	}
	if (l->session.id[0] != '\0')
		err = sek_logout_session(&l->session, why);
	else if (err == SEK_OK && sek_process_alive(&l->leader))
		err = sek_why(why, SEK_ERR_TIMEOUT, "the session at %s is "
		    "still there", l->tty);
	return (err);
}

static enum sek_err
full(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, struct sek_why *why)
{
	const struct sek_settings *s = ctx->settings;

	sek_admission_tell(pamh, s, who->tty, sek_message(
	    sek_message_language(s, who->tty), N_("You have as many sessions "
	    "as you may. Please log out of another one first.")));
	return (sek_why(why, SEK_ERR_FORBIDDEN, "%s has as many sessions at "
	    "screens as account.max_sessions lets", who->name));
}

/* Somebody who sits at this terminal, and proved who he is? */
static bool
is_asked(const struct sek_context *ctx, const struct sek_claimant *who)
{

	return (ctx->settings->account.max_sessions > 0 && !ctx->no_policy &&
	    who->known && who->caller == 0 && !who->remote &&
	    sek_sessions_begins(who->service));
}

enum sek_err
sek_sessions_room(struct sek_context *ctx, pam_handle_t *pamh,
    const struct sek_claimant *who, struct sek_why *why)
{
	struct count c = { .ctx = ctx, .who = who };
	struct sek_why said = { "" };
	enum sek_err err;

	if (!is_asked(ctx, who))
		return (SEK_OK);
	if ((c.first = calloc(1, sizeof(*c.first))) == NULL)
		return (SEK_ERR_NOMEM);
	err = count_all(&c, why);
	if (err == SEK_OK && (int64_t)c.n >=
	    ctx->settings->account.max_sessions) {
		if (!says_yes(ctx, pamh, who, c.first))
			err = full(ctx, pamh, who, why);
		else if ((err = end_it(c.first, who, &said)) != SEK_OK) {
			sek_pam_log(pamh, LOG_ERR, "a session could not be "
			    "ended: %s: %s", sek_err_name(err), said.text);
			err = full(ctx, pamh, who, why);
		}
	}
	free(c.first);
	return (err);
}
