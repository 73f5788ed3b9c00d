/*
 * piv.c - a card with the PIV application (SP 800-73-4 part 2), its keys 9A
 * and 9E
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include <openssl/rand.h>

#include "soft.h"

#define APP_PIV		1
#define PIN_LEN		8u

#define ALG_RSA1024	0x06
#define ALG_RSA2048	0x07
#define ALG_RSA3072	0x05
#define ALG_P256	0x11
#define ALG_P384	0x14

static const uint8_t aid_piv[] = {
	0xa0, 0x00, 0x00, 0x03, 0x08, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
};

static size_t
piv_atr(struct soft *s, uint8_t out[33])
{
	/* T=1, "PIV" and nothing of a maker's. */
	static const uint8_t atr[] = {
		0x3b, 0x83, 0x81, 0x31, 0x00, 'P', 'I', 'V',
	};
	size_t i, n = sizeof(atr);

	(void)s;
	memcpy(out, atr, n);
	out[n] = 0;
	for (i = 1; i < n; i++)
		out[n] ^= out[i];
	return n + 1;
}

/* ---------------------------------------------------------- data objects -- */

static size_t
length(uint8_t *out, size_t n)
{

	if (n < 0x80) {
		out[0] = (uint8_t)n;
		return 1;
	}
	if (n < 0x100) {
		out[0] = 0x81;
		out[1] = (uint8_t)n;
		return 2;
	}
	out[0] = 0x82;
	out[1] = (uint8_t)(n >> 8);
	out[2] = (uint8_t)n;
	return 3;
}

/* Tag and length before what is there: it moves. */
static size_t
wrap(uint8_t *p, size_t n, uint8_t tag)
{
	uint8_t head[4] = { tag };
	size_t h = 1 + length(head + 1, n);

	memmove(p + h, p, n);
	memcpy(p, head, h);
	return n + h;
}

static size_t
certificate(struct soft *s, const char *slot, uint8_t *p)
{
	const char *kind = knob(s, "cert", "ok");
	bool zip = strcmp(kind, "gzip") == 0 || strcmp(kind, "zlib") == 0 ||
	    strcmp(kind, "bomb") == 0;
	size_t n;

	if (strcmp(kind, "empty") == 0)
		return wrap(p, 0, 0x53);
	if ((n = slot_certificate(s, slot, p, OBJECT_MAX - 64)) == 0)
		return 0;
	n = wrap(p, n, 0x70);
	memcpy(p + n, "\x71\x01\x00\xfe\x00", 5);
	if (zip)
		p[n + 2] = 0x01;
	return wrap(p, n + 5, 0x53);
}

static size_t
chuid(struct soft *s, uint8_t *p)
{
	uint8_t guid[16];

	if (file_read(s, "guid", guid, sizeof(guid)) != sizeof(guid)) {
		RAND_bytes(guid, sizeof(guid));
		file_write(s, "guid", guid, sizeof(guid));
	}
	p[0] = 0x30;
	p[1] = 25;
	memset(p + 2, 0x99, 25);
	memcpy(p + 27, "\x34\x10", 2);
	memcpy(p + 29, guid, 16);
	memcpy(p + 45, "\x35\x08" "20391231" "\x3e\x00\xfe\x00", 14);
	return wrap(p, 59, 0x53);
}

static size_t
capabilities(uint8_t *p)
{
	static const uint8_t rest[] = {
		0xf1, 0x01, 0x21, 0xf2, 0x01, 0x21, 0xf3, 0x00, 0xf4, 0x01,
		0x00, 0xf5, 0x01, 0x10, 0xf6, 0x00, 0xf7, 0x00, 0xfa, 0x00,
		0xfb, 0x00, 0xfc, 0x00, 0xfd, 0x00, 0xfe, 0x00,
	};

	p[0] = 0xf0;
	p[1] = 21;
	memset(p + 2, 0x11, 21);
	memcpy(p + 23, rest, sizeof(rest));
	return wrap(p, 23 + sizeof(rest), 0x53);
}

static size_t
discovery(uint8_t *p)
{

	p[0] = 0x4f;
	p[1] = sizeof(aid_piv);
	memcpy(p + 2, aid_piv, sizeof(aid_piv));
	memcpy(p + 13, "\x5f\x2f\x02\x40\x00", 5);
	return wrap(p, 18, 0x7e);
}

static uint16_t
get_data(struct soft *s, const struct apdu *a)
{
	const uint8_t *d = a->data;
	uint32_t tag;

	if (a->p1 != 0x3f || a->p2 != 0xff)
		return SW_P1P2;
	if (a->lc < 3 || d[0] != 0x5c || d[1] != a->lc - 2 || d[1] > 3)
		return SW_DATA;
	for (tag = 0; d < a->data + a->lc - 2; d++)
		tag = tag << 8 | d[2];
	switch (tag) {
	case 0x5fc105:
		s->out_len = certificate(s, "9a", s->out);
		break;
	case 0x5fc101:
		s->out_len = certificate(s, "9e", s->out);
		break;
	case 0x5fc102:
		s->out_len = chuid(s, s->out);
		break;
	case 0x5fc107:
		s->out_len = capabilities(s->out);
		break;
	case 0x7e:
		s->out_len = discovery(s->out);
		break;
	default:
		break;
	}
	return s->out_len > 0 ? SW_OK : SW_NOT_FOUND;
}

/* ---------------------------------------------------------------- PIN -- */

static uint16_t
verify(struct soft *s, const struct apdu *a)
{
	size_t n;

	if (a->p2 != 0x80)
		return SW_NO_REFERENCE;
	if (a->p1 == 0xff) {
		if (a->lc > 0)
			return SW_DATA;
		s->verified = false;
		return SW_OK;
	}
	if (a->p1 != 0)
		return SW_P1P2;
	if (a->lc == 0)
		return s->verified ? SW_OK : pin_status(s);
	if (s->tries == 0)
		return pin_status(s);
	/* What cannot be a PIN costs no try. */
	for (n = 0; n < a->lc && a->data[n] >= '0' && a->data[n] <= '9';)
		n++;
	if (a->lc != PIN_LEN || n < 6)
		return SW_DATA;
	for (size_t i = n; i < PIN_LEN; i++)
		if (a->data[i] != 0xff)
			return SW_DATA;
	return pin_verify(s, a->data, n);
}

/* ------------------------------------------------------------- the keys -- */

/* The value of one tag; NULL where it is not there. */
static const uint8_t *
tlv(const uint8_t *p, const uint8_t *end, uint8_t tag, size_t *n)
{
	size_t len, k;
	uint8_t t;

	while (end - p >= 2) {
		t = *p++;
		len = *p++;
		if (len > 0x80) {
			if (len > 0x82 || end - p < (long)(len & 0x7f))
				return NULL;
			for (k = len & 0x7f, len = 0; k > 0; k--)
				len = len << 8 | *p++;
		} else if (len == 0x80)
			return NULL;
		if ((size_t)(end - p) < len)
			return NULL;
		if (t == tag) {
			*n = len;
			return p;
		}
		p += len;
	}
	return NULL;
}

/* Bytes that a key of this algorithm takes; 0: none of ours. */
static size_t
takes(uint8_t alg)
{

	switch (alg) {
	case ALG_RSA1024:
		return 128;
	case ALG_RSA2048:
		return 256;
	case ALG_RSA3072:
		return 384;
	case ALG_P256:
		return 32;
	case ALG_P384:
		return 48;
	default:
		return 0;
	}
}

static uint8_t
algorithm(EVP_PKEY *key)
{
	int bits = key == NULL ? 0 : EVP_PKEY_get_bits(key);

	switch (bits) {
	case 1024:
		return ALG_RSA1024;
	case 2048:
		return ALG_RSA2048;
	case 3072:
		return ALG_RSA3072;
	case 256:
		return ALG_P256;
	case 384:
		return ALG_P384;
	default:
		return 0;
	}
}

static uint16_t
authenticate(struct soft *s, const struct apdu *a)
{
	const char *slot = a->p2 == 0x9a ? "9a" : a->p2 == 0x9e ? "9e" : NULL;
	const uint8_t *t, *data;
	size_t len, n;
	EVP_PKEY *key;
	uint8_t alg;

	if (slot == NULL)
		return SW_P1P2;
	key = slot_key(s, slot);
	alg = algorithm(key);
	EVP_PKEY_free(key);
	if (alg != a->p1 || takes(alg) == 0)
		return SW_P1P2;
	if (a->p2 == 0x9a && !s->verified)
		return SW_SECURITY;
	if ((t = tlv(a->data, a->data + a->lc, 0x7c, &len)) == NULL ||
	    tlv(t, t + len, 0x82, &n) == NULL || n != 0 ||
	    (data = tlv(t, t + len, 0x81, &n)) == NULL || n != takes(alg))
		return SW_DATA;
	n = slot_sign(s, slot, false, data, n, s->out, sizeof(s->out) - 16);
	if (n == 0 && !knob_is(s, "sig", "empty"))
		return SW_DATA;
	s->out_len = wrap(s->out, wrap(s->out, n, 0x82), 0x7c);
	return SW_OK;
}

/* ---------------------------------------------------------- application -- */

static uint16_t
select_app(struct soft *s, const struct apdu *a)
{
	static const uint8_t property[] = {
		0x61, 0x11, 0x4f, 0x06, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00,
		0x79, 0x07, 0x4f, 0x05, 0xa0, 0x00, 0x00, 0x03, 0x08,
	};

	if (a->p1 != 0x04)
		return SW_P1P2;
	if (a->lc < 5 || a->lc > sizeof(aid_piv) ||
	    memcmp(a->data, aid_piv, a->lc) != 0)
		return SW_NOT_FOUND;
	/* Selected again: who was verified still is (part 2, 3.1.1). */
	s->app = APP_PIV;
	memcpy(s->out, property, sizeof(property));
	s->out_len = a->p2 == 0x0c ? 0 : sizeof(property);
	return SW_OK;
}

static uint16_t
piv_command(struct soft *s, const struct apdu *a)
{

	if ((a->cla & 0xef) != 0x00)
		return SW_CLA;
	if (a->ins == 0xa4)
		return select_app(s, a);
	if (s->app != APP_PIV)
		return SW_INS;
	switch (a->ins) {
	case 0xcb:
		return get_data(s, a);
	case 0x20:
		return verify(s, a);
	case 0x87:
		return authenticate(s, a);
	default:
		return SW_INS;
	}
}

static bool
piv_make(struct soft *s)
{

	slot_certificate(s, "9a", s->out, sizeof(s->out));
	slot_certificate(s, "9e", s->out, sizeof(s->out));
	return ca_certificate(s, s->out, sizeof(s->out)) > 0;
}

const struct kind kind_piv = {
	.name = "piv",
	.pin = "123456",
	.tries = 3,
	.blocked = SW_BLOCKED,
	.atr = piv_atr,
	.command = piv_command,
	.make = piv_make,
};
