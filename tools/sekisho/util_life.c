/*
 * util_life.c - how long a password and an account live, as verbs show it
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sekisho/base/text.h"
#include "util_life.h"

static const char *const dues[] = {
	[SEK_DUE_NOT]		= "",
	[SEK_DUE_COMPROMISED]	= N_("may be known to others"),
	[SEK_DUE_TEMPORARY]	= N_("a temporary one"),
	[SEK_DUE_EXPIRED]	= N_("an administrator said so"),
	[SEK_DUE_AGE]		= N_("too old"),
	[SEK_DUE_USES]		= N_("used too often"),
	[SEK_DUE_OVER]		= N_("a temporary one whose time is over")
};

const char *
tool_due_text(enum sek_due due)
{
	return ((unsigned)due < sizeof(dues) / sizeof(dues[0]) &&
	    dues[due][0] != '\0' ? _(dues[due]) : "");
}

static void
of_password(struct tool_life *l, const struct sek_settings *s,
    bool privileged, int64_t wall)
{
	struct sek_password_limits limits;

	sek_settings_password(&limits, s, privileged);
	l->due = sek_password_due(l->password, &limits, wall);
	l->ends = sek_password_ends(l->password, &limits);
	if (l->password->temporary_until != 0)
		l->ends = l->password->temporary_until;
	if (limits.max_uses == 0)
		return;
	l->uses_left = limits.max_uses - l->password->uses;
	if (l->uses_left < 0)
		l->uses_left = 0;
}

void
tool_life(struct tool_life *out, const struct sek_settings *s,
    const struct sek_account *a, int64_t woken,
    const struct sek_password *password, bool privileged, int64_t wall)
{
	memset(out, 0, sizeof(*out));
	out->password = password;
	out->ends = out->dormant_at = SEK_SPAN_NEVER;
	out->uses_left = -1;
	if (s == NULL)
		return;
	if (password != NULL)
		of_password(out, s, privileged, wall);
	if (a->state == SEK_ACCOUNT_RETIRED ||
	    (a->uid == 0 && s->account.dormant == SEK_DORMANT_WARN))
		return;
	out->dormant_at = sek_account_dormant_at(a, woken,
	    s->account.dormant_after);
	out->dormant = out->dormant_at != SEK_SPAN_NEVER &&
	    out->dormant_at <= wall;
}

static cJSON *
time_json(const struct tool *t, int64_t wall)
{
	return (wall == SEK_SPAN_NEVER ? cJSON_CreateNull() :
	    tool_json_time(t, wall));
}

/* Appendix B's object; each member null where nothing is known. */
static cJSON *
password_json(const struct tool *t, const struct tool_life *l)
{
	const struct sek_password *p = l->password;
	cJSON *o = cJSON_CreateObject();

	cJSON_AddItemToObject(o, "set_at",
	    tool_json_time(t, p == NULL ? 0 : p->set_at));
	cJSON_AddItemToObject(o, "expires_at", time_json(t, l->ends));
	cJSON_AddItemToObject(o, "uses", p == NULL ? cJSON_CreateNull() :
	    cJSON_CreateNumber((double)p->uses));
	cJSON_AddItemToObject(o, "temporary", p == NULL ? cJSON_CreateNull() :
	    cJSON_CreateBool(p->temporary_until != 0));
	return (o);
}

void
tool_life_json(const struct tool *t, cJSON *o, const struct tool_life *l)
{
	const struct sek_password *p = l->password;

	cJSON_AddItemToObject(o, "password", password_json(t, l));
	cJSON_AddItemToObject(o, "password_due",
	    tool_json_text(sek_due_name(l->due)));
	cJSON_AddItemToObject(o, "password_uses_left", l->uses_left < 0 ?
	    cJSON_CreateNull() : cJSON_CreateNumber((double)l->uses_left));
	cJSON_AddItemToObject(o, "password_outside", p == NULL ?
	    cJSON_CreateNull() : cJSON_CreateBool(p->outside != 0));
}

static void
print_time(const struct tool *t, const char *title, int64_t wall)
{
	char text[64];

	if (wall == SEK_SPAN_NEVER)
		(void)snprintf(text, sizeof(text), "-");
	else
		tool_time(t, text, sizeof(text), wall);
	printf("%s: %s\n", title, text);
}

void
tool_life_print(const struct tool *t, const struct tool_life *l)
{
	const struct sek_password *p = l->password;

	print_time(t, _("Dormant from"), l->dormant_at);
	if (p == NULL)
		return;
	print_time(t, _("Password set"), p->set_at);
	if (l->due != SEK_DUE_NOT)
		printf(_("Password has to be changed: %s\n"),
		    tool_due_text(l->due));
	if (l->due == SEK_DUE_NOT || l->due == SEK_DUE_TEMPORARY)
		print_time(t, _("Password ends"), l->ends);
	printf("%s: %" PRId64 "\n", _("Logins by it"), p->uses);
	if (l->uses_left >= 0)
		printf("%s: %" PRId64 "\n", _("Logins left"), l->uses_left);
	if (p->outside)
		puts(_("Password was set by another program"));
}

/* ---------------------------------------------------------------- upkeep -- */

struct sleepers {
	struct tool	*t;
	int64_t		 since;		/* told up to then, wall us */
	int64_t		 now;
};

static enum sek_err
note_one(void *arg, const struct sek_user *u)
{
	const struct sleepers *all = arg;
	struct tool *t = all->t;
	const struct sek_account *a = &u->account;
	struct sek_record r = t->actor;
	struct tool_life life;
	char last[32];

	if (a->state != SEK_ACCOUNT_ACTIVE)
		return (SEK_OK);
	tool_life(&life, t->settings, a, u->woken, NULL, a->privileged != 0,
	    all->now);
	if (!life.dormant || life.dormant_at <= all->since)
		return (SEK_OK);
	r.event = SEK_EVENT_DORMANT;
	r.result = SEK_RESULT_OK;
	r.reason = SEK_REASON_DORMANT;
	r.count = 1;
	(void)sek_text_copy(r.target, sizeof(r.target), a->name);
	sek_clock_print_short(last, sizeof(last), a->last_login,
	    tool_zone(t));
	(void)sek_text_format(r.detail, sizeof(r.detail), "last login: %s",
	    a->last_login == 0 ? "never" : last);
	return (sek_store_append(t->store, &r));
}

static void
any_limits(void *arg, const char *account, bool privileged,
    struct sek_limits *out)
{
	const struct sleepers *all = arg;

	(void)account;
	sek_settings_limits(out, all->t->settings, privileged);
}

enum sek_err
tool_dormant_note(struct tool *t)
{
	struct sek_mark before, mark = { .name = "dormant" };
	struct sleepers all = { .t = t };
	struct sek_moment now;
	enum sek_err err;

	if ((err = sek_clock_now(&now)) != SEK_OK)
		return (err);
	all.now = mark.wall = now.wall;
	sek_text_span_print(mark.text, sizeof(mark.text),
	    t->settings->account.dormant_after);
	err = sek_store_mark(t->store, mark.name, &before);
	if (err == SEK_OK && strcmp(before.text, mark.text) == 0)
		all.since = before.wall;
	else if (err != SEK_OK && err != SEK_ERR_NOT_FOUND)
		return (err);
	err = sek_store_users(t->store, any_limits, note_one, &all);
	/* Rows that were changed are told of by store status. */
	if (err != SEK_OK && err != SEK_ERR_TAMPERED)
		return (err);
	return (sek_store_mark_set(t->store, &mark));
}
