/*
 * show.c - each value in force, where it came from and what is recommended
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"

struct shown {
	const struct sek_settings_layers	*layers;
	const struct sek_settings		*settings;
	struct sek_settings			*advised;	/* profile's */
	char					 value[SEK_LIST_MAX];
	char					 advice[SEK_LIST_MAX];
	/* FILE:LINE, and the exceptions a value below its floor is under */
	char					 source[SEK_PATH_MAX + 300 +
						    SEK_ALLOWED_MAX *
						    (SEK_APPROVAL_LIST + 128)];
	char					 name[64];
};

static enum sek_profile
profile(const struct shown *s)
{
	return ((enum sek_profile)s->settings->terminal.profile);
}

static void
tell_source(struct shown *s, const struct sek_setting_row *row,
    const struct sek_settings_layer *v)
{
	switch (v->origin) {
	case SEK_SETTINGS_WRITTEN:
		(void)snprintf(s->source, sizeof(s->source), "%s:%u", v->file,
		    v->line);
		break;
	case SEK_SETTINGS_DERIVED:
		(void)snprintf(s->source, sizeof(s->source), "derived");
		break;
	case SEK_SETTINGS_DEFAULT:
		(void)snprintf(s->source, sizeof(s->source), "%s%s",
		    (row->flags & SEK_SETTING_BY_PROFILE) != 0 ? "profile:" :
		    "builtin", (row->flags & SEK_SETTING_BY_PROFILE) != 0 ?
		    sek_profile_name(profile(s)) : "");
		break;
	}
}

/* Both written the one way: is this another value than the profile's? */
static bool
deviates(struct shown *s, const struct sek_setting_row *row)
{
	if ((row->flags & SEK_SETTING_SITE) != 0)
		return (false);
	sek_settings_print(s->value, sizeof(s->value), s->settings, row);
	if (row->deviates != NULL)
		return (row->deviates(profile(s), s->value));
	if (sek_settings_set(s->advised, row, row->value[profile(s)], NULL) !=
	    SEK_OK)
		return (true);
	sek_settings_print(s->advice, sizeof(s->advice), s->advised, row);
	return (strcmp(s->value, s->advice) != 0);
}

/* "; exception ID until TIME for alice bob", or why the floor is in force. */
static void
tell_exceptions(struct shown *s, const struct sek_below *b)
{
	const struct sek_allowed *a;
	char *at = s->source + strlen(s->source), until[32];
	char *end = s->source + sizeof(s->source);
	uint32_t i;

	for (i = 0; i < b->n; i++) {
		a = &b->allowed[i];
		sek_clock_print_short(until, sizeof(until), a->until,
		    s->settings->terminal.timezone);
		(void)snprintf(at, (size_t)(end - at),
		    "; exception %s until %s%s%s", a->id, until,
		    a->users[0] != '\0' ? " for " : "", a->users);
		at += strlen(at);
	}
	if (b->lapsed)
		(void)snprintf(at, (size_t)(end - at),
		    "; floor: exception%s%s ended, the file says %s",
		    b->ended[0] != '\0' ? " " : "", b->ended, b->text);
}

/* A value below its floor: the file's while an exception reaches it, else the
 * floor that is in force. */
static void
show_below(struct shown *s, const struct sek_setting_row *row,
    const struct sek_below *b, struct sek_setting_shown *out)
{
	out->below = b;
	tell_exceptions(s, b);
	if (b->lapsed) {
		sek_settings_print(s->value, sizeof(s->value), s->settings,
		    row);
		out->value = s->value;
	} else
		out->deviates = true;
}

static enum sek_err
show_row(struct shown *s, size_t i, sek_setting_fn fn, void *arg)
{
	const struct sek_below *below;
	const struct sek_setting_row *row = sek_settings_row(i);
	const struct sek_settings_layer *v = &s->layers->value[i];
	struct sek_setting_shown out;

	memset(&out, 0, sizeof(out));
	sek_settings_row_name(s->name, sizeof(s->name), i);
	tell_source(s, row, v);
	out.deviates = deviates(s, row);
	if (v->origin == SEK_SETTINGS_DERIVED)
		sek_settings_print(s->value, sizeof(s->value), s->settings,
		    row);
	out.key = s->name;
	out.value = v->origin == SEK_SETTINGS_WRITTEN ? v->text :
	    v->origin == SEK_SETTINGS_DERIVED ? s->value :
	    row->value[profile(s)];
	out.source = s->source;
	if ((below = sek_settings_below(s->settings, s->name)) != NULL)
		show_below(s, row, below, &out);
	if ((row->flags & SEK_SETTING_SITE) == 0)
		out.recommended = row->advice[0] != NULL ?
		    row->advice[profile(s)] : row->value[profile(s)];
	out.clause = row->clause;
	out.help = row->help;
	return (fn(arg, &out));
}

static enum sek_err
show_all(struct shown *s, sek_setting_fn fn, void *arg)
{
	enum sek_err err = SEK_OK;
	size_t i;

	for (i = 0; err == SEK_OK && i < sek_settings_rows(); i++)
		err = show_row(s, i, fn, arg);
	return (err);
}

enum sek_err
sek_settings_show_asking(const char *vendor, const char *path,
    const struct sek_settings_ask *ask, sek_setting_fn fn, void *arg,
    struct sek_why *why)
{
	struct sek_settings_layers *l = calloc(1, sizeof(*l));
	struct sek_settings *s = calloc(2, sizeof(*s));
	struct shown *shown = calloc(1, sizeof(*shown));
	enum sek_err err;

	if (l == NULL || s == NULL || shown == NULL) {
		err = sek_why(why, SEK_ERR_NOMEM, "out of memory");
		goto out;
	}
	shown->layers = l;
	shown->settings = &s[0];
	shown->advised = &s[1];
	if ((err = sek_settings_layers_read(l, vendor, path, false, why)) ==
	    SEK_OK && (err = sek_settings_force(&s[0], l, ask, why)) == SEK_OK)
		err = show_all(shown, fn, arg);
out:
	free(shown);
	free(s);
	sek_settings_layers_free(l);
	return (err);
}

enum sek_err
sek_settings_show_from(const char *vendor, const char *path,
    sek_setting_fn fn, void *arg, struct sek_why *why)
{
	return (sek_settings_show_asking(vendor, path, NULL, fn, arg, why));
}

enum sek_err
sek_settings_show_under(const char *path, sek_below_fn under,
    void *under_arg, sek_setting_fn fn, void *arg, struct sek_why *why)
{
	const struct sek_settings_ask ask = { under, under_arg };

	return (sek_settings_show_asking(SEK_SETTINGS_VENDOR,
	    path != NULL ? path : SEK_SETTINGS_DEFAULT_PATH, &ask, fn, arg,
	    why));
}

enum sek_err
sek_settings_show(const char *path, sek_setting_fn fn, void *arg,
    struct sek_why *why)
{
	return (sek_settings_show_from(SEK_SETTINGS_VENDOR,
	    path != NULL ? path : SEK_SETTINGS_DEFAULT_PATH, fn, arg, why));
}
