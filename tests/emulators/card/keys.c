/*
 * keys.c - keys and certificates of the software card, and who made them
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Made when first asked for, kept in the card's folder: NAME.key, NAME.der.
 * ca and ca2 have one name and two keys, as those of JPKI do.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <zlib.h>

#include "soft.h"

#define DAY	86400L

/* ------------------------------------------------------------------ keys -- */

static EVP_PKEY *
generate(const char *type)
{

	if (strcmp(type, "rsa1024") == 0)
		return EVP_RSA_gen(1024);
	if (strcmp(type, "rsa3072") == 0)
		return EVP_RSA_gen(3072);
	if (strcmp(type, "rsa4096") == 0)
		return EVP_RSA_gen(4096);
	if (strcmp(type, "p256") == 0)
		return EVP_EC_gen("P-256");
	if (strcmp(type, "p384") == 0)
		return EVP_EC_gen("P-384");
	if (strcmp(type, "p521") == 0)
		return EVP_EC_gen("P-521");
	return EVP_RSA_gen(2048);
}

/* The key of that name, made where it is not there. */
static EVP_PKEY *
key_named(struct soft *s, const char *name, const char *type)
{
	char file[96], text[8192];
	EVP_PKEY *key = NULL;
	BIO *bio = NULL;
	char *data;
	size_t n;
	long len;

	snprintf(file, sizeof(file), "%s.key", name);
	if ((n = file_read(s, file, text, sizeof(text))) > 0) {
		if ((bio = BIO_new_mem_buf(text, (int)n)) != NULL)
			key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		goto out;
	}
	if ((key = generate(type)) == NULL ||
	    (bio = BIO_new(BIO_s_mem())) == NULL ||
	    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1 ||
	    (len = BIO_get_mem_data(bio, &data)) <= 0 ||
	    !file_write(s, file, data, (size_t)len)) {
		EVP_PKEY_free(key);
		key = NULL;
	}
out:
	BIO_free(bio);
	return key;
}

/* "key" for 9a and auth, "key9e" for 9e. */
static const char *
slot_type(const struct soft *s, const char *slot)
{

	return strcmp(slot, "9e") == 0 ?
	    knob(s, "key9e", "rsa2048") : knob(s, "key", "rsa2048");
}

static bool
is_renewed(const struct soft *s)
{

	return knob_is(s, "cert", "renewed");
}

static EVP_PKEY *
slot_key_of(struct soft *s, const char *slot, const char *which)
{
	const char *type = slot_type(s, slot);
	char name[64];

	snprintf(name, sizeof(name), "%s-%s%s", slot, type, which);
	return key_named(s, name, type);
}

EVP_PKEY *
slot_key(struct soft *s, const char *slot)
{

	return slot_key_of(s, slot, is_renewed(s) ? "-renewed" : "");
}

/* ---------------------------------------------------------- certificates -- */

static bool
add(X509_NAME *n, const char *field, const char *text)
{

	return X509_NAME_add_entry_by_txt(n, field, MBSTRING_UTF8,
	    (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool
name_ca(X509_NAME *n)
{

	return add(n, "C", "JP") && add(n, "O", "JPKI") &&
	    add(n, "OU", "JPKI for user authentication") && add(n, "OU",
	    "Japan Agency for Local Authority Information Systems");
}

static bool
name_holder(X509_NAME *n)
{

	return add(n, "C", "JP") &&
	    add(n, "CN", "0000000000SOFTCARD0000000000000A");
}

static bool
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	if ((e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value)) == NULL)
		return false;
	ok = X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

/* So long that no card's certificate is. */
static bool
pad(X509 *x, int bytes)
{
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	uint8_t *zeros = calloc(1, (size_t)bytes);
	X509_EXTENSION *e = NULL;
	bool ok;

	ok = data != NULL && oid != NULL && zeros != NULL &&
	    ASN1_OCTET_STRING_set(data, zeros, bytes) == 1 &&
	    (e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, data)) != NULL &&
	    X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(data);
	ASN1_OBJECT_free(oid);
	free(zeros);
	return ok;
}

static X509 *
blank(EVP_PKEY *key, long from, long to)
{
	X509 *x = X509_new();
	uint8_t random[16];
	BIGNUM *bn = NULL;
	bool ok;

	ok = x != NULL && RAND_bytes(random, sizeof(random)) == 1;
	random[0] &= 0x7f;
	random[0] |= 0x40;
	ok = ok && (bn = BN_bin2bn(random, sizeof(random), NULL)) != NULL &&
	    BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) != NULL &&
	    X509_set_version(x, X509_VERSION_3) == 1 &&
	    X509_gmtime_adj(X509_getm_notBefore(x), from) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(x), to) != NULL &&
	    X509_set_pubkey(x, key) == 1;
	BN_free(bn);
	if (!ok) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static size_t
to_der(X509 *x, uint8_t *out, size_t max)
{
	uint8_t *p = out;
	int n = i2d_X509(x, NULL);

	if (n <= 0 || (size_t)n > max)
		return 0;
	return i2d_X509(x, &p) == n ? (size_t)n : 0;
}

/* In FILE.der and FILE.pem. */
static bool
leave(struct soft *s, const char *file, X509 *x)
{
	char name[96];
	uint8_t *der = malloc(OBJECT_MAX);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	size_t n = 0;
	long len = 0;
	bool ok;

	ok = der != NULL && bio != NULL &&
	    (n = to_der(x, der, OBJECT_MAX)) > 0 &&
	    PEM_write_bio_X509(bio, x) == 1 &&
	    (len = BIO_get_mem_data(bio, &text)) > 0;
	snprintf(name, sizeof(name), "%s.der", file);
	ok = ok && file_write(s, name, der, n);
	snprintf(name, sizeof(name), "%s.pem", file);
	ok = ok && file_write(s, name, text, (size_t)len);
	free(der);
	BIO_free(bio);
	return ok;
}

static X509 *
kept(struct soft *s, const char *file)
{
	uint8_t *der = malloc(OBJECT_MAX);
	const uint8_t *p = der;
	char name[96];
	X509 *x = NULL;
	size_t n;

	snprintf(name, sizeof(name), "%s.der", file);
	if (der != NULL && (n = file_read(s, name, der, OBJECT_MAX)) > 0)
		x = d2i_X509(NULL, &p, (long)n);
	free(der);
	return x;
}

/* "ca" or "ca2"; ca also in anchors/, for card.anchors. */
static X509 *
ca(struct soft *s, const char *which, EVP_PKEY **key)
{
	char folder[512];
	X509 *x = NULL;
	bool ok;

	if ((*key = key_named(s, which, "rsa2048")) == NULL)
		return NULL;
	if ((x = kept(s, which)) != NULL)
		return x;
	ok = (x = blank(*key, -3650 * DAY, 3650 * DAY)) != NULL &&
	    name_ca(X509_get_subject_name(x)) &&
	    name_ca(X509_get_issuer_name(x)) &&
	    extend(x, x, NID_basic_constraints, "critical,CA:TRUE") &&
	    extend(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    extend(x, x, NID_subject_key_identifier, "hash") &&
	    X509_sign(x, *key, EVP_sha256()) > 0 && leave(s, which, x);
	if (ok && strcmp(which, "ca") == 0) {
		snprintf(folder, sizeof(folder), "%s/anchors", s->dir);
		mkdir(folder, 0755);
		ok = leave(s, "anchors/ca", x);
	}
	if (!ok) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

size_t
ca_certificate(struct soft *s, uint8_t *out, size_t max)
{
	EVP_PKEY *key;
	X509 *x = ca(s, "ca", &key);
	size_t n = x == NULL ? 0 : to_der(x, out, max);

	X509_free(x);
	EVP_PKEY_free(key);
	return n;
}

struct span {
	long	from, to;
};

static struct span
dates(const char *kind)
{

	if (strcmp(kind, "expired") == 0)
		return (struct span){ -400 * DAY, -2 * DAY };
	if (strcmp(kind, "future") == 0)
		return (struct span){ 2 * DAY, 400 * DAY };
	if (strcmp(kind, "soon") == 0)
		return (struct span){ -400 * DAY, 20 * DAY };
	if (strcmp(kind, "redated") == 0)
		return (struct span){ -5 * DAY, 900 * DAY };
	return (struct span){ -30 * DAY, 700 * DAY };
}

static bool
extensions(X509 *x, X509 *issuer, const char *kind)
{

	if (!extend(x, issuer, NID_key_usage, "critical,digitalSignature") ||
	    !extend(x, issuer, NID_ext_key_usage, "clientAuth"))
		return false;
	if (strcmp(kind, "huge") == 0 && !pad(x, 12000))
		return false;
	if (strcmp(kind, "big") == 0 && !pad(x, 3000))
		return false;
	return strcmp(kind, "noaki") == 0 || extend(x, issuer,
	    NID_authority_key_identifier, "keyid:always");
}

/* One that was signed in whole, by what kind says. */
static X509 *
issue(struct soft *s, const char *slot, const char *kind)
{
	bool other = strcmp(kind, "otherkey") == 0;
	EVP_PKEY *key = NULL, *signer = NULL;
	struct span d = dates(kind);
	X509 *x = NULL, *issuer = NULL;
	bool ok = false;

	key = other ? slot_key_of(s, slot, "-other") : slot_key(s, slot);
	if (key == NULL || (x = blank(key, d.from, d.to)) == NULL)
		goto out;
	if (strcmp(kind, "selfsigned") == 0) {
		signer = key;
		EVP_PKEY_up_ref(key);
		ok = name_holder(X509_get_issuer_name(x));
	} else {
		issuer = ca(s, strcmp(kind, "otherca") == 0 ? "ca2" : "ca",
		    &signer);
		ok = issuer != NULL && name_ca(X509_get_issuer_name(x));
	}
	ok = ok && name_holder(X509_get_subject_name(x)) &&
	    (issuer != NULL || extend(x, x, NID_subject_key_identifier,
	    "hash")) &&
	    extensions(x, issuer != NULL ? issuer : x, kind) &&
	    X509_sign(x, signer, EVP_sha256()) > 0;
out:
	if (!ok) {
		X509_free(x);
		x = NULL;
	}
	X509_free(issuer);
	EVP_PKEY_free(signer);
	EVP_PKEY_free(key);
	return x;
}

/* gzip as NIST's test cards have it, zlib as others do. */
static size_t
packed(const uint8_t *in, size_t n, uint8_t *out, size_t max, bool gzip)
{
	z_stream z;
	size_t len = 0;

	memset(&z, 0, sizeof(z));
	if (deflateInit2(&z, 9, Z_DEFLATED, gzip ? 31 : 15, 9,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	z.next_in = (Bytef *)(uintptr_t)in;
	z.avail_in = (uInt)n;
	z.next_out = out;
	z.avail_out = (uInt)max;
	if (deflate(&z, Z_FINISH) == Z_STREAM_END)
		len = z.total_out;
	deflateEnd(&z);
	return len;
}

/* Some megabytes of nothing in some kilobytes. */
static size_t
bomb(uint8_t *out, size_t max)
{
	size_t n = 6u << 20, len;
	uint8_t *zeros = calloc(1, n);

	len = zeros == NULL ? 0 : packed(zeros, n, out, max, true);
	free(zeros);
	return len;
}

/* What is wrong with its bytes, not with what they say. */
static size_t
bend(const char *kind, uint8_t *der, size_t n, size_t max)
{
	uint8_t *copy;

	if (strcmp(kind, "garbage") == 0) {
		RAND_bytes(der, 1024);
		memcpy(der, "\x30\x82\x03\xfc", 4);
		return 1024;
	}
	if (strcmp(kind, "truncated") == 0)
		return n / 2;
	if (strcmp(kind, "lies") == 0)
		memset(der + 2, 0xff, 2);
	if (strcmp(kind, "badsig") == 0)
		der[n - 7] ^= 0x40;
	if (strcmp(kind, "trail") == 0 && n + 16 <= max) {
		memset(der + n, 0x41, 16);
		return n + 16;
	}
	if (strcmp(kind, "bomb") == 0)
		return bomb(der, max);
	if (strcmp(kind, "gzip") != 0 && strcmp(kind, "zlib") != 0)
		return n;
	if ((copy = malloc(n)) == NULL)
		return 0;
	memcpy(copy, der, n);
	n = packed(copy, n, der, max, strcmp(kind, "gzip") == 0);
	free(copy);
	return n;
}

size_t
slot_certificate(struct soft *s, const char *slot, uint8_t *out, size_t max)
{
	const char *kind = knob(s, "cert", "ok");
	const char *base = kind;
	char file[64];
	size_t n = 0;
	X509 *x;

	if (strcmp(kind, "none") == 0)
		return 0;
	/* These are made of the good one. */
	if (strcmp(kind, "garbage") == 0 || strcmp(kind, "truncated") == 0 ||
	    strcmp(kind, "lies") == 0 || strcmp(kind, "badsig") == 0 ||
	    strcmp(kind, "trail") == 0 || strcmp(kind, "bomb") == 0 ||
	    strcmp(kind, "gzip") == 0 || strcmp(kind, "zlib") == 0 ||
	    strcmp(kind, "empty") == 0)
		base = "ok";
	snprintf(file, sizeof(file), "%.8s-%.12s-%.16s", slot,
	    slot_type(s, slot), base);
	if ((x = kept(s, file)) == NULL &&
	    ((x = issue(s, slot, base)) == NULL || !leave(s, file, x)))
		soft_log(s, "trouble: no certificate %s", file);
	else if (leave(s, slot, x))
		n = to_der(x, out, max);
	X509_free(x);
	return n == 0 ? 0 : bend(kind, out, n, max);
}

/* -------------------------------------------------------------- signing -- */

static size_t
sign_by(EVP_PKEY *key, bool padded, const uint8_t *data, size_t n,
    uint8_t *out, size_t max)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	size_t len = max;

	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
	    (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx,
	    padded ? RSA_PKCS1_PADDING : RSA_NO_PADDING) != 1) ||
	    EVP_PKEY_sign(ctx, out, &len, data, n) != 1)
		len = 0;
	EVP_PKEY_CTX_free(ctx);
	return len;
}

/* What it lies. */
static size_t
lie(struct soft *s, const char *slot, uint8_t *out, size_t n, size_t max)
{
	const char *kind = knob(s, "sig", "ok");
	uint8_t old[1024];
	char file[32];
	size_t len;

	snprintf(file, sizeof(file), "%s.sig", slot);
	len = file_read(s, file, old, sizeof(old));
	file_write(s, file, out, n);
	if (strcmp(kind, "replay") == 0 && len > 0) {
		memcpy(out, old, len);
		return len;
	}
	if (strcmp(kind, "wrong") == 0)
		out[n - 3] ^= 0x04;
	else if (strcmp(kind, "zero") == 0)
		memset(out, 0, n);
	else if (strcmp(kind, "garbage") == 0)
		RAND_bytes(out, (int)n);
	else if (strcmp(kind, "short") == 0)
		n--;
	else if (strcmp(kind, "empty") == 0)
		n = 0;
	else if (strcmp(kind, "long") == 0 && n + 300 < max) {
		memset(out + n, 0x5a, 300);
		n += 300;
	}
	return n;
}

size_t
slot_sign(struct soft *s, const char *slot, bool padded, const uint8_t *data,
    size_t n, uint8_t *out, size_t max)
{
	uint8_t copy[1024];
	EVP_PKEY *key;
	size_t len;

	if (n > sizeof(copy))
		return 0;
	memcpy(copy, data, n);
	/* Another text than was asked for. */
	if (knob_is(s, "sig", "othertext"))
		copy[n - 1] ^= 0x01;
	key = knob_is(s, "sig", "otherkey") ?
	    slot_key_of(s, slot, "-other") : slot_key(s, slot);
	if (key == NULL)
		return 0;
	len = sign_by(key, padded, copy, n, out, max);
	EVP_PKEY_free(key);
	return len == 0 ? 0 : lie(s, slot, out, len, max);
}
