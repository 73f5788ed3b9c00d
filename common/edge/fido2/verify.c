/*
 * verify.c - does a signature hold? By libfido2, of bounded bytes
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Reaches for no device; runs in the caller.
 *
 * MUST: the verdict is SEK_ERR_REFUSED until all of it holds.
 * MUST: an Ed25519 key of small order, for which anybody can sign, is none.
 * MUST: the host's own queue of OpenSSL errors is left as it was.
 */
#include "config.h"

#include <string.h>

#include <openssl/err.h>

#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include <sodium.h>

#include "key.h"

#define FLAG_VERIFIED	0x04u

int
key_cose(uint8_t algorithm)
{

	switch (algorithm) {
	case SEK_FIDO2_ES256:
		return (COSE_ES256);
	case SEK_FIDO2_EDDSA:
		return (COSE_EDDSA);
	case SEK_FIDO2_RS256:
		return (COSE_RS256);
	default:
		return (COSE_UNSPEC);
	}
}

static bool
fill(uint8_t algorithm, void *pk, const uint8_t *bytes, size_t len)
{

	switch (algorithm) {
	case SEK_FIDO2_ES256:
		return (es256_pk_from_ptr(pk, bytes, len) == FIDO_OK);
	case SEK_FIDO2_EDDSA:
		return (len == crypto_core_ed25519_BYTES &&
		    crypto_core_ed25519_is_valid_point(bytes) == 1 &&
		    eddsa_pk_from_ptr(pk, bytes, len) == FIDO_OK);
	case SEK_FIDO2_RS256:
		return (rs256_pk_from_ptr(pk, bytes, len) == FIDO_OK);
	default:
		return (false);
	}
}

void *
key_public(const struct sek_fido2 *c)
{
	void *pk = NULL;

	if (sek_fido2_check(c) != SEK_OK)
		return (NULL);
	if (c->brief.algorithm == SEK_FIDO2_ES256)
		pk = es256_pk_new();
	else if (c->brief.algorithm == SEK_FIDO2_EDDSA)
		pk = eddsa_pk_new();
	else if (c->brief.algorithm == SEK_FIDO2_RS256)
		pk = rs256_pk_new();
	if (pk != NULL &&
	    !fill(c->brief.algorithm, pk, c->public_key, c->public_len))
		key_public_free(c, &pk);
	return (pk);
}

void
key_public_free(const struct sek_fido2 *c, void **pk)
{
	es256_pk_t *es = *pk;
	eddsa_pk_t *ed = *pk;
	rs256_pk_t *rs = *pk;

	if (c->brief.algorithm == SEK_FIDO2_ES256)
		es256_pk_free(&es);
	else if (c->brief.algorithm == SEK_FIDO2_EDDSA)
		eddsa_pk_free(&ed);
	else
		rs256_pk_free(&rs);
	*pk = NULL;
}

static int
load(fido_assert_t *a, const struct sek_fido2_assertion *in,
    const struct sek_fido2 *c, const uint8_t hash[SEK_FIDO2_HASH_LEN])
{
	int r;

	if ((r = fido_assert_set_rp(a, c->rp_id)) != FIDO_OK ||
	    (r = fido_assert_set_clientdata_hash(a, hash,
	    SEK_FIDO2_HASH_LEN)) != FIDO_OK ||
	    (r = fido_assert_set_up(a, FIDO_OPT_TRUE)) != FIDO_OK ||
	    (r = fido_assert_set_uv(a, c->brief.uv == SEK_FIDO2_UV_REQUIRED ?
	    FIDO_OPT_TRUE : FIDO_OPT_OMIT)) != FIDO_OK ||
	    (r = fido_assert_set_count(a, 1)) != FIDO_OK ||
	    (r = fido_assert_set_authdata(a, 0, in->authdata,
	    in->authdata_len)) != FIDO_OK ||
	    (r = fido_assert_set_sig(a, 0, in->signature,
	    in->signature_len)) != FIDO_OK)
		return (r);
	return (FIDO_OK);
}

/* The flags and the counter are read only from what was signed. */
static int
check(struct sek_fido2_proof *out, const struct sek_fido2_assertion *in,
    const struct sek_fido2 *c, const uint8_t hash[SEK_FIDO2_HASH_LEN])
{
	fido_assert_t *a = fido_assert_new();
	void *pk = key_public(c);
	int r = FIDO_ERR_INTERNAL;

	if (a != NULL && pk != NULL &&
	    (r = load(a, in, c, hash)) == FIDO_OK &&
	    (r = fido_assert_verify(a, 0, key_cose(c->brief.algorithm), pk)) ==
	    FIDO_OK) {
		out->counter = fido_assert_sigcount(a, 0);
		if ((fido_assert_flags(a, 0) & FLAG_VERIFIED) != 0)
			out->verified = in->verified;
	}
	if (pk != NULL)
		key_public_free(c, &pk);
	fido_assert_free(&a);
	return (r);
}

enum sek_err
key_verify(struct sek_fido2_proof *out, const struct sek_fido2_assertion *a,
    const struct sek_fido2 *c, const uint8_t hash[SEK_FIDO2_HASH_LEN],
    struct sek_why *why)
{
	enum sek_err err = SEK_ERR_REFUSED;
	int r = FIDO_ERR_INVALID_ARGUMENT;

	memset(out, 0, sizeof(*out));
	if (a->end != SEK_FIDO2_END_OK || sek_fido2_check(c) != SEK_OK ||
	    a->verified >= SEK_FIDO2_VERIFIES_COUNT ||
	    a->authdata_len == 0 || a->authdata_len > sizeof(a->authdata) ||
	    a->signature_len == 0 || a->signature_len > sizeof(a->signature))
		return (sek_why(why, err, "no signature to verify"));
	(void)ERR_set_mark();
	if ((r = check(out, a, c, hash)) == FIDO_OK)
		err = SEK_OK;
	(void)ERR_pop_to_mark();
	if (err != SEK_OK)
		return (sek_why(why, err, "the signature does not hold (%s)",
		    fido_strerr(r)));
	return (err);
}
