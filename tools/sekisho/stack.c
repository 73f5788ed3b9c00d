/*
 * stack.c - sekisho stack check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reads what libpam reads, and needs neither root nor store.
 * MUST: what could not be read or judged is never called sound.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/pam_stack.h"
#include "sekisho/rule/policy.h"
#include "sekisho.h"
#include "verb.h"

#define LINE_MAX_SHOWN	1400u
#define NOBODY		65534u

static const char *const columns[] = {
	N_("Service"), N_("Phase"), N_("Result"), N_("Lines"), NULL
};

static const char *const phase_names[] = { "auth", "account" };

static const char *const faults[] = {
	[SEK_STACK_WRITABLE] = N_("others may change this file or folder"),
	[SEK_STACK_NO_FILE] =
	    N_("no file of its own: the service \"other\" answers"),
	[SEK_STACK_INCLUDE] =
	    N_("the included file is not there: the line refuses"),
	[SEK_STACK_INCLUDE_VENDOR] = N_("the included file is only in the"
	    " vendor's folder, where Debian 12 does not look"),
	[SEK_STACK_INCLUDE_LOOP] = N_("the file includes itself"),
	[SEK_STACK_NOT_A_FILE] = N_("a folder, taken for an empty file"),
	[SEK_STACK_LONG_LINE] = N_("longer than 1023 bytes: libpam takes the"
	    " rest for a line of its own"),
	[SEK_STACK_UNREADABLE] = N_("libpam stops reading here: nobody gets"
	    " in by this service"),
	[SEK_STACK_UNDEFINED] = N_("libpam goes wrong here and may do"
	    " anything"),
	[SEK_STACK_BAD_LINE] =
	    N_("libpam does not understand the line: it refuses"),
	[SEK_STACK_ABSENT] = N_("the module is not there: nobody gets in"),
	[SEK_STACK_UNTRUSTED] = N_("others may change this module"),
	[SEK_STACK_BACKEND] =
	    N_("this backend lets in who knows no password"),
	[SEK_STACK_BACKEND_ARGUMENT] = N_("nullok and its like are refused:"
	    " nobody gets in"),
	[SEK_STACK_BACKEND_ABSENT] =
	    N_("the backend is not there: nobody gets in"),
	[SEK_STACK_NO_BACKEND] = N_("the line has no backend="),
	[SEK_STACK_NO_ROUND] = N_("no pam_sekisho_lockout line comes before:"
	    " nobody gets in"),
	[SEK_STACK_AFTER_GATE] =
	    N_("comes after the gate, which has decided by then"),
	[SEK_STACK_SECOND_GATE] = N_("a second gate"),
	[SEK_STACK_NO_GATE] = N_("no pam_sekisho_gate line comes after"),
	[SEK_STACK_OTHER_CONF] =
	    N_("its conf= is not that of the lines before"),
	[SEK_STACK_LATENT] =
	    N_("would let in as soon as its module is installed")
};

struct service {
	const char		*name;
	struct sek_pam_stack	*stack;		/* NULL: could not be read */
	bool			 root_switch;
	bool			 exempt;
	struct {
		struct sek_stack_proof	proof;
		enum sek_err		err;
	} phase[2];
};

struct check {
	struct tool		*t;
	struct tool_list	*list;
	struct service		*services;
	size_t			 n;
	enum sek_err		 err;	/* of telling */
	bool			 unsound;
	bool			 trouble;
	bool			 usage;	/* what was asked for is no name */
	bool			 absent;	/* is a name, of nothing */
	/* The row in hand */
	const struct service	*service;
	enum sek_phase		 phase;
	cJSON			*path;	/* lines of a fault that opens */
	bool			 telling;	/* else gathering */
	bool			 by_fault;	/* one that opens was gathered */
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

/* ---- faults */

/* libpam reads "other" twice: each line is told once. */
static bool
is_told(const cJSON *path, const char *text)
{
	const cJSON *line;

	cJSON_ArrayForEach(line, path)
		if (strcmp(line->valuestring, text) == 0)
			return (true);
	return (false);
}

static void
gather(struct check *c, const char *where)
{

	c->by_fault = true;
	if (!is_told(c->path, where) &&
	    !cJSON_AddItemToArray(c->path, cJSON_CreateString(where)))
		failed(c, SEK_ERR_NOMEM);
}

/* One fault, where it is: a row, or with --json a line on standard error. */
static void
tell_fault(struct check *c, enum sek_stack_fault fault, const char *where)
{
	enum sek_stack_harm harm = sek_stack_proof_harm(fault);
	char shown[LINE_MAX_SHOWN * 2];
	const char *text = _(faults[fault]);

	if (!c->telling) {
		if (harm == SEK_STACK_OPENS)
			gather(c, where);
		return;
	}
	c->unsound = c->unsound || harm != SEK_STACK_NOTED;
	if (c->t->json && harm != SEK_STACK_NOTED)
		tool_error("%s %s: %s: %s", c->service->name,
		    phase_names[c->phase], where, text);
	if (c->t->json)
		return;
	(void)sek_text_format(shown, sizeof(shown), "%s: %s", where, text);
	add_row(c, NULL, NULL, harm == SEK_STACK_NOTED ? _("note") :
	    _("fault"), shown);
}

static void
line_text(char text[LINE_MAX_SHOWN], const struct sek_stack_line *l,
    enum sek_phase phase)
{
	char raw[LINE_MAX_SHOWN];

	(void)sek_stack_print(raw, sizeof(raw), l, phase);
	sek_text_printable(text, LINE_MAX_SHOWN, raw);
}

static void
line_fault(void *arg, enum sek_stack_fault fault,
    const struct sek_stack_line *l)
{
	struct check *c = arg;
	char text[LINE_MAX_SHOWN];

	line_text(text, l, c->phase);
	tell_fault(c, fault, text);
}

static void
note_faults(struct check *c)
{
	const struct sek_pam_stack_note *notes;
	char where[LINE_MAX_SHOWN], text[LINE_MAX_SHOWN];
	size_t i, n;

	notes = sek_pam_stack_notes(c->service->stack, &n);
	for (i = 0; i < n; i++) {
		/* Files are of both phases: once is enough to tell. */
		if (c->telling && c->phase != SEK_PHASE_AUTH)
			continue;
		if (notes[i].number != 0)
			(void)sek_text_format(where, sizeof(where), "%s:%u",
			    notes[i].file, notes[i].number);
		else
			(void)sek_text_copy(where, sizeof(where),
			    notes[i].file);
		sek_text_printable(text, sizeof(text), where);
		tell_fault(c, notes[i].fault, text);
	}
}

/* All faults of the phase in hand: gathered into c->path, or told. */
static void
each_fault(struct check *c, bool telling)
{
	const struct sek_stack_line *lines;
	enum sek_err err;
	size_t n;

	c->telling = telling;
	lines = sek_pam_stack_lines(c->service->stack, c->phase, &n);
	note_faults(c);
	err = sek_stack_proof_faults(lines, n, c->phase,
	    c->service->root_switch, line_fault, c);
	failed(c, err);
}

/* ---- one phase of one service */

/* The lines by which it lets in, as JSON strings; NULL: no memory. */
static cJSON *
way_in(const struct check *c)
{
	const struct sek_stack_proof *p;
	const struct sek_stack_line *lines;
	cJSON *path = cJSON_CreateArray();
	char text[LINE_MAX_SHOWN];
	size_t i, n;

	p = &c->service->phase[c->phase].proof;
	lines = sek_pam_stack_lines(c->service->stack, c->phase, &n);
	for (i = 0; path != NULL && i < p->n; i++) {
		if (!p->path[i].counts)
			continue;
		line_text(text, &lines[p->path[i].line], c->phase);
		if (is_told(path, text))
			continue;
		if (!cJSON_AddItemToArray(path, cJSON_CreateString(text))) {
			cJSON_Delete(path);
			path = NULL;
		}
	}
	return (path);
}

static void
add_json(struct check *c, bool ok)
{
	cJSON *o = cJSON_CreateObject();

	if (cJSON_AddStringToObject(o, "service", c->service->name) == NULL ||
	    cJSON_AddStringToObject(o, "phase", phase_names[c->phase]) ==
	    NULL || cJSON_AddBoolToObject(o, "ok", ok) == NULL ||
	    !cJSON_AddItemToObject(o, "path", ok ? cJSON_CreateNull() :
	    c->path)) {
		cJSON_Delete(o);
		failed(c, SEK_ERR_NOMEM);
		return;
	}
	if (!ok)
		c->path = NULL;
	failed(c, tool_list_json(c->list, o));
}

/* Where auth ends without us, is the login refused after all? Not where auth
 * itself proves too little. */
static bool
account_refuses(const struct check *c, const struct service *s)
{

	return (c->phase == SEK_PHASE_AUTH && !c->by_fault &&
	    s->phase[SEK_PHASE_ACCOUNT].proof.ok &&
	    s->phase[SEK_PHASE_ACCOUNT].err == SEK_OK);
}

static const char *
result_text(const struct check *c, bool ok)
{
	const struct service *s = c->service;

	if (s->phase[c->phase].err != SEK_OK)
		return (_("too intricate to judge"));
	if (ok)
		return (s->exempt ? _("sound (exempt)") : _("sound"));
	if (account_refuses(c, s))
		return (s->exempt ?
		    _("LETS IN, account still refuses (exempt)") :
		    _("LETS IN, account still refuses"));
	return (s->exempt ? _("LETS IN (exempt)") : _("LETS IN"));
}

static void
add_table(struct check *c, bool ok)
{
	const cJSON *line = ok ? NULL : c->path->child;

	add_row(c, c->service->name, phase_names[c->phase],
	    result_text(c, ok), line == NULL ? NULL : line->valuestring);
	for (; line != NULL && line->next != NULL; line = line->next)
		add_row(c, NULL, NULL, NULL, line->next->valuestring);
	each_fault(c, true);
}

static void
tell_phase(struct check *c, const struct service *s, enum sek_phase phase)
{
	bool ok;

	c->service = s;
	c->phase = phase;
	c->by_fault = false;
	if ((c->path = way_in(c)) == NULL) {
		failed(c, SEK_ERR_NOMEM);
		return;
	}
	/* A way in may also lie beside the lines: in who may change them. */
	each_fault(c, false);
	ok = s->phase[phase].err == SEK_OK && s->phase[phase].proof.ok &&
	    cJSON_GetArraySize(c->path) == 0;
	c->unsound = c->unsound || !ok;
	if (c->t->json) {
		add_json(c, ok);
		each_fault(c, true);
	} else
		add_table(c, ok);
	cJSON_Delete(c->path);
	c->path = NULL;
}

/* ---- services */

static void
judge(struct service *s)
{
	const struct sek_stack_line *lines;
	size_t i, n;

	for (i = 0; i < 2; i++) {
		lines = sek_pam_stack_lines(s->stack, (enum sek_phase)i, &n);
		s->phase[i].err = sek_stack_proof_run(&s->phase[i].proof,
		    lines, n, (enum sek_phase)i, s->root_switch);
	}
}

static void
load(struct check *c, struct service *s, const char *name,
    const struct sek_pam_stack_places *where, const char *exempt)
{
	struct sek_why why = { "" };
	enum sek_err err;

	s->name = name;
	s->root_switch = sek_policy_bare("", name, "", 0) ==
	    SEK_BARE_ROOT_SWITCH;
	s->exempt = sek_policy_bare(exempt, name, "", NOBODY) ==
	    SEK_BARE_EXEMPT;
	if ((err = sek_pam_stack_load(&s->stack, where, name, &why)) !=
	    SEK_OK) {
		switch (tool_fail(err, why.text)) {
		case TOOL_NO:
			c->absent = true;
			break;
		case TOOL_USAGE:
			/* Too large is the file's, a bad name the caller's. */
			c->usage = c->usage || err == SEK_ERR_SYNTAX;
			c->trouble = true;
			break;
		default:
			c->trouble = true;
			break;
		}
		return;
	}
	judge(s);
}

/* A file of one phase that others include is a part of services, not one. */
static bool
is_part(const struct check *c, const struct service *s)
{
	unsigned phase, phases = 0;
	size_t i;

	for (phase = SEK_PHASE_AUTH; phase <= SEK_PHASE_SESSION; phase++)
		if (sek_pam_stack_own(s->stack, (enum sek_phase)phase))
			phases++;
	if (strcmp(s->name, "other") == 0 || phases > 1)
		return (false);
	for (i = 0; i < c->n; i++)
		if (c->services[i].stack != NULL &&
		    sek_pam_stack_includes(c->services[i].stack, s->name))
			return (true);
	return (false);
}

static int
tell_all(struct check *c, bool asked)
{
	const struct service *s;
	size_t i;
	int rc;

	if ((c->list = tool_list_new(c->t, columns)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	for (i = 0; i < c->n && c->err == SEK_OK; i++) {
		s = &c->services[i];
		if (s->stack == NULL || (!asked && is_part(c, s)))
			continue;
		tell_phase(c, s, SEK_PHASE_AUTH);
		tell_phase(c, s, SEK_PHASE_ACCOUNT);
	}
	rc = tool_list_end(c->t, &c->list, c->err);
	if (rc != TOOL_YES)
		return (rc);
	if (c->usage)
		return (TOOL_USAGE);
	if (c->trouble)
		return (TOOL_TROUBLE);
	return (c->unsound || c->absent ? TOOL_NO : TOOL_YES);
}

static int
check_services(struct tool *t, const struct sek_pam_stack_places *where,
    char **names, size_t n, bool asked)
{
	struct check c = { .t = t, .n = n };
	struct sek_settings *settings;
	struct sek_why why;
	const char *exempt = "";
	size_t i;
	int rc = TOOL_TROUBLE;

	/* Without settings that can be used nobody is exempt. */
	if ((settings = calloc(1, sizeof(*settings))) != NULL &&
	    sek_settings_load(settings, t->conf, true, &why) == SEK_OK)
		exempt = settings->factors.exempt_services;
	if ((c.services = calloc(n + 1, sizeof(*c.services))) == NULL)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	else {
		for (i = 0; i < n; i++)
			load(&c, &c.services[i], names[i], where, exempt);
		rc = tell_all(&c, asked);
		for (i = 0; i < n; i++)
			sek_pam_stack_free(&c.services[i].stack);
	}
	free(c.services);
	free(settings);
	return (rc);
}

int
verb_stack_check(struct tool *t, int argc, char **argv)
{
	struct sek_pam_stack_places where;
	const char *service = tool_option(t, "service");
	struct sek_why why = { "" };
	char **names = NULL, name[256], *one = name;
	enum sek_err err;
	size_t n = 0;
	int rc;

	(void)argc;
	(void)argv;
	sek_pam_stack_system(&where);
	if (tool_option(t, "dir") != NULL) {
		where.dir = tool_option(t, "dir");
		where.vendor = where.conf = NULL;
	}
	if (service != NULL) {
		if (sek_text_copy(name, sizeof(name), service) != SEK_OK)
			return (tool_fail(SEK_ERR_SYNTAX, "--service"));
		return (check_services(t, &where, &one, 1, true));
	}
	err = sek_pam_stack_names(&names, &n, &where, &why);
	if (err != SEK_OK) {
		(void)tool_fail(err, why.text);
		return (TOOL_TROUBLE);
	}
	rc = check_services(t, &where, names, n, false);
	sek_pam_stack_names_free(&names, n);
	return (rc);
}
