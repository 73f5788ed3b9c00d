/*
 * test_edge_card_certificate.c - certificates and keys that a card may show,
 * and signatures that hold or not
 *
 * Copyright (C) 2026 The Sekisho authors
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "../../common/edge/card/card.h"
#include "unit.h"

#define DAY	INT64_C(86400)

/* ------------------------------------------------------------ the world -- */

static EVP_PKEY *ca_key, *ca2_key, *key;
static X509 *ca, *ca2;
static X509_STORE *anchors;
static int64_t now;
static struct card_certificate got;

struct wish {
	EVP_PKEY	*key;		/* NULL: key */
	X509		*issuer;	/* NULL: itself */
	EVP_PKEY	*signer;
	const char	*usage;
	const char	*aki;		/* NULL: keyid */
	const char	*serial;	/* decimal */
	int64_t		 from, to;	/* days; both 0: -10, 10 */
	bool		 is_ca;
	bool		 sha1;
};

static void
extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* All names are one. */
static X509 *
make(const struct wish *w)
{
	X509 *x = X509_new();
	BIGNUM *bn = NULL;
	X509_NAME *n = X509_get_subject_name(x);
	EVP_PKEY *k = w->key != NULL ? w->key : key;
	const bool days = w->from != 0 || w->to != 0;

	ck_assert_int_eq(X509_set_version(x, X509_VERSION_3), 1);
	ck_assert_int_ne(BN_dec2bn(&bn, w->serial != NULL ? w->serial :
	    "4711"), 0);
	ck_assert_ptr_nonnull(BN_to_ASN1_INTEGER(bn,
	    X509_get_serialNumber(x)));
	BN_free(bn);
	ck_assert_int_eq(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8,
	    (const unsigned char *)"Same name", -1, -1, 0), 1);
	ck_assert_int_eq(X509_set_issuer_name(x, n), 1);
	ck_assert_ptr_nonnull(X509_time_adj_ex(X509_getm_notBefore(x),
	    days ? (int)w->from : -10, 0, (time_t[]){ (time_t)now }));
	ck_assert_ptr_nonnull(X509_time_adj_ex(X509_getm_notAfter(x),
	    days ? (int)w->to : 10, 0, (time_t[]){ (time_t)now }));
	ck_assert_int_eq(X509_set_pubkey(x, k), 1);
	if (w->is_ca)
		extend(x, x, NID_basic_constraints, "critical,CA:TRUE");
	if (w->usage != NULL)
		extend(x, x, NID_key_usage, w->usage);
	extend(x, x, NID_subject_key_identifier, "hash");
	if (w->issuer != NULL && (w->aki == NULL || w->aki[0] != '\0'))
		extend(x, w->issuer, NID_authority_key_identifier,
		    w->aki != NULL ? w->aki : "keyid:always");
	ck_assert_int_gt(X509_sign(x, w->signer != NULL ? w->signer : k,
	    w->sha1 ? EVP_sha1() : EVP_sha256()), 0);
	return (x);
}

static enum sek_card_end
judge(const struct wish *w, X509_STORE *by, int64_t when)
{
	unsigned char *der = NULL;
	X509 *x = make(w);
	int n = i2d_X509(x, &der);
	enum sek_card_end end;

	ck_assert_int_gt(n, 0);
	end = card_certificate(&got, der, (size_t)n, by, when);
	OPENSSL_free(der);
	X509_free(x);
	return (end);
}

static void
setup(void)
{

	now = (int64_t)time(NULL);
	ca_key = EVP_EC_gen("P-256");
	ca2_key = EVP_EC_gen("P-256");
	key = EVP_EC_gen("P-256");
	ca = make(&(struct wish){ .key = ca_key, .is_ca = true, .from = -100,
	    .to = 100, .usage = "critical,keyCertSign" });
	ca2 = make(&(struct wish){ .key = ca2_key, .is_ca = true,
	    .from = -100, .to = 100, .usage = "critical,keyCertSign" });
	anchors = X509_STORE_new();
	ck_assert_int_eq(X509_STORE_add_cert(anchors, ca2), 1);
	ck_assert_int_eq(X509_STORE_add_cert(anchors, ca), 1);
}

static void
teardown(void)
{

	X509_STORE_free(anchors);
	X509_free(ca);
	X509_free(ca2);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(ca2_key);
	EVP_PKEY_free(key);
}

#define is_end(a, b)	ck_assert_int_eq((a), SEK_CARD_END_##b)

/* ---------------------------------------------------------- certificates -- */

START_TEST(what_it_says_is_taken)
{
	uint8_t first[32];

	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key }, NULL,
	    now), OK);
	ck_assert_uint_eq(got.algorithm, SEK_CARD_P256);
	ck_assert_uint_eq(got.public_len, 91);
	ck_assert_uint_eq(got.issuer_len, 20);
	ck_assert_uint_eq(got.trusted, 0);
	ck_assert_int_eq(got.not_before, now - 10 * DAY);
	ck_assert_int_eq(got.not_after, now + 10 * DAY);
	memcpy(first, got.identity, 32);
	/* Another serial is another identity; the key has no part in it. */
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key,
	    .serial = "4712" }, NULL, now), OK);
	ck_assert_mem_ne(first, got.identity, 32);
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key,
	    .key = ca2_key }, NULL, now), OK);
	ck_assert_mem_eq(first, got.identity, 32);
}
END_TEST

START_TEST(dates_to_the_second)
{
	const struct wish w = { .issuer = ca, .signer = ca_key };

	is_end(judge(&w, anchors, now - 10 * DAY), OK);
	is_end(judge(&w, anchors, now - 10 * DAY - 1), EXPIRED);
	is_end(judge(&w, anchors, now + 10 * DAY), OK);
	is_end(judge(&w, anchors, now + 10 * DAY + 1), EXPIRED);
	ck_assert_uint_eq(got.trusted, 1);
	ck_assert_uint_eq(got.public_len, 91);
	is_end(judge(&w, NULL, now + 10 * DAY + 1), EXPIRED);
	/* It ends before it begins. */
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key,
	    .from = 5, .to = -5 }, NULL, now), GARBAGE);
}
END_TEST

/* Both anchors have one name: the key id says which. */
START_TEST(anchors_by_key_id)
{
	X509_STORE *none = X509_STORE_new(), *other = X509_STORE_new();

	ck_assert_int_eq(X509_STORE_add_cert(other, ca2), 1);
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key },
	    anchors, now), OK);
	ck_assert_uint_eq(got.trusted, 1);
	is_end(judge(&(struct wish){ .issuer = ca2, .signer = ca2_key },
	    anchors, now), OK);
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key }, other,
	    now), UNTRUSTED);
	ck_assert_uint_eq(got.trusted, 0);
	ck_assert_uint_eq(got.public_len, 91);
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key }, none,
	    now), UNTRUSTED);
	/* It names the one, and the other signed; or nobody that we know. */
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca2_key },
	    anchors, now), UNTRUSTED);
	is_end(judge(&(struct wish){ .issuer = ca, .signer = key }, anchors,
	    now), UNTRUSTED);
	/* It names nobody; itself. */
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key,
	    .aki = "" }, anchors, now), UNTRUSTED);
	is_end(judge(&(struct wish){ .usage = NULL }, anchors, now),
	    UNTRUSTED);
	/* By a digest that is no good. */
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key,
	    .sha1 = true }, anchors, now), UNTRUSTED);
	X509_STORE_free(none);
	X509_STORE_free(other);
}
END_TEST

/* An anchor whose time is over leads nowhere; nor one that is no CA. */
START_TEST(anchors_that_are_none)
{
	X509_STORE *s = X509_STORE_new();
	X509 *old, *leaf;

	old = make(&(struct wish){ .key = ca_key, .is_ca = true,
	    .from = -100, .to = -1, .usage = "critical,keyCertSign" });
	ck_assert_int_eq(X509_STORE_add_cert(s, old), 1);
	is_end(judge(&(struct wish){ .issuer = old, .signer = ca_key }, s,
	    now), UNTRUSTED);
	is_end(judge(&(struct wish){ .issuer = old, .signer = ca_key }, s,
	    now - 5 * DAY), OK);
	X509_free(old);
	X509_STORE_free(s);
	s = X509_STORE_new();
	leaf = make(&(struct wish){ .key = ca_key,
	    .usage = "critical,digitalSignature" });
	ck_assert_int_eq(X509_STORE_add_cert(s, leaf), 1);
	is_end(judge(&(struct wish){ .issuer = leaf, .signer = ca_key }, s,
	    now), UNTRUSTED);
	X509_free(leaf);
	X509_STORE_free(s);
}
END_TEST

static void
put_file(const char *dir, const char *name, X509 *x, bool pem)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert_ptr_nonnull(f = fopen(path, "w"));
	if (x == NULL)
		(void)fputs("no certificate\n", f);
	else
		ck_assert_int_eq(pem ? PEM_write_X509(f, x) :
		    i2d_X509_fp(f, x), 1);
	ck_assert_int_eq(fclose(f), 0);
}

/* PEM, several in a file, DER, a name with a dot; and what is none. */
START_TEST(anchors_of_a_folder)
{
	char dir[] = "/tmp/sekisho-anchors-XXXXXX", command[64];
	struct sek_card_place place = { .anchors = dir };
	struct x509_store_st *read = NULL;
	struct sek_why why = { "" };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	put_file(dir, "one.pem", ca, true);
	put_file(dir, "two.der", ca2, false);
	put_file(dir, ".hidden", NULL, true);
	ck_assert_int_eq(card_anchors(&read, &place, &why), SEK_OK);
	is_end(judge(&(struct wish){ .issuer = ca, .signer = ca_key }, read,
	    now), OK);
	is_end(judge(&(struct wish){ .issuer = ca2, .signer = ca2_key }, read,
	    now), OK);
	card_anchors_free(read);
	put_file(dir, "three", NULL, true);
	ck_assert_int_eq(card_anchors(&read, &place, &why), SEK_ERR_SETTINGS);
	ck_assert_ptr_null(read);
	ck_assert_ptr_nonnull(strstr(why.text, "card.anchors"));
	/* The host's queue is not ours to fill. */
	ck_assert_uint_eq(ERR_peek_error(), 0);
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
	place.anchors = "";
	ck_assert_int_eq(card_anchors(&read, &place, &why), SEK_OK);
	ck_assert_ptr_null(read);
}
END_TEST

START_TEST(serials)
{

	is_end(judge(&(struct wish){ .serial = "-5" }, NULL, now), GARBAGE);
	/* 20 bytes, and 21. */
	is_end(judge(&(struct wish){ .serial =
	    "730750818665451459101842416358141509827966271487" }, NULL, now),
	    OK);
	is_end(judge(&(struct wish){ .serial =
	    "1461501637330902918203684832716283019655932542976" }, NULL, now),
	    GARBAGE);
	is_end(judge(&(struct wish){ .serial = "0" }, NULL, now), OK);
}
END_TEST

START_TEST(what_its_key_is_for)
{

	is_end(judge(&(struct wish){ .usage = "critical,digitalSignature" },
	    NULL, now), OK);
	is_end(judge(&(struct wish){ .usage = "critical,keyEncipherment" },
	    NULL, now), UNABLE);
	is_end(judge(&(struct wish){ .usage =
	    "nonRepudiation,digitalSignature" }, NULL, now), OK);
}
END_TEST

/* Every part of one, one with something behind it, and each bit of its head. */
START_TEST(bytes_that_are_none)
{
	unsigned char *der = NULL, *cut;
	X509 *x = make(&(struct wish){ .issuer = ca, .signer = ca_key });
	int n = i2d_X509(x, &der), i;

	ck_assert_int_gt(n, 0);
	for (i = 0; i < n; i++) {
		/* Just as long as it says: a sanitizer sees one too far. */
		ck_assert_ptr_nonnull(cut = malloc((size_t)i + 1));
		memcpy(cut, der, (size_t)i);
		is_end(card_certificate(&got, cut, (size_t)i, NULL, now),
		    GARBAGE);
		free(cut);
	}
	ck_assert_ptr_nonnull(cut = calloc(1, (size_t)n + 1));
	memcpy(cut, der, (size_t)n);
	is_end(card_certificate(&got, cut, (size_t)n + 1, NULL, now),
	    GARBAGE);
	ck_assert_uint_eq(got.public_len, 0);
	/* Whatever bit is turned, an anchor did not sign it. */
	for (i = 0; i < n * 8; i++) {
		cut[i / 8] ^= (uint8_t)(1u << i % 8);
		ck_assert_msg(card_certificate(&got, cut, (size_t)n, anchors,
		    now) != SEK_CARD_END_OK, "bit %d", i);
		cut[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	is_end(card_certificate(&got, cut, (size_t)n, anchors, now), OK);
	free(cut);
	OPENSSL_free(der);
	X509_free(x);
	ck_assert_ptr_nonnull(cut = calloc(1, 65536));
	is_end(card_certificate(&got, cut, 65536, NULL, now), GARBAGE);
	free(cut);
}
END_TEST

/* ------------------------------------------------------------------ keys -- */

static enum sek_card_end
public_end(EVP_PKEY *k, enum sek_card_algorithm *algorithm)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k, &der);
	enum sek_card_end end;
	EVP_PKEY *out;

	ck_assert_int_gt(n, 0);
	out = card_public(der, (size_t)n, algorithm, &end);
	ck_assert_int_eq(out != NULL, end == SEK_CARD_END_OK);
	EVP_PKEY_free(out);
	OPENSSL_free(der);
	EVP_PKEY_free(k);
	ck_assert_uint_eq(ERR_peek_error(), 0);
	return (end);
}

/* An RSA key of so many bits, that nobody has the other half of. */
static EVP_PKEY *
rsa_of(int bits, bool even, uint64_t e)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = BN_new(), *x = BN_new();
	unsigned char nb[1024], eb[8];
	OSSL_PARAM params[3];
	EVP_PKEY *k = NULL;

	ck_assert_int_eq(BN_set_bit(n, bits - 1), 1);
	ck_assert_int_eq(BN_set_bit(n, bits / 2), 1);
	if (!even)
		ck_assert_int_eq(BN_set_bit(n, 0), 1);
	ck_assert_int_eq(BN_set_word(x, e), 1);
	ck_assert_int_ge(BN_bn2nativepad(n, nb, (bits + 7) / 8), 0);
	ck_assert_int_ge(BN_bn2nativepad(x, eb, 8), 0);
	params[0] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, nb,
	    (size_t)(bits + 7) / 8);
	params[1] = OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, eb, 8);
	params[2] = OSSL_PARAM_construct_end();
	ck_assert_int_eq(EVP_PKEY_fromdata_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_fromdata(ctx, &k, EVP_PKEY_PUBLIC_KEY,
	    params), 1);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(x);
	return (k);
}

START_TEST(rsa_keys)
{
	static const struct {
		int			 bits;
		bool			 even;
		uint64_t		 e;
		enum sek_card_end	 end;
	} t[] = {
		{ 2048, false, 65537, SEK_CARD_END_OK },
		{ 3072, false, 65537, SEK_CARD_END_OK },
		{ 2048, false, UINT64_MAX, SEK_CARD_END_OK },
		{ 2048, false, 1, SEK_CARD_END_WEAK },
		{ 2048, false, 3, SEK_CARD_END_WEAK },
		{ 2048, false, 65535, SEK_CARD_END_WEAK },
		{ 2048, false, 65538, SEK_CARD_END_WEAK },
		{ 2048, true, 65537, SEK_CARD_END_WEAK },
		{ 2047, false, 65537, SEK_CARD_END_WEAK },
		{ 1024, false, 65537, SEK_CARD_END_WEAK },
		{ 512, false, 65537, SEK_CARD_END_WEAK },
		{ 2056, false, 65537, SEK_CARD_END_UNABLE },
		{ 4096, false, 65537, SEK_CARD_END_UNABLE },
		{ 8192, false, 65537, SEK_CARD_END_UNABLE },
	};
	enum sek_card_algorithm a;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_msg(public_end(rsa_of(t[i].bits, t[i].even, t[i].e),
		    &a) == t[i].end, "%d %d %llu", t[i].bits, t[i].even,
		    (unsigned long long)t[i].e);
	is_end(public_end(rsa_of(2048, false, 65537), &a), OK);
	ck_assert_int_eq(a, SEK_CARD_RSA2048);
	is_end(public_end(rsa_of(3072, false, 65537), &a), OK);
	ck_assert_int_eq(a, SEK_CARD_RSA3072);
}
END_TEST

START_TEST(curves)
{
	static const char *const weak[] = { "P-224", "P-521", "secp256k1",
	    "brainpoolP256r1", "prime192v1" };
	enum sek_card_algorithm a;
	EVP_PKEY *k;
	size_t i;

	is_end(public_end(EVP_EC_gen("P-256"), &a), OK);
	ck_assert_int_eq(a, SEK_CARD_P256);
	is_end(public_end(EVP_EC_gen("P-384"), &a), OK);
	ck_assert_int_eq(a, SEK_CARD_P384);
	for (i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
		is_end(public_end(EVP_EC_gen(weak[i]), &a), WEAK);
	/* P-256 by its numbers, and by half a point. */
	k = EVP_EC_gen("P-256");
	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(k,
	    OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_EXPLICIT), 1);
	is_end(public_end(k, &a), WEAK);
	k = EVP_EC_gen("P-256");
	ck_assert_int_eq(EVP_PKEY_set_utf8_string_param(k,
	    OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"), 1);
	is_end(public_end(k, &a), WEAK);
	is_end(public_end(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &a),
	    UNABLE);
}
END_TEST

/* A point that lies on no curve; lengths that do not fit. */
START_TEST(points_that_are_none)
{
	unsigned char *der = NULL, copy[128];
	int n = i2d_PUBKEY(key, &der), i;
	enum sek_card_algorithm a;
	enum sek_card_end end;

	ck_assert_int_eq(n, 91);
	memset(copy, 0, sizeof(copy));
	memcpy(copy, der, 91);
	copy[90] ^= 1;
	ck_assert_ptr_null(card_public(copy, 91, &a, &end));
	is_end(end, GARBAGE);
	memset(copy + 27, 0, 64);
	ck_assert_ptr_null(card_public(copy, 91, &a, &end));
	memcpy(copy, der, 91);
	ck_assert_ptr_null(card_public(copy, 92, &a, &end));
	for (i = 0; i < 91; i++)
		ck_assert_ptr_null(card_public(copy, (size_t)i, &a, &end));
	OPENSSL_free(der);
	ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

/* ------------------------------------------------------------- to verify -- */

static struct sek_card card;
static struct sek_card_signature s;
static uint8_t challenge[SEK_CARD_CHALLENGE_LEN];

static void
sign_by(EVP_PKEY *k, enum sek_card_algorithm a, const EVP_MD *md, bool pss)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pk;
	unsigned char *p = card.public_key;
	size_t n = sizeof(s.signature);

	memset(&card, 0, sizeof(card));
	memset(&s, 0, sizeof(s));
	memset(challenge, 0x77, sizeof(challenge));
	card.public_len = (uint32_t)i2d_PUBKEY(k, &p);
	card.brief.driver = SEK_CARD_PIV;
	card.brief.key = 0x9a;
	card.brief.pin = 1;
	card.brief.algorithm = (uint8_t)a;
	card.brief.not_before = 1;
	card.brief.not_after = 2;
	ck_assert_int_eq(sek_card_check(&card), SEK_OK);
	ck_assert_int_eq(EVP_DigestSignInit(ctx, &pk, md, NULL, k), 1);
	if (pss)
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(pk,
		    RSA_PKCS1_PSS_PADDING), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, s.signature, &n, challenge,
	    sizeof(challenge)), 1);
	s.signature_len = (uint32_t)n;
	s.end = SEK_CARD_END_OK;
	EVP_MD_CTX_free(ctx);
}

static bool
holds(void)
{
	const bool yes = card_verify(&s, &card, challenge, NULL) == SEK_OK;

	ck_assert_uint_eq(ERR_peek_error(), 0);
	return (yes);
}

START_TEST(signatures_hold_bit_for_bit)
{
	static const enum sek_card_algorithm algorithms[] = {
		SEK_CARD_RSA2048, SEK_CARD_RSA3072, SEK_CARD_P256,
		SEK_CARD_P384 };
	EVP_PKEY *keys[4] = { EVP_RSA_gen(2048), EVP_RSA_gen(3072),
	    EVP_EC_gen("P-256"), EVP_EC_gen("P-384") };
	uint32_t i, n;
	int k;

	for (k = 0; k < 4; k++) {
		sign_by(keys[k], algorithms[k], k == 3 ? EVP_sha384() :
		    EVP_sha256(), false);
		ck_assert(holds());
		n = s.signature_len;
		for (i = 0; i < n * 8; i += 3) {
			s.signature[i / 8] ^= (uint8_t)(1u << i % 8);
			ck_assert(!holds());
			s.signature[i / 8] ^= (uint8_t)(1u << i % 8);
		}
		for (i = 0; i < sizeof(challenge); i++) {
			challenge[i] ^= 1;
			ck_assert(!holds());
			challenge[i] ^= 1;
		}
		s.signature_len = n - 1;
		ck_assert(!holds());
		s.signature_len = n + 1;
		ck_assert(!holds());
		s.signature_len = 0;
		ck_assert(!holds());
		s.signature_len = SEK_CARD_SIGNATURE_MAX + 1;
		ck_assert(!holds());
		s.signature_len = UINT32_MAX;
		ck_assert(!holds());
		s.signature_len = n;
		ck_assert(holds());
		s.end = SEK_CARD_END_PIN_WRONG;
		ck_assert(!holds());
		s.end = SEK_CARD_END_OK;
		/* Of another algorithm than it is enrolled with. */
		card.brief.algorithm = (uint8_t)algorithms[(k + 1) % 4];
		ck_assert(!holds());
		card.brief.algorithm = (uint8_t)algorithms[k];
		memset(s.signature, 0, sizeof(s.signature));
		ck_assert(!holds());
		EVP_PKEY_free(keys[k]);
	}
}
END_TEST

/* Another digest, another padding; r and s of nothing. */
START_TEST(signatures_of_another_kind)
{
	static const uint8_t none[][8] = {
		{ 0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00 },
		{ 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 },
		{ 0x30, 0x06, 0x02, 0x01, 0xff, 0x02, 0x01, 0xff },
		{ 0x30, 0x80, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 },
	};
	EVP_PKEY *r = EVP_RSA_gen(2048), *p384 = EVP_EC_gen("P-384");
	size_t i;

	sign_by(r, SEK_CARD_RSA2048, EVP_sha1(), false);
	ck_assert(!holds());
	sign_by(r, SEK_CARD_RSA2048, EVP_sha384(), false);
	ck_assert(!holds());
	sign_by(r, SEK_CARD_RSA2048, EVP_sha256(), true);
	ck_assert(!holds());
	sign_by(p384, SEK_CARD_P384, EVP_sha256(), false);
	ck_assert(!holds());
	sign_by(key, SEK_CARD_P256, EVP_sha384(), false);
	ck_assert(!holds());
	for (i = 0; i < 4; i++) {
		memcpy(s.signature, none[i], 8);
		s.signature_len = 8;
		ck_assert(!holds());
	}
	/* A card without a key proves nothing. */
	memset(&card, 0, sizeof(card));
	card.brief.driver = SEK_CARD_UID;
	ck_assert_int_eq(sek_card_check(&card), SEK_OK);
	ck_assert(!holds());
	EVP_PKEY_free(r);
	EVP_PKEY_free(p384);
}
END_TEST

START_TEST(digests)
{
	uint8_t out[64];
	size_t len = 0;

	ck_assert(card_digest(SEK_CARD_RSA2048, challenge, out, &len));
	ck_assert_uint_eq(len, 32);
	ck_assert(card_digest(SEK_CARD_P384, challenge, out, &len));
	ck_assert_uint_eq(len, 48);
	ck_assert(!card_digest(SEK_CARD_NONE, challenge, out, &len));
	ck_assert(!card_digest(SEK_CARD_ALGORITHMS, challenge, out, &len));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_it_says_is_taken,
		dates_to_the_second,
		anchors_by_key_id,
		anchors_that_are_none,
		anchors_of_a_folder,
		serials,
		what_its_key_is_for,
		bytes_that_are_none,
		rsa_keys,
		curves,
		points_that_are_none,
		signatures_hold_bit_for_bit,
		signatures_of_another_kind,
		digests,
		NULL
	};

	return (unit_run_with("edge_card_certificate", tests, setup,
	    teardown));
}
