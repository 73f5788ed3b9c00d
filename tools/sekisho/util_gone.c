/*
 * util_gone.c - what a retirement took away, for the receipt
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/flow/enrol_fingerprint.h"
#include "util_approval.h"
#include "util_gone.h"
#include "util_page.h"

int
tool_gone_new(struct tool *t, struct tool_gone *g)
{

	memset(g, 0, sizeof(*g));
	if ((g->sessions = tool_sessions_new(t)) != NULL)
		return (TOOL_YES);
	return (tool_fail(SEK_ERR_NOMEM, NULL));
}

void
tool_gone_free(struct tool_gone *g)
{

	tool_sessions_free(&g->sessions);
	free(g->v);
	memset(g, 0, sizeof(*g));
}

void
tool_gone_again(struct tool_gone *g)
{

	g->n = 0;
	g->nomem = false;
}

static struct tool_gone_item *
next(struct tool_gone *g)
{
	size_t room = g->room == 0 ? 16 : g->room * 2;
	struct tool_gone_item *v;

	if (g->n == g->room) {
		if ((v = reallocarray(g->v, room, sizeof(*v))) == NULL)
			return (NULL);
		g->v = v;
		g->room = room;
	}
	v = &g->v[g->n++];
	memset(v, 0, sizeof(*v));
	return (v);
}

void
tool_gone_add(void *arg, const char *account,
    const struct sek_authenticator *a, const struct sek_lost_session *s,
    const char *shared)
{
	struct tool_gone *g = arg;
	struct tool_gone_item *v;

	if (s != NULL) {
		tool_sessions_add(g->sessions, s);
		return;
	}
	if ((v = next(g)) == NULL) {
		g->nomem = true;
		return;
	}
	if (account != NULL)
		(void)sek_text_copy(v->account, sizeof(v->account), account);
	if (shared != NULL)
		(void)sek_text_copy(v->shared, sizeof(v->shared), shared);
	if (a != NULL)
		v->a = *a;
}

cJSON *
tool_gone_json(const struct tool *t, const struct tool_gone *g, size_t from,
    size_t to)
{
	cJSON *o = cJSON_CreateObject(), *accounts = cJSON_CreateArray();
	cJSON *shared = cJSON_CreateArray(), *tokens = cJSON_CreateArray();
	const struct tool_gone_item *v;

	for (; from < to && from < g->n; from++) {
		v = &g->v[from];
		if (v->account[0] != '\0')
			cJSON_AddItemToArray(accounts,
			    tool_json_text(v->account));
		else if (v->shared[0] != '\0')
			cJSON_AddItemToArray(shared,
			    tool_json_text(v->shared));
		else
			cJSON_AddItemToArray(tokens,
			    tool_authenticator_json(t, "", &v->a));
	}
	cJSON_AddItemToObject(o, "accounts", accounts);
	cJSON_AddItemToObject(o, "shared", shared);
	cJSON_AddItemToObject(o, "authenticators", tokens);
	return (o);
}

/* A thing of his that somebody has to take back? */
static bool
is_thing(const struct sek_authenticator *a)
{

	return (!sek_biometric_is_method((enum sek_method)a->method));
}

static void
describe(char *dst, size_t size, const struct sek_authenticator *a)
{
	char label[SEK_LABEL_MAX];

	(void)sek_text_copy(label, sizeof(label), a->label);
	tool_clean(label, sizeof(label));
	(void)sek_text_format(dst, size, "%s%s%s (%s)",
	    a->method != 0 ? sek_method_name((enum sek_method)a->method) :
	    "?", label[0] != '\0' ? " " : "", label, a->id);
}

void
tool_gone_print(const struct tool_gone *g, size_t from, size_t to,
    bool collect)
{
	const struct tool_gone_item *v;
	char text[SEK_LABEL_MAX + 128];

	for (; from < to && from < g->n; from++) {
		v = &g->v[from];
		if (v->a.id[0] != '\0') {
			describe(text, sizeof(text), &v->a);
			tool_page_field(stdout, is_thing(&v->a) ?
			    _("To collect") : _("Forgotten"), text);
			continue;
		}
		if (collect)
			continue;
		sek_text_printable(text, sizeof(text), v->account[0] != '\0' ?
		    v->account : v->shared);
		tool_page_field(stdout, v->account[0] != '\0' ?
		    _("Account") : _("Left shared account"), text);
	}
}

/* ---- fingers */

struct tool_finger {
	char			id[SEK_ID_MAX];
	char			account[SEK_NAME_MAX];
	struct sek_biometric	trait;
};
struct noting {
	struct tool_fingers	*to;
	tool_is_leaving_fn	 is;
	void			*arg;
};

static enum sek_err
note(void *arg, const char *account, const struct sek_authenticator *a)
{
	struct noting *n = arg;
	struct tool_finger *v;

	if (a->method != SEK_METHOD_FINGERPRINT || !n->is(n->arg, a->person))
		return (SEK_OK);
	v = reallocarray(n->to->v, n->to->n + 1, sizeof(*v));
	if (v == NULL)
		return (SEK_ERR_NOMEM);
	n->to->v = v;
	v += n->to->n++;
	memset(v, 0, sizeof(*v));
	memcpy(v->id, a->id, sizeof(v->id));
	(void)sek_text_copy(v->account, sizeof(v->account), account);
	return (SEK_OK);
}

int
tool_fingers_note(struct tool *t, struct tool_fingers *f,
    tool_is_leaving_fn is, void *arg)
{
	struct noting n = { f, is, arg };
	struct sek_biometric_of of;
	enum sek_err err;
	size_t i;

	memset(f, 0, sizeof(*f));
	err = sek_store_authenticators(t->store, NULL, false, note, &n);
	/* What cannot be read is no reason to leave him in. */
	if (err != SEK_OK && err != SEK_ERR_NOT_FOUND &&
	    err != SEK_ERR_TAMPERED)
		return (tool_store_fail(t, err));
	for (i = 0; i < f->n; i++) {
		memset(&of, 0, sizeof(of));
		memcpy(of.id, f->v[i].id, sizeof(of.id));
		(void)sek_store_biometric_of(t->store, &of, &f->v[i].trait);
	}
	return (TOOL_YES);
}

int
tool_fingers_forget(const struct tool_fingers *f)
{
	struct sek_why why;
	int rc = TOOL_YES;
	size_t i;

	for (i = 0; i < f->n; i++) {
		why.text[0] = '\0';
		if (f->v[i].trait.brief.finger != SEK_FINGER_NONE &&
		    sek_enrol_fingerprint_forget(&f->v[i].trait, &why) ==
		    SEK_OK)
			continue;
		rc = TOOL_TROUBLE;
		tool_error(_("fprintd could not be told to forget a finger of "
		    "%s: when the reader can be used, run fprintd-delete %s "
		    "(%s)"), f->v[i].account, f->v[i].account, why.text);
	}
	return (rc);
}

void
tool_fingers_free(struct tool_fingers *f)
{

	free(f->v);
	memset(f, 0, sizeof(*f));
}
