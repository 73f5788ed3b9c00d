/*
 * pam_stack.c - a service's lines, read as libpam reads them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * MUST: the descriptor that was checked is the one that is read.
 * MUST: what could not be read is an error, never an empty file.
 * Inside, SEK_ERR_REFUSED means that libpam's own reading fails there.
 */
#include "config.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sekisho/edge/pam_stack.h"

#define LINE_SIZE	1024u		/* libpam's buffer, with the NUL */
#define FILE_MAX	(256u * 1024u)	/* bytes of one file */
#define FILES_MAX	1024u		/* opened for one service */
#define DEPTH_MAX	32u		/* file in file */
#define NOTES_MAX	256u
#define NAMES_MAX	4096u
#define LINKS_MAX	8u		/* one behind the other */
#define PHASES		4
#define ANY_PHASE	PHASES

struct text {
	struct text	*next;
	char		 s[];
};

struct list {
	struct sek_stack_line	*line;
	size_t			 n;
	size_t			 room;
};

struct sek_pam_stack {
	struct list			 lists[2][PHASES];	/* own, other */
	struct sek_pam_stack_note	*notes;
	size_t				 n_notes;
	const char			**included;
	size_t				 n_included;
	struct text			*texts;
	bool				 refused;	/* by libpam, whole */
};

/* A file being read, and the one that includes it. */
struct file {
	const struct file	*up;
	const char		*shown;
	char			*text;
	size_t			 len;
	size_t			 at;
	dev_t			 dev;
	ino_t			 ino;
	unsigned		 next_number;
	unsigned		 number;	/* of the line in hand */
	unsigned		 level;
	unsigned		 depth;
	unsigned		 phase;		/* wanted, or ANY_PHASE */
	bool			 other;
	bool			 whole;		/* pam.conf: service first */
	bool			 cut;		/* a line was too long */
};

struct loader {
	struct sek_pam_stack			*s;
	const struct sek_pam_stack_places	*where;
	const char				*service;
	struct sek_why				*why;
	unsigned				 files;
	bool					 dead;	/* libpam crashes */
};

static enum sek_err read_lines(struct loader *ld, struct file *f);

static bool
is_set(const char *s)
{

	return (s != NULL && s[0] != '\0');
}

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return (slash == NULL ? path : slash + 1);
}

void
sek_pam_stack_system(struct sek_pam_stack_places *out)
{

	out->dir = "/etc/pam.d";
	out->stands_for = NULL;
	out->vendor = "/usr/lib/pam.d";
	out->conf = "/etc/pam.conf";
	out->modules[0] = SEK_SYSTEM_PAM_DIR;
	out->modules[1] = "/lib/security";
	out->ours = SEK_MODULE_DIR;
}

/* A copy that lives as long as the stack; NULL: no memory. */
static const char *
keep(struct sek_pam_stack *s, const char *from)
{
	struct text *t;
	size_t len = strlen(from) + 1;

	if ((t = malloc(sizeof(*t) + len)) == NULL)
		return (NULL);
	memcpy(t->s, from, len);
	t->next = s->texts;
	s->texts = t;
	return (t->s);
}

static enum sek_err
note(struct loader *ld, enum sek_stack_fault fault, const char *file,
    unsigned number, const char *name)
{
	struct sek_pam_stack *s = ld->s;
	struct sek_pam_stack_note *more;
	size_t i;

	for (i = 0; i < s->n_notes; i++)
		if (s->notes[i].fault == fault &&
		    s->notes[i].number == number &&
		    strcmp(s->notes[i].file, file) == 0)
			return (SEK_OK);
	if (s->n_notes >= NOTES_MAX)
		return (sek_why(ld->why, SEK_ERR_RANGE,
		    "%s: too many faults to follow", file));
	more = realloc(s->notes, (s->n_notes + 1) * sizeof(*more));
	if (more == NULL)
		return (SEK_ERR_NOMEM);
	s->notes = more;
	more += s->n_notes;
	more->fault = fault;
	more->number = number;
	if ((more->file = keep(s, file)) == NULL ||
	    (more->name = keep(s, name)) == NULL)
		return (SEK_ERR_NOMEM);
	s->n_notes++;
	return (SEK_OK);
}

/* ---- lines out of bytes, as libpam cuts them */

/* fgets() from memory. False at the end. */
static bool
take_chunk(struct file *f, char *dst, size_t size)
{
	const char *from, *newline;
	size_t len = f->len - f->at;

	if (len == 0)
		return (false);
	from = f->text + f->at;
	if (len > size - 1)
		len = size - 1;
	if ((newline = memchr(from, '\n', len)) != NULL) {
		len = (size_t)(newline - from) + 1;
		f->next_number++;
	}
	memcpy(dst, from, len);
	dst[len] = '\0';
	f->at += len;
	f->cut = f->cut || (newline == NULL && f->at < f->len);
	return (true);
}

/*
 * The last character that is no blank, from the end of s back to its first
 * (which is none).
 */
static char *
last_char(char *s)
{
	char *p = s + strlen(s);

	while (p > s && (p[-1] == ' ' || p[-1] == '\t' || p[-1] == '\n'))
		p--;
	return (p > s ? p - 1 : s);
}

/*
 * One line with its continuations into buf. SEK_ERR_NOT_FOUND: no more;
 * SEK_ERR_REFUSED: the file ends in a continuation.
 */
static enum sek_err
take_line(struct loader *ld, struct file *f, char buf[LINE_SIZE])
{
	char *p = buf, *s, *last;

	for (;;) {
		if (p == buf)
			f->number = f->next_number;
		if (p + 1 == buf + LINE_SIZE) {
			ld->dead = true;	/* libpam waits for ever */
			return (SEK_ERR_REFUSED);
		}
		if (!take_chunk(f, p, (size_t)(buf + LINE_SIZE - p)))
			return (p == buf ? SEK_ERR_NOT_FOUND :
			    SEK_ERR_REFUSED);
		s = p + strspn(p, " \n\t");
		if (*s == '\0' || *s == '#')
			continue;
		if ((last = strchr(s, '#')) != NULL) {
			*last = '\0';
			return (SEK_OK);
		}
		last = last_char(s);
		if (*last != '\\')
			return (SEK_OK);
		last[0] = ' ';
		last[1] = '\0';
		p = last + 1;
	}
}

/* The next word; "[...]" is one, without its brackets, "\]" a bracket in it.
 * NULL when there is none. */
static char *
word(char **next)
{
	char *from = *next, *to, *end;

	if (from == NULL)
		return (NULL);
	from += strspn(from, " \n\t");
	if (*from == '[') {
		from++;
		for (to = end = from; *end != '\0' && *end != ']';
		    to++, end++) {
			if (end[0] == '\\' && end[1] == ']')
				end++;
			*to = *end;
		}
		if (to != end)
			*to = '\0';
	} else if (*from != '\0')
		end = from + strcspn(from, " \n\t");
	else {
		*next = NULL;
		return (NULL);
	}
	if (*end != '\0')
		*end++ = '\0';
	*next = *end != '\0' ? end : NULL;
	return (from);
}

/* ---- modules */

/* A file of ours that others may change is not ours. */
static bool
is_trusted(const struct stat *st)
{

	return ((st->st_uid == 0 || st->st_uid == geteuid()) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

/* A folder in which others can put another file in the place of one. */
static bool
is_others(const struct stat *st)
{

	if (st->st_uid != 0 && st->st_uid != geteuid())
		return (true);
	if ((st->st_mode & S_ISVTX) != 0)
		return (false);
	return ((st->st_mode & S_IWOTH) != 0 ||
	    ((st->st_mode & S_IWGRP) != 0 && st->st_gid != 0));
}

/*
 * Is the way to path nobody else's to change: each folder it goes through,
 * each link, and the folders of where that leads? What is not there cannot
 * lead elsewhere.
 */
static bool
is_way_trusted(const char *path, unsigned links)
{
	char part[PATH_MAX], to[PATH_MAX], next[PATH_MAX];
	const char *slash;
	struct stat st;
	ssize_t got;
	size_t len;

	if (path[0] != '/')
		return (realpath(path, to) == NULL || is_way_trusted(to,
		    links + 1));
	if (links > LINKS_MAX || strlen(path) >= sizeof(part))
		return (false);
	for (len = 1; ; len += strcspn(path + len, "/")) {
		memcpy(part, path, len);
		part[len] = '\0';
		if (lstat(part, &st) != 0)
			return (errno == ENOENT || errno == ENOTDIR);
		if (S_ISDIR(st.st_mode) && is_others(&st))
			return (false);
		if (S_ISLNK(st.st_mode)) {
			if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
			    (got = readlink(part, to, sizeof(to) - 1)) < 0)
				return (false);
			to[got] = '\0';
			slash = strrchr(part, '/');
			got = snprintf(next, sizeof(next), "%.*s/%s",
			    to[0] == '/' ? 0 : (int)(slash - part), part, to);
			if (got < 0 || (size_t)got >= sizeof(next) ||
			    !is_way_trusted(next, links + 1))
				return (false);
		}
		if (path[len] == '\0')
			return (true);
		len += strspn(path + len, "/");
		if (path[len] == '\0')
			return (true);
	}
}

/* stat() of a module by path, "$ISA" in it being libpam's "."; path becomes
 * where it is. */
static bool
find_file(struct stat *st, char path[PATH_MAX])
{
	const char *isa;
	char other[PATH_MAX];
	int len;

	if (stat(path, st) == 0)
		return (S_ISREG(st->st_mode));
	if ((isa = strstr(path, "$ISA")) == NULL)
		return (false);
	len = snprintf(other, sizeof(other), "%.*s.%s", (int)(isa - path),
	    path, isa + 4);
	if (len <= 0 || (size_t)len >= sizeof(other) ||
	    stat(other, st) != 0 || !S_ISREG(st->st_mode))
		return (false);
	memcpy(path, other, (size_t)len + 1);
	return (true);
}

/* FOLDER/NAME, where it is; folder "": the name is a path. */
static bool
find_in(struct stat *st, char path[PATH_MAX], const char *folder,
    const char *name)
{
	int len;

	if (folder == NULL || (folder[0] == '\0' && name[0] != '/'))
		return (false);
	len = snprintf(path, PATH_MAX, "%s%s%s", folder,
	    folder[0] == '\0' ? "" : "/", name);
	return (len > 0 && len < PATH_MAX && find_file(st, path));
}

/* *others: someone else may change it, or put another in its place. */
static bool
find_module(struct stat *st, bool *others,
    const struct sek_pam_stack_places *where, const char *name)
{
	char path[PATH_MAX];

	if (name[0] == '/' ? !find_in(st, path, "", name) :
	    !find_in(st, path, where->modules[0], name) &&
	    !find_in(st, path, where->modules[1], name))
		return (false);
	*others = !is_trusted(st) || !is_way_trusted(path, 0);
	return (true);
}

/* A file with one of our names: is it the one in our folder, and that folder
 * nobody else's to change? */
static void
look_at_ours(struct loader *ld, struct sek_stack_line *l,
    const struct stat *st)
{
	const char *folder = ld->where->ours;
	char path[PATH_MAX];
	struct stat our;

	if (!is_set(folder))
		return;
	l->strange = !find_in(&our, path, folder,
	    base_name(l->module)) ||
	    our.st_dev != st->st_dev || our.st_ino != st->st_ino;
	if (!l->strange && (stat(folder, &our) != 0 || !is_trusted(&our)))
		l->untrusted = true;
}

/* Is it found in libpam's own folder, by a plain name or its whole path? */
static bool
in_known_place(const struct sek_pam_stack_places *where, const char *name)
{
	size_t i, len;

	if (strchr(name, '/') == NULL)
		return (true);
	len = (size_t)(base_name(name) - name) - 1;
	for (i = 0; i < 2; i++)
		if (is_set(where->modules[i]) &&
		    strlen(where->modules[i]) == len &&
		    strncmp(where->modules[i], name, len) == 0)
			return (true);
	return (false);
}

static void
look_at_module(struct loader *ld, struct sek_stack_line *l,
    enum sek_phase phase)
{
	const char *const *argv;
	const char *backend;
	bool others = false;
	struct stat st;
	size_t n;

	if (l->kind == SEK_STACK_MODULE) {
		l->known_place = in_known_place(ld->where, l->module);
		l->absent = !find_module(&st, &l->untrusted, ld->where,
		    l->module);
		if (!l->absent && strncmp(base_name(l->module),
		    "pam_sekisho_", 12) == 0)
			look_at_ours(ld, l, &st);
	}
	sek_stack_know(l, phase);
	if ((backend = sek_stack_backend(l, &argv, &n)) != NULL)
		l->backend_absent = !find_module(&st, &others, ld->where,
		    backend);
	/* A line is no better than what it calls. */
	if (others) {
		l->untrusted = true;
		sek_stack_know(l, phase);
	}
}

/* libpam takes no name that is "" or "?" without folder and suffix. */
static bool
has_name(const char *module)
{
	const char *name = base_name(module);
	const char *dot = strrchr(name, '.');
	size_t len = dot == NULL ? strlen(name) : (size_t)(dot - name);

	return (len > 0 && !(len == 1 && name[0] == '?'));
}

/* ---- lines into lists */

static enum sek_err
keep_arguments(struct loader *ld, struct sek_stack_line *l, char *rest)
{
	const char *args[LINE_SIZE / 2], **argv;
	struct text *block;
	char *w;
	size_t n = 0;

	while (n < LINE_SIZE / 2 && (w = word(&rest)) != NULL)
		if ((args[n++] = keep(ld->s, w)) == NULL)
			return (SEK_ERR_NOMEM);
	if (n == 0)
		return (SEK_OK);
	/* Pointers want alignment: as long as the list, in its own block. */
	block = malloc(sizeof(*block) + n * sizeof(args[0]));
	if (block == NULL)
		return (SEK_ERR_NOMEM);
	block->next = ld->s->texts;
	ld->s->texts = block;
	argv = (const char **)(void *)(block + 1);
	memcpy(argv, args, n * sizeof(args[0]));
	l->argv = argv;
	l->argc = n;
	return (SEK_OK);
}

/* Append a line; rest: its arguments. SEK_ERR_REFUSED: libpam stops here. */
static enum sek_err
add_line(struct loader *ld, const struct file *f, struct sek_stack_line *l,
    unsigned phase, char *rest)
{
	struct sek_stack_line *more;
	struct list *list;
	enum sek_err err;

	if (phase >= PHASES)
		return (SEK_ERR_REFUSED);
	list = &ld->s->lists[f->other][phase];
	if (list->n >= SEK_STACK_LINES_MAX)
		return (sek_why(ld->why, SEK_ERR_RANGE,
		    "%s:%u: more than %u lines in one phase", f->shown,
		    f->number, SEK_STACK_LINES_MAX));
	if (list->n == list->room) {
		list->room = list->room == 0 ? 16 : list->room * 2;
		more = realloc(list->line, list->room * sizeof(*more));
		if (more == NULL)
			return (SEK_ERR_NOMEM);
		list->line = more;
	}
	l->number = f->number;
	l->level = f->level;
	if ((l->file = keep(ld->s, f->shown)) == NULL ||
	    (l->control = keep(ld->s, l->control)) == NULL ||
	    (l->module != NULL &&
	    (l->module = keep(ld->s, l->module)) == NULL))
		return (SEK_ERR_NOMEM);
	if ((err = keep_arguments(ld, l, rest)) != SEK_OK)
		return (err);
	look_at_module(ld, l, (enum sek_phase)phase);
	list->line[list->n++] = *l;
	if (l->module == NULL || has_name(l->module))
		return (SEK_OK);
	/* Where an include survives that, libpam 1.5's list has no end. */
	if (f->up != NULL && (err = note(ld, SEK_STACK_UNDEFINED, f->shown,
	    f->number, "")) != SEK_OK)
		return (err);
	return (SEK_ERR_REFUSED);
}

/* ---- files */

/* How a file is called in lines and notes: short within the folder. */
static const char *
shown_name(const struct loader *ld, const char *path)
{
	size_t len;

	if (!is_set(ld->where->dir))
		return (path);
	len = strlen(ld->where->dir);
	if (strncmp(path, ld->where->dir, len) == 0 && path[len] == '/')
		return (path + len + strspn(path + len, "/"));
	return (path);
}

/* All bytes of an open regular file. */
static enum sek_err
read_bytes(struct loader *ld, struct file *f, int fd, const char *path)
{
	ssize_t got = 0;

	if ((f->text = malloc(FILE_MAX + 1)) == NULL)
		return (SEK_ERR_NOMEM);
	while (f->len <= FILE_MAX) {
		got = read(fd, f->text + f->len, FILE_MAX + 1 - f->len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		f->len += (size_t)got;
	}
	if (got < 0)
		return (sek_why(ld->why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno)));
	if (f->len > FILE_MAX)
		return (sek_why(ld->why, SEK_ERR_RANGE,
		    "%s: larger than %u bytes", path, FILE_MAX));
	return (SEK_OK);
}

/* What kind of file is open; a folder and /dev/null are read as empty. */
static enum sek_err
look_at_file(struct loader *ld, struct file *f, int fd, const char *path,
    bool *empty)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (sek_why(ld->why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno)));
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	*empty = true;
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
		return (SEK_OK);
	if (S_ISDIR(st.st_mode))
		return (note(ld, SEK_STACK_NOT_A_FILE, f->shown, 0, path));
	if (!S_ISREG(st.st_mode))
		return (sek_why(ld->why, SEK_ERR_IO, "%s: not a regular file",
		    path));
	*empty = false;
	if (!is_trusted(&st) || !is_way_trusted(path, 0))
		return (note(ld, SEK_STACK_WRITABLE, f->shown, 0, path));
	return (SEK_OK);
}

/* SEK_ERR_NOT_FOUND: libpam would look elsewhere. f->text is the caller's. */
static enum sek_err
open_file(struct loader *ld, struct file *f, const char *path)
{
	bool empty = true;
	enum sek_err err;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR ||
	    errno == ELOOP || errno == ENAMETOOLONG))
		return (SEK_ERR_NOT_FOUND);
	if (fd == -1)
		return (sek_why(ld->why, SEK_ERR_IO, "%s: %s", path,
		    strerror(errno)));
	err = SEK_ERR_RANGE;
	if (++ld->files > FILES_MAX) {
		(void)sek_why(ld->why, err, "%s: more than %u files", path,
		    FILES_MAX);
		goto out;
	}
	if ((f->shown = keep(ld->s, shown_name(ld, path))) == NULL) {
		err = SEK_ERR_NOMEM;
		goto out;
	}
	err = look_at_file(ld, f, fd, path, &empty);
	if (err == SEK_OK && !empty)
		err = read_bytes(ld, f, fd, path);
out:
	(void)close(fd);
	return (err);
}

/* FOLDER/NAME; the folder itself must not be others' to change. */
static enum sek_err
open_in(struct loader *ld, struct file *f, const char *folder,
    const char *name)
{
	char path[PATH_MAX];
	enum sek_err err;
	struct stat st;
	int len;

	if (!is_set(folder))
		return (SEK_ERR_NOT_FOUND);
	len = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (len < 0 || (size_t)len >= sizeof(path))
		return (SEK_ERR_NOT_FOUND);
	if ((err = open_file(ld, f, path)) != SEK_OK)
		return (err);
	if (stat(folder, &st) == 0 && !is_trusted(&st))
		return (note(ld, SEK_STACK_WRITABLE, folder, 0, folder));
	return (SEK_OK);
}

/* The plain name of a file in the folder that dir is to take the place of. */
static const char *
in_copy(const struct loader *ld, const char *path)
{
	size_t len;

	if (!is_set(ld->where->stands_for))
		return (path);
	len = strlen(ld->where->stands_for);
	if (strncmp(path, ld->where->stands_for, len) != 0 ||
	    path[len] != '/')
		return (path);
	path += len + strspn(path + len, "/");
	return (path);
}

/*
 * An included file. Debian 12's libpam looks in /etc/pam.d alone, a newer
 * one also in the vendor's folder: that is read too, and told.
 */
static enum sek_err
open_included(struct loader *ld, struct file *f, const char *name)
{
	enum sek_err err;

	name = in_copy(ld, name);
	if (name[0] == '/')
		return (open_file(ld, f, name));
	if ((err = open_in(ld, f, ld->where->dir, name)) != SEK_ERR_NOT_FOUND)
		return (err);
	if ((err = open_in(ld, f, ld->where->vendor, name)) == SEK_OK)
		err = note(ld, SEK_STACK_INCLUDE_VENDOR, f->up->shown,
		    f->up->number, name);
	return (err);
}

static enum sek_err
remember_included(struct sek_pam_stack *s, const char *shown)
{
	const char **more;

	more = realloc(s->included, (s->n_included + 1) * sizeof(*more));
	if (more == NULL)
		return (SEK_ERR_NOMEM);
	s->included = more;
	more[s->n_included++] = shown;
	return (SEK_OK);
}

/* A file that is being read already; libpam goes round until its stack is
 * used up, where no substack is on the way to end that. */
static enum sek_err
check_loop(struct loader *ld, const struct file *f)
{
	const struct file *up;

	for (up = f->up; up != NULL; up = up->up) {
		if (up->dev != f->dev || up->ino != f->ino)
			continue;
		if (up->level == f->level)
			ld->dead = true;
		return (note(ld, SEK_STACK_INCLUDE_LOOP, f->up->shown,
		    f->up->number, f->shown));
	}
	return (SEK_OK);
}

/* Lines of phase in the file name, at a level. SEK_ERR_REFUSED: libpam could
 * not read it. */
static enum sek_err
include(struct loader *ld, const struct file *up, const char *name,
    unsigned phase, unsigned level)
{
	struct file f = { .up = up, .next_number = 1, .level = level,
	    .depth = up->depth + 1, .phase = phase, .other = up->other };
	enum sek_err err;

	if (level >= SEK_STACK_LEVELS)
		return (SEK_ERR_REFUSED);
	if (name == NULL) {
		ld->dead = true;	/* libpam 1.5 crashes */
		return (SEK_ERR_REFUSED);
	}
	if ((err = open_included(ld, &f, name)) == SEK_OK &&
	    (err = remember_included(ld->s, f.shown)) == SEK_OK &&
	    (err = check_loop(ld, &f)) == SEK_OK) {
		if (ld->dead)
			err = SEK_ERR_REFUSED;
		else if (f.depth > DEPTH_MAX)
			err = sek_why(ld->why, SEK_ERR_RANGE,
			    "%s: more than %u files deep", f.shown, DEPTH_MAX);
		else
			err = read_lines(ld, &f);
	}
	if (err == SEK_ERR_NOT_FOUND) {
		err = note(ld, SEK_STACK_INCLUDE, up->shown, up->number, name);
		if (err == SEK_OK)
			err = SEK_ERR_REFUSED;
	}
	free(f.text);
	return (err);
}

/* ---- the words of a line */

/* The phase a type names; ANY_PHASE for none. */
static unsigned
phase_of(const char *type)
{
	static const char *const types[PHASES] = {
		"auth", "account", "password", "session"
	};
	unsigned i;

	for (i = 0; i < PHASES; i++)
		if (strcasecmp(type, types[i]) == 0)
			return (i);
	return (ANY_PHASE);
}

/* An include of any kind; where it fails, a line that must fail. */
static enum sek_err
include_line(struct loader *ld, const struct file *f,
    struct sek_stack_line *l, unsigned phase, const char *name, bool substack)
{
	enum sek_err err;

	if (substack) {
		l->kind = SEK_STACK_SUBSTACK;
		l->module = name;
		if ((err = add_line(ld, f, l, phase, NULL)) != SEK_OK)
			return (err);
	}
	err = include(ld, f, name, phase, f->level + (substack ? 1 : 0));
	if (err != SEK_ERR_REFUSED || ld->dead)
		return (err);
	/* Debian's libpam 1.5 leaves the actions of such a line unset. */
	if (l->control[0] == '@' && phase != ANY_PHASE &&
	    (err = note(ld, SEK_STACK_UNDEFINED, f->shown, f->number,
	    "")) != SEK_OK)
		return (err);
	(void)sek_stack_control(l->action, "");
	l->kind = SEK_STACK_MUST_FAIL;
	l->module = NULL;
	return (add_line(ld, f, l, phase, NULL));
}

/* From the control on. */
static enum sek_err
module_line(struct loader *ld, const struct file *f,
    struct sek_stack_line *l, unsigned phase, char *rest)
{
	char *control, *module;
	enum sek_err err;

	control = word(&rest);
	module = word(&rest);
	l->control = control == NULL ? "" : control;
	if (control != NULL && strcasecmp(control, "include") == 0)
		return (include_line(ld, f, l, phase, module, false));
	if (control != NULL && strcasecmp(control, "substack") == 0)
		return (include_line(ld, f, l, phase, module, true));
	/* One not understood is bad whatever is answered. */
	if (!sek_stack_control(l->action, l->control) &&
	    (err = note(ld, SEK_STACK_BAD_LINE, f->shown, f->number,
	    l->control)) != SEK_OK)
		return (err);
	if (control == NULL || module == NULL)
		l->kind = SEK_STACK_MUST_FAIL;
	l->module = module;
	return (add_line(ld, f, l, phase, rest));
}

/* One line of a file, from its type on. */
static enum sek_err
typed_line(struct loader *ld, const struct file *f, char *rest)
{
	struct sek_stack_line l = { .kind = SEK_STACK_MODULE, .control = "" };
	const char *type;
	unsigned phase;

	if ((type = word(&rest)) == NULL)
		type = "";
	if (type[0] == '-')
		type++;
	if (strcasecmp(type, "@include") == 0) {
		l.control = type;
		return (include_line(ld, f, &l, f->phase, word(&rest), false));
	}
	if ((phase = phase_of(type)) == ANY_PHASE) {
		l.kind = SEK_STACK_MUST_FAIL;
		phase = f->phase == ANY_PHASE ? SEK_PHASE_AUTH : f->phase;
	}
	if (f->phase != ANY_PHASE && phase != f->phase)
		return (SEK_OK);
	return (module_line(ld, f, &l, phase, rest));
}

/* Of pam.conf: only lines of the service, and of "other". */
static enum sek_err
service_line(struct loader *ld, struct file *f, char *rest)
{
	const char *service;

	service = word(&rest);
	if (service == NULL)
		return (SEK_OK);
	f->other = strcasecmp(service, "other") == 0;
	if (!f->other && strcasecmp(service, ld->service) != 0)
		return (SEK_OK);
	return (typed_line(ld, f, rest));
}

/* Every line of an open file. */
static enum sek_err
read_lines(struct loader *ld, struct file *f)
{
	char buf[LINE_SIZE];
	enum sek_err err;

	do {
		err = take_line(ld, f, buf);
		/* libpam takes what is over for the next line. */
		if (err == SEK_OK && f->cut)
			err = note(ld, SEK_STACK_LONG_LINE, f->shown,
			    f->next_number, "");
		f->cut = false;
		if (err == SEK_OK)
			err = f->whole ? service_line(ld, f, buf) :
			    typed_line(ld, f, buf);
	} while (err == SEK_OK);
	return (err == SEK_ERR_NOT_FOUND ? SEK_OK : err);
}

/* ---- services */

static bool
is_folder(const char *path)
{
	struct stat st;

	return (is_set(path) && stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

/* The lines of one service's file, or of pam.conf (name NULL). */
static enum sek_err
load_file(struct loader *ld, const char *name)
{
	struct file f = { .next_number = 1, .phase = ANY_PHASE };
	enum sek_err err;

	if (name == NULL) {
		f.whole = true;
		err = is_set(ld->where->conf) ?
		    open_file(ld, &f, ld->where->conf) : SEK_ERR_NOT_FOUND;
	} else {
		f.other = strcmp(name, "other") == 0;
		err = open_in(ld, &f, ld->where->dir, name);
		if (err == SEK_ERR_NOT_FOUND)
			err = open_in(ld, &f, ld->where->vendor, name);
	}
	if (err == SEK_OK)
		err = read_lines(ld, &f);
	if (err == SEK_ERR_REFUSED) {
		ld->s->refused = true;
		err = note(ld, SEK_STACK_UNREADABLE, f.shown, f.number, "");
	}
	free(f.text);
	return (err);
}

static enum sek_err
load_service(struct loader *ld)
{
	enum sek_err own, other;

	if (!is_folder(ld->where->dir) && !is_folder(ld->where->vendor))
		return (load_file(ld, NULL));
	own = load_file(ld, ld->service);
	if (own == SEK_ERR_NOT_FOUND) {
		own = note(ld, SEK_STACK_NO_FILE, ld->service, 0, "");
		if (own == SEK_OK)
			own = SEK_ERR_NOT_FOUND;
	}
	if ((own != SEK_OK && own != SEK_ERR_NOT_FOUND) || ld->s->refused)
		return (own);
	/* The service "other" itself is read twice by libpam, too. */
	other = load_file(ld, "other");
	return (other == SEK_ERR_NOT_FOUND ? own : other);
}

/* As pam_start takes it: lower case, no path. */
static enum sek_err
service_name(char *dst, size_t size, const char *service)
{
	size_t i;

	if (service[0] == '\0' || service[0] == '.' ||
	    strchr(service, '/') != NULL || strlen(service) >= size)
		return (SEK_ERR_SYNTAX);
	for (i = 0; service[i] != '\0'; i++)
		dst[i] = (char)(service[i] >= 'A' && service[i] <= 'Z' ?
		    service[i] - 'A' + 'a' : service[i]);
	dst[i] = '\0';
	return (SEK_OK);
}

enum sek_err
sek_pam_stack_load(struct sek_pam_stack **out,
    const struct sek_pam_stack_places *where, const char *service,
    struct sek_why *why)
{
	struct loader ld = { .where = where, .why = why };
	char name[NAME_MAX];
	enum sek_err err;

	if (service_name(name, sizeof(name), service) != SEK_OK)
		return (sek_why(why, SEK_ERR_SYNTAX, "not a service's name"));
	if ((ld.s = calloc(1, sizeof(*ld.s))) == NULL)
		return (SEK_ERR_NOMEM);
	ld.service = name;
	err = load_service(&ld);
	if (err == SEK_ERR_NOT_FOUND)
		(void)sek_why(why, err,
		    "%s: neither it nor \"other\" has a file", name);
	if (err == SEK_OK)
		*out = ld.s;
	else
		sek_pam_stack_free(&ld.s);
	return (err);
}

void
sek_pam_stack_free(struct sek_pam_stack **sp)
{
	struct sek_pam_stack *s = *sp;
	struct text *t;
	size_t i, j;

	if (s == NULL)
		return;
	for (i = 0; i < 2; i++)
		for (j = 0; j < PHASES; j++)
			free(s->lists[i][j].line);
	while ((t = s->texts) != NULL) {
		s->texts = t->next;
		free(t);
	}
	free(s->notes);
	free(s->included);
	free(s);
	*sp = NULL;
}

const struct sek_stack_line *
sek_pam_stack_lines(const struct sek_pam_stack *s, enum sek_phase phase,
    size_t *n)
{
	const struct list *list = &s->lists[0][phase];

	if (list->n == 0)
		list = &s->lists[1][phase];
	*n = s->refused ? 0 : list->n;
	return (list->line);
}

bool
sek_pam_stack_own(const struct sek_pam_stack *s, enum sek_phase phase)
{

	return (s->lists[0][phase].n > 0);
}

const struct sek_pam_stack_note *
sek_pam_stack_notes(const struct sek_pam_stack *s, size_t *n)
{

	*n = s->n_notes;
	return (s->notes);
}

bool
sek_pam_stack_includes(const struct sek_pam_stack *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_included; i++)
		if (strcmp(s->included[i], name) == 0)
			return (true);
	return (false);
}

/* ---- which services there are */

struct names {
	char	**name;
	size_t	 n;
};

static enum sek_err
add_name(struct names *all, const char *name)
{
	char **more;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (strcmp(all->name[i], name) == 0)
			return (SEK_OK);
	if (all->n >= NAMES_MAX)
		return (SEK_ERR_RANGE);
	more = realloc(all->name, (all->n + 1) * sizeof(*more));
	if (more == NULL)
		return (SEK_ERR_NOMEM);
	all->name = more;
	if ((more[all->n] = strdup(name)) == NULL)
		return (SEK_ERR_NOMEM);
	all->n++;
	return (SEK_OK);
}

/* pam_start makes names lower case: others are never looked for. */
static bool
is_leftover(const char *name)
{
	size_t len = strlen(name);

	if (strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL)
		return (true);
	return (len == 0 || name[0] == '.' || name[len - 1] == '~' ||
	    strstr(name, ".dpkg-") != NULL || strstr(name, ".rpm") != NULL ||
	    strstr(name, ".ucf-") != NULL);
}

static enum sek_err
names_in(struct names *all, const char *folder, struct sek_why *why)
{
	const struct dirent *e;
	enum sek_err err = SEK_OK;
	struct stat st;
	DIR *d;

	if (!is_folder(folder))
		return (SEK_OK);
	if ((d = opendir(folder)) == NULL)
		return (sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno)));
	while (err == SEK_OK && (errno = 0, e = readdir(d)) != NULL)
		/* A link that leads nowhere is for the reading to tell. */
		if (!is_leftover(e->d_name) &&
		    (fstatat(dirfd(d), e->d_name, &st, 0) != 0 ||
		    !S_ISDIR(st.st_mode)))
			err = add_name(all, e->d_name);
	if (err == SEK_OK && errno != 0)
		err = sek_why(why, SEK_ERR_IO, "%s: %s", folder,
		    strerror(errno));
	(void)closedir(d);
	return (err);
}

/* The first words of pam.conf's lines. */
static enum sek_err
names_of_conf(struct names *all, const struct sek_pam_stack_places *where,
    struct sek_why *why)
{
	struct loader ld = { .where = where, .why = why };
	struct file f = { .next_number = 1 };
	char buf[LINE_SIZE], name[NAME_MAX], *rest, *w;
	enum sek_err err;

	if ((ld.s = calloc(1, sizeof(*ld.s))) == NULL)
		return (SEK_ERR_NOMEM);
	err = is_set(where->conf) ? open_file(&ld, &f, where->conf) :
	    SEK_ERR_NOT_FOUND;
	while (err == SEK_OK && take_line(&ld, &f, buf) == SEK_OK) {
		rest = buf;
		if ((w = word(&rest)) != NULL &&
		    service_name(name, sizeof(name), w) == SEK_OK)
			err = add_name(all, name);
	}
	free(f.text);
	sek_pam_stack_free(&ld.s);
	return (err);
}

static int
by_name(const void *a, const void *b)
{

	return (strcmp(*(char *const *)a, *(char *const *)b));
}

enum sek_err
sek_pam_stack_names(char ***out, size_t *n,
    const struct sek_pam_stack_places *where, struct sek_why *why)
{
	struct names all = { NULL, 0 };
	enum sek_err err;

	if (is_folder(where->dir) || is_folder(where->vendor)) {
		err = names_in(&all, where->dir, why);
		if (err == SEK_OK)
			err = names_in(&all, where->vendor, why);
	} else
		err = names_of_conf(&all, where, why);
	if (err == SEK_ERR_NOT_FOUND)
		(void)sek_why(why, err, "%s: there is no such folder",
		    is_set(where->dir) ? where->dir : "/etc/pam.d");
	if (err != SEK_OK) {
		sek_pam_stack_names_free(&all.name, all.n);
		return (err);
	}
	if (all.n > 0)
		qsort(all.name, all.n, sizeof(*all.name), by_name);
	*out = all.name;
	*n = all.n;
	return (SEK_OK);
}

void
sek_pam_stack_names_free(char ***names, size_t n)
{
	size_t i;

	if (*names == NULL)
		return;
	for (i = 0; i < n; i++)
		free((*names)[i]);
	free(*names);
	*names = NULL;
}
