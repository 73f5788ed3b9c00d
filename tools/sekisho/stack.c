/*
 * stack.c - sekisho stack check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Needs neither root nor store.
 * MUST: what could not be read or judged is never called sound.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/rule/stack_edit.h"
#include "util_envelope.h"
#include "util_helper.h"
#include "util_stack.h"
#include "verb.h"

#define LINE_MAX_SHOWN	2800u

static const char *const columns[] = {
	N_("Service"), N_("Phase"), N_("Result"), N_("Lines"), NULL
};

struct check {
	struct tool		*t;
	struct tool_list	*list;
	enum sek_err		 err;		/* of telling */
	bool			 unsound;
	bool			 trouble;
	bool			 usage;		/* what was asked for is no name */
	bool			 absent;	/* is a name, of nothing */
	struct sek_pam_stack_places where;
};

static void
failed(struct check *c, enum sek_err err)
{

	if (c->err == SEK_OK)
		c->err = err;
}

/* A row of the table; NULL is blank. */
static void
add_row(struct check *c, const char *service, const char *phase,
    const char *result, const char *line)
{
	const char *cells[4] = { service, phase, result, line };
	size_t i;

	for (i = 0; i < 4; i++)
		if (cells[i] == NULL)
			cells[i] = "";
	failed(c, tool_list_row(c->list, cells));
}

/* One finding: a row, or with --json a line on standard error. */
static void
tell_finding(struct check *c, const struct tool_stack_service *s,
    const struct tool_stack_part *p, const struct tool_stack_finding *f)
{
	char shown[LINE_MAX_SHOWN];
	const char *text = _(f->text);

	c->unsound = c->unsound || f->harm != SEK_STACK_NOTED;
	if (c->t->json && f->harm != SEK_STACK_NOTED)
		tool_error("%s %s: %s: %s", s->name, p->name, f->where, text);
	if (c->t->json)
		return;
	(void)sek_text_format(shown, sizeof(shown), "%s: %s", f->where, text);
	add_row(c, NULL, NULL, f->harm == SEK_STACK_NOTED ? _("note") :
	    _("fault"), shown);
}

/* The lines as JSON, null where it is sound; NULL: no memory. */
static cJSON *
path_json(const struct tool_stack_part *p, bool ok)
{
	cJSON *path;
	size_t i;

	if (ok)
		return (cJSON_CreateNull());
	path = cJSON_CreateArray();
	for (i = 0; path != NULL && i < p->n_path; i++)
		if (!cJSON_AddItemToArray(path,
		    cJSON_CreateString(p->path[i]))) {
			cJSON_Delete(path);
			path = NULL;
		}
	return (path);
}

static void
add_json(struct check *c, const struct tool_stack_service *s,
    const struct tool_stack_part *p, bool ok)
{
	cJSON *o = cJSON_CreateObject(), *path = path_json(p, ok);

	if (cJSON_AddStringToObject(o, "service", s->name) != NULL &&
	    cJSON_AddStringToObject(o, "phase", p->name) != NULL &&
	    cJSON_AddBoolToObject(o, "ok", ok) != NULL &&
	    cJSON_AddItemToObject(o, "path", path)) {
		failed(c, tool_list_json(c->list, o));
		return;
	}
	cJSON_Delete(path);
	cJSON_Delete(o);
	failed(c, SEK_ERR_NOMEM);
}

static bool
is_locker(const struct tool_stack_service *s)
{

	return (sek_edit_rule(s->name)->entry == SEK_ENTRY_LOCKER);
}

/* Where auth ends without us, is the login refused after all? Not where auth
 * itself proves too little. */
static bool
account_refuses(const struct tool_stack_service *s,
    const struct tool_stack_part *p)
{
	size_t i;

	/* Lockers ask auth alone. */
	if (p != &s->part[SEK_PHASE_AUTH] || is_locker(s))
		return (false);
	for (i = 0; i < p->n_finding; i++)
		if (p->finding[i].harm == SEK_STACK_OPENS)
			return (false);
	return (s->part[SEK_PHASE_ACCOUNT].proved);
}

/*
 * Do the lines let in too little, and yet nobody by them? Because no person
 * enters by this service at all, because its programs always ask account
 * after auth, and that refuses, or because it is a locker, in which account
 * lets nobody in. A fault beside the lines is still one.
 */
static bool
is_waived(const struct tool_stack_service *s, const struct tool_stack_part *p)
{
	enum sek_edit_entry entry = sek_edit_rule(s->name)->entry;
	size_t i;

	if (p->ok || p->err != SEK_OK || p->about != NULL ||
	    p == &s->part[SEK_PHASE_PASSWORD] ||
	    p == &s->part[SEK_PHASE_SESSION])
		return (false);
	for (i = 0; i < p->n_finding; i++)
		if (p->finding[i].harm != SEK_STACK_NOTED)
			return (false);
	return (entry == SEK_ENTRY_NONE ||
	    (is_locker(s) && p == &s->part[SEK_PHASE_ACCOUNT]) ||
	    (entry == SEK_ENTRY_BY_ACCOUNT && account_refuses(s, p)));
}

static const char *
result_text(const struct tool_stack_service *s,
    const struct tool_stack_part *p)
{

	if (is_waived(s, p) && is_locker(s))
		return (_("auth decides"));
	if (is_waived(s, p))
		return (sek_edit_rule(s->name)->entry == SEK_ENTRY_NONE ?
		    _("no login") : _("account refuses"));
	if (p->err != SEK_OK && p->about != NULL)
		return (_("not judged"));
	if (p->err != SEK_OK)
		return (_("too intricate to judge"));
	if (p->ok && p == &s->part[SEK_PHASE_PASSWORD])
		return (_("sound"));
	if (p->ok)
		return (s->exempt ? _("sound (exempt)") : _("sound"));
	if (p == &s->part[SEK_PHASE_PASSWORD])
		return (_("CHANGES UNCHECKED"));
	if (p == &s->part[SEK_PHASE_SESSION])
		return (_("DOES NOT END"));
	if (account_refuses(s, p))
		return (s->exempt ?
		    _("LETS IN, account still refuses (exempt)") :
		    _("LETS IN, account still refuses"));
	return (s->exempt ? _("LETS IN (exempt)") : _("LETS IN"));
}

static void
tell_part(struct check *c, const struct tool_stack_service *s,
    const struct tool_stack_part *p)
{
	bool ok = p->ok || is_waived(s, p);
	size_t i;

	c->unsound = c->unsound || !ok;
	if (c->t->json)
		add_json(c, s, p, ok);
	else {
		add_row(c, s->name, p->name, result_text(s, p),
		    !ok && p->n_path > 0 ? p->path[0] : p->about);
		for (i = 1; !ok && i < p->n_path; i++)
			add_row(c, NULL, NULL, NULL, p->path[i]);
	}
	for (i = 0; i < p->n_finding; i++)
		tell_finding(c, s, p, &p->finding[i]);
}

/* A service that could not be read. */
static void
tell_failure(struct check *c, const struct tool_stack_service *s)
{

	switch (tool_fail(s->err, s->why)) {
	case TOOL_NO:
		c->absent = true;
		break;
	case TOOL_USAGE:
		/* Too large is the file's, a bad name the caller's. */
		c->usage = c->usage || s->err == SEK_ERR_SYNTAX;
		c->trouble = true;
		break;
	default:
		c->trouble = true;
		break;
	}
}

/*
 * What a program does by its own settings: sudoers, sshd_config. Where pam.d
 * is another (--dir) they are not this system's, unless named.
 */
static void
tell_program(struct check *c, const char *name, const char *option,
    enum sek_err (*judge)(const struct tool *,
    const struct sek_pam_stack_places *, const char *,
    struct tool_stack_part *, struct sek_why *))
{
	const char *service = tool_option(c->t, "service");
	const char *file = tool_option(c->t, option);
	struct tool_stack_service s = { .root_switch = false };
	struct tool_stack_part part = { .name = NULL };
	struct sek_why why = { "" };
	char path[PATH_MAX];		/* as realpath wants it */
	enum sek_err err;

	if ((file == NULL && tool_option(c->t, "dir") != NULL) ||
	    (service != NULL && strcmp(service, name) != 0))
		return;
	if (file != NULL && realpath(file, path) == NULL) {
		tool_error("%s: %s", file, strerror(errno));
		c->trouble = true;
		return;
	}
	(void)sek_text_copy(s.name, sizeof(s.name), name);
	err = judge(c->t, &c->where, file == NULL ? NULL : path, &part, &why);
	if (err == SEK_ERR_NOT_FOUND)
		tool_error(_("%s: not installed, so its settings were not"
		    " judged"), name);
	else {
		if (err != SEK_OK) {
			(void)tool_fail(err, why.text);
			c->trouble = true;
		}
		tell_part(c, &s, &part);
	}
	tool_stack_part_free(&part);
}

/* A note that is of no phase. */
static void
tell_locker(struct check *c, const char *service, const char *path,
    const char *text)
{
	char shown[LINE_MAX_SHOWN];

	(void)sek_text_format(shown, sizeof(shown), "%s: %s", path, text);
	add_row(c, service, NULL, _("note"), shown);
}

/*
 * Lockers of this system that never come to our lines. A user may lock by
 * what he likes, so these are no faults; with --json nothing is said.
 */
static void
tell_lockers(struct check *c, const struct tool_stack *all)
{
	const char *asked = tool_option(c->t, "service");
	const struct tool_stack_service *common;
	const char *name, *path;
	size_t i;

	if (c->t->json || tool_option(c->t, "dir") != NULL)
		return;
	for (i = 0; tool_locker_without_pam(i, &name, &path); i++)
		if (path != NULL && (asked == NULL ||
		    strcmp(asked, name) == 0))
			tell_locker(c, name, path, _("does not ask PAM: it"
			    " unlocks by the password alone"));
	common = tool_stack_find(all, "common-auth");
	if ((asked == NULL || strcmp(asked, "xsecurelock") == 0) &&
	    (common == NULL || !common->part[SEK_PHASE_AUTH].gate) &&
	    (path = tool_locker_common_auth()) != NULL)
		tell_locker(c, "xsecurelock", path, _("asks common-auth"
		    " itself: set XSECURELOCK_PAM_SERVICE=xsecurelock in"
		    " /etc/environment, and give it that file in"
		    " /etc/pam.d"));
}

/* No fault of these lines; with --json nothing is said. Only root can look. */
static void
tell_envelope(struct check *c)
{
	struct tool_envelopes all;
	const struct sek_envelope *e;
	char until[32], text[256];

	if (c->t->json || tool_ordinary() ||
	    tool_option(c->t, "dir") != NULL ||
	    tool_option(c->t, "service") != NULL ||
	    tool_envelopes(c->t, &all) != TOOL_YES)
		return;
	if ((e = tool_envelope_sealed(c->t, &all)) != NULL) {
		tool_time(c->t, until, sizeof(until), e->ends);
		(void)sek_text_format(text, sizeof(text),
		    _("sealed for %s until %s"), e->account, until);
	} else
		(void)sek_text_format(text, sizeof(text),
		    _("no sealed envelope: %s"), TOOL_ENVELOPE_MAKE);
	add_row(c, "break-glass", NULL, _("note"), text);
	tool_envelopes_free(&all);
}

static int
tell_all(struct check *c, const struct tool_stack *all, bool asked)
{
	const struct tool_stack_service *s;
	size_t i;
	int rc;

	if ((c->list = tool_list_new(c->t, columns)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	for (i = 0; i < all->n && c->err == SEK_OK; i++) {
		s = &all->service[i];
		if (s->err != SEK_OK)
			tell_failure(c, s);
		else if (asked || !s->fragment) {
			tell_part(c, s, &s->part[SEK_PHASE_AUTH]);
			tell_part(c, s, &s->part[SEK_PHASE_ACCOUNT]);
			if (s->part[SEK_PHASE_PASSWORD].name != NULL)
				tell_part(c, s, &s->part[SEK_PHASE_PASSWORD]);
			if (s->part[SEK_PHASE_SESSION].name != NULL)
				tell_part(c, s, &s->part[SEK_PHASE_SESSION]);
		}
	}
	if (c->err == SEK_OK)
		tell_program(c, "sshd", "sshd-config", tool_stack_sshd);
	if (c->err == SEK_OK)
		tell_program(c, "sudo", "sudoers", tool_stack_sudoers);
	if (c->err == SEK_OK)
		tell_lockers(c, all);
	if (c->err == SEK_OK)
		tell_envelope(c);
	rc = tool_list_end(c->t, &c->list, c->err);
	if (rc != TOOL_YES)
		return (rc);
	if (c->usage)
		return (TOOL_USAGE);
	if (c->trouble)
		return (TOOL_TROUBLE);
	return (c->unsound || c->absent ? TOOL_NO : TOOL_YES);
}

int
verb_stack_check(struct tool *t, int argc, char **argv)
{
	struct check c = { .t = t };
	const char *service = tool_option(t, "service");
	struct tool_stack *all = NULL;
	struct sek_why why = { "" };
	enum sek_err err;
	int rc;

	(void)argc;
	(void)argv;
	sek_pam_stack_system(&c.where);
	if (tool_option(t, "dir") != NULL) {
		c.where.dir = tool_option(t, "dir");
		c.where.vendor = c.where.conf = NULL;
	}
	err = tool_stack_judge(t, &c.where, service == NULL ? NULL : &service,
	    1, &all, &why);
	if (err != SEK_OK) {
		rc = tool_fail(err, why.text);
		return (service == NULL ? TOOL_TROUBLE : rc);
	}
	rc = tell_all(&c, all, service != NULL);
	tool_stack_free(&all);
	return (rc);
}
