/*
 * session.c - sekisho session list|end|extend
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Root sees and ends all; who is not root sees, and has extended, his own, by
 * sekisho-helper. A later end needs another grant, whoever asks.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/logind.h"
#include "sekisho/flow/watched.h"
#include "util_helper.h"
#include "util_sessions.h"
#include "verb.h"

/* ---------------------------------------------------------------- list -- */

struct listing {
	struct tool		*t;
	struct tool_list	*list;
	unsigned		 n;
};

static const char *const columns[] = {
	N_("Session"), N_("User"), N_("Person"), N_("Since"), N_("Place"),
	N_("Grant"), N_("Ends"), N_("State"), NULL
};

/* One word for scripts; people read it in their language. */
static const char *
state_of(const struct sek_helper_session *s)
{

	return (s->ending ? "ending" : s->locked != 0 ? "locked" :
	    s->guarded ? "watched" : "open");
}

static const char *
state_text(const struct sek_helper_session *s)
{

	return (s->ending ? _("ending") : s->locked != 0 ? _("locked") :
	    s->guarded ? _("watched") : _("open"));
}

static cJSON *
session_json(const struct tool *t, const struct sek_helper_session *s)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", s->id);
	cJSON_AddItemToObject(o, "logind", tool_json_text(s->logind));
	cJSON_AddItemToObject(o, "user", tool_json_text(s->account));
	cJSON_AddItemToObject(o, "subject", tool_json_text(s->subject));
	cJSON_AddItemToObject(o, "person", tool_json_text(s->person));
	cJSON_AddItemToObject(o, "service", tool_json_text(s->service));
	cJSON_AddItemToObject(o, "tty", tool_json_text(s->tty));
	cJSON_AddItemToObject(o, "rhost", tool_json_text(s->rhost));
	cJSON_AddItemToObject(o, "since", tool_json_time(t, s->opened));
	cJSON_AddItemToObject(o, "grant", tool_json_text(s->grant));
	cJSON_AddItemToObject(o, "ends", tool_json_time(t, s->ends));
	cJSON_AddItemToObject(o, "locked_since", tool_json_time(t,
	    s->locked));
	cJSON_AddBoolToObject(o, "privileged", s->privileged != 0);
	cJSON_AddBoolToObject(o, "break_glass", s->glass != 0);
	cJSON_AddBoolToObject(o, "watched", s->guarded != 0);
	cJSON_AddBoolToObject(o, "own", s->own != 0);
	cJSON_AddStringToObject(o, "state", state_of(s));
	return (o);
}

/* What other programs were told is made fit for a terminal. */
static void
clean(char *dst, size_t size, const char *text)
{

	sek_text_printable(dst, size, text);
}

/* sek_watched_fn */
static enum sek_err
list_one(void *arg, const struct sek_helper_session *s)
{
	struct listing *l = arg;
	char user[SEK_NAME_MAX], person[SEK_NAME_MAX], place[SEK_RHOST_MAX];
	char since[32], ends[32], id[64];
	const char *cells[] = { id, user, person, since, place, s->grant,
	    ends, state_text(s) };

	if (s->timezone[0] != '\0' && l->t->settings == NULL)
		(void)sek_text_copy(l->t->zone, sizeof(l->t->zone),
		    s->timezone);
	l->n++;
	if (l->t->json)
		return (tool_list_json(l->list, session_json(l->t, s)));
	clean(id, sizeof(id), s->id);
	clean(user, sizeof(user), s->account);
	clean(person, sizeof(person), s->person[0] != '\0' ? s->person :
	    s->subject);
	clean(place, sizeof(place), s->rhost[0] != '\0' ? s->rhost :
	    s->tty[0] != '\0' ? s->tty : s->service);
	tool_time(l->t, since, sizeof(since), s->opened);
	tool_time(l->t, ends, sizeof(ends), s->ends);
	return (tool_list_row(l->list, cells));
}

/* tool_data_fn */
static enum sek_err
list_told(void *arg, enum sek_helper_data kind, const void *body, size_t len)
{
	struct sek_helper_session s;

	if (kind != SEK_HELPER_DATA_SESSION || len != sizeof(s))
		return (SEK_ERR_SYNTAX);
	memcpy(&s, body, sizeof(s));
	return (list_one(arg, &s));
}

static int
list_all(struct listing *l)
{
	struct sek_why why = { "" };
	enum sek_err err;
	int rc;

	if (tool_ordinary()) {
		if ((rc = tool_helper_ready(l->t, false)) == TOOL_YES)
			rc = tool_helper(l->t, SEK_HELPER_SESSIONS, NULL, 0,
			    list_told, l);
		return (rc);
	}
	if ((rc = tool_root(l->t)) != TOOL_YES ||
	    (rc = tool_settings_raised(l->t)) != TOOL_YES)
		return (rc);
	err = sek_watched_each(SEK_UID_NONE, sek_audit_session(), list_one, l,
	    &why);
	if (err == SEK_ERR_NOT_FOUND) {
		tool_error(_("only sessions that are watched are listed: "
		    "logind cannot be asked [%s]"), why.text);
		return (TOOL_YES);
	}
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

int
verb_session_list(struct tool *t, int argc, char **argv)
{
	struct listing l = { t, NULL, 0 };
	int rc;

	(void)argc;
	(void)argv;
	if ((l.list = tool_list_new(t, columns)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	tool_list_optional(l.list, 5);
	if ((rc = list_all(&l)) != TOOL_YES) {
		tool_list_free(&l.list);
		return (rc);
	}
	if (l.n > 0 || t->json)
		return (tool_list_end(t, &l.list, SEK_OK));
	tool_list_free(&l.list);
	puts(_("There are no sessions."));
	return (tool_flush());
}

/* ----------------------------------------------------------------- end -- */

static int
end_json(const struct tool_sessions *w)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "sessions", tool_sessions_json(w));
	return (tool_json_print(o));
}

/* A name of an account is all of his; anything else the id of one. */
static int
whom(struct tool_sessions *w, const char *name, struct sek_passwd *who)
{
	enum sek_err err;

	memset(who, 0, sizeof(*who));
	if ((err = sek_account_find(who, name)) != SEK_OK)
		return (tool_fail(err, NULL));
	if (who->known)
		tool_sessions_add_user(w, who->name, who->uid);
	else
		tool_sessions_add_id(w, name);
	return (TOOL_YES);
}

static int
end(struct tool *t, struct tool_sessions *w, const char *name,
    const char *reason)
{
	struct sek_record r = t->actor;
	struct sek_passwd who;
	char shown[SEK_NAME_MAX];
	int rc, told;

	if ((rc = whom(w, name, &who)) != TOOL_YES)
		return (rc);
	tool_sessions_because(w, SEK_REASON_NONE, reason);
	tool_sessions_end(w, false);
	sek_text_printable(shown, sizeof(shown), name);
	if (!tool_sessions_any(w)) {
		tool_error(_("there is no such session: %s"), shown);
		return (TOOL_NO);
	}
	r.event = SEK_EVENT_SESSION_ENDED;
	sek_text_printable(r.target, sizeof(r.target), shown);
	tool_sessions_record(w, &r);
	told = TOOL_YES;
	if (t->json)
		told = end_json(w);
	else {
		tool_sessions_print(w);
		told = tool_flush();
	}
	rc = tool_sessions_warn(w, false);
	tool_sessions_end_own(w);
	return (rc == TOOL_YES ? told : rc);
}

int
verb_session_end(struct tool *t, int argc, char **argv)
{
	const char *reason = tool_option(t, "reason");
	struct tool_sessions *w;
	int rc;

	(void)argc;
	if (reason == NULL || !sek_text_is_clean(reason, SEK_REASON_MAX - 1)) {
		tool_error(_("say why by --reason: a line of text"));
		return (TOOL_USAGE);
	}
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if ((w = tool_sessions_new(t)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	/* Nothing is held open while they end. */
	sek_store_close(t->store);
	tool_hold();
	rc = end(t, w, argv[0], reason);
	tool_sessions_free(&w);
	return (rc);
}

/* -------------------------------------------------------------- extend -- */

static int
extended(struct tool *t, const char *id, const char *grant, int64_t was,
    int64_t ends)
{
	char from[32], to[32];
	cJSON *o;

	if (t->json) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "id", id);
		cJSON_AddItemToObject(o, "grant", tool_json_text(grant));
		cJSON_AddItemToObject(o, "ended", tool_json_time(t, was));
		cJSON_AddItemToObject(o, "ends", tool_json_time(t, ends));
		return (tool_json_print(o));
	}
	tool_time(t, from, sizeof(from), was);
	tool_time(t, to, sizeof(to), ends);
	printf(_("The session ends at %s now, not at %s (grant %s).\n"), to,
	    from, grant);
	return (tool_flush());
}

/* tool_data_fn */
static enum sek_err
take_extended(void *arg, enum sek_helper_data kind, const void *body,
    size_t len)
{
	struct sek_helper_extended *out = arg;

	if (kind != SEK_HELPER_DATA_EXTENDED || len != sizeof(*out))
		return (SEK_ERR_SYNTAX);
	memcpy(out, body, sizeof(*out));
	return (SEK_OK);
}

static int
no_such(const char *id)
{
	char shown[64];

	sek_text_printable(shown, sizeof(shown), id);
	tool_error(_("there is no such session: %s"), shown);
	return (TOOL_NO);
}

/* Ids of guards and grants alone: of no form, it is none. */
static bool
take_id(char dst[SEK_ID_MAX], const char *text)
{

	return (text[0] != '\0' && text[strspn(text, "0123456789abcdef")] ==
	    '\0' && sek_text_copy(dst, SEK_ID_MAX, text) == SEK_OK);
}

static int
extend_own(struct tool *t, const struct sek_helper_extend *in)
{
	struct sek_helper_extended out;
	int rc;

	memset(&out, 0, sizeof(out));
	if ((rc = tool_helper_ready(t, true)) != TOOL_YES ||
	    (rc = tool_helper(t, SEK_HELPER_EXTEND, in, sizeof(*in),
	    take_extended, &out)) != TOOL_YES)
		return (rc);
	(void)sek_text_copy(t->zone, sizeof(t->zone), out.timezone);
	return (extended(t, in->id, out.grant, out.was, out.ends));
}

static int
extend(struct tool *t, const struct sek_helper_extend *in)
{
	struct sek_extend e = { .id = in->id, .uid = SEK_UID_NONE,
	    .grant = in->grant, .actor = &t->actor };
	struct sek_why why = { "" };
	struct sek_extended x;
	struct sek_moment now;
	enum sek_err err;

	err = sek_watched_extend(&x, &e, t->settings, t->store, false, &why);
	if (err == SEK_ERR_NOT_FOUND)
		return (no_such(in->id));
	if (err != SEK_OK || (err = sek_clock_now(&now)) != SEK_OK)
		return (tool_fail(err, why.text));
	if (x.no != SEK_EXTEND_YES) {
		tool_error("%s", _(sek_watched_no(&x)));
		return (TOOL_NO);
	}
	return (extended(t, in->id, x.grant, now.wall + (x.was - now.boot),
	    now.wall + (x.ends - now.boot)));
}

int
verb_session_extend(struct tool *t, int argc, char **argv)
{
	const char *grant = tool_option(t, "grant");
	const char *witness = tool_option(t, "witness");
	struct sek_helper_extend in;
	int rc;

	(void)argc;
	memset(&in, 0, sizeof(in));
	if (!take_id(in.id, argv[0]))
		return (no_such(argv[0]));
	if ((grant != NULL && !take_id(in.grant, grant)) ||
	    (witness != NULL && (!sek_text_is_clean(witness,
	    sizeof(in.witness) - 1) || sek_text_copy(in.witness,
	    sizeof(in.witness), witness) != SEK_OK))) {
		tool_error(_("--%s: this value does not fit"), grant != NULL &&
		    in.grant[0] == '\0' ? "grant" : "witness");
		return (TOOL_USAGE);
	}
	if (tool_ordinary())
		return (extend_own(t, &in));
	if (witness != NULL) {
		tool_error(_("--%s means nothing here"), "witness");
		return (TOOL_USAGE);
	}
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_hold();
	return (extend(t, &in));
}
