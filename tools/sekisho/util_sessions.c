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
#include <time.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "sekisho/edge/logout.h"
#include "sekisho/edge/processes.h"
#include "sekisho/flow/watched.h"
#include "util_sessions_in.h"

#define LOOK_NS	50000000	/* between two looks */
#define LOOKS	300u		/* 15 s: a guard kills within six */

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
	free((*w)->wanted);
	free((*w)->guards);
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

void
tool_sessions_because(struct tool_sessions *w, enum sek_reason reason,
    const char *text)
{

	w->reason = reason;
	w->text = text;
}

static void
want(struct tool_sessions *w, uint32_t uid, const char *name)
{
	struct wanted *more;

	more = reallocarray(w->wanted, w->nwanted + 1, sizeof(*more));
	if (more == NULL) {
		w->nomem = true;
		return;
	}
	w->wanted = more;
	more += w->nwanted++;
	memset(more, 0, sizeof(*more));
	more->uid = uid;
	(void)sek_text_copy(more->name, sizeof(more->name), name);
}

void
tool_sessions_add_user(struct tool_sessions *w, const char *account,
    uint32_t uid)
{

	if (uid != SEK_UID_NONE)
		want(w, uid, account);
}

void
tool_sessions_add_id(struct tool_sessions *w, const char *id)
{

	want(w, SEK_UID_NONE, id);
}

/* ---- what there is to end */

/* A login that is watched: ended with all of its audit session. */
static bool
is_whole(const struct target *o)
{

	return (o->how == BY_GUARD && strcmp(o->s.id, o->guard) != 0 &&
	    o->s.audit_session != UINT32_MAX);
}

/* One and the same is ended once. */
static bool
is_there(const struct tool_sessions *w, const struct target *n)
{
	const struct target *o;
	size_t i;

	for (i = 0; i < w->n; i++) {
		o = &w->target[i];
		/* Its guard ends a session of logind's, too. */
		if (o->how == BY_GUARD && n->how == BY_LOGIND &&
		    strcmp(o->s.id, n->s.id) == 0)
			return (true);
		if (is_whole(o) && (n->how == BY_AUDIT || n->how == BY_PART) &&
		    n->by.audit_session == o->s.audit_session &&
		    n->by.a.uid == o->by.a.uid)
			return (true);
		if (o->how != n->how)
			continue;
		if (o->how == BY_GUARD ? strcmp(o->guard, n->guard) == 0 :
		    o->how == BY_LOGIND ? strcmp(o->s.id, n->s.id) == 0 :
		    o->by.audit_session == n->by.audit_session &&
		    o->by.a.uid == n->by.a.uid &&
		    (o->how != BY_PART || (o->by.gate.pid == n->by.gate.pid &&
		    o->by.gate.start == n->by.gate.start)))
			return (true);
	}
	return (false);
}

static void
put(struct tool_sessions *w, const struct target *n)
{
	struct target *more;

	if (is_there(w, n))
		return;
	if ((more = reallocarray(w->target, w->n + 1, sizeof(*n))) == NULL) {
		w->nomem = true;
		return;
	}
	w->target = more;
	more[w->n++] = *n;
}

static void
add(struct tool_sessions *w, enum how how, const struct sek_lost_session *by,
    const struct sek_login_session *s)
{
	struct target n;

	memset(&n, 0, sizeof(n));
	n.how = how;
	n.by = *by;
	if (s != NULL)
		n.s = *s;
	put(w, &n);
}

static void
add_guard(struct tool_sessions *w, const struct sek_guard *g)
{
	struct target n;

	memset(&n, 0, sizeof(n));
	n.how = BY_GUARD;
	memcpy(n.guard, g->id, sizeof(n.guard));
	(void)sek_text_copy(n.s.id, sizeof(n.s.id), g->logind[0] != '\0' ?
	    g->logind : g->id);
	(void)sek_text_copy(n.s.name, sizeof(n.s.name), g->account);
	(void)sek_text_copy(n.s.service, sizeof(n.s.service), g->service);
	(void)sek_text_copy(n.s.tty, sizeof(n.s.tty),
	    strncmp(g->tty, "/dev/", 5) == 0 ? g->tty + 5 : g->tty);
	(void)sek_text_copy(n.s.rhost, sizeof(n.s.rhost), g->rhost);
	n.s.uid = n.by.a.uid = g->uid;
	n.s.audit_session = n.by.audit_session = g->audit_session;
	put(w, &n);
}

static void
add_login(struct tool_sessions *w, const struct sek_login_session *s)
{
	struct sek_lost_session by;

	memset(&by, 0, sizeof(by));
	by.a.uid = s->uid;
	by.audit_session = s->audit_session;
	add(w, BY_LOGIND, &by, s);
}

/* sek_guard_fn */
static enum sek_err
take_guard(void *arg, const struct sek_guard *g,
    const struct sek_guard_state *s)
{
	struct tool_sessions *w = arg;
	struct sek_guard *more;

	(void)s;
	more = reallocarray(w->guards, w->nguards + 1, sizeof(*more));
	if (more == NULL)
		return (SEK_ERR_NOMEM);
	w->guards = more;
	more[w->nguards++] = *g;
	return (SEK_OK);
}

/* Those that are watched, of what was let in: by it, or in its session by the
 * same person. */
static void
find_guards(struct tool_sessions *w, const struct sek_lost_session *by)
{
	const struct sek_guard *g;
	size_t i;

	for (i = 0; i < w->nguards; i++) {
		g = &w->guards[i];
		if ((g->admission[0] != '\0' &&
		    strcmp(g->admission, by->a.id) == 0) ||
		    (by->audit_session != UINT32_MAX &&
		    g->audit_session == by->audit_session &&
		    sek_watched_is_of(g, by->a.uid)))
			add_guard(w, g);
	}
}

static void
find_wanted(struct tool_sessions *w, const struct wanted *one)
{
	const struct sek_guard *g;
	size_t i;
	bool by_id = one->uid == SEK_UID_NONE;

	for (i = 0; i < w->nguards; i++) {
		g = &w->guards[i];
		if (by_id ? strcmp(g->id, one->name) == 0 ||
		    strcmp(g->logind, one->name) == 0 :
		    sek_watched_is_of(g, one->uid))
			add_guard(w, g);
	}
	/* Of root's, whose person that is is not known. */
	for (i = 0; i < w->nlist; i++)
		if (by_id ? strcmp(w->list[i].id, one->name) == 0 :
		    w->list[i].uid == one->uid && (one->uid != 0 ||
		    strcmp(w->list[i].name, one->name) == 0))
			add_login(w, &w->list[i]);
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
	if (sek_guard_each(take_guard, w, &why) != SEK_OK)
		w->nomem = true;
	for (i = 0; i < w->nwanted; i++)
		find_wanted(w, &w->wanted[i]);
	for (i = 0; i < w->nby; i++)
		find_guards(w, &w->by[i]);
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

static enum sek_err
order(const struct tool_sessions *w, const struct target *n,
    struct sek_why *why)
{

	return (sek_guard_order(n->guard, SEK_GUARD_END, w->reason,
	    w->t->actor.subject, w->text != NULL ? w->text : "", why));
}

/* It was told already, with all others; its files go when it is over. */
static enum sek_err
end_guard(const struct tool_sessions *w, struct target *n,
    struct sek_why *why)
{
	const struct timespec ts = { 0, LOOK_NS };
	struct sek_guard *g;
	enum sek_err err;
	unsigned i;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return (SEK_ERR_NOMEM);
	err = order(w, n, why);
	for (i = 0; i < LOOKS && err == SEK_OK; i++) {
		(void)nanosleep(&ts, NULL);
		err = sek_guard_read(g, n->guard, why);
	}
	free(g);
	/* Where its guard does not do it, logind may. */
	if (err == SEK_OK)
		err = sek_watched_end_logind(n->s.id, why);
	else if (err == SEK_ERR_NOT_FOUND)
		err = SEK_OK;
	return (err);
}

static void
end_one(const struct tool_sessions *w, struct target *n)
{
	struct sek_why why = { "" };
	enum sek_err err = SEK_ERR_NOT_FOUND;

	switch (n->how) {
	case BY_GUARD:
		/* Then what hid elsewhere, and was started in it: of a session
		 * in another's (logind has none of it) nothing is. */
		if ((err = end_guard(w, n, &why)) == SEK_OK && is_whole(n))
			err = end_audit(n->s.audit_session);
		break;
	case BY_LOGIND:
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

	return (w->own != UINT32_MAX && (n->how <= BY_LOGIND ?
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
	    n->how > BY_AUDIT)
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
	struct sek_why why = { "" };
	struct tool_progress p;
	size_t i;

	find_all(w);
	tool_progress_begin(&p);
	/* All of them at once: each takes its seconds. */
	for (i = 0; i < w->n && !keep; i++)
		if (w->target[i].how == BY_GUARD && !is_own(w, &w->target[i]))
			(void)order(w, &w->target[i], &why);
	for (i = 0; i < w->n; i++) {
		if (keep)
			w->target[i].outcome = KEPT;
		else if (is_own(w, &w->target[i]))
			w->target[i].outcome = OWN;
		else
			end_one(w, &w->target[i]);
		tool_progress(&p, i + 1, w->n);
	}
	if (!keep)
		end_managers(w);
	tool_progress_end(&p);
	forget_over(w);
}

int
tool_sessions_user(struct tool *t, struct tool_sessions **out,
    const char *account, enum sek_event event, enum sek_reason reason,
    const char *text, bool keep)
{
	struct sek_record r = t->actor;
	struct sek_passwd who;
	enum sek_err err;

	memset(&who, 0, sizeof(who));
	if ((*out = tool_sessions_new(t)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((err = sek_account_find(&who, account)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (who.known)
		tool_sessions_add_user(*out, who.name, who.uid);
	tool_sessions_because(*out, reason, text);
	/* Nothing is held open while they end. */
	sek_store_close(t->store);
	tool_sessions_end(*out, keep);
	r.event = (uint32_t)event;
	(void)sek_text_copy(r.target, sizeof(r.target), account);
	tool_sessions_record(*out, &r);
	return (TOOL_YES);
}

bool
tool_sessions_any(const struct tool_sessions *w)
{

	return (w->n > 0);
}

void
tool_sessions_end_own(struct tool_sessions *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->target[i].outcome == OWN)
			end_one(w, &w->target[i]);
}
