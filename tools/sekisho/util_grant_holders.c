/*
 * util_grant_holders.c - sekisho grant holders: who may use privileged IDs, a
 * sheet for the review of them, to be printed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * S4 7(2)①ウ① (as few as can be, and looked after), 7(2)①ウ②.
 */
#include "config.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho/model/grant.h"
#include "util_grant.h"
#include "util_page.h"
#include "util_paper.h"
#include "util_sheet.h"
#include "verb.h"

#define MOST	10000u		/* of a sheet */
#define TEXT	1024

struct holder {
	char		account[SEK_NAME_MAX];
	char		person[SEK_NAME_MAX];
	char		name[SEK_NAME_MAX];	/* 氏名 */
	char		section[SEK_NAME_MAX];
	char		why[TEXT];		/* "uid-0 users group:wheel …" */
	uint32_t	uid;
	bool		contractor;
	bool		known;			/* to the account sources */
	uint8_t		state;			/* enum sek_account_state */
	int64_t		last;			/* privileged use, wall us */
	unsigned	grants;			/* in force */
	unsigned	sessions;		/* that the records tell of */
};
struct sheet {
	struct tool		*t;
	struct tool_approvals	 all;
	struct tool_works	 works;
	struct holder		*v;
	size_t			 n;
	size_t			 size;
	bool			 sources_down;
};

/* ----------------------------------------------------------- gathering -- */

static struct holder *
find(const struct sheet *s, const char *account)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i].account, account) == 0)
			return (&s->v[i]);
	return (NULL);
}

static struct holder *
holder(struct sheet *s, const char *account)
{
	struct holder *more, *h = find(s, account);
	size_t size;

	if (h != NULL || s->n >= MOST)
		return (h);
	if (s->n == s->size) {
		size = s->size == 0 ? 16 : s->size * 2;
		if ((more = reallocarray(s->v, size, sizeof(*more))) == NULL)
			return (NULL);
		s->v = more;
		s->size = size;
	}
	h = &s->v[s->n++];
	memset(h, 0, sizeof(*h));
	h->uid = SEK_UID_NONE;
	(void)sek_text_copy(h->account, sizeof(h->account), account);
	return (h);
}

/* What makes him one, once each. */
static enum sek_err
because(struct sheet *s, const char *account, const char *why,
    const char *which)
{
	struct holder *h = holder(s, account);
	char word[SEK_NAME_MAX + 32], had[SEK_NAME_MAX + 32];
	const char *cursor;
	size_t n;

	if (h == NULL)
		return (SEK_ERR_NOMEM);
	(void)sek_text_format(word, sizeof(word), "%s%s%s", why,
	    which[0] != '\0' ? ":" : "", which);
	for (cursor = h->why; sek_text_word(&cursor, had, sizeof(had));)
		if (strcmp(had, word) == 0)
			return (SEK_OK);
	n = strlen(h->why);
	/* What does not fit is said by those before it already. */
	(void)sek_text_format(h->why + n, sizeof(h->why) - n, "%s%s",
	    n > 0 ? " " : "", word);
	return (SEK_OK);
}

/* By the policy: each of its groups that he is in, its list, uid 0. */
static enum sek_err
judge(struct sheet *s, const char *account)
{
	const struct sek_settings *set = s->t->settings;
	const char *groups = set->privilege.groups;
	char group[SEK_NAME_MAX];
	struct sek_passwd who;
	enum sek_err err;
	bool in = false;

	if (sek_account_find(&who, account) != SEK_OK) {
		s->sources_down = true;
		return (SEK_OK);
	}
	if (!who.known)
		return (SEK_OK);
	if (who.uid == 0 &&
	    (err = because(s, who.name, "uid-0", "")) != SEK_OK)
		return (err);
	if (sek_account_listed(&in, set->privilege.users, who.uid) != SEK_OK)
		s->sources_down = true;
	else if (in && (err = because(s, who.name, "users", "")) != SEK_OK)
		return (err);
	while (sek_text_word(&groups, group, sizeof(group))) {
		if (sek_account_in_groups(&in, who.name, who.gid, group) !=
		    SEK_OK)
			s->sources_down = true;
		else if (in && (err = because(s, who.name, "group",
		    group)) != SEK_OK)
			return (err);
	}
	return (SEK_OK);
}

/* Accounts that the sources list. (One that lists none, as sssd by default,
 * tells of the members of a group.) */
static enum sek_err
from_sources(struct sheet *s)
{
	const char *groups = s->t->settings->privilege.groups;
	char group[SEK_NAME_MAX];
	enum sek_err err = SEK_OK;
	const struct passwd *pw;
	const struct group *g;
	char **names = NULL, **more;
	size_t n = 0, i;

	setpwent();
	while (err == SEK_OK && n < MOST * 10 && (pw = getpwent()) != NULL) {
		if ((more = reallocarray(names, n + 1, sizeof(*names))) ==
		    NULL || ((names = more)[n] = strdup(pw->pw_name)) == NULL)
			err = SEK_ERR_NOMEM;
		else
			n++;
	}
	endpwent();
	for (i = 0; i < n; i++) {
		if (err == SEK_OK)
			err = judge(s, names[i]);
		free(names[i]);
	}
	free(names);
	while (err == SEK_OK && sek_text_word(&groups, group, sizeof(group))) {
		if ((g = getgrnam(group)) == NULL)
			continue;
		for (i = 0; g->gr_mem != NULL && g->gr_mem[i] != NULL &&
		    err == SEK_OK; i++)
			err = because(s, g->gr_mem[i], "group", group);
	}
	return (err);
}

/* Whom the policy names, known here or not. */
static enum sek_err
from_policy(struct sheet *s)
{
	const char *users = s->t->settings->privilege.users;
	char name[SEK_NAME_MAX];
	struct sek_passwd who;
	enum sek_err err = SEK_OK;

	while (err == SEK_OK && sek_text_word(&users, name, sizeof(name)))
		err = sek_account_find(&who, name) == SEK_OK && who.known ?
		    judge(s, who.name) : because(s, name, "users", "");
	return (err);
}

/* Deputies, and who has a grant. */
static enum sek_err
from_approvals(struct sheet *s)
{
	const struct tool_approval *one;
	enum sek_err err = SEK_OK;
	struct holder *h;
	size_t i;

	for (i = 0; i < s->all.n && err == SEK_OK; i++) {
		one = &s->all.v[i];
		if (!sek_grant_is(&one->a) || !one->in_force)
			continue;
		err = because(s, one->a.users,
		    sek_approval_kind_name((enum sek_approval_kind)
		    one->a.kind), one->a.id);
		h = find(s, one->a.users);
		if (h != NULL && one->a.kind == SEK_APPROVAL_GRANT)
			h->grants++;
	}
	return (err);
}

static enum sek_err
add_works(struct sheet *s)
{
	const struct tool_work *w;
	struct holder *h;
	size_t i;

	for (i = 0; i < s->works.n; i++) {
		w = &s->works.v[i];
		if (w->subject[0] == '\0' ||
		    (h = find(s, w->subject)) == NULL)
			continue;
		h->sessions++;
		if (w->began > h->last)
			h->last = w->began;
	}
	return (SEK_OK);
}

/* The person behind each. */
static enum sek_err
add_persons(struct sheet *s)
{
	struct sek_limits limits = { .deny = 1 };
	struct sek_user *u = calloc(1, sizeof(*u));
	struct sek_person *p = calloc(1, sizeof(*p));
	struct sek_passwd who;
	struct holder *h;
	size_t i;

	for (i = 0; u != NULL && p != NULL && i < s->n; i++) {
		h = &s->v[i];
		if (sek_account_find(&who, h->account) != SEK_OK)
			s->sources_down = true;
		else if (who.known) {
			h->uid = who.uid;
			h->known = true;
		}
		if (sek_store_user(s->t->store, h->account, &limits, u) ==
		    SEK_OK) {
			(void)sek_text_copy(h->person, sizeof(h->person),
			    u->account.person);
			h->state = u->account.state;
		}
		if (h->person[0] != '\0' && sek_store_person(s->t->store,
		    h->person, p) == SEK_OK) {
			h->contractor = p->contractor != 0;
			if (p->state > h->state)
				h->state = p->state;
		}
		tool_sheet_name(s->t, h->name, h->section, sizeof(h->name),
		    h->account);
	}
	free(u);
	free(p);
	return (i == s->n ? SEK_OK : SEK_ERR_NOMEM);
}

static int
by_uid(const void *one, const void *other)
{
	const struct holder *a = one, *b = other;

	if ((a->uid == 0) != (b->uid == 0))
		return (a->uid == 0 ? -1 : 1);
	return (strcmp(a->account, b->account));
}

static enum sek_err
gather(struct sheet *s)
{
	enum sek_err err;

	if ((err = from_sources(s)) != SEK_OK ||
	    (err = from_policy(s)) != SEK_OK ||
	    (err = from_approvals(s)) != SEK_OK ||
	    (err = add_persons(s)) != SEK_OK ||
	    (err = add_works(s)) != SEK_OK)
		return (err);
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_uid);
	return (SEK_OK);
}

/* ----------------------------------------------------------------- JSON -- */

static cJSON *
words_json(const char *list)
{
	cJSON *array = cJSON_CreateArray();
	char word[SEK_NAME_MAX + 32];

	while (sek_text_word(&list, word, sizeof(word)))
		cJSON_AddItemToArray(array, cJSON_CreateString(word));
	return (array);
}

static int
print_json(const struct sheet *s)
{
	cJSON *array = cJSON_CreateArray(), *o;
	const struct holder *h;
	size_t i;

	for (i = 0; i < s->n; i++) {
		h = &s->v[i];
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "user", h->account);
		cJSON_AddItemToObject(o, "uid", h->uid == SEK_UID_NONE ?
		    cJSON_CreateNull() : cJSON_CreateNumber(h->uid));
		cJSON_AddItemToObject(o, "because", words_json(h->why));
		cJSON_AddItemToObject(o, "person", tool_json_text(h->person));
		cJSON_AddItemToObject(o, "name", tool_json_text(h->name));
		cJSON_AddItemToObject(o, "section",
		    tool_json_text(h->section));
		cJSON_AddBoolToObject(o, "contractor", h->contractor);
		cJSON_AddStringToObject(o, "state", !h->known ? "unknown" :
		    sek_account_state_name(
		    (enum sek_account_state)h->state));
		cJSON_AddItemToObject(o, "last_privileged",
		    tool_json_time(s->t, h->last));
		cJSON_AddNumberToObject(o, "sessions", h->sessions);
		cJSON_AddNumberToObject(o, "grants", h->grants);
		cJSON_AddItemToArray(array, o);
	}
	return (tool_json_print(array));
}

/* ---------------------------------------------------------------- paper -- */

/* A word of `why`, for people. */
static void
put_why(const char *word, char *dst, size_t size)
{
	static const struct {
		const char	*word;
		const char	*text;
	} words[] = {
		{ "uid-0", N_("uid 0") },
		{ "users", N_("named by the policy (privilege.users)") },
		{ "group", N_("member of a group of the policy") },
		{ "deputy", N_("deputy") },
		{ "grant", N_("grant") }
	};
	const char *which = strchr(word, ':');
	size_t i, n = which != NULL ? (size_t)(which - word) : strlen(word);

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i].word) == n &&
		    strncmp(words[i].word, word, n) == 0) {
			(void)snprintf(dst, size, "%s%s%s%s",
			    _(words[i].text), which != NULL ? " (" : "",
			    which != NULL ? which + 1 : "",
			    which != NULL ? ")" : "");
			return;
		}
	(void)sek_text_copy(dst, size, word);
}

static void
put_holder(const struct sheet *s, const struct holder *h, unsigned n)
{
	char text[TEXT], word[SEK_NAME_MAX + 32];
	const char *why = h->why;
	bool first = true;

	tool_page_rule(stdout, '-');
	(void)snprintf(text, sizeof(text), "%u. %s%s%s%s%s", n, h->account,
	    h->name[0] != '\0' ? "  " : "", h->name,
	    h->section[0] != '\0' ? "  " : "", h->section);
	tool_clean(text, sizeof(text));
	tool_page_text(stdout, 0, text);
	while (sek_text_word(&why, word, sizeof(word))) {
		put_why(word, text, sizeof(text));
		tool_clean(text, sizeof(text));
		tool_page_field(stdout, first ? _("Because of") : "", text);
		first = false;
	}
	if (h->contractor)
		tool_page_field(stdout, _("Contractor"), _("yes"));
	tool_page_field(stdout, _("State"), !h->known ?
	    _("no such account here") : tool_state_text(
	    sek_account_state_name((enum sek_account_state)h->state)));
	tool_sheet_time(s->t, _("Last privileged use"), h->last);
	(void)snprintf(text, sizeof(text), "%u", h->sessions);
	tool_page_field(stdout, _("Sessions"), text);
	(void)snprintf(text, sizeof(text), "%u", h->grants);
	tool_page_field(stdout, _("Grants in force"), text);
	tool_page_field(stdout, _("Judgement"),
	    _("[ ] needed  [ ] to be taken away"));
}

static int
print_paper(const struct sheet *s)
{
	const char *const seals[] = { _("System manager"), _("Reviewed by"),
	    _("CISO"), NULL };
	char text[TEXT];
	size_t i;

	tool_paper_head(s->t, _("Review of who may use privileged IDs"),
	    s->all.wall);
	if (s->t->settings->privilege.users[0] == '\0' &&
	    s->t->settings->privilege.groups[0] == '\0')
		tool_page_text(stdout, 0, _("The policy names nobody "
		    "(privilege.users, privilege.groups): whoever sudoers or "
		    "su let becomes a privileged ID. Look through sudoers, "
		    "too."));
	for (i = 0; i < s->n; i++)
		put_holder(s, &s->v[i], (unsigned)i + 1);
	tool_page_rule(stdout, '=');
	(void)snprintf(text, sizeof(text), _("Accounts: %u"),
	    (unsigned)s->n);
	tool_page_text(stdout, 0, text);
	putchar('\n');
	tool_page_seals(stdout, seals);
	return (tool_flush());
}

int
verb_grant_holders(struct tool *t, int argc, char **argv)
{
	struct sheet s = { .t = t };
	enum sek_err err;
	int rc, whole;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES ||
	    (rc = tool_approvals_read(t, NULL, false, &s.all)) != TOOL_YES)
		return (rc);
	rc = tool_works_read(t, INT64_MIN, INT64_MAX, "grant holders",
	    &s.works);
	if (rc == TOOL_YES && (err = gather(&s)) != SEK_OK)
		rc = tool_fail(err, NULL);
	if (rc == TOOL_YES)
		rc = t->json ? print_json(&s) : print_paper(&s);
	if (rc == TOOL_YES && s.sources_down) {
		tool_error(_("the account source did not answer for all: the "
		    "sheet may lack somebody"));
		rc = TOOL_TROUBLE;
	}
	whole = tool_approvals_whole(&s.all);
	tool_works_free(&s.works);
	tool_approvals_free(&s.all);
	free(s.v);
	return (rc == TOOL_YES ? whole : rc);
}
