/*
 * util_enable_files.c - service files read, edited and written
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: a file is written whole beside the old one and takes its name.
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

bool
stack_listed(const char *list, const char *name)
{
	char word[STACK_NAME_MAX];

	while (list != NULL && sek_text_word(&list, word, sizeof(word)))
		if (strcmp(word, name) == 0)
			return (true);
	return (false);
}

static struct stack_file *
find(const struct stack_files *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (strcmp(all->file[i].name, name) == 0)
			return (&all->file[i]);
	return (NULL);
}

/* One file into the list; others may not write it. */
static int
load_one(struct stack_files *all, const char *dir, const char *name)
{
	struct stack_file *more, *f;
	struct sek_why why = { "" };
	char path[SEK_PATH_MAX];
	struct stat st;
	enum sek_err err;

	more = realloc(all->file, (all->n + 1) * sizeof(*more));
	if (more == NULL)
		return (tool_fail(SEK_ERR_NOMEM, NULL));
	all->file = more;
	f = &more[all->n];
	memset(f, 0, sizeof(*f));
	if (sek_text_copy(f->name, sizeof(f->name), name) != SEK_OK ||
	    sek_text_format(path, sizeof(path), "%s/%s", dir, name) !=
	    SEK_OK)
		return (tool_fail(SEK_ERR_RANGE, name));
	/* Links and folders are not ours to change (authselect's, say), but a
	 * link stands before the vendor's file. */
	if (lstat(path, &st) != 0 ||
	    (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)))
		return (TOOL_YES);
	f->mode = st.st_mode & 0777;
	f->vendor = strcmp(dir, STACK_DIR) != 0;
	f->link = S_ISLNK(st.st_mode);
	if (f->link) {
		if ((f->old = strdup("")) == NULL)
			return (tool_fail(SEK_ERR_NOMEM, NULL));
		all->n++;
		return (TOOL_YES);
	}
	err = sek_file_read(&f->old, &f->old_len, path, STACK_FILE_MAX,
	    SEK_FILE_PUBLIC, &why);
	if (err != SEK_OK)
		return (tool_fail(err, why.text));
	all->n++;
	return (TOOL_YES);
}

static int
load_folder(struct stack_files *all, const char *dir)
{
	struct sek_pam_stack_places where = { .dir = dir };
	struct sek_why why = { "" };
	char **names = NULL;
	size_t i, n = 0;
	enum sek_err err;
	int rc = TOOL_YES, one;

	if (access(dir, F_OK) != 0)
		return (TOOL_YES);
	if ((err = sek_pam_stack_names(&names, &n, &where, &why)) != SEK_OK)
		return (tool_fail(err, why.text));
	for (i = 0; i < n; i++) {
		if (find(all, names[i]) != NULL)
			continue;
		one = load_one(all, dir, names[i]);
		rc = one == TOOL_YES ? rc : one;
	}
	sek_pam_stack_names_free(&names, n);
	return (rc);
}

int
stack_files_load(struct stack_files *all, bool vendors)
{
	int rc, other = TOOL_YES;

	memset(all, 0, sizeof(*all));
	rc = load_folder(all, STACK_DIR);
	if (vendors)
		other = load_folder(all, STACK_VENDOR);
	return (rc == TOOL_YES ? other : rc);
}

void
stack_files_free(struct stack_files *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		free(all->file[i].old);
		free(all->file[i].text);
		sek_edit_free(&all->file[i].edit);
	}
	free(all->file);
	memset(all, 0, sizeof(*all));
}

/* Is the file still what was read? */
static enum sek_err
unchanged(const struct stack_file *f, const char *path, struct sek_why *why)
{
	char *text = NULL;
	size_t len = 0;
	enum sek_err err;

	err = sek_file_read(&text, &len, path, STACK_FILE_MAX,
	    SEK_FILE_PUBLIC, why);
	if (err == SEK_ERR_NOT_FOUND && f->vendor)
		err = SEK_OK;
	else if (err == SEK_OK && (f->vendor || len != f->old_len ||
	    memcmp(text, f->old, len) != 0))
		err = sek_why(why, SEK_ERR_EXISTS,
		    "%s: was changed meanwhile: run this again", path);
	free(text);
	return (err);
}

enum sek_err
stack_file_write(const struct stack_file *f, struct sek_why *why)
{
	char path[SEK_PATH_MAX];
	enum sek_err err;

	(void)sek_text_format(path, sizeof(path), STACK_DIR "/%s", f->name);
	if ((err = unchanged(f, path, why)) != SEK_OK)
		return (err);
	if (!f->remove)
		return (sek_file_replace(path, f->text, f->len, f->mode,
		    why));
	return (sek_file_remove(path, why));
}

void
stack_file_keep(const struct stack_file *f)
{
	char path[SEK_PATH_MAX];
	struct sek_why why;

	if (sek_file_make_folder(STACK_STATE "/orig", 0700, &why) == SEK_OK &&
	    sek_text_format(path, sizeof(path), STACK_STATE "/orig/%s",
	    f->name) == SEK_OK)
		(void)sek_file_replace(path, f->old, f->old_len, 0600, &why);
}

enum sek_err
stack_file_show(const struct stack_file *f)
{
	char before[SEK_PATH_MAX], after[SEK_PATH_MAX], *text;

	(void)sek_text_format(before, sizeof(before), "%s/%s",
	    f->vendor ? STACK_VENDOR : STACK_DIR, f->name);
	(void)sek_text_format(after, sizeof(after), "%s/%s",
	    STACK_DIR, f->name);
	text = sek_edit_diff(&f->edit, before, f->remove ? "/dev/null" :
	    after);
	if (text == NULL)
		return (SEK_ERR_NOMEM);
	fputs(text, stdout);
	free(text);
	return (SEK_OK);
}
