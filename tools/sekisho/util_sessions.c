/*
 * util_sessions.c - sessions of whom the store let in, and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a session that another person opened is not ended, only what was
 * opened in it by whom this is about.
 * MUST: what was not ended is told, and is no success.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/logout.h"
#include "sekisho/edge/processes.h"
#include "util_sessions.h"

enum outcome {
	TO_DO = 0,
	ENDED,
	LEFT,
	KEPT,
	OWN,		/* the one this runs in: comes last */
	OVER		/* nothing of it was left: is not told */
};
static const char *const outcomes[] = {
	[TO_DO] = "left", [ENDED] = "ended", [LEFT] = "left",
	[KEPT] = "kept", [OWN] = "ending"
};

enum how {
	BY_LOGIND,	/* a session of logind's, all of it */
	BY_AUDIT,	/* all of an audit session */
	BY_PART,	/* what one started in another's session */
	UNKNOWN		/* there may be one; it cannot be found */
};
struct target {
	enum how		 how;
	struct sek_login_session s;
	struct sek_lost_session	 by;
	enum outcome		 outcome;
	bool			 over;	/* there was nothing to end */
	char			 why[SEK_WHY_MAX];
};

struct tool_sessions {
	struct tool		 *t;
	struct sek_lost_session	 *by;	/* whom it let in */
	size_t			  nby;
	bool			  nomem;
	struct sek_login_session *list;	/* logind's */
	size_t			  nlist;
	bool			  logind;
	char			  no_logind[SEK_WHY_MAX];
	struct target		 *target;
	size_t			  n;
	uint32_t		  own;	/* this audit session */
};

struct tool_sessions *
tool_sessions_new(struct tool *t)
{
	struct tool_sessions *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->t = t;
	return (w);
}

void
tool_sessions_free(struct tool_sessions **w)
{

	if (*w == NULL)
		return;
	free((*w)->by);
	free((*w)->list);
	free((*w)->target);
	free(*w);
	*w = NULL;
}

void
tool_sessions_add(struct tool_sessions *w, const struct sek_lost_session *s)
{
	struct sek_lost_session *more;

	more = reallocarray(w->by, w->nby + 1, sizeof(*more));
	if (more == NULL) {
		w->nomem = true;
		return;
	}
	w->by = more;
	more[w->nby++] = *s;
}

/* ---- what there is to end */

/* One and the same is ended once. */
static bool
is_there(const struct tool_sessions *w, const struct target *n)
{
	const struct target *o;
	size_t i;

	for (i = 0; i < w->n; i++) {
		o = &w->target[i];
		if (o->how != n->how)
			continue;
		if (o->how == BY_LOGIND ? strcmp(o->s.id, n->s.id) == 0 :
		    o->by.audit_session == n->by.audit_session &&
		    o->by.a.uid == n->by.a.uid &&
		    (o->how != BY_PART || (o->by.gate.pid == n->by.gate.pid &&
		    o->by.gate.start == n->by.gate.start)))
			return (true);
	}
	return (false);
}

static void
add(struct tool_sessions *w, enum how how, const struct sek_lost_session *by,
    const struct sek_login_session *s)
{
	struct target n, *more;

	memset(&n, 0, sizeof(n));
	n.how = how;
	n.by = *by;
	if (s != NULL)
		n.s = *s;
	if (is_there(w, &n))
		return;
	if ((more = reallocarray(w->target, w->n + 1, sizeof(n))) == NULL) {
		w->nomem = true;
		return;
	}
	w->target = more;
	more[w->n++] = n;
}

static bool
leads(const struct sek_login_session *s, const struct sek_process *p)
{

	return (p->pid > 1 && s->leader == (uint32_t)p->pid &&
	    sek_process_alive(p));
}

/* The session that was opened; where the kernel counts none, by its leader. */
static const struct sek_login_session *
session_of(const struct tool_sessions *w, const struct sek_lost_session *by)
{
	size_t i;

	for (i = 0; i < w->nlist; i++)
		if (by->audit_session != UINT32_MAX ?
		    w->list[i].audit_session == by->audit_session :
		    !by->screen && (leads(&w->list[i], &by->gate) ||
		    leads(&w->list[i], &by->parent)))
			return (&w->list[i]);
	return (NULL);
}

/*
 * Lockers run in the session they lock, or below the user's manager: then all
 * of his at a screen are meant.
 */
static void
find_screens(struct tool_sessions *w, const struct sek_lost_session *by)
{
	const struct sek_login_session *s = session_of(w, by);
	uint32_t owner;
	size_t i;

	if (s != NULL && s->uid == by->a.uid)
		add(w, BY_LOGIND, by, s);
	else if (by->audit_session != UINT32_MAX &&
	    !sek_processes_of(by->audit_session, &owner))
		return;		/* over */
	else if (!w->logind)
		add(w, UNKNOWN, by, NULL);
	else
		for (i = 0; i < w->nlist; i++)
			if (w->list[i].uid == by->a.uid && w->list[i].seat)
				add(w, BY_LOGIND, by, &w->list[i]);
}

static void
find_session(struct tool_sessions *w, struct sek_lost_session *by)
{
	const struct sek_login_session *s = session_of(w, by);
	uint32_t owner;

	if (s != NULL)
		add(w, s->uid == by->a.uid ? BY_LOGIND : BY_PART, by, s);
	else if (by->audit_session != UINT32_MAX) {
		if (sek_processes_of(by->audit_session, &owner))
			add(w, owner == by->a.uid ? BY_AUDIT : BY_PART, by,
			    NULL);
	} else {
		/* sshd's gate is a child of what leads the session. */
		if (!sek_process_alive(&by->gate) &&
		    strcmp(by->a.service, "sshd") == 0)
			by->gate = by->parent;
		if (sek_process_alive(&by->gate))
			add(w, BY_PART, by, NULL);
	}
}

static void
find_all(struct tool_sessions *w)
{
	struct sek_why why = { "" };
	size_t i;

	w->logind = sek_logout_list(&w->list, &w->nlist, &why) == SEK_OK;
	memcpy(w->no_logind, why.text, sizeof(w->no_logind));
	w->own = sek_audit_session();
	for (i = 0; i < w->nby; i++)
		if (w->by[i].screen)
			find_screens(w, &w->by[i]);
		else
			find_session(w, &w->by[i]);
}

/* ---- their end */

static enum sek_err
end_part(struct target *n)
{
	struct sek_processes which = { n->by.audit_session, n->by.a.uid,
	    &n->by.gate };
	unsigned ended;
	enum sek_err err;

	/* Much of a session is root's, as sshd's end of it: only what stands
	 * below his su. */
	if (n->by.a.uid == 0)
		which.audit_session = UINT32_MAX;
	err = sek_processes_end(&which, &ended);
	n->over = err == SEK_OK && ended == 0;
	return (err);
}

static enum sek_err
end_audit(uint32_t audit_session)
{
	struct sek_processes which = { audit_session, SEK_UID_NONE, NULL };
	unsigned ended;

	return (audit_session == UINT32_MAX ? SEK_OK :
	    sek_processes_end(&which, &ended));
}

static void
end_one(struct target *n)
{
	struct sek_why why = { "" };
	enum sek_err err = SEK_ERR_NOT_FOUND;

	switch (n->how) {
	case BY_LOGIND:
		/* Then what hid elsewhere, and was started in it. */
		if ((err = sek_logout_session(&n->s, &why)) == SEK_OK)
			err = end_audit(n->s.audit_session);
		break;
	case BY_AUDIT:
		err = end_audit(n->by.audit_session);
		break;
	case BY_PART:
		err = end_part(n);
		break;
	case UNKNOWN:
		break;
	}
	n->outcome = err == SEK_OK ? ENDED : LEFT;
	if (n->over)
		n->outcome = OVER;
	else if (err != SEK_OK)
		(void)sek_text_copy(n->why, sizeof(n->why),
		    why.text[0] != '\0' ? why.text : sek_err_name(err));
}

static bool
is_own(const struct tool_sessions *w, const struct target *n)
{

	return (w->own != UINT32_MAX && (n->how == BY_LOGIND ?
	    n->s.audit_session : n->by.audit_session) == w->own);
}

/* Who has no session left keeps nothing running either. */
static void
end_manager(struct target *n, const struct sek_login_session *list,
    size_t nlist)
{
	struct sek_why why = { "" };
	size_t i;

	if (n->outcome != ENDED || n->by.a.uid == 0 ||
	    (n->how != BY_LOGIND && n->how != BY_AUDIT))
		return;
	for (i = 0; i < nlist; i++)
		if (list[i].uid == n->by.a.uid)
			return;
	if (sek_logout_user(n->by.a.uid, &why) == SEK_OK)
		return;
	n->outcome = LEFT;
	memcpy(n->why, why.text, sizeof(n->why));
}

static void
end_managers(struct tool_sessions *w)
{
	struct sek_login_session *list = NULL;
	struct sek_why why = { "" };
	size_t i, n = 0;

	if (!w->logind || sek_logout_list(&list, &n, &why) != SEK_OK)
		return;
	for (i = 0; i < w->n; i++)
		end_manager(&w->target[i], list, n);
	free(list);
}

static void
forget_over(struct tool_sessions *w)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++)
		if (w->target[i].outcome != OVER)
			w->target[n++] = w->target[i];
	w->n = n;
}

void
tool_sessions_end(struct tool_sessions *w, bool keep)
{
	struct tool_progress p;
	size_t i;

	find_all(w);
	tool_progress_begin(&p);
	for (i = 0; i < w->n; i++) {
		if (keep)
			w->target[i].outcome = KEPT;
		else if (is_own(w, &w->target[i]))
			w->target[i].outcome = OWN;
		else
			end_one(&w->target[i]);
		tool_progress(&p, i + 1, w->n);
	}
	if (!keep)
		end_managers(w);
	tool_progress_end(&p);
	forget_over(w);
}

/* ---- what is told of it */

static const char *
account_of(const struct target *n)
{

	return (n->how == BY_LOGIND && n->s.name[0] != '\0' ? n->s.name :
	    n->by.a.account);
}

static const char *
service_of(const struct target *n)
{

	return (n->how == BY_LOGIND && n->s.service[0] != '\0' ?
	    n->s.service : n->by.a.service);
}

/* "12: alice (sshd, 192.0.2.7)" */
static void
describe(char *dst, size_t size, const struct target *n)
{
	const char *place = n->s.rhost[0] != '\0' ? n->s.rhost : n->s.tty;

	(void)sek_text_format(dst, size, "%s%s%s (%s%s%s)", n->s.id,
	    n->s.id[0] != '\0' ? ": " : "", account_of(n), service_of(n),
	    place[0] != '\0' ? ", " : "", place);
}

void
tool_sessions_record(const struct tool_sessions *w, struct sek_record *r)
{
	char one[512];
	size_t i, n;

	if (w->n == 0)
		return;
	r->count = 1;
	r->result = SEK_RESULT_OK;
	r->detail[0] = '\0';
	for (i = 0; i < w->n; i++) {
		if (w->target[i].outcome == LEFT)
			r->result = SEK_RESULT_ERROR;
		describe(one, sizeof(one), &w->target[i]);
		n = strlen(r->detail);
		(void)sek_text_format(r->detail + n, sizeof(r->detail) - n,
		    "%ssession %s: %s", n > 0 ? "; " : "", one,
		    outcomes[w->target[i].outcome]);
	}
	if (sek_store_append(w->t->store, r) != SEK_OK)
		tool_error("%s", sek_store_why(w->t->store));
}

static cJSON *
target_json(const struct target *n)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "session", tool_json_text(n->s.id));
	cJSON_AddItemToObject(o, "user", tool_json_text(account_of(n)));
	cJSON_AddItemToObject(o, "service", tool_json_text(service_of(n)));
	cJSON_AddItemToObject(o, "tty", tool_json_text(n->s.tty));
	cJSON_AddItemToObject(o, "rhost", tool_json_text(n->s.rhost));
	cJSON_AddStringToObject(o, "result", outcomes[n->outcome]);
	return (o);
}

cJSON *
tool_sessions_json(const struct tool_sessions *w)
{
	cJSON *list = cJSON_CreateArray();
	size_t i;

	for (i = 0; i < w->n; i++)
		cJSON_AddItemToArray(list, target_json(&w->target[i]));
	return (list);
}

void
tool_sessions_print(const struct tool_sessions *w)
{
	static const char *const words[] = {
		[TO_DO] = N_("Not ended"), [ENDED] = N_("Ended"),
		[LEFT] = N_("Not ended"), [KEPT] = N_("Kept"),
		[OWN] = N_("Ends now")
	};
	char text[512];
	size_t i;

	for (i = 0; i < w->n; i++) {
		describe(text, sizeof(text), &w->target[i]);
		printf("%s: %s\n", _(words[w->target[i].outcome]), text);
	}
}

int
tool_sessions_warn(const struct tool_sessions *w, bool unknown)
{
	int rc = TOOL_YES;
	char text[512];
	size_t i;

	for (i = 0; i < w->n; i++) {
		if (w->target[i].outcome != LEFT)
			continue;
		describe(text, sizeof(text), &w->target[i]);
		tool_error(_("a session was not ended, end it by hand: %s "
		    "[%s]"), text, w->target[i].how == UNKNOWN ?
		    w->no_logind : w->target[i].why);
		rc = TOOL_TROUBLE;
	}
	if (w->nomem || unknown) {
		tool_error(_("whom it let in is not known in full: look for "
		    "sessions of its owner"));
		rc = TOOL_TROUBLE;
	}
	return (rc);
}

void
tool_sessions_end_own(struct tool_sessions *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->target[i].outcome == OWN)
			end_one(&w->target[i]);
}
