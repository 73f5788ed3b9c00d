/*
 * user.c - sekisho user show|list|suspend|resume|unlock
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "sekisho/edge/account.h"
#include "sekisho.h"
#include "util_helper.h"
#include "util_life.h"
#include "util_sessions.h"
#include "verb.h"

struct listing {
	const struct tool	*t;
	struct tool_list	*list;
	int64_t			 now;		/* wall us */
};

static const char *const columns[] = {
	N_("User"), N_("Person"), N_("State"), N_("Failures"),
	N_("Locked until"), N_("Last login"), NULL
};

static int64_t
wall_now(void)
{
	struct sek_moment now;

	return (sek_clock_now(&now) == SEK_OK ? now.wall : 0);
}

/* By the settings that are his; there may be none for who is not root. */
static void
life_of(const struct tool *t, struct tool_life *l, const struct sek_user *u,
    int64_t now)
{
	if (t->settings != NULL)
		sek_settings_for(t->settings, u->account.name);
	tool_life(l, t->settings, &u->account, u->woken,
	    u->has_password ? &u->password : NULL, u->account.privileged != 0,
	    now);
	if (t->settings != NULL)
		sek_settings_for(t->settings, NULL);
}

/* One of App. B's words. */
static const char *
state_of(const struct sek_user *u, const struct tool_life *l, int64_t now)
{
	const struct sek_account *a = &u->account;

	if (a->state == SEK_ACCOUNT_RETIRED)
		return ("retired");
	if (a->state == SEK_ACCOUNT_SUSPENDED &&
	    (a->suspended_until == 0 || a->suspended_until > now))
		return ("suspended");
	if (u->lock.locked)
		return ("locked");
	return (l->dormant ? "dormant" : "active");
}

static cJSON *
locked_until(const struct tool *t, const struct sek_user *u)
{
	if (!u->lock.locked)
		return (cJSON_CreateNull());
	return (u->lock.never ? cJSON_CreateString("never") :
	    tool_json_time(t, u->lock.until));
}

/* authenticators (NULL: of a list) becomes part of it. */
static cJSON *
user_json(const struct tool *t, const struct sek_user *u, int64_t now,
    cJSON *authenticators)
{
	const struct sek_account *a = &u->account;
	cJSON *o = cJSON_CreateObject();
	struct tool_life life;

	life_of(t, &life, u, now);
	cJSON_AddStringToObject(o, "user", a->name);
	cJSON_AddItemToObject(o, "person", tool_json_text(a->person));
	cJSON_AddStringToObject(o, "state", state_of(u, &life, now));
	cJSON_AddItemToObject(o, "reason", tool_json_text(
	    a->state == SEK_ACCOUNT_SUSPENDED ? a->reason : NULL));
	cJSON_AddItemToObject(o, "suspended_until", tool_json_time(t,
	    a->state == SEK_ACCOUNT_SUSPENDED ? a->suspended_until : 0));
	cJSON_AddNumberToObject(o, "failures", u->lock.failures);
	cJSON_AddItemToObject(o, "locked_until", locked_until(t, u));
	cJSON_AddItemToObject(o, "dormant_at",
	    life.dormant_at == SEK_SPAN_NEVER ? cJSON_CreateNull() :
	    tool_json_time(t, life.dormant_at));
	cJSON_AddItemToObject(o, "last_login",
	    tool_json_time(t, a->last_login));
	cJSON_AddItemToObject(o, "last_logout",
	    tool_json_time(t, a->last_logout));
	if (authenticators != NULL)
		cJSON_AddItemToObject(o, "authenticators", authenticators);
	tool_life_json(t, o, &life);
	return (o);
}

/* "-", "never" or a time, for people. */
static void
lock_text(const struct tool *t, const struct sek_user *u, char *dst,
    size_t size)
{
	if (u->lock.locked && u->lock.never)
		snprintf(dst, size, "%s", _("until unlocked"));
	else
		tool_time(t, dst, size, u->lock.locked ? u->lock.until : 0);
}

static enum sek_err
list_one(void *arg, const struct sek_user *u)
{
	struct listing *l = arg;
	const char *cells[6];
	char failures[16], until[64], last[32];
	struct tool_life life;

	if (l->t->json)
		return (tool_list_json(l->list,
		    user_json(l->t, u, l->now, NULL)));
	snprintf(failures, sizeof(failures), "%u", u->lock.failures);
	lock_text(l->t, u, until, sizeof(until));
	tool_time(l->t, last, sizeof(last), u->account.last_login);
	cells[0] = u->account.name;
	cells[1] = u->account.person;
	life_of(l->t, &life, u, l->now);
	cells[2] = tool_state_text(state_of(u, &life, l->now));
	cells[3] = failures;
	cells[4] = until;
	cells[5] = last;
	return (tool_list_row(l->list, cells));
}

static void
list_limits(void *arg, const char *account, bool privileged,
    struct sek_limits *out)
{
	const struct listing *l = arg;

	tool_account_limits(l->t, account, privileged, out);
}

int
verb_user_list(struct tool *t, int argc, char **argv)
{
	struct listing l = { t, NULL, wall_now() };
	enum sek_err err = SEK_ERR_NOMEM;
	int rc;

	(void)argc;
	(void)argv;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if ((l.list = tool_list_new(t, columns)) != NULL)
		err = sek_store_users(t->store, list_limits, list_one, &l);
	return (tool_list_end(t, &l.list, err));
}

/* What the store knows of him, judged by the limits that are his. */
static enum sek_err
read_user(struct tool *t, const char *name, struct sek_user *u)
{
	struct sek_limits limits;
	struct sek_passwd who;
	enum sek_err err;
	bool privileged;

	tool_account_limits(t, name, false, &limits);
	if ((err = sek_store_user(t->store, name, &limits, u)) != SEK_OK)
		return (err);
	privileged = u->account.privileged;
	if (!privileged && sek_account_find(&who, name) == SEK_OK &&
	    who.known)
		(void)sek_account_privileged(&privileged, t->settings,
		    who.name, who.uid, who.gid);
	if (!privileged)
		return (SEK_OK);
	tool_account_limits(t, name, true, &limits);
	err = sek_store_user(t->store, name, &limits, u);
	u->account.privileged = 1;	/* his password's limits, too */
	return (err);
}

struct authenticators {
	const struct tool	*t;
	cJSON			*json;		/* one of the two */
	struct tool_list	*list;
	unsigned		 n;
	struct sek_members	*members;	/* of a shared account */
};

static enum sek_err
add_authenticator(void *arg, const char *account,
    const struct sek_authenticator *a)
{
	struct authenticators *all = arg;

	all->n++;
	if (all->list != NULL)
		return (tool_authenticator_row(all->t, all->list, account, a));
	if (!cJSON_AddItemToArray(all->json,
	    tool_authenticator_json(all->t, account, a)))
		return (SEK_ERR_NOMEM);
	return (SEK_OK);
}

static bool
begin_authenticators(struct authenticators *all)
{
	if (all->t->json)
		all->json = cJSON_CreateArray();
	else
		all->list = tool_authenticator_list(all->t);
	return (all->json != NULL || all->list != NULL);
}

static void
show_text(const struct tool *t, const struct sek_user *u, int64_t now,
    const struct authenticators *all)
{
	const struct sek_account *a = &u->account;
	struct tool_life life;
	char text[64];

	life_of(t, &life, u, now);
	printf("%s: %s\n", _("User"), a->name);
	printf("%s: %s\n", _("Person"), a->person[0] ? a->person : "-");
	if (all->members != NULL)
		tool_members_print(all->members);
	printf("%s: %s\n", _("State"),
	    tool_state_text(state_of(u, &life, now)));
	if (a->state == SEK_ACCOUNT_SUSPENDED) {
		tool_time(t, text, sizeof(text), a->suspended_until);
		printf("%s: %s\n", _("Suspended until"), text);
		printf("%s: %s\n", _("Reason"), a->reason);
	}
	printf("%s: %u\n", _("Failures"), u->lock.failures);
	lock_text(t, u, text, sizeof(text));
	printf("%s: %s\n", _("Locked until"), text);
	tool_time(t, text, sizeof(text), a->last_login);
	printf("%s: %s%s%s%s%s\n", _("Last login"), text,
	    a->last_tty[0] != '\0' ? " " : "", a->last_tty,
	    a->last_rhost[0] != '\0' ? " " : "", a->last_rhost);
	tool_time(t, text, sizeof(text), a->last_logout);
	printf("%s: %s\n", _("Last logout"), text);
	tool_life_print(t, &life);
	printf("%s: %u\n", _("Authenticators"), all->n);
}

static int
show(struct tool *t, const struct sek_user *u, struct authenticators *all)
{
	cJSON *o;
	int rc;

	if (t->json) {
		o = user_json(t, u, wall_now(), all->json);
		if (all->members != NULL)
			cJSON_AddItemToObject(o, "members",
			    tool_members_json(t, all->members));
		rc = tool_json_print(o);
		all->json = NULL;
		return (rc);
	}
	show_text(t, u, wall_now(), all);
	rc = tool_list_end(t, &all->list, SEK_OK);
	return (rc == TOOL_YES ? tool_flush() : rc);
}

/* What an ordinary user may see of himself: all of it. */
static int
show_own(struct tool *t, const char *name)
{
	struct authenticators all = { .t = t };
	struct sek_helper_self *self = calloc(1, sizeof(*self));
	enum sek_err err = SEK_OK;
	uint32_t i;
	int rc;

	if (self == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = tool_only_self(name)) != TOOL_YES ||
	    (rc = tool_helper_ready(t, false)) != TOOL_YES ||
	    (rc = tool_helper_self(t, self)) != TOOL_YES)
		goto out;
	if (self->user.account.name[0] == '\0') {
		rc = tool_no_user(self->account);
		goto out;
	}
	if (!begin_authenticators(&all))
		err = SEK_ERR_NOMEM;
	for (i = 0; err == SEK_OK && i < self->nauthenticators; i++)
		err = add_authenticator(&all, self->user.account.name,
		    &self->authenticator[i]);
	rc = err == SEK_OK ? show(t, &self->user, &all) :
	    tool_fail(err, NULL);
out:
	tool_list_free(&all.list);
	cJSON_Delete(all.json);
	free(self);
	return (rc);
}

int
verb_user_show(struct tool *t, int argc, char **argv)
{
	struct authenticators all = { .t = t };
	struct sek_user u;
	enum sek_err err;
	int rc;

	if (tool_ordinary())
		return (show_own(t, argc > 0 ? argv[0] : NULL));
	if ((rc = tool_whose(argc)) != TOOL_YES ||
	    (rc = tool_store(t)) != TOOL_YES)
		return (rc);
	memset(&u, 0, sizeof(u));
	err = read_user(t, argv[0], &u);
	if (err == SEK_ERR_NOT_FOUND)
		return (tool_no_user(argv[0]));
	if (err == SEK_OK && !begin_authenticators(&all))
		err = SEK_ERR_NOMEM;
	if (err == SEK_OK)
		err = sek_store_authenticators(t->store, u.account.name, false,
		    add_authenticator, &all);
	if ((err == SEK_OK || err == SEK_ERR_NOT_FOUND) && u.account.shared) {
		all.members = calloc(1, sizeof(*all.members));
		err = all.members == NULL ? SEK_ERR_NOMEM :
		    sek_store_members(t->store, u.account.name, all.members);
	}
	rc = err != SEK_OK && err != SEK_ERR_NOT_FOUND ?
	    tool_store_fail(t, err) : show(t, &u, &all);
	free(all.members);
	tool_list_free(&all.list);
	cJSON_Delete(all.json);
	return (rc);
}

/* The end of a verb that changed an account. */
static int
changed(struct tool *t, enum sek_err err, const char *name, const char *done)
{
	char shown[SEK_NAME_MAX];

	if (err == SEK_ERR_NOT_FOUND)
		return (tool_no_user(name));
	if (err != SEK_OK)
		return (tool_store_fail(t, err));
	sek_text_printable(shown, sizeof(shown), name);
	printf("%s: %s\n", done, shown);
	return (tool_flush());
}

/* He is shut out; what he has open ends. */
static int
suspended(struct tool *t, const char *name, const char *reason)
{
	struct tool_sessions *w;
	char shown[SEK_NAME_MAX];
	int rc, told;

	if ((rc = tool_sessions_user(t, &w, name, SEK_EVENT_SUSPEND,
	    SEK_REASON_SUSPENDED, reason,
	    tool_option(t, "keep-sessions") != NULL)) != TOOL_YES)
		goto out;
	sek_text_printable(shown, sizeof(shown), name);
	printf("%s: %s\n", _("Suspended"), shown);
	tool_sessions_print(w);
	told = tool_flush();
	rc = tool_sessions_warn(w, false);
	tool_sessions_end_own(w);
	rc = rc == TOOL_YES ? told : rc;
out:
	tool_sessions_free(&w);
	return (rc);
}

int
verb_user_suspend(struct tool *t, int argc, char **argv)
{
	const char *reason = tool_option(t, "reason");
	const char *text = tool_option(t, "until");
	int64_t until = 0;
	enum sek_err err;
	int rc;

	(void)argc;
	if (reason == NULL || !sek_text_is_clean(reason, SEK_REASON_MAX - 1)) {
		tool_error(_("say why by --reason: a line of text"));
		return (TOOL_USAGE);
	}
	/* Its form first, then in the terminal's own time zone. */
	if (text != NULL && tool_parse_time(t, text, true, &until) != SEK_OK)
		goto bad;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	if (text != NULL && (tool_parse_time(t, text, true, &until) !=
	    SEK_OK || until <= wall_now()))
		goto bad;
	if ((rc = tool_may_change(t, argv[0], SEK_CHANGING_ACCOUNT,
	    SEK_EVENT_SUSPEND)) != TOOL_YES)
		return (rc);
	tool_hold();
	err = sek_store_suspend(t->store, argv[0], reason, until, &t->actor);
	return (err == SEK_OK ? suspended(t, argv[0], reason) :
	    changed(t, err, argv[0], ""));
bad:
	tool_error(_("--until: give a time to come, like 2026-12-31, "
	    "\"2026-12-31 17:15\" or 35d"));
	return (TOOL_USAGE);
}

int
verb_user_resume(struct tool *t, int argc, char **argv)
{
	int rc;

	(void)argc;
	if ((rc = tool_store(t)) != TOOL_YES ||
	    (rc = tool_may_change(t, argv[0], SEK_CHANGING_ACCOUNT,
	    SEK_EVENT_RESUME)) != TOOL_YES)
		return (rc);
	tool_hold();
	return (changed(t, sek_store_resume(t->store, argv[0], &t->actor),
	    argv[0], _("Resumed")));
}

/* Neither the store nor the terminal has the name: it is mistyped. A source
 * that is down is no reason to leave somebody locked. */
static bool
is_nobody(struct tool *t, const char *name)
{
	struct sek_user u;
	struct sek_passwd who;

	return (read_user(t, name, &u) == SEK_ERR_NOT_FOUND &&
	    sek_account_find(&who, name) == SEK_OK && !who.known);
}

int
verb_user_unlock(struct tool *t, int argc, char **argv)
{
	enum sek_err err;
	bool was = false;
	int rc;

	(void)argc;
	if ((rc = tool_store(t)) != TOOL_YES)
		return (rc);
	/* Also on a full disk. */
	sek_store_may_use_reserve(t->store, true);
	if (is_nobody(t, argv[0]))
		return (tool_no_user(argv[0]));
	if ((rc = tool_may_change(t, argv[0], SEK_CHANGING_ACCOUNT,
	    SEK_EVENT_UNLOCK)) != TOOL_YES)
		return (rc);
	tool_hold();
	err = sek_store_unlock(t->store, argv[0], &t->actor, &was);
	return (changed(t, err, argv[0], was ? _("Unlocked") :
	    _("Was not locked")));
}
