/*
 * policy.c - sekisho policy show|check
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Both read the policy file as a login does, and need neither root nor store;
 * where check may ask a store, it looks for who has no way in but a trait.
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/edge/quality.h"
#include "sekisho/flow/explain.h"
#include "sekisho/flow/facts.h"
#include "sekisho/model/role.h"
#include "sekisho.h"
#include "verb.h"

static const char *const columns[] = {
	N_("Key"), N_("Source"), N_("Clause"), N_("Value"), NULL
};

struct view {
	const struct tool	*tool;
	struct tool_list	*list;
	const char		*key;		/* this one alone; NULL all */
	bool			 found;
	unsigned		 deviations;
	unsigned		 lapsed;
	bool			 check;		/* tell of exceptions */
};

/* Null only where nothing is recommended or no clause asks: a value may be
 * "" and is a string then. */
static enum sek_err
add_json(struct view *v, const struct sek_setting_shown *shown)
{
	cJSON *o = cJSON_CreateObject();

	if (cJSON_AddStringToObject(o, "key", shown->key) == NULL ||
	    cJSON_AddStringToObject(o, "value", shown->value) == NULL ||
	    cJSON_AddStringToObject(o, "source", shown->source) == NULL ||
	    !cJSON_AddItemToObject(o, "recommended",
	    shown->recommended == NULL ? cJSON_CreateNull() :
	    cJSON_CreateString(shown->recommended)) ||
	    !cJSON_AddItemToObject(o, "clause",
	    tool_json_text(shown->clause))) {
		cJSON_Delete(o);
		return (SEK_ERR_NOMEM);
	}
	return (tool_list_json(v->list, o));
}

/* Values stand last, since some are long; what is recommended is beside those
 * that are other. */
static enum sek_err
add_row(struct view *v, const struct sek_setting_shown *shown)
{
	char value[SEK_LIST_MAX * 2 + 64];
	const char *cells[4];

	if (shown->deviates)
		(void)sek_text_format(value, sizeof(value),
		    _("%s  (recommended: %s)"), shown->value,
		    shown->recommended);
	else
		(void)sek_text_copy(value, sizeof(value),
		    shown->value[0] == '\0' ? "-" : shown->value);
	cells[0] = shown->key;
	cells[1] = shown->source;
	cells[2] = shown->clause;
	cells[3] = value;
	return (tool_list_row(v->list, cells));
}

/* One key, all there is to say of it. */
static void
tell(const struct sek_setting_shown *shown)
{
	printf("%s: %s\n", _("Key"), shown->key);
	printf("%s: %s\n", _("Value"),
	    shown->value[0] == '\0' ? "-" : shown->value);
	printf("%s: %s\n", _("Source"), shown->source);
	printf("%s: %s\n", _("Recommended"),
	    shown->recommended == NULL ? "-" : shown->recommended);
	printf("%s: %s\n", _("Clause"),
	    shown->clause[0] == '\0' ? "-" : shown->clause);
	printf("%s: %s\n", _("Meaning"), _(shown->help));
}

/* A value below its floor: which exceptions it is under, until when; or that
 * none is left, and what to do. */
static void
check_below(struct view *v, const struct sek_setting_shown *shown)
{
	const struct sek_below *b = shown->below;
	char until[32];
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		tool_time(v->tool, until, sizeof(until), b->allowed[i].until);
		printf(_("%s = %s: exception %s until %s, for %s\n"), b->key,
		    b->text, b->allowed[i].id, until,
		    b->allowed[i].users[0] != '\0' ? b->allowed[i].users :
		    _("all users"));
	}
	if (!b->lapsed)
		return;
	v->lapsed++;
	tool_error(_("%.*s: %s = %s is below the floor, and the exception for"
	    " it has ended: %s is in force; write that, or ask anew:"
	    " sekisho request exception --key %s --value %s"),
	    (int)strcspn(shown->source, ";"), shown->source, b->key, b->text,
	    b->lowest, b->key, b->text);
}

static enum sek_err
add(void *arg, const struct sek_setting_shown *shown)
{
	struct view *v = arg;

	v->deviations += shown->deviates ? 1 : 0;
	if (v->check && shown->below != NULL)
		check_below(v, shown);
	if (v->list == NULL ||
	    (v->key != NULL && strcmp(v->key, shown->key) != 0))
		return (SEK_OK);
	v->found = true;
	if (v->key != NULL && !v->tool->json) {
		tell(shown);
		return (SEK_OK);
	}
	return (v->tool->json ? add_json(v, shown) : add_row(v, shown));
}

/* Root's alone, and he is not. */
static bool
is_closed(const struct tool *t)
{

	return (geteuid() != 0 && access(t->conf, R_OK) != 0 &&
	    errno == EACCES);
}

int
verb_policy_show(struct tool *t, int argc, char **argv)
{
	struct view v = { .tool = t, .key = argc > 0 ? argv[0] : NULL };
	struct sek_why why = { "" };
	char shown[64];
	enum sek_err err;
	int rc;

	if ((err = tool_settings_try(t, &why)) != SEK_OK)
		return (is_closed(t) ? tool_root(t) :
		    tool_fail(err, why.text));
	if ((v.list = tool_list_new(t, columns)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	err = tool_settings_show(t, add, &v, &why);
	if (err == SEK_OK && (v.key == NULL || v.found)) {
		rc = tool_list_end(t, &v.list, err);
		return (rc == TOOL_YES ? tool_flush() : rc);
	}
	tool_list_free(&v.list);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	sek_text_printable(shown, sizeof(shown), v.key);
	tool_error(_("there is no such key: %s (sekisho policy show lists "
	    "them)"), shown);
	return (TOOL_NO);
}

/* Is there no policy file at all? Then nothing can be found out of it. */
static bool
is_absent(const char *path)
{
	struct stat st;

	return (lstat(path, &st) != 0 && errno == ENOENT);
}

/* The reason alone, file and line first, as a compiler does. */
static int
refuse(const struct tool *t, enum sek_err err, const struct sek_why *why)
{
	switch (err) {
	case SEK_ERR_SETTINGS:
	case SEK_ERR_UNTRUSTED:
	case SEK_ERR_UNSUPPORTED:
		if (!is_absent(t->conf)) {
			tool_error("%s", why->text);
			return (TOOL_NO);
		}
		return (tool_fail(err, why->text));
	default:
		return (tool_fail(err, why->text));
	}
}

/* A role whose groups are misspelt or empty: nobody would be asked. */
static void
check_roles(const struct tool *t)
{
	const struct sek_settings *s = t->settings;
	struct {
		const char	*key, *groups;
	} role[SEK_ROLES];
	size_t i;

	if (s == NULL)
		return;
	role[SEK_ROLE_CISO].key = "ciso";
	role[SEK_ROLE_CISO].groups = s->roles.ciso;
	role[SEK_ROLE_SECURITY_MANAGER].key = "security_manager";
	role[SEK_ROLE_SECURITY_MANAGER].groups = s->roles.security_manager;
	role[SEK_ROLE_SYSTEM_MANAGER].key = "system_manager";
	role[SEK_ROLE_SYSTEM_MANAGER].groups = s->roles.system_manager;
	role[SEK_ROLE_APPROVER].key = "approver";
	role[SEK_ROLE_APPROVER].groups = s->roles.approver;
	role[SEK_ROLE_AUDITOR].key = "auditor";
	role[SEK_ROLE_AUDITOR].groups = s->roles.auditor;
	for (i = 0; i < SEK_ROLES; i++)
		if (role[i].groups[0] != '\0' &&
		    !sek_account_groups_have_members(role[i].groups))
			printf(_("roles.%s = %s: no such group, or it lists"
			    " nobody: who holds this role?\n"), role[i].key,
			    role[i].groups);
}

/* Is there anything else to reach the kinds by? */
static bool
needs(const struct sek_settings *s, uint32_t device)
{
	struct sek_requirement need;
	uint32_t kinds;

	sek_facts_requirement(&need, s, "");
	return (!sek_policy_reach(&kinds, &need,
	    SEK_METHODS_BUILT & ~device));
}

/* What a key says of itself, and what proves it. */
static void
check_attestation(const struct sek_settings *s)
{
	bool trusted = s->fido2.attestation == SEK_FIDO2_ATTESTATION_TRUSTED;
	bool roots = s->fido2.roots[0] != '\0';
	struct stat st;

	if (s->fido2.aaguids[0] != '\0' && !(trusted && roots))
		puts(_("fido2.aaguids: which model it is, a key says itself,"
		    " and any may say so; fido2.attestation = trusted and"
		    " fido2.roots prove it"));
	else if (s->fido2.attestation == SEK_FIDO2_ATTESTATION_PACKED)
		puts(_("fido2.attestation = packed: anybody's certificate will"
		    " do, and the model is what a key says of itself"));
	if (trusted && !roots)
		puts(_("fido2.attestation = trusted: without fido2.roots no"
		    " key can be enrolled"));
	if (roots && (stat(s->fido2.roots, &st) != 0 ||
	    !S_ISDIR(st.st_mode)))
		printf(_("fido2.roots = %s: there is no such folder\n"),
		    s->fido2.roots);
}

/* A PIN or a sensor that is to count, of what does not. */
static void
check_counts(const struct sek_settings *s, bool counts, enum sek_method m,
    const char *key)
{

	if (counts && (s->factors.accept & SEK_METHOD_BIT(m)) == 0)
		printf(_("%s = yes: factors.accept does not name %s\n"), key,
		    sek_method_name(m));
}

/* Who gets in without a device that cannot be asked here? */
static void
check_installed(const struct sek_settings *s)
{
	const uint32_t key = SEK_METHOD_BIT(SEK_METHOD_FIDO2);
	const uint32_t card = SEK_METHODS_CARD;
	struct sek_explain_with with[SEK_EXPLAIN_DEVICES] = { 0 };
	bool cards, keys;

	if (!needs(s, key | card))
		return;
	sek_explain_installed(with, (s->factors.accept & card) != 0,
	    (s->factors.accept & key) != 0, NULL);
	cards = !with[SEK_EXPLAIN_CARD].no_object &&
	    !with[SEK_EXPLAIN_CARD].no_service;
	keys = !with[SEK_EXPLAIN_KEY].no_object;
	if (needs(s, key)) {
		if (!keys)
			puts(_("nobody gets in without a security key, and what"
			    " talks to them is not installed: apt install"
			    " libpam-sekisho-fido2"));
	} else if (!needs(s, card)) {
		if (!cards && !keys)
			puts(_("nobody gets in without a card or a security"
			    " key, and what talks to them is not installed:"
			    " apt install libpam-sekisho-card pcscd, or"
			    " libpam-sekisho-fido2"));
	} else if (!cards)
		puts(with[SEK_EXPLAIN_CARD].no_object ?
		    _("nobody gets in without a card, and what talks to them"
		    " is not installed: apt install libpam-sekisho-card") :
		    _("nobody gets in without a card, and the service of card"
		    " readers (pcscd) does not answer: apt install pcscd"));
}

/* Keys of the policy that do less than they seem to. */
static void
check_devices(const struct tool *t)
{
	const struct sek_settings *s = t->settings;
	struct stat st;

	if (s == NULL)
		return;
	check_attestation(s);
	check_counts(s, s->factors.fido2_uv_counts, SEK_METHOD_FIDO2,
	    "factors.fido2_uv_counts");
	check_counts(s, s->factors.jpki_pin_counts, SEK_METHOD_CARD_JPKI,
	    "factors.jpki_pin_counts");
	check_counts(s, s->factors.piv_pin_counts, SEK_METHOD_CARD_PIV,
	    "factors.piv_pin_counts");
	if (s->card.anchors[0] != '\0' &&
	    (stat(s->card.anchors, &st) != 0 || !S_ISDIR(st.st_mode)))
		printf(_("card.anchors = %s: there is no such folder\n"),
		    s->card.anchors);
	check_installed(s);
}

/* Could a new password be judged here? What is not installed is told of; what
 * is wrong is a no: all changes would be refused for it. */
static bool
check_passwords(const struct tool *t)
{
	struct sek_why why = { "" };
	enum sek_err err;

	if (t->settings == NULL ||
	    (err = sek_quality_check(t->settings, &why)) == SEK_OK)
		return (true);
	if (err == SEK_ERR_NOT_FOUND) {
		printf(_("passwords cannot be changed here: %s\n"), why.text);
		return (true);
	}
	tool_error(_("passwords cannot be changed here: %s"), why.text);
	return (false);
}

/* ------------------------------------------------------- who has what -- */

struct people {
	struct tool		*t;
	uint64_t		 n;
	unsigned		 by_trait;
	struct tool_progress	 progress;
};

/*
 * Has he a finger or a face, and no way in without it? Always another is
 * offered (SP 800-63B-4 section 3.2.3): fingers are cut, readers break.
 */
static bool
is_by_trait_alone(const struct sek_requirement *need,
    const struct sek_prospect *p)
{
	uint32_t have = SEK_METHOD_BIT(SEK_METHOD_PASSWORD), verified = 0;
	const struct sek_authenticator *a;
	uint32_t i, kinds;

	for (i = 0; i < p->found.nauthenticators; i++) {
		a = &p->found.authenticator[i];
		if (!sek_policy_active(need, a))
			continue;
		have |= SEK_METHOD_BIT(a->method);
		verified |= sek_policy_verified(need, a);
	}
	return ((have & need->accept & SEK_METHODS_BIOMETRIC) != 0 &&
	    !sek_policy_reach_by(&kinds, need, have & ~SEK_METHODS_BIOMETRIC,
	    verified));
}

static enum sek_err
look_at_person(void *arg, const struct sek_claimant *who,
    const struct sek_prospect *p)
{
	struct people *all = arg;
	struct sek_requirement need;
	char shown[SEK_NAME_MAX];

	tool_progress(&all->progress, ++all->n, 0);
	if (p == NULL || p->found.account.state == SEK_ACCOUNT_RETIRED)
		return (SEK_OK);
	sek_settings_for(all->t->settings, who->name);
	sek_facts_requirement(&need, all->t->settings, "");
	if (!is_by_trait_alone(&need, p))
		return (SEK_OK);
	all->by_trait++;
	sek_text_printable(shown, sizeof(shown), who->name);
	tool_error(_("%s: has no way in but a finger or a face: enroll"
	    " another, too (sekisho enroll totp %s)"), shown, shown);
	return (SEK_OK);
}

static void
limits_of(void *arg, const char *account, bool privileged,
    struct sek_limits *out)
{
	const struct people *all = arg;

	tool_account_limits(all->t, account, privileged, out);
}

/* Everybody the store knows, where it may be asked and there is one. */
static int
check_people(struct tool *t)
{
	struct people all = { .t = t };
	struct sek_moment now;
	struct stat st;
	enum sek_err err;
	int rc;

	if (t->settings == NULL || geteuid() != 0 || (t->settings->factors.
	    accept & SEK_METHODS_BIOMETRIC) == 0 ||
	    stat(t->settings->store.path, &st) != 0)
		return (TOOL_YES);
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	tool_progress_begin(&all.progress);
	if ((err = sek_clock_now(&now)) == SEK_OK)
		err = sek_store_survey(t->store, limits_of,
		    t->settings->privilege.users, now.wall, look_at_person,
		    &all);
	tool_progress_end(&all.progress);
	sek_settings_for(t->settings, NULL);
	/* Rows that were changed are told of by store status. */
	if (err != SEK_OK && err != SEK_ERR_TAMPERED)
		return (tool_fail(err, sek_store_why(t->store)));
	return (all.by_trait > 0 ? TOOL_NO : TOOL_YES);
}

int
verb_policy_check(struct tool *t, int argc, char **argv)
{
	struct view v = { .tool = t };
	struct sek_why why = { "" };
	enum sek_err err;
	bool judged;
	int people;

	(void)argc;
	(void)argv;
	(void)tool_settings_try(t, &why);	/* for its language */
	v.check = true;
	if ((err = tool_settings_show(t, add, &v, &why)) != SEK_OK)
		return (is_closed(t) ? tool_root(t) : refuse(t, err, &why));
	check_roles(t);
	check_devices(t);
	judged = check_passwords(t);
	people = check_people(t);
	if (people == TOOL_TROUBLE)
		return (people);
	if (v.lapsed > 0 || !judged || people != TOOL_YES)
		return (tool_flush() == TOOL_YES ? TOOL_NO : TOOL_TROUBLE);
	if (v.deviations == 0)
		printf(_("%s: in order\n"), t->conf);
	else
		printf(_("%s: in order; %u values are other than recommended"
		    " (see sekisho policy show)\n"), t->conf, v.deviations);
	return (tool_flush());
}
