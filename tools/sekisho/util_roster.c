/*
 * util_roster.c - when the last rosters came and went
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho.h"

#define AHEAD	(3600 * SEK_SECOND)	/* clocks may differ so much */

/* A store that keeps no marks yet has seen no roster. */
static enum sek_err
look(struct tool *t, const char *name, struct sek_mark *m)
{
	enum sek_err err = sek_store_mark(t->store, name, m);

	if (err == SEK_ERR_NOT_FOUND || err == SEK_ERR_STORE_OLDER) {
		memset(m, 0, sizeof(*m));
		err = SEK_OK;
	}
	return (err);
}

bool
tool_roster_ahead(int64_t made)
{
	struct sek_moment now;

	return (sek_clock_now(&now) == SEK_OK && made > now.wall + AHEAD);
}

bool
tool_roster_old(const struct tool *t, int64_t made, long *days)
{
	int64_t limit = t->settings->roster.max_age;
	struct sek_moment now;
	int64_t age;

	*days = 0;
	if (made == 0 || sek_clock_now(&now) != SEK_OK)
		return (false);
	/* Of the future: nobody knows how old it is. */
	if (now.wall < made)
		return (limit != SEK_SPAN_NEVER && tool_roster_ahead(made));
	age = (now.wall - made) / SEK_SECOND;
	*days = (long)(age / 86400);
	return (limit != SEK_SPAN_NEVER && age > limit);
}

enum sek_err
tool_rosters(struct tool *t, struct tool_rosters *out)
{
	enum sek_err err;
	long days;

	memset(out, 0, sizeof(*out));
	if ((err = look(t, "roster-in", &out->in)) == SEK_OK)
		err = look(t, "roster-out", &out->out);
	out->old = tool_roster_old(t, out->in.wall, &days);
	return (err);
}

/* A mark's text is the serial and the key. */
static void
parts(const struct sek_mark *m, char serial[32], char key[64])
{
	const char *p = m->text;

	if (!sek_text_word(&p, serial, 32))
		serial[0] = '\0';
	if (!sek_text_word(&p, key, 64))
		key[0] = '\0';
}

cJSON *
tool_roster_json(const struct tool *t, const struct sek_mark *m, bool old)
{
	char serial[32], key[64];
	cJSON *o;
	long days;

	if (m->wall == 0)
		return (cJSON_CreateNull());
	parts(m, serial, key);
	(void)tool_roster_old(t, m->wall, &days);
	o = cJSON_CreateObject();
	cJSON_AddItemToObject(o, "serial", tool_json_text(serial));
	cJSON_AddItemToObject(o, "key", tool_json_text(key));
	cJSON_AddItemToObject(o, "made", tool_json_time(t, m->wall));
	cJSON_AddNumberToObject(o, "days", (double)days);
	cJSON_AddBoolToObject(o, "old", old);
	return (o);
}

void
tool_roster_print(const struct tool *t, const char *title,
    const struct sek_mark *m)
{
	char serial[32], key[64], made[32];
	long days;

	if (m->wall == 0) {
		printf("%s: %s\n", title, _("never"));
		return;
	}
	parts(m, serial, key);
	(void)tool_roster_old(t, m->wall, &days);
	tool_time(t, made, sizeof(made), m->wall);
	printf(_("%s: %s, made %s (%ld days ago)\n"), title, serial, made,
	    days);
}
