/*
 * preload.c - libfido2 sees software keys beside, or instead of, real ones
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Takes the place of three functions of libfido2: by LD_PRELOAD, by
 * /etc/ld.so.preload, or linked into a test.
 *	SOFTKEY=PATH[:PATH...]	sockets; default /run/softkey/ *.sock
 *	SOFTKEY_ONLY=1		no real ones
 *	SOFTKEY_PRODUCT=TEXT	what they call themselves; else the first line
 *				of PATH.name, else "Softkey"
 */
#include "config.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fido.h>

#include "softkey.h"

/* The build hides what a header does not name. */
#pragma GCC visibility push(default)
int		fido_dev_info_manifest(fido_dev_info_t *list, size_t room,
		    size_t *n);
int		fido_dev_open(fido_dev_t *dev, const char *path);
fido_dev_t	*fido_dev_new_with_info(const fido_dev_info_t *info);
#pragma GCC visibility pop

#define PREFIX		"softkey:"
#define PREFIX_LEN	(sizeof(PREFIX) - 1)
#define PACKET		64u

const char softkey_preload[] = "softkey";

/* Begins as libfido2's own does: it looks into it (rigs, pitfall 2). */
struct handle {
	int	fd;
	size_t	in, out;
};

static void *
key_open(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct handle *h;

	if (strncmp(path, PREFIX, PREFIX_LEN) != 0)
		return NULL;
	path += PREFIX_LEN;
	if (strlen(path) >= sizeof(a.sun_path) ||
	    (h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	strcpy(a.sun_path, path);
	h->in = h->out = PACKET;
	h->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (h->fd < 0 ||
	    connect(h->fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		if (h->fd >= 0)
			close(h->fd);
		free(h);
		return NULL;
	}
	return h;
}

static void
key_close(void *handle)
{
	struct handle *h = handle;

	close(h->fd);
	free(h);
}

static int
key_read(void *handle, unsigned char *buf, size_t len, int ms)
{
	struct handle *h = handle;
	struct pollfd p = { .fd = h->fd, .events = POLLIN };

	if (poll(&p, 1, ms) != 1)
		return -1;
	return (int)recv(h->fd, buf, len, 0);
}

static int
key_write(void *handle, const unsigned char *buf, size_t len)
{
	struct handle *h = handle;

	if (len != PACKET + 1 || send(h->fd, buf + 1, PACKET, MSG_NOSIGNAL) !=
	    (ssize_t)PACKET)
		return -1;
	return (int)len;
}

static const fido_dev_io_t key_io = { key_open, key_close, key_read,
	key_write };

/* As it was when this was loaded: the tool and the helper empty theirs. */
static const char *const names[] = { "SOFTKEY", "SOFTKEY_ONLY",
    "SOFTKEY_PRODUCT" };
#define NAMES	(sizeof(names) / sizeof(names[0]))
static char *at_first[NAMES];

__attribute__((constructor)) static void
remember(void)
{
	const char *value;
	size_t i;

	for (i = 0; i < NAMES; i++)
		if ((value = getenv(names[i])) != NULL)
			at_first[i] = strdup(value);
}

static const char *
setting(const char *name)
{
	const char *value = getenv(name);
	size_t i;

	for (i = 0; value == NULL && i < NAMES; i++)
		if (strcmp(names[i], name) == 0)
			value = at_first[i];
	return value;
}

static void
product_of(char *out, size_t size, const char *socket)
{
	const char *env = setting("SOFTKEY_PRODUCT");
	char path[256];
	FILE *f;

	snprintf(out, size, "%s", env != NULL ? env : "Softkey");
	snprintf(path, sizeof(path), "%s.name", socket);
	if (env == NULL && (f = fopen(path, "re")) != NULL) {
		if (fgets(out, (int)size, f) == NULL)
			out[0] = '\0';
		fclose(f);
		out[strcspn(out, "\n")] = '\0';
	}
}

/* Append one; false: there is no room. */
static bool
append(fido_dev_info_t *list, size_t room, size_t *n, const char *socket)
{
	char path[256], product[512];

	/* Who may not open it does not see it; nor one that was taken out. */
	if (faccessat(AT_FDCWD, socket, R_OK | W_OK, AT_EACCESS) != 0)
		return true;
	if (*n >= room)
		return false;
	snprintf(path, sizeof(path), PREFIX "%s", socket);
	product_of(product, sizeof(product), socket);
	if (fido_dev_info_set(list, *n, path, "Sekisho tests", product,
	    &key_io, NULL) == FIDO_OK)
		(*n)++;
	return true;
}

static void
append_all(fido_dev_info_t *list, size_t room, size_t *n)
{
	const char *env = setting("SOFTKEY");
	char *copy, *p, *save = NULL;
	glob_t g;
	size_t i;

	if (env != NULL) {
		if ((copy = strdup(env)) == NULL)
			return;
		for (p = strtok_r(copy, ":", &save); p != NULL &&
		    append(list, room, n, p); p = strtok_r(NULL, ":", &save))
			;
		free(copy);
		return;
	}
	if (glob("/run/softkey/*.sock", 0, NULL, &g) != 0)
		return;
	for (i = 0; i < g.gl_pathc && append(list, room, n, g.gl_pathv[i]);
	    i++)
		;
	globfree(&g);
}

/* The library's own. */
static void *
real(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL) {
		fprintf(stderr, "softkey: no %s\n", name);
		abort();
	}
	return p;
}

int
fido_dev_info_manifest(fido_dev_info_t *list, size_t room, size_t *n)
{
	int (*fn)(fido_dev_info_t *, size_t, size_t *);
	const char *only = setting("SOFTKEY_ONLY");
	int r = FIDO_OK;

	*n = 0;
	if (only == NULL || strcmp(only, "1") != 0) {
		*(void **)&fn = real("fido_dev_info_manifest");
		r = fn(list, room, n);
	}
	if (r == FIDO_OK && list != NULL)
		append_all(list, room, n);
	return r;
}

int
fido_dev_open(fido_dev_t *dev, const char *path)
{
	int (*fn)(fido_dev_t *, const char *);

	*(void **)&fn = real("fido_dev_open");
	if (path != NULL && strncmp(path, PREFIX, PREFIX_LEN) == 0 &&
	    fido_dev_set_io_functions(dev, &key_io) != FIDO_OK)
		return FIDO_ERR_INTERNAL;
	return fn(dev, path);
}

fido_dev_t *
fido_dev_new_with_info(const fido_dev_info_t *info)
{
	fido_dev_t *(*fn)(const fido_dev_info_t *);
	const char *path = fido_dev_info_path(info);
	fido_dev_t *dev;

	*(void **)&fn = real("fido_dev_new_with_info");
	dev = fn(info);
	if (dev != NULL && path != NULL &&
	    strncmp(path, PREFIX, PREFIX_LEN) == 0)
		fido_dev_set_io_functions(dev, &key_io);
	return dev;
}
