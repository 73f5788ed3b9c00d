/*
 * cred.c - the software key's credentials, and what it attests
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * CTAP 2.1 section 6.1, WebAuthn L2 sections 6.5.2 and 8.2.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "key.h"

/* ----------------------------------------------------- CBOR in short -- */

cbor_item_t *
map_new(void)
{

	/* What is not filled is not sent. */
	return cbor_new_definite_map(24);
}

void
map_put(cbor_item_t *map, cbor_item_t *key, cbor_item_t *value)
{

	if (!cbor_map_add(map, (struct cbor_pair){
	    .key = cbor_move(key), .value = cbor_move(value) }))
		abort();
}

cbor_item_t *
c_int(int64_t v)
{
	cbor_item_t *i;
	uint64_t u = v < 0 ? (uint64_t)(-1 - v) : (uint64_t)v;

	if (u < 0x100)
		i = cbor_build_uint8((uint8_t)u);
	else if (u < 0x10000)
		i = cbor_build_uint16((uint16_t)u);
	else if (u < 0x100000000)
		i = cbor_build_uint32((uint32_t)u);
	else
		i = cbor_build_uint64(u);
	if (v < 0)
		cbor_mark_negint(i);
	return i;
}

cbor_item_t *
c_bytes(const void *p, size_t len)
{

	return cbor_build_bytestring(p, len);
}

cbor_item_t *
c_str(const char *s)
{

	return cbor_build_string(s);
}

void
map_int(cbor_item_t *map, int key, cbor_item_t *value)
{

	map_put(map, c_int(key), value);
}

void
map_str(cbor_item_t *map, const char *key, cbor_item_t *value)
{

	map_put(map, c_str(key), value);
}

cbor_item_t *
get_int(const cbor_item_t *map, int key)
{
	struct cbor_pair *p;
	size_t i;
	uint64_t want = key < 0 ? (uint64_t)(-1 - key) : (uint64_t)key;

	if (map == NULL || !cbor_isa_map(map))
		return NULL;
	p = cbor_map_handle(map);
	for (i = 0; i < cbor_map_size(map); i++) {
		if (!cbor_is_int(p[i].key) ||
		    cbor_isa_negint(p[i].key) != (key < 0))
			continue;
		if (cbor_get_int(p[i].key) == want)
			return p[i].value;
	}
	return NULL;
}

bool
str_is(const cbor_item_t *s, const char *text)
{

	return s != NULL && cbor_isa_string(s) &&
	    cbor_string_is_definite(s) &&
	    cbor_string_length(s) == strlen(text) &&
	    memcmp(cbor_string_handle(s), text, strlen(text)) == 0;
}

bool
is_bytes(const cbor_item_t *b)
{

	return b != NULL && cbor_isa_bytestring(b) &&
	    cbor_bytestring_is_definite(b);
}

cbor_item_t *
get_str(const cbor_item_t *map, const char *key)
{
	struct cbor_pair *p;
	size_t i;

	if (map == NULL || !cbor_isa_map(map))
		return NULL;
	p = cbor_map_handle(map);
	for (i = 0; i < cbor_map_size(map); i++)
		if (str_is(p[i].key, key))
			return p[i].value;
	return NULL;
}

/* -------------------------------------------------------------- keys -- */

static size_t
key_to_der(EVP_PKEY *pkey, uint8_t *out, size_t max)
{
	unsigned char *der = NULL;
	int n = i2d_PrivateKey(pkey, &der);
	size_t len = 0;

	if (n > 0 && (size_t)n <= max) {
		memcpy(out, der, (size_t)n);
		len = (size_t)n;
	}
	OPENSSL_free(der);
	return len;
}

static EVP_PKEY *
key_of_der(const uint8_t *der, size_t len)
{
	const unsigned char *p = der;

	return d2i_AutoPrivateKey(NULL, &p, (long)len);
}

bool
cred_generate(struct cred *c, int32_t alg)
{
	EVP_PKEY *pkey = NULL;

	c->alg = alg;
	if (alg == -7)
		pkey = EVP_EC_gen("P-256");
	else if (alg == -8)
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else if (alg == -257)
		pkey = EVP_RSA_gen(2048);
	if (pkey == NULL)
		return false;
	c->key_len = (uint32_t)key_to_der(pkey, c->key, sizeof(c->key));
	EVP_PKEY_free(pkey);
	return c->key_len > 0;
}

/* A number as big-endian bytes. */
static cbor_item_t *
c_bignum(const EVP_PKEY *pkey, const char *name)
{
	BIGNUM *n = NULL;
	uint8_t buf[512];
	int len;

	if (!EVP_PKEY_get_bn_param(pkey, name, &n))
		abort();
	len = BN_bn2bin(n, buf);
	BN_free(n);
	return c_bytes(buf, (size_t)len);
}

cbor_item_t *
cose_of(EVP_PKEY *pkey, int32_t alg)
{
	cbor_item_t *map = map_new();
	uint8_t raw[133];
	size_t len = 0;

	switch (alg) {
	case -8:
		len = sizeof(raw);
		if (!EVP_PKEY_get_raw_public_key(pkey, raw, &len))
			abort();
		map_int(map, 1, c_int(1));
		map_int(map, 3, c_int(alg));
		map_int(map, -1, c_int(6));
		map_int(map, -2, c_bytes(raw, len));
		break;
	case -257:
		map_int(map, 1, c_int(3));
		map_int(map, 3, c_int(alg));
		map_int(map, -1, c_bignum(pkey, OSSL_PKEY_PARAM_RSA_N));
		map_int(map, -2, c_bignum(pkey, OSSL_PKEY_PARAM_RSA_E));
		break;
	default:	/* -7, and -25 of the PIN protocols */
		if (!EVP_PKEY_get_octet_string_param(pkey,
		    OSSL_PKEY_PARAM_PUB_KEY, raw, sizeof(raw), &len) ||
		    len != 65)
			abort();
		map_int(map, 1, c_int(2));
		map_int(map, 3, c_int(alg));
		map_int(map, -1, c_int(1));
		map_int(map, -2, c_bytes(raw + 1, 32));
		map_int(map, -3, c_bytes(raw + 33, 32));
		break;
	}
	return map;
}

size_t
cred_cose(const struct cred *c, uint8_t *out, size_t max)
{
	EVP_PKEY *pkey = key_of_der(c->key, c->key_len);
	cbor_item_t *map;
	size_t n;

	if (pkey == NULL)
		return 0;
	map = cose_of(pkey, c->alg);
	n = cbor_serialize(map, out, max);
	cbor_decref(&map);
	EVP_PKEY_free(pkey);
	return n;
}

static size_t
sign(EVP_PKEY *pkey, bool eddsa, const uint8_t *data, size_t len,
    uint8_t *sig, size_t max)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = max;

	if (pkey == NULL || ctx == NULL ||
	    EVP_DigestSignInit(ctx, NULL, eddsa ? NULL : EVP_sha256(), NULL,
	    pkey) != 1 ||
	    EVP_DigestSign(ctx, sig, &n, data, len) != 1)
		n = 0;
	EVP_MD_CTX_free(ctx);
	return n;
}

size_t
cred_sign(const struct cred *c, const uint8_t *data, size_t len,
    uint8_t *sig, size_t max)
{
	EVP_PKEY *pkey = key_of_der(c->key, c->key_len);
	size_t n = sign(pkey, c->alg == -8, data, len, sig, max);

	EVP_PKEY_free(pkey);
	return n;
}

/* ------------------------------------------------------- attestation -- */

void
key_aaguid(const struct key *k, uint8_t out[16])
{
	static const char def[] = "5e4b1540-7e57-4b1d-a0f1-d02000000001";

	memset(out, 0, 16);
	unhex(out, 16, knob(k, "aaguid", def));
}

static bool
add_extension(X509 *crt, int nid, const char *value)
{
	X509V3_CTX v;
	X509_EXTENSION *e;
	int ok;

	X509V3_set_ctx(&v, crt, crt, NULL, NULL, 0);
	if ((e = X509V3_EXT_conf_nid(NULL, &v, nid, value)) == NULL)
		return false;
	ok = X509_add_ext(crt, e, -1);
	X509_EXTENSION_free(e);
	return ok == 1;
}

/* id-fido-gen-ce-aaguid: an OCTET STRING in the extension's. */
static bool
add_aaguid(X509 *crt, const uint8_t aaguid[16])
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.45724.1.1.4", 1);
	ASN1_OCTET_STRING *os = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;
	uint8_t der[18] = { 0x04, 0x10 };
	int ok = 0;

	memcpy(der + 2, aaguid, 16);
	if (oid != NULL && os != NULL &&
	    ASN1_OCTET_STRING_set(os, der, sizeof(der)) &&
	    (e = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, os)) != NULL)
		ok = X509_add_ext(crt, e, -1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(os);
	ASN1_OBJECT_free(oid);
	return ok == 1;
}

static X509 *
certificate(const char *cn, const char *ou, EVP_PKEY *pub, X509 *issuer,
    EVP_PKEY *by, bool ca, bool expired, const uint8_t *aaguid)
{
	X509 *crt = X509_new();
	X509_NAME *name;
	uint8_t serial[8];

	RAND_bytes(serial, sizeof(serial));
	serial[0] &= 0x7f;
	X509_set_version(crt, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(crt),
	    serial[0] * 65536u + serial[1] * 256u + serial[2] + 1u);
	X509_gmtime_adj(X509_getm_notBefore(crt), -86400L * 730);
	X509_gmtime_adj(X509_getm_notAfter(crt),
	    expired ? -86400L : 86400L * 3650);
	name = X509_get_subject_name(crt);
	X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC,
	    (const unsigned char *)"JP", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
	    (const unsigned char *)"Sekisho tests", -1, -1, 0);
	if (ou != NULL)
		X509_NAME_add_entry_by_txt(name, "OU", MBSTRING_ASC,
		    (const unsigned char *)ou, -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)cn, -1, -1, 0);
	X509_set_issuer_name(crt,
	    issuer != NULL ? X509_get_subject_name(issuer) : name);
	X509_set_pubkey(crt, pub);
	if (!add_extension(crt, NID_basic_constraints,
	    ca ? "critical,CA:TRUE" : "critical,CA:FALSE") ||
	    (ca && !add_extension(crt, NID_key_usage,
	    "critical,keyCertSign,cRLSign")) ||
	    (aaguid != NULL && !add_aaguid(crt, aaguid)) ||
	    X509_sign(crt, by, EVP_sha256()) <= 0) {
		X509_free(crt);
		return NULL;
	}
	return crt;
}

/* Root of this key's maker, its key, the attestation key; the root's
 * certificate is left at STATEFILE.root.pem. */
bool
root_make(struct key *k)
{
	EVP_PKEY *root = EVP_EC_gen("P-256"), *leaf = EVP_EC_gen("P-256");
	unsigned char *der = NULL;
	X509 *crt = NULL;
	char path[600];
	FILE *f = NULL;
	bool ok = false;
	int n;

	if (root == NULL || leaf == NULL ||
	    (crt = certificate("Softkey test root", NULL, root, NULL, root,
	    true, false, NULL)) == NULL ||
	    (n = i2d_X509(crt, &der)) <= 0 ||
	    (size_t)n > sizeof(k->state.root_crt))
		goto out;
	memcpy(k->state.root_crt, der, (size_t)n);
	k->state.root_crt_len = (uint32_t)n;
	k->state.root_len = (uint32_t)key_to_der(root, k->state.root,
	    sizeof(k->state.root));
	k->state.leaf_len = (uint32_t)key_to_der(leaf, k->state.leaf,
	    sizeof(k->state.leaf));
	snprintf(path, sizeof(path), "%s.root.pem", k->statefile);
	if (k->statefile[0] != '\0' &&
	    ((f = fopen(path, "we")) == NULL || PEM_write_X509(f, crt) != 1))
		goto out;
	ok = k->state.root_len > 0 && k->state.leaf_len > 0;
out:
	if (f != NULL && fclose(f) != 0)
		ok = false;
	OPENSSL_free(der);
	X509_free(crt);
	EVP_PKEY_free(root);
	EVP_PKEY_free(leaf);
	return ok;
}

static cbor_item_t *
leaf_certificate(struct key *k, EVP_PKEY *leaf)
{
	const unsigned char *p = k->state.root_crt;
	EVP_PKEY *root = key_of_der(k->state.root, k->state.root_len);
	EVP_PKEY *stray = NULL, *by = root;
	X509 *issuer = d2i_X509(NULL, &p, (long)k->state.root_crt_len);
	X509 *crt;
	unsigned char *der = NULL;
	cbor_item_t *b;
	uint8_t aaguid[16];
	int n;

	key_aaguid(k, aaguid);
	if (knob_is(k, "cert", "wrongaaguid"))
		aaguid[15] ^= 1;
	if (knob_is(k, "cert", "stranger"))	/* by nobody's root */
		by = stray = EVP_EC_gen("P-256");
	crt = certificate("Softkey attestation",
	    knob_is(k, "cert", "noou") ? NULL : "Authenticator Attestation",
	    leaf, knob_is(k, "cert", "self") ? NULL : issuer,
	    knob_is(k, "cert", "self") ? leaf : by,
	    knob_is(k, "cert", "ca"), knob_is(k, "cert", "expired"),
	    knob_is(k, "cert", "noaaguid") ? NULL : aaguid);
	if (crt == NULL || (n = i2d_X509(crt, &der)) <= 0)
		abort();
	b = c_bytes(der, (size_t)n);
	OPENSSL_free(der);
	X509_free(crt);
	X509_free(issuer);
	EVP_PKEY_free(root);
	EVP_PKEY_free(stray);
	return b;
}

cbor_item_t *
cred_attest(struct key *k, const struct cred *c, const uint8_t *data,
    size_t len, const char **fmt)
{
	const char *att = knob(k, "att", "x5c");
	cbor_item_t *map = map_new(), *list;
	EVP_PKEY *leaf;
	uint8_t sig[600];
	size_t n;

	*fmt = "none";
	if (strcmp(att, "none") == 0)
		return map;
	*fmt = "packed";
	if (strcmp(att, "self") == 0) {
		n = cred_sign(c, data, len, sig, sizeof(sig));
		if (knob_is(k, "attsig", "corrupt"))
			sig[n - 1] ^= 1;
		map_str(map, "alg", c_int(c->alg));
		map_str(map, "sig", c_bytes(sig, n));
		return map;
	}
	leaf = key_of_der(k->state.leaf, k->state.leaf_len);
	n = sign(leaf, false, data, len, sig, sizeof(sig));
	if (knob_is(k, "attsig", "corrupt"))
		sig[n - 1] ^= 1;
	map_str(map, "alg", c_int(-7));
	map_str(map, "sig", c_bytes(sig, n));
	list = cbor_new_definite_array(1);
	if (!cbor_array_push(list, cbor_move(leaf_certificate(k, leaf))))
		abort();
	map_str(map, "x5c", list);
	EVP_PKEY_free(leaf);
	return map;
}
