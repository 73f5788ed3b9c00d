/*
 * piv.c - PIV cards (NIST SP 800-73-4): keys 9A and 9E
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child.
 *
 * MUST: no other object and no other key of the card is touched.
 */
#include "config.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

#include <zlib.h>

#include "card.h"

#define SW_DONE		0x9000u
#define SW_REFUSED	0x6982u		/* security status; without contacts */
#define SW_NO_FUNCTION	0x6A81u
#define SW_NOT_FOUND	0x6A82u

#define TAG_APPLICATION	0x61u
#define TAG_OBJECT	0x53u
#define TAG_CERTIFICATE	0x70u
#define TAG_INFO	0x71u
#define TAG_DYNAMIC	0x7Cu
#define TAG_RESPONSE	0x82u
#define INFO_PACKED	0x01u
#define GZIP_OR_ZLIB	(32 + MAX_WBITS)	/* some makers take this */

#define PIN_FIELD	8u
#define BLOCK_MAX	384u		/* of RSA-3072 */
#define TEMPLATE_MAX	(BLOCK_MAX + 12u)

/* Some of the card's bytes. */
struct span {
	const uint8_t	*p;
	size_t		 len;
};

/* ------------------------------------------------------------ templates -- */

/* The first element of what is left: its tag, of one byte, and its value. */
static bool
take(struct span *in, uint8_t *tag, struct span *value)
{
	const unsigned char *p = in->p;
	int number, class, r;
	long len;

	if (in->len == 0)
		return (false);
	(void)ERR_set_mark();
	r = ASN1_get_object(&p, &len, &number, &class, (long)in->len);
	(void)ERR_pop_to_mark();
	/* 0x80: wrong; 1: of no stated length. */
	if ((r & 0x81) != 0 || number > 30)
		return (false);
	*tag = in->p[0];
	value->p = p;
	value->len = (size_t)len;
	in->len -= (size_t)(p - in->p) + (size_t)len;
	in->p = p + len;
	return (true);
}

/* The whole of it is one element of this tag. */
static bool
open_template(const uint8_t *p, size_t len, uint8_t tag, struct span *value)
{
	struct span all = { p, len };
	uint8_t is;

	return (take(&all, &is, value) && is == tag && all.len == 0);
}

/* Once, among elements that are of no concern. */
static bool
find(struct span in, uint8_t tag, struct span *value)
{
	struct span any;
	bool found = false;
	uint8_t is;

	while (in.len > 0) {
		if (!take(&in, &is, &any))
			return (false);
		if (is != tag)
			continue;
		if (found)
			return (false);
		found = true;
		*value = any;
	}
	return (found);
}

/* Tag and length, as DER has it. */
static size_t
put_head(uint8_t *out, uint8_t tag, size_t len)
{
	size_t n = 0;

	out[n++] = tag;
	if (len > 255) {
		out[n++] = 0x82;
		out[n++] = (uint8_t)(len >> 8);
	} else if (len > 127)
		out[n++] = 0x81;
	out[n++] = (uint8_t)len;
	return (n);
}

static size_t
head_len(size_t len)
{

	return (len > 255 ? 4 : len > 127 ? 3 : 2);
}

/* --------------------------------------------------------- the commands -- */

static enum sek_card_end
select_application(struct card_link *l, struct card_answer *a)
{
	static const uint8_t aid[] = { 0xA0, 0x00, 0x00, 0x03, 0x08 };
	const struct card_command c = { .ins = 0xA4, .p1 = 0x04,
	    .data = aid, .len = sizeof(aid), .le = 256 };

	return (card_command(l, &c, a));
}

static enum sek_card_end
probe(struct card_link *l, struct sek_card_seen *seen)
{
	struct card_answer a;
	enum sek_card_end end;
	struct span value;

	(void)seen;
	if ((end = select_application(l, &a)) != SEK_CARD_END_OK)
		return (end);
	return (a.sw == SW_DONE && open_template(a.data, a.len,
	    TAG_APPLICATION, &value) ? SEK_CARD_END_OK : SEK_CARD_END_UNKNOWN);
}

/* No more than max bytes come of it, however small it was. */
static enum sek_card_end
unpack(const struct span *packed, uint8_t *out, size_t max, size_t *n)
{
	union {
		const uint8_t	*from;
		Bytef		*z;	/* zlib only reads it */
	} in = { .from = packed->p };
	z_stream z = { .next_in = in.z, .avail_in = (uInt)packed->len,
	    .next_out = out, .avail_out = (uInt)max };
	int r;

	if (inflateInit2(&z, GZIP_OR_ZLIB) != Z_OK)
		return (SEK_CARD_END_FAILED);
	r = inflate(&z, Z_FINISH);
	(void)inflateEnd(&z);
	if (r != Z_STREAM_END || z.avail_in != 0)
		return (SEK_CARD_END_GARBAGE);
	*n = max - z.avail_out;
	return (SEK_CARD_END_OK);
}

static enum sek_card_end
certificate(struct card_link *l, uint32_t key, uint8_t *out, size_t max,
    size_t *n)
{
	const uint8_t name[] = { 0x5C, 0x03, 0x5F, 0xC1,
	    key == 0x9E ? 0x01 : 0x05 };
	const struct card_command c = { .ins = 0xCB, .p1 = 0x3F, .p2 = 0xFF,
	    .data = name, .len = sizeof(name), .le = 256 };
	struct card_answer a;
	struct span object, der, info;
	enum sek_card_end end;

	*n = 0;
	if ((end = card_command(l, &c, &a)) != SEK_CARD_END_OK)
		return (end);
	if (a.sw == SW_NOT_FOUND || a.sw == SW_REFUSED)
		return (SEK_CARD_END_UNABLE);
	if (a.sw != SW_DONE || !open_template(a.data, a.len, TAG_OBJECT,
	    &object))
		return (SEK_CARD_END_GARBAGE);
	if (object.len == 0)
		return (SEK_CARD_END_UNABLE);	/* taken out again */
	if (!find(object, TAG_CERTIFICATE, &der) || der.len == 0 ||
	    !find(object, TAG_INFO, &info) || info.len != 1)
		return (SEK_CARD_END_GARBAGE);
	if ((info.p[0] & INFO_PACKED) != 0)
		return (unpack(&der, out, max, n));
	if (der.len > max)
		return (SEK_CARD_END_GARBAGE);
	memcpy(out, der.p, der.len);
	*n = der.len;
	return (SEK_CARD_END_OK);
}

static enum sek_card_end
ask_tries(struct card_link *l, struct card_answer *a)
{
	const struct card_command c = { .ins = 0x20, .p2 = 0x80 };

	return (card_command(l, &c, a));
}

/* Selecting the application again does not; not all cards know this. */
static enum sek_card_end
forget(struct card_link *l, struct card_answer *a)
{
	const struct card_command c = { .ins = 0x20, .p1 = 0xFF, .p2 = 0x80 };
	enum sek_card_end end;

	end = card_command(l, &c, a);
	if (end != SEK_CARD_END_OK || a->sw == SW_DONE)
		return (end);
	if ((end = card_reset(l, false)) == SEK_CARD_END_OK)
		end = select_application(l, a);
	return (end);
}

static enum sek_card_end
tries(struct card_link *l, uint32_t *left)
{
	struct card_answer a;
	enum sek_card_end end;

	*left = SEK_CARD_TRIES_UNKNOWN;
	end = ask_tries(l, &a);
	if (end == SEK_CARD_END_OK && a.sw == SW_DONE &&
	    (end = forget(l, &a)) == SEK_CARD_END_OK)
		end = ask_tries(l, &a);
	if (end != SEK_CARD_END_OK)
		return (end);
	*left = card_tries_of(a.sw);
	if (*left != SEK_CARD_TRIES_UNKNOWN)
		return (SEK_CARD_END_OK);
	/* Without contacts a PIN is not taken. */
	return (a.sw == SW_REFUSED || a.sw == SW_NO_FUNCTION ?
	    SEK_CARD_END_UNABLE : SEK_CARD_END_GARBAGE);
}

static enum sek_card_end
verify(struct card_link *l, const char *pin, size_t len, uint32_t *left)
{
	uint8_t field[PIN_FIELD];
	const struct card_command c = { .ins = 0x20, .p2 = 0x80,
	    .data = field, .len = sizeof(field), .secret = true };
	struct card_answer a;
	enum sek_card_end end;

	*left = SEK_CARD_TRIES_UNKNOWN;
	if (len > sizeof(field))
		return (SEK_CARD_END_FAILED);
	memset(field, 0xFF, sizeof(field));
	memcpy(field, pin, len);
	end = card_command(l, &c, &a);
	sek_wipe(field, sizeof(field));
	if (end != SEK_CARD_END_OK)
		return (end);
	if (a.sw == SW_REFUSED || a.sw == SW_NO_FUNCTION)
		return (SEK_CARD_END_UNABLE);
	return (card_verified(a.sw, left));
}

/* Where a PIN is not taken, it is the application that says so. A chain that
 * was not brought to its end may cost the first question. */
static enum sek_card_end
keeps(struct card_link *l, bool verified)
{
	struct card_answer a;
	enum sek_card_end end;
	int i;

	for (i = 0; i < 2; i++) {
		end = ask_tries(l, &a);
		if (end != SEK_CARD_END_OK || a.sw == SW_DONE)
			return (end);
		if (!verified && (a.sw == SW_REFUSED ||
		    a.sw == SW_NO_FUNCTION ||
		    card_tries_of(a.sw) != SEK_CARD_TRIES_UNKNOWN))
			return (SEK_CARD_END_OK);
	}
	return (SEK_CARD_END_RESET);
}

/* ---------------------------------------------------------- to sign -- */

static const struct {
	uint8_t	id;		/* SP 800-78-4 table 6-2 */
	size_t	block;		/* bytes of RSA; 0: a hash is signed */
	size_t	hash;
	size_t	most;		/* bytes of a signature */
} algorithms[SEK_CARD_ALGORITHMS] = {
	[SEK_CARD_RSA2048]	= { 0x07, 256, 32, 256 },
	[SEK_CARD_RSA3072]	= { 0x05, 384, 32, 384 },
	[SEK_CARD_P256]		= { 0x11, 0, 32, 72 },
	[SEK_CARD_P384]		= { 0x14, 0, 48, 104 },
};

/* What of the digest goes to the card: for RSA the whole padded block, as
 * PKCS #1 v1.5 has it (RFC 8017 section 9.2). */
static size_t
pad(uint8_t *out, size_t block, const uint8_t *digest, size_t len)
{
	size_t ones;

	if (block == 0) {
		memcpy(out, digest, len);
		return (len);
	}
	ones = block - 3 - CARD_INFO_LEN;
	out[0] = 0x00;
	out[1] = 0x01;
	memset(out + 2, 0xFF, ones);
	out[2 + ones] = 0x00;
	card_info(out + 3 + ones, digest);
	return (block);
}

/* 7C L 82 00 81 L data */
static size_t
put_template(uint8_t *out, const uint8_t *data, size_t len)
{
	size_t n;

	n = put_head(out, TAG_DYNAMIC, 2 + head_len(len) + len);
	out[n++] = TAG_RESPONSE;
	out[n++] = 0;
	n += put_head(out + n, 0x81, len);
	memcpy(out + n, data, len);
	return (n + len);
}

static enum sek_card_end
sign(struct card_link *l, uint32_t key, enum sek_card_algorithm algorithm,
    const uint8_t *digest, size_t len, uint8_t *out, size_t max, size_t *n)
{
	uint8_t data[BLOCK_MAX], template[TEMPLATE_MAX];
	struct card_command c = { .ins = 0x87, .p2 = (uint8_t)key,
	    .data = template, .le = 256 };
	struct card_answer a;
	struct span dynamic, signature;
	enum sek_card_end end;

	*n = 0;
	if (algorithm == SEK_CARD_NONE || algorithm >= SEK_CARD_ALGORITHMS ||
	    len != algorithms[algorithm].hash)
		return (SEK_CARD_END_UNABLE);
	c.p1 = algorithms[algorithm].id;
	c.len = put_template(template, data, pad(data,
	    algorithms[algorithm].block, digest, len));
	if ((end = card_command(l, &c, &a)) != SEK_CARD_END_OK)
		return (end);
	if (a.sw != SW_DONE ||
	    !open_template(a.data, a.len, TAG_DYNAMIC, &dynamic) ||
	    !open_template(dynamic.p, dynamic.len, TAG_RESPONSE, &signature) ||
	    signature.len == 0 || signature.len > max ||
	    signature.len > algorithms[algorithm].most ||
	    (algorithms[algorithm].block != 0 &&
	    signature.len != algorithms[algorithm].block))
		return (SEK_CARD_END_GARBAGE);
	memcpy(out, signature.p, signature.len);
	*n = signature.len;
	return (SEK_CARD_END_OK);
}

const struct card_driver card_piv = {
	.driver = SEK_CARD_PIV,
	.model = "PIV",
	.probe = probe,
	.certificate = certificate,
	.tries = tries,
	.verify = verify,
	.sign = sign,
	.keeps = keeps,
};
