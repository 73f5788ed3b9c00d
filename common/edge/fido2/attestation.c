/*
 * attestation.c - what the maker of a key says of it, and whether to believe
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the caller, of bounded bytes. WebAuthn Level 2, sections 7.1 and 8.2.
 *
 * MUST: a statement that is wrong is refused, also where none is called for.
 * MUST: the AAGUID of a certificate, where it names one, is the credential's.
 * MUST: the host's own queue of OpenSSL errors is left as it was.
 */
#include "config.h"

#include <string.h>

#include <openssl/err.h>

#include <sodium.h>

#include "sekisho/base/text.h"

#include "certificate.h"
#include "key.h"

#define FLAG_PRESENT	0x01u
#define FLAG_VERIFIED	0x04u

static bool
load(fido_cred_t *c, const struct key_made *m,
    const struct sek_fido2_make *in, const uint8_t hash[SEK_FIDO2_HASH_LEN])
{
	bool none = strcmp(m->format, "none") == 0;

	return (fido_cred_set_type(c, key_cose((uint8_t)m->algorithm)) ==
	    FIDO_OK &&
	    fido_cred_set_clientdata_hash(c, hash, SEK_FIDO2_HASH_LEN) ==
	    FIDO_OK &&
	    fido_cred_set_rp(c, in->rp_id, in->rp_name) == FIDO_OK &&
	    fido_cred_set_uv(c, in->uv == SEK_FIDO2_UV_REQUIRED ?
	    FIDO_OPT_TRUE : FIDO_OPT_OMIT) == FIDO_OK &&
	    fido_cred_set_fmt(c, m->format) == FIDO_OK &&
	    fido_cred_set_authdata(c, m->authdata, m->authdata_len) ==
	    FIDO_OK && (none || m->statement_len == 0 ||
	    fido_cred_set_attstmt(c, m->statement, m->statement_len) ==
	    FIDO_OK));
}

/* For this RP id, with its holder present, verified where that was asked. */
static bool
is_for_us(const fido_cred_t *c, const struct sek_fido2_make *in)
{
	uint8_t rp[crypto_hash_sha256_BYTES];
	const uint8_t *raw = fido_cred_authdata_raw_ptr(c);
	uint8_t flags = fido_cred_flags(c);

	(void)crypto_hash_sha256(rp, (const uint8_t *)in->rp_id,
	    strlen(in->rp_id));
	return (raw != NULL && fido_cred_authdata_raw_len(c) >= sizeof(rp) &&
	    memcmp(raw, rp, sizeof(rp)) == 0 && (flags & FLAG_PRESENT) != 0 &&
	    (in->uv != SEK_FIDO2_UV_REQUIRED || (flags & FLAG_VERIFIED) != 0));
}

static enum sek_err
take(struct sek_fido2 *out, const struct key_made *m, const fido_cred_t *c)
{
	size_t id = fido_cred_id_len(c), pk = fido_cred_pubkey_len(c);

	if (id == 0 || id > SEK_FIDO2_CREDENTIAL_MAX || pk == 0 ||
	    pk > sizeof(out->public_key) ||
	    fido_cred_aaguid_len(c) != sizeof(out->brief.aaguid))
		return (SEK_ERR_REFUSED);
	memcpy(out->credential, fido_cred_id_ptr(c), id);
	memcpy(out->public_key, fido_cred_pubkey_ptr(c), pk);
	memcpy(out->brief.aaguid, fido_cred_aaguid_ptr(c),
	    sizeof(out->brief.aaguid));
	out->credential_len = (uint32_t)id;
	out->public_len = (uint32_t)pk;
	out->brief.algorithm = (uint8_t)m->algorithm;
	out->brief.counter = fido_cred_sigcount(c);
	return (SEK_OK);
}

/* By a certificate: its own rules, and whether it leads to a root. */
static enum sek_err
weigh_certificate(uint8_t *level, const fido_cred_t *c, bool packed,
    const char *roots, struct sek_why *why)
{
	bool trusted = false;
	enum sek_err err;

	if (fido_cred_verify(c) != FIDO_OK)
		return (sek_why(why, SEK_ERR_REFUSED, "the security key's "
		    "attestation does not hold"));
	if ((err = key_certificate_check(fido_cred_x5c_ptr(c),
	    fido_cred_x5c_len(c), packed ? fido_cred_aaguid_ptr(c) : NULL,
	    roots, &trusted, why)) == SEK_OK)
		*level = trusted ? SEK_FIDO2_ATTESTATION_TRUSTED :
		    SEK_FIDO2_ATTESTATION_PACKED;
	return (err);
}

/* A format that cannot be checked here says nothing. */
static enum sek_err
weigh(uint8_t *level, const fido_cred_t *c, const char *format,
    const char *roots, struct sek_why *why)
{
	const bool packed = strcmp(format, "packed") == 0;

	*level = SEK_FIDO2_ATTESTATION_NONE;
	if (!packed && strcmp(format, "fido-u2f") != 0)
		return (SEK_OK);
	if (fido_cred_x5c_len(c) > 0)
		return (weigh_certificate(level, c, packed, roots, why));
	if (fido_cred_verify_self(c) != FIDO_OK)
		return (sek_why(why, SEK_ERR_REFUSED, "the security key's "
		    "attestation does not hold"));
	*level = SEK_FIDO2_ATTESTATION_SELF;
	return (SEK_OK);
}

static bool
is_listed(const uint8_t *aaguid, const char *words)
{
	uint8_t one[SEK_FIDO2_AAGUID_LEN];
	char word[SEK_FIDO2_AAGUID_TEXT + 1];
	bool any = false;

	while (words != NULL && sek_text_word(&words, word, sizeof(word))) {
		any = true;
		if (sek_fido2_aaguid_parse(one, word) == SEK_OK &&
		    memcmp(one, aaguid, sizeof(one)) == 0)
			return (true);
	}
	return (!any);
}

static enum sek_err
judge(const struct sek_fido2 *c, const struct sek_fido2_make *in,
    struct sek_why *why)
{
	char aaguid[SEK_FIDO2_AAGUID_TEXT];

	sek_fido2_aaguid_text(aaguid, c->brief.aaguid);
	if (!is_listed(c->brief.aaguid, in->aaguids))
		return (sek_why(why, SEK_ERR_REFUSED, "security keys of this "
		    "model (AAGUID %s) are not taken here: fido2.aaguids",
		    aaguid));
	if (c->brief.attestation < in->least)
		return (sek_why(why, SEK_ERR_REFUSED, "the attestation of this "
		    "security key (AAGUID %s) is \"%s\"; fido2.attestation "
		    "wants \"%s\"", aaguid, sek_fido2_attestation_name(
		    (enum sek_fido2_attestation)c->brief.attestation),
		    sek_fido2_attestation_name(in->least)));
	return (SEK_OK);
}

static enum sek_err
attest(struct sek_fido2 *out, fido_cred_t *c, const struct key_made *m,
    const struct sek_fido2_make *in, const uint8_t hash[SEK_FIDO2_HASH_LEN],
    struct sek_why *why)
{
	enum sek_err err;

	if (!load(c, m, in, hash) || !is_for_us(c, in) ||
	    take(out, m, c) != SEK_OK)
		return (sek_why(why, SEK_ERR_REFUSED, "the security key made "
		    "something else than was asked of it"));
	if ((err = weigh(&out->brief.attestation, c, m->format, in->roots,
	    why)) != SEK_OK)
		return (err);
	return (judge(out, in, why));
}

enum sek_err
key_attest(struct sek_fido2 *out, const struct key_made *made,
    const struct sek_fido2_make *in, const uint8_t hash[SEK_FIDO2_HASH_LEN],
    struct sek_why *why)
{
	fido_cred_t *c = fido_cred_new();
	enum sek_err err;

	memset(out, 0, sizeof(*out));
	if (c == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	(void)ERR_set_mark();
	err = attest(out, c, made, in, hash, why);
	(void)ERR_pop_to_mark();
	fido_cred_free(&c);
	if (err != SEK_OK)
		memset(out, 0, sizeof(*out));
	return (err);
}
