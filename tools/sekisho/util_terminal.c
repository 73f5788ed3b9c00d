/*
 * util_terminal.c - terminal.id in the settings: who sets it, and a new one
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: only PATH.d/00-terminal.conf is rewritten; what another file sets is
 * said, and stays.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho.h"

#define TEXT_SIZE	8192

struct look {
	char		path[SEK_PATH_MAX];	/* the drop-in */
	char		source[SEK_PATH_MAX + 300];	/* of terminal.id */
	char		id[64];
	const char	*to;			/* the new id; "" none */
	bool		has_profile;
	char		section[64];		/* written last */
	char		text[TEXT_SIZE];
	size_t		len;
	bool		cut;
};

static void
put(struct look *l, const char *section, const char *name, const char *value)
{
	size_t room = sizeof(l->text) - l->len;
	int n;

	if (strcmp(section, l->section) != 0) {
		n = snprintf(l->text + l->len, room, "[%s]\n", section);
		l->len += n > 0 && (size_t)n < room ? (size_t)n : 0;
		l->cut |= n < 0 || (size_t)n >= room;
		room = sizeof(l->text) - l->len;
		(void)sek_text_copy(l->section, sizeof(l->section), section);
	}
	n = snprintf(l->text + l->len, room, "%s = %s\n", name, value);
	l->len += n > 0 && (size_t)n < room ? (size_t)n : 0;
	l->cut |= n < 0 || (size_t)n >= room;
}

/* "PATH:LINE" of the drop-in? */
static bool
is_ours(const struct look *l, const char *source)
{
	size_t n = strlen(l->path);

	return (strncmp(source, l->path, n) == 0 && source[n] == ':');
}

/* What the drop-in sets, key by key, in the order of the tables. */
static enum sek_err
look_at(void *arg, const struct sek_setting_shown *s)
{
	struct look *l = arg;
	char section[64];
	const char *dot = strchr(s->key, '.');

	if (strcmp(s->key, "terminal.id") == 0) {
		(void)sek_text_copy(l->id, sizeof(l->id), s->value);
		(void)sek_text_copy(l->source, sizeof(l->source), s->source);
		if (l->to[0] != '\0')
			put(l, "terminal", "id", l->to);
		return (SEK_OK);
	}
	if (strcmp(s->key, "terminal.profile") == 0)
		l->has_profile = s->source[0] == '/';
	if (!is_ours(l, s->source) || dot == NULL)
		return (SEK_OK);
	(void)sek_text_format(section, sizeof(section), "%.*s",
	    (int)(dot - s->key), s->key);
	put(l, section, dot + 1, s->value);
	return (SEK_OK);
}

/* Without files there is nothing to show: nothing is set. */
static int
look(struct tool *t, struct look *l, const char *to)
{
	struct sek_why why = { "" };
	struct stat st;
	enum sek_err err;

	memset(l, 0, sizeof(*l));
	l->to = to;
	if (sek_text_format(l->path, sizeof(l->path), "%s.d/00-terminal.conf",
	    t->conf) != SEK_OK) {
		tool_error(_("--conf: this is no path of a file"));
		return (TOOL_USAGE);
	}
	if (stat(t->conf, &st) != 0) {
		if (to[0] != '\0')
			put(l, "terminal", "id", to);
		return (TOOL_YES);
	}
	err = sek_settings_show_under(t->conf, sek_settings_floors, NULL,
	    look_at, l, &why);
	if (err == SEK_OK && l->cut)
		err = SEK_ERR_RANGE;
	return (err == SEK_OK ? TOOL_YES : tool_fail(err == SEK_ERR_RANGE ?
	    SEK_ERR_SETTINGS : err, why.text));
}

int
tool_terminal_writable(struct tool *t, const char *id)
{
	struct look *l = calloc(1, sizeof(*l));
	int rc = TOOL_TROUBLE;

	if (l == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = look(t, l, id)) == TOOL_YES && l->source[0] == '/' &&
	    !is_ours(l, l->source) && strcmp(l->id, id) != 0) {
		tool_error(_("terminal.id is set by a file of yours: take the "
		    "line out of %s, then run this again"), l->source);
		rc = TOOL_NO;
	}
	free(l);
	return (rc);
}

static int
make_files(struct tool *t, const struct look *l)
{
	static const char template[] = "# sekisho.conf - the policy of this "
	    "terminal; see sekisho.conf(5)\n";
	char folder[SEK_PATH_MAX];
	struct sek_why why = { "" };
	enum sek_err err = SEK_OK;
	mode_t mask = umask(022);

	(void)sek_text_copy(folder, sizeof(folder), t->conf);
	*strrchr(folder, '/') = '\0';
	if (folder[0] != '\0')
		err = sek_file_make_folder(folder, 0755, &why);
	if (err == SEK_OK && access(t->conf, F_OK) != 0)
		err = sek_file_create(t->conf, template, strlen(template),
		    0644, &why);
	(void)sek_text_copy(folder, sizeof(folder), l->path);
	*strrchr(folder, '/') = '\0';
	if (err == SEK_OK)
		err = sek_file_make_folder(folder, 0755, &why);
	(void)umask(mask);
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

/* Beside it, then over it: killed between, the old one is there. */
static int
replace(const struct look *l, const char *text)
{
	char new[SEK_PATH_MAX + 16];
	struct sek_why why = { "" };
	enum sek_err err;

	(void)sek_text_format(new, sizeof(new), "%s.new", l->path);
	(void)unlink(new);
	if ((err = sek_file_create(new, text, strlen(text), 0644, &why)) ==
	    SEK_OK)
		err = sek_file_publish(new, l->path, true, &why);
	if (err != SEK_OK)
		(void)unlink(new);
	return (err == SEK_OK ? TOOL_YES : tool_fail(err, why.text));
}

int
tool_terminal_write(struct tool *t, const char *id)
{
	struct look *l = calloc(1, sizeof(*l));
	const char *profile;
	char *text = NULL;
	int rc;

	if (l == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = look(t, l, id)) == TOOL_YES && strcmp(l->id, id) != 0 &&
	    (rc = make_files(t, l)) == TOOL_YES) {
		/* The section of the id is the first. */
		profile = l->has_profile ? NULL :
		    sek_profile_name(SEK_PROFILE_MYNUMBER);
		if (asprintf(&text, "# 00-terminal.conf - written by "
		    "sekisho\n[terminal]\n%s%s%s%s", profile != NULL ?
		    "profile = " : "", profile != NULL ? profile : "",
		    profile != NULL ? "\n" : "",
		    l->text + strlen("[terminal]\n")) < 0)
			rc = tool_fail(SEK_ERR_NOMEM, NULL);
		else
			rc = replace(l, text);
		free(text);
	}
	free(l);
	return (rc);
}

int
tool_terminal_id(struct tool *t, char *id, size_t size)
{
	struct look *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	if ((rc = look(t, l, "")) == TOOL_YES)
		(void)sek_text_copy(id, size, l->source[0] == '/' ? l->id :
		    "");
	free(l);
	return (rc);
}

/* The host's name as far as an id may hold it, and six digits of chance. */
enum sek_err
tool_terminal_new(char *id, size_t size)
{
	char host[256] = "", hex[7];
	size_t i, n = 0;
	enum sek_err err;

	if (gethostname(host, sizeof(host) - 1) != 0)
		host[0] = '\0';
	for (i = 0; host[i] != '\0' && n < size - 8; i++)
		if ((host[i] >= 'a' && host[i] <= 'z') ||
		    (host[i] >= 'A' && host[i] <= 'Z') ||
		    (host[i] >= '0' && host[i] <= '9') ||
		    strchr("._-", host[i]) != NULL)
			id[n++] = host[i];
	id[n] = '\0';
	if ((err = sek_text_random_id(hex, 3)) != SEK_OK)
		return (err);
	return (sek_text_format(id + n, size - n, "%s%s",
	    n > 0 ? "-" : "terminal-", hex));
}
