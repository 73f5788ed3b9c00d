/*
 * explain.c - sekisho explain: why a login would be refused or allowed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: no attempt is taken. What decides is flow/explain; here are words.
 * No record is written of it: it tells of accounts, as user show does, and of
 * no records (8(2)②).
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_explain.h"
#include "verb.h"

#define SOURCES		8u

/* Where the values came from that findings name. */
struct sources {
	const struct sek_explain	*x;
	size_t				 n;
	struct {
		char	key[64];
		char	value[128];
		char	source[SEK_PATH_MAX + 32];
	}				 of[SOURCES];
};

static enum sek_err
take_source(void *arg, const struct sek_setting_shown *s)
{
	struct sources *all = arg;
	size_t i;

	for (i = 0; i < all->x->n; i++)
		if (all->x->finding[i].key != NULL &&
		    strcmp(all->x->finding[i].key, s->key) == 0)
			break;
	if (i == all->x->n || all->n == SOURCES)
		return (SEK_OK);
	(void)sek_text_format(all->of[all->n].key, sizeof(all->of[0].key),
	    "%s", s->key);
	(void)sek_text_format(all->of[all->n].value,
	    sizeof(all->of[0].value), "%s", s->value);
	(void)sek_text_format(all->of[all->n].source,
	    sizeof(all->of[0].source), "%s", s->source);
	all->n++;
	return (SEK_OK);
}

/* "FILE:LINE" of pam.d or of the policy; "" where neither. value: of the
 * policy's key, or NULL. */
static const char *
source_of(const struct sources *all, const struct sek_finding *f,
    const char **value)
{
	size_t i;

	*value = NULL;
	for (i = 0; f->key != NULL && i < all->n; i++)
		if (strcmp(all->of[i].key, f->key) == 0) {
			*value = all->of[i].value;
			return (all->of[i].source);
		}
	return (f->line);
}

/* ----------------------------------------------------------------- JSON -- */

static cJSON *
methods_json(uint32_t methods)
{
	cJSON *array = cJSON_CreateArray();
	unsigned m;

	for (m = SEK_METHOD_NONE + 1; m < SEK_METHOD_COUNT; m++)
		if ((methods & SEK_METHOD_BIT(m)) != 0)
			cJSON_AddItemToArray(array, cJSON_CreateString(
			    sek_method_name((enum sek_method)m)));
	return (array);
}

/* What sek_kind_name() says is translated by print_list(): noted for that. */
static const char *const kind_words[] __attribute__((unused)) = {
	N_("knowledge"), N_("possession"), N_("inherence")
};

static cJSON *
kinds_json(uint32_t kinds)
{
	cJSON *array = cJSON_CreateArray();
	uint32_t k;

	for (k = 1; k <= SEK_KIND_INHERENCE; k <<= 1)
		if ((kinds & k) != 0)
			cJSON_AddItemToArray(array, cJSON_CreateString(
			    sek_kind_name((enum sek_kind)k)));
	return (array);
}

static cJSON *
finding_json(const struct tool *t, const struct sources *all,
    const struct sek_finding *f)
{
	char text[TOOL_EXPLAIN_TEXT];
	cJSON *o = cJSON_CreateObject();
	const char *value, *source = source_of(all, f, &value);

	cJSON_AddStringToObject(o, "rule", sek_explain_rule_name(f->rule));
	cJSON_AddBoolToObject(o, "blocks", f->blocks);
	cJSON_AddItemToObject(o, "reason", tool_json_text(
	    tool_explain_reason(f)));
	tool_explain_text(t, text, sizeof(text), f);
	cJSON_AddStringToObject(o, "text", text);
	cJSON_AddItemToObject(o, "source", tool_json_text(source));
	cJSON_AddItemToObject(o, "key", tool_json_text(f->key));
	cJSON_AddItemToObject(o, "value", tool_json_text(value));
	cJSON_AddItemToObject(o, "until", f->until == SEK_SPAN_NEVER ?
	    cJSON_CreateString("never") : tool_json_time(t, f->until));
	cJSON_AddItemToObject(o, "since", tool_json_time(t, f->since));
	cJSON_AddItemToObject(o, "detail", tool_json_text(f->detail));
	tool_explain_remedy(text, sizeof(text), f, all->x->user);
	cJSON_AddItemToObject(o, "remedy", tool_json_text(text));
	return (o);
}

static const char *
without_proof(const struct sek_explain *x)
{
	if (!x->bare_allowed)
		return ("refused");
	return (x->bare == SEK_BARE_EXEMPT ? "exempt" :
	    x->bare == SEK_BARE_ROOT_SWITCH ? "root-switch" : "reuse");
}

static const char *
first_reason(const struct sek_explain *x)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (x->finding[i].blocks)
			return (tool_explain_reason(&x->finding[i]));
	return (NULL);
}

/* Of the moment a card or security key is there; null: there is none of
 * his. */
static cJSON *
with_json(const struct sek_explain *x, enum sek_explain_device d)
{
	const struct sek_explain_with *w = &x->with[d];
	cJSON *o;

	if (!w->has || !x->asks)
		return (cJSON_CreateNull());
	o = cJSON_CreateObject();
	cJSON_AddItemToObject(o, "asked", methods_json(w->plan.methods));
	cJSON_AddItemToObject(o, "instead", methods_json(w->plan.instead));
	cJSON_AddBoolToObject(o, "verify", w->plan.verify != 0);
	return (o);
}

static cJSON *
explain_json(const struct tool *t, const struct sek_explain *x,
    const struct sources *all, int64_t at)
{
	cJSON *o = cJSON_CreateObject(), *array = cJSON_CreateArray();
	char user[SEK_NAME_MAX];
	size_t i;

	sek_text_printable(user, sizeof(user), x->user);
	cJSON_AddStringToObject(o, "user", user);
	cJSON_AddItemToObject(o, "service", tool_json_text(x->service));
	cJSON_AddItemToObject(o, "at", tool_json_time(t, at));
	cJSON_AddBoolToObject(o, "allowed", x->allowed);
	cJSON_AddItemToObject(o, "reason", tool_json_text(first_reason(x)));
	cJSON_AddBoolToObject(o, "privileged", x->who.privileged != 0);
	cJSON_AddItemToObject(o, "asked", x->asks ?
	    methods_json(x->plan.methods) : cJSON_CreateArray());
	cJSON_AddItemToObject(o, "with_card", with_json(x, SEK_EXPLAIN_CARD));
	cJSON_AddItemToObject(o, "with_key", with_json(x, SEK_EXPLAIN_KEY));
	cJSON_AddItemToObject(o, "with_finger",
	    with_json(x, SEK_EXPLAIN_FINGER));
	cJSON_AddItemToObject(o, "kinds", kinds_json(x->kinds));
	cJSON_AddNumberToObject(o, "kinds_needed", x->plan.kinds_needed);
	cJSON_AddItemToObject(o, "without_proof", tool_json_text(
	    x->service != NULL ? without_proof(x) : NULL));
	for (i = 0; i < x->n; i++)
		cJSON_AddItemToArray(array,
		    finding_json(t, all, &x->finding[i]));
	cJSON_AddItemToObject(o, "findings", array);
	return (o);
}

/* ----------------------------------------------------------------- text -- */

static void
print_list(const char *title, const cJSON *names)
{
	const cJSON *name;
	const char *between = " ";

	printf("%s:", title);
	cJSON_ArrayForEach(name, names) {
		printf("%s%s", between, _(name->valuestring));
		between = ", ";
	}
	puts(names->child == NULL ? " -" : "");
}

/* What changes when a card or a security key is there. */
static void
print_with(const struct sek_explain *x, enum sek_explain_device d)
{
	const struct sek_explain_with *w = &x->with[d];
	cJSON *asked = methods_json(w->plan.methods);
	cJSON *instead = methods_json(w->plan.instead);

	if (w->has && x->asks && asked != NULL && instead != NULL) {
		print_list(d == SEK_EXPLAIN_CARD ?
		    _("Asked for with a card on a reader") :
		    d == SEK_EXPLAIN_KEY ?
		    _("Asked for with a security key plugged in") :
		    _("Asked for with the fingerprint reader there"), asked);
		if (w->plan.instead != 0)
			print_list(_("Without it after all"), instead);
		if (w->plan.verify && d == SEK_EXPLAIN_KEY)
			puts(_("The key has to verify its holder (PIN or"
			    " sensor)"));
		else if (w->plan.verify)
			puts(_("The PIN of the card is the second kind"));
	}
	cJSON_Delete(asked);
	cJSON_Delete(instead);
}

static void
print_plan(const struct sek_explain *x)
{
	cJSON *asked = methods_json(x->asks ? x->plan.methods : 0);
	cJSON *have = kinds_json(x->kinds);
	uint32_t all = SEK_KINDS_ALL;
	cJSON *lack = kinds_json(all & ~x->kinds);

	if (asked != NULL && have != NULL && lack != NULL) {
		print_list(_("Asked for"), asked);
		print_with(x, SEK_EXPLAIN_CARD);
		print_with(x, SEK_EXPLAIN_KEY);
		print_with(x, SEK_EXPLAIN_FINGER);
		print_list(_("Can be proved"), have);
		if (x->asks && !x->plan.possible)
			print_list(_("Missing, one of"), lack);
	}
	cJSON_Delete(asked);
	cJSON_Delete(have);
	cJSON_Delete(lack);
}

static void
print_finding(const struct tool *t, const struct sources *all,
    const struct sek_finding *f)
{
	char text[TOOL_EXPLAIN_TEXT];
	const char *value, *source = source_of(all, f, &value);

	tool_explain_text(t, text, sizeof(text), f);
	printf("\n%s %s\n", f->blocks ? "x" : "-", text);
	if (f->detail[0] != '\0')
		printf("    %s\n", f->detail);
	if (value != NULL)
		printf("    %s = %s (%s)\n", f->key, value[0] != '\0' ? value :
		    "-", source);
	else if (source[0] != '\0')
		printf("    %s\n", source);
	tool_explain_remedy(text, sizeof(text), f, all->x->user);
	if (text[0] != '\0')
		printf("    -> %s\n", text);
}

static void
print_all(const struct tool *t, const struct sek_explain *x,
    const struct sources *all, int64_t at)
{
	char user[SEK_NAME_MAX], when[32];
	size_t i;

	sek_text_printable(user, sizeof(user), x->user);
	tool_time(t, when, sizeof(when), at);
	if (x->service != NULL)
		printf(_("%s, service %s, at %s: "), user, x->service, when);
	else
		printf(_("%s, any service that asks for proof, at %s: "), user,
		    when);
	puts(x->allowed ? _("would be let in, given right answers") :
	    _("would be refused"));
	if (x->prospect != NULL)
		print_plan(x);
	for (i = 0; i < x->n; i++)
		print_finding(t, all, &x->finding[i]);
}

static int
tell(struct tool *t, const struct sek_explain *x, int64_t at)
{
	struct sources *all = calloc(1, sizeof(*all));
	struct sek_why why;
	char user[SEK_NAME_MAX];
	int rc;

	if (all == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	all->x = x;
	if (t->settings != NULL)
		(void)tool_settings_show(t, take_source, all, &why);
	if (t->json)
		rc = tool_json_print(explain_json(t, x, all, at));
	else {
		print_all(t, x, all, at);
		rc = tool_flush();
	}
	free(all);
	if (rc != TOOL_YES || x->allowed)
		return (rc);
	sek_text_printable(user, sizeof(user), x->user);
	tool_error(_("%s would be refused"), user);
	return (TOOL_NO);
}

/* ----------------------------------------------------------------- verb -- */

/* A value below its floor, and a store that could not be asked of it? */
static bool
is_of_store(enum sek_err err)
{
	switch (err) {
	case SEK_ERR_STORE:
	case SEK_ERR_STORE_MISSING:
	case SEK_ERR_STORE_READONLY:
	case SEK_ERR_STORE_FULL:
	case SEK_ERR_STORE_DAMAGED:
	case SEK_ERR_STORE_FOREIGN:
	case SEK_ERR_STORE_NEWER:
	case SEK_ERR_TAMPERED:
		return (true);
	default:
		return (false);
	}
}

/* Settings that do not load are an answer: every login is refused. */
static int
load(struct tool *t, struct sek_explain *x)
{
	struct sek_why why = { "" };
	struct sek_finding *f;
	enum sek_err err;

	if ((err = tool_settings_try(t, &why)) == SEK_OK)
		return (tool_store(t));
	if (!sek_explain_is_answer(err))
		return (tool_fail(err, why.text));
	f = sek_explain_add(x, is_of_store(err) ? SEK_EXPLAIN_STORE :
	    SEK_EXPLAIN_POLICY, SEK_WORD_REASON, SEK_REASON_STORE, true);
	if (f != NULL)
		sek_text_printable(f->detail, sizeof(f->detail), why.text);
	return (TOOL_YES);
}

static int
take_time(const struct tool *t, int64_t *at)
{
	const char *text = tool_option(t, "at");

	*at = 0;
	if (text == NULL || tool_parse_time(t, text, false, at) == SEK_OK)
		return (TOOL_YES);
	tool_error(_("--at: give a time, like 2026-12-31, \"2026-12-31 08:30\""
	    " or 35d"));
	return (TOOL_USAGE);
}

static int
take_service(struct sek_explain *x, const char *service)
{
	if (service != NULL && (strchr(service, '/') != NULL ||
	    !sek_text_is_clean(service, SEK_SERVICE_MAX - 1))) {
		tool_error(_("--service: this is no name of a service"));
		return (TOOL_USAGE);
	}
	x->service = service;
	if (service != NULL && x->rhost == NULL &&
	    strcmp(service, "sshd") == 0)
		(void)sek_explain_add(x, SEK_EXPLAIN_REMOTE,
		    SEK_WORD_FROM_UNSAID, SEK_REASON_NONE, false);
	/* sudo asks who calls it, by his own name. */
	if (service != NULL && x->caller == NULL &&
	    sek_policy_listed("sudo sudo-i", service))
		x->caller = x->user;
	return (TOOL_YES);
}

static int
explain(struct tool *t, struct sek_explain *x)
{
	struct sek_pam_stack_places where;
	struct sek_why why = { "" };
	struct sek_moment now;
	enum sek_err err;
	int rc;

	sek_pam_stack_system(&where);
	if (tool_option(t, "dir") != NULL) {
		where.dir = tool_option(t, "dir");
		where.vendor = where.conf = where.ours = NULL;
	}
	x->where = &where;
	x->conf = t->conf;
	if ((rc = take_time(t, &x->at)) != TOOL_YES ||
	    (rc = take_service(x, tool_option(t, "service"))) != TOOL_YES ||
	    (rc = tool_root(t)) != TOOL_YES ||
	    (rc = load(t, x)) != TOOL_YES ||
	    (rc = take_time(t, &x->at)) != TOOL_YES)
		return (rc);
	if ((err = sek_clock_now(&now)) == SEK_OK)
		err = sek_explain_run(x, t->settings, t->store, &why);
	if (err == SEK_ERR_NOT_FOUND)
		return (tool_no_user(x->caller));
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	tool_explain_tickets(t, x, x->at != 0 ? x->at : now.wall);
	return (tell(t, x, x->at != 0 ? x->at : now.wall));
}

int
verb_explain(struct tool *t, int argc, char **argv)
{
	struct sek_explain *x = calloc(1, sizeof(*x));
	int rc;

	(void)argc;
	if (x == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	x->user = argv[0];
	x->rhost = tool_option(t, "from");
	x->tty = tool_option(t, "tty");
	x->caller = tool_option(t, "by");
	rc = explain(t, x);
	free(x);
	return (rc);
}
