/*
 * verify.c - does a signature hold? By libcrypto, of bounded bytes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reaches for no device; runs in the caller.
 *
 * MUST: the verdict is SEK_ERR_REFUSED until all of it holds.
 * MUST: a key is of one of four forms, told by their first bytes before
 * anything is made of the others: no curve is what its bytes say it is.
 * MUST: the host's own queue of OpenSSL errors is left as it was.
 */
#include "config.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "card.h"

#define EXPONENT_MIN_BITS	17	/* 65537 */
#define EXPONENT_MAX_BITS	64

/* ------------------------------------------------------------- the key -- */

/* AlgorithmIdentifier: rsaEncryption, NULL. */
static const uint8_t rsa[] = { 0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86,
    0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00 };
/* id-ecPublicKey */
static const uint8_t ec[] = { 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02,
    0x01 };
/* All of a key but its point, which is not compressed. */
static const uint8_t p256[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86,
    0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
    0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04 };
static const uint8_t p384[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86,
    0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22,
    0x03, 0x62, 0x00, 0x04 };

static bool
has(const uint8_t *p, size_t n, size_t at, const uint8_t *what, size_t len)
{

	return (n >= at && n - at >= len && memcmp(p + at, what, len) == 0);
}

/* By its first bytes; *end where it is none of ours. */
static bool
is_rsa(const uint8_t *spki, size_t n, enum sek_card_algorithm *algorithm,
    enum sek_card_end *end)
{
	size_t head = n < 2 || spki[1] < 0x80 ? 2 : (spki[1] & 0x7Fu) + 2u;

	*algorithm = SEK_CARD_NONE;
	*end = SEK_CARD_END_UNABLE;
	if (has(spki, n, head, rsa, sizeof(rsa)))
		return (true);
	if (has(spki, n, 0, p256, sizeof(p256)) && n == sizeof(p256) + 64)
		*algorithm = SEK_CARD_P256;
	else if (has(spki, n, 0, p384, sizeof(p384)) &&
	    n == sizeof(p384) + 96)
		*algorithm = SEK_CARD_P384;
	else if (has(spki, n, head + 2, ec, sizeof(ec)) ||
	    has(spki, n, head + 4, ec, sizeof(ec)) ||
	    has(spki, n, head + 3, ec, sizeof(ec)))
		*end = SEK_CARD_END_WEAK;
	return (false);
}

static enum sek_card_end
judge_rsa(EVP_PKEY *key, enum sek_card_algorithm *algorithm)
{
	BIGNUM *n = NULL, *e = NULL;
	enum sek_card_end end = SEK_CARD_END_UNABLE;
	int bits;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &e) == 1) {
		bits = BN_num_bits(n);
		if (bits < 2048 || !BN_is_odd(n) || !BN_is_odd(e) ||
		    BN_num_bits(e) < EXPONENT_MIN_BITS ||
		    BN_num_bits(e) > EXPONENT_MAX_BITS)
			end = SEK_CARD_END_WEAK;
		else if (bits == 2048 || bits == 3072) {
			*algorithm = bits == 2048 ? SEK_CARD_RSA2048 :
			    SEK_CARD_RSA3072;
			end = SEK_CARD_END_OK;
		}
	}
	BN_free(n);
	BN_free(e);
	return (end);
}

EVP_PKEY *
card_public(const uint8_t *spki, size_t n, enum sek_card_algorithm *algorithm,
    enum sek_card_end *end)
{
	const unsigned char *p = spki;
	EVP_PKEY *key = NULL;
	bool rsa_key;

	(void)ERR_set_mark();
	rsa_key = is_rsa(spki, n, algorithm, end);
	if (n <= SEK_CARD_PUBLIC_MAX &&
	    (rsa_key || *algorithm != SEK_CARD_NONE)) {
		key = d2i_PUBKEY(NULL, &p, (long)n);
		*end = key == NULL || p != spki + n ? SEK_CARD_END_GARBAGE :
		    rsa_key ? judge_rsa(key, algorithm) : SEK_CARD_END_OK;
	}
	if (*end != SEK_CARD_END_OK) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	(void)ERR_pop_to_mark();
	return (key);
}

/* ------------------------------------------------------- the signature -- */

static const EVP_MD *
digest_of(enum sek_card_algorithm algorithm)
{

	switch (algorithm) {
	case SEK_CARD_RSA2048:
	case SEK_CARD_RSA3072:
	case SEK_CARD_P256:
		return (EVP_sha256());
	case SEK_CARD_P384:
		return (EVP_sha384());
	case SEK_CARD_NONE:
	case SEK_CARD_ALGORITHMS:
	default:
		return (NULL);
	}
}

bool
card_digest(enum sek_card_algorithm algorithm,
    const uint8_t challenge[SEK_CARD_CHALLENGE_LEN], uint8_t *out, size_t *len)
{
	const EVP_MD *md = digest_of(algorithm);
	unsigned n = 0;

	if (md == NULL || EVP_Digest(challenge, SEK_CARD_CHALLENGE_LEN, out,
	    &n, md, NULL) != 1 || n > CARD_DIGEST_MAX)
		return (false);
	*len = n;
	return (true);
}

static bool
holds(const struct sek_card_signature *s, EVP_PKEY *key,
    enum sek_card_algorithm algorithm, const uint8_t *challenge)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *ctx = NULL;	/* md's */
	bool ok;

	ok = md != NULL && EVP_DigestVerifyInit(md, &ctx, digest_of(algorithm),
	    NULL, key) == 1 &&
	    ((algorithm != SEK_CARD_RSA2048 && algorithm != SEK_CARD_RSA3072) ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1) &&
	    EVP_DigestVerify(md, s->signature, s->signature_len, challenge,
	    SEK_CARD_CHALLENGE_LEN) == 1;
	EVP_MD_CTX_free(md);
	return (ok);
}

enum sek_err
card_verify(const struct sek_card_signature *s, const struct sek_card *card,
    const uint8_t challenge[SEK_CARD_CHALLENGE_LEN], struct sek_why *why)
{
	enum sek_card_algorithm algorithm;
	enum sek_card_end end;
	enum sek_err err = SEK_ERR_REFUSED;
	EVP_PKEY *key;

	if (s->end != SEK_CARD_END_OK || sek_card_check(card) != SEK_OK ||
	    s->signature_len == 0 || s->signature_len > sizeof(s->signature))
		return (sek_why(why, err, "no signature to verify"));
	(void)ERR_set_mark();
	key = card_public(card->public_key, card->public_len, &algorithm,
	    &end);
	if (key != NULL && algorithm == card->brief.algorithm &&
	    holds(s, key, algorithm, challenge))
		err = SEK_OK;
	EVP_PKEY_free(key);
	(void)ERR_pop_to_mark();
	if (err != SEK_OK)
		return (sek_why(why, err, "the signature does not hold"));
	return (err);
}
