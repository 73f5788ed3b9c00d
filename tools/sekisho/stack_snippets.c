/*
 * stack_snippets.c - sekisho stack snippets: the files that services include,
 * put together from fragments of the modules that are installed
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A line whose module is not there locks everybody out, so this runs after
 * each package that brings a module, and before one that takes it away
 * (--without).
 *
 * MUST: no auth or account snippet is written without lockout as its first
 * line and the gate as its last.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/pam_stack.h"
#include "util_enable.h"
#include "verb.h"

#define FRAGMENTS	SEK_DATADIR "/pam.d/fragments"
#define FRAGMENT_MAX	4096u
#define PLACE		"@BACKEND@"

/* sekisho-NAME, and the phase whose fragments it is put together from. */
static const struct {
	const char	*name;
	const char	*phase;
	bool		 factors;	/* what stands between the password
					 * and the gate, alone */
} kinds[STACK_SNIPPETS] = {
	{ "auth", "auth", false },
	{ "account", "account", false },
	{ "password", "password", false },
	{ "session", "session", false },
	/* In front of pam_systemd, the other one behind it. */
	{ "privilege", "privilege", false },
	/* For profiles that bring the other lines themselves, as pam-auth-update's
	 * does: a package of a factor changes no file of another's. */
	{ "factors", "auth", true }
};

/* Not in sekisho-factors. */
static const char *const frame[] = { "pam_sekisho_lockout.so",
    "pam_sekisho_password.so", "pam_sekisho_gate.so" };

/* Backends that ask for themselves unless told not to. */
static const char *const askers[] = { "pam_sss.so", "pam_krb5.so",
    "pam_ldap.so", "pam_winbind.so" };

/* Does libpam find the module, and is it not about to go? */
static bool
is_there(const char *module, const char *without)
{
	struct sek_pam_stack_places where;
	char path[SEK_PATH_MAX], name[STACK_NAME_MAX], bare[STACK_NAME_MAX];
	size_t i, len = strlen(module);

	/* "pam_sekisho_oath.so", "pam_sekisho_oath" or "oath" */
	if (sek_text_copy(bare, sizeof(bare), module) != SEK_OK)
		return (false);
	if (len > 3 && strcmp(module + len - 3, ".so") == 0)
		bare[len - 3] = '\0';
	if (sek_text_copy(name, sizeof(name), bare) != SEK_OK ||
	    stack_listed(without, module) || stack_listed(without, name) ||
	    (strncmp(name, "pam_sekisho_", 12) == 0 &&
	    stack_listed(without, name + 12)))
		return (false);
	sek_pam_stack_system(&where);
	for (i = 0; i < 2; i++)
		if (where.modules[i] != NULL && sek_text_format(path,
		    sizeof(path), "%s/%s", where.modules[i], module) ==
		    SEK_OK && access(path, F_OK) == 0)
			return (true);
	return (false);
}

/* The module a fragment's line calls; "" where there is none. */
static void
module_of(char *dst, size_t size, const char *line)
{
	char word[STACK_NAME_MAX];
	size_t len;

	dst[0] = '\0';
	while (dst[0] == '\0' && sek_text_word(&line, word, sizeof(word))) {
		len = strlen(word);
		if (word[0] == '#')
			return;
		if (len > 3 && strcmp(word + len - 3, ".so") == 0)
			(void)sek_text_copy(dst, size, word);
	}
}

struct composing {
	FILE		*to;
	const char	*backend;
	const char	*phase;
	bool		 factors;
	char		 first[STACK_NAME_MAX];
	char		 last[STACK_NAME_MAX];
	unsigned	 lines;
};

/* The backend as this phase takes it: one that would ask again is told not
 * to, where the administrator gave no arguments of his own. */
static void
put_backend(const struct composing *c)
{
	size_t i;

	fputs(c->backend, c->to);
	/* Without it login.defs decides, and that may be of another year. */
	if (strcmp(c->phase, "password") == 0 &&
	    strcmp(c->backend, "pam_unix.so") == 0)
		fputs(" yescrypt", c->to);
	for (i = 0; strcmp(c->phase, "auth") == 0 &&
	    i < sizeof(askers) / sizeof(askers[0]); i++)
		if (strcmp(c->backend, askers[i]) == 0)
			fputs(" use_first_pass", c->to);
}

static bool
is_frame(const char *module)
{
	size_t i;

	for (i = 0; i < sizeof(frame) / sizeof(frame[0]); i++)
		if (strcmp(module, frame[i]) == 0)
			return (true);
	return (false);
}

static void
put_fragment_line(struct composing *c, const char *line, const char *without)
{
	char module[STACK_NAME_MAX];
	const char *place;

	module_of(module, sizeof(module), line);
	if (module[0] == '\0' || !is_there(module, without) ||
	    (c->factors && is_frame(module)))
		return;
	if (c->lines++ == 0)
		(void)sek_text_copy(c->first, sizeof(c->first), module);
	(void)sek_text_copy(c->last, sizeof(c->last), module);
	if ((place = strstr(line, PLACE)) == NULL) {
		fprintf(c->to, "%s\n", line);
		return;
	}
	fprintf(c->to, "%.*s", (int)(place - line), line);
	put_backend(c);
	fprintf(c->to, "%s\n", place + strlen(PLACE));
}

static int
put_fragment(struct composing *c, const char *path, const char *without)
{
	struct sek_why why = { "" };
	char *text = NULL, *line, *rest;
	enum sek_err err;
	size_t len;

	err = sek_file_read(&text, &len, path, FRAGMENT_MAX, SEK_FILE_PUBLIC,
	    &why);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	rest = text;
	while ((line = strsep(&rest, "\n")) != NULL)
		put_fragment_line(c, line, without);
	free(text);
	return (TOOL_YES);
}

/* "NN-NAME"? */
static int
is_fragment(const struct dirent *d)
{
	return (d->d_name[0] >= '0' && d->d_name[0] <= '9' &&
	    d->d_name[1] >= '0' && d->d_name[1] <= '9' &&
	    d->d_name[2] == '-' && strchr(d->d_name, '~') == NULL &&
	    strchr(d->d_name, '.') == NULL);
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return (strcmp((*a)->d_name, (*b)->d_name));
}

static int
put_fragments(struct composing *c, const char *without)
{
	char dir[SEK_PATH_MAX], path[SEK_PATH_MAX];
	struct dirent **names = NULL;
	int i, n, rc = TOOL_YES;

	(void)sek_text_format(dir, sizeof(dir), FRAGMENTS "/%s", c->phase);
	if ((n = scandir(dir, &names, is_fragment, by_bytes)) < 0)
		return (errno == ENOENT ? TOOL_YES :
		    tool_fail(SEK_ERR_IO, dir));
	for (i = 0; i < n; i++) {
		if (rc == TOOL_YES && sek_text_format(path, sizeof(path),
		    "%s/%s", dir, names[i]->d_name) == SEK_OK)
			rc = put_fragment(c, path, without);
		free(names[i]);
	}
	free(names);
	return (rc);
}

static bool
is_whole(const struct composing *c)
{
	/* Without lines "other" would answer in their place. */
	if (strcmp(c->phase, "password") == 0)
		return (c->lines > 0);
	if (c->factors || strcmp(c->phase, "session") == 0 ||
	    strcmp(c->phase, "privilege") == 0)
		return (true);
	return (c->lines >= 2 &&
	    strcmp(c->first, "pam_sekisho_lockout.so") == 0 &&
	    strcmp(c->last, "pam_sekisho_gate.so") == 0);
}

/* Does the file there differ, or is it missing? */
static bool
differs(const struct stack_snippet *s)
{
	struct sek_why why;
	char *text = NULL;
	size_t len = 0;
	bool same;

	same = sek_file_read(&text, &len, s->path, STACK_FILE_MAX,
	    SEK_FILE_PUBLIC, &why) == SEK_OK && len == s->len &&
	    memcmp(text, s->text, len) == 0;
	free(text);
	return (!same);
}

static void
tell_not_whole(const char *name, const char *phase)
{
	if (strcmp(phase, "password") == 0)
		tool_error(_("sekisho-%s would have no line: left as it is. "
		    "Run sekisho stack disable before pam_sekisho_password "
		    "is removed"), name);
	else
		tool_error(_("sekisho-%s would not begin with "
		    "pam_sekisho_lockout and end with pam_sekisho_gate: left "
		    "as it is. Run sekisho stack disable before these are "
		    "removed"), name);
}

static int
make_one(struct stack_snippet *s, size_t kind, const char *backend,
    const char *without)
{
	struct composing c = { .backend = backend,
	    .phase = kinds[kind].phase, .factors = kinds[kind].factors };
	int rc;

	(void)sek_text_format(s->path, sizeof(s->path),
	    STACK_DIR "/sekisho-%s", kinds[kind].name);
	if ((c.to = open_memstream(&s->text, &s->len)) == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	fprintf(c.to, "# sekisho-%s - put together by sekisho stack snippets "
	    "from the modules installed;\n"
	    "# written anew with each of them: change nothing here\n",
	    kinds[kind].name);
	rc = put_fragments(&c, without);
	if (fclose(c.to) != 0 && rc == TOOL_YES)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	/* Nobody includes a password snippet unless there is one. */
	if (rc == TOOL_YES && strcmp(c.phase, "password") == 0 &&
	    c.lines == 0 && access(s->path, F_OK) != 0) {
		free(s->text);
		s->text = NULL;
	} else if (rc == TOOL_YES && !is_whole(&c)) {
		tell_not_whole(kinds[kind].name, c.phase);
		rc = TOOL_NO;
	}
	s->changed = rc == TOOL_YES && s->text != NULL && differs(s);
	return (rc);
}

int
stack_snippets_make(struct stack_snippets *out, const char *backend,
    const char *without)
{
	size_t i;
	int rc = TOOL_YES;

	memset(out, 0, sizeof(*out));
	for (i = 0; rc == TOOL_YES && i < STACK_SNIPPETS; i++)
		rc = make_one(&out->snippet[i], i, backend, without);
	if (rc != TOOL_YES)
		stack_snippets_free(out);
	return (rc);
}

bool
stack_snippets_has(const struct stack_snippets *s, const char *name)
{
	size_t i;

	for (i = 0; i < STACK_SNIPPETS; i++)
		if (s->snippet[i].text != NULL &&
		    strcmp(strrchr(s->snippet[i].path, '/') + 1, name) == 0)
			return (true);
	return (false);
}

int
stack_snippets_write(const struct stack_snippets *s)
{
	struct sek_why why = { "" };
	enum sek_err err;
	size_t i;

	for (i = 0; i < STACK_SNIPPETS; i++)
		if (s->snippet[i].changed &&
		    (err = sek_file_replace(s->snippet[i].path,
		    s->snippet[i].text, s->snippet[i].len, 0644, &why)) !=
		    SEK_OK)
			return (tool_fail(err, why.text));
	return (TOOL_YES);
}

void
stack_snippets_free(struct stack_snippets *s)
{
	size_t i;

	for (i = 0; i < STACK_SNIPPETS; i++)
		free(s->snippet[i].text);
	memset(s, 0, sizeof(*s));
}

static bool
is_snippet(const char *name)
{
	size_t i;

	for (i = 0; i < STACK_SNIPPETS; i++)
		if (strncmp(name, "sekisho-", 8) == 0 &&
		    strcmp(name + 8, kinds[i].name) == 0)
			return (true);
	return (false);
}

/* Services of ours are among those that use them: people go on to ask and
 * enrol where no login asks for two kinds. */
void
stack_snippets_clean(void)
{
	struct stack_files all;
	char path[SEK_PATH_MAX];
	bool used = false;
	size_t i;

	if (stack_files_load(&all, false) != TOOL_YES)
		used = true;
	for (i = 0; i < all.n; i++)
		used = used || (!is_snippet(all.file[i].name) &&
		    strstr(all.file[i].old, "sekisho-") != NULL);
	for (i = 0; !used && i < STACK_SNIPPETS; i++) {
		(void)sek_text_format(path, sizeof(path),
		    STACK_DIR "/sekisho-%s", kinds[i].name);
		(void)unlink(path);
	}
	stack_files_free(&all);
}

/* ---- the verb */

int
verb_stack_snippets(struct tool *t, int argc, char **argv)
{
	struct stack_snippets made;
	char backend[256];
	size_t i;
	int rc, fd = -1;

	(void)argc;
	(void)argv;
	if ((rc = tool_root(t)) != TOOL_YES ||
	    (rc = stack_lock(&fd, true)) != TOOL_YES)
		return (rc);
	stack_backend(backend, sizeof(backend));
	rc = stack_snippets_make(&made, backend, tool_option(t, "without"));
	if (rc == TOOL_YES) {
		tool_hold();
		rc = stack_snippets_write(&made);
		for (i = 0; rc == TOOL_YES && i < STACK_SNIPPETS; i++)
			if (made.snippet[i].changed)
				printf("%s\n", made.snippet[i].path);
		stack_snippets_free(&made);
	}
	(void)close(fd);
	return (rc == TOOL_YES ? tool_flush() : rc);
}
