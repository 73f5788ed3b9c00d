/*
 * layers.c - vendor file, sekisho.conf and its drop-ins; the last one wins
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the descriptor that was checked is the one libeconf reads.
 * MUST: where libeconf and scan.c read a value differently, nobody gets in.
 */
#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libeconf.h>
#include <libeconf_ext.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/settings_table.h"

#define SHOWN_MAX	64u	/* bytes of a value in a sentence */

/* All of fd, and a byte more than allowed where it is longer. */
static enum sek_err
slurp(char **out, size_t *len, int fd, const char *path, struct sek_why *why)
{
	size_t size = SEK_SETTINGS_FILE_MAX + 2, used = 0;
	char *text = malloc(size);
	ssize_t n;

	if (text == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	do {
		n = read(fd, text + used, size - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while ((n > 0 && used < size - 1) || (n < 0 && errno == EINTR));
	if (n < 0) {
		(void)sek_why(why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno));
		free(text);
		return (SEK_ERR_IO);
	}
	text[used] = '\0';
	*out = text;
	*len = used;
	return (SEK_OK);
}

/* Does libeconf read this value as the scan did? Blank lines behind one are
 * empty further values to it. */
static bool
agrees(econf_file *file, size_t row, const char *value)
{
	econf_ext_value *read = NULL;
	char name[64], *key;
	bool same = false;
	char **more;

	sek_settings_row_name(name, sizeof(name), row);
	key = strchr(name, '.');
	*key++ = '\0';
	if (econf_getExtValue(file, name, key, &read) != ECONF_SUCCESS)
		return (false);
	if (read->values != NULL && read->values[0] != NULL) {
		same = strcmp(read->values[0], value) == 0;
		for (more = read->values + 1; *more != NULL; more++)
			if ((*more)[strspn(*more, " \t\r")] != '\0')
				same = false;
	}
	econf_freeExtValue(read);
	return (same);
}

/* Have libeconf parse the open file, and compare each value found. */
static enum sek_err
parse(const struct sek_settings_found found[SEK_SETTINGS_MAX], int fd,
    const char *path, struct sek_why *why)
{
	enum sek_err err = SEK_OK;
	econf_file *file = NULL;
	char self[32];
	econf_err e;
	size_t i;

	(void)snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if ((e = econf_readFile(&file, self, "=", "#;")) != ECONF_SUCCESS)
		return (sek_why(why, SEK_ERR_SETTINGS, "%s: %s%s", path,
		    econf_errString(e),
		    e == ECONF_NOFILE ? "; is /proc mounted?" : ""));
	for (i = 0; err == SEK_OK && i < sek_settings_rows(); i++)
		if (found[i].line != 0 && !agrees(file, i, found[i].value))
			err = sek_why(why, SEK_ERR_SETTINGS, "%s:%u: the value"
			    " of \"%s\" can be read in two ways; write the"
			    " line again", path, found[i].line,
			    sek_settings_row(i)->key);
	econf_freeFile(file);
	return (err);
}

/* One value as found: does it fit its row? Then it is the last so far. */
static enum sek_err
take(struct sek_settings_layers *l, size_t i,
    const struct sek_settings_found *f, const char *path, struct sek_why *why)
{
	struct sek_settings_layer *v = &l->value[i];
	char name[64], shown[SHOWN_MAX];
	struct sek_why reason;
	enum sek_err err;
	char *text;

	if ((err = sek_settings_set(&l->scratch, sek_settings_row(i), f->value,
	    &reason)) != SEK_OK) {
		sek_settings_row_name(name, sizeof(name), i);
		sek_text_printable(shown, sizeof(shown), f->value);
		return (sek_why(why, err == SEK_ERR_UNSUPPORTED ? err :
		    SEK_ERR_SETTINGS, "%s:%u: %s = %s: %s", path, f->line,
		    name, shown, reason.text));
	}
	if ((text = strdup(f->value)) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	free(v->text);
	v->text = text;
	v->file = path;
	v->line = f->line;
	v->origin = SEK_SETTINGS_WRITTEN;
	return (SEK_OK);
}

/* The values of an open, checked file onto those of the files before. */
static enum sek_err
read_open(struct sek_settings_layers *l, int fd, const char *path,
    struct sek_why *why)
{
	struct sek_settings_found found[SEK_SETTINGS_MAX];
	char *text = NULL;
	size_t len = 0, i;
	enum sek_err err;

	if ((err = slurp(&text, &len, fd, path, why)) == SEK_OK &&
	    (err = sek_settings_scan(found, path, text, len, why)) == SEK_OK)
		err = parse(found, fd, path, why);
	for (i = 0; err == SEK_OK && i < sek_settings_rows(); i++)
		if (found[i].line != 0)
			err = take(l, i, &found[i], path, why);
	free(text);
	return (err);
}

static enum sek_err
read_file(struct sek_settings_layers *l, const char *name, bool may_be_absent,
    struct sek_why *why)
{
	struct stat st;
	enum sek_err err;
	char *path;
	int fd = -1;

	if (may_be_absent && lstat(name, &st) != 0 && errno == ENOENT)
		return (SEK_OK);
	if (l->nfiles == SEK_SETTINGS_FILES)
		return (sek_why(why, SEK_ERR_SETTINGS, "%s: more than %u"
		    " files", name, SEK_SETTINGS_FILES - 2));
	if ((path = strdup(name)) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	l->file[l->nfiles++] = path;
	if ((err = sek_file_open(&fd, path, SEK_FILE_PUBLIC, why)) == SEK_OK) {
		err = read_open(l, fd, path, why);
		(void)close(fd);
	} else if (err == SEK_ERR_NOT_FOUND)
		err = sek_why(why, SEK_ERR_SETTINGS, "%s: there is no such"
		    " file; run \"sekisho init\"", path);
	return (err);
}

static int
is_drop_in(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return (e->d_name[0] != '.' && len > 5 &&
	    strcmp(e->d_name + len - 5, ".conf") == 0);
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return (strcmp((*a)->d_name, (*b)->d_name));
}

/* Nobody but root (a test's user) may put a file there. */
static enum sek_err
check_folder(int fd, const char *path, struct sek_why *why)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno)));
	if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return (sek_why(why, SEK_ERR_UNTRUSTED, "%s: others may change"
		    " this folder; chown root and chmod go-w", path));
	return (SEK_OK);
}

/* The drop-ins of an open folder, in byte order. */
static enum sek_err
read_folder(struct sek_settings_layers *l, int fd, const char *folder,
    struct sek_why *why)
{
	struct dirent **e = NULL;
	char path[SEK_PATH_MAX + 4 + sizeof((*e)->d_name)];
	enum sek_err err;
	int i, n;

	if ((err = check_folder(fd, folder, why)) != SEK_OK)
		return (err);
	if ((n = scandirat(fd, ".", &e, is_drop_in, by_bytes)) < 0)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno)));
	for (i = 0; i < n; i++) {
		if (err == SEK_OK) {
			(void)snprintf(path, sizeof(path), "%s/%s", folder,
			    e[i]->d_name);
			err = read_file(l, path, false, why);
		}
		free(e[i]);
	}
	free(e);
	return (err);
}

static enum sek_err
read_drop_ins(struct sek_settings_layers *l, const char *path,
    struct sek_why *why)
{
	char folder[SEK_PATH_MAX + 2];
	enum sek_err err;
	int fd;

	(void)snprintf(folder, sizeof(folder), "%s.d", path);
	if ((fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC)) < 0) {
		if (errno == ENOENT)
			return (SEK_OK);
		return (sek_why(why, errno == ENOTDIR || errno == ELOOP ?
		    SEK_ERR_UNTRUSTED : SEK_ERR_IO, "%s: %s", folder,
		    errno == ENOTDIR ? "must be a folder" : strerror(errno)));
	}
	err = read_folder(l, fd, folder, why);
	(void)close(fd);
	return (err);
}

enum sek_err
sek_settings_layers_read(struct sek_settings_layers *l, const char *vendor,
    const char *path, bool may_be_absent, struct sek_why *why)
{
	struct sek_why reason;
	enum sek_err err;

	if (strlen(path) >= SEK_PATH_MAX ||
	    sek_settings_check_path(path, &reason) != SEK_OK)
		return (sek_why(why, SEK_ERR_SETTINGS, "%.256s: %s", path,
		    strlen(path) >= SEK_PATH_MAX ? "the path is too long" :
		    reason.text));
	if (vendor != NULL &&
	    (err = read_file(l, vendor, true, why)) != SEK_OK)
		return (err);
	if ((err = read_file(l, path, may_be_absent, why)) != SEK_OK)
		return (err);
	return (read_drop_ins(l, path, why));
}

void
sek_settings_layers_free(struct sek_settings_layers *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < SEK_SETTINGS_MAX; i++)
		free(l->value[i].text);
	for (i = 0; i < l->nfiles; i++)
		free(l->file[i]);
	free(l);
}
