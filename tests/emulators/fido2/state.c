/*
 * state.c - the software key's log, knobs and what it keeps
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "key.h"

static const char magic[8] = "softkey1";

int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
key_log(struct key *k, const char *fmt, ...)
{
	char line[1400];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n > sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n] = '\n';
	if (write(k->log, line, (size_t)n + 1) < 0)
		k->stop = true;
}

void
key_detail(struct key *k, const char *fmt, ...)
{
	size_t at = strlen(k->detail);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(k->detail + at, sizeof(k->detail) - at, fmt, ap);
	va_end(ap);
}

void
knobs_load(struct key *k)
{
	char text[12288], *line, *save = NULL, *eq;
	ssize_t n;
	int fd;

	if ((fd = open(k->knobfile, O_RDONLY | O_CLOEXEC)) < 0)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 0)
		return;
	text[n] = '\0';
	k->nknobs = 0;
	for (line = strtok_r(text, "\n", &save); line != NULL;
	    line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#' || (eq = strchr(line, '=')) == NULL ||
		    k->nknobs == KNOBS)
			continue;
		*eq = '\0';
		snprintf(k->knobs[k->nknobs].name,
		    sizeof(k->knobs[0].name), "%.23s", line);
		snprintf(k->knobs[k->nknobs].value,
		    sizeof(k->knobs[0].value), "%.511s", eq + 1);
		k->nknobs++;
	}
}

const char *
knob(const struct key *k, const char *name, const char *or)
{
	unsigned i;

	/* The last one counts. */
	for (i = k->nknobs; i-- > 0;)
		if (strcmp(k->knobs[i].name, name) == 0)
			return k->knobs[i].value;
	return or;
}

bool
knob_is(const struct key *k, const char *name, const char *value)
{

	return strcmp(knob(k, name, ""), value) == 0;
}

bool
knob_has(const struct key *k, const char *name, const char *word)
{
	const char *p = knob(k, name, "");
	size_t n = strlen(word), l;

	for (;; p += l + 1) {
		l = strcspn(p, ",");
		if (l == n && strncmp(p, word, n) == 0)
			return true;
		if (p[l] == '\0')
			return false;
	}
}

long
knob_number(const struct key *k, const char *name, long or)
{
	const char *v = knob(k, name, NULL);

	return v == NULL ? or : strtol(v, NULL, 0);
}

long
knob_argument(const char *value, long or)
{
	const char *p = strchr(value, ':');

	return p == NULL ? or : strtol(p + 1, NULL, 0);
}

size_t
unhex(uint8_t *out, size_t max, const char *text)
{
	size_t n = 0;
	unsigned v;

	for (; *text != '\0' && n < max;) {
		if (*text == '-' || *text == ' ') {
			text++;
			continue;
		}
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) ||
		    sscanf(text, "%2x", &v) != 1)
			break;
		out[n++] = (uint8_t)v;
		text += 2;
	}
	return n;
}

bool
state_open(struct key *k)
{
	size_t size;
	int fd;

	fd = open(k->statefile, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	if (read(fd, &k->state, sizeof(k->state)) ==
	    (ssize_t)sizeof(k->state) &&
	    memcmp(k->state.magic, magic, sizeof(magic)) == 0 &&
	    k->state.ncreds < 100000) {
		size = k->state.ncreds * sizeof(*k->creds);
		k->creds = malloc(size + 1);
		if (k->creds == NULL ||
		    read(fd, k->creds, size) != (ssize_t)size) {
			close(fd);
			return false;
		}
		close(fd);
		return true;
	}
	close(fd);
	memset(&k->state, 0, sizeof(k->state));
	memcpy(k->state.magic, magic, sizeof(magic));
	k->state.pin_retries = 8;
	k->state.uv_retries = 3;
	if (!root_make(k))
		return false;
	state_save(k);
	return true;
}

void
state_save(const struct key *k)
{
	int fd;

	if (k->statefile[0] == '\0')
		return;
	fd = open(k->statefile, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || pwrite(fd, &k->state, sizeof(k->state), 0) !=
	    (ssize_t)sizeof(k->state))
		perror("softkey: state");
	if (fd >= 0)
		close(fd);
}

bool
state_add(struct key *k, const struct cred *c)
{
	struct cred *all;
	uint32_t i, n = k->state.ncreds;
	off_t at;
	int fd;

	/* One resident credential of a user at an RP. */
	for (i = 0; i < n; i++)
		if (c->resident && k->creds[i].resident &&
		    memcmp(k->creds[i].rp_hash, c->rp_hash, 32) == 0 &&
		    k->creds[i].user_len == c->user_len &&
		    memcmp(k->creds[i].user, c->user, c->user_len) == 0)
			break;
	if (i == n) {
		all = realloc(k->creds, (n + 1) * sizeof(*all));
		if (all == NULL)
			return false;
		k->creds = all;
		k->state.ncreds = n + 1;
	}
	k->creds[i] = *c;
	if (k->statefile[0] == '\0')
		return true;
	at = (off_t)(sizeof(k->state) + i * sizeof(*c));
	if ((fd = open(k->statefile, O_WRONLY | O_CLOEXEC)) < 0)
		return false;
	if (pwrite(fd, c, sizeof(*c), at) != (ssize_t)sizeof(*c)) {
		close(fd);
		return false;
	}
	close(fd);
	state_save(k);
	return true;
}

void
state_reset(struct key *k)
{

	free(k->creds);
	k->creds = NULL;
	k->state.ncreds = 0;
	k->state.counter = 0;
	k->state.pin_set = 0;
	k->state.pin_retries = 8;
	k->state.uv_retries = 3;
	k->token_live = false;
	k->pin_strikes = 0;
	if (truncate(k->statefile, (off_t)sizeof(k->state)) != 0)
		perror("softkey: reset");
	state_save(k);
}
