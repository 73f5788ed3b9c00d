/*
 * record_seal.c - a seal: its text, its signature
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <string.h>

#include <sodium.h>

#include "sekisho/base/clock.h"
#include "sekisho/base/secret.h"
#include "sekisho/base/text.h"
#include "sekisho/edge/record_seal.h"

_Static_assert(crypto_sign_PUBLICKEYBYTES == SEK_SEAL_KEY_LEN, "Ed25519");
_Static_assert(crypto_sign_SEEDBYTES == SEK_SEAL_SEED_LEN, "Ed25519");
_Static_assert(crypto_sign_BYTES == SEK_SEAL_SIGNATURE_LEN, "Ed25519");
_Static_assert(crypto_hash_sha256_BYTES == SEK_HASH_LEN, "SHA-256");

static enum sek_err
write_body(struct sek_seal_row *out, const struct sek_seal *in)
{
	char hash[65], previous[65], key[65], next[65], manifest[65] = "";
	enum sek_err err;

	sek_text_hex(hash, in->hash, SEK_HASH_LEN);
	sek_text_hex(previous, in->previous, SEK_HASH_LEN);
	sek_text_hex(key, in->key, SEK_SEAL_KEY_LEN);
	sek_text_hex(next, in->next, SEK_SEAL_KEY_LEN);
	if (in->has_manifest)
		sek_text_hex(manifest, in->manifest, SEK_HASH_LEN);
	memset(out, 0, sizeof(*out));
	err = sek_text_format(out->body, sizeof(out->body), "version=%d\n"
	    "number=%llu\nseries=%s\nterminal=%s\nseq=%llu\nhash=%s\n"
	    "time=%s\nprevious=%s\nkey=%s\nnext=%s\n%s%s%s",
	    SEK_SEAL_VERSION, (unsigned long long)in->number, in->series,
	    in->terminal, (unsigned long long)in->seq, hash, in->time,
	    previous, key, next, in->has_manifest ? "manifest=" : "",
	    manifest, in->has_manifest ? "\n" : "");
	out->number = in->number;
	out->seq = in->seq;
	out->body_len = (uint32_t)strlen(out->body);
	return (err);
}

enum sek_err
sek_record_seal_sign(struct sek_seal_row *out, struct sek_seal *in,
    const uint8_t seed[SEK_SEAL_SEED_LEN], const char *zone)
{
	struct sek_secret sk = SEK_SECRET_NONE;
	enum sek_err err;

	if ((err = sek_secret_new(&sk, crypto_sign_SECRETKEYBYTES)) != SEK_OK)
		return (err);
	(void)crypto_sign_seed_keypair(in->key, sk.data, seed);
	if (in->time[0] == '\0')
		sek_clock_print(in->time, sizeof(in->time), in->wall, zone);
	if ((err = write_body(out, in)) == SEK_OK &&
	    crypto_sign_detached(out->signature, NULL,
	    (const unsigned char *)out->body, out->body_len, sk.data) != 0)
		err = SEK_ERR_CRYPTO;
	sek_secret_free(&sk);
	return (err);
}

static bool
take_number(const char **p, const char *name, uint64_t *out)
{
	int64_t v;

	if (!sek_text_take_number(p, name, INT64_MAX, &v))
		return (false);
	*out = (uint64_t)v;
	return (true);
}

static bool
take_hex(const char **p, const char *name, uint8_t *out, size_t len)
{
	char text[2 * 32 + 1];

	return (sek_text_take_line(p, name, text, sizeof(text)) &&
	    sek_text_unhex(out, len, text) == SEK_OK);
}

static bool
parse(struct sek_seal *out, const char *p)
{
	uint64_t version;

	memset(out, 0, sizeof(*out));
	if (!take_number(&p, "version", &version) ||
	    version != SEK_SEAL_VERSION ||
	    !take_number(&p, "number", &out->number) ||
	    !sek_text_take_line(&p, "series", out->series,
	    sizeof(out->series)) || !sek_text_take_line(&p, "terminal",
	    out->terminal, sizeof(out->terminal)) ||
	    !take_number(&p, "seq", &out->seq) ||
	    !take_hex(&p, "hash", out->hash, SEK_HASH_LEN) ||
	    !sek_text_take_line(&p, "time", out->time, sizeof(out->time)) ||
	    sek_clock_parse(&out->wall, out->time) != SEK_OK ||
	    !take_hex(&p, "previous", out->previous, SEK_HASH_LEN) ||
	    !take_hex(&p, "key", out->key, SEK_SEAL_KEY_LEN) ||
	    !take_hex(&p, "next", out->next, SEK_SEAL_KEY_LEN))
		return (false);
	if (*p == '\0')
		return (true);
	out->has_manifest = true;
	return (take_hex(&p, "manifest", out->manifest, SEK_HASH_LEN) &&
	    *p == '\0');
}

enum sek_err
sek_record_seal_read(struct sek_seal *out, const struct sek_seal_row *row)
{
	struct sek_seal_row again;

	if (row->body_len >= sizeof(row->body) ||
	    strnlen(row->body, sizeof(row->body)) != row->body_len ||
	    !parse(out, row->body) || out->number != row->number ||
	    out->seq != row->seq ||
	    !sek_text_is_clean(out->terminal, sizeof(out->terminal) - 1) ||
	    !sek_text_is_clean(out->series, sizeof(out->series) - 1) ||
	    write_body(&again, out) != SEK_OK ||
	    again.body_len != row->body_len ||
	    memcmp(again.body, row->body, row->body_len) != 0)
		return (SEK_ERR_SYNTAX);
	if (crypto_sign_verify_detached(row->signature,
	    (const unsigned char *)row->body, row->body_len, out->key) != 0)
		return (SEK_ERR_TAMPERED);
	return (SEK_OK);
}

void
sek_record_seal_digest(uint8_t out[SEK_HASH_LEN],
    const struct sek_seal_row *row)
{
	crypto_hash_sha256(out, (const unsigned char *)row->body,
	    row->body_len);
}

void
sek_record_seal_public(uint8_t out[SEK_SEAL_KEY_LEN],
    const uint8_t seed[SEK_SEAL_SEED_LEN])
{
	unsigned char sk[crypto_sign_SECRETKEYBYTES];

	(void)crypto_sign_seed_keypair(out, sk, seed);
	sek_wipe(sk, sizeof(sk));
}
