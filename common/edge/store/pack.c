/*
 * pack.c - a tally as bytes, alike for names known and unknown
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * A version byte, then numbers lowest byte first and counted strings. Text of
 * the program's own memory would tie the store to one compiler.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "pack.h"

#define PACK_VERSION 1u

struct cursor {
	uint8_t		*out;		/* writing */
	const uint8_t	*in;		/* reading */
	size_t		 left;		/* to read */
	int		 bad;
};

static void
put(struct cursor *c, uint64_t v, unsigned n)
{

	for (; n > 0; n--, v >>= 8)
		*c->out++ = (uint8_t)v;
}

static void
put_bytes(struct cursor *c, const void *p, size_t n)
{

	memcpy(c->out, p, n);
	c->out += n;
}

static void
put_text(struct cursor *c, const char *s, size_t size)
{
	size_t n = strnlen(s, size - 1);

	put(c, n, 1);
	put_bytes(c, s, n);
}

static uint64_t
get(struct cursor *c, unsigned n)
{
	uint64_t v = 0;
	unsigned i;

	if (c->left < n) {
		c->bad = 1;
		return (0);
	}
	for (i = 0; i < n; i++)
		v |= (uint64_t)c->in[i] << (8 * i);
	c->in += n;
	c->left -= n;
	return (v);
}

static void
get_bytes(struct cursor *c, void *p, size_t n)
{

	if (c->left < n) {
		c->bad = 1;
		return;
	}
	memcpy(p, c->in, n);
	c->in += n;
	c->left -= n;
}

static void
get_text(struct cursor *c, char *s, size_t size)
{
	size_t n = get(c, 1);

	if (n >= size)
		c->bad = 1;
	else {
		get_bytes(c, s, n);
		s[n] = '\0';
		if (strlen(s) != n)
			c->bad = 1;
	}
}

static void
put_moment(struct cursor *c, const struct sek_moment *m)
{

	put(c, (uint64_t)m->wall, 8);
	put(c, (uint64_t)m->boot, 8);
	put_bytes(c, m->boot_id, sizeof(m->boot_id));
	put(c, m->synced, 1);
}

static void
get_moment(struct cursor *c, struct sek_moment *m)
{

	m->wall = (int64_t)get(c, 8);
	m->boot = (int64_t)get(c, 8);
	get_bytes(c, m->boot_id, sizeof(m->boot_id));
	m->synced = (uint8_t)get(c, 1);
}

static void
put_lease(struct cursor *c, const struct sek_lease *l)
{

	put_text(c, l->id, sizeof(l->id));
	put_text(c, l->authenticator, sizeof(l->authenticator));
	put(c, (uint64_t)l->owner.start, 8);
	put(c, (uint32_t)l->owner.pid, 4);
	put_moment(c, &l->at);
	put(c, (uint64_t)l->deadline, 8);
	put(c, l->origin, 4);
}

static void
get_lease(struct cursor *c, struct sek_lease *l)
{

	memset(l, 0, sizeof(*l));
	get_text(c, l->id, sizeof(l->id));
	get_text(c, l->authenticator, sizeof(l->authenticator));
	l->owner.start = (int64_t)get(c, 8);
	l->owner.pid = (int32_t)(uint32_t)get(c, 4);
	get_moment(c, &l->at);
	l->deadline = (int64_t)get(c, 8);
	l->origin = (uint32_t)get(c, 4);
}

size_t
sek_pack_tally(uint8_t *out, const struct sek_tally *t)
{
	struct cursor c = { out, NULL, 0, 0 };
	uint32_t i;

	put(&c, PACK_VERSION, 1);
	put(&c, t->nfailures, 4);
	put(&c, t->nleases, 4);
	put(&c, t->locked, 1);
	put(&c, t->total, 4);
	put_moment(&c, &t->locked_at);
	put_moment(&c, &t->reserve_at);
	for (i = 0; i < t->nfailures && i < SEK_DENY_MAX; i++) {
		put_moment(&c, &t->failure[i].at);
		put(&c, t->failure[i].origin, 4);
	}
	for (i = 0; i < t->nleases && i < SEK_LEASES_MAX; i++)
		put_lease(&c, &t->lease[i]);
	return ((size_t)(c.out - out));
}

enum sek_err
sek_unpack_tally(struct sek_tally *t, const uint8_t *p, size_t len)
{
	struct cursor c = { NULL, p, len, 0 };
	uint32_t i;

	/* Failures and leases are as many as their numbers say. */
	memset(t, 0, offsetof(struct sek_tally, failure));
	if (get(&c, 1) != PACK_VERSION)
		return (SEK_ERR_STORE_DAMAGED);
	t->nfailures = (uint32_t)get(&c, 4);
	t->nleases = (uint32_t)get(&c, 4);
	t->locked = (uint32_t)get(&c, 1);
	t->total = (uint32_t)get(&c, 4);
	get_moment(&c, &t->locked_at);
	get_moment(&c, &t->reserve_at);
	if (t->nfailures > SEK_DENY_MAX || t->nleases > SEK_LEASES_MAX)
		c.bad = 1;
	for (i = 0; i < t->nfailures && !c.bad; i++) {
		memset(&t->failure[i], 0, sizeof(t->failure[i]));
		get_moment(&c, &t->failure[i].at);
		t->failure[i].origin = (uint32_t)get(&c, 4);
	}
	for (i = 0; i < t->nleases && !c.bad; i++)
		get_lease(&c, &t->lease[i]);
	return (c.bad || c.left != 0 ? SEK_ERR_STORE_DAMAGED : SEK_OK);
}
