/*
 * certificate.c - what a card's certificate says of its key
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * In the child, but for card_anchors. Read by libcrypto alone.
 *
 * MUST: an anchor is a file of root's, never what a card gives.
 * MUST: an anchor is chosen by key id: names repeat.
 * MUST: of issuer, serial and holder nothing leaves but one hash.
 * MUST: the host's own queue of OpenSSL errors is left as it was.
 */
#include "config.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "../device/anchors.h"
#include "card.h"

#define SERIAL_MAX	20	/* bytes, RFC 5280 section 4.1.2.2 */
#define LEVEL		2	/* of OpenSSL: 112 bits, no SHA-1 */

/* --------------------------------------------------------- its own words -- */

static bool
wall(int64_t *out, const ASN1_TIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return (false);
	*out = (int64_t)timegm(&tm);
	return (*out > 0);
}

static bool
take_dates(struct card_certificate *out, const X509 *cert)
{

	return (wall(&out->not_before, X509_get0_notBefore(cert)) &&
	    wall(&out->not_after, X509_get0_notAfter(cert)) &&
	    out->not_after > out->not_before);
}

static bool
take_identity(struct card_certificate *out, const X509 *cert)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
	unsigned char *name = NULL, *number = NULL;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	int nname, nnumber;
	bool ok;

	nname = i2d_X509_NAME(X509_get_issuer_name(cert), &name);
	nnumber = i2d_ASN1_INTEGER(serial, &number);
	ok = ASN1_STRING_type(serial) == V_ASN1_INTEGER &&
	    ASN1_STRING_length(serial) <= SERIAL_MAX && nname > 0 &&
	    nnumber > 0 && md != NULL &&
	    EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(md, name, (size_t)nname) == 1 &&
	    EVP_DigestUpdate(md, number, (size_t)nnumber) == 1 &&
	    EVP_DigestFinal_ex(md, out->identity, NULL) == 1;
	EVP_MD_CTX_free(md);
	OPENSSL_free(name);
	OPENSSL_free(number);
	return (ok);
}

static enum sek_card_end
take_key(struct card_certificate *out, X509 *cert)
{
	enum sek_card_algorithm algorithm = SEK_CARD_NONE;
	enum sek_card_end end = SEK_CARD_END_GARBAGE;
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	EVP_PKEY *key;

	if (n > 0 && (key = card_public(der, (size_t)n, &algorithm, &end)) !=
	    NULL) {
		EVP_PKEY_free(key);
		memcpy(out->public_key, der, (size_t)n);
		out->public_len = (uint32_t)n;
		out->algorithm = algorithm;
		end = SEK_CARD_END_OK;
	}
	OPENSSL_free(der);
	return (end);
}

static void
take_issuer(struct card_certificate *out, X509 *cert)
{
	const ASN1_OCTET_STRING *id = X509_get0_authority_key_id(cert);
	int n = id != NULL ? ASN1_STRING_length(id) : 0;

	if (n <= 0 || n > (int)sizeof(out->issuer))
		return;
	memcpy(out->issuer, ASN1_STRING_get0_data(id), (size_t)n);
	out->issuer_len = (uint32_t)n;
}

/* ------------------------------------------------------------ its issuer -- */

static bool
is_within(const X509 *cert, int64_t now)
{
	int64_t from, to;

	return (wall(&from, X509_get0_notBefore(cert)) &&
	    wall(&to, X509_get0_notAfter(cert)) && now >= from && now <= to);
}

static bool
is_issuer(X509 *anchor, const struct card_certificate *c)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(anchor);

	return (id != NULL && c->issuer_len > 0 &&
	    ASN1_STRING_length(id) == (int)c->issuer_len &&
	    memcmp(ASN1_STRING_get0_data(id), c->issuer, c->issuer_len) == 0);
}

/* By this anchor, which is believed as it is, root or not. Dates are looked at
 * elsewhere: an end that has come has a sentence of its own. */
static bool
is_signed_by(X509 *cert, X509_STORE *store, X509 *anchor)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *alone = sk_X509_new_null();
	bool ok = false;

	if (ctx != NULL && alone != NULL && sk_X509_push(alone, anchor) > 0 &&
	    X509_STORE_CTX_init(ctx, store, cert, NULL) == 1) {
		X509_STORE_CTX_set0_trusted_stack(ctx, alone);
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN |
		    X509_V_FLAG_NO_CHECK_TIME);
		X509_STORE_CTX_set_depth(ctx, 0);
		X509_VERIFY_PARAM_set_auth_level(
		    X509_STORE_CTX_get0_param(ctx), LEVEL);
		ok = X509_verify_cert(ctx) == 1;
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_free(alone);
	return (ok);
}

static bool
is_trusted(const struct card_certificate *c, X509 *cert, X509_STORE *store,
    int64_t now)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);
	X509 *anchor;
	int i;

	for (i = 0; i < sk_X509_OBJECT_num(all); i++) {
		anchor = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
		if (anchor != NULL && is_issuer(anchor, c) &&
		    is_within(anchor, now) &&
		    is_signed_by(cert, store, anchor))
			return (true);
	}
	return (false);
}

/* ------------------------------------------------------------ all of it -- */

static enum sek_card_end
examine(struct card_certificate *out, X509 *cert, X509_STORE *anchors,
    int64_t now)
{
	enum sek_card_end end;

	if ((end = take_key(out, cert)) != SEK_CARD_END_OK)
		return (end);
	if (!take_dates(out, cert) || !take_identity(out, cert))
		return (SEK_CARD_END_GARBAGE);
	if ((X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE) == 0)
		return (SEK_CARD_END_UNABLE);
	take_issuer(out, cert);
	if (anchors != NULL && is_trusted(out, cert, anchors, now))
		out->trusted = 1;
	if (anchors != NULL && out->trusted == 0)
		return (SEK_CARD_END_UNTRUSTED);
	return (now >= out->not_before && now <= out->not_after ?
	    SEK_CARD_END_OK : SEK_CARD_END_EXPIRED);
}

enum sek_card_end
card_certificate(struct card_certificate *out, const uint8_t *der, size_t n,
    X509_STORE *anchors, int64_t now)
{
	const unsigned char *p = der;
	enum sek_card_end end = SEK_CARD_END_GARBAGE;
	X509 *cert;

	memset(out, 0, sizeof(*out));
	if (n == 0 || n > CARD_DATA_MAX)
		return (end);
	if ((cert = d2i_X509(NULL, &p, (long)n)) != NULL && p == der + n)
		end = examine(out, cert, anchors, now);
	X509_free(cert);
	return (end);
}

enum sek_card_end
card_certify(struct card_certificate *out, struct card_link *l,
    const struct card_driver *driver, uint32_t key, X509_STORE *anchors,
    int64_t now, struct sek_card_seen *seen)
{
	uint8_t der[CARD_DATA_MAX];
	enum sek_card_end end;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	end = driver->certificate(l, key, der, sizeof(der), &n);
	if (end == SEK_CARD_END_OK)
		end = card_certificate(out, der, n, anchors, now);
	switch (end) {
	case SEK_CARD_END_OK:
	case SEK_CARD_END_UNTRUSTED:
	case SEK_CARD_END_EXPIRED:
		seen->key = key;
		seen->algorithm = out->algorithm;
		seen->not_before = out->not_before;
		seen->not_after = out->not_after;
		seen->trusted = out->trusted;
		break;
	default:
		break;
	}
	return (end);
}

enum sek_err
card_anchors(X509_STORE **out, const struct sek_card_place *place,
    struct sek_why *why)
{
	enum sek_err err;

	*out = NULL;
	if (place->anchors == NULL || place->anchors[0] == '\0')
		return (SEK_OK);
	if ((*out = X509_STORE_new()) == NULL)
		return (sek_why(why, SEK_ERR_NOMEM, "out of memory"));
	(void)ERR_set_mark();
	err = device_anchors(*out, place->anchors, "card.anchors", why);
	(void)ERR_pop_to_mark();
	if (err != SEK_OK) {
		X509_STORE_free(*out);
		*out = NULL;
	}
	return (err);
}

void
card_anchors_free(X509_STORE *anchors)
{

	X509_STORE_free(anchors);
}
