/*
 * jpki.c - the My Number Card: its key and PIN for user authentication
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child. A card with other keys or another application is another row.
 *
 * MUST: of the card's files only these four are ever selected: the token's
 * name, and certificate, PIN and key for user authentication. The signing key
 * (001A), its PIN (001B), its certificates (0001, 0002) and the applications
 * with the holder's name, face and number are not for us.
 */
#include "config.h"

#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>

#include "card.h"

#define EF_TOKEN	0x0006u
#define EF_CERTIFICATE	0x000Au
#define EF_KEY		0x0017u
#define EF_PIN		0x0018u

#define SW_DONE		0x9000u
#define SW_END_OF_FILE	0x6282u
#define SW_NO_RECORD	0x6A83u
#define SW_NOT_FOUND	0x6A82u
#define TOKEN_LEN	32u		/* padded by blanks */
#define TOKEN		"JPKIAPICCTOKEN2"
#define READ_MAX	256u
#define HASH_LEN	32u

static enum sek_card_end
select_application(struct card_link *l, struct card_answer *a)
{
	static const uint8_t aid[] = { 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01,
	    0x00, 0x00, 0x00, 0x01 };
	const struct card_command c = { .ins = 0xA4, .p1 = 0x04, .p2 = 0x0C,
	    .data = aid, .len = sizeof(aid) };

	return (card_command(l, &c, a));
}

static enum sek_card_end
select_file(struct card_link *l, uint16_t id, struct card_answer *a)
{
	const uint8_t name[] = { (uint8_t)(id >> 8), (uint8_t)id };
	const struct card_command c = { .ins = 0xA4, .p1 = 0x02, .p2 = 0x0C,
	    .data = name, .len = sizeof(name) };
	enum sek_card_end end;

	end = card_command(l, &c, a);
	if (end == SEK_CARD_END_OK && a->sw != SW_DONE)
		end = SEK_CARD_END_UNABLE;
	return (end);
}

/* Of the file selected, from at (at most 32767) on: some bytes, one at
 * least. UNABLE: nothing is in it. */
static enum sek_card_end
read_part(struct card_link *l, size_t at, size_t most, struct card_answer *a)
{
	const struct card_command c = { .ins = 0xB0,
	    .p1 = (uint8_t)(at >> 8 & 0x7F), .p2 = (uint8_t)at,
	    .le = most < READ_MAX ? (uint32_t)most : READ_MAX };
	enum sek_card_end end;

	end = card_command(l, &c, a);
	if (end == SEK_CARD_END_OK && at == 0 && a->len == 0 &&
	    (a->sw == SW_NO_RECORD || a->sw == SW_NOT_FOUND))
		end = SEK_CARD_END_UNABLE;
	else if (end == SEK_CARD_END_OK && (a->len == 0 ||
	    (a->sw != SW_DONE && a->sw != SW_END_OF_FILE)))
		end = SEK_CARD_END_GARBAGE;
	return (end);
}

/* What comes first on a telephone. */
static bool
is_phone(const uint8_t *token, size_t len)
{
	static const char *const names[] = { "JPKIAPGPSE", "JPKIAPIOS" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (len >= strlen(names[i]) &&
		    memcmp(token, names[i], strlen(names[i])) == 0)
			return (true);
	return (false);
}

static bool
is_token(const uint8_t *token, size_t len)
{
	static const char name[] = TOKEN;
	size_t i, n = sizeof(name) - 1;

	if (len < n || memcmp(token, name, n) != 0)
		return (false);
	for (i = n; i < len; i++)
		if (token[i] != ' ' && token[i] != 0)
			return (false);
	return (true);
}

static enum sek_card_end
ask_tries(struct card_link *l, struct card_answer *a)
{
	const struct card_command c = { .ins = 0x20, .p2 = 0x80 };
	enum sek_card_end end;

	if ((end = select_file(l, EF_PIN, a)) != SEK_CARD_END_OK)
		return (end);
	return (card_command(l, &c, a));
}

/* Of a card that was reset the files are those of no application. Who is
 * verified is not told: it says how many tries are left then, too. */
static enum sek_card_end
keeps(struct card_link *l, bool verified)
{
	struct card_answer a;
	enum sek_card_end end;

	(void)verified;
	end = ask_tries(l, &a);
	if (end == SEK_CARD_END_UNABLE)
		return (SEK_CARD_END_RESET);
	if (end != SEK_CARD_END_OK || a.sw == SW_DONE)
		return (end);
	return (card_tries_of(a.sw) != SEK_CARD_TRIES_UNKNOWN ?
	    SEK_CARD_END_OK : SEK_CARD_END_RESET);
}

static enum sek_card_end
probe(struct card_link *l, struct sek_card_seen *seen)
{
	struct card_answer a;
	enum sek_card_end end;

	(void)seen;
	if ((end = select_application(l, &a)) != SEK_CARD_END_OK)
		return (end);
	if (a.sw != SW_DONE)
		return (SEK_CARD_END_UNKNOWN);
	end = select_file(l, EF_TOKEN, &a);
	if (end == SEK_CARD_END_OK)
		end = read_part(l, 0, TOKEN_LEN, &a);
	if ((end == SEK_CARD_END_UNABLE || end == SEK_CARD_END_GARBAGE) &&
	    keeps(l, false) == SEK_CARD_END_RESET)
		return (SEK_CARD_END_RESET);
	if (end == SEK_CARD_END_UNABLE)
		return (SEK_CARD_END_UNKNOWN);
	if (end != SEK_CARD_END_OK)
		return (end);
	if (is_phone(a.data, a.len))
		return (SEK_CARD_END_PHONE);
	return (is_token(a.data, a.len) ? SEK_CARD_END_OK :
	    SEK_CARD_END_UNKNOWN);
}

/* How long it is, by its own head, which is of the first bytes read. */
static enum sek_card_end
whole(const uint8_t *der, size_t max, size_t *total)
{
	const unsigned char *p = der;
	int tag, class, r;
	long len;

	(void)ERR_set_mark();
	r = ASN1_get_object(&p, &len, &tag, &class, (long)max);
	(void)ERR_pop_to_mark();
	if (r != V_ASN1_CONSTRUCTED || tag != V_ASN1_SEQUENCE ||
	    class != V_ASN1_UNIVERSAL)
		return (SEK_CARD_END_GARBAGE);
	*total = (size_t)(p - der) + (size_t)len;
	return (SEK_CARD_END_OK);
}

static enum sek_card_end
certificate(struct card_link *l, uint32_t key, uint8_t *out, size_t max,
    size_t *n)
{
	struct card_answer a;
	enum sek_card_end end;
	size_t at = 0, total = max;

	(void)key;
	*n = 0;
	memset(out, 0, max);
	end = select_file(l, EF_CERTIFICATE, &a);
	while (end == SEK_CARD_END_OK && at < total) {
		end = read_part(l, at, total - at, &a);
		if (end != SEK_CARD_END_OK)
			break;
		if (a.len > total - at)
			return (SEK_CARD_END_GARBAGE);
		memcpy(out + at, a.data, a.len);
		if (at == 0)
			end = whole(out, max, &total);
		at += a.len;
	}
	if (end == SEK_CARD_END_OK)
		*n = total;
	return (end);
}

/* 9000 is a status that someone left. */
static enum sek_card_end
tries(struct card_link *l, uint32_t *left)
{
	struct card_answer a;
	enum sek_card_end end;

	*left = SEK_CARD_TRIES_UNKNOWN;
	end = ask_tries(l, &a);
	if (end == SEK_CARD_END_OK && a.sw == SW_DONE &&
	    (end = card_reset(l, false)) == SEK_CARD_END_OK &&
	    (end = select_application(l, &a)) == SEK_CARD_END_OK)
		end = ask_tries(l, &a);
	if (end != SEK_CARD_END_OK)
		return (end);
	*left = card_tries_of(a.sw);
	return (*left == SEK_CARD_TRIES_UNKNOWN ? SEK_CARD_END_GARBAGE :
	    SEK_CARD_END_OK);
}

static enum sek_card_end
verify(struct card_link *l, const char *pin, size_t len, uint32_t *left)
{
	const struct card_command c = { .ins = 0x20, .p2 = 0x80,
	    .data = (const uint8_t *)pin, .len = len, .secret = true };
	struct card_answer a;
	enum sek_card_end end;

	/* The PIN is the one that tries() selected. */
	*left = SEK_CARD_TRIES_UNKNOWN;
	end = card_command(l, &c, &a);
	return (end == SEK_CARD_END_OK ? card_verified(a.sw, left) : end);
}

static enum sek_card_end
sign(struct card_link *l, uint32_t key, enum sek_card_algorithm algorithm,
    const uint8_t *digest, size_t len, uint8_t *out, size_t max, size_t *n)
{
	uint8_t info[CARD_INFO_LEN];
	const struct card_command c = { .cla = 0x80, .ins = 0x2A, .p2 = 0x80,
	    .data = info, .len = sizeof(info), .le = 256 };
	struct card_answer a;
	enum sek_card_end end;

	(void)key;
	*n = 0;
	if (algorithm != SEK_CARD_RSA2048 || len != HASH_LEN)
		return (SEK_CARD_END_UNABLE);
	card_info(info, digest);
	if ((end = select_file(l, EF_KEY, &a)) != SEK_CARD_END_OK ||
	    (end = card_command(l, &c, &a)) != SEK_CARD_END_OK)
		return (end);
	if (a.sw != SW_DONE || a.len != 256 || a.len > max)
		return (SEK_CARD_END_GARBAGE);
	memcpy(out, a.data, a.len);
	*n = a.len;
	return (SEK_CARD_END_OK);
}

const struct card_driver card_jpki = {
	.driver = SEK_CARD_JPKI,
	.model = "My Number Card",
	.probe = probe,
	.certificate = certificate,
	.tries = tries,
	.verify = verify,
	.sign = sign,
	.keeps = keeps,
};
