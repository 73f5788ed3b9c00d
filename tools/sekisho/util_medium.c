/*
 * util_medium.c - files on a stick or a share, which others may own
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * What is read here is believed by its signature, not by who owns it.
 *
 * MUST: a file of a name is there whole or not at all; none is replaced.
 * MUST: no FIFO or device stops us, and none is even opened: a link on a
 * stick may name one that acts on it (/dev/watchdog).
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sekisho/base/file.h"
#include "sekisho/base/text.h"
#include "sekisho.h"

static int
trouble(const char *path, int error)
{
	char shown[SEK_PATH_MAX];

	sek_text_printable(shown, sizeof(shown), path);
	tool_error("%s: %s", shown, strerror(error));
	return (TOOL_TROUBLE);
}

static int
refuse(const char *path, const char *why)
{
	char shown[SEK_PATH_MAX];

	sek_text_printable(shown, sizeof(shown), path);
	tool_error("%s: %s", shown, why);
	return (TOOL_NO);
}

int
tool_path(char *dst, size_t size, const char *named)
{
	char cwd[SEK_PATH_MAX], shown[SEK_PATH_MAX];
	enum sek_err err = SEK_ERR_RANGE;

	if (named[0] == '/')
		err = sek_text_copy(dst, size, named);
	else if (named[0] != '\0' && getcwd(cwd, sizeof(cwd)) != NULL)
		err = sek_text_format(dst, size, "%s/%s", cwd, named);
	if (err == SEK_OK && dst[strlen(dst) - 1] != '/')
		return (TOOL_YES);
	sek_text_printable(shown, sizeof(shown), named);
	tool_error(_("this is no path of a file: %s"), shown);
	return (TOOL_USAGE);
}

/* What path leads to, if it is a file; -1, and *rc is set. */
static int
open_file(struct stat *st, const char *path, int *rc)
{
	char self[32];
	int place, fd = -1;

	*rc = TOOL_TROUBLE;
	if ((place = open(path, O_PATH | O_CLOEXEC)) < 0 ||
	    fstat(place, st) != 0)
		*rc = trouble(path, errno);
	else if (!S_ISREG(st->st_mode))
		*rc = refuse(path, _("this is no file"));
	else {
		(void)sek_text_format(self, sizeof(self), "/proc/self/fd/%d",
		    place);
		fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			*rc = trouble(path, errno);
	}
	if (place >= 0)
		close(place);
	return (fd);
}

int
tool_medium_read(char **text, size_t *len, const char *path, size_t max)
{
	struct stat st;
	char *p = NULL;
	ssize_t n;
	int fd, rc;

	if ((fd = open_file(&st, path, &rc)) < 0)
		return (rc);
	if (st.st_size < 0 || (uintmax_t)st.st_size > max)
		rc = refuse(path, _("too large"));
	else if ((p = malloc((size_t)st.st_size + 2)) == NULL)
		rc = tool_fail(SEK_ERR_NOMEM, NULL);
	else if ((n = sek_file_read_all(fd, p,
	    (size_t)st.st_size + 1)) < 0)
		rc = trouble(path, errno);
	else if (n != st.st_size)
		rc = refuse(path, _("it changed while it was read: try "
		    "again"));
	else {
		p[n] = '\0';
		*text = p;
		*len = (size_t)n;
		p = NULL;
		rc = TOOL_YES;
	}
	free(p);
	close(fd);
	return (rc);
}

/* The folder of path, open, and the name in it. */
static int
open_folder(struct tool_medium *m, const char *path)
{
	char folder[SEK_PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;

	if (name[0] == '\0' || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 ||
	    sek_text_copy(m->name, sizeof(m->name), name) != SEK_OK ||
	    sek_text_format(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : slash == path ? 1 : (int)(slash - path),
	    slash == NULL ? "." : path) != SEK_OK)
		return (refuse(path, _("this is no path of a file")));
	m->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY);
	return (m->dir < 0 ? trouble(folder, errno) : TOOL_YES);
}

static int
there_is_one(const char *path)
{
	return (refuse(path, _("there is such a file already: give another "
	    "name")));
}

int
tool_medium_write(struct tool_medium *m, const char *path, const void *data,
    size_t len)
{
	struct stat st;
	char id[17];
	int fd, saved, rc;
	bool ok;

	m->dir = -1;
	m->beside[0] = '\0';
	if ((rc = open_folder(m, path)) != TOOL_YES)
		return (rc);
	if (fstatat(m->dir, m->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		(void)tool_medium_end(m, path, false);
		return (there_is_one(path));
	}
	if (sek_text_random_id(id, 8) != SEK_OK)
		return (tool_fail(SEK_ERR_CRYPTO, NULL));
	(void)sek_text_format(m->beside, sizeof(m->beside),
	    ".sekisho-%s.tmp", id);
	fd = openat(m->dir, m->beside, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	ok = fd >= 0 && sek_file_write_all(fd, data, len) && fsync(fd) == 0;
	saved = errno;
	if (fd >= 0 && close(fd) != 0 && ok) {
		saved = errno;
		ok = false;
	}
	if (ok)
		return (TOOL_YES);
	(void)tool_medium_end(m, path, false);
	return (trouble(path, saved));
}

/* Not over another; a file system of sticks knows no such flag. */
static bool
give_name(const struct tool_medium *m)
{
	struct stat st;

	if (renameat2(m->dir, m->beside, m->dir, m->name,
	    RENAME_NOREPLACE) == 0)
		return (true);
	if (errno != EINVAL && errno != ENOSYS)
		return (false);
	if (fstatat(m->dir, m->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return (false);
	}
	return (renameat(m->dir, m->beside, m->dir, m->name) == 0);
}

int
tool_medium_end(struct tool_medium *m, const char *path, bool keep)
{
	int rc = TOOL_YES;

	if (m->dir < 0)
		return (keep ? TOOL_TROUBLE : TOOL_YES);
	if (keep && !give_name(m)) {
		rc = errno == EEXIST ? there_is_one(path) :
		    trouble(path, errno);
		keep = false;
	} else if (keep && fsync(m->dir) != 0 && errno != EINVAL)
		rc = trouble(path, errno);
	if (!keep && m->beside[0] != '\0')
		(void)unlinkat(m->dir, m->beside, 0);
	close(m->dir);
	m->dir = -1;
	return (rc);
}
