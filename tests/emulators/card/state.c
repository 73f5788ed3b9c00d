/*
 * state.c - the software card's log, knobs, and what it keeps
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "soft.h"

void
soft_log(struct soft *s, const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n] = '\n';
	/* One write: a test may read while it is written. */
	if (write(s->log, line, (size_t)n + 1) < 0)
		return;
}

const char *
knob(const struct soft *s, const char *name, const char *or)
{
	unsigned i;

	for (i = s->nknobs; i-- > 0;)
		if (strcmp(s->knobs[i].name, name) == 0)
			return s->knobs[i].value;
	return or;
}

bool
knob_is(const struct soft *s, const char *name, const char *value)
{

	return strcmp(knob(s, name, ""), value) == 0;
}

long
knob_number(const struct soft *s, const char *name, long or)
{
	const char *v = knob(s, name, NULL);

	return v == NULL || *v == '\0' ? or : strtol(v, NULL, 10);
}

static void
read_lines(struct soft *s)
{
	FILE *f = fopen(s->knobfile, "re");
	char line[200], *eq;

	s->nknobs = 0;
	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL && s->nknobs < KNOBS) {
		line[strcspn(line, "\r\n")] = '\0';
		if ((eq = strchr(line, '=')) == NULL || *line == '#')
			continue;
		*eq = '\0';
		snprintf(s->knobs[s->nknobs].name,
		    sizeof(s->knobs[0].name), "%.23s", line);
		snprintf(s->knobs[s->nknobs].value,
		    sizeof(s->knobs[0].value), "%.127s", eq + 1);
		s->nknobs++;
	}
	fclose(f);
}

bool
knobs_load(struct soft *s)
{
	struct stat st;

	if (stat(s->knobfile, &st) != 0)
		memset(&st, 0, sizeof(st));
	if (s->knobs_file == st.st_ino &&
	    s->knobs_size == (uint64_t)st.st_size &&
	    s->knobs_time.tv_sec == st.st_mtim.tv_sec &&
	    s->knobs_time.tv_nsec == st.st_mtim.tv_nsec)
		return false;
	s->knobs_file = st.st_ino;
	s->knobs_size = (uint64_t)st.st_size;
	s->knobs_time = st.st_mtim;
	read_lines(s);
	s->apdus = 0;
	/* A card has its tries from somebody's past: given once. */
	if (knob(s, "blocked", NULL) != NULL)
		tries_set(s, 0);
	else if (knob(s, "tries", NULL) != NULL)
		tries_set(s, (uint32_t)knob_number(s, "tries", 0));
	return true;
}

static void
path_of(const struct soft *s, const char *name, char path[512])
{

	snprintf(path, 512, "%s/%s", s->dir, name);
}

bool
file_write(const struct soft *s, const char *name, const void *p, size_t n)
{
	char path[512], tmp[520];
	bool ok;
	int fd;

	path_of(s, name, path);
	snprintf(tmp, sizeof(tmp), "%s.new", path);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return false;
	ok = write(fd, p, n) == (ssize_t)n;
	return close(fd) == 0 && ok && rename(tmp, path) == 0;
}

size_t
file_read(const struct soft *s, const char *name, void *p, size_t max)
{
	char path[512];
	ssize_t n;
	int fd;

	path_of(s, name, path);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	n = read(fd, p, max);
	close(fd);
	return n < 0 ? 0 : (size_t)n;
}

void
tries_set(struct soft *s, uint32_t n)
{
	char text[16];
	int len;

	s->tries = n > 15 ? 15 : n;
	len = snprintf(text, sizeof(text), "%u\n", s->tries);
	/* Before it is answered: what was tried has been counted. */
	if (!file_write(s, "tries", text, (size_t)len))
		soft_log(s, "trouble: tries are not kept");
}

bool
state_open(struct soft *s)
{
	char text[16] = "";

	if (mkdir(s->dir, 0755) != 0 && errno != EEXIST)
		return false;
	s->log = open(s->logfile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0644);
	if (s->log < 0)
		return false;
	if (file_read(s, "tries", text, sizeof(text) - 1) > 0)
		s->tries = (uint32_t)strtoul(text, NULL, 10);
	else
		tries_set(s, s->kind->tries);
	knobs_load(s);
	return true;
}
