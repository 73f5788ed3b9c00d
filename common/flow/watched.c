/*
 * watched.c - the sessions there are: whose, until when, and their end
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/logout.h"
#include "sekisho/flow/watched.h"

/* What is watched already: sessions of logind's that need no second line. */
struct seen {
	char	(*id)[SEK_UNIT_NAME];
	size_t	n;
	bool	nomem;
};

static void
see(struct seen *s, const char *id)
{
	char (*more)[SEK_UNIT_NAME];

	if (id[0] == '\0')
		return;
	if ((more = reallocarray(s->id, s->n + 1, sizeof(*more))) == NULL) {
		s->nomem = true;
		return;
	}
	s->id = more;
	(void)sek_text_copy(more[s->n++], sizeof(*more), id);
}

static bool
is_seen(const struct seen *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->id[i], id) == 0)
			return (true);
	return (false);
}

bool
sek_watched_is_of(const struct sek_guard *g, uint32_t uid)
{

	if (uid == SEK_UID_NONE)
		return (true);
	/* Whose work it is; nobody in particular: the account's. */
	if (g->subject[0] != '\0' && g->subject_uid == uid)
		return (true);
	return (g->uid == uid && (uid != 0 || g->subject[0] == '\0'));
}

/* ----------------------------------------------------------------- each -- */

struct each {
	uint32_t	 uid;
	uint32_t	 own;
	struct sek_moment now;
	sek_watched_fn	 fn;
	void		*arg;
	struct seen	 seen;
	struct sek_helper_session w;
};

static int64_t
wall_of(const struct each *e, int64_t boot)
{

	return (boot == 0 ? 0 : e->now.wall + (boot - e->now.boot));
}

/* sek_guard_fn */
static enum sek_err
one_guard(void *arg, const struct sek_guard *g,
    const struct sek_guard_state *s)
{
	struct each *e = arg;
	struct sek_helper_session *w = &e->w;

	see(&e->seen, g->logind);
	if (!sek_watched_is_of(g, e->uid))
		return (SEK_OK);
	memset(w, 0, sizeof(*w));
	(void)sek_text_copy(w->id, sizeof(w->id), g->id);
	(void)sek_text_copy(w->logind, sizeof(w->logind), g->logind);
	(void)sek_text_copy(w->timezone, sizeof(w->timezone), g->timezone);
	memcpy(w->account, g->account, sizeof(w->account));
	memcpy(w->subject, g->subject, sizeof(w->subject));
	memcpy(w->person, g->person, sizeof(w->person));
	memcpy(w->service, g->service, sizeof(w->service));
	memcpy(w->tty, g->tty, sizeof(w->tty));
	memcpy(w->rhost, g->rhost, sizeof(w->rhost));
	memcpy(w->grant, g->grant, sizeof(w->grant));
	w->opened = g->opened.wall;
	w->ends = wall_of(e, g->deadline);
	w->locked = wall_of(e, s->locked_at);
	w->guarded = 1;
	w->privileged = g->privileged;
	w->glass = g->envelope[0] != '\0';
	w->ending = s->ending;
	w->own = e->own != UINT32_MAX && g->audit_session == e->own;
	return (e->fn(e->arg, w));
}

static enum sek_err
one_login(struct each *e, const struct sek_login_session *s)
{
	struct sek_helper_session *w = &e->w;

	if (is_seen(&e->seen, s->id) ||
	    (e->uid != SEK_UID_NONE && s->uid != e->uid))
		return (SEK_OK);
	memset(w, 0, sizeof(*w));
	(void)sek_text_copy(w->id, sizeof(w->id), s->id);
	(void)sek_text_copy(w->logind, sizeof(w->logind), s->id);
	(void)sek_text_copy(w->account, sizeof(w->account), s->name);
	(void)sek_text_copy(w->service, sizeof(w->service), s->service);
	(void)sek_text_copy(w->tty, sizeof(w->tty), s->tty);
	(void)sek_text_copy(w->rhost, sizeof(w->rhost), s->rhost);
	w->own = e->own != UINT32_MAX && s->audit_session == e->own;
	return (e->fn(e->arg, w));
}

enum sek_err
sek_watched_each(uint32_t uid, uint32_t own, sek_watched_fn fn, void *arg,
    struct sek_why *why)
{
	struct sek_login_session *list = NULL;
	struct each *e;
	size_t i, n = 0;
	enum sek_err err = SEK_ERR_NOMEM;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return (err);
	e->uid = uid;
	e->own = own;
	e->fn = fn;
	e->arg = arg;
	if ((err = sek_clock_now(&e->now)) != SEK_OK ||
	    (err = sek_guard_each(one_guard, e, why)) != SEK_OK ||
	    (err = sek_logout_list(&list, &n, why)) != SEK_OK)
		goto out;
	for (i = 0; i < n && err == SEK_OK; i++)
		err = one_login(e, &list[i]);
	if (err == SEK_OK && e->seen.nomem)
		err = SEK_ERR_NOMEM;
out:
	free(list);
	free(e->seen.id);
	free(e);
	return (err);
}

/* ------------------------------------------------------------ their end -- */

/* The one he sits in: it ends by its own guard, whatever becomes of who
 * asked; and says why. */
static enum sek_err
end_later(const struct sek_watched_end *e, const char *id)
{
	struct sek_guard *g = calloc(1, sizeof(*g));
	struct sek_why why = { "" };
	struct sek_moment now;
	enum sek_err err = SEK_ERR_NOMEM;

	if (g == NULL || (err = sek_clock_now(&now)) != SEK_OK ||
	    (err = sek_guard_read(g, id, &why)) != SEK_OK)
		goto out;
	if (g->deadline == 0 || g->deadline > now.boot + e->later)
		g->deadline = now.boot + e->later;
	g->order = SEK_GUARD_WATCH;
	g->order_reason = (uint32_t)e->reason;
	(void)sek_text_copy(g->ordered_by, sizeof(g->ordered_by), e->by);
	(void)sek_text_copy(g->ordered_why, sizeof(g->ordered_why), e->text);
	err = sek_guard_write(g, &why);
out:
	free(g);
	return (err);
}

static void
count(struct sek_watched_end *e, enum sek_err err)
{

	e->n++;
	/* One that is over meanwhile is what was asked for. */
	e->left += err != SEK_OK && err != SEK_ERR_NOT_FOUND;
}

/* sek_watched_fn */
static enum sek_err
end_one(void *arg, const struct sek_helper_session *w)
{
	struct sek_watched_end *e = arg;
	struct sek_why why = { "" };
	bool later = w->own != 0;

	if (later && e->later == 0)
		return (SEK_OK);
	if (w->guarded)
		count(e, later ? end_later(e, w->id) : sek_guard_order(w->id,
		    SEK_GUARD_END, e->reason, e->by, e->text, &why));
	else if (later) {
		memcpy(e->unwatched, w->id, sizeof(e->unwatched));
		count(e, SEK_OK);
	} else
		count(e, sek_watched_end_logind(w->id, &why));
	return (SEK_OK);
}

void
sek_watched_end_all(struct sek_watched_end *e)
{
	struct sek_why why = { "" };

	e->n = e->left = 0;
	e->unwatched[0] = '\0';
	if (sek_watched_each(e->uid, e->own, end_one, e, &why) != SEK_OK)
		e->left++;
}

enum sek_err
sek_watched_end_logind(const char *id, struct sek_why *why)
{
	struct sek_login_session *list = NULL;
	size_t i, n = 0;
	enum sek_err err;

	if ((err = sek_logout_list(&list, &n, why)) != SEK_OK)
		return (err);
	err = SEK_ERR_NOT_FOUND;
	for (i = 0; i < n && err == SEK_ERR_NOT_FOUND; i++)
		if (strcmp(list[i].id, id) == 0)
			err = sek_logout_session(&list[i], why);
	free(list);
	return (err);
}
